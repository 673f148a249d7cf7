/* SPDX-License-Identifier: MIT */
/* Elementwise: Bessel functions of orders 0 and 1. Computed in double and rounded. Abramowitz and Stegun, chapter 9. */
#include "engine/ops/unary.h"

#define EULER 0.57721566490153286061

/* Σ (x²/4)ᵏ / (k! (k + order)!): all terms positive. 9.6.10 */
static double
power_series (double x, int order)
{
  const double quarter = x * x / 4;
  double sum = 1, term = 1;
  for (int k = 1; k < 500 && term > sum * 1e-17; k++)
    {
      term *= quarter / (k * (double) (k + order));
      sum += term;
    }
  return sum;
}

/* Σ (−1)ᵏ (μ − 1)(μ − 9)… / (k! (8x)ᵏ), μ = 4 order², up to its smallest term: for I, and of −x for K. 9.7.1, 9.7.2 */
static double
asymptotic_series (double x, int order)
{
  const double mu = 4 * order * order;
  double sum = 1, term = 1;
  for (int k = 1; k < 60; k++)
    {
      const double odd = 2 * k - 1, next = -term * (mu - odd * odd) / (k * 8 * x);
      if (fabs (next) >= fabs (term) || fabs (next) < 1e-17)
        break;
      term = next;
      sum += term;
    }
  return sum;
}

/* e^−|x| I (x) */
static double
scaled_i (double x, int order)
{
  const double size = fabs (x);
  if (isnan (x))
    return x;
  const double value = size > 30 ? asymptotic_series (size, order) / sqrt (2 * G_PI * size)
                                 : power_series (size, order) * (order == 0 ? 1 : size / 2) * exp (-size);
  return order == 1 && x < 0 ? -value : value;
}

static double
plain_i (double x, int order)
{
  const double half = exp (fabs (x) / 2);     /* in two steps: eˣ alone overflows earlier */
  return isinf (x) ? (order == 1 ? x : INFINITY) : scaled_i (x, order) * half * half;
}

/* eˣ K (x) = ∫₀^∞ e^(−x (cosh t − 1)) cosh (order t) dt, 9.6.24, by the trapezoid rule, whose error is about
   e^(x − π² / step); for small x, where that is long, the series 9.6.11 and 9.6.13; for large x, where it is too coarse, 9.7.2. */
static double
scaled_k (double x, int order)
{
  enum { STEPS = 8 };       /* a unit of t */
  if (isnan (x) || x < 0)
    return NAN;
  if (x == 0)
    return INFINITY;
  if (x > 30)
    return sqrt (G_PI / (2 * x)) * asymptotic_series (-x, order);
  if (x < 0.1)
    {
      const double quarter = x * x / 4;
      double harmonic = -2 * EULER + order, sum = 0, term = 1;
      for (int k = 0; k < 20; k++)
        {
          sum += term * harmonic;
          harmonic += 1.0 / (k + 1) + 1.0 / (k + 1 + order);
          term *= quarter / ((k + 1) * (double) (k + 1 + order));
        }
      const double log_part = log (x / 2) * power_series (x, order);
      const double value = order == 0 ? sum / 2 - log_part : 1 / x + x / 2 * log_part - x / 4 * sum;
      return value * exp (x);
    }
  double sum = 0.5;
  for (int k = 1; k < 100 * STEPS; k++)
    {
      const double t = (double) k / STEPS, half = sinh (t / 2), term = exp (-2 * x * half * half) * (order == 0 ? 1 : cosh (t));
      sum += term;
      if (term < sum * 1e-18)
        break;
    }
  return sum / STEPS;
}

static double
plain_k (double x, int order)
{
  return scaled_k (x, order) * exp (-x);
}

/* ---- their slopes ---- */

typedef LkTensor *(*Function) (LkContext *ctx, LkTensor *x);

/* dy · (sign · f (x) + factor · y): most slopes are so. */
static LkTensor *
slope (const LkCall *call, LkTensor *dy, Function f, double sign, LkTensor *factor)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) value = f (ctx, call->inputs[0]);
  g_autoptr (LkTensor) signed_value = lk_scaled (ctx, value, sign);
  if (factor == NULL)
    return lk_mul (ctx, dy, signed_value);
  g_autoptr (LkTensor) rest = lk_mul (ctx, factor, call->outputs[0]);
  g_autoptr (LkTensor) sum = lk_add (ctx, signed_value, rest);
  return lk_mul (ctx, dy, sum);
}

/* −1/x (− sign x) (+ 1), of which slopes of order 1 and of scaled functions have some; 0 instead of what is infinite at 0. */
static LkTensor *
factor (const LkCall *call, double over, double sign, double constant)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0];
  g_autoptr (LkTensor) offset = lk_constant_scalar (ctx, x->dtype, constant);
  g_autoptr (LkTensor) above = lk_constant_scalar (ctx, x->dtype, over);
  g_autoptr (LkTensor) quotient = lk_div_no_nan (ctx, above, x);
  g_autoptr (LkTensor) direction = lk_sign (ctx, x);
  g_autoptr (LkTensor) turned = lk_scaled (ctx, direction, sign);
  g_autoptr (LkTensor) sum = lk_add (ctx, quotient, turned);
  return lk_add (ctx, sum, offset);
}

/* At 0, I₁ and J₁ have slope ½, which is what their order 0 less y / x is there, too: f (0) = 1, y / x → ½. */
static LkTensor *
half_at_zero (const LkCall *call, LkTensor *dy, LkTensor *elsewhere)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) found = elsewhere;
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, dy->dtype, 0);
  g_autoptr (LkTensor) at = lk_equal (ctx, call->inputs[0], zero);
  g_autoptr (LkTensor) half = lk_scaled (ctx, dy, 0.5);
  return lk_select (ctx, at, half, found);
}

#define BESSEL(name, expression, ...) \
  REAL (, name, expression) \
  UNARY (name, SAMPLES ({ "float64[2,3] in 0.2..3" }, { "float64[] in 4..9" }, { "float64[0] in 1..2" }, \
                        { "float16[2] in 1..2" }, { "bfloat16[2] in 1..2" }, { "float32[2] in 1..2" }, ##__VA_ARGS__))
#define SLOPE(name, f, sign, over, turn, constant) \
  GRADIENT (name) \
  { \
    g_autoptr (LkTensor) more = factor (call, over, turn, constant); \
    dx[0] = slope (call, dy[0], f, sign, more); \
  }
#define HALF_SLOPE(name, f, over, turn) \
  GRADIENT (name) \
  { \
    g_autoptr (LkTensor) more = factor (call, over, turn, 0); \
    dx[0] = half_at_zero (call, dy[0], slope (call, dy[0], f, 1, more)); \
  }

GRADIENT (bessel_i0) { dx[0] = slope (call, dy[0], lk_bessel_i1, 1, NULL); }
HALF_SLOPE (bessel_i1, lk_bessel_i0, -1, 0)
SLOPE (bessel_i0e, lk_bessel_i1e, 1, 0, -1, 0)
HALF_SLOPE (bessel_i1e, lk_bessel_i0e, -1, -1)
GRADIENT (bessel_k0) { dx[0] = slope (call, dy[0], lk_bessel_k1, -1, NULL); }
SLOPE (bessel_k1, lk_bessel_k0, -1, -1, 0, 0)
SLOPE (bessel_k0e, lk_bessel_k1e, -1, 0, 0, 1)
SLOPE (bessel_k1e, lk_bessel_k0e, -1, -1, 0, 1)
GRADIENT (bessel_j0) { dx[0] = slope (call, dy[0], lk_bessel_j1, -1, NULL); }
HALF_SLOPE (bessel_j1, lk_bessel_j0, -1, 0)
GRADIENT (bessel_y0) { dx[0] = slope (call, dy[0], lk_bessel_y1, -1, NULL); }
SLOPE (bessel_y1, lk_bessel_y0, 1, -1, 0, 0)

BESSEL (bessel_i0, plain_i (x, 0), { "float64[3] in -3..-1" }, { "float64[1]={0}" });
BESSEL (bessel_i1, plain_i (x, 1), { "float64[3] in -3..-1" });
BESSEL (bessel_i0e, scaled_i (x, 0), { "float64[3] in -3..-1" });
BESSEL (bessel_i1e, scaled_i (x, 1), { "float64[3] in -3..-1" });
BESSEL (bessel_k0, plain_k (x, 0));
BESSEL (bessel_k1, plain_k (x, 1));
BESSEL (bessel_k0e, scaled_k (x, 0));
BESSEL (bessel_k1e, scaled_k (x, 1));
BESSEL (bessel_j0, j0 ((double) x), { "float64[3] in -3..-1" }, { "float64[1]={0}" });
BESSEL (bessel_j1, j1 ((double) x), { "float64[3] in -3..-1" });
BESSEL (bessel_y0, x < 0 ? NAN : y0 ((double) x));
BESSEL (bessel_y1, x < 0 ? NAN : y1 ((double) x));
