/* SPDX-License-Identifier: MIT */
/* Elementwise: complex numbers and their parts. */
#include "engine/ops/binary.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define PARTS(single, twice) \
  SAMPLES ({ "complex128[2,3]", "Tout=" twice }, { "complex128[]", "Tout=" twice }, { "complex64[2]", "Tout=" single }, \
           { "complex64[0]", "Tout=" single })

/* The dtype of a complex number's parts. */
static LkDType
part_dtype (LkDType dtype)
{
  return dtype == LK_COMPLEX64 ? LK_FLOAT32 : LK_FLOAT64;
}

static LkDType
whole_dtype (LkDType dtype)
{
  return dtype == LK_FLOAT32 ? LK_COMPLEX64 : LK_COMPLEX128;
}

static gboolean
has_dtype (const LkCall *call, LkDType got, LkDType wanted)
{
  return got == wanted || lk_call_fail (call, LK_INVALID_ARGUMENT, "Tout must be %s for an input of %s, but is %s",
                                        lk_dtype_name (wanted), lk_dtype_name (call->inputs[0]->dtype), lk_dtype_name (got));
}

#define PART_SHAPE "The input's shape."

static gboolean
part_infer (const LkCall *call, LkSignature *out)
{
  return has_dtype (call, out[0].dtype, part_dtype (call->inputs[0]->dtype)) && lk_infer_first (call, out);
}

/* dx = factor · dy, a real gradient times a complex factor. */
static LkTensor *
times_complex (LkContext *ctx, LkTensor *dy, LkTensor *factor)
{
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, dy->dtype, 0);
  g_autoptr (LkTensor) whole = lk_make_complex (ctx, dy, zero, whole_dtype (dy->dtype));
  return lk_mul (ctx, whole, factor);
}

#define PART(name, expression) \
  LK_UNARY_LOOP (, name##_c64, LkComplex64, float, expression) \
  LK_UNARY_LOOP (, name##_c128, LkComplex128, double, expression) \
  static void name##_kernel (LkCall *call) \
  { \
    static const LkUnaryLoop loops[LK_N_DTYPES] = { COMPLEX_TABLE (name) }; \
    lk_unary_run (call, loops); \
  } \
  LK_BLOCK (name, .infer = part_infer, .shape = PART_SHAPE, .kernel = name##_kernel, .gradient = name##_gradient, \
            PARTS ("float32", "float64"))

static void
real_part_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) zero = lk_constant_scalar (call->ctx, dy[0]->dtype, 0);
  dx[0] = lk_make_complex (call->ctx, dy[0], zero, call->inputs[0]->dtype);
}
PART (real_part, creal (x));

static void
imag_part_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) zero = lk_constant_scalar (call->ctx, dy[0]->dtype, 0);
  dx[0] = lk_make_complex (call->ctx, zero, dy[0], call->inputs[0]->dtype);
}
PART (imag_part, cimag (x));

/* dx = −dy / (im + i re) */
static void
angle_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0];
  g_autoptr (LkTensor) real = lk_real_part (ctx, x, part_dtype (x->dtype));
  g_autoptr (LkTensor) imaginary = lk_imag_part (ctx, x, part_dtype (x->dtype));
  g_autoptr (LkTensor) turned = lk_make_complex (ctx, imaginary, real, x->dtype);
  g_autoptr (LkTensor) slope = lk_reciprocal (ctx, turned);
  g_autoptr (LkTensor) minus = lk_neg (ctx, slope);
  dx[0] = times_complex (ctx, dy[0], minus);
}
PART (angle, atan2 (cimag (x), creal (x)));

static void
complex_abs_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0];
  LkTensor *y = call->outputs[0];
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, y->dtype, 0);
  g_autoptr (LkTensor) length = lk_make_complex (ctx, y, zero, x->dtype);
  g_autoptr (LkTensor) direction = lk_div_no_nan (ctx, x, length);
  dx[0] = times_complex (ctx, dy[0], direction);
}
PART (complex_abs, fabs (x));

/* ---- Conj ---- */

LK_UNARY_LOOP (, conj_c64, LkComplex64, LkComplex64, conj (x))
LK_UNARY_LOOP (, conj_c128, LkComplex128, LkComplex128, conj (x))

static void
conj_kernel (LkCall *call)
{
  static const LkUnaryLoop loops[LK_N_DTYPES] = { COMPLEX_TABLE (conj) };
  lk_unary_run (call, loops);
}

static void
conj_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_conj (call->ctx, dy[0]);
}

LK_BLOCK (conj, .infer = lk_infer_same, .kernel = conj_kernel, .gradient = conj_gradient,
          SAMPLES ({ "complex128[2,3]" }, { "complex64[]" }, { "complex64[0]" }));

/* ---- Complex ---- */

static gboolean
make_complex_infer (const LkCall *call, LkSignature *out)
{
  return has_dtype (call, out[0].dtype, whole_dtype (call->inputs[0]->dtype)) && lk_infer_broadcast (call, out);
}

LK_BINARY_LOOP (, make_complex_f32, float, LkComplex64, __builtin_complex (x, y))
LK_BINARY_LOOP (, make_complex_f64, double, LkComplex128, __builtin_complex (x, y))
KERNEL (make_complex, REAL_TABLE (make_complex))

GRADIENT (make_complex)
{
  const LkDType part = call->inputs[0]->dtype;
  dx[0] = lk_real_part (call->ctx, dz[0], part);
  dx[1] = lk_imag_part (call->ctx, dz[0], part);
  lk_unbroadcast (call, 0, 1, dx);
}

LK_BLOCK (make_complex, .infer = make_complex_infer, .shape = "The inputs are broadcast, and the output has the shape of that.",
          .kernel = make_complex_kernel, .gradient = make_complex_gradient,
          SAMPLES ({ "float64[2,3]; float64[3]", "Tout=complex128" }, { "float64[]; float64[2]", "Tout=complex128" },
                   { "float32[2]; float32[]" }, { "float32[0]; float32[1]" }));
