/* SPDX-License-Identifier: MIT */
/* Places of values in sorted rows: LowerBound, UpperBound. */
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define BOUND_SHAPE "The shape of values, [rows, m]; sorted_inputs is [rows, n]."

static gboolean
bound_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *sorted = lk_rule_shape (call, 0), *values = lk_rule_shape (call, 1);
  out[0].shape = *values;
  if (!lk_rule_need_rank (call, 0, 2, "sorted input argument must be a matrix, got shape %s")
      || !lk_rule_need_rank (call, 1, 2, "values must be a matrix, got shape %s"))
    return FALSE;
  if (sorted->rank == 2 && values->rank == 2 && sorted->dims[0] >= 0 && values->dims[0] >= 0
      && sorted->dims[0] != values->dims[0])
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Leading dim_size of both tensors must match.");
  return TRUE;
}

/* The first of the n sorted elements that is not less than the value (after: 0), or greater than it (after: 1). A NaN is
   less than all else. */
#define SEARCH(name, T) \
  static gint64 name (const void *data, gint64 n, const void *at, int after) \
  { \
    const T *sorted = data, value = *(const T *) at; \
    gint64 low = 0; \
    while (n > 0) \
      { \
        const gint64 half = n / 2; \
        const T x = sorted[low + half]; \
        const gboolean before = after ? x <= value || x != x : x < value || (x != x && value == value); \
        low = before ? low + half + 1 : low; \
        n = before ? n - half - 1 : half; \
      } \
    return low; \
  }
SEARCH (search_f32, float)
SEARCH (search_f64, double)
SEARCH (search_i32, gint32)
SEARCH (search_i64, gint64)
SEARCH (search_u64, guint64)

static void
bound (LkCall *call, int after)
{
  static gint64 (*const searches[LK_N_DTYPES]) (const void *data, gint64 n, const void *at, int after) = {
    [LK_FLOAT32] = search_f32, [LK_FLOAT64] = search_f64, [LK_INT32] = search_i32, [LK_INT64] = search_i64,
    [LK_UINT64] = search_u64,
  };
  const LkTensor *sorted = call->inputs[0], *values = call->inputs[1];
  const gint64 n = sorted->shape.dims[1], m = values->shape.dims[1], size = lk_dtype_size (values->dtype);
  for (gint64 i = 0; i < values->size; i++)
    lk_set_int (call->outputs[0], i, searches[values->dtype] ((const char *) sorted->data + i / m * n * size, n,
                                                              (const char *) values->data + i * size, after));
}

static void lower_bound_kernel (LkCall *call) { bound (call, 0); }
static void upper_bound_kernel (LkCall *call) { bound (call, 1); }

static void
bound_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = lk_rule_shape (call, 0)->dims[1], m = lk_rule_shape (call, 1)->dims[1];
  if (n > 0)
    lk_provenance_add (into, 0, element / m * n, n, 1);
  lk_provenance_add (into, 1, element, 1, 1);
}

#define BOUND_SAMPLES \
  SAMPLES ({ "float64[2,4]={1,2,2,3,0,1,2,3}; float64[2,2]={2,5,-1,2.5}" }, \
           { "int32[1,3]={1,2,3}; int32[1,2]={2,9}", "out_type=int64" }, { "float64[1,0]; float64[1,2]" })
LK_BLOCK (lower_bound, .infer = bound_infer, .shape = BOUND_SHAPE, .kernel = lower_bound_kernel, .widens = TRUE,
          .provenance = bound_provenance,
          BOUND_SAMPLES);
LK_BLOCK (upper_bound, .infer = bound_infer, .shape = BOUND_SHAPE, .kernel = upper_bound_kernel, .widens = TRUE,
          .provenance = bound_provenance,
          BOUND_SAMPLES);
