/* SPDX-License-Identifier: MIT */
#include "ui/nodes.h"
#include <string.h>
#include "ui/callees.h"

const char *
ui_nodes_shape (const LkTensorEvent *tensor, char buffer[96])
{
  char *out = buffer, *end = buffer + 96;
  *out = 0;
  if (tensor->dtype == LK_RESOURCE || tensor->dtype == LK_VARIANT || tensor->rank > LK_MAX_RANK)
    return buffer;
  if (tensor->rank == 0)
    g_strlcpy (buffer, "scalar", 96);
  for (guint i = 0; i < tensor->rank && end - out > 24; i++)
    {
      out += g_snprintf (out, (gulong) (end - out), i ? "×" : "");
      out += g_snprintf (out, (gulong) (end - out), tensor->dims[i] < 0 ? "?" : "%" G_GINT64_FORMAT,
                         tensor->dims[i]);
    }
  return buffer;
}

/* ---- the graph ---- */

typedef struct
{
  guint node, output;
} Maker;

/* Which node makes each symbolic tensor. */
static GHashTable *
list_makers (const LkGraphView *view, Maker **makers)
{
  GHashTable *table = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint n = 0, at = 0;
  for (guint i = 0; i < view->n_nodes; i++)
    n += view->nodes[i]->n_outputs;
  *makers = g_new (Maker, MAX (n, 1));
  for (guint i = 0; i < view->n_nodes; i++)
    for (guint k = 0; k < view->nodes[i]->n_outputs; k++, at++)
      {
        (*makers)[at] = (Maker) { i, k };
        g_hash_table_insert (table, (gpointer) &view->nodes[i]->outputs[k].id, &(*makers)[at]);
      }
  return table;
}

static void
add_edges (const LkGraphView *view, guint index, GHashTable *table, GStringChunk *strings, GArray *edges)
{
  const LkGraphNode *node = view->nodes[index];
  char buffer[96];
  for (guint k = 0; k < node->n_inputs; k++)
    {
      const Maker *maker = g_hash_table_lookup (table, &node->inputs[k]);
      if (!maker)
        continue;
      const char *shape = ui_nodes_shape (&view->nodes[maker->node]->outputs[maker->output], buffer);
      UiGraphEdge edge = { maker->node, index, UI_LAYOUT_DATA, g_string_chunk_insert_const (strings, shape) };
      g_array_append_val (edges, edge);
    }
  for (guint k = 0; k < node->n_controls; k++)
    {
      UiGraphEdge edge = { node->controls[k], index, UI_LAYOUT_CONTROL, NULL };
      if (edge.src < view->n_nodes)
        g_array_append_val (edges, edge);
    }
}

static guint8
flags_of (const LkGraphNode *node)
{
  return (node->flags & LK_FLAG_BACKWARD ? UI_NODE_BACKWARD : 0)
         | (node->flags & LK_FLAG_LOSS ? UI_NODE_LOSS : 0);
}

UiGraph *
ui_nodes_graph (LkStore *store, guint32 graph, double font, guint *n_nodes)
{
  LkGraphView view = { 0 };
  if (n_nodes)
    *n_nodes = 0;
  if (!lk_store_graph (store, graph, &view) || !view.n_nodes)
    return NULL;
  Maker *makers;
  GHashTable *table = list_makers (&view, &makers);
  GStringChunk *strings = g_string_chunk_new (1024);
  UiGraphNode *nodes = g_new0 (UiGraphNode, view.n_nodes);
  GArray *edges = g_array_new (FALSE, FALSE, sizeof (UiGraphEdge));
  for (guint i = 0; i < view.n_nodes; i++)
    {
      const LkGraphNode *node = view.nodes[i];
      nodes[i] = (UiGraphNode) { lk_store_string (store, node->name), lk_store_string (store, node->op),
                                flags_of (node) };
      add_edges (&view, i, table, strings, edges);
    }
  UiGraph *result = ui_graph_new (nodes, view.n_nodes, (UiGraphEdge *) edges->data, edges->len, font);
  if (n_nodes)
    *n_nodes = view.n_nodes;
  g_array_unref (edges);
  g_free (nodes);
  g_string_chunk_free (strings);
  g_hash_table_unref (table);
  g_free (makers);
  return result;
}

/* ---- in words ---- */

char *
ui_nodes_describe (LkStore *store, const LkGraphNode *node)
{
  GString *out = g_string_new (lk_store_string (store, node->op));
  LkPlace place;
  for (guint i = 0; i < node->n_outputs && i < 3; i++)
    {
      const LkTensorEvent *tensor = &node->outputs[i];
      LkShape shape = { .rank = tensor->rank };
      memcpy (shape.dims, tensor->dims, sizeof shape.dims);
      g_autofree char *text = lk_shape_python (&shape);
      g_string_append_printf (out, "%s%s %s", i ? ", " : " · ", lk_dtype_name (tensor->dtype), text);
    }
  if (lk_store_place (store, node->stack, &place))
    {
      g_autofree char *file = g_path_get_basename (place.file);
      g_string_append_printf (out, " · %s:%u", file, place.line);
    }
  return g_string_free (out, FALSE);
}

/* A function that was rewritten has two graphs. */
static const char *
title_stage (LkStore *store, guint32 graph)
{
  LkRewritingView rewriting;
  if (lk_store_rewriting_of (store, graph) >= 0)
    return " · as it runs";
  for (guint i = 0; lk_store_rewriting (store, i, &rewriting); i++)
    if (rewriting.traced == graph)
      return " · as traced";
  return "";
}

char *
ui_nodes_graph_title (LkStore *store, guint32 graph)
{
  LkGraphView view;
  if (!lk_store_graph (store, graph, &view))
    return g_strdup ("");
  /* TensorFlow's prefix of all traces says nothing. */
  const char *name = view.name && *view.name ? view.name : "graph", *prefix = "__inference_";
  name += g_str_has_prefix (name, prefix) ? strlen (prefix) : 0;
  return g_strdup_printf ("%s · %u %s%s%s", name, view.n_nodes,
                          view.n_nodes == 1 ? "node" : "nodes", view.finished ? "" : " …", title_stage (store, graph));
}

guint32
ui_nodes_default_graph (LkStore *store)
{
  guint32 best = 0;
  guint most = 0;
  for (guint i = 0; i < lk_store_n_graphs (store); i++)
    {
      LkGraphView view;
      if (lk_store_graph (store, lk_store_graph_at (store, i), &view) && view.n_nodes >= most)
        most = view.n_nodes, best = view.id;
    }
  return ui_callees_run_as (store, best);
}

/* ---- what ran ---- */

/* The call of the newest event before `at` that ran a node of the graph: where it began. */
static gboolean
running_call (LkStore *store, const LkGraphView *view, guint64 at, guint64 *begin)
{
  gint64 newest = -1;
  LkRow row;
  LkCallView call;
  for (guint i = 0; i < view->n_nodes; i++)
    newest = MAX (newest, lk_store_node_run (store, view->id, i, at));
  if (newest < 0 || !lk_store_row (store, (guint64) newest, &row))
    return FALSE;
  *begin = lk_store_call (store, row.call, &call) ? call.begin : 0;
  return row.call == 0 || call.end >= at;
}

void
ui_nodes_mark_ran (LkStore *store, guint32 graph, guint64 at, guint8 *of_node, guint n)
{
  LkGraphView view;
  guint64 begin = 0;
  gboolean known = lk_store_graph (store, graph, &view) && running_call (store, &view, at, &begin);
  for (guint i = 0; i < n; i++)
    {
      gint64 run = known && i < view.n_nodes ? lk_store_node_run (store, graph, i, at) : -1;
      of_node[i] &= (guint8) ~UI_MARK_RAN;
      if (run >= 0 && (guint64) run >= begin)
        of_node[i] |= UI_MARK_RAN;
    }
}
