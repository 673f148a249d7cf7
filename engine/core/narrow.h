/* SPDX-License-Identifier: MIT */
/* Narrow dtypes are computed in wider ones, as TensorFlow does: float16 and bfloat16 in float32, integers of 8 and 16
   bits in int32, uint32 in int64. Going back rounds floats to the nearest, halves to even, and wraps integers; so
   what adds, multiplies, compares or selects gives the bits that the narrow type itself would. */
#pragma once
#include "engine/core/tensor.h"

/* The dtype in which dtype is computed: itself when it is not narrow. */
LkDType lk_dtype_wide (LkDType dtype);
/* n elements of a narrow dtype at in → n of lk_dtype_wide (dtype) at out, and back. */
void lk_widen (LkDType dtype, const void *in, void *out, gint64 n);
void lk_narrow (LkDType dtype, const void *in, void *out, gint64 n);
/* The same for a tensor; one that is not narrow is only referenced. NULL when memory is short. (transfer full) */
LkTensor *lk_tensor_widen (LkTensor *tensor);
LkTensor *lk_tensor_narrow (LkTensor *tensor, LkDType dtype);

/* One element. IEEE 754 binary16, and the upper half of a binary32. */
static inline float
lk_float_from_bits (guint32 bits)
{
  union { guint32 i; float f; } u = { .i = bits };
  return u.f;
}

static inline guint32
lk_float_bits (float x)
{
  union { float f; guint32 i; } u = { .f = x };
  return u.i;
}

static inline float
lk_bfloat16_to_float (guint16 bits)
{
  return lk_float_from_bits ((guint32) bits << 16);
}

static inline guint16
lk_bfloat16_from_float (float x)
{
  const guint32 bits = lk_float_bits (x);
  return x != x ? 0x7fc0 | (bits >> 16 & 0x8000) : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}

/* Exponents are rebased by a multiplication, which also makes numbers of subnormals. */
static inline float
lk_half_to_float (guint16 bits)
{
  const guint32 wide = bits, magnitude = (wide & 0x7fff) << 13, sign = (wide & 0x8000) << 16;
  const guint32 finite = lk_float_bits (lk_float_from_bits (magnitude) * 0x1p112f);
  return lk_float_from_bits ((magnitude >= 0x0f800000 ? magnitude | 0x7f800000 : finite) | sign);
}

/* Subnormals are rounded by adding a number whose last place is theirs. All cases are computed, since a loop of choices becomes
   vectors and one of branches does not. */
static inline guint16
lk_half_from_float (float x)
{
  const guint32 bits = lk_float_bits (x), magnitude = bits & 0x7fffffff, sign = bits >> 16 & 0x8000;
  const guint32 small = lk_float_bits (lk_float_from_bits (magnitude) + 0.5f) - 0x3f000000;
  const guint32 normal = (magnitude - 0x38000000 + 0xfff + (magnitude >> 13 & 1)) >> 13;
  const guint32 finite = magnitude < 0x38800000 ? small : normal;
  const guint32 any = magnitude >= 0x477ff000 ? 0x7c00 : finite;
  return (magnitude > 0x7f800000 ? 0x7e00 : any) | sign;
}
