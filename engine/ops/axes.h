/* SPDX-License-Identifier: MIT */
/* The axes of a reduction: read from its second input, checked, and folded into runs. */
#pragma once
#include "engine/ops/block.h"

/* Reads the axes of a known rank as a set of bits. FALSE after an error. */
gboolean lk_axes_read (const LkCall *call, const LkTensor *axes, guint rank, guint *set);
/* shape without the axes of the set, or with 1 in their stead. */
LkShape lk_axes_reduced (const LkShape *shape, guint set, gboolean keep);
/* The rule of every reduction: input, reduction_indices, attribute 0 keep_dims. */
gboolean lk_axes_infer (const LkCall *call, LkSignature *out);
/* For provenance of reductions: every input element that output element `element` is made of. */
void lk_axes_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into);
/* For gradients of reductions: a tensor of the output's elements, shaped so that it broadcasts against the
   input. (transfer full) */
LkTensor *lk_axes_against_input (const LkCall *call, LkTensor *tensor);

/* A shape as alternating groups of kept and reduced axes, outermost first; the last one is walked in runs. */
typedef struct
{
  guint n;                      /* ≥ 1 */
  gint64 dims[LK_MAX_RANK + 1];
  gboolean reduced[LK_MAX_RANK + 1];
  gint64 out_step[LK_MAX_RANK + 1];     /* in the output, 0 for reduced groups */
} LkAxesGroups;

void lk_axes_group (const LkShape *shape, guint set, LkAxesGroups *groups);

/* Elements of a long run that are reduced to a value of their own before it joins the others, which keeps a sum's error from
   growing with its length; and short rows that are reduced side by side. */
#define LK_LANE_BLOCK 8192
#define LK_ABREAST 16

/* How a reduction goes over its input; see reducer.h. sums: accumulators of `size` bytes. */
typedef struct
{
  gsize size;
  void (*clear) (void *sums, gint64 n);
  /* n elements into one accumulator. */
  void (*fold) (void *sum, const void *in, gint64 n);
  /* The same in two steps: each block of n elements to a value, and n of those into an accumulator. */
  void (*blocks) (void *out, const void *in, gint64 n);
  void (*join) (void *sum, const void *blocks, gint64 n);
  /* LK_ABREAST rows of n elements, at most a block, folded into as many accumulators. */
  void (*abreast) (void *sums, const void *in, gint64 n);
  /* rows of n elements, `stride` apart, into n accumulators. */
  void (*rows) (void *sums, const void *in, gint64 rows, gint64 n, gint64 stride);
} LkReducer;

typedef void (*LkReduceStore) (void *out, const void *sums, gint64 n, gint64 count);

/* What a reduction op is, by dtype. `stores` makes n results of as many accumulators, into each of which `count` elements went. */
struct _LkReduction
{
  const LkReducer *const *reducers;
  const LkReduceStore *stores;
};

/* The kernel of every op whose block has a reduction. */
void lk_reduce (LkCall *call);

/* Walks the input, of elements of in_size bytes, once; threads share a large one. */
void lk_axes_walk (const LkAxesGroups *groups, const void *in, gsize in_size, void *sums, const LkReducer *reducer);

/* The same a stretch at a time, for who makes the input meanwhile: stretches that follow one another and are cut where they may be
   give the same bits. The last place up to `end` where one may be cut; there is one in any LK_LANE_BLOCK elements. */
gint64 lk_axes_cut (const LkAxesGroups *groups, gint64 end);
/* Elements `at` … at + n of the input, which lie at `in`. */
void lk_axes_feed (const LkAxesGroups *groups, const void *in, gsize in_size, gint64 at, gint64 n, void *sums,
                   const LkReducer *reducer);
