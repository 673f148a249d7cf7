/* SPDX-License-Identifier: MIT */
/* The largest of each row: TopKV2, InTopKV2. */
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/ranking.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- TopKV2 ---- */

static gboolean
top_k_infer (const LkCall *call, LkSignature *out)
{
  gint64 k = LK_DIM_UNKNOWN;
  guint n;
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = out[1].shape = *in;
  if (!lk_rule_need_min_rank (call, 0, 1, "input must be >= 1-D, got shape %s")
      || !lk_rule_need_rank (call, 1, 0, "k must be scalar, got shape %s"))
    return FALSE;
  if (lk_rule_ints (call, 1, &k, 1, &n) && k < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Need k >= 0, got %" G_GINT64_FORMAT, k);
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (in->dims[in->rank - 1] >= 0 && k > in->dims[in->rank - 1])
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "input must have at least k columns. Had %" G_GINT64_FORMAT
                         ", needed %" G_GINT64_FORMAT, in->dims[in->rank - 1], k);
  out[0].shape.dims[in->rank - 1] = out[1].shape.dims[in->rank - 1] = k;
  return TRUE;
}

static void
top_k_kernel (LkCall *call)
{
  const LkTensor *in = call->inputs[0];
  const gint64 n = in->shape.dims[in->shape.rank - 1], k = lk_int_at (call->inputs[1], 0);
  if (n > LK_RANKING_MOST || !lk_ranking_find (in, n, k, call->outputs[0], call->outputs[1]))
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory to sort rows of %" G_GINT64_FORMAT, n);
}

/* dy goes back to where the values stood: their places counted over all rows. */
static void
top_k_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0];
  if (dy[0] == NULL)
    return;
  g_autoptr (LkTensor) flat = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, LK_INT32, 1);
  g_autoptr (LkTensor) size = lk_size (ctx, x, LK_INT32);
  g_autoptr (LkTensor) shape = lk_shape (ctx, x, LK_INT32);
  g_autoptr (LkTensor) backwards = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 0 }, 1);
  g_autoptr (LkTensor) turned = lk_reverse (ctx, shape, backwards);
  g_autoptr (LkTensor) columns = lk_gather (ctx, turned, zero, zero, 0);
  g_autoptr (LkTensor) n = lk_maximum (ctx, columns, one);
  g_autoptr (LkTensor) starts = lk_range (ctx, zero, size, n);
  g_autoptr (LkTensor) column = lk_expand_dims (ctx, starts, one);
  g_autoptr (LkTensor) indices = lk_cast (ctx, call->outputs[1], LK_INT32);
  g_autoptr (LkTensor) all = lk_shape (ctx, indices, LK_INT32);
  g_autoptr (LkTensor) all_turned = lk_reverse (ctx, all, backwards);
  g_autoptr (LkTensor) k = lk_gather (ctx, all_turned, zero, zero, 0);
  g_autoptr (LkTensor) n_rows = lk_size (ctx, starts, LK_INT32);
  g_autoptr (LkTensor) pair = lk_pack (ctx, (LkTensor *[]) { n_rows, k }, 2, 0);
  g_autoptr (LkTensor) rows = lk_reshape (ctx, indices, pair);
  g_autoptr (LkTensor) places = lk_add (ctx, rows, column);
  g_autoptr (LkTensor) flat_places = lk_reshape (ctx, places, flat);
  g_autoptr (LkTensor) flat_dy = lk_reshape (ctx, dy[0], flat);
  g_autoptr (LkTensor) sums = lk_unsorted_segment_sum (ctx, flat_dy, flat_places, size);
  dx[0] = lk_reshape (ctx, sums, shape);
}

static void
top_k_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->inputs[0]->shape.dims[call->inputs[0]->shape.rank - 1];
  lk_provenance_add (into, 0, element / lk_int_at (call->inputs[1], 0) * n, n, 1);
}

LK_BLOCK (top_k, .infer = top_k_infer, .shape = "The input's shape, whose last axis, of k at least, becomes k.",
          .kernel = top_k_kernel, .widens = TRUE, .gradient = top_k_gradient,
          .provenance = top_k_provenance,
          SAMPLES ({ "float64[5]={3,1,4,1.5,-5}; int32[]={3}" }, { "float64[2,3]={3,1,4,1.5,-5,9}; int32[]={2}" },
                   { "int32[4]={3,1,4,1}; int32[]={4}", "sorted=false" }, { "uint8[3]={1,200,3}; int64[]={2}", "index_type=int16" }, { "float64[2,3]={3,1,4,1.5,-5,9}; int32[]={1}" },
                   { "float64[2,3]={3,1,4,1.5,-5,9}; int32[]={0}" }));

/* ---- InTopKV2 ---- */

static gboolean
in_top_k_infer (const LkCall *call, LkSignature *out)
{
  LkShape merged;
  const LkShape *predictions = lk_rule_shape (call, 0), *targets = lk_rule_shape (call, 1);
  out[0].shape = *targets;
  if (!lk_rule_need_rank (call, 0, 2, "predictions must be 2-dimensional, got shape %s")
      || !lk_rule_need_rank (call, 1, 1, "targets must be 1-dimensional, got shape %s")
      || !lk_rule_need_rank (call, 2, 0, "k must be scalar, got shape %s"))
    return FALSE;
  if (predictions->rank == LK_RANK_UNKNOWN || targets->rank == LK_RANK_UNKNOWN)
    return TRUE;
  const LkShape rows = LK_SHAPE (predictions->dims[0]);
  if (!lk_rule_merge (&rows, targets, &merged))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "First dimension of predictions %" G_GINT64_FORMAT
                         " must match length of targets %" G_GINT64_FORMAT, predictions->dims[0], targets->dims[0]);
  out[0].shape = merged;
  return TRUE;
}

/* Fewer than k are larger. Nothing is among the largest of a row that is not finite up to it. */
static void
in_top_k_kernel (LkCall *call)
{
  const LkTensor *predictions = call->inputs[0], *targets = call->inputs[1];
  const gint64 classes = predictions->shape.dims[1], k = lk_int_at (call->inputs[2], 0);
  guint8 *out = call->outputs[0]->data;
  for (gint64 i = 0; i < targets->size; i++)
    {
      const float *row = (const float *) predictions->data + i * classes;
      const gint64 target = lk_int_at (targets, i);
      gboolean good = target >= 0 && target < classes && isfinite (row[target]);
      gint64 larger = 0;
      for (gint64 c = 0; good && c < classes && larger < k; c++)
        {
          good = isfinite (row[c]);
          larger += row[c] > row[target];
        }
      out[i] = good && larger < k;
    }
}

static void
in_top_k_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 classes = lk_rule_shape (call, 0)->dims[1];
  lk_provenance_add (into, 0, element * classes, classes, 1);
  lk_provenance_add (into, 1, element, 1, 1);
  lk_provenance_add (into, 2, 0, 1, 1);
}

LK_BLOCK (in_top_k, .infer = in_top_k_infer, .shape = "[batch], from predictions [batch, classes] and targets [batch].",
          .kernel = in_top_k_kernel, .provenance = in_top_k_provenance,
          SAMPLES ({ "float32[2,3]; int32[2]={0,2}; int32[]={1}" }, { "float32[2,3]; int64[2]={1,7}; int64[]={2}" },
                   { "float32[0,3]; int32[0]; int32[]={1}" }));
