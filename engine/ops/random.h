/* SPDX-License-Identifier: MIT */
/* What the files of random ops share. Private to the engine. */
#pragma once
#include "engine/ops/distribution.h"
#include "engine/ops/rule.h"

/* ---- shape rules ---- */

/* Input i as the shape of output 0. */
gboolean lk_random_infer_shape (const LkCall *call, guint i, LkSignature *out);
/* Input i is two seeds, whose scrambling a stateless op begins with. */
gboolean lk_random_infer_seeds (const LkCall *call, guint i);
/* Inputs i, i + 1, i + 2 are key, counter and algorithm. */
gboolean lk_random_infer_key (const LkCall *call, guint i);
/* Inputs i and i + 1 are bounds of integers; they are only compared when the output has elements. */
gboolean lk_random_infer_bounds (const LkCall *call, guint i, const LkSignature *out);

/* Inputs i and i + 1, counts and probabilities, are broadcast to the end of the output's shape. */
gboolean lk_random_infer_binomial (const LkCall *call, guint i, const LkSignature *out);

/* ---- generators ---- */

/* Of a stateful op: its attributes seed and seed2, number `first` and the next, say whose stream it is. blocks: counters
   that nobody else gets. */
LkPhilox lk_random_begin (LkCall *call, guint first, guint64 blocks);
LkPhilox lk_random_of_seeds (const LkTensor *seeds);
LkPhilox lk_random_of_key (const LkTensor *key, const LkTensor *counter);
/* The numbers of the algorithms; the last one leaves the choice to us. */
enum { LK_RANDOM_PHILOX = 1, LK_RANDOM_THREEFRY = 2, LK_RANDOM_AUTO = 3 };
/* FALSE, after reporting it, unless it is Philox. */
gboolean lk_random_check_algorithm (const LkCall *call, gint64 algorithm);
gboolean lk_random_check_bounds (const LkCall *call, guint i);

/* Fills output 0 with binomial numbers of the parameters in inputs `first` and the next. */
void lk_random_fill_binomial (LkCall *call, guint first, LkPhilox philox);

/* ---- provenance ---- */

void lk_random_from_nothing (const LkCall *call, guint output, gint64 element, LkProvenance *into);
/* Every element of every input but those that are shapes may tell. */
void lk_random_from_all (const LkCall *call, guint output, gint64 element, LkProvenance *into);
