/* SPDX-License-Identifier: MIT */
/* Numbers of distributions with parameters: gamma, Poisson, binomial, and classes by their logits. Each number begins at
   counters of its own: those of one parameter's numbers first, then those of the next, however they are laid out. */
#include <math.h>

#include "engine/ops/broadcast.h"
#include "engine/ops/gradient.h"
#include "engine/ops/random.h"
#include "engine/ops/sampler.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* What has no place among integers is the nearest; NaN is 0. */
static void
set_number (LkTensor *out, gint64 i, double value)
{
  if (lk_dtype_is_integer (out->dtype))
    lk_tensor_set_int (out, i, isnan (value) ? 0 : value >= 0x1p63 ? G_MAXINT64 : value < -0x1p63 ? G_MININT64
                                                                                : (gint64) value);
  else
    lk_tensor_set_double (out, i, value);
}

/* ---- shape rules ---- */

static gboolean
ends_with (const LkShape *shape, const LkShape *end)
{
  if (shape->rank == LK_RANK_UNKNOWN || end->rank == LK_RANK_UNKNOWN)
    return TRUE;
  for (guint i = 0; i < end->rank; i++)
    {
      gint64 both;
      if (i >= shape->rank
          || !lk_rule_merge_dim (shape->dims[shape->rank - 1 - i], end->dims[end->rank - 1 - i], &both))
        return FALSE;
    }
  return TRUE;
}

static gboolean
need_end (const LkCall *call, const LkShape *shape, const LkShape *end)
{
  if (ends_with (shape, end))
    return TRUE;
  g_autofree char *whole = lk_shape_text (shape), *part = lk_shape_text (end);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Shape passed in must end with broadcasted shape. Got %s, which does not end with %s", whole, part);
}

/* The shape of input 0 with that of the parameter after it. */
static gboolean
appended_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *parameter = lk_rule_shape (call, 1);
  if (!lk_random_infer_shape (call, 0, out))
    return FALSE;
  if (out[0].shape.rank == LK_RANK_UNKNOWN || parameter->rank == LK_RANK_UNKNOWN)
    {
      out[0].shape = LK_SHAPE_UNKNOWN;
      return TRUE;
    }
  if (out[0].shape.rank + parameter->rank > LK_MAX_RANK)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "the result would have more than %d axes", LK_MAX_RANK);
  for (guint i = 0; i < parameter->rank; i++)
    out[0].shape.dims[out[0].shape.rank++] = parameter->dims[i];
  return TRUE;
}

/* The shape is said whole; the last input is the parameter. */
static gboolean
whole_infer (const LkCall *call, LkSignature *out)
{
  return lk_random_infer_shape (call, 0, out)
         && (call->n_inputs > 3 ? lk_random_infer_key (call, 1) : lk_random_infer_seeds (call, 1))
         && need_end (call, &out[0].shape, lk_rule_shape (call, call->n_inputs - 1));
}

/* ---- one parameter ---- */

typedef double (*Sample) (LkPhilox philox, double parameter);

static void
sample_all (LkCall *call, const LkTensor *parameters, LkPhilox philox, Sample sample)
{
  LkTensor *out = call->outputs[0];
  const gint64 n = parameters->size, each = n > 0 ? out->size / n : 0;
  for (gint64 i = 0; i < n; i++)
    {
      const double parameter = lk_tensor_double_at (parameters, i);
      for (gint64 k = 0; k < each; k++)
        {
          set_number (out, k * n + i, sample (philox, parameter));
          lk_philox_skip (&philox, LK_RANDOM_RESERVED);
        }
    }
}

static void
stateful_kernel (LkCall *call, Sample sample)
{
  const guint seeds = 0;
  sample_all (call, call->inputs[1], lk_random_begin (call, seeds, (guint64) call->outputs[0]->size * LK_RANDOM_RESERVED),
              sample);
}

static void
stateless_kernel (LkCall *call, Sample sample)
{
  const gboolean key = call->n_inputs > 3;
  if (!key || lk_random_check_algorithm (call, lk_int_at (call->inputs[3], 0)))
    sample_all (call, call->inputs[call->n_inputs - 1],
                key ? lk_random_of_key (call->inputs[1], call->inputs[2]) : lk_random_of_seeds (call->inputs[1]), sample);
}

/* The parameter at the same place, and the seeds. */
static void
parameter_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const guint last = call->n_inputs - 1;
  for (guint i = 1; i < last; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
  lk_provenance_add (into, last, element % call->inputs[last]->size, 1, 1);
}

/* By alpha, implicitly (M. Figurnov et al., 2018): that of a sample which keeps its place in the distribution. */
static void
gamma_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const guint last = call->n_inputs - 1;
  LkTensor *alpha = call->inputs[last], *sample = call->outputs[0];
  g_autoptr (LkTensor) wide = lk_cast (ctx, alpha, alpha->dtype == LK_FLOAT16 ? LK_FLOAT32 : alpha->dtype),
                       wide_sample = lk_cast (ctx, sample, alpha->dtype == LK_FLOAT16 ? LK_FLOAT32 : alpha->dtype);
  g_autoptr (LkTensor) slope = lk_random_gamma_grad (ctx, wide, wide_sample), narrow = lk_cast (ctx, slope, alpha->dtype);
  LkTensor *pair[2] = { alpha, sample }, *grads[2] = { lk_mul (ctx, dy[0], narrow), NULL };
  const LkCall against = { .ctx = ctx, .n_inputs = 2, .inputs = pair };
  lk_unbroadcast (&against, 0, 1, grads);
  dx[last] = grads[0];
}

#define STATEFUL(name, sample, ...) \
  static void name##_kernel (LkCall *call) { stateful_kernel (call, sample); } \
  LK_BLOCK (name, .infer = appended_infer, .shape = "shape, spelt out, and then the parameter's.", \
            .kernel = name##_kernel, .provenance = parameter_provenance, __VA_ARGS__)
#define STATELESS(name, sample, ...) \
  static void name##_kernel (LkCall *call) { stateless_kernel (call, sample); } \
  LK_BLOCK (name, .infer = whole_infer, .shape = "shape, spelt out, which ends with the parameter's; seed is [2].", \
            .kernel = name##_kernel, .provenance = parameter_provenance, __VA_ARGS__)

STATEFUL (random_gamma, lk_sample_gamma, .gradient = gamma_gradient,
          SAMPLES ({ "int32[1]={3}; float64[2]={0.5,3}", "seed=1" }, { "int64[0]; float32[1,2]={1,2}", "seed=1" },
                   { "int32[1]={2}; float16[0]" }, { "int32[1]={0}; float32[2]={1,2}" }));
STATEFUL (random_poisson, lk_sample_poisson,
          SAMPLES ({ "int32[1]={3}; float64[2]={0.5,30}", "seed=1" }, { "int64[0]; float32[1,2]={1,20}", "dtype=float16" },
                   { "int32[1]={2}; int32[2]={0,7}", "dtype=int32" }, { "int32[1]={0}; float32[2]={1,2}" }));
STATELESS (stateless_random_gamma, lk_sample_gamma, .gradient = gamma_gradient,
           SAMPLES ({ "int32[2]={3,2}; int32[2]={1,2}; float32[2]={0.5,3}" }, { "int64[0]; int64[2]={1,2}; float32[]={1}" },
                    { "int32[2]={2,0}; int32[2]={1,2}; float16[0]" }));
STATELESS (stateless_random_gamma_v3, lk_sample_gamma, .gradient = gamma_gradient,
           SAMPLES ({ "int32[2]={3,2}; uint64[1]={1}; uint64[2]={2,3}; int32[]={1}; float32[2]={0.5,3}" },
                    { "int64[0]; uint64[1]={1}; uint64[2]={2,3}; int32[]={3}; float32[]={1}" }));
STATELESS (stateless_random_poisson, lk_sample_poisson,
           SAMPLES ({ "int32[2]={3,2}; int32[2]={1,2}; float64[2]={0.5,30}", "dtype=int32" },
                    { "int64[0]; int64[2]={1,2}; float32[]={1}", "dtype=float32" }));

/* ---- StatelessRandomBinomial ---- */

gboolean
lk_random_infer_binomial (const LkCall *call, guint i, const LkSignature *out)
{
  LkShape both;
  if (!lk_shape_broadcast (lk_rule_shape (call, i), lk_rule_shape (call, i + 1), &both))
    {
      g_autofree char *counts = lk_shape_text (lk_rule_shape (call, i)),
                      *probs = lk_shape_text (lk_rule_shape (call, i + 1));
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "counts and probs must have compatible batch dimensions: %s vs. %s", counts, probs);
    }
  return need_end (call, &out[0].shape, &both);
}

void
lk_random_fill_binomial (LkCall *call, guint first, LkPhilox philox)
{
  LkBroadcast walk;
  LkShape both;
  LkTensor *out = call->outputs[0], *inputs[2] = { call->inputs[first], call->inputs[first + 1] };
  lk_shape_broadcast (&inputs[0]->shape, &inputs[1]->shape, &both);
  lk_broadcast_init (&walk, inputs, 2, &both);
  const gint64 n = lk_shape_size (&both), each = n > 0 ? out->size / n : 0;
  gint64 done = 0;
  for (gint64 run = 0; each > 0 && run < walk.runs; run++, lk_broadcast_next (&walk))
    for (gint64 i = 0; i < lk_broadcast_length (&walk); i++, done++)
      {
        const double count = lk_tensor_double_at (inputs[0], walk.at[0] + i * lk_broadcast_step (&walk, 0)),
                     probability = lk_tensor_double_at (inputs[1], walk.at[1] + i * lk_broadcast_step (&walk, 1));
        for (gint64 k = 0; k < each; k++)
          set_number (out, k * n + done, lk_sample_binomial (philox, done * each + k, count, probability));
      }
}

static gboolean
binomial_infer (const LkCall *call, LkSignature *out)
{
  return lk_random_infer_shape (call, 0, out) && lk_random_infer_seeds (call, 1)
         && lk_random_infer_binomial (call, 2, out);
}

static void
binomial_kernel (LkCall *call)
{
  lk_random_fill_binomial (call, 2, lk_random_of_seeds (call->inputs[1]));
}

LK_BLOCK (stateless_random_binomial, .infer = binomial_infer,
          .shape = "shape, spelt out, which ends with the broadcast of counts and probs; seed is [2].",
          .kernel = binomial_kernel,
          .provenance = lk_random_from_all,
          SAMPLES ({ "int32[2]={3,2}; int32[2]={1,2}; float32[2]={10,100}; float32[]={0.3}" },
                   { "int64[3]={2,2,3}; int64[2]={1,2}; float64[2,1]={10,1000}; float64[3]={0,0.7,1}", "dtype=float64" },
                   { "int32[1]={0}; int32[2]={1,2}; float32[]={5}; float32[]={0.3}" }));

/* ---- Multinomial, StatelessMultinomial ---- */

#define MULTINOMIAL_SHAPE "[batch, num_samples], from logits [batch, classes]."

static gboolean
multinomial_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *number = lk_call_constant (call, 1);
  const LkShape *logits = lk_rule_shape (call, 0);
  if (!lk_rule_need_rank (call, 0, 2, "logits should be a matrix, got shape %s")
      || !lk_rule_need_rank (call, 1, 0, "num_samples should be a scalar, got shape %s")
      || (call->n_inputs > 2 && !lk_random_infer_seeds (call, 2)))
    return FALSE;
  const gint64 rows = logits->rank == 2 ? logits->dims[0] : LK_DIM_UNKNOWN,
               samples = number != NULL ? lk_int_at (number, 0) : LK_DIM_UNKNOWN;
  if (number != NULL && samples < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "num_samples should be non-negative, got %" G_GINT64_FORMAT, samples);
  if (logits->rank == 2 && logits->dims[1] == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "num_classes should be positive, got 0");
  out[0].shape = LK_SHAPE (rows, samples);
  return TRUE;
}

/* Sums of the classes' weights; what is not finite has none. */
static double
cumulate (const LkTensor *logits, gint64 row, double *sums)
{
  const gint64 n = logits->shape.dims[1];
  double most = -G_MAXDOUBLE, sum = 0;
  for (gint64 i = 0; i < n; i++)
    {
      const double logit = lk_tensor_double_at (logits, row * n + i);
      if (isfinite (logit) && logit > most)
        most = logit;
    }
  for (gint64 i = 0; i < n; i++)
    {
      const double logit = lk_tensor_double_at (logits, row * n + i);
      if (isfinite (logit))
        sum += exp (logit - most);
      sums[i] = sum;
    }
  return sum;
}

/* The first class whose sum is more than `wanted`. */
static gint64
find_class (const double *sums, gint64 n, double wanted)
{
  gint64 low = 0, high = n;
  while (low < high)
    {
      const gint64 middle = low + (high - low) / 2;
      if (sums[middle] > wanted)
        high = middle;
      else
        low = middle + 1;
    }
  return low;
}

static void
multinomial_kernel (LkCall *call)
{
  LkTensor *out = call->outputs[0];
  const LkTensor *logits = call->inputs[0];
  const gint64 rows = out->shape.dims[0], samples = out->shape.dims[1], n = logits->shape.dims[1];
  g_autofree double *sums = g_try_new (double, n);
  if (sums == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating the weights of %" G_GINT64_FORMAT " classes", n);
      return;
    }
  LkPhilox philox = call->n_inputs > 2 ? lk_random_of_seeds (call->inputs[2])
                    : lk_random_begin (call, 0, (guint64) rows * ((samples + 3) / 4 * 4) * 2 * LK_RANDOM_RESERVED);
  for (gint64 row = 0; samples > 0 && row < rows; row++)
    {
      const double sum = cumulate (logits, row, sums);
      for (gint64 i = 0; i < samples; i++)
        {
          const guint32 high = lk_philox_next (&philox);
          lk_tensor_set_int (out, row * samples + i,
                             find_class (sums, n, lk_philox_double (high, lk_philox_next (&philox)) * sum));
        }
    }
}

static void
multinomial_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->inputs[0]->shape.dims[1], row = element / call->outputs[0]->shape.dims[1];
  lk_provenance_add (into, 0, row * n, n, 1);
  for (guint i = 1; i < call->n_inputs; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

LK_BLOCK (multinomial, .infer = multinomial_infer, .shape = MULTINOMIAL_SHAPE, .kernel = multinomial_kernel,
          .provenance = multinomial_provenance,
          SAMPLES ({ "float32[2,3]; int32[]={4}", "seed=1" }, { "float16[1,2]; int32[]={0}", "output_dtype=int32" },
                   { "int32[2,2]; int32[]={3}" }));
LK_BLOCK (stateless_multinomial, .infer = multinomial_infer, .shape = MULTINOMIAL_SHAPE, .kernel = multinomial_kernel,
          .provenance = multinomial_provenance,
          SAMPLES ({ "float32[2,3]; int32[]={4}; int32[2]={1,2}" },
                   { "float64[0,3]; int32[]={4}; int64[2]={1,2}", "output_dtype=int32" }));
