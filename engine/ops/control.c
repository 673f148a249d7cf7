/* SPDX-License-Identifier: MIT */
/* Branches and loops: nodes that run functions. Captures are among the inputs, the same for both functions of a node. */
#include "engine/events/stream.h"
#include "engine/graph/call.h"
#include "engine/graph/control_flow.h"
#include "engine/ops/block.h"
#include "engine/ops/list.h"

static gboolean
check_inputs (const LkCall *call, const LkFunction *function, guint first)
{
  for (guint i = first; i < call->n_inputs; i++)
    {
      const LkTensor *given = call->inputs[i], *wanted = function->inputs[i - first];
      if (given->dtype != wanted->dtype || !lk_shape_compatible (&given->shape, &wanted->shape))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "input #%u of %s does not fit %s", i, call->op->name,
                             function->name);
    }
  return TRUE;
}

/* ---- If ---- */

static gboolean
if_infer (const LkCall *call, LkSignature *out)
{
  const LkFunction *a = call->attrs[0].func, *b = call->attrs[1].func;
  if (call->n_inputs != a->n_all + 1 || a->n_all != b->n_all || a->n_outputs != b->n_outputs)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The branches %s and %s differ in their signatures", a->name, b->name);
  if (call->inputs[0]->shape.rank != 0 && call->inputs[0]->shape.rank != LK_RANK_UNKNOWN)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The condition must be a scalar");
  if (!check_inputs (call, a, 1) || !check_inputs (call, b, 1))
    return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      out[i].dtype = a->outputs[i]->dtype;
      out[i].shape = lk_shape_common (&a->outputs[i]->shape, &b->outputs[i]->shape);
    }
  return TRUE;
}

static void
if_kernel (LkCall *call)
{
  gboolean taken = *(const guint8 *) call->inputs[0]->data;
  const LkPart part = { LK_CALL_BRANCH, taken ? "then" : "else", taken ? 0 : 1 };
  lk_function_run_part (call->ctx, call->attrs[part.number].func, &part, call->inputs + 1, call->outputs);
}

LK_BLOCK (if_else, .infer = if_infer, .kernel = if_kernel, .gradient = lk_branch_gradient);

/* ---- While ---- */

/* The body may have more variables than the loop has inputs: lists that begin empty, in which it keeps what its
   gradient needs. They come after the loop's variables and before the captures. */
static guint
n_kept (const LkCall *call)
{
  return call->attrs[0].func->n_all - call->n_inputs;
}

static gboolean
while_infer (const LkCall *call, LkSignature *out)
{
  const LkFunction *body = call->attrs[0].func, *cond = call->attrs[1].func;
  if (call->n_inputs != cond->n_all || body->n_all < call->n_inputs || body->n_outputs > body->n_all)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The condition %s and the body %s differ in their signatures",
                         cond->name, body->name);
  if (!check_inputs (call, cond, 0))
    return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      out[i].dtype = body->inputs[i]->dtype;
      out[i].shape = body->inputs[i]->shape;
    }
  return TRUE;
}

/* What goes into the body: variables, lists, captures; and into the condition, which sees no lists. */
typedef struct
{
  guint n, kept, n_inputs;
  guint number;           /* of the iteration */
  LkTensor **body, **cond;
} Loop;

static void
loop_begin (Loop *loop, const LkCall *call)
{
  const LkFunction *body = call->attrs[0].func;
  loop->number = 0;
  loop->kept = n_kept (call);
  loop->n = body->n_outputs - loop->kept;
  loop->n_inputs = call->n_inputs;
  loop->body = g_new (LkTensor *, body->n_all + 1);
  loop->cond = g_new (LkTensor *, call->n_inputs + 1);
  for (guint i = 0; i < loop->n; i++)
    loop->body[i] = lk_tensor_ref (call->inputs[i]);
  for (guint i = 0; i < loop->kept; i++)
    loop->body[loop->n + i] = lk_list_new ();
  for (guint i = loop->n; i < call->n_inputs; i++)
    loop->body[loop->kept + i] = call->inputs[i];
}

static gboolean
loop_goes_on (Loop *loop, const LkCall *call)
{
  const LkPart part = { LK_CALL_CONDITION, "condition", loop->number };
  LkTensor *result = NULL;
  gboolean holds;
  for (guint i = 0; i < loop->n_inputs; i++)
    loop->cond[i] = loop->body[i < loop->n ? i : i + loop->kept];
  if (!lk_function_run_part (call->ctx, call->attrs[1].func, &part, loop->cond, &result))
    return FALSE;
  holds = *(const guint8 *) result->data;
  lk_tensor_unref (result);
  return holds;
}

static gboolean
loop_step (Loop *loop, const LkCall *call, LkTensor **next)
{
  const LkPart part = { LK_CALL_ITERATION, "iteration", loop->number++ };
  if (!lk_function_run_part (call->ctx, call->attrs[0].func, &part, loop->body, next))
    return FALSE;
  for (guint i = 0; i < loop->n + loop->kept; i++)
    {
      lk_tensor_unref (loop->body[i]);
      loop->body[i] = next[i];
    }
  return TRUE;
}

/* What a debugger sees around the iterations: a call of the node's name. */
static void
tell_loop (LkContext *ctx)
{
  const char *name = ctx->node != NULL ? ctx->node->name : "While";
  lk_gate_call (ctx, LK_CALL_LOOP, name);
  lk_emit_call (ctx, LK_CALL_LOOP, name, NULL, NULL);
}

static void
while_kernel (LkCall *call)
{
  LkContext *ctx = call->ctx;
  const gboolean watched = LK_WATCHED;
  Loop loop;
  loop_begin (&loop, call);
  if (watched)
    tell_loop (ctx);
  g_autofree LkTensor **next = g_new (LkTensor *, loop.n + loop.kept + 1);
  while (ctx->error == NULL && loop_goes_on (&loop, call) && loop_step (&loop, call, next))
    ;
  if (watched)
    lk_emit_loop_end (ctx, loop.number);
  for (guint i = 0; i < loop.n + loop.kept; i++)
    if (ctx->error != NULL || i >= call->n_outputs)
      lk_tensor_unref (loop.body[i]);
    else if (i < loop.n && loop.body[i] == call->inputs[i] && loop.body[i]->buffer != NULL)
      {
        /* It never ran: what comes out has an id of its own. */
        call->outputs[i] = lk_tensor_new_alias (loop.body[i], &loop.body[i]->shape);
        lk_tensor_unref (loop.body[i]);
      }
    else
      call->outputs[i] = loop.body[i];
  g_free (loop.body);
  g_free (loop.cond);
}

LK_BLOCK (while_loop, .infer = while_infer, .kernel = while_kernel, .gradient = lk_loop_gradient);
