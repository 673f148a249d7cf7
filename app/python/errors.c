/* SPDX-License-Identifier: MIT */
/* The engine's errors as TensorFlow's exceptions. */
#include "binding.h"

static PyObject *
error_class (int code, const char *message, gboolean tracing)
{
  if (strstr (message, "is out of scope") != NULL)
    return PyExc_TypeError;
  if (g_str_has_prefix (message, "Graph is finalized"))
    return PyExc_RuntimeError;
  if (g_str_has_prefix (message, "gradient registry has no entry"))
    return PyExc_LookupError;
  /* A node that cannot be made is a ValueError in TensorFlow; an op that fails is an OpError. */
  if (tracing && code == LK_INVALID_ARGUMENT)
    return PyExc_ValueError;
  if (lent.errors == NULL)
    return PyExc_RuntimeError;
  PyObject *key = PyLong_FromLong (code);
  PyObject *class = key ? PyDict_GetItem (lent.errors, key) : NULL;
  Py_XDECREF (key);
  return class ? class : PyExc_RuntimeError;
}

static PyObject *
raise_code (int code, const char *message, const char *op, gboolean tracing)
{
  PyObject *class = error_class (code, message, tracing);
  gboolean bare = op == NULL || tracing || strstr (message, "[Op:") != NULL;
  g_autofree char *text = bare ? g_strdup (message) : g_strdup_printf ("%s [Op:%s]", message, op);
  if (class == PyExc_RuntimeError || class == PyExc_ValueError || class == PyExc_TypeError
      || class == PyExc_LookupError)
    return PyErr_SetString (class, text), NULL;
  PyObject *error = PyObject_CallFunction (class, "OOs", Py_None, Py_None, text);
  if (error != NULL)
    PyErr_SetObject (class, error);
  Py_XDECREF (error);
  return NULL;
}

PyObject *
raise_engine (LkContext *ctx, const char *op)
{
  GError *error = lk_context_take_error (ctx);
  if (PyErr_Occurred ())
    return g_clear_error (&error), NULL;
  if (error == NULL)
    return raise_code (LK_INTERNAL, "the engine gave no result and no reason", op, FALSE);
  raise_code (error->code, error->message, op, lk_context_graph (ctx) != NULL);
  g_error_free (error);
  return NULL;
}

PyObject *
raise_gerror (GError *error)
{
  raise_code (error->domain == LK_ERROR ? error->code : LK_UNKNOWN, error->message, NULL, FALSE);
  g_error_free (error);
  return NULL;
}
