/* SPDX-License-Identifier: MIT */
/* What the ops that give images another size share. Each axis is resampled in turn, in float32, whatever the images are of. */
#pragma once
#include "engine/ops/resample.h"
#include "engine/ops/rule.h"

enum { LK_HEIGHT, LK_WIDTH };

typedef struct
{
  LkResample axes[2];
  gboolean columns_first;     /* the width before the height */
  float scale;                /* of the result */
} LkResizePlan;

void lk_resize_plan_clear (LkResizePlan *plan);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LkResizePlan, lk_resize_plan_clear)

/* Output 0 from input 0, or, back, the transposed of that. good: whether there was memory for the plan. */
void lk_resize_run (LkCall *call, const LkResizePlan *plan, gboolean good, gboolean back);

/* Input i is images that have pixels; a height and a width, of which unknown ones are −1. */
gboolean lk_resize_check_images (const LkCall *call, guint i);
gboolean lk_resize_read_size (const LkCall *call, guint i, gint64 *size);
/* Inputs 0 and 1 are grads and images of as many, and as many channels. */
gboolean lk_resize_check_pair (const LkCall *call);
/* The first attributes: align_corners and, but for ResizeArea, half_pixel_centers. */
LkResampleRule lk_resize_rule (const LkCall *call);
/* The rule of most: inputs are images and a size. */
gboolean lk_resize_infer (const LkCall *call, LkSignature *out);
LkShape lk_resize_shape (const LkShape *images, const gint64 *size);

/* Height and width of images, as a tensor. (transfer full) */
LkTensor *lk_resize_size_of (LkContext *ctx, LkTensor *images);
/* All of the image's channel. */
void lk_resize_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into);
