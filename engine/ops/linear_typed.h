/* SPDX-License-Identifier: MIT */
/* The kernels of linear.c, for elements of type T; see inexact.h. */
#include "engine/ops/matrix_typed.h"

/* op (a) by columns, factored into lower and upper triangle. Returns the first pivot that is 0, from 1, or 0. */
static int
N (factor) (int n, gboolean adjoint, const T *a, T *lu, int *pivots)
{
  int info;
  if (n == 0)
    return 0;
  if (adjoint)
    N (adjoint) (n, n, a, lu);
  else
    N (turn) (n, n, a, lu);
  LAPACK (getrf) (&n, &n, lu, &n, pivots, &info);
  return info;
}

static const char *
N (inverse) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n, size = n * MIN (n, 64);
  int info, *pivots = lk_matrix_take (work, 0, n, sizeof (int));
  T *lu = lk_matrix_take (work, 1, (gint64) n * n, sizeof (T)), *scratch = lk_matrix_take (work, 2, size, sizeof (T));
  if (pivots == NULL || lu == NULL || scratch == NULL)
    return lk_matrix_short_memory;
  if (N (factor) (n, work->attrs[0].b, in[0], lu, pivots) != 0)
    return "Input is not invertible.";
  LAPACK (getri) (&n, lu, &n, pivots, scratch, &size, &info);
  if (info != 0)
    return "Input is not invertible.";
  N (turn) (n, n, lu, out[0]);
  return NULL;
}

/* Sign and logarithm of the absolute value, as TensorFlow has them: of a singular matrix 0 and −∞. */
static const char *
N (sign_and_log) (LkMatrixWork *work, const T *a, T *sign, R *log_abs)
{
  const int n = work->n;
  int *pivots = lk_matrix_take (work, 0, n, sizeof (int));
  T *lu = lk_matrix_take (work, 1, (gint64) n * n, sizeof (T));
  if (pivots == NULL || lu == NULL)
    return lk_matrix_short_memory;
  N (factor) (n, FALSE, a, lu, pivots);
  *sign = 1;
  *log_abs = 0;
  for (int i = 0; i < n; i++)
    if (pivots[i] != i + 1)
      *sign = *sign == 1 ? -1 : 1;
  for (int i = 0; i < n; i++)
    {
      const T pivot = lu[(gint64) i * n + i];
#if COMPLEX
      const R size = sqrt (__real__ pivot * __real__ pivot + __imag__ pivot * __imag__ pivot);
#else
      const R size = fabs (pivot);
#endif
      *log_abs += log (size);
      *sign *= pivot / size;
    }
  if (!isfinite (*log_abs))
    {
      *sign = 0;
      *log_abs = *log_abs > 0 ? INFINITY : -INFINITY;
    }
  return NULL;
}

static const char *
N (determinant) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  T sign = 0;
  R log_abs = 0;
  const char *problem = N (sign_and_log) (work, in[0], &sign, &log_abs);
  *(T *) out[0] = sign * (R) exp (log_abs);
  return problem;
}

static const char *
N (log_determinant) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  R log_abs = 0;
  const char *problem = N (sign_and_log) (work, in[0], out[0], &log_abs);
  *(T *) out[1] = log_abs;
  return problem;
}

static const char *
N (solve) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n, k = work->k;
  int info, *pivots = lk_matrix_take (work, 0, n, sizeof (int));
  T *lu = lk_matrix_take (work, 1, (gint64) n * n, sizeof (T)), *x = lk_matrix_take (work, 2, (gint64) n * k, sizeof (T));
  if (pivots == NULL || lu == NULL || x == NULL)
    return lk_matrix_short_memory;
  if (N (factor) (n, work->attrs[0].b, in[0], lu, pivots) != 0)
    return "Input matrix is not invertible.";
  N (turn) (n, k, in[1], x);
  LAPACK (getrs) ("N", &n, &k, lu, &n, pivots, x, &n, &info, 1);
  N (turn) (k, n, x, out[0]);
  return NULL;
}

static const char *
N (triangular) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const T *a = in[0];
  const int n = work->n, k = work->k;
  for (int i = 0; i < n; i++)
    if (a[(gint64) i * n + i] == 0)
      return "Input matrix is not invertible.";
  memcpy (out[0], in[1], (gsize) n * k * sizeof (T));
#if COMPLEX
  const T one = 1, *scale = &one;
#else
  const T scale = 1;
#endif
  BLAS (trsm) (CblasRowMajor, CblasLeft, work->attrs[0].b ? CblasLower : CblasUpper,
               work->attrs[1].b ? CblasConjTrans : CblasNoTrans, CblasNonUnit, n, k, scale, a, n, out[0], k);
  return NULL;
}

/* By columns, what is given by rows is the transposed matrix, so its upper factor is the lower one wanted. */
static const char *
N (cholesky) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  int info;
  const int n = work->n;
  const T *a = in[0];
  T *l = out[0];
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      l[i * n + j] = j <= i ? a[i * n + j] : 0;
  LAPACK (potrf) ("U", &n, l, &n, &info, 1);
  return info == 0 ? NULL : "Cholesky decomposition was not successful. The input might not be valid.";
}
