/* SPDX-License-Identifier: MIT */
/* How part of a graph is run: the needed nodes in order, and where their values are kept and for how long. Made once,
   then read-only. Private to the engine. */
#pragma once
#include "engine/graph/build.h"

typedef struct
{
  LkNode *node;
  const LkAttr *attrs;    /* the node's when the plan was made */
  guint32 n_outputs;
  guint32 inputs;         /* first of the node's n_inputs places in LkPlan.input_slots */
  guint32 outputs;        /* first of its n_outputs slots */
  guint32 group;          /* the first of a group: how many steps it has (execute/beside.h); else 0 */
  guint32 frees, n_frees; /* places in LkPlan.free_slots: values that nobody reads after it */
} LkStep;

/* Bytes of the intermediate values whose shapes are known, together and at most at one time. */
typedef struct { gsize sum, peak; } LkPlanMemory;

typedef struct _LkCode LkCode;

struct _LkPlan
{
  guint n_steps, n_slots, n_fed, n_results;
  gboolean has_effects;   /* running it does more than giving results */
  guint most_inputs, most_outputs;    /* of any step */
  LkStep *steps;
  guint32 *input_slots, *free_slots;
  guint32 *fed_slots;     /* where the caller's values go */
  LkNode **fed_nodes;     /* whose outputs they stand for */
  LkTensor **fed_like;    /* these outputs (not owned) */
  guint32 *result_slots;  /* a result nobody computes has the slot of what was fed */
  LkTensor **template;    /* n_slots: constants in their slots, which stay; else NULL (not owned) */
  gboolean told;          /* a watched run has shown the constants; atomic */
  gboolean surprising;    /* what is fed may differ from what the graph says of it: nothing is settled beforehand */
  LkCode *code;           /* how it runs when nobody watches; NULL until it does; atomic */
};

/* Does applying op change anything that others can see, beyond its outputs? A function does if one of its nodes does. */
gboolean lk_op_has_effect (const LkOp *op, const LkAttr *attrs);
/* fed: tensors that the caller gives. effects: all stateful nodes run, too. Only makes the plan, never fails: a placeholder
   that is needed but not fed becomes a step, which then tells. (transfer full) */
LkPlan *lk_plan_new (LkGraph *graph, LkTensor *const *fed, guint n_fed, LkTensor *const *results, guint n_results,
                     LkNode *const *targets, guint n_targets, gboolean effects);
void lk_plan_free (LkPlan *plan);       /* (nullable) */
/* What its intermediate values need. */
void lk_plan_memory (LkPlan *plan, LkPlanMemory *memory);
/* Runs it. results (transfer full), all NULL after an error, which is the context's. */
gboolean lk_plan_run (LkContext *ctx, LkPlan *plan, LkTensor *const *fed, LkTensor **results);
