/* SPDX-License-Identifier: MIT */
#include "engine/execute/strip.h"
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx512f,avx512dq,prefer-vector-width=512")

typedef float F32 __attribute__ ((vector_size (64)));
typedef double F64 __attribute__ ((vector_size (64)));
typedef gint32 I32 __attribute__ ((vector_size (64)));
typedef gint64 I64 __attribute__ ((vector_size (64)));
#define TABLE lk_strip_avx512f
#include "engine/execute/strip_loops.h"
#endif
