/* SPDX-License-Identifier: MIT */
#include "ui/canvas_parts.h"
#include <adwaita.h>
#include "ui/looks.h"

#define FIRST_BOXES 40                                  /* so many are shown at first */

G_DEFINE_FINAL_TYPE (UiCanvas, ui_canvas, GTK_TYPE_WIDGET)

enum { PICKED, ENTERED, WALK, N_SIGNALS };
static guint signals[N_SIGNALS];

static void
describe_stage (UiGraph *graph, GString *text)
{
  guint count[UI_STAGE_NEW + 1] = { 0 };
  for (guint i = 0; i < ui_graph_n_nodes (graph); i++)
    count[ui_graph_stage (graph, i)]++;
  g_string_append_printf (text, ", of which %u there, %u gone, %u new", count[UI_STAGE_THERE], count[UI_STAGE_GONE],
                          count[UI_STAGE_NEW]);
}

/* What is seen, for those who can't: "200 nodes, 12 boxes shown, next dense/MatMul, selected dense". */
static void
describe (UiCanvas *self)
{
  GString *text = g_string_new (self->graph ? NULL : "empty");
  UiLayout *layout = self->graph ? ui_graph_layout (self->graph) : NULL;
  if (self->graph)
    g_string_append_printf (text, "%u nodes", ui_graph_n_nodes (self->graph));
  if (self->graph && ui_graph_has_stage (self->graph))
    describe_stage (self->graph, text);
  if (self->picture)
    g_string_append_printf (text, ", %u boxes shown", self->picture->n_boxes);
  if (layout && self->next != UI_LAYOUT_NONE)
    g_string_append_printf (text, ", next %s", ui_layout_get_name (layout, self->next));
  if (layout && self->selected != UI_LAYOUT_NONE)
    g_string_append_printf (text, ", selected %s", ui_layout_get_name (layout, self->selected));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text->str, -1);
  g_string_free (text, TRUE);
}

static void
got_picture (UiLayoutPicture *picture, gpointer data)
{
  UiCanvas *self = data;
  g_clear_pointer (&self->picture, ui_layout_picture_unref);
  self->picture = picture;
  g_clear_pointer (&self->drawn, ui_graph_unref);
  self->drawn = ui_graph_ref (self->graph);
  ui_canvas_drop_drawn (self);
  ui_canvas_place_view (self);
  if (self->pending_reveal != UI_LAYOUT_NONE)
    ui_canvas_show_item (self, self->pending_reveal);
  self->pending_reveal = UI_LAYOUT_NONE;
  if (self->pending_items && gtk_widget_get_width (GTK_WIDGET (self)))
    ui_canvas_show_items (self, self->pending_items);
  g_clear_pointer (&self->pending_items, g_array_unref);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- doing ---- */

void
ui_canvas_pick (UiCanvas *self, guint item)
{
  ui_canvas_set_selected (self, item, FALSE);
  g_signal_emit (self, signals[PICKED], 0, item);
}

void
ui_canvas_walk (UiCanvas *self, guint key)
{
  g_signal_emit (self, signals[WALK], 0, key);
}

void
ui_canvas_toggle (UiCanvas *self, guint item)
{
  UiLayout *layout = self->graph ? ui_graph_layout (self->graph) : NULL;
  if (!layout || UI_CANVAS_STALE (self) || item == UI_LAYOUT_NONE)
    return;
  if (!ui_layout_is_scope (layout, item))
    {
      g_signal_emit (self, signals[ENTERED], 0, item);
      return;
    }
  const UiLayoutBox *box = &self->picture->boxes[ui_layout_picture_box_of (self->picture, item)];
  gboolean open = box->item == item && box->kind == UI_LAYOUT_BOX_OPEN;
  if (open)
    g_hash_table_remove (self->open, ui_layout_get_name (layout, item));
  else
    g_hash_table_add (self->open, g_strdup (ui_layout_get_name (layout, item)));
  ui_layouter_request (self->layouter, open ? UI_LAYOUTER_CLOSE : UI_LAYOUTER_OPEN, item);
}

void
ui_canvas_leave (UiCanvas *self)
{
  g_signal_emit (self, signals[ENTERED], 0, UI_LAYOUT_NONE);
}

void
ui_canvas_zoom (UiCanvas *self, UiCanvasZoom zoom)
{
  double x = ui_canvas_width (self) / 2, y = ui_canvas_height (self) / 2;
  if (!self->picture)
    return;
  switch (zoom)
    {
    case UI_CANVAS_IN: ui_canvas_zoom_at (self, self->view.zoom * 1.25, x, y); break;
    case UI_CANVAS_OUT: ui_canvas_zoom_at (self, self->view.zoom / 1.25, x, y); break;
    case UI_CANVAS_ONE: ui_canvas_zoom_at (self, 1, x, y); break;
    case UI_CANVAS_FIT:
      self->view = ui_graph_fit (self->picture, ui_canvas_width (self), ui_canvas_height (self), 20);
      gtk_widget_queue_draw (GTK_WIDGET (self));
    }
}

static void
remember_open (UiCanvas *self, guint depth)
{
  UiLayout *layout = ui_graph_layout (self->graph);
  g_hash_table_remove_all (self->open);
  for (guint i = ui_layout_n_nodes (layout); i < ui_layout_n_items (layout); i++)
    if (ui_layout_get_depth (layout, i) < depth)
      g_hash_table_add (self->open, g_strdup (ui_layout_get_name (layout, i)));
}

void
ui_canvas_open_all (UiCanvas *self, gboolean open)
{
  if (!self->graph)
    return;
  remember_open (self, open ? G_MAXUINT : 0);
  self->placed = FALSE;
  ui_layouter_request (self->layouter, UI_LAYOUTER_DEPTH, open ? G_MAXUINT : 0);
}

void
ui_canvas_reveal (UiCanvas *self, guint item)
{
  if (!self->graph || item == UI_LAYOUT_NONE)
    return;
  UiLayout *layout = ui_graph_layout (self->graph);
  for (guint up = ui_layout_get_parent (layout, item); up != UI_LAYOUT_NONE;
       up = ui_layout_get_parent (layout, up))
    g_hash_table_add (self->open, g_strdup (ui_layout_get_name (layout, up)));
  self->pending_reveal = item;
  ui_layouter_request (self->layouter, UI_LAYOUTER_REVEAL, item);
}

void
ui_canvas_stage_changed (UiCanvas *self, const GArray *items)
{
  g_clear_pointer (&self->pending_items, g_array_unref);
  if (self->picture)
    ui_canvas_drop_tiles (self);
  if (items && items->len && self->picture && !UI_CANVAS_STALE (self))
    ui_canvas_show_items (self, items);
  else if (items && items->len)
    self->pending_items = g_array_copy ((GArray *) items);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- what it shows ---- */

UiGraph *
ui_canvas_graph (UiCanvas *self)
{
  return self->graph;
}

guint8 *
ui_canvas_marks (UiCanvas *self)
{
  return self->marks;
}

void
ui_canvas_marks_changed (UiCanvas *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
reopen (UiCanvas *self)
{
  UiLayout *layout = ui_graph_layout (self->graph);
  GHashTableIter iter;
  gpointer name;
  ui_layouter_request (self->layouter, UI_LAYOUTER_DEPTH, 0);
  g_hash_table_iter_init (&iter, self->open);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      guint scope = ui_layout_find_scope (layout, name);
      if (scope != UI_LAYOUT_NONE)
        ui_layouter_request (self->layouter, UI_LAYOUTER_OPEN, scope);
    }
}

static void
open_first (UiCanvas *self)
{
  guint depth = ui_graph_first_depth (self->graph, FIRST_BOXES);
  remember_open (self, depth);
  ui_layouter_request (self->layouter, UI_LAYOUTER_DEPTH, depth);
}

void
ui_canvas_set_graph (UiCanvas *self, UiGraph *graph, gboolean keep)
{
  guint next = keep ? self->next : UI_LAYOUT_NONE, selected = keep ? self->selected : UI_LAYOUT_NONE;
  guint old_nodes = self->graph ? ui_graph_n_nodes (self->graph) : 0;
  g_clear_pointer (&self->layouter, ui_layouter_free);
  if (!keep)
    {
      g_clear_pointer (&self->picture, ui_layout_picture_unref);
      g_clear_pointer (&self->drawn, ui_graph_unref);
      ui_canvas_drop_drawn (self);
    }
  g_clear_pointer (&self->graph, ui_graph_unref);
  g_clear_pointer (&self->marks, g_free);
  g_clear_pointer (&self->pending_items, g_array_unref);
  self->next = next < old_nodes ? next : UI_LAYOUT_NONE; /* scopes have other numbers in the grown graph */
  self->selected = selected < old_nodes ? selected : UI_LAYOUT_NONE;
  self->hover = self->pending_reveal = UI_LAYOUT_NONE;
  self->placed = keep && self->placed;
  if (graph)
    {
      self->graph = ui_graph_ref (graph);
      self->marks = g_new0 (guint8, ui_graph_n_nodes (graph) + 1);
      self->layouter = ui_layouter_new (graph, got_picture, self);
      if (keep && old_nodes)
        reopen (self);
      else
        open_first (self);
    }
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ui_canvas_set_next (UiCanvas *self, guint item)
{
  if (self->next == item)
    return;
  self->next = item;
  if (self->placed)
    ui_canvas_show_item (self, item);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ui_canvas_set_selected (UiCanvas *self, guint item, gboolean show)
{
  if (self->selected == item)
    return;
  self->selected = item;
  if (show)
    ui_canvas_show_item (self, item);
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

guint
ui_canvas_selected (UiCanvas *self)
{
  return self->selected;
}

gboolean
ui_canvas_size (UiCanvas *self, double *width, double *height)
{
  if (!self->picture)
    return FALSE;
  *width = self->picture->bounds.width + 40;
  *height = self->picture->bounds.height + 40;
  return TRUE;
}

void
ui_canvas_draw_all (UiCanvas *self, cairo_t *cr, double width, double height)
{
  UiGraphView view = ui_graph_fit (self->picture, width, height, 20);
  ui_graph_draw (cr, self->drawn, self->picture, &view, &self->palette, width, height);
}

/* ---- object ---- */

static void
restyle (UiCanvas *self)
{
  ui_looks_palette (GTK_WIDGET (self), &self->palette);
  ui_canvas_drop_drawn (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (ui_canvas_parent_class)->css_changed (widget, change);
  restyle (UI_CANVAS (widget));
}

static void
dispose (GObject *object)
{
  UiCanvas *self = UI_CANVAS (object);
  g_clear_handle_id (&self->settle, g_source_remove);
  if (self->open)
    ui_canvas_set_graph (self, NULL, FALSE);
  g_clear_pointer (&self->open, g_hash_table_unref);
  g_clear_pointer (&self->tiles, g_hash_table_unref);
  G_OBJECT_CLASS (ui_canvas_parent_class)->dispose (object);
}

static void
ui_canvas_class_init (UiCanvasClass *class)
{
  G_OBJECT_CLASS (class)->dispose = dispose;
  GTK_WIDGET_CLASS (class)->snapshot = ui_canvas_snapshot;
  GTK_WIDGET_CLASS (class)->css_changed = css_changed;
  GTK_WIDGET_CLASS (class)->query_tooltip = ui_canvas_query_tooltip;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (class), "canvas");
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class), GTK_ACCESSIBLE_ROLE_IMG);
  signals[PICKED] = g_signal_new ("picked", UI_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[ENTERED] = g_signal_new ("entered", UI_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_UINT);
  signals[WALK] = g_signal_new ("walk", UI_TYPE_CANVAS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                G_TYPE_UINT);
}

static void
ui_canvas_init (UiCanvas *self)
{
  self->next = self->selected = self->hover = self->pending_reveal = UI_LAYOUT_NONE;
  self->open = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->tiles = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free,
                                       (GDestroyNotify)cairo_surface_destroy);
  self->tiles_zoom = 1;
  ui_palette_init (&self->palette, FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (restyle), self,
                           G_CONNECT_SWAPPED);
  ui_canvas_add_controllers (self);
}
