/* SPDX-License-Identifier: MIT */
/* Eigenvalues and singular values. */
#include <cblas.h>
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/lapack.h"
#include "engine/ops/matrix.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define LK_TYPED "engine/ops/spectral_typed.h"
#include "engine/ops/inexact.h"

/* Given values along the last axis: 1 / (the one of the column − the one of the row), 0 where they are the same. */
static LkTensor *
reciprocal_gaps (LkContext *ctx, LkTensor *values)
{
  g_autoptr (LkTensor) row = lk_matrix_row (ctx, values);
  g_autoptr (LkTensor) column = lk_matrix_column (ctx, values);
  g_autoptr (LkTensor) gaps = lk_sub (ctx, row, column);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, gaps != NULL ? gaps->dtype : LK_FLOAT32, 1);
  return lk_div_no_nan (ctx, one, gaps);
}

/* u · inner · vᴴ */
static LkTensor *
between (LkContext *ctx, LkTensor *u, LkTensor *inner, LkTensor *v)
{
  g_autoptr (LkTensor) left = lk_matrix_product (ctx, u, FALSE, inner, FALSE);
  return lk_matrix_product (ctx, left, FALSE, v, TRUE);
}

/* ---- SelfAdjointEigV2 ---- */

/* No vectors are an empty vector. */
static gboolean
eig_infer (const LkCall *call, LkSignature *out)
{
  if (!lk_matrix_infer_square (call, &out[1].shape))
    return FALSE;
  out[0].shape = out[1].shape;
  if (out[0].shape.rank != LK_RANK_UNKNOWN)
    out[0].shape.rank--;
  if (!call->attrs[0].b)
    out[1].shape = LK_SHAPE (0);
  return TRUE;
}

LK_MATRIX_KERNEL (eigh, 1)

/* Giles, "An extended collection of matrix derivative results" (2008): V · (diag (de) + F ∘ (Vᴴ · dV)) · Vᴴ. Only the
   lower triangle counts as input. */
static void
eigh_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *pair[2] = { NULL, NULL };
  if (call->attrs[0].b)
    for (guint i = 0; i < 2; i++)
      pair[i] = lk_tensor_ref (call->outputs[i]);
  else
    lk_self_adjoint_eig (ctx, call->inputs[0], TRUE, pair);
  g_autoptr (LkTensor) e = pair[0];
  g_autoptr (LkTensor) v = pair[1];
  g_autoptr (LkTensor) de = dy[0] != NULL ? lk_tensor_ref (dy[0]) : lk_zeros_like (ctx, e);
  g_autoptr (LkTensor) inner = lk_matrix_of_diagonal (ctx, de);
  if (call->attrs[0].b && dy[1] != NULL)
    {
      g_autoptr (LkTensor) values = inner;
      g_autoptr (LkTensor) gaps = reciprocal_gaps (ctx, e);
      g_autoptr (LkTensor) vdv = lk_matrix_product (ctx, v, TRUE, dy[1], FALSE);
      g_autoptr (LkTensor) turned = lk_mul (ctx, gaps, vdv);
      inner = lk_add (ctx, values, turned);
    }
  g_autoptr (LkTensor) whole = between (ctx, v, inner, v);
  g_autoptr (LkTensor) adjoint = lk_matrix_adjoint (ctx, whole);
  g_autoptr (LkTensor) both = lk_add (ctx, whole, adjoint);
  dx[0] = lk_matrix_half_lower (ctx, both);
}

LK_BLOCK (self_adjoint_eig, .infer = eig_infer, .shape = "e: […, m]; v: […, m, m], or [0] without compute_v.",
          .kernel = eigh_kernel, .gradient = eigh_gradient,
          .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,0.3,1.5}" }, { "float64[2,2,2]={2,0.3,0.3,1.5,1,-0.2,-0.2,3}" },
                   { "float64[3,3]={3,0.5,-0.2,0.5,2,0.1,-0.2,0.1,1.5}", "compute_v=false" }, { "float64[0,0]" },
                   { "complex64[2,2]={2,0.3,0.3,1.5}" }));

/* ---- Eig ---- */

static gboolean
eig_checked_infer (const LkCall *call, LkSignature *out)
{
  const LkDType in = call->inputs[0]->dtype,
                expected = in == LK_FLOAT64 || in == LK_COMPLEX128 ? LK_COMPLEX128 : LK_COMPLEX64;
  if (call->attrs[1].type != expected)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Tout of Eig has to be %s for an input of dtype %s, but is %s",
                         lk_dtype_name (expected), lk_dtype_name (in), lk_dtype_name (call->attrs[1].type));
  return eig_infer (call, out);
}

LK_MATRIX_KERNEL (eig, 1)

LK_BLOCK (eig, .infer = eig_checked_infer, .shape = "e: […, m]; v: […, m, m], or [0] without compute_v.",
          .kernel = eig_kernel, .provenance = lk_matrix_provenance,
          SAMPLES ({ "float64[2,2]={2,0.3,0.5,1.5}", "Tout=complex128" },
                   { "float32[2,2,2]={0,1,-1,0,2,1,0,3}", "Tout=complex64" },
                   { "complex64[2,2]={2,0.3,0.5,1.5}", "Tout=complex64, compute_v=false" },
                   { "float32[0,0]", "Tout=complex64" }));

/* ---- Svd ---- */

static gboolean
svd_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *in = lk_rule_shape (call, 0);
  const gboolean vectors = call->attrs[0].b, full = call->attrs[1].b;
  for (guint i = 0; i < 3; i++)
    out[i].shape = i > 0 && !vectors ? LK_SHAPE (0) : LK_SHAPE_UNKNOWN;
  if (!lk_matrix_need (call, 0) || in->rank == LK_RANK_UNKNOWN)
    return in->rank == LK_RANK_UNKNOWN;
  const LkShape batch = lk_matrix_batch (in);
  const gint64 m = in->dims[in->rank - 2], n = in->dims[in->rank - 1],
               least = m < 0 || n < 0 ? LK_DIM_UNKNOWN : MIN (m, n);
  out[0].shape = lk_matrix_shape (batch, 1, least, 0);
  if (vectors)
    {
      out[1].shape = lk_matrix_shape (batch, 2, m, full ? m : least);
      out[2].shape = lk_matrix_shape (batch, 2, n, full ? n : least);
    }
  return TRUE;
}

LK_MATRIX_KERNEL (svd, 1)

/* What comes through the vectors that are not in u: (1 − u · uᴴ) · du · diag (1 / s) · vᴴ. */
static LkTensor *
outside (LkContext *ctx, LkTensor *u, LkTensor *du, LkTensor *s, LkTensor *v)
{
  g_autoptr (LkTensor) udu = lk_matrix_product (ctx, u, TRUE, du, FALSE);
  g_autoptr (LkTensor) within = lk_matrix_product (ctx, u, FALSE, udu, FALSE);
  g_autoptr (LkTensor) rest = lk_sub (ctx, du, within);
  g_autoptr (LkTensor) row = lk_matrix_row (ctx, s);
  g_autoptr (LkTensor) scaled = lk_div_no_nan (ctx, rest, row);
  return lk_matrix_product (ctx, scaled, FALSE, v, TRUE);
}

/* F ∘ (uᴴ · du − duᴴ · u), F being the reciprocal gaps of s². */
static LkTensor *
turning (LkContext *ctx, LkTensor *u, LkTensor *du, LkTensor *s)
{
  g_autoptr (LkTensor) squares = lk_square (ctx, s);
  g_autoptr (LkTensor) gaps = reciprocal_gaps (ctx, squares);
  g_autoptr (LkTensor) udu = lk_matrix_product (ctx, u, TRUE, du, FALSE);
  g_autoptr (LkTensor) turned = lk_matrix_adjoint (ctx, udu);
  g_autoptr (LkTensor) skew = lk_sub (ctx, udu, turned);
  return lk_mul (ctx, gaps, skew);
}

static void
add_to (LkContext *ctx, LkTensor **sum, LkTensor *more)
{
  g_autoptr (LkTensor) before = *sum;
  g_autoptr (LkTensor) term = more;
  *sum = before != NULL ? lk_add (ctx, before, term) : lk_tensor_ref (term);
}

/* Townsend, "Differentiating the singular value decomposition" (2016). */
static LkTensor *
svd_gradient_of (LkContext *ctx, LkTensor *const *usv, LkTensor *ds, LkTensor *du, LkTensor *dv)
{
  LkTensor *s = usv[0], *u = usv[1], *v = usv[2];
  LkTensor *inner = ds != NULL ? lk_matrix_of_diagonal (ctx, ds) : NULL;
  if (du != NULL)
    {
      g_autoptr (LkTensor) left = turning (ctx, u, du, s);
      add_to (ctx, &inner, lk_matrix_scale_columns (ctx, left, s));
    }
  if (dv != NULL)
    {
      g_autoptr (LkTensor) right = turning (ctx, v, dv, s);
      add_to (ctx, &inner, lk_matrix_scale_rows (ctx, right, s));
    }
  g_autoptr (LkTensor) all = inner;
  LkTensor *da = between (ctx, u, all, v);
  if (du != NULL)
    add_to (ctx, &da, outside (ctx, u, du, s, v));
  if (dv != NULL)
    {
      g_autoptr (LkTensor) turned = outside (ctx, v, dv, s, u);
      add_to (ctx, &da, lk_matrix_adjoint (ctx, turned));
    }
  return da;
}

/* Of the one vector by which the full u is larger. Being orthogonal to all others it turns against them: where the others move by
   p along it, it moves by −pᴴ along them. */
static LkTensor *
last_gradient (LkContext *ctx, LkTensor *u, LkTensor *du, LkTensor *s, LkTensor *v, gint64 k)
{
  g_autoptr (LkTensor) others = lk_matrix_take_columns (ctx, u, 0, k), last = lk_matrix_take_columns (ctx, u, k, 1);
  g_autoptr (LkTensor) slope = lk_matrix_take_columns (ctx, du, k, 1);
  g_autoptr (LkTensor) along = lk_matrix_product (ctx, slope, TRUE, others, FALSE);
  g_autoptr (LkTensor) inverse = lk_reciprocal (ctx, s);
  g_autoptr (LkTensor) scaled = lk_matrix_scale_columns (ctx, along, inverse);
  g_autoptr (LkTensor) row = lk_matrix_product (ctx, scaled, FALSE, v, TRUE);
  g_autoptr (LkTensor) outer = lk_matrix_product (ctx, last, FALSE, row, FALSE);
  return lk_neg (ctx, outer);
}

/* The gradient where u or v has one vector more than the other. */
static LkTensor *
full_gradient (const LkCall *call, LkTensor *const *dy, gint64 m, gint64 n)
{
  LkContext *ctx = call->ctx;
  const gint64 k = MIN (m, n);
  const guint large = m > n ? 1 : 2;
  LkTensor *s = call->outputs[0], *whole = call->outputs[large], *other = call->outputs[3 - large];
  g_autoptr (LkTensor) part = lk_matrix_take_columns (ctx, whole, 0, k);
  g_autoptr (LkTensor) slope = dy[large] != NULL ? lk_matrix_take_columns (ctx, dy[large], 0, k) : NULL;
  LkTensor *const usv[3] = { s, large == 1 ? part : other, large == 1 ? other : part };
  LkTensor *dx = svd_gradient_of (ctx, usv, dy[0], large == 1 ? slope : dy[1], large == 1 ? dy[2] : slope);
  if (dy[large] == NULL)
    return dx;
  LkTensor *last = last_gradient (ctx, whole, dy[large], s, other, k);
  if (large == 2)
    {
      g_autoptr (LkTensor) turned = last;
      last = lk_matrix_adjoint (ctx, turned);
    }
  add_to (ctx, &dx, last);
  return dx;
}

static gboolean
can_svd_gradient (const LkCall *call, gint64 m, gint64 n)
{
  if (m < 0 || n < 0)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "SVD gradient has not been implemented for input with unknown inner matrix "
                         "shape.");
  return !call->attrs[0].b || !call->attrs[1].b || ABS (m - n) <= 1
         || lk_call_fail (call, LK_UNIMPLEMENTED, "svd gradient is not implemented for abs(m - n) > 1 when full_matrices is "
                          "True");
}

static void
svd_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *usv[3] = { NULL };
  const LkShape *in = lk_rule_shape (call, 0);
  const gboolean vectors = call->attrs[0].b;
  const gint64 m = in->rank == LK_RANK_UNKNOWN ? -1 : in->dims[in->rank - 2],
               n = in->rank == LK_RANK_UNKNOWN ? -1 : in->dims[in->rank - 1];
  if (!can_svd_gradient (call, m, n))
    return;
  if (vectors && call->attrs[1].b && m != n)
    {
      dx[0] = full_gradient (call, dy, m, n);
      return;
    }
  if (vectors)
    for (guint i = 0; i < 3; i++)
      usv[i] = lk_tensor_ref (call->outputs[i]);
  else
    lk_svd (ctx, call->inputs[0], TRUE, FALSE, usv);
  dx[0] = svd_gradient_of (ctx, usv, dy[0], vectors ? dy[1] : NULL, vectors ? dy[2] : NULL);
  for (guint i = 0; i < 3; i++)
    lk_tensor_unref (usv[i]);
}

LK_BLOCK (svd, .infer = svd_infer,
          .shape = "s: […, k], u: […, m, k], v: […, n, k], k the lesser of m and n; square if full_matrices, [0] without "
                   "compute_uv.",
          .kernel = svd_kernel, .gradient = svd_gradient, .provenance = lk_matrix_provenance,
          .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[3,2]={2,0.3,-0.4,1.5,1,0.2}" },
                   { "float64[2,2,3]={2,0.3,1,-0.4,1.5,0.7,1,0,0.5,2,-1,0.3}" },
                   { "float64[2,3]={2,0.3,1,-0.4,1.5,0.7}", "compute_uv=false" },
                   { "float64[2,2]={2,0.3,-0.4,1.5}", "full_matrices=true" },
                   { "float64[3,2]={2,0.3,-0.4,1.5,1,0.2}", "full_matrices=true" },
                   { "float64[2,2,3]={2,0.3,1,-0.4,1.5,0.7,1,0,0.5,2,-1,0.3}", "full_matrices=true" },
                   { "float32[3,2]", "full_matrices=true" }, { "float64[0,2]" }, { "float64[0,2,2]" },
                   { "complex64[3,2]" }));
