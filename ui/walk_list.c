/* SPDX-License-Identifier: MIT */
#include "ui/walk_list.h"
#include "ui/walk_words.h"

struct _UiWalkList
{
  GtkBox parent_instance;
  UiWalk *walk;
  GtkStringList *rows;          /* one text for each step: "name\trest" */
  GtkSingleSelection *selection;
  GtkWidget *list;
  GtkLabel *detail;
  gboolean filling;
  guint focusing;               /* idle */
};

G_DEFINE_FINAL_TYPE (UiWalkList, ui_walk_list, GTK_TYPE_BOX)

enum { WALKED, PLACE, N_SIGNALS };
static guint signals[N_SIGNALS];

#define DETAIL 72               /* px: the list above does not move as the words grow and shrink */

static void
selected (UiWalkList *self)
{
  guint step = gtk_single_selection_get_selected (self->selection);
  if (self->filling || !self->walk || step >= ui_walk_n_steps (self->walk))
    return;
  g_autoptr (GArray) changed = ui_walk_show (self->walk, step);
  g_signal_emit (self, signals[WALKED], 0, changed);
  g_autofree char *detail = ui_walk_detail (self->walk, step, changed);
  gtk_label_set_markup (self->detail, detail);
  gtk_widget_set_tooltip_markup (GTK_WIDGET (self->detail), *ui_walk_step (self->walk, step)->rule ? detail : NULL);
}

/* The focus goes with the selection, so that a reader hears of it; the row may only be made by scrolling there. */
static gboolean
focus_row (gpointer data)
{
  UiWalkList *self = data;
  self->focusing = 0;
  for (GtkWidget *row = gtk_widget_get_first_child (self->list); row; row = gtk_widget_get_next_sibling (row))
    if (GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "step")) == ui_walk_list_step (self) + 1)
      gtk_widget_grab_focus (row);
  return G_SOURCE_REMOVE;
}

void
ui_walk_list_go (UiWalkList *self, guint step)
{
  if (!self->walk || step >= ui_walk_n_steps (self->walk))
    return;
  gtk_single_selection_set_selected (self->selection, step);
  gtk_widget_activate_action (self->list, "list.scroll-to-item", "u", step);
  if (gtk_widget_get_focus_child (self->list) && !self->focusing)
    self->focusing = g_idle_add (focus_row, self);
}

guint
ui_walk_list_step (UiWalkList *self)
{
  return gtk_single_selection_get_selected (self->selection);
}

void
ui_walk_list_set (UiWalkList *self, UiWalk *walk)
{
  self->walk = walk;
  self->filling = TRUE;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; walk && i < ui_walk_n_steps (walk); i++)
    g_ptr_array_add (texts, ui_walk_row (walk, i));
  g_ptr_array_add (texts, NULL);
  gtk_string_list_splice (self->rows, 0, g_list_model_get_n_items (G_LIST_MODEL (self->rows)),
                          (const char *const *) texts->pdata);
  if (walk)
    ui_walk_list_go (self, 0);
  self->filling = FALSE;
  selected (self);
}

/* ---- keys ---- */

static guint
next_pass (UiWalkList *self, guint step, gboolean forward)
{
  guint n = ui_walk_n_steps (self->walk);
  while (forward ? step + 1 < n : step > 0)
    {
      step += forward ? 1 : -1;
      if (!*ui_walk_step (self->walk, step)->rule)
        break;
    }
  return step;
}

void
ui_walk_list_key (UiWalkList *self, guint key)
{
  guint step = ui_walk_list_step (self);
  if (!self->walk || step >= ui_walk_n_steps (self->walk))
    return;
  if (key == GDK_KEY_Left || key == GDK_KEY_Right)
    step = next_pass (self, step, key == GDK_KEY_Right);
  else if (key == GDK_KEY_Up || key == GDK_KEY_Down)
    step = key == GDK_KEY_Down ? step + 1 : MAX (step, 1) - 1;
  ui_walk_list_go (self, step);
}

static gboolean
pressed (UiWalkList *self, guint key, guint code, GdkModifierType state)
{
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK))
    return FALSE;
  switch (key)
    {
    case GDK_KEY_Page_Up: key = GDK_KEY_Left; break;
    case GDK_KEY_Page_Down: key = GDK_KEY_Right; break;
    case GDK_KEY_Left: case GDK_KEY_Right: case GDK_KEY_Up: case GDK_KEY_Down: break;
    default: return FALSE;
    }
  ui_walk_list_key (self, key);
  return TRUE;
}

static gboolean
link_followed (UiWalkList *self, const char *link)
{
  guint64 stack = 0;
  if (g_str_has_prefix (link, "place:") && g_ascii_string_to_unsigned (link + 6, 10, 1, G_MAXUINT32, &stack, NULL))
    g_signal_emit (self, signals[PLACE], 0, (guint) stack);
  return TRUE;
}

/* ---- rows ---- */

static void
setup (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  for (int i = 0; i < 2; i++)
    {
      GtkWidget *label = gtk_label_new (NULL);
      gtk_label_set_ellipsize (GTK_LABEL (label), i ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END);
      gtk_label_set_xalign (GTK_LABEL (label), 0);
      gtk_widget_set_hexpand (label, i == 0);
      gtk_widget_add_css_class (label, i ? "rest" : "name");
      gtk_box_append (GTK_BOX (box), label);
    }
  gtk_list_item_set_child (item, box);
}

static void
bind (GtkListItemFactory *factory, GtkListItem *item, UiWalkList *self)
{
  GtkWidget *box = gtk_list_item_get_child (item), *name = gtk_widget_get_first_child (box);
  GtkWidget *row = gtk_widget_get_parent (box);
  const UiWalkStep *step = self->walk ? ui_walk_step (self->walk, gtk_list_item_get_position (item)) : NULL;
  g_auto (GStrv) parts = g_strsplit (gtk_string_object_get_string (gtk_list_item_get_item (item)), "\t", 2);
  gtk_label_set_text (GTK_LABEL (name), parts[0]);
  gtk_label_set_text (GTK_LABEL (gtk_widget_get_next_sibling (name)), parts[1] ? parts[1] : "");
  gtk_widget_set_margin_start (name, step && *step->rule ? 18 : 0);
  (step && !*step->rule && *step->pass ? gtk_widget_add_css_class : gtk_widget_remove_css_class) (box, "pass");
  g_autofree char *spoken = g_strdup_printf ("%s, %s", parts[0], parts[1] ? parts[1] : "");
  if (row)
    g_object_set_data (G_OBJECT (row), "step", GUINT_TO_POINTER (gtk_list_item_get_position (item) + 1));
  if (row)
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* ---- object ---- */

static gboolean
grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (UI_WALK_LIST (widget)->list);
}

static void
dispose (GObject *object)
{
  UiWalkList *self = UI_WALK_LIST (object);
  self->walk = NULL;
  g_clear_handle_id (&self->focusing, g_source_remove);
  if (self->selection)
    g_signal_handlers_disconnect_by_data (self->selection, self);
  g_clear_object (&self->selection);
  G_OBJECT_CLASS (ui_walk_list_parent_class)->dispose (object);
}

static void
ui_walk_list_class_init (UiWalkListClass *class)
{
  G_OBJECT_CLASS (class)->dispose = dispose;
  GTK_WIDGET_CLASS (class)->grab_focus = grab_focus;
  signals[WALKED] = g_signal_new ("walked", UI_TYPE_WALK_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_POINTER);
  signals[PLACE] = g_signal_new ("place", UI_TYPE_WALK_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                 G_TYPE_UINT);
}

static void
add_list (UiWalkList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_signal_connect (factory, "setup", G_CALLBACK (setup), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind), self);
  self->rows = gtk_string_list_new (NULL);
  self->selection = gtk_single_selection_new (G_LIST_MODEL (self->rows));
  self->list = gtk_list_view_new (GTK_SELECTION_MODEL (g_object_ref (self->selection)), factory);
  gtk_widget_add_css_class (self->list, "events");
  gtk_widget_add_css_class (self->list, "walk");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, "Rewrites", -1);
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (pressed), self);
  gtk_widget_add_controller (self->list, keys);
  g_signal_connect_swapped (self->selection, "notify::selected", G_CALLBACK (selected), self);
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), self->list);
  gtk_widget_set_vexpand (scrolled, TRUE);
  gtk_box_append (GTK_BOX (self), scrolled);
}

static void
ui_walk_list_init (UiWalkList *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  add_list (self);
  self->detail = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->detail, 0);
  gtk_label_set_yalign (self->detail, 0);
  gtk_widget_set_size_request (GTK_WIDGET (self->detail), -1, DETAIL);
  gtk_label_set_wrap (self->detail, TRUE);
  gtk_label_set_wrap_mode (self->detail, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (self->detail, 4);
  gtk_label_set_ellipsize (self->detail, PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (GTK_WIDGET (self->detail), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->detail), "walk-detail");
  g_signal_connect_swapped (self->detail, "activate-link", G_CALLBACK (link_followed), self);
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->detail));
}
