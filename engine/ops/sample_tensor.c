/* SPDX-License-Identifier: MIT */
/* The tensors of samples: read, or drawn. */
#include <math.h>

#include "engine/ops/philox.h"
#include "engine/ops/reader.h"
#include "engine/ops/sample.h"

static gboolean
take_unsigned (LkReader *reader, guint64 *value)
{
  char *end;
  lk_reader_take (reader, "");
  *value = g_ascii_strtoull (reader->at, &end, 10);
  if (end == reader->at)
    return lk_reader_fail (reader, "integer expected at '%s'", reader->at);
  reader->at = end;
  return TRUE;
}

/* "1+2j", "1", "-2j" */
static gboolean
take_complex (LkReader *reader, LkTensor *tensor, gint64 i)
{
  double first, second = 0;
  if (!lk_reader_number (reader, &first))
    return FALSE;
  if (*reader->at == 'j')
    {
      lk_tensor_set_complex (tensor, i, 0, first);
      return lk_reader_need (reader, "j");
    }
  if ((*reader->at == '+' || *reader->at == '-') && !(lk_reader_number (reader, &second) && lk_reader_need (reader, "j")))
    return FALSE;
  lk_tensor_set_complex (tensor, i, first, second);
  return TRUE;
}

static gboolean
take_element (LkReader *reader, LkTensor *tensor, gint64 i)
{
  double value;
  gint64 integer;
  if (tensor->dtype == LK_BOOL && (lk_reader_take (reader, "true") || lk_reader_take (reader, "false")))
    value = reader->at[-2] == 'u';
  else if (lk_dtype_is_complex (tensor->dtype))
    return take_complex (reader, tensor, i);
  else if (tensor->dtype == LK_UINT64)
    return take_unsigned (reader, &((guint64 *) tensor->data)[i]);
  else if (tensor->dtype == LK_INT64)
    {
      if (!lk_reader_int (reader, &integer))
        return FALSE;
      lk_tensor_set_int (tensor, i, integer);
      return TRUE;
    }
  else if (!lk_reader_number (reader, &value))
    return FALSE;
  lk_tensor_set_double (tensor, i, value);
  return TRUE;
}

static gboolean
take_elements (LkReader *reader, LkTensor *tensor)
{
  for (gint64 i = 0; i < tensor->size; i++)
    if ((i > 0 && !lk_reader_need (reader, ",")) || !take_element (reader, tensor, i))
      return FALSE;
  return lk_reader_need (reader, "}");
}

/* {a, b}: the texts themselves, without spaces around. */
static LkTensor *
take_strings (LkReader *reader, const LkShape *shape)
{
  g_autofree char *inside = lk_reader_until (reader, "}");
  g_auto (GStrv) parts = g_strsplit (inside, ",", -1);
  guint n = g_strv_length (parts);
  const gint64 size = lk_shape_size (shape);
  if (n == 0 && size == 1)
    return lk_reader_need (reader, "}") ? lk_tensor_new_strings (shape, (const char *[]) { "" }, NULL) : NULL;
  if (n != size)
    {
      lk_reader_fail (reader, "%u strings given for %" G_GINT64_FORMAT, n, size);
      return NULL;
    }
  for (guint i = 0; i < n; i++)
    g_strstrip (parts[i]);
  return lk_reader_need (reader, "}") ? lk_tensor_new_strings (shape, (const char *const *) parts, NULL) : NULL;
}

static LkTensor *
draw_strings (const LkShape *shape)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (gint64 i = 0; i < lk_shape_size (shape); i++)
    g_ptr_array_add (texts, g_strdup_printf ("s%" G_GINT64_FORMAT, i));
  return lk_tensor_new_strings (shape, (const char *const *) texts->pdata, NULL);
}

static void
draw (LkTensor *tensor, double low, double high, guint64 seed)
{
  LkPhilox philox;
  lk_philox_init (&philox, seed, 0, 0);
  for (gint64 i = 0; i < tensor->size; i++)
    {
      const guint32 bits = lk_philox_next (&philox);
      const double part = lk_philox_double (bits, lk_philox_next (&philox));
      if (lk_dtype_is_complex (tensor->dtype))
        {
          const guint32 more = lk_philox_next (&philox);
          const double other = lk_philox_double (more, lk_philox_next (&philox));
          lk_tensor_set_complex (tensor, i, low + part * (high - low), low + other * (high - low));
          continue;
        }
      double value = low + part * (high - low);
      if (!lk_dtype_is_floating (tensor->dtype))
        value = floor (low + part * (high - low + 1));
      lk_tensor_set_double (tensor, i, value);
    }
}

static gboolean
fill_drawn (LkReader *reader, LkTensor *tensor, guint64 seed)
{
  double low = lk_dtype_is_floating (tensor->dtype) || lk_dtype_is_complex (tensor->dtype) ? -1 : 0;
  double high = lk_dtype_is_integer (tensor->dtype) ? 3 : 1;
  if (lk_reader_take (reader, "in ")
      && !(lk_reader_number (reader, &low) && lk_reader_need (reader, "..") && lk_reader_number (reader, &high)))
    return FALSE;
  draw (tensor, low, high, seed);
  return TRUE;
}

LkTensor *
lk_sample_read_tensor (LkReader *reader, guint64 seed)
{
  LkDType dtype;
  LkShape shape;
  if (!lk_reader_dtype (reader, &dtype) || !lk_reader_shape (reader, &shape))
    return NULL;
  if (!lk_shape_known (&shape))
    {
      lk_reader_fail (reader, "a value cannot have unknown dimensions");
      return NULL;
    }
  const gboolean given = lk_reader_take (reader, "={");
  if (dtype == LK_STRING)
    return given ? take_strings (reader, &shape) : draw_strings (&shape);
  if (lk_dtype_size (dtype) == 0 || dtype == LK_RESOURCE)
    {
      lk_reader_fail (reader, "tensors of %s cannot be written", lk_dtype_name (dtype));
      return NULL;
    }
  g_autoptr (LkTensor) tensor = lk_tensor_new (dtype, &shape);
  if (tensor == NULL)
    lk_reader_fail (reader, "not enough memory");
  else if (given ? take_elements (reader, tensor) : fill_drawn (reader, tensor, seed))
    return g_steal_pointer (&tensor);
  return NULL;
}

LkTensor *
lk_sample_tensor (const char *text, guint64 seed, char **problem)
{
  LkReader reader = { text, problem };
  *problem = NULL;
  g_autoptr (LkTensor) tensor = lk_sample_read_tensor (&reader, seed);
  lk_reader_take (&reader, "");
  if (tensor == NULL || *reader.at == '\0')
    return g_steal_pointer (&tensor);
  lk_reader_fail (&reader, "'%s' is too much", reader.at);
  return NULL;
}
