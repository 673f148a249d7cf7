/* SPDX-License-Identifier: MIT */
/* DecodeCSV: fields of records as tensors (RFC 4180, with TensorFlow's options). */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/rule.h"
#include "engine/ops/text.h"

enum { DELIMITER, QUOTES, NA_VALUE, SELECTED };

static gboolean
csv_infer (const LkCall *call, LkSignature *out)
{
  const LkInts *selected = call->attrs[SELECTED].ints;
  if (strlen (call->attrs[DELIMITER].s) != 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "field_delim should be only 1 char");
  if (strchr ("\"\n\r", call->attrs[DELIMITER].s[0]) != NULL)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "field_delim should not be a quote or the end of a line");
  if (selected->n > 0 && selected->n != call->n_outputs)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "select_cols should match output size");
  for (guint i = 1; i < selected->n; i++)
    if (selected->v[i] <= selected->v[i - 1])
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "select_cols should be strictly increasing indices");
  for (guint i = 0; i < call->n_outputs; i++)
    {
      const LkTensor *fallback = call->inputs[i + 1];
      if (fallback->shape.rank != LK_RANK_UNKNOWN && (fallback->shape.rank > 1 || fallback->size > 1))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "There should only be 1 default per field but field %u has %"
                             G_GINT64_FORMAT, i, fallback->size);
      if (fallback->dtype != LK_FLOAT32 && fallback->dtype != LK_FLOAT64 && fallback->dtype != LK_INT32
          && fallback->dtype != LK_INT64 && fallback->dtype != LK_STRING)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "csv: data type %s not supported in field %u",
                             lk_dtype_kernel_name (fallback->dtype), i);
      out[i] = (LkSignature) { fallback->dtype, *lk_rule_shape (call, 0) };
    }
  return TRUE;
}

/* Takes one field off the record; FALSE after reporting that it is malformed. */
static gboolean
take_field (const LkCall *call, LkText *rest, gboolean *more, GString *field)
{
  const char delimiter = call->attrs[DELIMITER].s[0];
  gsize at = 0;
  const gboolean quoted = call->attrs[QUOTES].b && rest->length > 0 && rest->bytes[0] == '"';
  g_string_truncate (field, 0);
  if (quoted)
    for (at = 1;; at++)
      {
        if (at == rest->length)
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "Quoted field has to end with quote followed by delim or end");
        if (rest->bytes[at] == '"' && (at + 1 == rest->length || rest->bytes[at + 1] != '"'))
          break;
        at += rest->bytes[at] == '"';
        g_string_append_c (field, rest->bytes[at]);
      }
  at += quoted;
  for (; at < rest->length && rest->bytes[at] != delimiter && rest->bytes[at] != '\n' && rest->bytes[at] != '\r'; at++)
    {
      if (quoted || (call->attrs[QUOTES].b && rest->bytes[at] == '"'))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, quoted ? "Quoted field has to end with quote followed by delim or "
                             "end" : "Unquoted fields cannot have quotes/CRLFs inside");
      g_string_append_c (field, rest->bytes[at]);
    }
  *more = at < rest->length && rest->bytes[at] == delimiter;
  at += *more;
  rest->bytes += at;
  rest->length -= at;
  return TRUE;
}

static gboolean
put_number (const LkCall *call, LkTensor *y, gint64 i, const char *text, guint field)
{
  char *end = NULL;
  gint64 number = 0;
  switch ((int) y->dtype)
    {
    case LK_FLOAT32: ((float *) y->data)[i] = g_ascii_strtod (text, &end); break;
    case LK_FLOAT64: ((double *) y->data)[i] = g_ascii_strtod (text, &end); break;
    default: number = g_ascii_strtoll (text, &end, 10);
    }
  while (end != NULL && g_ascii_isspace (*end))
    end++;
  if (end == text || *end != '\0' || (y->dtype == LK_INT32 && (number < G_MININT32 || number > G_MAXINT32)))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Field %u in record %" G_GINT64_FORMAT " is not a valid %s: %s", field, i,
                         lk_dtype_kernel_name (y->dtype), text);
  if (y->dtype == LK_INT32)
    ((gint32 *) y->data)[i] = (gint32) number;
  else if (y->dtype == LK_INT64)
    ((gint64 *) y->data)[i] = number;
  return TRUE;
}

static gboolean
put_field (const LkCall *call, guint output, gint64 record, const GString *field, LkTexts *texts)
{
  const LkTensor *fallback = call->inputs[output + 1];
  LkTensor *y = call->outputs[output];
  const gboolean missing = field->len == 0 || strcmp (field->str, call->attrs[NA_VALUE].s) == 0;
  if (missing && fallback->size == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Field %u is required but missing in record %" G_GINT64_FORMAT "!",
                         output, record);
  if (texts != NULL)
    {
      const LkText text = missing ? lk_text_at (fallback, 0) : (LkText) { field->str, field->len };
      lk_texts_take (texts, g_string_new_len (text.bytes, text.length));
      return TRUE;
    }
  if (!missing)
    return put_number (call, y, record, field->str, output);
  const gsize size = lk_dtype_size (y->dtype);
  memcpy ((char *) y->data + record * size, fallback->data, size);
  return TRUE;
}

static gboolean
read_record (const LkCall *call, gint64 record, LkTexts *texts, GString *field)
{
  LkText rest = lk_text_at (call->inputs[0], record);
  const LkInts *selected = call->attrs[SELECTED].ints;
  gboolean more = TRUE;
  guint output = 0;
  for (gint64 column = 0; more; column++)
    {
      if (!take_field (call, &rest, &more, field))
        return FALSE;
      const gboolean wanted = selected->n == 0 || (output < selected->n && selected->v[output] == column);
      if (wanted && output < call->n_outputs
          && !put_field (call, output, record, field, call->inputs[output + 1]->dtype == LK_STRING ? &texts[output] : NULL))
        return FALSE;
      output += wanted;
    }
  return output == call->n_outputs
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Expect %u fields but have %u in record %" G_GINT64_FORMAT,
                          call->n_outputs, output, record);
}

static void
csv_kernel (LkCall *call)
{
  const LkTensor *records = call->inputs[0];
  g_autofree LkTexts *texts = g_new (LkTexts, call->n_outputs + 1);
  g_autoptr (GString) field = g_string_new (NULL);
  gboolean good = TRUE;
  for (guint i = 0; i < call->n_outputs; i++)
    {
      texts[i] = lk_texts_new (0);
      if (call->inputs[i + 1]->dtype != LK_STRING)
        good = good && (call->outputs[i] = lk_tensor_new (call->inputs[i + 1]->dtype, &records->shape)) != NULL;
    }
  if (!good)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating the fields of %" G_GINT64_FORMAT " records", records->size);
  for (gint64 i = 0; good && i < records->size; i++)
    good = read_record (call, i, texts, field);
  for (guint i = 0; i < call->n_outputs; i++)
    {
      if (good && call->inputs[i + 1]->dtype == LK_STRING)
        lk_texts_put (&texts[i], call, i, &records->shape);
      lk_texts_clear (&texts[i]);
    }
}

LK_BLOCK (decode_csv, .infer = csv_infer, .shape = "Each output has the shape of records; a default is empty, or one element.",
          .kernel = csv_kernel, .provenance = lk_all_elements,
          .samples = (const LkSample[]) { { "string[2]={a|1,b|}; string[]={}; int32[1]={7}", "field_delim=\"|\"" },
                                          { "string[]={x 3}; int64[0]", "field_delim=\" \", select_cols=[1]" }, { NULL } });
