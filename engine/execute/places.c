/* SPDX-License-Identifier: MIT */
/* Where the values of a plan lie. Small ones that no step can keep share places in the scratch's memory, as their lifetimes
   allow; large ones take buffers from the pool, which reuses them just so; the rest are tensors of their own. */
#include "engine/execute/code.h"
#include "engine/ops/block.h"

#define UNIT 64         /* bytes: places begin at multiples */

/* A value leaves the run as a result; a step that reads it may keep it. */
enum { LEAVES = 1, KEPT = 2 };

typedef struct
{
  LkCode *code;
  const LkPlan *plan;
  const guint8 *kinds;
  guint8 *kept;           /* by slot: LEAVES, KEPT or both */
  guint32 *root;          /* by slot: of an alias in SMALL, whose place it has; else itself */
  guint32 *last;          /* by slot: the step after which its place is free */
  GHashTable *spare;      /* units → GArray of offsets */
  gsize live;             /* bytes, now */
} Placing;

static gboolean
is_small (const LkSlot *slot)
{
  return slot->bytes <= LK_SMALL_MOST;
}

static gboolean
is_pure (guint8 kind)
{
  return kind == LK_CODE_KERNEL || kind == LK_CODE_CHECKED;
}

static guint32
input_slot (const Placing *p, const LkStep *step, guint i)
{
  return p->plan->input_slots[step->inputs + i];
}

/* Kernels read and forget; calls, variables and lists may keep what they are given. An alias keeps the buffer of what it is of:
   a large one is counted, and a small one has to stay as long as the alias, which then is no more than a second header. */
static void
find_kept (Placing *p)
{
  const LkPlan *plan = p->plan;
  for (guint i = 0; i < plan->n_results; i++)
    p->kept[plan->result_slots[i]] = LEAVES;
  for (guint i = plan->n_steps; i-- > 0;)
    {
      const LkStep *step = &plan->steps[i];
      if (is_pure (p->kinds[i]))
        continue;
      for (guint k = 0; k < step->node->n_inputs; k++)
        {
          const guint32 slot = input_slot (p, step, k);
          if (p->kinds[i] != LK_CODE_ALIAS || (is_small (&p->code->slots[slot]) && p->kept[step->outputs]))
            p->kept[slot] |= KEPT;
        }
    }
}

static LkPlace
place_of (const Placing *p, guint32 slot)
{
  const LkSlot *s = &p->code->slots[slot];
  if (s->place == LK_PLACE_GIVEN)
    return LK_PLACE_GIVEN;
  if (p->kinds[s->maker] == LK_CODE_ALIAS)
    {
      const guint32 base = input_slot (p, &p->plan->steps[s->maker], 0);
      return p->code->slots[base].place == LK_PLACE_SMALL && !p->kept[slot] ? LK_PLACE_SMALL : LK_PLACE_OWN;
    }
  if (!is_pure (p->kinds[s->maker]))
    return LK_PLACE_OWN;
  if (!p->kept[slot])
    return is_small (s) ? LK_PLACE_SMALL : LK_PLACE_LARGE;
  return is_small (s) && p->kept[slot] & LEAVES ? LK_PLACE_RESULT : LK_PLACE_OWN;
}

static void
find_places (Placing *p)
{
  for (guint i = 0; i < p->plan->n_steps; i++)
    for (guint k = 0; k < p->plan->steps[i].n_outputs; k++)
      {
        const guint32 slot = p->plan->steps[i].outputs + k;
        LkSlot *s = &p->code->slots[slot];
        s->place = place_of (p, slot);
        if (s->place == LK_PLACE_SMALL && p->kinds[i] == LK_CODE_ALIAS)
          p->root[slot] = p->root[input_slot (p, &p->plan->steps[i], 0)];
      }
}

static void
find_last (Placing *p)
{
  const LkPlan *plan = p->plan;
  for (guint i = 0; i < plan->n_slots; i++)
    p->last[i] = LK_NOWHERE;
  for (guint i = 0; i < plan->n_steps; i++)
    for (guint k = 0; k < plan->steps[i].n_frees; k++)
      p->last[plan->free_slots[plan->steps[i].frees + k]] = i;
  for (guint i = plan->n_slots; i-- > 0;)
    if (p->root[i] != i && p->last[i] > p->last[p->root[i]])
      p->last[p->root[i]] = p->last[i];
}

/* ---- memory ---- */

static gsize
units_of (gsize bytes)
{
  gsize units = MAX ((bytes + UNIT - 1) / UNIT, 1);
  while (units & (units - 1) && units > 4)      /* few sizes, so that they fit one another */
    units += units & -units;
  return units;
}

static GArray *
spares (Placing *p, gsize bytes)
{
  GArray *found = g_hash_table_lookup (p->spare, GSIZE_TO_POINTER (units_of (bytes)));
  if (found == NULL)
    {
      found = g_array_new (FALSE, FALSE, sizeof (gsize));
      g_hash_table_insert (p->spare, GSIZE_TO_POINTER (units_of (bytes)), found);
    }
  return found;
}

static void
take_place (Placing *p, LkSlot *slot)
{
  GArray *free_ones = spares (p, slot->bytes);
  if (free_ones->len > 0)
    {
      slot->offset = g_array_index (free_ones, gsize, free_ones->len - 1);
      g_array_set_size (free_ones, free_ones->len - 1);
      return;
    }
  slot->offset = p->code->memory;
  p->code->memory += units_of (slot->bytes) * UNIT;
}

static void
give_place (Placing *p, guint32 slot)
{
  LkSlot *s = &p->code->slots[slot];
  if (s->place == LK_PLACE_SMALL)
    g_array_append_val (spares (p, s->bytes), s->offset);
}

/* The inputs whose places are free after step, and whether an elementwise step may have them already for its output. */
static void
give_inputs (Placing *p, guint i, gboolean before, gboolean *given)
{
  const LkStep *step = &p->plan->steps[i];
  for (guint k = 0; k < step->node->n_inputs; k++)
    {
      const guint32 slot = p->root[input_slot (p, step, k)];
      if (p->last[slot] != i || given[slot] || p->code->slots[slot].place != LK_PLACE_SMALL
          || (before && !lk_step_may_overwrite (p->code, p->plan, step, k)))
        continue;
      given[slot] = TRUE;
      give_place (p, slot);
    }
}

static void
lay_out (Placing *p)
{
  g_autofree gboolean *given = g_new0 (gboolean, p->plan->n_slots + 1);
  for (guint i = 0; i < p->plan->n_steps; i++)
    {
      const LkStep *step = &p->plan->steps[i];
      if (is_pure (p->kinds[i]))
        give_inputs (p, i, TRUE, given);
      for (guint k = 0; k < step->n_outputs; k++)
        {
          LkSlot *slot = &p->code->slots[step->outputs + k];
          if (slot->place != LK_PLACE_SMALL)
            continue;
          p->code->n_small++;
          if (p->root[step->outputs + k] == step->outputs + k)
            take_place (p, slot);
          else
            slot->offset = p->code->slots[p->root[step->outputs + k]].offset;
        }
      give_inputs (p, i, FALSE, given);
      for (guint k = 0; k < step->n_outputs; k++)
        if (p->root[step->outputs + k] == step->outputs + k && p->last[step->outputs + k] == i && !given[step->outputs + k])
          give_place (p, step->outputs + k);
    }
}

/* ---- needs ---- */

static gsize
counted (const Placing *p, guint32 slot)
{
  const LkSlot *s = &p->code->slots[slot];
  const gboolean alias = s->place != LK_PLACE_GIVEN && p->kinds[s->maker] == LK_CODE_ALIAS;
  return s->place == LK_PLACE_GIVEN || alias || p->kinds[s->maker] == LK_CODE_READ || s->bytes == G_MAXSIZE ? 0 : s->bytes;
}

/* What all intermediate values take together, and what they take at most at one time. */
static void
sum_up (Placing *p)
{
  LkPlanMemory *needs = &p->code->needs;
  p->live = p->code->memory;
  for (guint i = 0; i < p->plan->n_steps; i++)
    {
      const LkStep *step = &p->plan->steps[i];
      for (guint k = 0; k < step->n_outputs; k++)
        {
          needs->sum += counted (p, step->outputs + k);
          if (p->code->slots[step->outputs + k].place != LK_PLACE_SMALL)
            p->live += counted (p, step->outputs + k);
        }
      needs->peak = MAX (needs->peak, p->live);
      for (guint k = 0; k < step->n_frees; k++)
        if (p->code->slots[p->plan->free_slots[step->frees + k]].place != LK_PLACE_SMALL)
          p->live -= counted (p, p->plan->free_slots[step->frees + k]);
    }
}

void
lk_code_place (LkCode *code, const LkPlan *plan, const guint8 *kinds)
{
  Placing p = { code, plan, kinds, g_new0 (guint8, plan->n_slots + 1), g_new (guint32, plan->n_slots + 1),
                g_new (guint32, plan->n_slots + 1),
                g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref), 0 };
  for (guint i = 0; i < plan->n_slots; i++)
    p.root[i] = i;
  find_kept (&p);
  find_places (&p);
  find_last (&p);
  lay_out (&p);
  sum_up (&p);
  g_free (p.kept);
  g_free (p.root);
  g_free (p.last);
  g_hash_table_unref (p.spare);
}
