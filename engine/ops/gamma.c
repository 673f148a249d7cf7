/* SPDX-License-Identifier: MIT */
/* Elementwise: the incomplete gamma and beta functions, regularised. Computed in double and rounded. */
#include "engine/ops/binary.h"
#include "engine/ops/special.h"

#define MOST_TERMS 20000
#define SMALL 1e-300

/* A number and its slope by a. */
typedef struct { double value, slope; } Dual;

static Dual plus (Dual a, Dual b) { return (Dual) { a.value + b.value, a.slope + b.slope }; }
static Dual times (Dual a, Dual b) { return (Dual) { a.value * b.value, a.slope * b.value + a.value * b.slope }; }
static Dual over (Dual a, Dual b)
{
  const double value = a.value / b.value;
  return (Dual) { value, (a.slope - value * b.slope) / b.value };
}

/* xᵃ e⁻ˣ / Γ (a) */
static Dual
front (double a, double x)
{
  const double value = exp (a * log (x) - x - lgamma (a));
  return (Dual) { value, value == 0 ? 0 : value * (log (x) - lk_digamma_of (a)) };
}

/* γ (a, x) / (xᵃ e⁻ˣ) = Σ xᵏ / (a (a + 1) … (a + k)). Abramowitz and Stegun 6.5.29 */
static Dual
lower_series (double a, double x)
{
  Dual term = over ((Dual) { 1, 0 }, (Dual) { a, 1 }), sum = term;
  for (int k = 1; k < MOST_TERMS; k++)
    {
      term = times (term, over ((Dual) { x, 0 }, (Dual) { a + k, 1 }));
      sum = plus (sum, term);
      if (fabs (term.value) < fabs (sum.value) * 1e-17 && fabs (term.slope) <= fabs (sum.slope) * 1e-17)
        break;
    }
  return sum;
}

/* Γ (a, x) / (xᵃ e⁻ˣ) = 1 / (x + 1 − a − 1 (1 − a) / (x + 3 − a − …)). 6.5.31, by the method of Lentz. */
static Dual
upper_fraction (double a, double x)
{
  Dual b = { x + 1 - a, -1 }, c = { 1 / SMALL, 0 }, d, result;
  if (b.value == 0)
    b.value = SMALL;
  result = d = over ((Dual) { 1, 0 }, b);
  for (int k = 1; k < MOST_TERMS; k++)
    {
      const Dual numerator = { -k * (k - a), k };
      b.value += 2;
      d = plus (b, times (numerator, d));
      c = plus (b, over (numerator, c));
      if (d.value == 0)
        d.value = SMALL;
      if (c.value == 0)
        c.value = SMALL;
      d = over ((Dual) { 1, 0 }, d);
      const Dual step = times (c, d);
      result = times (result, step);
      if (fabs (step.value - 1) < 1e-16 && fabs (step.slope) < 1e-16)
        break;
    }
  return result;
}

/* P (a, x), or Q = 1 − P, with their slopes by a. */
static Dual
incomplete_gamma (double a, double x, gboolean upper)
{
  if (isnan (a) || isnan (x) || x < 0 || a <= 0)
    return (Dual) { a == 0 && x > 0 ? !upper : NAN, NAN };
  if (x == 0 || isinf (x))
    return (Dual) { (x == 0) == upper, 0 };
  if (isinf (a))
    return (Dual) { upper, 0 };
  const gboolean below = x < a + 1;
  Dual value = times (front (a, x), below ? lower_series (a, x) : upper_fraction (a, x));
  if (below == upper)
    value = (Dual) { 1 - value.value, -value.slope };
  return value;
}

REAL_LOOPS (, igamma, incomplete_gamma (x, y, FALSE).value)
KERNEL (igamma, REAL_TABLE (igamma))
REAL_LOOPS (, igammac, incomplete_gamma (x, y, TRUE).value)
KERNEL (igammac, REAL_TABLE (igammac))
REAL_LOOPS (, igamma_grad_a, incomplete_gamma (x, y, FALSE).slope)
KERNEL (igamma_grad_a, REAL_TABLE (igamma_grad_a))

/* The slope by a of a sample whose place in the distribution stays: −∂P/∂a over the density xᵃ⁻¹ e⁻ˣ / Γ (a), in which what is
   small far out cancels. */
static double
sample_slope (double a, double x)
{
  if (isnan (a) || isnan (x) || x < 0 || a <= 0 || isinf (a) || isinf (x))
    return NAN;
  if (x == 0)
    return 0;
  const gboolean below = x < a + 1;
  const Dual rest = below ? lower_series (a, x) : upper_fraction (a, x);
  return (below ? -x : x) * ((log (x) - lk_digamma_of (a)) * rest.value + rest.slope);
}

REAL_LOOPS (, random_gamma_grad, sample_slope (x, y))
KERNEL (random_gamma_grad, REAL_TABLE (random_gamma_grad))

/* ∂P/∂x = e^(−x + (a − 1) ln x − ln Γ (a)) */
static void
igamma_slopes (const LkCall *call, LkTensor *dz, LkTensor **dx, double sign)
{
  LkContext *ctx = call->ctx;
  LkTensor *a = call->inputs[0], *x = call->inputs[1];
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, a->dtype, 1);
  g_autoptr (LkTensor) less = lk_sub (ctx, a, one);
  g_autoptr (LkTensor) power = lk_xlogy (ctx, less, x);
  g_autoptr (LkTensor) decay = lk_sub (ctx, power, x);
  g_autoptr (LkTensor) log_gamma = lk_lgamma (ctx, a);
  g_autoptr (LkTensor) exponent = lk_sub (ctx, decay, log_gamma);
  g_autoptr (LkTensor) density = lk_exp (ctx, exponent);
  g_autoptr (LkTensor) signed_dz = lk_scaled (ctx, dz, sign);
  if (lk_call_wants_gradient (call, 0))
    {
      g_autoptr (LkTensor) by_a = lk_igamma_grad_a (ctx, a, x);
      dx[0] = lk_mul (ctx, signed_dz, by_a);
    }
  dx[1] = lk_mul (ctx, signed_dz, density);
  lk_unbroadcast (call, 0, 1, dx);
}

GRADIENT (igamma) { igamma_slopes (call, dz[0], dx, 1); }
GRADIENT (igammac) { igamma_slopes (call, dz[0], dx, -1); }
#define GAMMA_SAMPLES \
  { "float64[2,3] in 0.5..3; float64[3] in 0.5..4" }, { "float64[]={7}; float64[2] in 0.5..12" }, { "float64[0]; float64[1]={1}" }, \
  { "float32[2] in 1..2; float32[] in 1..2" }, { "float16[2] in 1..2; float16[] in 1..2" }
BINARY (igamma, GAMMA_SAMPLES);
BINARY (igammac, GAMMA_SAMPLES);
/* Has no gradient of its own, as in TensorFlow. */
LK_BLOCK (igamma_grad_a, .infer = lk_infer_broadcast, .kernel = igamma_grad_a_kernel, BINARY_SAMPLES (GAMMA_SAMPLES));

LK_BLOCK (random_gamma_grad, .infer = lk_infer_broadcast, .kernel = random_gamma_grad_kernel,
          .shape = "Both, broadcast.",
          BINARY_SAMPLES ({ "float64[2,3] in 0.5..3; float64[3] in 0.5..4" }, { "float64[]={7}; float64[2] in 0.5..12" },
                          { "float64[0]; float64[1]={1}" }, { "float32[2] in 1..2; float32[] in 1..2" }));

/* ---- Betainc ---- */

/* Abramowitz and Stegun 26.5.8, by the method of Lentz: converges where x < (a + 1) / (a + b + 2). */
static double
beta_fraction (double a, double b, double x)
{
  double c = 1, d = 1 - (a + b) * x / (a + 1), result;
  d = 1 / (d == 0 ? SMALL : d);
  result = d;
  for (int m = 1; m < MOST_TERMS; m++)
    for (int odd = 0; odd < 2; odd++)
      {
        const double numerator = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                                     : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 + numerator * d;
        c = 1 + numerator / c;
        d = 1 / (d == 0 ? SMALL : d);
        c = c == 0 ? SMALL : c;
        result *= c * d;
        if (odd && fabs (c * d - 1) < 1e-16)
          return result;
      }
  return result;
}

static double
incomplete_beta (double a, double b, double x)
{
  if (isnan (a) || isnan (b) || a <= 0 || b <= 0 || !(x >= 0 && x <= 1))
    return NAN;
  if (x == 0 || x == 1)
    return x;
  const double power = exp (lgamma (a + b) - lgamma (a) - lgamma (b) + a * log (x) + b * log1p (-x));
  return x < (a + 1) / (a + b + 2) ? power * beta_fraction (a, b, x) / a : 1 - power * beta_fraction (b, a, 1 - x) / b;
}

/* All of one shape, or scalars. */
static gboolean
betainc_infer (const LkCall *call, LkSignature *out)
{
  LkShape shape = LK_SCALAR;
  for (guint i = 0; i < 3; i++)
    {
      const LkShape so_far = shape, *next = lk_rule_shape (call, i);
      if (so_far.rank == 0 || next->rank == 0)
        shape = so_far.rank == 0 ? *next : so_far;
      else if (!lk_rule_merge (&so_far, next, &shape))
        {
          g_autofree char *a = lk_shape_text (lk_rule_shape (call, 0)), *b = lk_shape_text (lk_rule_shape (call, 1)),
                          *x = lk_shape_text (lk_rule_shape (call, 2));
          return lk_call_fail (call, LK_INVALID_ARGUMENT,
                               "Shapes of a, b and x must be the same, or scalars: a has %s, b %s, x %s", a, b, x);
        }
    }
  out[0].shape = shape;
  return TRUE;
}

#define BETA(T) \
  static void beta_##T (const T *a, const T *b, const T *x, T *y, gint64 n, const guint *step) \
  { \
    for (gint64 i = 0; i < n; i++) \
      y[i] = incomplete_beta (a[i * step[0]], b[i * step[1]], x[i * step[2]]); \
  }
BETA (float)
BETA (double)

static void
betainc_kernel (LkCall *call)
{
  LkTensor *const *in = call->inputs, *y = call->outputs[0];
  const guint step[3] = { in[0]->shape.rank > 0, in[1]->shape.rank > 0, in[2]->shape.rank > 0 };
  if (y->dtype == LK_FLOAT32)
    beta_float (in[0]->data, in[1]->data, in[2]->data, y->data, y->size, step);
  else
    beta_double (in[0]->data, in[1]->data, in[2]->data, y->data, y->size, step);
}

/* ∂/∂x = xᵃ⁻¹ (1 − x)ᵇ⁻¹ / B (a, b); by a and b there is none, as in TensorFlow. */
static void
betainc_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *a = call->inputs[0], *b = call->inputs[1], *x = call->inputs[2];
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
  g_autoptr (LkTensor) a_less = lk_sub (ctx, a, one);
  g_autoptr (LkTensor) b_less = lk_sub (ctx, b, one);
  g_autoptr (LkTensor) minus = lk_neg (ctx, x);
  g_autoptr (LkTensor) left = lk_xlogy (ctx, a_less, x);
  g_autoptr (LkTensor) right = lk_xlog1py (ctx, b_less, minus);
  g_autoptr (LkTensor) both = lk_add (ctx, left, right);
  g_autoptr (LkTensor) whole = lk_add (ctx, a, b);
  g_autoptr (LkTensor) gamma_a = lk_lgamma (ctx, a);
  g_autoptr (LkTensor) gamma_b = lk_lgamma (ctx, b);
  g_autoptr (LkTensor) gamma_whole = lk_lgamma (ctx, whole);
  g_autoptr (LkTensor) apart = lk_add (ctx, gamma_a, gamma_b);
  g_autoptr (LkTensor) log_beta = lk_sub (ctx, apart, gamma_whole);
  g_autoptr (LkTensor) exponent = lk_sub (ctx, both, log_beta);
  g_autoptr (LkTensor) slope = lk_exp (ctx, exponent);
  LkTensor *pair[2] = { x, dy[0] }, *grads[2] = { lk_mul (ctx, dy[0], slope), NULL };
  const LkCall against = { .ctx = ctx, .n_inputs = 2, .inputs = pair };
  lk_unbroadcast (&against, 0, 1, grads);
  dx[2] = grads[0];
}

static void
betainc_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < 3; i++)
    lk_provenance_add (into, i, call->inputs[i]->shape.rank > 0 ? element : 0, 1, 1);
}

LK_BLOCK (betainc, .infer = betainc_infer, .shape = "The shape that a, b and x share, scalars apart.",
          .kernel = betainc_kernel, .gradient = betainc_gradient,
          .provenance = betainc_provenance,
          BINARY_SAMPLES ({ "float64[3] in 0.5..3; float64[3] in 0.5..3; float64[3] in 0.2..0.8" },
                          { "float64[]={2}; float64[]={3}; float64[2,2] in 0.2..0.8" },
                          { "float64[2] in 1..2; float64[]={3}; float64[] in 0.2..0.8" }, { "float32[2] in 1..2; float32[]={3}; float32[]={0.5}" },
                          { "float64[0]; float64[]; float64[]" }));
