/* SPDX-License-Identifier: MIT */
#include "ui/draw/stage.h"
#include <math.h>
#include "ui/draw/shapes.h"

#define FAR 0.25                /* zoom below which signs would hide what they are on, and a long edge has thousands of dashes */

static void
badge (cairo_t *cr, UiText *text, const char *said, double x, double y, double size, const UiColor *color,
       const UiPalette *palette)
{
  ui_text_font (text, size, TRUE);
  double wide = fmax (ui_text_width (text, said) + size * 0.7, size * 1.3);
  UiLayoutRect pill = { (float) (x - wide / 2), (float) (y - size * 0.65), (float) wide, (float) (size * 1.3) };
  ui_shape_round (cr, &pill, size * 0.65);
  ui_color_set (cr, color);
  cairo_fill (cr);
  ui_color_set (cr, &palette->background);
  ui_text_show (text, said, x, y, 0, UI_TEXT_CENTER);
}

static void
draw_node (cairo_t *cr, UiText *text, UiStage stage, const UiLayoutRect *r, double font, const UiPalette *palette,
           double zoom)
{
  const UiColor *color = stage == UI_STAGE_GONE ? &palette->bad : &palette->good;
  UiColor tint = ui_color_alpha (*color, 0.16);
  double dashes[] = { 4, 3 };
  UiLayoutRect around = { r->x - 2, r->y - 2, r->width + 4, r->height + 4 };
  ui_shape_round (cr, &around, 5);
  ui_color_set (cr, &tint);
  cairo_fill_preserve (cr);
  ui_color_set (cr, color);
  cairo_set_line_width (cr, fmax (2, 2 / zoom));
  if (zoom < FAR)
    {
      cairo_stroke (cr);
      return;
    }
  if (stage == UI_STAGE_GONE)
    cairo_set_dash (cr, dashes, 2, 0);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  if (stage == UI_STAGE_GONE)
    {
      cairo_set_line_width (cr, fmax (1.4, 1 / zoom));
      cairo_move_to (cr, r->x + font * 0.5, r->y + r->height / 2);
      cairo_line_to (cr, r->x + r->width - font * 0.5, r->y + r->height / 2);
      cairo_stroke (cr);
    }
  badge (cr, text, stage == UI_STAGE_GONE ? "−" : "+", r->x, r->y, fmax (font * 0.95, 7 / zoom), color, palette);
}

static void
draw_scope (cairo_t *cr, UiText *text, const UiGraph *graph, const UiLayoutBox *box, const UiPalette *palette)
{
  char said[16];
  guint gone, new;
  double size = ui_graph_font (graph) * 0.9, x = box->rect.x + size;
  ui_graph_stage_counts (graph, box->item, &gone, &new);
  if (gone)
    {
      g_snprintf (said, sizeof said, "−%u", gone);
      badge (cr, text, said, x, box->rect.y, size, &palette->bad, palette);
      x += size * 3;
    }
  if (!new)
    return;
  g_snprintf (said, sizeof said, "+%u", new);
  badge (cr, text, said, x, box->rect.y, size, &palette->good, palette);
}

void
ui_stage_draw_box (cairo_t *cr, UiText *text, const UiGraph *graph, const UiLayoutBox *box, const UiPalette *palette,
                   double zoom)
{
  UiStage stage = ui_graph_stage (graph, box->item);
  if (box->kind == UI_LAYOUT_BOX_CLOSED && zoom >= FAR)
    draw_scope (cr, text, graph, box, palette);
  else if (box->kind == UI_LAYOUT_BOX_NODE && stage != UI_STAGE_THERE)
    draw_node (cr, text, stage, &box->rect, ui_graph_font (graph), palette, zoom);
}

void
ui_stage_set_route (cairo_t *cr, UiStage stage, const UiPalette *palette, double zoom)
{
  static const double dashes[] = { 5, 4 };
  ui_color_set (cr, stage == UI_STAGE_GONE ? &palette->bad : &palette->good);
  if (stage == UI_STAGE_GONE && zoom >= FAR)
    cairo_set_dash (cr, dashes, 2, 0);
}

/* Large enough to be seen, but no larger than it is where there is room. */
static void
draw_dot (cairo_t *cr, UiStage stage, const UiLayoutRect *r, const UiGraphView *view)
{
  double x = (r->x + r->width / 2 - view->x) * view->zoom, y = (r->y + r->height / 2 - view->y) * view->zoom;
  double wide = fmax (r->width * view->zoom, 4), tall = fmax (r->height * view->zoom, 4);
  cairo_rectangle (cr, x - wide / 2, y - tall / 2, wide, tall);
  if (stage == UI_STAGE_NEW)
    cairo_fill (cr);
  else
    cairo_stroke (cr);
}

void
ui_graph_draw_overview_stage (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture,
                              const UiPalette *palette, double width, double height)
{
  UiGraphView view = ui_graph_fit (picture, width, height, 4);
  cairo_set_line_width (cr, 1);
  for (UiStage stage = UI_STAGE_GONE; ui_graph_has_stage (graph) && stage <= UI_STAGE_NEW; stage++)
    {
      ui_color_set (cr, stage == UI_STAGE_GONE ? &palette->bad : &palette->good);
      for (guint i = 0; i < picture->n_boxes; i++)
        if (picture->boxes[i].kind == UI_LAYOUT_BOX_NODE && ui_graph_stage (graph, picture->boxes[i].item) == stage)
          draw_dot (cr, stage, &picture->boxes[i].rect, &view);
    }
}
