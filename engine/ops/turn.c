/* SPDX-License-Identifier: MIT */
/* Elements that keep their shape but not their place: reversed, rolled. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- ReverseV2 ---- */

static gboolean
reversed_axes (const LkCall *call, const LkTensor *axes, guint rank, guint *set)
{
  *set = 0;
  for (gint64 i = 0; i < axes->size; i++)
    {
      guint axis;
      if (!lk_rule_axis (lk_int_at (axes, i), rank, &axis))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "'axis'[%" G_GINT64_FORMAT "] = %" G_GINT64_FORMAT
                             " is out of valid range [-%u, %u)", i, lk_int_at (axes, i), rank, rank);
      if (*set & 1u << axis)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "axis %u specified more than once.", axis);
      *set |= 1u << axis;
    }
  return TRUE;
}

static gboolean
reverse_infer (const LkCall *call, LkSignature *out)
{
  guint set;
  const LkTensor *axes = lk_call_constant (call, 1);
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = *in;
  return lk_rule_need_rank (call, 1, 1, "'dims' must be 1-dimension, got shape %s")
         && (axes == NULL || in->rank == LK_RANK_UNKNOWN || reversed_axes (call, axes, in->rank, &set));
}

static void
reverse_kernel (LkCall *call)
{
  guint set;
  gint64 strides[LK_MAX_RANK], first = 0;
  LkMoveAxis axes[LK_MAX_RANK];
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  reversed_axes (call, call->inputs[1], in->rank, &set);
  lk_shape_strides (in, strides);
  for (guint i = 0; i < in->rank; i++)
    {
      const gboolean back = (set >> i & 1) != 0;
      axes[i] = (LkMoveAxis) { in->dims[i], strides[i], back ? -strides[i] : strides[i] };
      first += back ? (in->dims[i] - 1) * strides[i] : 0;
    }
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, in, &out))
    return;
  if (call->inputs[0]->size > 0)
    lk_move (out.data, from.data + first * (gint64) out.size, out.size, axes, in->rank);
  lk_elements_finish (call, 0, in, &out);
}

static void
reverse_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_reverse (call->ctx, dy[0], call->inputs[1]);
}

static void
reverse_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  guint set;
  gint64 index[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  reversed_axes (call, call->inputs[1], in->rank, &set);
  lk_shape_unravel (in, element, index);
  for (guint i = 0; i < in->rank; i++)
    if (set >> i & 1)
      index[i] = in->dims[i] - 1 - index[i];
  lk_provenance_add (into, 0, lk_shape_ravel (in, index), 1, 1);
}

LK_BLOCK (reverse, .infer = reverse_infer, .shape = "The input's shape; axis is a vector.",
          .kernel = reverse_kernel, .gradient = reverse_gradient,
          .provenance = reverse_provenance,
          SAMPLES ({ "float64[3]; int32[1]={0}" }, { "float64[2,3,2]; int64[2]={-1,0}" }, { "float64[2,2]; int32[0]" },
                   { "string[2]={a,b}; int32[1]={0}" }, { "float64[0,2]; int32[1]={1}" }, { "float64[]; int32[0]" }));

/* ---- Roll ---- */

/* How far each axis goes, in [0, n); shifts of one axis add up. */
static gboolean
roll_shifts (const LkCall *call, const LkTensor *shift, const LkTensor *axes, const LkShape *in, gint64 *by)
{
  memset (by, 0, in->rank * sizeof *by);
  for (gint64 i = 0; i < axes->size; i++)
    {
      guint axis;
      if (!lk_rule_axis (lk_int_at (axes, i), in->rank, &axis))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "axis %" G_GINT64_FORMAT " is out of range",
                             lk_int_at (axes, i));
      const gint64 n = in->dims[axis];
      if (shift != NULL && n > 0)
        by[axis] = ((by[axis] + lk_int_at (shift, i) % n) % n + n) % n;
    }
  return TRUE;
}

static gboolean
roll_infer (const LkCall *call, LkSignature *out)
{
  gint64 by[LK_MAX_RANK];
  LkShape merged;
  const LkShape *in = lk_rule_shape (call, 0), *shift = lk_rule_shape (call, 1), *axis = lk_rule_shape (call, 2);
  const LkTensor *axes = lk_call_constant (call, 2);
  out[0].shape = *in;
  if (!lk_rule_need_min_rank (call, 0, 1, "input must be 1-D or higher, got shape %s"))
    return FALSE;
  if (shift->rank != LK_RANK_UNKNOWN && shift->rank > 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "shift must be a scalar or a 1-D vector.");
  if (axis->rank != LK_RANK_UNKNOWN && axis->rank > 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "axis must be a scalar or a 1-D vector.");
  if (lk_shape_known (shift) && lk_shape_known (axis) ? lk_shape_size (shift) != lk_shape_size (axis)
      : shift->rank == axis->rank && !lk_rule_merge (shift, axis, &merged))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "shift and axis must have the same size");
  return axes == NULL || in->rank == LK_RANK_UNKNOWN || roll_shifts (call, NULL, axes, in, by);
}

/* Row by row of the last axis, each in two pieces. */
static void
roll_kernel (LkCall *call)
{
  gint64 by[LK_MAX_RANK], index[LK_MAX_RANK];
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  roll_shifts (call, call->inputs[1], call->inputs[2], in, by);
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, in, &out))
    return;
  const gint64 n = in->dims[in->rank - 1], last = by[in->rank - 1];
  for (gint64 at = 0; at < call->inputs[0]->size; at += n)
    {
      lk_shape_unravel (in, at, index);
      for (guint i = 0; i + 1 < in->rank; i++)
        index[i] = (index[i] + by[i]) % in->dims[i];
      char *to = out.data + lk_shape_ravel (in, index) * (gint64) out.size;
      const char *row = from.data + at * (gint64) out.size;
      memcpy (to + last * out.size, row, (n - last) * out.size);
      memcpy (to, row + (n - last) * out.size, last * out.size);
    }
  lk_elements_finish (call, 0, in, &out);
}

static void
roll_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) back = lk_neg (call->ctx, call->inputs[1]);
  dx[0] = lk_roll (call->ctx, dy[0], back, call->inputs[2]);
}

static void
roll_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 by[LK_MAX_RANK], index[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  roll_shifts (call, call->inputs[1], call->inputs[2], in, by);
  lk_shape_unravel (in, element, index);
  for (guint i = 0; i < in->rank; i++)
    index[i] = (index[i] - by[i] + in->dims[i]) % in->dims[i];
  lk_provenance_add (into, 0, lk_shape_ravel (in, index), 1, 1);
}

LK_BLOCK (roll, .infer = roll_infer, .shape = "The input's shape; shift and axis are scalars, or vectors of one length.",
          .kernel = roll_kernel, .gradient = roll_gradient,
          .provenance = roll_provenance,
          SAMPLES ({ "float64[5]; int32[]={2}; int32[]={0}" }, { "float64[2,3]; int64[2]={1,-2}; int32[2]={0,1}" },
                   { "float64[3,2]; int32[2]={1,1}; int32[2]={0,0}" },
                   { "string[3]={a,b,c}; int32[]={1}; int32[]={0}" },
                   { "float64[0,2]; int32[]={1}; int32[]={0}" }));

/* ---- ReverseSequence ---- */

/* The batch's and the sequences' axes, checked against rank. */
static gboolean
sequence_axes (const LkCall *call, guint rank, guint *sequence, guint *batch)
{
  const gint64 along = call->attrs[0].i, of = call->attrs[1].i;
  if (along == of)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "batch_dim == seq_dim == %" G_GINT64_FORMAT, along);
  if (along < 0 || along >= rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "seq_dim must be < input rank ( %" G_GINT64_FORMAT " vs. %u)", along,
                         rank);
  if (of < 0 || of >= rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "batch_dim must be < input rank ( %" G_GINT64_FORMAT " vs. %u)", of,
                         rank);
  *sequence = along;
  *batch = of;
  return TRUE;
}

static gboolean
reverse_sequence_infer (const LkCall *call, LkSignature *out)
{
  guint sequence, batch;
  const LkShape *in = lk_rule_shape (call, 0), *lengths = lk_rule_shape (call, 1);
  out[0].shape = *in;
  if (!lk_rule_need_rank (call, 1, 1, "seq_lengths must be 1-dim, not %s"))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (!sequence_axes (call, in->rank, &sequence, &batch))
    return FALSE;
  if (lengths->rank != 1 || lk_rule_merge_dim (lengths->dims[0], in->dims[batch], &out[0].shape.dims[batch]))
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Length of seq_lengths != input.dims(%u), (%" G_GINT64_FORMAT " vs. %"
                       G_GINT64_FORMAT ")", batch, lengths->dims[0], in->dims[batch]);
}

static gboolean
check_sequences (const LkCall *call, gint64 longest)
{
  for (gint64 i = 0; i < call->inputs[1]->size; i++)
    if (lk_int_at (call->inputs[1], i) < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "seq_lengths(%" G_GINT64_FORMAT ") < 0", i);
    else if (lk_int_at (call->inputs[1], i) > longest)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "seq_lengths(%" G_GINT64_FORMAT ") > input.dims(%" G_GINT64_FORMAT ")",
                           i, call->attrs[0].i);
  return TRUE;
}

/* Each entry of the batch in two moves: its sequence turned around, and what is behind it as it is. */
static void
reverse_sequence_kernel (LkCall *call)
{
  guint sequence, batch;
  gint64 strides[LK_MAX_RANK];
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  if (!sequence_axes (call, in->rank, &sequence, &batch) || !check_sequences (call, in->dims[sequence]))
    return;
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, in, &out))
    return;
  lk_shape_strides (in, strides);
  for (gint64 b = 0; b < in->dims[batch] && call->inputs[0]->size > 0; b++)
    {
      LkMoveAxis axes[LK_MAX_RANK];
      const gint64 step = strides[sequence], length = lk_int_at (call->inputs[1], b);
      const gint64 first = b * strides[batch];
      for (guint i = 0; i < in->rank; i++)
        axes[i] = (LkMoveAxis) { i == batch ? 1 : in->dims[i], strides[i], strides[i] };
      axes[sequence] = (LkMoveAxis) { length, step, -step };
      if (length > 0)
        lk_move (out.data + first * (gint64) out.size, from.data + (first + (length - 1) * step) * (gint64) out.size,
                 out.size, axes, in->rank);
      axes[sequence] = (LkMoveAxis) { in->dims[sequence] - length, step, step };
      if (length < in->dims[sequence])
        lk_move (out.data + (first + length * step) * (gint64) out.size,
                 from.data + (first + length * step) * (gint64) out.size, out.size, axes, in->rank);
    }
  lk_elements_finish (call, 0, in, &out);
}

static void
reverse_sequence_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_reverse_sequence (call->ctx, dy[0], call->inputs[1], call->attrs[0].i, call->attrs[1].i);
}

static void
reverse_sequence_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK];
  const gint64 sequence = call->attrs[0].i;
  lk_shape_unravel (lk_rule_shape (call, 0), element, index);
  const gint64 entry = index[call->attrs[1].i], length = lk_int_at (call->inputs[1], entry);
  if (index[sequence] < length)
    index[sequence] = length - 1 - index[sequence];
  lk_provenance_add (into, 0, lk_shape_ravel (lk_rule_shape (call, 0), index), 1, 1);
  lk_provenance_add (into, 1, entry, 1, 1);
}

LK_BLOCK (reverse_sequence, .infer = reverse_sequence_infer, .shape = "The input's shape; seq_lengths is as long as batch_dim.",
          .kernel = reverse_sequence_kernel,
          .gradient = reverse_sequence_gradient, .provenance = reverse_sequence_provenance,
          SAMPLES ({ "float64[3,4]; int64[3]={4,0,3}", "seq_dim=1" },
                   { "float64[2,3,2]; int32[2]={1,2}", "seq_dim=0, batch_dim=2" },
                   { "string[1,2]={a,b}; int64[1]={2}", "seq_dim=1" }, { "float64[0,2]; int64[0]", "seq_dim=1" }));
