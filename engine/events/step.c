/* SPDX-License-Identifier: MIT */
#include "engine/events/step.h"

void
lk_step_begin (LkStep *step, const LkGo *go, const LkItem *from, gboolean by_place)
{
  *step = (LkStep) { .active = go->where != LK_GO_CONTINUE, .go = *go, .by_place = by_place,
                     .from_nowhere = from == NULL, .left = MAX (go->count, 1) };
  if (from != NULL)
    step->from = *from;
}

void
lk_step_trained (LkStep *step)
{
  if (step->active && step->go.unit == LK_UNIT_STEP && step->left > 0)
    step->left--;
}

/* Is it one of those that are stepped? A graph run has no lines, so who wants into it sees its ops. */
static gboolean
counts (const LkStep *step, const LkItem *item)
{
  if (step->go.unit != LK_UNIT_LINE)
    return item->kind != LK_EVENT_LINE;
  if (item->kind == LK_EVENT_LINE)
    return TRUE;
  if (step->go.where == LK_GO_INTO_RUN && item->run > step->from.depth)
    return TRUE;
  return step->by_place && item->stack != step->from.stack;
}

/* How far out the item is, compared with where the step began: < 0 further out, > 0 inside. */
static gint
level (const LkStep *step, const LkItem *item)
{
  if (item->kind != LK_EVENT_LINE || item->depth < step->from.depth)
    return (gint) item->depth - (gint) step->from.depth;
  if (step->from.kind == LK_EVENT_LINE)
    return (gint) item->frames - (gint) step->from.frames;
  return (gint) item->places - (gint) step->from.places;
}

/* The next one of the loop that the step began in, or what comes after that loop. */
static gboolean
begins_iteration (const LkStep *step, const LkItem *item)
{
  if (step->from.loop == 0)
    return level (step, item) <= 0;
  return item->depth < step->from.loop || (item->depth == step->from.loop && item->iteration);
}

static gboolean
is_there (const LkStep *step, const LkItem *item)
{
  if (step->from_nowhere)
    return TRUE;
  switch ((LkGoWhere) step->go.where)
    {
    case LK_GO_CONTINUE: return FALSE;
    case LK_GO_INTO: return TRUE;
    case LK_GO_OVER: return level (step, item) <= 0;
    case LK_GO_INTO_TRACE: return item->trace > step->from.depth || level (step, item) <= 0;
    case LK_GO_INTO_RUN: return item->run > step->from.depth || level (step, item) <= 0;
    case LK_GO_OUT: return level (step, item) < 0;
    case LK_GO_ITERATION: return begins_iteration (step, item);
    }
  return FALSE;
}

gboolean
lk_step_reaches (LkStep *step, const LkItem *item)
{
  if (!step->active)
    return FALSE;
  if (step->go.unit == LK_UNIT_STEP)
    return step->left == 0;
  if (!counts (step, item) || !is_there (step, item))
    return FALSE;
  if (--step->left == 0)
    return TRUE;
  step->from = *item;     /* the next of `count` steps begins here */
  step->from_nowhere = FALSE;
  return FALSE;
}
