/* SPDX-License-Identifier: MIT */
/* Elementwise: sums of many tensors of one shape. */
#include <string.h>

#include "engine/ops/elementwise.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define SUM_LOOP(suffix, T) LK_BINARY_LOOP (LK_CLONES, sum_##suffix, T, T, x + y)
SUM_LOOP (f32, float)
SUM_LOOP (f64, double)
SUM_LOOP (i32, guint32)
SUM_LOOP (i64, guint64)
LK_BINARY_LOOP (, sum_c64, LkComplex64, LkComplex64, x + y)
LK_BINARY_LOOP (, sum_c128, LkComplex128, LkComplex128, x + y)

/* Pieces stay in the cache while all are added up. */
static void
total_kernel (LkCall *call)
{
  static const LkBinaryLoop loops[LK_N_DTYPES] = {
    [LK_FLOAT32] = sum_f32, [LK_FLOAT64] = sum_f64, [LK_INT32] = sum_i32, [LK_INT64] = sum_i64, [LK_UINT64] = sum_i64,
    [LK_COMPLEX64] = sum_c64, [LK_COMPLEX128] = sum_c128,
  };
  enum { PIECE = 4096 };
  LkTensor *out = call->outputs[0];
  const gsize size = lk_dtype_size (out->dtype);
  for (gint64 i = 0; i < out->size; i += PIECE)
    {
      const gint64 n = MIN (PIECE, out->size - i);
      char *to = (char *) out->data + i * size;
      const char *so_far = (const char *) call->inputs[0]->data + i * size;
      if (call->n_inputs == 1)
        memcpy (to, so_far, n * size);
      for (guint k = 1; k < call->n_inputs; k++, so_far = to)
        loops[out->dtype] (so_far, 1, (const char *) call->inputs[k]->data + i * size, 1, to, n);
    }
}

static void
total_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  for (guint i = 0; i < call->n_inputs; i++)
    dx[i] = lk_tensor_ref (dy[0]);
}

static gboolean
add_n_infer (const LkCall *call, LkSignature *out)
{
  if (call->n_inputs == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s needs at least one input", call->op->name);
  out[0].shape = *lk_rule_shape (call, 0);
  for (guint i = 1; i < call->n_inputs; i++)
    {
      const LkShape so_far = out[0].shape;
      if (!lk_rule_merge (&so_far, lk_rule_shape (call, i), &out[0].shape))
        {
          g_autofree char *first = lk_shape_text (&so_far), *other = lk_shape_text (lk_rule_shape (call, i));
          return lk_call_fail (call, LK_INVALID_ARGUMENT,
                               "Inputs to operation %s must have the same size and shape.  Input 0: %s != input %u: %s",
                               call->op->name, first, i, other);
        }
    }
  return TRUE;
}

LK_BLOCK (add_n, .widens = TRUE, .infer = add_n_infer, .shape = "The shape that all inputs share.",
          .kernel = total_kernel, .gradient = total_gradient,
          SAMPLES ({ "float64[2,3]; float64[2,3]; float64[2,3]" }, { "float64[]" }, { "float16[3]; float16[3]" },
                   { "uint8[2]; uint8[2]" }, { "complex128[2]; complex128[2]" }, { "complex64[2]" }, { "uint64[2]; uint64[2]" },
                   { "bfloat16[2]; bfloat16[2]" }, { "int64[0]; int64[0]" }));

static gboolean
accumulate_infer (const LkCall *call, LkSignature *out)
{
  LkShape shape;
  if (!add_n_infer (call, out))
    return FALSE;
  if (!lk_rule_merge (&out[0].shape, call->attrs[0].shape, &shape))
    {
      g_autofree char *got = lk_shape_text (&out[0].shape), *wanted = lk_shape_text (call->attrs[0].shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "The inputs have shape %s, but attribute 'shape' says %s", got, wanted);
    }
  out[0].shape = shape;
  return TRUE;
}

LK_BLOCK (accumulate_n, .widens = TRUE, .infer = accumulate_infer,
          .shape = "The shape that all inputs and the attribute shape share.",
          .kernel = total_kernel, .gradient = total_gradient,
          SAMPLES ({ "float64[2,3]; float64[2,3]", "shape=[2,3]" }, { "int32[2]", "shape=[2]" },
                   { "float16[0]; float16[0]", "shape=[0]" }));
