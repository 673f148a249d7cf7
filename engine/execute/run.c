/* SPDX-License-Identifier: MIT */
/* The executor: the steps of a plan, one after another, each by the same path as an eager call. */
#include <string.h>
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/plan.h"
#include "engine/ops/block.h"

typedef struct
{
  LkContext *ctx;
  LkPlan *plan;
  LkTensor **values;      /* by slot */
  LkTensor **inputs;      /* of the current step */
  LkSignature *out;
} Run;

static LkTensor **
take_scratch (LkPlan *plan)
{
  LkTensor **scratch = __atomic_exchange_n (&plan->scratch, NULL, __ATOMIC_ACQUIRE);
  return scratch != NULL ? scratch : g_new (LkTensor *, plan->n_slots + 1);
}

static void
give_scratch (LkPlan *plan, LkTensor **scratch)
{
  g_free (__atomic_exchange_n (&plan->scratch, scratch, __ATOMIC_RELEASE));
}

/* What a node that ran says besides its event. */
static void
log_node (LkContext *ctx, const LkNode *node, LkTensor *const *outputs)
{
  if ((node->flags & LK_NODE_LOSS) && node->n_outputs > 0 && outputs[0]->size == 1
      && lk_dtype_is_floating (outputs[0]->dtype))
    lk_emit_scalar (ctx, LK_SCALAR_LOSS, node->loss, -1, lk_tensor_double_at (outputs[0], 0), outputs[0]->id);
  if (node->flags & LK_NODE_STEP)
    lk_emit_step (ctx);
}

/* Constants and what was fed do not run, but are seen like nodes that did: constants in a graph's first run, since they stay
   the same, and of what is fed only what has a value to look at. */
static void
show_value (Run *run, LkNode *node, LkTensor *const *inputs, guint n_inputs, LkTensor *value)
{
  LkCall call = { run->ctx, node->op, n_inputs, inputs, node->attrs, 1, &value };
  run->ctx->node = node;
  lk_gate_op (run->ctx, node->op, inputs, n_inputs, node->attrs, node);
  lk_emit_op (run->ctx, &call, node, lk_stream_now ());
}

/* A watched run gives each fed value an id of its own, that was made by the placeholder from the caller's. */
static void
show_fed (Run *run, GPtrArray *shown)
{
  for (guint i = 0; i < run->plan->n_fed; i++)
    {
      LkTensor **value = &run->values[run->plan->fed_slots[i]], *given = *value;
      if (given->dtype == LK_RESOURCE)
        continue;
      *value = lk_tensor_new_alias (given, &given->shape);
      g_ptr_array_add (shown, *value);
      show_value (run, run->plan->fed_nodes[i], &given, 1, *value);
    }
}

static inline gboolean
run_step (Run *run, const LkStep *step)
{
  LkNode *node = step->node;
  const guint32 *slots = run->plan->input_slots + step->inputs;
  LkCall call = { run->ctx, node->op, node->n_inputs, run->inputs, step->attrs, step->n_outputs,
                  run->values + step->outputs };
  for (guint i = 0; i < node->n_inputs; i++)
    run->inputs[i] = run->values[slots[i]];
  for (guint i = 0; i < step->n_outputs; i++)
    run->out[i].dtype = node->outputs[i]->dtype;
  run->ctx->node = node;
  if (!lk_call_run (&call, run->out, node))
    return FALSE;
  if (LK_WATCHED && node->flags != 0)
    log_node (run->ctx, node, call.outputs);
  return TRUE;
}

static gboolean
run_steps (Run *run)
{
  LkPlan *plan = run->plan;
  gboolean told = LK_WATCHED && __atomic_exchange_n (&plan->told, TRUE, __ATOMIC_RELAXED);
  for (guint i = 0; i < plan->n_steps; i++)
    {
      const LkStep *step = &plan->steps[i];
      if (step->node->op->index == LK_OP_CONST)
        {
          if (LK_WATCHED && !told)
            show_value (run, step->node, NULL, 0, run->values[step->outputs]);
        }
      else if (!run_step (run, step))
        return FALSE;
      for (guint j = 0; j < step->n_frees; j++)
        g_clear_pointer (&run->values[plan->free_slots[step->frees + j]], lk_tensor_unref);
    }
  return TRUE;
}

static gboolean
is_fed_slot (const LkPlan *plan, guint slot)
{
  return slot < plan->n_fed;      /* they are placed first */
}

/* What comes out as it went in gets an id of its own. */
static void
take_results (Run *run, LkTensor **results)
{
  const LkPlan *plan = run->plan;
  for (guint i = 0; i < plan->n_results; i++)
    {
      guint slot = plan->result_slots[i];
      LkTensor *value = run->values[slot];
      results[i] = is_fed_slot (plan, slot) ? lk_tensor_new_alias (value, &value->shape) : lk_tensor_ref (value);
    }
}

static void
drop_values (Run *run)
{
  for (guint slot = run->plan->n_fed; slot < run->plan->n_slots; slot++)
    if (run->plan->template[slot] == NULL)
      lk_tensor_unref (run->values[slot]);
}

gboolean
lk_plan_run (LkContext *ctx, LkPlan *plan, LkTensor *const *fed, LkTensor **results)
{
  const LkNode *outer = ctx->node;
  g_autoptr (GPtrArray) shown = NULL;
  Run run = { ctx, plan, take_scratch (plan), g_newa (LkTensor *, plan->most_inputs + 1),
              g_newa (LkSignature, plan->most_outputs + 1) };
  gboolean ok;
  if (plan->n_slots > 0)
    memcpy (run.values, plan->template, plan->n_slots * sizeof *run.values);
  for (guint i = 0; i < plan->n_fed; i++)
    run.values[plan->fed_slots[i]] = fed[i];
  if (LK_WATCHED)
    {
      shown = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
      show_fed (&run, shown);
    }
  ok = run_steps (&run);
  ctx->node = outer;
  if (ok)
    take_results (&run, results);
  else
    for (guint i = 0; i < plan->n_results; i++)
      results[i] = NULL;
  drop_values (&run);
  give_scratch (plan, run.values);
  return ok;
}
