/* SPDX-License-Identifier: MIT */
/* Putting values in place of a slice: of a tensor, and of a variable. */
#include <string.h>

#include "engine/ops/cut.h"
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"
#include "engine/ops/state.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* The slice of a tensor of shape `whole`, into which value, input 4, has to fit. *known: all of it is. */
static gboolean
overlay_cut (const LkCall *call, const LkShape *whole, LkCut *cut, gboolean *known)
{
  LkEntries entries;
  int n;
  const LkShape *value = lk_rule_shape (call, 4);
  *known = FALSE;
  if (!lk_entries_read (call, 1, &entries, &n))
    return FALSE;
  if (n < 0 || whole->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (!lk_cut_shape (call, &entries, whole, cut))
    return FALSE;
  *known = lk_shape_known (&cut->shape);
  if (lk_shape_compatible (&cut->shape, value))
    return TRUE;
  g_autofree char *place = lk_shape_text (&cut->shape), *given = lk_shape_text (value);
  return lk_call_fail (call, LK_UNIMPLEMENTED, "sliced l-value shape %s does not match r-value shape %s. Automatic "
                       "broadcasting not yet implemented.", place, given);
}

/* Moves value into the elements of the whole, of that shape. */
static void
overlay (const LkCut *cut, const LkShape *whole, const LkElements *to, const LkElements *value)
{
  LkMoveAxis axes[LK_MAX_RANK];
  const gint64 first = lk_cut_axes (cut, whole, TRUE, axes);
  if (lk_shape_size (&cut->shape) > 0)
    lk_move (to->data + first * (gint64) to->size, value->data, to->size, axes, cut->rank);
}

/* ---- TensorStridedSliceUpdate ---- */

static gboolean
tensor_update_infer (const LkCall *call, LkSignature *out)
{
  LkCut cut;
  gboolean known;
  out[0].shape = *lk_rule_shape (call, 0);
  return overlay_cut (call, &out[0].shape, &cut, &known);
}

static void
tensor_update_kernel (LkCall *call)
{
  LkCut cut;
  gboolean known;
  LkElements out;
  const LkShape *shape = lk_rule_shape (call, 0);
  if (!overlay_cut (call, shape, &cut, &known))
    return;
  g_auto (LkElements) in = lk_elements_of (call->inputs[0]);
  g_auto (LkElements) value = lk_elements_of (call->inputs[4]);
  if (!lk_elements_of_output (call, 0, shape, &out))
    return;
  if (call->inputs[0]->size > 0)
    memcpy (out.data, in.data, call->inputs[0]->size * in.size);
  overlay (&cut, shape, &out, &value);
  lk_elements_finish (call, 0, shape, &out);
}

static void
tensor_update_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const LkAttr *masks = call->attrs;
  LkTensor *const *in = call->inputs;
  g_autoptr (LkTensor) none = lk_zeros_like (ctx, in[4]);
  dx[0] = lk_tensor_strided_slice_update (ctx, dy[0], in[1], in[2], in[3], none, masks[0].i, masks[1].i, masks[2].i,
                                          masks[3].i, masks[4].i);
  dx[4] = lk_strided_slice (ctx, dy[0], in[1], in[2], in[3], masks[0].i, masks[1].i, masks[2].i, masks[3].i, masks[4].i);
}

/* The element of value that stands there, or the one that was there before. */
static void
tensor_update_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkCut cut;
  gboolean known;
  gint64 index[LK_MAX_RANK], from = 0;
  const LkShape *whole = lk_rule_shape (call, 0);
  if (!overlay_cut (call, whole, &cut, &known))
    return;
  lk_shape_unravel (whole, element, index);
  gboolean inside = TRUE;
  for (guint i = 0; i < cut.rank && inside; i++)
    {
      const gint64 away = index[i] - cut.start[i], step = cut.stride[i];
      inside = away % step == 0 && away / step >= 0 && away / step < cut.count[i];
      from = from * cut.count[i] + away / step;
    }
  lk_provenance_add (into, inside ? 4 : 0, inside ? from : element, 1, 1);
}

LK_BLOCK (tensor_strided_slice_update, .infer = tensor_update_infer,
          .shape = "The input's shape; value can be broadcast to the slice.",
          .kernel = tensor_update_kernel,
          .gradient = tensor_update_gradient, .provenance = tensor_update_provenance,
          SAMPLES ({ "float64[3,4]; int32[2]={0,1}; int32[2]={3,4}; int32[2]={2,1}; float64[2,3]" },
                   { "float64[5]; int32[1]={4}; int32[1]={-9}; int32[1]={-2}; float64[3]" },
                   { "float64[2,3]; int64[1]={1}; int64[1]={2}; int64[1]={1}; float64[3]", "shrink_axis_mask=1" },
                   { "string[3]={a,b,c}; int32[1]={1}; int32[1]={0}; int32[1]={1}; string[2]={x,y}", "end_mask=1" }));

/* ---- ResourceStridedSliceAssign ---- */

static gboolean
assign_slice_infer (const LkCall *call, LkSignature *out)
{
  LkCut cut;
  LkDType dtype;
  LkShape shape;
  LkVariable *variable;
  gboolean known;
  if (!lk_state_describe (call, 0, &dtype, &shape) || !lk_state_check_dtype (call, dtype, call->inputs[4]->dtype)
      || !lk_state_find (call, 0, &variable))
    return FALSE;
  if (!lk_state_is_traced (call) && variable != NULL && !lk_state_check_initialized (call, variable))
    return FALSE;
  return overlay_cut (call, &shape, &cut, &known);
}

static void
assign_slice_kernel (LkCall *call)
{
  LkCut cut;
  gboolean known;
  LkVariable *variable;
  if (!lk_state_find (call, 0, &variable) || !overlay_cut (call, &variable->value->shape, &cut, &known))
    return;
  const LkShape shape = variable->value->shape;
  if (variable->dtype == LK_STRING)
    {
      lk_call_fail (call, LK_UNIMPLEMENTED, "slices of variables of strings cannot be assigned to");
      return;
    }
  LkTensor *next = lk_state_next_value (call, variable);
  if (next == NULL)
    return;
  const LkElements to = lk_elements_of (next), value = lk_elements_of (call->inputs[4]);
  if (next->size > 0 && next->data != variable->value->data)
    memcpy (next->data, variable->value->data, lk_tensor_bytes (next));
  overlay (&cut, &shape, &to, &value);
  lk_state_set_value (call, variable, next);
}

LK_BLOCK (resource_strided_slice_assign, .infer = assign_slice_infer,
          .shape = "Nothing comes out; value can be broadcast to the slice.",
          .kernel = assign_slice_kernel);
