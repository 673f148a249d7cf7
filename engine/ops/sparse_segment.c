/* SPDX-License-Identifier: MIT */
/* Rows picked by number and joined by segment: the sum, mean, or sum over the root of the number, of data[indices] for each
   of increasing segment_ids; and what goes back to the rows. */
#include <math.h>
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

typedef enum { SUM, MEAN, ROOT } Weight;

static gboolean
check_vectors (const LkCall *call)
{
  LkShape merged;
  if (!lk_rule_need_rank (call, 1, 1, "indices should be a vector, got shape %s")
      || !lk_rule_need_rank (call, 2, 1, "segment_ids should be a vector, got shape %s"))
    return FALSE;
  return lk_rule_merge (lk_rule_shape (call, 1), lk_rule_shape (call, 2), &merged)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "segment_ids and indices should have same size.");
}

/* How many segments there are: as input 3 says, or one more than the last. */
static gboolean
count_segments (const LkCall *call, gint64 *n)
{
  guint one;
  const LkTensor *ids = lk_call_constant (call, 2);
  *n = LK_DIM_UNKNOWN;
  if (call->n_inputs > 3)
    return !lk_rule_ints (call, 3, n, 1, &one) || *n >= 0
           || lk_call_fail (call, LK_INVALID_ARGUMENT, "segment ids must be >= 0");
  if (ids == NULL)
    return TRUE;
  const gint64 last = ids->size > 0 ? lk_int_at (ids, ids->size - 1) : -1;
  if (last == G_MAXINT64 || (ids->size > 0 && last < 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "segment ids must be >= 0 and less than %" G_GINT64_FORMAT,
                         G_MAXINT64);
  *n = last + 1;
  return TRUE;
}

#define SPARSE_SEGMENT_SHAPE "[last id + 1, or num_segments] + data.shape[1 :]; indices and segment_ids are of one length."

static gboolean
sparse_segment_infer (const LkCall *call, LkSignature *out)
{
  gint64 n;
  const LkShape *data = lk_rule_shape (call, 0);
  out[0].shape = *data;
  if (!lk_rule_need_min_rank (call, 0, 1, "data must be at least rank 1, got shape %s") || !check_vectors (call)
      || (call->n_inputs > 3 && !lk_rule_need_rank (call, 3, 0, "num_segments should be a scalar, not shape %s"))
      || !count_segments (call, &n))
    return FALSE;
  if (data->rank != LK_RANK_UNKNOWN)
    out[0].shape.dims[0] = n;
  return TRUE;
}

/* Only the values tell: the segments increase and are fewer than said, and the indices are those of rows. */
static gboolean
check_values (LkCall *call, gint64 segments, gint64 rows)
{
  const LkTensor *indices = call->inputs[1], *ids = call->inputs[2];
  gint64 last = 0;
  for (gint64 i = 0; i < ids->size; i++)
    {
      const gint64 id = lk_int_at (ids, i), index = lk_int_at (indices, i);
      if (id < last)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, i == 0 ? "segment ids must be >= 0"
                             : "segment ids are not increasing");
      if (index < 0 || index >= rows)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Index %" G_GINT64_FORMAT " out of range [0, %" G_GINT64_FORMAT
                             ").", index, rows);
      last = id;
    }
  return ids->size == 0 || last < segments
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "segment ids must be < num_segments");
}

/* What each row of segment id is multiplied by. counts: rows of each segment. */
static double
weight_of (Weight weight, gint64 count)
{
  return weight == SUM || count == 0 ? 1 : weight == MEAN ? 1.0 / count : 1 / sqrt (count);
}

/* Rows of inner elements. to[to_rows[i]] += weight · from[from_rows[i]] */
#define ADD_ROWS(name, T, W) \
  static void name (void *out, const void *in, const LkTensor *to_rows, const LkTensor *from_rows, gint64 inner, \
                    const double *weights) \
  { \
    for (gint64 i = 0; i < to_rows->size; i++) \
      { \
        T *to = (T *) out + lk_int_at (to_rows, i) * inner; \
        const T *from = (const T *) in + lk_int_at (from_rows, i) * inner; \
        const W weight = weights != NULL ? weights[i] : 1; \
        if (weights == NULL) \
          for (gint64 k = 0; k < inner; k++) to[k] += from[k]; \
        else \
          for (gint64 k = 0; k < inner; k++) to[k] += weight * from[k]; \
      } \
  }
ADD_ROWS (add_f32, float, float)
ADD_ROWS (add_f64, double, double)
ADD_ROWS (add_i32, guint32, guint32)
ADD_ROWS (add_i64, guint64, guint64)

static void
add_rows (LkTensor *out, const LkTensor *in, const LkTensor *to_rows, const LkTensor *from_rows, gint64 inner,
          const double *weights)
{
  switch ((int) out->dtype)
    {
    case LK_FLOAT32: add_f32 (out->data, in->data, to_rows, from_rows, inner, weights); break;
    case LK_FLOAT64: add_f64 (out->data, in->data, to_rows, from_rows, inner, weights); break;
    case LK_INT32: add_i32 (out->data, in->data, to_rows, from_rows, inner, weights); break;
    case LK_INT64: case LK_UINT64: add_i64 (out->data, in->data, to_rows, from_rows, inner, weights); break;
    }
}

static gint64 *
count_ids (const LkCall *call, const LkTensor *ids, gint64 segments)
{
  gint64 *counts = lk_call_room (call, LK_INT64, segments);
  for (gint64 i = 0; counts != NULL && i < ids->size; i++)
    counts[lk_int_at (ids, i)]++;
  return counts;
}

/* Divides the sums of each segment, which is more exact than to weigh each row. */
static void
divide_sums (LkTensor *out, gint64 inner, const gint64 *counts, Weight weight)
{
  for (gint64 i = 0; i < out->size; i++)
    {
      const gint64 n = counts[i / inner];
      const double by = weight == MEAN ? n : sqrt (n);
      if (n > 1 && out->dtype == LK_FLOAT32)
        ((float *) out->data)[i] /= (float) by;
      else if (n > 1)
        ((double *) out->data)[i] /= by;
    }
}

static void
sparse_segment (LkCall *call, Weight weight)
{
  LkTensor *out = call->outputs[0];
  const LkTensor *data = call->inputs[0], *indices = call->inputs[1], *ids = call->inputs[2];
  const gint64 segments = out->shape.dims[0], inner = lk_shape_product (&data->shape, 1, data->shape.rank);
  if (!check_values (call, segments, data->shape.dims[0]))
    return;
  if (out->size == 0)
    return;
  memset (out->data, 0, lk_tensor_bytes (out));
  add_rows (out, data, ids, indices, inner, NULL);
  if (weight == SUM)
    return;
  g_autofree gint64 *counts = count_ids (call, ids, segments);
  if (counts != NULL)
    divide_sums (out, inner, counts, weight);
}

/* An element came from rows `from` of input 0, where `to` says the row that it is in. */
static void
rows_provenance (const LkCall *call, gint64 element, const LkTensor *from, const LkTensor *to, LkProvenance *into)
{
  const LkShape *shape = &call->inputs[0]->shape;
  const gint64 inner = lk_shape_product (shape, 1, shape->rank);
  for (gint64 i = 0; i < to->size; i++)
    if (lk_int_at (to, i) == element / inner)
      {
        lk_provenance_add (into, 0, lk_int_at (from, i) * inner + element % inner, 1, 1);
        lk_provenance_add (into, 1, i, 1, 1);
        lk_provenance_add (into, 2, i, 1, 1);
      }
}

static void
sparse_segment_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  rows_provenance (call, element, call->inputs[1], call->inputs[2], into);
}

typedef LkTensor *(*GradientOp) (LkContext *ctx, LkTensor *grad, LkTensor *indices, LkTensor *segment_ids,
                                 LkTensor *output_dim0);

static void
sparse_segment_gradient (const LkCall *call, LkTensor *dy, LkTensor **dx, GradientOp op)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, call->inputs[0]);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) rows = lk_gather (ctx, shape, zero, zero, 0);
  dx[0] = op (ctx, dy, call->inputs[1], call->inputs[2], rows);
}

/* ---- gradients as ops ---- */

#define GRAD_SHAPE "[output_dim0] + grad.shape[1 :]; indices and segment_ids are of one length."

static gboolean
grad_infer (const LkCall *call, LkSignature *out)
{
  gint64 rows = LK_DIM_UNKNOWN;
  guint n;
  out[0].shape = *lk_rule_shape (call, 0);
  if (!lk_rule_need_min_rank (call, 0, 1, "grad must be at least rank 1, got shape %s") || !check_vectors (call)
      || !lk_rule_need_rank (call, 3, 0, "output_dim0 should be a scalar, got shape %s"))
    return FALSE;
  if (lk_rule_ints (call, 3, &rows, 1, &n) && rows < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Cannot specify a negative value for output_dim0");
  if (out[0].shape.rank != LK_RANK_UNKNOWN)
    out[0].shape.dims[0] = rows;
  return TRUE;
}

static void
sparse_segment_grad (LkCall *call, Weight weight)
{
  LkTensor *out = call->outputs[0];
  const LkTensor *grad = call->inputs[0], *indices = call->inputs[1], *ids = call->inputs[2];
  const gint64 segments = grad->shape.dims[0], inner = lk_shape_product (&grad->shape, 1, grad->shape.rank);
  if (!check_values (call, segments, out->shape.dims[0]))
    return;
  if (out->size == 0)
    return;
  g_autofree gint64 *counts = weight == SUM ? NULL : count_ids (call, ids, segments);
  if (weight != SUM && counts == NULL)
    return;
  g_autofree double *weights = weight == SUM ? NULL : g_new (double, MAX (ids->size, 1));
  for (gint64 i = 0; weights != NULL && i < ids->size; i++)
    weights[i] = weight_of (weight, counts[lk_int_at (ids, i)]);
  memset (out->data, 0, lk_tensor_bytes (out));
  add_rows (out, grad, indices, ids, inner, weights);
}

static void
grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  rows_provenance (call, element, call->inputs[2], call->inputs[1], into);
}

static void
grad_gradient (const LkCall *call, LkTensor *dz, LkTensor **dx, GradientOp op)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, call->inputs[0]);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) segments = lk_gather (ctx, shape, zero, zero, 0);
  dx[0] = op (ctx, dz, call->inputs[1], call->inputs[2], segments);
}

/* ---- blocks ---- */

/* An op, the same with a given number of segments, and the gradient of both; each is the other's gradient. */
#define SPARSE_SEGMENT(name, weight) \
  static void name##_kernel (LkCall *call) { sparse_segment (call, weight); } \
  static void name##_grad_kernel (LkCall *call) { sparse_segment_grad (call, weight); } \
  static void name##_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx) \
  { \
    sparse_segment_gradient (call, dy[0], dx, lk_##name##_grad); \
  } \
  static void name##_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx) \
  { \
    grad_gradient (call, dz[0], dx, lk_##name##_with_num_segments); \
  } \
  LK_BLOCK (name, .infer = sparse_segment_infer, .shape = SPARSE_SEGMENT_SHAPE, .kernel = name##_kernel, .widens = TRUE, \
            .gradient = name##_gradient, \
            .provenance = sparse_segment_provenance, \
            SAMPLES ({ "float64[3,2]; int32[4]={0,2,2,1}; int32[4]={0,0,1,3}" }, \
                     { "float64[3]; int64[2]={1,1}; int64[2]={0,0}" }, { "float64[2,3]; int32[0]; int32[0]" })); \
  LK_BLOCK (name##_with_num_segments, .infer = sparse_segment_infer, .shape = SPARSE_SEGMENT_SHAPE, .kernel = name##_kernel, \
            .widens = TRUE, \
            .gradient = name##_gradient, .provenance = sparse_segment_provenance, \
            SAMPLES ({ "float64[3,2]; int32[4]={0,2,2,1}; int32[4]={0,0,1,3}; int32[]={6}" }, \
                     { "float64[3]; int64[2]={1,1}; int32[2]={0,0}; int64[]={1}" })); \
  LK_BLOCK (name##_grad, .infer = grad_infer, .shape = GRAD_SHAPE, .kernel = name##_grad_kernel, .widens = TRUE, \
            .gradient = name##_grad_gradient, .provenance = grad_provenance, \
            SAMPLES ({ "float64[4,2]; int32[4]={0,2,2,1}; int32[4]={0,0,1,3}; int32[]={3}" }, \
                     { "float64[1]; int64[2]={1,1}; int64[2]={0,0}; int32[]={3}" }))
SPARSE_SEGMENT (sparse_segment_sum, SUM);
SPARSE_SEGMENT (sparse_segment_mean, MEAN);
SPARSE_SEGMENT (sparse_segment_sqrt_n, ROOT);
