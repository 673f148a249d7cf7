/* SPDX-License-Identifier: MIT */
#include <math.h>
#include "ui/canvas_parts.h"

#define CROWD 700 /* more boxes and routes than this are drawn from tiles */
#define TILE 512                                        /* px of a tile's side */
#define MOST_TILES 64
#define FRAME (9 * 1000)                                /* µs of a frame that drawing tiles may take */
#define MAP_GAP 12

/* ---- tiles: a dense part of a graph is drawn once per zoom, so that panning only copies ---- */

void
ui_canvas_drop_tiles (UiCanvas *self)
{
  g_hash_table_remove_all (self->tiles);
}

void
ui_canvas_drop_drawn (UiCanvas *self)
{
  ui_canvas_drop_tiles (self);
  g_clear_pointer (&self->map, cairo_surface_destroy);
}

static cairo_surface_t *
new_surface (UiCanvas *self, double width, double height)
{
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width * scale,
                                                         (int) height * scale);
  cairo_surface_set_device_scale (surface, scale, scale);
  return surface;
}

static cairo_surface_t *
draw_tile (UiCanvas *self, gint64 column, gint64 row)
{
  cairo_surface_t *surface = new_surface (self, TILE, TILE);
  cairo_t *cr = cairo_create (surface);
  UiGraphView view = { column * TILE / self->tiles_zoom, row * TILE / self->tiles_zoom, self->tiles_zoom };
  ui_graph_draw (cr, self->drawn, self->picture, &view, &self->palette, TILE, TILE);
  cairo_destroy (cr);
  return surface;
}

/* The tile, drawn now if there is time before `deadline`; else NULL. */
static cairo_surface_t *
get_tile (UiCanvas *self, gint64 column, gint64 row, gint64 deadline)
{
  gint64 key = row * G_MAXINT32 + column;
  cairo_surface_t *tile = g_hash_table_lookup (self->tiles, &key);
  if (tile || g_get_monotonic_time () > deadline)
    return tile;
  if (g_hash_table_size (self->tiles) >= MOST_TILES)
    g_hash_table_remove_all (self->tiles);
  tile = draw_tile (self, column, row);
  g_hash_table_insert (self->tiles, g_memdup2 (&key, sizeof key), tile);
  return tile;
}

static void
paint_tile (cairo_t *cr, cairo_surface_t *tile, double x, double y, double scale)
{
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, scale, scale);
  cairo_set_source_surface (cr, tile, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), scale == 1 ? CAIRO_FILTER_NEAREST : CAIRO_FILTER_FAST);
  cairo_rectangle (cr, 0, 0, TILE, TILE);
  cairo_fill (cr);
  cairo_restore (cr);
}

/* While one zooms the old tiles are stretched; when that has settled new ones are drawn, some in
   each frame. */
static void
paint_tiles (UiCanvas *self, cairo_t *cr)
{
  gboolean zooming = self->settle && g_hash_table_size (self->tiles);
  if (!zooming && self->tiles_zoom != self->view.zoom)
    {
      g_hash_table_remove_all (self->tiles);
      self->tiles_zoom = self->view.zoom;
    }
  double scale = self->view.zoom / self->tiles_zoom, side = TILE / self->tiles_zoom;
  double width = ui_canvas_width (self) / self->view.zoom, height = ui_canvas_height (self) / self->view.zoom;
  gint64 deadline = zooming ? 0 : g_get_monotonic_time () + FRAME;
  gboolean missing = FALSE;
  for (gint64 row = (gint64) floor (self->view.y / side); row * side < self->view.y + height; row++)
    for (gint64 column = (gint64) floor (self->view.x / side); column * side < self->view.x + width; column++)
      {
        double x = (column * side - self->view.x) * self->view.zoom,
               y = (row * side - self->view.y) * self->view.zoom;
        cairo_surface_t *tile = get_tile (self, column, row, deadline);
        if (tile && scale == 1)
          paint_tile (cr, tile, round (x), round (y), 1);
        else if (tile)
          paint_tile (cr, tile, x, y, scale);
        missing |= !tile;
      }
  if (missing && !zooming)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
is_crowded (UiCanvas *self)
{
  UiLayoutRect seen = ui_graph_view_rect (&self->view, ui_canvas_width (self), ui_canvas_height (self));
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint));
  ui_layout_picture_boxes_in (self->picture, seen, found);
  if (found->len <= CROWD)
    ui_layout_picture_routes_in (self->picture, seen, found);
  return found->len > CROWD;
}

/* ---- the overview in the corner ---- */

gboolean
ui_canvas_map_shown (UiCanvas *self)
{
  const UiLayoutRect *all = &self->picture->bounds;
  return (all->width * self->view.zoom > ui_canvas_width (self) * 1.05
          || all->height * self->view.zoom > ui_canvas_height (self) * 1.05)
         && ui_canvas_width (self) > UI_CANVAS_MAP_WIDTH * 3
         && ui_canvas_height (self) > UI_CANVAS_MAP_HEIGHT * 3;
}

graphene_rect_t
ui_canvas_map_rect (UiCanvas *self)
{
  return GRAPHENE_RECT_INIT ((float) ui_canvas_width (self) - UI_CANVAS_MAP_WIDTH - MAP_GAP,
                             (float) ui_canvas_height (self) - UI_CANVAS_MAP_HEIGHT - MAP_GAP,
                             UI_CANVAS_MAP_WIDTH, UI_CANVAS_MAP_HEIGHT);
}

static void
draw_map (UiCanvas *self)
{
  self->map = new_surface (self, UI_CANVAS_MAP_WIDTH, UI_CANVAS_MAP_HEIGHT);
  cairo_t *cr = cairo_create (self->map);
  ui_graph_draw_overview (cr, self->drawn, self->picture, &self->palette, UI_CANVAS_MAP_WIDTH,
                          UI_CANVAS_MAP_HEIGHT);
  cairo_destroy (cr);
}

static void
paint_map (UiCanvas *self, cairo_t *cr)
{
  graphene_rect_t rect = ui_canvas_map_rect (self);
  UiGraphView fit = ui_graph_fit (self->picture, UI_CANVAS_MAP_WIDTH, UI_CANVAS_MAP_HEIGHT, 4);
  UiLayoutRect seen = ui_graph_view_rect (&self->view, ui_canvas_width (self), ui_canvas_height (self));
  if (!self->map)
    draw_map (self);
  cairo_save (cr);
  cairo_translate (cr, rect.origin.x, rect.origin.y);
  cairo_rectangle (cr, 0, 0, UI_CANVAS_MAP_WIDTH, UI_CANVAS_MAP_HEIGHT);
  cairo_clip (cr);
  cairo_set_source_surface (cr, self->map, 0, 0);
  cairo_paint (cr);
  ui_graph_draw_overview_stage (cr, self->drawn, self->picture, &self->palette, UI_CANVAS_MAP_WIDTH, UI_CANVAS_MAP_HEIGHT);
  ui_color_set (cr, &self->palette.edge);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, 0.5, 0.5, UI_CANVAS_MAP_WIDTH - 1, UI_CANVAS_MAP_HEIGHT - 1);
  cairo_stroke (cr);
  UiColor tint = ui_color_alpha (self->palette.accent, 0.14);
  cairo_rectangle (cr, (seen.x - fit.x) * fit.zoom, (seen.y - fit.y) * fit.zoom,
                   fmax (seen.width * fit.zoom, 3), fmax (seen.height * fit.zoom, 3));
  ui_color_set (cr, &tint);
  cairo_fill_preserve (cr);
  ui_color_set (cr, &self->palette.accent);
  cairo_stroke (cr);
  cairo_restore (cr);
}

void
ui_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  UiCanvas *self = UI_CANVAS (widget);
  double width = ui_canvas_width (self), height = ui_canvas_height (self);
  graphene_rect_t all = GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height);
  if (!self->picture)
    return;
  ui_canvas_place_view (self);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &all);
  UiGraphMarks marks = { self->marks, self->next, self->selected, self->hover,
                         gtk_widget_has_focus (widget) };
  ui_color_set (cr, &self->palette.background);
  cairo_paint (cr);
  if (is_crowded (self))
    paint_tiles (self, cr);
  else
    ui_graph_draw (cr, self->drawn, self->picture, &self->view, &self->palette, width, height);
  if (!UI_CANVAS_STALE (self))
    ui_graph_draw_marks (cr, self->drawn, self->picture, &marks, &self->view, &self->palette, width, height);
  if (ui_canvas_map_shown (self))
    paint_map (self, cr);
  cairo_destroy (cr);
}
