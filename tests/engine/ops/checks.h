/* SPDX-License-Identifier: MIT */
/* What the tests of ops share: going through the registry's samples. */
#pragma once
#include "engine/engine.h"
#include "engine/ops/block.h"
#include "engine/ops/sample.h"

#define MAX_OUTPUTS 8

/* Calls check for each sample of each op with a block that the list does not leave out, in a context of its
   own, and fails if the context has an error left afterwards. name: "MatMul: float64[2,3]; float64[3,4]
   {transpose_b=true}". */
typedef void (*SampleCheck) (LkContext *ctx, const LkSampleCall *call, const char *name);
void checks_each_sample (SampleCheck check);

/* Ops of variables, graphs and functions cannot be called from a line of text. */
gboolean checks_is_written (const LkOp *op);
gboolean checks_is_random (const LkOp *op);

/* Runs the op; stops the test if it fails. */
void checks_run (LkContext *ctx, const LkSampleCall *call, LkTensor *const *inputs, LkTensor **outputs,
                 const char *name);
void checks_release (LkTensor **tensors, guint n);
/* The same elements, NaNs being equal. */
gboolean checks_same (const LkTensor *a, const LkTensor *b, double tolerance);
/* A tensor of float64 (complex128 if like is) of the shape of `like`, with numbers from -1..1 that depend on seed. */
LkTensor *checks_weights (const LkTensor *like, guint64 seed);
/* A copy of tensor with `change` added to element i; of complex numbers, to part i. */
LkTensor *checks_moved (const LkTensor *tensor, gint64 i, double change);
/* Stops the test with the context's error, if it has one. */
void checks_no_error (LkContext *ctx, const char *name);
