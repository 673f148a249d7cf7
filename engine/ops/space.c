/* SPDX-License-Identifier: MIT */
/* Rearranging blocks of space into the batch and back: SpaceToBatchND, BatchToSpaceND. */
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }
#define BATCH_RANK (LK_MAX_RANK - 1)    /* axes that blocks may be of */

/* Axis i + 1 of space is dealt out in blocks: place s of it, with `before` places in front, is place
   (s + before) / size of the batch (s + before) mod size. */
typedef struct
{
  guint n;
  gint64 size[BATCH_RANK], before[BATCH_RANK], after[BATCH_RANK], product;
} Blocks;

/* Reads block_shape and paddings or crops. *known: all of it is; n is told in any case, −1 when it is not known. */
static gboolean
blocks_read (const LkCall *call, const char *name, Blocks *blocks, int *n, gboolean *known)
{
  gint64 pairs[2 * BATCH_RANK];
  guint n_sizes, n_pairs;
  const LkShape *sizes = lk_rule_shape (call, 1), *given = lk_rule_shape (call, 2);
  *n = -1;
  *known = FALSE;
  if (!lk_rule_need_rank (call, 1, 1, "block_shape should be 1D instead of %s"))
    return FALSE;
  if (sizes->rank == 1 && sizes->dims[0] >= 0)
    {
      const LkShape wanted = LK_SHAPE (sizes->dims[0], 2);
      if (!lk_shape_compatible (given, &wanted))
        {
          g_autofree char *text = lk_shape_text (given);
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s should have shape [%" G_GINT64_FORMAT ", 2] instead of %s", name,
                               sizes->dims[0], text);
        }
      if (sizes->dims[0] > BATCH_RANK)
        return lk_call_fail (call, LK_UNIMPLEMENTED, "blocks of %" G_GINT64_FORMAT " dimensions are not supported, at most "
                             "%d are", sizes->dims[0], BATCH_RANK);
      *n = sizes->dims[0];
    }
  *blocks = (Blocks) { .n = MAX (*n, 0), .product = 1 };
  *known = lk_rule_ints (call, 1, blocks->size, BATCH_RANK, &n_sizes)
           && lk_rule_ints (call, 2, pairs, 2 * BATCH_RANK, &n_pairs);
  for (guint i = 0; *known && i < blocks->n; i++)
    {
      blocks->before[i] = pairs[2 * i];
      blocks->after[i] = pairs[2 * i + 1];
      if (blocks->size[i] < 1)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "All values in block_shape must be positive, got value, %"
                             G_GINT64_FORMAT " at index %u.", blocks->size[i], i);
      if (blocks->before[i] < 0 || blocks->after[i] < 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "%c%s must be non-negative", g_ascii_toupper (name[0]), name + 1);
      if (__builtin_mul_overflow (blocks->product, blocks->size[i], &blocks->product))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "The product of block_shape overflows");
    }
  return TRUE;
}

static gboolean
need_space (const LkCall *call, int n)
{
  const LkShape *in = lk_rule_shape (call, 0);
  return in->rank == LK_RANK_UNKNOWN || n < 0 || in->rank > n
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "input rank should be >= %d instead of %u", n + 1, in->rank);
}

static gboolean
to_batch_shape (const LkCall *call, const Blocks *blocks, LkShape *shape)
{
  *shape = *lk_rule_shape (call, 0);
  if (shape->dims[0] >= 0 && __builtin_mul_overflow (shape->dims[0], blocks->product, &shape->dims[0]))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "The batch overflows");
  for (guint i = 0; i < blocks->n; i++)
    {
      gint64 *dim = &shape->dims[i + 1];
      if (*dim < 0)
        continue;
      if (__builtin_add_overflow (*dim, blocks->before[i], dim) || __builtin_add_overflow (*dim, blocks->after[i], dim))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "padded_shape[%u] overflows", i);
      if (*dim % blocks->size[i] != 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "padded_shape[%u]=%" G_GINT64_FORMAT " is not divisible by "
                             "block_shape[%u]=%" G_GINT64_FORMAT, i, *dim, i, blocks->size[i]);
      *dim /= blocks->size[i];
    }
  return TRUE;
}

static gboolean
to_space_shape (const LkCall *call, const Blocks *blocks, LkShape *shape)
{
  *shape = *lk_rule_shape (call, 0);
  if (shape->dims[0] >= 0 && shape->dims[0] % blocks->product != 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Input batch dimension (%" G_GINT64_FORMAT ") is not divisible by "
                         "product of block sizes (%" G_GINT64_FORMAT ")", shape->dims[0], blocks->product);
  shape->dims[0] = shape->dims[0] < 0 ? LK_DIM_UNKNOWN : shape->dims[0] / blocks->product;
  for (guint i = 0; i < blocks->n; i++)
    {
      gint64 *dim = &shape->dims[i + 1];
      if (*dim < 0)
        continue;
      if (__builtin_mul_overflow (*dim, blocks->size[i], dim) || __builtin_sub_overflow (*dim, blocks->before[i], dim)
          || __builtin_sub_overflow (*dim, blocks->after[i], dim) || *dim < 0)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "cropped_shape[%u]=%" G_GINT64_FORMAT " must be non-negative", i,
                             *dim);
    }
  return TRUE;
}

static gboolean
batch_infer (const LkCall *call, LkSignature *out, const char *name,
             gboolean (*shape) (const LkCall *, const Blocks *, LkShape *))
{
  Blocks blocks;
  int n;
  gboolean known;
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = *in;
  if (!blocks_read (call, name, &blocks, &n, &known) || !need_space (call, n))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (known)
    return shape (call, &blocks, &out[0].shape);
  for (guint i = 0; i < in->rank; i++)
    if (n < 0 || (int) i <= n)
      out[0].shape.dims[i] = LK_DIM_UNKNOWN;
  return TRUE;
}

/* The walk of one block: the places of an axis of `space` that fall to `offset`. Returns how many there are. */
static gint64
block_range (const Blocks *blocks, guint i, gint64 space, gint64 offset, gint64 *in_space, gint64 *in_batch)
{
  const gint64 size = blocks->size[i], away = blocks->before[i] - offset;
  *in_batch = away > 0 ? (away + size - 1) / size : 0;
  *in_space = *in_batch * size - away;
  return *in_space < space ? (space - *in_space + size - 1) / size : 0;
}

/* Moves between space [b, s…, rest…] and batches [block · b, s / block…, rest…]. */
static void
blocks_move (const Blocks *blocks, const LkShape *space, char *space_data, const LkShape *batch, char *batch_data,
             gsize size, gboolean into_batch)
{
  gint64 steps[LK_MAX_RANK], there[LK_MAX_RANK];
  lk_shape_strides (space, steps);
  lk_shape_strides (batch, there);
  const gint64 rest = lk_shape_product (space, blocks->n + 1, space->rank);
  if (lk_shape_size (space) == 0 || lk_shape_size (batch) == 0)
    return;
  for (gint64 block = 0; block < blocks->product; block++)
    {
      LkMoveAxis axes[LK_MAX_RANK + 1];
      gint64 left = block, from = 0, to = block * space->dims[0] * there[0];
      axes[0] = (LkMoveAxis) { space->dims[0], there[0], steps[0] };
      for (guint i = blocks->n; i-- > 0;)
        {
          gint64 in_space, in_batch;
          const gint64 n = block_range (blocks, i, space->dims[i + 1], left % blocks->size[i], &in_space, &in_batch);
          left /= blocks->size[i];
          axes[i + 1] = (LkMoveAxis) { n, there[i + 1], steps[i + 1] * blocks->size[i] };
          from += in_space * steps[i + 1];
          to += in_batch * there[i + 1];
        }
      axes[blocks->n + 1] = (LkMoveAxis) { rest, 1, 1 };
      gboolean some = TRUE;
      for (guint i = 0; i < blocks->n + 2; i++)
        some &= axes[i].n > 0;
      for (guint i = 0; i < blocks->n + 2 && !into_batch; i++)
        axes[i] = (LkMoveAxis) { axes[i].n, axes[i].from, axes[i].to };
      char *a = batch_data + to * (gint64) size, *b = space_data + from * (gint64) size;
      if (some)
        lk_move (into_batch ? a : b, into_batch ? b : a, size, axes, blocks->n + 2);
    }
}

static gboolean
space_to_batch_infer (const LkCall *call, LkSignature *out)
{
  return batch_infer (call, out, "paddings", to_batch_shape);
}

static gboolean
batch_to_space_infer (const LkCall *call, LkSignature *out)
{
  return batch_infer (call, out, "crops", to_space_shape);
}

static void
space_to_batch_kernel (LkCall *call)
{
  Blocks blocks;
  int n;
  gboolean known;
  LkShape shape;
  LkElements out;
  g_auto (LkElements) in = lk_elements_of (call->inputs[0]);
  if (!blocks_read (call, "paddings", &blocks, &n, &known) || !to_batch_shape (call, &blocks, &shape)
      || !lk_elements_of_output (call, 0, &shape, &out))
    return;
  lk_elements_zero (&out, lk_shape_size (&shape));
  blocks_move (&blocks, lk_rule_shape (call, 0), in.data, &shape, out.data, in.size, TRUE);
  lk_elements_finish (call, 0, &shape, &out);
}

static void
batch_to_space_kernel (LkCall *call)
{
  Blocks blocks;
  int n;
  gboolean known;
  LkShape shape;
  LkElements out;
  g_auto (LkElements) in = lk_elements_of (call->inputs[0]);
  if (!blocks_read (call, "crops", &blocks, &n, &known) || !to_space_shape (call, &blocks, &shape)
      || !lk_elements_of_output (call, 0, &shape, &out))
    return;
  blocks_move (&blocks, &shape, out.data, lk_rule_shape (call, 0), in.data, in.size, FALSE);
  lk_elements_finish (call, 0, &shape, &out);
}

static void
space_to_batch_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_batch_to_space (call->ctx, dy[0], call->inputs[1], call->inputs[2]);
}

static void
batch_to_space_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_space_to_batch (call->ctx, dy[0], call->inputs[1], call->inputs[2]);
}

static void
space_to_batch_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Blocks blocks;
  int n;
  gboolean known;
  gint64 index[LK_MAX_RANK];
  const LkShape *space = lk_rule_shape (call, 0);
  if (!blocks_read (call, "paddings", &blocks, &n, &known))
    return;
  lk_shape_unravel (&call->outputs[0]->shape, element, index);
  gint64 block = index[0] / space->dims[0];
  index[0] %= space->dims[0];
  for (guint i = blocks.n; i-- > 0; block /= blocks.size[i])
    {
      index[i + 1] = index[i + 1] * blocks.size[i] + block % blocks.size[i] - blocks.before[i];
      if (index[i + 1] < 0 || index[i + 1] >= space->dims[i + 1])
        return;
    }
  lk_provenance_add (into, 0, lk_shape_ravel (space, index), 1, 1);
}

static void
batch_to_space_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Blocks blocks;
  int n;
  gboolean known;
  gint64 index[LK_MAX_RANK], block = 0;
  const LkShape *space = &call->outputs[0]->shape;
  if (!blocks_read (call, "crops", &blocks, &n, &known))
    return;
  lk_shape_unravel (space, element, index);
  for (guint i = 0; i < blocks.n; i++)
    {
      const gint64 at = index[i + 1] + blocks.before[i];
      block = block * blocks.size[i] + at % blocks.size[i];
      index[i + 1] = at / blocks.size[i];
    }
  index[0] += block * space->dims[0];
  lk_provenance_add (into, 0, lk_shape_ravel (lk_rule_shape (call, 0), index), 1, 1);
}

LK_BLOCK (space_to_batch, .infer = space_to_batch_infer,
          .shape = "[batch · Π block_shape], the spatial sizes and their paddings over the block's, and the rest as it is.",
          .kernel = space_to_batch_kernel,
          .gradient = space_to_batch_gradient, .provenance = space_to_batch_provenance,
          SAMPLES ({ "float64[1,2,4,1]; int32[2]={2,2}; int32[2,2]={0,0,0,0}" },
                   { "float64[2,3,2]; int64[1]={2}; int32[1,2]={1,2}" },
                   { "string[1,2]={a,b}; int32[1]={2}; int32[1,2]={1,1}" }, { "float64[2,3]; int32[0]; int32[0,2]" },
                   { "int32[0,2]; int32[1]={2}; int32[1,2]={0,0}" }));
LK_BLOCK (batch_to_space, .infer = batch_to_space_infer,
          .shape = "[batch / Π block_shape], the spatial sizes times the block's less crops, and the rest as it is.",
          .kernel = batch_to_space_kernel,
          .gradient = batch_to_space_gradient, .provenance = batch_to_space_provenance,
          SAMPLES ({ "float64[4,1,2,1]; int32[2]={2,2}; int32[2,2]={0,0,0,1}" },
                   { "float64[4,3,2]; int64[1]={2}; int32[1,2]={1,2}" },
                   { "string[2,1]={a,b}; int32[1]={2}; int32[1,2]={0,0}" }, { "float64[2,3]; int32[0]; int32[0,2]" }));
