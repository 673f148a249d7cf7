/* SPDX-License-Identifier: MIT */
/* A graph at a stage of its rewriting, and the list of traces, as pictures. */
#include "ui/drawings.h"
#include <math.h>
#include <string.h>
#include "ui/draw/text.h"
#include "ui/walk.h"
#include "ui/words.h"

#define FONT 13.0
#define LAYOUT_TIME (2 * G_USEC_PER_SEC)

/* ---- stages ---- */

/* Of the named function, or of the largest graph; the newest of such. -1 if there is none. */
static gint
find_rewriting (LkStore *store, const char *function)
{
  gint found = -1;
  guint most = 0;
  LkRewritingView view;
  LkGraphView graph;
  for (guint i = 0; lk_store_rewriting (store, i, &view); i++)
    if (lk_store_graph (store, view.traced, &graph)
        && (function ? strstr (graph.name, function) != NULL : graph.n_nodes >= most))
      most = graph.n_nodes, found = (gint) i;
  return found;
}

/* The last step of the pass, or that of rewrite number … from 1. G_MAXUINT if there is none. */
static guint
find_step (UiWalk *walk, const char *stage)
{
  guint64 number = 0;
  guint found = G_MAXUINT, n = ui_walk_n_steps (walk);
  if (strcmp (stage, "traced") == 0)
    return 0;
  if (strcmp (stage, "final") == 0)
    return n - 1;
  gboolean counted = g_ascii_string_to_unsigned (stage, 10, 1, G_MAXUINT32, &number, NULL);
  for (guint i = 0; i < n; i++)
    {
      const UiWalkStep *step = ui_walk_step (walk, i);
      if (counted ? *step->rule && step->to == number : !*step->rule && strcmp (step->pass, stage) == 0)
        found = i;
    }
  return found;
}

static void
draw_step (cairo_t *cr, double width, double height, UiWalk *walk, guint step, const UiPalette *palette)
{
  UiGraph *graph = ui_walk_graph (walk);
  UiLayout *layout = ui_graph_layout (graph);
  g_autoptr (GArray) changed = ui_walk_show (walk, step);
  ui_layout_open_depth (layout, G_MAXUINT);
  UiLayoutPicture *picture = ui_layout_run (layout, UI_LAYOUT_NONE, g_get_monotonic_time () + LAYOUT_TIME, NULL);
  UiGraphView view = ui_graph_fit (picture, width, height, 20);
  if (view.zoom < 0.4 && changed->len)
    {
      const UiLayoutRect *at = &picture->boxes[ui_layout_picture_box_of (picture, g_array_index (changed, guint, 0))].rect;
      view = (UiGraphView) { at->x + at->width / 2 - width / 1.6, at->y + at->height / 2 - height / 1.6, 0.8 };
    }
  ui_graph_draw (cr, graph, picture, &view, palette, width, height);
  ui_layout_picture_unref (picture);
}

gboolean
ui_draw_stage (cairo_t *cr, double width, double height, gboolean dark, LkStore *store, const char *function,
               const char *stage, GError **error)
{
  UiPalette palette;
  gint rewriting = find_rewriting (store, function);
  UiWalk *walk = rewriting < 0 ? NULL : ui_walk_new (store, (guint) rewriting, FONT);
  guint step = walk ? find_step (walk, stage) : G_MAXUINT;
  ui_palette_init (&palette, dark);
  if (step != G_MAXUINT)
    draw_step (cr, width, height, walk, step, &palette);
  else if (!walk)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no graph%s%s was rewritten", function ? " of " : "", function ? function : "");
  else
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
                 "--stage %s: expected traced, final, the name of a pass that did something, or 1 to %u", stage,
                 ui_walk_view (walk)->n_rewrites);
  ui_walk_free (walk);
  return step != G_MAXUINT;
}

/* ---- traces ---- */

static double
draw_trace (cairo_t *cr, UiText *text, const UiPalette *palette, LkStore *store, const LkTraceView *trace, double width, double y)
{
  g_autofree char *cause = g_strndup (trace->cause, (gsize) trace->cause_length), *place = ui_words_place (store, trace->stack);
  g_autofree char *number = g_strdup_printf ("%u", trace->number);
  g_autofree char *cost = g_strdup_printf ("%s   %.2f ms", place, (double) MAX (trace->duration, 0) / 1e6);
  double line = FONT * 1.6;
  if (trace->number == 1)
    {
      ui_text_font (text, FONT, TRUE);
      ui_color_set (cr, &palette->text);
      ui_text_show (text, trace->function, FONT, y + line * 0.8, width - 2 * FONT, UI_TEXT_LEFT);
      y += line * 1.3;
    }
  ui_text_font (text, FONT, trace->number > 1);
  ui_color_set (cr, trace->number > 1 ? &palette->bad : &palette->dim);
  ui_text_show (text, number, FONT * 2, y + line / 2, FONT * 2, UI_TEXT_LEFT);
  ui_text_font (text, FONT, FALSE);
  ui_color_set (cr, &palette->dim);
  double right = ui_text_width (text, cost);
  ui_text_show (text, cost, width - FONT - right, y + line / 2, right + 1, UI_TEXT_LEFT);
  ui_color_set (cr, &palette->text);
  ui_text_show (text, cause, FONT * 4, y + line / 2, width - FONT * 6 - right, UI_TEXT_LEFT);
  if (!*trace->remedy)
    return y + line;
  ui_text_font (text, FONT * 0.92, FALSE);
  ui_color_set (cr, &palette->dim);
  ui_text_show (text, trace->remedy, FONT * 4, y + line * 1.45, width - FONT * 5, UI_TEXT_LEFT);
  return y + line * 2;
}

gboolean
ui_draw_traces (cairo_t *cr, double width, double height, gboolean dark, LkStore *store)
{
  UiPalette palette;
  LkTraceView trace, other;
  g_autoptr (UiText) text = ui_text_new (cr);
  double y = FONT;
  ui_palette_init (&palette, dark);
  ui_color_set (cr, &palette.background);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_fill (cr);
  for (guint i = 0; lk_store_trace (store, i, &trace); i++)
    for (guint k = i; trace.number == 1 && y < height && lk_store_trace (store, k, &other); k++)
      if (g_strcmp0 (other.function, trace.function) == 0)
        y = draw_trace (cr, text, &palette, store, &other, width, y);
  if (y > FONT)
    return TRUE;
  ui_text_font (text, FONT, FALSE);
  ui_color_set (cr, &palette.dim);
  ui_text_paragraph (text, "No function was traced yet.", width * 0.1, 0, width * 0.8, height);
  return FALSE;
}
