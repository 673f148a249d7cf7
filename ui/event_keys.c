/* SPDX-License-Identifier: MIT */
#include "ui/event_keys.h"

typedef struct
{
  GtkWidget *list;
  UiEventModel *model;
  GtkSingleSelection *selection;
  void (*folded) (gpointer data);
  gpointer data;
} Keys;

static gboolean
toggle (Keys *keys, guint64 event)
{
  if (!ui_event_model_toggle (keys->model, event))
    return FALSE;
  keys->folded (keys->data);
  return TRUE;
}

static void
select_row (Keys *keys, guint row)
{
  gtk_single_selection_set_selected (keys->selection, row);
  gtk_widget_activate_action (keys->list, "list.scroll-to-item", "u", row);
}

/* The row of the call around the event; FALSE for the outermost. */
static gboolean
row_around (Keys *keys, guint64 event, guint *row)
{
  LkRow inside;
  LkCallView call;
  g_autoptr (UiEventItem) item = g_list_model_get_item (G_LIST_MODEL (keys->model), 0);
  LkStore *store = item ? ui_event_item_store (item) : NULL;
  if (!store || !lk_store_row (store, event, &inside) || !lk_store_call (store, inside.call, &call))
    return FALSE;
  *row = ui_event_model_position (keys->model, call.begin);
  return TRUE;
}

static gboolean
pressed (GtkEventControllerKey *controller, guint key, guint code, GdkModifierType state, Keys *keys)
{
  guint row = gtk_single_selection_get_selected (keys->selection), around;
  if ((key != GDK_KEY_Left && key != GDK_KEY_Right) || row == GTK_INVALID_LIST_POSITION
      || state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK))
    return FALSE;
  guint64 event = ui_event_model_event (keys->model, row);
  UiFold fold = ui_event_model_fold (keys->model, event);
  if (fold == (key == GDK_KEY_Left ? UI_FOLD_OPEN : UI_FOLD_FOLDED) && toggle (keys, event))
    return TRUE;
  if (key == GDK_KEY_Right && fold == UI_FOLD_OPEN)
    select_row (keys, row + 1);
  else if (key == GDK_KEY_Left && row_around (keys, event, &around))
    select_row (keys, around);
  return TRUE;
}

static void
fold (GSimpleAction *action, GVariant *event, Keys *keys)
{
  toggle (keys, g_variant_get_uint64 (event));
}

void
ui_event_keys_add (GtkListView *list, UiEventModel *model, GtkSingleSelection *selection, void (*folded) (gpointer data),
                   gpointer data)
{
  Keys *keys = g_new (Keys, 1);
  *keys = (Keys) { GTK_WIDGET (list), model, selection, folded, data };
  g_object_set_data_full (G_OBJECT (list), "event-keys", keys, g_free);
  GtkEventController *controller = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  g_signal_connect (controller, "key-pressed", G_CALLBACK (pressed), keys);
  gtk_widget_add_controller (GTK_WIDGET (list), controller);
  g_autoptr (GSimpleAction) action = g_simple_action_new ("fold", G_VARIANT_TYPE_UINT64);
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_signal_connect (action, "activate", G_CALLBACK (fold), keys);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
  gtk_widget_insert_action_group (GTK_WIDGET (list), "events", G_ACTION_GROUP (group));
}
