/* SPDX-License-Identifier: MIT */
/* Floating-point numbers as decimal text, in the forms of NumPy. Private to core. */
#pragma once
#include <glib.h>

/* 0.d₁d₂d₃… · 10^point, without trailing zeros; zero has no digits and point 1. */
typedef struct
{
  gboolean negative;
  int n;
  int point;
  char digits[32];
} LkDecimal;

/* How many digits a number needs to be read back. */
typedef enum { LK_PLACES_DOUBLE, LK_PLACES_SINGLE, LK_PLACES_HALF } LkPlaces;

typedef enum { LK_TRIM_POINT, LK_TRIM_ONE_ZERO, LK_TRIM_ALL } LkTrim;     /* "1." "1.0" "1" */

/* The fewest digits that read back as value, which is finite. */
void lk_decimal_shortest (double value, LkPlaces places, LkDecimal *out);
/* As many, but not more than `fraction` after the point, or after the first digit if scientific. */
void lk_decimal_limited (double value, LkPlaces places, gboolean scientific, int fraction, LkDecimal *out);
/* The value rounded to `fraction` digits after the first. */
void lk_decimal_exact (double value, int fraction, LkDecimal *out);
/* Appends without exponent: "12.5"; with a sign in any case if plus. Returns the lengths before and after the point. */
void lk_decimal_positional (const LkDecimal *decimal, LkTrim trim, gboolean plus, GString *out, int *whole, int *fraction);
/* Appends with exponent, the same: "1.25e+01": at least min_fraction and min_exponent digits. */
void lk_decimal_scientific (const LkDecimal *decimal, LkTrim trim, gboolean plus, int min_fraction, int min_exponent,
                            GString *out);
int lk_decimal_exponent_digits (const LkDecimal *decimal);      /* at least 2 */
