/* SPDX-License-Identifier: MIT */
/* One line for a person. A row of the table per kind. */
#include "debugger/store/state.h"
#include <math.h>
#include <string.h>

#define MOST_TENSORS 4              /* spelled out; the rest is counted */

static void
add_shape (GString *line, const LkTensorEvent *tensor)
{
  LkShape shape = { .rank = tensor->rank };
  memcpy (shape.dims, tensor->dims, sizeof shape.dims);
  g_autofree char *text = lk_shape_python (&shape);
  g_string_append (line, text);
}

static void
add_inputs (LkStore *store, GString *line, const LkOpEvent *op)
{
  for (guint i = 0; i < MIN (op->n_inputs, MOST_TENSORS); i++)
    {
      guint64 id = lk_op_inputs (op)[i];
      g_string_append (line, i ? " · " : " ");
      const LkVariableEntry *variable = g_hash_table_lookup (store->variable_of, &id);
      const LkTensorEvent *input = lk_store_peek_tensor (store, id, NULL, NULL);
      if (variable)
        g_string_append (line, variable->name);
      if (variable && input)
        g_string_append_c (line, ' ');
      if (input)
        add_shape (line, input);
      else if (!variable)
        g_string_append (line, "?");
    }
  if (op->n_inputs > MOST_TENSORS)
    g_string_append_printf (line, " · %u more", op->n_inputs - MOST_TENSORS);
}

static void
add_outputs (GString *line, const LkOpEvent *op, guint n)
{
  for (guint i = 0; i < MIN (n, MOST_TENSORS); i++)
    {
      const LkTensorEvent *output = &lk_op_outputs (op)[i];
      g_string_append_printf (line, "%s%s ", i ? ", " : " → ", lk_dtype_name (output->dtype));
      add_shape (line, output);
    }
  if (n > MOST_TENSORS)
    g_string_append_printf (line, ", %u more", n - MOST_TENSORS);
}

static void
describe_op (LkStore *store, const LkEvent *record, GString *line)
{
  /* Looking at inputs may drop this record from memory: a copy stays. */
  g_autofree LkEvent *copy = g_memdup2 (record, record->size);
  const LkOpEvent *op = lk_op_of (copy);
  const char *name = lk_store_text (store, op->name);
  g_string_append (line, lk_store_text (store, copy->subject));
  if (copy->kind == LK_EVENT_NODE && *name)
    g_string_append_printf (line, " “%s”", name);
  add_inputs (store, line, op);
  if (copy->flags & LK_FLAG_FAILED)
    g_string_append (line, " → failed");
  else
    add_outputs (line, op, op->n_outputs);
}

static void
describe_call (LkStore *store, const LkEvent *record, GString *line)
{
  static const char *const verbs[] = { "call ", "trace ", "run graph of ", "Session.run ", "loop ", "", "", "" };
  const LkCallEvent *call = (const LkCallEvent *) (record + 1);
  const char *verb = call->kind < G_N_ELEMENTS (verbs) ? verbs[call->kind] : "call ";
  const LkCallView *view = g_hash_table_lookup (store->calls, GUINT_TO_POINTER (call->id));
  if (record->kind == LK_EVENT_RETURN)
    g_string_append (line, "end of ");
  g_string_append_printf (line, "%s%s", verb, lk_store_text (store, record->subject));
  if (call->kind == LK_CALL_TRACE && call->cause)
    g_string_append_printf (line, ": %s", lk_store_text (store, call->cause));
  else if (call->kind == LK_CALL_RUN && call->cause)
    g_string_append (line, ", again");
  else if (call->kind == LK_CALL_CONDITION || call->kind == LK_CALL_ITERATION)
    g_string_append_printf (line, " %u", view ? view->number : call->cause);
  else if (call->kind == LK_CALL_LOOP && view && view->end != G_MAXUINT64)
    g_string_append_printf (line, ": %u %s", view->number, view->number == 1 ? "iteration" : "iterations");
}

static void
describe_variable (LkStore *store, const LkEvent *record, GString *line)
{
  const LkVariableEvent *variable = (const LkVariableEvent *) (record + 1);
  g_string_append (line, lk_store_text (store, record->subject));
  if (variable->version == 0)
    g_string_append (line, " made without a value");
  else if (variable->version == 1)
    g_string_append (line, " made");
  else
    g_string_append_printf (line, " changed, version %" G_GUINT64_FORMAT, variable->version);
  const LkTensorEvent *value = lk_store_peek_tensor (store, variable->tensor, NULL, NULL);
  if (!value)
    return;
  g_string_append_printf (line, ": %s ", lk_dtype_name (value->dtype));
  add_shape (line, value);
}

static void
describe_scalar (LkStore *store, const LkEvent *record, GString *line)
{
  const LkScalarEvent *scalar = (const LkScalarEvent *) (record + 1);
  g_string_append_printf (line, "%s = %.6g", lk_store_text (store, record->subject), scalar->value);
  if (scalar->step >= 0)
    g_string_append_printf (line, " at step %" G_GINT64_FORMAT, scalar->step);
}

static void
describe_step (LkStore *store, const LkEvent *record, GString *line)
{
  g_string_append_printf (line, "training step %" G_GUINT64_FORMAT " done", ((const LkStepEvent *) (record + 1))->step);
}

static void
describe_text (LkStore *store, const LkEvent *record, GString *line)
{
  g_string_append (line, lk_store_text (store, record->subject));
}

static void
describe_output (LkStore *store, const LkEvent *record, GString *line)
{
  g_autofree char *text = g_strdup (lk_store_text (store, record->subject));
  g_strchomp (text);
  for (char *c = text; *c; c++)
    if (*c == '\n')
      *c = ' ';
  g_string_append_printf (line, "%s: %s", ((const LkOutputEvent *) (record + 1))->stream == 2 ? "stderr" : "stdout", text);
}

static void
describe_string (LkStore *store, const LkEvent *record, GString *line)
{
  g_string_append_printf (line, "string %u “%s”", record->subject, lk_store_text (store, record->subject));
}

static void
describe_site (LkStore *store, const LkEvent *record, GString *line)
{
  const LkSiteEvent *site = (const LkSiteEvent *) (record + 1);
  g_autofree char *file = g_path_get_basename (lk_store_text (store, site->file));
  g_string_append_printf (line, "place %u: %s, line %u, in %s", record->subject, file, site->line,
                          lk_store_text (store, site->function));
}

static void
describe_graph (LkStore *store, const LkEvent *record, GString *line)
{
  const LkGraphEvent *graph = (const LkGraphEvent *) (record + 1);
  g_string_append_printf (line, "graph %u of %s: %u nodes", graph->id, lk_store_text (store, record->subject),
                          graph->n_nodes);
}

static void
describe_stop (LkStore *store, const LkEvent *record, GString *line)
{
  static const char *const reasons[] = { "entry", "step", "pause", "breakpoint", "alert", "error" };
  const LkStopEvent *stop = (const LkStopEvent *) (record + 1);
  const char *op = lk_store_text (store, record->subject);
  g_string_append_printf (line, "stopped (%s)%s%s", stop->reason < G_N_ELEMENTS (reasons) ? reasons[stop->reason] : "?",
                          *op ? " before " : "", op);
}

static void
describe_rewrite (LkStore *store, const LkEvent *record, GString *line)
{
  const LkRewriteEvent *rewrite = (const LkRewriteEvent *) (record + 1);
  const char *pass = lk_store_text (store, rewrite->pass), *rule = lk_store_text (store, record->subject);
  if (*pass)
    g_string_append_printf (line, "%s: %s", pass, rule);
  else if (rewrite->final)
    g_string_append_printf (line, "rewritten: %u nodes run", rewrite->n_after);
  else
    g_string_append_printf (line, "to be rewritten: %u nodes were traced", rewrite->n_after);
}

typedef void (*Describe) (LkStore *store, const LkEvent *record, GString *line);

static const Describe describers[LK_N_EVENT_KINDS] = {
  [LK_EVENT_STRING] = describe_string,
  [LK_EVENT_SITE] = describe_site,
  [LK_EVENT_OP] = describe_op,
  [LK_EVENT_NODE] = describe_op,
  [LK_EVENT_CALL] = describe_call,
  [LK_EVENT_RETURN] = describe_call,
  [LK_EVENT_GRAPH] = describe_graph,
  [LK_EVENT_VARIABLE] = describe_variable,
  [LK_EVENT_SCALAR] = describe_scalar,
  [LK_EVENT_STEP] = describe_step,
  [LK_EVENT_ALERT] = describe_text,
  [LK_EVENT_STOP] = describe_stop,
  [LK_EVENT_OUTPUT] = describe_output,
  [LK_EVENT_EXIT] = describe_text,
  [LK_EVENT_REWRITE] = describe_rewrite,
};

char *
lk_store_describe (LkStore *store, guint64 event)
{
  GString *line = g_string_new (NULL);
  g_mutex_lock (&store->lock);
  const LkEvent *record = lk_store_peek (store, event);
  if (!record)
    g_string_append (line, event < store->n_events ? "(damaged)" : "");
  else if (record->kind < LK_N_EVENT_KINDS && describers[record->kind])
    describers[record->kind] (store, record, line);
  else
    g_string_append (line, lk_event_kind_name (record->kind));
  g_mutex_unlock (&store->lock);
  return g_string_free (line, FALSE);
}
