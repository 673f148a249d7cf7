/* SPDX-License-Identifier: MIT */
/* A row of a list of events: glyph and name, shapes, line, time; indented by the calls around it. */
#pragma once
#include "ui/event_model.h"
#include <gtk/gtk.h>

#define UI_TYPE_EVENT_ROW (ui_event_row_get_type ())
G_DECLARE_FINAL_TYPE (UiEventRow, ui_event_row, UI, EVENT_ROW, GtkBox)

/* Rows for a list view of the model. cursor (nullable): points to the event that is marked as the cursor. A click on the
   sign of a call that folds activates the action "events.fold" with the event. */
GtkListItemFactory *ui_event_row_factory (UiEventModel *model, const guint64 *cursor);
