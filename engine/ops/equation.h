/* SPDX-License-Identifier: MIT */
/* Equations of Einstein sums, "ij,jk->ik", applied to shapes. Private to the engine.

   Each axis of an input or of the output has a label. An ellipsis stands for axes that broadcast; they are labelled by
   digits, from the right: "...ij" of rank 4 is "10ij". Equations may also be written so. */
#pragma once
#include "engine/ops/op.h"

#define LK_LABELS 128

typedef struct
{
  guint n;
  guchar label[LK_MAX_RANK];
} LkLabels;

typedef struct
{
  guint n_inputs;
  LkLabels inputs[2], output;
  gint64 size[LK_LABELS];       /* by label; LK_DIM_UNKNOWN where it is not known, or no label */
} LkEquation;

/* The equation of call, attribute 0, on its inputs. *known: FALSE when the rank of the output depends on ranks that are
   not known; nothing else is filled in then. FALSE after reporting that they do not fit. */
gboolean lk_equation_read (const LkCall *call, LkEquation *equation, gboolean *known);

static inline gboolean
lk_labels_have (const LkLabels *labels, guchar label)
{
  for (guint i = 0; i < labels->n; i++)
    if (labels->label[i] == label)
      return TRUE;
  return FALSE;
}

static inline gboolean
lk_label_broadcasts (guchar label)
{
  return g_ascii_isdigit (label);
}
