/* SPDX-License-Identifier: MIT */
/* Elementwise: functions that are integrals of elementary ones. Computed in double and rounded. Abramowitz and Stegun,
   chapters 5, 7 and 27. */
#include "engine/ops/unary.h"

#define EULER 0.57721566490153286061

/* e^(−x²) ∫₀ˣ e^(t²) dt. The sum over odd n of e^(−(x − n h)²) / n, whose error falls as e^(−(π / 2h)²) (G. B. Rybicki, Computers
   in Physics 3, 1989), between the power series near 0 and the asymptotic one far away. */
static double
dawson (double x)
{
  const double size = fabs (x), h = 0.2;
  double sum = 0;
  if (isnan (x))
    return x;
  if (size < 0.3)
    {
      double term = x;
      for (int k = 0; k < 20; k++)
        {
          sum += term;
          term *= -2 * x * x / (2 * k + 3);
        }
      return sum;
    }
  if (size > 12)
    {
      double term = 0.5 / x;
      for (int k = 0; k < 12; k++)
        {
          sum += term;
          term *= (2 * k + 1) / (2 * x * x);
        }
      return sum;
    }
  const int middle = 2 * (int) (size / (2 * h)) + 1;      /* an odd one near */
  for (int n = middle - 62; n <= middle + 62; n += 2)
    sum += exp (-(size - n * h) * (size - n * h)) / n;
  return copysign (sum / sqrt (G_PI), x);
}

/* Ei (x) for x > 0. 5.1.10, 5.1.51 */
static double
exponential_integral (double x)
{
  double sum = 0, term = 1;
  if (isnan (x) || x < 0)
    return NAN;
  if (x == 0 || isinf (x))
    return x == 0 ? -INFINITY : x;
  if (x > 40)
    {
      for (int k = 1; term > 1e-17 && k < x; k++)
        {
          sum += term;
          term *= k / x;
        }
      return exp (x) / x * sum;
    }
  for (int k = 1; k < 300; k++)
    {
      term *= x / k;
      sum += term / k;
      if (term / k < sum * 1e-18)
        break;
    }
  return EULER + log (x) + sum;
}

/* C (x) + i S (x) = ∫₀ˣ e^(i π t² / 2) dt = (1 + i) / 2 · erf (√π / 2 · (1 − i) x); erf by its power series, 7.1.5, or erfc by
   its continued fraction, 7.1.14. */
static LkComplex128
fresnel (double x)
{
  const double size = fabs (x);
  LkComplex128 sum;
  if (isnan (x))
    return x + I * x;
  if (size > 1e8)
    return copysign (0.5, x) * (1 + I);
  if (size < 1.6)
    {
      const LkComplex128 step = I * (G_PI / 2) * x * x;
      LkComplex128 term = x;
      sum = 0;
      for (int k = 0; k < 60; k++)
        {
          sum += term / (2 * k + 1);
          term *= step / (k + 1);
        }
      return sum;
    }
  const LkComplex128 z = sqrt (G_PI) / 2 * (1 - I) * size;
  LkComplex128 fraction = z;
  for (int k = 160; k > 0; k--)
    fraction = z + k / 2.0 / fraction;
  /* The rest of x² by 4, exactly: the angle is what counts. */
  const double turns = fmod (size, 4), angle = G_PI / 2 * fmod (fmod (turns * turns, 4) + 2 * turns * (size - turns), 4);
  const LkComplex128 tail = (cos (angle) + I * sin (angle)) / (sqrt (G_PI) * fraction);
  const LkComplex128 value = (1 + I) / 2 * (1 - tail);
  return x < 0 ? -value : value;
}

/* −∫₁ˣ ln t / (t − 1) dt, which is Li₂ (1 − x). 27.7.3 – 27.7.5; between ½ and 2 the series in u = −ln x with Bernoulli's
   numbers. */
static double
dilogarithm (double x)
{
  /* B₂ₖ / (2k + 1)! */
  static const double bernoulli[] = { 1.0 / 36, -1.0 / 3600, 1.0 / 211680, -1.0 / 10886400, 1.0 / 526901760,
                                      -691.0 / 16999766784000, 1.0 / 1120863744000, -3617.0 / 181400588328960000 };
  if (isnan (x) || x < 0)
    return NAN;
  if (x == 0)
    return G_PI * G_PI / 6;
  const double log_x = log (x);
  if (x > 2)
    return -log_x * log_x / 2 - dilogarithm (1 / x);
  if (x < 0.5)
    return G_PI * G_PI / 6 - log_x * log1p (-x) - dilogarithm (1 - x);
  const double u = x == 1 ? 0 : -log_x;
  double sum = 0;
  for (guint k = G_N_ELEMENTS (bernoulli); k-- > 0;)
    sum = sum * u * u + bernoulli[k];
  return u - u * u / 4 + sum * u * u * u;
}

#define SLOPE_OF(name, body) \
  GRADIENT (name) \
  { \
    LkContext *ctx = call->ctx; \
    LkTensor *x = call->inputs[0]; \
    body \
    dx[0] = lk_mul (ctx, dy[0], slope); \
  }
#define NEAR_AND_FAR \
  SAMPLES ({ "float64[2,3] in 0.2..3" }, { "float64[] in 4..9" }, { "float64[0] in 1..2" }, { "float16[2] in 1..2" }, \
           { "bfloat16[2] in 1..2" }, { "float32[2] in 1..2" })

REAL (, dawsn, dawson (x))
/* 1 − 2 x y */
SLOPE_OF (dawsn,
          g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
          g_autoptr (LkTensor) both = lk_mul (ctx, x, call->outputs[0]);
          g_autoptr (LkTensor) twice = lk_scaled (ctx, both, 2);
          g_autoptr (LkTensor) slope = lk_sub (ctx, one, twice);)
UNARY (dawsn, NEAR_AND_FAR);

REAL (, expint, exponential_integral (x))
/* eˣ / x */
SLOPE_OF (expint,
          g_autoptr (LkTensor) power = lk_exp (ctx, x);
          g_autoptr (LkTensor) slope = lk_real_div (ctx, power, x);)
UNARY (expint, NEAR_AND_FAR);

/* cos, sin (π/2 x²) */
static LkTensor *
turned (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) square = lk_square (ctx, x);
  return lk_scaled (ctx, square, G_PI / 2);
}

REAL (, fresnel_cos, creal (fresnel (x)))
SLOPE_OF (fresnel_cos,
          g_autoptr (LkTensor) angle = turned (ctx, x);
          g_autoptr (LkTensor) slope = lk_cos (ctx, angle);)
UNARY (fresnel_cos, NEAR_AND_FAR);

REAL (, fresnel_sin, cimag (fresnel (x)))
SLOPE_OF (fresnel_sin,
          g_autoptr (LkTensor) angle = turned (ctx, x);
          g_autoptr (LkTensor) slope = lk_sin (ctx, angle);)
UNARY (fresnel_sin, NEAR_AND_FAR);

REAL (, spence, dilogarithm (x))
/* ln x / (1 − x), −1 at 1 */
SLOPE_OF (spence,
          g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
          g_autoptr (LkTensor) minus_one = lk_constant_scalar (ctx, x->dtype, -1);
          g_autoptr (LkTensor) log = lk_log (ctx, x);
          g_autoptr (LkTensor) rest = lk_sub (ctx, one, x);
          g_autoptr (LkTensor) quotient = lk_real_div (ctx, log, rest);
          g_autoptr (LkTensor) at_one = lk_equal (ctx, x, one);
          g_autoptr (LkTensor) slope = lk_select (ctx, at_one, minus_one, quotient);)
UNARY (spence, NEAR_AND_FAR);
