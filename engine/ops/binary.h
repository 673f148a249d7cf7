/* SPDX-License-Identifier: MIT */
/* Elementwise, two inputs, broadcast: how such blocks are put together. */
#pragma once
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

/* Integers cannot be divided by zero; only the values tell, so kernels do. FALSE after saying so. */
gboolean lk_binary_refuse_zeros (LkCall *call);

#define REAL_LOOPS(attribute, name, expression) \
  LK_BINARY_LOOP (attribute, name##_f32, float, float, expression) \
  LK_BINARY_LOOP (attribute, name##_f64, double, double, expression)
#define COMPLEX_LOOPS(name, expression) \
  LK_BINARY_LOOP (, name##_c64, LkComplex64, LkComplex64, expression) \
  LK_BINARY_LOOP (, name##_c128, LkComplex128, LkComplex128, expression)
#define INT_LOOPS(attribute, name, T32, T64, expression) \
  LK_BINARY_LOOP (attribute, name##_i32, T32, T32, expression) \
  LK_BINARY_LOOP (attribute, name##_i64, T64, T64, expression)
#define UNSIGNED_LOOP(attribute, name, expression) LK_BINARY_LOOP (attribute, name##_u64, guint64, guint64, expression)
#define REAL_TABLE(name) [LK_FLOAT32] = name##_f32, [LK_FLOAT64] = name##_f64
#define COMPLEX_TABLE(name) [LK_COMPLEX64] = name##_c64, [LK_COMPLEX128] = name##_c128
#define INT_TABLE(name) [LK_INT32] = name##_i32, [LK_INT64] = name##_i64
#define UNSIGNED_TABLE(name) [LK_UINT64] = name##_u64
#define KERNEL(name, ...) \
  static const LkBinaryLoop name##_loops[LK_N_DTYPES] = { __VA_ARGS__ }; \
  static void name##_kernel (LkCall *call) { lk_binary_run (call, name##_loops); }
/* Of 8 and 16 bits: what only wraps, compares or chooses needs no wider numbers. */
#define SMALL_LOOPS(name, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_i8, gint8, gint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_i16, gint16, gint16, expression)
#define SMALL_UNSIGNED_LOOPS(name, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_u8, guint8, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_u16, guint16, guint16, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_u32, guint32, guint32, expression)
#define SMALL_TABLE(name) [LK_INT8] = name##_i8, [LK_INT16] = name##_i16
#define SMALL_UNSIGNED_TABLE(name) [LK_UINT8] = name##_u8, [LK_UINT16] = name##_u16, [LK_UINT32] = name##_u32
/* Integers as unsigned ones, of whatever sign they are. */
#define WRAPPING_LOOPS(name, expression) \
  static inline guint32 name##_small (guint32 x, guint32 y) { return expression; } \
  SMALL_UNSIGNED_LOOPS (name, name##_small (x, y)) \
  LK_BINARY_LOOP (LK_CLONES, name##_u64, guint64, guint64, expression)
#define WRAPPING_TABLE(name) \
  SMALL_UNSIGNED_TABLE (name), [LK_INT8] = name##_u8, [LK_INT16] = name##_u16, [LK_INT32] = name##_u32, \
  [LK_INT64] = name##_u64, [LK_UINT64] = name##_u64
/* One expression for all. */
#define WRAPPING(name, expression) \
  REAL_LOOPS (LK_CLONES, name, expression) \
  COMPLEX_LOOPS (name, expression) \
  WRAPPING_LOOPS (name, expression) \
  KERNEL (name, REAL_TABLE (name), COMPLEX_TABLE (name), WRAPPING_TABLE (name))
/* Of floats and complex numbers. */
#define INEXACT(attribute, name, expression) \
  REAL_LOOPS (attribute, name, expression) \
  COMPLEX_LOOPS (name, expression) \
  KERNEL (name, REAL_TABLE (name), COMPLEX_TABLE (name))

#define GRADIENT(name) static void name##_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
#define BINARY_SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define BINARY(name, ...) \
  LK_BLOCK (name, .infer = lk_infer_broadcast, .kernel = name##_kernel, .binary = name##_loops, .gradient = name##_gradient, \
            BINARY_SAMPLES (__VA_ARGS__))
#define REALLY { "float16[2,2]; float16[2]" }, { "bfloat16[]; bfloat16[2]" }, { "float32[3]; float32[]" }
#define COMPLEX { "complex64[2]; complex64[]" }, { "complex128[2,2] in 0.5..2; complex128[2,2] in 0.5..2" }
#define INTEGERS \
  { "int32[3] in -5..5; int32[] in 1..3" }, { "int64[2] in -5..5; int64[2] in 1..3" }, \
  { "int8[2,2] in -5..5; int8[2] in 1..3" }, { "int16[3] in -5..5; int16[] in 1..3" }, { "uint8[3]; uint8[3] in 1..3" }, \
  { "uint16[3]; uint16[] in 1..3" }, { "uint32[2]; uint32[2] in 1..3" }, { "uint64[2]; uint64[2] in 1..3" }
#define ANYWHERE \
  { "float64[2,3]; float64[2,3]" }, { "float64[2,3]; float64[3]" }, { "float64[]; float64[2,2]" }, \
  { "float64[2,1,3]; float64[4,1]" }, { "float64[0,3]; float64[3]" }, { "float64[]; float64[]" }, REALLY
#define POSITIVE \
  { "float64[2,3] in 0.5..2; float64[2,3] in 0.5..2" }, { "float64[2,1] in 0.5..2; float64[3] in 0.5..2" }, \
  { "float64[] in 1..2; float64[2] in 0.5..2" }, { "float64[0,2] in 1..2; float64[2] in 1..2" }, \
  { "float16[2] in 0.5..2; float16[] in 0.5..2" }, { "bfloat16[2] in 0.5..2; bfloat16[] in 0.5..2" }
/* Apart enough from each other for a difference quotient. */
#define APART \
  { "float64[2,3] in 0.5..1; float64[2,3] in 1.5..2" }, { "float64[2,3] in 1.5..2; float64[3] in 0.5..1" }, \
  { "float64[] in 0..1; float64[2,2] in 2..3" }, { "float64[0]; float64[1]" }, REALLY
