/* SPDX-License-Identifier: MIT */
#include "engine/execute/strip.h"
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx2")

typedef float F32 __attribute__ ((vector_size (32)));
typedef double F64 __attribute__ ((vector_size (32)));
typedef gint32 I32 __attribute__ ((vector_size (32)));
typedef gint64 I64 __attribute__ ((vector_size (32)));
#define TABLE lk_strip_avx2
#include "engine/execute/strip_loops.h"
#endif
