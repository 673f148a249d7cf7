/* SPDX-License-Identifier: MIT */
/* Sessions with real programs: stepped, paused, failing, crashing, stopped. */
#include "driven.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

static const char steps_program[] =
  "import tensorflow as tf\n"                       /* 1 */
  "a = tf.add (1.0, 1.0)\n"
  "@tf.function\n"
  "def square (x):\n"
  "    y = x * x\n"                                 /* 5 */
  "    return y + 1.0\n"
  "b = square (a)\n"                                /* 7 */
  "c = tf.exp (b)\n"
  "d = c * 2.0\n"
  "print (d.numpy ())\n";                           /* 10 */

static void
test_steps (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  start (fixture, "steps.py", steps_program);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (next_line (session), ==, 2);
  g_assert_true (lk_session_live (session));
  step (session, LK_GO_OVER, LK_UNIT_LINE);
  g_assert_cmpuint (next_line (session), ==, 3);
  step_to (session, 7);
  step (session, LK_GO_OVER, LK_UNIT_OP);
  gboolean trace, run;
  lk_session_into_choices (session, &trace, &run);
  g_assert_true (trace && run);
  step (session, LK_GO_INTO_TRACE, LK_UNIT_OP);
  LkNext next;
  lk_session_next (session, &next);
  g_assert_cmpuint (next.kind, ==, LK_EVENT_NODE);
  step (session, LK_GO_OVER, LK_UNIT_OP);
  g_assert_cmpuint (next_line (session), ==, 5);
  says (session, "tracing Mul");
  step (session, LK_GO_OUT, LK_UNIT_OP);
  lk_session_next (session, &next);
  g_assert_cmpuint (next.call_kind, ==, LK_CALL_RUN);
  step (session, LK_GO_INTO_RUN, LK_UNIT_OP);
  step (session, LK_GO_OVER, LK_UNIT_OP);
  g_assert_cmpuint (next_line (session), ==, 5);
  says (session, "in the graph of");
  step_to (session, 8);
  while (g_strcmp0 (next_name (session), "Exp") != 0)
    step (session, LK_GO_OVER, LK_UNIT_OP);
  g_assert_cmpuint (next_line (session), ==, 8);
  step (session, LK_GO_OVER, LK_UNIT_OP);
  g_assert_cmpuint (next_line (session), ==, 9);
  g_assert_cmpuint (fixture->appended, >, 0);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_ENDED);
  says (session, "exit status 0");
  g_autofree char *output = lk_store_output (lk_session_store (session));
  g_assert_cmpstr (output, ==, "296.82632\n");
}

/* Back over what was done, and forward again: the same items. */
static void
test_back (Fixture *fixture, gconstpointer data)
{
  enum { STEPS = 8 };
  LkSession *session = fixture->session;
  guint lines[STEPS + 1];
  start (fixture, "steps.py", steps_program);
  wait_for (session, LK_SESSION_PAUSED);
  for (guint i = 0; i < STEPS; i++)
    {
      lines[i] = next_line (session);
      step (session, LK_GO_INTO, LK_UNIT_OP);
    }
  lines[STEPS] = next_line (session);
  for (guint i = STEPS; i-- > 0;)
    {
      lk_session_step_back (session, LK_GO_INTO, LK_UNIT_OP);
      g_assert_cmpuint (next_line (session), ==, lines[i]);
      g_assert_false (lk_session_live (session));
    }
  for (guint i = 1; i <= STEPS; i++)
    {
      lk_session_step (session, LK_GO_INTO, LK_UNIT_OP);
      g_assert_cmpuint (next_line (session), ==, lines[i]);
    }
  g_assert_true (lk_session_live (session));
  lk_session_step_back (session, LK_GO_OVER, LK_UNIT_OP);
  lk_session_go_live (session);
  g_assert_true (lk_session_live (session));
  g_assert_cmpuint (next_line (session), ==, lines[STEPS]);
}

static void
test_breakpoints (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  g_autofree char *path = g_build_filename (folder, "steps.py", NULL);
  start (fixture, "steps.py", steps_program);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_toggle_line (session, path, 9);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (next_line (session), ==, 9);
  says (session, "Breakpoint");
  const LkBreakpoint *breakpoint = lk_session_line_breakpoint (session, path, 9);
  g_assert_true (breakpoint && breakpoint->verified);
  g_assert_cmpuint (breakpoint->hits, ==, 1);
  lk_session_close (session);
  /* It is still there the next time. */
  start (fixture, "steps.py", NULL);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (lk_session_n_breakpoints (session), ==, 1);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (next_line (session), ==, 9);
  lk_session_toggle_line (session, path, 9);
  g_assert_cmpuint (lk_session_n_breakpoints (session), ==, 0);
  lk_session_add_breakpoint (session, LK_BREAK_OP, "Exp", 0);
  g_autoptr (GError) error = NULL;
  g_assert_true (lk_session_restart (session, &error));
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (next_line (session), ==, 2);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpstr (next_name (session), ==, "Exp");
  lk_session_remove_breakpoint (session, lk_session_breakpoint (session, 0)->id);
  lk_session_run_to_line (session, path, 9);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (next_line (session), ==, 9);
}

/* data: a loop that runs no op. */
static void
test_pause (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  g_autofree char *text = g_strconcat ("import tensorflow as tf, time\nn = 0\ntf.add (1, 1)\n", (const char *) data, NULL);
  start (fixture, "pause.py", text);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_RUNNING);
  let_run (200);
  g_assert_cmpint (lk_session_state (session), ==, LK_SESSION_RUNNING);
  lk_session_pause (session);
  wait_for (session, LK_SESSION_PAUSED);
  g_assert_cmpuint (next_line (session), >=, 4);
  lk_session_continue (session);
  let_run (100);
  lk_session_stop (session);
  wait_for (session, LK_SESSION_ENDED);
  says (session, "stopped");
}

/* A sleep that C code does cannot be interrupted; it is said where the program is. */
static void
test_sleep (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  start (fixture, "sleep.py", "import tensorflow as tf, time\ntf.add (1, 1)\ntime.sleep (3600)\ntf.add (2, 2)\n");
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_RUNNING);
  let_run (200);
  lk_session_pause (session);
  let_run (1500);
  g_assert_true (lk_session_state (session) == LK_SESSION_PAUSED || strstr (lk_session_status (session), "line 3"));
  lk_session_stop (session);
  wait_for (session, LK_SESSION_ENDED);
}

typedef struct
{
  const char *name, *text;
  const char *status;           /* words of the status bar at the end */
  const char *output;           /* words of the output; NULL any */
} End;

static const End ends[] = {
  { "crash.py", "import tensorflow as tf, os, signal\ntf.add (1, 1)\nos.kill (os.getpid (), signal.SIGSEGV)\n",
    "killed by signal 11 (SIGSEGV)", NULL },
  { "abort.py", "import tensorflow as tf, os\ntf.add (1, 1)\nprint ('last words')\nos.abort ()\n", "killed by signal 6 (SIGABRT)",
    "last words\n" },
  { "early.py", "import tensorflow as tf, sys\ntf.add (1, 1)\nsys.exit (3)\n", "exit status 3", "" },
  { "none.py", "print ('no op at all')\n", "it ran no op", "no op at all\n" },
  { "syntax.py", "def (:\n", "exit status 1", NULL },
  { "import.py", "import no_such_module\n", "exit status 1", NULL },
  { "exit.py", "import tensorflow as tf, os\ntf.add (1, 1)\nos._exit (9)\n", "exit status 9", "" },
};

static void
test_end (Fixture *fixture, gconstpointer data)
{
  const End *end = data;
  LkSession *session = fixture->session;
  start (fixture, end->name, end->text);
  gboolean late = FALSE;
  guint source = g_timeout_add_seconds (PATIENCE, give_up, &late);
  while (lk_session_state (session) != LK_SESSION_ENDED && !late)
    {
      if (lk_session_state (session) == LK_SESSION_PAUSED)
        lk_session_continue (session);
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_false (late);
  g_source_remove (source);
  says (session, end->status);
  g_autofree char *output = lk_store_output (lk_session_store (session));
  if (end->output)
    g_assert_cmpstr (output, ==, end->output);
  g_assert_true (lk_store_exit (lk_session_store (session), NULL, NULL));
}

/* It waits where it raised, so that its values can be looked at; then it ends. */
static void
test_raise (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  start (fixture, "raise.py", "import tensorflow as tf\na = tf.constant ([1.0, 2.0])\nb = tf.constant ([1.0, 2.0, 3.0])\nc = a + b\n");
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_PAUSED);
  says (session, "InvalidArgumentError");
  says (session, "line 4");
  lk_session_continue (session);
  wait_for (session, LK_SESSION_ENDED);
  says (session, "exit status 1");
  g_autofree char *output = lk_store_output (lk_session_store (session));
  g_assert_nonnull (strstr (output, "Traceback"));
}

static int
pid_of (LkSession *session)
{
  g_autofree char *output = lk_store_output (lk_session_store (session));
  return atoi (output);
}

static gboolean
is_running (int pid)
{
  return pid > 0 && kill (pid, 0) == 0;
}

static const char stubborn[] =
  "import tensorflow as tf, signal, os, time\n"
  "signal.signal (signal.SIGTERM, signal.SIG_IGN)\n"
  "print (os.getpid (), flush=True)\n"
  "tf.add (1, 1)\n"
  "while True: time.sleep (0.01)\n";

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  start (fixture, "stubborn.py", stubborn);
  wait_for (session, LK_SESSION_PAUSED);
  lk_session_continue (session);
  let_run (100);
  int pid = pid_of (session);
  g_assert_true (is_running (pid));
  gint64 began = g_get_monotonic_time ();
  lk_session_stop (session);
  wait_for (session, LK_SESSION_ENDED);
  g_assert_false (is_running (pid));
  g_test_message ("stopped after %.2f s", (double) (g_get_monotonic_time () - began) / 1e6);
  g_autoptr (GError) error = NULL;
  g_assert_true (lk_session_restart (session, &error));
  wait_for (session, LK_SESSION_PAUSED);
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  start (fixture, "stubborn.py", stubborn);
  wait_for (session, LK_SESSION_PAUSED);
  let_run (100);
  int pid = pid_of (session);
  g_assert_true (is_running (pid));
  lk_session_close (session);
  g_assert_false (is_running (pid));
  g_assert_cmpint (lk_session_state (session), ==, LK_SESSION_EMPTY);
}

static void
test_c (Fixture *fixture, gconstpointer data)
{
  LkSession *session = fixture->session;
  g_autoptr (GError) error = NULL;
  const char *source = g_getenv ("LOCKSTEP_C_PROGRAM");
  if (!source)
    {
      g_test_skip ("LOCKSTEP_C_PROGRAM names no program");
      return;
    }
  lk_session_open (session, source, NULL, FALSE, &error);
  g_assert_no_error (error);
  wait_for (session, LK_SESSION_PAUSED);
  guint first = next_line (session);
  g_assert_cmpuint (first, >, 0);
  step (session, LK_GO_OVER, LK_UNIT_LINE);
  g_assert_cmpuint (next_line (session), !=, first);
  lk_session_continue (session);
  wait_for (session, LK_SESSION_ENDED);
  says (session, "exit status 0");
}

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) none = NULL, directory = NULL, c = NULL;
  g_autofree char *broken = g_build_filename (folder, "broken.c", NULL);
  g_assert_true (g_file_set_contents (broken, "int main (void) { return no_such_name; }\n", -1, NULL));
  g_assert_false (lk_session_open (fixture->session, "/no/such/program.py", NULL, FALSE, &none));
  g_assert_nonnull (strstr (none->message, "/no/such/program.py"));
  g_assert_false (lk_session_open (fixture->session, folder, NULL, FALSE, &directory));
  g_assert_false (lk_session_open (fixture->session, broken, NULL, FALSE, &c));
  g_assert_nonnull (strstr (c->message, "no_such_name"));
  g_assert_cmpint (lk_session_state (fixture->session), ==, LK_SESSION_EMPTY);
}

static void
add_tests (void)
{
  add ("/session/steps", NULL, test_steps);
  add ("/session/back", NULL, test_back);
  add ("/session/breakpoints", NULL, test_breakpoints);
  add ("/session/pause/loop", "while True: n += 1\n", test_pause);
  add ("/session/pause/naps", "while True: time.sleep (0.01)\n", test_pause);
  add ("/session/pause/sleep", NULL, test_sleep);
  add ("/session/raise", NULL, test_raise);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat ("/session/end/", ends[i].name, NULL);
      add (path, &ends[i], test_end);
    }
  add ("/session/stop", NULL, test_stop);
  add ("/session/close", NULL, test_close);
  add ("/session/c", NULL, test_c);
  add ("/session/wrong", NULL, test_wrong);
}

int
main (int argc, char **argv)
{
  return driven_run (argc, argv, add_tests);
}
