/* SPDX-License-Identifier: MIT */
/* A graph as TensorFlow's GraphDef in protobuf's text format, with the functions that it needs in its library. */
#pragma once
#include "debugger/store.h"

/* nodes: LkStageNode, at some stage of what was traced. Functions are written as they were traced, or as they run. */
void pbtxt_print (LkStore *store, const LkGraphView *traced, gboolean runs, const GArray *nodes);
