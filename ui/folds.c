/* SPDX-License-Identifier: MIT */
#include "ui/folds.h"

typedef struct
{
  guint first, end;         /* positions */
  guint before;             /* so many are hidden before `first` */
} Hidden;

struct _UiFolds
{
  LkStore *store;
  GArray *spans;            /* LkSpan, as the store tells them */
  GHashTable *turned;       /* guint64 events of calls that are not as they would be by themselves */
  GArray *hidden;           /* Hidden, apart from each other, ascending */
};

UiFolds *
ui_folds_new (LkStore *store)
{
  UiFolds *folds = g_new0 (UiFolds, 1);
  folds->store = lk_store_ref (store);
  folds->spans = g_array_new (FALSE, FALSE, sizeof (LkSpan));
  folds->turned = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  folds->hidden = g_array_new (FALSE, FALSE, sizeof (Hidden));
  ui_folds_grow (folds);
  return folds;
}

void
ui_folds_free (UiFolds *folds)
{
  if (!folds)
    return;
  lk_store_unref (folds->store);
  g_array_unref (folds->spans);
  g_array_unref (folds->hidden);
  g_hash_table_unref (folds->turned);
  g_free (folds);
}

/* ---- what is hidden ---- */

static const Hidden *
hidden_at (const UiFolds *folds, guint i)
{
  return &g_array_index (folds->hidden, Hidden, i);
}

static gboolean
is_folded (const UiFolds *folds, const LkSpan *span)
{
  gboolean by_itself = span->kind == LK_CALL_ITERATION || span->kind == LK_CALL_CONDITION;
  return by_itself != g_hash_table_contains (folds->turned, &span->event);
}

/* Calls end from the inside out, so what a fold takes in stands at the end. Calls of two threads may overlap: a later one
   then begins where the other ends. Where the first change is. */
static guint
hide (UiFolds *folds, const LkSpan *span)
{
  guint first = span->first + 1;
  while (folds->hidden->len && hidden_at (folds, folds->hidden->len - 1)->first >= first)
    g_array_set_size (folds->hidden, folds->hidden->len - 1);
  const Hidden *last = folds->hidden->len ? hidden_at (folds, folds->hidden->len - 1) : NULL;
  first = last ? MAX (first, last->end) : first;
  Hidden hidden = { first, span->end, last ? last->before + last->end - last->first : 0 };
  if (hidden.first >= hidden.end)
    return G_MAXUINT;
  g_array_append_val (folds->hidden, hidden);
  return span->first;
}

static guint
hide_from (UiFolds *folds, guint from)
{
  guint changed = G_MAXUINT;
  for (guint i = from; i < folds->spans->len; i++)
    {
      const LkSpan *span = &g_array_index (folds->spans, LkSpan, i);
      if (is_folded (folds, span))
        changed = MIN (changed, hide (folds, span));
    }
  return changed;
}

guint
ui_folds_grow (UiFolds *folds)
{
  guint old = folds->spans->len, now = lk_store_n_spans (folds->store);
  if (now == old)
    return G_MAXUINT;
  g_array_set_size (folds->spans, now);
  lk_store_spans (folds->store, old, now - old, &g_array_index (folds->spans, LkSpan, old));
  return hide_from (folds, old);
}

static void
hide_anew (UiFolds *folds)
{
  g_array_set_size (folds->hidden, 0);
  hide_from (folds, 0);
}

/* ---- rows ---- */

guint
ui_folds_n_hidden (const UiFolds *folds)
{
  if (!folds->hidden->len)
    return 0;
  const Hidden *last = hidden_at (folds, folds->hidden->len - 1);
  return last->before + last->end - last->first;
}

guint
ui_folds_position (const UiFolds *folds, guint row)
{
  guint low = 0, high = folds->hidden->len;
  while (low < high)                                    /* the first fold whose rows are all behind this one */
    {
      guint middle = low + (high - low) / 2;
      if (hidden_at (folds, middle)->first - hidden_at (folds, middle)->before <= row)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == 0)
    return row;
  const Hidden *last = hidden_at (folds, low - 1);
  return row + last->before + last->end - last->first;
}

/* How many folds begin at or before a position. */
static guint
n_folds_until (const UiFolds *folds, guint position)
{
  guint low = 0, high = folds->hidden->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (hidden_at (folds, middle)->first <= position)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint
ui_folds_row (const UiFolds *folds, guint position)
{
  guint n = n_folds_until (folds, position);
  if (n == 0)
    return position;
  const Hidden *last = hidden_at (folds, n - 1);
  if (position < last->end)
    return last->first - last->before - 1;
  return position - last->before - (last->end - last->first);
}

UiFold
ui_folds_state (const UiFolds *folds, guint64 event, guint position)
{
  LkRow row, next;
  guint n = n_folds_until (folds, position + 1);
  if (n && hidden_at (folds, n - 1)->first == position + 1)
    return UI_FOLD_FOLDED;
  if (!lk_store_row (folds->store, event, &row) || row.kind != LK_EVENT_CALL
      || !lk_store_row (folds->store, lk_store_shown (folds->store, position + 1), &next))
    return UI_FOLD_NONE;
  return next.depth > row.depth ? UI_FOLD_OPEN : UI_FOLD_NONE;
}

/* ---- changes ---- */

static void
turn (UiFolds *folds, guint64 event)
{
  if (!g_hash_table_remove (folds->turned, &event))
    g_hash_table_add (folds->turned, g_memdup2 (&event, sizeof event));
}

gboolean
ui_folds_toggle (UiFolds *folds, guint64 event)
{
  for (guint i = folds->spans->len; i-- > 0;)
    {
      const LkSpan *span = &g_array_index (folds->spans, LkSpan, i);
      if (span->event != event || span->end <= span->first + 1)
        continue;
      turn (folds, event);
      hide_anew (folds);
      return TRUE;
    }
  return FALSE;
}

gboolean
ui_folds_reveal (UiFolds *folds, guint position)
{
  guint n = n_folds_until (folds, position);
  if (n == 0 || position >= hidden_at (folds, n - 1)->end)
    return FALSE;
  for (guint i = 0; i < folds->spans->len; i++)
    {
      const LkSpan *span = &g_array_index (folds->spans, LkSpan, i);
      if (position > span->first && position < span->end && is_folded (folds, span))
        turn (folds, span->event);
    }
  hide_anew (folds);
  return TRUE;
}
