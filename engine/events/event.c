/* SPDX-License-Identifier: MIT */
#include "engine/events/event.h"

/* From the enum's own table, in lower case. */
static const char *const names[] = {
  [LK_EVENT_STRING] = "string", [LK_EVENT_SITE] = "site", [LK_EVENT_OP] = "op", [LK_EVENT_NODE] = "node",
  [LK_EVENT_CALL] = "call", [LK_EVENT_RETURN] = "return", [LK_EVENT_GRAPH] = "graph",
  [LK_EVENT_VARIABLE] = "variable", [LK_EVENT_SCALAR] = "scalar", [LK_EVENT_STEP] = "step",
  [LK_EVENT_ALERT] = "alert", [LK_EVENT_STOP] = "stop", [LK_EVENT_OUTPUT] = "output", [LK_EVENT_EXIT] = "exit",
  [LK_EVENT_REWRITE] = "rewrite", [LK_EVENT_LINE] = "line",
};
G_STATIC_ASSERT (G_N_ELEMENTS (names) == LK_N_EVENT_KINDS);

gboolean
lk_call_kind_runs (guint kind)
{
  return kind == LK_CALL_RUN || kind == LK_CALL_SESSION || kind == LK_CALL_CONDITION || kind == LK_CALL_ITERATION
         || kind == LK_CALL_BRANCH;
}

const char *
lk_event_kind_name (guint kind)
{
  return kind < LK_N_EVENT_KINDS ? names[kind] : "unknown";
}
