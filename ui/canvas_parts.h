/* SPDX-License-Identifier: MIT */
/* The parts of the canvas, for its own files only: where one looks (canvas_view.c), how it is painted
   (canvas_paint.c), keys and pointer (canvas_input.c). */
#pragma once
#include "ui/canvas.h"
#include "ui/layouter.h"

#define UI_CANVAS_MAP_WIDTH 132                         /* of the overview in the corner */
#define UI_CANVAS_MAP_HEIGHT 94

struct _UiCanvas
{
  GtkWidget parent_instance;
  UiGraph *graph;
  UiLayouter *layouter;
  UiLayoutPicture *picture;
  UiGraph *drawn; /* the graph of picture: the one before, until the new picture comes */
  GHashTable *open;                                     /* names of scopes to open when the graph has grown */
  UiGraphView view, drag_from;
  gboolean placed; /* the view suits the graph: not to be changed by a new picture */
  guint pending_reveal;                                 /* to be moved to when its picture comes */
  GArray *pending_items;                                /* likewise, together; (nullable) */

  UiPalette palette;
  guint8 *marks;
  guint next, selected, hover;

  GHashTable *tiles; /* gint64 of place to cairo_surface_t, all of one zoom */
  double tiles_zoom;
  cairo_surface_t *map;                                 /* the overview */
  guint settle;                                         /* runs while one zooms */
  gboolean on_map;                                      /* the drag began on the overview */
  double pinch_zoom;
  double pointer_x, pointer_y;
};

/* The picture is of an older graph: it is shown, but what one does waits for the new one. */
#define UI_CANVAS_STALE(self) ((self)->drawn != (self)->graph)

/* canvas_view.c */
double ui_canvas_width (UiCanvas *self);                /* px, at least 1 */
double ui_canvas_height (UiCanvas *self);
UiLayoutPoint ui_canvas_point (UiCanvas *self, double px, double py);
guint ui_canvas_item_at (UiCanvas *self, double px, double py);
void ui_canvas_pan_to (UiCanvas *self, double x, double y);
void ui_canvas_zoom_at (UiCanvas *self, double zoom, double px, double py);
void ui_canvas_show_item (UiCanvas *self, guint item);
void ui_canvas_show_items (UiCanvas *self, const GArray *items);
void ui_canvas_place_view (UiCanvas *self);             /* once, when there are a picture and a size */

/* canvas_paint.c */
void ui_canvas_drop_tiles (UiCanvas *self);                 /* another stage */
void ui_canvas_drop_drawn (UiCanvas *self);                 /* the picture or its colours are others: the map too */
gboolean ui_canvas_map_shown (UiCanvas *self);
graphene_rect_t ui_canvas_map_rect (UiCanvas *self);
void ui_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot);

/* canvas_input.c */
void ui_canvas_add_controllers (UiCanvas *self);
gboolean ui_canvas_query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip);

/* canvas.c */
void ui_canvas_pick (UiCanvas *self, guint item);
void ui_canvas_walk (UiCanvas *self, guint key);        /* emits "walk" */
void ui_canvas_toggle (UiCanvas *self, guint item);     /* opens or closes a scope; enters a node */
void ui_canvas_leave (UiCanvas *self);                  /* emits "entered" */
