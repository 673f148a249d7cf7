/* SPDX-License-Identifier: MIT */
/* A random call of an op, made from what the registry declares of it: right, nearly right, or wrong. What is drawn depends
   on the seed alone. */
#pragma once
#include "engine/engine.h"
#include "engine/ops/block.h"
#include "engine/ops/sample.h"

#define FUZZ_MAX_INPUTS 24
#define FUZZ_MAX_ATTRS 16
#define FUZZ_MAX_OUTPUTS 32

typedef struct
{
  const LkOp *op;
  guint n_inputs, n_outputs;
  LkTensor *inputs[FUZZ_MAX_INPUTS];
  LkAttr attrs[FUZZ_MAX_ATTRS];
  LkSampleCall *sample;         /* (nullable) what it was made from; attrs point into it */
  GPtrArray *owned;             /* what attrs point at else */
  GPtrArray *tensors;           /* inputs, and tensors of attrs */
  GPtrArray *variables;         /* what resource inputs point at */
} FuzzCall;

/* Ops that are called: not those that run functions, write files or print. */
gboolean fuzz_op_is_called (const LkOp *op);
/* ctx makes the tensors that only ops can make. (transfer full) */
FuzzCall *fuzz_call_new (LkContext *ctx, const LkOp *op, GRand *rand);
void fuzz_call_free (FuzzCall *call);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FuzzCall, fuzz_call_free)
/* "MatMul (float32[2,3] {1, nan, …}; …) {transpose_a=true}", for a person to read. (transfer full) */
char *fuzz_call_text (const FuzzCall *call);
