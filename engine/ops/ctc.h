/* SPDX-License-Identifier: MIT */
/* What the ops of connectionist temporal classification share. */
#pragma once
#include <math.h>

#include "engine/ops/rule.h"

/* ln (eᵃ + eᵇ) */
static inline double
lk_ctc_add (double a, double b)
{
  const double high = fmax (a, b), low = fmin (a, b);
  return low == -INFINITY ? high : high + log1p (exp (low - high));
}

/* y = ln softmax of the n logits from element `at` on. */
void lk_ctc_log_softmax (const LkTensor *logits, gint64 at, gint64 n, double *y);

/* ---- decoders: input 0 is [time, batch, classes], input 1 how long each sequence is. Of each path a sparse tensor of the labels
   comes out: the indices of all paths first, then the values, then the shapes, and last the scores ---- */

gboolean lk_decode_infer (const LkCall *call, LkSignature *out, guint paths);
gboolean lk_decode_check_lengths (LkCall *call);
/* The sparse tensor of path i: the labels of all sequences, and how many each has. */
void lk_decode_give (LkCall *call, guint paths, guint i, const GArray *labels, const gint64 *counts);
void lk_decode_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into);
