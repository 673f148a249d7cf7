/* SPDX-License-Identifier: MIT */
#include "checks.h"

#include <math.h>
#include <string.h>

/* Functions, variables and lists of tensors have no written form. */
static gboolean
takes_unwritten (const LkOp *op)
{
  for (guint i = 0; i < op->n_attrs; i++)
    if (op->attrs[i].kind == LK_ATTR_FUNC || op->attrs[i].kind == LK_ATTR_FUNCS)
      return TRUE;
  for (guint i = 0; i < op->n_inputs; i++)
    if (op->inputs[i].dtype == LK_VARIANT || op->inputs[i].dtype == LK_RESOURCE)
      return TRUE;
  return op->n_outputs > 0 && op->outputs[0].dtype == LK_VARIANT;
}

gboolean
checks_is_written (const LkOp *op)
{
  static const char *const others[] = {
    "VarHandleOp", "EagerPyFunc", "PyFunc", "PyFuncStateless", "Const", "Placeholder", "NoOp", NULL,
  };
  return !takes_unwritten (op) && !g_strv_contains (others, op->name);
}

gboolean
checks_is_random (const LkOp *op)
{
  gboolean seeded = FALSE;
  for (guint i = 0; i < op->n_attrs; i++)
    seeded |= strcmp (op->attrs[i].name, "seed2") == 0;
  return seeded || strcmp (op->name, "NonDeterministicInts") == 0;
}

void
checks_no_error (LkContext *ctx, const char *name)
{
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (error != NULL)
    g_error ("%s: %s", name, error->message);
}

static void
check_samples_of (const LkOp *op, SampleCheck check)
{
  for (const LkSample *sample = op->block->samples; sample->inputs != NULL; sample++)
    {
      g_autofree char *problem = NULL, *name = g_strdup_printf ("%s: %s {%s}", op->name, sample->inputs,
                                                                sample->attrs != NULL ? sample->attrs : "");
      g_autoptr (LkSampleCall) call = lk_sample_call_new (op, sample, 7, &problem);
      if (call == NULL)
        g_error ("%s: %s", name, problem);
      LkContext *ctx = lk_context_new ();
      check (ctx, call, name);
      checks_no_error (ctx, name);
      lk_context_free (ctx);
    }
}

void
checks_each_sample (SampleCheck check)
{
  for (guint i = 0; i < lk_op_count (); i++)
    {
      const LkOp *op = lk_op_at (i);
      if (!checks_is_written (op))
        continue;
      if (op->block->samples == NULL || op->block->samples[0].inputs == NULL)
        g_error ("%s has no samples", op->name);
      check_samples_of (op, check);
    }
}

void
checks_run (LkContext *ctx, const LkSampleCall *call, LkTensor *const *inputs, LkTensor **outputs,
            const char *name)
{
  g_assert_cmpuint (call->n_outputs, <=, MAX_OUTPUTS);
  lk_sample_call_apply (call, ctx, inputs, outputs);
  checks_no_error (ctx, name);
}

void
checks_release (LkTensor **tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&tensors[i], lk_tensor_unref);
}

static gboolean
same_strings (const LkTensor *a, const LkTensor *b)
{
  for (gint64 i = 0; i < a->size; i++)
    {
      gsize n, m;
      const char *x = lk_string_at (a, i, &n), *y = lk_string_at (b, i, &m);
      if (n != m || memcmp (x, y, n) != 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
same_number (double x, double y, double tolerance)
{
  return x == y || (isnan (x) && isnan (y)) || fabs (x - y) <= tolerance * fmax (1, fmax (fabs (x), fabs (y)));
}

gboolean
checks_same (const LkTensor *a, const LkTensor *b, double tolerance)
{
  if (a->dtype != b->dtype || !lk_shape_equal (&a->shape, &b->shape))
    return FALSE;
  if (a->dtype == LK_STRING)
    return same_strings (a, b);
  for (gint64 i = 0; i < a->size; i++)
    {
      if (!same_number (lk_tensor_double_at (a, i), lk_tensor_double_at (b, i), tolerance)
          || !same_number (lk_tensor_imaginary_at (a, i), lk_tensor_imaginary_at (b, i), tolerance))
        return FALSE;
    }
  return TRUE;
}

LkTensor *
checks_weights (const LkTensor *like, guint64 seed)
{
  g_autofree char *problem = NULL, *shape = lk_shape_text (&like->shape),
  *text = g_strdup_printf ("%s%s", like->dtype == LK_COMPLEX128 ? "complex128" : like->dtype == LK_FLOAT32 ? "float32" : "float64", shape);
  return lk_sample_tensor (text, seed, &problem);
}

LkTensor *
checks_moved (const LkTensor *tensor, gint64 i, double change)
{
  LkTensor *copy = lk_tensor_new_copy (tensor->dtype, &tensor->shape, tensor->data);
  if (tensor->dtype == LK_FLOAT32)
    ((float *) copy->data)[i] += change;
  else
    ((double *) copy->data)[i] += change;
  return copy;
}
