/* SPDX-License-Identifier: MIT */
/* Running fused nodes. */
#include <string.h>

#include "engine/core/parallel.h"
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/tail.h"

#define PART 65536              /* elements of a thread's task, about */
#define SHARE_LEAST 524288      /* elements times nodes that are worth sharing */

typedef struct
{
  LkProgram *program;
  LkContext *ctx;
  LkTensor **values;      /* n_whole */
  LkTensor **outputs;
  gint64 part;
  LkTails tails;
} Run;

static LkProgram *
program_of (const LkCall *call)
{
  return lk_program_of (call->attrs[0].func);
}

/* ---- tiles ---- */

static void
point_faces (const Run *run, LkTileFrame *frame, gint64 at, gint64 n, gboolean first)
{
  const LkProgram *p = run->program;
  for (guint i = 0; i < p->n_whole; i++)
    {
      const gsize size = lk_dtype_size (p->dtypes[i]);
      const char *data = run->values[i]->data;
      if (frame->kinds[i] == LK_FACE_WHOLE)
        frame->faces[i].data = (char *) data + at * (gint64) size;
      else if (frame->kinds[i] == LK_FACE_SINGLE)
        frame->faces[i].data = (char *) data;
      else if (first || !frame->spreads[i].repeats)
        lk_spread_fill (&frame->spreads[i], size, data, frame->faces[i].data, at, n);
    }
  for (guint i = 0; i < p->n_outputs; i++)
    {
      LkTensor *face = &frame->faces[p->n_whole + i];
      if (p->outputs[i] >= 0)
        face->data = (char *) run->outputs[p->outputs[i]]->data + at * (gint64) lk_dtype_size (face->dtype);
      else
        face->data = lk_tails_gathered (p, frame, p->n_whole + i, at);
    }
}

static inline void
run_instrs (const LkTileFrame *frame, gint64 n)
{
  const LkTileInstr *end = frame->instrs + frame->n_instrs;
  for (const LkTileInstr *instr = frame->instrs; instr < end; instr++)
    if (instr->codes != NULL)
      lk_strip_run (instr->dtype, instr->codes, instr->end, n);
    else if (instr->binary != NULL)
      instr->binary (*instr->a, instr->a_step, *instr->b, instr->b_step, *instr->out, n);
    else if (instr->unary != NULL)
      instr->unary (*instr->a, *instr->out, n);
    else
      instr->kernel (instr->call);
}

static void
run_tiles (Run *run, LkTileFrame *frame, gint64 begin, gint64 end)
{
  const LkProgram *p = run->program;
  lk_tails_begin (frame, begin);
  for (gint64 at = begin; at < end; at += frame->tile)
    {
      const gint64 n = MIN (frame->tile, end - at);
      lk_frame_set_length (p, frame, n);
      point_faces (run, frame, at, n, at == begin);
      run_instrs (frame, n);
      if (p->n_tails > 0)
        lk_tails_take (&run->tails, frame, at + n, end);
    }
}

/* Only so that a kernel could say that it failed; none does. */
static void
enter (const LkProgram *p, LkTileFrame *frame, LkContext *ctx)
{
  if (p->n_steps > 0 && frame->calls[0].ctx == ctx)
    return;
  for (guint i = 0; i < p->n_steps; i++)
    frame->calls[i].ctx = ctx;
}

static void
run_part (gpointer data, guint task)
{
  Run *run = data;
  LkTileFrame *frame = lk_frame_take (run->program);
  if (lk_frame_fit (run->program, frame, run->ctx, run->values))
    {
      const gint64 begin = task * run->part;
      enter (run->program, frame, run->ctx);
      run_tiles (run, frame, begin, MIN (begin + run->part, frame->size));
    }
  lk_frame_give (run->program, frame);
  lk_tails_pass (&run->tails, task);
}

static void
run_all (Run *run, LkTileFrame *frame)
{
  const gint64 size = frame->size, tile = frame->tile;
  if (size > PART && (double) size * run->program->n_steps >= SHARE_LEAST && lk_threads () > 1)
    {
      run->part = MAX (MAX (PART / tile, 1) * tile, (size / G_MAXUINT16 / tile + 1) * tile);
      if (run->program->n_tails > 0)
        run->part = lk_tails_share (&run->tails, frame, run->part);
      lk_parallel ((size + run->part - 1) / run->part, run_part, run);
      return;
    }
  enter (run->program, frame, run->ctx);
  run_tiles (run, frame, 0, size);
}

/* ---- the head ---- */

static LkTensor *
value_of (const LkProgram *p, const LkTensor *tensor, LkTensor *const *inputs)
{
  return inputs[lk_tensors_find (p->body->inputs, p->body->n_all, tensor)];
}

/* Into memory that is there, if it fits. FALSE: it does not, and nothing happened. */
static gboolean
run_into (LkCall *alone, LkTensor *room)
{
  LkSignature out = { .dtype = room->dtype };
  const LkBlock *block = alone->op->block;
  if (!block->infer (alone, &out) || !lk_shape_equal (&out.shape, &room->shape) || (block->widens && lk_call_is_narrow (alone, &out)))
    return FALSE;
  alone->outputs[0] = lk_tensor_ref (room);
  block->kernel (alone);
  return TRUE;
}

/* The head's output; NULL after an error. (transfer full) */
static LkTensor *
run_head (LkProgram *p, const LkCall *call)
{
  LkContext *ctx = call->ctx;
  const LkNode *head = p->head, *outer = ctx->node;
  LkTensor *inputs[LK_STEP_MOST_INPUTS], *output = NULL;
  LkSignature out = { .dtype = head->outputs[0]->dtype };
  LkCall alone = { ctx, head->op, head->n_inputs, inputs, head->attrs, 1, &output };
  for (guint i = 0; i < head->n_inputs; i++)
    inputs[i] = value_of (p, head->inputs[i], call->inputs);
  ctx->node = head;
  ctx->unseen++;
  if ((p->room < 0 || !run_into (&alone, call->outputs[p->room])) && ctx->error == NULL)
    lk_call_run (&alone, &out, head);
  ctx->unseen--;
  ctx->node = outer;
  if (ctx->error != NULL)
    g_clear_pointer (&output, lk_tensor_unref);
  return output;
}

static gboolean
head_shape (LkProgram *p, const LkCall *call, LkTensor *shaped)
{
  LkContext *ctx = call->ctx;
  const LkNode *head = p->head, *outer = ctx->node;
  LkTensor *inputs[LK_STEP_MOST_INPUTS];
  LkSignature out = { .dtype = head->outputs[0]->dtype };
  const LkCall alone = { ctx, head->op, head->n_inputs, inputs, head->attrs, 1, NULL };
  for (guint i = 0; i < head->n_inputs; i++)
    inputs[i] = value_of (p, head->inputs[i], call->inputs);
  ctx->node = head;
  const gboolean good = head->op->block->infer (&alone, &out);
  ctx->node = outer;
  *shaped = (LkTensor) { .refs = 1, .dtype = out.dtype, .shape = out.shape, .size = lk_shape_size (&out.shape) };
  return good;
}

/* ---- rule and kernel ---- */

static gboolean
check_inputs (const LkCall *call, const LkFunction *body)
{
  if (call->n_inputs == body->n_all && call->n_outputs == body->n_outputs)
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s takes %u inputs, but was given %u", call->op->name, body->n_all,
                       call->n_inputs);
}

gboolean
lk_program_infer (const LkCall *call, LkSignature *out)
{
  const LkFunction *body = call->attrs[0].func;
  gboolean known = TRUE;
  if (!check_inputs (call, body))
    return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      out[i].dtype = body->outputs[i]->dtype;
      out[i].shape = body->outputs[i]->shape;
      known &= body->outputs[i]->size >= 0;
    }
  if (G_LIKELY (known) || call->ctx->frame->graph != NULL)
    return TRUE;
  LkProgram *p = program_of (call);
  LkTensor head, *values[LK_PROGRAM_MOST_INPUTS + 1];
  memcpy (values, call->inputs, call->n_inputs * sizeof *values);
  values[call->n_inputs] = &head;
  if (p->head != NULL && !head_shape (p, call, &head))
    return FALSE;
  LkTileFrame *frame = lk_frame_take (p);
  const gboolean good = lk_frame_fit (p, frame, call->ctx, values);
  for (guint i = 0; good && i < call->n_outputs; i++)
    out[i].shape = *lk_frame_output_shape (p, frame, i);
  lk_frame_give (p, frame);
  return good;
}

void
lk_program_run (LkCall *call)
{
  LkProgram *p = program_of (call);
  LkTensor *values[LK_PROGRAM_MOST_INPUTS + 1];
  g_autoptr (LkTensor) head = NULL;
  Run run = { p, call->ctx, values, call->outputs, 0, { p, call } };
  memcpy (values, call->inputs, call->n_inputs * sizeof *values);
  if (p->head != NULL && (head = values[call->n_inputs] = run_head (p, call)) == NULL)
    return;
  LkTileFrame *frame = lk_frame_take (p);
  if (lk_frame_fit (p, frame, call->ctx, values) && lk_tails_clear (&run.tails, frame))
    {
      if (frame->size > 0)
        run_all (&run, frame);
      lk_tails_store (&run.tails, frame);
    }
  lk_frame_give (p, frame);
}
