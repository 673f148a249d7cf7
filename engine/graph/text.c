/* SPDX-License-Identifier: MIT */
/* A graph as text, a line for each node. */
#include <string.h>
#include "engine/events/stream.h"
#include "engine/graph/build.h"
#include "engine/graph/function.h"

static void
append_ints (GString *out, const LkInts *ints)
{
  g_string_append_c (out, '[');
  for (guint i = 0; ints != NULL && i < ints->n; i++)
    g_string_append_printf (out, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", ints->v[i]);
  g_string_append_c (out, ']');
}

static void
append_value (GString *out, const LkTensor *tensor)
{
  g_autofree char *text = tensor->size <= 8 ? lk_tensor_text (tensor) : NULL;
  if (text == NULL || strchr (text, '\n') != NULL)
    g_string_append (out, "…");
  else
    g_string_append (out, text);
}

static void
append_attr (GString *out, const LkAttrDef *def, LkAttr attr)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *text = NULL;
  g_string_append_printf (out, "%s=", def->name);
  switch (def->kind)
    {
    case LK_ATTR_BOOL:
      g_string_append (out, attr.b ? "True" : "False");
      break;
    case LK_ATTR_INT:
      g_string_append_printf (out, "%" G_GINT64_FORMAT, attr.i);
      break;
    case LK_ATTR_FLOAT:
      g_string_append (out, g_ascii_dtostr (number, sizeof number, attr.f));
      break;
    case LK_ATTR_TYPE:
      g_string_append (out, lk_dtype_name (attr.type));
      break;
    case LK_ATTR_STRING:
      g_string_append_printf (out, "\"%s\"", (text = g_strescape (attr.s != NULL ? attr.s : "", NULL)));
      break;
    case LK_ATTR_SHAPE:
      g_string_append (out, (text = lk_shape_text (attr.shape)));
      break;
    case LK_ATTR_TENSOR:
      append_value (out, attr.tensor);
      break;
    case LK_ATTR_FUNC:
      g_string_append (out, lk_function_name (attr.func));
      break;
    case LK_ATTR_FUNCS:
      for (guint i = 0; i < attr.funcs->n; i++)
        g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", lk_function_name (attr.funcs->v[i]));
      break;
    case LK_ATTR_CLOSURE:
      g_string_append (out, attr.closure != NULL ? "its own" : "none");
      break;
    default:
      append_ints (out, attr.ints);
    }
}

static void
append_attrs (GString *out, const LkNode *node)
{
  guint given = 0;
  for (guint i = 0; i < node->op->n_attrs; i++)
    if (!node->op->attrs[i].inferred)
      {
        g_string_append (out, given == 0 ? "[" : ", ");
        append_attr (out, &node->op->attrs[i], node->attrs[given++]);
      }
  if (given > 0)
    g_string_append_c (out, ']');
}

static void
append_inputs (GString *out, const LkNode *node)
{
  g_string_append_c (out, '(');
  for (guint i = 0; i < node->n_inputs; i++)
    {
      const LkTensor *input = node->inputs[i];
      g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", input->node->name);
      if (input->output > 0)
        g_string_append_printf (out, ":%u", input->output);
    }
  for (guint i = 0; i < node->n_controls; i++)
    g_string_append_printf (out, "%s^%s", i + node->n_inputs > 0 ? ", " : "", node->controls[i]->name);
  g_string_append_c (out, ')');
}

static void
append_outputs (GString *out, const LkNode *node)
{
  for (guint i = 0; i < node->n_outputs; i++)
    {
      g_autofree char *shape = lk_shape_text (&node->outputs[i]->shape);
      g_string_append_printf (out, "%s%s%s", i > 0 ? ", " : " : ", lk_dtype_name (node->outputs[i]->dtype), shape);
    }
}

static void
append_place (GString *out, const LkNode *node)
{
  const char *file;
  int line;
  if (lk_stream_site_get (node->stack, NULL, &file, NULL, &line))
    g_string_append_printf (out, "  @%s:%d", file, line);
}

char *
lk_graph_text (const LkGraph *graph)
{
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LkNode *node = lk_graph_node (graph, i);
      g_string_append_printf (out, "%s = %s", node->name, node->op->name);
      append_attrs (out, node);
      append_inputs (out, node);
      append_outputs (out, node);
      append_place (out, node);
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}
