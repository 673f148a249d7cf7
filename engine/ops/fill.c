/* SPDX-License-Identifier: MIT */
/* Tensors from nothing but numbers: one value everywhere, and sequences. */
#include <math.h>
#include <string.h>

#include "engine/core/loop.h"
#include "engine/core/narrow.h"
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- Fill ---- */

static gboolean
fill_infer (const LkCall *call, LkSignature *out)
{
  gboolean constant;
  if (!lk_rule_need_rank (call, 0, 1, "dims must represent a vector, got shape %s")
      || !lk_rule_need_rank (call, 1, 0, "value must represent a scalar, got shape %s")
      || !lk_rule_shape_value (call, 0, &out[0].shape, &constant))
    return FALSE;
  for (guint i = 0; constant && i < out[0].shape.rank; i++)
    if (out[0].shape.dims[i] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %" G_GINT64_FORMAT " must be >= 0",
                           out[0].shape.dims[i]);
  return TRUE;
}

static void
fill_kernel (LkCall *call)
{
  LkShape shape;
  LkElements out;
  lk_rule_shape_value (call, 0, &shape, NULL);
  g_auto (LkElements) value = lk_elements_of (call->inputs[1]);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  const LkMoveAxis axis = { lk_shape_size (&shape), 1, 0 };
  lk_move (out.data, value.data, out.size, &axis, 1);
  lk_elements_finish (call, 0, &shape, &out);
}

/* The sum of dy over all of it, in one row. */
static void
fill_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) row = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) flat = lk_reshape (ctx, dy[0], row);
  g_autoptr (LkTensor) axis = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
  dx[1] = lk_sum (ctx, flat, axis, FALSE);
}

static void
fill_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 1, 0, 1, 1);
}

LK_BLOCK (fill, .infer = fill_infer, .shape = "dims, spelt out; value is a scalar.",
          .kernel = fill_kernel, .gradient = fill_gradient,
          .provenance = fill_provenance,
          SAMPLES ({ "int32[2]={2,3}; float64[]" }, { "int64[0]; float64[]" }, { "int32[1]={0}; float64[]" },
                   { "int32[1]={2}; string[]={a}" }));

/* ---- Range ---- */

/* Number of integers from start to limit; limit − start may not fit, so it is counted unsigned. */
static guint64
count_ints (gint64 start, gint64 limit, gint64 delta)
{
  if (start == limit || (delta > 0) != (start < limit))
    return 0;
  const guint64 distance = delta > 0 ? (guint64) limit - (guint64) start : (guint64) start - (guint64) limit;
  const guint64 step = delta > 0 ? (guint64) delta : -(guint64) delta;
  return distance / step + (distance % step != 0);
}

/* The same of unsigned ones, whose step cannot go back. */
static guint64
count_unsigned (guint64 start, guint64 limit, guint64 delta)
{
  return start >= limit ? 0 : (limit - start) / delta + ((limit - start) % delta != 0);
}

static gboolean
range_count (const LkCall *call, const LkTensor *start, const LkTensor *limit, const LkTensor *delta,
             gint64 *count)
{
  const double a = lk_tensor_double_at (start, 0), b = lk_tensor_double_at (limit, 0),
               d = lk_tensor_double_at (delta, 0);
  if (d == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Requires delta != 0: 0");
  if (d > 0 ? a > b : a < b)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Requires start %s limit when delta %s 0: %.15g/%.15g",
                         d > 0 ? "<=" : ">=",
                         d > 0 ? ">" : "<", a, b);
  if (isnan (a) || isnan (b) || isnan (d))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Range: start, limit and delta must not be NaN, got %.15g, %.15g, %.15g", a, b, d);
  guint64 exact = 0;
  double size = ceil (fabs ((b - a) / d));
  if (lk_dtype_is_integer (start->dtype))
    {
      const gint64 x = lk_int_at (start, 0), y = lk_int_at (limit, 0), z = lk_int_at (delta, 0);
      exact = start->dtype == LK_UINT64 ? count_unsigned (x, y, z) : count_ints (x, y, z);
      size = exact;
    }
  if (!(size < 0x1p62))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Requires ((limit - start) / delta) <= %" G_GINT64_FORMAT, G_MAXINT64);
  *count = lk_dtype_is_integer (start->dtype) ? (gint64) exact : (gint64) size;
  return TRUE;
}

static gboolean
range_infer (const LkCall *call, LkSignature *out)
{
  gint64 count = LK_DIM_UNKNOWN;
  const LkTensor *start = lk_call_constant (call, 0), *limit = lk_call_constant (call, 1),
                  *delta = lk_call_constant (call, 2);
  if (!lk_rule_need_rank (call, 0, 0, "start must be a scalar, not shape %s")
      || !lk_rule_need_rank (call, 1, 0, "limit must be a scalar, not shape %s")
      || !lk_rule_need_rank (call, 2, 0, "delta must be a scalar, not shape %s"))
    return FALSE;
  if (start != NULL && limit != NULL && delta != NULL && !range_count (call, start, limit, delta, &count))
    return FALSE;
  out[0].shape = LK_SHAPE (count);
  return TRUE;
}

/* Each number is the one before plus delta, with the rounding that comes of it, as in TensorFlow. */
#define SEQUENCE(T, next) \
  do \
    { \
      T value = *(const T *) call->inputs[0]->data; \
      const T delta = *(const T *) call->inputs[2]->data; \
      T *to = out->data; \
      for (gint64 i = 0; i < out->size; i++, value = next) \
        to[i] = value; \
    } \
  while (0)

static void
range_kernel (LkCall *call)
{
  LkTensor *out = call->outputs[0];
  switch ((int) out->dtype)
    {
    case LK_FLOAT16:
      SEQUENCE (guint16, lk_half_from_float (lk_half_to_float (value) + lk_half_to_float (delta)));
      break;
    case LK_BFLOAT16:
      SEQUENCE (guint16, lk_bfloat16_from_float (lk_bfloat16_to_float (value) + lk_bfloat16_to_float (delta)));
      break;
    case LK_FLOAT32: SEQUENCE (float, value + delta); break;
    case LK_FLOAT64: SEQUENCE (double, value + delta); break;
    case LK_INT8: case LK_UINT8: SEQUENCE (guint8, value + delta); break;
    case LK_INT16: case LK_UINT16: SEQUENCE (guint16, value + delta); break;
    case LK_INT32: case LK_UINT32: SEQUENCE (guint32, value + delta); break;
    case LK_INT64: case LK_UINT64: SEQUENCE (guint64, value + delta); break;
    default: g_assert_not_reached ();
    }
}

static void
range_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, 0, 1, 1);
  lk_provenance_add (into, 2, 0, 1, 1);
}

LK_BLOCK (range, .infer = range_infer, .shape = "[⌈(limit − start) / delta⌉], from scalars.",
          .kernel = range_kernel, .provenance = range_provenance,
          SAMPLES ({ "int32[]={0}; int32[]={5}; int32[]={2}" },
                   { "float64[]={1}; float64[]={0}; float64[]={-0.25}" },
                   { "int64[]={3}; int64[]={3}; int64[]={1}" }, { "float16[]={0}; float16[]={1}; float16[]={0.25}" },
                   { "uint8[]={250}; uint8[]={255}; uint8[]={2}" }));

/* ---- LinSpace ---- */

static gboolean
lin_space_infer (const LkCall *call, LkSignature *out)
{
  gint64 num = LK_DIM_UNKNOWN;
  guint n;
  if (!lk_rule_need_rank (call, 0, 0, "start must be a scalar, not shape %s")
      || !lk_rule_need_rank (call, 1, 0, "stop must be a scalar, not shape %s")
      || !lk_rule_need_rank (call, 2, 0, "num must be a scalar, not shape %s"))
    return FALSE;
  if (lk_rule_ints (call, 2, &num, 1, &n) && num <= 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Requires num > 0: %" G_GINT64_FORMAT, num);
  out[0].shape = LK_SHAPE (num);
  return TRUE;
}

/* The last number is stop itself. Places that fit are counted in 32 bits, which vectors can turn into floats. */
#define STEPS(T) \
  LK_CLONES static void steps_##T (T start, T stop, T *to, gint64 n) \
  { \
    const T step = n > 1 ? (stop - start) / (T) (n - 1) : 0; \
    const gint32 most = MIN (n, G_MAXINT32); \
    for (gint32 i = 0; i < most; i++) \
      to[i] = start + step * (T) i; \
    for (gint64 i = most; i < n; i++) \
      to[i] = start + step * (T) i; \
    if (n > 1) \
      to[n - 1] = stop; \
  }
STEPS (float)
STEPS (double)

static void
lin_space_kernel (LkCall *call)
{
  const LkTensor *start = call->inputs[0], *stop = call->inputs[1];
  LkTensor *out = call->outputs[0];
  if (out->dtype == LK_FLOAT32)
    steps_float (*(const float *) start->data, *(const float *) stop->data, out->data, out->size);
  else
    steps_double (*(const double *) start->data, *(const double *) stop->data, out->data, out->size);
}

static void
lin_space_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, 0, 1, 1);
  lk_provenance_add (into, 1, 0, 1, 1);
}

LK_BLOCK (lin_space, .infer = lin_space_infer, .shape = "[num], from scalars.", .kernel = lin_space_kernel, .widens = TRUE,
          .provenance = lin_space_provenance,
          SAMPLES ({ "float64[]={10}; float64[]={12}; int32[]={3}" }, { "float32[]={1}; float32[]={0}; int64[]={5}" },
                   { "float64[]={3}; float64[]={4}; int32[]={1}" }));
