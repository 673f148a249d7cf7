/* SPDX-License-Identifier: MIT */
/* Putting nodes in the place of others. */
#include "engine/execute/plan.h"
#include "engine/graph/inlined.h"
#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

static void
add_id (GArray *ids, guint32 id)
{
  g_array_append_val (ids, id);
}

/* Nobody reads it and nothing asks that it run. */
static gboolean
is_unread (const LkRewriting *r, const LkNode *node)
{
  const LkFact *fact = lk_rewriting_fact (r, node);
  return !fact->gone && !fact->pinned && !lk_op_has_effect (node->op, node->attrs) && lk_rewriting_n_users (r, node) == 0;
}

/* What was read before may be a program's error, which stays one. Variables whose value nobody wants are read in no graph, and slopes
   that nobody wants are not the program's. */
static gboolean
is_useless (const LkRewriting *r, const LkNode *node)
{
  return is_unread (r, node)
         && (node->op->index == LK_OP_READ_VARIABLE || (node->flags & LK_NODE_BACKWARD) != 0 || lk_node_cannot_fail (r->ctx, node));
}

/* Takes node away, and what it alone had need of. */
static void
drop (LkRewriting *r, LkNode *node, LkRewrite *record)
{
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  g_ptr_array_add (stack, node);
  while (stack->len > 0)
    {
      LkNode *next = g_ptr_array_remove_index_fast (stack, stack->len - 1);
      LkFact *fact = lk_rewriting_fact (r, next);
      if (fact->gone)
        continue;
      fact->gone = TRUE;
      add_id (record->before, next->id);
      for (guint i = 0; i < next->n_inputs; i++)
        {
          LkNode *maker = next->inputs[i]->node;
          g_ptr_array_remove_fast (lk_rewriting_fact (r, maker)->users, next);
          if (is_useless (r, maker))
            g_ptr_array_add (stack, maker);
        }
    }
}

static void
point (LkRewriting *r, LkTensor *from, LkTensor *to, LkRewrite *record)
{
  LkFact *fact = lk_rewriting_fact (r, from->node), *target = lk_rewriting_fact (r, to->node);
  g_autoptr (GPtrArray) users = g_ptr_array_copy (fact->users, NULL, NULL);
  const guint64 moved[] = { from->id, to->id };
  g_assert (from->dtype == to->dtype && lk_shape_compatible (&from->shape, &to->shape));
  for (guint i = 0; i < users->len; i++)
    {
      LkNode *user = g_ptr_array_index (users, i);
      for (guint k = 0; k < user->n_inputs; k++)
        if (user->inputs[k] == from)
          {
            lk_tensor_unref (from);
            user->inputs[k] = lk_tensor_ref (to);
            g_ptr_array_remove_fast (fact->users, user);
            g_ptr_array_add (target->users, user);
          }
    }
  for (guint i = 0; i < r->n_outputs; i++)
    if (r->outputs[i] == from)
      {
        lk_tensor_unref (from);
        r->outputs[i] = lk_tensor_ref (to);
      }
  g_array_append_vals (record->moved, moved, 2);
}

void
lk_rewriting_add_control (LkRewriting *r, LkNode *node, LkNode *on)
{
  for (guint i = 0; i < node->n_controls; i++)
    if (node->controls[i] == on)
      return;
  g_clear_pointer (&r->order, g_ptr_array_unref);
  node->controls = g_renew (LkNode *, node->controls, node->n_controls + 1);
  node->controls[node->n_controls++] = on;
  g_ptr_array_add (lk_rewriting_fact (r, on)->waiters, node);
}

static void
remove_control (LkNode *node, const LkNode *on)
{
  for (guint i = 0; i < node->n_controls; i++)
    if (node->controls[i] == on)
      {
        node->controls[i] = node->controls[--node->n_controls];
        return;
      }
}

void
lk_rewriting_take_order (LkRewriting *r, const LkNode *node, LkNode *const *made, guint n)
{
  lk_rewriting_note_nodes (r);
  for (guint i = 0; i < n; i++)
    {
      const GPtrArray *waiters = lk_rewriting_fact (r, node)->waiters;
      for (guint k = 0; k < node->n_controls; k++)
        lk_rewriting_add_control (r, made[i], node->controls[k]);
      for (guint k = 0; k < waiters->len; k++)
        lk_rewriting_add_control (r, g_ptr_array_index (waiters, k), made[i]);
    }
}

/* Whoever waited for a node that is gone waits for what that waited for. */
static void
pass_controls (LkRewriting *r, LkNode *node)
{
  const GPtrArray *waiters = lk_rewriting_fact (r, node)->waiters;
  for (guint i = 0; i < waiters->len; i++)
    {
      LkNode *waiter = g_ptr_array_index (waiters, i);
      remove_control (waiter, node);
      for (guint k = 0; k < node->n_controls; k++)
        if (!lk_rewriting_fact (r, node->controls[k])->gone)
          lk_rewriting_add_control (r, waiter, node->controls[k]);
    }
}

/* A node that was made in vain: it never was. */
static void
forget (LkRewriting *r, LkNode *node)
{
  g_clear_pointer (&r->order, g_ptr_array_unref);
  lk_rewriting_fact (r, node)->gone = TRUE;
  for (guint i = 0; i < node->n_inputs; i++)
    g_ptr_array_remove_fast (lk_rewriting_fact (r, node->inputs[i]->node)->users, node);
}

/* What is made in place of nodes is in the inlined call that all of them are in, and there where the first of them is, or the call
   that this one is in. */
static LkInlined *
inlined_of (const LkRewriting *r, LkNode *const *nodes, guint n, guint32 *place)
{
  LkInlined *common = nodes[0]->inlined;
  for (guint i = 1; i < n; i++)
    common = lk_inlined_common (common, nodes[i]->inlined);
  const LkInlined *inner = lk_inlined_at (nodes[0]->inlined, common != NULL ? common->depth + 1 : 1);
  *place = inner != NULL && inner != common ? inner->place : lk_rewriting_fact (r, nodes[0])->place;
  return common;
}

/* What was made is of the place where the replaced nodes were, and stands for them. */
static void
settle_made (LkRewriting *r, LkNode *const *nodes, guint n, LkRewrite *record)
{
  const LkNode *node = nodes[0];
  guint32 place;
  LkInlined *inlined = inlined_of (r, nodes, n, &place);
  g_autoptr (GArray) origins = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < record->before->len; i++)
    {
      const GArray *own = lk_rewriting_fact (r, lk_graph_node (r->graph, g_array_index (record->before, guint32, i)))->origins;
      g_array_append_vals (origins, own->data, own->len);
    }
  for (guint i = r->facts->len; i-- > r->made;)
    if ((r->keeps_places ? is_useless : is_unread) (r, lk_graph_node (r->graph, i)))
      {
        forget (r, lk_graph_node (r->graph, i));
        pass_controls (r, lk_graph_node (r->graph, i));
      }
  for (guint i = r->made; i < r->facts->len; i++)
    {
      LkNode *made = lk_graph_node (r->graph, i);
      if (lk_rewriting_fact (r, made)->gone)
        continue;
      add_id (record->after, i);
      if (!r->keeps_places)
        {
          made->stack = node->stack;
          made->flags = node->flags & LK_NODE_BACKWARD;
          made->inlined = lk_inlined_ref (inlined);
        }
      if (made->inlined == inlined)
        lk_rewriting_fact (r, made)->place = place;
      lk_origins_add (lk_rewriting_fact (r, made)->origins, origins);
    }
}

static void
add_controls_of (LkRewriting *r, LkNode *made, const LkNode *node)
{
  for (guint i = 0; i < node->n_controls; i++)
    if (node->controls[i] != made && !lk_rewriting_fact (r, node->controls[i])->gone)
      lk_rewriting_add_control (r, made, node->controls[i]);
}

/* Marks of what is replaced go over to what takes its place; what is new waits for what the other waited for. */
static void
take_marks (LkRewriting *r, const LkNode *node, LkNode *by)
{
  by->flags |= node->flags & (LK_NODE_LOSS | LK_NODE_STEP);
  by->loss = node->loss != NULL ? node->loss : by->loss;
  lk_origins_add (lk_rewriting_fact (r, by)->origins, lk_rewriting_fact (r, node)->origins);
  if (by->id >= r->made)
    add_controls_of (r, by, node);
}

void
lk_rewriting_replace_group (LkRewriting *r, const char *rule, LkNode *const *nodes, guint n, LkTensor *const *from,
                            LkTensor *const *by, guint n_moved)
{
  LkRewrite record = { r->pass, rule, g_array_new (FALSE, FALSE, sizeof (guint32)), g_array_new (FALSE, FALSE, sizeof (guint32)),
                       g_array_new (FALSE, FALSE, sizeof (guint64)) };
  lk_rewriting_tell_copies (r);
  lk_rewriting_note_nodes (r);
  const char *name = lk_rewriting_name (r, nodes[0]);
  for (guint i = 0; i < n_moved; i++)
    {
      point (r, from[i], by[i], &record);
      take_marks (r, from[i]->node, by[i]->node);
    }
  if (n_moved > 0 && by[0]->node->id >= r->made && !r->keeps_places)
    {
      for (guint i = 0; i < n; i++)
        add_controls_of (r, by[0]->node, nodes[i]);
      lk_rewriting_fact (r, by[0]->node)->name = name;
    }
  for (guint i = 0; i < n; i++)
    {
      g_assert (lk_rewriting_n_users (r, nodes[i]) == 0);
      drop (r, nodes[i], &record);
    }
  for (guint i = 0; i < record.before->len; i++)
    pass_controls (r, lk_graph_node (r->graph, g_array_index (record.before, guint32, i)));
  settle_made (r, nodes, n, &record);
  r->made = r->facts->len;
  g_array_append_val (r->log, record);
  g_clear_pointer (&r->order, g_ptr_array_unref);
  lk_rewriting_tell (r, &record);
}

void
lk_rewriting_replace (LkRewriting *r, const char *rule, LkNode *node, LkTensor *const *by)
{
  g_autofree LkTensor **from = g_new (LkTensor *, node->n_outputs + 1), **to = g_new (LkTensor *, node->n_outputs + 1);
  guint n = 0;
  for (guint i = 0; i < node->n_outputs; i++)
    if (by[i] != NULL)
      {
        from[n] = node->outputs[i];
        to[n++] = by[i];
      }
  lk_rewriting_replace_group (r, rule, &node, 1, from, to, n);
}

gboolean
lk_rewriting_replace1 (LkRewriting *r, const char *rule, LkNode *node, LkTensor *by)
{
  if (by == NULL)
    {
      g_autoptr (GError) error = lk_context_take_error (r->ctx);
      lk_rewriting_note_nodes (r);
      for (guint i = r->facts->len; i-- > r->made;)
        forget (r, lk_graph_node (r->graph, i));
      r->made = r->facts->len;
      return FALSE;
    }
  lk_rewriting_replace (r, rule, node, &by);
  lk_tensor_unref (by);
  return TRUE;
}
