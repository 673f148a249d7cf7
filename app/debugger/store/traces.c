/* SPDX-License-Identifier: MIT */
/* Which functions were traced, how often, and why. */
#include "debugger/store/state.h"
#include <string.h>

static const LkCallView *
call_of (const LkStore *store, guint index)
{
  guint32 call = g_array_index (store->traces, LkTraceEntry, index).call;
  return g_hash_table_lookup (store->calls, GUINT_TO_POINTER (call));
}

/* Names of equal text are one string. */
void
lk_store_index_trace (LkStore *store, const LkCallView *call)
{
  LkTraceEntry entry = { call->id, 1 };
  for (guint i = store->traces->len; i-- > 0;)
    if (g_strcmp0 (call_of (store, i)->name, call->name) == 0)
      {
        entry.number = g_array_index (store->traces, LkTraceEntry, i).number + 1;
        break;
      }
  g_array_append_val (store->traces, entry);
}

guint
lk_store_n_traces (LkStore *store)
{
  g_mutex_lock (&store->lock);
  guint n = store->traces->len;
  g_mutex_unlock (&store->lock);
  return n;
}

/* A function may have the name of another one, so it is not enough that there were traces of that name. */
static gboolean
traced_again (const LkCallView *call)
{
  return call->cause && *call->cause && !g_str_has_prefix (call->cause, "first call");
}

/* "argument 'x' changed … since trace 1; input_signature=… traces once" is told apart at the first "; ". */
static void
split_cause (LkTraceView *view)
{
  const char *split = strstr (view->cause, "; ");
  view->cause_length = (int) (split ? (gsize) (split - view->cause) : strlen (view->cause));
  view->remedy = split ? split + 2 : "";
}

gboolean
lk_store_trace (LkStore *store, guint index, LkTraceView *out)
{
  g_mutex_lock (&store->lock);
  gboolean known = index < store->traces->len;
  if (known)
    {
      const LkCallView *call = call_of (store, index);
      const LkRow *begin = lk_row_at (store, call->begin);
      gboolean ended = call->end < store->n_events;
      *out = (LkTraceView) { .event = call->begin, .function = call->name, .cause = call->cause, .graph = call->graph,
                             .number = g_array_index (store->traces, LkTraceEntry, index).number, .stack = begin->stack,
                             .duration = ended ? lk_row_at (store, call->end)->time - begin->time : -1 };
      out->again = traced_again (call);
      split_cause (out);
    }
  g_mutex_unlock (&store->lock);
  return known;
}

gboolean
lk_store_is_retrace (LkStore *store, guint64 event)
{
  gboolean retrace = FALSE;
  g_mutex_lock (&store->lock);
  const LkEvent *record = lk_store_peek (store, event);
  if (record && record->kind == LK_EVENT_CALL && ((const LkCallEvent *) (record + 1))->kind == LK_CALL_TRACE)
    {
      const LkCallView *call = g_hash_table_lookup (store->calls, GUINT_TO_POINTER (((const LkCallEvent *) (record + 1))->id));
      retrace = call && traced_again (call);
    }
  g_mutex_unlock (&store->lock);
  return retrace;
}
