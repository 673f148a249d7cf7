/* SPDX-License-Identifier: MIT */
#include "engine/ops/move.h"

#include <string.h>

#include "engine/core/loop.h"

/* The commonest steps are apart so that each can be a vector loop. */
#define RUN(name, T) \
  LK_CLONES static void name (T *restrict to, gint64 to_step, const T *restrict from, gint64 from_step, gint64 n) \
  { \
    if (to_step == 1 && from_step == 0) \
      for (gint64 i = 0; i < n; i++) to[i] = *from; \
    else if (to_step == 1 && from_step == -1) \
      for (gint64 i = 0; i < n; i++) to[i] = from[-i]; \
    else if (to_step == 1 && from_step == 2) \
      for (gint64 i = 0; i < n; i++) to[i] = from[2 * i]; \
    else \
      for (gint64 i = 0; i < n; i++) to[i * to_step] = from[i * from_step]; \
  }
typedef struct { guint64 half[2]; } Sixteen;
RUN (run1, guint8)
RUN (run2, guint16)
RUN (run4, guint32)
RUN (run8, guint64)
RUN (run16, Sixteen)

static void
run (char *to, const char *from, gsize size, const LkMoveAxis *axis)
{
  if (axis->to == 1 && axis->from == 1)
    memcpy (to, from, axis->n * size);
  else if (size == 1)
    run1 ((void *) to, axis->to, (const void *) from, axis->from, axis->n);
  else if (size == 2)
    run2 ((void *) to, axis->to, (const void *) from, axis->from, axis->n);
  else if (size == 4)
    run4 ((void *) to, axis->to, (const void *) from, axis->from, axis->n);
  else if (size == 8)
    run8 ((void *) to, axis->to, (const void *) from, axis->from, axis->n);
  else if (size == 16)
    run16 ((void *) to, axis->to, (const void *) from, axis->from, axis->n);
  else
    for (gint64 i = 0; i < axis->n; i++)
      memcpy (to + i * axis->to * (gint64) size, from + i * axis->from * (gint64) size, size);
}

/* Drops axes of one step and joins those that continue each other. FALSE when there is nothing to move. */
static gboolean
fold (const LkMoveAxis *axes, guint n_axes, LkMoveAxis *folded, guint *n_folded)
{
  guint n = 0;
  for (guint i = 0; i < n_axes; i++)
    {
      if (axes[i].n <= 0)
        return FALSE;
      if (axes[i].n == 1)
        continue;
      LkMoveAxis *last = n > 0 ? &folded[n - 1] : NULL;
      if (last != NULL && last->to == axes[i].to * axes[i].n && last->from == axes[i].from * axes[i].n)
        *last = (LkMoveAxis) { last->n * axes[i].n, axes[i].to, axes[i].from };
      else
        folded[n++] = axes[i];
    }
  if (n == 0)
    folded[n++] = (LkMoveAxis) { 1, 1, 1 };
  *n_folded = n;
  return TRUE;
}

/* A plane whose sides run across each other, in tiles. A whole one that is dense on both sides goes through memory of its own, so
   that each line of the cache is read at once and written at once, however far apart they lie. */
#define TILE 16
#define CROSS(name, T) \
  static void name##_tile (T *to, gint64 to_row, const T *from, gint64 from_row) \
  { \
    T tile[TILE][TILE]; \
    for (guint l = 0; l < TILE; l++) \
      for (guint k = 0; k < TILE; k++) \
        tile[k][l] = from[l * from_row + k]; \
    for (guint k = 0; k < TILE; k++) \
      memcpy (to + k * to_row, tile[k], sizeof tile[k]); \
  } \
  static void name (T *to, const T *from, const LkMoveAxis *outer, const LkMoveAxis *inner) \
  { \
    const gboolean dense = outer->from == 1 && inner->to == 1; \
    for (gint64 i = 0; i < outer->n; i += TILE) \
      for (gint64 j = 0; j < inner->n; j += TILE) \
        { \
          const gint64 rows = MIN (i + TILE, outer->n), columns = MIN (j + TILE, inner->n); \
          if (dense && rows == i + TILE && columns == j + TILE) \
            { \
              name##_tile (to + i * outer->to + j, outer->to, from + i + j * inner->from, inner->from); \
              continue; \
            } \
          for (gint64 k = i; k < rows; k++) \
            { \
              T *row = to + k * outer->to; \
              const T *column = from + k * outer->from; \
              for (gint64 l = j; l < columns; l++) \
                row[l * inner->to] = column[l * inner->from]; \
            } \
        } \
  }
CROSS (cross1, guint8)
CROSS (cross2, guint16)
CROSS (cross4, guint32)
CROSS (cross8, guint64)
CROSS (cross16, Sixteen)

static void
cross (char *to, const char *from, gsize size, const LkMoveAxis *outer, const LkMoveAxis *inner)
{
  switch (size)
    {
    case 1: cross1 ((void *) to, (const void *) from, outer, inner); break;
    case 2: cross2 ((void *) to, (const void *) from, outer, inner); break;
    case 4: cross4 ((void *) to, (const void *) from, outer, inner); break;
    case 8: cross8 ((void *) to, (const void *) from, outer, inner); break;
    default: cross16 ((void *) to, (const void *) from, outer, inner); break;
    }
}

/* Brings the axis along which `from` is dense beside the last one, if that is another: the order of a walk is free. */
static void
pair_up (LkMoveAxis *axes, guint n)
{
  if (n < 3 || axes[n - 1].from == 1)
    return;
  for (guint i = 0; i + 2 < n; i++)
    if (axes[i].from == 1)
      {
        const LkMoveAxis dense = axes[i];
        memmove (&axes[i], &axes[i + 1], (n - 2 - i) * sizeof *axes);
        axes[n - 2] = dense;
        return;
      }
}

static void
walk (char *to, const char *from, gsize size, const LkMoveAxis *axes, guint n)
{
  if (n == 1)
    run (to, from, size, axes);
  else if (n == 2 && axes[1].from != 0 && (size == 1 || size == 2 || size == 4 || size == 8 || size == 16)
           && ((axes[0].from == 1 && axes[1].from != 1) || axes[1].n < TILE))
    cross (to, from, size, &axes[0], &axes[1]);
  else
    for (gint64 i = 0; i < axes->n; i++)
      walk (to + i * axes->to * (gint64) size, from + i * axes->from * (gint64) size, size, axes + 1, n - 1);
}

void
lk_move (char *to, const char *from, gsize size, const LkMoveAxis *axes, guint n_axes)
{
  LkMoveAxis folded[LK_MOVE_MAX_RANK];
  guint n;
  g_assert (n_axes <= LK_MOVE_MAX_RANK);
  if (!fold (axes, n_axes, folded, &n))
    return;
  pair_up (folded, n);
  walk (to, from, size, folded, n);
}
