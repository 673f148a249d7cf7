/* SPDX-License-Identifier: MIT */
/* The alerts panel: what is wrong with values or with the program. Choosing one shows its tensor and line;
   Return goes to the moment. */
#include "ui/panel.h"
#include "ui/event_model.h"
#include "ui/event_row.h"
#include "ui/scan.h"
#include "ui/select.h"

#define UI_TYPE_ALERTS_PANEL (ui_alerts_panel_get_type ())
G_DECLARE_FINAL_TYPE (UiAlertsPanel, ui_alerts_panel, UI, ALERTS_PANEL, UiPanel)

struct _UiAlertsPanel
{
  UiPanel parent_instance;
  GtkStack *stack;
  GtkListView *list;
  UiEventModel *model;
  GtkSingleSelection *selection;
  GArray *batch;                /* guint64 events found in this update */
  guint64 next;                 /* event to read from */
};

G_DEFINE_FINAL_TYPE (UiAlertsPanel, ui_alerts_panel, UI_TYPE_PANEL)

static void
found (LkStore *store, guint64 event, const LkRow *row, gpointer data)
{
  g_array_append_val (UI_ALERTS_PANEL (data)->batch, event);
}

static void
update (UiPanel *panel, guint changes)
{
  UiAlertsPanel *self = UI_ALERTS_PANEL (panel);
  LkStore *store = ui_panel_store (panel);
  if (changes & UI_CHANGE_SESSION)
    {
      self->next = 0;
      ui_event_model_set_store (self->model, store);
    }
  if (store && ui_scan (store, &self->next, 1u << LK_EVENT_ALERT, found, self))
    ui_panel_queue (panel, UI_CHANGE_APPENDED);
  ui_event_model_add (self->model, (guint64 *) (void *) self->batch->data, self->batch->len);
  g_array_set_size (self->batch, 0);
  gtk_stack_set_visible_child_name (self->stack, g_list_model_get_n_items (G_LIST_MODEL (self->model))
                                    ? "list" : "empty");
}

static void
selected (UiAlertsPanel *self)
{
  guint position = gtk_single_selection_get_selected (self->selection);
  if (position != GTK_INVALID_LIST_POSITION)
    ui_select_event (ui_panel_session (UI_PANEL (self)), ui_event_model_event (self->model, position));
}

static void
activated (GtkListView *list, guint position, UiAlertsPanel *self)
{
  lk_session_go_to (ui_panel_session (UI_PANEL (self)), ui_event_model_event (self->model, position));
}

static void
dispose (GObject *object)
{
  UiAlertsPanel *self = UI_ALERTS_PANEL (object);
  if (self->selection)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  g_clear_pointer (&self->batch, g_array_unref);
  G_OBJECT_CLASS (ui_alerts_panel_parent_class)->dispose (object);
}

static void
ui_alerts_panel_class_init (UiAlertsPanelClass *class)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = dispose;
  UI_PANEL_CLASS (class)->update = update;
  gtk_widget_class_set_template_from_resource (widget, UI_TEMPLATE ("alerts"));
  gtk_widget_class_bind_template_child (widget, UiAlertsPanel, stack);
  gtk_widget_class_bind_template_child (widget, UiAlertsPanel, list);
}

static void
ui_alerts_panel_init (UiAlertsPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->batch = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->model = ui_event_model_new ();
  ui_event_model_set_found (self->model, TRUE);
  g_autoptr (GtkListItemFactory) factory = ui_event_row_factory (self->model, NULL);
  self->selection = ui_panel_new_selection (G_LIST_MODEL (self->model));
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_swapped (self->selection, "notify::selected", G_CALLBACK (selected), self);
  g_signal_connect (self->list, "activate", G_CALLBACK (activated), self);
}
