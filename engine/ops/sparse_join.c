/* SPDX-License-Identifier: MIT */
/* Sparse tensors with rows that none had filled, and joined along an axis. */
#include "engine/ops/sparse.h"

#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- SparseFillEmptyRows ---- */

static gboolean
fill_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *shape = lk_call_constant (call, 2);
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, lk_sparse_rank (call, 0));
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[2].shape = LK_SHAPE (shape != NULL && shape->size > 0 ? MAX (lk_tensor_int_at (shape, 0), -1) : LK_DIM_UNKNOWN);
  out[3].shape = LK_SHAPE (lk_sparse_n (call, 0));
  if (lk_sparse_vector_size (call, 2) == 0)
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
        lk_elements_copy (&y, starts[row], &fallback, 0);
      }
  for (gint64 i = 0; i < s.n; i++)
    {
      const gint64 place = starts[s.indices[i * s.rank]]++;
      memcpy (to + place * s.rank, s.indices + i * s.rank, s.rank * sizeof *to);
      lk_elements_copy (&y, place, &x, i);
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
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0), whole = lk_sum_all (ctx, dy[1]);
  dx[1] = lk_gather (ctx, dy[1], call->outputs[3], axis, 0);
  g_autoptr (LkTensor) part = dx[1] != NULL ? lk_sum_all (ctx, dx[1]) : NULL;
  dx[3] = lk_sub (ctx, whole, part);
}

LK_BLOCK (sparse_fill_empty_rows, .infer = fill_infer,
          .shape = "[m, rank] and [m]; [rows] for empty_row_indicator; [n] for reverse_index_map.",
          .kernel = fill_kernel, .gradient = fill_gradient,
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
      const gint64 mine = lk_sparse_vector_size (call, 2 * n + i);
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
    {
      const LkTensor *values = call->inputs[n + i];
      const LkSparse s = { values->size, rank, call->inputs[i]->data, values, call->inputs[2 * n + i]->data };
      if (!lk_sparse_check_indices (call, &s))
        return;
      total += values->size;
    }
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
        lk_elements_copy (&y, place[at++], &x, k);
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

LK_BLOCK (sparse_concat, .infer = sparse_concat_infer, .shape = "[n, rank], [n] and [rank], with all the inputs' elements.",
          .kernel = sparse_concat_kernel, .gradient = sparse_concat_gradient,
          .provenance = lk_all_elements,
          SAMPLES ({ "int64[2,2]={0,2,1,0}; int64[1,2]={0,0}; float64[2]; float64[1]; int64[2]={2,3}; int64[2]={2,1}",
                     "concat_dim=1" },
                   { "int64[1,1]={0}; int64[1,1]={1}; string[1]={a}; string[1]={b}; int64[1]={2}; int64[1]={2}",
                     "concat_dim=-1" }));
