/* SPDX-License-Identifier: MIT */
/* Runs made by hand, for the window's tests: a program of seven lines that runs the same four things again
   and again. */
#pragma once
#include "debugger/session.h"

#define FIXTURE_FILE "/nowhere/made.py"
#define FIXTURE_LINE 3          /* of the first op; the others follow */

/* A store with `rounds` rounds of MatMul, Relu, printing and a scalar. (transfer full) */
LkStore *fixture_store (guint rounds);
void fixture_grow (LkStore *store, guint rounds);
/* Then a loop of so many iterations, a MatMul and a Relu in each, which is left under way if it is not to end. */
void fixture_loop (LkStore *store, guint iterations, gboolean end);
/* The same as a trace file, which is removed by fixture_remove(). (transfer full) */
char *fixture_trace (guint rounds);
void fixture_remove (char *path);
/* Runs the main loop until the condition holds; fails the test after five seconds. */
#define fixture_wait(condition) \
  for (gint64 end_ = g_get_monotonic_time () + 5 * G_USEC_PER_SEC; !(condition);) \
    { \
      g_assert_cmpint (g_get_monotonic_time (), <, end_); \
      if (!g_main_context_iteration (NULL, FALSE)) \
        g_usleep (1000); \
    }
