/* SPDX-License-Identifier: MIT */
/* Max pooling that says where the largest are: as flat numbers in the image, (row · width + column) · channels + channel,
   or in all images. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/gradient.h"
#include "engine/ops/window.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
window_of (const LkCall *call, LkWindow *w)
{
  gint64 sizes[LK_WINDOW_AXES];
  return lk_rule_need_rank (call, 0, 4, "input must be 4-dimensional: %s") && lk_window_sizes (call, 2, sizes)
         && lk_window_read (call, 2, lk_rule_shape (call, 0), sizes, w);
}

static gboolean
pool_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  const LkDType places = lk_call_attr (call, "Targmax")->type;
  if (places != LK_INT32 && places != LK_INT64)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'Targmax' of %s is not in the list of allowed values: "
                         "int32, int64", lk_dtype_kernel_name (places));
  if (!window_of (call, &w))
    return FALSE;
  out[0].shape = out[1].shape = lk_window_output (&w, w.channels);
  return TRUE;
}

static gboolean
check_like (const LkCall *call, guint i, const LkShape *shape)
{
  if (lk_shape_compatible (lk_rule_shape (call, i), shape))
    return TRUE;
  g_autofree char *expected = lk_shape_text (shape), *got = lk_shape_text (lk_rule_shape (call, i));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected %s shape to be %s, but got %s", call->op->inputs[i].name,
                       expected, got);
}

static gboolean
grad_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  if (!window_of (call, &w))
    return FALSE;
  const LkShape pooled = lk_window_output (&w, w.channels);
  out[0].shape = *lk_rule_shape (call, 0);
  return check_like (call, 1, &pooled) && check_like (call, 2, &pooled);
}

static gboolean
grad_grad_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  if (!window_of (call, &w))
    return FALSE;
  out[0].shape = lk_window_output (&w, w.channels);
  return check_like (call, 1, lk_rule_shape (call, 0)) && check_like (call, 2, &out[0].shape);
}

static void
set_place (LkTensor *places, gint64 i, gint64 place)
{
  if (places->dtype == LK_INT32)
    ((gint32 *) places->data)[i] = place;
  else
    ((gint64 *) places->data)[i] = place;
}

/* Where channel c is the largest at output position p: in all images, channels last; -1 for nowhere. The first of equal
   ones; NaN is larger than all. */
#define LARGEST(name, T) \
  static gint64 name (const LkWindow *w, const void *data, gint64 p, gint64 c) \
  { \
    const T *x = data; \
    const gint64 taps = lk_window_taps (w); \
    gint64 place = -1; \
    for (gint64 tap = 0; tap < taps; tap++) \
      { \
        const gint64 position = lk_window_at (w, p, tap), at = position < 0 ? -1 : position * w->channels + c; \
        if (at >= 0 && (place < 0 || x[at] > x[place] || (x[at] != x[at] && x[place] == x[place]))) \
          place = at; \
      } \
    return place; \
  }
LARGEST (largest_f32, float)
LARGEST (largest_f64, double)
LARGEST (largest_i32, gint32)
LARGEST (largest_i64, gint64)
LARGEST (largest_u64, guint64)

static void
pool_kernel (LkCall *call)
{
  static gint64 (*const largest[LK_N_DTYPES]) (const LkWindow *w, const void *data, gint64 p, gint64 c) = {
    [LK_FLOAT32] = largest_f32, [LK_FLOAT64] = largest_f64, [LK_INT32] = largest_i32, [LK_INT64] = largest_i64,
    [LK_UINT64] = largest_u64,
  };
  LkWindow w;
  const LkTensor *x = call->inputs[0];
  LkTensor *y = call->outputs[0];
  const gsize size = lk_dtype_size (x->dtype);
  const gboolean whole = lk_call_attr (call, "include_batch_in_index")->b;
  if (!window_of (call, &w) || y->size == 0)
    return;
  const gint64 image = lk_window_in_size (&w) * w.channels;
  for (gint64 i = 0; i < y->size; i++)
    {
      const gint64 place = largest[x->dtype] (&w, x->data, i / w.channels, i % w.channels);
      if (place < 0)
        memset ((char *) y->data + i * size, 0, size);
      else
        memcpy ((char *) y->data + i * size, (const char *) x->data + place * size, size);
      set_place (call->outputs[1], i, MAX (place, 0) % (whole ? G_MAXINT64 : image));
    }
}

/* Where element i of the pooled tensor was, in all of the input; -1 after reporting a place that there is not. */
static gint64
place_of (LkCall *call, gint64 i)
{
  const LkTensor *x = call->inputs[0], *places = call->inputs[2];
  const gint64 image = x->size / x->shape.dims[0], batch = i / (places->size / x->shape.dims[0]);
  const gboolean whole = lk_call_attr (call, "include_batch_in_index")->b;
  const gint64 place = lk_int_at (places, i), at = whole ? place : batch * image + place;
  if (place >= 0 && place < (whole ? x->size : image))
    return at;
  lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid output index: %" G_GINT64_FORMAT ", should be in [0, %"
                G_GINT64_FORMAT ")", place, whole ? x->size : image);
  return -1;
}

#define ADD_AT(T) ((T *) out->data)[at] += ((const T *) grad->data)[i]
static void
grad_kernel (LkCall *call)
{
  const LkTensor *grad = call->inputs[1];
  LkTensor *out = call->outputs[0];
  if (out->size > 0)
    memset (out->data, 0, lk_tensor_bytes (out));
  for (gint64 i = 0; i < grad->size; i++)
    {
      const gint64 at = place_of (call, i);
      if (at < 0)
        return;
      switch ((int) out->dtype)
        {
        case LK_FLOAT32: ADD_AT (float); break;
        case LK_FLOAT64: ADD_AT (double); break;
        case LK_INT32: ADD_AT (guint32); break;
        case LK_INT64: case LK_UINT64: ADD_AT (guint64); break;
        }
    }
}

static void
grad_grad_kernel (LkCall *call)
{
  const LkTensor *grad = call->inputs[1];
  LkTensor *out = call->outputs[0];
  const gsize size = lk_dtype_size (out->dtype);
  for (gint64 i = 0; i < out->size; i++)
    {
      const gint64 at = place_of (call, i);
      if (at < 0)
        return;
      memcpy ((char *) out->data + i * size, (const char *) grad->data + at * size, size);
    }
}

/* One of the other two, on the same windows. */
static LkTensor *
slope (const LkCall *call, guint16 op, LkTensor *grad, LkTensor *places)
{
  LkTensor *inputs[] = { call->inputs[0], grad, places };
  const LkAttr attrs[] = { *lk_call_attr (call, "ksize"), *lk_call_attr (call, "strides"), *lk_call_attr (call, "padding"),
                           *lk_call_attr (call, "include_batch_in_index") };
  return lk_apply1 (call->ctx, &lk_ops[op], inputs, 3, attrs);
}

static void
pool_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (dy[0] != NULL)
    dx[0] = slope (call, LK_OP_MAX_POOL_GRAD_WITH_ARGMAX, dy[0], call->outputs[1]);
}

static void
grad_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[1] = slope (call, LK_OP_MAX_POOL_GRAD_GRAD_WITH_ARGMAX, dy[0], call->inputs[2]);
}

static void
grad_grad_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[1] = slope (call, LK_OP_MAX_POOL_GRAD_WITH_ARGMAX, dy[0], call->inputs[2]);
}

static void
pool_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkWindow w;
  if (!window_of (call, &w))
    return;
  for (gint64 tap = 0; tap < lk_window_taps (&w); tap++)
    {
      const gint64 at = lk_window_at (&w, element / w.channels, tap);
      if (at >= 0)
        lk_provenance_add (into, 0, at * w.channels + element % w.channels, 1, 1);
    }
}

static gint64
known_place (const LkCall *call, gint64 i)
{
  const LkTensor *x = call->inputs[0], *places = call->inputs[2];
  const gint64 batch = lk_call_attr (call, "include_batch_in_index")->b ? 0 : i / (places->size / x->shape.dims[0]);
  return batch * (x->size / x->shape.dims[0]) + lk_int_at (places, i);
}

static void
grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (gint64 i = 0; i < call->inputs[2]->size; i++)
    if (known_place (call, i) == element)
      {
        lk_provenance_add (into, 1, i, 1, 1);
        lk_provenance_add (into, 2, i, 1, 1);
      }
}

static void
grad_grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 1, known_place (call, element), 1, 1);
  lk_provenance_add (into, 2, element, 1, 1);
}

#define BY_2 "ksize=[1,2,2,1], strides=[1,1,2,1], padding=\"SAME\""
#define ORDER_8 "={0.3,-0.8,0.5,0.9,-0.2,0.1,-0.5,0.7}"
LK_BLOCK (max_pool_with_argmax, .infer = pool_infer,
          .shape = "[batch, height, width, channels] both times, as windows, strides and padding leave them.",
          .widens = TRUE, .kernel = pool_kernel, .gradient = pool_gradient,
          .provenance = pool_provenance,
          SAMPLES ({ "float64[1,2,2,2]" ORDER_8, BY_2 }, { "float64[2,2,2,1]" ORDER_8, BY_2 ", include_batch_in_index=true" },
                   { "float64[2,2,2,1]" ORDER_8, BY_2 ", Targmax=int32" }, { "int8[1,2,2,1]", BY_2 },
                   { "float64[0,2,2,1]", BY_2 }));
LK_BLOCK (max_pool_grad_with_argmax, .infer = grad_infer,
          .shape = "The input's shape; grad and argmax have that of the pooled one.",
          .widens = TRUE, .kernel = grad_kernel, .gradient = grad_gradient,
          .provenance = grad_provenance,
          SAMPLES ({ "float64[1,2,2,2]; float64[1,2,1,2]; int64[1,2,1,2]={6,3,6,7}", BY_2 },
                   { "float64[2,2,2,1]; float64[2,2,1,1]; int32[2,2,1,1]={3,3,6,7}", BY_2 ", include_batch_in_index=true" }));
LK_BLOCK (max_pool_grad_grad_with_argmax, .infer = grad_grad_infer,
          .shape = "The shape that pooling the input gives; grad has the input's.",
          .widens = TRUE, .kernel = grad_grad_kernel,
          .gradient = grad_grad_gradient, .provenance = grad_grad_provenance,
          SAMPLES ({ "float64[1,2,2,2]; float64[1,2,2,2]; int64[1,2,1,2]={6,3,6,7}", BY_2 }));
