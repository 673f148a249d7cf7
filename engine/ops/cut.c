/* SPDX-License-Identifier: MIT */
#include "engine/ops/cut.h"

#include "engine/ops/rule.h"

gboolean
lk_entries_read (const LkCall *call, guint first, LkEntries *e, int *n)
{
  const LkShape *a = lk_rule_shape (call, first), *b = lk_rule_shape (call, first + 1),
                 *c = lk_rule_shape (call, first + 2);
  const LkAttr *masks = call->attrs;
  guint n_begin, n_end, n_stride;
  LkShape vector = LK_SHAPE (LK_DIM_UNKNOWN), ab, all;
  *e = (LkEntries) { .begin_mask = masks[0].i, .end_mask = masks[1].i, .ellipsis_mask = masks[2].i,
                   .new_axis_mask = masks[3].i, .shrink_mask = masks[4].i };
  if (!lk_rule_merge (a, b, &ab) || !lk_rule_merge (&ab, c, &all) || !lk_rule_merge (&all, &vector, &ab))
    {
      g_autofree char *ta = lk_shape_text (a), *tb = lk_shape_text (b), *tc = lk_shape_text (c);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "Expected begin, end, and strides to be 1D equal size tensors, but got "
                           "shapes %s, %s, and %s instead.", ta, tb, tc);
    }
  *n = ab.dims[0] < 0 ? -1 : (int) MIN (ab.dims[0], G_MAXINT);
  e->n = MAX (*n, 0);
  if (*n > 2 * LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "a slice of %d entries is not supported, at most %d are",
                         *n, 2 * LK_MAX_RANK);
  e->known = lk_rule_ints (call, first, e->begin, 2 * LK_MAX_RANK, &n_begin)
             && lk_rule_ints (call, first + 1, e->end, 2 * LK_MAX_RANK, &n_end);
  if (!lk_rule_ints (call, first + 2, e->stride, 2 * LK_MAX_RANK, &n_stride))
    e->known = FALSE;
  else
    for (guint i = 0; i < n_stride; i++)
      if (e->stride[i] == 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "strides[%u] must be non-zero", i);
  return TRUE;
}

/* The place a bound means on an axis of dim elements, kept where a walk with this stride may begin or end. */
static gint64
place (gint64 bound, gboolean open, gboolean is_end, gint64 dim, gint64 stride)
{
  const gint64 low = stride > 0 ? 0 : -1, high = stride > 0 ? dim : dim - 1;
  if (open)
    return (stride > 0) == is_end ? high : low;
  return CLAMP (bound < 0 ? bound + dim : bound, low, high);
}

static gboolean
cut_index (const LkCall *call, const LkEntries *e, guint i, guint axis, gint64 dim, LkCut *cut)
{
  cut->count[axis] = cut->stride[axis] = 1;
  if (!e->known)
    return TRUE;
  if (e->stride[i] < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "only stride 1 allowed on non-range indexing.");
  cut->start[axis] = e->begin[i] < 0 && dim >= 0 ? e->begin[i] + dim : e->begin[i];
  if (dim >= 0 && (cut->start[axis] < 0 || cut->start[axis] >= dim))
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "slice index %" G_GINT64_FORMAT " of dimension %u out of bounds.",
                         e->begin[i], axis);
  return TRUE;
}

static void
cut_range (const LkEntries *e, guint i, guint axis, gint64 dim, LkCut *cut)
{
  const guint bit = 1u << i;
  const gboolean open = (e->begin_mask & bit) && (e->end_mask & bit);
  cut->count[axis] = LK_DIM_UNKNOWN;
  if (dim < 0 || (!e->known && !open))
    return;
  const gint64 stride = e->known ? e->stride[i] : 1;
  const gint64 start = place (e->begin[i], e->begin_mask & bit, FALSE, dim, stride);
  const gint64 end = place (e->end[i], e->end_mask & bit, TRUE, dim, stride), length = end - start;
  cut->start[axis] = start;
  cut->stride[axis] = stride;
  /* Not stride + length − 1, which could overflow. */
  if (length == 0 || (length < 0) != (stride < 0))
    cut->count[axis] = 0;
  else
    cut->count[axis] = length / stride + (length % stride != 0);
  if (!e->known)
    cut->count[axis] = LK_DIM_UNKNOWN;
}

static void
cut_whole (guint axis, gint64 dim, LkCut *cut)
{
  cut->stride[axis] = 1;
  cut->count[axis] = dim;
}

static gboolean
append (const LkCall *call, LkCut *cut, gint64 dim)
{
  if (cut->shape.rank == LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "the slice has more than %d dimensions", LK_MAX_RANK);
  cut->shape.dims[cut->shape.rank++] = dim;
  return TRUE;
}

/* How many axes of the input the ellipsis stands for, one being put at the end when there is none. */
static gboolean
ellipsis_length (const LkCall *call, const LkEntries *e, const LkShape *in, guint *length)
{
  guint named = 0, ellipses = 0;
  for (guint i = 0; i < e->n; i++)
    if (e->ellipsis_mask & 1u << i)
      ellipses++;
    else if (!(e->new_axis_mask & 1u << i))
      named++;
  if (ellipses > 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Multiple ellipses in slice spec not allowed");
  if (named > in->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Index out of range using input dim %u; input has only %u dims", in->rank,
                         in->rank);
  *length = in->rank - named;
  return TRUE;
}

static gboolean
cut_whole_axes (const LkCall *call, const LkShape *in, guint *axis, guint n, LkCut *cut)
{
  for (; n > 0; n--, (*axis)++)
    {
      cut_whole (*axis, in->dims[*axis], cut);
      if (!append (call, cut, in->dims[*axis]))
        return FALSE;
    }
  return TRUE;
}

gboolean
lk_cut_shape (const LkCall *call, const LkEntries *e, const LkShape *in, LkCut *cut)
{
  guint whole = 0, axis = 0;
  *cut = (LkCut) { .rank = in->rank };
  if (!ellipsis_length (call, e, in, &whole))
    return FALSE;
  for (guint i = 0; i < e->n; i++)
    {
      const guint bit = 1u << i;
      gboolean good = TRUE;
      if (e->ellipsis_mask & bit)
        good = cut_whole_axes (call, in, &axis, whole, cut);
      else if (e->new_axis_mask & bit)
        good = append (call, cut, 1);
      else if (e->shrink_mask & bit)
        good = cut_index (call, e, i, axis, in->dims[axis], cut), axis++;
      else
        {
          cut_range (e, i, axis, in->dims[axis], cut);
          good = append (call, cut, cut->count[axis++]);
        }
      if (!good)
        return FALSE;
    }
  return cut_whole_axes (call, in, &axis, in->rank - axis, cut);
}

gint64
lk_cut_axes (const LkCut *cut, const LkShape *whole, gboolean into_whole, LkMoveAxis *axes)
{
  gint64 steps[LK_MAX_RANK], step = 1, first = 0;
  lk_shape_strides (whole, steps);
  for (guint i = cut->rank; i-- > 0;)
    {
      const gint64 there = steps[i] * cut->stride[i];
      axes[i] = (LkMoveAxis) { cut->count[i], into_whole ? there : step, into_whole ? step : there };
      step *= cut->count[i];
      first += cut->start[i] * steps[i];
    }
  return first;
}
