/* SPDX-License-Identifier: MIT */
/* Rows dealt out by number, and put together again: DynamicPartition, DynamicStitch. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* n in front of the shape's axes from `first` on. */
static gboolean
shape_of_rows (const LkCall *call, gint64 n, const LkShape *shape, guint first, LkShape *out)
{
  if (shape->rank - first + 1 > LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "the result would have more than %d dimensions", LK_MAX_RANK);
  *out = LK_SHAPE (n);
  for (guint i = first; i < shape->rank; i++)
    out->dims[out->rank++] = shape->dims[i];
  return TRUE;
}

static gboolean
starts_with (const LkShape *shape, const LkShape *prefix)
{
  LkShape head = *shape, merged;
  if (shape->rank == LK_RANK_UNKNOWN || prefix->rank == LK_RANK_UNKNOWN)
    return TRUE;
  head.rank = prefix->rank;
  return prefix->rank <= shape->rank && lk_rule_merge (&head, prefix, &merged);
}

/* ---- DynamicPartition ---- */

static gboolean
dynamic_partition_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *data = lk_rule_shape (call, 0), *partitions = lk_rule_shape (call, 1);
  LkShape part = LK_SHAPE_UNKNOWN;
  if (call->attrs[0].i < 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "num_partitions must be at least 1");
  if (!starts_with (data, partitions))
    {
      g_autofree char *a = lk_shape_text (data), *b = lk_shape_text (partitions);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "data.shape must start with partitions.shape, got data.shape = "
                           "%s, partitions.shape = %s", a, b);
    }
  if (data->rank != LK_RANK_UNKNOWN && partitions->rank != LK_RANK_UNKNOWN
      && !shape_of_rows (call, LK_DIM_UNKNOWN, data, partitions->rank, &part))
    return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = part;
  return TRUE;
}

/* Counts the rows of each part. */
static gboolean
count_rows (const LkCall *call, gint64 *counts)
{
  const LkTensor *partitions = call->inputs[1];
  for (gint64 i = 0; i < partitions->size; i++)
    {
      const gint64 part = lk_int_at (partitions, i);
      if (part >= 0 && part < call->n_outputs)
        {
          counts[part]++;
          continue;
        }
      g_autofree char *at = lk_index_text (&partitions->shape, i);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "partitions%s = %" G_GINT64_FORMAT " is not in [0, %u)", at, part,
                           call->n_outputs);
    }
  return TRUE;
}

static void
dynamic_partition_kernel (LkCall *call)
{
  const LkTensor *data = call->inputs[0], *partitions = call->inputs[1];
  const guint n = call->n_outputs, rank = partitions->shape.rank;
  const gint64 inner = lk_shape_product (&data->shape, rank, data->shape.rank);
  g_autofree gint64 *counts = g_new0 (gint64, n);
  g_autofree char **ends = g_new (char *, n);
  g_autofree LkElements *outs = g_new0 (LkElements, n);
  g_autofree LkShape *shapes = g_new (LkShape, n);
  g_auto (LkElements) in = lk_elements_of (data);
  const gsize row = inner * in.size;
  gboolean good = count_rows (call, counts);
  for (guint i = 0; good && i < n; i++)
    {
      good = shape_of_rows (call, counts[i], &data->shape, rank, &shapes[i])
             && lk_call_output (call, i, &shapes[i]) != NULL
             && lk_elements_of_output (call, i, &shapes[i], &outs[i]);
      ends[i] = outs[i].data;
    }
  for (gint64 i = 0; good && row > 0 && i < partitions->size; i++)
    {
      char **end = &ends[lk_int_at (partitions, i)];
      memcpy (*end, in.data + i * row, row);
      *end += row;
    }
  for (guint i = 0; i < n; i++)
    if (good)
      lk_elements_finish (call, i, &shapes[i], &outs[i]);
    else
      lk_elements_clear (&outs[i]);
}

/* The rows of the parts, put back to where they came from. */
static void
dynamic_partition_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const guint n = call->n_outputs;
  g_autofree LkTensor **parts = g_new0 (LkTensor *, n), **places = g_new0 (LkTensor *, n);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, LK_INT32, 1);
  g_autoptr (LkTensor) size = lk_size (ctx, call->inputs[1], LK_INT32);
  g_autoptr (LkTensor) flat = lk_range (ctx, zero, size, one);
  g_autoptr (LkTensor) numbers = lk_reshape_like (ctx, flat, call->inputs[1]);
  if (!lk_dynamic_partition (ctx, numbers, call->inputs[1], n, places))
    return;
  for (guint i = 0; i < n; i++)
    parts[i] = dy[i] != NULL ? lk_tensor_ref (dy[i]) : lk_zeros_like (ctx, call->outputs[i]);
  g_autoptr (LkTensor) rows = lk_dynamic_stitch (ctx, places, parts, n);
  dx[0] = lk_reshape_like (ctx, rows, call->inputs[0]);
  for (guint i = 0; i < n; i++)
    {
      lk_tensor_unref (parts[i]);
      lk_tensor_unref (places[i]);
    }
}

static void
dynamic_partition_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *data = call->inputs[0], *partitions = call->inputs[1];
  const gint64 inner = lk_shape_product (&data->shape, partitions->shape.rank, data->shape.rank);
  gint64 left = element / inner;
  for (gint64 i = 0; i < partitions->size; i++)
    if (lk_int_at (partitions, i) == output && left-- == 0)
      {
        lk_provenance_add (into, 0, i * inner + element % inner, 1, 1);
        lk_provenance_add (into, 1, i, 1, 1);
        return;
      }
}

LK_BLOCK (dynamic_partition, .infer = dynamic_partition_infer,
          .shape = "Each output is [rows] + data.shape[partitions.rank :]; data begins as partitions does.",
          .kernel = dynamic_partition_kernel,
          .gradient = dynamic_partition_gradient, .provenance = dynamic_partition_provenance,
          SAMPLES ({ "float64[4,2]; int32[4]={1,0,1,1}", "num_partitions=2" },
                   { "float64[2,2]; int32[2,2]={0,2,2,0}", "num_partitions=3" },
                   { "float64[3]; int32[]={1}", "num_partitions=2" },
                   { "string[3]={a,b,c}; int32[3]={0,0,1}", "num_partitions=2" },
                   { "int32[0,2]; int32[0]", "num_partitions=1" }));

/* ---- DynamicStitch ---- */

/* Input i of the second list. */
static const LkShape *
data_shape (const LkCall *call, guint i)
{
  return lk_rule_shape (call, call->n_inputs / 2 + i);
}

/* Whether the rows of data[i] are like those of the first data whose rows are known; *row is their shape. */
static gboolean
merge_rows (const LkCall *call, guint i, LkShape *row)
{
  const LkShape *indices = lk_rule_shape (call, i), *data = data_shape (call, i);
  LkShape own = { .rank = 0 }, merged;
  if (!starts_with (data, indices))
    {
      g_autofree char *a = lk_shape_text (data), *b = lk_shape_text (indices);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "data[%u].shape = %s does not start with indices[%u].shape = %s", i,
                           a, i, b);
    }
  if (data->rank == LK_RANK_UNKNOWN || indices->rank == LK_RANK_UNKNOWN)
    return TRUE;
  for (guint k = indices->rank; k < data->rank; k++)
    own.dims[own.rank++] = data->dims[k];
  if (lk_rule_merge (row, &own, &merged))
    {
      *row = merged;
      return TRUE;
    }
  g_autofree char *first = lk_shape_text (data_shape (call, 0)), *begin = lk_shape_text (lk_rule_shape (call, 0)),
                  *a = lk_shape_text (data), *b = lk_shape_text (indices);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Need data[0].shape[%u:] = data[%u].shape[%u:], got data[0].shape = %s, "
                       "data[%u].shape = %s, indices[0].shape = %s, indices[%u].shape = %s", lk_rule_shape (call, 0)->rank,
                       i, indices->rank, first, i, a, begin, i, b);
}

/* Number of rows of the result: as the largest index says; −1 when they are not known. */
static gboolean
stitched_rows (const LkCall *call, gint64 *rows)
{
  *rows = 0;
  for (guint i = 0; i < call->n_inputs / 2; i++)
    {
      const LkTensor *indices = lk_call_constant (call, i);
      for (gint64 k = 0; indices != NULL && k < indices->size; k++)
        {
          if (lk_int_at (indices, k) < 0)
            return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices[%" G_GINT64_FORMAT "] is out of range", k);
          if (*rows >= 0)
            *rows = MAX (*rows, lk_int_at (indices, k) + 1);
        }
      if (indices == NULL)
        *rows = LK_DIM_UNKNOWN;
    }
  return TRUE;
}

static gboolean
stitch_shape (const LkCall *call, LkShape *shape)
{
  gint64 rows;
  LkShape row = LK_SHAPE_UNKNOWN;
  *shape = LK_SHAPE_UNKNOWN;
  if (call->n_inputs == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "DynamicStitchOp: Must have some inputs");
  for (guint i = 0; i < call->n_inputs / 2; i++)
    if (!merge_rows (call, i, &row))
      return FALSE;
  if (!stitched_rows (call, &rows))
    return FALSE;
  return row.rank == LK_RANK_UNKNOWN || shape_of_rows (call, rows, &row, 0, shape);
}

#define DYNAMIC_STITCH_SHAPE "[largest index + 1] + what data has beyond the axes of indices."

static gboolean
dynamic_stitch_infer (const LkCall *call, LkSignature *out)
{
  return stitch_shape (call, &out[0].shape);
}

/* Of rows with the same index the last one stays; those without are 0. */
static void
dynamic_stitch_kernel (LkCall *call)
{
  LkShape shape;
  LkElements out;
  const guint n = call->n_inputs / 2;
  if (!stitch_shape (call, &shape) || !lk_elements_of_output (call, 0, &shape, &out))
    return;
  const gsize row = lk_shape_product (&shape, 1, shape.rank) * out.size;
  g_autofree LkElements *in = g_new (LkElements, n);
  lk_elements_zero (&out, lk_shape_size (&shape));
  for (guint i = 0; i < n; i++)
    {
      in[i] = lk_elements_of (call->inputs[n + i]);
      for (gint64 k = 0; row > 0 && k < call->inputs[i]->size; k++)
        memcpy (out.data + lk_int_at (call->inputs[i], k) * row, in[i].data + k * row, row);
    }
  lk_elements_finish (call, 0, &shape, &out);
  for (guint i = 0; i < n; i++)
    lk_elements_clear (&in[i]);
}

static void
dynamic_stitch_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const guint n = call->n_inputs / 2;
  g_autoptr (LkTensor) axis = lk_constant_scalar (call->ctx, LK_INT32, 0);
  for (guint i = 0; i < n; i++)
    dx[n + i] = lk_gather (call->ctx, dy[0], call->inputs[i], axis, 0);
}

static void
dynamic_stitch_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const guint n = call->n_inputs / 2;
  const LkShape *shape = &call->outputs[0]->shape;
  const gint64 inner = lk_shape_product (shape, 1, shape->rank);
  for (guint i = n; i-- > 0;)
    for (gint64 k = call->inputs[i]->size; k-- > 0;)
      if (lk_int_at (call->inputs[i], k) == element / inner)
        {
          lk_provenance_add (into, n + i, k * inner + element % inner, 1, 1);
          lk_provenance_add (into, i, k, 1, 1);
          return;
        }
}

#define STITCH_SAMPLES \
  SAMPLES ({ "int32[2]={0,3}; int32[2]={2,1}; float64[2,2]; float64[2,2]" }, \
           { "int32[]={1}; int32[2,1]={0,2}; float64[3]; float64[2,1,3]" }, { "int32[1]={0}; string[1]={a}" }, \
           { "int32[2]={1,1}; int32[2]={5,7}" }, { "int32[0]; float64[0,2]" })
LK_BLOCK (dynamic_stitch, .infer = dynamic_stitch_infer, .shape = DYNAMIC_STITCH_SHAPE, .kernel = dynamic_stitch_kernel,
          .gradient = dynamic_stitch_gradient, .provenance = dynamic_stitch_provenance, STITCH_SAMPLES);
LK_BLOCK (parallel_dynamic_stitch, .infer = dynamic_stitch_infer, .shape = DYNAMIC_STITCH_SHAPE, .kernel = dynamic_stitch_kernel,
          .gradient = dynamic_stitch_gradient, .provenance = dynamic_stitch_provenance, STITCH_SAMPLES);
