/* SPDX-License-Identifier: MIT */
/* The events: what the engine says, once, of everything that happens. This is the format in the ring, in the store's
   chunks and in trace files: little-endian records, 8-byte aligned, each an LkEvent followed by its kind's payload, padded
   to `size`. An id is defined by an event before any event uses it. Kinds are only ever added at the end. */
#pragma once
#include "engine/core/dtype.h"
#include "engine/core/shape.h"

#define LK_EVENT_VERSION 1

/*       name          what happened                                     subject            payload */
#define LK_EVENT_KINDS(X) \
  X (STRING,      "a string got an id",                              "string id",       "the bytes, NUL-terminated") \
  X (SITE,        "a source line on a stack got an id",              "stack id",        "LkSiteEvent") \
  X (OP,          "an op ran",                                       "op name string",  "LkOpEvent") \
  X (NODE,        "a node was added to a graph",                     "op name string",  "LkOpEvent") \
  X (CALL,        "a call began: function, trace, graph run",        "name string",     "LkCallEvent") \
  X (RETURN,      "the call ended",                                  "name string",     "LkCallEvent") \
  X (GRAPH,       "a graph is finished",                             "name string",     "LkGraphEvent") \
  X (VARIABLE,    "a variable was made or got a value",              "name string",     "LkVariableEvent") \
  X (SCALAR,      "a scalar was logged",                             "tag string",      "LkScalarEvent") \
  X (STEP,        "a training step was completed",                   "0",               "LkStepEvent") \
  X (ALERT,       "something is wrong with a value or the program",  "message string",  "LkAlertEvent") \
  X (STOP,        "the program waits at the gate",                   "0 or op string",  "LkStopEvent") \
  X (OUTPUT,      "the program printed",                             "string id",       "LkOutputEvent") \
  X (EXIT,        "the program ended",                               "message string",  "LkExitEvent") \
  X (REWRITE,     "the optimiser changed a graph",                   "rule string",     "LkRewriteEvent") \
  X (LINE,        "a line is about to run, while lines are stepped", "0",               "none")

typedef enum
{
#define LK_EVENT_ENUM(name, what, subject, payload) LK_EVENT_##name,
  LK_EVENT_KINDS (LK_EVENT_ENUM)
#undef LK_EVENT_ENUM
  LK_N_EVENT_KINDS
} LkEventKind;

typedef enum
{
  LK_FLAG_BACKWARD = 1,   /* part of a gradient */
  LK_FLAG_FAILED = 2,     /* OP: it raised; there are no outputs */
  LK_FLAG_NONFINITE = 4,  /* OP: an output has NaN or Inf */
  LK_FLAG_LOSS = 8,       /* NODE: its output is a loss */
  LK_FLAG_GIVEN = 16,     /* OP: a value that came from outside, told before its first use; nothing ran, so there was no gate.
                             NODE: of a working or final graph, made by the optimiser and not by the program */
  LK_FLAG_CALLED = 32     /* OP: of a graph, that ran functions or stands for several nodes: these had gates of their own, before; it had none */
} LkEventFlags;

typedef struct
{
  guint32 size;           /* bytes of the whole record, a multiple of 8 */
  guint8 kind;            /* LkEventKind */
  guint8 flags;           /* LkEventFlags */
  guint16 depth;          /* number of enclosing calls; a CALL and its RETURN do not count themselves */
  guint64 seq;            /* order over all threads, from 0, without gaps; the store renumbers as it appends its own */
  gint64 time;            /* ns since the program's start, when it began */
  guint32 duration;       /* ns, saturating */
  guint32 stack;          /* stack id of the program's place, 0 unknown */
  guint32 call;           /* id of the innermost enclosing call, 0 none */
  guint32 subject;        /* see LK_EVENT_KINDS */
  guint16 thread;         /* producing thread, from 0 */
  guint16 reserved[3];
} LkEvent;

/* A stack is its innermost place and the stack below it, so that each is sent once. */
typedef struct
{
  guint32 parent;         /* stack id of the caller, 0 none */
  guint32 file;           /* string id, absolute path */
  guint32 function;       /* string id */
  guint32 line;           /* from 1 */
} LkSiteEvent;

/* One pass over the elements. For bool: false counts as zero. Zeros for strings and resources. */
typedef struct
{
  guint64 nan, positive_infinity, negative_infinity, zero, negative;   /* counts; negative: finite and < 0 */
  double minimum, maximum, mean;                      /* of the finite elements; NaN when there are none */
} LkHealth;

#define LK_NO_OFFSET G_MAXUINT64

typedef struct
{
  guint64 id;             /* LkTensor.id */
  guint64 offset;         /* of the elements in the arena, LK_NO_OFFSET when they are not there */
  guint64 bytes;
  guint32 block;          /* where the arena block's header is, in units of 64 bytes; see channel.h */
  guint32 stamp;          /* the value is still there as long as the block bears this stamp */
  guint8 dtype;
  guint8 rank;
  guint8 has_health;
  guint8 reserved[5];
  gint64 dims[LK_MAX_RANK];
  LkHealth health;
} LkTensorEvent;

/* Followed by guint64 inputs[n_inputs] (tensor ids) and LkTensorEvent outputs[n_outputs]. In NODE events the ids are of
   symbolic tensors. An input that no op made is told by an OP event "Const" of its own, before the one that uses it. */
typedef struct
{
  guint16 n_inputs, n_outputs;
  guint32 attrs;          /* string id: "transpose_a=True, …", 0 none */
  guint32 graph, node;    /* the node that ran or was made; graph 0 in eager execution */
  guint32 name;           /* string id of the node's name, 0 in eager execution */
  guint32 n_controls;     /* NODE: followed, after the outputs, by guint32 controls[n_controls], padded to 8 */
} LkOpEvent;

typedef enum
{
  LK_CALL_FUNCTION, LK_CALL_TRACE, LK_CALL_RUN, LK_CALL_SESSION,
  LK_CALL_LOOP, LK_CALL_CONDITION, LK_CALL_ITERATION, LK_CALL_BRANCH
} LkCallKind;

/* A call of a tf.function is FUNCTION; inside it, when there is no trace for its arguments yet, TRACE with the NODEs that it
   makes; then RUN with the OPs of the graph. Session.run is SESSION. A While is LOOP; inside it, in turns, CONDITION and
   ITERATION, whose numbers begin at 0; an If or Case is BRANCH, of the one that is taken. These three run graphs as well.
   A call that was inlined is a RUN of the graph that it was inlined into, around those of its nodes that follow one another. */
typedef struct
{
  guint32 id;             /* of this call; LkEvent.call of what is inside it */
  guint32 kind;           /* LkCallKind */
  guint32 graph;          /* the graph that is made or run; FUNCTION, LOOP: 0 */
  guint32 cause;          /* TRACE: string id of why; CONDITION, ITERATION, BRANCH: its number; a LOOP's RETURN: how many
                             iterations there were; RUN: how often it was left before, for other nodes' sake; else 0 */
} LkCallEvent;

/* Followed by guint64 inputs[n_inputs], outputs[n_outputs] (symbolic ids; captures are the last inputs). */
typedef struct
{
  guint32 id, n_nodes;
  guint32 n_inputs, n_outputs, n_captures;
  guint32 function;       /* string id of the function's name */
} LkGraphEvent;

/* How a traced graph became the final one, which runs. Passes work on a copy, the working graph, whose nodes are told as NODEs
   of it: first a REWRITE without a pass whose `after` are the traced ids of the nodes 0, 1, …, and these, the copies; then each
   replacement: nodes `before` are gone, nodes `after` are there, and whoever read the first of a pair in `moved` reads the second;
   at last, with `final` set and no pass, `after` are the working ids of the final graph's nodes 0, 1, …
   Followed by guint64 moved[2 * n_moved], guint32 before[n_before], after[n_after], padded to 8. */
typedef struct
{
  guint32 traced, working, final;         /* graph ids; final 0 but at last */
  guint32 pass;                           /* string id of its name */
  guint32 n_before, n_after, n_moved, reserved;
} LkRewriteEvent;

/* Followed by the LkTensorEvent of the value, when it has one: an update in place of an op's output is told here only. */
typedef struct
{
  guint32 id;
  guint32 trainable;
  guint64 version;        /* 0: it was made without a value */
  guint64 tensor;         /* id of its value; 0 none */
} LkVariableEvent;

typedef enum { LK_SCALAR_LOSS, LK_SCALAR_SUMMARY, LK_SCALAR_METRIC } LkScalarKind;

typedef struct
{
  gint64 step;            /* as the program says; -1: count the points of the tag */
  double value;
  guint64 tensor;         /* 0 none */
  guint32 kind;           /* LkScalarKind */
  guint32 reserved;
} LkScalarEvent;

typedef struct { guint64 step; } LkStepEvent;          /* counts from 1 */

typedef enum { LK_ALERT_NONFINITE, LK_ALERT_RETRACE, LK_ALERT_ERROR } LkAlertKind;
typedef struct { guint32 kind, reserved; guint64 tensor; } LkAlertEvent;

typedef enum
{
  LK_STOP_ENTRY, LK_STOP_STEP, LK_STOP_PAUSE, LK_STOP_BREAKPOINT, LK_STOP_ALERT, LK_STOP_ERROR
} LkStopReason;

/* What is next to run: followed by guint64 inputs[n_inputs]. A STOP at a Python line has subject 0. */
typedef struct
{
  guint32 reason;         /* LkStopReason */
  guint32 breakpoint;     /* its id, 0 none */
  guint32 next;           /* LkEventKind: OP, NODE, CALL or LINE */
  guint32 n_inputs;
  guint32 graph, node;    /* as in LkOpEvent; CALL: node is its number, as in LkCallEvent.cause */
  guint32 call_kind;      /* CALL: LkCallKind */
  guint32 attrs;
} LkStopEvent;

/* Made by the debugger from the program's pipes, in their place in the order. */
typedef struct { guint32 stream; guint32 reserved; } LkOutputEvent;    /* 1 stdout, 2 stderr */

typedef enum { LK_EXIT_NORMAL, LK_EXIT_ERROR, LK_EXIT_SIGNAL, LK_EXIT_STOPPED } LkExitKind;
typedef struct { guint32 kind; gint32 status; } LkExitEvent;           /* exit status or signal number */

gboolean lk_call_kind_runs (guint kind);               /* Is it a call that runs a graph? Its OPs bear its id. */
const char *lk_event_kind_name (guint kind);           /* "op", "node", …; "unknown" past the end */
