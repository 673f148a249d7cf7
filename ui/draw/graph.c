/* SPDX-License-Identifier: MIT */
#include "ui/draw/graph.h"
#include <math.h>
#include <string.h>

struct _UiGraph
{
  gint refs;
  double font;
  UiLayout *layout;
  guint n_nodes, n_items;
  GStringChunk *strings;
  const char **ops;         /* of nodes */
  guint8 *families;         /* of nodes */
  guint8 *flags;            /* of items */
  const char **titles;      /* of items; NULL: the layout's label */
  guint n_edges;
  const char **labels;      /* of edges */
  guint8 *node_stages, *edge_stages;      /* UiStage, of items and edges; NULL: all is there */
};

/* ---- making ---- */

static const char *
leaf (const char *name)
{
  const char *slash = strrchr (name, '/');
  return slash ? slash + 1 : name;
}

/* "MatMul_1" says that it is a MatMul; "read" does not say that it is an Identity. */
static gboolean
says_op (const char *title, const char *op)
{
  gsize n = strlen (op);
  return g_ascii_strncasecmp (title, op, n) == 0 && (!title[n] || title[n] == '_');
}

static void
measure (const UiGraphNode *node, double font, UiLayoutNode *out)
{
  const char *title = leaf (node->name);
  gboolean two = !says_op (title, node->op) && *node->op;
  glong letters = g_utf8_strlen (title, -1), under = two ? g_utf8_strlen (node->op, -1) : 0;
  double wide = fmax (letters * font * 0.58, under * font * 0.5) + font * 2;
  *out = (UiLayoutNode) { node->name, (float) CLAMP (round (wide), font * 5, font * 18),
                          (float) round (font * (two ? 3.1 : 2.3)) };
}

static void
make_layout (UiGraph *graph, const UiGraphNode *nodes, const UiGraphEdge *edges)
{
  UiLayoutNode *boxes = g_new (UiLayoutNode, MAX (graph->n_nodes, 1));
  UiLayoutEdge *lines = g_new (UiLayoutEdge, MAX (graph->n_edges, 1));
  UiLayoutOptions options;
  ui_layout_options_init (&options);
  options.header = (float) round (graph->font * 2);
  options.scope_height = (float) round (graph->font * 3.1);
  options.scope_width = (float) round (graph->font * 7.2);
  options.scope_sign = (float) round (graph->font * 2.9);
  options.glyph_width = (float) (graph->font * 0.61);
  options.rank_gap = (float) round (graph->font * 3.2);
  for (guint i = 0; i < graph->n_nodes; i++)
    measure (&nodes[i], graph->font, &boxes[i]);
  for (guint i = 0; i < graph->n_edges; i++)
    lines[i] = (UiLayoutEdge) { edges[i].src, edges[i].dst, edges[i].kind };
  graph->layout = ui_layout_new (boxes, graph->n_nodes, lines, graph->n_edges, &options);
  g_free (boxes);
  g_free (lines);
}

/* A flag that all nodes of a scope have is the scope's: children come after their parents, so one pass from
   the end. */
static void
flag_scopes (UiGraph *graph)
{
  for (guint i = graph->n_nodes; i < graph->n_items; i++)
    graph->flags[i] = UI_NODE_BACKWARD;
  for (guint i = 0; i < graph->n_nodes; i++)
    for (guint up = ui_layout_get_parent (graph->layout, i); up != UI_LAYOUT_NONE;
         up = ui_layout_get_parent (graph->layout, up))
      graph->flags[up] &= graph->flags[i];
}

static void
copy_nodes (UiGraph *graph, const UiGraphNode *nodes)
{
  for (guint i = 0; i < graph->n_nodes; i++)
    {
      graph->ops[i] = g_string_chunk_insert_const (graph->strings, nodes[i].op);
      graph->families[i] = (guint8) ui_family_of (nodes[i].op);
      graph->flags[i] = nodes[i].flags;
    }
}

UiGraph *
ui_graph_new (const UiGraphNode *nodes, guint n_nodes, const UiGraphEdge *edges, guint n_edges, double font)
{
  UiGraph *graph = g_new0 (UiGraph, 1);
  graph->refs = 1;
  graph->font = font;
  graph->n_nodes = n_nodes;
  graph->n_edges = n_edges;
  graph->strings = g_string_chunk_new (4096);
  make_layout (graph, nodes, edges);
  graph->n_items = ui_layout_n_items (graph->layout);
  graph->ops = g_new0 (const char *, n_nodes + 1);
  graph->families = g_new0 (guint8, n_nodes + 1);
  graph->flags = g_new0 (guint8, graph->n_items + 1);
  graph->labels = g_new0 (const char *, n_edges + 1);
  copy_nodes (graph, nodes);
  flag_scopes (graph);
  for (guint i = 0; i < n_edges; i++)
    graph->labels[i] = edges[i].label ? g_string_chunk_insert_const (graph->strings, edges[i].label) : "";
  return graph;
}

UiGraph *
ui_graph_ref (UiGraph *graph)
{
  g_atomic_int_inc (&graph->refs);
  return graph;
}

void
ui_graph_unref (UiGraph *graph)
{
  if (!graph || !g_atomic_int_dec_and_test (&graph->refs))
    return;
  ui_layout_free (graph->layout);
  g_string_chunk_free (graph->strings);
  g_free (graph->ops);
  g_free (graph->families);
  g_free (graph->flags);
  g_free (graph->labels);
  g_free (graph->node_stages);
  g_free (graph->edge_stages);
  g_free (graph);
}

/* ---- what boxes say ---- */

UiLayout *
ui_graph_layout (UiGraph *graph)
{
  return graph->layout;
}

guint
ui_graph_n_nodes (const UiGraph *graph)
{
  return graph->n_nodes;
}

double
ui_graph_font (const UiGraph *graph)
{
  return graph->font;
}

const char *
ui_graph_op (const UiGraph *graph, guint item)
{
  return item < graph->n_nodes ? graph->ops[item] : "";
}

UiFamily
ui_graph_family (const UiGraph *graph, guint item)
{
  return item < graph->n_nodes ? graph->families[item] : UI_FAMILY_OTHER;
}

guint
ui_graph_flags (const UiGraph *graph, guint item)
{
  return graph->flags[item];
}

const char *
ui_graph_title (const UiGraph *graph, guint item)
{
  return ui_layout_get_label (graph->layout, item);
}

const char *
ui_graph_subtitle (const UiGraph *graph, guint item)
{
  return item >= graph->n_nodes || says_op (ui_graph_title (graph, item), graph->ops[item])
             ? ""
             : graph->ops[item];
}

const char *
ui_graph_route_label (const UiGraph *graph, const UiLayoutRoute *route, char buffer[32])
{
  if (route->n_edges == 1)
    return graph->labels[route->edge];
  g_snprintf (buffer, 32, "%u tensors", route->n_edges);
  return route->kind == UI_LAYOUT_DATA ? buffer : "";
}

guint
ui_graph_first_depth (const UiGraph *graph, guint boxes)
{
  guint at_depth[65] = { 0 }, shown = 0, depth = 0;
  for (guint i = 0; i < graph->n_items; i++)
    at_depth[MIN (ui_layout_get_depth (graph->layout, i), 64)]++;
  for (depth = 0; depth < 64; depth++)
    {
      shown += at_depth[depth];
      if (shown > boxes)
        break;
    }
  return depth ? depth - 1 : 0;
}

/* ---- stages ---- */

void
ui_graph_set_stage (UiGraph *graph, const guint8 *of_nodes, const guint8 *of_edges)
{
  g_free (graph->node_stages);
  g_free (graph->edge_stages);
  graph->node_stages = g_malloc (graph->n_items + 1);
  memset (graph->node_stages, UI_STAGE_ABSENT, graph->n_items + 1);
  for (guint i = 0; i < graph->n_nodes; i++)
    {
      graph->node_stages[i] = of_nodes[i];
      for (guint up = ui_layout_get_parent (graph->layout, i);
           of_nodes[i] != UI_STAGE_ABSENT && up != UI_LAYOUT_NONE && graph->node_stages[up] == UI_STAGE_ABSENT;
           up = ui_layout_get_parent (graph->layout, up))
        graph->node_stages[up] = UI_STAGE_THERE;
    }
  graph->edge_stages = graph->n_edges ? g_memdup2 (of_edges, graph->n_edges) : g_new0 (guint8, 1);
}

gboolean
ui_graph_has_stage (const UiGraph *graph)
{
  return graph->node_stages != NULL;
}

static gboolean
is_inside (const UiGraph *graph, guint node, guint scope)
{
  guint up = ui_layout_get_parent (graph->layout, node);
  while (up != UI_LAYOUT_NONE && up != scope)
    up = ui_layout_get_parent (graph->layout, up);
  return up == scope;
}

UiStage
ui_graph_stage (const UiGraph *graph, guint item)
{
  return graph->node_stages ? graph->node_stages[item] : UI_STAGE_THERE;
}

void
ui_graph_stage_counts (const UiGraph *graph, guint scope, guint *gone, guint *new)
{
  *gone = *new = 0;
  for (guint i = 0; graph->node_stages && i < graph->n_nodes; i++)
    if (graph->node_stages[i] > UI_STAGE_ABSENT && is_inside (graph, i, scope))
      ++*(graph->node_stages[i] == UI_STAGE_GONE ? gone : new);
}

guint8 *
ui_graph_route_stages (const UiGraph *graph, const UiLayoutPicture *picture)
{
  static const guint8 rank[] = { [UI_STAGE_ABSENT] = 0, [UI_STAGE_GONE] = 1, [UI_STAGE_NEW] = 2, [UI_STAGE_THERE] = 3 };
  if (!graph->edge_stages)
    return NULL;
  guint8 *stages = g_malloc (picture->n_routes + 1);
  memset (stages, UI_STAGE_ABSENT, picture->n_routes + 1);
  for (guint i = 0; i < graph->n_edges; i++)
    {
      guint route = ui_layout_picture_route_of (picture, i);
      if (route != UI_LAYOUT_NONE && rank[graph->edge_stages[i]] > rank[stages[route]])
        stages[route] = graph->edge_stages[i];
    }
  return stages;
}
