/* SPDX-License-Identifier: MIT */
#include "ui/draw/stage.h"
#include <math.h>
#include "ui/draw/shapes.h"

#define FAR 0.25                /* zoom below which signs would hide what they are on */

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
  if (stage == UI_STAGE_GONE)
    cairo_set_dash (cr, dashes, 2, 0);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  if (zoom < FAR)
    return;
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
  if (stage == UI_STAGE_GONE)
    cairo_set_dash (cr, dashes, 2, 0);
}
