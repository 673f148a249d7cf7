/* SPDX-License-Identifier: MIT */
/* Control dependencies: those that the program asks for, and those that keep the effects of a function in the order in
   which it was written. */
#include "engine/execute/plan.h"
#include "engine/ops/block.h"

void
lk_graph_push_controls (LkGraph *graph, LkNode *const *nodes, guint n)
{
  LkControls controls = { g_memdup2 (nodes, n * sizeof *nodes), n, nodes == NULL };
  g_array_append_val (graph->controls, controls);
}

void
lk_graph_pop_controls (LkGraph *graph)
{
  g_assert (graph->controls->len > 0);
  g_array_set_size (graph->controls, graph->controls->len - 1);
}

void
lk_graph_order_effects (LkGraph *graph)
{
  graph->ordered = TRUE;
}

static void
add_once (GPtrArray *nodes, LkNode *node)
{
  if (node != NULL && !g_ptr_array_find (nodes, node, NULL))
    g_ptr_array_add (nodes, node);
}

static void
collect_pushed (const LkGraph *graph, GPtrArray *into)
{
  for (guint i = graph->controls->len; i-- > 0;)
    {
      const LkControls *controls = &g_array_index (graph->controls, LkControls, i);
      for (guint j = 0; j < controls->n; j++)
        add_once (into, controls->nodes[j]);
      if (controls->none)
        return;
    }
}

/* ---- effects ---- */

void
lk_effect_clear (LkEffect *effect)
{
  g_clear_pointer (&effect->readers, g_ptr_array_unref);
  effect->writer = NULL;
}

static gboolean
op_reads_only (const LkOp *op)
{
  switch (op->index)
    {
    case LK_OP_READ_VARIABLE: case LK_OP_VAR_IS_INITIALIZED: case LK_OP_RESOURCE_GATHER: case LK_OP_RESOURCE_GATHER_ND:
    case LK_OP_VARIABLE_SHAPE:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Random numbers depend on state that no other node can see. */
static gboolean
op_touches_world (const LkOp *op, const LkAttr *attrs)
{
  if (!lk_op_has_effect (op, attrs) || op->index == LK_OP_NO_OP)
    return FALSE;
  if (op->n_inputs > 0 && op->inputs[0].dtype == LK_RESOURCE)
    return FALSE;
  return !g_str_has_prefix (op->name, "Random") && op->index != LK_OP_TRUNCATED_NORMAL;
}

static void
effect_collect (const LkEffect *effect, gboolean reads_only, GPtrArray *into)
{
  if (reads_only || effect->readers == NULL || effect->readers->len == 0)
    add_once (into, effect->writer);
  for (guint i = 0; !reads_only && effect->readers != NULL && i < effect->readers->len; i++)
    add_once (into, g_ptr_array_index (effect->readers, i));
}

static void
effect_note (LkEffect *effect, gboolean reads_only, LkNode *node)
{
  if (effect->readers == NULL)
    effect->readers = g_ptr_array_new ();
  if (reads_only)
    {
      g_ptr_array_add (effect->readers, node);
      return;
    }
  g_ptr_array_set_size (effect->readers, 0);
  effect->writer = node;
}

static LkEffect *
effect_of (LkGraph *graph, LkTensor *resource)
{
  LkIdEntry *entry = lk_id_map_add (&graph->effects, lk_graph_root (resource)->id);
  if (entry->value == NULL)
    entry->value = g_new0 (LkEffect, 1);
  return entry->value;
}

GPtrArray *
lk_graph_collect_controls (LkGraph *graph, const LkCall *call)
{
  GPtrArray *controls = g_ptr_array_new ();
  collect_pushed (graph, controls);
  if (!graph->ordered || !(call->op->flags & LK_OP_STATEFUL))
    return controls;
  for (guint i = 0; i < call->n_inputs; i++)
    if (call->inputs[i]->dtype == LK_RESOURCE)
      effect_collect (effect_of (graph, call->inputs[i]), op_reads_only (call->op), controls);
  if (op_touches_world (call->op, call->attrs))
    effect_collect (&graph->world, FALSE, controls);
  return controls;
}

void
lk_graph_note_effect (LkGraph *graph, LkNode *node)
{
  if (!graph->ordered || !(node->op->flags & LK_OP_STATEFUL))
    return;
  for (guint i = 0; i < node->n_inputs; i++)
    if (node->inputs[i]->dtype == LK_RESOURCE)
      effect_note (effect_of (graph, node->inputs[i]), op_reads_only (node->op), node);
  if (op_touches_world (node->op, node->attrs))
    effect_note (&graph->world, FALSE, node);
}
