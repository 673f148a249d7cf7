/* SPDX-License-Identifier: MIT */
/* What is used of LAPACK, which OpenBLAS brings: Fortran's calling convention, matrices by columns, the lengths of texts at
   the end. https://netlib.org/lapack says what each does. Scalars and matrices are `void`, so that one declaration is
   good for all four types. */
#pragma once
#include <glib.h>

#define LK_LAPACK_COMMON(p) \
  void p##getrf_ (const int *m, const int *n, void *a, const int *lda, int *pivots, int *info); \
  void p##getri_ (const int *n, void *a, const int *lda, const int *pivots, void *work, const int *size, int *info); \
  void p##getrs_ (const char *trans, const int *n, const int *k, const void *a, const int *lda, const int *pivots, \
                  void *b, const int *ldb, int *info, gsize trans_length); \
  void p##potrf_ (const char *part, const int *n, void *a, const int *lda, int *info, gsize part_length); \
  void p##potrs_ (const char *part, const int *n, const int *k, const void *a, const int *lda, void *b, \
                  const int *ldb, int *info, gsize part_length); \
  void p##geqrf_ (const int *m, const int *n, void *a, const int *lda, void *tau, void *work, const int *size, \
                  int *info); \
  void p##gtsv_ (const int *n, const int *k, void *lower, void *diagonal, void *upper, void *b, const int *ldb, \
                 int *info)
LK_LAPACK_COMMON (s);
LK_LAPACK_COMMON (d);
LK_LAPACK_COMMON (c);
LK_LAPACK_COMMON (z);

#define LK_LAPACK_Q(p, name) \
  void p##name##_ (const int *m, const int *n, const int *k, void *a, const int *lda, const void *tau, void *work, \
                   const int *size, int *info)
LK_LAPACK_Q (s, orgqr);
LK_LAPACK_Q (d, orgqr);
LK_LAPACK_Q (c, ungqr);
LK_LAPACK_Q (z, ungqr);

#define LK_LAPACK_REAL(p) \
  void p##gesdd_ (const char *job, const int *m, const int *n, void *a, const int *lda, void *s, void *u, \
                  const int *ldu, void *vt, const int *ldvt, void *work, const int *size, int *integers, int *info, \
                  gsize job_length); \
  void p##gelsd_ (const int *m, const int *n, const int *k, void *a, const int *lda, void *b, const int *ldb, void *s, \
                  const void *bound, int *rank, void *work, const int *size, int *integers, int *info); \
  void p##geev_ (const char *left, const char *right, const int *n, void *a, const int *lda, void *reals, \
                 void *imaginaries, void *vl, const int *ldvl, void *vr, const int *ldvr, void *work, const int *size, \
                 int *info, gsize left_length, gsize right_length); \
  void p##syevd_ (const char *job, const char *part, const int *n, void *a, const int *lda, void *values, void *work, \
                  const int *size, int *integers, const int *n_integers, int *info, gsize job_length, \
                  gsize part_length)
LK_LAPACK_REAL (s);
LK_LAPACK_REAL (d);

#define LK_LAPACK_COMPLEX(p) \
  void p##gesdd_ (const char *job, const int *m, const int *n, void *a, const int *lda, void *s, void *u, \
                  const int *ldu, void *vt, const int *ldvt, void *work, const int *size, void *reals, int *integers, \
                  int *info, gsize job_length); \
  void p##gelsd_ (const int *m, const int *n, const int *k, void *a, const int *lda, void *b, const int *ldb, void *s, \
                  const void *bound, int *rank, void *work, const int *size, void *reals, int *integers, int *info); \
  void p##heevd_ (const char *job, const char *part, const int *n, void *a, const int *lda, void *values, void *work, \
                  const int *size, void *reals, const int *n_reals, int *integers, const int *n_integers, int *info, \
                  gsize job_length, gsize part_length); \
  void p##geev_ (const char *left, const char *right, const int *n, void *a, const int *lda, void *values, void *vl, \
                 const int *ldvl, void *vr, const int *ldvr, void *work, const int *size, void *reals, int *info, \
                 gsize left_length, gsize right_length); \
  void p##gees_ (const char *job, const char *sort, void *select, const int *n, void *a, const int *lda, int *sdim, \
                 void *values, void *vectors, const int *ldvs, void *work, const int *size, void *reals, \
                 int *logicals, int *info, gsize job_length, gsize sort_length)
LK_LAPACK_COMPLEX (c);
LK_LAPACK_COMPLEX (z);
