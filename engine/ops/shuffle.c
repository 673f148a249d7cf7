/* SPDX-License-Identifier: MIT */
/* Rows in random order, and where a row would come without moving any. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/random.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gint64
rows_of (const LkTensor *value)
{
  return value->shape.rank > 0 ? value->shape.dims[0] : 1;
}

static void
shuffle_rows (LkCall *call, LkPhilox philox)
{
  const LkTensor *value = call->inputs[0];
  const gint64 rows = rows_of (value);
  g_autofree gint64 *order = lk_random_order (philox, rows);
  g_auto (LkElements) in = lk_elements_of (value);
  LkElements out;
  if (order == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating the order of %" G_GINT64_FORMAT " rows", rows);
      return;
    }
  if (!lk_elements_of_output (call, 0, &value->shape, &out))
    return;
  const gsize row = lk_shape_product (&value->shape, MIN (value->shape.rank, 1), value->shape.rank) * in.size;
  for (gint64 i = 0; row > 0 && i < rows; i++)
    memcpy (out.data + i * row, in.data + order[i] * row, row);
  lk_elements_finish (call, 0, &value->shape, &out);
}

/* Which row came here is not kept: any may have. */
static void
shuffle_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  const gint64 row = lk_shape_product (shape, MIN (shape->rank, 1), shape->rank);
  lk_provenance_add (into, 0, element % row, call->inputs[0]->size / row, row);
  for (guint i = 1; i < call->n_inputs; i++)
    lk_provenance_add (into, i, 0, call->inputs[i]->size, 1);
}

/* ---- RandomShuffle ---- */

static void
random_shuffle_kernel (LkCall *call)
{
  const gint64 rows = rows_of (call->inputs[0]);
  shuffle_rows (call, lk_random_begin (call, 0, rows > 1 ? (rows - 1 + 3) / 4 : 0));
}

LK_BLOCK (random_shuffle, .infer = lk_infer_same, .kernel = random_shuffle_kernel,
          .provenance = shuffle_provenance,
          SAMPLES ({ "int32[6]={0,1,2,3,4,5}", "seed=1, seed2=2" }, { "float64[3,2]" }, { "float64[]" },
                   { "string[2]={a,b}" },
                   { "float64[0,2]" }));

/* ---- StatelessShuffle ---- */

static gboolean
stateless_shuffle_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = *lk_rule_shape (call, 0);
  return lk_random_infer_key (call, 1);
}

static void
stateless_shuffle_kernel (LkCall *call)
{
  if (lk_random_check_algorithm (call, lk_int_at (call->inputs[3], 0)))
    shuffle_rows (call, lk_random_of_key (call->inputs[1], call->inputs[2]));
}

LK_BLOCK (stateless_shuffle, .infer = stateless_shuffle_infer, .shape = "The value's shape.", .kernel = stateless_shuffle_kernel,
          .provenance = shuffle_provenance,
          SAMPLES ({ "int32[6]={0,1,2,3,4,5}; uint64[1]={3}; uint64[2]={4,5}; int32[]={1}" },
                   { "string[2,1]={a,b}; uint64[1]={3}; uint64[2]={4,5}; int32[]={3}" },
                   { "float32[0,2]; uint64[1]={3}; uint64[2]={4,5}; int32[]={1}" }));

/* ---- RandomIndexShuffle ---- */

/* Each input is one for all, or one for each output. */
static gboolean
index_infer (const LkCall *call, LkSignature *out)
{
  static const guint alone[] = { 0, 1, 0 };
  gint64 n = 1;
  gboolean many = FALSE;
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (call->attrs[0].i < 4 || call->attrs[0].i % 2 != 0 || call->attrs[0].i > 1024)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "rounds must be even, and from 4 to 1024, but is %" G_GINT64_FORMAT,
                         call->attrs[0].i);
  for (guint i = 0; i < 3; i++)
    {
      const LkShape *shape = lk_rule_shape (call, i);
      if (shape->rank == LK_RANK_UNKNOWN)
        return TRUE;
      if (shape->rank > alone[i] + 1)
        {
          g_autofree char *text = lk_shape_text (shape);
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be %s, got shape %s", call->op->inputs[i].name,
                               i == 1 ? "a vector of size 3 or a matrix" : "a scalar or a vector", text);
        }
      if (i == 1 && (shape->rank == 0 || (shape->dims[shape->rank - 1] != 3 && shape->dims[shape->rank - 1] >= 0)))
        {
          g_autofree char *text = lk_shape_text (shape);
          return lk_call_fail (call, LK_INVALID_ARGUMENT, "seed must be a vector of size 3 or a matrix, got shape %s", text);
        }
      if (shape->rank == alone[i])
        continue;
      if (many && !lk_rule_merge_dim (n, shape->dims[0], &n))
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s has %" G_GINT64_FORMAT " elements instead of %"
                             G_GINT64_FORMAT, call->op->inputs[i].name, shape->dims[0], n);
      n = many ? n : shape->dims[0];
      many = TRUE;
    }
  out[0].shape = many ? LK_SHAPE (n) : LK_SCALAR;
  return TRUE;
}

static inline guint64
rotated (guint64 x, guint by, guint width)
{
  return (x << by | x >> (width - by)) & (width == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT (1) << width) - 1);
}

/* Half a round of R. Beaulieu et al., "The Simon and Speck families of lightweight block ciphers", 2013. */
static inline guint64
simon (guint64 x, guint width)
{
  return (rotated (x, 1, width) & rotated (x, 8, width)) ^ rotated (x, 2, width);
}

static void
simon_keys (const guint32 *seed, guint width, guint rounds, guint64 *keys)
{
  const guint64 mask = (G_GUINT64_CONSTANT (1) << width) - 1;
  guint64 bits = G_GUINT64_CONSTANT (0x7369f885192c0ef5) & mask;
  for (guint i = 0; i < 3; i++)
    keys[i] = seed[i] & mask;
  for (guint i = 3; i < rounds; i++, bits >>= 1)
    keys[i] = (0xfffffffc & mask) ^ (bits & 1) ^ keys[i - 3] ^ rotated (keys[i - 1], width - 3, width)
              ^ rotated (keys[i - 1], width - 4, width);
}

/* Where index comes in a shuffle of 0 … most: ciphers of blocks that are a little too large are applied until they stay
   within, J. Black, P. Rogaway, "Ciphers with arbitrary finite domains", 2002. */
static guint64
shuffled_index (guint64 index, const guint32 *seed, guint64 most, guint rounds)
{
  guint64 keys[1024];
  guint block = 0;
  if (most == 0)
    return 0;
  while (block < 64 && (block == 0 ? most > 1 : most > G_GUINT64_CONSTANT (1) << block))
    block++;
  block = MIN (MAX (block + block % 2, 16), 64);
  const guint width = block / 2;
  const guint64 mask = (G_GUINT64_CONSTANT (1) << width) - 1;
  simon_keys (seed, width, rounds, keys);
  do
    {
      guint64 left = index >> width & mask, right = index & mask;
      for (guint i = 0; i < rounds; i += 2)
        {
          left ^= simon (right, width) ^ keys[i];
          right ^= simon (left, width) ^ keys[i + 1];
        }
      index = left << width | right;
    }
  while (index > most);
  return index;
}

static guint64
unsigned_at (const LkTensor *tensor, gint64 i)
{
  return tensor->dtype == LK_UINT32 ? ((const guint32 *) tensor->data)[i] : (guint64) lk_int_at (tensor, i);
}

static void
index_kernel (LkCall *call)
{
  const LkTensor *index = call->inputs[0], *seeds = call->inputs[1], *most = call->inputs[2];
  LkTensor *out = call->outputs[0];
  for (gint64 i = 0; i < out->size; i++)
    {
      guint32 seed[3];
      const guint64 at = unsigned_at (index, index->shape.rank > 0 ? i : 0),
                    last = unsigned_at (most, most->shape.rank > 0 ? i : 0);
      for (guint k = 0; k < 3; k++)
        seed[k] = unsigned_at (seeds, (seeds->shape.rank > 1 ? 3 * i : 0) + k);
      if (at > last)
        {
          lk_call_fail (call, LK_INVALID_ARGUMENT, "index %" G_GUINT64_FORMAT " is more than max_index %"
                        G_GUINT64_FORMAT, at, last);
          return;
        }
      lk_tensor_set_int (out, i, shuffled_index (at, seed, last, call->attrs[0].i));
    }
}

LK_BLOCK (random_index_shuffle, .infer = index_infer,
          .shape = "A scalar, or a vector as long as index, seed's rows or max_index are.",
          .kernel = index_kernel, .provenance = lk_random_from_all,
          SAMPLES ({ "int32[]={2}; int32[3]={1,2,3}; int32[]={7}" }, { "uint64[2]={0,5}; int64[3]={1,2,3}; uint64[]={100000}" },
                   { "int64[2]={0,5}; uint32[2,3]={1,2,3,4,5,6}; int64[2]={9,70000}", "rounds=8" },
                   { "int32[0]; int32[3]={1,2,3}; int32[]={7}" }));
