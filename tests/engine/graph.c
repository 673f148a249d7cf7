/* SPDX-License-Identifier: MIT */
/* Traces, functions, their gradients, and sessions. */
#include "check.h"

/* Traces build (x, y) of float32 inputs of the given shape into a function. */
typedef LkTensor *(*Build) (LkTensor *x, LkTensor *y);

static LkFunction *
trace (Build build, const LkShape *shape)
{
  LkGraph *graph = lk_graph_new ("traced");
  LkFunction *function;
  lk_graph_order_effects (graph);
  lk_context_enter (CTX, graph);
  LkTensor *inputs[] = { lk_placeholder (CTX, "x", LK_FLOAT32, shape), lk_placeholder (CTX, "y", LK_FLOAT32, shape) };
  LkTensor *output = build (inputs[0], inputs[1]);
  check_no_error ();
  function = lk_function_new (CTX, "traced", graph, inputs, 2, &output, 1);
  lk_context_leave (CTX);
  check_no_error ();
  lk_tensor_unref (inputs[0]);
  lk_tensor_unref (inputs[1]);
  lk_tensor_unref (output);
  lk_graph_unref (graph);
  return function;
}

static LkTensor *
call (LkFunction *function, LkTensor *x, LkTensor *y)
{
  LkTensor *inputs[] = { x, y }, *output;
  return lk_function_call (CTX, function, inputs, &output) ? output : NULL;
}

/* tanh (x · y) + exp (x) */
static LkTensor *
build_mixed (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) product = lk_mul (CTX, x, y), bent = lk_tanh (CTX, product), grown = lk_exp (CTX, x);
  return lk_add (CTX, bent, grown);
}

/* x² · y, whose second derivative by x is 2 y */
static LkTensor *
build_square (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) square = lk_square (CTX, x);
  return lk_mul (CTX, square, y);
}

static void
test_equal_to_eager (void)
{
  g_autoptr (LkTensor) x = FLOATS (SHAPE (2, 2), 0.1, -0.2, 3, 1e-3), y = FLOATS (SHAPE (2, 2), 1, 2, -3, 4);
  LkFunction *known = trace (build_mixed, &x->shape), *unknown = trace (build_mixed, &LK_SHAPE_UNKNOWN);
  g_autoptr (LkTensor) eager = build_mixed (x, y), a = call (known, x, y), b = call (unknown, x, y), c = call (known, x, y);
  check_equal (eager, a);
  check_equal (eager, b);
  check_equal (eager, c);
  lk_function_unref (known);
  lk_function_unref (unknown);
}

static void
test_call_errors (void)
{
  g_autoptr (LkTensor) x = FLOATS (SHAPE (2), 1, 2), wrong = FLOATS (SHAPE (3), 1, 2, 3), d = DOUBLES (SHAPE (2), 1, 2);
  LkFunction *known = trace (build_mixed, &x->shape), *unknown = trace (build_mixed, &LK_SHAPE_UNKNOWN);
  g_assert_null (call (known, x, wrong));
  check_error (LK_INVALID_ARGUMENT, "input #1 of traced must have shape [2], but has [3]");
  g_assert_null (call (known, d, x));
  check_error (LK_INVALID_ARGUMENT, "input #0(zero-based) was expected to be a float tensor but is a double tensor");
  g_assert_null (call (unknown, x, wrong));
  check_error (LK_INVALID_ARGUMENT, "[[{{node Mul}}]]");
  g_autoptr (LkTensor) fine = call (unknown, x, x);
  g_assert_nonnull (fine);
  lk_function_unref (known);
  lk_function_unref (unknown);
}

static LkTensor *
call_gradient (LkFunction *function, LkTensor *x, LkTensor *y)
{
  LkTape *tape = lk_tape_new (CTX, FALSE, TRUE);
  LkTensor *result;
  lk_tape_start (tape);
  lk_tape_watch (tape, x);
  g_autoptr (LkTensor) z = function != NULL ? call (function, x, y) : build_mixed (x, y);
  g_assert_true (lk_tape_gradient (tape, &z, 1, NULL, &x, 1, LK_UNCONNECTED_NONE, &result));
  lk_tape_free (tape);
  return result;
}

static void
test_gradient (void)
{
  g_autoptr (LkTensor) x = FLOATS (SHAPE (2), 0.5, -1), y = FLOATS (SHAPE (2), 2, 3);
  LkFunction *function = trace (build_mixed, &x->shape);
  g_autoptr (LkTensor) eager = call_gradient (NULL, x, y), graph = call_gradient (function, x, y);
  g_autoptr (LkTensor) again = call_gradient (function, x, y);
  check_equal (eager, graph);
  check_equal (eager, again);
  lk_function_unref (function);
}

/* Second and third derivatives through a call: tapes in tapes, and one persistent tape. */
static void
test_second_gradient (void)
{
  g_autoptr (LkTensor) x = FLOATS (SHAPE (2), 0.5, -1), y = FLOATS (SHAPE (2), 2, 3);
  LkFunction *function = trace (build_square, &x->shape);
  for (guint persistent = 0; persistent < 2; persistent++)
    {
      LkTape *outer = lk_tape_new (CTX, persistent, TRUE), *inner = persistent ? outer : lk_tape_new (CTX, FALSE, TRUE);
      LkTensor *first, *second;
      lk_tape_start (outer);
      lk_tape_watch (outer, x);
      lk_tape_start (inner);
      lk_tape_watch (inner, x);
      g_autoptr (LkTensor) z = call (function, x, y);
      g_assert_true (lk_tape_gradient (inner, &z, 1, NULL, &x, 1, LK_UNCONNECTED_NONE, &first));
      g_assert_true (lk_tape_gradient (outer, &first, 1, NULL, &x, 1, LK_UNCONNECTED_NONE, &second));
      check_text (first, "[ 2. -6.]");
      check_text (second, "[4. 6.]");
      lk_tensor_unref (first);
      lk_tensor_unref (second);
      if (!persistent)
        lk_tape_free (inner);
      lk_tape_free (outer);
    }
  lk_function_unref (function);
}

/* A tape in a trace: the gradient is part of the graph. */
static LkTensor *
build_gradient (LkTensor *x, LkTensor *y)
{
  LkTape *tape = lk_tape_new (CTX, FALSE, TRUE);
  LkTensor *result;
  lk_tape_start (tape);
  lk_tape_watch (tape, x);
  g_autoptr (LkTensor) z = build_square (x, y);
  lk_tape_gradient (tape, &z, 1, NULL, &x, 1, LK_UNCONNECTED_NONE, &result);
  lk_tape_free (tape);
  return result;
}

static void
test_gradient_in_trace (void)
{
  g_autoptr (LkTensor) x = FLOATS (SHAPE (2), 0.5, -1), y = FLOATS (SHAPE (2), 2, 3);
  LkFunction *function = trace (build_gradient, &x->shape);
  g_autoptr (LkTensor) first = call (function, x, y), second = call_gradient (function, x, y);
  check_text (first, "[ 2. -6.]");
  check_text (second, "[4. 6.]");
  lk_function_unref (function);
}

/* A function that calls another, and is differentiated from outside. */
static LkFunction *inner_function;

static LkTensor *
build_outer (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) z = call (inner_function, x, y);
  return lk_mul (CTX, z, x);
}

static void
test_nested_calls (void)
{
  g_autoptr (LkTensor) x = FLOATS (SHAPE (2), 0.5, -1), y = FLOATS (SHAPE (2), 2, 3);
  inner_function = trace (build_square, &x->shape);
  LkFunction *outer = trace (build_outer, &x->shape);
  g_autoptr (LkTensor) value = call (outer, x, y), dx = call_gradient (outer, x, y), after = call (outer, x, y);
  check_text (value, "[ 0.25 -3.  ]");
  check_text (dx, "[1.5 9. ]");
  check_equal (value, after);
  lk_function_unref (outer);
  lk_function_unref (inner_function);
}

/* ---- captures and variables ---- */

static LkVariable *variable;
static LkTensor *large, *small;

static LkTensor *
build_captures (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) w = lk_variable_read (CTX, variable), scaled = lk_mul (CTX, x, w);
  g_autoptr (LkTensor) axes = INTS (SHAPE (1), 0), sum = lk_sum (CTX, large, axes, FALSE);
  g_autoptr (LkTensor) shifted = lk_add (CTX, scaled, small), again = lk_add (CTX, shifted, small);
  return lk_add (CTX, again, sum);
}

static void
test_captures (void)
{
  g_autoptr (LkTensor) x = FLOATS (SHAPE (2), 1, 2), w = FLOATS (SHAPE (2), 10, 20);
  float ones[200];
  for (guint i = 0; i < 200; i++)
    ones[i] = 1;
  large = lk_tensor_new_copy (LK_FLOAT32, SHAPE_AT (200), ones);
  small = lk_tensor_new_float (0.5);
  variable = lk_variable_new (CTX, "w:0", LK_FLOAT32, &w->shape, w, TRUE);
  LkFunction *function = trace (build_captures, &x->shape);
  LkGraph *graph = lk_function_graph (function);
  g_assert_cmpuint (lk_graph_n_captures (graph), ==, 2);
  g_assert_nonnull (lk_graph_find (graph, "w"));
  g_autoptr (LkTensor) first = call (function, x, x);
  check_text (first, "[211. 241.]");
  lk_assign_sub_variable (CTX, variable->handle, w);
  g_autoptr (LkTensor) second = call (function, x, x);
  check_text (second, "[201. 201.]");

  LkTape *tape = lk_tape_new (CTX, FALSE, TRUE);
  LkTensor *sources[] = { variable->handle, large }, *results[2];
  lk_tape_start (tape);
  lk_tape_watch (tape, large);
  g_autoptr (LkTensor) z = call (function, x, x);
  g_autoptr (GPtrArray) watched = lk_tape_watched_variables (tape);
  g_assert_true (watched->len == 1 && g_ptr_array_index (watched, 0) == variable->handle);
  g_assert_true (lk_tape_gradient (tape, &z, 1, NULL, sources, 2, LK_UNCONNECTED_NONE, results));
  check_text (results[0], "[1. 2.]");
  g_assert_cmpfloat (lk_tensor_double_at (results[1], 199), ==, 2);
  lk_tensor_unref (results[0]);
  lk_tensor_unref (results[1]);
  lk_tape_free (tape);
  lk_function_unref (function);
  lk_variable_unref (variable);
  g_clear_pointer (&large, lk_tensor_unref);
  g_clear_pointer (&small, lk_tensor_unref);
}

/* Effects run though nothing needs them, in order, each time; the loss and its gradient are by the handle. */
static LkTensor *
build_training (LkTensor *x, LkTensor *y)
{
  LkTape *tape = lk_tape_new (CTX, FALSE, TRUE);
  LkTensor *dw;
  g_autoptr (LkTensor) rate = lk_tensor_new_float (0.25);
  lk_tape_start (tape);
  g_autoptr (LkTensor) w = lk_variable_read (CTX, variable), product = lk_mul (CTX, w, x);
  g_autoptr (LkTensor) error = lk_sub (CTX, product, y), loss = lk_square (CTX, error);
  lk_tape_gradient (tape, &loss, 1, NULL, &variable->handle, 1, LK_UNCONNECTED_NONE, &dw);
  lk_tape_free (tape);
  lk_resource_apply_gradient_descent (CTX, variable->handle, rate, dw, FALSE);
  lk_tensor_unref (dw);
  return lk_variable_read (CTX, variable);
}

static void
test_training (void)
{
  g_autoptr (LkTensor) one = lk_tensor_new_float (1), target = lk_tensor_new_float (8), zero = lk_tensor_new_float (0);
  variable = lk_variable_new (CTX, "w:0", LK_FLOAT32, &LK_SCALAR, zero, TRUE);
  LkFunction *step = trace (build_training, &LK_SCALAR);
  const char *const after[] = { "4.0", "6.0", "7.0" };
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (LkTensor) w = call (step, one, target);
      check_text (w, after[i]);
    }
  g_assert_cmpuint (variable->version, ==, 4);
  LkNode *apply = lk_graph_find (lk_function_graph (step), "ResourceApplyGradientDescent");
  g_assert_cmpuint (apply->n_controls, ==, 1);
  g_assert_cmpstr (apply->controls[0]->name, ==, "ReadVariableOp");
  g_assert_cmpint (lk_graph_find (lk_function_graph (step), "Square")->flags & LK_NODE_LOSS, !=, 0);
  lk_function_unref (step);
  lk_variable_unref (variable);
}

/* ---- names, scopes, text, scope of tensors ---- */

static void
test_names (void)
{
  LkGraph *graph = lk_graph_new ("names");
  lk_context_enter (CTX, graph);
  g_autoptr (LkTensor) x = lk_placeholder (CTX, "x", LK_FLOAT32, SHAPE_AT (-1, 2));
  g_autoptr (LkTensor) a = lk_neg (CTX, x), b = lk_neg (CTX, x);
  lk_graph_push_scope (graph, "layer");
  g_autoptr (LkTensor) c = lk_neg (CTX, x);
  lk_graph_name_next (graph, "out");
  g_autoptr (LkTensor) d = lk_mat_mul (CTX, x, x, FALSE, TRUE);
  lk_graph_pop_scope (graph);
  lk_graph_push_scope (graph, "layer");
  g_autoptr (LkTensor) e = lk_neg (CTX, x);
  lk_graph_pop_scope (graph);
  lk_graph_push_scope (graph, "layer/");
  g_autoptr (LkTensor) f = lk_neg (CTX, x);
  lk_graph_pop_scope (graph);
  lk_context_leave (CTX);
  const char *const names[] = { "x", "Neg", "Neg_1", "layer/Neg", "layer/out", "layer_1/Neg", "layer/Neg_1" };
  g_assert_cmpuint (lk_graph_n_nodes (graph), ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpstr (lk_graph_node (graph, i)->name, ==, names[i]);
  g_autofree char *text = lk_graph_text (graph);
  g_assert_nonnull (strstr (text, "layer/out = MatMul[transpose_a=False, transpose_b=True](x, x) : float32[?,?]  @"));
  g_assert_nonnull (strstr (text, "graph.c:"));
  lk_graph_unref (graph);
  check_no_error ();
}

static void
test_out_of_scope (void)
{
  LkGraph *one = lk_graph_new ("one"), *two = lk_graph_new ("two");
  lk_context_enter (CTX, one);
  g_autoptr (LkTensor) x = lk_placeholder (CTX, "x", LK_FLOAT32, &LK_SCALAR);
  lk_context_leave (CTX);
  g_assert_null (lk_neg (CTX, x));
  check_error (LK_INVALID_ARGUMENT, "'x:0' belongs to a graph and has no value here");
  lk_context_enter (CTX, two);
  g_assert_null (lk_neg (CTX, x));
  check_error (LK_INVALID_ARGUMENT, "'x:0' is out of scope: it belongs to the graph 'one', not to 'two'");
  g_autoptr (LkTensor) y = lk_placeholder (CTX, "y", LK_FLOAT32, SHAPE_AT (2, 3));
  g_assert_null (lk_mat_mul (CTX, y, y, FALSE, FALSE));
  check_error (LK_INVALID_ARGUMENT, "for '{{node MatMul}} = MatMul(y, y)' with input shapes: [2,3], [2,3].");
  lk_context_leave (CTX);
  lk_graph_unref (one);
  lk_graph_unref (two);
  g_assert_null (lk_neg (CTX, x));
  check_error (LK_INVALID_ARGUMENT, "(freed)");
}

/* A trace in a trace captures what it uses of the outer one; eager in between runs at once. */
static void
test_nested_traces (void)
{
  LkGraph *outer = lk_graph_new ("outer"), *inner = lk_graph_new ("inner");
  g_autoptr (LkTensor) two = lk_tensor_new_float (2);
  lk_context_enter (CTX, outer);
  g_autoptr (LkTensor) x = lk_placeholder (CTX, "x", LK_FLOAT32, &LK_SCALAR);
  g_autoptr (LkTensor) square = lk_square (CTX, x);
  lk_context_enter (CTX, inner);
  g_autoptr (LkTensor) y = lk_placeholder (CTX, "y", LK_FLOAT32, &LK_SCALAR);
  g_autoptr (LkTensor) sum = lk_add (CTX, square, y);
  lk_context_enter_eager (CTX);
  g_autoptr (LkTensor) four = lk_square (CTX, two);
  lk_context_leave (CTX);
  LkFunction *g = lk_function_new (CTX, "inner", inner, &y, 1, &sum, 1);
  lk_context_leave (CTX);
  LkTensor *out, *result;
  g_assert_true (lk_function_call (CTX, g, &four, &out));
  LkFunction *f = lk_function_new (CTX, "outer", outer, &x, 1, &out, 1);
  lk_context_leave (CTX);
  check_text (four, "4.0");
  g_assert_true (lk_function_call (CTX, f, &two, &result));
  check_text (result, "8.0");
  lk_tensor_unref (out);
  lk_tensor_unref (result);
  lk_function_unref (f);
  lk_function_unref (g);
  lk_graph_unref (inner);
  lk_graph_unref (outer);
}

/* An output that is an input or a constant, and one given twice. */
static void
test_plain_outputs (void)
{
  LkGraph *graph = lk_graph_new ("plain");
  g_autoptr (LkTensor) seven = lk_tensor_new_float (7), two = lk_tensor_new_float (2);
  lk_context_enter (CTX, graph);
  g_autoptr (LkTensor) x = lk_placeholder (CTX, "x", LK_FLOAT32, &LK_SCALAR), y = lk_neg (CTX, x);
  LkTensor *outputs[] = { x, seven, y, y }, *results[4];
  LkFunction *f = lk_function_new (CTX, "plain", graph, &x, 1, outputs, 4);
  lk_context_leave (CTX);
  g_assert_true (lk_function_call (CTX, f, &two, results));
  check_text (results[0], "2.0");
  check_text (results[1], "7.0");
  check_text (results[2], "-2.0");
  check_text (results[3], "-2.0");
  g_assert_cmpuint (results[0]->id, !=, two->id);
  for (guint i = 0; i < 4; i++)
    lk_tensor_unref (results[i]);
  lk_function_unref (f);
  lk_graph_unref (graph);
}

/* ---- sessions ---- */

static void
test_session (void)
{
  LkGraph *graph = lk_graph_new ("session");
  lk_context_enter (CTX, graph);
  g_autoptr (LkTensor) a = lk_placeholder (CTX, "a", LK_INT32, &LK_SCALAR), seven = INTS (SHAPE (), 7);
  g_autoptr (LkTensor) b = lk_const (CTX, seven, LK_INT32), c = lk_add (CTX, a, b), d = lk_mul (CTX, c, b);
  g_autoptr (LkTensor) five = INTS (SHAPE (), 5), real = lk_tensor_new_float (5);
  LkTensor *result;
  g_assert_true (lk_graph_run (CTX, graph, NULL, &a, &five, 1, &c, 1, NULL, 0, &result));
  check_text (result, "12");
  lk_tensor_unref (result);
  /* What is fed need not be a placeholder, and what is not needed does not run. */
  g_assert_true (lk_graph_run (CTX, graph, NULL, &c, &five, 1, &d, 1, NULL, 0, &result));
  check_text (result, "35");
  lk_tensor_unref (result);
  g_assert_false (lk_graph_run (CTX, graph, NULL, NULL, NULL, 0, &c, 1, NULL, 0, &result));
  check_error (LK_INVALID_ARGUMENT, "You must feed a value for placeholder tensor 'a' with dtype int32 and shape []");
  g_assert_false (lk_graph_run (CTX, graph, NULL, &a, &real, 1, &c, 1, NULL, 0, &result));
  check_error (LK_INVALID_ARGUMENT, "Cannot feed a float32 value for Tensor 'a:0', which is int32");
  lk_context_leave (CTX);
  lk_graph_unref (graph);
}

/* Two sessions have the variables of one graph each for itself. */
static void
test_containers (void)
{
  LkGraph *graph = lk_graph_new ("containers");
  LkContainer *one = lk_container_new (), *two = lk_container_new ();
  g_autoptr (LkTensor) start = lk_tensor_new_float (1), more = lk_tensor_new_float (10);
  lk_context_enter (CTX, graph);
  lk_graph_name_next (graph, "w");
  g_autoptr (LkTensor) handle = lk_var_handle (CTX, LK_FLOAT32, &LK_SCALAR, "");
  g_assert_true (lk_assign_variable (CTX, handle, start) && lk_assign_add_variable (CTX, handle, more));
  LkNode *initialize = lk_graph_find (graph, "AssignVariableOp"), *add = lk_graph_find (graph, "AssignAddVariableOp");
  g_autoptr (LkTensor) value = lk_read_variable (CTX, handle, LK_FLOAT32), square = lk_square (CTX, value);
  LkTensor *dw, *result;
  g_assert_true (lk_graph_gradients (CTX, &square, 1, NULL, &handle, 1, NULL, 0, &dw));
  lk_context_leave (CTX);

  g_assert_false (lk_graph_run (CTX, graph, one, NULL, NULL, 0, &value, 1, NULL, 0, &result));
  check_error (LK_FAILED_PRECONDITION, "Could not find variable w");
  g_assert_true (lk_graph_run (CTX, graph, one, NULL, NULL, 0, NULL, 0, &initialize, 1, NULL));
  g_assert_true (lk_graph_run (CTX, graph, two, NULL, NULL, 0, NULL, 0, &initialize, 1, NULL));
  g_assert_true (lk_graph_run (CTX, graph, two, NULL, NULL, 0, NULL, 0, &add, 1, NULL));
  g_assert_true (lk_graph_run (CTX, graph, one, NULL, NULL, 0, &value, 1, NULL, 0, &result));
  check_text (result, "1.0");
  lk_tensor_unref (result);
  g_assert_true (lk_graph_run (CTX, graph, two, NULL, NULL, 0, &dw, 1, NULL, 0, &result));
  check_text (result, "22.0");
  lk_tensor_unref (result);
  lk_tensor_unref (dw);
  lk_container_free (one);
  lk_container_free (two);
  lk_graph_unref (graph);
}

static void
test_controls (void)
{
  LkGraph *graph = lk_graph_new ("controls");
  g_autoptr (LkTensor) start = lk_tensor_new_float (1);
  lk_context_enter (CTX, graph);
  g_autoptr (LkTensor) handle = lk_var_handle (CTX, LK_FLOAT32, &LK_SCALAR, "v");
  g_assert_true (lk_assign_variable (CTX, handle, start));
  LkNode *assign = lk_graph_find (graph, "AssignVariableOp");
  lk_graph_push_controls (graph, &assign, 1);
  g_autoptr (LkTensor) value = lk_read_variable (CTX, handle, LK_FLOAT32);
  lk_graph_pop_controls (graph);
  lk_context_leave (CTX);
  LkTensor *result;
  g_assert_true (lk_graph_run (CTX, graph, NULL, NULL, NULL, 0, &value, 1, NULL, 0, &result));
  check_text (result, "1.0");
  lk_tensor_unref (result);
  lk_graph_unref (graph);
}

/* tf.gradients through a call of a function. */
static void
test_session_call (void)
{
  LkGraph *graph = lk_graph_new ("session");
  LkFunction *function = trace (build_square, &LK_SCALAR);
  g_autoptr (LkTensor) three = lk_tensor_new_float (3), two = lk_tensor_new_float (2);
  lk_context_enter (CTX, graph);
  g_autoptr (LkTensor) x = lk_placeholder (CTX, "x", LK_FLOAT32, &LK_SCALAR), z = call (function, x, two);
  LkTensor *dx, *result;
  g_assert_true (lk_graph_gradients (CTX, &z, 1, NULL, &x, 1, NULL, 0, &dx));
  lk_context_leave (CTX);
  g_assert_true (lk_graph_run (CTX, graph, NULL, &x, &three, 1, &dx, 1, NULL, 0, &result));
  check_text (result, "12.0");
  g_assert_true (g_str_has_prefix (dx->node->name, "gradients/"));
  lk_tensor_unref (dx);
  lk_tensor_unref (result);
  lk_function_unref (function);
  lk_graph_unref (graph);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/function/equal-to-eager", test_equal_to_eager);
  g_test_add_func ("/engine/function/errors", test_call_errors);
  g_test_add_func ("/engine/function/gradient", test_gradient);
  g_test_add_func ("/engine/function/second-gradient", test_second_gradient);
  g_test_add_func ("/engine/function/gradient-in-trace", test_gradient_in_trace);
  g_test_add_func ("/engine/function/nested-calls", test_nested_calls);
  g_test_add_func ("/engine/function/captures", test_captures);
  g_test_add_func ("/engine/function/training", test_training);
  g_test_add_func ("/engine/function/plain-outputs", test_plain_outputs);
  g_test_add_func ("/engine/graph/names", test_names);
  g_test_add_func ("/engine/graph/out-of-scope", test_out_of_scope);
  g_test_add_func ("/engine/graph/nested-traces", test_nested_traces);
  g_test_add_func ("/engine/session/run", test_session);
  g_test_add_func ("/engine/session/containers", test_containers);
  g_test_add_func ("/engine/session/controls", test_controls);
  g_test_add_func ("/engine/session/call", test_session_call);
  return g_test_run ();
}
