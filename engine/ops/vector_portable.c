/* SPDX-License-Identifier: MIT */
/* For any processor: SLEEF's functions of single numbers, lane by lane. */
#include "engine/ops/vector.h"
#include <sleef.h>

typedef float F32 __attribute__ ((vector_size (16)));
typedef double F64 __attribute__ ((vector_size (16)));
typedef gint32 I32 __attribute__ ((vector_size (16)));
typedef gint64 I64 __attribute__ ((vector_size (16)));

#define LANES_UNARY(name, ulp) \
  static inline F32 lanes_##name##32_##ulp (F32 x) \
  { \
    for (guint i = 0; i < 4; i++) \
      x[i] = Sleef_##name##f_##ulp (x[i]); \
    return x; \
  } \
  static inline F64 lanes_##name##64_##ulp (F64 x) \
  { \
    for (guint i = 0; i < 2; i++) \
      x[i] = Sleef_##name##_##ulp (x[i]); \
    return x; \
  }
#define LANES_BINARY(name) \
  static inline F32 lanes_##name##32_u10 (F32 x, F32 y) \
  { \
    for (guint i = 0; i < 4; i++) \
      x[i] = Sleef_##name##f_u10 (x[i], y[i]); \
    return x; \
  } \
  static inline F64 lanes_##name##64_u10 (F64 x, F64 y) \
  { \
    for (guint i = 0; i < 2; i++) \
      x[i] = Sleef_##name##_u10 (x[i], y[i]); \
    return x; \
  }
LANES_UNARY (exp, u10)
LANES_UNARY (expm1, u10)
LANES_UNARY (log, u10)
LANES_UNARY (log1p, u10)
LANES_UNARY (sin, u10)
LANES_UNARY (cos, u10)
LANES_UNARY (tan, u10)
LANES_UNARY (asin, u10)
LANES_UNARY (acos, u10)
LANES_UNARY (atan, u10)
LANES_UNARY (sinh, u10)
LANES_UNARY (cosh, u10)
LANES_UNARY (tanh, u10)
LANES_UNARY (asinh, u10)
LANES_UNARY (acosh, u10)
LANES_UNARY (atanh, u10)
LANES_UNARY (erf, u10)
LANES_UNARY (erfc, u15)
LANES_BINARY (pow)
LANES_BINARY (atan2)

#define CALL32(name, ulp) lanes_##name##32_##ulp
#define CALL64(name, ulp) lanes_##name##64_##ulp
#define TABLE lk_vector_portable
#include "engine/ops/vector_loops.h"
