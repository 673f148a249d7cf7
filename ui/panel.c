/* SPDX-License-Identifier: MIT */
#include "ui/panel.h"

typedef struct
{
  LkSession *session;
  LkStore *store;               /* the session's when it was last looked at */
  guint changes;                /* not shown yet */
  guint tick;
} UiPanelPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (UiPanel, ui_panel, ADW_TYPE_BIN)

enum { PROP_SESSION = 1 };

/* ---- the table ---- */

#define PANEL(name, title, icon, place, key) GType ui_##name##_panel_get_type (void);
#include "ui/panels.def"
#undef PANEL

const UiPanelRow ui_panels[] = {
#define PANEL(name, title, icon, place, key) \
  { #name, title, icon, UI_PLACE_##place, ui_##name##_panel_get_type, key },
#include "ui/panels.def"
#undef PANEL
  { NULL }
};
const guint ui_n_panels = G_N_ELEMENTS (ui_panels) - 1;

const UiPanelRow *
ui_panel_find_row (const char *name)
{
  for (guint i = 0; i < ui_n_panels; i++)
    if (g_str_equal (ui_panels[i].name, name))
      return &ui_panels[i];
  return NULL;
}

GtkWidget *
ui_panel_new (const UiPanelRow *row, LkSession *session)
{
  GtkWidget *panel = g_object_new (row->type (), "session", session, "name", row->name, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (panel), GTK_ACCESSIBLE_PROPERTY_LABEL, row->title, -1);
  return panel;
}

/* ---- updates ---- */

/* The session has another store after each start; this is where panels learn of it. */
static void
take_store (UiPanelPrivate *self)
{
  LkStore *store = lk_session_store (self->session);
  if (store == self->store)
    return;
  g_clear_pointer (&self->store, lk_store_unref);
  self->store = store ? lk_store_ref (store) : NULL;
  self->changes = UI_CHANGE_ALL;
}

static void
flush (UiPanel *panel)
{
  UiPanelPrivate *self = ui_panel_get_instance_private (panel);
  if (self->session)
    take_store (self);
  guint changes = self->changes;
  self->changes = 0;
  if (changes && self->session && UI_PANEL_GET_CLASS (panel)->update)
    UI_PANEL_GET_CLASS (panel)->update (panel, changes);
}

static gboolean
tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  UiPanelPrivate *self = ui_panel_get_instance_private (UI_PANEL (widget));
  self->tick = 0;
  flush (UI_PANEL (widget));
  return G_SOURCE_REMOVE;
}

void
ui_panel_queue (UiPanel *panel, guint changes)
{
  UiPanelPrivate *self = ui_panel_get_instance_private (panel);
  self->changes |= changes;
  if (self->changes && !self->tick && gtk_widget_get_mapped (GTK_WIDGET (panel)))
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (panel), tick, NULL, NULL);
}

static void
map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ui_panel_parent_class)->map (widget);
  flush (UI_PANEL (widget));
}

static void
unmap (GtkWidget *widget)
{
  UiPanelPrivate *self = ui_panel_get_instance_private (UI_PANEL (widget));
  if (self->tick)
    gtk_widget_remove_tick_callback (widget, self->tick);
  self->tick = 0;
  GTK_WIDGET_CLASS (ui_panel_parent_class)->unmap (widget);
}

/* ---- the session ---- */

static void
notified (UiPanel *panel, GParamSpec *property)
{
  if (g_str_has_prefix (property->name, "selected-"))
    ui_panel_queue (panel, UI_CHANGE_SELECTED);
  else if (g_str_equal (property->name, "path"))
    ui_panel_queue (panel, UI_CHANGE_ALL);
  else
    ui_panel_queue (panel, UI_CHANGE_MOVED);
}

static void
appended (UiPanel *panel)
{
  ui_panel_queue (panel, UI_CHANGE_APPENDED);
}

static void
moved (UiPanel *panel)
{
  ui_panel_queue (panel, UI_CHANGE_MOVED);
}

static void
breakpoints_changed (UiPanel *panel)
{
  ui_panel_queue (panel, UI_CHANGE_BREAKPOINTS);
}

static void
listen (UiPanel *panel, LkSession *session)
{
  g_signal_connect_object (session, "notify", G_CALLBACK (notified), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "appended", G_CALLBACK (appended), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "moved", G_CALLBACK (moved), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "breakpoints-changed", G_CALLBACK (breakpoints_changed), panel,
                           G_CONNECT_SWAPPED);
}

LkSession *
ui_panel_session (UiPanel *panel)
{
  return ((UiPanelPrivate *) ui_panel_get_instance_private (panel))->session;
}

LkStore *
ui_panel_store (UiPanel *panel)
{
  return ((UiPanelPrivate *) ui_panel_get_instance_private (panel))->store;
}

gboolean
ui_panel_find (UiPanel *panel)
{
  if (!UI_PANEL_GET_CLASS (panel)->find)
    return FALSE;
  UI_PANEL_GET_CLASS (panel)->find (panel);
  return TRUE;
}

/* ---- object ---- */

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *spec)
{
  UiPanelPrivate *self = ui_panel_get_instance_private (UI_PANEL (object));
  self->session = g_value_dup_object (value);
  if (self->session)
    listen (UI_PANEL (object), self->session);
}

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  g_value_set_object (value, ui_panel_session (UI_PANEL (object)));
}

static void
dispose (GObject *object)
{
  UiPanelPrivate *self = ui_panel_get_instance_private (UI_PANEL (object));
  if (self->session)
    g_signal_handlers_disconnect_by_data (self->session, object);
  g_clear_object (&self->session);
  g_clear_pointer (&self->store, lk_store_unref);
  G_OBJECT_CLASS (ui_panel_parent_class)->dispose (object);
}

GtkSingleSelection *
ui_panel_new_selection (GListModel *rows)
{
  GtkSingleSelection *selection = gtk_single_selection_new (g_object_ref (rows));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  return selection;
}

static void
ui_panel_class_init (UiPanelClass *class)
{
  G_OBJECT_CLASS (class)->set_property = set_property;
  G_OBJECT_CLASS (class)->get_property = get_property;
  G_OBJECT_CLASS (class)->dispose = dispose;
  GTK_WIDGET_CLASS (class)->map = map;
  GTK_WIDGET_CLASS (class)->unmap = unmap;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class), GTK_ACCESSIBLE_ROLE_GROUP);
  g_object_class_install_property (G_OBJECT_CLASS (class), PROP_SESSION,
    g_param_spec_object ("session", NULL, NULL, LK_TYPE_SESSION,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
ui_panel_init (UiPanel *panel)
{
  UiPanelPrivate *self = ui_panel_get_instance_private (panel);
  self->changes = UI_CHANGE_ALL;
}
