/* SPDX-License-Identifier: MIT */
/* lockstep graphs FILE [--json] [--function F] [--stage traced|PASS|final] [--format text|json|dot|pbtxt] */
#include "command.h"
#include <stdio.h>
#include <string.h>
#include "json.h"
#include "pbtxt.h"

typedef struct
{
  LkStore *store;
  const char *function, *stage, *format;
} Options;

/* A graph as it was traced, and the rewriting that made of it what ran; without one it ran as it was. */
typedef struct
{
  LkGraphView traced;
  gint rewriting;         /* -1 none */
  LkRewritingView view;
} Entry;

/* ---- which graphs ---- */

static gboolean
is_final (LkStore *store, guint32 graph)
{
  return lk_store_rewriting_of (store, graph) >= 0;
}

/* F is the graph's own name, or the one of a tf.function, whose traces are __inference_F_1, … */
static gboolean
is_wanted (const Options *options, const char *name)
{
  if (options->function == NULL || strcmp (options->function, name) == 0)
    return TRUE;
  g_autofree char *prefix = g_strdup_printf ("__inference_%s_", options->function);
  const char *number = g_str_has_prefix (name, prefix) ? name + strlen (prefix) : "";
  return *number && strspn (number, "0123456789") == strlen (number);
}

/* What a fused node does is part of its function: as text it is shown when it is asked for. */
static gboolean
is_shown (const Options *options, const LkGraphView *graph)
{
  return strcmp (options->format, "text") != 0 || options->function != NULL || !lk_graph_view_is_fused (graph);
}

/* A function may run in several forms, each with a rewriting of its own. (transfer full) elements Entry */
static GArray *
entries_of (const Options *options)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  LkStore *store = options->store;
  for (guint i = 0; i < lk_store_n_graphs (store); i++)
    {
      Entry entry = { .rewriting = -1 };
      const guint before = entries->len;
      const guint32 id = lk_store_graph_at (store, i);
      if (is_final (store, id) || !lk_store_graph (store, id, &entry.traced)
          || !is_wanted (options, entry.traced.name) || !is_shown (options, &entry.traced))
        continue;
      for (guint k = 0; lk_store_rewriting (store, k, &entry.view); k++)
        if (entry.view.traced == id)
          {
            entry.rewriting = (gint) k;
            g_array_append_val (entries, entry);
          }
      entry.rewriting = -1;
      if (entries->len == before)
        g_array_append_val (entries, entry);
    }
  return entries;
}

/* ---- which stage ---- */

/* How many rewrites there are up to the end of the pass; -1 when it did nothing here. */
static gint
rewrites_until (const Options *options, const Entry *entry)
{
  gint until = -1;
  LkRewriteView rewrite;
  if (strcmp (options->stage, "final") == 0)
    return (gint) entry->view.n_rewrites;
  if (strcmp (options->stage, "traced") == 0)
    return 0;
  for (guint i = 0; entry->rewriting >= 0 && lk_store_rewrite (options->store, (guint) entry->rewriting, i, &rewrite); i++)
    if (strcmp (rewrite.pass, options->stage) == 0)
      until = (gint) i + 1;
  return until;
}

static void
clear_stage_node (gpointer data)
{
  g_free (((LkStageNode *) data)->inputs);
}

/* (transfer full) elements LkStageNode; NULL when the pass did nothing. */
static GArray *
nodes_of (const Options *options, const Entry *entry)
{
  const gint n = rewrites_until (options, entry);
  if (n < 0)
    return NULL;
  if (entry->rewriting >= 0)
    return lk_store_stage (options->store, (guint) entry->rewriting, (guint) n);
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (LkStageNode));
  g_array_set_clear_func (nodes, clear_stage_node);
  for (guint i = 0; i < entry->traced.n_nodes; i++)
    {
      const LkGraphNode *node = entry->traced.nodes[i];
      const LkStageNode made = { node, g_memdup2 (node->inputs, node->n_inputs * sizeof (guint64)), FALSE };
      g_array_append_val (nodes, made);
    }
  return nodes;
}

/* ---- words ---- */

static char *
tensor_name (LkStore *store, const GArray *nodes, guint64 tensor)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkGraphNode *node = g_array_index (nodes, LkStageNode, i).node;
      for (guint k = 0; k < node->n_outputs; k++)
        if (node->outputs[k].id == tensor)
          return g_strdup_printf (k > 0 ? "%s:%u" : "%s", lk_store_string (store, node->name), k);
    }
  return g_strdup ("?");
}

static char *
outputs_text (const LkGraphNode *node)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < node->n_outputs; i++)
    {
      LkShape shape = { .rank = node->outputs[i].rank };
      memcpy (shape.dims, node->outputs[i].dims, sizeof shape.dims);
      g_autofree char *dims = lk_shape_python (&shape);
      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", lk_dtype_name (node->outputs[i].dtype), dims);
    }
  return g_string_free (text, FALSE);
}

/* ---- formats of a graph ---- */

static void
print_text (const Options *options, const GArray *nodes)
{
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkStageNode *stage = &g_array_index (nodes, LkStageNode, i);
      LkPlace place;
      g_autofree char *outputs = outputs_text (stage->node);
      printf ("  %s%s = %s (", stage->made ? "+ " : "", lk_store_string (options->store, stage->node->name),
              lk_store_string (options->store, stage->node->op));
      for (guint k = 0; k < stage->node->n_inputs; k++)
        {
          g_autofree char *name = tensor_name (options->store, nodes, stage->inputs[k]);
          printf ("%s%s", k > 0 ? ", " : "", name);
        }
      printf (") {%s} → %s", lk_store_string (options->store, stage->node->attrs), outputs);
      if (lk_store_place (options->store, stage->node->stack, &place))
        {
          g_autofree char *file = g_path_get_basename (place.file);
          printf ("  (%s:%u)", file, place.line);
        }
      putchar ('\n');
    }
}

static char *
dot_quoted (const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);
  return g_strdup_printf ("\"%s\"", escaped);
}

static void
print_dot (const Options *options, const Entry *entry, const GArray *nodes)
{
  g_autofree char *title = dot_quoted (entry->traced.name);
  printf ("digraph %s {\n", title);
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkStageNode *stage = &g_array_index (nodes, LkStageNode, i);
      g_autofree char *name = dot_quoted (lk_store_string (options->store, stage->node->name)),
                      *op = dot_quoted (lk_store_string (options->store, stage->node->op));
      printf ("  %s [label=%s%s];\n", name, op, stage->made ? ", color=green" : "");
      for (guint k = 0; k < stage->node->n_inputs; k++)
        {
          g_autofree char *from = tensor_name (options->store, nodes, stage->inputs[k]), *whole = dot_quoted (from);
          printf ("  %s -> %s;\n", whole, name);
        }
    }
  puts ("}");
}

static void
add_node (JsonBuilder *builder, const Options *options, const GArray *nodes, const LkStageNode *stage)
{
  LkPlace place;
  g_autofree char *outputs = outputs_text (stage->node);
  json_builder_begin_object (builder);
  json_add_text (builder, "name", lk_store_string (options->store, stage->node->name));
  json_add_text (builder, "op", lk_store_string (options->store, stage->node->op));
  json_add_text (builder, "attributes", lk_store_string (options->store, stage->node->attrs));
  json_builder_set_member_name (builder, "inputs");
  json_builder_begin_array (builder);
  for (guint k = 0; k < stage->node->n_inputs; k++)
    {
      g_autofree char *name = tensor_name (options->store, nodes, stage->inputs[k]);
      json_builder_add_string_value (builder, name);
    }
  json_builder_end_array (builder);
  json_add_text (builder, "outputs", outputs);
  json_add_flag (builder, "made", stage->made);
  if (lk_store_place (options->store, stage->node->stack, &place))
    {
      json_add_text (builder, "file", place.file);
      json_add_int (builder, "line", place.line);
    }
  json_builder_end_object (builder);
}

static void
add_rewrites (JsonBuilder *builder, const Options *options, const Entry *entry)
{
  LkRewriteView rewrite;
  json_builder_set_member_name (builder, "rewrites");
  json_builder_begin_array (builder);
  for (guint i = 0; entry->rewriting >= 0 && lk_store_rewrite (options->store, (guint) entry->rewriting, i, &rewrite); i++)
    {
      json_builder_begin_object (builder);
      json_add_text (builder, "pass", rewrite.pass);
      json_add_text (builder, "rule", rewrite.rule);
      json_add_int (builder, "before", rewrite.n_before);
      json_add_int (builder, "after", rewrite.n_after);
      json_add_int (builder, "event", (gint64) rewrite.event);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
print_json (const Options *options, const Entry *entry, const GArray *nodes)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_add_text (builder, "function", entry->traced.name);
  json_add_int (builder, "graph", entry->traced.id);
  json_add_flag (builder, "fused", lk_graph_view_is_fused (&entry->traced));
  json_add_text (builder, "stage", options->stage);
  json_builder_set_member_name (builder, "nodes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < nodes->len; i++)
    add_node (builder, options, nodes, &g_array_index (nodes, LkStageNode, i));
  json_builder_end_array (builder);
  add_rewrites (builder, options, entry);
  json_builder_end_object (builder);
  json_print_line (builder);
}

/* ---- the verb ---- */

static void
print_heading (const Options *options, const Entry *entry, const GArray *nodes)
{
  printf ("%s, graph %u: ", entry->traced.name, entry->traced.id);
  if (entry->rewriting < 0)
    printf ("%u nodes, run as traced\n", entry->traced.n_nodes);
  else
    printf ("%u nodes traced, %u rewrites; %s: %u nodes\n", entry->traced.n_nodes, entry->view.n_rewrites, options->stage,
            nodes->len);
}

static gboolean
stage_is_known (const char *stage)
{
  gboolean known = strcmp (stage, "traced") == 0 || strcmp (stage, "final") == 0;
  for (guint i = 0; i < lk_pass_count (); i++)
    known |= strcmp (stage, lk_pass_name (i)) == 0;
  return known;
}

static gboolean
format_is_known (const char *format)
{
  static const char *const formats[] = { "text", "json", "dot", "pbtxt", NULL };
  return g_strv_contains (formats, format);
}

static gboolean
is_top (const Options *options, const Entry *entry)
{
  return options->function != NULL || g_str_has_prefix (entry->traced.name, "__inference_");
}

/* A GraphDef is one graph: the last of those that are wanted is left; when nobody said which, there must be one only. */
static gboolean
choose_one (const Options *options, GArray *entries)
{
  Entry last = { .rewriting = -1 };
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;
  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = &g_array_index (entries, Entry, i);
      if (!is_top (options, entry))
        continue;
      if (n == 0 || strcmp (last.traced.name, entry->traced.name) != 0)
        g_string_append_printf (names, "%s%s", n++ > 0 ? ", " : "", entry->traced.name);
      last = *entry;
    }
  if (n == 0 || (n > 1 && options->function == NULL))
    {
      command_misuse ("--format pbtxt writes one graph: choose it with --function%s%s", n ? ", one of " : "", names->str);
      return FALSE;
    }
  g_array_set_size (entries, 0);
  g_array_append_val (entries, last);
  return TRUE;
}

static void
print_entry (const Options *options, const Entry *entry)
{
  g_autoptr (GArray) nodes = nodes_of (options, entry);
  if (nodes == NULL)
    return;
  if (strcmp (options->format, "json") == 0)
    print_json (options, entry, nodes);
  else if (strcmp (options->format, "dot") == 0)
    print_dot (options, entry, nodes);
  else if (strcmp (options->format, "pbtxt") == 0)
    pbtxt_print (options->store, &entry->traced, strcmp (options->stage, "traced") != 0, nodes);
  else
    {
      print_heading (options, entry, nodes);
      print_text (options, nodes);
    }
}

static int
list (char **arguments, Options *options)
{
  if (!command_one (arguments, "trace file"))
    return COMMAND_MISUSED;
  if (!stage_is_known (options->stage))
    return command_misuse ("--stage %s: expected traced, final or the name of a pass", options->stage);
  if (!format_is_known (options->format))
    return command_misuse ("--format %s: expected text, json, dot or pbtxt", options->format);
  options->store = command_open (arguments[0]);
  if (!options->store)
    return COMMAND_FAILED;
  g_autoptr (GArray) entries = entries_of (options);
  if (strcmp (options->format, "pbtxt") == 0 && entries->len > 0 && !choose_one (options, entries))
    {
      lk_store_unref (options->store);
      return COMMAND_MISUSED;
    }
  for (guint i = 0; i < entries->len; i++)
    print_entry (options, &g_array_index (entries, Entry, i));
  const gboolean missing = entries->len == 0 && options->function != NULL;
  lk_store_unref (options->store);
  return missing ? command_fail ("%s: no graph of a function '%s' in it", arguments[0], options->function) : command_written ();
}

int
command_graphs (int argc, char **argv)
{
  gboolean json = FALSE;
  int status;
  g_autofree char *function = NULL, *stage = NULL, *format = NULL;
  g_auto (GStrv) arguments = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "The same as --format json: an object a line", NULL },
    { "function", 0, 0, G_OPTION_ARG_STRING, &function, "Only graphs of this name", "F" },
    { "stage", 0, 0, G_OPTION_ARG_STRING, &stage, "traced, final (the default), or a pass: as it was after it", "STAGE" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format, "text (the default), json, dot, or pbtxt: TensorFlow's GraphDef", "FORMAT" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &arguments, NULL, NULL },
    { NULL }
  };
  if (!command_parse (argc, argv, entries, TRUE, &status))
    return status;
  Options options = { NULL, function, stage != NULL ? stage : "final", format != NULL ? format : json ? "json" : "text" };
  return list (arguments, &options);
}
