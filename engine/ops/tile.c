/* SPDX-License-Identifier: MIT */
#include "engine/ops/tile.h"

#include <string.h>

#if defined __x86_64__ && defined __GNUC__
#define HAS_X86 1
#include <immintrin.h>
#else
#define HAS_X86 0
#endif

/* ---- 16 bytes, of plain C ---- */

#define PLAIN(suffix, T, I, LANES_) \
  typedef T v_##suffix __attribute__ ((vector_size (16))); \
  typedef I m_##suffix __attribute__ ((vector_size (16))); \
  static inline m_##suffix first_##suffix (gint64 n) \
  { \
    m_##suffix mask; \
    for (I i = 0; i < LANES_; i++) \
      mask[i] = i < n ? -1 : 0; \
    return mask; \
  } \
  static inline v_##suffix load_##suffix (const T *p) \
  { \
    v_##suffix v; \
    memcpy (&v, p, sizeof v); \
    return v; \
  } \
  static inline v_##suffix load_some_##suffix (const T *p, m_##suffix mask) \
  { \
    v_##suffix v = { 0 }; \
    for (guint i = 0; i < LANES_; i++) \
      if (mask[i]) \
        v[i] = p[i]; \
    return v; \
  } \
  static inline void store_##suffix (T *p, v_##suffix v) \
  { \
    memcpy (p, &v, sizeof v); \
  } \
  static inline void store_some_##suffix (T *p, m_##suffix mask, v_##suffix v) \
  { \
    for (guint i = 0; i < LANES_; i++) \
      if (mask[i]) \
        p[i] = v[i]; \
  } \
  static inline v_##suffix larger_##suffix (v_##suffix x, v_##suffix top) \
  { \
    const m_##suffix more = (x > top) | (x != x); \
    return (v_##suffix) ((more & (m_##suffix) x) | (~more & (m_##suffix) top)); \
  } \
  static inline m_##suffix same_##suffix (v_##suffix x, v_##suffix top, m_##suffix left) \
  { \
    return left & ((x == top) | (x != x)); \
  } \
  static inline v_##suffix pick_##suffix (m_##suffix lanes, v_##suffix v) \
  { \
    return (v_##suffix) (lanes & (m_##suffix) v); \
  }
PLAIN (f32, float, gint32, 4)
PLAIN (f64, double, gint64, 2)

#define LOOPS "16 bytes"
#define TARGET
#define NAME(x) plain_f32_##x
#define T float
#define V v_f32
#define LANES 4
#define SUMS 1
#define MASK m_f32
#define FIRST first_f32
#define LOAD load_f32
#define LOAD_SOME load_some_f32
#define STORE store_f32
#define STORE_SOME store_some_f32
#define SPLAT(x) ((v_f32) { (x), (x), (x), (x) })
#define FMA(a, b, c) ((a) * (b) + (c))
#define LARGER larger_f32
#define SAME same_f32
#define PICK pick_f32
#define WITHOUT(a, b) ((a) & ~(b))
#include "engine/ops/tile_loops.h"

#define LOOPS "16 bytes"
#define TARGET
#define NAME(x) plain_f64_##x
#define T double
#define V v_f64
#define LANES 2
#define SUMS 1
#define MASK m_f64
#define FIRST first_f64
#define LOAD load_f64
#define LOAD_SOME load_some_f64
#define STORE store_f64
#define STORE_SOME store_some_f64
#define SPLAT(x) ((v_f64) { (x), (x) })
#define FMA(a, b, c) ((a) * (b) + (c))
#define LARGER larger_f64
#define SAME same_f64
#define PICK pick_f64
#define WITHOUT(a, b) ((a) & ~(b))
#include "engine/ops/tile_loops.h"

#if HAS_X86

/* ---- AVX2 ---- */

#define AVX2 __attribute__ ((target ("avx2,fma")))

static inline AVX2 __m256i
first_of_8 (gint64 n)
{
  return _mm256_cmpgt_epi32 (_mm256_set1_epi32 (n), _mm256_setr_epi32 (0, 1, 2, 3, 4, 5, 6, 7));
}

static inline AVX2 __m256i
first_of_4 (gint64 n)
{
  return _mm256_cmpgt_epi64 (_mm256_set1_epi64x (n), _mm256_setr_epi64x (0, 1, 2, 3));
}

#define AVX2_SELECTS(ps, V_, CAST) \
  static inline AVX2 V_ larger_avx2_##ps (V_ x, V_ top) \
  { \
    return _mm256_blendv_##ps (top, x, _mm256_or_##ps (_mm256_cmp_##ps (x, top, _CMP_GT_OQ), \
                                                       _mm256_cmp_##ps (x, x, _CMP_UNORD_Q))); \
  } \
  static inline AVX2 __m256i same_avx2_##ps (V_ x, V_ top, __m256i left) \
  { \
    return _mm256_and_si256 (left, CAST (_mm256_or_##ps (_mm256_cmp_##ps (x, top, _CMP_EQ_OQ), \
                                                         _mm256_cmp_##ps (x, x, _CMP_UNORD_Q)))); \
  }
AVX2_SELECTS (ps, __m256, _mm256_castps_si256)
AVX2_SELECTS (pd, __m256d, _mm256_castpd_si256)

#define LOOPS "AVX2"
#define TARGET AVX2
#define NAME(x) avx2_f32_##x
#define T float
#define V __m256
#define LANES 8
#define SUMS 1
#define MASK __m256i
#define FIRST first_of_8
#define LOAD _mm256_loadu_ps
#define LOAD_SOME _mm256_maskload_ps
#define STORE _mm256_storeu_ps
#define STORE_SOME _mm256_maskstore_ps
#define SPLAT _mm256_set1_ps
#define FMA _mm256_fmadd_ps
#define LARGER larger_avx2_ps
#define SAME same_avx2_ps
#define PICK(lanes, v) _mm256_and_ps (_mm256_castsi256_ps (lanes), v)
#define WITHOUT(a, b) _mm256_andnot_si256 (b, a)
#include "engine/ops/tile_loops.h"

#define LOOPS "AVX2"
#define TARGET AVX2
#define NAME(x) avx2_f64_##x
#define T double
#define V __m256d
#define LANES 4
#define SUMS 1
#define MASK __m256i
#define FIRST first_of_4
#define LOAD _mm256_loadu_pd
#define LOAD_SOME _mm256_maskload_pd
#define STORE _mm256_storeu_pd
#define STORE_SOME _mm256_maskstore_pd
#define SPLAT _mm256_set1_pd
#define FMA _mm256_fmadd_pd
#define LARGER larger_avx2_pd
#define SAME same_avx2_pd
#define PICK(lanes, v) _mm256_and_pd (_mm256_castsi256_pd (lanes), v)
#define WITHOUT(a, b) _mm256_andnot_si256 (b, a)
#include "engine/ops/tile_loops.h"

/* ---- AVX-512 ---- */

#define AVX512 __attribute__ ((target ("avx512f")))

#define AVX512_SELECTS(ps, V_, M) \
  static inline AVX512 V_ larger_avx512_##ps (V_ x, V_ top) \
  { \
    return _mm512_mask_mov_##ps (top, _mm512_cmp_##ps##_mask (x, top, _CMP_GT_OQ) \
                                      | _mm512_cmp_##ps##_mask (x, x, _CMP_UNORD_Q), x); \
  } \
  static inline AVX512 M same_avx512_##ps (V_ x, V_ top, M left) \
  { \
    return left & (_mm512_cmp_##ps##_mask (x, top, _CMP_EQ_OQ) | _mm512_cmp_##ps##_mask (x, x, _CMP_UNORD_Q)); \
  }
AVX512_SELECTS (ps, __m512, __mmask16)
AVX512_SELECTS (pd, __m512d, __mmask8)

#define LOOPS "AVX-512"
#define TARGET AVX512
#define NAME(x) avx512_f32_##x
#define T float
#define V __m512
#define LANES 16
#define SUMS 2
#define MASK __mmask16
#define FIRST(n) ((__mmask16) ((1u << (n)) - 1))
#define LOAD _mm512_loadu_ps
#define LOAD_SOME(p, mask) _mm512_maskz_loadu_ps (mask, p)
#define STORE _mm512_storeu_ps
#define STORE_SOME _mm512_mask_storeu_ps
#define SPLAT _mm512_set1_ps
#define FMA _mm512_fmadd_ps
#define LARGER larger_avx512_ps
#define SAME same_avx512_ps
#define PICK _mm512_maskz_mov_ps
#define WITHOUT(a, b) ((__mmask16) ((a) & ~(b)))
#include "engine/ops/tile_loops.h"

#define LOOPS "AVX-512"
#define TARGET AVX512
#define NAME(x) avx512_f64_##x
#define T double
#define V __m512d
#define LANES 8
#define SUMS 2
#define MASK __mmask8
#define FIRST(n) ((__mmask8) ((1u << (n)) - 1))
#define LOAD _mm512_loadu_pd
#define LOAD_SOME(p, mask) _mm512_maskz_loadu_pd (mask, p)
#define STORE _mm512_storeu_pd
#define STORE_SOME _mm512_mask_storeu_pd
#define SPLAT _mm512_set1_pd
#define FMA _mm512_fmadd_pd
#define LARGER larger_avx512_pd
#define SAME same_avx512_pd
#define PICK _mm512_maskz_mov_pd
#define WITHOUT(a, b) ((__mmask8) ((a) & ~(b)))
#include "engine/ops/tile_loops.h"

#endif

/* ---- choosing ---- */

const LkTileLoops *
lk_tile_loops_at (LkDType dtype, guint i)
{
  const gboolean single = dtype == LK_FLOAT32;
  const LkTileLoops *all[4] = { NULL };
  guint n = 0;
#if HAS_X86
  if (__builtin_cpu_supports ("avx512f"))
    all[n++] = single ? &avx512_f32_loops : &avx512_f64_loops;
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    all[n++] = single ? &avx2_f32_loops : &avx2_f64_loops;
#endif
  all[n++] = single ? &plain_f32_loops : &plain_f64_loops;
  return i < n ? all[i] : NULL;
}

const LkTileLoops *
lk_tile_loops (LkDType dtype)
{
  static const LkTileLoops *widest[2];          /* atomic; all threads would find the same */
  const LkTileLoops **place = &widest[dtype == LK_FLOAT64], *loops = __atomic_load_n (place, __ATOMIC_RELAXED);
  if (G_UNLIKELY (loops == NULL))
    {
      loops = lk_tile_loops_at (dtype, 0);
      __atomic_store_n (place, loops, __ATOMIC_RELAXED);
    }
  return loops;
}
