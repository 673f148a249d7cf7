/* SPDX-License-Identifier: MIT */
/* lockstep scalars FILE [--json] */
#include "command.h"
#include <stdio.h>
#include "json.h"

#define BATCH 1024      /* points copied at a time */

typedef void (*Print) (LkStore *store, guint series, const LkPoint *point, gpointer data);

static void
print_text (LkStore *store, guint series, const LkPoint *point, gpointer data)
{
  printf ("%s\t%" G_GINT64_FORMAT "\t%.6f\t%.9g\n", lk_store_series_tag (store, series), point->step,
          (double) point->time / 1e9, point->value);
}

static void
print_json (LkStore *store, guint series, const LkPoint *point, gpointer data)
{
  JsonBuilder *builder = data;
  json_builder_begin_object (builder);
  json_add_text (builder, "tag", lk_store_series_tag (store, series));
  json_add_text (builder, "kind", json_scalar_kind (lk_store_series_kind (store, series)));
  json_add_int (builder, "step", point->step);
  json_add_int (builder, "time", point->time);
  json_add_double (builder, "value", point->value);
  json_add_int (builder, "event", (gint64) point->event);
  json_builder_end_object (builder);
  json_print_line (builder);
}

static void
each_point (LkStore *store, Print print, gpointer data)
{
  LkPoint points[BATCH];
  for (guint series = 0; series < lk_store_n_series (store); series++)
    for (guint first = 0, n; (n = lk_store_points (store, series, first, BATCH, points)) > 0; first += n)
      for (guint i = 0; i < n; i++)
        print (store, series, &points[i], data);
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
  if (!json)
    puts ("tag\tstep\ttime\tvalue");
  each_point (store, json ? print_json : print_text, builder);
  lk_store_unref (store);
  return command_written ();
}

int
command_scalars (int argc, char **argv)
{
  return command_list (argc, argv, "A JSON object a line, instead of columns between tabs", list);
}
