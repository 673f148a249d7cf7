/* SPDX-License-Identifier: MIT */
/* Texts as characters: decoding, encoding, and the scripts that characters belong to. */
#include <string.h>

#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

typedef enum { STRICT, REPLACE, IGNORE } Policy;

typedef struct
{
  Policy policy;
  gunichar replacement;
  gboolean controls;      /* control characters are replaced as well */
} Manner;

typedef struct
{
  GArray *characters;     /* gint32 */
  GArray *starts;         /* gint64, byte offsets within the text */
} Decoded;

/* What is to become of what is no character, from the attributes at these places; that of control characters stands
   behind the other two, where an op has it. */
static gboolean
manner_of (const LkCall *call, guint errors, guint replacement_char, Manner *manner)
{
  const char *const names[] = { "strict", "replace", "ignore" };
  const gint64 replacement = call->attrs[replacement_char].i;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (call->attrs[errors].s, names[i]) == 0)
      {
        *manner = (Manner) { i, replacement, replacement_char == errors + 1 && call->attrs[errors + 2].b };
        return (replacement >= 0 && replacement <= 0x10ffff && g_unichar_validate (replacement))
               || lk_call_fail (call, LK_INVALID_ARGUMENT, "replacement_char out of unicode codepoint range");
      }
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'errors' of \"%s\" is not in the list of allowed "
                       "values: \"strict\", \"replace\", \"ignore\"", call->attrs[errors].s);
}

/* 1, 2 or 4 bytes a unit for UTF; 0 for what iconv is to know. */
static int
unit_of (const char *encoding)
{
  return strcmp (encoding, "UTF-8") == 0 ? 1 : strcmp (encoding, "UTF-16-BE") == 0 ? 2 : strcmp (encoding, "UTF-32-BE") == 0
         ? 4 : 0;
}

static gboolean
check_encoding (const LkCall *call, const char *encoding, gboolean input)
{
  g_autoptr (GError) error = NULL;
  if (unit_of (encoding) > 0)
    return TRUE;
  g_autofree char *tried = input ? g_convert ("", 0, "UTF-8", encoding, NULL, NULL, &error) : NULL;
  return (input && error == NULL)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, input ? "Could not create converter for input encoding: %s"
                          : "Value for attr 'output_encoding' of \"%s\" is not in the list of allowed values: \"UTF-8\", "
                          "\"UTF-16-BE\", \"UTF-32-BE\"", encoding);
}

/* ---- one text ---- */

/* The character at bytes, which has n > 0; -1 when there is none, *used then being what is to be skipped. */
static gint64
next_character (const guint8 *bytes, gsize n, int unit, gsize *used)
{
  if (unit == 4)
    {
      *used = MIN (n, 4);
      const guint32 c = n < 4 ? 0xffffffff : (guint32) bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
      return g_unichar_validate (c) ? (gint64) c : -1;
    }
  if (unit == 2)
    {
      *used = MIN (n, 2);
      const guint32 c = n < 2 ? 0xdc00 : bytes[0] << 8 | bytes[1];
      if (c < 0xd800 || c > 0xdfff)
        return c;
      const guint32 low = n < 4 ? 0 : bytes[2] << 8 | bytes[3];
      if (c > 0xdbff || low < 0xdc00 || low > 0xdfff)
        return -1;
      *used = 4;
      return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
  const gunichar c = g_utf8_get_char_validated ((const char *) bytes, n);
  if (c != (gunichar) -1 && c != (gunichar) -2)
    {
      *used = g_utf8_skip[bytes[0]];
      return c;
    }
  /* What cannot be the beginning of a character, as far as it goes, is one mistake. */
  for (*used = 1; *used < n && *used < 4
       && g_utf8_get_char_validated ((const char *) bytes, *used + 1) == (gunichar) -2; ++*used)
    ;
  if (g_utf8_get_char_validated ((const char *) bytes, 1) != (gunichar) -2)
    *used = 1;
  return -1;
}

static gboolean
is_control (gint64 c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

static gboolean
decode (LkText text, int unit, const Manner *manner, Decoded *into)
{
  for (gsize at = 0, used; at < text.length; at += used)
    {
      gint64 c = next_character ((const guint8 *) text.bytes + at, text.length - at, unit, &used);
      const gint64 start = at;
      if (c < 0 && manner->policy == STRICT)
        return FALSE;
      if (c < 0 && manner->policy == IGNORE)
        continue;
      const gint32 kept = c < 0 || (manner->controls && is_control (c)) ? (gint32) manner->replacement : (gint32) c;
      g_array_append_val (into->characters, kept);
      g_array_append_val (into->starts, start);
    }
  return TRUE;
}

static gboolean
decode_text (const LkCall *call, LkText text, const char *encoding, const Manner *manner, Decoded *into)
{
  const int unit = unit_of (encoding);
  g_autofree char *converted = NULL;
  if (unit == 0)
    {
      gsize n = 0;
      converted = g_convert_with_fallback (text.bytes, text.length, "UTF-8", encoding, "\xef\xbf\xbd", NULL, &n, NULL);
      text = (LkText) { converted != NULL ? converted : "\xff", converted != NULL ? n : 1 };
    }
  return decode (text, MAX (unit, 1), manner, into)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid formatting on input string");
}

static void
append_units (GString *text, gunichar c, int unit)
{
  if (unit == 1)
    g_string_append_unichar (text, c);
  else if (unit == 4)
    for (int shift = 24; shift >= 0; shift -= 8)
      g_string_append_c (text, c >> shift);
  else
    {
      const guint32 high = c > 0xffff ? 0xd800 + ((c - 0x10000) >> 10) : c, low = 0xdc00 + ((c - 0x10000) & 0x3ff);
      g_string_append_c (text, high >> 8);
      g_string_append_c (text, high);
      if (c <= 0xffff)
        return;
      g_string_append_c (text, low >> 8);
      g_string_append_c (text, low);
    }
}

static Decoded
decoded_new (void)
{
  return (Decoded) { g_array_new (FALSE, FALSE, sizeof (gint32)), g_array_new (FALSE, FALSE, sizeof (gint64)) };
}

static void
decoded_clear (Decoded *decoded)
{
  g_array_unref (decoded->characters);
  g_array_unref (decoded->starts);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Decoded, decoded_clear)

/* ---- UnicodeDecode, UnicodeDecodeWithOffsets ---- */

#define UNICODE_DECODE_SHAPE "[texts + 1] for the splits, and a vector of as many as there are characters."

static gboolean
unicode_decode_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *x = lk_rule_shape (call, 0);
  Manner manner;
  if (!check_encoding (call, call->attrs[0].s, TRUE) || !manner_of (call, 1, 2, &manner))
    return FALSE;
  if (out[0].dtype != LK_INT32 && out[0].dtype != LK_INT64)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'Tsplits' must be int32 or int64");
  const gint64 n = lk_shape_size (x);
  out[0].shape = LK_SHAPE (n < 0 ? LK_DIM_UNKNOWN : n + 1);
  for (guint i = 1; i < call->n_outputs; i++)
    out[i].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  return TRUE;
}

static void
put_split (LkTensor *splits, gint64 i, gint64 value)
{
  if (splits->dtype == LK_INT32)
    ((gint32 *) splits->data)[i] = (gint32) value;
  else
    ((gint64 *) splits->data)[i] = value;
}

static void
put_array (LkCall *call, guint i, const GArray *array)
{
  LkTensor *y = lk_call_output (call, i, LK_SHAPE_REF (array->len));
  if (y != NULL && y->size > 0)
    memcpy (y->data, array->data, lk_tensor_bytes (y));
}

static void
unicode_decode_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  Manner manner;
  LkTensor *splits = lk_call_output (call, 0, LK_SHAPE_REF (x->size + 1));
  g_auto (Decoded) decoded = decoded_new ();
  if (splits == NULL || !manner_of (call, 1, 2, &manner))
    return;
  put_split (splits, 0, 0);
  for (gint64 i = 0; i < x->size; i++)
    {
      if (!decode_text (call, lk_text_at (x, i), call->attrs[0].s, &manner, &decoded))
        return;
      put_split (splits, i + 1, decoded.characters->len);
    }
  put_array (call, 1, decoded.characters);
  if (call->n_outputs > 2)
    put_array (call, 2, decoded.starts);
}

LK_BLOCK (unicode_decode, .infer = unicode_decode_infer, .shape = UNICODE_DECODE_SHAPE, .kernel = unicode_decode_kernel,
          .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={Hé,}", "input_encoding=\"UTF-8\"" }, { "string[0]", "input_encoding=\"UTF-8\"" }));
LK_BLOCK (unicode_decode_with_offsets, .infer = unicode_decode_infer, .shape = UNICODE_DECODE_SHAPE,
          .kernel = unicode_decode_kernel,
          .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={Hé!,x}", "input_encoding=\"UTF-8\"" },
                   { "string[1]={ab}", "input_encoding=\"UTF-16-BE\", Tsplits=int32" }));

/* ---- UnicodeEncode ---- */

static gboolean
unicode_encode_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *splits = lk_rule_shape (call, 1);
  Manner manner;
  if (!manner_of (call, 0, 2, &manner) || !check_encoding (call, call->attrs[1].s, FALSE)
      || !lk_rule_need_rank (call, 0, 1, "input_values must be a vector, got shape: %s")
      || !lk_rule_need_rank (call, 1, 1, "input_splits must be a vector, got shape: %s"))
    return FALSE;
  const gint64 n = splits->rank == 1 ? splits->dims[0] : LK_DIM_UNKNOWN;
  if (n == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid empty input_splits");
  out[0].shape = LK_SHAPE (n < 0 ? LK_DIM_UNKNOWN : n - 1);
  return TRUE;
}

static gboolean
encode_row (const LkCall *call, gint64 first, gint64 end, const Manner *manner, GString *text)
{
  const gint32 *values = call->inputs[0]->data;
  for (gint64 i = first; i < end; i++)
    {
      const gboolean good = values[i] >= 0 && g_unichar_validate (values[i]);
      if (!good && manner->policy == STRICT)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Code point is out of range for Unicode, or a noncharacter.");
      if (good || manner->policy == REPLACE)
        append_units (text, good ? (gunichar) values[i] : manner->replacement, unit_of (call->attrs[1].s));
    }
  return TRUE;
}

static void
unicode_encode_kernel (LkCall *call)
{
  const LkTensor *splits = call->inputs[1];
  Manner manner = { .replacement = call->attrs[2].i };
  manner.policy = call->attrs[0].s[0] == 's' ? STRICT : call->attrs[0].s[0] == 'r' ? REPLACE : IGNORE;
  g_auto (LkTexts) texts = lk_texts_new (splits->size);
  for (gint64 i = 0; i + 1 < splits->size; i++)
    {
      const gint64 first = lk_tensor_int_at (splits, i), end = lk_tensor_int_at (splits, i + 1);
      GString *text = g_string_new (NULL);
      lk_texts_take (&texts, text);
      if (first < 0 || end < first || end > call->inputs[0]->size)
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, "Values in input_splits must be equal or in ascending order and within "
                        "the values, got %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT, first, end);
          return;
        }
      if (!encode_row (call, first, end, &manner, text))
        return;
      g_array_index (texts.views, LkText, i) = (LkText) { text->str, text->len };
    }
  lk_texts_put (&texts, call, 0, NULL);
}

LK_BLOCK (unicode_encode, .infer = unicode_encode_infer, .shape = "[splits − 1], from two vectors.",
          .kernel = unicode_encode_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "int32[3]={72,233,128522}; int64[3]={0,2,3}", "output_encoding=\"UTF-8\"" },
                   { "int32[2]={72,128522}; int32[2]={0,2}", "output_encoding=\"UTF-16-BE\"" }));

/* ---- UnicodeTranscode ---- */

static gboolean
transcode_infer (const LkCall *call, LkSignature *out)
{
  Manner manner;
  return check_encoding (call, call->attrs[0].s, TRUE) && check_encoding (call, call->attrs[1].s, FALSE)
         && manner_of (call, 2, 3, &manner) && lk_infer_first (call, out);
}

static void
transcode_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  Manner manner;
  g_auto (LkTexts) texts = lk_texts_new (x->size);
  if (!manner_of (call, 2, 3, &manner))
    return;
  for (gint64 i = 0; i < x->size; i++)
    {
      g_auto (Decoded) decoded = decoded_new ();
      GString *text = g_string_new (NULL);
      lk_texts_take (&texts, text);
      if (!decode_text (call, lk_text_at (x, i), call->attrs[0].s, &manner, &decoded))
        return;
      for (guint k = 0; k < decoded.characters->len; k++)
        append_units (text, g_array_index (decoded.characters, gint32, k), unit_of (call->attrs[1].s));
      g_array_index (texts.views, LkText, i) = (LkText) { text->str, text->len };
    }
  lk_texts_put (&texts, call, 0, &x->shape);
}

LK_BLOCK (unicode_transcode, .infer = transcode_infer, .shape = "The input's shape.", .kernel = transcode_kernel,
          SAMPLES ({ "string[2]={Hé,x}", "input_encoding=\"UTF-8\", output_encoding=\"UTF-16-BE\"" },
                   { "string[]={a}", "input_encoding=\"ISO-8859-1\", output_encoding=\"UTF-8\"" },
                   { "string[0]", "input_encoding=\"UTF-8\", output_encoding=\"UTF-8\"" }));

/* ---- UnicodeScript ---- */

/* ICU's numbers are GLib's for the scripts of Unicode 4.0; those after them came in another order. */
static gint32
script_of (gint32 c)
{
  static const guint8 later[] = { 50, 51, 49, 52, 53, 59, 55, 56, 60, 58, 61, 57, 103, 62, 101, 91, 90, 87 };
  if (c < 0 || c > 0x10ffff)
    return -1;
  const guint script = g_unichar_get_script (c);
  if (script < G_UNICODE_SCRIPT_OSMANYA)
    return script;
  return script - G_UNICODE_SCRIPT_OSMANYA < G_N_ELEMENTS (later) ? later[script - G_UNICODE_SCRIPT_OSMANYA] : 103;
}

static void
script_kernel (LkCall *call)
{
  const gint32 *x = call->inputs[0]->data;
  for (gint64 i = 0; i < call->inputs[0]->size; i++)
    ((gint32 *) call->outputs[0]->data)[i] = script_of (x[i]);
}

LK_BLOCK (unicode_script, .infer = lk_infer_first, .kernel = script_kernel,
          SAMPLES ({ "int32[3]={1,31,38}" }, { "int32[]={65}" }, { "int32[0]" }));
