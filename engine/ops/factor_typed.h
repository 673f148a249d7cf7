/* SPDX-License-Identifier: MIT */
/* The kernels of factor.c, for elements of type T; see inexact.h. */
#include "engine/ops/matrix_typed.h"

#if COMPLEX
#define FORM_Q LAPACK (ungqr)
#else
#define FORM_Q LAPACK (orgqr)
#endif

/* How many elements of scratch memory LAPACK would like for a factor of m × n. */
static gint64
N (factor_scratch) (int m, int n)
{
  return (gint64) (MAX (m, n) + 1) * 64;
}

static const char *
N (qr) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int m = work->m, n = work->n, rank = MIN (m, n), width = work->attrs[0].b ? m : rank,
            size = N (factor_scratch) (m, n);
  int info;
  T *a = lk_matrix_take (work, 0, (gint64) m * MAX (n, width), sizeof (T)), *tau = lk_matrix_take (work, 1, rank, sizeof (T)),
    *scratch = lk_matrix_take (work, 2, size, sizeof (T)), *r = out[1];
  if (a == NULL || tau == NULL || scratch == NULL)
    return lk_matrix_short_memory;
  N (turn) (m, n, in[0], a);
  if (rank > 0)
    LAPACK (geqrf) (&m, &n, a, &m, tau, scratch, &size, &info);
  for (gint64 i = 0; i < width; i++)
    for (gint64 j = 0; j < n; j++)
      r[i * n + j] = i <= j ? a[j * m + i] : 0;
  if (m > 0 && width > 0)
    FORM_Q (&m, &width, &rank, a, &m, tau, scratch, &size, &info);
  N (turn) (width, m, a, out[0]);
  return NULL;
}
#undef FORM_Q

/* The rows as the factor has them: LAPACK says with which row each was exchanged. */
static void
N (write_order) (LkMatrixWork *work, const int *pivots, void *order)
{
  const gboolean wide = work->attrs[0].type == LK_INT64;
  gint64 *rows64 = order;
  gint32 *rows32 = order;
  for (int i = 0; i < work->n; i++)
    if (wide)
      rows64[i] = i;
    else
      rows32[i] = i;
  for (int i = 0; i < work->n; i++)
    {
      const int other = pivots[i] - 1;
      const gint64 kept = wide ? rows64[i] : rows32[i];
      if (wide)
        {
          rows64[i] = rows64[other];
          rows64[other] = kept;
        }
      else
        {
          rows32[i] = rows32[other];
          rows32[other] = kept;
        }
    }
}

static const char *
N (lu) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n;
  int info, *pivots = lk_matrix_take (work, 0, n, sizeof (int));
  T *lu = lk_matrix_take (work, 1, (gint64) n * n, sizeof (T));
  if (pivots == NULL || lu == NULL)
    return lk_matrix_short_memory;
  N (turn) (n, n, in[0], lu);
  LAPACK (getrf) (&n, &n, lu, &n, pivots, &info);
  if (info != 0)
    return "Input is not invertible.";
  N (turn) (n, n, lu, out[0]);
  N (write_order) (work, pivots, out[1]);
  return NULL;
}

static void
N (multiply) (CBLAS_ORDER order, CBLAS_TRANSPOSE turn_a, CBLAS_TRANSPOSE turn_b, int m, int n, int k, const T *a, int lda,
              const T *b, int ldb, T *out, int ldo)
{
#if COMPLEX
  const T one = 1, none = 0;
  BLAS (gemm) (order, turn_a, turn_b, m, n, k, &one, a, lda, b, ldb, &none, out, ldo);
#else
  BLAS (gemm) (order, turn_a, turn_b, m, n, k, 1, a, lda, b, ldb, 0, out, ldo);
#endif
}

/* gram, by columns: aᴴ · a + add · 1, or a · aᴴ + add · 1 for a wide matrix. By columns, a is its transposed matrix, whose
   products are the conjugates. */
static void
N (gramian) (const T *a, int m, int n, double add, T *gram)
{
  const gboolean tall = m >= n;
  const gint64 size = tall ? n : m;
  N (multiply) (CblasColMajor, tall ? CblasNoTrans : CblasConjTrans, tall ? CblasConjTrans : CblasNoTrans, size, size,
                tall ? m : n, a, n, a, n, gram, size);
  for (gint64 i = 0; i < size * size; i++)
    gram[i] = N (conjugate) (gram[i]) + (i % (size + 1) == 0 ? (R) add : 0);
}

/* out, of n × k: aᴴ · b. */
static void
N (apply_adjoint) (const T *a, int m, int n, const T *b, int k, T *out)
{
  N (multiply) (CblasRowMajor, CblasConjTrans, CblasNoTrans, n, k, m, a, n, b, k, out, k);
}

static const char *
N (solve_gramian) (LkMatrixWork *work, const T *gram, T *factored, int size, const T *rhs, T *x)
{
  int info;
  const int k = work->k;
  T *columns = lk_matrix_take (work, 3, (gint64) size * k, sizeof (T));
  if (columns == NULL)
    return lk_matrix_short_memory;
  memcpy (factored, gram, (gsize) size * size * sizeof (T));
  LAPACK (potrf) ("L", &size, factored, &size, &info, 1);
  if (info != 0)
    return "Input matrix was rank deficient or ill-conditioned. Try setting fast=False or provide a larger "
           "l2_regularizer > 0.";
  N (turn) (size, k, rhs, columns);
  LAPACK (potrs) ("L", &size, &k, factored, &size, columns, &size, &info, 1);
  N (turn) (k, size, columns, x);
  return NULL;
}

/* Through the normal equations: squares the condition, but is quick. */
static const char *
N (least_squares_fast) (LkMatrixWork *work, const void *const *in, void *const *out, double add)
{
  const int m = work->m, n = work->n, k = work->k, size = MIN (m, n);
  T *gram = lk_matrix_take (work, 0, (gint64) size * size, sizeof (T)),
    *factored = lk_matrix_take (work, 1, (gint64) size * size, sizeof (T)),
    *rhs = lk_matrix_take (work, 2, (gint64) size * k, sizeof (T));
  if (gram == NULL || factored == NULL || rhs == NULL)
    return lk_matrix_short_memory;
  N (gramian) (in[0], m, n, add, gram);
  if (m >= n)
    {
      N (apply_adjoint) (in[0], m, n, in[1], k, rhs);
      return N (solve_gramian) (work, gram, factored, size, rhs, out[0]);
    }
  const char *problem = N (solve_gramian) (work, gram, factored, size, in[1], rhs);
  if (problem == NULL)
    N (apply_adjoint) (in[0], m, n, rhs, k, out[0]);
  return problem;
}

/* Through singular values: gives the shortest solution, whatever the rank is. */
static const char *
N (least_squares_slow) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int m = work->m, n = work->n, k = work->k, most = MAX (m, n), least = MIN (m, n),
            size = 64 * (most + k + 64) + least * 64 + 4 * least * (k + 32), n_integers = 3 * least * 32 + 11 * least + 16;
  const R bound = -1;
  int info = 0, rank;
  T *a = lk_matrix_take (work, 0, (gint64) m * n, sizeof (T)), *b = lk_matrix_take (work, 1, (gint64) most * k, sizeof (T)),
    *scratch = lk_matrix_take (work, 2, size, sizeof (T));
  R *values = lk_matrix_take (work, 3, least, sizeof (R));
  int *integers = lk_matrix_take (work, 4, n_integers, sizeof (int));
  if (a == NULL || b == NULL || scratch == NULL || values == NULL || integers == NULL)
    return lk_matrix_short_memory;
  N (turn) (m, n, in[0], a);
  for (gint64 i = 0; i < m; i++)
    for (gint64 j = 0; j < k; j++)
      b[j * most + i] = ((const T *) in[1])[i * k + j];
#if COMPLEX
  const gint64 n_reals = (gint64) 10 * least + 2 * least * 25 + 8 * least * 32 + 3 * 25 * k
                         + MAX (26 * 26, (gint64) least * (1 + k) + 2 * k);
  R *reals = lk_matrix_take (work, 5, n_reals, sizeof (R));
  if (reals == NULL)
    return lk_matrix_short_memory;
  LAPACK (gelsd) (&m, &n, &k, a, &m, b, &most, values, &bound, &rank, scratch, &size, reals, integers, &info);
#else
  LAPACK (gelsd) (&m, &n, &k, a, &m, b, &most, values, &bound, &rank, scratch, &size, integers, &info);
#endif
  if (info != 0)
    return "Least squares were not successful. The input might not be valid.";
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < k; j++)
      ((T *) out[0])[i * k + j] = b[j * most + i];
  return NULL;
}

static const char *
N (least_squares) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  if (work->m > 0 && work->n > 0 && work->k > 0)
    return work->attrs[0].b ? N (least_squares_fast) (work, in, out, work->number) : N (least_squares_slow) (work, in, out);
  memset (out[0], 0, (gsize) work->n * work->k * sizeof (T));
  return NULL;
}
