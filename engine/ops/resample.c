/* SPDX-License-Identifier: MIT */
#include "engine/ops/resample.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/core/loop.h"

#define CUBIC_STEPS 1024      /* the cubic's weights are those of the nearest of so many positions, as TensorFlow's are */

float
lk_resample_scale (gint64 in, gint64 out, gboolean align_corners)
{
  return align_corners && out > 1 ? (in - 1) / (float) (out - 1) : in / (float) out;
}

static float
position (gint64 i, float scale, LkResampleRule rule)
{
  return rule.half_pixel_centers ? ((float) i + 0.5f) * scale - 0.5f : (float) i * scale;
}

gint64
lk_resample_nearest (gint64 in, float scale, LkResampleRule rule, gint64 i)
{
  const float at = rule.half_pixel_centers ? ((float) i + 0.5f) * scale : (float) i * scale;
  return CLAMP ((gint64) (rule.align_corners ? roundf (at) : floorf (at)), 0, in - 1);
}

static gboolean
begin (LkResample *axis, gint64 in, gint64 out, gint64 taps)
{
  gsize n, bytes;
  *axis = (LkResample) { .in = in, .out = out, .taps = taps };
  if (!g_size_checked_mul (&n, out, taps) || !g_size_checked_mul (&bytes, n, sizeof *axis->at))
    return FALSE;
  axis->at = g_try_malloc0 (bytes);
  axis->weights = g_try_malloc0_n (n, sizeof *axis->weights);
  return axis->at != NULL && axis->weights != NULL;
}

void
lk_resample_clear (LkResample *axis)
{
  g_clear_pointer (&axis->at, g_free);
  g_clear_pointer (&axis->weights, g_free);
}

gboolean
lk_resample_linear (LkResample *axis, gint64 in, gint64 out, LkResampleRule rule)
{
  const float scale = lk_resample_scale (in, out, rule.align_corners);
  if (!begin (axis, in, out, 2))
    return FALSE;
  axis->lerp = TRUE;
  for (gint64 i = 0; i < out; i++)
    {
      const float at = position (i, scale, rule), below = floorf (at), share = at - below;
      axis->at[2 * i] = CLAMP ((gint64) below, 0, in - 1);
      axis->at[2 * i + 1] = CLAMP ((gint64) ceilf (at), 0, in - 1);
      axis->weights[2 * i] = 1 - share;
      axis->weights[2 * i + 1] = share;
    }
  return TRUE;
}

/* ---- cubic ---- */

/* The weight of what is k / CUBIC_STEPS away, or one more. */
static float
near_weight (double a, gint64 k)
{
  const float x = k / (float) CUBIC_STEPS;
  return ((a + 2) * x - (a + 3)) * x * x + 1;
}

static float
far_weight (double a, gint64 k)
{
  const float x = k / (float) CUBIC_STEPS + 1;
  return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
}

/* Weights whose sum is next to nothing stay as they are. */
static void
make_one (float *weights, gint64 n, float sum)
{
  if (fabsf (sum) < 1000 * FLT_MIN)
    return;
  const float inverse = 1 / sum;
  for (gint64 i = 0; i < n; i++)
    weights[i] *= inverse;
}

gboolean
lk_resample_cubic (LkResample *axis, gint64 in, gint64 out, LkResampleRule rule)
{
  const float scale = lk_resample_scale (in, out, rule.align_corners);
  const double a = rule.half_pixel_centers ? -0.5 : -0.75;
  if (!begin (axis, in, out, 4))
    return FALSE;
  for (gint64 i = 0; i < out; i++)
    {
      const float at = position (i, scale, rule);
      const gint64 below = (gint64) floorf (at), k = lrintf ((at - below) * CUBIC_STEPS);
      float *weights = axis->weights + 4 * i, sum = 0;
      const float all[4] = { far_weight (a, k), near_weight (a, k), near_weight (a, CUBIC_STEPS - k),
                             far_weight (a, CUBIC_STEPS - k) };
      for (gint64 tap = 0; tap < 4; tap++)
        {
          const gint64 wanted = below - 1 + tap, got = axis->at[4 * i + tap] = CLAMP (wanted, 0, in - 1);
          weights[tap] = rule.half_pixel_centers && got != wanted ? 0 : all[tap];
          sum += weights[tap];
        }
      if (rule.half_pixel_centers)
        make_one (weights, 4, sum);
    }
  return TRUE;
}

/* ---- area ---- */

gboolean
lk_resample_area (LkResample *axis, gint64 in, gint64 out, gboolean align_corners)
{
  const float scale = lk_resample_scale (in, out, align_corners);
  if (!begin (axis, in, out, (gint64) ceilf (scale) + 2))
    return FALSE;
  for (gint64 i = 0; i < out; i++)
    {
      const float from = i * scale, to = (i + 1) * scale;
      const gint64 first = (gint64) floorf (from), end = MIN ((gint64) ceilf (to), first + axis->taps);
      for (gint64 k = first; k < end; k++)
        {
          axis->at[i * axis->taps + k - first] = CLAMP (k, 0, in - 1);
          axis->weights[i * axis->taps + k - first] = k < from ? (k + 1 > to ? scale : k + 1 - from) : k + 1 > to ? to - k : 1;
        }
    }
  return TRUE;
}

/* ---- kernels ---- */

static float
lanczos (float x, float radius)
{
  const float far = fabsf (x);
  if (far > radius)
    return 0;
  if (far <= 1e-3)
    return 1;
  return radius * sin (G_PI * x) * sin (G_PI * x / radius) / (G_PI * G_PI * x * x);
}

static float
gaussian (float x, float radius)
{
  const float width = radius / 3;
  x = fabsf (x);
  return x >= radius ? 0 : expf (-x * x / (2 * width * width));
}

static float
box (float x, float radius)
{
  x = fabsf (x);
  return x < 0.5f ? 1 : x == 0.5f ? 0.5f : 0;
}

static float
triangle (float x, float radius)
{
  x = fabsf (x);
  return x < 1 ? 1 - x : 0;
}

static float
keys_cubic (float x, float radius)
{
  x = fabsf (x);
  if (x >= 2)
    return 0;
  return x >= 1 ? ((-0.5f * x + 2.5f) * x - 4) * x + 2 : ((1.5f * x - 2.5f) * x) * x + 1;
}

/* D. P. Mitchell, A. N. Netravali, 1988: B = C = 1/3 */
static float
mitchell_cubic (float x, float radius)
{
  x = fabsf (x);
  if (x >= 2)
    return 0;
  return x >= 1 ? (((-7.0f / 18) * x + 2) * x - 10.0f / 3) * x + 16.0f / 9 : (((7.0f / 6) * x - 2) * x) * x + 8.0f / 9;
}

const LkResampleKernel *
lk_resample_kernel (const char *name)
{
  static const LkResampleKernel kernels[] = {
    { "lanczos1", 1, lanczos }, { "lanczos3", 3, lanczos }, { "lanczos5", 5, lanczos }, { "gaussian", 1.5, gaussian },
    { "box", 1, box }, { "triangle", 1, triangle }, { "keyscubic", 2, keys_cubic }, { "mitchellcubic", 2, mitchell_cubic },
  };
  for (guint i = 0; i < G_N_ELEMENTS (kernels); i++)
    if (name != NULL && strcmp (kernels[i].name, name) == 0)
      return &kernels[i];
  return NULL;
}

/* The element x is in, or the one nearest to it. */
static gint64
inside (float x, gint64 n)
{
  return (gint64) fminf (fmaxf (x, 0), n - 1);
}

/* The taps of an output element whose place in the input is `at`. */
static void
span (LkResample *axis, gint64 i, float at, const LkResampleKernel *kernel, float stretch)
{
  const float reach = kernel->radius * stretch, inverse = 1 / stretch;
  const gint64 first = inside (ceilf (at - reach - 0.5f), axis->in),
               end = MIN (inside (floorf (at + reach - 0.5f), axis->in) + 1, first + axis->taps);
  float *weights = axis->weights + i * axis->taps, sum = 0;
  for (gint64 k = first; k < end; k++)
    {
      axis->at[i * axis->taps + k - first] = k;
      weights[k - first] = kernel->at (fabsf ((k + 0.5f - at) * inverse), kernel->radius);
      sum += weights[k - first];
    }
  make_one (weights, axis->taps, sum);
}

gboolean
lk_resample_kernels (LkResample *axis, gint64 in, gint64 out, const LkResampleKernel *kernel, float scale, float translate,
                     gboolean antialias)
{
  const float inverse = 1 / scale, shift = -inverse * translate, stretch = antialias ? fmaxf (inverse, 1) : 1;
  const double width = 2 * ceil (kernel->radius * stretch) + 1;
  if (!begin (axis, in, out, width < in ? (gint64) width : in))
    return FALSE;
  for (gint64 i = 0; i < out; i++)
    {
      const float at = (i + 0.5f) * inverse + shift;
      if (at >= 0 && at <= in)
        span (axis, i, at, kernel, stretch);
    }
  return TRUE;
}

/* ---- loops ---- */

LK_CLONES static void
lerp (gint64 n, const float *a, const float *b, float share, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] = a[i] + (b[i] - a[i]) * share;
}

LK_CLONES static void
add (gint64 n, const float *x, float weight, float *y)
{
  for (gint64 i = 0; i < n; i++)
    y[i] += x[i] * weight;
}

void
lk_resample_run (const LkResample *axis, gint64 outer, gint64 inner, const float *x, float *y)
{
  for (gint64 o = 0; o < outer; o++, x += axis->in * inner)
    for (gint64 i = 0; i < axis->out; i++, y += inner)
      {
        const gint64 *at = axis->at + i * axis->taps;
        const float *weights = axis->weights + i * axis->taps;
        if (axis->lerp)
          {
            lerp (inner, x + at[0] * inner, x + at[1] * inner, weights[1], y);
            continue;
          }
        memset (y, 0, inner * sizeof *y);
        for (gint64 tap = 0; tap < axis->taps; tap++)
          if (weights[tap] != 0)
            add (inner, x + at[tap] * inner, weights[tap], y);
      }
}

void
lk_resample_run_back (const LkResample *axis, gint64 outer, gint64 inner, const float *y, float *x)
{
  memset (x, 0, outer * axis->in * inner * sizeof *x);
  for (gint64 o = 0; o < outer; o++, x += axis->in * inner)
    for (gint64 i = 0; i < axis->out; i++, y += inner)
      for (gint64 tap = 0; tap < axis->taps; tap++)
        if (axis->weights[i * axis->taps + tap] != 0)
          add (inner, y, axis->weights[i * axis->taps + tap], x + axis->at[i * axis->taps + tap] * inner);
}
