/* SPDX-License-Identifier: MIT */
/* Tensors that must be finite. */
#include "engine/ops/numerics.h"

#include <math.h>

#include "engine/ops/rule.h"

enum { NEGATIVE = 1, POSITIVE = 2, NAN_FOUND = 4 };

/* Nearly all are: that is seen by plain loops. */
static gboolean
all_finite (const LkTensor *x)
{
  const float *f = x->data;
  const double *d = x->data;
  gboolean good = x->dtype == LK_FLOAT32 || x->dtype == LK_FLOAT64;
  for (gint64 i = 0; x->dtype == LK_FLOAT32 && i < x->size; i++)
    good &= fabsf (f[i]) < INFINITY;
  for (gint64 i = 0; x->dtype == LK_FLOAT64 && i < x->size; i++)
    good &= fabs (d[i]) < INFINITY;
  return good;
}

static guint
found_in (const LkTensor *x)
{
  guint found = 0;
  if (all_finite (x))
    return 0;
  for (gint64 i = 0; i < x->size; i++)
    {
      const double value = lk_tensor_double_at (x, i);
      if (!isfinite (value))
        found |= isnan (value) ? NAN_FOUND : value < 0 ? NEGATIVE : POSITIVE;
    }
  return found;
}

static const char *const exact[] = { NULL, "-Inf", "+Inf", "-Inf and +Inf", "NaN", "-Inf and NaN", "+Inf and NaN",
                                     "-Inf, +Inf, and NaN" };

const char *
lk_numerics_found (const LkTensor *x)
{
  return exact[found_in (x)];
}

static void
check_kernel (LkCall *call)
{
  static const char *const simple[] = { "", "Inf", "NaN", "Inf and NaN" };
  LkTensor *x = call->inputs[0];
  const guint found = found_in (x);
  if (found == 0)
    call->outputs[0] = lk_tensor_new_alias (x, &x->shape);
  else if (call->op->index == LK_OP_CHECK_NUMERICS)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "%s : Tensor had %s values", call->attrs[0].s,
                  simple[(found & (NEGATIVE | POSITIVE) ? 1 : 0) + (found & NAN_FOUND ? 2 : 0)]);
  else
    lk_call_fail (call, LK_INVALID_ARGUMENT, "%s : Tensor had %s values", call->attrs[0].s, exact[found]);
}

static void
check_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_check_numerics (call->ctx, dy[0], "Not a number (NaN) or infinity (Inf) values detected in gradient.");
}

LK_BLOCK (check_numerics, .infer = lk_infer_first, .kernel = check_kernel, .gradient = check_gradient,
          .samples = (const LkSample[]) { { "float64[2,3]", "message=\"x\"" }, { "float64[0]", "message=\"\"" }, { NULL } });
LK_BLOCK (check_numerics_v2, .infer = lk_infer_first, .kernel = check_kernel, .gradient = check_gradient,
          .samples = (const LkSample[]) { { "float64[2,3]", "message=\"x\"" }, { NULL } });
