/* SPDX-License-Identifier: MIT */
/* Ops for those who read and write graphs: their declarations, and nodes of inputs in a row, as a GraphDef has them. */
#include "op.h"

static PyObject *
args_list (const LkOp *op, const LkArg *args, guint n)
{
  PyObject *list = PyList_New (n);
  for (guint i = 0; i < n && list != NULL; i++)
    {
      const char *type = args[i].type_attr >= 0 ? op->attrs[args[i].type_attr].name : NULL;
      const char *count = args[i].list && args[i].count_attr >= 0 ? op->attrs[args[i].count_attr].name : NULL;
      PyList_SET_ITEM (list, i, Py_BuildValue ("(sizOz)", args[i].name, (int) args[i].dtype, type,
                                               args[i].list ? Py_True : Py_False, count));
    }
  return list;
}

/* definition () → ([input], [output], [(attribute's name, kind, inferred, has a default)], stateful); input and output:
   (name, dtype, attribute that says it, is a list, attribute that says its length) */
PyObject *
op_definition (PyObject *object, PyObject *unused)
{
  static const char *const kinds[] = {
    [LK_ATTR_BOOL] = "bool", [LK_ATTR_INT] = "int", [LK_ATTR_FLOAT] = "float", [LK_ATTR_TYPE] = "type",
    [LK_ATTR_STRING] = "string", [LK_ATTR_INTS] = "list(int)", [LK_ATTR_SHAPE] = "shape", [LK_ATTR_TENSOR] = "tensor",
    [LK_ATTR_FUNC] = "func", [LK_ATTR_TYPES] = "list(type)", [LK_ATTR_FLOATS] = "list(float)", [LK_ATTR_CLOSURE] = "closure",
    [LK_ATTR_FUNCS] = "list(func)",
  };
  const LkOp *op = ((PyOp *) object)->op;
  PyObject *attrs = PyList_New (op->n_attrs);
  for (guint i = 0; i < op->n_attrs && attrs != NULL; i++)
    PyList_SET_ITEM (attrs, i, Py_BuildValue ("(ssOO)", op->attrs[i].name, kinds[op->attrs[i].kind],
                                              op->attrs[i].inferred ? Py_True : Py_False,
                                              op->attrs[i].fallback ? Py_True : Py_False));
  return Py_BuildValue ("(NNNO)", args_list (op, op->inputs, op->n_inputs), args_list (op, op->outputs, op->n_outputs), attrs,
                        op->flags & LK_OP_STATEFUL ? Py_True : Py_False);
}

static gboolean
set_attrs (PyOp *self, PyObject *given, Scratch *scratch)
{
  for (guint i = 0; i < self->n_given; i++)
    {
      PyObject *value = PyDict_GetItemString (given, self->given[i]->name);
      if (value == NULL && self->given[i]->fallback == NULL)
        return PyErr_Format (PyExc_ValueError, "%s: attribute '%s' is missing", self->op->name, self->given[i]->name), FALSE;
      if (value == NULL)
        scratch->attrs[i] = self->fallbacks[i];
      else if (!op_attr_set (scratch, i, self->given[i], value))
        return FALSE;
    }
  return TRUE;
}

/* As many tensors as the op takes, and none that is missing? */
static gboolean
check_inputs (const PyOp *self, const GPtrArray *tensors)
{
  const LkOp *op = self->op;
  const guint fixed = op->n_inputs - op->n_lists;
  gboolean good = op->n_lists == 0 ? tensors->len == fixed : tensors->len >= fixed && (tensors->len - fixed) % op->n_lists == 0;
  for (guint i = 0; i < tensors->len; i++)
    good &= tensors->pdata[i] != NULL;
  if (!good)
    PyErr_Format (PyExc_ValueError, "%s does not take %u inputs", op->name, tensors->len);
  return good;
}

/* flat ([tensor], {attribute: value}, name or None) → [tensor], or the operation when it has no outputs */
PyObject *
op_flat (PyObject *object, PyObject *args)
{
  PyOp *self = (PyOp *) object;
  PyObject *inputs, *given, *name, *result = NULL;
  if (!PyArg_ParseTuple (args, "OO!O", &inputs, &PyDict_Type, &given, &name))
    return NULL;
  Scratch scratch = { .n_inputs = 0 };
  g_autoptr (GPtrArray) tensors = g_ptr_array_new ();
  if (tensors_collect (inputs, tensors) && check_inputs (self, tensors) && set_attrs (self, given, &scratch))
    {
      scratch.inputs = (LkTensor **) tensors->pdata;
      scratch.n_inputs = tensors->len;
      result = op_apply_flat (self, &scratch, name);
    }
  op_scratch_clear (self, &scratch);
  if (result == NULL || PyList_Check (result) || PyObject_TypeCheck (result, operation_type))
    return result;
  PyObject *list = PyTuple_Check (result) ? PySequence_List (result) : PyList_New (0);
  if (list != NULL && IS_TENSOR (result))
    PyList_Append (list, result);
  Py_DECREF (result);
  return list;
}
