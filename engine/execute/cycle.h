/* SPDX-License-Identifier: MIT */
/* Loops over small values whose condition and body are nothing but elementwise steps: they run on two memories for each variable,
   in turn, without a tensor being made. Private to the engine. */
#pragma once
#include "engine/graph/function.h"

/* inputs: the loop's n variables, then what it captured, as condition and body take them. FALSE: it is not such a loop, or
   somebody watches, and nothing was done. Else outputs (transfer full) are the n variables after the last iteration. */
gboolean lk_cycle_run (LkContext *ctx, LkFunction *condition, LkFunction *body, LkTensor *const *inputs, guint n, guint n_inputs,
                       LkTensor **outputs);
