/* SPDX-License-Identifier: MIT */
/* TFRecord frames and tf.train.Examples, as bytes. */
#include "binding.h"

/* record_frame (bytes) → the record with its length and checksums */
static PyObject *
record_frame (PyObject *module, PyObject *object)
{
  char *data;
  Py_ssize_t size;
  if (PyBytes_AsStringAndSize (object, &data, &size) < 0)
    return NULL;
  g_autoptr (GByteArray) frame = g_byte_array_new ();
  lk_tfrecord_append (frame, data, size);
  return PyBytes_FromStringAndSize ((const char *) frame->data, frame->len);
}

/* record_next (bytes of the file, at) → (record or None at the end, where the next one begins) */
static PyObject *
record_next (PyObject *module, PyObject *args)
{
  const char *file;
  Py_ssize_t file_size, at;
  if (!PyArg_ParseTuple (args, "y#n", &file, &file_size, &at))
    return NULL;
  g_autoptr (GError) error = NULL;
  const guint8 *data;
  gsize next = at, size;
  if (lk_tfrecord_next ((const guint8 *) file, file_size, &next, &data, &size, &error))
    return Py_BuildValue ("(y#n)", data, (Py_ssize_t) size, (Py_ssize_t) next);
  if (error != NULL)
    {
      g_clear_error (&error);
      return raise_gerror (g_error_new (LK_ERROR, LK_DATA_LOSS, "corrupted record at %zd", at));
    }
  return Py_BuildValue ("(On)", Py_None, (Py_ssize_t) next);
}

static PyObject *
take_bytes (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);
  PyObject *result = PyBytes_FromStringAndSize (data, size);
  g_bytes_unref (bytes);
  return result;
}

static gboolean
set_values (LkFeature *feature, PyObject *values)
{
  if (values == Py_None)
    return TRUE;
  feature->values = IS_TENSOR (values) ? TENSOR (values) : NULL;
  const int dtype = feature->values != NULL ? feature->values->dtype : LK_INVALID;
  if (dtype == LK_STRING || dtype == LK_FLOAT32 || dtype == LK_INT64)
    return TRUE;
  PyErr_SetString (PyExc_TypeError, "a feature holds a vector of string, float32 or int64");
  return FALSE;
}

/* feature_pack (tensor or None) → bytes */
static PyObject *
feature_pack (PyObject *module, PyObject *values)
{
  LkFeature feature = { NULL, NULL };
  return set_values (&feature, values) ? take_bytes (lk_feature_pack (&feature)) : NULL;
}

/* example_pack ([(key, tensor or None), …]) → bytes */
static PyObject *
example_pack (PyObject *module, PyObject *list)
{
  PyObject *items = PySequence_Fast (list, "a list of (key, tensor) is expected");
  if (items == NULL)
    return NULL;
  const guint n = (guint) PySequence_Fast_GET_SIZE (items);
  g_autofree LkFeature *features = g_new0 (LkFeature, n + 1);
  for (guint i = 0; i < n && !PyErr_Occurred (); i++)
    {
      PyObject *values;
      if (!PyArg_ParseTuple (PySequence_Fast_GET_ITEM (items, i), "sO", &features[i].key, &values)
          || !set_values (&features[i], values))
        break;
    }
  GBytes *bytes = PyErr_Occurred () ? NULL : lk_example_pack (features, n);
  Py_DECREF (items);
  return bytes != NULL ? take_bytes (bytes) : NULL;
}

static void
append_feature (const LkFeature *feature, gpointer list)
{
  PyObject *values = feature->values != NULL ? tensor_wrap (lk_tensor_ref (feature->values)) : Py_NewRef (Py_None);
  PyObject *pair = Py_BuildValue ("(sN)", feature->key, values);
  if (pair != NULL)
    PyList_Append (list, pair);
  Py_XDECREF (pair);
}

/* example_unpack (bytes) → [(key, tensor or None), …] */
static PyObject *
example_unpack (PyObject *module, PyObject *object)
{
  char *data;
  Py_ssize_t size;
  GError *error = NULL;
  if (PyBytes_AsStringAndSize (object, &data, &size) < 0)
    return NULL;
  PyObject *list = PyList_New (0);
  if (lk_example_unpack (data, size, append_feature, list, &error) && !PyErr_Occurred ())
    return list;
  Py_DECREF (list);
  return error != NULL ? raise_gerror (error) : NULL;
}

PyMethodDef records_methods[] = {
  { "record_frame", record_frame, METH_O, NULL }, { "record_next", record_next, METH_VARARGS, NULL },
  { "example_pack", example_pack, METH_O, NULL }, { "feature_pack", feature_pack, METH_O, NULL }, { "example_unpack", example_unpack, METH_O, NULL }, { NULL }
};
