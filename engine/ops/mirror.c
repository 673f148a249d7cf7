/* SPDX-License-Identifier: MIT */
/* Surrounding a tensor with its own mirror image. REFLECT leaves the edge itself out, SYMMETRIC repeats it. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* 1 when the edge itself is left out. */
static gboolean
mirror_edge (const LkCall *call, gint64 *edge)
{
  const char *mode = call->attrs[0].s;
  *edge = strcmp (mode, "REFLECT") == 0;
  return *edge || strcmp (mode, "SYMMETRIC") == 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'mode' of \"%s\" is not in the list of allowed values: "
                          "\"REFLECT\", \"SYMMETRIC\"", mode);
}

/* Checks paddings of an axis against its length. */
static gboolean
check_padding (const LkCall *call, gint64 before, gint64 after, gint64 dim, gint64 edge)
{
  if (before < 0 || after < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "paddings must be non-negative: %" G_GINT64_FORMAT " %"
                         G_GINT64_FORMAT, before, after);
  if (dim >= 0 && (before > dim - edge || after > dim - edge) && MAX (before, after) > 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "paddings must be %s than the dimension size: %" G_GINT64_FORMAT ", %"
                         G_GINT64_FORMAT " %s %" G_GINT64_FORMAT, edge ? "less" : "no greater", before, after,
                         edge ? "not less than" : "greater than", dim);
  return TRUE;
}

/* The shape of the other side, which is longer by the paddings (sign 1) or shorter (−1). */
static gboolean
mirror_shape (const LkCall *call, int sign, LkShape *shape)
{
  gint64 pairs[2 * LK_MAX_RANK], edge;
  guint n;
  const LkShape *in = lk_rule_shape (call, 0), *size = lk_rule_shape (call, 1);
  const LkShape wanted = LK_SHAPE (in->rank == LK_RANK_UNKNOWN ? LK_DIM_UNKNOWN : in->rank, 2);
  *shape = *in;
  if (!mirror_edge (call, &edge))
    return FALSE;
  if (!lk_shape_compatible (size, &wanted))
    {
      g_autofree char *a = lk_shape_text (size), *b = lk_shape_text (in);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "paddings must be a matrix of 2 columns and the rank of inputs: %s, %s",
                           a, b);
    }
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  const gboolean known = lk_rule_ints (call, 1, pairs, 2 * LK_MAX_RANK, &n);
  for (guint i = 0; i < in->rank; i++)
    {
      gint64 *dim = &shape->dims[i], both;
      const gint64 given = known ? in->dims[i] : LK_DIM_UNKNOWN;
      *dim = LK_DIM_UNKNOWN;
      if (!known)
        continue;
      if (given >= 0 && (__builtin_add_overflow (pairs[2 * i], pairs[2 * i + 1], &both)
                         || __builtin_add_overflow (given, sign * both, dim) || *dim < 0))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %u does not fit paddings %" G_GINT64_FORMAT " %"
                             G_GINT64_FORMAT, i, pairs[2 * i], pairs[2 * i + 1]);
      if (!check_padding (call, pairs[2 * i], pairs[2 * i + 1], sign > 0 ? given : *dim, edge))
        return FALSE;
    }
  return TRUE;
}

static gboolean
mirror_pad_infer (const LkCall *call, LkSignature *out)
{
  return mirror_shape (call, 1, &out[0].shape);
}

static gboolean
mirror_pad_grad_infer (const LkCall *call, LkSignature *out)
{
  return mirror_shape (call, -1, &out[0].shape);
}

/* The three pieces of an axis of the padded tensor: the image before, the axis itself, the image after. */
static LkMoveAxis
piece (const LkCall *call, const LkShape *small, guint axis, guint which, gint64 to_step, gint64 from_step, gint64 *to,
       gint64 *from)
{
  gint64 edge;
  const gint64 before = lk_int_at (call->inputs[1], 2 * axis), after = lk_int_at (call->inputs[1], 2 * axis + 1);
  const gint64 n = small->dims[axis];
  mirror_edge (call, &edge);
  *to = to_step * (which == 0 ? 0 : which == 1 ? before : before + n);
  *from = from_step * (which == 0 ? before - 1 + edge : which == 1 ? 0 : n - 1 - edge);
  return (LkMoveAxis) { which == 0 ? before : which == 1 ? n : after, to_step, which == 1 ? from_step : -from_step };
}

/* Every element of the padded tensor, in pieces that are regular: 3 per axis, of which most are empty. */
static void
mirror_pad_kernel (LkCall *call)
{
  gint64 to_steps[LK_MAX_RANK], from_steps[LK_MAX_RANK], pieces = 1;
  LkShape shape;
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  g_auto (LkElements) source = lk_elements_of (call->inputs[0]);
  if (!mirror_shape (call, 1, &shape) || !lk_elements_of_output (call, 0, &shape, &out))
    return;
  lk_shape_strides (&shape, to_steps);
  lk_shape_strides (in, from_steps);
  for (guint i = 0; i < in->rank; i++)
    pieces *= 3;
  for (gint64 p = 0; p < pieces && lk_shape_size (&shape) > 0; p++)
    {
      LkMoveAxis axes[LK_MAX_RANK];
      gint64 to = 0, from = 0, left = p;
      gboolean some = TRUE;
      for (guint i = 0; i < in->rank; i++, left /= 3)
        {
          gint64 a, b;
          axes[i] = piece (call, in, i, left % 3, to_steps[i], from_steps[i], &a, &b);
          some &= axes[i].n > 0;
          to += a;
          from += b;
        }
      if (some)
        lk_move (out.data + to * (gint64) out.size, source.data + from * (gint64) out.size, out.size, axes, in->rank);
    }
  lk_elements_finish (call, 0, &shape, &out);
}

/* The place of the original that place i of a padded axis shows. */
static gint64
mirrored (gint64 i, gint64 before, gint64 n, gint64 edge)
{
  const gint64 at = i - before;
  return at < 0 ? -at - 1 + edge : at >= n ? 2 * n - 1 - edge - at : at;
}

/* The original's element for element `element` of the padded tensor. */
static gint64
original (const LkCall *call, const LkShape *padded, const LkShape *small, gint64 element)
{
  gint64 index[LK_MAX_RANK], edge;
  mirror_edge (call, &edge);
  lk_shape_unravel (padded, element, index);
  for (guint i = 0; i < small->rank; i++)
    index[i] = mirrored (index[i], lk_int_at (call->inputs[1], 2 * i), small->dims[i], edge);
  return lk_shape_ravel (small, index);
}

static void
mirror_pad_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_mirror_pad_grad (call->ctx, dy[0], call->inputs[1], call->attrs[0].s);
}

static void
mirror_pad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, original (call, &call->outputs[0]->shape, lk_rule_shape (call, 0), element), 1, 1);
}

LK_BLOCK (mirror_pad, .infer = mirror_pad_infer,
          .shape = "Each dimension and its paddings, [rank, 2], which are not more than there is to mirror.",
          .kernel = mirror_pad_kernel, .gradient = mirror_pad_gradient,
          .provenance = mirror_pad_provenance,
          SAMPLES ({ "float64[2,3]; int32[2,2]={1,1,2,1}", "mode=\"REFLECT\"" },
                   { "float64[2,3]; int64[2,2]={1,2,3,0}", "mode=\"SYMMETRIC\"" },
                   { "string[2]={a,b}; int32[1,2]={2,1}", "mode=\"SYMMETRIC\"" }, { "float64[]; int32[0,2]", "mode=\"REFLECT\"" },
                   { "float64[0,2]; int32[2,2]={0,0,1,1}", "mode=\"REFLECT\"" }));

/* ---- MirrorPadGrad ---- */

/* Each element of the padded tensor added to the one that it shows. Integers wrap. */
#define GATHERED(name, T) \
  static void name (const LkCall *call, const LkShape *small, const LkTensor *dy, void *out) \
  { \
    T *to = out; \
    const T *from = dy->data; \
    for (gint64 i = 0; i < dy->size; i++) \
      to[original (call, &dy->shape, small, i)] += from[i]; \
  }
GATHERED (gather_f32, float)
GATHERED (gather_f64, double)
GATHERED (gather_i32, guint32)
GATHERED (gather_i64, guint64)
GATHERED (gather_c64, _Complex float)
GATHERED (gather_c128, _Complex double)

static void
mirror_pad_grad_kernel (LkCall *call)
{
  LkTensor *out = call->outputs[0];
  const LkTensor *dy = call->inputs[0];
  if (out->size == 0)
    return;
  memset (out->data, 0, lk_tensor_bytes (out));
  switch ((int) out->dtype)
    {
    case LK_FLOAT32: gather_f32 (call, &out->shape, dy, out->data); break;
    case LK_FLOAT64: gather_f64 (call, &out->shape, dy, out->data); break;
    case LK_INT32: gather_i32 (call, &out->shape, dy, out->data); break;
    case LK_INT64: case LK_UINT64: gather_i64 (call, &out->shape, dy, out->data); break;
    case LK_COMPLEX64: gather_c64 (call, &out->shape, dy, out->data); break;
    case LK_COMPLEX128: gather_c128 (call, &out->shape, dy, out->data); break;
    }
}

static void
mirror_pad_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  dx[0] = lk_mirror_pad (call->ctx, dz[0], call->inputs[1], call->attrs[0].s);
}

static void
mirror_pad_grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (gint64 i = 0; i < call->inputs[0]->size; i++)
    if (original (call, lk_rule_shape (call, 0), &call->outputs[0]->shape, i) == element)
      lk_provenance_add (into, 0, i, 1, 1);
}

LK_BLOCK (mirror_pad_grad, .infer = mirror_pad_grad_infer, .shape = "Each dimension less its paddings, [rank, 2].",
          .kernel = mirror_pad_grad_kernel, .widens = TRUE,
          .gradient = mirror_pad_grad_gradient, .provenance = mirror_pad_grad_provenance,
          SAMPLES ({ "float64[4,6]; int32[2,2]={1,1,2,1}", "mode=\"REFLECT\"" },
                   { "float64[5,6]; int32[2,2]={1,2,3,0}", "mode=\"SYMMETRIC\"" },
                   { "int32[3]; int32[1,2]={0,1}", "mode=\"SYMMETRIC\"" }));
