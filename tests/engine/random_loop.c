/* SPDX-License-Identifier: MIT */
#include "random_graph.h"

#include "engine/graph/control_flow.h"

/* All elements of tensor together, of dtype. (transfer full) */
static LkTensor *
total (LkContext *ctx, LkTensor *tensor, LkDType dtype)
{
  gint64 axes[LK_MAX_RANK];
  for (guint i = 0; i < tensor->shape.rank; i++)
    axes[i] = i;
  g_autoptr (LkTensor) all = ints (tensor->shape.rank, axes), sum = lk_sum (ctx, tensor, all, FALSE);
  return lk_cast (ctx, sum, dtype);
}

/* i < min (|Σ y|, 3), which is the same in each iteration, and often 0. */
static LkTensor *
condition (LkContext *ctx, LkTensor *const *variables, LkTensor *y)
{
  g_autoptr (LkTensor) three = number (3, LK_FLOAT64), sum = total (ctx, y, LK_FLOAT64), size = lk_abs (ctx, sum);
  g_autoptr (LkTensor) most = lk_minimum (ctx, size, three), i = lk_cast (ctx, variables[0], LK_FLOAT64);
  return lk_less (ctx, i, most);
}

/* i + 1, and x made smaller by something of y. */
static void
body (LkContext *ctx, LkTensor *const *variables, LkTensor *y, LkTensor **next)
{
  LkTensor *(*const ops[]) (LkContext *, LkTensor *) = { lk_tanh, lk_square, lk_neg, lk_identity, lk_exp, lk_relu };
  g_autoptr (LkTensor) one = number (1, LK_INT32), same = ops[g_test_rand_int_range (0, 6)] (ctx, y);
  g_autoptr (LkTensor) more = ops[g_test_rand_int_range (0, 6)] (ctx, same), sum = total (ctx, more, variables[1]->dtype);
  g_autoptr (LkTensor) product = lk_mul (ctx, variables[1], sum), both = lk_add (ctx, product, variables[1]);
  next[0] = lk_add (ctx, variables[0], one);
  next[1] = g_test_rand_bit () ? lk_tanh (ctx, both) : lk_sub (ctx, both, sum);
  next[2] = lk_identity (ctx, variables[2]);
}

LkTensor *
random_loop (LkContext *ctx, LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) zero = number (0, LK_INT32), from = lk_const (ctx, zero, LK_INT32);
  LkGraph *graphs[] = { lk_graph_new ("cond"), lk_graph_new ("body") };
  LkTensor *first[] = { from, x, y }, *inputs[2][3], *next[3] = { NULL }, *outputs[3] = { NULL }, *holds = NULL;
  const gboolean captures = g_test_rand_bit ();         /* y, rather than the variable that begins as y and stays */
  for (guint side = 0; side < 2; side++)
    {
      lk_context_enter (ctx, graphs[side]);
      for (guint i = 0; i < 3; i++)
        inputs[side][i] = lk_placeholder (ctx, NULL, first[i]->dtype, &first[i]->shape);
      if (side == 0)
        holds = condition (ctx, inputs[0], captures ? y : inputs[0][2]);
      else
        body (ctx, inputs[1], captures ? y : inputs[1][2], next);
      lk_context_leave (ctx);
    }
  lk_graph_loop (ctx, graphs[0], inputs[0], holds, graphs[1], inputs[1], next, first, 3, outputs);
  lk_tensor_unref (holds);
  for (guint i = 0; i < 3; i++)
    {
      lk_tensor_unref (inputs[0][i]);
      lk_tensor_unref (inputs[1][i]);
      lk_tensor_unref (next[i]);
    }
  lk_tensor_unref (outputs[0]);
  lk_tensor_unref (outputs[2]);
  lk_graph_unref (graphs[0]);
  lk_graph_unref (graphs[1]);
  return outputs[1];
}
