/* SPDX-License-Identifier: MIT */
/* What the files of a walk share. */
#pragma once
#include "ui/walk.h"

typedef struct
{
  guint64 to;
  guint at;                 /* the rewrite that moved it, from 1 */
} UiWalkMove;

/* An edge that there is after `born` rewrites and before `died`. */
typedef struct
{
  guint src, dst, born, died;
} UiWalkLife;

struct _UiWalk
{
  LkStore *store;
  guint rewriting, n;       /* n: nodes */
  LkRewritingView view;
  UiGraph *graph;
  guint *born, *died;       /* of nodes, as of edges */
  GArray *lives;            /* UiWalkLife, of edges */
  GArray *steps;            /* UiWalkStep */
  GPtrArray *origins;       /* GArray of guint for each node; NULL: itself */
};

/* The record of a rewrite, and what follows it. */
typedef struct
{
  GBytes *bytes;
  const LkRewriteEvent *event;
  const guint64 *moved;
  const guint32 *before, *after;
} UiRewrite;

/* FALSE, and nothing to free, when it is not there; else bytes are to be unreferenced. */
gboolean ui_rewrite_read (LkStore *store, guint64 event, UiRewrite *out);
/* Who the nodes that a rewrite made stand for. */
void ui_walk_take_origins (UiWalk *walk, const UiRewrite *rewrite);
/* Of all nodes and edges that there ever were; moved: of tensors, guint64 * to UiWalkMove *. Fills lives. (transfer full) */
UiGraph *ui_walk_make_graph (UiWalk *walk, const LkGraphView *all, GHashTable *moved, double font);
