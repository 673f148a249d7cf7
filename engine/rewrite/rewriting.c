/* SPDX-License-Identifier: MIT */
#include "engine/rewrite/rewriting.h"

#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"
#include "engine/rewrite/copy.h"

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

void
lk_rewriting_note_nodes (LkRewriting *r)
{
  if (r->facts->len < r->graph->nodes->len)
    g_clear_pointer (&r->order, g_ptr_array_unref);
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

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  const guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
  return (x > y) - (x < y);
}

void
lk_origins_add (GArray *origins, const GArray *more)
{
  guint n = 0;
  /* Mostly what is later joins what is earlier, and a constant that all read is joined thousands of times. */
  const gboolean later = more->len == 1 && origins->len > 0
                         && g_array_index (more, guint32, 0) > g_array_index (origins, guint32, origins->len - 1);
  g_array_append_vals (origins, more->data, more->len);
  if (later)
    return;
  g_array_sort (origins, compare_ids);
  guint32 *ids = (guint32 *) origins->data;
  for (guint i = 0; i < origins->len; i++)
    if (n == 0 || ids[n - 1] != ids[i])
      ids[n++] = ids[i];
  g_array_set_size (origins, n);
}

/* ---- life ---- */

LkRewriting *
lk_rewriting_new_empty (LkContext *ctx, const LkGraph *traced, const char *name)
{
  LkRewriting *r = g_new0 (LkRewriting, 1);
  r->ctx = ctx;
  r->outer_node = ctx->node;
  ctx->node = NULL;
  r->traced = traced;
  r->graph = lk_graph_new (name);
  r->graph->quiet = TRUE;
  r->facts = g_array_new (FALSE, FALSE, sizeof (LkFact));
  g_array_set_clear_func (r->facts, fact_clear);
  r->log = g_array_new (FALSE, FALSE, sizeof (LkRewrite));
  g_array_set_clear_func (r->log, rewrite_clear);
  lk_context_enter (ctx, r->graph);
  return r;
}

LkRewriting *
lk_rewriting_new (LkContext *ctx, const LkFunction *function)
{
  LkRewriting *r = lk_rewriting_new_empty (ctx, function->graph, function->name);
  g_autoptr (GPtrArray) nodes = lk_function_needed_nodes (function);
  r->n_inputs = function->n_all;
  r->n_outputs = function->n_outputs;
  g_autofree LkNode **copies = lk_nodes_copy (ctx, r->graph, nodes, function->graph->nodes->len, NULL);
  r->inputs = lk_copies_of (function->inputs, r->n_inputs, copies);
  r->outputs = lk_copies_of (function->outputs, r->n_outputs, copies);
  lk_rewriting_note_nodes (r);
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      g_array_append_val (lk_rewriting_fact (r, copies[node->id])->origins, node->id);
      lk_rewriting_fact (r, copies[node->id])->place = node->id;
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
  r->ctx->node = r->outer_node;
  for (guint i = 0; i < r->n_inputs; i++)
    lk_tensor_unref (r->inputs[i]);
  for (guint i = 0; i < r->n_outputs; i++)
    lk_tensor_unref (r->outputs[i]);
  g_free (r->inputs);
  g_free (r->outputs);
  g_array_unref (r->facts);
  g_array_unref (r->log);
  g_clear_pointer (&r->order, g_ptr_array_unref);
  lk_graph_unref (r->graph);
  g_free (r);
}

LkGraph *
lk_rewriting_finish (LkRewriting *r, LkTensor ***inputs, LkTensor ***outputs)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  LkGraph *graph = lk_graph_new (r->graph->name);
  graph->quiet = TRUE;
  lk_context_enter (r->ctx, graph);
  g_autofree LkNode **copies = lk_nodes_copy (r->ctx, graph, order, r->facts->len, r);
  lk_context_leave (r->ctx);
  *inputs = lk_copies_of (r->inputs, r->n_inputs, copies);
  *outputs = lk_copies_of (r->outputs, r->n_outputs, copies);
  lk_rewriting_tell_final (r, graph, order);
  return graph;
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

const char *
lk_rewriting_name (const LkRewriting *r, const LkNode *node)
{
  const LkFact *fact = lk_rewriting_fact (r, node);
  return fact->name != NULL ? fact->name : node->name;
}

guint
lk_rewriting_n_users (const LkRewriting *r, const LkNode *node)
{
  guint n = lk_rewriting_fact (r, node)->users->len;
  for (guint i = 0; i < r->n_outputs; i++)
    n += r->outputs[i]->node == node;
  return n;
}
