/* SPDX-License-Identifier: MIT */
/* The drawing of a graph: scopes, edges, boxes, in that order, each only where it is seen and only as finely
   as the zoom shows. */
#include <math.h>
#include "ui/draw/graph.h"
#include "ui/draw/shapes.h"
#include "ui/draw/stage.h"
#include "ui/draw/text.h"

/* Zooms from which on details are drawn. */
#define TEXT_FROM 5.0                                   /* px of a letter on screen */
#define CURVES_FROM 0.2
#define ARROWS_FROM 0.3
#define ROUND_FROM 0.15
#define LABELS_FROM 0.62

typedef struct
{
  cairo_t *cr;
  const UiGraph *graph;
  const UiLayoutPicture *picture;
  const UiPalette *palette;
  double zoom, font;
  gboolean overview;                                    /* a thumbnail: no titles */
  UiLayoutRect seen; /* the part of the canvas that is drawn, and a little more */
  UiText *text;
  GArray *boxes, *routes;                               /* what is seen: guint */
  const guint8 *stages;                                 /* UiStage of all routes; NULL: they are there */
  GArray *taken;                                        /* UiLayoutRect of labels that stand already */
} Pen;

static const UiLayoutBox *
box_at (const Pen *pen, guint i)
{
  return &pen->picture->boxes[g_array_index (pen->boxes, guint, i)];
}

static gboolean
text_fits (const Pen *pen)
{
  return pen->font * pen->zoom >= TEXT_FROM;
}

/* ---- scopes ---- */

/* A title that stays readable while its scope is large on screen, however small the zoom. */
static double
title_size (const Pen *pen, const UiLayoutBox *box)
{
  double least = 10 / pen->zoom;
  if (pen->overview)
    return 0;
  if (pen->font >= least)
    return pen->font;
  return box->rect.width * pen->zoom > 70 && box->rect.height * pen->zoom > 24 ? least : 0;
}

static void
draw_open (Pen *pen, const UiLayoutBox *box)
{
  const UiLayoutRect *r = &box->rect;
  gboolean backward = ui_graph_flags (pen->graph, box->item) & UI_NODE_BACKWARD;
  UiColor fill = ui_color_mix (pen->palette->surface, pen->palette->backward, backward ? 0.08 : 0);
  UiColor shade = ui_color_alpha (pen->palette->text, 0.025);
  if (pen->zoom < ROUND_FROM)
    cairo_rectangle (pen->cr, r->x, r->y, r->width, r->height);
  else
    ui_shape_round (pen->cr, r, 8);
  ui_color_set (pen->cr,
                ui_layout_get_depth (ui_graph_layout ((UiGraph *)pen->graph), box->item) ? &shade : &fill);
  cairo_fill_preserve (pen->cr);
  UiColor border = ui_color_mix (pen->palette->line, pen->palette->edge, 0.3);
  ui_color_set (pen->cr, &border);
  cairo_set_line_width (pen->cr, fmax (1, 0.8 / pen->zoom));
  cairo_stroke (pen->cr);
}

/* After the edges, on paper of its own: an edge that enters from above does not cross it out. */
static void
draw_title (Pen *pen, const UiLayoutBox *box)
{
  const UiLayoutRect *r = &box->rect;
  const char *title = ui_graph_title (pen->graph, box->item);
  double size = title_size (pen, box), header = fmax (pen->font * 2, size * 1.6),
         room = r->width - size * 2.4;
  if (!size)
    return;
  ui_text_font (pen->text, size, TRUE);
  UiColor paper = ui_color_alpha (pen->palette->surface, 0.85);
  ui_color_set (pen->cr, &paper);
  cairo_rectangle (pen->cr, r->x + size * 0.3, r->y + header / 2 - size * 0.7,
                   fmin (ui_text_width (pen->text, title), room) + size * 2, size * 1.4);
  cairo_fill (pen->cr);
  ui_color_set (pen->cr, &pen->palette->dim);
  ui_shape_sign (pen->cr, r->x + size, r->y + header / 2, size * 0.75, FALSE);
  ui_text_show (pen->text, title, r->x + size * 1.9, r->y + header / 2, room, UI_TEXT_LEFT);
}

static void
draw_closed (Pen *pen, const UiLayoutBox *box)
{
  const UiLayoutRect *r = &box->rect;
  gboolean backward = ui_graph_flags (pen->graph, box->item) & UI_NODE_BACKWARD;
  UiColor hue = backward ? pen->palette->backward : pen->palette->edge;
  UiColor fill = ui_color_mix (pen->palette->background, hue, pen->palette->dark ? 0.24 : 0.13);
  UiColor border = ui_color_mix (pen->palette->background, hue, 0.75);
  double inset = pen->font * 0.28, size = pen->font, cut = r->x + size * 1.9;
  UiLayoutRect front = { r->x, r->y, r->width - (float) inset, r->height - (float) inset };
  UiLayoutRect back = { r->x + (float) inset, r->y + (float) inset, front.width, front.height };
  cairo_set_line_width (pen->cr, fmax (1, 0.8 / pen->zoom));
  for (int i = 0; i < 2; i++)                           /* two sheets: there is more inside */
    {
      ui_shape_round (pen->cr, i ? &front : &back, 6);
      ui_color_set (pen->cr, &fill);
      cairo_fill_preserve (pen->cr);
      ui_color_set (pen->cr, &border);
      cairo_stroke (pen->cr);
    }
  if (!text_fits (pen))
    return;
  char count[32];
  guint n = ui_layout_count_nodes (ui_graph_layout ((UiGraph *) pen->graph), box->item);
  double y = r->y + front.height / 2, right = r->x + front.width - size * 0.5;
  g_snprintf (count, sizeof count, n == 1 ? "%u node" : "%u nodes", n);
  ui_color_set (pen->cr, &pen->palette->dim);
  ui_shape_sign (pen->cr, r->x + size, y, size * 0.75, TRUE);
  ui_text_font (pen->text, size * 0.8, FALSE);
  ui_text_show (pen->text, count, cut, y + size * 0.68, right - cut, UI_TEXT_LEFT);
  ui_color_set (pen->cr, &pen->palette->text);
  ui_text_font (pen->text, size, TRUE);
  ui_text_show (pen->text, ui_graph_title (pen->graph, box->item), cut, y - size * 0.5, right - cut,
                UI_TEXT_LEFT);
}

/* ---- nodes ---- */

static UiColor
node_fill (const Pen *pen, guint item)
{
  UiColor hue = *ui_palette_family (pen->palette, ui_graph_family (pen->graph, item));
  UiColor fill = ui_color_mix (pen->palette->background, hue, pen->palette->dark ? 0.3 : 0.17);
  if (ui_graph_flags (pen->graph, item) & UI_NODE_BACKWARD)
    fill = ui_color_mix (fill, pen->palette->backward, pen->palette->dark ? 0.2 : 0.16);
  return fill;
}

static UiColor
node_border (const Pen *pen, guint item)
{
  UiColor hue = *ui_palette_family (pen->palette, ui_graph_family (pen->graph, item));
  return ui_color_mix (pen->palette->background, hue, 0.85);
}

static void
draw_badges (Pen *pen, const UiLayoutBox *box)
{
  guint flags = ui_graph_flags (pen->graph, box->item);
  double size = pen->font * 0.78;
  if (flags & UI_NODE_BACKWARD)
    {
      ui_color_set (pen->cr, &pen->palette->backward);
      ui_text_font (pen->text, size * 1.1, TRUE);
      ui_text_show (pen->text, "∂", box->rect.x + size * 0.75, box->rect.y + size * 0.85, 0, UI_TEXT_CENTER);
    }
  if (flags & UI_NODE_LOSS)
    {
      UiLayoutRect pill = { box->rect.x + box->rect.width - (float) (size * 3.4),
                            box->rect.y - (float) (size * 0.75), (float) (size * 2.9), (float) (size * 1.5) };
      ui_shape_round (pen->cr, &pill, size * 0.75);
      ui_color_set (pen->cr, &pen->palette->accent);
      cairo_fill (pen->cr);
      ui_color_set (pen->cr, &pen->palette->background);
      ui_text_font (pen->text, size, TRUE);
      ui_text_show (pen->text, "loss", pill.x + pill.width / 2, pill.y + pill.height / 2, 0, UI_TEXT_CENTER);
    }
}

static void
draw_node (Pen *pen, const UiLayoutBox *box)
{
  const UiLayoutRect *r = &box->rect;
  UiColor fill = node_fill (pen, box->item), border = node_border (pen, box->item);
  gboolean loss = ui_graph_flags (pen->graph, box->item) & UI_NODE_LOSS;
  ui_shape_node (pen->cr, r, ui_graph_family (pen->graph, box->item), ui_graph_op (pen->graph, box->item));
  ui_color_set (pen->cr, &fill);
  cairo_fill_preserve (pen->cr);
  ui_color_set (pen->cr, loss ? &pen->palette->accent : &border);
  cairo_set_line_width (pen->cr, fmax (loss ? 2 : 1, 0.8 / pen->zoom));
  cairo_stroke (pen->cr);
  ui_shape_node_details (pen->cr, r, ui_graph_family (pen->graph, box->item),
                         ui_graph_op (pen->graph, box->item));
  if (!text_fits (pen))
    return;
  const char *under = ui_graph_subtitle (pen->graph, box->item);
  gboolean drum = ui_graph_family (pen->graph, box->item) == UI_FAMILY_STATE && *under;
  double middle = r->x + r->width / 2, y = r->y + r->height * (drum ? 0.56 : 0.5),
         room = r->width - pen->font * 0.9;
  ui_color_set (pen->cr, &pen->palette->text);
  ui_text_font (pen->text, pen->font, FALSE);
  ui_text_show (pen->text, ui_graph_title (pen->graph, box->item), middle, *under ? y - pen->font * 0.55 : y,
                room, UI_TEXT_CENTER);
  if (*under)
    {
      UiColor soft = ui_color_mix (fill, pen->palette->text, 0.68);
      ui_color_set (pen->cr, &soft);
      ui_text_font (pen->text, pen->font * 0.82, FALSE);
      ui_text_show (pen->text, under, middle, y + pen->font * 0.68, room, UI_TEXT_CENTER);
    }
  draw_badges (pen, box);
}

/* Far away boxes are plain: one path and one fill for all of a colour. */
static void
fill_family (Pen *pen, guint family, guint backward)
{
  guint n = 0, item = 0;
  for (guint i = 0; i < pen->boxes->len; i++)
    {
      const UiLayoutBox *box = box_at (pen, i);
      if (box->kind != UI_LAYOUT_BOX_NODE || ui_graph_family (pen->graph, box->item) != family
          || (ui_graph_flags (pen->graph, box->item) & UI_NODE_BACKWARD) != backward)
        continue;
      cairo_rectangle (pen->cr, box->rect.x, box->rect.y, box->rect.width, box->rect.height);
      item = box->item;
      n++;
    }
  if (!n)
    return;
  UiColor fill = node_fill (pen, item), border = node_border (pen, item);
  UiColor color = ui_color_mix (fill, border, 0.5);
  ui_color_set (pen->cr, &color);
  cairo_fill (pen->cr);
}

static void
draw_boxes (Pen *pen)
{
  gboolean plain = pen->zoom < ROUND_FROM;
  for (guint family = 0; family < UI_N_FAMILIES && plain; family++)
    {
      fill_family (pen, family, 0);
      fill_family (pen, family, UI_NODE_BACKWARD);
    }
  for (guint i = 0; i < pen->boxes->len; i++)
    {
      const UiLayoutBox *box = box_at (pen, i);
      if (box->kind == UI_LAYOUT_BOX_CLOSED)
        draw_closed (pen, box);
      else if (box->kind == UI_LAYOUT_BOX_NODE && !plain)
        draw_node (pen, box);
    }
}

/* ---- edges ---- */

/* Edges run over the whole canvas, and strokes cost by their length, dashed ones most. So a piece that is out
   of sight is left out, and a long straight one is cut to what is seen, by whole dashes so that they do not
   crawl while one pans. */
#define DASHES 45.0                                     /* px; a multiple of both patterns' periods */

static gboolean
piece_seen (const Pen *pen, const UiLayoutPoint *a, const UiLayoutPoint *b)
{
  const UiLayoutRect *seen = &pen->seen;
  return MAX (a->x, b->x) >= seen->x && MIN (a->x, b->x) <= seen->x + seen->width
         && MAX (a->y, b->y) >= seen->y && MIN (a->y, b->y) <= seen->y + seen->height;
}

static double
cut (double from, double to, double low, double high)
{
  double start = to > from ? low : high;
  double skipped = to > from ? start - from : from - start;
  return skipped <= 0 ? from : from + copysign (floor (skipped / DASHES) * DASHES, to - from);
}

static void
trace_straight (Pen *pen, UiLayoutPoint a, UiLayoutPoint b, gboolean joined)
{
  const UiLayoutRect *seen = &pen->seen;
  double x0 = a.x, y0 = a.y, x1 = b.x, y1 = b.y;
  if (a.x == b.x)
    {
      y0 = cut (a.y, b.y, seen->y, seen->y + seen->height);
      y1 = CLAMP (y1, seen->y, seen->y + seen->height);
    }
  else if (a.y == b.y)
    {
      x0 = cut (a.x, b.x, seen->x, seen->x + seen->width);
      x1 = CLAMP (x1, seen->x, seen->x + seen->width);
    }
  if (!joined || x0 != a.x || y0 != a.y)
    cairo_move_to (pen->cr, x0, y0);
  cairo_line_to (pen->cr, x1, y1);
}

/* From afar: straight, and without the bends that nobody could see. */
static void
trace_far (Pen *pen, const UiLayoutRoute *route)
{
  const UiLayoutPoint *p = &pen->picture->points[route->first_point], *last = p;
  double least = 1.5 / pen->zoom;
  gboolean joined = FALSE;
  for (guint i = 1; i < route->n_points; i++)
    {
      gboolean jump = route->stub && i == 2, end = i + 1 == route->n_points;
      if (!jump && !end && fabs (p[i].x - last->x) + fabs (p[i].y - last->y) <= least)
        continue;
      gboolean seen = !jump && piece_seen (pen, last, &p[i]);
      if (seen)
        trace_straight (pen, *last, p[i], joined);
      joined = seen && p[i].x >= pen->seen.x && p[i].y >= pen->seen.y
               && p[i].x <= pen->seen.x + pen->seen.width && p[i].y <= pen->seen.y + pen->seen.height;
      last = &p[i];
    }
}

/* Along its long side a curve between two ranks is a + (b - a)(3t² - 2t³): where it passes `at`. */
static double
curve_time (double a, double b, double at)
{
  double low = 0, high = 1;
  for (int i = 0; i < 24; i++)
    {
      double t = (low + high) / 2, x = a + (b - a) * t * t * (3 - 2 * t);
      if ((x < at) == (b > a))
        low = t;
      else
        high = t;
    }
  return (low + high) / 2;
}

/* The part t0 … t1 of a cubic in one coordinate, by blossoming. */
static void
part_of_cubic (double p[4], double t0, double t1)
{
  double q[4];
  for (int i = 0; i < 4; i++)
    {
      double u = i > 0 ? t1 : t0, v = i > 1 ? t1 : t0, w = i > 2 ? t1 : t0;
      double a = p[0] + (p[1] - p[0]) * u, b = p[1] + (p[2] - p[1]) * u, c = p[2] + (p[3] - p[2]) * u;
      double d = a + (b - a) * v, e = b + (c - b) * v;
      q[i] = d + (e - d) * w;
    }
  for (int i = 0; i < 4; i++)
    p[i] = q[i];
}

static void
trace_curve (Pen *pen, UiLayoutPoint a, UiLayoutPoint b, gboolean joined)
{
  gboolean right = pen->picture->direction == UI_LAYOUT_RIGHT;
  double mx = right ? (a.x + b.x) / 2 : 0, my = right ? 0 : (a.y + b.y) / 2;
  double x[4] = { a.x, right ? mx : a.x, right ? mx : b.x, b.x },
         y[4] = { a.y, right ? a.y : my, right ? b.y : my, b.y };
  double from = right ? a.y : a.x, to = right ? b.y : b.x;
  double low = right ? pen->seen.y : pen->seen.x, room = right ? pen->seen.height : pen->seen.width;
  if (fabs (to - from) > 3 * room)                      /* most of it is out of sight */
    {
      double t0 = curve_time (from, to, to > from ? low : low + room),
             t1 = curve_time (from, to, to > from ? low + room : low);
      part_of_cubic (x, t0, t1);
      part_of_cubic (y, t0, t1);
      joined = FALSE;
    }
  if (!joined)
    cairo_move_to (pen->cr, x[0], y[0]);
  cairo_curve_to (pen->cr, x[1], y[1], x[2], y[2], x[3], y[3]);
}

static void
trace_route (Pen *pen, const UiLayoutRoute *route)
{
  const UiLayoutPoint *p = &pen->picture->points[route->first_point];
  gboolean right = pen->picture->direction == UI_LAYOUT_RIGHT, joined = FALSE;
  for (guint i = 1; i < route->n_points; i++)
    {
      gboolean seen = !(route->stub && i == 2) && piece_seen (pen, &p[i - 1], &p[i]);
      if (seen && (right ? p[i].y == p[i - 1].y : p[i].x == p[i - 1].x))
        trace_straight (pen, p[i - 1], p[i], joined);
      else if (seen)
        trace_curve (pen, p[i - 1], p[i], joined);
      joined = seen && p[i].x >= pen->seen.x && p[i].x <= pen->seen.x + pen->seen.width
               && p[i].y >= pen->seen.y && p[i].y <= pen->seen.y + pen->seen.height;
    }
}

static void
draw_arrow (Pen *pen, const UiLayoutRoute *route)
{
  const UiLayoutPoint *end = &pen->picture->points[route->first_point + route->n_points - 1];
  double size = pen->font * 0.5, up = end[-1].y > end->y ? -1 : 1, left = end[-1].x > end->x ? -1 : 1;
  cairo_move_to (pen->cr, end->x, end->y);
  if (pen->picture->direction == UI_LAYOUT_RIGHT)
    {
      cairo_line_to (pen->cr, end->x - size * 1.2 * left, end->y - size * 0.55);
      cairo_line_to (pen->cr, end->x - size * 1.2 * left, end->y + size * 0.55);
    }
  else
    {
      cairo_line_to (pen->cr, end->x - size * 0.55, end->y - size * 1.2 * up);
      cairo_line_to (pen->cr, end->x + size * 0.55, end->y - size * 1.2 * up);
    }
  cairo_close_path (pen->cr);
}

/* Many routes in one path are one stroke, but Cairo's time grows faster than the path: so some at a time. */
#define BATCH 24

static UiStage
route_stage (const Pen *pen, guint i)
{
  return pen->stages ? pen->stages[g_array_index (pen->routes, guint, i)] : UI_STAGE_THERE;
}

static void
stroke_routes (Pen *pen, UiLayoutKind kind, UiStage stage, gboolean wide)
{
  guint n = 0;
  cairo_new_path (pen->cr);
  cairo_set_line_width (pen->cr, fmax (wide ? 2.4 : 1.2, 0.7 / pen->zoom));
  for (guint i = 0; i < pen->routes->len; i++)
    {
      const UiLayoutRoute *route = &pen->picture->routes[g_array_index (pen->routes, guint, i)];
      if (route->kind != kind || (route->n_edges > 4) != wide || route_stage (pen, i) != stage)
        continue;
      if (pen->zoom < CURVES_FROM)
        trace_far (pen, route);
      else
        trace_route (pen, route);
      if (++n % BATCH == 0)
        cairo_stroke (pen->cr);
    }
  cairo_stroke (pen->cr);
}

static void
draw_routes_of (Pen *pen, UiLayoutKind kind, UiStage stage)
{
  static const double dots[] = { 1.5, 3.5 }, dashes[] = { 6, 3 };
  double crowd = pen->routes->len > 3000 ? 0.35 : pen->routes->len > 800 ? 0.6 : 1;
  UiColor color = ui_color_alpha (kind == UI_LAYOUT_BACK ? pen->palette->accent : pen->palette->edge,
                                  kind == UI_LAYOUT_CONTROL ? crowd * 0.9 : crowd);
  ui_color_set (pen->cr, &color);
  if (pen->zoom >= CURVES_FROM && kind != UI_LAYOUT_DATA)
    cairo_set_dash (pen->cr, kind == UI_LAYOUT_CONTROL ? dots : dashes, 2, 0);
  if (stage != UI_STAGE_THERE)
    ui_stage_set_route (pen->cr, stage, pen->palette, pen->zoom);
  stroke_routes (pen, kind, stage, FALSE);
  stroke_routes (pen, kind, stage, TRUE);
  cairo_set_dash (pen->cr, NULL, 0, 0);
  for (guint i = 0; i < pen->routes->len && pen->zoom >= ARROWS_FROM; i++)
    {
      const UiLayoutRoute *route = &pen->picture->routes[g_array_index (pen->routes, guint, i)];
      if (route->kind == kind && route_stage (pen, i) == stage)
        draw_arrow (pen, route);
    }
  cairo_fill (pen->cr);
}

static void
draw_routes (Pen *pen, UiLayoutKind kind)
{
  draw_routes_of (pen, kind, UI_STAGE_THERE);
  for (UiStage stage = UI_STAGE_GONE; pen->stages && stage <= UI_STAGE_NEW; stage++)
    draw_routes_of (pen, kind, stage);
}

/* ---- labels of edges ---- */

static gboolean
overlap (const UiLayoutRect *a, const UiLayoutRect *b)
{
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height
         && b->y < a->y + a->height;
}

static gboolean
take (Pen *pen, UiLayoutRect rect)
{
  g_autoptr (GArray) under = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < pen->taken->len; i++)
    if (overlap (&rect, &g_array_index (pen->taken, UiLayoutRect, i)))
      return FALSE;
  ui_layout_picture_boxes_in (pen->picture, rect, under);
  for (guint i = 0; i < under->len; i++)
    if (pen->picture->boxes[g_array_index (under, guint, i)].kind != UI_LAYOUT_BOX_OPEN)
      return FALSE;
  g_array_append_val (pen->taken, rect);
  return TRUE;
}

/* Beside the beginning of its edge, if nothing else is there. */
static void
draw_label (Pen *pen, const char *label, double x, double y)
{
  double wide = ui_text_width (pen->text, label), tall = pen->font;
  UiLayoutRect rect = { (float) x, (float) (y - tall / 2), (float) wide, (float) tall };
  if (!take (pen, rect))
    return;
  UiColor paper = ui_color_alpha (pen->palette->background, 0.75);
  ui_color_set (pen->cr, &paper);
  cairo_rectangle (pen->cr, rect.x - 1, rect.y, rect.width + 2, rect.height);
  cairo_fill (pen->cr);
  ui_color_set (pen->cr, &pen->palette->dim);
  ui_text_show (pen->text, label, x, y, 0, UI_TEXT_LEFT);
}

static void
draw_labels (Pen *pen)
{
  char buffer[32];
  guint last = UI_LAYOUT_NONE;
  const char *said = "";
  if (pen->zoom < LABELS_FROM)
    return;
  ui_text_font (pen->text, pen->font * 0.8, FALSE);
  for (guint i = 0; i < pen->routes->len; i++)
    {
      const UiLayoutRoute *route = &pen->picture->routes[g_array_index (pen->routes, guint, i)];
      const UiLayoutPoint *p = &pen->picture->points[route->first_point];
      const char *label = ui_graph_route_label (pen->graph, route, buffer);
      if (route->stub) /* nothing joins its ends: the far one says where it comes from */
        draw_label (pen, ui_graph_title (pen->graph, pen->picture->boxes[route->src].item), p[2].x + 4,
                    p[2].y + pen->font * 0.2);
      else if (*label && !(route->src == last && g_str_equal (label, said)))
        draw_label (pen, label, p[0].x + 4, p[0].y + pen->font * 0.8);
      last = route->src;
      said = label == buffer ? "" : label;
    }
}

/* ---- all of it ---- */

/* What the stage does not have is left out. */
static void
drop_absent (Pen *pen)
{
  guint n = 0;
  for (guint i = 0; i < pen->boxes->len; i++)
    if (ui_graph_stage (pen->graph, box_at (pen, i)->item) != UI_STAGE_ABSENT)
      g_array_index (pen->boxes, guint, n++) = g_array_index (pen->boxes, guint, i);
  g_array_set_size (pen->boxes, n);
  n = 0;
  for (guint i = 0; i < pen->routes->len; i++)
    if (route_stage (pen, i) != UI_STAGE_ABSENT)
      g_array_index (pen->routes, guint, n++) = g_array_index (pen->routes, guint, i);
  g_array_set_size (pen->routes, n);
}

static void
draw_visible (Pen *pen, UiLayoutRect view)
{
  float slack = (float) (pen->font * 2 + 4 / pen->zoom);
  pen->seen = (UiLayoutRect) { view.x - slack, view.y - slack, view.width + 2 * slack,
                              view.height + 2 * slack };
  ui_layout_picture_boxes_in (pen->picture, pen->seen, pen->boxes);
  ui_layout_picture_routes_in (pen->picture, pen->seen, pen->routes);
  if (pen->stages)
    drop_absent (pen);
  for (guint i = 0; i < pen->boxes->len; i++)
    if (box_at (pen, i)->kind == UI_LAYOUT_BOX_OPEN)
      draw_open (pen, box_at (pen, i));
  draw_routes (pen, UI_LAYOUT_CONTROL);
  draw_routes (pen, UI_LAYOUT_DATA);
  draw_routes (pen, UI_LAYOUT_BACK);
  for (guint i = 0; i < pen->boxes->len; i++)
    if (box_at (pen, i)->kind == UI_LAYOUT_BOX_OPEN)
      draw_title (pen, box_at (pen, i));
  draw_labels (pen);
  draw_boxes (pen);
  for (guint i = 0; pen->stages && i < pen->boxes->len; i++)
    ui_stage_draw_box (pen->cr, pen->text, pen->graph, box_at (pen, i), pen->palette, pen->zoom);
}

static void
draw (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture, const UiGraphView *view,
      const UiPalette *palette, double width, double height, gboolean overview)
{
  g_autoptr (UiText) text = ui_text_new (cr);
  g_autoptr (GArray) boxes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) routes = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (UiLayoutRect));
  g_autofree guint8 *stages = overview ? NULL : ui_graph_route_stages (graph, picture);
  Pen pen = { .cr = cr,
              .graph = graph,
              .picture = picture,
              .palette = palette,
              .zoom = view->zoom,
              .font = ui_graph_font (graph),
              .overview = overview,
              .text = text,
              .boxes = boxes,
              .routes = routes,
              .stages = stages,
              .taken = taken };
  cairo_save (cr);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_clip (cr);
  ui_color_set (cr, &palette->background);
  cairo_paint (cr);
  cairo_scale (cr, view->zoom, view->zoom);
  cairo_translate (cr, -view->x, -view->y);
  draw_visible (&pen, ui_graph_view_rect (view, width, height));
  cairo_restore (cr);
}

void
ui_graph_draw (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture, const UiGraphView *view,
               const UiPalette *palette, double width, double height)
{
  draw (cr, graph, picture, view, palette, width, height, FALSE);
}

void
ui_graph_draw_overview (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture,
                        const UiPalette *palette, double width, double height)
{
  UiGraphView view = ui_graph_fit (picture, width, height, 4);
  draw (cr, graph, picture, &view, palette, width, height, TRUE);
}
