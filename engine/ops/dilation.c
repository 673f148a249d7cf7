/* SPDX-License-Identifier: MIT */
/* Grey-scale dilation: a convolution in which sums are maxima and products are sums. The first of several equal taps counts as
   the largest, and one that is NaN never does; a window without a tap inside has the lowest number there is. */
#include <float.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/window.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* Also of the two backprops, which have the same first inputs. */
static gboolean
window_of (const LkCall *call, LkWindow *w)
{
  const LkShape *input = lk_rule_shape (call, 0), *filter = lk_rule_shape (call, 1);
  const gboolean known = filter->rank != LK_RANK_UNKNOWN;
  if (!lk_rule_need_rank (call, 0, 4, "input must be 4-dimensional: %s")
      || !lk_rule_need_rank (call, 1, 3, "filter must be 3-dimensional: %s"))
    return FALSE;
  const gint64 sizes[2] = { known ? filter->dims[0] : LK_DIM_UNKNOWN, known ? filter->dims[1] : LK_DIM_UNKNOWN };
  if (!lk_window_read (call, 2, input, sizes, w))
    return FALSE;
  const gint64 depth = w->channels;
  return !known || lk_rule_merge_dim (depth, filter->dims[2], &w->channels)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "input and filter must have same depth: %" G_GINT64_FORMAT " vs. %"
                          G_GINT64_FORMAT, depth, filter->dims[2]);
}

static gboolean
dilation_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  if (!window_of (call, &w))
    return FALSE;
  out[0].shape = lk_window_output (&w, w.channels);
  return TRUE;
}

/* What the derivative is by: input 0 or 1. */
static guint
by (const LkCall *call)
{
  return call->op->index == LK_OP_DILATION2D_BACKPROP_FILTER;
}

#define BACKPROP_SHAPE "The shape of input, of Dilation2DBackpropFilter that of filter; out_backprop has that of Dilation2D."

static gboolean
backprop_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  if (!window_of (call, &w))
    return FALSE;
  const LkShape dilated = lk_window_output (&w, w.channels);
  out[0].shape = *lk_rule_shape (call, by (call));
  if (lk_shape_compatible (lk_rule_shape (call, 2), &dilated))
    return TRUE;
  g_autofree char *expected = lk_shape_text (&dilated), *got = lk_shape_text (lk_rule_shape (call, 2));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected out_backprop shape to be %s, but got %s", expected, got);
}

/* ---- kernels ---- */

/* For each channel of one window: the largest sum, its tap and its position. Taps without an index in range stay -1. */
typedef struct
{
  gint64 channels;
  LkWindowRun *runs;
  gint64 *taps, *places;
} Work;

/* U: in which sums wrap instead of overflowing. */
#define DILATION(suffix, T, U, LOWEST) \
  static void choose_##suffix (const Work *work, guint n, const T *x, const T *f, T *y) \
  { \
    const gint64 channels = work->channels; \
    for (gint64 c = 0; c < channels; c++) \
      { \
        y[c] = LOWEST; \
        work->taps[c] = n > 0 ? work->runs[0].tap : -1; \
        work->places[c] = n > 0 ? work->runs[0].at : -1; \
      } \
    for (const LkWindowRun *run = work->runs; run < work->runs + n; run++) \
      for (gint64 k = 0; k < run->n; k++) \
        for (gint64 c = 0; c < channels; c++) \
          { \
            const T sum = (U) x[(run->at + k) * channels + c] + (U) f[(run->tap + k) * channels + c]; \
            if (sum > y[c]) \
              { \
                y[c] = sum; \
                work->taps[c] = run->tap + k; \
                work->places[c] = run->at + k; \
              } \
          } \
  } \
  /* dy is read, y written, as far as they are there; rest is room for a window's sums. */ \
  static void slide_##suffix (const Work *work, const LkWindow *w, const T *x, const T *f, T *y, const T *dy, T *dx, T *df, \
                              T *rest) \
  { \
    const gint64 n = w->batch * lk_window_out_size (w), channels = work->channels; \
    LkWindowWalk walk; \
    if (n == 0) \
      return; \
    lk_window_walk_init (&walk, w, 0); \
    for (gint64 i = 0; i < n; i++) \
      { \
        choose_##suffix (work, lk_window_walk_next (&walk, work->runs), x, f, y != NULL ? y + i * channels : rest); \
        for (gint64 c = 0; c < channels && dy != NULL; c++) \
          { \
            T *to = dx != NULL ? dx + work->places[c] * channels : df + work->taps[c] * channels; \
            if (work->taps[c] >= 0) \
              to[c] = (U) to[c] + (U) dy[i * channels + c]; \
          } \
      } \
  }
DILATION (f32, float, float, -FLT_MAX)
DILATION (f64, double, double, -DBL_MAX)
DILATION (i32, gint32, guint32, G_MININT32)
DILATION (i64, gint64, guint64, G_MININT64)
DILATION (u64, guint64, guint64, 0)

static void
slide (const LkCall *call, const Work *work, const LkWindow *w, void *y, const void *dy, void *dx, void *df, void *rest)
{
  const void *x = call->inputs[0]->data, *f = call->inputs[1]->data;
  switch ((LkDType) call->inputs[0]->dtype)
    {
    case LK_FLOAT32: slide_f32 (work, w, x, f, y, dy, dx, df, rest); break;
    case LK_FLOAT64: slide_f64 (work, w, x, f, y, dy, dx, df, rest); break;
    case LK_INT32: slide_i32 (work, w, x, f, y, dy, dx, df, rest); break;
    case LK_INT64: slide_i64 (work, w, x, f, y, dy, dx, df, rest); break;
    default: slide_u64 (work, w, x, f, y, dy, dx, df, rest); break;
    }
}

static void
run (LkCall *call, void *y, const void *dy, void *dx, void *df)
{
  LkWindow w;
  if (!window_of (call, &w))
    return;
  const gsize taps = lk_window_taps (&w), channels = w.channels;
  g_autofree LkWindowRun *runs = g_try_new (LkWindowRun, taps + 1);
  g_autofree gint64 *chosen = g_try_new (gint64, 3 * channels + 1);
  if (runs == NULL || chosen == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for the taps of a window");
      return;
    }
  const Work work = { channels, runs, chosen, chosen + channels };
  slide (call, &work, &w, y, dy, dx, df, chosen + 2 * channels);
}

static void
dilation_kernel (LkCall *call)
{
  run (call, call->outputs[0]->data, NULL, NULL, NULL);
}

static void
backprop_kernel (LkCall *call)
{
  LkTensor *out = call->outputs[0];
  memset (out->data, 0, lk_tensor_bytes (out));
  run (call, NULL, call->inputs[2]->data, by (call) == 0 ? out->data : NULL, by (call) == 1 ? out->data : NULL);
}

/* ---- gradient; attributes are the same in the family. The backprops have none, as in TensorFlow ---- */

static void
dilation_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *inputs[] = { call->inputs[0], call->inputs[1], dy[0] };
  dx[0] = lk_apply1 (call->ctx, &lk_ops[LK_OP_DILATION2D_BACKPROP_INPUT], inputs, 3, call->attrs);
  dx[1] = lk_apply1 (call->ctx, &lk_ops[LK_OP_DILATION2D_BACKPROP_FILTER], inputs, 3, call->attrs);
}

/* ---- where elements come from ---- */

static void
dilation_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkWindow w;
  if (!window_of (call, &w))
    return;
  for (gint64 tap = 0; tap < lk_window_taps (&w); tap++)
    {
      const gint64 at = lk_window_at (&w, element / w.channels, tap);
      if (at < 0)
        continue;
      lk_provenance_add (into, 0, at * w.channels + element % w.channels, 1, 1);
      lk_provenance_add (into, 1, tap * w.channels + element % w.channels, 1, 1);
    }
}

/* All of a channel; by the input, all of its image's. */
static void
backprop_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *input = lk_rule_shape (call, 0);
  const gint64 channels = input->dims[3], channel = element % channels;
  const gboolean whole = by (call) == 1;
  for (guint i = 0; i < 3; i++)
    {
      const gint64 n = call->inputs[i]->size / (whole || i == 1 ? 1 : input->dims[0]);
      const gint64 image = whole || i == 1 ? 0 : element / (call->inputs[0]->size / input->dims[0]);
      lk_provenance_add (into, i, image * n + channel, n / channels, channels);
    }
}

#define PLAIN "strides=[1,1,1,1], rates=[1,1,1,1], padding=\"VALID\""
#define WIDE "strides=[1,2,1,1], rates=[1,1,2,1], padding=\"SAME\""

LK_BLOCK (dilation2d, .infer = dilation_infer,
          .shape = "[batch, height, width, depth], heights and widths as strides, rates and padding leave them; filter is "
                   "[rows, columns, depth].",
          .widens = TRUE, .kernel = dilation_kernel, .gradient = dilation_gradient,
          .provenance = dilation_provenance,
          SAMPLES ({ "float64[1,3,3,1]; float64[2,2,1]", PLAIN }, { "float64[2,4,3,2]; float64[2,2,2]", WIDE },
                   { "float64[0,3,3,1]; float64[2,2,1]", PLAIN }, { "float16[1,3,3,1]; float16[2,2,1]", WIDE },
                   { "uint64[1,2,2,1]; uint64[1,2,1]", PLAIN }, { "int8[1,2,2,1]; int8[2,1,1]", PLAIN }));
LK_BLOCK (dilation2d_backprop_input, .infer = backprop_infer, .shape = BACKPROP_SHAPE, .widens = TRUE, .kernel = backprop_kernel,
          .provenance = backprop_provenance,
          SAMPLES ({ "float64[1,3,3,1]; float64[2,2,1]; float64[1,2,2,1]", PLAIN },
                   { "float64[2,4,3,2]; float64[2,2,2]; float64[2,2,3,2]", WIDE }));
LK_BLOCK (dilation2d_backprop_filter, .infer = backprop_infer, .shape = BACKPROP_SHAPE, .widens = TRUE, .kernel = backprop_kernel,
          .provenance = backprop_provenance,
          SAMPLES ({ "float64[1,3,3,1]; float64[2,2,1]; float64[1,2,2,1]", PLAIN },
                   { "float64[2,4,3,2]; float64[2,2,2]; float64[2,2,3,2]", WIDE }));
