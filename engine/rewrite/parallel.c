/* SPDX-License-Identifier: MIT */
/* Parallel branches: products that follow one another, do not need one another, and are each too small to be shared
   between threads, but large enough to be worth one. They are marked, and run at once; see execute/beside.h. Convolutions are shared
   from much smaller ones on. */
#include "engine/execute/beside.h"
#include "engine/execute/program.h"
#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"
#include "engine/rewrite/copy.h"

/* Multiplications: some 20 µs, and what a product is shared from on by itself. */
#define LEAST 1000000.0
#define MOST 6000000.0
#define TOGETHER 3      /* of two, one mostly is done before another thread has come */

/* Multiplications of a product; 0 of all else, and where that is not known. */
static double
multiplications (const LkNode *node)
{
  const LkShape *out = &node->outputs[0]->shape, *b = node->n_inputs > 1 ? &node->inputs[1]->shape : NULL;
  if (node->op->index != LK_OP_MAT_MUL || !lk_shape_known (out) || !lk_shape_known (b) || b->rank < 2)
    return 0;
  return (double) lk_shape_size (out) * b->dims[node->attrs[1].b ? 1 : 0];
}

static const LkNode *
head_of (const LkNode *node)
{
  const LkGraph *body = lk_op_is_fused (node->op) ? node->attrs[0].func->graph : NULL;
  for (guint i = 0; body != NULL && i < lk_graph_n_nodes (body); i++)
    if (lk_op_is_head (lk_graph_node (body, i)->op))
      return lk_graph_node (body, i);
  return node;
}

static gboolean
is_worth_a_thread (const LkRewriting *r, const LkNode *node)
{
  if (lk_rewriting_fact (r, node)->gone || node->n_outputs == 0 || (node->flags & LK_NODE_BESIDE) != 0)
    return FALSE;
  const double work = multiplications (head_of (node));
  return work >= LEAST && work < MOST;
}

static gboolean
reads_any (const LkNode *node, GPtrArray *nodes)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (g_ptr_array_find (nodes, node->inputs[i]->node, NULL))
      return TRUE;
  return FALSE;
}

/* Those from `at` on that can run at once. (transfer full) */
static GPtrArray *
find_group (const LkRewriting *r, const GPtrArray *order, guint at)
{
  GPtrArray *group = g_ptr_array_new ();
  for (guint i = at; i < order->len && i - at < LK_BESIDE_MOST; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (reads_any (node, group))
        break;
      if (is_worth_a_thread (r, node))
        g_ptr_array_add (group, node);
      else if (!lk_node_may_stand_between (node))
        break;
    }
  return group;
}

static void
mark (LkRewriting *r, LkNode *node)
{
  LkNode *made = lk_node_copy (r->ctx, r->graph, node, node->inputs, lk_rewriting_name (r, node));
  made->flags |= LK_NODE_BESIDE;
  lk_rewriting_note_nodes (r);
  lk_rewriting_fact (r, made)->name = lk_rewriting_name (r, node);
  r->keeps_places = TRUE;
  lk_rewriting_replace (r, "product → beside others", node, made->outputs);
  r->keeps_places = FALSE;
}

void
lk_pass_parallel (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      if (!is_worth_a_thread (r, g_ptr_array_index (order, i)))
        continue;
      g_autoptr (GPtrArray) group = find_group (r, order, i);
      for (guint k = 0; group->len >= TOGETHER && k < group->len; k++)
        mark (r, g_ptr_array_index (group, k));
    }
}
