/* SPDX-License-Identifier: MIT */
/* Text: numbers as text, joining, templates; and what a program says or insists on. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/ops/broadcast.h"
#include "engine/ops/elements.h"
#include "engine/ops/rule.h"
#include "engine/ops/summary.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* Makes output 0 of the given texts. */
static void
put_texts (LkCall *call, const LkShape *shape, GString *const *texts)
{
  const gint64 n = lk_shape_size (shape);
  g_autofree LkText *views = g_new (LkText, n + 1);
  for (gint64 i = 0; i < n; i++)
    views[i] = (LkText) { texts[i]->str, texts[i]->len };
  lk_texts_output (call, 0, shape, views);
}

static GString **
new_texts (gint64 n)
{
  GString **texts = g_new (GString *, n + 1);
  for (gint64 i = 0; i < n; i++)
    texts[i] = g_string_new (NULL);
  return texts;
}

static void
free_texts (GString **texts, gint64 n)
{
  for (gint64 i = 0; i < n; i++)
    g_string_free (texts[i], TRUE);
  g_free (texts);
}

/* ---- StringJoin ---- */

static gboolean
string_join_infer (const LkCall *call, LkSignature *out)
{
  LkShape shape = LK_SCALAR;
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const LkShape so_far = shape, *next = lk_rule_shape (call, i);
      if (next->rank == 0 || (so_far.rank != 0 && lk_rule_merge (&so_far, next, &shape)))
        continue;
      if (so_far.rank != 0)
        {
          g_autofree char *a = lk_shape_text (&so_far), *b = lk_shape_text (next);
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input shapes do not match: %s vs. %s", a, b);
        }
      shape = *next;
    }
  out[0].shape = shape;
  return TRUE;
}

static void
string_join_kernel (LkCall *call)
{
  LkShape shape = LK_SCALAR;
  for (guint i = 0; i < call->n_inputs; i++)
    if (lk_rule_shape (call, i)->rank > 0)
      shape = *lk_rule_shape (call, i);
  const gint64 n = lk_shape_size (&shape);
  GString **texts = new_texts (n);
  for (gint64 k = 0; k < n; k++)
    for (guint i = 0; i < call->n_inputs; i++)
      {
        const LkText part = lk_text_at (call->inputs[i], call->inputs[i]->shape.rank == 0 ? 0 : k);
        g_string_append (texts[k], i > 0 ? call->attrs[0].s : "");
        g_string_append_len (texts[k], part.bytes, part.length);
      }
  put_texts (call, &shape, texts);
  free_texts (texts, n);
}

LK_BLOCK (string_join, .infer = string_join_infer, .shape = "The shape that all inputs share, scalars apart.",
          .kernel = string_join_kernel,
          SAMPLES ({ "string[2]={a,b}; string[]={c}", "separator=\"-\"" }, { "string[]={a}; string[]={b}" },
                   { "string[0]" }));

/* ---- StringFormat ---- */

static guint
count_placeholders (const char *template, const char *placeholder)
{
  guint n = 0;
  for (const char *at = template; *placeholder != '\0'
       && (at = strstr (at, placeholder)) != NULL; at += strlen (placeholder))
    n++;
  return n;
}

static gboolean
string_format_infer (const LkCall *call, LkSignature *out)
{
  const guint n = count_placeholders (call->attrs[0].s, call->attrs[1].s);
  out[0].shape = LK_SCALAR;
  if (n != call->n_inputs)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "num placeholders in template and num inputs must match: %u vs. %u", n,
                         call->n_inputs);
  return TRUE;
}

static void
string_format_kernel (LkCall *call)
{
  const char *at = call->attrs[0].s, *placeholder = call->attrs[1].s;
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const char *next = strstr (at, placeholder);
      g_string_append_len (text, at, next - at);
      lk_summary_append (text, call->inputs[i], call->attrs[2].i);
      at = next + strlen (placeholder);
    }
  g_string_append (text, at);
  put_texts (call, &LK_SCALAR, &text);
  g_string_free (text, TRUE);
}

static void
all_elements (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < call->n_inputs; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

LK_BLOCK (string_format, .infer = string_format_infer, .shape = "A scalar.", .kernel = string_format_kernel,
          .provenance = all_elements,
          SAMPLES ({ "float64[2,3]; int32[]", "template=\"a %s b %s\"" }, { "string[8]", "template=\"%s\"" },
                   { "float32[0]", "template=\"{}\", placeholder=\"{}\"" }));

/* ---- PrintV2, Assert ---- */

static FILE *
stream_named (const char *name, gboolean *to_close)
{
  *to_close = FALSE;
  if (strcmp (name, "stdout") == 0)
    return stdout;
  if (strcmp (name, "stderr") == 0 || g_str_has_prefix (name, "log("))
    return stderr;
  *to_close = TRUE;
  return fopen (name + strlen ("file://"), "a");
}

static gboolean
print_infer (const LkCall *call, LkSignature *out)
{
  const char *name = call->attrs[0].s;
  const char *const known[] = { "stdout", "stderr", "log(info)", "log(warning)", "log(error)", NULL };
  if (!g_strv_contains (known, name) && !g_str_has_prefix (name, "file://"))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Unknown output stream: %s, must be one of stdout, stderr, log(info), "
                         "log(warning), log(error), or file://…", name);
  return lk_rule_need_scalar (call, 0, "PrintV2: input");
}

static void
print_kernel (LkCall *call)
{
  gboolean to_close;
  const LkText text = lk_text_at (call->inputs[0], 0);
  FILE *stream = stream_named (call->attrs[0].s, &to_close);
  if (stream == NULL)
    {
      lk_call_fail (call, LK_NOT_FOUND, "cannot write to %s: %s", call->attrs[0].s, g_strerror (errno));
      return;
    }
  /* One after the other, even if half of what a program says goes through Python. */
  fwrite (text.bytes, 1, text.length, stream);
  fputs (call->attrs[1].s, stream);
  if (to_close)
    fclose (stream);
  else
    fflush (stream);
}

LK_BLOCK (print, .infer = print_infer, .shape = "Nothing comes out; input is a scalar.", .kernel = print_kernel,
          SAMPLES ({ "string[]={}", "output_stream=\"stdout\", end=\"\"" }));

static gboolean
assert_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_scalar (call, 0, "condition");
}

static void
assert_kernel (LkCall *call)
{
  if (*(const guint8 *) call->inputs[0]->data)
    return;
  g_autoptr (GString) text = g_string_new ("assertion failed:");
  for (guint i = 1; i < call->n_inputs; i++)
    {
      g_string_append (text, " [");
      lk_summary_append_line (text, call->inputs[i], call->attrs[0].i);
      g_string_append_c (text, ']');
    }
  lk_call_fail (call, LK_INVALID_ARGUMENT, "%s", text->str);
}

LK_BLOCK (assert, .infer = assert_infer, .shape = "Nothing comes out; condition is a scalar.", .kernel = assert_kernel,
          SAMPLES ({ "bool[]={true}; int32[2]; string[]={x}" }));
