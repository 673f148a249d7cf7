/* SPDX-License-Identifier: MIT */
#include "engine/ops/diag_band.h"

#include <string.h>

#include "engine/ops/move.h"
#include "engine/ops/rule.h"

gboolean
lk_band_read (const LkCall *call, guint input, LkBand *band, gboolean *known)
{
  gint64 k[2];
  guint n;
  const LkShape *shape = lk_rule_shape (call, input);
  const char *align = call->attrs[0].s;
  if (shape->rank != LK_RANK_UNKNOWN && shape->rank > 1)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "diag_index must be a scalar or vector, received shape: %s", text);
    }
  if (lk_shape_known (shape) && lk_shape_size (shape) != 1 && lk_shape_size (shape) != 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "diag_index must have only one or two elements, received %"
                         G_GINT64_FORMAT " elements.", lk_shape_size (shape));
  band->above_left = g_str_has_prefix (align, "LEFT_");
  band->below_left = g_str_has_suffix (align, "_LEFT");
  if (strcmp (align, "LEFT_RIGHT") != 0 && strcmp (align, "RIGHT_LEFT") != 0 && strcmp (align, "LEFT_LEFT") != 0
      && strcmp (align, "RIGHT_RIGHT") != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'align' of \"%s\" is not in the list of allowed "
                         "values: \"LEFT_RIGHT\", \"RIGHT_LEFT\", \"LEFT_LEFT\", \"RIGHT_RIGHT\"", align);
  *known = lk_rule_ints (call, input, k, 2, &n);
  if (!*known)
    return TRUE;
  band->lower = k[0];
  band->upper = k[n - 1];
  return band->lower <= band->upper
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "lower_diag_index must not be larger than upper_diag_index: %"
                          G_GINT64_FORMAT " > %" G_GINT64_FORMAT, band->lower, band->upper);
}

gint64
lk_band_length (const LkBand *band, gint64 d)
{
  return MIN (band->rows + MIN (d, 0), band->columns - MAX (d, 0));
}

gint64
lk_band_offset (const LkBand *band, gint64 d)
{
  const gboolean left = (d >= 0 && band->above_left) || (d <= 0 && band->below_left);
  return left ? 0 : band->longest - lk_band_length (band, d);
}

gboolean
lk_band_within (const LkCall *call, const LkShape *shape, LkBand *band)
{
  band->rows = shape->dims[shape->rank - 2];
  band->columns = shape->dims[shape->rank - 1];
  for (guint i = 0; i < 2 && band->rows >= 0 && band->columns >= 0; i++)
    {
      const gint64 d = i == 0 ? band->lower : band->upper;
      if (d != 0 && (d <= -band->rows || d >= band->columns))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s is out of bound: %" G_GINT64_FORMAT ". It must be between %"
                             G_GINT64_FORMAT " and %" G_GINT64_FORMAT, i == 0 ? "lower_diag_index" : "upper_diag_index",
                             d, -band->rows, band->columns);
    }
  band->longest = band->rows < 0 || band->columns < 0 ? LK_DIM_UNKNOWN
    : MIN (band->rows + MIN (band->upper, 0), band->columns - MAX (band->lower, 0));
  return TRUE;
}

LkShape
lk_band_shape (const LkBand *band, const LkShape *matrices)
{
  LkShape shape = *matrices;
  shape.rank = matrices->rank - 2;
  if (band->lower < band->upper)
    shape.dims[shape.rank++] = band->upper - band->lower + 1;
  shape.dims[shape.rank++] = band->longest;
  return shape;
}

void
lk_band_move (const LkBand *band, gint64 batch, gsize size, char *matrices, char *lines, gboolean into_matrices)
{
  const gint64 area = band->rows * band->columns, n = band->upper - band->lower + 1;
  for (gint64 d = band->lower; d <= band->upper; d++)
    {
      const gint64 there = d >= 0 ? d : -d * band->columns;
      const gint64 here = (band->upper - d) * band->longest + lk_band_offset (band, d);
      const gint64 step = band->columns + 1, length = lk_band_length (band, d), all = n * band->longest;
      const LkMoveAxis out[] = { { batch, area, all }, { length, step, 1 } };
      const LkMoveAxis in[] = { { batch, all, area }, { length, 1, step } };
      char *matrix = matrices + there * (gint64) size, *line = lines + here * (gint64) size;
      if (length > 0)
        lk_move (into_matrices ? matrix : line, into_matrices ? line : matrix, size, into_matrices ? out : in, 2);
    }
}

gint64
lk_band_element (const LkBand *band, gint64 row, gint64 column)
{
  const gint64 d = column - row;
  if (d < band->lower || d > band->upper)
    return -1;
  return (band->upper - d) * band->longest + lk_band_offset (band, d) + MIN (row, column);
}
