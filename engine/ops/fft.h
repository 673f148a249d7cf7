/* SPDX-License-Identifier: MIT */
/* The discrete Fourier transform of any length, in double: X[k] = Σ x[j] e^(∓2πi jk / n). Lengths of small prime factors are
   taken apart (J. W. Cooley, J. W. Tukey, 1965), in the order of T. G. Stockham, which needs no reversal of bits; others become a
   convolution of such a length (L. I. Bluestein, 1970). Nothing is divided by n. */
#pragma once
#include <complex.h>
#include <glib.h>

typedef double complex LkComplex;
typedef struct _LkFft LkFft;

/* A plan for lines of n > 0 numbers; threads may share it. NULL when memory is short. (transfer full) */
LkFft *lk_fft_new (gint64 n);
void lk_fft_free (LkFft *fft);      /* (nullable) */

/* How many numbers the work of a run needs room for. */
gint64 lk_fft_room (const LkFft *fft, gint64 columns);
/* x is [n, columns], and transformed along its first axis, in place. */
void lk_fft_run (const LkFft *fft, gint64 columns, gboolean backward, LkComplex *x, LkComplex *work);

/* Of n real numbers the first n / 2 + 1 results, the others being their conjugates; and back: from so many of what has such
   symmetry, the imaginary part of what has to be real being ignored. work has room for n + 2 more than of one column. */
void lk_fft_run_real (const LkFft *fft, const double *x, LkComplex *y, LkComplex *work);
void lk_fft_run_back (const LkFft *fft, const LkComplex *y, double *x, LkComplex *work);
