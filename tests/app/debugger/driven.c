/* SPDX-License-Identifier: MIT */
#include "driven.h"
#include <string.h>

char *folder;

static void
count (LkSession *session, guint64 *number)
{
  ++*number;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->session = lk_session_new ();
  g_signal_connect (fixture->session, "appended", G_CALLBACK (count), &fixture->appended);
  g_signal_connect (fixture->session, "moved", G_CALLBACK (count), &fixture->moved);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  lk_session_close (fixture->session);
  g_assert_cmpint (lk_session_state (fixture->session), ==, LK_SESSION_EMPTY);
  /* News that are on their way hold it. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->session);
}

gboolean
give_up (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

void
wait_for (LkSession *session, LkSessionState state)
{
  gboolean late = FALSE;
  guint source = g_timeout_add_seconds (PATIENCE, give_up, &late);
  while (lk_session_state (session) != state && !late)
    {
      if (lk_session_state (session) == LK_SESSION_ENDED)
        g_error ("waited for state %d, but it is over: %s", state, lk_session_status (session));
      g_main_context_iteration (NULL, TRUE);
    }
  if (late)
    g_error ("waited for state %d; it is %d: %s", state, lk_session_state (session), lk_session_status (session));
  g_source_remove (source);
}

void
let_run (guint milliseconds)
{
  gboolean over = FALSE;
  g_timeout_add (milliseconds, give_up, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

/* Writes a program and opens it. */
void
start (Fixture *fixture, const char *name, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  if (text)
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
  lk_session_open (fixture->session, path, NULL, FALSE, &error);
  g_assert_no_error (error);
}

guint
next_line (LkSession *session)
{
  LkNext next;
  LkPlace place;
  lk_session_next (session, &next);
  g_assert_true (next.known);
  return lk_store_place (lk_session_store (session), next.stack, &place) ? place.line : 0;
}

const char *
next_name (LkSession *session)
{
  LkNext next;
  lk_session_next (session, &next);
  g_assert_true (next.known);
  return lk_store_string (lk_session_store (session), next.subject);
}

void
step (LkSession *session, LkGoWhere where, LkUnit unit)
{
  lk_session_step (session, where, unit);
  wait_for (session, LK_SESSION_PAUSED);
}

/* By lines, of which Python has more than there are ops. */
void
step_to (LkSession *session, guint line)
{
  for (guint i = 0; i < 10 && next_line (session) != line; i++)
    step (session, LK_GO_OVER, LK_UNIT_LINE);
  g_assert_cmpuint (next_line (session), ==, line);
}

void
says (LkSession *session, const char *words)
{
  if (!strstr (lk_session_status (session), words))
    g_error ("“%s” does not say “%s”", lk_session_status (session), words);
}

void
add (const char *path, gconstpointer data, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, data, set_up, test, tear_down);
}

int
driven_run (int argc, char **argv, void (*add_tests) (void))
{
  folder = made_folder ();
  g_setenv ("XDG_STATE_HOME", folder, TRUE);
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  /* For programs only: sanitizers took this process's options from what there was before. */
  g_setenv ("ASAN_OPTIONS", "detect_leaks=0:verify_asan_link_order=0:handle_segv=0:handle_abort=0", TRUE);
  g_test_init (&argc, &argv, NULL);
  add_tests ();
  int status = g_test_run ();
  made_remove (folder);
  g_free (folder);
  return status;
}
