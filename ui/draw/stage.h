/* SPDX-License-Identifier: MIT */
/* How gone and new nodes and routes are drawn: by colour, and by dashes, strokes and signs as well. */
#pragma once
#include "ui/draw/graph.h"
#include "ui/draw/text.h"

/* Over a node's box, or a closed scope's with what changed inside. */
void ui_stage_draw_box (cairo_t *cr, UiText *text, const UiGraph *graph, const UiLayoutBox *box, const UiPalette *palette,
                        double zoom);
/* Sets colour and dashes for the routes of a stage. */
void ui_stage_set_route (cairo_t *cr, UiStage stage, const UiPalette *palette, double zoom);
