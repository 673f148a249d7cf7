/* SPDX-License-Identifier: MIT */
/* The list of a rewriting's steps: as traced, passes with their rewrites, as it runs; and what the chosen one did, in words
   with links to source lines. Up and Down go from step to step, Left and Right, as Page Up and Page Down, from pass to pass.

   Signals: "walked" (GArray *changed): another step is shown, that changed these nodes; "place" (guint stack): a link to a line was followed. */
#pragma once
#include <gtk/gtk.h>
#include "ui/walk.h"

#define UI_TYPE_WALK_LIST (ui_walk_list_get_type ())
G_DECLARE_FINAL_TYPE (UiWalkList, ui_walk_list, UI, WALK_LIST, GtkBox)

/* Shows it from its first step on. walk (nullable) must live until another one is set. */
void ui_walk_list_set (UiWalkList *list, UiWalk *walk);
void ui_walk_list_go (UiWalkList *list, guint step);
guint ui_walk_list_step (UiWalkList *list);
/* For keys pressed elsewhere: GDK_KEY_Up, Down: by a step; GDK_KEY_Left, Right: by a pass. */
void ui_walk_list_key (UiWalkList *list, guint key);
