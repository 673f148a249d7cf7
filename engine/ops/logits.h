/* SPDX-License-Identifier: MIT */
/* What softmax and the cross-entropies begin with: powers of e of rows of logits, each less the largest of its row so that none
   overflows, and their sums, in double. The order of adding is fixed. */
#pragma once
#include <glib.h>

/* x, powers: [rows, n]; tops: [rows], a NaN where the row has one. powers may be x. */
void lk_logits_raise_f32 (const float *x, gint64 rows, gint64 n, float *powers, float *tops);
void lk_logits_raise_f64 (const double *x, gint64 rows, gint64 n, double *powers, double *tops);
double lk_logits_sum_f32 (const float *powers, gint64 n);
double lk_logits_sum_f64 (const double *powers, gint64 n);
