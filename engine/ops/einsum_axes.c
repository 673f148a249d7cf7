/* SPDX-License-Identifier: MIT */
#include "engine/ops/einsum.h"

#include <string.h>

#include "engine/core/loop.h"
#include "engine/ops/rule.h"

void
lk_einsum_axes_add (LkEinsumAxes *axes, guchar label, gint64 size, gint64 stride)
{
  for (guint i = 0; i < axes->n; i++)
    if (axes->label[i] == label)
      {
        axes->stride[i] += stride;
        return;
      }
  axes->label[axes->n] = label;
  axes->size[axes->n] = size;
  axes->stride[axes->n++] = stride;
}

LkEinsumAxes
lk_einsum_axes_of (const LkEquation *equation, const LkLabels *labels, const LkShape *shape)
{
  LkEinsumAxes axes = { 0 };
  gint64 strides[LK_MAX_RANK];
  lk_shape_strides (shape, strides);
  for (guint i = 0; i < labels->n; i++)
    {
      const guchar label = labels->label[i];
      const gint64 size = equation->size[label];
      lk_einsum_axes_add (&axes, label, size, shape->dims[i] == size ? strides[i] : 0);
    }
  return axes;
}

void
lk_einsum_axes_append (LkEinsumAxes *to, const LkEinsumAxes *from)
{
  for (guint i = 0; i < from->n; i++)
    lk_einsum_axes_add (to, from->label[i], from->size[i], from->stride[i]);
}

gint64
lk_einsum_axes_count (const LkEinsumAxes *axes)
{
  gint64 n = 1;
  for (guint i = 0; i < axes->n; i++)
    n *= axes->size[i];
  return n;
}

gboolean
lk_einsum_axes_advance (const LkEinsumAxes *axes, guint inner, gint64 *index, gint64 *offset)
{
  for (guint i = axes->n - MIN (inner, axes->n); i-- > 0;)
    {
      *offset += axes->stride[i];
      if (++index[i] < axes->size[i])
        return TRUE;
      *offset -= axes->size[i] * axes->stride[i];
      index[i] = 0;
    }
  return FALSE;
}

/* Whether the last of axes lies closer together than that of others, and is worth a sum of its own. */
static gboolean
are_closer (const LkEinsumAxes *axes, const LkEinsumAxes *others)
{
  return axes->n > 0 && axes->size[axes->n - 1] >= 8
         && (others->n == 0 || axes->stride[axes->n - 1] < others->stride[others->n - 1]);
}

/* The sum of n elements, in lanes of a fixed order where they lie side by side. */
#define LANES 16
#define SUM(name, T) \
  LK_CLONES static T name (const T *x, gint64 step, gint64 n) \
  { \
    T lane[LANES] = { 0 }; \
    gint64 i = 0; \
    for (; step == 1 && i + LANES <= n; i += LANES) \
      for (guint k = 0; k < LANES; k++) \
        lane[k] += x[i + k]; \
    for (; i < n; i++) \
      lane[i % LANES] += x[i * step]; \
    for (guint half = LANES / 2; half > 0; half /= 2) \
      for (guint k = 0; k < half; k++) \
        lane[k] += lane[k + half]; \
    return lane[0]; \
  }

/* out, dense: the sum along axes `gone` of what lies along axes `kept`: row by row, or element by element where those that are gone
   lie closer together. */
#define GATHER(s, T) \
  SUM (sum_##s, T) \
  static void gather_rows_##s (const LkEinsumAxes *kept, const LkEinsumAxes *gone, const T *in, T *out) \
  { \
    gint64 away[LK_EINSUM_AXES] = { 0 }, summand = 0; \
    const gint64 n = kept->n > 0 ? kept->size[kept->n - 1] : 1, step = kept->n > 0 ? kept->stride[kept->n - 1] : 0; \
    memset (out, 0, lk_einsum_axes_count (kept) * sizeof (T)); \
    do \
      { \
        gint64 index[LK_EINSUM_AXES] = { 0 }, offset = summand; \
        T *to = out; \
        do \
          { \
            const T *from = in + offset; \
            for (gint64 i = 0; i < n; i++) \
              to[i] += from[i * step]; \
            to += n; \
          } \
        while (lk_einsum_axes_advance (kept, 1, index, &offset)); \
      } \
    while (lk_einsum_axes_advance (gone, 0, away, &summand)); \
  } \
  static void gather_sums_##s (const LkEinsumAxes *kept, const LkEinsumAxes *gone, const T *in, T *out) \
  { \
    gint64 index[LK_EINSUM_AXES] = { 0 }, offset = 0; \
    const gint64 n = gone->size[gone->n - 1], step = gone->stride[gone->n - 1]; \
    do \
      { \
        gint64 away[LK_EINSUM_AXES] = { 0 }, summand = offset; \
        T sum = 0; \
        do \
          sum += sum_##s (in + summand, step, n); \
        while (lk_einsum_axes_advance (gone, 1, away, &summand)); \
        *out++ = sum; \
      } \
    while (lk_einsum_axes_advance (kept, 0, index, &offset)); \
  } \
  static void gather_##s (const LkEinsumAxes *kept, const LkEinsumAxes *gone, const void *in, void *out) \
  { \
    if (lk_einsum_axes_count (kept) == 0) \
      return; \
    if (lk_einsum_axes_count (gone) == 0) \
      memset (out, 0, lk_einsum_axes_count (kept) * sizeof (T)); \
    else if (are_closer (gone, kept)) \
      gather_sums_##s (kept, gone, in, out); \
    else \
      gather_rows_##s (kept, gone, in, out); \
  }

/* Spreads dense `in` along axes. */
#define SCATTER(name, T) \
  static void name (const LkEinsumAxes *axes, const void *in, void *out) \
  { \
    gint64 index[LK_EINSUM_AXES] = { 0 }, offset = 0; \
    const gint64 n = axes->n > 0 ? axes->size[axes->n - 1] : 1, step = axes->n > 0 ? axes->stride[axes->n - 1] : 0; \
    const T *from = in; \
    if (lk_einsum_axes_count (axes) > 0) \
      do \
        { \
          T *to = (T *) out + offset; \
          for (gint64 i = 0; i < n; i++) \
            to[i * step] = from[i]; \
          from += n; \
        } \
      while (lk_einsum_axes_advance (axes, 1, index, &offset)); \
  }

/* The product of small matrices, for which a call of the library costs more than the work. */
#define SMALL(name, T) \
  static void name (const LkProduct *p, const void *a, const void *b, void *out) \
  { \
    const T *x = a, *y = b; \
    for (gint64 i = 0; i < p->m; i++) \
      for (gint64 j = 0; j < p->n; j++) \
        { \
          T sum = 0; \
          for (gint64 k = 0; k < p->k; k++) \
            sum += (p->transpose_a ? x[k * p->m + i] : x[i * p->k + k]) \
                   * (p->transpose_b ? y[j * p->k + k] : y[k * p->n + j]); \
          ((T *) out)[i * p->n + j] = sum; \
        } \
  }
#define LOOPS(s, T) GATHER (s, T) SCATTER (scatter_##s, T) SMALL (small_##s, T)
#define ROW(s) { gather_##s, scatter_##s, small_##s }
LOOPS (f32, float)
LOOPS (f64, double)
LOOPS (i32, guint32)
LOOPS (i64, guint64)
LOOPS (c64, _Complex float)
LOOPS (c128, _Complex double)

const LkEinsumLoops lk_einsum_loops[LK_N_DTYPES] = {
  [LK_FLOAT32] = ROW (f32), [LK_FLOAT64] = ROW (f64), [LK_INT32] = ROW (i32), [LK_INT64] = ROW (i64),
  [LK_UINT64] = ROW (i64), [LK_COMPLEX64] = ROW (c64), [LK_COMPLEX128] = ROW (c128),
};
