/* SPDX-License-Identifier: MIT */
/* The kernels of spectral.c, for elements of type T; see inexact.h. */
#include "engine/ops/matrix_typed.h"

static const char *
N (eigh) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n, size = 1 + 6 * n + 2 * n * n + 64 * n, n_integers = 3 + 5 * n;
  const char *job = work->gives[1] ? "V" : "N";
  int info;
  T *a = lk_matrix_take (work, 0, (gint64) n * n, sizeof (T)), *scratch = lk_matrix_take (work, 1, size, sizeof (T));
  R *values = lk_matrix_take (work, 2, n, sizeof (R));
  int *integers = lk_matrix_take (work, 3, n_integers, sizeof (int));
  if (a == NULL || scratch == NULL || values == NULL || integers == NULL)
    return lk_matrix_short_memory;
  N (turn) (n, n, in[0], a);
#if COMPLEX
  const int n_reals = 1 + 5 * n + 2 * n * n;
  R *reals = lk_matrix_take (work, 4, n_reals, sizeof (R));
  if (reals == NULL)
    return lk_matrix_short_memory;
  LAPACK (heevd) (job, "L", &n, a, &n, values, scratch, &size, reals, &n_reals, integers, &n_integers, &info, 1, 1);
#else
  LAPACK (syevd) (job, "L", &n, a, &n, values, scratch, &size, integers, &n_integers, &info, 1, 1);
#endif
  if (info != 0)
    return "Self-adjoint eigen decomposition was not successful. The input might not be valid.";
  for (int i = 0; i < n; i++)
    ((T *) out[0])[i] = values[i];
  if (work->gives[1])
    N (turn) (n, n, a, out[1]);
  return NULL;
}

/* Singular values of what is not a number are not numbers. */
static gboolean
N (is_finite) (const T *a, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    if (!isfinite (__real__ a[i]) || !isfinite (__imag__ a[i]))
      return FALSE;
  return TRUE;
}

static void
N (fill) (LkMatrixWork *work, guint output, T *out, gint64 n)
{
  for (gint64 i = 0; work->gives[output] && i < n; i++)
    out[i] = NAN;
}

static const char *
N (svd) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int m = work->m, n = work->n, least = MIN (m, n), most = MAX (m, n);
  const gboolean vectors = work->attrs[0].b, full = work->attrs[1].b;
  const int columns = full ? m : least, rows = full ? n : least,
            size = 4 * least * least + 16 * least + 64 * (most + least) + 64;
  int info, *integers = lk_matrix_take (work, 5, 8 * (gint64) least, sizeof (int));
  T *a = lk_matrix_take (work, 0, (gint64) m * n, sizeof (T)), *scratch = lk_matrix_take (work, 1, size, sizeof (T)),
    *u = lk_matrix_take (work, 2, vectors ? (gint64) m * columns : 1, sizeof (T)),
    *vt = lk_matrix_take (work, 3, vectors ? (gint64) rows * n : 1, sizeof (T));
  R *values = lk_matrix_take (work, 4, least, sizeof (R));
  if (integers == NULL || a == NULL || scratch == NULL || u == NULL || vt == NULL || values == NULL)
    return lk_matrix_short_memory;
  if (!N (is_finite) (in[0], (gint64) m * n))
    {
      N (fill) (work, 0, out[0], least);
      N (fill) (work, 1, out[1], (gint64) m * columns);
      N (fill) (work, 2, out[2], (gint64) rows * n);
      return NULL;
    }
  N (turn) (m, n, in[0], a);
  const char *job = !vectors ? "N" : full ? "A" : "S";
  const int ldm = MAX (m, 1), ldv = MAX (rows, 1);
#if COMPLEX
  R *reals = lk_matrix_take (work, 6, (gint64) least * MAX (5 * least + 7, 2 * most + 2 * least + 1), sizeof (R));
  if (reals == NULL)
    return lk_matrix_short_memory;
  LAPACK (gesdd) (job, &m, &n, a, &ldm, values, u, &ldm, vt, &ldv, scratch, &size, reals, integers, &info, 1);
#else
  LAPACK (gesdd) (job, &m, &n, a, &ldm, values, u, &ldm, vt, &ldv, scratch, &size, integers, &info, 1);
#endif
  if (info != 0)
    return "Singular value decomposition was not successful. The input might not be valid.";
  for (int i = 0; work->gives[0] && i < least; i++)
    ((T *) out[0])[i] = values[i];
  if (vectors && work->gives[1])
    N (turn) (columns, m, u, out[1]);
  if (vectors && work->gives[2])
    N (adjoint) (rows, n, vt, out[2]);
  return NULL;
}

#if COMPLEX

static const char *
N (eig) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n, size = 64 * n + 64, one = 1;
  int info;
  T *a = lk_matrix_take (work, 0, (gint64) n * n, sizeof (T)), *vectors = lk_matrix_take (work, 1, (gint64) n * n, sizeof (T)),
    *scratch = lk_matrix_take (work, 2, size, sizeof (T));
  R *reals = lk_matrix_take (work, 3, 2 * (gint64) n, sizeof (R));
  if (a == NULL || vectors == NULL || scratch == NULL || reals == NULL)
    return lk_matrix_short_memory;
  if (!N (is_finite) (in[0], (gint64) n * n))     /* LAPACK writes behind its arrays then */
    return "Eigen decomposition was not successful. The input might not be valid.";
  N (turn) (n, n, in[0], a);
  LAPACK (geev) ("N", work->gives[1] ? "V" : "N", &n, a, &n, out[0], NULL, &one, vectors, &n, scratch, &size, reals,
                 &info, 1, 1);
  if (info != 0)
    return "Eigen decomposition was not successful. The input might not be valid.";
  if (work->gives[1])
    N (turn) (n, n, vectors, out[1]);
  return NULL;
}

#else

/* The vectors of a pair of conjugate values are two columns: their real part and the first one's imaginary part. */
static void
N (write_vectors) (int n, const R *imaginary, const R *columns, _Complex R *out)
{
  for (gint64 j = 0; j < n; j++)
    for (gint64 i = 0; i < n; i++)
      {
        const gint64 first = imaginary[j] < 0 ? j - 1 : j;
        __real__ out[i * n + j] = columns[first * n + i];
        __imag__ out[i * n + j] = imaginary[j] == 0 ? 0 : imaginary[j] < 0 ? -columns[(first + 1) * n + i]
                                                          : columns[(first + 1) * n + i];
      }
}

static const char *
N (eig) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n, size = 64 * n + 64, one = 1;
  int info;
  T *a = lk_matrix_take (work, 0, (gint64) n * n, sizeof (T)), *vectors = lk_matrix_take (work, 1, (gint64) n * n, sizeof (T)),
    *scratch = lk_matrix_take (work, 2, size, sizeof (T)), *real = lk_matrix_take (work, 3, 2 * (gint64) n, sizeof (T));
  _Complex R *values = out[0];
  if (a == NULL || vectors == NULL || scratch == NULL || real == NULL)
    return lk_matrix_short_memory;
  if (!N (is_finite) (in[0], (gint64) n * n))     /* LAPACK writes behind its arrays then */
    return "Eigen decomposition was not successful. The input might not be valid.";
  N (turn) (n, n, in[0], a);
  LAPACK (geev) ("N", work->gives[1] ? "V" : "N", &n, a, &n, real, real + n, NULL, &one, vectors, &n, scratch, &size,
                 &info, 1, 1);
  if (info != 0)
    return "Eigen decomposition was not successful. The input might not be valid.";
  for (int i = 0; i < n; i++)
    {
      __real__ values[i] = real[i];
      __imag__ values[i] = real[n + i];
    }
  if (work->gives[1])
    N (write_vectors) (n, real + n, vectors, out[1]);
  return NULL;
}

#endif
