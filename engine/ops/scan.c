/* SPDX-License-Identifier: MIT */
/* Running sums, products and log-sums along an axis. */
#include <float.h>
#include <math.h>

#include "engine/core/parallel.h"
#include "engine/ops/gradient.h"
#include "engine/ops/join.h"
#include "engine/ops/rule.h"
#include "engine/ops/share.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define SCAN_SHAPE "The input's shape; axis is a scalar."

static gboolean
scan_infer (const LkCall *call, LkSignature *out)
{
  gint64 axis;
  guint n, at;
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = *in;
  if (!lk_rule_need_scalar (call, 1, "axis"))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN || !lk_rule_ints (call, 1, &axis, 1, &n) || lk_rule_axis (axis, in->rank, &at))
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "%s: Expected scan axis in the range [-%u, %u), but got %" G_GINT64_FORMAT,
                       call->op->name, in->rank, in->rank, axis);
}

/* The input as [outer, n, inner], gone through in one direction or the other. */
typedef struct
{
  gint64 outer, n, inner;
  gboolean exclusive, reverse;
} Scan;

#define ABREAST 4       /* rows that are gone through together: a sum waits for the one before it, but not for those beside it */

static void
scan_layout (const LkCall *call, Scan *s)
{
  const LkShape *in = lk_rule_shape (call, 0);
  const guint axis = lk_axis_input (call, 1, in->rank);
  s->outer = lk_shape_product (in, 0, axis);
  s->n = in->dims[axis];
  s->inner = lk_shape_product (in, axis + 1, in->rank);
  s->exclusive = call->attrs[0].b;
  s->reverse = call->attrs[1].b;
}

/* Each row is the one before it, joined with the input's row beside it, or before it when exclusive. */
#define SCAN(name, T, neutral, operator) \
  static inline void name##_abreast (const Scan *s, const T *x, T *y, guint rows) \
  { \
    const gint64 n = s->n, step = s->reverse ? -1 : 1; \
    T last[ABREAST]; \
    for (guint r = 0; r < rows; r++) \
      last[r] = neutral; \
    for (gint64 i = 0, at = s->reverse ? n - 1 : 0; i < n; i++, at += step) \
      for (guint r = 0; r < rows; r++) \
        { \
          const T next = last[r] operator x[r * n + at]; \
          y[r * n + at] = s->exclusive ? last[r] : next; \
          last[r] = next; \
        } \
  } \
  static void name (const Scan *s, const void *in, void *out) \
  { \
    const gint64 step = s->reverse ? -s->inner : s->inner; \
    gint64 done = 0; \
    for (; s->inner == 1 && done + ABREAST <= s->outer; done += ABREAST) \
      name##_abreast (s, (const T *) in + done * s->n, (T *) out + done * s->n, ABREAST); \
    for (; s->inner == 1 && done < s->outer; done++) \
      name##_abreast (s, (const T *) in + done * s->n, (T *) out + done * s->n, 1); \
    for (gint64 o = done; o < s->outer; o++) \
      { \
        const gint64 first = (o * s->n + (s->reverse ? s->n - 1 : 0)) * s->inner; \
        const T *x = (const T *) in + first; \
        T *y = (T *) out + first; \
        for (gint64 i = 0; i < s->n; i++, x += step, y += step) \
          for (gint64 k = 0; k < s->inner; k++) \
            { \
              const T last = i == 0 ? neutral : y[k - step]; \
              if (s->exclusive) \
                y[k] = i == 0 ? neutral : last operator x[k - step]; \
              else \
                y[k] = last operator x[k]; \
            } \
      } \
  }
typedef void (*Scanner) (const Scan *s, const void *in, void *out);

typedef struct
{
  Scan scan;
  Scanner run;
  const char *in;
  char *out;
  gint64 stripe;        /* of the outer elements, in a task */
  gsize size;
} Work;

static void
scan_stripe (gpointer data, guint task)
{
  const Work *w = data;
  const gint64 first = task * w->stripe, offset = first * w->scan.n * w->scan.inner * (gint64) w->size;
  Scan scan = w->scan;
  scan.outer = MIN (w->stripe, w->scan.outer - first);
  w->run (&scan, w->in + offset, w->out + offset);
}

static void
scan (const LkCall *call, const Scanner *scanners)
{
  const LkTensor *in = call->inputs[0];
  Work w = { .run = scanners[in->dtype], .in = in->data, .out = call->outputs[0]->data, .size = lk_dtype_size (in->dtype) };
  if (in->size == 0)
    return;
  scan_layout (call, &w.scan);
  w.stripe = w.scan.outer;
  if (in->size >= LK_SHARE_LEAST)
    w.stripe = MAX (LK_SHARE_LEAST / 4 / (w.scan.n * w.scan.inner), ABREAST);
  lk_parallel ((w.scan.outer + w.stripe - 1) / w.stripe, scan_stripe, &w);
}

#define SCANS(name, neutral, operator) \
  SCAN (name##_f32, float, neutral, operator) \
  SCAN (name##_f64, double, neutral, operator) \
  SCAN (name##_i32, guint32, neutral, operator) \
  SCAN (name##_i64, guint64, neutral, operator) \
  SCAN (name##_c64, _Complex float, neutral, operator) \
  SCAN (name##_c128, _Complex double, neutral, operator) \
  static void name##_kernel (LkCall *call) \
  { \
    static const Scanner scanners[LK_N_DTYPES] = { \
      [LK_FLOAT32] = name##_f32, [LK_FLOAT64] = name##_f64, [LK_INT32] = name##_i32, [LK_INT64] = name##_i64, \
      [LK_UINT64] = name##_i64, [LK_COMPLEX64] = name##_c64, [LK_COMPLEX128] = name##_c128, \
    }; \
    scan (call, scanners); \
  }
SCANS (cumsum, 0, +)
SCANS (cumprod, 1, *)

static void
scan_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Scan s;
  scan_layout (call, &s);
  const gint64 at = element / s.inner % s.n, start = element - at * s.inner;
  const gint64 first = s.reverse ? at + s.exclusive : 0, last = s.reverse ? s.n : at + !s.exclusive;
  if (last > first)
    lk_provenance_add (into, 0, start + first * s.inner, last - first, s.inner);
}

/* Each input element goes into all sums after it. */
static void
cumsum_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_cumsum (call->ctx, dy[0], call->inputs[1], call->attrs[0].b, !call->attrs[1].b);
}

/* dx = Σ dy · y over the products after it, over x; 0 where x is, as in TensorFlow. */
static void
cumprod_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) product = lk_cumprod (ctx, call->inputs[0], call->inputs[1], call->attrs[0].b,
                                             call->attrs[1].b);
  g_autoptr (LkTensor) weighted = lk_mul (ctx, product, dy[0]);
  g_autoptr (LkTensor) sums = lk_cumsum (ctx, weighted, call->inputs[1], call->attrs[0].b, !call->attrs[1].b);
  dx[0] = lk_div_no_nan (ctx, sums, call->inputs[0]);
}

#define SCAN_SAMPLES \
  SAMPLES ({ "float64[4] in 0.5..2; int32[]={0}" }, { "float64[2,3,2] in 0.5..2; int32[]={1}", "exclusive=true" }, \
           { "float64[2,3] in 0.5..2; int64[]={-1}", "reverse=true" }, \
           { "float64[3,2] in 0.5..2; int32[]={0}", "exclusive=true, reverse=true" }, \
           { "int32[2,3]; int32[]={1}" }, { "complex128[3]; int32[]={0}" }, { "float64[0,3]; int32[]={0}" })
LK_BLOCK (cumsum, .infer = scan_infer, .shape = SCAN_SHAPE, .kernel = cumsum_kernel, .widens = TRUE, .gradient = cumsum_gradient,
          .provenance = scan_provenance, SCAN_SAMPLES);
LK_BLOCK (cumprod, .infer = scan_infer, .shape = SCAN_SHAPE, .kernel = cumprod_kernel, .widens = TRUE, .gradient = cumprod_gradient,
          .provenance = scan_provenance, SCAN_SAMPLES);

/* ---- CumulativeLogsumexp ---- */

/* ln (eᵃ + eᵇ). The lowest number stands for ln 0, as in TensorFlow. */
#define LOG_ADD(name, T, lowest, exp, log1p) \
  static T name (T a, T b) \
  { \
    const T most = a > b || a != a ? a : b, least = a > b || a != a ? b : a; \
    return least == lowest || most == -INFINITY || most == INFINITY ? most : log1p (exp (least - most)) + most; \
  }
LOG_ADD (log_add_f32, float, -FLT_MAX, expf, log1pf)
LOG_ADD (log_add_f64, double, -DBL_MAX, exp, log1p)

#define LOG_SCAN(name, T, lowest, log_add) \
  static void name (const Scan *s, const T *in, T *out) \
  { \
    const gint64 step = s->reverse ? -s->inner : s->inner; \
    for (gint64 o = 0; o < s->outer; o++) \
      { \
        const gint64 first = (o * s->n + (s->reverse ? s->n - 1 : 0)) * s->inner; \
        const T *x = in + first; \
        T *y = out + first; \
        for (gint64 i = 0; i < s->n; i++, x += step, y += step) \
          for (gint64 k = 0; k < s->inner; k++) \
            if (s->exclusive) \
              y[k] = i == 0 ? lowest : log_add (y[k - step], x[k - step]); \
            else \
              y[k] = i == 0 ? x[k] : log_add (y[k - step], x[k]); \
      } \
  }
LOG_SCAN (log_scan_f32, float, -FLT_MAX, log_add_f32)
LOG_SCAN (log_scan_f64, double, -DBL_MAX, log_add_f64)

static void
cumulative_logsumexp_kernel (LkCall *call)
{
  Scan s;
  if (call->inputs[0]->size == 0)
    return;
  scan_layout (call, &s);
  if (call->inputs[0]->dtype == LK_FLOAT32)
    log_scan_f32 (&s, call->inputs[0]->data, call->outputs[0]->data);
  else
    log_scan_f64 (&s, call->inputs[0]->data, call->outputs[0]->data);
}

/* eˣ times the sum, over the results that x went into, of those positive parts (sign 1) or negative parts (−1) of dy / eʸ. The
   sum is taken of logarithms. */
static LkTensor *
signed_part (const LkCall *call, LkTensor *dy, double sign)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *y = call->outputs[0];
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, x->dtype, 0);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
  g_autoptr (LkTensor) none = lk_constant_scalar (ctx, x->dtype, -INFINITY);
  g_autoptr (LkTensor) part = lk_scaled (ctx, dy, sign);
  g_autoptr (LkTensor) counts = lk_greater (ctx, part, zero);
  g_autoptr (LkTensor) safe = lk_select (ctx, counts, part, one);
  g_autoptr (LkTensor) log = lk_log (ctx, safe);
  g_autoptr (LkTensor) weight = lk_sub (ctx, log, y);
  g_autoptr (LkTensor) weights = lk_select (ctx, counts, weight, none);
  g_autoptr (LkTensor) sums = lk_cumulative_logsumexp (ctx, weights, call->inputs[1], call->attrs[0].b, !call->attrs[1].b);
  g_autoptr (LkTensor) power = lk_add (ctx, sums, x);
  return lk_exp (ctx, power);
}

static void
cumulative_logsumexp_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) more = signed_part (call, dy[0], 1);
  g_autoptr (LkTensor) less = signed_part (call, dy[0], -1);
  dx[0] = lk_sub (call->ctx, more, less);
}

LK_BLOCK (cumulative_logsumexp, .infer = scan_infer, .shape = SCAN_SHAPE, .kernel = cumulative_logsumexp_kernel, .widens = TRUE,
          .gradient = cumulative_logsumexp_gradient, .provenance = scan_provenance,
          SAMPLES ({ "float64[4] in 0.5..2; int32[]={0}" }, { "float32[2,3,2] in 0.5..2; int32[]={1}", "exclusive=true" },
                   { "float64[2,3] in 0.5..2; int64[]={-1}", "reverse=true" },
                   { "float32[3,2] in 0.5..2; int32[]={0}", "exclusive=true, reverse=true" },
                   { "float16[2]; int32[]={0}" }, { "float64[0,3]; int32[]={0}" }));
