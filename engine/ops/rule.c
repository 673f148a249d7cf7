/* SPDX-License-Identifier: MIT */
#include "engine/ops/rule.h"

#include "engine/graph/graph.h"

gboolean
lk_infer_first (const LkCall *call, LkSignature *out)
{
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = call->inputs[0]->shape;
  return TRUE;
}

static gboolean
fail_incompatible (const LkCall *call, const LkShape *a, const LkShape *b)
{
  g_autofree char *left = lk_shape_text (a), *right = lk_shape_text (b);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Incompatible shapes: %s vs. %s", left, right);
}

gboolean
lk_infer_same (const LkCall *call, LkSignature *out)
{
  LkShape shape = call->inputs[0]->shape;
  for (guint i = 1; i < call->n_inputs; i++)
    {
      const LkShape so_far = shape;
      if (!lk_rule_merge (&so_far, lk_rule_shape (call, i), &shape))
        return fail_incompatible (call, &so_far, lk_rule_shape (call, i));
    }
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = shape;
  return TRUE;
}

gboolean
lk_infer_broadcast (const LkCall *call, LkSignature *out)
{
  LkShape *shape = &out[0].shape;
  *shape = call->inputs[0]->shape;
  for (guint i = 1; i < call->n_inputs; i++)
    if (!lk_shape_broadcast (shape, lk_rule_shape (call, i), shape))
      return fail_incompatible (call, shape, lk_rule_shape (call, i));
  return TRUE;
}

gboolean
lk_infer_scalar (const LkCall *call, LkSignature *out)
{
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = LK_SCALAR;
  return TRUE;
}

gboolean
lk_rule_merge_dim (gint64 a, gint64 b, gint64 *out)
{
  *out = a == LK_DIM_UNKNOWN ? b : a;
  return a == b || a == LK_DIM_UNKNOWN || b == LK_DIM_UNKNOWN;
}

gboolean
lk_rule_merge (const LkShape *a, const LkShape *b, LkShape *out)
{
  *out = a->rank == LK_RANK_UNKNOWN ? *b : *a;
  if (a->rank == LK_RANK_UNKNOWN || b->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (a->rank != b->rank)
    return FALSE;
  for (guint i = 0; i < a->rank; i++)
    if (!lk_rule_merge_dim (a->dims[i], b->dims[i], &out->dims[i]))
      return FALSE;
  return TRUE;
}

gboolean
lk_rule_need_scalar (const LkCall *call, guint i, const char *name)
{
  const LkShape *shape = lk_rule_shape (call, i);
  if (shape->rank == 0 || shape->rank == LK_RANK_UNKNOWN)
    return TRUE;
  g_autofree char *text = lk_shape_text (shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be a scalar, but received tensor of shape: %s",
                       name, text);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static gboolean
fail_with_shape (const LkCall *call, guint i, const char *format)
{
  g_autofree char *shape = lk_shape_text (lk_rule_shape (call, i));
  g_autofree char *message = g_strdup_printf (format, shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s", message);
}
#pragma GCC diagnostic pop

gboolean
lk_rule_need_rank (const LkCall *call, guint i, guint rank, const char *format)
{
  return lk_rule_shape (call, i)->rank == rank || !lk_rule_rank_known (call, i)
         || fail_with_shape (call, i, format);
}

gboolean
lk_rule_need_min_rank (const LkCall *call, guint i, guint rank, const char *format)
{
  return lk_rule_shape (call, i)->rank >= rank || fail_with_shape (call, i, format);
}

gboolean
lk_rule_axis (gint64 axis, guint rank, guint *out)
{
  if (axis < -(gint64) rank || axis >= (gint64) rank)
    return FALSE;
  *out = axis < 0 ? axis + rank : axis;
  return TRUE;
}

gboolean
lk_rule_ints (const LkCall *call, guint i, gint64 *values, guint max, guint *n)
{
  const LkTensor *tensor = lk_call_constant (call, i);
  if (tensor == NULL || tensor->size > max)
    return FALSE;
  *n = tensor->size;
  for (guint k = 0; k < *n; k++)
    values[k] = lk_int_at (tensor, k);
  return TRUE;
}

/* The dimensions that a Pack of scalar constants or a Shape spells out before anything has run. */
static gboolean
shape_of_node (const LkTensor *tensor, LkShape *out)
{
  const LkNode *node = tensor->node;
  if (node->op->index == LK_OP_SHAPE)
    {
      *out = node->inputs[0]->shape;
      return TRUE;
    }
  if (node->op->index != LK_OP_PACK || node->n_inputs > LK_MAX_RANK)
    return FALSE;
  out->rank = node->n_inputs;
  for (guint i = 0; i < node->n_inputs; i++)
    {
      const LkCall call = { .n_inputs = 1, .inputs = &node->inputs[i] };
      const LkTensor *dim = lk_call_constant (&call, 0);
      out->dims[i] = dim != NULL && dim->size == 1 ? lk_int_at (dim, 0) : LK_DIM_UNKNOWN;
    }
  return TRUE;
}

/* A constant vector as a shape. */
static gboolean
shape_of_constant (const LkCall *call, const LkTensor *value, LkShape *out)
{
  if (value->size > LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED,
                         "shape has %" G_GINT64_FORMAT " dimensions, at most %d are supported",
                         value->size, LK_MAX_RANK);
  out->rank = value->size;
  for (guint k = 0; k < out->rank; k++)
    {
      out->dims[k] = lk_int_at (value, k);
      if (out->dims[k] < -1)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Size %u must be non-negative, not %" G_GINT64_FORMAT,
                             k, out->dims[k]);
    }
  return TRUE;
}

gboolean
lk_rule_shape_value (const LkCall *call, guint i, LkShape *out, gboolean *constant)
{
  const LkTensor *value = lk_call_constant (call, i);
  const LkShape *shape = lk_rule_shape (call, i);
  if (constant != NULL)
    *constant = value != NULL;
  *out = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_rank (call, i, 1, "shape must be 1-D, got a tensor of shape %s"))
    return FALSE;
  if (value != NULL)
    return shape_of_constant (call, value, out);
  if (call->inputs[i]->node != NULL && shape_of_node (call->inputs[i], out))
    return TRUE;
  if (shape->rank != 1 || shape->dims[0] < 0 || shape->dims[0] > LK_MAX_RANK)
    return TRUE;
  out->rank = shape->dims[0];
  for (guint k = 0; k < out->rank; k++)
    out->dims[k] = LK_DIM_UNKNOWN;
  return TRUE;
}

void
lk_shape_strides (const LkShape *shape, gint64 *strides)
{
  gint64 step = 1;
  for (guint i = shape->rank; i-- > 0;)
    {
      strides[i] = step;
      step *= shape->dims[i];
    }
}

gint64
lk_shape_product (const LkShape *shape, guint first, guint last)
{
  gint64 product = 1;
  for (guint i = first; i < last; i++)
    product *= shape->dims[i];
  return product;
}

void
lk_shape_unravel (const LkShape *shape, gint64 element, gint64 *index)
{
  for (guint i = shape->rank; i-- > 0;)
    {
      index[i] = element % shape->dims[i];
      element /= shape->dims[i];
    }
}

gint64
lk_shape_ravel (const LkShape *shape, const gint64 *index)
{
  gint64 element = 0;
  for (guint i = 0; i < shape->rank; i++)
    element = element * shape->dims[i] + index[i];
  return element;
}

char *
lk_index_text (const LkShape *shape, gint64 element)
{
  LkShape at = *shape;
  lk_shape_unravel (shape, element, at.dims);
  return shape->rank == 0 ? g_strdup ("") : lk_shape_text (&at);
}
