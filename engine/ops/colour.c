/* SPDX-License-Identifier: MIT */
/* Colours: hue, saturation and value instead of red, green and blue, and what is adjusted by way of them. A pixel is the last
   axis, of size 3. The formulas are those of TensorFlow's kernels, step by step, so that results round alike. */
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
pixels_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  if (!lk_rule_need_min_rank (call, 0, 1, "input must be at least 1D, got shape%s"))
    return FALSE;
  if (shape->rank != LK_RANK_UNKNOWN && shape->dims[shape->rank - 1] != LK_DIM_UNKNOWN && shape->dims[shape->rank - 1] != 3)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "input must have 3 channels but input only has %" G_GINT64_FORMAT
                         " channels.", shape->dims[shape->rank - 1]);
  return lk_infer_first (call, out);
}

static gboolean
adjust_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_min_rank (call, 0, 3, "input must be at least 3-D, got shape%s")
         && lk_rule_need_scalar (call, 1, call->op->inputs[1].name) && pixels_infer (call, out);
}

/* The three channels of a pixel, and the factor of those that are adjusted. */
static void
pixel_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, element - element % 3, 3, 1);
  if (call->n_inputs > 1)
    lk_provenance_add (into, 1, 0, 1, 1);
}

/* ---- RGBToHSV, HSVToRGB ---- */

#define WITHIN(x) ((x) < 0 ? 0 : (x) > 1 ? 1 : (x))
#define COLOURS(T, fabs, fmax, fmin) \
  static void to_hsv_##T (const T *rgb, T *hsv) \
  { \
    const T r = rgb[0], g = rgb[1], b = rgb[2], v = fmax (fmax (r, g), b), range = v - fmin (fmin (r, g), b); \
    const T norm = (T) 1 / range * ((T) 1 / (T) 6); \
    const T h = r == v ? norm * (g - b) : g == v ? norm * (b - r) + (T) 2 / (T) 6 : norm * (r - g) + (T) 4 / (T) 6; \
    hsv[0] = range > 0 ? h < 0 ? h + 1 : h : 0; \
    hsv[1] = v > 0 ? range / v : 0; \
    hsv[2] = v; \
  } \
  static void to_rgb_##T (const T *hsv, T *rgb) \
  { \
    const T dh = hsv[0] * 6, s = hsv[1], v = hsv[2]; \
    const T r = fabs (dh - 3) - 1, g = 2 - fabs (dh - 2), b = 2 - fabs (dh - 4); \
    rgb[0] = ((1 - s) + s * WITHIN (r)) * v; \
    rgb[1] = ((1 - s) + s * WITHIN (g)) * v; \
    rgb[2] = ((1 - s) + s * WITHIN (b)) * v; \
  }
COLOURS (float, fabsf, fmaxf, fminf)
COLOURS (double, fabs, fmax, fmin)

#define EACH_PIXEL(T, function) \
  for (gint64 i = 0; i + 3 <= call->inputs[0]->size; i += 3) \
    function ((const T *) call->inputs[0]->data + i, (T *) call->outputs[0]->data + i)

static void
rgb_to_hsv_kernel (LkCall *call)
{
  if (call->inputs[0]->dtype == LK_FLOAT32)
    EACH_PIXEL (float, to_hsv_float);
  else
    EACH_PIXEL (double, to_hsv_double);
}

static void
hsv_to_rgb_kernel (LkCall *call)
{
  if (call->inputs[0]->dtype == LK_FLOAT32)
    EACH_PIXEL (float, to_rgb_float);
  else
    EACH_PIXEL (double, to_rgb_double);
}

#define PIXEL_SAMPLES \
  SAMPLES ({ "float32[2,2,3] in 0..1" }, { "float32[3]={0.5,0.5,0.5}" }, { "float16[1,3] in 0..1" }, \
           { "bfloat16[2,3] in 0..1" }, { "float32[0,3]" })
LK_BLOCK (rgb_to_hsv, .infer = pixels_infer, .kernel = rgb_to_hsv_kernel, .gradient = lk_gradient_missing, .widens = TRUE,
          .provenance = pixel_provenance, .shape = "The images' shape, whose last axis has 3 channels.", PIXEL_SAMPLES);
LK_BLOCK (hsv_to_rgb, .infer = pixels_infer, .kernel = hsv_to_rgb_kernel, .gradient = lk_gradient_missing, .widens = TRUE,
          .provenance = pixel_provenance, .shape = "The images' shape, whose last axis has 3 channels.", PIXEL_SAMPLES);

/* ---- AdjustHue ---- */

/* Which of the six sectors of the hues a pixel is in, and how its channels are ordered there. */
static const struct
{
  guint8 most, middle, least;
} sectors[6] = { { 0, 1, 2 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 1, 0 }, { 2, 0, 1 }, { 0, 2, 1 } };

static guint
sector_of (const float *rgb)
{
  const float r = rgb[0], g = rgb[1], b = rgb[2];
  if (r < g)
    return b < r ? 1 : b > g ? 3 : 2;
  return b < g ? 0 : b > r ? 4 : 5;
}

/* In sectors: what is not finite counts as 0. */
static float
turned_hue (float hue, float turn)
{
  hue += turn * 6;
  if (hue < -6 || hue >= 12)
    hue = fmodf (hue, 6);
  hue = hue < 0 ? hue + 6 : hue >= 6 ? hue - 6 : hue;
  return hue >= 0 && hue < 6 ? hue : 0;
}

static void
turn_pixel (const float *rgb, float *out, float turn)
{
  guint sector = sector_of (rgb);
  const float most = rgb[sectors[sector].most], middle = rgb[sectors[sector].middle], least = rgb[sectors[sector].least];
  float hue = 0;
  if (most != least)
    {
      const float ratio = (middle - least) / (most - least);
      hue = sector + (sector % 2 == 0 ? ratio : 1 - ratio);
    }
  hue = turned_hue (hue, turn);
  sector = hue;
  const float ratio = sector % 2 == 0 ? hue - sector : 1 - (hue - sector);
  out[sectors[sector].most] = most;
  out[sectors[sector].middle] = least + ratio * (most - least);
  out[sectors[sector].least] = least;
}

static void
adjust_hue_kernel (LkCall *call)
{
  const float turn = lk_tensor_double_at (call->inputs[1], 0), *x = call->inputs[0]->data;
  float *y = call->outputs[0]->data;
  for (gint64 i = 0; i + 3 <= call->inputs[0]->size; i += 3)
    turn_pixel (x + i, y + i, turn);
}

/* ---- AdjustSaturation ---- */

static void
saturate_pixel (const float *rgb, float *out, float scale)
{
  float hsv[3];
  to_hsv_float (rgb, hsv);
  const float s = WITHIN (hsv[1] * scale), v = hsv[2], chroma = s * v, least = v - chroma, dh = hsv[0] * 6;
  const float middle = chroma * (1 - fabsf (fmodf (dh, 2) - 1));
  const guint sector = dh >= 0 && dh < 6 ? (guint) dh : 0;
  out[sectors[sector].most] = chroma + least;
  out[sectors[sector].middle] = middle + least;
  out[sectors[sector].least] = least;
}

static void
adjust_saturation_kernel (LkCall *call)
{
  const float scale = lk_tensor_double_at (call->inputs[1], 0), *x = call->inputs[0]->data;
  float *y = call->outputs[0]->data;
  for (gint64 i = 0; i + 3 <= call->inputs[0]->size; i += 3)
    saturate_pixel (x + i, y + i, scale);
}

#define ADJUST_SAMPLES \
  SAMPLES ({ "float32[2,2,2,3] in 0..1; float32[]={0.3}" }, { "float32[1,1,3]={0.2,0.2,0.2}; float32[]={-0.6}" }, \
           { "float16[1,2,3] in 0..1; float32[]={1}" }, { "float32[0,2,3]; float32[]" })
LK_BLOCK (adjust_hue, .infer = adjust_infer, .kernel = adjust_hue_kernel, .gradient = lk_gradient_missing, .widens = TRUE,
          .provenance = pixel_provenance, .shape = "The images' shape, whose last axis has 3 channels; delta is a scalar.",
          ADJUST_SAMPLES);
LK_BLOCK (adjust_saturation, .infer = adjust_infer, .kernel = adjust_saturation_kernel, .gradient = lk_gradient_missing,
          .widens = TRUE, .provenance = pixel_provenance,
          .shape = "The images' shape, whose last axis has 3 channels; scale is a scalar.", ADJUST_SAMPLES);
