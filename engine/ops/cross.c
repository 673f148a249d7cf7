/* SPDX-License-Identifier: MIT */
/* Cross: the vector product of vectors of three, along the last axis. */
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
cross_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *shape = &out[0].shape;
  if (!lk_rule_need_min_rank (call, 0, 1, "Input tensor must have rank >= 1, got shape %s"))
    return FALSE;
  if (!lk_rule_merge (lk_rule_shape (call, 0), lk_rule_shape (call, 1), &out[0].shape))
    {
      g_autofree char *a = lk_shape_text (lk_rule_shape (call, 0)), *b = lk_shape_text (lk_rule_shape (call, 1));
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Both inputs must be of same shape: %s vs. %s", a, b);
    }
  if (shape->rank == LK_RANK_UNKNOWN || shape->dims[shape->rank - 1] == 3)
    return TRUE;
  if (shape->dims[shape->rank - 1] < 0)
    {
      out[0].shape.dims[shape->rank - 1] = 3;
      return TRUE;
    }
  g_autofree char *text = lk_shape_text (shape);
  return lk_call_fail (call, LK_FAILED_PRECONDITION,
                       "Cross-products are only defined for 3-element vectors. Got shape %s", text);
}

#define CROSS(name, T) \
  static void name (const T *a, const T *b, T *out, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i += 3) \
      { \
        out[i] = a[i + 1] * b[i + 2] - a[i + 2] * b[i + 1]; \
        out[i + 1] = a[i + 2] * b[i] - a[i] * b[i + 2]; \
        out[i + 2] = a[i] * b[i + 1] - a[i + 1] * b[i]; \
      } \
  }
CROSS (cross_f32, float)
CROSS (cross_f64, double)
CROSS (cross_i32, guint32)
CROSS (cross_i64, guint64)

static void
cross_kernel (LkCall *call)
{
  const void *a = call->inputs[0]->data, *b = call->inputs[1]->data;
  LkTensor *out = call->outputs[0];
  switch ((LkDType) out->dtype)
    {
    case LK_FLOAT32: cross_f32 (a, b, out->data, out->size); break;
    case LK_FLOAT64: cross_f64 (a, b, out->data, out->size); break;
    case LK_INT32: cross_i32 (a, b, out->data, out->size); break;
    default: cross_i64 (a, b, out->data, out->size); break;
    }
}

/* da = b × dy, db = dy × a */
static void
cross_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_cross (call->ctx, call->inputs[1], dy[0]);
  dx[1] = lk_cross (call->ctx, dy[0], call->inputs[0]);
}

/* The other two elements of both vectors. */
static void
cross_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 first = element - element % 3;
  for (guint i = 0; i < 2; i++)
    for (gint64 k = 1; k < 3; k++)
      lk_provenance_add (into, i, first + (element + k) % 3, 1, 1);
}

LK_BLOCK (cross, .infer = cross_infer, .shape = "The shape of both inputs, whose last axis is 3.",
          .kernel = cross_kernel, .gradient = cross_gradient,
          .provenance = cross_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,3]; float64[2,3]" }, { "float64[3]; float64[3]" }, { "int32[3]; int32[3]" },
                   { "float16[1,3]; float16[1,3]" }, { "uint64[0,3]; uint64[0,3]" }));
