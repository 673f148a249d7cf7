/* SPDX-License-Identifier: MIT */
/* Sums, largest elements and softmax of sparse tensors. */
#include "engine/ops/sparse.h"

#include <math.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static LkTensor *
ones_but (LkContext *ctx, LkTensor *axes, LkTensor *like)
{
  g_autoptr (LkTensor) column_shape = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1, 1 }, 2);
  g_autoptr (LkTensor) vector_shape = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) rank = lk_size (ctx, like, LK_INT32), wrapped = lk_floor_mod (ctx, axes, rank);
  g_autoptr (LkTensor) column = lk_reshape (ctx, wrapped, column_shape), ones = lk_ones_like (ctx, like);
  g_autoptr (LkTensor) flat = lk_reshape (ctx, wrapped, vector_shape), flat64 = lk_cast (ctx, flat, LK_INT64);
  g_autoptr (LkTensor) zeros = lk_zeros_like (ctx, flat64);
  return lk_tensor_scatter_update (ctx, ones, column, zeros);
}

/* ---- SparseReduceSum, SparseReduceMax, and their sparse forms ---- */

static gboolean
reduced_axes (const LkCall *call, guint rank, gboolean *reduced)
{
  const LkTensor *axes = call->inputs[3];
  memset (reduced, FALSE, LK_MAX_RANK * sizeof *reduced);
  for (gint64 i = 0; i < axes->size; i++)
    {
      guint axis;
      if (!lk_rule_axis (lk_tensor_int_at (axes, i), rank, &axis))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid reduction dimension %" G_GINT64_FORMAT
                             ", for input with %u dimensions.", lk_tensor_int_at (axes, i), rank);
      reduced[axis] = TRUE;
    }
  for (guint k = 0; k < rank && axes->size == 0; k++)
    reduced[k] = TRUE;
  return TRUE;
}

#define SPARSE_REDUCE_SHAPE \
  "The dense shape without the axes that are reduced, or with 1 in their place if keep_dims; sparse ones as [m, rank], [m], [rank]."

static gboolean
sparse_reduce_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *axes = lk_rule_shape (call, 3);
  const gint64 rank = lk_sparse_rank (call, 0);
  gboolean reduced[LK_MAX_RANK];
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = LK_SHAPE_UNKNOWN;
  if (call->n_outputs > 1)
    {
      out[0].shape = LK_SHAPE (-1, -1);
      out[1].shape = out[2].shape = LK_SHAPE (-1);
    }
  if (!lk_sparse_check (call, 0))
    return FALSE;
  if (axes->rank != LK_RANK_UNKNOWN && axes->rank > 1)
    return lk_rule_need_rank (call, 3, 1, "reduction axes must be a scalar or a vector, got shape %s");
  if (rank > LK_MAX_RANK)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "a tensor has at most %d axes, here are %d", LK_MAX_RANK, (int) rank);
  LkTensor *shape = lk_call_constant (call, 2);
  if (call->n_outputs > 1 || rank < 0 || lk_call_constant (call, 3) == NULL)
    return TRUE;
  const LkTensor *known_axes = lk_call_constant (call, 3);
  LkTensor *const known[] = { call->inputs[0], call->inputs[1], call->inputs[2], (LkTensor *) known_axes };
  const LkCall view = { call->ctx, call->op, 4, known, call->attrs, call->n_outputs, NULL };
  if (!reduced_axes (&view, rank, reduced))
    return FALSE;
  out[0].shape.rank = 0;
  for (guint k = 0; k < rank; k++)
    if (!reduced[k] || call->attrs[0].b)
      out[0].shape.dims[out[0].shape.rank++] = reduced[k] ? 1 : shape != NULL ? MAX (lk_tensor_int_at (shape, k), 0) : -1;
  return TRUE;
}

#define REDUCE(DTYPE, T, U) \
  static void reduce_##DTYPE (gboolean sum, const T *values, const gint64 *places, gint64 n, T *y, guint8 *met) \
  { \
    for (gint64 i = 0; i < n; i++) \
      { \
        T *to = y + places[i]; \
        *to = !met[places[i]] ? values[i] : sum ? (T) ((U) *to + (U) values[i]) : *to > values[i] ? *to : values[i]; \
        met[places[i]] = TRUE; \
      } \
  }
LK_SPARSE_REAL_TYPES (REDUCE)

static void
reduce_into (const LkCall *call, const LkSparse *s, const gint64 *places, gpointer y, guint8 *met)
{
  const guint op = call->op->index;
  const gboolean sum = op == LK_OP_SPARSE_REDUCE_SUM || op == LK_OP_SPARSE_REDUCE_SUM_SPARSE;
  switch ((int) s->values->dtype)
    {
#define CASE(DTYPE, T, U) case DTYPE: reduce_##DTYPE (sum, s->values->data, places, s->n, y, met); break;
    LK_SPARSE_REAL_TYPES (CASE)
#undef CASE
    }
}

/* The entries that are left, in order: those met by places of the reduced shape. */
static void
put_sparse (LkCall *call, const LkShape *shape, const char *dense, const guint8 *met)
{
  const gint64 size = lk_shape_size (shape);
  const gsize each = lk_dtype_size (call->inputs[1]->dtype);
  gint64 n = 0, at = 0;
  for (gint64 i = 0; i < size; i++)
    n += met[i];
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (n, shape->rank));
  LkTensor *values = lk_call_output (call, 1, LK_SHAPE_REF (n));
  LkTensor *sizes = lk_call_output (call, 2, LK_SHAPE_REF (shape->rank));
  if (indices == NULL || values == NULL || sizes == NULL)
    return;
  for (gint64 i = 0; i < size; i++)
    if (met[i])
      {
        gint64 index[LK_MAX_RANK];
        lk_shape_unravel (shape, i, index);
        memcpy ((gint64 *) indices->data + at * shape->rank, index, shape->rank * sizeof *index);
        memcpy ((char *) values->data + at++ * each, dense + i * each, each);
      }
  memcpy (sizes->data, shape->dims, shape->rank * sizeof *shape->dims);
}

static void
sparse_reduce_kernel (LkCall *call)
{
  const LkSparse s = lk_sparse_of (call, 0);
  gboolean reduced[LK_MAX_RANK];
  LkShape full, kept, shape = LK_SCALAR;
  if (!lk_sparse_check_indices (call, &s) || !lk_sparse_dense_shape (call, &s, &full) || !reduced_axes (call, s.rank, reduced))
    return;
  kept = full;
  for (guint k = 0; k < s.rank; k++)
    {
      kept.dims[k] = reduced[k] ? 1 : kept.dims[k];
      if (!reduced[k] || call->attrs[0].b)
        shape.dims[shape.rank++] = kept.dims[k];
    }
  const gint64 size = lk_shape_size (&kept);
  const gsize each = lk_dtype_size (s.values->dtype);
  g_autofree gint64 *places = g_new (gint64, s.n + 1);
  for (gint64 i = 0; i < s.n; i++)
    {
      places[i] = 0;
      for (guint k = 0; k < s.rank; k++)
        places[i] = places[i] * kept.dims[k] + (reduced[k] ? 0 : s.indices[i * s.rank + k]);
    }
  g_autofree guint8 *met = g_try_malloc0 (size + 1);
  g_autoptr (LkTensor) dense = lk_tensor_new (s.values->dtype, &shape);
  if (met == NULL || dense == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when reducing to %" G_GINT64_FORMAT " elements", size);
      return;
    }
  memset (dense->data, 0, size * each);
  reduce_into (call, &s, places, dense->data, met);
  if (call->n_outputs > 1)
    put_sparse (call, &shape, dense->data, met);
  else
    call->outputs[0] = g_steal_pointer (&dense);
}

static void
reduce_sum_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) axes = lk_tensor_ref (call->inputs[3]);
  if (axes->size == 0)
    {
      g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0), one = lk_constant_scalar (ctx, LK_INT32, 1);
      g_autoptr (LkTensor) rank = lk_size (ctx, call->inputs[2], LK_INT32);
      lk_tensor_unref (axes);
      axes = lk_range (ctx, zero, rank, one);
    }
  g_autoptr (LkTensor) mask = ones_but (ctx, axes, call->inputs[2]), places = lk_mul (ctx, call->inputs[0], mask);
  g_autoptr (LkTensor) one = lk_ones_like (ctx, mask), scaled = lk_mul (ctx, call->inputs[2], mask);
  g_autoptr (LkTensor) rest = lk_sub (ctx, one, mask), kept = lk_add (ctx, scaled, rest);
  g_autoptr (LkTensor) shaped = lk_reshape (ctx, dy[0], kept);
  dx[1] = lk_gather_nd (ctx, shaped, places);
}

#define REDUCE_SAMPLES(T) \
  SAMPLES ({ "int64[3,2]={0,0,0,2,1,1}; " T "[3]; int64[2]={2,3}; int32[1]={1}" }, \
           { "int64[3,2]={0,0,0,2,1,1}; " T "[3]; int64[2]={2,3}; int32[1]={-2}", "keep_dims=true" }, \
           { "int64[3,2]={0,0,0,2,1,1}; " T "[3]; int64[2]={2,3}; int32[0]" }, \
           { "int64[0,1]; int32[0]; int64[1]={2}; int32[]={0}" })
LK_BLOCK (sparse_reduce_sum, .infer = sparse_reduce_infer, .shape = SPARSE_REDUCE_SHAPE, .kernel = sparse_reduce_kernel,
          .gradient = reduce_sum_gradient,
          .widens = TRUE, .provenance = lk_all_elements, REDUCE_SAMPLES ("float64"));
LK_BLOCK (sparse_reduce_max, .infer = sparse_reduce_infer, .shape = SPARSE_REDUCE_SHAPE, .kernel = sparse_reduce_kernel,
          .widens = TRUE,
          .provenance = lk_all_elements, REDUCE_SAMPLES ("float32"));
LK_BLOCK (sparse_reduce_sum_sparse, .infer = sparse_reduce_infer, .shape = SPARSE_REDUCE_SHAPE, .kernel = sparse_reduce_kernel,
          .widens = TRUE,
          .provenance = lk_all_elements, REDUCE_SAMPLES ("float32"));
LK_BLOCK (sparse_reduce_max_sparse, .infer = sparse_reduce_infer, .shape = SPARSE_REDUCE_SHAPE, .kernel = sparse_reduce_kernel,
          .widens = TRUE,
          .provenance = lk_all_elements, REDUCE_SAMPLES ("float32"));

/* ---- SparseSoftmax ---- */

static gboolean
sparse_softmax_infer (const LkCall *call, LkSignature *out)
{
  const gint64 rank = lk_sparse_rank (call, 0);
  out[0].shape = LK_SHAPE (lk_sparse_n (call, 0));
  if (rank >= 0 && rank < 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input should have rank >= 2, but received shape rank: %"
                         G_GINT64_FORMAT, rank);
  return lk_sparse_check (call, 0);
}

#define SOFTMAX(T, exponential) \
  static void softmax_##T (const LkSparse *s, const gint64 *order, T *y) \
  { \
    const T *x = s->values->data; \
    for (gint64 i = 0, end; i < s->n; i = end) \
      { \
        const gint64 *row = s->indices + order[i] * s->rank; \
        T largest = x[order[i]], sum = 0; \
        for (end = i; end < s->n && lk_sparse_compare (row, s->indices + order[end] * s->rank, s->rank - 1) == 0; end++) \
          largest = MAX (largest, x[order[end]]); \
        for (gint64 k = i; k < end; k++) \
          sum += y[order[k]] = exponential (x[order[k]] - largest); \
        for (gint64 k = i; k < end; k++) \
          y[order[k]] /= sum; \
      } \
  }
SOFTMAX (float, expf)
SOFTMAX (double, exp)

static void
sparse_softmax_kernel (LkCall *call)
{
  const LkSparse s = lk_sparse_of (call, 0);
  LkShape dense;
  if (!lk_sparse_dense_shape (call, &s, &dense) || !lk_sparse_check_indices (call, &s))
    return;
  g_autofree gint64 *order = lk_sparse_order (s.indices, s.n, s.rank);
  if (s.values->dtype == LK_FLOAT32)
    softmax_float (&s, order, call->outputs[0]->data);
  else
    softmax_double (&s, order, call->outputs[0]->data);
}

/* (dy − Σ dy · y) · y, the sum over the entries of a row */
static void
sparse_softmax_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) axis = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) products = lk_mul (ctx, dy[0], call->outputs[0]);
  g_autoptr (LkTensor) sums = lk_sparse_reduce_sum (ctx, call->inputs[0], products, call->inputs[2], axis, TRUE);
  g_autoptr (LkTensor) mask = ones_but (ctx, axis, call->inputs[2]), places = lk_mul (ctx, call->inputs[0], mask);
  g_autoptr (LkTensor) met = lk_gather_nd (ctx, sums, places), rest = lk_sub (ctx, dy[0], met);
  dx[1] = lk_mul (ctx, rest, call->outputs[0]);
}

LK_BLOCK (sparse_softmax, .infer = sparse_softmax_infer, .shape = "[n], as the values.",
          .kernel = sparse_softmax_kernel, .gradient = sparse_softmax_gradient,
          .widens = TRUE, .provenance = lk_all_elements,
          SAMPLES ({ "int64[4,2]={0,0,0,2,1,1,1,2}; float64[4]; int64[2]={2,3}" }, { "int64[0,2]; float32[0]; int64[2]={2,3}" }));
