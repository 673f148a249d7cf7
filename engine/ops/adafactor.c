/* SPDX-License-Identifier: MIT */
/* Adafactor (Shazeer and Stern, 2018): of a matrix' squares only the means of rows and columns are kept. */
#include "engine/core/narrow.h"
#include "engine/ops/rule.h"
#include "engine/ops/update.h"

enum { VAR, ROWS, COLUMNS, WHOLE, RATE, BETA, EPSILON_1, EPSILON_2, CLIP, GRAD };

/* The last two axes are of matrices; what has fewer is kept whole. */
static gboolean
check_slot (const LkCall *call, guint i, const LkShape *wanted)
{
  LkVariable *variable;
  LkDType dtype;
  LkShape shape;
  if (!lk_state_describe (call, i, &dtype, &shape) || !lk_state_check_dtype (call, dtype, call->inputs[GRAD]->dtype))
    return FALSE;
  if (!lk_state_is_traced (call) && (!lk_state_find (call, i, &variable) || !lk_state_check_initialized (call, variable)))
    return FALSE;
  if (lk_shape_compatible (&shape, wanted))
    return TRUE;
  g_autofree char *has = lk_shape_text (&shape), *needs = lk_shape_text (wanted);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s has shape %s, but for this gradient it needs %s",
                       call->op->inputs[i].name, has, needs);
}

static gboolean
adafactor_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *grad = lk_rule_shape (call, GRAD);
  LkShape rows = *grad, columns = *grad;
  if (!check_slot (call, VAR, grad))
    return FALSE;
  for (guint i = RATE; i <= CLIP; i++)
    if (!lk_rule_need_scalar (call, i, call->op->inputs[i].name))
      return FALSE;
  /* Each has a value, whichever of them this gradient needs. */
  for (guint i = ROWS; i <= WHOLE; i++)
    if (!check_slot (call, i, &LK_SHAPE_UNKNOWN))
      return FALSE;
  if (grad->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (grad->rank < 2)
    return check_slot (call, WHOLE, grad);
  rows.rank = columns.rank = grad->rank - 1;
  columns.dims[grad->rank - 2] = grad->dims[grad->rank - 1];
  return check_slot (call, ROWS, &rows) && check_slot (call, COLUMNS, &columns);
}

/* Means of g² + ε of a matrix' rows and columns, into the running ones. */
static void
fold_matrix (const double *g, gint64 m, gint64 n, double beta, double epsilon, double *rows, double *columns)
{
  g_autofree double *sums = g_new0 (double, n + 1);
  for (gint64 i = 0; i < m; i++)
    {
      double sum = 0;
      for (gint64 j = 0; j < n; j++)
        {
          const double square = g[i * n + j] * g[i * n + j] + epsilon;
          sum += square;
          sums[j] += square;
        }
      rows[i] = beta * rows[i] + (1 - beta) * sum / n;
    }
  for (gint64 j = 0; j < n; j++)
    columns[j] = beta * columns[j] + (1 - beta) * sums[j] / m;
}

/* u = g / √(r cᵀ / mean r), over g. */
static void
scale_matrix (double *g, gint64 m, gint64 n, const double *rows, const double *columns)
{
  double mean = 0;
  for (gint64 i = 0; i < m; i++)
    mean += rows[i] / m;
  for (gint64 i = 0; i < m; i++)
    for (gint64 j = 0; j < n; j++)
      g[i * n + j] /= sqrt (rows[i] / mean * columns[j]);
}

static double
root_mean_square (const double *x, gint64 n)
{
  double sum = 0;
  for (gint64 i = 0; i < n; i++)
    sum += x[i] * x[i];
  return n > 0 ? sqrt (sum / n) : 0;
}

static double *
read_all (const LkTensor *tensor)
{
  double *values = g_new (double, tensor->size + 1);
  for (gint64 i = 0; i < tensor->size; i++)
    values[i] = lk_tensor_double_at (tensor, i);
  return values;
}

static void
write_all (LkTensor *tensor, const double *values)
{
  for (gint64 i = 0; i < tensor->size; i++)
    switch (tensor->dtype)
      {
      case LK_FLOAT32: ((float *) tensor->data)[i] = values[i]; break;
      case LK_FLOAT64: ((double *) tensor->data)[i] = values[i]; break;
      case LK_FLOAT16: ((guint16 *) tensor->data)[i] = lk_half_from_float (values[i]); break;
      case LK_BFLOAT16: ((guint16 *) tensor->data)[i] = lk_bfloat16_from_float (values[i]); break;
      }
}

static double *
value_of (const LkCall *call, guint i)
{
  return read_all (lk_variable_of (call->inputs[i])->value);
}

/* The step's direction over g; what is kept moves on. */
static void
direction (LkCall *call, double *g, LkTensor **next)
{
  const LkTensor *grad = call->inputs[GRAD];
  const guint rank = grad->shape.rank;
  const double beta = lk_tensor_double_at (call->inputs[BETA], 0),
               epsilon = lk_tensor_double_at (call->inputs[EPSILON_1], 0);
  g_autofree double *rows = value_of (call, ROWS), *columns = value_of (call, COLUMNS), *whole = value_of (call, WHOLE);
  if (rank < 2)
    for (gint64 i = 0; i < grad->size; i++)
      {
        whole[i] = beta * whole[i] + (1 - beta) * (g[i] * g[i] + epsilon);
        g[i] /= sqrt (whole[i]);
      }
  else
    {
      const gint64 m = grad->shape.dims[rank - 2], n = grad->shape.dims[rank - 1];
      const gint64 count = grad->size > 0 ? grad->size / (m * n) : 0;
      for (gint64 k = 0; k < count; k++)
        {
          fold_matrix (g + k * m * n, m, n, beta, epsilon, rows + k * m, columns + k * n);
          scale_matrix (g + k * m * n, m, n, rows + k * m, columns + k * n);
        }
    }
  write_all (next[ROWS], rows);
  write_all (next[COLUMNS], columns);
  write_all (next[WHOLE], whole);
}

static void
adafactor_kernel (LkCall *call)
{
  LkTensor *next[LK_UPDATE_SLOTS];
  const LkTensor *grad = call->inputs[GRAD];
  g_autofree double *g = read_all (grad), *var = value_of (call, VAR);
  if (!lk_update_begin (call, LK_UPDATE_SLOTS, next))
    return;
  const double smallest = lk_tensor_double_at (call->inputs[EPSILON_2], 0),
               clip = lk_tensor_double_at (call->inputs[CLIP], 0);
  const double alpha = fmax (smallest, root_mean_square (var, grad->size)) * lk_tensor_double_at (call->inputs[RATE], 0);
  direction (call, g, next);
  const double scale = alpha / fmax (1, root_mean_square (g, grad->size) / clip);
  for (gint64 i = 0; i < grad->size; i++)
    var[i] -= scale * g[i];
  write_all (next[VAR], var);
  lk_update_finish (call, LK_UPDATE_SLOTS, next);
}

LK_BLOCK (resource_apply_adafactor, .infer = adafactor_infer,
          .shape = "Nothing comes out. The slots of a matrix are its shape without the last axis, and without the last but one; "
                   "else var's own.",
          .kernel = adafactor_kernel);
