/* SPDX-License-Identifier: MIT */
/* Elementwise, one input: how such blocks are put together. */
#pragma once
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"
#include "engine/ops/vector.h"

/* Kernels: expressions of x. Integers are taken as unsigned where they may wrap, and signed where not. */
#define REAL_LOOPS(attribute, name, expression) \
  LK_UNARY_LOOP (attribute, name##_f32, float, float, expression) \
  LK_UNARY_LOOP (attribute, name##_f64, double, double, expression)
#define COMPLEX_LOOPS(name, expression) \
  LK_UNARY_LOOP (, name##_c64, LkComplex64, LkComplex64, expression) \
  LK_UNARY_LOOP (, name##_c128, LkComplex128, LkComplex128, expression)
#define INT_LOOPS(name, T32, T64, expression) \
  LK_UNARY_LOOP (LK_CLONES, name##_i32, T32, T32, expression) \
  LK_UNARY_LOOP (LK_CLONES, name##_i64, T64, T64, expression)
#define UNSIGNED_LOOP(name, expression) LK_UNARY_LOOP (LK_CLONES, name##_u64, guint64, guint64, expression)
#define REAL_TABLE(name) [LK_FLOAT32] = name##_f32, [LK_FLOAT64] = name##_f64
#define VECTOR_TABLE(name) REAL_TABLE (lk_vector_##name)
#define COMPLEX_TABLE(name) [LK_COMPLEX64] = name##_c64, [LK_COMPLEX128] = name##_c128
#define INT_TABLE(name) [LK_INT32] = name##_i32, [LK_INT64] = name##_i64
#define UNSIGNED_TABLE(name) [LK_UINT64] = name##_u64
#define KERNEL(name, ...) \
  static const LkUnaryLoop name##_loops[LK_N_DTYPES] = { __VA_ARGS__ }; \
  static void name##_kernel (LkCall *call) { lk_unary_run (call, name##_loops); }
/* Of floats. */
#define REAL(attribute, name, expression) \
  REAL_LOOPS (attribute, name, expression) \
  KERNEL (name, REAL_TABLE (name))
/* Of floats and complex numbers. */
#define INEXACT(attribute, name, expression, complex_expression) \
  REAL_LOOPS (attribute, name, expression) \
  COMPLEX_LOOPS (name, complex_expression) \
  KERNEL (name, REAL_TABLE (name), COMPLEX_TABLE (name))
/* Of floats, by a function of vector.h. */
#define VECTOR(name) KERNEL (name, VECTOR_TABLE (name))
#define VECTOR_COMPLEX(name, complex_expression) \
  COMPLEX_LOOPS (name, complex_expression) \
  KERNEL (name, VECTOR_TABLE (name), COMPLEX_TABLE (name))
#define TEST(name, expression) \
  LK_UNARY_LOOP (LK_CLONES, name##_f32, float, guint8, expression) \
  LK_UNARY_LOOP (LK_CLONES, name##_f64, double, guint8, expression) \
  KERNEL (name, REAL_TABLE (name))

#define GRADIENT(name) static void name##_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define UNARY(name, ...) \
  LK_BLOCK (name, .infer = lk_infer_same, .kernel = name##_kernel, .unary = name##_loops, .gradient = name##_gradient, \
            __VA_ARGS__)
#define UNARY_FLAT(name, ...) \
  LK_BLOCK (name, .infer = lk_infer_same, .kernel = name##_kernel, .unary = name##_loops, __VA_ARGS__)

#define REALLY { "float16[3]" }, { "bfloat16[3]" }, { "float32[2,3]" }
#define COMPLEX { "complex64[3]" }, { "complex128[2,2]" }
#define ANYWHERE \
  SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "float64[0,3]" }, { "float64[2,1,3] in 0.2..2" }, REALLY)
#define ANYWHERE_COMPLEX \
  SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "float64[0,3]" }, { "float64[2,1,3] in 0.2..2" }, REALLY, COMPLEX)
#define POSITIVE \
  SAMPLES ({ "float64[2,3] in 0.2..3" }, { "float64[] in 1..2" }, { "float64[0] in 1..2" }, { "float16[3] in 1..2" }, \
           { "bfloat16[3] in 1..2" }, { "float32[2] in 1..2" })
#define POSITIVE_COMPLEX \
  SAMPLES ({ "float64[2,3] in 0.2..3" }, { "float64[] in 1..2" }, { "float64[0] in 1..2" }, { "float16[3] in 1..2" }, \
           { "bfloat16[3] in 1..2" }, { "float32[2] in 1..2" }, { "complex64[2] in 0.5..2" }, { "complex128[3] in 0.5..2" })

/* The sign bit of an unsigned integer as 0 or −1, to work on its two's complement. */
#define NEGATIVE(x) (-(x >> (sizeof x * 8 - 1)))
