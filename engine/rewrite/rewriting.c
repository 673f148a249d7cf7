/* SPDX-License-Identifier: MIT */
#include "engine/rewrite/rewriting.h"

#include "engine/eager/dispatch.h"
#include "engine/execute/plan.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"

/* ---- facts ---- */

static void
fact_clear (gpointer data)
{
  LkFact *fact = data;
  g_clear_pointer (&fact->users, g_ptr_array_unref);
  g_clear_pointer (&fact->waiters, g_ptr_array_unref);
  g_clear_pointer (&fact->origins, g_array_unref);
}

static void
rewrite_clear (gpointer data)
{
  LkRewrite *rewrite = data;
  g_array_unref (rewrite->before);
  g_array_unref (rewrite->after);
  g_array_unref (rewrite->moved);
}

/* Facts of the nodes that were made since. */
static void
note_nodes (LkRewriting *r)
{
  while (r->facts->len < r->graph->nodes->len)
    {
      LkNode *node = lk_graph_node (r->graph, r->facts->len);
      const LkFact fact = { .users = g_ptr_array_new (), .waiters = g_ptr_array_new (),
                            .origins = g_array_new (FALSE, FALSE, sizeof (guint32)) };
      g_array_append_val (r->facts, fact);
      for (guint i = 0; i < node->n_inputs; i++)
        g_ptr_array_add (lk_rewriting_fact (r, node->inputs[i]->node)->users, node);
      for (guint i = 0; i < node->n_controls; i++)
        g_ptr_array_add (lk_rewriting_fact (r, node->controls[i])->waiters, node);
    }
}

static void
add_origin (GArray *origins, guint32 id)
{
  guint at = 0;
  while (at < origins->len && g_array_index (origins, guint32, at) < id)
    at++;
  if (at == origins->len || g_array_index (origins, guint32, at) != id)
    g_array_insert_val (origins, at, id);
}

static void
add_origins (GArray *origins, const GArray *more)
{
  for (guint i = 0; i < more->len; i++)
    add_origin (origins, g_array_index (more, guint32, i));
}

/* ---- copying ---- */

/* A copy of node in graph, reading inputs; its place, name and marks are the node's. (transfer none) */
static LkNode *
copy_node (LkContext *ctx, LkGraph *graph, const LkNode *node, LkTensor *const *inputs, const char *name)
{
  LkSignature *out = g_newa (LkSignature, node->n_outputs + 1);
  const LkCall call = { ctx, node->op, node->n_inputs, inputs, node->attrs, node->n_outputs, NULL };
  g_autofree char *exact = g_strconcat (name, "/", NULL);
  for (guint i = 0; i < node->n_outputs; i++)
    out[i] = (LkSignature) { node->outputs[i]->dtype, node->outputs[i]->shape };
  lk_graph_name_next (graph, exact);
  LkNode *copy = lk_graph_add (ctx, graph, &call, out);
  copy->flags = node->flags;
  copy->stack = node->stack;
  copy->loss = node->loss;
  return copy;
}

static void
copy_controls (LkNode *copy, const LkNode *node, LkNode *const *copies)
{
  g_free (copy->controls);
  copy->controls = g_new (LkNode *, node->n_controls);
  copy->n_controls = 0;
  for (guint i = 0; i < node->n_controls; i++)
    if (copies[node->controls[i]->id] != NULL)
      copy->controls[copy->n_controls++] = copies[node->controls[i]->id];
}

static LkTensor **
copies_of (LkTensor *const *tensors, guint n, LkNode *const *copies)
{
  LkTensor **result = g_new (LkTensor *, n);
  for (guint i = 0; i < n; i++)
    result[i] = lk_tensor_ref (copies[tensors[i]->node->id]->outputs[tensors[i]->output]);
  return result;
}

/* Copies nodes, which are in order, into graph. r (nullable): knows their names. (transfer full) by id of the old node, NULL for those left out */
static LkNode **
copy_nodes (LkContext *ctx, LkGraph *graph, const GPtrArray *nodes, guint n_ids, const LkRewriting *r)
{
  LkNode **copies = g_new0 (LkNode *, n_ids + 1);
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      LkTensor **inputs = copies_of (node->inputs, node->n_inputs, copies);
      const char *name = r != NULL ? lk_rewriting_fact (r, node)->name : NULL;
      copies[node->id] = copy_node (ctx, graph, node, inputs, name != NULL ? name : node->name);
      for (guint k = 0; k < node->n_inputs; k++)
        lk_tensor_unref (inputs[k]);
      g_free (inputs);
    }
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      copy_controls (copies[node->id], node, copies);
    }
  return copies;
}

/* What a function needs: its inputs, what its outputs depend on, and all effects. Others go, without a record, as they do
   from every plan. In order. */
static GPtrArray *
needed_nodes (const LkFunction *function)
{
  const LkGraph *graph = function->graph;
  g_autofree gboolean *needed = g_new0 (gboolean, graph->nodes->len + 1);
  GPtrArray *nodes = g_ptr_array_new ();
  for (guint i = 0; i < function->n_all; i++)
    needed[function->inputs[i]->node->id] = TRUE;
  for (guint i = 0; i < function->n_outputs; i++)
    needed[function->outputs[i]->node->id] = TRUE;
  for (guint i = graph->nodes->len; i-- > 0;)
    {
      const LkNode *node = lk_graph_node (graph, i);
      needed[i] |= lk_op_has_effect (node->op, node->attrs);
      for (guint k = 0; needed[i] && k < node->n_inputs; k++)
        needed[node->inputs[k]->node->id] = TRUE;
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    if (needed[i])
      g_ptr_array_add (nodes, lk_graph_node (graph, i));
  return nodes;
}

LkRewriting *
lk_rewriting_new (LkContext *ctx, const LkFunction *function)
{
  LkRewriting *r = g_new0 (LkRewriting, 1);
  g_autoptr (GPtrArray) nodes = needed_nodes (function);
  r->ctx = ctx;
  r->traced = function->graph;
  r->graph = lk_graph_new (function->name);
  r->graph->quiet = TRUE;
  r->n_inputs = function->n_all;
  r->n_outputs = function->n_outputs;
  r->facts = g_array_new (FALSE, FALSE, sizeof (LkFact));
  g_array_set_clear_func (r->facts, fact_clear);
  r->log = g_array_new (FALSE, FALSE, sizeof (LkRewrite));
  g_array_set_clear_func (r->log, rewrite_clear);
  lk_context_enter (ctx, r->graph);
  g_autofree LkNode **copies = copy_nodes (ctx, r->graph, nodes, function->graph->nodes->len, NULL);
  r->inputs = copies_of (function->inputs, r->n_inputs, copies);
  r->outputs = copies_of (function->outputs, r->n_outputs, copies);
  note_nodes (r);
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      add_origin (lk_rewriting_fact (r, copies[node->id])->origins, node->id);
    }
  for (guint i = 0; i < r->n_inputs; i++)
    lk_rewriting_fact (r, r->inputs[i]->node)->pinned = TRUE;
  r->made = r->graph->nodes->len;
  return r;
}

void
lk_rewriting_free (LkRewriting *r)
{
  if (r == NULL)
    return;
  lk_context_leave (r->ctx);
  for (guint i = 0; i < r->n_inputs; i++)
    lk_tensor_unref (r->inputs[i]);
  for (guint i = 0; i < r->n_outputs; i++)
    lk_tensor_unref (r->outputs[i]);
  g_free (r->inputs);
  g_free (r->outputs);
  g_array_unref (r->facts);
  g_array_unref (r->log);
  lk_graph_unref (r->graph);
  g_free (r);
}

/* ---- order ---- */

/* Depth first, by a stack of its own: graphs are deep. state: 0 new, 1 begun, 2 done. */
static void
visit (const LkRewriting *r, LkNode *root, guint8 *state, GPtrArray *stack, GPtrArray *order)
{
  g_ptr_array_add (stack, root);
  while (stack->len > 0)
    {
      LkNode *node = g_ptr_array_index (stack, stack->len - 1);
      if (state[node->id] != 0)
        {
          g_ptr_array_set_size (stack, stack->len - 1);
          if (state[node->id] == 1)
            g_ptr_array_add (order, node);
          state[node->id] = 2;
          continue;
        }
      state[node->id] = 1;
      for (guint i = node->n_controls; i-- > 0;)
        if (state[node->controls[i]->id] == 0)
          g_ptr_array_add (stack, node->controls[i]);
      for (guint i = node->n_inputs; i-- > 0;)
        if (state[node->inputs[i]->node->id] == 0)
          g_ptr_array_add (stack, node->inputs[i]->node);
    }
}

/* The program's order, as far as there is a choice: who steps through it sees line after line. */
static gint
compare_places (gconstpointer first, gconstpointer second, gpointer data)
{
  const LkNode *a = *(LkNode *const *) first, *b = *(LkNode *const *) second;
  const GArray *from = lk_rewriting_fact (data, a)->origins, *other = lk_rewriting_fact (data, b)->origins;
  const guint32 x = from->len > 0 ? g_array_index (from, guint32, 0) : G_MAXUINT32;
  const guint32 y = other->len > 0 ? g_array_index (other, guint32, 0) : G_MAXUINT32;
  return x != y ? (x < y ? -1 : 1) : (a->id > b->id) - (a->id < b->id);
}

GPtrArray *
lk_rewriting_order (const LkRewriting *r)
{
  g_autofree guint8 *state = g_new0 (guint8, r->facts->len + 1);
  g_autoptr (GPtrArray) stack = g_ptr_array_new (), roots = g_ptr_array_new ();
  GPtrArray *order = g_ptr_array_new ();
  for (guint i = 0; i < r->facts->len; i++)
    if (!g_array_index (r->facts, LkFact, i).gone)
      g_ptr_array_add (roots, lk_graph_node (r->graph, i));
  g_ptr_array_sort_with_data (roots, compare_places, (gpointer) r);
  for (guint i = 0; i < roots->len; i++)
    if (state[((LkNode *) g_ptr_array_index (roots, i))->id] == 0)
      visit (r, g_ptr_array_index (roots, i), state, stack, order);
  return order;
}

/* ---- reading ---- */

gboolean
lk_node_is_pure (const LkNode *node)
{
  return !lk_op_calls (node->op) && !(node->op->flags & LK_OP_STATEFUL) && node->op->index != LK_OP_PLACEHOLDER_NODE;
}

LkTensor *
lk_node_constant (const LkTensor *tensor)
{
  return tensor->node->op->index == LK_OP_CONST ? tensor->node->attrs[0].tensor : NULL;
}

guint
lk_rewriting_n_users (const LkRewriting *r, const LkNode *node)
{
  guint n = lk_rewriting_fact (r, node)->users->len;
  for (guint i = 0; i < r->n_outputs; i++)
    n += r->outputs[i]->node == node;
  return n;
}

/* ---- replacing ---- */

static void
add_id (GArray *ids, guint32 id)
{
  g_array_append_val (ids, id);
}

/* Nobody reads it and nothing asks that it run. */
static gboolean
is_useless (const LkRewriting *r, const LkNode *node)
{
  const LkFact *fact = lk_rewriting_fact (r, node);
  return !fact->gone && !fact->pinned && !lk_op_has_effect (node->op, node->attrs) && lk_rewriting_n_users (r, node) == 0;
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

static void
add_control (LkRewriting *r, LkNode *node, LkNode *on)
{
  for (guint i = 0; i < node->n_controls; i++)
    if (node->controls[i] == on)
      return;
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
          add_control (r, waiter, node->controls[k]);
    }
}

/* A node that was made in vain: it never was. */
static void
forget (LkRewriting *r, LkNode *node)
{
  lk_rewriting_fact (r, node)->gone = TRUE;
  for (guint i = 0; i < node->n_inputs; i++)
    g_ptr_array_remove_fast (lk_rewriting_fact (r, node->inputs[i]->node)->users, node);
}

/* What was made is of the place where the replaced node was, and stands for it. */
static void
settle_made (LkRewriting *r, const LkNode *node, LkRewrite *record)
{
  g_autoptr (GArray) origins = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < record->before->len; i++)
    add_origins (origins, lk_rewriting_fact (r, lk_graph_node (r->graph, g_array_index (record->before, guint32, i)))->origins);
  for (guint i = r->facts->len; i-- > r->made;)
    if (is_useless (r, lk_graph_node (r->graph, i)))
      forget (r, lk_graph_node (r->graph, i));
  for (guint i = r->made; i < r->facts->len; i++)
    {
      LkNode *made = lk_graph_node (r->graph, i);
      if (lk_rewriting_fact (r, made)->gone)
        continue;
      add_id (record->after, i);
      made->stack = node->stack;
      made->flags = node->flags & LK_NODE_BACKWARD;
      add_origins (lk_rewriting_fact (r, made)->origins, origins);
    }
}

void
lk_rewriting_replace (LkRewriting *r, const char *rule, LkNode *node, LkTensor *const *by)
{
  LkRewrite record = { r->pass, rule, g_array_new (FALSE, FALSE, sizeof (guint32)), g_array_new (FALSE, FALSE, sizeof (guint32)),
                       g_array_new (FALSE, FALSE, sizeof (guint64)) };
  lk_rewriting_tell_copies (r);
  note_nodes (r);
  const char *name = lk_rewriting_fact (r, node)->name != NULL ? lk_rewriting_fact (r, node)->name : node->name;
  for (guint i = 0; i < node->n_outputs; i++)
    if (by[i] != NULL)
      {
        point (r, node->outputs[i], by[i], &record);
        by[i]->node->flags |= node->flags & (LK_NODE_LOSS | LK_NODE_STEP);
        by[i]->node->loss = node->loss != NULL ? node->loss : by[i]->node->loss;
        add_origins (lk_rewriting_fact (r, by[i]->node)->origins, lk_rewriting_fact (r, node)->origins);
      }
  g_assert (lk_rewriting_n_users (r, node) == 0);
  if (node->n_outputs > 0 && by[0] != NULL && by[0]->node->id >= r->made)
    lk_rewriting_fact (r, by[0]->node)->name = name;
  drop (r, node, &record);
  for (guint i = 0; i < record.before->len; i++)
    pass_controls (r, lk_graph_node (r->graph, g_array_index (record.before, guint32, i)));
  settle_made (r, node, &record);
  r->made = r->facts->len;
  g_array_append_val (r->log, record);
  lk_rewriting_tell (r, &record);
}

gboolean
lk_rewriting_replace1 (LkRewriting *r, const char *rule, LkNode *node, LkTensor *by)
{
  if (by == NULL)
    {
      g_autoptr (GError) error = lk_context_take_error (r->ctx);
      note_nodes (r);
      for (guint i = r->facts->len; i-- > r->made;)
        forget (r, lk_graph_node (r->graph, i));
      r->made = r->facts->len;
      return FALSE;
    }
  lk_rewriting_replace (r, rule, node, &by);
  lk_tensor_unref (by);
  return TRUE;
}

/* ---- the end ---- */

LkGraph *
lk_rewriting_finish (LkRewriting *r, LkTensor ***inputs, LkTensor ***outputs)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  LkGraph *graph = lk_graph_new (r->graph->name);
  graph->quiet = TRUE;
  lk_context_enter (r->ctx, graph);
  g_autofree LkNode **copies = copy_nodes (r->ctx, graph, order, r->facts->len, r);
  lk_context_leave (r->ctx);
  *inputs = copies_of (r->inputs, r->n_inputs, copies);
  *outputs = copies_of (r->outputs, r->n_outputs, copies);
  lk_rewriting_tell_final (r, graph, order);
  return graph;
}
