/* SPDX-License-Identifier: MIT */
/* An If whose condition is known is a call of the branch that is taken. */
#include "engine/graph/call.h"
#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

static void
take_branch (LkRewriting *r, LkNode *node, gboolean taken)
{
  g_autofree LkTensor **by = g_new0 (LkTensor *, node->n_outputs + 1);
  LkFunction *branch = node->attrs[taken ? 0 : 1].func;
  if (!lk_partitioned_call (r->ctx, node->inputs + 1, node->n_inputs - 1, branch, by))
    {
      lk_rewriting_replace1 (r, "", node, NULL);
      return;
    }
  LkNode *made = lk_graph_node (r->graph, lk_graph_n_nodes (r->graph) - 1);
  lk_rewriting_take_order (r, node, &made, 1);
  lk_rewriting_replace (r, taken ? "if true → then" : "if false → else", node, by);
  for (guint i = 0; i < node->n_outputs; i++)
    lk_tensor_unref (by[i]);
}

void
lk_pass_branches (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (lk_rewriting_fact (r, node)->gone || node->op->index != LK_OP_IF_ELSE)
        continue;
      const LkTensor *condition = lk_node_constant (node->inputs[0]);
      if (condition != NULL && condition->dtype == LK_BOOL && node->n_outputs == node->attrs[0].func->n_outputs)
        take_branch (r, node, *(const guint8 *) condition->data);
    }
}
