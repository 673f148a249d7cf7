/* SPDX-License-Identifier: MIT */
/* Calls of ops from a line of text, for tests, fuzzers and examples.

     inputs      "float64[2,3]; int32[2]={0,1}; float64[3] in 0.1..0.9; string[2]={a, b}"
                 dtype, shape, then the elements in row-major order ("1+2j" of complex ones), or a range to draw them from. Without
                 either, floats are drawn from -1..1, integers from 0..3, booleans from both, and strings are
                 "s0", "s1", …
     attributes  "axis=1, keep_dims=true, perm=[1,0], shape=[2,?], dtype=float32, separator=\"-\""
                 those left out have their default

   What is drawn depends on the seed alone. */
#pragma once
#include "engine/ops/op.h"

typedef struct
{
  const LkOp *op;
  guint n_inputs, n_outputs;
  LkTensor **inputs;
  LkAttr *attrs;                /* one for each attribute that is an argument */
  GPtrArray *owned;             /* what attrs point at */
} LkSampleCall;

/* NULL when the text is not good, with *problem (transfer full) saying why. (transfer full) */
LkSampleCall *lk_sample_call_new (const LkOp *op, const LkSample *sample, guint64 seed, char **problem);
void lk_sample_call_free (LkSampleCall *call);                /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LkSampleCall, lk_sample_call_free)

/* Applies the op to inputs, the call's own when NULL. outputs (transfer full): room for n_outputs. */
gboolean lk_sample_call_apply (const LkSampleCall *call, LkContext *ctx, LkTensor *const *inputs,
                               LkTensor **outputs);

/* One input, such as "float64[2,3] in 0..1". (transfer full) */
LkTensor *lk_sample_tensor (const char *text, guint64 seed, char **problem);
