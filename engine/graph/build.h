/* SPDX-License-Identifier: MIT */
/* What is inside of a graph, and how it grows. Private to the engine. */
#pragma once
#include "engine/core/idmap.h"
#include "engine/eager/state.h"
#include "engine/graph/graph.h"

typedef struct { LkTensor *outer, *inner; } LkCapture;      /* both owned */
typedef struct _LkPlan LkPlan;

/* Between push and pop of controls. */
typedef struct
{
  LkNode **nodes;
  guint n;
  gboolean none;          /* also ends what outer ones ask for */
} LkControls;

/* What automatic control dependencies know of one resource. */
typedef struct
{
  LkNode *writer;         /* the last that changed it */
  GPtrArray *readers;     /* since then */
} LkEffect;

/* What a node's attributes were before it was made differentiable. */
typedef struct
{
  const LkOp *op;
  LkAttr *attrs;
} LkRetired;

struct _LkGraph
{
  gint refs;
  guint32 id;
  char *name;
  GPtrArray *nodes;       /* LkNode, owned */
  GHashTable *by_name;    /* name → LkNode */
  GHashTable *used;       /* name in lower case → how often it was asked for */
  GPtrArray *scopes;      /* char *: whole paths, "" for the root */
  char *next_name;
  GArray *controls;       /* LkControls */
  gboolean ordered;       /* effects wait for one another */
  gboolean final;         /* takes no more nodes of the program */
  gboolean quiet;         /* its nodes are no events while it grows: the optimiser's, not the program's */
  LkIdMap effects;        /* resource's tensor id → LkEffect */
  LkEffect world;         /* everything that is no resource */
  GHashTable *overrides;  /* LkOp → LkClosure, owned; NULL until there is one */
  GArray *captures;       /* LkCapture */
  LkIdMap inner;          /* id of an outer tensor → its LkTensor here, a capture's or a constant's */
  LkContainer *container; /* variables by name outside of a session; NULL until then */
  GPtrArray *kept;        /* LkKept: how what sessions ran of it runs, newest last */
  GPtrArray *retired;     /* LkRetired, which plans may still use */
  guint told;             /* nodes that the last GRAPH event spoke of */
};

/* graph/run.c */
typedef struct _LkKept LkKept;
void lk_kept_free (gpointer kept);
/* graph/name.c: a free name like `wanted` below the current scope. (transfer full) */
char *lk_graph_unique_name (LkGraph *graph, const char *wanted);
char *lk_graph_take_name (LkGraph *graph, const char *op_name);

/* Appends a node. inputs belong to the graph; out describes its outputs. */
LkNode *lk_graph_add (LkContext *ctx, LkGraph *graph, const LkCall *call, const LkSignature *out);
/* Unrefs a tensor of a node that goes away. */
void lk_graph_orphan (LkTensor *tensor);
/* Control inputs for a node about to be made: what was pushed, and its place in the order of effects. (transfer full) */
GPtrArray *lk_graph_collect_controls (LkGraph *graph, const LkCall *call);
/* Notes the effect of a node that was made. */
void lk_graph_note_effect (LkGraph *graph, LkNode *node);
void lk_effect_clear (LkEffect *effect);

/* graph/trace.c: applies call, whose outputs are cleared, as a node of its context's graph. */
gboolean lk_trace (LkCall *call, LkSignature *out);
/* graph/capture.c: what stands for tensor in the frame's graph: itself, a constant, or a capture. NULL with the context's
   error set when it belongs to no enclosing graph. (transfer none) */
LkTensor *lk_graph_bring (LkContext *ctx, LkTensor *tensor);
/* What was brought in for tensor, or tensor itself. (transfer none) */
LkTensor *lk_graph_brought (const LkGraph *graph, LkTensor *tensor);
/* The outermost tensor that a captured one stands for, or itself. (transfer none) */
LkTensor *lk_graph_root (LkTensor *tensor);
/* Makes the outer tensor a capture of graph, which is not entered. FALSE with the context's error set. */
gboolean lk_graph_capture (LkContext *ctx, LkGraph *graph, LkTensor *tensor);
/* The index of the capture whose inner tensor this is; -1 if it is none. */
gint lk_graph_capture_index (const LkTensor *inner);
/* What an error message says of where the call stands: " [Op:MatMul]" and the like. (transfer full) */
char *lk_call_where (const LkCall *call);

/* Copies of attributes, as nodes and tapes keep them. n: lk_op_n_given(). (transfer full) (nullable) */
LkAttr *lk_attrs_copy (const LkOp *op, const LkAttr *attrs);
void lk_attrs_free (const LkOp *op, LkAttr *attrs);
/* The same in the caller's memory, which has room for as many as are given. */
void lk_attrs_init (const LkOp *op, LkAttr *into, const LkAttr *attrs);
void lk_attrs_clear (const LkOp *op, LkAttr *attrs);

/* The container's variable of that name, made if there is none. (transfer none) */
LkVariable *lk_container_variable (LkContext *ctx, LkContainer *container, const char *name, LkDType dtype,
                                   const LkShape *shape);
