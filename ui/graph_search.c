/* SPDX-License-Identifier: MIT */
/* Nodes that are searched for, by name or op. */
#include <string.h>
#include "ui/graph_parts.h"

static gboolean
matches (UiGraph *graph, guint node, const char *text)
{
  g_autofree char *name = g_ascii_strdown (ui_layout_get_name (ui_graph_layout (graph), node), -1);
  g_autofree char *op = g_ascii_strdown (ui_graph_op (graph, node), -1);
  return strstr (name, text) || strstr (op, text);
}

void
ui_graph_panel_search (UiGraphPanel *self)
{
  UiGraph *graph = ui_canvas_graph (self->canvas);
  guint8 *marks = ui_canvas_marks (self->canvas);
  g_autofree char *text = g_ascii_strdown (gtk_editable_get_text (GTK_EDITABLE (self->entry)), -1);
  guint n = 0;
  for (guint i = 0; graph && i < ui_graph_n_nodes (graph); i++)
    {
      marks[i] &= (guint8) ~UI_MARK_FOUND;
      if (*text && matches (graph, i, text))
        marks[i] |= UI_MARK_FOUND, n++;
    }
  self->match = G_MAXUINT;
  g_autofree char *said = !*text ? g_strdup ("")
                          : n    ? g_strdup_printf ("%u found", n)
                                 : g_strdup ("None found");
  gtk_label_set_text (self->found, said);
  ui_canvas_marks_changed (self->canvas);
}

void
ui_graph_panel_search_next (UiGraphPanel *self)
{
  UiGraph *graph = ui_canvas_graph (self->canvas);
  const guint8 *marks = ui_canvas_marks (self->canvas);
  guint n = graph ? ui_graph_n_nodes (graph) : 0;
  for (guint step = 1; step <= n; step++)
    {
      guint node = (self->match == G_MAXUINT ? step - 1 : self->match + step) % n;
      if (!(marks[node] & UI_MARK_FOUND))
        continue;
      self->match = node;
      ui_canvas_set_selected (self->canvas, node, FALSE);
      ui_canvas_reveal (self->canvas, node);
      ui_graph_panel_picked (self, node);
      return;
    }
}
