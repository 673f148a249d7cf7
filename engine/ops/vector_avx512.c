/* SPDX-License-Identifier: MIT */
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx512f,avx512dq,avx2,fma,prefer-vector-width=512")
#include <sleef.h>

typedef __m512 F32;
typedef __m512d F64;
typedef gint32 I32 __attribute__ ((vector_size (64)));
typedef gint64 I64 __attribute__ ((vector_size (64)));
#define CALL32(name, ulp) Sleef_##name##f16_##ulp##avx512f
#define CALL64(name, ulp) Sleef_##name##d8_##ulp##avx512f
#define TABLE lk_vector_avx512f
#include "engine/ops/vector_loops.h"
#endif
