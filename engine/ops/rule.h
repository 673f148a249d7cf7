/* SPDX-License-Identifier: MIT */
/* What shape rules share: whole rules for the commonest families, and ways to read arguments that may not be
   known yet. Unless it says otherwise, what returns gboolean returns FALSE after lk_call_fail(). Shapes whose
   number of elements overflows are refused by dispatch, after the rule. */
#pragma once
#include "engine/ops/block.h"

/* A shape for a call that takes its address. */
#define LK_SHAPE_REF(...) ((LkShape[]) { LK_SHAPE (__VA_ARGS__) })

/* Whole rules. All outputs are like input 0, and so must all other inputs be; the same, whatever the other
   inputs are; output 0 is all inputs broadcast; all outputs are scalars. */
gboolean lk_infer_same (const LkCall *call, LkSignature *out);
gboolean lk_infer_first (const LkCall *call, LkSignature *out);
gboolean lk_infer_broadcast (const LkCall *call, LkSignature *out);
gboolean lk_infer_scalar (const LkCall *call, LkSignature *out);

/* The shape of input i. */
static inline const LkShape *
lk_rule_shape (const LkCall *call, guint i)
{
  return &call->inputs[i]->shape;
}

static inline gboolean
lk_rule_rank_known (const LkCall *call, guint i)
{
  return call->inputs[i]->shape.rank != LK_RANK_UNKNOWN;
}

/* Both shapes as one: what is known of either. FALSE, without an error, when they contradict each other. */
gboolean lk_rule_merge (const LkShape *a, const LkShape *b, LkShape *out);
gboolean lk_rule_merge_dim (gint64 a, gint64 b, gint64 *out);

/* Input i, called name, has to be a scalar: "dim must be a scalar, but received tensor of shape: [1]". */
gboolean lk_rule_need_scalar (const LkCall *call, guint i, const char *name);
/* Fails with format, whose %s is input i's shape, unless its rank is (at least) what is said, or unknown. */
gboolean lk_rule_need_rank (const LkCall *call, guint i, guint rank, const char *format);
gboolean lk_rule_need_min_rank (const LkCall *call, guint i, guint rank, const char *format);

/* Negative axes count from the end. FALSE, without an error, when axis is not in [-rank, rank). */
gboolean lk_rule_axis (gint64 axis, guint rank, guint *out);

/* The integers in input i (a vector, or a scalar as a vector of one), if they are known and not more than
   max. */
gboolean lk_rule_ints (const LkCall *call, guint i, gint64 *values, guint max, guint *n);
/* The shape that input i spells out as a vector: known through and through, partly (the Shape of something
   with unknown dimensions, a Pack of sizes), only in rank, or not at all. -1 stands for unknown, or for
   itself: whether the vector is a constant is told in *constant, (nullable). FALSE when the vector is not
   one, is too long, or holds less than -1. */
gboolean lk_rule_shape_value (const LkCall *call, guint i, LkShape *out, gboolean *constant);

/* Reading a kernel's own integer inputs; setting its outputs of int32 or int64. */
static inline gint64
lk_int_at (const LkTensor *tensor, gint64 i)
{
  if (G_LIKELY (tensor->dtype == LK_INT32))
    return ((const gint32 *) tensor->data)[i];
  return tensor->dtype == LK_INT64 ? ((const gint64 *) tensor->data)[i] : lk_tensor_int_at (tensor, i);
}

static inline void
lk_set_int (LkTensor *tensor, gint64 i, gint64 value)
{
  if (tensor->dtype == LK_INT32)
    ((gint32 *) tensor->data)[i] = value;
  else
    ((gint64 *) tensor->data)[i] = value;
}

/* The elements one step along each axis. */
void lk_shape_strides (const LkShape *shape, gint64 *strides);
/* Product of dims[first … last − 1]. */
gint64 lk_shape_product (const LkShape *shape, guint first, guint last);
/* An element's place in the flat order, and its index along each axis. */
void lk_shape_unravel (const LkShape *shape, gint64 element, gint64 *index);
gint64 lk_shape_ravel (const LkShape *shape, const gint64 *index);
/* "[1,0]": where element is, for messages; "" in a scalar. (transfer full) */
char *lk_index_text (const LkShape *shape, gint64 element);
