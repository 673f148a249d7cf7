/* SPDX-License-Identifier: MIT */
/* Mathematical functions of whole arrays, by the widest vectors that the processor has (SLEEF's; chosen when the first one is
   called), to about one unit in the last place. An element's result depends on its value alone: neither on its place nor on
   its neighbours, since what does not fill a vector is computed by the same code in a filled up one. in may be out.

   For each function of LK_VECTOR_UNARY: lk_vector_exp_f32 (in, out, n) and lk_vector_exp_f64 (in, out, n), LkUnaryLoops;
   for each of LK_VECTOR_BINARY the same as LkBinaryLoops (see loop.h). Any thread. */
#pragma once
#include "engine/core/loop.h"

#define LK_VECTOR_UNARY(X) \
  X (exp) X (expm1) X (log) X (log1p) X (sin) X (cos) X (tan) X (asin) X (acos) X (atan) X (sinh) X (cosh) X (tanh) \
  X (asinh) X (acosh) X (atanh) X (erf) X (erfc) X (sigmoid) X (softplus) X (elu) X (selu)
#define LK_VECTOR_BINARY(X) X (pow) X (atan2)

#define DECLARE(name) \
  void lk_vector_##name##_f32 (const void *in, void *out, gint64 n); \
  void lk_vector_##name##_f64 (const void *in, void *out, gint64 n);
LK_VECTOR_UNARY (DECLARE)
#undef DECLARE
#define DECLARE(name) \
  void lk_vector_##name##_f32 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n); \
  void lk_vector_##name##_f64 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n);
LK_VECTOR_BINARY (DECLARE)
#undef DECLARE

/* "avx512f", "avx2" or "portable": what was chosen. */
const char *lk_vector_name (void);

/* ---- private: one such table for each kind of processor ---- */

typedef struct
{
  const char *name;
#define MEMBER(name) LkUnaryLoop name##_f32, name##_f64;
  LK_VECTOR_UNARY (MEMBER)
#undef MEMBER
#define MEMBER(name) LkBinaryLoop name##_f32, name##_f64;
  LK_VECTOR_BINARY (MEMBER)
#undef MEMBER
} LkVectorTable;

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#define LK_VECTOR_X86 1
extern const LkVectorTable lk_vector_avx512f, lk_vector_avx2;
#else
#define LK_VECTOR_X86 0
#endif
extern const LkVectorTable lk_vector_portable;
