/* SPDX-License-Identifier: MIT */
/* The kernels of analytic.c, for elements of type T; see inexact.h. All matrices are n × n and, but for in and out, by
   columns. */
#include "engine/ops/matrix_typed.h"

static void
N (multiply) (int n, const T *a, const T *b, T *out)
{
#if COMPLEX
  const T one = 1, none = 0;
  BLAS (gemm) (CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, &one, a, n, b, n, &none, out, n);
#else
  BLAS (gemm) (CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, out, n);
#endif
}

static R
N (size) (T x)
{
  return hypot (__real__ x, __imag__ x);
}

/* The largest sum of absolute values in a column. */
static R
N (norm) (int n, const T *a)
{
  R most = 0;
  for (gint64 j = 0; j < n; j++)
    {
      R sum = 0;
      for (gint64 i = 0; i < n; i++)
        sum += N (size) (a[j * n + i]);
      most = sum > most || sum != sum ? sum : most;
    }
  return most;
}

/* out = Σ factor[2 i] · power[i]; power[0] is the unit matrix, and is not looked at. */
static void
N (sum_powers) (int n, guint terms, T *const *power, const double *factor, T *out)
{
  for (gint64 k = 0; k < (gint64) n * n; k++)
    {
      T sum = k % (n + 1) == 0 ? factor[0] : 0;
      for (guint i = 1; i < terms; i++)
        sum += (R) factor[2 * i] * power[i][k];
      out[k] = sum;
    }
}

/* u and v with exp (a) ≈ (v − u)⁻¹ · (v + u): Padé's approximant of degree m. power: a², a⁴, a⁶, a⁸ from 1 on. */
static void
N (pade) (int n, guint m, const double *b, const T *a, T *const *power, T *scratch, T *u, T *v)
{
  const gint64 size = (gint64) n * n;
  N (multiply) (n, a, a, power[1]);
  for (guint i = 2; i < 5 && 2 * i < m + (m == 13 ? 0u : 1u) && !(m == 13 && i > 3); i++)
    N (multiply) (n, power[i - 1], power[1], power[i]);
  if (m != 13)
    {
      N (sum_powers) (n, (m + 1) / 2, power, b + 1, scratch);
      N (multiply) (n, a, scratch, u);
      N (sum_powers) (n, (m + 1) / 2, power, b, v);
      return;
    }
  /* What has a sixth power in it is multiplied by it once. */
  const double high_odd[] = { 0, 0, b[9], 0, b[11], 0, b[13] }, high_even[] = { 0, 0, b[8], 0, b[10], 0, b[12] };
  N (sum_powers) (n, 4, power, high_odd, scratch);
  N (multiply) (n, power[3], scratch, v);
  N (sum_powers) (n, 4, power, b + 1, scratch);
  for (gint64 k = 0; k < size; k++)
    scratch[k] += v[k];
  N (multiply) (n, a, scratch, u);
  N (sum_powers) (n, 4, power, high_even, scratch);
  N (multiply) (n, power[3], scratch, v);
  N (sum_powers) (n, 4, power, b, scratch);
  for (gint64 k = 0; k < size; k++)
    v[k] += scratch[k];
}

static const char *
N (exponential) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n;
  const gint64 size = (gint64) n * n;
  int info, squarings = 0, *pivots = lk_matrix_take (work, 9, n, sizeof (int));
  T *blocks[9];
  for (guint i = 0; i < 9; i++)
    if ((blocks[i] = lk_matrix_take (work, i, size, sizeof (T))) == NULL || pivots == NULL)
      return lk_matrix_short_memory;
  T *a = blocks[0], *u = blocks[5], *v = blocks[6], *scratch = blocks[7];
  N (turn) (n, n, in[0], a);
  const R norm = N (norm) (n, a);
  const Pade *pade = pade_for (norm, sizeof (R) == sizeof (double), &squarings);
  for (gint64 k = 0; squarings > 0 && k < size; k++)
    a[k] *= (R) ldexp (1, -squarings);
  N (pade) (n, pade->degree, pade->b, a, blocks, scratch, u, v);
  for (gint64 k = 0; k < size; k++)
    {
      const T sum = v[k] + u[k];
      v[k] -= u[k];
      u[k] = sum;
    }
  LAPACK (getrf) (&n, &n, v, &n, pivots, &info);
  LAPACK (getrs) ("N", &n, &n, v, &n, pivots, u, &n, &info, 1);
  for (int i = 0; i < squarings; i++)
    {
      N (multiply) (n, u, u, scratch);
      memcpy (u, scratch, size * sizeof (T));
    }
  N (turn) (n, n, u, out[0]);
  return NULL;
}

#if COMPLEX

/* a = q · t · qᴴ with t an upper triangle in a's place. */
static const char *
N (schur) (LkMatrixWork *work, int n, T *a, T *q)
{
  const int size = 64 * n + 64;
  int info, none;
  T *scratch = lk_matrix_take (work, 8, size, sizeof (T)), *values = lk_matrix_take (work, 9, n, sizeof (T));
  R *reals = lk_matrix_take (work, 10, n, sizeof (R));
  if (scratch == NULL || values == NULL || reals == NULL)
    return lk_matrix_short_memory;
  LAPACK (gees) ("V", "N", NULL, &n, a, &n, &none, values, q, &n, scratch, &size, reals, NULL, &info, 1, 1);
  return info == 0 ? NULL : "Schur decomposition was not successful. The input might not be valid.";
}

/* out, by rows: q · f · qᴴ */
static void
N (unschur) (int n, const T *q, const T *f, T *scratch, T *result, T *out)
{
  const T one = 1, none = 0;
  N (multiply) (n, q, f, scratch);
  BLAS (gemm) (CblasColMajor, CblasNoTrans, CblasConjTrans, n, n, n, &one, scratch, n, q, n, &none, result, n);
  N (turn) (n, n, result, out);
}

/* The square root of an upper triangle, by columns: Å. Björck, S. Hammarling, "A Schur method for the square root of a
   matrix", 1983. */
static void
N (root_of_triangle) (int n, const T *t, T *r)
{
  memset (r, 0, (gsize) n * n * sizeof (T));
  for (gint64 j = 0; j < n; j++)
    {
      r[j * n + j] = csqrt (t[j * n + j]);
      for (gint64 i = j; i-- > 0;)
        {
          T sum = t[j * n + i];
          for (gint64 k = i + 1; k < j; k++)
            sum -= r[k * n + i] * r[j * n + k];
          const T below = r[i * n + i] + r[j * n + j];
          r[j * n + i] = sum == 0 ? 0 : sum / below;
        }
    }
}

/* Of a, by columns and overwritten; the result is by rows. */
static const char *
N (root_of_columns) (LkMatrixWork *work, T *a, T *out)
{
  const int n = work->n;
  T *q = lk_matrix_take (work, 1, (gint64) n * n, sizeof (T)), *r = lk_matrix_take (work, 2, (gint64) n * n, sizeof (T)),
    *scratch = lk_matrix_take (work, 3, (gint64) n * n, sizeof (T));
  if (q == NULL || r == NULL || scratch == NULL)
    return lk_matrix_short_memory;
  const char *problem = N (schur) (work, n, a, q);
  if (problem != NULL)
    return problem;
  N (root_of_triangle) (n, a, r);
  N (unschur) (n, q, r, scratch, a, out);
  return NULL;
}

static const char *
N (root) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  T *a = lk_matrix_take (work, 0, (gint64) work->n * work->n, sizeof (T));
  if (a == NULL)
    return lk_matrix_short_memory;
  N (turn) (work->n, work->n, in[0], a);
  return N (root_of_columns) (work, a, out[0]);
}

/* The same of a real matrix; where the root is not real, there is none. */
static const char *
N (root_of_real) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const gint64 n = work->n;
  R largest = 0, imaginary = 0;
  T *a = lk_matrix_take (work, 0, n * n, sizeof (T)), *root = lk_matrix_take (work, 4, n * n, sizeof (T));
  if (a == NULL || root == NULL)
    return lk_matrix_short_memory;
  for (gint64 i = 0; i < n; i++)
    for (gint64 j = 0; j < n; j++)
      a[j * n + i] = ((const R *) in[0])[i * n + j];
  const char *problem = N (root_of_columns) (work, a, root);
  for (gint64 i = 0; problem == NULL && i < n * n; i++)
    {
      largest = fmax (largest, N (size) (root[i]));
      imaginary = fmax (imaginary, fabs (__imag__ root[i]));
      ((R *) out[0])[i] = __real__ root[i];
    }
  const gboolean real = imaginary <= largest * (sizeof (R) == sizeof (double) ? 1e-7 : 1e-3);
  for (gint64 i = 0; problem == NULL && !real && i < n * n; i++)
    ((R *) out[0])[i] = NAN;
  return problem;
}

/* The logarithm of an upper triangle near 1, without its diagonal: Padé's approximant as a sum of fractions, which are
   Gauss and Legendre's; N. J. Higham, "Functions of matrices", 2008, chapter 11. */
static void
N (log_of_triangle) (int n, const T *x, T *fraction, T *below, T *sum)
{
  static const double nodes[] = { -0.9491079123427585, -0.7415311855993945, -0.4058451513773972, 0, 0.4058451513773972,
                                  0.7415311855993945, 0.9491079123427585 },
                      weights[] = { 0.1294849661688697, 0.2797053914892766, 0.3818300505051189, 0.4179591836734694,
                                    0.3818300505051189, 0.2797053914892766, 0.1294849661688697 };
  const gint64 size = (gint64) n * n;
  const T one = 1;
  memset (sum, 0, size * sizeof (T));
  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    {
      for (gint64 k = 0; k < size; k++)
        {
          below[k] = (R) ((1 + nodes[i]) / 2) * x[k] + (k % (n + 1) == 0 ? 1 : 0);
          fraction[k] = (R) (weights[i] / 2) * x[k];
        }
      BLAS (trsm) (CblasColMajor, CblasLeft, CblasUpper, CblasNoTrans, CblasNonUnit, n, n, &one, below, n, fraction, n);
      for (gint64 k = 0; k < size; k++)
        sum[k] += fraction[k];
    }
}

static const char *
N (logarithm) (LkMatrixWork *work, const void *const *in, void *const *out)
{
  const int n = work->n;
  const gint64 size = (gint64) n * n;
  int roots = 0;
  T *blocks[7];
  for (guint i = 0; i < 7; i++)
    if ((blocks[i] = lk_matrix_take (work, i, size, sizeof (T))) == NULL)
      return lk_matrix_short_memory;
  T *t = blocks[0], *q = blocks[1], *x = blocks[2], *scratch = blocks[3], *below = blocks[4], *sum = blocks[5],
    *original = blocks[6];
  N (turn) (n, n, in[0], t);
  const char *problem = N (schur) (work, n, t, q);
  if (problem != NULL)
    return problem;
  memcpy (original, t, size * sizeof (T));
  while (TRUE)
    {
      for (gint64 k = 0; k < size; k++)
        x[k] = k % n > k / n ? 0 : t[k] - (k % (n + 1) == 0 ? 1 : 0);
      if (!(N (norm) (n, x) > 0.26) || roots == 100)
        break;
      N (root_of_triangle) (n, t, scratch);
      memcpy (t, scratch, size * sizeof (T));
      roots++;
    }
  N (log_of_triangle) (n, x, scratch, below, sum);
  for (gint64 k = 0; k < size; k++)
    sum[k] = k % (n + 1) == 0 ? clog (original[k]) : sum[k] * (R) ldexp (1, roots);
  N (unschur) (n, q, sum, scratch, x, out[0]);
  return NULL;
}

#endif
