/* SPDX-License-Identifier: MIT */
/* Images of another size, of the elements that are nearest. */
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/resize.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define HALF "half_pixel_centers=true"
#define ALIGNED "align_corners=true"

/* For the position of the resized image (y, x), that of the other it is like. */
static gint64
nearest_at (const LkCall *call, const LkShape *in, const LkShape *out, gint64 y, gint64 x)
{
  const LkResampleRule rule = lk_resize_rule (call);
  const gint64 height = in->dims[1], width = in->dims[2];
  return lk_resample_nearest (height, lk_resample_scale (height, out->dims[1], rule.align_corners), rule, y) * width
         + lk_resample_nearest (width, lk_resample_scale (width, out->dims[2], rule.align_corners), rule, x);
}

static void
nearest_kernel (LkCall *call)
{
  const LkTensor *from = call->inputs[0];
  LkTensor *to = call->outputs[0];
  const LkShape *in = &from->shape, *out = &to->shape;
  const gsize pixel = in->dims[3] * lk_dtype_size (from->dtype);
  char *end = to->data;
  for (gint64 image = 0; to->size > 0 && image < in->dims[0]; image++)
    for (gint64 y = 0; y < out->dims[1]; y++)
      for (gint64 x = 0; x < out->dims[2]; x++, end += pixel)
        memcpy (end, (const char *) from->data + (image * in->dims[1] * in->dims[2] + nearest_at (call, in, out, y, x)) * pixel,
                pixel);
}

/* Sums wrap, where they can. */
#define ADD(suffix, T, U) \
  static void add_##suffix (const T *from, T *to, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      to[i] = (U) to[i] + (U) from[i]; \
  }
ADD (f32, float, float)
ADD (f64, double, double)
ADD (i32, gint32, guint32)

static void
nearest_grad_kernel (LkCall *call)
{
  const LkTensor *from = call->inputs[0];
  LkTensor *to = call->outputs[0];
  const LkShape *in = &to->shape, *out = &from->shape;
  const gint64 channels = in->dims[3];
  gint64 at = 0;
  memset (to->data, 0, lk_tensor_bytes (to));
  for (gint64 image = 0; channels > 0 && image < in->dims[0]; image++)
    for (gint64 y = 0; y < out->dims[1]; y++)
      for (gint64 x = 0; x < out->dims[2]; x++, at += channels)
        {
          const gint64 place = (image * in->dims[1] * in->dims[2] + nearest_at (call, in, out, y, x)) * channels;
          if (to->dtype == LK_FLOAT32)
            add_f32 ((const float *) from->data + at, (float *) to->data + place, channels);
          else if (to->dtype == LK_FLOAT64)
            add_f64 ((const double *) from->data + at, (double *) to->data + place, channels);
          else
            add_i32 ((const gint32 *) from->data + at, (gint32 *) to->data + place, channels);
        }
}

static void
nearest_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) size = lk_resize_size_of (call->ctx, call->inputs[0]);
  dx[0] = lk_resize_nearest_neighbor_grad (call->ctx, dy[0], size, call->attrs[0].b, call->attrs[1].b);
}

static void
nearest_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  g_autoptr (LkTensor) size = lk_resize_size_of (call->ctx, call->inputs[0]);
  dx[0] = lk_resize_nearest_neighbor (call->ctx, dz[0], size, call->attrs[0].b, call->attrs[1].b);
}

LK_BLOCK (resize_nearest_neighbor, .infer = lk_resize_infer, .kernel = nearest_kernel, .gradient = nearest_gradient,
          .provenance = lk_resize_provenance, .shape = "[batch, size[0], size[1], channels].",
          SAMPLES ({ "float64[1,2,3,2]; int32[2]={4,5}", HALF }, { "float64[2,3,3,1]; int32[2]={2,2}" },
                   { "float64[1,3,2,1]; int32[2]={5,1}", ALIGNED }, { "uint8[1,2,2,3]; int32[2]={3,2}" }, { "int16[0,2,2,3]; int32[2]={3,2}" }));
LK_BLOCK (resize_nearest_neighbor_grad, .infer = lk_resize_infer, .kernel = nearest_grad_kernel, .widens = TRUE,
          .gradient = nearest_grad_gradient, .provenance = lk_resize_provenance, .shape = "[batch, size[0], size[1], channels].",
          SAMPLES ({ "float64[1,4,5,2]; int32[2]={2,3}", HALF }, { "float64[2,2,2,1]; int32[2]={3,3}" },
                   { "uint8[1,2,2,3]; int32[2]={3,2}" }, { "float32[1,2,2,1]; int32[2]={1,1}" }));
