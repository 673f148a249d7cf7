/* SPDX-License-Identifier: MIT */
/* Quotients, rests and powers by constants, of every dtype: with the pass the same bits as without, at the ends of each dtype, too, and
   the op that is expected where there is a better one. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "ops_left.h"
#include "random_graph.h"
#include "engine/graph/call.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/rewriting.h"

static LkContext *ctx;

typedef LkTensor *(*Op) (LkContext *, LkTensor *, LkTensor *);

#define FLOATS "float64 float32 float16 bfloat16"
#define SIGNED "int32 int64 int16 int8"
#define UNSIGNED "uint8 uint16 uint32 uint64"
#define INTEGERS SIGNED " " UNSIGNED

/* x op by, and what it becomes; NULL: it stays. */
static const struct { const char *dtypes, *op; Op call; double by; const char *left; } cases[] = {
  { FLOATS, "Pow", lk_pow, 2, "Square" }, { FLOATS, "Pow", lk_pow, -1, "Reciprocal" }, { FLOATS, "Pow", lk_pow, 0.5, NULL },
  { FLOATS, "Pow", lk_pow, 3, NULL }, { FLOATS, "Pow", lk_pow, 4, NULL }, { FLOATS, "Pow", lk_pow, NAN, NULL },
  { SIGNED, "Pow", lk_pow, 2, "Square" }, { SIGNED, "Pow", lk_pow, 3, "Square Mul" }, { SIGNED, "Pow", lk_pow, 4, "Square Square" },
  { SIGNED, "Pow", lk_pow, 5, NULL }, { SIGNED, "Pow", lk_pow, 0, NULL }, { FLOATS, "RealDiv", lk_real_div, 8, "Mul" },
  { FLOATS, "RealDiv", lk_real_div, -0.25, "Mul" }, { FLOATS, "RealDiv", lk_real_div, 3, NULL },
  { FLOATS, "RealDiv", lk_real_div, 0, NULL }, { "float64 float32", "RealDiv", lk_real_div, INFINITY, NULL },
  { "float64 float32", "RealDiv", lk_real_div, 1 << 20, NULL }, { FLOATS, "DivNoNan", lk_div_no_nan, 3, "RealDiv" },
  { FLOATS, "DivNoNan", lk_div_no_nan, 4, "Mul" }, { FLOATS, "DivNoNan", lk_div_no_nan, 0, NULL },
  { INTEGERS, "FloorDiv", lk_floor_div, 8, "RightShift" }, { INTEGERS, "FloorDiv", lk_floor_div, 64, "RightShift" },
  { INTEGERS, "FloorDiv", lk_floor_div, 6, NULL }, { SIGNED, "FloorDiv", lk_floor_div, -8, NULL },
  { FLOATS, "FloorDiv", lk_floor_div, 8, NULL }, { INTEGERS, "FloorMod", lk_floor_mod, 16, "BitwiseAnd" },
  { INTEGERS, "FloorMod", lk_floor_mod, 7, NULL }, { SIGNED, "FloorMod", lk_floor_mod, -4, NULL },
  { UNSIGNED, "TruncateDiv", lk_truncate_div, 8, "RightShift" }, { SIGNED, "TruncateDiv", lk_truncate_div, 8, NULL },
  { UNSIGNED, "TruncateMod", lk_truncate_mod, 8, "BitwiseAnd" }, { SIGNED, "TruncateMod", lk_truncate_mod, 8, NULL },
};

static LkTensor *
extremes (LkDType dtype)
{
  static const double values[] = { 0, -0.0, 1, -1, 0.5, 3, -3, 7, 8, -8, 9, 100, -100, 127, 128, -128, 255, 1e-30, -1e-30, FLT_MIN / 8,
                                   -FLT_MIN / 8, DBL_MIN / 8, 6e-8, -6e-8, 65504, FLT_MAX, -FLT_MAX, DBL_MAX, INFINITY, -INFINITY, NAN };
  static const gint64 whole[] = { 0, 1, -1, 3, -3, 7, 8, -8, 9, 100, -100, 127, -128, 32767, -32768, G_MAXINT32, G_MININT32, G_MAXINT64,
                                  G_MININT64, 15, 16, -16, 17 };
  const gboolean ints = lk_dtype_is_integer (dtype);
  const LkShape shape = LK_SHAPE (ints ? (gint64) G_N_ELEMENTS (whole) : (gint64) G_N_ELEMENTS (values));
  LkTensor *x = lk_tensor_new (dtype, &shape);
  for (gint64 i = 0; i < x->size; i++)
    if (ints)
      lk_tensor_set_int (x, i, whole[i]);
    else
      lk_tensor_set_double (x, i, values[i]);
  return x;
}

/* left: the ops of the final graph, constants and inputs apart. (transfer full) */
static LkTensor *
run (Op op, double by, LkTensor *x, gboolean reduced, char **left)
{
  g_autoptr (LkTensor) constant = number (by, x->dtype);
  LkTensor *result = NULL;
  LkGraph *graph = lk_graph_new ("f");
  lk_pass_switch ("all", FALSE);
  lk_pass_switch ("strength", reduced);
  lk_context_enter (ctx, graph);
  LkTensor *input = lk_placeholder (ctx, "x", x->dtype, &x->shape);
  g_autoptr (LkTensor) output = op (ctx, input, constant);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "f", graph, &input, 1, &output, 1);
  g_assert_true (lk_function_call (ctx, function, &x, &result));
  *left = ops_left (lk_function_final_graph (ctx, function));
  lk_pass_switch ("all", TRUE);
  lk_function_unref (function);
  lk_tensor_unref (input);
  lk_graph_unref (graph);
  return result;
}

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) dtypes = g_strsplit (cases[i].dtypes, " ", -1);
      for (guint k = 0; dtypes[k] != NULL; k++)
        {
          g_autofree char *plain_left = NULL, *left = NULL;
          g_autoptr (LkTensor) x = extremes (lk_dtype_from_name (dtypes[k]));
          g_autoptr (LkTensor) plain = run (cases[i].call, cases[i].by, x, FALSE, &plain_left);
          g_autoptr (LkTensor) reduced = run (cases[i].call, cases[i].by, x, TRUE, &left);
          g_assert_cmpstr (plain_left, ==, cases[i].op);
          g_assert_cmpstr (left, ==, cases[i].left != NULL ? cases[i].left : cases[i].op);
          if (!random_same_bits (plain, reduced))
            g_error ("%s of %s by %g:\n%s\nis no\n%s", cases[i].op, dtypes[k], cases[i].by, lk_tensor_text (reduced),
                     lk_tensor_text (plain));
        }
    }
}

/* A division by zero is an error with the pass, too. */
static void
test_error (void)
{
  g_autoptr (LkTensor) zero = number (0, LK_INT32);
  LkGraph *graph = lk_graph_new ("f");
  LkTensor *result = NULL;
  lk_context_enter (ctx, graph);
  LkTensor *input = lk_placeholder (ctx, "x", LK_INT32, &(LkShape) { .rank = 0 });
  g_autoptr (LkTensor) output = lk_floor_mod (ctx, input, zero);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "f", graph, &input, 1, &output, 1);
  g_assert_false (lk_function_call (ctx, function, &zero, &result));
  g_autoptr (GError) error = lk_context_take_error (ctx);
  g_assert_error (error, LK_ERROR, LK_INVALID_ARGUMENT);
  lk_function_unref (function);
  lk_tensor_unref (input);
  lk_graph_unref (graph);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ctx = lk_context_default ();
  g_test_add_func ("/engine/strength/cases", test_cases);
  g_test_add_func ("/engine/strength/error", test_error);
  return g_test_run ();
}
