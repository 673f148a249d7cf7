/* SPDX-License-Identifier: MIT */
/* What quantized arithmetic would make of floats: clamped to a range, and rounded to one of 2^bits even steps of it. The range
   is nudged so that 0 is a step (Jacob et al., "Quantization and Training of Neural Networks for Efficient
   Integer-Arithmetic-Only Inference"). Gradients pass where the range lets through; what it cuts off is that of its end. */
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

typedef struct
{
  float min, max, scale, inverse, zero;
  gboolean nothing;       /* the range is [0, 0] */
} Range;

/* Attributes num_bits and narrow_range stand at and after `at`. */
static Range
nudged (const LkCall *call, float min, float max, guint at)
{
  const float least = call->attrs[at + 1].b ? 1 : 0, most = (1 << call->attrs[at].i) - 1;
  const float scale = (max - min) / (most - least), inverse = (most - least) / (max - min);
  const float from_min = least - min / scale;
  const float point = !(from_min >= least) ? least : from_min > most ? most : roundf (from_min);
  const float low = (least - point) * scale;
  return (Range) { low, (most - point) * scale, scale, inverse, floorf (-low * inverse + 0.5f), min == 0 && max == 0 };
}

static gboolean
check_bits (const LkCall *call, guint at)
{
  return (call->attrs[at].i >= 2 && call->attrs[at].i <= 16)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "num_bits must be between 2 and 16, inclusive");
}

static float
stepped (float x, const Range *range, gboolean divides)
{
  if (range->nothing)
    return 0;
  const float shifted = fmaxf (fminf (x, range->max), range->min) - range->min;
  return floorf ((divides ? shifted / range->scale : shifted * range->inverse) - range->zero + 0.5f) * range->scale;
}

/* What of dy comes through to x; the rest is added to the end that x is beyond. */
static float
passed (float dy, float x, const Range *range, double *below, double *above)
{
  if (range->nothing || (x >= range->min && x <= range->max))
    return dy;
  if (x < range->min)
    *below += dy;
  else if (x > range->max)
    *above += dy;
  return 0;
}

/* ---- of a range that is known beforehand ---- */

enum { MIN, MAX, ARGS_BITS };

static gboolean
args_infer (const LkCall *call, LkSignature *out)
{
  if (!(call->attrs[MIN].f < call->attrs[MAX].f))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "min has to be smaller than max, was: %g >= %g", call->attrs[MIN].f,
                         call->attrs[MAX].f);
  return check_bits (call, ARGS_BITS) && lk_infer_same (call, out);
}

static void
args_kernel (LkCall *call)
{
  const Range range = nudged (call, call->attrs[MIN].f, call->attrs[MAX].f, ARGS_BITS);
  const float *x = call->inputs[0]->data;
  float *y = call->outputs[0]->data;
  for (gint64 i = 0; i < call->inputs[0]->size; i++)
    y[i] = stepped (x[i], &range, FALSE);
}

static void
args_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkAttr *a = call->attrs;
  dx[0] = lk_fake_quant_with_min_max_args_gradient (call->ctx, dy[0], call->inputs[0], a[MIN].f, a[MAX].f, a[ARGS_BITS].i,
                                                    a[ARGS_BITS + 1].b);
}

static void
args_gradient_kernel (LkCall *call)
{
  const Range range = nudged (call, call->attrs[MIN].f, call->attrs[MAX].f, ARGS_BITS);
  const float *dy = call->inputs[0]->data, *x = call->inputs[1]->data;
  double below = 0, above = 0;
  for (gint64 i = 0; i < call->inputs[0]->size; i++)
    ((float *) call->outputs[0]->data)[i] = passed (dy[i], x[i], &range, &below, &above);
}

LK_BLOCK (fake_quant_with_min_max_args, .infer = args_infer, .kernel = args_kernel, .gradient = args_gradient,
          .shape = "That of the inputs.",
          SAMPLES ({ "float32[2,3]" }, { "float32[3]", "min=-0.5, max=1, num_bits=4, narrow_range=true" }, { "float32[0]" },
                   { "float32[]" }));
LK_BLOCK (fake_quant_with_min_max_args_gradient, .infer = args_infer, .kernel = args_gradient_kernel,
          .gradient = lk_gradient_missing, .shape = "That of both inputs, which are alike.",
          SAMPLES ({ "float32[2,3]; float32[2,3]" }, { "float32[3]; float32[3]", "min=-0.5, max=0.5" }));

/* ---- of a range that is an input: one for all, or one for each of the last axis ---- */

enum { BITS };

/* The inputs before min and max are alike; per channel min and max are vectors. */
static gboolean
vars_infer (const LkCall *call, LkSignature *out)
{
  const gboolean channels = call->op->index == LK_OP_FAKE_QUANT_WITH_MIN_MAX_VARS_PER_CHANNEL
                            || call->op->index == LK_OP_FAKE_QUANT_WITH_MIN_MAX_VARS_PER_CHANNEL_GRADIENT;
  const guint first = call->n_inputs - 2;
  LkShape ends, depth = LK_SHAPE (LK_DIM_UNKNOWN);
  if (!lk_rule_need_rank (call, first, channels, "min has the wrong rank: its shape is %s")
      || !lk_rule_need_rank (call, first + 1, channels, "max has the wrong rank: its shape is %s"))
    return FALSE;
  out[0].shape = *lk_rule_shape (call, 0);
  if (first > 1 && !lk_rule_merge (lk_rule_shape (call, 0), lk_rule_shape (call, 1), &out[0].shape))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "gradient and input must be the same size");
  if (channels && !lk_rule_need_min_rank (call, 0, 1, "inputs must have at least one axis, got shape%s"))
    return FALSE;
  if (channels && out[0].shape.rank != LK_RANK_UNKNOWN)
    depth = LK_SHAPE (out[0].shape.dims[out[0].shape.rank - 1]);
  if (!lk_rule_merge (lk_rule_shape (call, first), lk_rule_shape (call, first + 1), &ends)
      || (channels && !lk_rule_merge (&ends, &depth, &ends)))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "min and max must have the size of the inputs' last axis");
  for (guint i = 1; i < call->n_outputs; i++)
    out[i].shape = channels ? ends : LK_SCALAR;
  return check_bits (call, BITS);
}

static void
vars_kernel (LkCall *call)
{
  const float *x = call->inputs[0]->data, *min = call->inputs[1]->data, *max = call->inputs[2]->data;
  const gint64 channels = call->inputs[1]->size, n = call->inputs[0]->size;
  float *y = call->outputs[0]->data;
  for (gint64 c = 0; c < channels; c++)
    {
      const Range range = nudged (call, min[c], max[c], BITS);
      for (gint64 i = c; i < n; i += channels)
        y[i] = stepped (x[i], &range, call->op->index == LK_OP_FAKE_QUANT_WITH_MIN_MAX_VARS);
    }
}

static void
vars_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *const *in = call->inputs;
  const gint64 bits = call->attrs[BITS].i;
  const gboolean narrow = call->attrs[BITS + 1].b;
  if (call->op->index == LK_OP_FAKE_QUANT_WITH_MIN_MAX_VARS)
    lk_fake_quant_with_min_max_vars_gradient (call->ctx, dy[0], in[0], in[1], in[2], bits, narrow, dx);
  else
    lk_fake_quant_with_min_max_vars_per_channel_gradient (call->ctx, dy[0], in[0], in[1], in[2], bits, narrow, dx);
}

static void
vars_gradient_kernel (LkCall *call)
{
  const float *dy = call->inputs[0]->data, *x = call->inputs[1]->data, *min = call->inputs[2]->data, *max = call->inputs[3]->data;
  const gint64 channels = call->inputs[2]->size, n = call->inputs[0]->size;
  for (gint64 c = 0; c < channels; c++)
    {
      const Range range = nudged (call, min[c], max[c], BITS);
      double below = 0, above = 0;
      for (gint64 i = c; i < n; i += channels)
        ((float *) call->outputs[0]->data)[i] = passed (dy[i], x[i], &range, &below, &above);
      ((float *) call->outputs[1]->data)[c] = below;
      ((float *) call->outputs[2]->data)[c] = above;
    }
}

/* Its own element, and its ends; an end has its channel. */
static void
vars_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const guint first = call->n_inputs - 2;
  const gint64 channels = MAX (call->inputs[first]->size, 1), n = call->inputs[0]->size, channel = element % channels;
  for (guint i = 0; i < first; i++)
    lk_provenance_add (into, i, output == 0 ? element : channel, output == 0 ? 1 : n / channels, channels);
  lk_provenance_add (into, first, channel, 1, 1);
  lk_provenance_add (into, first + 1, channel, 1, 1);
}

#define VARS_SHAPE "That of the inputs; min and max are scalars."
#define CHANNELS_SHAPE "That of the inputs; min and max are vectors of the size of its last axis."
LK_BLOCK (fake_quant_with_min_max_vars, .infer = vars_infer, .kernel = vars_kernel, .gradient = vars_gradient,
          .provenance = vars_provenance, .shape = VARS_SHAPE,
          SAMPLES ({ "float32[2,3]; float32[]={-0.5}; float32[]={0.7}" }, { "float32[3]; float32[]={0}; float32[]={0}" },
                   { "float32[0]; float32[]={-1}; float32[]={1}", "num_bits=3, narrow_range=true" }));
LK_BLOCK (fake_quant_with_min_max_vars_gradient, .infer = vars_infer, .kernel = vars_gradient_kernel,
          .gradient = lk_gradient_missing, .provenance = vars_provenance, .shape = VARS_SHAPE,
          SAMPLES ({ "float32[2,3]; float32[2,3]; float32[]={-0.5}; float32[]={0.7}" },
                   { "float32[3]; float32[3]; float32[]={0}; float32[]={0}" }));
LK_BLOCK (fake_quant_with_min_max_vars_per_channel, .infer = vars_infer, .kernel = vars_kernel, .gradient = vars_gradient,
          .provenance = vars_provenance, .shape = CHANNELS_SHAPE,
          SAMPLES ({ "float32[2,3]; float32[3]={-0.5,0,-1}; float32[3]={0.7,0,0.1}" },
                   { "float32[2]; float32[2]={-1,-2}; float32[2]={1,1}", "num_bits=3, narrow_range=true" },
                   { "float32[2,0]; float32[0]; float32[0]" }));
LK_BLOCK (fake_quant_with_min_max_vars_per_channel_gradient, .infer = vars_infer, .kernel = vars_gradient_kernel,
          .gradient = lk_gradient_missing, .provenance = vars_provenance, .shape = CHANNELS_SHAPE,
          SAMPLES ({ "float32[2,3]; float32[2,3]; float32[3]={-0.5,0,-1}; float32[3]={0.7,0,0.1}" }));
