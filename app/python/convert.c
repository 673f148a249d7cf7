/* SPDX-License-Identifier: MIT */
/* Python values to tensors, dtypes and shapes, by TensorFlow's rules: float is float32, int is int32 (int64
   when it does not fit), NumPy's dtypes stay, and where an op wants a dtype only conversions that keep the
   kind are made. */
#include "binding.h"

enum { KIND_BOOL = 1, KIND_INT = 2, KIND_FLOAT = 4, KIND_STRING = 8, KIND_OTHER = 16, KIND_TENSOR = 32 };

/* What a nested sequence holds. */
typedef struct
{
  LkShape shape;
  int kinds;
  gboolean large;         /* an int beyond int32 */
} Survey;

const char *
dtype_c_name (LkDType dtype)
{
  return dtype == LK_FLOAT32 ? "float" : dtype == LK_FLOAT64 ? "double" : dtype == LK_FLOAT16 ? "half"
    : lk_dtype_name (dtype);
}

gboolean
dtype_converts (LkDType from, LkDType to)
{
  gboolean number = lk_dtype_is_integer (from) || lk_dtype_is_floating (from);
  if (from == to || (lk_dtype_is_integer (from) && lk_dtype_is_integer (to)))
    return TRUE;
  if (lk_dtype_is_floating (to))
    return number;
  return (to == LK_COMPLEX64 || to == LK_COMPLEX128) && (number || from == LK_COMPLEX64
                                                         || from == LK_COMPLEX128);
}

LkDType
dtype_shown (PyObject *object)
{
  if (IS_TENSOR (object))
    return TENSOR (object)->dtype;
  return IS_VARIABLE (object) ? ((PyVariable *) object)->dtype : LK_INVALID;
}

LkDType
dtype_of (PyObject *object)
{
  if (PyObject_TypeCheck (object, dtype_type))
    return ((PyDType *) object)->dtype;
  PyObject *found = lent.as_dtype ? PyObject_CallOneArg (lent.as_dtype, object) : NULL;
  LkDType dtype = found && PyObject_TypeCheck (found, dtype_type) ? ((PyDType *) found)->dtype : LK_INVALID;
  Py_XDECREF (found);
  if (dtype == LK_INVALID && !PyErr_Occurred ())
    PyErr_Format (PyExc_TypeError, "Cannot convert value %R to a TensorFlow DType.", object);
  return dtype;
}

static gboolean
shape_of_tensor (LkTensor *tensor, LkShape *shape)
{
  if (tensor->node != NULL || tensor->shape.rank != 1 || tensor->size > LK_MAX_RANK)
    return PyErr_SetString (PyExc_TypeError,
                            "a shape must be known here: a list of integers, not a symbolic tensor"), FALSE;
  shape->rank = (guint8) tensor->size;
  for (guint i = 0; i < shape->rank; i++)
    shape->dims[i] = lk_tensor_int_at (tensor, i);
  return TRUE;
}

static gboolean
shape_of_items (PyObject *object, LkShape *shape)
{
  PyObject *items = PySequence_Fast (object, "a shape is a list of integers or None");
  Py_ssize_t n = items ? PySequence_Fast_GET_SIZE (items) : -1;
  if (n > LK_MAX_RANK)
    PyErr_Format (PyExc_ValueError, "a shape has at most %d axes, here are %zd", LK_MAX_RANK, n);
  shape->rank = (guint8) CLAMP (n, 0, LK_MAX_RANK);
  for (guint i = 0; i < shape->rank && !PyErr_Occurred (); i++)
    {
      PyObject *item = PySequence_Fast_GET_ITEM (items, i);
      shape->dims[i] = item == Py_None ? LK_DIM_UNKNOWN : PyNumber_AsSsize_t (item, PyExc_OverflowError);
    }
  Py_XDECREF (items);
  return !PyErr_Occurred ();
}

gboolean
shape_of (PyObject *object, LkShape *shape)
{
  *shape = LK_SHAPE_UNKNOWN;
  if (object == Py_None)
    return TRUE;
  if (IS_TENSOR (object))
    return shape_of_tensor (TENSOR (object), shape);
  if (PyLong_Check (object))
    {
      shape->rank = 1;
      shape->dims[0] = PyLong_AsLongLong (object);
      return !PyErr_Occurred ();
    }
  PyObject *dims = lent.TensorShape && PyObject_IsInstance (object, lent.TensorShape) == 1
    ? PyObject_GetAttrString (object, "_dims") : Py_NewRef (object);
  gboolean good = dims != NULL && (dims == Py_None || shape_of_items (dims, shape));
  Py_XDECREF (dims);
  return good;
}

static int
kind_of (PyObject *item)
{
  if (PyFloat_CheckExact (item))
    return KIND_FLOAT;
  if (PyLong_CheckExact (item))
    return KIND_INT;
  if (PyBool_Check (item))
    return KIND_BOOL;
  if (PyUnicode_CheckExact (item) || PyBytes_CheckExact (item))
    return KIND_STRING;
  return IS_TENSOR (item) || IS_VARIABLE (item) ? KIND_TENSOR : KIND_OTHER;
}

static gboolean
is_sequence (PyObject *object)
{
  return PyList_Check (object) || PyTuple_Check (object);
}

static gboolean
is_large (PyObject *number)
{
  int overflow;
  long value = PyLong_AsLongAndOverflow (number, &overflow);
  return overflow != 0 || value < G_MININT32 || value > G_MAXINT32;
}

/* FALSE when the lists do not fill a box; no exception is set. */
static gboolean
survey_level (PyObject *object, guint depth, Survey *survey)
{
  if (!is_sequence (object))
    {
      int kind = kind_of (object);
      survey->kinds |= kind;
      survey->large |= kind == KIND_INT && is_large (object);
      return depth == survey->shape.rank || (kind & (KIND_OTHER | KIND_TENSOR));
    }
  Py_ssize_t n = PySequence_Fast_GET_SIZE (object);
  if (depth == survey->shape.rank || n != survey->shape.dims[depth])
    return FALSE;
  for (Py_ssize_t i = 0; i < n; i++)
    if (!survey_level (PySequence_Fast_GET_ITEM (object, i), depth + 1, survey))
      return FALSE;
  return TRUE;
}

static gboolean
survey_sequence (PyObject *object, Survey *survey)
{
  *survey = (Survey) { .shape = LK_SCALAR };
  for (PyObject *first = object; is_sequence (first); first = PySequence_Fast_GET_ITEM (first, 0))
    {
      if (survey->shape.rank == LK_MAX_RANK)
        return FALSE;
      survey->shape.dims[survey->shape.rank++] = PySequence_Fast_GET_SIZE (first);
      if (PySequence_Fast_GET_SIZE (first) == 0)
        break;
    }
  return survey_level (object, 0, survey);
}

static void
out_of_range (void)
{
  PyErr_SetString (PyExc_ValueError, "Can't convert Python sequence with out-of-range integer to Tensor.");
}

static gboolean
store_number (void *data, gint64 i, LkDType dtype, PyObject *item)
{
  switch (dtype)
    {
    case LK_FLOAT32: ((float *) data)[i] = (float) PyFloat_AsDouble (item); break;
    case LK_FLOAT64: ((double *) data)[i] = PyFloat_AsDouble (item); break;
    case LK_INT32: ((gint32 *) data)[i] = (gint32) PyLong_AsLong (item); break;
    case LK_INT64: ((gint64 *) data)[i] = PyLong_AsLongLong (item); break;
    case LK_UINT64: ((guint64 *) data)[i] = PyLong_AsUnsignedLongLong (item); break;
    default: ((guint8 *) data)[i] = item == Py_True; break;
    }
  if (!PyErr_Occurred ())
    return TRUE;
  if (PyErr_ExceptionMatches (PyExc_OverflowError))
    out_of_range ();
  return FALSE;
}

static gboolean
store_numbers (PyObject *object, void *data, gint64 *i, LkDType dtype)
{
  if (!is_sequence (object))
    return store_number (data, (*i)++, dtype, object);
  for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE (object); k++)
    if (!store_numbers (PySequence_Fast_GET_ITEM (object, k), data, i, dtype))
      return FALSE;
  return TRUE;
}

static gboolean
store_strings (PyObject *object, const char **texts, gsize *lengths, gint64 *i)
{
  if (is_sequence (object))
    {
      for (Py_ssize_t k = 0; k < PySequence_Fast_GET_SIZE (object); k++)
        if (!store_strings (PySequence_Fast_GET_ITEM (object, k), texts, lengths, i))
          return FALSE;
      return TRUE;
    }
  Py_ssize_t length = PyBytes_Check (object) ? PyBytes_GET_SIZE (object) : 0;
  texts[*i] = PyBytes_Check (object) ? PyBytes_AS_STRING (object) : PyUnicode_AsUTF8AndSize (object, &length);
  lengths[*i] = (gsize) length;
  return texts[(*i)++] != NULL;
}

static LkTensor *
strings_of (PyObject *object, const LkShape *shape)
{
  gint64 n = MAX (lk_shape_size (shape), 1), i = 0;
  g_autofree const char **texts = g_new (const char *, n);
  g_autofree gsize *lengths = g_new (gsize, n);
  return store_strings (object, texts, lengths, &i) ? lk_tensor_new_strings (shape, texts, lengths) : NULL;
}

static LkTensor *
cannot_convert (PyObject *object, LkDType want)
{
  return PyErr_Format (PyExc_TypeError, "Cannot convert %R to EagerTensor of dtype %s", object,
                       dtype_c_name (want)), NULL;
}

/* Numbers, bools and strings, alone or nested, as surveyed. */
static LkTensor *
plain_value (PyObject *object, const Survey *survey, LkDType want)
{
  int kinds = survey->kinds;
  LkDType from = kinds == 0 ? (want ? want : LK_FLOAT32) : kinds == KIND_BOOL ? LK_BOOL : kinds == KIND_STRING
    ? LK_STRING
    : kinds == KIND_INT ? (survey->large && want == LK_INVALID ? LK_INT64 : LK_INT32)
    : (kinds & ~(KIND_INT | KIND_FLOAT)) == 0 ? LK_FLOAT32 : LK_INVALID;
  if (from == LK_INVALID)
    return PyErr_SetString (PyExc_ValueError, "Can't convert Python sequence with mixed types to Tensor."),
      NULL;
  LkDType to = want == LK_INVALID ? from : want;
  if (!dtype_converts (from, to))
    return cannot_convert (object, to);
  if (to == LK_STRING)
    return strings_of (object, &survey->shape);
  if (to != LK_FLOAT32 && to != LK_FLOAT64 && to != LK_INT32 && to != LK_INT64 && to != LK_BOOL && !(to == LK_UINT64 && kinds == KIND_INT))
    return array_value (object, to);
  if (survey->large && to == LK_INT32)
    return out_of_range (), NULL;
  LkTensor *tensor = lk_tensor_new (to, &survey->shape);
  gint64 i = 0;
  if (tensor != NULL && store_numbers (object, tensor->data, &i, to))
    return tensor;
  lk_tensor_unref (tensor);
  return PyErr_Occurred () ? NULL : (PyErr_NoMemory (), NULL);
}

/* (transfer full) of tensor: cast where it is of another dtype than the list is wanted to be. */
static LkTensor *
of_dtype (LkTensor *tensor, LkDType want)
{
  if (tensor == NULL || want == LK_INVALID || tensor->dtype == want || !dtype_converts (tensor->dtype, want))
    return tensor;
  LkTensor *cast = lk_cast (binding_context (), tensor, want);
  lk_tensor_unref (tensor);
  return cast;
}

/* A list with tensors in it is packed, as tf.stack does. */
static LkTensor *
pack (PyObject *items, LkDType want)
{
  static const LkOp *op;
  if (op == NULL)
    op = lk_op_find ("Pack");
  guint n = (guint) PySequence_Fast_GET_SIZE (items);
  g_autofree LkTensor **inputs = g_new0 (LkTensor *, n);
  for (guint i = 0; i < n && want == LK_INVALID; i++)
    want = dtype_shown (PySequence_Fast_GET_ITEM (items, i));
  gboolean good = TRUE;
  for (guint i = 0; i < n && good; i++)
    good = (inputs[i] = of_dtype (input_of (PySequence_Fast_GET_ITEM (items, i), want), want)) != NULL;
  LkContext *ctx = binding_context ();
  LkTensor *result = good ? lk_apply1 (ctx, op, inputs, n, (LkAttr[]) { { .i = 0 } }) : NULL;
  if (good && result == NULL)
    raise_engine (ctx, "Pack");
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (inputs[i]);
  return result;
}

static LkTensor *
sequence_value (PyObject *object, LkDType want)
{
  Survey survey;
  gboolean box = survey_sequence (object, &survey);
  if (survey.kinds & KIND_TENSOR)
    return pack (object, want);
  if (survey.kinds & KIND_OTHER)
    return array_value (object, want);
  if (!box)
    return PyErr_SetString (PyExc_ValueError, "Can't convert non-rectangular Python sequence to Tensor."),
      NULL;
  return plain_value (object, &survey, want);
}

static LkTensor *
other_value (PyObject *object, LkDType want)
{
  if (IS_TENSOR (object))
    return lk_tensor_ref (TENSOR (object));
  if (IS_VARIABLE (object))
    return variable_read ((PyVariable *) object);
  if (lent.CompositeTensor != NULL && PyObject_IsInstance (object, lent.CompositeTensor) == 1)
    return PyErr_Format (PyExc_TypeError, "A %s is no tensor; see its to_tensor, or tf.sparse.to_dense",
                         Py_TYPE (object)->tp_name), NULL;
  if (lent.TensorShape != NULL && PyObject_IsInstance (object, lent.TensorShape) == 1)
    {
      PyObject *dims = PyObject_CallMethod (object, "as_list", NULL);
      LkTensor *tensor = dims ? value_of (dims, want ? want : LK_INT32) : NULL;
      Py_XDECREF (dims);
      return tensor;
    }
  PyObject *convert = PyObject_GetAttrString (object, "__tf_tensor__");
  if (convert != NULL)
    {
      PyObject *made = PyObject_CallNoArgs (convert);
      LkTensor *tensor = made ? input_of (made, want) : NULL;
      Py_XDECREF (made);
      Py_DECREF (convert);
      return tensor;
    }
  PyErr_Clear ();
  if (is_array (object) || PyObject_HasAttrString (object, "__array__") || PyComplex_Check (object)
      || PyRange_Check (object))
    return array_value (object, want);
  if (PyFloat_Check (object) || PyLong_Check (object) || PyUnicode_Check (object))
    return array_value (object, want);
  return PyErr_Format (PyExc_ValueError,
                       "Attempt to convert a value (%R) with an unsupported type (%R) to a Tensor.",
                       object, (PyObject *) Py_TYPE (object)), NULL;
}

LkTensor *
value_of (PyObject *object, LkDType want)
{
  if (PyFloat_CheckExact (object) && (want == LK_FLOAT32 || want == LK_INVALID))
    return lk_tensor_new_float ((float) PyFloat_AS_DOUBLE (object));
  if (is_sequence (object))
    return sequence_value (object, want);
  int kind = kind_of (object);
  if (kind & (KIND_OTHER | KIND_TENSOR))
    return other_value (object, want);
  Survey survey = { LK_SCALAR, kind, kind == KIND_INT && is_large (object) };
  return plain_value (object, &survey, want);
}

LkTensor *
constant_of (LkTensor *value)
{
  static const LkOp *op;
  LkContext *ctx = binding_context ();
  if (value == NULL || value->node != NULL || lk_context_graph (ctx) == NULL)
    return value;
  if (op == NULL)
    op = lk_op_find ("Const");
  LkTensor *node = lk_apply1 (ctx, op, NULL, 0, (LkAttr[]) { { .tensor = value }, { .type = value->dtype } });
  lk_tensor_unref (value);
  if (node == NULL)
    raise_engine (ctx, "Const");
  return node;
}

LkTensor *
input_of (PyObject *object, LkDType want)
{
  if (IS_TENSOR (object))
    return lk_tensor_ref (TENSOR (object));
  if (IS_VARIABLE (object))
    return variable_read ((PyVariable *) object);
  return constant_of (value_of (object, want));
}

gboolean
is_plain (PyObject *object)
{
  return PyFloat_Check (object) || PyLong_Check (object) || is_sequence (object) || PyUnicode_Check (object)
    || PyBytes_Check (object) || PyComplex_Check (object) || is_array (object)
    || PyObject_HasAttrString (object, "__tf_tensor__");
}
