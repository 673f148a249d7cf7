/* SPDX-License-Identifier: MIT */
/* What of a function really runs: its graph, rewritten. Made when it is run for the first time. Private to the engine. */
#pragma once
#include "engine/events/event.h"
#include "engine/graph/function.h"

typedef struct _LkFinal LkFinal;
typedef struct _LkRewriting LkRewriting;
typedef struct _LkPlan LkPlan;

/* Runs function, which is traced or not, eagerly: tells of the run when somebody watches. inputs: n_all. outputs
   (transfer full), all NULL after an error, which is the context's. */
gboolean lk_function_run (LkContext *ctx, LkFunction *function, LkTensor *const *inputs, LkTensor **outputs);
/* A run that is a part of something larger, as a debugger sees it. */
typedef struct
{
  LkCallKind kind;
  const char *name;
  guint number;
} LkPart;
gboolean lk_function_run_part (LkContext *ctx, LkFunction *function, const LkPart *part, LkTensor *const *inputs,
                               LkTensor **outputs);
/* What comes of rewriting, which is done, is what function runs as, unless that is settled already. */
void lk_final_settle (LkContext *ctx, LkFunction *function, LkRewriting *rewriting);
/* function with the further inputs that rewriting, which is done, has got; it runs as what came of that. (transfer full) */
LkFunction *lk_final_function (LkContext *ctx, const LkFunction *function, LkRewriting *rewriting);
/* How it runs. (transfer none) */
LkPlan *lk_function_final_plan (LkContext *ctx, LkFunction *function);
void lk_final_free (LkFinal *final);    /* (nullable) */
/* For a graph that a rewriting made: all of it runs, but for inputs that nobody reads. (transfer full) */
LkPlan *lk_final_plan (LkGraph *graph, LkTensor *const *inputs, guint n_inputs, LkTensor *const *outputs, guint n_outputs);
/* Its nodes, and that it is finished. Only to be called when somebody watches. */
void lk_final_tell (LkContext *ctx, const LkGraph *graph, const char *name, LkTensor *const *inputs, guint n_inputs,
                    LkTensor *const *outputs, guint n_outputs);
