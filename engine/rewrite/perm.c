/* SPDX-License-Identifier: MIT */
#include "engine/rewrite/perm.h"

#include "engine/ops/block.h"
#include "engine/ops/gradient.h"

gboolean
lk_perm_read (LkPerm *perm, const LkNode *node)
{
  const LkTensor *constant = node->op->index == LK_OP_TRANSPOSE ? lk_node_constant (node->inputs[1]) : NULL;
  if (constant == NULL || constant->shape.rank != 1 || constant->size > LK_MAX_RANK
      || node->inputs[0]->shape.rank != constant->size)
    return FALSE;
  perm->rank = constant->size;
  for (guint i = 0; i < perm->rank; i++)
    {
      perm->at[i] = lk_tensor_int_at (constant, i);
      perm->at[i] += perm->at[i] < 0 ? perm->rank : 0;
    }
  return TRUE;
}

gboolean
lk_perm_equal (const LkPerm *a, const LkPerm *b)
{
  for (guint i = 0; a->rank == b->rank && i < a->rank; i++)
    if (a->at[i] != b->at[i])
      return FALSE;
  return a->rank == b->rank;
}

gboolean
lk_perm_is_plain (const LkPerm *perm)
{
  for (guint i = 0; i < perm->rank; i++)
    if (perm->at[i] != i)
      return FALSE;
  return TRUE;
}

LkPerm
lk_perm_inverse (const LkPerm *perm)
{
  LkPerm inverse = { .rank = perm->rank };
  for (guint i = 0; i < perm->rank; i++)
    inverse.at[perm->at[i]] = i;
  return inverse;
}

LkPerm
lk_perm_of_both (const LkPerm *first, const LkPerm *then)
{
  LkPerm both = { .rank = first->rank };
  for (guint i = 0; i < first->rank; i++)
    both.at[i] = first->at[then->at[i]];
  return both;
}

LkTensor *
lk_perm_apply (LkContext *ctx, const LkPerm *perm, LkTensor *tensor)
{
  LkPerm made;
  if (tensor != NULL && lk_perm_read (&made, tensor->node))
    {
      const LkPerm both = lk_perm_of_both (&made, perm);
      if (lk_perm_is_plain (&both))
        return lk_tensor_ref (tensor->node->inputs[0]);
    }
  g_autoptr (LkTensor) axes = lk_constant_ints (ctx, LK_INT32, perm->at, perm->rank);
  return lk_transpose (ctx, tensor, axes);
}
