/* SPDX-License-Identifier: MIT */
#include "graph_programs.h"
#include <string.h>
#include "engine/ops/gradient.h"
#include "engine/ops/ops.h"
#include "engine/ops/sample.h"
#include "engine/rewrite/groups.h"
#include "engine/rewrite/pass.h"

static LkContext *ctx;

/* ---- programs: functions of two inputs, whose nodes stand on lines ---- */

static guint line;

static guint32
locate (LkContext *where, gpointer data)
{
  return lk_stream_site (0, GRAPH_FILE, "main", line);
}

static LkTensor *
sample (const char *text)
{
  g_autofree char *problem = NULL;
  LkTensor *tensor = lk_sample_tensor (text, 7, &problem);
  g_assert_cmpstr (problem, ==, NULL);
  return tensor;
}

/* What build gives of tensors like values. open: but how many rows they have is not known. (transfer full) */
static LkFunction *
open_function_of (const char *name, void (*build) (LkTensor **x, LkTensor **y), LkTensor *const *values, gboolean open)
{
  LkGraph *graph = lk_graph_new (name);
  LkTensor *inputs[2], *outputs[2] = { NULL };
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < 2; i++)
    {
      LkShape shape = values[i]->shape;
      shape.dims[0] = open ? LK_DIM_UNKNOWN : shape.dims[0];
      inputs[i] = lk_placeholder (ctx, NULL, values[i]->dtype, &shape);
    }
  build (inputs, outputs);
  g_assert_nonnull (outputs[0]);
  lk_context_leave (ctx);
  return lk_function_new (ctx, name, graph, inputs, 2, outputs, outputs[1] != NULL ? 2 : 1);
}

static LkFunction *
function_of (const char *name, void (*build) (LkTensor **x, LkTensor **y), LkTensor *const *values)
{
  return open_function_of (name, build, values, FALSE);
}

#define ON(n, tensor) (line = (n), (tensor))

/* Lines 2 to 4: exp (x · k) + x · k. */
static void
build_scaled (LkTensor **x, LkTensor **y)
{
  LkTensor *product = ON (2, lk_mul (ctx, x[0], x[1])), *power = ON (3, lk_exp (ctx, product));
  y[0] = ON (4, lk_add (ctx, power, product));
}

/* What is no elementwise op. */
static LkTensor *
sums_of (LkTensor *x)
{
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0);
  return lk_cumsum (ctx, x, axis, FALSE, FALSE);
}

/* One call of f, on a line. */
static LkTensor *
call (LkFunction *f, guint on, LkTensor *a, LkTensor *b)
{
  LkTensor *inputs[] = { a, b }, *outputs[2] = { NULL };
  line = on;
  lk_function_call (ctx, f, inputs, outputs);
  return outputs[0];
}

/* Lines 10 to 13: two calls, and something after each. */
static void
build_calls (LkTensor **x, LkTensor **y)
{
  LkFunction *scaled = function_of ("__inference_scaled_7", build_scaled, x);
  LkTensor *first = call (scaled, 10, x[0], x[1]), *sums = ON (11, sums_of (first));
  LkTensor *second = call (scaled, 12, sums, x[1]);
  y[0] = ON (13, lk_neg (ctx, second));
}

/* Lines 20 to 22, a function that calls; 30 and 31, who calls it. */
static void
build_outer (LkTensor **x, LkTensor **y)
{
  LkFunction *scaled = function_of ("__inference_scaled_7", build_scaled, x);
  LkTensor *before = ON (20, sums_of (x[0]));
  LkTensor *given = call (scaled, 21, before, x[1]);
  y[0] = ON (22, lk_sum_all (ctx, given));
}

static void
build_nested (LkTensor **x, LkTensor **y)
{
  LkFunction *outer = function_of ("__inference_outer_8", build_outer, x);
  LkTensor *given = call (outer, 30, x[0], x[1]);
  y[0] = ON (31, lk_mul (ctx, x[0], given));
}

/* Lines 40, 41: two results, of which the second is computed together with what the program does much later. */
static void
build_split (LkTensor **x, LkTensor **y)
{
  y[0] = ON (40, lk_sum_all (ctx, x[0]));
  y[1] = ON (41, lk_mul (ctx, x[0], x[1]));
}

static void
build_apart (LkTensor **x, LkTensor **y)
{
  LkFunction *split = function_of ("__inference_split_9", build_split, x);
  LkTensor *parts[2];
  line = 50;
  lk_function_call (ctx, split, x, parts);
  LkTensor *filled = ON (51, sums_of (lk_add (ctx, x[0], parts[0])));
  y[0] = ON (52, lk_add (ctx, parts[1], filled));
}

/* Lines 60 to 63: a product, and what it takes along. */
static void
build_dense (LkTensor **x, LkTensor **y)
{
  LkTensor *product = ON (60, lk_mat_mul (ctx, x[0], x[1], FALSE, FALSE));
  LkTensor *bias = ON (61, lk_constant (ctx, sample ("float32[5]")));
  LkTensor *sum = ON (62, lk_bias_add (ctx, product, bias, "NHWC"));
  y[0] = ON (63, lk_relu (ctx, sum));
}

/* Lines 70 to 72. */
static void
build_image (LkTensor **x, LkTensor **y)
{
  static const LkInts ones = { 4, { 1, 1, 1, 1 } }, none = { 0 };
  LkTensor *moved = ON (70, lk_conv2d (ctx, x[0], x[1], &ones, TRUE, "SAME", &none, "NHWC", &ones));
  LkTensor *squashed = ON (71, lk_tanh (ctx, moved));
  y[0] = ON (72, lk_mul (ctx, squashed, moved));
}

/* Lines 80 to 82: a row and a column. */
static void
build_table (LkTensor **x, LkTensor **y)
{
  LkTensor *table = ON (80, lk_add (ctx, x[0], x[1])), *half = ON (81, lk_scaled (ctx, table, 0.5));
  y[0] = ON (82, lk_sub (ctx, lk_square (ctx, half), x[1]));
}

/* Lines 90 to 92: rows that do not fit, of which the graph does not know. */
static void
build_wrong (LkTensor **x, LkTensor **y)
{
  LkTensor *less = ON (90, lk_tanh (ctx, x[0])), *sum = ON (91, lk_add (ctx, less, x[1]));
  y[0] = ON (92, lk_exp (ctx, sum));
}

static const struct
{
  const char *name;
  void (*build) (LkTensor **x, LkTensor **y);
  const char *inputs[2];
  gboolean fails;
} programs[] = {
  { "calls", build_calls, { "float32[4,3]", "float32[4,3]" } },
  { "nested", build_nested, { "float32[4,3]", "float32[4,3]" } },
  { "apart", build_apart, { "float32[4,3]", "float32[4,3]" } },
  { "dense", build_dense, { "float32[7,4]", "float32[4,5]" } },
  { "image", build_image, { "float32[2,5,6,3]", "float32[3,3,3,4]" } },
  { "table", build_table, { "float32[4,3]", "float32[3]" } },
  { "wrong", build_wrong, { "float32[4,3]", "float32[2,3]" }, TRUE },
};

typedef struct
{
  LkFunction *function;
  LkTensor *values[2];
  guint times;
  gboolean passes, fails;
} Run;

static void
run_in_child (gpointer data)
{
  const Run *run = data;
  lk_pass_switch ("all", run->passes);
  lk_fuse_small (TRUE);
  for (guint i = 0; i < run->times; i++)
    {
      LkTensor *results[2];
      g_assert_true (lk_function_call (ctx, run->function, (LkTensor *const *) run->values, results) == !run->fails);
    }
  lk_emit_step (ctx);     /* the end */
}

Program *
graph_program_start (const char *name, guint times, gboolean passes, gboolean stops)
{
  const ProgramWishes wishes = { .stop_at_entry = stops, .health = TRUE, .arena_size = 1 << 22, .history = 1 << 20,
                                 .ring_size = 1 << 19 };
  Run run = { .times = times, .passes = passes };
  guint at = 0;
  while (strcmp (programs[at].name, name) != 0)
    at++;
  line = 1;
  ctx = lk_context_default ();
  lk_context_set_locate (ctx, locate, NULL);
  for (guint i = 0; i < 2; i++)
    run.values[i] = sample (programs[at].inputs[i]);
  run.fails = programs[at].fails;
  run.function = open_function_of ("__inference_model_6", programs[at].build, run.values, run.fails);
  Program *program = program_start (&wishes, run_in_child, &run);
  /* The child has its own. */
  lk_function_unref (run.function);
  for (guint i = 0; i < 2; i++)
    lk_tensor_unref (run.values[i]);
  return program;
}
