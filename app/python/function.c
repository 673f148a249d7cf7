/* SPDX-License-Identifier: MIT */
/* Finished functions. */
#include "binding.h"

typedef struct
{
  PyObject_HEAD
  LkFunction *function;
} PyFunction;

PyTypeObject *function_type;

LkFunction *
function_of (PyObject *object)
{
  return PyObject_TypeCheck (object, function_type) ? ((PyFunction *) object)->function : NULL;
}

PyObject *
function_wrap (LkFunction *function)
{
  PyFunction *self = (PyFunction *) function_type->tp_alloc (function_type, 0);
  if (self == NULL)
    return lk_function_unref (function), NULL;
  self->function = function;
  return (PyObject *) self;
}

gboolean
tensors_collect (PyObject *list, GPtrArray *into)
{
  PyObject *items = PySequence_Fast (list, "a list of tensors is expected");
  for (Py_ssize_t i = 0; items && i < PySequence_Fast_GET_SIZE (items); i++)
    {
      PyObject *item = PySequence_Fast_GET_ITEM (items, i);
      if (item == Py_None)
        g_ptr_array_add (into, NULL);
      else if (IS_TENSOR (item))
        g_ptr_array_add (into, TENSOR (item));
      else if (IS_VARIABLE (item))
        g_ptr_array_add (into, ((PyVariable *) item)->handle);
      else
        PyErr_Format (PyExc_TypeError, "a tensor or a variable is expected, not %R", item);
    }
  Py_XDECREF (items);
  return !PyErr_Occurred ();
}

/* Function (name, graph, inputs, outputs) */
static PyObject *
function_new (PyTypeObject *type, PyObject *args, PyObject *kw)
{
  const char *name;
  PyObject *graph, *input_list, *output_list;
  if (!PyArg_ParseTuple (args, "sO!OO", &name, graph_type, &graph, &input_list, &output_list))
    return NULL;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new (), outputs = g_ptr_array_new ();
  if (!tensors_collect (input_list, inputs) || !tensors_collect (output_list, outputs))
    return NULL;
  LkContext *ctx = binding_context ();
  LkFunction *function = lk_function_new (ctx, name, ((PyGraph *) graph)->graph, (LkTensor **) inputs->pdata,
                                          inputs->len,
                                          (LkTensor **) outputs->pdata, outputs->len);
  if (function == NULL)
    return raise_engine (ctx, NULL);
  PyFunction *self = (PyFunction *) type->tp_alloc (type, 0);
  self->function = function;
  return (PyObject *) self;
}

static void
function_dealloc (PyFunction *self)
{
  PyTypeObject *type = Py_TYPE (self);
  lk_function_unref (self->function);
  type->tp_free (self);
  Py_DECREF (type);
}

/* call (sequence of tensors, without captures) → list of tensors */
static PyObject *
function_call (PyFunction *self, PyObject *list)
{
  enum { FEW = 16 };
  PyObject *items = PySequence_Fast (list, "a list of tensors is expected");
  if (items == NULL)
    return NULL;
  guint n = (guint) PySequence_Fast_GET_SIZE (items), n_outputs = lk_function_n_outputs (self->function);
  LkTensor *few[2 * FEW];
  g_autofree LkTensor **many = n > FEW || n_outputs > FEW ? g_new (LkTensor *, n + n_outputs) : NULL;
  LkTensor **inputs = many ? many : few, **outputs = many ? many + n : few + FEW;
  for (guint i = 0; i < n; i++)
    {
      PyObject *item = PySequence_Fast_GET_ITEM (items, i);
      inputs[i] = IS_TENSOR (item) ? TENSOR (item) : IS_VARIABLE (item) ? ((PyVariable *) item)->handle
        : NULL;
    }
  LkContext *ctx = binding_context ();
  gboolean good = n == lk_function_n_inputs (self->function);
  if (!good)
    PyErr_Format (PyExc_TypeError, "%s takes %u tensors, here are %u", lk_function_name (self->function),
                  lk_function_n_inputs (self->function), n);
  else if (!(good = lk_function_call (ctx, self->function, inputs, outputs)))
    raise_engine (ctx, NULL);
  Py_DECREF (items);
  if (LK_WATCHED && g_atomic_int_get (&gate_news))
    gate_catch_up ();
  return good ? tensor_wrap_all (outputs, n_outputs) : NULL;
}

/* memory () → bytes of a run's intermediate values, all together and at most at one time */
static PyObject *
function_memory (PyFunction *self, PyObject *unused)
{
  gsize together, at_once;
  lk_function_memory (binding_context (), self->function, &together, &at_once);
  return Py_BuildValue ("nn", (Py_ssize_t) together, (Py_ssize_t) at_once);
}

/* final_ops () → names of the ops of the graph that runs */
static PyObject *
function_final_ops (PyFunction *self, PyObject *unused)
{
  const LkGraph *graph = lk_function_final_graph (binding_context (), self->function);
  PyObject *names = PyList_New (lk_graph_n_nodes (graph));
  for (guint i = 0; names != NULL && i < lk_graph_n_nodes (graph); i++)
    PyList_SET_ITEM (names, i, PyUnicode_FromString (lk_graph_node (graph, i)->op->name));
  return names;
}

static PyObject *
function_name (PyFunction *self, void *unused)
{
  return PyUnicode_FromString (lk_function_name (self->function));
}

static PyObject *
function_graph (PyFunction *self, void *unused)
{
  return graph_find (lk_function_graph (self->function));
}

/* Those of the graph that stand for captures included, at the end. */
static PyObject *
function_inputs (PyFunction *self, void *outputs)
{
  const guint n = outputs ? lk_function_n_outputs (self->function) : lk_function_n_all (self->function);
  PyObject *list = PyList_New (n);
  for (guint i = 0; i < n && list != NULL; i++)
    PyList_SET_ITEM (list, i, tensor_wrap (lk_tensor_ref (outputs ? lk_function_output (self->function, i)
                                                                  : lk_function_input (self->function, i))));
  return list;
}

static PyGetSetDef function_getters[] = {
  { "name", (getter) function_name, NULL, NULL, NULL }, { "graph", (getter) function_graph, NULL, NULL, NULL },
  { "inputs", (getter) function_inputs, NULL, NULL, NULL }, { "outputs", (getter) function_inputs, NULL, NULL, "" }, { NULL }
};
static PyMethodDef function_methods[] = {
  { "call", (PyCFunction) function_call, METH_O, NULL }, { "memory", (PyCFunction) function_memory, METH_NOARGS, NULL },
  { "final_ops", (PyCFunction) function_final_ops, METH_NOARGS, NULL }, { NULL }
};
static PyType_Slot function_slots[] = {
  { Py_tp_new, function_new }, { Py_tp_dealloc, function_dealloc }, { Py_tp_methods, function_methods },
  { Py_tp_getset, function_getters }, { 0 }
};
PyType_Spec function_spec = { "_lockstep.Function", sizeof (PyFunction), 0, Py_TPFLAGS_DEFAULT,
  function_slots };
