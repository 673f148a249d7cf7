/* SPDX-License-Identifier: MIT */
/* Arithmetic of two sparse tensors. */
#include "engine/ops/sparse.h"

#include <string.h>

#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- SparseAdd, SparseSparseMaximum, SparseSparseMinimum ---- */

#define PAIR_SHAPE "[n, rank] and [n], of all places that either has."

static gboolean
pair_infer (const LkCall *call, LkSignature *out)
{
  const gint64 rank = lk_sparse_rank (call, 0), other = lk_sparse_rank (call, 3);
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, rank);
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  if (call->n_outputs > 2)
    out[2].shape = LK_SHAPE (rank);
  if (!lk_sparse_check (call, 0) || !lk_sparse_check (call, 3))
    return FALSE;
  return rank < 0 || other < 0 || rank == other
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Ranks of input tensors must match, but saw ranks: %" G_GINT64_FORMAT
                          " and %" G_GINT64_FORMAT, rank, other);
}

static gboolean
same_shapes (const LkCall *call, const LkSparse *a, const LkSparse *b)
{
  for (guint k = 0; k < a->rank; k++)
    if (a->shape[k] != b->shape[k])
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Operands' shapes do not match: got %" G_GINT64_FORMAT " and %"
                           G_GINT64_FORMAT " for dimension %u", a->shape[k], b->shape[k], k);
  return TRUE;
}

/* Entry i of the union of two, both in order: places in a and b, -1 where it is not in one. */
typedef struct
{
  gint64 a, b;
} Meeting;

static GArray *
meet (const gint64 *a, gint64 n_a, const gint64 *b, gint64 n_b, guint rank)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Meeting));
  for (gint64 i = 0, k = 0; i < n_a || k < n_b;)
    {
      const int order = i == n_a ? 1 : k == n_b ? -1 : lk_sparse_compare (a + i * rank, b + k * rank, rank);
      const Meeting meeting = { order <= 0 ? i++ : -1, order >= 0 ? k++ : -1 };
      g_array_append_val (all, meeting);
    }
  return all;
}

#define COMBINE(DTYPE, T, U) \
  static T combined_##DTYPE (T x, T y, int how) \
  { \
    return how == LK_OP_SPARSE_ADD ? (T) ((U) x + (U) y) : how == LK_OP_SPARSE_SPARSE_MAXIMUM ? (x > y || x != x ? x : y) \
           : (x < y || x != x ? x : y); \
  }
LK_SPARSE_REAL_TYPES (COMBINE)
#define ADD_ONLY(DTYPE, T, U) static T combined_##DTYPE (T x, T y, int how) { return x + y; }
ADD_ONLY (LK_COMPLEX64, complex float, complex float)
ADD_ONLY (LK_COMPLEX128, complex double, complex double)

/* Sums that are smaller than the threshold are dropped. */
#define UNITE(DTYPE, T, U) \
  static void unite_##DTYPE (const LkCall *call, const LkSparse *a, const LkSparse *b, GArray *all, \
                             double threshold, T *out) \
  { \
    const T *x = a->values->data, *y = b->values->data; \
    guint n = 0; \
    for (guint i = 0; i < all->len; i++) \
      { \
        const Meeting m = g_array_index (all, Meeting, i); \
        const T value = combined_##DTYPE (m.a >= 0 ? x[m.a] : 0, m.b >= 0 ? y[m.b] : 0, call->op->index); \
        if (cabs ((complex double) value) < threshold) \
          continue; \
        g_array_index (all, Meeting, n) = m; \
        out[n++] = value; \
      } \
    g_array_set_size (all, n); \
  }
LK_SPARSE_ALL_TYPES (UNITE)

static void
unite (const LkCall *call, const LkSparse *a, const LkSparse *b, GArray *all, double threshold, gpointer out)
{
  switch ((int) a->values->dtype)
    {
#define CASE(DTYPE, T, U) case DTYPE: unite_##DTYPE (call, a, b, all, threshold, out); break;
    LK_SPARSE_ALL_TYPES (CASE)
#undef CASE
    }
}

static void
pair_kernel (LkCall *call)
{
  const LkSparse a = lk_sparse_of (call, 0), b = lk_sparse_of (call, 3);
  if (!same_shapes (call, &a, &b) || !lk_sparse_check_indices (call, &a) || !lk_sparse_check_indices (call, &b))
    return;
  g_autoptr (GArray) all = meet (a.indices, a.n, b.indices, b.n, a.rank);
  const gsize size = lk_dtype_size (a.values->dtype);
  g_autofree char *values = g_malloc (all->len * size + 1);
  unite (call, &a, &b, all, call->n_inputs > 6 ? lk_tensor_double_at (call->inputs[6], 0) : 0, values);
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (all->len, a.rank));
  LkTensor *y = lk_call_output (call, 1, LK_SHAPE_REF (all->len));
  LkTensor *shape = call->n_outputs > 2 ? lk_call_output (call, 2, LK_SHAPE_REF (a.rank)) : NULL;
  if (indices == NULL || y == NULL || (call->n_outputs > 2 && shape == NULL))
    return;
  for (guint i = 0; i < all->len; i++)
    {
      const Meeting m = g_array_index (all, Meeting, i);
      memcpy ((gint64 *) indices->data + i * a.rank, m.a >= 0 ? a.indices + m.a * a.rank : b.indices + m.b * a.rank,
              a.rank * sizeof (gint64));
    }
  memcpy (y->data, values, all->len * size);
  if (shape != NULL)
    memcpy (shape->data, a.shape, a.rank * sizeof (gint64));
}

static gboolean
sparse_add_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_scalar (call, 6, "thresh") && pair_infer (call, out);
}

static void
sparse_add_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *parts[2] = { NULL };
  if (dy[1] == NULL)
    return;
  lk_sparse_add_grad (call->ctx, dy[1], call->inputs[0], call->inputs[3], call->outputs[0], parts);
  dx[1] = parts[0];
  dx[4] = parts[1];
}

LK_BLOCK (sparse_add, .infer = sparse_add_infer, .shape = "[n, rank], [n] and [rank], of all places that either has.",
          .kernel = pair_kernel, .gradient = sparse_add_gradient, .widens = TRUE,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,0,1,1}; float64[2]; int64[2]={2,2}; int64[2,2]={0,0,1,0}; float64[2]; int64[2]={2,2}; "
                     "float64[]={0}" },
                   { "int64[1,1]={0}; int32[1]={3}; int64[1]={2}; int64[1,1]={0}; int32[1]={-3}; int64[1]={2}; int32[]={1}" }));

LK_BLOCK (sparse_sparse_maximum, .infer = pair_infer, .shape = PAIR_SHAPE, .kernel = pair_kernel, .widens = TRUE,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,1]={0,1}; float32[2]; int64[1]={3}; int64[2,1]={0,2}; float32[2]; int64[1]={3}" }));
LK_BLOCK (sparse_sparse_minimum, .infer = pair_infer, .shape = PAIR_SHAPE, .kernel = pair_kernel, .widens = TRUE,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,1]={0,1}; int64[2]; int64[1]={3}; int64[2,1]={0,2}; int64[2]; int64[1]={3}" }));

/* ---- SparseAddGrad ---- */

static gboolean
add_grad_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *sum = lk_rule_shape (call, 3);
  const gint64 rank = sum->rank == 2 ? sum->dims[1] : LK_DIM_UNKNOWN;
  for (guint i = 0; i < 2; i++)
    {
      const LkShape *indices = lk_rule_shape (call, i + 1);
      out[i].shape = LK_SHAPE (indices->rank == 2 ? indices->dims[0] : LK_DIM_UNKNOWN);
      if (!lk_sparse_check_parts (call, i + 1, -1, -1))
        return FALSE;
      if (indices->rank == 2 && indices->dims[1] >= 0 && rank >= 0 && indices->dims[1] != rank)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "The densified operands should have the same ndims; for A, B, sum got: "
                             "%" G_GINT64_FORMAT " and %" G_GINT64_FORMAT, indices->dims[1], rank);
    }
  return lk_sparse_check_parts (call, 3, 0, -1);
}

static void
add_grad_kernel (LkCall *call)
{
  const LkTensor *dy = call->inputs[0], *sum = call->inputs[3];
  const guint rank = sum->shape.dims[1];
  const gsize size = lk_dtype_size (dy->dtype);
  for (guint i = 0; i < 2; i++)
    {
      const LkTensor *own = call->inputs[i + 1];
      LkTensor *dx = lk_call_output (call, i, LK_SHAPE_REF (own->shape.dims[0]));
      if (dx == NULL)
        return;
      if (dx->size > 0)
        memset (dx->data, 0, lk_tensor_bytes (dx));
      g_autoptr (GArray) all = meet (own->data, own->shape.dims[0], sum->data, sum->shape.dims[0], rank);
      for (guint k = 0; k < all->len; k++)
        {
          const Meeting m = g_array_index (all, Meeting, k);
          if (m.a >= 0 && m.b >= 0)
            memcpy ((char *) dx->data + m.a * size, (const char *) dy->data + m.b * size, size);
        }
    }
}

LK_BLOCK (sparse_add_grad, .infer = add_grad_infer, .shape = "[n of a] and [n of b].",
          .kernel = add_grad_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "float32[3]; int64[2,1]={0,2}; int64[2,1]={1,2}; int64[3,1]={0,1,2}" }));
