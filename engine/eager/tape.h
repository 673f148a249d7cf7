/* SPDX-License-Identifier: MIT */
/* Reverse-mode differentiation. A tape records the ops that run (or nodes that are made) between start and stop and that
   depend on what it watches; gradients are computed by the ops' own gradient rules, called on the context, so that they are
   events, nodes and themselves differentiable like any other op. */
#pragma once
#include "engine/eager/context.h"

typedef struct _LkTape LkTape;

/* persistent: lk_tape_gradient() may be called more than once. watch_variables: trainable variables are watched as they
   are read. */
LkTape *lk_tape_new (LkContext *ctx, gboolean persistent, gboolean watch_variables);
/* Its gradients will not be differentiated by it, though they may be asked for more than once: functions that are called under it
   need to keep what their first derivative takes, and no more. */
void lk_tape_take_first_only (LkTape *tape);
void lk_tape_free (LkTape *tape);                   /* (nullable) */
LkContext *lk_tape_context (LkTape *tape);
void lk_tape_start (LkTape *tape);                  /* recording, innermost of the context's tapes */
void lk_tape_stop (LkTape *tape);
void lk_tape_watch (LkTape *tape, LkTensor *tensor);/* to watch a variable, its handle */
gboolean lk_tape_watches (LkTape *tape, const LkTensor *tensor);    /* watched or computed from such */
void lk_tape_reset (LkTape *tape);
void lk_tape_forget (LkTape *tape);                 /* what it recorded; it still knows which variables were watched */

typedef enum { LK_UNCONNECTED_NONE, LK_UNCONNECTED_ZERO } LkUnconnected;

/* d(sum of targets)/d(sources). seeds: output gradients, NULL or NULL entries for ones. results[i] (transfer full) is NULL
   where a source is unconnected. A scalar target is logged as a loss. FALSE with the context's error set. */
gboolean lk_tape_gradient (LkTape *tape, LkTensor *const *targets, guint n_targets, LkTensor *const *seeds,
                           LkTensor *const *sources, guint n_sources, LkUnconnected unconnected, LkTensor **results);
/* The same, but results may be slices (ops/slices.h), of sources of which rows were gathered. */
gboolean lk_tape_gradient_slices (LkTape *tape, LkTensor *const *targets, guint n_targets, LkTensor *const *seeds,
                                  LkTensor *const *sources, guint n_sources, LkUnconnected unconnected, LkTensor **results);
/* Handles of the variables that were watched, in order of first use. (transfer container) elements LkTensor */
GPtrArray *lk_tape_watched_variables (LkTape *tape);
