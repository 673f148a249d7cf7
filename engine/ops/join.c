/* SPDX-License-Identifier: MIT */
/* Putting tensors together along an axis, old or new. */
#include "engine/ops/join.h"

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- ConcatV2 ---- */

/* what: of the shapes of inputs 0 and i does not match. */
static gboolean
fail_concat (const LkCall *call, guint i, const char *what)
{
  g_autofree char *first = lk_shape_text (lk_rule_shape (call, 0)), *this = lk_shape_text (lk_rule_shape (call, i));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "ConcatOp : %s: shape[0] = %s vs. shape[%u] = %s", what, first, i, this);
}

/* Joins the shape of input i into that of all before it, axis apart. */
static gboolean
concat_merge (const LkCall *call, guint i, guint axis, LkShape *all)
{
  const LkShape *shape = lk_rule_shape (call, i);
  if (shape->rank != all->rank)
    return fail_concat (call, i, "Ranks of all input tensors should match");
  for (guint k = 0; k < all->rank; k++)
    {
      const gint64 a = all->dims[k], b = shape->dims[k];
      if (k == axis && (a < 0 || b < 0))
        all->dims[k] = LK_DIM_UNKNOWN;
      else if (k == axis && __builtin_add_overflow (a, b, &all->dims[k]))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "ConcatOp : Dimension %u overflows", k);
      else if (k != axis && !lk_rule_merge_dim (a, b, &all->dims[k]))
        {
          g_autofree char *what = g_strdup_printf ("Dimension %u in both shapes must be equal", k);
          return fail_concat (call, i, what);
        }
    }
  return TRUE;
}

/* The first input of known rank; n_values when there is none. */
static guint
first_ranked (const LkCall *call, guint n_values)
{
  guint i = 0;
  while (i < n_values && !lk_rule_rank_known (call, i))
    i++;
  return i;
}

static gboolean
concat_infer (const LkCall *call, LkSignature *out)
{
  gint64 dim;
  guint axis, n;
  const guint n_values = call->n_inputs - 1, first = first_ranked (call, n_values);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (n_values == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "ConcatOp : Expected at least one tensor to join, got none");
  if (!lk_rule_need_scalar (call, n_values, "ConcatOp : concat_dim"))
    return FALSE;
  if (first == n_values)
    return TRUE;
  const guint rank = lk_rule_shape (call, first)->rank;
  if (rank == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "ConcatOp : Expected inputs of at least 1 dimension, got shape[%u] = []",
                         first);
  out[0].shape = *lk_rule_shape (call, first);
  for (guint k = 0; k < rank; k++)
    out[0].shape.dims[k] = LK_DIM_UNKNOWN;
  if (!lk_rule_ints (call, n_values, &dim, 1, &n))
    return TRUE;
  if (!lk_rule_axis (dim, rank, &axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "ConcatOp : Expected concatenating dimensions in the range [-%u, %u), but "
                         "got %" G_GINT64_FORMAT, rank, rank, dim);
  out[0].shape.dims[axis] = 0;
  for (guint i = 0; i < n_values; i++)
    if (!lk_rule_rank_known (call, i))
      out[0].shape.dims[axis] = LK_DIM_UNKNOWN;
    else if (!concat_merge (call, i, axis, &out[0].shape))
      return FALSE;
  return TRUE;
}

static void
concat_kernel (LkCall *call)
{
  const guint n_values = call->n_inputs - 1;
  LkElements out;
  LkShape shape = *lk_rule_shape (call, 0);
  const guint axis = lk_axis_input (call, n_values, shape.rank);
  for (guint i = 1; i < n_values; i++)
    shape.dims[axis] += lk_rule_shape (call, i)->dims[axis];
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  const gint64 outer = lk_shape_product (&shape, 0, axis),
               inner = lk_shape_product (&shape, axis + 1, shape.rank);
  g_autofree LkElements *in = g_new (LkElements, n_values);
  gint64 done = 0;
  for (guint i = 0; i < n_values; i++)
    {
      const gint64 rows = lk_rule_shape (call, i)->dims[axis];
      in[i] = lk_elements_of (call->inputs[i]);
      lk_move_rows (out.data + done * inner * (gint64) out.size, shape.dims[axis], in[i].data, rows, out.size,
                    outer, rows, inner);
      done += rows;
    }
  lk_elements_finish (call, 0, &shape, &out);
  for (guint i = 0; i < n_values; i++)
    lk_elements_clear (&in[i]);
}

/* A vector of rank numbers, value at axis and `rest` elsewhere. */
static LkTensor *
axis_vector (LkContext *ctx, guint rank, guint axis, gint64 value, gint64 rest)
{
  gint64 values[LK_MAX_RANK] = { 0 };
  for (guint i = 0; i < rank; i++)
    values[i] = i == axis ? value : rest;
  return lk_constant_ints (ctx, LK_INT32, values, rank);
}

/* The slices of dy that came from each input, when the axis is as long as known. */
static void
concat_gradient_known (const LkCall *call, LkTensor *dy, guint axis, guint rank, LkTensor **dx)
{
  gint64 done = 0;
  for (guint i = 0; i + 1 < call->n_inputs; i++)
    {
      const gint64 rows = lk_rule_shape (call, i)->dims[axis];
      g_autoptr (LkTensor) begin = axis_vector (call->ctx, rank, axis, done, 0);
      g_autoptr (LkTensor) size = axis_vector (call->ctx, rank, axis, rows, -1);
      dx[i] = lk_slice (call->ctx, dy, begin, size);
      done += rows;
    }
}

/* The same, asking for the shapes: each begins at the sum of those before, along the axis. */
static void
concat_gradient_unknown (const LkCall *call, LkTensor *dy, guint axis, guint rank, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) mask = axis_vector (ctx, rank, axis, 1, 0);
  g_autoptr (LkTensor) begin = axis_vector (ctx, rank, axis, 0, 0);
  for (guint i = 0; i + 1 < call->n_inputs; i++)
    {
      g_autoptr (LkTensor) size = lk_shape (ctx, call->inputs[i], LK_INT32);
      g_autoptr (LkTensor) rows = lk_mul (ctx, size, mask);
      g_autoptr (LkTensor) last = g_steal_pointer (&begin);
      dx[i] = lk_slice (ctx, dy, last, size);
      begin = lk_add (ctx, last, rows);
    }
}

static void
concat_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const guint n_values = call->n_inputs - 1, first = first_ranked (call, n_values);
  const LkTensor *dim = lk_call_constant (call, n_values);
  if (dim == NULL || first == n_values)
    {
      lk_context_fail (call->ctx, LK_UNIMPLEMENTED,
                       "ConcatV2: the gradient needs an axis that is a constant, and the "
                       "rank of a value");
      return;
    }
  const guint rank = lk_rule_shape (call, first)->rank;
  const gint64 given = lk_int_at (dim, 0);
  const guint axis = given < 0 ? given + rank : given;
  gboolean known = TRUE;
  for (guint i = 0; i < n_values; i++)
    known = known && lk_rule_rank_known (call, i) && lk_rule_shape (call, i)->dims[axis] >= 0;
  (known ? concat_gradient_known : concat_gradient_unknown) (call, dy[0], axis, rank, dx);
}

static void
concat_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  gint64 index[LK_MAX_RANK];
  const LkShape *shape = &call->outputs[0]->shape;
  const guint axis = lk_axis_input (call, call->n_inputs - 1, shape->rank);
  guint i = 0;
  lk_shape_unravel (shape, element, index);
  while (index[axis] >= lk_rule_shape (call, i)->dims[axis])
    index[axis] -= lk_rule_shape (call, i++)->dims[axis];
  lk_provenance_add (into, i, lk_shape_ravel (lk_rule_shape (call, i), index), 1, 1);
}

LK_BLOCK (concat, .infer = concat_infer, .shape = "That of the inputs, but for the axis, along which it is their sum.",
          .kernel = concat_kernel, .gradient = concat_gradient,
          .provenance = concat_provenance,
          SAMPLES ({ "float64[2,3]; float64[1,3]; int32[]={0}" },
                   { "float64[2,3]; float64[2,1]; float64[2,0]; int32[]={-1}" },
                   { "float64[2]; int64[]={0}" }, { "string[1]={a}; string[2]={b,c}; int32[]={0}" }));

/* ---- Pack ---- */

static gboolean
pack_infer (const LkCall *call, LkSignature *out)
{
  guint axis;
  LkShape all = LK_SHAPE_UNKNOWN;
  if (call->n_inputs == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Pack: expected at least one tensor to stack, got none");
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const LkShape so_far = all;
      if (lk_rule_merge (&so_far, lk_rule_shape (call, i), &all))
        continue;
      g_autofree char *first = lk_shape_text (lk_rule_shape (call, 0)),
                      *this = lk_shape_text (lk_rule_shape (call, i));
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "Shapes of all inputs must match: values[0].shape = %s != "
                           "values[%u].shape = %s", first, i, this);
    }
  out[0].shape = all;
  if (all.rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (all.rank == LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "tensors of %d dimensions cannot be stacked", LK_MAX_RANK);
  if (!lk_rule_axis (call->attrs[0].i, all.rank + 1, &axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "axis = %" G_GINT64_FORMAT " not in [-%u, %u)",
                         call->attrs[0].i,
                         all.rank + 1, all.rank + 1);
  out[0].shape.rank = all.rank + 1;
  for (guint i = 0; i <= all.rank; i++)
    out[0].shape.dims[i] = i == axis ? call->n_inputs : all.dims[i - (i > axis)];
  return TRUE;
}

/* shape with n at a new axis */
static LkShape
shape_with (const LkShape *shape, guint axis, gint64 n)
{
  LkShape result = { .rank = shape->rank + 1 };
  for (guint i = 0; i < result.rank; i++)
    result.dims[i] = i == axis ? n : shape->dims[i - (i > axis)];
  return result;
}

static void
pack_kernel (LkCall *call)
{
  guint axis = 0;
  LkElements out;
  const guint n = call->n_inputs;
  const LkShape *part = lk_rule_shape (call, 0);
  lk_rule_axis (call->attrs[0].i, part->rank + 1, &axis);
  const LkShape shape = shape_with (part, axis, n);
  const gint64 outer = lk_shape_product (part, 0, axis), inner = lk_shape_product (part, axis, part->rank);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  g_autofree LkElements *in = g_new (LkElements, n);
  for (guint i = 0; i < n; i++)
    {
      in[i] = lk_elements_of (call->inputs[i]);
      lk_move_rows (out.data + i * inner * (gint64) out.size, n, in[i].data, 1, out.size, outer, 1, inner);
    }
  lk_elements_finish (call, 0, &shape, &out);
  for (guint i = 0; i < n; i++)
    lk_elements_clear (&in[i]);
}

static void
pack_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  lk_unpack (call->ctx, dy[0], call->n_inputs, call->attrs[0].i, dx);
}

static void
pack_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  guint axis = 0;
  const LkShape *part = lk_rule_shape (call, 0);
  lk_rule_axis (call->attrs[0].i, part->rank + 1, &axis);
  const gint64 inner = lk_shape_product (part, axis, part->rank), row = element / inner;
  lk_provenance_add (into, row % call->n_inputs, row / call->n_inputs * inner + element % inner, 1, 1);
}

LK_BLOCK (pack, .infer = pack_infer, .shape = "That of the inputs, with an axis of as many as there are.",
          .kernel = pack_kernel, .gradient = pack_gradient,
          .provenance = pack_provenance,
          SAMPLES ({ "float64[2,3]; float64[2,3]" },
                   { "float64[2,3]; float64[2,3]; float64[2,3]", "axis=-1" },
                   { "float64[]; float64[]" }, { "float64[0,2]; float64[0,2]", "axis=1" },
                   { "string[1]={a}; string[1]={b}" }));
