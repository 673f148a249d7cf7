/* SPDX-License-Identifier: MIT */
#include "engine/eager/numerics.h"

#include "engine/eager/dispatch.h"
#include "engine/graph/build.h"
#include "engine/ops/numerics.h"
#include "engine/ops/ops.h"

struct _LkNumerics
{
  LkNumericsMessage message;
  gpointer data;
};

void
lk_context_check_numerics (LkContext *ctx, LkNumericsMessage message, gpointer data)
{
  g_clear_pointer (&ctx->numerics, g_free);
  if (message == NULL)
    return;
  ctx->numerics = g_new (LkNumerics, 1);
  *ctx->numerics = (LkNumerics) { message, data };
}

/* What gives only what it is given, what runs others, and what stands for a value that is fed. */
static gboolean
is_safe (const LkOp *op)
{
  static const guint16 safe[] = {
    LK_OP_CONCAT, LK_OP_EXPAND_DIMS, LK_OP_FILL, LK_OP_GATHER, LK_OP_MAXIMUM, LK_OP_MINIMUM, LK_OP_RESHAPE, LK_OP_SLICE,
    LK_OP_SQUEEZE, LK_OP_PACK, LK_OP_UNPACK, LK_OP_STRIDED_SLICE, LK_OP_STRIDED_SLICE_GRAD, LK_OP_TRANSPOSE, LK_OP_IDENTITY,
    LK_OP_IDENTITY_N, LK_OP_TENSOR_LIST_CONCAT_V2, LK_OP_TENSOR_LIST_GATHER, LK_OP_TENSOR_LIST_GET_ITEM,
    LK_OP_TENSOR_LIST_POP_BACK, LK_OP_TENSOR_LIST_STACK, LK_OP_CHECK_NUMERICS, LK_OP_CHECK_NUMERICS_V2, LK_OP_CONST,
    LK_OP_PLACEHOLDER_NODE,
  };
  for (guint i = 0; i < G_N_ELEMENTS (safe); i++)
    if (op->index == safe[i])
      return TRUE;
  return lk_op_calls (op);
}

/* The node's output, checked, in its place. */
static gboolean
check_node (const LkCall *call, guint i)
{
  LkContext *ctx = call->ctx;
  const LkNode *node = call->outputs[i]->node;
  const LkCall made = { ctx, call->op, node->n_inputs, node->inputs, call->attrs, call->n_outputs, call->outputs };
  LkNumerics *numerics = g_steal_pointer (&ctx->numerics);      /* the check is not checked */
  g_autofree char *message = numerics->message (&made, i, numerics->data);
  g_autoptr (LkTensor) plain = call->outputs[i];
  call->outputs[i] = lk_check_numerics_v2 (ctx, plain, message != NULL ? message : "");
  ctx->numerics = numerics;
  return call->outputs[i] != NULL;
}

static gboolean
check_value (const LkCall *call, guint i)
{
  LkContext *ctx = call->ctx;
  const char *found = lk_numerics_found (call->outputs[i]);
  if (found == NULL)
    return TRUE;
  LkNumerics *numerics = g_steal_pointer (&ctx->numerics);
  g_autofree char *message = numerics->message (call, i, numerics->data);
  ctx->numerics = numerics;
  lk_context_fail (ctx, LK_INVALID_ARGUMENT, "%s : Tensor had %s values [Op:CheckNumericsV2]", message != NULL ? message : "",
                   found);
  return FALSE;
}

gboolean
lk_call_check_numerics (const LkCall *call)
{
  gboolean good = TRUE;
  if (is_safe (call->op))
    return TRUE;
  const guint n = g_str_has_prefix (call->op->name, "FusedBatchNorm") ? MIN (call->n_outputs, 1) : call->n_outputs;
  for (guint i = 0; i < n && good; i++)
    if (call->outputs[i] != NULL && lk_dtype_is_floating (call->outputs[i]->dtype))
      good = call->outputs[i]->node != NULL ? check_node (call, i) : check_value (call, i);
  for (guint i = 0; i < call->n_outputs && !good; i++)
    g_clear_pointer (&call->outputs[i], lk_tensor_unref);
  return good;
}
