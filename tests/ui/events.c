/* SPDX-License-Identifier: MIT */
/* The list of events makes rows only when asked; the search finds on a worker. */
#include "fixture.h"
#include "ui/event_model.h"
#include "ui/search.h"

typedef struct { guint times, position, removed, added; } Changes;

static void
changed (GListModel *model, guint position, guint removed, guint added, Changes *changes)
{
  *changes = (Changes) { changes->times + 1, position, removed, added };
}

static void
test_lazy (void)
{
  LkStore *store = fixture_store (20000);
  g_autoptr (UiEventModel) model = ui_event_model_new ();
  g_autoptr (GTimer) timer = g_timer_new ();
  ui_event_model_set_store (model, store);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 60000);
  g_assert_cmpfloat (g_timer_elapsed (timer, NULL), <, 0.01);
  GObject *item = g_list_model_get_item (G_LIST_MODEL (model), 59999);
  guint64 last = lk_store_shown (store, 59999);
  g_assert_cmpuint (ui_event_item_event (UI_EVENT_ITEM (item)), ==, last);
  /* Nobody but us holds it: the model keeps no rows. */
  g_assert_cmpuint (item->ref_count, ==, 1);
  g_object_unref (item);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (model), 60000));
  g_assert_cmpuint (ui_event_model_position (model, last), ==, 59999);
  lk_store_unref (store);
}

static void
test_grow (void)
{
  LkStore *store = fixture_store (10);
  g_autoptr (UiEventModel) model = ui_event_model_new ();
  Changes changes = { 0 };
  ui_event_model_set_store (model, store);
  g_signal_connect (model, "items-changed", G_CALLBACK (changed), &changes);
  ui_event_model_grow (model);
  g_assert_cmpuint (changes.times, ==, 0);
  fixture_grow (store, 5);
  ui_event_model_grow (model);
  g_assert_cmpuint (changes.times, ==, 1);
  g_assert_cmpuint (changes.position, ==, 30);
  g_assert_cmpuint (changes.removed, ==, 0);
  g_assert_cmpuint (changes.added, ==, 15);
  ui_event_model_set_store (model, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 0);
  lk_store_unref (store);
}

static void
test_found (void)
{
  LkStore *store = fixture_store (10);
  g_autoptr (UiEventModel) model = ui_event_model_new ();
  guint64 events[] = { lk_store_shown (store, 3), lk_store_shown (store, 9) };
  ui_event_model_set_store (model, store);
  ui_event_model_set_found (model, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 0);
  ui_event_model_add (model, events, 2);
  g_assert_cmpuint (ui_event_model_event (model, 1), ==, events[1]);
  g_assert_cmpuint (ui_event_model_position (model, events[0] + 1), ==, 1);
  g_assert_cmpuint (ui_event_model_position (model, events[1] + 1), ==, 2);
  ui_event_model_set_found (model, FALSE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 30);
  lk_store_unref (store);
}

/* Rows and positions are each other's inverse, whatever is folded. */
static void
check_rows (UiEventModel *model, LkStore *store)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (model)), last = 0;
  for (guint row = 0; row < n; row++)
    {
      guint64 event = ui_event_model_event (model, row);
      guint position = lk_store_shown_position (store, event);
      g_assert_true (row == 0 || position > last);
      g_assert_cmpuint (ui_event_model_position (model, event), ==, row);
      last = position;
    }
}

/* Three rows, the loop's, and the iterations'. */
static void
test_folds (void)
{
  LkStore *store = fixture_store (1);
  g_autoptr (UiEventModel) model = ui_event_model_new ();
  fixture_loop (store, 3, TRUE);
  ui_event_model_set_store (model, store);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 3 + 1 + 3);
  check_rows (model, store);
  guint64 loop = ui_event_model_event (model, 3), second = ui_event_model_event (model, 5);
  g_assert_cmpint (ui_event_model_fold (model, loop), ==, UI_FOLD_OPEN);
  g_assert_cmpint (ui_event_model_fold (model, second), ==, UI_FOLD_FOLDED);
  g_assert_cmpint (ui_event_model_fold (model, ui_event_model_event (model, 0)), ==, UI_FOLD_NONE);
  Changes changes = { 0 };
  g_signal_connect (model, "items-changed", G_CALLBACK (changed), &changes);
  g_assert_true (ui_event_model_toggle (model, second));
  g_assert_cmpuint (changes.position, ==, 5);
  g_assert_cmpuint (changes.removed, ==, 1);
  g_assert_cmpuint (changes.added, ==, 3);
  check_rows (model, store);
  guint64 inside = ui_event_model_event (model, 7);
  g_assert_true (ui_event_model_toggle (model, loop));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 4);
  g_assert_cmpuint (ui_event_model_position (model, inside), ==, 3);
  g_assert_false (ui_event_model_toggle (model, inside));
  g_assert_true (ui_event_model_reveal (model, inside));
  g_assert_false (ui_event_model_reveal (model, inside));
  g_assert_cmpuint (ui_event_model_event (model, 7), ==, inside);
  check_rows (model, store);
  lk_store_unref (store);
}

/* While a loop runs, what has ended folds behind the one that runs. */
static void
test_folds_grow (void)
{
  LkStore *store = fixture_store (0);
  g_autoptr (UiEventModel) model = ui_event_model_new ();
  Changes changes = { 0 };
  ui_event_model_set_store (model, store);
  g_signal_connect (model, "items-changed", G_CALLBACK (changed), &changes);
  fixture_loop (store, 100000, FALSE);
  g_autoptr (GTimer) timer = g_timer_new ();
  ui_event_model_grow (model);
  g_assert_cmpfloat (g_timer_elapsed (timer, NULL), <, 0.5);
  g_assert_cmpuint (changes.times, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 100001);
  check_rows (model, store);
  g_timer_start (timer);
  guint64 inside = lk_store_shown (store, 150000);
  g_assert_true (ui_event_model_reveal (model, inside));
  g_assert_cmpfloat (g_timer_elapsed (timer, NULL), <, 0.5);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (model)), ==, 100003);
  lk_store_unref (store);
}

typedef struct { guint n; gboolean done; } Found;

static void
found (const guint64 *events, guint n, gboolean done, guint64 end, gpointer data)
{
  Found *sum = data;
  sum->n += n;
  sum->done |= done;
}

static guint
count_matches (UiSearch *search, Found *sum, LkStore *store, const char *text)
{
  *sum = (Found) { 0 };
  ui_search_begin (search, store, text, 0);
  fixture_wait (sum->done);
  return sum->n;
}

static void
test_search (void)
{
  LkStore *store = fixture_store (1000);
  Found sum;
  UiSearch *search = ui_search_new (found, &sum);
  g_assert_cmpuint (count_matches (search, &sum, store, "matmul"), ==, 1000);
  g_assert_cmpuint (count_matches (search, &sum, store, "RELU"), ==, 1000);
  g_assert_cmpuint (count_matches (search, &sum, store, "made.py:4"), ==, 1000);
  g_assert_cmpuint (count_matches (search, &sum, store, "no such thing"), ==, 0);
  ui_search_free (search);
  lk_store_unref (store);
}

/* A newer search drops the older: nothing of it arrives. */
static void
test_search_newer (void)
{
  LkStore *store = fixture_store (5000);
  Found sum = { 0 };
  UiSearch *search = ui_search_new (found, &sum);
  ui_search_begin (search, store, "matmul", 0);
  g_assert_true (ui_search_running (search));
  g_assert_cmpuint (count_matches (search, &sum, store, "nothing has this"), ==, 0);
  g_assert_false (ui_search_running (search));
  ui_search_begin (search, store, "matmul", 0);
  ui_search_free (search);
  for (guint i = 0; i < 50; i++, g_usleep (1000))
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (sum.n, ==, 0);
  lk_store_unref (store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/events/lazy", test_lazy);
  g_test_add_func ("/ui/events/grow", test_grow);
  g_test_add_func ("/ui/events/found", test_found);
  g_test_add_func ("/ui/events/folds", test_folds);
  g_test_add_func ("/ui/events/folds-grow", test_folds_grow);
  g_test_add_func ("/ui/events/search", test_search);
  g_test_add_func ("/ui/events/search-newer", test_search_newer);
  return g_test_run ();
}
