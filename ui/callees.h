/* SPDX-License-Identifier: MIT */
/* The graphs that nodes run: branches of an If, body and condition of a While, what is called, what a fused node does. */
#pragma once
#include "debugger/store.h"

typedef struct
{
  const char *attr;         /* "then_branch"; "f" */
  guint32 graph;            /* as it was traced */
} UiCallee;

/* Of a node of a graph, traced, working or final. (transfer full) elements UiCallee */
GArray *ui_callees_of (LkStore *store, guint32 graph, const LkGraphNode *node);
/* The newest graph that was made of a traced one to run in its place; itself, if there is none. */
guint32 ui_callees_run_as (LkStore *store, guint32 graph);
