/* SPDX-License-Identifier: MIT */
/* Copies of matrices, for elements of type T; see inexact.h. All matrices here are of rows × columns elements, and `in` is
   by rows unless its name says otherwise. */
static inline T
N (conjugate) (T x)
{
#if COMPLEX
  return __builtin_conj (x);
#else
  return x;
#endif
}

/* out by columns, or the other way round. */
G_GNUC_UNUSED static void
N (turn) (gint64 rows, gint64 columns, const T *in, T *out)
{
  for (gint64 i = 0; i < rows; i++)
    for (gint64 j = 0; j < columns; j++)
      out[j * rows + i] = in[i * columns + j];
}

/* The adjoint of in, by columns: what is one after the other in memory stays so. */
G_GNUC_UNUSED static void
N (adjoint) (gint64 rows, gint64 columns, const T *in, T *out)
{
  for (gint64 i = 0; i < rows * columns; i++)
    out[i] = N (conjugate) (in[i]);
}
