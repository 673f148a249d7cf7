/* SPDX-License-Identifier: MIT */
/* Elementwise kernels from one expression each. <tgmath.h> lets one expression serve both float types, and complex ones;
   integers wrap, as unsigned ones do. A kernel needs loops for float32, float64, int32 and int64, and where it takes them for
   uint64 and complex: narrower dtypes are widened piece by piece, so that they stay in the cache (see core/narrow.h). */
#pragma once
#include <tgmath.h>

#include "engine/ops/block.h"
#include "engine/ops/share.h"

typedef float _Complex LkComplex64;
typedef double _Complex LkComplex128;

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

/* What lk_unary_run() does for a dtype that has no loop. */
void lk_unary_run_narrow (LkCall *call, const LkUnaryLoop *loops);

/* Runs the loop for input 0's dtype over all of it. */
static inline void
lk_unary_run (LkCall *call, const LkUnaryLoop *loops)
{
  const LkTensor *x = call->inputs[0], *y = call->outputs[0];
  const LkUnaryLoop loop = loops[x->dtype];
  if (G_LIKELY (loop != NULL))
    lk_share_unary (loop, lk_dtype_size (x->dtype), lk_dtype_size (y->dtype), x->data, y->data, x->size);
  else
    lk_unary_run_narrow (call, loops);
}

/* Runs the loop for input 0's dtype over the broadcast of inputs 0 and 1. */
void lk_binary_run (LkCall *call, const LkBinaryLoop *loops);
