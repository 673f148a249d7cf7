/* SPDX-License-Identifier: MIT */
/* Random numbers from streams: each pair of seeds goes on where it stopped. */
#include "engine/ops/random.h"

#include <errno.h>
#include <sys/random.h>

#include "engine/eager/state.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- shape rules ---- */

gboolean
lk_random_infer_shape (const LkCall *call, guint i, LkSignature *out)
{
  gboolean constant;
  if (!lk_rule_shape_value (call, i, &out[0].shape, &constant))
    return FALSE;
  for (guint k = 0; constant && k < out[0].shape.rank; k++)
    if (out[0].shape.dims[k] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %" G_GINT64_FORMAT " must be >= 0",
                           out[0].shape.dims[k]);
  return TRUE;
}

/* Input i is a vector of that many elements, or at least so many. */
static gboolean
need_vector (const LkCall *call, guint i, gint64 n, gboolean more, const char *format)
{
  const LkShape *shape = lk_rule_shape (call, i);
  if (shape->rank == LK_RANK_UNKNOWN
      || (shape->rank == 1 && (shape->dims[0] < 0 || shape->dims[0] == n || (more && shape->dims[0] > n))))
    return TRUE;
  g_autofree char *text = lk_shape_text (shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, format, text);
}

gboolean
lk_random_infer_seeds (const LkCall *call, guint i)
{
  return need_vector (call, i, 2, FALSE, "seed must have shape [2], not %s");
}

gboolean
lk_random_check_algorithm (const LkCall *call, gint64 algorithm)
{
  return algorithm == LK_RANDOM_PHILOX || algorithm == LK_RANDOM_AUTO
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Unsupported algorithm id: %" G_GINT64_FORMAT, algorithm);
}

gboolean
lk_random_infer_key (const LkCall *call, guint i)
{
  const LkTensor *algorithm = lk_call_constant (call, i + 2);
  return need_vector (call, i, 1, FALSE,
                      "key must have shape [1], not %s. (Note that batched keys are not supported yet.)")
         && need_vector (call, i + 1, 2, TRUE, "counter must be a vector with length at least 2; got shape: %s")
         && lk_rule_need_rank (call, i + 2, 0, "algorithm must be of shape [], not %s")
         && (algorithm == NULL || lk_random_check_algorithm (call, lk_int_at (algorithm, 0)));
}

gboolean
lk_random_check_bounds (const LkCall *call, guint i)
{
  const LkTensor *low = call->inputs[i], *high = call->inputs[i + 1];
  const gint64 from = lk_int_at (low, 0), to = lk_int_at (high, 0);
  if (low->dtype == LK_UINT64 ? (guint64) from < (guint64) to : from < to)
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Need minval < maxval, got %" G_GINT64_FORMAT " >= %" G_GINT64_FORMAT, from, to);
}

gboolean
lk_random_infer_bounds (const LkCall *call, guint i, const LkSignature *out)
{
  if (!lk_rule_need_rank (call, i, 0, "minval must be 0-D, got shape %s")
      || !lk_rule_need_rank (call, i + 1, 0, "maxval must be 0-D, got shape %s"))
    return FALSE;
  return lk_call_constant (call, i) == NULL || lk_call_constant (call, i + 1) == NULL
         || call->inputs[i]->data == NULL || call->inputs[i + 1]->data == NULL
         || lk_shape_size (&out[0].shape) == 0 || lk_random_check_bounds (call, i);
}

/* ---- generators ---- */

/* Calls of one op that give one dtype count together. */
static guint64
kernel_of (const LkCall *call)
{
  return (guint64) call->op->index << 8 | call->outputs[0]->dtype;
}

LkPhilox
lk_random_begin (LkCall *call, guint first, guint64 blocks)
{
  LkPhilox philox;
  guint64 key, high, counter;
  lk_context_random (call->ctx, kernel_of (call), call->attrs[first].i, call->attrs[first + 1].i, blocks, &key, &high,
                     &counter);
  lk_philox_init (&philox, key, high, counter);
  return philox;
}

LkPhilox
lk_random_of_seeds (const LkTensor *seeds)
{
  LkPhilox philox;
  lk_philox_init_seeds (&philox, lk_int_at (seeds, 0), lk_int_at (seeds, 1));
  return philox;
}

LkPhilox
lk_random_of_key (const LkTensor *key, const LkTensor *counter)
{
  LkPhilox philox;
  const guint64 *halves = counter->data;
  lk_philox_init (&philox, *(const guint64 *) key->data, halves[1], halves[0]);
  return philox;
}

/* ---- provenance ---- */

void
lk_random_from_nothing (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
}

void
lk_random_from_all (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < call->n_inputs; i++)
    if (!g_str_has_prefix (call->op->inputs[i].name, "shape"))
      lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

/* ---- RandomUniform, RandomStandardNormal, TruncatedNormal ---- */

#define REAL_SHAPE "shape, spelt out."

static gboolean
real_infer (const LkCall *call, LkSignature *out)
{
  return lk_random_infer_shape (call, 0, out);
}

static void
fill (LkCall *call, LkRandomKind kind)
{
  LkTensor *out = call->outputs[0];
  const LkPhilox philox = lk_random_begin (call, 1, (guint64) out->size * LK_RANDOM_RESERVED);
  lk_random_fill (kind, out->dtype, philox, out->data, out->size);
}

static void
random_uniform_kernel (LkCall *call)
{
  fill (call, LK_RANDOM_UNIFORM);
}

static void
random_standard_normal_kernel (LkCall *call)
{
  fill (call, LK_RANDOM_NORMAL);
}

static void
truncated_normal_kernel (LkCall *call)
{
  fill (call, LK_RANDOM_TRUNCATED);
}

#define REAL_SAMPLES \
  SAMPLES ({ "int32[2]={2,3}", "dtype=float32, seed=1, seed2=2" }, { "int64[0]", "dtype=float64, seed=1" }, \
           { "int32[1]={0}", "dtype=float32" }, { "int32[1]={5}", "dtype=float16, seed=4" }, \
           { "int32[1]={5}", "dtype=bfloat16, seed=4" })
LK_BLOCK (random_uniform, .infer = real_infer, .shape = REAL_SHAPE, .kernel = random_uniform_kernel,
          .provenance = lk_random_from_nothing,
          REAL_SAMPLES);
LK_BLOCK (random_standard_normal, .infer = real_infer, .shape = REAL_SHAPE, .kernel = random_standard_normal_kernel,
          .provenance = lk_random_from_nothing, REAL_SAMPLES);
LK_BLOCK (truncated_normal, .infer = real_infer, .shape = REAL_SHAPE, .kernel = truncated_normal_kernel,
          .provenance = lk_random_from_nothing, REAL_SAMPLES);

/* ---- RandomUniformInt ---- */

static gboolean
random_uniform_int_infer (const LkCall *call, LkSignature *out)
{
  return lk_random_infer_shape (call, 0, out) && lk_random_infer_bounds (call, 1, out);
}

static void
random_uniform_int_kernel (LkCall *call)
{
  LkTensor *out = call->outputs[0];
  if (out->size > 0 && !lk_random_check_bounds (call, 1))
    return;
  const LkPhilox philox = lk_random_begin (call, 0, (guint64) out->size * LK_RANDOM_RESERVED);
  lk_random_fill_range (out->dtype, philox, lk_int_at (call->inputs[1], 0), lk_int_at (call->inputs[2], 0), out->data,
                        out->size);
}

LK_BLOCK (random_uniform_int, .infer = random_uniform_int_infer, .shape = "shape, spelt out; minval and maxval are scalars.",
          .kernel = random_uniform_int_kernel,
          .provenance = lk_random_from_nothing,
          SAMPLES ({ "int32[2]={2,3}; int32[]={-2}; int32[]={5}", "seed=1, seed2=2" },
                   { "int64[0]; int64[]={0}; int64[]={10}", "seed=3" },
                   { "int32[1]={0}; int32[]={0}; int32[]={1}" }));

/* ---- NonDeterministicInts ---- */

static void
non_deterministic_ints_kernel (LkCall *call)
{
  char *out = call->outputs[0]->data;
  gsize left = lk_tensor_bytes (call->outputs[0]);
  while (left > 0)
    {
      const gssize got = getrandom (out, MIN (left, 256), 0);
      if (got < 0 && errno != EINTR)
        {
          lk_call_fail (call, LK_INTERNAL, "the system gives no random numbers: %s", g_strerror (errno));
          return;
        }
      out += MAX (got, 0);
      left -= MAX (got, 0);
    }
}

LK_BLOCK (non_deterministic_ints, .infer = real_infer, .shape = REAL_SHAPE, .kernel = non_deterministic_ints_kernel,
          .provenance = lk_random_from_nothing,
          SAMPLES ({ "int32[2]={2,3}", "dtype=int64" }, { "int64[1]={3}", "dtype=uint32" }, { "int32[1]={0}" }));
