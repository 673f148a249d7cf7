/* SPDX-License-Identifier: MIT */
/* Images of another size: bilinear, bicubic, by area; and what the other ways share. */
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/resize.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- shapes ---- */

gboolean
lk_resize_check_images (const LkCall *call, guint i)
{
  const LkShape *shape = lk_rule_shape (call, i);
  if (!lk_rule_need_rank (call, i, 4, "input must be 4-dimensional, got shape %s"))
    return FALSE;
  return shape->rank == LK_RANK_UNKNOWN || (shape->dims[1] != 0 && shape->dims[2] != 0)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "input image must be of non-zero size");
}

/* Input i is a height and a width. Unknown ones are −1. */
gboolean
lk_resize_read_size (const LkCall *call, guint i, gint64 *size)
{
  guint n;
  const LkShape *shape = lk_rule_shape (call, i);
  size[LK_HEIGHT] = size[LK_WIDTH] = LK_DIM_UNKNOWN;
  if (!lk_rule_need_rank (call, i, 1, "shape_t must be 1-dimensional, got shape %s"))
    return FALSE;
  if (shape->rank == 1 && shape->dims[0] >= 0 && shape->dims[0] != 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "shape_t must have two elements, got %" G_GINT64_FORMAT, shape->dims[0]);
  if (!lk_rule_ints (call, i, size, 2, &n))
    return TRUE;
  return (size[LK_HEIGHT] > 0 && size[LK_WIDTH] > 0)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "output dimensions must be positive, got %" G_GINT64_FORMAT " and %"
                          G_GINT64_FORMAT, size[LK_HEIGHT], size[LK_WIDTH]);
}

/* The attributes of all but the kernels. ResizeArea has only the first. */
LkResampleRule
lk_resize_rule (const LkCall *call)
{
  return (LkResampleRule) { call->attrs[0].b, call->op->index != LK_OP_RESIZE_AREA && call->attrs[1].b };
}

static gboolean
check_rule (const LkCall *call)
{
  const LkResampleRule rule = lk_resize_rule (call);
  return !rule.align_corners || !rule.half_pixel_centers
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "If half_pixel_centers is True, align_corners must be False.");
}

LkShape
lk_resize_shape (const LkShape *images, const gint64 *size)
{
  const gboolean known = images->rank == 4;
  return LK_SHAPE (known ? images->dims[0] : LK_DIM_UNKNOWN, size[LK_HEIGHT], size[LK_WIDTH], known ? images->dims[3] : LK_DIM_UNKNOWN);
}

gboolean
lk_resize_infer (const LkCall *call, LkSignature *out)
{
  gint64 size[2];
  if (!lk_resize_check_images (call, 0) || !lk_resize_read_size (call, 1, size) || !check_rule (call))
    return FALSE;
  out[0].shape = lk_resize_shape (lk_rule_shape (call, 0), size);
  return TRUE;
}

/* Inputs 0 and 1 are grads and images of as many, and as many channels. */
gboolean
lk_resize_check_pair (const LkCall *call)
{
  const LkShape *grads = lk_rule_shape (call, 0), *images = lk_rule_shape (call, 1);
  if (!lk_resize_check_images (call, 0) || !lk_resize_check_images (call, 1))
    return FALSE;
  if (grads->rank != 4 || images->rank != 4 || grads->dims[0] < 0 || grads->dims[3] < 0 || images->dims[0] < 0
      || images->dims[3] < 0 || (grads->dims[0] == images->dims[0] && grads->dims[3] == images->dims[3]))
    return TRUE;
  g_autofree char *a = lk_shape_text (grads), *b = lk_shape_text (images);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "grads and original_image must have the same batch and depth, got %s and %s",
                       a, b);
}

static gboolean
resize_grad_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = *lk_rule_shape (call, 1);
  return lk_resize_check_pair (call) && check_rule (call);
}

/* ---- both axes, one after the other ---- */

void
lk_resize_plan_clear (LkResizePlan *plan)
{
  lk_resample_clear (&plan->axes[LK_HEIGHT]);
  lk_resample_clear (&plan->axes[LK_WIDTH]);
}

static void
convert (const LkTensor *tensor, gint64 at, gint64 n, float *to)
{
  if (tensor->dtype == LK_FLOAT32)
    memcpy (to, (const float *) tensor->data + at, n * sizeof *to);
  else
    for (gint64 i = 0; i < n; i++)
      to[i] = lk_tensor_double_at (tensor, at + i);
}

static void
finish (LkTensor *tensor, gint64 at, gint64 n, float scale, const float *from)
{
  for (gint64 i = 0; i < n; i++)
    if (tensor->dtype == LK_FLOAT32)
      ((float *) tensor->data)[at + i] = from[i] * scale;
    else
      lk_tensor_set_double (tensor, at + i, from[i] * scale);
}

/* One image of that many channels: x → y, or back, by way of `half`. */
static void
run_image (const LkResizePlan *plan, gint64 channels, gboolean back, float *x, float *half, float *y)
{
  const LkResample *h = &plan->axes[LK_HEIGHT], *w = &plan->axes[LK_WIDTH];
  if (plan->columns_first && !back)
    {
      lk_resample_run (w, h->in, channels, x, half);
      lk_resample_run (h, 1, w->out * channels, half, y);
    }
  else if (!back)
    {
      lk_resample_run (h, 1, w->in * channels, x, half);
      lk_resample_run (w, h->out, channels, half, y);
    }
  else if (plan->columns_first)
    {
      lk_resample_run_back (h, 1, w->out * channels, y, half);
      lk_resample_run_back (w, h->in, channels, half, x);
    }
  else
    {
      lk_resample_run_back (w, h->out, channels, y, half);
      lk_resample_run_back (h, 1, w->in * channels, half, x);
    }
}

void
lk_resize_run (LkCall *call, const LkResizePlan *plan, gboolean good, gboolean back)
{
  const LkTensor *from = call->inputs[0];
  LkTensor *to = call->outputs[0];
  const LkResample *h = &plan->axes[LK_HEIGHT], *w = &plan->axes[LK_WIDTH];
  const gint64 channels = from->shape.dims[3], n = h->in * w->in * channels, m = h->out * w->out * channels,
               between = plan->columns_first ? h->in * w->out * channels : h->out * w->in * channels;
  g_autofree float *x = good ? g_try_new (float, n + 1) : NULL, *half = good ? g_try_new (float, between + 1) : NULL,
                   *y = good ? g_try_new (float, m + 1) : NULL;
  if (x == NULL || half == NULL || y == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for the rows of an image");
      return;
    }
  for (gint64 image = 0; channels > 0 && image < from->shape.dims[0]; image++)
    {
      convert (from, image * (back ? m : n), back ? m : n, back ? y : x);
      run_image (plan, channels, back, x, half, y);
      finish (to, image * (back ? n : m), back ? n : m, plan->scale, back ? x : y);
    }
}

/* The plan from images of the larger shape's sides to the other's. */
static gboolean
make_plan (const LkCall *call, const LkShape *in, const LkShape *out, LkResizePlan *plan)
{
  const LkResampleRule rule = lk_resize_rule (call);
  *plan = (LkResizePlan) { .columns_first = TRUE, .scale = 1 };
  for (guint i = 0; i < 2; i++)
    {
      const gint64 n = in->dims[i + 1], m = out->dims[i + 1];
      switch (call->op->index)
        {
        case LK_OP_RESIZE_BICUBIC: case LK_OP_RESIZE_BICUBIC_GRAD:
          plan->columns_first = FALSE;
          if (!lk_resample_cubic (&plan->axes[i], n, m, rule))
            return FALSE;
          break;
        case LK_OP_RESIZE_AREA:
          plan->scale *= 1 / lk_resample_scale (n, m, rule.align_corners);
          if (!lk_resample_area (&plan->axes[i], n, m, rule.align_corners))
            return FALSE;
          break;
        default:
          if (!lk_resample_linear (&plan->axes[i], n, m, rule))
            return FALSE;
        }
    }
  return TRUE;
}

static void
resize_kernel (LkCall *call)
{
  g_auto (LkResizePlan) plan;
  const gboolean good = make_plan (call, &call->inputs[0]->shape, &call->outputs[0]->shape, &plan);
  lk_resize_run (call, &plan, good, FALSE);
}

static void
resize_grad_kernel (LkCall *call)
{
  g_auto (LkResizePlan) plan;
  const gboolean good = make_plan (call, &call->outputs[0]->shape, &call->inputs[0]->shape, &plan);
  lk_resize_run (call, &plan, good, TRUE);
}

/* ---- gradients ---- */

/* Height and width of images, as a tensor. */
LkTensor *
lk_resize_size_of (LkContext *ctx, LkTensor *images)
{
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, images), begin = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1),
                       size = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 2 }, 1);
  return lk_slice (ctx, shape, begin, size);
}

static void
bilinear_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (lk_dtype_is_floating (call->inputs[0]->dtype))
    dx[0] = lk_resize_bilinear_grad (call->ctx, dy[0], call->inputs[0], call->attrs[0].b, call->attrs[1].b);
}

/* As in TensorFlow, none by images of fewer digits. */
static void
bicubic_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkDType dtype = call->inputs[0]->dtype;
  if (dtype == LK_FLOAT32 || dtype == LK_FLOAT64)
    dx[0] = lk_resize_bicubic_grad (call->ctx, dy[0], call->inputs[0], call->attrs[0].b, call->attrs[1].b);
}

/* A gradient is linear, and its own gradient the op. */
static void
bilinear_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  g_autoptr (LkTensor) size = lk_resize_size_of (call->ctx, call->inputs[0]);
  dx[0] = lk_resize_bilinear (call->ctx, dz[0], size, call->attrs[0].b, call->attrs[1].b);
}

static void
bicubic_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  g_autoptr (LkTensor) size = lk_resize_size_of (call->ctx, call->inputs[0]);
  dx[0] = lk_resize_bicubic (call->ctx, dz[0], size, call->attrs[0].b, call->attrs[1].b);
}

/* ---- where elements come from: the channel of the image ---- */

void
lk_resize_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *in = &call->inputs[0]->shape, *out = &call->outputs[0]->shape;
  const gint64 channels = in->dims[3], n = in->dims[1] * in->dims[2], m = out->dims[1] * out->dims[2];
  lk_provenance_add (into, 0, element / (m * channels) * n * channels + element % channels, n, channels);
}

#define RESIZE(name, with_gradient, ...) \
  LK_BLOCK (name, .infer = lk_resize_infer, .kernel = resize_kernel, .gradient = with_gradient, .provenance = lk_resize_provenance, \
            .shape = "[batch, size[0], size[1], channels].", SAMPLES (__VA_ARGS__))
#define RESIZE_GRAD(name, with_gradient, ...) \
  LK_BLOCK (name, .infer = resize_grad_infer, .kernel = resize_grad_kernel, .gradient = with_gradient, \
            .provenance = lk_resize_provenance, .shape = "That of original_image.", SAMPLES (__VA_ARGS__))
#define HALF "half_pixel_centers=true"
#define ALIGNED "align_corners=true"
#define MORE { "uint8[1,2,2,1]; int32[2]={3,2}" }, { "float32[0,2,2,1]; int32[2]={3,2}" }, { "float16[1,2,1,3]; int32[2]={1,1}", HALF }, \
             { "float64[1,2,2,1]; int32[2]={4,1}", HALF }
RESIZE (resize_bilinear, bilinear_gradient, { "float32[1,2,3,2]; int32[2]={4,5}", HALF }, { "float32[2,3,3,1]; int32[2]={2,2}" },
        { "float32[1,3,2,1]; int32[2]={5,1}", ALIGNED }, MORE);
RESIZE (resize_bicubic, bicubic_gradient, { "float32[1,2,3,2]; int32[2]={4,5}", HALF }, { "float32[2,3,3,1]; int32[2]={2,2}" },
        { "float32[1,3,2,1]; int32[2]={5,1}", ALIGNED }, MORE);
LK_BLOCK (resize_area, .infer = lk_resize_infer, .kernel = resize_kernel, .gradient = lk_gradient_missing,
          .provenance = lk_resize_provenance, .shape = "[batch, size[0], size[1], channels].",
          SAMPLES ({ "float32[1,4,4,2]; int32[2]={2,2}" }, { "float32[2,3,5,1]; int32[2]={2,3}" }, { "uint8[1,2,2,1]; int32[2]={3,2}" },
                   { "float32[1,3,2,1]; int32[2]={5,1}", ALIGNED }));
RESIZE_GRAD (resize_bilinear_grad, bilinear_grad_gradient, { "float32[1,4,5,2]; float32[1,2,3,2]", HALF },
             { "float32[1,2,2,1]; float64[1,3,3,1]" }, { "float32[1,2,2,1]; float16[1,3,1,1]", ALIGNED });
RESIZE_GRAD (resize_bicubic_grad, bicubic_grad_gradient, { "float32[1,4,5,2]; float32[1,2,3,2]", HALF },
             { "float32[1,2,2,1]; float64[1,3,3,1]" });
