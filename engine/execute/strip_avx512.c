/* SPDX-License-Identifier: MIT */
#include "engine/execute/strip.h"
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx512f,avx512dq,prefer-vector-width=512")

#define WIDE 64
#define TABLE lk_strip_avx512f
#include "engine/execute/strip_loops.h"
#endif
