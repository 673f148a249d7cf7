/* SPDX-License-Identifier: MIT */
/* Random numbers that depend on their inputs alone: two seeds, or the key and counter that are made of them. */
#include <string.h>

#include "engine/ops/random.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- keys ---- */

#define GET_KEY_SHAPE "[1] and [2], and a scalar for the algorithm; seed is [2]."

static gboolean
get_key_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SHAPE (1);
  out[1].shape = LK_SHAPE (2);
  if (call->n_outputs > 2)
    out[2].shape = LK_SCALAR;
  return lk_random_infer_seeds (call, 0);
}

static void
get_key_kernel (LkCall *call)
{
  const LkPhilox philox = lk_random_of_seeds (call->inputs[0]);
  *(guint64 *) call->outputs[0]->data = lk_philox_key (&philox);
  for (guint i = 0; i < 2; i++)
    ((guint64 *) call->outputs[1]->data)[i] = lk_philox_counter (&philox, i);
  if (call->n_outputs > 2)
    *(gint32 *) call->outputs[2]->data = LK_RANDOM_PHILOX;
}

LK_BLOCK (stateless_random_get_key_counter, .infer = get_key_infer, .shape = GET_KEY_SHAPE, .kernel = get_key_kernel,
          .provenance = lk_random_from_all, SAMPLES ({ "int32[2]={1,2}" }, { "int64[2]={-1,2}" }));
LK_BLOCK (stateless_random_get_key_counter_alg, .infer = get_key_infer, .shape = GET_KEY_SHAPE, .kernel = get_key_kernel,
          .provenance = lk_random_from_all, SAMPLES ({ "int32[2]={1,2}" }, { "int64[2]={-1,2}" }));

static gboolean
get_alg_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SCALAR;
  return TRUE;
}

static void
get_alg_kernel (LkCall *call)
{
  *(gint32 *) call->outputs[0]->data = LK_RANDOM_PHILOX;
}

LK_BLOCK (stateless_random_get_alg, .infer = get_alg_infer, .shape = "A scalar.", .kernel = get_alg_kernel,
          .provenance = lk_random_from_nothing, SAMPLES ({ "" }));

/* ---- numbers ---- */

/* Input 0 is a shape; then come seeds, or key, counter and algorithm. */
static gboolean
has_key (const LkCall *call)
{
  return call->inputs[1]->dtype == LK_UINT64 && call->n_inputs > 3 && call->op->inputs[1].dtype == LK_UINT64;
}

static gboolean
fill_infer (const LkCall *call, LkSignature *out)
{
  return lk_random_infer_shape (call, 0, out)
         && (has_key (call) ? lk_random_infer_key (call, 1) : lk_random_infer_seeds (call, 1));
}

/* FALSE after reporting that the algorithm is none of ours. */
static gboolean
begin (const LkCall *call, LkPhilox *philox)
{
  if (has_key (call) && !lk_random_check_algorithm (call, lk_int_at (call->inputs[3], 0)))
    return FALSE;
  *philox = has_key (call) ? lk_random_of_key (call->inputs[1], call->inputs[2]) : lk_random_of_seeds (call->inputs[1]);
  return TRUE;
}

static void
fill (LkCall *call, LkRandomKind kind)
{
  LkPhilox philox;
  LkTensor *out = call->outputs[0];
  if (begin (call, &philox))
    lk_random_fill (kind, out->dtype, philox, out->data, out->size);
}

static void
uniform_kernel (LkCall *call)
{
  fill (call, LK_RANDOM_UNIFORM);
}

static void
normal_kernel (LkCall *call)
{
  fill (call, LK_RANDOM_NORMAL);
}

static void
truncated_kernel (LkCall *call)
{
  fill (call, LK_RANDOM_TRUNCATED);
}

static void
full_int_kernel (LkCall *call)
{
  fill (call, LK_RANDOM_FULL_INT);
}

#define FILL(name, with_kernel, ...) \
  LK_BLOCK (name, .infer = fill_infer, .shape = "shape, spelt out; seed is [2], or key [1] and counter [1 or 2].", \
            .kernel = with_kernel, .provenance = lk_random_from_all, SAMPLES (__VA_ARGS__))
#define OF_SEEDS \
  { "int32[2]={2,3}; int32[2]={1,2}" }, { "int64[1]={5}; int64[2]={-1,2}", "dtype=float64" }, \
  { "int32[1]={6}; int32[2]={1,2}", "dtype=float16" }, { "int32[1]={0}; int32[2]={1,2}", "dtype=bfloat16" }
#define OF_KEY(more) \
  { "int32[2]={2,3}; uint64[1]={1}; uint64[2]={2,3}; int32[]={1}", more }, \
  { "int64[1]={0}; uint64[1]={1}; uint64[3]={2,3,4}; int32[]={3}", more }
FILL (stateless_random_uniform, uniform_kernel, OF_SEEDS);
FILL (stateless_random_normal, normal_kernel, OF_SEEDS);
FILL (stateless_truncated_normal, truncated_kernel, OF_SEEDS);
FILL (stateless_random_uniform_full_int, full_int_kernel, { "int32[1]={3}; int32[2]={1,2}" },
      { "int32[2]={3,2}; int64[2]={1,2}", "dtype=int32" });
FILL (stateless_random_uniform_v2, uniform_kernel, OF_KEY ("dtype=float64"));
FILL (stateless_random_normal_v2, normal_kernel, OF_KEY ("dtype=float32"));
FILL (stateless_truncated_normal_v2, truncated_kernel, OF_KEY ("dtype=float16"));
FILL (stateless_random_uniform_full_int_v2, full_int_kernel, OF_KEY ("dtype=int64"));

/* ---- integers of a range ---- */

#define RANGE_SHAPE "shape, spelt out; minval and maxval are scalars."

static gboolean
range_infer (const LkCall *call, LkSignature *out)
{
  return fill_infer (call, out) && lk_random_infer_bounds (call, call->n_inputs - 2, out);
}

static void
range_kernel (LkCall *call)
{
  LkPhilox philox;
  LkTensor *out = call->outputs[0];
  const guint bounds = call->n_inputs - 2;
  if (out->size > 0 && lk_random_check_bounds (call, bounds) && begin (call, &philox))
    lk_random_fill_range (out->dtype, philox, lk_int_at (call->inputs[bounds], 0), lk_int_at (call->inputs[bounds + 1], 0),
                          out->data, out->size);
}

LK_BLOCK (stateless_random_uniform_int, .infer = range_infer, .shape = RANGE_SHAPE, .kernel = range_kernel,
          .provenance = lk_random_from_all,
          SAMPLES ({ "int32[2]={2,3}; int32[2]={1,2}; int32[]={-2}; int32[]={5}" },
                   { "int64[1]={3}; int64[2]={1,2}; int64[]={0}; int64[]={1000000000000}" },
                   { "int32[1]={0}; int32[2]={1,2}; int32[]={5}; int32[]={5}" }));
LK_BLOCK (stateless_random_uniform_int_v2, .infer = range_infer, .shape = RANGE_SHAPE, .kernel = range_kernel,
          .provenance = lk_random_from_all,
          SAMPLES ({ "int32[2]={2,3}; uint64[1]={1}; uint64[2]={2,3}; int32[]={1}; int32[]={-2}; int32[]={5}" },
                   { "int64[1]={3}; uint64[1]={1}; uint64[2]={2,3}; int32[]={3}; int64[]={0}; int64[]={9}" }));
