/* SPDX-License-Identifier: MIT */
/* The registry as a page. It says nothing that it does not take from the table in this program. */
#include "ops.h"
#include <stdio.h>
#include "command.h"

const char *
ops_kind (LkAttrKind kind)
{
  static const char *const kinds[] = {
    [LK_ATTR_BOOL] = "bool", [LK_ATTR_INT] = "int", [LK_ATTR_FLOAT] = "float", [LK_ATTR_TYPE] = "type",
    [LK_ATTR_STRING] = "string", [LK_ATTR_INTS] = "ints", [LK_ATTR_SHAPE] = "shape", [LK_ATTR_TENSOR] = "tensor",
    [LK_ATTR_FUNC] = "func", [LK_ATTR_FUNCS] = "funcs", [LK_ATTR_TYPES] = "types", [LK_ATTR_FLOATS] = "floats", [LK_ATTR_CLOSURE] = "closure",
  };
  return (guint) kind < G_N_ELEMENTS (kinds) && kinds[kind] != NULL ? kinds[kind] : "other";
}

const char *
ops_gradient (const LkOp *op)
{
  static char text[128];
  guint n_gradients;
  lk_op_n_samples (op, &n_gradients);
  if (!lk_op_has_gradient (op))
    return "none";
  if (n_gradients == 0)
    return "yes";
  g_snprintf (text, sizeof text, "yes; first and second derivatives are checked on %u sample%s", n_gradients,
              n_gradients == 1 ? "" : "s");
  return text;
}

const char *
ops_flags (const LkOp *op)
{
  static char text[64];
  g_snprintf (text, sizeof text, "%s%s%s", op->flags & LK_OP_STATEFUL ? "stateful " : "",
              op->flags & LK_OP_ALIAS ? "alias " : "", op->flags & LK_OP_ALLOCATES ? "allocates " : "");
  return *text ? g_strchomp (text) : "none";
}

/* ---- the page ---- */

static const char head[] =
  "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Lockstep: the ops</title>\n<style>\n"
  "body { font: 15px/1.45 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff }\n"
  "nav a { display: inline-block; margin: 0 .9em .1em 0 }\n"
  "h2 { font-size: 1.15em; margin: 2em 0 .2em; border-top: 1px solid #ccc; padding-top: .6em }\n"
  "p.formula { margin: .2em 0 .6em; font-size: 1.05em }\n"
  "th { text-align: left; vertical-align: top; font-weight: 600; padding-right: 1.2em; white-space: nowrap }\n"
  "td { padding-bottom: .15em } code { font: 13px ui-monospace, monospace }\n"
  "@media (prefers-color-scheme: dark) { body { color: #ddd; background: #1d1d20 } a { color: #8ab4f8 } h2 { border-color: #444 } }\n"
  "</style>\n</head>\n<body>\n<h1>The ops</h1>\n";

static void
put (const char *before, const char *text, const char *after)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  printf ("%s%s%s", before, escaped, after);
}

static void
put_row (const char *name, const char *text)
{
  printf ("<tr><th>%s</th><td>", name);
  put ("", *text ? text : "none", "</td></tr>\n");
}

static void
put_attrs (const LkOp *op)
{
  for (guint i = 0; i < op->n_attrs; i++)
    {
      const LkAttrDef *attr = &op->attrs[i];
      g_autofree char *dtypes = attr->kind == LK_ATTR_TYPE ? lk_attr_dtypes_text (attr) : NULL;
      printf ("<tr><th>%s</th><td>", i == 0 ? "attributes" : "");
      put ("<code>", attr->name, "</code>: ");
      put ("", dtypes ? dtypes : ops_kind (attr->kind), "");
      if (attr->fallback)
        put (", default <code>", attr->fallback, "</code>");
      printf ("%s</td></tr>\n", attr->inferred ? ", from the inputs" : "");
    }
}

static void
put_shapes (const LkOp *op)
{
  const char *words = lk_op_shape_words (op);
  g_auto (GStrv) examples = lk_op_examples (op);
  printf ("<tr><th>shapes</th><td>%s", words ? "" : *examples ? "The op's own rule; it says:" : "The op's own rule.");
  put ("", words ? words : "", "");
  for (guint i = 0; examples[i]; i++)
    put ("<br><code>", examples[i], "</code>");
  puts ("</td></tr>");
}

static void
put_op (const LkOp *op)
{
  g_autofree char *inputs = lk_op_arguments_text (op, TRUE), *outputs = lk_op_arguments_text (op, FALSE);
  printf ("<h2 id=\"%s\">%s</h2>\n", op->name, op->name);
  put ("<p class=\"formula\">", op->formula, "</p>\n<table>\n");
  put_row ("inputs", inputs);
  put_row ("outputs", outputs);
  put_attrs (op);
  put_shapes (op);
  put_row ("gradient", ops_gradient (op));
  put_row ("flags", ops_flags (op));
  printf ("<tr><th>called as</th><td><code>tf.raw_ops.%s</code>, <code>lk_%s ()</code></td></tr>\n</table>\n", op->name, op->c_name);
}

void
ops_print_html (const LkOp *const *ops, guint n)
{
  guint n_gradients = 0;
  fputs (head, stdout);
  for (guint i = 0; i < n; i++)
    n_gradients += lk_op_has_gradient (ops[i]);
  printf ("<p>%u ops, %u with a gradient. This page is made by the program itself, from the table that it runs on: "
          "<code>lockstep ops --html</code>.</p>\n<nav>\n", n, n_gradients);
  for (guint i = 0; i < n; i++)
    printf ("<a href=\"#%s\">%s</a>\n", ops[i]->name, ops[i]->name);
  puts ("</nav>");
  for (guint i = 0; i < n; i++)
    put_op (ops[i]);
  puts ("</body>\n</html>");
}
