/* SPDX-License-Identifier: MIT */
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx512f,avx512dq,avx2,fma,prefer-vector-width=512")
#include <sleef.h>
#include <immintrin.h>

typedef __m512 F32;
typedef __m512d F64;
typedef gint32 I32 __attribute__ ((vector_size (64)));
typedef gint64 I64 __attribute__ ((vector_size (64)));
#define CALL32(name, ulp) Sleef_##name##f16_##ulp##avx512f
#define CALL64(name, ulp) Sleef_##name##d8_##ulp##avx512f
#define ALL(x) _mm512_set1_ps (x)
#define FMA(a, b, c) _mm512_fmadd_ps (a, b, c)

/* eˣ = 2ⁿ eʳ with |r| ≤ ln 2 / 2, by a polynomial; beyond what a float holds the scaling gives Inf and 0. A NaN stays, since the second
   argument of min and max does. */
static inline __m512
own_exp32 (__m512 x)
{
  const __m512 inside = _mm512_max_ps (ALL (-104.5f), _mm512_min_ps (ALL (89.5f), x));
  const __m512 n = _mm512_roundscale_ps (_mm512_mul_ps (inside, ALL (1.44269504f)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512 r = FMA (n, ALL (-1.42860677e-6f), FMA (n, ALL (-0.693145752f), inside));
  __m512 p = FMA (ALL (1.98756912e-4f), r, ALL (1.39819994e-3f));
  p = FMA (p, r, ALL (8.33345190e-3f));
  p = FMA (p, r, ALL (4.16657962e-2f));
  p = FMA (p, r, ALL (1.66666657e-1f));
  p = FMA (p, r, ALL (0.5f));
  return _mm512_scalef_ps (_mm512_add_ps (FMA (_mm512_mul_ps (r, r), p, r), ALL (1)), n);
}

/* x + x³ q (x²) below 1; else 1 − 2 / (e²ˣ + 1), where the quotient is so small that its last bits do not count. */
static inline __m512
own_tanh32 (__m512 x)
{
  const __m512 size = _mm512_abs_ps (x), z = _mm512_mul_ps (x, x);
  __m512 q = FMA (ALL (1.43828800e-4f), z, ALL (-9.27147454e-4f));
  q = FMA (q, z, ALL (3.21185363e-3f));
  q = FMA (q, z, ALL (-8.70132100e-3f));
  q = FMA (q, z, ALL (2.18307777e-2f));
  q = FMA (q, z, ALL (-5.39636224e-2f));
  q = FMA (q, z, ALL (1.33333120e-1f));
  q = FMA (q, z, ALL (-3.33333332e-1f));
  const __m512 near = FMA (_mm512_mul_ps (size, z), q, size);
  const __m512 sum = _mm512_add_ps (own_exp32 (_mm512_mul_ps (ALL (2), _mm512_min_ps (ALL (10), size))), ALL (1));
  const __m512 guess = _mm512_rcp14_ps (sum);
  const __m512 inverse = _mm512_mul_ps (guess, _mm512_fnmadd_ps (sum, guess, ALL (2)));
  const __m512 far = _mm512_fnmadd_ps (ALL (2), inverse, ALL (1));
  const __m512 y = _mm512_mask_blend_ps (_mm512_cmp_ps_mask (size, ALL (1), _CMP_LT_OQ), far, near);
  return _mm512_or_ps (y, _mm512_and_ps (x, ALL (-0.0f)));
}
#undef ALL
#undef FMA
#define OWN_EXP32 own_exp32
#define OWN_TANH32 own_tanh32
#define TABLE lk_vector_avx512f
#include "engine/ops/vector_loops.h"
#endif
