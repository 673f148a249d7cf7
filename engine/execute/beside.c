/* SPDX-License-Identifier: MIT */
#include "engine/execute/beside.h"

#include "engine/core/parallel.h"
#include "engine/ops/block.h"

gboolean
lk_node_may_stand_between (const LkNode *node)
{
  return node->op->index == LK_OP_CONST || node->op->index == LK_OP_PLACEHOLDER_NODE || node->op->index == LK_OP_READ_VARIABLE
         || (node->op->flags & LK_OP_ALIAS) != 0;
}

/* Is an input of step made by a marked step from `at` on? */
static gboolean
reads_group (const LkPlan *plan, guint at, guint step)
{
  const LkNode *node = plan->steps[step].node;
  for (guint i = at; i < step; i++)
    for (guint k = 0; k < node->n_inputs; k++)
      if ((plan->steps[i].node->flags & LK_NODE_BESIDE) != 0 && node->inputs[k]->node == plan->steps[i].node)
        return TRUE;
  return FALSE;
}

guint
lk_plan_group (const LkPlan *plan, guint at)
{
  guint members = 0, last = at;
  if ((plan->steps[at].node->flags & LK_NODE_BESIDE) == 0)
    return 0;
  for (guint i = at; i < plan->n_steps && i - at < LK_BESIDE_MOST; i++)
    {
      const LkNode *node = plan->steps[i].node;
      const gboolean is_member = (node->flags & LK_NODE_BESIDE) != 0;
      if ((!is_member && !lk_node_may_stand_between (node)) || reads_group (plan, at, i))
        break;
      members += is_member;
      last = is_member ? i : last;
    }
  return members > 1 ? last - at + 1 : 0;
}

typedef struct
{
  const LkInstr *instrs;
  LkCall *calls;
} Job;

static void
run_one (gpointer data, guint i)
{
  const Job *job = data;
  job->instrs[i].run.kernel (&job->calls[i]);
}

void
lk_code_run_beside (const LkInstr *instrs, LkCall *calls, guint n)
{
  Job job = { instrs, calls };
  lk_parallel (n, run_one, &job);
}
