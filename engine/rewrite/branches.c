/* SPDX-License-Identifier: MIT */
/* An If whose condition is known, or a Case whose index is, is a call of the branch that is taken. */
#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/graph/control_flow.h"
#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

static void
take_branch (LkRewriting *r, LkNode *node, guint taken, const char *rule)
{
  g_autofree LkTensor **by = g_new0 (LkTensor *, node->n_outputs + 1);
  LkFunction *branch = lk_op_function (node->op, node->attrs, taken);
  if (!lk_partitioned_call (r->ctx, node->inputs + 1, node->n_inputs - 1, branch, by))
    {
      lk_rewriting_replace1 (r, "", node, NULL);
      return;
    }
  LkNode *made = lk_graph_node (r->graph, lk_graph_n_nodes (r->graph) - 1);
  lk_rewriting_take_order (r, node, &made, 1);
  lk_rewriting_replace (r, rule, node, by);
  for (guint i = 0; i < node->n_outputs; i++)
    lk_tensor_unref (by[i]);
}

static void
try_node (LkRewriting *r, LkNode *node)
{
  const LkTensor *known = lk_node_constant (node->inputs[0]);
  if (known == NULL || known->size != 1 || node->n_outputs != lk_op_function (node->op, node->attrs, 0)->n_outputs)
    return;
  if (node->op->index == LK_OP_CASE_OF)
    take_branch (r, node, lk_case_taken (known, node->attrs[0].funcs->n), "case of a known index → its branch");
  else if (known->dtype == LK_BOOL && *(const guint8 *) known->data)
    take_branch (r, node, 0, "if true → then");
  else if (known->dtype == LK_BOOL)
    take_branch (r, node, 1, "if false → else");
}

void
lk_pass_branches (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (!lk_rewriting_fact (r, node)->gone && lk_op_branches (node->op))
        try_node (r, node);
    }
}
