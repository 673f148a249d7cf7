/* SPDX-License-Identifier: MIT */
/* Softmax, its cross-entropies, and biases. Each row is worked out in double from its largest element, so
   that nothing overflows and float32 results are rounded once. */
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define MANY 256        /* elements that a loop goes along at least */

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- rows ---- */

#define ROWS(suffix, T) \
  static void softmax_##suffix (const void *in, void *out, gint64 n) \
  { \
    const T *x = in; \
    T *y = out; \
    double sum = 0; \
    const T top = largest_##suffix (x, n); \
    for (gint64 i = 0; i < n; i++) \
      sum += y[i] = exp (x[i] - top); \
    const T scale = 1 / sum; \
    for (gint64 i = 0; i < n; i++) \
      y[i] *= scale; \
  } \
  static void log_softmax_##suffix (const void *in, void *out, gint64 n) \
  { \
    const T *x = in; \
    T *y = out; \
    double sum = 0; \
    const T top = largest_##suffix (x, n); \
    for (gint64 i = 0; i < n; i++) \
      sum += exp (x[i] - top); \
    const T log_sum = log (sum); \
    for (gint64 i = 0; i < n; i++) \
      y[i] = x[i] - top - log_sum; \
  }
#define LARGEST(suffix, T) \
  static T largest_##suffix (const T *x, gint64 n) \
  { \
    T top = n > 0 ? x[0] : 0; \
    for (gint64 i = 1; i < n; i++) \
      if (x[i] > top || x[i] != x[i]) \
        top = x[i]; \
    return top; \
  }
LARGEST (f32, float)
LARGEST (f64, double)
ROWS (f32, float)
ROWS (f64, double)

/* Runs row on each row of the last axis of input 0. */
static void
each_row (LkCall *call, const LkUnaryLoop *rows)
{
  const LkTensor *x = call->inputs[0];
  const gint64 n = x->shape.dims[x->shape.rank - 1];
  const gsize size = lk_dtype_size (x->dtype);
  for (gint64 i = 0; n > 0 && i < x->size; i += n)
    rows[x->dtype] ((const char *) x->data + i * size, (char *) call->outputs[0]->data + i * size, n);
}

static gboolean
row_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_min_rank (call, 0, 1, "logits must have >= 1 dimension, got %s")
         && lk_infer_first (call, out);
}

static void
row_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  const gint64 n = shape->dims[shape->rank - 1];
  lk_provenance_add (into, 0, element / n * n, n, 1);
}

/* The sum over the last axis, which stays as one of 1. */
static LkTensor *
row_sum (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, -1);
  return lk_sum (ctx, x, axis, TRUE);
}

/* ---- Softmax, LogSoftmax ---- */

static void
softmax_kernel (LkCall *call)
{
  static const LkUnaryLoop rows[LK_N_DTYPES] = { [LK_FLOAT32] = softmax_f32, [LK_FLOAT64] = softmax_f64 };
  each_row (call, rows);
}

/* dx = (dy − Σ dy · y) · y */
static void
softmax_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *y = call->outputs[0];
  g_autoptr (LkTensor) weighted = lk_mul (call->ctx, dy[0], y);
  g_autoptr (LkTensor) mean = row_sum (call->ctx, weighted);
  g_autoptr (LkTensor) rest = lk_sub (call->ctx, dy[0], mean);
  dx[0] = lk_mul (call->ctx, rest, y);
}

LK_BLOCK (softmax, .infer = row_infer, .kernel = softmax_kernel, .gradient = softmax_gradient,
          .provenance = row_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[4]" }, { "float64[2,1,3]" }, { "float64[0,3]" }));

static void
log_softmax_kernel (LkCall *call)
{
  static const LkUnaryLoop rows[LK_N_DTYPES] = { [LK_FLOAT32] = log_softmax_f32,
                                                 [LK_FLOAT64] = log_softmax_f64 };
  each_row (call, rows);
}

/* dx = dy − Σ dy · softmax (x) */
static void
log_softmax_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) softmax = lk_exp (call->ctx, call->outputs[0]);
  g_autoptr (LkTensor) sum = row_sum (call->ctx, dy[0]);
  g_autoptr (LkTensor) share = lk_mul (call->ctx, sum, softmax);
  dx[0] = lk_sub (call->ctx, dy[0], share);
}

LK_BLOCK (log_softmax, .infer = row_infer, .kernel = log_softmax_kernel, .gradient = log_softmax_gradient,
          .provenance = row_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[4]" }, { "float64[2,1,3]" }, { "float64[0,3]" }));

/* ---- BiasAdd ---- */

static gboolean
bias_add_infer (const LkCall *call, LkSignature *out)
{
  gint64 dim;
  const LkShape *value = lk_rule_shape (call, 0), *bias = lk_rule_shape (call, 1);
  out[0].shape = *value;
  if (!lk_rule_need_min_rank (call, 0, 2, "Input tensor must be at least 2D: %s")
      || !lk_rule_need_rank (call, 1, 1, "Biases must be 1D: %s"))
    return FALSE;
  if (!lk_rule_rank_known (call, 0) || !lk_rule_rank_known (call, 1))
    return TRUE;
  if (!lk_rule_merge_dim (value->dims[value->rank - 1], bias->dims[0], &dim))
    {
      g_autofree char *a = lk_shape_text (bias), *b = lk_shape_text (value);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "Must provide as many biases as the last dimension of the input tensor: %s "
                           "vs. %s", a, b);
    }
  out[0].shape.dims[value->rank - 1] = dim;
  return TRUE;
}

/* Few biases are taken several times over, so that the loop has something to go along. */
#define ADD_BIAS(name, T) \
  LK_CLONES static void name (const void *in, const void *bias, void *out, gint64 size, gint64 n) \
  { \
    const T *x = in, *b = bias; \
    T *y = out, many[MANY]; \
    gint64 width = n; \
    if (n <= MANY / 2) \
      { \
        width = MANY / n * n; \
        for (gint64 i = 0; i < width; i++) \
          many[i] = b[i % n]; \
        b = many; \
      } \
    for (gint64 i = 0; i < size; i += width) \
      for (gint64 k = 0, end = MIN (width, size - i); k < end; k++) \
        y[i + k] = x[i + k] + b[k]; \
  }
ADD_BIAS (add_bias_f32, float)
ADD_BIAS (add_bias_f64, double)
ADD_BIAS (add_bias_i32, guint32)
ADD_BIAS (add_bias_i64, guint64)

static void
bias_add_kernel (LkCall *call)
{
  static void (*const adds[LK_N_DTYPES]) (const void *in, const void *bias, void *out, gint64 size, gint64 n) = {
    [LK_FLOAT32] = add_bias_f32, [LK_FLOAT64] = add_bias_f64, [LK_INT32] = add_bias_i32,
    [LK_INT64] = add_bias_i64,
  };
  const LkTensor *x = call->inputs[0], *bias = call->inputs[1];
  if (x->size > 0)
    adds[x->dtype] (x->data, bias->data, call->outputs[0]->data, x->size, bias->size);
}

static void
bias_add_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_ref (dy[0]);
  dx[1] = lk_bias_add_grad (call->ctx, dy[0]);
}

static void
bias_add_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, element, 1, 1);
  lk_provenance_add (into, 1, element % call->inputs[1]->size, 1, 1);
}

LK_BLOCK (bias_add, .infer = bias_add_infer, .kernel = bias_add_kernel, .gradient = bias_add_gradient,
          .provenance = bias_add_provenance,
          SAMPLES ({ "float64[2,3]; float64[3]" }, { "float64[2,2,3]; float64[3]" },
                   { "float64[0,3]; float64[3]" },
                   { "int32[2,2]; int32[2]" }));

/* ---- BiasAddGrad ---- */

static gboolean
bias_add_grad_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *dy = lk_rule_shape (call, 0);
  out[0].shape = LK_SHAPE (lk_rule_rank_known (call, 0) && dy->rank > 0 ? dy->dims[dy->rank - 1]
                           : LK_DIM_UNKNOWN);
  return lk_rule_need_min_rank (call, 0, 2, "Input tensor must be at least 2D: %s");
}

/* Rows of few columns are taken several at once, and their sums added in the end. */
#define SUM_COLUMNS(name, T, A) \
  LK_CLONES static void name##_into (const T *in, gint64 size, A *wide, gint64 width) \
  { \
    for (gint64 i = 0; i < size; i += width) \
      for (gint64 k = 0, end = MIN (width, size - i); k < end; k++) \
        wide[k] += (A) in[i + k]; \
  } \
  static void name (const LkTensor *dy, LkTensor *out) \
  { \
    T *sums = out->data; \
    const gint64 n = out->size, width = n > 0 ? n * MAX (1, MANY / 4 / n) : 1; \
    g_autofree A *wide = g_new0 (A, width); \
    if (n > 0) \
      name##_into (dy->data, dy->size, wide, width); \
    for (gint64 k = n; k < width; k++) \
      wide[k % n] += wide[k]; \
    for (gint64 k = 0; k < n; k++) \
      sums[k] = (T) wide[k]; \
  }
SUM_COLUMNS (sum_columns_f32, float, double)
SUM_COLUMNS (sum_columns_f64, double, double)
SUM_COLUMNS (sum_columns_i32, guint32, guint32)
SUM_COLUMNS (sum_columns_i64, guint64, guint64)

static void
bias_add_grad_kernel (LkCall *call)
{
  static void (*const sums[LK_N_DTYPES]) (const LkTensor *dy, LkTensor *out) = {
    [LK_FLOAT32] = sum_columns_f32, [LK_FLOAT64] = sum_columns_f64,
    [LK_INT32] = sum_columns_i32, [LK_INT64] = sum_columns_i64,
  };
  sums[call->inputs[0]->dtype] (call->inputs[0], call->outputs[0]);
}

static void
bias_add_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, call->inputs[0]);
  dx[0] = lk_broadcast_to (call->ctx, dz[0], shape);
}

static void
bias_add_grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->outputs[0]->size;
  lk_provenance_add (into, 0, element, call->inputs[0]->size / n, n);
}

LK_BLOCK (bias_add_grad, .infer = bias_add_grad_infer, .kernel = bias_add_grad_kernel,
          .gradient = bias_add_grad_gradient,
          .provenance = bias_add_grad_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[2,2,3]" }, { "float64[0,3]" }, { "int64[2,2]" }));
