/* SPDX-License-Identifier: MIT */
/* A program's error stays one, though rewriting leaves nobody who reads what fails; what cannot fail goes. */
#include <string.h>

#include "engine/engine.h"
#include "ops_left.h"
#include "random_graph.h"
#include "engine/graph/call.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/rewriting.h"

static LkContext *ctx;

/* Of x, int32[2]: something whose value does not depend on it. */
typedef LkTensor *(*Build) (LkTensor *x);

static LkTensor *
seventh (LkTensor *x)
{
  g_autoptr (LkTensor) seven = number (7, LK_INT32);
  return lk_floor_div (ctx, seven, x);
}

static LkTensor *
shape_of_quotient (LkTensor *x)
{
  g_autoptr (LkTensor) quotient = seventh (x);
  return lk_shape (ctx, quotient, LK_INT32);
}

static LkTensor *
zeros_like_quotient (LkTensor *x)
{
  g_autoptr (LkTensor) quotient = seventh (x), more = lk_neg (ctx, quotient);
  return lk_zeros_like (ctx, more);
}

static LkTensor *
shape_of_product (LkTensor *x)
{
  g_autoptr (LkTensor) product = lk_mul (ctx, x, x), more = lk_neg (ctx, product);
  return lk_shape (ctx, more, LK_INT32);
}

/* A call of a function that gives its input and a quotient, which is not read. */
static LkTensor *
first_of_two (LkTensor *x)
{
  LkGraph *graph = lk_graph_new ("two");
  LkTensor *outputs[2], *results[2] = { NULL };
  lk_context_enter (ctx, graph);
  LkTensor *input = lk_placeholder (ctx, NULL, x->dtype, &x->shape);
  outputs[0] = lk_neg (ctx, input);
  outputs[1] = seventh (input);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "two", graph, &input, 1, outputs, 2);
  g_assert_true (lk_function_call (ctx, function, &x, results));
  lk_tensor_unref (outputs[0]);
  lk_tensor_unref (outputs[1]);
  lk_tensor_unref (results[1]);
  lk_tensor_unref (input);
  lk_function_unref (function);
  lk_graph_unref (graph);
  return results[0];
}

static const struct { const char *name; Build build; const char *left; gboolean fails; } cases[] = {
  { "shape", shape_of_quotient, "FloorDiv", TRUE }, { "zeros", zeros_like_quotient, "FloorDiv", TRUE },
  { "sure", shape_of_product, "", FALSE }, { "call", first_of_two, "Neg FloorDiv", TRUE },
};

static gboolean
runs (LkFunction *function, gint last)
{
  const LkShape shape = LK_SHAPE (2);
  g_autoptr (LkTensor) x = lk_tensor_new_copy (LK_INT32, &shape, (gint32[]) { 2, last }), result = NULL;
  const gboolean good = lk_function_call (ctx, function, &x, &result);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (!good)
    g_assert_error (error, LK_ERROR, LK_INVALID_ARGUMENT);
  return good;
}

static void
test_cases (void)
{
  const LkShape shape = LK_SHAPE (2);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LkGraph *graph = lk_graph_new ("f");
      lk_context_enter (ctx, graph);
      LkTensor *x = lk_placeholder (ctx, "x", LK_INT32, &shape);
      g_autoptr (LkTensor) output = cases[i].build (x);
      lk_context_leave (ctx);
      LkFunction *function = lk_function_new (ctx, "f", graph, &x, 1, &output, 1);
      g_autofree char *left = ops_left (lk_function_final_graph (ctx, function));
      g_test_message ("%s", cases[i].name);
      g_assert_cmpstr (left, ==, cases[i].left);
      g_assert_true (runs (function, 3));
      g_assert_cmpint (runs (function, 0), ==, !cases[i].fails);
      lk_function_unref (function);
      lk_tensor_unref (x);
      lk_graph_unref (graph);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ctx = lk_context_default ();
  g_test_add_func ("/engine/sure/cases", test_cases);
  return g_test_run ();
}
