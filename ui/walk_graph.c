/* SPDX-License-Identifier: MIT */
/* One graph of all nodes and edges that there ever were, and when each edge was. */
#include "ui/nodes.h"
#include "ui/walk_parts.h"

/* Where an input comes from, from rewrite to rewrite. */
static void
add_lives (UiWalk *walk, guint dst, guint64 tensor, GHashTable *moved, GArray *edges, GStringChunk *strings,
           const LkGraphView *all)
{
  char shape[96];
  guint from = walk->born[dst];
  for (guint hops = 0; hops <= g_hash_table_size (moved); hops++)
    {
      const UiWalkMove *next = g_hash_table_lookup (moved, &tensor);
      guint until = next ? next->at : G_MAXUINT;
      gint src = lk_store_graph_maker (walk->store, walk->view.working, tensor);
      if (src >= 0 && until > from && (guint) src < walk->n)
        {
          UiWalkLife life = { (guint) src, dst, from, until };
          const LkGraphNode *maker = all->nodes[src];
          const char *label = "";
          for (guint i = 0; i < maker->n_outputs; i++)
            if (maker->outputs[i].id == tensor)
              label = g_string_chunk_insert_const (strings, ui_nodes_shape (&maker->outputs[i], shape));
          UiGraphEdge edge = { life.src, dst, UI_LAYOUT_DATA, label };
          g_array_append_val (walk->lives, life);
          g_array_append_val (edges, edge);
        }
      if (!next)
        return;
      from = MAX (from, next->at);
      tensor = next->to;
    }
}

UiGraph *
ui_walk_make_graph (UiWalk *walk, const LkGraphView *all, GHashTable *moved, double font)
{
  UiGraphNode *nodes = g_new0 (UiGraphNode, walk->n);
  GArray *edges = g_array_new (FALSE, FALSE, sizeof (UiGraphEdge));
  GStringChunk *strings = g_string_chunk_new (1024);
  for (guint i = 0; i < walk->n; i++)
    {
      const LkGraphNode *node = all->nodes[i];
      nodes[i] = (UiGraphNode) { lk_store_string (walk->store, node->name), lk_store_string (walk->store, node->op),
                                (node->flags & LK_FLAG_BACKWARD ? UI_NODE_BACKWARD : 0)
                                    | (node->flags & LK_FLAG_LOSS ? UI_NODE_LOSS : 0) };
      for (guint k = 0; k < node->n_inputs; k++)
        add_lives (walk, i, node->inputs[k], moved, edges, strings, all);
      for (guint k = 0; k < node->n_controls; k++)
        if (node->controls[k] < walk->n)
          {
            UiWalkLife life = { node->controls[k], i, 0, G_MAXUINT };
            UiGraphEdge edge = { life.src, i, UI_LAYOUT_CONTROL, NULL };
            g_array_append_val (walk->lives, life);
            g_array_append_val (edges, edge);
          }
    }
  UiGraph *graph = ui_graph_new (nodes, walk->n, (UiGraphEdge *) edges->data, edges->len, font);
  g_array_unref (edges);
  g_free (nodes);
  g_string_chunk_free (strings);
  return graph;
}
