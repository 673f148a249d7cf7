/* SPDX-License-Identifier: MIT */
/* A graph of nodes, made by calling ops while the context traces. Nodes are kept in the order in which they were made,
   which is a valid order to run them in. A graph belongs to one thread while it is built and is read-only once it is in a
   function. */
#pragma once
#include "engine/eager/context.h"
#include "engine/eager/variable.h"

typedef struct _LkInlined LkInlined;
typedef enum { LK_NODE_LOSS = 1, LK_NODE_BACKWARD = 2, LK_NODE_STEP = 4, LK_NODE_BESIDE = 8 } LkNodeFlags;
/* STEP: completes a training step. BESIDE: may run while others do (execute/beside.h) */

struct _LkNode
{
  LkGraph *graph;
  guint32 id;             /* place in the graph, from 0 */
  guint8 flags;           /* LkNodeFlags */
  char *name;             /* unique in the graph: "dense/MatMul_1" */
  const LkOp *op;
  guint n_inputs, n_outputs, n_controls;
  LkTensor **inputs;      /* symbolic tensors of this graph */
  LkTensor **outputs;     /* symbolic; they hold no reference on the node, the graph owns both */
  LkNode **controls;      /* run before this one */
  LkAttr *attrs;          /* owned copies */
  guint32 stack;          /* where it was made: the source line's stack id */
  guint32 said_name, said_attrs;        /* string ids in events; 0 before the first */
  gint32 capture;         /* a Placeholder that stands for this capture of the graph; else -1 */
  const char *loss;       /* LOSS: the tag under which its value is logged */
  LkClosure *closure;     /* its gradient, in place of the op's; NULL mostly */
  LkInlined *inlined;     /* the call that it was in, when that was inlined; NULL mostly */
};

LkGraph *lk_graph_new (const char *name);           /* (transfer full) */
LkGraph *lk_graph_ref (LkGraph *graph);
void lk_graph_unref (LkGraph *graph);               /* (nullable) */
guint32 lk_graph_id (const LkGraph *graph);         /* unique in the process, from 1 */
guint lk_graph_n_nodes (const LkGraph *graph);
LkNode *lk_graph_node (const LkGraph *graph, guint id);
LkNode *lk_graph_find (const LkGraph *graph, const char *name);         /* (nullable) */

/* An input. name NULL for one to be made up. Unknown dimensions allowed. (transfer full) */
LkTensor *lk_placeholder (LkContext *ctx, const char *name, LkDType dtype, const LkShape *shape);
/* Scopes join with "/", repeated names get "_1". A scope with a final slash is entered again as it is; NULL is the root.
   name_next is for the next node alone. */
void lk_graph_push_scope (LkGraph *graph, const char *scope);
void lk_graph_pop_scope (LkGraph *graph);
void lk_graph_name_next (LkGraph *graph, const char *name);
/* A free name like `wanted` in the scope that is open; mark: it is taken from now on. (transfer full) */
char *lk_graph_name_below (LkGraph *graph, const char *wanted, gboolean mark);
/* final: from now on a call that would add a node fails. */
void lk_graph_finalize (LkGraph *graph, gboolean final);
const char *lk_graph_scope (const LkGraph *graph);  /* "outer/inner", "" at the root */
/* Nodes made between push and pop also wait for these; nodes NULL: for none, not even those of outer pushes. */
void lk_graph_push_controls (LkGraph *graph, LkNode *const *nodes, guint n);
void lk_graph_pop_controls (LkGraph *graph);
/* Nodes of op that are made from now on have this gradient in place of the op's; NULL for the op's again. The one before.
   (transfer full) both, (nullable) */
LkClosure *lk_graph_override_gradient (LkGraph *graph, const LkOp *op, LkClosure *closure);
/* For the graphs of functions: from now on nodes with effects on the same state wait for one another, in the order in
   which they are made. (A session's graph has only the order that its program asks for.) */
void lk_graph_order_effects (LkGraph *graph);

/* Captures: outer tensors (values, variable handles, tensors of outer graphs) and the placeholders that stand for them. */
guint lk_graph_n_captures (const LkGraph *graph);
void lk_graph_capture_at (const LkGraph *graph, guint i, LkTensor **outer, LkTensor **inner);   /* (transfer none) */

/* Runs what fetches need, with feeds in place of any tensors: tf.Session.run(). container holds the variables' values of
   one session and may be NULL for the graph's own. results (transfer full). FALSE with the context's error set. */
typedef struct _LkContainer LkContainer;
LkContainer *lk_container_new (void);
void lk_container_free (LkContainer *container);    /* (nullable) */
/* Whether a pass (rewrite/pass.h; "all") that is on runs for this session. FALSE when there is no pass of that name. */
gboolean lk_container_switch_pass (LkContainer *container, const char *name, gboolean on);
/* The variable of this name and shape becomes value, as if the program had run its assignment. */
gboolean lk_container_assign (LkContext *ctx, LkContainer *container, const char *name, const LkShape *shape, LkTensor *value);
gboolean lk_graph_run (LkContext *ctx, LkGraph *graph, LkContainer *container,
                       LkTensor *const *feed_to, LkTensor *const *feeds, guint n_feeds,
                       LkTensor *const *fetches, guint n_fetches, LkNode *const *targets, guint n_targets,
                       LkTensor **results);
/* Symbolic gradients on the entered graph: tf.gradients. stops are taken for constants. results[i] NULL where unconnected. */
gboolean lk_graph_gradients (LkContext *ctx, LkTensor *const *ys, guint n_ys, LkTensor *const *seeds,
                             LkTensor *const *xs, guint n_xs, LkTensor *const *stops, guint n_stops,
                             LkTensor **results);
/* The same, but results may be slices (ops/slices.h). */
gboolean lk_graph_gradients_slices (LkContext *ctx, LkTensor *const *ys, guint n_ys, LkTensor *const *seeds,
                                    LkTensor *const *xs, guint n_xs, LkTensor *const *stops, guint n_stops,
                                    LkTensor **results);
/* One line per node: "name = Op[attrs](inputs) : dtype[shape]  @file:line". (transfer full) */
char *lk_graph_text (const LkGraph *graph);
