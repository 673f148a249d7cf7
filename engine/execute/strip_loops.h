/* SPDX-License-Identifier: MIT */
/* The loops of strip.h for one kind of processor; its file says which by WIDE, the bytes of a vector, and TABLE. */
#include <string.h>

typedef float F32 __attribute__ ((vector_size (WIDE)));
typedef double F64 __attribute__ ((vector_size (WIDE)));
typedef gint32 I32 __attribute__ ((vector_size (WIDE)));        /* of integers as wide */
typedef gint64 I64 __attribute__ ((vector_size (WIDE)));

#define N_VECTORS 4
#define EACH(what) { what (0) what (1) what (2) what (3) }
#define PICK(mask, x, y) ((V) (((mask) & (I) (x)) | (~(mask) & (I) (y))))
#define ZERO ((V) { 0 })
/* x − 0 is x, whatever x is; x + 0 is not. */
#define ALL(x) ((x) - ZERO)

#define LOAD_PART(k) memcpy (&x##k, from + k * lanes, sizeof (V));
#define STORE_PART(k) memcpy (to + k * lanes, &x##k, sizeof (V));
#define LOAD_ALL(k) x##k = single;
#define STORE_PAD(k) memcpy (pad + k * lanes, &x##k, sizeof (V));

#define READ \
  const T *from = (const T *) *code->at + at; \
  if (count < block) \
    from = memcpy (pad, from, count * sizeof (T));
#define READ_SINGLE const V single = ALL (*(const T *) *code->at);

#define UNARY_PART(k, E) { const V a = x##k; x##k = (E); }
#define SECOND_PART(k, E) { V b; memcpy (&b, from + k * lanes, sizeof (V)); const V a = x##k; x##k = (E); }
#define FIRST_PART(k, E) { V a; memcpy (&a, from + k * lanes, sizeof (V)); const V b = x##k; x##k = (E); }
#define SECOND_SINGLE_PART(k, E) { const V b = single, a = x##k; x##k = (E); }
#define FIRST_SINGLE_PART(k, E) { const V a = single, b = x##k; x##k = (E); }
#define PARTS(PART, E) PART (0, E) PART (1, E) PART (2, E) PART (3, E) break;

#define UNARY_CASE(name, E) case LK_STRIP_##name: PARTS (UNARY_PART, E)
#define BINARY_CASES(name, E) \
  case LK_STRIP_##name##_SECOND: { READ PARTS (SECOND_PART, E) } \
  case LK_STRIP_##name##_SECOND_SINGLE: { READ_SINGLE PARTS (SECOND_SINGLE_PART, E) } \
  case LK_STRIP_##name##_FIRST: { READ PARTS (FIRST_PART, E) } \
  case LK_STRIP_##name##_FIRST_SINGLE: { READ_SINGLE PARTS (FIRST_SINGLE_PART, E) }

/* count: of the block at element `at`; what is there of the last one goes through pad. */
#define STRIP(suffix, T_, V_, I_) \
  static inline __attribute__ ((always_inline)) void \
  block_##suffix (const LkStripCode *codes, const LkStripCode *end, gint64 at, gint64 count) \
  { \
    typedef T_ T; typedef V_ V; typedef I_ I; \
    const gint64 lanes = sizeof (V) / sizeof (T), block = N_VECTORS * lanes; \
    T pad[N_VECTORS * sizeof (V) / sizeof (T)]; \
    V x0 = ZERO, x1 = ZERO, x2 = ZERO, x3 = ZERO; \
    if (count < block) \
      memset (pad, 0, sizeof pad); \
    for (const LkStripCode *code = codes; code < end; code++) \
      switch (code->what) \
        { \
        case LK_STRIP_STORE: \
          { \
            T *to = (T *) *code->at + at; \
            if (count < block) \
              { EACH (STORE_PAD) memcpy (to, pad, count * sizeof (T)); } \
            else \
              EACH (STORE_PART) \
            break; \
          } \
        case LK_STRIP_LOAD: { READ EACH (LOAD_PART) break; } \
        case LK_STRIP_LOAD_SINGLE: { READ_SINGLE EACH (LOAD_ALL) break; } \
        LK_STRIP_UNARY (UNARY_CASE) \
        LK_STRIP_BINARY (BINARY_CASES) \
        } \
  } \
  static void \
  run_##suffix (const LkStripCode *codes, const LkStripCode *end, gint64 n) \
  { \
    const gint64 block = N_VECTORS * sizeof (V_) / sizeof (T_); \
    gint64 at = 0; \
    for (; at + block <= n; at += block) \
      block_##suffix (codes, end, at, block); \
    if (at < n) \
      block_##suffix (codes, end, at, n - at); \
  }
STRIP (f32, float, F32, I32)
STRIP (f64, double, F64, I64)

#define TEXT(x) #x
#define NAME(x) TEXT (x)
const LkStripTable TABLE = { &NAME (TABLE)[sizeof "lk_strip_" - 1], run_f32, run_f64 };
