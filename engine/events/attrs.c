/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "engine/events/attrs.h"
#include "engine/events/thread.h"
#include "engine/graph/function.h"

static void
append_ints (GString *text, const LkInts *ints)
{
  if (ints == NULL)
    {
      g_string_append (text, "None");
      return;
    }
  g_string_append_c (text, '[');
  for (guint i = 0; i < ints->n; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", ints->v[i]);
  g_string_append_c (text, ']');
}

static void
append_shape (GString *text, const LkShape *shape)
{
  char *python = shape != NULL ? lk_shape_python (shape) : g_strdup ("None");
  g_string_append (text, python);
  g_free (python);
}

/* A constant's value when it is short, else what it is. */
static void
append_tensor (GString *text, const LkTensor *tensor)
{
  if (tensor == NULL || tensor->data == NULL || tensor->size > 8)
    {
      g_string_append (text, tensor != NULL ? lk_dtype_name (tensor->dtype) : "None");
      if (tensor != NULL)
        append_shape (text, &tensor->shape);
      return;
    }
  char *value = lk_tensor_text (tensor);
  g_string_append (text, value);
  g_free (value);
}

static void
append_double (GString *text, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append (text, g_ascii_formatd (digits, sizeof digits, "%.9g", value));
}

static void
append_types (GString *text, const LkInts *types)
{
  g_string_append_c (text, '[');
  for (guint i = 0; types != NULL && i < types->n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", lk_dtype_name (types->v[i]));
  g_string_append_c (text, ']');
}

static void
append_floats (GString *text, const LkFloats *floats)
{
  g_string_append_c (text, '[');
  for (guint i = 0; floats != NULL && i < floats->n; i++)
    {
      g_string_append (text, i > 0 ? ", " : "");
      append_double (text, floats->v[i]);
    }
  g_string_append_c (text, ']');
}

static void
append_funcs (GString *text, const LkFuncs *funcs)
{
  g_string_append_c (text, '[');
  for (guint i = 0; i < funcs->n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", lk_function_name (funcs->v[i]));
  g_string_append_c (text, ']');
}

static void
append_value (GString *text, LkAttrKind kind, const LkAttr *attr)
{
  switch (kind)
    {
    case LK_ATTR_BOOL: g_string_append (text, attr->b ? "True" : "False"); break;
    case LK_ATTR_INT: g_string_append_printf (text, "%" G_GINT64_FORMAT, attr->i); break;
    case LK_ATTR_FLOAT: append_double (text, attr->f); break;
    case LK_ATTR_TYPE: g_string_append (text, lk_dtype_name (attr->type)); break;
    case LK_ATTR_STRING: g_string_append_printf (text, "'%s'", attr->s != NULL ? attr->s : ""); break;
    case LK_ATTR_INTS: append_ints (text, attr->ints); break;
    case LK_ATTR_SHAPE: append_shape (text, attr->shape); break;
    case LK_ATTR_TENSOR: append_tensor (text, attr->tensor); break;
    case LK_ATTR_FUNC: g_string_append (text, attr->func != NULL ? lk_function_name (attr->func) : "None"); break;
    case LK_ATTR_FUNCS: append_funcs (text, attr->funcs); break;
    case LK_ATTR_TYPES: append_types (text, attr->ints); break;
    case LK_ATTR_FLOATS: append_floats (text, attr->floats); break;
    case LK_ATTR_CLOSURE: g_string_append (text, attr->closure != NULL ? "its own" : "None"); break;
    }
}

char *
lk_attrs_text (const LkOp *op, const LkAttr *attrs)
{
  GString *text = g_string_new (NULL);
  guint given = 0;        /* attrs has no entries for the inferred ones */
  for (guint i = 0; attrs != NULL && i < op->n_attrs; i++)
    {
      if (op->attrs[i].inferred)
        continue;
      g_string_append_printf (text, "%s%s=", given > 0 ? ", " : "", op->attrs[i].name);
      append_value (text, op->attrs[i].kind, &attrs[given++]);
    }
  return g_string_free (text, FALSE);
}

/* ---- ids ---- */

/* The last attributes of each op on this thread. Only kinds whose whole value is in the union can be compared so. */
#define MOST_OPS 1024
#define MOST_ATTRS 6
typedef struct
{
  gint64 values[MOST_ATTRS];
  guint32 id;
  gboolean set;
} Last;

static guint32 names[MOST_OPS];                     /* atomic */

guint32
lk_attrs_op_name (const LkOp *op)
{
  if (op->index >= MOST_OPS)
    return lk_stream_string (op->name);
  guint32 id = __atomic_load_n (&names[op->index], __ATOMIC_RELAXED);
  if (G_LIKELY (id != 0))
    return id;
  id = lk_stream_string (op->name);
  __atomic_store_n (&names[op->index], id, __ATOMIC_RELAXED);
  return id;
}

/* Copies the plain values of attrs; FALSE when one is a pointer to something. */
static gboolean
plain_values (const LkOp *op, const LkAttr *attrs, gint64 *values)
{
  guint given = 0;
  for (guint i = 0; i < op->n_attrs; i++)
    {
      if (op->attrs[i].inferred)
        continue;
      const LkAttr *attr = &attrs[given];
      switch (op->attrs[i].kind)
        {
        case LK_ATTR_BOOL: values[given] = attr->b; break;
        case LK_ATTR_INT: values[given] = attr->i; break;
        case LK_ATTR_TYPE: values[given] = attr->type; break;
        case LK_ATTR_FLOAT: memcpy (&values[given], &attr->f, sizeof (double)); break;
        default: return FALSE;
        }
      given++;
    }
  return TRUE;
}

static Last *
last_of (guint op)
{
  LkThread *thread = lk_thread_self ();
  if (thread->attrs == NULL)
    {
      thread->attrs = g_ptr_array_new_with_free_func (g_free);
      g_ptr_array_set_size (thread->attrs, MOST_OPS);
    }
  if (thread->attrs->pdata[op] == NULL)
    thread->attrs->pdata[op] = g_new0 (Last, 1);
  return thread->attrs->pdata[op];
}

static guint32
make_id (const LkOp *op, const LkAttr *attrs)
{
  char *text = lk_attrs_text (op, attrs);
  guint32 id = lk_stream_string (text);
  g_free (text);
  return id;
}

guint32
lk_attrs_string (const LkOp *op, const LkAttr *attrs)
{
  gint64 values[MOST_ATTRS] = { 0 };
  if (attrs == NULL || op->n_attrs == 0)
    return 0;
  if (op->index >= MOST_OPS || op->n_attrs > MOST_ATTRS || !plain_values (op, attrs, values))
    return make_id (op, attrs);
  Last *newest = last_of (op->index);
  if (!newest->set || memcmp (newest->values, values, sizeof values) != 0)
    {
      memcpy (newest->values, values, sizeof values);
      newest->id = make_id (op, attrs);
      newest->set = TRUE;
    }
  return newest->id;
}
