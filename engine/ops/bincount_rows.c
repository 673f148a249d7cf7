/* SPDX-License-Identifier: MIT */
/* How often each number occurs in each row, of sparse and of ragged rows. */
#include <string.h>

#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* Which row value i belongs to, asked with increasing i. */
typedef struct
{
  const LkTensor *where;  /* sparse: indices; ragged: splits */
  gboolean sparse, vector;
  gint64 row;
} Rows;

static gint64
row_of (Rows *rows, gint64 i)
{
  if (rows->vector)
    return 0;
  if (rows->sparse)
    return lk_int_at (rows->where, i * rows->where->shape.dims[1]);
  while (lk_int_at (rows->where, rows->row + 1) <= i)
    rows->row++;
  return rows->row;
}

static gboolean
check_size (const LkCall *call, guint input, gint64 *size)
{
  guint n;
  *size = LK_DIM_UNKNOWN;
  return lk_rule_need_scalar (call, input, "size")
         && (!lk_rule_ints (call, input, size, 1, &n) || *size >= 0
             || lk_call_fail (call, LK_INVALID_ARGUMENT, "size (%" G_GINT64_FORMAT ") must be non-negative", *size));
}

static gboolean
check_weights (const LkCall *call, guint values, guint weights)
{
  LkShape merged;
  const LkShape *given = lk_rule_shape (call, weights);
  if (!lk_shape_known (given) || lk_shape_size (given) == 0 || lk_rule_merge (lk_rule_shape (call, values), given, &merged))
    return TRUE;
  g_autofree char *text = lk_shape_text (given);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "`weights` must be the same shape as `values` or a length-0 `Tensor`, in which "
                       "case it acts as all weights equal to 1. Received %s", text);
}

static gboolean
check_vector (const LkCall *call, guint i)
{
  return lk_rule_need_rank (call, i, 1, "must be a vector, got shape %s");
}

/* ---- counting ---- */

static void
add (LkTensor *out, gint64 at, const LkTensor *weights, gint64 i, gboolean binary)
{
  const gboolean weighted = weights->size > 0 && !binary;
  if (binary)
    lk_tensor_set_int (out, at, 1);
  else if (lk_dtype_is_floating (out->dtype))
    lk_tensor_set_double (out, at, lk_tensor_double_at (out, at) + (weighted ? lk_tensor_double_at (weights, i) : 1));
  else
    lk_tensor_set_int (out, at, (gint64) ((guint64) lk_tensor_int_at (out, at)
                                          + (weighted ? (guint64) lk_tensor_int_at (weights, i) : 1)));
}

static void
count_rows (LkCall *call, Rows *rows, const LkTensor *values, const LkTensor *weights, gint64 n_rows)
{
  LkTensor *out = call->outputs[0];
  const gint64 size = out->shape.dims[out->shape.rank - 1];
  if (out->size > 0)
    memset (out->data, 0, lk_tensor_bytes (out));
  for (gint64 i = 0; i < values->size; i++)
    {
      const gint64 number = lk_int_at (values, i), row = row_of (rows, i);
      if (number < 0)
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, "Input must be non-negative");
          return;
        }
      if (row < 0 || row >= n_rows)
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, "Index out of bound. `batch` (%" G_GINT64_FORMAT ") must be less than the "
                        "dimension size (%" G_GINT64_FORMAT ").", row, n_rows);
          return;
        }
      if (number < size)
        add (out, row * size + number, weights, i, call->attrs[0].b);
    }
}

static void
provenance_of (const LkCall *call, Rows *rows, guint values, guint weights, gint64 element, LkProvenance *into)
{
  const LkShape *shape = &call->outputs[0]->shape;
  const gint64 size = shape->dims[shape->rank - 1];
  for (gint64 i = 0; i < call->inputs[values]->size; i++)
    if (row_of (rows, i) == element / size && lk_int_at (call->inputs[values], i) == element % size)
      {
        lk_provenance_add (into, values, i, 1, 1);
        if (call->inputs[weights]->size > 0 && !call->attrs[0].b)
          lk_provenance_add (into, weights, i, 1, 1);
      }
}

/* ---- SparseBincount ---- */

static gboolean
sparse_bincount_infer (const LkCall *call, LkSignature *out)
{
  gint64 size, dims[2];
  guint n;
  LkShape merged;
  const LkShape *indices = lk_rule_shape (call, 0), *values = lk_rule_shape (call, 1), *shape = lk_rule_shape (call, 2);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_rank (call, 0, 2, "indices must be a matrix, got shape %s") || !check_vector (call, 1)
      || !check_vector (call, 2) || !check_size (call, 3, &size) || !check_weights (call, 1, 4))
    return FALSE;
  const LkShape wanted = LK_SHAPE (values->rank == 1 ? values->dims[0] : LK_DIM_UNKNOWN,
                                   shape->rank == 1 ? shape->dims[0] : LK_DIM_UNKNOWN);
  if (indices->rank != LK_RANK_UNKNOWN && !lk_rule_merge (indices, &wanted, &merged))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Number of values must match first dimension of indices, and their second the "
                         "length of dense_shape");
  if (shape->rank != 1 || shape->dims[0] < 0)
    return TRUE;
  if (shape->dims[0] != 1 && shape->dims[0] != 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "SparseBincount is not implemented for dense_shape of %" G_GINT64_FORMAT
                         " dimensions: 1 or 2 are expected", shape->dims[0]);
  const gboolean known = lk_rule_ints (call, 2, dims, 2, &n);
  if (known && (dims[0] < 0 || (n == 2 && dims[1] < 0)))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "dense_shape must not be negative");
  out[0].shape = shape->dims[0] == 1 ? LK_SHAPE (size) : LK_SHAPE (known ? dims[0] : LK_DIM_UNKNOWN, size);
  return TRUE;
}

static void
sparse_bincount_kernel (LkCall *call)
{
  Rows rows = { call->inputs[0], TRUE, call->outputs[0]->shape.rank == 1, 0 };
  count_rows (call, &rows, call->inputs[1], call->inputs[4], rows.vector ? 1 : call->outputs[0]->shape.dims[0]);
}

static void
sparse_bincount_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Rows rows = { call->inputs[0], TRUE, call->outputs[0]->shape.rank == 1, 0 };
  provenance_of (call, &rows, 1, 4, element, into);
}

LK_BLOCK (sparse_bincount, .infer = sparse_bincount_infer, .kernel = sparse_bincount_kernel,
          .provenance = sparse_bincount_provenance,
          .shape = "[size] of a vector, [rows, size] of a matrix, which dense_shape says; weights are empty, or as many as values.",
          SAMPLES ({ "int64[3,1]={0,2,3}; int32[3]={1,1,5}; int64[1]={4}; int32[]={3}; float64[0]" },
                   { "int64[4,2]={0,0,0,1,2,0,2,1}; int64[4]={1,0,2,1}; int64[2]={3,2}; int64[]={3}; float64[4]" },
                   { "int64[2,2]={0,0,0,1}; int64[2]={1,1}; int64[2]={1,2}; int64[]={2}; int32[0]", "binary_output=true" },
                   { "int64[0,2]; int64[0]; int64[2]={2,2}; int64[]={2}; int64[0]" }));

/* ---- RaggedBincount ---- */

static gboolean
ragged_bincount_infer (const LkCall *call, LkSignature *out)
{
  gint64 size;
  const LkShape *splits = lk_rule_shape (call, 0);
  if (!check_vector (call, 0) || !check_vector (call, 1) || !check_size (call, 2, &size) || !check_weights (call, 1, 3))
    return FALSE;
  if (splits->rank == 1 && splits->dims[0] == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Splits must be non-empty");
  const gint64 n = splits->rank == 1 && splits->dims[0] > 0 ? splits->dims[0] - 1 : LK_DIM_UNKNOWN;
  out[0].shape = LK_SHAPE (n, size);
  return TRUE;
}

static gboolean
check_splits (const LkCall *call)
{
  const LkTensor *splits = call->inputs[0];
  const gint64 n = splits->size - 1, values = call->inputs[1]->size;
  if (lk_int_at (splits, 0) != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Splits must start with 0, not with %" G_GINT64_FORMAT, lk_int_at (splits, 0));
  if (lk_int_at (splits, n) != values)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Splits must end with the number of values, got %" G_GINT64_FORMAT
                         " instead of %" G_GINT64_FORMAT, lk_int_at (splits, n), values);
  for (gint64 i = 0; i < n; i++)
    if (lk_int_at (splits, i) > lk_int_at (splits, i + 1))
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Splits must not decrease");
  return TRUE;
}

static void
ragged_bincount_kernel (LkCall *call)
{
  Rows rows = { call->inputs[0], FALSE, FALSE, 0 };
  if (check_splits (call))
    count_rows (call, &rows, call->inputs[1], call->inputs[3], call->inputs[0]->size - 1);
}

static void
ragged_bincount_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Rows rows = { call->inputs[0], FALSE, FALSE, 0 };
  provenance_of (call, &rows, 1, 3, element, into);
}

LK_BLOCK (ragged_bincount, .infer = ragged_bincount_infer, .kernel = ragged_bincount_kernel,
          .provenance = ragged_bincount_provenance, .shape = "[rows, size]; weights are empty, or as many as values.",
          SAMPLES ({ "int64[4]={0,2,2,5}; int32[5]={1,0,2,1,1}; int32[]={3}; float64[0]" },
                   { "int64[3]={0,1,3}; int64[3]={1,0,7}; int64[]={2}; float64[3]" },
                   { "int64[2]={0,3}; int64[3]={1,1,0}; int64[]={2}; int64[0]", "binary_output=true" },
                   { "int64[1]={0}; int64[0]; int64[]={2}; int64[0]" }));
