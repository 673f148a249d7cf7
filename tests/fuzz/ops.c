/* SPDX-License-Identifier: MIT */
/* Calls ops with random arguments, right and wrong ones: fuzz-ops SECONDS [SEED [OP]]. Each call either answers, with what
   the shape rule promised, eagerly and in a graph, and can be differentiated; or it is refused with a class and a message that
   name the op. A crash, a sanitizer's report, a wait, or a rule that was wrong is a bug, and the seed that is printed
   finds it again. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "call.h"

#define LONGEST 20              /* seconds for one call */
#define MOST_MEMORY (3ull << 30)

static guint32 seed;
static char current[4000];
static guint n_calls, n_good, n_bad_memory, n_traced, n_gradients;

/* ---- telling ---- */

static void
say (const char *what)
{
  char line[4200];
  const int n = g_snprintf (line, sizeof line, "\nops: %s\n  %s\n  again: fuzz-ops 0 %u\n", what, current, seed);
  if (write (STDERR_FILENO, line, MIN ((gsize) n, sizeof line)) < 0)
    _exit (2);
}

static void
on_signal (int number)
{
  say (number == SIGALRM ? "no answer" : "crash");
  signal (number, SIG_DFL);
  raise (number);
}

/* Called by the sanitizers, before they report. */
void __asan_on_error (void);
void
__asan_on_error (void)
{
  say ("sanitizer");
}

const char *__asan_default_options (void);
const char *
__asan_default_options (void)
{
  return "allocator_may_return_null=1:max_allocation_size_mb=1024:detect_leaks=0";
}

const char *__ubsan_default_options (void);
const char *
__ubsan_default_options (void)
{
  return "halt_on_error=1:print_stacktrace=1";
}

static void G_GNUC_PRINTF (1, 2)
wrong (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  say (what);
  exit (1);
}

/* ---- checks ---- */

static void
check_error (const FuzzCall *call, const GError *error)
{
  static const int allowed[] = { LK_INVALID_ARGUMENT, LK_RESOURCE_EXHAUSTED, LK_UNIMPLEMENTED, LK_OUT_OF_RANGE,
                                 LK_FAILED_PRECONDITION, LK_NOT_FOUND, LK_DATA_LOSS };
  if (error == NULL)
    wrong ("refused without an error");
  for (guint i = 0; i < G_N_ELEMENTS (allowed); i++)
    if (error->code == allowed[i])
      {
        if (strstr (error->message, "[Op:") == NULL && strstr (error->message, "{{node ") == NULL)
          wrong ("the message names no op: %s", error->message);
        n_bad_memory += error->code == LK_RESOURCE_EXHAUSTED;
        return;
      }
  wrong ("refused with %s: %s", lk_error_class (error->code), error->message);
}

static void
check_output (const LkTensor *output, guint i)
{
  static volatile guint8 sum;
  if (output == NULL)
    wrong ("output %u is missing", i);
  if (!lk_shape_known (&output->shape) || lk_shape_size (&output->shape) != output->size)
    wrong ("output %u has no whole shape", i);
  if (output->dtype == LK_STRING)
    for (gint64 k = 0; k < output->size; k++)
      {
        gsize length;
        const char *text = lk_string_at (output, k, &length);
        for (gsize j = 0; j < length; j++)
          sum += text[j];
      }
  else if (output->dtype != LK_VARIANT)
    for (gsize k = 0; k < lk_tensor_bytes (output); k += 8)
      sum += ((const guint8 *) output->data)[k];
}

/* What is not a number of the bool type is worse than wrong: later kernels trust it. */
static void
check_bools (const LkTensor *output, guint i)
{
  for (gint64 k = 0; output->dtype == LK_BOOL && k < output->size; k++)
    if (((const guint8 *) output->data)[k] > 1)
      wrong ("output %u holds a bool of %u", i, ((const guint8 *) output->data)[k]);
}

static void
release (LkTensor **tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    g_clear_pointer (&tensors[i], lk_tensor_unref);
}

/* ---- the same call in a graph ---- */

static LkTensor *
symbolic_input (LkContext *ctx, LkTensor *input, GRand *rand, gboolean known)
{
  LkShape shape = input->shape;
  const gint32 kind = known ? 0 : g_rand_int_range (rand, 0, 4);
  if (input->dtype == LK_RESOURCE || input->dtype == LK_VARIANT)
    return lk_tensor_ref (input);
  if (kind == 0)
    return lk_const (ctx, input, input->dtype);
  if (kind == 1)
    shape = LK_SHAPE_UNKNOWN;
  for (guint i = 0; kind == 2 && i < shape.rank; i++)
    if (g_rand_boolean (rand))
      shape.dims[i] = LK_DIM_UNKNOWN;
  return lk_placeholder (ctx, NULL, input->dtype, &shape);
}

/* outputs: what came out eagerly, NULL when it was refused. What is known is promised, and must be kept. */
static void
try_traced (LkContext *ctx, const FuzzCall *call, LkTensor *const *outputs, GRand *rand, gboolean known)
{
  LkTensor *inputs[FUZZ_MAX_INPUTS] = { NULL }, *traced[FUZZ_MAX_OUTPUTS] = { NULL };
  LkGraph *graph = lk_graph_new ("fuzzed");
  lk_context_enter (ctx, graph);
  for (guint i = 0; i < call->n_inputs; i++)
    inputs[i] = symbolic_input (ctx, call->inputs[i], rand, known);
  const gboolean good = lk_apply (ctx, call->op, inputs, call->n_inputs, call->attrs, traced, call->n_outputs);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (!good)
    check_error (call, error);
  if (!good && outputs != NULL)
    wrong ("refused in a graph only: %s", error->message);
  for (guint i = 0; good && outputs != NULL && i < call->n_outputs; i++)
    if (traced[i]->dtype != outputs[i]->dtype || !lk_shape_compatible (&traced[i]->shape, &outputs[i]->shape))
      {
        g_autofree char *promised = lk_shape_text (&traced[i]->shape), *kept = lk_shape_text (&outputs[i]->shape);
        wrong ("output %u was promised as %s%s but is %s%s", i, lk_dtype_name (traced[i]->dtype), promised,
               lk_dtype_name (outputs[i]->dtype), kept);
      }
  n_traced += good;
  lk_context_leave (ctx);
  release (inputs, call->n_inputs);
  release (traced, call->n_outputs);
  lk_graph_unref (graph);
}

/* ---- its gradient ---- */

/* Where a gradient is not to be had for these values, and TensorFlow refuses it too: that of singular matrices, of those that
   are not numbers, and of diagonals that lie outside of the matrix they are put into. */
static gboolean
has_no_gradient_here (const GError *error)
{
  static const char *const told[] = { "is not invertible.", "Schur decomposition was not successful.", "diag_index is out of bound: " };
  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    if (strstr (error->message, told[i]) != NULL)
      return TRUE;
  return FALSE;
}

/* A gradient exists or is said not to; its shape is that of what it is taken of. */
static void
try_gradient (LkContext *ctx, const FuzzCall *call)
{
  LkTensor *outputs[FUZZ_MAX_OUTPUTS] = { NULL }, *results[FUZZ_MAX_INPUTS] = { NULL };
  LkTape *tape = lk_tape_new (ctx, FALSE, FALSE);
  lk_tape_start (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    if (lk_dtype_has_gradient (call->inputs[i]->dtype))
      lk_tape_watch (tape, call->inputs[i]);
  const gboolean good = lk_apply (ctx, call->op, call->inputs, call->n_inputs, call->attrs, outputs, call->n_outputs);
  lk_tape_stop (tape);
  LkTensor *targets[FUZZ_MAX_OUTPUTS];
  guint n = 0;
  for (guint i = 0; good && i < call->n_outputs; i++)
    if (lk_dtype_has_gradient (outputs[i]->dtype) && outputs[i]->dtype != LK_VARIANT)
      targets[n++] = outputs[i];
  if (n > 0 && lk_tape_gradient (tape, targets, n, NULL, call->inputs, call->n_inputs, LK_UNCONNECTED_NONE, results))
    for (guint i = 0; i < call->n_inputs; i++)
      if (results[i] != NULL && call->inputs[i]->dtype != LK_VARIANT && !lk_shape_equal (&results[i]->shape, &call->inputs[i]->shape))
        {
          g_autofree char *shape = lk_shape_text (&results[i]->shape);
          wrong ("the gradient of input %u has shape %s", i, shape);
        }
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (error != NULL && error->code != LK_UNIMPLEMENTED && error->code != LK_RESOURCE_EXHAUSTED && error->code != LK_NOT_FOUND
      && !has_no_gradient_here (error))
    wrong ("the gradient fails: %s: %s", lk_error_class (error->code), error->message);
  n_gradients += error == NULL && n > 0;
  release (results, call->n_inputs);
  release (outputs, call->n_outputs);
  lk_tape_free (tape);
}

/* ---- one call ---- */

static gboolean
has_state (const FuzzCall *call)
{
  return call->op->flags & LK_OP_STATEFUL || call->variables->len > 0;
}

static void
try_one (const LkOp *op, GRand *rand)
{
  LkTensor *outputs[FUZZ_MAX_OUTPUTS] = { NULL };
  LkContext *ctx = lk_context_new ();
  g_strlcpy (current, op->name, sizeof current);
  FuzzCall *call = fuzz_call_new (ctx, op, rand);
  g_autofree char *text = fuzz_call_text (call);
  g_strlcpy (current, text, sizeof current);
  alarm (LONGEST);
  lk_context_set_seed (ctx, 1);
  const gboolean good = lk_apply (ctx, op, call->inputs, call->n_inputs, call->attrs, outputs, call->n_outputs);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  if (good && error != NULL)
    wrong ("answered, and refused: %s", error->message);
  if (!good)
    check_error (call, error);
  for (guint i = 0; good && i < call->n_outputs; i++)
    {
      check_output (outputs[i], i);
      check_bools (outputs[i], i);
    }
  try_traced (ctx, call, good ? outputs : NULL, rand, TRUE);
  try_traced (ctx, call, good ? outputs : NULL, rand, FALSE);
  if (good && !has_state (call))
    try_gradient (ctx, call);
  alarm (0);
  n_calls++;
  n_good += good;
  release (outputs, call->n_outputs);
  fuzz_call_free (call);
  lk_context_free (ctx);
}

static const LkOp *
draw_op (const char *name, GRand *rand)
{
  const LkOp *op = name != NULL ? lk_op_find (name) : NULL;
  if (name != NULL && op == NULL)
    g_error ("there is no op '%s'", name);
  while (op == NULL || (name == NULL && !fuzz_op_is_called (op)))
    op = lk_op_at ((guint) g_rand_int_range (rand, 0, (gint32) lk_op_count ()));
  return op;
}

static void
prepare (void)
{
  static const int signals[] = { SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGTRAP, SIGALRM };
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    signal (signals[i], on_signal);
#ifndef __SANITIZE_ADDRESS__
  setrlimit (RLIMIT_AS, &(struct rlimit) { MOST_MEMORY, MOST_MEMORY });
#endif
}

int
main (int argc, char **argv)
{
  const double seconds = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 10;
  seed = argc > 2 ? (guint32) strtoul (argv[2], NULL, 10) : (guint32) g_get_real_time ();
  const gint64 end = g_get_monotonic_time () + (gint64) (seconds * 1e6);
  printf ("ops: seeds from %u on\n", seed);
  fflush (stdout);
  prepare ();
  for (; n_calls == 0 || g_get_monotonic_time () < end; seed++)
    {
      GRand *rand = g_rand_new_with_seed (seed);
      try_one (draw_op (argc > 3 ? argv[3] : NULL, rand), rand);
      g_rand_free (rand);
    }
  printf ("ops: %u calls, %u answered, %u too large; %u traced, %u differentiated\n", n_calls, n_good, n_bad_memory, n_traced,
          n_gradients);
  return 0;
}
