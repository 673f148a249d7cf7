/* SPDX-License-Identifier: MIT */
/* Random numbers against the Philox paper's and TensorFlow's published ones. */
#include <math.h>

#include "checks.h"
#include "engine/ops/philox.h"

/* Known answers that come with Random123, the paper's own code: kat_vectors, philox 4x32, 10 rounds. */
static void
test_philox (void)
{
  static const struct { guint64 low, high, key; guint32 numbers[4]; } known[] = {
    { 0, 0, 0, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
    { G_MAXUINT64, G_MAXUINT64, G_MAXUINT64, { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
    { 0x85a308d3243f6a88, 0x0370734413198a2e, 0x299f31d0a4093822,
      { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
  };
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      LkPhilox philox;
      guint32 numbers[4];
      lk_philox_init (&philox, known[i].key, known[i].high, known[i].low);
      lk_philox_block (&philox, numbers);
      for (guint k = 0; k < 4; k++)
        g_assert_cmphex (numbers[k], ==, known[i].numbers[k]);
    }
}

static LkTensor *
draw (LkContext *ctx, const LkOp *op, const char *inputs, const char *attrs)
{
  g_autofree char *problem = NULL;
  LkTensor *output = NULL;
  g_autoptr (LkSampleCall) call = lk_sample_call_new (op, &(LkSample) { inputs, attrs }, 1, &problem);
  g_assert_cmpstr (problem, ==, NULL);
  checks_run (ctx, call, NULL, &output, inputs);
  return output;
}

/* tf.random.set_seed (0); tf.nn.dropout (tf.ones ([3, 5]), rate, seed=1), as its manual prints it: an element
   stays where the uniform number is at least the rate. */
static void
test_dropout (void)
{
  static const struct { double rate; gboolean stays[15]; } manual[] = {
    { 0.5, { 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1 } },
    { 0.8, { 0, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1 } },
  };
  LkContext *ctx = lk_context_new ();
  lk_context_set_seed (ctx, 0);
  g_autoptr (LkTensor) numbers = draw (ctx, lk_op_find ("RandomUniform"), "int32[2]={3,5}",
                                       "dtype=float32, seed=0, seed2=1");
  for (guint i = 0; i < G_N_ELEMENTS (manual); i++)
    for (gint64 k = 0; k < 15; k++)
      g_assert_cmpint (lk_tensor_double_at (numbers, k) >= manual[i].rate, ==, manual[i].stays[k]);
  lk_context_free (ctx);
}

/* tf.random.set_seed (42); tf.random.normal ([3, 2]), as many published notebooks print it; the op's seed is what
   Python's random.Random (42).randint (0, 2³¹ − 1) gives first. */
static void
test_normal (void)
{
  LkContext *ctx = lk_context_new ();
  g_autoptr (LkTensor) numbers = draw (ctx, lk_op_find ("RandomStandardNormal"), "int32[1]={3}",
                                       "dtype=float32, seed=42, seed2=478163327");
  g_autofree char *text = lk_tensor_text (numbers);
  g_assert_cmpstr (text, ==, "[ 0.3274685 -0.8426258  0.3194337]");
  lk_context_free (ctx);
}

/* A seeded op goes on where it stopped, and starts again when the global seed is set. */
static void
test_streams (void)
{
  LkContext *ctx = lk_context_new ();
  const LkOp *op = lk_op_find ("RandomUniform");
  lk_context_set_seed (ctx, 5);
  g_autoptr (LkTensor) first = draw (ctx, op, "int32[1]={4}", "dtype=float32, seed=5, seed2=1");
  g_autoptr (LkTensor) second = draw (ctx, op, "int32[1]={4}", "dtype=float32, seed=5, seed2=1");
  g_assert_false (checks_same (first, second, 0));
  lk_context_set_seed (ctx, 5);
  g_autoptr (LkTensor) again = draw (ctx, op, "int32[1]={4}", "dtype=float32, seed=5, seed2=1");
  g_autoptr (LkTensor) other = draw (ctx, op, "int32[1]={4}", "dtype=float32, seed=5, seed2=2");
  g_assert_true (checks_same (first, again, 0));
  g_assert_false (checks_same (first, other, 0));
  lk_context_free (ctx);
}

/* Each node of a graph counts for itself: two alike give the same numbers, and other ones when they run again, as
   TensorFlow's manual of set_seed() has it. */
static void
test_nodes (void)
{
  LkContext *ctx = lk_context_new ();
  LkGraph *graph = lk_graph_new ("twins");
  LkTensor *twins[2], *first[2], *second[2];
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < 2; i++)
    twins[i] = draw (ctx, lk_op_find ("RandomUniform"), "int32[1]={4}", "dtype=float32, seed=87654321, seed2=1");
  lk_context_leave (ctx);
  lk_graph_run (ctx, graph, NULL, NULL, NULL, 0, twins, 2, NULL, 0, first);
  lk_graph_run (ctx, graph, NULL, NULL, NULL, 0, twins, 2, NULL, 0, second);
  checks_no_error (ctx, "twins");
  g_assert_true (checks_same (first[0], first[1], 0));
  g_assert_true (checks_same (second[0], second[1], 0));
  g_assert_false (checks_same (first[0], second[0], 0));
  checks_release (twins, 2);
  checks_release (first, 2);
  checks_release (second, 2);
  lk_graph_unref (graph);
  lk_context_free (ctx);
}

/* A longer draw begins like a shorter one. */
static void
test_prefixes (void)
{
  static const char *const ops[] = { "RandomUniform", "RandomStandardNormal", "TruncatedNormal" };
  for (guint i = 0; i < 2 * G_N_ELEMENTS (ops); i++)
    {
      LkContext *ctx = lk_context_new ();
      const LkOp *op = lk_op_find (ops[i / 2]);
      const char *attrs = i % 2 ? "dtype=float64, seed=3, seed2=4" : "dtype=float32, seed=3, seed2=4";
      g_autoptr (LkTensor) longer = draw (ctx, op, "int32[1]={11}", attrs);
      lk_context_set_seed (ctx, 0);
      g_autoptr (LkTensor) shorter = draw (ctx, op, "int32[1]={5}", attrs);
      for (gint64 k = 0; k < 5; k++)
        g_assert_cmpfloat (lk_tensor_double_at (longer, k), ==, lk_tensor_double_at (shorter, k));
      lk_context_free (ctx);
    }
}

static void
check_moments (const char *name, const char *dtype, double mean, double variance, double low, double high)
{
  LkContext *ctx = lk_context_new ();
  g_autofree char *attrs = g_strdup_printf ("dtype=%s, seed=8, seed2=9", dtype);
  g_autoptr (LkTensor) numbers = draw (ctx, lk_op_find (name), "int32[1]={40000}", attrs);
  double sum = 0, squares = 0;
  for (gint64 i = 0; i < numbers->size; i++)
    {
      const double x = lk_tensor_double_at (numbers, i);
      g_assert_true (x >= low && x < high);
      sum += x;
      squares += x * x;
    }
  const double m = sum / numbers->size;
  g_assert_cmpfloat (fabs (m - mean), <, 0.02);
  g_assert_cmpfloat (fabs (squares / numbers->size - m * m - variance), <, 0.03);
  lk_context_free (ctx);
}

static void
test_moments (void)
{
  for (guint i = 0; i < 2; i++)
    {
      const char *dtype = i == 0 ? "float32" : "float64";
      check_moments ("RandomUniform", dtype, 0.5, 1 / 12.0, 0, 1);
      check_moments ("RandomStandardNormal", dtype, 0, 1, -6, 6);
      check_moments ("TruncatedNormal", dtype, 0, 0.774, -2, 2);
    }
}

/* Distributions with parameters, by their own moments. */
static void
test_parameters (void)
{
  static const struct { const char *op, *inputs, *attrs; double mean, variance; } known[] = {
    { "RandomGamma", "int32[1]={40000}; float64[]={0.5}", "seed=1, seed2=2", 0.5, 0.5 },
    { "RandomGamma", "int32[1]={40000}; float64[]={1}", "seed=1, seed2=2", 1, 1 },
    { "RandomGamma", "int32[1]={40000}; float32[]={4}", "seed=1, seed2=2", 4, 4 },
    { "RandomPoissonV2", "int32[1]={40000}; float64[]={3}", "seed=1, seed2=2", 3, 3 },
    { "RandomPoissonV2", "int32[1]={40000}; float64[]={50}", "seed=1, seed2=2, dtype=float32", 50, 50 },
    { "StatelessRandomBinomial", "int32[1]={40000}; int32[2]={3,4}; float64[]={20}; float64[]={0.2}", "dtype=int32", 4, 3.2 },
    { "StatelessRandomBinomial", "int32[1]={40000}; int32[2]={3,4}; float64[]={100}; float64[]={0.7}", NULL, 70, 21 },
    { "Multinomial", "float32[1,2]={0,1.0986123}; int32[]={40000}", "seed=1, seed2=2", 0.75, 0.1875 },
    { "TruncatedNormal", "int32[1]={40000}", "dtype=float16, seed=1, seed2=2", 0, 0.774 },
    { "RandomStandardNormal", "int32[1]={40000}", "dtype=bfloat16, seed=1, seed2=2", 0, 1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      LkContext *ctx = lk_context_new ();
      g_autoptr (LkTensor) numbers = draw (ctx, lk_op_find (known[i].op), known[i].inputs, known[i].attrs);
      double sum = 0, squares = 0;
      for (gint64 k = 0; k < numbers->size; k++)
        {
          const double x = lk_tensor_double_at (numbers, k) - known[i].mean;
          sum += x;
          squares += x * x;
        }
      /* Four standard errors of the mean; the variance to a thirtieth. */
      g_assert_cmpfloat (fabs (sum / numbers->size), <, 4 * sqrt (known[i].variance / numbers->size));
      g_assert_cmpfloat (fabs (squares / numbers->size / known[i].variance - 1), <, 1 / 30.0);
      lk_context_free (ctx);
    }
}

/* Parameters that nobody can draw with end in NaN, not in an endless search. */
static void
test_impossible (void)
{
  static const struct { const char *op, *inputs; } known[] = {
    { "RandomGamma", "int32[0]; float64[4]={nan,-1,inf,-inf}" },
    { "RandomPoissonV2", "int32[0]; float64[3]={nan,inf,-inf}" },
    { "StatelessRandomBinomial", "int32[1]={3}; int32[2]={1,2}; float64[3]={nan,5,inf}; float64[3]={0.5,nan,0.5}" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      LkContext *ctx = lk_context_new ();
      g_autoptr (LkTensor) numbers = draw (ctx, lk_op_find (known[i].op), known[i].inputs,
                                           i == 0 ? "seed=1" : "dtype=float64");
      for (gint64 k = 0; k < numbers->size; k++)
        g_assert_true (isnan (lk_tensor_double_at (numbers, k)));
      lk_context_free (ctx);
    }
}

static void
test_integers (void)
{
  LkContext *ctx = lk_context_new ();
  guint seen[5] = { 0 };
  g_autoptr (LkTensor) numbers = draw (ctx, lk_op_find ("RandomUniformInt"),
                                       "int32[1]={5000}; int64[]={-2}; int64[]={3}", "seed=1");
  for (gint64 i = 0; i < numbers->size; i++)
    {
      const gint64 value = lk_tensor_int_at (numbers, i);
      g_assert_true (value >= -2 && value < 3);
      seen[value + 2]++;
    }
  for (guint i = 0; i < 5; i++)
    g_assert_cmpuint (seen[i], >, 900);
  lk_context_free (ctx);
}

static void
test_shuffle (void)
{
  LkContext *ctx = lk_context_new ();
  guint seen = 0;
  gboolean moved = FALSE;
  g_autoptr (LkTensor) order = draw (ctx, lk_op_find ("RandomShuffle"), "int32[8]={0,1,2,3,4,5,6,7}",
                                     "seed=1");
  for (gint64 i = 0; i < 8; i++)
    {
      seen |= 1u << lk_tensor_int_at (order, i);
      moved |= lk_tensor_int_at (order, i) != i;
    }
  g_assert_cmphex (seen, ==, 0xFF);
  g_assert_true (moved);
  lk_context_free (ctx);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/random/philox", test_philox);
  g_test_add_func ("/engine/ops/random/dropout", test_dropout);
  g_test_add_func ("/engine/ops/random/normal", test_normal);
  g_test_add_func ("/engine/ops/random/streams", test_streams);
  g_test_add_func ("/engine/ops/random/nodes", test_nodes);
  g_test_add_func ("/engine/ops/random/prefixes", test_prefixes);
  g_test_add_func ("/engine/ops/random/moments", test_moments);
  g_test_add_func ("/engine/ops/random/parameters", test_parameters);
  g_test_add_func ("/engine/ops/random/impossible", test_impossible);
  g_test_add_func ("/engine/ops/random/integers", test_integers);
  g_test_add_func ("/engine/ops/random/shuffle", test_shuffle);
  return g_test_run ();
}
