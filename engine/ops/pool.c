/* SPDX-License-Identifier: MIT */
/* Pooling in two and three dimensions: the largest of each window, or the mean of what lies inside of the input. The
   first of several equal elements counts as the largest; NaN is larger than all. */
#include "engine/ops/gradient.h"
#include "engine/ops/slide.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

typedef struct
{
  guint16 pool, grad, grad_grad;        /* LK_OP_…; grad_grad 0: the gradient of grad is pool */
  guint8 n_axes;
} Family;

static const Family families[] = {
  { LK_OP_MAX_POOL, LK_OP_MAX_POOL_GRAD, LK_OP_MAX_POOL_GRAD_GRAD, 2 },
  { LK_OP_MAX_POOL3D, LK_OP_MAX_POOL3D_GRAD, LK_OP_MAX_POOL3D_GRAD_GRAD, 3 },
  { LK_OP_AVG_POOL, LK_OP_AVG_POOL_GRAD, 0, 2 },
  { LK_OP_AVG_POOL3D, LK_OP_AVG_POOL3D_GRAD, 0, 3 },
};

static const Family *
family_of (const LkCall *call)
{
  const Family *family = families;
  while (call->op->index != family->pool && call->op->index != family->grad && call->op->index != family->grad_grad)
    family++;
  return family;
}

/* ---- shapes ---- */

/* The windows over an input of that shape. */
static gboolean
window_of (const LkCall *call, const LkShape *shape, LkWindow *w)
{
  const guint n_axes = family_of (call)->n_axes;
  gint64 sizes[LK_WINDOW_AXES];
  if (shape->rank != n_axes + 2 && shape->rank != LK_RANK_UNKNOWN)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be %u-dimensional: %s", call->op->inputs[0].name,
                           n_axes + 2, text);
    }
  return lk_window_sizes (call, n_axes, sizes) && lk_window_read (call, n_axes, shape, sizes, w);
}

#define POOL_SHAPE "The input's shape, with spatial sizes as ksize, strides and padding leave them."

static gboolean
pool_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  if (!window_of (call, lk_rule_shape (call, 0), &w))
    return FALSE;
  out[0].shape = lk_window_output (&w, w.channels);
  return TRUE;
}

/* Input i has to have that shape, as far as both are known. */
static gboolean
check_like (const LkCall *call, guint i, const LkShape *shape)
{
  if (lk_shape_compatible (lk_rule_shape (call, i), shape))
    return TRUE;
  g_autofree char *expected = lk_shape_text (shape), *got = lk_shape_text (lk_rule_shape (call, i));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected %s shape to be %s, but got %s",
                       call->op->inputs[i].name, expected, got);
}

#define MAX_GRAD_SHAPE "The shape of orig_input; orig_output and grad have that of the pooled one."

static gboolean
max_grad_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  if (!window_of (call, lk_rule_shape (call, 0), &w))
    return FALSE;
  const LkShape pooled = lk_window_output (&w, w.channels);
  out[0].shape = *lk_rule_shape (call, 0);
  return check_like (call, 1, &pooled) && check_like (call, 2, &pooled);
}

#define MAX_GRAD_GRAD_SHAPE "The shape of orig_output, the pooled one; grad has that of orig_input."

/* grad is of the input's shape here, and what comes out of the pooled one. */
static gboolean
max_grad_grad_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  if (!window_of (call, lk_rule_shape (call, 0), &w))
    return FALSE;
  out[0].shape = lk_window_output (&w, w.channels);
  return check_like (call, 1, &out[0].shape) && check_like (call, 2, lk_rule_shape (call, 0));
}

#define AVG_GRAD_SHAPE "orig_input_shape, spelt out; grad has that of the pooled one."

static gboolean
avg_grad_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  const guint rank = family_of (call)->n_axes + 2;
  LkShape *shape = &out[0].shape;
  if (!lk_rule_shape_value (call, 0, shape, NULL))
    return FALSE;
  if (shape->rank == LK_RANK_UNKNOWN)
    *shape = (LkShape) { .rank = rank, .dims = { -1, -1, -1, -1, -1 } };
  if (!window_of (call, shape, &w))
    return FALSE;
  const LkShape pooled = lk_window_output (&w, w.channels);
  return check_like (call, 1, &pooled);
}

/* ---- kernels ---- */

/* Channels that come first are as many images of one channel; then all of the kernels see them last. */
static gint64
images_of (LkWindow *w)
{
  const gint64 channels = w->channels;
  if (!w->channels_first)
    return channels;
  w->batch *= channels;
  return 1;
}

/* The window's input is of that shape. y is like the pooled, x and dx like the input; NULL where the slide has no use for it. */
static void
pool (LkCall *call, const LkShape *shape, LkSlide slide, const LkTensor *x, LkTensor *y, LkTensor *dx)
{
  LkWindow w;
  if (!window_of (call, shape, &w))
    return;
  const gint64 channels = images_of (&w);
  if (!lk_slide (&w, y->dtype, channels, slide, x != NULL ? x->data : NULL, y->data, dx != NULL ? dx->data : NULL))
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for the taps of a window");
}

static void
max_kernel (LkCall *call)
{
  pool (call, &call->inputs[0]->shape, LK_SLIDE_LARGEST, call->inputs[0], call->outputs[0], NULL);
}

static void
max_grad_kernel (LkCall *call)
{
  pool (call, &call->inputs[0]->shape, LK_SLIDE_LARGEST_BACK, call->inputs[0], call->inputs[2], call->outputs[0]);
}

static void
max_grad_grad_kernel (LkCall *call)
{
  pool (call, &call->inputs[0]->shape, LK_SLIDE_LARGEST_READ, call->inputs[0], call->outputs[0], call->inputs[2]);
}

static void
avg_kernel (LkCall *call)
{
  pool (call, &call->inputs[0]->shape, LK_SLIDE_MEAN, call->inputs[0], call->outputs[0], NULL);
}

static void
avg_grad_kernel (LkCall *call)
{
  pool (call, &call->outputs[0]->shape, LK_SLIDE_MEAN_BACK, NULL, call->inputs[1], call->outputs[0]);
}

/* ---- gradients; attributes are the same in a family ---- */

static LkTensor *
apply3 (const LkCall *call, guint16 op, LkTensor *a, LkTensor *b, LkTensor *c)
{
  LkTensor *inputs[] = { a, b, c };
  return lk_apply1 (call->ctx, &lk_ops[op], inputs, 3, call->attrs);
}

static void
max_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = apply3 (call, family_of (call)->grad, call->inputs[0], call->outputs[0], dy[0]);
}

static void
max_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  dx[2] = apply3 (call, family_of (call)->grad_grad, call->inputs[0], call->inputs[1], dz[0]);
}

static void
max_grad_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  dx[2] = apply3 (call, family_of (call)->grad, call->inputs[0], call->inputs[1], dz[0]);
}

static void
avg_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, call->inputs[0]);
  LkTensor *inputs[] = { shape, dy[0] };
  dx[0] = lk_apply1 (call->ctx, &lk_ops[family_of (call)->grad], inputs, 2, call->attrs);
}

static void
avg_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  dx[1] = lk_apply1 (call->ctx, &lk_ops[family_of (call)->pool], dz, 1, call->attrs);
}

/* ---- where elements come from ---- */

static void
pool_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkWindow w;
  if (!window_of (call, lk_rule_shape (call, 0), &w))
    return;
  const gint64 n = images_of (&w);
  for (gint64 tap = 0; tap < lk_window_taps (&w); tap++)
    {
      const gint64 at = lk_window_at (&w, element / n, tap);
      if (at >= 0)
        lk_provenance_add (into, 0, at * n + element % n, 1, 1);
    }
}

/* Of the slopes: the image's in each input that is no shape. */
static void
slope_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 batch = call->outputs[0]->shape.dims[0], image = element / (call->outputs[0]->size / batch);
  for (guint i = 0; i < call->n_inputs; i++)
    if (lk_dtype_is_floating (call->inputs[i]->dtype))
      lk_provenance_add (into, i, image * (call->inputs[i]->size / batch), call->inputs[i]->size / batch, 1);
}

#define MAX_FAMILY(name, of_pool, of_grad, of_grad_grad) \
  LK_BLOCK (name, .infer = pool_infer, .shape = POOL_SHAPE, .widens = TRUE, .kernel = max_kernel, .gradient = max_gradient, \
            .provenance = pool_provenance, of_pool); \
  LK_BLOCK (name##_grad, .infer = max_grad_infer, .shape = MAX_GRAD_SHAPE, .widens = TRUE, .kernel = max_grad_kernel, \
            .gradient = max_grad_gradient, \
            .provenance = slope_provenance, of_grad); \
  LK_BLOCK (name##_grad_grad, .infer = max_grad_grad_infer, .shape = MAX_GRAD_GRAD_SHAPE, .widens = TRUE, \
            .kernel = max_grad_grad_kernel, \
            .gradient = max_grad_grad_gradient, .provenance = slope_provenance, of_grad_grad)
#define AVG_FAMILY(name, of_pool, of_grad) \
  LK_BLOCK (name, .infer = pool_infer, .shape = POOL_SHAPE, .widens = TRUE, .kernel = avg_kernel, .gradient = avg_gradient, \
            .provenance = pool_provenance, of_pool); \
  LK_BLOCK (name##_grad, .infer = avg_grad_infer, .shape = AVG_GRAD_SHAPE, .widens = TRUE, .kernel = avg_grad_kernel, \
            .gradient = avg_grad_gradient, \
            .provenance = slope_provenance, of_grad)

#define BY_2 "ksize=[1,2,2,1], strides=[1,2,2,1], padding=\"VALID\""
#define SAME_3 "ksize=[1,3,2,1], strides=[1,2,1,1], padding=\"SAME\""
#define FIRST "ksize=[1,1,2,2], strides=[1,1,1,1], padding=\"VALID\", data_format=\"NCHW\""
#define VOLUME "ksize=[1,2,1,2,1], strides=[1,1,1,1,1], padding=\"SAME\""
#define ORDER_9 "={0.3,-0.8,0.5,0.9,-0.2,0.1,-0.5,0.7,-0.9}"
#define ORDER_8 "={0.3,-0.8,0.5,0.9,-0.2,0.1,-0.5,0.7}"

MAX_FAMILY (max_pool,
            SAMPLES ({ "float64[1,4,4,2]", BY_2 }, { "float64[2,3,3,2]", SAME_3 }, { "float64[1,2,3,3]", FIRST },
                     { "float64[0,2,2,1]", BY_2 }),
            SAMPLES ({ "float64[1,3,3,1]" ORDER_9 "; float64[1,2,3,1]; float64[1,2,3,1]", SAME_3 },
                     { "float64[1,1,3,3]" ORDER_9 "; float64[1,1,2,2]; float64[1,1,2,2]", FIRST }),
            SAMPLES ({ "float64[1,3,3,1]" ORDER_9 "; float64[1,2,3,1]; float64[1,3,3,1]", SAME_3 }));
MAX_FAMILY (max_pool3d, SAMPLES ({ "float64[1,2,2,2,1]", VOLUME }),
            SAMPLES ({ "float64[1,2,2,2,1]" ORDER_8 "; float64[1,2,2,2,1]; float64[1,2,2,2,1]", VOLUME }),
            SAMPLES ({ "float64[1,2,2,2,1]" ORDER_8 "; float64[1,2,2,2,1]; float64[1,2,2,2,1]", VOLUME }));
AVG_FAMILY (avg_pool,
            SAMPLES ({ "float64[1,4,4,2]", BY_2 }, { "float64[2,3,3,2]", SAME_3 }, { "float64[1,2,3,3]", FIRST },
                     { "float64[0,2,2,1]", BY_2 }),
            SAMPLES ({ "int32[4]={1,3,3,1}; float64[1,2,3,1]", SAME_3 },
                     { "int32[4]={1,2,3,3}; float64[1,2,2,2]", FIRST }));
AVG_FAMILY (avg_pool3d, SAMPLES ({ "float64[1,2,2,2,1]", VOLUME }),
            SAMPLES ({ "int32[5]={1,2,2,2,1}; float64[1,2,2,2,1]", VOLUME }));
