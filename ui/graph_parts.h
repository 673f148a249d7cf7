/* SPDX-License-Identifier: MIT */
/* The parts of the graph panel, for its own files only: which graph (graph.c) of those that there are (graph_list.c), its
   rewriting (graph_walk.c), what ran of it and where it stops (graph_marks.c), what is selected (graph_selection.c) and what
   is searched for (graph_search.c). */
#pragma once
#include "ui/canvas.h"
#include "ui/panel.h"
#include "ui/walk_list.h"

#define UI_TYPE_GRAPH_PANEL (ui_graph_panel_get_type ())
G_DECLARE_FINAL_TYPE (UiGraphPanel, ui_graph_panel, UI, GRAPH_PANEL, UiPanel)

#define UI_GRAPH_DATAFLOW G_MAXUINT32           /* in place of a graph: what ran eagerly */

struct _UiGraphPanel
{
  UiPanel parent_instance;
  GtkDropDown *graphs;
  GtkStringList *names;
  GtkToggleButton *lock, *rewrites;
  GtkSearchBar *searchbar;
  GtkSearchEntry *entry;
  GtkLabel *found, *status, *eager;
  GtkStack *stack;
  GtkWidget *bar;
  UiCanvas *canvas;
  UiWalkList *walk_list;
  GtkPaned *paned;
  guint turning;                                /* idle: the list is moved beside or below the graph */

  GArray *ids;                                  /* graph ids in the drop-down's order */
  guint32 graph;                                /* the one shown, 0 none, or UI_GRAPH_DATAFLOW */
  UiWalk *walk;                                 /* while rewrites are walked through; the nodes are the working graph's */
  GArray *trail;                                /* graphs that were left to go into one of their nodes' */
  UiWalk *whence;                               /* of the graph that is shown, for where its nodes come from; (nullable) */
  GArray *events;                               /* UI_GRAPH_DATAFLOW: guint64, of each node */
  guint n_nodes;                                /* it had when it was drawn */
  gint64 drawn;                                 /* when, µs */
  guint match;                                  /* the found node that is selected */
  gboolean quiet;                               /* the drop-down is being set, not used */
};

static inline LkSession *
ui_graph_panel_session (UiGraphPanel *self)
{
  return ui_panel_session (UI_PANEL (self));
}

static inline LkStore *
ui_graph_panel_store (UiGraphPanel *self)
{
  return ui_panel_store (UI_PANEL (self));
}

/* What the nodes of the canvas are. FALSE when they are no graph's. */
gboolean ui_graph_panel_view (UiGraphPanel *self, LkGraphView *view);
void ui_graph_panel_show (UiGraphPanel *self, guint32 graph);
void ui_graph_panel_go (UiGraphPanel *self, guint32 graph);                 /* because a person wants to */

/* graph_list.c */
void ui_graph_panel_list (UiGraphPanel *self);              /* there are others */
void ui_graph_panel_select_row (UiGraphPanel *self);        /* another is shown */
guint32 ui_graph_panel_row (UiGraphPanel *self);            /* the graph that a person chose; 0 if none did */

/* graph_walk.c */
gint ui_graph_panel_rewriting_of (UiGraphPanel *self, guint32 graph);       /* newest that made or was made of it; -1 */
gboolean ui_graph_panel_show_walk (UiGraphPanel *self, guint32 graph);      /* in place of the graph, if wanted and can be */
void ui_graph_panel_drop_walk (UiGraphPanel *self);
void ui_graph_panel_turn (UiGraphPanel *self);              /* the list goes where there is room */
void ui_graph_panel_toggle_walk (UiGraphPanel *self);

/* graph_marks.c */
void ui_graph_panel_mark_breakpoints (UiGraphPanel *self);
void ui_graph_panel_mark_progress (UiGraphPanel *self);

/* graph_selection.c */
void ui_graph_panel_picked (UiGraphPanel *self, guint item);
void ui_graph_panel_entered (UiGraphPanel *self, guint item);               /* or left, with UI_LAYOUT_NONE */
void ui_graph_panel_say (UiGraphPanel *self);               /* below the graph, what is selected */
void ui_graph_panel_follow (UiGraphPanel *self);            /* the session's selection */
gboolean ui_graph_panel_follow_link (UiGraphPanel *self, const char *link);

/* graph_search.c */
void ui_graph_panel_search (UiGraphPanel *self);            /* for another text */
void ui_graph_panel_search_next (UiGraphPanel *self);
