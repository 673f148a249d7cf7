/* SPDX-License-Identifier: MIT */
#include "engine/ops/philox.h"

#include <math.h>
#include <string.h>

void
lk_philox_init (LkPhilox *philox, guint64 key, guint64 counter_high, guint64 counter)
{
  *philox = (LkPhilox) {
    .counter = { (guint32) counter, counter >> 32, (guint32) counter_high, counter_high >> 32 },
    .key = { (guint32) key, key >> 32 },
    .used = 4,
  };
}

static void
philox_step (LkPhilox *philox)
{
  for (guint i = 0; i < 4; i++)
    if (++philox->counter[i] != 0)
      return;
}

/* Ten rounds of two multiplications; the key moves on by the golden ratio and √3 − 1 after each. */
void
lk_philox_block (LkPhilox *philox, guint32 *numbers)
{
  guint32 c0 = philox->counter[0], c1 = philox->counter[1], c2 = philox->counter[2], c3 = philox->counter[3];
  guint32 k0 = philox->key[0], k1 = philox->key[1];
  for (guint round = 0; round < 10; round++)
    {
      const guint64 a = (guint64) 0xD2511F53u * c0, b = (guint64) 0xCD9E8D57u * c2;
      c0 = (guint32) (b >> 32) ^ c1 ^ k0;
      c1 = (guint32) b;
      c2 = (guint32) (a >> 32) ^ c3 ^ k1;
      c3 = (guint32) a;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
  numbers[0] = c0;
  numbers[1] = c1;
  numbers[2] = c2;
  numbers[3] = c3;
  philox_step (philox);
}

guint32
lk_philox_next (LkPhilox *philox)
{
  if (philox->used == 4)
    {
      lk_philox_block (philox, philox->block);
      philox->used = 0;
    }
  return philox->block[philox->used++];
}

void
lk_philox_skip (LkPhilox *philox, guint64 counters)
{
  const guint64 low = lk_philox_counter (philox, 0) + counters,
                high = lk_philox_counter (philox, 1) + (low < counters);
  lk_philox_init (philox, lk_philox_key (philox), high, low);
}

/* Both seeds count alike: they are the counter of one block, under a key of TensorFlow's choice, that becomes the key
   and the upper half of the counter. */
void
lk_philox_init_seeds (LkPhilox *philox, guint64 seed0, guint64 seed1)
{
  guint32 mix[4];
  lk_philox_init (philox, G_GUINT64_CONSTANT (0x02461e293ec8f720), seed1, seed0);
  lk_philox_block (philox, mix);
  lk_philox_init (philox, mix[0] | (guint64) mix[1] << 32, mix[2] | (guint64) mix[3] << 32, 0);
}

guint64
lk_philox_key (const LkPhilox *philox)
{
  return philox->key[0] | (guint64) philox->key[1] << 32;
}

guint64
lk_philox_counter (const LkPhilox *philox, guint half)
{
  return philox->counter[2 * half] | (guint64) philox->counter[2 * half + 1] << 32;
}

float
lk_philox_float (guint32 bits)
{
  float one_to_two;
  bits = 0x3F800000u | (bits & 0x7FFFFFu);
  memcpy (&one_to_two, &bits, sizeof bits);
  return one_to_two - 1;
}

double
lk_philox_double (guint32 high, guint32 low)
{
  double one_to_two;
  const guint64 bits = G_GUINT64_CONSTANT (0x3FF0000000000000) | (guint64) (high & 0xFFFFFu) << 32 | low;
  memcpy (&one_to_two, &bits, sizeof bits);
  return one_to_two - 1;
}

/* Smaller numbers have no place under the logarithm; both precisions use the same bound, as TensorFlow does.
   */
#define SMALLEST 1e-7

void
lk_philox_normal_float (const guint32 *bits, float *pair)
{
  const float radius = sqrtf (-2 * logf (fmaxf (lk_philox_float (bits[0]), (float) SMALLEST)));
  const float angle = 2 * G_PI * lk_philox_float (bits[1]);
  sincosf (angle, &pair[0], &pair[1]);
  pair[0] *= radius;
  pair[1] *= radius;
}

void
lk_philox_normal_double (const guint32 *bits, double *pair)
{
  const double radius = sqrt (-2 * log (fmax (lk_philox_double (bits[0], bits[1]), SMALLEST)));
  const double angle = 2 * G_PI * lk_philox_double (bits[2], bits[3]);
  sincos (angle, &pair[0], &pair[1]);
  pair[0] *= radius;
  pair[1] *= radius;
}
