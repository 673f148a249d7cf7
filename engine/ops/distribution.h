/* SPDX-License-Identifier: MIT */
/* Fills memory with random numbers, TensorFlow's bit for bit. Elements are drawn in groups: as many as one Philox counter
   gives, or, of truncated normal numbers, of which nobody knows how many draws they take, at counters of their own.
   So any part of a draw could be made alone. */
#pragma once
#include "engine/core/dtype.h"
#include "engine/ops/philox.h"

typedef enum
{
  LK_RANDOM_UNIFORM,      /* floating: [0, 1) */
  LK_RANDOM_NORMAL,       /* floating */
  LK_RANDOM_TRUNCATED,    /* floating: normal, drawn again from ±2 on */
  LK_RANDOM_FULL_INT,     /* int32, int64, uint32, uint64: all there are */
  LK_N_RANDOM
} LkRandomKind;

/* How many counters the elements of a draw are set aside, whether they need them or not. */
#define LK_RANDOM_RESERVED 256

void lk_random_fill (LkRandomKind kind, LkDType dtype, LkPhilox philox, void *out, gint64 n);
/* int32, int64, uint32, uint64 from low to before high. The remainder favours small numbers a little; TensorFlow's does,
   too. */
void lk_random_fill_range (LkDType dtype, LkPhilox philox, guint64 low, guint64 high, void *out, gint64 n);
/* 0 … n − 1 in random order: R. A. Fisher, F. Yates: each place, in order, gets one of those from it on. NULL when memory
   is short. (transfer full) */
gint64 *lk_random_order (LkPhilox philox, gint64 n);
