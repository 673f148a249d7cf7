/* SPDX-License-Identifier: MIT */
/* The different elements, or slices, in the order in which they first stand; and the elements of one list that
   another has not. Numbers that are equal are the same one, so −0 is 0 and a NaN is like nothing else. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/items.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

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

/* The kind of item i, which is the next one, `found`, if there was none like it. places: kinds of items, for those that are not
   small. */
static gint64
kind_of (LkItemTable *table, const LkItems *items, gint64 i, gint64 found, gint64 *places)
{
  const gboolean small = lk_items_are_small (items);
  if (lk_item_is_unlike (items, i))
    return found;
  LkItemSlot *slot = lk_item_table_slot (table, items, items, i);
  if (slot->item != 0)
    return small ? slot->item - 1 : places[slot->item - 1];
  places[small ? 0 : i] = found;
  lk_item_table_fill (table, slot, small ? found + 1 : i + 1);
  return found;
}

/* Numbers the items: index[i] is the place of item i among the different ones, first[k] where the k-th stood
   first. Returns how many there are. */
static gint64
number_items (const LkItems *items, LkTensor *index, gint64 *first, gint64 *counts)
{
  LkItemTable table;
  gint64 found = 0;
  lk_item_table_init (&table);
  g_autofree gint64 *places = g_new (gint64, lk_items_are_small (items) ? 1 : items->n + 1);
  for (gint64 i = 0; i < items->n; i++)
    {
      lk_item_table_expect (&table, items, i);
      const gint64 kind = kind_of (&table, items, i, found, places);
      if (kind == found)
        {
          counts[found] = 0;
          first[found++] = i;
        }
      counts[kind]++;
      lk_set_int (index, i, kind);
    }
  lk_item_table_clear (&table);
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
  g_auto (LkItems) items = { 0 };
  if (!lk_items_init (&items, call, 0, outer, n, inner) || lk_call_output (call, 1, &every) == NULL)
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
  LkItemTable table;
  gint64 found = 0;
  const gint64 n = call->inputs[0]->size;
  g_auto (LkItems) x = { 0 };
  g_auto (LkItems) y = { 0 };
  if (!lk_items_init (&x, call, 0, 1, n, 1) || !lk_items_init (&y, call, 1, 1, call->inputs[1]->size, 1))
    return;
  lk_item_table_init (&table);
  g_autofree gint64 *kept = g_new (gint64, MAX (n, 1));
  for (gint64 i = 0; i < y.n; i++)
    {
      lk_item_table_expect (&table, &y, i);
      LkItemSlot *slot = lk_item_is_unlike (&y, i) ? NULL : lk_item_table_slot (&table, &y, &y, i);
      if (slot != NULL && slot->item == 0)
        lk_item_table_fill (&table, slot, i + 1);
    }
  for (gint64 i = 0; i < n; i++)
    {
      lk_item_table_expect (&table, &x, i);
      if (lk_item_is_unlike (&x, i) || lk_item_table_slot (&table, &y, &x, i)->item == 0)
        kept[found++] = i;
    }
  lk_item_table_clear (&table);
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
