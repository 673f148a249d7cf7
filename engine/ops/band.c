/* SPDX-License-Identifier: MIT */
/* Matrices cut to a band around their diagonal. */
#include <string.h>

#include "engine/ops/elements.h"
#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
band_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = *lk_rule_shape (call, 0);
  return lk_rule_need_min_rank (call, 0, 2, "input must be at least 2-dim, received shape: %s")
         && lk_rule_need_rank (call, 1, 0, "num_lower must be scalar, got shape %s")
         && lk_rule_need_rank (call, 2, 0, "num_upper must be scalar, got shape %s");
}

static gboolean
check_band (LkCall *call, guint i, const char *name, gint64 most)
{
  const gint64 given = lk_int_at (call->inputs[i], 0);
  return given <= most || lk_call_fail (call, LK_INVALID_ARGUMENT, "%s must be negative or less or equal to number "
                                        "of %s (%" G_GINT64_FORMAT ") got: %" G_GINT64_FORMAT,
                                        name, i == 1 ? "rows" : "columns", most, given);
}

static void
matrix_band_part_kernel (LkCall *call)
{
  LkElements out;
  const LkShape *in = lk_rule_shape (call, 0);
  const gint64 rows = in->dims[in->rank - 2], columns = in->dims[in->rank - 1];
  const gint64 lower = lk_int_at (call->inputs[1], 0), upper = lk_int_at (call->inputs[2], 0);
  if (!check_band (call, 1, "num_lower", rows) || !check_band (call, 2, "num_upper", columns))
    return;
  g_auto (LkElements) from = lk_elements_of (call->inputs[0]);
  if (!lk_elements_of_output (call, 0, in, &out))
    return;
  lk_elements_zero (&out, call->inputs[0]->size);
  for (gint64 row = 0; columns > 0 && row < call->inputs[0]->size / columns; row++)
    {
      const gint64 at = row % rows, first = lower < 0 ? 0 : MAX (at - lower, 0);
      const gint64 last = upper < 0 || upper >= columns - at ? columns : at + upper + 1;
      if (first < last)
        memcpy (out.data + (row * columns + first) * (gint64) out.size,
                from.data + (row * columns + first) * (gint64) out.size, (last - first) * out.size);
    }
  lk_elements_finish (call, 0, in, &out);
}

static void
matrix_band_part_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_matrix_band_part (call->ctx, dy[0], call->inputs[1], call->inputs[2]);
}

static void
matrix_band_part_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, element, 1, 1);
}

LK_BLOCK (matrix_band_part, .infer = band_infer,
          .shape = "The input's shape, which has two axes at least; num_lower and num_upper are scalars.",
          .kernel = matrix_band_part_kernel,
          .gradient = matrix_band_part_gradient, .provenance = matrix_band_part_provenance,
          SAMPLES ({ "float64[3,4]; int32[]={1}; int32[]={0}" }, { "float64[2,2,3]; int64[]={-1}; int64[]={1}" },
                   { "int32[2,2]; int32[]={0}; int32[]={-1}" }, { "float64[0,2]; int32[]={0}; int32[]={0}" }));
