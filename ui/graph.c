/* SPDX-License-Identifier: MIT */
/* The graph panel: which graph, what of it ran and is next, and what a click on a node selects for the other
   panels. */
#include "ui/dataflow.h"
#include "ui/graph_parts.h"
#include "ui/looks.h"
#include "ui/nodes.h"

G_DEFINE_FINAL_TYPE (UiGraphPanel, ui_graph_panel, UI_TYPE_PANEL)

#define REDRAW (250 * 1000)                     /* µs between drawings of a graph that is being traced */

gboolean
ui_graph_panel_view (UiGraphPanel *self, LkGraphView *view)
{
  guint32 graph = self->walk ? ui_walk_view (self->walk)->working : self->graph;
  return graph && graph != UI_GRAPH_DATAFLOW && ui_graph_panel_store (self) && lk_store_graph (ui_graph_panel_store (self), graph, view);
}

/* ---- which graph ---- */

void
ui_graph_panel_show (UiGraphPanel *self, guint32 graph)
{
  gboolean same = graph == self->graph;
  LkGraphView view = { 0 };
  if (same && (self->walk || (ui_graph_panel_view (self, &view) && view.n_nodes == self->n_nodes)))
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->rewrites), ui_graph_panel_rewriting_of (self, graph) >= 0);
  if (ui_graph_panel_show_walk (self, graph))
    return;
  if (same && !view.finished && g_get_monotonic_time () - self->drawn < REDRAW)
    {
      ui_panel_queue (UI_PANEL (self), UI_CHANGE_APPENDED);
      return;
    }
  UiGraph *made = graph ? ui_nodes_graph (ui_graph_panel_store (self), graph, ui_looks_font (GTK_WIDGET (self)),
                                          &self->n_nodes)
                        : NULL;
  self->graph = graph;
  self->drawn = g_get_monotonic_time ();
  ui_canvas_set_graph (self->canvas, made, same);
  gtk_stack_set_visible_child_name (self->stack, made ? "canvas" : "empty");
  ui_graph_unref (made);
}

/* While the program runs there is no moment to be shown: the picture is of where it stopped last. */
static void
show_dataflow (UiGraphPanel *self, guint changes)
{
  gboolean running = lk_session_state (ui_graph_panel_session (self)) == LK_SESSION_RUNNING;
  gboolean same = self->graph == UI_GRAPH_DATAFLOW;
  if (running || (same && !(changes & (UI_CHANGE_MOVED | UI_CHANGE_SESSION))))
    return;
  GArray *events = NULL;
  UiGraph *made = ui_dataflow_graph (ui_graph_panel_store (self), lk_session_cursor (ui_graph_panel_session (self)),
                                     ui_looks_font (GTK_WIDGET (self)), &events);
  g_clear_pointer (&self->events, g_array_unref);
  self->events = events;
  self->graph = made ? UI_GRAPH_DATAFLOW : 0;
  self->n_nodes = made ? ui_graph_n_nodes (made) : 0;
  ui_canvas_set_graph (self->canvas, made, same);
  if (made)
    ui_canvas_reveal (self->canvas, self->n_nodes - 1);         /* what ran last */
  gtk_stack_set_visible_child_name (self->stack, made ? "canvas" : "empty");
  ui_graph_unref (made);
}

static void
rewrites_toggled (UiGraphPanel *self)
{
  guint32 graph = self->graph;
  if (!ui_graph_panel_store (self) || graph == UI_GRAPH_DATAFLOW)
    return;
  ui_graph_panel_drop_walk (self);
  self->graph = self->n_nodes = 0;
  ui_graph_panel_show (self, graph);
  if (self->walk)
    gtk_widget_grab_focus (GTK_WIDGET (self->walk_list));
  ui_panel_queue (UI_PANEL (self), UI_CHANGE_MOVED | UI_CHANGE_BREAKPOINTS);
}

void
ui_graph_panel_go (UiGraphPanel *self, guint32 graph)
{
  ui_graph_panel_show (self, graph);
  ui_graph_panel_list (self);
  ui_graph_panel_select_row (self);
  ui_graph_panel_mark_breakpoints (self);
  ui_graph_panel_mark_progress (self);
  ui_graph_panel_follow (self);
  ui_graph_panel_say (self);
}

static void
row_selected (UiGraphPanel *self)
{
  guint32 graph = ui_graph_panel_row (self);
  if (!graph || graph == self->graph)
    return;
  g_array_set_size (self->trail, 0);
  ui_graph_panel_go (self, graph);
}

/* What runs is shown, unless the panel is locked; else what was shown; else the largest. */
static void
choose_graph (UiGraphPanel *self, guint changes)
{
  LkStore *store = ui_graph_panel_store (self);
  LkNext next = { 0 };
  guint64 node = 0;
  guint32 graph = self->graph;
  g_object_get (ui_graph_panel_session (self), "selected-node", &node, NULL);
  lk_session_next (ui_graph_panel_session (self), &next);
  if (!gtk_toggle_button_get_active (self->lock) && changes & UI_CHANGE_MOVED && next.known && next.graph)
    graph = next.graph;
  if (!gtk_toggle_button_get_active (self->lock) && changes & UI_CHANGE_SELECTED && node != G_MAXUINT64
      && node >> 32)
    graph = (guint32) (node >> 32);
  if (store && !lk_store_n_graphs (store))
    {
      show_dataflow (self, changes);
      return;
    }
  if ((!graph || graph == UI_GRAPH_DATAFLOW) && store)
    graph = ui_nodes_default_graph (store);
  if (graph != self->graph)
    g_array_set_size (self->trail, 0);
  ui_graph_panel_show (self, store ? graph : 0);
  ui_graph_panel_select_row (self);
}

/* ---- what its parts tell ---- */

static void
walked (UiGraphPanel *self, GArray *changed)
{
  ui_canvas_stage_changed (self->canvas, changed);
}

static void
toggle_rewrites (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ui_graph_panel_toggle_walk (UI_GRAPH_PANEL (widget));
}

static void
walk_key (UiGraphPanel *self, guint key)
{
  if (key == GDK_KEY_r)
    ui_graph_panel_toggle_walk (self);
  else
    ui_walk_list_key (self->walk_list, key);
}

static void
place_followed (UiGraphPanel *self, guint stack)
{
  g_object_set (ui_graph_panel_session (self), "selected-place", stack, NULL);
}

static void
find (UiPanel *panel)
{
  UiGraphPanel *self = UI_GRAPH_PANEL (panel);
  gtk_search_bar_set_search_mode (self->searchbar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

/* ---- actions ---- */

static void
zoom (GtkWidget *widget, const char *name, GVariant *parameter)
{
  UiCanvas *canvas = UI_GRAPH_PANEL (widget)->canvas;
  ui_canvas_zoom (canvas, g_str_has_suffix (name, "in")    ? UI_CANVAS_IN
                          : g_str_has_suffix (name, "out") ? UI_CANVAS_OUT
                                                           : UI_CANVAS_FIT);
}

static void
open_all (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ui_canvas_open_all (UI_GRAPH_PANEL (widget)->canvas, g_str_has_suffix (name, "open-all"));
}

static void
show_next (GtkWidget *widget, const char *name, GVariant *parameter)
{
  UiGraphPanel *self = UI_GRAPH_PANEL (widget);
  LkNext next = { 0 };
  lk_session_next (ui_graph_panel_session (self), &next);
  if (next.known && next.graph == self->graph && next.node < self->n_nodes)
    ui_canvas_reveal (self->canvas, next.node);
}

static void
draw_all (cairo_t *cr, double width, double height, gpointer data)
{
  ui_canvas_draw_all (data, cr, width, height);
}

static gboolean
save (const char *path, gpointer data, GError **error)
{
  UiGraphPanel *self = data;
  double width, height;
  if (ui_canvas_size (self->canvas, &width, &height))
    return ui_looks_write (path, width, height, draw_all, self->canvas, error);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "There is no graph to export yet.");
  return FALSE;
}

static void
export (GtkWidget *widget, const char *name, GVariant *parameter)
{
  ui_looks_ask_file (widget, "Export Graph", "graph.svg", save, widget);
}

/* ---- object ---- */

static const UiLooksAction actions[] = {
  { "zoom-in", zoom },
  { "zoom-out", zoom },
  { "zoom-fit", zoom },
  { "open-all", open_all },
  { "close-all", open_all },
  { "show-next", show_next },
  { "rewrites", toggle_rewrites },
  { "export", export },
  { NULL }
};

static void
update (UiPanel *panel, guint changes)
{
  UiGraphPanel *self = UI_GRAPH_PANEL (panel);
  if (changes & UI_CHANGE_SESSION)
    {
      ui_graph_panel_drop_walk (self);
      g_clear_pointer (&self->whence, ui_walk_free);
      g_array_set_size (self->trail, 0);
      self->graph = self->n_nodes = 0;
    }
  guint before = self->n_nodes;
  guint32 graph = self->graph;
  if (changes & (UI_CHANGE_SESSION | UI_CHANGE_APPENDED))
    ui_graph_panel_list (self);
  choose_graph (self, changes);
  gtk_label_set_text (self->eager, self->graph == UI_GRAPH_DATAFLOW ? "Ops that ran eagerly" : "");
  gboolean other = graph != self->graph || before != self->n_nodes;
  if (!ui_graph_panel_store (self))
    return;
  if (other || changes & UI_CHANGE_BREAKPOINTS)
    ui_graph_panel_mark_breakpoints (self);
  if (other || changes & UI_CHANGE_MOVED)
    ui_graph_panel_mark_progress (self);
  if (other || changes & UI_CHANGE_SELECTED)
    ui_graph_panel_follow (self);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GTK_WIDGET_CLASS (ui_graph_panel_parent_class)->size_allocate (widget, width, height, baseline);
  ui_graph_panel_turn (UI_GRAPH_PANEL (widget));
}

static gboolean
grab_focus (GtkWidget *widget)
{
  UiGraphPanel *self = UI_GRAPH_PANEL (widget);
  return gtk_widget_grab_focus (GTK_WIDGET (self->canvas));
}

static void
dispose (GObject *object)
{
  UiGraphPanel *self = UI_GRAPH_PANEL (object);
  g_clear_handle_id (&self->turning, g_source_remove);
  if (self->walk_list)
    ui_graph_panel_drop_walk (self);
  adw_bin_set_child (ADW_BIN (self), NULL);
  self->walk_list = NULL;
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->events, g_array_unref);
  g_clear_pointer (&self->trail, g_array_unref);
  g_clear_pointer (&self->whence, ui_walk_free);
  G_OBJECT_CLASS (ui_graph_panel_parent_class)->dispose (object);
}

static void
bind (GtkWidgetClass *class)
{
  gtk_widget_class_set_template_from_resource (class, UI_TEMPLATE ("graph"));
  gtk_widget_class_bind_template_child (class, UiGraphPanel, graphs);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, names);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, lock);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, rewrites);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, walk_list);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, paned);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, searchbar);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, entry);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, found);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, status);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, eager);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, bar);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, stack);
  gtk_widget_class_bind_template_child (class, UiGraphPanel, canvas);
  gtk_widget_class_bind_template_callback_full (class, "picked", G_CALLBACK (ui_graph_panel_picked));
  gtk_widget_class_bind_template_callback_full (class, "entered", G_CALLBACK (ui_graph_panel_entered));
  gtk_widget_class_bind_template_callback_full (class, "link_followed", G_CALLBACK (ui_graph_panel_follow_link));
  gtk_widget_class_bind_template_callback_full (class, "search_changed", G_CALLBACK (ui_graph_panel_search));
  gtk_widget_class_bind_template_callback_full (class, "search_next", G_CALLBACK (ui_graph_panel_search_next));
  gtk_widget_class_bind_template_callback (class, walked);
  gtk_widget_class_bind_template_callback (class, walk_key);
  gtk_widget_class_bind_template_callback (class, place_followed);
  gtk_widget_class_bind_template_callback (class, rewrites_toggled);
}

static void
ui_graph_panel_class_init (UiGraphPanelClass *class)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = dispose;
  UI_PANEL_CLASS (class)->update = update;
  UI_PANEL_CLASS (class)->find = find;
  g_type_ensure (UI_TYPE_CANVAS);
  g_type_ensure (UI_TYPE_WALK_LIST);
  widget->grab_focus = grab_focus;
  widget->size_allocate = size_allocate;
  bind (widget);
}

static void
ui_graph_panel_init (UiGraphPanel *self)
{
  self->ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->trail = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->match = G_MAXUINT;
  gtk_widget_init_template (GTK_WIDGET (self));
  ui_looks_actions (self->bar, GTK_WIDGET (self), "graph", actions);
  g_signal_connect_swapped (self->graphs, "notify::selected", G_CALLBACK (row_selected), self);
  gtk_search_bar_connect_entry (self->searchbar, GTK_EDITABLE (self->entry));
}
