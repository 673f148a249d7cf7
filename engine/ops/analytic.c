/* SPDX-License-Identifier: MIT */
/* Functions of matrices: exponential, square root, logarithm. */
#include <cblas.h>
#include <complex.h>
#include <math.h>
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/lapack.h"
#include "engine/ops/matrix.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* Padé's approximants of the exponential, and up to which norm each is exact: N. J. Higham, "The scaling and squaring
   method for the matrix exponential revisited", 2005. */
typedef struct
{
  guint degree;
  double norm, single_norm;     /* 0: not used */
  double b[14];
} Pade;

static const Pade *
pade_for (double norm, gboolean twice, int *squarings)
{
  static const Pade pades[] = {
    { 3, 1.495585217958292e-2, 4.258730016922831e-1, { 120, 60, 12, 1 } },
    { 5, 2.539398330063230e-1, 1.880152677804762, { 30240, 15120, 3360, 420, 30, 1 } },
    { 7, 9.504178996162932e-1, 3.925724783138660, { 17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1 } },
    { 9, 2.097847961257068, 0, { 17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1 } },
    { 13, 5.371920351148152, 0, { 64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800,
                                  129060195264000, 10559470521600, 670442572800, 33522128640, 1323241920, 40840800,
                                  960960, 16380, 182, 1 } },
  };
  const guint last = twice ? 4 : 2;
  for (guint i = 0; i <= last; i++)
    if (norm < (twice ? pades[i].norm : pades[i].single_norm))
      return &pades[i];
  const double most = twice ? pades[last].norm : pades[last].single_norm;
  *squarings = isfinite (norm) ? MAX ((int) ceil (log2 (norm / most)), 0) : 0;
  return &pades[last];
}

#define LK_TYPED "engine/ops/analytic_typed.h"
#include "engine/ops/inexact.h"

static void
exponential_kernel (LkCall *call)
{
  static LkMatrixKernels kernels = LK_MATRIX_KERNELS (exponential);
  lk_matrix_run (call, 1, kernels);
}

static void
root_kernel (LkCall *call)
{
  static LkMatrixKernels kernels = {
    [LK_FLOAT32] = root_of_real_c64, [LK_FLOAT64] = root_of_real_c128, [LK_COMPLEX64] = root_c64,
    [LK_COMPLEX128] = root_c128,
  };
  lk_matrix_run (call, 1, kernels);
}

static void
logarithm_kernel (LkCall *call)
{
  static LkMatrixKernels kernels = { [LK_COMPLEX64] = logarithm_c64, [LK_COMPLEX128] = logarithm_c128 };
  lk_matrix_run (call, 1, kernels);
}

/* The derivative of f at A along E is the upper right quarter of f of [A E; 0 A]: R. Mathias, "A chain rule for matrix
   functions and applications", 1996. The gradient is that at Aᴴ along dY. */
static LkTensor *
quarter (const LkCall *call, LkTensor *dy, LkTensor *(*function) (LkContext *ctx, LkTensor *input))
{
  LkContext *ctx = call->ctx;
  LkTensor *columns[2] = { NULL, NULL }, *rows[2] = { NULL, NULL };
  g_autoptr (LkTensor) a = lk_matrix_adjoint (ctx, call->inputs[0]);
  g_autoptr (LkTensor) zeros = lk_zeros_like (ctx, a);
  g_autoptr (LkTensor) top = lk_matrix_join (ctx, a, dy, -1);
  g_autoptr (LkTensor) bottom = lk_matrix_join (ctx, zeros, a, -1);
  g_autoptr (LkTensor) block = lk_matrix_join (ctx, top, bottom, -2);
  g_autoptr (LkTensor) value = function (ctx, block);
  g_autoptr (LkTensor) last = lk_constant_scalar (ctx, LK_INT32, -1);
  g_autoptr (LkTensor) before = lk_constant_scalar (ctx, LK_INT32, -2);
  lk_split (ctx, last, value, 2, columns);
  lk_split (ctx, before, columns[1], 2, rows);
  lk_tensor_unref (columns[0]);
  lk_tensor_unref (columns[1]);
  lk_tensor_unref (rows[1]);
  return rows[0];
}

static void
exponential_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = quarter (call, dy[0], lk_matrix_exponential);
}

static void
root_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = quarter (call, dy[0], lk_matrix_square_root);
}

LK_BLOCK (matrix_exponential, .infer = lk_matrix_infer_like, .kernel = exponential_kernel,
          .gradient = exponential_gradient, .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[2,2,2]" }, { "float64[3,3]={7,2,0,1,-3,2,4,5,1}" },
                   { "float64[0,0]" }, { "float64[1,1]={0.001}" }, { "complex64[2,2]" }, { "float32[2,2] in 3..9" }));
LK_BLOCK (matrix_square_root, .infer = lk_matrix_infer_like, .kernel = root_kernel,
          .gradient = root_gradient,
          .provenance = lk_matrix_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2]={2,0.3,-0.4,1.5}" }, { "float64[2,2,2]={2,0.3,-0.4,1.5,3,2,-1,4}" }, { "float64[0,0]" },
                   { "complex64[2,2]={2,0.3,-0.4,1.5}" }));
LK_BLOCK (matrix_logarithm, .infer = lk_matrix_infer_like, .kernel = logarithm_kernel,
          .provenance = lk_matrix_provenance,
          SAMPLES ({ "complex128[2,2]={2,0.3,-0.4,1.5}" }, { "complex64[2,2,2]={2,0.3,-0.4,1.5,3,2,-1,4}" },
                   { "complex64[0,0]" }));
