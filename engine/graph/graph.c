/* SPDX-License-Identifier: MIT */
#include "engine/graph/graph.h"
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/plan.h"
#include "engine/graph/build.h"
#include "engine/graph/function.h"
#include "engine/graph/inlined.h"
#include "engine/ops/closure.h"
#include "engine/ops/ops.h"

static void
node_free (gpointer data)
{
  LkNode *node = data;
  lk_attrs_free (node->op, node->attrs);
  lk_closure_unref (node->closure);
  lk_inlined_unref (node->inlined);
  for (guint i = 0; i < node->n_inputs; i++)
    lk_tensor_unref (node->inputs[i]);
  for (guint i = 0; i < node->n_outputs; i++)
    lk_graph_orphan (node->outputs[i]);
  g_free (node->inputs);
  g_free (node->outputs);
  g_free (node->controls);
  g_free (node->name);
  g_free (node);
}

/* A symbolic tensor that is held longer than its graph stays symbolic, of a node that is no more. */
void
lk_graph_orphan (LkTensor *tensor)
{
  static LkNode gone = { .name = (char *) "(freed)" };
  tensor->node = &gone;
  lk_tensor_unref (tensor);
}

static void
capture_clear (gpointer data)
{
  LkCapture *capture = data;
  lk_tensor_unref (capture->outer);
  lk_tensor_unref (capture->inner);
}

static void
controls_clear (gpointer data)
{
  g_free (((LkControls *) data)->nodes);
}

static void
retired_free (gpointer data)
{
  LkRetired *retired = data;
  lk_attrs_free (retired->op, retired->attrs);
  g_free (retired);
}

LkGraph *
lk_graph_new (const char *name)
{
  static gint ids;
  LkGraph *graph = g_new0 (LkGraph, 1);
  graph->refs = 1;
  graph->id = g_atomic_int_add (&ids, 1) + 1;
  graph->name = g_strdup (name != NULL ? name : "graph");
  graph->nodes = g_ptr_array_new_with_free_func (node_free);
  graph->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  graph->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  graph->scopes = g_ptr_array_new_with_free_func (g_free);
  graph->controls = g_array_new (FALSE, FALSE, sizeof (LkControls));
  g_array_set_clear_func (graph->controls, controls_clear);
  graph->captures = g_array_new (FALSE, FALSE, sizeof (LkCapture));
  g_array_set_clear_func (graph->captures, capture_clear);
  graph->retired = g_ptr_array_new_with_free_func (retired_free);
  graph->kept = g_ptr_array_new_with_free_func (lk_kept_free);
  return graph;
}

LkGraph *
lk_graph_ref (LkGraph *graph)
{
  g_atomic_int_inc (&graph->refs);
  return graph;
}

static void
effects_clear (LkGraph *graph)
{
  for (guint i = 0; i < graph->effects.size; i++)
    if (graph->effects.entries[i].value != NULL)
      {
        lk_effect_clear (graph->effects.entries[i].value);
        g_free (graph->effects.entries[i].value);
      }
  lk_effect_clear (&graph->world);
  lk_id_map_clear (&graph->effects);
}

void
lk_graph_unref (LkGraph *graph)
{
  if (graph == NULL || !g_atomic_int_dec_and_test (&graph->refs))
    return;
  g_ptr_array_unref (graph->kept);
  g_ptr_array_unref (graph->retired);
  g_array_unref (graph->captures);
  g_hash_table_unref (graph->by_name);
  g_ptr_array_unref (graph->nodes);
  g_hash_table_unref (graph->used);
  g_ptr_array_unref (graph->scopes);
  g_array_unref (graph->controls);
  effects_clear (graph);
  lk_id_map_clear (&graph->inner);
  lk_container_free (graph->container);
  g_clear_pointer (&graph->overrides, g_hash_table_unref);
  g_free (graph->next_name);
  g_free (graph->name);
  g_free (graph);
}

guint32
lk_graph_id (const LkGraph *graph)
{
  return graph->id;
}

guint
lk_graph_n_nodes (const LkGraph *graph)
{
  return graph->nodes->len;
}

LkNode *
lk_graph_node (const LkGraph *graph, guint id)
{
  return g_ptr_array_index (graph->nodes, id);
}

LkNode *
lk_graph_find (const LkGraph *graph, const char *name)
{
  return g_hash_table_lookup (graph->by_name, name);
}

static LkTensor **
tensors_copy (LkTensor *const *tensors, guint n)
{
  LkTensor **copy = g_new (LkTensor *, n);
  for (guint i = 0; i < n; i++)
    copy[i] = lk_tensor_ref (tensors[i]);
  return copy;
}

LkNode *
lk_graph_add (LkContext *ctx, LkGraph *graph, const LkCall *call, const LkSignature *out)
{
  LkNode *node = g_new0 (LkNode, 1);
  g_autoptr (GPtrArray) controls = lk_graph_collect_controls (graph, call);
  node->graph = graph;
  node->id = graph->nodes->len;
  node->capture = -1;
  node->flags = ctx->backward > 0 ? LK_NODE_BACKWARD : 0;
  node->name = lk_graph_take_name (graph, call->op->name);
  node->op = call->op;
  node->n_inputs = call->n_inputs;
  node->inputs = tensors_copy (call->inputs, call->n_inputs);
  node->attrs = lk_attrs_copy (call->op, call->attrs);
  node->n_outputs = call->n_outputs;
  node->outputs = g_new (LkTensor *, call->n_outputs);
  for (guint i = 0; i < call->n_outputs; i++)
    node->outputs[i] = lk_tensor_new_symbolic (out[i].dtype, &out[i].shape, node, i);
  node->n_controls = controls->len;
  node->controls = (LkNode **) g_ptr_array_free (g_steal_pointer (&controls), FALSE);
  node->stack = lk_context_stack (ctx);
  if (graph->overrides != NULL)
    node->closure = lk_closure_ref (g_hash_table_lookup (graph->overrides, call->op));
  g_ptr_array_add (graph->nodes, node);
  g_hash_table_insert (graph->by_name, node->name, node);
  lk_graph_note_effect (graph, node);
  return node;
}

LkClosure *
lk_graph_override_gradient (LkGraph *graph, const LkOp *op, LkClosure *closure)
{
  LkClosure *before = NULL;
  if (graph->overrides == NULL)
    graph->overrides = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) lk_closure_unref);
  g_hash_table_steal_extended (graph->overrides, op, NULL, (gpointer *) &before);
  if (closure != NULL)
    g_hash_table_insert (graph->overrides, (gpointer) op, closure);
  return before;
}

guint
lk_graph_n_captures (const LkGraph *graph)
{
  return graph->captures->len;
}

void
lk_graph_capture_at (const LkGraph *graph, guint i, LkTensor **outer, LkTensor **inner)
{
  const LkCapture *capture = &g_array_index (graph->captures, LkCapture, i);
  if (outer != NULL)
    *outer = capture->outer;
  if (inner != NULL)
    *inner = capture->inner;
}

void
lk_graph_finalize (LkGraph *graph, gboolean final)
{
  graph->final = final;
}
