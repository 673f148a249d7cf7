/* SPDX-License-Identifier: MIT */
/* Ops that repeat elements. */
#include "engine/ops/layout.h"

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- BroadcastTo ---- */

static gboolean
broadcast_to_infer (const LkCall *call, LkSignature *out)
{
  LkShape joined;
  gboolean constant;
  const LkShape *in = lk_rule_shape (call, 0);
  if (!lk_rule_shape_value (call, 1, &out[0].shape, &constant))
    return FALSE;
  const LkShape *wanted = &out[0].shape;
  for (guint i = 0; constant && i < wanted->rank; i++)
    if (wanted->dims[i] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %u must be >= 0, got -1", i);
  if (in->rank == LK_RANK_UNKNOWN || wanted->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (in->rank > wanted->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Rank of input (%u) must be no greater than rank of output shape (%u).",
                         in->rank, wanted->rank);
  if (lk_shape_broadcast (in, wanted, &joined) && lk_shape_compatible (&joined, wanted))
    return TRUE;
  g_autofree char *from = lk_shape_text (in), *to = lk_shape_text (wanted);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Unable to broadcast tensor of shape %s to tensor of shape %s", from, to);
}

static void
broadcast_to_kernel (LkCall *call)
{
  LkShape shape;
  LkMoveAxis axes[LK_MAX_RANK];
  gint64 from[LK_MAX_RANK], to[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  lk_rule_shape_value (call, 1, &shape, NULL);
  lk_shape_strides (in, from);
  lk_shape_strides (&shape, to);
  for (guint i = 0; i < shape.rank; i++)
    {
      const gint64 own = (gint64) i - (shape.rank - in->rank);
      axes[i] = (LkMoveAxis) { shape.dims[i], to[i], own >= 0 && in->dims[own] != 1 ? from[own] : 0 };
    }
  lk_move_output (call, &shape, axes, shape.rank, TRUE, 0);
}

static void
broadcast_to_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *pair[2] = { call->inputs[0], dy[0] }, *grads[2] = { lk_tensor_ref (dy[0]), NULL };
  const LkCall against = { .ctx = call->ctx, .n_inputs = 2, .inputs = pair };
  lk_unbroadcast (&against, 0, 1, grads);
  dx[0] = grads[0];
}

LK_BLOCK (broadcast_to, .infer = broadcast_to_infer, .shape = "shape, spelt out, to which the input can be broadcast.",
          .kernel = broadcast_to_kernel,
          .gradient = broadcast_to_gradient,
          SAMPLES ({ "float64[3]; int32[2]={2,3}" }, { "float64[2,1]; int32[2]={2,3}" },
                   { "float64[]; int64[2]={2,2}" },
                   { "float64[1,3]; int32[2]={0,3}" }, { "float64[2]; int32[1]={2}" }));

/* ---- Tile ---- */

static gboolean
tile_infer (const LkCall *call, LkSignature *out)
{
  gint64 multiples[LK_MAX_RANK];
  guint n;
  const LkShape *in = lk_rule_shape (call, 0), *size = lk_rule_shape (call, 1);
  out[0].shape = *in;
  if (!lk_rule_need_rank (call, 1, 1, "Expected multiples to be 1-D, but got shape %s"))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (size->rank == 1 && size->dims[0] >= 0 && size->dims[0] != in->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Expected multiples argument to be a vector of length %u but got length "
                         "%" G_GINT64_FORMAT, in->rank, size->dims[0]);
  const gboolean known = lk_rule_ints (call, 1, multiples, LK_MAX_RANK, &n);
  for (guint i = 0; i < in->rank; i++)
    if (!known || (in->dims[i] < 0 && multiples[i] >= 0))
      out[0].shape.dims[i] = LK_DIM_UNKNOWN;
    else if (multiples[i] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "Expected multiples[%u] >= 0, but got %" G_GINT64_FORMAT, i, multiples[i]);
    else if (__builtin_mul_overflow (in->dims[i], multiples[i], &out[0].shape.dims[i]))
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "Dimension %u overflows: %" G_GINT64_FORMAT " times %" G_GINT64_FORMAT,
                           i, in->dims[i], multiples[i]);
  return TRUE;
}

static void
tile_kernel (LkCall *call)
{
  LkMoveAxis axes[2 * LK_MAX_RANK];
  gint64 from[LK_MAX_RANK], to[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  LkShape shape = *in;
  for (guint i = 0; i < in->rank; i++)
    shape.dims[i] *= lk_int_at (call->inputs[1], i);
  lk_shape_strides (in, from);
  lk_shape_strides (&shape, to);
  for (guint i = 0; i < in->rank; i++)
    {
      axes[2 * i] = (LkMoveAxis) { lk_int_at (call->inputs[1], i), to[i] * in->dims[i], 0 };
      axes[2 * i + 1] = (LkMoveAxis) { in->dims[i], to[i], from[i] };
    }
  lk_move_output (call, &shape, axes, 2 * in->rank, TRUE, 0);
}

/* dy in the shape [multiple, dim, …], summed over the multiples. Axes that are not repeated stay whole. */
static LkTensor *
tile_gradient_known (const LkCall *call, const LkTensor *multiples, LkTensor *dy)
{
  gint64 parts[2 * LK_MAX_RANK], summed[LK_MAX_RANK];
  guint n_parts = 0, n_summed = 0;
  const LkShape *in = lk_rule_shape (call, 0);
  for (guint i = 0; i < in->rank; i++)
    {
      if (lk_int_at (multiples, i) != 1)
        {
          summed[n_summed++] = n_parts;
          parts[n_parts++] = lk_int_at (multiples, i);
        }
      parts[n_parts++] = in->dims[i];
    }
  g_autoptr (LkTensor) shape = lk_constant_ints (call->ctx, LK_INT32, parts, n_parts);
  g_autoptr (LkTensor) axes = lk_constant_ints (call->ctx, LK_INT32, summed, n_summed);
  g_autoptr (LkTensor) apart = lk_reshape (call->ctx, dy, shape);
  return lk_sum (call->ctx, apart, axes, FALSE);
}

static LkTensor *
tile_gradient_unknown (const LkCall *call, LkTensor *dy)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) shape = lk_shape (ctx, call->inputs[0], call->inputs[1]->dtype);
  g_autoptr (LkTensor) pairs = lk_pack (ctx, (LkTensor *[]) { call->inputs[1], shape }, 2, 1);
  g_autoptr (LkTensor) flat = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) parts = lk_reshape (ctx, pairs, flat);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) two = lk_constant_scalar (ctx, LK_INT32, 2);
  g_autoptr (LkTensor) size = lk_size (ctx, parts, LK_INT32);
  g_autoptr (LkTensor) axes = lk_range (ctx, zero, size, two);
  g_autoptr (LkTensor) apart = lk_reshape (ctx, dy, parts);
  return lk_sum (ctx, apart, axes, FALSE);
}

static void
tile_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkTensor *multiples = lk_call_constant (call, 1);
  if (multiples != NULL && lk_shape_known (lk_rule_shape (call, 0)))
    dx[0] = tile_gradient_known (call, multiples, dy[0]);
  else
    dx[0] = tile_gradient_unknown (call, dy[0]);
}

static void
tile_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  lk_shape_unravel (&call->outputs[0]->shape, element, index);
  for (guint i = 0; i < in->rank; i++)
    index[i] %= in->dims[i];
  lk_provenance_add (into, 0, lk_shape_ravel (in, index), 1, 1);
}

LK_BLOCK (tile, .infer = tile_infer, .shape = "Each dimension times its multiple.",
          .kernel = tile_kernel, .gradient = tile_gradient,
          .provenance = tile_provenance,
          SAMPLES ({ "float64[2,3]; int32[2]={2,1}" }, { "float64[2,3]; int64[2]={2,3}" },
                   { "float64[]; int32[0]" },
                   { "float64[2]; int32[1]={0}" }, { "string[2]={a,b}; int32[1]={2}" }));
