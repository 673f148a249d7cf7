/* SPDX-License-Identifier: MIT */
#include "engine/rewrite/selection.h"

#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"
#include "engine/rewrite/copy.h"
#include "engine/rewrite/final.h"

typedef struct
{
  LkContext *ctx;
  const LkSelection *selection;
  LkRewriting *r;
  LkNode **copies;        /* by node of the graph; NULL where it is not needed, or not yet copied */
  GPtrArray *outputs;     /* LkTensor of the working graph: fetches, then what nobody reads but has to run */
} Selecting;

/* ---- what is needed ---- */

static gboolean
is_fed (const LkSelection *s, const LkTensor *tensor)
{
  return lk_tensors_find (s->fed, s->n_fed, tensor) >= 0;
}

static void
need (gboolean *needed, GPtrArray *stack, LkNode *node)
{
  if (!needed[node->id])
    g_ptr_array_add (stack, node);
  needed[node->id] = TRUE;
}

/* By node. (transfer full) */
static gboolean *
find_needed (const LkSelection *s)
{
  gboolean *needed = g_new0 (gboolean, s->graph->nodes->len + 1);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  for (guint i = 0; i < s->n_fetches; i++)
    if (!is_fed (s, s->fetches[i]))
      need (needed, stack, s->fetches[i]->node);
  for (guint i = 0; i < s->n_targets; i++)
    need (needed, stack, s->targets[i]);
  while (stack->len > 0)
    {
      const LkNode *node = g_ptr_array_remove_index_fast (stack, stack->len - 1);
      for (guint i = 0; i < node->n_inputs; i++)
        if (!is_fed (s, node->inputs[i]))
          need (needed, stack, node->inputs[i]->node);
      for (guint i = 0; i < node->n_controls; i++)
        need (needed, stack, node->controls[i]);
    }
  return needed;
}

/* ---- copies ---- */

static void
note_origin (Selecting *s, const LkNode *copy, const LkNode *node)
{
  lk_rewriting_note_nodes (s->r);
  g_array_append_val (lk_rewriting_fact (s->r, copy)->origins, node->id);
  lk_rewriting_fact (s->r, copy)->place = node->id;
}

static void
copy_fed (Selecting *s)
{
  const LkSelection *selection = s->selection;
  s->r->n_inputs = selection->n_fed;
  s->r->inputs = g_new (LkTensor *, selection->n_fed + 1);
  for (guint i = 0; i < selection->n_fed; i++)
    {
      const LkTensor *fed = selection->fed[i];
      LkTensor *input = lk_placeholder (s->ctx, fed->node->name, fed->dtype, &fed->shape);
      input->node->stack = fed->node->stack;
      note_origin (s, input->node, fed->node);
      lk_rewriting_fact (s->r, input->node)->pinned = TRUE;
      s->r->inputs[i] = input;
    }
}

/* (transfer none) */
static LkTensor *
copy_of (const Selecting *s, const LkTensor *tensor)
{
  const gint fed = lk_tensors_find (s->selection->fed, s->selection->n_fed, tensor);
  return fed >= 0 ? s->r->inputs[fed] : s->copies[tensor->node->id]->outputs[tensor->output];
}

/* What the op says of the copy's outputs, now that its inputs are others. */
static gboolean
infer_again (Selecting *s, LkNode *copy)
{
  const LkCall call = { s->ctx, copy->op, copy->n_inputs, copy->inputs, copy->attrs, copy->n_outputs, copy->outputs };
  LkSignature *out = g_newa (LkSignature, copy->n_outputs + 1);
  if (!lk_call_check (&call, out) || !copy->op->block->infer (&call, out))
    return FALSE;
  for (guint i = 0; i < copy->n_outputs; i++)
    copy->outputs[i]->shape = out[i].shape;
  return TRUE;
}

static gboolean
copy_node (Selecting *s, const LkNode *node)
{
  g_autofree LkTensor **inputs = g_new (LkTensor *, node->n_inputs + 1);
  for (guint i = 0; i < node->n_inputs; i++)
    inputs[i] = copy_of (s, node->inputs[i]);
  LkNode *copy = s->copies[node->id] = lk_node_copy (s->ctx, s->r->graph, node, inputs, node->name);
  note_origin (s, copy, node);
  for (guint i = 0; i < node->n_controls; i++)
    lk_rewriting_add_control (s->r, copy, s->copies[node->controls[i]->id]);
  return !s->selection->surprising || infer_again (s, copy);
}

/* Effects stay in the order in which the graph's nodes run, which is that in which they were made. FALSE when it can not be, or is
   bound to fail: as when a placeholder is not fed. */
static gboolean
copy_needed (Selecting *s)
{
  const GPtrArray *nodes = s->selection->graph->nodes;
  g_autofree gboolean *needed = find_needed (s->selection);
  gboolean good = TRUE;
  lk_graph_order_effects (s->r->graph);
  for (guint i = 0; good && i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      if (needed[i])
        good = node->op->index != LK_OP_PLACEHOLDER_NODE && copy_node (s, node);
    }
  s->r->graph->ordered = FALSE;
  g_autoptr (GError) error = lk_context_take_error (s->ctx);
  return good && error == NULL;
}

/* ---- its outputs ---- */

static void
find_outputs (Selecting *s)
{
  const LkSelection *selection = s->selection;
  LkRewriting *r = s->r;
  for (guint i = 0; i < selection->n_fetches; i++)
    g_ptr_array_add (s->outputs, copy_of (s, selection->fetches[i]));
  for (guint i = 0; i < r->facts->len; i++)
    {
      const LkNode *node = lk_graph_node (r->graph, i);
      const LkFact *fact = lk_rewriting_fact (r, node);
      if (fact->users->len == 0 && node->n_outputs > 0 && !fact->pinned && !lk_op_has_effect (node->op, node->attrs))
        g_ptr_array_add (s->outputs, node->outputs[0]);
    }
  r->n_outputs = s->outputs->len;
  r->outputs = g_new (LkTensor *, r->n_outputs + 1);
  for (guint i = 0; i < r->n_outputs; i++)
    r->outputs[i] = lk_tensor_ref (g_ptr_array_index (s->outputs, i));
  r->made = r->graph->nodes->len;
}

static LkGraph *
finish (Selecting *s, LkPlan **plan)
{
  LkTensor **inputs, **outputs;
  LkGraph *final = lk_rewriting_finish (s->r, &inputs, &outputs);
  *plan = lk_final_plan (final, inputs, s->selection->n_fed, outputs, s->selection->n_fetches);
  if (LK_WATCHED)
    lk_final_tell (s->ctx, final, s->selection->graph->name, inputs, s->selection->n_fed, outputs, s->selection->n_fetches);
  for (guint i = 0; i < s->r->n_inputs; i++)
    lk_tensor_unref (inputs[i]);
  for (guint i = 0; i < s->r->n_outputs; i++)
    lk_tensor_unref (outputs[i]);
  g_free (inputs);
  g_free (outputs);
  return final;
}

LkGraph *
lk_selection_rewrite (LkContext *ctx, const LkSelection *selection, LkPlan **plan)
{
  LkGraph *final = NULL;
  Selecting s = { ctx, selection, lk_rewriting_new_empty (ctx, selection->graph, selection->graph->name), NULL, g_ptr_array_new () };
  s.r->off = selection->off;
  s.copies = g_new0 (LkNode *, selection->graph->nodes->len + 1);
  copy_fed (&s);
  if (copy_needed (&s))
    {
      find_outputs (&s);
      lk_rewriting_run (s.r);
      if (s.r->log->len > 0)
        final = finish (&s, plan);
    }
  lk_rewriting_free (s.r);
  g_ptr_array_unref (s.outputs);
  g_free (s.copies);
  return final;
}
