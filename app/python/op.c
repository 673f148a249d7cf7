/* SPDX-License-Identifier: MIT */
/* Every op of the registry as a Python callable: inputs, then attributes, by place or by name, and `name`.
   They are made from the registry; nothing here knows any op. */
#include "op.h"
#include <structmember.h>

enum { MAX_OUTPUTS = 8 };

PyTypeObject *op_type;

static LkInts *
ints_of (PyObject *object, gboolean types)
{
  if (object == Py_None)
    return g_malloc0 (sizeof (LkInts));
  PyObject *items = PyLong_Check (object) ? Py_BuildValue ("(O)", object)
    : PySequence_Fast (object, "an integer or a sequence of integers is expected");
  if (items == NULL)
    return NULL;
  guint n = (guint) PySequence_Fast_GET_SIZE (items);
  LkInts *ints = g_malloc (sizeof (LkInts) + n * sizeof (gint64));
  ints->n = n;
  for (guint i = 0; i < n && !PyErr_Occurred (); i++)
    {
      PyObject *item = PySequence_Fast_GET_ITEM (items, i);
      ints->v[i] = types ? (gint64) dtype_of (item) : PyNumber_AsSsize_t (item, PyExc_OverflowError);
    }
  Py_DECREF (items);
  if (!PyErr_Occurred ())
    return ints;
  g_free (ints);
  return NULL;
}

static LkFloats *
floats_of (PyObject *object)
{
  PyObject *items = PySequence_Fast (object, "a sequence of numbers is expected");
  if (items == NULL)
    return NULL;
  guint n = (guint) PySequence_Fast_GET_SIZE (items);
  LkFloats *floats = g_malloc (sizeof (LkFloats) + n * sizeof (double));
  floats->n = n;
  for (guint i = 0; i < n && !PyErr_Occurred (); i++)
    floats->v[i] = PyFloat_AsDouble (PySequence_Fast_GET_ITEM (items, i));
  Py_DECREF (items);
  if (!PyErr_Occurred ())
    return floats;
  g_free (floats);
  return NULL;
}

static const char *
text_of (PyObject *object)
{
  return PyBytes_Check (object) ? PyBytes_AS_STRING (object) : PyUnicode_AsUTF8 (object);
}

/* A list of them, at least one; they are borrowed. NULL with Python's error set. */
static LkFuncs *
functions_of (PyObject *object)
{
  PyObject *items = PySequence_Fast (object, "an attribute is a list of functions");
  if (items == NULL)
    return NULL;
  const guint n = PySequence_Fast_GET_SIZE (items);
  LkFuncs *functions = g_malloc0 (sizeof (LkFuncs) + n * sizeof (LkFunction *));
  functions->n = n;
  for (guint i = 0; i < n && !PyErr_Occurred (); i++)
    if ((functions->v[i] = function_of (PySequence_Fast_GET_ITEM (items, i))) == NULL)
      PyErr_Format (PyExc_TypeError, "a function is expected, not %R", PySequence_Fast_GET_ITEM (items, i));
  if (n == 0)
    PyErr_SetString (PyExc_ValueError, "at least one function is expected");
  Py_DECREF (items);
  return functions;
}

gboolean
op_attr_set (Scratch *scratch, guint i, const LkAttrDef *def, PyObject *object)
{
  LkAttr *attr = &scratch->attrs[i];
  switch (def->kind)
    {
    case LK_ATTR_BOOL: attr->b = PyObject_IsTrue (object) == 1; break;
    case LK_ATTR_INT: attr->i = PyNumber_AsSsize_t (object, PyExc_OverflowError); break;
    case LK_ATTR_FLOAT: attr->f = PyFloat_AsDouble (object); break;
    case LK_ATTR_TYPE: attr->type = dtype_of (object); break;
    case LK_ATTR_STRING: attr->s = text_of (object); break;
    case LK_ATTR_INTS: case LK_ATTR_TYPES:
      attr->ints = scratch->arrays[i] = ints_of (object, def->kind == LK_ATTR_TYPES); break;
    case LK_ATTR_FLOATS: attr->floats = scratch->arrays[i] = floats_of (object); break;
    case LK_ATTR_SHAPE: shape_of (object, &scratch->shapes[i]); attr->shape = &scratch->shapes[i]; break;
    case LK_ATTR_TENSOR: attr->tensor = scratch->tensors[i] = value_of (object, LK_INVALID); break;
    case LK_ATTR_CLOSURE: attr->closure = scratch->closure = closure_of (object, FALSE); break;
    case LK_ATTR_FUNCS: attr->funcs = scratch->arrays[i] = functions_of (object); break;
    case LK_ATTR_FUNC:
      if ((attr->func = function_of (object)) == NULL)
        PyErr_Format (PyExc_TypeError, "attribute '%s' is a function, not %R", def->name, object);
      break;
    default: PyErr_Format (PyExc_NotImplementedError, "attribute '%s' cannot be given from Python",
                           def->name);
    }
  return !PyErr_Occurred ();
}

/* The default as it is written in ops.def. Made once per op, for good. */
static LkAttr
fallback_attr (const LkAttrDef *def)
{
  const char *text = def->fallback;
  LkAttr attr = { 0 };
  if (text == NULL)
    return attr;
  switch (def->kind)
    {
    case LK_ATTR_BOOL: attr.b = strcmp (text, "true") == 0; break;
    case LK_ATTR_INT: attr.i = g_ascii_strtoll (text, NULL, 10); break;
    case LK_ATTR_FLOAT: attr.f = g_ascii_strtod (text, NULL); break;
    case LK_ATTR_TYPE: attr.type = lk_dtype_from_name (text); break;
    case LK_ATTR_STRING:
      {
        g_autofree char *bare = text[0] == '"' ? g_strndup (text + 1, strlen (text) - 2) : g_strdup (text);
        attr.s = g_strcompress (bare);
        break;
      }
    case LK_ATTR_FLOATS:
      attr.floats = g_malloc0 (sizeof (LkFloats));      /* no op's default holds any */
      break;
    case LK_ATTR_INTS: case LK_ATTR_TYPES:
      {
        g_auto (GStrv) words = g_strsplit_set (text, "[], ", -1);
        LkInts *ints = g_malloc (sizeof (LkInts) + g_strv_length (words) * sizeof (gint64));
        ints->n = 0;
        for (guint i = 0; words[i]; i++)
          if (*words[i])
            ints->v[ints->n++] = g_ascii_strtoll (words[i], NULL, 10);
        attr.ints = ints;
        break;
      }
    default: break;
    }
  return attr;
}

/* TensorFlow's Python names for arguments that its OpDefs call otherwise. */
static const struct { const char *def, *python; } synonyms[] = {
  { "reduction_indices", "axis" }, { "dim", "axis" }, { "squeeze_dims", "axis" }, { "split_dim", "axis" },
};

static int
argument_index (PyOp *self, PyObject *name)
{
  for (guint i = 0; i < self->n_args; i++)
    if (PyTuple_GET_ITEM (self->names, i) == name)
      return (int) i;
  for (guint i = 0; i < self->n_args; i++)
    if (PyUnicode_Compare (PyTuple_GET_ITEM (self->names, i), name) == 0)
      return (int) i;
  for (guint k = 0; k < G_N_ELEMENTS (synonyms); k++)
    for (guint i = 0; i < self->n_args && PyUnicode_CompareWithASCIIString (name,
        synonyms[k].python) == 0; i++)
      if (PyUnicode_CompareWithASCIIString (PyTuple_GET_ITEM (self->names, i), synonyms[k].def) == 0)
        return (int) i;
  return -1;
}

/* Arguments to their places, borrowed. */
static gboolean
arrange (PyOp *self, PyObject *const *args, Py_ssize_t n, PyObject *names, PyObject **given,
         PyObject **node_name)
{
  Py_ssize_t n_names = names ? PyTuple_GET_SIZE (names) : 0;
  if (n > self->n_args + 1)
    return PyErr_Format (PyExc_TypeError, "%s() takes at most %u positional arguments but %zd were given",
                         self->op->name,
                         self->n_args + 1, n), FALSE;
  for (Py_ssize_t i = 0; i < n; i++)
    *(i < self->n_args ? &given[i] : node_name) = args[i];
  for (Py_ssize_t i = 0; i < n_names; i++)
    {
      PyObject *name = PyTuple_GET_ITEM (names, i);
      int place = argument_index (self, name);
      if (place >= 0 && given[place] == NULL)
        given[place] = args[n + i];
      else if (place < 0 && PyUnicode_CompareWithASCIIString (name, "name") == 0)
        *node_name = args[n + i];
      else
        return PyErr_Format (PyExc_TypeError, place < 0 ? "%s() got an unexpected keyword argument '%U'"
                             : "%s() got multiple values for argument '%U'", self->op->name, name), FALSE;
    }
  return TRUE;
}

static gboolean
complete (PyOp *self, PyObject **given, Scratch *scratch)
{
  guint n_inputs = self->op->n_inputs;
  for (guint i = 0; i < self->n_args; i++)
    {
      const LkAttrDef *def = i < n_inputs ? NULL : self->given[i - n_inputs];
      if (given[i] == NULL && (def == NULL || def->fallback == NULL))
        return PyErr_Format (PyExc_TypeError, "%s() missing required argument: '%U'", self->op->name,
                             PyTuple_GET_ITEM (self->names, i)), FALSE;
      if (def == NULL)
        continue;
      if (given[i] == NULL || (given[i] == Py_None && def->fallback != NULL))
        scratch->attrs[i - n_inputs] = self->fallbacks[i - n_inputs];
      else if (!op_attr_set (scratch, i - n_inputs, def, given[i]))
        return FALSE;
    }
  return TRUE;
}

/* The dtype that tensors among the arguments settle for each type attribute. */
static void
settle_types (PyOp *self, PyObject **given, LkDType *types)
{
  for (guint i = 0; i < self->op->n_inputs; i++)
    {
      int attr = self->op->inputs[i].type_attr;
      if (attr < 0 || types[attr] != LK_INVALID)
        continue;
      types[attr] = dtype_shown (given[i]);
      if (!self->op->inputs[i].list || types[attr] != LK_INVALID || !(PyList_Check (given[i])
                                                                  || PyTuple_Check (given[i])))
        continue;
      for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE (given[i]) && types[attr] == LK_INVALID; k++)
        types[attr] = dtype_shown (PySequence_Fast_GET_ITEM (given[i], k));
    }
}

static gboolean
add_input (PyOp *self, Scratch *scratch, const LkArg *arg, PyObject *object, LkDType *types)
{
  LkDType want = arg->type_attr >= 0 ? types[arg->type_attr] : arg->dtype;
  LkTensor *tensor = input_of (object, want);
  if (tensor == NULL)
    return FALSE;
  guint64 allowed = arg->type_attr >= 0 ? self->op->attrs[arg->type_attr].types : 0;
  /* An empty list says nothing of its dtype. */
  if (tensor->size == 0 && want == LK_INVALID && allowed && !(allowed >> tensor->dtype & 1)
      && PyList_Check (object))
    {
      LkTensor *empty = lk_tensor_new (LK_INT32, &tensor->shape);
      lk_tensor_unref (tensor);
      tensor = constant_of (empty);
    }
  if (arg->type_attr >= 0 && types[arg->type_attr] == LK_INVALID && tensor != NULL)
    types[arg->type_attr] = tensor->dtype;
  scratch->inputs[scratch->n_inputs++] = tensor;
  return tensor != NULL;
}

static gboolean
convert_inputs (PyOp *self, PyObject **given, Scratch *scratch, LkDType *types)
{
  for (guint i = 0; i < self->op->n_inputs; i++)
    if (!self->op->inputs[i].list)
      {
        if (!add_input (self, scratch, &self->op->inputs[i], given[i], types))
          return FALSE;
      }
    else
      for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE (given[i]); k++)
        if (!add_input (self, scratch, &self->op->inputs[i], PySequence_Fast_GET_ITEM (given[i], k), types))
          return FALSE;
  return TRUE;
}

static PyObject *
wrap_outputs (PyOp *self, LkContext *ctx, LkTensor **outputs, guint n)
{
  if (self->count_attr >= 0 || self->as_many || self->types_attr >= 0 || self->func_attr >= 0)
    return tensor_wrap_all (outputs, n);
  if (n == 1)
    return tensor_wrap (outputs[0]);
  if (n > 1)
    {
      PyObject *list = tensor_wrap_all (outputs, n), *tuple = list ? PyList_AsTuple (list) : NULL;
      Py_XDECREF (list);
      return tuple;
    }
  LkGraph *graph = lk_context_graph (ctx);
  return graph ? operation_wrap (lk_graph_node (graph, lk_graph_n_nodes (graph) - 1)) : Py_NewRef (Py_None);
}

static LkFunction *
first_function (const PyOp *self, const Scratch *scratch)
{
  const LkAttr *attr = &scratch->attrs[self->func_attr];
  return self->given[self->func_attr]->kind == LK_ATTR_FUNCS ? attr->funcs->v[0] : attr->func;
}

PyObject *
op_apply_flat (PyOp *self, Scratch *scratch, PyObject *node_name)
{
  LkContext *ctx = binding_context ();
  guint n = self->count_attr >= 0 ? lk_op_count_outputs (self->op, MAX (scratch->attrs[self->count_attr].i, 0))
    : self->as_many ? lk_op_list_length (self->op, scratch->n_inputs)
    : self->types_attr >= 0 ? scratch->attrs[self->types_attr].ints->n
    : self->func_attr >= 0 ? lk_function_n_outputs (first_function (self, scratch)) : self->op->n_outputs;
  LkTensor *few[MAX_OUTPUTS] = { NULL };
  g_autofree LkTensor **many = n > MAX_OUTPUTS ? g_new0 (LkTensor *, n) : NULL;
  LkTensor **outputs = many ? many : few;
  if (lk_context_graph (ctx) != NULL && node_name && PyUnicode_Check (node_name))
    lk_graph_name_next (lk_context_graph (ctx), PyUnicode_AsUTF8 (node_name));
  if (!lk_apply (ctx, self->op, scratch->inputs, scratch->n_inputs, scratch->attrs, outputs, n))
    return raise_engine (ctx, self->op->name);
  if (LK_WATCHED && g_atomic_int_get (&gate_news))
    gate_catch_up ();
  return wrap_outputs (self, ctx, outputs, n);
}

/* Objects of these types are asked nothing: that an attribute is missing takes longer to say than an op runs. */
static gboolean
is_stand_in (PyObject *item)
{
  PyTypeObject *type = Py_TYPE (item);
  return type != eager_type && type != symbolic_type && type != &PyFloat_Type && type != &PyLong_Type && type != &PyList_Type
    && type != &PyTuple_Type && type != &PyBool_Type && type != &PyUnicode_Type && !IS_VARIABLE (item)
    && PyObject_HasAttrString (item, "_keras_stand_in");
}

/* keras.Input() tensors are no tensors yet: the op becomes a layer of the model. */
static gboolean
has_stand_in (PyOp *self, PyObject **given)
{
  if (lent.symbolic_apply == NULL)
    return FALSE;
  for (guint i = 0; i < self->op->n_inputs; i++)
    {
      gboolean list = self->op->inputs[i].list && (PyList_Check (given[i]) || PyTuple_Check (given[i]));
      for (Py_ssize_t k = 0; k < (list ? PySequence_Fast_GET_SIZE (given[i]) : 1); k++)
        {
          PyObject *item = list ? PySequence_Fast_GET_ITEM (given[i], k) : given[i];
          if (is_stand_in (item))
            return TRUE;
        }
    }
  return FALSE;
}

static PyObject *
call_layer (PyOp *self, PyObject **given)
{
  PyObject *arguments = PyTuple_New (self->n_args);
  for (guint i = 0; i < self->n_args; i++)
    PyTuple_SET_ITEM (arguments, i, Py_NewRef (given[i] ? given[i] : Py_None));
  PyObject *result = PyObject_CallFunction (lent.symbolic_apply, "OO", self, arguments);
  Py_DECREF (arguments);
  return result;
}

static gboolean
is_composite (PyObject *object)
{
  return object != NULL && lent.CompositeTensor != NULL && PyObject_IsInstance (object, lent.CompositeTensor) == 1;
}

/* Ragged and sparse tensors say themselves what an op does with them. Asked only where a conversion has failed. */
static gboolean
has_composite (PyOp *self, PyObject **given)
{
  gboolean found = FALSE;
  PyObject *type, *value, *traceback;
  PyErr_Fetch (&type, &value, &traceback);
  for (guint i = 0; i < self->op->n_inputs && !found; i++)
    {
      gboolean list = self->op->inputs[i].list && (PyList_Check (given[i]) || PyTuple_Check (given[i]));
      for (Py_ssize_t k = 0; k < (list ? PySequence_Fast_GET_SIZE (given[i]) : 1) && !found; k++)
        found = is_composite (list ? PySequence_Fast_GET_ITEM (given[i], k) : given[i]);
    }
  if (!found)
    PyErr_Restore (type, value, traceback);
  else
    {
      Py_XDECREF (type);
      Py_XDECREF (value);
      Py_XDECREF (traceback);
    }
  return found;
}

static PyObject *
arguments_of (PyOp *self, PyObject **given)
{
  PyObject *arguments = PyTuple_New (self->n_args);
  for (guint i = 0; i < self->n_args; i++)
    PyTuple_SET_ITEM (arguments, i, Py_NewRef (given[i] ? given[i] : Py_None));
  return arguments;
}

static PyObject *
call_composite (PyOp *self, PyObject **given)
{
  PyObject *arguments = arguments_of (self, given);
  PyObject *result = PyObject_CallFunction (lent.composite_apply, "OO", self, arguments);
  Py_DECREF (arguments);
  return result;
}

/* The call proper, when all arguments are in their places. most: the number of inputs, or more. */
static PyObject *
dispatch (PyOp *self, PyObject **given, Scratch *scratch, guint most, PyObject *node_name)
{
  LkTensor *few[MAX_ATTRS];
  LkDType types[MAX_ATTRS] = { LK_INVALID };
  g_autofree LkTensor **many = most > MAX_ATTRS ? g_new (LkTensor *, most) : NULL;
  scratch->inputs = many ? many : few;
  settle_types (self, given, types);
  PyObject *result = convert_inputs (self, given, scratch, types) ? op_apply_flat (self, scratch, node_name)
    : has_composite (self, given) ? call_composite (self, given) : NULL;
  for (guint i = 0; i < scratch->n_inputs; i++)
    lk_tensor_unref (scratch->inputs[i]);
  return result;
}

/* Lists of inputs, which any sequences may be. */
static PyObject *
call_with_lists (PyOp *self, PyObject **given, Scratch *scratch, PyObject *node_name)
{
  PyObject *lists[MAX_ATTRS] = { NULL }, *result = NULL;
  guint n = 0, most = self->op->n_inputs;
  for (guint i = 0; i < self->op->n_inputs; i++)
    {
      if (!self->op->inputs[i].list)
        continue;
      lists[n] = given[i] = PySequence_Fast (given[i], "a list of tensors is expected");
      if (lists[n] == NULL)
        break;
      most += (guint) PySequence_Fast_GET_SIZE (lists[n]);
      n++;
    }
  if (n < self->op->n_lists)
    result = NULL;
  else if (n > 1 && most != self->op->n_inputs + n * (guint) PySequence_Fast_GET_SIZE (lists[0]))
    PyErr_Format (PyExc_ValueError, "%s: its lists of inputs must be of the same length", self->op->name);
  else
    result = dispatch (self, given, scratch, most, node_name);
  for (guint i = 0; i < n; i++)
    Py_DECREF (lists[i]);
  return result;
}

static PyObject *
call_arranged (PyOp *self, PyObject **given, Scratch *scratch, PyObject *node_name)
{
  if (has_stand_in (self, given))
    return call_layer (self, given);
  if (self->list < 0)
    return dispatch (self, given, scratch, self->op->n_inputs, node_name);
  return call_with_lists (self, given, scratch, node_name);
}

gboolean
op_inputs (PyObject *const *args, guint n, LkTensor **inputs, guint *owned)
{
  *owned = 0;
  for (guint i = 0; i < n; i++)
    if (G_LIKELY (Py_TYPE (args[i]) == eager_type))
      inputs[i] = TENSOR (args[i]);
    else if (IS_VARIABLE (args[i]) && (inputs[i] = variable_read ((PyVariable *) args[i])) != NULL)
      *owned |= 1u << i;
    else
      return op_inputs_clear (inputs, *owned), FALSE;
  return TRUE;
}

PyObject *
op_run (const PyOp *self, LkTensor *const *inputs, const LkAttr *attrs)
{
  LkContext *ctx = binding_context ();
  LkTensor *outputs[MAX_OUTPUTS];
  guint n = self->op->n_outputs;
  if (G_UNLIKELY (!lk_apply (ctx, self->op, inputs, self->op->n_inputs, attrs, outputs, n)))
    return raise_engine (ctx, self->op->name);
  for (guint i = 1; i < n; i++)
    lk_tensor_unref (outputs[i]);
  if (LK_WATCHED && g_atomic_int_get (&gate_news))
    gate_catch_up ();
  return tensor_wrap (outputs[0]);
}

/* The usual call: tensors for all inputs, and nothing else. */
static gboolean
is_plain_call (const PyOp *self, PyObject *const *args, Py_ssize_t n, PyObject *names)
{
  if (!self->plain || n != self->op->n_inputs || names != NULL)
    return FALSE;
  for (Py_ssize_t i = 0; i < n; i++)
    if (Py_TYPE (args[i]) != eager_type)
      return FALSE;
  return TRUE;
}

static PyObject *
call_plain (const PyOp *self, PyObject *const *args)
{
  LkTensor *inputs[FEW_INPUTS];
  for (guint i = 0; i < self->op->n_inputs; i++)
    inputs[i] = TENSOR (args[i]);
  return op_run (self, inputs, self->fallbacks);
}

void
op_scratch_clear (PyOp *self, Scratch *scratch)
{
  for (guint i = 0; i < self->n_given; i++)
    {
      g_free (scratch->arrays[i]);
      lk_tensor_unref (scratch->tensors[i]);
    }
  lk_closure_unref (scratch->closure);
}

static PyObject *
call (PyObject *object, PyObject *const *args, size_t flags, PyObject *names)
{
  PyOp *self = (PyOp *) object;
  if (is_plain_call (self, args, PyVectorcall_NARGS (flags), names))
    return call_plain (self, args);
  PyObject *given[MAX_ATTRS * 2] = { NULL }, *node_name = NULL, *result = NULL;
  Scratch scratch = { .n_inputs = 0 };
  memset (scratch.arrays, 0, self->n_given * sizeof *scratch.arrays);
  memset (scratch.tensors, 0, self->n_given * sizeof *scratch.tensors);
  if (arrange (self, args, PyVectorcall_NARGS (flags), names, given, &node_name) && complete (self, given,
      &scratch))
    result = call_arranged (self, given, &scratch, node_name);
  op_scratch_clear (self, &scratch);
  return result;
}

static int
list_input (const LkOp *op)
{
  for (guint i = 0; i < op->n_inputs; i++)
    if (op->inputs[i].list)
      return (int) i;
  return -1;
}

static PyObject *
op_new (const LkOp *op)
{
  PyOp *self = PyObject_New (PyOp, op_type);
  *self = (PyOp) { .ob_base = self->ob_base, .vectorcall = call, .op = op, .list = list_input (op),
    .count_attr = -1, .types_attr = -1, .func_attr = -1 };
  for (guint i = 0; i < op->n_attrs; i++)
    if (!op->attrs[i].inferred)
      {
        g_assert (self->n_given < MAX_ATTRS);
        self->fallbacks[self->n_given] = fallback_attr (&op->attrs[i]);
        self->given[self->n_given++] = &op->attrs[i];
      }
  if (op->n_outputs > 0 && op->outputs[0].list)
    {
      for (guint i = 0; i < self->n_given; i++)
        if (op->outputs[0].count_attr >= 0 && self->given[i] == &op->attrs[op->outputs[0].count_attr])
          self->count_attr = (int) i;
        else if (self->given[i]->kind == LK_ATTR_TYPES && strcmp (self->given[i]->name, "Tout") == 0)
          self->types_attr = (int) i;
        else if ((self->given[i]->kind == LK_ATTR_FUNC || self->given[i]->kind == LK_ATTR_FUNCS) && self->func_attr < 0)
          self->func_attr = (int) i;
    }
  self->as_many = op->n_outputs == 1 && op->outputs[0].count_attr >= 0 && op->attrs[op->outputs[0].count_attr].inferred;
  self->plain = op->n_outputs == 1 && !op->outputs[0].list && self->list < 0 && op->n_inputs <= FEW_INPUTS;
  for (guint i = 0; i < self->n_given; i++)
    self->plain &= self->given[i]->fallback != NULL;
  self->n_args = op->n_inputs + self->n_given;
  self->names = PyTuple_New (self->n_args);
  for (guint i = 0; i < self->n_args; i++)
    PyTuple_SET_ITEM (self->names, i, PyUnicode_InternFromString (i < op->n_inputs ? op->inputs[i].name
                                                                  : self->given[i - op->n_inputs]->name));
  return (PyObject *) self;
}

PyObject *
op_table (void)
{
  PyObject *table = PyDict_New ();
  for (guint i = 0; lk_op_at (i) != NULL; i++)
    {
      PyObject *op = op_new (lk_op_at (i));
      PyDict_SetItemString (table, lk_op_at (i)->name, op);
      Py_DECREF (op);
    }
  return table;
}

static void
dealloc (PyOp *self)
{
  PyTypeObject *type = Py_TYPE (self);
  Py_CLEAR (self->names);
  PyObject_Free (self);
  Py_DECREF (type);
}

static PyObject *
repr (PyOp *self)
{
  return PyUnicode_FromFormat ("<op %s>", self->op->name);
}

static PyObject *get_name (PyOp *self, void *unused) { return PyUnicode_FromString (self->op->name); }
static PyObject *get_c_name (PyOp *self, void *unused) { return PyUnicode_FromString (self->op->c_name); }
static PyObject *get_args (PyOp *self, void *unused) { return Py_NewRef (self->names); }
static PyObject *get_formula (PyOp *self, void *unused) { return PyUnicode_FromString (self->op->formula); }

static PyObject *
get_n_inputs (PyOp *self, void *unused)
{
  return PyLong_FromLong (self->op->n_inputs);
}

static PyGetSetDef getters[] = {
  { "__name__", (getter) get_name, NULL, NULL, NULL }, { "__qualname__", (getter) get_name, NULL, NULL,
    NULL },
  { "__doc__", (getter) get_formula, NULL, NULL, NULL }, { "c_name", (getter) get_c_name, NULL, NULL, NULL },
  { "arguments", (getter) get_args, NULL, NULL, NULL }, { "n_inputs", (getter) get_n_inputs, NULL, NULL,
    NULL },
  { NULL }
};

static PyMemberDef members[] = {
  { "__vectorcalloffset__", T_PYSSIZET, offsetof (PyOp, vectorcall), READONLY, NULL },
  { NULL }
};

static PyMethodDef op_methods[] = {
  { "flat", op_flat, METH_VARARGS, "Applies it to a flat list of tensors." },
  { "definition", op_definition, METH_NOARGS, "Its row of the registry." }, { NULL }
};
static PyType_Slot slots[] = {
  { Py_tp_dealloc, dealloc }, { Py_tp_repr, repr }, { Py_tp_call, PyVectorcall_Call }, { Py_tp_methods, op_methods },
  { Py_tp_getset, getters },
  { Py_tp_members, members }, { 0 }
};
PyType_Spec op_spec = {
  "_lockstep.Op", sizeof (PyOp), 0,
  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_HAVE_VECTORCALL, slots
};

/* apply (name, inputs, attrs={}): any op, by name. */
PyObject *
op_apply (PyObject *module, PyObject *const *args, Py_ssize_t n, PyObject *unused)
{
  PyObject *table = PyObject_GetAttrString (module, "ops");
  PyObject *op = table && n >= 2 ? PyDict_GetItem (table, args[0]) : NULL;
  Py_XDECREF (table);
  if (op == NULL)
    return n < 2 ? PyErr_Format (PyExc_TypeError, "apply (name, inputs, attrs) is expected")
      : PyErr_Format (PyExc_ValueError, "there is no op %R", args[0]);
  PyObject *inputs = PySequence_Tuple (args[1]);
  if (inputs != NULL && ((PyOp *) op)->list >= 0 && ((PyOp *) op)->op->n_inputs == 1)
    inputs = Py_BuildValue ("(N)", inputs);
  PyObject *result = inputs ? PyObject_Call (op, inputs, n > 2 && PyDict_Check (args[2]) ? args[2] : NULL)
    : NULL;
  Py_XDECREF (inputs);
  return result;
}
