/* SPDX-License-Identifier: MIT */
/* The text of tensors, in NumPy's form (numpy/core/arrayprint.py): all elements of an array are formatted alike, so the
   first pass looks at those that will be shown, and the second writes them. */
#include <math.h>
#include <string.h>
#include "engine/core/decimal.h"
#include "engine/core/narrow.h"
#include "engine/core/tensor.h"

enum { PRECISION = 8, THRESHOLD = 1000, EDGE = 3, WIDTH = 75 };

typedef struct _Format
{
  const LkTensor *tensor;
  struct _Format *other;        /* of the imaginary part, next to that of the real part */
  gboolean summary;             /* only EDGE elements at each end of each axis */
  LkPlaces places;
  gboolean imaginary;           /* of the imaginary part, which has a sign in any case */
  gboolean scientific;
  int left, right;              /* widths before and after the point; right includes an exponent */
  int fraction, exponent;       /* scientific: digits of each */
} Format;

/* ---- which elements are shown ---- */

typedef void (*Visit) (Format *format, gint64 element, gpointer data);

static gboolean
axis_is_cut (const Format *format, gint64 n)
{
  return format->summary && n > 2 * EDGE;
}

static void
visit_axis (Format *format, guint axis, gint64 first, Visit visit, gpointer data)
{
  const LkShape *shape = &format->tensor->shape;
  gint64 n, stride = 1;
  if (axis == shape->rank)
    {
      visit (format, first, data);
      return;
    }
  n = shape->dims[axis];
  for (guint i = axis + 1; i < shape->rank; i++)
    stride *= shape->dims[i];
  for (gint64 i = 0; i < n; i++)
    {
      if (axis_is_cut (format, n) && i == EDGE)
        i = n - EDGE;
      visit_axis (format, axis + 1, first + i * stride, visit, data);
    }
}

/* ---- how they are formatted ---- */

typedef struct
{
  guint n_finite, n_all;
  gboolean negative_infinity, nan, infinity;
  double largest, smallest;     /* of the magnitudes of finite elements that are not 0 */
} Range;

static double
part_at (const Format *format, gint64 element)
{
  return format->imaginary ? lk_tensor_imaginary_at (format->tensor, element) : lk_tensor_double_at (format->tensor, element);
}

static void
range_visit (Format *format, gint64 element, gpointer data)
{
  Range *range = data;
  double x = part_at (format, element), magnitude = fabs (x);
  range->n_all++;
  if (!isfinite (x))
    {
      range->negative_infinity |= x < 0;
      range->infinity |= isinf (x);
      return;
    }
  range->n_finite++;
  if (magnitude == 0)
    return;
  range->largest = MAX (range->largest, magnitude);
  range->smallest = range->smallest == 0 ? magnitude : MIN (range->smallest, magnitude);
}

static gboolean
range_is_wide (const Format *format, const Range *range)
{
  if (range->largest == 0)
    return FALSE;
  double ratio = range->largest / range->smallest;
  ratio = format->places == LK_PLACES_SINGLE ? (float) ratio
    : format->places == LK_PLACES_HALF ? lk_half_to_float (lk_half_from_float (ratio)) : ratio;
  return range->largest >= 1e8 || range->smallest < 0.0001 || ratio > 1000;
}

static void
width_visit (Format *format, gint64 element, gpointer data)
{
  GString *scratch = data;
  double x = part_at (format, element);
  LkDecimal decimal;
  int whole, fraction;
  if (!isfinite (x))
    return;
  lk_decimal_limited (x, format->places, format->scientific, PRECISION, &decimal);
  if (format->scientific)
    {
      format->left = MAX (format->left, 1 + (decimal.negative || format->imaginary));
      format->fraction = MAX (format->fraction, decimal.n - 1);
      format->exponent = MAX (format->exponent, lk_decimal_exponent_digits (&decimal));
      return;
    }
  g_string_truncate (scratch, 0);
  lk_decimal_positional (&decimal, LK_TRIM_POINT, format->imaginary, scratch, &whole, &fraction);
  format->left = MAX (format->left, whole);
  format->right = MAX (format->right, fraction);
}

static void
format_find_floating (Format *format)
{
  g_autoptr (GString) scratch = g_string_new (NULL);
  Range range = { 0 };
  visit_axis (format, 0, 0, range_visit, &range);
  format->scientific = range_is_wide (format, &range);
  visit_axis (format, 0, 0, width_visit, scratch);
  if (format->scientific)
    format->right = format->exponent + 2 + format->fraction;
  if (range.n_finite < range.n_all)
    format->left = MAX (format->left, 3 + (range.negative_infinity || format->imaginary) - (format->right + 1));
}

static void
integer_append (const Format *format, gint64 element, GString *out)
{
  if (format->tensor->dtype == LK_UINT64)
    g_string_append_printf (out, "%" G_GUINT64_FORMAT, ((const guint64 *) format->tensor->data)[element]);
  else
    g_string_append_printf (out, "%" G_GINT64_FORMAT, lk_tensor_int_at (format->tensor, element));
}

static void
integer_width_visit (Format *format, gint64 element, gpointer data)
{
  GString *scratch = data;
  g_string_truncate (scratch, 0);
  integer_append (format, element, scratch);
  format->left = MAX (format->left, (int) scratch->len);
}

static void
format_find (Format *format)
{
  LkDType dtype = format->tensor->dtype;
  if (dtype == LK_BFLOAT16)
    return;
  if (lk_dtype_is_floating (dtype) || lk_dtype_is_complex (dtype))
    format_find_floating (format);
  else if (lk_dtype_is_integer (dtype))
    {
      g_autoptr (GString) scratch = g_string_new (NULL);
      visit_axis (format, 0, 0, integer_width_visit, scratch);
    }
}

/* ---- one element ---- */

static void
pad (GString *out, int n)
{
  while (n-- > 0)
    g_string_append_c (out, ' ');
}

static const char *
not_finite_text (double x, gboolean plus)
{
  return isnan (x) ? &"+nan"[!plus] : x < 0 ? "-inf" : &"+inf"[!plus];
}

static void
floating_append (const Format *format, double x, GString *out)
{
  LkDecimal decimal;
  int whole, fraction;
  if (!isfinite (x))
    {
      const char *text = not_finite_text (x, format->imaginary);
      pad (out, format->left + format->right + 1 - (int) strlen (text));
      g_string_append (out, text);
      return;
    }
  lk_decimal_limited (x, format->places, format->scientific, PRECISION, &decimal);
  if (format->scientific)
    {
      /* NumPy fills up with the value's own digits rather than with zeros. */
      if (decimal.n - 1 < format->fraction)
        lk_decimal_exact (x, format->fraction, &decimal);
      pad (out, format->left - 1 - (decimal.negative || format->imaginary));
      lk_decimal_scientific (&decimal, LK_TRIM_POINT, format->imaginary, format->fraction, format->exponent, out);
      return;
    }
  gsize start = out->len;
  lk_decimal_positional (&decimal, LK_TRIM_POINT, format->imaginary, out, &whole, &fraction);
  for (int i = whole; i < format->left; i++)
    g_string_insert_c (out, start, ' ');
  pad (out, format->right - fraction);
}

/* Of a value alone, as str (numpy.float32 (x)). */
static void
floating_append_scalar (double x, LkPlaces places, LkTrim trim, gboolean plus, GString *out)
{
  LkDecimal decimal;
  int whole, fraction;
  if (!isfinite (x))
    {
      g_string_append (out, not_finite_text (x, plus));
      return;
    }
  lk_decimal_shortest (x, places, &decimal);
  if (x == 0 || (fabs (x) < 1e16 && fabs (x) >= 1e-4))
    lk_decimal_positional (&decimal, trim, plus, out, &whole, &fraction);
  else
    lk_decimal_scientific (&decimal, LK_TRIM_ALL, plus, 0, 2, out);
}

/* "(1+2j)", "2j", as str (numpy.complex64 (x)). */
static void
complex_append_scalar (double real, double imaginary, LkPlaces places, GString *out)
{
  const gboolean both = real != 0 || signbit (real);
  if (both)
    {
      g_string_append_c (out, '(');
      floating_append_scalar (real, places, LK_TRIM_ALL, FALSE, out);
    }
  floating_append_scalar (imaginary, places, LK_TRIM_ALL, both, out);
  g_string_append (out, both ? "j)" : "j");
}

/* The j stands before the spaces that fill up the imaginary part. */
static void
complex_append (const Format *format, gint64 element, GString *out)
{
  floating_append (format, lk_tensor_double_at (format->tensor, element), out);
  floating_append (format->other, lk_tensor_imaginary_at (format->tensor, element), out);
  gsize end = out->len;
  while (out->str[end - 1] == ' ')
    end--;
  g_string_insert_c (out, end, 'j');
}

/* As Python's repr (bytes). */
static void
string_append (const LkTensor *tensor, gint64 element, GString *out)
{
  gsize length;
  const char *bytes = lk_string_at (tensor, element, &length);
  char quote = memchr (bytes, '\'', length) != NULL && memchr (bytes, '"', length) == NULL ? '"' : '\'';
  g_string_append_printf (out, "b%c", quote);
  for (gsize i = 0; i < length; i++)
    {
      guchar c = bytes[i];
      if (c == (guchar) quote || c == '\\')
        g_string_append_printf (out, "\\%c", c);
      else if (c == '\n' || c == '\t' || c == '\r')
        g_string_append (out, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\r");
      else if (c < ' ' || c > '~')
        g_string_append_printf (out, "\\x%02x", c);
      else
        g_string_append_c (out, c);
    }
  g_string_append_c (out, quote);
}

static void
element_append (const Format *format, gint64 element, GString *out)
{
  const LkTensor *tensor = format->tensor;
  gboolean alone = tensor->shape.rank == 0;
  gsize start = out->len;
  switch ((LkDType) tensor->dtype)
    {
    case LK_COMPLEX64:
    case LK_COMPLEX128:
      if (alone)
        complex_append_scalar (lk_tensor_double_at (tensor, element), lk_tensor_imaginary_at (tensor, element),
                               format->places, out);
      else
        complex_append (format, element, out);
      break;
    case LK_BFLOAT16:   /* NumPy has no such numbers; this is how TensorFlow's print in its arrays */
      g_string_append_printf (out, "%g", lk_tensor_double_at (tensor, element));
      break;
    case LK_FLOAT16:
    case LK_FLOAT32:
    case LK_FLOAT64:
      if (alone)
        floating_append_scalar (lk_tensor_double_at (tensor, element), format->places, LK_TRIM_ONE_ZERO, FALSE, out);
      else
        floating_append (format, lk_tensor_double_at (tensor, element), out);
      break;
    case LK_BOOL:
      g_string_append (out, !lk_tensor_int_at (tensor, element) ? "False" : alone ? "True" : " True");
      break;
    case LK_STRING:
      string_append (tensor, element, out);
      break;
    case LK_RESOURCE:
      g_string_append (out, "<resource>");
      break;
    default:
      if (!lk_dtype_is_integer (tensor->dtype))
        {
          g_string_append_printf (out, "<%s>", lk_dtype_name (tensor->dtype));
          break;
        }
      integer_append (format, element, out);
      for (int i = out->len - start; i < format->left; i++)
        g_string_insert_c (out, start, ' ');
    }
}

/* ---- lines and brackets ---- */

/* A row, broken where a line would be longer than width. */
static void
row_append (const Format *format, gint64 first, gint64 n, int indent, int width, GString *out)
{
  g_autoptr (GString) word = g_string_new (NULL);
  int column = indent;
  for (gint64 i = 0; i < n; i++)
    {
      gboolean gap = axis_is_cut (format, n) && i == EDGE;
      g_string_truncate (word, 0);
      if (gap)
        g_string_append (word, "...");
      else
        element_append (format, first + i, word);
      if (column + (int) word->len > width && column > indent)
        {
          while (out->str[out->len - 1] == ' ')
            g_string_truncate (out, out->len - 1);
          g_string_append_c (out, '\n');
          pad (out, indent);
          column = indent;
        }
      g_string_append_len (out, word->str, word->len);
      column += word->len;
      if (gap)
        i = n - EDGE - 1;
      if (i + 1 < n)
        {
          g_string_append_c (out, ' ');
          column++;
        }
    }
}

static void
axis_append (const Format *format, guint axis, gint64 first, int width, GString *out)
{
  const LkShape *shape = &format->tensor->shape;
  gint64 n = shape->dims[axis], stride = 1;
  guint left = shape->rank - axis;
  int indent = axis + 1;
  g_string_append_c (out, '[');
  if (left == 1)
    row_append (format, first, n, indent, width - 1, out);
  for (guint i = LK_MAX_RANK; i-- > 0;)
    if (i > axis && i < shape->rank)
      stride *= shape->dims[i];
  for (gint64 i = 0; left > 1 && i < n; i++)
    {
      if (i > 0)
        {
          for (guint newline = 1; newline < left; newline++)
            g_string_append_c (out, '\n');
          pad (out, indent);
        }
      if (axis_is_cut (format, n) && i == EDGE)
        {
          g_string_append (out, "...");
          i = n - EDGE - 1;
        }
      else
        axis_append (format, axis + 1, first + i * stride, width - 1, out);
    }
  g_string_append_c (out, ']');
}

static LkPlaces
places_of (LkDType dtype)
{
  return dtype == LK_FLOAT32 || dtype == LK_COMPLEX64 ? LK_PLACES_SINGLE : dtype == LK_FLOAT16 ? LK_PLACES_HALF
    : LK_PLACES_DOUBLE;
}

char *
lk_tensor_text (const LkTensor *tensor)
{
  Format imaginary = { .tensor = tensor, .summary = tensor->size > THRESHOLD, .places = places_of (tensor->dtype),
                       .imaginary = TRUE };
  Format format = { .tensor = tensor, .other = &imaginary, .summary = imaginary.summary, .places = imaginary.places };
  GString *out = g_string_new (NULL);
  if (tensor->data == NULL)
    g_string_append (out, "<no value>");
  else if (tensor->shape.rank == 0)
    element_append (&format, 0, out);
  else if (tensor->size == 0)
    g_string_append (out, "[]");
  else
    {
      format_find (&format);
      if (lk_dtype_is_complex (tensor->dtype))
        format_find (&imaginary);
      axis_append (&format, 0, 0, WIDTH, out);
    }
  return g_string_free (out, FALSE);
}
