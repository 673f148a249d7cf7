/* SPDX-License-Identifier: MIT */
/* Variables. Each new value is a new version; it is written over the old one only where nobody can tell. */
#include "engine/core/arena.h"
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/graph/build.h"
#include "engine/ops/accumulate.h"
#include "engine/ops/block.h"
#include "engine/ops/state.h"

/* ---- rules ---- */

static gboolean
no_infer (const LkCall *call, LkSignature *out)
{
  return TRUE;
}

gboolean
lk_state_find (const LkCall *call, guint i, LkVariable **variable)
{
  *variable = lk_variable_of (call->inputs[i]);
  if (*variable != NULL || lk_graph_root (call->inputs[i])->node != NULL)
    return TRUE;
  return lk_call_fail (call, LK_FAILED_PRECONDITION,
                       "Could not find the variable. This could mean that the variable has been deleted");
}

gboolean
lk_state_is_traced (const LkCall *call)
{
  return call->inputs[0]->node != NULL;
}

gboolean
lk_state_check_initialized (const LkCall *call, const LkVariable *variable)
{
  if (variable->value != NULL)
    return TRUE;
  return lk_call_fail (call, LK_FAILED_PRECONDITION,
                       "Could not find variable %s. This could mean that the variable has been deleted. In TF1, it can "
                       "also mean the variable is uninitialized", variable->name);
}

/* The declared dtype and shape of a VarHandleOp that a traced handle comes from. */
static gboolean
declared (const LkTensor *handle, LkDType *dtype, LkShape *shape)
{
  const LkNode *node = lk_graph_root ((LkTensor *) handle)->node;
  if (node == NULL || node->op == NULL || node->op->index != LK_OP_VAR_HANDLE)
    return FALSE;
  *dtype = node->attrs[0].type;
  *shape = *node->attrs[1].shape;
  return TRUE;
}

gboolean
lk_state_describe (const LkCall *call, guint i, LkDType *dtype, LkShape *shape)
{
  LkVariable *variable;
  if (!lk_state_find (call, i, &variable))
    return FALSE;
  if (variable != NULL)
    {
      *dtype = variable->dtype;
      *shape = variable->value != NULL && !lk_state_is_traced (call) ? variable->value->shape : variable->shape;
    }
  else if (!declared (call->inputs[i], dtype, shape))
    {
      *dtype = LK_INVALID;
      *shape = LK_SHAPE_UNKNOWN;
    }
  return TRUE;
}

gboolean
lk_state_check_dtype (const LkCall *call, LkDType dtype, LkDType wanted)
{
  if (dtype == LK_INVALID || dtype == wanted)
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Trying to access a variable with wrong dtype. Expected %s got %s", lk_dtype_name (dtype),
                       lk_dtype_name (wanted));
}

static gboolean
read_infer (const LkCall *call, LkSignature *out)
{
  LkDType dtype;
  LkVariable *variable;
  if (!lk_state_describe (call, 0, &dtype, &out[0].shape) || !lk_state_check_dtype (call, dtype, call->attrs[0].type))
    return FALSE;
  return lk_state_is_traced (call) || (lk_state_find (call, 0, &variable) && lk_state_check_initialized (call, variable));
}

static gboolean
assign_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *value = call->inputs[1];
  LkDType dtype;
  LkShape shape;
  LkVariable *variable;
  if (!lk_state_describe (call, 0, &dtype, &shape) || !lk_state_check_dtype (call, dtype, value->dtype))
    return FALSE;
  /* A variable that was declared without a shape takes any. */
  if ((variable = lk_variable_of (call->inputs[0])) != NULL)
    shape = variable->shape;
  if (lk_shape_compatible (&shape, &value->shape))
    return TRUE;
  g_autofree char *has = lk_shape_text (&shape), *given = lk_shape_text (&value->shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Trying to assign to variable with tensor with wrong shape. Expected %s got %s", has, given);
}

#define UPDATE_SHAPE "Nothing comes out; value has the variable's shape."

static gboolean
update_infer (const LkCall *call, LkSignature *out)
{
  LkVariable *variable;
  LkDType dtype;
  LkShape shape;
  if (!lk_state_describe (call, 0, &dtype, &shape) || !lk_state_check_dtype (call, dtype, call->inputs[1]->dtype))
    return FALSE;
  if (!lk_state_is_traced (call) && (!lk_state_find (call, 0, &variable) || !lk_state_check_initialized (call, variable)))
    return FALSE;
  if (lk_shape_compatible (&shape, &call->inputs[1]->shape))
    return TRUE;
  g_autofree char *has = lk_shape_text (&shape), *given = lk_shape_text (&call->inputs[1]->shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Cannot update variable with shape %s using a Tensor with shape %s, shapes must be equal", has,
                       given);
}

/* ---- values ---- */

LkTensor *
lk_state_next_value (LkCall *call, LkVariable *variable)
{
  LkTensor *old = variable->value, *next;
  if (!lk_watching && old->refs == 1 && old->buffer->refs == 1 && old->buffer->home == LK_BUFFER_HEAP)
    return lk_tensor_new_alias (old, &old->shape);
  next = lk_tensor_new (old->dtype, &old->shape);
  if (next == NULL)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when updating the variable %s", variable->name);
  return next;
}

void
lk_state_set_value (LkCall *call, LkVariable *variable, LkTensor *next)
{
  lk_variable_set (call->ctx, variable, next);
  lk_tensor_unref (next);
}

#define HANDLE_SHAPE "A scalar."

static gboolean
handle_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SCALAR;
  return TRUE;
}

static void
handle_kernel (LkCall *call)
{
  LkContext *ctx = call->ctx;
  const char *name = call->attrs[2].s;
  LkContainer **container = ctx->container != NULL ? &ctx->container : &ctx->own_container;
  if (name == NULL || *name == '\0')
    name = ctx->node != NULL ? ctx->node->name : "Variable";
  if (*container == NULL)
    *container = lk_container_new ();
  LkVariable *variable = lk_container_variable (ctx, *container, name, call->attrs[0].type, call->attrs[1].shape);
  call->outputs[0] = lk_tensor_ref (variable->handle);
}

LK_BLOCK (var_handle, .infer = handle_infer, .shape = HANDLE_SHAPE, .kernel = handle_kernel);

static void
read_kernel (LkCall *call)
{
  LkTensor *value = lk_variable_of (call->inputs[0])->value;
  call->outputs[0] = lk_tensor_new_alias (value, &value->shape);
}

static void
read_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_ref (dy[0]);
}

LK_BLOCK (read_variable, .infer = read_infer, .shape = "The variable's shape.", .kernel = read_kernel, .gradient = read_gradient);

static void
assign_kernel (LkCall *call)
{
  lk_variable_set (call->ctx, lk_variable_of (call->inputs[0]), call->inputs[1]);
}

LK_BLOCK (assign_variable, .infer = assign_infer, .shape = "Nothing comes out; value has the variable's shape if validate_shape.",
          .kernel = assign_kernel);

static void
update (LkCall *call, LkAccumulation how)
{
  LkVariable *variable = lk_variable_of (call->inputs[0]);
  LkTensor *next = lk_state_next_value (call, variable);
  if (next == NULL)
    return;
  lk_accumulate (next->dtype, how, next->data, variable->value->data, call->inputs[1]->data, 1, next->size);
  lk_state_set_value (call, variable, next);
}

static void
assign_add_kernel (LkCall *call)
{
  update (call, LK_PLUS);
}

LK_BLOCK (assign_add_variable, .infer = update_infer, .shape = UPDATE_SHAPE, .kernel = assign_add_kernel);

static void
assign_sub_kernel (LkCall *call)
{
  update (call, LK_MINUS);
}

LK_BLOCK (assign_sub_variable, .infer = update_infer, .shape = UPDATE_SHAPE, .kernel = assign_sub_kernel);

/* ---- counting ---- */

static gboolean
count_infer (const LkCall *call, LkSignature *out)
{
  LkDType dtype;
  LkShape shape;
  LkVariable *variable;
  out[0].shape = LK_SCALAR;
  if (call->attrs[1].type != LK_INT32 && call->attrs[1].type != LK_INT64)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'T' of %s is not in the list of allowed values: "
                         "int32, int64", lk_dtype_kernel_name (call->attrs[1].type));
  if (!lk_state_describe (call, 0, &dtype, &shape) || !lk_state_check_dtype (call, dtype, call->attrs[1].type))
    return FALSE;
  if (!lk_state_is_traced (call) && (!lk_state_find (call, 0, &variable) || !lk_state_check_initialized (call, variable)))
    return FALSE;
  return lk_shape_compatible (&shape, &LK_SCALAR) || lk_call_fail (call, LK_INVALID_ARGUMENT, "input is not a scalar");
}

static void
count_kernel (LkCall *call)
{
  LkVariable *variable = lk_variable_of (call->inputs[0]);
  const gint64 limit = call->attrs[0].i, before = lk_tensor_int_at (variable->value, 0), after = before + 1;
  const gint32 small = after;
  if (before >= limit)
    {
      lk_call_fail (call, LK_OUT_OF_RANGE, "Reached limit of %" G_GINT64_FORMAT, limit);
      return;
    }
  LkTensor *next = lk_tensor_new_copy (variable->dtype, &LK_SCALAR,
                                       variable->dtype == LK_INT32 ? (const void *) &small : &after);
  call->outputs[0] = lk_tensor_ref (variable->value);
  lk_state_set_value (call, variable, next);
}

LK_BLOCK (resource_count_up_to, .infer = count_infer, .shape = "A scalar.", .kernel = count_kernel);

static void
is_initialized_kernel (LkCall *call)
{
  const LkVariable *variable = lk_variable_of (call->inputs[0]);
  *(guint8 *) call->outputs[0]->data = variable != NULL && variable->value != NULL;
}

LK_BLOCK (var_is_initialized, .infer = handle_infer, .shape = HANDLE_SHAPE, .kernel = is_initialized_kernel);

LK_BLOCK (no_op, .infer = no_infer,
          .shape = "Nothing goes in, and nothing comes out.");
