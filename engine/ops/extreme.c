/* SPDX-License-Identifier: MIT */
/* The largest and the smallest over axes, and whether any or all hold. */
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/reducer.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- Max, Min ---- */

/* A NaN, once met, stays. What nothing comes to is the lowest or the highest of the dtype. */
#define FLOATS(suffix, T, A, term) \
  LK_REDUCER (max_##suffix, T, A, term, x > a || x != x ? x : a, -INFINITY) \
  LK_REDUCER (min_##suffix, T, A, term, x < a || x != x ? x : a, INFINITY)
#define INTEGERS(suffix, T, lowest, highest) \
  LK_REDUCER (max_##suffix, T, T, v, x > a ? x : a, lowest) \
  LK_REDUCER (min_##suffix, T, T, v, x < a ? x : a, highest) \
  LK_STORE (store_##suffix, T, T, a)
FLOATS (f16, guint16, float, lk_half_to_float (v))
FLOATS (bf16, guint16, float, lk_bfloat16_to_float (v))
FLOATS (f32, float, float, v)
FLOATS (f64, double, double, v)
LK_STORE (store_f16, guint16, float, lk_half_from_float (a))
LK_STORE (store_bf16, guint16, float, lk_bfloat16_from_float (a))
LK_STORE (store_f32, float, float, a)
LK_STORE (store_f64, double, double, a)
INTEGERS (i8, gint8, G_MININT8, G_MAXINT8)
INTEGERS (i16, gint16, G_MININT16, G_MAXINT16)
INTEGERS (i32, gint32, G_MININT32, G_MAXINT32)
INTEGERS (i64, gint64, G_MININT64, G_MAXINT64)
INTEGERS (u8, guint8, 0, G_MAXUINT8)
INTEGERS (u16, guint16, 0, G_MAXUINT16)
INTEGERS (u32, guint32, 0, G_MAXUINT32)
INTEGERS (u64, guint64, 0, G_MAXUINT64)

#define ROW(suffix, dtype, T) [dtype] = store_##suffix,
static const LkReduceStore stores[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS };
#undef ROW

#define ROW(suffix, dtype, T) [dtype] = &max_##suffix,
static const LkReducer *const largest[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS };
#undef ROW
#define ROW(suffix, dtype, T) [dtype] = &min_##suffix,
static const LkReducer *const smallest[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS };
#undef ROW
static const LkReduction max = { largest, stores }, min = { smallest, stores };

/* Shared out among the elements that are as large, or as small, as the result. */
static void
extreme_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0];
  g_autoptr (LkTensor) result = lk_axes_against_input (call, call->outputs[0]);
  g_autoptr (LkTensor) kept = lk_axes_against_input (call, dy[0]);
  g_autoptr (LkTensor) equal = lk_equal (ctx, x, result);
  g_autoptr (LkTensor) marks = lk_cast (ctx, equal, x->dtype);
  g_autoptr (LkTensor) count = lk_sum (ctx, marks, call->inputs[1], TRUE);
  g_autoptr (LkTensor) share = lk_real_div (ctx, marks, count);
  dx[0] = lk_mul (ctx, share, kept);
}

LK_BLOCK (max, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &max, .gradient = extreme_gradient,
          .provenance = lk_axes_provenance,
          SAMPLES (LK_REDUCTION_SAMPLES, { "float64[0,3]; int32[1]={0}" }, { "int64[2,3]; int32[1]={0}" }, { "uint8[0]; int32[]={0}" }));
LK_BLOCK (min, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &min, .gradient = extreme_gradient,
          .provenance = lk_axes_provenance,
          SAMPLES (LK_REDUCTION_SAMPLES, { "float64[0,3]; int32[1]={0}" }, { "int64[2,3]; int32[1]={0}" }, { "uint8[0]; int32[]={0}" }));

/* ---- Any, All ---- */

LK_REDUCER (any_bool, guint8, guint8, v, a | x, FALSE)
LK_REDUCER (all_bool, guint8, guint8, v, a & x, TRUE)

static const LkReducer *const anys[LK_N_DTYPES] = { [LK_BOOL] = &any_bool }, *const alls[LK_N_DTYPES] = { [LK_BOOL] = &all_bool };
static const LkReduceStore as_it_is[LK_N_DTYPES] = { [LK_BOOL] = store_u8 };
static const LkReduction any = { anys, as_it_is }, all = { alls, as_it_is };

#define BOOL_SAMPLES \
  SAMPLES ({ "bool[2,3]; int32[1]={1}" }, { "bool[2,3]; int32[]={-2}", "keep_dims=true" }, \
           { "bool[0,2]; int32[]={0}" }, \
           { "bool[]; int64[0]" })
LK_BLOCK (any, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &any, .provenance = lk_axes_provenance, BOOL_SAMPLES);
LK_BLOCK (all, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &all, .provenance = lk_axes_provenance, BOOL_SAMPLES);
