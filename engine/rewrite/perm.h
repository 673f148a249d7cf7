/* SPDX-License-Identifier: MIT */
/* Orders of axes: axis i of the output is axis at[i] of the input. Private to the optimiser. */
#pragma once
#include "engine/rewrite/rewriting.h"

typedef struct
{
  guint rank;
  gint64 at[LK_MAX_RANK];
} LkPerm;

/* That of a Transpose. FALSE when node is none, or its order is not known or not right. */
gboolean lk_perm_read (LkPerm *perm, const LkNode *node);
gboolean lk_perm_equal (const LkPerm *a, const LkPerm *b);
/* Nothing moves. */
gboolean lk_perm_is_plain (const LkPerm *perm);
LkPerm lk_perm_inverse (const LkPerm *perm);
/* First `first`, then `then`. */
LkPerm lk_perm_of_both (const LkPerm *first, const LkPerm *then);
/* tensor with its axes in that order: its maker's input, where that turned it the other way. NULL after an error. (transfer full) */
LkTensor *lk_perm_apply (LkContext *ctx, const LkPerm *perm, LkTensor *tensor);
