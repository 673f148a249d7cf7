/* SPDX-License-Identifier: MIT */
/* The reverse pass, over what a tape recorded or over the nodes of a graph. Private to the engine. */
#pragma once
#include "engine/eager/state.h"

/* One application of an op. */
typedef struct
{
  const LkOp *op;
  guint n_inputs, n_outputs;
  LkTensor **inputs, **outputs;
  LkAttr *attrs;
  gboolean grown;         /* outputs is an array of its own */
} LkRecord;

/* The nodes of graph, in order; they borrow from it. (transfer full) elements LkRecord *, which the array frees */
GArray *lk_records_of_graph (LkGraph *graph);

/* d(sum of targets)/d(sources) through records, which are in the order in which they were applied. seeds (nullable):
   gradients of the targets, NULL entries for ones. stops are taken for constants. results (transfer full), NULL where unconnected. */
gboolean lk_backprop (LkContext *ctx, LkRecord *const *records, guint n_records, LkTensor *const *targets,
                      LkTensor *const *seeds, guint n_targets, LkTensor *const *sources, guint n_sources,
                      LkTensor *const *stops, guint n_stops, LkTensor **results);
/* The same, but a result may be slices (ops/slices.h), where rows of the source were gathered. */
gboolean lk_backprop_slices (LkContext *ctx, LkRecord *const *records, guint n_records, LkTensor *const *targets,
                             LkTensor *const *seeds, guint n_targets, LkTensor *const *sources, guint n_sources,
                             LkTensor *const *stops, guint n_stops, LkTensor **results);
/* The sum of two gradients of the same tensor. (transfer full) */
LkTensor *lk_gradients_add (LkContext *ctx, LkTensor *a, LkTensor *b);
/* Logs a scalar target as a loss: at once, or when its node runs. */
void lk_log_loss (LkContext *ctx, LkTensor *target);
