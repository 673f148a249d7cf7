/* SPDX-License-Identifier: MIT */
/* A graph while it is rewritten. It is a copy of what was traced, to which passes add nodes, by calling ops, and in which
   they put them in the place of others; nodes that nobody needs any more are gone. Nodes with effects, and what the
   function takes and gives, stay, and so does what may fail though nobody reads it any more. Each replacement is kept as a record, so that all the way from the traced graph
   to the final one can be walked again. One thread; private to the engine. */
#pragma once
#include "engine/graph/build.h"
#include "engine/graph/function.h"

typedef struct _LkRewriting LkRewriting;

/* A row of rewrite/passes.def and the file of its name. */
typedef struct
{
  const char *name;       /* "constant_folding": by which it is switched off */
  const char *what;       /* one line */
  gboolean exact;         /* results are the same bits; else it reassociates, within the bounds that its file states */
  gboolean last;          /* runs once, when the others have found nothing any more: they do not look into what it makes */
  void (*run) (LkRewriting *rewriting);
} LkPass;

/* One replacement. Ids are those of the working graph's nodes. */
typedef struct
{
  const LkPass *pass;
  const char *rule;       /* "x · 1 → x" */
  GArray *before;         /* guint32: gone by it, the replaced node first */
  GArray *after;          /* guint32: made for it */
  GArray *moved;          /* pairs of guint64: whoever read the first tensor id reads the second */
} LkRewrite;

/* What is known of a node while rewriting. */
typedef struct
{
  gboolean gone;
  const char *name;       /* of the node in whose place it is, which it bears in the final graph; NULL for its own */
  guint32 place;          /* of the node, or of the one in whose place it is, in the traced graph or in the function that was inlined */
  gboolean pinned;        /* an input of the function: stays even if nobody reads it */
  GPtrArray *users;       /* LkNode that read it, once for each input */
  GPtrArray *waiters;     /* LkNode that wait for it without reading it */
  GArray *origins;        /* guint32: ids of the traced nodes that it stands for, ascending */
} LkFact;

struct _LkRewriting
{
  LkContext *ctx;         /* has graph entered */
  const LkNode *outer_node;             /* that runs meanwhile; what is made here is made by no node */
  const LkGraph *traced;
  LkGraph *graph;         /* the working graph */
  guint n_inputs, n_outputs;
  LkTensor **inputs, **outputs;         /* of graph; owned */
  GArray *facts;          /* LkFact by node id */
  GArray *log;            /* LkRewrite */
  const LkPass *pass;     /* that runs */
  guint off;              /* bit by pass: those that do not, though they are on */
  gboolean tells;         /* somebody watches, and was told of the copies */
  guint told;             /* nodes that were told */
  gboolean keeps_places;  /* what is made has source lines, marks and names of its own */
  guint made;             /* nodes up to here belong to rewrites that are done */
  GPtrArray *order;       /* of lk_rewriting_order (), until something changes; (nullable) */
};

/* The passes, in the order in which they run; ends with name NULL. */
extern const LkPass lk_passes[];
#define PASS(name, exact, last, what) void lk_pass_##name (LkRewriting *rewriting);
#include "engine/rewrite/passes.def"
#undef PASS

/* Without nodes, of which those that were traced are still to be copied; its graph is entered. (transfer full) */
LkRewriting *lk_rewriting_new_empty (LkContext *ctx, const LkGraph *traced, const char *name);
/* A copy of function's graph, as far as it is needed. (transfer full) */
LkRewriting *lk_rewriting_new (LkContext *ctx, const LkFunction *function);
/* Runs all passes that are on: the first ones again and again until none finds anything, then the last ones. */
void lk_rewriting_run (LkRewriting *rewriting);
void lk_rewriting_run_first (LkRewriting *rewriting);
void lk_rewriting_run_last (LkRewriting *rewriting);
/* Makes the final graph, with the same inputs and outputs in the same order. inputs, outputs (transfer full): arrays of
   tensors of it. (transfer full) */
LkGraph *lk_rewriting_finish (LkRewriting *rewriting, LkTensor ***inputs, LkTensor ***outputs);
void lk_rewriting_free (LkRewriting *rewriting);                /* (nullable) */

/* rewrite/tell.c: what a debugger is told, when there is one. The first replacement is about to happen; it has happened; all have,
   and graph with its nodes' working ids is what came of them. */
void lk_rewriting_tell_copies (LkRewriting *rewriting);
void lk_rewriting_tell (LkRewriting *rewriting, const LkRewrite *rewrite);
void lk_rewriting_tell_final (LkRewriting *rewriting, const LkGraph *graph, const GPtrArray *order);

/* ---- for passes ---- */

static inline LkFact *
lk_rewriting_fact (const LkRewriting *rewriting, const LkNode *node)
{
  return &g_array_index (rewriting->facts, LkFact, node->id);
}

/* The nodes that are left, each after those that it needs. It does not change while they are replaced: look at
   `gone`. (transfer full) */
GPtrArray *lk_rewriting_order (LkRewriting *rewriting);
/* Computes its outputs from its inputs alone, and does nothing else. */
gboolean lk_node_is_pure (const LkNode *node);
/* No value makes it fail; memory may be short all the same. (rewrite/sure.c) */
gboolean lk_node_cannot_fail (LkContext *ctx, const LkNode *node);
/* The value of tensor if it is a constant; (nullable) (transfer none) */
LkTensor *lk_node_constant (const LkTensor *tensor);
/* Facts of the nodes that were made since. */
void lk_rewriting_note_nodes (LkRewriting *rewriting);
/* Both are ascending, and stay so. */
void lk_origins_add (GArray *origins, const GArray *more);
/* node runs after `on`. */
void lk_rewriting_add_control (LkRewriting *rewriting, LkNode *node, LkNode *on);
/* What was made has node's place in the order of effects: it waits for what node waits for, and who waits for node waits for it. */
void lk_rewriting_take_order (LkRewriting *rewriting, const LkNode *node, LkNode *const *made, guint n);
/* The name that node bears in the final graph. */
const char *lk_rewriting_name (const LkRewriting *rewriting, const LkNode *node);
/* How often node's outputs are read. */
guint lk_rewriting_n_users (const LkRewriting *rewriting, const LkNode *node);

/* Whoever read output i of node reads by[i] from now on, and node is gone, with all that only it needed. by: tensors of the
   working graph, whether there before or made since the last replacement; NULL where an output has no readers.
   The replacement does not read what it replaces. rule: static text. */
void lk_rewriting_replace (LkRewriting *rewriting, const char *rule, LkNode *node, LkTensor *const *by);
/* The same for nodes of which each comes after those that read it: whoever read from[i], an output of one of them, reads by[i] from now
   on, and all are gone. What is new bears the first one's name and stands where it stood. */
void lk_rewriting_replace_group (LkRewriting *rewriting, const char *rule, LkNode *const *nodes, guint n, LkTensor *const *from,
                                 LkTensor *const *by, guint n_moved);
/* The same for a node with one output, which takes by. (transfer full) by; when it is NULL, since a call failed, nothing happens: FALSE. */
gboolean lk_rewriting_replace1 (LkRewriting *rewriting, const char *rule, LkNode *node, LkTensor *by);
