/* SPDX-License-Identifier: MIT */
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx2,fma")
#include <sleef.h>

typedef __m256 F32;
typedef __m256d F64;
typedef gint32 I32 __attribute__ ((vector_size (32)));
typedef gint64 I64 __attribute__ ((vector_size (32)));
#define CALL32(name, ulp) Sleef_##name##f8_##ulp##avx2
#define CALL64(name, ulp) Sleef_##name##d4_##ulp##avx2
#define TABLE lk_vector_avx2
#include "engine/ops/vector_loops.h"
#endif
