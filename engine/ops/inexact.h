/* SPDX-License-Identifier: MIT */
/* Includes LK_TYPED, a header of functions on elements of type T, once for each inexact dtype. There, R is the type of
   their absolute values, N (name) a name for the type's own function, LAPACK (name) and BLAS (name) those of the
   libraries; COMPLEX says whether it is complex. No guard: that is what it is for. */
#define T float
#define R float
#define N(name) name##_f32
#define LAPACK(name) s##name##_
#define BLAS(name) cblas_s##name
#define COMPLEX 0
#include LK_TYPED
#undef T
#undef R
#undef N
#undef LAPACK
#undef BLAS
#define T double
#define R double
#define N(name) name##_f64
#define LAPACK(name) d##name##_
#define BLAS(name) cblas_d##name
#include LK_TYPED
#undef T
#undef R
#undef N
#undef LAPACK
#undef BLAS
#undef COMPLEX
#define COMPLEX 1
#define T _Complex float
#define R float
#define N(name) name##_c64
#define LAPACK(name) c##name##_
#define BLAS(name) cblas_c##name
#include LK_TYPED
#undef T
#undef R
#undef N
#undef LAPACK
#undef BLAS
#define T _Complex double
#define R double
#define N(name) name##_c128
#define LAPACK(name) z##name##_
#define BLAS(name) cblas_z##name
#include LK_TYPED
#undef T
#undef R
#undef N
#undef LAPACK
#undef BLAS
#undef COMPLEX
