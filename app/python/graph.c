/* SPDX-License-Identifier: MIT */
/* Graphs and their operations; tracing; running parts of a graph. */
#include "binding.h"
#include <structmember.h>

PyTypeObject *graph_type, *operation_type;
static GHashTable *known;               /* LkGraph → PyGraph, neither referenced */

typedef struct
{
  PyObject_HEAD
  LkContainer *container;
} PyContainer;

static PyObject *
graph_adopt (PyTypeObject *type, LkGraph *graph, gboolean of_function)
{
  PyGraph *self = (PyGraph *) type->tp_alloc (type, 0);
  if (self == NULL)
    return lk_graph_unref (graph), NULL;
  self->graph = graph;
  self->of_function = of_function;
  if (known == NULL)
    known = g_hash_table_new (NULL, NULL);
  g_hash_table_insert (known, graph, self);
  return (PyObject *) self;
}

/* Graph (name, of_function) */
static PyObject *
graph_new (PyTypeObject *type, PyObject *args, PyObject *kw)
{
  const char *name = "graph";
  int of_function = FALSE;
  if (PyTuple_GET_SIZE (args) > 0 && !PyArg_ParseTuple (args, "s|p", &name, &of_function))
    return NULL;
  LkGraph *graph = lk_graph_new (name);
  if (of_function)
    lk_graph_order_effects (graph);
  return graph_adopt (type, graph, of_function);
}

static void
graph_dealloc (PyGraph *self)
{
  PyTypeObject *type = Py_TYPE (self);
  if (self->weak != NULL)
    PyObject_ClearWeakRefs ((PyObject *) self);
  if (g_hash_table_lookup (known, self->graph) == self)
    g_hash_table_remove (known, self->graph);
  lk_graph_unref (self->graph);
  type->tp_free (self);
  Py_DECREF (type);
}

PyObject *
graph_find (LkGraph *graph)
{
  if (graph == NULL)
    Py_RETURN_NONE;
  PyObject *found = known ? g_hash_table_lookup (known, graph) : NULL;
  return found ? Py_NewRef (found) : graph_adopt (graph_type, lk_graph_ref (graph), TRUE);
}

gboolean
graph_is_function (const LkGraph *graph)
{
  PyGraph *found = known ? g_hash_table_lookup (known, graph) : NULL;
  return found == NULL || found->of_function;
}

PyObject *
operation_wrap (LkNode *node)
{
  PyOperation *self = PyObject_New (PyOperation, operation_type);
  if (self == NULL)
    return NULL;
  self->node = node;
  self->graph = lk_graph_ref (node->graph);
  return (PyObject *) self;
}

static void
operation_dealloc (PyOperation *self)
{
  PyTypeObject *type = Py_TYPE (self);
  lk_graph_unref (self->graph);
  PyObject_Free (self);
  Py_DECREF (type);
}

static PyObject *
operation_compare (PyObject *a, PyObject *b, int how)
{
  if (how != Py_EQ && how != Py_NE)
    Py_RETURN_NOTIMPLEMENTED;
  gboolean same = PyObject_TypeCheck (b, operation_type)
    && ((PyOperation *) a)->node == ((PyOperation *) b)->node;
  return PyBool_FromLong (same == (how == Py_EQ));
}

static Py_hash_t operation_hash (PyOperation *self) { return _Py_HashPointer (self->node); }

static PyObject *
operation_repr (PyOperation *self)
{
  return PyUnicode_FromFormat ("<tf.Operation '%s' type=%s>", self->node->name, self->node->op->name);
}

static PyObject *
tensors_list (LkTensor **tensors, guint n)
{
  PyObject *list = PyList_New (n);
  for (guint i = 0; i < n && list; i++)
    PyList_SET_ITEM (list, i, tensor_wrap (lk_tensor_ref (tensors[i])));
  return list;
}

static PyObject *
operation_get (PyOperation *self, void *what)
{
  LkNode *node = self->node;
  switch (*(const char *) what)
    {
    case 'n': return PyUnicode_FromString (node->name);
    case 't': return PyUnicode_FromString (node->op->name);
    case 'i': return tensors_list (node->inputs, node->n_inputs);
    case 'o': return tensors_list (node->outputs, node->n_outputs);
    case 'g': return graph_find (self->graph);
    case 'd': return PyUnicode_FromString ("");
    default:
      {
        PyObject *list = PyList_New (node->n_controls);
        for (guint i = 0; i < node->n_controls && list; i++)
          PyList_SET_ITEM (list, i, operation_wrap (node->controls[i]));
        return list;
      }
    }
}

/* _place(): file and line of the source that made it. */
static PyObject *
operation_place (PyOperation *self, PyObject *unused)
{
  const char *file = NULL;
  int line = 0;
  if (!lk_stream_site_get (self->node->stack, NULL, &file, NULL, &line))
    Py_RETURN_NONE;
  return Py_BuildValue ("(si)", file, line);
}

static PyObject *
ints_wrap (const LkInts *ints, gboolean types)
{
  PyObject *list = PyList_New (ints ? ints->n : 0);
  for (guint i = 0; ints && list && i < ints->n; i++)
    PyList_SET_ITEM (list, i, types ? dtype_wrap ((LkDType) ints->v[i]) : PyLong_FromLongLong (ints->v[i]));
  return list;
}

static PyObject *
functions_wrap (const LkFuncs *functions)
{
  PyObject *list = PyList_New (functions->n);
  for (guint i = 0; list && i < functions->n; i++)
    PyList_SET_ITEM (list, i, function_wrap (lk_function_ref (functions->v[i])));
  return list;
}

static PyObject *
floats_wrap (const LkFloats *floats)
{
  PyObject *list = PyList_New (floats ? floats->n : 0);
  for (guint i = 0; floats && list && i < floats->n; i++)
    PyList_SET_ITEM (list, i, PyFloat_FromDouble (floats->v[i]));
  return list;
}

/* _attr (name): the value of an attribute of the node, of the kinds that have a Python form. */
static PyObject *
operation_attr (PyOperation *self, PyObject *name)
{
  const char *text = PyUnicode_AsUTF8 (name);
  for (guint i = 0, given = 0; text && i < self->node->op->n_attrs; i++)
    {
      const LkAttrDef *def = &self->node->op->attrs[i];
      if (def->inferred)
        continue;
      const LkAttr *attr = &self->node->attrs[given++];
      if (strcmp (def->name, text) != 0)
        continue;
      switch (def->kind)
        {
        case LK_ATTR_BOOL: return PyBool_FromLong (attr->b);
        case LK_ATTR_INT: return PyLong_FromLongLong (attr->i);
        case LK_ATTR_FLOAT: return PyFloat_FromDouble (attr->f);
        case LK_ATTR_TYPE: return dtype_wrap (attr->type);
        case LK_ATTR_STRING: return PyBytes_FromString (attr->s ? attr->s : "");
        case LK_ATTR_SHAPE: return shape_wrap (attr->shape);
        case LK_ATTR_TENSOR: return tensor_wrap (lk_tensor_ref (attr->tensor));
        case LK_ATTR_FUNC: return function_wrap (lk_function_ref (attr->func));
        case LK_ATTR_FUNCS: return functions_wrap (attr->funcs);
        case LK_ATTR_INTS: case LK_ATTR_TYPES: return ints_wrap (attr->ints, def->kind == LK_ATTR_TYPES);
        case LK_ATTR_FLOATS: return floats_wrap (attr->floats);
        default: return PyErr_Format (PyExc_NotImplementedError, "attribute '%s' has no Python form", text);
        }
    }
  return text ? PyErr_Format (PyExc_ValueError, "Operation '%s' has no attr named '%s'.", self->node->name,
                              text) : NULL;
}

static PyGetSetDef operation_getters[] = {
  { "name", (getter) operation_get, NULL, NULL, "name" }, { "type", (getter) operation_get, NULL, NULL,
    "type" },
  { "inputs", (getter) operation_get, NULL, NULL, "inputs" }, { "outputs", (getter) operation_get, NULL, NULL,
    "outputs" },
  { "graph", (getter) operation_get, NULL, NULL, "graph" }, { "device", (getter) operation_get, NULL, NULL,
    "device" },
  { "control_inputs", (getter) operation_get, NULL, NULL, "controls" }, { NULL }
};
static PyMethodDef operation_methods[] = {
  { "_attr", (PyCFunction) operation_attr, METH_O, NULL },
  { "_place", (PyCFunction) operation_place, METH_NOARGS, NULL }, { NULL }
};
static PyType_Slot operation_slots[] = {
  { Py_tp_dealloc, operation_dealloc }, { Py_tp_repr, operation_repr }, { Py_tp_str, operation_repr },
  { Py_tp_richcompare, operation_compare }, { Py_tp_hash, operation_hash }, { Py_tp_getset,
    operation_getters },
  { Py_tp_methods, operation_methods }, { 0 }
};
PyType_Spec operation_spec = {
  "tensorflow.python.framework.ops.Operation", sizeof (PyOperation), 0,
  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, operation_slots
};

static PyObject *graph_id (PyGraph *self,
                           void *unused) { return PyLong_FromLong (lk_graph_id (self->graph)); }
static PyObject *graph_kind (PyGraph *self, void *unused) { return PyBool_FromLong (self->of_function); }

static PyObject *
graph_operations (PyGraph *self, PyObject *unused)
{
  guint n = lk_graph_n_nodes (self->graph);
  PyObject *list = PyList_New (n);
  for (guint i = 0; i < n && list; i++)
    PyList_SET_ITEM (list, i, operation_wrap (lk_graph_node (self->graph, i)));
  return list;
}

static PyObject *
graph_lookup (PyGraph *self, PyObject *name)
{
  LkNode *node = PyUnicode_Check (name) ? lk_graph_find (self->graph, PyUnicode_AsUTF8 (name)) : NULL;
  return node ? operation_wrap (node) : Py_NewRef (Py_None);
}

static PyObject *
graph_text (PyGraph *self, PyObject *unused)
{
  g_autofree char *text = lk_graph_text (self->graph);
  return PyUnicode_FromString (text);
}

static PyObject *
graph_captures (PyGraph *self, PyObject *unused)
{
  guint n = lk_graph_n_captures (self->graph);
  PyObject *list = PyList_New (n);
  for (guint i = 0; i < n && list; i++)
    {
      LkTensor *outer, *inner;
      lk_graph_capture_at (self->graph, i, &outer, &inner);
      PyObject *source = outer->dtype == LK_RESOURCE && outer->node == NULL && outer->data
        ? variable_find (lk_variable_of (outer)) : Py_NewRef (Py_None);
      PyList_SET_ITEM (list, i, Py_BuildValue ("(NNN)", tensor_wrap (lk_tensor_ref (outer)),
                                               tensor_wrap (lk_tensor_ref (inner)), source));
    }
  return list;
}

static PyObject *
graph_push_scope (PyGraph *self, PyObject *name)
{
  if (name != Py_None && !PyUnicode_Check (name))
    return PyErr_Format (PyExc_TypeError, "a scope's name is a string, not %R", name);
  lk_graph_push_scope (self->graph, name == Py_None ? NULL : PyUnicode_AsUTF8 (name));
  Py_RETURN_NONE;
}

static PyObject *
graph_scope (PyGraph *self, PyObject *unused)
{
  return PyUnicode_FromString (lk_graph_scope (self->graph));
}

/* unique_name (name, mark as used) */
static PyObject *
graph_unique_name (PyGraph *self, PyObject *args)
{
  const char *name;
  int mark;
  if (!PyArg_ParseTuple (args, "sp", &name, &mark))
    return NULL;
  g_autofree char *found = lk_graph_name_below (self->graph, name, mark);
  return PyUnicode_FromString (found);
}

static PyObject *
graph_finalize (PyGraph *self, PyObject *final)
{
  lk_graph_finalize (self->graph, PyObject_IsTrue (final));
  Py_RETURN_NONE;
}

static PyObject *
graph_pop_scope (PyGraph *self, PyObject *unused)
{
  lk_graph_pop_scope (self->graph);
  Py_RETURN_NONE;
}

static PyObject *
graph_push_controls (PyGraph *self, PyObject *operations)
{
  if (operations == Py_None)
    {
      lk_graph_push_controls (self->graph, NULL, 0);
      Py_RETURN_NONE;
    }
  PyObject *items = PySequence_Fast (operations, "a list of operations is expected");
  if (items == NULL)
    return NULL;
  guint n = (guint) PySequence_Fast_GET_SIZE (items);
  g_autofree LkNode **nodes = g_new0 (LkNode *, n + 1);
  for (guint i = 0; i < n && !PyErr_Occurred (); i++)
    {
      PyObject *item = PySequence_Fast_GET_ITEM (items, i);
      if (PyObject_TypeCheck (item, operation_type))
        nodes[i] = ((PyOperation *) item)->node;
      else
        PyErr_Format (PyExc_TypeError, "an operation is expected, not %R", item);
    }
  Py_DECREF (items);
  if (PyErr_Occurred ())
    return NULL;
  lk_graph_push_controls (self->graph, nodes, n);
  Py_RETURN_NONE;
}

/* override (op's name, function or None) */
static PyObject *
graph_override (PyGraph *self, PyObject *args)
{
  const char *name;
  PyObject *function;
  if (!PyArg_ParseTuple (args, "sO", &name, &function))
    return NULL;
  const LkOp *op = lk_op_find (name);
  LkClosure *closure = op ? closure_of (function, TRUE) : NULL;
  if (PyErr_Occurred ())
    return NULL;
  if (op != NULL)
    lk_closure_unref (lk_graph_override_gradient (self->graph, op, closure));
  Py_RETURN_NONE;
}

static PyObject *
graph_pop_controls (PyGraph *self, PyObject *unused)
{
  lk_graph_pop_controls (self->graph);
  Py_RETURN_NONE;
}

/* Borrowed tensors of a list of Tensor objects. FALSE with an exception. */
static gboolean
borrow_tensors (PyObject *list, GPtrArray *into)
{
  PyObject *items = PySequence_Fast (list, "a list of tensors is expected");
  for (Py_ssize_t i = 0; items && i < PySequence_Fast_GET_SIZE (items); i++)
    {
      PyObject *item = PySequence_Fast_GET_ITEM (items, i);
      if (item != Py_None && !IS_TENSOR (item))
        PyErr_Format (PyExc_TypeError, "a tensor is expected, not %R", item);
      else
        g_ptr_array_add (into, item == Py_None ? NULL : TENSOR (item));
    }
  Py_XDECREF (items);
  return !PyErr_Occurred ();
}

/* run (container, feed tensors, feed values, fetches, operations) → values of the fetches */
static PyObject *
graph_run (PyGraph *self, PyObject *args)
{
  PyObject *container, *to, *values, *fetches, *operations;
  if (!PyArg_ParseTuple (args, "OOOOO", &container, &to, &values, &fetches, &operations))
    return NULL;
  g_autoptr (GPtrArray) feed_to = g_ptr_array_new (), feeds = g_ptr_array_new (), wanted = g_ptr_array_new (),
    targets = g_ptr_array_new ();
  if (!borrow_tensors (to, feed_to) || !borrow_tensors (values, feeds) || !borrow_tensors (fetches, wanted))
    return NULL;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE (operations); i++)
    g_ptr_array_add (targets, ((PyOperation *) PyList_GET_ITEM (operations, i))->node);
  LkContext *ctx = binding_context ();
  g_autofree LkTensor **results = g_new0 (LkTensor *, wanted->len + 1);
  if (!lk_graph_run (ctx, self->graph, container == Py_None ? NULL : ((PyContainer *) container)->container,
                     (LkTensor **) feed_to->pdata, (LkTensor **) feeds->pdata, feeds->len,
                     (LkTensor **) wanted->pdata, wanted->len, (LkNode **) targets->pdata, targets->len,
                       results))
    return raise_engine (ctx, NULL);
  return tensor_wrap_all (results, wanted->len);
}

static PyGetSetDef graph_getters[] = {
  { "_id", (getter) graph_id, NULL, NULL, NULL },
  { "building_function", (getter) graph_kind, NULL, NULL, NULL }, { NULL }
};
static PyMethodDef graph_object_methods[] = {
  { "get_operations", (PyCFunction) graph_operations, METH_NOARGS,
    "The operations, in the order in which they were made." },
  { "_find", (PyCFunction) graph_lookup, METH_O, NULL },
  { "_text", (PyCFunction) graph_text, METH_NOARGS, NULL },
  { "_captures", (PyCFunction) graph_captures, METH_NOARGS, NULL },
  { "_push_scope", (PyCFunction) graph_push_scope, METH_O, NULL },
  { "get_name_scope", (PyCFunction) graph_scope, METH_NOARGS, "The name scope that is open." },
  { "_unique_name", (PyCFunction) graph_unique_name, METH_VARARGS, NULL },
  { "_finalize", (PyCFunction) graph_finalize, METH_O, NULL },
  { "_pop_scope", (PyCFunction) graph_pop_scope, METH_NOARGS, NULL },
  { "_push_controls", (PyCFunction) graph_push_controls, METH_O, NULL },
  { "_override", (PyCFunction) graph_override, METH_VARARGS, NULL },
  { "_pop_controls", (PyCFunction) graph_pop_controls, METH_NOARGS, NULL },
  { "_run", (PyCFunction) graph_run, METH_VARARGS, NULL }, { NULL }
};
static PyMemberDef graph_members[] = {
  { "__weaklistoffset__", T_PYSSIZET, offsetof (PyGraph, weak), READONLY, NULL }, { NULL }
};
static PyType_Slot graph_slots[] = {
  { Py_tp_new, graph_new }, { Py_tp_dealloc, graph_dealloc }, { Py_tp_methods, graph_object_methods },
  { Py_tp_getset, graph_getters }, { Py_tp_members, graph_members }, { 0 }
};
PyType_Spec graph_spec = {
  "_lockstep.Graph", sizeof (PyGraph), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, graph_slots
};

static PyObject *
container_new (PyTypeObject *type, PyObject *args, PyObject *kw)
{
  PyContainer *self = (PyContainer *) type->tp_alloc (type, 0);
  if (self != NULL)
    self->container = lk_container_new ();
  return (PyObject *) self;
}

static void
container_dealloc (PyContainer *self)
{
  PyTypeObject *type = Py_TYPE (self);
  lk_container_free (self->container);
  type->tp_free (self);
  Py_DECREF (type);
}

/* _switch (pass, on) */
static PyObject *
container_switch (PyContainer *self, PyObject *args)
{
  const char *pass;
  int on;
  if (!PyArg_ParseTuple (args, "sp", &pass, &on))
    return NULL;
  if (!lk_container_switch_pass (self->container, pass, on))
    return PyErr_Format (PyExc_ValueError, "there is no pass '%s'", pass);
  Py_RETURN_NONE;
}

/* assign (name, shape, value) */
static PyObject *
container_assign (PyContainer *self, PyObject *args)
{
  const char *name;
  PyObject *shape_object, *value;
  LkShape shape;
  if (!PyArg_ParseTuple (args, "sOO", &name, &shape_object, &value) || !shape_of (shape_object, &shape))
    return NULL;
  if (!IS_TENSOR (value))
    return PyErr_Format (PyExc_TypeError, "a tensor is expected, not %R", value);
  LkContext *ctx = binding_context ();
  if (!lk_container_assign (ctx, self->container, name, &shape, TENSOR (value)))
    return raise_engine (ctx, NULL);
  Py_RETURN_NONE;
}

static PyMethodDef container_methods[] = {
  { "assign", (PyCFunction) container_assign, METH_VARARGS, "A variable's value in this session." },
  { "_switch", (PyCFunction) container_switch, METH_VARARGS, NULL }, { NULL }
};
static PyType_Slot container_slots[] = {
  { Py_tp_new, container_new }, { Py_tp_dealloc, container_dealloc }, { Py_tp_methods, container_methods }, { 0 }
};
PyType_Spec container_spec = { "_lockstep.Container", sizeof (PyContainer), 0, Py_TPFLAGS_DEFAULT,
  container_slots };

static PyObject *
enter (PyObject *module, PyObject *graph)
{
  if (!PyObject_TypeCheck (graph, graph_type))
    return PyErr_Format (PyExc_TypeError, "a graph is expected, not %R", graph);
  lk_context_enter (binding_context (), ((PyGraph *) graph)->graph);
  Py_RETURN_NONE;
}

static PyObject *
enter_eager (PyObject *module, PyObject *unused)
{
  lk_context_enter_eager (binding_context ());
  Py_RETURN_NONE;
}

static PyObject *
leave (PyObject *module, PyObject *unused)
{
  lk_context_leave (binding_context ());
  Py_RETURN_NONE;
}

static PyObject *
current_graph (PyObject *module, PyObject *unused)
{
  return graph_find (lk_context_graph (binding_context ()));
}

static PyObject *
executing_eagerly (PyObject *module, PyObject *unused)
{
  return PyBool_FromLong (lk_context_graph (binding_context ()) == NULL);
}

/* placeholder (name or None, dtype, shape) on the current graph */
static PyObject *
placeholder (PyObject *module, PyObject *args)
{
  PyObject *name, *dtype_object, *shape_object;
  LkShape shape;
  if (!PyArg_ParseTuple (args, "OOO", &name, &dtype_object, &shape_object))
    return NULL;
  LkDType dtype = dtype_of (dtype_object);
  if (dtype == LK_INVALID || !shape_of (shape_object, &shape))
    return NULL;
  LkContext *ctx = binding_context ();
  LkTensor *tensor = lk_placeholder (ctx, PyUnicode_Check (name) ? PyUnicode_AsUTF8 (name) : NULL, dtype,
                                     &shape);
  return tensor ? tensor_wrap (tensor) : raise_engine (ctx, NULL);
}

/* gradients (ys, seeds or None, xs, stops): symbolic, on the current graph; None where unconnected */
static PyObject *
gradients (PyObject *module, PyObject *args)
{
  PyObject *ys_list, *seeds_list, *xs_list, *stop_list;
  if (!PyArg_ParseTuple (args, "OOOO", &ys_list, &seeds_list, &xs_list, &stop_list))
    return NULL;
  g_autoptr (GPtrArray) ys = g_ptr_array_new (), xs = g_ptr_array_new (), seeds = g_ptr_array_new (),
    stops = g_ptr_array_new ();
  if (!borrow_tensors (ys_list, ys) || !borrow_tensors (xs_list, xs) || !borrow_tensors (stop_list, stops)
      || (seeds_list != Py_None && !borrow_tensors (seeds_list, seeds)))
    return NULL;
  LkContext *ctx = binding_context ();
  g_autofree LkTensor **results = g_new0 (LkTensor *, xs->len + 1);
  if (!lk_graph_gradients_slices (ctx, (LkTensor **) ys->pdata, ys->len, seeds->len ? (LkTensor **) seeds->pdata
                           : NULL,
                           (LkTensor **) xs->pdata, xs->len, (LkTensor **) stops->pdata, stops->len, results))
    return raise_engine (ctx, NULL);
  return gradient_wrap_all (ctx, results, xs->len);
}

PyMethodDef graph_methods[] = {
  { "enter", enter, METH_O, "From now on ops become nodes of the graph." },
  { "enter_eager", enter_eager, METH_NOARGS, "From now on ops run, even inside a trace." },
  { "leave", leave, METH_NOARGS, "Ends the last enter() or enter_eager()." },
  { "current_graph", current_graph, METH_NOARGS, "The graph that ops are added to; None when they run." },
  { "executing_eagerly", executing_eagerly, METH_NOARGS, NULL },
  { "placeholder", placeholder, METH_VARARGS, NULL },
  { "gradients", gradients, METH_VARARGS, NULL },
  { NULL }
};
