/* SPDX-License-Identifier: MIT */
/* Emit and gate: the two things that the engine offers a debugger. Without one, each costs the branch on lk_watching.
   Any thread may emit; each has a ring of its own. */
#pragma once
#include "engine/eager/context.h"
#include "engine/eager/variable.h"
#include "engine/events/event.h"

extern gint lk_watching;                            /* set once, when the process finds a debugger's channel; 0 when it leaves */
#define LK_WATCHED G_UNLIKELY (__atomic_load_n (&lk_watching, __ATOMIC_RELAXED))

/* Ids for strings and places, the same for equal ones. They work unwatched too, so that nodes know their lines. */
guint32 lk_stream_string (const char *text);
guint32 lk_stream_site (guint32 parent, const char *file, const char *function, int line);
/* FALSE for 0 and unknown ids. Out arguments may be NULL; strings are (transfer none), for good. */
gboolean lk_stream_site_get (guint32 stack, guint32 *parent, const char **file, const char **function, int *line);

/* Emits: header and payload are copied; size, seq, thread and depth are filled in. Waits while the ring is full. */
void lk_emit (LkEvent *event, const void *payload, gsize payload_size);
gint64 lk_stream_now (void);                        /* ns since the program's start */

/* What the engine's own places emit. Only to be called when LK_WATCHED. */
void lk_emit_call (LkContext *ctx, LkCallKind kind, const char *name, LkGraph *graph, const char *cause);
/* Of a kind with a number; see LkCallEvent. */
void lk_emit_numbered_call (LkContext *ctx, LkCallKind kind, const char *name, LkGraph *graph, guint number);
void lk_emit_return (LkContext *ctx);               /* of the innermost call */
void lk_emit_loop_end (LkContext *ctx, guint iterations);           /* of the innermost call, which is a LOOP */
void lk_emit_node (LkContext *ctx, const LkNode *node);
void lk_emit_graph (LkContext *ctx, const LkGraph *graph, const char *function, LkTensor *const *inputs, guint n_inputs,
                    LkTensor *const *outputs, guint n_outputs);
/* moved: 2 * event->n_moved ids; before, after: as many as event says. */
void lk_emit_rewrite (LkContext *ctx, const char *rule, const LkRewriteEvent *event, const guint64 *moved, const guint32 *before,
                      const guint32 *after);
void lk_emit_variable (LkContext *ctx, const LkVariable *variable);
void lk_emit_scalar (LkContext *ctx, LkScalarKind kind, const char *tag, gint64 step, double value, guint64 tensor);
void lk_emit_step (LkContext *ctx);                 /* one optimizer step is complete */
void lk_emit_alert (LkContext *ctx, LkAlertKind kind, const char *message, guint64 tensor);
/* An op or node that ran: begun with the time of lk_stream_now() before it. outputs NULL when it failed. Takes health,
   keeps the outputs in the history, and emits NONFINITE alerts. */
void lk_emit_op (LkContext *ctx, const LkCall *call, const LkNode *node, gint64 began);

/* The program makes a constant here (tf.constant): an item of its own, told as a Const op. Other values that no op made are
   told as they are first used. */
void lk_emit_constant (LkContext *ctx, const LkTensor *tensor);

/* Health of a tensor in one pass; the same bits whatever the processor and the number of threads. */
void lk_health (const LkTensor *tensor, LkHealth *health);

/* The gate: returns when the program may go on. Called before an op runs, a node is made, a call begins or a line runs. */
void lk_gate_op (LkContext *ctx, const LkOp *op, LkTensor *const *inputs, guint n_inputs, const LkAttr *attrs,
                 const LkNode *node);
void lk_gate_call (LkContext *ctx, LkCallKind kind, const char *name);
void lk_gate_numbered_call (LkContext *ctx, LkCallKind kind, const char *name, guint number);
void lk_gate_line (LkContext *ctx, guint32 stack, guint frames);     /* frames: nesting of the language's own calls */
/* The program failed: tells and, if the debugger asked for it, waits so that its values can be looked at. */
void lk_gate_error (LkContext *ctx, const char *class_and_message, guint32 stack);

/* What a language binding does for the debugger. Every member may be NULL. */
typedef struct
{
  /* From the listening thread: make the program reach lk_gate_line() soon, even in a loop that runs no op. */
  void (*interrupt) (gpointer data);
  /* From the listening thread: lines are (not) wanted: line breakpoints exist or lines are stepped. */
  void (*lines_wanted) (gboolean wanted, gpointer data);
  /* A request of the debugger's, JSON both ways (see channel.h). At the gate it is called on the program's thread; while
     the program runs, on the listening thread. (transfer full) */
  char *(*request) (const char *json, gboolean at_gate, gpointer data);
  gpointer data;
} LkHooks;
void lk_gate_set_hooks (const LkHooks *hooks);

/* Line breakpoints, for the binding's line tracing. Thread-safe, quick. */
gboolean lk_gate_line_wanted (const char *file, int line);
gboolean lk_gate_file_wanted (const char *file);
