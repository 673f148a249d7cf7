/* SPDX-License-Identifier: MIT */
/* Local response normalisation (Krizhevsky et al., 2012): each element by those of the channels around it.
   n = bias + alpha · Σ x² over depth_radius channels on either side; y = x · n^−beta. And half the sum of squares. */
#include <math.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

enum { RADIUS, BIAS, ALPHA, BETA };

#define RESPONSE_SHAPE "The input's shape, of four axes, which the other inputs share."

static gboolean
response_infer (const LkCall *call, LkSignature *out)
{
  return lk_rule_need_rank (call, 0, 4, "in must be 4-dimensional: %s") && lk_infer_same (call, out);
}

/* Σ from[k] around each of the n channels, itself included. */
static void
window_sums (const double *from, double *sums, gint64 n, gint64 radius)
{
  for (gint64 c = 0; c < n; c++)
    {
      sums[c] = 0;
      for (gint64 k = MAX (0, c - radius); k < MIN (n, c + radius + 1); k++)
        sums[c] += from[k];
    }
}

static double
value_at (const LkTensor *tensor, gint64 i)
{
  return tensor->dtype == LK_FLOAT32 ? ((const float *) tensor->data)[i] : ((const double *) tensor->data)[i];
}

static void
set_value (LkTensor *tensor, gint64 i, double value)
{
  if (tensor->dtype == LK_FLOAT32)
    ((float *) tensor->data)[i] = value;
  else
    ((double *) tensor->data)[i] = value;
}

/* The n of each channel of a row of x that begins at `at`. */
static void
find_norms (const LkCall *call, const LkTensor *x, gint64 at, gint64 n, double *squares, double *norms)
{
  for (gint64 c = 0; c < n; c++)
    squares[c] = value_at (x, at + c) * value_at (x, at + c);
  window_sums (squares, norms, n, CLAMP (call->attrs[RADIUS].i, 0, n));
  for (gint64 c = 0; c < n; c++)
    norms[c] = call->attrs[BIAS].f + call->attrs[ALPHA].f * norms[c];
}

static void
response_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const gint64 n = x->shape.dims[3];
  g_autofree double *work = g_new (double, 2 * n + 1);
  for (gint64 at = 0; at < x->size; at += n)
    {
      find_norms (call, x, at, n, work, work + n);
      for (gint64 c = 0; c < n; c++)
        set_value (call->outputs[0], at + c, value_at (x, at + c) * pow (work[n + c], -call->attrs[BETA].f));
    }
}

/* dx = dy · n^−beta − 2 alpha beta x · Σ dy y / n around */
static void
slope_kernel (LkCall *call)
{
  const LkTensor *dy = call->inputs[0], *x = call->inputs[1], *y = call->inputs[2];
  const gint64 n = x->shape.dims[3];
  const double beta = call->attrs[BETA].f, twice = 2 * call->attrs[ALPHA].f * beta;
  g_autofree double *work = g_new (double, 3 * n + 1);
  double *norms = work + n, *sums = norms + n;
  for (gint64 at = 0; at < x->size; at += n)
    {
      find_norms (call, x, at, n, work, norms);
      for (gint64 c = 0; c < n; c++)
        work[c] = value_at (dy, at + c) * value_at (y, at + c) / norms[c];
      window_sums (work, sums, n, CLAMP (call->attrs[RADIUS].i, 0, n));
      for (gint64 c = 0; c < n; c++)
        set_value (call->outputs[0], at + c, value_at (dy, at + c) * pow (norms[c], -beta)
                   - twice * value_at (x, at + c) * sums[c]);
    }
}

static void
response_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkAttr *a = call->attrs;
  dx[0] = lk_lrn_grad (call->ctx, dy[0], call->inputs[0], call->outputs[0], a[RADIUS].i, a[BIAS].f, a[ALPHA].f, a[BETA].f);
}

/* The sums around as a product with a band of ones. */
static LkTensor *
around (const LkCall *call, LkTensor *tensor)
{
  LkContext *ctx = call->ctx;
  if (tensor == NULL)
    return NULL;
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (ctx, tensor), last = lk_constant_scalar (ctx, LK_INT32, 3);
  g_autoptr (LkTensor) zero = lk_constant_scalar (ctx, LK_INT32, 0), n = lk_gather (ctx, shape, last, zero, 0);
  LkTensor *sides[] = { n, n };
  g_autoptr (LkTensor) square = lk_pack (ctx, sides, 2, 0), one = lk_constant_scalar (ctx, tensor->dtype, 1);
  g_autoptr (LkTensor) ones = lk_fill (ctx, square, one);
  g_autoptr (LkTensor) given = lk_constant_scalar (ctx, LK_INT32, CLAMP (call->attrs[RADIUS].i, 0, G_MAXINT32));
  g_autoptr (LkTensor) radius = lk_minimum (ctx, given, n);
  g_autoptr (LkTensor) band = lk_matrix_band_part (ctx, ones, radius, radius);
  return lk_batch_mat_mul (ctx, tensor, band, FALSE, FALSE);
}

/* With G for dx, t = dy y / n, S the sums around: by dy, G n^−β − 2αβ y / n · S (G x); by y, −2αβ dy / n · S (G x);
   by n, −β G dy n^(−β−1) + 2αβ t / n · S (G x); by x, −2αβ G S (t) + 2α x S (by n). */
static void
slope_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *dy = call->inputs[0], *x = call->inputs[1], *y = call->inputs[2], *g = dz[0];
  const double alpha = call->attrs[ALPHA].f, beta = call->attrs[BETA].f;
  g_autoptr (LkTensor) squares = lk_mul (ctx, x, x), near = around (call, squares), scaled = lk_scaled (ctx, near, alpha);
  g_autoptr (LkTensor) bias = lk_constant_scalar (ctx, x->dtype, call->attrs[BIAS].f), n = lk_add (ctx, scaled, bias);
  g_autoptr (LkTensor) exponent = lk_constant_scalar (ctx, x->dtype, -beta), power = lk_pow (ctx, n, exponent);
  g_autoptr (LkTensor) gx = lk_mul (ctx, g, x), sums = around (call, gx);
  g_autoptr (LkTensor) share = lk_real_div (ctx, sums, n), bent = lk_scaled (ctx, share, 2 * alpha * beta);
  g_autoptr (LkTensor) straight = lk_mul (ctx, g, power), by_y = lk_mul (ctx, bent, y), less = lk_mul (ctx, bent, dy);
  dx[0] = lk_sub (ctx, straight, by_y);
  dx[2] = lk_neg (ctx, less);
  g_autoptr (LkTensor) product = lk_mul (ctx, dy, y), t = lk_real_div (ctx, product, n);
  g_autoptr (LkTensor) one = lk_mul (ctx, straight, dy), ratio = lk_real_div (ctx, one, n), first = lk_scaled (ctx, ratio, -beta);
  g_autoptr (LkTensor) second = lk_mul (ctx, bent, t), by_n = lk_add (ctx, first, second);
  g_autoptr (LkTensor) t_sums = around (call, t), gt = lk_mul (ctx, g, t_sums), minus = lk_scaled (ctx, gt, -2 * alpha * beta);
  g_autoptr (LkTensor) n_sums = around (call, by_n), xn = lk_mul (ctx, x, n_sums), plus = lk_scaled (ctx, xn, 2 * alpha);
  dx[1] = lk_add (ctx, minus, plus);
}

static void
response_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->inputs[0]->shape.dims[3], c = element % n, radius = CLAMP (call->attrs[RADIUS].i, 0, n);
  const gint64 first = MAX (0, c - radius), end = MIN (n, c + radius + 1);
  for (guint i = 0; i < call->n_inputs; i++)
    lk_provenance_add (into, i, element - c + first, end - first, 1);
}

/* Sums of what lies around twice the radius away. */
static void
slope_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gint64 n = call->inputs[0]->shape.dims[3], c = element % n, radius = CLAMP (call->attrs[RADIUS].i, 0, n);
  for (guint i = 0; i < call->n_inputs; i++)
    {
      const gint64 reach = i == 1 ? 2 * radius : radius, first = MAX (0, c - reach), end = MIN (n, c + reach + 1);
      lk_provenance_add (into, i, element - c + first, end - first, 1);
    }
}

LK_BLOCK (lrn, .infer = response_infer, .shape = RESPONSE_SHAPE, .widens = TRUE, .kernel = response_kernel,
          .gradient = response_gradient,
          .provenance = response_provenance,
          SAMPLES ({ "float64[1,2,1,3]", "depth_radius=1" }, { "float64[2,1,1,4]", "depth_radius=2, bias=2, alpha=0.5, beta=0.75" },
                   { "float64[1,1,2,2]" }, { "float64[0,1,1,2]" }, { "float16[1,1,1,3]" }));
LK_BLOCK (lrn_grad, .infer = response_infer, .shape = RESPONSE_SHAPE, .widens = TRUE, .kernel = slope_kernel,
          .gradient = slope_gradient,
          .provenance = slope_provenance,
          SAMPLES ({ "float64[1,2,1,3]; float64[1,2,1,3]; float64[1,2,1,3]", "depth_radius=1" },
                   { "float64[1,1,1,4]; float64[1,1,1,4]; float64[1,1,1,4]", "depth_radius=2, bias=2, alpha=0.5, beta=0.75" }));

/* ---- L2Loss ---- */

static void
loss_kernel (LkCall *call)
{
  const LkTensor *t = call->inputs[0];
  double sum = 0;
  for (gint64 i = 0; i < t->size; i++)
    sum += value_at (t, i) * value_at (t, i);
  set_value (call->outputs[0], 0, sum / 2);
}

static void
loss_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_mul (call->ctx, call->inputs[0], dy[0]);
}

static void
loss_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  lk_provenance_add (into, 0, 0, call->inputs[0]->size, 1);
}

LK_BLOCK (l2_loss, .infer = lk_infer_scalar, .widens = TRUE, .kernel = loss_kernel, .gradient = loss_gradient,
          .provenance = loss_provenance,
          SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "float64[0]" }, { "float32[5]" }, { "bfloat16[3]" }));
