/* SPDX-License-Identifier: MIT */
/* Softmax and its logarithm. */
#include "engine/core/parallel.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/logits.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- rows ---- */

typedef void (*Rows) (const void *in, void *out, gint64 rows, gint64 n);

/* As many rows at a time as stay in the nearest cache. */
#define NEAR 4096

#define ROWS(suffix, T) \
  LK_CLONES static void scale_##suffix (T *y, T scale, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      y[i] *= scale; \
  } \
  LK_CLONES static void less_##suffix (const T *x, T top, T log_sum, T *y, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      y[i] = x[i] - top - log_sum; \
  } \
  static void softmax_##suffix (const void *in, void *out, gint64 rows, gint64 n) \
  { \
    T tops[NEAR], *y = out; \
    lk_logits_raise_##suffix (in, rows, n, y, tops); \
    for (gint64 row = 0; row < rows; row++, y += n) \
      scale_##suffix (y, 1 / lk_logits_sum_##suffix (y, n), n); \
  } \
  static void log_softmax_##suffix (const void *in, void *out, gint64 rows, gint64 n) \
  { \
    const T *x = in; \
    T tops[NEAR], *y = out; \
    lk_logits_raise_##suffix (x, rows, n, y, tops); \
    for (gint64 row = 0; row < rows; row++, x += n, y += n) \
      less_##suffix (x, tops[row], log (lk_logits_sum_##suffix (y, n)), y, n); \
  }
ROWS (f32, float)
ROWS (f64, double)

typedef struct
{
  Rows run;
  const char *in;
  char *out;
  gint64 rows, n, stripe;       /* stripe: rows of a task */
  gsize size;
} Work;

static void
run_stripe (gpointer data, guint task)
{
  const Work *w = data;
  const gint64 end = MIN (w->rows, (task + 1) * w->stripe), near = MAX (NEAR / w->n, 1);
  for (gint64 row = task * w->stripe; row < end; row += near)
    w->run (w->in + row * w->n * w->size, w->out + row * w->n * w->size, MIN (near, end - row), w->n);
}

/* Runs rows on those of the last axis of input 0. */
static void
each_row (LkCall *call, const Rows *rows)
{
  const LkTensor *x = call->inputs[0];
  const gint64 n = x->shape.dims[x->shape.rank - 1];
  if (x->size == 0)
    return;
  Work w = { rows[x->dtype], x->data, call->outputs[0]->data, x->size / n, n, x->size / n, lk_dtype_size (x->dtype) };
  if (x->size >= LK_SHARE_LEAST)
    w.stripe = MAX (MAX (LK_SHARE_LEAST / 4 / n, 1), w.rows / G_MAXUINT16);
  lk_parallel ((w.rows + w.stripe - 1) / w.stripe, run_stripe, &w);
}

#define ROW_SHAPE "The shape of logits, which have one axis at least."

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
  static const Rows rows[LK_N_DTYPES] = { [LK_FLOAT32] = softmax_f32, [LK_FLOAT64] = softmax_f64 };
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

LK_BLOCK (softmax, .infer = row_infer, .shape = ROW_SHAPE, .widens = TRUE, .kernel = softmax_kernel, .gradient = softmax_gradient,
          .provenance = row_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[4]" }, { "float64[2,1,3]" }, { "float64[0,3]" }));

static void
log_softmax_kernel (LkCall *call)
{
  static const Rows rows[LK_N_DTYPES] = { [LK_FLOAT32] = log_softmax_f32, [LK_FLOAT64] = log_softmax_f64 };
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

LK_BLOCK (log_softmax, .infer = row_infer, .shape = ROW_SHAPE, .widens = TRUE, .kernel = log_softmax_kernel,
          .gradient = log_softmax_gradient,
          .provenance = row_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[4]" }, { "float64[2,1,3]" }, { "float64[0,3]" }));
