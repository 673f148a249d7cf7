/* SPDX-License-Identifier: MIT */
/* Sparse tensors made dense, put in order, cut and filled. */
#include "engine/ops/sparse.h"
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- what ops share ---- */

static gint64
size_of_vector (const LkCall *call, gint input)
{
  const LkShape *shape = input >= 0 ? lk_rule_shape (call, input) : NULL;
  return shape != NULL && shape->rank == 1 ? shape->dims[0] : LK_DIM_UNKNOWN;
}

gboolean
lk_sparse_check_parts (const LkCall *call, gint indices, gint values, gint shape)
{
  const LkShape *matrix = lk_rule_shape (call, indices);
  if (!lk_rule_need_rank (call, indices, 2, "Input indices must be rank 2, got shape: %s")
      || (values >= 0 && !lk_rule_need_rank (call, values, 1, "Input values must be rank 1, got shape: %s"))
      || (shape >= 0 && !lk_rule_need_rank (call, shape, 1, "Input shape must be rank 1, got shape: %s")))
    return FALSE;
  const gint64 n = size_of_vector (call, values), rank = size_of_vector (call, shape);
  if (matrix->rank != 2)
    return TRUE;
  if (matrix->dims[0] >= 0 && n >= 0 && matrix->dims[0] != n)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Number of elements in input indices (%" G_GINT64_FORMAT
                         ") and values (%" G_GINT64_FORMAT ") do not match", matrix->dims[0], n);
  if (matrix->dims[1] >= 0 && rank >= 0 && matrix->dims[1] != rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Index rank (%" G_GINT64_FORMAT ") and shape rank (%" G_GINT64_FORMAT
                         ") do not match", matrix->dims[1], rank);
  return TRUE;
}

gboolean
lk_sparse_check (const LkCall *call, guint at)
{
  return lk_sparse_check_parts (call, at, at + 1, at + 2);
}

LkSparse
lk_sparse_of (const LkCall *call, guint at)
{
  const LkTensor *indices = call->inputs[at];
  return (LkSparse) { indices->shape.dims[0], indices->shape.dims[1], indices->data, call->inputs[at + 1],
                      call->inputs[at + 2]->data };
}

char *
lk_sparse_index_text (const gint64 *index, guint rank)
{
  g_autoptr (GString) text = g_string_new ("[");
  for (guint i = 0; i < rank; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? "," : "", index[i]);
  g_string_append_c (text, ']');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

gboolean
lk_sparse_check_indices (const LkCall *call, const LkSparse *s)
{
  for (guint k = 0; k < s->rank; k++)
    if (s->shape[k] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %" G_GINT64_FORMAT " must be >= 0", s->shape[k]);
  for (gint64 i = 0; i < s->n; i++)
    for (guint k = 0; k < s->rank; k++)
      if (s->indices[i * s->rank + k] < 0 || s->indices[i * s->rank + k] >= s->shape[k])
        {
          g_autofree char *index = lk_sparse_index_text (s->indices + i * s->rank, s->rank);
          g_autofree char *shape = lk_sparse_index_text (s->shape, s->rank);
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices[%" G_GINT64_FORMAT "] = %s is out of bounds: need 0 <= "
                               "index < %s", i, index, shape);
        }
  return TRUE;
}

int
lk_sparse_compare (const gint64 *a, const gint64 *b, guint rank)
{
  for (guint i = 0; i < rank; i++)
    if (a[i] != b[i])
      return a[i] < b[i] ? -1 : 1;
  return 0;
}

typedef struct
{
  const gint64 *indices;
  guint rank;
} Sorting;

static int
compare_places (gconstpointer a, gconstpointer b, gpointer data)
{
  const Sorting *s = data;
  const gint64 i = *(const gint64 *) a, k = *(const gint64 *) b;
  const int order = lk_sparse_compare (s->indices + i * s->rank, s->indices + k * s->rank, s->rank);
  return order != 0 ? order : i < k ? -1 : i > k;
}

gint64 *
lk_sparse_order (const gint64 *indices, gint64 n, guint rank)
{
  gint64 *order = g_new (gint64, n + 1);
  Sorting sorting = { indices, rank };
  gboolean sorted = TRUE;
  for (gint64 i = 0; i < n; i++)
    {
      order[i] = i;
      sorted = sorted && (i == 0 || lk_sparse_compare (indices + (i - 1) * rank, indices + i * rank, rank) <= 0);
    }
  if (!sorted)
    g_qsort_with_data (order, n, sizeof *order, compare_places, &sorting);
  return order;
}

gint64
lk_sparse_n (const LkCall *call, guint at)
{
  const LkShape *indices = lk_rule_shape (call, at);
  return indices->rank == 2 && indices->dims[0] >= 0 ? indices->dims[0] : size_of_vector (call, at + 1);
}

gint64
lk_sparse_rank (const LkCall *call, guint at)
{
  const LkShape *indices = lk_rule_shape (call, at);
  return indices->rank == 2 && indices->dims[1] >= 0 ? indices->dims[1] : size_of_vector (call, at + 2);
}

gboolean
lk_sparse_dense_shape (const LkCall *call, const LkSparse *s, LkShape *shape)
{
  if (s->rank > LK_MAX_RANK)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "a tensor has at most %d axes, here are %u", LK_MAX_RANK, s->rank);
  *shape = lk_shape_of (s->rank, s->shape);
  for (guint i = 0; i < s->rank; i++)
    if (s->shape[i] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %" G_GINT64_FORMAT " must be >= 0", s->shape[i]);
  return lk_shape_size (shape) >= 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Encountered overflow when multiplying the sizes of a dense shape");
}

static void
copy_element (const LkElements *to, gint64 i, const LkElements *from, gint64 k)
{
  memcpy (to->data + i * to->size, from->data + k * from->size, to->size);
}

/* ---- SparseToDense ---- */

static gboolean
to_dense_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *indices = lk_rule_shape (call, 0), *values = lk_rule_shape (call, 2);
  gboolean constant;
  if (indices->rank != LK_RANK_UNKNOWN && indices->rank > 2)
    return lk_rule_need_rank (call, 0, 2, "sparse_indices should be a scalar, vector, or matrix, got shape %s");
  if (!lk_rule_need_rank (call, 1, 1, "output_shape must be rank 1, got shape %s")
      || !lk_rule_need_rank (call, 3, 0, "default_value should be a scalar, got shape %s")
      || !lk_rule_shape_value (call, 1, &out[0].shape, &constant))
    return FALSE;
  if (values->rank != LK_RANK_UNKNOWN && values->rank > 1)
    return lk_rule_need_rank (call, 2, 1, "sparse_values must be a scalar or a vector, got shape %s");
  const gint64 n = indices->rank == LK_RANK_UNKNOWN ? -1 : indices->rank == 0 ? 1 : indices->dims[0];
  if (values->rank == 1 && values->dims[0] >= 0 && n >= 0 && values->dims[0] != n)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "sparse_values has incorrect shape [%" G_GINT64_FORMAT
                         "], should be [] or [%" G_GINT64_FORMAT "]", values->dims[0], n);
  const gint64 width = indices->rank == 2 ? indices->dims[1] : indices->rank == LK_RANK_UNKNOWN ? -1 : 1;
  const gint64 rank = size_of_vector (call, 1);
  if (width >= 0 && rank >= 0 && width != rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "output_shape has incorrect number of elements: %" G_GINT64_FORMAT
                         " should be: %" G_GINT64_FORMAT, rank, width);
  if (constant)
    for (guint i = 0; i < out[0].shape.rank; i++)
      if (out[0].shape.dims[i] < 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %" G_GINT64_FORMAT " must be >= 0",
                             out[0].shape.dims[i]);
  return TRUE;
}

/* An index as an element's place, or -1 after reporting that it is none, or not in order. */
static gint64
place_of (const LkCall *call, gint64 entry, const gint64 *index, const gint64 *before, const LkShape *shape)
{
  g_autofree char *text = NULL, *bounds = NULL;
  for (guint k = 0; k < shape->rank; k++)
    if (index[k] < 0 || index[k] >= shape->dims[k])
      {
        text = lk_sparse_index_text (index, shape->rank);
        bounds = lk_sparse_index_text (shape->dims, shape->rank);
        lk_call_fail (call, LK_INVALID_ARGUMENT, "indices[%" G_GINT64_FORMAT "] = %s is out of bounds: need 0 <= index < %s",
                      entry, text, bounds);
        return -1;
      }
  const int order = before != NULL && call->attrs[0].b ? lk_sparse_compare (before, index, shape->rank) : -1;
  if (order < 0)
    return lk_shape_ravel (shape, index);
  text = lk_sparse_index_text (index, shape->rank);
  lk_call_fail (call, LK_INVALID_ARGUMENT, "indices[%" G_GINT64_FORMAT "] = %s is %s", entry, text,
                order == 0 ? "repeated" : "out of order. Many sparse ops require sorted indices.\n    Use "
                "`tf.sparse.reorder` to create a correctly ordered copy.\n\n");
  return -1;
}

static void
to_dense_kernel (LkCall *call)
{
  const LkTensor *indices = call->inputs[0], *values = call->inputs[2];
  LkSignature out;
  if (!to_dense_infer (call, &out))
    return;
  if (call->outputs[0] == NULL && out.dtype != LK_STRING && lk_call_output (call, 0, &out.shape) == NULL)
    return;
  g_auto (LkElements) y = { NULL }, x = lk_elements_of (values), fallback = lk_elements_of (call->inputs[3]);
  const gint64 n = indices->shape.rank == 0 ? 1 : indices->shape.dims[0];
  gint64 index[2][LK_MAX_RANK];
  if (!lk_elements_of_output (call, 0, &out.shape, &y))
    return;
  for (gint64 i = 0; i < lk_shape_size (&out.shape); i++)
    copy_element (&y, i, &fallback, 0);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 *now = index[i % 2], place;
      for (guint k = 0; k < out.shape.rank; k++)
        now[k] = lk_tensor_int_at (indices, i * out.shape.rank + k);
      if ((place = place_of (call, i, now, i > 0 ? index[(i + 1) % 2] : NULL, &out.shape)) < 0)
        return;
      copy_element (&y, place, &x, values->shape.rank == 0 ? 0 : i);
    }
  lk_elements_finish (call, 0, &out.shape, &y);
}

/* indices as a matrix, whatever they are. (transfer full) */
static LkTensor *
index_matrix (const LkCall *call)
{
  LkTensor *indices = call->inputs[0];
  if (indices->shape.rank == 2)
    return lk_tensor_ref (indices);
  g_autoptr (LkTensor) shape = lk_constant_ints (call->ctx, LK_INT32, (gint64[]) { -1, 1 }, 2);
  return lk_reshape (call->ctx, indices, shape);
}

static LkTensor *
sum_all (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) vector_shape = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) flat = lk_reshape (ctx, x, vector_shape), axes = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
  return lk_sum (ctx, flat, axes, FALSE);
}

static void
to_dense_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) matrix = index_matrix (call), taken = lk_gather_nd (ctx, dy[0], matrix);
  g_autoptr (LkTensor) whole = sum_all (ctx, dy[0]), part = sum_all (ctx, taken);
  dx[2] = call->inputs[2]->shape.rank == 0 ? lk_tensor_ref (part) : lk_tensor_ref (taken);
  dx[3] = lk_sub (ctx, whole, part);
}

LK_BLOCK (sparse_to_dense, .infer = to_dense_infer, .kernel = to_dense_kernel, .gradient = to_dense_gradient,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,1,1,0}; int64[2]={2,3}; float64[2]; float64[]" },
                   { "int32[2]={1,3}; int32[1]={5}; int32[]; int32[]" },
                   { "int64[0,2]; int64[2]={2,2}; float64[0]; float64[]" },
                   { "int32[]={1}; int32[1]={2}; string[]={a}; string[]={}" },
                   { "int64[2,1]={1,0}; int64[1]={2}; int32[2]; int32[]", "validate_indices=false" }));

/* ---- SparseReorder ---- */

static gboolean
reorder_infer (const LkCall *call, LkSignature *out)
{
  const gint64 n = lk_sparse_n (call, 0);
  out[0].shape = LK_SHAPE (n, lk_sparse_rank (call, 0));
  out[1].shape = LK_SHAPE (n);
  return lk_sparse_check (call, 0);
}

static void
reorder_kernel (LkCall *call)
{
  const LkSparse s = lk_sparse_of (call, 0);
  if (!lk_sparse_check_indices (call, &s))
    return;
  g_autofree gint64 *order = lk_sparse_order (s.indices, s.n, s.rank);
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (s.n, s.rank));
  if (indices == NULL || (s.values->dtype != LK_STRING && lk_call_output (call, 1, LK_SHAPE_REF (s.n)) == NULL))
    return;
  g_auto (LkElements) x = lk_elements_of (s.values), y = { NULL };
  if (!lk_elements_of_output (call, 1, LK_SHAPE_REF (s.n), &y))
    return;
  for (gint64 i = 0; i < s.n; i++)
    {
      memcpy ((gint64 *) indices->data + i * s.rank, s.indices + order[i] * s.rank, s.rank * sizeof (gint64));
      copy_element (&y, i, &x, order[i]);
    }
  lk_elements_finish (call, 1, LK_SHAPE_REF (s.n), &y);
}

/* Numbers that are put in order along with the indices say where each value went. */
static void
reorder_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *sorted[2] = { NULL };
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0), one = lk_constant_scalar (ctx, LK_INT32, 1);
  g_autoptr (LkTensor) n = lk_size (ctx, call->inputs[1], LK_INT32), places = lk_range (ctx, zero, n, one);
  lk_sparse_reorder (ctx, call->inputs[0], places, call->inputs[2], sorted);
  if (sorted[1] != NULL && dy[1] != NULL)
    dx[1] = lk_unsorted_segment_sum (ctx, dy[1], sorted[1], n);
  lk_tensor_unref (sorted[0]);
  lk_tensor_unref (sorted[1]);
}

LK_BLOCK (sparse_reorder, .infer = reorder_infer, .kernel = reorder_kernel, .gradient = reorder_gradient,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[3,2]={1,0,0,2,0,1}; float64[3]; int64[2]={2,3}" },
                   { "int64[2,1]={1,0}; string[2]={a,b}; int64[1]={2}" }, { "int64[0,2]; int32[0]; int64[2]={2,3}" }));

/* ---- SparseReshape ---- */

static gboolean
sparse_reshape_infer (const LkCall *call, LkSignature *out)
{
  const gint64 rank = size_of_vector (call, 2);
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

LK_BLOCK (sparse_reshape, .infer = sparse_reshape_infer, .kernel = sparse_reshape_kernel, .provenance = lk_all_elements,
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
      const gint64 n = size_of_vector (call, i);
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
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (n, s.rank)), *shape = lk_call_output (call, 2, LK_SHAPE_REF (s.rank));
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
      copy_element (&y, i, &x, kept[i]);
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

LK_BLOCK (sparse_slice, .infer = sparse_slice_infer, .kernel = sparse_slice_kernel, .gradient = sparse_slice_gradient,
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

LK_BLOCK (sparse_slice_grad, .infer = slice_grad_infer, .kernel = slice_grad_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "float32[1]; int64[2,1]={0,2}; int64[1]={1}; int64[1,1]={1}" }));

/* ---- SparseFillEmptyRows ---- */

static gboolean
fill_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *shape = lk_call_constant (call, 2);
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, lk_sparse_rank (call, 0));
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[2].shape = LK_SHAPE (shape != NULL && shape->size > 0 ? MAX (lk_tensor_int_at (shape, 0), -1) : LK_DIM_UNKNOWN);
  out[3].shape = LK_SHAPE (lk_sparse_n (call, 0));
  if (size_of_vector (call, 2) == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dense shape cannot be empty.");
  return lk_sparse_check (call, 0) && lk_rule_need_scalar (call, 3, "default_value");
}

/* Where each row's entries begin in the output; rows without any get one. */
static gboolean
row_starts (const LkCall *call, const LkSparse *s, gint64 *starts, guint8 *empty)
{
  for (gint64 i = 0; i < s->n; i++)
    {
      const gint64 row = s->indices[i * s->rank];
      if (row < 0 || row >= s->shape[0])
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices(%" G_GINT64_FORMAT ", 0) is invalid: %" G_GINT64_FORMAT
                             " >= %" G_GINT64_FORMAT, i, row, s->shape[0]);
      starts[row + 1]++;
    }
  for (gint64 row = 0; row < s->shape[0]; row++)
    {
      empty[row] = starts[row + 1] == 0;
      starts[row + 1] = starts[row] + MAX (starts[row + 1], 1);
    }
  return TRUE;
}

static void
fill_kernel (LkCall *call)
{
  const LkSparse s = lk_sparse_of (call, 0);
  const gint64 rows = s.shape[0];
  g_autofree gint64 *starts = rows < 0 || rows > G_MAXINT64 / 64 ? NULL : g_try_new0 (gint64, rows + 2);
  if (starts == NULL)
    lk_call_fail (call, rows < 0 ? LK_INVALID_ARGUMENT : LK_RESOURCE_EXHAUSTED, rows < 0
                  ? "Dense shape cannot have negative dimensions, but has %" G_GINT64_FORMAT
                  : "not enough memory for %" G_GINT64_FORMAT " rows", rows);
  LkTensor *empty = lk_call_output (call, 2, LK_SHAPE_REF (rows)), *map = lk_call_output (call, 3, LK_SHAPE_REF (s.n));
  if (starts == NULL || empty == NULL || map == NULL || !row_starts (call, &s, starts, empty->data))
    return;
  const LkShape vector = LK_SHAPE (starts[rows]);
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (starts[rows], s.rank));
  if (indices == NULL || (s.values->dtype != LK_STRING && lk_call_output (call, 1, &vector) == NULL))
    return;
  g_auto (LkElements) x = lk_elements_of (s.values), y = { NULL }, fallback = lk_elements_of (call->inputs[3]);
  gint64 *to = indices->data;
  if (!lk_elements_of_output (call, 1, &vector, &y))
    return;
  for (gint64 row = 0; row < rows; row++)
    if (((guint8 *) empty->data)[row])
      {
        memset (to + starts[row] * s.rank, 0, s.rank * sizeof *to);
        to[starts[row] * s.rank] = row;
        copy_element (&y, starts[row], &fallback, 0);
      }
  for (gint64 i = 0; i < s.n; i++)
    {
      const gint64 place = starts[s.indices[i * s.rank]]++;
      memcpy (to + place * s.rank, s.indices + i * s.rank, s.rank * sizeof *to);
      copy_element (&y, place, &x, i);
      ((gint64 *) map->data)[i] = place;
    }
  lk_elements_finish (call, 1, &vector, &y);
}

static void
fill_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  if (dy[1] == NULL)
    return;
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0), whole = sum_all (ctx, dy[1]);
  dx[1] = lk_gather (ctx, dy[1], call->outputs[3], axis, 0);
  g_autoptr (LkTensor) part = dx[1] != NULL ? sum_all (ctx, dx[1]) : NULL;
  dx[3] = lk_sub (ctx, whole, part);
}

LK_BLOCK (sparse_fill_empty_rows, .infer = fill_infer, .kernel = fill_kernel, .gradient = fill_gradient,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[3,2]={0,1,2,0,2,3}; float64[3]; int64[2]={4,5}; float64[]" },
                   { "int64[1,2]={1,1}; string[1]={a}; int64[2]={2,2}; string[]={-}" }));

/* ---- SparseConcat ---- */

static gboolean
sparse_concat_infer (const LkCall *call, LkSignature *out)
{
  const guint n = call->n_inputs / 3;
  gint64 rank = -1;
  if (n == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "SparseConcat needs at least one input");
  for (guint i = 0; i < n; i++)
    {
      const gint64 mine = size_of_vector (call, 2 * n + i);
      if (!lk_sparse_check_parts (call, i, n + i, 2 * n + i))
        return FALSE;
      if (mine >= 0 && rank >= 0 && mine != rank)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Ranks of all input tensors must match: expected %" G_GINT64_FORMAT
                             " but got %" G_GINT64_FORMAT " at position %u", rank, mine, i);
      rank = mine >= 0 ? mine : rank;
    }
  const gint64 axis = call->attrs[0].i;
  if (rank >= 0 && (axis < -rank || axis >= rank))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Concat dimension must be in range [%" G_GINT64_FORMAT ", %"
                         G_GINT64_FORMAT "), got %" G_GINT64_FORMAT, -rank, rank, axis);
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, rank);
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[2].shape = LK_SHAPE (rank);
  return TRUE;
}

/* The dense shape of all together: sizes along the axis add up, the others are the same. */
static gboolean
joined_shape (const LkCall *call, guint n, guint axis, gint64 *shape, guint rank)
{
  memcpy (shape, call->inputs[2 * n]->data, rank * sizeof *shape);
  for (guint i = 1; i < n; i++)
    for (guint k = 0; k < rank; k++)
      {
        const gint64 size = lk_tensor_int_at (call->inputs[2 * n + i], k);
        if (k != axis && size != shape[k])
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input shapes must match: expected %" G_GINT64_FORMAT
                               " for dimension %u but got %" G_GINT64_FORMAT " at position %u", shape[k], k, size, i);
        if (k == axis && __builtin_add_overflow (shape[k], size, &shape[k]))
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "Concat dimension overflows");
      }
  return TRUE;
}

/* All entries behind one another, moved along the axis; and where each comes from. */
static gint64 *
moved_indices (const LkCall *call, guint n, guint axis, guint rank, gint64 total)
{
  gint64 *all = g_new (gint64, total * rank + 1), offset = 0, at = 0;
  for (guint i = 0; i < n; i++)
    {
      const LkTensor *indices = call->inputs[i];
      for (gint64 k = 0; k < indices->size; k++, at++)
        all[at] = ((const gint64 *) indices->data)[k] + (k % rank == axis ? offset : 0);
      offset += lk_tensor_int_at (call->inputs[2 * n + i], axis);
    }
  return all;
}

static void
sparse_concat_kernel (LkCall *call)
{
  const guint n = call->n_inputs / 3, rank = call->inputs[2 * n]->size;
  const LkDType dtype = call->inputs[n]->dtype;
  gint64 total = 0;
  const guint axis = call->attrs[0].i < 0 ? call->attrs[0].i + rank : call->attrs[0].i;
  LkTensor *shape = lk_call_output (call, 2, LK_SHAPE_REF (rank));
  if (shape == NULL || !joined_shape (call, n, axis, shape->data, rank))
    return;
  for (guint i = 0; i < n; i++)
    total += call->inputs[n + i]->size;
  g_autofree gint64 *all = moved_indices (call, n, axis, rank, total), *order = lk_sparse_order (all, total, rank);
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (total, rank));
  if (indices == NULL || (dtype != LK_STRING && lk_call_output (call, 1, LK_SHAPE_REF (total)) == NULL))
    return;
  g_auto (LkElements) y = { NULL };
  if (!lk_elements_of_output (call, 1, LK_SHAPE_REF (total), &y))
    return;
  g_autofree gint64 *place = g_new (gint64, total + 1);
  for (gint64 i = 0; i < total; i++)
    {
      memcpy ((gint64 *) indices->data + i * rank, all + order[i] * rank, rank * sizeof *all);
      place[order[i]] = i;
    }
  for (gint64 i = 0, at = 0; i < n; i++)
    {
      g_auto (LkElements) x = lk_elements_of (call->inputs[n + i]);
      for (gint64 k = 0; k < call->inputs[n + i]->size; k++)
        copy_element (&y, place[at++], &x, k);
    }
  lk_elements_finish (call, 1, LK_SHAPE_REF (total), &y);
}

static void
sparse_concat_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const guint n = call->n_inputs / 3;
  LkTensor *numbered[3] = { NULL };
  if (dy[1] == NULL)
    return;
  /* Numbers that go along say where each value went. */
  g_autofree LkTensor **inputs = g_new0 (LkTensor *, n);
  g_autoptr (LkTensor) at = lk_constant_scalar (ctx, LK_INT32, 0), one = lk_constant_scalar (ctx, LK_INT32, 1);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (LkTensor) size = lk_size (ctx, call->inputs[n + i], LK_INT32);
      LkTensor *end = lk_add (ctx, at, size);
      inputs[i] = lk_range (ctx, at, end, one);
      lk_tensor_unref (at);
      at = end;
    }
  lk_sparse_concat (ctx, call->inputs, inputs, call->inputs + 2 * n, n, call->attrs[0].i, numbered);
  g_autoptr (LkTensor) unsorted = numbered[1] == NULL ? NULL : lk_unsorted_segment_sum (ctx, dy[1], numbered[1], at);
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0);
  for (guint i = 0; i < n; i++)
    {
      dx[n + i] = unsorted == NULL ? NULL : lk_gather (ctx, unsorted, inputs[i], axis, 0);
      lk_tensor_unref (inputs[i]);
    }
  for (guint i = 0; i < 3; i++)
    lk_tensor_unref (numbered[i]);
}

LK_BLOCK (sparse_concat, .infer = sparse_concat_infer, .kernel = sparse_concat_kernel, .gradient = sparse_concat_gradient,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,2,1,0}; int64[1,2]={0,0}; float64[2]; float64[1]; int64[2]={2,3}; int64[2]={2,1}",
                     "concat_dim=1" },
                   { "int64[1,1]={0}; int64[1,1]={1}; string[1]={a}; string[1]={b}; int64[1]={2}; int64[1]={2}",
                     "concat_dim=-1" }));
