/* SPDX-License-Identifier: MIT */
/* Elementwise, two inputs, broadcast: quotients and rests towards zero, products and quotients that nothing
   makes NaN, and the angle. */
#include "engine/ops/binary.h"

#include "engine/ops/rest.h"
#include "engine/ops/vector.h"

/* Integers divide towards zero; the most negative one over −1 wraps to itself instead of trapping. */
#define INT_DIV (y == 0 ? 0 : y == -1 ? (gint64) -(guint64) x : x / y)
#define INT_MOD (y == 0 || y == -1 ? 0 : x % y)
#define CHECKED(name, real, ...) \
  static const LkBinaryLoop name##_loops[LK_N_DTYPES] = { REAL_TABLE (real) }; \
  static void name##_kernel (LkCall *call) \
  { \
    static const LkBinaryLoop loops[LK_N_DTYPES] = { REAL_TABLE (real), INT_TABLE (name), UNSIGNED_TABLE (name), __VA_ARGS__ }; \
    if (lk_binary_refuse_zeros (call)) \
      lk_binary_run (call, loops); \
  }
#define DIVISION(name, expression) \
  REAL_LOOPS (LK_CLONES, name, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_i32, gint32, gint32, lk_quotient32 (x, y)) \
  LK_BINARY_LOOP (, name##_i64, gint64, gint64, INT_DIV) \
  UNSIGNED_LOOP (, name, y == 0 ? 0 : x / y)
/* Without a gradient, as in TensorFlow. */
#define REST(name, ...) \
  LK_BINARY_LOOP (LK_CLONES, name##_i32, gint32, gint32, lk_rest32 (x, y)) \
  LK_BINARY_LOOP (, name##_i64, gint64, gint64, INT_MOD) \
  UNSIGNED_LOOP (, name, y == 0 ? 0 : x % y) \
  CHECKED (name, lk_rest) \
  LK_BLOCK (name, .infer = lk_infer_broadcast, .kernel = name##_kernel, .binary = name##_loops, .gradient = lk_gradient_missing, \
            BINARY_SAMPLES (POSITIVE, { "int32[3]={-7,7,8}; int32[]={2}" }, { "int64[2]; int64[] in 1..3" }, ##__VA_ARGS__))
#define SMALL \
  { "int8[3]={-7,7,8}; int8[]={2}" }, { "uint16[2]; uint16[] in 1..3" }, { "uint64[2]; uint64[] in 1..3" }

/* 1 where x ≠ 0, else 0 */
static LkTensor *
not_zero (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, x->dtype, 0);
  g_autoptr (LkTensor) differs = lk_not_equal (ctx, x, zero);
  return lk_cast (ctx, differs, x->dtype);
}

DIVISION (div, x / y)
COMPLEX_LOOPS (div, x / y)
CHECKED (div, div, COMPLEX_TABLE (div))
/* ∂z/∂x = 1 / y, ∂z/∂y = −(x / y) / y */
GRADIENT (div)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *y = call->inputs[1];
  g_autoptr (LkTensor) minus = lk_neg (ctx, x);
  g_autoptr (LkTensor) once = lk_div (ctx, minus, y);
  g_autoptr (LkTensor) slope = lk_div (ctx, once, y);
  g_autoptr (LkTensor) conjugated = lk_conjugate (ctx, y);
  dx[0] = lk_div (ctx, dz[0], conjugated);
  dx[1] = lk_chain (ctx, dz[0], slope);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (div, POSITIVE, COMPLEX, INTEGERS);

DIVISION (truncate_div, trunc (x / y))
CHECKED (truncate_div, truncate_div)
LK_BLOCK (truncate_div, .infer = lk_infer_broadcast, .kernel = truncate_div_kernel, .binary = truncate_div_loops,
          BINARY_SAMPLES (POSITIVE, { "int32[3]={-7,7,8}; int32[]={2}" }, SMALL));

REST (mod);
REST (truncate_mod, SMALL);

/* ---- where 0 wins ---- */

INEXACT (LK_CLONES, mul_no_nan, y == 0 ? 0 : x * y)
GRADIENT (mul_no_nan)
{
  g_autoptr (LkTensor) x = lk_conjugate (call->ctx, call->inputs[0]);
  g_autoptr (LkTensor) y = lk_conjugate (call->ctx, call->inputs[1]);
  dx[0] = lk_mul_no_nan (call->ctx, dz[0], y);
  dx[1] = lk_mul_no_nan (call->ctx, x, dz[0]);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (mul_no_nan, POSITIVE, COMPLEX);

INEXACT (LK_CLONES, xdivy, x == 0 ? 0 : x / y)
/* ∂z/∂x = 1 / y where x ≠ 0, ∂z/∂y = −x / y² */
GRADIENT (xdivy)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *y = call->inputs[1];
  g_autoptr (LkTensor) mark = not_zero (ctx, x);
  g_autoptr (LkTensor) slope_x = lk_xdivy (ctx, mark, y);
  g_autoptr (LkTensor) minus = lk_neg (ctx, x);
  g_autoptr (LkTensor) square = lk_square (ctx, y);
  g_autoptr (LkTensor) slope_y = lk_xdivy (ctx, minus, square);
  dx[0] = lk_chain (ctx, dz[0], slope_x);
  dx[1] = lk_chain (ctx, dz[0], slope_y);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (xdivy, POSITIVE, COMPLEX);

/* x ln (shift + y): by x the logarithm where x ≠ 0, by y x / (shift + y) */
static void
logarithm_gradient (const LkCall *call, LkTensor *dz, LkTensor **dx, double shift,
                    LkTensor *(*product) (LkContext *ctx, LkTensor *x, LkTensor *y))
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *y = call->inputs[1];
  g_autoptr (LkTensor) mark = not_zero (ctx, x);
  g_autoptr (LkTensor) slope_x = product (ctx, mark, y);
  g_autoptr (LkTensor) offset = lk_constant_scalar (ctx, y->dtype, shift);
  g_autoptr (LkTensor) base = shift == 0 ? lk_tensor_ref (y) : lk_add (ctx, y, offset);
  g_autoptr (LkTensor) slope_y = lk_xdivy (ctx, x, base);
  dx[0] = lk_chain (ctx, dz, slope_x);
  dx[1] = lk_chain (ctx, dz, slope_y);
  lk_unbroadcast (call, 0, 1, dx);
}

INEXACT (, xlogy, x == 0 ? 0 : x * log (y))
GRADIENT (xlogy) { logarithm_gradient (call, dz[0], dx, 0, lk_xlogy); }
BINARY (xlogy, POSITIVE, COMPLEX);

REAL_LOOPS (, xlog1py, x == 0 ? 0 : x * log1p (y))
COMPLEX_LOOPS (xlog1py, x == 0 ? 0 : x * log (1 + y))
KERNEL (xlog1py, REAL_TABLE (xlog1py), COMPLEX_TABLE (xlog1py))
GRADIENT (xlog1py) { logarithm_gradient (call, dz[0], dx, 1, lk_xlog1py); }
BINARY (xlog1py, POSITIVE, COMPLEX);

/* ---- Atan2 (y, x), which the loop calls x and y ---- */

KERNEL (atan2, REAL_TABLE (lk_vector_atan2))

/* by y, x / (x² + y²); by x, −y / (x² + y²) */
GRADIENT (atan2)
{
  LkContext *ctx = call->ctx;
  LkTensor *y = call->inputs[0], *x = call->inputs[1];
  g_autoptr (LkTensor) xx = lk_square (ctx, x);
  g_autoptr (LkTensor) yy = lk_square (ctx, y);
  g_autoptr (LkTensor) sum = lk_add (ctx, xx, yy);
  g_autoptr (LkTensor) share = lk_real_div (ctx, dz[0], sum);
  g_autoptr (LkTensor) minus = lk_neg (ctx, share);
  dx[0] = lk_mul (ctx, share, x);
  dx[1] = lk_mul (ctx, minus, y);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (atan2, POSITIVE);
