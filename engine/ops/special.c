/* SPDX-License-Identifier: MIT */
/* Elementwise: the error function and its inverse, and what comes from the gamma function. */
#include "engine/ops/special.h"

#include "engine/ops/unary.h"

/* a[0] + a[1] x + … */
static inline double
polynomial (const double *a, guint n, double x)
{
  double sum = a[n - 1];
  for (guint i = n - 1; i-- > 0;)
    sum = sum * x + a[i];
  return sum;
}

/* The quantile of N (0, 1) at 0.5 + q, where tail = 0.5 − |q|: both are given, since neither can be had from
   the other near its end. M. J. Wichura, algorithm AS 241 (PPND16), to about 16 digits. */
static double
quantile (double q, double tail)
{
  static const double a[] = { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                              1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                              3.3430575583588128105e+4, 2.5090809287301226727e+3 };
  static const double b[] = { 1, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                              2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                              5.2264952788528545610e+3 };
  static const double c[] = { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                              3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                              2.27238449892691845833e-2, 7.74545014278341407640e-4 };
  static const double d[] = { 1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                              1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                              1.05075007164441684324e-9 };
  static const double e[] = { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                              2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7 };
  static const double f[] = { 1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                              7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                              2.04426310338993978564e-15 };
  if (isnan (q) || tail < 0)
    return NAN;
  if (tail == 0)
    return q < 0 ? -INFINITY : INFINITY;
  if (fabs (q) <= 0.425)
    return q * polynomial (a, 8, 0.180625 - q * q) / polynomial (b, 8, 0.180625 - q * q);
  const double r = sqrt (-log (tail));
  const double y = r <= 5 ? polynomial (c, 8, r - 1.6) / polynomial (d, 8, r - 1.6)
                          : polynomial (e, 8, r - 5) / polynomial (f, 8, r - 5);
  return q < 0 ? -y : y;
}

/* By the recurrence ψ (x) = ψ (x + 1) − 1 / x up to where the asymptotic series holds; the reflection
   ψ (x) = ψ (1 − x) − π / tan π x for the negative. Abramowitz and Stegun 6.3.5, 6.3.7, 6.3.18. */
double
lk_digamma_of (double x)
{
  static const double series[] = { 1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12 };
  double sum = 0;
  if (x <= 0 && x == floor (x))
    return x == 0 ? copysign (INFINITY, -x) : NAN;
  if (x < 0)
    return lk_digamma_of (1 - x) - G_PI / tan (G_PI * (x - floor (x)));
  if (isinf (x))
    return x;
  for (; x < 10; x++)
    sum -= 1 / x;
  const double square = 1 / (x * x);
  return sum + log (x) - 0.5 / x - square * polynomial (series, 7, square);
}

/* dy · factor · e^(sign · z²) for z = input or output: the slopes of the error function's kin. */
static LkTensor *
bell (LkContext *ctx, LkTensor *dy, LkTensor *z, double factor, double exponent)
{
  g_autoptr (LkTensor) square = lk_square (ctx, z);
  g_autoptr (LkTensor) power = lk_scaled (ctx, square, exponent);
  g_autoptr (LkTensor) curve = lk_exp (ctx, power);
  g_autoptr (LkTensor) slope = lk_scaled (ctx, curve, factor);
  return lk_mul (ctx, dy, slope);
}

#define TWO_OVER_ROOT_PI 1.1283791670955125739
#define ROOT_PI_OVER_TWO 0.88622692545275801365
#define ROOT_TWO_PI 2.5066282746310005024
#define ROOT_HALF 0.70710678118654752440

VECTOR (erf)
GRADIENT (erf) { dx[0] = bell (call->ctx, dy[0], call->inputs[0], TWO_OVER_ROOT_PI, -1); }
UNARY (erf, ANYWHERE);

VECTOR (erfc)
GRADIENT (erfc) { dx[0] = bell (call->ctx, dy[0], call->inputs[0], -TWO_OVER_ROOT_PI, -1); }
UNARY (erfc, ANYWHERE);

/* 1 − |x| is exact where it matters, near its end. */
REAL (, erfinv, quantile (x / 2.0, (1.0 - fabs (x)) / 2) * ROOT_HALF)
GRADIENT (erfinv) { dx[0] = bell (call->ctx, dy[0], call->outputs[0], ROOT_PI_OVER_TWO, 1); }
UNARY (erfinv, SAMPLES ({ "float64[2,3] in -0.8..0.8" }, { "float64[] in 0.1..0.5" }, { "float64[0]" }));

REAL (, ndtri, quantile (x - 0.5, x < 0.5 ? x : 1.0 - x))
GRADIENT (ndtri) { dx[0] = bell (call->ctx, dy[0], call->outputs[0], ROOT_TWO_PI, 0.5); }
UNARY (ndtri, SAMPLES ({ "float64[2,3] in 0.1..0.9" }, { "float64[] in 0.1..0.5" }, { "float64[0]" }));

REAL (, lgamma, lgamma (x))
GRADIENT (lgamma)
{
  g_autoptr (LkTensor) slope = lk_digamma (call->ctx, call->inputs[0]);
  dx[0] = lk_mul (call->ctx, dy[0], slope);
}
UNARY (lgamma, POSITIVE);

REAL (, digamma, lk_digamma_of (x))
GRADIENT (digamma)
{
  /* Polygamma has no narrow dtypes, in TensorFlow either. */
  const LkDType dtype = call->inputs[0]->dtype, wide = dtype == LK_FLOAT64 ? dtype : LK_FLOAT32;
  g_autoptr (LkTensor) one = lk_constant_scalar (call->ctx, wide, 1);
  g_autoptr (LkTensor) x = lk_cast (call->ctx, call->inputs[0], wide);
  g_autoptr (LkTensor) exact = lk_polygamma (call->ctx, one, x);
  g_autoptr (LkTensor) slope = lk_cast (call->ctx, exact, dtype);
  dx[0] = lk_mul (call->ctx, dy[0], slope);
}
UNARY (digamma, SAMPLES ({ "float64[2,3] in 0.8..3" }, { "float64[] in 1..2" }, { "float64[0] in 1..2" }));
