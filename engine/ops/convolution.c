/* SPDX-License-Identifier: MIT */
/* Convolutions and their two gradients, in two and three dimensions, and depthwise. The gradients of all three are
   among the three. */
#include <string.h>

#include "engine/core/buffer.h"
#include "engine/ops/convolve.h"
#include "engine/ops/gradient.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

typedef struct
{
  guint16 forward, input, filter;       /* LK_OP_… */
  guint8 n_axes;
  gboolean depthwise;
} Family;

static const Family families[] = {
  { LK_OP_CONV2D, LK_OP_CONV2D_BACKPROP_INPUT, LK_OP_CONV2D_BACKPROP_FILTER, 2, FALSE },
  { LK_OP_CONV3D, LK_OP_CONV3D_BACKPROP_INPUT, LK_OP_CONV3D_BACKPROP_FILTER, 3, FALSE },
  { LK_OP_DEPTHWISE_CONV2D, LK_OP_DEPTHWISE_CONV2D_BACKPROP_INPUT, LK_OP_DEPTHWISE_CONV2D_BACKPROP_FILTER, 2, TRUE },
};

static const Family *
family_of (const LkCall *call)
{
  const Family *family = families;
  while (call->op->index != family->forward && call->op->index != family->input && call->op->index != family->filter)
    family++;
  return family;
}

/* ---- shapes ---- */

static gboolean
check_rank (const LkCall *call, const LkShape *shape, const char *what, guint rank)
{
  if (shape->rank == rank || shape->rank == LK_RANK_UNKNOWN)
    return TRUE;
  g_autofree char *text = lk_shape_text (shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be %u-dimensional: %s", what, rank, text);
}

/* The channels of input and filter as groups. */
static gboolean
read_groups (const LkCall *call, const Family *family, const LkShape *filter, LkConvolution *c)
{
  const gint64 channels = c->window.channels, last = filter->dims[family->n_axes + 1];
  c->in_group = filter->dims[family->n_axes];
  c->out_channels = last;
  c->groups = LK_DIM_UNKNOWN;
  if (family->depthwise)
    {
      c->groups = c->in_group == LK_DIM_UNKNOWN ? channels : c->in_group;
      c->out_channels = c->groups == LK_DIM_UNKNOWN || last == LK_DIM_UNKNOWN ? LK_DIM_UNKNOWN : c->groups * last;
      if (channels != LK_DIM_UNKNOWN && c->groups != channels)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "input and filter must have the same depth: %" G_GINT64_FORMAT
                             " vs %" G_GINT64_FORMAT, channels, c->groups);
      c->in_group = 1;
      return TRUE;
    }
  if (channels == LK_DIM_UNKNOWN || c->in_group == LK_DIM_UNKNOWN)
    return TRUE;
  if (c->in_group == 0 ? channels != 0 : channels % c->in_group != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "input depth must be evenly divisible by filter depth: %"
                         G_GINT64_FORMAT " vs %" G_GINT64_FORMAT, channels, c->in_group);
  c->groups = c->in_group == 0 ? 1 : MAX (channels / c->in_group, 1);
  if (last != LK_DIM_UNKNOWN && last % c->groups != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "output depth must be evenly divisible by number of groups: %"
                         G_GINT64_FORMAT " vs %" G_GINT64_FORMAT, last, c->groups);
  return TRUE;
}

/* A convolution of tensors of those shapes. */
static gboolean
convolution_of (const LkCall *call, const LkShape *input, const LkShape *filter, LkConvolution *c)
{
  const Family *family = family_of (call);
  const guint rank = family->n_axes + 2;
  LkShape shape = { .rank = rank, .dims = { -1, -1, -1, -1, -1 } };
  *c = (LkConvolution) { .dtype = call->inputs[call->n_inputs - 1]->dtype };
  if (!check_rank (call, input, "input", rank) || !check_rank (call, filter, "filter", rank))
    return FALSE;
  if (filter->rank != LK_RANK_UNKNOWN)
    shape = *filter;
  for (guint i = 0; i < family->n_axes; i++)
    if (shape.dims[i] == 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "filter must not have zero elements (i.e. all dimensions must be "
                           "non-zero)");
  if (!lk_window_read (call, family->n_axes, input, shape.dims, &c->window)
      || !read_groups (call, family, &shape, c))
    return FALSE;
  for (guint i = 0; i < rank; i++)
    if (shape.dims[i] > G_MAXINT / 64)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "filter dimension %u is too large", i);
  return TRUE;
}

/* dy has to be what the convolution gives. */
static gboolean
check_backprop (const LkCall *call, const LkConvolution *c, const LkShape *dy)
{
  const guint n_axes = c->window.n_axes;
  const LkShape computed = lk_window_output (&c->window, c->out_channels);
  if (!check_rank (call, dy, "out_backprop", n_axes + 2))
    return FALSE;
  if (lk_shape_compatible (dy, &computed))
    return TRUE;
  g_autofree char *actual = lk_shape_text (dy), *expected = lk_shape_text (&computed);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "%s: Size of out_backprop doesn't match computed: actual = %s, computed = %s", call->op->name,
                       actual, expected);
}

#define FORWARD_SHAPE \
  "Batch, spatial sizes as strides, dilations and padding leave them, and the filters, in the order of data_format."

static gboolean
forward_infer (const LkCall *call, LkSignature *out)
{
  LkConvolution c;
  if (!convolution_of (call, lk_rule_shape (call, 0), lk_rule_shape (call, 1), &c))
    return FALSE;
  out[0].shape = lk_window_output (&c.window, c.out_channels);
  return TRUE;
}

/* The shape that vector input i spells out. */
static gboolean
read_sizes (const LkCall *call, guint i, guint rank, LkShape *shape)
{
  if (!lk_rule_shape_value (call, i, shape, NULL))
    return FALSE;
  if (shape->rank == LK_RANK_UNKNOWN)
    *shape = (LkShape) { .rank = rank, .dims = { -1, -1, -1, -1, -1 } };
  return check_rank (call, shape, call->op->inputs[i].name, rank);
}

#define INPUT_SHAPE "input_sizes, spelt out; out_backprop has the shape that the convolution of such an input gives."

static gboolean
input_infer (const LkCall *call, LkSignature *out)
{
  LkConvolution c;
  LkShape *input = &out[0].shape;
  const LkShape *dy = lk_rule_shape (call, 2);
  if (!read_sizes (call, 0, family_of (call)->n_axes + 2, input))
    return FALSE;
  if (input->dims[0] == LK_DIM_UNKNOWN && dy->rank == input->rank)
    input->dims[0] = dy->dims[0];
  return convolution_of (call, input, lk_rule_shape (call, 1), &c) && check_backprop (call, &c, dy);
}

#define FILTER_SHAPE "filter_sizes, spelt out; out_backprop has the shape that the convolution with such a filter gives."

static gboolean
filter_infer (const LkCall *call, LkSignature *out)
{
  LkConvolution c;
  return read_sizes (call, 1, family_of (call)->n_axes + 2, &out[0].shape)
         && convolution_of (call, lk_rule_shape (call, 0), &out[0].shape, &c)
         && check_backprop (call, &c, lk_rule_shape (call, 2));
}

/* ---- kernels ---- */

/* The tensor's elements with the channels last: its own, or turned around in *buffer. NULL when memory is short. */
static void *
channels_last (const LkConvolution *c, const LkTensor *tensor, gint64 channels, gboolean read, LkBuffer **buffer)
{
  const gsize size = lk_dtype_size (tensor->dtype);
  if (!c->window.channels_first || tensor->size == 0)
    return tensor->data;
  *buffer = lk_buffer_new (tensor->size * size);
  if (*buffer != NULL && read)
    lk_window_transpose (size, c->window.batch, channels, tensor->size / channels / c->window.batch, tensor->data,
                         (*buffer)->data);
  return *buffer != NULL ? (*buffer)->data : NULL;
}

/* Turns what was computed back. */
static void
channels_back (const LkConvolution *c, LkTensor *tensor, gint64 channels, LkBuffer *buffer)
{
  if (buffer != NULL)
    lk_window_transpose (lk_dtype_size (tensor->dtype), c->window.batch, tensor->size / channels / c->window.batch,
                         channels, buffer->data, tensor->data);
}

static void
finish (LkCall *call, gboolean good, LkBuffer *a, LkBuffer *b)
{
  if (!good)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for the windows of a convolution");
  lk_buffer_unref (a);
  lk_buffer_unref (b);
}

static void
forward_kernel (LkCall *call)
{
  LkConvolution c;
  LkBuffer *turned = NULL, *result = NULL;
  const LkTensor *x = call->inputs[0], *f = call->inputs[1];
  LkTensor *y = call->outputs[0];
  if (!convolution_of (call, &x->shape, &f->shape, &c))
    return;
  const void *in = channels_last (&c, x, c.window.channels, TRUE, &turned);
  void *out = channels_last (&c, y, c.out_channels, FALSE, &result);
  const gboolean good = in != NULL && out != NULL && lk_convolve (&c, in, f->data, out);
  if (good)
    channels_back (&c, y, c.out_channels, result);
  finish (call, good, turned, result);
}

static void
input_kernel (LkCall *call)
{
  LkConvolution c;
  LkBuffer *turned = NULL, *result = NULL;
  const LkTensor *f = call->inputs[1], *dy = call->inputs[2];
  LkTensor *dx = call->outputs[0];
  if (!convolution_of (call, &dx->shape, &f->shape, &c))
    return;
  const void *in = channels_last (&c, dy, c.out_channels, TRUE, &turned);
  void *out = channels_last (&c, dx, c.window.channels, FALSE, &result);
  const gboolean good = in != NULL && out != NULL && lk_convolve_input (&c, f->data, in, out);
  if (good)
    channels_back (&c, dx, c.window.channels, result);
  finish (call, good, turned, result);
}

static void
filter_kernel (LkCall *call)
{
  LkConvolution c;
  LkBuffer *turned_x = NULL, *turned_dy = NULL;
  const LkTensor *x = call->inputs[0], *dy = call->inputs[2];
  if (!convolution_of (call, &x->shape, &call->outputs[0]->shape, &c))
    return;
  const void *in = channels_last (&c, x, c.window.channels, TRUE, &turned_x),
             *slope = channels_last (&c, dy, c.out_channels, TRUE, &turned_dy);
  finish (call, in != NULL && slope != NULL && lk_convolve_filter (&c, in, slope, call->outputs[0]->data), turned_x,
          turned_dy);
}

/* ---- gradients ---- */

/* One of the family's three; its attributes are those of the call. */
static LkTensor *
apply (const LkCall *call, guint16 op, LkTensor *a, LkTensor *b, LkTensor *c)
{
  LkTensor *inputs[] = { a, b, c };
  return lk_apply1 (call->ctx, &lk_ops[op], inputs, c != NULL ? 3 : 2, call->attrs);
}

static LkTensor *
slope_of_input (const LkCall *call, LkTensor *input, LkTensor *filter, LkTensor *dy)
{
  g_autoptr (LkTensor) sizes = lk_shape_of_tensor (call->ctx, input);
  return apply (call, family_of (call)->input, sizes, filter, dy);
}

static LkTensor *
slope_of_filter (const LkCall *call, LkTensor *input, LkTensor *filter, LkTensor *dy)
{
  g_autoptr (LkTensor) sizes = lk_shape_of_tensor (call->ctx, filter);
  return apply (call, family_of (call)->filter, input, sizes, dy);
}

static void
forward_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (lk_call_wants_gradient (call, 0))
    dx[0] = slope_of_input (call, call->inputs[0], call->inputs[1], dy[0]);
  if (lk_call_wants_gradient (call, 1))
    dx[1] = slope_of_filter (call, call->inputs[0], call->inputs[1], dy[0]);
}

static void
input_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  if (lk_call_wants_gradient (call, 1))
    dx[1] = slope_of_filter (call, dz[0], call->inputs[1], call->inputs[2]);
  if (lk_call_wants_gradient (call, 2))
    dx[2] = apply (call, family_of (call)->forward, dz[0], call->inputs[1], NULL);
}

static void
filter_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  if (lk_call_wants_gradient (call, 0))
    dx[0] = slope_of_input (call, call->inputs[0], dz[0], call->inputs[2]);
  if (lk_call_wants_gradient (call, 2))
    dx[2] = apply (call, family_of (call)->forward, call->inputs[0], dz[0], NULL);
}

/* ---- where elements come from ---- */

static void
forward_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkConvolution c;
  convolution_of (call, lk_rule_shape (call, 0), lk_rule_shape (call, 1), &c);
  const LkWindow *w = &c.window;
  const gint64 in = lk_window_in_size (w), last = lk_window_to_last (element, lk_window_out_size (w), c.out_channels,
                                                                     w->channels_first);
  const gint64 position = last / c.out_channels, channel = last % c.out_channels,
               group = channel / (c.out_channels / c.groups);
  for (gint64 tap = 0; tap < lk_window_taps (w); tap++)
    {
      const gint64 at = lk_window_at (w, position, tap);
      if (at < 0)
        continue;
      lk_provenance_add (into, 0, lk_window_from_last (at * w->channels + group * c.in_group, in, w->channels,
                                                       w->channels_first), c.in_group, w->channels_first ? in : 1);
      lk_provenance_add (into, 1, tap * c.in_group * c.out_channels + channel, c.in_group, c.out_channels);
    }
}

/* Of the gradients, roughly: the image's, and all of the filter. */
static void
input_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkTensor *dy = call->inputs[2];
  const gint64 batch = dy->shape.dims[0], image = dy->size / batch,
               at = element / (call->outputs[0]->size / batch);
  lk_provenance_add (into, 1, 0, call->inputs[1]->size, 1);
  lk_provenance_add (into, 2, at * image, image, 1);
}

/* All positions of the two channels that the element joins. */
static void
filter_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, 0, call->inputs[0]->size, 1);
  lk_provenance_add (into, 2, 0, call->inputs[2]->size, 1);
}

#define FORWARD(name, ...) \
  LK_BLOCK (name, .infer = forward_infer, .shape = FORWARD_SHAPE, .widens = TRUE, .kernel = forward_kernel, \
            .gradient = forward_gradient, \
            .provenance = forward_provenance, SAMPLES (__VA_ARGS__))
#define BACKPROP_INPUT(name, ...) \
  LK_BLOCK (name, .infer = input_infer, .shape = INPUT_SHAPE, .widens = TRUE, .kernel = input_kernel, .gradient = input_gradient, \
            .provenance = input_provenance, SAMPLES (__VA_ARGS__))
#define BACKPROP_FILTER(name, ...) \
  LK_BLOCK (name, .infer = filter_infer, .shape = FILTER_SHAPE, .widens = TRUE, .kernel = filter_kernel, \
            .gradient = filter_gradient, \
            .provenance = filter_provenance, SAMPLES (__VA_ARGS__))

#define VALID "strides=[1,1,1,1], padding=\"VALID\""
#define SAME_BY_2 "strides=[1,2,2,1], padding=\"SAME\""
#define EXPLICIT "strides=[1,1,1,1], padding=\"EXPLICIT\", explicit_paddings=[0,0,1,0,0,2,0,0]"
#define FIRST_DILATED "strides=[1,1,1,1], padding=\"VALID\", data_format=\"NCHW\", dilations=[1,1,2,1]"
#define VOLUME "strides=[1,1,1,1,1], padding=\"SAME\""
#define VOLUME_FIRST "strides=[1,1,2,1,1], padding=\"VALID\", data_format=\"NCDHW\", dilations=[1,1,1,1,2]"

FORWARD (conv2d, { "float64[1,3,3,2]; float64[2,2,2,2]", VALID }, { "float64[2,3,4,1]; float64[3,2,1,2]", SAME_BY_2 },
         { "float64[1,2,2,4]; float64[2,2,2,2]", EXPLICIT }, { "float64[1,2,4,3]; float64[2,2,2,1]", FIRST_DILATED },
         { "float64[2,2,2,2]; float64[1,1,2,3]", VALID }, { "float64[0,3,3,1]; float64[2,2,1,1]", VALID });
BACKPROP_INPUT (conv2d_backprop_input,
                { "int32[4]={1,3,3,2}; float64[2,2,2,2]; float64[1,2,2,2]", VALID },
                { "int32[4]={2,3,4,1}; float64[3,2,1,2]; float64[2,2,2,2]", SAME_BY_2 },
                { "int32[4]={1,2,4,3}; float64[2,2,2,1]; float64[1,1,2,2]", FIRST_DILATED },
                { "int32[4]={1,2,2,2}; float64[1,1,2,3]; float64[1,2,2,3]", VALID });
BACKPROP_FILTER (conv2d_backprop_filter,
                 { "float64[1,3,3,2]; int32[4]={2,2,2,2}; float64[1,2,2,2]", VALID },
                 { "float64[2,3,4,1]; int32[4]={3,2,1,2}; float64[2,2,2,2]", SAME_BY_2 },
                 { "float64[1,2,4,3]; int32[4]={2,2,2,1}; float64[1,1,2,2]", FIRST_DILATED });

FORWARD (conv3d, { "float64[1,2,2,2,1]; float64[2,1,2,1,2]", VOLUME },
         { "float64[1,2,3,2,3]; float64[2,2,2,2,1]", VOLUME_FIRST });
BACKPROP_INPUT (conv3d_backprop_input, { "int32[5]={1,2,2,2,1}; float64[2,1,2,1,2]; float64[1,2,2,2,2]", VOLUME },
                { "int32[5]={1,2,3,2,3}; float64[2,2,2,2,1]; float64[1,1,1,1,1]", VOLUME_FIRST });
BACKPROP_FILTER (conv3d_backprop_filter, { "float64[1,2,2,2,1]; int32[5]={2,1,2,1,2}; float64[1,2,2,2,2]", VOLUME },
                 { "float64[1,2,3,2,3]; int32[5]={2,2,2,2,1}; float64[1,1,1,1,1]", VOLUME_FIRST });

FORWARD (depthwise_conv2d, { "float64[1,3,3,2]; float64[2,2,2,1]", VALID },
         { "float64[2,2,2,2]; float64[2,2,2,2]", SAME_BY_2 }, { "float64[1,2,4,3]; float64[2,2,2,1]", FIRST_DILATED });
BACKPROP_INPUT (depthwise_conv2d_backprop_input, { "int32[4]={1,3,3,2}; float64[2,2,2,1]; float64[1,2,2,2]", VALID },
                { "int32[4]={2,2,2,2}; float64[2,2,2,2]; float64[2,1,1,4]", SAME_BY_2 });
BACKPROP_FILTER (depthwise_conv2d_backprop_filter,
                 { "float64[1,3,3,2]; int32[4]={2,2,2,1}; float64[1,2,2,2]", VALID },
                 { "float64[2,2,2,2]; int32[4]={2,2,2,2}; float64[2,1,1,4]", SAME_BY_2 });
