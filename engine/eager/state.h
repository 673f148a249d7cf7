/* SPDX-License-Identifier: MIT */
/* What is inside of a context. Private to the engine; one thread. */
#pragma once
#include "engine/core/idmap.h"
#include "engine/eager/context.h"
#include "engine/eager/tape.h"
#include "engine/graph/graph.h"

/* Where ops go: one frame for each lk_context_enter(). The tapes of a frame see only what happens in it. */
typedef struct _LkFrame LkFrame;
typedef struct _LkForward LkForward;
struct _LkFrame
{
  LkFrame *outer;
  LkGraph *graph;         /* NULL: ops run */
  LkTape *tapes;          /* recording; innermost first, linked by LkTape.outer */
};

struct _LkContext
{
  LkFrame *frame;         /* innermost, never NULL */
  GError *error;          /* the first, until it is taken */
  const LkSite *site;     /* C programs: where the current op is called from */
  LkLocate locate;
  gpointer locate_data;
  guint unseen;           /* > 0 while the optimiser runs ops: these are no events */
  guint backward;         /* > 0 while gradients are computed: events and nodes are flagged so */
  const LkNode *node;     /* the node whose op runs, NULL when it was called eagerly */
  struct _LkCalls *calls; /* of inlined calls, in a watched run of a graph; else NULL */
  const gboolean *wanted; /* while a gradient rule runs: per input, whether its gradient is of use */
  gboolean asked;         /* a rule wanted a value that is not known */
  struct _LkNumerics *numerics;   /* how ops are checked for NaN and ±Inf; NULL: they are not */
  const gboolean *slim;   /* and whether it may be slices; NULL: none may */
  LkContainer *container; /* of the running session, NULL outside */
  LkContainer *own_container;     /* for variables that are made by name outside of a session; NULL until then */
  gboolean has_key;       /* key and high are set: by the program, or from the system when first needed */
  guint64 key, high;      /* Philox key and upper counter for ops without seeds */
  LkIdMap streams;        /* a kernel or node and its seeds, mixed → the Philox counter that is next */
  LkFrame base;
  gpointer watcher;       /* what the events keep for this context; freed by watcher_free */
  GDestroyNotify watcher_free;
};

/* The key of an op's random numbers, and the first of `blocks` Philox counters that nobody else gets. As in TensorFlow: both
   seeds 0 means not repeatable, unless there is a global seed; each pair of seeds counts on its own,
   for every kernel (an op and its dtype, called eagerly) and every node. */
void lk_context_random (LkContext *ctx, guint64 kernel, gint64 seed, gint64 seed2, guint64 blocks, guint64 *key,
                        guint64 *counter_high, guint64 *counter);

typedef struct _LkNumerics LkNumerics;
/* Checks the outputs of a call that was made, where numerics are: a node's become those of checks. FALSE after an error, and without
   outputs then. */
gboolean lk_call_check_numerics (const LkCall *call);

/* ---- tapes, for dispatch ---- */

/* Records an application on the frame's tapes. Only to be called when there are some. */
void lk_tapes_record (LkContext *ctx, const LkCall *call);
/* Would an application with these inputs be recorded? deep: gradients of its gradient may be asked for, too. */
gboolean lk_tapes_would_record (LkContext *ctx, LkTensor *const *inputs, guint n, gboolean *deep);
/* Does a tape of the frame, or of an outer one, follow tensor? */
gboolean lk_tapes_follow (const LkFrame *frame, const LkTensor *tensor);
/* node has `more` outputs since it was recorded: tapes that follow the others follow them, too. */
void lk_tapes_note_widened (LkContext *ctx, const LkNode *node, guint more);
void lk_tapes_forget_frame (LkFrame *frame);
/* A tape that, instead of recording a call, hands it to forward. (transfer full) */
LkTape *lk_tape_new_forward (LkContext *ctx, LkForward *forward);
/* eager/forward.c: computes the tangents of the call's outputs. */
void lk_forward_call (LkForward *forward, const LkCall *call);
