/* SPDX-License-Identifier: MIT */
/* What is inside of a function, and how one is differentiated. Private to the engine.

   A function that is called where a tape follows it is called as its "forward" variant: the same graph, which also gives the
   intermediate values that its backward function needs. The backward function is a graph of its own, traced by applying
   the gradient rules to the nodes; the forward graph's tensors that it uses are its captures. */
#pragma once
#include "engine/execute/plan.h"
#include "engine/graph/function.h"
#include "engine/rewrite/final.h"

/* Where an input of a backward function comes from: the forward call's input or output at index; or it is a value of its
   own, which a gradient that the program gives has read. */
typedef struct
{
  LkTensor *value;        /* borrowed from the backward graph's captures; NULL for one of the call's */
  gboolean output;
  guint index;
} LkSource;

typedef struct
{
  gboolean *given;        /* by output of the forward variant: its gradient is an input */
  LkFunction *function;   /* (gradients given…, sources…) → gradients of the inputs that have one */
  guint n_sources;
  LkSource *sources;
  gint *results;          /* by input of the forward variant: which output is its gradient, -1 none */
  gboolean *slices;       /* and whether that and the next two are the parts of slices */
} LkBackward;

typedef struct _LkProgram LkProgram;

struct _LkFunction
{
  gint refs;
  char *name;
  LkGraph *graph;
  guint n_inputs, n_all, n_outputs;     /* n_all: with captures */
  LkTensor **inputs;      /* n_all placeholders of graph */
  LkTensor **outputs;     /* of graph */
  LkPlan *plan;           /* of graph, as it was traced */
  LkFinal *final;         /* what runs; NULL until then; atomic */
  gboolean is_searched;   /* a loop's body, out of which nothing can be moved any more; atomic */
  LkProgram *program;     /* of the body of a fused node; NULL until it is run; atomic */
  /* Made when first differentiated: with what one derivative needs, and with all, for derivatives of derivatives. */
  LkFunction *forward[2];
  gboolean is_forward;
  GPtrArray *backwards;   /* LkBackward of a forward variant, one for each set of given gradients */
};

/* The same graph with other outputs. (transfer full) */
LkFunction *lk_function_new_variant (const LkFunction *function, LkTensor *const *outputs, guint n_outputs);
/* Calls with captures among the inputs, of which there are n_all. */
gboolean lk_function_apply (LkContext *ctx, LkFunction *function, LkTensor *const *inputs, LkTensor **outputs);
/* The forward variant, whose first outputs are the function's. NULL after an error. (transfer none) */
LkFunction *lk_function_forward (LkContext *ctx, LkFunction *function, gboolean all);
/* The rule of PartitionedCall. */
void lk_function_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx);
void lk_backward_free (LkBackward *backward);
/* The backward function of `function` when the gradients of `given` outputs are known. Its captures are tensors of the
   function's graph; its sources are still to be found. slices: gradients may be. NULL after an error. (transfer full) */
LkBackward *lk_backward_new (LkContext *ctx, const LkFunction *function, const gboolean *given, gboolean slices);
/* The same graph with other inputs and outputs, too. (transfer full) */
LkFunction *lk_function_new_widened (const LkFunction *function, LkTensor *const *inputs, guint n_inputs,
                                     LkTensor *const *outputs, guint n_outputs);
/* Gives node further outputs, like the given tensors, and other attributes. Plans that were made before go on as they were. */
void lk_node_widen (LkContext *ctx, LkNode *node, LkTensor *const *like, guint n, const LkAttr *attrs);
/* The place of tensor among tensors; -1 when it is none of them. */
gint lk_tensors_find (LkTensor *const *tensors, guint n, const LkTensor *tensor);
/* Zeros of a known shape. (transfer full) */
LkTensor *lk_zeros_new (LkDType dtype, const LkShape *shape);
/* The same as a node of the graph, which depends on nothing. (transfer full) */
LkTensor *lk_zeros_node (LkContext *ctx, LkDType dtype, const LkShape *shape);
/* Zeros in the form of tensor's gradient: of a variable's handle that is its value's. In a graph they do not depend on tensor where
   its shape is known: what was opened for gradients need not give it. (transfer full) */
LkTensor *lk_zeros_for (LkContext *ctx, LkTensor *tensor);
/* Makes the calls of functions among the nodes differentiable, for gradients of a graph without a tape. */
gboolean lk_graph_open_calls (LkContext *ctx, LkGraph *graph);
