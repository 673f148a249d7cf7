/* SPDX-License-Identifier: MIT */
/* Nodes copied from one graph into another. Private to the optimiser. */
#pragma once
#include "engine/rewrite/rewriting.h"

/* A copy of node in graph, reading inputs; its place and marks are the node's. (transfer none) */
LkNode *lk_node_copy (LkContext *ctx, LkGraph *graph, const LkNode *node, LkTensor *const *inputs, const char *name);
/* Copies nodes, which are in order, into graph. r (nullable): knows their names. (transfer full) by id of the old node, NULL for those left out */
LkNode **lk_nodes_copy (LkContext *ctx, LkGraph *graph, const GPtrArray *nodes, guint n_ids, const LkRewriting *r);
/* What stands for tensors among the copies. (transfer full) an array of tensors */
LkTensor **lk_copies_of (LkTensor *const *tensors, guint n, LkNode *const *copies);
/* What a function needs: its inputs, what its outputs depend on, and all effects. Others go, without a record, as they do
   from every plan. In order. (transfer full) */
GPtrArray *lk_function_needed_nodes (const LkFunction *function);
