/* SPDX-License-Identifier: MIT */
/* A rewriting that is walked through: what there is, is gone and is new at each step, and where nodes come from. */
#include <string.h>
#include "debugger/store/feed.h"
#include "ui/walk.h"

#define TRACED 1
#define WORKING 2
#define FINAL 3
enum { S_A = 1, S_B, S_C, S_D, S_E, S_PASS_1, S_PASS_2, S_RULE };

static void
append (LkStore *store, guint kind, guint32 subject, gconstpointer payload, gsize size)
{
  union { LkEvent event; guint8 bytes[2048]; } record = { .event = { 0 } };
  record.event.size = (sizeof (LkEvent) + size + 7) & ~7u;
  record.event.kind = (guint8) kind;
  record.event.subject = subject;
  record.event.seq = lk_store_n_events (store);
  memcpy (record.bytes + sizeof (LkEvent), payload, size);
  g_assert_true (lk_store_append (store, &record.event, record.event.size, NULL));
}

/* Tensor ids are 100 and more. input 0: none. */
static void
append_node (LkStore *store, guint32 node, guint32 name, guint64 input, guint64 output)
{
  struct { LkOpEvent op; guint64 rest[sizeof (LkTensorEvent) / 8 + 1]; } payload = { 0 };
  LkTensorEvent tensor = { .id = output, .offset = LK_NO_OFFSET, .dtype = LK_FLOAT32 };
  payload.op = (LkOpEvent) { .n_inputs = input != 0, .n_outputs = 1, .graph = WORKING, .node = node, .name = name };
  payload.rest[0] = input;
  memcpy (&payload.rest[input != 0], &tensor, sizeof tensor);
  append (store, LK_EVENT_NODE, name, &payload, sizeof payload);
}

static void
append_rewrite (LkStore *store, guint32 pass, guint32 final, const guint64 moved[2], const guint32 *before, guint n_before,
                const guint32 *after, guint n_after)
{
  struct { LkRewriteEvent event; guint64 moved[2]; guint32 nodes[16]; } payload = { 0 };
  payload.event = (LkRewriteEvent) { .traced = TRACED, .working = WORKING, .final = final, .pass = pass,
                                     .n_before = n_before, .n_after = n_after, .n_moved = moved ? 1 : 0 };
  guint8 *to = (guint8 *) payload.moved;
  if (moved)
    {
      memcpy (to, moved, 16);
      to += 16;
    }
  memcpy (to, before, n_before * sizeof *before);
  memcpy (to + n_before * sizeof *before, after, n_after * sizeof *after);
  append (store, LK_EVENT_REWRITE, pass ? S_RULE : 0, &payload, sizeof payload);
}

/* a → b → c becomes a → d (for b) → c, then a → e (for d and c), and then a alone; another b was tried and never there. */
static LkStore *
make (void)
{
  static const char *const strings[] = { "a", "b", "c", "d", "e", "first", "second", "rule" };
  LkStore *store = lk_store_new ("/nowhere/made.py", NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
    append (store, LK_EVENT_STRING, i + 1, strings[i], strlen (strings[i]) + 1);
  guint32 copies[] = { 0, 1, 2 }, b = 1, d = 3, e = 4, both[] = { 3, 2 }, finals[] = { 0, 4 };
  append_rewrite (store, 0, 0, NULL, NULL, 0, copies, 3);
  append_node (store, 0, S_A, 0, 100);
  append_node (store, 1, S_B, 100, 101);
  append_node (store, 2, S_C, 101, 102);
  append_node (store, 3, S_D, 100, 103);
  append_rewrite (store, S_PASS_1, 0, (guint64[]) { 101, 103 }, &b, 1, &d, 1);
  append_node (store, 4, S_E, 100, 104);
  append_rewrite (store, S_PASS_2, 0, (guint64[]) { 102, 104 }, both, 2, &e, 1);
  append_node (store, 5, S_B, 100, 105);
  append_rewrite (store, S_PASS_2, 0, (guint64[]) { 104, 100 }, &e, 1, NULL, 0);
  append_rewrite (store, 0, FINAL, NULL, NULL, 0, finals, 2);
  return store;
}

/* One letter for each node: there, absent, gone, new. */
static void
check_step (UiWalk *walk, guint step, const char *pass, const char *rule, const char *stages)
{
  g_autoptr (GArray) changed = ui_walk_show (walk, step);
  guint n = 0;
  g_assert_cmpstr (ui_walk_step (walk, step)->pass, ==, pass);
  g_assert_cmpstr (ui_walk_step (walk, step)->rule, ==, rule);
  for (guint i = 0; i < 6; i++)
    {
      g_assert_cmpint ("tagn"[ui_graph_stage (ui_walk_graph (walk), i)], ==, stages[i]);
      n += stages[i] == 'g' || stages[i] == 'n';
    }
  g_assert_cmpuint (changed->len, ==, n);
}

static void
test_steps (void)
{
  LkStore *store = make ();
  UiWalk *walk = ui_walk_new (store, 0, 13);
  g_assert_cmpuint (ui_graph_n_nodes (ui_walk_graph (walk)), ==, 6);
  g_assert_cmpuint (ui_walk_n_steps (walk), ==, 7);
  check_step (walk, 0, "", "", "tttaaa");
  check_step (walk, 1, "first", "", "tgtnaa");
  check_step (walk, 2, "first", "rule", "tgtnaa");
  check_step (walk, 3, "second", "", "taggaa");
  check_step (walk, 4, "second", "rule", "taggna");
  check_step (walk, 5, "second", "rule", "taaaga");
  check_step (walk, 6, "", "", "taaaaa");
  g_assert_cmpuint (ui_walk_n_nodes (walk, 0), ==, 3);
  g_assert_cmpuint (ui_walk_n_nodes (walk, 2), ==, 2);
  ui_walk_free (walk);
  g_assert_null (ui_walk_new (store, 1, 13));
  lk_store_unref (store);
}

/* The same nodes as the store has at that stage. */
static void
test_like_store (void)
{
  LkStore *store = make ();
  UiWalk *walk = ui_walk_new (store, 0, 13);
  for (guint i = 0; i < ui_walk_n_steps (walk); i++)
    {
      const UiWalkStep *step = ui_walk_step (walk, i);
      g_autoptr (GArray) changed = ui_walk_show (walk, i), nodes = lk_store_stage (store, 0, step->to);
      g_assert_cmpuint (ui_walk_n_nodes (walk, step->to), ==, nodes->len);
      for (guint k = 0; k < nodes->len; k++)
        {
          UiStage stage = ui_graph_stage (ui_walk_graph (walk), g_array_index (nodes, LkStageNode, k).node->id);
          g_assert_true (stage == UI_STAGE_THERE || stage == UI_STAGE_NEW);
        }
    }
  ui_walk_free (walk);
  lk_store_unref (store);
}

static void
test_origins (void)
{
  LkStore *store = make ();
  UiWalk *walk = ui_walk_new (store, 0, 13);
  g_autoptr (GArray) of_d = ui_walk_origins (walk, 3), of_e = ui_walk_origins (walk, 4), of_a = ui_walk_origins (walk, 0);
  g_assert_cmpuint (of_a->len, ==, 3);               /* it is read in place of e */
  g_assert_cmpuint (of_d->len, ==, 1);
  g_assert_cmpuint (g_array_index (of_d, guint, 0), ==, 1);
  g_autofree char *names = ui_walk_names (walk, of_e, 5), *short_names = ui_walk_names (walk, of_e, 1);
  g_assert_cmpstr (names, ==, "b, c");
  g_assert_cmpstr (short_names, ==, "b, 1 more");
  g_assert_cmpuint (ui_walk_working (walk, 1), ==, 4);
  g_assert_cmpuint (ui_walk_working (walk, 2), ==, G_MAXUINT);
  ui_walk_free (walk);
  lk_store_unref (store);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ui/walk/steps", test_steps);
  g_test_add_func ("/ui/walk/like-store", test_like_store);
  g_test_add_func ("/ui/walk/origins", test_origins);
  return g_test_run ();
}
