/* SPDX-License-Identifier: MIT */
/* Ops that ask for a shape or change it without touching elements. */
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- Shape, Size, Rank ---- */

static void
no_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  /* Only the input's shape matters, none of its elements. */
}

static gboolean
shape_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SHAPE (lk_rule_rank_known (call, 0) ? lk_rule_shape (call, 0)->rank : LK_DIM_UNKNOWN);
  return TRUE;
}

static void
shape_kernel (LkCall *call)
{
  for (guint i = 0; i < lk_rule_shape (call, 0)->rank; i++)
    lk_set_int (call->outputs[0], i, lk_rule_shape (call, 0)->dims[i]);
}

LK_BLOCK (shape, .infer = shape_infer, .shape = "A vector as long as the input's rank.",
          .kernel = shape_kernel, .provenance = no_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "string[0,2]", "out_type=int64" }));

static gboolean
size_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SCALAR;
  return TRUE;
}

static void
size_kernel (LkCall *call)
{
  lk_set_int (call->outputs[0], 0, call->inputs[0]->size);
}

LK_BLOCK (size, .infer = size_infer, .shape = "A scalar.", .kernel = size_kernel, .provenance = no_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "int32[0,2]", "out_type=int64" }));

static void
rank_kernel (LkCall *call)
{
  lk_set_int (call->outputs[0], 0, lk_rule_shape (call, 0)->rank);
}

LK_BLOCK (rank, .infer = lk_infer_scalar, .kernel = rank_kernel, .provenance = no_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "int32[0,2]" }));

/* ---- Reshape ---- */

static void
same_element (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, element, 1, 1);
}

static gboolean
check_size (const LkCall *call, gint64 have, const LkShape *wanted)
{
  const gint64 want = lk_shape_size (wanted);
  if (want == have)
    return TRUE;
  g_autofree char *text = lk_shape_text (wanted);
  if (want < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Shape %s has too many elements", text);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input to reshape is a tensor with %" G_GINT64_FORMAT
                       " values, but the requested shape has %" G_GINT64_FORMAT, have, want);
}

/* Works out the one dimension of wanted that is -1. */
static gboolean
fill_missing (const LkCall *call, gint64 have, guint missing, LkShape *wanted)
{
  wanted->dims[missing] = 1;
  const gint64 others = lk_shape_size (wanted);
  wanted->dims[missing] = LK_DIM_UNKNOWN;
  if (have < 0)
    return TRUE;
  if (others == 0 && have == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "reshape cannot infer the missing input size for an empty tensor "
                         "unless all specified input sizes are non-zero");
  if (others <= 0 || have % others != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Input to reshape is a tensor with %" G_GINT64_FORMAT " values, but the "
                         "requested shape requires a multiple of %" G_GINT64_FORMAT, have, others);
  wanted->dims[missing] = have / others;
  return TRUE;
}

static gboolean
reshape_infer (const LkCall *call, LkSignature *out)
{
  gboolean constant;
  int missing = -1;
  const gint64 have = lk_shape_size (lk_rule_shape (call, 0));
  LkShape *wanted = &out[0].shape;
  if (!lk_rule_shape_value (call, 1, wanted, &constant))
    return FALSE;
  if (!constant)
    return TRUE;
  for (guint i = 0; i < wanted->rank; i++)
    if (wanted->dims[i] == -1 && missing >= 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Only one input size may be -1, not both %d and %u",
                           missing, i);
    else if (wanted->dims[i] == -1)
      missing = i;
  if (missing >= 0)
    return fill_missing (call, have, missing, wanted);
  return have < 0 || check_size (call, have, wanted);
}

static void
reshape_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_reshape_like (call->ctx, dy[0], call->inputs[0]);
}

LK_BLOCK (reshape, .infer = reshape_infer, .shape = "shape, spelt out; a −1 is what is left of the input's size.",
          .gradient = reshape_gradient, .provenance = same_element,
          SAMPLES ({ "float64[2,3]; int32[2]={3,2}" }, { "float64[2,3]; int32[1]={-1}" },
                   { "float64[]; int64[2]={1,1}" },
                   { "float64[1,1]; int32[0]" }, { "float64[0,3]; int32[2]={3,0}" },
                   { "string[2]; int32[2]={-1,1}" }));

/* ---- ExpandDims, Squeeze ---- */

static gboolean
expand_dims_infer (const LkCall *call, LkSignature *out)
{
  gint64 dim;
  guint axis, n;
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = LK_SHAPE_UNKNOWN;
  const LkTensor *given = lk_call_constant (call, 1);
  if (given != NULL && given->size != 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "'dim' input must be a tensor with a single value");
  if (!lk_rule_rank_known (call, 0))
    return TRUE;
  if (in->rank == LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "a tensor of %d dimensions cannot get another one",
                         LK_MAX_RANK);
  out[0].shape.rank = in->rank + 1;
  for (guint i = 0; i <= in->rank; i++)
    out[0].shape.dims[i] = LK_DIM_UNKNOWN;
  if (!lk_rule_ints (call, 1, &dim, 1, &n))
    return TRUE;
  if (!lk_rule_axis (dim, in->rank + 1, &axis))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Tried to expand dim index %" G_GINT64_FORMAT " for tensor with %u "
                         "dimensions.", dim, in->rank);
  for (guint i = 0; i <= in->rank; i++)
    out[0].shape.dims[i] = i == axis ? 1 : in->dims[i - (i > axis)];
  return TRUE;
}

LK_BLOCK (expand_dims, .infer = expand_dims_infer, .shape = "The input's shape with 1 put in at the axis.",
          .gradient = reshape_gradient, .provenance = same_element,
          SAMPLES ({ "float64[2,3]; int32[]={0}" }, { "float64[2,3]; int32[]={-1}" },
                   { "float64[]; int64[]={0}" },
                   { "float64[0,3]; int32[1]={1}" }));

/* Marks the axes to leave out: those asked for, or all of 1 when none is. */
static gboolean
squeezed_axes (const LkCall *call, const LkShape *in, gboolean *leave)
{
  const LkInts *dims = call->attrs[0].ints;
  for (guint i = 0; i < in->rank; i++)
    leave[i] = (dims == NULL || dims->n == 0) && in->dims[i] == 1;
  for (guint i = 0; dims != NULL && i < dims->n; i++)
    {
      guint axis;
      if (!lk_rule_axis (dims->v[i], in->rank, &axis))
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Tried to squeeze dim index %" G_GINT64_FORMAT " for tensor with %u "
                             "dimensions.", dims->v[i], in->rank);
      if (in->dims[axis] != 1 && in->dims[axis] != LK_DIM_UNKNOWN)
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Can not squeeze dim[%u], expected a dimension of 1, got %"
                             G_GINT64_FORMAT, axis, in->dims[axis]);
      leave[axis] = TRUE;
    }
  return TRUE;
}

static gboolean
squeeze_infer (const LkCall *call, LkSignature *out)
{
  gboolean leave[LK_MAX_RANK];
  const LkShape *in = lk_rule_shape (call, 0);
  const LkInts *dims = call->attrs[0].ints;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_rank_known (call, 0))
    return TRUE;
  if (!squeezed_axes (call, in, leave))
    return FALSE;
  /* An unknown dimension may turn out to be 1, and then go. */
  if ((dims == NULL || dims->n == 0) && !lk_shape_known (in))
    return TRUE;
  out[0].shape.rank = 0;
  for (guint i = 0; i < in->rank; i++)
    if (!leave[i])
      out[0].shape.dims[out[0].shape.rank++] = in->dims[i];
  return TRUE;
}

LK_BLOCK (squeeze, .infer = squeeze_infer,
          .shape = "The input's shape without the axes of 1 that squeeze_dims lists, or without all.",
          .gradient = reshape_gradient, .provenance = same_element,
          SAMPLES ({ "float64[2,1,3]" }, { "float64[1,2,1]", "squeeze_dims=[-1]" }, { "float64[]" },
                   { "float64[1,1]" },
                   { "float64[0,1]", "squeeze_dims=[1]" }));

/* ---- BroadcastGradientArgs ---- */

static gboolean
broadcast_gradient_args_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  return lk_rule_need_rank (call, 0, 1, "In[0] must be a vector, got shape %s")
         && lk_rule_need_rank (call, 1, 1, "In[1] must be a vector, got shape %s");
}

/* The dimension that is `back` from the end; 1 where there is none. */
static gint64
dim_from_end (const LkTensor *shape, gint64 back)
{
  return back <= shape->size ? lk_int_at (shape, shape->size - back) : 1;
}

/* The axes of the broadcast of a and b along which a is repeated, or where it cannot be told: where both are
   1. */
static void
repeated_output (LkCall *call, guint i, const LkTensor *a, const LkTensor *b)
{
  gint64 axes[2 * LK_MAX_RANK], n = 0;
  const gint64 rank = MIN (MAX (a->size, b->size), 2 * LK_MAX_RANK);
  for (gint64 axis = 0; axis < rank; axis++)
    if (dim_from_end (a, rank - axis) == 1)
      if (dim_from_end (b, rank - axis) != 1 || rank - axis > a->size)
        axes[n++] = axis;
  const LkShape shape = LK_SHAPE (n);
  LkTensor *output = lk_call_output (call, i, &shape);
  for (gint64 k = 0; output != NULL && k < n; k++)
    lk_set_int (output, k, axes[k]);
}

static gboolean
check_broadcast (const LkCall *call, const LkTensor *a, const LkTensor *b)
{
  const gint64 rank = MAX (a->size, b->size);
  for (gint64 back = 1; back <= rank; back++)
    {
      const gint64 x = dim_from_end (a, back), y = dim_from_end (b, back);
      if (x != y && x != 1 && y != 1)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "Incompatible shapes: dimension %" G_GINT64_FORMAT " is %" G_GINT64_FORMAT
                             " vs. %" G_GINT64_FORMAT, rank - back, x, y);
    }
  return TRUE;
}

static void
broadcast_gradient_args_kernel (LkCall *call)
{
  const LkTensor *a = call->inputs[0], *b = call->inputs[1];
  if (!check_broadcast (call, a, b))
    return;
  repeated_output (call, 0, a, b);
  repeated_output (call, 1, b, a);
}

LK_BLOCK (broadcast_gradient_args, .infer = broadcast_gradient_args_infer,
          .shape = "Two vectors, of the axes along which s0, and s1, are repeated.",
          .kernel = broadcast_gradient_args_kernel,
          .provenance = no_provenance,
          SAMPLES ({ "int32[2]={2,3}; int32[1]={3}" }, { "int32[0]; int32[2]={2,3}" },
                   { "int64[2]={2,1}; int64[2]={1,3}" }));

/* ---- BroadcastArgs ---- */

static gboolean
broadcast_args_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *a = lk_rule_shape (call, 0), *b = lk_rule_shape (call, 1);
  const gboolean known = a->rank == 1 && b->rank == 1 && a->dims[0] >= 0 && b->dims[0] >= 0;
  out[0].shape = LK_SHAPE (known ? MAX (a->dims[0], b->dims[0]) : LK_DIM_UNKNOWN);
  return lk_rule_need_rank (call, 0, 1, "In[0] must be a vector, got shape %s")
         && lk_rule_need_rank (call, 1, 1, "In[1] must be a vector, got shape %s");
}

static void
broadcast_args_kernel (LkCall *call)
{
  const LkTensor *a = call->inputs[0], *b = call->inputs[1];
  LkTensor *out = call->outputs[0];
  if (!check_broadcast (call, a, b))
    return;
  for (gint64 back = 1; back <= out->size; back++)
    lk_set_int (out, out->size - back, dim_from_end (a, back) == 1 ? dim_from_end (b, back) : dim_from_end (a, back));
}

static void
broadcast_args_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  for (guint i = 0; i < 2; i++)
    {
      const gint64 at = element - (call->outputs[0]->size - call->inputs[i]->size);
      if (at >= 0)
        lk_provenance_add (into, i, at, 1, 1);
    }
}

LK_BLOCK (broadcast_args, .infer = broadcast_args_infer, .kernel = broadcast_args_kernel,
          .provenance = broadcast_args_provenance, .shape = "A vector as long as the longer of both.",
          SAMPLES ({ "int32[2]={2,3}; int32[1]={1}" }, { "int32[0]; int32[2]={2,3}" }, { "int64[2]={2,1}; int64[3]={4,1,3}" }));
