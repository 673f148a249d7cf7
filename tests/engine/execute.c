/* SPDX-License-Identifier: MIT */
/* Plans whose values share memory and stay from run to run, held against plain runs of the same: all steps as eager calls. */
#include <string.h>

#include "engine/engine.h"
#include "engine/execute/code.h"
#include "engine/rewrite/groups.h"
#include "random_graph.h"

#define N_GRAPHS 300
#define N_RUNS 3
#define N_KEPT 4

static LkContext *ctx;

static void
expect_good (gboolean good)
{
  g_autoptr (GError) error = lk_context_take_error (ctx);
  g_assert_no_error (error);
  g_assert_true (good);
}

static LkPlan *
plan_of (LkGraph *graph, LkTensor *const *inputs, guint n_inputs, LkTensor *const *outputs, guint n_outputs)
{
  return lk_plan_new (graph, inputs, n_inputs, outputs, n_outputs, NULL, 0, TRUE);
}

static void
drop (LkTensor **tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&tensors[i], lk_tensor_unref);
}

/* ---- random graphs ---- */

/* Variables of any shape, that steps assign and read: they keep what they are given. */
static void
keep_some (LkContext *context, GPtrArray *pool, gpointer data)
{
  LkVariable *const *variables = data;
  LkVariable *variable = variables[g_test_rand_int_range (0, N_KEPT)];
  LkTensor *x = pool->pdata[g_test_rand_int_range (0, pool->len)];
  if (x->dtype == variable->dtype && lk_shape_equal (&x->shape, &variable->value->shape))
    lk_variable_assign (context, variable, x);
  LkTensor *read = lk_variable_read (context, variable);
  if (read != NULL)
    g_ptr_array_add (pool, read);
}

static void
variables_new (LkVariable **variables)
{
  static const LkShape shapes[N_KEPT] = { { 0 }, { 1, { 4 } }, { 2, { 3, 4 } }, { 2, { 3, 4 } } };
  for (guint i = 0; i < N_KEPT; i++)
    {
      g_autoptr (LkTensor) zero = number (0, i % 2 ? LK_FLOAT32 : LK_FLOAT64), axes = ints (shapes[i].rank, shapes[i].dims);
      g_autoptr (LkTensor) first = lk_broadcast_to (ctx, zero, axes);
      variables[i] = lk_variable_new (ctx, "kept", first->dtype, &shapes[i], first, FALSE);
    }
}

/* What a run leaves: its results, then the variables' values. (transfer full) */
static void
run_once (const RandomGraph *random, LkPlan *plan, LkVariable *const *variables, gboolean plain, LkTensor **left)
{
  const guint n_captures = lk_graph_n_captures (random->graph);
  g_autofree LkTensor **fed = g_new (LkTensor *, RANDOM_INPUTS + n_captures);
  memcpy (fed, random->values, sizeof random->values);
  for (guint i = 0; i < n_captures; i++)
    lk_graph_capture_at (random->graph, i, &fed[RANDOM_INPUTS + i], NULL);
  expect_good ((plain ? lk_plan_run_plain : lk_plan_run) (ctx, plan, fed, left));
  for (guint i = 0; i < N_KEPT; i++)
    left[RANDOM_OUTPUTS + i] = lk_tensor_ref (variables[i]->value);
}

static void
reset (LkVariable *const *variables, LkTensor *const *values)
{
  for (guint i = 0; i < N_KEPT; i++)
    lk_variable_set (ctx, variables[i], values[i]);
}

static void
check_random_graph (void)
{
  enum { N_LEFT = RANDOM_OUTPUTS + N_KEPT };
  LkVariable *variables[N_KEPT];
  LkTensor *plain[N_RUNS][N_LEFT], *settled[N_RUNS][N_LEFT], *first[N_KEPT];
  variables_new (variables);
  g_autoptr (RandomGraph) random = random_graph_new_with (ctx, keep_some, variables);
  const guint n_captures = lk_graph_n_captures (random->graph);
  g_autofree LkTensor **inputs = g_new (LkTensor *, RANDOM_INPUTS + n_captures);
  memcpy (inputs, random->inputs, sizeof random->inputs);
  for (guint i = 0; i < n_captures; i++)
    lk_graph_capture_at (random->graph, i, NULL, &inputs[RANDOM_INPUTS + i]);
  LkPlan *plan = plan_of (random->graph, inputs, RANDOM_INPUTS + n_captures, random->outputs, RANDOM_OUTPUTS);
  for (guint run = 0; run < N_RUNS; run++)
    {
      random_graph_fill (random);
      for (guint i = 0; i < N_KEPT; i++)
        first[i] = lk_tensor_ref (variables[i]->value);
      run_once (random, plan, variables, TRUE, plain[run]);
      reset (variables, first);
      run_once (random, plan, variables, FALSE, settled[run]);
      drop (first, N_KEPT);
    }
  /* Only now, when later runs have used the memory again. */
  for (guint run = 0; run < N_RUNS; run++)
    for (guint i = 0; i < N_LEFT; i++)
      if (!random_same_bits (plain[run][i], settled[run][i]))
        g_error ("run %u leaves another value %u than a plain run of\n%s", run, i, lk_graph_text (random->graph));
  for (guint run = 0; run < N_RUNS; run++)
    {
      drop (plain[run], N_LEFT);
      drop (settled[run], N_LEFT);
    }
  lk_plan_free (plan);
  for (guint i = 0; i < N_KEPT; i++)
    lk_variable_unref (variables[i]);
}

static void
test_random (void)
{
  for (guint i = 0; i < N_GRAPHS; i++)
    check_random_graph ();
}

/* ---- chains ---- */

/* (((x + x) · x) + x) …, of n nodes over vectors of `size`. */
static LkGraph *
chain_new (guint n, gint64 size, LkTensor **x, LkTensor **last)
{
  LkGraph *graph = lk_graph_new ("chain");
  lk_context_enter (ctx, graph);
  *x = lk_placeholder (ctx, "x", LK_FLOAT32, &(LkShape) { 1, { size } });
  *last = lk_tensor_ref (*x);
  for (guint i = 0; i < n; i++)
    {
      LkTensor *next = i % 2 ? lk_mul (ctx, *last, *x) : lk_add (ctx, *last, *x);
      lk_tensor_unref (*last);
      *last = next;
    }
  lk_context_leave (ctx);
  return graph;
}

static LkTensor *
filled (gint64 size, double value)
{
  LkTensor *tensor = lk_tensor_new (LK_FLOAT32, &(LkShape) { 1, { size } });
  for (gint64 i = 0; i < size; i++)
    lk_tensor_set_double (tensor, i, value);
  return tensor;
}

/* Small values share one or two places, large ones are there only while they are needed. */
static void
test_memory (void)
{
  static const gint64 sizes[] = { 1, 1000, 100000 };
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      LkTensor *x, *last;
      LkGraph *graph = chain_new (100, sizes[i], &x, &last);
      LkPlan *plan = plan_of (graph, &x, 1, &last, 1);
      LkPlanMemory needs;
      const gsize bytes = sizes[i] * sizeof (float);
      lk_plan_memory (plan, &needs);
      g_assert_cmpuint (needs.sum, ==, 100 * bytes);
      g_assert_cmpuint (needs.peak, <=, 3 * MAX (bytes, 1024));
      g_assert_cmpuint (plan->code->memory, <=, 2 * MAX (bytes, 1024));
      lk_plan_free (plan);
      lk_tensor_unref (x);
      lk_tensor_unref (last);
      lk_graph_unref (graph);
    }
}

/* ---- errors ---- */

/* 10 // x after some steps, and others after it: it fails for 0, half-way. */
static void
test_errors (void)
{
  LkGraph *graph = lk_graph_new ("failing");
  lk_context_enter (ctx, graph);
  g_autoptr (LkTensor) x = lk_placeholder (ctx, "x", LK_INT32, &LK_SCALAR), ten = number (10, LK_INT32);
  g_autoptr (LkTensor) same = lk_abs (ctx, x), quotient = lk_floor_div (ctx, ten, same), twice = lk_add (ctx, quotient, quotient);
  lk_context_leave (ctx);
  LkTensor *outputs[] = { twice, same, quotient };
  LkPlan *plan = plan_of (graph, &x, 1, outputs, 3);
  for (gint value = 5; value >= -5; value--)
    {
      g_autoptr (LkTensor) fed = number (value, LK_INT32);
      LkTensor *results[3];
      const gboolean good = lk_plan_run (ctx, plan, &fed, results);
      g_autoptr (GError) error = lk_context_take_error (ctx);
      g_assert_cmpint (good, ==, value != 0);
      if (good)
        g_assert_cmpint (lk_tensor_int_at (results[0], 0), ==, 2 * (10 / ABS (value)));
      else
        g_assert_error (error, LK_ERROR, LK_INVALID_ARGUMENT);
      drop (results, 3);
    }
  lk_plan_free (plan);
  lk_graph_unref (graph);
}

/* ---- what the graph does not say truly ---- */

/* A variable that takes any shape is said to be a vector of two; steps follow on that. */
static void
test_surprise (void)
{
  g_autoptr (LkTensor) two = filled (2, 2), three = filled (3, 3);
  LkVariable *variable = lk_variable_new (ctx, "v", LK_FLOAT32, &LK_SHAPE_UNKNOWN, two, FALSE);
  LkGraph *graph = lk_graph_new ("surprise");
  lk_context_enter (ctx, graph);
  g_autoptr (LkTensor) read = lk_variable_read (ctx, variable), before = lk_abs (ctx, read);
  read->shape = two->shape;
  read->size = 2;
  g_autoptr (LkTensor) square = lk_square (ctx, read), sum = lk_add (ctx, square, read), neg = lk_neg (ctx, sum);
  lk_context_leave (ctx);
  LkTensor *handle, *outer, *outputs[] = { neg, square, before };
  lk_graph_capture_at (graph, 0, &outer, &handle);
  LkPlan *plan = plan_of (graph, &handle, 1, outputs, 3);
  for (guint i = 0; i < 4; i++)
    {
      LkTensor *plain[3], *settled[3];
      lk_variable_set (ctx, variable, i % 2 ? three : two);
      expect_good (lk_plan_run_plain (ctx, plan, &outer, plain));
      expect_good (lk_plan_run (ctx, plan, &outer, settled));
      g_assert_cmpint (settled[0]->size, ==, i % 2 ? 3 : 2);
      for (guint k = 0; k < 3; k++)
        g_assert_true (random_same_bits (plain[k], settled[k]));
      drop (plain, 3);
      drop (settled, 3);
    }
  lk_plan_free (plan);
  lk_graph_unref (graph);
  lk_variable_unref (variable);
}

/* ---- threads ---- */

typedef struct
{
  LkPlan *plan;
  double value;
  gint wrong;             /* atomic */
} Shared;

static gpointer
run_many (gpointer data)
{
  Shared *shared = data;
  LkContext *own = lk_context_new ();
  const double value = g_atomic_int_add (&shared->wrong, 0) + shared->value;
  g_autoptr (LkTensor) x = filled (100, value);
  for (guint i = 0; i < 3000; i++)
    {
      LkTensor *result = NULL;
      if (!lk_plan_run (own, shared->plan, &x, &result) || lk_tensor_double_at (result, 99) != (value + value) * value + value)
        g_atomic_int_inc (&shared->wrong);
      lk_tensor_unref (result);
    }
  lk_context_free (own);
  return NULL;
}

static void
test_threads (void)
{
  LkTensor *x, *last;
  LkGraph *graph = chain_new (3, 100, &x, &last);
  Shared shared[] = { { plan_of (graph, &x, 1, &last, 1), 1, 0 }, { NULL, 2, 0 }, { NULL, 3, 0 } };
  GThread *threads[G_N_ELEMENTS (shared)];
  for (guint i = 0; i < G_N_ELEMENTS (shared); i++)
    {
      shared[i].plan = shared[0].plan;
      threads[i] = g_thread_new ("run", run_many, &shared[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (shared); i++)
    {
      g_thread_join (threads[i]);
      g_assert_cmpint (shared[i].wrong, ==, 0);
    }
  lk_plan_free (shared[0].plan);
  lk_tensor_unref (x);
  lk_tensor_unref (last);
  lk_graph_unref (graph);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lk_fuse_small (TRUE);
  ctx = lk_context_default ();
  g_test_add_func ("/engine/execute/random", test_random);
  g_test_add_func ("/engine/execute/memory", test_memory);
  g_test_add_func ("/engine/execute/errors", test_errors);
  g_test_add_func ("/engine/execute/surprise", test_surprise);
  g_test_add_func ("/engine/execute/threads", test_threads);
  return g_test_run ();
}
