/* SPDX-License-Identifier: MIT */
/* Elementwise: functions of the circle and of the hyperbola, and their inverses. */
#include "engine/ops/unary.h"

#define INSIDE \
  SAMPLES ({ "float64[2,3] in -0.8..0.8" }, { "float64[] in 0.1..0.5" }, { "float64[0]" }, \
           { "float16[2] in 0.1..0.5" }, { "bfloat16[2] in 0.1..0.5" }, { "complex64[2] in 0.1..0.5" }, \
           { "complex128[2] in 0.1..0.5" })
#define ABOVE_ONE SAMPLES ({ "float64[2,3] in 1.2..3" }, { "float64[] in 2..3" }, { "float64[0] in 1..2" }, \
                          { "float16[2] in 2..3" }, { "bfloat16[2] in 2..3" }, { "complex128[2] in 2..3" })

/* dy · (±1) / √(1 − x²): the slope of arcsin and arccos. */
static LkTensor *
over_root (const LkCall *call, LkTensor *dy, double sign)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) square = lk_square (ctx, call->inputs[0]);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, call->inputs[0]->dtype, 1);
  g_autoptr (LkTensor) rest = lk_sub (ctx, one, square);
  g_autoptr (LkTensor) slope = lk_rsqrt (ctx, rest);
  g_autoptr (LkTensor) with_sign = lk_scaled (ctx, slope, sign);
  return lk_chain (ctx, dy, with_sign);
}

/* dy / (1 ± x²): the slope of arctan and artanh. */
static LkTensor *
over_square (const LkCall *call, LkTensor *dy, double sign)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) square = lk_square (ctx, call->inputs[0]);
  g_autoptr (LkTensor) signed_square = lk_scaled (ctx, square, sign);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, call->inputs[0]->dtype, 1);
  g_autoptr (LkTensor) sum = lk_add (ctx, one, signed_square);
  g_autoptr (LkTensor) slope = lk_reciprocal (ctx, sum);
  return lk_chain (ctx, dy, slope);
}

/* ---- the circle ---- */

VECTOR_COMPLEX (tan, tan (x))
/* dx = dy / cos² x */
GRADIENT (tan)
{
  g_autoptr (LkTensor) cosine = lk_cos (call->ctx, call->inputs[0]);
  g_autoptr (LkTensor) secant = lk_reciprocal (call->ctx, cosine);
  g_autoptr (LkTensor) slope = lk_square (call->ctx, secant);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (tan, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (asin, asin (x))
GRADIENT (asin) { dx[0] = over_root (call, dy[0], 1); }
UNARY (asin, INSIDE);

VECTOR_COMPLEX (acos, acos (x))
GRADIENT (acos) { dx[0] = over_root (call, dy[0], -1); }
UNARY (acos, INSIDE);

VECTOR_COMPLEX (atan, atan (x))
GRADIENT (atan) { dx[0] = over_square (call, dy[0], 1); }
UNARY (atan, ANYWHERE_COMPLEX);

/* ---- the hyperbola ---- */

VECTOR_COMPLEX (sinh, sinh (x))
GRADIENT (sinh)
{
  g_autoptr (LkTensor) slope = lk_cosh (call->ctx, call->inputs[0]);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (sinh, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (cosh, cosh (x))
GRADIENT (cosh)
{
  g_autoptr (LkTensor) slope = lk_sinh (call->ctx, call->inputs[0]);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (cosh, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (asinh, asinh (x))
/* dx = dy / cosh y, dy / sinh y */
GRADIENT (asinh)
{
  g_autoptr (LkTensor) cosine = lk_cosh (call->ctx, call->outputs[0]);
  g_autoptr (LkTensor) slope = lk_reciprocal (call->ctx, cosine);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (asinh, ANYWHERE_COMPLEX);

VECTOR_COMPLEX (acosh, acosh (x))
GRADIENT (acosh)
{
  g_autoptr (LkTensor) sine = lk_sinh (call->ctx, call->outputs[0]);
  g_autoptr (LkTensor) slope = lk_reciprocal (call->ctx, sine);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
}
UNARY (acosh, ABOVE_ONE);

VECTOR_COMPLEX (atanh, atanh (x))
GRADIENT (atanh) { dx[0] = over_square (call, dy[0], -1); }
UNARY (atanh, INSIDE);
