/* SPDX-License-Identifier: MIT */
/* The store: the stream of one run, kept. Events are numbered from 0 in the order in which they were appended; what lists
   and scans need is in columns in memory, whole records are in chunks that are written to the run's trace file as they fill
   and read back when asked for, so that the length of a run costs little memory.

   A worker appends, any thread reads; every function takes the store's lock for a moment. Everything that is returned by
   pointer without "transfer full" lives as long as the store. */
#pragma once
#include <glib.h>
#include "engine/engine.h"

typedef struct _LkStore LkStore;

LkStore *lk_store_ref (LkStore *store);
void lk_store_unref (LkStore *store);               /* (nullable) */

/* ---- events ---- */

/* The columns of one event: LkEvent without what only its payload's readers need. */
typedef struct
{
  guint8 kind, flags;
  guint16 depth;
  guint32 subject, stack, call, duration;
  gint64 time;
} LkRow;

guint64 lk_store_n_events (LkStore *store);
gboolean lk_store_row (LkStore *store, guint64 event, LkRow *row);              /* FALSE past the end */
/* The whole record: an LkEvent and its payload. (transfer full) NULL past the end or when the file is damaged there. */
GBytes *lk_store_record (LkStore *store, guint64 event);
/* The payload of a record, NULL when its kind is not `kind`. (transfer none) */
gconstpointer lk_record_payload (GBytes *record, LkEventKind kind);

/* The events that a person sees in a list: all but STRING, SITE, GRAPH, STOP, RETURN and LINE. */
guint lk_store_n_shown (LkStore *store);
guint64 lk_store_shown (LkStore *store, guint position);
guint lk_store_shown_position (LkStore *store, guint64 event);                  /* of the first shown one at or after event */
/* What is inside a call that has ended, in the list of shown events: the call itself is at `first`, `end` is the first after
   all of it. In the order in which calls ended, so what is inside comes first; spans are nested or apart. */
typedef struct
{
  guint64 event;            /* its CALL */
  guint first, end;
  guint32 kind;             /* LkCallKind */
} LkSpan;
guint lk_store_n_spans (LkStore *store);
/* Copies spans first … first + count - 1; the number that there was. */
guint lk_store_spans (LkStore *store, guint first, guint count, LkSpan *out);
/* Items are what stepping stops at: OP, NODE and CALL. -1 when there is none. */
gint64 lk_store_next_item (LkStore *store, guint64 after, LkGoWhere where, LkUnit unit);
gint64 lk_store_previous_item (LkStore *store, guint64 before, LkGoWhere where, LkUnit unit);
/* One line for a person: "MatMul (32, 64) · (64, 128) → float32 (32, 128)". (transfer full) */
char *lk_store_describe (LkStore *store, guint64 event);

/* ---- names and places ---- */

const char *lk_store_string (LkStore *store, guint32 id);                       /* "" for 0 and unknown ids */
typedef struct
{
  guint32 parent;
  const char *file, *function;
  guint line;
} LkPlace;
gboolean lk_store_place (LkStore *store, guint32 stack, LkPlace *place);        /* FALSE for 0 and unknown ids */
/* Per source line, for the gutter: how often ops ran and nodes were made from it. */
typedef struct { guint64 ops, nodes; } LkLineCount;
LkLineCount lk_store_line_count (LkStore *store, const char *file, guint line);

/* ---- tensors ---- */

/* What the event that made it said of it. event (nullable): which one; output (nullable). FALSE for unknown ids. */
gboolean lk_store_tensor (LkStore *store, guint64 tensor, LkTensorEvent *out, guint64 *event, guint *output);
/* Elements first … first + count - 1 as doubles. FALSE with error when the value is no longer kept, saying so. */
gboolean lk_store_read (LkStore *store, guint64 tensor, gint64 first, gint64 count, double *out, GError **error);
/* Elements of any dtype, as a person reads them; strings quoted. (transfer full), NULL with error likewise. */
char *lk_store_element_text (LkStore *store, guint64 tensor, gint64 element, GError **error);
/* NumPy's text of the whole, summarised beyond 1,000 elements. (transfer full) */
char *lk_store_tensor_text (LkStore *store, guint64 tensor, GError **error);
/* A name for it: the variable's, or "MatMul:0". (transfer full) */
char *lk_store_tensor_name (LkStore *store, guint64 tensor);
/* Events that read it, ascending. (transfer full) elements guint64 */
GArray *lk_store_readers (LkStore *store, guint64 tensor);

/* ---- variables, at a moment: as of before event `at` ran ---- */

typedef struct
{
  guint32 id;
  const char *name;
  gboolean trainable;
  guint64 version, tensor;  /* 0: not initialised */
  guint64 event;            /* that set it */
} LkVariableState;
guint lk_store_n_variables (LkStore *store);
gboolean lk_store_variable (LkStore *store, guint index, guint64 at, LkVariableState *out);    /* FALSE: not made yet */

/* ---- graphs, functions, calls ---- */

typedef struct
{
  guint32 id, name, op, attrs, stack;     /* strings' ids; place */
  guint8 flags;
  guint n_inputs, n_outputs, n_controls;
  const guint64 *inputs;                  /* symbolic tensors */
  const LkTensorEvent *outputs;
  const guint32 *controls;
  guint64 event;                          /* its NODE event */
} LkGraphNode;

typedef struct
{
  guint32 id;
  const char *name;                       /* of the function or session graph */
  gboolean finished;                      /* its GRAPH event has come … */
  guint64 event;                          /* … and is this one */
  guint n_nodes;
  const LkGraphNode *const *nodes;        /* grows while it is traced: read again on "appended" */
} LkGraphView;

guint lk_store_n_graphs (LkStore *store);
/* Graph ids, in order of appearance; without working graphs, which are asked for by lk_store_stage(). */
guint32 lk_store_graph_at (LkStore *store, guint index);
gboolean lk_store_graph (LkStore *store, guint32 graph, LkGraphView *out);
/* Is it what a fused node does? Such a graph has no name but its ops': "MatMul+AddV2". */
gboolean lk_graph_view_is_fused (const LkGraphView *view);
/* The newest graph of that name that was finished before an event and is no final one; 0 if none. */
guint32 lk_store_find_graph (LkStore *store, const char *name, guint64 before);
/* The node of graph that makes symbolic tensor; -1 if none. */
gint lk_store_graph_maker (LkStore *store, guint32 graph, guint64 tensor);
/* The newest OP event before `at` that ran the node; -1 if none. */
gint64 lk_store_node_run (LkStore *store, guint32 graph, guint32 node, guint64 at);
typedef struct
{
  guint32 id, kind, graph;
  guint32 number;                         /* see LkCallEvent; LOOP: how many iterations there were, once it ended */
  const char *name, *cause;
  guint64 begin, end;                     /* CALL and RETURN events; end G_MAXUINT64 while it lasts */
} LkCallView;
gboolean lk_store_call (LkStore *store, guint32 call, LkCallView *out);
/* Traces of functions, in the order in which they began. */
typedef struct
{
  guint64 event;
  const char *function, *cause;
  const char *remedy;                     /* what would have avoided it: a part of cause, which then ends before it; "" */
  int cause_length;                       /* bytes */
  guint number;                           /* among those of functions of that name, from 1 */
  gboolean again;                         /* the like was traced before; else a first call, or of another function of that name */
  guint32 graph, stack;
  gint64 duration;                        /* ns; -1 while it lasts */
} LkTraceView;
guint lk_store_n_traces (LkStore *store);
gboolean lk_store_trace (LkStore *store, guint index, LkTraceView *out);
/* Is it the trace of a function that was traced before? */
gboolean lk_store_is_retrace (LkStore *store, guint64 event);

/* ---- rewritings: how traced graphs became those that run ---- */

typedef struct
{
  guint32 traced, working, final;         /* graphs; final 0 while it lasts */
  guint n_rewrites;
  guint64 begun, finished;                /* REWRITE events: the first, and the last or 0; see LkRewriteEvent */
} LkRewritingView;

typedef struct
{
  const char *pass, *rule;
  guint64 event;
  guint n_before, n_after;                /* nodes of the working graph that are gone by it, and that are there by it */
} LkRewriteView;

/* A node of a working graph at some moment. */
typedef struct
{
  const LkGraphNode *node;
  guint64 *inputs;                        /* what it reads then, node->n_inputs tensors */
  gboolean made;                          /* by a rewrite */
} LkStageNode;

guint lk_store_n_rewritings (LkStore *store);
gboolean lk_store_rewriting (LkStore *store, guint i, LkRewritingView *out);
/* The rewriting that graph, which is a working or a final one, came from or is; -1 for others. */
gint lk_store_rewriting_of (LkStore *store, guint32 graph);
gboolean lk_store_rewrite (LkStore *store, guint rewriting, guint i, LkRewriteView *out);
/* The working graph after the first n rewrites, without those gone by then. (transfer full) elements LkStageNode, freed with
   the array */
GArray *lk_store_stage (LkStore *store, guint rewriting, guint n);

/* ---- scalars ---- */

typedef struct { gint64 step; double value; gint64 time; guint64 event; } LkPoint;
guint lk_store_n_series (LkStore *store);
const char *lk_store_series_tag (LkStore *store, guint series);
LkScalarKind lk_store_series_kind (LkStore *store, guint series);
guint lk_store_n_points (LkStore *store, guint series);
/* Copies points first … first + count - 1; the number that there was. */
guint lk_store_points (LkStore *store, guint series, guint first, guint count, LkPoint *out);

/* ---- the run ---- */

typedef struct
{
  const char *program;                    /* path */
  char **argv;                            /* NULL-terminated */
  gint64 started;                         /* Unix time, µs */
  gboolean complete;                      /* an EXIT event was recorded */
  guint64 ops, nodes, calls, functions, traces, steps, scalars, alerts, variables;    /* functions: that were called */
  gint64 duration;                        /* ns, of the newest event */
  gint64 overhead;                        /* ns, LkShared.overhead */
  guint64 values_kept, values_dropped;    /* tensors whose elements the trace has or could not keep */
} LkRunSummary;
void lk_store_summary (LkStore *store, LkRunSummary *out);
/* The program's text of a file as it was when the run began, if it was recorded. (transfer full) (nullable) */
char *lk_store_source (LkStore *store, const char *file);
/* Everything printed so far, both streams in order. (transfer full) */
char *lk_store_output (LkStore *store);
