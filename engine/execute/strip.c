/* SPDX-License-Identifier: MIT */
#include "engine/execute/strip.h"

#include "engine/ops/block.h"
#include "engine/ops/vector.h"

typedef struct { guint8 first, n_inputs; } Known;

static const Known known[LK_N_OPS] = {
#define ROW(name, expression) [LK_OP_##name] = { LK_STRIP_##name, 1 },
  LK_STRIP_UNARY (ROW)
#undef ROW
#define ROW(name, expression) [LK_OP_##name] = { LK_STRIP_##name##_SECOND, 2 },
  LK_STRIP_BINARY (ROW)
#undef ROW
};

gboolean
lk_strip_knows (const LkOp *op, LkDType dtype)
{
  return known[op->index].n_inputs > 0 && (dtype == LK_FLOAT32 || dtype == LK_FLOAT64);
}

LkStripCode *
lk_strip_append (LkStripCode *end, const LkOp *op, void *const *const *at, const guint8 *steps, gint held)
{
  const Known *k = &known[op->index];
  if (held < 0)
    *end++ = (LkStripCode) { steps[0] ? LK_STRIP_LOAD : LK_STRIP_LOAD_SINGLE, at[0] };
  if (k->n_inputs == 1)
    *end++ = (LkStripCode) { k->first, NULL };
  else if (held == 1)
    *end++ = (LkStripCode) { k->first + (steps[0] ? 2 : 3), at[0] };
  else
    *end++ = (LkStripCode) { k->first + (steps[1] ? 0 : 1), at[1] };
  return end;
}

LkStripCode *
lk_strip_append_store (LkStripCode *end, void *const *at)
{
  *end = (LkStripCode) { LK_STRIP_STORE, at };
  return end + 1;
}

/* That for the vectors that the mathematical functions use. */
static const LkStripTable *
choose (void)
{
#if LK_VECTOR_X86
  static const LkStripTable *const wide[] = { &lk_strip_avx512f, &lk_strip_avx2 };
  for (guint i = 0; i < G_N_ELEMENTS (wide); i++)
    if (g_str_equal (wide[i]->name, lk_vector_name ()))
      return wide[i];
#endif
  return &lk_strip_portable;
}

void
lk_strip_run (LkDType dtype, const LkStripCode *codes, const LkStripCode *end, gint64 n)
{
  static const LkStripTable *chosen;
  const LkStripTable *table = __atomic_load_n (&chosen, __ATOMIC_ACQUIRE);
  if (G_UNLIKELY (table == NULL))
    __atomic_store_n (&chosen, table = choose (), __ATOMIC_RELEASE);
  (dtype == LK_FLOAT32 ? table->f32 : table->f64) (codes, end, n);
}
