/* SPDX-License-Identifier: MIT */
/* A panel: one way to look at the session. Panels never call each other; what they share is in the session.

   A panel named NAME is a final widget UiNamePanel in ui/NAME.c with its structure in ui/NAME.ui (a template,
   listed in lockstep.gresource.xml) and a row in panels.def; there is nothing else to do to have it in the
   window. It derives from UiPanel, which holds the one property `session` and listens to it. What changed
   is handed to update() together, at most once a frame and only while the panel is on screen: a hidden
   panel does no work, and is told everything when it is shown. Main thread only. */
#pragma once
#include <adwaita.h>
#include "debugger/session.h"

typedef enum
{
  UI_CHANGE_SESSION = 1,        /* another program or file is open, or none: the store is another one */
  UI_CHANGE_APPENDED = 2,       /* there are new events */
  UI_CHANGE_MOVED = 4,          /* cursor or state changed */
  UI_CHANGE_SELECTED = 8,       /* one of the selected-… properties */
  UI_CHANGE_BREAKPOINTS = 16,
  UI_CHANGE_ALL = 31
} UiChange;

#define UI_TYPE_PANEL (ui_panel_get_type ())
G_DECLARE_DERIVABLE_TYPE (UiPanel, ui_panel, UI, PANEL, AdwBin)

struct _UiPanelClass
{
  AdwBinClass parent_class;
  /* Shows what is now; changes: UiChange flags that came since the last time. The session is not NULL here. */
  void (*update) (UiPanel *panel, guint changes);
  /* Ctrl+F: shows the panel's search field and focuses it. (nullable) when it has none. */
  void (*find) (UiPanel *panel);
};

LkSession *ui_panel_session (UiPanel *panel);       /* (transfer none) (nullable) before it is set */
/* The store as of the update that is under way or was last. (transfer none) NULL when nothing is open. */
LkStore *ui_panel_store (UiPanel *panel);
/* asks for an update, e.g. after a setting of its own changed */
void ui_panel_queue (UiPanel *panel, guint changes);
gboolean ui_panel_find (UiPanel *panel);            /* FALSE when it has nothing to find in */
/* For a panel's list: no row is selected before somebody does, and none may be again. (transfer full) */
GtkSingleSelection *ui_panel_new_selection (GListModel *rows);

/* Resource path of a panel's template: for gtk_widget_class_set_template_from_resource(). */
#define UI_RESOURCES "/org/lockstep/Lockstep/"
#define UI_TEMPLATE(name) UI_RESOURCES name ".ui"

/* ---- the table ---- */

typedef enum
{
  UI_PLACE_LEFT,                /* the list of events */
  UI_PLACE_LEFT_LOW,            /* below it */
  UI_PLACE_CENTRE,
  UI_PLACE_CENTRE_RIGHT,        /* beside it when there is room */
  UI_PLACE_RIGHT,
  UI_PLACE_BOTTOM,
  UI_PLACE_BOTTOM_RIGHT,        /* beside it when there is room */
  UI_N_PLACES
} UiPlace;

typedef struct
{
  const char *name;             /* "events": stable, for settings, actions and the command line */
  const char *title;            /* what the tab says */
  const char *icon;
  UiPlace place;
  GType (*type) (void);
  const char *key;              /* shows and focuses it, as an accelerator */
} UiPanelRow;

extern const UiPanelRow ui_panels[];
extern const guint ui_n_panels;
const UiPanelRow *ui_panel_find_row (const char *name);     /* (nullable) */
GtkWidget *ui_panel_new (const UiPanelRow *row, LkSession *session);
