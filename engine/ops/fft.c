/* SPDX-License-Identifier: MIT */
#include "engine/ops/fft.h"

#include <math.h>

#include "engine/core/loop.h"

#define MOST_FACTORS 64
#define LARGEST_FACTOR 61     /* above it, a convolution costs less */

struct _LkFft
{
  gint64 n;
  guint n_factors;
  gint64 factors[MOST_FACTORS];
  LkComplex *roots;           /* [n] e^(−2πi k / n) */
  LkFft *half;                /* (nullable) of n / 2, for real numbers */
  /* What a convolution needs; NULL without. */
  LkFft *longer;
  LkComplex *chirp;           /* [n] e^(−πi k² / n) */
  LkComplex *filter;          /* [longer->n] the transform of its conjugate */
};

/* ---- plans ---- */

/* What is left of n. */
static gint64
divide (LkFft *fft, gint64 n, gint64 factor)
{
  for (; n % factor == 0; n /= factor)
    fft->factors[fft->n_factors++] = factor;
  return n;
}

/* FALSE when n has a large prime factor. */
static gboolean
factorise (LkFft *fft)
{
  gint64 rest = divide (fft, fft->n, 4);
  for (gint64 factor = 2; factor <= LARGEST_FACTOR && rest > 1; factor++)
    rest = divide (fft, rest, factor);
  return rest == 1;
}

/* The angle is brought near zero first, where sine and cosine are exact to the last bit. */
static LkComplex
root (gint64 k, gint64 n)
{
  const gint64 eighth = (k % n * 8 + n / 2) / n;      /* 0 … 8 */
  const double angle = -2 * G_PI * ((k % n) - (double) eighth * n / 8) / n, d = G_SQRT2 / 2;
  const double c = cos (angle), s = sin (angle);
  switch (eighth % 8)
    {
    case 0: return CMPLX (c, s);
    case 1: return CMPLX (d * (c + s), d * (s - c));
    case 2: return CMPLX (s, -c);
    case 3: return CMPLX (d * (s - c), -d * (c + s));
    case 4: return CMPLX (-c, -s);
    case 5: return CMPLX (-d * (c + s), d * (c - s));
    case 6: return CMPLX (-s, c);
    default: return CMPLX (d * (c - s), d * (c + s));
    }
}

static gint64
smooth_from (gint64 n)
{
  while (TRUE)
    {
      gint64 rest = n;
      for (gint64 factor = 2; factor <= 5; factor++)
        while (rest % factor == 0)
          rest /= factor;
      if (rest == 1)
        return n;
      n++;
    }
}

static gboolean
prepare_convolution (LkFft *fft)
{
  const gint64 n = fft->n;
  fft->longer = lk_fft_new (smooth_from (2 * n - 1));
  fft->chirp = g_try_new (LkComplex, n);
  if (fft->longer == NULL || fft->chirp == NULL)
    return FALSE;
  const gint64 m = fft->longer->n;
  g_autofree LkComplex *work = g_try_new (LkComplex, m);
  fft->filter = g_try_new0 (LkComplex, m);
  if (work == NULL || fft->filter == NULL)
    return FALSE;
  for (gint64 k = 0; k < n; k++)
    {
      fft->chirp[k] = root ((gint64) ((__int128) k * k % (2 * n)), 2 * n);
      fft->filter[k] = fft->filter[(m - k) % m] = conj (fft->chirp[k]) / m;
    }
  lk_fft_run (fft->longer, 1, FALSE, fft->filter, work);
  return TRUE;
}

static LkFft *
plan_new (gint64 n, gboolean with_half)
{
  LkFft *fft = g_new0 (LkFft, 1);
  fft->n = n;
  fft->roots = g_try_new (LkComplex, n);
  for (gint64 k = 0; fft->roots != NULL && k < n; k++)
    fft->roots[k] = root (k, n);
  if (fft->roots != NULL && (factorise (fft) || prepare_convolution (fft))
      && (!with_half || n % 2 != 0 || (fft->half = plan_new (n / 2, FALSE)) != NULL))
    return fft;
  lk_fft_free (fft);
  return NULL;
}

LkFft *
lk_fft_new (gint64 n)
{
  return plan_new (n, TRUE);
}

void
lk_fft_free (LkFft *fft)
{
  if (fft == NULL)
    return;
  lk_fft_free (fft->half);
  lk_fft_free (fft->longer);
  g_free (fft->roots);
  g_free (fft->chirp);
  g_free (fft->filter);
  g_free (fft);
}

/* ---- passes ----

   A line of p · m blocks of s numbers: those at distance m become their transform of length p, number q of which is turned by
   q · i / (p m) of a circle, and lie side by side. step: between the roots of unity of that p m. */
#define PASS(name) \
  LK_CLONES static void name (gint64 m, gint64 s, gint64 step, const LkComplex *roots, const LkComplex *x, LkComplex *y)

PASS (pass_2)
{
  for (gint64 q = 0; q < m; q++)
    {
      const LkComplex w = roots[q * step], *from = x + s * q;
      LkComplex *to = y + s * 2 * q;
      for (gint64 k = 0; k < s; k++)
        {
          const LkComplex a = from[k], b = from[k + s * m];
          to[k] = a + b;
          to[k + s] = (a - b) * w;
        }
    }
}

/* −i · z */
static inline LkComplex
turned (LkComplex z)
{
  return CMPLX (cimag (z), -creal (z));
}

PASS (pass_3)
{
  for (gint64 q = 0; q < m; q++)
    {
      const LkComplex w1 = roots[q * step], w2 = roots[2 * q * step], *from = x + s * q;
      LkComplex *to = y + s * 3 * q;
      for (gint64 k = 0; k < s; k++)
        {
          const LkComplex a = from[k], b = from[k + s * m], c = from[k + s * 2 * m], sum = b + c, rest = a - 0.5 * sum,
                          side = 0.86602540378443864676 * turned (b - c);
          to[k] = a + sum;
          to[k + s] = (rest + side) * w1;
          to[k + s * 2] = (rest - side) * w2;
        }
    }
}

PASS (pass_4)
{
  for (gint64 q = 0; q < m; q++)
    {
      const LkComplex w1 = roots[q * step], w2 = roots[2 * q * step], w3 = roots[3 * q * step], *from = x + s * q;
      LkComplex *to = y + s * 4 * q;
      for (gint64 k = 0; k < s; k++)
        {
          const LkComplex a = from[k], b = from[k + s * m], c = from[k + s * 2 * m], d = from[k + s * 3 * m],
                          even = a + c, odd = a - c, sum = b + d, side = turned (b - d);
          to[k] = even + sum;
          to[k + s] = (odd + side) * w1;
          to[k + s * 2] = (even - sum) * w2;
          to[k + s * 3] = (odd - side) * w3;
        }
    }
}

/* n: of all roots. */
static void
pass_any (gint64 p, gint64 m, gint64 s, gint64 step, gint64 n, const LkComplex *roots, const LkComplex *x, LkComplex *y)
{
  for (gint64 q = 0; q < m; q++)
    for (gint64 i = 0; i < p; i++)
      {
        LkComplex *to = y + s * (p * q + i);
        for (gint64 k = 0; k < s; k++)
          to[k] = x[k + s * q];
        for (gint64 j = 1; j < p; j++)
          {
            const LkComplex w = roots[i * j % p * (n / p)], *from = x + s * (q + m * j);
            for (gint64 k = 0; k < s; k++)
              to[k] += from[k] * w;
          }
        const LkComplex w = roots[q * i * step];
        for (gint64 k = 0; k < s; k++)
          to[k] *= w;
      }
}

static void
conjugate (LkComplex *x, gint64 n)
{
  double *parts = (double *) x;
  for (gint64 i = 0; i < n; i++)
    parts[2 * i + 1] = -parts[2 * i + 1];
}

static void
run_factors (const LkFft *fft, gint64 columns, LkComplex *x, LkComplex *work)
{
  LkComplex *from = x, *to = work;
  gint64 left = fft->n, done = 1;
  for (guint i = 0; i < fft->n_factors; i++)
    {
      const gint64 p = fft->factors[i], m = left / p, s = done * columns;
      switch (p)
        {
        case 2: pass_2 (m, s, done, fft->roots, from, to); break;
        case 3: pass_3 (m, s, done, fft->roots, from, to); break;
        case 4: pass_4 (m, s, done, fft->roots, from, to); break;
        default: pass_any (p, m, s, done, fft->n, fft->roots, from, to); break;
        }
      LkComplex *last = from;
      from = to;
      to = last;
      left = m;
      done *= p;
    }
  for (gint64 i = 0; from != x && i < fft->n * columns; i++)
    x[i] = from[i];
}

/* jk = (j² + k² − (k − j)²) / 2: a product, a convolution, a product. */
static void
run_convolution (const LkFft *fft, gint64 columns, LkComplex *x, LkComplex *line)
{
  const gint64 n = fft->n, m = fft->longer->n;
  for (gint64 column = 0; column < columns; column++)
    {
      for (gint64 k = 0; k < m; k++)
        line[k] = k < n ? x[k * columns + column] * fft->chirp[k] : 0;
      run_factors (fft->longer, 1, line, line + m);
      for (gint64 k = 0; k < m; k++)
        line[k] = conj (line[k] * fft->filter[k]);
      run_factors (fft->longer, 1, line, line + m);
      for (gint64 k = 0; k < n; k++)
        x[k * columns + column] = conj (line[k]) * fft->chirp[k];
    }
}

gint64
lk_fft_room (const LkFft *fft, gint64 columns)
{
  return fft->longer != NULL ? 2 * fft->longer->n : fft->n * columns;
}

void
lk_fft_run (const LkFft *fft, gint64 columns, gboolean backward, LkComplex *x, LkComplex *work)
{
  if (backward)
    conjugate (x, fft->n * columns);
  if (fft->longer != NULL)
    run_convolution (fft, columns, x, work);
  else
    run_factors (fft, columns, x, work);
  if (backward)
    conjugate (x, fft->n * columns);
}

/* ---- real numbers ----

   Of an even number, those at even places and those at odd ones are the parts of half as many complex ones. */
void
lk_fft_run_real (const LkFft *fft, const double *x, LkComplex *y, LkComplex *work)
{
  const gint64 n = fft->n, h = n / 2;
  if (fft->half == NULL)
    {
      for (gint64 k = 0; k < n; k++)
        work[k] = x[k];
      lk_fft_run (fft, 1, FALSE, work, work + n);
      for (gint64 k = 0; k <= h; k++)
        y[k] = work[k];
      y[0] = creal (y[0]);
      return;
    }
  for (gint64 k = 0; k < h; k++)
    work[k] = CMPLX (x[2 * k], x[2 * k + 1]);
  lk_fft_run (fft->half, 1, FALSE, work, work + h);
  work[h] = work[0];
  for (gint64 k = 0; k <= h; k++)
    {
      const LkComplex a = work[k], b = conj (work[h - k]);
      y[k] = 0.5 * (a + b) + 0.5 * turned (a - b) * (k < h ? fft->roots[k] : -1);
    }
  y[0] = creal (y[0]);
  y[h] = creal (y[h]);
}

void
lk_fft_run_back (const LkFft *fft, const LkComplex *y, double *x, LkComplex *work)
{
  const gint64 n = fft->n, h = n / 2;
  if (fft->half == NULL)
    {
      work[0] = creal (y[0]);
      for (gint64 k = 1; k <= h; k++)
        {
          work[k] = y[k];
          work[n - k] = conj (y[k]);
        }
      lk_fft_run (fft, 1, TRUE, work, work + n);
      for (gint64 k = 0; k < n; k++)
        x[k] = creal (work[k]);
      return;
    }
  for (gint64 k = 0; k < h; k++)
    {
      const LkComplex a = k > 0 ? y[k] : creal (y[0]), b = k > 0 ? conj (y[h - k]) : creal (y[h]);
      work[k] = a + b - turned (a - b) * conj (fft->roots[k]);
    }
  lk_fft_run (fft->half, 1, TRUE, work, work + h);
  for (gint64 k = 0; k < h; k++)
    {
      x[2 * k] = creal (work[k]);
      x[2 * k + 1] = cimag (work[k]);
    }
}
