/* SPDX-License-Identifier: MIT */
#include "engine/rewrite/copy.h"

#include "engine/execute/plan.h"
#include "engine/graph/call.h"
#include "engine/graph/inlined.h"

LkNode *
lk_node_copy (LkContext *ctx, LkGraph *graph, const LkNode *node, LkTensor *const *inputs, const char *name)
{
  LkSignature *out = g_newa (LkSignature, node->n_outputs + 1);
  const LkCall call = { ctx, node->op, node->n_inputs, inputs, node->attrs, node->n_outputs, NULL };
  g_autofree char *exact = g_strconcat (name, "/", NULL);
  for (guint i = 0; i < node->n_outputs; i++)
    out[i] = (LkSignature) { node->outputs[i]->dtype, node->outputs[i]->shape };
  lk_graph_name_next (graph, exact);
  LkNode *copy = lk_graph_add (ctx, graph, &call, out);
  copy->flags = node->flags;
  copy->stack = node->stack;
  copy->loss = node->loss;
  copy->inlined = lk_inlined_ref (node->inlined);
  return copy;
}

static void
copy_controls (LkNode *copy, const LkNode *node, LkNode *const *copies)
{
  g_free (copy->controls);
  copy->controls = g_new (LkNode *, node->n_controls);
  copy->n_controls = 0;
  for (guint i = 0; i < node->n_controls; i++)
    if (copies[node->controls[i]->id] != NULL)
      copy->controls[copy->n_controls++] = copies[node->controls[i]->id];
}

LkTensor **
lk_copies_of (LkTensor *const *tensors, guint n, LkNode *const *copies)
{
  LkTensor **result = g_new (LkTensor *, n);
  for (guint i = 0; i < n; i++)
    result[i] = lk_tensor_ref (copies[tensors[i]->node->id]->outputs[tensors[i]->output]);
  return result;
}

LkNode **
lk_nodes_copy (LkContext *ctx, LkGraph *graph, const GPtrArray *nodes, guint n_ids, const LkRewriting *r)
{
  LkNode **copies = g_new0 (LkNode *, n_ids + 1);
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      LkTensor **inputs = lk_copies_of (node->inputs, node->n_inputs, copies);
      copies[node->id] = lk_node_copy (ctx, graph, node, inputs, r != NULL ? lk_rewriting_name (r, node) : node->name);
      for (guint k = 0; k < node->n_inputs; k++)
        lk_tensor_unref (inputs[k]);
      g_free (inputs);
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      copy_controls (copies[node->id], node, copies);
    }
  return copies;
}

GPtrArray *
lk_function_needed_nodes (const LkFunction *function)
{
  const LkGraph *graph = function->graph;
  g_autofree gboolean *needed = g_new0 (gboolean, graph->nodes->len + 1);
  GPtrArray *nodes = g_ptr_array_new ();
  for (guint i = 0; i < function->n_all; i++)
    needed[function->inputs[i]->node->id] = TRUE;
  for (guint i = 0; i < function->n_outputs; i++)
    needed[function->outputs[i]->node->id] = TRUE;
  for (guint i = graph->nodes->len; i-- > 0;)
    {
      const LkNode *node = lk_graph_node (graph, i);
      needed[i] |= lk_op_has_effect (node->op, node->attrs);
      for (guint k = 0; needed[i] && k < node->n_inputs; k++)
        needed[node->inputs[k]->node->id] = TRUE;
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    if (needed[i])
      g_ptr_array_add (nodes, lk_graph_node (graph, i));
  return nodes;
}
