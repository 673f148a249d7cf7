/* SPDX-License-Identifier: MIT */
/* Rows: a column of fixed pages, that is read without the lock since a published row never changes. */
#include "debugger/store/state.h"
#include <stdlib.h>

gboolean
lk_store_add_row (LkStore *store, const LkRow *row)
{
  guint64 page = store->n_events / LK_ROWS_PER_PAGE;
  if (page >= LK_MAX_PAGES)
    return FALSE;
  if (!store->pages[page])
    {
      /* Not g_new: malloc of this size maps pages that cost nothing until they are written. */
      store->pages[page] = malloc (LK_ROWS_PER_PAGE * sizeof (LkRow));
      if (!store->pages[page])
        g_error ("no memory for more events");
    }
  store->pages[page][store->n_events % LK_ROWS_PER_PAGE] = *row;
  __atomic_store_n (&store->n_events, store->n_events + 1, __ATOMIC_RELEASE);
  return TRUE;
}

guint64
lk_store_n_events (LkStore *store)
{
  return __atomic_load_n (&store->n_events, __ATOMIC_ACQUIRE);
}

gboolean
lk_store_row (LkStore *store, guint64 event, LkRow *row)
{
  if (event >= lk_store_n_events (store))
    return FALSE;
  *row = *lk_row_at (store, event);
  return TRUE;
}

/* The optimiser's nodes are seen in graphs; its rewrites are in the list. */
static gboolean
is_shown (const LkRow *row)
{
  switch (row->kind)
    {
    case LK_EVENT_NODE:
      return !(row->flags & LK_FLAG_GIVEN);
    case LK_EVENT_STRING:
    case LK_EVENT_SITE:
    case LK_EVENT_GRAPH:
    case LK_EVENT_STOP:
    case LK_EVENT_RETURN:
    case LK_EVENT_LINE:
      return FALSE;
    default:
      return row->kind < LK_N_EVENT_KINDS;
    }
}

static void
count (LkStore *store, const LkRow *row)
{
  LkRunSummary *counts = &store->counts;
  counts->ops += row->kind == LK_EVENT_OP;
  counts->nodes += row->kind == LK_EVENT_NODE && !(row->flags & LK_FLAG_GIVEN);
  counts->calls += row->kind == LK_EVENT_CALL;
  counts->steps += row->kind == LK_EVENT_STEP;
  counts->scalars += row->kind == LK_EVENT_SCALAR;
  counts->alerts += row->kind == LK_EVENT_ALERT;
  counts->duration = MAX (counts->duration, row->time + row->duration);
}

void
lk_store_index_row (LkStore *store, guint64 event, const LkRow *row)
{
  guint32 shown = (guint32) event;
  if (is_shown (row))
    g_array_append_val (store->shown, shown);
  if (row->kind == LK_EVENT_STEP)
    g_array_append_val (store->steps, event);
  count (store, row);
  if (row->kind != LK_EVENT_OP && (row->kind != LK_EVENT_NODE || row->flags & LK_FLAG_GIVEN))
    return;
  LkSiteEntry *site = lk_store_site (store, row->stack);
  if (site && row->kind == LK_EVENT_OP)
    site->counter->ops++;
  else if (site)
    site->counter->nodes++;
}

typedef void (*Index) (LkStore *store, guint64 event, const LkEvent *record);

static void
index_output (LkStore *store, guint64 event, const LkEvent *record)
{
  g_string_append (store->output, lk_store_text (store, record->subject));
}

static void
index_exit (LkStore *store, guint64 event, const LkEvent *record)
{
  store->exit = *(const LkExitEvent *) (record + 1);
  store->exit_message = record->subject;
  store->counts.complete = TRUE;
}

static void
index_alert (LkStore *store, guint64 event, const LkEvent *record)
{
  guint32 kind = ((const LkAlertEvent *) (record + 1))->kind;
  store->newest_alert = record->subject;
  if (kind < G_N_ELEMENTS (store->alerts))
    store->alerts[kind] = record->subject;
}

static const Index indexes[LK_N_EVENT_KINDS] = {
  [LK_EVENT_STRING] = lk_store_index_string,
  [LK_EVENT_SITE] = lk_store_index_site,
  [LK_EVENT_NODE] = lk_store_index_graph_node,
  [LK_EVENT_CALL] = lk_store_index_call,
  [LK_EVENT_RETURN] = lk_store_index_call,
  [LK_EVENT_GRAPH] = lk_store_index_graph,
  [LK_EVENT_REWRITE] = lk_store_index_rewrite,
  [LK_EVENT_VARIABLE] = lk_store_index_variable,
  [LK_EVENT_SCALAR] = lk_store_index_scalar,
  [LK_EVENT_ALERT] = index_alert,
  [LK_EVENT_OUTPUT] = index_output,
  [LK_EVENT_EXIT] = index_exit,
};

void
lk_store_index_fact (LkStore *store, guint64 event, const LkEvent *record)
{
  if (record->kind < LK_N_EVENT_KINDS && indexes[record->kind])
    indexes[record->kind] (store, event, record);
}

guint
lk_store_n_shown (LkStore *store)
{
  g_mutex_lock (&store->lock);
  guint n = store->shown->len;
  g_mutex_unlock (&store->lock);
  return n;
}

guint64
lk_store_shown (LkStore *store, guint position)
{
  g_mutex_lock (&store->lock);
  guint64 event = position < store->shown->len ? g_array_index (store->shown, guint32, position) : store->n_events;
  g_mutex_unlock (&store->lock);
  return event;
}

guint
lk_shown_position (const LkStore *store, guint64 event)
{
  guint low = 0, high = store->shown->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (store->shown, guint32, middle) < event)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint
lk_store_shown_position (LkStore *store, guint64 event)
{
  g_mutex_lock (&store->lock);
  guint position = lk_shown_position (store, event);
  g_mutex_unlock (&store->lock);
  return position;
}
