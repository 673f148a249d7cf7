/* SPDX-License-Identifier: MIT */
/* lockstep retraces FILE [--json] */
#include "command.h"
#include <stdio.h>
#include "json.h"

/* A function was traced; the first time is no retrace, but belongs to the story. */
typedef struct
{
  guint64 event;
  LkRow row;
  const LkCallEvent *call;
  gboolean again;
} Trace;

typedef void (*Print) (LkStore *store, const Trace *trace, gpointer data);

static void
print_text (LkStore *store, const Trace *trace, gpointer data)
{
  LkPlace place;
  printf ("%s%s: %s", trace->again ? "again  " : "first  ", lk_store_string (store, trace->row.subject),
          lk_store_string (store, trace->call->cause));
  printf (", %.1f ms", (double) trace->row.duration / 1e6);
  if (lk_store_place (store, trace->row.stack, &place))
    printf ("  (%s:%u)", place.file, place.line);
  putchar ('\n');
}

static void
print_json (LkStore *store, const Trace *trace, gpointer data)
{
  JsonBuilder *builder = data;
  LkPlace place;
  json_builder_begin_object (builder);
  json_add_text (builder, "function", lk_store_string (store, trace->row.subject));
  json_add_text (builder, "cause", lk_store_string (store, trace->call->cause));
  json_add_flag (builder, "again", trace->again);
  json_add_int (builder, "graph", trace->call->graph);
  json_add_int (builder, "event", (gint64) trace->event);
  json_add_int (builder, "duration", trace->row.duration);
  if (lk_store_place (store, trace->row.stack, &place))
    {
      json_add_text (builder, "file", place.file);
      json_add_int (builder, "line", place.line);
    }
  json_builder_end_object (builder);
  json_print_line (builder);
}

/* The CALL is told when it begins, so it is its RETURN that knows how long it took. */
static guint32
duration_of (LkStore *store, const LkCallEvent *call, const LkRow *row)
{
  LkCallView view;
  LkRow last;
  if (!lk_store_call (store, call->id, &view) || !lk_store_row (store, view.end, &last))
    return 0;
  return (guint32) MIN (last.time - row->time, G_MAXUINT32);
}

static void
each_trace (LkStore *store, Print print, gpointer data)
{
  for (guint64 event = 0; event < lk_store_n_events (store); event++)
    {
      Trace trace = { .event = event };
      lk_store_row (store, event, &trace.row);
      if (trace.row.kind != LK_EVENT_CALL)
        continue;
      g_autoptr (GBytes) record = lk_store_record (store, event);
      trace.call = record != NULL ? lk_record_payload (record, LK_EVENT_CALL) : NULL;
      if (trace.call == NULL || trace.call->kind != LK_CALL_TRACE)
        continue;
      trace.again = lk_store_is_retrace (store, event);
      trace.row.duration = duration_of (store, trace.call, &trace.row);
      print (store, &trace, data);
    }
}

static int
list (char **arguments, gboolean json)
{
  if (!command_one (arguments, "trace file"))
    return COMMAND_MISUSED;
  LkStore *store = command_open (arguments[0]);
  if (!store)
    return COMMAND_FAILED;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  each_trace (store, json ? print_json : print_text, builder);
  lk_store_unref (store);
  return command_written ();
}

int
command_retraces (int argc, char **argv)
{
  return command_list (argc, argv, "A JSON object a line", list);
}
