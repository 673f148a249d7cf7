/* SPDX-License-Identifier: MIT */
/* lockstep ops [NAME…] [--json | --html]: what the registry holds. */
#include "command.h"
#include <stdio.h>
#include <string.h>
#include "engine/engine.h"
#include "json.h"
#include "ops.h"

/* ---- for a person ---- */

/* "T: floating, Tidx: index": what each dtype may be, as the rows say it. (transfer full) */
static char *
limits_text (const LkOp *op)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < op->n_attrs; i++)
    if (op->attrs[i].kind == LK_ATTR_TYPE)
      g_string_append_printf (text, "%s%s: %s", text->len > 0 ? ", " : "", op->attrs[i].name,
                              op->attrs[i].limits != NULL ? op->attrs[i].limits : "any");
  return g_string_free (text, FALSE);
}

static void
print_row (const LkOp *op)
{
  guint n_gradients, n = lk_op_n_samples (op, &n_gradients);
  g_autofree char *limits = limits_text (op);
  printf ("%-38s %-9s %3u %3u  %-34s %s\n", op->name, lk_op_has_gradient (op) ? "gradient" : "-", n, n_gradients, limits, op->formula);
}

static void
print_table (const LkOp *const *ops, guint n)
{
  guint n_gradients = 0;
  printf ("%-38s %-9s %3s %3s  %-34s %s\n", "op", "", "n", "∂", "dtypes", "formula");
  for (guint i = 0; i < n; i++)
    {
      print_row (ops[i]);
      n_gradients += lk_op_has_gradient (ops[i]);
    }
  printf ("%u ops, %u with a gradient; n: samples they are tested on, ∂: those that check first and second derivatives\n", n,
          n_gradients);
}

static void
print_attrs (const LkOp *op)
{
  for (guint i = 0; i < op->n_attrs; i++)
    {
      const LkAttrDef *attr = &op->attrs[i];
      g_autofree char *dtypes = attr->kind == LK_ATTR_TYPE ? lk_attr_dtypes_text (attr) : NULL;
      printf ("  %-12s %s: %s%s%s\n", i == 0 ? "attributes" : "", attr->name, dtypes ? dtypes : ops_kind (attr->kind),
              attr->fallback ? ", default " : attr->inferred ? ", from the inputs" : "", attr->fallback ? attr->fallback : "");
    }
}

static void
print_op (const LkOp *op)
{
  g_autofree char *inputs = lk_op_arguments_text (op, TRUE), *outputs = lk_op_arguments_text (op, FALSE);
  g_auto (GStrv) examples = lk_op_examples (op);
  const char *words = lk_op_shape_words (op);
  printf ("%s\n  %s\n  %-12s %s\n  %-12s %s\n", op->name, op->formula, "inputs", *inputs ? inputs : "none", "outputs",
          *outputs ? outputs : "none");
  print_attrs (op);
  printf ("  %-12s %s\n", "shapes", words ? words : *examples ? "The op's own rule; it says:" : "The op's own rule.");
  for (guint i = 0; examples[i]; i++)
    printf ("  %-12s %s\n", "", examples[i]);
  printf ("  %-12s %s\n  %-12s %s\n  %-12s tf.raw_ops.%s, lk_%s ()\n", "gradient", ops_gradient (op), "flags", ops_flags (op),
          "called as", op->name, op->c_name);
}

/* ---- for a program ---- */

static void
add_args (JsonBuilder *builder, const char *name, const LkOp *op, const LkArg *args, guint n)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    {
      json_builder_begin_object (builder);
      json_add_text (builder, "name", args[i].name);
      json_add_text (builder, "type", args[i].type_attr >= 0 ? op->attrs[args[i].type_attr].name
                     : args[i].dtype == LK_INVALID ? "any" : lk_dtype_name (args[i].dtype));
      json_add_flag (builder, "list", args[i].list);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_attr (JsonBuilder *builder, const LkAttrDef *attr)
{
  g_autofree char *dtypes = lk_attr_dtypes_text (attr);
  json_builder_begin_object (builder);
  json_add_text (builder, "name", attr->name);
  json_add_text (builder, "kind", ops_kind (attr->kind));
  if (attr->kind == LK_ATTR_TYPE)
    json_add_text (builder, "dtypes", dtypes);
  if (attr->fallback)
    json_add_text (builder, "default", attr->fallback);
  json_add_flag (builder, "inferred", attr->inferred);
  json_builder_end_object (builder);
}

static void
add_examples (JsonBuilder *builder, const LkOp *op)
{
  g_auto (GStrv) examples = lk_op_examples (op);
  json_builder_set_member_name (builder, "examples");
  json_builder_begin_array (builder);
  for (guint i = 0; examples[i]; i++)
    json_builder_add_string_value (builder, examples[i]);
  json_builder_end_array (builder);
}

static void
print_json (const LkOp *op)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  guint n_gradients, n = lk_op_n_samples (op, &n_gradients);
  json_builder_begin_object (builder);
  json_add_text (builder, "name", op->name);
  json_add_text (builder, "c_name", op->c_name);
  json_add_text (builder, "formula", op->formula);
  add_args (builder, "inputs", op, op->inputs, op->n_inputs);
  add_args (builder, "outputs", op, op->outputs, op->n_outputs);
  json_builder_set_member_name (builder, "attributes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < op->n_attrs; i++)
    add_attr (builder, &op->attrs[i]);
  json_builder_end_array (builder);
  if (lk_op_shape_words (op))
    json_add_text (builder, "shapes", lk_op_shape_words (op));
  add_examples (builder, op);
  json_add_flag (builder, "gradient", lk_op_has_gradient (op));
  json_add_int (builder, "samples", n);
  json_add_int (builder, "gradients_checked", n_gradients);
  json_add_flag (builder, "stateful", (op->flags & LK_OP_STATEFUL) != 0);
  json_builder_end_object (builder);
  json_print_line (builder);
}

/* ---- the verb ---- */

/* The ops of these names, or all. NULL after saying which there is not. (transfer container) */
static GPtrArray *
find_ops (char **names)
{
  g_autoptr (GPtrArray) ops = g_ptr_array_new ();
  for (guint i = 0; names == NULL && i < lk_op_count (); i++)
    g_ptr_array_add (ops, (gpointer) lk_op_at (i));
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      const LkOp *op = lk_op_find (names[i]);
      if (op == NULL)
        {
          command_fail ("there is no op “%s”; `lockstep ops` lists them all", names[i]);
          return NULL;
        }
      g_ptr_array_add (ops, (gpointer) op);
    }
  return g_steal_pointer (&ops);
}

static int
tell (char **names, gboolean json, gboolean html)
{
  if (json && html)
    return command_misuse ("--json and --html: expected one of them");
  g_autoptr (GPtrArray) ops = find_ops (names);
  if (ops == NULL)
    return COMMAND_FAILED;
  const LkOp *const *all = (const LkOp *const *) ops->pdata;
  if (html)
    ops_print_html (all, ops->len);
  else if (!json && names == NULL)
    print_table (all, ops->len);
  else
    for (guint i = 0; i < ops->len; i++)
      (json ? print_json : print_op) (all[i]);
  return command_written ();
}

int
command_ops (int argc, char **argv)
{
  gboolean json = FALSE, html = FALSE;
  int status;
  g_auto (GStrv) names = NULL;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "A JSON object for each op, a line each", NULL },
    { "html", 0, 0, G_OPTION_ARG_NONE, &html, "A page, as it is installed with the docs", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &names, NULL, NULL },
    { NULL }
  };
  return command_parse (argc, argv, entries, TRUE, &status) ? tell (names, json, html) : status;
}
