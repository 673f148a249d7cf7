/* SPDX-License-Identifier: MIT */
/* The loops of vector.h for one kind of processor; its file says which by F32, F64 (vectors of float and double), I32, I64
   (of integers as wide), CALL32 (name, ulp) and CALL64 (name, ulp) (SLEEF's function), and TABLE; and by OWN_EXP32 and OWN_TANH32, if it has
   quicker ones. */
#include <math.h>
#include <string.h>

/* where mask (all ones or all zeros) is set a, else b */
static inline F32
pick32 (I32 mask, F32 a, F32 b)
{
  return (F32) ((mask & (I32) a) | (~mask & (I32) b));
}

static inline F64
pick64 (I64 mask, F64 a, F64 b)
{
  return (F64) ((mask & (I64) a) | (~mask & (I64) b));
}

static inline F32 magnitude32 (F32 x) { return (F32) ((I32) x & 0x7fffffff); }
static inline F64 magnitude64 (F64 x) { return (F64) ((I64) x & 0x7fffffffffffffff); }

/* f (x, …) per lane where mask is set: for the few arguments that lie beyond what the vector function takes. */
#define LANES_FUNCTION(bits, T) \
  static F##bits \
  lanes##bits (I##bits mask, F##bits x, F##bits y, T (*f) (T)) \
  { \
    for (guint i = 0; i < sizeof x / sizeof (T); i++) \
      if (mask[i]) \
        y[i] = f (x[i]); \
    return y; \
  } \
  static inline gboolean \
  any##bits (I##bits mask) \
  { \
    guint64 words[sizeof mask / 8], all = 0; \
    memcpy (words, &mask, sizeof mask); \
    for (guint i = 0; i < G_N_ELEMENTS (words); i++) \
      all |= words[i]; \
    return all != 0; \
  }
LANES_FUNCTION (32, float)
LANES_FUNCTION (64, double)

/* ---- functions of one vector ---- */

#define DIRECT_AS(as, name, ulp) \
  static inline F32 as##32 (F32 x) { return CALL32 (name, ulp) (x); } \
  static inline F64 as##64 (F64 x) { return CALL64 (name, ulp) (x); }
#define DIRECT(name, ulp) DIRECT_AS (name, name, ulp)
#ifdef OWN_EXP32
static inline F32 exp32 (F32 x) { return OWN_EXP32 (x); }
static inline F64 exp64 (F64 x) { return CALL64 (exp, u10) (x); }
#else
DIRECT (exp, u10)
#endif
DIRECT (log, u10)
DIRECT (cos, u10)
DIRECT (acos, u10)
DIRECT (erf, u10)
DIRECT (erfc, u15)

/* Functions of slope 1 at 0, which close to it are x to the last bit. */
#define NEAR_ZERO(bits, name, limit) \
  static inline F##bits name##bits (F##bits x) { return pick##bits (magnitude##bits (x) < limit, x, name##_away##bits (x)); }
#define LINEAR(name) NEAR_ZERO (32, name, 0x1p-26f) NEAR_ZERO (64, name, 0x1p-55)
#define ODD32(name) NEAR_ZERO (32, name, 0x1p-13f)
#define ODD64(name) NEAR_ZERO (64, name, 0x1p-27)
#define ODD(name) ODD32 (name) ODD64 (name)
DIRECT_AS (expm1_away, expm1, u10)
DIRECT_AS (log1p_away, log1p, u10)
LINEAR (expm1)
LINEAR (log1p)
DIRECT_AS (sin_away, sin, u10)
DIRECT_AS (tan_away, tan, u10)
DIRECT_AS (asin_away, asin, u10)
DIRECT_AS (atan_away, atan, u10)
DIRECT_AS (tanh_away, tanh, u10)
DIRECT_AS (atanh_away, atanh, u10)
ODD (sin)
ODD (tan)
ODD (asin)
ODD (atan)
#ifdef OWN_TANH32
static inline F32 tanh32 (F32 x) { return OWN_TANH32 (x); }
#else
ODD32 (tanh)
#endif
ODD64 (tanh)
ODD (atanh)

/* SLEEF's overflow early: those beyond its range go to the C library. */
#define RANGED(as, name, limit32, limit64) \
  static inline F32 \
  as##32 (F32 x) \
  { \
    const F32 y = CALL32 (name, u10) (x); \
    const I32 beyond = magnitude32 (x) > limit32; \
    return G_UNLIKELY (any32 (beyond)) ? lanes32 (beyond, x, y, name##f) : y; \
  } \
  static inline F64 \
  as##64 (F64 x) \
  { \
    const F64 y = CALL64 (name, u10) (x); \
    const I64 beyond = magnitude64 (x) > limit64; \
    return G_UNLIKELY (any64 (beyond)) ? lanes64 (beyond, x, y, name) : y; \
  }
RANGED (sinh_away, sinh, 88.0f, 709.0)
RANGED (cosh, cosh, 88.0f, 709.0)
RANGED (asinh_away, asinh, 1e18f, 1e150)
RANGED (acosh, acosh, 1e18f, 1e150)
ODD (sinh)
ODD (asinh)

#define COMPOSED(bits, one, zero, scale, scale_alpha) \
  /* Either branch takes e to a negative power, so nothing overflows. */ \
  static inline F##bits \
  sigmoid##bits (F##bits x) \
  { \
    const F##bits e = exp##bits (-magnitude##bits (x)), whole = (F##bits) { 0 } + one; \
    return pick##bits (x < zero, e, whole) / (whole + e); \
  } \
  static inline F##bits \
  softplus##bits (F##bits x) \
  { \
    const F##bits tail = log1p##bits (exp##bits (-magnitude##bits (x))); \
    return pick##bits (x < zero, tail, x + tail); \
  } \
  static inline F##bits \
  elu##bits (F##bits x) \
  { \
    return pick##bits (x < zero, expm1##bits (x), x); \
  } \
  static inline F##bits \
  selu##bits (F##bits x) \
  { \
    return pick##bits (x < zero, scale_alpha * expm1##bits (x), scale * x); \
  }
COMPOSED (32, 1.0f, 0.0f, 1.0507009873554804934f, 1.7580993408473768600f)
COMPOSED (64, 1.0, 0.0, 1.0507009873554804934, 1.7580993408473768600)

/* ---- loops ---- */

#define UNARY_LOOP(name, suffix, T, V, f) \
  static void \
  name##_##suffix (const void *in, void *out, gint64 n) \
  { \
    const T *xs = in; \
    T *ys = out; \
    const gint64 lanes = sizeof (V) / sizeof (T); \
    gint64 i = 0; \
    V x, y; \
    for (; i + lanes <= n; i += lanes) \
      { \
        memcpy (&x, xs + i, sizeof x); \
        y = f (x); \
        memcpy (ys + i, &y, sizeof y); \
      } \
    if (i < n) \
      { \
        memset (&x, 0, sizeof x); \
        memcpy (&x, xs + i, (n - i) * sizeof (T)); \
        y = f (x); \
        memcpy (ys + i, &y, (n - i) * sizeof (T)); \
      } \
  }
#define UNARY_LOOPS(name) \
  UNARY_LOOP (name, f32, float, F32, name##32) \
  UNARY_LOOP (name, f64, double, F64, name##64)
LK_VECTOR_UNARY (UNARY_LOOPS)

/* The next lanes of an input, or its only element in all of them; x − 0 is x also where x is −0. */
#define TAKE(V, T, into, from, step, i, count) \
  if (step) \
    memcpy (&into, from + i, (count) * sizeof (T)); \
  else \
    into = *from - (V) { 0 }

#define BINARY_LOOP(name, suffix, T, V, f) \
  static void \
  name##_##suffix (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n) \
  { \
    const T *xs = a, *ys = b; \
    T *zs = out; \
    const gint64 lanes = sizeof (V) / sizeof (T); \
    for (gint64 i = 0; i < n; i += lanes) \
      { \
        const gint64 count = n - i < lanes ? n - i : lanes; \
        V x = { 0 }, y = { 0 }, z; \
        TAKE (V, T, x, xs, a_step, i, count); \
        TAKE (V, T, y, ys, b_step, i, count); \
        z = f (x, y); \
        memcpy (zs + i, &z, count * sizeof (T)); \
      } \
  }
#define BINARY_LOOPS(name) \
  static inline F32 name##32 (F32 x, F32 y) { return CALL32 (name, u10) (x, y); } \
  static inline F64 name##64 (F64 x, F64 y) { return CALL64 (name, u10) (x, y); } \
  BINARY_LOOP (name, f32, float, F32, name##32) \
  BINARY_LOOP (name, f64, double, F64, name##64)
LK_VECTOR_BINARY (BINARY_LOOPS)

#define MEMBER(name) .name##_f32 = name##_f32, .name##_f64 = name##_f64,
#define TEXT(x) #x
#define NAME(x) TEXT (x)
const LkVectorTable TABLE = { .name = &NAME (TABLE)[sizeof "lk_vector_" - 1],
                              LK_VECTOR_UNARY (MEMBER) LK_VECTOR_BINARY (MEMBER) };
