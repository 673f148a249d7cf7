/* SPDX-License-Identifier: MIT */
/* Python functions as gradient rules. */
#include "binding.h"

static void
closure_free (gpointer data)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  Py_DECREF ((PyObject *) data);
  PyGILState_Release (state);
}

static PyObject *
call_with (PyObject *function, LkTensor *const *dy, guint n)
{
  PyObject *args = PyTuple_New (n);
  for (guint i = 0; args && i < n; i++)
    PyTuple_SET_ITEM (args, i, dy[i] ? tensor_wrap (lk_tensor_ref (dy[i])) : Py_NewRef (Py_None));
  PyObject *result = args ? PyObject_Call (function, args, NULL) : NULL;
  Py_XDECREF (args);
  PyObject *items = result ? PySequence_Fast (result, "a gradient function gives a sequence") : NULL;
  Py_XDECREF (result);
  return items;
}

static void
take_results (const LkCall *call, PyObject *items, LkTensor **dx)
{
  for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE (items) && i < call->n_inputs; i++)
    {
      PyObject *item = PySequence_Fast_GET_ITEM (items, i);
      if (item != Py_None && lk_call_wants_gradient (call, i)
          && (dx[i] = input_of (item, call->inputs[i]->dtype)) == NULL)
        return;
    }
}

/* An exception stays set, and is raised by whoever asked for the gradients. */
static void
rule (const LkCall *call, LkTensor *const *dy, LkTensor **dx, gpointer data)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  PyObject *items = call_with (data, dy, call->n_outputs);
  if (items != NULL)
    take_results (call, items, dx);
  Py_XDECREF (items);
  if (PyErr_Occurred ())
    lk_context_fail (call->ctx, LK_UNKNOWN, "the gradient function raised an exception");
  PyGILState_Release (state);
}

LkClosure *
closure_of (PyObject *function)
{
  if (function == Py_None)
    return NULL;
  if (!PyCallable_Check (function))
    return PyErr_Format (PyExc_TypeError, "a gradient function is expected, not %R", function), NULL;
  return lk_closure_new (rule, Py_NewRef (function), closure_free);
}
