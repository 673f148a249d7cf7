/* SPDX-License-Identifier: MIT */
#include "engine/rewrite/final.h"

#include "engine/events/stream.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

struct _LkFinal
{
  LkGraph *graph;         /* the traced one, when nothing could be rewritten */
  LkPlan *plan;           /* of graph */
  gboolean is_traced;     /* plan is the function's own */
};

void
lk_final_free (LkFinal *final)
{
  if (final == NULL)
    return;
  if (!final->is_traced)
    lk_plan_free (final->plan);
  lk_graph_unref (final->graph);
  g_free (final);
}

static void
tensors_free (LkTensor **tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (tensors[i]);
  g_free (tensors);
}

void
lk_final_tell (LkContext *ctx, const LkGraph *graph, const char *name, LkTensor *const *inputs, guint n_inputs, LkTensor *const *outputs,
               guint n_outputs)
{
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    lk_emit_node (ctx, lk_graph_node (graph, i));
  lk_emit_graph (ctx, graph, name, inputs, n_inputs, outputs, n_outputs);
}

static LkFinal *
final_of_traced (LkFunction *function)
{
  LkFinal *final = g_new0 (LkFinal, 1);
  final->graph = lk_graph_ref (function->graph);
  final->plan = function->plan;
  final->is_traced = TRUE;
  return final;
}

/* All that is left is to run, read or not. (transfer full) */
static GPtrArray *
nodes_of (const LkGraph *graph)
{
  GPtrArray *nodes = g_ptr_array_new ();
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    if (lk_graph_node (graph, i)->op->index != LK_OP_PLACEHOLDER_NODE)
      g_ptr_array_add (nodes, lk_graph_node (graph, i));
  return nodes;
}

LkPlan *
lk_final_plan (LkGraph *graph, LkTensor *const *inputs, guint n_inputs, LkTensor *const *outputs, guint n_outputs)
{
  g_autoptr (GPtrArray) nodes = nodes_of (graph);
  return lk_plan_new (graph, inputs, n_inputs, outputs, n_outputs, (LkNode **) nodes->pdata, nodes->len, TRUE);
}

static LkFinal *
final_of_rewritten (LkContext *ctx, const LkFunction *function, LkRewriting *rewriting)
{
  LkFinal *final = g_new0 (LkFinal, 1);
  LkTensor **inputs, **outputs;
  final->graph = lk_rewriting_finish (rewriting, &inputs, &outputs);
  final->plan = lk_final_plan (final->graph, inputs, function->n_all, outputs, function->n_outputs);
  if (LK_WATCHED)
    lk_final_tell (ctx, final->graph, function->name, inputs, function->n_all, outputs, function->n_outputs);
  tensors_free (inputs, function->n_all);
  tensors_free (outputs, function->n_outputs);
  return final;
}

/* Two threads may run it for the first time; what the second made is thrown away. */
static LkFinal *
settle (LkFunction *function, LkFinal *final)
{
  LkFinal *none = NULL;
  if (__atomic_compare_exchange_n (&function->final, &none, final, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return final;
  lk_final_free (final);
  return none;
}

void
lk_final_settle (LkContext *ctx, LkFunction *function, LkRewriting *rewriting)
{
  if (__atomic_load_n (&function->final, __ATOMIC_ACQUIRE) == NULL)
    settle (function, rewriting->log->len > 0 ? final_of_rewritten (ctx, function, rewriting) : final_of_traced (function));
}

static LkFinal *
final_of (LkContext *ctx, LkFunction *function)
{
  LkFinal *final = __atomic_load_n (&function->final, __ATOMIC_ACQUIRE);
  if (G_LIKELY (final != NULL))
    return final;
  LkRewriting *rewriting = lk_rewriting_new (ctx, function);
  lk_rewriting_run (rewriting);
  final = settle (function, rewriting->log->len > 0 ? final_of_rewritten (ctx, function, rewriting) : final_of_traced (function));
  lk_rewriting_free (rewriting);
  return final;
}

LkFunction *
lk_final_function (LkContext *ctx, const LkFunction *function, LkRewriting *rewriting)
{
  g_autofree LkTensor **inputs = g_new (LkTensor *, rewriting->n_inputs + 1);
  for (guint i = 0; i < rewriting->n_inputs; i++)
    inputs[i] = i < function->n_all ? function->inputs[i] : rewriting->inputs[i];
  LkFunction *wide = lk_function_new_widened (function, inputs, rewriting->n_inputs, function->outputs, function->n_outputs);
  wide->final = final_of_rewritten (ctx, wide, rewriting);
  return wide;
}

gboolean
lk_function_run_part (LkContext *ctx, LkFunction *function, const LkPart *part, LkTensor *const *inputs, LkTensor **outputs)
{
  const LkFinal *final = final_of (ctx, function);
  const gboolean watched = LK_WATCHED;
  if (watched)
    {
      lk_gate_numbered_call (ctx, part->kind, part->name, part->number);
      lk_emit_numbered_call (ctx, part->kind, part->name, final->graph, part->number);
    }
  const gboolean good = lk_plan_run (ctx, final->plan, inputs, outputs);
  if (watched)
    lk_emit_return (ctx);
  return good;
}

gboolean
lk_function_run (LkContext *ctx, LkFunction *function, LkTensor *const *inputs, LkTensor **outputs)
{
  const LkPart part = { LK_CALL_RUN, function->name, 0 };
  return lk_function_run_part (ctx, function, &part, inputs, outputs);
}

LkGraph *
lk_function_final_graph (LkContext *ctx, LkFunction *function)
{
  return final_of (ctx, function)->graph;
}

LkPlan *
lk_function_final_plan (LkContext *ctx, LkFunction *function)
{
  return final_of (ctx, function)->plan;
}

void
lk_function_memory (LkContext *ctx, LkFunction *function, gsize *together, gsize *at_once)
{
  LkPlanMemory traced, needs;   /* together in the graph as it was traced, whatever became of its nodes */
  lk_plan_memory (function->plan, &traced);
  lk_plan_memory (final_of (ctx, function)->plan, &needs);
  *together = traced.sum;
  *at_once = needs.peak;
}
