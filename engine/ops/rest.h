/* SPDX-License-Identifier: MIT */
/* What divisions leave. */
#pragma once
#include "engine/core/loop.h"

/* fmod (a, b), an LkBinaryLoop: exact, with the sign of a. */
void lk_rest_f32 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n);
void lk_rest_f64 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n);
/* The same with the sign of b, as floats are taken modulo in Python. */
void lk_rest_floor_f32 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n);
void lk_rest_floor_f64 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n);

/* x / y towards zero; 0 by 0, and the most negative number by −1 is itself. No quotient of such numbers is so close to an integer
   that one of doubles would be rounded to it, so vectors of doubles do. */
static inline gint32
lk_quotient32 (gint32 x, gint32 y)
{
  const gint32 safe = y == 0 || y == -1 ? 1 : y, quotient = (gint32) ((double) x / safe);
  return y == 0 ? 0 : y == -1 ? (gint32) -(guint32) x : quotient;
}

/* x − ⟨x / y⟩ y; 0 by 0 */
static inline gint32
lk_rest32 (gint32 x, gint32 y)
{
  return y == 0 ? 0 : (gint32) ((guint32) x - (guint32) lk_quotient32 (x, y) * (guint32) y);
}
