/* SPDX-License-Identifier: MIT */
/* Flat places as index vectors. */
#include "engine/ops/rule.h"

static gboolean
unravel_index_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *indices = lk_rule_shape (call, 0), *dims = lk_rule_shape (call, 1);
  const gint64 rank = dims->rank == 1 ? dims->dims[0] : LK_DIM_UNKNOWN;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_rank (call, 1, 1, "The indices can only be 1-D, got %s"))
    return FALSE;
  if (indices->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (indices->rank > 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The indices can only be scalar or vector, got %u dimensions",
                         indices->rank);
  out[0].shape = LK_SHAPE (rank, indices->dims[0]);
  out[0].shape.rank = indices->rank + 1;
  return TRUE;
}

static void
unravel_index_kernel (LkCall *call)
{
  const LkTensor *indices = call->inputs[0], *dims = call->inputs[1];
  const gint64 n = indices->size;
  gint64 all = 1;
  for (gint64 k = 0; k < dims->size; k++)
    if (lk_int_at (dims, k) <= 0 || __builtin_mul_overflow (all, lk_int_at (dims, k), &all))
      {
        lk_call_fail (call, LK_INVALID_ARGUMENT, "Input dims should be positive and of a product that is a number, got %"
                      G_GINT64_FORMAT " at index %" G_GINT64_FORMAT, lk_int_at (dims, k), k);
        return;
      }
  for (gint64 i = 0; i < n; i++)
    {
      gint64 index = lk_int_at (indices, i);
      if (index < 0 || index >= all)
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, "index is out of bound as with dims: %" G_GINT64_FORMAT
                        " is not in [0, %" G_GINT64_FORMAT ")", index, all);
          return;
        }
      for (gint64 k = dims->size; k-- > 0; index /= lk_int_at (dims, k))
        lk_set_int (call->outputs[0], k * n + i, index % lk_int_at (dims, k));
    }
}

static void
unravel_index_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, element % call->inputs[0]->size, 1, 1);
  lk_provenance_add (into, 1, 0, call->inputs[1]->size, 1);
}

LK_BLOCK (unravel_index, .infer = unravel_index_infer,
          .shape = "[dims] + indices.shape; indices are a scalar or a vector, dims a vector.",
          .kernel = unravel_index_kernel,
          .provenance = unravel_index_provenance,
          .samples = (const LkSample[]) { { "int32[3]={2,5,7}; int32[2]={3,3}" }, { "int64[]={5}; int64[3]={2,2,2}" },
                                          { "int32[0]; int32[2]={2,2}" }, { NULL } });
