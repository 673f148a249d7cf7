/* SPDX-License-Identifier: MIT */
/* Stepping: live, the gate opens; in the past, the cursor moves. */
#include "debugger/session/state.h"
#include "debugger/store/feed.h"
#include <string.h>

/* ---- what is next ---- */

static void
next_of_stop (const LkEvent *record, LkNext *next)
{
  const LkStopEvent *stop = (const LkStopEvent *) (record + 1);
  *next = (LkNext) {
    .known = TRUE, .kind = (guint8) stop->next, .subject = record->subject, .stack = record->stack,
    .graph = stop->graph, .node = stop->node, .call_kind = stop->call_kind, .event = G_MAXUINT64,
    .n_inputs = MIN (stop->n_inputs, G_N_ELEMENTS (next->inputs))
  };
  if (stop->next == LK_EVENT_CALL)
    next->number = stop->node, next->node = 0;
  memcpy (next->inputs, stop + 1, next->n_inputs * sizeof (guint64));
}

static void
next_of_item (LkStore *store, guint64 event, LkNext *next)
{
  g_autoptr (GBytes) bytes = lk_store_record (store, event);
  const LkEvent *record = bytes ? g_bytes_get_data (bytes, NULL) : NULL;
  if (!record)
    return;
  *next = (LkNext) { .known = TRUE, .kind = record->kind, .subject = record->subject, .stack = record->stack, .event = event };
  if (record->kind == LK_EVENT_CALL)
    {
      const LkCallEvent *call = (const LkCallEvent *) (record + 1);
      next->call_kind = call->kind;
      next->graph = call->graph;
      next->number = call->kind == LK_CALL_TRACE ? 0 : call->cause;
    }
  if (record->kind != LK_EVENT_OP && record->kind != LK_EVENT_NODE)
    return;
  const LkOpEvent *op = (const LkOpEvent *) (record + 1);
  next->graph = op->graph;
  next->node = op->node;
  next->n_inputs = MIN (op->n_inputs, G_N_ELEMENTS (next->inputs));
  memcpy (next->inputs, op + 1, next->n_inputs * sizeof (guint64));
}

void
lk_session_next (LkSession *session, LkNext *next)
{
  *next = (LkNext) { 0 };
  if (!session->store)
    return;
  if (!session->live)
    next_of_item (session->store, session->cursor, next);
  else if (session->stop && session->state == LK_SESSION_PAUSED)
    next_of_stop (session->stop, next);
}

void
lk_session_into_choices (LkSession *session, gboolean *trace, gboolean *run)
{
  LkNext next;
  lk_session_next (session, &next);
  gboolean is_function = next.known && next.kind == LK_EVENT_CALL && next.call_kind == LK_CALL_FUNCTION;
  gboolean is_call = next.known && next.kind == LK_EVENT_CALL;
  *trace = is_function || (is_call && next.call_kind == LK_CALL_TRACE);
  *run = is_function || (is_call && next.call_kind != LK_CALL_TRACE);
  /* Live, whether it will be traced shows only when it is: both are offered, and the gate takes what there is. */
  if (!is_function || next.event == G_MAXUINT64)
    return;
  gint64 over = lk_store_next_item (session->store, next.event, LK_GO_OVER, LK_UNIT_OP);
  *trace = lk_store_next_item (session->store, next.event, LK_GO_INTO_TRACE, LK_UNIT_OP) != over;
  *run = lk_store_next_item (session->store, next.event, LK_GO_INTO_RUN, LK_UNIT_OP) != over;
}

/* ---- moving ---- */

void
lk_session_go_live (LkSession *session)
{
  if (session->store && session->state != LK_SESSION_FILE && !session->live)
    lk_session_set_cursor (session, G_MAXUINT64);
}

/* Past the last item: now, while there is a now. A file has none: its end is its last item. */
static void
move (LkSession *session, gint64 event)
{
  if (event >= 0)
    lk_session_set_cursor (session, (guint64) event);
  else
    lk_session_go_live (session);
}

void
lk_session_go_to (LkSession *session, guint64 event)
{
  if (!session->store)
    return;
  gint64 item = lk_store_item_from (session->store, event);
  if (item < 0 && session->state == LK_SESSION_FILE)
    item = lk_store_previous_item (session->store, event, LK_GO_INTO, LK_UNIT_OP);
  move (session, item);
}

void
lk_session_step (LkSession *session, LkGoWhere where, LkUnit unit)
{
  if (!session->store)
    return;
  if (!session->live)
    move (session, lk_store_next_item (session->store, session->cursor, where, unit));
  else if (session->state == LK_SESSION_PAUSED || session->stepping)
    lk_session_go (session, where, unit, NULL, 0);
}

void
lk_session_step_back (LkSession *session, LkGoWhere where, LkUnit unit)
{
  if (!lk_session_can (session, LK_ACTION_STEP_BACK))
    return;
  /* At a gate, what is next has no event yet, but its depth and place are known. */
  gint64 event = session->live && session->stop
    ? lk_store_previous_from (session->store, session->stop->depth, session->stop->stack, session->stop->call, where, unit)
    : lk_store_previous_item (session->store, lk_session_cursor (session), where, unit);
  if (event >= 0)
    lk_session_set_cursor (session, (guint64) event);
}

typedef gboolean (*IsThere) (LkSession *session, guint64 event, gconstpointer data);

static gboolean
is_breakpoint (LkSession *session, guint64 event, gconstpointer data)
{
  LkBreakpoint *breakpoint = lk_session_breakpoint_at (session, event);
  return breakpoint && breakpoint->enabled;
}

static gboolean
is_line (LkSession *session, guint64 event, gconstpointer data)
{
  const LkPlace *wanted = data;
  LkPlace place;
  LkRow row;
  return lk_store_row (session->store, event, &row) && lk_store_place (session->store, row.stack, &place)
         && place.line == wanted->line && g_strcmp0 (place.file, wanted->file) == 0;
}

static void
run_on (LkSession *session, IsThere is_there, gconstpointer data)
{
  gint64 last = (gint64) session->cursor, event = last;
  while ((event = lk_store_next_item (session->store, (guint64) last, LK_GO_INTO, LK_UNIT_OP)) >= 0)
    {
      last = event;
      if (is_there (session, (guint64) event, data))
        break;
    }
  move (session, event < 0 && session->state == LK_SESSION_FILE ? last : event);
}

void
lk_session_continue (LkSession *session)
{
  if (!session->store)
    return;
  if (!session->live)
    run_on (session, is_breakpoint, NULL);
  else if (session->state == LK_SESSION_PAUSED)
    lk_session_go (session, LK_GO_CONTINUE, LK_UNIT_OP, NULL, 0);
}

void
lk_session_run_to_line (LkSession *session, const char *file, guint line)
{
  LkPlace wanted = { .file = file, .line = line };
  if (!session->store)
    return;
  if (!session->live)
    run_on (session, is_line, &wanted);
  else if (session->state == LK_SESSION_PAUSED)
    lk_session_go (session, LK_GO_CONTINUE, LK_UNIT_OP, file, line);
}

void
lk_session_continue_back (LkSession *session)
{
  if (!lk_session_can (session, LK_ACTION_CONTINUE_BACK))
    return;
  gint64 first = -1, event = (gint64) lk_session_cursor (session);
  while ((event = lk_store_previous_item (session->store, (guint64) event, LK_GO_INTO, LK_UNIT_OP)) >= 0)
    {
      first = event;
      if (is_breakpoint (session, (guint64) event, NULL))
        break;
    }
  if (first >= 0)
    lk_session_set_cursor (session, (guint64) first);
}

/* ---- what can be done ---- */

static gboolean
has_past (LkSession *session)
{
  return lk_store_previous_item (session->store, lk_session_cursor (session), LK_GO_INTO, LK_UNIT_OP) >= 0;
}

static gboolean
has_next (LkSession *session)
{
  return session->state != LK_SESSION_FILE
         || lk_store_next_item (session->store, session->cursor, LK_GO_INTO, LK_UNIT_OP) >= 0;
}

gboolean
lk_session_can (LkSession *session, LkAction action)
{
  if (!session->store)
    return FALSE;
  gboolean alive = lk_session_is_alive (session);
  gboolean at_gate = session->state == LK_SESSION_PAUSED;
  switch (action)
    {
    case LK_ACTION_CONTINUE:
      return session->live ? at_gate : has_next (session);
    case LK_ACTION_STEP:
    case LK_ACTION_STEP_OUT:
      return session->live ? at_gate || session->stepping : has_next (session);
    case LK_ACTION_PAUSE:
      return alive && (session->state == LK_SESSION_RUNNING || session->state == LK_SESSION_STARTING);
    case LK_ACTION_STOP:
      return alive;
    case LK_ACTION_STEP_BACK:
    case LK_ACTION_CONTINUE_BACK:
      /* Not from the end of what runs: it moves. */
      return (!session->live || !alive || at_gate) && has_past (session);
    case LK_ACTION_GO_LIVE:
      return !session->live && session->state != LK_SESSION_FILE;
    case LK_ACTION_RESTART:
    case LK_ACTION_SAVE:
      return TRUE;
    default:
      return FALSE;
    }
}
