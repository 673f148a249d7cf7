/* SPDX-License-Identifier: MIT */
/* What runs without an error whatever the values are, memory aside. */
#include "engine/ops/block.h"
#include "engine/ops/rule.h"
#include "engine/rewrite/rewriting.h"

/* Their kernels refuse nothing; ops with a loop for all elements are of that kind, too. */
static gboolean
has_sure_kernel (const LkNode *node)
{
  const LkBlock *block = node->op->block;
  switch (node->op->index)
    {
    case LK_OP_MAT_MUL: case LK_OP_BATCH_MAT_MUL: case LK_OP_BATCH_MAT_MUL_V1: case LK_OP_CONV2D: case LK_OP_DEPTHWISE_CONV2D:
    case LK_OP_BIAS_ADD: case LK_OP_BIAS_ADD_GRAD: case LK_OP_ADD_N: case LK_OP_SOFTMAX: case LK_OP_LOG_SOFTMAX: case LK_OP_SUM:
    case LK_OP_MEAN: case LK_OP_PROD: case LK_OP_MAX: case LK_OP_MIN: case LK_OP_ANY: case LK_OP_ALL: case LK_OP_EUCLIDEAN_NORM:
    case LK_OP_CUMSUM: case LK_OP_SELECT: case LK_OP_CAST: case LK_OP_RESHAPE: case LK_OP_EXPAND_DIMS: case LK_OP_SQUEEZE:
    case LK_OP_TRANSPOSE: case LK_OP_BROADCAST_TO: case LK_OP_TILE: case LK_OP_FILL: case LK_OP_CONCAT: case LK_OP_PACK:
    case LK_OP_SLICE: case LK_OP_STRIDED_SLICE: case LK_OP_PAD: case LK_OP_REVERSE: case LK_OP_MATRIX_BAND_PART: case LK_OP_EQUAL:
    case LK_OP_NOT_EQUAL: case LK_OP_ZEROS_LIKE: case LK_OP_ONES_LIKE:
      return TRUE;
    case LK_OP_POW: case LK_OP_FLOOR_DIV: case LK_OP_FLOOR_MOD:
      return lk_dtype_is_floating (node->outputs[0]->dtype);
    default:
      return block->unary != NULL || block->binary != NULL;
    }
}

/* Whatever shape comes, it is taken. */
static gboolean
takes_any_shape (const LkNode *node)
{
  switch (node->op->index)
    {
    case LK_OP_CONST: case LK_OP_VAR_HANDLE: case LK_OP_IDENTITY: case LK_OP_STOP_GRADIENT: case LK_OP_SHAPE: case LK_OP_SIZE:
    case LK_OP_RANK: case LK_OP_CAST: case LK_OP_ZEROS_LIKE: case LK_OP_ONES_LIKE:
      return TRUE;
    case LK_OP_TRANSPOSE:
      return node->inputs[0]->shape.rank != LK_RANK_UNKNOWN;
    default:
      return node->op->block->unary != NULL && node->op->block->infer == lk_infer_same;
    }
}

/* The rule, asked by shapes and constants alone, says what the graph says. */
static gboolean
rule_agrees (LkContext *ctx, const LkNode *node)
{
  LkSignature *out = g_newa (LkSignature, node->n_outputs + 1);
  const LkCall call = { ctx, node->op, node->n_inputs, node->inputs, node->attrs, node->n_outputs, NULL };
  for (guint i = 0; i < node->n_inputs && !takes_any_shape (node); i++)
    if (!lk_shape_known (&node->inputs[i]->shape))
      return FALSE;
  for (guint i = 0; i < node->n_outputs; i++)
    out[i].dtype = node->outputs[i]->dtype;
  ctx->asked = FALSE;
  gboolean good = node->op->block->infer (&call, out) && !ctx->asked;
  g_clear_error (&ctx->error);
  for (guint i = 0; good && i < node->n_outputs; i++)
    good = lk_shape_equal (&out[i].shape, &node->outputs[i]->shape);
  return good;
}

gboolean
lk_node_cannot_fail (LkContext *ctx, const LkNode *node)
{
  if (node->op->index == LK_OP_CONST || node->op->index == LK_OP_VAR_HANDLE)
    return TRUE;
  return (takes_any_shape (node) || has_sure_kernel (node)) && rule_agrees (ctx, node);
}
