/* SPDX-License-Identifier: MIT */
/* The samples of the ops and what the engine makes of them, for other libraries to be held against: a line of JSON for
   each sample, and where it has float64 one for each dtype that these may have instead:

     {"op", "attrs": {…}, "dtype", "inputs": […], "outputs": […], "weights": […], "gradients": […]}

   A tensor is {"dtype", "shape", "data"}, of complex numbers data has real and imaginary parts in turn. gradients: of
   Σ weights · outputs by the inputs, null where there is none. */
#include <stdio.h>
#include <string.h>
#include "checks.h"
#include "engine/eager/dispatch.h"

#define MAX_INPUTS 32

/* ---- writing ---- */

static void
put_number (double x)
{
  if (x != x)
    fputs ("NaN", stdout);
  else if (x > G_MAXDOUBLE || x < -G_MAXDOUBLE)
    fputs (x > 0 ? "Infinity" : "-Infinity", stdout);
  else
    printf ("%.17g", x);
}

static void
put_text (const char *text, gsize n)
{
  putchar ('"');
  for (gsize i = 0; i < n; i++)
    if ((guchar) text[i] < ' ' || (guchar) text[i] >= 0x7f || text[i] == '"' || text[i] == '\\')
      printf ("\\u%04x", (guchar) text[i]);
    else
      putchar (text[i]);
  putchar ('"');
}

static void
put_element (const LkTensor *tensor, gint64 i)
{
  if (tensor->dtype == LK_STRING)
    {
      gsize n;
      const char *text = lk_string_at (tensor, i, &n);
      put_text (text, n);
    }
  else if (lk_dtype_is_integer (tensor->dtype))
    printf ("%" G_GINT64_FORMAT, lk_tensor_int_at (tensor, i));
  else if (tensor->dtype == LK_COMPLEX64 || tensor->dtype == LK_COMPLEX128)
    {
      const gboolean single = tensor->dtype == LK_COMPLEX64;
      put_number (single ? ((const float *) tensor->data)[2 * i] : ((const double *) tensor->data)[2 * i]);
      putchar (',');
      put_number (single ? ((const float *) tensor->data)[2 * i + 1] : ((const double *) tensor->data)[2 * i + 1]);
    }
  else
    put_number (lk_tensor_double_at (tensor, i));
}

static void
put_tensor (const LkTensor *tensor)
{
  if (tensor == NULL)
    {
      fputs ("null", stdout);
      return;
    }
  printf ("{\"dtype\": \"%s\", \"shape\": [", lk_dtype_name (tensor->dtype));
  for (guint i = 0; i < tensor->shape.rank; i++)
    printf ("%s%" G_GINT64_FORMAT, i > 0 ? "," : "", tensor->shape.dims[i]);
  fputs ("], \"data\": [", stdout);
  for (gint64 i = 0; i < tensor->size; i++)
    {
      if (i > 0)
        putchar (',');
      put_element (tensor, i);
    }
  fputs ("]}", stdout);
}

static void
put_tensors (const char *name, LkTensor *const *tensors, guint n)
{
  printf (", \"%s\": [", name);
  for (guint i = 0; i < n; i++)
    {
      fputs (i > 0 ? ", " : "", stdout);
      put_tensor (tensors[i]);
    }
  putchar (']');
}

static void
put_attr (LkAttrKind kind, const LkAttr *attr)
{
  switch (kind)
    {
    case LK_ATTR_BOOL: fputs (attr->b ? "true" : "false", stdout); break;
    case LK_ATTR_INT: printf ("%" G_GINT64_FORMAT, attr->i); break;
    case LK_ATTR_FLOAT: put_number (attr->f); break;
    case LK_ATTR_TYPE: printf ("\"%s\"", lk_dtype_name (attr->type)); break;
    case LK_ATTR_STRING: put_text (attr->s, strlen (attr->s)); break;
    case LK_ATTR_INTS:
      putchar ('[');
      for (guint i = 0; attr->ints != NULL && i < attr->ints->n; i++)
        printf ("%s%" G_GINT64_FORMAT, i > 0 ? "," : "", attr->ints->v[i]);
      putchar (']');
      break;
    default: fputs ("null", stdout);
    }
}

static void
put_attrs (const LkSampleCall *call)
{
  gboolean first = TRUE;
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      const gint place = lk_op_given (call->op, i);
      if (place < 0)
        continue;
      printf ("%s\"%s\": ", first ? "" : ", ", call->op->attrs[i].name);
      put_attr (call->op->attrs[i].kind, &call->attrs[place]);
      first = FALSE;
    }
}

/* ---- computing ---- */

static gboolean
forget_error (LkContext *ctx)
{
  g_autoptr (GError) error = lk_context_take_error (ctx);
  return error != NULL;
}

/* The inputs with float64 as dtype, or FALSE where the op does not take them so. */
static gboolean
convert_inputs (LkContext *ctx, const LkSampleCall *call, LkDType dtype, LkTensor **inputs)
{
  gboolean some = FALSE;
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const gboolean is_real = call->inputs[i]->dtype == LK_FLOAT64;
      inputs[i] = is_real && dtype != LK_FLOAT64 ? lk_cast (ctx, call->inputs[i], dtype) : lk_tensor_ref (call->inputs[i]);
      some |= is_real;
    }
  return !forget_error (ctx) && (some || dtype == LK_FLOAT64);
}

static void
compute_gradients (LkContext *ctx, const LkSampleCall *call, LkTensor *const *inputs, LkTensor *const *weights,
                   LkTensor **grads)
{
  LkTensor *outputs[MAX_OUTPUTS], *targets[MAX_OUTPUTS], *seeds[MAX_OUTPUTS];
  guint n = 0;
  LkTape *tape = lk_tape_new (ctx, FALSE, FALSE);
  lk_tape_start (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    if (lk_dtype_has_gradient (inputs[i]->dtype))
      lk_tape_watch (tape, inputs[i]);
  lk_sample_call_apply (call, ctx, inputs, outputs);
  lk_tape_stop (tape);
  for (guint i = 0; i < call->n_outputs; i++)
    if (weights[i] != NULL)
      {
        targets[n] = outputs[i];
        seeds[n++] = weights[i];
      }
  if (n > 0)
    lk_tape_gradient (tape, targets, n, seeds, inputs, call->n_inputs, LK_UNCONNECTED_NONE, grads);
  lk_tape_free (tape);
  checks_release (outputs, call->n_outputs);
}

/* The dtype that the sample is of: that of its first input that can be differentiated, or else of its first. */
static LkDType
main_dtype (LkTensor *const *inputs, guint n)
{
  for (guint i = 0; i < n; i++)
    if (lk_dtype_has_gradient (inputs[i]->dtype))
      return inputs[i]->dtype;
  return n > 0 ? inputs[0]->dtype : LK_FLOAT32;
}

static void
put_sample (LkContext *ctx, const LkSampleCall *call, LkTensor *const *inputs, LkTensor *const *outputs)
{
  LkTensor *weights[MAX_OUTPUTS] = { NULL }, *grads[MAX_INPUTS] = { NULL };
  for (guint i = 0; i < call->n_outputs; i++)
    if (lk_dtype_is_floating (outputs[i]->dtype))
      {
        g_autoptr (LkTensor) wide = checks_weights (outputs[i], 50 + i);
        weights[i] = lk_cast (ctx, wide, outputs[i]->dtype);
      }
  compute_gradients (ctx, call, inputs, weights, grads);
  printf ("{\"op\": \"%s\", \"attrs\": {", call->op->name);
  put_attrs (call);
  printf ("}, \"dtype\": \"%s\"", lk_dtype_name (main_dtype (inputs, call->n_inputs)));
  put_tensors ("inputs", inputs, call->n_inputs);
  put_tensors ("outputs", outputs, call->n_outputs);
  put_tensors ("weights", weights, call->n_outputs);
  put_tensors ("gradients", grads, call->n_inputs);
  fputs ("}\n", stdout);
  checks_release (weights, call->n_outputs);
  checks_release (grads, call->n_inputs);
  forget_error (ctx);
}

static void
check_dtype (LkContext *ctx, const LkSampleCall *call, LkDType dtype)
{
  LkTensor *inputs[MAX_INPUTS], *outputs[MAX_OUTPUTS] = { NULL };
  if (convert_inputs (ctx, call, dtype, inputs) && lk_sample_call_apply (call, ctx, inputs, outputs))
    put_sample (ctx, call, inputs, outputs);
  forget_error (ctx);
  checks_release (outputs, call->n_outputs);
  checks_release (inputs, call->n_inputs);
}

static void
check_sample (LkContext *ctx, const LkSampleCall *call, const char *name)
{
  static const LkDType dtypes[] = { LK_FLOAT64, LK_FLOAT32, LK_FLOAT16 };
  g_assert_cmpuint (call->n_inputs, <=, MAX_INPUTS);
  if (checks_is_random (call->op))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    check_dtype (ctx, call, dtypes[i]);
}

int
main (void)
{
  checks_each_sample (check_sample);
  return 0;
}
