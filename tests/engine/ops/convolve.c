/* SPDX-License-Identifier: MIT */
/* Convolutions against their definition, term by term, on shapes that leave rests everywhere; and the loops of every width
   that this processor has against those of plain C. */
#include <math.h>
#include <string.h>

#include "engine/ops/convolve.h"
#include "engine/ops/tile.h"

static LkWindowAxis
axis (gint64 in, gint64 size, gint64 stride, gint64 dilation, gint64 before, gint64 after)
{
  const gint64 reach = (size - 1) * dilation + 1;
  return (LkWindowAxis) { in, (in + before + after - reach) / stride + 1, size, stride, dilation, before };
}

/* Numbers from -1..1, of either type. */
static void *
numbers (LkDType dtype, gint64 n, GRand *rand)
{
  void *data = g_malloc (n * lk_dtype_size (dtype) + 1);
  for (gint64 i = 0; i < n; i++)
    if (dtype == LK_FLOAT32)
      ((float *) data)[i] = g_rand_double_range (rand, -1, 1);
    else
      ((double *) data)[i] = g_rand_double_range (rand, -1, 1);
  return data;
}

static double
at (LkDType dtype, const void *data, gint64 i)
{
  return dtype == LK_FLOAT32 ? ((const float *) data)[i] : ((const double *) data)[i];
}

static void
assert_near (LkDType dtype, const void *got, const double *expected, gint64 n, double terms, const char *what, guint round)
{
  const double tolerance = terms * (dtype == LK_FLOAT32 ? 1e-7 : 1e-16) + 1e-12;
  for (gint64 i = 0; i < n; i++)
    if (!(fabs (at (dtype, got, i) - expected[i]) <= tolerance))
      g_error ("%s, round %u: element %" G_GINT64_FORMAT " is %.9g, expected %.9g", what, round, i, at (dtype, got, i),
               expected[i]);
}

/* All three by their definition. */
static void
define (const LkConvolution *c, const void *x, const void *f, const void *dy, double *y, double *dx, double *df)
{
  const gint64 outs = c->out_channels, some = outs / c->groups, positions = c->window.batch * lk_window_out_size (&c->window);
  for (gint64 p = 0; p < positions; p++)
    for (gint64 tap = 0; tap < lk_window_taps (&c->window); tap++)
      {
        const gint64 place = lk_window_at (&c->window, p, tap);
        for (gint64 o = 0; o < outs && place >= 0; o++)
          for (gint64 i = 0; i < c->in_group; i++)
            {
              const gint64 xi = place * c->window.channels + o / some * c->in_group + i,
                           fi = (tap * c->in_group + i) * outs + o, yi = p * outs + o;
              y[yi] += at (c->dtype, x, xi) * at (c->dtype, f, fi);
              dx[xi] += at (c->dtype, dy, yi) * at (c->dtype, f, fi);
              df[fi] += at (c->dtype, dy, yi) * at (c->dtype, x, xi);
            }
      }
}

static void
check (const LkConvolution *c, GRand *rand, guint round)
{
  const gint64 n_x = c->window.batch * lk_window_in_size (&c->window) * c->window.channels,
               n_y = c->window.batch * lk_window_out_size (&c->window) * c->out_channels,
               n_f = lk_window_taps (&c->window) * c->in_group * c->out_channels;
  g_autofree void *x = numbers (c->dtype, n_x, rand), *f = numbers (c->dtype, n_f, rand), *dy = numbers (c->dtype, n_y, rand);
  /* What is computed may hold anything before. */
  g_autofree void *y = numbers (c->dtype, n_y, rand), *dx = numbers (c->dtype, n_x, rand), *df = numbers (c->dtype, n_f, rand);
  g_autofree double *wide_y = g_new0 (double, n_y), *wide_x = g_new0 (double, n_x), *wide_f = g_new0 (double, n_f);
  define (c, x, f, dy, wide_y, wide_x, wide_f);
  g_assert_true (lk_convolve (c, x, f, y) && lk_convolve_input (c, f, dy, dx) && lk_convolve_filter (c, x, dy, df));
  assert_near (c->dtype, y, wide_y, n_y, n_f, "output", round);
  assert_near (c->dtype, dx, wide_x, n_x, n_f, "input", round);
  assert_near (c->dtype, df, wide_f, n_f, n_y + n_x, "filter", round);
}

static void
test_definition (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
#define PICK(from, to) g_rand_int_range (rand, from, (to) + 1)
  for (guint round = 0; round < 150; round++)
    {
      const gint64 groups = PICK (0, 3) == 0 ? PICK (2, 3) : 1, in_group = PICK (1, 5);
      LkConvolution c = { .dtype = PICK (0, 1) ? LK_FLOAT32 : LK_FLOAT64, .groups = groups, .in_group = in_group,
                          .out_channels = groups * (PICK (0, 2) ? PICK (1, 9) : PICK (15, 36)) };
      c.window = (LkWindow) { .n_axes = 3, .batch = PICK (1, 11), .channels = groups * in_group };
      for (guint i = 0; i < LK_WINDOW_AXES; i++)
        {
          /* Along the last axis often as windows are that overlap. */
          const gboolean plain = i == 2 && PICK (0, 1);
          const gint64 size = plain ? PICK (1, 2) * 2 + 1 : PICK (1, 3), dilation = plain ? 1 : PICK (1, 2),
                       stride = plain ? 1 : PICK (1, 3), in = i == 0 ? PICK (1, 3) : PICK (3, i == 1 ? 9 : 19), reach = (size - 1) * dilation + 1, before = MAX (PICK (0, 2), reach - in);
          c.window.axes[i] = axis (in, size, stride, dilation, before, PICK (0, 2));
        }
      check (&c, rand, round);
    }
  /* So much padding that nothing is copied. */
  LkConvolution sparse = { .dtype = LK_FLOAT32, .groups = 1, .in_group = 2, .out_channels = 3 };
  sparse.window = (LkWindow) { .n_axes = 2, .batch = 2, .channels = 2,
                               .axes = { axis (1, 1, 1, 1, 0, 0), axis (5, 2, 900, 1, 1000, 1000), axis (5, 2, 900, 1, 1000, 1000) } };
  check (&sparse, rand, 1000);
}

/* ---- loops ---- */

static void
check_sums (LkDType dtype, const LkTileLoops *loops, GRand *rand)
{
  g_autofree void *a = numbers (dtype, 400, rand), *b = numbers (dtype, 4000, rand), *c = numbers (dtype, 400, rand);
  const gsize size = lk_dtype_size (dtype);
  const gint64 runs[] = { 3, 90, 41 };
  for (guint lanes = 1; lanes <= loops->lanes * loops->n_sums; lanes++)
    for (guint rows = 1; rows <= LK_TILE_ROWS; rows++)
      {
        g_autofree void *old = g_memdup2 (c, 400 * size);
        LkTile tile = { .b = b, .runs = runs, .n_runs = 3, .length = 7, .a_step = 2, .b_step = 40, .rows = rows, .lanes = lanes,
                        .add = lanes % 2 };
        for (guint r = 0; r < LK_TILE_ROWS; r++)
          {
            tile.a[r] = (char *) a + MIN (r, rows - 1) * 11 * size;
            tile.c[r] = (char *) c + r * 41 * size;
          }
        loops->sums[lanes > loops->lanes] (&tile);
        for (guint i = 0; i < 400; i++)
          {
            const guint row = i / 41, lane = i % 41;
            double sum = tile.add || row >= rows || lane >= lanes ? at (dtype, old, i) : 0;
            for (guint k = 0; k < 21 && row < rows && lane < lanes; k++)
              sum += at (dtype, a, row * 11 + runs[k / 7] + k % 7 * 2) * at (dtype, b, k * 40 + lane);
            if (fabs (sum - at (dtype, c, i)) > (dtype == LK_FLOAT32 ? 1e-5 : 1e-13))
              g_error ("%s, %u lanes, %u rows: element %u is %g, expected %g", loops->name, lanes, rows, i, at (dtype, c, i), sum);
          }
      }
}

/* All five loops over a row of windows that overlap, into `out`. */
static void
pool_all (LkDType dtype, const LkTileLoops *loops, gint64 channels, const void *x, const void *slopes, void *out)
{
  const gint64 taps[] = { 0, channels, 7 * channels, 8 * channels };
  const LkPoolRow row = { taps, 4, channels, 5, channels, FALSE };
  const gsize block = 20 * channels * lk_dtype_size (dtype);
  char *to = out;
  memset (out, 0, 5 * block);
  loops->largest (&row, x, to);
  loops->largest_back (&row, x, slopes, to + block);
  loops->largest_read (&row, x, slopes, to + 2 * block);
  loops->mean (&row, x, to + 3 * block);
  loops->mean_back (&row, slopes, to + 4 * block);
}

static void
check_pooling (LkDType dtype, const LkTileLoops *loops, const LkTileLoops *plain, GRand *rand)
{
  for (gint64 channels = 1; channels < 40; channels++)
    {
      const gint64 n = 20 * channels;
      const gsize bytes = 5 * n * lk_dtype_size (dtype);
      g_autofree void *x = numbers (dtype, n, rand), *slopes = numbers (dtype, n, rand), *a = g_malloc (bytes),
                      *b = g_malloc (bytes);
      /* Some are equal, some no numbers. */
      for (gint64 i = 0; i < n; i += 3)
        if (dtype == LK_FLOAT32)
          ((float *) x)[i] = i % 2 ? 0.5f : NAN;
        else
          ((double *) x)[i] = i % 2 ? 0.5 : NAN;
      pool_all (dtype, loops, channels, x, slopes, a);
      pool_all (dtype, plain, channels, x, slopes, b);
      for (gint64 i = 0; i < 5 * n; i++)
        if (at (dtype, a, i) != at (dtype, b, i) && !(isnan (at (dtype, a, i)) && isnan (at (dtype, b, i))))
          g_error ("%s, %" G_GINT64_FORMAT " channels: element %" G_GINT64_FORMAT " is %g, and %g in plain C", loops->name,
                   channels, i, at (dtype, a, i), at (dtype, b, i));
    }
}

static void
test_loops (void)
{
  const LkDType dtypes[] = { LK_FLOAT32, LK_FLOAT64 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  for (guint d = 0; d < G_N_ELEMENTS (dtypes); d++)
    {
      const LkTileLoops *plain = NULL, *loops;
      for (guint i = 0; (loops = lk_tile_loops_at (dtypes[d], i)) != NULL; i++)
        plain = loops;
      g_assert_cmpstr (plain->name, ==, "16 bytes");
      for (guint i = 0; (loops = lk_tile_loops_at (dtypes[d], i)) != NULL; i++)
        {
          g_test_message ("%s: %s", lk_dtype_name (dtypes[d]), loops->name);
          check_sums (dtypes[d], loops, rand);
          check_pooling (dtypes[d], loops, plain, rand);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/convolve/definition", test_definition);
  g_test_add_func ("/convolve/loops", test_loops);
  return g_test_run ();
}
