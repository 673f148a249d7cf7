/* SPDX-License-Identifier: MIT */
/* What is moved out of loops, and what is not: each body on its own, with what is left around the loop, what comes out of it, and
   what a loop that never runs does. */
#include <string.h>

#include "engine/engine.h"
#include "ops_left.h"
#include "random_graph.h"
#include "engine/graph/call.h"
#include "engine/graph/control_flow.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/rewriting.h"

static LkContext *ctx;
static LkVariable *counter;

/* x, the variable, and y, a capture, both float32[3]: the next x. */
typedef LkTensor *(*Body) (LkTensor *x, LkTensor *y);

static LkTensor *
adds_exp (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) same = lk_exp (ctx, y);
  return lk_add (ctx, x, same);
}

static LkTensor *
adds_deep (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) column = ints (2, (gint64[]) { 3, 1 }), turned = lk_reshape (ctx, y, column);
  g_autoptr (LkTensor) product = lk_mat_mul (ctx, turned, turned, TRUE, FALSE), one = ints (1, (gint64[]) { 1 });
  g_autoptr (LkTensor) flat = lk_reshape (ctx, product, one), root = lk_sqrt (ctx, flat);
  return lk_mul (ctx, x, root);
}

static LkTensor *gives_exp (LkTensor *x, LkTensor *y) { return lk_exp (ctx, y); }
static LkTensor *adds_y (LkTensor *x, LkTensor *y) { return lk_add (ctx, x, y); }

static LkTensor *
reshapes_y (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) row = ints (2, (gint64[]) { 1, 3 }), flat = ints (1, (gint64[]) { 3 }), turned = lk_reshape (ctx, y, row);
  g_autoptr (LkTensor) sum = lk_add (ctx, x, turned);
  return lk_reshape (ctx, sum, flat);
}

static LkTensor *
exp_of_changing (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) more = lk_exp (ctx, x);
  return lk_add (ctx, more, y);
}

/* 12 / ⌊y⌋, in integers, which fails where that is 0. */
static LkTensor *
divides (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) by = lk_cast (ctx, y, LK_INT32), twelve = number (12, LK_INT32), share = lk_floor_div (ctx, twelve, by);
  g_autoptr (LkTensor) more = lk_cast (ctx, share, LK_FLOAT32);
  return lk_add (ctx, x, more);
}

/* counter counts by the mean of the squares of y. */
static LkTensor *
counts (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) square = lk_square (ctx, y), axis = ints (1, (gint64[]) { 0 }), mean = lk_mean (ctx, square, axis, FALSE);
  g_autoptr (LkTensor) before = lk_variable_read (ctx, counter), sum = lk_add (ctx, before, mean);
  lk_variable_assign (ctx, counter, sum);
  return lk_add (ctx, x, sum);
}

static LkTensor *
draws (LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) shape = ints (1, (gint64[]) { 3 }), noise = lk_random_uniform (ctx, shape, LK_FLOAT32, 7, 11);
  return lk_add (ctx, x, noise);
}

/* Around the loop; constants, x and y apart. */
static const struct { const char *name; Body body; const char *left; gboolean fails_at_zero; } bodies[] = {
  { "exp", adds_exp, "Exp While" }, { "deep", adds_deep, "Reshape MatMul Reshape Sqrt While" },
  { "result", gives_exp, "Exp While" }, { "nothing", adds_y, "While" }, { "header", reshapes_y, "While" },
  { "changing", exp_of_changing, "While" }, { "fails", divides, "Cast While", TRUE },
  { "effect", counts, "Square Mean While" }, { "random", draws, "While" },
};

/* n times body, from x on. (transfer full) */
static LkTensor *
loop (LkTensor *n, LkTensor *x, LkTensor *y, Body body)
{
  g_autoptr (LkTensor) zero = number (0, LK_INT32), from = lk_const (ctx, zero, LK_INT32), one = number (1, LK_INT32), less = NULL;
  LkGraph *graphs[] = { lk_graph_new ("cond"), lk_graph_new ("body") };
  LkTensor *first[] = { from, x }, *inputs[2][2], *next[2] = { NULL }, *outputs[2] = { NULL };
  for (guint side = 0; side < 2; side++)
    {
      lk_graph_order_effects (graphs[side]);
      lk_context_enter (ctx, graphs[side]);
      for (guint i = 0; i < 2; i++)
        inputs[side][i] = lk_placeholder (ctx, NULL, first[i]->dtype, &first[i]->shape);
      if (side == 0)
        less = lk_less (ctx, inputs[0][0], n);
      else
        {
          next[0] = lk_add (ctx, inputs[1][0], one);
          next[1] = body (inputs[1][1], y);
        }
      lk_context_leave (ctx);
    }
  g_assert_true (lk_graph_loop (ctx, graphs[0], inputs[0], less, graphs[1], inputs[1], next, first, 2, outputs));
  for (guint i = 0; i < 2; i++)
    {
      lk_tensor_unref (inputs[0][i]);
      lk_tensor_unref (inputs[1][i]);
      lk_tensor_unref (next[i]);
      lk_graph_unref (graphs[i]);
    }
  lk_tensor_unref (outputs[0]);
  return outputs[1];
}

/* ---- one loop ---- */

static LkFunction *
loop_function (Body body)
{
  const LkShape shape = LK_SHAPE (3);
  LkGraph *graph = lk_graph_new ("f");
  lk_graph_order_effects (graph);
  lk_context_enter (ctx, graph);
  LkTensor *inputs[] = { lk_placeholder (ctx, "n", LK_INT32, &(LkShape) { .rank = 0 }), lk_placeholder (ctx, "x", LK_FLOAT32, &shape),
                         lk_placeholder (ctx, "y", LK_FLOAT32, &shape) };
  g_autoptr (LkTensor) output = loop (inputs[0], inputs[1], inputs[2], body);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "f", graph, inputs, 3, &output, 1);
  for (guint i = 0; i < 3; i++)
    lk_tensor_unref (inputs[i]);
  lk_graph_unref (graph);
  return function;
}

/* (transfer full); NULL after an error. */
static char *
run (LkFunction *function, guint n, double y)
{
  const LkShape shape = LK_SHAPE (3);
  g_autoptr (LkTensor) times = number (n, LK_INT32), x = lk_tensor_new (LK_FLOAT32, &shape), other = lk_tensor_new (LK_FLOAT32, &shape);
  g_autoptr (LkTensor) zero = number (0, LK_FLOAT32), result = NULL;
  LkTensor *inputs[] = { times, x, other };
  for (guint i = 0; i < 3; i++)
    {
      lk_tensor_set_double (x, i, 0.5 + i);
      lk_tensor_set_double (other, i, i == 1 ? y : 1.25);
    }
  lk_variable_set (ctx, counter, zero);
  lk_context_set_seed (ctx, 5);
  const gboolean good = lk_function_call (ctx, function, inputs, &result);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (!good)
    return NULL;
  g_autofree char *text = lk_tensor_text (result), *count = lk_tensor_text (counter->value);
  return g_strconcat (text, " ", count, NULL);
}

static void
test_bodies (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      lk_pass_switch ("all", FALSE);
      LkFunction *plain = loop_function (bodies[i].body);
      g_autofree char *never = run (plain, 0, 0), *thrice = run (plain, 3, -2.5), *zero = run (plain, 2, 0);
      lk_pass_switch ("invariants", TRUE);
      LkFunction *moved = loop_function (bodies[i].body);
      g_autofree char *left = ops_left (lk_function_final_graph (ctx, moved)), *moved_never = run (moved, 0, 0),
                      *moved_thrice = run (moved, 3, -2.5), *moved_zero = run (moved, 2, 0);
      lk_pass_switch ("all", TRUE);
      g_test_message ("%s", bodies[i].name);
      g_assert_cmpstr (left, ==, bodies[i].left);
      g_assert_nonnull (never);
      g_assert_cmpint (zero == NULL, ==, bodies[i].fails_at_zero);
      g_assert_cmpstr (moved_never, ==, never);
      g_assert_cmpstr (moved_thrice, ==, thrice);
      g_assert_cmpstr (moved_zero, ==, zero);
      lk_function_unref (plain);
      lk_function_unref (moved);
    }
}

/* ---- a loop in a loop ---- */

static LkTensor *inner_y, *inner_n;

static LkTensor *
outer_body (LkTensor *x, LkTensor *y)
{
  return loop (inner_n, x, y, adds_exp);
}

/* What is the same in all iterations of both goes all the way. */
static void
test_nested (void)
{
  const LkShape shape = LK_SHAPE (3);
  LkGraph *graph = lk_graph_new ("f");
  lk_context_enter (ctx, graph);
  inner_n = lk_placeholder (ctx, "n", LK_INT32, &(LkShape) { .rank = 0 });
  inner_y = lk_placeholder (ctx, "y", LK_FLOAT32, &shape);
  g_autoptr (LkTensor) output = loop (inner_n, inner_y, inner_y, outer_body);
  lk_context_leave (ctx);
  LkTensor *inputs[] = { inner_n, inner_y };
  LkFunction *function = lk_function_new (ctx, "f", graph, inputs, 2, &output, 1);
  LkGraph *final = lk_function_final_graph (ctx, function);
  g_autofree char *left = ops_left (final);
  g_assert_cmpstr (left, ==, "Exp While");
  for (guint i = 0; i < lk_graph_n_nodes (final); i++)
    if (lk_graph_node (final, i)->op->index == LK_OP_WHILE_LOOP)
      {
        g_autofree char *inside = ops_left (lk_function_final_graph (ctx, lk_graph_node (final, i)->attrs[0].func));
        g_assert_cmpstr (inside, ==, "AddV2 While");
      }
  lk_tensor_unref (inner_n);
  lk_tensor_unref (inner_y);
  lk_function_unref (function);
  lk_graph_unref (graph);
}

/* ---- records ---- */

/* What was moved bears the loop's name and its own, its own line, and stands for the loop. */
static void
test_origins (void)
{
  LkFunction *function = loop_function (adds_exp);
  LkRewriting *r = lk_rewriting_new (ctx, function);
  guint found = 0;
  lk_rewriting_run (r);
  for (guint i = 0; i < r->facts->len; i++)
    {
      const LkNode *node = lk_graph_node (r->graph, i);
      const LkFact *fact = lk_rewriting_fact (r, node);
      if (fact->gone || node->op->index != LK_OP_EXP)
        continue;
      found++;
      g_assert_cmpstr (node->name, ==, "While/Exp");
      g_assert_cmpuint (fact->origins->len, ==, 1);
      g_assert_cmpstr (lk_graph_node (function->graph, g_array_index (fact->origins, guint32, 0))->name, ==, "While");
    }
  g_assert_cmpuint (found, ==, 1);
  g_assert_cmpstr (g_array_index (r->log, LkRewrite, 0).pass->name, ==, "invariants");
  lk_rewriting_free (r);
  lk_function_unref (function);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ctx = lk_context_default ();
  g_autoptr (LkTensor) zero = number (0, LK_FLOAT32);
  counter = lk_variable_new (ctx, "counter", LK_FLOAT32, &(LkShape) { .rank = 0 }, zero, TRUE);
  g_test_add_func ("/engine/invariants/bodies", test_bodies);
  g_test_add_func ("/engine/invariants/nested", test_nested);
  g_test_add_func ("/engine/invariants/origins", test_origins);
  const int status = g_test_run ();
  lk_variable_unref (counter);
  return status;
}
