/* SPDX-License-Identifier: MIT */
/* Where the gate stops a scripted program, for tables of: what the debugger says, what the program comes to next. */
#include <string.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include "engine/events/step.h"
#include "program.h"
#include "engine/ops/ops.h"

/* ---- steps of a fixed course, without a process ---- */

/* A line calls a function, that is traced and then run; a line after it. "L2@1": line 2, one frame deep. */
typedef struct
{
  const char *name;
  LkItem item;
} Place;

#define LINE(n, level, calls, traces, runs) { .kind = LK_EVENT_LINE, .depth = calls, .trace = traces, .run = runs,   \
                                              .frames = level, .stack = 100 + n, .places = level }
#define OP(calls, traces, runs, at) { .kind = LK_EVENT_OP, .depth = calls, .trace = traces, .run = runs, .stack = 100 + at }

static const Place course[] = {
  { "line 1", LINE (1, 1, 0, 0, 0) },
  { "op a", OP (0, 0, 0, 1) },
  { "line 2", LINE (2, 1, 0, 0, 0) },
  { "function", { .kind = LK_EVENT_CALL, .depth = 0, .stack = 102 } },
  { "trace", { .kind = LK_EVENT_CALL, .depth = 1, .stack = 102 } },
  { "line 10", LINE (10, 2, 2, 2, 0) },
  { "node b", OP (2, 2, 0, 10) },
  { "line 11", LINE (11, 2, 2, 2, 0) },
  { "node c", OP (2, 2, 0, 11) },
  { "run", { .kind = LK_EVENT_CALL, .depth = 1, .stack = 102 } },
  { "op b", OP (2, 0, 2, 10) },
  { "op c", OP (2, 0, 2, 11) },
  { "op d", OP (0, 0, 0, 2) },
  { "line 3", LINE (3, 1, 0, 0, 0) },
  { "op e", OP (0, 0, 0, 3) },
};

/* Every LkGoWhere from every kind of place. NULL: the program runs to its end. */
static const struct
{
  const char *from;
  LkGoWhere where;
  LkUnit unit;
  guint count;
  const char *to;
} steps[] = {
  { "op a", LK_GO_OVER, LK_UNIT_OP, 1, "function" },
  { "op a", LK_GO_INTO, LK_UNIT_OP, 1, "function" },
  { "function", LK_GO_OVER, LK_UNIT_OP, 1, "op d" },
  { "function", LK_GO_INTO, LK_UNIT_OP, 1, "trace" },
  { "function", LK_GO_INTO_TRACE, LK_UNIT_OP, 1, "node b" },
  { "function", LK_GO_INTO_RUN, LK_UNIT_OP, 1, "op b" },
  { "trace", LK_GO_OVER, LK_UNIT_OP, 1, "run" },
  { "trace", LK_GO_INTO_TRACE, LK_UNIT_OP, 1, "node b" },
  { "trace", LK_GO_INTO_RUN, LK_UNIT_OP, 1, "run" },
  { "trace", LK_GO_OUT, LK_UNIT_OP, 1, "op d" },
  { "node b", LK_GO_OVER, LK_UNIT_OP, 1, "node c" },
  { "node b", LK_GO_OVER, LK_UNIT_OP, 2, "run" },
  { "node b", LK_GO_OUT, LK_UNIT_OP, 1, "run" },
  { "node b", LK_GO_OUT, LK_UNIT_OP, 2, "op d" },
  { "node c", LK_GO_OVER, LK_UNIT_OP, 1, "run" },
  { "run", LK_GO_OVER, LK_UNIT_OP, 1, "op d" },
  { "run", LK_GO_INTO_RUN, LK_UNIT_OP, 1, "op b" },
  { "run", LK_GO_INTO_TRACE, LK_UNIT_OP, 1, "op d" },
  { "op c", LK_GO_OVER, LK_UNIT_OP, 1, "op d" },
  { "op d", LK_GO_OUT, LK_UNIT_OP, 1, NULL },
  { "op e", LK_GO_INTO, LK_UNIT_OP, 1, NULL },
  { "op a", LK_GO_INTO, LK_UNIT_OP, 4, "node c" },
  { "line 1", LK_GO_OVER, LK_UNIT_LINE, 1, "line 2" },
  { "line 2", LK_GO_OVER, LK_UNIT_LINE, 1, "line 3" },
  { "line 2", LK_GO_INTO, LK_UNIT_LINE, 1, "line 10" },
  { "line 2", LK_GO_INTO_TRACE, LK_UNIT_LINE, 1, "line 10" },
  { "line 2", LK_GO_INTO_RUN, LK_UNIT_LINE, 1, "op b" },
  { "line 10", LK_GO_OVER, LK_UNIT_LINE, 1, "line 11" },
  { "line 10", LK_GO_OVER, LK_UNIT_LINE, 2, "line 3" },
  { "line 11", LK_GO_OVER, LK_UNIT_LINE, 1, "line 3" },
  { "line 10", LK_GO_OUT, LK_UNIT_LINE, 1, "line 3" },
  { "line 1", LK_GO_OUT, LK_UNIT_LINE, 1, NULL },
  { "line 1", LK_GO_OVER, LK_UNIT_OP, 1, "op a" },
  { "node b", LK_GO_OUT, LK_UNIT_LINE, 1, "line 3" },
  { "op d", LK_GO_OVER, LK_UNIT_LINE, 1, "line 3" },
  { "op a", LK_GO_CONTINUE, LK_UNIT_OP, 1, NULL },
};

/* A graph's run with a loop of two iterations, the second of which holds a loop of one. */
#define IN(kind_, calls, runs, loops, begins) { .kind = LK_EVENT_##kind_, .depth = calls, .run = runs, .loop = loops, .iteration = begins }
static const Place loops[] = {
  { "op a", IN (OP, 1, 1, 0, FALSE) },
  { "loop", IN (CALL, 1, 1, 0, FALSE) },
  { "condition 0", IN (CALL, 2, 1, 2, FALSE) },
  { "less 0", IN (OP, 3, 3, 2, FALSE) },
  { "iteration 0", IN (CALL, 2, 1, 2, TRUE) },
  { "add 0", IN (OP, 3, 3, 2, FALSE) },
  { "condition 1", IN (CALL, 2, 1, 2, FALSE) },
  { "less 1", IN (OP, 3, 3, 2, FALSE) },
  { "iteration 1", IN (CALL, 2, 1, 2, TRUE) },
  { "inner loop", IN (CALL, 3, 3, 2, FALSE) },
  { "inner iteration 0", IN (CALL, 4, 3, 4, TRUE) },
  { "inner add 0", IN (OP, 5, 5, 4, FALSE) },
  { "add 1", IN (OP, 3, 3, 2, FALSE) },
  { "op b", IN (OP, 1, 1, 0, FALSE) },
};

static void
test_steps_of_loops (void)
{
  static const struct { const char *from; LkGoWhere where; const char *to; } rows[] = {
    { "op a", LK_GO_ITERATION, "loop" },
    { "loop", LK_GO_OVER, "op b" },
    { "loop", LK_GO_INTO, "condition 0" },
    { "loop", LK_GO_INTO_RUN, "less 0" },
    { "loop", LK_GO_ITERATION, "op b" },            /* it is not in the loop yet */
    { "condition 0", LK_GO_OVER, "iteration 0" },
    { "condition 0", LK_GO_ITERATION, "iteration 0" },
    { "iteration 0", LK_GO_OVER, "condition 1" },
    { "iteration 0", LK_GO_INTO, "add 0" },
    { "iteration 0", LK_GO_ITERATION, "iteration 1" },
    { "iteration 0", LK_GO_OUT, "op b" },
    { "add 0", LK_GO_OUT, "condition 1" },
    { "add 0", LK_GO_ITERATION, "iteration 1" },
    { "iteration 1", LK_GO_ITERATION, "op b" },
    { "inner loop", LK_GO_ITERATION, "op b" },
    { "inner iteration 0", LK_GO_ITERATION, "add 1" },
    { "inner add 0", LK_GO_ITERATION, "add 1" },
    { "inner add 0", LK_GO_OUT, "add 1" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      LkStep step;
      LkGo go = { .where = rows[i].where, .unit = LK_UNIT_OP, .count = 1 };
      guint at = 0;
      while (strcmp (loops[at].name, rows[i].from) != 0)
        at++;
      lk_step_begin (&step, &go, &loops[at].item, FALSE);
      for (at++; at < G_N_ELEMENTS (loops) && !lk_step_reaches (&step, &loops[at].item); at++)
        ;
      g_test_message ("row %u, from %s", i, rows[i].from);
      g_assert_cmpstr (at < G_N_ELEMENTS (loops) ? loops[at].name : NULL, ==, rows[i].to);
    }
}

static guint
find_place (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (course); i++)
    if (strcmp (course[i].name, name) == 0)
      return i;
  g_assert_not_reached ();
}

static void
test_steps (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      LkStep step;
      LkGo go = { .where = steps[i].where, .unit = steps[i].unit, .count = steps[i].count };
      guint at = find_place (steps[i].from);
      LkItem from = course[at].item;
      if (from.places == 0)
        from.places = from.trace > 0 ? 2 : 1;       /* an op is asked for its stack when it stops */
      lk_step_begin (&step, &go, &from, FALSE);
      for (at++; at < G_N_ELEMENTS (course) && !lk_step_reaches (&step, &course[at].item); at++)
        ;
      g_test_message ("step %u, from %s", i, steps[i].from);
      g_assert_cmpstr (at < G_N_ELEMENTS (course) ? course[at].name : NULL, ==, steps[i].to);
    }
}

/* A language that tells no lines: another place is another line. */
static void
test_steps_by_place (void)
{
  static const struct { const char *from; LkGoWhere where; const char *to; } rows[] = {
    { "op a", LK_GO_OVER, "function" },             /* line 2 */
    { "function", LK_GO_OVER, "op e" },             /* op d is of the same line */
    { "function", LK_GO_INTO, "node b" },
    { "node b", LK_GO_OVER, "node c" },
    { "node c", LK_GO_OVER, "run" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      LkStep step;
      LkGo go = { .where = rows[i].where, .unit = LK_UNIT_LINE, .count = 1 };
      guint at = find_place (rows[i].from);
      lk_step_begin (&step, &go, &course[at].item, TRUE);
      do
        at++;
      while (at < G_N_ELEMENTS (course)
             && (course[at].item.kind == LK_EVENT_LINE || !lk_step_reaches (&step, &course[at].item)));
      g_assert_cmpstr (at < G_N_ELEMENTS (course) ? course[at].name : NULL, ==, rows[i].to);
    }
}

/* ---- a program at the gate ---- */

static void
line (LkContext *ctx, int n)
{
  lk_gate_line (ctx, lk_stream_site (0, "/program.py", "main", n), 1);
}

static void
op (LkContext *ctx, const char *name)
{
  float one = 1;
  LkTensor *x = lk_tensor_new_copy (LK_FLOAT32, &LK_SCALAR, &one);
  const LkOp *found = lk_op_find (name);
  LkTensor *inputs[] = { x, x };
  LkTensor *y = lk_apply1 (ctx, found, inputs, found->n_inputs, NULL);
  g_assert_nonnull (y);
  lk_tensor_unref (x);
  lk_tensor_unref (y);
}

static void
lines_wanted (gboolean wanted, gpointer data)
{
}

static char *
answer (const char *json, gboolean at_gate, gpointer data)
{
  op (lk_context_default (), "Neg");                /* an evaluation; it does not stop */
  return g_strdup_printf ("{\"text\": \"%s\"}", at_gate ? "at the gate" : "running");
}

/* Line 1: Neg; line 2: a function of Add and Log (of 0: Inf); line 3: a training step; line 4: Neg; an error. */
static void
run_program (gpointer data)
{
  LkHooks hooks = { .lines_wanted = lines_wanted, .request = answer };
  lk_gate_set_hooks (&hooks);
  LkContext *ctx = lk_context_default ();
  line (ctx, 1);
  op (ctx, "Neg");
  line (ctx, 2);
  lk_gate_call (ctx, LK_CALL_FUNCTION, "f");
  lk_emit_call (ctx, LK_CALL_FUNCTION, "f", NULL, NULL);
  op (ctx, "AddV2");
  op (ctx, "Sub");
  op (ctx, "Log");
  lk_emit_return (ctx);
  line (ctx, 3);
  op (ctx, "Square");
  lk_emit_step (ctx);
  line (ctx, 4);
  op (ctx, "Neg");
  lk_gate_error (ctx, "InvalidArgumentError: no", lk_stream_site (0, "/program.py", "main", 5));
}

/* What the program stops before: "op Neg reason"; "" when it ended. */
static char *
next_stop (Program *program)
{
  static GHashTable *strings;
  if (program->next_seq == 0)
    g_clear_pointer (&strings, g_hash_table_unref);
  if (strings == NULL)
    strings = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  static const char *reasons[] = { "entry", "step", "pause", "breakpoint", "alert", "error" };
  for (;;)
    {
      const LkEvent *event = program_read (program, 200);
      if (event == NULL)
        return g_strdup ("");
      if (event->kind == LK_EVENT_STRING)
        g_hash_table_insert (strings, GUINT_TO_POINTER (event->subject), g_strdup (program_payload (event)));
      if (event->kind != LK_EVENT_STOP)
        continue;
      const LkStopEvent *stop = program_payload (event);
      const char *subject = g_hash_table_lookup (strings, GUINT_TO_POINTER (event->subject));
      return g_strdup_printf ("%s %s %s", lk_event_kind_name (stop->next), subject != NULL ? subject : "-",
                              reasons[stop->reason]);
    }
}

static void
expect_stop (Program *program, const char *expected)
{
  char *stop = next_stop (program);
  g_assert_cmpstr (stop, ==, expected);
  if (*stop != '\0')
    {
      g_usleep (1000);
      g_assert_cmpuint (program->shared->state, ==, LK_PROGRAM_AT_GATE);
    }
  g_free (stop);
}

static void
set_breakpoint (Program *program, LkBreakKind kind, const char *text, guint line_number, gboolean enabled)
{
  LkBreakpointRow row = { .id = 9, .kind = kind, .line = line_number, .enabled = (guint32) enabled };
  g_strlcpy (row.text, text, sizeof row.text);
  program_send (program, LK_CONTROL_BREAKPOINTS, 0, 1, &row, sizeof row);
}

static Program *
start_at_entry (void)
{
  ProgramWishes wishes = { .stop_at_entry = TRUE, .stop_at_error = TRUE, .health = TRUE, .arena_size = 1 << 20,
                           .history = 1 << 18 };
  Program *program = program_start (&wishes, run_program, NULL);
  expect_stop (program, "op Neg entry");
  return program;
}

static void
test_program_steps (void)
{
  Program *program = start_at_entry ();
  program_go (program, LK_GO_OVER, LK_UNIT_OP, 1);
  expect_stop (program, "call f step");
  program_go (program, LK_GO_INTO, LK_UNIT_OP, 1);
  expect_stop (program, "op AddV2 step");
  program_go (program, LK_GO_OUT, LK_UNIT_OP, 1);
  expect_stop (program, "op Square step");
  program_go (program, LK_GO_INTO, LK_UNIT_LINE, 1);
  expect_stop (program, "line - step");
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  expect_stop (program, "line - error");
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  expect_stop (program, "");
  g_assert_cmpint (program_end (program), ==, 0);
}

static void
test_program_training_step (void)
{
  Program *program = start_at_entry ();
  program_go (program, LK_GO_INTO, LK_UNIT_STEP, 1);
  expect_stop (program, "line - step");
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  expect_stop (program, "line - error");
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  g_assert_cmpint (program_end (program), ==, 0);
}

static void
test_breakpoints (void)
{
  static const struct { LkBreakKind kind; const char *text; guint line; gboolean enabled; const char *stop; } rows[] = {
    { LK_BREAK_OP, "Sub", 0, TRUE, "op Sub breakpoint" },
    { LK_BREAK_OP, "Sub", 0, FALSE, "line - error" },
    { LK_BREAK_FUNCTION, "f", 0, TRUE, "call f breakpoint" },
    { LK_BREAK_FUNCTION, "g", 0, TRUE, "line - error" },
    { LK_BREAK_LINE, "/program.py", 3, TRUE, "line - breakpoint" },
    { LK_BREAK_LINE, "/other.py", 3, TRUE, "line - error" },
    { LK_BREAK_LINE, "/program.py", 30, TRUE, "line - error" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      Program *program = start_at_entry ();
      set_breakpoint (program, rows[i].kind, rows[i].text, rows[i].line, rows[i].enabled);
      program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
      expect_stop (program, rows[i].stop);
      close (program->socket);
      program->socket = -1;
      g_assert_cmpint (program_end (program), ==, 0);
    }
}

static void
test_run_to_line (void)
{
  Program *program = start_at_entry ();
  LkGo go = { .where = LK_GO_CONTINUE, .line = 4, .file = "/program.py" };
  program_send (program, LK_CONTROL_GO, 0, 0, &go, sizeof go);
  const LkEvent *stop = program_read_kind (program, LK_EVENT_STOP);
  g_assert_cmpuint (((const LkStopEvent *) program_payload (stop))->next, ==, LK_EVENT_LINE);
  g_assert_cmpuint (((const LkStopEvent *) program_payload (stop))->reason, ==, LK_STOP_STEP);
  g_assert_cmpuint (((const LkStopEvent *) program_payload (stop))->breakpoint, ==, 0);
  program_go (program, LK_GO_OVER, LK_UNIT_OP, 1);
  expect_stop (program, "op Neg step");
  close (program->socket);
  program->socket = -1;
  g_assert_cmpint (program_end (program), ==, 0);
}

static void
test_nonfinite (void)
{
  Program *program = start_at_entry ();
  set_breakpoint (program, LK_BREAK_NONFINITE, "", 0, TRUE);
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  expect_stop (program, "line - error");            /* log 1 is 0: nothing is wrong */
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  g_assert_cmpint (program_end (program), ==, 0);
}

static void
run_log_of_zero (gpointer data)
{
  LkContext *ctx = lk_context_default ();
  float zero = 0;
  LkTensor *x = lk_tensor_new_copy (LK_FLOAT32, &LK_SCALAR, &zero), *y, *z;
  y = lk_apply1 (ctx, lk_op_find ("Log"), &x, 1, NULL);
  z = lk_apply1 (ctx, lk_op_find ("Neg"), &y, 1, NULL);
  lk_apply1 (ctx, lk_op_find ("Square"), &z, 1, NULL);
}

/* The alert is where it comes from, once; the flag is on all that it reaches. */
static void
test_nonfinite_origin (void)
{
  ProgramWishes wishes = { .stop_at_entry = TRUE, .health = TRUE };
  Program *program = program_start (&wishes, run_log_of_zero, NULL);
  expect_stop (program, "op Log entry");
  set_breakpoint (program, LK_BREAK_NONFINITE, "", 0, TRUE);
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  expect_stop (program, "op Neg alert");
  program_go (program, LK_GO_CONTINUE, LK_UNIT_OP, 1);
  guint flagged = 0, alerts = 0;
  for (const LkEvent *event; (event = program_read (program, 200)) != NULL;)
    {
      flagged += event->kind == LK_EVENT_OP && event->flags & LK_FLAG_NONFINITE;
      alerts += event->kind == LK_EVENT_ALERT;
    }
  g_assert_cmpuint (flagged, ==, 2);
  g_assert_cmpuint (alerts, ==, 0);
  g_assert_cmpint (program_end (program), ==, 0);
}

static void
test_requests (void)
{
  Program *program = start_at_entry ();
  char *reply = program_ask (program, "{\"do\": \"evaluate\"}");
  g_assert_cmpstr (reply, ==, "{\"text\": \"at the gate\"}");
  g_free (reply);
  program_go (program, LK_GO_OVER, LK_UNIT_OP, 1);
  expect_stop (program, "call f step");
  close (program->socket);
  program->socket = -1;
  g_assert_cmpint (program_end (program), ==, 0);
}

static void
run_for_ever (gpointer data)
{
  for (LkContext *ctx = lk_context_default ();;)
    op (ctx, "Neg");
}

static void
test_pause (void)
{
  ProgramWishes wishes = { 0 };
  Program *program = program_start (&wishes, run_for_ever, NULL);
  g_assert_nonnull (program_read (program, 10000));
  program_send (program, LK_CONTROL_PAUSE, 0, 0, NULL, 0);
  expect_stop (program, "op Neg pause");
  char *reply = program_ask (program, "{\"do\": \"where\"}");
  g_assert_true (g_str_has_prefix (reply, "{\"stack\": ["));
  g_free (reply);
  kill (program->pid, SIGKILL);
  g_assert_true (WIFSIGNALED (program_end (program)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate/steps", test_steps);
  g_test_add_func ("/gate/steps-by-place", test_steps_by_place);
  g_test_add_func ("/gate/steps-of-loops", test_steps_of_loops);
  g_test_add_func ("/gate/program-steps", test_program_steps);
  g_test_add_func ("/gate/program-training-step", test_program_training_step);
  g_test_add_func ("/gate/breakpoints", test_breakpoints);
  g_test_add_func ("/gate/run-to-line", test_run_to_line);
  g_test_add_func ("/gate/nonfinite", test_nonfinite);
  g_test_add_func ("/gate/nonfinite-origin", test_nonfinite_origin);
  g_test_add_func ("/gate/requests", test_requests);
  g_test_add_func ("/gate/pause", test_pause);
  return g_test_run ();
}
