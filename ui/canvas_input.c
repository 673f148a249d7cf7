/* SPDX-License-Identifier: MIT */
#include <math.h>
#include "ui/canvas_parts.h"

/* ---- keyboard ---- */

/* Along an edge: up to where it comes from, down to where it goes; the nearest by x. */
static guint
follow_edge (UiCanvas *self, const UiLayoutBox *from, gboolean down)
{
  g_autoptr (GArray) routes = g_array_new (FALSE, FALSE, sizeof (guint));
  guint index = (guint) (from - self->picture->boxes), best = UI_LAYOUT_NONE;
  double distance = INFINITY;
  if (down)
    ui_layout_picture_routes_from (self->picture, index, routes);
  else
    ui_layout_picture_routes_to (self->picture, index, routes);
  for (guint i = 0; i < routes->len; i++)
    {
      const UiLayoutRoute *route = &self->picture->routes[g_array_index (routes, guint, i)];
      const UiLayoutBox *to = &self->picture->boxes[down ? route->dst : route->src];
      double away = hypot (to->rect.x + to->rect.width / 2 - from->rect.x - from->rect.width / 2,
                           to->rect.y - from->rect.y);
      if (to != from && away < distance && ui_graph_stage (self->drawn, to->item) != UI_STAGE_ABSENT)
        distance = away, best = to->item;
    }
  return best;
}

/* Beside: the nearest box at about the same height. */
static guint
neighbour (UiCanvas *self, const UiLayoutBox *from, gboolean right)
{
  double x = from->rect.x + from->rect.width / 2, y = from->rect.y + from->rect.height / 2,
         distance = INFINITY;
  guint best = UI_LAYOUT_NONE;
  for (guint i = 0; i < self->picture->n_boxes; i++)
    {
      const UiLayoutBox *to = &self->picture->boxes[i];
      double dx = to->rect.x + to->rect.width / 2 - x, dy = fabs (to->rect.y + to->rect.height / 2 - y);
      if (to == from || to->kind == UI_LAYOUT_BOX_OPEN || (right ? dx <= 0 : dx >= 0) || dy > fabs (dx)
          || fabs (dx) + 2 * dy >= distance || ui_graph_stage (self->drawn, to->item) == UI_STAGE_ABSENT)
        continue;
      distance = fabs (dx) + 2 * dy;
      best = to->item;
    }
  return best;
}

static void
walk (UiCanvas *self, guint key)
{
  guint item = self->selected != UI_LAYOUT_NONE ? self->selected : self->next;
  if (!self->picture || UI_CANVAS_STALE (self) || !self->picture->n_boxes)
    return;
  if (item == UI_LAYOUT_NONE)
    item = self->picture->boxes[0].item;
  else
    {
      const UiLayoutBox *from = &self->picture->boxes[ui_layout_picture_box_of (self->picture, item)];
      gboolean edge = key == GDK_KEY_Up || key == GDK_KEY_Down;
      item = edge ? follow_edge (self, from, key == GDK_KEY_Down)
                  : neighbour (self, from, key == GDK_KEY_Right);
    }
  if (item == UI_LAYOUT_NONE)
    return;
  ui_canvas_pick (self, item);
  ui_canvas_show_item (self, item);
}

static gboolean
key_pressed (UiCanvas *self, guint key, guint code, GdkModifierType state)
{
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK))
    return FALSE;
  switch (key)
    {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add: ui_canvas_zoom (self, UI_CANVAS_IN); return TRUE;
    case GDK_KEY_minus: case GDK_KEY_KP_Subtract: ui_canvas_zoom (self, UI_CANVAS_OUT); return TRUE;
    case GDK_KEY_0: case GDK_KEY_KP_0: ui_canvas_zoom (self, UI_CANVAS_ONE); return TRUE;
    case GDK_KEY_f: case GDK_KEY_F: ui_canvas_zoom (self, UI_CANVAS_FIT); return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_space: ui_canvas_toggle (self, self->selected); return TRUE;
    case GDK_KEY_BackSpace: ui_canvas_leave (self); return TRUE;
    case GDK_KEY_r: case GDK_KEY_R: ui_canvas_walk (self, GDK_KEY_r); return TRUE;
    case GDK_KEY_comma: ui_canvas_walk (self, GDK_KEY_Up); return TRUE;
    case GDK_KEY_period: ui_canvas_walk (self, GDK_KEY_Down); return TRUE;
    case GDK_KEY_bracketleft: case GDK_KEY_Page_Up: ui_canvas_walk (self, GDK_KEY_Left); return TRUE;
    case GDK_KEY_bracketright: case GDK_KEY_Page_Down: ui_canvas_walk (self, GDK_KEY_Right); return TRUE;
    case GDK_KEY_Up: case GDK_KEY_Down: case GDK_KEY_Left: case GDK_KEY_Right: walk (self, key); return TRUE;
    default: return FALSE;
    }
}

/* ---- pointer ---- */

static void
pressed (UiCanvas *self, int n, double x, double y)
{
  graphene_rect_t map = ui_canvas_map_rect (self);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (!self->picture || UI_CANVAS_STALE (self)
      || (ui_canvas_map_shown (self)
          && graphene_rect_contains_point (&map, &GRAPHENE_POINT_INIT ((float) x, (float) y))))
    return;
  guint item = ui_canvas_item_at (self, x, y);
  UiLayoutPoint at = ui_canvas_point (self, x, y);
  const UiLayoutBox *box = item == UI_LAYOUT_NONE
                               ? NULL
                               : &self->picture->boxes[ui_layout_picture_box_of (self->picture, item)];
  gboolean sign = box && n == 1 && ui_graph_on_sign (self->graph, box, at.x, at.y);
  ui_canvas_pick (self, item);
  if (sign || n == 2)
    ui_canvas_toggle (self, item);
}

static void
center_from_map (UiCanvas *self, double x, double y)
{
  graphene_rect_t map = ui_canvas_map_rect (self);
  UiGraphView fit = ui_graph_fit (self->picture, UI_CANVAS_MAP_WIDTH, UI_CANVAS_MAP_HEIGHT, 4);
  double cx = fit.x + (x - map.origin.x) / fit.zoom, cy = fit.y + (y - map.origin.y) / fit.zoom;
  ui_canvas_pan_to (self, cx - ui_canvas_width (self) / 2 / self->view.zoom,
                    cy - ui_canvas_height (self) / 2 / self->view.zoom);
}

static void
drag_begin (UiCanvas *self, double x, double y)
{
  graphene_rect_t map = ui_canvas_map_rect (self);
  self->drag_from = self->view;
  self->on_map = self->picture && ui_canvas_map_shown (self)
                 && graphene_rect_contains_point (&map, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  if (self->on_map)
    center_from_map (self, x, y);
}

static void
drag_update (UiCanvas *self, double dx, double dy, GtkGestureDrag *drag)
{
  double x, y;
  if (self->on_map && gtk_gesture_drag_get_start_point (drag, &x, &y))
    center_from_map (self, x + dx, y + dy);
  else if (hypot (dx, dy) > 4)
    ui_canvas_pan_to (self, self->drag_from.x - dx / self->view.zoom,
                      self->drag_from.y - dy / self->view.zoom);
}

static gboolean
scrolled (UiCanvas *self, double dx, double dy, GtkEventControllerScroll *scroll)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (scroll));
  double unit = gtk_event_controller_scroll_get_unit (scroll) == GDK_SCROLL_UNIT_SURFACE ? 1 : 48;
  if (state & GDK_CONTROL_MASK)
    {
      ui_canvas_zoom_at (self, self->view.zoom * pow (1.15, -dy * unit / 48), self->pointer_x,
                         self->pointer_y);
      return TRUE;
    }
  if (state & GDK_SHIFT_MASK && dx == 0)
    dx = dy, dy = 0;
  ui_canvas_pan_to (self, self->view.x + dx * unit / self->view.zoom,
                    self->view.y + dy * unit / self->view.zoom);
  return TRUE;
}

static void
pinch_begin (UiCanvas *self)
{
  self->pinch_zoom = self->view.zoom;
}

static void
pinched (UiCanvas *self, double scale, GtkGesture *gesture)
{
  double x = ui_canvas_width (self) / 2, y = ui_canvas_height (self) / 2;
  gtk_gesture_get_bounding_box_center (gesture, &x, &y);
  ui_canvas_zoom_at (self, self->pinch_zoom * scale, x, y);
}

static void
hover_at (UiCanvas *self, double x, double y)
{
  guint item = ui_canvas_item_at (self, x, y);
  self->pointer_x = x;
  self->pointer_y = y;
  if (item == self->hover)
    return;
  self->hover = item;
  gtk_widget_trigger_tooltip_query (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
hover_end (UiCanvas *self)
{
  self->hover = UI_LAYOUT_NONE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
ui_canvas_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  UiCanvas *self = UI_CANVAS (widget);
  guint item = keyboard ? self->selected : ui_canvas_item_at (self, x, y);
  if (item == UI_LAYOUT_NONE || !self->graph)
    return FALSE;
  UiLayout *layout = ui_graph_layout (self->graph);
  g_autofree char *text = ui_layout_is_scope (layout, item)
                              ? g_strdup_printf ("%s\n%u nodes", ui_layout_get_name (layout, item),
                                                 ui_layout_count_nodes (layout, item))
                              : g_strdup_printf ("%s\n%s, %s", ui_layout_get_name (layout, item),
                                                 ui_graph_op (self->graph, item),
                                                 ui_family_name (ui_graph_family (self->graph, item)));
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

void
ui_canvas_add_controllers (UiCanvas *self)
{
  GtkEventController *key = gtk_event_controller_key_new (), *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkGesture *click = gtk_gesture_click_new (), *drag = gtk_gesture_drag_new (),
             *pinch = gtk_gesture_zoom_new ();
  GtkWidget *widget = GTK_WIDGET (self);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), 0);
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_pressed), self);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (hover_at), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (hover_end), self);
  g_signal_connect_swapped (scroll, "scroll", G_CALLBACK (scrolled), self);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed), self);
  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update), self);
  g_signal_connect_swapped (pinch, "begin", G_CALLBACK (pinch_begin), self);
  g_signal_connect_swapped (pinch, "scale-changed", G_CALLBACK (pinched), self);
  gtk_widget_add_controller (widget, key);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (pinch));
}
