/* SPDX-License-Identifier: MIT */
#include "engine/ops/distribution.h"

#include <math.h>
#include <string.h>

#include "engine/core/narrow.h"

/* Draws one group from the four numbers of a counter. */
typedef void (*Draw) (const guint32 *bits, void *group);
/* Draws one group from as many numbers as it takes. */
typedef void (*DrawLong) (LkPhilox *philox, void *group);

/* ---- numbers of one counter ---- */

/* From 1 to before 2, less 1, as lk_philox_float() has it for wider floats. */
static void
uniform_f16 (const guint32 *bits, void *group)
{
  for (guint i = 0; i < 4; i++)
    ((guint16 *) group)[i] = lk_half_from_float (lk_half_to_float (0x3c00 | (bits[i] & 0x3ff)) - 1);
}

static void
uniform_bf16 (const guint32 *bits, void *group)
{
  for (guint i = 0; i < 4; i++)
    ((guint16 *) group)[i] = lk_bfloat16_from_float (lk_bfloat16_to_float (0x3f80 | (bits[i] & 0x7f)) - 1);
}

static void
uniform_f32 (const guint32 *bits, void *group)
{
  for (guint i = 0; i < 4; i++)
    ((float *) group)[i] = lk_philox_float (bits[i]);
}

static void
uniform_f64 (const guint32 *bits, void *group)
{
  for (guint i = 0; i < 2; i++)
    ((double *) group)[i] = lk_philox_double (bits[2 * i], bits[2 * i + 1]);
}

static void
normal_f32 (const guint32 *bits, void *group)
{
  for (guint i = 0; i < 4; i += 2)
    lk_philox_normal_float (bits + i, (float *) group + i);
}

static void
normal_f16 (const guint32 *bits, void *group)
{
  float wide[4];
  normal_f32 (bits, wide);
  lk_narrow (LK_FLOAT16, wide, group, 4);
}

static void
normal_bf16 (const guint32 *bits, void *group)
{
  float wide[4];
  normal_f32 (bits, wide);
  lk_narrow (LK_BFLOAT16, wide, group, 4);
}

static void
normal_f64 (const guint32 *bits, void *group)
{
  lk_philox_normal_double (bits, group);
}

static void
full_32 (const guint32 *bits, void *group)
{
  memcpy (group, bits, 16);
}

static void
full_64 (const guint32 *bits, void *group)
{
  for (guint i = 0; i < 2; i++)
    ((guint64 *) group)[i] = bits[2 * i] | (guint64) bits[2 * i + 1] << 32;
}

/* ---- truncated normal numbers ---- */

static void
truncated_f32 (LkPhilox *philox, void *group)
{
  for (guint n = 0; n < 4;)
    {
      float pair[2];
      const guint32 first = lk_philox_next (philox);
      lk_philox_normal_float ((guint32[]) { first, lk_philox_next (philox) }, pair);
      for (guint i = 0; i < 2 && n < 4; i++)
        if (fabsf (pair[i]) < 2)
          ((float *) group)[n++] = pair[i];
    }
}

static void
truncated_f16 (LkPhilox *philox, void *group)
{
  float wide[4];
  truncated_f32 (philox, wide);
  lk_narrow (LK_FLOAT16, wide, group, 4);
}

static void
truncated_bf16 (LkPhilox *philox, void *group)
{
  float wide[4];
  truncated_f32 (philox, wide);
  lk_narrow (LK_BFLOAT16, wide, group, 4);
}

static void
truncated_f64 (LkPhilox *philox, void *group)
{
  for (guint n = 0; n < 2;)
    {
      double pair[2];
      guint32 bits[4];
      for (guint i = 0; i < 4; i++)
        bits[i] = lk_philox_next (philox);
      lk_philox_normal_double (bits, pair);
      for (guint i = 0; i < 2 && n < 2; i++)
        if (fabs (pair[i]) < 2)
          ((double *) group)[n++] = pair[i];
    }
}

/* ---- filling ---- */

static const struct { Draw draw; DrawLong draw_long; guint8 bytes; } draws[LK_N_RANDOM][LK_N_DTYPES] = {
  [LK_RANDOM_UNIFORM] = {
    [LK_FLOAT16] = { uniform_f16, NULL, 8 }, [LK_BFLOAT16] = { uniform_bf16, NULL, 8 },
    [LK_FLOAT32] = { uniform_f32, NULL, 16 }, [LK_FLOAT64] = { uniform_f64, NULL, 16 },
  },
  [LK_RANDOM_NORMAL] = {
    [LK_FLOAT16] = { normal_f16, NULL, 8 }, [LK_BFLOAT16] = { normal_bf16, NULL, 8 },
    [LK_FLOAT32] = { normal_f32, NULL, 16 }, [LK_FLOAT64] = { normal_f64, NULL, 16 },
  },
  [LK_RANDOM_TRUNCATED] = {
    [LK_FLOAT16] = { NULL, truncated_f16, 8 }, [LK_BFLOAT16] = { NULL, truncated_bf16, 8 },
    [LK_FLOAT32] = { NULL, truncated_f32, 16 }, [LK_FLOAT64] = { NULL, truncated_f64, 16 },
  },
  [LK_RANDOM_FULL_INT] = {
    [LK_INT32] = { full_32, NULL, 16 }, [LK_UINT32] = { full_32, NULL, 16 },
    [LK_INT64] = { full_64, NULL, 16 }, [LK_UINT64] = { full_64, NULL, 16 },
  },
};

void
lk_random_fill (LkRandomKind kind, LkDType dtype, LkPhilox philox, void *out, gint64 n)
{
  const gsize bytes = n * lk_dtype_size (dtype), step = draws[kind][dtype].bytes;
  g_assert (step > 0);
  for (gsize done = 0; done < bytes; done += step)
    {
      guint32 bits[4];
      char group[16];
      if (draws[kind][dtype].draw != NULL)
        {
          lk_philox_block (&philox, bits);
          draws[kind][dtype].draw (bits, group);
        }
      else
        {
          LkPhilox own = philox;
          draws[kind][dtype].draw_long (&own, group);
          lk_philox_skip (&philox, LK_RANDOM_RESERVED * (step / lk_dtype_size (dtype)) / 4);
        }
      memcpy ((char *) out + done, group, MIN (step, bytes - done));
    }
}

void
lk_random_fill_range (LkDType dtype, LkPhilox philox, guint64 low, guint64 high, void *out, gint64 n)
{
  const guint64 span = high - low;
  if (lk_dtype_size (dtype) == 4)
    for (gint64 i = 0; i < n; i++)
      ((guint32 *) out)[i] = (guint32) low + lk_philox_next (&philox) % (guint32) span;
  else
    for (gint64 i = 0; i < n; i++)
      {
        const guint64 bits = lk_philox_next (&philox);
        ((guint64 *) out)[i] = low + (bits | (guint64) lk_philox_next (&philox) << 32) % span;
      }
}

gint64 *
lk_random_order (LkPhilox philox, gint64 n)
{
  gint64 *order = g_try_new (gint64, n + 1);
  for (gint64 i = 0; order != NULL && i < n; i++)
    order[i] = i;
  for (gint64 i = 0; order != NULL && i + 1 < n; i++)
    {
      const gint64 other = i + lk_philox_next (&philox) % (guint32) (n - i), kept = order[i];
      order[i] = order[other];
      order[other] = kept;
    }
  return order;
}
