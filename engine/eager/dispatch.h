/* SPDX-License-Identifier: MIT */
/* How an op is run, eagerly or as a node. Private to the engine. */
#pragma once
#include "engine/eager/state.h"

/* Sets out[i].dtype from the declaration, after checking the inputs' number and dtypes against it. */
gboolean lk_call_check (const LkCall *call, LkSignature *out);
/* Runs a call whose inputs have values and whose out[i].dtype are set: shape rule, memory, kernel. call->outputs
   (transfer full), all NULL after an error. node: NULL when called eagerly. */
gboolean lk_call_run (LkCall *call, LkSignature *out, const LkNode *node);
/* Says that there is no memory for an output. FALSE. */
gboolean lk_call_fail_memory (const LkCall *call, const LkSignature *out);
/* What a kernel needs besides its outputs where the caller's values say how much: n zeros of dtype, for g_free (). NULL after
   ResourceExhaustedError. (transfer full) */
gpointer lk_call_room (const LkCall *call, LkDType dtype, gint64 n);
/* Has a call that was made a gradient: its node's own, or its op's? And that: as LkBlock.gradient. */
gboolean lk_call_has_gradient (const LkCall *call);
void lk_call_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx);
/* Does op run functions, whose ops are seen instead of it? */
gboolean lk_op_calls (const LkOp *op);
/* These functions: how many there are, and which. */
guint lk_op_n_functions (const LkOp *op, const LkAttr *attrs);
LkFunction *lk_op_function (const LkOp *op, const LkAttr *attrs, guint i);
/* Does it take one of several branches? */
gboolean lk_op_branches (const LkOp *op);
/* Does it stand for nodes of a body (execute/program.h), which are seen as well? */
gboolean lk_op_is_fused (const LkOp *op);
/* Number of attributes that are arguments. */
guint lk_op_n_given (const LkOp *op);
/* Place of attribute `attr` of the declaration among the arguments; -1 when it is inferred. */
gint lk_op_given (const LkOp *op, guint attr);
/* TensorFlow's name of a dtype in errors: "float", "double", "half", … */
const char *lk_dtype_kernel_name (LkDType dtype);
/* Does a kernel that widens need it for this call? And runs it so; the outputs are made anew. */
gboolean lk_call_is_narrow (const LkCall *call, const LkSignature *out);
void lk_call_run_wide (LkCall *call, const LkSignature *out);
