/* SPDX-License-Identifier: MIT */
/* Batch normalisation (Ioffe and Szegedy, 2015): each channel is brought to mean 0 and variance 1, then scaled and moved.
   With r = 1 / √(variance + ε) and x̂ = (x − mean) r: y = x̂ · scale + offset. */
#include <math.h>
#include <string.h>

#include "engine/ops/normalize.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- rules ---- */

static gboolean
check_format (const LkCall *call, const char *format)
{
  static const char *const known[] = { "NHWC", "NCHW", "NDHWC", "NCDHW", NULL };
  if (format == NULL || g_strv_contains (known, format))
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'data_format' of \"%s\" is not in the list of allowed "
                       "values: \"NHWC\", \"NCHW\", \"NDHWC\", \"NCDHW\"", format);
}

static guint
channel_axis (const LkShape *shape, const char *format)
{
  return lk_normalize_is_first (format) ? 1 : shape->rank - 1;
}

/* x has the rank of the format; a vector of channels that the axis goes with. */
static gboolean
check_input (const LkCall *call, guint x, const char *format, gint64 *channels)
{
  const LkShape *shape = lk_rule_shape (call, x);
  const guint rank = format != NULL ? strlen (format) : 4;
  *channels = LK_DIM_UNKNOWN;
  if (!check_format (call, format))
    return FALSE;
  if (shape->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (shape->rank != rank)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be %u-dimensional%s", call->op->inputs[x].name, rank, text);
    }
  *channels = shape->dims[channel_axis (shape, format)];
  return TRUE;
}

static gboolean
check_vector (const LkCall *call, guint i, gboolean may_be_empty, gint64 *channels)
{
  const LkShape *shape = lk_rule_shape (call, i);
  const char *name = call->op->inputs[i].name;
  if (shape->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (shape->rank != 1)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be 1-dimensional%s", name, text);
    }
  if (may_be_empty && shape->dims[0] == 0)
    return TRUE;
  if (lk_rule_merge_dim (*channels, shape->dims[0], channels))
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must have the same number of elements as the channels of x, got %"
                       G_GINT64_FORMAT " and %" G_GINT64_FORMAT, name, shape->dims[0], *channels);
}

static gboolean
normalize_infer (const LkCall *call, LkSignature *out)
{
  gint64 channels;
  const gboolean training = call->attrs[TRAINING].b, unused = training && call->attrs[FACTOR].f == 1;
  if (!check_input (call, X, call->attrs[FORMAT].s, &channels) || !check_vector (call, SCALE, FALSE, &channels)
      || !check_vector (call, OFFSET, FALSE, &channels) || !check_vector (call, MEAN, unused, &channels)
      || !check_vector (call, VARIANCE, unused, &channels))
    return FALSE;
  out[0].shape = *lk_rule_shape (call, X);
  if (out[0].shape.rank != LK_RANK_UNKNOWN)
    out[0].shape.dims[channel_axis (&out[0].shape, call->attrs[FORMAT].s)] = channels;
  for (guint i = 1; i < 5; i++)
    out[i].shape = LK_SHAPE (channels);
  out[5].shape = LK_SHAPE (0);
  return TRUE;
}

static gboolean
slope_infer (const LkCall *call, LkSignature *out)
{
  gint64 channels;
  const gboolean training = call->attrs[2].b;
  if (!check_input (call, GRAD_X, call->attrs[1].s, &channels) || !check_vector (call, GRAD_SCALE, FALSE, &channels)
      || !check_vector (call, GRAD_MEAN, training, &channels) || !check_vector (call, GRAD_VARIANCE, training, &channels))
    return FALSE;
  out[0].shape = *lk_rule_shape (call, GRAD_X);
  if (!lk_shape_compatible (&out[0].shape, lk_rule_shape (call, DY)))
    {
      g_autofree char *x = lk_shape_text (&out[0].shape), *dy = lk_shape_text (lk_rule_shape (call, DY));
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "x and y_backprop must have same shape, but x has shape %s and "
                           "y_backprop has shape %s", x, dy);
    }
  out[1].shape = out[2].shape = LK_SHAPE (channels);
  out[3].shape = out[4].shape = LK_SHAPE (0);
  return TRUE;
}

/* ---- kernels ---- */

/* x as [images, channels, inner]; inner is 1 where the channels are last. */
typedef struct
{
  gint64 images, channels, inner, count;        /* count: elements of a channel */
} Layout;

static Layout
layout_of (const LkTensor *x, const char *format)
{
  const guint axis = channel_axis (&x->shape, format);
  const gint64 channels = x->shape.dims[axis], inner = lk_shape_product (&x->shape, axis + 1, x->shape.rank);
  const gint64 images = lk_shape_product (&x->shape, 0, axis);
  return (Layout) { images, channels, inner, images * inner };
}

/* Both loops over all elements, with the channel c of element i. */
#define EACH(l, ...) \
  for (gint64 image = 0, i = 0; image < (l)->images; image++) \
    for (gint64 c = 0; c < (l)->channels; c++) \
      for (gint64 k = 0; k < (l)->inner; k++, i++) \
        { __VA_ARGS__; }

/* Sums are kept in double; the variance is of the distances from the mean, not the difference of two large sums. */
#define KERNELS(suffix, T) \
  static void moments_##suffix (const Layout *l, const T *x, double *mean, double *variance) \
  { \
    EACH (l, mean[c] += x[i]) \
    for (gint64 c = 0; c < l->channels; c++) \
      mean[c] /= l->count; \
    EACH (l, variance[c] += (x[i] - mean[c]) * (x[i] - mean[c])) \
    for (gint64 c = 0; c < l->channels; c++) \
      variance[c] /= l->count; \
  } \
  static void scale_##suffix (const Layout *l, const T *x, T *y, const double *factor, const double *shift) \
  { \
    EACH (l, y[i] = x[i] * factor[c] + shift[c]) \
  } \
  /* Σ dy and Σ dy (x − mean) */ \
  static void sums_##suffix (const Layout *l, const T *dy, const T *x, const double *mean, double *sum, double *product) \
  { \
    EACH (l, sum[c] += dy[i]; product[c] += dy[i] * (x[i] - mean[c])) \
  } \
  static void slope_##suffix (const Layout *l, const T *dy, const T *x, T *dx, const double *mean, const double *factor, \
                              const double *less, const double *bend) \
  { \
    EACH (l, dx[i] = factor[c] * (dy[i] - less[c] - bend[c] * (x[i] - mean[c]))) \
  }
KERNELS (f32, float)
KERNELS (f64, double)

static double
vector_at (const LkTensor *tensor, gint64 i)
{
  return tensor->size > 0 ? lk_tensor_double_at (tensor, i) : 0;
}

static void
set_vector (LkTensor *tensor, gint64 i, double value)
{
  if (tensor->dtype == LK_FLOAT32)
    ((float *) tensor->data)[i] = value;
  else
    ((double *) tensor->data)[i] = value;
}

/* Mean and variance of the batch, or those that are given. Room for a channel's numbers is in work. */
static void
find_moments (const Layout *l, const LkTensor *x, const LkTensor *given_mean, const LkTensor *given_variance,
              gboolean training, double *mean, double *variance)
{
  if (training && l->count > 0 && x->dtype == LK_FLOAT32)
    moments_f32 (l, x->data, mean, variance);
  else if (training && l->count > 0)
    moments_f64 (l, x->data, mean, variance);
  for (gint64 c = 0; c < l->channels && !training; c++)
    {
      mean[c] = vector_at (given_mean, c);
      variance[c] = vector_at (given_variance, c);
    }
}

/* The running mean and variance: the latter is of the population that the batch is drawn from. */
static void
set_statistics (LkCall *call, const Layout *l, const double *mean, const double *variance)
{
  const gboolean training = call->attrs[TRAINING].b;
  const double factor = training ? call->attrs[FACTOR].f : 1;
  const double sample = training && l->count > 1 ? l->count / (double) (l->count - 1) : 1;
  for (gint64 c = 0; c < l->channels; c++)
    {
      const double old_mean = factor == 1 ? 0 : vector_at (call->inputs[MEAN], c),
                   old_variance = factor == 1 ? 0 : vector_at (call->inputs[VARIANCE], c);
      set_vector (call->outputs[1], c, factor == 1 ? mean[c] : (1 - factor) * old_mean + factor * mean[c]);
      set_vector (call->outputs[2], c, factor == 1 ? variance[c] * sample
                  : (1 - factor) * old_variance + factor * variance[c] * sample);
      set_vector (call->outputs[3], c, mean[c]);
      set_vector (call->outputs[4], c, variance[c]);
    }
}

static void
normalize_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[X];
  const Layout l = layout_of (x, call->attrs[FORMAT].s);
  g_autofree double *work = g_new0 (double, 4 * l.channels + 1);
  double *mean = work, *variance = work + l.channels, *factor = variance + l.channels, *shift = factor + l.channels;
  find_moments (&l, x, call->inputs[MEAN], call->inputs[VARIANCE], call->attrs[TRAINING].b, mean, variance);
  for (gint64 c = 0; c < l.channels; c++)
    {
      factor[c] = vector_at (call->inputs[SCALE], c) / sqrt (variance[c] + call->attrs[EPSILON].f);
      shift[c] = vector_at (call->inputs[OFFSET], c) - mean[c] * factor[c];
    }
  if (x->dtype == LK_FLOAT32)
    scale_f32 (&l, x->data, call->outputs[0]->data, factor, shift);
  else
    scale_f64 (&l, x->data, call->outputs[0]->data, factor, shift);
  set_statistics (call, &l, mean, variance);
}

/* While training, dx = scale r (dy − mean dy − x̂ · mean (dy x̂)): the batch's moments move with x. Else they stand still. */
static void
slope_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[GRAD_X], *dy = call->inputs[DY];
  const gboolean training = call->attrs[2].b, narrow = x->dtype == LK_FLOAT32;
  const Layout l = layout_of (x, call->attrs[1].s);
  g_autofree double *work = g_new0 (double, 6 * l.channels + 1);
  double *mean = work, *variance = work + l.channels, *sum = variance + l.channels, *product = sum + l.channels,
         *factor = product + l.channels, *bend = factor + l.channels;
  find_moments (&l, x, call->inputs[GRAD_MEAN], call->inputs[GRAD_VARIANCE], training, mean, variance);
  if (narrow)
    sums_f32 (&l, dy->data, x->data, mean, sum, product);
  else
    sums_f64 (&l, dy->data, x->data, mean, sum, product);
  for (gint64 c = 0; c < l.channels; c++)
    {
      const double r = 1 / sqrt (variance[c] + call->attrs[0].f);
      set_vector (call->outputs[1], c, product[c] * r);
      set_vector (call->outputs[2], c, sum[c]);
      factor[c] = vector_at (call->inputs[GRAD_SCALE], c) * r;
      sum[c] = training ? sum[c] / l.count : 0;
      bend[c] = training ? product[c] * r * r / l.count : 0;
    }
  if (narrow)
    slope_f32 (&l, dy->data, x->data, call->outputs[0]->data, mean, factor, sum, bend);
  else
    slope_f64 (&l, dy->data, x->data, call->outputs[0]->data, mean, factor, sum, bend);
}

/* ---- where elements come from: their channel ---- */

static void
add_channel (const LkTensor *x, const char *format, guint input, gint64 c, LkProvenance *into)
{
  const Layout l = layout_of (x, format);
  if (l.inner == 1)
    lk_provenance_add (into, input, c, l.images, l.channels);
  for (gint64 image = 0; l.inner > 1 && image < l.images; image++)
    lk_provenance_add (into, input, (image * l.channels + c) * l.inner, l.inner, 1);
}

static void
normalize_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *x = call->inputs[X];
  const gboolean training = call->attrs[TRAINING].b;
  const Layout l = layout_of (x, call->attrs[FORMAT].s);
  const gint64 c = output == 0 ? element / l.inner % l.channels : element;
  if (training)
    add_channel (x, call->attrs[FORMAT].s, X, c, into);
  else if (output == 0)
    lk_provenance_add (into, X, element, 1, 1);
  for (guint i = SCALE; i <= OFFSET && output == 0; i++)
    lk_provenance_add (into, i, c, 1, 1);
  const gboolean seen = training ? (output == 1 || output == 2) && call->attrs[FACTOR].f != 1 : TRUE;
  for (guint i = MEAN; i <= VARIANCE && seen; i++)
    if (output == 0 || (output - 1) % 2 == i - MEAN)
      lk_provenance_add (into, i, c, 1, 1);
}

static void
slope_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *x = call->inputs[GRAD_X];
  const gboolean training = call->attrs[2].b;
  const Layout l = layout_of (x, call->attrs[1].s);
  const gint64 c = output == 0 ? element / l.inner % l.channels : element;
  if (output == 0 && !training)
    lk_provenance_add (into, DY, element, 1, 1);
  else
    add_channel (x, call->attrs[1].s, DY, c, into);
  if (output == 0 ? training : output == 1)
    add_channel (x, call->attrs[1].s, GRAD_X, c, into);
  if (output == 0)
    lk_provenance_add (into, GRAD_SCALE, c, 1, 1);
  if (!training && output < 2)
    {
      if (output == 1)
        lk_provenance_add (into, GRAD_MEAN, c, 1, 1);
      lk_provenance_add (into, GRAD_VARIANCE, c, 1, 1);
    }
}

#define VECTORS(n) "; float64[" n "]; float64[" n "]; float64[" n "]; float64[" n "] in 0.5..2"
#define SLOPES(n) "; float64[" n "]; float64[" n "]; float64[" n "] in 0.5..2; float64[0]"
#define GIVEN "is_training=false, epsilon=0.01"
#define FIRST "data_format=\"NCHW\", epsilon=0.01"
LK_BLOCK (fused_batch_norm, .infer = normalize_infer,
          .shape = "y: the shape of x; the means and variances: [channels]; the sixth: [0].",
          .widens = TRUE, .kernel = normalize_kernel,
          .gradient = lk_normalize_gradient, .provenance = normalize_provenance,
          SAMPLES ({ "float64[2,2,2,2]" VECTORS ("2"), "epsilon=0.01" }, { "float64[2,3,2,1]" VECTORS ("3"), FIRST },
                   { "float64[2,1,2,2]" VECTORS ("2"), "exponential_avg_factor=0.3, epsilon=0.01" },
                   { "float64[2,2,1,2]" VECTORS ("2"), GIVEN }, { "float64[1,2,3,1]" VECTORS ("2"), FIRST ", is_training=false" },
                   { "float64[2,1,2,1,2]" VECTORS ("2"), "data_format=\"NDHWC\", epsilon=0.01" },
                   { "float32[2,2,2,2]; float32[2]; float32[2]; float32[0]; float32[0]" },
                   { "float16[2,2,2,2]; float32[2]; float32[2]; float32[0]; float32[0]" }));
LK_BLOCK (fused_batch_norm_grad, .infer = slope_infer,
          .shape = "x_backprop: the shape of x; those of scale and offset: [channels]; the other two: [0].",
          .widens = TRUE, .kernel = slope_kernel, .gradient = lk_normalize_slope_gradient,
          .provenance = slope_provenance,
          SAMPLES ({ "float64[2,2,2,2]; float64[2,2,2,2]" SLOPES ("2"), "epsilon=0.01" },
                   { "float64[2,3,2,1]; float64[2,3,2,1]" SLOPES ("3"), FIRST },
                   { "float64[2,1,2,2]; float64[2,1,2,2]" SLOPES ("2"), GIVEN },
                   { "float16[2,2,2,2]; float16[2,2,2,2]; float32[2]; float32[2]; float32[2] in 0.5..2; float32[0]" }));
