/* SPDX-License-Identifier: MIT */
/* The verbs, and how one is found. */
#include "command.h"
#include <stdio.h>
#include <string.h>
#include "debugger/record.h"

static const Command window = {
  NULL, "[PROGRAM [ARG…]]", "opens the window",
  "PROGRAM is a Python file, a C source or an executable that uses the engine; it waits before its first op. A trace file\n"
  "(.lockstep) is opened to be looked at. --tf1 runs it as a version 1 program, as “# lockstep: tf1” among its first lines does.",
  command_window
};

static const Command verbs[] = {
  { "run", "PROGRAM [ARG…]", "runs a program unwatched: its output, its exit status", NULL, command_run },
  { "record", "PROGRAM [ARG…]", "runs a program and leaves a trace file",
    "The program's output passes through; what was recorded is said after it, on stdout. The exit status is the program's,\n"
    "128 + the signal's number if one killed it.", command_record },
  { "info", "FILE", "says what a trace file holds", NULL, command_info },
  { "events", "FILE", "lists the events of a trace file",
    "Without --json, the events that the window lists: no strings, places, graphs, returns and stops. With it, all of them,\n"
    "an object a line; times are nanoseconds. Numbers that JSON lacks are \"NaN\", \"Infinity\" and \"-Infinity\".",
    command_events },
  { "scalars", "FILE", "lists losses and other scalars: tag, step, time, value",
    "With --json an object a line; times are nanoseconds. Numbers that JSON lacks are \"NaN\", \"Infinity\" and \"-Infinity\".",
    command_scalars },
  { "graphs", "FILE", "prints graphs, as they were traced or as they run",
    "A graph is traced, then rewritten pass by pass, and the final one runs. Lines of nodes that a rewrite made begin with “+”.",
    command_graphs },
  { "retraces", "FILE", "says why functions were traced, and traced again", NULL, command_retraces },
  { "shot", "FILE|PROGRAM", "draws a panel or the window as a picture",
    "PANEL is window, graph, chart, tensor or source. OUT ends in .png, .svg or .pdf. A program is run to its end first.",
    command_shot },
  { "ops", "[NAME…]", "lists the engine's ops, or says all of those that are named",
    "With --json an object for each, a line each; with --html a page.", command_ops },
};

static const Command *current = &window;

const Command *
command_current (void)
{
  return current;
}

const char *
command_title (void)
{
  static char title[64];
  g_snprintf (title, sizeof title, current->name ? "lockstep %s" : "lockstep", current->name);
  return title;
}

void
command_print_help (void)
{
  printf ("Usage:\n  lockstep [--tf1] [PROGRAM [ARG…]]\n  lockstep VERB [OPTION…] …\n\n"
          "A debugger for tensor programs. Without a verb: %s.\n%s\n\nVerbs:\n", window.summary, window.details);
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    printf ("  %-8s %-15s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].summary);
  printf ("\nOptions:\n  --tf1     run PROGRAM as a version 1 program\n  --help    this; `lockstep VERB --help` says more\n"
          "  --version the version\n");
}

/* ---- a word that is nearly a verb ---- */

/* Optimal string alignment: insertions, deletions, changes, and swaps of neighbours. Short words only. */
static guint
distance (const char *a, const char *b)
{
  enum { MOST = 16 };
  guint d[MOST + 1][MOST + 1], n = strlen (a), m = strlen (b);
  if (n > MOST || m > MOST)
    return MOST;
  for (guint i = 0; i <= n; i++)
    for (guint j = 0; j <= m; j++)
      {
        if (i == 0 || j == 0)
          {
            d[i][j] = i + j;
            continue;
          }
        guint change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
        d[i][j] = MIN (change, MIN (d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          d[i][j] = MIN (d[i][j], d[i - 2][j - 2] + 1);
      }
  return d[n][m];
}

static const Command *
nearest (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (distance (word, verbs[i].name) <= 2)
      return &verbs[i];
  return NULL;
}

/* A word that is neither a verb nor a file: most likely a verb with a slip. */
static gboolean
is_misspelt (const char *word)
{
  return *word != '-' && !strpbrk (word, "./") && !g_file_test (word, G_FILE_TEST_EXISTS);
}

static int
misspelt (const char *word)
{
  const Command *meant = nearest (word);
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (names, "%s%s", i == 0 ? "" : i + 1 == G_N_ELEMENTS (verbs) ? " or " : ", ", verbs[i].name);
  if (meant)
    return command_misuse ("there is no file and no verb “%s”; did you mean “lockstep %s”?", word, meant->name);
  return command_misuse ("there is no file and no verb “%s”: expected a program, a trace file, or %s", word, names->str);
}

int
command_main (int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : NULL;
  if (g_strcmp0 (word, "--version") == 0)
    {
      puts ("lockstep " COMMAND_VERSION);
      return command_written ();
    }
  for (guint i = 0; word && i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (word, verbs[i].name))
      {
        current = &verbs[i];
        return current->run (argc - 1, argv + 1);
      }
  if (word && is_misspelt (word))
    return misspelt (word);
  return window.run (argc, argv);
}
