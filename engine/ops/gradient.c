/* SPDX-License-Identifier: MIT */
#include "engine/ops/gradient.h"

#include "engine/eager/context.h"
#include "engine/ops/ops.h"

LkTensor *
lk_constant (LkContext *ctx, LkTensor *value)
{
  if (lk_context_graph (ctx) == NULL || value == NULL)
    return value;
  LkTensor *node = lk_const (ctx, value, value->dtype);
  lk_tensor_unref (value);
  return node;
}

LkTensor *
lk_constant_scalar (LkContext *ctx, LkDType dtype, double value)
{
  LkTensor *tensor = lk_tensor_new (dtype, &LK_SCALAR);
  if (tensor != NULL)
    lk_tensor_set_double (tensor, 0, value);
  return lk_constant (ctx, tensor);
}

LkTensor *
lk_constant_ints (LkContext *ctx, LkDType dtype, const gint64 *values, guint n)
{
  const LkShape shape = LK_SHAPE (n);
  LkTensor *tensor = lk_tensor_new (dtype, &shape);
  for (guint i = 0; tensor != NULL && i < n; i++)
    if (dtype == LK_INT32)
      ((gint32 *) tensor->data)[i] = values[i];
    else
      ((gint64 *) tensor->data)[i] = values[i];
  return lk_constant (ctx, tensor);
}

LkTensor *
lk_shape_of_tensor (LkContext *ctx, LkTensor *tensor)
{
  if (tensor != NULL && lk_shape_known (&tensor->shape))
    return lk_constant_ints (ctx, LK_INT32, tensor->shape.dims, tensor->shape.rank);
  return lk_shape (ctx, tensor, LK_INT32);
}

LkTensor *
lk_reshape_like (LkContext *ctx, LkTensor *tensor, LkTensor *like)
{
  if (tensor != NULL && like != NULL && lk_shape_known (&like->shape)
      && lk_shape_equal (&tensor->shape, &like->shape))
    return lk_tensor_ref (tensor);
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, like);
  return lk_reshape (ctx, tensor, shape);
}

LkTensor *
lk_scaled (LkContext *ctx, LkTensor *tensor, double factor)
{
  if (tensor == NULL)
    return NULL;
  g_autoptr (LkTensor) scale = lk_constant_scalar (ctx, tensor->dtype, factor);
  return lk_mul (ctx, tensor, scale);
}

LkTensor *
lk_conjugate (LkContext *ctx, LkTensor *tensor)
{
  return tensor != NULL && lk_dtype_is_complex (tensor->dtype) ? lk_conj (ctx, tensor) : lk_tensor_ref (tensor);
}

LkTensor *
lk_chain (LkContext *ctx, LkTensor *dy, LkTensor *slope)
{
  g_autoptr (LkTensor) conjugated = lk_conjugate (ctx, slope);
  return lk_mul (ctx, dy, conjugated);
}

/* The axes of the broadcast shape `whole` along which `part` was repeated. */
static guint
repeated_axes (const LkShape *part, const LkShape *whole, gint64 *axes)
{
  guint n = 0;
  const guint lead = whole->rank - part->rank;
  for (guint i = 0; i < whole->rank; i++)
    if (i < lead || (part->dims[i - lead] == 1 && whole->dims[i] != 1))
      axes[n++] = i;
  return n;
}

static LkTensor *
sum_to (LkContext *ctx, LkTensor *grad, LkTensor *axes, LkTensor *like)
{
  g_autoptr (LkTensor) summed = lk_sum (ctx, grad, axes, FALSE);
  return lk_reshape_like (ctx, summed, like);
}

static void
unbroadcast_known (const LkCall *call, LkTensor *input, const LkShape *part, const LkShape *whole,
                   LkTensor **grad)
{
  gint64 repeated[LK_MAX_RANK];
  const guint n = repeated_axes (part, whole, repeated);
  if (n == 0 || *grad == NULL)
    return;
  g_autoptr (LkTensor) full = *grad;
  g_autoptr (LkTensor) axes = lk_constant_ints (call->ctx, LK_INT32, repeated, n);
  *grad = sum_to (call->ctx, full, axes, input);
}

/* The shape of tensor as a vector, without the last tail entries. */
static LkTensor *
leading_shape (LkContext *ctx, LkTensor *tensor, guint tail)
{
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, tensor);
  if (tail == 0)
    return g_steal_pointer (&shape);
  g_autoptr (LkTensor) begin = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
  g_autoptr (LkTensor) end = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -(gint64) tail }, 1);
  g_autoptr (LkTensor) step = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1);
  return lk_strided_slice (ctx, shape, begin, end, step, 0, 0, 0, 0, 0);
}

static void
unbroadcast_unknown (const LkCall *call, LkTensor *const *inputs, guint tail, LkTensor ***grads)
{
  LkTensor *axes[2] = { NULL, NULL };
  g_autoptr (LkTensor) shape_a = leading_shape (call->ctx, inputs[0], tail);
  g_autoptr (LkTensor) shape_b = leading_shape (call->ctx, inputs[1], tail);
  lk_broadcast_gradient_args (call->ctx, shape_a, shape_b, axes);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (LkTensor) full = *grads[i];
      if (full != NULL)
        *grads[i] = sum_to (call->ctx, full, axes[i], inputs[i]);
      lk_tensor_unref (axes[i]);
    }
}

void
lk_unbroadcast_batch (const LkCall *call, guint a, guint b, guint tail, LkTensor **grads)
{
  LkTensor *inputs[2] = { call->inputs[a], call->inputs[b] }, **both[2] = { &grads[a], &grads[b] };
  LkShape x = inputs[0]->shape, y = inputs[1]->shape, whole;
  if (!lk_shape_known (&x) || !lk_shape_known (&y))
    {
      unbroadcast_unknown (call, inputs, tail, both);
      return;
    }
  x.rank -= tail;
  y.rank -= tail;
  if (lk_shape_equal (&x, &y) || !lk_shape_broadcast (&x, &y, &whole))
    return;
  unbroadcast_known (call, inputs[0], &x, &whole, both[0]);
  unbroadcast_known (call, inputs[1], &y, &whole, both[1]);
}

void
lk_unbroadcast (const LkCall *call, guint a, guint b, LkTensor **grads)
{
  lk_unbroadcast_batch (call, a, b, 0, grads);
}

void
lk_gradient_missing (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  lk_call_fail (call, LK_NOT_FOUND, "gradient registry has no entry for: %s", call->op->name);
}

LkTensor *
lk_sum_all (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) vector_shape = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) flat = lk_reshape (ctx, x, vector_shape), axes = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
  return lk_sum (ctx, flat, axes, FALSE);
}
