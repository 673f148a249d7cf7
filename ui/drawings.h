/* SPDX-License-Identifier: MIT */
/* Pictures of a store without a window: what `lockstep shot` draws. No GTK; any thread. Each fills width ×
   height and says in words when there is nothing to show; FALSE then. */
#pragma once
#include <cairo.h>
#include <gio/gio.h>
#include "debugger/store.h"

/* graph 0: the largest. next: the node that is next to run, G_MAXUINT32 none; marks what ran before event
 * `at`. */
gboolean ui_draw_graph (cairo_t *cr, double width, double height, gboolean dark, LkStore *store,
                        guint32 graph, guint32 next, guint64 at);
/* The graph of function (nullable: the largest) at a stage of its rewriting: traced, final, the name of a pass, or the number
   of a rewrite; what that changed is gone or new. FALSE with error when there is no such. */
gboolean ui_draw_stage (cairo_t *cr, double width, double height, gboolean dark, LkStore *store,
                        const char *function, const char *stage, GError **error);
/* Functions, their traces and causes. */
gboolean ui_draw_traces (cairo_t *cr, double width, double height, gboolean dark, LkStore *store);
/* All series, smoothed a little. */
gboolean ui_draw_chart (cairo_t *cr, double width, double height, gboolean dark, LkStore *store);
/* tensor 0: the newest matrix of numbers that is still kept. heat: colours in place of numbers. */
gboolean ui_draw_tensor (cairo_t *cr, double width, double height, gboolean dark, LkStore *store,
                         guint64 tensor, gboolean heat);
