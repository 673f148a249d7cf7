/* SPDX-License-Identifier: MIT */
/* When does a step end? Pure: told where the step began and, one by one, the items that the program comes to, it says at
   which to stop. Private to the events.

   Depth counts calls (function, trace, graph run, session); frames count the language's own calls and are known at lines
   only. Where a step of lines began at an op, whose frames nobody told, places on the stack are counted instead. */
#pragma once
#include "engine/events/channel.h"
#include "engine/events/event.h"

typedef struct
{
  guint8 kind;            /* LK_EVENT_OP, NODE, CALL or LINE */
  guint depth;            /* enclosing calls */
  guint trace, run, loop; /* place of the innermost enclosing TRACE, run of a graph, and LOOP, counted from 1; 0 none */
  gboolean iteration;     /* a CALL that is one */
  guint frames;           /* LINE only */
  guint32 stack;          /* stack id, and the places on it; only needed where lines count */
  guint places;
} LkItem;

typedef struct
{
  gboolean active;
  LkGo go;
  gboolean by_place;      /* the language tells no lines: an item of another place is another line */
  LkItem from;
  gboolean from_nowhere;  /* the program was running: any item will do */
  guint left;             /* items or training steps still to come */
} LkStep;

/* from NULL: it begins while the program runs. CONTINUE is no step. */
void lk_step_begin (LkStep *step, const LkGo *go, const LkItem *from, gboolean by_place);
gboolean lk_step_reaches (LkStep *step, const LkItem *item);    /* TRUE: stop here; the step is over */
void lk_step_trained (LkStep *step);                            /* a training step is complete */
