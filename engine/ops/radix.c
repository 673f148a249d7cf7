/* SPDX-License-Identifier: MIT */
#include "engine/ops/radix.h"

#include <string.h>

#include "engine/core/parallel.h"
#include "engine/ops/share.h"

#define DIGIT 8                 /* bits */
#define VALUES (1 << DIGIT)
#define PARTS 16                /* that threads share */

/* One round: entries are put where their digit belongs, in the order in which they stand. */
typedef struct
{
  const LkRadixEntry *from;
  LkRadixEntry *to;
  gint64 n, part;
  guint shift;
  guint32 counts[PARTS][VALUES];    /* then places */
} Round;

static void
count_digits (gpointer data, guint part)
{
  Round *round = data;
  const gint64 end = MIN (round->n, (part + 1) * round->part);
  guint32 *counts = round->counts[part], other[VALUES] = { 0 };
  memset (counts, 0, sizeof round->counts[0]);
  gint64 i = part * round->part;
  for (; i + 2 <= end; i += 2)
    {
      counts[round->from[i] >> round->shift & (VALUES - 1)]++;
      other[round->from[i + 1] >> round->shift & (VALUES - 1)]++;
    }
  if (i < end)
    counts[round->from[i] >> round->shift & (VALUES - 1)]++;
  for (guint value = 0; value < VALUES; value++)
    counts[value] += other[value];
}

static void
move_digits (gpointer data, guint part)
{
  Round *round = data;
  const gint64 end = MIN (round->n, (part + 1) * round->part);
  guint32 *places = round->counts[part];
  const guint shift = round->shift;
  for (gint64 i = part * round->part; i < end; i++)
    {
      const LkRadixEntry entry = round->from[i];
      round->to[places[entry >> shift & (VALUES - 1)]++] = entry;
    }
}

/* Counts become places. Returns whether all have the same digit. */
static gboolean
place_digits (Round *round, guint parts)
{
  guint32 begin = 0;
  for (guint value = 0; value < VALUES; value++)
    {
      const guint32 first = begin;
      for (guint part = 0; part < parts; part++)
        {
          const guint32 count = round->counts[part][value];
          round->counts[part][value] = begin;
          begin += count;
        }
      if (begin - first == round->n)
        return TRUE;
    }
  return FALSE;
}

#define FEW 48
#define CACHED 65536            /* entries that lie close by wherever they are put */

static void
insert (LkRadixEntry *entries, gint64 n)
{
  for (gint64 i = 1; i < n; i++)
    {
      const LkRadixEntry entry = entries[i];
      gint64 k = i;
      for (; k > 0 && entry < entries[k - 1]; k--)
        entries[k] = entries[k - 1];
      entries[k] = entry;
    }
}

/* By digits, the lowest first, which keeps the order of equals. */
static void
sort_upwards (LkRadixEntry *entries, LkRadixEntry *room, gint64 n, guint bits)
{
  Round round = { .from = entries, .to = room, .n = n, .part = n };
  for (round.shift = 32; round.shift < 32 + bits; round.shift += DIGIT)
    {
      count_digits (&round, 0);
      if (place_digits (&round, 1))
        continue;
      move_digits (&round, 0);
      LkRadixEntry *moved = round.to;
      round.to = (LkRadixEntry *) round.from;
      round.from = moved;
    }
  if (round.from != entries)
    memcpy (entries, round.from, n * sizeof (LkRadixEntry));
}

/* What the highest digit has divided: entries of value v begin where those of v − 1 end. */
typedef struct
{
  LkRadixEntry *entries, *room;
  guint bits;                   /* that are left */
  guint32 ends[VALUES];
} Heaps;

static void
sort_heap (gpointer data, guint value)
{
  const Heaps *heaps = data;
  const guint32 begin = value == 0 ? 0 : heaps->ends[value - 1];
  const gint64 n = heaps->ends[value] - begin;
  lk_radix_sort (heaps->room + begin, heaps->entries + begin, n, heaps->bits);
  memcpy (heaps->entries + begin, heaps->room + begin, n * sizeof (LkRadixEntry));
}

/* By the highest digit first, and what it divides each by itself, so that less and less memory is in use. */
static void
sort_downwards (LkRadixEntry *entries, LkRadixEntry *room, gint64 n, guint bits)
{
  const guint parts = n < LK_SHARE_LEAST || lk_parallel_ways () == 1 ? 1 : PARTS;
  Round round = { .from = entries, .to = room, .n = n, .part = (n + parts - 1) / parts, .shift = 32 + bits - DIGIT };
  Heaps heaps = { .entries = entries, .room = room, .bits = bits - DIGIT };
  lk_parallel (parts, count_digits, &round);
  if (place_digits (&round, parts))
    {
      lk_radix_sort (entries, room, n, bits - DIGIT);
      return;
    }
  lk_parallel (parts, move_digits, &round);
  memcpy (heaps.ends, round.counts[parts - 1], sizeof heaps.ends);
  if (parts > 1)
    lk_parallel (VALUES, sort_heap, &heaps);
  else
    for (guint value = 0; value < VALUES; value++)
      sort_heap (&heaps, value);
}

void
lk_radix_sort (LkRadixEntry *entries, LkRadixEntry *room, gint64 n, guint bits)
{
  if (n <= FEW)
    insert (entries, n);
  else if (n <= CACHED || bits <= DIGIT)
    sort_upwards (entries, room, n, bits);
  else
    sort_downwards (entries, room, n, bits);
}
