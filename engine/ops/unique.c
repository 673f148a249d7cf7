/* SPDX-License-Identifier: MIT */
/* The different elements, or slices, in the order in which they first stand; and the elements of one list that
   another has not. Numbers that are equal are the same one, so −0 is 0 and a NaN is like nothing else. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* What is compared: n items of `width` elements, one after another. */
typedef struct
{
  gint64 n, width;
  gsize size;             /* bytes of an element */
  gboolean text;
  char *data;
  guint8 *unlike;         /* (nullable) which items hold a NaN */
} Items;

static void
items_clear (Items *items)
{
  g_free (items->data);
  g_free (items->unlike);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Items, items_clear)

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
settle (Items *items, LkDType dtype)
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

/* The slices of tensor, [outer, n, inner], along an axis. */
static gboolean
items_init (Items *items, LkCall *call, guint input, gint64 outer, gint64 n, gint64 inner)
{
  const LkTensor *tensor = call->inputs[input];
  g_auto (LkElements) from = lk_elements_of (tensor);
  *items = (Items) { n, outer * inner, from.size, tensor->dtype == LK_STRING, NULL, NULL };
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

/* Items of at most 8 bytes are numbers, and different ones have different hashes. */
static inline gboolean
is_small (const Items *items)
{
  return !items->text && items->width * items->size <= 8;
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
long_hash (const Items *items, gint64 i)
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
item_hash (const Items *items, gint64 i)
{
  const gsize bytes = items->width * items->size;
  const char *item = items->data + i * (gint64) bytes;
  if (!is_small (items))
    return long_hash (items, i);
  return bytes == 8 ? small_hash (item, 8) : bytes == 4 ? small_hash (item, 4) : small_hash (item, bytes);
}

/* An item that is not even like itself. */
static inline gboolean
is_unlike (const Items *items, gint64 i)
{
  return items->unlike != NULL && items->unlike[i];
}

/* Items of the same hash, neither of which is unlike itself. */
static gboolean
item_equal (const Items *a, gint64 i, const Items *b, gint64 k)
{
  const gsize bytes = a->width * a->size;
  const char *x = a->data + i * (gint64) bytes, *y = b->data + k * (gint64) bytes;
  if (is_small (a))
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

/* A table of items by hash; those that are unlike themselves are never in it. */
typedef struct
{
  guint64 hash;
  gint64 item;            /* its number, or that of its kind if items are small, plus 1; 0 in a free slot */
} Slot;

typedef struct
{
  Slot *slots;
  guint64 mask;
  gint64 n;               /* slots in use: at most half */
} Table;

static void
table_init (Table *table, guint64 size)
{
  *table = (Table) { g_new0 (Slot, size), size - 1, 0 };
}

#define FIRST_SLOTS 4096

/* Fills a free slot. The table may grow, and slots move. */
static void
table_fill (Table *table, Slot *slot, gint64 item)
{
  slot->item = item;
  if (2 * ++table->n <= (gint64) table->mask)
    return;
  const Table old = *table;
  table_init (table, 8 * (old.mask + 1));
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

/* The slot of an item like item i of `what`, or the free one where it belongs. */
static Slot *
table_slot (const Table *table, const Items *kept, const Items *what, gint64 i)
{
  const guint64 hash = item_hash (what, i);
  for (guint64 at = hash;; at++)
    {
      Slot *slot = &table->slots[at & table->mask];
      if (slot->item == 0)
        slot->hash = hash;
      if (slot->item == 0 || (slot->hash == hash && item_equal (what, i, kept, slot->item - 1)))
        return slot;
    }
}

/* Output i: the slices of input 0 that are listed. */
static void
put_picked (LkCall *call, const LkShape *shape, gint64 outer, gint64 n, gint64 inner, const gint64 *picked,
            gint64 n_picked)
{
  LkElements out;
  if (lk_call_output (call, 0, shape) == NULL || !lk_elements_of_output (call, 0, shape, &out))
    return;
  g_auto (LkElements) in = lk_elements_of (call->inputs[0]);
  const gsize slice = inner * in.size;
  for (gint64 o = 0; slice > 0 && o < outer; o++)
    for (gint64 k = 0; k < n_picked; k++)
      memcpy (out.data + (o * n_picked + k) * slice, in.data + (o * n + picked[k]) * slice, slice);
  lk_elements_finish (call, 0, shape, &out);
}

/* ---- Unique ---- */

/* The axis of UniqueV2: the only one when none is given. */
static gboolean
unique_axis (const LkCall *call, const LkTensor *given, guint rank, guint *axis)
{
  *axis = 0;
  if (given->size > 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "axis does not support input tensors larger than 1 elements");
  if (given->size == 1 && !lk_rule_axis (lk_int_at (given, 0), rank, axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "axis has to be between [0, %u)", rank);
  return given->size == 1 || rank == 1 || lk_call_fail (call, LK_INVALID_ARGUMENT, "unique expects a 1D vector.");
}

#define UNIQUE_SHAPE "The input's shape, with as many along the axis as differ; idx as long as the axis; count as many as differ."

static gboolean
unique_infer (const LkCall *call, LkSignature *out)
{
  guint axis = 0;
  const LkShape *in = lk_rule_shape (call, 0);
  const LkTensor *given = call->n_inputs > 1 ? lk_call_constant (call, 1) : NULL;
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  if (call->n_inputs == 1)
    {
      if (!lk_rule_need_rank (call, 0, 1, "unique expects a 1D vector."))
        return FALSE;
      out[1].shape.dims[0] = in->rank == 1 ? in->dims[0] : LK_DIM_UNKNOWN;
      return TRUE;
    }
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_rank (call, 1, 1, "axis expects a 1D vector."))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN || given == NULL)
    return TRUE;
  if (!unique_axis (call, given, in->rank, &axis))
    return FALSE;
  out[0].shape = *in;
  out[0].shape.dims[axis] = LK_DIM_UNKNOWN;
  out[1].shape.dims[0] = in->dims[axis];
  return TRUE;
}

/* Asks for the slot of an item that will be looked for soon. */
static inline void
table_expect (const Table *table, const Items *what, gint64 i)
{
  enum { SOON = 16, NEAR = 16384 };
  if (table->mask > NEAR && i + SOON < what->n && is_small (what))
    __builtin_prefetch (&table->slots[item_hash (what, i + SOON) & table->mask]);
}

/* The kind of item i, which is the next one, `found`, if there was none like it. places: kinds of items, for those that are not
   small. */
static gint64
kind_of (Table *table, const Items *items, gint64 i, gint64 found, gint64 *places)
{
  const gboolean small = is_small (items);
  if (is_unlike (items, i))
    return found;
  Slot *slot = table_slot (table, items, items, i);
  if (slot->item != 0)
    return small ? slot->item - 1 : places[slot->item - 1];
  places[small ? 0 : i] = found;
  table_fill (table, slot, small ? found + 1 : i + 1);
  return found;
}

/* Numbers the items: index[i] is the place of item i among the different ones, first[k] where the k-th stood
   first. Returns how many there are. */
static gint64
number_items (const Items *items, LkTensor *index, gint64 *first, gint64 *counts)
{
  Table table;
  gint64 found = 0;
  table_init (&table, FIRST_SLOTS);
  g_autofree gint64 *places = g_new (gint64, is_small (items) ? 1 : items->n + 1);
  for (gint64 i = 0; i < items->n; i++)
    {
      table_expect (&table, items, i);
      const gint64 kind = kind_of (&table, items, i, found, places);
      if (kind == found)
        {
          counts[found] = 0;
          first[found++] = i;
        }
      counts[kind]++;
      lk_set_int (index, i, kind);
    }
  g_free (table.slots);
  return found;
}

static void
unique_kernel (LkCall *call)
{
  guint axis = 0;
  const LkShape *in = lk_rule_shape (call, 0);
  if (call->n_inputs > 1 && !unique_axis (call, call->inputs[1], in->rank, &axis))
    return;
  const gint64 outer = lk_shape_product (in, 0, axis), n = in->dims[axis],
               inner = lk_shape_product (in, axis + 1, in->rank);
  const LkShape every = LK_SHAPE (n);
  g_auto (Items) items = { 0 };
  if (!items_init (&items, call, 0, outer, n, inner) || lk_call_output (call, 1, &every) == NULL)
    return;
  g_autofree gint64 *first = g_new (gint64, MAX (n, 1)), *counts = g_new (gint64, MAX (n, 1));
  const gint64 found = number_items (&items, call->outputs[1], first, counts);
  LkShape shape = *in;
  shape.dims[axis] = found;
  put_picked (call, &shape, outer, n, inner, first, found);
  const LkShape some = LK_SHAPE (found);
  LkTensor *count = call->n_outputs > 2 ? lk_call_output (call, 2, &some) : NULL;
  for (gint64 i = 0; count != NULL && i < found; i++)
    lk_set_int (count, i, counts[i]);
}

/* Whether an element is new depends on all of them. */
static void
whole_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, 0, call->inputs[0]->size, 1);
}

#define UNIQUE_SAMPLES \
  { "int32[6]={4,1,4,2,1,9}" }, { "float64[3]={0,-0,nan}", "out_idx=int64" }, { "string[3]={a,b,a}" }, \
  { "bool[2]={true,true}" }, { "float32[0]" }
#define UNIQUE_AXIS_SAMPLES \
  { "int32[3,2]={1,2,3,4,1,2}; int64[1]={0}" }, { "float64[2,3]={1,2,1,3,4,3}; int64[1]={-1}", "out_idx=int64" }, \
  { "string[3]={a,b,a}; int32[0]" }, { "int32[2,0]; int64[1]={0}" }
LK_BLOCK (unique, .infer = unique_infer, .shape = UNIQUE_SHAPE, .kernel = unique_kernel, .provenance = whole_provenance,
          SAMPLES (UNIQUE_SAMPLES));
LK_BLOCK (unique_with_counts, .infer = unique_infer, .shape = UNIQUE_SHAPE, .kernel = unique_kernel, .provenance = whole_provenance,
          SAMPLES (UNIQUE_SAMPLES));
LK_BLOCK (unique_axis, .infer = unique_infer, .shape = UNIQUE_SHAPE, .kernel = unique_kernel, .provenance = whole_provenance,
          SAMPLES (UNIQUE_AXIS_SAMPLES));
LK_BLOCK (unique_axis_with_counts, .infer = unique_infer, .shape = UNIQUE_SHAPE, .kernel = unique_kernel,
          .provenance = whole_provenance,
          SAMPLES (UNIQUE_AXIS_SAMPLES));

/* ---- ListDiff ---- */

static gboolean
list_diff_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  return lk_rule_need_rank (call, 0, 1, "x should be a 1D vector, got shape %s")
         && lk_rule_need_rank (call, 1, 1, "y should be a 1D vector, got shape %s");
}

static void
list_diff_kernel (LkCall *call)
{
  Table table;
  gint64 found = 0;
  const gint64 n = call->inputs[0]->size;
  g_auto (Items) x = { 0 };
  g_auto (Items) y = { 0 };
  if (!items_init (&x, call, 0, 1, n, 1) || !items_init (&y, call, 1, 1, call->inputs[1]->size, 1))
    return;
  table_init (&table, FIRST_SLOTS);
  g_autofree gint64 *kept = g_new (gint64, MAX (n, 1));
  for (gint64 i = 0; i < y.n; i++)
    {
      table_expect (&table, &y, i);
      Slot *slot = is_unlike (&y, i) ? NULL : table_slot (&table, &y, &y, i);
      if (slot != NULL && slot->item == 0)
        table_fill (&table, slot, i + 1);
    }
  for (gint64 i = 0; i < n; i++)
    {
      table_expect (&table, &x, i);
      if (is_unlike (&x, i) || table_slot (&table, &y, &x, i)->item == 0)
        kept[found++] = i;
    }
  g_free (table.slots);
  const LkShape shape = LK_SHAPE (found);
  put_picked (call, &shape, 1, n, 1, kept, found);
  LkTensor *index = lk_call_output (call, 1, &shape);
  for (gint64 i = 0; index != NULL && i < found; i++)
    lk_set_int (index, i, kept[i]);
}

static void
list_diff_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, 0, lk_int_at (call->outputs[1], element) + 1, 1);
  if (call->inputs[1]->size > 0)
    lk_provenance_add (into, 1, 0, call->inputs[1]->size, 1);
}

LK_BLOCK (list_diff, .infer = list_diff_infer, .shape = "Two vectors of as many as are left, from two vectors.",
          .kernel = list_diff_kernel, .provenance = list_diff_provenance,
          SAMPLES ({ "int32[6]={1,2,3,4,5,6}; int32[3]={1,3,5}" }, { "float64[2]={1,nan}; float64[1]={nan}", "out_idx=int64" },
                   { "string[3]={a,b,a}; string[1]={b}" }, { "int32[0]; int32[2]" }, { "int32[2]; int32[0]" }));
