/* SPDX-License-Identifier: MIT */
/* The optimiser: each rule on an expression that it is for, and on one that it must leave; and random graphs, whose results
   with all passes are those without any, bit for bit, and in which a second rewriting finds nothing. */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/graph/call.h"
#include "engine/ops/sample.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/rewriting.h"

#define N_GRAPHS 400
#define N_NODES 60

static LkContext *ctx;

/* ---- building ---- */

static LkTensor *
number (double value, LkDType dtype)
{
  g_autofree char *text = NULL, *problem = NULL;
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  text = g_strdup_printf ("%s[]={%s}", lk_dtype_name (dtype), g_ascii_dtostr (digits, sizeof digits, value));
  LkTensor *tensor = lk_sample_tensor (text, 0, &problem);
  g_assert_cmpstr (problem, ==, NULL);
  return tensor;
}

static LkTensor *
ints (guint n, const gint64 *values)
{
  const LkShape shape = LK_SHAPE (n);
  return lk_tensor_new_copy (LK_INT64, &shape, values);
}

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
  { build_constants, "Mul" }, { build_failing, "FloorDiv" },
};

static char *
ops_left (const LkGraph *graph)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    {
      const LkNode *node = lk_graph_node (graph, i);
      if (strcmp (node->op->name, "Const") != 0 && strcmp (node->op->name, "Placeholder") != 0)
        g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", node->op->name);
    }
  return g_string_free (text, FALSE);
}

static void
test_rules (void)
{
  const LkShape shape = LK_SHAPE (2, 3);
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

/* ---- random graphs ---- */

typedef LkTensor *(*Unary) (LkContext *, LkTensor *);
typedef LkTensor *(*Binary) (LkContext *, LkTensor *, LkTensor *);

static const Unary unaries[] = { lk_neg, lk_abs, lk_square, lk_relu, lk_floor, lk_rint, lk_identity, lk_exp, lk_tanh, lk_sqrt,
                                 lk_sign, lk_stop_gradient, lk_zeros_like, lk_ones_like, lk_reciprocal };
static const Binary binaries[] = { lk_add, lk_sub, lk_mul, lk_real_div, lk_maximum, lk_minimum, lk_squared_difference, lk_pow };
static const double numbers[] = { 0, -0.0, 1, -1, 2, 0.5, 3, 8, INFINITY, NAN };

#define PICK(array) ((array)[g_test_rand_int_range (0, G_N_ELEMENTS (array))])

static LkTensor *
random_shaped (LkTensor *x)
{
  const guint rank = x->shape.rank;
  gint64 values[LK_MAX_RANK];
  for (guint i = 0; i < rank; i++)
    values[i] = rank - 1 - i;
  g_autoptr (LkTensor) reversed = ints (rank, values), flat = ints (1, (gint64[]) { -1 }), axis = ints (1, (gint64[]) { 0 }),
                       own = ints (rank, x->shape.dims), first = number (0, LK_INT64);
  switch (g_test_rand_int_range (0, 7))
    {
    case 0: case 1: return lk_transpose (ctx, x, reversed);
    case 2: return lk_reshape (ctx, x, flat);
    case 3: return lk_reshape (ctx, x, own);
    case 4: return lk_sum (ctx, x, axis, g_test_rand_bit ());
    case 5: return lk_expand_dims (ctx, x, first);
    default: return lk_broadcast_to (ctx, x, own);
    }
}

/* NULL when what was drawn does not fit. */
static LkTensor *
random_node (GPtrArray *pool)
{
  LkTensor *x = g_ptr_array_index (pool, g_test_rand_int_range (0, pool->len));
  LkTensor *y = g_ptr_array_index (pool, g_test_rand_int_range (0, pool->len));
  switch (g_test_rand_int_range (0, 7))
    {
    case 0: case 1: return PICK (unaries) (ctx, x);
    case 2: case 3: return PICK (binaries) (ctx, x, y);
    case 4: return random_shaped (x);
    case 5:
      {
        g_autoptr (LkTensor) value = number (PICK (numbers), x->dtype), constant = lk_const (ctx, value, value->dtype);
        return g_test_rand_bit () ? PICK (binaries) (ctx, x, constant) : PICK (binaries) (ctx, constant, x);
      }
    default: return lk_cast (ctx, x, g_test_rand_bit () ? LK_FLOAT32 : LK_FLOAT64);
    }
}

static gboolean
same_bits (const LkTensor *a, const LkTensor *b)
{
  if (a->dtype != b->dtype || !lk_shape_equal (&a->shape, &b->shape))
    return FALSE;
  for (gint64 i = 0; i < a->size; i++)
    {
      const double x = lk_tensor_double_at (a, i), y = lk_tensor_double_at (b, i);
      if (!(isnan (x) && isnan (y)) && (x != y || signbit (x) != signbit (y)))
        return FALSE;
    }
  return TRUE;
}

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

#define N_INPUTS 4
#define N_OUTPUTS 3

static void
run (LkGraph *graph, LkTensor *const *inputs, LkTensor *const *outputs, LkTensor *const *values, gboolean rewritten,
     LkTensor **results)
{
  lk_pass_switch ("all", rewritten);
  LkFunction *function = function_of (graph, inputs, N_INPUTS, outputs, N_OUTPUTS);
  const gboolean good = lk_function_call (ctx, function, values, results);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  g_assert_no_error (error);
  g_assert_true (good);
  if (rewritten)
    check_settled (function, graph);
  lk_function_unref (function);
  lk_pass_switch ("all", TRUE);
}

static void
check_random_graph (void)
{
  static const LkShape shapes[N_INPUTS] = { { 2, { 3, 4 } }, { 1, { 4 } }, { 0 }, { 2, { 1, 4 } } };
  g_autoptr (GPtrArray) pool = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  LkTensor *inputs[N_INPUTS], *values[N_INPUTS], *outputs[N_OUTPUTS], *plain[N_OUTPUTS], *rewritten[N_OUTPUTS];
  LkGraph *graph = lk_graph_new ("random");
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < N_INPUTS; i++)
    {
      inputs[i] = lk_placeholder (ctx, NULL, i % 2 ? LK_FLOAT64 : LK_FLOAT32, &shapes[i]);
      g_ptr_array_add (pool, lk_tensor_ref (inputs[i]));
    }
  for (guint i = 0; i < N_NODES; i++)
    {
      LkTensor *made = random_node (pool);
      g_autoptr (GError) error = lk_context_take_error (ctx);
      if (made != NULL)
        g_ptr_array_add (pool, made);
    }
  lk_context_leave (ctx);
  for (guint i = 0; i < N_OUTPUTS; i++)
    outputs[i] = g_ptr_array_index (pool, pool->len - 1 - g_test_rand_int_range (0, MIN (pool->len, 10)));
  for (guint i = 0; i < N_INPUTS; i++)
    {
      values[i] = lk_tensor_new (inputs[i]->dtype, &shapes[i]);
      for (gint64 k = 0; k < values[i]->size; k++)
        if (i % 2)
          ((double *) values[i]->data)[k] = g_test_rand_int_range (0, 3) ? g_test_rand_double_range (-2, 2) : PICK (numbers);
        else
          ((float *) values[i]->data)[k] = g_test_rand_int_range (0, 3) ? g_test_rand_double_range (-2, 2) : PICK (numbers);
    }
  run (graph, inputs, outputs, values, FALSE, plain);
  run (graph, inputs, outputs, values, TRUE, rewritten);
  for (guint i = 0; i < N_OUTPUTS; i++)
    {
      g_autofree char *a = lk_tensor_text (plain[i]), *b = lk_tensor_text (rewritten[i]);
      if (!same_bits (plain[i], rewritten[i]))
        g_error ("output %u is\n%s\nwithout passes and\n%s\nwith them, of\n%s", i, a, b, lk_graph_text (graph));
      lk_tensor_unref (plain[i]);
      lk_tensor_unref (rewritten[i]);
    }
  for (guint i = 0; i < N_INPUTS; i++)
    {
      lk_tensor_unref (inputs[i]);
      lk_tensor_unref (values[i]);
    }
  lk_graph_unref (graph);
}

static void
test_random (void)
{
  for (guint i = 0; i < N_GRAPHS; i++)
    check_random_graph ();
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
  ctx = lk_context_default ();
  g_test_add_func ("/engine/rewrite/rules", test_rules);
  g_test_add_func ("/engine/rewrite/effects", test_effects);
  g_test_add_func ("/engine/rewrite/random", test_random);
  g_test_add_func ("/engine/rewrite/switches", test_switches);
  return g_test_run ();
}
