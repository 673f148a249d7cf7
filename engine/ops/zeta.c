/* SPDX-License-Identifier: MIT */
/* Elementwise, two inputs: Hurwitz's zeta function, and through it the derivatives of digamma. */
#include "engine/ops/binary.h"
#include "engine/ops/special.h"

/* The first nine terms (more until q + k > 9), and the Euler–Maclaurin sum for the rest: for a = q + n,
   Σ = a^(1−x) / (x − 1) + a⁻ˣ / 2 + Σ B₂ⱼ / (2j)! · x (x + 1) … (x + 2j − 2) · a^(−x − 2j + 1).
   NaN below 1 and where q⁻ˣ is no real number, infinite at the poles. */
static double
zeta_of (double x, double q)
{
  /* B₂ⱼ / (2j)! */
  static const double bernoulli[] = { 1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160,
                                      -691.0 / 1307674368000, 1.0 / 74724249600 };
  double sum = 0, a = q;
  if (isnan (x) || isnan (q) || x < 1)
    return NAN;
  if (x == 1 || (q <= 0 && q == floor (q)))
    return INFINITY;
  if (q < 0 && x != floor (x))
    return NAN;
  if (isinf (q))
    return 0;
  if (q < -1e6)       /* so many terms that it would seem to hang */
    return NAN;
  for (guint k = 0; k < 9 || a <= 9; k++, a++)
    {
      const double term = pow (a, -x);
      sum += term;
      if (fabs (term) < fabs (sum) * 1e-17 && a > 0)
        return sum;
    }
  double power = pow (a, -x), rise = x;
  sum += a * power / (x - 1) + power / 2;
  power /= a;
  for (guint j = 0; j < G_N_ELEMENTS (bernoulli); j++)
    {
      sum += bernoulli[j] * rise * power;
      rise *= (x + 2 * j + 1) * (x + 2 * j + 2);
      power /= a * a;
    }
  return sum;
}

/* ψ⁽ⁿ⁾ (x) = (−1)ⁿ⁺¹ n! ζ (n + 1, x); n is a whole number from 0 on. */
static double
polygamma_of (double n, double x)
{
  if (n == 0)
    return lk_digamma_of (x);
  if (n < 0 || n != floor (n))
    return NAN;
  const double value = exp (lgamma (n + 1)) * zeta_of (n + 1, x);
  return fmod (n, 2) == 0 ? -value : value;
}

REAL_LOOPS (, zeta, zeta_of (x, y))
KERNEL (zeta, REAL_TABLE (zeta))

/* ∂/∂q = −x ζ (x + 1, q); by x there is none, as in TensorFlow. */
GRADIENT (zeta)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0];
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
  g_autoptr (LkTensor) next = lk_add (ctx, x, one);
  g_autoptr (LkTensor) higher = lk_zeta (ctx, next, call->inputs[1]);
  g_autoptr (LkTensor) minus = lk_neg (ctx, x);
  g_autoptr (LkTensor) slope = lk_mul (ctx, minus, higher);
  dx[1] = lk_mul (ctx, dz[0], slope);
  lk_unbroadcast (call, 0, 1, dx);
}

REAL_LOOPS (, polygamma, polygamma_of (x, y))
KERNEL (polygamma, REAL_TABLE (polygamma))

/* ∂/∂x ψ⁽ᵃ⁾ = ψ⁽ᵃ⁺¹⁾ */
GRADIENT (polygamma)
{
  LkContext *ctx = call->ctx;
  LkTensor *a = call->inputs[0];
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, a->dtype, 1);
  g_autoptr (LkTensor) next = lk_add (ctx, a, one);
  g_autoptr (LkTensor) slope = lk_polygamma (ctx, next, call->inputs[1]);
  dx[1] = lk_mul (ctx, dz[0], slope);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (zeta, { "float64[2]={2,3.5}; float64[3,2] in 0.8..3" }, { "float64[]={3}; float64[] in 1..2" },
        { "float64[0]; float64[1]={1}" });
BINARY (polygamma, { "float64[2]={1,2}; float64[3,2] in 0.8..3" }, { "float64[]={3}; float64[] in 1..2" },
        { "float64[0]; float64[1]={1}" });
