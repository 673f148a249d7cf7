/* SPDX-License-Identifier: MIT */
/* The Euclidean norm over axes. */
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/reducer.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* Squares are added up in double, whatever the type. */
#define SQUARES(suffix, T, term, root) \
  LK_REDUCER (squares_##suffix, T, double, term, a + x, 0) \
  LK_STORE (root_##suffix, T, double, root)
SQUARES (f16, guint16, (double) lk_half_to_float (v) * lk_half_to_float (v), lk_half_from_float (sqrt (a)))
SQUARES (bf16, guint16, (double) lk_bfloat16_to_float (v) * lk_bfloat16_to_float (v), lk_bfloat16_from_float (sqrt (a)))
SQUARES (c64, _Complex float, (double) creal (v) * creal (v) + (double) cimag (v) * cimag (v), sqrt (a))
SQUARES (c128, _Complex double, creal (v) * creal (v) + cimag (v) * cimag (v), sqrt (a))
#define ROW(suffix, dtype, T) SQUARES (suffix, T, (double) v * (double) v, sqrt (a))
ROW (f32, , float) ROW (f64, , double)
LK_INTEGER_ROWS
#undef ROW

#define ROW(suffix, dtype, T) [dtype] = &squares_##suffix,
static const LkReducer *const squares[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS LK_COMPLEX_ROWS };
#undef ROW
#define ROW(suffix, dtype, T) [dtype] = root_##suffix,
static const LkReduceStore roots[LK_N_DTYPES] = { LK_FLOAT_ROWS LK_INTEGER_ROWS LK_COMPLEX_ROWS };
#undef ROW
static const LkReduction norm = { squares, roots };

/* x / y · dy */
static void
euclidean_norm_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  if (!lk_dtype_is_floating (call->inputs[0]->dtype))
    return;
  g_autoptr (LkTensor) ratio = lk_real_div (ctx, dy[0], call->outputs[0]);
  g_autoptr (LkTensor) kept = lk_axes_against_input (call, ratio);
  dx[0] = lk_mul (ctx, call->inputs[0], kept);
}

LK_BLOCK (euclidean_norm, .infer = lk_axes_infer, .kernel = lk_reduce, .reduction = &norm,
          .gradient = euclidean_norm_gradient, .provenance = lk_axes_provenance,
          SAMPLES ({ "float64[2,3] in 0.5..2; int32[1]={1}" },
                   { "float64[2,3] in 0.5..2; int32[]={0}", "keep_dims=true" },
                   { "float64[2,3,4] in 0.5..2; int64[2]={0,-1}" }, { "float64[3] in 0.5..2; int32[0]" },
                   { "int32[2,3]; int32[1]={0}" }, { "float64[0,3]; int32[1]={1}" }));
