/* SPDX-License-Identifier: MIT */
/* By what the steps of a program run in a frame: those that strips know and that follow one another are one strip. */
#include "engine/execute/frame.h"
#include "engine/ops/block.h"

static gboolean
goes_along (const LkProgram *p, const LkTileFrame *frame, guint face)
{
  return face >= p->n_whole || frame->kinds[face] != LK_FACE_SINGLE;
}

static gboolean
is_output (const LkProgram *p, guint face)
{
  return face >= p->n_whole && face < p->n_whole + p->n_outputs;
}

static guint
n_reads (const LkTileStep *step, guint face)
{
  guint n = 0;
  for (guint i = 0; i < step->n_inputs; i++)
    n += step->inputs[i] == face;
  return n;
}

/* ---- strips ---- */

/* The end of the strip that begins with step. */
static guint
strip_end (const LkProgram *p, guint step)
{
  const guint8 dtype = p->dtypes[p->steps[step].output];
  guint end = step;
  while (end < p->n_steps && p->dtypes[p->steps[end].output] == dtype && lk_strip_knows (p->steps[end].op, dtype))
    end++;
  return end;
}

/* Must the output of step, in the strip up to end, be in memory? Registers hold it for the next step alone, as one of its inputs. */
static gboolean
is_stored (const LkProgram *p, guint step, guint end)
{
  const guint face = p->steps[step].output;
  if (is_output (p, face))
    return TRUE;
  for (guint i = step + 1; i < p->n_steps; i++)
    {
      const guint at_hand = i == step + 1 && i < end;
      if (n_reads (&p->steps[i], face) > at_hand)
        return TRUE;
      if (p->steps[i].output == face)
        break;
    }
  return FALSE;
}

static LkStripCode *
append_step (const LkProgram *p, LkTileFrame *frame, LkStripCode *codes, const LkTileStep *step, gint held_face)
{
  void *const *at[2] = { NULL };
  guint8 steps[2] = { 0 };
  gint held = -1;
  for (guint i = step->n_inputs; i-- > 0;)
    {
      at[i] = &frame->faces[step->inputs[i]].data;
      steps[i] = goes_along (p, frame, step->inputs[i]);
      if (step->inputs[i] == held_face)
        held = i;
    }
  return lk_strip_append (codes, step->op, at, steps, held);
}

static LkStripCode *
append_strip (const LkProgram *p, LkTileFrame *frame, LkStripCode *codes, guint begin, guint end)
{
  for (guint i = begin; i < end; i++)
    {
      codes = append_step (p, frame, codes, &p->steps[i], i > begin ? p->steps[i - 1].output : -1);
      if (is_stored (p, i, end))
        codes = lk_strip_append_store (codes, &frame->faces[p->steps[i].output].data);
    }
  return codes;
}

/* ---- single steps ---- */

static void
init_instr (const LkProgram *p, LkTileFrame *frame, LkTileInstr *instr, guint i)
{
  const LkTileStep *step = &p->steps[i];
  const LkBlock *block = step->op->block;
  const LkDType dtype = p->dtypes[step->inputs[0]];
  *instr = (LkTileInstr) { .kernel = block->kernel, .call = &frame->calls[i], .a = &frame->faces[step->inputs[0]].data,
                           .out = &frame->faces[step->output].data };
  if (block->unary != NULL && step->n_inputs == 1)
    instr->unary = block->unary[dtype];
  if (block->binary == NULL || step->n_inputs != 2)
    return;
  instr->binary = block->binary[dtype];
  instr->b = &frame->faces[step->inputs[1]].data;
  instr->a_step = goes_along (p, frame, step->inputs[0]);
  instr->b_step = goes_along (p, frame, step->inputs[1]);
}

void
lk_frame_schedule (const LkProgram *p, LkTileFrame *frame)
{
  LkStripCode *codes = frame->codes;
  frame->n_instrs = 0;
  for (guint i = 0; i < p->n_steps;)
    {
      const guint end = strip_end (p, i);
      LkTileInstr *instr = &frame->instrs[frame->n_instrs++];
      if (end < i + 2)
        init_instr (p, frame, instr, i++);
      else
        {
          *instr = (LkTileInstr) { .codes = codes, .dtype = p->dtypes[p->steps[i].output] };
          instr->end = codes = append_strip (p, frame, codes, i, end);
          i = end;
        }
    }
}
