/* SPDX-License-Identifier: MIT */
/* Which rows of the list of events are folded into the row of a call. Iterations of loops and their conditions are,
   until a person opens them; other calls are when a person folds them. Only a call that has ended can be folded. Positions
   are those of the store's shown events; rows are what is left of them. All but ui_folds_toggle() and
   ui_folds_reveal() are O(log folds). */
#pragma once
#include "debugger/store.h"

typedef struct _UiFolds UiFolds;

typedef enum { UI_FOLD_NONE, UI_FOLD_OPEN, UI_FOLD_FOLDED } UiFold;

UiFolds *ui_folds_new (LkStore *store);
void ui_folds_free (UiFolds *folds);                /* (nullable) */
/* Takes notice of the calls that ended meanwhile. The first position whose row is another one now; G_MAXUINT if there is none. */
guint ui_folds_grow (UiFolds *folds);
guint ui_folds_n_hidden (const UiFolds *folds);
guint ui_folds_position (const UiFolds *folds, guint row);
/* The row that shows a position: that of the outermost folded call around it. */
guint ui_folds_row (const UiFolds *folds, guint position);
UiFold ui_folds_state (const UiFolds *folds, guint64 event, guint position);
/* FALSE when the event is no call that can be folded. */
gboolean ui_folds_toggle (UiFolds *folds, guint64 event);
/* Opens what hides a position. FALSE when nothing did. */
gboolean ui_folds_reveal (UiFolds *folds, guint position);
