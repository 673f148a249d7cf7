/* SPDX-License-Identifier: MIT */
#include <math.h>
#include "ui/canvas_parts.h"

#define READABLE 0.45 /* the least zoom at which boxes can be read */
#define SETTLE 120 /* ms without zooming after which a crowd is drawn anew */

double
ui_canvas_width (UiCanvas *self)
{
  return MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1);
}

double
ui_canvas_height (UiCanvas *self)
{
  return MAX (gtk_widget_get_height (GTK_WIDGET (self)), 1);
}

UiLayoutPoint
ui_canvas_point (UiCanvas *self, double px, double py)
{
  return (UiLayoutPoint) { (float) (self->view.x + px / self->view.zoom),
                          (float) (self->view.y + py / self->view.zoom) };
}

guint
ui_canvas_item_at (UiCanvas *self, double px, double py)
{
  guint box = self->picture && !UI_CANVAS_STALE (self)
                  ? ui_layout_picture_box_at (self->picture, ui_canvas_point (self, px, py))
                  : UI_LAYOUT_NONE;
  if (box == UI_LAYOUT_NONE || ui_graph_stage (self->drawn, self->picture->boxes[box].item) == UI_STAGE_ABSENT)
    return UI_LAYOUT_NONE;
  return self->picture->boxes[box].item;
}

/* At least a strip of the graph stays in view, so nobody gets lost. */
static void
keep_near (UiCanvas *self)
{
  const UiLayoutRect *all = &self->picture->bounds;
  double margin_x = MIN (80, ui_canvas_width (self) / 3) / self->view.zoom;
  double margin_y = MIN (80, ui_canvas_height (self) / 3) / self->view.zoom;
  self->view.x = CLAMP (self->view.x, all->x + margin_x - ui_canvas_width (self) / self->view.zoom,
                        all->x + all->width - margin_x);
  self->view.y = CLAMP (self->view.y, all->y + margin_y - ui_canvas_height (self) / self->view.zoom,
                        all->y + all->height - margin_y);
}

void
ui_canvas_pan_to (UiCanvas *self, double x, double y)
{
  if (!self->picture)
    return;
  self->view.x = x;
  self->view.y = y;
  keep_near (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
settled (gpointer data)
{
  UiCanvas *self = data;
  self->settle = 0;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

/* The point under the pointer stays under the pointer. */
void
ui_canvas_zoom_at (UiCanvas *self, double zoom, double px, double py)
{
  UiLayoutPoint at = ui_canvas_point (self, px, py);
  if (!self->picture)
    return;
  self->view.zoom = CLAMP (zoom, UI_GRAPH_ZOOM_MIN, UI_GRAPH_ZOOM_MAX);
  g_clear_handle_id (&self->settle, g_source_remove);
  self->settle = g_timeout_add (SETTLE, settled, self);
  ui_canvas_pan_to (self, at.x - px / self->view.zoom, at.y - py / self->view.zoom);
}

/* Moves as little as shows the item's box whole, with room around it. */
void
ui_canvas_show_item (UiCanvas *self, guint item)
{
  if (!self->picture || UI_CANVAS_STALE (self) || item == UI_LAYOUT_NONE)
    return;
  const UiLayoutRect *box = &self->picture->boxes[ui_layout_picture_box_of (self->picture, item)].rect;
  double width = ui_canvas_width (self) / self->view.zoom, height = ui_canvas_height (self) / self->view.zoom;
  double margin_x = MIN (48 / self->view.zoom, width / 6), margin_y = MIN (48 / self->view.zoom, height / 6);
  double x = self->view.x, y = self->view.y;
  x = MAX (x, box->x + box->width + margin_x - width);
  x = MIN (x, box->x - margin_x);
  y = MAX (y, box->y + box->height + margin_y - height);
  y = MIN (y, box->y - margin_y);
  ui_canvas_pan_to (self, x, y);
}

/* Whole, with some room around it, and not below the overview. */
static gboolean
is_seen (UiCanvas *self, double left, double top, double right, double bottom)
{
  double zoom = self->view.zoom, width = ui_canvas_width (self), height = ui_canvas_height (self), room = 24;
  double x0 = (left - self->view.x) * zoom, x1 = (right - self->view.x) * zoom;
  double y0 = (top - self->view.y) * zoom, y1 = (bottom - self->view.y) * zoom;
  graphene_rect_t map = ui_canvas_map_rect (self);
  graphene_rect_t box = GRAPHENE_RECT_INIT ((float) x0, (float) y0, (float) (x1 - x0), (float) (y1 - y0));
  return x0 > room && y0 > room && x1 < width - room && y1 < height - room
         && !(ui_canvas_map_shown (self) && graphene_rect_intersection (&map, &box, NULL));
}

/* The first of them, in the middle, unless one is seen. */
static void
show_one_of (UiCanvas *self, const GArray *items)
{
  const UiLayoutRect *box = NULL;
  for (guint i = items->len; i-- > 0;)
    {
      box = &self->picture->boxes[ui_layout_picture_box_of (self->picture, g_array_index (items, guint, i))].rect;
      if (self->view.zoom >= READABLE && is_seen (self, box->x, box->y, box->x + box->width, box->y + box->height))
        return;
    }
  self->view.zoom = fmax (self->view.zoom, 0.7);
  ui_canvas_pan_to (self, box->x + box->width / 2 - ui_canvas_width (self) / self->view.zoom / 2,
                    box->y + box->height / 2 - ui_canvas_height (self) / self->view.zoom / 2);
}

/* All of them, at a smaller zoom if they do not fit at this one, but never so small that nothing can be read: then one of
   them, and the map in the corner has them all. */
void
ui_canvas_show_items (UiCanvas *self, const GArray *items)
{
  double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
  double width = ui_canvas_width (self), height = ui_canvas_height (self);
  for (guint i = 0; i < items->len; i++)
    {
      guint item = g_array_index (items, guint, i);
      const UiLayoutRect *box = &self->picture->boxes[ui_layout_picture_box_of (self->picture, item)].rect;
      left = fmin (left, box->x), right = fmax (right, box->x + box->width);
      top = fmin (top, box->y), bottom = fmax (bottom, box->y + box->height);
    }
  double fits = fmin (width / (right - left + 120), height / (bottom - top + 120));
  if (fits < READABLE)
    {
      show_one_of (self, items);
      return;
    }
  if (fits < self->view.zoom || self->view.zoom < READABLE)
    self->view.zoom = fmin (fits, 1);
  if (!is_seen (self, left, top, right, bottom))
    ui_canvas_pan_to (self, (left + right - width / self->view.zoom) / 2, (top + bottom - height / self->view.zoom) / 2);
}

void
ui_canvas_place_view (UiCanvas *self)
{
  if (self->placed || !self->picture || !gtk_widget_get_width (GTK_WIDGET (self)))
    return;
  self->view = ui_graph_start (self->picture, ui_canvas_width (self), ui_canvas_height (self));
  self->placed = TRUE;
  if (self->next != UI_LAYOUT_NONE)
    ui_canvas_show_item (self, self->next);
}
