/* SPDX-License-Identifier: MIT */
/* Sparse tensors in another shape, and cut out of larger ones. */
#include "engine/ops/sparse.h"

#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- SparseReshape ---- */

static gboolean
sparse_reshape_infer (const LkCall *call, LkSignature *out)
{
  const gint64 rank = lk_sparse_vector_size (call, 2);
  out[0].shape = LK_SHAPE (lk_rule_shape (call, 0)->rank == 2 ? lk_rule_shape (call, 0)->dims[0] : LK_DIM_UNKNOWN, rank);
  out[1].shape = LK_SHAPE (rank);
  return lk_sparse_check_parts (call, 0, -1, 1) && lk_rule_need_rank (call, 2, 1, "Target shape should be a vector but "
                                                                     "received shape %s");
}

static gboolean
product_of (const LkCall *call, const gint64 *sizes, guint n, gint64 *product)
{
  *product = 1;
  for (guint i = 0; i < n; i++)
    if (sizes[i] < 0 || __builtin_mul_overflow (*product, sizes[i], product))
      return lk_call_fail (call, LK_INVALID_ARGUMENT, sizes[i] < 0 ? "size %u must be non-negative, not %" G_GINT64_FORMAT
                           : "Encountered overflow when multiplying sizes up to number %u, %" G_GINT64_FORMAT, i, sizes[i]);
  return TRUE;
}

/* The new shape, with the one -1 worked out. */
static gboolean
new_shape (const LkCall *call, const gint64 *old, guint old_rank, const gint64 *wanted, guint rank, gint64 *shape)
{
  gint64 size, known;
  gint unknown = -1;
  memcpy (shape, wanted, rank * sizeof *shape);
  for (guint i = 0; i < rank; i++)
    if (shape[i] == -1)
      {
        if (unknown >= 0)
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "only one output dimension may be -1, not both %d and %u",
                               unknown, i);
        unknown = i;
        shape[i] = 1;
      }
  if (!product_of (call, old, old_rank, &size) || !product_of (call, shape, rank, &known))
    return FALSE;
  if (unknown >= 0 && known > 0 && size % known == 0)
    shape[unknown] = size / known;
  else if (unknown >= 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input to reshape is a SparseTensor with %" G_GINT64_FORMAT
                         " dense values, but the requested shape requires a multiple of %" G_GINT64_FORMAT, size, known);
  else if (known != size)
    {
      g_autofree char *a = lk_sparse_index_text (old, old_rank), *b = lk_sparse_index_text (shape, rank);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input to reshape is a tensor with %" G_GINT64_FORMAT
                           " dense values, but the requested shape has %" G_GINT64_FORMAT ". input_shape=%s output_shape=%s",
                           size, known, a, b);
    }
  return TRUE;
}

static void
sparse_reshape_kernel (LkCall *call)
{
  const LkTensor *indices = call->inputs[0];
  const guint old_rank = indices->shape.dims[1], rank = call->inputs[2]->size;
  const gint64 n = indices->shape.dims[0], *old = call->inputs[1]->data, *from = indices->data;
  g_autofree gint64 *shape = g_new (gint64, rank + 1);
  if (!new_shape (call, old, old_rank, call->inputs[2]->data, rank, shape))
    return;
  LkTensor *moved = lk_call_output (call, 0, LK_SHAPE_REF (n, rank)), *shaped = lk_call_output (call, 1, LK_SHAPE_REF (rank));
  if (moved == NULL || shaped == NULL)
    return;
  memcpy (shaped->data, shape, rank * sizeof *shape);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 place = 0, *to = (gint64 *) moved->data + i * rank;
      for (guint k = 0; k < old_rank; k++)
        {
          const gint64 index = from[i * old_rank + k];
          if (index < 0 || index >= old[k])
            {
              g_autofree char *text = lk_sparse_index_text (from + i * old_rank, old_rank);
              lk_call_fail (call, LK_INVALID_ARGUMENT, "indices[%" G_GINT64_FORMAT "] = %s is out of bounds", i, text);
              return;
            }
          place = place * old[k] + index;
        }
      for (guint k = rank; k-- > 0; place /= MAX (shape[k], 1))
        to[k] = place % MAX (shape[k], 1);
    }
}

LK_BLOCK (sparse_reshape, .infer = sparse_reshape_infer, .shape = "[n, new rank] and [new rank].",
          .kernel = sparse_reshape_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,3]={0,0,0,1,2,3}; int64[3]={2,3,6}; int64[2]={9,-1}" },
                   { "int64[0,1]; int64[1]={4}; int64[2]={2,2}" }));

/* ---- SparseSlice ---- */

static gboolean
sparse_slice_infer (const LkCall *call, LkSignature *out)
{
  const gint64 rank = lk_sparse_rank (call, 0);
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, rank);
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[2].shape = LK_SHAPE (rank);
  for (guint i = 3; i < 5; i++)
    {
      const gint64 n = lk_sparse_vector_size (call, i);
      if (!lk_rule_need_rank (call, i, 1, i == 3 ? "Input start should be a vector but received shape %s"
                              : "Input size should be a vector but received shape %s"))
        return FALSE;
      if (n >= 0 && rank >= 0 && n != rank)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected %s to be a vector of length %" G_GINT64_FORMAT " but got "
                             "length %" G_GINT64_FORMAT, i == 3 ? "start" : "size", rank, n);
    }
  return lk_sparse_check (call, 0);
}

static gboolean
within (const gint64 *index, const gint64 *start, const gint64 *size, guint rank)
{
  for (guint k = 0; k < rank; k++)
    if (index[k] < start[k] || index[k] - start[k] >= size[k])
      return FALSE;
  return TRUE;
}

static void
sparse_slice_kernel (LkCall *call)
{
  const LkSparse s = lk_sparse_of (call, 0);
  const gint64 *start = call->inputs[3]->data, *size = call->inputs[4]->data;
  g_autofree gint64 *kept = g_new (gint64, s.n + 1);
  gint64 n = 0;
  for (guint k = 0; k < s.rank; k++)
    if (start[k] < 0 || size[k] < 0)
      {
        lk_call_fail (call, LK_INVALID_ARGUMENT, "expected start and size to be non-negative, got %" G_GINT64_FORMAT
                      " and %" G_GINT64_FORMAT, start[k], size[k]);
        return;
      }
  for (gint64 i = 0; i < s.n; i++)
    if (within (s.indices + i * s.rank, start, size, s.rank))
      kept[n++] = i;
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (n, s.rank));
  LkTensor *shape = lk_call_output (call, 2, LK_SHAPE_REF (s.rank));
  if (indices == NULL || shape == NULL
      || (s.values->dtype != LK_STRING && lk_call_output (call, 1, LK_SHAPE_REF (n)) == NULL))
    return;
  g_auto (LkElements) x = lk_elements_of (s.values), y = { NULL };
  if (!lk_elements_of_output (call, 1, LK_SHAPE_REF (n), &y))
    return;
  for (gint64 i = 0; i < n; i++)
    {
      for (guint k = 0; k < s.rank; k++)
        ((gint64 *) indices->data)[i * s.rank + k] = s.indices[kept[i] * s.rank + k] - start[k];
      lk_elements_copy (&y, i, &x, kept[i]);
    }
  for (guint k = 0; k < s.rank; k++)
    ((gint64 *) shape->data)[k] = CLAMP (s.shape[k] - start[k], 0, size[k]);
  lk_elements_finish (call, 1, LK_SHAPE_REF (n), &y);
}

static void
sparse_slice_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (dy[1] != NULL)
    dx[1] = lk_sparse_slice_grad (call->ctx, dy[1], call->inputs[0], call->inputs[3], call->outputs[0]);
}

LK_BLOCK (sparse_slice, .infer = sparse_slice_infer, .shape = "[m, rank], [m] and [rank], of what lies within.",
          .kernel = sparse_slice_kernel, .gradient = sparse_slice_gradient,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[3,2]={0,1,1,2,1,3}; float64[3]; int64[2]={2,4}; int64[2]={1,0}; int64[2]={1,3}" },
                   { "int64[1,1]={1}; string[1]={a}; int64[1]={2}; int64[1]={1}; int64[1]={9}" }));

static gboolean
slice_grad_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *indices = lk_rule_shape (call, 1);
  out[0].shape = LK_SHAPE (indices->rank == 2 ? indices->dims[0] : LK_DIM_UNKNOWN);
  return lk_sparse_check_parts (call, 1, -1, 2) && lk_sparse_check_parts (call, 3, 0, 2);
}

static void
slice_grad_kernel (LkCall *call)
{
  const LkTensor *all = call->inputs[1], *some = call->inputs[3], *dy = call->inputs[0];
  const guint rank = all->shape.dims[1];
  const gsize size = lk_dtype_size (dy->dtype);
  const gint64 *index = all->data, *kept = some->data, *start = call->inputs[2]->data, n = some->shape.dims[0];
  LkTensor *dx = lk_call_output (call, 0, LK_SHAPE_REF (all->shape.dims[0]));
  gint64 at = 0;
  if (dx == NULL || dx->size == 0)
    return;
  memset (dx->data, 0, lk_tensor_bytes (dx));
  for (gint64 i = 0; i < dx->size && at < n; i++)
    {
      gboolean same = TRUE;
      for (guint k = 0; k < rank; k++)
        same = same && index[i * rank + k] - start[k] == kept[at * rank + k];
      if (same)
        memcpy ((char *) dx->data + i * size, (const char *) dy->data + at++ * size, size);
    }
  if (at < n)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "Elements of backprop_val_grad aren't all propagated. Num elements:%"
                  G_GINT64_FORMAT ", used: %" G_GINT64_FORMAT, n, at);
}

LK_BLOCK (sparse_slice_grad, .infer = slice_grad_infer, .shape = "[n], a value for each that was there before the slice.",
          .kernel = slice_grad_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "float32[1]; int64[2,1]={0,2}; int64[1]={1}; int64[1,1]={1}" }));
