/* SPDX-License-Identifier: MIT */
/* Elements of any dtype as equal pieces of memory, for kernels that only move them about. Strings, whose
   bytes lie in a heap behind the tensor's offsets, become pieces that point at their bytes; they are packed
   again when the output is finished. */
#pragma once
#include "engine/ops/op.h"

typedef struct
{
  const char *bytes;
  gsize length;
} LkText;

typedef struct
{
  char *data;
  gsize size;             /* bytes of an element */
  gpointer owned;         /* (nullable) */
} LkElements;

/* Valid while the tensor is. */
LkElements lk_elements_of (const LkTensor *tensor);
/* For output i of call, whose shape is known; then fill data, then finish. Inputs that texts point at must
   live until then. FALSE after reporting that memory is short. */
gboolean lk_elements_of_output (LkCall *call, guint i, const LkShape *shape, LkElements *elements);
void lk_elements_finish (LkCall *call, guint i, const LkShape *shape, LkElements *elements);
void lk_elements_clear (LkElements *elements);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LkElements, lk_elements_clear)

/* Element k of `from` becomes element i of `to`. */
void lk_elements_copy (const LkElements *to, gint64 i, const LkElements *from, gint64 k);
/* The element that stands for nothing: 0, FALSE, "". Sets all n at data. */
void lk_elements_zero (const LkElements *elements, gint64 n);

/* Makes output i of the given texts. */
void lk_texts_output (LkCall *call, guint i, const LkShape *shape, const LkText *texts);
LkText lk_text_at (const LkTensor *tensor, gint64 i);
