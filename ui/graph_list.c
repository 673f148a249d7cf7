/* SPDX-License-Identifier: MIT */
/* The drop-down of graphs. */
#include "ui/callees.h"
#include "ui/graph_parts.h"
#include "ui/nodes.h"

/* What a fused node does is folded away in the node, until one goes into it. */
static gboolean
is_listed (UiGraphPanel *self, guint32 graph)
{
  LkGraphView view;
  return graph == self->graph || !lk_store_graph (ui_graph_panel_store (self), graph, &view) || !lk_graph_view_is_fused (&view);
}

static void
set_row (UiGraphPanel *self, guint row, guint32 graph)
{
  g_autofree char *name = ui_nodes_graph_title (ui_graph_panel_store (self), graph);
  const char *rows[] = { name, NULL };
  gboolean old = row < self->ids->len;
  if (!old)
    g_array_append_val (self->ids, graph);
  g_array_index (self->ids, guint32, row) = graph;
  if (!old || !g_str_equal (gtk_string_list_get_string (self->names, row), name))
    gtk_string_list_splice (self->names, row, old, rows);
}

/* The drop-down's rows; a name is set anew only when it changed, so an open list does not flicker. */
void
ui_graph_panel_list (UiGraphPanel *self)
{
  LkStore *store = ui_graph_panel_store (self);
  guint n = store ? lk_store_n_graphs (store) : 0, row = 0;
  self->quiet = TRUE;
  for (guint i = 0; i < n; i++)
    if (is_listed (self, lk_store_graph_at (store, i)))
      set_row (self, row++, lk_store_graph_at (store, i));
  if (row < self->ids->len)
    {
      gtk_string_list_splice (self->names, row, self->ids->len - row, NULL);
      g_array_set_size (self->ids, row);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->graphs), row > 0);
  self->quiet = FALSE;
}

void
ui_graph_panel_select_row (UiGraphPanel *self)
{
  self->quiet = TRUE;
  for (guint i = 0; i < self->ids->len; i++)
    if (g_array_index (self->ids, guint32, i) == self->graph)
      {
        gtk_drop_down_set_selected (self->graphs, i);
        gtk_widget_set_tooltip_text (GTK_WIDGET (self->graphs), gtk_string_list_get_string (self->names, i));
      }
  self->quiet = FALSE;
}

guint32
ui_graph_panel_row (UiGraphPanel *self)
{
  guint row = gtk_drop_down_get_selected (self->graphs);
  return self->quiet || row >= self->ids->len ? 0 : g_array_index (self->ids, guint32, row);
}
