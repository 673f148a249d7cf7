/* SPDX-License-Identifier: MIT */
/* A program that is killed at a random moment leaves a trace that opens and says so; so does a recorder that is killed. */
#include "made.h"
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "debugger/record.h"

#define PROGRAMS 100
#define RECORDERS 20
#define LATEST 60000    /* µs after its start at which a program is killed */

static char *folder;
static volatile sig_atomic_t process = -1;

/* It computes for good, and prints now and then. */
static const char loop[] =
  "#include <stdio.h>\n"
  "#include \"engine/engine.h\"\n"
  "int main (void)\n"
  "{\n"
  "  LkContext *ctx = lk_context_default ();\n"
  "  LkTensor *sum = lk_tensor_new_float (0), *one = lk_tensor_new_float (1);\n"
  "  for (int i = 0;; i++)\n"
  "    {\n"
  "      LkTensor *next = lk_add (ctx, sum, one);\n"
  "      lk_tensor_unref (sum);\n"
  "      sum = next;\n"
  "      if (i % 1000 == 0)\n"
  "        printf (\"%d\\n\", i), fflush (stdout);\n"
  "    }\n"
  "}\n";

static gpointer
kill_soon (gpointer data)
{
  while (process < 0)
    g_usleep (100);
  g_usleep (GPOINTER_TO_UINT (data));
  if (process > 0)
    kill (process, SIGKILL);
  return NULL;
}

static LkStore *
record (const char *program, const char *trace, int *status)
{
  g_autoptr (GError) error = NULL;
  LkRecordOptions options = { .quiet = TRUE, .values = 1 << 20, .process = &process };
  LkStore *store = lk_record (program, NULL, trace, &options, status, &error);
  g_assert_no_error (error);
  return store;
}

static void
is_beginning (LkStore *store, guint64 at_least)
{
  LkRow row;
  guint64 n = lk_store_n_events (store), ops = 0;
  g_assert_null (lk_store_failure (store));
  g_assert_cmpuint (n, >=, at_least);
  for (guint64 event = 0; lk_store_row (store, event, &row); event++)
    ops += row.kind == LK_EVENT_OP;
  LkRunSummary summary;
  lk_store_summary (store, &summary);
  g_assert_cmpuint (summary.ops, ==, ops);
  for (guint64 event = 0; event < n; event += n / 50 + 1)
    {
      g_autoptr (GBytes) bytes = lk_store_record (store, event);
      g_assert_nonnull (bytes);
    }
}

static void
test_program (void)
{
  g_autofree char *program = g_build_filename (folder, "loop.c", NULL);
  g_autofree char *trace = g_build_filename (folder, "loop.lockstep", NULL);
  guint64 most = 0;
  for (guint i = 0; i < PROGRAMS; i++)
    {
      int status;
      const char *message;
      LkExitEvent exit;
      g_autoptr (GError) error = NULL;
      process = -1;
      GThread *killer = g_thread_new ("killer", kill_soon, GUINT_TO_POINTER (g_test_rand_int_range (0, LATEST)));
      LkStore *live = record (program, trace, &status);
      g_thread_join (killer);
      g_assert_cmpint (status, ==, 128 + SIGKILL);
      guint64 n = lk_store_n_events (live);
      lk_store_unref (live);
      LkStore *read = lk_trace_open (trace, &error);
      g_assert_no_error (error);
      is_beginning (read, n);
      g_assert_true (lk_store_exit (read, &exit, &message));
      g_assert_cmpint (exit.kind, ==, LK_EXIT_SIGNAL);
      g_assert_nonnull (strstr (message, "killed by signal 9 (SIGKILL)"));
      lk_store_unref (read);
      most = MAX (most, n);
    }
  g_test_message ("%u programs killed; the longest trace has %u events", PROGRAMS, (guint) most);
  g_assert_cmpuint (most, >, 1000);
}

static void
test_recorder (void)
{
  g_autofree char *program = g_build_filename (folder, "loop.c", NULL);
  g_autofree char *trace = g_build_filename (folder, "recorder.lockstep", NULL);
  guint opened = 0;
  double latest = 1000000;
  for (guint i = 0; i < RECORDERS; i++)
    {
      int status;
      pid_t recorder = fork ();
      if (recorder == 0)
        {
          process = 0;
          lk_store_unref (record (program, trace, &status));
          _exit (1);
        }
      /* A slow machine needs longer until there is something to be left. */
      if (opened == 0 && i > 0)
        latest = MIN (latest * 1.3, 10000000);
      g_usleep ((gulong) g_test_rand_int_range (5000, (gint32) latest));
      kill (recorder, SIGKILL);
      g_assert_cmpint (waitpid (recorder, &status, 0), ==, recorder);
      g_assert_true (WIFSIGNALED (status));
      g_autoptr (GError) error = NULL;
      LkStore *read = lk_trace_open (trace, &error);
      /* Only a file that was not even set up does not open. */
      if (!read)
        continue;
      is_beginning (read, 0);
      g_assert_false (lk_store_exit (read, NULL, NULL));
      opened += lk_store_n_events (read) > 0;
      lk_store_unref (read);
    }
  g_test_message ("%u recorders killed; %u left events", RECORDERS, opened);
  g_assert_cmpuint (opened, >, 0);
}

int
main (int argc, char **argv)
{
  folder = made_folder ();
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  /* For programs only: sanitizers took this process's options from what there was before. */
  g_setenv ("ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0:handle_segv=0:handle_abort=0", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_autofree char *program = g_build_filename (folder, "loop.c", NULL);
  g_assert_true (g_file_set_contents (program, loop, -1, NULL));
  /* First, while there is no thread: a fork has only one. */
  g_test_add_func ("/killed/recorder", test_recorder);
  g_test_add_func ("/killed/program", test_program);
  int status = g_test_run ();
  made_remove (folder);
  g_free (folder);
  return status;
}
