/* SPDX-License-Identifier: MIT */
/* Sum, Mean and Prod over axes. Floats are added up and multiplied in double, integers in 64 bits, and rounded or cut off once:
   the result is the nearest float but for rare ties. */
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/reducer.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* Both for every dtype: what is added up, and what is multiplied. */
#define REDUCERS(suffix, T, A, term) \
  LK_REDUCER (sum_##suffix, T, A, term, a + x, 0) \
  LK_REDUCER (prod_##suffix, T, A, term, a * x, 1)
REDUCERS (f16, guint16, double, lk_half_to_float (v))
REDUCERS (bf16, guint16, double, lk_bfloat16_to_float (v))
REDUCERS (f32, float, double, v)
REDUCERS (f64, double, double, v)
REDUCERS (c64, _Complex float, _Complex double, v)
REDUCERS (c128, _Complex double, _Complex double, v)
#define ROW(suffix, dtype, T) REDUCERS (suffix, T, guint64, v)
LK_INTEGER_ROWS
#undef ROW

/* The whole, and its `count`th part: nothing over nothing is NaN, of integers 0. */
#define STORES(suffix, T, A, whole, part) \
  LK_STORE (whole_##suffix, T, A, whole) \
  LK_STORE (part_##suffix, T, A, part)
STORES (f16, guint16, double, lk_half_from_float (a), lk_half_from_float (a / count))
STORES (bf16, guint16, double, lk_bfloat16_from_float (a), lk_bfloat16_from_float (a / count))
STORES (f32, float, double, a, a / count)
STORES (f64, double, double, a, a / count)
STORES (c64, _Complex float, _Complex double, a, a / count)
STORES (c128, _Complex double, _Complex double, a, a / count)
STORES (u64, guint64, guint64, a, count > 0 ? a / (guint64) count : 0)
#define ROW(suffix, dtype, T) STORES (suffix, T, guint64, a, count > 0 ? (gint64) a / count : 0)
ROW (i8, , gint8) ROW (i16, , gint16) ROW (i32, , gint32) ROW (i64, , gint64)
ROW (u8, , guint8) ROW (u16, , guint16) ROW (u32, , guint32)
#undef ROW

#define ROW(suffix, dtype, T) [dtype] = &sum_##suffix,
static const LkReducer *const sums[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS LK_COMPLEX_ROWS };
#undef ROW
#define ROW(suffix, dtype, T) [dtype] = &prod_##suffix,
static const LkReducer *const products[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS LK_COMPLEX_ROWS };
#undef ROW
#define ROW(suffix, dtype, T) [dtype] = whole_##suffix,
static const LkReduceStore wholes[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS LK_COMPLEX_ROWS };
#undef ROW
#define ROW(suffix, dtype, T) [dtype] = part_##suffix,
static const LkReduceStore parts[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS LK_COMPLEX_ROWS };
#undef ROW

/* ---- Sum, Mean ---- */

/* Whether the axes and all dimensions are known; then their set, and the input's shape with 1 along them. */
static gboolean
known_reduction (const LkCall *call, guint *set, LkShape *kept)
{
  const LkTensor *axes = lk_call_constant (call, 1);
  const LkShape *in = lk_rule_shape (call, 0);
  if (axes == NULL || !lk_shape_known (in) || !lk_axes_read (call, axes, in->rank, set))
    return FALSE;
  *kept = lk_axes_reduced (in, *set, TRUE);
  return TRUE;
}

/* The input's shape with 1 along the reduced axes, asked for: a one-hot of the axes, summed, says where. */
static LkTensor *
kept_shape (const LkCall *call)
{
  LkContext *ctx = call->ctx;
  guint set;
  LkShape kept;
  if (known_reduction (call, &set, &kept))
    return lk_constant_ints (ctx, LK_INT32, kept.dims, kept.rank);
  g_autoptr (LkTensor) shape = lk_shape (ctx, call->inputs[0], LK_INT32);
  g_autoptr (LkTensor) rank = lk_size (ctx, shape, LK_INT32);
  g_autoptr (LkTensor) flat = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) given = lk_reshape (ctx, call->inputs[1], flat);
  g_autoptr (LkTensor) depth = lk_cast (ctx, rank, given->dtype);
  g_autoptr (LkTensor) axes = lk_floor_mod (ctx, given, depth);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, LK_INT32, 1);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) rows = lk_one_hot (ctx, axes, rank, one, zero, -1);
  g_autoptr (LkTensor) first = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
  g_autoptr (LkTensor) marks = lk_sum (ctx, rows, first, FALSE);
  g_autoptr (LkTensor) marked = lk_greater (ctx, marks, zero);
  return lk_select (ctx, marked, one, shape);
}

LkTensor *
lk_axes_against_input (const LkCall *call, LkTensor *tensor)
{
  if (call->attrs[0].b)
    return lk_tensor_ref (tensor);
  g_autoptr (LkTensor) shape = kept_shape (call);
  return lk_reshape (call->ctx, tensor, shape);
}

static LkTensor *
spread (const LkCall *call, LkTensor *dy)
{
  g_autoptr (LkTensor) kept = lk_axes_against_input (call, dy);
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, call->inputs[0]);
  return lk_broadcast_to (call->ctx, kept, shape);
}

static void
sum_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = spread (call, dy[0]);
}

static const LkReduction sum = { sums, wholes };
LK_BLOCK (sum, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &sum, .gradient = sum_gradient,
          .provenance = lk_axes_provenance,
          SAMPLES (LK_REDUCTION_SAMPLES, { "float64[0,3]; int32[1]={0}" }, { "int32[2,3]; int32[1]={0}" }, { "complex64[2,2]; int32[1]={1}" }, { "float16[3]; int32[]={0}" }));

/* How many elements go into one, as a scalar of the input's dtype. */
static LkTensor *
reduced_count (const LkCall *call)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *y = call->outputs[0];
  if (lk_shape_known (&x->shape) && lk_shape_known (&y->shape))
    return lk_constant_scalar (ctx, x->dtype,
                               (double) lk_shape_size (&x->shape) / MAX (lk_shape_size (&y->shape), 1));
  g_autoptr (LkTensor) all = lk_size (ctx, x, LK_INT64);
  g_autoptr (LkTensor) left = lk_size (ctx, y, LK_INT64);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, LK_INT64, 1);
  g_autoptr (LkTensor) divisor = lk_maximum (ctx, left, one);
  g_autoptr (LkTensor) count = lk_floor_div (ctx, all, divisor);
  return lk_cast (ctx, count, x->dtype);
}

static void
mean_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) all = spread (call, dy[0]);
  g_autoptr (LkTensor) count = reduced_count (call);
  dx[0] = lk_real_div (call->ctx, all, count);
}

static const LkReduction mean = { sums, parts };
LK_BLOCK (mean, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &mean, .gradient = mean_gradient,
          .provenance = lk_axes_provenance,
          SAMPLES (LK_REDUCTION_SAMPLES, { "int32[2,3]={1,2,3,4,5,7}; int32[1]={0}" }));

/* ---- Prod ---- */

/* The product of all the other elements, without dividing, so that zeros do no harm: y / x where x ≠ 0; where
   x = 0, the product with that zero put to 1, which is right when it is the only one, and 0 when there are
   more. */
static LkTensor *
product_of_others (const LkCall *call)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *axes = call->inputs[1];
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, x->dtype, 0);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
  g_autoptr (LkTensor) is_zero = lk_equal (ctx, x, zero);
  g_autoptr (LkTensor) filled = lk_select (ctx, is_zero, one, x);
  g_autoptr (LkTensor) of_filled = lk_prod (ctx, filled, axes, TRUE);
  g_autoptr (LkTensor) marks = lk_cast (ctx, is_zero, x->dtype);
  g_autoptr (LkTensor) zeros = lk_sum (ctx, marks, axes, TRUE);
  g_autoptr (LkTensor) others = lk_sub (ctx, zeros, marks);
  g_autoptr (LkTensor) none_else = lk_equal (ctx, others, zero);
  g_autoptr (LkTensor) ratio = lk_real_div (ctx, of_filled, filled);
  return lk_select (ctx, none_else, ratio, zero);
}

static void
prod_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (!lk_dtype_is_floating (call->inputs[0]->dtype))
    return;
  g_autoptr (LkTensor) kept = lk_axes_against_input (call, dy[0]);
  g_autoptr (LkTensor) others = product_of_others (call);
  dx[0] = lk_mul (call->ctx, kept, others);
}

static const LkReduction prod = { products, wholes };
LK_BLOCK (prod, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &prod, .gradient = prod_gradient,
          .provenance = lk_axes_provenance,
          SAMPLES ({ "float64[2,3] in 0.5..2; int32[1]={1}" },
                   { "float64[2,3] in 0.5..2; int32[]={0}", "keep_dims=true" },
                   { "float64[2,2,2] in 0.5..2; int32[2]={0,2}" }, { "float64[]; int32[0]" },
                   { "int32[0,2]; int32[]={0}" }));
