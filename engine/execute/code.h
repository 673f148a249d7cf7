/* SPDX-License-Identifier: MIT */
/* A plan as it runs when nobody watches. What the shapes in the graph already say is settled once: which rules need not be asked
   again, where values lie, which kernels may write over what they read. It is made at the plan's first run, then read-only;
   what a run changes is in its scratch. Private to execute. */
#pragma once
#include "engine/execute/plan.h"

#define LK_NOWHERE G_MAXUINT32
#define LK_SMALL_MOST 32768     /* bytes of a value that the scratch keeps from run to run */

typedef enum
{
  LK_CODE_UNARY, LK_CODE_BINARY,    /* a small elementwise step: its loop alone, on memory that is there */
  LK_CODE_KERNEL,       /* the rule would say what it said when the step was traced, so the kernel runs */
  LK_CODE_CHECKED,      /* the rule reads values: it is asked, and is to say what was foreseen */
  LK_CODE_ALIAS,        /* a header for elements that are there */
  LK_CODE_READ,         /* a variable */
  LK_CODE_CALL          /* all else, as an eager call */
} LkCodeKind;

/* Where the value of a slot is. */
typedef enum
{
  LK_PLACE_GIVEN,       /* fed, or a constant: somebody else's */
  LK_PLACE_SMALL,       /* in the scratch's memory; several share a place there, one after another */
  LK_PLACE_LARGE,       /* the header is the scratch's, the buffer is there only while it is needed */
  LK_PLACE_RESULT,      /* a small tensor that leaves the run, made before it begins */
  LK_PLACE_OWN          /* a tensor of its own, made by its step */
} LkPlace;

typedef struct
{
  guint8 place;         /* LkPlace */
  guint8 dtype;
  gboolean relied;      /* steps were settled on what is known of it: a value that differs makes them void */
  guint32 maker;        /* the step; LK_NOWHERE when given */
  LkShape shape;        /* known through and through, if place is none of GIVEN and OWN, or relied */
  gsize bytes;          /* of such */
  gsize offset;         /* SMALL */
} LkSlot;

typedef struct
{
  guint8 kind;          /* LkCodeKind */
  guint8 a_step, b_step;        /* BINARY */
  gboolean makes;       /* KERNEL, CHECKED: some output has to be made first */
  guint8 beside;        /* KERNEL: how many instructions from this one on run at once; 0 mostly */
  guint32 step;
  guint32 a, b, out;    /* slots. ALIAS, READ: a, out */
  guint32 over;         /* KERNEL: the LARGE input whose buffer the output may take over; LK_NOWHERE mostly */
  guint32 frees, n_frees;       /* in LkCode.frees: slots to be emptied after it */
  gint64 n;             /* elements */
  union { LkUnaryLoop unary; LkBinaryLoop binary; void (*kernel) (LkCall *call); } run;
} LkInstr;

typedef struct _LkScratch LkScratch;
typedef struct _LkCode LkCode;
struct _LkCode
{
  guint n_instrs, n_results_made;
  LkInstr *instrs;
  LkSlot *slots;        /* as many as the plan's */
  guint32 *frees;
  guint32 *results_made;        /* indices of results whose place is RESULT, once for each such slot */
  gboolean *moves;      /* by result: it takes the value, which no later one does */
  gboolean is_direct;   /* all steps are UNARY or BINARY, and all results RESULT or GIVEN */
  gsize memory;         /* bytes of SMALL places together */
  guint n_small;
  LkPlanMemory needs;
  LkScratch *scratch;   /* free ones; atomic */
};

/* plan's, made if it was not yet. (transfer none) */
LkCode *lk_code_of (LkPlan *plan);
void lk_code_free_of (LkPlan *plan);            /* plan's, if it has one */
/* execute/places.c: slots, of which maker, dtype, shape and bytes are known, get their places; kinds: by step. */
void lk_code_place (LkCode *code, const LkPlan *plan, const guint8 *kinds);
/* Is step elementwise, so that its output may lie where input i does? */
gboolean lk_step_may_overwrite (const LkCode *code, const LkPlan *plan, const LkStep *step, guint i);

/* ---- scratch ---- */

/* What one run works on. */
struct _LkScratch
{
  LkScratch *next;
  LkTensor **values;    /* by slot. SMALL, LARGE: the scratch's headers, for good; OWN, RESULT: NULL between runs */
  void **data;          /* by slot: where the elements are */
  LkBuffer *memory;     /* of SMALL places */
};

LkScratch *lk_scratch_take (const LkPlan *plan, LkCode *code);      /* NULL without memory */
void lk_scratch_give (const LkPlan *plan, LkCode *code, LkScratch *scratch);
void lk_scratch_free (const LkPlan *plan, const LkCode *code, LkScratch *scratch);  /* (nullable) */

/* ---- runs ---- */

typedef struct
{
  LkContext *ctx;
  LkPlan *plan;
  const LkCode *code;
  LkScratch *scratch;
  LkTensor **inputs;    /* of the current step */
  LkSignature *out;
} LkCodeRun;

/* Runs plan on scratch. results: entries that are no NULL are tensors that a result may be written to, if they fit and nobody else
   holds them; they are consumed. FALSE with the context's error set, and all results NULL. */
gboolean lk_code_run (LkContext *ctx, LkPlan *plan, LkScratch *scratch, LkTensor *const *fed, LkTensor **results);
/* All steps as eager calls: what may be watched, and what the graph's shapes say nothing of. */
gboolean lk_plan_run_plain (LkContext *ctx, LkPlan *plan, LkTensor *const *fed, LkTensor **results);
/* The steps from `step` on as eager calls, since what was foreseen does not hold. */
gboolean lk_code_run_rest (LkCodeRun *run, guint step, LkTensor **results);

/* All instructions of one that is direct. data: as in a scratch, those of what is fed and of the results being set. */
static inline void
lk_code_run_direct (const LkCode *code, void **data)
{
  for (const LkInstr *instr = code->instrs, *end = instr + code->n_instrs; instr < end; instr++)
    if (instr->kind == LK_CODE_BINARY)
      instr->run.binary (data[instr->a], instr->a_step, data[instr->b], instr->b_step, data[instr->out], instr->n);
    else
      instr->run.unary (data[instr->a], data[instr->out], instr->n);
}

static inline gboolean
lk_slot_fits (const LkSlot *slot, const LkTensor *value)
{
  if (value->dtype != slot->dtype || value->shape.rank != slot->shape.rank)
    return FALSE;
  for (guint i = 0; i < slot->shape.rank; i++)
    if (value->shape.dims[i] != slot->shape.dims[i])
      return FALSE;
  return TRUE;
}
