/* SPDX-License-Identifier: MIT */
/* A frame in which a program runs: the faces of a tile. Private to engine/execute. */
#pragma once
#include "engine/execute/strip.h"
#include "engine/ops/axes.h"

typedef enum { LK_FACE_WHOLE, LK_FACE_SINGLE, LK_FACE_SPREAD } LkFaceKind;

/* How an input that is smaller than the outputs is spread over them: axes folded into as few as can be. */
typedef struct
{
  guint rank;
  gint64 dims[LK_MAX_RANK], steps[LK_MAX_RANK];         /* in elements of the output, of the input */
  gboolean repeats;       /* every tile has the same */
} LkSpread;

/* What runs on a tile: a strip of several steps, or one step, by its loop on where its faces are, or by its kernel on the faces. */
typedef struct
{
  const LkStripCode *codes, *end;       /* NULL, or */
  LkUnaryLoop unary;                    /* NULL, or */
  LkBinaryLoop binary;                  /* NULL, or */
  void (*kernel) (LkCall *call);
  LkCall *call;
  void *const *a, *const *b, *const *out;
  guint8 a_step, b_step, dtype;
} LkTileInstr;

struct _LkTileFrame
{
  LkTensor *faces;        /* n_faces; hold nothing */
  LkTensor **pointers;    /* of the calls */
  LkCall *calls;          /* n_steps */
  LkTileInstr *instrs;    /* n_instrs */
  guint n_instrs;
  LkStripCode *codes;     /* of the instrs */
  char *memory;           /* of registers and of inputs that are spread, a tile each; 64-byte aligned */
  gsize *places;          /* by face: in memory */
  /* What is known of the inputs, once they were seen. */
  gboolean is_laid;
  LkShape *shapes;        /* n_whole */
  guint8 *kinds;          /* n_whole: LkFaceKind */
  LkSpread *spreads;      /* n_whole */
  LkShape shape;          /* of the outputs */
  gint64 size, tile, length;            /* elements: in all, of a tile, of the present one */
  /* Of tails. */
  LkShape *results;       /* n_tails */
  guint axes;             /* the set that they reduce */
  LkAxesGroups groups;
  gint64 from;            /* the first element that they have not taken up; gathered values lie from it on, */
  guint pad;              /* so many elements behind their place */
};

/* A frame for this thread alone. (transfer full) */
LkTileFrame *lk_frame_take (LkProgram *program);
void lk_frame_give (LkProgram *program, LkTileFrame *frame);
void lk_frame_free (LkTileFrame *frame);        /* (nullable) */
/* Makes it fit the values, n_whole of them. FALSE after an error. */
gboolean lk_frame_fit (LkProgram *program, LkTileFrame *frame, LkContext *ctx, LkTensor *const *values);
/* Makes the instrs. The kinds of the inputs are known. */
void lk_frame_schedule (const LkProgram *program, LkTileFrame *frame);
/* The next tiles have so many elements. */
void lk_frame_set_length (const LkProgram *program, LkTileFrame *frame, gint64 length);
/* The shape of output i of the body. */
const LkShape *lk_frame_output_shape (const LkProgram *program, const LkTileFrame *frame, guint i);
/* n elements of the spread input, from output element `at` on. */
void lk_spread_fill (const LkSpread *spread, gsize size, const char *from, char *to, gint64 at, gint64 n);
