/* SPDX-License-Identifier: MIT */
/* The module _lockstep: its types and functions, gathered. */
#include "binding.h"

Lent lent;

LkContext *
binding_context (void)
{
  static __thread LkContext *context;
  if (G_UNLIKELY (context == NULL))
    {
      context = lk_context_default ();
      lk_context_set_locate (context, locate, NULL);
    }
  return context;
}

/* register (name=object, …): see Lent. */
static PyObject *
lend (PyObject *module, PyObject *args, PyObject *kw)
{
  static const struct { const char *name; PyObject **place; } places[] = {
    { "TensorShape", &lent.TensorShape }, { "as_dtype", &lent.as_dtype }, { "dtypes", &lent.dtypes },
    { "errors", &lent.errors }, { "not_allowed", &lent.not_allowed }, { "boolean_mask", &lent.boolean_mask },
    { "symbolic_apply", &lent.symbolic_apply }, { "CompositeTensor", &lent.CompositeTensor },
    { "composite_apply", &lent.composite_apply }, { "callback", &lent.callback }, { "IndexedSlices", &lent.IndexedSlices },
    { "numerics_message", &lent.numerics_message }, { "bfloat16_repr", &lent.bfloat16_repr },
  };
  for (gsize i = 0; kw && i < G_N_ELEMENTS (places); i++)
    {
      PyObject *object = PyDict_GetItemString (kw, places[i].name);
      if (object != NULL)
        Py_XSETREF (*places[i].place, Py_NewRef (object));
    }
  Py_RETURN_NONE;
}

/* convert (value, dtype or None) → Tensor, a Const node while tracing; tensors, and composite ones, which the op then asks
   what to do, are given back as they are */
static PyObject *
convert (PyObject *module, PyObject *const *args, Py_ssize_t n)
{
  if (n < 1)
    return PyErr_Format (PyExc_TypeError, "convert (value, dtype=None) is expected");
  if (IS_TENSOR (args[0]))
    return Py_NewRef (args[0]);
  if (lent.CompositeTensor != NULL && PyObject_IsInstance (args[0], lent.CompositeTensor) == 1)
    return Py_NewRef (args[0]);
  LkDType want = n > 1 && args[1] != Py_None ? dtype_of (args[1]) : LK_INVALID;
  return PyErr_Occurred () ? NULL : tensor_wrap (input_of (args[0], want));
}

/* value (object, dtype or None) → a Tensor with a value, even while tracing */
static PyObject *
value (PyObject *module, PyObject *const *args, Py_ssize_t n)
{
  LkDType want = n > 1 && args[1] != Py_None ? dtype_of (args[1]) : LK_INVALID;
  return PyErr_Occurred () || n < 1 ? NULL : tensor_wrap (value_of (args[0], want));
}

static PyObject *
matmul (PyObject *module, PyObject *const *args, Py_ssize_t n)
{
  return n == 2 ? tensor_matmul (args[0], args[1]) : PyErr_Format (PyExc_TypeError,
                                                                   "matmul (a, b) is expected");
}

/* constant_value (tensor) → Tensor when the value is known now: it has one or is a Const node; else None */
static PyObject *
constant_value (PyObject *module, PyObject *object)
{
  LkTensor *tensor = IS_TENSOR (object) ? TENSOR (object) : NULL;
  if (tensor && tensor->node && strcmp (tensor->node->op->name, "Const") == 0)
    tensor = tensor->node->attrs[0].tensor;
  if (tensor == NULL || tensor->node != NULL)
    Py_RETURN_NONE;
  return tensor_wrap (lk_tensor_ref (tensor));
}

/* tell_constant (tensor): the program made it here; for a debugger */
static PyObject *
tell_constant (PyObject *module, PyObject *object)
{
  if (LK_WATCHED && IS_TENSOR (object) && TENSOR (object)->node == NULL)
    lk_emit_constant (binding_context (), TENSOR (object));
  Py_RETURN_NONE;
}

static PyObject *
set_seed (PyObject *module, PyObject *seed)
{
  long long number = PyLong_AsLongLong (seed);
  if (number == -1 && PyErr_Occurred ())
    return NULL;
  lk_context_set_seed (binding_context (), number);
  Py_RETURN_NONE;
}

/* What lent.numerics_message says of an output. */
static char *
numerics_message (const LkCall *call, guint output, gpointer data)
{
  PyGILState_STATE state = PyGILState_Ensure ();
  g_autofree LkTensor **inputs = g_new (LkTensor *, call->n_inputs + 1);
  for (guint i = 0; i < call->n_inputs; i++)
    inputs[i] = lk_tensor_ref (call->inputs[i]);
  PyObject *list = tensor_wrap_all (inputs, call->n_inputs);
  PyObject *text = list == NULL || lent.numerics_message == NULL ? NULL
    : PyObject_CallFunction (lent.numerics_message, "sIINN", call->op->name, output, call->n_outputs,
                             tensor_wrap (lk_tensor_ref (call->outputs[output])), list);
  char *message = text != NULL ? g_strdup (PyUnicode_AsUTF8 (text)) : NULL;
  Py_XDECREF (text);
  PyErr_Clear ();
  PyGILState_Release (state);
  return message;
}

/* check_numerics (whether): are this thread's ops checked for NaN and infinity? */
static PyObject *
check_numerics (PyObject *module, PyObject *whether)
{
  const int on = PyObject_IsTrue (whether);
  if (on < 0)
    return NULL;
  lk_context_check_numerics (binding_context (), on ? numerics_message : NULL, NULL);
  Py_RETURN_NONE;
}

/* set_threads (n): that many for a kernel; 0: as many as there are processors */
static PyObject *
set_threads (PyObject *module, PyObject *n)
{
  const long number = PyLong_AsLong (n);
  if (number == -1 && PyErr_Occurred ())
    return NULL;
  if (number < 0)
    return PyErr_Format (PyExc_ValueError, "the number of threads is %ld, but can not be negative", number);
  lk_threads_set (MIN (number, G_MAXINT));
  Py_RETURN_NONE;
}

static PyObject *
threads (PyObject *module, PyObject *none)
{
  return PyLong_FromUnsignedLong (lk_threads ());
}

/* memory () → bytes of the values of this thread, now and at most since reset_memory () */
static PyObject *
memory (PyObject *module, PyObject *none)
{
  gssize now, most;
  lk_buffer_live (&now, &most);
  return Py_BuildValue ("nn", (Py_ssize_t) now, (Py_ssize_t) most);
}

static PyObject *
reset_memory (PyObject *module, PyObject *none)
{
  lk_buffer_reset_most ();
  Py_RETURN_NONE;
}

/* switch_pass (name, on): a pass of the optimiser; "all" is one */
static PyObject *
switch_pass (PyObject *module, PyObject *args)
{
  const char *name;
  int on;
  if (!PyArg_ParseTuple (args, "sp", &name, &on))
    return NULL;
  if (!lk_pass_switch (name, on))
    return PyErr_Format (PyExc_ValueError, "the optimiser has no pass '%s'", name);
  Py_RETURN_NONE;
}

/* set_least_nodes (n): of graphs that are rewritten */
static PyObject *
set_least_nodes (PyObject *module, PyObject *n)
{
  const long least = PyLong_AsLong (n);
  if (least == -1 && PyErr_Occurred ())
    return NULL;
  lk_pass_set_least (CLAMP (least, 0, G_MAXINT));
  Py_RETURN_NONE;
}

#define FAST(function) (PyCFunction) (void (*) (void)) function, METH_FASTCALL
static PyMethodDef methods[] = {
  { "register", (PyCFunction) (void (*) (void)) lend, METH_VARARGS | METH_KEYWORDS, NULL },
  { "convert", FAST (convert), NULL }, { "value", FAST (value), NULL }, { "matmul", FAST (matmul), NULL },
  { "constant_value", constant_value, METH_O, NULL }, { "tell_constant", tell_constant, METH_O, NULL },
  { "set_seed", set_seed, METH_O, NULL },
  { "quick", quick_new, METH_VARARGS, NULL }, { "update", FAST (update_variables), NULL },
  { "check_numerics", check_numerics, METH_O, NULL },
  { "memory", memory, METH_NOARGS, NULL }, { "reset_memory", reset_memory, METH_NOARGS, NULL },
  { "run_eagerly", caller_run_eagerly, METH_O, NULL },
  { "set_threads", set_threads, METH_O, NULL }, { "threads", threads, METH_NOARGS, NULL },
  { "switch_pass", switch_pass, METH_VARARGS, NULL }, { "set_least_nodes", set_least_nodes, METH_O, NULL },
  { "apply", (PyCFunction) (void (*) (void)) op_apply, METH_FASTCALL | METH_KEYWORDS, NULL },
  { NULL }
};

/* Tensor and Variable share the operators: their slots are those of number.c and their own. */
static PyObject *
type_with_numbers (PyType_Spec *spec)
{
  PyType_Slot slots[96];
  guint n = 0;
  for (const PyType_Slot *slot = number_slots; slot->slot; slot++)
    slots[n++] = *slot;
  for (const PyType_Slot *slot = spec->slots; slot->slot; slot++)
    slots[n++] = *slot;
  slots[n] = (PyType_Slot) { 0 };
  PyType_Spec joint = *spec;
  joint.slots = slots;
  PyObject *type = PyType_FromSpec (&joint);
  PyObject *priority = PyLong_FromLong (100);
  if (type != NULL && priority != NULL)
    PyObject_SetAttrString (type, "__array_priority__", priority);
  Py_XDECREF (priority);
  return type;
}

static gboolean
add_types (PyObject *module)
{
  tensor_type = (PyTypeObject *) type_with_numbers (&tensor_spec);
  variable_type = (PyTypeObject *) type_with_numbers (&variable_spec);
  if (tensor_type == NULL || variable_type == NULL)
    return FALSE;
  eager_type = (PyTypeObject *) PyType_FromSpecWithBases (&eager_spec, (PyObject *) tensor_type);
  symbolic_type = (PyTypeObject *) PyType_FromSpecWithBases (&symbolic_spec, (PyObject *) tensor_type);
  graph_type = (PyTypeObject *) PyType_FromSpec (&graph_spec);
  operation_type = (PyTypeObject *) PyType_FromSpec (&operation_spec);
  dtype_type = (PyTypeObject *) PyType_FromSpec (&dtype_spec);
  op_type = (PyTypeObject *) PyType_FromSpec (&op_spec);
  quick_type = (PyTypeObject *) PyType_FromSpec (&quick_spec);
  function_type = (PyTypeObject *) PyType_FromSpec (&function_spec);
  PyTypeObject *const types[] = { tensor_type, eager_type, symbolic_type, variable_type, graph_type,
    operation_type,
                                  dtype_type, op_type, quick_type, function_type };
  PyType_Spec *const others[] = { &tape_spec, &forward_spec, &caller_spec, &container_spec, &writer_spec };
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (types[i] == NULL || PyModule_AddType (module, types[i]) < 0)
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      PyObject *type = PyType_FromSpec (others[i]);
      if (type == NULL || PyModule_AddType (module, (PyTypeObject *) type) < 0)
        return FALSE;
      Py_DECREF (type);
    }
  return TRUE;
}

static struct PyModuleDef definition = {
  PyModuleDef_HEAD_INIT, "_lockstep", "The engine, for Python. Programs use the package tensorflow over it.",
    -1, methods
};

PyMODINIT_FUNC PyInit__lockstep (void);

PyMODINIT_FUNC
PyInit__lockstep (void)
{
  PyObject *module = PyModule_Create (&definition);
  callback_init ();
  if (module == NULL || PyModule_AddFunctions (module, graph_methods) < 0 || PyModule_AddFunctions (module, gate_methods) < 0
      || PyModule_AddFunctions (module, summary_methods) < 0 || PyModule_AddFunctions (module, control_methods) < 0
      || PyModule_AddFunctions (module, records_methods) < 0
      || PyModule_AddFunctions (module, message_methods) < 0 || !add_types (module))
    return NULL;
  return PyModule_AddObject (module, "ops", op_table ()) < 0 ? NULL : module;
}
