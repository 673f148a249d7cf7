/* SPDX-License-Identifier: MIT */
#include "engine/ops/multiply.h"

#include <cblas.h>
#include <string.h>

#include "engine/core/loop.h"
#include "engine/core/parallel.h"
#include "engine/ops/blas.h"

/* What has one row or column is a matrix times a vector, y = op (matrix) · x; from FAR bytes on, where the matrix comes from memory,
   the library's own function for that is faster. Rows of the matrix in memory: `rows`, of `columns` each. */
#define FAR (1 << 20)
#define PRODUCT_OF_FLOATS(name, T, dtype, dot, gemv) \
  static void name##_vector (const T *matrix, gint64 rows, gint64 columns, gboolean turn, const T *x, T *y) \
  { \
    memset (y, 0, (turn ? columns : rows) * sizeof *y); \
    gemv (CblasRowMajor, turn ? CblasTrans : CblasNoTrans, rows, columns, 1, matrix, columns, x, 1, 1, y, 1); \
  } \
  static void name (const LkProduct *p, const void *a, const void *b, void *out) \
  { \
    const gboolean far = (double) p->m * p->n * p->k * sizeof (T) > FAR; \
    if (p->m == 1 && p->n == 1) \
      *(T *) out = dot (p->k, a, 1, b, 1); \
    else if (p->n == 1 && far) \
      name##_vector (a, p->transpose_a ? p->k : p->m, p->transpose_a ? p->m : p->k, p->transpose_a, b, out); \
    else if (p->m == 1 && far) \
      name##_vector (b, p->transpose_b ? p->n : p->k, p->transpose_b ? p->k : p->n, !p->transpose_b, a, out); \
    else \
      lk_blas_multiply (dtype, p->transpose_a, p->transpose_b, p->m, p->n, p->k, a, p->transpose_a ? p->m : p->k, b, \
                        p->transpose_b ? p->k : p->n, 0, out, p->n); \
  }
PRODUCT_OF_FLOATS (multiply_f32, float, LK_FLOAT32, cblas_sdot, cblas_sgemv)
PRODUCT_OF_FLOATS (multiply_f64, double, LK_FLOAT64, cblas_ddot, cblas_dgemv)

static CBLAS_TRANSPOSE
turned (gboolean transpose, gboolean conjugate)
{
  return !transpose ? CblasNoTrans : conjugate ? CblasConjTrans : CblasTrans;
}

#define COMPLEX_GEMM(name, T, gemm) \
  static void name (const LkProduct *p, const void *a, const void *b, void *out) \
  { \
    const T one[2] = { 1, 0 }, none[2] = { 0, 0 }; \
    gemm (CblasRowMajor, turned (p->transpose_a, p->conjugate), turned (p->transpose_b, p->conjugate), p->m, \
          p->n, p->k, one, a, p->transpose_a ? p->m : p->k, b, p->transpose_b ? p->k : p->n, none, out, p->n); \
  }
COMPLEX_GEMM (multiply_c64, float, cblas_cgemm)
COMPLEX_GEMM (multiply_c128, double, cblas_zgemm)

/* ---- integers, whose sums come to the same in any order ---- */

#define CHUNK 512       /* terms of a row that are taken together */

/* z (row i of the product) is given rows of b, four at a time, or its sums with them if b is turned or a column. */
#define INT_ROW(suffix, T) \
  LK_CLONES static void add_rows_##suffix (const T *x, gint64 step, const T *y, gint64 n, gint64 k, T *restrict z) \
  { \
    gint64 l = 0; \
    for (; l + 4 <= k; l += 4, x += 4 * step, y += 4 * n) \
      { \
        const T x0 = x[0], x1 = x[step], x2 = x[2 * step], x3 = x[3 * step]; \
        for (gint64 j = 0; j < n; j++) \
          z[j] += x0 * y[j] + x1 * y[n + j] + x2 * y[2 * n + j] + x3 * y[3 * n + j]; \
      } \
    for (; l < k; l++, x += step, y += n) \
      for (gint64 j = 0; j < n; j++) \
        z[j] += *x * y[j]; \
  } \
  LK_CLONES static void add_sums_##suffix (const T *x, gint64 step, const T *y, gint64 n, gint64 k, T *restrict z) \
  { \
    T row[CHUNK]; \
    for (gint64 l = 0; l < k; l += CHUNK) \
      { \
        const gint64 terms = MIN (CHUNK, k - l); \
        for (gint64 i = 0; i < terms; i++) \
          row[i] = x[(l + i) * step]; \
        for (gint64 j = 0; j < n; j++) \
          { \
            T sum = 0; \
            for (gint64 i = 0; i < terms; i++) \
              sum += row[i] * y[j * k + l + i]; \
            z[j] += sum; \
          } \
      } \
  } \
  static void rows_##suffix (gpointer data, guint task) \
  { \
    const IntProduct *whole = data; \
    const LkProduct *p = whole->p; \
    const gboolean by_sums = p->transpose_b || p->n == 1; \
    const gint64 end = MIN (p->m, (task + 1) * whole->stripe); \
    for (gint64 i = task * whole->stripe; i < end; i++) \
      { \
        T *z = (T *) whole->out + i * p->n; \
        memset (z, 0, p->n * sizeof *z); \
        (by_sums ? add_sums_##suffix : add_rows_##suffix) ((const T *) whole->a + i * (p->transpose_a ? 1 : p->k), \
                                                           p->transpose_a ? p->m : 1, whole->b, p->n, p->k, z); \
      } \
  } \
  static void multiply_##suffix (const LkProduct *p, const void *a, const void *b, void *out) \
  { \
    IntProduct whole = { p, a, b, out, p->m }; \
    const double worth = (double) p->m * p->n * p->k / PART_PRODUCTS; \
    if (worth >= 2) \
      whole.stripe = MAX (p->m / MIN (worth, 64), 1); \
    lk_parallel ((p->m + whole.stripe - 1) / whole.stripe, rows_##suffix, &whole); \
  }

#define PART_PRODUCTS 500000    /* multiplications that are worth a thread */

typedef struct
{
  const LkProduct *p;
  const void *a, *b;
  void *out;
  gint64 stripe;        /* rows of a task */
} IntProduct;

INT_ROW (i32, guint32)
INT_ROW (i64, guint64)

/* ---- all ---- */

typedef void (*Multiply) (const LkProduct *p, const void *a, const void *b, void *out);

void
lk_product_run (LkDType dtype, const LkProduct *p, const void *a, const void *b, void *out)
{
  static const Multiply multiplies[LK_N_DTYPES] = {
    [LK_FLOAT32] = multiply_f32, [LK_FLOAT64] = multiply_f64, [LK_INT32] = multiply_i32,
    [LK_INT64] = multiply_i64, [LK_UINT64] = multiply_i64, [LK_COMPLEX64] = multiply_c64,
    [LK_COMPLEX128] = multiply_c128,
  };
  if (p->m == 0 || p->n == 0)
    return;
  if (p->k == 0)
    memset (out, 0, p->m * p->n * lk_dtype_size (dtype));
  else
    multiplies[dtype] (p, a, b, out);
}
