/* SPDX-License-Identifier: MIT */
/* Whole TensorLists: as one tensor and back, resized, added, one behind the other. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/list.h"
#include "engine/ops/rule.h"

/* ---- one tensor ---- */

static gboolean
stack_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = lk_list_shape_of_many (-1, call->attrs[1].shape);
  return TRUE;
}

static gboolean
from_tensor_infer (const LkCall *call, LkSignature *out)
{
  if (call->inputs[0]->shape.rank == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Tensor must be at least a vector, but saw shape: []");
  return lk_infer_scalar (call, out);
}

/* The shape that all elements have; FALSE with an error when they differ. */
static gboolean
common_shape (const LkCall *call, LkShape *shape)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  const LkTensor *first = NULL;
  for (guint i = 0; i < list->n; i++)
    {
      const LkTensor *item = lk_list_item (list, i);
      if (!lk_list_check_item (call, item))
        return FALSE;
      if (item != NULL && first != NULL && !lk_shape_equal (&item->shape, &first->shape))
        {
          g_autofree char *a = lk_shape_text (&first->shape), *b = lk_shape_text (&item->shape);
          return lk_call_fail (call, LK_INVALID_ARGUMENT,
                               "Tried to stack list which contains elements of different shapes: %s and %s", a, b);
        }
      if (item != NULL)
        first = item;
    }
  *shape = first != NULL ? first->shape : lk_list_unset_shape (call->attrs[1].shape);
  return TRUE;
}

static LkTensor *
stack_strings (const LkCall *call, const LkList *list, const LkShape *shape, gint64 each)
{
  const gint64 n = lk_shape_size (shape);
  g_autofree const char **texts = n >= 0 ? g_try_new0 (const char *, n + 1) : NULL;
  g_autofree gsize *lengths = n >= 0 ? g_try_new0 (gsize, n + 1) : NULL;
  if (texts == NULL || lengths == NULL)
    {
      lk_call_fail_memory (call, &(LkSignature) { LK_STRING, *shape });
      return NULL;
    }
  for (gint64 i = 0; i < n; i++)
    {
      const LkTensor *item = lk_list_item (list, i / each);
      texts[i] = item != NULL ? lk_string_at (item, i % each, &lengths[i]) : "";
    }
  return lk_tensor_new_strings (shape, texts, lengths);
}

static void
stack_kernel (LkCall *call)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  LkShape element, shape;
  LkTensor *y;
  if (!common_shape (call, &element))
    return;
  shape = lk_list_shape_of_many (list->n, &element);
  if (call->attrs[0].type == LK_STRING)
    {
      call->outputs[0] = stack_strings (call, list, &shape, lk_shape_size (&element));
      return;
    }
  if ((y = lk_call_output (call, 0, &shape)) == NULL || y->size == 0)
    return;
  gsize bytes = lk_tensor_bytes (y) / list->n;
  for (guint i = 0; i < list->n; i++)
    {
      const LkTensor *item = lk_list_item (list, i);
      if (item != NULL)
        memcpy ((char *) y->data + i * bytes, item->data, bytes);
      else
        memset ((char *) y->data + i * bytes, 0, bytes);
    }
}

static void
stack_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_list_from_tensor (call->ctx, dy[0]);
}

LK_BLOCK (tensor_list_stack, .infer = stack_infer, .shape = "[elements] + element_shape.",
          .kernel = stack_kernel, .gradient = stack_gradient);

LkTensor *
lk_list_rows (LkTensor *x, gint64 first, const LkShape *shape)
{
  const gint64 each = x->shape.dims[0] > 0 ? x->size / x->shape.dims[0] : 0, n = lk_shape_size (shape);
  if (x->dtype != LK_STRING)
    return lk_tensor_new_copy (x->dtype, shape, (char *) x->data + first * each * lk_dtype_size (x->dtype));
  g_autofree const char **texts = g_new0 (const char *, n + 1);
  g_autofree gsize *lengths = g_new0 (gsize, n + 1);
  for (gint64 k = 0; k < n; k++)
    texts[k] = lk_string_at (x, first * each + k, &lengths[k]);
  return lk_tensor_new_strings (shape, texts, lengths);
}

static void
from_tensor_kernel (LkCall *call)
{
  LkTensor *x = call->inputs[0];
  LkShape shape = lk_list_shape_of_one (&x->shape);
  GPtrArray *items = g_ptr_array_new_with_free_func (lk_list_item_free);
  for (gint64 i = 0; i < x->shape.dims[0]; i++)
    g_ptr_array_add (items, lk_list_rows (x, i, &shape));
  call->outputs[0] = lk_list_wrap (items, items->len);
}

static void
from_tensor_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkShape shape = lk_list_shape_of_one (&call->inputs[0]->shape);
  dx[0] = lk_tensor_list_stack (call->ctx, dy[0], call->inputs[0]->dtype, &shape);
}

LK_BLOCK (tensor_list_from_tensor, .infer = from_tensor_infer, .shape = "A scalar, the list; element_shape is that of a row.",
          .kernel = from_tensor_kernel,
          .gradient = from_tensor_gradient);

/* Only gradients add lists: those of two uses of one. */
static void
add_kernel (LkCall *call)
{
  const LkList *a = lk_list_of (call->inputs[0]), *b = lk_list_of (call->inputs[1]);
  guint n = MAX (a->n, b->n);
  GPtrArray *items = g_ptr_array_new_full (n, lk_list_item_free);
  for (guint i = 0; i < n; i++)
    {
      LkTensor *x = i < a->n ? lk_list_item (a, i) : NULL, *y = i < b->n ? lk_list_item (b, i) : NULL;
      LkTensor *sum = x == NULL ? lk_tensor_ref (y) : y == NULL ? lk_tensor_ref (x) : lk_add (call->ctx, x, y);
      g_ptr_array_add (items, sum);
    }
  call->outputs[0] = lk_list_wrap (items, n);
}

static void
add_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_ref (dy[0]);
  dx[1] = lk_tensor_ref (dy[0]);
}

LK_BLOCK (tensor_list_add, .infer = lk_infer_scalar, .kernel = add_kernel, .gradient = add_gradient);

/* ---- other lists ---- */

static gboolean
resize_infer (const LkCall *call, LkSignature *out)
{
  return lk_infer_scalar (call, out) && lk_rule_need_scalar (call, 1, "size");
}

static void
concat_lists_kernel (LkCall *call)
{
  const LkList *a = lk_list_of (call->inputs[0]), *b = lk_list_of (call->inputs[1]);
  if (!lk_list_room (call, (gint64) a->n + b->n))
    return;
  GPtrArray *items = lk_list_copy (a, a->n + b->n);
  for (guint i = 0; i < b->n; i++)
    items->pdata[a->n + i] = lk_list_item (b, i) != NULL ? lk_tensor_ref (lk_list_item (b, i)) : NULL;
  call->outputs[0] = lk_list_wrap (items, items->len);
}

LK_BLOCK (tensor_list_concat_lists, .infer = lk_infer_scalar, .kernel = concat_lists_kernel);

static void
resize_kernel (LkCall *call)
{
  const gint64 n = lk_tensor_int_at (call->inputs[1], 0);
  if (n < 0)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "TensorListSlice expects size to be non-negative. Got: %d", (int) n);
  else if (lk_list_room (call, n))
    call->outputs[0] = lk_list_wrap (lk_list_copy (lk_list_of (call->inputs[0]), n), n);
}

static void
resize_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) n = lk_tensor_list_length (call->ctx, call->inputs[0]);
  dx[0] = lk_tensor_list_resize (call->ctx, dy[0], n);
}

LK_BLOCK (tensor_list_resize, .infer = resize_infer, .shape = "A scalar, the list; size is one too.",
          .kernel = resize_kernel, .gradient = resize_gradient);
