/* SPDX-License-Identifier: MIT */
/* The rewriting of the graph that is shown, in place of it. */
#include "ui/graph_parts.h"
#include "ui/looks.h"

/* The newest one that made or was made of the graph; -1 if there is none. */
gint
ui_graph_panel_rewriting_of (UiGraphPanel *self, guint32 graph)
{
  LkStore *store = ui_graph_panel_store (self);
  LkRewritingView view;
  gint found = store ? lk_store_rewriting_of (store, graph) : -1;
  for (guint i = 0; store && found < 0 && i < lk_store_n_rewritings (store); i++)
    if (lk_store_rewriting (store, i, &view) && view.traced == graph && view.final)
      found = (gint) i;
  return graph && graph != UI_GRAPH_DATAFLOW ? found : -1;
}

void
ui_graph_panel_drop_walk (UiGraphPanel *self)
{
  ui_walk_list_set (self->walk_list, NULL);
  g_clear_pointer (&self->walk, ui_walk_free);
}

#define LIST_WIDTH 250
#define LIST_HEIGHT 190

/* The list is beside the graph where the panel is wide, below it where it is tall. */
static gboolean
is_wide (UiGraphPanel *self)
{
  return gtk_widget_get_width (GTK_WIDGET (self)) > 1.2 * gtk_widget_get_height (GTK_WIDGET (self));
}

static gboolean
turn (gpointer data)
{
  UiGraphPanel *self = data;
  GtkWidget *paned = GTK_WIDGET (self->paned);
  gboolean wide = is_wide (self);
  self->turning = 0;
  gtk_orientable_set_orientation (GTK_ORIENTABLE (paned), wide ? GTK_ORIENTATION_HORIZONTAL : GTK_ORIENTATION_VERTICAL);
  gtk_paned_set_position (self->paned, MAX (60, wide ? gtk_widget_get_width (paned) - LIST_WIDTH
                                                    : gtk_widget_get_height (paned) - LIST_HEIGHT));
  return G_SOURCE_REMOVE;
}

/* In place of the graph, when that is wanted and can be. */
gboolean
ui_graph_panel_show_walk (UiGraphPanel *self, guint32 graph)
{
  gint rewriting = gtk_toggle_button_get_active (self->rewrites) ? ui_graph_panel_rewriting_of (self, graph) : -1;
  UiWalk *walk = rewriting >= 0
                     ? ui_walk_new (ui_graph_panel_store (self), (guint) rewriting, ui_looks_font (GTK_WIDGET (self)))
                     : NULL;
  ui_graph_panel_drop_walk (self);
  if (walk && !gtk_widget_get_visible (GTK_WIDGET (self->walk_list)))
    self->turning = self->turning ? self->turning : g_idle_add (turn, self);
  gtk_widget_set_visible (GTK_WIDGET (self->walk_list), walk != NULL);
  if (!walk)
    return FALSE;
  self->walk = walk;
  self->graph = graph;
  self->n_nodes = ui_graph_n_nodes (ui_walk_graph (walk));
  ui_canvas_set_graph (self->canvas, ui_walk_graph (walk), FALSE);
  ui_canvas_open_all (self->canvas, TRUE);
  gtk_stack_set_visible_child_name (self->stack, "canvas");
  ui_walk_list_set (self->walk_list, walk);
  return TRUE;
}

void
ui_graph_panel_turn (UiGraphPanel *self)
{
  gboolean wide = gtk_orientable_get_orientation (GTK_ORIENTABLE (self->paned)) == GTK_ORIENTATION_HORIZONTAL;
  if (self->walk && wide != is_wide (self) && !self->turning)
    self->turning = g_idle_add (turn, self);
}

void
ui_graph_panel_toggle_walk (UiGraphPanel *self)
{
  if (gtk_widget_get_visible (GTK_WIDGET (self->rewrites)))
    gtk_toggle_button_set_active (self->rewrites, !gtk_toggle_button_get_active (self->rewrites));
}
