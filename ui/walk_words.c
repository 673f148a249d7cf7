/* SPDX-License-Identifier: MIT */
#include "ui/walk_words.h"
#include <string.h>

#define NAMED 12                /* nodes that are told by name */

static char *
count_text (guint gone, guint new)
{
  return gone && new ? g_strdup_printf ("−%u +%u", gone, new)
         : gone      ? g_strdup_printf ("−%u", gone)
         : new       ? g_strdup_printf ("+%u", new)
                     : g_strdup ("");
}

char *
ui_walk_row (UiWalk *walk, guint i)
{
  const UiWalkStep *step = ui_walk_step (walk, i);
  g_autofree char *counts = count_text (step->n_gone, step->n_new);
  if (!*step->pass)
    return g_strdup_printf ("%s\t%u nodes", i == 0 ? "As traced" : "As it runs", ui_walk_n_nodes (walk, step->to));
  if (*step->rule)
    return g_strdup_printf ("%s\t%s", step->rule, counts);
  guint n = step->to - step->from;
  return g_strdup_printf ("%s\t%u×  %s", step->pass, n, counts);
}

/* ---- the chosen step ---- */

/* Their names. (transfer full) */
static char *
add_changed (GString *out, UiWalk *walk, const GArray *changed, UiStage stage, const char *title)
{
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < changed->len; i++)
    if (ui_graph_stage (ui_walk_graph (walk), g_array_index (changed, guint, i)) == stage)
      g_array_append_val (nodes, g_array_index (changed, guint, i));
  char *names = ui_walk_names (walk, nodes, NAMED);
  if (*names)
    g_string_append_printf (out, "\n<b>%s</b> %s", title, names);
  return names;
}

/* The traced nodes that the new ones stand for, unless these are just those that are gone. All new nodes of a rewrite stand
   for the same. */
static void
add_origins (GString *out, UiWalk *walk, const GArray *changed, const char *gone)
{
  for (guint i = 0; i < changed->len; i++)
    {
      guint node = g_array_index (changed, guint, i);
      if (ui_graph_stage (ui_walk_graph (walk), node) != UI_STAGE_NEW)
        continue;
      g_autoptr (GArray) origins = ui_walk_origins (walk, node);
      g_autofree char *names = ui_walk_names (walk, origins, NAMED);
      if (!g_str_equal (names, gone))
        g_string_append_printf (out, "\n<b>Stands for</b> %s", names);
      return;
    }
}

/* What a pass does, if it is one of this engine's. */
static const char *
pass_text (const char *pass)
{
  for (guint i = 0; i < lk_pass_count (); i++)
    if (strcmp (lk_pass_name (i), pass) == 0)
      return lk_pass_text (i);
  return "";
}

static void
add_pass (GString *out, const UiWalkStep *step)
{
  guint n = step->to - step->from;
  g_autofree char *counts = count_text (step->n_gone, step->n_new), *text = g_markup_escape_text (pass_text (step->pass), -1);
  g_string_append_printf (out, ": %s\n%u %s, %s nodes", text, n, n == 1 ? "rewrite" : "rewrites", counts);
}

char *
ui_walk_detail (UiWalk *walk, guint i, const GArray *changed)
{
  const UiWalkStep *step = ui_walk_step (walk, i);
  g_autofree char *pass = g_markup_escape_text (step->pass, -1), *rule = g_markup_escape_text (step->rule, -1);
  GString *out = g_string_new (NULL);
  if (!*step->pass)
    g_string_append_printf (out, "<b>%s</b>", i == 0 ? "As traced" : "As it runs");
  else
    g_string_append_printf (out, "<b>%s</b>%s%s", *rule ? rule : pass, *rule ? "  ·  " : "", *rule ? pass : "");
  if (*step->rule)
    {
      g_autofree char *gone = add_changed (out, walk, changed, UI_STAGE_GONE, "− Gone");
      g_autofree char *new = add_changed (out, walk, changed, UI_STAGE_NEW, "+ New");
      add_origins (out, walk, changed, gone);
    }
  else if (*step->pass)
    add_pass (out, step);
  else if (i == 0)
    g_string_append (out, "\nUp and Down go from rewrite to rewrite, Left and Right from pass to pass.");
  else
    g_string_append_printf (out, "\n%u nodes in place of the %u that were traced", ui_walk_n_nodes (walk, step->to),
                            ui_walk_n_nodes (walk, 0));
  return g_string_free (out, FALSE);
}
