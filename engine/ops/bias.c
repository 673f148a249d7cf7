/* SPDX-License-Identifier: MIT */
/* Biases: a vector along the channels. */
#include <complex.h>
#include <string.h>

#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- rules ---- */

static gboolean
channels_first (const LkCall *call)
{
  return call->attrs[0].s != NULL && strcmp (call->attrs[0].s, "NCHW") == 0;
}

/* Which axis has the channels; the value's rank is known. */
static guint
channel_axis (const LkCall *call)
{
  return channels_first (call) ? 1 : lk_rule_shape (call, 0)->rank - 1;
}

static gboolean
check_value (const LkCall *call)
{
  const char *format = call->attrs[0].s;
  if (format != NULL && strcmp (format, "NHWC") != 0 && strcmp (format, "NCHW") != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'data_format' of \"%s\" is not in the list of allowed "
                         "values: \"NHWC\", \"NCHW\"", format);
  return channels_first (call) ? lk_rule_need_min_rank (call, 0, 3, "Input tensor must be at least 3D with data_format "
                                                        "NCHW: %s")
                               : lk_rule_need_min_rank (call, 0, 2, "Input tensor must be at least 2D: %s");
}

static gboolean
bias_add_infer (const LkCall *call, LkSignature *out)
{
  gint64 dim;
  const LkShape *value = lk_rule_shape (call, 0), *bias = lk_rule_shape (call, 1);
  out[0].shape = *value;
  if (!check_value (call) || !lk_rule_need_rank (call, 1, 1, "Biases must be 1D: %s"))
    return FALSE;
  if (!lk_rule_rank_known (call, 0) || !lk_rule_rank_known (call, 1))
    return TRUE;
  const guint axis = channel_axis (call);
  if (!lk_rule_merge_dim (value->dims[axis], bias->dims[0], &dim))
    {
      g_autofree char *a = lk_shape_text (bias), *b = lk_shape_text (value);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Must provide as many biases as the %s dimension of the input "
                           "tensor: %s vs. %s", channels_first (call) ? "channel" : "last", a, b);
    }
  out[0].shape.dims[axis] = dim;
  return TRUE;
}

static gboolean
bias_add_grad_infer (const LkCall *call, LkSignature *out)
{
  if (!check_value (call))
    return FALSE;
  out[0].shape = LK_SHAPE (lk_rule_rank_known (call, 0) ? lk_rule_shape (call, 0)->dims[channel_axis (call)]
                           : LK_DIM_UNKNOWN);
  return TRUE;
}

/* ---- kernels ---- */

/* Elements behind the channels: 1 where they are last. */
static gint64
inner_size (const LkCall *call)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  return lk_shape_product (shape, channel_axis (call) + 1, shape->rank);
}

#define MANY 256        /* elements that a loop goes along at least */

/* add_last, sum_last: of channels that are last; few are taken several times over. add_inner, sum_inner: of `inner`
   elements each. Sums are kept as A, and those of a channel are taken in the same order wherever the channels are. */
#define BIAS(suffix, T, A) \
  LK_CLONES static void add_last_##suffix (const T *x, const T *b, T *y, gint64 size, gint64 n) \
  { \
    T many[MANY]; \
    gint64 width = n; \
    if (n <= MANY / 2) \
      { \
        width = MIN (MANY, size) / n * n; \
        for (gint64 i = 0; i < width; i++) \
          many[i] = i < n ? b[i] : many[i - n]; \
        b = many; \
      } \
    for (gint64 i = 0; i < size; i += width) \
      for (gint64 k = 0, end = MIN (width, size - i); k < end; k++) \
        y[i + k] = x[i + k] + b[k]; \
  } \
  LK_CLONES static void add_inner_##suffix (const T *x, const T *b, T *y, gint64 size, gint64 n, gint64 inner) \
  { \
    for (gint64 i = 0, c = 0; i < size; i += inner, c = c + 1 == n ? 0 : c + 1) \
      { \
        const T add = b[c]; \
        for (gint64 k = 0; k < inner; k++) \
          y[i + k] = x[i + k] + add; \
      } \
  } \
  static void add_##suffix (const void *x, const void *b, void *y, gint64 size, gint64 n, gint64 inner) \
  { \
    if (inner == 1) \
      add_last_##suffix (x, b, y, size, n); \
    else \
      add_inner_##suffix (x, b, y, size, n, inner); \
  } \
  LK_CLONES static void sum_last_##suffix (const T *in, gint64 size, A *wide, gint64 width) \
  { \
    for (gint64 i = 0; i < size; i += width) \
      for (gint64 k = 0, end = MIN (width, size - i); k < end; k++) \
        wide[k] += (A) in[i + k]; \
  } \
  static void sum_inner_##suffix (const T *in, gint64 size, A *wide, gint64 width, gint64 n, gint64 inner) \
  { \
    for (gint64 i = 0, c = 0, first = 0; i < size; i += inner) \
      { \
        for (gint64 k = 0, at = first + c; k < inner; k++, at = at + n < width ? at + n : c) \
          wide[at] += (A) in[i + k]; \
        if (++c == n) \
          { \
            c = 0; \
            first = (first + inner * n) % width; \
          } \
      } \
  } \
  static void sum_##suffix (const LkTensor *dy, LkTensor *out, gint64 inner) \
  { \
    T *sums = out->data; \
    const gint64 n = out->size, width = n > 0 ? n * MAX (1, MANY / 4 / n) : 1; \
    g_autofree A *wide = g_new0 (A, width); \
    if (n > 0 && inner == 1) \
      sum_last_##suffix (dy->data, dy->size, wide, width); \
    else if (n > 0 && inner > 0) \
      sum_inner_##suffix (dy->data, dy->size, wide, width, n, inner); \
    for (gint64 k = n; n > 0 && k < width; k++) \
      wide[k % n] += wide[k]; \
    for (gint64 k = 0; k < n; k++) \
      sums[k] = (T) wide[k]; \
  }
BIAS (f32, float, double)
BIAS (f64, double, double)
BIAS (i32, guint32, guint32)
BIAS (i64, guint64, guint64)
BIAS (c64, complex float, complex double)
BIAS (c128, complex double, complex double)

static void
bias_add_kernel (LkCall *call)
{
  static void (*const adds[LK_N_DTYPES]) (const void *x, const void *b, void *y, gint64 size, gint64 n, gint64 inner) = {
    [LK_FLOAT32] = add_f32, [LK_FLOAT64] = add_f64, [LK_INT32] = add_i32, [LK_INT64] = add_i64, [LK_UINT64] = add_i64,
    [LK_COMPLEX64] = add_c64, [LK_COMPLEX128] = add_c128,
  };
  const LkTensor *x = call->inputs[0], *bias = call->inputs[1];
  if (x->size > 0)
    adds[x->dtype] (x->data, bias->data, call->outputs[0]->data, x->size, bias->size, inner_size (call));
}

static void
bias_add_grad_kernel (LkCall *call)
{
  static void (*const sums[LK_N_DTYPES]) (const LkTensor *dy, LkTensor *out, gint64 inner) = {
    [LK_FLOAT32] = sum_f32, [LK_FLOAT64] = sum_f64, [LK_INT32] = sum_i32, [LK_INT64] = sum_i64, [LK_UINT64] = sum_i64,
    [LK_COMPLEX64] = sum_c64, [LK_COMPLEX128] = sum_c128,
  };
  sums[call->inputs[0]->dtype] (call->inputs[0], call->outputs[0], inner_size (call));
}

/* ---- gradients ---- */

static void
bias_add_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_ref (dy[0]);
  dx[1] = lk_bias_add_grad (call->ctx, dy[0], call->attrs[0].s);
}

/* The shape, after the batch's axis, in which channels that come first stand before the others: [-1, 1, 1, …]. */
static LkTensor *
column_shape (LkContext *ctx, LkTensor *like)
{
  const gint64 dims[LK_MAX_RANK] = { -1, 1, 1, 1, 1, 1, 1, 1 }, two = 2;
  if (like->shape.rank != LK_RANK_UNKNOWN)
    return lk_constant_ints (ctx, LK_INT32, dims, like->shape.rank - 1);
  g_autoptr (LkTensor) first = lk_constant_ints (ctx, LK_INT32, dims, 1), one = lk_constant_scalar (ctx, LK_INT32, 1);
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, 0), less = lk_constant_ints (ctx, LK_INT32, &two, 1);
  g_autoptr (LkTensor) rank = lk_rank (ctx, like), others = lk_sub (ctx, rank, less), ones = lk_fill (ctx, others, one);
  return lk_concat (ctx, (LkTensor *[]) { first, ones }, 2, axis);
}

static void
bias_add_grad_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, call->inputs[0]);
  g_autoptr (LkTensor) column = lk_tensor_ref (dz[0]);
  if (channels_first (call))
    {
      g_autoptr (LkTensor) behind = column_shape (ctx, call->inputs[0]);
      lk_tensor_unref (column);
      column = lk_reshape (ctx, dz[0], behind);
    }
  dx[0] = lk_broadcast_to (ctx, column, shape);
}

/* ---- where elements come from ---- */

static void
bias_add_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, element, 1, 1);
  lk_provenance_add (into, 1, element / inner_size (call) % call->inputs[1]->size, 1, 1);
}

static void
bias_add_grad_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->outputs[0]->size, inner = inner_size (call);
  for (gint64 at = element * inner; at < call->inputs[0]->size; at += n * inner)
    lk_provenance_add (into, 0, at, inner, 1);
}

#define FIRST "data_format=\"NCHW\""
LK_BLOCK (bias_add, .infer = bias_add_infer,
          .shape = "The value's shape; bias is as long as its last axis, or as axis 1 in NCHW.",
          .widens = TRUE, .kernel = bias_add_kernel, .gradient = bias_add_gradient,
          .provenance = bias_add_provenance,
          SAMPLES ({ "float64[2,3]; float64[3]" }, { "float64[2,2,3]; float64[3]" }, { "float64[0,3]; float64[3]" },
                   { "float64[2,3,2]; float64[3]", FIRST }, { "float64[1,2,2,2,2]; float64[2]", FIRST },
                   { "float64[2,2,2,2,2]; float64[2]" }, { "float64[2,0]; float64[0]" },
                   { "int32[2,2]; int32[2]" }, { "uint8[2,2,2]; uint8[2]", FIRST }));
LK_BLOCK (bias_add_grad, .infer = bias_add_grad_infer, .shape = "[channels], the size of the last axis, or of axis 1 in NCHW.",
          .widens = TRUE, .kernel = bias_add_grad_kernel,
          .gradient = bias_add_grad_gradient, .provenance = bias_add_grad_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[2,2,3]" }, { "float64[0,3]" }, { "int64[2,2]" },
                   { "float64[2,3,2]", FIRST }, { "float64[1,2,2,2,2]", FIRST }));
