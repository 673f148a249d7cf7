/* SPDX-License-Identifier: MIT */
/* Stepping through recorded streams: forward and back are inverses, on many random programs. */
#include "made.h"

#define PROGRAMS 150

/* One run of a frame's lines, as Python runs them: loops come back to lines, functions have lines of their own. */
static void
run_frame (Made *made, GRand *rand, guint32 parent, guint level)
{
  guint first = 100 * level + 1;
  guint n = (guint) g_rand_int_range (rand, 1, 8);
  for (guint i = 0; i < n; i++)
    {
      guint32 stack = made_site (made, parent, first + (guint) g_rand_int_range (rand, 0, 4), "frame");
      guint ops = (guint) g_rand_int_range (rand, 0, 3);
      for (guint j = 0; j < ops; j++)
        made_op (made, "Mul", stack, NULL, 0, 1);
      if (level < 4 && g_rand_int_range (rand, 0, 3) == 0)
        run_frame (made, rand, stack, level + 1);
      if (level < 4 && g_rand_int_range (rand, 0, 4) == 0)
        {
          made_call (made, (LkCallKind) g_rand_int_range (rand, 0, 4), "f", 0, stack);
          run_frame (made, rand, stack, level + 1);
          made_return (made);
        }
      if (level == 1 && g_rand_int_range (rand, 0, 3) == 0)
        made_step (made);
    }
}

static gboolean
is_item (LkStore *store, gint64 event)
{
  LkRow row;
  return event >= 0 && lk_store_row (store, (guint64) event, &row)
         && (row.kind == LK_EVENT_OP || row.kind == LK_EVENT_NODE || row.kind == LK_EVENT_CALL);
}

static guint16
depth_of (LkStore *store, gint64 event)
{
  LkRow row;
  g_assert_true (lk_store_row (store, (guint64) event, &row));
  return row.depth;
}

/* From the first item on, as long as the way neither leaves nor enters a call; then back again. */
static void
there_and_back (LkStore *store, gint64 from, LkGoWhere where, LkUnit unit)
{
  g_autoptr (GArray) way = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean all_depths = where == LK_GO_INTO || unit == LK_UNIT_STEP;
  for (gint64 event = from; event >= 0; event = lk_store_next_item (store, (guint64) event, where, unit))
    {
      g_assert_true (is_item (store, event));
      if (!all_depths && depth_of (store, event) != depth_of (store, from))
        break;
      g_array_append_val (way, event);
    }
  for (guint i = way->len; i-- > 1;)
    {
      gint64 here = g_array_index (way, gint64, i), before = g_array_index (way, gint64, i - 1);
      gint64 back = lk_store_previous_item (store, (guint64) here, where, unit);
      if (back != before)
        g_test_message ("where %d unit %d: from %d back to %d, not %d", where, unit, (int) here, (int) back, (int) before);
      g_assert_cmpint (back, ==, before);
    }
}

static gint64
first_item (LkStore *store)
{
  return lk_store_item_from (store, 0);
}

static void
test_inverse (gconstpointer data)
{
  LkUnit unit = (LkUnit) GPOINTER_TO_INT (data);
  for (guint seed = 0; seed < PROGRAMS; seed++)
    {
      Made made;
      GRand *rand = g_rand_new_with_seed (seed);
      made_init (&made, NULL);
      for (guint i = 0; i < 3; i++)
        run_frame (&made, rand, 0, 1);
      gint64 first = first_item (made.store);
      if (first >= 0)
        {
          there_and_back (made.store, first, LK_GO_OVER, unit);
          there_and_back (made.store, first, LK_GO_INTO, unit);
        }
      g_rand_free (rand);
      made_clear (&made);
    }
}

/* Every item can be left and come back to, not only those on the way from the beginning. */
static void
test_every_op (void)
{
  for (guint seed = 0; seed < PROGRAMS / 5; seed++)
    {
      Made made;
      GRand *rand = g_rand_new_with_seed (1000 + seed);
      made_init (&made, NULL);
      run_frame (&made, rand, 0, 1);
      for (gint64 item = first_item (made.store); item >= 0;
           item = lk_store_next_item (made.store, (guint64) item, LK_GO_INTO, LK_UNIT_OP))
        {
          there_and_back (made.store, item, LK_GO_OVER, LK_UNIT_OP);
          there_and_back (made.store, item, LK_GO_INTO, LK_UNIT_OP);
        }
      g_rand_free (rand);
      made_clear (&made);
    }
}

static void
expect (Made *made, gint64 from, LkGoWhere where, LkUnit unit, gint64 forward, gint64 back)
{
  g_assert_cmpint (lk_store_next_item (made->store, (guint64) from, where, unit), ==, forward);
  g_assert_cmpint (lk_store_previous_item (made->store, (guint64) from, where, unit), ==, back);
}

/* a; f () { trace { n } run { x; y } }; b: all ways out of and into f. */
static void
test_call (void)
{
  Made made;
  made_init (&made, NULL);
  guint32 stack = made_site (&made, 0, 1, "<module>");
  const char *names[] = { "Mul", "Add", "f", "node", "Relu" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    made_string (&made, names[i]);
  gint64 a = (gint64) lk_store_n_events (made.store);
  made_op (&made, "Mul", stack, NULL, 0, 1);
  made_call (&made, LK_CALL_FUNCTION, "f", 0, stack);
  made_call (&made, LK_CALL_TRACE, "f", 1, stack);
  made_node (&made, 1, 0, "node", stack);
  made_return (&made);
  made_call (&made, LK_CALL_RUN, "f", 1, stack);
  made_op (&made, "Mul", stack, NULL, 0, 1);
  made_op (&made, "Mul", stack, NULL, 0, 1);
  made_return (&made);
  made_return (&made);
  made_op (&made, "Add", stack, NULL, 0, 1);
  gint64 f = a + 1, trace = a + 2, node = a + 3, run = a + 5, x = a + 6, y = a + 7, b = a + 10;
  expect (&made, a, LK_GO_OVER, LK_UNIT_OP, f, -1);
  expect (&made, f, LK_GO_OVER, LK_UNIT_OP, b, a);
  expect (&made, f, LK_GO_INTO, LK_UNIT_OP, trace, a);
  expect (&made, f, LK_GO_INTO_TRACE, LK_UNIT_OP, node, a);
  expect (&made, f, LK_GO_INTO_RUN, LK_UNIT_OP, x, a);
  expect (&made, trace, LK_GO_OVER, LK_UNIT_OP, run, f);
  expect (&made, x, LK_GO_OVER, LK_UNIT_OP, y, run);
  expect (&made, y, LK_GO_OVER, LK_UNIT_OP, b, x);
  expect (&made, y, LK_GO_OUT, LK_UNIT_OP, b, run);
  expect (&made, b, LK_GO_OVER, LK_UNIT_OP, -1, f);
  expect (&made, b, LK_GO_INTO_RUN, LK_UNIT_OP, -1, y);
  expect (&made, b, LK_GO_OUT, LK_UNIT_OP, -1, -1);
  made_clear (&made);
}

/* run { while { condition 0; iteration 0 { x }; condition 1; iteration 1 { y }; condition 2 }; z } */
static void
test_loop (void)
{
  Made made;
  made_init (&made, NULL);
  guint32 stack = made_site (&made, 0, 1, "<module>");
  const char *names[] = { "Mul", "Less", "f", "while", "condition", "iteration" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    made_string (&made, names[i]);
  gint64 run = (gint64) lk_store_n_events (made.store);
  made_call (&made, LK_CALL_RUN, "f", 1, stack);
  made_call (&made, LK_CALL_LOOP, "while", 0, stack);
  for (guint i = 0; i <= 2; i++)
    {
      made_numbered_call (&made, LK_CALL_CONDITION, "condition", i, 2, stack);
      made_op (&made, "Less", stack, NULL, 0, 1);
      made_return (&made);
      if (i == 2)
        break;
      made_numbered_call (&made, LK_CALL_ITERATION, "iteration", i, 3, stack);
      made_op (&made, "Mul", stack, NULL, 0, 1);
      made_return (&made);
    }
  made_loop_end (&made, 2);
  made_op (&made, "Mul", stack, NULL, 0, 1);
  made_return (&made);
  gint64 loop = run + 1, first = run + 5, x = run + 6, condition = run + 8, second = run + 11, y = run + 12,
         less = run + 15, z = run + 18;
  expect (&made, loop, LK_GO_OVER, LK_UNIT_OP, z, run);
  expect (&made, loop, LK_GO_ITERATION, LK_UNIT_OP, z, run);
  expect (&made, x, LK_GO_OVER, LK_UNIT_OP, condition, first);
  expect (&made, x, LK_GO_OUT, LK_UNIT_OP, condition, first);
  expect (&made, x, LK_GO_ITERATION, LK_UNIT_OP, second, first);
  expect (&made, second, LK_GO_ITERATION, LK_UNIT_OP, z, first);
  expect (&made, y, LK_GO_ITERATION, LK_UNIT_OP, z, second);
  expect (&made, less, LK_GO_ITERATION, LK_UNIT_OP, z, second);
  expect (&made, condition, LK_GO_INTO_RUN, LK_UNIT_OP, condition + 1, x);
  LkSpan spans[8];
  g_assert_cmpuint (lk_store_n_spans (made.store), ==, 7);
  g_assert_cmpuint (lk_store_spans (made.store, 5, 8, spans), ==, 2);
  g_assert_cmpuint (spans[0].event, ==, loop);
  g_assert_cmpuint (spans[0].end - spans[0].first, ==, 1 + 3 * 2 + 2 * 2);
  g_assert_cmpuint (spans[1].kind, ==, LK_CALL_RUN);
  g_autofree char *text = lk_store_describe (made.store, (guint64) loop), *part = lk_store_describe (made.store, (guint64) second);
  g_assert_cmpstr (text, ==, "loop while: 2 iterations");
  g_assert_cmpstr (part, ==, "iteration 1");
  made_clear (&made);
}

/* run { while { iteration 0 { x }; iteration 1 { y; … and here the program waits. */
static void
test_loop_now (void)
{
  Made made;
  LkRow row;
  made_init (&made, NULL);
  guint32 stack = made_site (&made, 0, 1, "<module>");
  const char *names[] = { "Mul", "f", "while", "iteration" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    made_string (&made, names[i]);
  gint64 run = (gint64) lk_store_n_events (made.store), second = run + 5, y = run + 6;
  made_call (&made, LK_CALL_RUN, "f", 1, stack);
  made_call (&made, LK_CALL_LOOP, "while", 0, stack);
  made_numbered_call (&made, LK_CALL_ITERATION, "iteration", 0, 3, stack);
  made_op (&made, "Mul", stack, NULL, 0, 1);
  made_return (&made);
  made_numbered_call (&made, LK_CALL_ITERATION, "iteration", 1, 3, stack);
  made_op (&made, "Mul", stack, NULL, 0, 1);
  const struct { gint64 like, expected; } cases[] = { { y, second }, { second, second }, { run, run } };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_true (lk_store_row (made.store, (guint64) cases[i].like, &row));
      g_assert_cmpint (lk_store_previous_from (made.store, row.depth, row.stack, row.call, LK_GO_ITERATION, LK_UNIT_OP), ==,
                       cases[i].expected);
    }
  made_clear (&made);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/items/inverse/op", GINT_TO_POINTER (LK_UNIT_OP), test_inverse);
  g_test_add_data_func ("/items/inverse/line", GINT_TO_POINTER (LK_UNIT_LINE), test_inverse);
  g_test_add_data_func ("/items/inverse/step", GINT_TO_POINTER (LK_UNIT_STEP), test_inverse);
  g_test_add_func ("/items/inverse/every-op", test_every_op);
  g_test_add_func ("/items/call", test_call);
  g_test_add_func ("/items/loop", test_loop);
  g_test_add_func ("/items/loop/now", test_loop_now);
  return g_test_run ();
}
