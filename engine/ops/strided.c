/* SPDX-License-Identifier: MIT */
/* StridedSlice and its gradient. */
#include "engine/ops/cut.h"
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- StridedSlice ---- */

static gboolean
strided_slice_infer (const LkCall *call, LkSignature *out)
{
  LkEntries entries;
  LkCut cut;
  int n;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_entries_read (call, 1, &entries, &n))
    return FALSE;
  if (n < 0 || !lk_rule_rank_known (call, 0))
    return TRUE;
  if (!lk_cut_shape (call, &entries, lk_rule_shape (call, 0), &cut))
    return FALSE;
  out[0].shape = cut.shape;
  return TRUE;
}

static void
strided_slice_kernel (LkCall *call)
{
  LkEntries entries;
  LkCut cut;
  int n;
  LkElements out;
  LkMoveAxis axes[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  if (!lk_entries_read (call, 1, &entries, &n) || !lk_cut_shape (call, &entries, in, &cut))
    return;
  const gint64 first = lk_cut_axes (&cut, in, FALSE, axes);
  g_auto (LkElements) source = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, &cut.shape, &out))
    return;
  if (lk_shape_size (&cut.shape) > 0)
    lk_move (out.data, source.data + first * (gint64) source.size, source.size, axes, cut.rank);
  lk_elements_finish (call, 0, &cut.shape, &out);
}

static void
strided_slice_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *begin = call->inputs[1];
  const LkAttr *masks = call->attrs;
  const LkShape *in = lk_rule_shape (call, 0);
  g_autoptr (LkTensor) shape = lk_shape_known (in)
    ? lk_constant_ints (call->ctx, begin->dtype, in->dims, in->rank)
                                                   : lk_shape (call->ctx, call->inputs[0], begin->dtype);
  dx[0] = lk_strided_slice_grad (call->ctx, shape, begin, call->inputs[2], call->inputs[3], dy[0],
                                 masks[0].i, masks[1].i,
                                 masks[2].i, masks[3].i, masks[4].i);
}

static void
strided_slice_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkEntries entries;
  LkCut cut;
  int n;
  gint64 index[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  if (!lk_entries_read (call, 1, &entries, &n) || !lk_cut_shape (call, &entries, in, &cut))
    return;
  for (guint i = cut.rank; i-- > 0; element /= cut.count[i])
    index[i] = cut.start[i] + element % cut.count[i] * cut.stride[i];
  lk_provenance_add (into, 0, lk_shape_ravel (in, index), 1, 1);
}

LK_BLOCK (strided_slice, .infer = strided_slice_infer,
          .shape = "Each axis as begin, end and strides cut it; new_axis_mask adds 1s, shrink_axis_mask drops axes, "
                   "ellipsis_mask leaves some whole.",
          .kernel = strided_slice_kernel,
          .gradient = strided_slice_gradient,
          .provenance = strided_slice_provenance,
          SAMPLES ({ "float64[3,4]; int32[2]={0,1}; int32[2]={3,4}; int32[2]={2,1}" },
                   { "float64[3,4]; int32[1]={-1}; int32[1]={0}; int32[1]={1}", "shrink_axis_mask=1" },
                   { "float64[5]; int32[1]={0}; int32[1]={0}; int32[1]={-2}", "begin_mask=1, end_mask=1" },
                   { "float64[2,3,4]; int64[2]={0,1}; int64[2]={0,3}; int64[2]={1,1}", "ellipsis_mask=1" },
                   { "float64[2,3]; int32[2]={0,1}; int32[2]={0,2}; int32[2]={1,1}",
                     "new_axis_mask=1, shrink_axis_mask=2" },
                   { "float64[3]; int32[1]={5}; int32[1]={9}; int32[1]={1}" },
                   { "string[3]={a,b,c}; int32[1]={2}; int32[1]={0}; int32[1]={-1}" }));

/* ---- StridedSliceGrad ---- */

static gboolean
strided_slice_grad_infer (const LkCall *call, LkSignature *out)
{
  LkEntries entries;
  LkCut cut;
  int n;
  LkShape *whole = &out[0].shape;
  const LkShape *dy = lk_rule_shape (call, 4);
  if (call->inputs[4]->dtype == LK_STRING)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "a gradient cannot be of strings");
  if (!lk_rule_shape_value (call, 0, whole, NULL) || !lk_entries_read (call, 1, &entries, &n))
    return FALSE;
  if (n < 0 || whole->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (!lk_cut_shape (call, &entries, whole, &cut))
    return FALSE;
  if (lk_shape_compatible (&cut.shape, dy))
    return TRUE;
  g_autofree char *have = lk_shape_text (dy), *want = lk_shape_text (&cut.shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "shape of dy was %s instead of %s", have, want);
}

static void
strided_slice_grad_kernel (LkCall *call)
{
  LkEntries entries;
  LkCut cut;
  int n;
  LkMoveAxis axes[LK_MAX_RANK];
  LkTensor *out = call->outputs[0];
  const LkTensor *dy = call->inputs[4];
  const LkElements whole = { out->data, lk_dtype_size (out->dtype), NULL };
  if (!lk_entries_read (call, 1, &entries, &n) || !lk_cut_shape (call, &entries, &out->shape, &cut))
    return;
  const gint64 first = lk_cut_axes (&cut, &out->shape, TRUE, axes);
  lk_elements_zero (&whole, out->size);
  if (dy->size > 0)
    lk_move (whole.data + first * (gint64) whole.size, dy->data, whole.size, axes, cut.rank);
}

static void
strided_slice_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  const LkAttr *masks = call->attrs;
  dx[4] = lk_strided_slice (call->ctx, dz[0], call->inputs[1], call->inputs[2], call->inputs[3], masks[0].i,
                            masks[1].i,
                            masks[2].i, masks[3].i, masks[4].i);
}

/* Element of dy that went to an element of the whole, if one did. */
static void
strided_slice_grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkEntries entries;
  LkCut cut;
  int n;
  gint64 index[LK_MAX_RANK], from = 0;
  const LkShape *whole = &call->outputs[0]->shape;
  if (!lk_entries_read (call, 1, &entries, &n) || !lk_cut_shape (call, &entries, whole, &cut))
    return;
  lk_shape_unravel (whole, element, index);
  for (guint i = 0; i < cut.rank; i++)
    {
      const gint64 away = index[i] - cut.start[i], step = cut.stride[i];
      if (away % step != 0 || away / step < 0 || away / step >= cut.count[i])
        return;
      from = from * cut.count[i] + away / step;
    }
  lk_provenance_add (into, 4, from, 1, 1);
}

LK_BLOCK (strided_slice_grad, .infer = strided_slice_grad_infer, .shape = "shape, spelt out; dy has that of its slice.",
          .kernel = strided_slice_grad_kernel,
          .gradient = strided_slice_grad_gradient, .provenance = strided_slice_grad_provenance,
          SAMPLES ({ "int32[2]={3,4}; int32[2]={0,1}; int32[2]={3,4}; int32[2]={2,1}; float64[2,3]" },
                   { "int32[1]={5}; int32[1]={4}; int32[1]={-9}; int32[1]={-2}; float64[3]" },
                   { "int32[2]={2,3}; int32[1]={1}; int32[1]={2}; int32[1]={1}; float64[3]",
                     "shrink_axis_mask=1" }));
