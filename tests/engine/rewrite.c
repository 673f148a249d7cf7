/* SPDX-License-Identifier: MIT */
/* The optimiser: each rule on an expression that it is for, and on one that it must leave; and random graphs, whose results
   with all passes are those without any, bit for bit, and in which a second rewriting finds nothing. */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops_left.h"
#include "random_graph.h"
#include "engine/graph/call.h"
#include "engine/rewrite/groups.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/rewriting.h"

#define N_GRAPHS 400
#define N_ALONE 200     /* with one pass each */

static LkContext *ctx;

/* ---- building ---- */

static LkFunction *
function_of (LkGraph *graph, LkTensor *const *inputs, guint n_inputs, LkTensor *const *outputs, guint n_outputs)
{
  LkFunction *function = lk_function_new (ctx, "f", graph, inputs, n_inputs, outputs, n_outputs);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  g_assert_no_error (error);
  return function;
}

/* ---- rules ---- */

/* x: float32[2,3], y: float32[2,3], both inputs. Makes one output. */
typedef LkTensor *(*Build) (LkTensor *x, LkTensor *y);

static LkTensor *
with_number (LkTensor *(*op) (LkContext *, LkTensor *, LkTensor *), LkTensor *x, double value)
{
  g_autoptr (LkTensor) y = number (value, x->dtype);
  return op (ctx, x, y);
}

static LkTensor *build_mul_one (LkTensor *x, LkTensor *y) { return with_number (lk_mul, x, 1); }
static LkTensor *build_add_zero (LkTensor *x, LkTensor *y) { return with_number (lk_add, x, 0); }
static LkTensor *build_mul_zero (LkTensor *x, LkTensor *y) { return with_number (lk_mul, x, 0); }
static LkTensor *build_sub_zero (LkTensor *x, LkTensor *y) { return with_number (lk_sub, x, 0); }
static LkTensor *build_div_eight (LkTensor *x, LkTensor *y) { return with_number (lk_real_div, x, 8); }
static LkTensor *build_div_three (LkTensor *x, LkTensor *y) { return with_number (lk_real_div, x, 3); }

static LkTensor *build_pow_two (LkTensor *x, LkTensor *y) { return with_number (lk_pow, x, 2); }
static LkTensor *build_pow_three (LkTensor *x, LkTensor *y) { return with_number (lk_pow, x, 3); }
static LkTensor *build_pow_half (LkTensor *x, LkTensor *y) { return with_number (lk_pow, x, 0.5); }
static LkTensor *build_mod_eight (LkTensor *x, LkTensor *y) { return with_number (lk_floor_mod, x, 8); }

static LkTensor *
build_length (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) axis = ints (1, (gint64[]) { 0 }), square = lk_square (ctx, x), sum = lk_sum (ctx, square, axis, FALSE);
  return with_number (lk_pow, sum, 0.5);
}

static LkTensor *
build_sum_of_slopes (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) a = lk_exp (ctx, x);
  return lk_add_n (ctx, (LkTensor *[]) { x, y, a }, 3);
}

static LkTensor *
build_sum_of_inputs (LkTensor *x, LkTensor *y)
{
  return lk_add_n (ctx, (LkTensor *[]) { x, y, x }, 3);
}

static LkTensor *
build_sum_of_one (LkTensor *x, LkTensor *y)
{
  return lk_add_n (ctx, (LkTensor *[]) { x }, 1);
}

static LkTensor *
build_add_neg (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) neg = lk_neg (ctx, y);
  return lk_add (ctx, x, neg);
}

static LkTensor *
build_neg_neg (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) neg = lk_neg (ctx, x);
  return lk_neg (ctx, neg);
}

static LkTensor *
build_transposes (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) axes = ints (2, (gint64[]) { 1, 0 }), once = lk_transpose (ctx, x, axes);
  return lk_transpose (ctx, once, axes);
}

static LkTensor *
build_reshapes (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) flat = ints (1, (gint64[]) { -1 }), other = ints (2, (gint64[]) { 3, 2 });
  g_autoptr (LkTensor) once = lk_reshape (ctx, x, flat);
  return lk_reshape (ctx, once, other);
}

static LkTensor *
build_common (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) a = lk_exp (ctx, x), b = lk_exp (ctx, x);
  return lk_mul (ctx, a, b);
}

static LkTensor *
build_constants (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) two = number (2, x->dtype), three = number (3, x->dtype), a = lk_const (ctx, two, two->dtype),
                       b = lk_const (ctx, three, three->dtype), sum = lk_add (ctx, a, b);
  return lk_mul (ctx, x, sum);
}

static LkTensor *
build_failing (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) one = number (1, LK_INT32), zero = number (0, LK_INT32), a = lk_const (ctx, one, LK_INT32),
                       b = lk_const (ctx, zero, LK_INT32);
  return lk_floor_div (ctx, a, b);
}

/* What is left, its constants and the inputs x and y apart; "" when it is an input itself. */
static const struct { Build build; const char *left; } rules[] = {
  { build_mul_one, "" }, { build_sub_zero, "" }, { build_neg_neg, "" }, { build_transposes, "" },
  { build_add_zero, "AddV2" }, { build_mul_zero, "Mul" }, { build_div_three, "RealDiv" },
  { build_div_eight, "Mul" }, { build_add_neg, "Sub" }, { build_reshapes, "Reshape" }, { build_common, "Exp Square" },
  { build_pow_two, "Square" }, { build_pow_three, "Pow" }, { build_pow_half, "Pow" }, { build_length, "Square Sum Sqrt" },
  { build_sum_of_slopes, "Exp AddV2 AddV2" }, { build_sum_of_inputs, "AddN" }, { build_sum_of_one, "" },
  { build_mod_eight, "FloorMod" }, { build_constants, "Mul" }, { build_failing, "FloorDiv" },
};

/* The passes that make one node of several would hide what the others leave. */
static void
switch_last (gboolean on)
{
  for (guint i = 0; lk_passes[i].name != NULL; i++)
    if (lk_passes[i].last)
      lk_pass_switch (lk_passes[i].name, on);
}

static void
test_rules (void)
{
  const LkShape shape = LK_SHAPE (2, 3);
  switch_last (FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      LkGraph *graph = lk_graph_new ("rule");
      lk_context_enter (ctx, graph);
      LkTensor *inputs[] = { lk_placeholder (ctx, "x", LK_FLOAT32, &shape), lk_placeholder (ctx, "y", LK_FLOAT32, &shape) };
      g_autoptr (LkTensor) output = rules[i].build (inputs[0], inputs[1]);
      lk_context_leave (ctx);
      LkFunction *function = function_of (graph, inputs, 2, &output, 1);
      g_autofree char *left = ops_left (lk_function_final_graph (ctx, function));
      g_assert_cmpstr (left, ==, rules[i].left);
      lk_function_unref (function);
      lk_tensor_unref (inputs[0]);
      lk_tensor_unref (inputs[1]);
      lk_graph_unref (graph);
    }
  switch_last (TRUE);
}

/* ---- effects ---- */

/* v is assigned twice and read in between; none may go, nor move. */
static void
test_effects (void)
{
  g_autoptr (LkTensor) one = number (1, LK_FLOAT32);
  LkVariable *variable = lk_variable_new (ctx, "v", LK_FLOAT32, &(LkShape) { .rank = 0 }, one, TRUE);
  LkGraph *graph = lk_graph_new ("effects");
  lk_graph_order_effects (graph);
  lk_context_enter (ctx, graph);
  g_autoptr (LkTensor) before = lk_variable_read (ctx, variable), doubled = lk_add (ctx, before, before);
  lk_variable_assign (ctx, variable, doubled);
  g_autoptr (LkTensor) between = lk_variable_read (ctx, variable), same = lk_identity (ctx, between);
  g_autoptr (LkTensor) tripled = lk_add (ctx, same, before);
  lk_variable_assign (ctx, variable, tripled);
  lk_context_leave (ctx);
  LkFunction *function = function_of (graph, NULL, 0, &same, 1);
  for (guint i = 0; i < 3; i++)
    {
      LkTensor *result;
      const double expected = 2 * pow (3, i);
      g_assert_true (lk_function_call (ctx, function, NULL, &result));
      g_assert_cmpfloat (lk_tensor_double_at (result, 0), ==, expected);
      g_assert_cmpfloat (lk_tensor_double_at (variable->value, 0), ==, expected * 1.5);
      lk_tensor_unref (result);
    }
  lk_function_unref (function);
  lk_graph_unref (graph);
  lk_variable_unref (variable);
}

/* ---- calls and branches ---- */

/* v is what it was plus x; gives what it was. (transfer full) */
static LkFunction *
adding (LkVariable *variable, const char *name)
{
  LkGraph *graph = lk_graph_new (name);
  lk_graph_order_effects (graph);
  lk_context_enter (ctx, graph);
  LkTensor *x = lk_placeholder (ctx, "x", LK_FLOAT32, &(LkShape) { .rank = 0 });
  g_autoptr (LkTensor) before = lk_variable_read (ctx, variable), sum = lk_add (ctx, before, x);
  lk_variable_assign (ctx, variable, sum);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, name, graph, &x, 1, &before, 1);
  lk_tensor_unref (x);
  lk_graph_unref (graph);
  return function;
}

/* A constant condition chooses between adding x and adding 100 x. */
static LkTensor *
branch (LkVariable *variable, LkTensor *x, gboolean condition)
{
  LkGraph *graphs[2];
  LkTensor *outputs[2], *result = NULL;
  for (guint i = 0; i < 2; i++)
    {
      graphs[i] = lk_graph_new (i == 0 ? "then" : "else");
      lk_graph_order_effects (graphs[i]);
      lk_context_enter (ctx, graphs[i]);
      g_autoptr (LkTensor) more = with_number (lk_mul, x, i == 0 ? 1 : 100), before = lk_variable_read (ctx, variable);
      g_autoptr (LkTensor) sum = lk_add (ctx, before, more);
      lk_variable_assign (ctx, variable, sum);
      outputs[i] = lk_tensor_ref (sum);
      lk_context_leave (ctx);
    }
  g_autoptr (LkTensor) value = number (condition, LK_BOOL), constant = lk_const (ctx, value, LK_BOOL);
  lk_graph_branch (ctx, constant, graphs[0], &outputs[0], graphs[1], &outputs[1], 1, &result);
  for (guint i = 0; i < 2; i++)
    {
      lk_tensor_unref (outputs[i]);
      lk_graph_unref (graphs[i]);
    }
  return result;
}

/* Two calls, a branch and an assignment in turn, each of which sees what those before it did. */
static double
run_calls (gboolean rewritten, guint *n_calls)
{
  g_autoptr (LkTensor) one = number (1, LK_FLOAT32), argument = number (3, LK_FLOAT32);
  LkVariable *variable = lk_variable_new (ctx, "v", LK_FLOAT32, &(LkShape) { .rank = 0 }, one, TRUE);
  LkFunction *inner = adding (variable, "inner");
  LkGraph *graph = lk_graph_new ("outer");
  LkTensor *first, *second, *result, *x;
  double sum = 0;
  lk_graph_order_effects (graph);
  lk_context_enter (ctx, graph);
  x = lk_placeholder (ctx, "x", LK_FLOAT32, &(LkShape) { .rank = 0 });
  lk_function_call (ctx, inner, &x, &first);
  g_autoptr (LkTensor) between = lk_variable_read (ctx, variable), chosen = branch (variable, x, FALSE);
  lk_function_call (ctx, inner, &between, &second);
  g_autoptr (LkTensor) last = lk_variable_read (ctx, variable), twice = lk_add (ctx, last, last);
  lk_variable_assign (ctx, variable, twice);
  g_autoptr (LkTensor) a = lk_mul (ctx, first, second), b = lk_sub (ctx, a, chosen), output = lk_add (ctx, b, last);
  lk_context_leave (ctx);
  lk_pass_switch ("all", rewritten);
  LkFunction *outer = lk_function_new (ctx, "outer", graph, &x, 1, &output, 1);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (lk_function_call (ctx, outer, &argument, &result));
      sum = sum * 7 + lk_tensor_double_at (result, 0) + 3 * lk_tensor_double_at (variable->value, 0);
      lk_tensor_unref (result);
    }
  g_autofree char *left = ops_left (lk_function_final_graph (ctx, outer));
  *n_calls = (strstr (left, "PartitionedCall") != NULL) + (strstr (left, "If") != NULL);
  lk_pass_switch ("all", TRUE);
  lk_tensor_unref (first);
  lk_tensor_unref (second);
  lk_tensor_unref (x);
  lk_function_unref (inner);
  lk_function_unref (outer);
  lk_graph_unref (graph);
  lk_variable_unref (variable);
  return sum;
}

static void
test_calls (void)
{
  guint calls, left;
  const double plain = run_calls (FALSE, &calls), rewritten = run_calls (TRUE, &left);
  g_assert_cmpfloat (plain, ==, rewritten);
  g_assert_cmpuint (calls, ==, 2);
  g_assert_cmpuint (left, ==, 0);
}

/* ---- random graphs ---- */

/* Runs all passes once more over what they left. */
static void
check_settled (LkFunction *function, LkGraph *graph)
{
  LkRewriting *rewriting = lk_rewriting_new (ctx, function);
  LkTensor **inputs, **outputs;
  lk_rewriting_run (rewriting);
  LkGraph *final = lk_rewriting_finish (rewriting, &inputs, &outputs);
  LkFunction *again = function_of (final, inputs, function->n_all, outputs, function->n_outputs);
  LkRewriting *second = lk_rewriting_new (ctx, again);
  lk_rewriting_run (second);
  if (second->log->len > 0)
    g_error ("a second rewriting finds '%s' in\n%s", g_array_index (second->log, LkRewrite, 0).rule, lk_graph_text (final));
  lk_rewriting_free (second);
  lk_rewriting_free (rewriting);
  lk_function_unref (again);
  lk_graph_unref (final);
  for (guint i = 0; i < function->n_all; i++)
    lk_tensor_unref (inputs[i]);
  for (guint i = 0; i < function->n_outputs; i++)
    lk_tensor_unref (outputs[i]);
  g_free (inputs);
  g_free (outputs);
}

/* error: what the run failed with; then there are no results. */
static void
run (const RandomGraph *random, const char *pass, LkTensor **results, GError **error)
{
  lk_pass_switch ("all", FALSE);
  if (pass != NULL)
    lk_pass_switch (pass, TRUE);
  LkFunction *function = function_of (random->graph, random->inputs, RANDOM_INPUTS, random->outputs, RANDOM_OUTPUTS);
  const gboolean good = lk_function_call (ctx, function, random->values, results);
  *error = lk_context_take_error (ctx);
  g_assert_cmpint (good, ==, *error == NULL);
  if (g_strcmp0 (pass, "all") == 0)
    check_settled (function, random->graph);
  lk_function_unref (function);
  lk_pass_switch ("all", TRUE);
}

static guint n_failed;

/* Now and then a division by what may be 0. */
static void
may_fail (LkContext *context, GPtrArray *pool, gpointer unused)
{
  LkTensor *x = g_ptr_array_index (pool, g_test_rand_int_range (0, pool->len));
  if (g_test_rand_int_range (0, 60) != 0 || lk_dtype_is_integer (x->dtype))
    return;
  g_autoptr (LkTensor) whole = lk_cast (ctx, x, LK_INT32), seven = number (7, LK_INT32);
  LkTensor *quotient = lk_floor_div (ctx, seven, whole);
  g_ptr_array_add (pool, lk_cast (ctx, quotient, LK_FLOAT32));
  lk_tensor_unref (quotient);
}

/* pass: the one that is on, or all. */
static void
check_random_graph (const char *pass)
{
  g_autoptr (RandomGraph) random = random_graph_new_with (ctx, may_fail, NULL);
  LkTensor *plain[RANDOM_OUTPUTS], *rewritten[RANDOM_OUTPUTS];
  g_autoptr (GError) error = NULL, same = NULL;
  random_graph_fill (random);
  run (random, NULL, plain, &error);
  run (random, pass, rewritten, &same);
  g_assert_cmpstr (same != NULL ? same->message : NULL, ==, error != NULL ? error->message : NULL);
  n_failed += error != NULL;
  for (guint i = 0; error == NULL && i < RANDOM_OUTPUTS; i++)
    {
      g_autofree char *a = lk_tensor_text (plain[i]), *b = lk_tensor_text (rewritten[i]);
      if (!random_same_bits (plain[i], rewritten[i]))
        g_error ("output %u is\n%s\nwithout passes and\n%s\nwith %s, of\n%s", i, a, b, pass, lk_graph_text (random->graph));
      lk_tensor_unref (plain[i]);
      lk_tensor_unref (rewritten[i]);
    }
}

/* Some fail, so that errors are compared, but not many. */
static void
test_random (void)
{
  for (guint i = 0; i < N_GRAPHS; i++)
    check_random_graph ("all");
  for (guint i = 0; i < N_ALONE; i++)
    check_random_graph (lk_pass_name (i % lk_pass_count ()));
  g_assert_cmpuint (n_failed, >, 0);
  g_assert_cmpuint (n_failed, <, (N_GRAPHS + N_ALONE) / 10);
}

/* ---- switches ---- */

static void
test_switches (void)
{
  g_assert_false (lk_pass_switch ("speed", TRUE));
  for (guint i = 0; i < lk_pass_count (); i++)
    {
      g_assert_true (lk_pass_is_on (i));
      g_assert_true (lk_pass_switch (lk_pass_name (i), FALSE));
      g_assert_false (lk_pass_is_on (i));
      g_assert_true (lk_pass_switch (lk_pass_name (i), TRUE));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lk_fuse_small (TRUE);
  ctx = lk_context_default ();
  g_test_add_func ("/engine/rewrite/rules", test_rules);
  g_test_add_func ("/engine/rewrite/effects", test_effects);
  g_test_add_func ("/engine/rewrite/calls", test_calls);
  g_test_add_func ("/engine/rewrite/random", test_random);
  g_test_add_func ("/engine/rewrite/switches", test_switches);
  return g_test_run ();
}
