/* SPDX-License-Identifier: MIT */
/* What is selected: in the panel, for the other panels, and by them. */
#include <string.h>
#include "ui/callees.h"
#include "ui/graph_parts.h"
#include "ui/nodes.h"

/* What is known of an item, for the line below the graph. (transfer full) */
static char *
describe_item (UiGraphPanel *self, UiLayout *layout, guint item)
{
  LkGraphView view;
  if (ui_layout_is_scope (layout, item))
    return g_strdup_printf ("%u nodes", ui_layout_count_nodes (layout, item));
  if (self->graph == UI_GRAPH_DATAFLOW)
    return lk_store_describe (ui_graph_panel_store (self), g_array_index (self->events, guint64, item));
  return ui_graph_panel_view (self, &view) && item < view.n_nodes
             ? ui_nodes_describe (ui_graph_panel_store (self), view.nodes[item])
             : g_strdup ("");
}

/* The traced nodes that one of a rewritten graph stands for, in markup. (transfer full) (nullable) */
static char *
origins_text (UiGraphPanel *self, guint node)
{
  LkStore *store = ui_graph_panel_store (self);
  gint rewriting = self->walk ? -1 : lk_store_rewriting_of (store, self->graph);
  UiWalk *walk = self->walk;
  if (rewriting >= 0)
    {
      if (!self->whence || ui_walk_view (self->whence)->final != self->graph)
        {
          ui_walk_free (self->whence);
          self->whence = ui_walk_new (store, (guint) rewriting, 10);
        }
      walk = self->whence;
      node = walk ? ui_walk_working (walk, node) : 0;
    }
  if (!walk)
    return NULL;
  g_autoptr (GArray) origins = ui_walk_origins (walk, node);
  gboolean itself = origins->len == 1 && g_array_index (origins, guint, 0) == node;
  return itself || !origins->len ? NULL : ui_walk_names (walk, origins, 6);
}

/* (transfer full) (nullable) */
static GArray *
callees_of (UiGraphPanel *self, guint item)
{
  LkGraphView view;
  if (!ui_graph_panel_view (self, &view) || item >= view.n_nodes)
    return NULL;
  return ui_callees_of (ui_graph_panel_store (self), view.id, view.nodes[item]);
}

/* Links to the graphs that a node runs, in markup. (transfer full) */
static char *
callees_text (UiGraphPanel *self, guint item)
{
  g_autoptr (GArray) callees = callees_of (self, item);
  GString *out = g_string_new (NULL);
  for (guint i = 0; callees && i < callees->len; i++)
    {
      const UiCallee *callee = &g_array_index (callees, UiCallee, i);
      g_string_append_printf (out, "  ·  <a href=\"graph:%u\">%s</a>", callee->graph,
                              callees->len > 1 || strcmp (callee->attr, "f") ? callee->attr : "its graph");
    }
  return g_string_free (out, FALSE);
}

/* Where one went in from, with a link back, in markup. (transfer full) */
static char *
trail_text (UiGraphPanel *self)
{
  guint32 outer = g_array_index (self->trail, guint32, self->trail->len - 1);
  g_autofree char *title = ui_nodes_graph_title (ui_graph_panel_store (self), outer);
  return g_markup_printf_escaped ("Run by a node of <a href=\"back:\">%s</a> (Backspace)", title);
}

void
ui_graph_panel_say (UiGraphPanel *self)
{
  UiGraph *graph = ui_canvas_graph (self->canvas);
  guint item = ui_canvas_selected (self->canvas);
  g_autofree char *text = NULL;
  if (graph && item != UI_LAYOUT_NONE)
    {
      UiLayout *layout = ui_graph_layout (graph);
      gboolean scope = ui_layout_is_scope (layout, item);
      g_autofree char *what = describe_item (self, layout, item);
      g_autofree char *origins = scope ? NULL : origins_text (self, item), *callees = scope ? NULL : callees_text (self, item);
      g_autofree char *said = g_markup_printf_escaped ("%s  —  %s", ui_layout_get_name (layout, item), what);
      text = g_strconcat (said, callees ? callees : "", origins ? "  ·  <b>stands for</b> " : NULL, origins, NULL);
    }
  else if (graph && self->trail->len)
    text = trail_text (self);
  gtk_label_set_markup (self->status, text ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->status), text != NULL);
}

/* ---- into nodes and back ---- */

/* From a graph as it runs to one as it runs. */
static void
enter (UiGraphPanel *self, guint32 graph)
{
  gboolean runs = !self->walk && lk_store_rewriting_of (ui_graph_panel_store (self), self->graph) >= 0;
  g_array_append_val (self->trail, self->graph);
  ui_graph_panel_go (self, runs ? ui_callees_run_as (ui_graph_panel_store (self), graph) : graph);
}

void
ui_graph_panel_entered (UiGraphPanel *self, guint item)
{
  g_autoptr (GArray) callees = item == UI_LAYOUT_NONE ? NULL : callees_of (self, item);
  if (callees && callees->len)
    enter (self, g_array_index (callees, UiCallee, 0).graph);
  else if (item == UI_LAYOUT_NONE && self->trail->len)
    {
      guint32 outer = g_array_index (self->trail, guint32, self->trail->len - 1);
      g_array_set_size (self->trail, self->trail->len - 1);
      ui_graph_panel_go (self, outer);
    }
}

/* ---- for the other panels, and by them ---- */

static void
pick_event (UiGraphPanel *self, guint64 event)
{
  LkRow row = { 0 };
  GBytes *record = lk_store_record (ui_graph_panel_store (self), event);
  const LkOpEvent *op = record ? lk_record_payload (record, LK_EVENT_OP) : NULL;
  g_object_set (ui_graph_panel_session (self), "selected-event", event, NULL);
  if (op && op->n_outputs)
    g_object_set (ui_graph_panel_session (self), "selected-tensor",
                  ((const LkTensorEvent *) ((const guint64 *) (op + 1) + op->n_inputs))->id, NULL);
  if (lk_store_row (ui_graph_panel_store (self), event, &row) && row.stack)
    g_object_set (ui_graph_panel_session (self), "selected-place", row.stack, NULL);
  g_clear_pointer (&record, g_bytes_unref);
}

/* A node is an event too: the last time it ran, or else when it was made. Its first output is the tensor. */
void
ui_graph_panel_picked (UiGraphPanel *self, guint item)
{
  LkGraphView view;
  ui_graph_panel_say (self);
  if (self->graph == UI_GRAPH_DATAFLOW && item < self->events->len)
    pick_event (self, g_array_index (self->events, guint64, item));
  if (item == UI_LAYOUT_NONE || !ui_graph_panel_view (self, &view) || item >= view.n_nodes)
    return;
  const LkGraphNode *node = view.nodes[item];
  if (self->walk)
    {
      g_object_set (ui_graph_panel_session (self), "selected-place", node->stack, NULL);
      return;
    }
  gint64 run = lk_store_node_run (ui_graph_panel_store (self), self->graph, node->id,
                                  lk_session_cursor (ui_graph_panel_session (self)));
  guint64 event = run >= 0 ? (guint64) run : node->event, tensor = node->n_outputs ? node->outputs[0].id : 0;
  GBytes *record = run >= 0 ? lk_store_record (ui_graph_panel_store (self), event) : NULL;
  const LkOpEvent *op = record ? lk_record_payload (record, LK_EVENT_OP) : NULL;
  if (op && op->n_outputs)
    {
      const guint64 *inputs = (const guint64 *) (op + 1);
      tensor = ((const LkTensorEvent *) (inputs + op->n_inputs))->id;
    }
  g_object_set (ui_graph_panel_session (self), "selected-node", (guint64) self->graph << 32 | node->id, "selected-event",
                event, "selected-tensor", tensor, "selected-place", node->stack, NULL);
  g_clear_pointer (&record, g_bytes_unref);
}

static void
follow_event (UiGraphPanel *self)
{
  guint64 event = G_MAXUINT64;
  g_object_get (ui_graph_panel_session (self), "selected-event", &event, NULL);
  for (guint i = 0; i < self->events->len; i++)
    if (g_array_index (self->events, guint64, i) == event)
      ui_canvas_set_selected (self->canvas, i, TRUE);
  ui_graph_panel_say (self);
}

void
ui_graph_panel_follow (UiGraphPanel *self)
{
  guint64 node = G_MAXUINT64;
  if (self->graph == UI_GRAPH_DATAFLOW)
    {
      follow_event (self);
      return;
    }
  g_object_get (ui_graph_panel_session (self), "selected-node", &node, NULL);
  if (self->walk || node == G_MAXUINT64 || (guint32) (node >> 32) != self->graph || (guint32) node >= self->n_nodes)
    return;
  ui_canvas_set_selected (self->canvas, (guint32) node, TRUE);
  ui_graph_panel_say (self);
}

gboolean
ui_graph_panel_follow_link (UiGraphPanel *self, const char *link)
{
  guint64 id = 0;
  if (g_str_has_prefix (link, "place:") && g_ascii_string_to_unsigned (link + 6, 10, 1, G_MAXUINT32, &id, NULL))
    g_object_set (ui_graph_panel_session (self), "selected-place", (guint) id, NULL);
  if (g_str_has_prefix (link, "graph:") && g_ascii_string_to_unsigned (link + 6, 10, 1, G_MAXUINT32, &id, NULL))
    enter (self, (guint32) id);
  if (g_str_equal (link, "back:"))
    ui_graph_panel_entered (self, UI_LAYOUT_NONE);
  return TRUE;
}
