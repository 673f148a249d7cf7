/* SPDX-License-Identifier: MIT */
/* Layouts: every op on images with channels first gives the same bits as with channels last, which is how it then runs; and what becomes
   of transposes that a program has between other nodes. */
#include <string.h>

#include "engine/engine.h"
#include "ops_left.h"
#include "random_graph.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"
#include "engine/ops/sample.h"
#include "engine/rewrite/groups.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/rewriting.h"

static LkContext *ctx;

/* ---- each op ---- */

#define FIRST ", padding=\"SAME\", data_format=\"NCHW\""
#define CONV "strides=[1,1,2,1], dilations=[1,1,1,2]" FIRST
#define EDGES "strides=[1,1,1,2], padding=\"EXPLICIT\", explicit_paddings=[0,0,0,0,1,2,0,1], data_format=\"NCHW\""
#define POOL "ksize=[1,1,2,3], strides=[1,1,2,1]" FIRST
#define CUBE "strides=[1,1,1,2,1], padding=\"SAME\", data_format=\"NCDHW\""
#define CUBES "ksize=[1,1,2,1,2], " CUBE
#define NORM "epsilon=0.01, data_format=\"NCHW\""

/* alone: also where nothing around has channels last. */
static const struct { const char *op; LkSample sample; gboolean alone; } ops[] = {
  { "Conv2D", { "float32[2,3,5,6]; float32[2,3,3,4]", CONV }, TRUE }, { "Conv2D", { "float64[1,3,5,6]; float64[2,3,3,4]", EDGES }, TRUE },
  { "Conv2DBackpropInput", { "int32[4]={2,3,5,6}; float32[2,3,3,4]; float32[2,4,3,6]", CONV }, TRUE },
  { "Conv2DBackpropFilter", { "float64[2,3,5,6]; int32[4]={2,3,3,4}; float64[2,4,3,6]", CONV }, TRUE },
  { "Conv3D", { "float32[2,3,3,4,2]; float32[2,1,2,3,2]", CUBE }, TRUE },
  { "Conv3DBackpropInputV2", { "int32[5]={2,3,3,4,2}; float32[2,1,2,3,2]; float32[2,2,3,2,2]", CUBE }, TRUE },
  { "Conv3DBackpropFilterV2", { "float32[2,3,3,4,2]; int32[5]={2,1,2,3,2}; float32[2,2,3,2,2]", CUBE }, TRUE },
  { "DepthwiseConv2dNative", { "float32[2,3,5,6]; float32[2,2,3,2]", "strides=[1,1,1,1]" FIRST }, TRUE },
  { "DepthwiseConv2dNativeBackpropInput",
    { "int32[4]={2,3,5,6}; float32[2,2,3,2]; float32[2,6,5,6]", "strides=[1,1,1,1]" FIRST }, TRUE },
  { "DepthwiseConv2dNativeBackpropFilter",
    { "float32[2,3,5,6]; int32[4]={2,2,3,2}; float32[2,6,5,6]", "strides=[1,1,1,1]" FIRST }, TRUE },
  { "MaxPool", { "float32[2,3,5,6]", POOL }, TRUE }, { "MaxPoolGrad", { "float32[2,3,5,6]; float32[2,3,3,6]; float32[2,3,3,6]", POOL }, TRUE },
  { "MaxPoolGradGrad", { "float64[2,3,5,6]; float64[2,3,3,6]; float64[2,3,5,6]", POOL }, TRUE },
  { "AvgPool", { "float32[2,3,5,6]", POOL }, TRUE }, { "AvgPoolGrad", { "int32[4]={2,3,5,6}; float64[2,3,3,6]", POOL }, TRUE },
  { "MaxPool3D", { "float32[2,3,3,4,2]", CUBES }, TRUE }, { "AvgPool3D", { "float32[2,3,3,4,2]", CUBES }, TRUE },
  { "AvgPool3DGrad", { "int32[5]={2,3,3,4,2}; float32[2,3,3,2,2]", CUBES }, TRUE },
  { "BiasAdd", { "float32[2,3,5,6]; float32[3]", "data_format=\"NCHW\"" } },
  { "BiasAddGrad", { "float64[2,3,5,6]", "data_format=\"NCHW\"" } }, { "BiasAddGrad", { "float32[3,70,5,6]", "data_format=\"NCHW\"" } },
  { "FusedBatchNormV3", { "float32[2,3,5,6]; float32[3]; float32[3]; float32[0]; float32[0]", NORM } },
  { "FusedBatchNormV3", { "float32[2,3,5,6]; float32[3]; float32[3]; float32[3]; float32[3] in 1..2", NORM ", is_training=false" } },
  { "FusedBatchNormGradV3", { "float32[2,3,5,6]; float32[2,3,5,6]; float32[3]; float32[3]; float32[3] in 1..2; float32[0]", NORM } },
};

/* The first image comes out of a transpose from channels last, if it should. Outputs: LkTensor. (transfer full) */
static LkFunction *
function_of (const LkSampleCall *call, gboolean beside_last)
{
  LkGraph *graph = lk_graph_new ("f");
  LkTensor *inputs[8], *used[8], *outputs[8] = { NULL };
  guint n = 0;
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const LkTensor *like = call->inputs[i];
      if (like->dtype == LK_INT32)
        {
          used[i] = lk_const (ctx, call->inputs[i], LK_INT32);
          continue;
        }
      inputs[n] = used[i] = lk_placeholder (ctx, NULL, like->dtype, &like->shape);
      if (beside_last && n == 0)
        {
          g_autoptr (LkTensor) to_last = ints (4, (gint64[]) { 0, 2, 3, 1 }), to_first = ints (4, (gint64[]) { 0, 3, 1, 2 });
          g_autoptr (LkTensor) last = lk_transpose (ctx, inputs[0], to_last), same = lk_bias_add_grad (ctx, last, NULL);
          used[i] = lk_transpose (ctx, last, to_first);
        }
      else
        lk_tensor_ref (used[i]);
      n++;
    }
  g_assert_true (lk_apply (ctx, call->op, used, call->n_inputs, call->attrs, outputs, call->n_outputs));
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "f", graph, inputs, n, outputs, call->n_outputs);
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (inputs[i]);
  for (guint i = 0; i < call->n_inputs; i++)
    lk_tensor_unref (used[i]);
  for (guint i = 0; i < call->n_outputs; i++)
    lk_tensor_unref (outputs[i]);
  lk_graph_unref (graph);
  return function;
}

static gboolean
has_channels_first (const LkGraph *graph)
{
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    {
      const LkNode *node = lk_graph_node (graph, i);
      for (guint k = 0, given = 0; k < node->op->n_attrs; k++)
        if (!node->op->attrs[k].inferred)
          {
            if (strcmp (node->op->attrs[k].name, "data_format") == 0 && node->attrs[given].s != NULL
                && g_str_has_prefix (node->attrs[given].s, "NC"))
              return TRUE;
            given++;
          }
    }
  return FALSE;
}

static void
check_op (const char *name, const LkSample *sample, gboolean beside_last, gboolean turns)
{
  g_autofree char *problem = NULL;
  g_autoptr (LkSampleCall) call = lk_sample_call_new (lk_op_find (name), sample, 7, &problem);
  LkTensor *given[8], *results[2][8] = { { NULL } };
  guint n = 0;
  g_assert_cmpstr (problem, ==, NULL);
  for (guint i = 0; i < call->n_inputs; i++)
    if (call->inputs[i]->dtype != LK_INT32)
      given[n++] = call->inputs[i];
  for (guint turned = 0; turned < 2; turned++)
    {
      lk_pass_switch ("all", FALSE);
      lk_pass_switch ("layout", turned);
      LkFunction *function = function_of (call, beside_last);
      const gboolean first = has_channels_first (lk_function_final_graph (ctx, function));
      if (first != !(turned && turns))
        g_error ("%s: channels %s", name, first ? "are still first" : "are not first any more");
      g_assert_true (lk_function_call (ctx, function, given, results[turned]));
      lk_function_unref (function);
      lk_pass_switch ("all", TRUE);
    }
  for (guint i = 0; i < call->n_outputs; i++)
    {
      if (!random_same_bits (results[0][i], results[1][i]))
        g_error ("%s: output %u is\n%s\nnot\n%s", name, i, lk_tensor_text (results[1][i]), lk_tensor_text (results[0][i]));
      lk_tensor_unref (results[0][i]);
      lk_tensor_unref (results[1][i]);
    }
}

static void
test_ops (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (ops); i++)
    {
      check_op (ops[i].op, &ops[i].sample, FALSE, ops[i].alone);
      if (!ops[i].alone)
        check_op (ops[i].op, &ops[i].sample, TRUE, TRUE);
    }
}

/* ---- transposes between other nodes ---- */

/* x, y: float32[2,3,4]. Makes one output. */
typedef LkTensor *(*Build) (LkTensor *x, LkTensor *y);

static LkTensor *
there (LkTensor *x)
{
  g_autoptr (LkTensor) axes = ints (3, (gint64[]) { 2, 0, 1 });
  return lk_transpose (ctx, x, axes);
}

static LkTensor *
back (LkTensor *x)
{
  g_autoptr (LkTensor) axes = ints (3, (gint64[]) { 1, 2, 0 });
  return lk_transpose (ctx, x, axes);
}

static LkTensor *
through_tanh (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) a = there (x), b = lk_tanh (ctx, a);
  return back (b);
}

static LkTensor *
through_sum (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) a = there (x), b = there (y), c = lk_add (ctx, a, b), two = number (2, LK_FLOAT32);
  return lk_mul (ctx, c, two);
}

static LkTensor *
through_bias (LkTensor *x, LkTensor *y)
{
  const LkShape shape = LK_SHAPE (3);
  g_autoptr (LkTensor) bias = lk_tensor_new_copy (LK_FLOAT32, &shape, (float[]) { 1, 2, 3 });
  g_autoptr (LkTensor) a = there (x), b = lk_add (ctx, a, bias);
  return back (b);
}

static LkTensor *
through_join (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) a = there (x), b = there (y), axis = number (-1, LK_INT32);
  g_autoptr (LkTensor) joined = lk_concat (ctx, (LkTensor *[]) { a, b }, 2, axis);
  return back (joined);
}

static LkTensor *
through_pad (LkTensor *x, LkTensor *y)
{
  const LkShape shape = LK_SHAPE (3, 2);
  g_autoptr (LkTensor) widths = lk_tensor_new_copy (LK_INT32, &shape, (gint32[]) { 1, 0, 0, 2, 3, 1 });
  g_autoptr (LkTensor) a = there (x), b = lk_pad (ctx, a, widths);
  return back (b);
}

static LkTensor *
only_there (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) a = there (x);
  return lk_tanh (ctx, a);
}

/* What stands beside would have to be turned instead. */
static LkTensor *
beside_others (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) flat = ints (3, (gint64[]) { 4, 2, 3 }), a = there (x), b = lk_reshape (ctx, y, flat), c = lk_add (ctx, a, b);
  return lk_tanh (ctx, c);
}

static const struct { const char *name; Build build; const char *left; } between[] = {
  { "tanh", through_tanh, "Tanh" }, { "sum", through_sum, "AddV2 Transpose Mul" }, { "bias", through_bias, "AddV2" },
  { "join", through_join, "ConcatV2" }, { "pad", through_pad, "Pad" }, { "there", only_there, "Transpose Tanh" },
  { "others", beside_others, "Transpose Reshape AddV2 Tanh" },
};

static void
check_between (guint i)
{
  const LkShape shape = LK_SHAPE (2, 3, 4);
  g_autoptr (LkTensor) plain = NULL, turned = NULL;
  for (guint on = 0; on < 2; on++)
    {
      LkGraph *graph = lk_graph_new ("f");
      lk_context_enter (ctx, graph);
      LkTensor *inputs[] = { lk_placeholder (ctx, "x", LK_FLOAT32, &shape), lk_placeholder (ctx, "y", LK_FLOAT32, &shape) };
      g_autoptr (LkTensor) output = between[i].build (inputs[0], inputs[1]);
      lk_context_leave (ctx);
      lk_pass_switch ("all", on);
      lk_pass_switch ("fusion", FALSE);
      LkFunction *function = lk_function_new (ctx, "f", graph, inputs, 2, &output, 1);
      g_autofree char *left = ops_left (lk_function_final_graph (ctx, function)), *problem = NULL;
      g_autoptr (LkTensor) x = lk_sample_tensor ("float32[2,3,4]", 3, &problem), y = lk_sample_tensor ("float32[2,3,4]", 4, &problem);
      LkTensor *values[] = { x, y };
      g_test_message ("%s", between[i].name);
      if (on)
        g_assert_cmpstr (left, ==, between[i].left);
      g_assert_true (lk_function_call (ctx, function, values, on ? &turned : &plain));
      lk_pass_switch ("all", TRUE);
      lk_function_unref (function);
      lk_tensor_unref (inputs[0]);
      lk_tensor_unref (inputs[1]);
      lk_graph_unref (graph);
    }
  g_assert_true (random_same_bits (plain, turned));
}

static void
test_between (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (between); i++)
    check_between (i);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lk_fuse_small (TRUE);
  ctx = lk_context_default ();
  g_test_add_func ("/engine/images/ops", test_ops);
  g_test_add_func ("/engine/images/between", test_between);
  return g_test_run ();
}
