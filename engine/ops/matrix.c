/* SPDX-License-Identifier: MIT */
#include "engine/ops/matrix.h"

#include "engine/ops/blas.h"
#include "engine/ops/broadcast.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

const char lk_matrix_short_memory[] = "OOM when allocating memory for a matrix";

/* ---- shape rules ---- */

gboolean
lk_matrix_need (const LkCall *call, guint i)
{
  const LkShape *shape = lk_rule_shape (call, i);
  if (shape->rank != LK_RANK_UNKNOWN && shape->rank < 2)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input tensor %u must have rank >= 2, got shape %s", i, text);
    }
  for (guint k = 1; lk_rule_rank_known (call, i) && k <= 2; k++)
    if (shape->dims[shape->rank - k] > G_MAXINT / 64)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "a matrix of more than %d rows or columns is too large",
                           G_MAXINT / 64);
  return TRUE;
}

gboolean
lk_matrix_infer_square (const LkCall *call, LkShape *out)
{
  *out = *lk_rule_shape (call, 0);
  if (!lk_matrix_need (call, 0))
    return FALSE;
  if (out->rank == LK_RANK_UNKNOWN)
    return TRUE;
  gint64 *rows = &out->dims[out->rank - 2], *columns = &out->dims[out->rank - 1], n;
  if (!lk_rule_merge_dim (*rows, *columns, &n))
    {
      g_autofree char *text = lk_shape_text (out);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input matrix must be square. Got shape %s", text);
    }
  *rows = *columns = n;
  return TRUE;
}

gboolean
lk_matrix_infer_like (const LkCall *call, LkSignature *out)
{
  for (guint i = 0; i < call->n_outputs; i++)
    if (!lk_matrix_infer_square (call, &out[i].shape))
      return FALSE;
  return TRUE;
}

LkShape
lk_matrix_batch (const LkShape *shape)
{
  LkShape batch = *shape;
  batch.rank -= 2;
  return batch;
}

LkShape
lk_matrix_shape (LkShape batch, guint n, gint64 rows, gint64 columns)
{
  if (n > 0)
    batch.dims[batch.rank++] = rows;
  if (n > 1)
    batch.dims[batch.rank++] = columns;
  return batch;
}

/* ---- kernels ---- */

gpointer
lk_matrix_take (LkMatrixWork *work, guint block, gint64 n, gsize size)
{
  const gsize bytes = MAX (n, 1) * size;
  g_assert (block < LK_MATRIX_BLOCKS);
  if (work->sizes[block] >= bytes)
    return work->blocks[block];
  g_free (work->blocks[block]);
  work->blocks[block] = g_try_malloc (bytes);
  work->sizes[block] = work->blocks[block] != NULL ? bytes : 0;
  return work->blocks[block];
}

/* Inputs that are not in the walk are not broadcast: more than it can take have the same batch. */
typedef struct
{
  LkBroadcast walk;
  gint64 count;           /* matrices of each output */
} Batch;

#define MAX_INPUTS 4

/* Which matrix of input k meets matrix `done` of the output, the i-th of the run. */
static inline gint64
matrix_at (const Batch *batch, guint k, gint64 i, gint64 done)
{
  return k < batch->walk.n_inputs ? batch->walk.at[k] + i * lk_broadcast_step (&batch->walk, k) : done;
}

static void
batch_init (const LkCall *call, guint n_inputs, Batch *batch)
{
  LkTensor leading[LK_BROADCAST_MAX], *pointers[LK_BROADCAST_MAX];
  LkShape whole = LK_SCALAR;
  if (n_inputs > LK_BROADCAST_MAX)
    n_inputs = 1;
  for (guint i = 0; i < n_inputs; i++)
    {
      leading[i] = (LkTensor) { .shape = lk_matrix_batch (lk_rule_shape (call, i)) };
      pointers[i] = &leading[i];
      lk_shape_broadcast (&whole, &leading[i].shape, &whole);
    }
  lk_broadcast_init (&batch->walk, pointers, n_inputs, &whole);
  batch->count = lk_shape_size (&whole);
}

static gint64
matrix_size (const LkTensor *tensor)
{
  return lk_shape_product (&tensor->shape, tensor->shape.rank - 2, tensor->shape.rank);
}

static void
fail (LkCall *call, const char *problem)
{
  lk_call_fail (call, problem == lk_matrix_short_memory ? LK_RESOURCE_EXHAUSTED : LK_INVALID_ARGUMENT, "%s", problem);
}

static void
run_batch (LkCall *call, guint n_inputs, Batch *batch, LkMatrixKernel kernel, LkMatrixWork *work)
{
  const void *in[MAX_INPUTS];
  void *out[3];
  gint64 done = 0;
  for (gint64 run = 0; run < batch->walk.runs; run++, lk_broadcast_next (&batch->walk))
    for (gint64 i = 0; i < lk_broadcast_length (&batch->walk); i++, done++)
      {
        for (guint k = 0; k < n_inputs; k++)
          in[k] = (const char *) call->inputs[k]->data + matrix_at (batch, k, i, done) * matrix_size (call->inputs[k])
                                                         * lk_dtype_size (call->inputs[k]->dtype);
        for (guint k = 0; k < call->n_outputs; k++)
          out[k] = (char *) call->outputs[k]->data + done * (call->outputs[k]->size / batch->count)
                                                     * lk_dtype_size (call->outputs[k]->dtype);
        const char *problem = kernel (work, in, out);
        if (problem != NULL)
          {
            fail (call, problem);
            return;
          }
      }
}

void
lk_matrix_run (LkCall *call, guint n_inputs, LkMatrixKernels kernels)
{
  Batch batch;
  const LkShape *a = lk_rule_shape (call, 0), *b = lk_rule_shape (call, n_inputs - 1);
  LkMatrixWork work = { .attrs = call->attrs, .m = a->dims[a->rank - 2], .n = a->dims[a->rank - 1],
                        .k = b->dims[b->rank - 1] };
  gboolean any = FALSE;
  if (call->n_inputs > 2 && call->inputs[2]->shape.rank == 0)
    work.number = lk_tensor_double_at (call->inputs[2], 0);
  for (guint i = 0; i < call->n_outputs; i++)
    any |= work.gives[i] = call->outputs[i]->size > 0;
  if (!any)
    return;
  batch_init (call, n_inputs, &batch);
  if (batch.count == 0)
    return;
  lk_blas_prepare ();
  run_batch (call, n_inputs, &batch, kernels[call->inputs[0]->dtype], &work);
  for (guint i = 0; i < LK_MATRIX_BLOCKS; i++)
    g_free (work.blocks[i]);
}

void
lk_matrix_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Batch batch;
  guint n = 0;
  while (n < call->n_inputs && lk_rule_shape (call, n)->rank >= 2)
    n++;
  batch_init (call, n, &batch);
  const gint64 at = element / (call->outputs[output]->size / batch.count), length = lk_broadcast_length (&batch.walk);
  for (gint64 run = 0; run < at / length; run++)
    lk_broadcast_next (&batch.walk);
  for (guint i = 0; i < n; i++)
    {
      const gint64 size = matrix_size (call->inputs[i]);
      lk_provenance_add (into, i, matrix_at (&batch, i, at % length, at) * size, size, 1);
    }
  for (guint i = n; i < call->n_inputs; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

/* ---- gradients ---- */

LkTensor *
lk_matrix_product (LkContext *ctx, LkTensor *a, gboolean adjoint_a, LkTensor *b, gboolean adjoint_b)
{
  return lk_batch_mat_mul (ctx, a, b, adjoint_a, adjoint_b);
}

LkTensor *
lk_matrix_negative_product (LkContext *ctx, LkTensor *a, gboolean adjoint_a, LkTensor *b, gboolean adjoint_b)
{
  g_autoptr (LkTensor) positive = lk_matrix_product (ctx, a, adjoint_a, b, adjoint_b);
  return lk_neg (ctx, positive);
}

/* An adjoint is a transposition of the last two axes, and of complex numbers their conjugates. */
LkTensor *
lk_matrix_adjoint (LkContext *ctx, LkTensor *matrix)
{
  gint64 order[LK_MAX_RANK];
  if (matrix == NULL)
    return NULL;
  const guint rank = matrix->shape.rank;
  if (rank == LK_RANK_UNKNOWN)
    {
      g_autoptr (LkTensor) unranked = lk_einsum (ctx, &matrix, 1, "...ij->...ji");
      return lk_conjugate (ctx, unranked);
    }
  for (guint i = 0; i < rank; i++)
    order[i] = i + 2 < rank ? i : i + 2 == rank ? i + 1 : i - 1;
  g_autoptr (LkTensor) perm = lk_constant_ints (ctx, LK_INT32, order, rank);
  g_autoptr (LkTensor) turned = lk_transpose (ctx, matrix, perm);
  return lk_conjugate (ctx, turned);
}

LkTensor *
lk_matrix_band (LkContext *ctx, LkTensor *matrix, gint lower, gint upper)
{
  g_autoptr (LkTensor) below = lk_constant_scalar (ctx, LK_INT64, lower);
  g_autoptr (LkTensor) above = lk_constant_scalar (ctx, LK_INT64, upper);
  return lk_matrix_band_part (ctx, matrix, below, above);
}

LkTensor *
lk_matrix_half_lower (LkContext *ctx, LkTensor *matrix)
{
  g_autoptr (LkTensor) lower = lk_matrix_band (ctx, matrix, -1, 0);
  g_autoptr (LkTensor) diagonal = lk_matrix_band (ctx, matrix, 0, 0);
  g_autoptr (LkTensor) half = lk_scaled (ctx, diagonal, 0.5);
  return lk_sub (ctx, lower, half);
}

LkTensor *
lk_matrix_row (LkContext *ctx, LkTensor *vector)
{
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, -2);
  return lk_expand_dims (ctx, vector, axis);
}

LkTensor *
lk_matrix_column (LkContext *ctx, LkTensor *vector)
{
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, -1);
  return lk_expand_dims (ctx, vector, axis);
}

LkTensor *
lk_matrix_scale_columns (LkContext *ctx, LkTensor *matrix, LkTensor *vector)
{
  g_autoptr (LkTensor) row = lk_matrix_row (ctx, vector);
  return lk_mul (ctx, matrix, row);
}

LkTensor *
lk_matrix_scale_rows (LkContext *ctx, LkTensor *matrix, LkTensor *vector)
{
  g_autoptr (LkTensor) column = lk_matrix_column (ctx, vector);
  return lk_mul (ctx, matrix, column);
}

LkTensor *
lk_matrix_of_diagonal (LkContext *ctx, LkTensor *vector)
{
  return lk_einsum (ctx, &vector, 1, "...i->...ii");
}

LkTensor *
lk_matrix_n_columns (LkContext *ctx, LkTensor *matrix)
{
  if (matrix == NULL)
    return NULL;
  const LkShape *shape = &matrix->shape;
  if (shape->rank != LK_RANK_UNKNOWN && shape->dims[shape->rank - 1] >= 0)
    return lk_constant_scalar (ctx, LK_INT32, shape->dims[shape->rank - 1]);
  g_autoptr (LkTensor) sizes = lk_shape_of_tensor (ctx, matrix);
  g_autoptr (LkTensor) last = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) end = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
  g_autoptr (LkTensor) step = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1);
  return lk_strided_slice (ctx, sizes, last, end, step, 0, 1, 0, 0, 1);
}

static LkTensor *
take (LkContext *ctx, LkTensor *matrix, guint from_end, gint64 first, gint64 n)
{
  gint64 begins[2] = { 0, 0 }, ends[2] = { 0, 0 };
  const guint axis = 2 - from_end, others = 3 & ~(1u << axis);
  begins[axis] = first;
  ends[axis] = first + n;
  /* One ellipsis before both axes, which are taken whole but for the one. */
  g_autoptr (LkTensor) begin = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0, begins[0], begins[1] }, 3);
  g_autoptr (LkTensor) end = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0, ends[0], ends[1] }, 3);
  g_autoptr (LkTensor) step = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1, 1, 1 }, 3);
  return lk_strided_slice (ctx, matrix, begin, end, step, others << 1, others << 1, 1, 0, 0);
}

LkTensor *
lk_matrix_take_columns (LkContext *ctx, LkTensor *matrix, gint64 first, gint64 n)
{
  return take (ctx, matrix, 1, first, n);
}

LkTensor *
lk_matrix_take_rows (LkContext *ctx, LkTensor *matrix, gint64 first, gint64 n)
{
  return take (ctx, matrix, 2, first, n);
}

LkTensor *
lk_matrix_join (LkContext *ctx, LkTensor *a, LkTensor *b, gint axis)
{
  LkTensor *both[2] = { a, b };
  g_autoptr (LkTensor) along = lk_constant_scalar (ctx, LK_INT32, axis);
  return lk_concat (ctx, both, 2, along);
}
