/* SPDX-License-Identifier: MIT */
/* The order of rows, for each way in which rows of some length and kind are sorted: every element is there once, none stands
   before one that ought to come first, and equals stand as they stood. */
#include "engine/ops/ranking.h"

#include <math.h>
#include <string.h>

#include "engine/core/parallel.h"

typedef enum { MIXED, FEW_VALUES, FALLING, RISING, SAME, CLOSE, SPREAD, N_KINDS } Kind;

static const LkDType dtypes[] = { LK_FLOAT32, LK_FLOAT64, LK_INT32, LK_INT64, LK_UINT64 };

static double
special (GRand *rand)
{
  const double values[] = { NAN, -NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e-310, -1e-310, 1, -1 };
  return values[g_rand_int_range (rand, 0, G_N_ELEMENTS (values))];
}

/* An element of a row as a number of float, and as one of int. */
static double
drawn (Kind kind, GRand *rand, gint64 i)
{
  switch ((int) kind)
    {
    case MIXED: return g_rand_int_range (rand, 0, 20) == 0 ? special (rand) : g_rand_double_range (rand, -100, 100);
    case FEW_VALUES: return g_rand_int_range (rand, -2, 3);
    case FALLING: return -i;
    case RISING: return i;
    case SAME: return 7;
    case CLOSE: return 1 + g_rand_int_range (rand, 0, 1000) * 0x1p-52;
    default: return ldexp (g_rand_double_range (rand, -1, 1), g_rand_int_range (rand, -140, 120));
    }
}

static guint64
drawn_int (Kind kind, GRand *rand, gint64 i)
{
  const guint64 any = (guint64) g_rand_int (rand) << 32 | g_rand_int (rand);
  switch ((int) kind)
    {
    case MIXED: return any;
    case CLOSE: return (G_GUINT64_CONSTANT (1) << 63) - 500 + any % 1000;
    case SPREAD: return any >> g_rand_int_range (rand, 0, 64);
    default: return drawn (kind, rand, i);
    }
}

static void
fill (LkTensor *in, Kind kind, GRand *rand)
{
  for (gint64 i = 0; i < in->size; i++)
    switch ((int) in->dtype)
      {
      case LK_FLOAT32: ((float *) in->data)[i] = drawn (kind, rand, i); break;
      case LK_FLOAT64: ((double *) in->data)[i] = drawn (kind, rand, i); break;
      case LK_INT32: ((gint32 *) in->data)[i] = drawn_int (kind, rand, i); break;
      default: ((guint64 *) in->data)[i] = drawn_int (kind, rand, i); break;
      }
}

/* Whether element i comes before element k, by value alone: 1 yes, −1 the other way, 0 they are equal. */
#define COMPARE(T) { const T x = ((const T *) data)[i], y = ((const T *) data)[k]; return (x > y) - (x < y); }
#define COMPARE_FLOATS(T) \
  { \
    const T x = ((const T *) data)[i], y = ((const T *) data)[k]; \
    return isnan (x) || isnan (y) ? !isnan (x) - !isnan (y) : (x > y) - (x < y); \
  }
static int
compare (LkDType dtype, const void *data, gint64 i, gint64 k)
{
  switch ((int) dtype)
    {
    case LK_FLOAT32: COMPARE_FLOATS (float)
    case LK_FLOAT64: COMPARE_FLOATS (double)
    case LK_INT32: COMPARE (gint32)
    case LK_INT64: COMPARE (gint64)
    default: COMPARE (guint64)
    }
}

/* The first k of a row: in order, and, of those left out, none comes before the last. */
static void
check_row (const LkTensor *in, gint64 row, gint64 n, gint64 k, const LkTensor *values, const LkTensor *indices)
{
  const gsize size = lk_dtype_size (in->dtype);
  const char *data = (const char *) in->data + row * n * size;
  const gint32 *places = (const gint32 *) indices->data + row * k;
  g_autofree guint8 *taken = g_malloc0 (n);
  for (gint64 i = 0; i < k; i++)
    {
      g_assert_true (places[i] >= 0 && places[i] < n && !taken[places[i]]);
      taken[places[i]] = TRUE;
      g_assert_cmpint (memcmp ((const char *) values->data + (row * k + i) * size, data + places[i] * size, size), ==, 0);
      const int order = i == 0 ? 1 : compare (in->dtype, data, places[i - 1], places[i]);
      g_assert_true (order > 0 || (order == 0 && places[i - 1] < places[i]));
    }
  for (gint64 i = 0; i < n; i++)
    if (!taken[i])
      {
        const int order = compare (in->dtype, data, places[k - 1], i);
        g_assert_true (order > 0 || (order == 0 && places[k - 1] < i));
      }
}

static void
check (LkDType dtype, Kind kind, gint64 rows, gint64 n, gint64 k, GRand *rand)
{
  const LkShape all = LK_SHAPE (rows, n), first = LK_SHAPE (rows, k);
  g_autoptr (LkTensor) in = lk_tensor_new (dtype, &all);
  g_autoptr (LkTensor) values = lk_tensor_new (dtype, &first);
  g_autoptr (LkTensor) indices = lk_tensor_new (LK_INT32, &first);
  fill (in, kind, rand);
  g_assert_true (lk_ranking_find (in, n, k, values, indices));
  for (gint64 row = 0; row < rows; row++)
    check_row (in, row, n, k, values, indices);
}

static void
test_each_length (void)
{
  const gint64 lengths[] = { 1, 2, 3, 7, 8, 31, 48, 49, 127, 128, 129, 300, 1000, 70000 };
  GRand *rand = g_rand_new_with_seed (5);
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (guint d = 0; d < G_N_ELEMENTS (dtypes); d++)
      for (guint kind = 0; kind < N_KINDS; kind++)
        {
          const gint64 n = lengths[i], rows = n > 1000 ? 1 : 19;
          check (dtypes[d], kind, rows, n, n, rand);
          check (dtypes[d], kind, rows, n, MAX (n / 3, 1), rand);
          check (dtypes[d], kind, rows, n, MIN (n, 5), rand);
        }
  g_rand_free (rand);
}

static void
test_shared (void)
{
  GRand *rand = g_rand_new_with_seed (6);
  lk_threads_set (3);
  for (guint d = 0; d < G_N_ELEMENTS (dtypes); d++)
    for (guint kind = 0; kind < N_KINDS; kind += 2)
      {
        check (dtypes[d], kind, 1, 300001, 300001, rand);
        check (dtypes[d], kind, 5003, 20, 20, rand);
      }
  lk_threads_set (0);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ops/ranking/each-length", test_each_length);
  g_test_add_func ("/ops/ranking/shared", test_shared);
  return g_test_run ();
}
