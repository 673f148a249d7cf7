/* SPDX-License-Identifier: MIT */
/* Sets: the last axis of a tensor, dense or sparse, holds the elements of one, and may repeat them. What comes out is sparse, in
   order, each element once. */
#include <string.h>

#include "engine/ops/sparse.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* An element, and in which set it is: the index of all axes but the last. */
typedef struct
{
  const gint64 *group;
  gint64 number;
  LkText text;            /* of strings, instead of the number */
} Member;

/* Members in order of their sets, then of themselves; each once. */
typedef struct
{
  guint rank;             /* of the tensor */
  gint64 n;
  Member *members;
  gint64 *groups;         /* the sets' indices, rank - 1 each */
  gint64 *shape;          /* of the tensor */
} Sets;

static void
sets_clear (Sets *sets)
{
  g_free (sets->members);
  g_free (sets->groups);
  g_free (sets->shape);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sets, sets_clear)

static int
compare_text (LkText a, LkText b)
{
  const gsize n = MIN (a.length, b.length);
  const int order = n > 0 ? memcmp (a.bytes, b.bytes, n) : 0;
  return order != 0 ? order : a.length < b.length ? -1 : a.length > b.length;
}

static int
compare_members (gconstpointer x, gconstpointer y, gpointer rank)
{
  const Member *a = x, *b = y;
  const int order = lk_sparse_compare (a->group, b->group, GPOINTER_TO_UINT (rank) - 1);
  if (order != 0)
    return order;
  return a->number != b->number ? a->number < b->number ? -1 : 1 : compare_text (a->text, b->text);
}

static void
sets_settle (Sets *sets)
{
  gint64 kept = 0;
  g_qsort_with_data (sets->members, sets->n, sizeof (Member), compare_members, GUINT_TO_POINTER (sets->rank));
  for (gint64 i = 0; i < sets->n; i++)
    if (kept == 0 || compare_members (&sets->members[kept - 1], &sets->members[i], GUINT_TO_POINTER (sets->rank)) != 0)
      sets->members[kept++] = sets->members[i];
  sets->n = kept;
}

/* Room for n members of a tensor of that rank. */
static gboolean
sets_init (Sets *sets, const LkCall *call, gint64 n, guint rank)
{
  *sets = (Sets) { rank, n, g_try_new (Member, n + 1), g_try_new (gint64, n * (rank - 1) + 1), g_new0 (gint64, rank) };
  return (sets->members != NULL && sets->groups != NULL)
         || lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory for sets of %" G_GINT64_FORMAT " elements", n);
}

static void
set_member (Sets *sets, gint64 i, const LkTensor *values, gint64 k)
{
  sets->members[i] = values->dtype == LK_STRING
                     ? (Member) { sets->groups + i * (sets->rank - 1), 0, lk_text_at (values, k) }
                     : (Member) { sets->groups + i * (sets->rank - 1), lk_tensor_int_at (values, k), { NULL, 0 } };
}

static gboolean
dense_sets (const LkCall *call, guint at, Sets *sets)
{
  const LkTensor *x = call->inputs[at];
  const guint rank = x->shape.rank;
  if (!sets_init (sets, call, x->size, rank))
    return FALSE;
  for (guint d = 0; d < rank; d++)
    sets->shape[d] = x->shape.dims[d];
  for (gint64 i = 0; i < x->size; i++)
    {
      gint64 index[LK_MAX_RANK];
      lk_shape_unravel (&x->shape, i, index);
      memcpy (sets->groups + i * (rank - 1), index, (rank - 1) * sizeof *index);
      set_member (sets, i, x, i);
    }
  sets_settle (sets);
  return TRUE;
}

static gboolean
sparse_sets (const LkCall *call, guint at, Sets *sets)
{
  const LkSparse s = lk_sparse_of (call, at);
  if (!lk_sparse_check_indices (call, &s) || !sets_init (sets, call, s.n, s.rank))
    return FALSE;
  memcpy (sets->shape, s.shape, s.rank * sizeof *s.shape);
  for (gint64 i = 0; i < s.n; i++)
    {
      memcpy (sets->groups + i * (s.rank - 1), s.indices + i * s.rank, (s.rank - 1) * sizeof *s.indices);
      set_member (sets, i, s.values, i);
    }
  sets_settle (sets);
  return TRUE;
}

/* How many members from i on are of one set. */
static gint64
set_size (const Member *members, gint64 n, gint64 i, guint rank)
{
  gint64 k = i + 1;
  while (k < n && lk_sparse_compare (members[i].group, members[k].group, rank - 1) == 0)
    k++;
  return k - i;
}

/* ---- SetSize ---- */

static gboolean
need_rank (const LkCall *call, gint64 rank)
{
  return rank < 0 || rank >= 2
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "The rank of sets is %" G_GINT64_FORMAT " < 2", rank);
}

static gboolean
size_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *shape = lk_call_constant (call, 2);
  const gint64 rank = lk_sparse_rank (call, 0);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_sparse_check (call, 0) || !need_rank (call, rank))
    return FALSE;
  if (rank < 0 || rank - 1 > LK_MAX_RANK)
    return TRUE;
  out[0].shape.rank = rank - 1;
  for (gint64 d = 0; d < rank - 1; d++)
    out[0].shape.dims[d] = shape != NULL && lk_int_at (shape, d) >= 0 ? lk_int_at (shape, d) : LK_DIM_UNKNOWN;
  return TRUE;
}

static void
size_kernel (LkCall *call)
{
  g_auto (Sets) sets = { 0 };
  LkSparse s = lk_sparse_of (call, 0);
  LkShape shape;
  if (!sparse_sets (call, 0, &sets))
    return;
  s.rank--;               /* the sets themselves */
  LkTensor *y = lk_sparse_dense_shape (call, &s, &shape) ? lk_call_output (call, 0, &shape) : NULL;
  if (y == NULL)
    return;
  memset (y->data, 0, y->size * sizeof (gint32));
  for (gint64 i = 0, n; i < sets.n; i += n)
    {
      n = set_size (sets.members, sets.n, i, sets.rank);
      ((gint32 *) y->data)[lk_shape_ravel (&shape, sets.members[i].group)] = n;
    }
}

LK_BLOCK (set_size, .infer = size_infer, .kernel = size_kernel, .provenance = lk_all_elements,
          .shape = "The dense shape without its last axis.",
          SAMPLES ({ "int64[4,2]={0,0,0,1,1,0,1,2}; int32[4]={5,5,1,2}; int64[2]={3,3}" },
                   { "int64[2,3]={0,0,0,1,0,1}; string[2]={a,b}; int64[3]={2,1,2}" }, { "int64[0,2]; int64[0]; int64[2]={2,2}" }));

/* ---- differences, intersections and unions ---- */

static gboolean
operation_is_known (const LkCall *call)
{
  static const char *const known[] = { "a-b", "b-a", "intersection", "union", NULL };
  g_autofree char *lower = g_ascii_strdown (call->attrs[0].s, -1);
  return g_strv_contains (known, lower)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid set_operation %s.", call->attrs[0].s);
}

/* Where the inputs of each of the two begin; of one more input there is only one that is dense. */
static guint
second (const LkCall *call)
{
  return call->n_inputs == 6 ? 3 : 1;
}

static gboolean
is_sparse (const LkCall *call, guint which)
{
  return which == 0 ? call->n_inputs == 6 : call->n_inputs != 2;
}

static gint64
rank_of (const LkCall *call, guint which)
{
  const guint at = which == 0 ? 0 : second (call);
  const LkShape *shape = lk_rule_shape (call, at);
  return is_sparse (call, which) ? lk_sparse_rank (call, at) : shape->rank == LK_RANK_UNKNOWN ? -1 : shape->rank;
}

static gboolean
operation_infer (const LkCall *call, LkSignature *out)
{
  const gint64 a = rank_of (call, 0), b = rank_of (call, 1), rank = a >= 0 ? a : b;
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, rank);
  out[1].shape = LK_SHAPE (LK_DIM_UNKNOWN);
  out[2].shape = LK_SHAPE (rank);
  if (!operation_is_known (call) || (is_sparse (call, 0) && !lk_sparse_check (call, 0))
      || (is_sparse (call, 1) && !lk_sparse_check (call, second (call))) || !need_rank (call, a) || !need_rank (call, b))
    return FALSE;
  return a < 0 || b < 0 || a == b
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Shapes of sets must have the same rank, but have ranks %" G_GINT64_FORMAT
                          " and %" G_GINT64_FORMAT, a, b);
}

static gboolean
same_groups (const LkCall *call, const Sets *a, const Sets *b)
{
  if (lk_sparse_compare (a->shape, b->shape, a->rank - 1) == 0)
    return TRUE;
  g_autofree char *x = lk_sparse_index_text (a->shape, a->rank - 1), *y = lk_sparse_index_text (b->shape, b->rank - 1);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Mismatched shapes %s vs %s", x, y);
}

/* Those of a and b that the operation keeps, both in order. (transfer full) */
static Member *
operate (const Sets *a, const Sets *b, const char *operation, gint64 *n)
{
  const char kind = g_ascii_tolower (operation[0]);
  Member *kept = g_new (Member, a->n + b->n + 1);
  *n = 0;
  for (gint64 i = 0, k = 0; i < a->n || k < b->n;)
    {
      const int order = i == a->n ? 1 : k == b->n ? -1
                        : compare_members (&a->members[i], &b->members[k], GUINT_TO_POINTER (a->rank));
      const gboolean wanted = kind == 'u' || (kind == 'i' ? order == 0 : kind == 'a' ? order < 0 : order > 0);
      if (wanted)
        kept[(*n)++] = order <= 0 ? a->members[i] : b->members[k];
      i += order <= 0;
      k += order >= 0;
    }
  return kept;
}

static void
put_values (LkCall *call, const Member *members, gint64 n)
{
  LkTensor *values = lk_call_output (call, 1, LK_SHAPE_REF (n));
  if (values == NULL || values->dtype != LK_STRING)
    {
      for (gint64 i = 0; values != NULL && i < n; i++)
        lk_tensor_set_int (values, i, members[i].number);
      return;
    }
  g_autofree LkText *texts = g_new (LkText, n + 1);
  for (gint64 i = 0; i < n; i++)
    texts[i] = members[i].text;
  lk_texts_output (call, 1, LK_SHAPE_REF (n), texts);
}

static void
operation_kernel (LkCall *call)
{
  g_auto (Sets) a = { 0 }, b = { 0 };
  if (!(is_sparse (call, 0) ? sparse_sets : dense_sets) (call, 0, &a)
      || !(is_sparse (call, 1) ? sparse_sets : dense_sets) (call, second (call), &b) || !same_groups (call, &a, &b))
    return;
  gint64 n, largest = 0;
  const guint rank = a.rank;
  g_autofree Member *kept = operate (&a, &b, call->attrs[0].s, &n);
  LkTensor *indices = lk_call_output (call, 0, LK_SHAPE_REF (n, rank)), *shape = lk_call_output (call, 2, LK_SHAPE_REF (rank));
  if (indices == NULL || shape == NULL)
    return;
  for (gint64 i = 0, size; i < n; i += size)
    {
      size = set_size (kept, n, i, rank);
      largest = MAX (largest, size);
      for (gint64 k = 0; k < size; k++)
        {
          gint64 *index = (gint64 *) indices->data + (i + k) * rank;
          memcpy (index, kept[i].group, (rank - 1) * sizeof *index);
          index[rank - 1] = k;
        }
    }
  memcpy (shape->data, a.shape, (rank - 1) * sizeof (gint64));
  ((gint64 *) shape->data)[rank - 1] = largest;
  put_values (call, kept, n);
}

#define OPERATION_SHAPE "As many elements as there are; the dense shape is that of the sets, and the size of the largest."
LK_BLOCK (dense_to_dense_set_operation, .infer = operation_infer, .kernel = operation_kernel, .provenance = lk_all_elements,
          .shape = OPERATION_SHAPE,
          SAMPLES ({ "int32[2,3]={1,2,2,3,4,5}; int32[2,2]={2,7,4,4}", "set_operation=\"intersection\"" },
                   { "string[1,2]={b,a}; string[1,2]={a,c}", "set_operation=\"union\"" },
                   { "int64[2,0]; int64[2,1]", "set_operation=\"a-b\"" }));
LK_BLOCK (dense_to_sparse_set_operation, .infer = operation_infer, .kernel = operation_kernel, .provenance = lk_all_elements,
          .shape = OPERATION_SHAPE,
          SAMPLES ({ "uint8[2,2]={1,2,3,4}; int64[2,2]={0,0,1,3}; uint8[2]={2,9}; int64[2]={2,4}", "set_operation=\"b-a\"" }));
LK_BLOCK (sparse_to_sparse_set_operation, .infer = operation_infer, .kernel = operation_kernel, .provenance = lk_all_elements,
          .shape = OPERATION_SHAPE,
          SAMPLES ({ "int64[2,2]={0,0,1,3}; int16[2]={2,9}; int64[2]={2,4}; int64[2,2]={0,0,1,1}; int16[2]={2,8}; int64[2]={2,2}",
                     "set_operation=\"a-b\"" }));
