/* SPDX-License-Identifier: MIT */
#include "engine/execute/strip.h"
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx2")

#define WIDE 32
#define TABLE lk_strip_avx2
#include "engine/execute/strip_loops.h"
#endif
