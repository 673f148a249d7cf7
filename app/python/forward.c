/* SPDX-License-Identifier: MIT */
/* Forward-mode accumulators. */
#include "binding.h"

typedef struct
{
  PyObject_HEAD
  LkForward *forward;
} PyForward;

static PyObject *
forward_new (PyTypeObject *type, PyObject *args, PyObject *kw)
{
  PyForward *self = (PyForward *) type->tp_alloc (type, 0);
  if (self != NULL)
    self->forward = lk_forward_new (binding_context ());
  return (PyObject *) self;
}

static void
forward_dealloc (PyForward *self)
{
  PyTypeObject *type = Py_TYPE (self);
  lk_forward_free (self->forward);
  type->tp_free (self);
  Py_DECREF (type);
}

static PyObject *
forward_start (PyForward *self, PyObject *unused)
{
  lk_forward_start (self->forward);
  Py_RETURN_NONE;
}

static PyObject *
forward_stop (PyForward *self, PyObject *unused)
{
  lk_forward_stop (self->forward);
  Py_RETURN_NONE;
}

/* A Tensor, or the handle of a Variable; NULL with an exception. */
static LkTensor *
followed (PyObject *object)
{
  if (IS_TENSOR (object) || IS_VARIABLE (object))
    return IS_TENSOR (object) ? TENSOR (object) : ((PyVariable *) object)->handle;
  return PyErr_Format (PyExc_TypeError, "a tensor or a variable is expected, not %R", object), NULL;
}

static PyObject *
forward_watch (PyForward *self, PyObject *const *args, Py_ssize_t n)
{
  LkTensor *primal = n == 2 ? followed (args[0]) : NULL;
  if (n != 2 || primal == NULL || !IS_TENSOR (args[1]))
    return PyErr_Occurred () ? NULL : PyErr_Format (PyExc_TypeError, "watch (primal, tangent) is expected");
  lk_forward_watch (self->forward, primal, TENSOR (args[1]));
  return lk_context_failed (binding_context ()) ? raise_engine (binding_context (), NULL) : Py_NewRef (Py_None);
}

static PyObject *
forward_tangent (PyForward *self, PyObject *object)
{
  LkTensor *primal = followed (object), *tangent;
  if (primal == NULL)
    return NULL;
  tangent = lk_forward_tangent (self->forward, primal);
  return tangent ? tensor_wrap (tangent) : Py_NewRef (Py_None);
}

static PyMethodDef forward_methods[] = {
  { "start", (PyCFunction) forward_start, METH_NOARGS, NULL },
  { "stop", (PyCFunction) forward_stop, METH_NOARGS, NULL },
  { "watch", (PyCFunction) (void (*) (void)) forward_watch, METH_FASTCALL, NULL },
  { "tangent", (PyCFunction) forward_tangent, METH_O, NULL }, { NULL }
};
static PyType_Slot forward_slots[] = {
  { Py_tp_new, forward_new }, { Py_tp_dealloc, forward_dealloc }, { Py_tp_methods, forward_methods }, { 0 }
};
PyType_Spec forward_spec = { "_lockstep.Forward", sizeof (PyForward), 0, Py_TPFLAGS_DEFAULT, forward_slots };
