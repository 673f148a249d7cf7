/* SPDX-License-Identifier: MIT */
/* Protobuf messages as plain Python values, whatever the message is: a dict of the fields that are set, lists for repeated ones.
   Everything is read from the descriptors that protoc made. */
#include "binding.h"
#include <protobuf-c/protobuf-c.h>

typedef const ProtobufCMessageDescriptor Descriptor;
typedef const ProtobufCFieldDescriptor Field;

static Descriptor *
descriptor_of (const char *name)
{
  Descriptor *descriptor = lk_message_find (name);
  if (descriptor == NULL)
    PyErr_Format (PyExc_KeyError, "there is no message %s", name);
  return descriptor;
}

static gsize
element_size (Field *field)
{
  switch (field->type)
    {
    case PROTOBUF_C_TYPE_SINT64: case PROTOBUF_C_TYPE_INT64: case PROTOBUF_C_TYPE_SFIXED64: case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: case PROTOBUF_C_TYPE_DOUBLE:
      return 8;
    case PROTOBUF_C_TYPE_BOOL: return sizeof (protobuf_c_boolean);
    case PROTOBUF_C_TYPE_BYTES: return sizeof (ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING: case PROTOBUF_C_TYPE_MESSAGE: return sizeof (void *);
    default: return 4;
    }
}

/* ---- messages to Python ---- */

static PyObject *to_dict (const ProtobufCMessage *message);

static PyObject *
to_value (Field *field, const void *at)
{
  switch (field->type)
    {
    case PROTOBUF_C_TYPE_INT32: case PROTOBUF_C_TYPE_SINT32: case PROTOBUF_C_TYPE_SFIXED32: case PROTOBUF_C_TYPE_ENUM:
      return PyLong_FromLong (*(const gint32 *) at);
    case PROTOBUF_C_TYPE_UINT32: case PROTOBUF_C_TYPE_FIXED32: return PyLong_FromUnsignedLong (*(const guint32 *) at);
    case PROTOBUF_C_TYPE_INT64: case PROTOBUF_C_TYPE_SINT64: case PROTOBUF_C_TYPE_SFIXED64:
      return PyLong_FromLongLong (*(const gint64 *) at);
    case PROTOBUF_C_TYPE_UINT64: case PROTOBUF_C_TYPE_FIXED64: return PyLong_FromUnsignedLongLong (*(const guint64 *) at);
    case PROTOBUF_C_TYPE_FLOAT: return PyFloat_FromDouble (*(const float *) at);
    case PROTOBUF_C_TYPE_DOUBLE: return PyFloat_FromDouble (*(const double *) at);
    case PROTOBUF_C_TYPE_BOOL: return PyBool_FromLong (*(const protobuf_c_boolean *) at);
    case PROTOBUF_C_TYPE_STRING:
      {
        const char *text = *(char *const *) at ? *(char *const *) at : "";
        return PyUnicode_DecodeUTF8 (text, strlen (text), "surrogateescape");
      }
    case PROTOBUF_C_TYPE_BYTES:
      {
        const ProtobufCBinaryData *data = at;
        return PyBytes_FromStringAndSize ((const char *) data->data, data->len);
      }
    default: return to_dict (*(ProtobufCMessage *const *) at);
    }
}

static PyObject *
to_list (Field *field, const void *elements, gsize n)
{
  PyObject *list = PyList_New (n);
  for (gsize i = 0; i < n && list != NULL; i++)
    {
      PyObject *item = to_value (field, (const char *) elements + i * element_size (field));
      if (item == NULL)
        return Py_DECREF (list), NULL;
      PyList_SET_ITEM (list, i, item);
    }
  return list;
}

/* Does a field that is no part of a oneof differ from what it is when nobody sets it? */
static gboolean
is_set (Field *field, const void *at)
{
  if (field->type == PROTOBUF_C_TYPE_STRING)
    return *(char *const *) at != NULL && **(char *const *) at != '\0';
  if (field->type == PROTOBUF_C_TYPE_BYTES)
    return ((const ProtobufCBinaryData *) at)->len > 0;
  static const char zeros[8];
  return memcmp (at, zeros, element_size (field)) != 0;
}

/* The field's value; NULL without an exception when it is not set. */
static PyObject *
get_field (Field *field, const char *base)
{
  const guint32 *quantifier = (const guint32 *) (base + field->quantifier_offset);
  const void *at = base + field->offset;
  if (field->label == PROTOBUF_C_LABEL_REPEATED)
    {
      const gsize n = *(const gsize *) quantifier;
      return n > 0 ? to_list (field, *(void *const *) at, n) : NULL;
    }
  if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
    return *quantifier == field->id ? to_value (field, at) : NULL;
  return is_set (field, at) ? to_value (field, at) : NULL;
}

static PyObject *
to_dict (const ProtobufCMessage *message)
{
  PyObject *dict = PyDict_New ();
  for (unsigned i = 0; i < message->descriptor->n_fields && dict != NULL; i++)
    {
      Field *field = &message->descriptor->fields[i];
      PyObject *value = get_field (field, (const char *) message);
      if (PyErr_Occurred () || (value != NULL && PyDict_SetItemString (dict, field->name, value) < 0))
        Py_CLEAR (dict);
      Py_XDECREF (value);
    }
  return dict;
}

/* ---- Python to messages; all memory is the arena's ---- */

typedef GPtrArray Arena;

static void *
take (Arena *arena, gsize size)
{
  void *memory = g_malloc0 (size + 1);
  g_ptr_array_add (arena, memory);
  return memory;
}

static ProtobufCMessage *of_dict (Descriptor *descriptor, PyObject *dict, Arena *arena);

static void
of_bytes (PyObject *value, ProtobufCBinaryData *into, Arena *arena)
{
  char *data;
  Py_ssize_t size;
  if (PyBytes_AsStringAndSize (value, &data, &size) < 0)
    return;
  into->len = size;
  into->data = memcpy (take (arena, size), data, size);
}

static char *
of_text (PyObject *value, Arena *arena)
{
  PyObject *bytes = PyUnicode_Check (value) ? PyUnicode_AsEncodedString (value, "utf-8", "surrogateescape") : Py_NewRef (value);
  ProtobufCBinaryData data = { 0, NULL };
  if (bytes != NULL)
    of_bytes (bytes, &data, arena);
  Py_XDECREF (bytes);
  return (char *) data.data;
}

/* Writes value; an exception is left for the caller to find. */
static void
of_value (Field *field, PyObject *value, void *at, Arena *arena)
{
  switch (field->type)
    {
    case PROTOBUF_C_TYPE_INT32: case PROTOBUF_C_TYPE_SINT32: case PROTOBUF_C_TYPE_SFIXED32: case PROTOBUF_C_TYPE_ENUM:
      *(gint32 *) at = (gint32) PyLong_AsLong (value); break;
    case PROTOBUF_C_TYPE_UINT32: case PROTOBUF_C_TYPE_FIXED32: *(guint32 *) at = (guint32) PyLong_AsUnsignedLong (value); break;
    case PROTOBUF_C_TYPE_INT64: case PROTOBUF_C_TYPE_SINT64: case PROTOBUF_C_TYPE_SFIXED64:
      *(gint64 *) at = PyLong_AsLongLong (value); break;
    case PROTOBUF_C_TYPE_UINT64: case PROTOBUF_C_TYPE_FIXED64: *(guint64 *) at = PyLong_AsUnsignedLongLong (value); break;
    case PROTOBUF_C_TYPE_FLOAT: *(float *) at = (float) PyFloat_AsDouble (value); break;
    case PROTOBUF_C_TYPE_DOUBLE: *(double *) at = PyFloat_AsDouble (value); break;
    case PROTOBUF_C_TYPE_BOOL: *(protobuf_c_boolean *) at = PyObject_IsTrue (value) == 1; break;
    case PROTOBUF_C_TYPE_STRING: *(char **) at = of_text (value, arena); break;
    case PROTOBUF_C_TYPE_BYTES: of_bytes (value, at, arena); break;
    default: *(ProtobufCMessage **) at = of_dict (field->descriptor, value, arena);
    }
}

static void
set_field (Field *field, PyObject *value, char *base, Arena *arena)
{
  void *quantifier = base + field->quantifier_offset, *at = base + field->offset;
  if (field->label != PROTOBUF_C_LABEL_REPEATED)
    {
      if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        *(guint32 *) quantifier = field->id;
      of_value (field, value, at, arena);
      return;
    }
  PyObject *items = PySequence_Fast (value, "a list is expected");
  const gsize n = items != NULL ? (gsize) PySequence_Fast_GET_SIZE (items) : 0;
  char *elements = take (arena, n * element_size (field));
  for (gsize i = 0; i < n && !PyErr_Occurred (); i++)
    of_value (field, PySequence_Fast_GET_ITEM (items, i), elements + i * element_size (field), arena);
  Py_XDECREF (items);
  *(gsize *) quantifier = n;
  *(void **) at = elements;
}

static ProtobufCMessage *
of_dict (Descriptor *descriptor, PyObject *dict, Arena *arena)
{
  ProtobufCMessage *message = take (arena, descriptor->sizeof_message);
  PyObject *key, *value;
  Py_ssize_t place = 0;
  protobuf_c_message_init (descriptor, message);
  if (!PyDict_Check (dict))
    PyErr_Format (PyExc_TypeError, "a dict is expected for %s, not %R", descriptor->short_name, dict);
  while (!PyErr_Occurred () && PyDict_Next (dict, &place, &key, &value))
    {
      Field *field = PyUnicode_Check (key) ? protobuf_c_message_descriptor_get_field_by_name (descriptor, PyUnicode_AsUTF8 (key))
        : NULL;
      if (field == NULL)
        PyErr_Format (PyExc_ValueError, "%s has no field %R", descriptor->short_name, key);
      else
        set_field (field, value, (char *) message, arena);
    }
  return message;
}

/* ---- the functions ---- */

/* message_pack (name, dict) → bytes */
static PyObject *
message_pack (PyObject *module, PyObject *args)
{
  const char *name;
  PyObject *dict;
  if (!PyArg_ParseTuple (args, "sO", &name, &dict))
    return NULL;
  Descriptor *descriptor = descriptor_of (name);
  if (descriptor == NULL)
    return NULL;
  g_autoptr (GPtrArray) arena = g_ptr_array_new_with_free_func (g_free);
  const ProtobufCMessage *message = of_dict (descriptor, dict, arena);
  if (PyErr_Occurred ())
    return NULL;
  PyObject *bytes = PyBytes_FromStringAndSize (NULL, protobuf_c_message_get_packed_size (message));
  if (bytes != NULL)
    protobuf_c_message_pack (message, (guint8 *) PyBytes_AS_STRING (bytes));
  return bytes;
}

/* message_unpack (name, bytes) → dict */
static PyObject *
message_unpack (PyObject *module, PyObject *args)
{
  const char *name, *data;
  Py_ssize_t size;
  if (!PyArg_ParseTuple (args, "sy#", &name, &data, &size))
    return NULL;
  Descriptor *descriptor = descriptor_of (name);
  if (descriptor == NULL)
    return NULL;
  ProtobufCMessage *message = protobuf_c_message_unpack (descriptor, NULL, size, (const guint8 *) data);
  if (message == NULL)
    return PyErr_Format (PyExc_ValueError, "Error parsing message with type 'tensorflow.%s'", name);
  PyObject *dict = to_dict (message);
  protobuf_c_message_free_unpacked (message, NULL);
  return dict;
}

static PyObject *
enum_dict (const ProtobufCEnumDescriptor *numbers)
{
  PyObject *dict = PyDict_New ();
  for (unsigned i = 0; i < numbers->n_values && dict != NULL; i++)
    {
      PyObject *number = PyLong_FromLong (numbers->values[i].value);
      PyDict_SetItemString (dict, numbers->values[i].name, number);
      Py_XDECREF (number);
    }
  return dict;
}

/* message_schema (name) → {field: (repeated, in a oneof, kind, name of its message or {name: number} of its enum)} */
static PyObject *
message_schema (PyObject *module, PyObject *name)
{
  static const char *const kinds[] = {
    [PROTOBUF_C_TYPE_FLOAT] = "float", [PROTOBUF_C_TYPE_DOUBLE] = "double", [PROTOBUF_C_TYPE_BOOL] = "bool",
    [PROTOBUF_C_TYPE_ENUM] = "enum", [PROTOBUF_C_TYPE_STRING] = "str", [PROTOBUF_C_TYPE_BYTES] = "bytes",
    [PROTOBUF_C_TYPE_MESSAGE] = "message",
  };
  Descriptor *descriptor = PyUnicode_Check (name) ? descriptor_of (PyUnicode_AsUTF8 (name)) : NULL;
  PyObject *schema = descriptor != NULL ? PyDict_New () : NULL;
  for (unsigned i = 0; schema != NULL && i < descriptor->n_fields; i++)
    {
      Field *field = &descriptor->fields[i];
      PyObject *detail = field->type == PROTOBUF_C_TYPE_ENUM ? enum_dict (field->descriptor)
        : field->type == PROTOBUF_C_TYPE_MESSAGE
        ? PyUnicode_FromString (strchr (((Descriptor *) field->descriptor)->name, '.') + 1) : Py_NewRef (Py_None);
      PyObject *row = Py_BuildValue ("(iisN)", field->label == PROTOBUF_C_LABEL_REPEATED,
                                     (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0,
                                     kinds[field->type] ? kinds[field->type] : "int", detail);
      if (row == NULL || PyDict_SetItemString (schema, field->name, row) < 0)
        Py_CLEAR (schema);
      Py_XDECREF (row);
    }
  return schema;
}

/* ---- tables and checksums ---- */

/* table_pack ([(key, bytes), …], in order of the keys) → bytes */
static PyObject *
table_pack (PyObject *module, PyObject *list)
{
  PyObject *items = PySequence_Fast (list, "a list of (key, bytes) is expected");
  if (items == NULL)
    return NULL;
  const guint n = (guint) PySequence_Fast_GET_SIZE (items);
  g_autofree LkTableEntry *entries = g_new0 (LkTableEntry, n + 1);
  Py_ssize_t size;
  for (guint i = 0; i < n; i++, entries[i - 1].size = size)
    if (!PyArg_ParseTuple (PySequence_Fast_GET_ITEM (items, i), "sy#", &entries[i].key, &entries[i].value, &size))
      return Py_DECREF (items), NULL;
  g_autoptr (GBytes) bytes = lk_table_pack (entries, n);
  Py_DECREF (items);
  return PyBytes_FromStringAndSize (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static void
add_entry (const LkTableEntry *entry, gpointer dict)
{
  PyObject *value = PyBytes_FromStringAndSize (entry->value, entry->size);
  if (value != NULL)
    PyDict_SetItemString (dict, entry->key, value);
  Py_XDECREF (value);
}

/* table_unpack (bytes) → {key: bytes} */
static PyObject *
table_unpack (PyObject *module, PyObject *object)
{
  char *data;
  Py_ssize_t size;
  GError *error = NULL;
  if (PyBytes_AsStringAndSize (object, &data, &size) < 0)
    return NULL;
  PyObject *dict = PyDict_New ();
  if (lk_table_unpack (data, size, add_entry, dict, &error) && !PyErr_Occurred ())
    return dict;
  Py_DECREF (dict);
  return error != NULL ? raise_gerror (error) : NULL;
}

/* crc32c (bytes) → its checksum, masked */
static PyObject *
crc32c (PyObject *module, PyObject *object)
{
  Py_buffer view;
  if (PyObject_GetBuffer (object, &view, PyBUF_SIMPLE) < 0)
    return NULL;
  const guint32 sum = lk_crc32c_masked (view.buf, view.len);
  PyBuffer_Release (&view);
  return PyLong_FromUnsignedLong (sum);
}

/* tensor_bytes (tensor of numbers) → its elements */
static PyObject *
tensor_bytes (PyObject *module, PyObject *object)
{
  const LkTensor *tensor = IS_TENSOR (object) ? TENSOR (object) : NULL;
  if (tensor == NULL || tensor->node != NULL || lk_dtype_size (tensor->dtype) == 0 || tensor->dtype == LK_RESOURCE)
    return PyErr_Format (PyExc_TypeError, "a tensor of numbers with a value is expected, not %R", object);
  return PyBytes_FromStringAndSize (tensor->data, tensor->size * lk_dtype_size (tensor->dtype));
}

/* tensor_of_bytes (bytes, dtype, shape) → tensor */
static PyObject *
tensor_of_bytes (PyObject *module, PyObject *args)
{
  const char *data;
  Py_ssize_t size;
  PyObject *dtype_object, *shape_object;
  LkShape shape;
  if (!PyArg_ParseTuple (args, "y#OO", &data, &size, &dtype_object, &shape_object))
    return NULL;
  const LkDType dtype = dtype_of (dtype_object);
  if (dtype == LK_INVALID || !shape_of (shape_object, &shape))
    return NULL;
  const gint64 n = lk_shape_size (&shape), element = lk_dtype_size (dtype);
  if (n < 0 || element == 0 || dtype == LK_RESOURCE || size % element != 0 || size / element != n)
    return PyErr_Format (PyExc_ValueError, "%zd bytes are no tensor of dtype %s and this shape", size, lk_dtype_name (dtype));
  return tensor_wrap (lk_tensor_new_copy (dtype, &shape, data));
}

PyMethodDef message_methods[] = {
  { "tensor_bytes", tensor_bytes, METH_O, NULL }, { "tensor_of_bytes", tensor_of_bytes, METH_VARARGS, NULL },
  { "message_pack", message_pack, METH_VARARGS, NULL }, { "message_unpack", message_unpack, METH_VARARGS, NULL },
  { "message_schema", message_schema, METH_O, NULL }, { "table_pack", table_pack, METH_O, NULL },
  { "table_unpack", table_unpack, METH_O, NULL }, { "crc32c", crc32c, METH_O, NULL }, { NULL }
};
