/* SPDX-License-Identifier: MIT */
#include "engine/execute/beside.h"
#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"

/* What is known while a plan is made. */
typedef struct
{
  LkGraph *graph;
  gboolean *needed;       /* by node */
  guint32 *slots;         /* by node: of its first output, LK_NOWHERE while it has none */
  gint *last_use;         /* by slot: the last step that reads it; -1 none, G_MAXINT it stays */
  LkIdMap fed;            /* id → slot + 1 of fed tensors */
  GPtrArray *stack;       /* nodes whose inputs are still to be followed */
} Builder;

static void
need_node (Builder *builder, LkNode *node)
{
  if (builder->needed[node->id])
    return;
  builder->needed[node->id] = TRUE;
  g_ptr_array_add (builder->stack, node);
}

static void
need_tensor (Builder *builder, LkTensor *tensor)
{
  if (!lk_id_map_has (&builder->fed, tensor->id))
    need_node (builder, tensor->node);
}

static void
follow_needs (Builder *builder)
{
  while (builder->stack->len > 0)
    {
      LkNode *node = g_ptr_array_remove_index_fast (builder->stack, builder->stack->len - 1);
      for (guint i = 0; i < node->n_inputs; i++)
        need_tensor (builder, node->inputs[i]);
      for (guint i = 0; i < node->n_controls; i++)
        need_node (builder, node->controls[i]);
    }
}

gboolean
lk_op_has_effect (const LkOp *op, const LkAttr *attrs)
{
  const guint n = lk_op_n_functions (op, attrs);
  for (guint i = 0; i < n; i++)
    if (lk_op_function (op, attrs, i)->plan->has_effects)
      return TRUE;
  if (n > 0)
    return FALSE;
  return (op->flags & LK_OP_STATEFUL) && op->index != LK_OP_VAR_HANDLE && op->index != LK_OP_READ_VARIABLE
         && op->index != LK_OP_VAR_IS_INITIALIZED;
}

static void
need_effects (Builder *builder, LkPlan *plan)
{
  for (guint i = 0; i < builder->graph->nodes->len; i++)
    {
      LkNode *node = lk_graph_node (builder->graph, i);
      if (!lk_op_has_effect (node->op, node->attrs))
        continue;
      plan->has_effects = TRUE;
      need_node (builder, node);
    }
}

static guint32
slot_of (const Builder *builder, const LkTensor *tensor)
{
  const LkIdEntry *fed = lk_id_map_find (&builder->fed, tensor->id);
  if (fed != NULL)
    return GPOINTER_TO_UINT (fed->value) - 1;
  return builder->slots[tensor->node->id] + tensor->output;
}

static void
place_fed (Builder *builder, LkPlan *plan, LkTensor *const *fed, guint n_fed)
{
  plan->n_fed = n_fed;
  plan->fed_slots = g_new (guint32, n_fed);
  plan->fed_nodes = g_new (LkNode *, n_fed);
  plan->fed_like = g_new (LkTensor *, n_fed);
  for (guint i = 0; i < n_fed; i++)
    {
      plan->fed_nodes[i] = fed[i]->node;
      plan->fed_like[i] = fed[i];
      plan->surprising |= fed[i]->node->op->index != LK_OP_PLACEHOLDER_NODE;
      plan->fed_slots[i] = plan->n_slots;
      lk_id_map_add (&builder->fed, fed[i]->id)->value = GUINT_TO_POINTER (++plan->n_slots);
    }
}

static void
place_nodes (Builder *builder, LkPlan *plan)
{
  guint n_inputs = 0;
  for (guint i = 0; i < builder->graph->nodes->len; i++)
    {
      LkNode *node = lk_graph_node (builder->graph, i);
      if (!builder->needed[i])
        continue;
      builder->slots[i] = plan->n_slots;
      plan->n_slots += node->n_outputs;
      plan->n_steps++;
      n_inputs += node->n_inputs;
      plan->most_inputs = MAX (plan->most_inputs, node->n_inputs);
      plan->most_outputs = MAX (plan->most_outputs, node->n_outputs);
    }
  plan->steps = g_new0 (LkStep, plan->n_steps);
  plan->input_slots = g_new (guint32, n_inputs);
  plan->template = g_new0 (LkTensor *, plan->n_slots);
}

static void
fill_steps (Builder *builder, LkPlan *plan)
{
  guint step = 0, input = 0;
  for (guint i = 0; i < builder->graph->nodes->len; i++)
    {
      LkNode *node = lk_graph_node (builder->graph, i);
      if (!builder->needed[i])
        continue;
      plan->steps[step] = (LkStep) { node, node->attrs, node->n_outputs, input, builder->slots[i], 0, 0, 0 };
      for (guint j = 0; j < node->n_inputs; j++)
        {
          guint32 slot = slot_of (builder, node->inputs[j]);
          plan->input_slots[input++] = slot;
          builder->last_use[slot] = step;
        }
      step++;
    }
}

/* Constants, results and what was fed outlive the steps; a value that nobody reads goes with the step that makes it. */
static void
keep_slots (Builder *builder, LkPlan *plan)
{
  for (guint i = 0; i < plan->n_steps; i++)
    {
      LkStep *step = &plan->steps[i];
      gboolean constant = step->node->op->index == LK_OP_CONST;
      if (constant)
        plan->template[step->outputs] = step->node->attrs[0].tensor;
      for (guint j = 0; j < step->node->n_outputs; j++)
        {
          gint *last = &builder->last_use[step->outputs + j];
          *last = constant ? G_MAXINT : MAX (*last, (gint) i);
        }
    }
  for (guint i = 0; i < plan->n_fed; i++)
    builder->last_use[plan->fed_slots[i]] = G_MAXINT;
  for (guint i = 0; i < plan->n_results; i++)
    builder->last_use[plan->result_slots[i]] = G_MAXINT;
}

/* What is read in a group stays until its end. */
static void
find_groups (Builder *builder, LkPlan *plan)
{
  g_autofree guint *ends = g_new (guint, plan->n_steps + 1);
  gboolean any = FALSE;
  for (guint i = 0; i < plan->n_steps;)
    {
      LkStep *first = &plan->steps[i];
      const guint n = MAX (first->group = lk_plan_group (plan, i), 1), end = i + n - 1;
      for (any |= n > 1; i <= end; i++)
        ends[i] = end;
    }
  for (guint slot = 0; any && slot < plan->n_slots; slot++)
    if (builder->last_use[slot] >= 0 && builder->last_use[slot] != G_MAXINT)
      builder->last_use[slot] = ends[builder->last_use[slot]];
}

static void
fill_frees (Builder *builder, LkPlan *plan)
{
  guint *places, place = 0;
  for (guint slot = 0; slot < plan->n_slots; slot++)
    if (builder->last_use[slot] >= 0 && builder->last_use[slot] != G_MAXINT)
      plan->steps[builder->last_use[slot]].n_frees++;
  places = g_new (guint, plan->n_steps);
  for (guint i = 0; i < plan->n_steps; i++)
    {
      places[i] = plan->steps[i].frees = place;
      place += plan->steps[i].n_frees;
    }
  plan->free_slots = g_new (guint32, place);
  for (guint slot = 0; slot < plan->n_slots; slot++)
    if (builder->last_use[slot] >= 0 && builder->last_use[slot] != G_MAXINT)
      plan->free_slots[places[builder->last_use[slot]]++] = slot;
  g_free (places);
}

static void
find_results (Builder *builder, LkPlan *plan, LkTensor *const *results, guint n_results)
{
  plan->n_results = n_results;
  plan->result_slots = g_new (guint32, n_results);
  for (guint i = 0; i < n_results; i++)
    plan->result_slots[i] = slot_of (builder, results[i]);
}

LkPlan *
lk_plan_new (LkGraph *graph, LkTensor *const *fed, guint n_fed, LkTensor *const *results, guint n_results,
             LkNode *const *targets, guint n_targets, gboolean effects)
{
  LkPlan *plan = g_new0 (LkPlan, 1);
  guint n_nodes = graph->nodes->len;
  Builder builder = { graph, g_new0 (gboolean, n_nodes), g_new0 (guint32, n_nodes), NULL, { 0 }, g_ptr_array_new () };
  place_fed (&builder, plan, fed, n_fed);
  for (guint i = 0; i < n_results; i++)
    need_tensor (&builder, results[i]);
  for (guint i = 0; i < n_targets; i++)
    need_node (&builder, targets[i]);
  if (effects)
    need_effects (&builder, plan);
  follow_needs (&builder);

  place_nodes (&builder, plan);
  builder.last_use = g_new (gint, plan->n_slots);
  for (guint i = 0; i < plan->n_slots; i++)
    builder.last_use[i] = -1;
  fill_steps (&builder, plan);
  find_results (&builder, plan, results, n_results);
  keep_slots (&builder, plan);
  find_groups (&builder, plan);
  fill_frees (&builder, plan);

  g_free (builder.needed);
  g_free (builder.slots);
  g_free (builder.last_use);
  lk_id_map_clear (&builder.fed);
  g_ptr_array_unref (builder.stack);
  return plan;
}

void
lk_plan_free (LkPlan *plan)
{
  if (plan == NULL)
    return;
  lk_code_free_of (plan);
  g_free (plan->steps);
  g_free (plan->input_slots);
  g_free (plan->free_slots);
  g_free (plan->fed_slots);
  g_free (plan->fed_nodes);
  g_free (plan->fed_like);
  g_free (plan->result_slots);
  g_free (plan->template);
  g_free (plan);
}
