/* SPDX-License-Identifier: MIT */
/* Constants, inputs, and calls of functions. */
#include "engine/events/stream.h"
#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"

static gboolean
const_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *value = call->attrs[0].tensor;
  if (value == NULL || value->node != NULL)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "A constant must have a value");
  if (value->dtype != call->attrs[1].type)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The constant is of dtype %s, but its value is %s",
                         lk_dtype_name (call->attrs[1].type), lk_dtype_name (value->dtype));
  out[0].shape = value->shape;
  return TRUE;
}

static void
const_kernel (LkCall *call)
{
  call->outputs[0] = lk_tensor_ref (call->attrs[0].tensor);
}

LK_BLOCK (const, .infer = const_infer, .shape = "That of value.", .kernel = const_kernel);

static gboolean
placeholder_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *shape = call->attrs[1].shape;
  if (call->ctx->node != NULL || call->ctx->frame->graph == NULL)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "You must feed a value for placeholder tensor '%s' with dtype %s and shape %s",
                           call->ctx->node != NULL ? call->ctx->node->name : "?",
                           lk_dtype_kernel_name (call->attrs[0].type), text);
    }
  out[0].shape = *shape;
  return TRUE;
}

LK_BLOCK (placeholder_node, .infer = placeholder_infer,
          .shape = "shape, unknown if not given.");

/* ---- calls ---- */

static gboolean
call_check_input (const LkCall *call, const LkFunction *function, guint i)
{
  const LkTensor *given = call->inputs[i], *wanted = function->inputs[i];
  if (given->dtype != wanted->dtype)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "cannot compute %s as input #%u(zero-based) was expected to be a %s tensor but is a %s tensor",
                         function->name, i, lk_dtype_kernel_name (wanted->dtype), lk_dtype_kernel_name (given->dtype));
  if (!lk_shape_compatible (&given->shape, &wanted->shape))
    {
      g_autofree char *has = lk_shape_text (&given->shape), *needs = lk_shape_text (&wanted->shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "input #%u of %s must have shape %s, but has %s", i, function->name,
                           needs, has);
    }
  return TRUE;
}

static gboolean
partitioned_call_infer (const LkCall *call, LkSignature *out)
{
  const LkFunction *function = call->attrs[0].func;
  if (call->n_inputs != function->n_all)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s takes %u inputs and captures, but was given %u", function->name,
                         function->n_all, call->n_inputs);
  for (guint i = 0; i < call->n_inputs; i++)
    if (!call_check_input (call, function, i))
      return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      out[i].dtype = function->outputs[i]->dtype;
      out[i].shape = function->outputs[i]->shape;
    }
  return TRUE;
}

static void
partitioned_call_kernel (LkCall *call)
{
  lk_function_run (call->ctx, call->attrs[0].func, call->inputs, call->outputs);
}

LK_BLOCK (partitioned_call,
          .infer = partitioned_call_infer, .shape = "What the function gives for inputs of these shapes.",
          .kernel = partitioned_call_kernel,
          .gradient = lk_function_gradient);
