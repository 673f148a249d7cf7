/* SPDX-License-Identifier: MIT */
/* The fused derivatives of activations: dy times the slope, from two tensors of one shape. */
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define LOOPS(name, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_f32, float, float, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_f64, double, double, expression)
#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static void
run (LkCall *call, const LkBinaryLoop *loops)
{
  const LkTensor *a = call->inputs[0], *b = call->inputs[1];
  lk_share_binary (loops[a->dtype], lk_dtype_size (a->dtype), lk_dtype_size (a->dtype), a->data, 1, b->data, 1,
                   call->outputs[0]->data, a->size);
}

LOOPS (tanh_grad, y * (1 - x * x))

static void
tanh_grad_kernel (LkCall *call)
{
  static const LkBinaryLoop loops[LK_N_DTYPES] = { [LK_FLOAT32] = tanh_grad_f32,
                                                   [LK_FLOAT64] = tanh_grad_f64 };
  run (call, loops);
}

/* z = dy (1 − y²): ∂z/∂y = −2 y dy, ∂z/∂dy = 1 − y² */
static void
tanh_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  LkTensor *y = call->inputs[0], *dy = call->inputs[1];
  g_autoptr (LkTensor) both = lk_mul (call->ctx, y, dy);
  g_autoptr (LkTensor) slope = lk_scaled (call->ctx, both, -2);
  dx[0] = lk_mul (call->ctx, dz[0], slope);
  dx[1] = lk_tanh_grad (call->ctx, y, dz[0]);
}

LK_BLOCK (tanh_grad, .infer = lk_infer_same, .kernel = tanh_grad_kernel, .gradient = tanh_grad_gradient,
          SAMPLES ({ "float64[2,3]; float64[2,3]" }, { "float64[]; float64[]" },
                   { "float64[0]; float64[0]" }));

LOOPS (sigmoid_grad, y * x * (1 - x))

static void
sigmoid_grad_kernel (LkCall *call)
{
  static const LkBinaryLoop loops[LK_N_DTYPES] = { [LK_FLOAT32] = sigmoid_grad_f32,
                                                   [LK_FLOAT64] = sigmoid_grad_f64 };
  run (call, loops);
}

/* z = dy y (1 − y): ∂z/∂y = dy (1 − 2 y), ∂z/∂dy = y (1 − y) */
static void
sigmoid_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *y = call->inputs[0], *dy = call->inputs[1];
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, y->dtype, 1);
  g_autoptr (LkTensor) twice = lk_scaled (ctx, y, 2);
  g_autoptr (LkTensor) rest = lk_sub (ctx, one, twice);
  g_autoptr (LkTensor) slope = lk_mul (ctx, dy, rest);
  dx[0] = lk_mul (ctx, dz[0], slope);
  dx[1] = lk_sigmoid_grad (ctx, y, dz[0]);
}

LK_BLOCK (sigmoid_grad, .infer = lk_infer_same, .kernel = sigmoid_grad_kernel,
          .gradient = sigmoid_grad_gradient,
          SAMPLES ({ "float64[2,3]; float64[2,3]" }, { "float64[]; float64[]" },
                   { "float64[0]; float64[0]" }));

LOOPS (relu_grad, y > 0 ? x : 0)
LK_BINARY_LOOP (LK_CLONES, relu_grad_i32, gint32, gint32, y > 0 ? x : 0)
LK_BINARY_LOOP (LK_CLONES, relu_grad_i64, gint64, gint64, y > 0 ? x : 0)

static void
relu_grad_kernel (LkCall *call)
{
  static const LkBinaryLoop loops[LK_N_DTYPES] = {
    [LK_FLOAT32] = relu_grad_f32, [LK_FLOAT64] = relu_grad_f64,
    [LK_INT32] = relu_grad_i32, [LK_INT64] = relu_grad_i64,
  };
  run (call, loops);
}

static void
relu_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  dx[0] = lk_relu_grad (call->ctx, dz[0], call->inputs[1]);
  dx[1] = lk_zeros_like (call->ctx, call->inputs[1]);
}

LK_BLOCK (relu_grad, .infer = lk_infer_same, .kernel = relu_grad_kernel, .gradient = relu_grad_gradient,
          SAMPLES ({ "float64[2,3]; float64[2,3] in 0.2..1" }, { "float64[4]; float64[4] in -2..-0.2" },
                   { "float64[]; float64[] in 0.2..1" }));
