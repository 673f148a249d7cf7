/* SPDX-License-Identifier: MIT */
/* Sparse tensors made dense and put in order; what all ops over them share. */
#include "engine/ops/sparse.h"

#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- what ops share ---- */

gint64
lk_sparse_vector_size (const LkCall *call, gint input)
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
  const gint64 n = lk_sparse_vector_size (call, values), rank = lk_sparse_vector_size (call, shape);
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
  return indices->rank == 2 && indices->dims[0] >= 0 ? indices->dims[0] : lk_sparse_vector_size (call, at + 1);
}

gint64
lk_sparse_rank (const LkCall *call, guint at)
{
  const LkShape *indices = lk_rule_shape (call, at);
  return indices->rank == 2 && indices->dims[1] >= 0 ? indices->dims[1] : lk_sparse_vector_size (call, at + 2);
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
  const gint64 rank = lk_sparse_vector_size (call, 1);
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
  LkSignature out = { .dtype = values->dtype };
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
    lk_elements_copy (&y, i, &fallback, 0);
  for (gint64 i = 0; i < n; i++)
    {
      gint64 *now = index[i % 2], place;
      for (guint k = 0; k < out.shape.rank; k++)
        now[k] = lk_tensor_int_at (indices, i * out.shape.rank + k);
      if ((place = place_of (call, i, now, i > 0 ? index[(i + 1) % 2] : NULL, &out.shape)) < 0)
        return;
      lk_elements_copy (&y, place, &x, values->shape.rank == 0 ? 0 : i);
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

static void
to_dense_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) matrix = index_matrix (call), taken = lk_gather_nd (ctx, dy[0], matrix);
  g_autoptr (LkTensor) whole = lk_sum_all (ctx, dy[0]), part = lk_sum_all (ctx, taken);
  dx[2] = call->inputs[2]->shape.rank == 0 ? lk_tensor_ref (part) : lk_tensor_ref (taken);
  dx[3] = lk_sub (ctx, whole, part);
}

LK_BLOCK (sparse_to_dense, .infer = to_dense_infer,
          .shape = "output_shape, spelt out; indices are [n, rank], values [n] or a scalar.",
          .kernel = to_dense_kernel, .gradient = to_dense_gradient,
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
      lk_elements_copy (&y, i, &x, order[i]);
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

LK_BLOCK (sparse_reorder, .infer = reorder_infer, .shape = "The shapes of indices, [n, rank], and values, [n].",
          .kernel = reorder_kernel, .gradient = reorder_gradient,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[3,2]={1,0,0,2,0,1}; float64[3]; int64[2]={2,3}" },
                   { "int64[2,1]={1,0}; string[2]={a,b}; int64[1]={2}" }, { "int64[0,2]; int32[0]; int64[2]={2,3}" }));
