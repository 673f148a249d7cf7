/* SPDX-License-Identifier: MIT */
/* The kernels of banded.c, for elements of type T; see inexact.h. */
#include "engine/ops/matrix_typed.h"

/* Element (row, column) of the matrix that is kept as `bands` rows of n: the diagonal is the first one of a lower and the
   last one of an upper triangle; an element stands in its own row's place. */
static inline T
N (band_at) (const T *a, int bands, int n, gboolean lower, gint64 row, gint64 column)
{
  return a[(lower ? row - column : bands - 1 - (column - row)) * n + row];
}

static const char *
N (banded) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int bands = work->m, n = work->n, k = work->k;
  const gboolean lower = work->attrs[0].b, adjoint = work->attrs[1].b, forward = lower != adjoint;
  const T *a = in[0], *b = in[1];
  T *x = out[0];
  for (gint64 done = 0; done < n; done++)
    {
      const gint64 i = forward ? done : n - 1 - done;
      const T raw = N (band_at) (a, bands, n, lower, i, i), pivot = adjoint ? N (conjugate) (raw) : raw;
      if (pivot == 0)
        return "Input matrix is not invertible.";
      memcpy (x + i * k, b + i * k, k * sizeof (T));
      for (gint64 away = 1; away < bands && away <= done; away++)
        {
          const gint64 j = forward ? i - away : i + away;
          const T factor = adjoint ? N (conjugate) (N (band_at) (a, bands, n, lower, j, i))
                           : N (band_at) (a, bands, n, lower, i, j);
          for (gint64 c = 0; c < k; c++)
            x[i * k + c] -= factor * x[j * k + c];
        }
      for (gint64 c = 0; c < k; c++)
        x[i * k + c] /= pivot;
    }
  return NULL;
}

/* Without exchanging rows: L. H. Thomas's algorithm. */
static const char *
N (thomas) (LkMatrixWork *work, const T *super, const T *main, const T *sub, const T *b, T *x)
{
  static const char problem[] = "The matrix is either not invertible, or requires pivoting. Try setting "
                                "partial_pivoting = True.";
  const int n = work->n, k = work->k;
  T *u = lk_matrix_take (work, 0, n, sizeof (T));
  if (u == NULL)
    return lk_matrix_short_memory;
  for (gint64 i = 0; i < n; i++)
    {
      const T pivot = main[i] - (i > 0 ? sub[i] * u[i - 1] : 0);
      if (pivot == 0)
        return problem;
      u[i] = i + 1 < n ? super[i] / pivot : 0;
      for (gint64 c = 0; c < k; c++)
        x[i * k + c] = (b[i * k + c] - (i > 0 ? sub[i] * x[(i - 1) * k + c] : 0)) / pivot;
    }
  for (gint64 i = n - 1; i-- > 0;)
    for (gint64 c = 0; c < k; c++)
      x[i * k + c] -= u[i] * x[(i + 1) * k + c];
  return NULL;
}

static const char *
N (tridiagonal) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n, k = work->k;
  const T *super = in[0], *main = super + n, *sub = main + n;
  int info;
  if (!work->attrs[0].b)
    return N (thomas) (work, super, main, sub, in[1], out[0]);
  T *copies = lk_matrix_take (work, 0, 3 * (gint64) n, sizeof (T)), *x = lk_matrix_take (work, 1, (gint64) n * k, sizeof (T));
  if (copies == NULL || x == NULL)
    return lk_matrix_short_memory;
  memcpy (copies, super, 2 * (gsize) n * sizeof (T));
  memcpy (copies + 2 * n, sub + 1, (n - 1) * sizeof (T));
  N (turn) (n, k, in[1], x);
  LAPACK (gtsv) (&n, &k, copies + 2 * n, copies + n, copies, x, &n, &info);
  if (info != 0)
    return n == 1 ? "The matrix is not invertible: it is a scalar with value zero." : "The matrix is not invertible.";
  N (turn) (k, n, x, out[0]);
  return NULL;
}

static const char *
N (tridiagonal_product) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const gint64 n = work->n, k = work->k;
  const T *super = in[0], *main = in[1], *sub = in[2], *x = in[3];
  T *y = out[0];
  for (gint64 i = 0; i < n; i++)
    for (gint64 c = 0; c < k; c++)
      {
        T sum = main[i] * x[i * k + c];
        if (i > 0)
          sum += sub[i] * x[(i - 1) * k + c];
        if (i + 1 < n)
          sum += super[i] * x[(i + 1) * k + c];
        y[i * k + c] = sum;
      }
  return NULL;
}
