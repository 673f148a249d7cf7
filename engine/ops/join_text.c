/* SPDX-License-Identifier: MIT */
/* Texts joined: along axes, by segments, in runs. */
#include <string.h>

#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

#define MOST_TEXTS (1 << 26)    /* more would not be meant */

/* ---- ReduceJoin ---- */

static gboolean
read_axes (const LkCall *call, guint *axes, guint *n)
{
  gint64 values[LK_MAX_RANK];
  const guint rank = lk_rule_shape (call, 0)->rank;
  gboolean seen[LK_MAX_RANK] = { FALSE };
  if (!lk_rule_ints (call, 1, values, LK_MAX_RANK, n))
    return FALSE;
  for (guint i = 0; i < *n; i++)
    {
      if (!lk_rule_axis (values[i], rank, &axes[i]))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid reduction dimension %" G_GINT64_FORMAT
                             " for input with %u dimension(s)", values[i], rank);
      if (seen[axes[i]])
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Duplicate reduction dimension %u", axes[i]);
      seen[axes[i]] = TRUE;
    }
  return TRUE;
}

static gboolean
reduce_join_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *x = lk_rule_shape (call, 0);
  guint axes[LK_MAX_RANK], n;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (x->rank == LK_RANK_UNKNOWN || lk_call_constant (call, 1) == NULL)
    {
      if (x->rank != LK_RANK_UNKNOWN && call->attrs[0].b)
        for (out[0].shape.rank = 0; out[0].shape.rank < x->rank;)
          out[0].shape.dims[out[0].shape.rank++] = LK_DIM_UNKNOWN;
      return TRUE;
    }
  if (call->inputs[1]->size > LK_MAX_RANK)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Duplicate reduction dimension");
  if (!read_axes (call, axes, &n))
    return FALSE;
  out[0].shape.rank = 0;
  for (guint i = 0; i < x->rank; i++)
    {
      gboolean reduced = FALSE;
      for (guint k = 0; k < n; k++)
        reduced |= axes[k] == i;
      if (!reduced || call->attrs[0].b)
        out[0].shape.dims[out[0].shape.rank++] = reduced ? 1 : x->dims[i];
    }
  return TRUE;
}

/* The pieces of an output element are in the order in which the axes are named: the first runs fastest. */
static GString *
joined (const LkTensor *x, const gint64 *strides, const guint *axes, guint n, gint64 base, const char *separator)
{
  GString *text = g_string_new (NULL);
  gint64 index[LK_MAX_RANK] = { 0 }, at = base;
  guint axis = 0;
  for (guint i = 0; i < n; i++)
    if (x->shape.dims[axes[i]] == 0)
      return text;
  for (gboolean first = TRUE; axis < n || first; first = FALSE)
    {
      const LkText part = lk_text_at (x, at);
      g_string_append (text, first ? "" : separator);
      g_string_append_len (text, part.bytes, part.length);
      for (axis = 0; axis < n; axis++)
        {
          at += strides[axes[axis]];
          if (++index[axis] < x->shape.dims[axes[axis]])
            break;
          at -= index[axis] * strides[axes[axis]];
          index[axis] = 0;
        }
    }
  return text;
}

static void
reduce_join_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  guint axes[LK_MAX_RANK], n;
  gint64 strides[LK_MAX_RANK], index[LK_MAX_RANK];
  LkSignature out;
  if (!reduce_join_infer (call, &out) || !read_axes (call, axes, &n))
    return;
  LkShape kept = x->shape;
  for (guint i = 0; i < n; i++)
    kept.dims[axes[i]] = 1;
  lk_shape_strides (&x->shape, strides);
  const gint64 size = lk_shape_size (&kept);
  g_auto (LkTexts) texts = lk_texts_new (size);
  for (gint64 i = 0; i < size; i++)
    {
      gint64 base = 0;
      lk_shape_unravel (&kept, i, index);
      for (guint k = 0; k < kept.rank; k++)
        base += index[k] * strides[k];
      lk_texts_take (&texts, joined (x, strides, axes, n, base, call->attrs[1].s));
    }
  lk_texts_put (&texts, call, 0, &out.shape);
}

LK_BLOCK (reduce_join, .infer = reduce_join_infer,
          .shape = "The input's shape without the axes that are joined, or with 1 in their place if keep_dims.",
          .kernel = reduce_join_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[2,2]={a,b,c,d}; int32[1]={0}" }, { "string[2,2]={a,b,c,d}; int32[2]={0,1}" },
                   { "string[2,2]={a,b,c,d}; int32[2]={1,0}", "separator=\"-\"" }, { "string[2,0]; int32[]={1}" },
                   { "string[2,2]={a,b,c,d}; int32[1]={-1}", "keep_dims=true" }, { "string[2]; int32[0]" }));

/* ---- UnsortedSegmentJoin ---- */

static gboolean
segment_join_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *x = lk_rule_shape (call, 0), *ids = lk_rule_shape (call, 1);
  gint64 n = LK_DIM_UNKNOWN;
  guint count;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_scalar (call, 2, "num_segments"))
    return FALSE;
  if (lk_rule_ints (call, 2, &n, 1, &count) && n < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Number of segments must be non-negative, got %" G_GINT64_FORMAT, n);
  if (x->rank == LK_RANK_UNKNOWN || ids->rank == LK_RANK_UNKNOWN)
    return TRUE;
  for (guint i = 0; i < ids->rank; i++)
    if (i >= x->rank || (x->dims[i] >= 0 && ids->dims[i] >= 0 && x->dims[i] != ids->dims[i]))
      {
        g_autofree char *a = lk_shape_text (x), *b = lk_shape_text (ids);
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "data.shape = %s does not start with segment_ids.shape = %s", a, b);
      }
  out[0].shape = LK_SHAPE (n);
  for (guint i = ids->rank; i < x->rank; i++)
    out[0].shape.dims[out[0].shape.rank++] = x->dims[i];
  return TRUE;
}

static void
segment_join_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0], *ids = call->inputs[1];
  LkSignature out;
  segment_join_infer (call, &out);
  const gint64 segments = out.shape.dims[0], inner = lk_shape_product (&out.shape, 1, out.shape.rank);
  g_autofree GString **texts = g_try_new0 (GString *, lk_shape_size (&out.shape) + 1);
  if (texts == NULL || lk_shape_size (&out.shape) > MOST_TEXTS)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory for %" G_GINT64_FORMAT " strings",
                    lk_shape_size (&out.shape));
      return;
    }
  g_auto (LkTexts) result = lk_texts_new (lk_shape_size (&out.shape));
  for (gint64 i = 0; i < lk_shape_size (&out.shape); i++)
    lk_texts_take (&result, texts[i] = g_string_new (NULL));
  g_autofree gboolean *begun = g_new0 (gboolean, lk_shape_size (&out.shape) + 1);
  for (gint64 i = 0; i < ids->size; i++)
    {
      const gint64 id = lk_tensor_int_at (ids, i);
      if (id >= segments)
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, "segment_ids[%" G_GINT64_FORMAT "] = %" G_GINT64_FORMAT
                        " is out of range [0, %" G_GINT64_FORMAT ")", i, id, segments);
          return;
        }
      for (gint64 k = 0; k < inner && id >= 0; k++)
        {
          const LkText part = lk_text_at (x, i * inner + k);
          g_string_append (texts[id * inner + k], begun[id * inner + k] ? call->attrs[0].s : "");
          g_string_append_len (texts[id * inner + k], part.bytes, part.length);
          begun[id * inner + k] = TRUE;
        }
    }
  for (gint64 i = 0; i < lk_shape_size (&out.shape); i++)
    g_array_index (result.views, LkText, i) = (LkText) { texts[i]->str, texts[i]->len };
  lk_texts_put (&result, call, 0, &out.shape);
}

LK_BLOCK (unsorted_segment_join, .infer = segment_join_infer,
          .shape = "[num_segments] + inputs.shape[segment_ids.rank :]; segment_ids begins as inputs does.",
          .kernel = segment_join_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[4]={Y,q,c,p}; int32[4]={0,2,2,-1}; int32[]={3}", "separator=\":\"" },
                   { "string[2,2]={a,b,c,d}; int64[2]={1,1}; int32[]={2}" }, { "string[0]; int32[0]; int64[]={1}" }));

/* ---- StringNGrams ---- */

static gboolean
ngrams_infer (const LkCall *call, LkSignature *out)
{
  const LkInts *widths = call->attrs[1].ints;
  for (guint i = 0; i < widths->n; i++)
    if (widths->v[i] < 1)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "ngram_widths must contain positive values");
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[1].shape = *lk_rule_shape (call, 1);
  return lk_rule_need_rank (call, 0, 1, "data must be a vector, got shape: %s")
         && lk_rule_need_rank (call, 1, 1, "data_splits must be a vector, got shape: %s");
}

/* How many pads go on each side for n-grams of this width. */
static gint64
pad_of (const LkCall *call, gint64 width)
{
  return call->attrs[4].i < 0 ? width - 1 : MIN (call->attrs[4].i, width - 1);
}

/* The n-gram of width tokens from `from` on, pads included. */
static GString *
gram (const LkCall *call, gint64 first, gint64 n, gint64 from, gint64 width)
{
  const char *separator = call->attrs[0].s;
  GString *text = g_string_new (NULL);
  for (gint64 i = from; i < from + width; i++)
    {
      LkText part = { call->attrs[i < 0 ? 2 : 3].s, strlen (call->attrs[i < 0 ? 2 : 3].s) };
      if (i >= 0 && i < n)
        part = lk_text_at (call->inputs[0], first + i);
      g_string_append (text, i > from ? separator : "");
      g_string_append_len (text, part.bytes, part.length);
    }
  return text;
}

static gboolean
add_row (const LkCall *call, gint64 first, gint64 n, LkTexts *grams)
{
  const LkInts *widths = call->attrs[1].ints;
  const guint before = grams->views->len;
  for (guint w = 0; w < widths->n; w++)
    {
      const gint64 pad = pad_of (call, widths->v[w]), width = widths->v[w];
      if (n > 0 && (pad > MOST_TEXTS || (n + 2 * pad) > MOST_TEXTS / MIN (width, MOST_TEXTS)))
        return lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory for n-grams of width %" G_GINT64_FORMAT, width);
      for (gint64 from = -pad; n > 0 && from + width <= n + pad; from++)
        lk_texts_take (grams, gram (call, first, n, from, width));
    }
  if (grams->views->len == before && call->attrs[5].b && n > 0)
    lk_texts_take (grams, gram (call, first, n, 0, n));
  return TRUE;
}

static void
ngrams_kernel (LkCall *call)
{
  const LkTensor *splits = call->inputs[1];
  LkTensor *ends = lk_call_output (call, 1, &splits->shape);
  g_auto (LkTexts) grams = lk_texts_new (0);
  for (gint64 i = 0; ends != NULL && i < splits->size; i++)
    {
      const gint64 first = i > 0 ? lk_tensor_int_at (splits, i - 1) : 0, end = lk_tensor_int_at (splits, i);
      if (end < first || end > call->inputs[0]->size || (i == 0 && end != 0))
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, i == 0 ? "First split value must be 0, got %" G_GINT64_FORMAT
                        : "Invalid split value %" G_GINT64_FORMAT, end);
          return;
        }
      if (!add_row (call, first, end - first, &grams))
        return;
      if (ends->dtype == LK_INT32)
        ((gint32 *) ends->data)[i] = grams.views->len;
      else
        ((gint64 *) ends->data)[i] = grams.views->len;
    }
  lk_texts_put (&grams, call, 0, NULL);
}

LK_BLOCK (string_n_grams, .infer = ngrams_infer, .shape = "A vector, and splits of the shape of data_splits.",
          .kernel = ngrams_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[4]={a,b,c,d}; int64[3]={0,3,4}",
                     "separator=\" \", ngram_widths=[2], left_pad=\"L\", right_pad=\"R\", pad_width=-1, "
                     "preserve_short_sequences=false" },
                   { "string[1]={a}; int32[2]={0,1}",
                     "separator=\"|\", ngram_widths=[3], left_pad=\"\", right_pad=\"\", pad_width=0, "
                     "preserve_short_sequences=true" }));
