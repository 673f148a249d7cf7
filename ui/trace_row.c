/* SPDX-License-Identifier: MIT */
#include "ui/trace_row.h"
#include "ui/words.h"

struct _UiTraceItem
{
  GObject parent_instance;
  int index;
  gboolean again;
  char *glyph, *title, *remedy, *place, *cost;
};

G_DEFINE_FINAL_TYPE (UiTraceItem, ui_trace_item, G_TYPE_OBJECT)

static void
item_finalize (GObject *object)
{
  UiTraceItem *item = UI_TRACE_ITEM (object);
  g_free (item->glyph);
  g_free (item->title);
  g_free (item->remedy);
  g_free (item->place);
  g_free (item->cost);
  G_OBJECT_CLASS (ui_trace_item_parent_class)->finalize (object);
}

static void
ui_trace_item_class_init (UiTraceItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = item_finalize;
}

static void
ui_trace_item_init (UiTraceItem *item)
{
}

UiTraceItem *
ui_trace_item_new (LkStore *store, guint trace)
{
  LkTraceView view;
  UiTraceItem *item = g_object_new (UI_TYPE_TRACE_ITEM, NULL);
  item->index = (int) trace;
  if (!lk_store_trace (store, trace, &view))
    return item;
  item->again = view.again;
  item->glyph = g_strdup_printf ("%u", view.number);
  item->title = g_strdup_printf ("%.*s", view.cause_length, view.cause);
  item->remedy = g_strdup (view.remedy);
  item->place = ui_words_place (store, view.stack);
  item->cost = view.duration < 0 ? g_strdup ("…") : g_strdup_printf ("%.2f ms", (double) view.duration / 1e6);
  return item;
}

UiTraceItem *
ui_trace_item_new_function (const char *name, guint traces, gint64 cost)
{
  UiTraceItem *item = g_object_new (UI_TYPE_TRACE_ITEM, NULL);
  item->index = -1;
  item->title = g_strdup (name);
  item->place = g_strdup_printf ("%u %s", traces, traces == 1 ? "trace" : "traces");
  item->cost = g_strdup_printf ("%.2f ms", (double) cost / 1e6);
  return item;
}

int
ui_trace_item_index (UiTraceItem *item)
{
  return item->index;
}

/* ---- rows ---- */

/* number, title over remedy, place, cost */
static void
setup (GtkListItemFactory *factory, GtkListItem *list_item)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  static const char *const names[] = { "glyph", "title", "remedy", "place", "cost" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gboolean inside = i == 1 || i == 2;
      GtkWidget *label = gtk_label_new (NULL);
      gtk_widget_add_css_class (label, names[i]);
      gtk_label_set_xalign (GTK_LABEL (label), i == 4 ? 1 : 0);
      gtk_label_set_wrap (GTK_LABEL (label), inside);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_widget_set_valign (label, inside ? GTK_ALIGN_FILL : GTK_ALIGN_START);
      gtk_box_append (GTK_BOX (inside ? words : row), label);
      g_object_set_data (G_OBJECT (row), names[i], label);
      if (i == 1)
        gtk_box_append (GTK_BOX (row), words);
    }
  gtk_label_set_width_chars (g_object_get_data (G_OBJECT (row), "glyph"), 2);
  gtk_label_set_width_chars (g_object_get_data (G_OBJECT (row), "cost"), 9);
  gtk_widget_set_hexpand (words, TRUE);
  gtk_list_item_set_child (list_item, row);
}

static void
say (GtkWidget *row, const char *name, const char *text)
{
  GtkWidget *label = g_object_get_data (G_OBJECT (row), name);
  gtk_label_set_text (GTK_LABEL (label), text ? text : "");
  if (g_str_equal (name, "remedy"))
    gtk_widget_set_visible (label, text && *text);
}

static void
mark (GtkWidget *widget, const char *class, gboolean on)
{
  (on ? gtk_widget_add_css_class : gtk_widget_remove_css_class) (widget, class);
}

static void
bind (GtkListItemFactory *factory, GtkListItem *list_item)
{
  UiTraceItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_list_item_get_child (list_item), *around = gtk_widget_get_parent (row);
  gboolean heading = item->index < 0;
  say (row, "glyph", item->glyph);
  say (row, "title", item->title);
  say (row, "remedy", item->remedy);
  say (row, "place", item->place);
  say (row, "cost", item->cost);
  gtk_widget_set_visible (g_object_get_data (G_OBJECT (row), "glyph"), !heading);
  mark (row, "function", heading);
  mark (row, "again", item->again);
  gtk_list_item_set_activatable (list_item, !heading);
  g_autofree char *spoken = heading
      ? g_strdup_printf ("%s, %s, %s", item->title, item->place, item->cost)
      : g_strdup_printf ("trace %s, %s, %s, %s%s%s", item->glyph, item->title, item->place, item->cost,
                         *item->remedy ? ", remedy: " : "", item->remedy);
  if (around)
    gtk_accessible_update_property (GTK_ACCESSIBLE (around), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

GtkListItemFactory *
ui_trace_row_factory (void)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind), NULL);
  return factory;
}
