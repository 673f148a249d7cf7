/* SPDX-License-Identifier: MIT */
/* The order of the elements of rows: the largest first, NaN last, −0 as 0, equals as they stand. Only one order is right, so
   neither the way to it nor the number of threads shows. */
#pragma once
#include "engine/core/tensor.h"

#define LK_RANKING_MOST G_MAXUINT32    /* elements of a row */

/* The first k of each row of n elements of in, and where in the row they stand. in: of a wide dtype, values of the same, indices
   of integers. FALSE when memory is short. */
gboolean lk_ranking_find (const LkTensor *in, gint64 n, gint64 k, LkTensor *values, LkTensor *indices);
