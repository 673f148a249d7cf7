/* SPDX-License-Identifier: MIT */
/* What tf.function makes, and its traces, are called here. A call that is like one before goes straight to the graph that was
   traced for it; all others to the Python method _call_any (), which finds the trace, or makes it, and says by remember ()
   what may be taken again. As methods they are bound to objects by _bound_to (), once for each. */
#include "pattern.h"
#include <structmember.h>

enum { KEPT = 4 };

/* A result's form. Others than these are made in Python. */
typedef enum { FORM_NONE, FORM_SINGLE, FORM_TUPLE, FORM_LIST, FORM_OTHER } Form;

typedef struct
{
  PyObject *object;       /* the Function; NULL for an entry not in use */
  LkFunction *function;   /* its own */
  Form form;
  PyObject *fill;         /* of FORM_OTHER: called with the tensors */
  Pattern pattern;
} Known;

typedef struct
{
  PyObject *owner, *bound;        /* weak references; NULL for an entry not in use */
} Bound;

typedef struct
{
  PyObject_HEAD
  Known known[KEPT];
  Bound methods[KEPT];
  guint next, next_method;        /* to be replaced */
  Py_ssize_t n_calls;
} PyCaller;

static gboolean eagerly;        /* functions run as plain Python */

static void
forget (Known *known)
{
  Known old = *known;
  *known = (Known) { 0 };
  pattern_clear (&old.pattern);
  Py_XDECREF (old.fill);
  Py_XDECREF (old.object);
}

/* ---- calls ---- */

static PyObject *
tuple_of (LkTensor **outputs, guint n)
{
  PyObject *result = PyTuple_New (n);
  for (guint i = 0; result != NULL && i < n; i++)
    PyTuple_SET_ITEM (result, i, tensor_wrap (outputs[i]));
  return result;
}

static PyObject *
result_of (Form form, PyObject *fill, LkTensor **outputs, guint n)
{
  if (form == FORM_NONE)
    Py_RETURN_NONE;
  if (form == FORM_SINGLE)
    return tensor_wrap (outputs[0]);
  if (form == FORM_TUPLE)
    return tuple_of (outputs, n);
  PyObject *list = tensor_wrap_all (outputs, n);
  if (form == FORM_LIST || list == NULL)
    return list;
  PyObject *result = PyObject_CallOneArg (fill, list);
  Py_DECREF (list);
  return result;
}

/* A call within may replace what is known, so that nothing of it is read after. */
static PyObject *
run (Known *known, LkTensor **inputs)
{
  LkTensor *outputs[PATTERN_MOST];
  LkContext *ctx = binding_context ();
  LkFunction *function = lk_function_ref (known->function);
  const guint n_outputs = lk_function_n_outputs (function);
  const Form form = known->form;
  PyObject *fill = Py_XNewRef (known->fill);
  PyObject *result = lk_function_call (ctx, function, inputs, outputs) ? result_of (form, fill, outputs, n_outputs)
    : raise_engine (ctx, NULL);
  Py_XDECREF (fill);
  lk_function_unref (function);
  return result;
}

static PyObject *
call (PyCaller *self, PyObject *args, PyObject *keywords)
{
  static PyObject *name;
  LkTensor *inputs[PATTERN_MOST];
  self->n_calls++;
  if (keywords != NULL && PyDict_GET_SIZE (keywords) == 0)
    keywords = NULL;
  if (!eagerly && !LK_WATCHED && lk_context_graph (binding_context ()) == NULL)
    for (guint i = 0; i < KEPT; i++)
      if (self->known[i].object != NULL && pattern_fits (&self->known[i].pattern, args, keywords, inputs))
        return run (&self->known[i], inputs);
  if (name == NULL && (name = PyUnicode_InternFromString ("_call_any")) == NULL)
    return NULL;
  PyObject *method = PyObject_GetAttr ((PyObject *) self, name);
  PyObject *result = method != NULL ? PyObject_Call (method, args, keywords) : NULL;
  Py_XDECREF (method);
  return result;
}

static Form
form_of (PyObject *form)
{
  return form == Py_None ? FORM_NONE : form == (PyObject *) &PyTuple_Type ? FORM_TUPLE : form == (PyObject *) &PyList_Type ? FORM_LIST
         : PyCallable_Check (form) ? FORM_OTHER : FORM_SINGLE;
}

static gboolean
describe (Known *entry, PyObject *args, PyObject *keywords, LkFunction *function)
{
  LkTensor *inputs[PATTERN_MOST];
  guint n;
  const guint n_outputs = lk_function_n_outputs (function);
  if (n_outputs > PATTERN_MOST || (entry->form == FORM_NONE && n_outputs > 0) || (entry->form == FORM_SINGLE && n_outputs != 1)
      || !pattern_init (&entry->pattern, args, keywords, inputs, &n))
    return FALSE;
  if (n == lk_function_n_inputs (function))
    return TRUE;
  pattern_clear (&entry->pattern);
  return FALSE;
}

/* remember (args, keywords, function, form): a call with such arguments is one of function with their tensors in this order, and
   nothing else. form: tuple, list or None for what the result is, a function that makes it of the tensors, anything else for a
   single tensor. What cannot be known again is not remembered. */
static PyObject *
remember (PyCaller *self, PyObject *list)
{
  PyObject *args, *keywords, *function, *form;
  if (!PyArg_ParseTuple (list, "O!O!OO", &PyTuple_Type, &args, &PyDict_Type, &keywords, &function, &form))
    return NULL;
  LkFunction *known = function_of (function);
  if (known == NULL)
    return PyErr_Format (PyExc_TypeError, "a Function is expected, not %R", function);
  Known entry = { function, known, form_of (form), NULL, { 0 } };
  if (!describe (&entry, args, PyDict_GET_SIZE (keywords) ? keywords : NULL, known))
    Py_RETURN_NONE;
  Py_INCREF (function);
  entry.fill = entry.form == FORM_OTHER ? Py_NewRef (form) : NULL;
  Known *place = &self->known[self->next++ % KEPT];
  forget (place);
  *place = entry;
  Py_RETURN_NONE;
}

/* ---- methods ---- */

static void
keep_bound (PyCaller *self, PyObject *owner, PyObject *bound)
{
  PyObject *weak_owner = PyWeakref_NewRef (owner, NULL);
  PyObject *weak_bound = weak_owner != NULL ? PyWeakref_NewRef (bound, NULL) : NULL;
  if (weak_bound == NULL)
    {
      Py_XDECREF (weak_owner);
      PyErr_Clear ();
      return;
    }
  Bound *place = &self->methods[self->next_method++ % KEPT];
  Bound old = *place;
  *place = (Bound) { weak_owner, weak_bound };
  Py_XDECREF (old.owner);
  Py_XDECREF (old.bound);
}

static PyObject *
get (PyCaller *self, PyObject *owner, PyObject *type)
{
  static PyObject *name;
  if (owner == NULL || owner == Py_None)
    return Py_NewRef (self);
  for (guint i = 0; i < KEPT; i++)
    if (self->methods[i].owner != NULL && PyWeakref_GET_OBJECT (self->methods[i].owner) == owner)
      {
        PyObject *bound = PyWeakref_GET_OBJECT (self->methods[i].bound);
        if (bound != Py_None)
          return Py_NewRef (bound);
      }
  if (name == NULL && (name = PyUnicode_InternFromString ("_bound_to")) == NULL)
    return NULL;
  PyObject *bound = PyObject_CallMethodOneArg ((PyObject *) self, name, owner);
  if (bound != NULL && bound != (PyObject *) self)
    keep_bound (self, owner, bound);
  return bound;
}

/* _bound_to (owner): what is not made to be a method stays itself. */
static PyObject *
bound_to (PyObject *self, PyObject *owner)
{
  return Py_NewRef (self);
}

/* ---- the type ---- */

static int
traverse (PyCaller *self, visitproc visit, void *arg)
{
  Py_VISIT (Py_TYPE (self));
  for (guint i = 0; i < KEPT; i++)
    {
      Py_VISIT (self->known[i].object);
      Py_VISIT (self->known[i].fill);
      const int stop = pattern_traverse (&self->known[i].pattern, visit, arg);
      if (stop)
        return stop;
    }
  return 0;
}

static int
clear (PyCaller *self)
{
  for (guint i = 0; i < KEPT; i++)
    {
      forget (&self->known[i]);
      Py_CLEAR (self->methods[i].owner);
      Py_CLEAR (self->methods[i].bound);
    }
  return 0;
}

static void
dealloc (PyCaller *self)
{
  PyTypeObject *type = Py_TYPE (self);
  PyObject_GC_UnTrack (self);
  clear (self);
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

static PyMethodDef methods[] = {
  { "remember", (PyCFunction) remember, METH_VARARGS, NULL }, { "_bound_to", bound_to, METH_O, NULL }, { NULL }
};
static PyMemberDef members[] = { { "n_calls", T_PYSSIZET, offsetof (PyCaller, n_calls), READONLY, NULL }, { NULL } };
static PyType_Slot slots[] = {
  { Py_tp_call, call }, { Py_tp_descr_get, get }, { Py_tp_traverse, traverse }, { Py_tp_clear, clear }, { Py_tp_dealloc, dealloc },
  { Py_tp_methods, methods }, { Py_tp_members, members }, { 0 }
};
PyType_Spec caller_spec = {
  "_lockstep.Caller", sizeof (PyCaller), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots
};
