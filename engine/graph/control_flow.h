/* SPDX-License-Identifier: MIT */
/* Branches and loops in graphs: If, Case and While nodes, made of traced functions, and their gradients. */
#pragma once
#include "engine/graph/graph.h"

/* Both graphs are finished and were traced inside of the entered one; each gives n_outputs of the same dtypes. Tensors from
   around are captured. outputs (transfer full). FALSE with the context's error set. */
gboolean lk_graph_branch (LkContext *ctx, LkTensor *predicate, LkGraph *then_graph, LkTensor *const *then_outputs,
                          LkGraph *else_graph, LkTensor *const *else_outputs, guint n_outputs, LkTensor **outputs);
/* The same for n graphs, of which the one at index is taken, the last for any index that none has. branch_outputs: of each graph. */
gboolean lk_graph_case (LkContext *ctx, LkTensor *index, LkGraph *const *graphs, LkTensor *const *const *branch_outputs, guint n,
                        guint n_outputs, LkTensor **outputs);
/* inputs of the two graphs: n placeholders each, for the variables. body gives n outputs, cond a bool scalar. */
gboolean lk_graph_loop (LkContext *ctx, LkGraph *cond_graph, LkTensor *const *cond_inputs, LkTensor *cond,
                        LkGraph *body_graph, LkTensor *const *body_inputs, LkTensor *const *body_outputs,
                        LkTensor *const *variables, guint n, LkTensor **outputs);

/* The rules of If and Case, and of While. Private to the engine. */
guint lk_case_taken (const LkTensor *index, guint n);    /* of n branches: the last for an index that none has */
void lk_branch_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx);
void lk_loop_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx);
/* Makes an If, Case or While node give all that its next derivative may need. A call of a graph that ran cannot be made to give
   more; other nodes are widened by their rules. */
gboolean lk_branch_open (LkContext *ctx, LkNode *node);
gboolean lk_loop_open (LkContext *ctx, LkNode *node);
