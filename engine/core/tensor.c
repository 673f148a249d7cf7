/* SPDX-License-Identifier: MIT */
#include "engine/core/tensor.h"
#include "engine/core/narrow.h"
#include "engine/core/pool.h"
#include <stdlib.h>
#include <string.h>

#define KEEP_TENSORS 4096

/* Ids come in batches, one atomic step for each. */
static guint64
tensor_id (LkPool *pool)
{
  static guint64 next = 1;
  if (G_UNLIKELY (pool->next_id == pool->end_id))
    {
      pool->next_id = __atomic_fetch_add (&next, LK_POOL_IDS, __ATOMIC_RELAXED);
      pool->end_id = pool->next_id + LK_POOL_IDS;
    }
  return pool->next_id++;
}

static inline LkTensor *
header_new (LkDType dtype, const LkShape *shape, gint64 size)
{
  LkPool *pool = lk_pool ();
  LkTensor *tensor;
  if (G_LIKELY (pool->tensors != NULL))
    {
      LkPoolItem *item = pool->tensors;
      pool->tensors = item->next;
      pool->n_tensors--;
      tensor = (LkTensor *) item;
    }
  else if ((tensor = malloc (sizeof *tensor)) == NULL)
    g_error ("out of memory");
  tensor->refs = 1;
  tensor->dtype = dtype;
  tensor->output = 0;
  tensor->shape.rank = shape->rank;
  if (shape->rank != LK_RANK_UNKNOWN)
    for (guint i = 0; i < shape->rank; i++)
      tensor->shape.dims[i] = shape->dims[i];
  tensor->size = size;
  tensor->id = tensor_id (pool);
  tensor->data = NULL;
  tensor->buffer = NULL;
  tensor->node = NULL;
  return tensor;
}

static void
header_free (LkTensor *tensor)
{
  LkPool *pool = lk_pool ();
  if (!LK_POOL_KEEPS || pool->n_tensors >= KEEP_TENSORS)
    {
      free (tensor);
      return;
    }
  LkPoolItem *item = (LkPoolItem *) tensor;
  item->next = pool->tensors;
  pool->tensors = item;
  pool->n_tensors++;
}

LkTensor *
lk_tensor_new (LkDType dtype, const LkShape *shape)
{
  gint64 size = lk_shape_size (shape);
  gsize bytes;
  LkBuffer *buffer;
  if (size < 0 || __builtin_mul_overflow ((gsize) size, lk_dtype_size (dtype), &bytes)
      || (buffer = lk_buffer_new (bytes)) == NULL)
    return NULL;
  LkTensor *tensor = header_new (dtype, shape, size);
  tensor->buffer = buffer;
  tensor->data = buffer->data;
  return tensor;
}

LkTensor *
lk_tensor_new_copy (LkDType dtype, const LkShape *shape, const void *data)
{
  LkTensor *tensor = lk_tensor_new (dtype, shape);
  if (tensor != NULL && tensor->size > 0)
    memcpy (tensor->data, data, lk_tensor_bytes (tensor));
  return tensor;
}

LkTensor *
lk_tensor_new_buffer (LkDType dtype, const LkShape *shape, LkBuffer *buffer, gsize offset)
{
  LkTensor *tensor = header_new (dtype, shape, lk_shape_size (shape));
  g_assert (tensor->size >= 0 && offset <= buffer->size);
  g_assert (tensor->size * lk_dtype_size (dtype) <= buffer->size - offset);
  tensor->buffer = buffer;
  tensor->data = (char *) buffer->data + offset;
  return tensor;
}

LkTensor *
lk_tensor_new_alias (LkTensor *tensor, const LkShape *shape)
{
  LkTensor *alias = header_new (tensor->dtype, shape, tensor->size);
  alias->buffer = lk_buffer_ref (tensor->buffer);
  alias->data = tensor->data;
  return alias;
}

LkTensor *
lk_tensor_new_symbolic (LkDType dtype, const LkShape *shape, LkNode *node, guint output)
{
  LkTensor *tensor = header_new (dtype, shape, lk_shape_size (shape));
  tensor->node = node;
  tensor->output = output;
  return tensor;
}

static gsize
string_length (const char *const *strings, const gsize *lengths, gint64 i)
{
  return lengths != NULL ? lengths[i] : strlen (strings[i]);
}

LkTensor *
lk_tensor_new_strings (const LkShape *shape, const char *const *strings, const gsize *lengths)
{
  gint64 size = lk_shape_size (shape);
  g_assert (size >= 0);
  gsize bytes = (size + 1) * sizeof (guint64);
  for (gint64 i = 0; i < size; i++)
    bytes += string_length (strings, lengths, i);
  LkBuffer *buffer = lk_buffer_new (bytes);
  if (buffer == NULL)
    return NULL;

  guint64 *offsets = buffer->data;
  guint64 place = (size + 1) * sizeof (guint64);
  for (gint64 i = 0; i < size; i++)
    {
      gsize length = string_length (strings, lengths, i);
      offsets[i] = place;
      memcpy ((char *) buffer->data + place, strings[i], length);
      place += length;
    }
  offsets[size] = place;
  return lk_tensor_new_buffer (LK_STRING, shape, buffer, 0);
}

LkTensor *
lk_tensor_new_float (float value)
{
  return lk_tensor_new_copy (LK_FLOAT32, &LK_SCALAR, &value);
}

LkTensor *
lk_tensor_new_int32 (gint32 value)
{
  return lk_tensor_new_copy (LK_INT32, &LK_SCALAR, &value);
}

LkTensor *
lk_tensor_ref (LkTensor *tensor)
{
  if (tensor != NULL)
    __atomic_fetch_add (&tensor->refs, 1, __ATOMIC_RELAXED);
  return tensor;
}

void
lk_tensor_unref (LkTensor *tensor)
{
  if (tensor == NULL)
    return;
  /* See lk_buffer_unref(). */
  if (__atomic_load_n (&tensor->refs, __ATOMIC_ACQUIRE) != 1
      && __atomic_sub_fetch (&tensor->refs, 1, __ATOMIC_ACQ_REL) != 0)
    return;
  lk_buffer_unref (tensor->buffer);
  header_free (tensor);
}

gsize
lk_tensor_bytes (const LkTensor *tensor)
{
  if (tensor->data == NULL)
    return 0;
  if (tensor->dtype == LK_STRING)
    return ((const guint64 *) tensor->data)[tensor->size];
  return tensor->size * lk_dtype_size (tensor->dtype);
}

const char *
lk_string_at (const LkTensor *tensor, gint64 i, gsize *length)
{
  const guint64 *offsets = tensor->data;
  g_assert (tensor->dtype == LK_STRING && i >= 0 && i < tensor->size);
  *length = offsets[i + 1] - offsets[i];
  return (const char *) tensor->data + offsets[i];
}

#define INTEGERS(X) \
  X (LK_INT32, gint32) X (LK_INT64, gint64) X (LK_UINT8, guint8) X (LK_INT8, gint8) X (LK_INT16, gint16) \
  X (LK_UINT16, guint16) X (LK_UINT32, guint32) X (LK_UINT64, guint64)
#define FLOATS(X) X (LK_FLOAT32, float, 1) X (LK_FLOAT64, double, 1) X (LK_COMPLEX64, float, 2) X (LK_COMPLEX128, double, 2)

double
lk_tensor_double_at (const LkTensor *tensor, gint64 i)
{
  switch (tensor->dtype)
    {
#define CASE(dtype, type) case dtype: return ((const type *) tensor->data)[i];
    INTEGERS (CASE)
    CASE (LK_BOOL, guint8)
#undef CASE
#define CASE(dtype, type, parts) case dtype: return ((const type *) tensor->data)[parts * i];
    FLOATS (CASE)
#undef CASE
    case LK_FLOAT16: return lk_half_to_float (((const guint16 *) tensor->data)[i]);
    case LK_BFLOAT16: return lk_bfloat16_to_float (((const guint16 *) tensor->data)[i]);
    default:
      g_assert_not_reached ();
    }
}

double
lk_tensor_imaginary_at (const LkTensor *tensor, gint64 i)
{
  return tensor->dtype == LK_COMPLEX64 ? ((const float *) tensor->data)[2 * i + 1]
    : tensor->dtype == LK_COMPLEX128 ? ((const double *) tensor->data)[2 * i + 1] : 0;
}

gint64
lk_tensor_int_at (const LkTensor *tensor, gint64 i)
{
  switch (tensor->dtype)
    {
#define CASE(dtype, type) case dtype: return ((const type *) tensor->data)[i];
    INTEGERS (CASE)
    CASE (LK_BOOL, guint8)
#undef CASE
    default:
      return lk_tensor_double_at (tensor, i);
    }
}

void
lk_tensor_set_complex (LkTensor *tensor, gint64 i, double real, double imaginary)
{
  switch (tensor->dtype)
    {
#define CASE(dtype, type, parts) \
    case dtype: \
      ((type *) tensor->data)[parts * i] = real; \
      if (parts == 2) \
        ((type *) tensor->data)[2 * i + 1] = imaginary; \
      break;
    FLOATS (CASE)
#undef CASE
    case LK_FLOAT16: ((guint16 *) tensor->data)[i] = lk_half_from_float (real); break;
    case LK_BFLOAT16: ((guint16 *) tensor->data)[i] = lk_bfloat16_from_float (real); break;
    case LK_BOOL: ((guint8 *) tensor->data)[i] = real != 0; break;
    case LK_UINT64: ((guint64 *) tensor->data)[i] = real < 0 ? (guint64) (gint64) real : (guint64) real; break;
    default: lk_tensor_set_int (tensor, i, real); break;
    }
}

void
lk_tensor_set_double (LkTensor *tensor, gint64 i, double value)
{
  lk_tensor_set_complex (tensor, i, value, 0);
}

void
lk_tensor_set_int (LkTensor *tensor, gint64 i, gint64 value)
{
  switch (tensor->dtype)
    {
#define CASE(dtype, type) case dtype: ((type *) tensor->data)[i] = (type) value; break;
    INTEGERS (CASE)
#undef CASE
    default:
      g_assert (!lk_dtype_is_integer (tensor->dtype));
      lk_tensor_set_double (tensor, i, value);
    }
}
