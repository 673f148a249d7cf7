/* SPDX-License-Identifier: MIT */
/* Transposes and reshapes that follow one another become one; a transpose that moves only axes of size 1 is a reshape, which
   moves nothing at all. */
#include "engine/ops/block.h"
#include "engine/ops/gradient.h"
#include "engine/rewrite/perm.h"

static void
try_transposes (LkRewriting *r, LkNode *node)
{
  LkNode *inner = node->inputs[0]->node;
  LkPerm then, first;
  if (!lk_perm_read (&then, node) || !lk_perm_read (&first, inner))
    return;
  const LkPerm both = lk_perm_of_both (&first, &then);
  if (lk_perm_is_plain (&both))
    {
      lk_rewriting_replace1 (r, "transpose (transpose (x)) → x", node, lk_tensor_ref (inner->inputs[0]));
      return;
    }
  g_autoptr (LkTensor) axes = lk_constant_ints (r->ctx, LK_INT64, both.at, both.rank);
  lk_rewriting_replace1 (r, "transpose (transpose (x)) → transpose (x)", node, lk_transpose (r->ctx, inner->inputs[0], axes));
}

/* The order of axes that are larger than 1 stays. */
static void
try_unmoved (LkRewriting *r, LkNode *node)
{
  const LkShape *out = &node->outputs[0]->shape;
  gint64 last = -1;
  LkPerm perm;
  if (!lk_perm_read (&perm, node) || !lk_shape_known (out))
    return;
  for (guint i = 0; i < perm.rank; i++)
    {
      if (out->dims[i] != 1 && perm.at[i] < last)
        return;
      last = out->dims[i] != 1 ? perm.at[i] : last;
    }
  g_autoptr (LkTensor) shape = lk_constant_ints (r->ctx, LK_INT64, out->dims, perm.rank);
  lk_rewriting_replace1 (r, "transpose of axes of size 1 → reshape", node, lk_reshape (r->ctx, node->inputs[0], shape));
}

static gboolean
reshapes (const LkNode *node)
{
  return node->op->index == LK_OP_RESHAPE || node->op->index == LK_OP_EXPAND_DIMS || node->op->index == LK_OP_SQUEEZE;
}

static void
try_reshapes (LkRewriting *r, LkNode *node)
{
  LkNode *inner = node->inputs[0]->node;
  const LkShape *out = &node->outputs[0]->shape;
  if (!reshapes (inner) || !lk_shape_known (out))
    return;
  g_autoptr (LkTensor) shape = lk_constant_ints (r->ctx, LK_INT64, out->dims, out->rank);
  lk_rewriting_replace1 (r, "reshape (reshape (x)) → reshape (x)", node, lk_reshape (r->ctx, inner->inputs[0], shape));
}

void
lk_pass_movement (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (!lk_rewriting_fact (r, node)->gone && node->op->index == LK_OP_TRANSPOSE)
        try_transposes (r, node);
      if (!lk_rewriting_fact (r, node)->gone && node->op->index == LK_OP_TRANSPOSE)
        try_unmoved (r, node);
      if (!lk_rewriting_fact (r, node)->gone && reshapes (node))
        try_reshapes (r, node);
    }
}
