/* SPDX-License-Identifier: MIT */
#include "pbtxt_attr.h"
#include <string.h>
#include "pbtxt_const.h"

const char *
pbtxt_type (guint8 dtype)
{
  static const char *const names[][2] = {
    { "float32", "DT_FLOAT" }, { "float64", "DT_DOUBLE" }, { "float16", "DT_HALF" }, { "half", "DT_HALF" },
    { "bfloat16", "DT_BFLOAT16" }, { "int8", "DT_INT8" }, { "int16", "DT_INT16" }, { "int32", "DT_INT32" },
    { "int64", "DT_INT64" }, { "uint8", "DT_UINT8" }, { "uint16", "DT_UINT16" }, { "uint32", "DT_UINT32" },
    { "uint64", "DT_UINT64" }, { "bool", "DT_BOOL" }, { "string", "DT_STRING" }, { "complex64", "DT_COMPLEX64" },
    { "complex128", "DT_COMPLEX128" }, { "resource", "DT_RESOURCE" }, { "variant", "DT_VARIANT" },
  };
  const char *name = lk_dtype_name (dtype);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i][0], name) == 0)
      return names[i][1];
  return "DT_INVALID";
}

static const char *
type_of_name (const char *name)
{
  for (guint8 dtype = 1; dtype < 64; dtype++)
    if (g_strcmp0 (lk_dtype_name (dtype), name) == 0)
      return pbtxt_type (dtype);
  return "DT_INVALID";
}

void
pbtxt_add_string (GString *out, const char *text)
{
  g_autofree char *escaped = g_strescape (text, NULL);
  g_string_append_printf (out, "\"%s\"", escaped);
}

/* ---- taking the text apart ---- */

/* The next attribute that is told of after i; NULL after the last. */
static const LkAttrDef *
next_told (const LkOp *op, guint i)
{
  for (i++; i < op->n_attrs; i++)
    if (!op->attrs[i].inferred)
      return &op->attrs[i];
  return NULL;
}

char *
pbtxt_attr_text (const LkOp *op, guint i, const char *all)
{
  g_autofree char *key = g_strconcat (op->attrs[i].name, "=", NULL);
  const char *found = all;
  while ((found = strstr (found, key)) && found != all && found[-1] != ' ')
    found++;
  if (!found)
    return NULL;
  found += strlen (key);
  const LkAttrDef *next = next_told (op, i);
  g_autofree char *end = next ? g_strconcat (", ", next->name, "=", NULL) : NULL;
  const char *until = end ? strstr (found, end) : NULL;
  return until ? g_strndup (found, (gsize) (until - found)) : g_strdup (found);
}

/* "[1, 2]", "(2, None)", "[[1. 2.]\n [3. 4.]]" without brackets, as words. (transfer full) */
static GPtrArray *
words_of (const char *text)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit_set (text, "[](), \n", -1);
  for (char **part = parts; *part; part++)
    if (**part)
      g_ptr_array_add (words, g_strdup (*part));
  return words;
}

/* ---- values ---- */

static void
add_list (GString *out, const char *field, const char *value)
{
  g_autoptr (GPtrArray) words = words_of (value);
  g_string_append (out, "list {");
  for (guint i = 0; i < words->len && strcmp (value, "None") != 0; i++)
    {
      const char *word = words->pdata[i];
      g_string_append_printf (out, " %s: %s", field, strcmp (field, "type") == 0 ? type_of_name (word) : word);
    }
  g_string_append (out, " }");
}

static void
add_shape (GString *out, const char *value)
{
  g_autoptr (GPtrArray) words = words_of (value);
  g_string_append (out, "shape {");
  if (*value != '(')
    g_string_append (out, " unknown_rank: true");
  for (guint i = 0; *value == '(' && i < words->len; i++)
    g_string_append_printf (out, " dim { size: %s }", g_ascii_isdigit (*(char *) words->pdata[i]) ? (char *) words->pdata[i] : "-1");
  g_string_append (out, " }");
}

static const char *
field_of (const char *type)
{
  static const char *const fields[][2] = {
    { "DT_FLOAT", "float_val" }, { "DT_DOUBLE", "double_val" }, { "DT_INT64", "int64_val" }, { "DT_BOOL", "bool_val" },
    { "DT_INT32", "int_val" }, { "DT_INT16", "int_val" }, { "DT_INT8", "int_val" }, { "DT_UINT8", "int_val" },
    { "DT_UINT16", "int_val" }, { "DT_UINT32", "uint32_val" }, { "DT_UINT64", "uint64_val" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (fields[i][0], type) == 0)
      return fields[i][1];
  return NULL;
}

/* Of strings, the one between quotes: several would have to be told apart. */
static gboolean
add_text (GString *out, const char *value)
{
  const char *begin = strpbrk (value, "'\""), *end = begin ? strrchr (value, *begin) : NULL;
  if (!begin || end == begin || (value != begin && value + 1 != begin))
    return FALSE;
  g_autofree char *inside = g_strndup (begin + 1, (gsize) (end - begin - 1));
  g_string_append_printf (out, " string_val: \"%s\"", inside);
  return TRUE;
}

/* What the event that made it says, else from when it ran. FALSE when the trace has neither. */
static gboolean
add_tensor (GString *out, const char *value, const PbtxtNode *whose)
{
  const LkTensorEvent *tensor = &whose->node->outputs[0];
  const char *type = pbtxt_type (tensor->dtype), *field = field_of (type);
  gint64 size = 1;
  g_string_append_printf (out, "tensor { dtype: %s tensor_shape {", type);
  for (guint i = 0; i < tensor->rank; i++, size *= tensor->dims[i - 1])
    g_string_append_printf (out, " dim { size: %" G_GINT64_FORMAT " }", tensor->dims[i]);
  g_string_append (out, " }");
  g_autoptr (GPtrArray) words = words_of (value);
  gboolean told = field && words->len == size && *value != *lk_dtype_name (tensor->dtype);   /* not "float32(1,)", of one word too */
  g_autofree char *ran = field && !told ? pbtxt_const_text (whose->store, whose->traced, whose->node, field) : NULL;
  for (guint i = 0; i < words->len && told; i++)
    {
      const char *word = words->pdata[i];
      g_string_append_printf (out, " %s: %s", field, strcmp (word, "True") == 0 ? "true" : strcmp (word, "False") == 0 ? "false" : word);
    }
  if (ran)
    g_string_append (out, ran);
  told = told || ran || (strcmp (type, "DT_STRING") == 0 && tensor->rank == 0 && add_text (out, value));
  g_string_append (out, " }");
  return told;
}

void
pbtxt_add_attr (GString *out, const LkAttrDef *attr, const char *value, const PbtxtNode *whose)
{
  if (attr->kind == LK_ATTR_FUNC || attr->kind == LK_ATTR_FUNCS || attr->kind == LK_ATTR_CLOSURE
      || (attr->kind == LK_ATTR_TENSOR && !whose->node->n_outputs))
    return;
  gssize begin = (gssize) out->len;
  g_string_append_printf (out, "  attr { key: \"%s\" value { ", attr->name);
  switch (attr->kind)
    {
    case LK_ATTR_BOOL: g_string_append_printf (out, "b: %s", strcmp (value, "True") == 0 ? "true" : "false"); break;
    case LK_ATTR_INT: g_string_append_printf (out, "i: %s", value); break;
    case LK_ATTR_FLOAT: g_string_append_printf (out, "f: %s", value); break;
    case LK_ATTR_TYPE: g_string_append_printf (out, "type: %s", type_of_name (value)); break;
    case LK_ATTR_INTS: add_list (out, "i", value); break;
    case LK_ATTR_TYPES: add_list (out, "type", value); break;
    case LK_ATTR_FLOATS: add_list (out, "f", value); break;
    case LK_ATTR_SHAPE: add_shape (out, value); break;
    case LK_ATTR_TENSOR:
      if (!add_tensor (out, value, whose))
        g_string_insert (out, begin, "  # The trace has not the elements of this constant.\n");
      break;
    case LK_ATTR_STRING:
      {
        g_autofree char *inside = strlen (value) >= 2 ? g_strndup (value + 1, strlen (value) - 2) : g_strdup ("");
        g_string_append (out, "s: ");
        pbtxt_add_string (out, inside);
        break;
      }
    default: g_assert_not_reached ();
    }
  g_string_append (out, " } }\n");
}

void
pbtxt_add_types (GString *out, const char *key, const guint8 *dtypes, guint n)
{
  g_string_append_printf (out, "  attr { key: \"%s\" value { list {", key);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (out, " type: %s", pbtxt_type (dtypes[i]));
  g_string_append (out, " } } }\n");
}
