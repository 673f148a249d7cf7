/* SPDX-License-Identifier: MIT */
#pragma once
#include "engine/core/dtype.h"

/* To be called before OpenBLAS is: it computes on one thread, so that bits do not depend on how many there are. */
void lk_blas_prepare (void);

/* c = op (a) · op (b) + beta · c of LK_FLOAT32 or LK_FLOAT64, as in cblas, rows first: op (a) is m × k, op (b) is k × n.
   Large ones are shared between threads, by rows or columns of c: OpenBLAS sums the products of an element in the same
   order, however many others it has. */
void lk_blas_multiply (LkDType dtype, gboolean turn_a, gboolean turn_b, gint64 m, gint64 n, gint64 k, const void *a,
                       gint64 lda, const void *b, gint64 ldb, double beta, void *c, gint64 ldc);
