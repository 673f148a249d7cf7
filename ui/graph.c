/* SPDX-License-Identifier: MIT */
/* The graph panel: which graph, what of it ran and is next, and what a click on a node selects for the other
   panels. */
#include <string.h>
#include "ui/canvas.h"
#include "ui/dataflow.h"
#include "ui/looks.h"
#include "ui/nodes.h"
#include "ui/panel.h"
#include "ui/walk_list.h"

#define UI_TYPE_GRAPH_PANEL (ui_graph_panel_get_type ())
G_DECLARE_FINAL_TYPE (UiGraphPanel, ui_graph_panel, UI, GRAPH_PANEL, UiPanel)

struct _UiGraphPanel
{
  UiPanel parent_instance;
  GtkDropDown *graphs;
  GtkStringList *names;
  GtkToggleButton *lock, *rewrites;
  GtkSearchBar *searchbar;
  GtkSearchEntry *entry;
  GtkLabel *found, *status, *eager;
  GtkStack *stack;
  GtkWidget *bar;
  UiCanvas *canvas;
  UiWalkList *walk_list;
  GtkPaned *paned;
  guint turning;                                /* idle: the list is moved beside or below the graph */

  GArray *ids;                                  /* graph ids in the drop-down's order */
  guint32 graph;                                /* the one shown, 0 none, or DATAFLOW */
  UiWalk *walk;                                 /* while rewrites are walked through; the nodes are the working graph's */
  GArray *events;                               /* DATAFLOW: guint64, of each node */
  guint n_nodes;                                /* it had when it was drawn */
  gint64 drawn;                                 /* when, µs */
  guint match;                                  /* the found node that is selected */
  gboolean quiet;                               /* the drop-down is being set, not used */
};

G_DEFINE_FINAL_TYPE (UiGraphPanel, ui_graph_panel, UI_TYPE_PANEL)

#define DATAFLOW G_MAXUINT32                    /* in place of a graph: what ran eagerly */
#define REDRAW (250 * 1000)                     /* µs between drawings of a graph that is being traced */

static LkSession *
session_of (UiGraphPanel *self)
{
  return ui_panel_session (UI_PANEL (self));
}

static LkStore *
store_of (UiGraphPanel *self)
{
  return ui_panel_store (UI_PANEL (self));
}

static gboolean
shown_view (UiGraphPanel *self, LkGraphView *view)
{
  guint32 graph = self->walk ? ui_walk_view (self->walk)->working : self->graph;
  return graph && graph != DATAFLOW && store_of (self) && lk_store_graph (store_of (self), graph, view);
}

/* ---- the rewriting of a graph ---- */

/* The newest one that made or was made of the graph; -1 if there is none. */
static gint
rewriting_of (UiGraphPanel *self, guint32 graph)
{
  LkStore *store = store_of (self);
  LkRewritingView view;
  gint found = store ? lk_store_rewriting_of (store, graph) : -1;
  for (guint i = 0; store && found < 0 && i < lk_store_n_rewritings (store); i++)
    if (lk_store_rewriting (store, i, &view) && view.traced == graph && view.final)
      found = (gint) i;
  return graph && graph != DATAFLOW ? found : -1;
}

static void
drop_walk (UiGraphPanel *self)
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
static gboolean
show_walk (UiGraphPanel *self, guint32 graph)
{
  gint rewriting = gtk_toggle_button_get_active (self->rewrites) ? rewriting_of (self, graph) : -1;
  UiWalk *walk = rewriting >= 0
                     ? ui_walk_new (store_of (self), (guint) rewriting, ui_looks_font (GTK_WIDGET (self)))
                     : NULL;
  drop_walk (self);
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

static void
walked (UiGraphPanel *self, GArray *changed)
{
  ui_canvas_stage_changed (self->canvas, changed);
}

static void
size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  UiGraphPanel *self = UI_GRAPH_PANEL (widget);
  GTK_WIDGET_CLASS (ui_graph_panel_parent_class)->size_allocate (widget, width, height, baseline);
  gboolean wide = gtk_orientable_get_orientation (GTK_ORIENTABLE (self->paned)) == GTK_ORIENTATION_HORIZONTAL;
  if (self->walk && wide != is_wide (self) && !self->turning)
    self->turning = g_idle_add (turn, self);
}

static void
toggle_rewrites (GtkWidget *widget, const char *name, GVariant *parameter)
{
  UiGraphPanel *self = UI_GRAPH_PANEL (widget);
  if (gtk_widget_get_visible (GTK_WIDGET (self->rewrites)))
    gtk_toggle_button_set_active (self->rewrites, !gtk_toggle_button_get_active (self->rewrites));
}

static void
walk_key (UiGraphPanel *self, guint key)
{
  if (key == GDK_KEY_r)
    toggle_rewrites (GTK_WIDGET (self), NULL, NULL);
  else
    ui_walk_list_key (self->walk_list, key);
}

static void
place_followed (UiGraphPanel *self, guint stack)
{
  g_object_set (session_of (self), "selected-place", stack, NULL);
}

static gboolean
link_followed (UiGraphPanel *self, const char *link)
{
  guint64 stack = 0;
  if (g_str_has_prefix (link, "place:") && g_ascii_string_to_unsigned (link + 6, 10, 1, G_MAXUINT32, &stack, NULL))
    place_followed (self, (guint) stack);
  return TRUE;
}

/* ---- which graph ---- */

static void
show_graph (UiGraphPanel *self, guint32 graph)
{
  gboolean same = graph == self->graph;
  LkGraphView view = { 0 };
  if (same && (self->walk || (shown_view (self, &view) && view.n_nodes == self->n_nodes)))
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->rewrites), rewriting_of (self, graph) >= 0);
  if (show_walk (self, graph))
    return;
  if (same && !view.finished && g_get_monotonic_time () - self->drawn < REDRAW)
    {
      ui_panel_queue (UI_PANEL (self), UI_CHANGE_APPENDED);
      return;
    }
  UiGraph *made = graph ? ui_nodes_graph (store_of (self), graph, ui_looks_font (GTK_WIDGET (self)),
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
  gboolean running = lk_session_state (session_of (self)) == LK_SESSION_RUNNING;
  gboolean same = self->graph == DATAFLOW;
  if (running || (same && !(changes & (UI_CHANGE_MOVED | UI_CHANGE_SESSION))))
    return;
  GArray *events = NULL;
  UiGraph *made = ui_dataflow_graph (store_of (self), lk_session_cursor (session_of (self)),
                                     ui_looks_font (GTK_WIDGET (self)), &events);
  g_clear_pointer (&self->events, g_array_unref);
  self->events = events;
  self->graph = made ? DATAFLOW : 0;
  self->n_nodes = made ? ui_graph_n_nodes (made) : 0;
  ui_canvas_set_graph (self->canvas, made, same);
  if (made)
    ui_canvas_reveal (self->canvas, self->n_nodes - 1);         /* what ran last */
  gtk_stack_set_visible_child_name (self->stack, made ? "canvas" : "empty");
  ui_graph_unref (made);
}

/* The drop-down's rows; a name is set anew only when it changed, so an open list does not flicker. */
static void
list_graphs (UiGraphPanel *self)
{
  LkStore *store = store_of (self);
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

static void
rewrites_toggled (UiGraphPanel *self)
{
  guint32 graph = self->graph;
  if (!store_of (self) || graph == DATAFLOW)
    return;
  drop_walk (self);
  self->graph = self->n_nodes = 0;
  show_graph (self, graph);
  if (self->walk)
    gtk_widget_grab_focus (GTK_WIDGET (self->walk_list));
  ui_panel_queue (UI_PANEL (self), UI_CHANGE_MOVED | UI_CHANGE_BREAKPOINTS);
}

static void
select_row (UiGraphPanel *self)
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

static void
row_selected (UiGraphPanel *self)
{
  guint row = gtk_drop_down_get_selected (self->graphs);
  if (self->quiet || row >= self->ids->len)
    return;
  show_graph (self, g_array_index (self->ids, guint32, row));
  ui_panel_queue (UI_PANEL (self), UI_CHANGE_MOVED | UI_CHANGE_BREAKPOINTS);
}

/* What runs is shown, unless the panel is locked; else what was shown; else the largest. */
static void
choose_graph (UiGraphPanel *self, guint changes)
{
  LkStore *store = store_of (self);
  LkNext next = { 0 };
  guint64 node = 0;
  guint32 graph = self->graph;
  g_object_get (session_of (self), "selected-node", &node, NULL);
  lk_session_next (session_of (self), &next);
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
  if ((!graph || graph == DATAFLOW) && store)
    graph = ui_nodes_default_graph (store);
  show_graph (self, store ? graph : 0);
  select_row (self);
}

/* ---- marks ---- */

static gboolean
line_break (LkSession *session, LkStore *store, guint32 stack, guint8 *marks)
{
  LkPlace place;
  const LkBreakpoint *row = lk_store_place (store, stack, &place)
                                ? lk_session_line_breakpoint (session, place.file, place.line)
                                : NULL;
  if (row)
    *marks |= (guint8) (UI_MARK_BREAK_LINE | (row->enabled ? 0 : UI_MARK_BREAK_OFF));
  return row != NULL;
}

static void
mark_breakpoints (UiGraphPanel *self)
{
  LkSession *session = session_of (self);
  guint8 *marks = ui_canvas_marks (self->canvas);
  LkGraphView view;
  if (!marks || !shown_view (self, &view))
    return;
  for (guint i = 0; i < view.n_nodes && i < self->n_nodes; i++)
    {
      const char *op = lk_store_string (store_of (self), view.nodes[i]->op);
      marks[i] &= (guint8) ~(UI_MARK_BREAK_LINE | UI_MARK_BREAK_OP | UI_MARK_BREAK_OFF);
      if (!lk_session_n_breakpoints (session))
        continue;
      line_break (session, store_of (self), view.nodes[i]->stack, &marks[i]);
      for (guint k = 0; k < lk_session_n_breakpoints (session); k++)
        {
          const LkBreakpoint *row = lk_session_breakpoint (session, k);
          if (row->kind == LK_BREAK_OP && g_str_equal (row->text, op))
            marks[i] |= (guint8) (UI_MARK_BREAK_OP | (row->enabled ? 0 : UI_MARK_BREAK_OFF));
        }
    }
  ui_canvas_marks_changed (self->canvas);
}

static void
mark_progress (UiGraphPanel *self)
{
  LkNext next = { 0 };
  lk_session_next (session_of (self), &next);
  gboolean here = !self->walk && next.known && next.graph && next.graph == self->graph && next.node < self->n_nodes;
  ui_canvas_set_next (self->canvas, here ? next.node : UI_LAYOUT_NONE);
  if (ui_canvas_marks (self->canvas) && self->graph != DATAFLOW && !self->walk
      && lk_session_state (session_of (self)) != LK_SESSION_RUNNING)
    ui_nodes_mark_ran (store_of (self), self->graph, lk_session_cursor (session_of (self)),
                       ui_canvas_marks (self->canvas), self->n_nodes);
  ui_canvas_marks_changed (self->canvas);
}

/* ---- selection ---- */

/* What is known of an item, for the line below the graph. (transfer full) */
static char *
describe_item (UiGraphPanel *self, UiLayout *layout, guint item)
{
  LkGraphView view;
  if (ui_layout_is_scope (layout, item))
    return g_strdup_printf ("%u nodes", ui_layout_count_nodes (layout, item));
  if (self->graph == DATAFLOW)
    return lk_store_describe (store_of (self), g_array_index (self->events, guint64, item));
  return shown_view (self, &view) && item < view.n_nodes
             ? ui_nodes_describe (store_of (self), view.nodes[item])
             : g_strdup ("");
}

/* The traced nodes that one of a rewritten graph stands for, in markup. (transfer full) (nullable) */
static char *
origins_text (UiGraphPanel *self, guint node)
{
  gint rewriting = self->walk ? -1 : rewriting_of (self, self->graph);
  UiWalk *walk = self->walk, *made = NULL;
  if (rewriting >= 0 && lk_store_rewriting_of (store_of (self), self->graph) == rewriting)
    {
      walk = made = ui_walk_new (store_of (self), (guint) rewriting, 10);
      node = made ? ui_walk_working (made, node) : 0;
    }
  if (!walk)
    return NULL;
  g_autoptr (GArray) origins = ui_walk_origins (walk, node);
  gboolean itself = origins->len == 1 && g_array_index (origins, guint, 0) == node;
  char *text = itself || !origins->len ? NULL : ui_walk_names (walk, origins, 6);
  ui_walk_free (made);
  return text;
}

static void
say_selected (UiGraphPanel *self)
{
  UiGraph *graph = ui_canvas_graph (self->canvas);
  guint item = ui_canvas_selected (self->canvas);
  g_autofree char *text = NULL;
  if (graph && item != UI_LAYOUT_NONE)
    {
      UiLayout *layout = ui_graph_layout (graph);
      g_autofree char *what = describe_item (self, layout, item);
      g_autofree char *origins = ui_layout_is_scope (layout, item) ? NULL : origins_text (self, item);
      g_autofree char *said = g_markup_printf_escaped ("%s  —  %s", ui_layout_get_name (layout, item), what);
      text = g_strconcat (said, origins ? "  ·  <b>stands for</b> " : NULL, origins, NULL);
    }
  gtk_label_set_markup (self->status, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->status), text != NULL);
}

static void
pick_event (UiGraphPanel *self, guint64 event)
{
  LkRow row = { 0 };
  GBytes *record = lk_store_record (store_of (self), event);
  const LkOpEvent *op = record ? lk_record_payload (record, LK_EVENT_OP) : NULL;
  g_object_set (session_of (self), "selected-event", event, NULL);
  if (op && op->n_outputs)
    g_object_set (session_of (self), "selected-tensor",
                  ((const LkTensorEvent *) ((const guint64 *) (op + 1) + op->n_inputs))->id, NULL);
  if (lk_store_row (store_of (self), event, &row) && row.stack)
    g_object_set (session_of (self), "selected-place", row.stack, NULL);
  g_clear_pointer (&record, g_bytes_unref);
}

/* A node is an event too: the last time it ran, or else when it was made. Its first output is the tensor. */
static void
picked (UiGraphPanel *self, guint item)
{
  LkGraphView view;
  say_selected (self);
  if (self->graph == DATAFLOW && item < self->events->len)
    pick_event (self, g_array_index (self->events, guint64, item));
  if (item == UI_LAYOUT_NONE || !shown_view (self, &view) || item >= view.n_nodes)
    return;
  const LkGraphNode *node = view.nodes[item];
  if (self->walk)
    {
      g_object_set (session_of (self), "selected-place", node->stack, NULL);
      return;
    }
  gint64 run = lk_store_node_run (store_of (self), self->graph, node->id,
                                  lk_session_cursor (session_of (self)));
  guint64 event = run >= 0 ? (guint64) run : node->event, tensor = node->n_outputs ? node->outputs[0].id : 0;
  GBytes *record = run >= 0 ? lk_store_record (store_of (self), event) : NULL;
  const LkOpEvent *op = record ? lk_record_payload (record, LK_EVENT_OP) : NULL;
  if (op && op->n_outputs)
    {
      const guint64 *inputs = (const guint64 *) (op + 1);
      tensor = ((const LkTensorEvent *) (inputs + op->n_inputs))->id;
    }
  g_object_set (session_of (self), "selected-node", (guint64) self->graph << 32 | node->id, "selected-event",
                event, "selected-tensor", tensor, "selected-place", node->stack, NULL);
  g_clear_pointer (&record, g_bytes_unref);
}

static void
follow_event (UiGraphPanel *self)
{
  guint64 event = G_MAXUINT64;
  g_object_get (session_of (self), "selected-event", &event, NULL);
  for (guint i = 0; i < self->events->len; i++)
    if (g_array_index (self->events, guint64, i) == event)
      ui_canvas_set_selected (self->canvas, i, TRUE);
  say_selected (self);
}

static void
follow_selection (UiGraphPanel *self)
{
  guint64 node = G_MAXUINT64;
  if (self->graph == DATAFLOW)
    {
      follow_event (self);
      return;
    }
  g_object_get (session_of (self), "selected-node", &node, NULL);
  if (self->walk || node == G_MAXUINT64 || (guint32) (node >> 32) != self->graph || (guint32) node >= self->n_nodes)
    return;
  ui_canvas_set_selected (self->canvas, (guint32) node, TRUE);
  say_selected (self);
}

/* ---- search ---- */

static gboolean
matches (UiGraph *graph, guint node, const char *text)
{
  g_autofree char *name = g_ascii_strdown (ui_layout_get_name (ui_graph_layout (graph), node), -1);
  g_autofree char *op = g_ascii_strdown (ui_graph_op (graph, node), -1);
  return strstr (name, text) || strstr (op, text);
}

static void
search_changed (UiGraphPanel *self)
{
  UiGraph *graph = ui_canvas_graph (self->canvas);
  guint8 *marks = ui_canvas_marks (self->canvas);
  g_autofree char *text = g_ascii_strdown (gtk_editable_get_text (GTK_EDITABLE (self->entry)), -1);
  guint n = 0;
  for (guint i = 0; graph && i < ui_graph_n_nodes (graph); i++)
    {
      marks[i] &= (guint8) ~UI_MARK_FOUND;
      if (*text && matches (graph, i, text))
        marks[i] |= UI_MARK_FOUND, n++;
    }
  self->match = G_MAXUINT;
  g_autofree char *said = !*text ? g_strdup ("")
                          : n    ? g_strdup_printf ("%u found", n)
                                 : g_strdup ("None found");
  gtk_label_set_text (self->found, said);
  ui_canvas_marks_changed (self->canvas);
}

static void
search_next (UiGraphPanel *self)
{
  UiGraph *graph = ui_canvas_graph (self->canvas);
  const guint8 *marks = ui_canvas_marks (self->canvas);
  guint n = graph ? ui_graph_n_nodes (graph) : 0;
  for (guint step = 1; step <= n; step++)
    {
      guint node = (self->match == G_MAXUINT ? step - 1 : self->match + step) % n;
      if (!(marks[node] & UI_MARK_FOUND))
        continue;
      self->match = node;
      ui_canvas_set_selected (self->canvas, node, FALSE);
      ui_canvas_reveal (self->canvas, node);
      picked (self, node);
      return;
    }
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
  lk_session_next (session_of (self), &next);
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
      drop_walk (self);
      self->graph = self->n_nodes = 0;
    }
  guint before = self->n_nodes;
  guint32 graph = self->graph;
  if (changes & (UI_CHANGE_SESSION | UI_CHANGE_APPENDED))
    list_graphs (self);
  choose_graph (self, changes);
  gtk_label_set_text (self->eager, self->graph == DATAFLOW ? "Ops that ran eagerly" : "");
  gboolean other = graph != self->graph || before != self->n_nodes;
  if (!store_of (self))
    return;
  if (other || changes & UI_CHANGE_BREAKPOINTS)
    mark_breakpoints (self);
  if (other || changes & UI_CHANGE_MOVED)
    mark_progress (self);
  if (other || changes & UI_CHANGE_SELECTED)
    follow_selection (self);
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
    drop_walk (self);
  adw_bin_set_child (ADW_BIN (self), NULL);
  self->walk_list = NULL;
  g_clear_pointer (&self->ids, g_array_unref);
  g_clear_pointer (&self->events, g_array_unref);
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
  gtk_widget_class_bind_template_callback (class, picked);
  gtk_widget_class_bind_template_callback (class, walked);
  gtk_widget_class_bind_template_callback (class, walk_key);
  gtk_widget_class_bind_template_callback (class, place_followed);
  gtk_widget_class_bind_template_callback (class, link_followed);
  gtk_widget_class_bind_template_callback (class, rewrites_toggled);
  gtk_widget_class_bind_template_callback (class, search_changed);
  gtk_widget_class_bind_template_callback (class, search_next);
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
  self->match = G_MAXUINT;
  gtk_widget_init_template (GTK_WIDGET (self));
  ui_looks_actions (self->bar, GTK_WIDGET (self), "graph", actions);
  g_signal_connect_swapped (self->graphs, "notify::selected", G_CALLBACK (row_selected), self);
  gtk_search_bar_connect_entry (self->searchbar, GTK_EDITABLE (self->entry));
}
