/* SPDX-License-Identifier: MIT */
/* Images scaled and moved, each element a sum by a kernel around its place. */
#include "engine/ops/gradient.h"
#include "engine/ops/resize.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
check_kernel (const LkCall *call, guint first)
{
  if (lk_resample_kernel (call->attrs[0].s) == NULL)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Unrecognized kernel type: %s", call->attrs[0].s);
  for (guint i = first; i < first + 2; i++)
    {
      const LkShape *shape = lk_rule_shape (call, i);
      const LkTensor *value = lk_call_constant (call, i);
      const char *name = call->op->inputs[i].name;
      if (shape->rank != LK_RANK_UNKNOWN && (shape->rank != 1 || (shape->dims[0] >= 0 && shape->dims[0] != 2)))
        {
          g_autofree char *got = lk_shape_text (shape);
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must have two elements, got shape %s", name, got);
        }
      for (gint64 k = 0; i == first && value != NULL && k < 2; k++)
        if (!(lk_tensor_double_at (value, k) > 0))
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be greater than zero, got %g", name, lk_tensor_double_at (value, k));
    }
  return TRUE;
}

static gboolean
scale_infer (const LkCall *call, LkSignature *out)
{
  gint64 size[2];
  if (!lk_resize_check_images (call, 0) || !lk_resize_read_size (call, 1, size) || !check_kernel (call, 2))
    return FALSE;
  out[0].shape = lk_resize_shape (lk_rule_shape (call, 0), size);
  return TRUE;
}

static gboolean
scale_grad_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = *lk_rule_shape (call, 1);
  return lk_resize_check_pair (call) && check_kernel (call, 2);
}

/* Rows first, as TensorFlow does. */
static void
scale_run (LkCall *call, const LkShape *in, const LkShape *out, gboolean back)
{
  g_auto (LkResizePlan) plan = { .scale = 1 };
  gboolean good = TRUE;
  for (guint i = 0; good && i < 2; i++)
    good = lk_resample_kernels (&plan.axes[i], in->dims[i + 1], out->dims[i + 1], lk_resample_kernel (call->attrs[0].s),
                                lk_tensor_double_at (call->inputs[2], i), lk_tensor_double_at (call->inputs[3], i), call->attrs[1].b);
  lk_resize_run (call, &plan, good, back);
}

static void
scale_kernel (LkCall *call)
{
  scale_run (call, &call->inputs[0]->shape, &call->outputs[0]->shape, FALSE);
}

static void
scale_grad_kernel (LkCall *call)
{
  scale_run (call, &call->outputs[0]->shape, &call->inputs[0]->shape, TRUE);
}

static void
scale_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  if (!lk_dtype_is_floating (call->inputs[0]->dtype))
    return;
  g_autoptr (LkTensor) images = lk_cast (ctx, call->inputs[0], LK_FLOAT32);
  g_autoptr (LkTensor) grad = lk_scale_and_translate_grad (ctx, dy[0], images, call->inputs[2], call->inputs[3], call->attrs[0].s,
                                                           call->attrs[1].b);
  dx[0] = lk_cast (ctx, grad, call->inputs[0]->dtype);
}

static void
scale_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  g_autoptr (LkTensor) size = lk_resize_size_of (call->ctx, call->inputs[0]);
  dx[0] = lk_scale_and_translate (call->ctx, dz[0], size, call->inputs[2], call->inputs[3], call->attrs[0].s, call->attrs[1].b);
}

static void
scale_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_resize_provenance (call, output, element, into);
  for (guint i = 2; i < 4; i++)
    lk_provenance_add (into, i, 0, 2, 1);
}

LK_BLOCK (scale_and_translate, .infer = scale_infer, .kernel = scale_kernel, .gradient = scale_gradient,
          .provenance = scale_provenance, .shape = "[batch, size[0], size[1], channels].",
          SAMPLES ({ "float32[1,4,3,2]; int32[2]={2,5}; float32[2]={0.5,1.5}; float32[2]={0,0.5}" },
                   { "float32[1,3,3,1]; int32[2]={4,2}; float32[2]={1.5,0.7}; float32[2]={-1,0}", "kernel_type=\"triangle\", antialias=false" },
                   { "uint8[1,2,2,1]; int32[2]={3,3}; float32[2]={1.5,1.5}; float32[2]={0,0}", "kernel_type=\"mitchellcubic\"" },
                   { "float32[2,2,2,1]; int32[2]={3,3}; float32[2]={1.5,1.5}; float32[2]={0,0}", "kernel_type=\"gaussian\"" }));
LK_BLOCK (scale_and_translate_grad, .infer = scale_grad_infer, .kernel = scale_grad_kernel, .gradient = scale_grad_gradient,
          .provenance = scale_provenance, .shape = "That of original_image.",
          SAMPLES ({ "float32[1,2,5,2]; float32[1,4,3,2]; float32[2]={0.5,1.5}; float32[2]={0,0.5}" },
                   { "float32[1,4,2,1]; float32[1,3,3,1]; float32[2]={1.5,0.7}; float32[2]={-1,0}", "kernel_type=\"keyscubic\", antialias=false" }));
