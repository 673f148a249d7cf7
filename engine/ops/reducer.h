/* SPDX-License-Identifier: MIT */
/* Reductions from one expression each. What goes into one result is joined in lanes whose number and order are fixed, or
   row after row, so that neither the machine's vectors nor its threads change a bit. */
#pragma once
#include "engine/core/narrow.h"
#include "engine/ops/axes.h"
#include "engine/ops/elementwise.h"

#define LK_LANES 16

/* name: reduces elements of type T in accumulators of type A. `term` is what an element v comes to, `join` the next
   value of accumulator a with term x, `neutral` what a begins with. */
#define LK_REDUCER(name, T, A, term, join, neutral) \
  LK_CLONES static A name##_block (const T *values, gint64 n) \
  { \
    A lane[LK_LANES]; \
    gint64 i = 0; \
    for (guint k = 0; k < LK_LANES; k++) \
      lane[k] = neutral; \
    for (; i + LK_LANES <= n; i += LK_LANES) \
      for (guint k = 0; k < LK_LANES; k++) \
        { \
          const T v = values[i + k]; \
          const A a = lane[k], x = term; \
          lane[k] = join; \
        } \
    for (guint k = 0; i < n; i++, k++) \
      { \
        const T v = values[i]; \
        const A a = lane[k], x = term; \
        lane[k] = join; \
      } \
    for (guint half = LK_LANES / 2; half > 0; half /= 2) \
      for (guint k = 0; k < half; k++) \
        { \
          const A a = lane[k], x = lane[k + half]; \
          lane[k] = join; \
        } \
    return lane[0]; \
  } \
  static void name##_fold (void *sum, const void *in, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i += LK_LANE_BLOCK) \
      { \
        const A a = *(A *) sum, x = name##_block ((const T *) in + i, MIN (LK_LANE_BLOCK, n - i)); \
        *(A *) sum = join; \
      } \
  } \
  static void name##_blocks (void *out, const void *in, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i += LK_LANE_BLOCK) \
      ((A *) out)[i / LK_LANE_BLOCK] = name##_block ((const T *) in + i, MIN (LK_LANE_BLOCK, n - i)); \
  } \
  static void name##_join (void *sum, const void *blocks, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      { \
        const A a = *(A *) sum, x = ((const A *) blocks)[i]; \
        *(A *) sum = join; \
      } \
  } \
  LK_CLONES static void name##_abreast (void *out, const void *in, gint64 n) \
  { \
    A lane[LK_LANES][LK_ABREAST], *sums = out; \
    for (guint k = 0; k < LK_LANES; k++) \
      for (guint r = 0; r < LK_ABREAST; r++) \
        lane[k][r] = neutral; \
    for (gint64 i = 0; i < n; i++) \
      for (guint r = 0; r < LK_ABREAST; r++) \
        { \
          const T v = ((const T *) in)[r * n + i]; \
          const A a = lane[i % LK_LANES][r], x = term; \
          lane[i % LK_LANES][r] = join; \
        } \
    for (guint half = LK_LANES / 2; half > 0; half /= 2) \
      for (guint k = 0; k < half; k++) \
        for (guint r = 0; r < LK_ABREAST; r++) \
          { \
            const A a = lane[k][r], x = lane[k + half][r]; \
            lane[k][r] = join; \
          } \
    for (guint r = 0; r < LK_ABREAST; r++) \
      { \
        const A a = sums[r], x = lane[0][r]; \
        sums[r] = join; \
      } \
  } \
  LK_CLONES static void name##_rows (void *out, const void *in, gint64 rows, gint64 n, gint64 stride) \
  { \
    A *restrict sums = out; \
    const T *row = in; \
    for (; rows >= 4; rows -= 4, row += 4 * stride) \
      for (gint64 i = 0; i < n; i++) \
        { \
          A a = sums[i]; \
          { const T v = row[i]; const A x = term; a = join; } \
          { const T v = row[i + stride]; const A x = term; a = join; } \
          { const T v = row[i + 2 * stride]; const A x = term; a = join; } \
          { const T v = row[i + 3 * stride]; const A x = term; a = join; } \
          sums[i] = a; \
        } \
    for (; rows > 0; rows--, row += stride) \
      for (gint64 i = 0; i < n; i++) \
        { \
          const T v = row[i]; \
          const A a = sums[i], x = term; \
          sums[i] = join; \
        } \
  } \
  static void name##_clear (void *sums, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      ((A *) sums)[i] = neutral; \
  } \
  static const LkReducer name = { sizeof (A), name##_clear, name##_fold, name##_blocks, name##_join, name##_abreast, name##_rows };

/* name: results of type T from accumulators of type A. `result` is that of accumulator a, into which `count` elements
   went. */
#define LK_STORE(name, T, A, result) \
  static void name (void *out, const void *sums, gint64 n, gint64 count) \
  { \
    for (gint64 i = 0; i < n; i++) \
      { \
        const A a = ((const A *) sums)[i]; \
        ((T *) out)[i] = (T) (result); \
      } \
  }

/* A row for each dtype: ROW (suffix, dtype, T). */
#define LK_FLOAT_ROWS ROW (f16, LK_FLOAT16, guint16) ROW (bf16, LK_BFLOAT16, guint16) ROW (f32, LK_FLOAT32, float) \
  ROW (f64, LK_FLOAT64, double)
#define LK_INTEGER_ROWS ROW (i8, LK_INT8, gint8) ROW (i16, LK_INT16, gint16) ROW (i32, LK_INT32, gint32) \
  ROW (i64, LK_INT64, gint64) ROW (u8, LK_UINT8, guint8) ROW (u16, LK_UINT16, guint16) ROW (u32, LK_UINT32, guint32) \
  ROW (u64, LK_UINT64, guint64)
#define LK_COMPLEX_ROWS ROW (c64, LK_COMPLEX64, _Complex float) ROW (c128, LK_COMPLEX128, _Complex double)

/* Samples that any reduction of floats can do with. */
#define LK_REDUCTION_SAMPLES \
  { "float64[2,3]; int32[1]={1}" }, { "float64[2,3]; int32[]={0}", "keep_dims=true" }, \
  { "float64[2,3]; int32[2]={0,1}" }, \
  { "float64[2,3,4]; int64[2]={0,-1}" }, { "float64[2,3,4]; int32[1]={1}", "keep_dims=true" }, \
  { "float64[3]; int32[0]" }, \
  { "float64[]; int32[0]" }
