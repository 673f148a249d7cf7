/* SPDX-License-Identifier: MIT */
/* Bytes as other bytes: base64, and the memory of numbers. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- EncodeBase64, DecodeBase64: RFC 4648's alphabet for names of files ---- */

static void
encode_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  g_auto (LkTexts) texts = lk_texts_new (x->size);
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      g_autofree char *code = g_base64_encode ((const guchar *) text.bytes, text.length);
      g_strdelimit (g_strdelimit (code, "+", '-'), "/", '_');
      GString *result = g_string_new (code);
      while (!call->attrs[0].b && result->len > 0 && result->str[result->len - 1] == '=')
        g_string_truncate (result, result->len - 1);
      lk_texts_take (&texts, result);
    }
  lk_texts_put (&texts, call, 0, &x->shape);
}

LK_BLOCK (encode_base64, .infer = lk_infer_first, .kernel = encode_kernel,
          SAMPLES ({ "string[2]={a,ab}" }, { "string[]={a}", "pad=true" }, { "string[0]" }));

/* Without padding or with all of it. */
static gboolean
is_base64 (LkText text)
{
  gsize n = text.length;
  while (n > 0 && text.length - n < 2 && text.bytes[n - 1] == '=')
    n--;
  if (n % 4 == 1 || (n < text.length && text.length % 4 != 0))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (text.bytes[i]) && text.bytes[i] != '-' && text.bytes[i] != '_')
      return FALSE;
  return TRUE;
}

static GString *
decoded (LkText text)
{
  g_autoptr (GString) code = g_string_new_len (text.bytes, text.length);
  gsize n;
  while (code->len % 4 != 0)
    g_string_append_c (code, '=');
  g_strdelimit (g_strdelimit (code->str, "-", '+'), "_", '/');
  g_autofree guchar *bytes = g_base64_decode (code->str, &n);
  return g_string_new_len ((const char *) bytes, n);
}

static void
decode_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  g_auto (LkTexts) texts = lk_texts_new (x->size);
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      if (!is_base64 (text))
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid character found in base64.");
          return;
        }
      lk_texts_take (&texts, decoded (text));
    }
  lk_texts_put (&texts, call, 0, &x->shape);
}

LK_BLOCK (decode_base64, .infer = lk_infer_first, .kernel = decode_kernel,
          SAMPLES ({ "string[2]={YQ,YWI=}" }, { "string[]={}" }, { "string[0]" }));

/* ---- DecodeRaw, DecodePaddedRaw ---- */

#define RAW_SHAPE "The input's shape, and a last axis of as many elements as the texts hold."

static gboolean
raw_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *x = lk_rule_shape (call, 0);
  if (lk_dtype_size (out[0].dtype) == 0 || out[0].dtype == LK_RESOURCE)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'out_type' of %s is not in the list of allowed values",
                         lk_dtype_kernel_name (out[0].dtype));
  if (call->n_inputs > 1 && !lk_rule_need_scalar (call, 1, "fixed_length"))
    return FALSE;
  out[0].shape = *x;
  if (x->rank == LK_MAX_RANK)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "input must have at most %d axes", LK_MAX_RANK - 1);
  if (x->rank != LK_RANK_UNKNOWN)
    out[0].shape.dims[out[0].shape.rank++] = LK_DIM_UNKNOWN;
  return TRUE;
}

static void
copy_numbers (char *to, const char *from, gsize n, gsize size, gboolean swap)
{
  memcpy (to, from, n * size);
  for (gsize i = 0; swap && i < n; i++)
    for (gsize k = 0; k < size; k++)
      to[i * size + k] = from[i * size + size - 1 - k];
}

/* The bytes of each element: those of the first, or what fixed_length says. */
static gboolean
raw_length (const LkCall *call, gsize size, gsize *length)
{
  const LkTensor *x = call->inputs[0];
  const char *name = lk_dtype_kernel_name (call->attrs[0].type);
  *length = x->size > 0 ? lk_text_at (x, 0).length : 0;
  if (call->n_inputs > 1)
    {
      const gint64 fixed = lk_tensor_int_at (call->inputs[1], 0);
      *length = (gsize) MAX (fixed, 0);
      return (fixed > 0 && fixed % size == 0)
             || lk_call_fail (call, LK_INVALID_ARGUMENT, "fixed_length (%" G_GINT64_FORMAT
                              ") must be positive and a multiple of the size of out_type (%d)", fixed, (int) size);
    }
  for (gint64 i = 1; i < x->size; i++)
    if (lk_text_at (x, i).length != *length)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "DecodeRaw requires input strings to all be the same size, but "
                           "element %" G_GINT64_FORMAT " has size %" G_GSIZE_FORMAT " != %" G_GSIZE_FORMAT, i, *length,
                           lk_text_at (x, i).length);
  return *length % size == 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Input to DecodeRaw has length %" G_GSIZE_FORMAT
                          " that is not a multiple of %" G_GSIZE_FORMAT ", the size of %s", *length, size, name);
}

static void
raw_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const gsize size = lk_dtype_size (call->attrs[0].type);
  LkShape shape = x->shape;
  gsize length;
  if (!raw_length (call, size, &length))
    return;
  shape.dims[shape.rank++] = length / size;
  LkTensor *y = lk_call_output (call, 0, &shape);
  if (y == NULL || y->size == 0)
    return;
  memset (y->data, 0, lk_tensor_bytes (y));
  const gsize piece = y->dtype == LK_COMPLEX64 || y->dtype == LK_COMPLEX128 ? size / 2 : size;
  const gboolean swap = call->attrs[1].b != (G_BYTE_ORDER == G_LITTLE_ENDIAN) && piece > 1;
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      copy_numbers ((char *) y->data + i * length, text.bytes, MIN (text.length, length) / piece, piece, swap);
      if (!swap && text.length < length)
        memcpy ((char *) y->data + i * length, text.bytes, text.length);
    }
  for (gint64 i = 0; y->dtype == LK_BOOL && i < y->size; i++)
    ((guint8 *) y->data)[i] = ((guint8 *) y->data)[i] != 0;
}

LK_BLOCK (decode_raw, .infer = raw_infer, .shape = RAW_SHAPE, .kernel = raw_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={abcd,efgh}", "out_type=int32" }, { "string[]={ab}", "out_type=uint8" },
                   { "string[1]={abcd}", "out_type=int16, little_endian=false" }, { "string[0]", "out_type=float32" }));
LK_BLOCK (decode_padded_raw, .infer = raw_infer, .shape = RAW_SHAPE, .kernel = raw_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2]={abc,efghi}; int32[]={4}", "out_type=uint16" }));
