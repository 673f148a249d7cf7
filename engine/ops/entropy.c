/* SPDX-License-Identifier: MIT */
/* Softmax cross-entropies, from logits: the loss of each row, and its derivative as a second output, so that
   the backward pass only has to scale it. */
#include <string.h>
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/logits.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- rows ----

   The powers are where the slopes will be, and the rows' largest where the losses. */
#define ROWS(suffix, T) \
  /* A label of 0 adds nothing, even where the logarithm is −∞. */ \
  static void dense_##suffix (const T *x, const T *labels, gint64 rows, gint64 n, T *losses, T *slopes) \
  { \
    lk_logits_raise_##suffix (x, rows, n, slopes, losses); \
    for (gint64 row = 0; row < rows; row++, x += n, labels += n, slopes += n) \
      { \
        const double sum = lk_logits_sum_##suffix (slopes, n), log_sum = log (sum); \
        const T top = losses[row]; \
        double loss = 0; \
        for (gint64 i = 0; i < n; i++) \
          { \
            if (labels[i] != 0) \
              loss -= labels[i] * ((x[i] - top) - log_sum); \
            slopes[i] = slopes[i] / sum - labels[i]; \
          } \
        losses[row] = loss; \
      } \
  } \
  static void sparse_##suffix (const T *x, const LkTensor *labels, gint64 rows, gint64 n, T *losses, T *slopes) \
  { \
    lk_logits_raise_##suffix (x, rows, n, slopes, losses); \
    for (gint64 row = 0; row < rows; row++, x += n, slopes += n) \
      { \
        const gint64 label = lk_tensor_int_at (labels, row); \
        const double sum = lk_logits_sum_##suffix (slopes, n); \
        losses[row] = log (sum) - (x[label] - losses[row]); \
        for (gint64 i = 0; i < n; i++) \
          slopes[i] /= sum; \
        slopes[label] -= 1; \
      } \
  }
ROWS (f32, float)
ROWS (f64, double)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
/* format: of the logits' shape and the labels'. */
static gboolean
fail_shapes (const LkCall *call, const char *format)
{
  g_autofree char *logits = lk_shape_text (lk_rule_shape (call, 0)), *labels = lk_shape_text (lk_rule_shape (call, 1));
  g_autofree char *text = g_strdup_printf (format, logits, labels);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s", text);
}
#pragma GCC diagnostic pop

/* (tensor with a new last axis) · matrix */
static LkTensor *
scale_rows (LkContext *ctx, LkTensor *tensor, LkTensor *matrix)
{
  g_autoptr (LkTensor) last = lk_constant_scalar (ctx, LK_INT32, -1);
  g_autoptr (LkTensor) column = lk_expand_dims (ctx, tensor, last);
  return lk_mul (ctx, column, matrix);
}

/* The logits with as many classes as there are; labels may have more, and repeat them. (transfer full) */
static LkTensor *
whole_logits (const LkCall *call)
{
  const LkShape *logits = lk_rule_shape (call, 0), *whole = &call->outputs[1]->shape;
  if (lk_shape_known (logits) && lk_shape_known (whole) && logits->dims[1] == whole->dims[1])
    return lk_tensor_ref (call->inputs[0]);
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, call->outputs[1]);
  return lk_broadcast_to (call->ctx, call->inputs[0], shape);
}

/* What reaches the logits through the second output, backprop = softmax − labels: (g − Σ g · softmax) ·
   softmax. Added to `sum` (transfer full, nullable). */
static LkTensor *
add_through_backprop (const LkCall *call, LkTensor *grad, LkTensor *sum)
{
  LkContext *ctx = call->ctx;
  if (grad == NULL)
    return sum;
  g_autoptr (LkTensor) logits = whole_logits (call), softmax = lk_softmax (ctx, logits);
  g_autoptr (LkTensor) weighted = lk_mul (ctx, grad, softmax);
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, -1);
  g_autoptr (LkTensor) mean = lk_sum (ctx, weighted, axis, TRUE);
  g_autoptr (LkTensor) rest = lk_sub (ctx, grad, mean);
  LkTensor *through = lk_mul (ctx, rest, softmax);
  if (sum == NULL)
    return through;
  g_autoptr (LkTensor) first = sum, second = through;
  return lk_add (ctx, first, second);
}

static void
loss_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->outputs[1]->shape.dims[1], row = output == 0 ? element : element / n;
  const LkTensor *labels = call->inputs[1];
  const gboolean sparse = labels->shape.rank == 1;
  for (guint i = 0; i < 2; i++)
    {
      const LkShape *shape = lk_rule_shape (call, i);
      const gint64 at = shape->dims[0] == 1 ? 0 : row, columns = sparse && i == 1 ? 1 : shape->dims[1];
      if (i == 1 && !sparse && output == 1 && columns > 1)
        lk_provenance_add (into, 1, at * columns + element % n, 1, 1);
      else
        lk_provenance_add (into, i, at * columns, columns, 1);
    }
}

/* ---- SoftmaxCrossEntropyWithLogits ---- */

static gboolean
cross_entropy_infer (const LkCall *call, LkSignature *out)
{
  LkShape both;
  const LkShape *logits = lk_rule_shape (call, 0), *labels = lk_rule_shape (call, 1);
  const LkShape matrix = LK_SHAPE (LK_DIM_UNKNOWN, LK_DIM_UNKNOWN);
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[1].shape = matrix;
  if (!lk_rule_need_rank (call, 0, 2, "logits must be 2-dimensional, got shape %s")
      || !lk_rule_need_rank (call, 1, 2, "labels must be 2-dimensional, got shape %s"))
    return FALSE;
  if (!lk_shape_broadcast (logits, labels, &both))
    return fail_shapes (call, "logits and labels must be broadcastable: logits_size=%s labels_size=%s");
  if (both.rank == LK_RANK_UNKNOWN)
    return TRUE;
  out[0].shape = LK_SHAPE (both.dims[0]);
  out[1].shape = both;
  return TRUE;
}

/* The elements of input i, repeated to the shape of all. NULL when memory is short. */
static const void *
spread (const LkCall *call, guint i, gpointer *owned)
{
  const LkTensor *in = call->inputs[i];
  const LkShape *whole = &call->outputs[1]->shape;
  const gsize size = lk_dtype_size (in->dtype);
  const gint64 n = whole->dims[1];
  if (lk_shape_equal (&in->shape, whole))
    return in->data;
  char *to = *owned = g_try_malloc (call->outputs[1]->size * size + 1);
  for (gint64 k = 0; to != NULL && k < call->outputs[1]->size; k++)
    {
      const gint64 row = in->shape.dims[0] == 1 ? 0 : k / n, column = in->shape.dims[1] == 1 ? 0 : k % n;
      memcpy (to + k * size, (const char *) in->data + (row * in->shape.dims[1] + column) * size, size);
    }
  return to;
}

static void
cross_entropy_kernel (LkCall *call)
{
  const gint64 rows = call->outputs[1]->shape.dims[0], n = call->outputs[1]->shape.dims[1];
  g_autofree gpointer own_logits = NULL, own_labels = NULL;
  const void *logits = spread (call, 0, &own_logits), *labels = spread (call, 1, &own_labels);
  if (call->outputs[1]->size > 0 && (logits == NULL || labels == NULL))
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for %" G_GINT64_FORMAT " rows", rows);
      return;
    }
  void *losses = call->outputs[0]->data, *slopes = call->outputs[1]->data;
  if (n == 0)
    memset (losses, 0, lk_tensor_bytes (call->outputs[0]));
  else if (call->inputs[0]->dtype == LK_FLOAT32)
    dense_f32 (logits, labels, rows, n, losses, slopes);
  else
    dense_f64 (logits, labels, rows, n, losses, slopes);
}

/* May logits and labels be of different shapes? */
static gboolean
may_repeat (const LkCall *call)
{
  const LkShape *logits = lk_rule_shape (call, 0), *labels = lk_rule_shape (call, 1);
  return !lk_shape_known (logits) || !lk_shape_known (labels) || !lk_shape_equal (logits, labels);
}

static void
cross_entropy_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  if (dy[0] != NULL)
    {
      g_autoptr (LkTensor) logits = whole_logits (call), logs = lk_log_softmax (ctx, logits);
      g_autoptr (LkTensor) minus = lk_neg (ctx, logs);
      dx[0] = scale_rows (ctx, dy[0], call->outputs[1]);
      dx[1] = scale_rows (ctx, dy[0], minus);
    }
  dx[0] = add_through_backprop (call, dy[1], dx[0]);
  if (dy[1] != NULL)
    {
      g_autoptr (LkTensor) first = dx[1];
      dx[1] = first != NULL ? lk_sub (ctx, first, dy[1]) : lk_neg (ctx, dy[1]);
    }
  if (may_repeat (call))
    lk_unbroadcast (call, 0, 1, dx);
}

LK_BLOCK (softmax_cross_entropy_with_logits, .infer = cross_entropy_infer,
          .shape = "[batch], and [batch, classes] for backprop, from logits and labels that are broadcast.",
          .widens = TRUE, .kernel = cross_entropy_kernel,
          .gradient = cross_entropy_gradient, .provenance = loss_provenance,
          SAMPLES ({ "float64[2,3]; float64[2,3]={0.2,0.3,0.5,1,0,0}" },
                   { "float64[1,4]; float64[1,4]={0.25,0.25,0.4,0.1}" },
                   { "float64[0,3]; float64[0,3]" }, { "float64[2,1]; float64[2,1]={1,1}" },
                   { "float64[2,3]; float64[1,3]={0.2,0.3,0.5}" }, { "float64[1,3]; float64[2,3]={0.2,0.3,0.5,1,0,0}" },
                   { "float64[2,1]; float64[1,3]={0.5,0.5,0}" }, { "float64[2,2]; float64[2,1]={0.5,0.5}" },
                   { "float16[2,3]; float16[1,3]={0.25,0.25,0.5}" }));

/* ---- SparseSoftmaxCrossEntropyWithLogits ---- */

static gboolean
sparse_infer (const LkCall *call, LkSignature *out)
{
  gint64 rows;
  const LkShape *logits = lk_rule_shape (call, 0), *labels = lk_rule_shape (call, 1);
  out[0].shape = *labels;
  out[1].shape = *logits;
  if (!lk_rule_need_rank (call, 0, 2, "logits must be 2-D, but got shape %s")
      || !lk_rule_need_rank (call, 1, 1, "labels must be 1-D, but got shape %s"))
    return FALSE;
  if (lk_rule_rank_known (call, 0) && logits->dims[1] == 0)
    return fail_shapes (call, "Must have at least one class, but got logits shape %s");
  if (!lk_rule_rank_known (call, 0) || !lk_rule_rank_known (call, 1))
    return TRUE;
  if (!lk_rule_merge_dim (logits->dims[0], labels->dims[0], &rows))
    return fail_shapes (call, "logits and labels must have the same first dimension, got logits shape %s and "
                        "labels shape %s");
  out[0].shape.dims[0] = out[1].shape.dims[0] = rows;
  return TRUE;
}

static gboolean
check_labels (LkCall *call, const LkTensor *labels, gint64 n)
{
  for (gint64 i = 0; i < labels->size; i++)
    if (lk_int_at (labels, i) < 0 || lk_int_at (labels, i) >= n)
      {
        g_autoptr (GString) all = g_string_new (NULL);
        for (gint64 k = 0; k < MIN (labels->size, 32); k++)
          g_string_append_printf (all, " %" G_GINT64_FORMAT, lk_int_at (labels, k));
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Received a label value of %" G_GINT64_FORMAT " which is outside the valid "
                             "range of [0, %" G_GINT64_FORMAT ").  Label values:%s%s", lk_int_at (labels, i),
                             n, all->str,
                             labels->size > 32 ? " ..." : "");
      }
  return TRUE;
}

static void
sparse_kernel (LkCall *call)
{
  const LkTensor *logits = call->inputs[0], *labels = call->inputs[1];
  const gint64 rows = logits->shape.dims[0], n = logits->shape.dims[1];
  if (!check_labels (call, labels, n))
    return;
  void *losses = call->outputs[0]->data, *slopes = call->outputs[1]->data;
  if (logits->dtype == LK_FLOAT32)
    sparse_f32 (logits->data, labels, rows, n, losses, slopes);
  else
    sparse_f64 (logits->data, labels, rows, n, losses, slopes);
}

static void
sparse_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (dy[0] != NULL)
    dx[0] = scale_rows (call->ctx, dy[0], call->outputs[1]);
  dx[0] = add_through_backprop (call, dy[1], dx[0]);
}

LK_BLOCK (sparse_softmax_cross_entropy_with_logits, .infer = sparse_infer,
          .shape = "[batch], and [batch, classes] for backprop, from logits [batch, classes] and labels [batch].",
          .widens = TRUE, .kernel = sparse_kernel,
          .gradient = sparse_gradient, .provenance = loss_provenance,
          SAMPLES ({ "float64[2,3]; int32[2]={0,2}" }, { "float64[1,4]; int64[1]={3}" },
                   { "float64[0,3]; int32[0]" },
                   { "float32[3,2]; int64[3]={0,1,1}" }));
