/* SPDX-License-Identifier: MIT */
/* Every op's gradient, and the gradient of that, against central differences on the op's own samples. */
#include <math.h>
#include <string.h>

#include "checks.h"
#include "engine/ops/gradient.h"

#define STEP 1e-5
#define TOLERANCE 2e-6
#define MAX_INPUTS 8

/* Floating in, floating out, and yet without a gradient. */
static const struct { const char *name, *reason; } flat[] = {
  { "Floor", "flat wherever it has a slope" },
  { "Ceil", "flat wherever it has a slope" },
  { "Round", "flat wherever it has a slope" },
  { "FloorDiv", "flat wherever it has a slope" },
  { "Rint", "flat wherever it has a slope" },
  { "TruncateDiv", "flat wherever it has a slope" },
  { "Bincount", "as in TensorFlow" },
  { "DenseBincount", "as in TensorFlow" }, { "SparseBincount", "as in TensorFlow" }, { "RaggedBincount", "as in TensorFlow" },
  { "Unique", "as in TensorFlow" },
  { "UniqueWithCounts", "as in TensorFlow" },
  { "UniqueV2", "as in TensorFlow" },
  { "UniqueWithCountsV2", "as in TensorFlow" },
  { "ListDiff", "as in TensorFlow" },
  { "LinSpace", "as in TensorFlow" },
  { "Where", "its results are places" },
  { "LowerBound", "its results are places" },
  { "UpperBound", "its results are places" },
  { "RandomGammaGrad", "as in TensorFlow" },
  { "CTCGreedyDecoder", "its scores are those of a choice" },
  { "CTCBeamSearchDecoder", "its scores are those of a choice" },
  { "Mod", "as in TensorFlow" },
  { "TruncateMod", "as in TensorFlow" },
  { "IgammaGradA", "as in TensorFlow" },
  { "Dilation2DBackpropInput", "as in TensorFlow" },
  { "Dilation2DBackpropFilter", "as in TensorFlow" },
  { "Eig", "of which only the values are there" },
  { "MatrixLogarithm", "as in TensorFlow" },
  { "StopGradient", "that is what it is for" },
  { "ZerosLike", "depends on the shape alone" },
  { "OnesLike", "depends on the shape alone" },
  { "OneHot", "as in TensorFlow" },
  { "Range", "as in TensorFlow" },
  { "RandomShuffle", "as in TensorFlow" },
  { "RandomPoissonV2", "random" },
  { "StatelessRandomPoisson", "random" },
  { "StatelessRandomBinomial", "random" },
  { "RandomUniform", "random" },
  { "RandomStandardNormal", "random" },
  { "TruncatedNormal", "random" },
};

/* Stairs that give the gradient of the line they follow: differences tell nothing, values of the gradient ops and of programs do. */
static const char *const straight[] = {
  "FakeQuantWithMinMaxArgs", "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel", "QuantizeAndDequantizeV4", NULL,
};

/* Inputs by which there is no gradient, as in TensorFlow, although the result moves with them. */
static const struct { const char *name; guint input; } unmoved[] = {
  { "Polygamma", 0 }, { "Zeta", 0 }, { "MatrixSolveLs", 2 }, { "Betainc", 0 }, { "Betainc", 1 },
  { "PadV2", 2 }, { "MatrixDiagV3", 4 }, { "MatrixDiagPartV3", 2 },
  { "ScaleAndTranslate", 2 }, { "ScaleAndTranslate", 3 }, { "ScaleAndTranslateGrad", 2 }, { "ScaleAndTranslateGrad", 3 },
};

/* A gradient by input 0 that has none itself, as in TensorFlow: nothing of second order by way of it. */
static const char *const first_only[] = { "Igamma", "Igammac", NULL };

/* These take a matrix to be symmetric: what is moved is moved on both sides of the diagonal. */
static const char *const symmetric[] = { "Cholesky", NULL };

/* Gradients that leave complex numbers unconjugated, as TensorFlow's do. */
static const char *const unconjugated[] = { "Cumprod", NULL };

/* They give float32 whatever they get: checked in that, on few digits. */
static const char *const single[] = {
  "ResizeBilinear", "ResizeBilinearGrad", "ResizeBicubic", "ResizeBicubicGrad", "ScaleAndTranslate", "ScaleAndTranslateGrad",
  "CropAndResize", "CTCLossV2", NULL,
};

/* What they give besides the result has no gradient, and theirs has none either, as in TensorFlow. */
static const char *const first_output_only[] = { "CTCLoss", "CTCLossV2", NULL };

/* The gradient of second order is an error, or that of crops, which have none. */
static const char *const without_second[] = { "CTCLoss", "CTCLossV2", "CropAndResize", NULL };

/* Gradients that are not the slope of this very sample. */
static const char *const implicit[] = { "RandomGamma", "StatelessRandomGammaV2", "StatelessRandomGammaV3", NULL };

static gboolean in_single;
static guint n_first, n_second;
static GHashTable *checked;    /* of LkOp */

static gboolean
is_flat (const LkOp *op)
{
  for (guint i = 0; i < G_N_ELEMENTS (flat); i++)
    if (strcmp (flat[i].name, op->name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_unmoved (const LkOp *op, guint input)
{
  for (guint i = 0; i < G_N_ELEMENTS (unmoved); i++)
    if (unmoved[i].input == input && strcmp (unmoved[i].name, op->name) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_real (const LkTensor *tensor)
{
  return tensor != NULL && (tensor->dtype == LK_FLOAT64 || tensor->dtype == LK_COMPLEX128 || (in_single && tensor->dtype == LK_FLOAT32));
}

/* A complex number counts as two real ones: the parts of its gradient are the slopes by its parts. */
static gint64
n_parts (const LkTensor *tensor)
{
  return tensor->size * (tensor->dtype == LK_COMPLEX128 ? 2 : 1);
}

static double
part_at (const LkTensor *tensor, gint64 k)
{
  return tensor->dtype == LK_FLOAT32 ? ((const float *) tensor->data)[k] : ((const double *) tensor->data)[k];
}

/* d (Σ weights · outputs) / d inputs, for the inputs that are float64; NULL where there is none. weights: by
   output. */
static void
first_gradients (LkContext *ctx, const LkSampleCall *call, LkTensor *const *inputs, LkTensor *const *weights,
                 LkTensor **grads,
                 const char *name)
{
  LkTensor *outputs[MAX_OUTPUTS], *targets[MAX_OUTPUTS], *seeds[MAX_OUTPUTS];
  guint n = 0;
  LkTape *tape = lk_tape_new (ctx, FALSE, FALSE);
  lk_tape_start (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    if (is_real (inputs[i]))
      lk_tape_watch (tape, inputs[i]);
  checks_run (ctx, call, inputs, outputs, name);
  lk_tape_stop (tape);
  for (guint i = 0; i < call->n_outputs; i++)
    if (is_real (outputs[i]) && weights[i] != NULL)
      {
        targets[n] = outputs[i];
        seeds[n++] = weights[i];
      }
  lk_tape_gradient (tape, targets, n, seeds, inputs, call->n_inputs, LK_UNCONNECTED_NONE, grads);
  checks_no_error (ctx, name);
  lk_tape_free (tape);
  checks_release (outputs, call->n_outputs);
}

static double
weighted (LkTensor *const *tensors, LkTensor *const *weights, guint n)
{
  double sum = 0;
  for (guint i = 0; i < n; i++)
    for (gint64 k = 0; is_real (tensors[i]) && weights[i] != NULL && k < n_parts (tensors[i]); k++)
      sum += part_at (tensors[i], k) * part_at (weights[i], k);
  return sum;
}

/* What is differenced: of the op itself Σ weights · outputs; of its gradient, Σ seconds · gradients. */
typedef struct
{
  LkContext *ctx;
  const LkSampleCall *call;
  const char *name;
  LkTensor **weights, **seconds;    /* seconds NULL: of the op itself */
} Function;

static double
value_of (const Function *f, LkTensor *const *inputs)
{
  LkTensor *results[MAX_OUTPUTS + MAX_INPUTS] = { NULL };
  const guint n = f->seconds != NULL ? f->call->n_inputs : f->call->n_outputs;
  if (f->seconds != NULL)
    first_gradients (f->ctx, f->call, inputs, f->weights, results, f->name);
  else
    checks_run (f->ctx, f->call, inputs, results, f->name);
  const double value = weighted (results, f->seconds != NULL ? f->seconds : f->weights, n);
  checks_release (results, n);
  return value;
}

/* The element on the other side of the diagonal, or the element itself. */
static gint64
mirrored (const LkSampleCall *call, guint input, gint64 element)
{
  const LkShape *shape = &call->inputs[input]->shape;
  if (!g_strv_contains (symmetric, call->op->name))
    return element;
  const gint64 n = shape->dims[shape->rank - 1], inside = element % (n * n);
  return element - inside + inside % n * n + inside / n;
}

/* float32 has few digits, so its steps are wide; and a power of 2, which it holds exactly. */
static double
step (void)
{
  return in_single ? 0x1p-6 : STEP;
}

static double
difference (const Function *f, guint input, gint64 element)
{
  const gint64 mirror = mirrored (f->call, input, element);
  double values[2];
  for (int side = 0; side < 2; side++)
    {
      LkTensor *inputs[MAX_INPUTS];
      memcpy (inputs, f->call->inputs, f->call->n_inputs * sizeof *inputs);
      g_autoptr (LkTensor) half = checks_moved (inputs[input], element, (side == 0 ? -step () : step ()) / 2);
      inputs[input] = checks_moved (half, mirror, (side == 0 ? -step () : step ()) / 2);
      values[side] = value_of (f, inputs);
      lk_tensor_unref (inputs[input]);
    }
  return (values[1] - values[0]) / (2 * step ());
}

/* Compares grads with differences of f, element by element. */
static void
compare (const Function *f, LkTensor *const *grads, const char *order)
{
  for (guint i = 0; i < f->call->n_inputs; i++)
    for (gint64 k = 0; is_real (f->call->inputs[i]) && k < n_parts (f->call->inputs[i]); k++)
      {
        if (is_unmoved (f->call->op, i) || (f->seconds != NULL && g_strv_contains (first_only, f->call->op->name)))
          continue;
        const double expected = difference (f, i, k);
        const gint64 mirror = mirrored (f->call, i, k);
        const double got = grads[i] != NULL ? (part_at (grads[i], k)
                                               + part_at (grads[i], mirror)) / 2 : 0;
        if (!(fabs (got - expected) <= (in_single ? 2e-3 : TOLERANCE) * fmax (1, fabs (expected))))
          g_error ("%s: %s order, input %u, element %" G_GINT64_FORMAT ": %.9g instead of %.9g", f->name,
                   order, i, k, got, expected);
      }
}

static void
check_shapes (const LkSampleCall *call, LkTensor *const *grads, const char *name)
{
  for (guint i = 0; i < call->n_inputs; i++)
    if (grads[i] != NULL
        && (!lk_shape_equal (&grads[i]->shape, &call->inputs[i]->shape)
            || grads[i]->dtype != call->inputs[i]->dtype))
      {
        g_autofree char *got = lk_shape_text (&grads[i]->shape),
        *expected = lk_shape_text (&call->inputs[i]->shape);
        g_error ("%s: the gradient of input %u has shape %s instead of %s", name, i, got, expected);
      }
}

/* d (Σ seconds · gradients) / d inputs, by a tape around the tape. */
static void
second_gradients (Function *f, LkTensor **seconds, LkTensor **grads)
{
  LkTensor *first[MAX_INPUTS], *targets[MAX_INPUTS], *seeds[MAX_INPUTS];
  guint n = 0;
  const LkSampleCall *call = f->call;
  LkTape *tape = lk_tape_new (f->ctx, FALSE, FALSE);
  lk_tape_start (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    if (is_real (call->inputs[i]))
      lk_tape_watch (tape, call->inputs[i]);
  first_gradients (f->ctx, call, call->inputs, f->weights, first, f->name);
  lk_tape_stop (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    if (first[i] != NULL && seconds[i] != NULL)
      {
        targets[n] = first[i];
        seeds[n++] = seconds[i];
      }
  memset (grads, 0, call->n_inputs * sizeof *grads);
  if (n > 0)
    lk_tape_gradient (tape, targets, n, seeds, call->inputs, call->n_inputs, LK_UNCONNECTED_NONE, grads);
  checks_no_error (f->ctx, f->name);
  lk_tape_free (tape);
  checks_release (first, call->n_inputs);
}

static gboolean
is_differentiable (const LkSampleCall *call, LkTensor *const *outputs)
{
  gboolean in = FALSE, out = FALSE;
  for (guint i = 0; i < call->n_inputs; i++)
    in |= is_real (call->inputs[i]);
  for (guint i = 0; i < call->n_outputs; i++)
    out |= is_real (outputs[i]);
  return in && out;
}

static void
check_sample (LkContext *ctx, const LkSampleCall *call, const char *name)
{
  LkTensor *outputs[MAX_OUTPUTS], *weights[MAX_OUTPUTS] = { NULL }, *seconds[MAX_INPUTS] = { NULL },
  *grads[MAX_INPUTS];
  Function f = { ctx, call, name, weights, NULL };
  in_single = g_strv_contains (single, call->op->name);
  g_assert_cmpuint (call->n_inputs, <=, MAX_INPUTS);
  if (g_strv_contains (implicit, call->op->name))
    return;
  if (is_flat (call->op))
    {
      g_assert_true (call->op->block->gradient == NULL || call->op->block->gradient == lk_gradient_missing);
      return;
    }
  checks_run (ctx, call, NULL, outputs, name);
  if (!is_differentiable (call, outputs)
      || (call->inputs[0]->dtype == LK_COMPLEX128 && g_strv_contains (unconjugated, call->op->name)))
    {
      checks_release (outputs, call->n_outputs);
      return;
    }
  if (call->op->block->gradient == NULL)
    g_error ("%s has no gradient, and is not in the list of ops that need none", call->op->name);
  for (guint i = 0; i < call->n_outputs; i++)
    weights[i] = i > 0 && g_strv_contains (first_output_only, call->op->name) ? NULL : checks_weights (outputs[i], 50 + i);
  for (guint i = 0; i < call->n_inputs; i++)
    seconds[i] = is_real (call->inputs[i]) ? checks_weights (call->inputs[i], 90 + i) : NULL;

  first_gradients (ctx, call, call->inputs, weights, grads, name);
  check_shapes (call, grads, name);
  compare (&f, grads, "first");
  n_first++;
  checks_release (grads, call->n_inputs);

  if (!g_strv_contains (without_second, call->op->name))
    {
      second_gradients (&f, seconds, grads);
      check_shapes (call, grads, name);
      f.seconds = seconds;
      compare (&f, grads, "second");
      n_second++;
      checks_release (grads, call->n_inputs);
    }

  g_hash_table_add (checked, (gpointer) call->op);
  checks_release (outputs, call->n_outputs);
  checks_release (weights, call->n_outputs);
  checks_release (seconds, call->n_inputs);
}

static void
test_gradients (void)
{
  checked = g_hash_table_new (NULL, NULL);
  checks_each_sample (check_sample);
  for (guint i = 0; i < lk_op_count (); i++)
    {
      const LkOp *op = lk_op_at (i);
      if (checks_is_written (op) && op->block->gradient != NULL && op->block->gradient != lk_gradient_missing
          && !g_hash_table_contains (checked, op) && !g_strv_contains (straight, op->name)
          && !g_strv_contains (implicit, op->name) && strcmp (op->name, "PreventGradient") != 0)
        g_error ("%s has a gradient, but no sample of float64 that checks it", op->name);
    }
  g_test_message ("%u ops, %u samples: %u gradients of first order and %u of second agree with central "
                  "differences", g_hash_table_size (checked), n_first,
                  n_first, n_second);
  g_hash_table_unref (checked);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/gradients", test_gradients);
  return g_test_run ();
}
