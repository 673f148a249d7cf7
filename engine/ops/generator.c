/* SPDX-License-Identifier: MIT */
/* Random numbers from a state that is a variable: the counter's two halves and the key. Each op reads it and moves it on
   past what it draws. */
#include <string.h>

#include "engine/ops/random.h"
#include "engine/ops/state.h"

#define STATE_SIZE 3

/* ---- state ---- */

/* Input 0 is the handle of a state. */
static gboolean
state_infer (const LkCall *call, LkShape *state)
{
  LkDType dtype;
  LkVariable *variable;
  if (!lk_state_describe (call, 0, &dtype, state))
    return FALSE;
  if (dtype != LK_INVALID && dtype != LK_INT64)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "dtype of RNG state variable must be int64, not %s",
                         lk_dtype_name (dtype));
  if (state->rank != LK_RANK_UNKNOWN && state->rank != 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "RNG state must have one and only one dimension, not %u", state->rank);
  if (state->rank == 1 && state->dims[0] >= 0 && state->dims[0] < STATE_SIZE)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "For the Philox algorithm, the size of state must be at least %d; got %"
                         G_GINT64_FORMAT, STATE_SIZE, state->dims[0]);
  return lk_state_is_traced (call) || (lk_state_find (call, 0, &variable) && lk_state_check_initialized (call, variable));
}

static gboolean
algorithm_infer (const LkCall *call)
{
  const LkTensor *algorithm = lk_call_constant (call, 1);
  return lk_rule_need_rank (call, 1, 0, "algorithm must be of shape [], not %s")
         && (algorithm == NULL || lk_random_check_algorithm (call, lk_int_at (algorithm, 0)));
}

/* The generator of the state, which goes on by that many counters. FALSE after reporting what is wrong with it. */
static gboolean
take (LkCall *call, guint64 counters, LkPhilox *philox)
{
  LkVariable *variable = lk_variable_of (call->inputs[0]);
  LkShape shape;
  if (!state_infer (call, &shape) || !lk_random_check_algorithm (call, lk_int_at (call->inputs[1], 0)))
    return FALSE;
  const gint64 *state = variable->value->data;
  lk_philox_init (philox, state[2], state[1], state[0]);
  LkPhilox after = *philox;
  lk_philox_skip (&after, counters);
  LkTensor *next = lk_tensor_new_copy (LK_INT64, &variable->value->shape, state);
  if (next == NULL)
    return lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when updating the variable %s", variable->name);
  for (guint i = 0; i < 2; i++)
    ((gint64 *) next->data)[i] = lk_philox_counter (&after, i);
  lk_state_set_value (call, variable, next);
  return TRUE;
}

/* ---- RngReadAndSkip, RngSkip ---- */

#define SKIP_SHAPE "Of RngReadAndSkip the state's shape as it was before; delta is a scalar."

static gboolean
skip_infer (const LkCall *call, LkSignature *out)
{
  LkShape state;
  if (!algorithm_infer (call) || !state_infer (call, &state)
      || !lk_rule_need_rank (call, 2, 0, "delta must be of shape [], not %s"))
    return FALSE;
  if (call->n_outputs > 0)
    out[0].shape = state;
  return TRUE;
}

static void
read_and_skip_kernel (LkCall *call)
{
  LkPhilox philox;
  g_autoptr (LkTensor) before = lk_tensor_ref (lk_variable_of (call->inputs[0])->value);
  g_autoptr (LkTensor) copy = lk_tensor_new_copy (LK_INT64, &before->shape, before->data);
  if (copy == NULL)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when reading the state of a generator");
  else if (take (call, (guint64) lk_int_at (call->inputs[2], 0) * LK_RANDOM_RESERVED, &philox))
    call->outputs[0] = g_steal_pointer (&copy);
}

static void
skip_kernel (LkCall *call)
{
  LkPhilox philox;
  take (call, (guint64) lk_int_at (call->inputs[2], 0) * LK_RANDOM_RESERVED, &philox);
}

LK_BLOCK (rng_read_and_skip, .infer = skip_infer, .shape = SKIP_SHAPE, .kernel = read_and_skip_kernel,
          .provenance = lk_random_from_nothing);
LK_BLOCK (rng_skip, .infer = skip_infer, .shape = SKIP_SHAPE, .kernel = skip_kernel);

/* ---- numbers ---- */

static gboolean
fill_infer (const LkCall *call, LkSignature *out)
{
  LkShape state;
  return algorithm_infer (call) && state_infer (call, &state) && lk_random_infer_shape (call, 2, out);
}

static void
fill (LkCall *call, LkRandomKind kind)
{
  LkPhilox philox;
  LkTensor *out = call->outputs[0];
  if (take (call, (guint64) out->size * LK_RANDOM_RESERVED, &philox))
    lk_random_fill (kind, out->dtype, philox, out->data, out->size);
}

#define FILL(name, kind) \
  static void name##_kernel (LkCall *call) { fill (call, kind); } \
  LK_BLOCK (name, .infer = fill_infer, .shape = "shape, spelt out; the generator's algorithm is a scalar.", \
            .kernel = name##_kernel, .provenance = lk_random_from_nothing)
FILL (stateful_uniform, LK_RANDOM_UNIFORM);
FILL (stateful_standard_normal, LK_RANDOM_NORMAL);
FILL (stateful_truncated_normal, LK_RANDOM_TRUNCATED);
FILL (stateful_uniform_full_int, LK_RANDOM_FULL_INT);

static gboolean
range_infer (const LkCall *call, LkSignature *out)
{
  return fill_infer (call, out) && lk_random_infer_bounds (call, 3, out);
}

static void
range_kernel (LkCall *call)
{
  LkPhilox philox;
  LkTensor *out = call->outputs[0];
  if (lk_random_check_bounds (call, 3) && take (call, (guint64) out->size * LK_RANDOM_RESERVED, &philox))
    lk_random_fill_range (out->dtype, philox, lk_int_at (call->inputs[3], 0), lk_int_at (call->inputs[4], 0), out->data,
                          out->size);
}

LK_BLOCK (stateful_uniform_int, .infer = range_infer, .shape = "shape, spelt out; minval and maxval are scalars.",
          .kernel = range_kernel, .provenance = lk_random_from_nothing);

/* ---- StatefulRandomBinomial ---- */

static gboolean
binomial_infer (const LkCall *call, LkSignature *out)
{
  return fill_infer (call, out) && lk_random_infer_binomial (call, 3, out);
}

/* TensorFlow sets aside fewer counters than for other numbers, by this formula. */
static void
binomial_kernel (LkCall *call)
{
  LkPhilox philox;
  LkShape both;
  lk_shape_broadcast (lk_rule_shape (call, 3), lk_rule_shape (call, 4), &both);
  const gint64 batches = lk_shape_size (&both), each = batches > 0 ? call->outputs[0]->size / batches : 0;
  if (take (call, (guint64) batches * 2 * 100 * (each + 3) / 4, &philox))
    lk_random_fill_binomial (call, 3, philox);
}

LK_BLOCK (stateful_random_binomial, .infer = binomial_infer,
          .shape = "shape, spelt out, which ends with the broadcast of counts and probs.",
          .kernel = binomial_kernel,
          .provenance = lk_random_from_nothing);
