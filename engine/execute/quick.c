/* SPDX-License-Identifier: MIT */
/* The executor when nobody watches: the instructions of a plan's code, one after another. */
#include "engine/eager/dispatch.h"
#include "engine/execute/beside.h"
#include "engine/graph/build.h"
#include "engine/ops/block.h"

static LkCall
call_of (const LkCodeRun *run, const LkStep *step)
{
  const guint32 *slots = run->plan->input_slots + step->inputs;
  for (guint i = 0; i < step->node->n_inputs; i++)
    run->inputs[i] = run->scratch->values[slots[i]];
  run->ctx->node = step->node;
  return (LkCall) { run->ctx, step->node->op, step->node->n_inputs, run->inputs, step->attrs, step->n_outputs,
                    run->scratch->values + step->outputs };
}

static void
note_outputs (const LkCodeRun *run, const LkStep *step)
{
  for (guint i = 0; i < step->n_outputs; i++)
    run->scratch->data[step->outputs + i] = run->scratch->values[step->outputs + i]->data;
}

static void
empty_slot (const LkCodeRun *run, guint32 slot)
{
  LkTensor *value = run->scratch->values[slot];
  if (run->code->slots[slot].place == LK_PLACE_LARGE)
    {
      lk_buffer_unref (g_steal_pointer (&value->buffer));
      value->data = NULL;
      return;
    }
  run->scratch->values[slot] = NULL;
  lk_tensor_unref (value);
}

/* ---- kernels ---- */

/* The input dies here, and only the scratch knows its buffer: it becomes the output's. */
static gboolean
take_over (const LkCodeRun *run, const LkInstr *instr, LkTensor *output)
{
  const LkTensor *input = instr->over != LK_NOWHERE ? run->scratch->values[instr->over] : NULL;
  if (input == NULL || __atomic_load_n (&input->buffer->refs, __ATOMIC_ACQUIRE) != 1)
    return FALSE;
  output->buffer = lk_buffer_ref (input->buffer);
  output->data = input->data;
  return TRUE;
}

static gboolean
make_output (const LkCodeRun *run, const LkInstr *instr, const LkCall *call, guint i)
{
  const guint32 at = run->plan->steps[instr->step].outputs + i;
  const LkSlot *slot = &run->code->slots[at];
  LkTensor **output = &call->outputs[i];
  if (slot->place == LK_PLACE_OWN)
    *output = lk_tensor_new (slot->dtype, &slot->shape);
  else if (slot->place == LK_PLACE_LARGE && !take_over (run, instr, *output))
    {
      (*output)->buffer = lk_buffer_new (slot->bytes);
      (*output)->data = (*output)->buffer != NULL ? (*output)->buffer->data : NULL;
    }
  if (G_UNLIKELY (*output == NULL || (*output)->buffer == NULL))
    return lk_call_fail_memory (call, &(LkSignature) { slot->dtype, slot->shape });
  run->scratch->data[at] = (*output)->data;
  return TRUE;
}

static gboolean
run_kernel (const LkCodeRun *run, const LkInstr *instr)
{
  const LkStep *step = &run->plan->steps[instr->step];
  LkCall call = call_of (run, step);
  for (guint i = 0; instr->makes && i < step->n_outputs; i++)
    if (!make_output (run, instr, &call, i))
      return FALSE;
  instr->run.kernel (&call);
  return G_LIKELY (run->ctx->error == NULL);
}

/* Kernels that need not wait for one another: each gets inputs of its own. */
static gboolean
run_beside (const LkCodeRun *run, const LkInstr *instrs)
{
  const guint n = instrs->beside;
  LkCodeRun own = *run;
  LkCall *calls = g_newa (LkCall, n);
  for (guint i = 0; i < n; i++)
    {
      const LkStep *step = &run->plan->steps[instrs[i].step];
      own.inputs = g_newa (LkTensor *, step->node->n_inputs + 1);
      calls[i] = call_of (&own, step);
      for (guint k = 0; instrs[i].makes && k < step->n_outputs; k++)
        if (!make_output (run, &instrs[i], &calls[i], k))
          return FALSE;
    }
  lk_code_run_beside (instrs, calls, n);
  return G_LIKELY (run->ctx->error == NULL);
}

/* ---- others ---- */

typedef enum { FAILED, DONE, UNFORESEEN } Outcome;

static Outcome
run_checked (const LkCodeRun *run, const LkInstr *instr)
{
  const LkStep *step = &run->plan->steps[instr->step];
  LkCall call = call_of (run, step);
  for (guint i = 0; i < step->n_outputs; i++)
    run->out[i].dtype = step->node->outputs[i]->dtype;
  if (!step->node->op->block->infer (&call, run->out))
    return FAILED;
  for (guint i = 0; i < step->n_outputs; i++)
    if (!lk_shape_equal (&run->out[i].shape, &run->code->slots[step->outputs + i].shape))
      return UNFORESEEN;
  return run_kernel (run, instr) ? DONE : FAILED;
}

static Outcome
check_outputs (const LkCodeRun *run, const LkStep *step)
{
  note_outputs (run, step);
  for (guint i = 0; i < step->n_outputs; i++)
    {
      const LkSlot *slot = &run->code->slots[step->outputs + i];
      if (slot->relied && !lk_slot_fits (slot, run->scratch->values[step->outputs + i]))
        return UNFORESEEN;
    }
  return DONE;
}

static Outcome
run_call (const LkCodeRun *run, const LkInstr *instr)
{
  const LkStep *step = &run->plan->steps[instr->step];
  LkCall call = call_of (run, step);
  for (guint i = 0; i < step->n_outputs; i++)
    run->out[i].dtype = step->node->outputs[i]->dtype;
  return lk_call_run (&call, run->out, step->node) ? check_outputs (run, step) : FAILED;
}

/* What cannot be read goes the way of a call, which knows what to say. */
static Outcome
run_read (const LkCodeRun *run, const LkInstr *instr)
{
  const LkTensor *handle = run->scratch->values[instr->a];
  const LkVariable *variable = handle->dtype == LK_RESOURCE && handle->data != NULL ? *(LkVariable **) handle->data : NULL;
  LkTensor *value = variable != NULL ? variable->value : NULL;
  if (G_UNLIKELY (value == NULL || value->dtype != run->code->slots[instr->out].dtype))
    return run_call (run, instr);
  run->scratch->values[instr->out] = lk_tensor_new_alias (value, &value->shape);
  return check_outputs (run, &run->plan->steps[instr->step]);
}

static Outcome
run_alias (const LkCodeRun *run, const LkInstr *instr)
{
  LkTensor *alias = lk_tensor_new_alias (run->scratch->values[instr->a], &run->code->slots[instr->out].shape);
  run->scratch->values[instr->out] = alias;
  run->scratch->data[instr->out] = alias->data;
  return DONE;
}

static Outcome
run_other (const LkCodeRun *run, const LkInstr *instr)
{
  switch ((LkCodeKind) instr->kind)
    {
    case LK_CODE_KERNEL: return (instr->beside > 0 ? run_beside : run_kernel) (run, instr) ? DONE : FAILED;
    case LK_CODE_CHECKED: return run_checked (run, instr);
    case LK_CODE_READ: return run_read (run, instr);
    case LK_CODE_ALIAS: return run_alias (run, instr);
    case LK_CODE_CALL: return run_call (run, instr);
    default: g_assert_not_reached ();
    }
}

/* ---- runs ---- */

/* FAILED and UNFORESEEN leave in *step which one it was at. */
static Outcome
run_instrs (const LkCodeRun *run, guint *step)
{
  void **data = run->scratch->data;
  const LkInstr *end = run->code->instrs + run->code->n_instrs;
  for (const LkInstr *instr = run->code->instrs; instr < end; instr++)
    if (instr->kind == LK_CODE_BINARY)
      instr->run.binary (data[instr->a], instr->a_step, data[instr->b], instr->b_step, data[instr->out], instr->n);
    else if (instr->kind == LK_CODE_UNARY)
      instr->run.unary (data[instr->a], data[instr->out], instr->n);
    else
      {
        const Outcome outcome = run_other (run, instr);
        if (G_UNLIKELY (outcome != DONE))
          {
            *step = outcome == UNFORESEEN && instr->kind != LK_CODE_CHECKED ? instr->step + 1 : instr->step;
            return outcome;
          }
        if (instr->beside > 0)
          instr += instr->beside - 1;
        for (guint i = 0; i < instr->n_frees; i++)
          empty_slot (run, run->code->frees[instr->frees + i]);
      }
  return DONE;
}

/* FALSE: what is fed is not what the graph says. */
static gboolean
place_fed (const LkCodeRun *run, LkTensor *const *fed)
{
  for (guint i = 0; i < run->plan->n_fed; i++)
    {
      const guint32 at = run->plan->fed_slots[i];
      if (run->code->slots[at].relied && G_UNLIKELY (!lk_slot_fits (&run->code->slots[at], fed[i])))
        return FALSE;
      run->scratch->values[at] = fed[i];
      run->scratch->data[at] = fed[i]->data;
    }
  return TRUE;
}

static gboolean
is_free (const LkTensor *tensor)
{
  return __atomic_load_n (&tensor->refs, __ATOMIC_ACQUIRE) == 1
         && __atomic_load_n (&tensor->buffer->refs, __ATOMIC_ACQUIRE) == 1;
}

/* Takes what is offered for results, or makes tensors for them. */
static gboolean
place_results (const LkCodeRun *run, LkTensor **results)
{
  for (guint i = 0; i < run->code->n_results_made; i++)
    {
      const guint at = run->code->results_made[i];
      const guint32 slot = run->plan->result_slots[at];
      const LkSlot *s = &run->code->slots[slot];
      LkTensor *made = results[at] != NULL && lk_slot_fits (s, results[at]) && is_free (results[at])
                       ? g_steal_pointer (&results[at]) : lk_tensor_new (s->dtype, &s->shape);
      if (made == NULL)
        {
          lk_context_fail (run->ctx, LK_RESOURCE_EXHAUSTED, "OOM when allocating a result of %" G_GSIZE_FORMAT " bytes", s->bytes);
          return FALSE;
        }
      run->scratch->values[slot] = made;
      run->scratch->data[slot] = made->data;
    }
  for (guint i = 0; i < run->plan->n_results; i++)
    g_clear_pointer (&results[i], lk_tensor_unref);
  return TRUE;
}

/* What comes out as it went in gets an id of its own. */
static void
take_results (const LkCodeRun *run, LkTensor **results)
{
  const LkPlan *plan = run->plan;
  for (guint i = 0; i < plan->n_results; i++)
    {
      const guint32 slot = plan->result_slots[i];
      LkTensor *value = run->scratch->values[slot];
      if (run->code->moves[i])
        {
          results[i] = value;
          run->scratch->values[slot] = NULL;
        }
      else if (slot < plan->n_fed)
        results[i] = lk_tensor_new_alias (value, &value->shape);
      else
        results[i] = lk_tensor_ref (value);
    }
}

/* After an error: what is there of values that are no longer needed. */
static void
empty_all (const LkCodeRun *run)
{
  for (guint32 slot = 0; slot < run->plan->n_slots; slot++)
    {
      const LkSlot *s = &run->code->slots[slot];
      if (s->place != LK_PLACE_GIVEN && s->place != LK_PLACE_SMALL && run->scratch->values[slot] != NULL)
        empty_slot (run, slot);
    }
}

gboolean
lk_code_run (LkContext *ctx, LkPlan *plan, LkScratch *scratch, LkTensor *const *fed, LkTensor **results)
{
  LkCodeRun run = { ctx, plan, plan->code, scratch, g_newa (LkTensor *, plan->most_inputs + 1),
                    g_newa (LkSignature, plan->most_outputs + 1) };
  const LkNode *outer = ctx->node;
  Outcome outcome = FAILED;
  guint step = 0;
  if (G_UNLIKELY (!place_fed (&run, fed)))
    {
      for (guint i = 0; i < plan->n_results; i++)
        g_clear_pointer (&results[i], lk_tensor_unref);
      return lk_plan_run_plain (ctx, plan, fed, results);
    }
  if (place_results (&run, results))
    outcome = run_instrs (&run, &step);
  ctx->node = outer;
  if (G_LIKELY (outcome == DONE))
    take_results (&run, results);
  else
    {
      const gboolean good = outcome == UNFORESEEN && lk_code_run_rest (&run, step, results);
      empty_all (&run);
      return good;
    }
  return TRUE;
}
