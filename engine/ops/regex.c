/* SPDX-License-Identifier: MIT */
/* Regular expressions, in the syntax that RE2 and PCRE share, by GRegex. */
#include <string.h>

#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* One pattern, ready for texts of characters and, where one is no UTF-8, for bytes. */
typedef struct
{
  GRegex *characters, *bytes;
} Pattern;

static void
pattern_clear (Pattern *pattern)
{
  g_clear_pointer (&pattern->characters, g_regex_unref);
  g_clear_pointer (&pattern->bytes, g_regex_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pattern, pattern_clear)

static GRegex *
compile (const char *text, gboolean whole, GRegexCompileFlags flags, GError **error)
{
  g_autofree char *anchored = whole ? g_strconcat ("\\A(?:", text, ")\\z", NULL) : g_strdup (text);
  return g_regex_new (anchored, flags | G_REGEX_OPTIMIZE | G_REGEX_DOLLAR_ENDONLY, 0, error);
}

static gboolean
pattern_init (Pattern *pattern, const LkCall *call, const char *text, gboolean whole)
{
  g_autoptr (GError) error = NULL;
  *pattern = (Pattern) { compile (text, whole, 0, &error), NULL };
  if (pattern->characters != NULL)
    pattern->bytes = compile (text, whole, G_REGEX_RAW, NULL);
  return pattern->characters != NULL
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid pattern: %s, error: %s", text, error->message);
}

static GRegex *
fitting (const Pattern *pattern, LkText text)
{
  return pattern->bytes == NULL || g_utf8_validate (text.bytes, text.length, NULL) ? pattern->characters : pattern->bytes;
}

/* The pattern and rewrite of a call, from its attributes or its inputs. */
static char *
argument (const LkCall *call, guint i, gboolean fixed)
{
  if (fixed)
    return g_strdup (call->attrs[i].s);
  const LkText text = lk_text_at (call->inputs[i + 1], 0);
  return g_strndup (text.bytes, text.length);
}

/* ---- RegexFullMatch ---- */

#define MATCH_SHAPE "The input's shape; a pattern is a scalar."

static gboolean
match_infer (const LkCall *call, LkSignature *out)
{
  if (call->n_inputs > 1 && !lk_rule_need_rank (call, 1, 0, "Pattern must be scalar, but received %s"))
    return FALSE;
  return lk_infer_first (call, out);
}

static void
match_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  g_autofree char *text = argument (call, 0, call->n_inputs == 1);
  g_auto (Pattern) pattern = { NULL, NULL };
  if (!pattern_init (&pattern, call, text, TRUE))
    return;
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText part = lk_text_at (x, i);
      ((guint8 *) call->outputs[0]->data)[i] =
        g_regex_match_full (fitting (&pattern, part), part.bytes, part.length, 0, 0, NULL, NULL);
    }
}

LK_BLOCK (regex_full_match, .infer = match_infer, .shape = MATCH_SHAPE, .kernel = match_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={TF lib,lib TF}; string[]={.*lib$}" }, { "string[0]; string[]={a}" }));
LK_BLOCK (static_regex_full_match, .infer = match_infer, .shape = MATCH_SHAPE, .kernel = match_kernel,
          SAMPLES ({ "string[2]={TF lib,lib TF}", "pattern=\".*TF$\"" }, { "string[0]", "pattern=\"a\"" }));

/* ---- RegexReplace ---- */

#define REPLACE_SHAPE "The input's shape; pattern and rewrite are scalars."

static gboolean
replace_infer (const LkCall *call, LkSignature *out)
{
  if (call->n_inputs > 1 && (!lk_rule_need_rank (call, 1, 0, "Pattern must be scalar, but received %s")
                             || !lk_rule_need_rank (call, 2, 0, "Rewrite must be scalar, but received %s")))
    return FALSE;
  return lk_infer_first (call, out);
}

static gboolean
check_rewrite (const LkCall *call, const Pattern *pattern, const char *rewrite)
{
  for (const char *c = rewrite; *c != '\0'; c++)
    {
      if (*c != '\\')
        continue;
      c++;
      if (*c == '\\' || (g_ascii_isdigit (*c) && *c - '0' <= g_regex_get_capture_count (pattern->characters)))
        continue;
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid rewrite pattern: %s", rewrite);
    }
  return TRUE;
}

static void
append_rewrite (GString *result, const char *rewrite, GMatchInfo *match, const char *text)
{
  for (const char *c = rewrite; *c != '\0'; c++)
    {
      int begin = -1, end;
      if (*c != '\\')
        g_string_append_c (result, *c);
      else if (*++c == '\\')
        g_string_append_c (result, '\\');
      else if (g_match_info_fetch_pos (match, *c - '0', &begin, &end) && begin >= 0)
        g_string_append_len (result, text + begin, end - begin);
    }
}

/* An empty match that touches the one before it does not count. */
static GString *
replaced (GRegex *regex, LkText text, const char *rewrite, gboolean everywhere)
{
  GString *result = g_string_new (NULL);
  gsize at = 0;
  for (gssize last = -1; at <= text.length;)
    {
      g_autoptr (GMatchInfo) match = NULL;
      int begin, end;
      if (!g_regex_match_full (regex, text.bytes, text.length, at, 0, &match, NULL)
          || !g_match_info_fetch_pos (match, 0, &begin, &end))
        break;
      g_string_append_len (result, text.bytes + at, begin - at);
      at = end;
      if (begin == end && begin == last)
        {
          gint64 found;
          const LkText rest = { text.bytes + at, text.length - at };
          const gsize step = rest.length > 0 ? lk_text_skip (rest, 1, &found) : 1;
          g_string_append_len (result, rest.bytes, MIN (step, rest.length));
          at += step;
          continue;
        }
      append_rewrite (result, rewrite, match, text.bytes);
      last = end;
      if (!everywhere)
        break;
    }
  if (at < text.length)
    g_string_append_len (result, text.bytes + at, text.length - at);
  return result;
}

static void
replace_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const gboolean fixed = call->n_inputs == 1;
  g_autofree char *text = argument (call, 0, fixed), *rewrite = argument (call, 1, fixed);
  g_auto (Pattern) pattern = { NULL, NULL };
  g_auto (LkTexts) texts = lk_texts_new (x->size);
  if (!pattern_init (&pattern, call, text, FALSE) || !check_rewrite (call, &pattern, rewrite))
    return;
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText part = lk_text_at (x, i);
      lk_texts_take (&texts, replaced (fitting (&pattern, part), part, rewrite, call->attrs[fixed ? 2 : 0].b));
    }
  lk_texts_put (&texts, call, 0, &x->shape);
}

LK_BLOCK (regex_replace, .infer = replace_infer, .shape = REPLACE_SHAPE, .kernel = replace_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={Text with tags.<br />,<b>more</b>}; string[]={<[^>]+>}; string[]={ }" },
                   { "string[1]={aXbXc}; string[]={X}; string[]={-}", "replace_global=false" },
                   { "string[0]; string[]={a}; string[]={b}" }));
LK_BLOCK (static_regex_replace, .infer = replace_infer, .shape = REPLACE_SHAPE, .kernel = replace_kernel,
          SAMPLES ({ "string[1]={abc}", "pattern=\"(b)\", rewrite=\"<\\\\1>\"" },
                   { "string[0]", "pattern=\"a\", rewrite=\"b\"" }));
