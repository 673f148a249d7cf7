/* SPDX-License-Identifier: MIT */
/* Slices picked and put by index vectors: indices [n…, depth] name slices of the first depth axes. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- rules ---- */

/* The depth of the index vectors into `shape`; -1 when it is not known. */
static gboolean
nd_depth (const LkCall *call, const LkShape *indices, const LkShape *shape, const char *what, int *depth)
{
  *depth = -1;
  if (indices->rank == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices must be at least a vector");
  if (indices->rank == LK_RANK_UNKNOWN || shape->rank == LK_RANK_UNKNOWN
      || indices->dims[indices->rank - 1] < 0)
    return TRUE;
  if (indices->dims[indices->rank - 1] > shape->rank)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "index innermost dimension length must be <= %s rank; saw: %" G_GINT64_FORMAT " vs. %u",
                         what, indices->dims[indices->rank - 1], shape->rank);
  *depth = indices->dims[indices->rank - 1];
  return TRUE;
}

/* indices.shape[:-1] + shape[depth:] */
static gboolean
nd_picked (const LkCall *call, const LkShape *indices, const LkShape *shape, guint depth, LkShape *out)
{
  const guint rank = indices->rank - 1 + shape->rank - depth;
  if (rank > LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "the slices would have %u dimensions, at most %d are supported",
                         rank, LK_MAX_RANK);
  out->rank = 0;
  for (guint i = 0; i + 1 < indices->rank; i++)
    out->dims[out->rank++] = indices->dims[i];
  for (guint i = depth; i < shape->rank; i++)
    out->dims[out->rank++] = shape->dims[i];
  return TRUE;
}

static gboolean
gather_nd_infer (const LkCall *call, LkSignature *out)
{
  int depth;
  const LkShape *params = lk_rule_shape (call, 0), *indices = lk_rule_shape (call, 1);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_min_rank (call, 0, 1, "params must be at least a vector, got shape %s")
      || !nd_depth (call, indices, params, "params", &depth))
    return FALSE;
  return depth < 0 || nd_picked (call, indices, params, depth, &out[0].shape);
}

/* Whether updates are what would be picked from a tensor of that shape. */
static gboolean
nd_updates (const LkCall *call, const LkShape *indices, const LkShape *updates, const LkShape *shape)
{
  int depth;
  LkShape picked, merged;
  if (!nd_depth (call, indices, shape, "output", &depth))
    return FALSE;
  if (depth < 0)
    return TRUE;
  if (!nd_picked (call, indices, shape, depth, &picked))
    return FALSE;
  if (lk_rule_merge (updates, &picked, &merged))
    return TRUE;
  g_autofree char *i = lk_shape_text (indices), *u = lk_shape_text (updates), *s = lk_shape_text (shape),
                  *p = lk_shape_text (&picked);
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "Shape of updates %s must be %s, of indices %s into shape %s", u, p, i, s);
}

static gboolean
scatter_nd_infer (const LkCall *call, LkSignature *out)
{
  gboolean constant;
  if (!lk_rule_shape_value (call, 2, &out[0].shape, &constant))
    return FALSE;
  for (guint i = 0; constant && i < out[0].shape.rank; i++)
    if (out[0].shape.dims[i] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %" G_GINT64_FORMAT " must be >= 0",
                           out[0].shape.dims[i]);
  return nd_updates (call, lk_rule_shape (call, 0), lk_rule_shape (call, 1), &out[0].shape);
}

#define TENSOR_SCATTER_SHAPE "The tensor's shape; updates are indices.shape[: −1] + tensor.shape[indices.shape[−1] :]."

static gboolean
tensor_scatter_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = *lk_rule_shape (call, 0);
  return lk_rule_need_min_rank (call, 0, 1, "Output must be at least 1-D, got shape: %s")
         && nd_updates (call, lk_rule_shape (call, 1), lk_rule_shape (call, 2), &out[0].shape);
}

/* ---- kernels ---- */

typedef struct
{
  guint depth;
  gint64 n, inner;          /* slices, and elements of one */
  const LkTensor *indices;
  const LkShape *shape;
} Nd;

static Nd
nd_layout (const LkTensor *indices, const LkShape *shape)
{
  const guint depth = indices->shape.dims[indices->shape.rank - 1];
  return (Nd) { depth, lk_shape_product (&indices->shape, 0, indices->shape.rank - 1),
                lk_shape_product (shape, depth, shape->rank), indices, shape };
}

/* Where slice i is, in elements; -1 when it is outside. */
static inline gint64
nd_place (const Nd *nd, gint64 i)
{
  gint64 place = 0;
  for (guint k = 0; k < nd->depth; k++)
    {
      const gint64 index = lk_int_at (nd->indices, i * nd->depth + k);
      if (index < 0 || index >= nd->shape->dims[k])
        return -1;
      place = place * nd->shape->dims[k] + index;
    }
  return place * nd->inner;
}

/* Only the values tell. what: "param" or "". */
static gboolean
nd_check (LkCall *call, const Nd *nd, const char *what)
{
  for (gint64 i = 0; i < nd->n; i++)
    if (nd_place (nd, i) < 0)
      {
        LkShape rows = nd->indices->shape;
        rows.rank--;
        g_autofree char *at = lk_index_text (&rows, i), *shape = lk_shape_text (nd->shape);
        g_autoptr (GString) index = g_string_new (NULL);
        for (guint k = 0; k < nd->depth; k++)
          g_string_append_printf (index, "%s%" G_GINT64_FORMAT, k > 0 ? ", " : "",
                                  lk_int_at (nd->indices, i * nd->depth + k));
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices%s = [%s] does not index into %sshape %s",
                             at, index->str, what, shape);
      }
  return TRUE;
}

/* The slices that are named, one after another. Single elements are the commonest. */
static void
pick_slices (const Nd *nd, const char *from, gsize size, char *to)
{
  const gsize slice = nd->inner * size;
  if (slice == 4)
    for (gint64 i = 0; i < nd->n; i++)
      memcpy (to + i * 4, from + nd_place (nd, i) * size, 4);
  else if (slice == 8)
    for (gint64 i = 0; i < nd->n; i++)
      memcpy (to + i * 8, from + nd_place (nd, i) * size, 8);
  else
    for (gint64 i = 0; slice > 0 && i < nd->n; i++)
      memcpy (to + i * slice, from + nd_place (nd, i) * size, slice);
}

static void
gather_nd_kernel (LkCall *call)
{
  LkShape shape;
  LkElements out;
  const LkTensor *params = call->inputs[0], *indices = call->inputs[1];
  const Nd nd = nd_layout (indices, &params->shape);
  if (!nd_check (call, &nd, "param ") || !nd_picked (call, &indices->shape, &params->shape, nd.depth, &shape))
    return;
  g_auto (LkElements) in = lk_elements_of (params);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  pick_slices (&nd, in.data, in.size, out.data);
  lk_elements_finish (call, 0, &shape, &out);
}

typedef enum { ADD, SUB, MAX_OF, MIN_OF } Meet;

/* Slices of T joined with others. Integers wrap. */
#define SUMS(T) \
  case ADD: for (gint64 i = 0; i < n; i++) to[i] = (T) (to[i] + from[i]); break; \
  case SUB: for (gint64 i = 0; i < n; i++) to[i] = (T) (to[i] - from[i]); break;
#define EXTREMES(S) \
  case MAX_OF: for (gint64 i = 0; i < n; i++) to[i] = (S) to[i] > (S) from[i] ? to[i] : from[i]; break; \
  case MIN_OF: for (gint64 i = 0; i < n; i++) to[i] = (S) to[i] < (S) from[i] ? to[i] : from[i]; break;
#define SLICES(name, T, ...) \
  static void meet_##name (Meet meet, void *out, const void *in, gint64 n) \
  { \
    T *to = out; \
    const T *from = in; \
    switch ((int) meet) \
      { \
      __VA_ARGS__ \
      } \
  }
SLICES (f32, float, SUMS (float) EXTREMES (float))
SLICES (f64, double, SUMS (double) EXTREMES (double))
SLICES (i32, guint32, SUMS (guint32) EXTREMES (gint32))
SLICES (i64, guint64, SUMS (guint64) EXTREMES (gint64))
SLICES (u64, guint64, SUMS (guint64) EXTREMES (guint64))
SLICES (c64, _Complex float, SUMS (_Complex float))
SLICES (c128, _Complex double, SUMS (_Complex double))
SLICES (bool, guint8, case ADD: for (gint64 i = 0; i < n; i++) to[i] |= from[i]; break;)

/* Joins the updates with what is in output 0. */
static void
meet_updates (LkCall *call, const Nd *nd, const LkTensor *updates, Meet meet)
{
  static void (*const meets[LK_N_DTYPES]) (Meet meet, void *out, const void *in, gint64 n) = {
    [LK_FLOAT32] = meet_f32, [LK_FLOAT64] = meet_f64, [LK_INT32] = meet_i32, [LK_INT64] = meet_i64,
    [LK_UINT64] = meet_u64, [LK_COMPLEX64] = meet_c64, [LK_COMPLEX128] = meet_c128, [LK_BOOL] = meet_bool,
  };
  LkTensor *out = call->outputs[0];
  const gint64 size = lk_dtype_size (out->dtype), slice = nd->inner * size;
  for (gint64 i = 0; slice > 0 && i < nd->n; i++)
    meets[out->dtype] (meet, (char *) out->data + nd_place (nd, i) * size, (const char *) updates->data + i * slice,
                       nd->inner);
}

static void
scatter_nd_kernel (LkCall *call)
{
  LkTensor *out = call->outputs[0];
  const Nd nd = nd_layout (call->inputs[0], &out->shape);
  if (out->size > 0)
    memset (out->data, 0, lk_tensor_bytes (out));
  if (nd_check (call, &nd, ""))
    meet_updates (call, &nd, call->inputs[1], ADD);
}

static void
tensor_scatter (LkCall *call, Meet meet)
{
  LkTensor *out = call->outputs[0];
  const Nd nd = nd_layout (call->inputs[1], &out->shape);
  if (out->size > 0)
    memcpy (out->data, call->inputs[0]->data, lk_tensor_bytes (out));
  if (nd_check (call, &nd, ""))
    meet_updates (call, &nd, call->inputs[2], meet);
}

static void
tensor_scatter_update_kernel (LkCall *call)
{
  LkElements out;
  const LkShape *shape = lk_rule_shape (call, 0);
  const Nd nd = nd_layout (call->inputs[1], shape);
  if (!nd_check (call, &nd, ""))
    return;
  g_auto (LkElements) in = lk_elements_of (call->inputs[0]);
  g_auto (LkElements) updates = lk_elements_of (call->inputs[2]);
  if (!lk_elements_of_output (call, 0, shape, &out))
    return;
  const gsize slice = nd.inner * in.size;
  if (call->inputs[0]->size > 0)
    memcpy (out.data, in.data, call->inputs[0]->size * in.size);
  for (gint64 i = 0; slice > 0 && i < nd.n; i++)
    memcpy (out.data + nd_place (&nd, i) * in.size, updates.data + i * slice, slice);
  lk_elements_finish (call, 0, shape, &out);
}

/* ---- provenance ---- */

static void
gather_nd_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const Nd nd = nd_layout (call->inputs[1], lk_rule_shape (call, 0));
  const gint64 i = element / nd.inner;
  lk_provenance_add (into, 0, nd_place (&nd, i) + element % nd.inner, 1, 1);
  if (nd.depth > 0)
    lk_provenance_add (into, 1, i * nd.depth, nd.depth, 1);
}

/* Every update that went to the element. */
static void
updates_provenance (const Nd *nd, gint64 element, guint indices, guint updates, LkProvenance *into)
{
  for (gint64 i = 0; i < nd->n; i++)
    if (nd_place (nd, i) == element / nd->inner * nd->inner)
      {
        lk_provenance_add (into, updates, i * nd->inner + element % nd->inner, 1, 1);
        if (nd->depth > 0)
          lk_provenance_add (into, indices, i * nd->depth, nd->depth, 1);
      }
}

static void
scatter_nd_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const Nd nd = nd_layout (call->inputs[0], &call->outputs[0]->shape);
  updates_provenance (&nd, element, 0, 1, into);
}

static void
tensor_scatter_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const Nd nd = nd_layout (call->inputs[1], lk_rule_shape (call, 0));
  lk_provenance_add (into, 0, element, 1, 1);
  updates_provenance (&nd, element, 1, 2, into);
}

/* ---- gradients ---- */

#define GRADIENT(name) static void name##_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)

GRADIENT (gather_nd)
{
  g_autoptr (LkTensor) shape = lk_shape (call->ctx, call->inputs[0], call->inputs[1]->dtype);
  dx[0] = lk_scatter_nd (call->ctx, call->inputs[1], dy[0], shape);
}

GRADIENT (scatter_nd) { dx[1] = lk_gather_nd (call->ctx, dy[0], call->inputs[0]); }

GRADIENT (tensor_scatter_update)
{
  g_autoptr (LkTensor) none = lk_zeros_like (call->ctx, call->inputs[2]);
  dx[0] = lk_tensor_scatter_update (call->ctx, dy[0], call->inputs[1], none);
  dx[2] = lk_gather_nd (call->ctx, dy[0], call->inputs[1]);
}

GRADIENT (tensor_scatter_add)
{
  dx[0] = lk_tensor_ref (dy[0]);
  dx[2] = lk_gather_nd (call->ctx, dy[0], call->inputs[1]);
}

GRADIENT (tensor_scatter_sub)
{
  g_autoptr (LkTensor) picked = lk_gather_nd (call->ctx, dy[0], call->inputs[1]);
  dx[0] = lk_tensor_ref (dy[0]);
  dx[2] = lk_neg (call->ctx, picked);
}

/* Shared out among the elements, of the tensor and the updates, that are the result. */
GRADIENT (extreme)
{
  LkContext *ctx = call->ctx;
  LkTensor *x = call->inputs[0], *indices = call->inputs[1], *y = call->outputs[0];
  g_autoptr (LkTensor) result = lk_gather_nd (ctx, y, indices);
  g_autoptr (LkTensor) x_equal = lk_equal (ctx, x, y);
  g_autoptr (LkTensor) u_equal = lk_equal (ctx, call->inputs[2], result);
  g_autoptr (LkTensor) x_mark = lk_cast (ctx, x_equal, x->dtype);
  g_autoptr (LkTensor) u_mark = lk_cast (ctx, u_equal, x->dtype);
  g_autoptr (LkTensor) count = lk_tensor_scatter_add (ctx, x_mark, indices, u_mark);
  g_autoptr (LkTensor) share = lk_real_div (ctx, dy[0], count);
  g_autoptr (LkTensor) u_share = lk_gather_nd (ctx, share, indices);
  dx[0] = lk_mul (ctx, share, x_mark);
  dx[2] = lk_mul (ctx, u_share, u_mark);
}

/* ---- blocks ---- */

LK_BLOCK (gather_nd, .infer = gather_nd_infer, .shape = "indices.shape[: −1] + params.shape[indices.shape[−1] :].",
          .kernel = gather_nd_kernel, .gradient = gather_nd_gradient,
          .provenance = gather_nd_provenance,
          SAMPLES ({ "float64[2,3]; int32[2,2]={0,1,1,2}" }, { "float64[2,3]; int64[3,1]={1,0,1}" },
                   { "float64[2,3,2]; int32[2,1,2]={0,1,1,2}" }, { "float64[3]; int32[1]={2}" },
                   { "float64[2]; int32[3,0]" }, { "string[2]={a,b}; int32[3,1]={1,0,1}" },
                   { "float64[3,2]; int32[0,1]" }));
LK_BLOCK (scatter_nd, .infer = scatter_nd_infer,
          .shape = "shape, spelt out; updates are indices.shape[: −1] + shape[indices.shape[−1] :].",
          .kernel = scatter_nd_kernel, .widens = TRUE, .gradient = scatter_nd_gradient,
          .provenance = scatter_nd_provenance,
          SAMPLES ({ "int32[3,1]={4,1,4}; float64[3]; int32[1]={6}" },
                   { "int64[2,1]={1,0}; float64[2,3]; int64[2]={2,3}" },
                   { "int32[2,2]={0,1,1,0}; float64[2,2]; int32[3]={2,2,2}" },
                   { "int32[2,1]={1,0}; int32[2]; int32[1]={2}" }, { "int32[0,1]; float64[0]; int32[1]={2}" }));
#define SCATTER_SAMPLES \
  SAMPLES ({ "float64[6] in 0..1; int32[2,1]={4,1}; float64[2] in 2..3" }, \
           { "float64[2,3] in 2..3; int64[1,1]={1}; float64[1,3] in 0..1" }, \
           { "float64[2,2] in 0..1; int32[2,2]={0,1,1,0}; float64[2] in 2..3" }, \
           { "int32[3]; int32[2,1]={1,0}; int32[2]" }, { "float64[2]; int32[0,1]; float64[0]" })
#define TENSOR_SCATTER(name, meet, derive) \
  static void name##_kernel (LkCall *call) { tensor_scatter (call, meet); } \
  LK_BLOCK (name, .infer = tensor_scatter_infer, .shape = TENSOR_SCATTER_SHAPE, .kernel = name##_kernel, .widens = TRUE, \
            .gradient = derive, \
            .provenance = tensor_scatter_provenance, SCATTER_SAMPLES)
TENSOR_SCATTER (tensor_scatter_add, ADD, tensor_scatter_add_gradient);
TENSOR_SCATTER (scatter_nd_non_aliasing_add, ADD, tensor_scatter_add_gradient);
TENSOR_SCATTER (tensor_scatter_sub, SUB, tensor_scatter_sub_gradient);
TENSOR_SCATTER (tensor_scatter_max, MAX_OF, extreme_gradient);
TENSOR_SCATTER (tensor_scatter_min, MIN_OF, extreme_gradient);
LK_BLOCK (tensor_scatter_update, .infer = tensor_scatter_infer, .shape = TENSOR_SCATTER_SHAPE,
          .kernel = tensor_scatter_update_kernel,
          .gradient = tensor_scatter_update_gradient, .provenance = tensor_scatter_provenance, SCATTER_SAMPLES);
