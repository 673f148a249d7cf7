/* SPDX-License-Identifier: MIT */
/* A function: a finished graph with its inputs and outputs, that can be called like an op, eagerly or inside a trace
   (as a PartitionedCall node), and differentiated. */
#pragma once
#include "engine/graph/graph.h"

/* inputs: placeholders of graph, without captures; outputs: its tensors (a captured or input tensor may be one).
   All stateful nodes run even if no output needs them. (transfer full); NULL with the context's error set. */
LkFunction *lk_function_new (LkContext *ctx, const char *name, LkGraph *graph, LkTensor *const *inputs, guint n_inputs,
                             LkTensor *const *outputs, guint n_outputs);
LkFunction *lk_function_ref (LkFunction *function);
void lk_function_unref (LkFunction *function);      /* (nullable) */
const char *lk_function_name (const LkFunction *function);
LkGraph *lk_function_graph (const LkFunction *function);
guint lk_function_n_inputs (const LkFunction *function);
guint lk_function_n_outputs (const LkFunction *function);
/* Placeholders of its graph, those of captures behind the others: n_all in all; and what it gives. (transfer none) */
guint lk_function_n_all (const LkFunction *function);
LkTensor *lk_function_input (const LkFunction *function, guint i);
LkTensor *lk_function_output (const LkFunction *function, guint i);

/* Calls it on inputs, captures being added by itself. outputs (transfer full). FALSE with the context's error set. */
gboolean lk_function_call (LkContext *ctx, LkFunction *function, LkTensor *const *inputs, LkTensor **outputs);
/* Bytes that the intermediate values of a run take, as far as their shapes are known: all together, and at most at one time. */
void lk_function_memory (LkContext *ctx, LkFunction *function, gsize *together, gsize *at_once);
/* What runs: its graph as the optimiser leaves it, which is made now if it was not yet. (transfer none) */
LkGraph *lk_function_final_graph (LkContext *ctx, LkFunction *function);
