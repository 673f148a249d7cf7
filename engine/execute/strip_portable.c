/* SPDX-License-Identifier: MIT */
#include "engine/execute/strip.h"

typedef float F32 __attribute__ ((vector_size (16)));
typedef double F64 __attribute__ ((vector_size (16)));
typedef gint32 I32 __attribute__ ((vector_size (16)));
typedef gint64 I64 __attribute__ ((vector_size (16)));
#define TABLE lk_strip_portable
#include "engine/execute/strip_loops.h"
