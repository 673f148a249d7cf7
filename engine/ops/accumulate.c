/* SPDX-License-Identifier: MIT */
#include "engine/ops/accumulate.h"

#include <complex.h>
#include <string.h>

#include "engine/core/narrow.h"
#include "engine/ops/elementwise.h"

#define LOOP(expression) \
  _Pragma ("GCC ivdep") \
  for (gint64 i = 0; i < n; i++) \
    { \
      const T x = xs[i], y = ys[i * step]; \
      zs[i] = (T) (expression); \
    } \
  break

/* One for each dtype. plus … over: how they compute; least and most: which one they keep. */
#define ACCUMULATE(name, type, plus, minus, times, over, least, most) \
  LK_CLONES static void name (LkAccumulation how, void *out, const void *old, const void *value, guint step, gint64 n) \
  { \
    typedef type T; \
    const T *xs = old, *ys = value; \
    T *zs = out; \
    switch (how) \
      { \
      case LK_PUT: LOOP (((void) x, y)); \
      case LK_PLUS: LOOP (plus); \
      case LK_MINUS: LOOP (minus); \
      case LK_TIMES: LOOP (times); \
      case LK_OVER: LOOP (over); \
      case LK_LEAST: LOOP (least); \
      case LK_MOST: LOOP (most); \
      } \
  }
/* NaN stays. */
#define FLOATS(name, type) \
  ACCUMULATE (name, type, x + y, x - y, x * y, x / y, y < x || y != y ? y : x, y > x || y != y ? y : x)
#define INTEGERS(name, type, wrap) \
  ACCUMULATE (name, type, (wrap) x + (wrap) y, (wrap) x - (wrap) y, (wrap) x * (wrap) y, \
              y == 0 ? 0 : (T) -1 < 1 && y == (T) -1 ? (T) (0 - (wrap) x) : (T) (x / y), y < x ? y : x, y > x ? y : x)
FLOATS (floats, float)
FLOATS (doubles, double)
INTEGERS (int8s, gint8, guint32)
INTEGERS (int16s, gint16, guint32)
INTEGERS (int32s, gint32, guint32)
INTEGERS (int64s, gint64, guint64)
INTEGERS (uint8s, guint8, guint32)
INTEGERS (uint16s, guint16, guint32)
INTEGERS (uint32s, guint32, guint32)
INTEGERS (uint64s, guint64, guint64)
/* Without an order: the first stays. */
ACCUMULATE (complexes, complex float, x + y, x - y, x * y, x / y, ((void) y, x), ((void) y, x))
ACCUMULATE (double_complexes, complex double, x + y, x - y, x * y, x / y, ((void) y, x), ((void) y, x))

/* float16 and bfloat16, a few at a time. */
static void
halves (LkDType dtype, LkAccumulation how, guint16 *out, const guint16 *old, const guint16 *value, guint step, gint64 n)
{
  enum { FEW = 256 };
  float x[FEW], y[FEW];
  for (gint64 first = 0; first < n; first += FEW)
    {
      const gint64 few = MIN (FEW, n - first);
      lk_widen (dtype, old + first, x, few);
      lk_widen (dtype, value + first * step, y, step == 0 ? 1 : few);
      floats (how, x, x, y, step, few);
      lk_narrow (dtype, x, out + first, few);
    }
}

void
lk_accumulate (LkDType dtype, LkAccumulation how, void *out, const void *old, const void *value, guint step, gint64 n)
{
  typedef void (*Loop) (LkAccumulation how, void *out, const void *old, const void *value, guint step, gint64 n);
  static const Loop loops[LK_N_DTYPES] = {
    [LK_FLOAT32] = floats, [LK_FLOAT64] = doubles, [LK_INT8] = int8s, [LK_INT16] = int16s, [LK_INT32] = int32s,
    [LK_INT64] = int64s, [LK_UINT8] = uint8s, [LK_UINT16] = uint16s, [LK_UINT32] = uint32s, [LK_UINT64] = uint64s,
    [LK_COMPLEX64] = complexes, [LK_COMPLEX128] = double_complexes, [LK_BOOL] = uint8s,
  };
  if (dtype == LK_FLOAT16 || dtype == LK_BFLOAT16)
    halves (dtype, how, out, old, value, step, n);
  else
    loops[dtype] (how, out, old, value, step, n);
}
