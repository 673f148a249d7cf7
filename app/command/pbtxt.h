/* SPDX-License-Identifier: MIT */
/* A graph as TensorFlow's GraphDef in protobuf's text format, with the functions that it needs in its library. */
#pragma once
#include "debugger/store.h"

/* nodes: LkStageNode, of a graph whose name is `name`. Functions are written as they were traced. */
void pbtxt_print (LkStore *store, const char *name, const GArray *nodes);
