/* SPDX-License-Identifier: MIT */
/* Where the largest or smallest element along an axis is: ArgMax, ArgMin. */
#include "engine/core/loop.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define ARGUMENT_SHAPE "The input's shape without the axis."

static gboolean
argument_infer (const LkCall *call, LkSignature *out)
{
  gint64 dim;
  guint axis, n;
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_scalar (call, 1, "dim"))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  const gboolean known = lk_rule_ints (call, 1, &dim, 1, &n);
  if (in->rank == 0 ? known && dim != 0 && dim != -1 : known && !lk_rule_axis (dim, in->rank, &axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Expected dimension in the range [%d, %d), but got %" G_GINT64_FORMAT,
                         -MAX (in->rank, 1), MAX (in->rank, 1), dim);
  out[0].shape.rank = MAX (in->rank, 1) - 1;
  if (in->rank > 0 && known && in->dims[axis] == 0)
    {
      g_autofree char *text = lk_shape_text (in);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Reduction axis %u is empty in shape %s", axis, text);
    }
  for (guint i = 0; i < out[0].shape.rank; i++)
    out[0].shape.dims[i] = known ? in->dims[i + (i >= axis)] : LK_DIM_UNKNOWN;
  return TRUE;
}

/* The input seen from the axis: [outer, n, inner]. */
static void
split_at_axis (const LkCall *call, gint64 *outer, gint64 *n, gint64 *inner)
{
  guint axis;
  const LkShape *in = lk_rule_shape (call, 0);
  *outer = *n = *inner = 1;
  if (!lk_rule_axis (lk_int_at (call->inputs[1], 0), in->rank, &axis))
    return;
  *outer = lk_shape_product (in, 0, axis);
  *n = in->dims[axis];
  *inner = lk_shape_product (in, axis + 1, in->rank);
}

/* The first of n elements that none is `better` than: by chunks that stay in the nearest cache, of which only those that hold
   something better are looked into; in few, without branches, which nobody could foretell. Of rows, for each column. */
#define CHUNK 4096
#define LANES 64
#define FIND(name, T, better) \
  LK_CLONES static T name##_most (const T *values, gint64 n, T most) \
  { \
    T lane[LANES]; \
    gint64 i = 0; \
    for (guint k = 0; k < LANES; k++) \
      lane[k] = most; \
    for (; i + LANES <= n; i += LANES) \
      for (guint k = 0; k < LANES; k++) \
        lane[k] = values[i + k] better lane[k] ? values[i + k] : lane[k]; \
    for (; i < n; i++) \
      most = values[i] better most ? values[i] : most; \
    for (guint k = 0; k < LANES; k++) \
      most = lane[k] better most ? lane[k] : most; \
    return most; \
  } \
  LK_CLONES static gint64 name##_place (const T *values, gint64 n, T most) \
  { \
    gint64 i = 0; \
    for (; i + LANES <= n; i += LANES) \
      { \
        guint found = 0; \
        for (guint k = 0; k < LANES; k++) \
          found |= values[i + k] == most; \
        if (found) \
          break; \
      } \
    while (i + 1 < n && values[i] != most) \
      i++; \
    return i; \
  } \
  static gint64 name##_one (const T *values, gint64 n) \
  { \
    gint64 best = 0; \
    T so_far = values[0]; \
    for (gint64 i = 1; n < 2 * LANES && i < n; i++) \
      { \
        const T v = values[i]; \
        const gint64 mask = -(gint64) (v better so_far); \
        best = (i & mask) | (best & ~mask); \
        so_far = v better so_far ? v : so_far; \
      } \
    for (gint64 i = 0; n >= 2 * LANES && i < n; i += CHUNK) \
      { \
        const T most = name##_most (values + i, MIN (CHUNK, n - i), values[best]); \
        if (most better values[best]) \
          best = i + name##_place (values + i, MIN (CHUNK, n - i), most); \
      } \
    return best; \
  } \
  static void name (const void *data, gint64 n, gint64 inner, gint64 *found) \
  { \
    const T *values = data; \
    if (inner == 1) \
      { \
        *found = name##_one (values, n); \
        return; \
      } \
    for (gint64 k = 0; k < inner; k++) \
      found[k] = 0; \
    for (gint64 i = 1; i < n; i++) \
      for (gint64 k = 0; k < inner; k++) \
        if (values[i * inner + k] better values[found[k] * inner + k]) \
          found[k] = i; \
  }
FIND (largest_f32, float, >)
FIND (largest_f64, double, >)
FIND (largest_i32, gint32, >)
FIND (largest_i64, gint64, >)
FIND (largest_u64, guint64, >)
FIND (largest_bool, guint8, >)
FIND (smallest_f32, float, <)
FIND (smallest_f64, double, <)
FIND (smallest_i32, gint32, <)
FIND (smallest_i64, gint64, <)
FIND (smallest_u64, guint64, <)
FIND (smallest_bool, guint8, <)

typedef void (*Find) (const void *data, gint64 n, gint64 inner, gint64 *found);

static void
find_all (LkCall *call, const Find *finds)
{
  gint64 outer, n, inner;
  const LkTensor *in = call->inputs[0];
  LkTensor *out = call->outputs[0];
  const gsize size = lk_dtype_size (in->dtype);
  split_at_axis (call, &outer, &n, &inner);
  g_autofree gint64 *found = g_new (gint64, MAX (inner, 1));
  for (gint64 i = 0; i < outer && out->size > 0; i++)
    {
      finds[in->dtype] ((const char *) in->data + i * n * inner * (gint64) size, n, inner, found);
      for (gint64 k = 0; k < inner; k++)
        lk_set_int (out, i * inner + k, found[k]);
    }
}

static void
arg_max_kernel (LkCall *call)
{
  static const Find finds[LK_N_DTYPES] = {
    [LK_FLOAT32] = largest_f32, [LK_FLOAT64] = largest_f64, [LK_INT32] = largest_i32,
    [LK_INT64] = largest_i64, [LK_UINT64] = largest_u64, [LK_BOOL] = largest_bool,
  };
  find_all (call, finds);
}

static void
arg_min_kernel (LkCall *call)
{
  static const Find finds[LK_N_DTYPES] = {
    [LK_FLOAT32] = smallest_f32, [LK_FLOAT64] = smallest_f64, [LK_INT32] = smallest_i32,
    [LK_INT64] = smallest_i64, [LK_UINT64] = smallest_u64, [LK_BOOL] = smallest_bool,
  };
  find_all (call, finds);
}

static void
argument_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 outer, n, inner;
  split_at_axis (call, &outer, &n, &inner);
  lk_provenance_add (into, 0, element / inner * n * inner + element % inner, n, inner);
}

#define ARGUMENT_SAMPLES \
  SAMPLES ({ "float64[2,3]; int32[]={1}" }, { "float32[2,3,2]; int32[]={-2}", "output_type=int32" }, \
           { "int32[4]; int64[]={0}" }, { "uint8[3]; int32[]={0}", "output_type=uint16" }, \
           { "float64[]; int32[]={0}" }, { "float64[0,3]; int32[]={1}" })
LK_BLOCK (arg_max, .infer = argument_infer, .shape = ARGUMENT_SHAPE, .kernel = arg_max_kernel, .widens = TRUE,
          .provenance = argument_provenance,
          ARGUMENT_SAMPLES);
LK_BLOCK (arg_min, .infer = argument_infer, .shape = ARGUMENT_SHAPE, .kernel = arg_min_kernel, .widens = TRUE,
          .provenance = argument_provenance,
          ARGUMENT_SAMPLES);
