/* SPDX-License-Identifier: MIT */
/* Nodes whose output is their first input, element by element and in the same shape. */
#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

static gboolean
same_known_shape (const LkNode *node)
{
  const LkShape *in = &node->inputs[0]->shape, *out = &node->outputs[0]->shape;
  return lk_shape_known (in) && lk_shape_equal (in, out);
}

/* Is input i a constant whose elements are all `value`? FALSE of an unknown one; TRUE of an empty one. */
static gboolean
all_ints (const LkNode *node, guint i, gint64 value)
{
  const LkTensor *constant = lk_node_constant (node->inputs[i]);
  for (gint64 k = 0; constant != NULL && k < constant->size; k++)
    if (lk_tensor_int_at (constant, k) != value)
      return FALSE;
  return constant != NULL;
}

static gboolean
is_in_order (const LkNode *node)
{
  const LkTensor *perm = lk_node_constant (node->inputs[1]);
  for (gint64 k = 0; perm != NULL && k < perm->size; k++)
    if (lk_tensor_int_at (perm, k) != k)
      return FALSE;
  return perm != NULL;
}

static gboolean
is_without_axes (const LkNode *node)
{
  const LkTensor *axes = lk_node_constant (node->inputs[1]);
  return axes != NULL && axes->shape.rank == 1 && axes->size == 0;
}

/* What the node does to its first input, in words; NULL when it may change something. */
static const char *
rule_of (const LkNode *node)
{
  switch (node->op->index)
    {
    case LK_OP_IDENTITY: case LK_OP_STOP_GRADIENT: return "identity (x) → x";
    case LK_OP_RESHAPE: case LK_OP_SQUEEZE: return same_known_shape (node) ? "reshape to its own shape → x" : NULL;
    case LK_OP_BROADCAST_TO: return same_known_shape (node) ? "broadcast to its own shape → x" : NULL;
    case LK_OP_CAST: return node->inputs[0]->dtype == node->outputs[0]->dtype ? "cast to its own dtype → x" : NULL;
    case LK_OP_TRANSPOSE: return is_in_order (node) ? "transpose in order → x" : NULL;
    case LK_OP_TILE: return all_ints (node, 1, 1) ? "tile once → x" : NULL;
    case LK_OP_PAD: return all_ints (node, 1, 0) ? "pad by nothing → x" : NULL;
    case LK_OP_ROLL: return all_ints (node, 1, 0) ? "roll by nothing → x" : NULL;
    case LK_OP_SUM: case LK_OP_MAX: case LK_OP_MIN: case LK_OP_PROD: case LK_OP_MEAN:
      return is_without_axes (node) ? "reduce no axis → x" : NULL;
    default: return NULL;
    }
}

void
lk_pass_identities (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      const char *rule = lk_rewriting_fact (r, node)->gone ? NULL : rule_of (node);
      if (rule != NULL)
        lk_rewriting_replace1 (r, rule, node, lk_tensor_ref (node->inputs[0]));
    }
}
