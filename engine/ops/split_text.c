/* SPDX-License-Identifier: MIT */
/* Texts taken apart, into the entries of a sparse matrix: a row for each text. */
#include <string.h>

#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define SPLIT_SHAPE "[n, 2], [n] and [2]: a sparse matrix of a row for each text; the input is a vector."

static gboolean
split_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, 2);
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[2].shape = LK_SHAPE (2);
  return lk_rule_need_rank (call, 0, 1, "input must be a vector, got shape: %s")
         && lk_rule_need_rank (call, 1, 0, call->op->index == LK_OP_STRING_SPLIT
                               ? "delimiter must be a scalar, got shape: %s" : "sep must be a scalar, got shape: %s");
}

static void
split_space (LkText text, gint64 most, LkTexts *parts)
{
  gsize at = 0;
  for (gint64 n = 0;; n++)
    {
      while (at < text.length && g_ascii_isspace (text.bytes[at]))
        at++;
      if (at == text.length)
        return;
      gsize end = at;
      while (end < text.length && (n == most || !g_ascii_isspace (text.bytes[end])))
        end++;
      lk_texts_add (parts, text.bytes + at, end - at);
      at = end;
    }
}

static void
split_at (LkText text, LkText separator, gint64 most, LkTexts *parts)
{
  const char *from = text.bytes, *end = text.bytes + text.length;
  for (gint64 n = 0; n != most; n++)
    {
      const char *next = memmem (from, end - from, separator.bytes, separator.length);
      if (next == NULL)
        break;
      lk_texts_add (parts, from, next - from);
      from = next + separator.length;
    }
  lk_texts_add (parts, from, end - from);
}

static void
split_any (LkText text, LkText delimiters, gboolean skip_empty, LkTexts *parts)
{
  gsize from = 0;
  for (gsize i = 0; i < text.length && delimiters.length == 0; i++)
    lk_texts_add (parts, text.bytes + i, 1);
  for (gsize i = 0; i <= text.length && delimiters.length > 0; i++)
    if (i == text.length || memchr (delimiters.bytes, text.bytes[i], delimiters.length) != NULL)
      {
        if (i > from || !skip_empty)
          lk_texts_add (parts, text.bytes + from, i - from);
        from = i + 1;
      }
}

static void
put_matrix (LkCall *call, LkTexts *parts, const gint64 *ends)
{
  const gint64 rows = call->inputs[0]->size;
  gint64 at = 0, widest = 0;
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (parts->views->len, 2)), *shape;
  if (indices == NULL)
    return;
  gint64 *pairs = indices->data;
  for (gint64 row = 0; row < rows; row++)
    for (gint64 first = at; at < ends[row]; at++)
      {
        pairs[2 * at] = row;
        pairs[2 * at + 1] = at - first;
        widest = MAX (widest, at - first + 1);
      }
  lk_texts_put (parts, call, 1, NULL);
  shape = lk_call_output (call, 2, LK_SHAPE_REF (2));
  ((gint64 *) shape->data)[0] = rows;
  ((gint64 *) shape->data)[1] = widest;
}

static void
split_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const LkText separator = lk_text_at (call->inputs[1], 0);
  const gboolean first_version = call->op->index == LK_OP_STRING_SPLIT;
  const gint64 most = first_version || call->attrs[0].i == 0 ? -1 : call->attrs[0].i;
  g_autofree gint64 *ends = g_new (gint64, x->size + 1);
  g_auto (LkTexts) parts = lk_texts_new (x->size);
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      if (first_version)
        split_any (text, separator, call->attrs[0].b, &parts);
      else if (separator.length == 0)
        split_space (text, most, &parts);
      else
        split_at (text, separator, most, &parts);
      ends[i] = parts.views->len;
    }
  put_matrix (call, &parts, ends);
}

LK_BLOCK (string_split, .infer = split_infer, .shape = SPLIT_SHAPE, .kernel = split_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={hello|world,a|b||c}; string[]={|}" }, { "string[1]={ab}; string[]={}" },
                   { "string[1]={a..b}; string[]={.}", "skip_empty=false" }, { "string[0]; string[]={}" }));
LK_BLOCK (string_split_v2, .infer = split_infer, .shape = SPLIT_SHAPE, .kernel = split_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={hello world,a b c}; string[]={}" }, { "string[2]={1<>2<>3,}; string[]={<>}" },
                   { "string[1]={a b  c }; string[]={}", "maxsplit=1" }, { "string[0]; string[]={}" }));
