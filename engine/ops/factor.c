/* SPDX-License-Identifier: MIT */
/* QR and LU factors, and least squares. */
#include <cblas.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/lapack.h"
#include "engine/ops/matrix.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define LK_TYPED "engine/ops/factor_typed.h"
#include "engine/ops/inexact.h"

/* ---- Qr ---- */

static gboolean
qr_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = out[1].shape = LK_SHAPE_UNKNOWN;
  if (!lk_matrix_need (call, 0) || in->rank == LK_RANK_UNKNOWN)
    return in->rank == LK_RANK_UNKNOWN;
  const LkShape batch = lk_matrix_batch (in);
  const gint64 m = in->dims[in->rank - 2], n = in->dims[in->rank - 1],
               width = call->attrs[0].b ? m : m < 0 || n < 0 ? LK_DIM_UNKNOWN : MIN (m, n);
  out[0].shape = lk_matrix_shape (batch, 2, m, width);
  out[1].shape = lk_matrix_shape (batch, 2, width, n);
  return TRUE;
}

LK_MATRIX_KERNEL (qr, 1)

/* x · r⁻ᴴ */
static LkTensor *
times_inverse_adjoint (LkContext *ctx, LkTensor *x, LkTensor *r)
{
  g_autoptr (LkTensor) turned = lk_matrix_adjoint (ctx, x);
  g_autoptr (LkTensor) solved = lk_matrix_triangular_solve (ctx, r, turned, FALSE, FALSE);
  return lk_matrix_adjoint (ctx, solved);
}

static LkTensor *
minus_adjoint (LkContext *ctx, LkTensor *x)
{
  g_autoptr (LkTensor) turned = lk_matrix_adjoint (ctx, x);
  return lk_sub (ctx, x, turned);
}

/* Walter and Lehmann, "On evaluating higher-order derivatives of the QR decomposition of tall matrices with full column
   rank" (2010), of a matrix that is square or tall. */
static LkTensor *
tall_gradient (LkContext *ctx, LkTensor *q, LkTensor *r, LkTensor *dq, LkTensor *dr)
{
  g_autoptr (LkTensor) qdq = lk_matrix_product (ctx, q, TRUE, dq, FALSE);
  g_autoptr (LkTensor) rdr = lk_matrix_product (ctx, r, FALSE, dr, TRUE);
  g_autoptr (LkTensor) qdq_skew = minus_adjoint (ctx, qdq);
  g_autoptr (LkTensor) rdr_skew = minus_adjoint (ctx, rdr);
  g_autoptr (LkTensor) skew = lk_add (ctx, qdq_skew, rdr_skew);
  g_autoptr (LkTensor) lower = lk_matrix_band (ctx, skew, -1, 0);
  g_autoptr (LkTensor) solved = times_inverse_adjoint (ctx, lower, r);
  g_autoptr (LkTensor) inner = lk_add (ctx, dr, solved);
  g_autoptr (LkTensor) within = lk_matrix_product (ctx, q, FALSE, inner, FALSE);
  g_autoptr (LkTensor) projected = lk_matrix_product (ctx, q, FALSE, qdq, FALSE);
  g_autoptr (LkTensor) rest = lk_sub (ctx, dq, projected);
  g_autoptr (LkTensor) outside = times_inverse_adjoint (ctx, rest, r);
  return lk_add (ctx, within, outside);
}

/* A wide matrix is a square one [x] beside others [y] = q · v. */
static LkTensor *
wide_gradient (const LkCall *call, LkTensor *q, LkTensor *r, LkTensor *dq, LkTensor *dr, gint64 m, gint64 n)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) y = lk_matrix_take_columns (ctx, call->inputs[0], m, n - m);
  g_autoptr (LkTensor) u = lk_matrix_take_columns (ctx, r, 0, m);
  g_autoptr (LkTensor) du = lk_matrix_take_columns (ctx, dr, 0, m);
  g_autoptr (LkTensor) dv = lk_matrix_take_columns (ctx, dr, m, n - m);
  g_autoptr (LkTensor) by_v = lk_matrix_product (ctx, y, FALSE, dv, TRUE);
  g_autoptr (LkTensor) all = lk_add (ctx, dq, by_v);
  g_autoptr (LkTensor) dx = tall_gradient (ctx, q, u, all, du);
  g_autoptr (LkTensor) dy = lk_matrix_product (ctx, q, FALSE, dv, FALSE);
  return lk_matrix_join (ctx, dx, dy, -1);
}

static void
qr_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *q = call->outputs[0], *r = call->outputs[1];
  const LkShape *in = lk_rule_shape (call, 0);
  const gint64 m = in->rank == LK_RANK_UNKNOWN ? -1 : in->dims[in->rank - 2],
               n = in->rank == LK_RANK_UNKNOWN ? -1 : in->dims[in->rank - 1];
  if (m < 0 || n < 0)
    lk_call_fail (call, LK_UNIMPLEMENTED, "QrGrad not implemented with dynamic shapes.");
  else if (call->attrs[0].b && m > n)
    lk_call_fail (call, LK_UNIMPLEMENTED, "QrGrad not implemented when nrows > ncols and full_matrices is true. "
                  "Received full_matrices=True with nrows=%d and ncols=%d.", (int) m, (int) n);
  else
    {
      g_autoptr (LkTensor) dq = dy[0] != NULL ? lk_tensor_ref (dy[0]) : lk_zeros_like (ctx, q);
      g_autoptr (LkTensor) dr = dy[1] != NULL ? lk_tensor_ref (dy[1]) : lk_zeros_like (ctx, r);
      dx[0] = m >= n ? tall_gradient (ctx, q, r, dq, dr) : wide_gradient (call, q, r, dq, dr, m, n);
    }
}

LK_BLOCK (qr, .infer = qr_infer,
          .shape = "q: […, m, k], r: […, k, n], from […, m, n]; k is the lesser of m and n, or m if full_matrices.",
          .kernel = qr_kernel, .gradient = qr_gradient, .provenance = lk_matrix_provenance,
          .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[2,3,2]" }, { "float64[2,3]={2,0.3,1,-0.4,1.5,0.7}" },
                   { "float64[2,2]={2,0.3,-0.4,1.5}", "full_matrices=true" }, { "float64[0,2]" }, { "float64[2,0,2]" },
                   { "float32[3,2]", "full_matrices=true" }, { "complex64[3,2]" }));

/* ---- Lu ---- */

static gboolean
lu_infer (const LkCall *call, LkSignature *out)
{
  if (!lk_matrix_infer_square (call, &out[0].shape))
    return FALSE;
  out[1].shape = out[0].shape;
  if (out[1].shape.rank != LK_RANK_UNKNOWN)
    out[1].shape.rank--;
  return TRUE;
}

LK_MATRIX_KERNEL (lu, 1)

/* dA = Pᵀ · L⁻ᴴ · (Lᴴ · dL below the diagonal + dU · Uᴴ on and above it) · U⁻ᴴ */
static void
lu_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *lu = call->outputs[0];
  if (dy[0] == NULL)
    return;
  g_autoptr (LkTensor) ones = lk_ones_like (ctx, lu);
  g_autoptr (LkTensor) identity = lk_matrix_band (ctx, ones, 0, 0);
  g_autoptr (LkTensor) upper = lk_matrix_band (ctx, lu, 0, -1);
  g_autoptr (LkTensor) rest = lk_sub (ctx, lu, upper);
  g_autoptr (LkTensor) lower = lk_add (ctx, rest, identity);
  g_autoptr (LkTensor) d_upper = lk_matrix_band (ctx, dy[0], 0, -1);
  g_autoptr (LkTensor) d_lower = lk_sub (ctx, dy[0], d_upper);
  g_autoptr (LkTensor) ldl = lk_matrix_product (ctx, lower, TRUE, d_lower, FALSE);
  g_autoptr (LkTensor) on_above = lk_matrix_band (ctx, ldl, 0, -1);
  g_autoptr (LkTensor) below = lk_sub (ctx, ldl, on_above);
  g_autoptr (LkTensor) duu = lk_matrix_product (ctx, d_upper, FALSE, upper, TRUE);
  g_autoptr (LkTensor) above = lk_matrix_band (ctx, duu, 0, -1);
  g_autoptr (LkTensor) inner = lk_add (ctx, below, above);
  g_autoptr (LkTensor) left = lk_matrix_triangular_solve (ctx, lower, inner, TRUE, TRUE);
  g_autoptr (LkTensor) permuted = times_inverse_adjoint (ctx, left, upper);
  /* P, whose row i is the unit vector of row p[i] of A. */
  g_autoptr (LkTensor) n = lk_matrix_n_columns (ctx, lu);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, lu->dtype, 1);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, lu->dtype, 0);
  g_autoptr (LkTensor) permutation = lk_one_hot (ctx, call->outputs[1], n, one, zero, -1);
  dx[0] = lk_matrix_product (ctx, permutation, TRUE, permuted, FALSE);
}

LK_BLOCK (lu, .infer = lu_infer, .shape = "lu: the input's shape, […, m, m]; p: […, m].",
          .kernel = lu_kernel, .gradient = lu_gradient, .provenance = lk_matrix_provenance,
          .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[2,2,2]={0.4,2,3,0.5,2,0.1,-1,1.5}" },
                   { "float64[3,3]={1,2,0.5,4,-1,0.3,2,2.5,1}", "output_idx_type=int64" }, { "float64[0,0]" },
                   { "complex128[2,2]={2,0.3,-0.4,1.5}" }));

/* ---- MatrixSolveLs ---- */

static gboolean
solve_ls_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *a = lk_rule_shape (call, 0), *b = lk_rule_shape (call, 1);
  const LkTensor *add = lk_call_constant (call, 2);
  gint64 rows;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_matrix_need (call, 0) || !lk_matrix_need (call, 1)
      || !lk_rule_need_rank (call, 2, 0, "l2_regularizer must be scalar, got shape %s"))
    return FALSE;
  if (add != NULL && !(lk_tensor_double_at (add, 0) >= 0))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "l2_regularizer must be >= 0.");
  if (a->rank == LK_RANK_UNKNOWN || b->rank == LK_RANK_UNKNOWN)
    return TRUE;
  LkShape batch = lk_matrix_batch (a), other = lk_matrix_batch (b);
  if (lk_rule_merge_dim (a->dims[a->rank - 2], b->dims[b->rank - 2], &rows) && lk_rule_merge (&batch, &other, &batch))
    {
      out[0].shape = lk_matrix_shape (batch, 2, a->dims[a->rank - 1], b->dims[b->rank - 1]);
      return TRUE;
    }
  g_autofree char *x = lk_shape_text (a), *y = lk_shape_text (b);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input matrix and rhs are incompatible: %s vs. %s", x, y);
}

static void
solve_ls_kernel (LkCall *call)
{
  static LkMatrixKernels kernels = LK_MATRIX_KERNELS (least_squares);
  if (lk_tensor_double_at (call->inputs[2], 0) >= 0)
    lk_matrix_run (call, 2, kernels);
  else
    lk_call_fail (call, LK_INVALID_ARGUMENT, "l2_regularizer must be >= 0.");
}

/* The Cholesky factor of Aᴴ · A + λ · 1, or of A · Aᴴ + λ · 1. */
static LkTensor *
gramian_factor (const LkCall *call, gboolean first_kind)
{
  LkContext *ctx = call->ctx;
  LkTensor *a = call->inputs[0];
  g_autoptr (LkTensor) gram = lk_matrix_product (ctx, a, first_kind, a, !first_kind);
  g_autoptr (LkTensor) ones = lk_ones_like (ctx, gram);
  g_autoptr (LkTensor) identity = lk_matrix_band (ctx, ones, 0, 0);
  g_autoptr (LkTensor) add = lk_cast (ctx, call->inputs[2], a->dtype);
  g_autoptr (LkTensor) more = lk_mul (ctx, identity, add);
  g_autoptr (LkTensor) all = lk_add (ctx, gram, more);
  return lk_cholesky (ctx, all);
}

static LkTensor *
cholesky_solve (LkContext *ctx, LkTensor *factor, LkTensor *rhs)
{
  g_autoptr (LkTensor) y = lk_matrix_triangular_solve (ctx, factor, rhs, TRUE, FALSE);
  return lk_matrix_triangular_solve (ctx, factor, y, TRUE, TRUE);
}

static void
overdetermined_gradient (const LkCall *call, LkTensor *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *a = call->inputs[0], *b = call->inputs[1], *x = call->outputs[0];
  g_autoptr (LkTensor) factor = gramian_factor (call, TRUE);
  g_autoptr (LkTensor) z = cholesky_solve (ctx, factor, dy);
  g_autoptr (LkTensor) xz = lk_matrix_product (ctx, x, FALSE, z, TRUE);
  g_autoptr (LkTensor) zx = lk_matrix_adjoint (ctx, xz);
  g_autoptr (LkTensor) both = lk_add (ctx, xz, zx);
  g_autoptr (LkTensor) through_gram = lk_matrix_product (ctx, a, FALSE, both, FALSE);
  g_autoptr (LkTensor) through_rhs = lk_matrix_product (ctx, b, FALSE, z, TRUE);
  dx[0] = lk_sub (ctx, through_rhs, through_gram);
  dx[1] = lk_matrix_product (ctx, a, FALSE, z, FALSE);
}

static void
underdetermined_gradient (const LkCall *call, LkTensor *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *a = call->inputs[0], *b = call->inputs[1];
  g_autoptr (LkTensor) factor = gramian_factor (call, FALSE);
  g_autoptr (LkTensor) ady = lk_matrix_product (ctx, a, FALSE, dy, FALSE);
  dx[1] = cholesky_solve (ctx, factor, ady);
  g_autoptr (LkTensor) w = cholesky_solve (ctx, factor, b);
  g_autoptr (LkTensor) wa = lk_matrix_product (ctx, w, TRUE, a, FALSE);
  g_autoptr (LkTensor) first = lk_matrix_product (ctx, dx[1], FALSE, wa, FALSE);
  g_autoptr (LkTensor) back = lk_matrix_product (ctx, a, TRUE, dx[1], FALSE);
  g_autoptr (LkTensor) rest = lk_sub (ctx, dy, back);
  g_autoptr (LkTensor) second = lk_matrix_product (ctx, w, FALSE, rest, TRUE);
  dx[0] = lk_sub (ctx, second, first);
}

static void
solve_ls_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkShape *a = lk_rule_shape (call, 0);
  const gint64 m = a->rank == LK_RANK_UNKNOWN ? -1 : a->dims[a->rank - 2],
               n = a->rank == LK_RANK_UNKNOWN ? -1 : a->dims[a->rank - 1];
  if (!call->attrs[0].b)
    lk_call_fail (call, LK_UNIMPLEMENTED, "Gradient not defined for fast=False");
  else if (m < 0 || n < 0)
    lk_call_fail (call, LK_UNIMPLEMENTED, "MatrixSolveLs only supports gradients of matrices of known size");
  else
    (m >= n ? overdetermined_gradient : underdetermined_gradient) (call, dy[0], dx);
}

LK_BLOCK (matrix_solve_ls, .infer = solve_ls_infer,
          .shape = "[…, n, k] from a matrix […, m, n] and a right side […, m, k] of the same leading axes.",
          .kernel = solve_ls_kernel, .gradient = solve_ls_gradient,
          .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[3,2]={2,0.3,-0.4,1.5,1,1}; float64[3,2]; float64[]={0.1}" },
                   { "float64[2,2,3]; float64[2,2,1]; float64[]={0.5}" },
                   { "float32[3,2]={2,0.3,-0.4,1.5,1,1}; float32[3,1]; float64[]={0}", "fast=false" },
                   { "complex64[3,2]={2,0.3,-0.4,1.5,1,1}; complex64[3,1]; float64[]={0}", "fast=false" },
                   { "float64[0,2]; float64[0,1]; float64[]={0.5}" }));
