/* SPDX-License-Identifier: MIT */
/* The largest of each row: TopKV2, InTopKV2. */
#include <math.h>

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

/* Largest first, and of equals the one that stands first; NaN last. With k of n much fewer, a heap of the best so far whose
   root is the worst of them; else all are merged, run by run. */
#define RUN 16
#define PICK(name, T) \
  typedef struct { T key; gint64 place; } name##_Pair; \
  static inline gboolean name##_before (name##_Pair a, name##_Pair b) \
  { \
    if (a.key == b.key || (a.key != a.key && b.key != b.key)) \
      return a.place < b.place; \
    return a.key > b.key || b.key != b.key; \
  } \
  static void name##_runs (name##_Pair *pairs, gint64 n) \
  { \
    for (gint64 begin = 0; begin < n; begin += RUN) \
      for (gint64 i = begin + 1; i < MIN (begin + RUN, n); i++) \
        { \
          const name##_Pair pair = pairs[i]; \
          gint64 k = i; \
          for (; k > begin && name##_before (pair, pairs[k - 1]); k--) \
            pairs[k] = pairs[k - 1]; \
          pairs[k] = pair; \
        } \
  } \
  /* Sorts with room for as many; returns where the result is. */ \
  static name##_Pair *name##_sort (name##_Pair *pairs, name##_Pair *room, gint64 n) \
  { \
    name##_runs (pairs, n); \
    for (gint64 run = RUN; run < n; run *= 2) \
      { \
        for (gint64 begin = 0; begin < n; begin += 2 * run) \
          { \
            const gint64 middle = MIN (begin + run, n), end = MIN (begin + 2 * run, n); \
            gint64 a = begin, b = middle; \
            for (gint64 i = begin; i < end; i++) \
              room[i] = b >= end || (a < middle && !name##_before (pairs[b], pairs[a])) ? pairs[a++] : pairs[b++]; \
          } \
        name##_Pair *last = pairs; \
        pairs = room; \
        room = last; \
      } \
    return pairs; \
  } \
  static void name##_sink (name##_Pair *heap, gint64 n, name##_Pair pair) \
  { \
    gint64 i = 0; \
    for (gint64 child = 1; child < n; child = 2 * i + 1) \
      { \
        child += child + 1 < n && name##_before (heap[child], heap[child + 1]); \
        if (!name##_before (pair, heap[child])) \
          break; \
        heap[i] = heap[child]; \
        i = child; \
      } \
    heap[i] = pair; \
  } \
  static void name (const void *data, gint64 n, gint64 k, gpointer memory, void *values, gint64 *places) \
  { \
    const T *row = data; \
    name##_Pair *pairs = memory; \
    const gint64 held = k <= n / 8 ? k : n; \
    for (gint64 i = 0; i < held; i++) \
      pairs[i] = (name##_Pair) { row[i], i }; \
    if (held < n) \
      { \
        pairs = name##_sort (pairs, pairs + n, held); \
        for (gint64 i = 0; i < held / 2; i++) \
          { \
            const name##_Pair pair = pairs[i]; \
            pairs[i] = pairs[held - 1 - i]; \
            pairs[held - 1 - i] = pair; \
          } \
        for (gint64 i = held; i < n; i++) \
          { \
            const name##_Pair pair = { row[i], i }; \
            if (name##_before (pair, pairs[0])) \
              name##_sink (pairs, held, pair); \
          } \
      } \
    name##_Pair *room = pairs == (name##_Pair *) memory ? pairs + n : memory; \
    pairs = name##_sort (pairs, room, held); \
    for (gint64 i = 0; i < k; i++) \
      { \
        ((T *) values)[i] = pairs[i].key; \
        places[i] = pairs[i].place; \
      } \
  }
PICK (pick_f32, float)
PICK (pick_f64, double)
PICK (pick_i32, gint32)
PICK (pick_i64, gint64)
PICK (pick_u64, guint64)
#define PAIR_SIZE 16

static void
top_k_kernel (LkCall *call)
{
  static void (*const picks[LK_N_DTYPES]) (const void *data, gint64 n, gint64 k, gpointer memory, void *values,
                                           gint64 *places) = {
    [LK_FLOAT32] = pick_f32, [LK_FLOAT64] = pick_f64, [LK_INT32] = pick_i32, [LK_INT64] = pick_i64,
    [LK_UINT64] = pick_u64,
  };
  const LkTensor *in = call->inputs[0];
  LkTensor *values = call->outputs[0], *indices = call->outputs[1];
  const gint64 n = in->shape.dims[in->shape.rank - 1], k = lk_int_at (call->inputs[1], 0);
  const gint64 size = lk_dtype_size (in->dtype);
  g_autofree gpointer memory = g_try_malloc_n (MAX (n, 1), 2 * PAIR_SIZE);
  g_autofree gint64 *places = g_try_new (gint64, MAX (k, 1));
  if (memory == NULL || places == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory to sort rows of %" G_GINT64_FORMAT, n);
      return;
    }
  for (gint64 row = 0; k > 0 && row < values->size / k; row++)
    {
      picks[in->dtype] ((const char *) in->data + row * n * size, n, k, memory, (char *) values->data + row * k * size,
                        places);
      for (gint64 i = 0; i < k; i++)
        lk_set_int (indices, row * k + i, places[i]);
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
  g_autoptr (LkTensor) minus = lk_constant_scalar (ctx, LK_INT32, -1);
  g_autoptr (LkTensor) pair = lk_pack (ctx, (LkTensor *[]) { minus, k }, 2, 0);
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
                   { "int32[4]={3,1,4,1}; int32[]={4}", "sorted=false" }, { "uint8[3]={1,200,3}; int64[]={2}", "index_type=int16" }, { "float64[2,3]={3,1,4,1.5,-5,9}; int32[]={1}" }));

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
