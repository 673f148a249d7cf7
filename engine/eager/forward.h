/* SPDX-License-Identifier: MIT */
/* Forward-mode differentiation. Between start and stop an accumulator follows what depends on what it watches, and
   computes, beside each op that runs (or node that is made), the tangents of its outputs: J·v, J being the outputs'
   derivatives by the inputs and v the inputs' tangents.

   No op has a rule for that. The op's gradient rule gives Jᵀ·u, which is linear in u; its derivative by u is J, so the
   gradient of ⟨Jᵀ·u, v⟩ by u is J·v. All of it are calls of ops, seen by outer accumulators and by tapes, hence
   derivatives of any order, in any mixture. */
#pragma once
#include "engine/eager/context.h"

typedef struct _LkForward LkForward;

LkForward *lk_forward_new (LkContext *ctx);         /* (transfer full) */
void lk_forward_free (LkForward *forward);          /* (nullable) */
void lk_forward_start (LkForward *forward);         /* following, innermost of the context's tapes */
void lk_forward_stop (LkForward *forward);
/* From now on tensor has this tangent, of its dtype and shape. To watch a variable, its handle, with its value's. */
void lk_forward_watch (LkForward *forward, LkTensor *tensor, LkTensor *tangent);
/* (transfer full) (nullable): NULL when tensor does not depend on what is watched */
LkTensor *lk_forward_tangent (LkForward *forward, LkTensor *tensor);
