/* SPDX-License-Identifier: MIT */
/* The largest of each row: TopKV2, InTopKV2. */
#include <math.h>
#include <string.h>

#include "engine/ops/gradient.h"
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

/* An element as a number that is the smaller the earlier it comes: largest first, NaN last, −0 as 0; and its place. */
typedef struct
{
  guint64 key;
  gint64 place;
} Pair;

#define KEYS(name, U, expression) \
  static void name (const void *data, gint64 n, Pair *pairs) \
  { \
    const U sign = (U) 1 << (8 * sizeof (U) - 1); \
    for (gint64 i = 0; i < n; i++) \
      { \
        const U x = ((const U *) data)[i]; \
        pairs[i] = (Pair) { (U) ~(expression), i }; \
      } \
  }
/* Floats are ordered as integers of a sign and a magnitude are. */
#define FLOAT_ORDER(infinity) \
  ((U_MAGNITUDE > (infinity)) ? 0 : U_MAGNITUDE == 0 ? sign : x & sign ? (typeof (x)) ~x : (typeof (x)) (x | sign))
#define U_MAGNITUDE ((typeof (x)) (x & (sign - 1)))
KEYS (keys_f32, guint32, FLOAT_ORDER (0x7f800000u))
KEYS (keys_f64, guint64, FLOAT_ORDER (G_GUINT64_CONSTANT (0x7ff0000000000000)))
KEYS (keys_i32, guint32, x ^ sign)
KEYS (keys_i64, guint64, x ^ sign)
KEYS (keys_u64, guint64, x & (sign | (sign - 1)))

static inline gboolean
before (Pair a, Pair b)
{
  return a.key < b.key || (a.key == b.key && a.place < b.place);
}

static void
insert_pairs (Pair *pairs, gint64 n)
{
  for (gint64 i = 1; i < n; i++)
    {
      const Pair pair = pairs[i];
      gint64 k = i;
      for (; k > 0 && before (pair, pairs[k - 1]); k--)
        pairs[k] = pairs[k - 1];
      pairs[k] = pair;
    }
}

/* Sorts by digits of a byte, lowest first, which keeps the order of equals; digits that are all the same are passed over.
   room: for as many. Returns where the result is. */
#define DIGITS 8
static Pair *
sort_pairs (Pair *pairs, Pair *room, gint64 n)
{
  gint64 counts[DIGITS][256] = { 0 };
  if (n <= 64)
    {
      insert_pairs (pairs, n);
      return pairs;
    }
  for (gint64 i = 0; i < n; i++)
    for (guint digit = 0; digit < DIGITS; digit++)
      counts[digit][pairs[i].key >> 8 * digit & 255]++;
  for (guint digit = 0; digit < DIGITS; digit++)
    {
      gint64 *places = counts[digit], begin = 0;
      if (places[pairs[0].key >> 8 * digit & 255] == n)
        continue;
      for (guint value = 0; value < 256; value++)
        {
          const gint64 count = places[value];
          places[value] = begin;
          begin += count;
        }
      for (gint64 i = 0; i < n; i++)
        room[places[pairs[i].key >> 8 * digit & 255]++] = pairs[i];
      Pair *last = pairs;
      pairs = room;
      room = last;
    }
  return pairs;
}

/* Puts pair in place of the root of a heap whose root is the last of its order. */
static void
sink (Pair *heap, gint64 n, Pair pair)
{
  gint64 i = 0;
  for (gint64 child = 1; child < n; child = 2 * i + 1)
    {
      child += child + 1 < n && before (heap[child], heap[child + 1]);
      if (!before (pair, heap[child]))
        break;
      heap[i] = heap[child];
      i = child;
    }
  heap[i] = pair;
}

/* The k first of n pairs in order: all sorted, or of many the few that a heap keeps. */
static Pair *
first_pairs (Pair *pairs, Pair *room, gint64 n, gint64 k)
{
  if (k > n / 8)
    return sort_pairs (pairs, room, n);
  const Pair *sorted = sort_pairs (pairs, room, k);
  Pair *heap = room + k;      /* apart from both */
  for (gint64 i = 0; i < k; i++)
    heap[i] = sorted[k - 1 - i];
  for (gint64 i = k; i < n; i++)
    if (k > 0 && before (pairs[i], heap[0]))
      sink (heap, k, pairs[i]);
  return sort_pairs (heap, heap + k, k);
}

static void
top_k_kernel (LkCall *call)
{
  static void (*const keys[LK_N_DTYPES]) (const void *data, gint64 n, Pair *pairs) = {
    [LK_FLOAT32] = keys_f32, [LK_FLOAT64] = keys_f64, [LK_INT32] = keys_i32, [LK_INT64] = keys_i64,
    [LK_UINT64] = keys_u64,
  };
  const LkTensor *in = call->inputs[0];
  LkTensor *values = call->outputs[0], *indices = call->outputs[1];
  const gint64 n = in->shape.dims[in->shape.rank - 1], k = lk_int_at (call->inputs[1], 0);
  const gint64 size = lk_dtype_size (in->dtype);
  g_autofree Pair *pairs = g_try_new (Pair, 3 * MAX (n, 1));
  if (pairs == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory to sort rows of %" G_GINT64_FORMAT, n);
      return;
    }
  for (gint64 row = 0; k > 0 && row < values->size / k; row++)
    {
      const char *from = (const char *) in->data + row * n * size;
      char *to = (char *) values->data + row * k * size;
      keys[in->dtype] (from, n, pairs);
      const Pair *first = first_pairs (pairs, pairs + n, n, k);
      for (gint64 i = 0; i < k; i++)
        {
          memcpy (to + i * size, from + first[i].place * size, size);
          lk_set_int (indices, row * k + i, first[i].place);
        }
    }
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

LK_BLOCK (top_k, .infer = top_k_infer, .kernel = top_k_kernel, .widens = TRUE, .gradient = top_k_gradient,
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

LK_BLOCK (in_top_k, .infer = in_top_k_infer, .kernel = in_top_k_kernel, .provenance = in_top_k_provenance,
          SAMPLES ({ "float32[2,3]; int32[2]={0,2}; int32[]={1}" }, { "float32[2,3]; int64[2]={1,7}; int64[]={2}" },
                   { "float32[0,3]; int32[0]; int32[]={1}" }));
