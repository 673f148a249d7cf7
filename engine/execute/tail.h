/* SPDX-License-Identifier: MIT */
/* Reductions at the end of a program: they take up what the tiles give a stretch at a time, while it is near, by the loops that the op
   has alone and in the order in which it goes over memory, so that results are the same bits. What nobody else reads is gathered in the
   frame until there is a stretch of it. Private to engine/execute. */
#pragma once
#include "engine/execute/frame.h"

#define LK_TAIL_GATHERED (LK_LANE_BLOCK + 64)   /* elements that may wait, besides those of a tile */

/* A run of a program's tails. */
typedef struct
{
  const LkProgram *program;
  LkCall *call;           /* of the fused node */
  char *sums;             /* accumulators, of one tail after the other: few, or many, which are owned */
  gint64 few[32];
  char *many;
  /* Of parts that threads share, each either has accumulators of its own, or makes values of blocks, to be joined in the end, or
     takes up its elements when those before it have. */
  gint64 part;            /* elements */
  char *blocks;           /* (nullable) (owned) */
  gint64 n_blocks;
  gboolean in_turn;
  guint turn;             /* atomic: whose it is */
} LkTails;

/* Finds the results' shapes in the frame, whose own is known. FALSE after an error. */
gboolean lk_tails_fit (const LkProgram *program, LkTileFrame *frame, LkContext *ctx, LkTensor *const *values);
/* Are the axes still those? */
gboolean lk_tails_are_fit (const LkProgram *program, const LkTileFrame *frame, LkTensor *const *values);

/* Before all tiles. FALSE after an error. */
gboolean lk_tails_clear (LkTails *tails, const LkTileFrame *frame);
/* Threads will share it: elements of a part, about as many as given. */
gint64 lk_tails_share (LkTails *tails, const LkTileFrame *frame, gint64 part);
/* In a part: before its first tile; after each, which ends there, while the part ends at `last`; after it. */
void lk_tails_begin (LkTileFrame *frame, gint64 at);
void lk_tails_take (LkTails *tails, LkTileFrame *frame, gint64 end, gint64 last);
void lk_tails_pass (LkTails *tails, guint part);
/* After all tiles: fills the outputs. */
void lk_tails_store (LkTails *tails, const LkTileFrame *frame);

/* Where element `at` of a gathered face lies. */
static inline char *
lk_tails_gathered (const LkProgram *program, const LkTileFrame *frame, guint face, gint64 at)
{
  return frame->memory + frame->places[face] + (at - frame->from + frame->pad) * (gint64) lk_dtype_size (program->dtypes[face]);
}
