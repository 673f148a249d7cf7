/* SPDX-License-Identifier: MIT */
/* Rows of every dtype, joined one with another. For segment.c. */
#pragma once
#include "engine/core/narrow.h"
#include "engine/ops/rule.h"

typedef enum { SUM, PROD, MAX_OF, MIN_OF } Join;

/* Rows of T: joined one with another, and set to what joins to nothing. Integers wrap in sums and products. */
#define ROWS(name, T, least, most) \
  static void join_##name (Join join, void *to_row, const void *from_row, gint64 n) \
  { \
    T *to = to_row; \
    const T *from = from_row; \
    switch ((int) join) \
      { \
      case SUM: for (gint64 i = 0; i < n; i++) to[i] = (T) ((guint64) to[i] + (guint64) from[i]); break; \
      case PROD: for (gint64 i = 0; i < n; i++) to[i] = (T) ((guint64) to[i] * (guint64) from[i]); break; \
      case MAX_OF: for (gint64 i = 0; i < n; i++) to[i] = to[i] > from[i] ? to[i] : from[i]; break; \
      case MIN_OF: for (gint64 i = 0; i < n; i++) to[i] = to[i] < from[i] ? to[i] : from[i]; break; \
      } \
  } \
  CLEAR (name, T, least, most)
#define CLEAR(name, T, least, most) \
  static void clear_##name (Join join, void *row, gint64 n) \
  { \
    const T empty[] = { [SUM] = 0, [PROD] = 1, [MAX_OF] = least, [MIN_OF] = most }; \
    for (gint64 i = 0; i < n; i++) \
      ((T *) row)[i] = empty[join]; \
  }
ROWS (i8, gint8, G_MININT8, G_MAXINT8)
ROWS (i16, gint16, G_MININT16, G_MAXINT16)
ROWS (i32, gint32, G_MININT32, G_MAXINT32)
ROWS (i64, gint64, G_MININT64, G_MAXINT64)
ROWS (u8, guint8, 0, G_MAXUINT8)
ROWS (u16, guint16, 0, G_MAXUINT16)
ROWS (u32, guint32, 0, G_MAXUINT32)
ROWS (u64, guint64, 0, G_MAXUINT64)
#define FLOAT_ROWS(name, T, ...) \
  static void join_##name (Join join, void *to_row, const void *from_row, gint64 n) \
  { \
    T *to = to_row; \
    const T *from = from_row; \
    switch ((int) join) \
      { \
      case SUM: for (gint64 i = 0; i < n; i++) to[i] += from[i]; break; \
      case PROD: for (gint64 i = 0; i < n; i++) to[i] *= from[i]; break; \
      __VA_ARGS__ \
      } \
  }
#define EXTREMES \
  case MAX_OF: for (gint64 i = 0; i < n; i++) to[i] = to[i] > from[i] ? to[i] : from[i]; break; \
  case MIN_OF: for (gint64 i = 0; i < n; i++) to[i] = to[i] < from[i] ? to[i] : from[i]; break;
FLOAT_ROWS (f32, float, EXTREMES)
FLOAT_ROWS (f64, double, EXTREMES)
FLOAT_ROWS (c64, _Complex float)
FLOAT_ROWS (c128, _Complex double)
CLEAR (f32, float, -G_MAXFLOAT, G_MAXFLOAT)
CLEAR (f64, double, -G_MAXDOUBLE, G_MAXDOUBLE)
CLEAR (c64, _Complex float, 0, 0)
CLEAR (c128, _Complex double, 0, 0)
/* Sums and products of these are computed in wider ones. */
#define NARROW_ROWS(name, read, least, most) \
  static void join_##name (Join join, void *to_row, const void *from_row, gint64 n) \
  { \
    guint16 *to = to_row; \
    const guint16 *from = from_row; \
    for (gint64 i = 0; i < n; i++) \
      if (join == MAX_OF ? !(read (to[i]) > read (from[i])) : !(read (to[i]) < read (from[i]))) \
        to[i] = from[i]; \
  } \
  CLEAR (name, guint16, least, most)
NARROW_ROWS (f16, lk_half_to_float, 0xfbff, 0x7bff)
NARROW_ROWS (bf16, lk_bfloat16_to_float, 0xff7f, 0x7f7f)

/* Rows of one element each, summed; numbers below 0 are left out. */
#define ONES(name, T) \
  static void ones_##name (T *to, const T *from, const LkTensor *ids) \
  { \
    const gint32 *short_ids = ids->dtype == LK_INT32 ? ids->data : NULL; \
    const gint64 *long_ids = ids->data, n = ids->size; \
    for (gint64 i = 0; short_ids != NULL && i < n; i++) \
      if (short_ids[i] >= 0) \
        to[short_ids[i]] += from[i]; \
    for (gint64 i = 0; short_ids == NULL && i < n; i++) \
      if (long_ids[i] >= 0) \
        to[long_ids[i]] += from[i]; \
  }
ONES (f32, float)
ONES (f64, double)
ONES (i32, guint32)
ONES (i64, guint64)

/* FALSE for other dtypes. */
static gboolean
sum_ones (LkTensor *out, const LkTensor *data, const LkTensor *ids)
{
  switch ((int) out->dtype)
    {
    case LK_FLOAT32: ones_f32 (out->data, data->data, ids); return TRUE;
    case LK_FLOAT64: ones_f64 (out->data, data->data, ids); return TRUE;
    case LK_INT32: ones_i32 (out->data, data->data, ids); return TRUE;
    case LK_INT64: case LK_UINT64: ones_i64 (out->data, data->data, ids); return TRUE;
    default: return FALSE;
    }
}

#define TABLE(function) \
  { \
    [LK_FLOAT16] = function##_f16, [LK_BFLOAT16] = function##_bf16, [LK_FLOAT32] = function##_f32, \
    [LK_FLOAT64] = function##_f64, [LK_INT8] = function##_i8, [LK_INT16] = function##_i16, [LK_INT32] = function##_i32, \
    [LK_INT64] = function##_i64, [LK_UINT8] = function##_u8, [LK_UINT16] = function##_u16, [LK_UINT32] = function##_u32, \
    [LK_UINT64] = function##_u64, [LK_COMPLEX64] = function##_c64, [LK_COMPLEX128] = function##_c128, \
  }
static void (*const joins[LK_N_DTYPES]) (Join join, void *to, const void *from, gint64 n) = TABLE (join);
static void (*const clears[LK_N_DTYPES]) (Join join, void *row, gint64 n) = TABLE (clear);
