/* SPDX-License-Identifier: MIT */
/* Activations with the derivative of each as an op, as TensorFlow has them: f (features), and
   f_grad (gradients, features or outputs), which loops call x and y. */
#include "engine/ops/unary.h"

#define SELU_SCALE 1.0507009873554804934
#define SELU_SCALE_ALPHA 1.7580993408473768600

#define PAIR_LOOP(name, suffix, T, expression) LK_BINARY_LOOP (LK_CLONES, name##_##suffix, T, T, expression)
#define PAIR(name, ...) \
  static const LkBinaryLoop name##_loops[LK_N_DTYPES] = { __VA_ARGS__ }; \
  static void name##_kernel (LkCall *call) { lk_binary_run (call, name##_loops); } \
  LK_BLOCK (name, .infer = lk_infer_same, .kernel = name##_kernel, .binary = name##_loops, \
            .gradient = name##_gradient, \
            SAMPLES ({ "float64[2,3]; float64[2,3] in 0.2..2" }, { "float64[4]; float64[4] in -0.9..-0.2" }, \
                     { "float64[]; float64[] in 0.2..1" }, { "float64[0]; float64[0]" }, \
                     { "float16[3]; float16[3]" }, { "bfloat16[3]; bfloat16[3]" }))
#define PAIR_REAL(name, expression) \
  PAIR_LOOP (name, f32, float, expression) \
  PAIR_LOOP (name, f64, double, expression) \
  PAIR (name, REAL_TABLE (name))
#define KINKED \
  SAMPLES ({ "float64[2,3] in 0.2..2" }, { "float64[4] in -2..-0.2" }, { "float64[] in 1..2" }, \
           { "float64[0,3]" }, REALLY)

/* where (outputs < 0, dz · dy, 0): how the slope of Elu's kin depends on the output. */
static LkTensor *
below_zero (const LkCall *call, LkTensor *dz)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, dz->dtype, 0);
  g_autoptr (LkTensor) below = lk_less (ctx, call->inputs[1], zero);
  g_autoptr (LkTensor) product = lk_mul (ctx, dz, call->inputs[0]);
  return lk_select (ctx, below, product, zero);
}

/* ---- Softplus ---- */

VECTOR (softplus)
GRADIENT (softplus) { dx[0] = lk_softplus_grad (call->ctx, dy[0], call->inputs[0]); }
UNARY (softplus, ANYWHERE);

/* dy σ (x): by x, dy σ (x) σ (−x) */
GRADIENT (softplus_grad)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[1];
  g_autoptr (LkTensor) minus = lk_neg (ctx, x);
  g_autoptr (LkTensor) once = lk_softplus_grad (ctx, call->inputs[0], x);
  g_autoptr (LkTensor) slope = lk_softplus_grad (ctx, once, minus);
  dx[0] = lk_softplus_grad (ctx, dy[0], x);
  dx[1] = lk_mul (ctx, dy[0], slope);
}
/* The sigmoid goes to the output first; a piece at a time, so that it is in the cache when it is multiplied. */
#define SOFTPLUS_GRAD(suffix, T) \
  static void \
  softplus_grad_##suffix (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n) \
  { \
    const T *xs = a, *ys = b; \
    T *zs = out; \
    for (gint64 i = 0; i < n; i += PIECE) \
      { \
        const gint64 count = MIN (PIECE, n - i); \
        T slope[PIECE]; \
        lk_vector_sigmoid_##suffix (ys + i, slope, count); \
        for (gint64 k = 0; k < count; k++) \
          zs[i + k] = xs[i + k] * slope[k]; \
      } \
  }
#define PIECE 512
SOFTPLUS_GRAD (f32, float)
SOFTPLUS_GRAD (f64, double)
PAIR (softplus_grad, REAL_TABLE (softplus_grad));

/* ---- Softsign ---- */

REAL (LK_CLONES, softsign, x / (1 + fabs (x)))
GRADIENT (softsign) { dx[0] = lk_softsign_grad (call->ctx, dy[0], call->inputs[0]); }
UNARY (softsign, KINKED);

/* dy / (1 + |x|)²: by x, −2 sign (x) dy / (1 + |x|)³ */
GRADIENT (softsign_grad)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[1];
  g_autoptr (LkTensor) magnitude = lk_abs (ctx, x);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
  g_autoptr (LkTensor) base = lk_add (ctx, one, magnitude);
  g_autoptr (LkTensor) sign = lk_sign (ctx, x);
  g_autoptr (LkTensor) twice = lk_scaled (ctx, sign, -2);
  g_autoptr (LkTensor) ratio = lk_real_div (ctx, twice, base);
  g_autoptr (LkTensor) once = lk_softsign_grad (ctx, call->inputs[0], x);
  g_autoptr (LkTensor) slope = lk_mul (ctx, once, ratio);
  dx[0] = lk_softsign_grad (ctx, dy[0], x);
  dx[1] = lk_mul (ctx, dy[0], slope);
}
PAIR_REAL (softsign_grad, x / ((1 + fabs (y)) * (1 + fabs (y))));

/* ---- Elu, Selu: the slope from the output ---- */

VECTOR (elu)
GRADIENT (elu) { dx[0] = lk_elu_grad (call->ctx, dy[0], call->outputs[0]); }
UNARY (elu, KINKED);

GRADIENT (elu_grad)
{
  dx[0] = lk_elu_grad (call->ctx, dy[0], call->inputs[1]);
  dx[1] = below_zero (call, dy[0]);
}
PAIR_REAL (elu_grad, y < 0 ? x * (y + 1) : x);

VECTOR (selu)
GRADIENT (selu) { dx[0] = lk_selu_grad (call->ctx, dy[0], call->outputs[0]); }
UNARY (selu, KINKED);

GRADIENT (selu_grad)
{
  dx[0] = lk_selu_grad (call->ctx, dy[0], call->inputs[1]);
  dx[1] = below_zero (call, dy[0]);
}
PAIR_REAL (selu_grad, y < 0 ? x * (y + SELU_SCALE_ALPHA) : x * SELU_SCALE);

/* ---- LeakyRelu: alpha is an attribute, so the loops are their own ---- */

#define LEAKY(T) \
  LK_CLONES static void leaky_##T (const T *x, const T *y, T *z, gint64 n, T alpha) \
  { \
    for (gint64 i = 0; i < n; i++) \
      z[i] = y[i] > 0 ? x[i] : x[i] * alpha; \
  }
LEAKY (float)
LEAKY (double)

/* x where y > 0, else alpha x; of the op itself y is x. */
static void
leaky_run (LkCall *call, const LkTensor *x, const LkTensor *y)
{
  if (x->dtype == LK_FLOAT32)
    leaky_float (x->data, y->data, call->outputs[0]->data, x->size, call->attrs[0].f);
  else
    leaky_double (x->data, y->data, call->outputs[0]->data, x->size, call->attrs[0].f);
}

static void leaky_relu_kernel (LkCall *call) { leaky_run (call, call->inputs[0], call->inputs[0]); }
static void leaky_relu_grad_kernel (LkCall *call) { leaky_run (call, call->inputs[0], call->inputs[1]); }

GRADIENT (leaky_relu)
{
  dx[0] = lk_leaky_relu_grad (call->ctx, dy[0], call->inputs[0], call->attrs[0].f);
}
LK_BLOCK (leaky_relu, .infer = lk_infer_same, .kernel = leaky_relu_kernel, .gradient = leaky_relu_gradient,
          .widens = TRUE, SAMPLES ({ "float64[2,3] in 0.2..2" }, { "float64[4] in -2..-0.2", "alpha=0.3" },
                                   { "float64[] in 1..2" }, { "float64[0,3]" }, REALLY));

GRADIENT (leaky_relu_grad)
{
  dx[0] = lk_leaky_relu_grad (call->ctx, dy[0], call->inputs[1], call->attrs[0].f);
  dx[1] = lk_zeros_like (call->ctx, call->inputs[1]);
}
LK_BLOCK (leaky_relu_grad, .widens = TRUE, .infer = lk_infer_same, .kernel = leaky_relu_grad_kernel,
          .gradient = leaky_relu_grad_gradient,
          SAMPLES ({ "float64[2,3]; float64[2,3] in 0.2..2" },
                   { "float64[4]; float64[4] in -2..-0.2", "alpha=0.3" },
                   { "float64[0]; float64[0]" }));

/* ---- Relu6 ---- */

#define SIX(x) (x < 0 ? 0 : x > 6 ? 6 : x)
REAL_LOOPS (LK_CLONES, relu6, SIX (x))
INT_LOOPS (relu6, gint32, gint64, SIX (x))
UNSIGNED_LOOP (relu6, x > 6 ? 6 : x)
KERNEL (relu6, REAL_TABLE (relu6), INT_TABLE (relu6), UNSIGNED_TABLE (relu6))
GRADIENT (relu6) { dx[0] = lk_relu6_grad (call->ctx, dy[0], call->outputs[0]); }
UNARY (relu6, SAMPLES ({ "float64[2,3] in 0.2..2" }, { "float64[4] in -2..-0.2" }, { "float64[] in 1..2" }, REALLY,
                       { "int32[3] in -3..9" }, { "int8[3] in -3..9" }, { "uint8[3] in 0..9" }, { "uint64[3] in 0..9" }));

GRADIENT (relu6_grad)
{
  dx[0] = lk_relu6_grad (call->ctx, dy[0], call->inputs[1]);
  dx[1] = lk_zeros_like (call->ctx, call->inputs[1]);
}
#define BETWEEN (y > 0 && y < 6 ? x : 0)
PAIR_LOOP (relu6_grad, f32, float, BETWEEN)
PAIR_LOOP (relu6_grad, f64, double, BETWEEN)
PAIR_LOOP (relu6_grad, i32, gint32, BETWEEN)
PAIR_LOOP (relu6_grad, i64, gint64, BETWEEN)
PAIR_LOOP (relu6_grad, u64, guint64, BETWEEN)
PAIR (relu6_grad, REAL_TABLE (relu6_grad), INT_TABLE (relu6_grad), UNSIGNED_TABLE (relu6_grad));
