/* SPDX-License-Identifier: MIT */
/* Ops on the matrices in the last two axes of tensors, one after another: shape rules, the walk over the batch, scratch
   memory, and what gradients are made of. Private to the engine.

   LAPACK stores matrices by columns, tensors by rows. Kernels turn what they give it, so that it pivots as it does for
   everybody else. */
#pragma once
#include "engine/ops/op.h"

/* ---- shape rules ---- */

/* Input i has rank 2 or more. */
gboolean lk_matrix_need (const LkCall *call, guint i);
/* Input 0 is square matrices; *out has both sizes known if either is. */
gboolean lk_matrix_infer_square (const LkCall *call, LkShape *out);
/* All outputs are like input 0, square matrices. */
gboolean lk_matrix_infer_like (const LkCall *call, LkSignature *out);
/* Of a shape of rank 2 or more: the batch, and one with the last axes replaced. */
LkShape lk_matrix_batch (const LkShape *shape);
LkShape lk_matrix_shape (LkShape batch, guint n, gint64 rows, gint64 columns);  /* n: 0, 1 (rows) or 2 axes */

/* ---- kernels ---- */

/* Memory for one matrix after another: n blocks that only grow. */
#define LK_MATRIX_BLOCKS 12

typedef struct
{
  const LkAttr *attrs;
  int m, n, k;            /* input 0 is m × n, the last input has k columns */
  double number;          /* input 2, if it is a scalar */
  gboolean gives[3];      /* whether output i is asked for: it has elements */
  gpointer blocks[LK_MATRIX_BLOCKS];
  gsize sizes[LK_MATRIX_BLOCKS];
} LkMatrixWork;

/* Block number `block`, of n elements. NULL when memory is short. */
gpointer lk_matrix_take (LkMatrixWork *work, guint block, gint64 n, gsize size);
extern const char lk_matrix_short_memory[];

/* Computes one matrix of each output from one of each input; what is wrong with it, or NULL. */
typedef const char *(*LkMatrixKernel) (LkMatrixWork *work, const void *const *in, void *const *out);
/* By dtype of input 0, which is float32, float64, complex64 or complex128. */
typedef const LkMatrixKernel LkMatrixKernels[LK_N_DTYPES];
/* Runs kernels on the batch, the inputs' leading axes broadcast. n_inputs: how many inputs are matrices. */
void lk_matrix_run (LkCall *call, guint n_inputs, LkMatrixKernels kernels);

#define LK_MATRIX_KERNELS(name) \
  { [LK_FLOAT32] = name##_f32, [LK_FLOAT64] = name##_f64, [LK_COMPLEX64] = name##_c64, [LK_COMPLEX128] = name##_c128 }

/* name_kernel (), which runs name of every dtype on the matrices of the first n_inputs. */
#define LK_MATRIX_KERNEL(name, n_inputs) \
  static void name##_kernel (LkCall *call) \
  { \
    static LkMatrixKernels kernels = LK_MATRIX_KERNELS (name); \
    lk_matrix_run (call, n_inputs, kernels); \
  }

/* Everything of the same matrices. */
void lk_matrix_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into);

/* ---- gradients ---- */

/* op (a) · op (b), an op being the adjoint or nothing. */
LkTensor *lk_matrix_product (LkContext *ctx, LkTensor *a, gboolean adjoint_a, LkTensor *b, gboolean adjoint_b);
LkTensor *lk_matrix_negative_product (LkContext *ctx, LkTensor *a, gboolean adjoint_a, LkTensor *b, gboolean adjoint_b);
LkTensor *lk_matrix_adjoint (LkContext *ctx, LkTensor *matrix);
/* The part of a matrix from `lower` diagonals below the main one to `upper` above it; −1 means all of them. */
LkTensor *lk_matrix_band (LkContext *ctx, LkTensor *matrix, gint lower, gint upper);
/* The lower triangle with the diagonal halved. */
LkTensor *lk_matrix_half_lower (LkContext *ctx, LkTensor *matrix);
/* matrix · diag (vector), diag (vector) · matrix, diag (vector). */
LkTensor *lk_matrix_scale_columns (LkContext *ctx, LkTensor *matrix, LkTensor *vector);
LkTensor *lk_matrix_scale_rows (LkContext *ctx, LkTensor *matrix, LkTensor *vector);
LkTensor *lk_matrix_of_diagonal (LkContext *ctx, LkTensor *vector);
/* How many columns there are, a scalar of dtype int32. */
LkTensor *lk_matrix_n_columns (LkContext *ctx, LkTensor *matrix);
/* A new axis before the last, or after it. */
LkTensor *lk_matrix_row (LkContext *ctx, LkTensor *vector);
LkTensor *lk_matrix_column (LkContext *ctx, LkTensor *vector);
/* Rows first … first + n − 1 of the last axis, or of the one before it. */
LkTensor *lk_matrix_take_columns (LkContext *ctx, LkTensor *matrix, gint64 first, gint64 n);
LkTensor *lk_matrix_take_rows (LkContext *ctx, LkTensor *matrix, gint64 first, gint64 n);
/* Two matrices beside each other (axis −1), or one above the other (−2). */
LkTensor *lk_matrix_join (LkContext *ctx, LkTensor *a, LkTensor *b, gint axis);
