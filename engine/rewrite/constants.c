/* SPDX-License-Identifier: MIT */
/* Constant folding: a pure node whose inputs are constants is run now, and shapes that are known before anything runs are
   constants, too. A node that would fail stays, so that it fails when the program runs it. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

#define FILLED 4096             /* bytes of zeros or ones that are kept */
#define LARGEST (1 << 20)       /* bytes of an output that is kept; larger ones are computed again rather than stored */

/* ---- shapes ---- */

static LkTensor *
ints_constant (LkContext *ctx, LkDType dtype, const LkShape *shape, const gint64 *values)
{
  g_autoptr (LkTensor) value = lk_tensor_new (dtype, shape);
  for (gint64 i = 0; i < value->size; i++)
    if (dtype == LK_INT32)
      ((gint32 *) value->data)[i] = values[i];
    else
      ((gint64 *) value->data)[i] = values[i];
  return lk_const (ctx, value, dtype);
}

static gboolean
fits (LkDType dtype, const gint64 *values, guint n)
{
  for (guint i = 0; i < n; i++)
    if (dtype == LK_INT32 && values[i] > G_MAXINT32)
      return FALSE;
  return TRUE;
}

/* Shape, Size and Rank of what is known; (nullable) */
static LkTensor *
known_shape (LkContext *ctx, const LkNode *node)
{
  const LkDType dtype = node->outputs[0]->dtype;
  const LkShape *shape = node->n_inputs > 0 ? &node->inputs[0]->shape : NULL;
  const LkShape vector = LK_SHAPE (shape != NULL ? shape->rank : 0);
  gint64 number;
  if (node->op->index == LK_OP_RANK && shape->rank != LK_RANK_UNKNOWN)
    number = shape->rank;
  else if (node->op->index == LK_OP_SIZE && lk_shape_known (shape))
    number = lk_shape_size (shape);
  else if (node->op->index == LK_OP_SHAPE && lk_shape_known (shape))
    return fits (dtype, shape->dims, shape->rank) ? ints_constant (ctx, dtype, &vector, shape->dims) : NULL;
  else
    return NULL;
  return fits (dtype, &number, 1) ? ints_constant (ctx, dtype, &(LkShape) { .rank = 0 }, &number) : NULL;
}

/* Zeros and ones in a known shape, such as those that gradients begin with; (nullable) */
static LkTensor *
known_fill (LkContext *ctx, const LkNode *node)
{
  const gboolean ones = node->op->index == LK_OP_ONES_LIKE;
  const LkTensor *output = node->outputs[0];
  if ((!ones && node->op->index != LK_OP_ZEROS_LIKE) || !lk_shape_known (&output->shape)
      || lk_dtype_size (output->dtype) == 0 || output->size * lk_dtype_size (output->dtype) > FILLED)
    return NULL;
  g_autoptr (LkTensor) like = lk_tensor_new (output->dtype, &output->shape), value = NULL;
  memset (like->data, 0, lk_tensor_bytes (like));
  lk_context_enter_eager (ctx);
  ctx->unseen++;
  value = ones ? lk_ones_like (ctx, like) : lk_tensor_ref (like);
  ctx->unseen--;
  lk_context_leave (ctx);
  return lk_const (ctx, value, output->dtype);
}

/* ---- values ---- */

static gboolean
are_constant (const LkNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (lk_node_constant (node->inputs[i]) == NULL)
      return FALSE;
  return TRUE;
}

/* values (transfer full). FALSE when it fails, as it then will when the program runs. */
static gboolean
run_now (LkContext *ctx, const LkNode *node, LkTensor **values)
{
  LkTensor **inputs = g_newa (LkTensor *, node->n_inputs + 1);
  for (guint i = 0; i < node->n_inputs; i++)
    inputs[i] = lk_node_constant (node->inputs[i]);
  lk_context_enter_eager (ctx);
  ctx->unseen++;
  const gboolean good = lk_apply (ctx, node->op, inputs, node->n_inputs, node->attrs, values, node->n_outputs);
  ctx->unseen--;
  lk_context_leave (ctx);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  return good;
}

static void
fold (LkRewriting *r, LkNode *node)
{
  LkTensor **values = g_newa (LkTensor *, node->n_outputs), **by = g_newa (LkTensor *, node->n_outputs);
  gsize bytes = 0;
  if (!run_now (r->ctx, node, values))
    return;
  for (guint i = 0; i < node->n_outputs; i++)
    bytes += lk_tensor_bytes (values[i]);
  for (guint i = 0; i < node->n_outputs; i++)
    {
      by[i] = bytes <= LARGEST ? lk_const (r->ctx, values[i], values[i]->dtype) : NULL;
      lk_tensor_unref (values[i]);
    }
  if (bytes > LARGEST)
    return;
  lk_rewriting_replace (r, "constants → constant", node, by);
  for (guint i = 0; i < node->n_outputs; i++)
    lk_tensor_unref (by[i]);
}

static gboolean
is_foldable (const LkNode *node)
{
  if (!lk_node_is_pure (node) || node->op->index == LK_OP_CONST)
    return FALSE;
  for (guint i = 0; i < node->n_outputs; i++)
    if (node->outputs[i]->dtype == LK_VARIANT || node->outputs[i]->dtype == LK_RESOURCE)
      return FALSE;
  return are_constant (node);
}

void
lk_pass_constants (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      LkTensor *known;
      if (lk_rewriting_fact (r, node)->gone || node->n_outputs == 0)
        continue;
      if ((known = known_shape (r->ctx, node)) != NULL)
        lk_rewriting_replace1 (r, "known shape → constant", node, known);
      else if ((known = known_fill (r->ctx, node)) != NULL)
        lk_rewriting_replace1 (r, "zeros or ones of known shape → constant", node, known);
      else if (is_foldable (node))
        fold (r, node);
    }
}
