/* SPDX-License-Identifier: MIT */
#include "engine/core/half.h"

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
#include <immintrin.h>

#define QUIET 0x7fc00000        /* the NaN that all become, but for their signs */

__attribute__ ((target ("avx512f"))) static gint64
widen_512 (const guint16 *in, float *out, gint64 n)
{
  gint64 i = 0;
  for (; i + 16 <= n; i += 16)
    _mm512_storeu_ps (out + i, _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *) (in + i))));
  return i;
}

__attribute__ ((target ("avx512f"))) static gint64
narrow_512 (const float *in, guint16 *out, gint64 n)
{
  const __m512i sign = _mm512_set1_epi32 (G_MININT32), quiet = _mm512_set1_epi32 (QUIET);
  gint64 i = 0;
  for (; i + 16 <= n; i += 16)
    {
      const __m512 x = _mm512_loadu_ps (in + i);
      const __m512i bits = _mm512_castps_si512 (x), nan = _mm512_or_si512 (_mm512_and_si512 (bits, sign), quiet);
      const __m512i settled = _mm512_mask_mov_epi32 (bits, _mm512_cmp_ps_mask (x, x, _CMP_UNORD_Q), nan);
      _mm256_storeu_si256 ((__m256i *) (out + i), _mm512_cvtps_ph (_mm512_castsi512_ps (settled), _MM_FROUND_TO_NEAREST_INT));
    }
  return i;
}

__attribute__ ((target ("avx2,f16c"))) static gint64
widen_256 (const guint16 *in, float *out, gint64 n)
{
  gint64 i = 0;
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps (out + i, _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *) (in + i))));
  return i;
}

__attribute__ ((target ("avx2,f16c"))) static gint64
narrow_256 (const float *in, guint16 *out, gint64 n)
{
  const __m256 sign = _mm256_set1_ps (-0.0f), quiet = _mm256_castsi256_ps (_mm256_set1_epi32 (QUIET));
  gint64 i = 0;
  for (; i + 8 <= n; i += 8)
    {
      const __m256 x = _mm256_loadu_ps (in + i), nan = _mm256_or_ps (_mm256_and_ps (x, sign), quiet);
      const __m256 settled = _mm256_blendv_ps (x, nan, _mm256_cmp_ps (x, x, _CMP_UNORD_Q));
      _mm_storeu_si128 ((__m128i *) (out + i), _mm256_cvtps_ph (settled, _MM_FROUND_TO_NEAREST_INT));
    }
  return i;
}

/* Half a unit of the last place that is kept is added, or what is just below if that place is even. */
__attribute__ ((target ("avx512f"))) static gint64
narrow_brain_512 (const float *in, guint16 *out, gint64 n)
{
  const __m512i one = _mm512_set1_epi32 (1), below = _mm512_set1_epi32 (0x7fff), sign = _mm512_set1_epi32 (0x8000),
                quiet = _mm512_set1_epi32 (QUIET >> 16);
  gint64 i = 0;
  for (; i + 16 <= n; i += 16)
    {
      const __m512 x = _mm512_loadu_ps (in + i);
      const __m512i bits = _mm512_castps_si512 (x), upper = _mm512_srli_epi32 (bits, 16);
      const __m512i more = _mm512_add_epi32 (_mm512_and_si512 (upper, one), below);
      const __m512i rounded = _mm512_srli_epi32 (_mm512_add_epi32 (bits, more), 16);
      const __m512i nan = _mm512_or_si512 (_mm512_and_si512 (upper, sign), quiet);
      const __m512i settled = _mm512_mask_mov_epi32 (rounded, _mm512_cmp_ps_mask (x, x, _CMP_UNORD_Q), nan);
      _mm256_storeu_si256 ((__m256i *) (out + i), _mm512_cvtepi32_epi16 (settled));
    }
  return i;
}

gint64
lk_bfloat16_narrow (const float *in, guint16 *out, gint64 n)
{
  return __builtin_cpu_supports ("avx512f") ? narrow_brain_512 (in, out, n) : 0;
}

gint64
lk_half_widen (const guint16 *in, float *out, gint64 n)
{
  if (__builtin_cpu_supports ("avx512f"))
    return widen_512 (in, out, n);
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("f16c") ? widen_256 (in, out, n) : 0;
}

gint64
lk_half_narrow (const float *in, guint16 *out, gint64 n)
{
  if (__builtin_cpu_supports ("avx512f"))
    return narrow_512 (in, out, n);
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("f16c") ? narrow_256 (in, out, n) : 0;
}

#else

gint64
lk_bfloat16_narrow (const float *in, guint16 *out, gint64 n)
{
  return 0;
}

gint64
lk_half_widen (const guint16 *in, float *out, gint64 n)
{
  return 0;
}

gint64
lk_half_narrow (const float *in, guint16 *out, gint64 n)
{
  return 0;
}
#endif
