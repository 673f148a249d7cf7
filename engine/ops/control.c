/* SPDX-License-Identifier: MIT */
/* Branches and loops: nodes that run functions. Captures are among the inputs, the same for both functions of a node. */
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/cycle.h"
#include "engine/execute/runner.h"
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

/* What all branches give. */
static gboolean
branches_infer (const LkCall *call, LkSignature *out)
{
  const guint n = lk_op_n_functions (call->op, call->attrs);
  const LkFunction *first = lk_op_function (call->op, call->attrs, 0);
  if (call->inputs[0]->shape.rank != 0 && call->inputs[0]->shape.rank != LK_RANK_UNKNOWN)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The %s must be a scalar", call->op->index == LK_OP_IF_ELSE ? "condition" : "index");
  for (guint i = 0; i < call->n_outputs && i < first->n_outputs; i++)
    out[i] = (LkSignature) { first->outputs[i]->dtype, first->outputs[i]->shape };
  for (guint k = 0; k < n; k++)
    {
      const LkFunction *branch = lk_op_function (call->op, call->attrs, k);
      if (call->n_inputs != branch->n_all + 1 || branch->n_outputs != first->n_outputs || call->n_outputs > branch->n_outputs)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "The branches %s and %s differ in their signatures", first->name, branch->name);
      if (!check_inputs (call, branch, 1))
        return FALSE;
      for (guint i = 0; i < call->n_outputs; i++)
        out[i].shape = lk_shape_common (&out[i].shape, &branch->outputs[i]->shape);
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

LK_BLOCK (if_else, .infer = branches_infer, .shape = "What both branches give: dimensions in which they differ are unknown.",
          .kernel = if_kernel, .gradient = lk_branch_gradient);

/* ---- Case ---- */

static void
case_kernel (LkCall *call)
{
  const LkFuncs *branches = call->attrs[0].funcs;
  const guint taken = lk_case_taken (call->inputs[0], branches->n);
  char name[32];
  g_snprintf (name, sizeof name, "branch %u", taken);
  const LkPart part = { LK_CALL_BRANCH, name, taken };
  lk_function_run_part (call->ctx, branches->v[taken], &part, call->inputs + 1, call->outputs);
}

guint
lk_case_taken (const LkTensor *index, guint n)
{
  const gint32 at = *(const gint32 *) index->data;
  return at < 0 || (guint) at >= n ? n - 1 : (guint) at;
}

LK_BLOCK (case_of, .infer = branches_infer, .shape = "What all branches give: dimensions in which they differ are unknown.",
          .kernel = case_kernel, .gradient = lk_branch_gradient);

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

typedef struct
{
  guint n, kept, n_inputs;
  guint number;           /* of the iteration */
  LkRunner condition, iteration;
  LkTensor **body, **cond;      /* what goes into the body: variables, lists, captures; and into the condition, which sees no lists */
  LkTensor **next;        /* what comes out of the body; before, the variables of the iteration before, which may be written over */
  LkTensor *holds;        /* the same of the condition */
} Loop;

static void
loop_begin (Loop *loop, const LkCall *call)
{
  const LkFunction *body = call->attrs[0].func;
  *loop = (Loop) { .kept = n_kept (call), .n_inputs = call->n_inputs };
  loop->n = body->n_outputs - loop->kept;
  loop->body = g_new (LkTensor *, body->n_all + 1);
  loop->cond = g_new (LkTensor *, call->n_inputs + 1);
  loop->next = g_new0 (LkTensor *, body->n_outputs + 1);
  for (guint i = 0; i < loop->n; i++)
    loop->body[i] = lk_tensor_ref (call->inputs[i]);
  for (guint i = 0; i < loop->kept; i++)
    loop->body[loop->n + i] = lk_list_new ();
  for (guint i = loop->n; i < call->n_inputs; i++)
    loop->cond[i] = loop->body[loop->kept + i] = call->inputs[i];
  lk_runner_begin (&loop->iteration, call->ctx, call->attrs[0].func);
  lk_runner_begin (&loop->condition, call->ctx, call->attrs[1].func);
}

static gboolean
loop_goes_on (Loop *loop)
{
  const LkPart part = { LK_CALL_CONDITION, "condition", loop->number };
  for (guint i = 0; i < loop->n; i++)
    loop->cond[i] = loop->body[i];
  return lk_runner_run (&loop->condition, &part, loop->cond, &loop->holds) && *(const guint8 *) loop->holds->data;
}

static gboolean
loop_step (Loop *loop)
{
  const LkPart part = { LK_CALL_ITERATION, "iteration", loop->number++ };
  if (!lk_runner_run (&loop->iteration, &part, loop->body, loop->next))
    return FALSE;
  for (guint i = 0; i < loop->n + loop->kept; i++)
    {
      LkTensor *before = loop->body[i];
      loop->body[i] = loop->next[i];
      loop->next[i] = before;
    }
  return TRUE;
}

/* Gives the variables as they are now. What never ran comes out with an id of its own. */
static void
loop_end (Loop *loop, LkCall *call)
{
  const gboolean good = call->ctx->error == NULL;
  for (guint i = 0; i < loop->n + loop->kept; i++)
    {
      LkTensor *value = loop->body[i];
      const gboolean given = i < loop->n && value == call->inputs[i] && value->buffer != NULL;
      if (good && i < call->n_outputs)
        call->outputs[i] = given ? lk_tensor_new_alias (value, &value->shape) : lk_tensor_ref (value);
      lk_tensor_unref (value);
      lk_tensor_unref (loop->next[i]);
    }
  lk_tensor_unref (loop->holds);
  lk_runner_end (&loop->iteration);
  lk_runner_end (&loop->condition);
  g_free (loop->body);
  g_free (loop->cond);
  g_free (loop->next);
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
  const gboolean watched = LK_WATCHED;
  Loop loop;
  if (n_kept (call) == 0 && call->n_outputs == call->attrs[0].func->n_outputs
      && lk_cycle_run (call->ctx, call->attrs[1].func, call->attrs[0].func, call->inputs, call->attrs[0].func->n_outputs,
                       call->n_inputs, call->outputs))
    return;
  if (watched)
    tell_loop (call->ctx);
  loop_begin (&loop, call);
  while (call->ctx->error == NULL && loop_goes_on (&loop) && loop_step (&loop))
    ;
  if (watched)
    lk_emit_loop_end (call->ctx, loop.number);
  loop_end (&loop, call);
}

LK_BLOCK (while_loop, .infer = while_infer, .shape = "The inputs' shapes, or output_shapes, which the body keeps.",
          .kernel = while_kernel, .gradient = lk_loop_gradient);
