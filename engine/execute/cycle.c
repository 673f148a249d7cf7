/* SPDX-License-Identifier: MIT */
#include "engine/execute/cycle.h"

#include <string.h>

#include "engine/events/stream.h"
#include "engine/execute/code.h"
#include "engine/graph/call.h"

typedef enum { WRITTEN, COPIED, LEFT } Way;

/* How a variable comes to its next value. */
typedef struct
{
  Way way;                /* the body writes it; it is what another slot holds; it stays */
  guint32 in, cond_in;    /* the slots that it is fed to */
  guint32 out;            /* the slot whose value it becomes */
  gsize bytes;
  void *now, *next;       /* its elements, and where the next ones go */
  LkTensor *bank[2];      /* NULL when it stays */
} Variable;

typedef struct
{
  LkPlan *plan;
  LkCode *code;
  LkScratch *scratch;
} Part;

typedef struct
{
  Part condition, body;
  guint n;
  Variable *variables;
} Cycle;

/* ---- what can be run so ---- */

static gboolean
part_init (Part *part, LkPlan *plan)
{
  *part = (Part) { plan };
  if (plan->surprising)
    return FALSE;
  part->code = lk_code_of (plan);
  return part->code->is_direct;
}

static gboolean
takes (const Part *part, LkTensor *const *inputs, guint n_inputs)
{
  if (part->plan->n_fed != n_inputs)
    return FALSE;
  for (guint i = 0; i < n_inputs; i++)
    {
      const LkSlot *slot = &part->code->slots[part->plan->fed_slots[i]];
      if (slot->relied && !lk_slot_fits (slot, inputs[i]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
slots_alike (const LkSlot *a, const LkSlot *b)
{
  return a->dtype == b->dtype && a->bytes == b->bytes && a->bytes <= LK_SMALL_MOST && lk_shape_equal (&a->shape, &b->shape);
}

static gboolean
is_bool (const Part *part)
{
  const LkSlot *slot = &part->code->slots[part->plan->result_slots[0]];
  return part->plan->n_results == 1 && slot->dtype == LK_BOOL && slot->bytes == 1;
}

/* The first result that has the value of a slot is written, others are copies of it. */
static Way
way_of (const Part *body, guint i)
{
  const guint32 slot = body->plan->result_slots[i];
  if (slot == body->plan->fed_slots[i])
    return LEFT;
  for (guint k = 0; k < i; k++)
    if (body->plan->result_slots[k] == slot)
      return COPIED;
  return body->code->slots[slot].place == LK_PLACE_RESULT ? WRITTEN : COPIED;
}

static gboolean
variable_init (const Cycle *cycle, guint i, LkTensor *input)
{
  const Part *body = &cycle->body;
  Variable *v = &cycle->variables[i];
  *v = (Variable) { way_of (body, i), body->plan->fed_slots[i], cycle->condition.plan->fed_slots[i],
                    body->plan->result_slots[i], .now = input->data };
  if (v->way == LEFT)
    return TRUE;
  const LkSlot *slot = &body->code->slots[v->in];
  if (!slots_alike (slot, &body->code->slots[v->out]) || !lk_slot_fits (slot, input))
    return FALSE;
  v->bytes = slot->bytes;
  for (guint k = 0; k < 2; k++)
    if ((v->bank[k] = lk_tensor_new (slot->dtype, &slot->shape)) == NULL)
      return FALSE;
  v->next = v->bank[0]->data;
  return TRUE;
}

static gboolean
cycle_init (Cycle *cycle, LkTensor *const *inputs, guint n_inputs)
{
  if (!takes (&cycle->condition, inputs, n_inputs) || !takes (&cycle->body, inputs, n_inputs) || !is_bool (&cycle->condition)
      || cycle->body.plan->n_results != cycle->n)
    return FALSE;
  for (guint i = 0; i < cycle->n; i++)
    if (!variable_init (cycle, i, inputs[i]))
      return FALSE;
  cycle->condition.scratch = lk_scratch_take (cycle->condition.plan, cycle->condition.code);
  cycle->body.scratch = lk_scratch_take (cycle->body.plan, cycle->body.code);
  return cycle->condition.scratch != NULL && cycle->body.scratch != NULL;
}

static void
part_clear (Part *part)
{
  if (part->scratch != NULL)
    lk_scratch_give (part->plan, part->code, part->scratch);
}

static void
cycle_clear (Cycle *cycle)
{
  for (guint i = 0; i < cycle->n; i++)
    for (guint k = 0; k < 2; k++)
      lk_tensor_unref (cycle->variables[i].bank[k]);
  part_clear (&cycle->condition);
  part_clear (&cycle->body);
}

/* ---- running ---- */

static void
place_constants (const Part *part, LkTensor *const *inputs)
{
  for (guint i = 0; i < part->plan->n_fed; i++)
    part->scratch->data[part->plan->fed_slots[i]] = inputs[i]->data;
}

static inline gboolean
goes_on (const Cycle *cycle)
{
  void **data = cycle->condition.scratch->data;
  for (guint i = 0; i < cycle->n; i++)
    data[cycle->variables[i].cond_in] = cycle->variables[i].now;
  lk_code_run_direct (cycle->condition.code, data);
  return *(const guint8 *) data[cycle->condition.plan->result_slots[0]];
}

static inline void
iterate (const Cycle *cycle)
{
  void **data = cycle->body.scratch->data;
  for (guint i = 0; i < cycle->n; i++)
    {
      const Variable *v = &cycle->variables[i];
      data[v->in] = v->now;
      if (v->way == WRITTEN)
        data[v->out] = v->next;
    }
  lk_code_run_direct (cycle->body.code, data);
  for (guint i = 0; i < cycle->n; i++)
    if (cycle->variables[i].way == COPIED)
      memcpy (cycle->variables[i].next, data[cycle->variables[i].out], cycle->variables[i].bytes);
  for (guint i = 0; i < cycle->n; i++)
    {
      Variable *v = &cycle->variables[i];
      if (v->way == LEFT)
        continue;
      v->now = v->next;
      v->next = v->now == v->bank[0]->data ? v->bank[1]->data : v->bank[0]->data;
    }
}

/* What never changed comes out with an id of its own. */
static void
give_outputs (Cycle *cycle, LkTensor *const *inputs, LkTensor **outputs)
{
  for (guint i = 0; i < cycle->n; i++)
    {
      Variable *v = &cycle->variables[i];
      outputs[i] = NULL;
      for (guint k = 0; k < 2 && outputs[i] == NULL; k++)
        if (v->bank[k] != NULL && v->bank[k]->data == v->now)
          outputs[i] = g_steal_pointer (&v->bank[k]);
      if (outputs[i] == NULL)
        outputs[i] = lk_tensor_new_alias (inputs[i], &inputs[i]->shape);
    }
}

gboolean
lk_cycle_run (LkContext *ctx, LkFunction *condition, LkFunction *body, LkTensor *const *inputs, guint n, guint n_inputs,
              LkTensor **outputs)
{
  guint8 always = 1;
  Cycle cycle = { .n = n };
  gboolean good;
  if (LK_WATCHED || !part_init (&cycle.condition, lk_function_final_plan (ctx, condition))
      || !part_init (&cycle.body, lk_function_final_plan (ctx, body)))
    return FALSE;
  cycle.variables = g_newa0 (Variable, n + 1);
  good = cycle_init (&cycle, inputs, n_inputs);
  if (good)
    {
      const guint32 holds = cycle.condition.plan->result_slots[0];
      place_constants (&cycle.condition, inputs);
      place_constants (&cycle.body, inputs);
      if (cycle.condition.code->slots[holds].place == LK_PLACE_RESULT)
        cycle.condition.scratch->data[holds] = &always;
      while (goes_on (&cycle))
        iterate (&cycle);
      give_outputs (&cycle, inputs, outputs);
    }
  cycle_clear (&cycle);
  return good;
}
