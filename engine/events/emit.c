/* SPDX-License-Identifier: MIT */
/* What the engine's own places say. Payloads are put together in the thread's scratch memory. */
#include <string.h>
#include "engine/eager/dispatch.h"
#include "engine/eager/state.h"
#include "engine/events/attrs.h"
#include "engine/events/emit.h"
#include "engine/events/gate.h"
#include "engine/events/history.h"
#include "engine/events/names.h"
#include "engine/events/thread.h"
#include "engine/events/told.h"
#include "engine/events/watch.h"
#include "engine/graph/build.h"

guint
lk_emit_most (void)
{
  gsize room = lk_watch.shared->ring_size / 2 / (sizeof (LkTensorEvent) + sizeof (guint64) + sizeof (guint32));
  return (guint) MIN (room, 4096);
}

/* The attributes and, when not all tensors are told of, that. */
static guint32
attrs_string (const LkOp *op, const LkAttr *attrs, guint n_inputs, guint n_outputs)
{
  guint most = lk_emit_most ();
  if (G_LIKELY (n_inputs <= most && n_outputs <= most))
    return lk_attrs_string (op, attrs);
  g_autofree char *text = lk_attrs_text (op, attrs);
  g_autofree char *all = g_strdup_printf ("%s%s… the first %u of %u inputs and %u outputs", text, *text ? ", " : "", most,
                                          n_inputs, n_outputs);
  return lk_stream_string (all);
}

static void
count_overhead (gint64 since)
{
  __atomic_fetch_add (&lk_watch.shared->overhead, (guint64) (lk_stream_now () - since), __ATOMIC_RELAXED);
}

static void
emit_flagged (LkContext *ctx, LkEventKind kind, guint8 flags, guint32 subject, gint64 time, const void *payload,
              gsize size)
{
  LkEvent event = { .kind = kind, .flags = flags, .subject = subject, .time = time };
  event.stack = ctx != NULL ? lk_context_stack (ctx) : 0;
  if (ctx != NULL && ctx->backward > 0)
    event.flags |= LK_FLAG_BACKWARD;
  lk_emit (&event, payload, size);
}

static void
emit_at (LkContext *ctx, LkEventKind kind, guint32 subject, gint64 time, const void *payload, gsize size)
{
  emit_flagged (ctx, kind, 0, subject, time, payload, size);
}

/* ---- calls ---- */

static guint32
next_call (void)
{
  static guint32 last;
  return __atomic_add_fetch (&last, 1, __ATOMIC_RELAXED);
}

static void
begin_call (LkContext *ctx, LkCallKind kind, const char *name, LkGraph *graph, guint32 cause)
{
  gint64 now = lk_stream_now ();
  LkThread *thread = lk_thread_self ();
  LkCallFrame frame = { next_call (), lk_stream_string (name), kind, graph != NULL ? lk_graph_id (graph) : 0 };
  LkCallEvent call = { frame.id, kind, frame.graph, cause };
  emit_at (ctx, LK_EVENT_CALL, frame.name, now, &call, sizeof call);
  g_array_append_val (thread->calls, frame);
  count_overhead (now);
}

void
lk_emit_call (LkContext *ctx, LkCallKind kind, const char *name, LkGraph *graph, const char *cause)
{
  begin_call (ctx, kind, name, graph, kind == LK_CALL_TRACE ? lk_stream_string (cause) : 0);
}

void
lk_emit_numbered_call (LkContext *ctx, LkCallKind kind, const char *name, LkGraph *graph, guint number)
{
  begin_call (ctx, kind, name, graph, number);
}

static void
end_call (LkContext *ctx, guint32 cause)
{
  gint64 now = lk_stream_now ();
  LkThread *thread = lk_thread_self ();
  if (thread->calls->len == 0)
    return;
  LkCallFrame frame = g_array_index (thread->calls, LkCallFrame, thread->calls->len - 1);
  g_array_set_size (thread->calls, thread->calls->len - 1);
  LkCallEvent call = { frame.id, frame.kind, frame.graph, cause };
  emit_at (ctx, LK_EVENT_RETURN, frame.name, now, &call, sizeof call);
  count_overhead (now);
}

void
lk_emit_return (LkContext *ctx)
{
  end_call (ctx, 0);
}

void
lk_emit_loop_end (LkContext *ctx, guint iterations)
{
  end_call (ctx, iterations);
}

/* ---- tensors ---- */

static void
describe (const LkTensor *tensor, LkTensorEvent *out)
{
  *out = (LkTensorEvent) { .id = tensor->id, .offset = LK_NO_OFFSET, .dtype = tensor->dtype,
                           .rank = tensor->shape.rank };
  for (guint i = 0; i < tensor->shape.rank && i < LK_MAX_RANK; i++)
    out->dims[i] = tensor->shape.dims[i];
  lk_fact_set (tensor->id, LK_TOLD);
}

/* A tensor with a value: where it is, and how it is. TRUE when all its elements are finite. */
static gboolean
describe_value (const LkTensor *tensor, LkTensorEvent *out)
{
  describe (tensor, out);
  if (tensor->data == NULL)
    return TRUE;
  out->bytes = lk_tensor_bytes (tensor);
  lk_history_keep (tensor, out);
  if (!lk_watch.shared->health || tensor->dtype == LK_STRING || tensor->dtype == LK_RESOURCE
      || tensor->dtype == LK_VARIANT)
    return TRUE;
  out->has_health = 1;
  lk_health (tensor, &out->health);
  gboolean finite = out->health.nan + out->health.positive_infinity + out->health.negative_infinity == 0;
  if (!finite)
    lk_fact_set (tensor->id, LK_NONFINITE);
  return finite;
}

guint
lk_emit_append_ids (GByteArray *to, LkTensor *const *tensors, guint n)
{
  n = MIN (n, lk_emit_most ());
  for (guint i = 0; i < n; i++)
    {
      guint64 id = tensors[i] != NULL ? tensors[i]->id : 0;
      g_byte_array_append (to, (const guint8 *) &id, sizeof id);
    }
  return n;
}

static void
tell_value (LkContext *ctx, const LkTensor *tensor, guint8 flags)
{
  if (tensor == NULL || tensor->node != NULL || tensor->dtype == LK_RESOURCE
      || tensor->dtype == LK_VARIANT || lk_fact (tensor->id, LK_TOLD))
    return;
  struct { LkOpEvent op; LkTensorEvent output; } payload = { .op.n_outputs = 1 };
  describe_value (tensor, &payload.output);
  emit_flagged (ctx, LK_EVENT_OP, flags, lk_stream_string ("Const"), lk_stream_now (), &payload, sizeof payload);
}

void
lk_emit_new_inputs (LkContext *ctx, LkTensor *const *inputs, guint n)
{
  for (guint i = 0; i < MIN (n, lk_emit_most ()); i++)
    tell_value (ctx, inputs[i], LK_FLAG_GIVEN);
}

void
lk_emit_constant (LkContext *ctx, const LkTensor *tensor)
{
  lk_gate_op (ctx, lk_op_find ("Const"), NULL, 0, NULL, NULL);
  gint64 began = lk_stream_now ();
  tell_value (ctx, tensor, 0);
  count_overhead (began);
}

/* ---- ops and nodes ---- */

static gboolean
any_nonfinite (LkTensor *const *tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    if (tensors[i] != NULL && lk_fact (tensors[i]->id, LK_NONFINITE))
      return TRUE;
  return FALSE;
}

/* Alerts where bad values come from, not at each op that they reach. */
static void
alert_nonfinite (LkContext *ctx, const LkCall *call)
{
  if (any_nonfinite (call->inputs, call->n_inputs))
    return;
  for (guint i = 0; i < call->n_outputs; i++)
    if (call->outputs[i] != NULL && lk_fact (call->outputs[i]->id, LK_NONFINITE))
      {
        LkHealth health;
        lk_health (call->outputs[i], &health);
        gboolean infinite = health.positive_infinity + health.negative_infinity > 0;
        char *message = g_strdup_printf ("%s gave %s out of finite inputs", call->op->name,
                                         health.nan == 0 ? "Inf" : infinite ? "NaN and Inf" : "NaN");
        lk_emit_alert (ctx, LK_ALERT_NONFINITE, message, call->outputs[i]->id);
        g_free (message);
        return;
      }
}

static guint8
op_flags (const LkContext *ctx, const LkNode *node)
{
  gboolean backward = (ctx != NULL && ctx->backward > 0) || (node != NULL && (node->flags & LK_NODE_BACKWARD));
  return backward ? LK_FLAG_BACKWARD : 0;
}

/* Appends what lk_history_keep() and health say of each output. TRUE when all are finite. */
static gboolean
append_outputs (GByteArray *to, LkTensor *const *outputs, guint n)
{
  gboolean finite = TRUE;
  for (guint i = 0; i < n; i++)
    {
      LkTensorEvent tensor = { .offset = LK_NO_OFFSET };
      if (outputs[i] != NULL)
        finite &= describe_value (outputs[i], &tensor);
      g_byte_array_append (to, (const guint8 *) &tensor, sizeof tensor);
    }
  return finite;
}

/* A node's name and attributes are always the same: their strings are looked up once. */
static LkOpEvent
describe_node (const LkNode *node)
{
  LkNode *said = (LkNode *) node;
  if (G_UNLIKELY (said->said_name == 0))
    {
      said->said_attrs = attrs_string (node->op, node->attrs, node->n_inputs, node->n_outputs);
      said->said_name = lk_stream_string (node->name);
    }
  return (LkOpEvent) { .attrs = said->said_attrs, .graph = lk_graph_id (node->graph), .node = node->id,
                       .name = said->said_name };
}

static LkOpEvent
describe_call (const LkCall *call)
{
  return (LkOpEvent) { .attrs = attrs_string (call->op, call->attrs, call->n_inputs, call->n_outputs) };
}

void
lk_emit_op (LkContext *ctx, const LkCall *call, const LkNode *node, gint64 began)
{
  gint64 ended = lk_stream_now ();
  lk_emit_new_inputs (ctx, call->inputs, call->n_inputs);
  LkThread *thread = lk_thread_self ();
  LkOpEvent op = node != NULL ? describe_node (node) : describe_call (call);
  LkEvent event = { .kind = LK_EVENT_OP, .flags = op_flags (ctx, node), .time = began,
                    .duration = (guint32) CLAMP (ended - began, 0, G_MAXUINT32),
                    .stack = lk_context_stack (ctx), .subject = lk_attrs_op_name (call->op) };
  GByteArray *payload = g_byte_array_set_size (thread->scratch, sizeof op);
  op.n_inputs = (guint16) lk_emit_append_ids (payload, call->inputs, call->n_inputs);
  gboolean finite = TRUE;
  if (node != NULL && (lk_op_calls (call->op) || lk_op_is_fused (call->op)))
    event.flags |= LK_FLAG_CALLED;
  if (call->outputs == NULL)
    event.flags |= LK_FLAG_FAILED;
  else
    {
      op.n_outputs = (guint16) MIN (call->n_outputs, lk_emit_most ());
      finite = append_outputs (payload, call->outputs, op.n_outputs);
    }
  if (!finite)
    event.flags |= LK_FLAG_NONFINITE;
  memcpy (payload->data, &op, sizeof op);
  lk_emit (&event, payload->data, payload->len);
  if (!finite && !lk_op_is_fused (call->op))      /* the nodes inside of it have told */
    alert_nonfinite (ctx, call);
  count_overhead (ended);
}

static void
append_symbolic (GByteArray *to, LkTensor *const *tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      LkTensorEvent tensor;
      describe (tensors[i], &tensor);
      g_byte_array_append (to, (const guint8 *) &tensor, sizeof tensor);
    }
}

static guint
append_controls (GByteArray *to, const LkNode *node)
{
  guint n = MIN (node->n_controls, lk_emit_most ());
  for (guint i = 0; i < n; i++)
    g_byte_array_append (to, (const guint8 *) &node->controls[i]->id, sizeof (guint32));
  return n;
}

void
lk_emit_node (LkContext *ctx, const LkNode *node)
{
  gint64 now = lk_stream_now ();
  LkThread *thread = lk_thread_self ();
  LkOpEvent op = describe_node (node);
  LkEvent event = { .kind = LK_EVENT_NODE, .flags = op_flags (ctx, node), .time = now, .stack = node->stack,
                    .subject = lk_attrs_op_name (node->op) };
  if (node->flags & LK_NODE_LOSS)
    event.flags |= LK_FLAG_LOSS;
  if (node->graph->quiet)
    event.flags |= LK_FLAG_GIVEN;
  GByteArray *payload = g_byte_array_set_size (thread->scratch, sizeof op);
  op.n_inputs = (guint16) lk_emit_append_ids (payload, node->inputs, node->n_inputs);
  op.n_outputs = (guint16) MIN (node->n_outputs, lk_emit_most ());
  append_symbolic (payload, node->outputs, op.n_outputs);
  op.n_controls = append_controls (payload, node);
  memcpy (payload->data, &op, sizeof op);
  lk_emit (&event, payload->data, payload->len);
  count_overhead (now);
}

void
lk_emit_graph (LkContext *ctx, const LkGraph *graph, const char *function, LkTensor *const *inputs, guint n_inputs,
               LkTensor *const *outputs, guint n_outputs)
{
  gint64 now = lk_stream_now ();
  LkThread *thread = lk_thread_self ();
  guint32 name = lk_stream_string (function);
  LkGraphEvent event = { .id = lk_graph_id (graph), .n_nodes = lk_graph_n_nodes (graph),
                         .n_captures = lk_graph_n_captures (graph), .function = name };
  GByteArray *payload = g_byte_array_set_size (thread->scratch, sizeof event);
  event.n_inputs = lk_emit_append_ids (payload, inputs, n_inputs);
  event.n_outputs = lk_emit_append_ids (payload, outputs, n_outputs);
  memcpy (payload->data, &event, sizeof event);
  emit_at (ctx, LK_EVENT_GRAPH, name, now, payload->data, payload->len);
  count_overhead (now);
}

void
lk_emit_rewrite (LkContext *ctx, const char *rule, const LkRewriteEvent *event, const guint64 *moved, const guint32 *before,
                 const guint32 *after)
{
  static const guint32 padding = 0;
  const guint32 subject = lk_stream_string (rule);
  GByteArray *payload = g_byte_array_set_size (lk_thread_self ()->scratch, 0);
  g_byte_array_append (payload, (const guint8 *) event, sizeof *event);
  g_byte_array_append (payload, (const guint8 *) moved, event->n_moved * 2 * sizeof *moved);
  g_byte_array_append (payload, (const guint8 *) before, event->n_before * sizeof *before);
  g_byte_array_append (payload, (const guint8 *) after, event->n_after * sizeof *after);
  if (payload->len % 8 != 0)
    g_byte_array_append (payload, (const guint8 *) &padding, sizeof padding);
  emit_at (ctx, LK_EVENT_REWRITE, subject, lk_stream_now (), payload->data, payload->len);
}

/* ---- variables, scalars, steps, alerts ---- */

void
lk_emit_variable (LkContext *ctx, const LkVariable *variable)
{
  gint64 now = lk_stream_now ();
  struct { LkVariableEvent variable; LkTensorEvent value; } payload = {
    { variable->id, variable->trainable, variable->version, variable->value != NULL ? variable->value->id : 0 }, { 0 }
  };
  if (variable->value != NULL)
    describe_value (variable->value, &payload.value);
  emit_at (ctx, LK_EVENT_VARIABLE, lk_stream_string (variable->name), now, &payload,
           variable->value != NULL ? sizeof payload : sizeof payload.variable);
  count_overhead (now);
}

void
lk_emit_scalar (LkContext *ctx, LkScalarKind kind, const char *tag, gint64 step, double value, guint64 tensor)
{
  gint64 now = lk_stream_now ();
  LkScalarEvent scalar = { step, value, tensor, kind, 0 };
  emit_at (ctx, LK_EVENT_SCALAR, lk_stream_string (tag), now, &scalar, sizeof scalar);
  count_overhead (now);
}

void
lk_emit_step (LkContext *ctx)
{
  static guint64 steps;
  LkStepEvent step = { __atomic_add_fetch (&steps, 1, __ATOMIC_RELAXED) };
  emit_at (ctx, LK_EVENT_STEP, 0, lk_stream_now (), &step, sizeof step);
  lk_gate_step_done ();
}

void
lk_emit_line (guint32 stack)
{
  LkEvent event = { .kind = LK_EVENT_LINE, .stack = stack, .time = lk_stream_now () };
  lk_emit (&event, NULL, 0);
}

void
lk_emit_alert (LkContext *ctx, LkAlertKind kind, const char *message, guint64 tensor)
{
  LkAlertEvent alert = { kind, 0, tensor };
  emit_at (ctx, LK_EVENT_ALERT, lk_stream_string (message), lk_stream_now (), &alert, sizeof alert);
  lk_gate_alert (kind);
}
