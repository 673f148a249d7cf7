/* SPDX-License-Identifier: MIT */
/* The contrast of images. */
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

static gboolean
adjust_contrast_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_min_rank (call, 0, 3, "input must be at least 3-D, got shape%s")
         && lk_rule_need_scalar (call, 1, "contrast_factor") && lk_infer_first (call, out);
}

/* One image of n pixels. */
static void
adjust_image (const float *x, float *y, gint64 n, gint64 channels, float factor)
{
  for (gint64 c = 0; c < channels; c++)
    {
      double sum = 0;
      for (gint64 i = 0; i < n; i++)
        sum += x[i * channels + c];
      const float mean = sum / n;
      for (gint64 i = 0; i < n; i++)
        y[i * channels + c] = (x[i * channels + c] - mean) * factor + mean;
    }
}

static void
adjust_contrast_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const guint rank = x->shape.rank;
  const gint64 channels = x->shape.dims[rank - 1], n = lk_shape_product (&x->shape, rank - 3, rank - 1);
  const float factor = lk_tensor_double_at (call->inputs[1], 0);
  for (gint64 at = 0; at < x->size; at += n * channels)
    adjust_image ((const float *) x->data + at, (float *) call->outputs[0]->data + at, n, channels, factor);
}

/* The whole channel of the image, and the factor. */
static void
adjust_contrast_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  const gint64 channels = shape->dims[shape->rank - 1], n = lk_shape_product (shape, shape->rank - 3, shape->rank - 1);
  lk_provenance_add (into, 0, element - element % (n * channels) + element % channels, n, channels);
  lk_provenance_add (into, 1, 0, 1, 1);
}

LK_BLOCK (adjust_contrast, .infer = adjust_contrast_infer, .kernel = adjust_contrast_kernel, .gradient = lk_gradient_missing,
          .provenance = adjust_contrast_provenance, .widens = TRUE,
          .shape = "The images' shape; the factor is a scalar.",
          .samples = (const LkSample[]) { { "float32[2,2,3,2]; float32[]" }, { "float32[2,2,1]; float32[]={2}" },
                                          { "float32[0,2,2,3]; float32[]" }, { "float16[1,2,2,1]; float32[]={0.5}" }, { NULL } });
