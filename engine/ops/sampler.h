/* SPDX-License-Identifier: MIT */
/* Single numbers of distributions that take as many draws as they need. Two numbers come of each counter, and the second
   one is used first, as TensorFlow has it. What parameters nobody can draw with gives NaN. */
#pragma once
#include "engine/ops/philox.h"

/* Γ (alpha, 1): G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", 2000. */
double lk_sample_gamma (LkPhilox philox, double alpha);
/* D. E. Knuth's product of uniform numbers below 10; above, W. Hörmann, "The transformed rejection method for generating
   Poisson random variables", 1993. */
double lk_sample_poisson (LkPhilox philox, double rate);
/* Sums of geometric numbers, or W. Hörmann, "The generation of binomial random variates", 1993. philox: that of the draw,
   of which number `index` is wanted. */
double lk_sample_binomial (LkPhilox philox, guint64 index, double count, double probability);
