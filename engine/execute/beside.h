/* SPDX-License-Identifier: MIT */
/* Steps that run at once, on several threads: those of nodes that are marked for it, follow one another and do not need one another.
   Constants, inputs, variables that are read, and aliases may stand between; they come first. All values of a group stay until its end, and
   its steps cannot fail, so that order cannot be told from the results. A watched run takes them one after another. Private to the
   engine. */
#pragma once
#include "engine/execute/code.h"

#define LK_BESIDE_MOST 64       /* steps of a group, with those between */

gboolean lk_node_may_stand_between (const LkNode *node);
/* How many steps, from `at` on, are a group; 0 when none begins there. */
guint lk_plan_group (const LkPlan *plan, guint at);
/* Runs the kernels of n instructions, whose outputs are there, at once. calls: theirs. */
void lk_code_run_beside (const LkInstr *instrs, LkCall *calls, guint n);
