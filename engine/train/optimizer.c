/* SPDX-License-Identifier: MIT */
#include "engine/train/optimizer.h"
#include <string.h>
#include "engine/events/stream.h"
#include "engine/graph/build.h"
#include "engine/ops/block.h"

typedef enum { SGD, ADAM } Kind;

/* What an optimizer remembers of one variable. */
typedef struct
{
  LkVariable *of;
  LkVariable *values[2];  /* momentum, or mean and square of the gradients */
} Slot;

struct _LkOptimizer
{
  Kind kind;
  double learning_rate, momentum, beta_1, beta_2, epsilon;
  gboolean nesterov;
  GArray *slots;          /* Slot */
  LkVariable *iterations; /* Adam: int64 steps so far; NULL before the first */
};

static void
slot_clear (gpointer data)
{
  Slot *slot = data;
  lk_variable_unref (slot->of);
  lk_variable_unref (slot->values[0]);
  lk_variable_unref (slot->values[1]);
}

static LkOptimizer *
optimizer_new (Kind kind, double learning_rate)
{
  LkOptimizer *optimizer = g_new0 (LkOptimizer, 1);
  optimizer->kind = kind;
  optimizer->learning_rate = learning_rate;
  optimizer->slots = g_array_new (FALSE, TRUE, sizeof (Slot));
  g_array_set_clear_func (optimizer->slots, slot_clear);
  return optimizer;
}

LkOptimizer *
lk_sgd_new (double learning_rate, double momentum, gboolean nesterov)
{
  LkOptimizer *optimizer = optimizer_new (SGD, learning_rate);
  optimizer->momentum = momentum;
  optimizer->nesterov = nesterov;
  return optimizer;
}

LkOptimizer *
lk_adam_new (double learning_rate, double beta_1, double beta_2, double epsilon)
{
  LkOptimizer *optimizer = optimizer_new (ADAM, learning_rate);
  optimizer->beta_1 = beta_1;
  optimizer->beta_2 = beta_2;
  optimizer->epsilon = epsilon;
  return optimizer;
}

void
lk_optimizer_free (LkOptimizer *optimizer)
{
  if (optimizer == NULL)
    return;
  g_array_unref (optimizer->slots);
  lk_variable_unref (optimizer->iterations);
  g_free (optimizer);
}

/* ---- what it remembers ---- */

static LkTensor *
zeros (LkDType dtype, const LkShape *shape)
{
  LkTensor *tensor = lk_tensor_new (dtype, shape);
  if (tensor != NULL)
    memset (tensor->data, 0, lk_tensor_bytes (tensor));
  return tensor;
}

/* Made outside of any trace that may be going on, and lasting longer than it. */
static LkVariable *
zero_variable (LkContext *ctx, const char *name, LkDType dtype, const LkShape *shape)
{
  g_autoptr (LkTensor) value = zeros (dtype, shape);
  LkVariable *variable = NULL;
  lk_context_enter_eager (ctx);
  if (value == NULL)
    lk_context_fail (ctx, LK_RESOURCE_EXHAUSTED, "OOM when making the optimizer's variable %s", name);
  else
    variable = lk_variable_new (ctx, name, dtype, shape, value, FALSE);
  lk_context_leave (ctx);
  return variable;
}

static Slot *
slot_of (LkContext *ctx, LkOptimizer *optimizer, LkVariable *variable)
{
  static const char *const names[2][2] = { { "SGD/m/", NULL }, { "Adam/m/", "Adam/v/" } };
  guint n_values = optimizer->kind == ADAM ? 2 : optimizer->momentum > 0;
  Slot slot = { 0 };
  for (guint i = 0; i < optimizer->slots->len; i++)
    if (g_array_index (optimizer->slots, Slot, i).of == variable)
      return &g_array_index (optimizer->slots, Slot, i);
  for (guint i = 0; i < n_values; i++)
    {
      g_autofree char *name = g_strconcat (names[optimizer->kind][i], variable->name, NULL);
      const LkShape *shape = variable->value != NULL ? &variable->value->shape : &variable->shape;
      slot.values[i] = zero_variable (ctx, name, variable->dtype, shape);
      if (slot.values[i] == NULL)
        {
          lk_variable_unref (slot.values[0]);
          return NULL;
        }
    }
  slot.of = lk_variable_ref (variable);
  g_array_append_val (optimizer->slots, slot);
  return &g_array_index (optimizer->slots, Slot, optimizer->slots->len - 1);
}

static LkTensor *
scalar (LkDType dtype, double value)
{
  float single = value;
  return lk_tensor_new_copy (dtype, &LK_SCALAR, dtype == LK_FLOAT32 ? (const void *) &single : &value);
}

/* ---- steps ---- */

static gboolean
apply_sgd (LkContext *ctx, LkOptimizer *optimizer, LkTensor *gradient, LkVariable *variable)
{
  g_autoptr (LkTensor) rate = scalar (variable->dtype, optimizer->learning_rate);
  g_autoptr (LkTensor) momentum = scalar (variable->dtype, optimizer->momentum);
  Slot *slot;
  if (optimizer->momentum <= 0)
    return lk_resource_apply_gradient_descent (ctx, variable->handle, rate, gradient, FALSE);
  slot = slot_of (ctx, optimizer, variable);
  return slot != NULL
         && lk_resource_apply_keras_momentum (ctx, variable->handle, slot->values[0]->handle, rate, gradient, momentum,
                                              FALSE, optimizer->nesterov);
}

/* beta^t, by ops, since in a graph t is what it will be when it runs. */
static LkTensor *
power (LkContext *ctx, double beta, LkTensor *t, LkDType dtype)
{
  g_autoptr (LkTensor) base = scalar (dtype, beta), exponent = lk_cast (ctx, t, dtype);
  return lk_pow (ctx, base, exponent);
}

static gboolean
apply_adam (LkContext *ctx, LkOptimizer *optimizer, LkTensor *t, LkTensor *gradient, LkVariable *variable)
{
  LkDType dtype = variable->dtype;
  Slot *slot = slot_of (ctx, optimizer, variable);
  g_autoptr (LkTensor) power_1 = power (ctx, optimizer->beta_1, t, dtype);
  g_autoptr (LkTensor) power_2 = power (ctx, optimizer->beta_2, t, dtype);
  g_autoptr (LkTensor) rate = scalar (dtype, optimizer->learning_rate), epsilon = scalar (dtype, optimizer->epsilon);
  g_autoptr (LkTensor) beta_1 = scalar (dtype, optimizer->beta_1), beta_2 = scalar (dtype, optimizer->beta_2);
  return slot != NULL
         && lk_resource_apply_adam (ctx, variable->handle, slot->values[0]->handle, slot->values[1]->handle, power_1,
                                    power_2, rate, beta_1, beta_2, epsilon, gradient, FALSE, FALSE);
}

/* The number of the step that is being made, from 1. */
static LkTensor *
count_step (LkContext *ctx, LkOptimizer *optimizer)
{
  gint64 one = 1;
  g_autoptr (LkTensor) increment = lk_tensor_new_copy (LK_INT64, &LK_SCALAR, &one);
  if (optimizer->iterations == NULL)
    optimizer->iterations = zero_variable (ctx, "iteration:0", LK_INT64, &LK_SCALAR);
  if (optimizer->iterations == NULL || !lk_assign_add_variable (ctx, optimizer->iterations->handle, increment))
    return NULL;
  return lk_variable_read (ctx, optimizer->iterations);
}

gboolean
lk_optimizer_apply (LkContext *ctx, LkOptimizer *optimizer, LkTensor *const *gradients, LkVariable *const *variables,
                    guint n)
{
  g_autoptr (LkTensor) t = NULL;
  gboolean ok = ctx->error == NULL;
  if (ok && optimizer->kind == ADAM)
    ok = (t = count_step (ctx, optimizer)) != NULL;
  for (guint i = 0; ok && i < n; i++)
    if (gradients[i] != NULL)
      ok = optimizer->kind == ADAM ? apply_adam (ctx, optimizer, t, gradients[i], variables[i])
                                   : apply_sgd (ctx, optimizer, gradients[i], variables[i]);
  if (ok)
    lk_training_step (ctx);
  return ok;
}

void
lk_training_step (LkContext *ctx)
{
  LkGraph *graph = ctx->frame->graph;
  if (graph != NULL && lk_graph_n_nodes (graph) > 0)
    lk_graph_node (graph, lk_graph_n_nodes (graph) - 1)->flags |= LK_NODE_STEP;
  else if (graph == NULL && LK_WATCHED)
    lk_emit_step (ctx);
}
