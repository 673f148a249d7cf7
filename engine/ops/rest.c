/* SPDX-License-Identifier: MIT */
/* x − ⟨x / y⟩ y has no rounding where the quotient is small, since the rest is a multiple of the smaller last place of the two, and
   less than y. Only what is left over goes to the C library, which divides bit by bit. */
#include "engine/ops/rest.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define BLOCK 512

/* In doubles, which hold the product of a float and a quotient up to 2²⁹, and tell such a quotient from the next integer. Returns
   whether all are done. */
LK_CLONES static gboolean
most_f32 (const float *x, const float *y, float *rests, gint64 n)
{
  guint left = 0;
  for (gint64 i = 0; i < n; i++)
    {
      const double a = x[i], b = y[i], quotient = a / b;
      const gboolean small = (fabs (quotient) < 0x1p29) & (fabs (b) <= FLT_MAX);
      const double whole = trunc (small ? quotient : 0);
      rests[i] = copysignf (a - whole * b, x[i]);
      left |= !small;
    }
  return !left;
}

/* The quotient may be rounded up to an integer; then the rest is on the other side of 0. */
LK_CLONES static gboolean
most_f64 (const double *x, const double *y, double *rests, gint64 n)
{
  guint left = 0;
  for (gint64 i = 0; i < n; i++)
    {
      const double a = fabs (x[i]), b = fabs (y[i]), quotient = a / b;
      const gboolean small = (quotient < 0x1p52) & (b <= DBL_MAX);
      const double rest = fma (-trunc (small ? quotient : 0), b, a);
      rests[i] = copysign (rest < 0 ? rest + b : rest, x[i]);
      left |= !small;
    }
  return !left;
}

#define RESTS(suffix, T, fmod, limit, most) \
  static void rests_##suffix (const T *x, const T *y, T *rests, gint64 n) \
  { \
    if (most_##suffix (x, y, rests, n)) \
      return; \
    for (gint64 i = 0; i < n; i++) \
      if (!(fabs (x[i] / y[i]) < limit && fabs (y[i]) <= most)) \
        rests[i] = fmod (x[i], y[i]); \
  } \
  LK_CLONES static void turn_##suffix (T *rests, const T *y, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      { \
        const T b = y[i], rest = rests[i]; \
        rests[i] = (rest != 0) & ((rest < 0) != (b < 0)) ? rest + b : rest; \
      } \
  } \
  /* The next of an input, or as many of its only element. */ \
  static const T *next_##suffix (const T *x, guint step, gint64 i, T *same) \
  { \
    for (guint k = 0; !step && i == 0 && k < BLOCK; k++) \
      same[k] = *x; \
    return step ? x + i : same; \
  } \
  static void run_##suffix (const T *xs, guint x_step, const T *ys, guint y_step, T *out, gint64 n, gboolean floor) \
  { \
    T rests[BLOCK], same_x[BLOCK], same_y[BLOCK]; \
    for (gint64 i = 0; i < n; i += BLOCK) \
      { \
        const gint64 some = MIN (BLOCK, n - i); \
        const T *x = next_##suffix (xs, x_step, i, same_x), *y = next_##suffix (ys, y_step, i, same_y); \
        rests_##suffix (x, y, rests, some); \
        if (floor) \
          turn_##suffix (rests, y, some); \
        memcpy (out + i, rests, some * sizeof (T)); \
      } \
  } \
  void lk_rest_##suffix (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n) \
  { \
    run_##suffix (a, a_step, b, b_step, out, n, FALSE); \
  } \
  void lk_rest_floor_##suffix (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n) \
  { \
    run_##suffix (a, a_step, b, b_step, out, n, TRUE); \
  }
RESTS (f32, float, fmodf, 0x1p28f, FLT_MAX)
RESTS (f64, double, fmod, 0x1p51, DBL_MAX)
