/* SPDX-License-Identifier: MIT */
#include "engine/ops/reader.h"

#include <string.h>

gboolean
lk_reader_fail (LkReader *reader, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (*reader->problem == NULL)
    *reader->problem = g_strdup_vprintf (format, args);
  va_end (args);
  return FALSE;
}

gboolean
lk_reader_take (LkReader *reader, const char *token)
{
  while (*reader->at == ' ')
    reader->at++;
  if (!g_str_has_prefix (reader->at, token))
    return FALSE;
  reader->at += strlen (token);
  return TRUE;
}

gboolean
lk_reader_need (LkReader *reader, const char *token)
{
  return lk_reader_take (reader, token) || lk_reader_fail (reader, "'%s' expected at '%s'", token, reader->at);
}

char *
lk_reader_until (LkReader *reader, const char *stops)
{
  const char *begin = reader->at, *end = begin + strcspn (begin, stops);
  reader->at = end;
  return g_strstrip (g_strndup (begin, end - begin));
}

gboolean
lk_reader_number (LkReader *reader, double *value)
{
  char *end;
  lk_reader_take (reader, "");
  /* The two dots of a range are not part of its first number. */
  const char *dots = strstr (reader->at, "..");
  g_autofree char *text = dots != NULL ? g_strndup (reader->at, dots - reader->at) : g_strdup (reader->at);
  *value = g_ascii_strtod (text, &end);
  if (end == text)
    return lk_reader_fail (reader, "number expected at '%s'", reader->at);
  reader->at += end - text;
  return TRUE;
}

gboolean
lk_reader_int (LkReader *reader, gint64 *value)
{
  char *end;
  lk_reader_take (reader, "");
  *value = g_ascii_strtoll (reader->at, &end, 10);
  if (end == reader->at)
    return lk_reader_fail (reader, "integer expected at '%s'", reader->at);
  reader->at = end;
  return TRUE;
}

gboolean
lk_reader_shape (LkReader *reader, LkShape *shape)
{
  shape->rank = 0;
  if (!lk_reader_need (reader, "["))
    return FALSE;
  while (!lk_reader_take (reader, "]"))
    {
      gint64 dim = LK_DIM_UNKNOWN;
      if (shape->rank > 0 && !lk_reader_need (reader, ","))
        return FALSE;
      if (shape->rank == LK_MAX_RANK)
        return lk_reader_fail (reader, "more than %d dimensions", LK_MAX_RANK);
      if (!lk_reader_take (reader, "?") && !lk_reader_int (reader, &dim))
        return FALSE;
      shape->dims[shape->rank++] = dim;
    }
  return TRUE;
}

gboolean
lk_reader_dtype (LkReader *reader, LkDType *dtype)
{
  lk_reader_take (reader, "");
  g_autofree char *name = lk_reader_until (reader, "[] ,;=");
  *dtype = lk_dtype_from_name (name);
  return *dtype != LK_INVALID || lk_reader_fail (reader, "'%s' is no dtype", name);
}
