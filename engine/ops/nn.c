/* SPDX-License-Identifier: MIT */
/* Softmax and its logarithm. Each row is worked out in double from its largest element, so
   that nothing overflows and float32 results are rounded once. */
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"
#include "engine/ops/vector.h"

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
      y[i] = x[i] - top; \
    lk_vector_exp_##suffix (y, y, n); \
    for (gint64 i = 0; i < n; i++) \
      sum += y[i]; \
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
      y[i] = x[i] - top; \
    lk_vector_exp_##suffix (y, y, n); \
    for (gint64 i = 0; i < n; i++) \
      sum += y[i]; \
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

LK_BLOCK (softmax, .infer = row_infer, .widens = TRUE, .kernel = softmax_kernel, .gradient = softmax_gradient,
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

LK_BLOCK (log_softmax, .infer = row_infer, .widens = TRUE, .kernel = log_softmax_kernel, .gradient = log_softmax_gradient,
          .provenance = row_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[4]" }, { "float64[2,1,3]" }, { "float64[0,3]" }));
