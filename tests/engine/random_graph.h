/* SPDX-License-Identifier: MIT */
/* Random graphs of elementwise ops, shapes, sums, calls, loops and images, of which some values are constants. */
#pragma once
#include "engine/engine.h"

#define RANDOM_INPUTS 4
#define RANDOM_OUTPUTS 3

typedef struct
{
  LkGraph *graph;
  LkTensor *inputs[RANDOM_INPUTS], *outputs[RANDOM_OUTPUTS];
  LkTensor *values[RANDOM_INPUTS];      /* for the inputs; random_graph_fill() makes new ones */
} RandomGraph;

RandomGraph *random_graph_new (LkContext *ctx);
/* Adds to it while its graph is entered: what `pool` holds is what nodes may read, and gets what they give. */
typedef void (*RandomMore) (LkContext *ctx, GPtrArray *pool, gpointer data);
RandomGraph *random_graph_new_with (LkContext *ctx, RandomMore more, gpointer data);
void random_graph_free (RandomGraph *random);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RandomGraph, random_graph_free)
void random_graph_fill (RandomGraph *random);
/* random_loop.c: a loop that changes x by y, up to three times. NULL after an error. (transfer full) */
LkTensor *random_loop (LkContext *ctx, LkTensor *x, LkTensor *y);
/* random_image.c: convolutions, pools and what is around them, channels first, over 12 floats. NULL when x is not those. (transfer full) */
LkTensor *random_image (LkContext *ctx, LkTensor *x);

/* The same dtype, shape and bits, but for those of NaNs. */
gboolean random_same_bits (const LkTensor *a, const LkTensor *b);
LkTensor *number (double value, LkDType dtype);          /* a scalar */
LkTensor *ints (guint n, const gint64 *values);          /* a vector of int64 */
