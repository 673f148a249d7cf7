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

/* first: (transfer full) what comes before the gradients; (nullable) for nothing. */
static PyObject *
call_with (PyObject *function, PyObject *first, LkTensor *const *dy, guint n)
{
  const guint given = first != NULL;
  PyObject *args = PyTuple_New (given + n);
  if (args && first)
    PyTuple_SET_ITEM (args, 0, first);
  for (guint i = 0; args && i < n; i++)
    PyTuple_SET_ITEM (args, given + i, dy[i] ? tensor_wrap (lk_tensor_ref (dy[i])) : Py_NewRef (Py_None));
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
ask (const LkCall *call, PyObject *function, PyObject *first, LkTensor *const *dy, LkTensor **dx)
{
  PyObject *items = call_with (function, first, dy, call->n_outputs);
  if (items != NULL)
    take_results (call, items, dx);
  Py_XDECREF (items);
  if (PyErr_Occurred ())
    lk_context_fail (call->ctx, LK_UNKNOWN, "the gradient function raised an exception");
}

static void
rule (const LkCall *call, LkTensor *const *dy, LkTensor **dx, gpointer data)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  ask (call, data, NULL, dy, dx);
  PyGILState_Release (state);
}

/* The function also wants the operation. */
static void
rule_of_operation (const LkCall *call, LkTensor *const *dy, LkTensor **dx, gpointer data)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  ask (call, data, operation_wrap (call->outputs[0]->node), dy, dx);
  PyGILState_Release (state);
}

LkClosure *
closure_of (PyObject *function, gboolean of_operation)
{
  if (function == Py_None)
    return NULL;
  if (!PyCallable_Check (function))
    return PyErr_Format (PyExc_TypeError, "a gradient function is expected, not %R", function), NULL;
  return lk_closure_new (of_operation ? rule_of_operation : rule, Py_NewRef (function), closure_free);
}
