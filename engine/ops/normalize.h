/* SPDX-License-Identifier: MIT */
/* What normalize.c and its gradients share. */
#pragma once
#include "engine/ops/rule.h"

enum { X, SCALE, OFFSET, MEAN, VARIANCE };        /* inputs */
enum { EPSILON, FACTOR, FORMAT, TRAINING };       /* attributes of FusedBatchNormV3 */
enum { DY, GRAD_X, GRAD_SCALE, GRAD_MEAN, GRAD_VARIANCE };      /* inputs of FusedBatchNormGradV3; it has no FACTOR */

/* Whether the channels come before the spatial axes. */
static inline gboolean
lk_normalize_is_first (const char *format)
{
  return format != NULL && g_str_has_prefix (format, "NC");
}

void lk_normalize_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx);
void lk_normalize_slope_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx);
