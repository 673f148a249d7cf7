/* SPDX-License-Identifier: MIT */
/* Sums of several, such as gradients that meet at one tensor, as sums of two, in the order in which AddN takes them, where one of the
   values or what reads the sum is elementwise: all is done in one pass over memory then, and the values need not be there at once. Sums
   of products alone stay, since each would be read once more. */
#include "engine/execute/program.h"
#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

/* AddN keeps its sums wider than float16 and bfloat16 are, and refuses what AddV2 would broadcast. */
static gboolean
can_split (const LkNode *node)
{
  const LkTensor *sum = node->outputs[0];
  if (!lk_shape_known (&sum->shape)
      || (sum->dtype != LK_FLOAT32 && sum->dtype != LK_FLOAT64 && sum->dtype != LK_INT32 && sum->dtype != LK_INT64))
    return FALSE;
  for (guint i = 0; i < node->n_inputs; i++)
    if (!lk_shape_equal (&node->inputs[i]->shape, &sum->shape))
      return FALSE;
  return TRUE;
}

/* Something around can be computed together with the sum. */
static gboolean
has_company (const LkRewriting *r, const LkNode *node)
{
  const GPtrArray *users = lk_rewriting_fact (r, node)->users;
  for (guint i = 0; i < node->n_inputs; i++)
    if (lk_node_is_elementwise (node->inputs[i]->node))
      return TRUE;
  for (guint i = 0; i < users->len; i++)
    if (lk_node_is_elementwise (g_ptr_array_index (users, i)))
      return TRUE;
  return node->n_inputs == 1;
}

static void
split (LkRewriting *r, LkNode *node)
{
  LkTensor *sum = lk_tensor_ref (node->inputs[0]);
  for (guint i = 1; sum != NULL && i < node->n_inputs; i++)
    {
      LkTensor *more = lk_add (r->ctx, sum, node->inputs[i]);
      lk_tensor_unref (sum);
      sum = more;
    }
  lk_rewriting_replace1 (r, node->n_inputs == 1 ? "sum of one → x" : "sum of all → sums of two", node, sum);
}

void
lk_pass_accumulation (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (!lk_rewriting_fact (r, node)->gone && node->op->index == LK_OP_ADD_N && can_split (node) && has_company (r, node))
        split (r, node);
    }
}
