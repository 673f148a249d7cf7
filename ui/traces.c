/* SPDX-License-Identifier: MIT */
/* The traces panel: functions, their concrete traces, and for each retrace what differed, since which trace, where it was
   called, what it cost, and what would have avoided it. Choosing one shows its call's line; Return goes to the moment. */
#include "ui/panel.h"
#include "ui/select.h"
#include "ui/trace_row.h"

#define UI_TYPE_TRACES_PANEL (ui_traces_panel_get_type ())
G_DECLARE_FINAL_TYPE (UiTracesPanel, ui_traces_panel, UI, TRACES_PANEL, UiPanel)

struct _UiTracesPanel
{
  UiPanel parent_instance;
  GtkStack *stack;
  GtkListView *list;
  GListStore *rows;             /* UiTraceItem */
  GtkSingleSelection *selection;
  guint n_traces, n_ended;      /* that are shown */
  gint64 filled;                /* µs: when */
};

G_DEFINE_FINAL_TYPE (UiTracesPanel, ui_traces_panel, UI_TYPE_PANEL)

#define PAUSE (250 * 1000)      /* µs between lists while a program traces on and on */

/* ---- rows ---- */

/* A function's heading and its traces; those of one that was first traced earlier come first. The heading is put in before them: a list
   keeps the row in view that it had first. */
static void
add_function (UiTracesPanel *self, LkStore *store, guint first, guint n)
{
  LkTraceView trace, other;
  gint64 cost = 0;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);
  lk_store_trace (store, first, &trace);
  for (guint i = first; i < n; i++)
    {
      if (!lk_store_trace (store, i, &other) || g_strcmp0 (other.function, trace.function) != 0)
        continue;
      g_ptr_array_add (items, ui_trace_item_new (store, i));
      cost += MAX (other.duration, 0);
    }
  g_autoptr (UiTraceItem) heading = ui_trace_item_new_function (trace.function, items->len, cost);
  g_list_store_append (self->rows, heading);
  g_list_store_splice (self->rows, g_list_model_get_n_items (G_LIST_MODEL (self->rows)), 0, items->pdata, items->len);
}

static guint
count_ended (LkStore *store, guint n)
{
  LkTraceView trace;
  guint ended = 0;
  for (guint i = 0; i < n; i++)
    ended += lk_store_trace (store, i, &trace) && trace.duration >= 0;
  return ended;
}

static void
fill (UiTracesPanel *self, LkStore *store, guint n)
{
  LkTraceView trace;
  guint selected = gtk_single_selection_get_selected (self->selection);
  gint old = selected == GTK_INVALID_LIST_POSITION ? -1 : ui_trace_item_index (gtk_single_selection_get_selected_item (self->selection));
  g_list_store_remove_all (self->rows);
  for (guint i = 0; i < n; i++)
    if (lk_store_trace (store, i, &trace) && trace.number == 1)
      add_function (self, store, i, n);
  for (guint i = 0; old >= 0 && i < g_list_model_get_n_items (G_LIST_MODEL (self->rows)); i++)
    {
      g_autoptr (UiTraceItem) item = g_list_model_get_item (G_LIST_MODEL (self->rows), i);
      if (ui_trace_item_index (item) == old)
        gtk_single_selection_set_selected (self->selection, i);
    }
}

static void
update (UiPanel *panel, guint changes)
{
  UiTracesPanel *self = UI_TRACES_PANEL (panel);
  LkStore *store = ui_panel_store (panel);
  guint n = store ? lk_store_n_traces (store) : 0, ended = store ? count_ended (store, n) : 0;
  if (!(changes & UI_CHANGE_SESSION) && n == self->n_traces && ended == self->n_ended)
    return;
  if (!(changes & UI_CHANGE_SESSION) && g_get_monotonic_time () - self->filled < PAUSE)
    {
      ui_panel_queue (panel, UI_CHANGE_APPENDED);
      return;
    }
  self->n_traces = n;
  self->n_ended = ended;
  self->filled = g_get_monotonic_time ();
  g_signal_handlers_block_matched (self->selection, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, self);
  fill (self, store, n);
  g_signal_handlers_unblock_matched (self->selection, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, self);
  gtk_stack_set_visible_child_name (self->stack, n ? "list" : "empty");
}

/* ---- choosing ---- */

static gboolean
trace_at (UiTracesPanel *self, guint position, LkTraceView *trace)
{
  g_autoptr (UiTraceItem) item = g_list_model_get_item (G_LIST_MODEL (self->rows), position);
  LkStore *store = ui_panel_store (UI_PANEL (self));
  return item && store && ui_trace_item_index (item) >= 0
         && lk_store_trace (store, (guint) ui_trace_item_index (item), trace);
}

static void
selected (UiTracesPanel *self)
{
  LkTraceView trace;
  if (trace_at (self, gtk_single_selection_get_selected (self->selection), &trace))
    ui_select_event (ui_panel_session (UI_PANEL (self)), trace.event);
}

static void
activated (GtkListView *list, guint position, UiTracesPanel *self)
{
  LkTraceView trace;
  if (trace_at (self, position, &trace))
    lk_session_go_to (ui_panel_session (UI_PANEL (self)), trace.event);
}

/* ---- object ---- */

static gboolean
grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (UI_TRACES_PANEL (widget)->list));
}

static void
dispose (GObject *object)
{
  UiTracesPanel *self = UI_TRACES_PANEL (object);
  if (self->selection)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  g_clear_object (&self->rows);
  G_OBJECT_CLASS (ui_traces_panel_parent_class)->dispose (object);
}

static void
ui_traces_panel_class_init (UiTracesPanelClass *class)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = dispose;
  UI_PANEL_CLASS (class)->update = update;
  widget->grab_focus = grab_focus;
  gtk_widget_class_set_template_from_resource (widget, UI_TEMPLATE ("traces"));
  gtk_widget_class_bind_template_child (widget, UiTracesPanel, stack);
  gtk_widget_class_bind_template_child (widget, UiTracesPanel, list);
}

static void
ui_traces_panel_init (UiTracesPanel *self)
{
  g_autoptr (GtkListItemFactory) factory = ui_trace_row_factory ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->rows = g_list_store_new (UI_TYPE_TRACE_ITEM);
  self->selection = ui_panel_new_selection (G_LIST_MODEL (self->rows));
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_swapped (self->selection, "notify::selected", G_CALLBACK (selected), self);
  g_signal_connect (self->list, "activate", G_CALLBACK (activated), self);
}
