/* SPDX-License-Identifier: MIT */
/* Elementwise fusion: what is computed element by element in several nodes of one shape is computed in one, which goes over memory
   once. Values that others read, too, are given out. Sums and other reductions of what is computed there take it up on the way: when
   nobody else reads it, it is never in memory as a whole. */
#include "engine/execute/program.h"
#include "engine/ops/block.h"
#include "engine/rewrite/groups.h"

static const char *
rule_of (const GPtrArray *group)
{
  for (guint i = 0; i < group->len; i++)
    if (lk_op_is_tail (((const LkNode *) g_ptr_array_index (group, i))->op))
      return "elementwise nodes, then reductions → one";
  return "elementwise nodes → one";
}

static gboolean
fuse_groups (LkRewriting *r)
{
  const guint before = r->log->len;
  g_autoptr (GPtrArray) groups = lk_rewriting_groups (r);
  for (guint i = 0; i < groups->len; i++)
    {
      const GPtrArray *group = g_ptr_array_index (groups, i);
      lk_rewriting_fuse (r, rule_of (group), LK_OP_FUSED_ELEMENTWISE, (LkNode **) group->pdata, group->len);
    }
  return r->log->len > before;
}

/* What is one is done before all else, so that others may find together that did not. */
void
lk_pass_fusion (LkRewriting *r)
{
  while (fuse_groups (r))
    ;
}
