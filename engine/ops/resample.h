/* SPDX-License-Identifier: MIT */
/* Resampling of images, an axis at a time: each element of the result is a sum of some of the input's, its taps, with weights.
   In float32 and in TensorFlow's order, since its results are these. */
#pragma once
#include <glib.h>

typedef struct
{
  gint64 in, out;
  gint64 taps;                /* of each output element; where it has fewer, the rest have weight 0 */
  gint64 *at;                 /* [out, taps] */
  float *weights;             /* [out, taps] */
  gboolean lerp;              /* two taps a and b, taken as a + (b − a) · weights[i, 1] */
} LkResample;

/* How positions of the output are brought into the input. */
typedef struct
{
  gboolean align_corners, half_pixel_centers;
} LkResampleRule;

float lk_resample_scale (gint64 in, gint64 out, gboolean align_corners);
/* The input element nearest to output element i. */
gint64 lk_resample_nearest (gint64 in, float scale, LkResampleRule rule, gint64 i);

/* All: FALSE when memory is short; to be cleared in any case. in and out are > 0. */
gboolean lk_resample_linear (LkResample *axis, gint64 in, gint64 out, LkResampleRule rule);
/* R. G. Keys, 1981: with a = −1/2 of half-pixel centers, where taps outside have no weight, and −3/4 otherwise. */
gboolean lk_resample_cubic (LkResample *axis, gint64 in, gint64 out, LkResampleRule rule);
/* Each output element is the mean of the stretch of input that it covers. */
gboolean lk_resample_area (LkResample *axis, gint64 in, gint64 out, gboolean align_corners);

/* A kernel by its name: "lanczos3", …; NULL if there is none. It takes the distance and is 0 from its radius on. */
typedef struct
{
  const char *name;
  double radius;
  float (*at) (float x, float radius);
} LkResampleKernel;
const LkResampleKernel *lk_resample_kernel (const char *name);
/* Output element i is at (i + 1/2 − translate) / scale; outside of the input there are no taps. antialias: the kernel is as wide
   as an output element where that is more. */
gboolean lk_resample_kernels (LkResample *axis, gint64 in, gint64 out, const LkResampleKernel *kernel, float scale,
                              float translate, gboolean antialias);
void lk_resample_clear (LkResample *axis);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LkResample, lk_resample_clear)

/* x is [outer, in, inner], y [outer, out, inner]. */
void lk_resample_run (const LkResample *axis, gint64 outer, gint64 inner, const float *x, float *y);
/* The transposed: y's elements go back to where they came from. */
void lk_resample_run_back (const LkResample *axis, gint64 outer, gint64 inner, const float *y, float *x);
