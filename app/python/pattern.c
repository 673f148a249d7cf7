/* SPDX-License-Identifier: MIT */
#include "pattern.h"

typedef enum { PART_TENSOR, PART_SAME, PART_EQUAL, PART_OBJECT, PART_TUPLE, PART_LIST, PART_DICT } Kind;

struct _Part
{
  Kind kind;
  guint n;                /* what is in a structure */
  PyObject *object;       /* the value; of an object a weak reference; of a tuple its type; of a dict its keys, sorted */
  LkDType dtype;
  LkShape shape;
};

/* ---- making one ---- */

typedef struct
{
  Part parts[PATTERN_MOST];
  guint n, n_inputs;
  LkTensor **inputs;
} Draft;

static gboolean describe (Draft *draft, PyObject *object);

static Part *
add (Draft *draft, Kind kind, PyObject *object, guint n)
{
  if (draft->n == PATTERN_MOST)
    return NULL;
  Part *part = &draft->parts[draft->n++];
  *part = (Part) { kind, n, Py_XNewRef (object), LK_INVALID, LK_SCALAR };
  return part;
}

static gboolean
describe_tensor (Draft *draft, PyObject *object)
{
  Part *part = add (draft, PART_TENSOR, NULL, 0);
  if (part == NULL)
    return FALSE;
  part->dtype = TENSOR (object)->dtype;
  part->shape = TENSOR (object)->shape;
  draft->inputs[draft->n_inputs++] = TENSOR (object);
  return TRUE;
}

static gboolean
describe_sequence (Draft *draft, PyObject *object)
{
  const gboolean tuple = PyTuple_Check (object);
  const Py_ssize_t n = PySequence_Fast_GET_SIZE (object);
  if (n > PATTERN_MOST || add (draft, tuple ? PART_TUPLE : PART_LIST, tuple ? (PyObject *) Py_TYPE (object) : NULL, (guint) n) == NULL)
    return FALSE;
  for (Py_ssize_t i = 0; i < n; i++)
    if (!describe (draft, PySequence_Fast_GET_ITEM (object, i)))
      return FALSE;
  return TRUE;
}

static gboolean
describe_dict (Draft *draft, PyObject *object)
{
  PyObject *keys = PyDict_Keys (object);
  const Py_ssize_t n = keys != NULL ? PyList_GET_SIZE (keys) : 0;
  gboolean good = keys != NULL && n <= PATTERN_MOST && PyList_Sort (keys) == 0 && add (draft, PART_DICT, keys, (guint) n) != NULL;
  for (Py_ssize_t i = 0; i < n && good; i++)
    {
      PyObject *key = PyList_GET_ITEM (keys, i), *item = PyDict_GetItemWithError (object, key);
      good = PyUnicode_CheckExact (key) && item != NULL && describe (draft, item);
    }
  Py_XDECREF (keys);
  PyErr_Clear ();
  return good;
}

static gboolean
has (PyObject *object, const char *name)
{
  return PyObject_HasAttrString (object, name);
}

/* Any other object is known by being itself, unless it says otherwise, or is made of tensors. */
static gboolean
describe_object (Draft *draft, PyObject *object)
{
  if (!IS_VARIABLE (object) && (has (object, "__tf_tracing_type__") || has (object, "_to_components") || has (object, "_component_specs")
                                || has (object, "__array__") || has (object, "__tf_tensor__") || has (object, "keys")))
    return FALSE;
  PyObject *weak = PyWeakref_NewRef (object, NULL);
  const gboolean good = weak != NULL && add (draft, PART_OBJECT, weak, 0) != NULL;
  Py_XDECREF (weak);
  PyErr_Clear ();
  return good;
}

static gboolean
describe (Draft *draft, PyObject *object)
{
  PyTypeObject *type = Py_TYPE (object);
  if (type == eager_type)
    return describe_tensor (draft, object);
  if (IS_TENSOR (object))
    return FALSE;
  if (object == Py_None || PyBool_Check (object) || PyType_Check (object))
    return add (draft, PART_SAME, object, 0) != NULL;
  if (PyLong_CheckExact (object) || PyFloat_CheckExact (object) || PyUnicode_CheckExact (object) || PyBytes_CheckExact (object))
    return add (draft, PART_EQUAL, object, 0) != NULL;
  if (PyTuple_CheckExact (object) || PyList_CheckExact (object) || (PyTuple_Check (object) && has (object, "_fields")))
    return describe_sequence (draft, object);
  if (PyDict_CheckExact (object))
    return describe_dict (draft, object);
  return !PyTuple_Check (object) && !PyList_Check (object) && !PyDict_Check (object) && describe_object (draft, object);
}

/* Keywords in their order, each by its name before its value. */
static gboolean
describe_keywords (Draft *draft, PyObject *keywords)
{
  PyObject *name, *value;
  for (Py_ssize_t at = 0; PyDict_Next (keywords, &at, &name, &value); )
    if (add (draft, PART_SAME, name, 0) == NULL || !describe (draft, value))
      return FALSE;
  return TRUE;
}

gboolean
pattern_init (Pattern *self, PyObject *args, PyObject *keywords, LkTensor **inputs, guint *n)
{
  Draft draft = { .inputs = inputs };
  const gboolean good = describe_sequence (&draft, args) && (keywords == NULL || describe_keywords (&draft, keywords));
  self->n = draft.n;
  self->parts = g_memdup2 (draft.parts, draft.n * sizeof *draft.parts);
  *n = draft.n_inputs;
  if (!good)
    pattern_clear (self);
  return good;
}

/* ---- comparing ---- */

typedef struct
{
  const Part *part;       /* the next */
  LkTensor **inputs;
} Reader;

static gboolean fits (Reader *reader, PyObject *object);

static gboolean
tensor_fits (Reader *reader, const Part *part, PyObject *object)
{
  if (Py_TYPE (object) != eager_type)
    return FALSE;
  LkTensor *given = TENSOR (object);
  if (given->dtype != part->dtype || given->shape.rank != part->shape.rank)
    return FALSE;
  for (guint k = 0; k < part->shape.rank; k++)
    if (given->shape.dims[k] != part->shape.dims[k])
      return FALSE;
  *reader->inputs++ = given;
  return TRUE;
}

static gboolean
equals (const Part *part, PyObject *object)
{
  if (object == part->object)
    return TRUE;
  if (Py_TYPE (object) != Py_TYPE (part->object))
    return FALSE;
  if (PyFloat_CheckExact (object))
    return PyFloat_AS_DOUBLE (object) == PyFloat_AS_DOUBLE (part->object);
  const int same = PyObject_RichCompareBool (object, part->object, Py_EQ);
  if (same < 0)
    PyErr_Clear ();
  return same > 0;
}

static gboolean
items_fit (Reader *reader, const Part *part, PyObject *object)
{
  if (PySequence_Fast_GET_SIZE (object) != (Py_ssize_t) part->n)
    return FALSE;
  for (guint i = 0; i < part->n; i++)
    if (!fits (reader, PySequence_Fast_GET_ITEM (object, i)))
      return FALSE;
  return TRUE;
}

static gboolean
dict_fits (Reader *reader, const Part *part, PyObject *object)
{
  if (!PyDict_CheckExact (object) || PyDict_GET_SIZE (object) != (Py_ssize_t) part->n)
    return FALSE;
  for (guint i = 0; i < part->n; i++)
    {
      PyObject *item = PyDict_GetItemWithError (object, PyList_GET_ITEM (part->object, i));
      if (item == NULL || !fits (reader, item))
        return PyErr_Clear (), FALSE;
    }
  return TRUE;
}

static gboolean
fits (Reader *reader, PyObject *object)
{
  const Part *part = reader->part++;
  switch (part->kind)
    {
    case PART_TENSOR:
      return tensor_fits (reader, part, object);
    case PART_SAME:
      return object == part->object;
    case PART_EQUAL:
      return equals (part, object);
    case PART_OBJECT:
      return PyWeakref_GET_OBJECT (part->object) == object && object != Py_None;
    case PART_TUPLE:
      return Py_TYPE (object) == (PyTypeObject *) part->object && items_fit (reader, part, object);
    case PART_LIST:
      return PyList_CheckExact (object) && items_fit (reader, part, object);
    default:
      return dict_fits (reader, part, object);
    }
}

gboolean
pattern_fits (const Pattern *self, PyObject *args, PyObject *keywords, LkTensor **inputs)
{
  Reader reader = { self->parts + 1, inputs };
  if (!items_fit (&reader, &self->parts[0], args))
    return FALSE;
  if (keywords == NULL)
    return reader.part == self->parts + self->n;
  PyObject *name, *value;
  for (Py_ssize_t at = 0; PyDict_Next (keywords, &at, &name, &value); )
    {
      if (reader.part == self->parts + self->n || reader.part->object != name)
        return FALSE;
      reader.part++;
      if (!fits (&reader, value))
        return FALSE;
    }
  return reader.part == self->parts + self->n;
}

int
pattern_traverse (const Pattern *self, visitproc visit, void *arg)
{
  for (guint i = 0; i < self->n; i++)
    Py_VISIT (self->parts[i].object);
  return 0;
}

void
pattern_clear (Pattern *self)
{
  const guint n = self->n;
  Part *parts = g_steal_pointer (&self->parts);
  self->n = 0;
  for (guint i = 0; i < n; i++)
    Py_XDECREF (parts[i].object);
  g_free (parts);
}
