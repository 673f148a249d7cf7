/* SPDX-License-Identifier: MIT */
/* Philox 4x32-10, a counter-based generator: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2,
   3", SC 2011. Each 128-bit counter gives four 32-bit numbers. The key and the counter's upper half are an
   op's two seeds, as in TensorFlow. */
#pragma once
#include <glib.h>

typedef struct
{
  guint32 counter[4], key[2];
  guint32 block[4];       /* numbers of the last counter */
  guint used;             /* of them */
} LkPhilox;

void lk_philox_init (LkPhilox *philox, guint64 key, guint64 counter_high, guint64 counter);
/* The four numbers of the next counter. */
void lk_philox_block (LkPhilox *philox, guint32 *numbers);
/* One number after the other. */
guint32 lk_philox_next (LkPhilox *philox);
/* Goes on by that many counters; what is left of the last block is forgotten. */
void lk_philox_skip (LkPhilox *philox, guint64 counters);
/* The generator of a stateless op: its two seeds, scrambled. */
void lk_philox_init_seeds (LkPhilox *philox, guint64 seed0, guint64 seed1);
/* Key, lower and upper half of the counter, as tensors hold them. */
guint64 lk_philox_key (const LkPhilox *philox);
guint64 lk_philox_counter (const LkPhilox *philox, guint half);

/* Uniform in [0, 1), from the lowest 23 bits, or 20 of high and all of low. */
float lk_philox_float (guint32 bits);
double lk_philox_double (guint32 high, guint32 low);
/* Two normal numbers from two uniform ones: G. E. P. Box, M. E. Muller, 1958. */
void lk_philox_normal_float (const guint32 *bits, float *pair);     /* from 2 numbers */
void lk_philox_normal_double (const guint32 *bits, double *pair);   /* from 4 */
