/* SPDX-License-Identifier: MIT */
/* What ran of the graph, what is next, and where it stops. */
#include "ui/graph_parts.h"
#include "ui/nodes.h"

static gboolean
line_break (LkSession *session, LkStore *store, guint32 stack, guint8 *marks)
{
  LkPlace place;
  const LkBreakpoint *row = lk_store_place (store, stack, &place)
                                ? lk_session_line_breakpoint (session, place.file, place.line)
                                : NULL;
  if (row)
    *marks |= (guint8) (UI_MARK_BREAK_LINE | (row->enabled ? 0 : UI_MARK_BREAK_OFF));
  return row != NULL;
}

void
ui_graph_panel_mark_breakpoints (UiGraphPanel *self)
{
  LkSession *session = ui_graph_panel_session (self);
  guint8 *marks = ui_canvas_marks (self->canvas);
  LkGraphView view;
  if (!marks || !ui_graph_panel_view (self, &view))
    return;
  for (guint i = 0; i < view.n_nodes && i < self->n_nodes; i++)
    {
      const char *op = lk_store_string (ui_graph_panel_store (self), view.nodes[i]->op);
      marks[i] &= (guint8) ~(UI_MARK_BREAK_LINE | UI_MARK_BREAK_OP | UI_MARK_BREAK_OFF);
      if (!lk_session_n_breakpoints (session))
        continue;
      line_break (session, ui_graph_panel_store (self), view.nodes[i]->stack, &marks[i]);
      for (guint k = 0; k < lk_session_n_breakpoints (session); k++)
        {
          const LkBreakpoint *row = lk_session_breakpoint (session, k);
          if (row->kind == LK_BREAK_OP && g_str_equal (row->text, op))
            marks[i] |= (guint8) (UI_MARK_BREAK_OP | (row->enabled ? 0 : UI_MARK_BREAK_OFF));
        }
    }
  ui_canvas_marks_changed (self->canvas);
}

void
ui_graph_panel_mark_progress (UiGraphPanel *self)
{
  LkNext next = { 0 };
  lk_session_next (ui_graph_panel_session (self), &next);
  gboolean here = !self->walk && next.known && next.graph && next.graph == self->graph && next.node < self->n_nodes;
  ui_canvas_set_next (self->canvas, here ? next.node : UI_LAYOUT_NONE);
  if (ui_canvas_marks (self->canvas) && self->graph != UI_GRAPH_DATAFLOW && !self->walk
      && lk_session_state (ui_graph_panel_session (self)) != LK_SESSION_RUNNING)
    ui_nodes_mark_ran (ui_graph_panel_store (self), self->graph, lk_session_cursor (ui_graph_panel_session (self)),
                       ui_canvas_marks (self->canvas), self->n_nodes);
  ui_canvas_marks_changed (self->canvas);
}
