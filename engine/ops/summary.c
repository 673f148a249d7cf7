/* SPDX-License-Identifier: MIT */
#include "engine/ops/summary.h"

#include <math.h>
#include <string.h>

#include "engine/ops/rule.h"

/* The fewest of the two customary numbers of digits that give the value back. */
static void
append_real (GString *text, double value, gboolean single)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  if (isnan (value) || isinf (value))
    {
      g_string_append (text, isnan (value) ? "nan" : value > 0 ? "inf" : "-inf");
      return;
    }
  g_ascii_formatd (buffer, sizeof buffer, single ? "%.6g" : "%.15g", value);
  if (single ? g_ascii_strtod (buffer, NULL) != value
      && (float) g_ascii_strtod (buffer, NULL) != (float) value
             : g_ascii_strtod (buffer, NULL) != value)
    g_ascii_formatd (buffer, sizeof buffer, single ? "%.9g" : "%.17g", value);
  g_string_append (text, buffer);
}

/* With C's escapes for what cannot be seen; bytes of UTF-8 stay. */
static void
append_text (GString *text, const char *bytes, gsize length, gboolean quoted)
{
  static const char special[] = "\n\r\t\"'\\", names[] = "nrt\"'\\";
  if (quoted)
    g_string_append_c (text, '"');
  for (gsize i = 0; i < length; i++)
    {
      const char *at = bytes[i] != '\0' ? strchr (special, bytes[i]) : NULL;
      if (at != NULL)
        g_string_append_printf (text, "\\%c", names[at - special]);
      else if ((guchar) bytes[i] < 32 || bytes[i] == 127)
        g_string_append_printf (text, "\\%03o", bytes[i]);
      else
        g_string_append_c (text, bytes[i]);
    }
  if (quoted)
    g_string_append_c (text, '"');
}

static void
append_element (GString *text, const LkTensor *tensor, gint64 i, gboolean quoted)
{
  gsize length;
  switch ((int) tensor->dtype)
    {
    case LK_STRING:
      {
        const char *bytes = lk_string_at (tensor, i, &length);
        append_text (text, bytes, length, quoted);
        break;
      }
    case LK_FLOAT32: append_real (text, ((const float *) tensor->data)[i], TRUE); break;
    case LK_FLOAT64: append_real (text, ((const double *) tensor->data)[i], FALSE); break;
    case LK_RESOURCE: g_string_append (text, "<resource>"); break;
    case LK_FLOAT16: case LK_BFLOAT16: append_real (text, lk_tensor_double_at (tensor, i), TRUE); break;
    case LK_UINT64: g_string_append_printf (text, "%" G_GUINT64_FORMAT, ((const guint64 *) tensor->data)[i]); break;
    case LK_COMPLEX64: case LK_COMPLEX128:
      g_string_append_printf (text, "(%g%+gj)", lk_tensor_double_at (tensor, i), lk_tensor_imaginary_at (tensor, i));
      break;
    default: g_string_append_printf (text, "%" G_GINT64_FORMAT, lk_tensor_int_at (tensor, i));
    }
}

/* Between the parts of an axis: a space in a row, and line breaks, one more for each axis, between rows and
   more. */
static void
append_gap (GString *text, guint axis, guint rank)
{
  if (axis + 1 == rank)
    {
      g_string_append_c (text, ' ');
      return;
    }
  for (guint i = axis + 1; i < rank; i++)
    g_string_append_c (text, '\n');
  for (guint i = 0; i <= axis; i++)
    g_string_append_c (text, ' ');
}

static void
append_axis (GString *text, const LkTensor *tensor, guint axis, gint64 first, gint64 ends)
{
  const LkShape *shape = &tensor->shape;
  if (axis == shape->rank)
    {
      append_element (text, tensor, first, TRUE);
      return;
    }
  const gint64 n = shape->dims[axis], step = lk_shape_product (shape, axis + 1, shape->rank);
  g_string_append_c (text, '[');
  for (gint64 i = 0; i < n; i++)
    {
      if (i > 0)
        append_gap (text, axis, shape->rank);
      if (i == ends && n > 2 * ends)
        {
          g_string_append (text, "...");
          i = n - ends - 1;
        }
      else
        append_axis (text, tensor, axis + 1, first + i * step, ends);
    }
  g_string_append_c (text, ']');
}

void
lk_summary_append (GString *text, const LkTensor *tensor, gint64 ends)
{
  append_axis (text, tensor, 0, 0, ends < 0 ? G_MAXINT32 : ends);
}

static void
append_line (GString *text, const LkTensor *tensor, guint axis, gint64 *at, gint64 limit)
{
  const LkShape *shape = &tensor->shape;
  for (gint64 i = 0; *at < limit && i < shape->dims[axis]; i++)
    if (axis + 1 == shape->rank)
      {
        g_string_append (text, i > 0 ? " " : "");
        append_element (text, tensor, (*at)++, FALSE);
        if (*at == limit && axis > 0 && i + 1 < shape->dims[axis])
          g_string_append (text, "...");
      }
    else
      {
        g_string_append_c (text, '[');
        append_line (text, tensor, axis + 1, at, limit);
        g_string_append_c (text, ']');
      }
}

void
lk_summary_append_line (GString *text, const LkTensor *tensor, gint64 limit)
{
  gint64 at = 0;
  if (limit < 0)
    limit = tensor->size;
  if (tensor->shape.rank > 0)
    append_line (text, tensor, 0, &at, MIN (limit, tensor->size));
  else if (limit > 0)
    append_element (text, tensor, 0, FALSE);
  if (tensor->size > limit)
    g_string_append (text, "...");
}
