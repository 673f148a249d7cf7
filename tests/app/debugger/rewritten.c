/* SPDX-License-Identifier: MIT */
/* Sessions in graphs that were rewritten: into, over and out of calls that were inlined, from node to node inside of fused ones,
   and back. */
#include "driven.h"
#include <string.h>

static const char program[] =
  "import tensorflow as tf\n"                       /* 1 */
  "@tf.function\n"
  "def scaled (x, k):\n"
  "    y = x * k\n"
  "    z = tf.exp (y)\n"                            /* 5 */
  "    return z + y\n"
  "@tf.function\n"
  "def model (x, w):\n"
  "    a = scaled (x, w)\n"
  "    b = tf.cumsum (a)\n"                         /* 10 */
  "    c = scaled (b, w)\n"
  "    d = tf.matmul (c, w)\n"
  "    return tf.nn.relu (d + x)\n"
  "x = tf.reshape (tf.range (40000.0) / 4e7, (200, 200))\n"       /* large enough to be fused */
  "w = x + 0.1\n"                                   /* 15 */
  "model (x, w)\n"
  "model (x, w)\n"
  "print (model (x, w).numpy ())\n";

#define END ""

static void
go_to_second_run (LkSession *session)
{
  g_autofree char *path = g_build_filename (folder, "model.py", NULL);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_run_to_line (session, path, 17);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (next_line (session), ==, 17);
  step (session, LK_GO_OVER, LK_UNIT_OP);
  g_assert_cmpstr (next_name (session), ==, "model");
  step (session, LK_GO_INTO_RUN, LK_UNIT_OP);
}

/* What is next: an op and its line, or the call of a function. */
static void
is_next (LkSession *session, const char *name, guint line)
{
  g_autofree char *prefix = g_strdup_printf ("__inference_%s_", name);
  const char *found = next_name (session);
  if ((strcmp (found, name) != 0 && !g_str_has_prefix (found, prefix)) || next_line (session) != line)
    g_error ("%s on line %u is next, not %s on line %u", found, next_line (session), name, line);
}

typedef struct
{
  LkGoWhere where;
  const char *name;
  guint line;
} Way;

static void
follow (LkSession *session, const Way *ways, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      step (session, ways[i].where, LK_UNIT_OP);
      is_next (session, ways[i].name, ways[i].line);
    }
}

static void
end (LkSession *session)
{
  lk_session_continue (session);
  wait_for (session, LK_SESSION_ENDED);
  says (session, "exit status 0");
}

static void
test_calls (Fixture *fixture, gconstpointer data)
{
  static const Way ways[] = {
    { LK_GO_INTO, "scaled", 9 }, { LK_GO_OVER, "Cumsum", 10 }, { LK_GO_OVER, "scaled", 11 },
    { LK_GO_INTO_RUN, "Mul", 4 }, { LK_GO_OVER, "Exp", 5 }, { LK_GO_OUT, "MatMul", 12 },
  };
  LkSession *session = fixture->session;
  start (fixture, "model.py", program);
  go_to_second_run (session);
  while (strcmp (next_name (session), "Placeholder") == 0 && lk_session_live (session))
    {
      LkNext next;
      step (session, LK_GO_OVER, LK_UNIT_OP);
      lk_session_next (session, &next);
      if (next.kind == LK_EVENT_CALL)
        break;
    }
  is_next (session, "scaled", 9);
  says (session, "scaled");
  follow (session, ways + 1, G_N_ELEMENTS (ways) - 1);
  end (session);
}

/* Each node inside of a fused one is come to, and back to; values are those of the run without any rewriting. */
static void
test_back (Fixture *fixture, gconstpointer data)
{
  enum { MOST = 40 };
  LkSession *session = fixture->session;
  char *names[MOST];
  guint lines[MOST], n = 0, inner = 0;
  start (fixture, "model.py", program);
  go_to_second_run (session);
  for (gboolean over = FALSE; n < MOST && !over; n++)
    {
      names[n] = g_strdup (next_name (session));
      lines[n] = next_line (session);
      g_assert_false (g_str_has_prefix (names[n], "_Fused"));
      inner += lines[n] >= 12 && lines[n] <= 13;
      step (session, LK_GO_INTO, LK_UNIT_OP);
      over = next_line (session) == 18;
    }
  g_assert_cmpuint (inner, ==, 3);
  for (guint i = n; i-- > 0;)
    {
      lk_session_step_back (session, LK_GO_INTO, LK_UNIT_OP);
      g_assert_cmpstr (next_name (session), ==, names[i]);
      g_assert_cmpuint (next_line (session), ==, lines[i]);
    }
  for (guint i = 1; i < n; i++)
    {
      lk_session_step (session, LK_GO_INTO, LK_UNIT_OP);
      g_assert_cmpstr (next_name (session), ==, names[i]);
    }
  /* Back over what is inside of calls, and out of them. */
  while (strcmp (next_name (session), "Exp") != 0)
    lk_session_step_back (session, LK_GO_INTO, LK_UNIT_OP);
  lk_session_step_back (session, LK_GO_OVER, LK_UNIT_OP);
  is_next (session, "Mul", 4);
  lk_session_step_back (session, LK_GO_OUT, LK_UNIT_OP);
  is_next (session, "scaled", 11);
  lk_session_step_back (session, LK_GO_OVER, LK_UNIT_OP);
  is_next (session, "Cumsum", 10);
  lk_session_step_back (session, LK_GO_OVER, LK_UNIT_OP);
  is_next (session, "scaled", 9);
  lk_session_go_live (session);
  end (session);
  for (guint i = 0; i < n; i++)
    g_free (names[i]);
}

/* data: a line inside of an inlined function, of a fused node's head, and in the middle of one. */
static void
test_lines (Fixture *fixture, gconstpointer data)
{
  static const struct { guint line; const char *name; } rows[] = { { 5, "Exp" }, { 12, "MatMul" }, { 13, "AddV2" } };
  const guint at = GPOINTER_TO_UINT (data);
  LkSession *session = fixture->session;
  g_autofree char *path = g_build_filename (folder, "model.py", NULL);
  start (fixture, "model.py", program);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_run_to_line (session, path, 17);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_toggle_line (session, path, rows[at].line);
  for (guint i = 0; i < (rows[at].line == 5 ? 4 : 2); i++)
    {
      lk_session_continue (session);
      wait_for (session, LK_SESSION_PAUSED);
      is_next (session, rows[at].name, rows[at].line);
      says (session, "Breakpoint");
    }
  g_assert_cmpuint (lk_session_line_breakpoint (session, path, rows[at].line)->hits, ==, rows[at].line == 5 ? 4 : 2);
  lk_session_toggle_line (session, path, rows[at].line);
  end (session);
}

static void
test_function (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  g_autofree char *path = g_build_filename (folder, "model.py", NULL);
  start (fixture, "model.py", program);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_run_to_line (session, path, 18);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_add_breakpoint (session, LK_BREAK_FUNCTION, "scaled", 0);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_PAUSED);
  is_next (session, "scaled", 9);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_PAUSED);
  is_next (session, "scaled", 11);
  lk_session_remove_breakpoint (session, lk_session_breakpoint (session, 0)->id);
  end (session);
}

static void
add_tests (void)
{
  add ("/rewritten/calls", NULL, test_calls);
  add ("/rewritten/back", NULL, test_back);
  add ("/rewritten/lines/inlined", GUINT_TO_POINTER (0), test_lines);
  add ("/rewritten/lines/head", GUINT_TO_POINTER (1), test_lines);
  add ("/rewritten/lines/middle", GUINT_TO_POINTER (2), test_lines);
  add ("/rewritten/function", NULL, test_function);
}

int
main (int argc, char **argv)
{
  return driven_run (argc, argv, add_tests);
}
