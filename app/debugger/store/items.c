/* SPDX-License-Identifier: MIT */
/* Stepping through what was recorded. A way of stepping says which items belong to the one that is left ("covers"); forward
   goes to the first item that does not, back to the item from which forward leads here. So the two are exact inverses as
   long as they do not leave or enter a call, where forward goes out of it and back goes before it. */
#include "debugger/store/feed.h"
#include "debugger/store/state.h"

typedef struct
{
  LkStore *store;
  guint64 end;              /* number of events */
  guint16 depth;            /* items deeper than this are passed over */
  gboolean exact;           /* LINE, into: only the very same stack is the same line */
  guint32 here;             /* stack of the item that is left */
  guint32 call;             /* that it is in */
} Walk;

static gint64
forward (const Walk *walk, guint64 from)
{
  for (guint64 event = from; event < walk->end; event++)
    {
      const LkRow *row = lk_row_at (walk->store, event);
      if (lk_row_is_item (row) && row->depth <= walk->depth)
        return (gint64) event;
    }
  return -1;
}

static gint64
backward (const Walk *walk, guint64 before)
{
  for (guint64 event = MIN (before, walk->end); event-- > 0;)
    {
      const LkRow *row = lk_row_at (walk->store, event);
      if (lk_row_is_item (row) && row->depth <= walk->depth)
        return (gint64) event;
    }
  return -1;
}

/* ---- lines ---- */

static guint32
stack_at (const Walk *walk, gint64 event)
{
  return lk_row_at (walk->store, (guint64) event)->stack;
}

/* Does the line `outer` of its frame run while the program is at `inner`? */
static gboolean
covers (const Walk *walk, guint32 outer, guint32 inner)
{
  if (walk->exact || outer == inner)
    return outer == inner;
  for (LkSiteEntry *site = lk_store_site (walk->store, inner); site; site = lk_store_site (walk->store, site->parent))
    if (site->parent == outer && outer != 0)
      return TRUE;
  return FALSE;
}

static gint64
next_line (const Walk *walk, guint64 after)
{
  gint64 event = forward (walk, after + 1);
  while (event >= 0 && covers (walk, walk->here, stack_at (walk, event)))
    event = forward (walk, (guint64) event + 1);
  return event;
}

/* The first item of line `line` such that all from it up to `last` are covered by the line; -1 if there is none. */
static gint64
line_begin (const Walk *walk, gint64 last, guint32 line)
{
  gint64 begin = -1;
  for (gint64 event = last; event >= 0 && covers (walk, line, stack_at (walk, event));
       event = backward (walk, (guint64) event))
    if (stack_at (walk, event) == line)
      begin = event;
  return begin;
}

static gint64
previous_line (const Walk *walk, guint64 before)
{
  gint64 last = backward (walk, before);
  if (last < 0)
    return -1;
  guint32 line = stack_at (walk, last);
  gint64 begin = line_begin (walk, last, line);
  if (walk->exact)
    return begin;
  /* Outwards: the line that called this one covers it, unless it called also what we come from. */
  for (LkSiteEntry *site = lk_store_site (walk->store, line); site && site->parent;
       site = lk_store_site (walk->store, site->parent))
    {
      if (covers (walk, site->parent, walk->here))
        break;
      gint64 outer = line_begin (walk, last, site->parent);
      begin = outer >= 0 ? outer : begin;
    }
  return begin;
}

/* ---- training steps ---- */

/* The number of STEP events up to and including event. */
static guint
steps_until (const LkStore *store, guint64 event)
{
  guint low = 0, high = store->steps->len;
  while (low < high)
    {
      guint middle = (low + high) / 2;
      if (g_array_index (store->steps, guint64, middle) <= event)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gint64
next_step (const Walk *walk, guint64 after)
{
  guint step = steps_until (walk->store, after);
  if (step >= walk->store->steps->len)
    return -1;
  return forward (walk, g_array_index (walk->store->steps, guint64, step) + 1);
}

/* Steps begin with the first item of all, and with the first item after each STEP. */
static gint64
previous_step (const Walk *walk, guint64 before)
{
  for (guint step = steps_until (walk->store, before); step-- > 0;)
    {
      gint64 begin = forward (walk, g_array_index (walk->store->steps, guint64, step) + 1);
      if (begin >= 0 && (guint64) begin < before)
        return begin;
    }
  gint64 first = forward (walk, 0);
  return first >= 0 && (guint64) first < before ? first : -1;
}

/* ---- calls ---- */

static guint64
call_end (const Walk *walk, guint32 id)
{
  const LkCallView *call = g_hash_table_lookup (walk->store->calls, GUINT_TO_POINTER (id));
  return call ? MIN (call->end, walk->end) : 0;
}

/* The call that begins at the event; NULL if none does. */
static const LkCallView *
call_at (const Walk *walk, guint64 event)
{
  if (event >= walk->end || lk_row_at (walk->store, event)->kind != LK_EVENT_CALL)
    return NULL;
  const LkEvent *record = lk_store_peek (walk->store, event);
  if (!record)
    return NULL;
  guint32 id = ((const LkCallEvent *) (record + 1))->id;
  return g_hash_table_lookup (walk->store->calls, GUINT_TO_POINTER (id));
}

static gboolean
is_kind (const LkCallView *call, LkCallKind kind)
{
  return kind == LK_CALL_RUN ? lk_call_kind_runs (call->kind) : call->kind == kind;
}

/* The innermost loop that a call is in, or is: where it begins; -1 outside of loops. */
static gint64
loop_around (const Walk *walk, guint32 id)
{
  const LkCallView *call = g_hash_table_lookup (walk->store->calls, GUINT_TO_POINTER (id));
  guint64 inside = walk->end;
  while (call && call->begin < inside)
    {
      if (call->kind == LK_CALL_LOOP)
        return (gint64) call->begin;
      inside = call->begin;
      call = g_hash_table_lookup (walk->store->calls, GUINT_TO_POINTER (lk_row_at (walk->store, inside)->call));
    }
  return -1;
}

/* The next iteration of the loop, or what comes after it; back: the one that began last, or the loop itself. */
static gint64
iteration (const Walk *from, guint64 event, gint64 loop, gint64 (*go) (const Walk *walk, guint64 event), guint64 step)
{
  Walk walk = *from;
  const guint16 depth = lk_row_at (walk.store, (guint64) loop)->depth;
  walk.depth = depth + 1;
  gint64 found = go (&walk, event + step);
  while (found >= 0 && lk_row_at (walk.store, (guint64) found)->depth > depth)
    {
      const LkCallView *call = call_at (&walk, (guint64) found);
      if (call && call->kind == LK_CALL_ITERATION)
        break;
      found = go (&walk, (guint64) found + step);
    }
  return found;
}

/* Items inside the first call of the kind that `outer` is or has in it: first and last. FALSE when there are none. */
static gboolean
inside (const Walk *walk, guint64 outer, LkCallKind kind, gint64 *first, gint64 *last)
{
  const LkCallView *call = call_at (walk, outer);
  if (!call)
    return FALSE;
  Walk any = { .store = walk->store, .end = call_end (walk, call->id), .depth = G_MAXUINT16 };
  for (guint64 event = outer; event < any.end; event++)
    {
      const LkCallView *inner = call_at (&any, event);
      if (!inner || !is_kind (inner, kind))
        continue;
      any.end = call_end (walk, inner->id);
      *first = forward (&any, event + 1);
      *last = backward (&any, any.end);
      return *first >= 0;
    }
  return FALSE;
}

/* From an item at a depth and place; the two matter for some ways only. */
static Walk
walk_from (LkStore *store, guint16 depth, guint32 stack, guint32 call, LkGoWhere where, LkUnit unit)
{
  gboolean all = where == LK_GO_INTO || where == LK_GO_CONTINUE || (unit == LK_UNIT_STEP && where != LK_GO_OUT);
  return (Walk) { store, store->n_events, all ? G_MAXUINT16 : depth, where == LK_GO_INTO, stack, call };
}

static Walk
walk_from_event (LkStore *store, guint64 event, LkGoWhere where, LkUnit unit)
{
  if (event >= store->n_events)
    return walk_from (store, G_MAXUINT16, 0, 0, where, unit);
  const LkRow *row = lk_row_at (store, event);
  return walk_from (store, row->depth, row->stack, row->call, where, unit);
}

static gint64
next_locked (LkStore *store, guint64 after, LkGoWhere where, LkUnit unit)
{
  Walk walk = walk_from_event (store, after, where, unit);
  gint64 first, last, loop;
  if ((where == LK_GO_INTO_TRACE && inside (&walk, after, LK_CALL_TRACE, &first, &last))
      || (where == LK_GO_INTO_RUN && inside (&walk, after, LK_CALL_RUN, &first, &last)))
    return first;
  if (where == LK_GO_OUT)
    {
      if (walk.depth == 0)
        return -1;
      walk.depth--;
      return forward (&walk, after + 1);
    }
  if (where == LK_GO_ITERATION && (loop = loop_around (&walk, walk.call)) >= 0)
    return iteration (&walk, after, loop, forward, 1);
  if (unit == LK_UNIT_STEP)
    return next_step (&walk, after);
  return unit == LK_UNIT_LINE ? next_line (&walk, after) : forward (&walk, after + 1);
}

static gint64
previous_of (Walk *walk, guint64 before, LkGoWhere where, LkUnit unit)
{
  gint64 first, last, loop;
  if (where == LK_GO_INTO_TRACE || where == LK_GO_INTO_RUN)
    {
      LkCallKind kind = where == LK_GO_INTO_TRACE ? LK_CALL_TRACE : LK_CALL_RUN;
      gint64 over = backward (walk, before);
      if (over >= 0 && inside (walk, (guint64) over, kind, &first, &last) && (guint64) last < before)
        return last;
    }
  if (where == LK_GO_OUT)
    {
      if (walk->depth == 0)
        return -1;
      walk->depth--;
      return backward (walk, before);
    }
  if (where == LK_GO_ITERATION && (loop = loop_around (walk, walk->call)) >= 0)
    return iteration (walk, before, loop, backward, 0);
  if (unit == LK_UNIT_STEP)
    return previous_step (walk, before);
  return unit == LK_UNIT_LINE ? previous_line (walk, before) : backward (walk, before);
}

gint64
lk_store_next_item (LkStore *store, guint64 after, LkGoWhere where, LkUnit unit)
{
  g_mutex_lock (&store->lock);
  gint64 event = next_locked (store, after, where, unit);
  g_mutex_unlock (&store->lock);
  return event;
}

gint64
lk_store_previous_item (LkStore *store, guint64 before, LkGoWhere where, LkUnit unit)
{
  g_mutex_lock (&store->lock);
  Walk walk = walk_from_event (store, before, where, unit);
  gint64 event = previous_of (&walk, before, where, unit);
  g_mutex_unlock (&store->lock);
  return event;
}

gint64
lk_store_previous_from (LkStore *store, guint16 depth, guint32 stack, guint32 call, LkGoWhere where, LkUnit unit)
{
  g_mutex_lock (&store->lock);
  Walk walk = walk_from (store, depth, stack, call, where, unit);
  gint64 event = previous_of (&walk, walk.end, where, unit);
  g_mutex_unlock (&store->lock);
  return event;
}

gint64
lk_store_item_from (LkStore *store, guint64 event)
{
  g_mutex_lock (&store->lock);
  Walk walk = walk_from (store, 0, 0, 0, LK_GO_INTO, LK_UNIT_OP);
  gint64 item = forward (&walk, event);
  g_mutex_unlock (&store->lock);
  return item;
}
