/* SPDX-License-Identifier: MIT */
/* What tf.GradientTape is in C: its state, and gradients in the usual case. */
#include "binding.h"

typedef struct
{
  PyObject_HEAD
  LkTape *tape;
  gboolean persistent;
  gboolean recording;
  gboolean used;          /* its gradients were taken */
} PyTape;

/* Tape (persistent=False, watch_accessed_variables=True) */
static PyObject *
tape_new (PyTypeObject *type, PyObject *args, PyObject *kw)
{
  static char *names[] = { "persistent", "watch_accessed_variables", NULL };
  int persistent = FALSE, watch = TRUE;
  if (!PyArg_ParseTupleAndKeywords (args, kw, "|pp", names, &persistent, &watch))
    return NULL;
  PyTape *self = (PyTape *) type->tp_alloc (type, 0);
  /* The engine's tape is persistent in any case: jacobians ask it row by row. But one that serves once has stopped by then. */
  self->tape = lk_tape_new (binding_context (), TRUE, watch);
  if (!persistent)
    lk_tape_take_first_only (self->tape);
  self->persistent = persistent;
  return (PyObject *) self;
}

static void
tape_dealloc (PyTape *self)
{
  PyTypeObject *type = Py_TYPE (self);
  lk_tape_free (self->tape);
  type->tp_free (self);
  Py_DECREF (type);
}

static PyObject *
start (PyTape *self, PyObject *unused)
{
  if (self->recording)
    return PyErr_SetString (PyExc_ValueError,
                            "Tape is still recording, This can happen if you try to re-enter an already-active tape."), NULL;
  lk_tape_start (self->tape);
  self->recording = TRUE;
  return Py_NewRef (self);
}

static PyObject *
stop (PyTape *self, PyObject *unused)
{
  if (!self->recording)
    return PyErr_SetString (PyExc_ValueError, "Tape is not recording."), NULL;
  lk_tape_stop (self->tape);
  self->recording = FALSE;
  Py_RETURN_NONE;
}

static PyObject *
leave (PyTape *self, PyObject *const *args, Py_ssize_t n)
{
  return self->recording ? stop (self, NULL) : Py_NewRef (Py_None);
}

static PyObject *
forget (PyTape *self, PyObject *unused)
{
  lk_tape_reset (self->tape);
  Py_RETURN_NONE;
}

static PyObject *
watch_one (PyTape *self, PyObject *object)
{
  if (!IS_TENSOR (object) && !IS_VARIABLE (object))
    return PyErr_Format (PyExc_TypeError, "a tensor or a variable is expected, not %R", object);
  lk_tape_watch (self->tape, IS_TENSOR (object) ? TENSOR (object) : ((PyVariable *) object)->handle);
  Py_RETURN_NONE;
}

static PyObject *
watched_variables (PyTape *self, PyObject *unused)
{
  GPtrArray *handles = lk_tape_watched_variables (self->tape);
  PyObject *list = PyList_New (0);
  for (guint i = 0; i < handles->len; i++)
    {
      LkTensor *handle = handles->pdata[i];
      PyObject *variable = handle->data ? variable_find (lk_variable_of (handle)) : Py_NewRef (Py_None);
      if (variable != Py_None)
        PyList_Append (list, variable);
      Py_DECREF (variable);
    }
  g_ptr_array_unref (handles);
  PyObject *result = PyList_AsTuple (list);
  Py_DECREF (list);
  return result;
}

/* ---- gradients ---- */

/* A tape that is not persistent serves once, and stops recording then. */
static gboolean
spend (PyTape *self)
{
  if (self->used && !self->persistent)
    return PyErr_SetString (PyExc_RuntimeError, "A non-persistent GradientTape can only be used to compute one set of "
                            "gradients (or jacobians)"), FALSE;
  self->used = TRUE;
  if (self->recording && !self->persistent)
    Py_DECREF (stop (self, NULL));
  return TRUE;
}

static PyObject *
spend_once (PyTape *self, PyObject *unused)
{
  return spend (self) ? Py_NewRef (Py_None) : NULL;
}

/* What a spent tape holds is of no use any more, but for which variables it saw. */
static void
finish (PyTape *self)
{
  if (!self->persistent)
    lk_tape_forget (self->tape);
}

static PyObject *
finish_once (PyTape *self, PyObject *unused)
{
  finish (self);
  Py_RETURN_NONE;
}

/* A gradient (transfer full), or None. */
static PyObject *
gradient_wrap (LkContext *ctx, LkTensor *gradient)
{
  LkTensor *parts[3];
  if (!lk_is_slices (gradient))
    return gradient != NULL ? tensor_wrap (gradient) : Py_NewRef (Py_None);
  gboolean whole = lent.IndexedSlices == NULL, good = whole || lk_slices_parts (ctx, gradient, parts);
  LkTensor *dense = whole ? lk_slices_dense (ctx, gradient) : NULL;
  lk_tensor_unref (gradient);
  if (!good || (whole && dense == NULL))
    return raise_engine (ctx, NULL);
  return whole ? tensor_wrap (dense)
         : PyObject_CallFunction (lent.IndexedSlices, "NNN", tensor_wrap (parts[0]), tensor_wrap (parts[1]),
                                  tensor_wrap (parts[2]));
}

PyObject *
gradient_wrap_all (LkContext *ctx, LkTensor **gradients, guint n)
{
  PyObject *list = PyList_New (n);
  for (guint i = 0; i < n; i++)
    {
      PyObject *gradient = list != NULL ? gradient_wrap (ctx, gradients[i]) : NULL;
      if (gradient == NULL)
        Py_CLEAR (list);
      else
        PyList_SET_ITEM (list, i, gradient);
    }
  return list;
}

/* _gradient (targets, seeds or None, sources, zero) → list with None where unconnected */
static PyObject *
gradient (PyTape *self, PyObject *args)
{
  PyObject *target_list, *seed_list, *source_list;
  int zero;
  if (!PyArg_ParseTuple (args, "OOOp", &target_list, &seed_list, &source_list, &zero))
    return NULL;
  g_autoptr (GPtrArray) targets = g_ptr_array_new (), seeds = g_ptr_array_new (),
    sources = g_ptr_array_new ();
  if (!tensors_collect (target_list, targets) || !tensors_collect (source_list, sources)
      || (seed_list != Py_None && !tensors_collect (seed_list, seeds)))
    return NULL;
  LkContext *ctx = binding_context ();
  g_autofree LkTensor **results = g_new0 (LkTensor *, sources->len + 1);
  if (!lk_tape_gradient_slices (self->tape, (LkTensor **) targets->pdata, targets->len,
                         seed_list == Py_None ? NULL : (LkTensor **) seeds->pdata, (LkTensor **) sources->pdata,
                         sources->len, zero ? LK_UNCONNECTED_ZERO : LK_UNCONNECTED_NONE, results))
    return raise_engine (ctx, NULL);
  return gradient_wrap_all (ctx, results, sources->len);
}

static gboolean
is_trainable (LkDType dtype)
{
  return lk_dtype_has_gradient (dtype) || dtype == LK_RESOURCE || dtype == LK_VARIANT;
}

/* The tensor by which the engine knows a source; NULL for what is none, or deserves a warning. */
static LkTensor *
source_of (PyObject *object)
{
  LkTensor *tensor = IS_TENSOR (object) ? TENSOR (object) : IS_VARIABLE (object) ? ((PyVariable *) object)->handle : NULL;
  return tensor != NULL && is_trainable (dtype_shown (object)) ? tensor : NULL;
}

/* The tensors of a list of sources, or of a single one. -1 when these are not the usual ones. */
static int
usual_sources (PyObject *given, LkTensor **sources, int most)
{
  gboolean list = PyList_CheckExact (given);
  Py_ssize_t n = list ? PyList_GET_SIZE (given) : 1;
  if (n > most)
    return -1;
  for (Py_ssize_t i = 0; i < n; i++)
    if ((sources[i] = source_of (list ? PyList_GET_ITEM (given, i) : given)) == NULL)
      return -1;
  return (int) n;
}

/* _usual_gradient (target, sources) → d(target)/d(sources) for one tensor by a tensor, a variable or a list of these;
   NotImplemented in any other case */
static PyObject *
usual_gradient (PyTape *self, PyObject *const *args, Py_ssize_t n_args)
{
  enum { FEW = 64 };
  LkTensor *sources[FEW], *results[FEW];
  gboolean usual = n_args == 2 && IS_TENSOR (args[0]) && is_trainable (TENSOR (args[0])->dtype);
  int n = usual ? usual_sources (args[1], sources, FEW) : -1;
  LkContext *ctx = binding_context ();
  if (n < 0)
    Py_RETURN_NOTIMPLEMENTED;
  if (!spend (self))
    return NULL;
  if (!lk_tape_gradient_slices (self->tape, &TENSOR (args[0]), 1, NULL, sources, (guint) n, LK_UNCONNECTED_NONE, results))
    return raise_engine (ctx, NULL);
  finish (self);
  if (PyList_CheckExact (args[1]))
    return gradient_wrap_all (ctx, results, (guint) n);
  return gradient_wrap (ctx, results[0]);
}

static PyObject *is_recording (PyTape *self, void *unused) { return PyBool_FromLong (self->recording); }

static PyGetSetDef getters[] = { { "_recording", (getter) is_recording, NULL, NULL, NULL }, { NULL } };

static PyMethodDef methods[] = {
  { "__enter__", (PyCFunction) start, METH_NOARGS, NULL },
  { "__exit__", (PyCFunction) (void (*) (void)) leave, METH_FASTCALL, NULL },
  { "_start", (PyCFunction) start, METH_NOARGS, NULL }, { "_pause", (PyCFunction) stop, METH_NOARGS, NULL },
  { "_forget", (PyCFunction) forget, METH_NOARGS, NULL }, { "_watch", (PyCFunction) watch_one, METH_O, NULL },
  { "_spend", (PyCFunction) spend_once, METH_NOARGS, NULL }, { "_finish", (PyCFunction) finish_once, METH_NOARGS, NULL },
  { "watched_variables", (PyCFunction) watched_variables, METH_NOARGS,
    "The variables that were watched, in the order of their first use." },
  { "_gradient", (PyCFunction) gradient, METH_VARARGS, NULL },
  { "_usual_gradient", (PyCFunction) (void (*) (void)) usual_gradient, METH_FASTCALL, NULL },
  { NULL }
};
static PyType_Slot slots[] = {
  { Py_tp_new, tape_new }, { Py_tp_dealloc, tape_dealloc }, { Py_tp_methods, methods }, { Py_tp_getset, getters }, { 0 }
};
PyType_Spec tape_spec = { "_lockstep.Tape", sizeof (PyTape), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, slots };
