/* SPDX-License-Identifier: MIT */
/* Diagonals of matrices. A band is the diagonals lower … upper, 0 the main one and positive ones above it; as a tensor it
   is one row each, the uppermost first, and those shorter than the longest are put to the left or the right of
   their row, as `align` says of those above and of those below. */
#pragma once
#include "engine/ops/op.h"

typedef struct
{
  gint64 rows, columns, lower, upper, longest;
  gboolean above_left, below_left;
} LkBand;

/* Reads k and align. *known: k is. */
gboolean lk_band_read (const LkCall *call, guint input, LkBand *band, gboolean *known);
gint64 lk_band_length (const LkBand *band, gint64 d);
/* Where diagonal d begins in its row of the band. */
gint64 lk_band_offset (const LkBand *band, gint64 d);
/* Whether the band lies within matrices of the last two dimensions of shape; then how long it is. */
gboolean lk_band_within (const LkCall *call, const LkShape *shape, LkBand *band);
/* The shape of the band of matrices of that shape. */
LkShape lk_band_shape (const LkBand *band, const LkShape *matrices);
/* Moves the band between matrices and its tensor, `batch` of each. */
void lk_band_move (const LkBand *band, gint64 batch, gsize size, char *matrices, char *lines, gboolean into_matrices);
/* The element of the band that stands at (row, column) of its matrix; −1 when that is outside of the band. */
gint64 lk_band_element (const LkBand *band, gint64 row, gint64 column);
