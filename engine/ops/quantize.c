/* SPDX-License-Identifier: MIT */
/* Quantized and brought back: rounded to one of the integers of so many bits that the range is spread over, 0 being one. */
#include <math.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

enum { SIGNED, BITS, GIVEN, ROUND, NARROW, AXIS };

/* input_min and input_max, at and after `at`, are scalars, or vectors of the axis' size. */
static gboolean
check_range (const LkCall *call, guint input, guint at, gint64 axis)
{
  const LkShape *shape = lk_rule_shape (call, input);
  if (axis < -1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Axis must be at least -1. Found %" G_GINT64_FORMAT, axis);
  if (axis >= 0 && shape->rank != LK_RANK_UNKNOWN && axis >= shape->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Shape must be at least rank %" G_GINT64_FORMAT " but is rank %u", axis + 1,
                         shape->rank);
  const LkShape wanted = axis < 0 ? LK_SCALAR
                                  : LK_SHAPE (shape->rank == LK_RANK_UNKNOWN ? LK_DIM_UNKNOWN : shape->dims[axis]);
  for (guint i = at; i < at + 2; i++)
    {
      LkShape merged;
      g_autofree char *got = lk_shape_text (lk_rule_shape (call, i)), *want = lk_shape_text (&wanted);
      if (!lk_rule_merge (lk_rule_shape (call, i), &wanted, &merged))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s has incorrect size, was %s expected %s", call->op->inputs[i].name,
                             got, want);
    }
  return TRUE;
}

static gboolean
quantize_infer (const LkCall *call, LkSignature *out)
{
  const gint64 bits = call->attrs[BITS].i;
  const char *round = call->attrs[ROUND].s;
  if (bits <= 0 || bits >= (call->attrs[SIGNED].b ? 62 : 63))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "num_bits is out of range: %" G_GINT64_FORMAT " with signed_input_ %d",
                         bits, call->attrs[SIGNED].b);
  if (strcmp (round, "HALF_UP") != 0 && strcmp (round, "HALF_TO_EVEN") != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Round mode string must be 'HALF_UP' or 'HALF_TO_EVEN', is '%s'", round);
  return check_range (call, 0, 1, call->attrs[AXIS].i) && lk_infer_first (call, out);
}

/* One channel: outer pieces of inner elements, `step` apart. */
typedef struct
{
  gint64 outer, inner, step;
} Channel;

#define QUANTIZE(T, rint, floor, LARGEST) \
  static void quantize_##T (const LkCall *call, const T *x, T *y, const Channel *c, T min, T max) \
  { \
    const gint64 bits = call->attrs[BITS].i; \
    const gint64 most = call->attrs[SIGNED].b ? ((gint64) 1 << (bits - 1)) - 1 : ((gint64) 1 << bits) - 1; \
    const gint64 least = call->attrs[SIGNED].b ? -((gint64) 1 << (bits - 1)) + (call->attrs[NARROW].b ? 1 : 0) : 0; \
    const T from_min = least * min > 0 ? least / min : LARGEST, from_max = most * max > 0 ? most / max : LARGEST; \
    const T scale = MIN (from_min, from_max), back = from_min < from_max ? min / least : most != 0 ? max / most : 0; \
    const gboolean up = strcmp (call->attrs[ROUND].s, "HALF_UP") == 0, clamps = call->attrs[GIVEN].b; \
    const T low = from_min < from_max ? min : least * back, high = from_min < from_max ? most * back : max; \
    for (gint64 o = 0; o < c->outer; o++) \
      for (gint64 i = o * c->step; i < o * c->step + c->inner; i++) \
        { \
          const T part = clamps ? (x[i] > high ? high : x[i] < low ? low : x[i]) : x[i]; \
          y[i] = (up ? floor (part * scale + (T) 0.5) : rint (part * scale)) * back; \
        } \
  } \
  static void range_##T (const T *x, const Channel *c, T *min, T *max) \
  { \
    *min = *max = c->outer * c->inner > 0 ? x[0] : 0; \
    for (gint64 o = 0; o < c->outer; o++) \
      for (gint64 i = o * c->step; i < o * c->step + c->inner; i++) \
        { \
          *min = MIN (*min, x[i]); \
          *max = MAX (*max, x[i]); \
        } \
  } \
  static void quantize_channel_##T (const LkCall *call, const Channel *c, gint64 k) \
  { \
    const T *x = (const T *) call->inputs[0]->data + k * c->inner; \
    T min, max; \
    if (call->attrs[GIVEN].b) \
      { \
        min = ((const T *) call->inputs[1]->data)[k]; \
        max = ((const T *) call->inputs[2]->data)[k]; \
      } \
    else \
      range_##T (x, c, &min, &max); \
    if (call->attrs[GIVEN].b && min > max) \
      lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid range: input_min %g > input_max %g", (double) min, (double) max); \
    else \
      quantize_##T (call, x, (T *) call->outputs[0]->data + k * c->inner, c, min, max); \
  }
QUANTIZE (float, rintf, floorf, G_MAXFLOAT)
QUANTIZE (double, rint, floor, G_MAXDOUBLE)

static Channel
channel_of (const LkShape *shape, gint64 axis, gint64 *channels)
{
  if (axis < 0)
    {
      *channels = 1;
      return (Channel) { 1, lk_shape_size (shape), 0 };
    }
  const gint64 inner = lk_shape_product (shape, axis + 1, shape->rank);
  *channels = shape->dims[axis];
  return (Channel) { lk_shape_product (shape, 0, axis), inner, shape->dims[axis] * inner };
}

static void
quantize_kernel (LkCall *call)
{
  gint64 channels;
  const Channel channel = channel_of (lk_rule_shape (call, 0), call->attrs[AXIS].i, &channels);
  for (gint64 k = 0; k < channels && call->inputs[0]->size > 0; k++)
    if (call->inputs[0]->dtype == LK_FLOAT32)
      quantize_channel_float (call, &channel, k);
    else
      quantize_channel_double (call, &channel, k);
}

static void
quantize_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  lk_quantize_and_dequantize_v4_grad (call->ctx, dy[0], call->inputs[0], call->inputs[1], call->inputs[2], call->attrs[AXIS].i,
                                      dx);
}

/* All of its channel. */
static void
quantize_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, 0, call->inputs[0]->size, 1);
  lk_provenance_add (into, 1, 0, call->inputs[1]->size, 1);
  lk_provenance_add (into, 2, 0, call->inputs[2]->size, 1);
}

LK_BLOCK (quantize_and_dequantize_v4, .infer = quantize_infer, .kernel = quantize_kernel, .gradient = quantize_gradient,
          .provenance = quantize_provenance, .widens = TRUE,
          .shape = "That of the input; with an axis input_min and input_max are vectors of its size, otherwise scalars.",
          SAMPLES ({ "float32[2,3]; float32[]={-0.5}; float32[]={0.7}", "range_given=true, num_bits=4" },
                   { "float32[2,3]; float32[3]={-1,-1,0}; float32[3]={1,0.5,2}", "range_given=true, axis=1, round_mode=\"HALF_UP\"" },
                   { "float32[3]; float32[]; float32[]", "signed_input=false, narrow_range=true" },
                   { "float16[2]; float16[]={-1}; float16[]={1}", "range_given=true" },
                   { "float32[0]; float32[]={-1}; float32[]={1}" }));

/* ---- its gradient: what is within the range passes ---- */

static gboolean
grad_infer (const LkCall *call, LkSignature *out)
{
  if (!lk_rule_merge (lk_rule_shape (call, 0), lk_rule_shape (call, 1), &out[0].shape))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "gradient and input must be the same size");
  out[1].shape = *lk_rule_shape (call, 2);
  out[2].shape = *lk_rule_shape (call, 3);
  return check_range (call, 1, 2, call->attrs[0].i);
}

static void
grad_kernel (LkCall *call)
{
  gint64 channels;
  const Channel c = channel_of (lk_rule_shape (call, 1), call->attrs[0].i, &channels);
  for (gint64 k = 0; k < channels && call->inputs[1]->size > 0; k++)
    {
      const double min = lk_tensor_double_at (call->inputs[2], k), max = lk_tensor_double_at (call->inputs[3], k);
      for (gint64 o = 0; o < c.outer; o++)
        for (gint64 i = o * c.step + k * c.inner; i < o * c.step + (k + 1) * c.inner; i++)
          {
            const double x = lk_tensor_double_at (call->inputs[1], i);
            lk_tensor_set_double (call->outputs[0], i, x >= min && x <= max ? lk_tensor_double_at (call->inputs[0], i) : 0);
          }
    }
  for (guint i = 1; i < 3; i++)
    for (gint64 k = 0; k < call->outputs[i]->size; k++)
      lk_tensor_set_double (call->outputs[i], k, 0);
}

static void
grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < 2 && output == 0; i++)
    lk_provenance_add (into, i, element, 1, 1);
  for (guint i = 2; i < 4 && output == 0; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

LK_BLOCK (quantize_and_dequantize_v4_grad, .infer = grad_infer, .kernel = grad_kernel, .gradient = lk_gradient_missing,
          .provenance = grad_provenance, .shape = "Those of input, input_min and input_max.",
          SAMPLES ({ "float32[2,3]; float32[2,3]; float32[]={-0.5}; float32[]={0.7}" },
                   { "float32[2,3]; float32[2,3]; float32[2]={-0.5,0}; float32[2]={0.7,1}", "axis=0" }));
