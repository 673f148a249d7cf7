/* SPDX-License-Identifier: MIT */
#include "engine/execute/frame.h"

#include <stdlib.h>
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/execute/tail.h"

#define NEAR 32768      /* bytes of all faces of a tile: most of the nearest cache */
#define LONGEST 8192    /* elements of a tile */
#define SHORTEST 64

/* ---- life ---- */

static LkTileFrame *
frame_new (const LkProgram *p)
{
  LkTileFrame *frame = g_new0 (LkTileFrame, 1);
  LkTensor **pointers = frame->pointers = g_new (LkTensor *, p->n_steps * (LK_STEP_MOST_INPUTS + 1) + 1);
  frame->faces = g_new0 (LkTensor, p->n_faces);
  frame->calls = g_new0 (LkCall, p->n_steps + 1);
  frame->instrs = g_new (LkTileInstr, p->n_steps + 1);
  frame->codes = g_new (LkStripCode, p->n_steps * LK_STRIP_MOST_CODES + 1);
  frame->places = g_new0 (gsize, p->n_faces);
  frame->shapes = g_new0 (LkShape, p->n_whole + 1);
  frame->kinds = g_new0 (guint8, p->n_whole + 1);
  frame->spreads = g_new0 (LkSpread, p->n_whole + 1);
  frame->results = g_new0 (LkShape, p->n_tails + 1);
  for (guint i = 0; i < p->n_faces; i++)
    frame->faces[i] = (LkTensor) { .refs = 1, .dtype = p->dtypes[i], .shape.rank = 1 };
  for (guint i = 0; i < p->n_steps; i++)
    {
      const LkTileStep *step = &p->steps[i];
      frame->calls[i] = (LkCall) { NULL, step->op, step->n_inputs, pointers, step->attrs, 1, pointers + step->n_inputs };
      for (guint k = 0; k < step->n_inputs; k++)
        *pointers++ = &frame->faces[step->inputs[k]];
      *pointers++ = &frame->faces[step->output];
    }
  return frame;
}

void
lk_frame_free (LkTileFrame *frame)
{
  if (frame == NULL)
    return;
  g_free (frame->faces);
  g_free (frame->pointers);
  g_free (frame->calls);
  g_free (frame->instrs);
  g_free (frame->codes);
  g_free (frame->places);
  g_free (frame->shapes);
  g_free (frame->kinds);
  g_free (frame->spreads);
  g_free (frame->results);
  free (frame->memory);
  g_free (frame);
}

LkTileFrame *
lk_frame_take (LkProgram *p)
{
  for (guint i = 0; i < LK_PROGRAM_FRAMES; i++)
    {
      LkTileFrame *frame = __atomic_exchange_n (&p->frames[i], NULL, __ATOMIC_ACQUIRE);
      if (frame != NULL)
        return frame;
    }
  return frame_new (p);
}

void
lk_frame_give (LkProgram *p, LkTileFrame *frame)
{
  for (guint i = 0; i < LK_PROGRAM_FRAMES; i++)
    {
      LkTileFrame *none = NULL;
      if (__atomic_compare_exchange_n (&p->frames[i], &none, frame, FALSE, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        return;
    }
  lk_frame_free (frame);
}

/* ---- shapes ---- */

static gboolean
is_fit (const LkProgram *p, const LkTileFrame *frame, LkTensor *const *values)
{
  if (!frame->is_laid || (p->n_tails > 0 && !lk_tails_are_fit (p, frame, values)))
    return FALSE;
  for (guint i = 0; i < p->n_whole; i++)
    {
      const LkShape *seen = &frame->shapes[i], *shape = &values[i]->shape;
      if (seen->rank != shape->rank || memcmp (seen->dims, shape->dims, seen->rank * sizeof (gint64)) != 0)
        return FALSE;
    }
  return TRUE;
}

/* The nodes' own rules, on shapes alone: where one refuses, the error is its own. */
static gboolean
find_shape (const LkProgram *p, LkTileFrame *frame, LkContext *ctx, LkTensor *const *values)
{
  g_autofree LkTensor *shaped = g_memdup2 (frame->faces, p->n_faces * sizeof *shaped);
  const LkNode *outer = ctx->node;
  gboolean good = TRUE;
  for (guint i = 0; i < p->n_whole; i++)
    shaped[i].shape = values[i]->shape;
  for (guint i = 0; good && i < p->n_steps; i++)
    {
      const LkTileStep *step = &p->steps[i];
      LkTensor *inputs[LK_STEP_MOST_INPUTS];
      LkSignature out = { .dtype = p->dtypes[step->output] };
      for (guint k = 0; k < step->n_inputs; k++)
        inputs[k] = &shaped[step->inputs[k]];
      const LkCall call = { ctx, step->node->op, step->n_inputs, inputs, step->attrs, 1, NULL };
      ctx->node = step->node;
      good = step->node->op->block->infer (&call, &out);
      shaped[step->output].shape = frame->shape = out.shape;
    }
  ctx->node = outer;
  return good;
}

/* How the input's axes lie under the output's, from behind. */
static void
spread_init (LkSpread *s, const LkShape *input, const LkShape *output)
{
  gint64 step = 1, steps[LK_MAX_RANK];
  for (guint back = 1; back <= output->rank; back++)
    {
      const gint64 dim = back <= input->rank ? input->dims[input->rank - back] : 1;
      steps[output->rank - back] = dim == 1 ? 0 : step;
      step *= dim;
    }
  *s = (LkSpread) { 0 };
  for (guint i = 0; i < output->rank; i++)
    {
      if (output->dims[i] == 1)
        continue;
      if (s->rank > 0 && s->steps[s->rank - 1] == steps[i] * output->dims[i])
        s->dims[s->rank - 1] *= output->dims[i];
      else
        s->dims[s->rank++] = output->dims[i];
      s->steps[s->rank - 1] = steps[i];
    }
}

void
lk_spread_fill (const LkSpread *s, gsize size, const char *from, char *to, gint64 at, gint64 n)
{
  const guint last = s->rank - 1;
  const gint64 length = s->dims[last];
  while (n > 0)
    {
      gint64 rest = at / length, source = 0;
      const gint64 inside = at % length, count = MIN (n, length - inside);
      for (guint i = last; i-- > 0; rest /= s->dims[i])
        source += rest % s->dims[i] * s->steps[i];
      source += inside * s->steps[last];
      if (s->steps[last] != 0)
        memcpy (to, from + source * size, count * size);
      else
        for (gsize done = 0, bytes = count * size, more; done < bytes; done += more)
          {
            more = done == 0 ? size : MIN (done, bytes - done);
            memcpy (to + done, done == 0 ? from + source * size : to, more);
          }
      to += count * size;
      at += count;
      n -= count;
    }
}

/* ---- laying out ---- */

static void
choose_tile (const LkProgram *p, LkTileFrame *frame)
{
  gint64 tile = CLAMP (NEAR / MAX (p->element_bytes, 1), SHORTEST, LONGEST), period = 0;
  for (guint i = 0; i < p->n_whole; i++)
    if (frame->kinds[i] == LK_FACE_SPREAD && frame->spreads[i].rank == 2 && frame->spreads[i].steps[0] == 0)
      period = MAX (period, frame->spreads[i].dims[1]);
  if (frame->size <= tile)
    tile = frame->size;
  else if (period > 0 && period <= tile)
    tile = tile / period * period;
  else if (p->n_tails > 0)      /* so that there is seldom a rest */
    tile = (gint64) 1 << g_bit_nth_msf (tile, -1);
  else
    {
      const gint64 n = (frame->size + tile - 1) / tile;
      tile = ((frame->size + n - 1) / n + SHORTEST - 1) / SHORTEST * SHORTEST;
    }
  frame->tile = tile;
  for (guint i = 0; i < p->n_whole; i++)
    frame->spreads[i].repeats = frame->kinds[i] == LK_FACE_SPREAD && frame->spreads[i].rank == 2
                                && frame->spreads[i].steps[0] == 0 && tile % frame->spreads[i].dims[1] == 0;
}

static gboolean
has_own_memory (const LkProgram *p, const LkTileFrame *frame, guint face)
{
  if (face < p->n_whole)
    return frame->kinds[face] == LK_FACE_SPREAD;
  return face >= p->n_whole + p->n_outputs || p->outputs[face - p->n_whole] < 0;
}

static gint64
place_length (const LkProgram *p, const LkTileFrame *frame, guint face)
{
  return frame->tile + (face >= p->n_whole && face < p->n_whole + p->n_outputs ? LK_TAIL_GATHERED : 0);
}

static gboolean
place_faces (const LkProgram *p, LkTileFrame *frame)
{
  gsize bytes = 0;
  for (guint i = 0; i < p->n_faces; i++)
    if (has_own_memory (p, frame, i))
      {
        frame->places[i] = bytes;
        bytes += (place_length (p, frame, i) * lk_dtype_size (p->dtypes[i]) + 63) & ~(gsize) 63;
      }
  free (frame->memory);
  frame->memory = aligned_alloc (64, MAX (bytes, 64));
  for (guint i = 0; frame->memory != NULL && i < p->n_faces; i++)
    if (has_own_memory (p, frame, i))
      frame->faces[i].data = frame->memory + frame->places[i];
  return frame->memory != NULL;
}

gboolean
lk_frame_fit (LkProgram *p, LkTileFrame *frame, LkContext *ctx, LkTensor *const *values)
{
  if (G_LIKELY (is_fit (p, frame, values)))
    return TRUE;
  frame->is_laid = FALSE;
  if (!find_shape (p, frame, ctx, values) || !lk_tails_fit (p, frame, ctx, values))
    return FALSE;
  frame->size = lk_shape_size (&frame->shape);
  for (guint i = 0; i < p->n_whole; i++)
    {
      const gint64 size = lk_shape_size (&values[i]->shape);
      frame->shapes[i] = values[i]->shape;
      frame->kinds[i] = size == frame->size || !p->is_read[i] ? LK_FACE_WHOLE : size == 1 ? LK_FACE_SINGLE : LK_FACE_SPREAD;
      if (frame->kinds[i] == LK_FACE_SPREAD && frame->size > 0)
        spread_init (&frame->spreads[i], &values[i]->shape, &frame->shape);
    }
  choose_tile (p, frame);
  lk_frame_schedule (p, frame);
  if (!place_faces (p, frame))
    {
      lk_context_fail (ctx, LK_RESOURCE_EXHAUSTED, "not enough memory for tiles of a fused kernel");
      return FALSE;
    }
  frame->length = -1;
  frame->is_laid = TRUE;
  return TRUE;
}

const LkShape *
lk_frame_output_shape (const LkProgram *p, const LkTileFrame *frame, guint i)
{
  for (guint k = 0; k < p->n_tails; k++)
    if (p->tails[k].output == i)
      return &frame->results[k];
  return &frame->shape;
}

void
lk_frame_set_length (const LkProgram *p, LkTileFrame *frame, gint64 length)
{
  if (frame->length == length)
    return;
  frame->length = length;
  for (guint i = 0; i < p->n_faces; i++)
    {
      const gboolean single = i < p->n_whole && frame->kinds[i] == LK_FACE_SINGLE;
      LkTensor *face = &frame->faces[i];
      face->size = single ? 1 : length;
      face->shape = single ? LK_SCALAR : (LkShape) { 1, { length } };
    }
}
