/* SPDX-License-Identifier: MIT */
/* Narrow dtypes: every half and bfloat16 there and back, and rounding, against the definition of the formats. */
#include <math.h>
#include "engine/core/narrow.h"

/* The value that the bits of a binary16 stand for, by IEEE 754's formula. */
static double
half_value (guint bits)
{
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 31)
    return fraction ? NAN : sign * INFINITY;
  return sign * (exponent ? ldexp (1024 + fraction, exponent - 25) : ldexp (fraction, -24));
}

static void
test_half (void)
{
  for (guint bits = 0; bits < 65536; bits++)
    {
      const float x = lk_half_to_float (bits);
      const double expected = half_value (bits);
      if (isnan (expected))
        {
          g_assert_true (isnan (x) && isnan (lk_half_to_float (lk_half_from_float (x))));
          continue;
        }
      g_assert_cmpfloat (x, ==, expected);
      g_assert_cmpuint (lk_half_from_float (x), ==, bits);
    }
}

/* Between two neighbours: the nearer one; in the middle the even one. Beyond the largest, infinity from the middle on. */
static void
test_half_rounding (void)
{
  for (guint bits = 0; bits < 0x7c00; bits++)
    {
      const double low = half_value (bits), high = bits == 0x7bff ? 65536 : half_value (bits + 1), middle = (low + high) / 2;
      g_assert_cmpuint (lk_half_from_float (nextafterf (middle, 0)), ==, bits);
      g_assert_cmpuint (lk_half_from_float (nextafterf (middle, 1e9f)), ==, bits + 1);
      g_assert_cmpuint (lk_half_from_float (middle), ==, bits + (bits & 1));
      g_assert_cmpuint (lk_half_from_float (-middle), ==, (bits + (bits & 1)) | 0x8000);
    }
}

static void
test_bfloat16 (void)
{
  for (guint bits = 0; bits < 65536; bits++)
    {
      const float x = lk_bfloat16_to_float (bits);
      if (isnan (x))
        g_assert_true (isnan (lk_bfloat16_to_float (lk_bfloat16_from_float (x))));
      else
        g_assert_cmpuint (lk_bfloat16_from_float (x), ==, bits);
    }
  g_assert_cmpuint (lk_bfloat16_from_float (1 + 0x1p-8f), ==, 0x3f80);
  g_assert_cmpuint (lk_bfloat16_from_float (1 + 0x1.8p-7f), ==, 0x3f82);
  g_assert_cmpuint (lk_bfloat16_from_float (3.4e38f), ==, 0x7f80);
}

static void
test_integers (void)
{
  const gint32 wide[] = { 0, 127, 128, -128, -129, 255, 256, 65535, 65536 };
  const gint8 expected[] = { 0, 127, -128, -128, 127, -1, 0, -1, 0 };
  gint8 narrow[G_N_ELEMENTS (wide)];
  gint32 back[G_N_ELEMENTS (wide)];
  lk_narrow (LK_INT8, wide, narrow, G_N_ELEMENTS (wide));
  lk_widen (LK_INT8, narrow, back, G_N_ELEMENTS (wide));
  for (guint i = 0; i < G_N_ELEMENTS (wide); i++)
    {
      g_assert_cmpint (narrow[i], ==, expected[i]);
      g_assert_cmpint (back[i], ==, expected[i]);
    }
}

/* A float of any bits, or beside one that lies in the middle of two narrow ones. */
static float
near_middle (GRand *rand)
{
  const guint32 bits = g_rand_int (rand), ends = bits & ~0x1fffu, middles[] = { 0, 0x1000, 0x8000 };
  const guint32 close = ends + middles[g_rand_int_range (rand, 0, 3)] + g_rand_int_range (rand, -1, 2);
  return lk_float_from_bits (g_rand_boolean (rand) ? bits : close);
}

/* Whichever instructions convert many, their bits are those of one. */
static void
test_many (void)
{
  enum { N = 200003 };
  GRand *rand = g_rand_new_with_seed (8);
  g_autofree float *wide = g_new (float, N);
  g_autofree guint16 *half = g_new (guint16, N), *brain = g_new (guint16, N);
  for (guint i = 0; i < N; i++)
    wide[i] = near_middle (rand);
  lk_narrow (LK_FLOAT16, wide, half, N);
  lk_narrow (LK_BFLOAT16, wide, brain, N);
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmphex (half[i], ==, lk_half_from_float (wide[i]));
      g_assert_cmphex (brain[i], ==, lk_bfloat16_from_float (wide[i]));
    }
  lk_widen (LK_FLOAT16, half, wide, N);
  for (guint i = 0; i < N; i++)
    g_assert_cmphex (lk_float_bits (wide[i]), ==, lk_float_bits (lk_half_to_float (half[i])));
  lk_widen (LK_BFLOAT16, brain, wide, N);
  for (guint i = 0; i < N; i++)
    g_assert_cmphex (lk_float_bits (wide[i]), ==, lk_float_bits (lk_bfloat16_to_float (brain[i])));
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/narrow/half", test_half);
  g_test_add_func ("/engine/narrow/half-rounding", test_half_rounding);
  g_test_add_func ("/engine/narrow/bfloat16", test_bfloat16);
  g_test_add_func ("/engine/narrow/many", test_many);
  g_test_add_func ("/engine/narrow/integers", test_integers);
  return g_test_run ();
}
