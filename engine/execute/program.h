/* SPDX-License-Identifier: MIT */
/* Fused kernels: the body of a fused node, a function of elementwise nodes of one shape, as a flat program that is run
   tile by tile. A tile is so many elements of each value as stay in the nearest cache; each node computes its tile by the same
   kernel that it has alone, on tensors that are but faces of the tile's memory; the commonest ones, where they follow one another, in
   registers (see strip.h). So results are the same bits, and every elementwise op can be part of a program as it is.

   The first node may be one that needs its inputs whole (a product, a convolution): it runs before all tiles. The last ones may be
   reductions of what the tiles give, which they take up a stretch at a time (execute/tail.h). A program is made once
   and is then read-only, but for frames, in which it runs: memory of the tiles, and what was found out about the inputs' shapes.
   Each thread that runs it has a frame of its own. Private to the engine. */
#pragma once
#include "engine/graph/call.h"

#define LK_PROGRAM_FRAMES 4             /* that are kept */
#define LK_PROGRAM_MOST_INPUTS 64       /* of a body */
#define LK_STEP_MOST_INPUTS 3           /* of a node in a tile */

typedef struct _LkTileFrame LkTileFrame;

/* How a node of the body runs on a tile. */
typedef struct
{
  const LkNode *node;
  const LkOp *op;         /* whose kernel runs */
  const LkAttr *attrs;
  guint8 n_inputs;
  guint16 inputs[LK_STEP_MOST_INPUTS], output;          /* faces */
} LkTileStep;

/* A reduction at the end. All tails of a program go over the same axes. */
typedef struct
{
  const LkNode *node;
  guint16 input, axes;    /* faces */
  guint output;           /* of the body */
} LkTileTail;

/* Faces: of the body's inputs; of the head's output, if there is a head; of what the tiles leave in memory; of registers. */
struct _LkProgram
{
  const LkFunction *body;
  const LkNode *head;     /* (nullable) */
  LkTileStep *steps;
  guint n_steps, n_whole, n_outputs, n_faces;           /* n_whole: faces of inputs and head */
  gboolean *is_read;      /* by face of n_whole: in a tile; what only the head reads is not */
  gint *outputs;          /* n_outputs: which of the body's the face is; −1: gathered, since tails alone read it */
  LkTileTail *tails;      /* n_tails */
  guint n_tails;
  gint room;              /* the output in whose memory the head's may lie until the tiles go over it; −1: none */
  guint8 *dtypes;         /* by face */
  gsize element_bytes;    /* of all faces together */
  LkTileFrame *frames[LK_PROGRAM_FRAMES];               /* that nobody runs in; atomic */
};

/* Can node be part of a body, but its head? It computes each element of its only output from the same one of each input, cannot
   fail by the values that it gets, and its kernel serves its dtypes directly. */
gboolean lk_node_is_elementwise (const LkNode *node);
/* The same of an op alone: the shape of an output is that of the inputs, broadcast. */
gboolean lk_op_is_elementwise (const LkOp *op);
/* Can it be the head? */
gboolean lk_op_is_head (const LkOp *op);
/* Can it be a tail, if its axes are constant? */
gboolean lk_op_is_tail (const LkOp *op);
/* The shape of the elements that an elementwise node, or the tiles of a fused one, goes over. (transfer none) */
const LkShape *lk_node_element_shape (const LkNode *node);

/* That of a fused node's function, made when first asked for. (transfer none) */
LkProgram *lk_program_of (LkFunction *body);
void lk_program_free (LkProgram *program);      /* (nullable) */

/* Shape rule and kernel of fused nodes. An error names the body's node. */
gboolean lk_program_infer (const LkCall *call, LkSignature *out);
void lk_program_run (LkCall *call);
/* Tells of the nodes in the body as if each had run alone: their values are computed anew, beside, but for the outputs, which
   are the call's; if it failed, up to the node that fails. Only when somebody watches; node is the fused one. */
void lk_program_tell (const LkCall *call, const LkNode *node);
