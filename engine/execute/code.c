/* SPDX-License-Identifier: MIT */
/* From a plan to its code. */
#include "engine/execute/code.h"

#include <string.h>

#include "engine/core/narrow.h"
#include "engine/eager/dispatch.h"
#include "engine/ops/block.h"
#include "engine/ops/share.h"

/* ---- what is known ---- */

static gboolean
is_known (const LkSlot *slot)
{
  return slot->shape.rank != LK_RANK_UNKNOWN && slot->bytes != G_MAXSIZE;
}

static void
slot_init (LkSlot *slot, const LkTensor *like, guint32 maker)
{
  const gsize size = lk_dtype_size (like->dtype);
  *slot = (LkSlot) { .dtype = like->dtype, .maker = maker, .shape = like->shape, .bytes = G_MAXSIZE };
  slot->place = maker == LK_NOWHERE ? LK_PLACE_GIVEN : LK_PLACE_OWN;
  if (size > 0 && like->dtype != LK_RESOURCE && like->size >= 0
      && __builtin_mul_overflow ((gsize) like->size, size, &slot->bytes))
    slot->bytes = G_MAXSIZE;
}

static void
describe_slots (LkCode *code, const LkPlan *plan)
{
  code->slots = g_new0 (LkSlot, plan->n_slots + 1);
  for (guint i = 0; i < plan->n_fed; i++)
    slot_init (&code->slots[plan->fed_slots[i]], plan->fed_like[i], LK_NOWHERE);
  for (guint i = 0; i < plan->n_steps; i++)
    for (guint k = 0; k < plan->steps[i].n_outputs; k++)
      {
        const LkStep *step = &plan->steps[i];
        slot_init (&code->slots[step->outputs + k], step->node->outputs[k],
                   plan->template[step->outputs + k] != NULL ? LK_NOWHERE : i);
      }
}

/* ---- kinds ---- */

static gboolean
all_known (const LkCode *code, const LkPlan *plan, const LkStep *step)
{
  for (guint i = 0; i < step->node->n_inputs; i++)
    if (!is_known (&code->slots[plan->input_slots[step->inputs + i]]))
      return FALSE;
  for (guint i = 0; i < step->n_outputs; i++)
    if (!is_known (&code->slots[step->outputs + i]))
      return FALSE;
  return TRUE;
}

/* Asks the rule, on shapes alone, for the outputs' shapes: are they those of the graph? *asked: it wanted values, too. */
static gboolean
rule_agrees (LkContext *ctx, const LkCode *code, const LkStep *step, gboolean *asked)
{
  LkSignature *out = g_newa (LkSignature, step->n_outputs + 1);
  const LkCall call = { ctx, step->node->op, step->node->n_inputs, step->node->inputs, step->attrs, step->n_outputs, NULL };
  gboolean good;
  for (guint i = 0; i < step->n_outputs; i++)
    out[i].dtype = step->node->outputs[i]->dtype;
  ctx->asked = FALSE;
  good = step->node->op->block->infer (&call, out) && !(step->node->op->block->widens && lk_call_is_narrow (&call, out));
  g_clear_error (&ctx->error);
  for (guint i = 0; good && i < step->n_outputs; i++)
    good = out[i].dtype == code->slots[step->outputs + i].dtype
           && lk_shape_equal (&out[i].shape, &code->slots[step->outputs + i].shape);
  *asked = ctx->asked;
  return good;
}

static LkCodeKind
kind_of (LkContext *ctx, const LkCode *code, const LkPlan *plan, const LkStep *step)
{
  const LkOp *op = step->node->op;
  gboolean asked;
  if (op->index == LK_OP_READ_VARIABLE)
    return LK_CODE_READ;
  if (op->flags & (LK_OP_STATEFUL | LK_OP_ALLOCATES) || step->n_outputs == 0 || !all_known (code, plan, step)
      || !rule_agrees (ctx, code, step, &asked))
    return LK_CODE_CALL;
  if (op->flags & LK_OP_ALIAS)
    return asked ? LK_CODE_CALL : LK_CODE_ALIAS;
  return op->block->kernel == NULL ? LK_CODE_CALL : asked ? LK_CODE_CHECKED : LK_CODE_KERNEL;
}

static guint8 *
find_kinds (LkCode *code, const LkPlan *plan)
{
  guint8 *kinds = g_new (guint8, plan->n_steps + 1);
  LkContext *ctx = lk_context_new ();
  for (guint i = 0; i < plan->n_steps; i++)
    {
      const LkStep *step = &plan->steps[i];
      kinds[i] = kind_of (ctx, code, plan, step);
      for (guint k = 0; kinds[i] != LK_CODE_CALL && kinds[i] != LK_CODE_READ && k < step->node->n_inputs; k++)
        code->slots[plan->input_slots[step->inputs + k]].relied = TRUE;
    }
  lk_context_free (ctx);
  return kinds;
}

/* ---- instructions ---- */

gboolean
lk_step_may_overwrite (const LkCode *code, const LkPlan *plan, const LkStep *step, guint i)
{
  const LkBlock *block = step->node->op->block;
  const LkSlot *in = &code->slots[plan->input_slots[step->inputs + i]], *out = &code->slots[step->outputs];
  return (block->unary != NULL || block->binary != NULL) && step->n_outputs == 1 && in->bytes == out->bytes
         && lk_dtype_size (in->dtype) == lk_dtype_size (out->dtype) && lk_dtype_wide (in->dtype) == in->dtype;
}

static gboolean
lies_ready (const LkSlot *slot)
{
  return slot->place == LK_PLACE_SMALL || slot->place == LK_PLACE_RESULT;
}

static gint64
size_of (const LkSlot *slot)
{
  return slot->bytes / lk_dtype_size (slot->dtype);
}

/* Turns a kernel into its loop, where that is all it comes to. */
static void
make_direct (const LkCode *code, const LkPlan *plan, const LkStep *step, LkInstr *instr)
{
  const LkBlock *block = step->node->op->block;
  const guint32 *inputs = plan->input_slots + step->inputs;
  const LkSlot *out = &code->slots[step->outputs], *a = &code->slots[inputs[0]];
  const LkSlot *b = &code->slots[inputs[step->node->n_inputs - 1]];
  if (instr->n_frees > 0 || step->n_outputs != 1 || !lies_ready (out) || size_of (out) >= LK_SHARE_LEAST)
    return;
  instr->n = size_of (out);
  instr->a = inputs[0];
  instr->b = inputs[step->node->n_inputs - 1];
  instr->out = step->outputs;
  if (block->unary != NULL && block->unary[a->dtype] != NULL && step->node->n_inputs == 1)
    {
      instr->kind = LK_CODE_UNARY;
      instr->run.unary = block->unary[a->dtype];
    }
  else if (block->binary != NULL && block->binary[a->dtype] != NULL && step->node->n_inputs == 2
           && (size_of (a) == instr->n || size_of (a) == 1) && (size_of (b) == instr->n || size_of (b) == 1))
    {
      instr->kind = LK_CODE_BINARY;
      instr->run.binary = block->binary[a->dtype];
      instr->a_step = size_of (a) == instr->n;
      instr->b_step = size_of (b) == instr->n;
    }
}

static void
make_kernel (const LkCode *code, const LkPlan *plan, const LkStep *step, LkInstr *instr)
{
  instr->run.kernel = step->node->op->block->kernel;
  for (guint i = 0; i < step->n_outputs; i++)
    instr->makes |= !lies_ready (&code->slots[step->outputs + i]);
  for (guint i = 0; i < instr->n_frees; i++)
    for (guint k = 0; k < step->node->n_inputs; k++)
      {
        const guint32 slot = plan->input_slots[step->inputs + k];
        if (slot == code->frees[instr->frees + i] && code->slots[slot].place == LK_PLACE_LARGE
            && code->slots[step->outputs].place == LK_PLACE_LARGE && lk_step_may_overwrite (code, plan, step, k))
          instr->over = slot;
      }
  if (instr->kind == LK_CODE_KERNEL && step->node->n_inputs > 0)
    make_direct (code, plan, step, instr);
}

static void
fill_frees (LkCode *code, const LkPlan *plan, const LkStep *step, LkInstr *instr, guint *n)
{
  instr->frees = *n;
  for (guint i = 0; i < step->n_frees; i++)
    {
      const guint32 slot = plan->free_slots[step->frees + i];
      if (code->slots[slot].place == LK_PLACE_OWN || code->slots[slot].place == LK_PLACE_LARGE)
        code->frees[(*n)++] = slot;
    }
  instr->n_frees = *n - instr->frees;
}

static void
fill_instr (LkCode *code, const LkPlan *plan, const guint8 *kinds, guint i, guint *n_frees)
{
  const LkStep *step = &plan->steps[i];
  if (step->n_outputs > 0 && plan->template[step->outputs] != NULL)
    return;
  if (kinds[i] == LK_CODE_ALIAS && code->slots[step->outputs].place == LK_PLACE_SMALL)
    return;             /* its header is there, too */
  LkInstr *instr = &code->instrs[code->n_instrs++];
  *instr = (LkInstr) { .kind = kinds[i], .step = i, .over = LK_NOWHERE, .out = step->outputs };
  fill_frees (code, plan, step, instr, n_frees);
  if (kinds[i] == LK_CODE_KERNEL || kinds[i] == LK_CODE_CHECKED)
    make_kernel (code, plan, step, instr);
  else if (kinds[i] != LK_CODE_CALL)
    instr->a = plan->input_slots[step->inputs];
}

/* What stands between comes first; the last step of a group, which frees what all of them need, is the last here, too. */
static void
fill_group (LkCode *code, const LkPlan *plan, const guint8 *kinds, guint at, guint n, guint *n_frees)
{
  gboolean together = TRUE;
  for (guint i = at; i < at + n; i++)
    if ((plan->steps[i].node->flags & LK_NODE_BESIDE) == 0)
      fill_instr (code, plan, kinds, i, n_frees);
  const guint first = code->n_instrs;
  for (guint i = at; i < at + n; i++)
    if ((plan->steps[i].node->flags & LK_NODE_BESIDE) != 0)
      fill_instr (code, plan, kinds, i, n_frees);
  for (guint i = first; i < code->n_instrs; i++)
    together &= code->instrs[i].kind == LK_CODE_KERNEL && code->instrs[i].over == LK_NOWHERE;
  code->instrs[first].beside = together ? code->n_instrs - first : 0;
}

static void
fill_instrs (LkCode *code, const LkPlan *plan, const guint8 *kinds)
{
  guint n_frees = 0;
  code->instrs = g_new0 (LkInstr, plan->n_steps + 1);
  code->frees = g_new (guint32, plan->n_slots + 1);
  for (guint i = 0; i < plan->n_steps; i += MAX (plan->steps[i].group, 1))
    if (plan->steps[i].group > 0)
      fill_group (code, plan, kinds, i, plan->steps[i].group, &n_frees);
    else
      fill_instr (code, plan, kinds, i, &n_frees);
}

static void
fill_results (LkCode *code, const LkPlan *plan)
{
  g_autofree gboolean *seen = g_new0 (gboolean, plan->n_slots + 1);
  code->results_made = g_new (guint32, plan->n_results + 1);
  code->moves = g_new0 (gboolean, plan->n_results + 1);
  for (guint i = plan->n_results; i-- > 0;)
    {
      const guint32 slot = plan->result_slots[i];
      code->moves[i] = !seen[slot] && code->slots[slot].place != LK_PLACE_GIVEN;
      if (!seen[slot] && code->slots[slot].place == LK_PLACE_RESULT)
        code->results_made[code->n_results_made++] = i;
      code->is_direct &= code->slots[slot].place == LK_PLACE_RESULT || code->slots[slot].place == LK_PLACE_GIVEN;
      seen[slot] = TRUE;
    }
}

static LkCode *
code_new (const LkPlan *plan)
{
  LkCode *code = g_new0 (LkCode, 1);
  describe_slots (code, plan);
  g_autofree guint8 *kinds = find_kinds (code, plan);
  lk_code_place (code, plan, kinds);
  fill_instrs (code, plan, kinds);
  code->is_direct = TRUE;
  for (guint i = 0; i < code->n_instrs; i++)
    code->is_direct &= code->instrs[i].kind == LK_CODE_UNARY || code->instrs[i].kind == LK_CODE_BINARY;
  fill_results (code, plan);
  return code;
}

static void
code_free (const LkPlan *plan, LkCode *code)
{
  while (code->scratch != NULL)
    {
      LkScratch *next = code->scratch->next;
      lk_scratch_free (plan, code, code->scratch);
      code->scratch = next;
    }
  g_free (code->instrs);
  g_free (code->slots);
  g_free (code->frees);
  g_free (code->results_made);
  g_free (code->moves);
  g_free (code);
}

/* Two threads may run the plan for the first time; what the second made is thrown away. */
LkCode *
lk_code_of (LkPlan *plan)
{
  LkCode *code = __atomic_load_n (&plan->code, __ATOMIC_ACQUIRE), *none = NULL;
  if (G_LIKELY (code != NULL))
    return code;
  code = code_new (plan);
  if (__atomic_compare_exchange_n (&plan->code, &none, code, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return code;
  code_free (plan, code);
  return none;
}

void
lk_code_free_of (LkPlan *plan)
{
  if (plan->code != NULL)
    code_free (plan, plan->code);
}

void
lk_plan_memory (LkPlan *plan, LkPlanMemory *memory)
{
  *memory = lk_code_of (plan)->needs;
}
