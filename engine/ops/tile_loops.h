/* SPDX-License-Identifier: MIT */
/* The loops of tile.h for one element type and one width. Included once for each, with
     NAME (x)            the name of function x
     TARGET              attribute of all functions
     T, V, LANES         element, vector, and its elements; MASK: a type that says which lanes count
     FIRST (n)           the MASK of the first n lanes
     LOAD, LOAD_SOME (p, mask), STORE, STORE_SOME (p, mask, v)
     SPLAT (x), FMA (a, b, c) = a · b + c
     LARGER (x, top)     x where it is larger or NaN and top is not NaN, else top
     SAME (x, top, free) the lanes of `free` where x is top, or both are NaN
     PICK (lanes, v)     v in those lanes, else 0; WITHOUT (a, b): the lanes of a that are not in b */

#define EACH_ROW(X) X (0) X (1) X (2) X (3) X (4) X (5) X (6) X (7)

#define POINTER(r) const T *a##r = tile->a[r];
#define ONE_ZERO(r) V s##r = SPLAT (0);
#define ONE_SUM(r) s##r = FMA (SPLAT (a##r[at]), b0, s##r);
#define ONE_STORE(r) \
  if (tile->rows > r) \
    { \
      T *c = tile->c[r]; \
      if (tile->add) \
        s##r += LOAD_SOME (c, mask); \
      STORE_SOME (c, mask, s##r); \
    }

/* One vector; `whole`: all of its lanes count. */
static inline __attribute__ ((always_inline)) TARGET void
NAME (sum_one) (const LkTile *tile, MASK mask, gboolean whole)
{
  const T *b = tile->b;
  const gint64 step = tile->a_step, b_step = tile->b_step;
  EACH_ROW (POINTER)
  EACH_ROW (ONE_ZERO)
  for (gint64 r = 0; r < tile->n_runs; r++)
    {
      gint64 at = tile->runs[r];
      for (gint64 i = tile->length; i > 0; i--, at += step, b += b_step)
        {
          const V b0 = whole ? LOAD (b) : LOAD_SOME (b, mask);
          EACH_ROW (ONE_SUM)
        }
    }
  EACH_ROW (ONE_STORE)
}

static TARGET void
NAME (sums_1) (const LkTile *tile)
{
  if (tile->lanes == LANES)
    NAME (sum_one) (tile, FIRST (LANES), TRUE);
  else
    NAME (sum_one) (tile, FIRST (tile->lanes), FALSE);
}

#if SUMS > 1
#define TWO_ZERO(r) V s##r = SPLAT (0), t##r = SPLAT (0);
#define TWO_SUM(r) \
  { \
    const V x = SPLAT (a##r[at]); \
    s##r = FMA (x, b0, s##r); \
    t##r = FMA (x, b1, t##r); \
  }
#define TWO_STORE(r) \
  if (tile->rows > r) \
    { \
      T *c = tile->c[r]; \
      if (tile->add) \
        { \
          s##r += LOAD (c); \
          t##r += LOAD_SOME (c + LANES, mask); \
        } \
      STORE (c, s##r); \
      STORE_SOME (c + LANES, mask, t##r); \
    }

/* Two vectors, the first of which is whole. */
static inline __attribute__ ((always_inline)) TARGET void
NAME (sum_two) (const LkTile *tile, MASK mask, gboolean whole)
{
  const T *b = tile->b;
  const gint64 step = tile->a_step, b_step = tile->b_step;
  EACH_ROW (POINTER)
  EACH_ROW (TWO_ZERO)
  for (gint64 r = 0; r < tile->n_runs; r++)
    {
      gint64 at = tile->runs[r];
      for (gint64 i = tile->length; i > 0; i--, at += step, b += b_step)
        {
          const V b0 = LOAD (b), b1 = whole ? LOAD (b + LANES) : LOAD_SOME (b + LANES, mask);
          EACH_ROW (TWO_SUM)
        }
    }
  EACH_ROW (TWO_STORE)
}

static TARGET void
NAME (sums_2) (const LkTile *tile)
{
  if (tile->lanes == 2 * LANES)
    NAME (sum_two) (tile, FIRST (LANES), TRUE);
  else
    NAME (sum_two) (tile, FIRST (tile->lanes - LANES), FALSE);
}
#undef TWO_ZERO
#undef TWO_SUM
#undef TWO_STORE
#endif

/* ---- windows that overlap ---- */

#define LOAD_TAP(k) const V w##k = LOAD_SOME (b + k * taps_step, mask);
#define COLUMN(...) \
  { \
    const V x = SPLAT (*from); \
    __VA_ARGS__ \
    from += row->a_step; \
  }
#define ADD(r, k) s##r = FMA (x, w##k, s##r);
#define STORE_ROW(r) STORE_SOME ((T *) row->c + r * row->c_step, mask, s##r);

/* Goes over the elements of all runs: b is where the first tap's products are, from where the first column is. */
#define EACH_ELEMENT(taps, statement) \
  const MASK mask = FIRST (row->lanes); \
  const gint64 taps_step = row->length * row->b_step; \
  EACH_ROW (ONE_ZERO) \
  for (gint64 r = 0; r < row->n_runs; r++) \
    { \
      const T *b = (const T *) row->b + r * taps * taps_step, *a = (const T *) row->a + row->runs[r]; \
      for (gint64 i = row->length; i > 0; i--, a++, b += row->b_step) \
        { \
          const T *from = a; \
          statement \
        } \
    } \
  EACH_ROW (STORE_ROW)

static TARGET void
NAME (row_of_3) (const LkTileRow *row)
{
  EACH_ELEMENT (3,
                LOAD_TAP (0) LOAD_TAP (1) LOAD_TAP (2)
                COLUMN (ADD (0, 0))
                COLUMN (ADD (1, 0) ADD (0, 1))
                COLUMN (ADD (2, 0) ADD (1, 1) ADD (0, 2))
                COLUMN (ADD (3, 0) ADD (2, 1) ADD (1, 2))
                COLUMN (ADD (4, 0) ADD (3, 1) ADD (2, 2))
                COLUMN (ADD (5, 0) ADD (4, 1) ADD (3, 2))
                COLUMN (ADD (6, 0) ADD (5, 1) ADD (4, 2))
                COLUMN (ADD (7, 0) ADD (6, 1) ADD (5, 2))
                COLUMN (ADD (7, 1) ADD (6, 2))
                COLUMN (ADD (7, 2)))
}

static TARGET void
NAME (row_of_5) (const LkTileRow *row)
{
  EACH_ELEMENT (5,
                LOAD_TAP (0) LOAD_TAP (1) LOAD_TAP (2) LOAD_TAP (3) LOAD_TAP (4)
                COLUMN (ADD (0, 0))
                COLUMN (ADD (1, 0) ADD (0, 1))
                COLUMN (ADD (2, 0) ADD (1, 1) ADD (0, 2))
                COLUMN (ADD (3, 0) ADD (2, 1) ADD (1, 2) ADD (0, 3))
                COLUMN (ADD (4, 0) ADD (3, 1) ADD (2, 2) ADD (1, 3) ADD (0, 4))
                COLUMN (ADD (5, 0) ADD (4, 1) ADD (3, 2) ADD (2, 3) ADD (1, 4))
                COLUMN (ADD (6, 0) ADD (5, 1) ADD (4, 2) ADD (3, 3) ADD (2, 4))
                COLUMN (ADD (7, 0) ADD (6, 1) ADD (5, 2) ADD (4, 3) ADD (3, 4))
                COLUMN (ADD (7, 1) ADD (6, 2) ADD (5, 3) ADD (4, 4))
                COLUMN (ADD (7, 2) ADD (6, 3) ADD (5, 4))
                COLUMN (ADD (7, 3) ADD (6, 4))
                COLUMN (ADD (7, 4)))
}

/* ---- pooling ---- */

static inline TARGET V
NAME (top_of) (const LkPoolRow *row, const T *x, MASK mask)
{
  V top = LOAD_SOME (x + row->taps[0], mask);
  for (gint64 tap = 1; tap < row->n_taps; tap++)
    {
      const V here = LOAD_SOME (x + row->taps[tap], mask);
      top = LARGER (here, top);
    }
  return top;
}

/* One window, of the channels that the mask says. */
static inline TARGET void
NAME (largest_at) (const LkPoolRow *row, MASK mask, const T *x, T *y)
{
  STORE_SOME (y, mask, NAME (top_of) (row, x, mask));
}

static inline __attribute__ ((always_inline)) TARGET void
NAME (largest_back_at) (const LkPoolRow *row, gboolean apart, MASK mask, const T *x, const T *dy, T *dx)
{
  const V top = NAME (top_of) (row, x, mask), slope = LOAD_SOME (dy, mask);
  MASK left = mask;
  for (gint64 tap = 0; tap < row->n_taps; tap++)
    {
      T *to = dx + row->taps[tap];
      const V here = LOAD_SOME (x + row->taps[tap], mask);
      const MASK hit = SAME (here, top, left);
      V more = PICK (hit, slope);
      if (!apart)
        more += LOAD_SOME (to, mask);
      STORE_SOME (to, mask, more);
      left = WITHOUT (left, hit);
    }
}

static inline TARGET void
NAME (largest_read_at) (const LkPoolRow *row, MASK mask, const T *x, const T *dx, T *dy)
{
  const V top = NAME (top_of) (row, x, mask);
  V slope = SPLAT (0);
  MASK left = mask;
  for (gint64 tap = 0; tap < row->n_taps; tap++)
    {
      const V here = LOAD_SOME (x + row->taps[tap], mask);
      const MASK hit = SAME (here, top, left);
      slope += PICK (hit, LOAD_SOME (dx + row->taps[tap], mask));
      left = WITHOUT (left, hit);
    }
  STORE_SOME (dy, mask, slope);
}

static inline TARGET void
NAME (mean_at) (const LkPoolRow *row, MASK mask, const T *x, T *y)
{
  V sum = SPLAT (0);
  for (gint64 tap = 0; tap < row->n_taps; tap++)
    sum += LOAD_SOME (x + row->taps[tap], mask);
  STORE_SOME (y, mask, sum / SPLAT ((T) row->n_taps));
}

static inline TARGET void
NAME (mean_back_at) (const LkPoolRow *row, MASK mask, const T *dy, T *dx)
{
  const V slope = LOAD_SOME (dy, mask) * SPLAT ((T) 1 / (T) row->n_taps);
  for (gint64 tap = 0; tap < row->n_taps; tap++)
    {
      T *to = dx + row->taps[tap];
      STORE_SOME (to, mask, LOAD_SOME (to, mask) + slope);
    }
}

/* Goes over the channels, a vector at a time, and for each over the windows, which are at x_at and y_at. */
#define EACH_WINDOW(statement) \
  for (gint64 c = 0; c < row->channels; c += LANES) \
    { \
      const MASK mask = FIRST (MIN (LANES, row->channels - c)); \
      gint64 x_at = c, y_at = c; \
      for (gint64 i = 0; i < row->count; i++, x_at += row->step, y_at += row->channels) \
        statement; \
    }

static TARGET void
NAME (largest) (const LkPoolRow *row, const void *x, void *y)
{
  EACH_WINDOW (NAME (largest_at) (row, mask, (const T *) x + x_at, (T *) y + y_at))
}

static TARGET void
NAME (largest_back) (const LkPoolRow *row, const void *x, const void *dy, void *dx)
{
  if (row->apart)
    EACH_WINDOW (NAME (largest_back_at) (row, TRUE, mask, (const T *) x + x_at, (const T *) dy + y_at, (T *) dx + x_at))
  else
    EACH_WINDOW (NAME (largest_back_at) (row, FALSE, mask, (const T *) x + x_at, (const T *) dy + y_at, (T *) dx + x_at))
}

static TARGET void
NAME (largest_read) (const LkPoolRow *row, const void *x, const void *dx, void *dy)
{
  EACH_WINDOW (NAME (largest_read_at) (row, mask, (const T *) x + x_at, (const T *) dx + x_at, (T *) dy + y_at))
}

static TARGET void
NAME (mean) (const LkPoolRow *row, const void *x, void *y)
{
  EACH_WINDOW (NAME (mean_at) (row, mask, (const T *) x + x_at, (T *) y + y_at))
}

static TARGET void
NAME (mean_back) (const LkPoolRow *row, const void *dy, void *dx)
{
  EACH_WINDOW (NAME (mean_back_at) (row, mask, (const T *) dy + y_at, (T *) dx + x_at))
}

static const LkTileLoops NAME (loops) = {
  .name = LOOPS, .lanes = LANES, .n_sums = SUMS,
#if SUMS > 1
  .sums = { NAME (sums_1), NAME (sums_2) },
#else
  .sums = { NAME (sums_1) },
#endif
  .row_of_3 = NAME (row_of_3), .row_of_5 = NAME (row_of_5),
  .largest = NAME (largest), .largest_back = NAME (largest_back), .largest_read = NAME (largest_read),
  .mean = NAME (mean), .mean_back = NAME (mean_back),
};

#undef LOAD_TAP
#undef COLUMN
#undef ADD
#undef STORE_ROW
#undef EACH_ELEMENT
#undef EACH_ROW
#undef POINTER
#undef ONE_ZERO
#undef ONE_SUM
#undef ONE_STORE
#undef EACH_WINDOW
#undef NAME
#undef TARGET
#undef LOOPS
#undef T
#undef V
#undef LANES
#undef MASK
#undef SUMS
#undef FIRST
#undef LOAD
#undef LOAD_SOME
#undef STORE
#undef STORE_SOME
#undef SPLAT
#undef FMA
#undef LARGER
#undef SAME
#undef PICK
#undef WITHOUT
