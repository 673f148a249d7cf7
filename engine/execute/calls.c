/* SPDX-License-Identifier: MIT */
/* What is told of calls that were inlined. */
#include "engine/eager/state.h"
#include "engine/events/stream.h"
#include "engine/graph/inlined.h"

/* How often it was left in this run. */
static guint
times_left (const LkCalls *calls, const LkInlined *inlined)
{
  guint n = 0;
  for (guint i = 0; i < calls->left->len; i++)
    n += g_ptr_array_index (calls->left, i) == inlined;
  return n;
}

static void
leave (LkContext *ctx, LkCalls *calls)
{
  ctx->node = &calls->now->node;
  lk_emit_return (ctx);
  g_ptr_array_add (calls->left, calls->now);
  calls->now = calls->now->outer;
}

static void
enter (LkContext *ctx, LkCalls *calls, LkInlined *to)
{
  if (to == calls->now)
    return;
  enter (ctx, calls, to->outer);
  const guint number = times_left (calls, to);
  ctx->node = &to->node;
  lk_gate_numbered_call (ctx, LK_CALL_RUN, to->name, number);
  lk_emit_numbered_call (ctx, LK_CALL_RUN, to->name, calls->graph, number);
  calls->now = to;
}

void
lk_calls_go (LkContext *ctx, LkInlined *to)
{
  LkCalls *calls = ctx->calls;
  if (calls == NULL || calls->now == to)
    return;
  const LkNode *node = ctx->node;
  const LkInlined *common = lk_inlined_common (calls->now, to);
  while (calls->now != common)
    leave (ctx, calls);
  if (to != NULL)
    enter (ctx, calls, to);
  ctx->node = node;
}
