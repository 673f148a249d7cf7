/* SPDX-License-Identifier: MIT */
/* Fused kernels: every elementwise op in tiles gives the bits that it gives alone; what is made one, and what is not; shapes that only
   the run knows, broadcasting, and errors. */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/eager/dispatch.h"
#include "engine/execute/program.h"
#include "engine/graph/call.h"
#include "engine/ops/sample.h"
#include "engine/rewrite/groups.h"
#include "engine/rewrite/pass.h"
#include "ops_left.h"

#define LARGE 3001      /* how often the samples are repeated, so that there are many tiles, the last of them short */

static LkContext *ctx;

typedef LkTensor *(*Build) (LkTensor *const *x);

static LkTensor *
sample (const char *text)
{
  g_autofree char *problem = NULL;
  LkTensor *tensor = lk_sample_tensor (text, 7, &problem);
  g_assert_cmpstr (problem, ==, NULL);
  return tensor;
}

static void
assert_same (const LkTensor *a, const LkTensor *b, const char *what)
{
  if (a->dtype != b->dtype || !lk_shape_equal (&a->shape, &b->shape) || memcmp (a->data, b->data, lk_tensor_bytes (a)) != 0)
    {
      g_autofree char *x = lk_tensor_text (a), *y = lk_tensor_text (b);
      g_error ("%s: alone\n%s\nfused\n%s", what, x, y);
    }
}

/* ---- each op ---- */

/* A body of one node. (transfer full) */
static LkFunction *
body_of (const LkOp *op, LkTensor *const *like, guint n, const LkAttr *attrs)
{
  LkGraph *graph = lk_graph_new ("body");
  LkTensor *inputs[LK_STEP_MOST_INPUTS];
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < n; i++)
    inputs[i] = lk_placeholder (ctx, NULL, like[i]->dtype, &like[i]->shape);
  g_autoptr (LkTensor) output = lk_apply1 (ctx, op, inputs, n, attrs);
  lk_context_leave (ctx);
  LkFunction *body = lk_function_new (ctx, op->name, graph, inputs, n, &output, 1);
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (inputs[i]);
  lk_graph_unref (graph);
  return body;
}

static void
check_call (const LkOp *op, LkTensor *const *inputs, guint n, const LkAttr *attrs)
{
  LkFunction *body = body_of (op, inputs, n, attrs);
  LkTensor *fused = NULL;
  if (lk_node_is_elementwise (lk_function_graph (body)->nodes->pdata[n]))
    {
      g_autoptr (LkTensor) alone = lk_apply1 (ctx, op, inputs, n, attrs);
      g_assert_true (lk_fused_elementwise (ctx, inputs, n, body, &fused));
      assert_same (alone, fused, op->name);
      lk_tensor_unref (fused);
    }
  lk_function_unref (body);
}

/* The elements again and again along a new first axis; of a scalar only itself. (transfer full) */
static LkTensor *
repeated (LkTensor *x, gint64 times)
{
  LkShape shape = { x->shape.rank + 1, { times } };
  if (x->shape.rank == 0)
    return lk_tensor_ref (x);
  memcpy (shape.dims + 1, x->shape.dims, x->shape.rank * sizeof (gint64));
  LkTensor *result = lk_tensor_new (x->dtype, &shape);
  for (gint64 i = 0; i < times; i++)
    memcpy ((char *) result->data + i * lk_tensor_bytes (x), x->data, lk_tensor_bytes (x));
  return result;
}

static void
check_sample (const LkOp *op, const LkSample *text)
{
  g_autofree char *problem = NULL;
  g_autoptr (LkSampleCall) call = lk_sample_call_new (op, text, 7, &problem);
  LkTensor *large[LK_STEP_MOST_INPUTS];
  guint most = 0;
  g_assert_cmpstr (problem, ==, NULL);
  for (guint i = 0; i < call->n_inputs; i++)
    most = MAX (most, call->inputs[i]->shape.rank);
  check_call (op, call->inputs, call->n_inputs, call->attrs);
  for (guint i = 0; i < call->n_inputs; i++)
    if (op->index == LK_OP_BIAS_ADD || call->inputs[i]->dtype == LK_STRING)
      return;
  /* Those of fewer axes stay as they are, and are broadcast. */
  for (guint i = 0; i < call->n_inputs; i++)
    large[i] = call->inputs[i]->shape.rank == most ? repeated (call->inputs[i], LARGE) : lk_tensor_ref (call->inputs[i]);
  check_call (op, large, call->n_inputs, call->attrs);
  for (guint i = 0; i < call->n_inputs; i++)
    lk_tensor_unref (large[i]);
}

static void
test_each_op (void)
{
  guint n = 0;
  for (guint i = 0; i < lk_op_count (); i++)
    {
      const LkOp *op = lk_op_at (i);
      if (!lk_op_is_elementwise (op))
        continue;
      n++;
      for (guint k = 0; op->block->samples != NULL && op->block->samples[k].inputs != NULL; k++)
        check_sample (op, &op->block->samples[k]);
    }
  g_assert_cmpuint (n, >, 90);
}

/* ---- what becomes one ---- */

static LkTensor *
chain (LkTensor *const *x)
{
  g_autoptr (LkTensor) product = lk_mul (ctx, x[0], x[1]), sum = lk_add (ctx, product, x[0]), t = lk_tanh (ctx, sum);
  return lk_relu (ctx, t);
}

/* Two sides that meet; one of them begins with what is not in the chain of the first. */
static LkTensor *
tree (LkTensor *const *x)
{
  g_autoptr (LkTensor) a = lk_mul (ctx, x[0], x[1]), b = lk_exp (ctx, x[1]), c = lk_neg (ctx, b), greater = lk_greater (ctx, a, c);
  return lk_select (ctx, greater, a, c);
}

/* The sum needs all of e before the division can begin. */
static LkTensor *
around (LkTensor *const *x)
{
  g_autoptr (LkTensor) axes = sample ("int32[1]={1}"), less = lk_sub (ctx, x[0], x[1]), e = lk_exp (ctx, less);
  g_autoptr (LkTensor) sum = lk_sum (ctx, e, axes, TRUE), part = lk_real_div (ctx, e, sum);
  return lk_neg (ctx, part);
}

static LkTensor *
layer (LkTensor *const *x)
{
  g_autoptr (LkTensor) product = lk_mat_mul (ctx, x[0], x[3], FALSE, FALSE), sum = lk_bias_add (ctx, product, x[2], NULL);
  return lk_relu (ctx, sum);
}

/* Integers may be divided by zero: that has to be said of the one node. */
static LkTensor *
refused (LkTensor *const *x)
{
  g_autoptr (LkTensor) a = lk_cast (ctx, x[0], LK_INT32), b = lk_cast (ctx, x[1], LK_INT32), whole = lk_floor_div (ctx, a, b);
  return lk_cast (ctx, whole, LK_FLOAT32);
}

static LkTensor *
alone (LkTensor *const *x)
{
  return lk_exp (ctx, x[0]);
}

static LkTensor *
narrow (LkTensor *const *x)
{
  g_autoptr (LkTensor) half = lk_cast (ctx, x[0], LK_FLOAT16), other = lk_cast (ctx, x[1], LK_FLOAT16);
  g_autoptr (LkTensor) sum = lk_add (ctx, half, other), t = lk_tanh (ctx, sum);
  return lk_cast (ctx, t, LK_FLOAT64);
}

static LkTensor *
broadcast (LkTensor *const *x)
{
  g_autoptr (LkTensor) one = sample ("float32[]={0.5}"), row = lk_add (ctx, x[0], x[2]), wide = lk_mul (ctx, row, x[4]);
  g_autoptr (LkTensor) scaled = lk_mul (ctx, wide, one);
  return lk_maximum (ctx, scaled, x[1]);
}

static const struct { const char *name; Build build; const char *left, *body; } cases[] = {
  { "chain", chain, "_FusedElementwise", "Mul+AddV2+Tanh+Relu" },
  { "tree", tree, "_FusedElementwise", "Mul+Exp+Neg+Greater+SelectV2" },
  { "around", around, "_FusedElementwise _FusedElementwise", "Sub+Exp+Sum" },
  { "layer", layer, "_FusedMatMul", "MatMul+BiasAdd+Relu" },
  { "refused", refused, "Cast Cast FloorDiv Cast", NULL },
  { "alone", alone, "Exp", NULL },
  { "narrow", narrow, "_FusedElementwise", "Cast+Cast+AddV2+Tanh+Cast" },
  { "broadcast", broadcast, "_FusedElementwise", "AddV2+Mul+Mul+Maximum" },
};

#define N_INPUTS 5
static const char *const sizes[][N_INPUTS] = {
  { "float32[2,3]", "float32[2,3] in 0.5..1.5", "float32[3]", "float32[3,3]", "float32[2,1]" },
  { "float32[700,33]", "float32[700,33] in 0.5..1.5", "float32[33]", "float32[33,33]", "float32[700,1]" },
  { "float32[0,3]", "float32[0,3]", "float32[3]", "float32[3,3]", "float32[1,1]" },
  { "float32[1,1]", "float32[1,1] in 0.5..1.5", "float32[1]", "float32[1,1]", "float32[1,1]" },
  { "float32[3,70001]", "float32[3,70001] in 0.5..1.5", "float32[70001]", "float32[1,1]", "float32[3,1]" },
};

/* Of inputs like these; with `open`, the first axes are not known. (transfer full) */
static LkFunction *
function_of (Build build, LkTensor *const *like, gboolean open)
{
  LkGraph *graph = lk_graph_new ("f");
  LkTensor *inputs[N_INPUTS];
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < N_INPUTS; i++)
    {
      LkShape shape = like[i]->shape;
      if (open && shape.rank == 2 && i < 2)
        shape.dims[0] = LK_DIM_UNKNOWN;
      inputs[i] = lk_placeholder (ctx, NULL, LK_FLOAT32, &shape);
    }
  g_autoptr (LkTensor) output = build (inputs);
  lk_context_leave (ctx);
  LkFunction *function = output != NULL ? lk_function_new (ctx, "f", graph, inputs, N_INPUTS, &output, 1) : NULL;
  for (guint i = 0; i < N_INPUTS; i++)
    lk_tensor_unref (inputs[i]);
  lk_graph_unref (graph);
  return function;
}

/* The name of the first fused node's body; NULL if there is none. (transfer full) */
static char *
body_left (const LkGraph *graph)
{
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    if (lk_op_is_fused (lk_graph_node (graph, i)->op))
      return g_strdup (lk_function_name (lk_graph_node (graph, i)->attrs[0].func));
  return NULL;
}

static LkTensor *
run (LkFunction *function, LkTensor *const *values)
{
  LkTensor *result = NULL;
  lk_function_call (ctx, function, values, &result);
  return result;
}

static void
check_case (guint i, LkTensor *const *values, gboolean open)
{
  LkFunction *plain = function_of (cases[i].build, values, open), *fused = function_of (cases[i].build, values, open);
  g_autoptr (GError) untraced = lk_context_take_error (ctx);
  if (plain == NULL)      /* these sizes are none for it */
    return;
  lk_pass_switch ("all", FALSE);
  g_autoptr (LkTensor) expected = run (plain, values);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  lk_pass_switch ("all", TRUE);
  g_autoptr (LkTensor) result = run (fused, values);
  g_autoptr (GError) again = lk_context_take_error (ctx);
  g_assert_cmpint (error != NULL, ==, again != NULL);
  if (error == NULL)
    assert_same (expected, result, cases[i].name);
  else
    g_assert_cmpstr (error->message, ==, again->message);
  const LkGraph *final = lk_function_final_graph (ctx, fused);
  g_autofree char *left = ops_left (final), *body = body_left (final);
  if (!open && values[0]->size == 1)
    g_assert_null (strstr (left, "Elementwise"));       /* single numbers are left alone */
  else if (!open)
    {
      g_assert_cmpstr (left, ==, cases[i].left);
      g_assert_cmpstr (body, ==, cases[i].body);
    }
  lk_function_unref (plain);
  lk_function_unref (fused);
}

static void
test_cases (void)
{
  for (guint size = 0; size < G_N_ELEMENTS (sizes); size++)
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
      {
        LkTensor *values[N_INPUTS];
        for (guint k = 0; k < N_INPUTS; k++)
          values[k] = sample (sizes[size][k]);
        check_case (i, values, FALSE);
        check_case (i, values, TRUE);
        for (guint k = 0; k < N_INPUTS; k++)
          lk_tensor_unref (values[k]);
      }
}

/* ---- shapes that come with the values ---- */

static LkTensor *
sum_of_both (LkTensor *const *x)
{
  g_autoptr (LkTensor) sum = lk_add (ctx, x[0], x[1]), twice = lk_add (ctx, sum, x[1]);
  return lk_neg (ctx, twice);
}

/* The same function on one shape after another; those that do not fit are refused by the node that they do not fit, by its name. */
static void
test_open_shapes (void)
{
  static const char *const firsts[] = { "float32[4,3]", "float32[1,3]", "float32[900,3]", "float32[4,3]", "float32[0,3]" };
  g_autoptr (LkTensor) row = sample ("float32[3]"), square = sample ("float32[3,3]"), column = sample ("float32[2,1]");
  LkTensor *values[N_INPUTS] = { sample (firsts[0]), sample (firsts[0]), row, square, column };
  LkFunction *fused = function_of (sum_of_both, values, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++)
    for (guint k = 0; k < G_N_ELEMENTS (firsts); k++)
      {
        g_autoptr (LkTensor) a = sample (firsts[i]), b = sample (firsts[k]);
        LkTensor *given[N_INPUTS] = { a, b, row, square, column };
        g_autoptr (LkTensor) alone = sum_of_both (given);
        g_autoptr (GError) error = lk_context_take_error (ctx);
        g_autoptr (LkTensor) result = run (fused, given);
        g_autoptr (GError) again = lk_context_take_error (ctx);
        g_assert_cmpint (error != NULL, ==, again != NULL);
        if (error == NULL)
          assert_same (alone, result, "open");
        else
          g_assert_nonnull (strstr (again->message, "[[{{node AddV2}}]]"));
      }
  lk_function_unref (fused);
  lk_tensor_unref (values[0]);
  lk_tensor_unref (values[1]);
}

/* ---- sizes ---- */

/* Nodes of small values stay as they are, and so does a small product with what follows; what is not known may be large. */
static void
test_small (void)
{
  static const struct { Build build; const char *x, *y; gboolean open, fused; } asked[] = {
    { chain, "float32[63,65]", "float32[63,65]", FALSE, FALSE }, { chain, "float32[64,64]", "float32[64,64]", FALSE, TRUE },
    { chain, "float32[3,3]", "float32[3,3]", TRUE, TRUE },
    { layer, "float32[127,256]", "float32[127,256]", FALSE, FALSE }, { layer, "float32[128,256]", "float32[128,256]", FALSE, TRUE },
  };
  lk_fuse_small (FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (asked); i++)
    {
      g_autoptr (LkTensor) x = sample (asked[i].x), y = sample (asked[i].y), row = sample ("float32[256]"), column = sample ("float32[1,1]");
      g_autoptr (LkTensor) square = sample ("float32[256,256]");
      LkFunction *function = function_of (asked[i].build, (LkTensor *[]) { x, y, row, square, column }, asked[i].open);
      g_autofree char *left = ops_left (lk_function_final_graph (ctx, function));
      if (asked[i].build == layer)
        g_assert_cmpint (strstr (left, "_FusedMatMul") != NULL, ==, asked[i].fused);
      else
        g_assert_cmpint (strstr (left, "_FusedElementwise") != NULL, ==, asked[i].fused);
      lk_function_unref (function);
    }
  lk_fuse_small (TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lk_fuse_small (TRUE);
  ctx = lk_context_default ();
  g_test_add_func ("/engine/fused/each op", test_each_op);
  g_test_add_func ("/engine/fused/cases", test_cases);
  g_test_add_func ("/engine/fused/open shapes", test_open_shapes);
  g_test_add_func ("/engine/fused/small", test_small);
  return g_test_run ();
}
