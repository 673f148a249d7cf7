/* SPDX-License-Identifier: MIT */
/* Surrounding a tensor: with zeros or another value. */
#include "engine/ops/layout.h"

#include <string.h>

#include "engine/ops/gradient.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
pad_dims (const LkCall *call, const LkTensor *paddings, LkShape *shape)
{
  for (guint i = 0; i < shape->rank; i++)
    {
      const gint64 before = lk_int_at (paddings, 2 * i), after = lk_int_at (paddings, 2 * i + 1);
      if (before < 0 || after < 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Paddings must be non-negative: %" G_GINT64_FORMAT " %" G_GINT64_FORMAT,
                             before, after);
      if (shape->dims[i] >= 0 && (__builtin_add_overflow (shape->dims[i], before, &shape->dims[i])
                                  || __builtin_add_overflow (shape->dims[i], after, &shape->dims[i])))
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Dimension %u overflows with paddings %" G_GINT64_FORMAT " %"
                             G_GINT64_FORMAT, i, before, after);
    }
  return TRUE;
}

#define PAD_SHAPE "Each dimension and its paddings, [rank, 2]."

static gboolean
pad_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *in = lk_rule_shape (call, 0), *size = lk_rule_shape (call, 1);
  const LkTensor *paddings = lk_call_constant (call, 1);
  const LkShape pairs = LK_SHAPE (LK_DIM_UNKNOWN, 2);
  out[0].shape = *in;
  if (!lk_shape_compatible (size, &pairs))
    {
      g_autofree char *sizes = lk_shape_text (size);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "paddings must be a matrix with 2 columns: %s", sizes);
    }
  if (call->n_inputs > 2 && !lk_rule_need_rank (call, 2, 0, "constant_values must be a scalar. Found: %s"))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (size->rank == 2 && size->dims[0] >= 0 && size->dims[0] != in->rank)
    {
      g_autofree char *sizes = lk_shape_text (size), *text = lk_shape_text (in);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "The first dimension of paddings must be the rank of inputs%s %s", sizes, text);
    }
  if (paddings != NULL)
    return pad_dims (call, paddings, &out[0].shape);
  for (guint i = 0; i < in->rank; i++)
    out[0].shape.dims[i] = LK_DIM_UNKNOWN;
  return TRUE;
}

/* An output that is laid down in order, each element once. Sizes are in bytes, of one step along each axis. */
typedef struct
{
  guint n_axes;           /* up to the last one that is padded */
  gint64 n[LK_MAX_RANK], before[LK_MAX_RANK], after[LK_MAX_RANK], in_step[LK_MAX_RANK], out_step[LK_MAX_RANK];
  gsize size;             /* of an element */
  const char *value;      /* (nullable) for zeros */
} Padding;

static char *
put_padding (const Padding *p, char *to, gint64 bytes)
{
  const LkMoveAxis axis = { bytes / (gint64) p->size, 1, 0 };
  if (p->value != NULL)
    lk_move (to, p->value, p->size, &axis, 1);
  else if (bytes > 0)
    memset (to, 0, bytes);
  return to + bytes;
}

static char *
lay (const Padding *p, guint axis, char *to, const char *from)
{
  const gint64 n = p->n[axis];
  to = put_padding (p, to, p->before[axis] * p->out_step[axis]);
  if (axis + 1 == p->n_axes)
    {
      if (n * p->in_step[axis] > 0)
        memcpy (to, from, n * p->in_step[axis]);
      to += n * p->in_step[axis];
    }
  else
    for (gint64 i = 0; i < n; i++)
      to = lay (p, axis + 1, to, from + i * p->in_step[axis]);
  return put_padding (p, to, p->after[axis] * p->out_step[axis]);
}

/* size: of an element */
static Padding
padding_of (const LkTensor *paddings, const LkShape *in, const LkShape *out, gsize size, const char *value)
{
  Padding p = { .size = size, .value = value, .n_axes = 1 };
  gint64 from[LK_MAX_RANK], to[LK_MAX_RANK];
  lk_shape_strides (in, from);
  lk_shape_strides (out, to);
  for (guint i = 0; i < in->rank; i++)
    {
      p.n[i] = in->dims[i];
      p.before[i] = lk_int_at (paddings, 2 * i);
      p.after[i] = lk_int_at (paddings, 2 * i + 1);
      p.in_step[i] = from[i] * (gint64) size;
      p.out_step[i] = to[i] * (gint64) size;
      if (p.before[i] != 0 || p.after[i] != 0)
        p.n_axes = i + 1;
    }
  return p;
}

static void
pad_kernel (LkCall *call)
{
  const LkShape *in = lk_rule_shape (call, 0);
  LkShape shape = *in;
  LkElements out;
  pad_dims (call, call->inputs[1], &shape);
  g_auto (LkElements) source = lk_elements_of (call->inputs[0]);
  g_auto (LkElements) value = lk_elements_of (call->inputs[call->n_inputs - 1]);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  const Padding padding = padding_of (call->inputs[1], in, &shape, out.size, call->n_inputs > 2 ? value.data : NULL);
  if (in->rank == 0)
    memcpy (out.data, source.data, out.size);
  else if (lk_shape_size (&shape) > 0)
    lay (&padding, 0, out.data, source.data);
  lk_elements_finish (call, 0, &shape, &out);
}

/* The part of dy that is not padding: a slice from the paddings' first column on. */
static void
pad_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const guint rank = lk_rule_shape (call, 0)->rank;
  const LkTensor *paddings = lk_call_constant (call, 1);
  g_autoptr (LkTensor) size = lk_shape (ctx, call->inputs[0], call->inputs[1]->dtype);
  g_autoptr (LkTensor) begin = NULL;
  if (paddings != NULL && rank != LK_RANK_UNKNOWN)
    {
      gint64 before[LK_MAX_RANK];
      for (guint i = 0; i < rank; i++)
        before[i] = lk_int_at (paddings, 2 * i);
      begin = lk_constant_ints (ctx, paddings->dtype, before, rank);
    }
  else
    {
      g_autoptr (LkTensor) column = lk_constant_scalar (ctx, LK_INT32, 0);
      g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 1);
      begin = lk_gather (ctx, call->inputs[1], column, axis, 0);
    }
  dx[0] = lk_slice (ctx, dy[0], begin, size);
}

static void
pad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  lk_shape_unravel (&call->outputs[0]->shape, element, index);
  for (guint i = 0; i < in->rank; i++)
    {
      index[i] -= lk_int_at (call->inputs[1], 2 * i);
      if (index[i] < 0 || index[i] >= in->dims[i])
        {
          if (call->n_inputs > 2)
            lk_provenance_add (into, 2, 0, 1, 1);
          return;
        }
    }
  lk_provenance_add (into, 0, lk_shape_ravel (in, index), 1, 1);
}

LK_BLOCK (pad, .infer = pad_infer, .shape = PAD_SHAPE, .kernel = pad_kernel, .gradient = pad_gradient,
          .provenance = pad_provenance,
          SAMPLES ({ "float64[2,3]; int32[2,2]={1,0,0,2}" }, { "float64[2]; int64[1,2]={1,1}" },
                   { "float64[]; int32[0,2]" },
                   { "string[2]={a,b}; int32[1,2]={1,0}" }, { "float64[0,2]; int32[2,2]={1,1,0,0}" }));
LK_BLOCK (pad_with, .infer = pad_infer, .shape = PAD_SHAPE, .kernel = pad_kernel, .gradient = pad_gradient,
          .provenance = pad_provenance,
          SAMPLES ({ "float64[2,3]; int32[2,2]={1,0,0,2}; float64[]={7}" }, { "int32[2]; int64[1,2]={1,1}; int32[]={-1}" },
                   { "string[1]={a}; int32[1,2]={1,1}; string[]={z}" }, { "float64[0]; int32[1,2]={1,2}; float64[]={3}" }));
