/* SPDX-License-Identifier: MIT */
#include "ui/callees.h"
#include <string.h>

#define DEPTH 16                /* calls in calls */

guint32
ui_callees_run_as (LkStore *store, guint32 graph)
{
  LkRewritingView rewriting;
  guint32 final = graph;
  for (guint i = 0; lk_store_rewriting (store, i, &rewriting); i++)
    if (rewriting.traced == graph && rewriting.final != 0)
      final = rewriting.final;
  return final;
}

/* ---- of one node ---- */

/* The value in "key=value, key=value". (transfer full) (nullable) */
static char *
value_of (const char *attrs, const char *key)
{
  gsize length = strlen (key);
  for (const char *at = attrs; (at = strstr (at, key)); at += length)
    if ((at == attrs || at[-1] == ' ') && at[length] == '=')
      return g_strndup (at + length + 1, strcspn (at + length + 1, ", "));
  return NULL;
}

/* Functions of the same name are told apart by when they were traced: right before the node that runs them was made. */
static GArray *
callees_before (LkStore *store, const LkGraphNode *node, guint64 before)
{
  GArray *callees = g_array_new (FALSE, FALSE, sizeof (UiCallee));
  const LkOp *op = lk_op_find (lk_store_string (store, node->op));
  for (guint i = 0; op && i < op->n_attrs; i++)
    {
      g_autofree char *name = op->attrs[i].kind == LK_ATTR_FUNC
                                  ? value_of (lk_store_string (store, node->attrs), op->attrs[i].name) : NULL;
      UiCallee callee = { op->attrs[i].name, name ? lk_store_find_graph (store, name, before) : 0 };
      if (callee.graph)
        g_array_append_val (callees, callee);
    }
  return callees;
}

/* ---- whence it came ---- */

static const LkGraphNode *
find_node (LkStore *store, guint32 graph, const char *name)
{
  LkGraphView view;
  for (guint i = 0; lk_store_graph (store, graph, &view) && i < view.n_nodes; i++)
    if (strcmp (lk_store_string (store, view.nodes[i]->name), name) == 0)
      return view.nodes[i];
  return NULL;
}

/* The node that was traced and is now known by a name: its own, or if its call was inlined, "call/name". */
static const LkGraphNode *
find_traced (LkStore *store, guint32 graph, const char *name, guint depth)
{
  const LkGraphNode *found = find_node (store, graph, name);
  for (const char *slash = strchr (name, '/'); slash && !found && depth < DEPTH; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *call = g_strndup (name, (gsize) (slash - name));
      const LkGraphNode *caller = find_node (store, graph, call);
      g_autoptr (GArray) callees = caller ? callees_before (store, caller, caller->event) : NULL;
      for (guint i = 0; callees && i < callees->len && !found; i++)
        found = find_traced (store, g_array_index (callees, UiCallee, i).graph, slash + 1, depth + 1);
    }
  return found;
}

GArray *
ui_callees_of (LkStore *store, guint32 graph, const LkGraphNode *node)
{
  gint i = lk_store_rewriting_of (store, graph);
  LkRewritingView rewriting;
  const LkGraphNode *whence = NULL;
  const char *name = lk_store_string (store, node->name);
  if (i >= 0 && lk_store_rewriting (store, (guint) i, &rewriting))
    {
      whence = find_traced (store, rewriting.traced, name, 0);
      if (!whence || whence->op != node->op)
        whence = find_node (store, rewriting.working, name);
    }
  return callees_before (store, node, whence && whence->op == node->op ? whence->event : node->event);
}
