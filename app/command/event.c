/* SPDX-License-Identifier: MIT */
/* An event as JSON: what all have, then what its kind has. A row of the table per kind. */
#include "json.h"
#include <string.h>

typedef struct
{
  JsonBuilder *builder;
  LkStore *store;
  const LkEvent *event;
} Line;

/* A name out of a table that may be shorter than what a file says. */
#define NAME_OF(names, index) ((index) < G_N_ELEMENTS (names) ? (names)[index] : "unknown")

static void
add_string (const Line *line, const char *name, guint32 id)
{
  if (id)
    json_add_text (line->builder, name, lk_store_string (line->store, id));
}

/* ---- tensors ---- */

static void
add_health (JsonBuilder *builder, const LkHealth *health)
{
  json_builder_set_member_name (builder, "health");
  json_builder_begin_object (builder);
  json_add_int (builder, "nan", (gint64) health->nan);
  json_add_int (builder, "positive_infinity", (gint64) health->positive_infinity);
  json_add_int (builder, "negative_infinity", (gint64) health->negative_infinity);
  json_add_int (builder, "zero", (gint64) health->zero);
  json_add_int (builder, "negative", (gint64) health->negative);
  json_add_double (builder, "minimum", health->minimum);
  json_add_double (builder, "maximum", health->maximum);
  json_add_double (builder, "mean", health->mean);
  json_builder_end_object (builder);
}

/* null for an unknown rank or dimension. */
static void
add_shape (JsonBuilder *builder, const LkTensorEvent *tensor)
{
  json_builder_set_member_name (builder, "shape");
  if (tensor->rank > LK_MAX_RANK)
    {
      json_builder_add_null_value (builder);
      return;
    }
  json_builder_begin_array (builder);
  for (guint i = 0; i < tensor->rank; i++)
    if (tensor->dims[i] < 0)
      json_builder_add_null_value (builder);
    else
      json_builder_add_int_value (builder, tensor->dims[i]);
  json_builder_end_array (builder);
}

static void
add_tensor (JsonBuilder *builder, const LkTensorEvent *tensor, gboolean has_value)
{
  json_builder_begin_object (builder);
  json_add_int (builder, "id", (gint64) tensor->id);
  json_add_text (builder, "dtype", lk_dtype_name (tensor->dtype));
  add_shape (builder, tensor);
  if (has_value)
    json_add_int (builder, "bytes", (gint64) tensor->bytes);
  if (tensor->has_health)
    add_health (builder, &tensor->health);
  json_builder_end_object (builder);
}

static void
add_inputs (JsonBuilder *builder, const guint64 *inputs, guint n)
{
  json_builder_set_member_name (builder, "inputs");
  json_builder_begin_array (builder);
  for (guint i = 0; i < n; i++)
    json_builder_add_int_value (builder, (gint64) inputs[i]);
  json_builder_end_array (builder);
}

static void
add_op (const Line *line, gconstpointer payload)
{
  const LkOpEvent *op = payload;
  const guint64 *inputs = (const guint64 *) (op + 1);
  const LkTensorEvent *outputs = (const LkTensorEvent *) (inputs + op->n_inputs);
  gboolean ran = line->event->kind == LK_EVENT_OP;
  add_string (line, "attributes", op->attrs);
  if (op->graph)
    {
      json_add_int (line->builder, "graph", op->graph);
      json_add_int (line->builder, "node", op->node);
    }
  if (!ran)
    add_string (line, "op", line->event->subject);
  else
    add_string (line, "node_name", op->name);
  add_inputs (line->builder, inputs, op->n_inputs);
  json_builder_set_member_name (line->builder, "outputs");
  json_builder_begin_array (line->builder);
  for (guint i = 0; i < op->n_outputs; i++)
    add_tensor (line->builder, &outputs[i], ran);
  json_builder_end_array (line->builder);
}

/* ---- the other kinds ---- */

static void
add_call (const Line *line, gconstpointer payload)
{
  static const char *const kinds[] = { "function", "trace", "run", "session", "loop", "condition", "iteration", "branch" };
  const LkCallEvent *call = payload;
  json_add_int (line->builder, "call", call->id);
  json_add_text (line->builder, "call_kind", NAME_OF (kinds, call->kind));
  if (call->graph)
    json_add_int (line->builder, "graph", call->graph);
  if (call->kind == LK_CALL_TRACE)
    add_string (line, "cause", call->cause);
  else if (call->kind == LK_CALL_LOOP && line->event->kind == LK_EVENT_RETURN)
    json_add_int (line->builder, "iterations", call->cause);
  else if (call->kind > LK_CALL_LOOP && line->event->kind == LK_EVENT_CALL)
    json_add_int (line->builder, "number", call->cause);
}

static void
add_graph (const Line *line, gconstpointer payload)
{
  const LkGraphEvent *graph = payload;
  json_add_int (line->builder, "graph", graph->id);
  json_add_int (line->builder, "nodes", graph->n_nodes);
  json_add_int (line->builder, "captures", graph->n_captures);
  add_string (line, "function", graph->function);
}

static void
add_variable (const Line *line, gconstpointer payload)
{
  const LkVariableEvent *variable = payload;
  json_add_int (line->builder, "variable", variable->id);
  json_add_int (line->builder, "version", (gint64) variable->version);
  json_add_int (line->builder, "tensor", (gint64) variable->tensor);
  json_add_flag (line->builder, "trainable", variable->trainable != 0);
}

static void
add_scalar (const Line *line, gconstpointer payload)
{
  const LkScalarEvent *scalar = payload;
  json_add_text (line->builder, "scalar_kind", json_scalar_kind (scalar->kind));
  if (scalar->step >= 0)
    json_add_int (line->builder, "step", scalar->step);
  json_add_double (line->builder, "value", scalar->value);
}

static void
add_step (const Line *line, gconstpointer payload)
{
  json_add_int (line->builder, "step", (gint64) ((const LkStepEvent *) payload)->step);
}

static void
add_alert (const Line *line, gconstpointer payload)
{
  static const char *const kinds[] = { "nonfinite", "retrace", "error" };
  const LkAlertEvent *alert = payload;
  json_add_text (line->builder, "alert_kind", NAME_OF (kinds, alert->kind));
  if (alert->tensor)
    json_add_int (line->builder, "tensor", (gint64) alert->tensor);
}

static void
add_output (const Line *line, gconstpointer payload)
{
  json_add_text (line->builder, "stream", ((const LkOutputEvent *) payload)->stream == 2 ? "stderr" : "stdout");
  json_add_text (line->builder, "printed", lk_store_string (line->store, line->event->subject));
}

static void
add_exit (const Line *line, gconstpointer payload)
{
  static const char *const kinds[] = { "normal", "error", "signal", "stopped" };
  const LkExitEvent *exit = payload;
  json_add_text (line->builder, "exit_kind", NAME_OF (kinds, exit->kind));
  json_add_int (line->builder, "status", exit->status);
}

static void
add_rewrite (const Line *line, gconstpointer payload)
{
  const LkRewriteEvent *rewrite = payload;
  add_string (line, "rule", line->event->subject);
  add_string (line, "pass", rewrite->pass);
  json_add_int (line->builder, "traced", rewrite->traced);
  json_add_int (line->builder, "working", rewrite->working);
  if (rewrite->final)
    json_add_int (line->builder, "final", rewrite->final);
  json_add_int (line->builder, "before", rewrite->n_before);
  json_add_int (line->builder, "after", rewrite->n_after);
}

static const struct
{
  gboolean named;               /* the subject is its name */
  void (*add) (const Line *line, gconstpointer payload);
} kinds[LK_N_EVENT_KINDS] = {
  [LK_EVENT_OP] = { TRUE, add_op },
  [LK_EVENT_NODE] = { FALSE, add_op },
  [LK_EVENT_CALL] = { TRUE, add_call },
  [LK_EVENT_RETURN] = { TRUE, add_call },
  [LK_EVENT_GRAPH] = { TRUE, add_graph },
  [LK_EVENT_VARIABLE] = { TRUE, add_variable },
  [LK_EVENT_SCALAR] = { TRUE, add_scalar },
  [LK_EVENT_STEP] = { FALSE, add_step },
  [LK_EVENT_ALERT] = { FALSE, add_alert },
  [LK_EVENT_STOP] = { TRUE, NULL },
  [LK_EVENT_OUTPUT] = { FALSE, add_output },
  [LK_EVENT_EXIT] = { FALSE, add_exit },
  [LK_EVENT_REWRITE] = { FALSE, add_rewrite },
};

/* ---- what all have ---- */

static void
add_place (const Line *line)
{
  LkPlace place;
  if (!lk_store_place (line->store, line->event->stack, &place))
    return;
  json_builder_set_member_name (line->builder, "place");
  json_builder_begin_object (line->builder);
  json_add_text (line->builder, "file", place.file);
  json_add_int (line->builder, "line", place.line);
  json_add_text (line->builder, "function", place.function);
  json_builder_end_object (line->builder);
}

static void
add_name (const Line *line, gconstpointer payload)
{
  const LkEvent *event = line->event;
  if (event->kind == LK_EVENT_NODE)
    add_string (line, "name", ((const LkOpEvent *) payload)->name);
  else if (event->kind < LK_N_EVENT_KINDS && kinds[event->kind].named)
    add_string (line, "name", event->subject);
}

static void
add_flags (const Line *line)
{
  static const struct { const char *name; LkEventFlags flag; } flags[] = {
    { "backward", LK_FLAG_BACKWARD }, { "failed", LK_FLAG_FAILED }, { "nonfinite", LK_FLAG_NONFINITE }, { "loss", LK_FLAG_LOSS }
  };
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    json_add_flag (line->builder, flags[i].name, (line->event->flags & flags[i].flag) != 0);
}

void
json_add_event (JsonBuilder *builder, LkStore *store, guint64 number)
{
  g_autoptr (GBytes) record = lk_store_record (store, number);
  g_autofree char *text = lk_store_describe (store, number);
  json_builder_begin_object (builder);
  json_add_int (builder, "event", (gint64) number);
  if (record)
    {
      const LkEvent *event = g_bytes_get_data (record, NULL);
      Line line = { builder, store, event };
      json_add_text (builder, "kind", lk_event_kind_name (event->kind));
      add_name (&line, event + 1);
      json_add_text (builder, "text", text);
      json_add_int (builder, "depth", event->depth);
      json_add_int (builder, "time", event->time);
      json_add_int (builder, "duration", event->duration);
      add_flags (&line);
      add_place (&line);
      if (event->kind < LK_N_EVENT_KINDS && kinds[event->kind].add)
        kinds[event->kind].add (&line, event + 1);
    }
  else
    json_add_text (builder, "kind", "damaged");
  json_builder_end_object (builder);
}
