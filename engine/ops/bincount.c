/* SPDX-License-Identifier: MIT */
/* How often each number occurs. */
#include <string.h>

#include "engine/core/loop.h"
#include "engine/ops/rule.h"

static gboolean
bincount_infer (const LkCall *call, LkSignature *out)
{
  gint64 size = LK_DIM_UNKNOWN;
  guint n;
  const LkShape *arr = lk_rule_shape (call, 0), *weights = lk_rule_shape (call, 2);
  LkShape merged;
  if (!lk_rule_need_scalar (call, 1, "size"))
    return FALSE;
  if (lk_rule_ints (call, 1, &size, 1, &n) && size < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "size (%" G_GINT64_FORMAT ") must be non-negative", size);
  if (lk_shape_known (weights) && lk_shape_size (weights) != 0 && !lk_rule_merge (arr, weights, &merged))
    {
      g_autofree char *a = lk_shape_text (arr), *b = lk_shape_text (weights);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "weights must be the same shape as arr or a length-0 `Tensor`, in which case it acts "
                           "as all weights equal to 1. Received %s vs. %s", b, a);
    }
  out[0].shape = LK_SHAPE (size);
  return TRUE;
}

#define COUNT(T) \
  static void count_##T (const gint32 *numbers, gint64 n, const LkTensor *weights, T *bins, gint64 size) \
  { \
    const T *weight = weights->size > 0 ? weights->data : NULL; \
    for (gint64 i = 0; weight == NULL && i < n; i++) \
      if (numbers[i] < size) \
        bins[numbers[i]]++; \
    for (gint64 i = 0; weight != NULL && i < n; i++) \
      if (numbers[i] < size) \
        bins[numbers[i]] += weight[i]; \
  }
COUNT (float)
COUNT (double)
COUNT (guint32)
COUNT (guint64)

#define LEAST(T) \
  LK_CLONES static gint64 least_##T (const T *numbers, gint64 n) \
  { \
    T least = 0; \
    for (gint64 i = 0; i < n; i++) \
      least = numbers[i] < least ? numbers[i] : least; \
    return least; \
  }
LEAST (gint32)
LEAST (gint64)

static gboolean
check_numbers (const LkCall *call)
{
  const LkTensor *arr = call->inputs[0];
  const gint64 least = arr->dtype == LK_INT32 ? least_gint32 (arr->data, arr->size) : least_gint64 (arr->data, arr->size);
  return least >= 0 || lk_call_fail (call, LK_INVALID_ARGUMENT, "Input arr must be non-negative!");
}

static void
bincount_kernel (LkCall *call)
{
  const LkTensor *arr = call->inputs[0], *weights = call->inputs[2];
  LkTensor *out = call->outputs[0];
  if (!check_numbers (call))
    return;
  if (out->size > 0)
    memset (out->data, 0, lk_tensor_bytes (out));
  switch ((int) out->dtype)
    {
    case LK_FLOAT32: count_float (arr->data, arr->size, weights, out->data, out->size); break;
    case LK_FLOAT64: count_double (arr->data, arr->size, weights, out->data, out->size); break;
    case LK_INT32: count_guint32 (arr->data, arr->size, weights, out->data, out->size); break;
    case LK_INT64: count_guint64 (arr->data, arr->size, weights, out->data, out->size); break;
    }
}

static void
bincount_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (gint64 i = 0; i < call->inputs[0]->size; i++)
    if (lk_int_at (call->inputs[0], i) == element)
      {
        lk_provenance_add (into, 0, i, 1, 1);
        if (call->inputs[2]->size > 0)
          lk_provenance_add (into, 2, i, 1, 1);
      }
}

LK_BLOCK (bincount, .infer = bincount_infer, .shape = "[size]; weights are empty, or of arr's shape.",
          .kernel = bincount_kernel, .provenance = bincount_provenance,
          .samples = (const LkSample[]) { { "int32[5]={0,2,2,1,7}; int32[]={4}; int32[0]" },
                                          { "int32[2,2]={0,2,2,1}; int32[]={3}; float64[2,2]" },
                                          { "int32[0]; int32[]={2}; float64[0]" }, { NULL } });

/* ---- DenseBincount ---- */

static gboolean
dense_bincount_infer (const LkCall *call, LkSignature *out)
{
  gint64 size = LK_DIM_UNKNOWN;
  guint n;
  LkShape merged;
  const LkShape *in = lk_rule_shape (call, 0), *weights = lk_rule_shape (call, 2);
  if (!lk_rule_need_scalar (call, 1, "size"))
    return FALSE;
  if (lk_rule_ints (call, 1, &size, 1, &n) && size < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "size (%" G_GINT64_FORMAT ") must be non-negative", size);
  if (in->rank != LK_RANK_UNKNOWN && in->rank > 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Shape must be at most rank 2 but is rank %u", in->rank);
  if (lk_shape_known (weights) && lk_shape_size (weights) != 0 && !lk_rule_merge (in, weights, &merged))
    {
      g_autofree char *a = lk_shape_text (in), *b = lk_shape_text (weights);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "`weights` must be the same shape as `arr` or a length-0 `Tensor`, in which case it acts as all "
                           "weights equal to 1. Received %s", b);
    }
  out[0].shape = in->rank == LK_RANK_UNKNOWN ? LK_SHAPE_UNKNOWN : in->rank == 2 ? LK_SHAPE (in->dims[0], size)
    : LK_SHAPE (size);
  return TRUE;
}

#define DENSE(T) \
  static void dense_##T (const LkTensor *in, const LkTensor *weights, T *bins, gint64 size, gint64 columns, \
                         gboolean binary) \
  { \
    const T *weight = weights->size > 0 && !binary ? weights->data : NULL; \
    for (gint64 i = 0; i < in->size; bins += size) \
      for (const gint64 end = i + columns; i < end; i++) \
        { \
          const gint64 number = lk_int_at (in, i); \
          if (number < size) \
            bins[number] = binary ? 1 : bins[number] + (weight != NULL ? weight[i] : 1); \
        } \
  }
DENSE (float)
DENSE (double)
DENSE (guint32)
DENSE (guint64)

static void
dense_bincount_kernel (LkCall *call)
{
  const LkTensor *in = call->inputs[0], *weights = call->inputs[2];
  LkTensor *out = call->outputs[0];
  const gboolean binary = call->attrs[0].b;
  const gint64 size = lk_int_at (call->inputs[1], 0), columns = in->shape.rank == 2 ? in->shape.dims[1] : MAX (in->size, 1);
  if (!check_numbers (call))
    return;
  if (out->size > 0)
    memset (out->data, 0, lk_tensor_bytes (out));
  switch ((int) out->dtype)
    {
    case LK_FLOAT32: dense_float (in, weights, out->data, size, columns, binary); break;
    case LK_FLOAT64: dense_double (in, weights, out->data, size, columns, binary); break;
    case LK_INT32: dense_guint32 (in, weights, out->data, size, columns, binary); break;
    case LK_INT64: dense_guint64 (in, weights, out->data, size, columns, binary); break;
    }
}

static void
dense_bincount_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *in = call->inputs[0];
  const gint64 size = lk_int_at (call->inputs[1], 0);
  const gint64 columns = in->shape.rank == 2 ? in->shape.dims[1] : in->size, row = in->shape.rank == 2 ? element / size : 0;
  for (gint64 i = row * columns; i < (row + 1) * columns; i++)
    if (lk_int_at (in, i) == element % size)
      {
        lk_provenance_add (into, 0, i, 1, 1);
        if (call->inputs[2]->size > 0 && !call->attrs[0].b)
          lk_provenance_add (into, 2, i, 1, 1);
      }
}

LK_BLOCK (dense_bincount, .infer = dense_bincount_infer,
          .shape = "[size], or [rows, size] from a matrix; weights are empty, or of the input's shape.",
          .kernel = dense_bincount_kernel,
          .provenance = dense_bincount_provenance,
          .samples = (const LkSample[]) { { "int32[5]={0,2,2,1,7}; int32[]={4}; float32[0]" },
                                          { "int64[2,3]={0,2,2,1,1,3}; int64[]={3}; float64[2,3]" },
                                          { "int32[2,2]={0,2,2,2}; int32[]={3}; int32[0]", "binary_output=true" },
                                          { "int32[]={1}; int32[]={2}; int32[0]" }, { "int32[2,0]; int32[]={2}; float32[0]" },
                                          { NULL } });
