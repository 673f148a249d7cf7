/* SPDX-License-Identifier: MIT */
#include "random_graph.h"

#include <math.h>

#define N_NODES 60

LkTensor *
number (double value, LkDType dtype)
{
  LkTensor *tensor = lk_tensor_new (dtype, &(LkShape) { .rank = 0 });
  lk_tensor_set_double (tensor, 0, value);
  return tensor;
}

LkTensor *
ints (guint n, const gint64 *values)
{
  const LkShape shape = LK_SHAPE (n);
  return lk_tensor_new_copy (LK_INT64, &shape, values);
}

typedef LkTensor *(*Unary) (LkContext *, LkTensor *);
typedef LkTensor *(*Binary) (LkContext *, LkTensor *, LkTensor *);

static const Unary unaries[] = { lk_neg, lk_abs, lk_square, lk_relu, lk_floor, lk_rint, lk_identity, lk_exp, lk_tanh, lk_sqrt,
                                 lk_sign, lk_stop_gradient, lk_zeros_like, lk_ones_like, lk_reciprocal };
static const Binary binaries[] = { lk_add, lk_sub, lk_mul, lk_real_div, lk_maximum, lk_minimum, lk_squared_difference, lk_pow, lk_floor_div,
                                   lk_floor_mod };
static LkTensor *(*const reductions[]) (LkContext *, LkTensor *, LkTensor *, gboolean) = { lk_sum, lk_mean, lk_max, lk_min, lk_prod };
static const LkDType dtypes[] = { LK_FLOAT32, LK_FLOAT64, LK_FLOAT32, LK_FLOAT64, LK_INT32, LK_INT64 };
static const double numbers[] = { 0, -0.0, 1, -1, 2, 0.5, 3, 8, INFINITY, NAN };
/* Integers are divided, and raised, by some constants only, since others may be errors. */
static const Binary whole_binaries[] = { lk_add, lk_sub, lk_mul, lk_maximum, lk_minimum, lk_squared_difference };
static const double whole_numbers[] = { 1, 2, 3, 4, 8, 64, 1, 2, 3, 4, 8, 64, 7 };

#define PICK(array) ((array)[g_test_rand_int_range (0, G_N_ELEMENTS (array))])

static LkTensor *
random_shaped (LkContext *ctx, LkTensor *x)
{
  const guint rank = x->shape.rank;
  gint64 values[LK_MAX_RANK];
  for (guint i = 0; i < rank; i++)
    values[i] = rank - 1 - i;
  g_autoptr (LkTensor) reversed = ints (rank, values), flat = ints (1, (gint64[]) { -1 }), axis = ints (1, (gint64[]) { g_test_rand_int_range (-(gint) MAX (rank, 1), MAX (rank, 1)) }),
                       own = ints (rank, x->shape.dims), first = number (0, LK_INT64);
  switch (g_test_rand_int_range (0, 7))
    {
    case 0: case 1: return lk_transpose (ctx, x, reversed);
    case 2: return lk_reshape (ctx, x, flat);
    case 3: return lk_reshape (ctx, x, own);
    case 4: return PICK (reductions) (ctx, x, axis, g_test_rand_bit ());
    case 5: return lk_expand_dims (ctx, x, first);
    default: return lk_broadcast_to (ctx, x, own);
    }
}

/* A call of a function of x, made for its shape. */
static LkTensor *
random_call (LkContext *ctx, LkTensor *x)
{
  LkGraph *graph = lk_graph_new ("called");
  LkTensor *result = NULL;
  lk_context_enter (ctx, graph);
  LkTensor *input = lk_placeholder (ctx, NULL, x->dtype, &x->shape);
  g_autoptr (LkTensor) once = PICK (unaries) (ctx, input), other = PICK (unaries) (ctx, input), both = lk_mul (ctx, once, other);
  lk_context_leave (ctx);
  LkFunction *function = lk_function_new (ctx, "called", graph, &input, 1, &both, 1);
  if (function != NULL)
    lk_function_call (ctx, function, &x, &result);
  lk_tensor_unref (input);
  lk_function_unref (function);
  lk_graph_unref (graph);
  return result;
}

/* What is no plain arithmetic: choices, products, biases, calls. */
static LkTensor *
random_other (LkContext *ctx, LkTensor *x, LkTensor *y)
{
  g_autoptr (LkTensor) less = NULL;
  switch (g_test_rand_int_range (0, 7))
    {
    case 0:
      less = lk_less (ctx, x, y);
      return lk_select (ctx, less, x, y);
    case 1:
      return lk_mat_mul (ctx, x, y, FALSE, g_test_rand_bit ());
    case 2:
      return lk_bias_add (ctx, x, y, NULL);
    case 5:
      return lk_add_n (ctx, (LkTensor *[]) { x, y, x, y }, g_test_rand_int_range (1, 5));
    case 4:
      return random_image (ctx, x);
    case 3:
      return lk_dtype_is_floating (x->dtype) && lk_dtype_is_floating (y->dtype) ? random_loop (ctx, x, y) : NULL;
    default:
      return random_call (ctx, x);
    }
}

/* NULL when what was drawn does not fit. */
static LkTensor *
random_node (LkContext *ctx, GPtrArray *pool)
{
  LkTensor *x = g_ptr_array_index (pool, g_test_rand_int_range (0, pool->len));
  LkTensor *y = g_ptr_array_index (pool, g_test_rand_int_range (0, pool->len));
  switch (g_test_rand_int_range (0, 8))
    {
    case 7: return random_other (ctx, x, y);
    case 0: case 1: return PICK (unaries) (ctx, x);
    case 2: case 3: return (lk_dtype_is_integer (x->dtype) ? PICK (whole_binaries) : PICK (binaries)) (ctx, x, y);
    case 4: return random_shaped (ctx, x);
    case 5:
      {
        g_autoptr (LkTensor) value = number (lk_dtype_is_integer (x->dtype) ? PICK (whole_numbers) : PICK (numbers), x->dtype),
                             constant = lk_const (ctx, value, value->dtype);
        return g_test_rand_bit () || lk_dtype_is_integer (x->dtype) ? PICK (binaries) (ctx, x, constant) : PICK (binaries) (ctx, constant, x);
      }
    default: return lk_cast (ctx, x, PICK (dtypes));
    }
}

gboolean
random_same_bits (const LkTensor *a, const LkTensor *b)
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


static const LkShape shapes[RANDOM_INPUTS] = { { 2, { 3, 4 } }, { 1, { 4 } }, { 0 }, { 2, { 1, 4 } } };

static void
grow (LkContext *ctx, GPtrArray *pool, RandomMore more, gpointer data)
{
  for (guint i = 0; i < N_NODES; i++)
    {
      LkTensor *made = random_node (ctx, pool);
      g_autoptr (GError) error = lk_context_take_error (ctx);
      if (made != NULL)
        g_ptr_array_add (pool, made);
      if (more != NULL && g_test_rand_int_range (0, 6) == 0)
        more (ctx, pool, data);
    }
}

RandomGraph *
random_graph_new_with (LkContext *ctx, RandomMore more, gpointer data)
{
  RandomGraph *random = g_new0 (RandomGraph, 1);
  g_autoptr (GPtrArray) pool = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  random->graph = lk_graph_new ("random");
  lk_graph_order_effects (random->graph);
  lk_context_enter (ctx, random->graph);
  for (guint i = 0; i < RANDOM_INPUTS; i++)
    {
      random->inputs[i] = lk_placeholder (ctx, NULL, i % 2 ? LK_FLOAT64 : LK_FLOAT32, &shapes[i]);
      g_ptr_array_add (pool, lk_tensor_ref (random->inputs[i]));
    }
  grow (ctx, pool, more, data);
  lk_context_leave (ctx);
  for (guint i = 0; i < RANDOM_OUTPUTS; i++)
    random->outputs[i] = lk_tensor_ref (pool->pdata[pool->len - 1 - g_test_rand_int_range (0, MIN (pool->len, 10))]);
  return random;
}

RandomGraph *
random_graph_new (LkContext *ctx)
{
  return random_graph_new_with (ctx, NULL, NULL);
}

void
random_graph_fill (RandomGraph *random)
{
  for (guint i = 0; i < RANDOM_INPUTS; i++)
    {
      lk_tensor_unref (random->values[i]);
      random->values[i] = lk_tensor_new (random->inputs[i]->dtype, &shapes[i]);
      for (gint64 k = 0; k < random->values[i]->size; k++)
        lk_tensor_set_double (random->values[i], k,
                              g_test_rand_int_range (0, 3) ? g_test_rand_double_range (-2, 2) : PICK (numbers));
    }
}

void
random_graph_free (RandomGraph *random)
{
  if (random == NULL)
    return;
  for (guint i = 0; i < RANDOM_INPUTS; i++)
    {
      lk_tensor_unref (random->inputs[i]);
      lk_tensor_unref (random->values[i]);
    }
  for (guint i = 0; i < RANDOM_OUTPUTS; i++)
    lk_tensor_unref (random->outputs[i]);
  lk_graph_unref (random->graph);
  g_free (random);
}
