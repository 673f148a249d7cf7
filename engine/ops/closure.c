/* SPDX-License-Identifier: MIT */
/* Gradients that the program gives. */
#include "engine/ops/closure.h"
#include "engine/ops/rule.h"

struct _LkClosure
{
  gint refs;
  LkClosureRule rule;
  gpointer data;
  GDestroyNotify data_free;
};

LkClosure *
lk_closure_new (LkClosureRule rule, gpointer data, GDestroyNotify data_free)
{
  LkClosure *closure = g_new (LkClosure, 1);
  *closure = (LkClosure) { 1, rule, data, data_free };
  return closure;
}

LkClosure *
lk_closure_ref (LkClosure *closure)
{
  if (closure != NULL)
    g_atomic_int_inc (&closure->refs);
  return closure;
}

void
lk_closure_unref (LkClosure *closure)
{
  if (closure == NULL || !g_atomic_int_dec_and_test (&closure->refs))
    return;
  if (closure->data_free != NULL)
    closure->data_free (closure->data);
  g_free (closure);
}

/* The program's rule is asked with zeros where nothing is known, as it would be by TensorFlow. */
void
lk_closure_gradient (LkClosure *closure, const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autofree LkTensor **whole = g_new0 (LkTensor *, call->n_outputs);
  for (guint i = 0; i < call->n_outputs; i++)
    if (dy[i] != NULL)
      whole[i] = lk_tensor_ref (dy[i]);
    else if (lk_dtype_is_floating (call->outputs[i]->dtype) || lk_dtype_is_integer (call->outputs[i]->dtype))
      whole[i] = lk_zeros_like (call->ctx, call->outputs[i]);
  if (!lk_context_failed (call->ctx))
    closure->rule (call, whole, dx, closure->data);
  for (guint i = 0; i < call->n_outputs; i++)
    lk_tensor_unref (whole[i]);
}

/* ---- IdentityN ---- */

static gboolean
identity_n_infer (const LkCall *call, LkSignature *out)
{
  for (guint i = 0; i < call->n_outputs; i++)
    out[i] = (LkSignature) { call->inputs[i]->dtype, call->inputs[i]->shape };
  return TRUE;
}

static void
identity_n_kernel (LkCall *call)
{
  for (guint i = 0; i < call->n_outputs; i++)
    call->outputs[i] = lk_tensor_new_alias (call->inputs[i], &call->inputs[i]->shape);
}

static void
identity_n_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (call->attrs[0].closure != NULL)
    lk_closure_gradient (call->attrs[0].closure, call, dy, dx);
  else
    for (guint i = 0; i < call->n_inputs; i++)
      dx[i] = dy[i] != NULL ? lk_tensor_ref (dy[i]) : NULL;
}

static void
identity_n_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, output, element, 1, 1);
}

LK_BLOCK (identity_n, .infer = identity_n_infer, .shape = "Each output has the shape of its input.",
          .kernel = identity_n_kernel, .gradient = identity_n_gradient,
          .provenance = identity_n_provenance,
          .samples = (const LkSample[]) { { "float64[2,3]; int32[2]; float64[]" }, { "string[2]" }, { NULL } });
