/* SPDX-License-Identifier: MIT */
/* Examples of TFRecord files into tensors: ParseExampleV2. Its outputs are one list: the indices of all sparse features,
   their values, their shapes; the dense features; the values of the ragged ones, their splits. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/formats/tensor.pb-c.h"
#include "engine/ops/rule.h"
#include "engine/ops/text.h"

enum { SERIALIZED, NAMES, SPARSE_KEYS, DENSE_KEYS, RAGGED_KEYS, DEFAULTS };                 /* inputs */
enum { NUM_SPARSE, SPARSE_TYPES, RAGGED_TYPES, SPLIT_TYPES, DENSE_SHAPES };                 /* attributes */

typedef Lockstep__Feature Feature;

/* What has been read of one feature, of all examples so far. */
typedef struct
{
  LkDType dtype;
  GByteArray *numbers;
  LkTexts texts;
  GArray *ends;           /* gint64: the number of values after each example */
  gint64 n;
} Column;

static void
column_init (Column *column, LkDType dtype)
{
  *column = (Column) { dtype, g_byte_array_new (), lk_texts_new (0), g_array_new (FALSE, FALSE, sizeof (gint64)), 0 };
}

static void
column_clear (Column *column)
{
  g_byte_array_unref (column->numbers);
  lk_texts_clear (&column->texts);
  g_array_unref (column->ends);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Column, column_clear)

static gboolean
parse_infer (const LkCall *call, LkSignature *out)
{
  const LkAttr *a = call->attrs;
  const gint64 sparse = a[NUM_SPARSE].i, ragged = a[RAGGED_TYPES].ints->n, dense = call->n_inputs - DEFAULTS;
  const gboolean batched = lk_rule_shape (call, SERIALIZED)->rank == 1;
  guint k = 0;
  if (sparse < 0 || sparse != a[SPARSE_TYPES].ints->n || ragged != a[SPLIT_TYPES].ints->n
      || call->n_outputs != 3 * sparse + dense + 2 * ragged)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "len of types and keys and the number of outputs must fit: %"
                         G_GINT64_FORMAT " sparse, %" G_GINT64_FORMAT " dense, %" G_GINT64_FORMAT " ragged, %u outputs",
                         sparse, dense, ragged, call->n_outputs);
  if (lk_rule_rank_known (call, SERIALIZED) && lk_rule_shape (call, SERIALIZED)->rank > 1)
    return lk_rule_need_rank (call, SERIALIZED, 1, "serialized must be a scalar or a vector, got shape: %s");
  for (guint i = 0; i < call->n_outputs; i++)
    out[i] = (LkSignature) { LK_INT64, LK_SHAPE (LK_DIM_UNKNOWN) };
  for (k = 0; k < sparse; k++)
    {
      out[k].shape = LK_SHAPE (LK_DIM_UNKNOWN, lk_rule_rank_known (call, SERIALIZED) ? 1 + batched : LK_DIM_UNKNOWN);
      out[sparse + k].dtype = a[SPARSE_TYPES].ints->v[k];
    }
  for (gint64 i = 0; i < dense; i++)
    out[3 * sparse + i] = (LkSignature) { call->inputs[DEFAULTS + i]->dtype, LK_SHAPE_UNKNOWN };
  for (gint64 i = 0; i < ragged; i++)
    {
      out[3 * sparse + dense + i].dtype = a[RAGGED_TYPES].ints->v[i];
      out[3 * sparse + dense + ragged + i].dtype = a[SPLIT_TYPES].ints->v[i];
    }
  return TRUE;
}

/* ---- reading ---- */

static const Feature *
find_feature (const Lockstep__Example *example, LkText key)
{
  const Lockstep__Features *all = example->features;
  for (gsize i = all != NULL ? all->n_feature : 0; i-- > 0;)
    if (strlen (all->feature[i]->key) == key.length && memcmp (all->feature[i]->key, key.bytes, key.length) == 0)
      return all->feature[i]->value;
  return NULL;
}

static LkDType
dtype_of_feature (const Feature *feature)
{
  switch (feature->kind_case)
    {
    case LOCKSTEP__FEATURE__KIND_BYTES_LIST: return LK_STRING;
    case LOCKSTEP__FEATURE__KIND_FLOAT_LIST: return LK_FLOAT32;
    case LOCKSTEP__FEATURE__KIND_INT64_LIST: return LK_INT64;
    default: return LK_INVALID;
    }
}

static gint64
append_feature (Column *column, const Feature *feature)
{
  switch (feature->kind_case)
    {
    case LOCKSTEP__FEATURE__KIND_BYTES_LIST:
      for (gsize i = 0; i < feature->bytes_list->n_value; i++)
        lk_texts_take (&column->texts, g_string_new_len ((const char *) feature->bytes_list->value[i].data,
                                                         feature->bytes_list->value[i].len));
      return feature->bytes_list->n_value;
    case LOCKSTEP__FEATURE__KIND_FLOAT_LIST:
      g_byte_array_append (column->numbers, (const guint8 *) feature->float_list->value,
                           feature->float_list->n_value * sizeof (float));
      return feature->float_list->n_value;
    default:
      g_byte_array_append (column->numbers, (const guint8 *) feature->int64_list->value,
                           feature->int64_list->n_value * sizeof (gint64));
      return feature->int64_list->n_value;
    }
}

/* Elements first … of a tensor, as often as there are rows. */
static void
append_default (Column *column, const LkTensor *fallback, gint64 first, gint64 n)
{
  const gsize size = lk_dtype_size (column->dtype);
  for (gint64 i = first; i < first + n; i++)
    {
      const gint64 at = fallback->size > 0 ? i % fallback->size : 0;
      if (column->dtype != LK_STRING)
        g_byte_array_append (column->numbers, (const guint8 *) fallback->data + at * size, size);
      else
        {
          const LkText text = lk_text_at (fallback, at);
          lk_texts_add (&column->texts, text.bytes, text.length);
        }
    }
  column->n += n;
}

static LkText
name_of (const LkCall *call, gint64 example)
{
  return example < call->inputs[NAMES]->size ? lk_text_at (call->inputs[NAMES], example) : (LkText) { "<unknown>", 9 };
}

static gboolean
check_kind (const LkCall *call, const Feature *feature, LkDType dtype, LkText key, gint64 example)
{
  const LkDType found = dtype_of_feature (feature);
  const LkText name = name_of (call, example);
  return found == dtype
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Name: %.*s, Key: %.*s, Index: %" G_GINT64_FORMAT ".  Data types don't "
                          "match. Data type: %s but expected type: %s", (int) name.length, name.bytes, (int) key.length,
                          key.bytes, example, lk_dtype_kernel_name (found), lk_dtype_kernel_name (dtype));
}

/* Appends what the example has under key, if it has any. */
static gboolean
read_feature (const LkCall *call, const Lockstep__Example *example, gint64 number, LkText key, Column *column)
{
  const Feature *feature = find_feature (example, key);
  if (feature != NULL && feature->kind_case != LOCKSTEP__FEATURE__KIND__NOT_SET)
    {
      if (!check_kind (call, feature, column->dtype, key, number))
        return FALSE;
      column->n += append_feature (column, feature);
    }
  g_array_append_val (column->ends, column->n);
  return TRUE;
}

/* ---- dense features ---- */

/* Shape number i of the attribute, which has for each its rank and then its sizes. */
static gboolean
dense_shape (const LkCall *call, guint i, LkShape *shape)
{
  const LkInts *all = call->attrs[DENSE_SHAPES].ints;
  guint at = 0;
  for (guint k = 0;; k++)
    {
      const gint64 rank = at < all->n ? all->v[at] : -1;
      if (rank < 0 || rank >= LK_MAX_RANK || at + rank >= all->n)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "dense_shapes does not say what shape dense feature %u has", i);
      if (k == i)
        *shape = lk_shape_of (rank, all->v + at + 1);
      if (k == i)
        return TRUE;
      at += rank + 1;
    }
}

static gboolean
read_dense (const LkCall *call, const Lockstep__Example *example, gint64 number, guint i, const LkShape *shape, gint64 each,
            Column *column)
{
  const LkText key = lk_text_at (call->inputs[DENSE_KEYS], i), name = name_of (call, number);
  const LkTensor *fallback = call->inputs[DEFAULTS + i];
  const gint64 before = column->n;
  const gboolean varies = shape->rank > 0 && shape->dims[0] < 0;
  if (!read_feature (call, example, number, key, column))
    return FALSE;
  const gint64 n = column->n - before;
  if (find_feature (example, key) == NULL && !varies)
    {
      if (fallback->size == 0 && each > 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Name: %.*s, Feature: %.*s (data type: %s) is required but could "
                             "not be found.", (int) name.length, name.bytes, (int) key.length, key.bytes,
                             lk_dtype_kernel_name (column->dtype));
      append_default (column, fallback, 0, each);
    }
  else if (varies ? each > 0 && n % each != 0 : n != each)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Name: %.*s, Key: %.*s, Index: %" G_GINT64_FORMAT ".  Number of %s "
                           "values != expected.  values size: %" G_GINT64_FORMAT " but output shape: %s", (int) name.length,
                           name.bytes, (int) key.length, key.bytes, number, lk_dtype_kernel_name (column->dtype), n, text);
    }
  return TRUE;
}

/* ---- outputs ---- */

static gboolean
new_output (LkCall *call, guint i, LkDType dtype, const LkShape *shape)
{
  call->outputs[i] = lk_tensor_new (dtype, shape);
  return call->outputs[i] != NULL || lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating a parsed feature");
}

static void
put_values (LkCall *call, guint i, Column *column, const LkShape *shape)
{
  if (column->dtype == LK_STRING)
    lk_texts_put (&column->texts, call, i, shape);
  else if (new_output (call, i, column->dtype, shape) && column->numbers->len > 0)
    memcpy (call->outputs[i]->data, column->numbers->data, column->numbers->len);
}

static gint64
begin_of (const Column *column, guint example)
{
  return example > 0 ? g_array_index (column->ends, gint64, example - 1) : 0;
}

static void
put_sparse (LkCall *call, guint i, guint n, Column *column, gboolean batched)
{
  const guint width = 1 + batched;
  gint64 longest = 0;
  if (!new_output (call, i, LK_INT64, LK_SHAPE_REF (column->n, width)) || !new_output (call, 2 * n + i, LK_INT64, LK_SHAPE_REF (width)))
    return;
  gint64 *pair = call->outputs[i]->data, *shape = call->outputs[2 * n + i]->data;
  for (guint row = 0; row < column->ends->len; row++)
    for (gint64 first = begin_of (column, row), k = first; k < g_array_index (column->ends, gint64, row); k++)
      {
        if (batched)
          *pair++ = row;
        *pair++ = k - first;
        longest = MAX (longest, k - first + 1);
      }
  shape[0] = column->ends->len;
  shape[width - 1] = longest;
  put_values (call, n + i, column, LK_SHAPE_REF (column->n));
}

static void
put_ragged (LkCall *call, guint values, guint splits, Column *column, LkDType dtype, gboolean batched)
{
  const gint64 n = batched ? column->ends->len + 1 : 0;
  put_values (call, values, column, LK_SHAPE_REF (column->n));
  if (!new_output (call, splits, dtype, LK_SHAPE_REF (n)))
    return;
  for (guint i = 0; i < n; i++)
    if (dtype == LK_INT32)
      ((gint32 *) call->outputs[splits]->data)[i] = (gint32) begin_of (column, i);
    else
      ((gint64 *) call->outputs[splits]->data)[i] = begin_of (column, i);
}

/* Rows of different lengths are filled up to the longest. */
static void
pad_rows (Column *column, const LkTensor *fallback, gint64 longest)
{
  Column padded;
  const gsize size = lk_dtype_size (column->dtype);
  column_init (&padded, column->dtype);
  for (guint row = 0; row < column->ends->len; row++)
    {
      const gint64 begin = begin_of (column, row), n = g_array_index (column->ends, gint64, row) - begin;
      if (column->dtype == LK_STRING)
        for (gint64 k = 0; k < n; k++)
          {
            const LkText text = g_array_index (column->texts.views, LkText, begin + k);
            lk_texts_take (&padded.texts, g_string_new_len (text.bytes, text.length));
          }
      else if (n > 0)
        g_byte_array_append (padded.numbers, column->numbers->data + begin * size, n * size);
      const guint8 zeros[16] = { 0 };
      for (gint64 k = n; k < longest; k++)
        if (fallback->size > 0)
          append_default (&padded, fallback, 0, 1);
        else if (column->dtype == LK_STRING)
          lk_texts_add (&padded.texts, "", 0);
        else
          g_byte_array_append (padded.numbers, zeros, size);
    }
  g_array_append_vals (padded.ends, column->ends->data, column->ends->len);
  column_clear (column);
  *column = padded;
}

static void
put_dense (LkCall *call, guint output, guint i, Column *column, LkShape shape, gint64 each, gboolean batched)
{
  if (shape.rank > 0 && shape.dims[0] < 0)
    {
      gint64 longest = 0;
      for (guint row = 0; row < column->ends->len; row++)
        longest = MAX (longest, g_array_index (column->ends, gint64, row) - begin_of (column, row));
      pad_rows (column, call->inputs[DEFAULTS + i], longest);
      shape.dims[0] = each > 0 ? longest / each : 0;
    }
  if (batched)
    {
      memmove (shape.dims + 1, shape.dims, shape.rank++ * sizeof *shape.dims);
      shape.dims[0] = column->ends->len;
    }
  put_values (call, output, column, &shape);
}

/* ---- the kernel ---- */

typedef struct
{
  guint n;
  Lockstep__Example **all;
} Examples;

static void
examples_clear (Examples *examples)
{
  for (guint i = 0; i < examples->n; i++)
    if (examples->all[i] != NULL)
      lockstep__example__free_unpacked (examples->all[i], NULL);
  g_free (examples->all);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Examples, examples_clear)

static gboolean
unpack (const LkCall *call, Examples *examples)
{
  const LkTensor *x = call->inputs[SERIALIZED];
  *examples = (Examples) { x->size, g_new0 (Lockstep__Example *, x->size + 1) };
  for (gint64 i = 0; i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      examples->all[i] = lockstep__example__unpack (NULL, text.length, (const guint8 *) text.bytes);
      if (examples->all[i] == NULL)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Could not parse example input, value: '%.*s'",
                             (int) MIN (text.length, 200), text.bytes);
    }
  return TRUE;
}

static gboolean
parse_one (LkCall *call, const Examples *examples, guint key_input, guint i, Column *column)
{
  if (i >= call->inputs[key_input]->size)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "there are more types than keys: %" G_GINT64_FORMAT,
                         call->inputs[key_input]->size);
  for (guint k = 0; k < examples->n; k++)
    if (!read_feature (call, examples->all[k], k, lk_text_at (call->inputs[key_input], i), column))
      return FALSE;
  return TRUE;
}

static gboolean
parse_dense (LkCall *call, const Examples *examples, guint output, guint i)
{
  g_auto (Column) column;
  LkShape shape, inner;
  column_init (&column, call->inputs[DEFAULTS + i]->dtype);
  if (i >= call->inputs[DENSE_KEYS]->size)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "there are more defaults than dense keys");
  if (!dense_shape (call, i, &shape))
    return FALSE;
  inner = shape;
  if (shape.rank > 0 && shape.dims[0] < 0)
    inner.dims[0] = 1;
  const gint64 each = lk_shape_size (&inner);
  if (each < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "only the first dimension of a dense feature may be unknown");
  for (guint k = 0; k < examples->n; k++)
    if (!read_dense (call, examples->all[k], k, i, &shape, each, &column))
      return FALSE;
  put_dense (call, output, i, &column, shape, each, call->inputs[SERIALIZED]->shape.rank == 1);
  return TRUE;
}

static void
parse_kernel (LkCall *call)
{
  const LkAttr *a = call->attrs;
  const guint sparse = a[NUM_SPARSE].i, ragged = a[RAGGED_TYPES].ints->n, dense = call->n_inputs - DEFAULTS;
  const gboolean batched = call->inputs[SERIALIZED]->shape.rank == 1;
  g_auto (Examples) examples = { 0, NULL };
  if (!unpack (call, &examples))
    return;
  for (guint i = 0; i < sparse; i++)
    {
      g_auto (Column) column;
      column_init (&column, a[SPARSE_TYPES].ints->v[i]);
      if (!parse_one (call, &examples, SPARSE_KEYS, i, &column))
        return;
      put_sparse (call, i, sparse, &column, batched);
    }
  for (guint i = 0; i < dense; i++)
    if (!parse_dense (call, &examples, 3 * sparse + i, i))
      return;
  for (guint i = 0; i < ragged; i++)
    {
      g_auto (Column) column;
      column_init (&column, a[RAGGED_TYPES].ints->v[i]);
      if (!parse_one (call, &examples, RAGGED_KEYS, i, &column))
        return;
      put_ragged (call, 3 * sparse + dense + i, 3 * sparse + dense + ragged + i, &column, a[SPLIT_TYPES].ints->v[i], batched);
    }
}

/* An example with {"a": [1, 2], "b": ["xyz"]}, behind a field that nobody knows: samples do not begin with white space. */
#define BYTES "\x78\x01\x0a\x1b\x0a\x0b\x0a\x01" "a\x12\x06\x1a\x04\x0a\x02\x01\x02\x0a\x0c\x0a\x01" "b\x12\x07\x0a\x05\x0a\x03xyz"
LK_BLOCK (parse_example, .infer = parse_infer,
          .shape = "Of each sparse feature [n, 1 or 2], [n] and [1 or 2]; of dense ones batch and dense_shape; of ragged ones "
                   "[n] and [rows + 1].",
          .kernel = parse_kernel, .provenance = lk_all_elements,
          .samples = (const LkSample[]) {
            { "string[1]={" BYTES "}; string[0]; string[1]={a}; string[1]={b}; string[0]; string[0]",
              "num_sparse=1, sparse_types=[int64], ragged_value_types=[], ragged_split_types=[], dense_shapes=[0], "
              "num_outputs=4" }, { NULL } });
