/* SPDX-License-Identifier: MIT */
/* A list of a store's events, without copies: a row is made when a view asks for it, and forgotten with it.
   Either all events that a person sees, or those that a search or scan has found. */
#pragma once
#include <gio/gio.h>
#include "debugger/store.h"
#include "ui/folds.h"

#define UI_TYPE_EVENT_ITEM (ui_event_item_get_type ())
G_DECLARE_FINAL_TYPE (UiEventItem, ui_event_item, UI, EVENT_ITEM, GObject)
guint64 ui_event_item_event (UiEventItem *item);
LkStore *ui_event_item_store (UiEventItem *item);   /* (transfer none) */

#define UI_TYPE_EVENT_MODEL (ui_event_model_get_type ())
G_DECLARE_FINAL_TYPE (UiEventModel, ui_event_model, UI, EVENT_MODEL, GObject)

UiEventModel *ui_event_model_new (void);
/* All shown events of store (nullable). */
void ui_event_model_set_store (UiEventModel *model, LkStore *store);
/* Takes notice of what was appended; for a model of all. Rows at the end may be folded by it. */
void ui_event_model_grow (UiEventModel *model);
/* From now on only those of ui_event_model_add(); FALSE: all again. */
void ui_event_model_set_found (UiEventModel *model, gboolean found);
void ui_event_model_add (UiEventModel *model, const guint64 *events, guint n);       /* ascending */
guint64 ui_event_model_event (UiEventModel *model, guint position);
/* of the first at or after event; of the folded call that hides it */
guint ui_event_model_position (UiEventModel *model, guint64 event);

/* Calls fold, in a model of all; see folds.h. */
UiFold ui_event_model_fold (UiEventModel *model, guint64 event);
gboolean ui_event_model_toggle (UiEventModel *model, guint64 event);    /* FALSE when it does not fold */
gboolean ui_event_model_reveal (UiEventModel *model, guint64 event);    /* FALSE when nothing hid it */
