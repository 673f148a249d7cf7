/* SPDX-License-Identifier: MIT */
/* lockstep retraces FILE [--json]: the first trace of a function is no retrace, but belongs to the story. */
#include "command.h"
#include <stdio.h>
#include "json.h"

static void
print_text (LkStore *store, const LkTraceView *trace)
{
  LkPlace place;
  printf ("%s%s: %.*s", trace->again ? "again  " : "first  ", trace->function, trace->cause_length, trace->cause);
  printf (", %.2f ms", (double) MAX (trace->duration, 0) / 1e6);
  if (lk_store_place (store, trace->stack, &place))
    printf ("  (%s:%u)", place.file, place.line);
  putchar ('\n');
  if (*trace->remedy)
    printf ("       %s\n", trace->remedy);
}

static void
print_json (LkStore *store, const LkTraceView *trace, JsonBuilder *builder)
{
  LkPlace place;
  g_autofree char *cause = g_strndup (trace->cause, (gsize) trace->cause_length);
  json_builder_begin_object (builder);
  json_add_text (builder, "function", trace->function);
  json_add_int (builder, "trace", trace->number);
  json_add_text (builder, "cause", cause);
  if (*trace->remedy)
    json_add_text (builder, "remedy", trace->remedy);
  json_add_flag (builder, "again", trace->again);
  json_add_int (builder, "graph", trace->graph);
  json_add_int (builder, "event", (gint64) trace->event);
  json_add_int (builder, "duration", MAX (trace->duration, 0));
  if (lk_store_place (store, trace->stack, &place))
    {
      json_add_text (builder, "file", place.file);
      json_add_int (builder, "line", place.line);
    }
  json_builder_end_object (builder);
  json_print_line (builder);
}

static int
list (char **arguments, gboolean json)
{
  LkTraceView trace;
  if (!command_one (arguments, "trace file"))
    return COMMAND_MISUSED;
  LkStore *store = command_open (arguments[0]);
  if (!store)
    return COMMAND_FAILED;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  for (guint i = 0; lk_store_trace (store, i, &trace); i++)
    if (json)
      print_json (store, &trace, builder);
    else
      print_text (store, &trace);
  lk_store_unref (store);
  return command_written ();
}

int
command_retraces (int argc, char **argv)
{
  return command_list (argc, argv, "A JSON object a line", list);
}
