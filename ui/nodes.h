/* SPDX-License-Identifier: MIT */
/* The store's graphs as they are drawn. */
#pragma once
#include "debugger/store.h"
#include "ui/draw/graph.h"

/* (transfer full); NULL when there is no such graph or it has no node yet. n_nodes (nullable): how many it
   has now. */
UiGraph *ui_nodes_graph (LkStore *store, guint32 graph, double font, guint *n_nodes);
/* "32×64", "scalar", "?×10"; "" for handles and unknown ranks. Returns buffer. */
const char *ui_nodes_shape (const LkTensorEvent *tensor, char buffer[96]);
/* One line: "MatMul · float32 (32, 64) · digits.py:12". (transfer full) */
char *ui_nodes_describe (LkStore *store, const LkGraphNode *node);
/* "train_step_1 · 42 nodes · as traced". (transfer full) */
char *ui_nodes_graph_title (LkStore *store, guint32 graph);
/* The graph to show when nothing says which: the one with the most nodes, the newest of such. 0 when there is
   none. */
guint32 ui_nodes_default_graph (LkStore *store);
/* Sets UI_MARK_RAN for the nodes that ran, before `at`, in the call that is running the graph then. of_node:
   n entries. */
void ui_nodes_mark_ran (LkStore *store, guint32 graph, guint64 at, guint8 *of_node, guint n);
