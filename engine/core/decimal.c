/* SPDX-License-Identifier: MIT */
#include "engine/core/decimal.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "engine/core/narrow.h"

/* Takes apart what printf wrote; whatever the locale's point is, it is no digit. */
static void
decimal_read (const char *text, LkDecimal *out)
{
  const char *c = text;
  int exponent, before = 0;
  gboolean point_seen = FALSE;
  out->n = 0;
  out->negative = *c == '-';
  if (out->negative)
    c++;
  for (; *c != '\0' && *c != 'e'; c++)
    if (g_ascii_isdigit (*c))
      {
        if (out->n > 0 || *c != '0')
          {
            if (out->n < (int) sizeof out->digits)
              out->digits[out->n++] = *c;
          }
        else if (point_seen)
          before--;
        if (!point_seen && out->n > 0)
          before++;
      }
    else
      point_seen = TRUE;
  exponent = *c == 'e' ? atoi (c + 1) : 0;
  while (out->n > 0 && out->digits[out->n - 1] == '0')
    out->n--;
  out->point = out->n == 0 ? 1 : before + exponent;
}

static gboolean
reads_back (const char *text, double value, LkPlaces places)
{
  switch (places)
    {
    case LK_PLACES_HALF: return lk_half_from_float (strtof (text, NULL)) == lk_half_from_float (value);
    case LK_PLACES_SINGLE: return strtof (text, NULL) == (float) value;
    default: return strtod (text, NULL) == value;
    }
}

/* The neighbour of text, a number of so many digits, on the other side of value. At a power of two the numbers lie closer
   together below than above, so that it may read back where the nearer one does not. */
static void
other_side (char *text, gsize size, double value, int digits)
{
  const long double near = strtold (text, NULL), unit = powl (10, atoi (strchr (text, 'e') + 1) - (digits - 1));
  snprintf (text, size, "%.*Le", digits - 1, near > value ? near - unit : near + unit);
}

void
lk_decimal_shortest (double value, LkPlaces places, LkDecimal *out)
{
  static const int most[] = { [LK_PLACES_DOUBLE] = 17, [LK_PLACES_SINGLE] = 9, [LK_PLACES_HALF] = 5 };
  char text[64];
  for (int digits = 1; digits <= most[places]; digits++)
    {
      snprintf (text, sizeof text, "%.*e", digits - 1, value);
      if (reads_back (text, value, places))
        break;
      if (digits < most[places])
        other_side (text, sizeof text, value, digits);
      if (reads_back (text, value, places))
        break;
    }
  decimal_read (text, out);
}

void
lk_decimal_limited (double value, LkPlaces places, gboolean scientific, int fraction, LkDecimal *out)
{
  char text[352];
  lk_decimal_shortest (value, places, out);
  if (!scientific && out->n < out->point)
    fraction = 0;       /* the places before the point show the value's own digits, not zeros */
  else if (out->n - (scientific ? 1 : out->point) <= fraction)
    return;
  snprintf (text, sizeof text, scientific ? "%.*e" : "%.*f", fraction, value);
  decimal_read (text, out);
}

void
lk_decimal_exact (double value, int fraction, LkDecimal *out)
{
  char text[64];
  snprintf (text, sizeof text, "%.*e", fraction, value);
  decimal_read (text, out);
}

void
lk_decimal_positional (const LkDecimal *decimal, LkTrim trim, gboolean plus, GString *out, int *whole, int *fraction)
{
  gsize start = out->len;
  if (decimal->negative || plus)
    g_string_append_c (out, decimal->negative ? '-' : '+');
  if (decimal->point <= 0 || decimal->n == 0)
    g_string_append_c (out, '0');
  for (int i = 0; i < decimal->point && decimal->n > 0; i++)
    g_string_append_c (out, i < decimal->n ? decimal->digits[i] : '0');
  *whole = out->len - start;
  *fraction = 0;
  if (trim != LK_TRIM_ALL || decimal->n > decimal->point)
    g_string_append_c (out, '.');
  start = out->len;
  if (decimal->n > decimal->point)
    {
      for (int i = decimal->point; i < 0; i++)
        g_string_append_c (out, '0');
      g_string_append_len (out, decimal->digits + MAX (decimal->point, 0), decimal->n - MAX (decimal->point, 0));
    }
  else if (trim == LK_TRIM_ONE_ZERO)
    g_string_append_c (out, '0');
  *fraction = out->len - start;
}

static int
decimal_exponent (const LkDecimal *decimal)
{
  return decimal->n == 0 ? 0 : decimal->point - 1;
}

int
lk_decimal_exponent_digits (const LkDecimal *decimal)
{
  return abs (decimal_exponent (decimal)) >= 100 ? 3 : 2;
}

void
lk_decimal_scientific (const LkDecimal *decimal, LkTrim trim, gboolean plus, int min_fraction, int min_exponent, GString *out)
{
  int exponent = decimal_exponent (decimal);
  if (decimal->negative || plus)
    g_string_append_c (out, decimal->negative ? '-' : '+');
  g_string_append_c (out, decimal->n > 0 ? decimal->digits[0] : '0');
  if (trim != LK_TRIM_ALL || decimal->n > 1)
    g_string_append_c (out, '.');
  if (decimal->n > 1)
    g_string_append_len (out, decimal->digits + 1, decimal->n - 1);
  for (int i = MAX (decimal->n - 1, 0); i < min_fraction; i++)
    g_string_append_c (out, '0');
  g_string_append_printf (out, "e%c%0*d", exponent < 0 ? '-' : '+', MAX (min_exponent, 2), abs (exponent));
}
