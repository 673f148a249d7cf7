/* SPDX-License-Identifier: MIT */
/* Several elements of TensorLists at once: by number, or one after another. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/elements.h"
#include "engine/ops/list.h"
#include "engine/ops/rule.h"

/* Puts the elements of parts, which have one dtype, behind one another. */
static void
put_joined (LkCall *call, const LkShape *shape, LkTensor *const *parts, guint n, LkDType dtype)
{
  if (dtype == LK_STRING)
    {
      g_autofree LkText *texts = lk_shape_size (shape) >= 0 ? g_try_new (LkText, lk_shape_size (shape) + 1) : NULL;
      gint64 at = 0;
      if (texts == NULL)
        {
          lk_call_fail_memory (call, &(LkSignature) { dtype, *shape });
          return;
        }
      for (guint i = 0; i < n; i++)
        for (gint64 k = 0; k < parts[i]->size; k++)
          texts[at++] = lk_text_at (parts[i], k);
      lk_texts_output (call, 0, shape, texts);
      return;
    }
  LkTensor *y = lk_call_output (call, 0, shape);
  char *to = y != NULL ? y->data : NULL;
  for (guint i = 0; i < n && to != NULL; i++)
    if (parts[i]->size > 0)
      {
        memcpy (to, parts[i]->data, lk_tensor_bytes (parts[i]));
        to += lk_tensor_bytes (parts[i]);
      }
}

/* ---- TensorListGather ---- */

static gboolean
gather_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *indices = lk_rule_shape (call, 1);
  out[0].shape = lk_list_shape_of_many (indices->rank == 1 ? indices->dims[0] : LK_DIM_UNKNOWN, call->attrs[1].shape);
  return lk_rule_need_rank (call, 1, 1, "indices must be a vector, got shape: %s");
}

/* The shape of the elements at indices: of the first that is set, or the declared one. */
static gboolean
gathered_shape (const LkCall *call, const LkList *list, LkShape *shape)
{
  const LkTensor *indices = call->inputs[1], *first = NULL;
  *shape = lk_list_unset_shape (call->attrs[1].shape);
  for (gint64 k = 0; k < indices->size; k++)
    {
      const gint64 i = lk_tensor_int_at (indices, k);
      if (i < 0 || i >= list->n)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Trying to gather element %" G_GINT64_FORMAT
                             " in a list with %u elements.", i, list->n);
      const LkTensor *item = lk_list_item (list, i);
      if (!lk_list_check_item (call, item))
        return FALSE;
      if (item != NULL && first != NULL && !lk_shape_equal (&item->shape, &first->shape))
        {
          g_autofree char *a = lk_shape_text (&first->shape), *b = lk_shape_text (&item->shape);
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "Tried to gather uninitialized or differently shaped elements: "
                               "%s and %s", a, b);
        }
      first = item != NULL ? item : first;
    }
  if (first != NULL)
    *shape = first->shape;
  else if (!lk_shape_known (call->attrs[1].shape) && call->attrs[1].shape->rank != LK_RANK_UNKNOWN)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "TensorListGather needs a known element_shape where no element is set");
  return TRUE;
}

static void
gather_kernel (LkCall *call)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  const LkTensor *indices = call->inputs[1];
  LkShape shape;
  if (!gathered_shape (call, list, &shape))
    return;
  g_autoptr (LkTensor) zero = lk_list_zero (call, call->attrs[0].type, &shape);
  g_autofree LkTensor **parts = g_new (LkTensor *, indices->size + 1);
  if (zero == NULL)
    return;
  for (gint64 k = 0; k < indices->size; k++)
    {
      LkTensor *item = lk_list_item (list, lk_tensor_int_at (indices, k));
      parts[k] = item != NULL ? item : zero;
    }
  shape = lk_list_shape_of_many (indices->size, &shape);
  put_joined (call, &shape, parts, indices->size, call->attrs[0].type);
}

static void
gather_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) n = lk_tensor_list_length (call->ctx, call->inputs[0]);
  dx[0] = lk_tensor_list_scatter_v2 (call->ctx, dy[0], call->inputs[1], n, call->attrs[1].shape);
}

LK_BLOCK (tensor_list_gather, .infer = gather_infer, .shape = "[indices] + element_shape.",
          .kernel = gather_kernel, .gradient = gather_gradient);

/* ---- TensorListScatterV2, TensorListScatterIntoExistingList ---- */

#define SCATTER_SHAPE "A scalar, the list; indices are as many as the tensor has rows."

static gboolean
scatter_infer (const LkCall *call, LkSignature *out)
{
  const guint tensor = call->op->index == LK_OP_TENSOR_LIST_SCATTER_V2 ? 0 : 1;
  const LkShape *x = lk_rule_shape (call, tensor), *indices = lk_rule_shape (call, tensor + 1);
  out[0].shape = LK_SCALAR;
  if (!lk_rule_need_min_rank (call, tensor, 1, "Tensor must be at least a vector, but saw shape: %s")
      || !lk_rule_need_rank (call, tensor + 1, 1, "indices must be a vector, got shape: %s"))
    return FALSE;
  if (x->rank != LK_RANK_UNKNOWN && indices->rank == 1 && x->dims[0] >= 0 && indices->dims[0] >= 0
      && x->dims[0] != indices->dims[0])
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid number of rows in input tensor. Expected %" G_GINT64_FORMAT
                         " Actual: %" G_GINT64_FORMAT, indices->dims[0], x->dims[0]);
  return tensor == 1 || lk_rule_need_scalar (call, 2, "num_elements");
}

static void
scatter (LkCall *call, GPtrArray *items, LkTensor *x, const LkTensor *indices, gboolean grows)
{
  const LkShape shape = lk_list_shape_of_one (&x->shape);
  for (gint64 k = 0; k < indices->size; k++)
    {
      const gint64 i = lk_tensor_int_at (indices, k);
      if (grows && !lk_list_room (call, i + 1))
        {
          g_ptr_array_unref (items);
          return;
        }
      if (i < 0 || (!grows && i >= items->len))
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, i < 0 ? "Indices in TensorListScatter must all be non-negative."
                        : "TensorListScatter: Trying to scatter at index %" G_GINT64_FORMAT
                        " in list with size %u", i, items->len);
          g_ptr_array_unref (items);
          return;
        }
      if (i >= items->len)
        g_ptr_array_set_size (items, i + 1);
      lk_tensor_unref (items->pdata[i]);
      items->pdata[i] = lk_list_rows (x, k, &shape);
    }
  call->outputs[0] = lk_list_wrap (items, items->len);
}

static void
scatter_kernel (LkCall *call)
{
  const gint64 n = lk_tensor_int_at (call->inputs[2], 0);
  GPtrArray *items = g_ptr_array_new_with_free_func (lk_list_item_free);
  if (!lk_list_room (call, n))
    {
      g_ptr_array_unref (items);
      return;
    }
  g_ptr_array_set_size (items, MAX (n, 0));
  scatter (call, items, call->inputs[0], call->inputs[1], n < 0);
}

static void
scatter_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkShape shape = lk_list_shape_of_one (&call->inputs[0]->shape);
  dx[0] = lk_tensor_list_gather (call->ctx, dy[0], call->inputs[1], call->inputs[0]->dtype, &shape);
}

LK_BLOCK (tensor_list_scatter_v2, .infer = scatter_infer, .shape = SCATTER_SHAPE, .kernel = scatter_kernel,
          .gradient = scatter_gradient);

static void
into_kernel (LkCall *call)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  scatter (call, lk_list_copy (list, list->n), call->inputs[1], call->inputs[2], FALSE);
}

static void
into_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *x = call->inputs[1];
  const LkShape shape = lk_list_shape_of_one (&x->shape);
  g_autoptr (LkTensor) zeros = lk_zeros_like (call->ctx, x);
  dx[0] = lk_tensor_list_scatter_into_existing_list (call->ctx, dy[0], zeros, call->inputs[2]);
  dx[1] = lk_tensor_list_gather (call->ctx, dy[0], call->inputs[2], x->dtype, &shape);
}

LK_BLOCK (tensor_list_scatter_into_existing_list, .infer = scatter_infer, .shape = SCATTER_SHAPE, .kernel = into_kernel,
          .gradient = into_gradient);

/* ---- TensorListConcatV2, TensorListSplit ---- */

static gboolean
concat_infer (const LkCall *call, LkSignature *out)
{
  const LkShape rest = lk_list_shape_of_one (call->attrs[1].shape);
  out[0].shape = lk_list_shape_of_many (LK_DIM_UNKNOWN, &rest);
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  return lk_rule_need_rank (call, 1, 1, "leading_dims must be a vector, got shape: %s")
         && (call->attrs[1].shape->rank != 0
             || lk_call_fail (call, LK_INVALID_ARGUMENT, "Concat requires elements to be at least vectors, found scalars "
                              "instead."));
}

/* Elements that are not set take their first dimension from leading_dims, and the rest from the others. */
static LkTensor *
missing_part (const LkCall *call, guint i, const LkShape *rest)
{
  const LkTensor *leading = call->inputs[1];
  const LkShape *declared = call->attrs[1].shape;
  const gint64 first = i < leading->size ? lk_tensor_int_at (leading, i)
                       : declared->rank > 0 && declared->rank != LK_RANK_UNKNOWN ? declared->dims[0] : -1;
  const LkShape shape = lk_list_shape_of_many (first, rest);
  if (first >= 0)
    return lk_list_zero (call, call->attrs[0].type, &shape);
  lk_call_fail (call, LK_INVALID_ARGUMENT, "Concat requires every element to have a known first dimension, but element %u "
                "was never set", i);
  return NULL;
}

static gboolean
concat_rest (const LkCall *call, const LkList *list, LkShape *rest)
{
  const LkTensor *seen = NULL;
  const LkShape declared = lk_list_shape_of_one (call->attrs[1].shape);
  *rest = lk_shape_size (&declared) >= 0 ? declared : LK_SCALAR;
  for (guint i = 0; i < list->n; i++)
    {
      const LkTensor *item = lk_list_item (list, i);
      if (item == NULL)
        continue;
      if (!lk_list_check_item (call, item))
        return FALSE;
      if (item->shape.rank == 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Concat saw a scalar shape at index %u but requires at least "
                             "vectors.", i);
      const LkShape here = lk_list_shape_of_one (&item->shape);
      if (seen != NULL && !lk_shape_equal (&here, rest))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Tried to concat tensors with unequal shapes besides the first "
                             "dimension");
      *rest = here;
      seen = item;
    }
  if (seen == NULL && declared.rank != LK_RANK_UNKNOWN && !lk_shape_known (&declared))
    {
      g_autofree char *shape = lk_shape_text (call->attrs[1].shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "All except the first dimension must be fully defined when concating an "
                           "empty tensor list. element_shape: %s", shape);
    }
  return TRUE;
}

static void
concat_kernel (LkCall *call)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  LkShape rest;
  if (!concat_rest (call, list, &rest))
    return;
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (lk_list_item_free);
  LkTensor *lengths = lk_call_output (call, 1, LK_SHAPE_REF (list->n));
  gint64 total = 0;
  for (guint i = 0; lengths != NULL && i < list->n; i++)
    {
      LkTensor *item = lk_list_item (list, i);
      LkTensor *part = item != NULL ? lk_tensor_ref (item) : missing_part (call, i, &rest);
      if (part == NULL)
        return;
      g_ptr_array_add (parts, part);
      if (__builtin_add_overflow (total, ((gint64 *) lengths->data)[i] = part->shape.dims[0], &total))
        {
          lk_call_fail_memory (call, &(LkSignature) { call->attrs[0].type, part->shape });
          return;
        }
    }
  rest = lk_list_shape_of_many (total, &rest);
  put_joined (call, &rest, (LkTensor *const *) parts->pdata, parts->len, call->attrs[0].type);
}

static void
concat_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_list_split (call->ctx, dy[0], call->outputs[1], call->attrs[1].shape);
}

LK_BLOCK (tensor_list_concat_v2, .infer = concat_infer,
          .shape = "[sum of lengths] + element_shape[1 :], and a vector of lengths.",
          .kernel = concat_kernel, .gradient = concat_gradient);

static gboolean
split_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SCALAR;
  return lk_rule_need_min_rank (call, 0, 1, "Tensor must be at least a vector, but saw shape: %s")
         && lk_rule_need_rank (call, 1, 1, "Expected lengths to be a vector, received shape: %s");
}

static void
split_kernel (LkCall *call)
{
  LkTensor *x = call->inputs[0];
  const LkTensor *lengths = call->inputs[1];
  const gint64 rows = x->shape.dims[0];
  gint64 at = 0;
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (lk_list_item_free);
  for (gint64 i = 0; i < lengths->size; i++)
    {
      const gint64 length = lk_tensor_int_at (lengths, i);
      LkShape shape = x->shape;
      if (length < 0 || length > rows - at)
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, length < 0 ? "Invalid value in lengths: %" G_GINT64_FORMAT
                        : "Attempting to slice %" G_GINT64_FORMAT " rows of %" G_GINT64_FORMAT ", of which %"
                        G_GINT64_FORMAT " are left", length, rows, rows - at);
          return;
        }
      shape.dims[0] = length;
      g_ptr_array_add (items, lk_list_rows (x, at, &shape));
      at += length;
    }
  if (at != rows)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "Unused values in tensor. Length of tensor: %" G_GINT64_FORMAT
                  " Values used: %" G_GINT64_FORMAT, rows, at);
  else
    call->outputs[0] = lk_list_wrap (g_ptr_array_ref (items), items->len);
}

static void
split_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *parts[2] = { NULL };
  LkShape shape = call->inputs[0]->shape;
  if (shape.rank != LK_RANK_UNKNOWN)
    shape.dims[0] = LK_DIM_UNKNOWN;
  lk_tensor_list_concat_v2 (call->ctx, dy[0], call->inputs[1], call->inputs[0]->dtype, &shape, parts);
  dx[0] = parts[0];
  lk_tensor_unref (parts[1]);
}

LK_BLOCK (tensor_list_split, .infer = split_infer, .shape = "A scalar, the list; lengths add up to the tensor's rows.",
          .kernel = split_kernel, .gradient = split_gradient);
