/* SPDX-License-Identifier: MIT */
/* Functions of the API that are one op in the usual case: called eagerly with tensors or variables and nothing
   else, no Python runs between the call and the op. In all other cases the function that is wrapped does. */
#include "op.h"
#include <structmember.h>

enum { MOST = 3 };

PyTypeObject *quick_type;

typedef struct
{
  PyObject_HEAD
  vectorcallfunc vectorcall;
  PyObject *function;
  PyObject *dict;         /* __name__, __doc__, __wrapped__, … */
  PyObject *weak;
  const PyOp *op;
  guint n;                /* arguments that it takes in the usual case, the first of the function's */
  PyObject *names[MOST];  /* of these, interned */
  guint8 order[MOST];     /* the op's input that argument i is */
  gint8 ranks[MOST];      /* of the inputs; -1 any */
  gboolean all_axes;      /* the second input is all axes of the first */
} PyQuick;

/* The axes of a tensor of this rank, made once. */
static LkTensor *
all_axes (guint rank)
{
  static LkTensor *made[LK_MAX_RANK + 1];
  if (made[rank] == NULL)
    {
      gint32 axes[LK_MAX_RANK] = { 0, 1, 2, 3, 4, 5, 6, 7 };
      G_STATIC_ASSERT (LK_MAX_RANK == 8);
      LkShape shape = LK_SHAPE (rank);
      made[rank] = lk_tensor_new_copy (LK_INT32, &shape, axes);
    }
  return made[rank];
}

static int
place_of (const PyQuick *self, PyObject *name)
{
  for (guint i = 0; i < self->n; i++)
    if (self->names[i] == name)
      return (int) self->order[i];
  return -1;
}

/* Arguments in the order of the op's inputs. FALSE when they are not those of the usual case. */
static gboolean
arrange (const PyQuick *self, PyObject *const *args, Py_ssize_t n, PyObject *names, PyObject **given)
{
  Py_ssize_t n_names = names != NULL ? PyTuple_GET_SIZE (names) : 0;
  if (n + n_names != self->n)
    return FALSE;
  for (Py_ssize_t i = 0; i < n; i++)
    given[self->order[i]] = args[i];
  for (Py_ssize_t i = 0; i < n_names; i++)
    {
      int place = place_of (self, PyTuple_GET_ITEM (names, i));
      if (place < 0 || given[place] != NULL)
        return FALSE;
      given[place] = args[n + i];
    }
  return TRUE;
}

/* Tensors or variables of the right rank. */
static gboolean
fit (const PyQuick *self, PyObject *const *given)
{
  for (guint i = 0; i < self->n; i++)
    {
      gboolean tensor = Py_TYPE (given[i]) == eager_type;
      if (!tensor && !IS_VARIABLE (given[i]))
        return FALSE;
      guint rank = tensor ? TENSOR (given[i])->shape.rank : ((PyVariable *) given[i])->shape.rank;
      if (self->ranks[i] >= 0 && rank != (guint) self->ranks[i])
        return FALSE;
    }
  return TRUE;
}

static PyObject *
call (PyObject *object, PyObject *const *args, size_t flags, PyObject *names)
{
  const PyQuick *self = (PyQuick *) object;
  PyObject *given[MOST] = { NULL }, *result;
  LkTensor *inputs[MOST + 1];
  guint owned;
  if (lk_context_graph (binding_context ()) != NULL || !arrange (self, args, PyVectorcall_NARGS (flags), names, given)
      || !fit (self, given))
    return PyObject_Vectorcall (self->function, args, flags, names);
  if (!op_inputs (given, self->n, inputs, &owned))
    return NULL;
  if (self->all_axes)
    inputs[1] = all_axes (inputs[0]->shape.rank);
  result = op_run (self->op, inputs, self->op->fallbacks);
  op_inputs_clear (inputs, owned);
  return result;
}

/* Entry i of a tuple of small numbers; `otherwise` when there is no tuple. */
static long
entry (PyObject *tuple, guint i, long otherwise)
{
  return tuple == Py_None ? otherwise : PyLong_AsLong (PyTuple_GET_ITEM (tuple, i));
}

static gboolean
describe (PyQuick *self, PyObject *order, PyObject *ranks, PyObject *parameters)
{
  for (guint i = 0; i < self->n; i++)
    {
      long input = entry (order, i, i), rank = entry (ranks, i, -1);
      if (input < 0 || input >= self->n || rank < -1 || rank > LK_MAX_RANK)
        return PyErr_Format (PyExc_ValueError, "input %ld of rank %ld cannot be", input, rank), FALSE;
      self->order[i] = (guint8) input;
      self->ranks[i] = (gint8) rank;
      self->names[i] = Py_NewRef (PyTuple_GET_ITEM (parameters, i));
      PyUnicode_InternInPlace (&self->names[i]);
    }
  return TRUE;
}

static gboolean
is_tuple_of (PyObject *object, guint n)
{
  return object == Py_None || (PyTuple_Check (object) && PyTuple_GET_SIZE (object) == n);
}

/* quick (function, op, order, ranks, all_axes): order[i] is the op's input that parameter i of the function is. */
PyObject *
quick_new (PyObject *module, PyObject *args)
{
  PyObject *function, *op, *order, *ranks;
  int axes;
  if (!PyArg_ParseTuple (args, "OO!OOp", &function, op_type, &op, &order, &ranks, &axes))
    return NULL;
  PyObject *code = PyObject_GetAttrString (function, "__code__");
  PyObject *parameters = code ? PyObject_GetAttrString (code, "co_varnames") : NULL;
  guint n = ((PyOp *) op)->op->n_inputs - (axes ? 1 : 0);
  Py_XDECREF (code);
  if (parameters == NULL)
    return NULL;
  PyQuick *self = NULL;
  if (n > MOST || n > PyTuple_GET_SIZE (parameters) || !is_tuple_of (order, n) || !is_tuple_of (ranks, n))
    PyErr_Format (PyExc_ValueError, "%s does not take the first arguments of %R", ((PyOp *) op)->op->name, function);
  else if ((self = (PyQuick *) quick_type->tp_alloc (quick_type, 0)) != NULL)
    {
      self->vectorcall = call;
      self->function = Py_NewRef (function);
      self->op = (PyOp *) Py_NewRef (op);
      self->n = n;
      self->all_axes = axes;
      if (!describe (self, order, ranks, parameters))
        Py_CLEAR (self);
    }
  Py_DECREF (parameters);
  return (PyObject *) self;
}

static void
dealloc (PyQuick *self)
{
  PyTypeObject *type = Py_TYPE (self);
  if (self->weak != NULL)
    PyObject_ClearWeakRefs ((PyObject *) self);
  for (guint i = 0; i < MOST; i++)
    Py_XDECREF (self->names[i]);
  Py_XDECREF (self->function);
  Py_XDECREF (self->dict);
  Py_XDECREF ((PyObject *) self->op);
  type->tp_free (self);
  Py_DECREF (type);
}

static PyObject *repr (PyQuick *self) { return PyObject_Repr (self->function); }

/* Pickled and copied by name, as functions are. */
static PyObject *
reduce (PyQuick *self, PyObject *unused)
{
  return PyObject_GetAttrString (self->function, "__qualname__");
}

static PyMethodDef methods[] = { { "__reduce__", (PyCFunction) reduce, METH_NOARGS, NULL }, { NULL } };

static PyGetSetDef getters[] = {
  { "__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL }, { NULL }
};

static PyMemberDef members[] = {
  { "__vectorcalloffset__", T_PYSSIZET, offsetof (PyQuick, vectorcall), READONLY, NULL },
  { "__dictoffset__", T_PYSSIZET, offsetof (PyQuick, dict), READONLY, NULL },
  { "__weaklistoffset__", T_PYSSIZET, offsetof (PyQuick, weak), READONLY, NULL },
  { NULL }
};

static PyType_Slot slots[] = {
  { Py_tp_dealloc, dealloc }, { Py_tp_repr, repr }, { Py_tp_call, PyVectorcall_Call }, { Py_tp_methods, methods },
  { Py_tp_getset, getters }, { Py_tp_members, members }, { 0 }
};
PyType_Spec quick_spec = {
  "_lockstep.Quick", sizeof (PyQuick), 0,
  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_HAVE_VECTORCALL, slots
};
