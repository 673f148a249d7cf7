/* SPDX-License-Identifier: MIT */
/* Reductions at the end of fused kernels: whatever the op, the dtype, the shape, the axes, and however many threads, they give the bits
   that the op gives alone; which reductions go along, and which stay. */
#include <math.h>
#include <string.h>

#include "engine/core/parallel.h"
#include "engine/eager/dispatch.h"
#include "engine/engine.h"
#include "engine/execute/program.h"
#include "engine/graph/call.h"
#include "engine/rewrite/groups.h"
#include "engine/rewrite/pass.h"
#include "ops_left.h"

#define MOST_AXES 3

static LkContext *ctx;

typedef LkTensor *(*Reduce) (LkContext *, LkTensor *, LkTensor *, gboolean);

static const struct { const char *name; Reduce reduce; } reductions[] = {
  { "Sum", lk_sum }, { "Mean", lk_mean }, { "Prod", lk_prod }, { "Max", lk_max }, { "Min", lk_min },
  { "EuclideanNorm", lk_euclidean_norm },
};

/* Short and long rows, around the lengths at which loops change, in one and in many; nothing at all; what threads share. */
static const LkShape shapes[] = {
  { 1, { 2 } }, { 1, { 17 } }, { 1, { 8191 } }, { 1, { 8192 } }, { 1, { 8193 } }, { 1, { 30011 } },
  { 2, { 3, 5 } }, { 2, { 37, 15 } }, { 2, { 129, 65 } }, { 2, { 700, 33 } }, { 2, { 3, 9001 } }, { 2, { 9001, 3 } }, { 2, { 2, 16384 } },
  { 3, { 5, 7, 11 } }, { 3, { 2, 3, 8500 } }, { 3, { 2, 8500, 3 } }, { 3, { 41, 1, 100 } },
  { 2, { 0, 3 } }, { 2, { 3, 0 } },
  { 1, { 270001 } }, { 2, { 900, 301 } }, { 2, { 301, 900 } }, { 2, { 27000, 10 } }, { 2, { 30, 9001 } }, { 3, { 3, 10, 9001 } },
};

/* ---- values ---- */

static LkTensor *
values_of (LkDType dtype, const LkShape *shape, guint seed)
{
  static const double strange[] = { 0, -0.0, INFINITY, -INFINITY, NAN, 1e30 };
  LkTensor *tensor = lk_tensor_new (dtype, shape);
  for (gint64 i = 0; i < tensor->size; i++)
    {
      seed = seed * 1664525u + 1013904223u;
      const double value = ((seed >> 8) % 4000 - 2000.0) / 1024;
      /* Far between, so that most results are numbers. */
      lk_tensor_set_double (tensor, i, lk_dtype_is_integer (dtype) ? floor (value * 5)
                                       : seed >> 8 & 0x7fff ? value : strange[(seed >> 24) % G_N_ELEMENTS (strange)]);
    }
  return tensor;
}

static LkTensor *
axes_of (guint set)
{
  gint32 axes[MOST_AXES];
  gint64 n = 0;
  for (guint i = 0; i < MOST_AXES; i++)
    if (set & 1u << i)
      axes[n++] = i;
  const LkShape shape = LK_SHAPE (n);
  g_autoptr (LkTensor) value = lk_tensor_new_copy (LK_INT32, &shape, axes);
  return lk_const (ctx, value, LK_INT32);
}

/* The same bits, but for a NaN's, which processors take from either operand. */
static void
assert_same (const LkTensor *a, const LkTensor *b, const char *what)
{
  g_autofree char *shape = lk_shape_text (&b->shape);
  if (a->dtype != b->dtype || !lk_shape_equal (&a->shape, &b->shape))
    g_error ("%s: shape %s", what, shape);
  for (gint64 i = 0, size = lk_dtype_size (a->dtype); i < a->size; i++)
    if (memcmp ((char *) a->data + i * size, (char *) b->data + i * size, size) != 0
        && !(isnan (lk_tensor_double_at (a, i)) && isnan (lk_tensor_double_at (b, i))))
      g_error ("%s, element %" G_GINT64_FORMAT " of %s: alone %.17g, fused %.17g", what, i, shape, lk_tensor_double_at (a, i),
               lk_tensor_double_at (b, i));
}

/* ---- functions ---- */

#define MOST_OUTPUTS 3

typedef struct
{
  Reduce reduce;
  guint set;
  gboolean keep;
} Asked;

/* Of x and y; returns how many outputs. */
typedef guint (*Build) (const Asked *asked, LkTensor *x, LkTensor *y, LkTensor **outputs);

static guint
plain (const Asked *a, LkTensor *x, LkTensor *y, LkTensor **outputs)
{
  g_autoptr (LkTensor) axes = axes_of (a->set), less = lk_sub (ctx, x, y), product = lk_mul (ctx, less, x);
  outputs[0] = a->reduce (ctx, product, axes, a->keep);
  return 1;
}

/* Whatever the shape of x, all have it. */
static guint
single (const Asked *a, LkTensor *x, LkTensor *y, LkTensor **outputs)
{
  g_autoptr (LkTensor) axes = axes_of (a->set), square = lk_square (ctx, x), product = lk_mul (ctx, square, x);
  outputs[0] = a->reduce (ctx, product, axes, a->keep);
  return 1;
}

/* Others read the elements, too. */
static guint
given (const Asked *a, LkTensor *x, LkTensor *y, LkTensor **outputs)
{
  g_autoptr (LkTensor) axes = axes_of (a->set);
  outputs[0] = lk_sub (ctx, x, y);
  outputs[1] = a->reduce (ctx, outputs[0], axes, a->keep);
  return 2;
}

/* Two, of which one goes over what is given out. */
static guint
several (const Asked *a, LkTensor *x, LkTensor *y, LkTensor **outputs)
{
  g_autoptr (LkTensor) axes = axes_of (a->set), square = NULL;
  outputs[0] = lk_add (ctx, x, y);
  square = lk_square (ctx, outputs[0]);
  outputs[1] = a->reduce (ctx, square, axes, a->keep);
  outputs[2] = lk_sum (ctx, outputs[0], axes, !a->keep);
  return 3;
}

/* (transfer full) */
static LkFunction *
function_of (Build build, const Asked *asked, LkTensor *const *like, gboolean open)
{
  LkGraph *graph = lk_graph_new ("f");
  LkTensor *inputs[2], *outputs[MOST_OUTPUTS];
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < 2; i++)
    {
      LkShape shape = like[i]->shape;
      for (guint k = 0; open && k < shape.rank; k++)
        shape.dims[k] = LK_DIM_UNKNOWN;
      inputs[i] = lk_placeholder (ctx, NULL, like[i]->dtype, &shape);
    }
  const guint n = build (asked, inputs[0], inputs[1], outputs);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "f", graph, inputs, 2, outputs, n);
  g_assert_nonnull (function);
  for (guint i = 0; i < 2; i++)
    lk_tensor_unref (inputs[i]);
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (outputs[i]);
  lk_graph_unref (graph);
  return function;
}

static guint
n_of (const LkGraph *graph, gboolean (*is) (const LkOp *op))
{
  guint n = 0;
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    n += is (lk_graph_node (graph, i)->op);
  return n;
}

/* With so many threads, twice, since the second run finds everything laid out. */
static void
check_threads (LkFunction *fused, LkTensor *const *inputs, LkTensor *const *expected, guint n, guint threads, const char *what)
{
  lk_threads_set (threads);
  for (guint round = 0; round < 2; round++)
    {
      LkTensor *results[MOST_OUTPUTS];
      lk_function_call (ctx, fused, inputs, results);
      for (guint i = 0; i < n; i++)
        {
          assert_same (expected[i], results[i], what);
          lk_tensor_unref (results[i]);
        }
    }
  lk_threads_set (0);
}

static void
check (Build build, const Asked *asked, LkTensor *const *inputs, gboolean open, const char *what)
{
  LkTensor *expected[MOST_OUTPUTS];
  LkFunction *fused = function_of (build, asked, inputs, open);
  const guint n = build (asked, inputs[0], inputs[1], expected);
  check_threads (fused, inputs, expected, n, 1, what);
  if (inputs[0]->size > 200000)
    check_threads (fused, inputs, expected, n, 2, what);
  g_assert_cmpuint (n_of (lk_function_final_graph (ctx, fused), lk_op_is_tail), ==, 0);
  g_assert_cmpuint (n_of (lk_function_final_graph (ctx, fused), lk_op_is_fused), ==, 1);
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (expected[i]);
  lk_function_unref (fused);
}

/* ---- tests ---- */

static void
test_shapes (void)
{
  guint turn = 0;
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autoptr (LkTensor) x = values_of (LK_FLOAT32, &shapes[i], 1), y = values_of (LK_FLOAT32, &shapes[i], 2);
      for (guint set = 1; set < 1u << shapes[i].rank; set++, turn++)
        {
          const guint which = turn % G_N_ELEMENTS (reductions);
          const Asked asked = { reductions[which].reduce, set, turn % 2 }, sum = { lk_sum, set, TRUE };
          check (plain, &asked, (LkTensor *[]) { x, y }, FALSE, reductions[which].name);
          check (single, &asked, (LkTensor *[]) { x, y }, TRUE, "open");
          check (given, &asked, (LkTensor *[]) { x, y }, FALSE, reductions[which].name);
          check (several, &sum, (LkTensor *[]) { x, y }, FALSE, "several");
        }
    }
}

static void
test_dtypes (void)
{
  static const LkDType dtypes[] = { LK_FLOAT64, LK_INT32, LK_INT64, LK_INT8, LK_UINT16, LK_FLOAT16, LK_BFLOAT16 };
  const LkShape shape = { 2, { 301, 67 } };
  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      g_autoptr (LkTensor) x = values_of (dtypes[i], &shape, 3), y = values_of (dtypes[i], &shape, 4);
      for (guint k = 0; k < G_N_ELEMENTS (reductions); k++)
        for (guint set = 1; set < 4; set++)
          {
            const Asked asked = { reductions[k].reduce, set, FALSE };
            check (plain, &asked, (LkTensor *[]) { x, y }, FALSE, reductions[k].name);
          }
    }
}

/* One input is spread along some of the axes: tiles and stretches do not begin where its rows do. */
static void
test_broadcasting (void)
{
  static const LkShape smaller[] = { { 0 }, { 1, { 33 } }, { 2, { 700, 1 } }, { 2, { 1, 33 } }, { 3, { 13, 1, 33 } } };
  static const LkShape whole[] = { { 2, { 700, 33 } }, { 3, { 13, 700, 33 } } };
  for (guint i = 0; i < G_N_ELEMENTS (smaller); i++)
    for (guint k = 0; k < G_N_ELEMENTS (whole); k++)
      {
        g_autoptr (LkTensor) x = values_of (LK_FLOAT32, &whole[k], 5), y = values_of (LK_FLOAT32, &smaller[i], 6);
        for (guint set = 1; smaller[i].rank <= whole[k].rank && set < 1u << whole[k].rank; set++)
          {
            const Asked asked = { lk_mean, set, FALSE };
            check (plain, &asked, (LkTensor *[]) { x, y }, FALSE, "broadcasting");
          }
      }
}

static LkTensor *
any_greater (LkTensor *x, LkTensor *y, guint set)
{
  g_autoptr (LkTensor) axes = axes_of (set), greater = lk_greater (ctx, x, y);
  return lk_any (ctx, greater, axes, FALSE);
}

static LkTensor *
layer_sum (LkTensor *x, LkTensor *y, guint set)
{
  g_autoptr (LkTensor) axes = axes_of (set), product = lk_mat_mul (ctx, x, y, FALSE, TRUE), relu = lk_relu (ctx, product);
  return lk_sum (ctx, relu, axes, FALSE);
}

/* The sum that follows needs all of the largest. */
static LkTensor *
softmax (LkTensor *x, LkTensor *y, guint set)
{
  g_autoptr (LkTensor) axes = axes_of (set), scaled = lk_mul (ctx, x, y), most = lk_max (ctx, scaled, axes, TRUE);
  g_autoptr (LkTensor) less = lk_sub (ctx, scaled, most), e = lk_exp (ctx, less), sum = lk_sum (ctx, e, axes, TRUE);
  return lk_real_div (ctx, e, sum);
}

/* Only one of two sets of axes. */
static LkTensor *
two_ways (LkTensor *x, LkTensor *y, guint set)
{
  g_autoptr (LkTensor) first = axes_of (1), last = axes_of (2), less = lk_sub (ctx, x, y), a = lk_sum (ctx, less, first, FALSE);
  g_autoptr (LkTensor) b = lk_sum (ctx, less, last, FALSE), outer = lk_expand_dims (ctx, b, last);
  return lk_add (ctx, a, outer);
}

static const struct { const char *name; LkTensor *(*build) (LkTensor *, LkTensor *, guint); const char *left; } cases[] = {
  { "any", any_greater, "_FusedElementwise" },
  { "layer", layer_sum, "_FusedMatMul" },
  { "softmax", softmax, "_FusedElementwise _FusedElementwise RealDiv" },
  { "two ways", two_ways, "_FusedElementwise Sum ExpandDims AddV2" },
};
static guint current;

static guint
of_case (const Asked *a, LkTensor *x, LkTensor *y, LkTensor **outputs)
{
  outputs[0] = cases[current].build (x, y, a->set);
  return 1;
}

/* The product is read again after a value that is given out was made of it. */
static guint
product_twice (const Asked *a, LkTensor *x, LkTensor *y, LkTensor **outputs)
{
  g_autoptr (LkTensor) axes = axes_of (a->set), product = lk_mat_mul (ctx, x, y, FALSE, TRUE);
  outputs[0] = lk_relu (ctx, product);
  outputs[1] = lk_mul (ctx, outputs[0], product);
  outputs[2] = a->reduce (ctx, outputs[1], axes, a->keep);
  return 3;
}

static void
test_cases (void)
{
  const LkShape shape = { 2, { 350, 90 } };
  g_autoptr (LkTensor) x = values_of (LK_FLOAT32, &shape, 7), y = values_of (LK_FLOAT32, &shape, 8);
  LkTensor *const inputs[] = { x, y };
  for (current = 0; current < G_N_ELEMENTS (cases); current++)
    {
      const Asked asked = { .set = 2 };
      LkFunction *fused = function_of (of_case, &asked, inputs, FALSE);
      g_autoptr (LkTensor) expected = cases[current].build (x, y, asked.set);
      check_threads (fused, inputs, &expected, 1, 1, cases[current].name);
      g_autofree char *left = ops_left (lk_function_final_graph (ctx, fused));
      g_assert_cmpstr (left, ==, cases[current].left);
      lk_function_unref (fused);
    }
  for (guint set = 1; set < 4; set++)
    {
      const Asked asked = { lk_mean, set, FALSE };
      check (product_twice, &asked, inputs, FALSE, "product");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lk_fuse_small (TRUE);
  ctx = lk_context_default ();
  g_test_add_func ("/engine/tails/shapes", test_shapes);
  g_test_add_func ("/engine/tails/dtypes", test_dtypes);
  g_test_add_func ("/engine/tails/broadcasting", test_broadcasting);
  g_test_add_func ("/engine/tails/cases", test_cases);
  return g_test_run ();
}
