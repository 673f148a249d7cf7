/* SPDX-License-Identifier: MIT */
/* Lists of texts that become a tensor. Private to the engine. */
#pragma once
#include "engine/ops/elements.h"

/* Texts of which some are made and others lie in inputs. */
typedef struct
{
  GArray *views;          /* LkText */
  GPtrArray *owned;       /* GString */
} LkTexts;

LkTexts lk_texts_new (gint64 expected);
void lk_texts_clear (LkTexts *texts);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LkTexts, lk_texts_clear)

/* One that stays where it is until the texts become an output. */
void lk_texts_add (LkTexts *texts, const char *bytes, gsize length);
/* One of its own. (transfer full) */
void lk_texts_take (LkTexts *texts, GString *text);
/* Makes output i of call; as many as there are when shape is NULL. */
void lk_texts_put (LkTexts *texts, LkCall *call, guint i, const LkShape *shape);

/* Where character number n begins, or the end; *found says how many there were, at most n. A byte that continues none
   belongs to the one before it. */
gsize lk_text_skip (LkText text, gint64 n, gint64 *found);
gint64 lk_text_characters (LkText text);

/* Provenance: everything from everything. */
void lk_all_elements (const LkCall *call, guint output, gint64 element, LkProvenance *into);
