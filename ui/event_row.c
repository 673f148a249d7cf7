/* SPDX-License-Identifier: MIT */
#include "ui/event_row.h"
#include "ui/words.h"

#define INDENT 12
#define DEEPEST 10              /* indented no further */
#define SHORT 20                /* letters of a name that is not cut for what it stands for */

struct _UiEventRow
{
  GtkBox parent_instance;
  GtkWidget *glyph, *name, *rest, *line, *time;
  const char *class;            /* the glyph's */
  guint64 event;
  char *tooltip;
};

G_DEFINE_FINAL_TYPE (UiEventRow, ui_event_row, GTK_TYPE_BOX)

static void
set_class (UiEventRow *row, const char *class)
{
  if (row->class)
    gtk_widget_remove_css_class (row->glyph, row->class);
  row->class = class;
  gtk_widget_add_css_class (row->glyph, class);
}

static void
mark (GtkWidget *widget, const char *class, gboolean on)
{
  (on ? gtk_widget_add_css_class : gtk_widget_remove_css_class) (widget, class);
}

/* The number alone: a list is narrow, and most lines are of one file. The tooltip has the file. */
static char *
line_of (LkStore *store, guint32 stack)
{
  LkPlace place;
  return lk_store_place (store, stack, &place) ? g_strdup_printf ("%u", place.line) : g_strdup ("");
}

static const struct { const char *glyph, *spoken; } folds[] = {
  [UI_FOLD_NONE] = { NULL, "" },
  [UI_FOLD_OPEN] = { "▾", ", expanded" },
  [UI_FOLD_FOLDED] = { "▸", ", collapsed" },
};

/* What a folded row stands for: "12 events, 34.5 µs". (transfer full) */
static char *
folded_text (LkStore *store, guint64 event)
{
  LkCallView call;
  LkRow begin, end;
  g_autoptr (GBytes) record = lk_store_record (store, event);
  const LkCallEvent *payload = record ? lk_record_payload (record, LK_EVENT_CALL) : NULL;
  if (!payload || !lk_store_call (store, payload->id, &call) || !lk_store_row (store, call.end, &end)
      || !lk_store_row (store, call.begin, &begin))
    return g_strdup ("");
  guint n = lk_store_shown_position (store, call.end) - lk_store_shown_position (store, call.begin) - 1;
  g_autofree char *time = ui_words_time (end.time - begin.time);
  return g_strdup_printf ("%u %s, %s", n, n == 1 ? "event" : "events", time);
}

static void
show (UiEventRow *self, LkStore *store, guint64 event, UiFold fold)
{
  LkRow row;
  g_autofree char *name = NULL, *rest = NULL;
  if (!lk_store_row (store, event, &row))
    return;
  self->event = event;
  g_autofree char *place = ui_words_place (store, row.stack), *time = ui_words_time (row.time);
  ui_words_event (store, event, &name, &rest);
  if (fold == UI_FOLD_FOLDED)
    {
      g_free (rest);
      rest = folded_text (store, event);
    }
  gtk_label_set_text (GTK_LABEL (self->glyph), folds[fold].glyph ? folds[fold].glyph : ui_words_glyph (&row));
  set_class (self, ui_words_class (&row));
  gtk_label_set_text (GTK_LABEL (self->name), name);
  gboolean whole = fold == UI_FOLD_FOLDED && g_utf8_strlen (name, -1) <= SHORT;
  gtk_label_set_ellipsize (GTK_LABEL (self->name), whole ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
  gtk_label_set_text (GTK_LABEL (self->rest), rest);
  g_autofree char *line = line_of (store, row.stack);
  gtk_label_set_text (GTK_LABEL (self->line), line);
  gtk_label_set_text (GTK_LABEL (self->time), time);
  gtk_widget_set_margin_start (self->glyph, MIN (row.depth, DEEPEST) * INDENT);
  mark (GTK_WIDGET (self), "quiet", row.kind == LK_EVENT_OUTPUT || row.kind == LK_EVENT_VARIABLE);
  g_free (self->tooltip);
  self->tooltip = g_strdup_printf ("%s %s\n%s%sat %s", name, rest, place, *place ? ", " : "", time);
  /* The list's own widget is what a reader stops at. */
  GtkWidget *around = gtk_widget_get_parent (GTK_WIDGET (self));
  g_autofree char *spoken = g_strdup_printf ("%s, %s %s, %s%s", lk_event_kind_name (row.kind), name, rest,
                                             place, folds[fold].spoken);
  if (around)
    gtk_accessible_update_property (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* What rows are made with. */
typedef struct
{
  UiEventModel *model;          /* outlives the view */
  const guint64 *cursor;
} Source;

static void
bind (GtkListItemFactory *factory, GtkListItem *item, Source *source)
{
  UiEventItem *event = gtk_list_item_get_item (item);
  GtkWidget *row = gtk_list_item_get_child (item), *around = gtk_widget_get_parent (row);
  show (UI_EVENT_ROW (row), ui_event_item_store (event), ui_event_item_event (event),
        ui_event_model_fold (source->model, ui_event_item_event (event)));
  if (around)
    mark (around, "cursor", source->cursor && *source->cursor == ui_event_item_event (event));
}

static void
setup (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  gtk_list_item_set_child (item, g_object_new (UI_TYPE_EVENT_ROW, NULL));
}

GtkListItemFactory *
ui_event_row_factory (UiEventModel *model, const guint64 *cursor)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  Source *source = g_new (Source, 1);
  *source = (Source) { model, cursor };
  g_signal_connect (factory, "setup", G_CALLBACK (setup), NULL);
  g_signal_connect_data (factory, "bind", G_CALLBACK (bind), source, (GClosureNotify) (void (*) (void)) g_free, 0);
  return factory;
}

/* The row takes the click too, and is selected. */
static void
glyph_pressed (UiEventRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "events.fold", "t", self->event);
}

static GtkWidget *
add (UiEventRow *row, const char *class, PangoEllipsizeMode ellipsize, gboolean expand)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_ellipsize (GTK_LABEL (label), ellipsize);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_hexpand (label, expand);
  gtk_widget_add_css_class (label, class);
  gtk_box_append (GTK_BOX (row), label);
  return label;
}

/* Asked for: to set one anew costs GTK a question to the display server, for each row that scrolls by. */
static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  gtk_tooltip_set_text (tooltip, UI_EVENT_ROW (widget)->tooltip);
  return UI_EVENT_ROW (widget)->tooltip != NULL;
}

static void
finalize (GObject *object)
{
  g_free (UI_EVENT_ROW (object)->tooltip);
  G_OBJECT_CLASS (ui_event_row_parent_class)->finalize (object);
}

static void
ui_event_row_class_init (UiEventRowClass *class)
{
  G_OBJECT_CLASS (class)->finalize = finalize;
  GTK_WIDGET_CLASS (class)->query_tooltip = query_tooltip;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (class), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ui_event_row_init (UiEventRow *row)
{
  gtk_box_set_spacing (GTK_BOX (row), 6);
  gtk_widget_add_css_class (GTK_WIDGET (row), "event");
  gtk_widget_set_has_tooltip (GTK_WIDGET (row), TRUE);
  row->glyph = add (row, "glyph", PANGO_ELLIPSIZE_NONE, FALSE);
  row->name = add (row, "name", PANGO_ELLIPSIZE_END, FALSE);
  row->rest = add (row, "rest", PANGO_ELLIPSIZE_END, TRUE);
  row->line = add (row, "line", PANGO_ELLIPSIZE_NONE, FALSE);
  row->time = add (row, "time", PANGO_ELLIPSIZE_NONE, FALSE);
  GtkGesture *click = gtk_gesture_click_new ();
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (glyph_pressed), row);
  gtk_widget_add_controller (row->glyph, GTK_EVENT_CONTROLLER (click));
  gtk_label_set_xalign (GTK_LABEL (row->glyph), 0.5);
  gtk_label_set_width_chars (GTK_LABEL (row->line), 3);
  gtk_label_set_xalign (GTK_LABEL (row->line), 1);
  gtk_label_set_width_chars (GTK_LABEL (row->time), 8);
  gtk_label_set_xalign (GTK_LABEL (row->time), 1);
}
