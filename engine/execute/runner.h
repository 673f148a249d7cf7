/* SPDX-License-Identifier: MIT */
/* Runs one function many times in a row: what a run works on stays at hand, and values that are no longer of use can be offered
   to be written over, so that a loop allocates nothing. Private to the engine. */
#pragma once
#include "engine/execute/code.h"
#include "engine/rewrite/final.h"

typedef struct
{
  LkContext *ctx;
  LkFunction *function;
  LkPlan *plan;
  LkScratch *scratch;     /* NULL when each run is a call of its own: somebody watches */
} LkRunner;

void lk_runner_begin (LkRunner *runner, LkContext *ctx, LkFunction *function);
void lk_runner_end (LkRunner *runner);
/* inputs: n_all. outputs: entries that are no NULL are consumed, and written to if they fit and nobody else holds them; then the
   results (transfer full), all NULL after an error, which is the context's. */
gboolean lk_runner_run (LkRunner *runner, const LkPart *part, LkTensor *const *inputs, LkTensor **outputs);
