/* SPDX-License-Identifier: MIT */
/* Picking slices by number, and its counterparts: adding slices up by number, and numbers as one-hot vectors.
   */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"
#include "engine/ops/slices.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- GatherV2 ---- */

/* Checks batch_dims and makes them count from the start. */
static gboolean
gather_batch (const LkCall *call, guint *batch)
{
  const LkShape *params = lk_rule_shape (call, 0), *indices = lk_rule_shape (call, 1);
  const gint64 given = call->attrs[0].i;
  const gint64 dims = given < 0 ? given + indices->rank : given;
  if (dims < 0 || dims > indices->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Expected batch_dims in the range [-%u, %u], but got %" G_GINT64_FORMAT,
                         indices->rank, indices->rank, given);
  if (dims >= params->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "batch_dims (%" G_GINT64_FORMAT ") must be less than rank(params) (%u).",
                         dims, params->rank);
  for (guint i = 0; i < dims; i++)
    if (params->dims[i] >= 0 && indices->dims[i] >= 0 && params->dims[i] != indices->dims[i])
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "params.shape[%u]: %" G_GINT64_FORMAT " should be equal to indices.shape"
                           "[%u]: %" G_GINT64_FORMAT, i, params->dims[i], i, indices->dims[i]);
  *batch = dims;
  return TRUE;
}

/* params.shape[:axis] + indices.shape[batch:] + params.shape[axis + 1:] */
static gboolean
gather_shape (const LkCall *call, guint axis, guint batch, LkShape *out)
{
  const LkShape *params = lk_rule_shape (call, 0), *indices = lk_rule_shape (call, 1);
  const guint rank = params->rank - 1 + indices->rank - batch;
  if (rank > LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED,
                         "the result would have %u dimensions, at most %d are supported", rank, LK_MAX_RANK);
  out->rank = 0;
  for (guint i = 0; i < axis; i++)
    out->dims[out->rank++] = params->dims[i];
  for (guint i = batch; i < indices->rank; i++)
    out->dims[out->rank++] = indices->dims[i];
  for (guint i = axis + 1; i < params->rank; i++)
    out->dims[out->rank++] = params->dims[i];
  return TRUE;
}

static gboolean
gather_infer (const LkCall *call, LkSignature *out)
{
  gint64 dim;
  guint axis = 0, batch = 0, n;
  const LkShape *params = lk_rule_shape (call, 0);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_min_rank (call, 0, 1, "params must be at least 1 dimensional, got shape %s")
      || !lk_rule_need_scalar (call, 2, "axis"))
    return FALSE;
  if (!lk_rule_rank_known (call, 0) || !lk_rule_rank_known (call, 1))
    return TRUE;
  if (!gather_batch (call, &batch))
    return FALSE;
  const gboolean known = lk_rule_ints (call, 2, &dim, 1, &n);
  if (known && !lk_rule_axis (dim, params->rank, &axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Expected axis in the range [-%u, %u), but got %" G_GINT64_FORMAT,
                         params->rank, params->rank, dim);
  if (known && axis < batch)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "batch_dims (%u) must be less than or equal to axis (%u).", batch, axis);
  if (!gather_shape (call, known ? axis : batch, batch, &out[0].shape))
    return FALSE;
  for (guint i = 0; !known && i < out[0].shape.rank; i++)
    out[0].shape.dims[i] = LK_DIM_UNKNOWN;
  return TRUE;
}

/* The layout of a gather: params [batch, outer, rows, inner], indices [batch, picks]. */
typedef struct
{
  guint axis, batch_dims;
  gint64 batch, outer, rows, inner, picks;
} Gather;

static void
gather_layout (const LkCall *call, Gather *g)
{
  const LkShape *params = lk_rule_shape (call, 0), *indices = lk_rule_shape (call, 1);
  lk_rule_axis (lk_int_at (call->inputs[2], 0), params->rank, &g->axis);
  g->batch_dims = call->attrs[0].i < 0 ? call->attrs[0].i + indices->rank : call->attrs[0].i;
  g->batch = lk_shape_product (params, 0, g->batch_dims);
  g->outer = lk_shape_product (params, g->batch_dims, g->axis);
  g->rows = params->dims[g->axis];
  g->inner = lk_shape_product (params, g->axis + 1, params->rank);
  g->picks = lk_shape_product (indices, g->batch_dims, indices->rank);
}

static gboolean
check_indices (LkCall *call, const LkTensor *indices, gint64 rows)
{
  for (gint64 i = 0; i < indices->size; i++)
    {
      const gint64 index = lk_int_at (indices, i);
      if (index >= 0 && index < rows)
        continue;
      g_autofree char *at = lk_index_text (&indices->shape, i);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "indices%s = %" G_GINT64_FORMAT " is not in [0, %" G_GINT64_FORMAT ")",
                           at, index, rows);
    }
  return TRUE;
}

/* Slices of `slice` bytes, by n indices from `first` on. Small ones are copied without a call for each. */
#define PICKS(T, I) \
  do \
    { \
      const I *index = (const I *) indices->data + first; \
      for (gint64 i = 0; i < n; i++) \
        ((T *) to)[i] = ((const T *) from)[index[i]]; \
    } \
  while (0)
static void
pick (char *to, const char *from, gsize slice, const LkTensor *indices, gint64 first, gint64 n)
{
  const gboolean wide = indices->dtype == LK_INT64;
  if (slice == 4 && !wide)
    PICKS (guint32, gint32);
  else if (slice == 4)
    PICKS (guint32, gint64);
  else if (slice == 8 && !wide)
    PICKS (guint64, gint32);
  else if (slice == 8)
    PICKS (guint64, gint64);
  else
    for (gint64 i = 0; i < n; i++)
      memcpy (to + i * slice, from + lk_int_at (indices, first + i) * slice, slice);
}

static void
gather_kernel (LkCall *call)
{
  Gather g;
  LkShape shape;
  LkElements out;
  const LkTensor *indices = call->inputs[1];
  gather_layout (call, &g);
  if (!check_indices (call, indices, g.rows) || !gather_shape (call, g.axis, g.batch_dims, &shape))
    return;
  g_auto (LkElements) params = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  const gsize slice = g.inner * params.size;
  char *to = out.data;
  for (gint64 b = 0; slice > 0 && b < g.batch; b++)
    for (gint64 o = 0; o < g.outer; o++, to += g.picks * slice)
      pick (to, params.data + (b * g.outer + o) * g.rows * slice, slice, indices, b * g.picks, g.picks);
  lk_elements_finish (call, 0, &shape, &out);
}

/* The length of an axis as a scalar of dtype. */
static LkTensor *
length_of (LkContext *ctx, LkTensor *tensor, guint axis, LkDType dtype)
{
  if (tensor->shape.rank != LK_RANK_UNKNOWN && tensor->shape.dims[axis] >= 0)
    return lk_constant_scalar (ctx, dtype, tensor->shape.dims[axis]);
  g_autoptr (LkTensor) shape = lk_shape (ctx, tensor, dtype);
  g_autoptr (LkTensor) at = lk_constant_scalar (ctx, LK_INT32, axis);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  return lk_gather (ctx, shape, at, zero, 0);
}

/* Indices that tell the batches apart: index + batch · rows, so that one sum serves all batches. */
static LkTensor *
global_indices (const LkCall *call, guint axis, guint batch_dims)
{
  LkContext *ctx = call->ctx;
  LkTensor *indices = lk_tensor_ref (call->inputs[1]);
  const LkDType dtype = indices->dtype;
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, dtype, 0);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, dtype, 1);
  g_autoptr (LkTensor) span = length_of (ctx, call->inputs[0], axis, dtype);
  for (guint i = batch_dims; i-- > 0;)
    {
      gint64 along[LK_MAX_RANK];
      for (guint k = 0; k < call->inputs[1]->shape.rank; k++)
        along[k] = k == i ? -1 : 1;
      g_autoptr (LkTensor) shape = lk_constant_ints (ctx, LK_INT32, along, call->inputs[1]->shape.rank);
      g_autoptr (LkTensor) n = length_of (ctx, call->inputs[0], i, dtype);
      g_autoptr (LkTensor) numbers = lk_range (ctx, zero, n, one);
      g_autoptr (LkTensor) offsets = lk_mul (ctx, numbers, span);
      g_autoptr (LkTensor) column = lk_reshape (ctx, offsets, shape);
      g_autoptr (LkTensor) inner = indices, last = span;
      indices = lk_add (ctx, inner, column);
      span = lk_mul (ctx, last, n);
    }
  return indices;
}

/* Moves axes [first, first + n) of tensor in front of axes [0, first), or back. */
static LkTensor *
rotate (LkContext *ctx, LkTensor *tensor, guint rank, guint start, guint first, guint n)
{
  gint64 perm[LK_MAX_RANK];
  guint k = 0;
  for (guint i = 0; i < start; i++)
    perm[k++] = i;
  for (guint i = 0; i < n; i++)
    perm[k++] = first + i;
  for (guint i = start; i < first; i++)
    perm[k++] = i;
  for (guint i = first + n; i < rank; i++)
    perm[k++] = i;
  if (first == start || n == 0)
    return lk_tensor_ref (tensor);
  g_autoptr (LkTensor) axes = lk_constant_ints (ctx, LK_INT32, perm, rank);
  return lk_transpose (ctx, tensor, axes);
}

/* dparams: the slices of dy, summed by index. dy is [batch…, outer…, picks…, inner…]; with picks brought in
   front of outer, the first axes are those of indices. The sums come as [batch · rows, outer…, inner…]. */
static LkTensor *
gather_gradient_by_axis (const LkCall *call, LkTensor *dy, guint axis, guint batch_dims)
{
  LkContext *ctx = call->ctx;
  LkTensor *params = call->inputs[0];
  const guint rank = params->shape.rank, picks = call->inputs[1]->shape.rank - batch_dims;
  g_autoptr (LkTensor) turned = rotate (ctx, dy, rank - 1 + picks, batch_dims, axis, picks);
  g_autoptr (LkTensor) ids = global_indices (call, axis, batch_dims);
  g_autoptr (LkTensor) segments = length_of (ctx, params, axis, LK_INT32);
  for (guint i = 0; i < batch_dims; i++)
    {
      g_autoptr (LkTensor) n = length_of (ctx, params, i, LK_INT32), last = segments;
      segments = lk_mul (ctx, last, n);
    }
  g_autoptr (LkTensor) sums = lk_unsorted_segment_sum (ctx, turned, ids, segments);
  if (axis == 0)
    return lk_tensor_ref (sums);
  /* [batch…, rows, outer…, inner…], then rows back to its place. */
  LkTensor *dims[LK_MAX_RANK];
  for (guint i = 0; i < rank; i++)
    {
      const guint from = i < batch_dims ? i : i == batch_dims ? axis : i <= axis ? i - 1 : i;
      dims[i] = length_of (ctx, params, from, LK_INT32);
    }
  g_autoptr (LkTensor) shape = lk_pack (ctx, dims, rank, 0);
  for (guint i = 0; i < rank; i++)
    lk_tensor_unref (dims[i]);
  g_autoptr (LkTensor) apart = lk_reshape (ctx, sums, shape);
  return rotate (ctx, apart, rank, batch_dims, batch_dims + 1, axis - batch_dims);
}

static void
gather_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  guint axis;
  const LkTensor *dim = lk_call_constant (call, 2);
  const LkShape *params = lk_rule_shape (call, 0), *indices = lk_rule_shape (call, 1);
  const gint64 batch = call->attrs[0].i;
  if (dim == NULL || params->rank == LK_RANK_UNKNOWN || indices->rank == LK_RANK_UNKNOWN
      || !lk_rule_axis (lk_int_at (dim, 0), params->rank, &axis))
    {
      lk_context_fail (call->ctx, LK_UNIMPLEMENTED,
                       "GatherV2: the gradient needs an axis that is a constant, and the ranks "
                       "of params and indices");
      return;
    }
  if (axis == 0 && batch == 0 && lk_call_wants_slices (call, 0))
    {
      g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, call->inputs[0]);
      dx[0] = lk_slices_of_gather (call->ctx, dy[0], call->inputs[1], shape, params);
      return;
    }
  dx[0] = gather_gradient_by_axis (call, dy[0], axis, batch < 0 ? batch + indices->rank : batch);
}

static void
gather_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Gather g;
  gather_layout (call, &g);
  const gint64 inner = element % g.inner, row = element / g.inner, pick = row % g.picks,
               block = row / g.picks;
  const gint64 at = block / g.outer * g.picks + pick;
  lk_provenance_add (into, 0, (block * g.rows + lk_int_at (call->inputs[1], at)) * g.inner + inner, 1, 1);
  lk_provenance_add (into, 1, at, 1, 1);
}

LK_BLOCK (gather, .infer = gather_infer,
          .shape = "params.shape[: axis] + indices.shape[batch_dims :] + params.shape[axis + 1 :].",
          .kernel = gather_kernel, .gradient = gather_gradient,
          .provenance = gather_provenance,
          SAMPLES ({ "float64[4,2]; int32[3]={0,2,2}; int32[]={0}" },
                   { "float64[2,3]; int32[2,2]={0,2,1,1}; int32[]={1}" },
                   { "float64[2,3,2]; int32[2]={2,0}; int32[]={-2}" },
                   { "float64[3]; int64[]={1}; int32[]={0}" },
                   { "float64[2,3]; int32[2,2]={0,2,1,1}; int32[]={1}", "batch_dims=1" },
                   { "float64[2,2,3]; int32[2,2]={0,2,1,1}; int32[]={2}", "batch_dims=1" },
                   { "float64[3,2]; int32[0]; int32[]={0}" },
                   { "string[2]={a,b}; int32[3]={1,0,1}; int32[]={0}" }));
