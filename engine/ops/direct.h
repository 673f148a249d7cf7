/* SPDX-License-Identifier: MIT */
/* Convolutions by tiles of sums that read the images where they are: no window is copied. An image that has padding is
   copied once, with its edges. Large ones are shared between threads. */
#pragma once
#include "engine/ops/convolve.h"

typedef enum { LK_SIDE_OUTPUT, LK_SIDE_INPUT, LK_SIDE_FILTER } LkSide;

/* FALSE where so much padding would be copied, or so few positions summed, that another way is better. */
gboolean lk_direct_suits (const LkConvolution *c, LkSide of);
/* As lk_convolve() and its like; nothing has to be zero before. FALSE when memory is short. */
gboolean lk_direct (const LkConvolution *c, LkSide of, char *input, char *filter, char *output);
