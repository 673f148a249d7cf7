/* SPDX-License-Identifier: MIT */
/* Parts of variables, read and changed where they are: rows by numbers, slices by index vectors. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/accumulate.h"
#include "engine/ops/gradient.h"
#include "engine/ops/ops.h"
#include "engine/ops/rule.h"
#include "engine/ops/slices.h"
#include "engine/ops/state.h"

/* ---- reading: as another op does of the variable's value ---- */

/* A tensor of the variable's dtype and shape; with its value once there is one. */
static gboolean
describe_value (const LkCall *call, LkDType wanted, LkTensor *like)
{
  LkDType dtype;
  LkVariable *variable;
  if (!lk_state_describe (call, 0, &dtype, &like->shape) || !lk_state_check_dtype (call, dtype, wanted))
    return FALSE;
  like->dtype = wanted;
  return lk_state_is_traced (call) || (lk_state_find (call, 0, &variable) && lk_state_check_initialized (call, variable));
}

static gboolean
infer_as (const LkCall *call, guint16 op, LkTensor **inputs, guint n, LkSignature *out)
{
  const LkCall other = { call->ctx, call->op, n, inputs, call->attrs, 1, NULL };
  return lk_ops[op].block->infer (&other, out);
}

static void
run_as (LkCall *call, guint16 op, LkTensor **inputs, guint n)
{
  LkTensor *output = NULL;
  LkSignature out = { .dtype = inputs[0]->dtype };
  LkCall other = { call->ctx, call->op, n, inputs, call->attrs, 1, &output };
  if (!lk_ops[op].block->infer (&other, &out))
    return;
  output = lk_tensor_new (out.dtype, &out.shape);
  if (output == NULL)
    lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating a tensor");
  else
    lk_ops[op].block->kernel (&other);
  call->outputs[0] = output;
}

/* Rows are gathered along the axis behind the batch's. */
static LkTensor *
axis_of (const LkCall *call)
{
  const gint64 batch = call->attrs[0].i;
  const gint32 axis = batch < 0 && lk_rule_rank_known (call, 1) ? batch + lk_rule_shape (call, 1)->rank : batch;
  return lk_tensor_new_copy (LK_INT32, &LK_SCALAR, &axis);
}

static gboolean
gather_infer (const LkCall *call, LkSignature *out)
{
  LkTensor like = { 0 };
  g_autoptr (LkTensor) axis = axis_of (call);
  return describe_value (call, call->attrs[2].type, &like)
         && infer_as (call, LK_OP_GATHER, (LkTensor *[]) { &like, call->inputs[1], axis }, 3, out);
}

static void
gather_kernel (LkCall *call)
{
  g_autoptr (LkTensor) axis = axis_of (call);
  run_as (call, LK_OP_GATHER, (LkTensor *[]) { lk_variable_of (call->inputs[0])->value, call->inputs[1], axis }, 3);
}

static LkTensor *
rows_of (LkContext *ctx, LkTensor *handle)
{
  g_autoptr (LkTensor) shape = lk_variable_shape (ctx, handle, LK_INT32);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0);
  return lk_gather (ctx, shape, zero, zero, 0);
}

static LkTensor *
slices_of (const LkCall *call, LkTensor *dy)
{
  LkContext *ctx = call->ctx;
  LkDType dtype;
  LkShape shape;
  if (!lk_state_describe (call, 0, &dtype, &shape))
    return NULL;
  g_autoptr (LkTensor) dense_shape = lk_shape_known (&shape) ? lk_constant_ints (ctx, LK_INT32, shape.dims, shape.rank)
                                     : lk_variable_shape (ctx, call->inputs[0], LK_INT32);
  return lk_slices_of_gather (ctx, dy, call->inputs[1], dense_shape, &shape);
}

/* The rows of dy, summed by their numbers. */
static void
gather_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  if (call->attrs[0].i == 0 && lk_call_wants_slices (call, 0))
    {
      dx[0] = slices_of (call, dy[0]);
      return;
    }
  if (call->attrs[0].i == 0)
    {
      g_autoptr (LkTensor) n = rows_of (ctx, call->inputs[0]);
      dx[0] = lk_unsorted_segment_sum (ctx, dy[0], call->inputs[1], n);
      return;
    }
  LkTensor *slopes[3] = { NULL };
  g_autoptr (LkTensor) value = lk_read_variable (ctx, call->inputs[0], call->attrs[2].type);
  g_autoptr (LkTensor) place = axis_of (call), axis = lk_constant (ctx, lk_tensor_ref (place));
  if (value == NULL || axis == NULL)
    return;
  const LkCall other = { ctx, &lk_ops[LK_OP_GATHER], 3, (LkTensor *[]) { value, call->inputs[1], axis }, call->attrs, 1,
                         call->outputs };
  lk_ops[LK_OP_GATHER].block->gradient (&other, dy, slopes);
  dx[0] = slopes[0];
}

LK_BLOCK (resource_gather, .infer = gather_infer,
          .shape = "variable.shape[: batch_dims] + indices.shape[batch_dims :] + variable.shape[batch_dims + 1 :].",
          .kernel = gather_kernel, .gradient = gather_gradient);

static gboolean
gather_nd_infer (const LkCall *call, LkSignature *out)
{
  LkTensor like = { 0 };
  return describe_value (call, call->attrs[0].type, &like)
         && infer_as (call, LK_OP_GATHER_ND, (LkTensor *[]) { &like, call->inputs[1] }, 2, out);
}

static void
gather_nd_kernel (LkCall *call)
{
  run_as (call, LK_OP_GATHER_ND, (LkTensor *[]) { lk_variable_of (call->inputs[0])->value, call->inputs[1] }, 2);
}

static void
gather_nd_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  g_autoptr (LkTensor) shape = lk_variable_shape (call->ctx, call->inputs[0], call->inputs[1]->dtype);
  dx[0] = lk_scatter_nd (call->ctx, call->inputs[1], dy[0], shape);
}

LK_BLOCK (resource_gather_nd, .infer = gather_nd_infer, .shape = "indices.shape[: −1] + variable.shape[indices.shape[−1] :].",
          .kernel = gather_nd_kernel, .gradient = gather_nd_gradient);

/* ---- the variable's shape ---- */

static gboolean
shape_infer (const LkCall *call, LkSignature *out)
{
  LkDType dtype;
  LkShape shape;
  LkVariable *variable;
  if (call->attrs[0].type != LK_INT32 && call->attrs[0].type != LK_INT64)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Value for attr 'out_type' of %s is not in the list of allowed values: "
                         "int32, int64", lk_dtype_kernel_name (call->attrs[0].type));
  if (!lk_state_describe (call, 0, &dtype, &shape))
    return FALSE;
  out[0].shape = LK_SHAPE (shape.rank == LK_RANK_UNKNOWN ? LK_DIM_UNKNOWN : shape.rank);
  return lk_state_is_traced (call) || (lk_state_find (call, 0, &variable) && lk_state_check_initialized (call, variable));
}

static void
shape_kernel (LkCall *call)
{
  const LkShape *shape = &lk_variable_of (call->inputs[0])->value->shape, size = LK_SHAPE (shape->rank);
  LkTensor *out = lk_call_output (call, 0, &size);
  for (guint i = 0; out != NULL && i < shape->rank; i++)
    if (out->dtype == LK_INT32)
      ((gint32 *) out->data)[i] = shape->dims[i];
    else
      ((gint64 *) out->data)[i] = shape->dims[i];
}

LK_BLOCK (variable_shape, .infer = shape_infer, .shape = "A vector as long as the variable's rank.", .kernel = shape_kernel);

/* ---- changing ---- */

/* The value to be changed in place: a copy of the old one where somebody else holds it. */
static LkTensor *
begin (LkCall *call, LkVariable **variable)
{
  *variable = lk_variable_of (call->inputs[0]);
  LkTensor *old = (*variable)->value, *next = lk_state_next_value (call, *variable);
  if (next != NULL && next->data != old->data)
    memcpy (next->data, old->data, lk_tensor_bytes (old));
  return next;
}

static gboolean
no_zeros (LkCall *call, const LkTensor *divisors, LkAccumulation how)
{
  if (how == LK_OVER && lk_dtype_is_integer (divisors->dtype))
    for (gint64 i = 0; i < divisors->size; i++)
      if (lk_int_at (divisors, i) == 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Integer division by zero");
  return TRUE;
}

static gboolean
scatter_infer (const LkCall *call, LkSignature *out)
{
  LkTensor like = { 0 };
  LkShape wanted;
  const LkShape *indices = lk_rule_shape (call, 1), *updates = lk_rule_shape (call, 2);
  if (!describe_value (call, call->inputs[2]->dtype, &like))
    return FALSE;
  if (like.shape.rank == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "params must be at least 1-D, got shape []");
  if (like.shape.rank == LK_RANK_UNKNOWN || indices->rank == LK_RANK_UNKNOWN || updates->rank == 0)
    return TRUE;
  wanted = *indices;
  for (guint i = 1; i < like.shape.rank && wanted.rank < LK_MAX_RANK; i++)
    wanted.dims[wanted.rank++] = like.shape.dims[i];
  if (lk_shape_compatible (&wanted, updates))
    return TRUE;
  g_autofree char *u = lk_shape_text (updates), *i = lk_shape_text (indices), *p = lk_shape_text (&like.shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Must have updates.shape = indices.shape + params.shape[1:] or "
                       "updates.shape = [], got updates.shape %s, indices.shape %s, params.shape %s", u, i, p);
}

static gboolean
check_rows (LkCall *call, const LkTensor *indices, gint64 rows)
{
  for (gint64 i = 0; i < indices->size; i++)
    if (lk_int_at (indices, i) < 0 || lk_int_at (indices, i) >= rows)
      {
        g_autofree char *at = lk_index_text (&indices->shape, i);
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices%s = %" G_GINT64_FORMAT " is not in [0, %"
                             G_GINT64_FORMAT ")", at, lk_int_at (indices, i), rows);
      }
  return TRUE;
}

static void
scatter (LkCall *call, LkAccumulation how)
{
  LkVariable *variable = lk_variable_of (call->inputs[0]);
  const LkTensor *indices = call->inputs[1], *updates = call->inputs[2];
  const LkShape *shape = &variable->value->shape;
  const gsize size = lk_dtype_size (updates->dtype);
  const gint64 row = lk_shape_product (shape, 1, shape->rank);
  const guint step = updates->shape.rank > 0 || row * indices->size == 1;
  if (!check_rows (call, indices, shape->dims[0]) || !no_zeros (call, updates, how))
    return;
  LkTensor *next = begin (call, &variable);
  if (next == NULL)
    return;
  for (gint64 i = 0; i < indices->size; i++)
    {
      char *at = (char *) next->data + lk_int_at (indices, i) * row * size;
      lk_accumulate (next->dtype, how, at, at, (const char *) updates->data + i * step * row * size, step, row);
    }
  lk_state_set_value (call, variable, next);
}

static gboolean
scatter_nd_infer (const LkCall *call, LkSignature *out)
{
  LkTensor like = { 0 };
  LkSignature value[1];
  return describe_value (call, call->inputs[2]->dtype, &like)
         && infer_as (call, LK_OP_TENSOR_SCATTER_UPDATE, (LkTensor *[]) { &like, call->inputs[1], call->inputs[2] }, 3, value);
}

/* Where slice i begins, in elements; -1 when it is outside. */
static gint64
place_of (const LkTensor *indices, guint depth, gint64 i, const LkShape *shape)
{
  gint64 place = 0;
  for (guint k = 0; k < depth; k++)
    {
      const gint64 index = lk_int_at (indices, i * depth + k);
      if (index < 0 || index >= shape->dims[k])
        return -1;
      place = place * shape->dims[k] + index;
    }
  return place * lk_shape_product (shape, depth, shape->rank);
}

static gboolean
fail_place (LkCall *call, const LkTensor *indices, guint depth, gint64 i, const LkShape *shape)
{
  LkShape rows = indices->shape;
  rows.rank--;
  g_autofree char *at = lk_index_text (&rows, i), *whole = lk_shape_text (shape);
  g_autoptr (GString) index = g_string_new (NULL);
  for (guint k = 0; k < depth; k++)
    g_string_append_printf (index, "%s%" G_GINT64_FORMAT, k > 0 ? ", " : "", lk_int_at (indices, i * depth + k));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices%s = [%s] does not index into shape %s", at, index->str, whole);
}

static void
scatter_nd (LkCall *call, LkAccumulation how)
{
  LkVariable *variable = lk_variable_of (call->inputs[0]);
  const LkTensor *indices = call->inputs[1], *updates = call->inputs[2];
  const LkShape shape = variable->value->shape;
  const guint depth = indices->shape.dims[indices->shape.rank - 1];
  const gsize size = lk_dtype_size (updates->dtype);
  const gint64 n = lk_shape_product (&indices->shape, 0, indices->shape.rank - 1),
               slice = lk_shape_product (&shape, depth, shape.rank);
  for (gint64 i = 0; i < n; i++)
    if (place_of (indices, depth, i, &shape) < 0)
      {
        fail_place (call, indices, depth, i, &shape);
        return;
      }
  LkTensor *next = begin (call, &variable);
  if (next == NULL)
    return;
  for (gint64 i = 0; i < n; i++)
    {
      char *at = (char *) next->data + place_of (indices, depth, i, &shape) * size;
      lk_accumulate (next->dtype, how, at, at, (const char *) updates->data + i * slice * size, 1, slice);
    }
  lk_state_set_value (call, variable, next);
}

#define SCATTER_SHAPE "Nothing comes out; updates are indices.shape + variable.shape[1 :], or a scalar."
#define SCATTER_ND_SHAPE "Nothing comes out; updates are indices.shape[: −1] + variable.shape[indices.shape[−1] :]."
#define SCATTER(name, run, rule, words, how) \
  static void name##_kernel (LkCall *call) { run (call, how); } \
  LK_BLOCK (name, .infer = rule, .shape = words, .kernel = name##_kernel)
SCATTER (resource_scatter_update, scatter, scatter_infer, SCATTER_SHAPE, LK_PUT);
SCATTER (resource_scatter_add, scatter, scatter_infer, SCATTER_SHAPE, LK_PLUS);
SCATTER (resource_scatter_sub, scatter, scatter_infer, SCATTER_SHAPE, LK_MINUS);
SCATTER (resource_scatter_mul, scatter, scatter_infer, SCATTER_SHAPE, LK_TIMES);
SCATTER (resource_scatter_div, scatter, scatter_infer, SCATTER_SHAPE, LK_OVER);
SCATTER (resource_scatter_min, scatter, scatter_infer, SCATTER_SHAPE, LK_LEAST);
SCATTER (resource_scatter_max, scatter, scatter_infer, SCATTER_SHAPE, LK_MOST);
SCATTER (resource_scatter_nd_update, scatter_nd, scatter_nd_infer, SCATTER_ND_SHAPE, LK_PUT);
SCATTER (resource_scatter_nd_add, scatter_nd, scatter_nd_infer, SCATTER_ND_SHAPE, LK_PLUS);
SCATTER (resource_scatter_nd_sub, scatter_nd, scatter_nd_infer, SCATTER_ND_SHAPE, LK_MINUS);
SCATTER (resource_scatter_nd_min, scatter_nd, scatter_nd_infer, SCATTER_ND_SHAPE, LK_LEAST);
SCATTER (resource_scatter_nd_max, scatter_nd, scatter_nd_infer, SCATTER_ND_SHAPE, LK_MOST);
