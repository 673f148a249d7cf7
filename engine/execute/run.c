/* SPDX-License-Identifier: MIT */
/* The executor as it may be watched: the steps of a plan, one after another, each by the same path as an eager call. */
#include <string.h>
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/code.h"
#include "engine/graph/inlined.h"
#include "engine/ops/block.h"

typedef struct
{
  LkContext *ctx;
  LkPlan *plan;
  LkTensor **values;      /* by slot */
  LkTensor **inputs;      /* of the current step */
  LkSignature *out;
} Run;

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
  lk_calls_go (run->ctx, node->inlined);
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
run_steps (Run *run, guint from)
{
  LkPlan *plan = run->plan;
  gboolean told = LK_WATCHED && __atomic_exchange_n (&plan->told, TRUE, __ATOMIC_RELAXED);
  for (guint i = from; i < plan->n_steps; i++)
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

static void
finish (Run *run, gboolean good, LkTensor **results)
{
  if (good)
    take_results (run, results);
  else
    for (guint i = 0; i < run->plan->n_results; i++)
      results[i] = NULL;
  drop_values (run);
}

gboolean
lk_plan_run_plain (LkContext *ctx, LkPlan *plan, LkTensor *const *fed, LkTensor **results)
{
  const LkNode *outer = ctx->node;
  LkCalls *outer_calls = ctx->calls;
  const gboolean watched = LK_WATCHED;
  g_autoptr (GPtrArray) shown = NULL, left = watched ? g_ptr_array_new () : NULL;
  LkCalls calls = { plan->n_steps > 0 ? plan->steps[0].node->graph : NULL, NULL, left };
  g_autofree LkTensor **values = g_new (LkTensor *, plan->n_slots + 1);
  Run run = { ctx, plan, values, g_newa (LkTensor *, plan->most_inputs + 1), g_newa (LkSignature, plan->most_outputs + 1) };
  gboolean good;
  if (plan->n_slots > 0)
    memcpy (values, plan->template, plan->n_slots * sizeof *values);
  for (guint i = 0; i < plan->n_fed; i++)
    values[plan->fed_slots[i]] = fed[i];
  ctx->calls = watched ? &calls : NULL;
  if (watched)
    {
      shown = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
      show_fed (&run, shown);
    }
  good = run_steps (&run, 0);
  lk_calls_go (ctx, NULL);
  ctx->calls = outer_calls;
  ctx->node = outer;
  finish (&run, good, results);
  return good;
}

/* What of a code's values a plain run can go on with. (transfer full) */
static LkTensor *
value_so_far (const LkCodeRun *code_run, guint slot, guint step)
{
  const LkSlot *s = &code_run->code->slots[slot];
  LkTensor *value = code_run->scratch->values[slot];
  if (s->place != LK_PLACE_GIVEN && (s->maker >= step || value == NULL || value->buffer == NULL))
    return NULL;
  if (s->place == LK_PLACE_SMALL)
    return lk_tensor_new_copy (value->dtype, &value->shape, value->data);
  if (s->place == LK_PLACE_LARGE)
    return lk_tensor_new_alias (value, &value->shape);
  return s->place == LK_PLACE_GIVEN ? value : lk_tensor_ref (value);
}

gboolean
lk_code_run_rest (LkCodeRun *code_run, guint step, LkTensor **results)
{
  LkContext *ctx = code_run->ctx;
  LkPlan *plan = code_run->plan;
  const LkNode *outer = ctx->node;
  g_autofree LkTensor **values = g_new (LkTensor *, plan->n_slots + 1);
  Run run = { ctx, plan, values, code_run->inputs, code_run->out };
  gboolean good;
  for (guint i = 0; i < plan->n_slots; i++)
    values[i] = value_so_far (code_run, i, step);
  good = run_steps (&run, step);
  ctx->node = outer;
  finish (&run, good, results);
  return good;
}

gboolean
lk_plan_run (LkContext *ctx, LkPlan *plan, LkTensor *const *fed, LkTensor **results)
{
  LkScratch *scratch;
  if (LK_WATCHED || plan->surprising)
    return lk_plan_run_plain (ctx, plan, fed, results);
  LkCode *code = lk_code_of (plan);
  for (guint i = 0; i < plan->n_results; i++)
    results[i] = NULL;
  if ((scratch = lk_scratch_take (plan, code)) == NULL)
    {
      lk_context_fail (ctx, LK_RESOURCE_EXHAUSTED, "OOM when allocating %" G_GSIZE_FORMAT " bytes for a graph's values", code->memory);
      return FALSE;
    }
  const gboolean good = lk_code_run (ctx, plan, scratch, fed, results);
  lk_scratch_give (plan, code, scratch);
  return good;
}
