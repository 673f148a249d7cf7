/* SPDX-License-Identifier: MIT */
#include "engine/ops/vector.h"
#if LK_VECTOR_X86
#pragma GCC target ("avx512f,avx512dq,avx2,fma,prefer-vector-width=512")
#include "engine/ops/tanh_pieces.h"
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

static inline __m512
piece (guint what, __m512i place)
{
  return _mm512_permutex2var_ps (_mm512_loadu_ps (tanh_pieces[what]), place, _mm512_loadu_ps (tanh_pieces[what] + 16));
}

/* A NaN stays, since the second argument of min does. */
static inline __m512
own_tanh32 (__m512 x)
{
  const __m512 sign = _mm512_and_ps (x, ALL (-0.0f)), size = _mm512_min_ps (ALL (10), _mm512_andnot_ps (ALL (-0.0f), x));
  const __m512 least = _mm512_castsi512_ps (_mm512_max_epi32 (_mm512_castps_si512 (size), _mm512_castps_si512 (ALL (0x1p-4f))));
  const __m512i place = _mm512_srli_epi32 (_mm512_castps_si512 (least), 21);
  const __m512 d = _mm512_sub_ps (size, piece (0, place));
  __m512 p = FMA (piece (7, place), d, piece (6, place));
  p = FMA (p, d, piece (5, place));
  p = FMA (p, d, piece (4, place));
  p = FMA (p, d, piece (3, place));
  return _mm512_or_ps (_mm512_add_ps (FMA (p, d, piece (2, place)), piece (1, place)), sign);
}
#undef ALL
#undef FMA
#define OWN_EXP32 own_exp32
#define OWN_TANH32 own_tanh32
#define TABLE lk_vector_avx512f
#include "engine/ops/vector_loops.h"
#endif
