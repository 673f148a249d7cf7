/* SPDX-License-Identifier: MIT */
/* What Python's x[begin:end:stride, …, newaxis, index] means for a shape. The masks say, bit by entry, what an entry of
   begin, end and strides is: open at its begin or end, an ellipsis, a new axis, a single index. */
#pragma once
#include "engine/ops/move.h"
#include "engine/ops/op.h"

typedef struct
{
  guint n;                /* entries */
  gboolean known;         /* the values below are */
  gint64 begin[2 * LK_MAX_RANK], end[2 * LK_MAX_RANK], stride[2 * LK_MAX_RANK];
  guint begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
} LkEntries;

/* What the entries come to for one shape. */
typedef struct
{
  guint rank;             /* of the input */
  gint64 start[LK_MAX_RANK], stride[LK_MAX_RANK], count[LK_MAX_RANK];   /* by its axes; count -1: unknown */
  LkShape shape;          /* of the output */
} LkCut;

/* Inputs first, first + 1, first + 2 are begin, end and strides, the attributes the masks. FALSE after an error; *n is -1 when
   not even the number of entries is known. */
gboolean lk_entries_read (const LkCall *call, guint first, LkEntries *e, int *n);
gboolean lk_cut_shape (const LkCall *call, const LkEntries *e, const LkShape *in, LkCut *cut);
/* The walk over the cut: elements of the whole one way, of the part the other. Returns where it begins in the whole. */
gint64 lk_cut_axes (const LkCut *cut, const LkShape *whole, gboolean into_whole, LkMoveAxis *axes);
