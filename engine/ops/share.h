/* SPDX-License-Identifier: MIT */
/* Elementwise loops over many elements, in parts that threads share. An element's result depends on its values alone, so where
   the parts meet does not matter. */
#pragma once
#include "engine/core/loop.h"

#define LK_SHARE_LEAST 262144   /* elements that are worth it */

void lk_share_many_unary (LkUnaryLoop loop, gsize in_size, gsize out_size, const void *in, void *out, gint64 n);
void lk_share_many_binary (LkBinaryLoop loop, gsize in_size, gsize out_size, const void *a, guint a_step, const void *b,
                           guint b_step, void *out, gint64 n);

/* loop (in, out, n); sizes: bytes of an element. */
static inline void
lk_share_unary (LkUnaryLoop loop, gsize in_size, gsize out_size, const void *in, void *out, gint64 n)
{
  if (G_LIKELY (n < LK_SHARE_LEAST))
    loop (in, out, n);
  else
    lk_share_many_unary (loop, in_size, out_size, in, out, n);
}

/* loop (a, a_step, b, b_step, out, n) */
static inline void
lk_share_binary (LkBinaryLoop loop, gsize in_size, gsize out_size, const void *a, guint a_step, const void *b, guint b_step,
                 void *out, gint64 n)
{
  if (G_LIKELY (n < LK_SHARE_LEAST))
    loop (a, a_step, b, b_step, out, n);
  else
    lk_share_many_binary (loop, in_size, out_size, a, a_step, b, b_step, out, n);
}
