/* SPDX-License-Identifier: MIT */
/* Elementwise, one input. */
#include "engine/ops/unary.h"

#define INTEGERS { "int32[3] in -3..3" }, { "int64[2,2] in -3..3" }, { "int8[3] in -3..3" }, { "int16[] in -3..3" }
#define UNSIGNED { "uint8[3]" }, { "uint16[3]" }, { "uint32[3]" }, { "uint64[3]" }

REAL_LOOPS (LK_CLONES, neg, -x)
COMPLEX_LOOPS (neg, -x)
INT_LOOPS (neg, guint32, guint64, -x)
KERNEL (neg, REAL_TABLE (neg), COMPLEX_TABLE (neg), INT_TABLE (neg))
GRADIENT (neg) { dx[0] = lk_neg (call->ctx, dy[0]); }
UNARY (neg, SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "float64[0,3]" }, REALLY, COMPLEX, INTEGERS));

REAL_LOOPS (LK_CLONES, abs, fabs (x))
INT_LOOPS (abs, guint32, guint64, (x ^ NEGATIVE (x)) - NEGATIVE (x))
KERNEL (abs, REAL_TABLE (abs), INT_TABLE (abs))
GRADIENT (abs)
{
  g_autoptr (LkTensor) sign = lk_sign (call->ctx, call->inputs[0]);
  dx[0] = lk_mul (call->ctx, dy[0], sign);
}
UNARY (abs, SAMPLES ({ "float64[2,3] in 0.2..2" }, { "float64[4] in -2..-0.2" }, { "float64[]" },
                     { "float64[0,3]" }, REALLY, INTEGERS));

/* NaN stays NaN, as x itself does in the comparison's stead. */
REAL_LOOPS (LK_CLONES, sign, x > 0 ? 1 : x < 0 ? -1 : x)
COMPLEX_LOOPS (sign, x == 0 ? 0 : x / fabs (x))
INT_LOOPS (sign, guint32, guint64, (x != 0) | NEGATIVE (x))
KERNEL (sign, REAL_TABLE (sign), COMPLEX_TABLE (sign), INT_TABLE (sign))
GRADIENT (sign) { dx[0] = lk_zeros_like (call->ctx, call->inputs[0]); }
UNARY (sign, SAMPLES ({ "float64[2,3] in 0.2..2" }, { "float64[3] in -2..-1" }, REALLY, { "complex64[3]" }, INTEGERS));

REAL_LOOPS (LK_CLONES, square, x * x)
COMPLEX_LOOPS (square, x * x)
INT_LOOPS (square, guint32, guint64, x * x)
KERNEL (square, REAL_TABLE (square), COMPLEX_TABLE (square), INT_TABLE (square), [LK_UINT64] = square_i64)
GRADIENT (square)
{
  g_autoptr (LkTensor) slope = lk_scaled (call->ctx, call->inputs[0], 2);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (square, SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "float64[0,3]" }, REALLY, COMPLEX, INTEGERS, UNSIGNED));

/* ---- roots and reciprocals; the slopes from the outputs ---- */

#define FROM_OUTPUT(name, grad) \
  GRADIENT (name) \
  { \
    g_autoptr (LkTensor) y = lk_conjugate (call->ctx, call->outputs[0]); \
    dx[0] = grad (call->ctx, y, dy[0]); \
  }

INEXACT (LK_CLONES, sqrt, sqrt (x), sqrt (x))
FROM_OUTPUT (sqrt, lk_sqrt_grad)
UNARY (sqrt, POSITIVE_COMPLEX);

INEXACT (LK_CLONES, rsqrt, 1 / sqrt (x), 1 / sqrt (x))
FROM_OUTPUT (rsqrt, lk_rsqrt_grad)
UNARY (rsqrt, POSITIVE_COMPLEX);

INEXACT (LK_CLONES, reciprocal, 1 / x, 1 / x)
FROM_OUTPUT (reciprocal, lk_reciprocal_grad)
UNARY (reciprocal, POSITIVE_COMPLEX);
INEXACT (LK_CLONES, inv, 1 / x, 1 / x)
FROM_OUTPUT (inv, lk_inv_grad)
UNARY (inv, POSITIVE_COMPLEX);

/* ---- exponentials and logarithms ---- */

VECTOR_COMPLEX (exp, exp (x))
GRADIENT (exp) { dx[0] = lk_chain (call->ctx, dy[0], call->outputs[0]); }
UNARY (exp, ANYWHERE_COMPLEX);

/* eˣ − 1 and ln (1 + x) without the loss near 0. */
static inline LkComplex128
complex_expm1 (LkComplex128 x)
{
  const double half = sin (cimag (x) / 2);
  return expm1 (creal (x)) * cos (cimag (x)) - 2 * half * half + I * (exp (creal (x)) * sin (cimag (x)));
}

static inline LkComplex128
complex_log1p (LkComplex128 x)
{
  const double re = creal (x), im = cimag (x);
  return log1p (re * (2 + re) + im * im) / 2 + I * atan2 (im, 1 + re);
}

VECTOR_COMPLEX (expm1, complex_expm1 (x))
GRADIENT (expm1)
{
  g_autoptr (LkTensor) slope = lk_exp (call->ctx, call->inputs[0]);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (expm1, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (log, log (x))
GRADIENT (log)
{
  g_autoptr (LkTensor) slope = lk_reciprocal (call->ctx, call->inputs[0]);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (log, POSITIVE_COMPLEX);

VECTOR_COMPLEX (log1p, complex_log1p (x))
GRADIENT (log1p)
{
  g_autoptr (LkTensor) one = lk_constant_scalar (call->ctx, call->inputs[0]->dtype, 1);
  g_autoptr (LkTensor) sum = lk_add (call->ctx, one, call->inputs[0]);
  g_autoptr (LkTensor) slope = lk_reciprocal (call->ctx, sum);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (log1p, POSITIVE_COMPLEX);

/* ---- waves and steps ---- */

VECTOR_COMPLEX (sin, sin (x))
GRADIENT (sin)
{
  g_autoptr (LkTensor) slope = lk_cos (call->ctx, call->inputs[0]);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (sin, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (cos, cos (x))
GRADIENT (cos)
{
  g_autoptr (LkTensor) sine = lk_sin (call->ctx, call->inputs[0]);
  g_autoptr (LkTensor) slope = lk_neg (call->ctx, sine);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (cos, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (tanh, tanh (x))
FROM_OUTPUT (tanh, lk_tanh_grad)
UNARY (tanh, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (sigmoid, 1 / (1 + exp (-x)))
FROM_OUTPUT (sigmoid, lk_sigmoid_grad)
UNARY (sigmoid, ANYWHERE_COMPLEX);

/* NaN is not less than 0 and so stays. */
REAL_LOOPS (LK_CLONES, relu, x < 0 ? 0 : x)
INT_LOOPS (relu, guint32, guint64, x & ~NEGATIVE (x))
UNSIGNED_LOOP (relu, x)
KERNEL (relu, REAL_TABLE (relu), INT_TABLE (relu), UNSIGNED_TABLE (relu))
GRADIENT (relu) { dx[0] = lk_relu_grad (call->ctx, dy[0], call->outputs[0]); }
UNARY (relu, SAMPLES ({ "float64[2,3] in 0.2..2" }, { "float64[4] in -2..-0.2" }, { "float64[]" },
                      { "float64[0,3]" }, REALLY, INTEGERS, UNSIGNED));

/* ---- whole numbers ---- */

REAL (LK_CLONES, floor, floor (x))
UNARY_FLAT (floor, ANYWHERE);
REAL (LK_CLONES, ceil, ceil (x))
UNARY_FLAT (ceil, ANYWHERE);

REAL_LOOPS (LK_CLONES, round, rint (x))
INT_LOOPS (round, gint32, gint64, x)
KERNEL (round, REAL_TABLE (round), INT_TABLE (round))
UNARY_FLAT (round, SAMPLES ({ "float64[2,3] in -3..3" }, { "float64[0]" }, REALLY, INTEGERS));

REAL (LK_CLONES, rint, rint (x))
UNARY_FLAT (rint, ANYWHERE);

/* ---- tests ---- */

TEST (is_nan, x != x)
UNARY_FLAT (is_nan, ANYWHERE);
TEST (is_inf, fabs (x) > (sizeof x == 4 ? (double) G_MAXFLOAT : G_MAXDOUBLE))
UNARY_FLAT (is_inf, ANYWHERE);
TEST (is_finite, fabs (x) <= (sizeof x == 4 ? (double) G_MAXFLOAT : G_MAXDOUBLE))
UNARY_FLAT (is_finite, ANYWHERE);

LK_UNARY_LOOP (, logical_not_bool, guint8, guint8, !x)
KERNEL (logical_not, [LK_BOOL] = logical_not_bool)
UNARY_FLAT (logical_not, SAMPLES ({ "bool[2,3]" }, { "bool[]" }, { "bool[0]" }));
