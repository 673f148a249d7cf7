/* SPDX-License-Identifier: MIT */
/* The events panel: what happened, in order. It follows the newest event while live, and the cursor in the
   past. */
#include "ui/panel.h"
#include "ui/event_keys.h"
#include "ui/event_model.h"
#include "ui/event_row.h"
#include "ui/search.h"
#include "ui/select.h"
#include "ui/words.h"

#define UI_TYPE_EVENTS_PANEL (ui_events_panel_get_type ())
G_DECLARE_FINAL_TYPE (UiEventsPanel, ui_events_panel, UI, EVENTS_PANEL, UiPanel)

struct _UiEventsPanel
{
  UiPanel parent_instance;
  GtkWidget *entry, *count, *list, *next, *empty;
  GtkStack *stack;
  UiEventModel *model;
  GtkSingleSelection *selection;
  UiSearch *search;
  guint64 searched;             /* events before this one were searched */
  gint64 grown;                 /* µs: when rows were added last */
  guint64 cursor;               /* marked; G_MAXUINT64 while live */
  guint64 revealed;             /* the selected event that was seen to last */
  gboolean selecting;           /* by us, not by the person */
  guint scrolling, wanted;      /* tick callback, and to which position */
  gboolean following;           /* the end, as it grows */
  double scroll;                /* where it was */
};

G_DEFINE_FINAL_TYPE (UiEventsPanel, ui_events_panel, UI_TYPE_PANEL)

/* ---- list ---- */

static gboolean
scroll_now (GtkWidget *list, GdkFrameClock *clock, gpointer data)
{
  UiEventsPanel *self = data;
  if (gtk_widget_get_height (list) <= 1)
    return G_SOURCE_CONTINUE;
  self->scrolling = 0;
  if (self->wanted < g_list_model_get_n_items (G_LIST_MODEL (self->model)))
    gtk_widget_activate_action (list, "list.scroll-to-item", "u", self->wanted);
  return G_SOURCE_REMOVE;
}

/* A list that has no size yet would keep one row in view. */
static void
scroll_to (UiEventsPanel *self, guint position)
{
  self->wanted = position;
  if (gtk_widget_get_height (self->list) > 1)
    scroll_now (self->list, NULL, self);
  else if (!self->scrolling)
    self->scrolling = gtk_widget_add_tick_callback (self->list, scroll_now, self, NULL);
}

/* What is selected elsewhere, or is next, is seen here even where it was folded away. */
static void
reveal (UiEventsPanel *self, guint64 event)
{
  self->selecting = TRUE;
  if (event != G_MAXUINT64)
    ui_event_model_reveal (self->model, event);
  self->selecting = FALSE;
}

/* Once: who folds it away afterwards wants it so. What a step selects by itself stays folded away. */
static void
reveal_selected (UiEventsPanel *self, gboolean stepped)
{
  guint64 event = G_MAXUINT64;
  g_object_get (ui_panel_session (UI_PANEL (self)), "selected-event", &event, NULL);
  if (event != self->revealed && !stepped)
    reveal (self, event);
  self->revealed = event;
}

static void
show_selected (UiEventsPanel *self)
{
  guint64 event = G_MAXUINT64;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model)), position = GTK_INVALID_LIST_POSITION;
  g_object_get (ui_panel_session (UI_PANEL (self)), "selected-event", &event, NULL);
  if (event != G_MAXUINT64 && n)
    {
      position = ui_event_model_position (self->model, event);
      if (position >= n || ui_event_model_event (self->model, position) != event)
        position = GTK_INVALID_LIST_POSITION;
    }
  self->selecting = TRUE;
  gtk_single_selection_set_selected (self->selection, position);
  self->selecting = FALSE;
}

/* The row of the selection is another one; and who opens the newest call does not want to be taken to its end. */
static void
folded (gpointer data)
{
  UiEventsPanel *self = data;
  self->following = FALSE;
  show_selected (self);
}

static void
selected (UiEventsPanel *self)
{
  guint position = gtk_single_selection_get_selected (self->selection);
  if (!self->selecting && position != GTK_INVALID_LIST_POSITION)
    ui_select_event (ui_panel_session (UI_PANEL (self)), ui_event_model_event (self->model, position));
}

/* Return or a double click: goes there. */
static void
activated (GtkListView *list, guint position, UiEventsPanel *self)
{
  lk_session_go_to (ui_panel_session (UI_PANEL (self)), ui_event_model_event (self->model, position));
}

/* Rows are told by being bound again: there is no other way to restyle one. */
static void
move_mark (UiEventsPanel *self, guint64 cursor)
{
  guint64 both[2] = { self->cursor, cursor };
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  if (self->cursor == cursor)
    return;
  self->cursor = cursor;
  self->selecting = TRUE;
  for (guint i = 0; i < 2; i++)
    {
      guint position = both[i] == G_MAXUINT64 ? n : ui_event_model_position (self->model, both[i]);
      if (position < n)
        g_list_model_items_changed (G_LIST_MODEL (self->model), position, 1, 1);
    }
  self->selecting = FALSE;
}

static void
show_cursor (UiEventsPanel *self)
{
  LkSession *session = ui_panel_session (UI_PANEL (self));
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  gboolean live = lk_session_live (session) || lk_session_state (session) == LK_SESSION_EMPTY;
  if (!live)
    reveal (self, lk_session_cursor (session));
  move_mark (self, live ? G_MAXUINT64 : lk_session_cursor (session));
  if (n)
    scroll_to (self, live ? n - 1 : MIN (n - 1, ui_event_model_position (self->model, self->cursor)));
}

static void
show_next (UiEventsPanel *self)
{
  LkNext next;
  LkStore *store = ui_panel_store (UI_PANEL (self));
  lk_session_next (ui_panel_session (UI_PANEL (self)), &next);
  gboolean live = next.known && next.event == G_MAXUINT64 && store;
  gtk_widget_set_visible (self->next, live);
  if (!live)
    return;
  g_autofree char *place = ui_words_place (store, next.stack);
  const char *name = next.subject ? lk_store_string (store, next.subject) : "line";
  gboolean counted = next.kind == LK_EVENT_CALL && (next.call_kind == LK_CALL_CONDITION || next.call_kind == LK_CALL_ITERATION);
  g_autofree char *number = counted ? g_strdup_printf (" %u", next.number) : g_strdup ("");
  g_autofree char *text = g_strdup_printf ("➔ Next: %s%s%s%s", name, number, *place ? "  ·  " : "", place);
  gtk_label_set_text (GTK_LABEL (self->next), text);
}

static void
show_count (UiEventsPanel *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->model));
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  g_autofree char *count = g_strdup_printf ("%'u%s", n, ui_search_running (self->search) ? "…" : "");
  gtk_label_set_text (GTK_LABEL (self->count), count);
  gtk_label_set_text (GTK_LABEL (self->empty), ui_search_running (self->search) ? "Searching…"
                      : *text ? "No event has this text" : "What the program does is listed here, op by op");
  gtk_stack_set_visible_child_name (self->stack, n ? "list" : "empty");
}

/* ---- filter ---- */

static void
found (const guint64 *events, guint n, gboolean done, guint64 end, gpointer data)
{
  UiEventsPanel *self = data;
  ui_event_model_add (self->model, events, n);
  if (done)
    self->searched = end;
  show_count (self);
}

static void
filter (UiEventsPanel *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  LkStore *store = ui_panel_store (UI_PANEL (self));
  ui_search_cancel (self->search);
  self->selecting = TRUE;
  ui_event_model_set_found (self->model, *text != 0);
  self->selecting = FALSE;
  if (*text && store)
    ui_search_begin (self->search, store, text, 0);
  else
    show_cursor (self);
  show_count (self);
}

/* What was appended since the filter ran is searched as well. */
static void
grow (UiEventsPanel *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  LkStore *store = ui_panel_store (UI_PANEL (self));
  if (!*text)
    ui_event_model_grow (self->model);
  else if (store && !ui_search_running (self->search) && self->searched < lk_store_n_events (store))
    ui_search_begin (self->search, store, text, self->searched);
}

static void
stop_filter (UiEventsPanel *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  gtk_widget_grab_focus (self->list);
}

static void
find (UiPanel *panel)
{
  gtk_widget_grab_focus (UI_EVENTS_PANEL (panel)->entry);
}

/* ---- update ---- */

#define PAUSE (150 * 1000)      /* µs */

/* While the program runs the end of the list is another one each frame, and to make its rows takes most of one: some
   pictures a second are enough to see it run, and leave the window time for the person. */
static gboolean
too_soon (UiEventsPanel *self, guint changes)
{
  gboolean running = lk_session_state (ui_panel_session (UI_PANEL (self))) == LK_SESSION_RUNNING;
  if (running && changes == UI_CHANGE_APPENDED && g_get_monotonic_time () - self->grown < PAUSE)
    return TRUE;
  if (changes & UI_CHANGE_APPENDED)
    self->grown = g_get_monotonic_time ();
  return FALSE;
}

/* Whoever scrolled up to read is left there while the program runs on, until they are back at the end. */
static void
scrolled (GtkAdjustment *scroll, UiEventsPanel *self)
{
  double value = gtk_adjustment_get_value (scroll);
  double rest = gtk_adjustment_get_upper (scroll) - gtk_adjustment_get_page_size (scroll);
  if (value >= rest - 40)
    self->following = TRUE;
  else if (value < self->scroll)
    self->following = FALSE;
  self->scroll = value;
}

static void
update (UiPanel *panel, guint changes)
{
  UiEventsPanel *self = UI_EVENTS_PANEL (panel);
  if (too_soon (self, changes))
    {
      ui_panel_queue (panel, UI_CHANGE_APPENDED);
      return;
    }
  gboolean follow = (changes & UI_CHANGE_MOVED) || self->following;
  self->selecting = TRUE;
  if (changes & UI_CHANGE_SESSION)
    {
      self->cursor = G_MAXUINT64;
      self->searched = 0;
      ui_event_model_set_store (self->model, ui_panel_store (panel));
      filter (self);
    }
  else if (changes & UI_CHANGE_APPENDED)
    grow (self);
  self->selecting = FALSE;
  if (follow && (changes & (UI_CHANGE_APPENDED | UI_CHANGE_MOVED)))
    show_cursor (self);
  if (changes & (UI_CHANGE_MOVED | UI_CHANGE_SELECTED))
    {
      reveal_selected (self, (changes & UI_CHANGE_MOVED) != 0);
      show_selected (self);
    }
  show_next (self);
  show_count (self);
}

static gboolean
grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (UI_EVENTS_PANEL (widget)->list);
}

static void
dispose (GObject *object)
{
  UiEventsPanel *self = UI_EVENTS_PANEL (object);
  g_clear_pointer (&self->search, ui_search_free);
  if (self->selection)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  g_clear_object (&self->model);
  G_OBJECT_CLASS (ui_events_panel_parent_class)->dispose (object);
}

static void
ui_events_panel_class_init (UiEventsPanelClass *class)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
  G_OBJECT_CLASS (class)->dispose = dispose;
  widget->grab_focus = grab_focus;
  UI_PANEL_CLASS (class)->update = update;
  UI_PANEL_CLASS (class)->find = find;
  gtk_widget_class_set_template_from_resource (widget, UI_TEMPLATE ("events"));
  gtk_widget_class_bind_template_child (widget, UiEventsPanel, entry);
  gtk_widget_class_bind_template_child (widget, UiEventsPanel, count);
  gtk_widget_class_bind_template_child (widget, UiEventsPanel, list);
  gtk_widget_class_bind_template_child (widget, UiEventsPanel, next);
  gtk_widget_class_bind_template_child (widget, UiEventsPanel, empty);
  gtk_widget_class_bind_template_child (widget, UiEventsPanel, stack);
}

static void
ui_events_panel_init (UiEventsPanel *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cursor = G_MAXUINT64;
  self->following = TRUE;
  self->search = ui_search_new (found, self);
  self->model = ui_event_model_new ();
  self->selection = ui_panel_new_selection (G_LIST_MODEL (self->model));
  g_autoptr (GtkListItemFactory) factory = ui_event_row_factory (self->model, &self->cursor);
  gtk_list_view_set_factory (GTK_LIST_VIEW (self->list), factory);
  gtk_list_view_set_model (GTK_LIST_VIEW (self->list), GTK_SELECTION_MODEL (self->selection));
  ui_event_keys_add (GTK_LIST_VIEW (self->list), self->model, self->selection, folded, self);
  g_signal_connect_swapped (self->selection, "notify::selected", G_CALLBACK (selected), self);
  g_signal_connect (self->list, "activate", G_CALLBACK (activated), self);
  g_signal_connect_object (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->list)), "value-changed",
                           G_CALLBACK (scrolled), self, 0);
  g_signal_connect_swapped (self->entry, "search-changed", G_CALLBACK (filter), self);
  g_signal_connect_swapped (self->entry, "stop-search", G_CALLBACK (stop_filter), self);
}
