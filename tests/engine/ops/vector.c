/* SPDX-License-Identifier: MIT */
/* Vector functions, of every kind of processor that this one can stand for: how far from the C library's in a wider type, what
   becomes of special values, and that place and neighbours do not matter. */
#include <math.h>
#include <string.h>

#include "engine/ops/vector.h"

#define N 40000

typedef double (*Wide) (double x);
typedef long double (*Wider) (long double x);

static double sigmoid_wide (double x) { return 1 / (1 + exp (-x)); }
static double softplus_wide (double x) { return x > 0 ? x + log1p (exp (-x)) : log1p (exp (x)); }
static double elu_wide (double x) { return x < 0 ? expm1 (x) : x; }
static double selu_wide (double x) { return 1.0507009873554804934 * (x < 0 ? 1.6732632423543772848 * expm1 (x) : x); }
static long double sigmoid_wider (long double x) { return 1 / (1 + expl (-x)); }
static long double softplus_wider (long double x) { return x > 0 ? x + log1pl (expl (-x)) : log1pl (expl (x)); }
static long double elu_wider (long double x) { return x < 0 ? expm1l (x) : x; }
static long double
selu_wider (long double x)
{
  return 1.0507009873554804934L * (x < 0 ? 1.6732632423543772848L * expm1l (x) : x);
}

/* The range of arguments whose magnitudes are drawn evenly by exponent, and the bound in units of the last place. */
static const struct
{
  const char *name;
  gsize f32, f64;               /* in LkVectorTable */
  Wide wide;
  Wider wider;
  double low, high;             /* magnitudes */
  gboolean negative;
  double bound;
} functions[] = {
#define ROW(name, low, high, negative, bound) \
  { #name, offsetof (LkVectorTable, name##_f32), offsetof (LkVectorTable, name##_f64), name, name##l, low, high, negative, \
    bound }
#define OWN(name, low, high, bound) \
  { #name, offsetof (LkVectorTable, name##_f32), offsetof (LkVectorTable, name##_f64), name##_wide, name##_wider, low, high, \
    TRUE, bound }
  ROW (exp, 1e-6, 87, TRUE, 1), ROW (expm1, 1e-20, 87, TRUE, 1), ROW (log, 1e-37, 1e37, FALSE, 1),
  ROW (log1p, 1e-20, 1e30, FALSE, 1), ROW (log1p, 1e-20, 0.999, TRUE, 1), ROW (sin, 1e-20, 1e9, TRUE, 1),
  ROW (cos, 1e-20, 1e9, TRUE, 1), ROW (tan, 1e-20, 1e9, TRUE, 1), ROW (asin, 1e-20, 1, TRUE, 1), ROW (acos, 1e-20, 1, TRUE, 1),
  ROW (atan, 1e-20, 1e30, TRUE, 1), ROW (sinh, 1e-20, 89.4, TRUE, 1.3), ROW (cosh, 1e-20, 89.4, TRUE, 1.3),
  ROW (tanh, 1e-20, 100, TRUE, 1), ROW (asinh, 1e-20, 1e37, TRUE, 1.01), ROW (acosh, 1, 1e37, FALSE, 1.01),
  ROW (atanh, 1e-20, 1, TRUE, 1), ROW (erf, 1e-20, 20, TRUE, 1), ROW (erfc, 1e-20, 9, TRUE, 1.5),
  OWN (sigmoid, 1e-6, 87, 2), OWN (softplus, 1e-6, 87, 1.5), OWN (elu, 1e-20, 100, 1), OWN (selu, 1e-20, 100, 2),
};

static const LkVectorTable *
tables (guint i)
{
#if LK_VECTOR_X86
  if (i == 0)
    return __builtin_cpu_supports ("avx512f") ? &lk_vector_avx512f : &lk_vector_portable;
  if (i == 1)
    return __builtin_cpu_supports ("avx2") ? &lk_vector_avx2 : &lk_vector_portable;
#endif
  return i < 3 ? &lk_vector_portable : NULL;
}

#define LOOP(table, offset) (*(const LkUnaryLoop *) ((const char *) (table) + (offset)))

/* Magnitudes from low to high, even in their logarithm, each second one negative. */
static double
argument (guint row, guint i)
{
  const double low = log (functions[row].low), high = log (functions[row].high);
  const double x = exp (low + (high - low) * i / (N - 1));
  const double inside = CLAMP (x, functions[row].low, functions[row].high);
  return functions[row].negative && i % 2 ? -inside : inside;
}

static double
single_error (guint row, const LkVectorTable *table)
{
  static float x[N], y[N];
  double worst = 0;
  for (guint i = 0; i < N; i++)
    x[i] = argument (row, i);
  LOOP (table, functions[row].f32) (x, y, N);
  for (guint i = 0; i < N; i++)
    {
      const double exact = functions[row].wide (x[i]);
      const float near = fabs (exact);
      if (near < 1.2e-38 || isinf (near))
        {
          g_assert_true (near < 1.2e-38 ? fabs (y[i] - exact) < 1e-44 : isinf (y[i]));
          continue;
        }
      const double error = fabs (y[i] - exact) / ldexp (1, ilogb (near) - 23);
      worst = error > worst ? error : worst;
    }
  return worst;
}

static double
double_error (guint row, const LkVectorTable *table)
{
  static double x[N], y[N];
  double worst = 0;
  for (guint i = 0; i < N; i++)
    x[i] = argument (row, i);
  LOOP (table, functions[row].f64) (x, y, N);
  for (guint i = 0; i < N; i++)
    {
      const long double exact = functions[row].wider (x[i]);
      const double near = fabsl (exact);
      const long double error = fabsl (y[i] - exact) / ldexpl (1, ilogb (near) - 52);
      if (near > 0 && isfinite (near))
        worst = error > worst ? (double) error : worst;
    }
  return worst;
}

static void
test_errors (void)
{
  for (guint k = 0; tables (k) != NULL; k++)
    for (guint row = 0; row < G_N_ELEMENTS (functions); row++)
      {
        const double single = single_error (row, tables (k)), twice = double_error (row, tables (k));
        g_test_message ("%-8s %-8s float32 %.3f, float64 %.3f units in the last place", tables (k)->name, functions[row].name,
                        single, twice);
        if (!(single <= functions[row].bound) || !(twice <= functions[row].bound))
          g_error ("%s of %s: %.3f and %.3f units in the last place, %.2f are allowed", functions[row].name, tables (k)->name,
                   single, twice, functions[row].bound);
      }
}

/* As the C library has them: NaN, infinities, zeros with their signs. */
static void
test_special (void)
{
  static const double values[] = { 0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 2, -2, 1e-40, 1e-310, 1e38, -1e38 };
  for (guint k = 0; tables (k) != NULL; k++)
    for (guint row = 0; row < G_N_ELEMENTS (functions); row++)
      for (guint i = 0; i < G_N_ELEMENTS (values); i++)
        {
          const float x = values[i];
          float y;
          double z;
          LOOP (tables (k), functions[row].f32) (&x, &y, 1);
          LOOP (tables (k), functions[row].f64) (&values[i], &z, 1);
          const double single = functions[row].wide (x), twice = functions[row].wide (values[i]);
          const gboolean good = (isnan (single) ? isnan (y) : fabs (y - (float) single) <= 3e-7 * fabs (single) || y == (float) single)
            && (isnan (twice) ? isnan (z) : fabs (z - twice) <= 3e-15 * fabs (twice) || z == twice)
            && (single != 0 || !signbit (single) == !signbit (y) || functions[row].wide == elu_wide);
          if (!good)
            g_error ("%s of %s (%g) is %g and %g, not %g", tables (k)->name, functions[row].name, values[i], y, z, twice);
        }
}

/* Any part of the array, at any place, gives the same bits; in place too. */
static void
test_places (void)
{
  enum { LENGTH = 67 };
  for (guint k = 0; tables (k) != NULL; k++)
    for (guint row = 0; row < G_N_ELEMENTS (functions); row++)
      {
        float x[LENGTH], whole[LENGTH], part[LENGTH];
        for (guint i = 0; i < LENGTH; i++)
          x[i] = argument (row, i * (N / LENGTH));
        LOOP (tables (k), functions[row].f32) (x, whole, LENGTH);
        for (guint begin = 0; begin < LENGTH; begin += 3)
          for (guint n = 1; begin + n <= LENGTH; n += 5)
            {
              memcpy (part, x + begin, n * sizeof *x);
              LOOP (tables (k), functions[row].f32) (part, part, n);
              g_assert_cmpmem (part, n * sizeof *x, whole + begin, n * sizeof *x);
            }
      }
}

/* Powers and angles, either argument staying. */
/* A single −0 keeps its sign in all lanes. */
static void
test_zeros (void)
{
  const float zero = -0.0f, xs[] = { -1, -2, -3 };
  float out[G_N_ELEMENTS (xs)];
  for (guint k = 0; tables (k) != NULL; k++)
    {
      tables (k)->atan2_f32 (&zero, 0, xs, 1, out, G_N_ELEMENTS (xs));
      for (guint i = 0; i < G_N_ELEMENTS (xs); i++)
        g_assert_cmpfloat (out[i], ==, (float) -G_PI);
    }
}

static void
test_binary (void)
{
  enum { LENGTH = 1003 };
  static float x[LENGTH], y[LENGTH], z[LENGTH];
  for (guint i = 0; i < LENGTH; i++)
    {
      x[i] = 0.01f + 0.02f * i;
      y[i] = i % 2 ? -0.013f * i : 0.011f * i;
    }
  for (guint k = 0; tables (k) != NULL; k++)
    for (guint steps = 0; steps < 3; steps++)
      {
        const guint step_x = steps != 1, step_y = steps != 2;
        tables (k)->pow_f32 (x, step_x, y, step_y, z, LENGTH);
        for (guint i = 0; i < LENGTH; i++)
          {
            const double exact = pow (x[i * step_x], y[i * step_y]);
            if (fabs (exact) < 3e38 && exact > 1e-37)
              g_assert_cmpfloat (fabs (z[i] - exact), <=, ldexp (1.0, ilogb ((float) exact) - 23));
          }
        tables (k)->atan2_f32 (y, step_y, x, step_x, z, LENGTH);
        for (guint i = 0; i < LENGTH; i++)
          {
            const double exact = atan2 (y[i * step_y], x[i * step_x]);
            g_assert_cmpfloat (fabs (z[i] - exact), <=, exact == 0 ? 0 : ldexp (1.0, ilogb ((float) exact) - 23));
          }
      }
}

/* Whole numbers to whole powers are whole, and special values are the C library's. */
static void
test_exact_powers (void)
{
  static const float special[] = { 0, -0.0f, 1, -1, INFINITY, -INFINITY, NAN, 2, -2, 0.5f, 3, -3, -8 };
  for (guint k = 0; tables (k) != NULL; k++)
    {
      for (int base = -300; base <= 300; base++)
        for (int power = 0; power <= 24 && fabs (pow (base, power)) < 0x1p24; power++)
          {
            const float x = base, y = power;
            float z;
            tables (k)->pow_f32 (&x, 1, &y, 1, &z, 1);
            g_assert_cmpfloat (z, ==, pow (base, power));
          }
      for (guint i = 0; i < G_N_ELEMENTS (special); i++)
        for (guint j = 0; j < G_N_ELEMENTS (special); j++)
          {
            const float expected = powf (special[i], special[j]);
            float z;
            tables (k)->pow_f32 (&special[i], 1, &special[j], 1, &z, 1);
            g_assert_true ((isnan (z) && isnan (expected)) || fabsf (z - expected) <= 1e-6f * fabsf (expected)
                           || (z == expected && !signbit (z) == !signbit (expected)));
          }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/vector/errors", test_errors);
  g_test_add_func ("/engine/ops/vector/special", test_special);
  g_test_add_func ("/engine/ops/vector/places", test_places);
  g_test_add_func ("/engine/ops/vector/binary", test_binary);
  g_test_add_func ("/engine/ops/vector/zeros", test_zeros);
  g_test_add_func ("/engine/ops/vector/exact-powers", test_exact_powers);
  g_test_message ("%s", lk_vector_name ());
  return g_test_run ();
}
