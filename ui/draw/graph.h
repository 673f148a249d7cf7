/* SPDX-License-Identifier: MIT */
/* A graph as it is drawn: nodes and edges with what their boxes say, and the layout of them. Names, labels
   and shapes are immutable and may be read by any thread; the layout's run belongs to one thread at a time.
   Counted. */
#pragma once
#include "ui/draw/palette.h"
#include "ui/layout/layout.h"

typedef enum { UI_NODE_BACKWARD = 1, UI_NODE_LOSS = 2 } UiNodeFlags;

typedef struct
{
  const char *name, *op;
  guint8 flags;             /* UiNodeFlags */
} UiGraphNode;

typedef struct
{
  guint src, dst;
  UiLayoutKind kind;
  const char *label;        /* shape: "32×64"; (nullable) */
} UiGraphEdge;

typedef struct _UiGraph UiGraph;

/* Copies all it needs. font: px of the labels, which the boxes are made for. */
UiGraph *
ui_graph_new (const UiGraphNode *nodes, guint n_nodes, const UiGraphEdge *edges, guint n_edges, double font);
UiGraph *ui_graph_ref (UiGraph *graph);
void ui_graph_unref (UiGraph *graph);               /* (nullable) */

UiLayout *ui_graph_layout (UiGraph *graph);
guint ui_graph_n_nodes (const UiGraph *graph);
double ui_graph_font (const UiGraph *graph);

/* Of an item of the layout: a node or a scope. */
const char *ui_graph_op (const UiGraph *graph, guint item);             /* "" for scopes */
UiFamily ui_graph_family (const UiGraph *graph, guint item);
guint ui_graph_flags (const UiGraph *graph, guint item); /* of a scope: those that all its nodes have */
const char *ui_graph_title (const UiGraph *graph, guint item);          /* what its box says */
const char *
ui_graph_subtitle (const UiGraph *graph, guint item); /* the op, where the title does not say it; "" */
/* What a route carries: the shape, "3 tensors", or "". Returns buffer or a string of the graph. */
const char *ui_graph_route_label (const UiGraph *graph, const UiLayoutRoute *route, char buffer[32]);
/* Opens so much that a person sees a few dozen boxes: the deepest level at which no more than `boxes` are
   shown. */
guint ui_graph_first_depth (const UiGraph *graph, guint boxes);

/* ---- stages of a rewriting ---- */

/* Of a node or edge of a graph that holds all that there ever was, at some stage. */
typedef enum { UI_STAGE_THERE, UI_STAGE_ABSENT, UI_STAGE_GONE, UI_STAGE_NEW } UiStage;

/* Copies one UiStage for each node and edge. For the thread that draws. */
void ui_graph_set_stage (UiGraph *graph, const guint8 *of_nodes, const guint8 *of_edges);
gboolean ui_graph_has_stage (const UiGraph *graph);
/* Of a scope: ABSENT when all its nodes are, else THERE. */
UiStage ui_graph_stage (const UiGraph *graph, guint item);
/* How many nodes of a scope are gone, and new. */
void ui_graph_stage_counts (const UiGraph *graph, guint scope, guint *gone, guint *new);
/* One for each route: of several edges, what most of all is there. (transfer full) NULL without a stage. */
guint8 *ui_graph_route_stages (const UiGraph *graph, const UiLayoutPicture *picture);

/* ---- drawing ---- */

typedef struct
{
  double x, y;              /* the place on the canvas that is at the top left of the view */
  double zoom;              /* px of the view for a px of the canvas */
} UiGraphView;

#define UI_GRAPH_ZOOM_MIN 0.0005
#define UI_GRAPH_ZOOM_MAX 4.0

typedef enum
{
  UI_MARK_RAN = 1,          /* ran in the call that is under way */
  UI_MARK_BREAK_LINE = 2,   /* its source line has a breakpoint */
  UI_MARK_BREAK_OP = 4,     /* its op has one */
  UI_MARK_BREAK_OFF = 8,    /* … but it is disabled */
  UI_MARK_FOUND = 16        /* the search found it */
} UiMark;

typedef struct
{
  const guint8 *of_node;    /* UiMark flags for each node; (nullable) */
  guint next, selected, hover;              /* items, or UI_LAYOUT_NONE */
  gboolean focused;         /* the keyboard is here */
} UiGraphMarks;

/* What does not change while one steps. */
void ui_graph_draw (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture,
                    const UiGraphView *view, const UiPalette *palette, double width, double height);
/* What does, over it. */
void ui_graph_draw_marks (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture,
                          const UiGraphMarks *marks, const UiGraphView *view, const UiPalette *palette,
                          double width, double height);
/* The whole, small. */
void ui_graph_draw_overview (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture,
                             const UiPalette *palette, double width, double height);
/* On it, what is gone (hollow) or new (full) at the stage. */
void ui_graph_draw_overview_stage (cairo_t *cr, const UiGraph *graph, const UiLayoutPicture *picture,
                                   const UiPalette *palette, double width, double height);

/* The view that shows all of it, at most at zoom 1. */
UiGraphView ui_graph_fit (const UiLayoutPicture *picture, double width, double height, double margin);
/* A readable beginning: all of it if it can be read so, else its top at a zoom that can. */
UiGraphView ui_graph_start (const UiLayoutPicture *picture, double width, double height);
UiLayoutRect ui_graph_view_rect (const UiGraphView *view, double width, double height);
/* Is the point, on the canvas, on the box's sign of + or −? */
gboolean ui_graph_on_sign (const UiGraph *graph, const UiLayoutBox *box, double x, double y);
