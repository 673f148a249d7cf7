/* SPDX-License-Identifier: MIT */
/* Elementwise, two inputs, broadcast: comparisons, logic, and the choice between two. */
#include <string.h>

#include "engine/ops/binary.h"
#include "engine/ops/broadcast.h"
#include "engine/ops/elements.h"

#define LOOPS(name, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_f32, float, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_f64, double, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_i32, gint32, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_i64, gint64, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_u64, guint64, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_i8, gint8, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_i16, gint16, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_u8, guint8, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_u16, guint16, guint8, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_u32, guint32, guint8, expression)
#define TABLE(name) REAL_TABLE (name), INT_TABLE (name), UNSIGNED_TABLE (name), SMALL_TABLE (name), SMALL_UNSIGNED_TABLE (name)
#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define COMPARISON(name, expression) \
  LOOPS (name, expression) \
  static const LkBinaryLoop name##_loops[LK_N_DTYPES] = { TABLE (name) }; \
  static void name##_kernel (LkCall *call) { lk_binary_run (call, name##_loops); } \
  LK_BLOCK (name, .infer = lk_infer_broadcast, .kernel = name##_kernel, .binary = name##_loops, \
            SAMPLES ({ "float64[2,3]; float64[3]" }, { "int32[2]={1,2}; int32[]={2}" }, \
                     { "float64[0,3]; float64[1,3]" }, \
                     { "int64[]; int64[]" }, REALLY, INTEGERS))

COMPARISON (less, x < y);
COMPARISON (less_equal, x <= y);
COMPARISON (greater, x > y);
COMPARISON (greater_equal, x >= y);

/* ---- equality, of strings too ---- */

static gboolean
same_text (LkText a, LkText b)
{
  return a.length == b.length && (a.length == 0 || memcmp (a.bytes, b.bytes, a.length) == 0);
}

#define EQUALITY_SHAPE "The inputs are broadcast, and the output has the shape of that."

#define EQUALITY(name, operator) \
  LOOPS (name, x operator y) \
  LK_BINARY_LOOP (LK_CLONES, name##_bool, guint8, guint8, !x operator !y) \
  LK_BINARY_LOOP (, name##_c64, LkComplex64, guint8, x operator y) \
  LK_BINARY_LOOP (, name##_c128, LkComplex128, guint8, x operator y) \
  LK_BINARY_LOOP (, name##_text, LkText, guint8, same_text (x, y) operator TRUE) \
  static void name##_kernel (LkCall *call) \
  { \
    static const LkBinaryLoop loops[LK_N_DTYPES] = { TABLE (name), COMPLEX_TABLE (name), [LK_BOOL] = name##_bool }; \
    if (call->inputs[0]->dtype == LK_STRING) \
      compare_texts (call, name##_text); \
    else \
      lk_binary_run (call, loops); \
  } \
  LK_BLOCK (name, .infer = equality_infer, .shape = EQUALITY_SHAPE, .kernel = name##_kernel, \
            SAMPLES ({ "float64[2,3]; float64[3]" }, { "int32[2]={1,2}; int32[]={2}" }, \
                     { "bool[2]; bool[1]" }, \
                     { "string[2]={a,b}; string[]={b}" }, { "float64[0,3]; float64[1,3]" }, REALLY, COMPLEX, INTEGERS))

static gboolean
equality_infer (const LkCall *call, LkSignature *out)
{
  const LkDType dtype = call->inputs[0]->dtype;
  if (lk_dtype_size (dtype) == 0 ? dtype != LK_STRING : dtype == LK_RESOURCE)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "%s of tensors of %s is not supported", call->op->name,
                         lk_dtype_name (dtype));
  return lk_infer_broadcast (call, out);
}

static void
compare_texts (LkCall *call, LkBinaryLoop loop)
{
  LkBroadcast b;
  g_auto (LkElements) x = lk_elements_of (call->inputs[0]);
  g_auto (LkElements) y = lk_elements_of (call->inputs[1]);
  guint8 *out = call->outputs[0]->data;
  lk_broadcast_init (&b, call->inputs, 2, &call->outputs[0]->shape);
  for (gint64 run = 0; run < b.runs; run++)
    {
      loop (x.data + b.at[0] * x.size, lk_broadcast_step (&b, 0), y.data + b.at[1] * y.size,
            lk_broadcast_step (&b, 1),
            out, lk_broadcast_length (&b));
      out += lk_broadcast_length (&b);
      lk_broadcast_next (&b);
    }
}

EQUALITY (equal, ==);
EQUALITY (not_equal, !=);

/* ---- logic ---- */

#define LOGIC(name, expression) \
  LK_BINARY_LOOP (LK_CLONES, name##_bool, guint8, guint8, expression) \
  static const LkBinaryLoop name##_loops[LK_N_DTYPES] = { [LK_BOOL] = name##_bool }; \
  static void name##_kernel (LkCall *call) { lk_binary_run (call, name##_loops); } \
  LK_BLOCK (name, .infer = lk_infer_broadcast, .kernel = name##_kernel, .binary = name##_loops, \
            SAMPLES ({ "bool[2,3]; bool[3]" }, { "bool[]; bool[2]" }, { "bool[0]; bool[]" }))

LOGIC (logical_and, x && y);
LOGIC (logical_or, x || y);

/* ---- SelectV2 ---- */

/* The commonest steps are apart, so that they become vector loops. */
#define CHOOSE_LOOP(x, y) for (gint64 i = 0; i < n; i++) out[i] = c[i] ? x : y
#define CHOOSE(attribute, name, T) \
  attribute static void name (const guint8 *c, const T *xs, const T *ys, T *out, gint64 n, const guint *step) \
  { \
    if (n == 0) \
      return; \
    const T x = *xs, y = *ys; \
    if (step[0] && step[1] && step[2]) \
      CHOOSE_LOOP (xs[i], ys[i]); \
    else if (step[0] && step[1]) \
      CHOOSE_LOOP (xs[i], y); \
    else if (step[0] && step[2]) \
      CHOOSE_LOOP (x, ys[i]); \
    else \
      for (gint64 i = 0; i < n; i++) \
        out[i] = c[i * step[0]] ? xs[i * step[1]] : ys[i * step[2]]; \
  }
CHOOSE (LK_CLONES, choose1, guint8)
CHOOSE (LK_CLONES, choose2, guint16)
CHOOSE (LK_CLONES, choose4, guint32)
CHOOSE (LK_CLONES, choose8, guint64)
CHOOSE (, choose16, LkComplex128)
CHOOSE (, choose_text, LkText)

static void
select_run (const void *c, const char *x, const char *y, char *out, LkDType dtype, gint64 n, const guint *step)
{
  switch (lk_dtype_size (dtype))
    {
    case 1: choose1 (c, (const void *) x, (const void *) y, (void *) out, n, step); break;
    case 2: choose2 (c, (const void *) x, (const void *) y, (void *) out, n, step); break;
    case 4: choose4 (c, (const void *) x, (const void *) y, (void *) out, n, step); break;
    case 8: choose8 (c, (const void *) x, (const void *) y, (void *) out, n, step); break;
    case 16: choose16 (c, (const void *) x, (const void *) y, (void *) out, n, step); break;
    default:
      g_assert (dtype == LK_STRING);
      choose_text (c, (const void *) x, (const void *) y, (void *) out, n, step);
    }
}

static void
select_kernel (LkCall *call)
{
  LkBroadcast b;
  LkShape shape = LK_SCALAR;
  LkElements out;
  g_auto (LkElements) x = lk_elements_of (call->inputs[1]);
  g_auto (LkElements) y = lk_elements_of (call->inputs[2]);
  for (guint i = 0; i < 3; i++)
    {
      const LkShape so_far = shape;
      lk_shape_broadcast (&so_far, lk_rule_shape (call, i), &shape);
    }
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  lk_broadcast_init (&b, call->inputs, 3, &shape);
  const guint steps[3] = { lk_broadcast_step (&b, 0), lk_broadcast_step (&b, 1), lk_broadcast_step (&b, 2) };
  char *to = out.data;
  for (gint64 run = 0; run < b.runs; run++)
    {
      select_run ((const guint8 *) call->inputs[0]->data + b.at[0], x.data + b.at[1] * x.size,
                  y.data + b.at[2] * y.size,
                  to, call->inputs[1]->dtype, lk_broadcast_length (&b), steps);
      to += lk_broadcast_length (&b) * out.size;
      lk_broadcast_next (&b);
    }
  lk_elements_finish (call, 0, &shape, &out);
}

/* The gradient goes where the element came from. The condition may be the larger one, so each side is summed
   against the whole shape, which is dy's. */
static void
select_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *whole[3] = { NULL, dy[0], dy[0] };
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, call->inputs[1]->dtype, 0);
  dx[1] = lk_select (ctx, call->inputs[0], dy[0], zero);
  dx[2] = lk_select (ctx, call->inputs[0], zero, dy[0]);
  for (guint i = 1; i < 3; i++)
    {
      LkTensor *pair[2] = { call->inputs[i], whole[i] }, *grads[2] = { dx[i], NULL };
      const LkCall against = { .ctx = ctx, .n_inputs = 2, .inputs = pair };
      lk_unbroadcast (&against, 0, 1, grads);
      dx[i] = grads[0];
    }
}

LK_BLOCK (select, .infer = lk_infer_broadcast, .kernel = select_kernel, .gradient = select_gradient,
          SAMPLES ({ "bool[2,3]; float64[2,3]; float64[2,3]" }, { "bool[3]; float64[2,3]; float64[]" },
                   { "bool[2,1]; float64[3]; float64[1,3]" }, { "bool[]; int32[2]; int32[2]" },
                   { "bool[2]={true,false}; string[2]={a,b}; string[]={c}" }, { "bool[2]; float16[2]; float16[2]" },
                   { "bool[2]; int8[2]; int8[]" }, { "bool[2,2]; complex128[2,2]; complex128[2,2]" }, { "bool[2]; complex64[]; complex64[2]" },
                   { "bool[3]; bool[3]; bool[3]" },
                   { "bool[0]; float64[1]; float64[0]" }));

/* ---- Select: version 1's; the condition is like both, a scalar, or a vector that chooses rows ---- */

static gboolean
select_rows_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *c = lk_rule_shape (call, 0), *x = lk_rule_shape (call, 1);
  LkShape merged;
  if (!lk_rule_merge (x, lk_rule_shape (call, 2), &merged))
    {
      g_autofree char *t = lk_shape_text (x), *e = lk_shape_text (lk_rule_shape (call, 2));
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "'then' and 'else' must have the same size.  but received: %s vs. %s", t, e);
    }
  out[0].shape = merged;
  if (c->rank == 0 || c->rank == LK_RANK_UNKNOWN || merged.rank == LK_RANK_UNKNOWN || lk_shape_compatible (c, &merged)
      || (c->rank == 1 && merged.rank > 0
          && (c->dims[0] == merged.dims[0] || c->dims[0] == LK_DIM_UNKNOWN || merged.dims[0] == LK_DIM_UNKNOWN)))
    return TRUE;
  g_autofree char *condition = lk_shape_text (c), *t = lk_shape_text (&merged);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "'cond' must be a scalar, a vector of as many elements as 'then' has rows, or have the shape of 'then': "
                       "'cond' has shape %s, 'then' %s", condition, t);
}

static void
select_rows_kernel (LkCall *call)
{
  LkShape rows = *lk_rule_shape (call, 0);
  while (rows.rank > 0 && rows.rank < call->inputs[1]->shape.rank)
    rows.dims[rows.rank++] = 1;
  g_autoptr (LkTensor) condition = lk_tensor_new_alias (call->inputs[0], &rows);
  LkTensor *inputs[] = { condition, call->inputs[1], call->inputs[2] };
  LkCall by_rows = *call;
  by_rows.inputs = inputs;
  select_kernel (&by_rows);
}

static void
select_rows_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->inputs[0]->size, row = n > 0 ? call->inputs[1]->size / n : 1;
  lk_provenance_add (into, 0, element / MAX (row, 1), 1, 1);
  lk_provenance_add (into, 1, element, 1, 1);
  lk_provenance_add (into, 2, element, 1, 1);
}

static void
select_rows_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) zeros = lk_zeros_like (ctx, dy[0]);
  dx[1] = lk_select_rows (ctx, call->inputs[0], dy[0], zeros);
  dx[2] = lk_select_rows (ctx, call->inputs[0], zeros, dy[0]);
}

LK_BLOCK (select_rows, .infer = select_rows_infer,
          .shape = "The shape that t and e share; condition has it too, or is a scalar, or a vector that picks rows.",
          .kernel = select_rows_kernel, .gradient = select_rows_gradient,
          .provenance = select_rows_provenance,
          SAMPLES ({ "bool[2]; float64[2,3]; float64[2,3]" }, { "bool[2,3]; float64[2,3]; float64[2,3]" },
                   { "bool[]; float64[2]; float64[2]" }, { "bool[2]={true,false}; string[2]={a,b}; string[2]={c,d}" },
                   { "bool[0]; int32[0,2]; int32[0,2]" }));
