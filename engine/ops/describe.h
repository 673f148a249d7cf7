/* SPDX-License-Identifier: MIT */
/* What the registry knows of an op, as text: for the command line and the docs. Nothing here is written twice: it comes
   from the op's row, from its block, and from asking its shape rule. */
#pragma once
#include "engine/ops/op.h"

/* "x: T, y: T" as a row has it. inputs FALSE: of the outputs. (transfer full) */
char *lk_op_arguments_text (const LkOp *op, gboolean inputs);
/* "float16 bfloat16 float32 float64": the dtypes that a type attribute may be; "any". (transfer full) */
char *lk_attr_dtypes_text (const LkAttrDef *attr);
/* The rule of the outputs' shapes, in words; NULL when it is the op's own and its block has no words for it. */
const char *lk_op_shape_words (const LkOp *op);
/* "float64[2,3]; float64[3,4] {transpose_a=true} → float64[2,4]": for each sample what the shape rule says. Empty when no
   call of the op can be written. (transfer full) */
char **lk_op_examples (const LkOp *op);
/* Has it a gradient? FALSE also when TensorFlow's has none and to ask for it is an error. */
gboolean lk_op_has_gradient (const LkOp *op);
/* How many samples the op is tested on, and how many of them check its gradient. */
guint lk_op_n_samples (const LkOp *op, guint *n_gradients);
