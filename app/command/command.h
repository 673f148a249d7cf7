/* SPDX-License-Identifier: MIT */
/* The command line: `lockstep VERB …`. A verb is a row of the table in table.c and a file of its own. All that a verb says
   of what went wrong is one line on stderr, «lockstep VERB: what, where, what was expected». */
#pragma once
#include <glib.h>
#include "debugger/store.h"

/* Exit statuses; `run` and `record` give the program's. */
enum { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_MISUSED = 2 };

typedef struct
{
  const char *name;             /* NULL: the window */
  const char *arguments;        /* "FILE", as the usage line has it */
  const char *summary;          /* one line for --help */
  const char *details;          /* (nullable) what the verb's own --help says beside its options */
  int (*run) (int argc, char **argv);
} Command;

int command_window (int argc, char **argv);
int command_run (int argc, char **argv);
int command_record (int argc, char **argv);
int command_info (int argc, char **argv);
int command_events (int argc, char **argv);
int command_scalars (int argc, char **argv);
int command_graphs (int argc, char **argv);
int command_retraces (int argc, char **argv);
int command_shot (int argc, char **argv);
int command_ops (int argc, char **argv);

/* The whole program: finds the verb and runs it. */
int command_main (int argc, char **argv);
/* The verb that runs. */
const Command *command_current (void);
/* "lockstep record" */
const char *command_title (void);

/* ---- parsing ---- */

/* Reads options up to the first argument, so that a program's own options stay its own; with `everywhere`, also after it.
   entries ends with a { NULL } and has the option whose name is "" for the arguments, if they are wanted. FALSE: status is
   what to exit with, and what is to be said was said (--help, or what is wrong). */
gboolean command_parse (int argc, char **argv, const GOptionEntry *entries, gboolean everywhere, int *status);
/* A verb that takes a file and --json, which json_text explains: parses, and gives list the arguments. */
int command_list (int argc, char **argv, const char *json_text, int (*list) (char **arguments, gboolean json));
/* Exactly one argument, called what ("trace file"). FALSE when it is not so, which was said. */
gboolean command_one (char **arguments, const char *what);
/* Help for all verbs. */
void command_print_help (void);
void command_print_verb_help (GOptionContext *context);

/* ---- saying ---- */

/* One line on stderr, with the verb before it. The status to exit with. */
int command_fail (const char *format, ...) G_GNUC_PRINTF (1, 2);
int command_fail_error (GError *error);             /* (transfer full) */
int command_misuse (const char *format, ...) G_GNUC_PRINTF (1, 2);
void command_warn (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* To be returned when all is written: fails if stdout could not take it. */
int command_written (void);

/* ---- trace files ---- */

/* Says what is wrong and gives NULL when path is no trace; warns of one that is damaged or was cut short. (transfer full) */
LkStore *command_open (const char *path);
/* Is there a file at path? Says what is wrong if not, and what was expected. */
gboolean command_find_program (const char *path, const char *expected);
/* "1.50 s", "20.1 ms": ns as a person reads them. (transfer full) */
char *command_seconds (gint64 nanoseconds);
/* Ops, functions, traces …: the counts of a run, a line each. */
void command_print_counts (LkStore *store);
/* How it ended: "exit status 0"; NULL when the trace was cut short. (transfer full) */
char *command_ending (LkStore *store);
