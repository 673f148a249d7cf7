/* SPDX-License-Identifier: MIT */
/* The optimiser, seen from outside: which passes there are, and which are on. All are, but for those that are named with a
   minus in the environment variable LOCKSTEP_PASSES ("-algebra,-common"; "-all" for none). Any thread. */
#pragma once
#include <glib.h>

guint lk_pass_count (void);
const char *lk_pass_name (guint i);     /* "constants" */
const char *lk_pass_text (guint i);     /* one line for a person */
gboolean lk_pass_is_exact (guint i);    /* results are the same bits with it as without */
gboolean lk_pass_is_on (guint i);
/* For functions that have not run yet. FALSE when there is no pass of that name; "all" is one. */
gboolean lk_pass_switch (const char *name, gboolean on);
/* Graphs of fewer nodes are left as they are. 0 at first. */
void lk_pass_set_least (guint n);
/* Bit by pass: that one, all for "all", none when there is no pass of that name. */
guint lk_pass_bits (const char *name);
