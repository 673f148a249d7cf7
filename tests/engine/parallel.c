/* SPDX-License-Identifier: MIT */
/* Products that run at once: which are marked, and that results are the same bits as those of products one after another, whether their
   values are small, large, or die while others of the group still run. */
#include <string.h>

#include "engine/engine.h"
#include "random_graph.h"
#include "engine/graph/call.h"
#include "engine/rewrite/groups.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/rewriting.h"

#define N 4             /* inputs x, and weights */
#define N_RUNS 40

static LkContext *ctx;
static LkVariable *counter;

/* x: N of [rows, 256], w: N of [256, 256]. One output. */
typedef LkTensor *(*Build) (LkTensor *const *x, LkTensor *const *w);

static LkTensor *
sum_of (LkTensor **parts, guint n)
{
  LkTensor *sum = lk_tensor_ref (parts[0]);
  for (guint i = 1; i < n; i++)
    {
      LkTensor *more = lk_add (ctx, sum, parts[i]);
      lk_tensor_unref (sum);
      sum = more;
    }
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (parts[i]);
  return sum;
}

/* The first n products, of values that nobody else needs, then as many of their results. */
static LkTensor *
towers (LkTensor *const *x, LkTensor *const *w, guint n)
{
  LkTensor *now[N];
  for (guint i = 0; i < n; i++)
    now[i] = lk_softmax (ctx, x[i]);
  for (guint layer = 0; layer < 2; layer++)
    {
      for (guint i = 0; i < n; i++)
        {
          LkTensor *product = lk_mat_mul (ctx, now[i], w[(i + layer) % N], FALSE, layer);
          lk_tensor_unref (now[i]);
          now[i] = product;
        }
      for (guint i = 0; layer == 0 && i < n; i++)
        {
          LkTensor *softmax = lk_softmax (ctx, now[i]);
          lk_tensor_unref (now[i]);
          now[i] = softmax;
        }
    }
  return sum_of (now, n);
}

static LkTensor *four (LkTensor *const *x, LkTensor *const *w) { return towers (x, w, 4); }
static LkTensor *two (LkTensor *const *x, LkTensor *const *w) { return towers (x, w, 2); }

static LkTensor *
chain (LkTensor *const *x, LkTensor *const *w)
{
  LkTensor *now = lk_tensor_ref (x[0]);
  for (guint i = 0; i < N; i++)
    {
      LkTensor *product = lk_mat_mul (ctx, now, w[i], FALSE, FALSE);
      lk_tensor_unref (now);
      now = product;
    }
  return now;
}

/* Beside products something is assigned, in order. */
static LkTensor *
counted (LkTensor *const *x, LkTensor *const *w)
{
  LkTensor *parts[N];
  for (guint i = 0; i < N; i++)
    {
      g_autoptr (LkTensor) before = lk_variable_read (ctx, counter), one = number (1, LK_FLOAT32), after = lk_add (ctx, before, one);
      lk_variable_assign (ctx, counter, after);
      parts[i] = lk_mat_mul (ctx, x[i], w[i], FALSE, FALSE);
    }
  return sum_of (parts, N);
}

/* marked: nodes in the final graph. Of the second layer of towers the last product takes the sum along, and needs the others. */
static const struct { const char *name; Build build; gint64 rows; guint marked; } cases[] = {
  { "small values", four, 20, 7 }, { "large values", four, 64, 7 }, { "little work", four, 4, 0 }, { "much work", four, 256, 0 },
  { "two", two, 64, 0 }, { "chain", chain, 64, 0 }, { "effects", counted, 64, 3 },
};

static guint
n_marked (const LkGraph *graph)
{
  guint n = 0;
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    n += (lk_graph_node (graph, i)->flags & LK_NODE_BESIDE) != 0;
  return n;
}

static LkFunction *
function_of (guint i, gboolean parallel)
{
  const LkShape of_x = LK_SHAPE (cases[i].rows, 256), of_w = LK_SHAPE (256, 256);
  LkGraph *graph = lk_graph_new ("f");
  LkTensor *inputs[2 * N];
  lk_pass_switch ("parallel", parallel);
  lk_graph_order_effects (graph);
  lk_context_enter (ctx, graph);
  for (guint k = 0; k < 2 * N; k++)
    inputs[k] = lk_placeholder (ctx, NULL, LK_FLOAT32, k < N ? &of_x : &of_w);
  g_autoptr (LkTensor) output = cases[i].build (inputs, inputs + N);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "f", graph, inputs, 2 * N, &output, 1);
  g_assert_cmpuint (n_marked (lk_function_final_graph (ctx, function)), ==, parallel ? cases[i].marked : 0);
  lk_pass_switch ("parallel", TRUE);
  for (guint k = 0; k < 2 * N; k++)
    lk_tensor_unref (inputs[k]);
  lk_graph_unref (graph);
  return function;
}

static void
check_case (guint i)
{
  const LkShape of_x = LK_SHAPE (cases[i].rows, 256), of_w = LK_SHAPE (256, 256);
  LkFunction *plain = function_of (i, FALSE), *parallel = function_of (i, TRUE);
  LkTensor *values[2 * N], *expected = NULL;
  for (guint k = 0; k < 2 * N; k++)
    {
      values[k] = lk_tensor_new (LK_FLOAT32, k < N ? &of_x : &of_w);
      for (gint64 e = 0; e < values[k]->size; e++)
        ((float *) values[k]->data)[e] = g_test_rand_double_range (-1, 1);
    }
  g_assert_true (lk_function_call (ctx, plain, values, &expected));
  for (guint run = 0; run < N_RUNS; run++)
    {
      LkTensor *result = NULL;
      lk_threads_set (1 + run % 3);
      g_assert_true (lk_function_call (ctx, parallel, values, &result));
      g_assert_true (random_same_bits (expected, result));
      lk_tensor_unref (result);
    }
  lk_threads_set (0);
  if (cases[i].build == counted)
    g_assert_cmpfloat (lk_tensor_double_at (counter->value, 0), ==, N * (N_RUNS + 1));
  for (guint k = 0; k < 2 * N; k++)
    lk_tensor_unref (values[k]);
  lk_tensor_unref (expected);
  lk_function_unref (plain);
  lk_function_unref (parallel);
}

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].name);
      check_case (i);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ctx = lk_context_default ();
  g_autoptr (LkTensor) zero = number (0, LK_FLOAT32);
  lk_fuse_small (TRUE);
  counter = lk_variable_new (ctx, "counter", LK_FLOAT32, &(LkShape) { .rank = 0 }, zero, TRUE);
  g_test_add_func ("/engine/parallel/cases", test_cases);
  const int status = g_test_run ();
  lk_variable_unref (counter);
  return status;
}
