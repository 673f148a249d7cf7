/* SPDX-License-Identifier: MIT */
#include "engine/ops/axes.h"

#include "engine/core/parallel.h"
#include "engine/ops/reducer.h"
#include "engine/ops/rule.h"

gboolean
lk_axes_read (const LkCall *call, const LkTensor *axes, guint rank, guint *set)
{
  *set = 0;
  for (gint64 i = 0; i < axes->size; i++)
    {
      guint axis;
      const gint64 given = lk_int_at (axes, i);
      if (!lk_rule_axis (given, rank, &axis))
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Invalid reduction dimension (%" G_GINT64_FORMAT " for input with %u "
                             "dimension(s)", given, rank);
      if (*set & 1u << axis)
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Invalid reduction arguments: Axes contains duplicate dimension: %u", axis);
      *set |= 1u << axis;
    }
  return TRUE;
}

LkShape
lk_axes_reduced (const LkShape *shape, guint set, gboolean keep)
{
  LkShape result = { .rank = 0 };
  for (guint i = 0; i < shape->rank; i++)
    if (!(set & 1u << i))
      result.dims[result.rank++] = shape->dims[i];
    else if (keep)
      result.dims[result.rank++] = 1;
  return result;
}

/* What can be said when the axes are not known: the rank, if they are kept, or if their number tells it. */
static LkShape
reduced_unknown (const LkShape *in, const LkShape *axes, gboolean keep)
{
  LkShape shape = LK_SHAPE_UNKNOWN;
  if (in->rank == LK_RANK_UNKNOWN)
    return shape;
  if (keep)
    shape.rank = in->rank;
  else if (axes->rank == 0)
    shape.rank = MAX (in->rank, 1) - 1;
  else if (axes->rank == 1 && axes->dims[0] >= 0)
    shape.rank = MAX ((gint64) in->rank - axes->dims[0], 0);
  for (guint i = 0; shape.rank != LK_RANK_UNKNOWN && i < shape.rank; i++)
    shape.dims[i] = LK_DIM_UNKNOWN;
  return shape;
}

gboolean
lk_axes_infer (const LkCall *call, LkSignature *out)
{
  guint set;
  const LkShape *in = lk_rule_shape (call, 0), *shape = lk_rule_shape (call, 1);
  const LkTensor *axes = lk_call_constant (call, 1);
  const gboolean keep = call->attrs[0].b;
  if (shape->rank > 1 && shape->rank != LK_RANK_UNKNOWN)
    {
      g_autofree char *text = lk_shape_text (shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT,
                           "reduction_indices must be a scalar or a vector, got shape %s", text);
    }
  out[0].shape = reduced_unknown (in, shape, keep);
  if (in->rank == LK_RANK_UNKNOWN || axes == NULL)
    return TRUE;
  if (!lk_axes_read (call, axes, in->rank, &set))
    return FALSE;
  out[0].shape = lk_axes_reduced (in, set, keep);
  return TRUE;
}

void
lk_axes_group (const LkShape *shape, guint set, LkAxesGroups *groups)
{
  gint64 step = 1;
  groups->n = 0;
  for (guint i = 0; i < shape->rank; i++)
    {
      const gboolean reduced = (set & 1u << i) != 0;
      if (shape->dims[i] == 1)
        continue;
      if (groups->n > 0 && groups->reduced[groups->n - 1] == reduced)
        groups->dims[groups->n - 1] *= shape->dims[i];
      else
        {
          groups->dims[groups->n] = shape->dims[i];
          groups->reduced[groups->n++] = reduced;
        }
    }
  if (groups->n == 0)
    {
      groups->dims[0] = 1;
      groups->reduced[groups->n++] = TRUE;
    }
  for (guint i = groups->n; i-- > 0;)
    {
      groups->out_step[i] = groups->reduced[i] ? 0 : step;
      step *= groups->reduced[i] ? 1 : groups->dims[i];
    }
}

typedef struct
{
  const LkAxesGroups *groups;
  const char *in;
  gsize in_size;
  const LkReducer *reducer;
} Walk;

/* Rows of so many accumulators at a time, which stay in the nearest cache. */
#define COLUMNS 2048

static void
walk_rows (Walk *w, gint64 rows, gint64 n, char *sums)
{
  for (gint64 i = 0; i < n; i += COLUMNS)
    w->reducer->rows (sums + i * (gint64) w->reducer->size, w->in + i * (gint64) w->in_size, rows, MIN (COLUMNS, n - i), n);
  w->in += rows * n * (gint64) w->in_size;
}

/* Rows no longer than this are folded side by side: alone, joining the lanes would take longer than filling them. */
#define SHORT 64

static void
walk_short (Walk *w, gint64 rows, gint64 n, char *sums)
{
  const gsize size = w->reducer->size;
  for (; rows >= LK_ABREAST; rows -= LK_ABREAST, sums += LK_ABREAST * size)
    {
      w->reducer->abreast (sums, w->in, n);
      w->in += LK_ABREAST * n * (gint64) w->in_size;
    }
  for (; rows > 0; rows--, sums += size)
    {
      w->reducer->fold (sums, w->in, n);
      w->in += n * (gint64) w->in_size;
    }
}

/* Walks groups from `level` on. */
static void
walk (Walk *w, guint level, char *sums)
{
  const LkAxesGroups *g = w->groups;
  const gint64 n = g->dims[level];
  const guint last = g->n - 1;
  if (level == last && g->reduced[level])
    {
      w->reducer->fold (sums, w->in, n);
      w->in += n * (gint64) w->in_size;
    }
  else if (level == last)
    walk_rows (w, 1, n, sums);
  else if (level + 1 == last && g->reduced[level])
    walk_rows (w, n, g->dims[last], sums);
  else if (level + 1 == last && g->dims[last] <= SHORT)
    walk_short (w, n, g->dims[last], sums);
  else
    for (gint64 i = 0; i < n; i++)
      walk (w, level + 1, sums + i * g->out_step[level] * (gint64) w->reducer->size);
}

/* ---- shared by threads ---- */

#define SHARE_LEAST 1048576     /* elements that are worth it */
#define PART 131072             /* elements of a task, about */

/* One of the three shapes that large reductions have, in parts whose results are the same wherever they meet. */
typedef struct
{
  Walk walk;
  char *sums;
  gint64 n, part;       /* of what is divided */
} Shared;

/* The outermost group is kept: each part has its own sums. */
static void
part_of_kept (gpointer data, guint task)
{
  const Shared *s = data;
  const gint64 first = task * s->part;
  LkAxesGroups groups = *s->walk.groups;
  Walk w = s->walk;
  gint64 inner = 1;
  for (guint i = 1; i < groups.n; i++)
    inner *= groups.dims[i];
  groups.dims[0] = MIN (s->part, s->n - first);
  w.groups = &groups;
  w.in += first * inner * (gint64) w.in_size;
  walk (&w, 0, s->sums + first * groups.out_step[0] * (gint64) w.reducer->size);
}

/* Rows into columns: each part has its own columns. */
static void
part_of_columns (gpointer data, guint task)
{
  const Shared *s = data;
  const Walk *w = &s->walk;
  const gint64 first = task * s->part;
  w->reducer->rows (s->sums + first * (gint64) w->reducer->size, w->in + first * (gint64) w->in_size,
                    w->groups->dims[0], MIN (s->part, s->n - first), s->n);
}

/* All into one: each part has its own blocks, which are joined in order when all are there. */
static void
part_of_all (gpointer data, guint task)
{
  const Shared *s = data;
  const Walk *w = &s->walk;
  const gint64 first = task * s->part;
  w->reducer->blocks (s->sums + first / LK_LANE_BLOCK * (gint64) w->reducer->size, w->in + first * (gint64) w->in_size,
                      MIN (s->part, s->n - first));
}

static void
share (Shared *s, void (*body) (gpointer data, guint task))
{
  lk_parallel ((s->n + s->part - 1) / s->part, body, s);
}

static gboolean
share_all (Shared *s)
{
  const gint64 n_blocks = (s->n + LK_LANE_BLOCK - 1) / LK_LANE_BLOCK;
  g_autofree char *blocks = g_try_malloc (n_blocks * s->walk.reducer->size);
  char *sum = s->sums;
  if (blocks == NULL)
    return FALSE;
  s->sums = blocks;
  s->part = MAX (PART, s->n / G_MAXUINT16 / LK_LANE_BLOCK * LK_LANE_BLOCK);
  share (s, part_of_all);
  s->walk.reducer->join (sum, blocks, n_blocks);
  return TRUE;
}

/* FALSE: not divided. */
static gboolean
walk_shared (const Walk *w, gint64 size, char *sums)
{
  const LkAxesGroups *g = w->groups;
  Shared s = { *w, sums, g->dims[0], 0 };
  if (size < SHARE_LEAST || lk_threads () == 1)
    return FALSE;
  if (g->n == 1 && g->reduced[0])
    return share_all (&s);
  if (g->n > 1 && !g->reduced[0])
    {
      s.part = MAX (MAX (PART / (size / s.n), 1), s.n / G_MAXUINT16);
      share (&s, part_of_kept);
      return TRUE;
    }
  if (g->n == 2 && g->dims[1] >= COLUMNS / 2)
    {
      s.n = g->dims[1];
      s.part = MAX (COLUMNS / 4, s.n / G_MAXUINT16);
      share (&s, part_of_columns);
      return TRUE;
    }
  return FALSE;
}

void
lk_axes_walk (const LkAxesGroups *groups, const void *in, gsize in_size, void *sums, const LkReducer *reducer)
{
  Walk w = { groups, in, in_size, reducer };
  gint64 size = 1;
  for (guint i = 0; i < groups->n; i++)
    size *= groups->dims[i];
  if (!walk_shared (&w, size, sums))
    walk (&w, 0, sums);
}

gint64
lk_axes_cut (const LkAxesGroups *g, gint64 end)
{
  const gint64 length = g->dims[g->n - 1], inside = end % length;
  if (length <= LK_LANE_BLOCK)
    return end - inside;
  return g->reduced[g->n - 1] ? end - inside % LK_LANE_BLOCK : end;
}

/* Which accumulators the run of that number goes into. */
static gint64
sums_of_run (const LkAxesGroups *g, gint64 run)
{
  gint64 place = 0;
  for (guint i = g->n - 1; i-- > 0; run /= g->dims[i])
    place += run % g->dims[i] * g->out_step[i];
  return place;
}

/* Whole runs, as many as lie side by side. Returns how many. */
static gint64
feed_runs (Walk *w, gint64 run, gint64 most, char *sums)
{
  const LkAxesGroups *g = w->groups;
  const guint last = g->n - 1;
  const gint64 length = g->dims[last], n = last == 0 ? 1 : MIN (most, g->dims[last - 1] - run % g->dims[last - 1]);
  if (!g->reduced[last])
    walk_rows (w, n, length, sums);
  else if (length <= SHORT)
    walk_short (w, n, length, sums);
  else
    for (gint64 i = 0; i < n; i++, w->in += length * (gint64) w->in_size)
      w->reducer->fold (sums + i * (gint64) w->reducer->size, w->in, length);
  return n;
}

static void
feed_part (Walk *w, gint64 inside, gint64 n, char *sums)
{
  if (!w->groups->reduced[w->groups->n - 1])
    w->reducer->rows (sums + inside * (gint64) w->reducer->size, w->in, 1, n, n);
  else
    w->reducer->fold (sums, w->in, n);
  w->in += n * (gint64) w->in_size;
}

void
lk_axes_feed (const LkAxesGroups *groups, const void *in, gsize in_size, gint64 at, gint64 n, void *sums, const LkReducer *reducer)
{
  Walk w = { groups, in, in_size, reducer };
  const gint64 length = groups->dims[groups->n - 1];
  while (n > 0)
    {
      const gint64 run = at / length, inside = at % length;
      char *into = (char *) sums + sums_of_run (groups, run) * (gint64) reducer->size;
      gint64 count = MIN (n, length - inside);
      if (count == length)
        count = feed_runs (&w, run, n / length, into) * length;
      else
        feed_part (&w, inside, count, into);
      at += count;
      n -= count;
    }
}

void
lk_reduce (LkCall *call)
{
  const LkReduction *reduction = call->op->block->reduction;
  guint set = 0;
  LkAxesGroups groups;
  guint64 few[32];
  const LkTensor *in = call->inputs[0];
  LkTensor *out = call->outputs[0];
  const LkReducer *reducer = reduction->reducers[in->dtype];
  const gsize bytes = out->size * reducer->size;
  g_autofree gpointer many = bytes > sizeof few ? g_try_malloc (bytes) : NULL;
  gpointer sums = bytes > sizeof few ? many : few;
  if (sums == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "not enough memory for %" G_GINT64_FORMAT " sums", out->size);
      return;
    }
  lk_axes_read (call, call->inputs[1], in->shape.rank, &set);
  lk_axes_group (&in->shape, set, &groups);
  reducer->clear (sums, out->size);
  if (in->size > 0)
    lk_axes_walk (&groups, in->data, lk_dtype_size (in->dtype), sums, reducer);
  reduction->stores[in->dtype] (out->data, sums, out->size, out->size > 0 ? in->size / out->size : 0);
}

/* The input elements of one output element: the box along the reduced axes, by runs of the last of them. */
void
lk_axes_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  guint set;
  gint64 index[LK_MAX_RANK], strides[LK_MAX_RANK], from = 0, boxes = 1;
  const LkShape *in = lk_rule_shape (call, 0);
  int last = -1;
  if (!lk_axes_read (call, call->inputs[1], in->rank, &set))
    return;
  const LkShape kept = lk_axes_reduced (in, set, TRUE);
  lk_shape_unravel (&kept, element, index);
  lk_shape_strides (in, strides);
  for (guint i = 0; i < in->rank; i++)
    {
      from += index[i] * strides[i];
      if (set & 1u << i)
        last = i;
    }
  for (int i = 0; i < last; i++)
    boxes *= set & 1u << i ? in->dims[i] : 1;
  for (gint64 box = 0; box < boxes; box++)
    {
      gint64 rest = box, at = from;
      for (int i = last; i-- > 0;)
        if (set & 1u << i)
          {
            at += rest % in->dims[i] * strides[i];
            rest /= in->dims[i];
          }
      lk_provenance_add (into, 0, at, last < 0 ? 1 : in->dims[last], last < 0 ? 1 : strides[last]);
    }
}
