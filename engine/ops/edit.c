/* SPDX-License-Identifier: MIT */
/* How many elements have to be put in, taken out or replaced to make one sequence of another (Levenshtein), for the sequences
   along the last axis of two sparse tensors. */
#include <math.h>
#include <string.h>

#include "engine/ops/sparse.h"
#include "engine/ops/text.h"

/* The entries of a sparse tensor, sequence after sequence. */
typedef struct
{
  LkSparse sparse;
  gint64 *order;
  gint64 begin, end;      /* the sequence that is next; all are past when begin = sparse.n */
} Sequences;

static void
sequences_clear (Sequences *s)
{
  g_free (s->order);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sequences, sequences_clear)

static const gint64 *
index_at (const Sequences *s, gint64 i)
{
  return s->sparse.indices + s->order[i] * s->sparse.rank;
}

static void
sequences_next (Sequences *s)
{
  s->begin = s->end;
  while (s->end < s->sparse.n && lk_sparse_compare (index_at (s, s->begin), index_at (s, s->end), s->sparse.rank - 1) == 0)
    s->end++;
}

static gboolean
same_element (const LkTensor *a, gint64 i, const LkTensor *b, gint64 k)
{
  if (a->dtype == LK_STRING)
    {
      const LkText x = lk_text_at (a, i), y = lk_text_at (b, k);
      return x.length == y.length && (x.length == 0 || memcmp (x.bytes, y.bytes, x.length) == 0);
    }
  if (lk_dtype_is_integer (a->dtype))
    return lk_tensor_int_at (a, i) == lk_tensor_int_at (b, k);
  return lk_tensor_double_at (a, i) == lk_tensor_double_at (b, k)
         && lk_tensor_imaginary_at (a, i) == lk_tensor_imaginary_at (b, k);
}

/* One row of the table of distances between beginnings is kept. */
static gint64
distance (const Sequences *a, const Sequences *b)
{
  const gint64 n = a->end - a->begin, m = b->end - b->begin;
  g_autofree gint64 *row = g_new (gint64, m + 1);
  for (gint64 k = 0; k <= m; k++)
    row[k] = k;
  for (gint64 i = 1; i <= n; i++)
    {
      gint64 before = row[0];
      row[0] = i;
      for (gint64 k = 1; k <= m; k++)
        {
          const gboolean same = same_element (a->sparse.values, a->order[a->begin + i - 1], b->sparse.values,
                                              b->order[b->begin + k - 1]);
          const gint64 replaced = before + !same, changed = MIN (row[k], row[k - 1]) + 1;
          before = row[k];
          row[k] = MIN (replaced, changed);
        }
    }
  return row[m];
}

static gboolean
edit_infer (const LkCall *call, LkSignature *out)
{
  const gint64 a = lk_sparse_rank (call, 0), b = lk_sparse_rank (call, 3), rank = a >= 0 ? a : b;
  const LkTensor *x = lk_call_constant (call, 2), *y = lk_call_constant (call, 5);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_sparse_check (call, 0) || !lk_sparse_check (call, 3))
    return FALSE;
  if (a >= 0 && b >= 0 && a != b)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected truth and hypothesis to have matching ranks, but their ranks are: %"
                         G_GINT64_FORMAT " and %" G_GINT64_FORMAT, b, a);
  if (rank >= 0 && rank < 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input SparseTensors must have rank at least 2, but truth_shape rank is: %"
                         G_GINT64_FORMAT, rank);
  if (rank < 0 || rank - 1 > LK_MAX_RANK)
    return TRUE;
  out[0].shape.rank = rank - 1;
  for (gint64 d = 0; d < rank - 1; d++)
    {
      const gint64 most = x != NULL && y != NULL ? MAX (lk_int_at (x, d), lk_int_at (y, d)) : -1;
      out[0].shape.dims[d] = most >= 0 ? most : LK_DIM_UNKNOWN;
    }
  return TRUE;
}

static gboolean
sequences_init (Sequences *s, const LkCall *call, guint at)
{
  s->sparse = lk_sparse_of (call, at);
  if (!lk_sparse_check_indices (call, &s->sparse))
    return FALSE;
  s->order = lk_sparse_order (s->sparse.indices, s->sparse.n, s->sparse.rank);
  sequences_next (s);
  return TRUE;
}

/* What stands where hypothesis a and truth b are; `order` tells which of the two there is, 0 for both. */
static float
score (const Sequences *a, const Sequences *b, int order, gboolean normalize)
{
  if (order < 0)
    return normalize ? INFINITY : a->end - a->begin;
  if (order > 0)
    return normalize ? 1 : b->end - b->begin;
  const float found = distance (b, a);
  return normalize ? found / (b->end - b->begin) : found;
}

static void
edit_kernel (LkCall *call)
{
  g_auto (Sequences) a = { 0 }, b = { 0 };
  if (!sequences_init (&a, call, 0) || !sequences_init (&b, call, 3))
    return;
  const guint groups = a.sparse.rank - 1;
  g_autofree gint64 *most = g_new (gint64, groups);
  LkSparse whole = { .rank = groups, .shape = most };
  LkShape shape;
  for (guint d = 0; d < groups; d++)
    most[d] = MAX (a.sparse.shape[d], b.sparse.shape[d]);
  LkTensor *y = lk_sparse_dense_shape (call, &whole, &shape) ? lk_call_output (call, 0, &shape) : NULL;
  if (y == NULL)
    return;
  memset (y->data, 0, y->size * sizeof (float));
  while (a.begin < a.sparse.n || b.begin < b.sparse.n)
    {
      const int order = a.begin == a.sparse.n ? 1 : b.begin == b.sparse.n ? -1
                        : lk_sparse_compare (index_at (&a, a.begin), index_at (&b, b.begin), groups);
      const gint64 *index = order > 0 ? index_at (&b, b.begin) : index_at (&a, a.begin);
      ((float *) y->data)[lk_shape_ravel (&shape, index)] = score (&a, &b, order, call->attrs[0].b);
      if (order <= 0)
        sequences_next (&a);
      if (order >= 0)
        sequences_next (&b);
    }
}

LK_BLOCK (edit_distance, .infer = edit_infer, .kernel = edit_kernel, .provenance = lk_all_elements,
          .shape = "The larger of both dense shapes, without the last axis.",
          .samples = (const LkSample[]) {
            { "int64[2,3]={0,0,0,1,0,0}; string[2]={a,b}; int64[3]={2,1,1}; int64[4,3]={0,1,0,1,0,0,1,0,1,1,1,0}; "
              "string[4]={a,b,c,a}; int64[3]={2,2,2}" },
            { "int64[3,2]={0,0,0,1,0,2}; int32[3]={1,2,3}; int64[2]={1,3}; int64[2,2]={0,0,0,1}; int32[2]={2,3}; int64[2]={1,2}",
              "normalize=false" },
            { "int64[0,2]; float32[0]; int64[2]={1,0}; int64[0,2]; float32[0]; int64[2]={2,0}" }, { NULL } });
