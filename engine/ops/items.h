/* SPDX-License-Identifier: MIT */
/* Elements, or slices of several, that are compared as a whole, and a table of such by hash. Numbers that are equal are the same
   one, so −0 is 0 and a NaN is like nothing else. */
#pragma once
#include "engine/ops/op.h"

/* n items of `width` elements, one after another. */
typedef struct
{
  gint64 n, width;
  gsize size;             /* bytes of an element */
  gboolean text;
  char *data;
  guint8 *unlike;         /* (nullable) which items hold a NaN */
} LkItems;

/* The slices of input `input`, [outer, n, inner], along the axis of n. FALSE when memory is short. */
gboolean lk_items_init (LkItems *items, LkCall *call, guint input, gint64 outer, gint64 n, gint64 inner);
void lk_items_clear (LkItems *items);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LkItems, lk_items_clear)

/* Items of at most 8 bytes are numbers, and different ones have different hashes. */
static inline gboolean
lk_items_are_small (const LkItems *items)
{
  return !items->text && items->width * items->size <= 8;
}

/* An item that is not even like itself. */
static inline gboolean
lk_item_is_unlike (const LkItems *items, gint64 i)
{
  return items->unlike != NULL && items->unlike[i];
}

/* ---- tables ---- */

typedef struct
{
  guint64 hash;
  gint64 item;            /* what the user says of it, not 0; 0 in a free slot. Of items that are not small, the number plus 1 */
} LkItemSlot;

/* Those that are unlike themselves are never in it. */
typedef struct
{
  LkItemSlot *slots;
  guint64 mask;
  gint64 n;               /* slots in use: at most half */
} LkItemTable;

void lk_item_table_init (LkItemTable *table);
void lk_item_table_clear (LkItemTable *table);
/* The slot of an item of `kept` like item i of `what`, or the free one where it belongs. */
LkItemSlot *lk_item_table_slot (const LkItemTable *table, const LkItems *kept, const LkItems *what, gint64 i);
/* Fills a free slot. The table may grow, and slots move. */
void lk_item_table_fill (LkItemTable *table, LkItemSlot *slot, gint64 item);
/* Asks for the slot of an item some places after i, which will be looked for soon. */
void lk_item_table_expect (const LkItemTable *table, const LkItems *what, gint64 i);
