/* SPDX-License-Identifier: MIT */
/* While it is on, each op that gives NaN or ±Inf fails: when it ran, or, in a graph, by a CheckNumericsV2 node behind it. */
#pragma once
#include "engine/eager/context.h"

/* What to say of output i of a call: with a value that is not finite, or a node's. (transfer full) */
typedef char *(*LkNumericsMessage) (const LkCall *call, guint output, gpointer data);

/* From now on in this context; message NULL: no longer. */
void lk_context_check_numerics (LkContext *ctx, LkNumericsMessage message, gpointer data);
