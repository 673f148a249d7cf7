/* SPDX-License-Identifier: MIT */
/* What runs of a plan work on: kept from one to the next, so that a run allocates nothing but what it gives. */
#include "engine/execute/code.h"

#define KEPT 4          /* scratches that wait for the next run: of threads, or of calls within calls */
#define KEPT_BYTES (8 << 20)        /* of one; larger ones are made anew, from the pool */

static LkTensor *
header_new (LkScratch *scratch, const LkSlot *slot)
{
  if (slot->place == LK_PLACE_LARGE)
    return lk_tensor_new_symbolic (slot->dtype, &slot->shape, NULL, 0);       /* its buffer comes and goes */
  return lk_tensor_new_buffer (slot->dtype, &slot->shape, lk_buffer_ref (scratch->memory), slot->offset);
}

static LkScratch *
scratch_new (const LkPlan *plan, const LkCode *code)
{
  LkBuffer *memory = lk_buffer_new (code->memory);
  if (memory == NULL)
    return NULL;
  LkScratch *scratch = g_new0 (LkScratch, 1);
  scratch->values = g_new0 (LkTensor *, plan->n_slots + 1);
  scratch->data = g_new0 (void *, plan->n_slots + 1);
  scratch->memory = memory;
  for (guint i = 0; i < plan->n_slots; i++)
    {
      const LkSlot *slot = &code->slots[i];
      if (slot->place == LK_PLACE_SMALL || slot->place == LK_PLACE_LARGE)
        scratch->values[i] = header_new (scratch, slot);
      else
        scratch->values[i] = plan->template[i];
      scratch->data[i] = scratch->values[i] != NULL ? scratch->values[i]->data : NULL;
    }
  return scratch;
}

void
lk_scratch_free (const LkPlan *plan, const LkCode *code, LkScratch *scratch)
{
  if (scratch == NULL)
    return;
  for (guint i = 0; i < plan->n_slots; i++)
    if (code->slots[i].place == LK_PLACE_SMALL || code->slots[i].place == LK_PLACE_LARGE)
      lk_tensor_unref (scratch->values[i]);
  lk_buffer_unref (scratch->memory);
  g_free (scratch->values);
  g_free (scratch->data);
  g_free (scratch);
}

LkScratch *
lk_scratch_take (const LkPlan *plan, LkCode *code)
{
  LkScratch *scratch = __atomic_exchange_n (&code->scratch, NULL, __ATOMIC_ACQ_REL);
  if (scratch == NULL)
    return scratch_new (plan, code);
  if (G_UNLIKELY (scratch->next != NULL))
    {
      LkScratch *rest = scratch->next;
      scratch->next = NULL;
      rest = __atomic_exchange_n (&code->scratch, rest, __ATOMIC_ACQ_REL);
      while (rest != NULL)      /* another run has given back meanwhile */
        {
          LkScratch *next = rest->next;
          lk_scratch_free (plan, code, rest);
          rest = next;
        }
    }
  return scratch;
}

/* Steps may only keep what they were said to: should one have kept a value that is in the scratch, then that is its own now. */
static gboolean
is_whole (const LkCode *code, const LkScratch *scratch)
{
  return __atomic_load_n (&scratch->memory->refs, __ATOMIC_ACQUIRE) == (gint) code->n_small + 1;
}

void
lk_scratch_give (const LkPlan *plan, LkCode *code, LkScratch *scratch)
{
  LkScratch *none = NULL, *others;
  guint n = 0;
  if (G_UNLIKELY (code->memory > KEPT_BYTES || !is_whole (code, scratch)))
    {
      lk_scratch_free (plan, code, scratch);
      return;
    }
  if (G_LIKELY (__atomic_compare_exchange_n (&code->scratch, &none, scratch, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)))
    return;
  others = __atomic_exchange_n (&code->scratch, NULL, __ATOMIC_ACQ_REL);
  scratch->next = others;
  for (LkScratch *last = scratch; last != NULL; last = last->next)
    if (++n == KEPT)
      {
        others = last->next;
        last->next = NULL;
      }
  if (n < KEPT)
    others = NULL;
  scratch = __atomic_exchange_n (&code->scratch, scratch, __ATOMIC_ACQ_REL);
  for (LkScratch *drop = others; drop != NULL || scratch != NULL; )
    {
      if (drop == NULL)
        drop = g_steal_pointer (&scratch);
      LkScratch *next = drop->next;
      lk_scratch_free (plan, code, drop);
      drop = next;
    }
}
