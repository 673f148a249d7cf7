/* SPDX-License-Identifier: MIT */
/* What tf.function makes is called here. A call that is like one before, of tensors and the same numbers, goes straight to the graph
   that was traced for it; all others to the Python method _call_any(), which finds the trace, or makes it, and says by
   remember() what may be taken again. */
#include "binding.h"

enum { KEPT = 4, MOST = 8, MOST_OUTPUTS = 16 };

/* A result's form. Others than these are made in Python. */
typedef enum { FORM_NONE, FORM_SINGLE, FORM_TUPLE, FORM_LIST } Form;

typedef struct
{
  PyObject *object;       /* the Function; NULL for an entry not in use */
  LkFunction *function;   /* its own */
  Form form;
  guint n;
  struct
  {
    PyObject *same;       /* a number, text or None that the argument has to be; NULL for a tensor */
    LkDType dtype;
    LkShape shape;
  } arguments[MOST];
} Known;

typedef struct
{
  PyObject_HEAD
  Known known[KEPT];
  guint next;             /* to be replaced */
} PyCaller;

static gboolean eagerly;        /* functions run as plain Python */

static void
forget (Known *known)
{
  for (guint i = 0; i < known->n; i++)
    Py_CLEAR (known->arguments[i].same);
  Py_CLEAR (known->object);
}

static gboolean
fits (const Known *known, PyObject *const *args, guint n)
{
  if (known->object == NULL || known->n != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (args[i] == known->arguments[i].same)
        continue;
      if (known->arguments[i].same != NULL || Py_TYPE (args[i]) != eager_type)
        return FALSE;
      const LkTensor *given = TENSOR (args[i]);
      const LkShape *shape = &known->arguments[i].shape;
      if (given->dtype != known->arguments[i].dtype || given->shape.rank != shape->rank)
        return FALSE;
      for (guint k = 0; k < shape->rank; k++)
        if (given->shape.dims[k] != shape->dims[k])
          return FALSE;
    }
  return TRUE;
}

static PyObject *
result_of (const Known *known, LkTensor **outputs, guint n)
{
  PyObject *result;
  switch (known->form)
    {
    case FORM_NONE:
      Py_RETURN_NONE;
    case FORM_SINGLE:
      return tensor_wrap (outputs[0]);
    case FORM_TUPLE:
      result = PyTuple_New (n);
      for (guint i = 0; result != NULL && i < n; i++)
        PyTuple_SET_ITEM (result, i, tensor_wrap (outputs[i]));
      return result;
    default:
      return tensor_wrap_all (outputs, n);
    }
}

static PyObject *
run (Known *known, PyObject *const *args, guint n)
{
  LkTensor *inputs[MOST], *outputs[MOST_OUTPUTS];
  LkContext *ctx = binding_context ();
  LkFunction *function = lk_function_ref (known->function);       /* a call within may replace what is known */
  const guint n_outputs = lk_function_n_outputs (function);
  PyObject *result;
  for (guint i = 0, k = 0; i < n; i++)
    if (known->arguments[i].same == NULL)
      inputs[k++] = TENSOR (args[i]);
  result = lk_function_call (ctx, function, inputs, outputs) ? result_of (known, outputs, n_outputs) : raise_engine (ctx, NULL);
  lk_function_unref (function);
  return result;
}

static PyObject *
call (PyCaller *self, PyObject *args, PyObject *keywords)
{
  static PyObject *name;
  const guint n = (guint) PyTuple_GET_SIZE (args);
  if (n <= MOST && (keywords == NULL || PyDict_GET_SIZE (keywords) == 0) && !eagerly && !LK_WATCHED
      && lk_context_graph (binding_context ()) == NULL)
    for (guint i = 0; i < KEPT; i++)
      if (fits (&self->known[i], &PyTuple_GET_ITEM (args, 0), n))
        return run (&self->known[i], &PyTuple_GET_ITEM (args, 0), n);
  if (name == NULL && (name = PyUnicode_InternFromString ("_call_any")) == NULL)
    return NULL;
  PyObject *method = PyObject_GetAttr ((PyObject *) self, name);
  PyObject *result = method != NULL ? PyObject_Call (method, args, keywords) : NULL;
  Py_XDECREF (method);
  return result;
}

static gboolean
form_of (PyObject *form, guint n_outputs, Form *found)
{
  if (form == Py_None)
    *found = FORM_NONE;
  else if (form == (PyObject *) &PyTuple_Type)
    *found = FORM_TUPLE;
  else if (form == (PyObject *) &PyList_Type)
    *found = FORM_LIST;
  else
    *found = FORM_SINGLE;
  return *found == FORM_NONE ? n_outputs == 0 : *found != FORM_SINGLE || n_outputs == 1;
}

/* Of a kind whose values never change, so that the same object is the same value. */
static gboolean
is_plain_value (PyObject *object)
{
  return object == Py_None || PyBool_Check (object) || PyLong_CheckExact (object) || PyFloat_CheckExact (object)
         || PyUnicode_CheckExact (object);
}

/* What a call like this one has to be given. FALSE: that cannot be told from tensors and plain values. */
static gboolean
describe (Known *entry, PyObject *args)
{
  guint n_tensors = 0;
  for (guint i = 0; i < entry->n; i++)
    {
      PyObject *given = PyTuple_GET_ITEM (args, i);
      if (Py_TYPE (given) == eager_type)
        {
          entry->arguments[i].dtype = TENSOR (given)->dtype;
          entry->arguments[i].shape = TENSOR (given)->shape;
          n_tensors++;
        }
      else if (is_plain_value (given))
        entry->arguments[i].same = given;
      else
        return FALSE;
    }
  return n_tensors == lk_function_n_inputs (entry->function);
}

/* remember (args, function, form): a call with such args is one of function, and nothing else. form: tuple, list or None for
   what the result is, anything else for a single tensor. What cannot be known again is not remembered. */
static PyObject *
remember (PyCaller *self, PyObject *list)
{
  PyObject *args, *function, *form;
  if (!PyArg_ParseTuple (list, "O!OO", &PyTuple_Type, &args, &function, &form))
    return NULL;
  LkFunction *known = function_of (function);
  if (known == NULL)
    return PyErr_Format (PyExc_TypeError, "a Function is expected, not %R", function);
  Known entry = { function, known, FORM_NONE, (guint) PyTuple_GET_SIZE (args), { { 0 } } };
  if (entry.n > MOST || lk_function_n_outputs (known) > MOST_OUTPUTS
      || !form_of (form, lk_function_n_outputs (known), &entry.form) || !describe (&entry, args))
    Py_RETURN_NONE;
  Known *place = &self->known[self->next++ % KEPT];
  Py_INCREF (function);
  for (guint i = 0; i < entry.n; i++)
    Py_XINCREF (entry.arguments[i].same);
  forget (place);
  *place = entry;
  Py_RETURN_NONE;
}

static void
dealloc (PyCaller *self)
{
  PyTypeObject *type = Py_TYPE (self);
  for (guint i = 0; i < KEPT; i++)
    forget (&self->known[i]);
  type->tp_free (self);
  Py_DECREF (type);
}

PyObject *
caller_run_eagerly (PyObject *module, PyObject *yes)
{
  const int truth = PyObject_IsTrue (yes);
  if (truth < 0)
    return NULL;
  eagerly = truth;
  Py_RETURN_NONE;
}

static PyMethodDef methods[] = { { "remember", (PyCFunction) remember, METH_VARARGS, NULL }, { NULL } };
static PyType_Slot slots[] = {
  { Py_tp_call, call }, { Py_tp_dealloc, dealloc }, { Py_tp_methods, methods }, { 0 }
};
PyType_Spec caller_spec = { "_lockstep.Caller", sizeof (PyCaller), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots };
