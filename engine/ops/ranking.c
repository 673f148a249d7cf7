/* SPDX-License-Identifier: MIT */
/* An element becomes a key, a number that is the smaller the earlier it comes; the upper 32 bits of what a key is above the
   row's least, and the element's place, make an entry. Entries are sorted as they are, and only where keys differ further down
   are they looked at again. */
#include "engine/ops/ranking.h"

#include <string.h>

#include "engine/core/loop.h"
#include "engine/core/parallel.h"
#include "engine/ops/radix.h"
#include "engine/ops/rule.h"
#include "engine/ops/share.h"

#define PLACE(entry) ((guint32) (entry))

/* ---- keys ---- */

#define KEYS(name, U, expression) \
  LK_CLONES static void name (const void *data, guint64 *keys, gint64 n) \
  { \
    const U sign = (U) 1 << (8 * sizeof (U) - 1); \
    for (gint64 i = 0; i < n; i++) \
      { \
        const U x = ((const U *) data)[i]; \
        keys[i] = (U) ~(expression); \
      } \
  }
/* Floats are ordered as integers of a sign and a magnitude are. */
#define FLOAT_ORDER(infinity) \
  ((U_MAGNITUDE > (infinity)) ? 0 : U_MAGNITUDE == 0 ? sign : x & sign ? (typeof (x)) ~x : (typeof (x)) (x | sign))
#define U_MAGNITUDE ((typeof (x)) (x & (sign - 1)))
KEYS (keys_f32, guint32, FLOAT_ORDER (0x7f800000u))
KEYS (keys_f64, guint64, FLOAT_ORDER (G_GUINT64_CONSTANT (0x7ff0000000000000)))
KEYS (keys_i32, guint32, x ^ sign)
KEYS (keys_i64, guint64, x ^ sign)
KEYS (keys_u64, guint64, x & (sign | (sign - 1)))

typedef void (*Keys) (const void *data, guint64 *keys, gint64 n);
static const Keys keys_of[LK_N_DTYPES] = {
  [LK_FLOAT32] = keys_f32, [LK_FLOAT64] = keys_f64, [LK_INT32] = keys_i32, [LK_INT64] = keys_i64, [LK_UINT64] = keys_u64,
};

/* The span of n ≥ 1 keys, which begins at *least. */
LK_CLONES static guint64
span_of (const guint64 *keys, gint64 n, guint64 *least)
{
  guint64 low = G_MAXUINT64, high = 0;
  for (gint64 i = 0; i < n; i++)
    {
      low = keys[i] < low ? keys[i] : low;
      high = keys[i] > high ? keys[i] : high;
    }
  *least = low;
  return high - low;
}

/* How many bits x has. */
static inline guint
bits_of (guint64 x)
{
  return x == 0 ? 0 : 64 - __builtin_clzll (x);
}

/* By how much a key is shifted so that the span fits into 32 bits. */
static inline guint
shift_of (guint64 span)
{
  return MAX (bits_of (span), 32) - 32;
}

/* key: above the least. */
static inline LkRadixEntry
entry_of (guint64 key, guint shift, gint64 place)
{
  return key >> shift << 32 | place;
}

LK_CLONES static void
pack (const guint64 *keys, guint64 least, guint shift, LkRadixEntry *entries, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    entries[i] = entry_of (keys[i] - least, shift, i);
}

/* ---- further down ---- */

static void settle (LkRadixEntry *entries, LkRadixEntry *room, gint64 n, const guint64 *keys);

/* Entries in order of place, of keys that are the same as far as they have been looked at. */
static void
sort_further (LkRadixEntry *entries, LkRadixEntry *room, gint64 n, const guint64 *keys)
{
  guint64 low = G_MAXUINT64, high = 0;
  for (gint64 i = 0; i < n; i++)
    {
      low = MIN (low, keys[PLACE (entries[i])]);
      high = MAX (high, keys[PLACE (entries[i])]);
    }
  if (low == high)
    return;
  const guint shift = shift_of (high - low);
  for (gint64 i = 0; i < n; i++)
    entries[i] = entry_of (keys[PLACE (entries[i])] - low, shift, PLACE (entries[i]));
  lk_radix_sort (entries, room, n, bits_of ((high - low) >> shift));
  if (shift > 0)
    settle (entries, room, n, keys);
}

/* Sorts runs of entries that are equal but for their places. */
static void
settle (LkRadixEntry *entries, LkRadixEntry *room, gint64 n, const guint64 *keys)
{
  for (gint64 i = 0, end; i < n; i = end)
    {
      for (end = i + 1; end < n && entries[end] >> 32 == entries[i] >> 32;)
        end++;
      if (end - i > 1)
        sort_further (entries + i, room, end - i, keys);
    }
}

/* ---- selection ---- */

/* Leaves out most of the entries that come after the k-th; the others keep their order. bits: how many of the upper half are
   in use. Returns how many are left. */
static gint64
select_first (LkRadixEntry *entries, gint64 n, gint64 k, guint bits)
{
  enum { FINE = 11 };
  guint32 counts[1 << FINE] = { 0 };
  const guint shift = 32 + MAX (bits, FINE) - FINE;
  guint last = 0;
  gint64 left = 0;
  for (gint64 i = 0; i < n; i++)
    counts[entries[i] >> shift]++;
  for (gint64 sum = counts[0]; sum < k; sum += counts[last])
    last++;
  for (gint64 i = 0; i < n; i++)
    {
      const LkRadixEntry entry = entries[i];
      entries[left] = entry;
      left += entry >> shift <= last;
    }
  return left;
}

/* ---- rows ---- */

typedef struct
{
  const char *in;
  gsize size;
  gint64 rows, n, k, stripe;      /* stripe: rows of a task */
  Keys keys;
  LkTensor *values, *indices;
  guint64 *room;                  /* for each task ROOM (n) */
} Rows;

/* The first k of a row's entries are in order. */
static void
put_row (const Rows *r, gint64 row, const LkRadixEntry *entries)
{
  const char *from = r->in + row * r->n * r->size;
  char *to = (char *) r->values->data + row * r->k * r->size;
  if (r->size == 4)
    for (gint64 i = 0; i < r->k; i++)
      ((guint32 *) to)[i] = ((const guint32 *) from)[PLACE (entries[i])];
  else
    for (gint64 i = 0; i < r->k; i++)
      ((guint64 *) to)[i] = ((const guint64 *) from)[PLACE (entries[i])];
  if (r->indices->dtype == LK_INT32)
    for (gint64 i = 0; i < r->k; i++)
      ((gint32 *) r->indices->data)[row * r->k + i] = PLACE (entries[i]);
  else
    for (gint64 i = 0; i < r->k; i++)
      lk_set_int (r->indices, row * r->k + i, PLACE (entries[i]));
}

static void
rank_row (const Rows *r, gint64 row, guint64 *keys, LkRadixEntry *entries, LkRadixEntry *room)
{
  gint64 n = r->n;
  r->keys (r->in + row * n * r->size, keys, n);
  guint64 least;
  const guint64 span = span_of (keys, n, &least);
  const guint shift = shift_of (span), bits = bits_of (span >> shift);
  pack (keys, least, shift, entries, n);
  if (r->k < n / 2)
    n = select_first (entries, n, r->k, bits);
  lk_radix_sort (entries, room, n, bits);
  if (shift > 0)
    settle (entries, room, n, keys);
  put_row (r, row, entries);
}

/* ---- short rows, side by side ---- */

#define ABREAST 8
#define SHORT_ROW 128

/* The smaller of each two into the first. */
static inline void
exchange (LkRadixEntry *a, LkRadixEntry *b)
{
  for (guint r = 0; r < ABREAST; r++)
    {
      const LkRadixEntry x = a[r], y = b[r];
      a[r] = x < y ? x : y;
      b[r] = x < y ? y : x;
    }
}

/* Batcher's merge exchange (Knuth 5.2.2 M): which are compared does not depend on what they are, so it goes for many rows at once.
   grid: [n, ABREAST]. */
LK_CLONES static void
sort_abreast (LkRadixEntry *grid, gint64 n)
{
  gint64 top = 1;
  while (2 * top < n)
    top *= 2;
  for (gint64 p = top; p > 0; p /= 2)
    for (gint64 q = top, r = 0, d = p;; d = q - p, q /= 2, r = p)
      {
        for (gint64 i = 0; i < n - d; i++)
          if ((i & p) == r)
            exchange (grid + i * ABREAST, grid + (i + d) * ABREAST);
        if (q == p)
          break;
      }
}

static void
rank_abreast (const Rows *r, gint64 row, guint64 *room)
{
  const gint64 n = r->n;
  guint64 *keys = room, *grid = keys + ABREAST * n, *entries = grid + ABREAST * n;
  guint shifts[ABREAST];
  r->keys (r->in + row * n * r->size, keys, ABREAST * n);
  for (guint k = 0; k < ABREAST; k++)
    {
      guint64 least = 0;
      shifts[k] = r->size > 4 ? shift_of (span_of (keys + k * n, n, &least)) : 0;
      for (gint64 i = 0; i < n; i++)
        grid[i * ABREAST + k] = entry_of (keys[k * n + i] - least, shifts[k], i);
    }
  sort_abreast (grid, n);
  for (guint k = 0; k < ABREAST; k++)
    {
      const gint64 wanted = shifts[k] > 0 ? n : r->k;
      for (gint64 i = 0; i < wanted; i++)
        entries[i] = grid[i * ABREAST + k];
      if (shifts[k] > 0)
        settle (entries, entries + n, n, keys + k * n);
      put_row (r, row + k, entries);
    }
}

/* ---- all ---- */

#define ROOM(n) ((n) <= SHORT_ROW ? 3 * ABREAST * (n) : 3 * (n))

static void
rank_stripe (gpointer data, guint task)
{
  const Rows *r = data;
  const gint64 end = MIN (r->rows, (task + 1) * r->stripe);
  guint64 *room = r->room + task * ROOM (r->n);
  gint64 row = task * r->stripe;
  for (; r->n <= SHORT_ROW && row + ABREAST <= end; row += ABREAST)
    rank_abreast (r, row, room);
  for (; row < end; row++)
    rank_row (r, row, room, room + r->n, room + 2 * r->n);
}

gboolean
lk_ranking_find (const LkTensor *in, gint64 n, gint64 k, LkTensor *values, LkTensor *indices)
{
  const gsize size = lk_dtype_size (in->dtype);
  if (k == 0 || in->size == 0)
    return TRUE;
  Rows r = { in->data, size, in->size / n, n, k, 0, keys_of[in->dtype], values, indices, NULL };
  const gint64 tasks = in->size < LK_SHARE_LEAST / 4 ? 1 : MIN (r.rows, lk_parallel_ways ());
  r.stripe = (r.rows + tasks - 1) / tasks;
  LkBuffer *room = lk_buffer_new (tasks * ROOM (n) * sizeof *r.room);
  if (room == NULL)
    return FALSE;
  r.room = room->data;
  lk_parallel (tasks, rank_stripe, &r);
  lk_buffer_unref (room);
  return TRUE;
}
