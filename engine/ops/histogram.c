/* SPDX-License-Identifier: MIT */
/* Which bin numbers fall into, and how many into each: HistogramFixedWidth, Bucketize. */
#include <math.h>
#include <string.h>

#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- HistogramFixedWidth ---- */

static gboolean
histogram_infer (const LkCall *call, LkSignature *out)
{
  gint64 bins = LK_DIM_UNKNOWN;
  guint n;
  const LkTensor *range = lk_call_constant (call, 1);
  const LkShape pair = LK_SHAPE (2);
  if (!lk_shape_compatible (lk_rule_shape (call, 1), &pair))
    {
      g_autofree char *text = lk_shape_text (lk_rule_shape (call, 1));
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "value_range should be a vector of 2 elements, but got shape %s", text);
    }
  if (range != NULL && !(lk_tensor_double_at (range, 0) < lk_tensor_double_at (range, 1)))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "value_range should satisfy value_range[0] < value_range[1], but got "
                         "'[%g, %g]'", lk_tensor_double_at (range, 0), lk_tensor_double_at (range, 1));
  if (!lk_rule_need_rank (call, 2, 0, "nbins should be a scalar, but got shape %s"))
    return FALSE;
  if (lk_rule_ints (call, 2, &bins, 1, &n) && bins <= 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "nbins should be a positive number, but got '%" G_GINT64_FORMAT "'",
                         bins);
  out[0].shape = LK_SHAPE (bins);
  return TRUE;
}

/* The bin of a value; those outside of the range go to the first or the last, a NaN to the first. */
static gint64
bin_of (double value, double low, double width, gint64 bins)
{
  const double at = floor ((value - low) / width);
  return !(at > 0) ? 0 : at >= bins ? bins - 1 : (gint64) at;
}

static void
histogram_kernel (LkCall *call)
{
  const LkTensor *values = call->inputs[0], *range = call->inputs[1];
  LkTensor *out = call->outputs[0];
  const double low = lk_tensor_double_at (range, 0);
  const double width = (lk_tensor_double_at (range, 1) - low) / out->size;
  memset (out->data, 0, lk_tensor_bytes (out));
  for (gint64 i = 0; i < values->size; i++)
    {
      const gint64 bin = bin_of (lk_tensor_double_at (values, i), low, width, out->size);
      if (out->dtype == LK_INT32)
        ((gint32 *) out->data)[bin]++;
      else
        ((gint64 *) out->data)[bin]++;
    }
}

static void
histogram_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *values = call->inputs[0], *range = call->inputs[1];
  const gint64 bins = call->outputs[0]->size;
  const double low = lk_tensor_double_at (range, 0);
  const double width = (lk_tensor_double_at (range, 1) - low) / bins;
  for (gint64 i = 0; i < values->size; i++)
    if (bin_of (lk_tensor_double_at (values, i), low, width, bins) == element)
      lk_provenance_add (into, 0, i, 1, 1);
  lk_provenance_add (into, 1, 0, 2, 1);
}

LK_BLOCK (histogram_fixed_width, .infer = histogram_infer, .shape = "[nbins]; value_range is [2].", .kernel = histogram_kernel,
          .provenance = histogram_provenance,
          SAMPLES ({ "float64[6]={-1,0,1.5,2,5,15}; float64[2]={0,5}; int32[]={5}" },
                   { "int32[2,2]={1,2,3,9}; int32[2]={0,4}; int32[]={2}", "dtype=int64" },
                   { "float32[0]; float32[2]={0,1}; int32[]={3}" }));

/* ---- Bucketize ---- */

static gboolean
bucketize_infer (const LkCall *call, LkSignature *out)
{
  const LkFloats *boundaries = call->attrs[0].floats;
  out[0].shape = *lk_rule_shape (call, 0);
  for (guint i = 1; i < boundaries->n; i++)
    if (boundaries->v[i] < boundaries->v[i - 1])
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected sorted boundaries");
  return TRUE;
}

/* How many boundaries are not greater than the value. */
static void
bucketize_kernel (LkCall *call)
{
  const LkFloats *boundaries = call->attrs[0].floats;
  const LkTensor *in = call->inputs[0];
  for (gint64 i = 0; i < in->size; i++)
    {
      const double value = lk_tensor_double_at (in, i);
      guint low = 0, high = boundaries->n;
      while (low < high)
        {
          const guint middle = low + (high - low) / 2;
          if (value < (float) boundaries->v[middle])
            high = middle;
          else
            low = middle + 1;
        }
      ((gint32 *) call->outputs[0]->data)[i] = low;
    }
}

LK_BLOCK (bucketize, .infer = bucketize_infer, .shape = "The input's shape.", .kernel = bucketize_kernel,
          SAMPLES ({ "float64[3,2]={-5,10000,150,10,5,100}", "boundaries=[0,10,100]" }, { "int32[3]={1,2,3}", "boundaries=[2]" },
                   { "float32[0]", "boundaries=[1]" }));
