/* SPDX-License-Identifier: MIT */
#include "engine/execute/tail.h"

#include <sched.h>
#include <string.h>

#include "engine/ops/block.h"
#include "engine/ops/rule.h"

#define SPINS 2000      /* looks for one's turn before others may have the processor */

static const LkReducer *
reducer_of (const LkProgram *p, const LkTileTail *tail)
{
  return tail->node->op->block->reduction->reducers[p->dtypes[tail->input]];
}

/* ---- shapes ---- */

static gboolean
fit_tail (const LkProgram *p, LkTileFrame *frame, LkContext *ctx, LkTensor *const *values, guint i)
{
  const LkTileTail *tail = &p->tails[i];
  LkTensor input = { .refs = 1, .dtype = p->dtypes[tail->input], .shape = frame->shape, .size = lk_shape_size (&frame->shape) };
  LkTensor *inputs[] = { &input, values[tail->axes] };
  LkSignature out = { .dtype = tail->node->outputs[0]->dtype };
  const LkCall call = { ctx, tail->node->op, 2, inputs, tail->node->attrs, 1, NULL };
  const LkNode *outer = ctx->node;
  ctx->node = tail->node;
  const gboolean good = tail->node->op->block->infer (&call, &out);
  ctx->node = outer;
  frame->results[i] = out.shape;
  return good;
}

gboolean
lk_tails_fit (const LkProgram *p, LkTileFrame *frame, LkContext *ctx, LkTensor *const *values)
{
  for (guint i = 0; i < p->n_tails; i++)
    {
      const LkCall call = { ctx, p->tails[i].node->op };
      if (!fit_tail (p, frame, ctx, values, i) || !lk_axes_read (&call, values[p->tails[i].axes], frame->shape.rank, &frame->axes))
        return FALSE;
      lk_axes_group (&frame->shape, frame->axes, &frame->groups);
    }
  return TRUE;
}

gboolean
lk_tails_are_fit (const LkProgram *p, const LkTileFrame *frame, LkTensor *const *values)
{
  const LkTensor *axes = values[p->tails[0].axes];
  guint axis, set = 0;
  for (gint64 i = 0; i < axes->size; i++)
    if (!lk_rule_axis (lk_int_at (axes, i), frame->shape.rank, &axis) || set & 1u << axis)
      return FALSE;
    else
      set |= 1u << axis;
  return set == frame->axes;
}

/* ---- accumulators ---- */

#define ROUND 16        /* bytes: where those of a tail begin */

static gsize
bytes_of (const LkTails *t, const LkTileFrame *frame, guint i)
{
  const gsize size = reducer_of (t->program, &t->program->tails[i])->size;
  return (lk_shape_size (&frame->results[i]) * size + ROUND - 1) / ROUND * ROUND;
}

gboolean
lk_tails_clear (LkTails *t, const LkTileFrame *frame)
{
  const LkProgram *p = t->program;
  gsize bytes = 0;
  for (guint i = 0; i < p->n_tails; i++)
    bytes += bytes_of (t, frame, i);
  t->sums = bytes <= sizeof t->few ? (char *) t->few : (t->many = g_try_malloc (bytes));
  if (t->sums == NULL)
    return lk_call_fail (t->call, LK_RESOURCE_EXHAUSTED, "not enough memory for %" G_GSIZE_FORMAT " bytes of sums", bytes);
  char *sums = t->sums;
  for (guint i = 0; i < p->n_tails; i++, sums += bytes_of (t, frame, i - 1))
    reducer_of (p, &p->tails[i])->clear (sums, lk_shape_size (&frame->results[i]));
  return TRUE;
}

void
lk_tails_store (LkTails *t, const LkTileFrame *frame)
{
  const LkProgram *p = t->program;
  char *sums = t->sums, *blocks = t->blocks;
  for (guint i = 0; i < p->n_tails; i++)
    {
      const LkTileTail *tail = &p->tails[i];
      const LkReducer *reducer = reducer_of (p, tail);
      const gint64 n = lk_shape_size (&frame->results[i]);
      if (blocks != NULL)
        reducer->join (sums, blocks, t->n_blocks);
      tail->node->op->block->reduction->stores[p->dtypes[tail->input]] (t->call->outputs[tail->output]->data, sums, n,
                                                                        n > 0 ? frame->size / n : 0);
      sums += bytes_of (t, frame, i);
      blocks = blocks != NULL ? blocks + t->n_blocks * reducer->size : NULL;
    }
  g_free (t->many);
  g_free (t->blocks);
}

/* ---- threads ---- */

static gboolean
make_blocks (LkTails *t, gint64 size)
{
  const LkProgram *p = t->program;
  gsize bytes = 0;
  t->n_blocks = (size + LK_LANE_BLOCK - 1) / LK_LANE_BLOCK;
  for (guint i = 0; i < p->n_tails; i++)
    bytes += t->n_blocks * reducer_of (p, &p->tails[i])->size;
  t->blocks = g_try_malloc (bytes);
  return t->blocks != NULL;
}

gint64
lk_tails_share (LkTails *t, const LkTileFrame *frame, gint64 part)
{
  const LkAxesGroups *g = &frame->groups;
  const gint64 length = g->dims[g->n - 1];
  if (g->n == 1 && g->reduced[0] && make_blocks (t, frame->size))
    return t->part = part / LK_LANE_BLOCK * LK_LANE_BLOCK;
  if (g->n == 2 && g->reduced[1])
    return t->part = MAX (part / length, 1) * length;
  t->in_turn = TRUE;
  if (length <= LK_LANE_BLOCK)
    return t->part = LK_LANE_BLOCK / length * length;
  return t->part = g->reduced[g->n - 1] ? length : LK_LANE_BLOCK;
}

static void
wait_for_turn (LkTails *t, guint part)
{
  for (guint i = 0; __atomic_load_n (&t->turn, __ATOMIC_ACQUIRE) != part; i++)
    if (i >= SPINS)
      sched_yield ();
#if defined __x86_64__
    else
      __builtin_ia32_pause ();
#endif
}

void
lk_tails_pass (LkTails *t, guint part)
{
  if (!t->in_turn)
    return;
  wait_for_turn (t, part);
  __atomic_store_n (&t->turn, part + 1, __ATOMIC_RELEASE);
}

/* ---- taking up ---- */

void
lk_tails_begin (LkTileFrame *frame, gint64 at)
{
  frame->from = at;
  frame->pad = 0;
}

static const char *
value_at (const LkTails *t, const LkTileFrame *frame, guint face, gint64 at)
{
  const LkProgram *p = t->program;
  const gint output = p->outputs[face - p->n_whole];
  if (output < 0)
    return lk_tails_gathered (p, frame, face, at);
  return (const char *) t->call->outputs[output]->data + at * (gint64) lk_dtype_size (p->dtypes[face]);
}

static void
take (LkTails *t, const LkTileFrame *frame, gint64 n)
{
  const LkProgram *p = t->program;
  char *sums = t->sums, *blocks = t->blocks;
  for (guint i = 0; i < p->n_tails; i++)
    {
      const LkTileTail *tail = &p->tails[i];
      const LkReducer *reducer = reducer_of (p, tail);
      const char *values = value_at (t, frame, tail->input, frame->from);
      if (blocks != NULL)
        {
          reducer->blocks (blocks + frame->from / LK_LANE_BLOCK * reducer->size, values, n);
          blocks += t->n_blocks * reducer->size;
          continue;
        }
      lk_axes_feed (&frame->groups, values, lk_dtype_size (p->dtypes[tail->input]), frame->from, n, sums, reducer);
      sums += bytes_of (t, frame, i);
    }
}

/* What could not be taken up yet comes first, before what the next tiles give, which shall lie as vectors like it. */
static void
keep_rest (const LkProgram *p, LkTileFrame *frame, gint64 cut, gint64 end)
{
  const gint64 before = frame->from, rest = end - cut;
  const guint pad_before = frame->pad, pad = -rest & 63;
  for (guint i = 0; rest > 0 && i < p->n_outputs; i++)
    if (p->outputs[i] < 0)
      {
        const gsize size = lk_dtype_size (p->dtypes[p->n_whole + i]);
        char *memory = frame->memory + frame->places[p->n_whole + i];
        memmove (memory + pad * size, memory + (cut - before + pad_before) * size, rest * size);
      }
  frame->from = cut;
  frame->pad = rest > 0 ? pad : 0;
}

void
lk_tails_take (LkTails *t, LkTileFrame *frame, gint64 end, gint64 last)
{
  if (end < last && end - frame->from < LK_LANE_BLOCK)
    return;
  const gint64 cut = lk_axes_cut (&frame->groups, end);
  if (t->in_turn)
    wait_for_turn (t, frame->from / t->part);
  take (t, frame, cut - frame->from);
  keep_rest (t->program, frame, cut, end);
}
