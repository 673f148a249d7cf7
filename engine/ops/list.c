/* SPDX-License-Identifier: MIT */
/* TensorLists. An element that was never set is zero: it takes its shape from the others or from the declaration, and is 1
   along what neither tells, which broadcasts. */
#include "engine/ops/gradient.h"
#include "engine/ops/list.h"
#include <string.h>
#include "engine/eager/dispatch.h"
#include "engine/ops/rule.h"

#define MOST_ITEMS (1 << 26)    /* more would not be meant */

void
lk_list_item_free (gpointer tensor)
{
  lk_tensor_unref (tensor);
}

static void
list_free (void *owner)
{
  LkList *list = owner;
  g_ptr_array_unref (list->items);
  g_free (list);
}

LkTensor *
lk_list_wrap (GPtrArray *items, guint n)
{
  LkList *list = g_new (LkList, 1);
  *list = (LkList) { items, n };
  return lk_tensor_new_buffer (LK_VARIANT, &LK_SCALAR, lk_buffer_new_foreign (list, 0, list_free, list), 0);
}

const LkList *
lk_list_of (const LkTensor *tensor)
{
  return tensor->data;
}

LkTensor *
lk_list_item (const LkList *list, guint i)
{
  return g_ptr_array_index (list->items, i);
}

LkTensor *
lk_list_new (void)
{
  return lk_list_wrap (g_ptr_array_new_with_free_func (lk_list_item_free), 0);
}

LkTensor *
lk_list_new_zeros (guint n)
{
  GPtrArray *items = g_ptr_array_new_with_free_func (lk_list_item_free);
  g_ptr_array_set_size (items, n);
  return lk_list_wrap (items, n);
}

guint
lk_list_length (const LkTensor *list)
{
  return lk_list_of (list)->n;
}

GPtrArray *
lk_list_copy (const LkList *list, guint n)
{
  GPtrArray *items = g_ptr_array_new_full (n, lk_list_item_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (items, i < list->n ? lk_tensor_ref (lk_list_item (list, i)) : NULL);
  return items;
}

gboolean
lk_list_room (const LkCall *call, gint64 n)
{
  return n <= MOST_ITEMS
         || lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory for a list of %" G_GINT64_FORMAT " elements", n);
}

LkShape
lk_list_shape_of_one (const LkShape *many)
{
  LkShape rest = *many;
  if (many->rank == LK_RANK_UNKNOWN || many->rank == 0)
    return LK_SHAPE_UNKNOWN;
  rest.rank--;
  memmove (rest.dims, rest.dims + 1, rest.rank * sizeof *rest.dims);
  return rest;
}

LkShape
lk_list_shape_of_many (gint64 n, const LkShape *element)
{
  LkShape result = LK_SHAPE (n);
  if (element->rank == LK_RANK_UNKNOWN || element->rank == LK_MAX_RANK)
    return LK_SHAPE_UNKNOWN;
  result.rank = element->rank + 1;
  memcpy (result.dims + 1, element->dims, element->rank * sizeof *element->dims);
  return result;
}

/* ---- shape rules ---- */

static gboolean
reserve_infer (const LkCall *call, LkSignature *out)
{
  return lk_infer_scalar (call, out) && lk_rule_need_scalar (call, 0, "num_elements");
}

static gboolean
get_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = *call->attrs[1].shape;
  return lk_rule_need_scalar (call, 1, "index");
}

static gboolean
set_infer (const LkCall *call, LkSignature *out)
{
  return lk_infer_scalar (call, out) && lk_rule_need_scalar (call, 1, "index");
}

static gboolean
pop_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SCALAR;
  out[1].shape = *call->attrs[1].shape;
  return TRUE;
}

/* ---- elements ---- */

LkShape
lk_list_unset_shape (const LkShape *declared)
{
  LkShape shape = declared->rank == LK_RANK_UNKNOWN ? LK_SCALAR : *declared;
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = shape.dims[i] < 0 ? 1 : shape.dims[i];
  return shape;
}

static LkTensor *
strings_of_nothing (const LkShape *shape)
{
  const gint64 n = lk_shape_size (shape);
  g_autofree const char **texts = n >= 0 && n < MOST_ITEMS ? g_new (const char *, n + 1) : NULL;
  for (gint64 i = 0; texts != NULL && i < n; i++)
    texts[i] = "";
  return texts != NULL ? lk_tensor_new_strings (shape, texts, NULL) : NULL;
}

LkTensor *
lk_list_zero (const LkCall *call, LkDType dtype, const LkShape *shape)
{
  LkSignature out = { dtype, lk_list_unset_shape (shape) };
  LkTensor *zero = dtype == LK_STRING ? strings_of_nothing (&out.shape) : lk_tensor_new (dtype, &out.shape);
  if (zero == NULL)
    lk_call_fail_memory (call, &out);
  else if (dtype != LK_STRING && zero->size > 0)
    memset (zero->data, 0, lk_tensor_bytes (zero));
  return zero;
}

gboolean
lk_list_check_item (const LkCall *call, const LkTensor *item)
{
  const LkDType dtype = call->attrs[0].type;
  if (item == NULL)
    return TRUE;
  if (item->dtype != dtype)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid data types; op elements %s, but list elements %s",
                         lk_dtype_name (dtype), lk_dtype_name (item->dtype));
  if (lk_shape_compatible (&item->shape, call->attrs[1].shape))
    return TRUE;
  g_autofree char *is = lk_shape_text (&item->shape), *wanted = lk_shape_text (call->attrs[1].shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Incompatible shapes: a list element has shape %s, element_shape is %s",
                       is, wanted);
}

static gboolean
check_index (const LkCall *call, gint64 i, guint n)
{
  if (i >= 0 && i < n)
    return TRUE;
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Trying to access element %" G_GINT64_FORMAT " in a list with %u elements.",
                       i, n);
}

/* NULL after an error. */
static LkTensor *
item_or_zero (const LkCall *call, guint i)
{
  LkTensor *item = lk_list_item (lk_list_of (call->inputs[0]), i);
  if (item == NULL)
    return lk_list_zero (call, call->attrs[0].type, call->attrs[1].shape);
  return lk_list_check_item (call, item) ? lk_tensor_new_alias (item, &item->shape) : NULL;
}

/* ---- making ---- */

static void
empty_kernel (LkCall *call)
{
  call->outputs[0] = lk_list_new ();
}

LK_BLOCK (empty_tensor_list, .infer = lk_infer_scalar, .kernel = empty_kernel);

static void
reserve_kernel (LkCall *call)
{
  gint64 n = lk_tensor_int_at (call->inputs[0], 0);
  if (n < 0)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "The num_elements to reserve must be a non negative number, but got %d",
                  (int) n);
  else if (lk_list_room (call, n))
    call->outputs[0] = lk_list_new_zeros (n);
}

LK_BLOCK (tensor_list_reserve, .infer = reserve_infer, .shape = "A scalar, the list; num_elements is one too.",
          .kernel = reserve_kernel);

static void
length_kernel (LkCall *call)
{
  *(gint32 *) call->outputs[0]->data = lk_list_length (call->inputs[0]);
}

LK_BLOCK (tensor_list_length, .infer = lk_infer_scalar, .kernel = length_kernel);

/* ---- at the end ---- */

/* The newest of the lists that share an array grows it; the others get their own. */
static void
push_kernel (LkCall *call)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  GPtrArray *items = list->n == list->items->len ? g_ptr_array_ref (list->items) : lk_list_copy (list, list->n);
  g_ptr_array_add (items, lk_tensor_ref (call->inputs[1]));
  call->outputs[0] = lk_list_wrap (items, list->n + 1);
}

/* (transfer full) of gradient: one that was never given is a zero, which has the size only where that is known. */
static LkTensor *
like_pushed (const LkCall *call, LkTensor *gradient)
{
  LkTensor *item = call->inputs[1];
  if (gradient == NULL || item->dtype == LK_VARIANT || lk_shape_size (&item->shape) >= 0)
    return gradient;
  g_autoptr (LkTensor) given = gradient;
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, item);
  return lk_broadcast_to (call->ctx, given, shape);
}

static void
push_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *parts[2] = { NULL };
  lk_tensor_list_pop_back (call->ctx, dy[0], call->inputs[1]->dtype, &call->inputs[1]->shape, parts);
  dx[0] = parts[0];
  dx[1] = like_pushed (call, parts[1]);
}

LK_BLOCK (tensor_list_push_back, .infer = lk_infer_scalar, .kernel = push_kernel, .gradient = push_gradient);

static void
pop_kernel (LkCall *call)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  if (list->n == 0)
    {
      lk_call_fail (call, LK_INVALID_ARGUMENT, "Trying to pop from an empty list");
      return;
    }
  if ((call->outputs[1] = item_or_zero (call, list->n - 1)) != NULL)
    call->outputs[0] = lk_list_wrap (g_ptr_array_ref (list->items), list->n - 1);
}

/* Where the shape is known, so that loops need not keep the element. */
static LkTensor *
zeros_like_item (const LkCall *call)
{
  const LkTensor *item = call->outputs[1];
  if (item->dtype == LK_VARIANT)          /* a list of lists, of gradients of gradients: one without elements adds nothing */
    return lk_empty_tensor_list (call->ctx, LK_FLOAT32, &LK_SHAPE_UNKNOWN);
  if (lk_shape_size (&item->shape) < 0)
    return lk_zeros_like (call->ctx, call->outputs[1]);
  g_autoptr (LkTensor) zero = lk_list_zero (call, item->dtype, &item->shape);
  if (zero == NULL)
    return NULL;
  return lk_identity (call->ctx, zero);
}

static void
pop_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) list = dy[0] != NULL ? lk_tensor_ref (dy[0]) : lk_zeros_like (call->ctx, call->outputs[0]);
  g_autoptr (LkTensor) item = dy[1] != NULL ? lk_tensor_ref (dy[1]) : zeros_like_item (call);
  dx[0] = lk_tensor_list_push_back (call->ctx, list, item);
}

LK_BLOCK (tensor_list_pop_back, .infer = pop_infer, .shape = "A scalar, the list, and element_shape.",
          .kernel = pop_kernel, .gradient = pop_gradient);

/* ---- by number ---- */

static void
get_kernel (LkCall *call)
{
  gint64 i = lk_tensor_int_at (call->inputs[1], 0);
  if (check_index (call, i, lk_list_length (call->inputs[0])))
    call->outputs[0] = item_or_zero (call, i);
}

static void
get_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) zeros = lk_zeros_like (call->ctx, call->inputs[0]);
  dx[0] = lk_tensor_list_set_item (call->ctx, zeros, call->inputs[1], dy[0], FALSE);
}

LK_BLOCK (tensor_list_get_item, .infer = get_infer, .shape = "element_shape, with what the list knows more of it.",
          .kernel = get_kernel, .gradient = get_gradient);

static void
set_kernel (LkCall *call)
{
  const LkList *list = lk_list_of (call->inputs[0]);
  gint64 i = lk_tensor_int_at (call->inputs[1], 0);
  gint64 n = call->attrs[0].b && i >= list->n ? i + 1 : list->n;
  GPtrArray *items;
  if (!lk_list_room (call, n) || !check_index (call, i, n))
    return;
  items = lk_list_copy (list, n);
  lk_tensor_unref (items->pdata[i]);
  items->pdata[i] = lk_tensor_ref (call->inputs[2]);
  call->outputs[0] = lk_list_wrap (items, n);
}

static void
set_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkTensor *item = call->inputs[2];
  g_autoptr (LkTensor) zero = lk_zeros_like (call->ctx, item);
  dx[0] = lk_tensor_list_set_item (call->ctx, dy[0], call->inputs[1], zero, FALSE);
  dx[2] = lk_tensor_list_get_item (call->ctx, dy[0], call->inputs[1], item->dtype, &item->shape);
}

LK_BLOCK (tensor_list_set_item, .infer = set_infer, .shape = "A scalar, the list; index is one too.",
          .kernel = set_kernel, .gradient = set_gradient);
