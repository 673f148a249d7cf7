/* SPDX-License-Identifier: MIT */
/* Elementwise: numbers kept within bounds, numbers close to each other, and the next number of all. */
#include "engine/ops/binary.h"
#include "engine/ops/broadcast.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- ApproximateEqual ---- */

/* The tolerance in the type itself: of integers it is mostly 0, so that none are equal, as in TensorFlow. */
#define APPROXIMATE(T, difference) \
  static void approximate_##T (const T *x, const T *y, guint8 *z, gint64 n, double tolerance) \
  { \
    for (gint64 i = 0; i < n; i++) \
      z[i] = (difference) < (typeof (difference)) tolerance; \
  }
/* As unsigned numbers, of which the difference always is one. */
#define DISTANCE(U) (x[i] > y[i] ? (U) x[i] - (U) y[i] : (U) y[i] - (U) x[i])
APPROXIMATE (float, DISTANCE (float))
APPROXIMATE (double, DISTANCE (double))
APPROXIMATE (gint32, DISTANCE (guint32))
APPROXIMATE (gint64, DISTANCE (guint64))
APPROXIMATE (guint64, DISTANCE (guint64))
APPROXIMATE (LkComplex64, fabs (x[i] - y[i]))
APPROXIMATE (LkComplex128, fabs (x[i] - y[i]))

static void
approximate_equal_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0], *y = call->inputs[1];
  guint8 *z = call->outputs[0]->data;
  switch ((int) x->dtype)
    {
    case LK_FLOAT32: approximate_float (x->data, y->data, z, x->size, call->attrs[0].f); break;
    case LK_FLOAT64: approximate_double (x->data, y->data, z, x->size, call->attrs[0].f); break;
    case LK_INT32: approximate_gint32 (x->data, y->data, z, x->size, call->attrs[0].f); break;
    case LK_INT64: approximate_gint64 (x->data, y->data, z, x->size, call->attrs[0].f); break;
    case LK_UINT64: approximate_guint64 (x->data, y->data, z, x->size, call->attrs[0].f); break;
    case LK_COMPLEX64: approximate_LkComplex64 (x->data, y->data, z, x->size, call->attrs[0].f); break;
    case LK_COMPLEX128: approximate_LkComplex128 (x->data, y->data, z, x->size, call->attrs[0].f); break;
    }
}

LK_BLOCK (approximate_equal, .widens = TRUE, .infer = lk_infer_same, .kernel = approximate_equal_kernel,
          SAMPLES ({ "float64[2,3]; float64[2,3]" }, { "int32[2]={1,2}; int32[2]={1,3}", "tolerance=1" },
                   { "float64[]; float64[]" }, { "float64[0]; float64[0]" }, { "float16[2]; float16[2]" },
                   { "uint8[2]; uint8[2]" }, { "complex64[2]; complex64[2]" }, { "complex128[]; complex128[]" }));

/* ---- NextAfter ---- */

LK_BINARY_LOOP (, next_after_f32, float, float, nextafter (x, y))
LK_BINARY_LOOP (, next_after_f64, double, double, nextafter (x, y))
KERNEL (next_after, REAL_TABLE (next_after))
GRADIENT (next_after)
{
  dx[0] = lk_tensor_ref (dz[0]);
  dx[1] = lk_zeros_like (call->ctx, dz[0]);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (next_after, { "float64[2,3] in 0.5..1; float64[2,3] in 1.5..2" }, { "float64[2,3] in 1.5..2; float64[3] in 0.5..1" },
        { "float64[0]; float64[1]" }, { "float32[2]; float32[]" });

/* ---- ClipByValue ---- */

/* Either bound is a scalar or as large as t. */
static gboolean
clip_by_value_infer (const LkCall *call, LkSignature *out)
{
  LkShape shape = *lk_rule_shape (call, 0), merged;
  for (guint i = 1; i < 3; i++)
    {
      const LkShape *bound = lk_rule_shape (call, i);
      if (bound->rank == 0)
        continue;
      if (!lk_rule_merge (&shape, bound, &merged))
        {
          g_autofree char *t = lk_shape_text (lk_rule_shape (call, 0)),
                          *low = lk_shape_text (lk_rule_shape (call, 1)),
                          *high = lk_shape_text (lk_rule_shape (call, 2));
          return lk_call_fail (call, LK_INVALID_ARGUMENT,
                               "clip_value_min and clip_value_max must be either of the same shape as input, "
                               "or a scalar. input shape: %sclip_value_min shape: %sclip_value_max shape: %s",
                               t, low, high);
        }
    }
  out[0].shape = shape;
  return TRUE;
}

#define CLIP(T) \
  LK_CLONES static void clip_##T (const T *x, const T *low, const T *high, T *y, gint64 n, const guint *step) \
  { \
    if (!step[0] && !step[1]) \
      { \
        const T bottom = *low, top = *high; \
        for (gint64 i = 0; i < n; i++) \
          { \
            const T above = x[i] < bottom ? bottom : x[i]; \
            y[i] = above > top ? top : above; \
          } \
        return; \
      } \
    for (gint64 i = 0; i < n; i++) \
      { \
        const T above = x[i] < low[i * step[0]] ? low[i * step[0]] : x[i]; \
        y[i] = above > high[i * step[1]] ? high[i * step[1]] : above; \
      } \
  }
CLIP (float)
CLIP (double)
CLIP (gint32)
CLIP (gint64)
CLIP (guint64)

static void
clip_by_value_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const void *low = call->inputs[1]->data, *high = call->inputs[2]->data;
  void *y = call->outputs[0]->data;
  const guint step[2] = { call->inputs[1]->shape.rank > 0, call->inputs[2]->shape.rank > 0 };
  switch ((int) x->dtype)
    {
    case LK_FLOAT32: clip_float (x->data, low, high, y, x->size, step); break;
    case LK_FLOAT64: clip_double (x->data, low, high, y, x->size, step); break;
    case LK_INT32: clip_gint32 (x->data, low, high, y, x->size, step); break;
    case LK_INT64: clip_gint64 (x->data, low, high, y, x->size, step); break;
    case LK_UINT64: clip_guint64 (x->data, low, high, y, x->size, step); break;
    }
}

/* dy where `whether` (t, bound), summed if the bound is a scalar. */
static LkTensor *
where_clipped (const LkCall *call, LkTensor *dy, guint bound, LkTensor *whether)
{
  LkContext *ctx = call->ctx;
  LkTensor *pair[2] = { call->inputs[0], call->inputs[bound] }, *grads[2] = { NULL, NULL };
  const LkCall against = { .ctx = ctx, .n_inputs = 2, .inputs = pair };
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, dy->dtype, 0);
  grads[1] = lk_select (ctx, whether, dy, zero);
  lk_unbroadcast (&against, 0, 1, grads);
  return grads[1];
}

static void
clip_by_value_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) below = lk_less (ctx, call->inputs[0], call->inputs[1]);
  g_autoptr (LkTensor) above = lk_greater (ctx, call->inputs[0], call->inputs[2]);
  g_autoptr (LkTensor) clipped = lk_logical_or (ctx, below, above);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, call->inputs[0]->dtype, 0);
  dx[0] = lk_select (ctx, clipped, zero, dy[0]);
  dx[1] = where_clipped (call, dy[0], 1, below);
  dx[2] = where_clipped (call, dy[0], 2, above);
}

LK_BLOCK (clip_by_value, .widens = TRUE, .infer = clip_by_value_infer,
          .shape = "The shape of t; either bound is a scalar, or has it too.",
          .kernel = clip_by_value_kernel,
          .gradient = clip_by_value_gradient,
          SAMPLES ({ "float64[5]={-2,-0.3,0.1,0.7,3}; float64[]={-0.5}; float64[]={0.5}" },
                   { "float64[2,2]={-2,2,0.1,-0.1}; float64[2,2]={-1,-1,-1,-1}; float64[]={1}" },
                   { "float64[]; float64[]={-2}; float64[]={2}" }, { "int32[3]; int32[]={1}; int32[]={2}" },
                   { "float64[0]; float64[]; float64[]" }, { "float16[3]; float16[]={-0.5}; float16[]={0.5}" },
                   { "bfloat16[3]; bfloat16[]={-0.5}; bfloat16[]={0.5}" }, { "uint8[3]; uint8[]={1}; uint8[3]={2,2,2}" },
                   { "uint64[3]; uint64[]={1}; uint64[]={2}" }, { "int64[3]; int64[]={1}; int64[]={2}" }));
