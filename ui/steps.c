/* SPDX-License-Identifier: MIT */
#include "ui/steps.h"

struct _UiSteps
{
  LkSession *session;
  GSimpleActionGroup *actions;
  LkUnit unit;
  void (*choose) (gpointer data);
  void (*failed) (gpointer data, const char *message);
  gpointer data;
};

static const char *const units[] = { "op", "line", "step" };

/* ---- what the commands do ---- */

static void
forward (UiSteps *steps, const UiStep *step)
{
  lk_session_step (steps->session, step->movement, steps->unit);
}

static void
backward (UiSteps *steps, const UiStep *step)
{
  lk_session_step_back (steps->session, step->movement, steps->unit);
}

static void
into (UiSteps *steps, const UiStep *step)
{
  gboolean trace = FALSE, run = FALSE;
  lk_session_into_choices (steps->session, &trace, &run);
  if (trace && run && steps->choose)
    steps->choose (steps->data);
  else
    forward (steps, step);
}

static void
simple (UiSteps *steps, const UiStep *step)
{
  switch (step->when)
    {
    case LK_ACTION_CONTINUE: lk_session_continue (steps->session); break;
    case LK_ACTION_PAUSE: lk_session_pause (steps->session); break;
    case LK_ACTION_STOP: lk_session_stop (steps->session); break;
    case LK_ACTION_CONTINUE_BACK: lk_session_continue_back (steps->session); break;
    case LK_ACTION_GO_LIVE: lk_session_go_live (steps->session); break;
    default: g_assert_not_reached ();
    }
}

static void
restart (UiSteps *steps, const UiStep *step)
{
  g_autoptr (GError) error = NULL;
  if (!lk_session_restart (steps->session, &error) && steps->failed)
    steps->failed (steps->data, error ? error->message : "The program could not be started again");
}

#define STEP(name, title, handler, movement, when, ...) \
  { name, title, handler, LK_GO_##movement, LK_ACTION_##when, { __VA_ARGS__ } }
const UiStep ui_steps[] = {
  /*    name             title                      handler   movement    enabled when    keys */
  STEP ("continue",      "Continue",                simple,   CONTINUE,   CONTINUE,       "F5"),
  STEP ("pause",         "Pause",                   simple,   CONTINUE,   PAUSE,          "F6"),
  STEP ("stop",          "Stop",                    simple,   CONTINUE,   STOP,           "<Shift>F5"),
  STEP ("restart",       "Restart",                 restart,  CONTINUE,   RESTART,        "<Control><Shift>F5"),
  STEP ("over",          "Step over",               forward,  OVER,       STEP,           "F10"),
  STEP ("into",          "Step into",               into,     INTO,       STEP,           "F11"),
  STEP ("into-trace",    "Step into its trace",     forward,  INTO_TRACE, STEP,           NULL),
  STEP ("into-run",      "Step into its graph run", forward,  INTO_RUN,   STEP,           NULL),
  STEP ("out",           "Step out",                forward,  OUT,        STEP_OUT,       "<Shift>F11"),
  STEP ("iteration",     "Next iteration",          forward,  ITERATION,  STEP,           "<Control>F11"),
  STEP ("back",          "Step back",               backward, OVER,       STEP_BACK,      "<Shift>F10",
                                                                                  "<Alt><Shift>F10"),
  STEP ("back-into",     "Step back into",          backward, INTO,       STEP_BACK,      "<Alt><Shift>F11"),
  STEP ("iteration-back", "Previous iteration",     backward, ITERATION,  STEP_BACK,      "<Control><Shift>F11"),
  STEP ("continue-back", "Continue backwards",      simple,   CONTINUE,   CONTINUE_BACK,  "<Alt><Shift>F5"),
  STEP ("now",           "Back to now",             simple,   CONTINUE,   GO_LIVE,        "Escape"),
};
const guint ui_n_steps = G_N_ELEMENTS (ui_steps);

const UiStep *
ui_step_find (const char *name)
{
  for (guint i = 0; i < ui_n_steps; i++)
    if (g_str_equal (ui_steps[i].name, name))
      return &ui_steps[i];
  return NULL;
}

char *
ui_step_tooltip (const UiStep *step)
{
  guint key = 0;
  GdkModifierType modifiers = 0;
  if (!step->keys[0] || !gtk_accelerator_parse (step->keys[0], &key, &modifiers))
    return g_strdup (step->title);
  g_autofree char *label = gtk_accelerator_get_label (key, modifiers);
  return g_strdup_printf ("%s (%s)", step->title, label);
}

/* ---- actions ---- */

static void
activated (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  const UiStep *step = ui_step_find (g_action_get_name (G_ACTION (action)));
  step->handler (data, step);
}

static void
unit_changed (GSimpleAction *action, GVariant *value, gpointer data)
{
  UiSteps *steps = data;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (units[i], g_variant_get_string (value, NULL)))
      {
        steps->unit = i;
        g_simple_action_set_state (action, value);
      }
}

static void
refresh (UiSteps *steps)
{
  for (guint i = 0; i < ui_n_steps; i++)
    {
      GAction *action = g_action_map_lookup_action (G_ACTION_MAP (steps->actions), ui_steps[i].name);
      g_simple_action_set_enabled (G_SIMPLE_ACTION (action), lk_session_can (steps->session, ui_steps[i].when));
    }
}

static void
add_actions (UiSteps *steps)
{
  for (guint i = 0; i < ui_n_steps; i++)
    {
      g_autoptr (GSimpleAction) action = g_simple_action_new (ui_steps[i].name, NULL);
      g_signal_connect (action, "activate", G_CALLBACK (activated), steps);
      g_action_map_add_action (G_ACTION_MAP (steps->actions), G_ACTION (action));
    }
  g_autoptr (GSimpleAction) unit = g_simple_action_new_stateful ("unit", G_VARIANT_TYPE_STRING,
                                                                 g_variant_new_string (units[0]));
  g_signal_connect (unit, "change-state", G_CALLBACK (unit_changed), steps);
  g_action_map_add_action (G_ACTION_MAP (steps->actions), G_ACTION (unit));
}

UiSteps *
ui_steps_new (LkSession *session)
{
  UiSteps *steps = g_new0 (UiSteps, 1);
  steps->session = g_object_ref (session);
  steps->actions = g_simple_action_group_new ();
  add_actions (steps);
  g_signal_connect_swapped (session, "moved", G_CALLBACK (refresh), steps);
  g_signal_connect_swapped (session, "notify::state", G_CALLBACK (refresh), steps);
  g_signal_connect_swapped (session, "notify::live", G_CALLBACK (refresh), steps);
  refresh (steps);
  return steps;
}

void
ui_steps_free (UiSteps *steps)
{
  if (!steps)
    return;
  g_signal_handlers_disconnect_by_data (steps->session, steps);
  g_object_unref (steps->session);
  g_object_unref (steps->actions);
  g_free (steps);
}

GActionGroup *
ui_steps_actions (UiSteps *steps)
{
  return G_ACTION_GROUP (steps->actions);
}

LkUnit
ui_steps_unit (UiSteps *steps)
{
  return steps->unit;
}

void
ui_steps_set_choose (UiSteps *steps, void (*choose) (gpointer data), gpointer data)
{
  steps->choose = choose;
  steps->data = data;
}

void
ui_steps_set_failed (UiSteps *steps, void (*failed) (gpointer data, const char *message))
{
  steps->failed = failed;
}

/* ---- keys ---- */

/* Swallows the key also when the command can't be done now: Shift+F10 must not open a context menu just because the
   program is running. */
static gboolean
pressed (GtkWidget *window, GVariant *name, gpointer data)
{
  UiSteps *steps = data;
  const char *action = g_variant_get_string (name, NULL);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (window));
  if (g_str_equal (action, "back") && GTK_IS_TEXT (focus))
    return FALSE;
  gboolean enabled = g_action_group_get_action_enabled (G_ACTION_GROUP (steps->actions), action);
  if (enabled)
    g_action_group_activate_action (G_ACTION_GROUP (steps->actions), action, NULL);
  return enabled || !g_str_equal (action, "now");
}

static void
add_key (UiSteps *steps, GtkShortcutController *controller, const char *key, const UiStep *step)
{
  GtkShortcutAction *action = gtk_callback_action_new (pressed, steps, NULL);
  GtkShortcut *shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (key), action);
  gtk_shortcut_set_arguments (shortcut, g_variant_new_string (step->name));
  gtk_shortcut_controller_add_shortcut (controller, shortcut);
}

void
ui_steps_add_keys (UiSteps *steps, GtkWidget *window)
{
  GtkEventController *early = gtk_shortcut_controller_new (), *late = gtk_shortcut_controller_new ();
  gtk_event_controller_set_propagation_phase (early, GTK_PHASE_CAPTURE);
  gtk_event_controller_set_propagation_phase (late, GTK_PHASE_BUBBLE);
  for (guint i = 0; i < ui_n_steps; i++)
    for (const char *const *key = ui_steps[i].keys; *key; key++)
      {
        gboolean escape = g_str_equal (*key, "Escape");
        add_key (steps, GTK_SHORTCUT_CONTROLLER (escape ? late : early), *key, &ui_steps[i]);
      }
  gtk_widget_add_controller (window, early);
  gtk_widget_add_controller (window, late);
}
