/* SPDX-License-Identifier: MIT */
/* Calls that were replaced by what they call: each node that came from one knows it, so that who watches sees a call around
   them all the same. Nodes of one call need not follow one another any more, once passes have been over them: the call is told
   around each stretch of them. Never changed once made; any thread. Private to the engine. */
#pragma once
#include "engine/graph/graph.h"

struct _LkInlined
{
  gint refs;
  LkInlined *outer;       /* the call from which this one was inlined itself; NULL for none */
  guint depth;            /* how many there are with the outer ones: from 1 */
  guint32 place;          /* of the call among the nodes of the graph that made it */
  char *name;             /* of the function */
  LkNode node;            /* stands for the call's: no more of it than where it was made */
};

/* A call of function `name` by the node. place: its own in the order of its graph. (transfer full) */
LkInlined *lk_inlined_new (const LkNode *call, const char *name, guint32 place);
LkInlined *lk_inlined_ref (LkInlined *inlined);         /* (nullable) */
void lk_inlined_unref (LkInlined *inlined);             /* (nullable) */
/* The innermost call that both are in; NULL for none. (transfer none) */
LkInlined *lk_inlined_common (LkInlined *a, LkInlined *b);
/* The one of so many calls around it, itself included. (transfer none) */
LkInlined *lk_inlined_at (LkInlined *inlined, guint depth);

/* ---- telling of them: execute/calls.c ---- */

/* Which inlined calls a watched run of a graph is in. */
typedef struct _LkCalls
{
  LkGraph *graph;         /* that runs */
  LkInlined *now;         /* the innermost that was begun; NULL: none */
  GPtrArray *left;        /* LkInlined that ended, once for each time */
} LkCalls;

/* The program comes to something in `to`, or leaves them all: tells of calls that end, and of calls that begin. */
void lk_calls_go (LkContext *ctx, LkInlined *to);
