/* SPDX-License-Identifier: MIT */
/* The patches of images and volumes that windows see, each one laid out along the channels. */
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/window.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static guint
axes_of (const LkCall *call)
{
  return call->op->index == LK_OP_EXTRACT_IMAGE_PATCHES ? 2 : 3;
}

/* The sides of a patch, from ksizes. */
static gboolean
read_sizes (const LkCall *call, gint64 *sizes)
{
  const guint n = axes_of (call);
  const LkInts *ksizes = lk_call_attr (call, "ksizes")->ints;
  if (ksizes == NULL || ksizes->n != n + 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "ksizes attribute must contain %u values, but got: %u", n + 2,
                         ksizes != NULL ? ksizes->n : 0);
  if (ksizes->v[0] != 1 || ksizes->v[n + 1] != 1)
    return lk_call_fail (call, LK_UNIMPLEMENTED,
                         "Current implementation does not yet support ksizes in the batch and depth dimensions.");
  for (guint i = 0; i < n; i++)
    {
      sizes[i] = ksizes->v[i + 1];
      if (sizes[i] <= 0 || sizes[i] > G_MAXINT32)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "ksizes must be positive, got %" G_GINT64_FORMAT, sizes[i]);
    }
  return TRUE;
}

static gboolean
window_of (const LkCall *call, LkWindow *w)
{
  gint64 sizes[LK_WINDOW_AXES];
  const guint n = axes_of (call);
  return lk_rule_need_rank (call, 0, n + 2, n == 2 ? "input must be 4-dimensional, got shape %s"
                            : "input must be 5-dimensional, got shape %s")
         && read_sizes (call, sizes) && lk_window_read (call, n, lk_rule_shape (call, 0), sizes, w);
}

static gboolean
patches_infer (const LkCall *call, LkSignature *out)
{
  LkWindow w;
  gint64 sizes[LK_WINDOW_AXES], depth;
  if (!window_of (call, &w) || !read_sizes (call, sizes))
    return FALSE;
  depth = w.channels;
  for (guint i = 0; i < axes_of (call) && depth >= 0; i++)
    if (__builtin_mul_overflow (depth, sizes[i], &depth))
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "the depth of patches of %" G_GINT64_FORMAT " channels is too large",
                           w.channels);
  out[0].shape = lk_window_output (&w, depth);
  return TRUE;
}

static void
patches_kernel (LkCall *call)
{
  LkWindow w;
  LkWindowWalk walk;
  LkTensor *out = call->outputs[0];
  if (out->size == 0 || !window_of (call, &w))
    return;
  const gsize pixel = w.channels * lk_dtype_size (out->dtype), patch = lk_window_taps (&w) * pixel;
  g_autofree LkWindowRun *runs = g_try_new (LkWindowRun, lk_window_taps (&w));
  if (runs == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for the taps of a window");
      return;
    }
  memset (out->data, 0, lk_tensor_bytes (out));
  lk_window_walk_init (&walk, &w, 0);
  for (char *to = out->data; to < (char *) out->data + lk_tensor_bytes (out); to += patch)
    {
      const guint n = lk_window_walk_next (&walk, runs);
      for (guint i = 0; i < n; i++)
        memcpy (to + runs[i].tap * pixel, (const char *) call->inputs[0]->data + runs[i].at * pixel, runs[i].n * pixel);
    }
}

/* The number of the pixel that each tap sees, 0 for the first; −1 in the padding: patches of an image of numbers. */
static LkTensor *
places_of (const LkCall *call, LkTensor *spatial, LkTensor *count)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, LK_INT32, 1), end = lk_add (ctx, count, one),
                       numbers = lk_range (ctx, one, end, one), zero = lk_constant_scalar (ctx, LK_INT32, 0),
                       side = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1);
  LkTensor *parts[] = { side, spatial, side };
  g_autoptr (LkTensor) shape = lk_concat (ctx, parts, 3, zero), image = lk_reshape (ctx, numbers, shape);
  g_autoptr (LkTensor) seen = lk_apply1 (ctx, call->op, &image, 1, call->attrs), places = lk_sub (ctx, seen, one);
  g_autoptr (LkTensor) flat = lk_constant_ints (ctx, LK_INT32, (gint64[]) { -1 }, 1);
  return lk_reshape (ctx, places, flat);
}

/* Each pixel gets the sum of what reaches the taps that see it. */
static void
patches_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const gint64 n = axes_of (call);
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, call->inputs[0]), zero = lk_constant_scalar (ctx, LK_INT32, 0),
                       first = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1 }, 1),
                       some = lk_constant_ints (ctx, LK_INT32, &n, 1), channel = lk_constant_scalar (ctx, LK_INT32, n + 1);
  g_autoptr (LkTensor) spatial = lk_slice (ctx, shape, first, some), count = lk_prod (ctx, spatial, zero, FALSE);
  g_autoptr (LkTensor) places = places_of (call, spatial, count), taps = lk_size (ctx, places, LK_INT32);
  g_autoptr (LkTensor) batch = lk_gather (ctx, shape, zero, zero, 0), channels = lk_gather (ctx, shape, channel, zero, 0);
  LkTensor *rows[] = { batch, taps, channels };
  g_autoptr (LkTensor) as_rows = lk_pack (ctx, rows, 3, 0), by_image = lk_reshape (ctx, dy[0], as_rows),
                       order = lk_constant_ints (ctx, LK_INT32, (gint64[]) { 1, 0, 2 }, 3),
                       by_tap = lk_transpose (ctx, by_image, order);
  g_autoptr (LkTensor) sums = lk_unsorted_segment_sum (ctx, by_tap, places, count), back = lk_transpose (ctx, sums, order);
  dx[0] = lk_reshape (ctx, back, shape);
}

static void
patches_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  LkWindow w;
  if (!window_of (call, &w))
    return;
  const gint64 depth = lk_window_taps (&w) * w.channels, tap = element % depth / w.channels,
               at = lk_window_at (&w, element / depth, tap);
  if (at >= 0)
    lk_provenance_add (into, 0, at * w.channels + element % w.channels, 1, 1);
}

#define PATCHES(name, ...) \
  LK_BLOCK (name, .infer = patches_infer, .kernel = patches_kernel, .gradient = patches_gradient, \
            .provenance = patches_provenance, SAMPLES (__VA_ARGS__), \
            .shape = "The input's, but as many windows as fit, and the channels times the taps of a window.")
PATCHES (extract_image_patches,
         { "float64[2,4,5,2]", "ksizes=[1,2,3,1], strides=[1,1,2,1], rates=[1,1,1,1], padding=\"SAME\"" },
         { "float64[1,5,5,1]", "ksizes=[1,2,2,1], strides=[1,2,2,1], rates=[1,2,1,1], padding=\"VALID\"" },
         { "bool[1,3,3,1]", "ksizes=[1,2,2,1], strides=[1,1,1,1], rates=[1,1,1,1], padding=\"SAME\"" },
         { "float32[0,3,3,2]", "ksizes=[1,2,2,1], strides=[1,1,1,1], rates=[1,1,1,1], padding=\"SAME\"" });
PATCHES (extract_volume_patches, { "float64[1,3,2,3,2]", "ksizes=[1,2,1,2,1], strides=[1,1,1,1,1], padding=\"SAME\"" },
         { "float64[2,3,3,2,1]", "ksizes=[1,2,2,2,1], strides=[1,1,1,1,1], padding=\"VALID\"" },
         { "int8[1,2,2,2,1]", "ksizes=[1,2,2,2,1], strides=[1,2,2,2,1], padding=\"SAME\"" });
