/* SPDX-License-Identifier: MIT */
/* A product or a convolution, and the elementwise nodes that alone read it (a bias, an activation, …), become one: they run over its
   result, in its place where they may. */
#include "engine/execute/program.h"
#include "engine/ops/block.h"
#include "engine/rewrite/groups.h"

/* A product that is smaller is in a near cache when the next node reads it. Above, it lies where that node's output will, so that there
   is half as much to go over. */
#define LEAST 131072    /* bytes */

static gboolean
is_head (const LkRewriting *r, const LkNode *node, const LkNode *reader)
{
  return lk_op_is_head (node->op) && !lk_value_is_small (node->outputs[0], LEAST) && lk_rewriting_n_users (r, node) == 1
         && (node->flags & (LK_NODE_LOSS | LK_NODE_STEP)) == 0
         && lk_dtype_is_floating (node->outputs[0]->dtype) && lk_shape_known (&node->outputs[0]->shape)
         && lk_shape_equal (&node->outputs[0]->shape, lk_node_element_shape (reader));
}

static void
try_node (LkRewriting *r, LkNode *node)
{
  const gboolean fused = node->op->index == LK_OP_FUSED_ELEMENTWISE;
  if (!fused && (!lk_node_is_elementwise (node) || (node->flags & (LK_NODE_LOSS | LK_NODE_STEP)) != 0))
    return;
  for (guint i = 0; i < node->n_inputs; i++)
    {
      LkNode *head = node->inputs[i]->node, *nodes[] = { head, node };
      if (!is_head (r, head, node) || node->n_inputs - 1 + head->n_inputs > LK_PROGRAM_MOST_INPUTS)
        continue;
      if (head->op->index == LK_OP_MAT_MUL)
        lk_rewriting_fuse (r, "product, then elementwise → one", LK_OP_FUSED_MAT_MUL, nodes, 2);
      else
        lk_rewriting_fuse (r, "convolution, then elementwise → one", LK_OP_FUSED_CONV2D, nodes, 2);
      return;
    }
}

void
lk_pass_remapping (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    if (!lk_rewriting_fact (r, g_ptr_array_index (order, i))->gone)
      try_node (r, g_ptr_array_index (order, i));
}
