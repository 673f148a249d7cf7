/* SPDX-License-Identifier: MIT */
/* The fused derivatives of functions: dy times the slope, from two tensors of one shape. */
#include "engine/ops/unary.h"

#define PAIR_LOOP(name, suffix, T, expression) LK_BINARY_LOOP (LK_CLONES, name##_##suffix, T, T, expression)
#define PAIR_KERNEL(name, ...) \
  static const LkBinaryLoop name##_loops[LK_N_DTYPES] = { __VA_ARGS__ }; \
  static void name##_kernel (LkCall *call) { lk_binary_run (call, name##_loops); }
/* From the output y, which loops call x, and its gradient dy, which they call y. */
#define FROM_OUTPUT(name, expression) \
  PAIR_LOOP (name, f32, float, expression) \
  PAIR_LOOP (name, f64, double, expression) \
  LK_BINARY_LOOP (, name##_c64, LkComplex64, LkComplex64, expression) \
  LK_BINARY_LOOP (, name##_c128, LkComplex128, LkComplex128, expression) \
  PAIR_KERNEL (name, REAL_TABLE (name), COMPLEX_TABLE (name)) \
  LK_BLOCK (name, .infer = lk_infer_same, .kernel = name##_kernel, .binary = name##_loops, \
            .gradient = name##_gradient, \
            SAMPLES ({ "float64[2,3] in 0.5..2; float64[2,3]" }, { "float64[] in 0.5..2; float64[]" }, \
                     { "float64[0]; float64[0]" }, { "float16[2] in 1..2; float16[2]" }, \
                     { "bfloat16[2] in 1..2; bfloat16[2]" }, { "complex64[2] in 0.5..2; complex64[2]" }, \
                     { "complex128[2] in 0.5..2; complex128[2]" }))

/* dz · factor · y · dy: how most of them depend on y. */
static LkTensor *
by_output (const LkCall *call, LkTensor *dz, double factor)
{
  g_autoptr (LkTensor) both = lk_mul (call->ctx, call->inputs[0], call->inputs[1]);
  g_autoptr (LkTensor) slope = lk_scaled (call->ctx, both, factor);
  return lk_chain (call->ctx, dz, slope);
}

/* By dy they are linear, so the slope is themselves. */
#define BY_GRADIENT(grad) \
  { \
    g_autoptr (LkTensor) conjugated = lk_conjugate (call->ctx, call->inputs[0]); \
    dx[1] = grad (call->ctx, conjugated, dy[0]); \
  }

/* z = dy (1 − y²): ∂z/∂y = −2 y dy */
GRADIENT (tanh_grad)
{
  dx[0] = by_output (call, dy[0], -2);
  BY_GRADIENT (lk_tanh_grad)
}
FROM_OUTPUT (tanh_grad, y * (1 - x * x));

/* z = dy y (1 − y): ∂z/∂y = dy (1 − 2 y) */
GRADIENT (sigmoid_grad)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, dy[0]->dtype, 1);
  g_autoptr (LkTensor) twice = lk_scaled (ctx, call->inputs[0], 2);
  g_autoptr (LkTensor) rest = lk_sub (ctx, one, twice);
  g_autoptr (LkTensor) slope = lk_mul (ctx, call->inputs[1], rest);
  dx[0] = lk_chain (ctx, dy[0], slope);
  BY_GRADIENT (lk_sigmoid_grad)
}
FROM_OUTPUT (sigmoid_grad, y * x * (1 - x));

/* z = dy / (2 y): ∂z/∂y = −z / y */
GRADIENT (sqrt_grad)
{
  g_autoptr (LkTensor) minus = lk_neg (call->ctx, call->outputs[0]);
  g_autoptr (LkTensor) slope = lk_real_div (call->ctx, minus, call->inputs[0]);
  dx[0] = lk_chain (call->ctx, dy[0], slope);
  BY_GRADIENT (lk_sqrt_grad)
}
FROM_OUTPUT (sqrt_grad, y / 2 / x);

/* z = −dy y³ / 2: ∂z/∂y = −3/2 y² dy */
GRADIENT (rsqrt_grad)
{
  g_autoptr (LkTensor) slope = by_output (call, dy[0], -1.5);
  dx[0] = lk_chain (call->ctx, slope, call->inputs[0]);
  BY_GRADIENT (lk_rsqrt_grad)
}
FROM_OUTPUT (rsqrt_grad, y * (x * x * x / -2));

/* z = −dy y²: ∂z/∂y = −2 y dy */
GRADIENT (reciprocal_grad)
{
  dx[0] = by_output (call, dy[0], -2);
  BY_GRADIENT (lk_reciprocal_grad)
}
FROM_OUTPUT (reciprocal_grad, -y * (x * x));
GRADIENT (inv_grad) { reciprocal_grad_gradient (call, dy, dx); }
FROM_OUTPUT (inv_grad, -y * (x * x));

/* ---- from the input ---- */

#define POSITIVE_PART (y > 0 ? x : 0)
PAIR_LOOP (relu_grad, f32, float, POSITIVE_PART)
PAIR_LOOP (relu_grad, f64, double, POSITIVE_PART)
PAIR_LOOP (relu_grad, i32, gint32, POSITIVE_PART)
PAIR_LOOP (relu_grad, i64, gint64, POSITIVE_PART)
PAIR_LOOP (relu_grad, u64, guint64, POSITIVE_PART)
PAIR_KERNEL (relu_grad, REAL_TABLE (relu_grad), INT_TABLE (relu_grad), UNSIGNED_TABLE (relu_grad))

GRADIENT (relu_grad)
{
  dx[0] = lk_relu_grad (call->ctx, dy[0], call->inputs[1]);
  dx[1] = lk_zeros_like (call->ctx, call->inputs[1]);
}

LK_BLOCK (relu_grad, .infer = lk_infer_same, .kernel = relu_grad_kernel, .gradient = relu_grad_gradient,
          SAMPLES ({ "float64[2,3]; float64[2,3] in 0.2..1" }, { "float64[4]; float64[4] in -2..-0.2" },
                   { "float64[]; float64[] in 0.2..1" }, { "float16[3]; float16[3]" }, { "bfloat16[3]; bfloat16[3]" },
                   { "int8[3] in -3..3; int8[3] in -1..1" }, { "uint32[3]; uint32[3]" }, { "uint64[3]; uint64[3]" }));
