/* SPDX-License-Identifier: MIT */
/* Diagonals of tensors: of a tensor of shape s, the one of shape s + s whose elements [i…, i…] are its elements [i…]. */
#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/move.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
diag_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_min_rank (call, 0, 1, "Input must be at least rank 1, got 0"))
    return FALSE;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (2 * in->rank > LK_MAX_RANK)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "the result would have %d dimensions, at most %d are supported",
                         2 * in->rank, LK_MAX_RANK);
  out[0].shape.rank = 2 * in->rank;
  for (guint i = 0; i < out[0].shape.rank; i++)
    out[0].shape.dims[i] = in->dims[i % in->rank];
  return TRUE;
}

static void
diag_kernel (LkCall *call)
{
  LkElements out;
  const LkTensor *in = call->inputs[0];
  LkShape shape = { .rank = 2 * in->shape.rank };
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = in->shape.dims[i % in->shape.rank];
  g_auto (LkElements) from = lk_elements_of (in);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  const LkMoveAxis axis = { in->size, in->size + 1, 1 };
  lk_elements_zero (&out, lk_shape_size (&shape));
  lk_move (out.data, from.data, out.size, &axis, 1);
  lk_elements_finish (call, 0, &shape, &out);
}

static void
diag_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_diag_part (call->ctx, dy[0]);
}

static void
diag_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->inputs[0]->size;
  if (element / n == element % n)
    lk_provenance_add (into, 0, element % n, 1, 1);
}

LK_BLOCK (tensor_diag, .infer = diag_infer, .shape = "The input's shape twice, one after the other.",
          .kernel = diag_kernel, .gradient = diag_gradient,
          .provenance = diag_provenance,
          SAMPLES ({ "float64[3]" }, { "float64[2,3]" }, { "int32[2]" }, { "float64[0]" }));

static gboolean
diag_part_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *in = lk_rule_shape (call, 0);
  out[0].shape = LK_SHAPE_UNKNOWN;
  if (in->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (in->rank == 0 || in->rank % 2 != 0)
    {
      g_autofree char *text = lk_shape_text (in);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "The rank of the tensor should be even and positive, got shape %s",
                           text);
    }
  out[0].shape.rank = in->rank / 2;
  for (guint i = 0; i < out[0].shape.rank; i++)
    if (!lk_rule_merge_dim (in->dims[i], in->dims[i + in->rank / 2], &out[0].shape.dims[i]))
      {
        g_autofree char *text = lk_shape_text (in);
        return lk_call_fail (call, LK_INVALID_ARGUMENT,
                             "Invalid shape %s: dimensions %u and %u do not match.", text, i, i + in->rank / 2);
      }
  return TRUE;
}

static void
diag_part_kernel (LkCall *call)
{
  LkElements out;
  LkShape shape = *lk_rule_shape (call, 0);
  shape.rank /= 2;
  const gint64 n = lk_shape_size (&shape);
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, &shape, &out))
    return;
  const LkMoveAxis axis = { n, 1, n + 1 };
  lk_move (out.data, from.data, out.size, &axis, 1);
  lk_elements_finish (call, 0, &shape, &out);
}

static void
diag_part_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_diag (call->ctx, dy[0]);
}

static void
diag_part_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, element * (call->outputs[0]->size + 1), 1, 1);
}

LK_BLOCK (tensor_diag_part, .infer = diag_part_infer,
          .shape = "The first half of the input's axes, which are the same as the second.",
          .kernel = diag_part_kernel, .gradient = diag_part_gradient,
          .provenance = diag_part_provenance,
          SAMPLES ({ "float64[3,3]" }, { "float64[2,3,2,3]" }, { "int32[2,2]" }, { "float64[0,0]" }));
