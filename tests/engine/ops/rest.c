/* SPDX-License-Identifier: MIT */
/* Rests of divisions, against those of the C library and of integers that are as wide as need be. */
#include "engine/ops/rest.h"

#include <math.h>
#include <string.h>

#define N 100003

typedef enum { BITS, CLOSE, MULTIPLES, N_KINDS } Kind;

static guint64
any64 (GRand *rand)
{
  return (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
}

/* Numbers of any bits; of like size; and such as nearly divide each other. */
#define TEST(T, U, suffix, fmod) \
  static void \
  draw_##suffix (GRand *rand, Kind kind, T *x, T *y) \
  { \
    const U bits[2] = { any64 (rand), any64 (rand) }; \
    memcpy (x, &bits[0], sizeof *x); \
    memcpy (y, &bits[1], sizeof *y); \
    if (kind == BITS) \
      return; \
    *y = g_rand_double_range (rand, -3, 3); \
    *x = kind == CLOSE ? g_rand_double_range (rand, -100, 100) : *y * g_rand_int_range (rand, -5000000, 5000000); \
  } \
  static void \
  test_##suffix (void) \
  { \
    GRand *rand = g_rand_new_with_seed (3); \
    g_autofree T *x = g_new (T, N), *y = g_new (T, N), *rest = g_new (T, N), *floor = g_new (T, N); \
    for (guint i = 0; i < N; i++) \
      draw_##suffix (rand, i / 1000 % N_KINDS, &x[i], &y[i]); \
    for (guint step = 0; step < 2; step++) \
      { \
        lk_rest_##suffix (x, 1, y, step, rest, N); \
        lk_rest_floor_##suffix (x, 1, y, step, floor, N); \
        for (guint i = 0; i < N; i++) \
          { \
            const T b = y[i * step], want = fmod (x[i], b), turned = want != 0 && (want < 0) != (b < 0) ? want + b : want; \
            g_assert_true (isnan (want) ? isnan (rest[i]) : memcmp (&rest[i], &want, sizeof want) == 0); \
            g_assert_true (isnan (turned) ? isnan (floor[i]) : memcmp (&floor[i], &turned, sizeof turned) == 0); \
          } \
      } \
    g_rand_free (rand); \
  }
TEST (float, guint32, f32, fmodf)
TEST (double, guint64, f64, fmod)

static void
test_integers (void)
{
  GRand *rand = g_rand_new_with_seed (4);
  const gint32 ends[] = { G_MININT32, G_MININT32 + 1, -2, -1, 1, 2, G_MAXINT32 - 1, G_MAXINT32 };
  for (guint i = 0; i < N; i++)
    {
      gint64 x = (gint32) g_rand_int (rand), y = (gint32) g_rand_int (rand) >> g_rand_int_range (rand, 0, 32);
      if (i < 64)
        x = ends[i / 8], y = ends[i % 8];
      g_assert_cmpint (lk_quotient32 (x, y), ==, y == 0 ? 0 : (gint32) (x / y));
      g_assert_cmpint (lk_rest32 (x, y), ==, y == 0 ? 0 : x % y);
    }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ops/rest/float32", test_f32);
  g_test_add_func ("/ops/rest/float64", test_f64);
  g_test_add_func ("/ops/rest/integers", test_integers);
  return g_test_run ();
}
