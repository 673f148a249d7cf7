/* SPDX-License-Identifier: MIT */
#include "pbtxt.h"
#include <stdio.h>
#include <string.h>
#include "pbtxt_attr.h"
#include "pbtxt_const.h"

typedef struct
{
  guint32 graph;
  guint through;            /* how many of its last inputs it gives behind its outputs, as TensorFlow's loops have it */
  char *name;
} Function;

/* What tensors are called: by nodes, and in functions by arguments. */
typedef struct
{
  LkStore *store;
  guint32 traced;           /* the graph, or what it was made of */
  GString *out;
  GArray *library;          /* Function, as they are met */
  GHashTable *makers;       /* guint64 tensor → char *: how it is read */
  GHashTable *dtypes;       /* guint64 tensor → its LkTensorEvent */
  gboolean runs;            /* not as it was traced: functions as they run, too */
  gboolean inside;          /* a function: outputs have names, and arguments are no nodes */
} Writer;

static void
function_clear (gpointer data)
{
  g_free (((Function *) data)->name);
}

/* ---- names ---- */

static guint
count_inputs (LkStore *store, guint32 graph)
{
  LkGraphView view;
  g_autoptr (GBytes) record = lk_store_graph (store, graph, &view) ? lk_store_record (store, view.event) : NULL;
  const LkGraphEvent *event = record ? lk_record_payload (record, LK_EVENT_GRAPH) : NULL;
  return event ? event->n_inputs : G_MAXUINT;
}

/* When the node was made, or the traced one that it is a copy of: of the functions of a name, the newest then is meant. */
static guint64
made_at (Writer *writer, const LkGraphNode *node)
{
  LkGraphView view;
  gint place = pbtxt_place_named (writer->store, writer->traced, node);
  return place >= 0 && lk_store_graph (writer->store, writer->traced, &view) ? view.nodes[place]->event : node->event;
}

/* As it was traced; or as it runs, if that is written; or as a rewrite made it; whichever takes what the node gives. */
static guint32
find_function (Writer *writer, const char *name, const LkGraphNode *node, guint n_inputs)
{
  guint32 traced = lk_store_find_graph (writer->store, name, made_at (writer, node));
  guint32 found[] = { writer->runs ? pbtxt_run_as (writer->store, traced) : traced, traced,
                      lk_store_find_graph (writer->store, name, node->event) };
  for (guint i = 0; i < G_N_ELEMENTS (found); i++)
    if (count_inputs (writer->store, found[i]) == n_inputs)
      return found[i];
  return traced;
}

static const char *
function_name (Writer *writer, const char *name, const LkGraphNode *node, guint n_inputs, guint through)
{
  Function function = { find_function (writer, name, node, n_inputs), through, NULL };
  gboolean taken = FALSE;
  for (guint i = 0; i < writer->library->len; i++)
    {
      const Function *known = &g_array_index (writer->library, Function, i);
      if (known->graph == function.graph && known->through == through)
        return known->name;
      taken |= strcmp (known->name, name) == 0;
    }
  function.name = taken ? g_strdup_printf ("%s_%u", name, writer->library->len) : g_strdup (name);
  g_array_append_val (writer->library, function);
  return function.name;
}

static const char *
tensorflow_name (const char *op)
{
  return strcmp (op, "PartitionedCall") == 0 ? "StatefulPartitionedCall" : op;
}

static void
name_outputs (Writer *writer, const LkGraphNode *node)
{
  const LkOp *op = lk_op_find (lk_store_string (writer->store, node->op));
  const char *name = lk_store_string (writer->store, node->name);
  for (guint i = 0; i < node->n_outputs; i++)
    {
      guint64 *id = (guint64 *) &node->outputs[i].id;
      char *read = !writer->inside            ? g_strdup_printf (i ? "%s:%u" : "%s", name, i)
                   : op && op->n_outputs > 1  ? g_strdup_printf ("%s:%s:0", name, op->outputs[MIN (i, op->n_outputs - 1u)].name)
                                              : g_strdup_printf ("%s:%s:%u", name, op && op->n_outputs ? op->outputs[0].name : "output", i);
      g_hash_table_insert (writer->dtypes, id, (gpointer) &node->outputs[i]);
      if (g_hash_table_contains (writer->makers, id))
        g_free (read);
      else
        g_hash_table_insert (writer->makers, id, read);
    }
}

static const char *
how_read (Writer *writer, guint64 tensor)
{
  const char *read = g_hash_table_lookup (writer->makers, &tensor);
  return read ? read : "unknown";
}

static guint8
dtype_of (Writer *writer, guint64 tensor)
{
  const LkTensorEvent *made = g_hash_table_lookup (writer->dtypes, &tensor);
  return made ? made->dtype : 0;
}

/* ---- attributes that the tensors tell ---- */

static void
add_types_of (Writer *writer, const char *key, const guint64 *tensors, guint n)
{
  g_autofree guint8 *dtypes = g_new (guint8, n + 1);
  for (guint i = 0; i < n; i++)
    dtypes[i] = dtype_of (writer, tensors[i]);
  pbtxt_add_types (writer->out, key, dtypes, n);
}

static void
add_types_made (Writer *writer, const char *key, const LkGraphNode *node)
{
  g_autofree guint8 *dtypes = g_new (guint8, node->n_outputs + 1);
  for (guint i = 0; i < node->n_outputs; i++)
    dtypes[i] = node->outputs[i].dtype;
  pbtxt_add_types (writer->out, key, dtypes, node->n_outputs);
}

static void
add_inferred (Writer *writer, const LkOp *op, guint i, const LkStageNode *stage)
{
  guint length = lk_op_list_length (op, stage->node->n_inputs), place = 0;
  if (op->attrs[i].kind == LK_ATTR_INT)
    {
      g_string_append_printf (writer->out, "  attr { key: \"%s\" value { i: %u } }\n", op->attrs[i].name, length);
      return;
    }
  const char *type = NULL;
  for (guint k = 0; k < op->n_inputs && !type; place += op->inputs[k++].list ? length : 1)
    if (op->inputs[k].type_attr == (int) i && place < stage->node->n_inputs)
      type = pbtxt_type (dtype_of (writer, stage->inputs[place]));
  for (guint k = 0; k < MIN (op->n_outputs, stage->node->n_outputs) && !type; k++)
    if (op->outputs[k].type_attr == (int) i)
      type = pbtxt_type (stage->node->outputs[k].dtype);
  if (type)
    g_string_append_printf (writer->out, "  attr { key: \"%s\" value { type: %s } }\n", op->attrs[i].name, type);
}

/* That goes to the function: behind the condition. */
static guint
first_input (const LkOp *op)
{
  return op->n_inputs > 1 ? 1 : 0;
}

static void
add_function (Writer *writer, const LkOp *op, guint i, const char *name, const LkGraphNode *node)
{
  gboolean body = strcmp (op->name, "While") == 0 && strcmp (op->attrs[i].name, "body") == 0;
  guint through = body ? node->n_inputs - MIN (node->n_outputs, node->n_inputs) : 0;
  g_string_append_printf (writer->out, "  attr { key: \"%s\" value { func { name: ", op->attrs[i].name);
  pbtxt_add_string (writer->out, function_name (writer, name, node, node->n_inputs - MIN (first_input (op), node->n_inputs), through));
  g_string_append (writer->out, " } } }\n");
}

/* value: "[then, other]" */
static void
add_functions (Writer *writer, const LkOp *op, guint attr, const char *value, const LkGraphNode *node)
{
  g_autofree char *inner = g_strndup (value + 1, strlen (value) - 2);
  g_auto (GStrv) names = g_strsplit (inner, ", ", -1);
  g_string_append_printf (writer->out, "  attr { key: \"%s\" value { list {", op->attrs[attr].name);
  for (guint i = 0; names[i]; i++)
    {
      g_string_append (writer->out, " func { name: ");
      pbtxt_add_string (writer->out, function_name (writer, names[i], node, node->n_inputs - MIN (first_input (op), node->n_inputs), 0));
      g_string_append (writer->out, " }");
    }
  g_string_append (writer->out, " } } }\n");
}

/* While, If, Case and calls: what TensorFlow asks of them. */
static void
add_call_types (Writer *writer, const LkOp *op, const LkStageNode *stage)
{
  const LkGraphNode *node = stage->node;
  guint first = first_input (op);
  if (strcmp (op->name, "While") == 0)
    {
      add_types_of (writer, "T", stage->inputs, node->n_inputs);
      return;
    }
  if (first && strcmp (op->name, "Case") != 0)
    g_string_append_printf (writer->out, "  attr { key: \"Tcond\" value { type: %s } }\n",
                            pbtxt_type (dtype_of (writer, stage->inputs[0])));
  add_types_of (writer, "Tin", stage->inputs + first, node->n_inputs - MIN (first, node->n_inputs));
  add_types_made (writer, "Tout", node);
}

static gboolean
calls_functions (const LkOp *op)
{
  for (guint i = 0; i < op->n_attrs; i++)
    if (op->attrs[i].kind == LK_ATTR_FUNC || op->attrs[i].kind == LK_ATTR_FUNCS)
      return TRUE;
  return FALSE;
}

static void
add_attrs (Writer *writer, const LkOp *op, const LkStageNode *stage)
{
  const LkGraphNode *node = stage->node;
  const char *all = lk_store_string (writer->store, node->attrs);
  gboolean calls = calls_functions (op);
  for (guint i = 0; i < op->n_attrs; i++)
    {
      if (op->attrs[i].inferred && !calls)
        add_inferred (writer, op, i, stage);
      if (op->attrs[i].inferred)
        continue;
      g_autofree char *value = pbtxt_attr_text (op, i, all);
      if (value && op->attrs[i].kind == LK_ATTR_FUNC)
        add_function (writer, op, i, value, node);
      else if (value && op->attrs[i].kind == LK_ATTR_FUNCS && strlen (value) > 2)
        add_functions (writer, op, i, value, node);
      else if (value)
        pbtxt_add_attr (writer->out, &op->attrs[i], value, &(PbtxtNode) { writer->store, writer->traced, node });
    }
  if (calls)
    add_call_types (writer, op, stage);
}

/* ---- nodes ---- */

static void
add_node (Writer *writer, const char *word, const LkStageNode *stage, const GArray *nodes)
{
  const LkGraphNode *node = stage->node;
  const char *name = lk_store_string (writer->store, node->op);
  const LkOp *op = lk_op_find (name);
  g_string_append_printf (writer->out, "%s {\n  name: ", word);
  pbtxt_add_string (writer->out, lk_store_string (writer->store, node->name));
  g_string_append (writer->out, "\n  op: ");
  pbtxt_add_string (writer->out, tensorflow_name (name));
  g_string_append_c (writer->out, '\n');
  for (guint i = 0; i < node->n_inputs; i++)
    g_string_append_printf (writer->out, "  input: \"%s\"\n", how_read (writer, stage->inputs[i]));
  for (guint i = 0; i < node->n_controls; i++)
    for (guint k = 0; k < nodes->len; k++)
      if (g_array_index (nodes, LkStageNode, k).node->id == node->controls[i])
        g_string_append_printf (writer->out, "  input: \"^%s\"\n",
                                lk_store_string (writer->store, g_array_index (nodes, LkStageNode, k).node->name));
  if (op)
    add_attrs (writer, op, stage);
  g_string_append (writer->out, "}\n");
}

static void
writer_begin (Writer *writer, LkStore *store, guint32 traced, GArray *library, gboolean runs, gboolean inside)
{
  *writer = (Writer) { store, traced, g_string_new (NULL), library, g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free),
                       g_hash_table_new (g_int64_hash, g_int64_equal), runs, inside };
}

/* Each line by how deep in braces it is; what opens and closes in one line does not count. */
static void
print_indented (const char *text, guint depth)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    {
      const char *words = g_strchug (*line);
      if (!*words)
        continue;
      depth -= *words == '}';
      printf ("%*s%s\n", (int) depth * 2, "", words);
      depth += g_str_has_suffix (words, "{");
    }
}

static void
writer_end (Writer *writer)
{
  print_indented (writer->out->str, writer->inside ? 1 : 0);
  g_string_free (writer->out, TRUE);
  g_hash_table_unref (writer->makers);
  g_hash_table_unref (writer->dtypes);
}

/* ---- functions ---- */

/* An argument's name for each: letters, digits and _ only. (transfer full) */
static char *
argument (const char *kind, guint i)
{
  return g_strdup_printf ("%s_%u", kind, i);
}

static gboolean
is_argument (const LkGraphNode *node, const guint64 *inputs, guint n)
{
  for (guint i = 0; i < n && node->n_outputs == 1; i++)
    if (inputs[i] == node->outputs[0].id)
      return TRUE;
  return FALSE;
}

static void
add_signature (Writer *writer, const Function *function, const guint64 *inputs, guint n_inputs, const guint64 *outputs, guint n_outputs)
{
  g_string_append (writer->out, "function {\n  signature {\n    name: ");
  pbtxt_add_string (writer->out, function->name);
  g_string_append_c (writer->out, '\n');
  for (guint i = 0; i < n_inputs; i++)
    g_string_append_printf (writer->out, "    input_arg { name: \"input_%u\" type: %s }\n", i, pbtxt_type (dtype_of (writer, inputs[i])));
  for (guint i = 0; i < n_outputs + function->through; i++)
    {
      guint64 tensor = i < n_outputs ? outputs[i] : inputs[n_inputs - function->through + i - n_outputs];
      g_string_append_printf (writer->out, "    output_arg { name: \"output_%u\" type: %s }\n", i, pbtxt_type (dtype_of (writer, tensor)));
    }
  g_string_append (writer->out, "  }\n");
  for (guint i = 0; i < n_outputs + function->through; i++)
    {
      guint64 tensor = i < n_outputs ? outputs[i] : inputs[n_inputs - function->through + i - n_outputs];
      g_string_append_printf (writer->out, "  ret { key: \"output_%u\" value: \"%s\" }\n", i, how_read (writer, tensor));
    }
}

static void
print_function (LkStore *store, GArray *library, gboolean runs, guint index)
{
  const Function function = g_array_index (library, Function, index);
  Writer writer;
  LkGraphView view;
  if (!lk_store_graph (store, function.graph, &view))
    return;
  g_autoptr (GBytes) record = lk_store_record (store, view.event);
  const LkGraphEvent *graph = record ? lk_record_payload (record, LK_EVENT_GRAPH) : NULL;
  if (!graph)
    return;
  const guint64 *inputs = (const guint64 *) (graph + 1), *outputs = inputs + graph->n_inputs;
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (LkStageNode));
  writer_begin (&writer, store, function.graph, library, runs, TRUE);
  for (guint i = 0; i < graph->n_inputs; i++)
    g_hash_table_insert (writer.makers, (gpointer) &inputs[i], argument ("input", i));
  for (guint i = 0; i < view.n_nodes; i++)
    {
      LkStageNode stage = { view.nodes[i], (guint64 *) view.nodes[i]->inputs, FALSE };
      name_outputs (&writer, view.nodes[i]);
      if (!is_argument (view.nodes[i], inputs, graph->n_inputs))
        g_array_append_val (nodes, stage);
    }
  add_signature (&writer, &function, inputs, graph->n_inputs, outputs, graph->n_outputs);
  for (guint i = 0; i < nodes->len; i++)
    add_node (&writer, "node_def", &g_array_index (nodes, LkStageNode, i), nodes);
  g_string_append (writer.out, "}\n");
  writer_end (&writer);
}

void
pbtxt_print (LkStore *store, const LkGraphView *traced, gboolean runs, const GArray *nodes)
{
  Writer writer;
  g_autoptr (GArray) library = g_array_new (FALSE, FALSE, sizeof (Function));
  g_array_set_clear_func (library, function_clear);
  printf ("# %s\n", traced->name);
  writer_begin (&writer, store, traced->id, library, runs, FALSE);
  for (guint i = 0; i < nodes->len; i++)
    name_outputs (&writer, g_array_index (nodes, LkStageNode, i).node);
  for (guint i = 0; i < nodes->len; i++)
    add_node (&writer, "node", &g_array_index (nodes, LkStageNode, i), nodes);
  writer_end (&writer);
  if (library->len > 0)
    puts ("library {");
  for (guint i = 0; i < library->len; i++)
    print_function (store, library, runs, i);         /* may meet further ones */
  if (library->len > 0)
    puts ("}");
  puts ("versions { producer: 1286 }");
}
