/* SPDX-License-Identifier: MIT */
/* Numbers as text, and text as numbers. */
#include <complex.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- AsString ---- */

enum { PRECISION, SCIENTIFIC, SHORTEST, WIDTH, FILL };

static gboolean
has_point (LkDType dtype)
{
  return lk_dtype_is_floating (dtype) || dtype == LK_COMPLEX64 || dtype == LK_COMPLEX128;
}

static gboolean
check_notation (const LkCall *call, LkDType dtype)
{
  const LkAttr *a = call->attrs;
  const char *name = lk_dtype_kernel_name (dtype);
  if (a[SCIENTIFIC].b && a[SHORTEST].b)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Cannot select both scientific and shortest notation");
  if (has_point (dtype))
    return TRUE;
  if (a[SCIENTIFIC].b || a[SHORTEST].b)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "scientific and shortest format not supported for datatype %s", name);
  return a[PRECISION].i < 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "precision not supported for datatype %s", name);
}

static gboolean
as_string_infer (const LkCall *call, LkSignature *out)
{
  const LkDType dtype = call->inputs[0]->dtype;
  const LkAttr *a = call->attrs;
  if (dtype == LK_RESOURCE || (lk_dtype_size (dtype) == 0 && dtype != LK_STRING))
    return lk_call_fail (call, LK_UNIMPLEMENTED, "a tensor of %s has no text", lk_dtype_name (dtype));
  if (!check_notation (call, dtype))
    return FALSE;
  if (strlen (a[FILL].s) > 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Fill string must be one or fewer characters");
  if (a[FILL].s[0] != '\0' && strchr (" +-0#", a[FILL].s[0]) == NULL)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Fill argument not supported: \"%s\"", a[FILL].s);
  if (MAX (a[PRECISION].i, a[WIDTH].i) > 1000)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "precision and width are %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
                         ", expected at most 1000", a[PRECISION].i, a[WIDTH].i);
  return lk_infer_first (call, out);
}

/* The conversion of one number: flag, width, precision, and letters by the kind of number. */
static void
conversion (const LkCall *call, LkDType dtype, char *format, gsize room)
{
  const LkAttr *a = call->attrs;
  char width[24] = "", precision[24] = "";
  const char *letters = a[SHORTEST].b ? "g" : a[SCIENTIFIC].b ? "e" : "f";
  if (a[WIDTH].i >= 0)
    g_snprintf (width, sizeof width, "%d", (int) a[WIDTH].i);
  if (a[PRECISION].i >= 0)
    g_snprintf (precision, sizeof precision, ".%d", (int) a[PRECISION].i);
  if (lk_dtype_is_integer (dtype))
    letters = dtype == LK_UINT64 ? G_GUINT64_FORMAT : G_GINT64_FORMAT;
  g_snprintf (format, room, "%%%s%s%s%s", a[FILL].s, width, precision, letters);
}

/* The formats are made here of checked parts. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
append_complex (GString *text, const char *format, double re, double im)
{
  g_string_append_c (text, '(');
  g_string_append_printf (text, format, re);
  g_string_append_c (text, ',');
  g_string_append_printf (text, format, im);
  g_string_append_c (text, ')');
}

static void
append_element (GString *text, const LkTensor *x, gint64 i, const char *format)
{
  const LkDType dtype = x->dtype;
  if (dtype == LK_BOOL)
    g_string_append (text, lk_tensor_int_at (x, i) ? "true" : "false");
  else if (dtype == LK_COMPLEX64)
    append_complex (text, format, ((const float *) x->data)[2 * i], ((const float *) x->data)[2 * i + 1]);
  else if (dtype == LK_COMPLEX128)
    append_complex (text, format, ((const double *) x->data)[2 * i], ((const double *) x->data)[2 * i + 1]);
  else if (lk_dtype_is_floating (dtype))
    g_string_append_printf (text, format, lk_tensor_double_at (x, i));
  else
    g_string_append_printf (text, format, dtype == LK_UINT64 ? (gint64) ((const guint64 *) x->data)[i]
                            : lk_tensor_int_at (x, i));
}
#pragma GCC diagnostic pop

static void
as_string_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  char format[64];
  g_auto (LkTexts) texts = lk_texts_new (x->size);
  conversion (call, x->dtype, format, sizeof format);
  for (gint64 i = 0; i < x->size; i++)
    {
      GString *text = g_string_new (NULL);
      if (x->dtype == LK_STRING)
        {
          const LkText part = lk_text_at (x, i);
          g_string_append_len (text, part.bytes, part.length);
        }
      else
        append_element (text, x, i, format);
      lk_texts_take (&texts, text);
    }
  lk_texts_put (&texts, call, 0, &x->shape);
}

LK_BLOCK (as_string, .infer = as_string_infer, .shape = "The input's shape.", .kernel = as_string_kernel,
          SAMPLES ({ "float64[2]={3.1415926,2.71828}", "precision=2" }, { "int32[2,2]" }, { "bool[]" },
                   { "float32[0]" }, { "string[1]={a}" }, { "float32[1]={1.5}", "scientific=true, width=12" },
                   { "float64[1]={0.1}", "shortest=true" }, { "int32[1]={7}", "width=4, fill=\"0\"" }));

/* ---- StringToNumber ---- */

static gboolean
to_number_infer (const LkCall *call, LkSignature *out)
{
  const LkDType dtype = out[0].dtype;
  if (dtype != LK_FLOAT32 && dtype != LK_FLOAT64 && dtype != LK_INT32 && dtype != LK_INT64 && dtype != LK_UINT32
      && dtype != LK_UINT64)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'out_type' of %s is not in the list of allowed "
                         "values: float, double, int32, int64, uint32, uint64", lk_dtype_kernel_name (dtype));
  return lk_infer_first (call, out);
}

/* Whether text, but for white space around it, is a number that dtype can hold; puts it at data[i]. */
static gboolean
put_number (LkTensor *y, gint64 i, const char *text)
{
  char *end = NULL;
  gint64 number = 0;
  errno = 0;
  if (*text == '\0')
    return FALSE;
  switch ((int) y->dtype)
    {
    case LK_FLOAT32: ((float *) y->data)[i] = strtof (text, &end); break;
    case LK_FLOAT64: ((double *) y->data)[i] = g_ascii_strtod (text, &end); break;
    case LK_UINT64: ((guint64 *) y->data)[i] = g_ascii_strtoull (text, &end, 10); break;
    default: number = g_ascii_strtoll (text, &end, 10);
    }
  if (end == text || *end != '\0')
    return FALSE;
  if (lk_dtype_is_floating (y->dtype))
    return TRUE;
  if (errno == ERANGE || (y->dtype == LK_UINT64 && strchr (text, '-') != NULL))
    return FALSE;
  switch ((int) y->dtype)
    {
    case LK_INT32: ((gint32 *) y->data)[i] = (gint32) number; return number >= G_MININT32 && number <= G_MAXINT32;
    case LK_UINT32: ((guint32 *) y->data)[i] = (guint32) number; return number >= 0 && number <= G_MAXUINT32;
    case LK_INT64: ((gint64 *) y->data)[i] = number; return TRUE;
    default: return TRUE;
    }
}

static void
to_number_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      g_autofree char *copy = g_strndup (text.bytes, text.length);
      g_strstrip (copy);
      if (strlen (copy) <= text.length && memchr (text.bytes, '\0', text.length) == NULL
          && put_number (call->outputs[0], i, copy))
        continue;
      lk_call_fail (call, LK_INVALID_ARGUMENT, "StringToNumberOp could not correctly convert string: %.*s",
                    (int) MIN (text.length, 1000), text.bytes);
      return;
    }
}

LK_BLOCK (string_to_number, .infer = to_number_infer, .shape = "The input's shape.", .kernel = to_number_kernel,
          SAMPLES ({ "string[3]={1.55,3.14,-1e3}" }, { "string[2]={7,-9}", "out_type=int64" }, { "string[0]" },
                   { "string[]={ 12 }", "out_type=int32" }));
