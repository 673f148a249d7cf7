/* SPDX-License-Identifier: MIT */
/* Elementwise, two inputs, broadcast: arithmetic. */
#include "engine/ops/binary.h"

#include "engine/core/narrow.h"
#include "engine/ops/rest.h"
#include "engine/ops/vector.h"

/* ---- sums and products ---- */

WRAPPING (add, x + y)
GRADIENT (add)
{
  for (guint i = 0; i < 2; i++)
    dx[i] = lk_call_wants_gradient (call, i) ? lk_tensor_ref (dz[0]) : NULL;
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (add, ANYWHERE, COMPLEX, INTEGERS);

WRAPPING (sub, x - y)
GRADIENT (sub)
{
  dx[0] = lk_call_wants_gradient (call, 0) ? lk_tensor_ref (dz[0]) : NULL;
  dx[1] = lk_call_wants_gradient (call, 1) ? lk_neg (call->ctx, dz[0]) : NULL;
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (sub, ANYWHERE, COMPLEX, INTEGERS);

WRAPPING (mul, x * y)
GRADIENT (mul)
{
  if (lk_call_wants_gradient (call, 0))
    dx[0] = lk_chain (call->ctx, dz[0], call->inputs[1]);
  if (lk_call_wants_gradient (call, 1))
    dx[1] = lk_chain (call->ctx, dz[0], call->inputs[0]);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (mul, ANYWHERE, COMPLEX, INTEGERS);

#define SQUARED_DIFFERENCE ((x - y) * (x - y))
REAL_LOOPS (LK_CLONES, squared_difference, SQUARED_DIFFERENCE)
INT_LOOPS (LK_CLONES, squared_difference, guint32, guint64, SQUARED_DIFFERENCE)
COMPLEX_LOOPS (squared_difference, (x - y) * conj (x - y))
KERNEL (squared_difference, REAL_TABLE (squared_difference), INT_TABLE (squared_difference),
        COMPLEX_TABLE (squared_difference))
GRADIENT (squared_difference)
{
  g_autoptr (LkTensor) difference = lk_sub (call->ctx, call->inputs[0], call->inputs[1]);
  g_autoptr (LkTensor) slope = lk_scaled (call->ctx, difference, 2);
  dx[0] = lk_mul (call->ctx, dz[0], slope);
  dx[1] = lk_neg (call->ctx, dx[0]);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (squared_difference, ANYWHERE, { "complex64[2]; complex64[]" }, { "int32[2]; int32[]" }, { "int64[2]; int64[2]" });

/* ---- quotients ---- */

/* ∂z/∂x = 1 / y, ∂z/∂y = −(x / y) / y, by the quotient `divide` that the op itself is. */
static void
quotient_gradient (const LkCall *call, LkTensor *dz, LkTensor **dx,
                   LkTensor *(*divide) (LkContext *ctx, LkTensor *x, LkTensor *y))
{
  LkTensor *x = call->inputs[0], *y = call->inputs[1];
  g_autoptr (LkTensor) minus = lk_neg (call->ctx, x);
  g_autoptr (LkTensor) once = divide (call->ctx, minus, y);
  g_autoptr (LkTensor) slope = divide (call->ctx, once, y);
  g_autoptr (LkTensor) conjugated = lk_conjugate (call->ctx, y);
  dx[0] = divide (call->ctx, dz, conjugated);
  dx[1] = lk_chain (call->ctx, dz, slope);
  lk_unbroadcast (call, 0, 1, dx);
}

INEXACT (LK_CLONES, real_div, x / y)
GRADIENT (real_div) { quotient_gradient (call, dz[0], dx, lk_real_div); }
BINARY (real_div, POSITIVE, COMPLEX);

INEXACT (LK_CLONES, div_no_nan, y == 0 ? 0 : x / y)
GRADIENT (div_no_nan) { quotient_gradient (call, dz[0], dx, lk_div_no_nan); }
BINARY (div_no_nan, POSITIVE, COMPLEX);

static gboolean
has_zero (const LkTensor *tensor)
{
  gboolean found = FALSE;
#define CASE(T) case sizeof (T): for (gint64 i = 0; i < tensor->size; i++) found |= ((const T *) tensor->data)[i] == 0; break
  switch (lk_dtype_size (tensor->dtype))
    {
    CASE (guint8);
    CASE (guint16);
    CASE (guint32);
    CASE (guint64);
    }
#undef CASE
  return found;
}

gboolean
lk_binary_refuse_zeros (LkCall *call)
{
  const LkTensor *y = call->inputs[1];
  if (lk_dtype_is_integer (y->dtype) && call->outputs[0]->size > 0 && has_zero (y))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Integer division by zero");
  return TRUE;
}

/* The most negative integer over −1 wraps to itself instead of trapping. */
#define FLOOR_DIV(T) \
  (y == 0 ? 0 : y == -1 ? (T) -(guint64) x : x / y - (x % y != 0 && (x < 0) != (y < 0)))
#define FLOOR_MOD (y == 0 || y == -1 ? 0 : x % y + (x % y != 0 && (x < 0) != (y < 0) ? y : 0))
/* A rest that is not 0 and of the other sign than y. */
#define IS_BEYOND(rest, y) (((rest) != 0) & (((rest) ^ (y)) < 0))

REAL_LOOPS (LK_CLONES, floor_div, floor (x / y))
LK_BINARY_LOOP (LK_CLONES, floor_div_i32, gint32, gint32, lk_quotient32 (x, y) - IS_BEYOND (lk_rest32 (x, y), y))
LK_BINARY_LOOP (, floor_div_i64, gint64, gint64, FLOOR_DIV (gint64))
UNSIGNED_LOOP (, floor_div, y == 0 ? 0 : x / y)

static void
floor_div_kernel (LkCall *call)
{
  static const LkBinaryLoop loops[LK_N_DTYPES] = { REAL_TABLE (floor_div), INT_TABLE (floor_div), UNSIGNED_TABLE (floor_div) };
  if (lk_binary_refuse_zeros (call))
    lk_binary_run (call, loops);
}

LK_BLOCK (floor_div, .infer = lk_infer_broadcast, .kernel = floor_div_kernel,
          BINARY_SAMPLES (POSITIVE, { "int32[3]={-7,7,8}; int32[]={2}" }, INTEGERS));

LK_BINARY_LOOP (LK_CLONES, floor_mod_i32, gint32, gint32,
                lk_rest32 (x, y) + (IS_BEYOND (lk_rest32 (x, y), y) ? y : 0))
LK_BINARY_LOOP (, floor_mod_i64, gint64, gint64, FLOOR_MOD)
UNSIGNED_LOOP (, floor_mod, y == 0 ? 0 : x % y)

static const LkBinaryLoop floor_mod_loops[LK_N_DTYPES] = { REAL_TABLE (lk_rest_floor) };

static void
floor_mod_kernel (LkCall *call)
{
  static const LkBinaryLoop loops[LK_N_DTYPES] = { REAL_TABLE (lk_rest_floor), INT_TABLE (floor_mod), UNSIGNED_TABLE (floor_mod) };
  if (lk_binary_refuse_zeros (call))
    lk_binary_run (call, loops);
}

/* z = x − ⌊x / y⌋ y */
GRADIENT (floor_mod)
{
  g_autoptr (LkTensor) whole = lk_floor_div (call->ctx, call->inputs[0], call->inputs[1]);
  g_autoptr (LkTensor) slope = lk_neg (call->ctx, whole);
  dx[0] = lk_tensor_ref (dz[0]);
  dx[1] = lk_mul (call->ctx, dz[0], slope);
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (floor_mod, { "float64[2,3] in 2.2..2.8; float64[3] in 0.9..1.1" },
        { "float64[] in 5.2..5.8; float64[2] in 1.9..2.1" },
        { "int64[4]={-7,7,-8,0}; int64[]={3}" }, { "float16[2] in 2..3; float16[] in 1..2" }, INTEGERS);

/* ---- powers ---- */

#define INT_POW(name, T, U) \
  static inline T name (T base, T exponent) \
  { \
    U result = 1, square = base; \
    for (U rest = exponent; exponent > 0 && rest != 0; rest >>= 1, square *= square) \
      if (rest & 1) \
        result *= square; \
    return result; \
  }
INT_POW (power32, gint32, guint32)
INT_POW (power64, gint64, guint64)

COMPLEX_LOOPS (pow, pow (x, y))
LK_BINARY_LOOP (, pow_i32, gint32, gint32, power32 (x, y))
LK_BINARY_LOOP (, pow_i64, gint64, gint64, power64 (x, y))

/* Powers that most programs mean, rounded once. The cube of a float64 is none of them, since it would be rounded twice. The root
   of −∞ is ∞ as a power, and that of −0 is 0. */
#define ROOT (x == -INFINITY ? INFINITY : sqrt (x + 0))
#define PLAIN_POWERS(suffix, T) \
  LK_UNARY_LOOP (LK_CLONES, square_##suffix, T, T, x * x) \
  LK_UNARY_LOOP (LK_CLONES, inverse_##suffix, T, T, 1 / x) \
  LK_UNARY_LOOP (LK_CLONES, root_##suffix, T, T, ROOT)
PLAIN_POWERS (f32, float)
PLAIN_POWERS (f64, double)
LK_UNARY_LOOP (LK_CLONES, cube_f32, float, float, (double) x * x * x)

static const LkBinaryLoop pow_loops[LK_N_DTYPES] = { COMPLEX_TABLE (pow) };

/* The loops for an exponent that is one of them; NULL if it is none. */
static const LkUnaryLoop *
plain_power (const LkTensor *y)
{
  static const struct { double exponent; LkUnaryLoop loops[LK_N_DTYPES]; } powers[] = {
    { 2, { REAL_TABLE (square) } }, { 3, { [LK_FLOAT32] = cube_f32 } }, { -1, { REAL_TABLE (inverse) } },
    { 0.5, { REAL_TABLE (root) } },
  };
  if (y->size != 1 || !lk_dtype_is_floating (y->dtype))
    return NULL;
  const double exponent = lk_tensor_double_at (y, 0);
  for (guint i = 0; i < G_N_ELEMENTS (powers); i++)
    if (powers[i].exponent == exponent && powers[i].loops[lk_dtype_wide (y->dtype)] != NULL)
      return powers[i].loops;
  return NULL;
}

static void
pow_kernel (LkCall *call)
{
  static const LkBinaryLoop loops[LK_N_DTYPES] = { REAL_TABLE (lk_vector_pow), COMPLEX_TABLE (pow), INT_TABLE (pow) };
  const LkTensor *y = call->inputs[1];
  for (gint64 i = 0; lk_dtype_is_integer (y->dtype) && i < y->size; i++)
    if (lk_tensor_int_at (y, i) < 0)
      {
        lk_call_fail (call, LK_INVALID_ARGUMENT, "Integers to negative integer powers are not allowed");
        return;
      }
  const LkUnaryLoop *plain = plain_power (y);
  if (plain != NULL && call->inputs[0]->size == call->outputs[0]->size)
    lk_unary_run (call, plain);
  else
    lk_binary_run (call, loops);
}

/* ln x where x > 0 (of complex numbers, where it is not 0), and 0 elsewhere: there is no slope in the exponent there, and no
   NaN should come of it. */
static LkTensor *
safe_log (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, x->dtype, 0);
  g_autoptr (LkTensor) positive = (lk_dtype_is_complex (x->dtype) ? lk_not_equal : lk_greater) (ctx, x, zero);
  g_autoptr (LkTensor) ones = lk_ones_like (ctx, x);
  g_autoptr (LkTensor) safe = lk_select (ctx, positive, x, ones);
  g_autoptr (LkTensor) log = lk_log (ctx, safe);
  g_autoptr (LkTensor) zeros = lk_zeros_like (ctx, x);
  return lk_select (ctx, positive, log, zeros);
}

/* ∂z/∂x = y xʸ⁻¹, ∂z/∂y = z ln x */
GRADIENT (pow)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *y = call->inputs[1];
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, x->dtype, 1);
  g_autoptr (LkTensor) less = lk_sub (ctx, y, one);
  g_autoptr (LkTensor) power = lk_pow (ctx, x, less);
  g_autoptr (LkTensor) slope_x = lk_mul (ctx, y, power);
  dx[0] = lk_chain (ctx, dz[0], slope_x);
  if (!lk_dtype_is_integer (x->dtype))
    {
      g_autoptr (LkTensor) log = safe_log (ctx, x);
      g_autoptr (LkTensor) slope_y = lk_mul (ctx, call->outputs[0], log);
      dx[1] = lk_chain (ctx, dz[0], slope_y);
    }
  lk_unbroadcast (call, 0, 1, dx);
}
BINARY (pow, POSITIVE, COMPLEX, { "int32[3] in -3..3; int32[] in 1..3" }, { "int64[2] in -3..3; int64[2] in 1..3" },
        { "int8[2] in -3..3; int8[2] in 1..3" });

/* ---- the larger and the smaller ---- */

/* A NaN on either side comes through. */
#define LARGER (x > y || x != x ? x : y)
#define SMALLER (x < y || x != x ? x : y)
REAL_LOOPS (LK_CLONES, maximum, LARGER)
INT_LOOPS (LK_CLONES, maximum, gint32, gint64, x > y ? x : y)
UNSIGNED_LOOP (LK_CLONES, maximum, x > y ? x : y)
SMALL_LOOPS (maximum, x > y ? x : y)
SMALL_UNSIGNED_LOOPS (maximum, x > y ? x : y)
KERNEL (maximum, REAL_TABLE (maximum), INT_TABLE (maximum), UNSIGNED_TABLE (maximum), SMALL_TABLE (maximum),
        SMALL_UNSIGNED_TABLE (maximum))
REAL_LOOPS (LK_CLONES, minimum, SMALLER)
INT_LOOPS (LK_CLONES, minimum, gint32, gint64, x < y ? x : y)
UNSIGNED_LOOP (LK_CLONES, minimum, x < y ? x : y)
SMALL_LOOPS (minimum, x < y ? x : y)
SMALL_UNSIGNED_LOOPS (minimum, x < y ? x : y)
KERNEL (minimum, REAL_TABLE (minimum), INT_TABLE (minimum), UNSIGNED_TABLE (minimum), SMALL_TABLE (minimum),
        SMALL_UNSIGNED_TABLE (minimum))

/* The gradient goes to x where `first` says so, and to y elsewhere. */
static void
choice_gradient (const LkCall *call, LkTensor *dz, LkTensor **dx,
                 LkTensor *(*first) (LkContext *ctx, LkTensor *x, LkTensor *y))
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) chosen = first (ctx, call->inputs[0], call->inputs[1]);
  g_autoptr (LkTensor) zeros = lk_constant_scalar (ctx, call->inputs[0]->dtype, 0);
  dx[0] = lk_select (ctx, chosen, dz, zeros);
  dx[1] = lk_select (ctx, chosen, zeros, dz);
  lk_unbroadcast (call, 0, 1, dx);
}

GRADIENT (maximum) { choice_gradient (call, dz[0], dx, lk_greater_equal); }
BINARY (maximum, APART, INTEGERS);
GRADIENT (minimum) { choice_gradient (call, dz[0], dx, lk_less_equal); }
BINARY (minimum, APART, INTEGERS);
