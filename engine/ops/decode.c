/* SPDX-License-Identifier: MIT */
/* The labels that logits over time give, by connectionist temporal classification: of the best class at each step. And what the
   decoders share. */
#include "engine/ops/ctc.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- shapes ---- */

gboolean
lk_decode_infer (const LkCall *call, LkSignature *out, guint paths)
{
  gint64 batch;
  const LkShape *logits = lk_rule_shape (call, 0), *lengths = lk_rule_shape (call, 1);
  if (!lk_rule_need_rank (call, 0, 3, "inputs is not a 3-Tensor, got shape %s")
      || !lk_rule_need_rank (call, 1, 1, "sequence_length is not a vector, got shape %s"))
    return FALSE;
  if (lk_shape_size (logits) == 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "inputs must not be empty");
  if (!lk_rule_merge_dim (logits->rank == 3 ? logits->dims[1] : LK_DIM_UNKNOWN,
                          lengths->rank == 1 ? lengths->dims[0] : LK_DIM_UNKNOWN, &batch))
    return lk_call_fail (call, LK_FAILED_PRECONDITION, "len(sequence_length) != batch_size.  len(sequence_length):  %"
                         G_GINT64_FORMAT " batch_size: %" G_GINT64_FORMAT, lengths->dims[0], logits->dims[1]);
  for (guint i = 0; i < paths; i++)
    {
      out[i].shape = LK_SHAPE (LK_DIM_UNKNOWN, 2);
      out[paths + i].shape = LK_SHAPE (LK_DIM_UNKNOWN);
      out[2 * paths + i].shape = LK_SHAPE (2);
    }
  out[3 * paths].shape = LK_SHAPE (batch, paths);
  return TRUE;
}

gboolean
lk_decode_check_lengths (LkCall *call)
{
  const gint64 most = lk_rule_shape (call, 0)->dims[0];
  for (gint64 b = 0; b < call->inputs[1]->size; b++)
    if (lk_int_at (call->inputs[1], b) > most)
      return lk_call_fail (call, LK_FAILED_PRECONDITION, "sequence_length(%" G_GINT64_FORMAT ") <= %" G_GINT64_FORMAT, b, most);
  return TRUE;
}

void
lk_decode_give (LkCall *call, guint paths, guint i, const GArray *labels, const gint64 *counts)
{
  const gint64 batch = lk_rule_shape (call, 0)->dims[1];
  LkTensor *indices = lk_call_output (call, i, LK_SHAPE_REF (labels->len, 2)),
           *values = lk_call_output (call, paths + i, LK_SHAPE_REF (labels->len)),
           *shape = lk_call_output (call, 2 * paths + i, LK_SHAPE_REF (2));
  gint64 at = 0, most = 0;
  if (indices == NULL || values == NULL || shape == NULL)
    return;
  for (gint64 b = 0; b < batch; b++)
    {
      most = MAX (most, counts[b]);
      for (gint64 t = 0; t < counts[b]; t++, at++)
        {
          lk_set_int (indices, 2 * at, b);
          lk_set_int (indices, 2 * at + 1, t);
          lk_set_int (values, at, g_array_index (labels, gint64, at));
        }
    }
  lk_set_int (shape, 0, batch);
  lk_set_int (shape, 1, most);
}

/* ---- CTCGreedyDecoder ---- */

static gint64
blank_of (const LkCall *call, gint64 classes)
{
  return call->attrs[1].i < 0 ? classes + call->attrs[1].i : call->attrs[1].i;
}

static gboolean
greedy_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *logits = lk_rule_shape (call, 0);
  if (!lk_decode_infer (call, out, 1))
    return FALSE;
  const gint64 classes = logits->rank == 3 ? logits->dims[2] : LK_DIM_UNKNOWN;
  return classes < 0 || (blank_of (call, classes) >= 0 && blank_of (call, classes) < classes)
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "blank_index expected to be between %" G_GINT64_FORMAT " and %" G_GINT64_FORMAT
                          " but was %" G_GINT64_FORMAT, -classes, classes - 1, call->attrs[1].i);
}

/* Appends the labels of sequence b. Returns −Σ of the largest logits. */
static double
greedy_sequence (const LkCall *call, gint64 b, GArray *labels)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  const gint64 classes = shape->dims[2], blank = blank_of (call, classes);
  gint64 before = -1;
  double sum = 0;
  for (gint64 t = 0; t < lk_int_at (call->inputs[1], b); t++)
    {
      const gint64 row = (t * shape->dims[1] + b) * classes;
      gint64 best = 0;
      for (gint64 c = 1; c < classes; c++)
        if (lk_tensor_double_at (call->inputs[0], row + c) > lk_tensor_double_at (call->inputs[0], row + best))
          best = c;
      sum -= lk_tensor_double_at (call->inputs[0], row + best);
      if (best != blank && !(call->attrs[0].b && best == before))
        g_array_append_val (labels, best);
      before = best;
    }
  return sum;
}

static void
greedy_kernel (LkCall *call)
{
  const gint64 batch = lk_rule_shape (call, 0)->dims[1];
  g_autoptr (GArray) labels = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autofree gint64 *counts = g_new (gint64, batch);
  LkTensor *scores = lk_decode_check_lengths (call) ? lk_call_output (call, 3, LK_SHAPE_REF (batch, 1)) : NULL;
  if (scores == NULL)
    return;
  for (gint64 b = 0; b < batch; b++)
    {
      const guint before = labels->len;
      lk_tensor_set_double (scores, b, greedy_sequence (call, b, labels));
      counts[b] = labels->len - before;
    }
  lk_decode_give (call, 1, 0, labels, counts);
}

void
lk_decode_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  const gint64 b = output + 1 == call->n_outputs ? element / (call->outputs[output]->size / shape->dims[1]) : -1;
  for (gint64 t = 0; t < shape->dims[0]; t++)
    lk_provenance_add (into, 0, (t * shape->dims[1] + MAX (b, 0)) * shape->dims[2], (b < 0 ? shape->dims[1] : 1) * shape->dims[2], 1);
  lk_provenance_add (into, 1, MAX (b, 0), b < 0 ? shape->dims[1] : 1, 1);
}

LK_BLOCK (ctc_greedy_decoder, .infer = greedy_infer, .kernel = greedy_kernel, .provenance = lk_decode_provenance,
          .shape = "A sparse tensor [batch, longest] as indices, values and shape; and [batch, 1].",
          SAMPLES ({ "float64[3,2,3]; int32[2]={3,2}" }, { "float32[3,1,4]; int32[1]={0}", "merge_repeated=true, blank_index=0" }));
