/* SPDX-License-Identifier: MIT */
/* Axes in another order. */
#include "engine/ops/gradient.h"
#include "engine/ops/layout.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- Transpose ---- */

/* Checks that perm, of n entries, holds each of 0 … n − 1 once; negative ones count from the end. */
static gboolean
check_permutation (const LkCall *call, gint64 *perm, guint n)
{
  guint seen = 0;
  for (guint i = 0; i < n; i++)
    {
      guint axis;
      if (!lk_rule_axis (perm[i], n, &axis))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "%" G_GINT64_FORMAT " is out of range [0 .. %u)",
                             perm[i], n);
      perm[i] = axis;
      seen |= 1u << axis;
    }
  for (guint i = 0; i < n; i++)
    if (!(seen & 1u << i))
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "%u is missing from the permutation of %u axes", i, n);
  return TRUE;
}

static gboolean
transpose_infer (const LkCall *call, LkSignature *out)
{
  gint64 perm[LK_MAX_RANK];
  guint n;
  const LkShape *in = lk_rule_shape (call, 0), *size = lk_rule_shape (call, 1);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_rank (call, 1, 1, "perm must be rank 1, got shape %s"))
    return FALSE;
  if (!lk_rule_rank_known (call, 0))
    return TRUE;
  if (size->rank == 1 && size->dims[0] >= 0 && size->dims[0] != in->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "transpose expects a vector of size %u. But input(1) is a vector of "
                         "size %" G_GINT64_FORMAT, in->rank, size->dims[0]);
  out[0].shape.rank = in->rank;
  for (guint i = 0; i < in->rank; i++)
    out[0].shape.dims[i] = LK_DIM_UNKNOWN;
  if (!lk_rule_ints (call, 1, perm, LK_MAX_RANK, &n))
    return TRUE;
  if (!check_permutation (call, perm, n))
    return FALSE;
  for (guint i = 0; i < n; i++)
    out[0].shape.dims[i] = in->dims[perm[i]];
  return TRUE;
}

/* Axis of the input that is axis i of the output. */
static guint
source_axis (const LkCall *call, guint i)
{
  const gint64 axis = lk_int_at (call->inputs[1], i);
  return axis < 0 ? axis + lk_rule_shape (call, 0)->rank : axis;
}

static void
transpose_kernel (LkCall *call)
{
  const LkShape *in = lk_rule_shape (call, 0);
  gint64 from[LK_MAX_RANK], to[LK_MAX_RANK];
  LkMoveAxis axes[LK_MAX_RANK];
  LkShape shape = *in;
  for (guint i = 0; i < in->rank; i++)
    shape.dims[i] = in->dims[source_axis (call, i)];
  lk_shape_strides (in, from);
  lk_shape_strides (&shape, to);
  for (guint i = 0; i < in->rank; i++)
    axes[i] = (LkMoveAxis) { shape.dims[i], to[i], from[source_axis (call, i)] };
  lk_move_output (call, &shape, axes, in->rank, TRUE, 0);
}

/* The permutation that undoes it. (transfer full) */
static LkTensor *
inverse_of (const LkCall *call)
{
  const LkTensor *perm = lk_call_constant (call, 1);
  if (perm == NULL)
    {
      g_autoptr (LkTensor) rank = lk_size (call->ctx, call->inputs[1], LK_INT32);
      g_autoptr (LkTensor) span = lk_cast (call->ctx, rank, call->inputs[1]->dtype);
      g_autoptr (LkTensor) axes = lk_floor_mod (call->ctx, call->inputs[1], span);
      return lk_invert_permutation (call->ctx, axes);
    }
  gint64 values[LK_MAX_RANK];
  for (guint i = 0; i < perm->size; i++)
    {
      const gint64 axis = lk_int_at (perm, i);
      values[axis < 0 ? axis + perm->size : axis] = i;
    }
  return lk_constant_ints (call->ctx, LK_INT32, values, perm->size);
}

static void
transpose_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) inverse = inverse_of (call);
  dx[0] = lk_transpose (call->ctx, dy[0], inverse);
}

static void
transpose_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK], source[LK_MAX_RANK];
  lk_shape_unravel (&call->outputs[0]->shape, element, index);
  for (guint i = 0; i < lk_rule_shape (call, 0)->rank; i++)
    source[source_axis (call, i)] = index[i];
  lk_provenance_add (into, 0, lk_shape_ravel (lk_rule_shape (call, 0), source), 1, 1);
}

LK_BLOCK (transpose, .infer = transpose_infer, .shape = "The input's dimensions in the order of perm.",
          .kernel = transpose_kernel, .gradient = transpose_gradient,
          .provenance = transpose_provenance,
          SAMPLES ({ "float64[2,3]; int32[2]={1,0}" }, { "float64[2,3,4]; int32[3]={2,0,1}" },
                   { "float64[]; int32[0]" },
                   { "float64[2,0,3]; int64[3]={1,2,0}" }, { "string[2,2]={a,b,c,d}; int32[2]={1,0}" },
                   { "float64[2,3]; int32[2]={-1,0}" }));

/* ---- ConjugateTranspose ---- */

#define CONJUGATE(suffix, T) \
  static void conjugate_##suffix (T *parts, gint64 n) \
  { \
    for (gint64 i = 0; i < n; i++) \
      parts[2 * i + 1] = -parts[2 * i + 1]; \
  }
CONJUGATE (c64, float)
CONJUGATE (c128, double)

static void
conjugate_transpose_kernel (LkCall *call)
{
  transpose_kernel (call);
  LkTensor *y = call->outputs[0];
  if (y != NULL && y->dtype == LK_COMPLEX64)
    conjugate_c64 (y->data, y->size);
  else if (y != NULL && y->dtype == LK_COMPLEX128)
    conjugate_c128 (y->data, y->size);
}

static void
conjugate_transpose_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) inverse = inverse_of (call);
  dx[0] = lk_conjugate_transpose (call->ctx, dy[0], inverse);
}

LK_BLOCK (conjugate_transpose, .infer = transpose_infer, .kernel = conjugate_transpose_kernel,
          .gradient = conjugate_transpose_gradient, .provenance = transpose_provenance,
          .shape = "That of x, its axes in the order of perm.",
          SAMPLES ({ "complex128[2,3]; int32[2]={1,0}" }, { "float64[2,3,4]; int64[3]={2,0,1}" }, { "complex64[2,2]; int32[2]={0,1}" },
                   { "string[2,2]={a,b,c,d}; int32[2]={1,0}" }, { "complex64[]; int32[0]" }));

/* ---- InvertPermutation ---- */

static gboolean
invert_permutation_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_rank (call, 0, 1, "invert_permutation expects a 1D vector, got shape %s")
         && lk_infer_first (call, out);
}

static void
invert_permutation_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  LkTensor *y = call->outputs[0];
  g_autofree guint8 *seen = g_malloc0 (x->size + 1);
  for (gint64 i = 0; i < x->size; i++)
    {
      const gint64 at = lk_int_at (x, i);
      if (at < 0 || at >= x->size)
        lk_call_fail (call, LK_INVALID_ARGUMENT,
                      "%" G_GINT64_FORMAT " is not between 0 and %" G_GINT64_FORMAT, at, x->size);
      else if (seen[at]++)
        lk_call_fail (call, LK_INVALID_ARGUMENT, "%" G_GINT64_FORMAT " is duplicated in the input.", at);
      else if (y->dtype == LK_INT32)
        ((gint32 *) y->data)[at] = i;
      else
        ((gint64 *) y->data)[at] = i;
    }
}

LK_BLOCK (invert_permutation, .infer = invert_permutation_infer, .shape = "The input's shape, a vector.",
          .kernel = invert_permutation_kernel,
          SAMPLES ({ "int32[4]={3,0,2,1}" }, { "int64[0]" }));
