/* SPDX-License-Identifier: MIT */
/* Shape rules before anything is known, and gradients in graphs: each sample is traced with its shapes known,
   with unknown dimensions, with unknown ranks, and with all its values unknown; what the rule says then must
   be true of what comes out when the graph runs, and values and gradients must be those of eager calls. */
#include <string.h>

#include "checks.h"
#include "engine/ops/gradient.h"

#define MAX_INPUTS 8

typedef enum { SHAPES_KNOWN, DIMENSIONS_UNKNOWN, RANKS_UNKNOWN, VALUES_UNKNOWN, N_MODES } Mode;
static const char *const mode_names[] = { "shapes known", "dimensions unknown", "ranks unknown",
                                          "values unknown" };

static guint n_traced, n_gradients, n_unsupported;

static LkShape
shape_in_mode (const LkShape *shape, Mode mode)
{
  LkShape result = *shape;
  if (mode == RANKS_UNKNOWN)
    result.rank = LK_RANK_UNKNOWN;
  for (guint i = 0; mode == DIMENSIONS_UNKNOWN && i < shape->rank; i++)
    result.dims[i] = LK_DIM_UNKNOWN;
  return result;
}

/* Numbers that shapes may depend on stay constants, but in VALUES_UNKNOWN: integers, and all of Range's. */
static gboolean
is_placeholder (const LkOp *op, const LkTensor *tensor, Mode mode)
{
  if (mode == VALUES_UNKNOWN || op->index == LK_OP_RANGE)
    return mode == VALUES_UNKNOWN;
  return tensor->dtype == LK_FLOAT64 || tensor->dtype == LK_FLOAT32 || tensor->dtype == LK_BOOL;
}

typedef struct
{
  LkGraph *graph;
  guint n_feeds;
  LkTensor *inputs[MAX_INPUTS], *outputs[MAX_OUTPUTS];
  LkTensor *feed_to[MAX_INPUTS], *feeds[MAX_INPUTS];
} Traced;

static void
trace (LkContext *ctx, const LkSampleCall *call, Mode mode, Traced *t)
{
  memset (t, 0, sizeof *t);
  t->graph = lk_graph_new ("sample");
  lk_context_enter (ctx, t->graph);
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const LkShape shape = shape_in_mode (&call->inputs[i]->shape, mode);
      if (!is_placeholder (call->op, call->inputs[i], mode))
        {
          t->inputs[i] = lk_const (ctx, call->inputs[i], call->inputs[i]->dtype);
          continue;
        }
      t->inputs[i] = lk_placeholder (ctx, NULL, call->inputs[i]->dtype, &shape);
      t->feed_to[t->n_feeds] = t->inputs[i];
      t->feeds[t->n_feeds++] = call->inputs[i];
    }
  lk_sample_call_apply (call, ctx, t->inputs, t->outputs);
}

static void
traced_clear (Traced *t, const LkSampleCall *call)
{
  checks_release (t->inputs, call->n_inputs);
  checks_release (t->outputs, call->n_outputs);
  lk_graph_unref (t->graph);
}

static void
run (LkContext *ctx, Traced *t, LkTensor **fetches, guint n, LkTensor **results, const char *name)
{
  lk_graph_run (ctx, t->graph, NULL, t->feed_to, t->feeds, t->n_feeds, fetches, n, NULL, 0, results);
  checks_no_error (ctx, name);
}

static void
check_values (LkContext *ctx, const LkSampleCall *call, Traced *t, LkTensor *const *expected, Mode mode,
              const char *name)
{
  LkTensor *results[MAX_OUTPUTS] = { NULL };
  run (ctx, t, t->outputs, call->n_outputs, results, name);
  for (guint i = 0; i < call->n_outputs; i++)
    {
      g_autofree char *said = lk_shape_text (&t->outputs[i]->shape),
      *is = lk_shape_text (&expected[i]->shape);
      if (!lk_shape_compatible (&t->outputs[i]->shape, &expected[i]->shape))
        g_error ("%s (%s): output %u is said to be %s, but is %s", name, mode_names[mode], i, said, is);
      if (mode == SHAPES_KNOWN && !(call->op->flags & LK_OP_ALLOCATES)
          && !lk_shape_known (&t->outputs[i]->shape))
        g_error ("%s (%s): output %u is said to be %s, although all is known: it is %s", name,
                 mode_names[mode], i, said, is);
      if (!checks_is_random (call->op) && !checks_same (results[i], expected[i], 0))
        g_error ("%s (%s): output %u is not what an eager call gives", name, mode_names[mode], i);
    }
  checks_release (results, call->n_outputs);
}

/* The eager gradients of Σ weights · outputs. */
static void
eager_gradients (LkContext *ctx, const LkSampleCall *call, LkTensor *const *weights, LkTensor **grads)
{
  LkTensor *outputs[MAX_OUTPUTS], *targets[MAX_OUTPUTS], *seeds[MAX_OUTPUTS];
  guint n = 0;
  LkTape *tape = lk_tape_new (ctx, FALSE, FALSE);
  lk_tape_start (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    lk_tape_watch (tape, call->inputs[i]);
  lk_sample_call_apply (call, ctx, NULL, outputs);
  lk_tape_stop (tape);
  for (guint i = 0; i < call->n_outputs; i++)
    if (weights[i] != NULL)
      {
        targets[n] = outputs[i];
        seeds[n++] = weights[i];
      }
  lk_tape_gradient (tape, targets, n, seeds, call->inputs, call->n_inputs, LK_UNCONNECTED_NONE, grads);
  lk_tape_free (tape);
  checks_release (outputs, call->n_outputs);
}

/* The float64 inputs' gradients, in the graph that is entered. FALSE when the op says that too little is
   known. */
static gboolean
graph_gradients (LkContext *ctx, const LkSampleCall *call, Traced *t, LkTensor *const *weights,
                 LkTensor **grads, const char *name)
{
  LkTensor *targets[MAX_OUTPUTS], *seeds[MAX_OUTPUTS];
  guint n = 0;
  for (guint i = 0; i < call->n_outputs; i++)
    if (weights[i] != NULL)
      {
        targets[n] = t->outputs[i];
        seeds[n++] = lk_const (ctx, weights[i], LK_FLOAT64);
      }
  lk_graph_gradients (ctx, targets, n, seeds, t->inputs, call->n_inputs, NULL, 0, grads);
  checks_release (seeds, n);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (error != NULL && error->code != LK_UNIMPLEMENTED)
    g_error ("%s: %s", name, error->message);
  return error == NULL;
}

static void
compare_gradients (LkContext *ctx, const LkSampleCall *call, Traced *t, LkTensor **grads,
                   LkTensor **expected, Mode mode,
                   const char *name)
{
  for (guint i = 0; i < call->n_inputs; i++)
    {
      LkTensor *result = NULL;
      if (call->inputs[i]->dtype != LK_FLOAT64)
        continue;
      if ((grads[i] == NULL) != (expected[i] == NULL))
        g_error ("%s (%s): input %u has a gradient in only one of graph and eager calls", name,
                 mode_names[mode], i);
      if (grads[i] == NULL)
        continue;
      run (ctx, t, &grads[i], 1, &result, name);
      if (!checks_is_random (call->op) && !checks_same (result, expected[i], 1e-14))
        g_error ("%s (%s): the gradient of input %u is not what an eager call gives", name, mode_names[mode],
                 i);
      n_gradients++;
      lk_tensor_unref (result);
    }
}

static void
check_gradients (LkContext *ctx, const LkSampleCall *call, Traced *t, LkTensor *const *outputs, Mode mode,
                 const char *name)
{
  LkTensor *weights[MAX_OUTPUTS] = { NULL }, *expected[MAX_INPUTS] = { NULL }, *grads[MAX_INPUTS] = { NULL };
  guint n = 0;
  for (guint i = 0; i < call->n_outputs; i++)
    if (outputs[i]->dtype == LK_FLOAT64)
      {
        weights[i] = checks_weights (outputs[i], 30 + i);
        n++;
      }
  if (n > 0 && graph_gradients (ctx, call, t, weights, grads, name))
    {
      lk_context_leave (ctx);
      eager_gradients (ctx, call, weights, expected);
      checks_no_error (ctx, name);
      compare_gradients (ctx, call, t, grads, expected, mode, name);
      lk_context_enter (ctx, t->graph);
    }
  else if (n > 0)
    {
      g_test_message ("%s (%s): no gradient", name, mode_names[mode]);
      n_unsupported++;
    }
  checks_release (weights, call->n_outputs);
  checks_release (expected, call->n_inputs);
  checks_release (grads, call->n_inputs);
}

static void
check_sample (LkContext *ctx, const LkSampleCall *call, const char *name)
{
  LkTensor *expected[MAX_OUTPUTS];
  checks_run (ctx, call, NULL, expected, name);
  for (Mode mode = 0; mode < N_MODES; mode++)
    {
      Traced t;
      trace (ctx, call, mode, &t);
      checks_no_error (ctx, name);
      if (call->op->block->gradient != NULL && call->op->block->gradient != lk_gradient_missing)
        check_gradients (ctx, call, &t, expected, mode, name);
      lk_context_leave (ctx);
      if (call->n_outputs > 0)
        check_values (ctx, call, &t, expected, mode, name);
      traced_clear (&t, call);
      n_traced++;
    }
  checks_release (expected, call->n_outputs);
}

static void
test_graphs (void)
{
  checks_each_sample (check_sample);
  g_test_message ("%u traces, %u gradients in graphs; %u traces where too little is known for one", n_traced,
                  n_gradients,
                  n_unsupported);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/graphs", test_graphs);
  return g_test_run ();
}
