/* SPDX-License-Identifier: MIT */
/* Parts and forms of texts. Units are bytes, or characters of UTF-8. */
#include "engine/ops/text.h"
#include <string.h>

#include "engine/ops/broadcast.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

LkTexts
lk_texts_new (gint64 expected)
{
  return (LkTexts) { g_array_sized_new (FALSE, FALSE, sizeof (LkText), expected), g_ptr_array_new () };
}

static void
string_free (gpointer text, gpointer unused)
{
  g_string_free (text, TRUE);
}

void
lk_texts_clear (LkTexts *texts)
{
  g_ptr_array_foreach (texts->owned, string_free, NULL);
  g_ptr_array_unref (texts->owned);
  g_array_unref (texts->views);
}

void
lk_texts_add (LkTexts *texts, const char *bytes, gsize length)
{
  const LkText text = { bytes, length };
  g_array_append_val (texts->views, text);
}

void
lk_texts_take (LkTexts *texts, GString *text)
{
  g_ptr_array_add (texts->owned, text);
  lk_texts_add (texts, text->str, text->len);
}

void
lk_texts_put (LkTexts *texts, LkCall *call, guint i, const LkShape *shape)
{
  const LkShape vector = LK_SHAPE (texts->views->len);
  lk_texts_output (call, i, shape != NULL ? shape : &vector, (const LkText *) texts->views->data);
}

static gboolean
continues (char byte)
{
  return (byte & 0xc0) == 0x80;
}

gsize
lk_text_skip (LkText text, gint64 n, gint64 *found)
{
  gsize at = 0;
  for (*found = 0; *found < n && at < text.length; ++*found)
    do
      at++;
    while (at < text.length && continues (text.bytes[at]));
  return at;
}

gint64
lk_text_characters (LkText text)
{
  gint64 n = 0;
  for (gsize i = 0; i < text.length; i++)
    n += !continues (text.bytes[i]);
  return n;
}

void
lk_all_elements (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < call->n_inputs; i++)
    if (call->inputs[i]->size > 0)
      lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

static gboolean
check_unit (const LkCall *call, const char *unit)
{
  return strcmp (unit, "BYTE") == 0 || strcmp (unit, "UTF8_CHAR") == 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT,
                          "Value for attr 'unit' of \"%s\" is not in the list of allowed values: \"BYTE\", "
                          "\"UTF8_CHAR\"", unit);
}

/* ---- StringLength ---- */

static gboolean
string_length_infer (const LkCall *call, LkSignature *out)
{
  return check_unit (call, call->attrs[0].s) && lk_infer_first (call, out);
}

static void
string_length_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const gboolean bytes = call->attrs[0].s[0] == 'B';
  gint32 *y = call->outputs[0]->data;
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      y[i] = bytes ? (gint64) text.length : lk_text_characters (text);
    }
}

LK_BLOCK (string_length, .infer = string_length_infer, .shape = "The input's shape.", .kernel = string_length_kernel,
          SAMPLES ({ "string[3]={Hello,TensorFlow,ö}" }, { "string[1,2]={aö,}", "unit=\"UTF8_CHAR\"" },
                   { "string[]={abc}" }, { "string[0]" }));

/* ---- Substr ---- */

static gboolean
substr_infer (const LkCall *call, LkSignature *out)
{
  LkShape where;
  if (!check_unit (call, call->attrs[0].s))
    return FALSE;
  if (!lk_rule_merge (lk_rule_shape (call, 1), lk_rule_shape (call, 2), &where))
    {
      g_autofree char *pos = lk_shape_text (lk_rule_shape (call, 1)), *len = lk_shape_text (lk_rule_shape (call, 2));
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "pos and len should have the same shape, got: %s vs. %s", pos, len);
    }
  if (lk_shape_broadcast (lk_rule_shape (call, 0), &where, &out[0].shape))
    return TRUE;
  g_autofree char *a = lk_shape_text (lk_rule_shape (call, 0)), *b = lk_shape_text (&where);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Incompatible shapes: %s vs. %s", a, b);
}

/* The bytes of text from pos on, at most length units; FALSE when pos is outside. Negative positions count from the end. */
static gboolean
part_of (LkText text, gint64 pos, gint64 length, gboolean bytes, LkText *part)
{
  const gint64 n = bytes ? (gint64) text.length : lk_text_characters (text);
  gint64 found;
  if (pos < -n || pos > n)
    return FALSE;
  pos += pos < 0 ? n : 0;
  length = CLAMP (length, 0, n - pos);
  const gsize begin = bytes ? (gsize) pos : lk_text_skip (text, pos, &found);
  const LkText rest = { text.bytes + begin, text.length - begin };
  *part = (LkText) { rest.bytes, bytes ? (gsize) length : lk_text_skip (rest, length, &found) };
  return TRUE;
}

static void
substr_kernel (LkCall *call)
{
  LkTensor *const *in = call->inputs;
  LkSignature out;
  LkBroadcast walk;
  substr_infer (call, &out);
  g_auto (LkTexts) parts = lk_texts_new (0);
  lk_broadcast_init (&walk, in, 2, &out.shape);
  for (gint64 run = 0; run < walk.runs && lk_shape_size (&out.shape) > 0; run++, lk_broadcast_next (&walk))
    for (gint64 k = 0; k < lk_broadcast_length (&walk); k++)
      {
        const gint64 x = walk.at[0] + k * lk_broadcast_step (&walk, 0), p = walk.at[1] + k * lk_broadcast_step (&walk, 1);
        const gint64 pos = lk_tensor_int_at (in[1], p);
        LkText text = lk_text_at (in[0], x), part;
        if (!part_of (text, pos, lk_tensor_int_at (in[2], p), call->attrs[0].s[0] == 'B', &part))
          {
            lk_call_fail (call, LK_INVALID_ARGUMENT, "pos %" G_GINT64_FORMAT " out of range for string"
                          "b'%.*s' at index %" G_GINT64_FORMAT, pos, (int) MIN (text.length, 1000), text.bytes, x);
            return;
          }
        lk_texts_add (&parts, part.bytes, part.length);
      }
  lk_texts_put (&parts, call, 0, &out.shape);
}

LK_BLOCK (substr, .infer = substr_infer, .shape = "The broadcast of the input with pos and len, which have one shape.",
          .kernel = substr_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={Hello,World}; int32[]={1}; int32[]={3}" },
                   { "string[2,2]={ten,eleven,twelve,thirteen}; int64[2]={1,-2}; int64[2]={2,9}" },
                   { "string[]={äbc}; int32[]={-2}; int32[]={1}", "unit=\"UTF8_CHAR\"" },
                   { "string[0]; int32[]={0}; int32[]={1}" }));

/* ---- StringStrip, StringLower, StringUpper ---- */

static void
string_strip_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  g_auto (LkTexts) texts = lk_texts_new (x->size);
  for (gint64 i = 0; i < x->size; i++)
    {
      LkText text = lk_text_at (x, i);
      for (; text.length > 0 && g_ascii_isspace (text.bytes[0]); text.bytes++)
        text.length--;
      while (text.length > 0 && g_ascii_isspace (text.bytes[text.length - 1]))
        text.length--;
      lk_texts_add (&texts, text.bytes, text.length);
    }
  lk_texts_put (&texts, call, 0, &x->shape);
}

LK_BLOCK (string_strip, .infer = lk_infer_first, .kernel = string_strip_kernel,
          SAMPLES ({ "string[2]={ a b ,c}" }, { "string[]={x}" }, { "string[0]" }));

#define CASE_SHAPE "The input's shape."

static gboolean
case_infer (const LkCall *call, LkSignature *out)
{
  const char *encoding = call->attrs[0].s;
  if (*encoding != '\0' && strcmp (encoding, "utf-8") != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "only utf8 or '' (no encoding) is supported, received %s", encoding);
  return lk_infer_first (call, out);
}

static GString *
in_case (LkText text, gboolean upper, gboolean characters)
{
  if (characters)
    {
      g_autofree char *valid = g_utf8_make_valid (text.bytes, text.length);
      g_autofree char *changed = upper ? g_utf8_strup (valid, -1) : g_utf8_strdown (valid, -1);
      return g_string_new (changed);
    }
  GString *result = g_string_new_len (text.bytes, text.length);
  return upper ? g_string_ascii_up (result) : g_string_ascii_down (result);
}

static void
case_kernel (LkCall *call, gboolean upper)
{
  const LkTensor *x = call->inputs[0];
  g_auto (LkTexts) texts = lk_texts_new (x->size);
  for (gint64 i = 0; i < x->size; i++)
    lk_texts_take (&texts, in_case (lk_text_at (x, i), upper, *call->attrs[0].s != '\0'));
  lk_texts_put (&texts, call, 0, &x->shape);
}

static void
string_lower_kernel (LkCall *call)
{
  case_kernel (call, FALSE);
}

static void
string_upper_kernel (LkCall *call)
{
  case_kernel (call, TRUE);
}

LK_BLOCK (string_lower, .infer = case_infer, .shape = CASE_SHAPE, .kernel = string_lower_kernel,
          SAMPLES ({ "string[2]={CamelCase,ÀB}" }, { "string[]={ÀB}", "encoding=\"utf-8\"" }, { "string[0]" }));
LK_BLOCK (string_upper, .infer = case_infer, .shape = CASE_SHAPE, .kernel = string_upper_kernel,
          SAMPLES ({ "string[2]={CamelCase,àb}" }, { "string[]={àb}", "encoding=\"utf-8\"" }, { "string[0]" }));
