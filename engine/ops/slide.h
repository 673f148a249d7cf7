/* SPDX-License-Identifier: MIT */
/* Windows of a pooling on their way over images, channels last. */
#pragma once
#include "engine/ops/window.h"

/* What is made of the taps that lie inside: the largest into y; y added to dx where the largest is; dx read from there
   into y; the mean into y; y shared among dx. A window without any has a y of 0. */
typedef enum { LK_SLIDE_LARGEST, LK_SLIDE_LARGEST_BACK, LK_SLIDE_LARGEST_READ, LK_SLIDE_MEAN, LK_SLIDE_MEAN_BACK } LkSlide;

/* x and dx are like the window's input, y like its output, of `channels` channels; those that the slide does not need may be
   NULL. dx is written where it is added to. FALSE when memory is short. */
gboolean lk_slide (const LkWindow *w, LkDType dtype, gint64 channels, LkSlide slide, const void *x, void *y, void *dx);
