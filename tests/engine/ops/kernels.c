/* SPDX-License-Identifier: MIT */
/* What the executor takes for granted of kernels, on all samples: those that are neither stateful, nor aliases, nor allocate
   their outputs forget their inputs and write what they were given; and the loops that blocks of elementwise ops name give what
   their kernels give, also where they write over an input. */
#include <string.h>

#include "checks.h"
#include "engine/eager/dispatch.h"
#include "engine/ops/block.h"

#define MAX_INPUTS 16

static gboolean
is_pure (const LkOp *op)
{
  return !(op->flags & (LK_OP_STATEFUL | LK_OP_ALLOCATES | LK_OP_ALIAS));
}

static void
check_kept (LkContext *ctx, const LkSampleCall *call, const char *name)
{
  LkTensor *outputs[MAX_OUTPUTS] = { NULL };
  if (!is_pure (call->op))
    return;
  gint refs[MAX_INPUTS], buffer_refs[MAX_INPUTS];
  for (guint i = 0; i < call->n_inputs; i++)
    {
      refs[i] = call->inputs[i]->refs;
      buffer_refs[i] = call->inputs[i]->buffer->refs;
    }
  checks_run (ctx, call, call->inputs, outputs, name);
  for (guint i = 0; i < call->n_inputs; i++)
    if (call->inputs[i]->refs != refs[i] || call->inputs[i]->buffer->refs != buffer_refs[i])
      g_error ("%s keeps input %u", name, i);
  for (guint i = 0; i < call->n_outputs; i++)
    if (outputs[i]->refs != 1 || outputs[i]->buffer->refs != 1)
      g_error ("%s keeps output %u", name, i);
  checks_release (outputs, call->n_outputs);
}

static gboolean
gives_text (LkTensor *const *outputs, guint n)
{
  for (guint i = 0; i < n; i++)
    if (outputs[i]->dtype == LK_STRING)
      return TRUE;
  return FALSE;
}

/* What the kernel writes has to lie where dispatch, or a plan, has told it. Nobody knows beforehand how much texts take. */
static void
check_place (LkContext *ctx, const LkSampleCall *sample, const char *name)
{
  LkTensor *made[MAX_OUTPUTS] = { NULL }, *given[MAX_OUTPUTS], *now[MAX_OUTPUTS];
  if (!is_pure (sample->op) || sample->op->block->kernel == NULL)
    return;
  checks_run (ctx, sample, sample->inputs, made, name);
  if (gives_text (made, sample->n_outputs))
    {
      checks_release (made, sample->n_outputs);
      return;
    }
  for (guint i = 0; i < sample->n_outputs; i++)
    now[i] = given[i] = lk_tensor_new (made[i]->dtype, &made[i]->shape);
  LkCall call = { ctx, sample->op, sample->n_inputs, sample->inputs, sample->attrs, sample->n_outputs, now };
  LkSignature out[MAX_OUTPUTS];
  g_assert_true (lk_call_check (&call, out) && sample->op->block->infer (&call, out));
  if (!sample->op->block->widens || !lk_call_is_narrow (&call, out))
    {
      sample->op->block->kernel (&call);
      for (guint i = 0; i < sample->n_outputs; i++)
        if (now[i] != given[i] || (!checks_is_random (sample->op) && !checks_same (now[i], made[i], 0)))
          g_error ("%s: output %u is elsewhere, or another", name, i);
    }
  checks_release (given, sample->n_outputs);
  checks_release (made, sample->n_outputs);
}

/* Runs the op's loop into output, whose memory may be an input's. FALSE: it has none for this call. */
static gboolean
run_loop (const LkSampleCall *call, LkTensor *const *inputs, LkTensor *output)
{
  const LkBlock *block = call->op->block;
  const LkTensor *x = inputs[0], *y = inputs[call->n_inputs - 1];
  if (block->unary != NULL && block->unary[x->dtype] != NULL)
    block->unary[x->dtype] (x->data, output->data, output->size);
  else if (block->binary != NULL && block->binary[x->dtype] != NULL && (x->size == output->size || x->size == 1)
           && (y->size == output->size || y->size == 1))
    block->binary[x->dtype] (x->data, x->size == output->size, y->data, y->size == output->size, output->data, output->size);
  else
    return FALSE;
  return TRUE;
}

static void
expect_same (const LkTensor *a, const LkTensor *b, const char *name, const char *how)
{
  if (memcmp (a->data, b->data, lk_tensor_bytes (b)) != 0 && !checks_same (a, b, 0))
    g_error ("%s: its loop gives something else %s", name, how);
}

static void
check_loops (LkContext *ctx, const LkSampleCall *call, const char *name)
{
  LkTensor *made[MAX_OUTPUTS] = { NULL };
  if (call->op->block->unary == NULL && call->op->block->binary == NULL)
    return;
  checks_run (ctx, call, call->inputs, made, name);
  g_autoptr (LkTensor) beside = lk_tensor_new (made[0]->dtype, &made[0]->shape);
  if (run_loop (call, call->inputs, beside))
    expect_same (beside, made[0], name, "");
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const LkTensor *x = call->inputs[i];
      if (lk_tensor_bytes (x) != lk_tensor_bytes (made[0]) || x->size != made[0]->size)
        continue;
      g_autoptr (LkTensor) copy = lk_tensor_new_copy (x->dtype, &x->shape, x->data);
      LkTensor *inputs[MAX_INPUTS];
      memcpy (inputs, call->inputs, call->n_inputs * sizeof *inputs);
      inputs[i] = copy;
      if (run_loop (call, inputs, copy))
        expect_same (copy, made[0], name, "over an input");
    }
  checks_release (made, call->n_outputs);
}

static void test_kept (void) { checks_each_sample (check_kept); }
static void test_place (void) { checks_each_sample (check_place); }
static void test_loops (void) { checks_each_sample (check_loops); }

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/kernels/kept", test_kept);
  g_test_add_func ("/engine/ops/kernels/place", test_place);
  g_test_add_func ("/engine/ops/kernels/loops", test_loops);
  return g_test_run ();
}
