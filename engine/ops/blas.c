/* SPDX-License-Identifier: MIT */
#include "engine/ops/blas.h"

#include <cblas.h>

#include "engine/core/parallel.h"

#define PART_PRODUCTS 3000000       /* multiplications that are worth a thread: some 40 µs */
#define PART_UNIT 48                /* rows or columns that OpenBLAS has in a block, for all of its kernels */

typedef struct
{
  LkDType dtype;
  gboolean turn_a, turn_b, by_rows;
  gint64 m, n, k, lda, ldb, ldc, parts;
  const char *a, *b;
  char *c;
  double beta;
} Gemm;

static gpointer
use_one_thread (gpointer data)
{
  openblas_set_num_threads (1);
  return NULL;
}

void
lk_blas_prepare (void)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, use_one_thread, NULL);
}

/* m × n elements of c, from its row and column on. */
static void
multiply (const Gemm *g, gint64 row, gint64 column, gint64 m, gint64 n)
{
  const enum CBLAS_TRANSPOSE turn_a = g->turn_a ? CblasTrans : CblasNoTrans, turn_b = g->turn_b ? CblasTrans : CblasNoTrans;
  const gsize size = lk_dtype_size (g->dtype);
  const void *a = g->a + (g->turn_a ? row : row * g->lda) * size, *b = g->b + (g->turn_b ? column * g->ldb : column) * size;
  void *c = g->c + (row * g->ldc + column) * size;
  if (g->dtype == LK_FLOAT32)
    cblas_sgemm (CblasRowMajor, turn_a, turn_b, m, n, g->k, 1, a, g->lda, b, g->ldb, g->beta, c, g->ldc);
  else
    cblas_dgemm (CblasRowMajor, turn_a, turn_b, m, n, g->k, 1, a, g->lda, b, g->ldb, g->beta, c, g->ldc);
}

/* Where part `part` begins. */
static gint64
begin_of (const Gemm *g, guint part)
{
  const gint64 all = g->by_rows ? g->m : g->n;
  return part == g->parts ? all : all * part / g->parts / PART_UNIT * PART_UNIT;
}

static void
multiply_part (gpointer data, guint part)
{
  const Gemm *g = data;
  const gint64 begin = begin_of (g, part), n = begin_of (g, part + 1) - begin;
  if (g->by_rows)
    multiply (g, begin, 0, n, g->n);
  else
    multiply (g, 0, begin, g->m, n);
}

void
lk_blas_multiply (LkDType dtype, gboolean turn_a, gboolean turn_b, gint64 m, gint64 n, gint64 k, const void *a, gint64 lda,
                  const void *b, gint64 ldb, double beta, void *c, gint64 ldc)
{
  Gemm g = { dtype, turn_a, turn_b, m >= n, m, n, k, lda, ldb, ldc, 1, a, b, c, beta };
  lk_blas_prepare ();
  const double worth = (double) m * n * k / PART_PRODUCTS;
  if (worth >= 2)
    g.parts = MIN (worth, MAX (m, n) / (2 * PART_UNIT));
  if (g.parts > 1 && (g.parts = MIN (g.parts, lk_parallel_ways ())) > 1)
    lk_parallel (g.parts, multiply_part, &g);
  else
    multiply (&g, 0, 0, m, n);
}
