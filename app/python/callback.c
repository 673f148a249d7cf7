/* SPDX-License-Identifier: MIT */
/* Python functions as kernels: what the ops PyFunc and EagerPyFunc run. */
#include "binding.h"


/* TensorFlow's code for what a function raises. */
static LkErrorCode
code_of_exception (PyObject *value)
{
  PyObject *code = PyObject_GetAttrString (value, "error_code");
  const long number = code != NULL && PyLong_Check (code) ? PyLong_AsLong (code) : 0;
  Py_XDECREF (code);
  PyErr_Clear ();
  if (number > 0)
    return (LkErrorCode) number;
  return PyErr_GivenExceptionMatches (value, PyExc_TypeError) || PyErr_GivenExceptionMatches (value, PyExc_ValueError)
         ? LK_INVALID_ARGUMENT
         : PyErr_GivenExceptionMatches (value, PyExc_StopIteration) ? LK_OUT_OF_RANGE
         : PyErr_GivenExceptionMatches (value, PyExc_MemoryError) ? LK_RESOURCE_EXHAUSTED
         : PyErr_GivenExceptionMatches (value, PyExc_NotImplementedError) ? LK_UNIMPLEMENTED : LK_UNKNOWN;
}

static gboolean
take_exception (GError **error)
{
  PyObject *type, *value, *traceback;
  PyErr_Fetch (&type, &value, &traceback);
  PyErr_NormalizeException (&type, &value, &traceback);
  PyObject *text = value != NULL ? PyObject_Str (value) : NULL;
  const char *message = text != NULL ? PyUnicode_AsUTF8 (text) : NULL;
  const char *name = type != NULL ? ((PyTypeObject *) type)->tp_name : "error";
  g_set_error (error, LK_ERROR, value != NULL ? code_of_exception (value) : LK_UNKNOWN, "%s: %s", name,
               message != NULL ? message : "");
  Py_XDECREF (text);
  Py_XDECREF (type);
  Py_XDECREF (value);
  Py_XDECREF (traceback);
  PyErr_Clear ();
  return FALSE;
}

static gboolean
take_results (PyObject *list, LkTensor **outputs, guint n_outputs)
{
  if (!PyList_Check (list) || PyList_GET_SIZE (list) != n_outputs)
    return PyErr_Format (PyExc_ValueError, "the function is to give %u values", n_outputs), FALSE;
  for (guint i = 0; i < n_outputs; i++)
    if (!IS_TENSOR (PyList_GET_ITEM (list, i)))
      return PyErr_Format (PyExc_TypeError, "value %u is no tensor", i), FALSE;
  /* Under ids of their own, since they may be tensors of the program. */
  for (guint i = 0; i < n_outputs; i++)
    {
      LkTensor *tensor = TENSOR (PyList_GET_ITEM (list, i));
      outputs[i] = tensor->node == NULL ? lk_tensor_new_alias (tensor, &tensor->shape) : NULL;
    }
  return TRUE;
}

static gboolean
call_python (LkContext *ctx, const char *token, LkTensor *const *inputs, guint n_inputs, LkTensor **outputs, guint n_outputs,
             GError **error)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  g_autofree LkTensor **owned = g_new (LkTensor *, n_inputs + 1);
  for (guint i = 0; i < n_inputs; i++)
    owned[i] = lk_tensor_ref (inputs[i]);
  PyObject *list = tensor_wrap_all (owned, n_inputs);
  PyObject *results = list != NULL && lent.callback != NULL ? PyObject_CallFunction (lent.callback, "sO", token, list) : NULL;
  const gboolean good = results != NULL && take_results (results, outputs, n_outputs);
  Py_XDECREF (list);
  Py_XDECREF (results);
  if (!good)
    take_exception (error);
  PyGILState_Release (state);
  return good;
}

void
callback_init (void)
{
  lk_callback_set (call_python);
}
