/* SPDX-License-Identifier: MIT */
/* Is it a record? A program may crash while it writes, and a file may come from anywhere: nothing reads a payload that was
   not checked here. */
#include "debugger/store/feed.h"
#include <string.h>

/* The smallest payload of each kind; OP, NODE, GRAPH, STOP and STRING have more to them. */
static const guint16 least[LK_N_EVENT_KINDS] = {
  [LK_EVENT_STRING] = 1,
  [LK_EVENT_SITE] = sizeof (LkSiteEvent),
  [LK_EVENT_OP] = sizeof (LkOpEvent),
  [LK_EVENT_NODE] = sizeof (LkOpEvent),
  [LK_EVENT_CALL] = sizeof (LkCallEvent),
  [LK_EVENT_RETURN] = sizeof (LkCallEvent),
  [LK_EVENT_GRAPH] = sizeof (LkGraphEvent),
  [LK_EVENT_VARIABLE] = sizeof (LkVariableEvent),
  [LK_EVENT_SCALAR] = sizeof (LkScalarEvent),
  [LK_EVENT_STEP] = sizeof (LkStepEvent),
  [LK_EVENT_ALERT] = sizeof (LkAlertEvent),
  [LK_EVENT_STOP] = sizeof (LkStopEvent),
  [LK_EVENT_OUTPUT] = sizeof (LkOutputEvent),
  [LK_EVENT_EXIT] = sizeof (LkExitEvent),
  [LK_EVENT_REWRITE] = sizeof (LkRewriteEvent),
};

static gboolean
tensor_is_sound (const LkTensorEvent *tensor)
{
  if (tensor->dtype >= LK_N_DTYPES)
    return FALSE;
  if (tensor->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (tensor->rank > LK_MAX_RANK)
    return FALSE;
  for (guint i = 0; i < tensor->rank; i++)
    if (tensor->dims[i] < LK_DIM_UNKNOWN)
      return FALSE;
  return TRUE;
}

static gboolean
op_is_sound (const LkEvent *record, gsize payload)
{
  const LkOpEvent *op = (const LkOpEvent *) (record + 1);
  gsize needs = sizeof *op + op->n_inputs * sizeof (guint64) + op->n_outputs * sizeof (LkTensorEvent);
  if (record->kind == LK_EVENT_NODE)
    needs += (gsize) op->n_controls * sizeof (guint32);
  if (needs > payload)
    return FALSE;
  const LkTensorEvent *outputs = (const LkTensorEvent *) ((const guint64 *) (op + 1) + op->n_inputs);
  for (guint i = 0; i < op->n_outputs; i++)
    if (!tensor_is_sound (&outputs[i]))
      return FALSE;
  return TRUE;
}

static gboolean
payload_is_sound (const LkEvent *record, gsize payload)
{
  gconstpointer data = record + 1;
  switch (record->kind)
    {
    case LK_EVENT_STRING:
      return memchr (data, 0, payload) != NULL;
    case LK_EVENT_OP:
    case LK_EVENT_NODE:
      return op_is_sound (record, payload);
    case LK_EVENT_GRAPH:
      {
        const LkGraphEvent *graph = data;
        return ((gsize) graph->n_inputs + graph->n_outputs) * sizeof (guint64) + sizeof *graph <= payload;
      }
    case LK_EVENT_REWRITE:
      {
        const LkRewriteEvent *rewrite = data;
        return sizeof *rewrite + (gsize) rewrite->n_moved * 2 * sizeof (guint64)
               + ((gsize) rewrite->n_before + rewrite->n_after) * sizeof (guint32) <= payload;
      }
    case LK_EVENT_STOP:
      return sizeof (LkStopEvent) + ((const LkStopEvent *) data)->n_inputs * sizeof (guint64) <= payload;
    default:
      return TRUE;
    }
}

gboolean
lk_record_check (const LkEvent *record, gsize available, const char **why)
{
  const char *wrong = NULL;
  if (available < sizeof *record)
    wrong = "it is shorter than an event's header";
  else if (record->size < sizeof *record || record->size % 8 != 0)
    wrong = "its size is impossible";
  else if (record->size > available)
    wrong = "it is longer than what holds it";
  else if (record->kind < LK_N_EVENT_KINDS && record->size - sizeof *record < least[record->kind])
    wrong = "its payload is too short for its kind";
  else if (!payload_is_sound (record, record->size - sizeof *record))
    wrong = "its payload does not fit its counts";
  if (why)
    *why = wrong;
  return wrong == NULL;
}
