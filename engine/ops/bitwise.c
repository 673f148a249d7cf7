/* SPDX-License-Identifier: MIT */
/* Elementwise, on the bits of integers. */
#include "engine/ops/binary.h"

#define SAMPLES(...) \
  .samples = (const LkSample[]) { { "int32[2,3]; int32[3]" }, { "int64[3]={-8,7,5}; int64[]={2}" }, \
                                  { "int32[]; int32[]" }, { "int32[0]; int32[1]" }, { "int8[3] in -9..9; int8[3] in -1..9" }, \
                                  { "int16[2]; int16[]" }, { "uint8[2] in 0..255; uint8[] in 0..9" }, { "uint16[2]; uint16[]" }, \
                                  { "uint32[2]; uint32[]" }, { "uint64[2]; uint64[]" }, { NULL } }
#define BITWISE(name, expression) \
  WRAPPING_LOOPS (name, expression) \
  KERNEL (name, WRAPPING_TABLE (name)) \
  LK_BLOCK (name, .infer = lk_infer_broadcast, .kernel = name##_kernel, SAMPLES ())

BITWISE (bitwise_and, x & y);
BITWISE (bitwise_or, x | y);
BITWISE (bitwise_xor, x ^ y);

/* How far y says: neither back nor further than there are bits, so that every y means something. The bits are those of the
   dtype itself, so each has a loop. */
#define FAR (y < 0 ? 0 : (guint64) y > sizeof y * 8 - 1 ? sizeof y * 8 - 1 : (gsize) y)
#define EACH(X) \
  X (LK_INT8, gint8, i8) X (LK_INT16, gint16, i16) X (LK_INT32, gint32, i32) X (LK_INT64, gint64, i64) \
  X (LK_UINT8, guint8, u8) X (LK_UINT16, guint16, u16) X (LK_UINT32, guint32, u32) X (LK_UINT64, guint64, u64)
#define LEFT_LOOP(dtype, T, suffix) LK_BINARY_LOOP (, left_shift_##suffix, T, T, (guint64) x << FAR)
#define RIGHT_LOOP(dtype, T, suffix) LK_BINARY_LOOP (, right_shift_##suffix, T, T, x >> FAR)
#define LEFT_ROW(dtype, T, suffix) [dtype] = left_shift_##suffix,
#define RIGHT_ROW(dtype, T, suffix) [dtype] = right_shift_##suffix,
#pragma GCC diagnostic ignored "-Wtype-limits"     /* an unsigned y is never negative */
EACH (LEFT_LOOP)
EACH (RIGHT_LOOP)
KERNEL (left_shift, EACH (LEFT_ROW))
KERNEL (right_shift, EACH (RIGHT_ROW))
LK_BLOCK (left_shift, .infer = lk_infer_broadcast, .kernel = left_shift_kernel, SAMPLES ());
LK_BLOCK (right_shift, .infer = lk_infer_broadcast, .kernel = right_shift_kernel, SAMPLES ());

LK_UNARY_LOOP (LK_CLONES, invert_i32, guint32, guint32, ~x)
LK_UNARY_LOOP (LK_CLONES, invert_i64, guint64, guint64, ~x)

static void
invert_kernel (LkCall *call)
{
  static const LkUnaryLoop loops[LK_N_DTYPES] = { INT_TABLE (invert), [LK_UINT64] = invert_i64 };
  lk_unary_run (call, loops);
}

LK_BLOCK (invert, .infer = lk_infer_same, .kernel = invert_kernel,
          .samples = (const LkSample[]) { { "int32[2,3]" }, { "int64[3]={-8,7,5}" }, { "int32[]" }, { "uint8[2]" },
                                          { "int32[0]" }, { "int16[2]" }, { "uint32[2]" }, { "uint64[2]" }, { NULL } });

/* How many bits are set. */
#define COUNT_LOOP(dtype, T, suffix) LK_UNARY_LOOP (, count_##suffix, T, guint8, \
                                                    __builtin_popcountll ((guint64) x & (~(guint64) 0 >> (64 - 8 * sizeof x))))
#define COUNT_ROW(dtype, T, suffix) [dtype] = count_##suffix,
EACH (COUNT_LOOP)

static void
population_count_kernel (LkCall *call)
{
  static const LkUnaryLoop loops[LK_N_DTYPES] = { EACH (COUNT_ROW) };
  lk_unary_run (call, loops);
}

LK_BLOCK (population_count, .infer = lk_infer_first, .kernel = population_count_kernel,
          .samples = (const LkSample[]) { { "int32[3]={-1,7,0}" }, { "uint8[2]={255,1}" }, { "int8[2]={-1,3}" }, { "int16[]" },
                                          { "uint16[2]" }, { "uint32[2]" }, { "int64[2]={-1,5}" }, { "uint64[0]" }, { NULL } });
