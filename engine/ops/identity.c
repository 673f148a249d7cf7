/* SPDX-License-Identifier: MIT */
/* Tensors handed on as they are, and a look at their shape. */
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static void
same_element (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, output, element, 1, 1);
}

static void
same_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  for (guint i = 0; i < call->n_inputs; i++)
    dx[i] = lk_tensor_ref (dy[i]);
}

/* ---- Snapshot ---- */

LK_BLOCK (snapshot, .infer = lk_infer_first, .gradient = same_gradient, .provenance = same_element,
          SAMPLES ({ "float64[2,3]" }, { "string[1]={a}" }));

/* ---- DeepCopy ---- */

static void
deep_copy_kernel (LkCall *call)
{
  LkElements to;
  const LkShape *shape = lk_rule_shape (call, 0);
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, shape, &to))
    return;
  for (gint64 i = 0; i < call->inputs[0]->size; i++)
    lk_elements_copy (&to, i, &from, i);
  lk_elements_finish (call, 0, shape, &to);
}

LK_BLOCK (deep_copy, .infer = lk_infer_first, .kernel = deep_copy_kernel, .gradient = same_gradient,
          .provenance = same_element, .shape = "That of x.", SAMPLES ({ "float64[2,3]" }, { "string[2]={a,b}" }, { "bool[0]" }));

/* ---- PreventGradient ---- */

static void
prevent_gradient_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  lk_call_fail (call, LK_NOT_FOUND, "Gradient explicitly disabled. Reason: %s", call->attrs[0].s);
}

LK_BLOCK (prevent_gradient, .infer = lk_infer_first, .gradient = prevent_gradient_gradient, .provenance = same_element,
          .shape = "That of input.", SAMPLES ({ "float32[2,3]", "message=\"none\"" }, { "string[2]={a,b}" }, { "int32[]" }));

/* ---- EnsureShape ---- */

static gboolean
ensure_shape_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *have = lk_rule_shape (call, 0), *want = call->attrs[0].shape;
  if (lk_rule_merge (have, want, &out[0].shape))
    return TRUE;
  g_autofree char *got = lk_shape_text (have), *expected = lk_shape_text (want);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Shape of tensor dummy_input %s is not compatible with expected shape %s.",
                       got, expected);
}

LK_BLOCK (ensure_shape, .infer = ensure_shape_infer, .shape = "The input's shape, with what shape knows more of it.",
          .gradient = same_gradient, .provenance = same_element,
          SAMPLES ({ "float64[2,3]", "shape=[2,?]" }, { "string[1]={a}", "shape=[1]" }, { "int32[]", "shape=[]" }));

/* ---- ShapeN ---- */

static gboolean
shape_n_infer (const LkCall *call, LkSignature *out)
{
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = LK_SHAPE (lk_rule_rank_known (call, i) ? lk_rule_shape (call, i)->rank : LK_DIM_UNKNOWN);
  return TRUE;
}

static void
shape_n_kernel (LkCall *call)
{
  for (guint i = 0; i < call->n_outputs; i++)
    for (guint k = 0; k < lk_rule_shape (call, i)->rank; k++)
      lk_set_int (call->outputs[i], k, lk_rule_shape (call, i)->dims[k]);
}

static void
no_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  /* Only the inputs' shapes matter, none of their elements. */
}

LK_BLOCK (shape_n, .infer = shape_n_infer, .shape = "Of each input a vector as long as its rank.",
          .kernel = shape_n_kernel, .provenance = no_provenance,
          SAMPLES ({ "float64[2,3]; float64[]; float64[0]" }, { "string[1]={a}", "out_type=int64" }));
