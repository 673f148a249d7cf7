/* SPDX-License-Identifier: MIT */
/* One sentence that says what is going on: the state, and where. */
#include "debugger/session/state.h"
#include "debugger/store/feed.h"

static char *
at_line (LkSession *session, guint32 stack)
{
  LkPlace place;
  if (!lk_store_place (session->store, stack, &place))
    return g_strdup ("");
  g_autofree char *file = g_path_get_basename (place.file);
  /* The program's own file goes without saying. */
  if (g_strcmp0 (file, session->title) == 0)
    return g_strdup_printf (", line %u", place.line);
  return g_strdup_printf (", %s line %u", file, place.line);
}

/* "MatMul", "node MatMul of train_step", "the call of train_step", … */
static char *
item_name (LkSession *session, const LkNext *next)
{
  static const char *const calls[] = { "the call of %s", "the trace of %s", "the graph run of %s", "Session.run of %s",
                                       "the loop %s", "%s", "%s", "the branch %s" };
  const char *subject = lk_store_string (session->store, next->subject);
  LkGraphView graph;
  if (next->kind == LK_EVENT_LINE || !*subject)
    return g_strdup ("this line");
  if (next->kind == LK_EVENT_CALL)
    {
      GString *text = g_string_new (calls[MIN (next->call_kind, LK_CALL_BRANCH)]);
      g_string_replace (text, "%s", subject, 1);
      if (next->call_kind == LK_CALL_CONDITION || next->call_kind == LK_CALL_ITERATION)
        g_string_append_printf (text, " %u", next->number);
      return g_string_free (text, FALSE);
    }
  if (next->kind == LK_EVENT_NODE)
    return g_strdup_printf ("tracing %s", subject);
  if (next->graph && lk_store_graph (session->store, next->graph, &graph) && *graph.name)
    return g_strdup_printf ("%s in the graph of %s", subject, graph.name);
  return g_strdup (subject);
}

static char *
paused (LkSession *session)
{
  static const char *const reasons[] = { "Paused", "Paused", "Paused", "Breakpoint", "Alert", "Error" };
  LkNext next;
  lk_session_next (session, &next);
  const LkStopEvent *stop = (const LkStopEvent *) (session->stop + 1);
  g_autofree char *line = at_line (session, next.stack);
  if (stop->reason == LK_STOP_ERROR)
    {
      g_autofree char *error = lk_store_last_alert (session->store, LK_ALERT_ERROR);
      return g_strdup_printf ("Raised %s%s", error ? error : "an error", line);
    }
  g_autofree char *alert = stop->reason == LK_STOP_ALERT ? lk_store_last_alert (session->store, -1) : NULL;
  g_autofree char *item = item_name (session, &next);
  return g_strdup_printf ("%s before %s%s", alert ? alert : reasons[MIN (stop->reason, LK_STOP_ERROR)], item, line);
}

static char *
ended (LkSession *session)
{
  const char *message = "";
  LkRunSummary summary;
  lk_store_exit (session->store, NULL, &message);
  lk_store_summary (session->store, &summary);
  gboolean nothing = summary.ops == 0 && summary.nodes == 0;
  return g_strdup_printf ("Ended: %s%s", message, nothing ? "; it ran no op" : "");
}

static char *
in_past (LkSession *session)
{
  LkNext next;
  lk_session_next (session, &next);
  if (!next.known)
    return g_strdup ("Nothing was run");
  g_autofree char *item = item_name (session, &next);
  g_autofree char *line = at_line (session, next.stack);
  const char *when = session->state == LK_SESSION_FILE ? "Recorded" : "In the past";
  return g_strdup_printf ("%s: before %s%s", when, item, line);
}

static char *
with_failure (LkSession *session, char *status)
{
  const GError *failure = session->store ? lk_store_failure (session->store) : NULL;
  if (!failure)
    return status;
  char *both = g_strdup_printf ("%s (%s)", status, failure->message);
  g_free (status);
  return both;
}

/* A trace of a program that was killed with its recorder, or of a file that was cut: the end is missing, and it is said. */
static char *
cut_short (LkSession *session, char *status)
{
  if (lk_store_exit (session->store, NULL, NULL))
    return status;
  char *both = g_strdup_printf ("%s; the trace was cut short after %" G_GUINT64_FORMAT " events", status,
                                lk_store_n_events (session->store));
  g_free (status);
  return both;
}

static char *
running (LkSession *session, const char *what)
{
  return session->whereabouts ? g_strdup_printf ("%s: %s", what, session->whereabouts) : g_strdup (what);
}

static char *
live_status (LkSession *session)
{
  switch (session->state)
    {
    case LK_SESSION_STARTING:
      return running (session, "Starting");
    case LK_SESSION_RUNNING:
      return running (session, "Running");
    case LK_SESSION_PAUSING:
      return session->whereabouts ? running (session, "Waiting for the program to pause") : g_strdup ("Pausing");
    case LK_SESSION_PAUSED:
      return paused (session);
    default:
      return ended (session);
    }
}

char *
lk_session_make_status (LkSession *session)
{
  if (session->state == LK_SESSION_EMPTY || !session->store)
    return g_strdup ("");
  if (session->state == LK_SESSION_FILE)
    return with_failure (session, cut_short (session, in_past (session)));
  return with_failure (session, session->live ? live_status (session) : in_past (session));
}
