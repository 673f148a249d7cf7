/* SPDX-License-Identifier: MIT */
/* The path of every op call. It allocates the outputs and nothing else, and takes no lock. */
#include "engine/eager/dispatch.h"
#include <string.h>
#include "engine/events/stream.h"
#include "engine/execute/program.h"
#include "engine/graph/build.h"
#include "engine/graph/inlined.h"
#include "engine/ops/block.h"
#include "engine/ops/closure.h"

#define FEW 4       /* outputs whose signatures fit on the stack of a call */

const char *
lk_dtype_kernel_name (LkDType dtype)
{
  switch (dtype)
    {
    case LK_FLOAT32: return "float";
    case LK_FLOAT64: return "double";
    case LK_FLOAT16: return "half";
    default: return lk_dtype_name (dtype);
    }
}

/* ---- errors ---- */

gboolean
lk_call_fail (const LkCall *call, LkErrorCode code, const char *format, ...)
{
  LkContext *ctx = call->ctx;
  g_autofree char *message = NULL, *where = NULL;
  va_list args;
  if (ctx->error != NULL)
    return FALSE;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  where = lk_call_where (call);
  lk_context_fail (ctx, code, "%s%s", message, where);
  return FALSE;
}

static gboolean
fail_dtype (const LkCall *call, guint input, LkDType expected)
{
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "cannot compute %s as input #%u(zero-based) was expected to be a %s tensor but is a %s tensor",
                       call->op->name, input, lk_dtype_kernel_name (expected),
                       lk_dtype_kernel_name (call->inputs[input]->dtype));
}

static gboolean
fail_not_allowed (const LkCall *call, const LkAttrDef *attr, LkDType dtype)
{
  g_autoptr (GString) allowed = g_string_new (NULL);
  for (guint i = 0; i < LK_N_DTYPES; i++)
    if (attr->types >> i & 1)
      g_string_append_printf (allowed, "%s%s", allowed->len > 0 ? ", " : "", lk_dtype_kernel_name (i));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr '%s' of %s is not in the list of allowed values: %s",
                       attr->name, lk_dtype_kernel_name (dtype), allowed->str);
}

gboolean
lk_call_fail_memory (const LkCall *call, const LkSignature *out)
{
  g_autofree char *shape = lk_shape_text (&out->shape);
  return lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating tensor with shape%s and type %s", shape,
                       lk_dtype_kernel_name (out->dtype));
}

gpointer
lk_call_room (const LkCall *call, LkDType dtype, gint64 n)
{
  gpointer room = g_try_malloc0_n (MAX (n, 1), lk_dtype_size (dtype));
  if (room == NULL)
    lk_call_fail_memory (call, &(LkSignature) { dtype, LK_SHAPE (n) });
  return room;
}

/* ---- dtypes ---- */

guint
lk_op_n_given (const LkOp *op)
{
  guint n = 0;
  for (guint i = 0; i < op->n_attrs; i++)
    n += !op->attrs[i].inferred;
  return n;
}

gint
lk_op_given (const LkOp *op, guint attr)
{
  gint place = 0;
  if (op->attrs[attr].inferred)
    return -1;
  for (guint i = 0; i < attr; i++)
    place += !op->attrs[i].inferred;
  return place;
}

static inline gboolean
check_input (const LkCall *call, const LkArg *arg, guint input, LkDType *types)
{
  LkDType dtype = call->inputs[input]->dtype;
  if (arg->type_attr < 0)
    return arg->dtype == LK_INVALID || arg->dtype == dtype || fail_dtype (call, input, arg->dtype);
  LkDType *shown = &types[arg->type_attr];
  if (*shown == LK_INVALID)
    {
      const LkAttrDef *attr = &call->op->attrs[arg->type_attr];
      if (G_UNLIKELY (attr->types != 0 && !(attr->types >> dtype & 1)))
        return fail_not_allowed (call, attr, dtype);
      *shown = dtype;
    }
  return *shown == dtype || fail_dtype (call, input, *shown);
}

static gboolean
check_inputs (const LkCall *call, LkDType *types)
{
  const LkOp *op = call->op;
  guint input = 0;
  for (guint i = 0; i < op->n_inputs; i++)
    {
      guint n = op->inputs[i].list ? lk_op_list_length (op, call->n_inputs) : 1;
      for (guint j = 0; j < n; j++)
        if (!check_input (call, &op->inputs[i], input++, types))
          return FALSE;
    }
  return TRUE;
}

static gboolean
check_number (const LkCall *call)
{
  const LkOp *op = call->op;
  const guint single = op->n_inputs - op->n_lists;
  if (op->n_lists > 0 ? call->n_inputs >= single && (call->n_inputs - single) % op->n_lists == 0
                      : call->n_inputs == op->n_inputs)
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s takes %u inputs, but was given %u", op->name, op->n_inputs,
                       call->n_inputs);
}

static void
set_output_dtypes (const LkCall *call, const LkDType *types, LkSignature *out)
{
  const LkOp *op = call->op;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      const LkArg *arg = lk_op_output (op, i, call->n_outputs);
      if (arg->type_attr < 0)
        out[i].dtype = arg->dtype;
      else if (op->attrs[arg->type_attr].inferred)
        out[i].dtype = types[arg->type_attr];
      else
        out[i].dtype = call->attrs[lk_op_given (op, arg->type_attr)].type;
    }
}

/* Type attributes that are arguments and not free. */
static gboolean
check_given (const LkCall *call)
{
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      const LkAttrDef *attr = &call->op->attrs[i];
      const gint given = lk_op_given (call->op, i);
      if (attr->kind == LK_ATTR_TYPE && given >= 0 && attr->types != 0 && !(attr->types >> call->attrs[given].type & 1))
        return fail_not_allowed (call, attr, call->attrs[given].type);
    }
  return TRUE;
}

/* What most calls are: of one dtype, which is allowed. FALSE when it is not, without saying why. */
static inline gboolean
check_uniform (const LkCall *call, LkSignature *out)
{
  const LkOp *op = call->op;
  if (!(op->flags & LK_OP_UNIFORM) || call->n_inputs != op->n_inputs)
    return FALSE;
  const LkDType dtype = call->inputs[0]->dtype;
  const guint64 allowed = op->attrs[op->inputs[0].type_attr].types;
  for (guint i = 1; i < call->n_inputs; i++)
    if (call->inputs[i]->dtype != dtype)
      return FALSE;
  if (allowed != 0 && !(allowed >> dtype & 1))
    return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    out[i].dtype = dtype;
  return TRUE;
}

gboolean
lk_call_check (const LkCall *call, LkSignature *out)
{
  LkDType types[16] = { 0 };
  const LkOp *op = call->op;
  if (G_LIKELY (check_uniform (call, out)))
    return TRUE;
  if (G_UNLIKELY (call->n_inputs != op->n_inputs || op->n_lists > 0))
    if (!check_number (call))
      return FALSE;
  if (!check_inputs (call, types))
    return FALSE;
  set_output_dtypes (call, types, out);
  return !op->limits_given || check_given (call);
}

/* ---- running ---- */

static void
drop_outputs (LkCall *call)
{
  for (guint i = 0; i < call->n_outputs; i++)
    g_clear_pointer (&call->outputs[i], lk_tensor_unref);
}

static gboolean
make_outputs (LkCall *call, const LkSignature *out)
{
  if (call->op->flags & LK_OP_ALIAS)
    {
      call->outputs[0] = lk_tensor_new_alias (call->inputs[0], &out[0].shape);
      return TRUE;
    }
  for (guint i = 0; i < call->n_outputs; i++)
    {
      call->outputs[i] = lk_tensor_new (out[i].dtype, &out[i].shape);
      if (G_UNLIKELY (call->outputs[i] == NULL))
        return lk_call_fail_memory (call, &out[i]);
    }
  return TRUE;
}

static inline gboolean
compute (LkCall *call, LkSignature *out)
{
  const LkBlock *block = call->op->block;
  for (guint i = 0; i < call->n_outputs; i++)
    call->outputs[i] = NULL;
  if (!block->infer (call, out))
    return FALSE;
  if (G_UNLIKELY (block->widens && lk_call_is_narrow (call, out)))
    lk_call_run_wide (call, out);
  else if (!(call->op->flags & LK_OP_ALLOCATES) && !make_outputs (call, out))
    return FALSE;
  else if (block->kernel != NULL)
    block->kernel (call);
  return G_LIKELY (call->ctx->error == NULL);
}

gboolean
lk_op_calls (const LkOp *op)
{
  return op->index == LK_OP_PARTITIONED_CALL || op->index == LK_OP_WHILE_LOOP || lk_op_branches (op);
}

gboolean
lk_op_branches (const LkOp *op)
{
  return op->index == LK_OP_IF_ELSE || op->index == LK_OP_CASE_OF;
}

guint
lk_op_n_functions (const LkOp *op, const LkAttr *attrs)
{
  if (op->index == LK_OP_CASE_OF)
    return attrs[0].funcs->n;
  return op->index == LK_OP_PARTITIONED_CALL ? 1 : lk_op_calls (op) ? 2 : 0;
}

LkFunction *
lk_op_function (const LkOp *op, const LkAttr *attrs, guint i)
{
  return op->index == LK_OP_CASE_OF ? attrs[0].funcs->v[i] : attrs[i].func;
}

/* Calls of functions are seen as such, by what is in them. */
static inline gboolean
is_seen (const LkOp *op, const LkNode *node)
{
  return node != NULL || !lk_op_calls (op);
}

static gboolean
run_watched (LkCall *call, LkSignature *out, const LkNode *node)
{
  LkContext *ctx = call->ctx;
  gint64 began;
  gboolean ok;
  if (!is_seen (call->op, node))
    return compute (call, out);
  if (node != NULL && !lk_op_is_fused (call->op))
    lk_calls_go (ctx, node->inlined);
  if (!lk_op_calls (call->op) && !lk_op_is_fused (call->op))
    lk_gate_op (ctx, call->op, call->inputs, call->n_inputs, call->attrs, node);
  began = lk_stream_now ();
  ok = compute (call, out);
  if (!ok)
    drop_outputs (call);
  if (lk_op_is_fused (call->op))
    {
      const gint64 took = lk_stream_now () - began;
      lk_program_tell (call, node);
      began = lk_stream_now () - took;
    }
  if (node != NULL)
    lk_calls_go (ctx, node->inlined);
  LkTensor *none, **outputs = call->outputs;
  call->outputs = !ok ? NULL : outputs != NULL ? outputs : &none;      /* NULL would say that it failed */
  lk_emit_op (ctx, call, node, began);
  call->outputs = outputs;
  return ok;
}

gboolean
lk_call_run (LkCall *call, LkSignature *out, const LkNode *node)
{
  if (LK_WATCHED && call->ctx->unseen == 0)
    return run_watched (call, out, node);
  if (G_LIKELY (compute (call, out)))
    return TRUE;
  drop_outputs (call);
  return FALSE;
}

/* ---- applying ---- */

static inline gboolean
apply_can (LkContext *ctx, LkTensor *const *inputs, guint n_inputs)
{
  if (G_UNLIKELY (ctx->error != NULL))
    return FALSE;
  for (guint i = 0; i < n_inputs; i++)
    if (G_UNLIKELY (inputs[i] == NULL))
      return FALSE;
  return TRUE;
}

/* The inputs of an eager call have values, or were not meant for it. */
static inline gboolean
check_values (const LkCall *call)
{
  for (guint i = 0; i < call->n_inputs; i++)
    if (G_UNLIKELY (call->inputs[i]->node != NULL))
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "The tensor '%s:%u' belongs to a graph and has no value here: it is out of scope. Return it from the function that made it",
                           call->inputs[i]->node->name, call->inputs[i]->output);
  return TRUE;
}

gboolean
lk_apply (LkContext *ctx, const LkOp *op, LkTensor *const *inputs, guint n_inputs, const LkAttr *attrs,
          LkTensor **outputs, guint n_outputs)
{
  LkCall call = { ctx, op, n_inputs, inputs, attrs, n_outputs, outputs };
  LkSignature few[FEW], *out = few;
  if (G_UNLIKELY (n_outputs > G_MAXUINT16))
    return lk_call_fail (&call, LK_INVALID_ARGUMENT, "%s can not have %u outputs", op->name, n_outputs);
  for (guint i = 0; i < n_outputs; i++)
    outputs[i] = NULL;
  if (!apply_can (ctx, inputs, n_inputs))
    return FALSE;
  if (G_UNLIKELY (n_outputs > FEW))
    out = g_newa (LkSignature, n_outputs);
  if (ctx->frame->graph != NULL)
    return lk_trace (&call, out) && (G_LIKELY (ctx->numerics == NULL) || lk_call_check_numerics (&call));
  if (!check_values (&call) || !lk_call_check (&call, out) || !lk_call_run (&call, out, NULL))
    return FALSE;
  if (ctx->frame->tapes != NULL)
    lk_tapes_record (ctx, &call);
  return G_LIKELY (ctx->numerics == NULL) || lk_call_check_numerics (&call);
}

LkTensor *
lk_apply1 (LkContext *ctx, const LkOp *op, LkTensor *const *inputs, guint n_inputs, const LkAttr *attrs)
{
  LkTensor *output;
  return lk_apply (ctx, op, inputs, n_inputs, attrs, &output, 1) ? output : NULL;
}

/* ---- for rules ---- */

LkTensor *
lk_call_output (LkCall *call, guint i, const LkShape *shape)
{
  LkSignature out = { .shape = *shape };
  LkSignature *signatures = g_newa (LkSignature, call->n_outputs);
  if (!lk_call_check (call, signatures))
    return NULL;
  out.dtype = signatures[i].dtype;
  call->outputs[i] = lk_tensor_new (out.dtype, shape);
  if (call->outputs[i] == NULL)
    lk_call_fail_memory (call, &out);
  return call->outputs[i];
}

static LkClosure *
own_gradient (const LkCall *call)
{
  const LkNode *node = call->n_outputs > 0 ? call->outputs[0]->node : NULL;
  return node != NULL ? node->closure : NULL;
}

gboolean
lk_call_has_gradient (const LkCall *call)
{
  return call->op->block->gradient != NULL || own_gradient (call) != NULL;
}

void
lk_call_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkClosure *own = own_gradient (call);
  if (own != NULL)
    lk_closure_gradient (own, call, dy, dx);
  else
    call->op->block->gradient (call, dy, dx);
}

gboolean
lk_call_wants_gradient (const LkCall *call, guint i)
{
  return call->ctx->wanted == NULL || call->ctx->wanted[i];
}
