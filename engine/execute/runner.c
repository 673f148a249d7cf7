/* SPDX-License-Identifier: MIT */
#include "engine/execute/runner.h"

#include "engine/events/stream.h"
#include "engine/graph/call.h"

void
lk_runner_begin (LkRunner *runner, LkContext *ctx, LkFunction *function)
{
  LkPlan *plan = lk_function_final_plan (ctx, function);
  const gboolean settled = !LK_WATCHED && !plan->surprising;
  *runner = (LkRunner) { ctx, function, plan, settled ? lk_scratch_take (plan, lk_code_of (plan)) : NULL };
}

void
lk_runner_end (LkRunner *runner)
{
  if (runner->scratch != NULL)
    lk_scratch_give (runner->plan, runner->plan->code, runner->scratch);
}

gboolean
lk_runner_run (LkRunner *runner, const LkPart *part, LkTensor *const *inputs, LkTensor **outputs)
{
  if (runner->scratch != NULL && !LK_WATCHED)
    return lk_code_run (runner->ctx, runner->plan, runner->scratch, inputs, outputs);
  for (guint i = 0; i < runner->plan->n_results; i++)
    g_clear_pointer (&outputs[i], lk_tensor_unref);
  return lk_function_run_part (runner->ctx, runner->function, part, inputs, outputs);
}
