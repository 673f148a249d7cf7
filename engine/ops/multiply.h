/* SPDX-License-Identifier: MIT */
/* The product of two matrices in memory, for ops that come down to one. Private to the engine. */
#pragma once
#include "engine/core/dtype.h"

/* op (a) is m × k, op (b) is k × n; the sizes are those in memory after transposition. */
typedef struct
{
  gint64 m, k, n;
  gboolean transpose_a, transpose_b;
  gboolean conjugate;     /* what is transposed */
} LkProduct;

/* out = op (a) · op (b), of a dtype that is not narrow (core/narrow.h). lk_blas_prepare() comes first; no size is more
   than G_MAXINT. */
void lk_product_run (LkDType dtype, const LkProduct *p, const void *a, const void *b, void *out);
