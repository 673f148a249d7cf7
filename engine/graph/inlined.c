/* SPDX-License-Identifier: MIT */
#include "engine/graph/inlined.h"

LkInlined *
lk_inlined_new (const LkNode *call, const char *name, guint32 place)
{
  LkInlined *inlined = g_new0 (LkInlined, 1);
  inlined->refs = 1;
  inlined->outer = lk_inlined_ref (call->inlined);
  inlined->depth = inlined->outer != NULL ? inlined->outer->depth + 1 : 1;
  inlined->place = place;
  inlined->name = g_strdup (name);
  inlined->node.stack = call->stack;
  return inlined;
}

LkInlined *
lk_inlined_ref (LkInlined *inlined)
{
  if (inlined != NULL)
    g_atomic_int_inc (&inlined->refs);
  return inlined;
}

void
lk_inlined_unref (LkInlined *inlined)
{
  if (inlined == NULL || !g_atomic_int_dec_and_test (&inlined->refs))
    return;
  lk_inlined_unref (inlined->outer);
  g_free (inlined->name);
  g_free (inlined);
}

LkInlined *
lk_inlined_at (LkInlined *inlined, guint depth)
{
  while (inlined != NULL && inlined->depth > depth)
    inlined = inlined->outer;
  return inlined;
}

LkInlined *
lk_inlined_common (LkInlined *a, LkInlined *b)
{
  a = lk_inlined_at (a, b != NULL ? b->depth : 0);
  b = lk_inlined_at (b, a != NULL ? a->depth : 0);
  while (a != b)
    {
      a = a->outer;
      b = b->outer;
    }
  return a;
}
