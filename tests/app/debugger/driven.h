/* SPDX-License-Identifier: MIT */
/* Sessions driven by a test: each waits for a state with a deadline, so that a hang is a failure. */
#pragma once
#include "made.h"
#include "debugger/session.h"

#define PATIENCE 20                 /* seconds that a state is waited for at most; nothing takes one */

extern char *folder;                /* of the test's own, where programs are written */

typedef struct
{
  LkSession *session;
  guint64 appended, moved;
} Fixture;

gboolean give_up (gpointer late);                   /* a source: sets a gboolean */
void wait_for (LkSession *session, LkSessionState state);
void let_run (guint milliseconds);
/* Writes a program and opens it; text NULL: it is there. */
void start (Fixture *fixture, const char *name, const char *text);
guint next_line (LkSession *session);
const char *next_name (LkSession *session);
void step (LkSession *session, LkGoWhere where, LkUnit unit);
void step_to (LkSession *session, guint line);      /* by lines, of which Python has more than there are ops */
void says (LkSession *session, const char *words);  /* in its status */

void add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer));
/* main () */
int driven_run (int argc, char **argv, void (*add_tests) (void));
