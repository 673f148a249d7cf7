/* SPDX-License-Identifier: MIT */
#include "engine/ops/update.h"

#include <string.h>

#include "engine/core/narrow.h"
#include "engine/core/parallel.h"
#include "engine/ops/rule.h"

#define PART 65536      /* elements of a task that threads share */
#define FEW 512         /* elements that are copied or converted at a time: they stay in the nearest cache */
#define MAX_SCALARS 10

/* ---- rule ---- */

static gboolean
fail_shapes (const LkCall *call, guint i, const LkShape *first, const LkShape *other)
{
  g_autofree char *a = lk_shape_text (first), *b = lk_shape_text (other);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s and %s do not have the same shape%s %s", call->op->inputs[0].name,
                       call->op->inputs[i].name, a, b);
}

static gboolean
check_variable (const LkCall *call, const LkUpdate *update, guint i, LkShape *first)
{
  LkVariable *variable;
  LkDType dtype;
  LkShape shape;
  if (!lk_state_describe (call, i, &dtype, &shape)
      || !lk_state_check_dtype (call, dtype, call->inputs[update->gradient]->dtype))
    return FALSE;
  if (!lk_state_is_traced (call) && (!lk_state_find (call, i, &variable) || !lk_state_check_initialized (call, variable)))
    return FALSE;
  if (i == 0)
    *first = shape;
  return lk_shape_compatible (first, &shape) || fail_shapes (call, i, first, &shape);
}

static gboolean
check_scalar (const LkCall *call, guint i)
{
  const LkShape *shape = lk_rule_shape (call, i);
  if (shape->rank == 0 || shape->rank == LK_RANK_UNKNOWN)
    return TRUE;
  g_autofree char *text = lk_shape_text (shape);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s is not a scalar: %s", call->op->inputs[i].name, text);
}

/* The gradient of a sparse update has a row for each index, of the variable's row's shape. */
static gboolean
check_rows (const LkCall *call, const LkUpdate *update, const LkShape *var)
{
  const LkShape *grad = lk_rule_shape (call, update->gradient), *indices = lk_rule_shape (call, update->gradient + 1);
  if (var->rank == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be at least 1 dimensional", call->op->inputs[0].name);
  if (indices->rank != 1 && indices->rank != LK_RANK_UNKNOWN)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "indices must be one-dimensional");
  if (grad->rank == LK_RANK_UNKNOWN || indices->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (grad->rank == 0 || (grad->dims[0] >= 0 && indices->dims[0] >= 0 && grad->dims[0] != indices->dims[0]))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be the same size as indices in the first dimension.",
                         call->op->inputs[update->gradient].name);
  if (var->rank == LK_RANK_UNKNOWN)
    return TRUE;
  LkShape rows = *var;
  rows.dims[0] = LK_DIM_UNKNOWN;
  if (lk_shape_compatible (&rows, grad))
    return TRUE;
  for (guint i = 1; i < MIN (rows.rank, grad->rank); i++)
    if (rows.dims[i] >= 0 && grad->dims[i] >= 0 && rows.dims[i] != grad->dims[i])
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s and %s must match in dimension %u", call->op->inputs[0].name,
                           call->op->inputs[update->gradient].name, i);
  return fail_shapes (call, update->gradient, var, grad);
}

gboolean
lk_update_infer (const LkCall *call, const LkUpdate *update)
{
  LkShape first;
  for (guint i = 0; i < update->n_variables; i++)
    if (!check_variable (call, update, i, &first))
      return FALSE;
  for (guint i = update->n_variables; i < call->n_inputs; i++)
    if (i != update->gradient && !(update->rows && i == update->gradient + 1u) && !check_scalar (call, i))
      return FALSE;
  if (update->rows)
    return check_rows (call, update, &first);
  const LkShape *grad = lk_rule_shape (call, update->gradient);
  return lk_shape_compatible (&first, grad) || fail_shapes (call, update->gradient, &first, grad);
}

/* ---- values ---- */

gboolean
lk_update_begin (LkCall *call, guint n, LkTensor **next)
{
  for (guint i = 0; i < n; i++)
    {
      next[i] = lk_state_next_value (call, lk_variable_of (call->inputs[i]));
      if (next[i] != NULL)
        continue;
      while (i-- > 0)
        lk_tensor_unref (next[i]);
      return FALSE;
    }
  return TRUE;
}

void
lk_update_finish (LkCall *call, guint n, LkTensor **next)
{
  for (guint i = 0; i < n; i++)
    lk_state_set_value (call, lk_variable_of (call->inputs[i]), next[i]);
}

typedef struct _Run Run;
struct _Run
{
  LkCall *call;
  const LkUpdate *update;
  LkUpdateLoop loop;
  double s[MAX_SCALARS];
  LkTensor *next[LK_UPDATE_SLOTS];
  gsize size;             /* bytes of an element */
  gint64 row;             /* elements of a row */
  const gint64 *order;    /* rows among zeros: places of the indices, by increasing index */
  void (*step) (const Run *run, gint64 first, const void *gradient, gint64 n);
};

/* Elements first … first + n − 1 of the variables, by as many of the gradient. */
static void
step (const Run *run, gint64 first, const void *gradient, gint64 n)
{
  void *slots[LK_UPDATE_SLOTS] = { NULL };
  for (guint k = 0; k < run->update->n_variables; k++)
    slots[k] = (char *) run->next[k]->data + first * run->size;
  run->loop (run->s, run->call->attrs, n, slots, gradient);
}

/* The same for float16 and bfloat16, in float32, a few at a time. */
static void
step_narrow (const Run *run, gint64 first, const void *gradient, gint64 n)
{
  float wide[LK_UPDATE_SLOTS + 1][FEW];
  void *slots[LK_UPDATE_SLOTS] = { wide[0], wide[1], wide[2], wide[3] };
  const LkDType dtype = run->call->inputs[run->update->gradient]->dtype;
  const guint16 *slope = gradient;
  for (const gint64 end = first + n; first < end; first += FEW, slope += FEW)
    {
      const gint64 few = MIN (FEW, end - first);
      for (guint k = 0; k < run->update->n_variables; k++)
        lk_widen (dtype, (const guint16 *) run->next[k]->data + first, wide[k], few);
      lk_widen (dtype, slope, wide[LK_UPDATE_SLOTS], few);
      run->loop (run->s, run->call->attrs, few, slots, wide[LK_UPDATE_SLOTS]);
      for (guint k = 0; k < run->update->n_variables; k++)
        lk_narrow (dtype, wide[k], (guint16 *) run->next[k]->data + first, few);
    }
}

static gboolean
is_shared (const Run *run, guint k)
{
  return run->next[k]->data != lk_variable_of (run->call->inputs[k])->value->data;
}

static void
copy (const Run *run, guint k, gint64 first, gint64 n)
{
  const LkTensor *old = lk_variable_of (run->call->inputs[k])->value;
  memcpy ((char *) run->next[k]->data + first * run->size, (const char *) old->data + first * run->size, n * run->size);
}

static const void *
element_of (const Run *run, gint64 i)
{
  return (const char *) run->call->inputs[run->update->gradient]->data + i * run->size;
}

static void
add_elements (const Run *run, void *to, const void *from, gint64 n)
{
  const LkDType dtype = run->call->inputs[run->update->gradient]->dtype;
  if (dtype == LK_FLOAT64)
    for (gint64 i = 0; i < n; i++)
      ((double *) to)[i] += ((const double *) from)[i];
  else if (dtype == LK_FLOAT32)
    for (gint64 i = 0; i < n; i++)
      ((float *) to)[i] += ((const float *) from)[i];
  else
    {
      float sum[FEW], more[FEW];
      lk_widen (dtype, to, sum, n);
      lk_widen (dtype, from, more, n);
      for (gint64 i = 0; i < n; i++)
        sum[i] += more[i];
      lk_narrow (dtype, sum, to, n);
    }
}

/* The first of the ordered indices that is at least `row`. */
static gint64
find_row (const Run *run, const LkTensor *indices, gint64 row)
{
  gint64 low = 0, high = indices->size;
  while (low < high)
    {
      const gint64 middle = (low + high) / 2;
      if (lk_int_at (indices, run->order[middle]) < row)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* A little of a gradient that is zero but for some rows. */
typedef struct
{
  double elements[FEW];
  gint64 next;            /* of the ordered indices, the first that may be of the elements or behind them */
  gboolean clean;         /* all are zero */
} Block;

/* Elements first … first + n − 1. */
static const void *
block_fill (Block *block, const Run *run, gint64 first, gint64 n)
{
  const LkTensor *indices = run->call->inputs[run->update->gradient + 1];
  if (!block->clean)
    memset (block->elements, 0, sizeof block->elements);
  block->clean = TRUE;
  for (gint64 k = block->next; k < indices->size; k++)
    {
      const gint64 place = run->order[k], begin = lk_int_at (indices, place) * run->row;
      const gint64 from = MAX (first, begin), to = MIN (first + n, begin + run->row);
      if (begin >= first + n)
        break;
      if (begin + run->row <= first + n)
        block->next = k + 1;
      if (from >= to)
        continue;
      add_elements (run, (char *) block->elements + (from - first) * run->size,
                    element_of (run, place * run->row + from - begin), to - from);
      block->clean = FALSE;
    }
  return block->elements;
}

/* What somebody else holds is copied, a little at a time, just before it is changed. */
static void
run_part (gpointer data, guint task)
{
  const Run *run = data;
  Block block = { .next = 0 };
  gboolean shared = run->order != NULL;
  const gint64 begin = (gint64) task * PART, end = MIN (begin + PART, run->next[0]->size);
  for (guint k = 0; k < run->update->n_variables; k++)
    shared |= is_shared (run, k);
  if (run->order != NULL)
    block.next = find_row (run, run->call->inputs[run->update->gradient + 1], begin / run->row);
  const gint64 few = shared ? FEW : PART;
  for (gint64 first = begin; first < end; first += few)
    {
      const gint64 n = MIN (few, end - first);
      for (guint k = 0; shared && k < run->update->n_variables; k++)
        if (is_shared (run, k))
          copy (run, k, first, n);
      run->step (run, first, run->order != NULL ? block_fill (&block, run, first, n) : element_of (run, first), n);
    }
}

static void
run_dense (const Run *run)
{
  lk_parallel ((run->next[0]->size + PART - 1) / PART, run_part, (gpointer) run);
}

static gboolean
check_indices (LkCall *call, const LkTensor *indices, gint64 rows)
{
  for (gint64 i = 0; i < indices->size; i++)
    if (lk_int_at (indices, i) < 0 || lk_int_at (indices, i) >= rows)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Index %" G_GINT64_FORMAT " at offset %" G_GINT64_FORMAT
                           " in indices is out of range", lk_int_at (indices, i), i);
  return TRUE;
}

static void
run_rows (const Run *run)
{
  const LkTensor *indices = run->call->inputs[run->update->gradient + 1];
  for (guint k = 0; k < run->update->n_variables; k++)
    if (is_shared (run, k))
      copy (run, k, 0, run->next[k]->size);
  for (gint64 i = 0; i < indices->size; i++)
    run->step (run, lk_int_at (indices, i) * run->row, element_of (run, i * run->row), run->row);
}

static int
compare_places (gconstpointer a, gconstpointer b, gpointer data)
{
  const gint64 x = *(const gint64 *) a, y = *(const gint64 *) b, i = lk_int_at (data, x), j = lk_int_at (data, y);
  return i != j ? (i > j) - (i < j) : (x > y) - (x < y);
}

static void
run_among_zeros (Run *run)
{
  LkTensor *indices = run->call->inputs[run->update->gradient + 1];
  g_autofree gint64 *order = g_new (gint64, indices->size + 1);
  for (gint64 i = 0; i < indices->size; i++)
    order[i] = i;
  g_qsort_with_data (order, (gint) indices->size, sizeof *order, compare_places, indices);
  run->order = order;
  run_dense (run);
}

void
lk_update_run (LkCall *call, const LkUpdate *update)
{
  const LkTensor *gradient = call->inputs[update->gradient];
  const LkVariable *variable = lk_variable_of (call->inputs[0]);
  Run run = { call, update, .size = lk_dtype_size (gradient->dtype) };
  guint n = 0;
  if (update->rows && !check_indices (call, call->inputs[update->gradient + 1], variable->value->shape.dims[0]))
    return;
  if (!lk_update_begin (call, update->n_variables, run.next))
    return;
  for (guint i = update->n_variables; i < call->n_inputs; i++)
    if (i != update->gradient && !(update->rows && i == update->gradient + 1u))
      run.s[n++] = lk_tensor_double_at (call->inputs[i], 0);
  run.loop = gradient->dtype == LK_FLOAT64 ? update->twice : update->single;
  run.step = run.size == sizeof (guint16) ? step_narrow : step;
  if (update->rows != LK_ALL_ROWS)
    run.row = lk_shape_product (&run.next[0]->shape, 1, run.next[0]->shape.rank);
  if (update->rows == LK_SOME_ROWS)
    run_rows (&run);
  else if (update->rows == LK_ROWS_AMONG_ZEROS)
    run_among_zeros (&run);
  else
    run_dense (&run);
  lk_update_finish (call, update->n_variables, run.next);
}
