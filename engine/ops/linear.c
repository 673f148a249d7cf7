/* SPDX-License-Identifier: MIT */
/* Inverses, determinants, systems of equations and Cholesky's factor. */
#include <cblas.h>
#include <math.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/lapack.h"
#include "engine/ops/matrix.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define LK_TYPED "engine/ops/linear_typed.h"
#include "engine/ops/inexact.h"

/* ---- MatrixInverse ---- */

LK_MATRIX_KERNEL (inverse, 1)

/* dA = −Yᴴ · dY · Yᴴ */
static void
inverse_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *y = call->outputs[0];
  const gboolean adjoint = call->attrs[0].b;
  g_autoptr (LkTensor) half = adjoint ? lk_matrix_product (call->ctx, dy[0], TRUE, y, FALSE)
                              : lk_matrix_product (call->ctx, dy[0], FALSE, y, TRUE);
  dx[0] = lk_matrix_negative_product (call->ctx, y, !adjoint, half, FALSE);
}

LK_BLOCK (matrix_inverse, .infer = lk_matrix_infer_like, .kernel = inverse_kernel,
          .gradient = inverse_gradient,
          .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[2,2,2]={2,0.3,-0.4,1.5,1,2,-1,1}", "adjoint=true" },
                   { "float64[0,0]" }, { "float64[0,2,2]" }, { "complex128[2,2]={2,0.3,-0.4,1.5}", "adjoint=true" }));

/* ---- MatrixDeterminant, LogMatrixDeterminant ---- */

#define DETERMINANT_SHAPE "The leading axes of a matrix […, m, m]."

static gboolean
determinant_infer (const LkCall *call, LkSignature *out)
{
  if (!lk_matrix_infer_like (call, out))
    return FALSE;
  for (guint i = 0; i < call->n_outputs; i++)
    if (out[i].shape.rank != LK_RANK_UNKNOWN)
      out[i].shape.rank -= 2;
  return TRUE;
}

LK_MATRIX_KERNEL (determinant, 1)
LK_MATRIX_KERNEL (log_determinant, 1)

/* scale · A⁻ᴴ, for a number of each matrix. */
static LkTensor *
scaled_inverse (LkContext *ctx, LkTensor *matrix, LkTensor *scale)
{
  g_autoptr (LkTensor) inverse = lk_matrix_inverse (ctx, matrix, TRUE);
  g_autoptr (LkTensor) row = lk_matrix_column (ctx, scale);
  g_autoptr (LkTensor) square = lk_matrix_column (ctx, row);
  return lk_mul (ctx, square, inverse);
}

/* dA = dy · det (A) · A⁻ᴴ */
static void
determinant_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) det = lk_conjugate (call->ctx, call->outputs[0]);
  g_autoptr (LkTensor) scale = lk_mul (call->ctx, dy[0], det);
  dx[0] = scaled_inverse (call->ctx, call->inputs[0], scale);
}

/* dA = d ln |det A| · A⁻ᴴ; the sign of a real determinant does not move. */
static void
log_determinant_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  if (dy[1] != NULL)
    dx[0] = scaled_inverse (call->ctx, call->inputs[0], dy[1]);
}

LK_BLOCK (matrix_determinant, .infer = determinant_infer, .shape = DETERMINANT_SHAPE, .kernel = determinant_kernel,
          .gradient = determinant_gradient, .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[2,2,2]={2,0.3,-0.4,1.5,1,2,-1,1}" },
                   { "float64[2,0,0]" }, { "float64[0,2,2]" }));
LK_BLOCK (log_matrix_determinant, .infer = determinant_infer, .shape = DETERMINANT_SHAPE, .kernel = log_determinant_kernel,
          .gradient = log_determinant_gradient, .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[2,2,2]={2,0.3,-0.4,1.5,1,2,1,1}" },
                   { "float64[2,0,0]" }));

/* ---- MatrixSolve, MatrixTriangularSolve ---- */

static gboolean
fail_rhs (const LkCall *call)
{
  g_autofree char *a = lk_shape_text (lk_rule_shape (call, 0)), *b = lk_shape_text (lk_rule_shape (call, 1));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input matrix and rhs are incompatible: %s vs. %s", a, b);
}

/* The batches and rows of matrix and right-hand side have to be the same. */
static gboolean
solve_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *rhs = lk_rule_shape (call, 1);
  LkShape *shape = &out[0].shape, like;
  if (!lk_matrix_infer_square (call, shape) || !lk_matrix_need (call, 1))
    return FALSE;
  if (shape->rank == LK_RANK_UNKNOWN || rhs->rank == LK_RANK_UNKNOWN)
    {
      *shape = *rhs;
      return TRUE;
    }
  like = *shape;
  like.dims[like.rank - 1] = rhs->dims[rhs->rank - 1];
  return lk_rule_merge (rhs, &like, shape) || fail_rhs (call);
}

static gboolean
triangular_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *rhs = lk_rule_shape (call, 1);
  LkShape *shape = &out[0].shape;
  gint64 rows;
  if (!lk_matrix_infer_square (call, shape) || !lk_matrix_need (call, 1))
    return FALSE;
  if (shape->rank == LK_RANK_UNKNOWN || rhs->rank == LK_RANK_UNKNOWN)
    {
      *shape = LK_SHAPE_UNKNOWN;
      return TRUE;
    }
  LkShape batch = lk_matrix_batch (shape), other = lk_matrix_batch (rhs);
  if (!lk_rule_merge_dim (shape->dims[shape->rank - 1], rhs->dims[rhs->rank - 2], &rows)
      || !lk_shape_broadcast (&batch, &other, &batch))
    return fail_rhs (call);
  *shape = lk_matrix_shape (batch, 2, rows, rhs->dims[rhs->rank - 1]);
  return TRUE;
}

LK_MATRIX_KERNEL (solve, 2)
LK_MATRIX_KERNEL (triangular, 2)

/* dA of op (A) · X = B, from dB: −dB · Xᴴ. */
static LkTensor *
matrix_gradient (LkContext *ctx, gboolean adjoint, LkTensor *x, LkTensor *db)
{
  return adjoint ? lk_matrix_negative_product (ctx, x, FALSE, db, TRUE)
         : lk_matrix_negative_product (ctx, db, FALSE, x, TRUE);
}

/* dB = A⁻ᴴ · dX */
static void
solve_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const gboolean adjoint = call->attrs[0].b;
  dx[1] = lk_matrix_solve (call->ctx, call->inputs[0], dy[0], !adjoint);
  if (lk_call_wants_gradient (call, 0))
    dx[0] = matrix_gradient (call->ctx, adjoint, call->outputs[0], dx[1]);
}

static void
triangular_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const gboolean lower = call->attrs[0].b, adjoint = call->attrs[1].b;
  dx[1] = lk_matrix_triangular_solve (call->ctx, call->inputs[0], dy[0], lower, !adjoint);
  if (lk_call_wants_gradient (call, 0))
    {
      g_autoptr (LkTensor) whole = matrix_gradient (call->ctx, adjoint, call->outputs[0], dx[1]);
      dx[0] = lk_matrix_band (call->ctx, whole, lower ? -1 : 0, lower ? 0 : -1);
    }
  lk_unbroadcast_batch (call, 0, 1, 2, dx);
}

LK_BLOCK (matrix_solve, .infer = solve_infer,
          .shape = "[…, m, k] from a matrix […, m, m] and a right side […, m, k] of the same leading axes.",
          .kernel = solve_kernel, .gradient = solve_gradient,
          .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}; float64[2,3]" },
                   { "float64[2,2,2]={2,0.3,-0.4,1.5,1,2,-1,1}; float64[2,2,1]", "adjoint=true" },
                   { "float64[0,0]; float64[0,2]" }, { "float64[2,2]={2,0.3,-0.4,1.5}; float64[2,0]" }));
LK_BLOCK (matrix_triangular_solve, .infer = triangular_infer,
          .shape = "[…, m, k] from a matrix […, m, m] and a right side […, m, k], whose leading axes are broadcast.",
          .kernel = triangular_kernel,
          .gradient = triangular_gradient, .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}; float64[2,3]" },
                   { "float64[2,2]={2,0.3,-0.4,1.5}; float64[2,1]", "lower=false, adjoint=true" },
                   { "float64[2,2,2]={2,0.3,-0.4,1.5,1,2,-1,1}; float64[2,1]", "lower=false" },
                   { "float64[2,2]={2,0.3,-0.4,1.5}; float64[2,2,1]", "adjoint=true" },
                   { "float64[2,1,1,1]={2,3}; float64[3,1,2]" }));

/* ---- Cholesky ---- */

LK_MATRIX_KERNEL (cholesky, 1)

/* Murray, "Differentiation of the Cholesky decomposition" (2016): S = L⁻ᴴ · Φ (Lᴴ · dL) · L⁻¹, made symmetric; Φ takes the
   lower triangle and halves its diagonal. */
static void
cholesky_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *l = call->outputs[0];
  g_autoptr (LkTensor) whole = lk_matrix_product (ctx, l, TRUE, dy[0], FALSE);
  g_autoptr (LkTensor) phi = lk_matrix_half_lower (ctx, whole);
  g_autoptr (LkTensor) left = lk_matrix_triangular_solve (ctx, l, phi, TRUE, TRUE);
  g_autoptr (LkTensor) turned = lk_matrix_adjoint (ctx, left);
  g_autoptr (LkTensor) s = lk_matrix_triangular_solve (ctx, l, turned, TRUE, TRUE);
  g_autoptr (LkTensor) other = lk_matrix_adjoint (ctx, s);
  g_autoptr (LkTensor) both = lk_add (ctx, s, other);
  dx[0] = lk_scaled (ctx, both, 0.5);
}

LK_BLOCK (cholesky, .infer = lk_matrix_infer_like, .kernel = cholesky_kernel,
          .gradient = cholesky_gradient,
          .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,0.3,1.5}" }, { "float64[2,2,2]={2,0.3,0.3,1.5,1,-0.2,-0.2,3}" },
                   { "float64[3,3]={3,0.5,-0.2,0.5,2,0.1,-0.2,0.1,1.5}" }, { "float64[0,0]" },
                   { "complex64[2,2]={2,0.3,0.3,1.5}" }));
