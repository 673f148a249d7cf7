/* SPDX-License-Identifier: MIT */
#include "engine/ops/items.h"

#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/move.h"

void
lk_items_clear (LkItems *items)
{
  g_free (items->data);
  g_free (items->unlike);
}
/* Floats as bits: −0 becomes 0, and items with NaN are marked. parts: of one item. */
#define SETTLE(T, sign, infinity) \
  static void settle_##T (T *bits, gint64 n, gint64 parts, guint8 *unlike) \
  { \
    for (gint64 i = 0; i < n; i++) \
      { \
        if (bits[i] == (sign)) \
          bits[i] = 0; \
        if ((bits[i] & (T) ~(sign)) > (infinity)) \
          unlike[i / parts] = TRUE; \
      } \
  }
typedef guint16 Brain;
SETTLE (guint16, 0x8000, 0x7c00)
SETTLE (Brain, 0x8000, 0x7f80)
SETTLE (guint32, 0x80000000u, 0x7f800000u)
SETTLE (guint64, G_GUINT64_CONSTANT (0x8000000000000000), G_GUINT64_CONSTANT (0x7ff0000000000000))

static void
settle (LkItems *items, LkDType dtype)
{
  const gint64 n = items->n * items->width, width = items->width;
  if (!lk_dtype_is_floating (dtype) && dtype != LK_COMPLEX64 && dtype != LK_COMPLEX128)
    return;
  items->unlike = g_malloc0 (items->n + 1);
  switch ((int) dtype)
    {
    case LK_FLOAT16: settle_guint16 ((guint16 *) items->data, n, width, items->unlike); break;
    case LK_BFLOAT16: settle_Brain ((Brain *) items->data, n, width, items->unlike); break;
    case LK_FLOAT32: settle_guint32 ((guint32 *) items->data, n, width, items->unlike); break;
    case LK_FLOAT64: settle_guint64 ((guint64 *) items->data, n, width, items->unlike); break;
    case LK_COMPLEX64: settle_guint32 ((guint32 *) items->data, 2 * n, 2 * width, items->unlike); break;
    case LK_COMPLEX128: settle_guint64 ((guint64 *) items->data, 2 * n, 2 * width, items->unlike); break;
    }
}

gboolean
lk_items_init (LkItems *items, LkCall *call, guint input, gint64 outer, gint64 n, gint64 inner)
{
  const LkTensor *tensor = call->inputs[input];
  g_auto (LkElements) from = lk_elements_of (tensor);
  *items = (LkItems) { n, outer * inner, from.size, tensor->dtype == LK_STRING, NULL, NULL };
  items->data = g_try_malloc (MAX (tensor->size * from.size, 1));
  if (items->data == NULL)
    return lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory for %" G_GINT64_FORMAT " elements",
                         tensor->size);
  const LkMoveAxis axes[] = { { n, outer * inner, inner }, { outer, inner, n * inner }, { inner, 1, 1 } };
  lk_move (items->data, from.data, from.size, axes, 3);
  settle (items, tensor->dtype);
  return TRUE;
}

static guint64
mix (guint64 hash, const void *bytes, gsize n)
{
  const guint8 *at = bytes;
  for (; n >= 8; n -= 8, at += 8)
    {
      guint64 word;
      memcpy (&word, at, 8);
      hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 29;
    }
  for (; n > 0; n--)
    hash = (hash ^ *at++) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash ^ hash >> 32;
}

static inline guint64
small_hash (const char *item, gsize size)
{
  guint64 x = 0;
  memcpy (&x, item, size);
  x = (x ^ x >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ x >> 31;
}

static guint64
long_hash (const LkItems *items, gint64 i)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);
  const gsize bytes = items->width * items->size;
  const char *item = items->data + i * (gint64) bytes;
  if (!items->text)
    return mix (hash, item, bytes);
  for (gint64 k = 0; k < items->width; k++)
    hash = mix (hash + ((const LkText *) item)[k].length, ((const LkText *) item)[k].bytes,
                ((const LkText *) item)[k].length);
  return hash;
}

static inline guint64
item_hash (const LkItems *items, gint64 i)
{
  const gsize bytes = items->width * items->size;
  const char *item = items->data + i * (gint64) bytes;
  if (!lk_items_are_small (items))
    return long_hash (items, i);
  return bytes == 8 ? small_hash (item, 8) : bytes == 4 ? small_hash (item, 4) : small_hash (item, bytes);
}

/* Items of the same hash, neither of which is unlike itself. */
static gboolean
item_equal (const LkItems *a, gint64 i, const LkItems *b, gint64 k)
{
  const gsize bytes = a->width * a->size;
  const char *x = a->data + i * (gint64) bytes, *y = b->data + k * (gint64) bytes;
  if (lk_items_are_small (a))
    return TRUE;
  if (!a->text)
    return memcmp (x, y, bytes) == 0;
  for (gint64 j = 0; j < a->width; j++)
    {
      const LkText *s = (const LkText *) x + j, *t = (const LkText *) y + j;
      if (s->length != t->length || (s->length > 0 && memcmp (s->bytes, t->bytes, s->length) != 0))
        return FALSE;
    }
  return TRUE;
}

/* ---- tables ---- */

#define FIRST_SLOTS 4096

static void
make_slots (LkItemTable *table, guint64 size)
{
  *table = (LkItemTable) { g_new0 (LkItemSlot, size), size - 1, 0 };
}

void
lk_item_table_init (LkItemTable *table)
{
  make_slots (table, FIRST_SLOTS);
}

void
lk_item_table_clear (LkItemTable *table)
{
  g_free (table->slots);
}

void
lk_item_table_fill (LkItemTable *table, LkItemSlot *slot, gint64 item)
{
  slot->item = item;
  if (2 * ++table->n <= (gint64) table->mask)
    return;
  const LkItemTable old = *table;
  make_slots (table, 8 * (old.mask + 1));
  table->n = old.n;
  for (guint64 i = 0; i <= old.mask; i++)
    if (old.slots[i].item != 0)
      {
        guint64 at = old.slots[i].hash;
        while (table->slots[at & table->mask].item != 0)
          at++;
        table->slots[at & table->mask] = old.slots[i];
      }
  g_free (old.slots);
}

LkItemSlot *
lk_item_table_slot (const LkItemTable *table, const LkItems *kept, const LkItems *what, gint64 i)
{
  const guint64 hash = item_hash (what, i);
  for (guint64 at = hash;; at++)
    {
      LkItemSlot *slot = &table->slots[at & table->mask];
      if (slot->item == 0)
        slot->hash = hash;
      if (slot->item == 0 || (slot->hash == hash && item_equal (what, i, kept, slot->item - 1)))
        return slot;
    }
}

void
lk_item_table_expect (const LkItemTable *table, const LkItems *what, gint64 i)
{
  enum { SOON = 16, NEAR = 16384 };
  if (table->mask > NEAR && i + SOON < what->n && lk_items_are_small (what))
    __builtin_prefetch (&table->slots[item_hash (what, i + SOON) & table->mask]);
}
