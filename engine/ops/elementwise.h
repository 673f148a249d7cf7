/* SPDX-License-Identifier: MIT */
/* Elementwise kernels from one expression each. The loops are plain, so the compiler makes vectors of them;
   with LK_CLONES it does so for several widths, and the widest that the processor has is taken when the
   program starts. No clone may contract or reorder, so all give the same bits. <tgmath.h> lets one expression
   serve both float types; integers wrap, as unsigned ones do. */
#pragma once
#include <tgmath.h>

#include "engine/ops/block.h"
#include "engine/ops/share.h"

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_ADDRESS__ \
  && !defined __SANITIZE_THREAD__
#define LK_CLONES __attribute__ ((target_clones ("avx512f", "avx2", "default")))
#else
#define LK_CLONES
#endif

typedef void (*LkUnaryLoop) (const void *in, void *out, gint64 n);
/* step: 1 to go along with the output, 0 to stay. */
typedef void (*LkBinaryLoop) (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n);

/* loop (x) → expression, of type T → R. Attribute: LK_CLONES or nothing. */
#define LK_UNARY_LOOP(attribute, loop, T, R, expression) \
  attribute static void loop (const void *in, void *out, gint64 n) \
  { \
    const T *xs = in; \
    R *ys = out; \
    for (gint64 i = 0; i < n; i++) \
      { \
        const T x = xs[i]; \
        ys[i] = (R) (expression); \
      } \
  }

/* loop (x, y) → expression. The three cases are apart so that each can be a vector loop; both inputs stay
   only when n = 1. */
#define LK_BINARY_LOOP(attribute, loop, T, R, expression) \
  attribute static void loop (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n) \
  { \
    const T *xs = a, *ys = b; \
    R *zs = out; \
    if (a_step && b_step) \
      for (gint64 i = 0; i < n; i++) { const T x = xs[i], y = ys[i]; zs[i] = (R) (expression); } \
    else if (a_step) \
      { const T y = *ys; for (gint64 i = 0; i < n; i++) { const T x = xs[i]; zs[i] = (R) (expression); } } \
    else \
      { const T x = *xs; for (gint64 i = 0; i < n; i++) { const T y = ys[i]; zs[i] = (R) (expression); } } \
  }

/* Runs the loop for input 0's dtype over all of it. */
static inline void
lk_unary_run (LkCall *call, const LkUnaryLoop *loops)
{
  const LkTensor *x = call->inputs[0];
  const LkTensor *y = call->outputs[0];
  lk_share_unary (loops[x->dtype], lk_dtype_size (x->dtype), lk_dtype_size (y->dtype), x->data, y->data, x->size);
}
