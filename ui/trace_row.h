/* SPDX-License-Identifier: MIT */
/* Rows of the traces panel: a function's heading, or one of its traces in words. */
#pragma once
#include <gtk/gtk.h>
#include "debugger/store.h"

#define UI_TYPE_TRACE_ITEM (ui_trace_item_get_type ())
G_DECLARE_FINAL_TYPE (UiTraceItem, ui_trace_item, UI, TRACE_ITEM, GObject)

UiTraceItem *ui_trace_item_new (LkStore *store, guint trace);           /* as it is now */
UiTraceItem *ui_trace_item_new_function (const char *name, guint traces, gint64 cost);
int ui_trace_item_index (UiTraceItem *item);        /* of the trace in the store; -1 for a heading */

GtkListItemFactory *ui_trace_row_factory (void);
