/* SPDX-License-Identifier: MIT */
/* Elementwise fusion: what is computed element by element in several nodes of one shape is computed in one, which goes over memory
   once. Values that others read, too, are given out. */
#include "engine/ops/block.h"
#include "engine/rewrite/groups.h"

static gboolean
fuse_groups (LkRewriting *r)
{
  const guint before = r->log->len;
  g_autoptr (GPtrArray) groups = lk_rewriting_groups (r);
  for (guint i = 0; i < groups->len; i++)
    {
      const GPtrArray *group = g_ptr_array_index (groups, i);
      lk_rewriting_fuse (r, "elementwise nodes → one", LK_OP_FUSED_ELEMENTWISE, (LkNode **) group->pdata, group->len);
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
