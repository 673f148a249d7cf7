/* SPDX-License-Identifier: MIT */
/* The drop-down of graphs. */
#include "ui/graph_parts.h"
#include "ui/nodes.h"

/* The drop-down's rows; a name is set anew only when it changed, so an open list does not flicker. */
void
ui_graph_panel_list (UiGraphPanel *self)
{
  LkStore *store = ui_graph_panel_store (self);
  guint n = store ? lk_store_n_graphs (store) : 0;
  self->quiet = TRUE;
  if (n < self->ids->len)
    {
      g_array_set_size (self->ids, 0);
      gtk_string_list_splice (self->names, 0, g_list_model_get_n_items (G_LIST_MODEL (self->names)), NULL);
    }
  for (guint i = 0; i < n; i++)
    {
      guint32 id = lk_store_graph_at (store, i);
      g_autofree char *name = ui_nodes_graph_title (store, id);
      const char *rows[] = { name, NULL };
      gboolean old = i < self->ids->len;
      if (old && g_str_equal (gtk_string_list_get_string (self->names, i), name))
        continue;
      gtk_string_list_splice (self->names, i, old, rows);
      if (!old)
        g_array_append_val (self->ids, id);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->graphs), n > 0);
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
