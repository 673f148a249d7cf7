/* SPDX-License-Identifier: MIT */
#include "ui/event_model.h"

struct _UiEventItem
{
  GObject parent_instance;
  LkStore *store;
  guint64 event;
};

G_DEFINE_FINAL_TYPE (UiEventItem, ui_event_item, G_TYPE_OBJECT)

static void
item_finalize (GObject *object)
{
  lk_store_unref (UI_EVENT_ITEM (object)->store);
  G_OBJECT_CLASS (ui_event_item_parent_class)->finalize (object);
}

static void
ui_event_item_class_init (UiEventItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = item_finalize;
}

static void
ui_event_item_init (UiEventItem *item)
{
}

guint64
ui_event_item_event (UiEventItem *item)
{
  return item->event;
}

LkStore *
ui_event_item_store (UiEventItem *item)
{
  return item->store;
}

/* ---- the model ---- */

struct _UiEventModel
{
  GObject parent_instance;
  LkStore *store;
  guint n;                      /* told to the views */
  GArray *found;                /* guint64 events; NULL for all */
  UiFolds *folds;               /* of all; NULL without a store */
};

static GType
get_item_type (GListModel *list)
{
  return UI_TYPE_EVENT_ITEM;
}

static guint
get_n_items (GListModel *list)
{
  return UI_EVENT_MODEL (list)->n;
}

static gpointer
get_item (GListModel *list, guint position)
{
  UiEventModel *model = UI_EVENT_MODEL (list);
  if (position >= model->n)
    return NULL;
  UiEventItem *item = g_object_new (UI_TYPE_EVENT_ITEM, NULL);
  item->store = lk_store_ref (model->store);
  item->event = ui_event_model_event (model, position);
  return item;
}

static void
list_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (UiEventModel, ui_event_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_init))

static void
replace (UiEventModel *model, guint n)
{
  guint before = model->n;
  model->n = n;
  if (before || n)
    g_list_model_items_changed (G_LIST_MODEL (model), 0, before, n);
}

static guint
count (UiEventModel *model)
{
  if (!model->store)
    return 0;
  return model->found ? model->found->len : lk_store_n_shown (model->store) - ui_folds_n_hidden (model->folds);
}

void
ui_event_model_set_store (UiEventModel *model, LkStore *store)
{
  LkStore *old = model->store;
  model->store = store ? lk_store_ref (store) : NULL;
  g_clear_pointer (&model->folds, ui_folds_free);
  model->folds = store ? ui_folds_new (store) : NULL;
  if (model->found)
    g_array_set_size (model->found, 0);
  replace (model, count (model));
  if (old)
    lk_store_unref (old);
}

void
ui_event_model_grow (UiEventModel *model)
{
  guint changed = model->store && !model->found ? ui_folds_grow (model->folds) : G_MAXUINT;
  guint before = model->n, now = count (model);
  guint from = changed == G_MAXUINT ? before : MIN (before, ui_folds_row (model->folds, changed));
  if (now == before && from == before)
    return;
  model->n = now;
  g_list_model_items_changed (G_LIST_MODEL (model), from, before - from, now - from);
}

void
ui_event_model_set_found (UiEventModel *model, gboolean found)
{
  g_clear_pointer (&model->found, g_array_unref);
  if (model->store)
    ui_folds_grow (model->folds);
  if (found)
    model->found = g_array_new (FALSE, FALSE, sizeof (guint64));
  replace (model, count (model));
}

void
ui_event_model_add (UiEventModel *model, const guint64 *events, guint n)
{
  g_return_if_fail (model->found);
  g_array_append_vals (model->found, events, n);
  ui_event_model_grow (model);
}

guint64
ui_event_model_event (UiEventModel *model, guint position)
{
  return model->found ? g_array_index (model->found, guint64, position)
    : lk_store_shown (model->store, ui_folds_position (model->folds, position));
}

guint
ui_event_model_position (UiEventModel *model, guint64 event)
{
  guint low = 0, high = model->n;
  if (!model->store)
    return 0;
  if (!model->found)
    return ui_folds_row (model->folds, lk_store_shown_position (model->store, event));
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      if (g_array_index (model->found, guint64, middle) < event)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* ---- folds ---- */

UiFold
ui_event_model_fold (UiEventModel *model, guint64 event)
{
  if (!model->store || model->found)
    return UI_FOLD_NONE;
  return ui_folds_state (model->folds, event, lk_store_shown_position (model->store, event));
}

/* The call's row tells its state anew; rows came or went behind it. */
static void
refold (UiEventModel *model, guint row)
{
  guint before = model->n, now = count (model);
  model->n = now;
  g_list_model_items_changed (G_LIST_MODEL (model), row, 1 + (before > now ? before - now : 0),
                              1 + (now > before ? now - before : 0));
}

gboolean
ui_event_model_toggle (UiEventModel *model, guint64 event)
{
  if (!model->store || model->found)
    return FALSE;
  ui_event_model_grow (model);
  if (!ui_folds_toggle (model->folds, event))
    return FALSE;
  refold (model, ui_event_model_position (model, event));
  return TRUE;
}

gboolean
ui_event_model_reveal (UiEventModel *model, guint64 event)
{
  if (!model->store || model->found)
    return FALSE;
  ui_event_model_grow (model);
  guint position = lk_store_shown_position (model->store, event), row = ui_folds_row (model->folds, position);
  if (!ui_folds_reveal (model->folds, position))
    return FALSE;
  refold (model, row);
  return TRUE;
}

static void
finalize (GObject *object)
{
  UiEventModel *model = UI_EVENT_MODEL (object);
  g_clear_pointer (&model->found, g_array_unref);
  g_clear_pointer (&model->folds, ui_folds_free);
  g_clear_pointer (&model->store, lk_store_unref);
  G_OBJECT_CLASS (ui_event_model_parent_class)->finalize (object);
}

static void
ui_event_model_class_init (UiEventModelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = finalize;
}

static void
ui_event_model_init (UiEventModel *model)
{
}

UiEventModel *
ui_event_model_new (void)
{
  return g_object_new (UI_TYPE_EVENT_MODEL, NULL);
}
