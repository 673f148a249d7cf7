/* SPDX-License-Identifier: MIT */
/* lockstep info FILE [--json] */
#include "command.h"
#include <stdio.h>
#include <glib/gstdio.h>
#include "debugger/store/feed.h"
#include "json.h"

static gint64
size_of (const char *path)
{
  GStatBuf status;
  return g_stat (path, &status) == 0 ? (gint64) status.st_size : 0;
}

/* ISO 8601, local. (transfer full) */
static char *
started_text (const LkRunSummary *run)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (run->started / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc ? g_date_time_to_local (utc) : NULL;
  return local ? g_date_time_format_iso8601 (local) : g_strdup ("unknown");
}

/* ---- for a person ---- */

static void
print_graphs (LkStore *store)
{
  LkGraphView graph;
  for (guint i = 0; i < lk_store_n_graphs (store); i++)
    if (lk_store_graph (store, lk_store_graph_at (store, i), &graph) && !lk_graph_view_is_fused (&graph))
      printf ("graph        %s: %u node%s%s%s\n", *graph.name ? graph.name : "unnamed", graph.n_nodes,
              graph.n_nodes == 1 ? "" : "s", lk_store_rewriting_of (store, graph.id) >= 0 ? ", as it runs" : "",
              graph.finished ? "" : ", not finished");
}

static void
print_series (LkStore *store)
{
  for (guint i = 0; i < lk_store_n_series (store); i++)
    {
      LkPoint last;
      guint n = lk_store_n_points (store, i);
      if (n > 0 && lk_store_points (store, i, n - 1, 1, &last) == 1)
        printf ("scalar       %s (%s): %u point%s, the last %.6g\n", lk_store_series_tag (store, i),
                json_scalar_kind (lk_store_series_kind (store, i)), n, n == 1 ? "" : "s", last.value);
    }
}

static void
print_text (LkStore *store, const char *path)
{
  LkRunSummary run;
  lk_store_summary (store, &run);
  g_autofree char *size = g_format_size ((guint64) size_of (path)), *started = started_text (&run);
  g_autofree char *ending = command_ending (store), *command = g_strjoinv (" ", run.argv);
  printf ("file         %s, %s\nprogram      %s\ncommand      %s\nstarted      %s\nended        %s\n", path, size,
          run.program, command, started, ending ? ending : "unknown: the trace was cut short");
  command_print_counts (store);
  print_graphs (store);
  print_series (store);
}

/* ---- for a program ---- */

static void
add_counts (JsonBuilder *builder, LkStore *store, const LkRunSummary *run)
{
  json_add_int (builder, "events", (gint64) lk_store_n_events (store));
  json_add_int (builder, "ops", (gint64) run->ops);
  json_add_int (builder, "functions", (gint64) run->functions);
  json_add_int (builder, "traces", (gint64) run->traces);
  json_add_int (builder, "nodes", (gint64) run->nodes);
  json_add_int (builder, "calls", (gint64) run->calls);
  json_add_int (builder, "steps", (gint64) run->steps);
  json_add_int (builder, "scalars", (gint64) run->scalars);
  json_add_int (builder, "variables", (gint64) run->variables);
  json_add_int (builder, "alerts", (gint64) run->alerts);
  json_add_int (builder, "duration", run->duration);
  json_add_int (builder, "overhead", run->overhead);
  json_add_int (builder, "values_kept", (gint64) run->values_kept);
  json_add_int (builder, "values_dropped", (gint64) run->values_dropped);
}

static void
add_exit (JsonBuilder *builder, LkStore *store)
{
  static const char *const kinds[] = { "normal", "error", "signal", "stopped" };
  LkExitEvent exit;
  const char *message;
  json_builder_set_member_name (builder, "exit");
  if (!lk_store_exit (store, &exit, &message))
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_object (builder);
  json_add_text (builder, "kind", exit.kind < G_N_ELEMENTS (kinds) ? kinds[exit.kind] : "unknown");
  json_add_int (builder, "status", exit.status);
  json_add_text (builder, "message", message);
  json_builder_end_object (builder);
}

static void
add_graphs (JsonBuilder *builder, LkStore *store)
{
  LkGraphView graph;
  json_builder_set_member_name (builder, "graphs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < lk_store_n_graphs (store); i++)
    if (lk_store_graph (store, lk_store_graph_at (store, i), &graph))
      {
        json_builder_begin_object (builder);
        json_add_int (builder, "id", graph.id);
        json_add_text (builder, "name", graph.name);
        json_add_int (builder, "nodes", graph.n_nodes);
        json_builder_end_object (builder);
      }
  json_builder_end_array (builder);
}

static void
add_series (JsonBuilder *builder, LkStore *store)
{
  json_builder_set_member_name (builder, "series");
  json_builder_begin_array (builder);
  for (guint i = 0; i < lk_store_n_series (store); i++)
    {
      json_builder_begin_object (builder);
      json_add_text (builder, "tag", lk_store_series_tag (store, i));
      json_add_text (builder, "kind", json_scalar_kind (lk_store_series_kind (store, i)));
      json_add_int (builder, "points", lk_store_n_points (store, i));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
print_json (LkStore *store, const char *path)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const GError *failure = lk_store_failure (store);
  LkRunSummary run;
  lk_store_summary (store, &run);
  g_autofree char *started = started_text (&run);
  json_builder_begin_object (builder);
  json_add_text (builder, "file", path);
  json_add_int (builder, "bytes", size_of (path));
  json_add_text (builder, "program", run.program);
  json_builder_set_member_name (builder, "arguments");
  json_builder_begin_array (builder);
  for (guint i = 0; run.argv[i]; i++)
    {
      g_autofree char *argument = g_utf8_make_valid (run.argv[i], -1);
      json_builder_add_string_value (builder, argument);
    }
  json_builder_end_array (builder);
  json_add_text (builder, "started", started);
  json_builder_set_member_name (builder, "complete");
  json_builder_add_boolean_value (builder, run.complete && !failure);
  if (failure)
    json_add_text (builder, "damage", failure->message);
  add_exit (builder, store);
  add_counts (builder, store, &run);
  add_graphs (builder, store);
  add_series (builder, store);
  json_builder_end_object (builder);
  json_print_line (builder);
}

static int
tell (char **arguments, gboolean json)
{
  if (!command_one (arguments, "trace file"))
    return COMMAND_MISUSED;
  LkStore *store = command_open (arguments[0]);
  if (!store)
    return COMMAND_FAILED;
  (json ? print_json : print_text) (store, arguments[0]);
  lk_store_unref (store);
  return command_written ();
}

int
command_info (int argc, char **argv)
{
  gboolean json = FALSE;
  int status;
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "As a JSON object", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL, NULL },
    { NULL }
  };
  return command_parse (argc, argv, entries, TRUE, &status) ? tell (arguments, json) : status;
}
