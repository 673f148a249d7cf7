/* SPDX-License-Identifier: MIT */
/* Tensors to and from NumPy. NumPy is imported on first use only: a debugged program may never need it. */
#include "binding.h"
#include "engine/core/narrow.h"
#define NPY_NO_DEPRECATED_API NPY_1_19_API_VERSION
#include <numpy/arrayobject.h>
#include <numpy/arrayscalars.h>

static gboolean
numpy_ready (void)
{
  return PyArray_API != NULL || _import_array () == 0;
}

static const struct { LkDType dtype; int numpy; } numbers[] = {
  { LK_FLOAT32, NPY_FLOAT32 }, { LK_FLOAT64, NPY_FLOAT64 }, { LK_INT32, NPY_INT32 }, { LK_INT64, NPY_INT64 },
  { LK_BOOL, NPY_BOOL }, { LK_UINT8, NPY_UINT8 }, { LK_INT8, NPY_INT8 }, { LK_INT16, NPY_INT16 },
  { LK_UINT16, NPY_UINT16 }, { LK_UINT32, NPY_UINT32 }, { LK_UINT64, NPY_UINT64 },
    { LK_FLOAT16, NPY_FLOAT16 },
  { LK_COMPLEX64, NPY_COMPLEX64 }, { LK_COMPLEX128, NPY_COMPLEX128 }, { LK_INT64, NPY_LONGLONG },
};

static int
numpy_number (LkDType dtype)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i].dtype == dtype)
      return numbers[i].numpy;
  return -1;
}

static LkDType
dtype_number (int numpy)
{
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (numbers[i].numpy == numpy)
      return numbers[i].dtype;
  return LK_INVALID;
}

/* Has anybody imported NumPy? As long as not, nothing is an array. */
static gboolean
numpy_there (void)
{
  return PyArray_API != NULL || PyDict_GetItemString (PyImport_GetModuleDict (), "numpy.core.multiarray") != NULL;
}

gboolean
is_array (PyObject *object)
{
  return numpy_there () && numpy_ready () && (PyArray_Check (object) || PyArray_IsScalar (object, Generic));
}

/* NumPy has no bfloat16; ml_dtypes, where there is one, adds it under this name. */
static gboolean
is_bfloat16 (PyArray_Descr *descr)
{
  return descr->elsize == 2 && strcmp (descr->typeobj->tp_name, "bfloat16") == 0;
}

static PyObject *
strings_array (LkTensor *tensor, npy_intp *dims)
{
  PyArrayObject *array = (PyArrayObject *) PyArray_SimpleNew (tensor->shape.rank, dims, NPY_OBJECT);
  if (array == NULL)
    return NULL;
  PyObject **items = PyArray_DATA (array);
  for (gint64 i = 0; i < tensor->size; i++)
    {
      gsize length;
      const char *text = lk_string_at (tensor, i, &length);
      PyObject *old = items[i];
      items[i] = PyBytes_FromStringAndSize (text, (Py_ssize_t) length);
      Py_XDECREF (old);
    }
  return (PyObject *) array;
}

PyObject *
array_of (LkTensor *tensor)
{
  if (!numpy_ready ())
    return NULL;
  npy_intp dims[LK_MAX_RANK];
  for (guint i = 0; i < tensor->shape.rank; i++)
    dims[i] = (npy_intp) tensor->shape.dims[i];
  if (tensor->dtype == LK_STRING)
    {
      PyObject *array = strings_array (tensor, dims);
      if (array == NULL || tensor->shape.rank > 0)
        return array;
      PyObject *item = Py_NewRef (*(PyObject **) PyArray_DATA ((PyArrayObject *) array));
      return Py_DECREF (array), item;
    }
  int number = numpy_number (tensor->dtype);
  if (tensor->dtype == LK_BFLOAT16)     /* float32 holds all of them */
    {
      g_autoptr (LkTensor) wide = lk_tensor_widen (tensor);
      return wide ? array_of (wide) : PyErr_NoMemory ();
    }
  if (number < 0)
    return PyErr_Format (PyExc_TypeError, "a tensor of %s has no NumPy form", lk_dtype_name (tensor->dtype));
  PyArrayObject *array = (PyArrayObject *) PyArray_SimpleNew (tensor->shape.rank, dims, number);
  if (array == NULL)
    return NULL;
  memcpy (PyArray_DATA (array), tensor->data, lk_tensor_bytes (tensor));
  return PyArray_Return (array);
}

/* String elements, from bytes, unicode and object arrays. */
static LkTensor *
strings_value (PyArrayObject *array, const LkShape *shape)
{
  PyObject *flat = PyObject_CallMethod ((PyObject *) array, "reshape", "i", -1);
  PyObject *items = flat ? PyObject_CallMethod (flat, "tolist", NULL) : NULL;
  Py_XDECREF (flat);
  if (items == NULL)
    return NULL;
  Py_ssize_t n = PyList_GET_SIZE (items);
  g_autofree const char **texts = g_new (const char *, MAX (n, 1));
  g_autofree gsize *lengths = g_new (gsize, MAX (n, 1));
  gboolean good = TRUE;
  for (Py_ssize_t i = 0; i < n && good; i++)
    {
      PyObject *item = PyList_GET_ITEM (items, i);
      Py_ssize_t length = 0;
      texts[i] = NULL;
      if (PyUnicode_Check (item))
        texts[i] = PyUnicode_AsUTF8AndSize (item, &length);
      else if (PyBytes_Check (item))
        texts[i] = PyBytes_AS_STRING (item), length = PyBytes_GET_SIZE (item);
      lengths[i] = (gsize) length;
      good = texts[i] != NULL;
    }
  LkTensor *tensor = good ? lk_tensor_new_strings (shape, texts, lengths) : NULL;
  Py_DECREF (items);
  if (tensor == NULL && !PyErr_Occurred ())
    PyErr_SetString (PyExc_ValueError,
                     "Failed to convert a NumPy array to a Tensor (Unsupported object type in the array).");
  return tensor;
}

static LkTensor *
numbers_value (PyArrayObject *array, const LkShape *shape, LkDType from, LkDType want)
{
  if (want == LK_INVALID)
    want = from;
  if (!dtype_converts (from, want))
    return PyErr_Format (PyExc_TypeError, "Cannot convert %R to EagerTensor of dtype %s", (PyObject *) array,
                         dtype_c_name (want)), NULL;
  if (want == LK_BFLOAT16)
    {
      g_autoptr (LkTensor) wide = numbers_value (array, shape, from, LK_FLOAT32);
      return wide ? lk_tensor_narrow (wide, LK_BFLOAT16) : NULL;
    }
  PyArray_Descr *descr = PyArray_DescrFromType (numpy_number (want));
  PyArrayObject *dense = descr ? (PyArrayObject *) PyArray_FromArray (array, descr,
                                                                     NPY_ARRAY_CARRAY_RO
                                                                         | NPY_ARRAY_FORCECAST) : NULL;
  if (dense == NULL)
    return NULL;
  LkTensor *tensor = lk_tensor_new_copy (want, shape, PyArray_DATA (dense));
  Py_DECREF (dense);
  if (tensor == NULL)
    PyErr_NoMemory ();
  return tensor;
}

static LkTensor *
bfloat16_value (PyArrayObject *array, const LkShape *shape, LkDType want)
{
  PyArrayObject *dense = (PyArrayObject *) PyArray_FromArray (array, NULL, NPY_ARRAY_CARRAY_RO);
  if (dense == NULL)
    return NULL;
  g_autoptr (LkTensor) narrow = lk_tensor_new_copy (LK_BFLOAT16, shape, PyArray_DATA (dense));
  Py_DECREF (dense);
  if (narrow == NULL)
    return PyErr_NoMemory (), NULL;
  if (want == LK_INVALID || want == LK_BFLOAT16)
    return g_steal_pointer (&narrow);
  PyObject *wide = array_of (narrow);
  LkTensor *tensor = wide ? array_value (wide, want) : NULL;
  Py_XDECREF (wide);
  return tensor;
}

LkTensor *
array_value (PyObject *object, LkDType want)
{
  PyArrayObject *array = numpy_ready () ? (PyArrayObject *) PyArray_FromAny (object, NULL, 0, 0, 0, NULL)
    : NULL;
  if (array == NULL)
    return NULL;
  LkTensor *tensor = NULL;
  LkShape shape = { .rank = (guint8) MIN (PyArray_NDIM (array), LK_MAX_RANK) };
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = PyArray_DIM (array, i);
  LkDType from = dtype_number (PyArray_TYPE (array));
  if (PyArray_NDIM (array) > LK_MAX_RANK)
    PyErr_Format (PyExc_ValueError, "a tensor has at most %d axes, the array has %d", LK_MAX_RANK,
                  PyArray_NDIM (array));
  else if (from != LK_INVALID)
    tensor = numbers_value (array, &shape, from, want);
  else if (is_bfloat16 (PyArray_DESCR (array)))
    tensor = bfloat16_value (array, &shape, want);
  else if (PyArray_TYPE (array) == NPY_OBJECT || PyArray_TYPE (array) == NPY_UNICODE
           || PyArray_TYPE (array) == NPY_STRING)
    tensor = want == LK_INVALID || want == LK_STRING ? strings_value (array, &shape) : NULL;
  if (tensor == NULL && !PyErr_Occurred ())
    PyErr_Format (PyExc_ValueError,
                  "Failed to convert a NumPy array to a Tensor (Unsupported object type %S).",
                  (PyObject *) PyArray_DESCR (array));
  Py_DECREF (array);
  return tensor;
}
