/* SPDX-License-Identifier: MIT */
/* What comes to the gate. While the program runs freely, coming is one look at lk_gate_attention. */
#include <string.h>
#include "engine/eager/state.h"
#include "engine/events/attrs.h"
#include "engine/events/gate.h"
#include "engine/events/names.h"
#include "engine/events/watch.h"

static gboolean
attended (guint to)
{
  return LK_WATCHED && (__atomic_load_n (&lk_gate_attention, __ATOMIC_ACQUIRE) & (to | LK_ATTEND_ALL)) != 0;
}

/* Breakpoints on lines concern ops too where no language tells its lines, or has none: in a graph's run. */
static guint
lines_of_ops (gboolean running)
{
  return running || !lk_control_tells_lines () ? LK_ATTEND_LINES : 0;
}

static gboolean
is_trace (guint kind)
{
  return kind == LK_CALL_TRACE;
}

static gboolean
is_loop (guint kind)
{
  return kind == LK_CALL_LOOP;
}

/* Place of the innermost enclosing call of such a kind, from 1; 0 none. */
static guint
innermost (const LkThread *thread, gboolean (*is_such) (guint kind))
{
  for (guint i = thread->calls->len; i > 0; i--)
    {
      const LkCallFrame *frame = &g_array_index (thread->calls, LkCallFrame, i - 1);
      if (is_such (frame->kind))
        return i;
    }
  return 0;
}

static void
arrive (LkArrival *arrival, LkContext *ctx, LkEventKind kind)
{
  const LkThread *thread = lk_thread_self ();
  arrival->ctx = ctx;
  arrival->stop.next = kind;
  arrival->item = (LkItem) { .kind = kind, .depth = lk_thread_depth (thread),
                             .trace = innermost (thread, is_trace), .run = innermost (thread, lk_call_kind_runs),
                             .loop = innermost (thread, is_loop),
                             .iteration = kind == LK_EVENT_CALL && arrival->stop.call_kind == LK_CALL_ITERATION };
}

void
lk_gate_op (LkContext *ctx, const LkOp *op, LkTensor *const *inputs, guint n_inputs, const LkAttr *attrs,
            const LkNode *node)
{
  if (!attended (LK_ATTEND_OPS | lines_of_ops (node != NULL)))
    return;
  gboolean made = node == NULL && ctx != NULL && lk_context_graph (ctx) != NULL;
  LkArrival arrival = { .op = op->name, .mark = op, .subject = lk_attrs_op_name (op), .inputs = inputs,
                        .stop = { .n_inputs = n_inputs, .attrs = lk_attrs_string (op, attrs) } };
  if (node != NULL)
    {
      arrival.stack = node->stack;
      arrival.stop.graph = lk_graph_id (node->graph);
      arrival.stop.node = node->id;
    }
  else if (made)
    arrival.stop.graph = lk_graph_id (lk_context_graph (ctx));
  arrive (&arrival, ctx, made ? LK_EVENT_NODE : LK_EVENT_OP);
  lk_stop_consider (&arrival);
}

/* The name that the program has for a function: traces of f are called __inference_f_1 and so on. (transfer full) */
static char *
plain_name (const char *name)
{
  const char *prefix = "__inference_", *end = name + strlen (name);
  if (!g_str_has_prefix (name, prefix))
    return g_strdup (name);
  name += strlen (prefix);
  while (end > name && g_ascii_isdigit (end[-1]))
    end--;
  return end > name && end[-1] == '_' ? g_strndup (name, end - 1 - name) : g_strdup (name);
}

/* A function's TRACE and RUN bear its name too: a breakpoint on it is for the call. */
static gboolean
is_part_of (const LkThread *thread, const char *name)
{
  guint n = thread->calls->len;
  if (n == 0)
    return FALSE;
  g_autofree char *around = plain_name (lk_names_string (g_array_index (thread->calls, LkCallFrame, n - 1).name));
  return strcmp (around, name) == 0;
}

/* A breakpoint on a function is for each of its calls, once. */
static gboolean
begins_function (LkCallKind kind, const char *name, guint number)
{
  return kind == LK_CALL_FUNCTION || (kind < LK_CALL_LOOP && number == 0 && !is_part_of (lk_thread_self (), name));
}

void
lk_gate_numbered_call (LkContext *ctx, LkCallKind kind, const char *name, guint number)
{
  if (!attended (LK_ATTEND_CALLS | lines_of_ops (FALSE)))
    return;
  LkArrival arrival = { .subject = lk_stream_string (name), .stop = { .call_kind = kind, .node = number } };
  g_autofree char *plain = plain_name (name);
  if (begins_function (kind, plain, number))
    arrival.call = plain;
  arrive (&arrival, ctx, LK_EVENT_CALL);
  lk_stop_consider (&arrival);
}

void
lk_gate_call (LkContext *ctx, LkCallKind kind, const char *name)
{
  lk_gate_numbered_call (ctx, kind, name, 0);
}

void
lk_gate_line (LkContext *ctx, guint32 stack, guint frames)
{
  if (!attended (LK_ATTEND_LINES))
    return;
  LkArrival arrival = { .stack = stack };
  arrive (&arrival, ctx, LK_EVENT_LINE);
  arrival.item.frames = frames;
  lk_stop_consider (&arrival);
}

void
lk_gate_error (LkContext *ctx, const char *class_and_message, guint32 stack)
{
  if (!LK_WATCHED)
    return;
  lk_emit_alert (ctx, LK_ALERT_ERROR, class_and_message, 0);
  if (!lk_watch.shared->stop_at_error)
    return;
  LkArrival arrival = { .stack = stack };
  arrive (&arrival, ctx, LK_EVENT_LINE);
  lk_stop_at (&arrival, LK_STOP_ERROR, 0);
}

gboolean
lk_gate_line_wanted (const char *file, int line)
{
  return LK_WATCHED && lk_stop_wants_line (file, line);
}

gboolean
lk_gate_file_wanted (const char *file)
{
  return LK_WATCHED && lk_stop_wants_line (file, 0);
}
