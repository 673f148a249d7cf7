/* SPDX-License-Identifier: MIT */
/* Strips: random bodies of the ops that they know, in every order of inputs, of single numbers, rows and whole tensors, give the bits that
   the ops give one by one, for any length and for numbers that are none. */
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/execute/strip.h"
#include "engine/ops/block.h"
#include "engine/ops/rule.h"
#include "engine/ops/vector.h"

#define N_WHOLE 2       /* inputs of the outputs' shape; then a single number and a row */
#define N_SMALL 2
#define N_INPUTS (N_WHOLE + N_SMALL)
#define MOST_NODES 16
#define MOST_OUTPUTS 3

static LkContext *ctx;

/* ---- random bodies ---- */

typedef struct { const LkOp *op; guint inputs[2]; } Choice;     /* inputs: placeholders, then nodes */

typedef struct
{
  LkDType dtype;
  guint n, n_outputs;
  Choice nodes[MOST_NODES];
  guint outputs[MOST_OUTPUTS];
} Body;

static GPtrArray *
known_ops (LkDType dtype)
{
  GPtrArray *ops = g_ptr_array_new ();
  for (guint i = 0; i < lk_op_count (); i++)
    if (lk_strip_knows (lk_op_at (i), dtype))
      g_ptr_array_add (ops, (gpointer) lk_op_at (i));
  return ops;
}

/* A value of the outputs' shape: mostly the newest, which goes on, but some go back. */
static guint
whole (GRand *rand, guint newest)
{
  const guint any = g_rand_int_range (rand, 0, newest + 1);
  return newest < N_INPUTS ? any % N_WHOLE : g_rand_int_range (rand, 0, 3) > 0 || (any >= N_WHOLE && any < N_INPUTS) ? newest : any;
}

static Body
body_random (GRand *rand, GPtrArray *ops, LkDType dtype)
{
  Body body = { .dtype = dtype, .n = g_rand_int_range (rand, 1, MOST_NODES + 1) };
  body.n_outputs = g_rand_int_range (rand, 1, MIN (body.n, MOST_OUTPUTS) + 1);
  for (guint i = 0; i < body.n; i++)
    {
      const guint newest = N_INPUTS + i - 1, side = g_rand_int_range (rand, 0, 2);
      Choice *c = &body.nodes[i];
      c->op = ops->pdata[g_rand_int_range (rand, 0, ops->len)];
      c->inputs[0] = c->inputs[1] = whole (rand, newest);
      if (c->op->block->infer == lk_infer_broadcast)
        c->inputs[side] = g_rand_int_range (rand, 0, newest + 1);
    }
  for (guint i = 0; i < body.n_outputs; i++)
    body.outputs[i] = N_INPUTS + body.n - 1 - i * (body.n / body.n_outputs);
  return body;
}

static void
apply_all (const Body *body, LkTensor **values)
{
  for (guint i = 0; i < body->n; i++)
    {
      const Choice *c = &body->nodes[i];
      LkTensor *inputs[2] = { values[c->inputs[0]], values[c->inputs[1]] };
      values[N_INPUTS + i] = lk_apply1 (ctx, c->op, inputs, c->op->n_inputs, NULL);
      g_assert_nonnull (values[N_INPUTS + i]);
    }
}

/* (transfer full) */
static LkFunction *
function_of (const Body *body, LkTensor *const *like)
{
  LkGraph *graph = lk_graph_new ("body");
  LkTensor *values[N_INPUTS + MOST_NODES], *outputs[MOST_OUTPUTS];
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < N_INPUTS; i++)
    values[i] = lk_placeholder (ctx, NULL, like[i]->dtype, &like[i]->shape);
  apply_all (body, values);
  lk_context_leave (ctx);
  for (guint i = 0; i < body->n_outputs; i++)
    outputs[i] = values[body->outputs[i]];
  LkFunction *function = lk_function_new (ctx, "body", graph, values, N_INPUTS, outputs, body->n_outputs);
  for (guint i = 0; i < N_INPUTS + body->n; i++)
    lk_tensor_unref (values[i]);
  lk_graph_unref (graph);
  return function;
}

/* ---- their inputs ---- */

static double
number (GRand *rand)
{
  static const double special[] = { NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e-40, -1e-310, 3e38 };
  return g_rand_int_range (rand, 0, 8) == 0 ? special[g_rand_int_range (rand, 0, G_N_ELEMENTS (special))]
                                            : g_rand_double_range (rand, -3, 3);
}

static LkTensor *
tensor (GRand *rand, LkDType dtype, LkShape shape)
{
  LkTensor *x = lk_tensor_new (dtype, &shape);
  for (gint64 i = 0; i < x->size; i++)
    if (dtype == LK_FLOAT32)
      ((float *) x->data)[i] = number (rand);
    else
      ((double *) x->data)[i] = number (rand);
  return x;
}

/* Which of two NaNs a sum keeps is not ours to say. */
static void
assert_same (const LkTensor *a, const LkTensor *b)
{
  const gsize size = lk_dtype_size (a->dtype);
  g_assert_true (a->dtype == b->dtype && a->size == b->size);
  for (gint64 i = 0; i < a->size; i++)
    {
      const gpointer x = (char *) a->data + i * size, y = (char *) b->data + i * size;
      const double p = a->dtype == LK_FLOAT32 ? *(float *) x : *(double *) x, q = a->dtype == LK_FLOAT32 ? *(float *) y : *(double *) y;
      if (!(isnan (p) && isnan (q)) && memcmp (x, y, size) != 0)
        g_error ("element %" G_GINT64_FORMAT ": alone %.17g, in a strip %.17g", i, p, q);
    }
}

static void
check (GRand *rand, const Body *body, gint64 rows, gint64 columns)
{
  const LkShape whole = { 2, { rows, columns } };
  LkTensor *values[N_INPUTS + MOST_NODES] = { tensor (rand, body->dtype, whole), tensor (rand, body->dtype, whole),
                                              tensor (rand, body->dtype, LK_SCALAR),
                                              tensor (rand, body->dtype, (LkShape) { 1, { columns } }) };
  LkFunction *function = function_of (body, values);
  LkTensor *fused[MOST_OUTPUTS];
  apply_all (body, values);
  g_assert_true (lk_fused_elementwise (ctx, values, N_INPUTS, function, fused));
  for (guint i = 0; i < body->n_outputs; i++)
    {
      assert_same (values[body->outputs[i]], fused[i]);
      lk_tensor_unref (fused[i]);
    }
  for (guint i = 0; i < N_INPUTS + body->n; i++)
    lk_tensor_unref (values[i]);
  lk_function_unref (function);
}

static void
test_random (gconstpointer data)
{
  const LkDType dtype = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) ops = known_ops (dtype);
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  g_assert_cmpuint (ops->len, >, 10);
  for (guint i = 0; i < 400; i++)
    {
      const Body body = body_random (rand, ops, dtype);
      check (rand, &body, g_rand_int_range (rand, 1, 9), g_rand_int_range (rand, 1, i % 8 == 0 ? 3000 : 90));
    }
}

/* ---- each kind of processor ---- */

#define LENGTH 203

typedef struct { guint8 steps[2]; gint held; } Form;

/* The op alone, in one form: its inputs loaded or, where held, in registers from the one before. */
static void
run_form (LkStripLoop loop, const LkOp *op, const Form *form, LkTensor *const *x, LkTensor *out)
{
  void *const *at[2] = { &x[0]->data, &x[1]->data };
  const LkOp *negate = lk_op_find ("Neg");
  LkStripCode codes[2 * LK_STRIP_MOST_CODES], *end = codes;
  if (form->held >= 0)
    end = lk_strip_append (end, negate, &at[form->held], &form->steps[form->held], -1);
  end = lk_strip_append (end, op, at, form->steps, form->held);
  end = lk_strip_append_store (end, &out->data);
  loop (codes, end, out->size);
}

static void
check_tables (GRand *rand, const LkOp *op, LkDType dtype)
{
  static const Form forms[] = { { { 1, 1 }, -1 }, { { 0, 1 }, -1 }, { { 1, 0 }, -1 }, { { 1, 1 }, 0 }, { { 1, 0 }, 0 }, { { 1, 1 }, 1 },
                                { { 0, 1 }, 1 } };
  const LkStripTable *const tables[] = {
    &lk_strip_portable,
#if LK_VECTOR_X86
    __builtin_cpu_supports ("avx2") ? &lk_strip_avx2 : &lk_strip_portable,
    __builtin_cpu_supports ("avx512f") ? &lk_strip_avx512f : &lk_strip_portable,
#endif
  };
  const LkShape shape = { 1, { g_rand_int_range (rand, 1, LENGTH) } };
  LkTensor *x[2] = { tensor (rand, dtype, shape), tensor (rand, dtype, shape) };
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (LkTensor) expected = lk_tensor_new (dtype, &shape);
      if (op->n_inputs == 1 && forms[i].held == 1)
        continue;
      run_form (dtype == LK_FLOAT32 ? lk_strip_portable.f32 : lk_strip_portable.f64, op, &forms[i], x, expected);
      for (guint k = 1; k < G_N_ELEMENTS (tables); k++)
        {
          g_autoptr (LkTensor) result = lk_tensor_new (dtype, &shape);
          run_form (dtype == LK_FLOAT32 ? tables[k]->f32 : tables[k]->f64, op, &forms[i], x, result);
          assert_same (expected, result);
        }
    }
  lk_tensor_unref (x[0]);
  lk_tensor_unref (x[1]);
}

static void
test_tables (void)
{
  static const LkDType dtypes[] = { LK_FLOAT32, LK_FLOAT64 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  for (guint d = 0; d < G_N_ELEMENTS (dtypes); d++)
    {
      g_autoptr (GPtrArray) ops = known_ops (dtypes[d]);
      for (guint i = 0; i < ops->len; i++)
        for (guint again = 0; again < 8; again++)
          check_tables (rand, ops->pdata[i], dtypes[d]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ctx = lk_context_default ();
  g_test_add_data_func ("/engine/strip/float32", GUINT_TO_POINTER (LK_FLOAT32), test_random);
  g_test_add_data_func ("/engine/strip/float64", GUINT_TO_POINTER (LK_FLOAT64), test_random);
  g_test_add_func ("/engine/strip/tables", test_tables);
  return g_test_run ();
}
