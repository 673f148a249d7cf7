/* SPDX-License-Identifier: MIT */
/* Sparse tensors: three tensors that stand together, indices [n, rank] (int64), values [n] and the dense shape [rank].
   What rules and kernels of ops over them share. Private to the engine. */
#pragma once
#include <complex.h>

#include "engine/ops/rule.h"

/* A sparse input of a kernel: its first tensor is input `at`. */
typedef struct
{
  gint64 n;
  guint rank;
  const gint64 *indices;
  const LkTensor *values;
  const gint64 *shape;
} LkSparse;

/* Inputs at … at + 2 are indices, values and shape of one sparse tensor that fit each other as far as is known. */
gboolean lk_sparse_check (const LkCall *call, guint at);
/* The same for inputs at any place; an index of -1 stands for one that the op does not have. */
gboolean lk_sparse_check_parts (const LkCall *call, gint indices, gint values, gint shape);
LkSparse lk_sparse_of (const LkCall *call, guint at);
/* Every index is within the shape; FALSE after reporting the first that is not. */
gboolean lk_sparse_check_indices (const LkCall *call, const LkSparse *sparse);
/* -1, 0 or 1: the order of two indices. */
int lk_sparse_compare (const gint64 *a, const gint64 *b, guint rank);
/* Places of the entries in the order of their indices; equal ones as they come. (transfer full) */
gint64 *lk_sparse_order (const gint64 *indices, gint64 n, guint rank);
/* "[1,2]" (transfer full) */
char *lk_sparse_index_text (const gint64 *index, guint rank);
/* The size of a vector at any place; LK_DIM_UNKNOWN where it is not known, or none (-1). */
gint64 lk_sparse_vector_size (const LkCall *call, gint input);
/* What is known of the number of entries and the rank of the sparse tensor at `at`. */
gint64 lk_sparse_n (const LkCall *call, guint at);
gint64 lk_sparse_rank (const LkCall *call, guint at);
/* The dense shape as a shape, if all of it is small enough to be one. FALSE after an error. */
gboolean lk_sparse_dense_shape (const LkCall *call, const LkSparse *sparse, LkShape *shape);

/* The types in which kernels compute, narrower ones being widened to them; and those in which they add and multiply, since
   integers wrap. */
#define LK_SPARSE_REAL_TYPES(DO) \
  DO (LK_FLOAT32, float, float) DO (LK_FLOAT64, double, double) DO (LK_INT32, gint32, guint32) \
  DO (LK_INT64, gint64, guint64) DO (LK_UINT64, guint64, guint64)
#define LK_SPARSE_ALL_TYPES(DO) \
  LK_SPARSE_REAL_TYPES (DO) DO (LK_COMPLEX64, complex float, complex float) DO (LK_COMPLEX128, complex double, complex double)
