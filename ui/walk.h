/* SPDX-License-Identifier: MIT */
/* A rewriting, to be walked: one graph of all nodes and edges that there ever were, so that what stays never moves, and what
   of it there is after so many rewrites. Node i of the graph is node i of the working graph. Main thread only. */
#pragma once
#include "debugger/store.h"
#include "ui/draw/graph.h"

typedef struct _UiWalk UiWalk;

/* A stretch of it: a moment, when both are the same, or what is changed by the rewrites from … to - 1. */
typedef struct
{
  const char *pass, *rule;  /* rule: "" of a whole pass; pass: "" of the two ends */
  guint from, to;           /* rewrites */
  guint n_gone, n_new;      /* nodes */
} UiWalkStep;

UiWalk *ui_walk_new (LkStore *store, guint rewriting, double font);     /* NULL when there is nothing to walk */
void ui_walk_free (UiWalk *walk);                   /* (nullable) */
const LkRewritingView *ui_walk_view (const UiWalk *walk);
UiGraph *ui_walk_graph (const UiWalk *walk);        /* (transfer none) */
/* As traced, each pass and after it its rewrites, as it runs. */
guint ui_walk_n_steps (const UiWalk *walk);
const UiWalkStep *ui_walk_step (const UiWalk *walk, guint i);
guint ui_walk_n_nodes (const UiWalk *walk, guint rewrites);             /* that there are after so many */
/* Sets the graph's stage to the step. (transfer full) elements guint: what is gone or new. */
GArray *ui_walk_show (UiWalk *walk, guint step);
/* The traced nodes that a node stands for, as nodes of the working graph. (transfer full) elements guint */
GArray *ui_walk_origins (UiWalk *walk, guint node);
/* The node of the working graph that became a node of the final one; G_MAXUINT if it is none. */
guint ui_walk_working (UiWalk *walk, guint final_node);
/* In markup, with a link "place:STACK" for each line: "Mul “mul” (loop.py:5), …", at most `most` of them. (transfer full) */
char *ui_walk_names (UiWalk *walk, const GArray *nodes, guint most);
