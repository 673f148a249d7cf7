/* SPDX-License-Identifier: MIT */
/* The counterparts of gathering: slices joined by number. Sorted numbers say by the last of them how many
   segments there are; of unsorted ones it is said, and those that are negative are left out. */
#include <math.h>
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"
#include "engine/ops/segment_rows.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- rules ---- */

#define UNSORTED_SHAPE "[num_segments] + data.shape[segment_ids.rank :]; data begins as segment_ids does."

static gboolean
unsorted_infer (const LkCall *call, LkSignature *out)
{
  gint64 segments = LK_DIM_UNKNOWN;
  guint n;
  const LkShape *data = lk_rule_shape (call, 0), *ids = lk_rule_shape (call, 1);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_scalar (call, 2, "num_segments"))
    return FALSE;
  if (lk_rule_ints (call, 2, &segments, 1, &n) && segments < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Input num_segments == %" G_GINT64_FORMAT " must not be negative.", segments);
  if (data->rank == LK_RANK_UNKNOWN || ids->rank == LK_RANK_UNKNOWN)
    return TRUE;
  for (guint i = 0; i < ids->rank; i++)
    if (i >= data->rank || (data->dims[i] != ids->dims[i] && data->dims[i] >= 0 && ids->dims[i] >= 0))
      {
        g_autofree char *a = lk_shape_text (data), *b = lk_shape_text (ids);
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "data.shape = %s does not start with segment_ids.shape = %s", a, b);
      }
  if (data->rank - ids->rank + 1 > LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "the result would have more than %d dimensions",
                         LK_MAX_RANK);
  out[0].shape.rank = data->rank - ids->rank + 1;
  out[0].shape.dims[0] = segments;
  for (guint i = ids->rank; i < data->rank; i++)
    out[0].shape.dims[i - ids->rank + 1] = data->dims[i];
  return TRUE;
}

#define SORTED_SHAPE "[last id + 1] + data.shape[1 :]; segment_ids is as long as data."

static gboolean
sorted_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *data = lk_rule_shape (call, 0), *ids = lk_rule_shape (call, 1);
  const LkTensor *known = lk_call_constant (call, 1);
  out[0].shape = *data;
  if (!lk_rule_need_rank (call, 1, 1, "segment_ids should be a vector, got shape %s")
      || !lk_rule_need_min_rank (call, 0, 1, "data must be at least rank 1, got shape %s"))
    return FALSE;
  if (data->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (ids->rank == 1 && ids->dims[0] >= 0 && data->dims[0] >= 0 && ids->dims[0] != data->dims[0])
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "segment_ids should be the same size as dimension 0 of input.");
  out[0].shape.dims[0] = known == NULL ? LK_DIM_UNKNOWN : known->size == 0 ? 0
                                       : lk_int_at (known, known->size - 1) + 1;
  if (known != NULL && known->size > 0 && lk_int_at (known, known->size - 1) == G_MAXINT64)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "segment ids must be less than %" G_GINT64_FORMAT,
                         G_MAXINT64);
  if (known != NULL && out[0].shape.dims[0] < (known->size > 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "segment ids must be >= 0");
  return TRUE;
}

/* Only the values tell. */
static gboolean
check_sorted (LkCall *call)
{
  const LkTensor *ids = call->inputs[1];
  if (ids->size > 0 && lk_int_at (ids, 0) < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "segment ids must be >= 0");
  for (gint64 i = 1; i < ids->size; i++)
    if (lk_int_at (ids, i) < lk_int_at (ids, i - 1))
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "segment ids are not increasing");
  return TRUE;
}

static gboolean
check_unsorted (LkCall *call)
{
  const LkTensor *ids = call->inputs[1];
  const gint64 segments = lk_int_at (call->inputs[2], 0);
  for (gint64 i = 0; i < ids->size; i++)
    if (lk_int_at (ids, i) >= segments)
      {
        g_autofree char *at = lk_index_text (&ids->shape, i);
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "segment_ids%s = %" G_GINT64_FORMAT " is out of range [0, %" G_GINT64_FORMAT ")",
                             at, lk_int_at (ids, i), segments);
      }
  return TRUE;
}

static void
segment_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *data = call->inputs[0], *ids = call->inputs[1];
  const gint64 inner = lk_shape_product (&data->shape, ids->shape.rank, data->shape.rank);
  for (gint64 i = 0; i < ids->size; i++)
    if (lk_int_at (ids, i) == element / inner)
      {
        lk_provenance_add (into, 0, i * inner + element % inner, 1, 1);
        lk_provenance_add (into, 1, i, 1, 1);
      }
}

/* ---- kernels ---- */

/* The rows of data, each joined into the one its number says. seen, (nullable): counts of the segments. */
static void
join_rows (LkCall *call, Join join, gint64 *seen)
{
  const LkTensor *data = call->inputs[0], *ids = call->inputs[1];
  LkTensor *out = call->outputs[0];
  const gint64 inner = lk_shape_product (&data->shape, ids->shape.rank, data->shape.rank);
  const gsize row = inner * lk_dtype_size (data->dtype);
  clears[out->dtype] (join, out->data, out->size);
  if (inner == 1 && join == SUM && seen == NULL && sum_ones (out, data, ids))
    return;
  for (gint64 i = 0; i < ids->size; i++)
    {
      const gint64 id = lk_int_at (ids, i);
      if (id < 0)
        continue;
      char *to = (char *) out->data + id * row;
      const char *from = (const char *) data->data + i * row;
      if (seen != NULL && seen[id]++ == 0 && row > 0)
        memcpy (to, from, row);
      else if (row > 0)
        joins[out->dtype] (join, to, from, inner);
    }
}

/* Sorted segments that nothing is in are 0, of products 1. A mean is the sum over the count. */
static void
join_sorted (LkCall *call, Join join, gboolean mean)
{
  LkTensor *out = call->outputs[0];
  const gint64 segments = out->shape.dims[0], inner = segments > 0 ? out->size / segments : 0;
  if (!check_sorted (call) || out->size == 0)
    return;
  g_autofree gint64 *seen = lk_call_room (call, LK_INT64, segments);
  if (seen == NULL)
    return;
  join_rows (call, join, seen);
  for (gint64 i = 0; i < segments; i++)
    {
      char *row = (char *) out->data + i * inner * (gint64) lk_dtype_size (out->dtype);
      if (seen[i] == 0)
        clears[out->dtype] (join == PROD ? PROD : SUM, row, inner);
      for (gint64 k = 0; mean && seen[i] > 1 && k < inner; k++)
        switch ((int) out->dtype)
          {
          case LK_FLOAT32: ((float *) row)[k] /= seen[i]; break;
          case LK_FLOAT64: ((double *) row)[k] /= seen[i]; break;
          case LK_INT32: ((gint32 *) row)[k] /= seen[i]; break;
          case LK_INT64: ((gint64 *) row)[k] /= seen[i]; break;
          case LK_UINT64: ((guint64 *) row)[k] /= (guint64) seen[i]; break;
          case LK_COMPLEX64: ((_Complex float *) row)[k] /= seen[i]; break;
          case LK_COMPLEX128: ((_Complex double *) row)[k] /= seen[i]; break;
          }
    }
}

static void
join_unsorted (LkCall *call, Join join)
{
  if (check_unsorted (call))
    join_rows (call, join, NULL);
}

/* ---- gradients ---- */

/* What both kinds share: where each row of data went, and how many segments there are. */
typedef struct
{
  LkTensor *ids, *n, *counted;    /* counted (nullable): which rows were not left out */
} Segments;

static gboolean
segments_init (const LkCall *call, Segments *s)
{
  LkContext *ctx = call->ctx;
  LkTensor *data = call->inputs[0], *ids = call->inputs[1];
  *s = (Segments) { NULL, NULL, NULL };
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, ids->dtype, 0);
  if (call->n_inputs == 2)
    {
      g_autoptr (LkTensor) shape = lk_shape (ctx, call->outputs[0], LK_INT64);
      g_autoptr (LkTensor) first = lk_constant_scalar (ctx, LK_INT32, 0);
      s->n = lk_gather (ctx, shape, first, first, 0);
      s->ids = lk_tensor_ref (ids);
      return TRUE;
    }
  if (data->shape.rank == LK_RANK_UNKNOWN || ids->shape.rank == LK_RANK_UNKNOWN)
    {
      lk_context_fail (ctx, LK_UNIMPLEMENTED,
                       "%s: the gradient needs the ranks of data and segment_ids", call->op->name);
      return FALSE;
    }
  s->n = lk_tensor_ref (call->inputs[2]);
  s->ids = lk_maximum (ctx, ids, zero);
  s->counted = lk_greater_equal (ctx, ids, zero);
  for (guint i = ids->shape.rank; i < data->shape.rank; i++)
    {
      g_autoptr (LkTensor) last = lk_constant_scalar (ctx, LK_INT32, -1), inner = s->counted;
      s->counted = lk_expand_dims (ctx, inner, last);
    }
  return TRUE;
}

static void
segments_clear (Segments *s)
{
  lk_tensor_unref (s->ids);
  lk_tensor_unref (s->n);
  lk_tensor_unref (s->counted);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Segments, segments_clear)

/* The row of tensor that each row of data went to, and zeros for those left out. */
static LkTensor *
rows_of (const LkCall *call, const Segments *s, LkTensor *tensor)
{
  LkContext *ctx = call->ctx;
  if (tensor != NULL && tensor->shape.rank != LK_RANK_UNKNOWN && tensor->shape.dims[0] == 0)
    return lk_zeros_like (ctx, call->inputs[0]);    /* there are no rows, so all are left out */
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0);
  g_autoptr (LkTensor) rows = lk_gather (ctx, tensor, s->ids, axis, 0);
  if (s->counted == NULL)
    return g_steal_pointer (&rows);
  g_autoptr (LkTensor) none = lk_constant_scalar (ctx, call->inputs[0]->dtype, 0);
  return lk_select (ctx, s->counted, rows, none);
}

static LkTensor *
summed (const LkCall *call, const Segments *s, LkTensor *rows)
{
  return lk_unsorted_segment_sum (call->ctx, rows, call->inputs[1], s->n);
}

static void
sum_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_auto (Segments) s;
  if (segments_init (call, &s))
    dx[0] = rows_of (call, &s, dy[0]);
}

static void
mean_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_auto (Segments) s;
  if (!segments_init (call, &s))
    return;
  g_autoptr (LkTensor) ones = lk_ones_like (ctx, call->inputs[0]);
  g_autoptr (LkTensor) counts = summed (call, &s, ones);
  g_autoptr (LkTensor) share = lk_div_no_nan (ctx, dy[0], counts);
  dx[0] = rows_of (call, &s, share);
}

/* Shared out among the elements that are as large, or as small, as the result. */
static void
extreme_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_auto (Segments) s;
  if (!segments_init (call, &s))
    return;
  g_autoptr (LkTensor) results = rows_of (call, &s, call->outputs[0]);
  g_autoptr (LkTensor) equal = lk_equal (ctx, call->inputs[0], results);
  g_autoptr (LkTensor) marks = lk_cast (ctx, equal, call->inputs[0]->dtype);
  g_autoptr (LkTensor) counts = summed (call, &s, marks);
  g_autoptr (LkTensor) share = lk_div_no_nan (ctx, dy[0], counts);
  g_autoptr (LkTensor) rows = rows_of (call, &s, share);
  dx[0] = lk_mul (ctx, marks, rows);
}

/* dy times the product of the segment's other elements: the product of those that are not 0, over the element
   itself if it is not; 0 where another one is 0. */
static void
prod_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0];
  g_auto (Segments) s;
  if (!segments_init (call, &s))
    return;
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, x->dtype, 0);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
  g_autoptr (LkTensor) is_zero = lk_equal (ctx, x, zero);
  g_autoptr (LkTensor) marks = lk_cast (ctx, is_zero, x->dtype);
  g_autoptr (LkTensor) counts = summed (call, &s, marks);
  g_autoptr (LkTensor) zeros = rows_of (call, &s, counts);
  g_autoptr (LkTensor) others = lk_sub (ctx, zeros, marks);
  g_autoptr (LkTensor) none_else = lk_equal (ctx, others, zero);
  g_autoptr (LkTensor) filled = lk_select (ctx, is_zero, one, x);
  g_autoptr (LkTensor) products = lk_unsorted_segment_prod (ctx, filled, call->inputs[1], s.n);
  g_autoptr (LkTensor) product = rows_of (call, &s, products);
  g_autoptr (LkTensor) ratio = lk_real_div (ctx, product, filled);
  g_autoptr (LkTensor) straight = lk_select (ctx, none_else, ratio, zero);
  g_autoptr (LkTensor) slope = lk_conjugate (ctx, straight);
  g_autoptr (LkTensor) rows = rows_of (call, &s, dy[0]);
  dx[0] = lk_mul (ctx, rows, slope);
}

/* ---- blocks ---- */

#define SORTED(name, join, mean, wide, derive) \
  static void name##_kernel (LkCall *call) { join_sorted (call, join, mean); } \
  LK_BLOCK (name, .infer = sorted_infer, .shape = SORTED_SHAPE, .kernel = name##_kernel, .widens = wide, .gradient = derive, \
            .provenance = segment_provenance, \
            SAMPLES ({ "float64[4,2]={1,5,2,6,3,-7,4,8}; int32[4]={0,0,1,3}" }, \
                     { "float64[3]={1.5,2.5,-3}; int64[3]={0,1,1}" }, { "int32[3]; int32[3]={0,0,1}" }, \
                     { "float64[0,2]; int32[0]" }))
#define UNSORTED(name, join, wide, derive) \
  static void name##_kernel (LkCall *call) { join_unsorted (call, join); } \
  LK_BLOCK (name, .infer = unsorted_infer, .shape = UNSORTED_SHAPE, .kernel = name##_kernel, .widens = wide, .gradient = derive, \
            .provenance = segment_provenance, \
            SAMPLES ({ "float64[4,2]={1,5,2,6,3,-7,4,8}; int32[4]={0,2,0,1}; int32[]={3}" }, \
                     { "float64[3]={1.5,2.5,-3}; int64[3]={-1,0,0}; int64[]={1}" }, \
                     { "float64[2,2,3]; int32[2,2]={0,1,1,0}; int32[]={2}" }, \
                     { "float64[0,2]; int32[0]; int32[]={0}" }))
SORTED (segment_sum, SUM, FALSE, TRUE, sum_gradient);
SORTED (segment_mean, SUM, TRUE, TRUE, mean_gradient);
SORTED (segment_prod, PROD, FALSE, TRUE, prod_gradient);
SORTED (segment_max, MAX_OF, FALSE, FALSE, extreme_gradient);
SORTED (segment_min, MIN_OF, FALSE, FALSE, extreme_gradient);
UNSORTED (unsorted_segment_sum, SUM, TRUE, sum_gradient);
UNSORTED (unsorted_segment_prod, PROD, TRUE, prod_gradient);
UNSORTED (unsorted_segment_max, MAX_OF, FALSE, extreme_gradient);
UNSORTED (unsorted_segment_min, MIN_OF, FALSE, extreme_gradient);
