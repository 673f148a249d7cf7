/* SPDX-License-Identifier: MIT */
#include "engine/ops/vector.h"

static const LkVectorTable *chosen;

static const LkVectorTable *
choose (void)
{
  const LkVectorTable *best = &lk_vector_portable;
#if LK_VECTOR_X86
  if (__builtin_cpu_supports ("avx512f"))
    best = &lk_vector_avx512f;
  else if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    best = &lk_vector_avx2;
#endif
  __atomic_store_n (&chosen, best, __ATOMIC_RELEASE);
  return best;
}

static inline const LkVectorTable *
table (void)
{
  const LkVectorTable *known = __atomic_load_n (&chosen, __ATOMIC_ACQUIRE);
  return G_LIKELY (known != NULL) ? known : choose ();
}

const char *
lk_vector_name (void)
{
  return table ()->name;
}

#define DEFINE(name) \
  void lk_vector_##name##_f32 (const void *in, void *out, gint64 n) { table ()->name##_f32 (in, out, n); } \
  void lk_vector_##name##_f64 (const void *in, void *out, gint64 n) { table ()->name##_f64 (in, out, n); }
LK_VECTOR_UNARY (DEFINE)
#undef DEFINE

#define DEFINE(name) \
  void lk_vector_##name##_f32 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n) \
  { \
    table ()->name##_f32 (a, a_step, b, b_step, out, n); \
  } \
  void lk_vector_##name##_f64 (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n) \
  { \
    table ()->name##_f64 (a, a_step, b, b_step, out, n); \
  }
LK_VECTOR_BINARY (DEFINE)
