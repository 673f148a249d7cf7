/* SPDX-License-Identifier: MIT */
/* Windows of one tap are multiplied by OpenBLAS as they are. The others are summed directly, or, where that does not suit,
   laid out as rows of a matrix, some at a time so that they stay in the caches. Groups of one channel have loops of their own. */
#include "engine/ops/convolve.h"

#include <string.h>

#include "engine/core/buffer.h"
#include "engine/ops/blas.h"
#include "engine/ops/direct.h"
#include "engine/ops/elementwise.h"

#define CHUNK_BYTES (256 * 1024)

/* ---- windows as rows ---- */

#define ROWS(suffix, T) \
  /* Runs are short: no call of memcpy. */ \
  static inline void copy_##suffix (T *to, const T *from, gint64 n) \
  { \
    for (; n >= 4; n -= 4, to += 4, from += 4) \
      memcpy (to, from, 4 * sizeof (T)); \
    if (n & 2) \
      memcpy (to, from, 2 * sizeof (T)); \
    if (n & 1) \
      to[n - 1] = from[n - 1]; \
  } \
  /* A window that lies inside. */ \
  static inline void block_##suffix (const LkWindow *w, const T *from, gint64 channels, T *to) \
  { \
    const gint64 n = w->axes[2].size * channels, line = w->axes[2].in * channels; \
    for (gint64 z = 0; z < w->axes[0].size; z++, from += w->axes[1].in * line) \
      for (gint64 y = 0; y < w->axes[1].size; y++, to += n) \
        copy_##suffix (to, from + y * line, n); \
  } \
  /* Rows for n windows from position first on, of the channels from `channel` on. */ \
  static void gather_##suffix (const LkConvolution *c, gint64 channel, gint64 first, gint64 n, LkWindowRun *runs, \
                               const T *in, T *rows) \
  { \
    const gint64 all = c->window.channels, some = c->in_group, taps = lk_window_taps (&c->window); \
    LkWindowWalk walk; \
    lk_window_walk_init (&walk, &c->window, first); \
    for (gint64 p = 0; p < n; p++, rows += taps * some) \
      { \
        gint64 inside = 0; \
        const gint64 whole = some == all ? lk_window_walk_inside (&walk) : -1; \
        if (whole >= 0) \
          { \
            block_##suffix (&c->window, in + whole * all, all, rows); \
            continue; \
          } \
        const guint n_runs = lk_window_walk_next (&walk, runs); \
        for (guint r = 0; r < n_runs; r++) \
          inside += runs[r].n; \
        if (inside < taps) \
          memset (rows, 0, taps * some * sizeof (T)); \
        for (guint r = 0; r < n_runs; r++) \
          if (some == all) \
            copy_##suffix (rows + runs[r].tap * some, in + runs[r].at * all, runs[r].n * some); \
          else \
            for (gint64 k = 0; k < runs[r].n; k++) \
              copy_##suffix (rows + (runs[r].tap + k) * some, in + (runs[r].at + k) * all + channel, some); \
      } \
  } \
  /* The other way: adds rows to where they came from. */ \
  static void scatter_##suffix (const LkConvolution *c, gint64 channel, gint64 first, gint64 n, LkWindowRun *runs, \
                                const T *rows, T *out) \
  { \
    const gint64 all = c->window.channels, some = c->in_group, taps = lk_window_taps (&c->window); \
    LkWindowWalk walk; \
    lk_window_walk_init (&walk, &c->window, first); \
    for (gint64 p = 0; p < n; p++, rows += taps * some) \
      { \
        const guint n_runs = lk_window_walk_next (&walk, runs); \
        for (guint r = 0; r < n_runs; r++) \
          if (some == all) \
            for (gint64 i = 0; i < runs[r].n * some; i++) \
              out[runs[r].at * all + i] += rows[runs[r].tap * some + i]; \
          else \
            for (gint64 k = 0; k < runs[r].n; k++) \
              for (gint64 i = 0; i < some; i++) \
                out[(runs[r].at + k) * all + channel + i] += rows[(runs[r].tap + k) * some + i]; \
      } \
  }
ROWS (f32, float)
ROWS (f64, double)

/* ---- groups of one channel ---- */

/* of: 'y' adds to output, 'x' to input, 'f' to the filter; the other two are read. */
#define DEPTHWISE(name, T, statement) \
  LK_CLONES static void name (gint64 channels, gint64 multiple, T *x, T *f, T *y) \
  { \
    if (multiple == 1) \
      for (gint64 i = 0; i < channels; i++) \
        { const gint64 k = i; statement; } \
    else \
      for (gint64 i = 0; i < channels; i++) \
        for (gint64 k = i * multiple; k < (i + 1) * multiple; k++) \
          statement; \
  }
DEPTHWISE (depth_y_f32, float, y[k] += x[i] * f[k])
DEPTHWISE (depth_x_f32, float, x[i] += y[k] * f[k])
DEPTHWISE (depth_f_f32, float, f[k] += x[i] * y[k])
DEPTHWISE (depth_y_f64, double, y[k] += x[i] * f[k])
DEPTHWISE (depth_x_f64, double, x[i] += y[k] * f[k])
DEPTHWISE (depth_f_f64, double, f[k] += x[i] * y[k])

static void
depthwise (const LkConvolution *c, LkSide of, char *x, char *f, char *y, LkWindowRun *runs)
{
  const gint64 channels = c->window.channels, outs = c->out_channels,
               n = c->window.batch * lk_window_out_size (&c->window);
  const gsize size = lk_dtype_size (c->dtype);
  static void (*const singles[]) (gint64 channels, gint64 multiple, float *x, float *f, float *y) = {
    depth_y_f32, depth_x_f32, depth_f_f32
  };
  static void (*const doubles[]) (gint64 channels, gint64 multiple, double *x, double *f, double *y) = {
    depth_y_f64, depth_x_f64, depth_f_f64
  };
  LkWindowWalk walk;
  lk_window_walk_init (&walk, &c->window, 0);
  for (gint64 p = 0; p < n; p++)
    for (guint r = 0, n_runs = lk_window_walk_next (&walk, runs); r < n_runs; r++)
      for (gint64 k = 0; k < runs[r].n; k++)
        {
          void *xs = x + (runs[r].at + k) * channels * size, *fs = f + (runs[r].tap + k) * outs * size,
               *ys = y + p * outs * size;
          if (c->dtype == LK_FLOAT32)
            singles[of] (channels, outs / channels, xs, fs, ys);
          else
            doubles[of] (channels, outs / channels, xs, fs, ys);
        }
}

/* ---- products ---- */

/* Has every window one tap, at its own place? Then the input is the rows. */
static gboolean
is_pointwise (const LkConvolution *c)
{
  for (guint i = 0; i < LK_WINDOW_AXES; i++)
    if (c->window.axes[i].size != 1 || c->window.axes[i].stride != 1 || c->window.axes[i].in != c->window.axes[i].out)
      return FALSE;
  return c->groups == 1;
}

static void
one_chunk (const LkConvolution *c, LkSide of, gint64 group, gint64 first, gint64 n, char *x, char *f, char *y,
           void *rows, LkWindowRun *runs)
{
  const gsize size = lk_dtype_size (c->dtype);
  const gint64 k = lk_window_taps (&c->window) * c->in_group, outs = c->out_channels, some = outs / c->groups,
               channel = group * c->in_group;
  const gboolean pointwise = is_pointwise (c), single = c->dtype == LK_FLOAT32;
  f += group * some * size;
  y += (first * outs + group * some) * size;
  if (pointwise)
    rows = x + first * k * size;
  else if (of != LK_SIDE_INPUT && single)
    gather_f32 (c, channel, first, n, runs, (const float *) (void *) x, rows);
  else if (of != LK_SIDE_INPUT)
    gather_f64 (c, channel, first, n, runs, (const double *) (void *) x, rows);
  if (of == LK_SIDE_OUTPUT)
    lk_blas_multiply (c->dtype, FALSE, FALSE, n, some, k, rows, k, f, outs, 0, y, outs);
  else if (of == LK_SIDE_FILTER)
    lk_blas_multiply (c->dtype, TRUE, FALSE, k, some, n, rows, k, y, outs, 1, f, outs);
  else
    lk_blas_multiply (c->dtype, FALSE, TRUE, n, k, some, y, outs, f, outs, 0, rows, k);
  if (of == LK_SIDE_INPUT && !pointwise && single)
    scatter_f32 (c, channel, first, n, runs, rows, (float *) (void *) x);
  else if (of == LK_SIDE_INPUT && !pointwise)
    scatter_f64 (c, channel, first, n, runs, rows, (double *) (void *) x);
}

/* By rows; what is computed is all zeros before. */
static gboolean
multiply_rows (const LkConvolution *c, LkSide of, char *x, char *f, char *y)
{
  const gsize size = lk_dtype_size (c->dtype);
  const gint64 taps = lk_window_taps (&c->window), k = taps * c->in_group,
               n = c->window.batch * lk_window_out_size (&c->window);
  const gint64 chunk = is_pointwise (c) ? MIN (n, G_MAXINT / 2)
                       : CLAMP (CHUNK_BYTES / (gint64) size / MAX (k, 1), 16, MAX (n, 16));
  const gboolean thin = c->in_group == 1 && c->groups > 1;
  LkBuffer *rows = lk_buffer_new (thin || is_pointwise (c) ? 1 : chunk * k * size),
           *runs = lk_buffer_new (taps * sizeof (LkWindowRun));
  if (thin && runs != NULL)
    depthwise (c, of, x, f, y, runs->data);
  for (gint64 first = 0; !thin && rows != NULL && runs != NULL && first < n; first += chunk)
    for (gint64 group = 0; group < c->groups; group++)
      one_chunk (c, of, group, first, MIN (chunk, n - first), x, f, y, rows->data, runs->data);
  const gboolean good = rows != NULL && runs != NULL;
  lk_buffer_unref (rows);
  lk_buffer_unref (runs);
  return good;
}

static gboolean
convolve (const LkConvolution *c, LkSide of, char *x, char *f, char *y)
{
  const gsize size = lk_dtype_size (c->dtype);
  const gint64 out = c->window.batch * lk_window_out_size (&c->window) * c->out_channels,
               in = c->window.batch * lk_window_in_size (&c->window) * c->window.channels,
               filter = lk_window_taps (&c->window) * c->in_group * c->out_channels;
  const gboolean empty = out == 0 || filter == 0, thin = c->in_group == 1 && c->groups > 1;
  if (!empty && !thin && !is_pointwise (c) && lk_direct_suits (c, of))
    return lk_direct (c, of, x, f, y);
  if (of == LK_SIDE_OUTPUT)
    memset (y, 0, out * size);
  else if (of == LK_SIDE_INPUT)
    memset (x, 0, in * size);
  else
    memset (f, 0, filter * size);
  return empty || multiply_rows (c, of, x, f, y);
}

gboolean
lk_convolve (const LkConvolution *c, const void *input, const void *filter, void *output)
{
  return convolve (c, LK_SIDE_OUTPUT, (char *) input, (char *) filter, output);
}

gboolean
lk_convolve_input (const LkConvolution *c, const void *filter, const void *dy, void *dx)
{
  return convolve (c, LK_SIDE_INPUT, dx, (char *) filter, (char *) dy);
}

gboolean
lk_convolve_filter (const LkConvolution *c, const void *input, const void *dy, void *dfilter)
{
  return convolve (c, LK_SIDE_FILTER, (char *) input, dfilter, (char *) dy);
}
