/* SPDX-License-Identifier: MIT */
#pragma once
#include "debugger/store.h"

/* " float_val: 1 float_val: 2 …", all elements of a constant of the graph that was traced, from when it ran; NULL when the trace has
   them not. (transfer full) */
char *pbtxt_const_text (LkStore *store, guint32 traced, const LkGraphNode *node, const char *field);
guint32 pbtxt_run_as (LkStore *store, guint32 traced);  /* the newest graph that ran for a traced one */
gint pbtxt_place_named (LkStore *store, guint32 graph, const LkGraphNode *node);        /* of a node like it; -1 */
