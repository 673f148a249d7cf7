/* SPDX-License-Identifier: MIT */
/* tf.Tensor. One C type with a value or a node; the subtypes EagerTensor and SymbolicTensor only bear
   TensorFlow's names. */
#include "binding.h"
#include <structmember.h>

PyTypeObject *tensor_type, *eager_type, *symbolic_type, *dtype_type;

PyObject *
tensor_wrap (LkTensor *tensor)
{
  if (tensor == NULL)
    return NULL;
  PyTensor *self = PyObject_New (PyTensor, tensor->node ? symbolic_type : eager_type);
  if (self == NULL)
    return lk_tensor_unref (tensor), NULL;
  self->tensor = tensor;
  self->graph = tensor->node ? lk_graph_ref (tensor->node->graph) : NULL;
  self->weak = NULL;
  return (PyObject *) self;
}

PyObject *
tensor_wrap_all (LkTensor **tensors, guint n)
{
  PyObject *list = PyList_New (n);
  for (guint i = 0; i < n && list; i++)
    PyList_SET_ITEM (list, i, tensors[i] ? tensor_wrap (tensors[i]) : Py_NewRef (Py_None));
  return list;
}

static void
dealloc (PyTensor *self)
{
  PyTypeObject *type = Py_TYPE (self);
  if (self->weak != NULL)
    PyObject_ClearWeakRefs ((PyObject *) self);
  lk_tensor_unref (self->tensor);
  if (self->graph != NULL)
    lk_graph_unref (self->graph);
  PyObject_Free (self);
  Py_DECREF (type);
}

PyObject *
dtype_wrap (LkDType dtype)
{
  static PyObject *known[LK_N_DTYPES];
  if (G_LIKELY (known[dtype] != NULL))
    return Py_NewRef (known[dtype]);
  PyObject *key = PyLong_FromLong (dtype);
  PyObject *found = key && lent.dtypes ? PyDict_GetItem (lent.dtypes, key) : NULL;
  Py_XDECREF (key);
  if (found == NULL)
    return PyErr_Format (PyExc_TypeError, "dtype %d has no Python form", dtype);
  known[dtype] = Py_NewRef (found);
  return Py_NewRef (found);
}

static PyObject *
dims_tuple (const LkShape *shape)
{
  PyObject *dims = PyTuple_New (shape->rank);
  for (guint i = 0; i < shape->rank && dims; i++)
    PyTuple_SET_ITEM (dims, i, shape->dims[i] < 0 ? Py_NewRef (Py_None)
                      : PyLong_FromLongLong (shape->dims[i]));
  return dims;
}

static PyObject *
shape_new (const LkShape *shape)
{
  PyObject *dims = shape->rank == LK_RANK_UNKNOWN ? Py_NewRef (Py_None) : dims_tuple (shape);
  PyObject *result = dims && lent.TensorShape ? PyObject_CallOneArg (lent.TensorShape, dims)
    : Py_XNewRef (dims);
  Py_XDECREF (dims);
  return result;
}

/* Shapes never change, and a program has few: those seen last are kept. */
PyObject *
shape_wrap (const LkShape *shape)
{
  enum { KEPT = 64 };
  static struct { LkShape shape; PyObject *object; } kept[KEPT];
  guint64 mixed = shape->rank;
  if (lent.TensorShape == NULL || shape->rank == LK_RANK_UNKNOWN)
    return shape_new (shape);
  for (guint i = 0; i < shape->rank; i++)
    mixed = (mixed + (guint64) shape->dims[i]) * 0x9e3779b97f4a7c15u;
  guint place = (guint) (mixed >> 32) % KEPT;
  if (kept[place].object == NULL || !lk_shape_equal (&kept[place].shape, shape))
    {
      PyObject *made = shape_new (shape);
      if (made == NULL)
        return NULL;
      kept[place].shape = *shape;
      Py_XSETREF (kept[place].object, made);
    }
  return Py_NewRef (kept[place].object);
}

/* What only a value can give; names the right error for a node. */
static gboolean
has_value (PyTensor *self, const char *what)
{
  if (self->tensor->node == NULL)
    return TRUE;
  PyErr_Format (PyExc_AttributeError, "'SymbolicTensor' object has no attribute '%s'", what);
  return FALSE;
}

static gboolean
allowed (PyTensor *self, const char *task, const char *remedy)
{
  if (self->tensor->node == NULL)
    return TRUE;
  PyErr_Format (lent.not_allowed ? lent.not_allowed : PyExc_TypeError, "%s is not allowed%s.", task, remedy);
  return FALSE;
}

static PyObject *
numpy (PyTensor *self, PyObject *unused)
{
  return has_value (self, "numpy") ? array_of (self->tensor) : NULL;
}

static PyObject *
array (PyTensor *self, PyObject *args, PyObject *kw)
{
  PyObject *dtype = Py_None, *copy = Py_None;
  static char *names[] = { "dtype", "copy", NULL };
  if (!PyArg_ParseTupleAndKeywords (args, kw, "|OO", names, &dtype, &copy))
    return NULL;
  if (self->tensor->node != NULL)
    return PyErr_Format (PyExc_NotImplementedError,
                         "Cannot convert a symbolic tf.Tensor (%s:%d) to a numpy array. This error may "
                         "indicate that you're "
                         "trying to pass a Tensor to a NumPy call, which is not supported.",
                         self->tensor->node->name, self->tensor->output);
  PyObject *value = array_of (self->tensor);
  PyObject *np = value ? PyImport_ImportModule ("numpy") : NULL;
  PyObject *result = np ? PyObject_CallMethod (np, "asarray", "OO", value, dtype) : NULL;
  Py_XDECREF (np);
  Py_XDECREF (value);
  return result;
}

static PyObject *
text_of (PyTensor *self, PyObject *(*form) (PyObject *))
{
  const gboolean bfloat16 = self->tensor->dtype == LK_BFLOAT16, alone = self->tensor->shape.rank == 0;
  if (bfloat16 && (alone || form == PyObject_Str))
    {
      g_autofree char *own = lk_tensor_text (self->tensor);
      return PyUnicode_FromString (own);
    }
  PyObject *value = array_of (self->tensor);
  PyObject *text = !value ? NULL : bfloat16 && lent.bfloat16_repr ? PyObject_CallOneArg (lent.bfloat16_repr, value) : form (value);
  Py_XDECREF (value);
  return text;
}

static PyObject *
symbolic_text (PyTensor *self, gboolean repr)
{
  const LkTensor *t = self->tensor;
  g_autofree char *shape = lk_shape_python (&t->shape);
  const char *dtype = lk_dtype_name (t->dtype);
  if (repr)
    return PyUnicode_FromFormat ("<tf.Tensor '%s:%d' shape=%s dtype=%s>", t->node->name, t->output, shape,
                                 dtype);
  gboolean known = t->shape.rank != LK_RANK_UNKNOWN;
  return PyUnicode_FromFormat ("Tensor(\"%s:%d\"%s%s, dtype=%s)", t->node->name, t->output, known ? ", shape="
                               : "",
                               known ? shape : "", dtype);
}

static PyObject *
eager_text (PyTensor *self, const char *format, PyObject *(*form) (PyObject *), gboolean value_first)
{
  if (self->tensor->dtype == LK_RESOURCE || self->tensor->dtype == LK_VARIANT)
    return PyUnicode_FromFormat ("<tf.Tensor: shape=(), dtype=%s, value=<unprintable>>",
                                 lk_dtype_name (self->tensor->dtype));
  PyObject *text = text_of (self, form);
  if (text != NULL && PyUnicode_FindChar (text, '\n', 0, PyUnicode_GET_LENGTH (text), 1) >= 0)
    Py_SETREF (text, PyUnicode_FromFormat ("\n%U", text));
  g_autofree char *shape = lk_shape_python (&self->tensor->shape);
  const char *dtype = lk_dtype_name (self->tensor->dtype);
  PyObject *result = text == NULL ? NULL : value_first ? PyUnicode_FromFormat (format, text, shape, dtype)
    : PyUnicode_FromFormat (format, shape, dtype, text);
  Py_XDECREF (text);
  return result;
}

static PyObject *
repr (PyTensor *self)
{
  return self->tensor->node ? symbolic_text (self, TRUE)
    : eager_text (self, "<tf.Tensor: shape=%s, dtype=%s, numpy=%U>", PyObject_Repr, FALSE);
}

static PyObject *
str (PyTensor *self)
{
  return self->tensor->node ? symbolic_text (self, FALSE)
    : eager_text (self, "tf.Tensor(%U, shape=%s, dtype=%s)", PyObject_Str, TRUE);
}

static PyObject *
format (PyTensor *self, PyObject *spec)
{
  PyObject *value = self->tensor->node ? str (self) : array_of (self->tensor);
  PyObject *text = value ? PyObject_Format (value, spec) : NULL;
  Py_XDECREF (value);
  return text;
}

gboolean
tensor_is_legacy (const PyTensor *self)
{
  return self->graph != NULL && !graph_is_function (self->graph);
}

static Py_hash_t
hash (PyTensor *self)
{
  if (tensor_is_legacy (self))
    return _Py_HashPointer (self->tensor);
  PyErr_SetString (PyExc_TypeError, "Tensor is unhashable. Instead, use tensor.ref() as the key.");
  return -1;
}

static Py_ssize_t
length (PyObject *object)
{
  PyTensor *self = (PyTensor *) object;
  if (self->tensor->node != NULL)
    PyErr_Format (PyExc_TypeError,
                  "len is not well defined for a symbolic Tensor (%s:%d). Please call `x.shape` rather "
                  "than `len(x)` for shape information.", self->tensor->node->name, self->tensor->output);
  else if (self->tensor->shape.rank == 0)
    PyErr_SetString (PyExc_TypeError, "Scalar tensor has no `len()`");
  else
    return (Py_ssize_t) self->tensor->shape.dims[0];
  return -1;
}

static int
truth (PyTensor *self)
{
  if (!allowed (self, "Using a symbolic `tf.Tensor` as a Python `bool`",
                ": the branch would be taken once, while tracing. Use `tf.cond` or `tf.where`, or run it "
                "eagerly"))
    return -1;
  const LkTensor *t = self->tensor;
  if (t->size == 1 && t->dtype != LK_STRING)
    return lk_tensor_double_at (t, 0) != 0 || lk_tensor_imaginary_at (t, 0) != 0;
  PyObject *value = array_of (self->tensor);
  int result = value ? PyObject_IsTrue (value) : -1;
  Py_XDECREF (value);
  return result;
}

static PyObject *
through_numpy (PyObject *self, PyObject *(*convert) (PyObject *))
{
  if (!allowed ((PyTensor *) self, "Using a symbolic `tf.Tensor` as a Python number",
                ": it has no value while tracing. Use tf operations on it, `tf.gather` where it is an index"))
    return NULL;
  PyObject *value = array_of (TENSOR (self));
  PyObject *result = value ? convert (value) : NULL;
  Py_XDECREF (value);
  return result;
}

static PyObject *to_int (PyObject *self) { return through_numpy (self, PyNumber_Long); }
static PyObject *to_float (PyObject *self) { return through_numpy (self, PyNumber_Float); }

static PyObject *
to_index (PyObject *self)
{
  LkTensor *t = TENSOR (self);
  if (t->node == NULL && t->shape.rank == 0 && lk_dtype_is_integer (t->dtype))
    return t->dtype == LK_UINT64 ? PyLong_FromUnsignedLongLong (*(guint64 *) t->data)
      : PyLong_FromLongLong (lk_tensor_int_at (t, 0));
  return through_numpy (self, PyNumber_Index);
}

static PyObject *
iterate (PyTensor *self)
{
  if (!allowed (self, "Iterating over a symbolic `tf.Tensor`",
                ": its length is not known while tracing. Use `tf.map_fn`, `tf.unstack` or a Python range "
                "over its static shape"))
    return NULL;
  if (self->tensor->shape.rank == 0)
    return PyErr_SetString (PyExc_TypeError, "Cannot iterate over a scalar tensor."), NULL;
  return PySeqIter_New ((PyObject *) self);
}

/* For PySeqIter: ends with IndexError. */
static PyObject *
item (PyObject *self, Py_ssize_t i)
{
  if (TENSOR (self)->node == NULL && TENSOR (self)->shape.rank > 0 && i >= TENSOR (self)->shape.dims[0])
    return PyErr_SetString (PyExc_IndexError, "index out of range"), NULL;
  PyObject *key = PyLong_FromSsize_t (i);
  PyObject *result = key ? tensor_subscript (self, key) : NULL;
  Py_XDECREF (key);
  return result;
}

static const char *
buffer_format (LkDType dtype)
{
  static const char *const formats[LK_N_DTYPES] = {
    [LK_FLOAT32] = "f", [LK_FLOAT64] = "d", [LK_INT32] = "i", [LK_INT64] = "l", [LK_BOOL] = "?",
    [LK_FLOAT16] = "e", [LK_INT8] = "b", [LK_UINT8] = "B", [LK_INT16] = "h", [LK_UINT16] = "H", [LK_UINT32] = "I",
    [LK_UINT64] = "L", [LK_COMPLEX64] = "Zf", [LK_COMPLEX128] = "Zd",
  };
  return formats[dtype];
}

/* Read-only: tensors never change. */
static int
get_buffer (PyObject *object, Py_buffer *view, int flags)
{
  LkTensor *t = TENSOR (object);
  const char *format_text = buffer_format (t->dtype);
  if (t->node != NULL || format_text == NULL || (flags & PyBUF_WRITABLE))
    return PyErr_SetString (PyExc_BufferError, "this tensor lends no buffer"), view->obj = NULL, -1;
  Py_ssize_t *dims = PyMem_New (Py_ssize_t, 2 * LK_MAX_RANK), step = (Py_ssize_t) lk_dtype_size (t->dtype);
  for (guint i = t->shape.rank; i-- > 0; step *= dims[i])
    dims[i] = (Py_ssize_t) t->shape.dims[i], dims[LK_MAX_RANK + i] = step;
  *view = (Py_buffer) { .buf = t->data, .obj = Py_NewRef (object), .len = (Py_ssize_t) lk_tensor_bytes (t),
    .itemsize = (Py_ssize_t) lk_dtype_size (t->dtype), .readonly = 1, .ndim = t->shape.rank,
    .format = (char *) format_text, .shape = dims, .strides = dims + LK_MAX_RANK, .internal = dims };
  return 0;
}

static void
release_buffer (PyObject *object, Py_buffer *view)
{
  PyMem_Free (view->internal);
}

static PyObject *get_shape (PyTensor *self, void *unused) { return shape_wrap (&self->tensor->shape); }
static PyObject *get_dtype (PyTensor *self, void *unused) { return dtype_wrap (self->tensor->dtype); }
static PyObject *get_id (PyTensor *self,
                         void *unused) { return PyLong_FromUnsignedLongLong (self->tensor->id); }
static PyObject *get_index (PyTensor *self, void *unused) { return PyLong_FromLong (self->tensor->output); }

static PyObject *
get_ndim (PyTensor *self, void *unused)
{
  return self->tensor->shape.rank == LK_RANK_UNKNOWN ? Py_NewRef (Py_None)
    : PyLong_FromLong (self->tensor->shape.rank);
}

static PyObject *
get_device (PyTensor *self, void *unused)
{
  return PyUnicode_FromString (self->tensor->node ? "" : "/job:localhost/replica:0/task:0/device:CPU:0");
}

static PyObject *
get_graph_part (PyTensor *self, void *what)
{
  const char *name = what;
  if (self->tensor->node == NULL)
    return PyErr_Format (PyExc_AttributeError, "Tensor.%s is undefined when eager execution is enabled.",
                         name);
  if (name[0] == 'n')
    return PyUnicode_FromFormat ("%s:%d", self->tensor->node->name, self->tensor->output);
  return name[0] == 'o' ? operation_wrap (self->tensor->node) : graph_find (self->graph);
}

static PyGetSetDef getters[] = {
  { "shape", (getter) get_shape, NULL, "The tf.TensorShape of this tensor.", NULL },
  { "dtype", (getter) get_dtype, NULL, "The tf.DType of its elements.", NULL },
  { "ndim", (getter) get_ndim, NULL, "The number of axes.", NULL },
  { "device", (getter) get_device, NULL, "Where it lives.", NULL },
  { "name", (getter) get_graph_part, NULL, "Its name in the graph.", "name" },
  { "op", (getter) get_graph_part, NULL, "The operation that makes it.", "op" },
  { "graph", (getter) get_graph_part, NULL, "Its graph.", "graph" },
  { "value_index", (getter) get_index, NULL, "Which output of its operation it is.", NULL },
  { "_id", (getter) get_id, NULL, "The number by which the debugger knows it.", NULL },
  { NULL }
};

static PyObject *
become (PyTensor *self, PyObject *other)
{
  if (!Py_IS_TYPE (self, symbolic_type) || !Py_IS_TYPE (other, symbolic_type))
    return PyErr_Format (PyExc_TypeError, "only a symbolic tensor becomes another"), NULL;
  LkTensor *tensor = lk_tensor_ref (TENSOR (other));
  LkGraph *graph = lk_graph_ref (((PyTensor *) other)->graph);
  lk_tensor_unref (self->tensor);
  lk_graph_unref (self->graph);
  self->tensor = tensor;
  self->graph = graph;
  Py_RETURN_NONE;
}

static PyObject *
identity (PyTensor *self, PyObject *unused)
{
  return PyLong_FromVoidPtr (self->tensor);
}

static PyMethodDef eager_methods[] = {
  { "numpy", (PyCFunction) numpy, METH_NOARGS,
    "A NumPy array (a scalar when there are no axes) with a copy of the elements." },
  { NULL }
};

static PyMethodDef methods[] = {
  { "__array__", (PyCFunction) (void (*) (void)) array, METH_VARARGS | METH_KEYWORDS, NULL },
  { "__format__", (PyCFunction) format, METH_O, NULL },
  { "_become", (PyCFunction) become, METH_O, "The object stands for another symbolic tensor from now on." },
  { "_identity", (PyCFunction) identity, METH_NOARGS, "Equal for two objects of one tensor." },
  { NULL }
};

static PyMemberDef members[] = {
  { "__weaklistoffset__", T_PYSSIZET, offsetof (PyTensor, weak), READONLY, NULL },
  { NULL }
};

static PyType_Slot slots[] = {
  { Py_tp_dealloc, dealloc }, { Py_tp_repr, repr }, { Py_tp_str, str }, { Py_tp_hash, hash },
  { Py_tp_richcompare, tensor_compare }, { Py_tp_iter, iterate }, { Py_tp_methods, methods }, { Py_tp_getset,
    getters },
  { Py_tp_members, members }, { Py_mp_subscript, tensor_subscript }, { Py_mp_length, length },
    { Py_sq_item, item },
  { Py_nb_bool, truth }, { Py_nb_int, to_int }, { Py_nb_float, to_float }, { Py_nb_index, to_index },
  { Py_bf_getbuffer, get_buffer }, { Py_bf_releasebuffer, release_buffer },
  { Py_tp_doc, "A tensor: elements of one dtype in a shape, or the promise of them in a graph." }, { 0 }
};
PyType_Spec tensor_spec = {
  "tensorflow.python.framework.ops.Tensor", sizeof (PyTensor), 0,
  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots
};

static PyType_Slot eager_slots[] = { { Py_tp_methods, eager_methods }, { 0 } };
PyType_Spec eager_spec = {
  "tensorflow.python.framework.ops.EagerTensor", sizeof (PyTensor), 0,
  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, eager_slots
};

/* Asked for by `in`, which Python would answer by going through the elements. */
static int
symbolic_contains (PyObject *self, PyObject *value)
{
  return allowed ((PyTensor *) self, "Using `in` on a symbolic `tf.Tensor`",
                  ": its elements are not known while tracing. Use `tf.reduce_any(tensor == value)`") ? 0 : -1;
}

static PyType_Slot symbolic_slots[] = { { Py_sq_contains, symbolic_contains }, { 0 } };
PyType_Spec symbolic_spec = {
  "tensorflow.python.framework.ops.SymbolicTensor", sizeof (PyTensor), 0,
  Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, symbolic_slots
};

/* tf.DType's number. */
static int
dtype_init (PyDType *self, PyObject *args, PyObject *kw)
{
  return PyArg_ParseTuple (args, "i", &self->dtype) ? 0 : -1;
}

static PyObject *
dtype_number (PyDType *self, void *unused)
{
  return PyLong_FromLong (self->dtype);
}

static Py_hash_t dtype_hash (PyDType *self) { return self->dtype; }

/* What names a dtype equals it: tf.float32 == "float32". */
static PyObject *
dtype_compare (PyObject *a, PyObject *b, int how)
{
  gboolean equal = FALSE;
  if (how != Py_EQ && how != Py_NE)
    Py_RETURN_NOTIMPLEMENTED;
  if (PyObject_TypeCheck (b, dtype_type))
    equal = ((PyDType *) a)->dtype == ((PyDType *) b)->dtype;
  else if (b != Py_None)
    {
      equal = dtype_of (b) == ((PyDType *) a)->dtype;
      if (PyErr_Occurred () && !PyErr_ExceptionMatches (PyExc_TypeError))
        return NULL;
      PyErr_Clear ();
    }
  return PyBool_FromLong (equal == (how == Py_EQ));
}

static PyGetSetDef dtype_getters[] = {
  { "as_datatype_enum", (getter) dtype_number, NULL, "TensorFlow's number of this dtype.", NULL },
  { NULL }
};
static PyType_Slot dtype_slots[] = { { Py_tp_init, dtype_init }, { Py_tp_getset, dtype_getters }, { Py_tp_hash, dtype_hash },
  { Py_tp_richcompare, dtype_compare }, { 0 } };
PyType_Spec dtype_spec = {
  "_lockstep.DType", sizeof (PyDType), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE, dtype_slots
};
