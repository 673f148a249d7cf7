/* SPDX-License-Identifier: MIT */
/* Forward mode against reverse mode on every op's samples: ⟨u, J·v⟩ = ⟨Jᵀ·u, v⟩ for any u and v; eagerly and in graphs. */
#include <math.h>
#include <string.h>
#include "checks.h"
#include "engine/ops/gradient.h"

#define TOLERANCE 1e-10
#define MAX_INPUTS 32

/* Whose gradients are made of ops that have none, as in TensorFlow. */
static const char *const once[] = { "SparseSlice", "SparseAdd", "Dilation2D", NULL };

static guint n_eager, n_traced, n_wrong;

static gboolean
is_real (const LkTensor *tensor)
{
  return tensor != NULL && tensor->dtype == LK_FLOAT64;
}

static double
dot (LkTensor *const *a, LkTensor *const *b, guint n)
{
  double sum = 0;
  for (guint i = 0; i < n; i++)
    for (gint64 k = 0; is_real (a[i]) && is_real (b[i]) && k < a[i]->size; k++)
      sum += lk_tensor_double_at (a[i], k) * lk_tensor_double_at (b[i], k);
  return sum;
}

/* One sample, its directions v by input, and its weights u by output. */
typedef struct
{
  LkContext *ctx;
  const LkSampleCall *call;
  LkTensor *u[MAX_OUTPUTS], *v[MAX_INPUTS];
  const char *name;
} Sample;

/* Jᵀ·u */
static void
reverse (const Sample *s, LkTensor **grads)
{
  const LkSampleCall *call = s->call;
  LkTensor *outputs[MAX_OUTPUTS], *targets[MAX_OUTPUTS], *seeds[MAX_OUTPUTS];
  guint n = 0;
  LkTape *tape = lk_tape_new (s->ctx, FALSE, FALSE);
  lk_tape_start (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    if (s->v[i] != NULL)
      lk_tape_watch (tape, call->inputs[i]);
  checks_run (s->ctx, call, NULL, outputs, s->name);
  for (guint i = 0; i < call->n_outputs; i++)
    if (s->u[i] != NULL)
      {
        targets[n] = outputs[i];
        seeds[n++] = s->u[i];
      }
  lk_tape_gradient (tape, targets, n, seeds, call->inputs, call->n_inputs, LK_UNCONNECTED_NONE, grads);
  lk_tape_free (tape);
  checks_release (outputs, call->n_outputs);
  checks_no_error (s->ctx, s->name);
}

/* J·v, for inputs that are eager or of the entered graph. */
static void
forward (const Sample *s, LkTensor *const *inputs, LkTensor **tangents)
{
  LkTensor *outputs[MAX_OUTPUTS];
  LkForward *accumulator = lk_forward_new (s->ctx);
  for (guint i = 0; i < s->call->n_inputs; i++)
    if (s->v[i] != NULL)
      lk_forward_watch (accumulator, inputs[i], s->v[i]);
  lk_forward_start (accumulator);
  checks_run (s->ctx, s->call, inputs, outputs, s->name);
  lk_forward_stop (accumulator);
  for (guint i = 0; i < s->call->n_outputs; i++)
    tangents[i] = lk_forward_tangent (accumulator, outputs[i]);
  lk_forward_free (accumulator);
  checks_release (outputs, s->call->n_outputs);
}

static void
traced (const Sample *s, LkTensor **tangents)
{
  const LkSampleCall *call = s->call;
  LkTensor *inputs[MAX_INPUTS], *found[MAX_OUTPUTS] = { NULL }, *fetches[MAX_OUTPUTS], *values[MAX_OUTPUTS];
  guint n = 0;
  LkGraph *graph = lk_graph_new ("sample");
  lk_context_enter (s->ctx, graph);
  for (guint i = 0; i < call->n_inputs; i++)
    inputs[i] = lk_const (s->ctx, call->inputs[i], call->inputs[i]->dtype);
  forward (s, inputs, found);
  lk_context_leave (s->ctx);
  for (guint i = 0; i < call->n_outputs; i++)
    if (found[i] != NULL)
      fetches[n++] = found[i];
  lk_graph_run (s->ctx, graph, NULL, NULL, NULL, 0, fetches, n, NULL, 0, values);
  checks_no_error (s->ctx, s->name);
  n = 0;
  for (guint i = 0; i < call->n_outputs; i++)
    tangents[i] = found[i] != NULL ? values[n++] : NULL;
  checks_release (found, call->n_outputs);
  checks_release (inputs, call->n_inputs);
  lk_graph_unref (graph);
}

static void
compare (const Sample *s, LkTensor **tangents, LkTensor *const *outputs, double expected, const char *mode)
{
  for (guint i = 0; i < s->call->n_outputs; i++)
    if (tangents[i] != NULL && !lk_shape_equal (&tangents[i]->shape, &outputs[i]->shape))
      g_error ("%s (%s): the tangent of output %u has another shape than it", s->name, mode, i);
  const double got = dot (tangents, s->u, s->call->n_outputs);
  if (!(fabs (got - expected) <= TOLERANCE * fmax (1, fabs (expected))))
    {
      g_printerr ("%s (%s): <u, Jv> is %.12g, <J'u, v> is %.12g\n", s->name, mode, got, expected);
      n_wrong++;
    }
  checks_release (tangents, s->call->n_outputs);
}

static void
check_sample (LkContext *ctx, const LkSampleCall *call, const char *name)
{
  Sample s = { ctx, call, { NULL }, { NULL }, name };
  LkTensor *outputs[MAX_OUTPUTS], *grads[MAX_INPUTS] = { NULL }, *tangents[MAX_OUTPUTS] = { NULL };
  guint n_in = 0, n_out = 0;
  g_assert_cmpuint (call->n_inputs, <=, MAX_INPUTS);
  if (call->op->block->gradient == NULL || call->op->block->gradient == lk_gradient_missing || checks_is_random (call->op)
      || g_strv_contains (once, call->op->name))
    return;
  checks_run (ctx, call, NULL, outputs, name);
  for (guint i = 0; i < call->n_outputs; i++)
    n_out += (s.u[i] = is_real (outputs[i]) ? checks_weights (outputs[i], 50 + i) : NULL) != NULL;
  for (guint i = 0; i < call->n_inputs; i++)
    n_in += (s.v[i] = is_real (call->inputs[i]) ? checks_weights (call->inputs[i], 90 + i) : NULL) != NULL;
  if (n_in > 0 && n_out > 0)
    {
      reverse (&s, grads);
      const double expected = dot (grads, s.v, call->n_inputs);
      forward (&s, call->inputs, tangents);
      compare (&s, tangents, outputs, expected, "eager");
      n_eager++;
      traced (&s, tangents);
      compare (&s, tangents, outputs, expected, "traced");
      n_traced++;
    }
  checks_release (grads, call->n_inputs);
  checks_release (outputs, call->n_outputs);
  checks_release (s.u, call->n_outputs);
  checks_release (s.v, call->n_inputs);
}

static void
test_forward (void)
{
  checks_each_sample (check_sample);
  g_assert_cmpuint (n_wrong, ==, 0);
  g_assert_cmpuint (n_eager, >, 500);
  g_test_message ("%u samples eagerly and %u in graphs have the same derivative forwards and in reverse", n_eager, n_traced);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/forward", test_forward);
  return g_test_run ();
}
