/* SPDX-License-Identifier: MIT */
/* The widget that shows a graph and lets one move about in it: drag or scroll to pan; Ctrl and scroll, pinch,
   + − 0 to zoom, F to see all; double click or Enter opens and closes a scope; arrows walk along the edges.
   It knows graphs, not sessions.

   Signals: "picked" (guint item): a person selected an item; "entered" (guint item): went into a node, by what opens a scope, or,
   with UI_LAYOUT_NONE, back out by Backspace; "walk" (guint key): a person pressed , or . ([ or ]), to go
   through a rewriting by steps (by passes): GDK_KEY_Up, Down (Left, Right); or R: GDK_KEY_r, to begin or end that. */
#pragma once
#include <gtk/gtk.h>
#include "ui/draw/graph.h"

#define UI_TYPE_CANVAS (ui_canvas_get_type ())
G_DECLARE_FINAL_TYPE (UiCanvas, ui_canvas, UI, CANVAS, GtkWidget)

/* Shows another graph (nullable). keep: it is the same one, grown: scopes of the same names stay open, the
   view stays. */
void ui_canvas_set_graph (UiCanvas *canvas, UiGraph *graph, gboolean keep);
UiGraph *ui_canvas_graph (UiCanvas *canvas);        /* (transfer none) (nullable) */
/* UiMark flags for each node, to be changed in place and then told. NULL when there is no graph. */
guint8 *ui_canvas_marks (UiCanvas *canvas);
void ui_canvas_marks_changed (UiCanvas *canvas);
/* Items, or UI_LAYOUT_NONE. What is next is brought into view. */
void ui_canvas_set_next (UiCanvas *canvas, guint item);
void ui_canvas_set_selected (UiCanvas *canvas, guint item, gboolean show);
guint ui_canvas_selected (UiCanvas *canvas);
/* The stage of the graph is another one. items (nullable) guint: as far as can be, they are brought into view together. */
void ui_canvas_stage_changed (UiCanvas *canvas, const GArray *items);
void ui_canvas_reveal (UiCanvas *canvas, guint item);           /* opens what hides it and moves there */

typedef enum { UI_CANVAS_IN, UI_CANVAS_OUT, UI_CANVAS_ONE, UI_CANVAS_FIT } UiCanvasZoom;
void ui_canvas_zoom (UiCanvas *canvas, UiCanvasZoom zoom);
void ui_canvas_open_all (UiCanvas *canvas, gboolean open);
/* Size of the whole at zoom 1, for a file; and its drawing. FALSE while there is nothing to draw. */
gboolean ui_canvas_size (UiCanvas *canvas, double *width, double *height);
void ui_canvas_draw_all (UiCanvas *canvas, cairo_t *cr, double width, double height);
