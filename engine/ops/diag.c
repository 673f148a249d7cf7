/* SPDX-License-Identifier: MIT */
/* Diagonals of matrices, as tensors. */
#include <string.h>

#include "engine/ops/diag_band.h"
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static void
spread_value (const LkElements *out, gint64 n, const LkElements *value)
{
  const LkMoveAxis axis = { n, 1, 0 };
  lk_move (out->data, value->data, out->size, &axis, 1);
}

/* ---- MatrixDiagV3 ---- */

/* How large the matrices are: what is given, or as small as they can be. */
static gboolean
diag_sizes (const LkCall *call, LkBand *band, gint64 rows, gint64 columns)
{
  const gint64 least_rows = band->longest - MIN (band->upper, 0), least_columns = band->longest + MAX (band->lower, 0);
  if (rows == -1 && columns == -1)
    rows = columns = MAX (least_rows, least_columns);
  else if (rows == -1)
    rows = least_rows;
  else if (columns == -1)
    columns = least_columns;
  if (rows < least_rows)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The number of rows is too small.");
  if (columns < least_columns)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The number of columns is too small.");
  if (rows != least_rows && columns != least_columns)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The number of rows or columns is not consistent with the specified "
                         "d_lower, d_upper, and diagonal.");
  band->rows = rows;
  band->columns = columns;
  return TRUE;
}

static gboolean
diag_shape (const LkCall *call, LkBand *band, LkShape *shape)
{
  gint64 rows, columns;
  guint n;
  gboolean known;
  const LkShape *lines = lk_rule_shape (call, 0);
  *shape = LK_SHAPE_UNKNOWN;
  if (!lk_band_read (call, 1, band, &known))
    return FALSE;
  if (!known || lines->rank == LK_RANK_UNKNOWN)
    return TRUE;
  const guint own = band->lower < band->upper ? 2 : 1;
  if (lines->rank < own)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "diagonal must be at least %u-dim, received shape: %s", own, "[]");
  if (own == 2 && lines->dims[lines->rank - 2] >= 0 && lines->dims[lines->rank - 2] - 1 != band->upper - band->lower)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The number of diagonals provided in the input does not match the "
                         "lower_diag_index and upper_diag_index range.");
  if (lines->rank - own + 2 > LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "matrices of more than %d dimensions are not supported", LK_MAX_RANK);
  *shape = *lines;
  shape->rank = lines->rank - own + 2;
  shape->dims[shape->rank - 1] = shape->dims[shape->rank - 2] = LK_DIM_UNKNOWN;
  band->longest = lines->dims[lines->rank - 1];
  if (band->longest < 0 || !lk_rule_ints (call, 2, &rows, 1, &n) || !lk_rule_ints (call, 3, &columns, 1, &n))
    return TRUE;
  if (!diag_sizes (call, band, rows, columns))
    return FALSE;
  shape->dims[shape->rank - 2] = band->rows;
  shape->dims[shape->rank - 1] = band->columns;
  return TRUE;
}

static gboolean
matrix_diag_infer (const LkCall *call, LkSignature *out)
{
  LkBand band;
  return lk_rule_need_min_rank (call, 0, 1, "diagonal must be at least 1-dim, received shape: %s")
         && lk_rule_need_rank (call, 2, 0, "num_rows must be a scalar, received shape: %s")
         && lk_rule_need_rank (call, 3, 0, "num_cols must be a scalar, received shape: %s")
         && lk_rule_need_rank (call, 4, 0, "padding_value must be a scalar, received shape: %s")
         && diag_shape (call, &band, &out[0].shape);
}

static void
matrix_diag_kernel (LkCall *call)
{
  LkBand band;
  LkShape shape;
  LkElements out;
  g_auto (LkElements) lines = lk_elements_of (call->inputs[0]);
  g_auto (LkElements) padding = lk_elements_of (call->inputs[4]);
  if (!diag_shape (call, &band, &shape) || !lk_elements_of_output (call, 0, &shape, &out))
    return;
  spread_value (&out, lk_shape_size (&shape), &padding);
  lk_band_move (&band, lk_shape_product (&shape, 0, shape.rank - 2), out.size, out.data, lines.data, TRUE);
  lk_elements_finish (call, 0, &shape, &out);
}

static void
matrix_diag_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (lk_shape_size (lk_rule_shape (call, 0)) == 0)
    {
      /* A diagonal of no elements may lie outside of the matrix, where none is to be had. */
      dx[0] = lk_zeros_like (call->ctx, call->inputs[0]);
      return;
    }
  g_autoptr (LkTensor) zero = lk_constant_scalar (call->ctx, dy[0] != NULL ? dy[0]->dtype : LK_FLOAT32, 0);
  dx[0] = lk_matrix_diag_part (call->ctx, dy[0], call->inputs[1], zero, call->attrs[0].s);
}

static void
matrix_diag_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkBand band;
  LkShape shape;
  if (!diag_shape (call, &band, &shape))
    return;
  const gint64 area = band.rows * band.columns, lines = (band.upper - band.lower + 1) * band.longest;
  const gint64 from = lk_band_element (&band, element % area / band.columns, element % band.columns);
  lk_provenance_add (into, from < 0 ? 4 : 0, from < 0 ? 0 : element / area * lines + from, 1, 1);
}

LK_BLOCK (matrix_diag, .infer = matrix_diag_infer,
          .shape = "[…, rows, columns], as given or the least that hold the diagonals: […, longest], or of "
                   "several […, diagonals, longest].",
          .kernel = matrix_diag_kernel, .gradient = matrix_diag_gradient,
          .provenance = matrix_diag_provenance,
          SAMPLES ({ "float64[3]; int32[]={0}; int32[]={-1}; int32[]={-1}; float64[]={0}" },
                   { "float64[2,2]; int32[]={1}; int32[]={-1}; int32[]={4}; float64[]={9}" },
                   { "float64[2,3,3]; int32[2]={-1,1}; int32[]={-1}; int32[]={-1}; float64[]={0}", "align=\"LEFT_RIGHT\"" },
                   { "string[2]={a,b}; int32[1]={-1}; int32[]={-1}; int32[]={-1}; string[]={z}" },
                   { "float64[0]; int32[]={0}; int32[]={-1}; int32[]={-1}; float64[]={0}" }));

/* ---- MatrixDiagPartV3 ---- */

/* The band of input `matrices`, as k in input `at` says. *known: its shape is. */
static gboolean
part_read (const LkCall *call, guint matrices, guint at, LkBand *band, gboolean *known)
{
  if (!lk_rule_need_min_rank (call, matrices, 2, "input must be at least 2-dim, received shape: %s")
      || !lk_band_read (call, at, band, known))
    return FALSE;
  *known = *known && lk_rule_rank_known (call, matrices);
  return !*known || lk_band_within (call, lk_rule_shape (call, matrices), band);
}

static gboolean
matrix_diag_part_infer (const LkCall *call, LkSignature *out)
{
  LkBand band;
  gboolean known;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!part_read (call, 0, 1, &band, &known)
      || !lk_rule_need_rank (call, 2, 0, "padding_value must be a scalar, received shape: %s"))
    return FALSE;
  if (known)
    out[0].shape = lk_band_shape (&band, lk_rule_shape (call, 0));
  return TRUE;
}

static void
matrix_diag_part_kernel (LkCall *call)
{
  LkBand band;
  gboolean known;
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  if (!part_read (call, 0, 1, &band, &known))
    return;
  const LkShape shape = lk_band_shape (&band, in);
  g_auto (LkElements) matrices = lk_elements_of (call->inputs[0]);
  g_auto (LkElements) padding = lk_elements_of (call->inputs[2]);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  spread_value (&out, lk_shape_size (&shape), &padding);
  lk_band_move (&band, lk_shape_product (in, 0, in->rank - 2), out.size, matrices.data, out.data, FALSE);
  lk_elements_finish (call, 0, &shape, &out);
}

static void
matrix_diag_part_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) zeros = lk_zeros_like (call->ctx, call->inputs[0]);
  dx[0] = lk_matrix_set_diag (call->ctx, zeros, dy[0], call->inputs[1], call->attrs[0].s);
}

static void
matrix_diag_part_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkBand band;
  gboolean known;
  if (!part_read (call, 0, 1, &band, &known))
    return;
  const gint64 lines = band.upper - band.lower + 1, d = band.upper - element / band.longest % lines;
  const gint64 at = element % band.longest - lk_band_offset (&band, d), batch = element / band.longest / lines;
  const gint64 row = at + MAX (-d, 0), column = at + MAX (d, 0);
  if (at < 0 || at >= lk_band_length (&band, d))
    lk_provenance_add (into, 2, 0, 1, 1);
  else
    lk_provenance_add (into, 0, (batch * band.rows + row) * band.columns + column, 1, 1);
}

LK_BLOCK (matrix_diag_part, .infer = matrix_diag_part_infer,
          .shape = "[…, longest] from […, m, n]; of several diagonals […, diagonals, longest].",
          .kernel = matrix_diag_part_kernel,
          .gradient = matrix_diag_part_gradient, .provenance = matrix_diag_part_provenance,
          SAMPLES ({ "float64[3,4]; int32[]={0}; float64[]={0}" }, { "float64[2,3,4]; int32[2]={-1,2}; float64[]={7}" },
                   { "float64[3,3]; int32[2]={-1,1}; float64[]={0}", "align=\"LEFT_LEFT\"" },
                   { "string[2,2]={a,b,c,d}; int32[1]={1}; string[]={z}" }, { "float64[0,2]; int32[]={0}; float64[]={0}" }));

/* ---- MatrixSetDiagV3 ---- */

static gboolean
matrix_set_diag_infer (const LkCall *call, LkSignature *out)
{
  LkBand band;
  gboolean known;
  LkShape merged;
  const LkShape *in = lk_rule_shape (call, 0), *lines = lk_rule_shape (call, 1);
  out[0].shape = *in;
  if (!part_read (call, 0, 2, &band, &known)
      || !lk_rule_need_min_rank (call, 1, 1, "diagonal must be at least 1-dim, received shape: %s"))
    return FALSE;
  if (!known)
    return TRUE;
  const LkShape expected = lk_band_shape (&band, in);
  if (lk_rule_merge (lines, &expected, &merged))
    return TRUE;
  g_autofree char *got = lk_shape_text (lines), *want = lk_shape_text (&expected);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Either first dimensions of diagonal don't match input.shape[:-2], or "
                       "diagonal.shape[:-1] is not equal to the longests diagonal in range [lower_diag_index:"
                       "upper_diag_index].\nExpected diagonal shape: %s\nDiagonal shape: %s", want, got);
}

static void
matrix_set_diag_kernel (LkCall *call)
{
  LkBand band;
  gboolean known;
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  if (!part_read (call, 0, 2, &band, &known))
    return;
  g_auto (LkElements) matrices = lk_elements_of (call->inputs[0]);
  g_auto (LkElements) lines = lk_elements_of (call->inputs[1]);
  if (!lk_elements_of_output (call, 0, in, &out))
    return;
  if (call->inputs[0]->size > 0)
    memcpy (out.data, matrices.data, call->inputs[0]->size * out.size);
  lk_band_move (&band, lk_shape_product (in, 0, in->rank - 2), out.size, out.data, lines.data, TRUE);
  lk_elements_finish (call, 0, in, &out);
}

static void
matrix_set_diag_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) none = lk_zeros_like (ctx, call->inputs[1]);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, call->inputs[0]->dtype, 0);
  dx[0] = lk_matrix_set_diag (ctx, dy[0], none, call->inputs[2], call->attrs[0].s);
  dx[1] = lk_matrix_diag_part (ctx, dy[0], call->inputs[2], zero, call->attrs[0].s);
}

static void
matrix_set_diag_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkBand band;
  gboolean known;
  if (!part_read (call, 0, 2, &band, &known))
    return;
  const gint64 area = band.rows * band.columns, lines = (band.upper - band.lower + 1) * band.longest;
  const gint64 from = lk_band_element (&band, element % area / band.columns, element % band.columns);
  lk_provenance_add (into, from < 0 ? 0 : 1, from < 0 ? element : element / area * lines + from, 1, 1);
}

LK_BLOCK (matrix_set_diag, .infer = matrix_set_diag_infer,
          .shape = "The input's shape, […, m, n]; diagonal is […, longest], of several […, diagonals, longest].",
          .kernel = matrix_set_diag_kernel,
          .gradient = matrix_set_diag_gradient, .provenance = matrix_set_diag_provenance,
          SAMPLES ({ "float64[3,4]; float64[3]; int32[]={0}" }, { "float64[2,3,3]; float64[2,2,3]; int32[2]={-1,0}" },
                   { "float64[3,3]; float64[3,3]; int32[2]={-1,1}", "align=\"LEFT_RIGHT\"" },
                   { "string[2,2]={a,b,c,d}; string[1]={z}; int32[]={1}" }, { "float64[0,2]; float64[0]; int32[]={0}" }));
