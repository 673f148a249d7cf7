/* SPDX-License-Identifier: MIT */
#include "engine/ops/direct.h"

#include <string.h>

#include "engine/core/buffer.h"
#include "engine/core/parallel.h"
#include "engine/ops/tile.h"

#define TASK_PRODUCTS 400000        /* multiplications that are worth a task */
#define MOST_TASKS 32
#define CHUNKS 8                    /* of a batch, of which the filter's slopes are summed apart */
#define CHUNK_BYTES (64 * 1024)     /* the largest filter for which that is done */
#define FLOCK_BYTES (4 << 20)       /* images whose input slopes are made together */

/* Everything is counted in elements. */
typedef struct
{
  const LkConvolution *c;
  const LkTileLoops *loops;
  gsize size;                   /* bytes of an element */
  gboolean padded;
  gint64 dims[LK_WINDOW_AXES];  /* of an image as the loops see it */
  gint64 image, positions;      /* elements of such an image; windows */
  gint64 taps, k, some;         /* k: taps · channels of a group; some: output channels of a group */
  gint64 n_runs, run;           /* elements of a window that lie side by side, and how many times */
  gint64 *run_at, *k_at;        /* where each run, and each of the k, begins in a window */
  gint64 n_rows, *row_at;       /* rows of windows, and where the first of each is */
  void (*row_loop) (const LkTileRow *row);      /* for windows that overlap; NULL where they do not, or not so */
  gint64 tiles;                 /* of an image's output */
  LkBuffer *tables;
  char *x, *f, *y;
  LkBuffer *more;               /* the filter turned around, or sums of chunks */
  gint64 n_tasks, n_chunks, flock;
  gint failed;                  /* atomic */
} Direct;

static gint64
reach_of (const LkWindowAxis *axis)
{
  return (axis->out - 1) * axis->stride + (axis->size - 1) * axis->dilation + 1;
}

gboolean
lk_direct_suits (const LkConvolution *c, LkSide of)
{
  gint64 padded = c->window.channels;
  const gint64 in = lk_window_in_size (&c->window), out = lk_window_out_size (&c->window);
  const gint64 most = 4 * (in * c->window.channels + out * c->out_channels) + 65536;
  for (guint i = 0; i < LK_WINDOW_AXES; i++)
    if (__builtin_mul_overflow (padded, reach_of (&c->window.axes[i]), &padded) || padded > most)
      return FALSE;
  return of != LK_SIDE_FILTER || out >= 16;
}

/* ---- tables ---- */

static inline gint64
tiles_of (gint64 rows)
{
  return (rows + LK_TILE_ROWS - 1) / LK_TILE_ROWS;
}

static void
measure (Direct *d, const LkConvolution *c)
{
  const LkWindowAxis *axes = c->window.axes;
  const gboolean whole = axes[2].dilation == 1 && c->groups == 1;
  d->c = c;
  d->loops = lk_tile_loops (c->dtype);
  d->size = lk_dtype_size (c->dtype);
  for (guint i = 0; i < LK_WINDOW_AXES; i++)
    d->padded |= axes[i].before > 0 || reach_of (&axes[i]) > axes[i].in;
  d->image = c->window.channels;
  for (guint i = 0; i < LK_WINDOW_AXES; i++)
    {
      d->dims[i] = d->padded ? reach_of (&axes[i]) : axes[i].in;
      d->image *= d->dims[i];
    }
  d->positions = lk_window_out_size (&c->window);
  d->taps = lk_window_taps (&c->window);
  d->k = d->taps * c->in_group;
  d->some = c->out_channels / c->groups;
  d->run = whole ? axes[2].size * c->in_group : c->in_group;
  d->n_runs = d->k / d->run;
  d->n_rows = axes[0].out * axes[1].out;
  if (whole && axes[2].stride == 1 && axes[2].out >= LK_TILE_ROWS && c->out_channels <= d->loops->lanes)
    d->row_loop = axes[2].size == 3 ? d->loops->row_of_3 : axes[2].size == 5 ? d->loops->row_of_5 : NULL;
  d->tiles = d->row_loop != NULL ? d->n_rows * tiles_of (axes[2].out) : tiles_of (d->positions);
}

/* Where tap (z, y, x) of the window at the origin is. */
static gint64
tap_at (const Direct *d, gint64 z, gint64 y, gint64 x)
{
  const LkWindowAxis *axes = d->c->window.axes;
  return ((z * axes[0].dilation * d->dims[1] + y * axes[1].dilation) * d->dims[2] + x * axes[2].dilation)
         * d->c->window.channels;
}

static gboolean
fill_tables (Direct *d)
{
  const LkWindowAxis *axes = d->c->window.axes;
  const gint64 per_run = d->run / d->c->in_group;
  d->tables = lk_buffer_new ((d->n_runs + d->k + d->n_rows) * sizeof (gint64));
  if (d->tables == NULL)
    return FALSE;
  d->run_at = d->tables->data;
  d->k_at = d->run_at + d->n_runs;
  d->row_at = d->k_at + d->k;
  for (gint64 tap = 0; tap < d->taps; tap++)
    {
      const gint64 x = tap % axes[2].size, y = tap / axes[2].size % axes[1].size, z = tap / axes[2].size / axes[1].size,
                   at = tap_at (d, z, y, x);
      if (tap % per_run == 0)
        d->run_at[tap / per_run] = at;
      for (gint64 i = 0; i < d->c->in_group; i++)
        d->k_at[tap * d->c->in_group + i] = at + i;
    }
  for (gint64 row = 0; row < d->n_rows; row++)
    d->row_at[row] = (row / axes[1].out * axes[0].stride * d->dims[1] + row % axes[1].out * axes[1].stride)
                     * d->dims[2] * d->c->window.channels;
  return TRUE;
}

static inline gint64
position_at (const Direct *d, gint64 row, gint64 column)
{
  return d->row_at[row] + column * d->c->window.axes[2].stride * d->c->window.channels;
}

/* ---- images with their edges ---- */

/* Between an image of the tensor and one with edges, row by row: `in` says which way. */
static void
copy_image (const Direct *d, char *tensor, char *padded, gboolean in)
{
  const LkWindowAxis *axes = d->c->window.axes;
  const gsize pixel = d->c->window.channels * d->size;
  const gint64 n = MIN (axes[2].in, d->dims[2] - axes[2].before);
  for (gint64 z = 0; z < axes[0].in && z + axes[0].before < d->dims[0]; z++)
    for (gint64 y = 0; y < axes[1].in && y + axes[1].before < d->dims[1] && n > 0; y++)
      {
        char *a = tensor + (z * axes[1].in + y) * axes[2].in * pixel,
             *b = padded + (((z + axes[0].before) * d->dims[1] + y + axes[1].before) * d->dims[2] + axes[2].before) * pixel;
        memcpy (in ? b : a, in ? a : b, n * pixel);
      }
}

/* Image `i` as the loops see it; `edges` is memory for one, all zeros at first. */
static const char *
image_of (const Direct *d, gint64 i, LkBuffer *edges)
{
  char *image = d->x + i * lk_window_in_size (&d->c->window) * d->c->window.channels * d->size;
  if (!d->padded)
    return image;
  copy_image (d, image, edges->data, TRUE);
  return edges->data;
}

/* Memory of a task; reports when there is none. */
static LkBuffer *
room (Direct *d, gint64 n, gboolean zero)
{
  LkBuffer *buffer = lk_buffer_new (MAX (n, 1) * d->size);
  if (buffer == NULL)
    __atomic_store_n (&d->failed, 1, __ATOMIC_RELAXED);
  else if (zero)
    memset (buffer->data, 0, n * d->size);
  return buffer;
}

/* ---- sums ---- */

static inline gint64
widest (const Direct *d)
{
  return d->loops->lanes * d->loops->n_sums;
}

static inline void
sum (const Direct *d, const LkTile *tile)
{
  d->loops->sums[tile->lanes > d->loops->lanes] (tile);
}

/* The rows that are too many are those of the last, so that each can be read. */
static inline void
fill_rows (LkTile *tile)
{
  for (guint r = tile->rows; r < LK_TILE_ROWS; r++)
    tile->a[r] = tile->a[tile->rows - 1];
}

/* Of n things in as many tasks, the first of this one. */
static inline gint64
share (gint64 n, gint64 tasks, gint64 task)
{
  return n / tasks * task + MIN (task, n % tasks);
}

static gint64
tasks_for (gint64 products, gint64 most)
{
  return CLAMP (products / TASK_PRODUCTS, 1, CLAMP (most, 1, MOST_TASKS));
}

/* ---- output: a row of a tile is a position ---- */

/* Columns `lane` to lane + n of the filter side by side. */
static void
pack (const Direct *d, gint64 lane, gint64 n, char *to)
{
  const char *from = d->f + lane * d->size;
  for (gint64 i = 0; i < d->k; i++, from += d->c->out_channels * d->size, to += n * d->size)
    memcpy (to, from, n * d->size);
}

/* The tiles from `first` to `end`, of those of all images one after another. The last of a row begins where it still is a whole
   one, and does some again. */
static void
output_rows (const Direct *d, gint64 first, gint64 end, LkBuffer *edges)
{
  const gint64 columns = d->c->window.axes[2].out, outs = d->c->out_channels, per_row = tiles_of (columns);
  LkTileRow tile = { .b = d->f, .runs = d->run_at, .n_runs = d->n_runs, .length = d->c->in_group, .a_step = d->c->in_group,
                     .b_step = outs, .c_step = outs, .lanes = outs };
  const char *image = NULL;
  for (gint64 t = first; t < end; t++)
    {
      const gint64 i = t / d->tiles, row = t % d->tiles / per_row,
                   column = MIN (t % per_row * LK_TILE_ROWS, columns - LK_TILE_ROWS);
      if (image == NULL || t % d->tiles == 0)
        image = image_of (d, i, edges);
      tile.a = image + position_at (d, row, column) * d->size;
      tile.c = d->y + ((i * d->positions + row * columns + column) * outs) * d->size;
      d->row_loop (&tile);
    }
}

/* The same for one block of output channels. */
static void
output_block (const Direct *d, LkTile *tile, gint64 first, gint64 end, gint64 in_at, gint64 out_at, LkBuffer *edges)
{
  const gint64 columns = d->c->window.axes[2].out;
  const char *image = NULL;
  for (gint64 t = first; t < end; t++)
    {
      const gint64 i = t / d->tiles, p = t % d->tiles * LK_TILE_ROWS;
      gint64 row = p / columns, column = p % columns;
      char *out = d->y + ((i * d->positions + p) * d->c->out_channels + out_at) * d->size;
      if (image == NULL || p == 0)
        image = image_of (d, i, edges);
      tile->rows = MIN (LK_TILE_ROWS, d->positions - p);
      for (guint r = 0; r < tile->rows; r++, out += d->c->out_channels * d->size)
        {
          tile->a[r] = image + (position_at (d, row, column) + in_at) * d->size;
          tile->c[r] = out;
          if (++column == columns)
            {
              column = 0;
              row++;
            }
        }
      fill_rows (tile);
      sum (d, tile);
    }
}

static void
output_task (gpointer data, guint task)
{
  Direct *d = data;
  const gint64 n = d->c->window.batch * d->tiles, first = share (n, d->n_tasks, task), end = share (n, d->n_tasks, task + 1),
               block = widest (d);
  const gboolean packs = d->c->out_channels > block;
  LkBuffer *edges = room (d, d->padded ? d->image : 0, TRUE), *packed = room (d, packs ? d->k * block : 0, FALSE);
  if (d->row_loop != NULL && edges != NULL)
    output_rows (d, first, end, edges);
  for (gint64 g = 0; g < d->c->groups && d->row_loop == NULL && edges != NULL && packed != NULL; g++)
    for (gint64 lane = 0; lane < d->some; lane += block)
      {
        const gint64 at = g * d->some + lane, lanes = MIN (block, d->some - lane);
        LkTile tile = { .b = d->f + at * d->size, .runs = d->run_at, .n_runs = d->n_runs, .length = d->run,
                        .a_step = 1, .b_step = d->c->out_channels, .lanes = lanes };
        if (packs)
          {
            pack (d, at, lanes, packed->data);
            tile.b = packed->data;
            tile.b_step = lanes;
          }
        output_block (d, &tile, first, end, g * d->c->in_group, at, edges);
      }
  lk_buffer_unref (edges);
  lk_buffer_unref (packed);
}

static void
output (Direct *d)
{
  d->n_tasks = tasks_for (d->c->window.batch * d->positions * d->k * d->some * d->c->groups, d->c->window.batch * d->tiles / 32);
  lk_parallel (d->n_tasks, output_task, d);
}

/* ---- filter: a row of a tile is one of the k, and sums run over positions. Images come in chunks, as many for any number of
   threads, that are summed apart and then together ---- */

static void
filter_image (const Direct *d, const char *image, const char *dy, char *df, gint64 k_first, gint64 k_end, gboolean add)
{
  const gint64 outs = d->c->out_channels;
  LkTile tile = { .runs = d->row_at, .n_runs = d->n_rows, .length = d->c->window.axes[2].out,
                  .a_step = d->c->window.axes[2].stride * d->c->window.channels, .b_step = outs, .add = add };
  for (gint64 g = 0; g < d->c->groups; g++)
    for (gint64 lane = 0; lane < d->some; lane += widest (d))
      for (gint64 k = k_first; k < k_end; k += LK_TILE_ROWS)
        {
          const gint64 at = g * d->some + lane;
          tile.b = dy + at * d->size;
          tile.lanes = MIN (widest (d), d->some - lane);
          tile.rows = MIN (LK_TILE_ROWS, k_end - k);
          for (guint r = 0; r < tile.rows; r++)
            {
              tile.a[r] = image + (d->k_at[k + r] + g * d->c->in_group) * d->size;
              tile.c[r] = df + ((k + r) * outs + at) * d->size;
            }
          fill_rows (&tile);
          sum (d, &tile);
        }
}

static void
filter_task (gpointer data, guint task)
{
  Direct *d = data;
  const gint64 parts = d->n_tasks / d->n_chunks, chunk = task / parts, part = task % parts,
               k_tiles = tiles_of (d->k),
               k_first = share (k_tiles, parts, part) * LK_TILE_ROWS,
               k_end = MIN (share (k_tiles, parts, part + 1) * LK_TILE_ROWS, d->k);
  const gint64 first = share (d->c->window.batch, d->n_chunks, chunk), end = share (d->c->window.batch, d->n_chunks, chunk + 1);
  char *df = chunk == 0 ? d->f : (char *) d->more->data + (chunk - 1) * d->k * d->c->out_channels * d->size;
  LkBuffer *edges = room (d, d->padded ? d->image : 0, TRUE);
  for (gint64 i = first; i < end && edges != NULL; i++)
    filter_image (d, image_of (d, i, edges), d->y + i * d->positions * d->c->out_channels * d->size, df, k_first, k_end,
                  i > first);
  lk_buffer_unref (edges);
}

#define ADD(name, T) \
  static void name (T *to, const T *from, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      to[i] += from[i]; \
  }
ADD (add_f32, float)
ADD (add_f64, double)

static void
filter (Direct *d)
{
  const gint64 batch = d->c->window.batch, n = d->k * d->c->out_channels, products = batch * d->positions * n;
  const gboolean chunked = n * (gint64) d->size <= CHUNK_BYTES;
  d->n_chunks = chunked ? tasks_for (products, MIN (batch, CHUNKS)) : 1;
  d->n_tasks = d->n_chunks * (chunked ? 1 : tasks_for (products, d->k / LK_TILE_ROWS / 4));
  if ((d->more = room (d, (d->n_chunks - 1) * n, FALSE)) == NULL)
    return;
  lk_parallel (d->n_tasks, filter_task, d);
  for (gint64 chunk = 1; chunk < d->n_chunks; chunk++)
    if (d->size == sizeof (float))
      add_f32 ((float *) (void *) d->f, (float *) d->more->data + (chunk - 1) * n, n);
    else
      add_f64 ((double *) (void *) d->f, (double *) d->more->data + (chunk - 1) * n, n);
}

/* ---- input: a row of a tile is a position of one of a few images. What the windows overlap on is far apart in time
   then, and a processor need not wait for what it has just written ---- */

static void
input_block (const Direct *d, LkTile *tile, char *images, gint64 first, gint64 n, gint64 in_at, gint64 out_at)
{
  const gint64 columns = d->c->window.axes[2].out, outs = d->c->out_channels;
  gint64 row = 0, column = 0, i = 0;
  for (gint64 left = n * d->positions; left > 0; left -= tile->rows)
    {
      tile->rows = MIN (LK_TILE_ROWS, left);
      for (guint r = 0; r < tile->rows; r++)
        {
          const gint64 p = row * columns + column;
          tile->a[r] = d->y + (((first + i) * d->positions + p) * outs + out_at) * d->size;
          tile->c[r] = images + (i * d->image + position_at (d, row, column) + in_at) * d->size;
          if (++i < n)
            continue;
          i = 0;
          if (++column == columns)
            {
              column = 0;
              row++;
            }
        }
      fill_rows (tile);
      sum (d, tile);
    }
}

/* Images `first` to first + n of the input's slopes, into `images`. */
static void
input_images (const Direct *d, gint64 first, gint64 n, char *images)
{
  static const gint64 start = 0;
  for (gint64 g = 0; g < d->c->groups; g++)
    for (gint64 run = 0; run < d->n_runs; run++)
      for (gint64 lane = 0; lane < d->run; lane += widest (d))
        {
          const gint64 at = g * d->some;
          LkTile tile = { .b = (char *) d->more->data + (at * d->k + run * d->run + lane) * d->size, .runs = &start,
                          .n_runs = 1, .length = d->some, .a_step = 1, .b_step = d->k,
                          .lanes = MIN (widest (d), d->run - lane), .add = TRUE };
          input_block (d, &tile, images, first, n, d->run_at[run] + g * d->c->in_group + lane, at);
        }
}

static void
input_task (gpointer data, guint task)
{
  Direct *d = data;
  const gint64 first = task * d->flock, n = MIN (d->flock, d->c->window.batch - first);
  const gsize image = lk_window_in_size (&d->c->window) * d->c->window.channels * d->size;
  char *dx = d->x + first * image;
  LkBuffer *edges = room (d, d->padded ? n * d->image : 0, TRUE);
  memset (dx, 0, n * image);
  if (edges != NULL)
    input_images (d, first, n, d->padded ? edges->data : dx);
  for (gint64 i = 0; i < n && d->padded && edges != NULL; i++)
    copy_image (d, dx + i * image, (char *) edges->data + i * d->image * d->size, FALSE);
  lk_buffer_unref (edges);
}

static void
input (Direct *d)
{
  const gint64 batch = d->c->window.batch, bytes = d->image * d->size;
  d->flock = bytes * LK_TILE_ROWS <= FLOCK_BYTES ? MIN (batch, LK_TILE_ROWS) : 1;
  if ((d->more = room (d, d->k * d->c->out_channels, FALSE)) == NULL)
    return;
  lk_window_transpose (d->size, 1, d->k, d->c->out_channels, d->f, d->more->data);
  d->n_tasks = (batch + d->flock - 1) / d->flock;
  if (batch * d->positions * d->k * d->c->out_channels >= 2 * TASK_PRODUCTS)
    lk_parallel (d->n_tasks, input_task, d);
  else
    for (gint64 task = 0; task < d->n_tasks; task++)
      input_task (d, task);
}

gboolean
lk_direct (const LkConvolution *c, LkSide of, char *x, char *f, char *y)
{
  static void (*const products[]) (Direct *d) = { output, input, filter };
  Direct d = { .x = x, .f = f, .y = y };
  measure (&d, c);
  if (!fill_tables (&d))
    return FALSE;
  products[of] (&d);
  lk_buffer_unref (d.tables);
  lk_buffer_unref (d.more);
  return !d.failed;
}
