/* SPDX-License-Identifier: MIT */
/* Attributes that outlive the call which gave them. */
#include "engine/eager/dispatch.h"
#include "engine/graph/build.h"
#include "engine/graph/function.h"
#include "engine/ops/closure.h"

static LkFuncs *
funcs_copy (const LkFuncs *funcs)
{
  LkFuncs *copy = g_memdup2 (funcs, sizeof (LkFuncs) + funcs->n * sizeof (LkFunction *));
  for (guint i = 0; i < copy->n; i++)
    lk_function_ref (copy->v[i]);
  return copy;
}

static void
funcs_free (LkFuncs *funcs)
{
  for (guint i = 0; i < funcs->n; i++)
    lk_function_unref (funcs->v[i]);
  g_free (funcs);
}

static LkAttr
attr_copy (LkAttrKind kind, LkAttr attr)
{
  switch (kind)
    {
    case LK_ATTR_STRING:
      attr.s = g_strdup (attr.s);
      break;
    case LK_ATTR_INTS:
    case LK_ATTR_TYPES:
      attr.ints = attr.ints != NULL ? g_memdup2 (attr.ints, sizeof (LkInts) + attr.ints->n * sizeof (gint64)) : NULL;
      break;
    case LK_ATTR_FLOATS:
      attr.floats = attr.floats != NULL ? g_memdup2 (attr.floats, sizeof (LkFloats) + attr.floats->n * sizeof (double)) : NULL;
      break;
    case LK_ATTR_SHAPE:
      attr.shape = attr.shape != NULL ? g_memdup2 (attr.shape, sizeof (LkShape)) : NULL;
      break;
    case LK_ATTR_TENSOR:
      lk_tensor_ref (attr.tensor);
      break;
    case LK_ATTR_FUNC:
      lk_function_ref (attr.func);
      break;
    case LK_ATTR_FUNCS:
      attr.funcs = funcs_copy (attr.funcs);
      break;
    case LK_ATTR_CLOSURE:
      lk_closure_ref (attr.closure);
      break;
    default:
      break;
    }
  return attr;
}

static void
attr_clear (LkAttrKind kind, LkAttr attr)
{
  switch (kind)
    {
    case LK_ATTR_STRING:
      g_free ((char *) attr.s);
      break;
    case LK_ATTR_INTS:
    case LK_ATTR_TYPES:
      g_free ((LkInts *) attr.ints);
      break;
    case LK_ATTR_FLOATS:
      g_free ((LkFloats *) attr.floats);
      break;
    case LK_ATTR_SHAPE:
      g_free ((LkShape *) attr.shape);
      break;
    case LK_ATTR_TENSOR:
      lk_tensor_unref (attr.tensor);
      break;
    case LK_ATTR_FUNC:
      lk_function_unref (attr.func);
      break;
    case LK_ATTR_FUNCS:
      funcs_free ((LkFuncs *) attr.funcs);
      break;
    case LK_ATTR_CLOSURE:
      lk_closure_unref (attr.closure);
      break;
    default:
      break;
    }
}

void
lk_attrs_init (const LkOp *op, LkAttr *into, const LkAttr *attrs)
{
  guint given = 0;
  for (guint i = 0; i < op->n_attrs; i++)
    if (!op->attrs[i].inferred)
      {
        into[given] = attr_copy (op->attrs[i].kind, attrs[given]);
        given++;
      }
}

void
lk_attrs_clear (const LkOp *op, LkAttr *attrs)
{
  guint given = 0;
  for (guint i = 0; attrs != NULL && i < op->n_attrs; i++)
    if (!op->attrs[i].inferred)
      attr_clear (op->attrs[i].kind, attrs[given++]);
}

LkAttr *
lk_attrs_copy (const LkOp *op, const LkAttr *attrs)
{
  guint n = lk_op_n_given (op);
  LkAttr *copy = n > 0 ? g_new (LkAttr, n) : NULL;
  lk_attrs_init (op, copy, attrs);
  return copy;
}

void
lk_attrs_free (const LkOp *op, LkAttr *attrs)
{
  lk_attrs_clear (op, attrs);
  g_free (attrs);
}
