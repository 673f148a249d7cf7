/* SPDX-License-Identifier: MIT */
/* Arithmetic of a sparse tensor with a dense one. */
#include "engine/ops/sparse.h"

#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

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
LK_SPARSE_ALL_TYPES (MULTIPLY)

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
    LK_SPARSE_ALL_TYPES (CASE)
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

LK_BLOCK (sparse_tensor_dense_mat_mul, .infer = mat_mul_infer,
          .shape = "[m, n] from a sparse [m, k] and a [k, n], each turned if adjoint.",
          .kernel = mat_mul_kernel, .gradient = mat_mul_gradient,
          .widens = TRUE, .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,0,1,2}; float64[2]; int64[2]={2,3}; float64[3,2]" },
                   { "int64[2,2]={0,0,1,2}; float64[2]; int64[2]={2,3}; float64[2,2]", "adjoint_a=true" },
                   { "int64[2,2]={0,0,1,2}; float64[2]; int64[2]={2,3}; float64[4,3]", "adjoint_b=true" },
                   { "int64[0,2]; int32[0]; int64[2]={2,3}; int32[3,2]" }));

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
LK_SPARSE_ALL_TYPES (ADD_DENSE)

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
    LK_SPARSE_ALL_TYPES (CASE)
#undef CASE
    }
}

static void
dense_add_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[1] = lk_gather_nd (call->ctx, dy[0], call->inputs[0]);
  dx[3] = lk_tensor_ref (dy[0]);
}

LK_BLOCK (sparse_tensor_dense_add, .infer = dense_add_infer, .shape = "The shape of b, whose rank is the sparse one's.",
          .kernel = dense_add_kernel, .gradient = dense_add_gradient,
          .widens = TRUE, .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,1,1,0}; float64[2]; int64[2]={2,2}; float64[2,2]" },
                   { "int64[0,1]; int32[0]; int64[1]={2}; int32[2]" }));

/* ---- SparseDenseCwiseAdd, Mul, Div ---- */

#define CWISE_SHAPE "[n], a value for each of the sparse one's."

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
        const T x = ((const T *) a->values->data)[i]; \
        const T d = ((const T *) b->data)[met_by (b, a->indices + i * a->rank + skip)]; \
        if (FLAWED (DTYPE)) \
          return FALSE; \
        y[i] = op == LK_OP_SPARSE_DENSE_CWISE_ADD ? (T) ((U) x + (U) d) : !divides ? (T) ((U) x * (U) d) \
               : (DTYPE == LK_INT32 || DTYPE == LK_INT64) && d == (T) -1 ? (T) (0 - (U) x) : x / d; \
      } \
    return TRUE; \
  }
LK_SPARSE_ALL_TYPES (CWISE)

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
    LK_SPARSE_ALL_TYPES (CASE)
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
LK_BLOCK (sparse_dense_cwise_add, .infer = cwise_infer, .shape = CWISE_SHAPE, .kernel = cwise_kernel,
          .gradient = cwise_add_gradient,
          .widens = TRUE, .provenance = lk_all_elements, CWISE_SAMPLES (""));
LK_BLOCK (sparse_dense_cwise_mul, .infer = cwise_infer, .shape = CWISE_SHAPE, .kernel = cwise_kernel,
          .gradient = cwise_mul_gradient,
          .widens = TRUE, .provenance = lk_all_elements, CWISE_SAMPLES (""));
LK_BLOCK (sparse_dense_cwise_div, .infer = cwise_infer, .shape = CWISE_SHAPE, .kernel = cwise_kernel,
          .gradient = cwise_div_gradient,
          .widens = TRUE, .provenance = lk_all_elements, CWISE_SAMPLES (" in 0.5..2"));
