/* SPDX-License-Identifier: MIT */
/* A rewriting's steps in words. Main thread only. */
#pragma once
#include "ui/walk.h"

char *ui_walk_row (UiWalk *walk, guint step);       /* "name\trest" (transfer full) */
/* In markup, with links "place:STACK"; changed: what ui_walk_show () returned. (transfer full) */
char *ui_walk_detail (UiWalk *walk, guint step, const GArray *changed);
