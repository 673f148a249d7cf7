/* SPDX-License-Identifier: MIT */
/* A whole small training: eagerly, and as a function with a known and with an unknown batch size. The weights must come
   out the same, bit for bit, and the loss must fall. */
#include "check.h"

enum { BATCH = 16, IN = 6, HIDDEN = 8, CLASSES = 3, STEPS = 80, N_WEIGHTS = 4 };

typedef struct
{
  LkVariable *weights[N_WEIGHTS];
  LkOptimizer *optimizer;
} Model;

static LkVariable *
weight (const char *name, const LkShape *shape, guint *seed)
{
  g_autoptr (LkTensor) value = lk_tensor_new (LK_FLOAT32, shape);
  for (gint64 i = 0; i < value->size; i++)
    {
      *seed = *seed * 1103515245 + 12345;
      ((float *) value->data)[i] = ((*seed >> 16) % 1000) / 1000.0f - 0.5f;
    }
  return lk_variable_new (CTX, name, LK_FLOAT32, shape, value, TRUE);
}

static Model
model_new (gboolean adam)
{
  guint seed = 1;
  return (Model) {
    { weight ("hidden/kernel:0", SHAPE_AT (IN, HIDDEN), &seed), weight ("hidden/bias:0", SHAPE_AT (HIDDEN), &seed),
      weight ("out/kernel:0", SHAPE_AT (HIDDEN, CLASSES), &seed), weight ("out/bias:0", SHAPE_AT (CLASSES), &seed) },
    adam ? lk_adam_new (0.03, 0.9, 0.999, 1e-7) : lk_sgd_new (0.3, 0.5, TRUE)
  };
}

static void
model_clear (Model *model)
{
  for (guint i = 0; i < N_WEIGHTS; i++)
    lk_variable_unref (model->weights[i]);
  lk_optimizer_free (model->optimizer);
}

static LkTensor *
dense (LkTensor *x, LkVariable *kernel, LkVariable *bias)
{
  g_autoptr (LkTensor) w = lk_variable_read (CTX, kernel), b = lk_variable_read (CTX, bias);
  g_autoptr (LkTensor) product = lk_mat_mul (CTX, x, w, FALSE, FALSE);
  return lk_bias_add (CTX, product, b, "NHWC");
}

static LkTensor *
loss_of (Model *model, LkTensor *x, LkTensor *labels)
{
  g_autoptr (LkTensor) first = dense (x, model->weights[0], model->weights[1]), active = lk_relu (CTX, first);
  g_autoptr (LkTensor) logits = dense (active, model->weights[2], model->weights[3]), axes = INTS (SHAPE (1), 0);
  LkTensor *outputs[2], *loss;
  if (!lk_sparse_softmax_cross_entropy_with_logits (CTX, logits, labels, outputs))
    return NULL;
  loss = lk_mean (CTX, outputs[0], axes, FALSE);
  lk_tensor_unref (outputs[0]);
  lk_tensor_unref (outputs[1]);
  return loss;
}

static LkTensor *
train_step (Model *model, LkTensor *x, LkTensor *labels)
{
  LkTape *tape = lk_tape_new (CTX, FALSE, TRUE);
  LkTensor *handles[N_WEIGHTS], *gradients[N_WEIGHTS], *loss;
  lk_tape_start (tape);
  loss = loss_of (model, x, labels);
  check_no_error ();
  for (guint i = 0; i < N_WEIGHTS; i++)
    handles[i] = model->weights[i]->handle;
  lk_tape_gradient (tape, &loss, 1, NULL, handles, N_WEIGHTS, LK_UNCONNECTED_NONE, gradients);
  lk_tape_free (tape);
  lk_optimizer_apply (CTX, model->optimizer, gradients, model->weights, N_WEIGHTS);
  check_no_error ();
  for (guint i = 0; i < N_WEIGHTS; i++)
    lk_tensor_unref (gradients[i]);
  return loss;
}

static LkFunction *
trace_step (Model *model, gint64 batch)
{
  LkGraph *graph = lk_graph_new ("step");
  lk_graph_order_effects (graph);
  lk_context_enter (CTX, graph);
  LkTensor *inputs[] = { lk_placeholder (CTX, "x", LK_FLOAT32, SHAPE_AT (batch, IN)),
                         lk_placeholder (CTX, "labels", LK_INT64, SHAPE_AT (batch)) };
  LkTensor *loss = train_step (model, inputs[0], inputs[1]);
  LkFunction *function = lk_function_new (CTX, "step", graph, inputs, 2, &loss, 1);
  lk_context_leave (CTX);
  check_no_error ();
  lk_tensor_unref (inputs[0]);
  lk_tensor_unref (inputs[1]);
  lk_tensor_unref (loss);
  lk_graph_unref (graph);
  return function;
}

/* Trains; losses gets the first and the last. */
static void
train (Model *model, LkFunction *step, LkTensor *x, LkTensor *labels, double *losses)
{
  for (guint i = 0; i < STEPS; i++)
    {
      LkTensor *inputs[] = { x, labels }, *loss = NULL;
      if (step != NULL)
        g_assert_true (lk_function_call (CTX, step, inputs, &loss));
      else
        loss = train_step (model, x, labels);
      check_no_error ();
      losses[i > 0] = lk_tensor_double_at (loss, 0);
      lk_tensor_unref (loss);
    }
}

/* Printed, so that runs can be compared: see watched.c. */
static char *
checksum (const LkTensor *tensor)
{
  return g_compute_checksum_for_data (G_CHECKSUM_MD5, tensor->data, lk_tensor_bytes (tensor));
}

static void
test_train (gconstpointer adam)
{
  LkTensor *x = lk_tensor_new (LK_FLOAT32, SHAPE_AT (BATCH, IN)), *labels = lk_tensor_new (LK_INT64, SHAPE_AT (BATCH));
  const gint64 batches[] = { 0, BATCH, -1 };      /* 0: eagerly */
  LkTensor *expected[N_WEIGHTS];
  for (guint i = 0; i < BATCH * IN; i++)
    ((float *) x->data)[i] = sinf (i * 1.7f);
  for (guint i = 0; i < BATCH; i++)
    ((gint64 *) labels->data)[i] = i * 7 % CLASSES;
  for (guint way = 0; way < G_N_ELEMENTS (batches); way++)
    {
      Model model = model_new (GPOINTER_TO_INT (adam));
      LkFunction *step = way > 0 ? trace_step (&model, batches[way]) : NULL;
      double losses[2];
      train (&model, step, x, labels, losses);
      g_assert_cmpfloat (losses[1], <, 0.7 * losses[0]);
      for (guint i = 0; i < N_WEIGHTS; i++)
        if (way == 0)
          {
            g_autofree char *sum = checksum (model.weights[i]->value);
            g_print ("# %s %s\n", model.weights[i]->name, sum);
            expected[i] = lk_tensor_new_copy (LK_FLOAT32, &model.weights[i]->value->shape, model.weights[i]->value->data);
          }
        else
          check_equal (model.weights[i]->value, expected[i]);
      lk_function_unref (step);
      model_clear (&model);
    }
  for (guint i = 0; i < N_WEIGHTS; i++)
    lk_tensor_unref (expected[i]);
  lk_tensor_unref (x);
  lk_tensor_unref (labels);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/engine/train/sgd", GINT_TO_POINTER (FALSE), test_train);
  g_test_add_data_func ("/engine/train/adam", GINT_TO_POINTER (TRUE), test_train);
  return g_test_run ();
}
