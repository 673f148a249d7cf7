/* SPDX-License-Identifier: MIT */
/* The innermost loops of convolutions and pooling, for the widest vectors that the processor has. Which loops those are is settled once,
   when the first is asked for. Loops of different widths may differ in the last bits of sums, since the wide ones
   round a product and its addition once. */
#pragma once
#include "engine/core/dtype.h"

#define LK_TILE_ROWS 8

/* Sums of products of LK_TILE_ROWS rows with a few columns side by side, kept in registers:
     c[row][lane] = Σ over runs, Σ over i < length: a[row][run + i · a_step] · b[(number of the product) · b_step + lane]
   All counts are in elements. */
typedef struct
{
  const void *a[LK_TILE_ROWS];  /* all of them, even if there are fewer rows */
  void *c[LK_TILE_ROWS];
  const void *b;
  const gint64 *runs;           /* where each begins, relative to a[row] */
  gint64 n_runs, length, a_step, b_step;
  guint rows, lanes;            /* lanes: at most those of the loop */
  gboolean add;                 /* to what c has */
} LkTile;

/* The same for LK_TILE_ROWS windows side by side that overlap, of a few taps each, whose sums share what is loaded:
     c[row · c_step + lane] = Σ over runs, Σ over i < length, Σ over taps:
       a[run + (row + tap) · a_step + i] · b[((number of the run · taps + tap) · length + i) · b_step + lane] */
typedef struct
{
  const void *a, *b;
  void *c;
  const gint64 *runs;
  gint64 n_runs, length, a_step, b_step, c_step;
  guint lanes;
} LkTileRow;

/* Windows of a pooling that lie side by side: the taps' places relative to a window's first, in order, and as many channels
   side by side at each. Each window is `step` further on in x, and `channels` in y. */
typedef struct
{
  const gint64 *taps;
  gint64 n_taps, channels, count, step;         /* n_taps > 0 */
  gboolean apart;       /* no window shares a tap with another: dx is written, not added to */
} LkPoolRow;

typedef struct
{
  const char *name;
  guint lanes;                  /* of a vector; loop v sums v + 1 vectors */
  guint n_sums;
  void (*sums[2]) (const LkTile *tile);
  void (*row_of_3) (const LkTileRow *row);      /* of 3 taps, and of 5; one vector */
  void (*row_of_5) (const LkTileRow *row);
  /* The largest of the taps; a NaN is larger than all. */
  void (*largest) (const LkPoolRow *row, const void *x, void *y);
  /* dx at the first of the largest taps gets dy added; and the other way: dy is what dx has there. */
  void (*largest_back) (const LkPoolRow *row, const void *x, const void *dy, void *dx);
  void (*largest_read) (const LkPoolRow *row, const void *x, const void *dx, void *dy);
  /* The mean of the taps; and each tap gets dy / n_taps added. */
  void (*mean) (const LkPoolRow *row, const void *x, void *y);
  void (*mean_back) (const LkPoolRow *row, const void *dy, void *dx);
} LkTileLoops;

/* dtype: LK_FLOAT32 or LK_FLOAT64. */
const LkTileLoops *lk_tile_loops (LkDType dtype);
/* Those of each width that this processor has, widest first, for tests; (nullable) past the last. */
const LkTileLoops *lk_tile_loops_at (LkDType dtype, guint i);
