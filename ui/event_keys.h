/* SPDX-License-Identifier: MIT */
/* Folding in a list of events by keys and clicks, as in any tree: Right opens a call or goes into it, Left folds it or goes
   to the call around. Adds the action "events.fold" to the list. */
#pragma once
#include <gtk/gtk.h>
#include "ui/event_model.h"

/* folded: called after something was; all live as long as the list. */
void ui_event_keys_add (GtkListView *list, UiEventModel *model, GtkSingleSelection *selection,
                        void (*folded) (gpointer data), gpointer data);
