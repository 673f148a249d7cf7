/* SPDX-License-Identifier: MIT */
/* Matrices that are kept by their diagonals, an element standing in the place of its row. */
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/lapack.h"
#include "engine/ops/matrix.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define LK_TYPED "engine/ops/banded_typed.h"
#include "engine/ops/inexact.h"

static gboolean
fail_rhs (const LkCall *call, const char *what, guint rhs)
{
  g_autofree char *a = lk_shape_text (lk_rule_shape (call, 0)), *b = lk_shape_text (lk_rule_shape (call, rhs));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s and rhs are incompatible: %s vs. %s", what, a, b);
}

/* ---- gradients ---- */

/* x with row i in the place of row i + shift. */
static LkTensor *
shifted (LkContext *ctx, LkTensor *x, gint64 shift, gint axis)
{
  if (shift == 0)
    return lk_tensor_ref (x);
  g_autoptr (LkTensor) by = lk_constant_scalar (ctx, LK_INT32, shift);
  g_autoptr (LkTensor) along = lk_constant_scalar (ctx, LK_INT32, axis);
  return lk_roll (ctx, x, by, along);
}

/* The diagonal −shift of a · bᴴ, by its rows, 0 where there is none of it. */
static LkTensor *
diagonal_of_product (LkContext *ctx, LkTensor *a, LkTensor *b, gint64 shift, gint64 n)
{
  g_autoptr (LkTensor) moved = shifted (ctx, b, shift, -2);
  g_autoptr (LkTensor) conjugate = lk_conjugate (ctx, moved);
  LkTensor *both[2] = { a, conjugate };
  g_autoptr (LkTensor) sums = lk_einsum (ctx, both, 2, "...ik,...ik->...i");
  const LkShape shape = LK_SHAPE (n);
  LkTensor *there = a != NULL ? lk_tensor_new (a->dtype, &shape) : NULL;
  for (gint64 i = 0; there != NULL && i < n; i++)
    lk_tensor_set_double (there, i, i - shift >= 0 && i - shift < n);
  g_autoptr (LkTensor) mask = lk_constant (ctx, there);
  return lk_mul (ctx, sums, mask);
}

static gboolean
known_size (const LkCall *call, guint input, guint axis_from_end, gint64 *size)
{
  const LkShape *shape = lk_rule_shape (call, input);
  *size = shape->rank == LK_RANK_UNKNOWN ? -1 : shape->dims[shape->rank - axis_from_end];
  return *size >= 0 || lk_call_fail (call, LK_UNIMPLEMENTED, "the gradient of %s needs matrices of known size",
                                     call->op->name);
}

/* ---- BandedTriangularSolve ---- */

static gboolean
banded_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *a = lk_rule_shape (call, 0), *b = lk_rule_shape (call, 1);
  gint64 rows;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_matrix_need (call, 0) || !lk_matrix_need (call, 1))
    return FALSE;
  if (a->rank != LK_RANK_UNKNOWN && a->dims[a->rank - 2] == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "bands must have nonzero size");
  if (a->rank == LK_RANK_UNKNOWN || b->rank == LK_RANK_UNKNOWN)
    return TRUE;
  LkShape batch = lk_matrix_batch (a), other = lk_matrix_batch (b);
  if (!lk_rule_merge_dim (a->dims[a->rank - 1], b->dims[b->rank - 2], &rows)
      || !lk_shape_broadcast (&batch, &other, &batch))
    return fail_rhs (call, "Input matrix", 1);
  out[0].shape = lk_matrix_shape (batch, 2, rows, b->dims[b->rank - 1]);
  return TRUE;
}

LK_MATRIX_KERNEL (banded, 2)

/* As of any system, dB = A⁻ᴴ · dX and dA = −dB · Xᴴ, of which the bands are taken. */
static void
banded_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->outputs[0];
  const gboolean lower = call->attrs[0].b, adjoint = call->attrs[1].b;
  gint64 bands, n;
  dx[1] = lk_banded_triangular_solve (ctx, call->inputs[0], dy[0], lower, !adjoint);
  if (lk_call_wants_gradient (call, 0) && known_size (call, 0, 2, &bands) && known_size (call, 0, 1, &n))
    {
      g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
      LkTensor *left = adjoint ? x : dx[1], *right = adjoint ? dx[1] : x;
      for (gint64 i = 0; i < bands; i++)
        g_ptr_array_add (parts, diagonal_of_product (ctx, left, right, lower ? i : i - (bands - 1), n));
      g_autoptr (LkTensor) all = lk_pack (ctx, (LkTensor *const *) parts->pdata, bands, -2);
      dx[0] = lk_neg (ctx, all);
    }
  lk_unbroadcast_batch (call, 0, 1, 2, dx);
}

LK_BLOCK (banded_triangular_solve, .infer = banded_infer,
          .shape = "[…, m, k] from bands […, b, m] and a right side […, m, k], whose leading axes are broadcast.",
          .kernel = banded_kernel, .gradient = banded_gradient,
          .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,3]={2,3,4,1,2,3}; float64[3,2]" },
                   { "float64[2,3]={1,2,3,2,3,4}; float64[3,1]", "lower=false" },
                   { "float64[3,3]={2,3,4,1,2,3,0.5,1,-1}; float64[2,3,1]", "adjoint=true" },
                   { "float64[2,2,3]={1,2,3,2,3,4,1,-1,1,2,2,2}; float64[3,2]", "lower=false, adjoint=true" },
                   { "float64[2,0]; float64[0,2]" }));

/* ---- TridiagonalSolve ---- */

static gboolean
tridiagonal_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *a = lk_rule_shape (call, 0), *b = lk_rule_shape (call, 1);
  gint64 rows, three;
  out[0].shape = *b;
  if (!lk_matrix_need (call, 0) || !lk_matrix_need (call, 1))
    return FALSE;
  if (a->rank != LK_RANK_UNKNOWN && !lk_rule_merge_dim (a->dims[a->rank - 2], 3, &three))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected diagonals to have 3 rows, got %" G_GINT64_FORMAT,
                         a->dims[a->rank - 2]);
  if (a->rank == LK_RANK_UNKNOWN || b->rank == LK_RANK_UNKNOWN)
    return TRUE;
  LkShape batch = lk_matrix_batch (a), other = lk_matrix_batch (b);
  if (!lk_rule_merge_dim (a->dims[a->rank - 1], b->dims[b->rank - 2], &rows) || !lk_rule_merge (&batch, &other, &batch))
    return fail_rhs (call, "Diagonals", 1);
  out[0].shape = lk_matrix_shape (batch, 2, rows, b->dims[b->rank - 1]);
  return TRUE;
}

LK_MATRIX_KERNEL (tridiagonal, 2)

/* The diagonals of the adjoint matrix: those beside the main one change places, and rows. */
static LkTensor *
adjoint_diagonals (LkContext *ctx, LkTensor *diagonals)
{
  g_autoptr (LkTensor) super = lk_matrix_take_rows (ctx, diagonals, 0, 1);
  g_autoptr (LkTensor) main = lk_matrix_take_rows (ctx, diagonals, 1, 1);
  g_autoptr (LkTensor) sub = lk_matrix_take_rows (ctx, diagonals, 2, 1);
  g_autoptr (LkTensor) above = shifted (ctx, sub, -1, -1);
  g_autoptr (LkTensor) below = shifted (ctx, super, 1, -1);
  LkTensor *three[3] = { above, main, below };
  g_autoptr (LkTensor) axis = lk_constant_scalar (ctx, LK_INT32, -2);
  g_autoptr (LkTensor) turned = lk_concat (ctx, three, 3, axis);
  return lk_conjugate (ctx, turned);
}

static void
tridiagonal_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->outputs[0], *parts[3];
  gint64 n;
  g_autoptr (LkTensor) turned = adjoint_diagonals (ctx, call->inputs[0]);
  dx[1] = lk_tridiagonal_solve (ctx, turned, dy[0], call->attrs[0].b, call->attrs[1].b);
  if (!lk_call_wants_gradient (call, 0) || !known_size (call, 0, 1, &n))
    return;
  for (gint i = 0; i < 3; i++)
    parts[i] = diagonal_of_product (ctx, dx[1], x, i - 1, n);
  g_autoptr (LkTensor) all = lk_pack (ctx, parts, 3, -2);
  dx[0] = lk_neg (ctx, all);
  for (guint i = 0; i < 3; i++)
    lk_tensor_unref (parts[i]);
}

LK_BLOCK (tridiagonal_solve, .infer = tridiagonal_infer,
          .shape = "[…, m, k] from diagonals […, 3, m] and a right side […, m, k] of the same leading axes.",
          .kernel = tridiagonal_kernel,
          .gradient = tridiagonal_gradient, .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[3,3]={1,-1,0,4,3,5,0,2,1}; float64[3,2]" },
                   { "float64[2,3,2]={1,9,4,3,9,2,0.5,9,2,1,9,1}; float64[2,2,1]", "partial_pivoting=false" },
                   { "float64[3,1]={7,2,7}; float64[1,1]" }, { "float64[3,0]; float64[0,1]" }));

/* ---- TridiagonalMatMul ---- */

static gboolean
tridiagonal_product_infer (const LkCall *call, LkSignature *out)
{
  LkShape diagonal = *lk_rule_shape (call, 0), batch;
  const LkShape *rhs = lk_rule_shape (call, 3);
  gint64 rows;
  out[0].shape = *rhs;
  for (guint i = 0; i < 4; i++)
    if (!lk_matrix_need (call, i))
      return FALSE;
  for (guint i = 1; i < 3; i++)
    if (!lk_rule_merge (&diagonal, lk_rule_shape (call, i), &diagonal))
      {
        g_autofree char *a = lk_shape_text (&diagonal), *b = lk_shape_text (lk_rule_shape (call, i));
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Diagonals have different shapes: %s vs. %s", a, b);
      }
  if (diagonal.rank == LK_RANK_UNKNOWN || rhs->rank == LK_RANK_UNKNOWN)
    return TRUE;
  const LkShape first = lk_matrix_batch (&diagonal), second = lk_matrix_batch (rhs);
  if (!lk_rule_merge_dim (diagonal.dims[diagonal.rank - 2], 1, &rows)
      || !lk_rule_merge_dim (diagonal.dims[diagonal.rank - 1], rhs->dims[rhs->rank - 2], &rows)
      || !lk_rule_merge (&first, &second, &batch))
    return fail_rhs (call, "Diagonals", 3);
  out[0].shape = lk_matrix_shape (batch, 2, rows, rhs->dims[rhs->rank - 1]);
  return TRUE;
}

LK_MATRIX_KERNEL (tridiagonal_product, 4)

static void
tridiagonal_product_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  gint64 n;
  for (gint i = 0; i < 3; i++)
    if (lk_call_wants_gradient (call, i) && known_size (call, i, 1, &n))
      {
        g_autoptr (LkTensor) diagonal = diagonal_of_product (ctx, dy[0], call->inputs[3], i - 1, n);
        dx[i] = lk_matrix_row (ctx, diagonal);
      }
  g_autoptr (LkTensor) sub = shifted (ctx, call->inputs[2], -1, -1);
  g_autoptr (LkTensor) super = shifted (ctx, call->inputs[0], 1, -1);
  g_autoptr (LkTensor) above = lk_conjugate (ctx, sub);
  g_autoptr (LkTensor) main = lk_conjugate (ctx, call->inputs[1]);
  g_autoptr (LkTensor) below = lk_conjugate (ctx, super);
  dx[3] = lk_tridiagonal_mat_mul (ctx, above, main, below, dy[0]);
}

LK_BLOCK (tridiagonal_mat_mul, .infer = tridiagonal_product_infer,
          .shape = "[…, m, k] from three diagonals […, 1, m] and a right side […, m, k] of the same leading axes.",
          .kernel = tridiagonal_product_kernel,
          .gradient = tridiagonal_product_gradient, .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[1,3]; float64[1,3]; float64[1,3]; float64[3,2]" },
                   { "float64[2,1,2]; float64[2,1,2]; float64[2,1,2]; float64[2,2,1]" },
                   { "float64[1,1]; float64[1,1]; float64[1,1]; float64[1,2]" },
                   { "float64[1,0]; float64[1,0]; float64[1,0]; float64[0,2]" }));
