/* SPDX-License-Identifier: MIT */
#include "engine/ops/sampler.h"

#include <math.h>

#include "engine/ops/distribution.h"

/* Numbers of the same kind, two at a time. */
typedef struct
{
  double pair[2];
  guint left;
} Pair;

static double
next_uniform (Pair *pair, LkPhilox *philox)
{
  if (pair->left == 0)
    {
      guint32 bits[4];
      lk_philox_block (philox, bits);
      pair->pair[0] = lk_philox_double (bits[0], bits[1]);
      pair->pair[1] = lk_philox_double (bits[2], bits[3]);
      pair->left = 2;
    }
  return pair->pair[--pair->left];
}

static double
next_normal (Pair *pair, LkPhilox *philox)
{
  if (pair->left == 0)
    {
      guint32 bits[4];
      lk_philox_block (philox, bits);
      lk_philox_normal_double (bits, pair->pair);
      pair->left = 2;
    }
  return pair->pair[--pair->left];
}

/* ---- gamma ---- */

double
lk_sample_gamma (LkPhilox philox, double alpha)
{
  Pair uniform = { .left = 0 }, normal = { .left = 0 };
  if (!(alpha > 0) || isinf (alpha))
    return alpha == 0 ? 0 : NAN;
  if (alpha == 1)
    return -log1p (-next_uniform (&uniform, &philox));
  const gboolean small = alpha < 1;
  const double d = alpha + (small ? 2.0 / 3 : -1.0 / 3), c = 1.0 / 3 / sqrt (d);
  while (TRUE)
    {
      const double x = next_normal (&normal, &philox);
      double v = 1 + c * x;
      if (v <= 0)
        continue;
      v = v * v * v;
      const double u = next_uniform (&uniform, &philox);
      if (u < 1 - 0.0331 * (x * x) * (x * x) || log (u) < 0.5 * x * x + d * (1 - v + log (v)))
        return small ? d * v * pow (next_uniform (&uniform, &philox), 1 / alpha) : d * v;
    }
}

/* ---- Poisson ---- */

static double
small_poisson (LkPhilox *philox, double rate)
{
  Pair uniform = { .left = 0 };
  const double end = exp (-rate);
  double product = 1;
  for (double n = 0;; n++)
    {
      product *= next_uniform (&uniform, philox);
      if (product <= end)
        return n;
    }
}

double
lk_sample_poisson (LkPhilox philox, double rate)
{
  Pair uniform = { .left = 0 };
  if (isnan (rate) || isinf (rate))
    return NAN;
  if (rate < 10)
    return small_poisson (&philox, rate);
  const double log_rate = log (rate), b = 0.931 + 2.53 * sqrt (rate), a = -0.059 + 0.02483 * b,
               inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  while (TRUE)
    {
      const double u = next_uniform (&uniform, &philox) - 0.5, v = next_uniform (&uniform, &philox), shifted = 0.5 - fabs (u),
                   k = floor ((2 * a / shifted + b) * u + rate + 0.43);
      if (shifted >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2))
        return k;
      if (k < 0 || (shifted < 0.013 && v > shifted))
        continue;
      if (log (v * inverse_alpha / (a / (shifted * shifted) + b)) <= -rate + k * log_rate - lgamma (k + 1))
        return k;
    }
}

/* ---- binomial ---- */

static double
binomial_by_inversion (LkPhilox *philox, double count, double probability)
{
  Pair uniform = { .left = 0 };
  double sum = 0;
  for (double n = 0;; n++)
    {
      sum += ceil (log (next_uniform (&uniform, philox)) / log1p (-probability));
      if (!(sum <= count))
        return n;
    }
}

/* What Stirling's approximation of ln k! lacks. */
static double
stirling_tail (double k)
{
  static const double tails[] = { 0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509,
                                  0.0166446911898211, 0.0138761288230707, 0.0118967099458917, 0.0104112652619720,
                                  0.00925546218271273, 0.00833056343336287 };
  if (k >= 0 && k <= 9)
    return tails[(guint) k];
  const double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

static double
binomial_by_rejection (LkPhilox *philox, double count, double probability)
{
  Pair uniform = { .left = 0 };
  const double deviation = sqrt (count * probability * (1 - probability)), b = 1.15 + 2.53 * deviation,
               a = -0.0873 + 0.0248 * b + 0.01 * probability, c = count * probability + 0.5, v_r = 0.92 - 4.2 / b,
               r = probability / (1 - probability), alpha = (2.83 + 5.1 / b) * deviation,
               m = floor ((count + 1) * probability);
  while (TRUE)
    {
      const double u_whole = next_uniform (&uniform, philox), v = next_uniform (&uniform, philox), u = u_whole - 0.5,
                   us = 0.5 - fabs (u), k = floor ((2 * a / us + b) * u + c);
      if (us >= 0.07 && v <= v_r)
        return k;
      if (k < 0 || k > count)
        continue;
      const double bound = (m + 0.5) * log ((m + 1) / (r * (count - m + 1)))
                           + (count + 1) * log ((count - m + 1) / (count - k + 1))
                           + (k + 0.5) * log (r * (count - k + 1) / (k + 1)) + stirling_tail (m)
                           + stirling_tail (count - m) - stirling_tail (k) - stirling_tail (count - k);
      if (log (v * alpha / (a / (us * us) + b)) <= bound)
        return k;
    }
}

/* Few numbers are set aside where few are needed. */
#define BY_INVERSION_RESERVED 42

static double
likely_binomial (LkPhilox philox, guint64 index, double count, double probability)
{
  const gboolean many = count * probability >= 10;
  lk_philox_skip (&philox, index * (many ? LK_RANDOM_RESERVED : BY_INVERSION_RESERVED));
  return (many ? binomial_by_rejection : binomial_by_inversion) (&philox, count, probability);
}

double
lk_sample_binomial (LkPhilox philox, guint64 index, double count, double probability)
{
  if (isnan (count) || isnan (probability) || (isinf (count) && count > 0))
    return NAN;
  if (count <= 0 || probability <= 0)
    return 0;
  if (probability >= 1)
    return count;
  if (probability <= 0.5)
    return likely_binomial (philox, index, count, probability);
  return count - likely_binomial (philox, index, count, 1 - probability);
}
