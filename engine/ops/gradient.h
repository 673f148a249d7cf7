/* SPDX-License-Identifier: MIT */
/* What gradient rules share. They run eagerly and while tracing, so a shape is used as a constant where it is
   known and asked for by an op where it is not. All results are (transfer full) and NULL after an error;
   inputs may be NULL then. */
#pragma once
#include "engine/ops/op.h"

/* Constants: a node while tracing, a plain value otherwise. */
LkTensor *lk_constant (LkContext *ctx, LkTensor *value);        /* value (transfer full) */
LkTensor *lk_constant_scalar (LkContext *ctx, LkDType dtype, double value);
LkTensor *lk_constant_ints (LkContext *ctx, LkDType dtype, const gint64 *values, guint n);

/* The shape of tensor as a vector of dtype int32. */
LkTensor *lk_shape_of_tensor (LkContext *ctx, LkTensor *tensor);
LkTensor *lk_reshape_like (LkContext *ctx, LkTensor *tensor, LkTensor *like);
/* What the product rule multiplies by: the conjugate of a complex tensor, a real one as it is. */
LkTensor *lk_conjugate (LkContext *ctx, LkTensor *tensor);
/* tensor · factor */
LkTensor *lk_scaled (LkContext *ctx, LkTensor *tensor, double factor);
/* dy · slope: what comes through a function of that slope. Of complex numbers the slope is conjugated, since a gradient points
   where the loss, which is real, grows most: its real and imaginary parts are the slopes by those of the variable. */
LkTensor *lk_chain (LkContext *ctx, LkTensor *dy, LkTensor *slope);

/* The rule of what has a derivative but, as in TensorFlow, no gradient: to ask for it is an error. */
void lk_gradient_missing (const LkCall *call, LkTensor *const *dy, LkTensor **dx);

/* Undoes the broadcasting of an elementwise op's inputs a and b: grads[i] (transfer full, replaced, nullable)
   are summed over the axes along which input i was repeated. */
void lk_unbroadcast (const LkCall *call, guint a, guint b, LkTensor **grads);
/* The same for inputs of which only the axes before the last `tail` were broadcast. */
void lk_unbroadcast_batch (const LkCall *call, guint a, guint b, guint tail, LkTensor **grads);
/* The sum of all elements, a scalar. (transfer full) */
LkTensor *lk_sum_all (LkContext *ctx, LkTensor *x);
