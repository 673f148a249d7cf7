/* SPDX-License-Identifier: MIT */
/* Numbers as one-hot vectors. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
one_hot_infer (const LkCall *call, LkSignature *out)
{
  gint64 depth = LK_DIM_UNKNOWN;
  guint n, axis;
  const LkShape *indices = lk_rule_shape (call, 0);
  const gint64 given = call->attrs[0].i;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_rank (call, 1, 0, "depth must be a scalar, but got: %s")
      || !lk_rule_need_rank (call, 2, 0, "on_value must be a scalar, but got: %s")
      || !lk_rule_need_rank (call, 3, 0, "off_value must be a scalar, but got: %s"))
    return FALSE;
  if (lk_rule_ints (call, 1, &depth, 1, &n) && depth < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "depth must be non-negative, got: %" G_GINT64_FORMAT,
                         depth);
  if (indices->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (given < -1 || given > indices->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Expected axis to be -1 or between [0, %u).  But received: %" G_GINT64_FORMAT,
                         indices->rank + 1, given);
  if (indices->rank == LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "indices of %d dimensions are not supported", LK_MAX_RANK);
  axis = given == -1 ? indices->rank : given;
  out[0].shape.rank = indices->rank + 1;
  for (guint i = 0; i <= indices->rank; i++)
    out[0].shape.dims[i] = i == axis ? depth : indices->dims[i - (i > axis)];
  return TRUE;
}

static void
one_hot_kernel (LkCall *call)
{
  const LkTensor *indices = call->inputs[0];
  const LkShape *in = &indices->shape;
  const gint64 depth = lk_int_at (call->inputs[1], 0);
  const guint axis = call->attrs[0].i == -1 ? in->rank : call->attrs[0].i;
  const gint64 inner = lk_shape_product (in, axis, in->rank);
  LkShape shape = { .rank = in->rank + 1 };
  LkElements out;
  for (guint i = 0; i <= in->rank; i++)
    shape.dims[i] = i == axis ? depth : in->dims[i - (i > axis)];
  g_auto (LkElements) on = lk_elements_of (call->inputs[2]);
  g_auto (LkElements) off = lk_elements_of (call->inputs[3]);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  const LkMoveAxis all = { lk_shape_size (&shape), 1, 0 };
  lk_move (out.data, off.data, out.size, &all, 1);
  for (gint64 i = 0; i < indices->size; i++)
    {
      const gint64 index = lk_int_at (indices, i);
      if (index >= 0 && index < depth)
        memcpy (out.data + ((i / inner * depth + index) * inner + i % inner) * (gint64) out.size, on.data,
                out.size);
    }
  lk_elements_finish (call, 0, &shape, &out);
}

static void
one_hot_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *in = lk_rule_shape (call, 0);
  const guint axis = call->attrs[0].i == -1 ? in->rank : call->attrs[0].i;
  const gint64 inner = lk_shape_product (in, axis, in->rank), depth = lk_int_at (call->inputs[1], 0);
  const gint64 from = element / inner / depth * inner + element % inner;
  lk_provenance_add (into, 0, from, 1, 1);
  lk_provenance_add (into, lk_int_at (call->inputs[0], from) == element / inner % depth ? 2 : 3, 0, 1, 1);
}

LK_BLOCK (one_hot, .infer = one_hot_infer,
          .shape = "The shape of indices, with depth put in at the axis; depth, on_value and off_value are scalars.",
          .kernel = one_hot_kernel, .widens = TRUE, .provenance = one_hot_provenance,
          SAMPLES ({ "int32[3]={0,2,-1}; int32[]={3}; float64[]={1}; float64[]={0}" },
                   { "int64[2,2]={0,1,2,5}; int32[]={3}; int32[]={5}; int32[]={-1}", "axis=0" },
                   { "int32[]={1}; int32[]={2}; bool[]={true}; bool[]={false}" },
                   { "int32[0]; int32[]={2}; float64[]={1}; float64[]={0}" }, { "uint8[2]={1,0}; int32[]={2}; uint8[]={9}; uint8[]={7}" },
                   { "int32[1]={0}; int32[]={2}; string[]={on}; string[]={off}" }));
