/* SPDX-License-Identifier: MIT */
/* Slice: a box out of a tensor, by its corner and size. */
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
check_lengths (const LkCall *call, const LkShape *in)
{
  const LkShape *begin = lk_rule_shape (call, 1), *size = lk_rule_shape (call, 2);
  const LkShape vector = LK_SHAPE (in->rank == LK_RANK_UNKNOWN ? LK_DIM_UNKNOWN : in->rank);
  if (lk_shape_compatible (begin, &vector) && lk_shape_compatible (size, &vector)
      && lk_shape_compatible (begin, size))
    return TRUE;
  g_autofree char *a = lk_shape_text (begin), *b = lk_shape_text (size);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Expected begin and size arguments to be 1-D tensors of size %d, but got "
                       "shapes %s and %s instead.", in->rank == LK_RANK_UNKNOWN ? -1 : in->rank, a, b);
}

/* Checks one axis; *size becomes its length, -1 standing for all the rest. */
static gboolean
check_axis (const LkCall *call, guint i, gint64 dim, gint64 begin, gint64 *size)
{
  if (begin < 0 || (dim >= 0 && begin > dim))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Expected begin[%u] in [0, %" G_GINT64_FORMAT "], but got %" G_GINT64_FORMAT,
                         i, dim, begin);
  if (*size < -1 || (dim >= 0 && *size > dim - begin))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Expected size[%u] in [0, %" G_GINT64_FORMAT "], but got %" G_GINT64_FORMAT,
                         i, dim - begin, *size);
  if (*size == -1)
    *size = dim >= 0 ? dim - begin : LK_DIM_UNKNOWN;
  return TRUE;
}

static gboolean
slice_infer (const LkCall *call, LkSignature *out)
{
  gint64 begin[LK_MAX_RANK] = { 0 }, size[LK_MAX_RANK];
  guint n;
  const LkShape *in = lk_rule_shape (call, 0);
  LkShape *shape = &out[0].shape;
  if (!check_lengths (call, in))
    return FALSE;
  const gboolean begin_known = lk_rule_ints (call, 1, begin, LK_MAX_RANK, &n);
  if (!lk_rule_ints (call, 2, size, LK_MAX_RANK, &n))
    return lk_rule_shape_value (call, 2, shape, NULL);
  shape->rank = n;
  for (guint i = 0; i < n; i++)
    {
      const gint64 dim = in->rank == LK_RANK_UNKNOWN ? LK_DIM_UNKNOWN : in->dims[i];
      if (begin_known && !check_axis (call, i, dim, begin[i], &size[i]))
        return FALSE;
      if (size[i] < -1)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected size[%u] >= -1, but got %" G_GINT64_FORMAT,
                             i, size[i]);
      shape->dims[i] = size[i];
    }
  return TRUE;
}

static void
slice_kernel (LkCall *call)
{
  LkElements out;
  LkMoveAxis axes[LK_MAX_RANK];
  gint64 from[LK_MAX_RANK], to[LK_MAX_RANK], first = 0;
  const LkShape *in = lk_rule_shape (call, 0);
  LkShape shape = *in;
  for (guint i = 0; i < in->rank; i++)
    {
      const gint64 size = lk_int_at (call->inputs[2], i), begin = lk_int_at (call->inputs[1], i);
      shape.dims[i] = size == -1 ? in->dims[i] - begin : size;
    }
  lk_shape_strides (in, from);
  lk_shape_strides (&shape, to);
  for (guint i = 0; i < in->rank; i++)
    {
      axes[i] = (LkMoveAxis) { shape.dims[i], to[i], from[i] };
      first += lk_int_at (call->inputs[1], i) * from[i];
    }
  g_auto (LkElements) source = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  lk_move (out.data, source.data + first * (gint64) source.size, source.size, axes, in->rank);
  lk_elements_finish (call, 0, &shape, &out);
}

/* Zeros around dy: begin of them before, and after it what is left of the input. */
static LkTensor *
paddings_known (const LkCall *call, const LkTensor *begin, const LkShape *slice)
{
  const LkShape *in = lk_rule_shape (call, 0);
  const LkShape shape = LK_SHAPE (in->rank, 2);
  LkTensor *paddings = lk_tensor_new (LK_INT64, &shape);
  for (guint i = 0; paddings != NULL && i < in->rank; i++)
    {
      gint64 *pair = (gint64 *) paddings->data + 2 * i;
      pair[0] = lk_int_at (begin, i);
      pair[1] = in->dims[i] - pair[0] - slice->dims[i];
    }
  return lk_constant (call->ctx, paddings);
}

static LkTensor *
paddings_unknown (const LkCall *call, LkTensor *dy)
{
  LkContext *ctx = call->ctx;
  LkTensor *begin = call->inputs[1];
  g_autoptr (LkTensor) whole = lk_shape (ctx, call->inputs[0], begin->dtype);
  g_autoptr (LkTensor) part = lk_shape (ctx, dy, begin->dtype);
  g_autoptr (LkTensor) rest = lk_sub (ctx, whole, part);
  g_autoptr (LkTensor) after = lk_sub (ctx, rest, begin);
  return lk_pack (ctx, (LkTensor *[]) { begin, after }, 2, 1);
}

static void
slice_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkTensor *begin = lk_call_constant (call, 1);
  const gboolean known = begin != NULL && lk_shape_known (lk_rule_shape (call, 0))
    && lk_shape_known (&dy[0]->shape);
  g_autoptr (LkTensor) paddings = known ? paddings_known (call, begin, &dy[0]->shape)
    : paddings_unknown (call, dy[0]);
  dx[0] = lk_pad (call->ctx, dy[0], paddings);
}

static void
slice_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK];
  lk_shape_unravel (&call->outputs[0]->shape, element, index);
  for (guint i = 0; i < lk_rule_shape (call, 0)->rank; i++)
    index[i] += lk_int_at (call->inputs[1], i);
  lk_provenance_add (into, 0, lk_shape_ravel (lk_rule_shape (call, 0), index), 1, 1);
}

LK_BLOCK (slice, .infer = slice_infer, .shape = "size, spelt out; a −1 is what is left of the input from begin on.",
          .kernel = slice_kernel, .gradient = slice_gradient,
          .provenance = slice_provenance,
          SAMPLES ({ "float64[3,4]; int32[2]={1,0}; int32[2]={2,3}" },
                   { "float64[3,4]; int32[2]={1,2}; int32[2]={-1,-1}" },
                   { "float64[]; int32[0]; int32[0]" }, { "float64[3]; int64[1]={3}; int64[1]={0}" },
                   { "string[3]={a,b,c}; int32[1]={1}; int32[1]={2}" }));
