/* SPDX-License-Identifier: MIT */
#include "engine/ops/logits.h"

#include "engine/core/loop.h"
#include "engine/ops/vector.h"

#define LANES 16

#define LOGITS(suffix, T) \
  LK_CLONES static T largest_##suffix (const T *x, gint64 n) \
  { \
    T lane[LANES], top = n > 0 ? x[0] : 0; \
    gint64 i = 0; \
    for (guint k = 0; k < LANES; k++) \
      lane[k] = top; \
    for (; i + LANES <= n; i += LANES) \
      for (guint k = 0; k < LANES; k++) \
        lane[k] = (x[i + k] > lane[k]) | (x[i + k] != x[i + k]) ? x[i + k] : lane[k]; \
    for (; i < n; i++) \
      top = x[i] > top || x[i] != x[i] ? x[i] : top; \
    for (guint k = 0; n >= LANES && k < LANES; k++) \
      top = lane[k] > top || lane[k] != lane[k] ? lane[k] : top; \
    return top; \
  } \
  LK_CLONES static void less_##suffix (const T *x, T top, T *y, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      y[i] = x[i] - top; \
  } \
  void lk_logits_raise_##suffix (const T *x, gint64 rows, gint64 n, T *powers, T *tops) \
  { \
    for (gint64 row = 0; row < rows; row++) \
      { \
        tops[row] = largest_##suffix (x + row * n, n); \
        less_##suffix (x + row * n, tops[row], powers + row * n, n); \
      } \
    lk_vector_exp_##suffix (powers, powers, rows * n); \
  } \
  LK_CLONES double lk_logits_sum_##suffix (const T *powers, gint64 n) \
  { \
    double lane[LANES] = { 0 }, sum = 0; \
    gint64 i = 0; \
    for (; i + LANES <= n; i += LANES) \
      for (guint k = 0; k < LANES; k++) \
        lane[k] += powers[i + k]; \
    for (; i < n; i++) \
      sum += powers[i]; \
    for (guint k = 0; n >= LANES && k < LANES; k++) \
      sum += lane[k]; \
    return sum; \
  }
LOGITS (f32, float)
LOGITS (f64, double)
