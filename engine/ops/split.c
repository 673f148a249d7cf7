/* SPDX-License-Identifier: MIT */
/* Taking a tensor apart along an axis. */
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/join.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- Unpack ---- */

static gboolean
unpack_infer (const LkCall *call, LkSignature *out)
{
  guint axis;
  const LkShape *in = lk_rule_shape (call, 0);
  const gint64 num = call->attrs[0].i;
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = LK_SHAPE_UNKNOWN;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (!lk_rule_axis (call->attrs[1].i, in->rank, &axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "axis = %" G_GINT64_FORMAT " not in [-%u, %u)",
                         call->attrs[1].i, in->rank,
                         in->rank);
  if (in->dims[axis] != num && in->dims[axis] >= 0)
    {
      g_autofree char *text = lk_shape_text (in);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "Input shape axis %u must equal %" G_GINT64_FORMAT ", got shape %s", axis,
                           num, text);
    }
  LkShape part = { .rank = in->rank - 1 };
  for (guint i = 0; i < part.rank; i++)
    part.dims[i] = in->dims[i + (i >= axis)];
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = part;
  return TRUE;
}

/* Hands out the input's rows along axis, `rows` to each output. part is the shape of an output. */
static void
take_apart (LkCall *call, guint input, guint axis, gint64 rows, const LkShape *part)
{
  const LkTensor *value = call->inputs[input];
  const LkShape *in = &value->shape;
  const gint64 outer = lk_shape_product (in, 0, axis), inner = lk_shape_product (in, axis + 1, in->rank);
  g_auto (LkElements) from = lk_elements_of (value);
  for (guint i = 0; i < call->n_outputs; i++)
    {
      LkElements out;
      if (!lk_elements_of_output (call, i, part, &out))
        return;
      lk_move_rows (out.data, rows, from.data + i * rows * inner * (gint64) out.size, in->dims[axis], out.size,
                    outer, rows, inner);
      lk_elements_finish (call, i, part, &out);
    }
}

static void
unpack_kernel (LkCall *call)
{
  guint axis = 0;
  const LkShape *in = lk_rule_shape (call, 0);
  lk_rule_axis (call->attrs[1].i, in->rank, &axis);
  LkShape part = { .rank = in->rank - 1 };
  for (guint i = 0; i < part.rank; i++)
    part.dims[i] = in->dims[i + (i >= axis)];
  take_apart (call, 0, axis, 1, &part);
}

/* dys with zeros in place of missing ones. (transfer full) elements */
static LkTensor **
complete (const LkCall *call, LkTensor *const *dy)
{
  LkTensor **all = g_new (LkTensor *, call->n_outputs);
  for (guint i = 0; i < call->n_outputs; i++)
    all[i] = dy[i] != NULL ? lk_tensor_ref (dy[i]) : lk_zeros_like (call->ctx, call->outputs[i]);
  return all;
}

static void
release (LkTensor **tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (tensors[i]);
  g_free (tensors);
}

static void
unpack_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor **all = complete (call, dy);
  dx[0] = lk_pack (call->ctx, all, call->n_outputs, call->attrs[1].i);
  release (all, call->n_outputs);
}

static void
unpack_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  guint axis = 0;
  const LkShape *in = lk_rule_shape (call, 0);
  lk_rule_axis (call->attrs[1].i, in->rank, &axis);
  const gint64 inner = lk_shape_product (in, axis + 1, in->rank);
  lk_provenance_add (into, 0, (element / inner * in->dims[axis] + output) * inner + element % inner, 1, 1);
}

LK_BLOCK (unpack, .infer = unpack_infer, .shape = "Each output has the input's shape without the axis, which is num.",
          .kernel = unpack_kernel, .gradient = unpack_gradient,
          .provenance = unpack_provenance,
          SAMPLES ({ "float64[2,3]", "num=2" }, { "float64[2,3]", "num=3, axis=-1" },
                   { "float64[1]", "num=1" },
                   { "float64[2,0]", "num=2" }, { "string[2]={a,b}", "num=2" }));

/* ---- Split ---- */

static gboolean
split_infer (const LkCall *call, LkSignature *out)
{
  gint64 dim;
  guint axis, n;
  const LkShape *in = lk_rule_shape (call, 1);
  const gint64 num = call->attrs[0].i;
  LkShape part = *in;
  if (num <= 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Number of ways to split should be > 0, but got %" G_GINT64_FORMAT, num);
  if (!lk_rule_need_scalar (call, 0, "split_dim"))
    return FALSE;
  const gboolean known = lk_rule_ints (call, 0, &dim, 1, &n);
  if (in->rank != LK_RANK_UNKNOWN && known)
    {
      if (!lk_rule_axis (dim, in->rank, &axis))
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "-input rank(-%u) <= split_dim < input rank (%u), but got %"
                             G_GINT64_FORMAT, in->rank, in->rank, dim);
      if (in->dims[axis] >= 0 && in->dims[axis] % num != 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Number of ways to split should evenly divide the split dimension, but "
                             "got split_dim %u (size = %" G_GINT64_FORMAT ") and num_split %"
                             G_GINT64_FORMAT, axis, in->dims[axis], num);
      part.dims[axis] = in->dims[axis] >= 0 ? in->dims[axis] / num : LK_DIM_UNKNOWN;
    }
  else if (in->rank != LK_RANK_UNKNOWN)
    for (guint i = 0; i < in->rank; i++)
      part.dims[i] = LK_DIM_UNKNOWN;
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = part;
  return TRUE;
}

static void
split_kernel (LkCall *call)
{
  LkShape part = *lk_rule_shape (call, 1);
  const guint axis = lk_axis_input (call, 0, part.rank);
  part.dims[axis] /= call->attrs[0].i;
  take_apart (call, 1, axis, part.dims[axis], &part);
}

static void
split_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor **all = complete (call, dy);
  dx[1] = lk_concat (call->ctx, all, call->n_outputs, call->inputs[0]);
  release (all, call->n_outputs);
}

static void
split_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK];
  const LkShape *part = &call->outputs[output]->shape;
  const guint axis = lk_axis_input (call, 0, part->rank);
  lk_shape_unravel (part, element, index);
  index[axis] += output * part->dims[axis];
  lk_provenance_add (into, 1, lk_shape_ravel (lk_rule_shape (call, 1), index), 1, 1);
}

LK_BLOCK (split, .infer = split_infer,
          .shape = "Each output has the input's shape, with its part of the axis, which num_split divides.",
          .kernel = split_kernel, .gradient = split_gradient,
          .provenance = split_provenance,
          SAMPLES ({ "int32[]={0}; float64[4,3]", "num_split=2" },
                   { "int32[]={-1}; float64[2,3]", "num_split=3" },
                   { "int32[]={0}; float64[0,2]", "num_split=2" },
                   { "int32[]={0}; string[2]={a,b}", "num_split=1" }));

/* ---- SplitV ---- */

/* The lengths of the parts, one of which may be −1 for what is left of dim. *known: they are. */
static gboolean
part_lengths (const LkCall *call, gint64 dim, gint64 *lengths, gboolean *known)
{
  gint64 sum = 0;
  int missing = -1;
  const LkTensor *sizes = lk_call_constant (call, 1);
  *known = sizes != NULL;
  for (guint i = 0; *known && i < call->n_outputs; i++)
    {
      lengths[i] = lk_int_at (sizes, i);
      if (lengths[i] == -1 && missing >= 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "There can only be one -1 in the input.");
      if (lengths[i] < -1)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Split size at index %u must be >= 0. Got: %" G_GINT64_FORMAT, i,
                             lengths[i]);
      if (lengths[i] == -1)
        missing = i;
      else if (__builtin_add_overflow (sum, lengths[i], &sum))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "The split sizes overflow");
    }
  if (*known && dim >= 0 && (missing < 0 ? sum != dim : sum > dim))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Determined shape must either match input shape along split_dim exactly "
                         "if fully specified, or be less than the size of the input along split_dim if not fully "
                         "specified.  Got: %" G_GINT64_FORMAT, sum);
  if (missing >= 0)
    lengths[missing] = dim >= 0 ? dim - sum : LK_DIM_UNKNOWN;
  return TRUE;
}

static gboolean
split_v_infer (const LkCall *call, LkSignature *out)
{
  gint64 split_dim;
  guint axis = 0, n;
  gboolean known;
  const LkShape *in = lk_rule_shape (call, 0);
  const LkShape vector = LK_SHAPE (call->n_outputs);
  g_autofree gint64 *lengths = g_new (gint64, MAX (call->n_outputs, 1));
  if (call->attrs[0].i <= 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Number of ways to split should be > 0, but got %" G_GINT64_FORMAT,
                         call->attrs[0].i);
  if (!lk_shape_compatible (lk_rule_shape (call, 1), &vector))
    {
      g_autofree char *text = lk_shape_text (lk_rule_shape (call, 1));
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "size_splits must be a 1-D tensor of %u elements, got shape %s",
                           call->n_outputs, text);
    }
  if (!lk_rule_need_scalar (call, 2, "split_dim"))
    return FALSE;
  const gboolean axis_known = lk_rule_ints (call, 2, &split_dim, 1, &n) && in->rank != LK_RANK_UNKNOWN;
  if (axis_known && !lk_rule_axis (split_dim, in->rank, &axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "-input rank(-%u) <= split_dim < input rank (%u), but got %"
                         G_GINT64_FORMAT, in->rank, in->rank, split_dim);
  if (!part_lengths (call, axis_known ? in->dims[axis] : LK_DIM_UNKNOWN, lengths, &known))
    return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      out[i].shape = *in;
      for (guint k = 0; in->rank != LK_RANK_UNKNOWN && k < in->rank; k++)
        if (!axis_known || k == axis)
          out[i].shape.dims[k] = axis_known && known ? lengths[i] : LK_DIM_UNKNOWN;
    }
  return TRUE;
}

static void
split_v_kernel (LkCall *call)
{
  gboolean known;
  gint64 done = 0;
  LkShape part = *lk_rule_shape (call, 0);
  const guint axis = lk_axis_input (call, 2, part.rank);
  const gint64 dim = part.dims[axis], outer = lk_shape_product (&part, 0, axis),
               inner = lk_shape_product (&part, axis + 1, part.rank);
  g_autofree gint64 *lengths = g_new (gint64, call->n_outputs);
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!part_lengths (call, dim, lengths, &known))
    return;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      LkElements out;
      part.dims[axis] = lengths[i];
      if (!lk_elements_of_output (call, i, &part, &out))
        return;
      lk_move_rows (out.data, lengths[i], from.data + done * inner * (gint64) out.size, dim, out.size, outer, lengths[i],
                    inner);
      lk_elements_finish (call, i, &part, &out);
      done += lengths[i];
    }
}

static void
split_v_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor **all = complete (call, dy);
  dx[0] = lk_concat (call->ctx, all, call->n_outputs, call->inputs[2]);
  release (all, call->n_outputs);
}

static void
split_v_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK];
  const LkShape *part = &call->outputs[output]->shape;
  const guint axis = lk_axis_input (call, 2, part->rank);
  lk_shape_unravel (part, element, index);
  for (guint i = 0; i < output; i++)
    index[axis] += call->outputs[i]->shape.dims[axis];
  lk_provenance_add (into, 0, lk_shape_ravel (lk_rule_shape (call, 0), index), 1, 1);
}

LK_BLOCK (split_v, .infer = split_v_infer,
          .shape = "Each output has the input's shape, with its part of the axis; a −1 in size_splits is what is left.",
          .kernel = split_v_kernel, .gradient = split_v_gradient,
          .provenance = split_v_provenance,
          SAMPLES ({ "float64[2,5]; int32[3]={1,-1,2}; int32[]={1}", "num_split=3" },
                   { "float64[4]; int64[2]={3,1}; int32[]={-1}", "num_split=2" },
                   { "string[2]={a,b}; int32[2]={0,2}; int32[]={0}", "num_split=2" },
                   { "float64[0,2]; int32[1]={0}; int32[]={0}", "num_split=1" }));
