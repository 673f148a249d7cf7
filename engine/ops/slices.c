/* SPDX-License-Identifier: MIT */
#include "engine/ops/slices.h"

#include "engine/eager/state.h"
#include "engine/ops/gradient.h"
#include "engine/ops/ops.h"

typedef struct
{
  const void *kind;       /* &slices_kind: what tells it from a list */
  GPtrArray *values, *indices;  /* LkTensor, as many of each */
  LkTensor *dense_shape;
} Slices;

static const char slices_kind;

static void
unref (gpointer tensor)
{
  lk_tensor_unref (tensor);
}

static void
slices_free (void *owner)
{
  Slices *slices = owner;
  g_ptr_array_unref (slices->values);
  g_ptr_array_unref (slices->indices);
  lk_tensor_unref (slices->dense_shape);
  g_free (slices);
}

static const Slices *
slices_of (const LkTensor *tensor)
{
  return tensor->data;
}

static LkTensor *
wrap (LkTensor *dense_shape, Slices **made)
{
  Slices *slices = g_new (Slices, 1);
  const LkShape shape = LK_SHAPE (1);
  *slices = (Slices) { &slices_kind, g_ptr_array_new_with_free_func (unref), g_ptr_array_new_with_free_func (unref),
                       dense_shape };
  *made = slices;
  return lk_tensor_new_buffer (LK_VARIANT, &shape, lk_buffer_new_foreign (slices, 0, slices_free, slices), 0);
}

LkTensor *
lk_slices_new (LkTensor *values, LkTensor *indices, LkTensor *dense_shape)
{
  Slices *slices;
  if (values == NULL || indices == NULL || dense_shape == NULL)
    {
      lk_tensor_unref (values);
      lk_tensor_unref (indices);
      lk_tensor_unref (dense_shape);
      return NULL;
    }
  LkTensor *tensor = wrap (dense_shape, &slices);
  g_ptr_array_add (slices->values, values);
  g_ptr_array_add (slices->indices, indices);
  return tensor;
}

gboolean
lk_is_slices (const LkTensor *tensor)
{
  return tensor != NULL && tensor->dtype == LK_VARIANT && tensor->node == NULL && tensor->shape.rank == 1
         && tensor->data != NULL && slices_of (tensor)->kind == &slices_kind;
}

static void
append (GPtrArray *to, const GPtrArray *from)
{
  for (guint i = 0; i < from->len; i++)
    g_ptr_array_add (to, lk_tensor_ref (g_ptr_array_index (from, i)));
}

LkTensor *
lk_slices_add (LkTensor *a, LkTensor *b)
{
  Slices *sum;
  LkTensor *both[2] = { a, b }, *tensor = wrap (lk_tensor_ref (slices_of (a)->dense_shape), &sum);
  for (guint i = 0; i < 2; i++)
    {
      append (sum->values, slices_of (both[i])->values);
      append (sum->indices, slices_of (both[i])->indices);
    }
  return tensor;
}

static LkTensor *
joined (LkContext *ctx, const GPtrArray *parts)
{
  if (parts->len == 1)
    return lk_tensor_ref (g_ptr_array_index (parts, 0));
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0);
  return lk_concat (ctx, (LkTensor *const *) parts->pdata, parts->len, axis);
}

/* Indices of different dtypes are joined as int64. */
static LkTensor *
joined_indices (LkContext *ctx, const GPtrArray *parts)
{
  gboolean same = TRUE;
  for (guint i = 1; i < parts->len; i++)
    same &= ((LkTensor *) g_ptr_array_index (parts, i))->dtype == ((LkTensor *) g_ptr_array_index (parts, 0))->dtype;
  if (same)
    return joined (ctx, parts);
  g_autoptr (GPtrArray) wide = g_ptr_array_new_with_free_func (unref);
  for (guint i = 0; i < parts->len; i++)
    g_ptr_array_add (wide, lk_cast (ctx, g_ptr_array_index (parts, i), LK_INT64));
  return joined (ctx, wide);
}

gboolean
lk_slices_parts (LkContext *ctx, LkTensor *tensor, LkTensor *parts[3])
{
  const Slices *slices = slices_of (tensor);
  parts[0] = joined (ctx, slices->values);
  parts[1] = joined_indices (ctx, slices->indices);
  parts[2] = lk_tensor_ref (slices->dense_shape);
  if (parts[0] != NULL && parts[1] != NULL)
    return TRUE;
  for (guint i = 0; i < 3; i++)
    g_clear_pointer (&parts[i], lk_tensor_unref);
  return FALSE;
}

/* The number of rows, a scalar. */
static LkTensor *
first_of (LkContext *ctx, LkTensor *shape)
{
  const LkTensor *known = lk_call_constant (&(LkCall) { ctx, .inputs = &shape }, 0);
  if (known != NULL)
    return lk_constant_scalar (ctx, LK_INT32, lk_tensor_int_at (known, 0));
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  return lk_gather (ctx, shape, zero, zero, 0);
}

LkTensor *
lk_slices_dense (LkContext *ctx, LkTensor *tensor)
{
  LkTensor *parts[3];
  if (!lk_slices_parts (ctx, tensor, parts))
    return NULL;
  g_autoptr (LkTensor) rows = first_of (ctx, parts[2]);
  LkTensor *dense = lk_unsorted_segment_sum (ctx, parts[0], parts[1], rows);
  for (guint i = 0; i < 3; i++)
    lk_tensor_unref (parts[i]);
  return dense;
}

gboolean
lk_call_wants_slices (const LkCall *call, guint i)
{
  return call->ctx->slim != NULL && call->ctx->slim[i];
}

static LkTensor *
count_of (LkContext *ctx, LkTensor *indices)
{
  const LkShape vector = LK_SHAPE (1);
  g_autoptr (LkTensor) n = lk_shape_known (&indices->shape) ? NULL : lk_size (ctx, indices, LK_INT32);
  if (n == NULL)
    return lk_constant_ints (ctx, LK_INT32, (gint64[]) { lk_shape_size (&indices->shape) }, 1);
  g_autoptr (LkTensor) one = lk_constant_ints (ctx, LK_INT32, vector.dims, 1);
  return lk_reshape (ctx, n, one);
}

/* [count, the table's shape without its first axis] */
static LkTensor *
rows_shape (LkContext *ctx, LkTensor *count, LkTensor *dense_shape, const LkShape *shape)
{
  g_autoptr (LkTensor) rest = NULL;
  if (lk_shape_known (shape))
    rest = lk_constant_ints (ctx, LK_INT32, shape->dims + 1, shape->rank - 1);
  else
    {
      g_autoptr (LkTensor) one = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1);
      g_autoptr (LkTensor) end = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
      rest = lk_strided_slice (ctx, dense_shape, one, end, one, 0, 1, 0, 0, 0);
    }
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0);
  return lk_concat (ctx, (LkTensor *[]) { count, rest }, 2, axis);
}

LkTensor *
lk_slices_of_gather (LkContext *ctx, LkTensor *dy, LkTensor *indices, LkTensor *dense_shape, const LkShape *shape)
{
  if (dense_shape == NULL || indices->shape.rank == 1)
    return lk_slices_new (lk_tensor_ref (dy), lk_tensor_ref (indices), lk_tensor_ref (dense_shape));
  g_autoptr (LkTensor) count = count_of (ctx, indices);
  g_autoptr (LkTensor) rows = rows_shape (ctx, count, dense_shape, shape);
  return lk_slices_new (lk_reshape (ctx, dy, rows), lk_reshape (ctx, indices, count), lk_tensor_ref (dense_shape));
}
