/* SPDX-License-Identifier: MIT */
#include "engine/ops/elements.h"

#include <string.h>

LkText
lk_text_at (const LkTensor *tensor, gint64 i)
{
  LkText text;
  text.bytes = lk_string_at (tensor, i, &text.length);
  return text;
}

LkElements
lk_elements_of (const LkTensor *tensor)
{
  if (tensor->dtype != LK_STRING)
    return (LkElements) { tensor->data, lk_dtype_size (tensor->dtype), NULL };
  LkText *texts = g_new (LkText, tensor->size + 1);
  for (gint64 i = 0; i < tensor->size; i++)
    texts[i] = lk_text_at (tensor, i);
  return (LkElements) { (char *) texts, sizeof *texts, texts };
}

gboolean
lk_elements_of_output (LkCall *call, guint i, const LkShape *shape, LkElements *elements)
{
  const LkTensor *output = call->outputs[i];
  if (output != NULL && output->dtype != LK_STRING)
    {
      *elements = (LkElements) { output->data, lk_dtype_size (output->dtype), NULL };
      return TRUE;
    }
  LkText *texts = g_try_new0 (LkText, lk_shape_size (shape) + 1);
  *elements = (LkElements) { (char *) texts, sizeof *texts, texts };
  if (texts == NULL)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory for %" G_GINT64_FORMAT " strings",
                  lk_shape_size (shape));
  return texts != NULL;
}

void
lk_texts_output (LkCall *call, guint i, const LkShape *shape, const LkText *texts)
{
  const gint64 n = lk_shape_size (shape);
  g_autofree const char **bytes = g_new (const char *, n + 1);
  g_autofree gsize *lengths = g_new (gsize, n + 1);
  for (gint64 k = 0; k < n; k++)
    {
      bytes[k] = texts[k].bytes != NULL ? texts[k].bytes : "";
      lengths[k] = texts[k].length;
    }
  lk_tensor_unref (call->outputs[i]);
  call->outputs[i] = lk_tensor_new_strings (shape, bytes, lengths);
}

void
lk_elements_finish (LkCall *call, guint i, const LkShape *shape, LkElements *elements)
{
  if (elements->owned != NULL)
    lk_texts_output (call, i, shape, elements->owned);
  lk_elements_clear (elements);
}

void
lk_elements_clear (LkElements *elements)
{
  g_clear_pointer (&elements->owned, g_free);
}

void
lk_elements_zero (const LkElements *elements, gint64 n)
{
  if (n > 0)
    memset (elements->data, 0, n * elements->size);
}

void
lk_elements_copy (const LkElements *to, gint64 i, const LkElements *from, gint64 k)
{
  memcpy (to->data + i * to->size, from->data + k * from->size, to->size);
}
