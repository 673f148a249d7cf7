/* SPDX-License-Identifier: MIT */
/* Arithmetic of sparse tensors with one another and with dense ones. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/sparse.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* The types in which kernels compute, narrower ones being widened to them; and those in which they add and multiply, since
   integers wrap. */
#define REAL_TYPES(DO) \
  DO (LK_FLOAT32, float, float) DO (LK_FLOAT64, double, double) DO (LK_INT32, gint32, guint32) \
  DO (LK_INT64, gint64, guint64) DO (LK_UINT64, guint64, guint64)
#define ALL_TYPES(DO) \
  REAL_TYPES (DO) DO (LK_COMPLEX64, complex float, complex float) DO (LK_COMPLEX128, complex double, complex double)

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

static LkTensor *
flattened (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) shape = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  return lk_reshape (ctx, x, shape);
}

/* Which elements of dense, in its flat order, meet the entries at indices: its axes may be fewer, and repeated.
   (transfer full) */
static LkTensor *
dense_places (LkContext *ctx, LkTensor *indices, LkTensor *dense)
{
  g_autoptr (LkTensor) shape = lk_shape (ctx, dense, LK_INT64), one = lk_constant_scalar (ctx, LK_INT64, 1);
  g_autoptr (LkTensor) less = lk_sub (ctx, shape, one), mask = lk_minimum (ctx, less, one);
  g_autoptr (LkTensor) first = lk_constant_scalar (ctx, LK_INT32, 0), strides = lk_cumprod (ctx, shape, first, TRUE, TRUE);
  g_autoptr (LkTensor) rank = lk_rank (ctx, dense), all = lk_shape (ctx, indices, LK_INT32);
  g_autoptr (LkTensor) picked = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0, 1 }, 2);
  g_autoptr (LkTensor) width = lk_mul (ctx, all, picked), own = lk_mul (ctx, rank, picked);
  g_autoptr (LkTensor) begin = lk_sub (ctx, width, own), size = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1, -1 }, 2);
  g_autoptr (LkTensor) last = lk_slice (ctx, indices, begin, size), steps = lk_mul (ctx, mask, strides);
  g_autoptr (LkTensor) parts = lk_mul (ctx, last, steps), axis = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1);
  return lk_sum (ctx, parts, axis, FALSE);
}

static LkTensor *
dense_at (LkContext *ctx, LkTensor *dense, LkTensor *places)
{
  g_autoptr (LkTensor) flat = flattened (ctx, dense), axis = lk_constant_scalar (ctx, LK_INT32, 0);
  return lk_gather (ctx, flat, places, axis, 0);
}

/* values (transfer full), added up where they stand in dense. (transfer full) */
static LkTensor *
spread_like (LkContext *ctx, LkTensor *values, LkTensor *places, LkTensor *dense)
{
  g_autoptr (LkTensor) given = values, size = lk_size (ctx, dense, LK_INT32);
  g_autoptr (LkTensor) flat = lk_unsorted_segment_sum (ctx, given, places, size);
  return lk_reshape_like (ctx, flat, dense);
}

/* ---- SparseTensorDenseMatMul ---- */

static gboolean
mat_mul_infer (const LkCall *call, LkSignature *out)
{
  const gboolean ta = call->attrs[0].b, tb = call->attrs[1].b;
  const LkShape *b = lk_rule_shape (call, 3);
  LkTensor *shape = lk_call_constant (call, 2);
  gint64 rows = LK_DIM_UNKNOWN, inner = LK_DIM_UNKNOWN;
  if (!lk_sparse_check (call, 0) || !lk_rule_need_rank (call, 3, 2, "Tensor 'b' is not a matrix, got shape %s"))
    return FALSE;
  const gint64 rank = lk_sparse_rank (call, 0);
  if (rank >= 0 && rank != 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Tensor 'a_shape' must have 2 elements");
  if (shape != NULL)
    {
      rows = MAX (lk_tensor_int_at (shape, ta), 0);
      inner = MAX (lk_tensor_int_at (shape, !ta), 0);
    }
  const gint64 inner_b = b->rank == 2 ? b->dims[tb] : LK_DIM_UNKNOWN, columns = b->rank == 2 ? b->dims[!tb] : LK_DIM_UNKNOWN;
  if (inner >= 0 && inner_b >= 0 && inner != inner_b)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Cannot multiply A and B because inner dimension does not match: %"
                         G_GINT64_FORMAT " vs. %" G_GINT64_FORMAT ".  Did you forget a transpose?  Dimensions of A: [%"
                         G_GINT64_FORMAT ", %" G_GINT64_FORMAT ").  Dimensions of B: [%" G_GINT64_FORMAT ",%"
                         G_GINT64_FORMAT "]", inner, inner_b, lk_tensor_int_at (shape, 0), lk_tensor_int_at (shape, 1),
                         b->dims[0], b->dims[1]);
  out[0].shape = LK_SHAPE (rows, columns);
  return TRUE;
}

#define MULTIPLY(DTYPE, T, U) \
  static void multiply_##DTYPE (const LkCall *call, const LkSparse *a, const LkTensor *b, LkTensor *y) \
  { \
    const T *values = a->values->data, *from = b->data; \
    const gboolean ta = call->attrs[0].b, tb = call->attrs[1].b; \
    const gint64 columns = y->shape.dims[1], width = b->shape.dims[1]; \
    for (gint64 i = 0; i < a->n; i++) \
      { \
        const gint64 row = a->indices[2 * i + ta], k = a->indices[2 * i + !ta]; \
        T *to = (T *) y->data + row * columns; \
        for (gint64 j = 0; j < columns; j++) \
          to[j] = (T) ((U) to[j] + (U) values[i] * (U) (tb ? from[j * width + k] : from[k * width + j])); \
      } \
  }
ALL_TYPES (MULTIPLY)

static void
mat_mul_kernel (LkCall *call)
{
  const LkSparse a = lk_sparse_of (call, 0);
  LkSignature out;
  LkTensor *y;
  if (!mat_mul_infer (call, &out) || !lk_sparse_check_indices (call, &a)
      || (y = lk_call_output (call, 0, &out.shape)) == NULL || y->size == 0)
    return;
  memset (y->data, 0, lk_tensor_bytes (y));
  switch ((int) y->dtype)
    {
#define CASE(DTYPE, T, U) case DTYPE: multiply_##DTYPE (call, &a, call->inputs[3], y); break;
    ALL_TYPES (CASE)
#undef CASE
    }
}

static LkTensor *
turned_if (LkContext *ctx, LkTensor *x, gboolean turn)
{
  g_autoptr (LkTensor) perm = turn ? lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1, 0 }, 2) : NULL;
  return turn ? lk_transpose (ctx, x, perm) : lk_tensor_ref (x);
}

static LkTensor *
column_of (LkContext *ctx, LkTensor *indices, guint column)
{
  g_autoptr (LkTensor) at = lk_constant_scalar (ctx, LK_INT32, column), axis = lk_constant_scalar (ctx, LK_INT32, 1);
  return lk_gather (ctx, indices, at, axis, 0);
}

/* da[i] = dy[row of i] · b[column of i] */
static void
mat_mul_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const gboolean ta = call->attrs[0].b, tb = call->attrs[1].b;
  g_autoptr (LkTensor) rows = column_of (ctx, call->inputs[0], ta), inner = column_of (ctx, call->inputs[0], !ta);
  g_autoptr (LkTensor) b = turned_if (ctx, call->inputs[3], tb), axis = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) of_y = lk_gather (ctx, dy[0], rows, axis, 0), of_b = lk_gather (ctx, b, inner, axis, 0);
  g_autoptr (LkTensor) products = lk_mul (ctx, of_y, of_b), last = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1);
  dx[1] = lk_sum (ctx, products, last, FALSE);
  g_autoptr (LkTensor) db = lk_sparse_tensor_dense_mat_mul (ctx, call->inputs[0], call->inputs[1], call->inputs[2], dy[0],
                                                           !ta, FALSE);
  dx[3] = turned_if (ctx, db, tb && db != NULL);
}

LK_BLOCK (sparse_tensor_dense_mat_mul, .infer = mat_mul_infer, .kernel = mat_mul_kernel, .gradient = mat_mul_gradient,
          .widens = TRUE, .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,0,1,2}; float64[2]; int64[2]={2,3}; float64[3,2]" },
                   { "int64[2,2]={0,0,1,2}; float64[2]; int64[2]={2,3}; float64[2,2]", "adjoint_a=true" },
                   { "int64[2,2]={0,0,1,2}; float64[2]; int64[2]={2,3}; float64[4,3]", "adjoint_b=true" },
                   { "int64[0,2]; int32[0]; int64[2]={2,3}; int32[3,2]" }));

/* ---- SparseAdd, SparseSparseMaximum, SparseSparseMinimum ---- */

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
REAL_TYPES (COMBINE)
#define ADD_ONLY(DTYPE, T, U) static T combined_##DTYPE (T x, T y, int how) { return x + y; }
ADD_ONLY (LK_COMPLEX64, complex float, complex float)
ADD_ONLY (LK_COMPLEX128, complex double, complex double)

/* Sums that are smaller than the threshold are dropped. */
#define UNITE(DTYPE, T, U) \
  static void unite_##DTYPE (const LkCall *call, const LkSparse *a, const LkSparse *b, GArray *all, double threshold, T *out) \
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
ALL_TYPES (UNITE)

static void
unite (const LkCall *call, const LkSparse *a, const LkSparse *b, GArray *all, double threshold, gpointer out)
{
  switch ((int) a->values->dtype)
    {
#define CASE(DTYPE, T, U) case DTYPE: unite_##DTYPE (call, a, b, all, threshold, out); break;
    ALL_TYPES (CASE)
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
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (all->len, a.rank)), *y = lk_call_output (call, 1, LK_SHAPE_REF (all->len));
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

LK_BLOCK (sparse_add, .infer = sparse_add_infer, .kernel = pair_kernel, .gradient = sparse_add_gradient, .widens = TRUE,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,0,1,1}; float64[2]; int64[2]={2,2}; int64[2,2]={0,0,1,0}; float64[2]; int64[2]={2,2}; "
                     "float64[]={0}" },
                   { "int64[1,1]={0}; int32[1]={3}; int64[1]={2}; int64[1,1]={0}; int32[1]={-3}; int64[1]={2}; int32[]={1}" }));

LK_BLOCK (sparse_sparse_maximum, .infer = pair_infer, .kernel = pair_kernel, .widens = TRUE,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,1]={0,1}; float32[2]; int64[1]={3}; int64[2,1]={0,2}; float32[2]; int64[1]={3}" }));
LK_BLOCK (sparse_sparse_minimum, .infer = pair_infer, .kernel = pair_kernel, .widens = TRUE,
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

LK_BLOCK (sparse_add_grad, .infer = add_grad_infer, .kernel = add_grad_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "float32[3]; int64[2,1]={0,2}; int64[2,1]={1,2}; int64[3,1]={0,1,2}" }));

/* ---- SparseTensorDenseAdd ---- */

static gboolean
dense_add_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *b = lk_rule_shape (call, 3);
  const gint64 rank = lk_sparse_rank (call, 0);
  out[0].shape = *b;
  if (rank >= 0 && b->rank != LK_RANK_UNKNOWN && rank != b->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Two operands have different ranks; received: %" G_GINT64_FORMAT
                         " and %u", rank, b->rank);
  return lk_sparse_check (call, 0);
}

#define ADD_DENSE(DTYPE, T, U) \
  static void add_dense_##DTYPE (const LkSparse *a, LkTensor *y) \
  { \
    for (gint64 i = 0; i < a->n; i++) \
      { \
        T *to = (T *) y->data + lk_shape_ravel (&y->shape, a->indices + i * a->rank); \
        *to = (T) ((U) *to + (U) ((const T *) a->values->data)[i]); \
      } \
  }
ALL_TYPES (ADD_DENSE)

static void
dense_add_kernel (LkCall *call)
{
  const LkSparse a = lk_sparse_of (call, 0);
  const LkTensor *b = call->inputs[3];
  for (guint k = 0; k < a.rank; k++)
    if (a.shape[k] != b->shape.dims[k])
      {
        lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %u does not equal (no broadcasting is supported): sparse side %"
                      G_GINT64_FORMAT " vs dense side %" G_GINT64_FORMAT, k, a.shape[k], b->shape.dims[k]);
        return;
      }
  LkTensor *y = lk_call_output (call, 0, &b->shape);
  if (y == NULL || !lk_sparse_check_indices (call, &a) || y->size == 0)
    return;
  memcpy (y->data, b->data, lk_tensor_bytes (y));
  switch ((int) y->dtype)
    {
#define CASE(DTYPE, T, U) case DTYPE: add_dense_##DTYPE (&a, y); break;
    ALL_TYPES (CASE)
#undef CASE
    }
}

static void
dense_add_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[1] = lk_gather_nd (call->ctx, dy[0], call->inputs[0]);
  dx[3] = lk_tensor_ref (dy[0]);
}

LK_BLOCK (sparse_tensor_dense_add, .infer = dense_add_infer, .kernel = dense_add_kernel, .gradient = dense_add_gradient,
          .widens = TRUE, .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,1,1,0}; float64[2]; int64[2]={2,2}; float64[2,2]" },
                   { "int64[0,1]; int32[0]; int64[1]={2}; int32[2]" }));

/* ---- SparseDenseCwiseAdd, Mul, Div ---- */

static gboolean
cwise_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *b = lk_rule_shape (call, 3);
  const gint64 rank = lk_sparse_rank (call, 0);
  out[0].shape = LK_SHAPE (lk_sparse_n (call, 0));
  if (rank >= 0 && b->rank != LK_RANK_UNKNOWN && b->rank > rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "SparseDenseBinaryOpShared broadcasts dense to sparse only; got "
                         "incompatible shapes: dense has rank %u, sparse %" G_GINT64_FORMAT, b->rank, rank);
  return lk_sparse_check (call, 0);
}

static gboolean
check_broadcast (const LkCall *call, const LkSparse *a, const LkTensor *b)
{
  for (guint k = 0; k < b->shape.rank; k++)
    if (b->shape.dims[k] != 1 && b->shape.dims[k] != a->shape[a->rank - b->shape.rank + k])
      {
        g_autofree char *x = lk_sparse_index_text (a->shape, a->rank), *y = lk_shape_text (&b->shape);
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "SparseDenseBinaryOpShared broadcasts dense to sparse only; got "
                             "incompatible shapes: %s vs. %s", x, y);
      }
  return TRUE;
}

/* Where dense b has the element that meets an index. */
static gint64
met_by (const LkTensor *b, const gint64 *index)
{
  gint64 place = 0;
  for (guint k = 0; k < b->shape.rank; k++)
    place = place * b->shape.dims[k] + (b->shape.dims[k] == 1 ? 0 : index[k]);
  return place;
}

/* Whether a division of integers cannot be done. */
#define FLAWED(DTYPE) (lk_dtype_is_integer (DTYPE) && divides && d == 0)
#define CWISE(DTYPE, T, U) \
  static gboolean cwise_##DTYPE (int op, const LkSparse *a, const LkTensor *b, T *y) \
  { \
    const gboolean divides = op == LK_OP_SPARSE_DENSE_CWISE_DIV; \
    const guint skip = a->rank - b->shape.rank; \
    for (gint64 i = 0; i < a->n; i++) \
      { \
        const T x = ((const T *) a->values->data)[i], d = ((const T *) b->data)[met_by (b, a->indices + i * a->rank + skip)]; \
        if (FLAWED (DTYPE)) \
          return FALSE; \
        y[i] = op == LK_OP_SPARSE_DENSE_CWISE_ADD ? (T) ((U) x + (U) d) : !divides ? (T) ((U) x * (U) d) \
               : (DTYPE == LK_INT32 || DTYPE == LK_INT64) && d == (T) -1 ? (T) (0 - (U) x) : x / d; \
      } \
    return TRUE; \
  }
ALL_TYPES (CWISE)

static void
cwise_kernel (LkCall *call)
{
  const LkSparse a = lk_sparse_of (call, 0);
  const LkTensor *b = call->inputs[3];
  LkTensor *y = call->outputs[0];
  gboolean good = TRUE;
  if (!lk_sparse_check_indices (call, &a) || !check_broadcast (call, &a, b))
    return;
  switch ((int) y->dtype)
    {
#define CASE(DTYPE, T, U) case DTYPE: good = cwise_##DTYPE (call->op->index, &a, b, y->data); break;
    ALL_TYPES (CASE)
#undef CASE
    }
  if (!good)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "Integer division by zero");
}

static void
cwise_add_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) places = dense_places (call->ctx, call->inputs[0], call->inputs[3]);
  dx[1] = lk_tensor_ref (dy[0]);
  dx[3] = spread_like (call->ctx, lk_tensor_ref (dy[0]), places, call->inputs[3]);
}

static void
cwise_mul_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) places = dense_places (ctx, call->inputs[0], call->inputs[3]);
  g_autoptr (LkTensor) met = dense_at (ctx, call->inputs[3], places);
  dx[1] = lk_mul (ctx, dy[0], met);
  dx[3] = spread_like (ctx, lk_mul (ctx, dy[0], call->inputs[1]), places, call->inputs[3]);
}

static void
cwise_div_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) places = dense_places (ctx, call->inputs[0], call->inputs[3]);
  g_autoptr (LkTensor) met = dense_at (ctx, call->inputs[3], places), ratio = lk_real_div (ctx, call->inputs[1], met);
  g_autoptr (LkTensor) negative = lk_neg (ctx, ratio);
  dx[1] = lk_real_div (ctx, dy[0], met);
  g_autoptr (LkTensor) moved = lk_mul (ctx, dx[1], negative);
  dx[3] = spread_like (ctx, lk_tensor_ref (moved), places, call->inputs[3]);
}

#define CWISE_SAMPLES(range) \
  SAMPLES ({ "int64[2,2]={0,1,1,0}; float64[2]; int64[2]={2,3}; float64[2,3]" range }, \
           { "int64[3,2]={0,1,1,0,1,2}; float64[3]; int64[2]={2,3}; float64[1,3]" range }, \
           { "int64[2,2]={0,1,1,0}; float64[2]; int64[2]={2,3}; float64[]" range }, \
           { "int64[0,1]; int32[0]; int64[1]={2}; int32[2]" })
LK_BLOCK (sparse_dense_cwise_add, .infer = cwise_infer, .kernel = cwise_kernel, .gradient = cwise_add_gradient,
          .widens = TRUE, .provenance = lk_all_elements, CWISE_SAMPLES (""));
LK_BLOCK (sparse_dense_cwise_mul, .infer = cwise_infer, .kernel = cwise_kernel, .gradient = cwise_mul_gradient,
          .widens = TRUE, .provenance = lk_all_elements, CWISE_SAMPLES (""));
LK_BLOCK (sparse_dense_cwise_div, .infer = cwise_infer, .kernel = cwise_kernel, .gradient = cwise_div_gradient,
          .widens = TRUE, .provenance = lk_all_elements, CWISE_SAMPLES (" in 0.5..2"));

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
REAL_TYPES (REDUCE)

static void
reduce_into (const LkCall *call, const LkSparse *s, const gint64 *places, gpointer y, guint8 *met)
{
  const guint op = call->op->index;
  const gboolean sum = op == LK_OP_SPARSE_REDUCE_SUM || op == LK_OP_SPARSE_REDUCE_SUM_SPARSE;
  switch ((int) s->values->dtype)
    {
#define CASE(DTYPE, T, U) case DTYPE: reduce_##DTYPE (sum, s->values->data, places, s->n, y, met); break;
    REAL_TYPES (CASE)
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
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (n, shape->rank)), *values = lk_call_output (call, 1, LK_SHAPE_REF (n));
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
LK_BLOCK (sparse_reduce_sum, .infer = sparse_reduce_infer, .kernel = sparse_reduce_kernel, .gradient = reduce_sum_gradient,
          .widens = TRUE, .provenance = lk_all_elements, REDUCE_SAMPLES ("float64"));
LK_BLOCK (sparse_reduce_max, .infer = sparse_reduce_infer, .kernel = sparse_reduce_kernel, .widens = TRUE,
          .provenance = lk_all_elements, REDUCE_SAMPLES ("float32"));
LK_BLOCK (sparse_reduce_sum_sparse, .infer = sparse_reduce_infer, .kernel = sparse_reduce_kernel, .widens = TRUE,
          .provenance = lk_all_elements, REDUCE_SAMPLES ("float32"));
LK_BLOCK (sparse_reduce_max_sparse, .infer = sparse_reduce_infer, .kernel = sparse_reduce_kernel, .widens = TRUE,
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

LK_BLOCK (sparse_softmax, .infer = sparse_softmax_infer, .kernel = sparse_softmax_kernel, .gradient = sparse_softmax_gradient,
          .widens = TRUE, .provenance = lk_all_elements,
          SAMPLES ({ "int64[4,2]={0,0,0,2,1,1,1,2}; float64[4]; int64[2]={2,3}" }, { "int64[0,2]; float32[0]; int64[2]={2,3}" }));
