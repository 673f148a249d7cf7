/* SPDX-License-Identifier: MIT */
/* A gradient rule that the program gives, as an attribute: of IdentityN, which passes its inputs on and asks the closure
   for their gradients. It is counted, since tapes and graphs keep it as long as they may be differentiated. */
#pragma once
#include "engine/ops/op.h"

/* As LkBlock.gradient, with the closure's data. dy has no NULL but for outputs that cannot have a gradient. */
typedef void (*LkClosureRule) (const LkCall *call, LkTensor *const *dy, LkTensor **dx, gpointer data);

LkClosure *lk_closure_new (LkClosureRule rule, gpointer data, GDestroyNotify data_free);      /* (transfer full) */
LkClosure *lk_closure_ref (LkClosure *closure);     /* (nullable) */
void lk_closure_unref (LkClosure *closure);         /* (nullable) */
/* Asks for the gradients, as LkBlock.gradient does. */
void lk_closure_gradient (LkClosure *closure, const LkCall *call, LkTensor *const *dy, LkTensor **dx);
