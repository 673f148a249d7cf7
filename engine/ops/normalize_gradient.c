/* SPDX-License-Identifier: MIT */
/* The gradients of batch normalisation, as calls of ops: of the op itself, and of its own gradient. */
#include "engine/ops/normalize.h"

#include <string.h>

#include "engine/ops/gradient.h"

/* What both gradients are made of; vectors have x's rank, so that they broadcast. */
typedef struct
{
  LkContext *ctx;
  const char *format;
  guint rank;
  LkTensor *x, *axes, *count;
  LkTensor *mean, *r, *hat, *scale;
} Parts;

static void
parts_clear (Parts *p)
{
  LkTensor *all[] = { p->axes, p->count, p->mean, p->r, p->hat, p->scale };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    lk_tensor_unref (all[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Parts, parts_clear)

/* A vector of channels, to broadcast against x; (transfer full) */
static LkTensor *
column (const Parts *p, LkTensor *vector)
{
  gint64 dims[LK_MAX_RANK] = { 1, 1, 1, 1, 1, 1, 1, 1 };
  dims[lk_normalize_is_first (p->format) ? 1 : p->rank - 1] = -1;
  g_autoptr (LkTensor) shape = lk_constant_ints (p->ctx, LK_INT32, dims, p->rank);
  if (vector == NULL)
    return NULL;
  g_autoptr (LkTensor) same = vector->dtype == p->x->dtype ? lk_tensor_ref (vector)
                                                           : lk_cast (p->ctx, vector, p->x->dtype);
  return lk_reshape (p->ctx, same, shape);
}

static LkTensor *
vector (const Parts *p, LkTensor *tensor, LkDType dtype)
{
  g_autoptr (LkTensor) flat = lk_constant_ints (p->ctx, LK_INT32, (gint64[]) { -1 }, 1);
  g_autoptr (LkTensor) v = lk_reshape (p->ctx, tensor, flat);
  return v == NULL || v->dtype == dtype ? lk_tensor_ref (v) : lk_cast (p->ctx, v, dtype);
}

static LkTensor *
sum_of (const Parts *p, LkTensor *a, LkTensor *b)
{
  g_autoptr (LkTensor) product = b != NULL ? lk_mul (p->ctx, a, b) : lk_tensor_ref (a);
  return lk_sum (p->ctx, product, p->axes, TRUE);
}

static LkTensor *
mean_of (const Parts *p, LkTensor *a, LkTensor *b)
{
  g_autoptr (LkTensor) product = b != NULL ? lk_mul (p->ctx, a, b) : lk_tensor_ref (a);
  return lk_mean (p->ctx, product, p->axes, TRUE);
}

/* a − b, a + b, a · b that give up what they are given. */
#define TAKING(name, op) \
  static LkTensor *name (const Parts *p, LkTensor *a, LkTensor *b) \
  { \
    g_autoptr (LkTensor) x = a, y = b; \
    return op (p->ctx, x, y); \
  }
TAKING (less, lk_sub)
TAKING (plus, lk_add)
TAKING (times, lk_mul)

/* mean and variance NULL: those of the batch. */
static Parts
parts_of (const LkCall *call, LkTensor *x, LkTensor *scale, const char *format, double epsilon, LkTensor *mean,
          LkTensor *variance)
{
  LkContext *ctx = call->ctx;
  Parts p = { ctx, format, format != NULL ? strlen (format) : 4, x };
  gint64 axes[LK_MAX_RANK];
  guint n = 0;
  for (guint i = 0; i < p.rank; i++)
    if (i != (lk_normalize_is_first (format) ? 1 : p.rank - 1))
      axes[n++] = i;
  p.axes = lk_constant_ints (ctx, LK_INT32, axes, n);
  g_autoptr (LkTensor) small = lk_constant_scalar (ctx, x->dtype, epsilon);
  p.mean = mean != NULL ? column (&p, mean) : mean_of (&p, x, NULL);
  g_autoptr (LkTensor) distance = lk_sub (ctx, x, p.mean);
  g_autoptr (LkTensor) spread = variance != NULL ? column (&p, variance) : mean_of (&p, distance, distance);
  g_autoptr (LkTensor) wide = lk_add (ctx, spread, small);
  g_autoptr (LkTensor) ones = lk_ones_like (ctx, x);
  p.count = lk_sum (ctx, ones, p.axes, TRUE);
  p.r = lk_rsqrt (ctx, wide);
  p.hat = lk_mul (ctx, distance, p.r);
  p.scale = column (&p, scale);
  return p;
}

/* r (e − mean e − x̂ · mean (e x̂)): from a slope by x̂ to one by x */
static LkTensor *
through_hat (const Parts *p, LkTensor *e)
{
  LkTensor *bent = times (p, mean_of (p, e, p->hat), lk_tensor_ref (p->hat));
  LkTensor *rest = less (p, less (p, lk_tensor_ref (e), mean_of (p, e, NULL)), bent);
  return times (p, rest, lk_tensor_ref (p->r));
}

/* The statistics' share: d mean / dx = 1 / n, d variance / dx = 2 (x − mean) / n, for all of them. */
static LkTensor *
through_statistics (const LkCall *call, LkTensor *const *dy, LkTensor *dx)
{
  if (dy[1] == NULL && dy[2] == NULL && dy[3] == NULL && dy[4] == NULL)
    return dx;
  LkContext *ctx = call->ctx;
  const double factor = call->attrs[FACTOR].f;
  g_auto (Parts) p = parts_of (call, call->inputs[X], call->inputs[SCALE], call->attrs[FORMAT].s, call->attrs[EPSILON].f,
                               NULL, NULL);
  g_autoptr (LkTensor) one = lk_constant_scalar (ctx, p.x->dtype, 1);
  for (guint i = 1; i < 5; i++)
    {
      if (dy[i] == NULL)
        continue;
      g_autoptr (LkTensor) slope = column (&p, dy[i]);
      LkTensor *scaled = lk_scaled (ctx, slope, i < 3 ? factor : 1);
      if (i == 2 || i == 4)
        {
          g_autoptr (LkTensor) degrees = i == 2 ? lk_sub (ctx, p.count, one) : lk_tensor_ref (p.count);
          g_autoptr (LkTensor) some = lk_maximum (ctx, degrees, one), distance = lk_sub (ctx, p.x, p.mean);
          g_autoptr (LkTensor) share = lk_real_div (ctx, scaled, some), twice = lk_scaled (ctx, share, 2);
          lk_tensor_unref (scaled);
          scaled = lk_mul (ctx, twice, distance);
        }
      else
        {
          g_autoptr (LkTensor) whole = scaled, share = lk_real_div (ctx, whole, p.count), ones = lk_ones_like (ctx, p.x);
          scaled = lk_mul (ctx, share, ones);
        }
      dx = dx == NULL ? scaled : plus (&p, dx, scaled);
    }
  return dx;
}

void
lk_normalize_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkTensor *slopes[5] = { NULL };
  const gboolean training = call->attrs[TRAINING].b;
  if (dy[0] != NULL && !lk_fused_batch_norm_grad (ctx, dy[0], call->inputs[X], call->inputs[SCALE],
                                                  training ? call->outputs[3] : call->inputs[MEAN],
                                                  training ? call->outputs[4] : call->inputs[VARIANCE], call->outputs[5],
                                                  call->attrs[EPSILON].f, call->attrs[FORMAT].s, training, slopes))
    return;
  for (guint i = 0; i < 3; i++)
    dx[i] = slopes[i];
  lk_tensor_unref (slopes[3]);
  lk_tensor_unref (slopes[4]);
  if (training)
    {
      const double kept = 1 - call->attrs[FACTOR].f;
      dx[X] = through_statistics (call, dy, dx[X]);
      for (guint i = 1; i < 3 && kept != 0; i++)
        dx[MEAN + i - 1] = dy[i] != NULL ? lk_scaled (ctx, dy[i], kept) : NULL;
      return;
    }
  /* y = (x − mean) r scale + offset, where mean and variance are inputs and also go straight through. */
  g_auto (Parts) p = parts_of (call, call->inputs[X], call->inputs[SCALE], call->attrs[FORMAT].s, call->attrs[EPSILON].f,
                               call->inputs[MEAN], call->inputs[VARIANCE]);
  LkTensor *straight[2] = { NULL, NULL };
  for (guint i = 0; i < 2; i++)
    for (guint k = 1 + i; k < 5; k += 2)
      if (dy[k] != NULL)
        straight[i] = straight[i] == NULL ? lk_tensor_ref (dy[k]) : plus (&p, straight[i], lk_tensor_ref (dy[k]));
  if (dy[0] != NULL)
    {
      const LkDType dtype = call->inputs[MEAN]->dtype;
      g_autoptr (LkTensor) by_mean = times (&p, times (&p, sum_of (&p, dy[0], NULL), lk_tensor_ref (p.r)),
                                            lk_tensor_ref (p.scale));
      g_autoptr (LkTensor) square = times (&p, lk_tensor_ref (p.r), lk_tensor_ref (p.r));
      g_autoptr (LkTensor) by_variance = times (&p, times (&p, sum_of (&p, dy[0], p.hat), lk_tensor_ref (square)),
                                                lk_tensor_ref (p.scale));
      g_autoptr (LkTensor) mean = lk_scaled (ctx, by_mean, -1), variance = lk_scaled (ctx, by_variance, -0.5);
      dx[MEAN] = vector (&p, mean, dtype);
      dx[VARIANCE] = vector (&p, variance, dtype);
    }
  for (guint i = 0; i < 2; i++)
    if (straight[i] != NULL)
      dx[MEAN + i] = dx[MEAN + i] == NULL ? straight[i] : plus (&p, dx[MEAN + i], straight[i]);
}

/* Of the slopes of a batch: with G, A, B what comes back for dx, dscale, doffset, and
   P = Σ G dy − ΣG Σdy / n − Σ G x̂ · Σ dy x̂ / n, so that ⟨G, dx⟩ = scale r P.
   by dy: scale r (G − mean G − x̂ · mean (G x̂)) + A x̂ + B; by scale: r P;
   by x̂: e = A dy − scale r / n · (G Σ dy x̂ + dy Σ G x̂); by x: e through x̂, less scale P r² x̂ / n */
static void
training_slope_gradient (const Parts *p, LkTensor *dy, LkTensor *g, LkTensor *a, LkTensor *b, LkDType dtype, LkTensor **dx)
{
  LkContext *ctx = p->ctx;
  g_autoptr (LkTensor) hat_dy = sum_of (p, dy, p->hat), hat_g = sum_of (p, g, p->hat);
  g_autoptr (LkTensor) flat = times (p, sum_of (p, g, NULL), mean_of (p, dy, NULL));
  g_autoptr (LkTensor) bent = times (p, lk_tensor_ref (hat_g), mean_of (p, dy, p->hat));
  g_autoptr (LkTensor) whole = less (p, less (p, sum_of (p, g, dy), lk_tensor_ref (flat)), lk_tensor_ref (bent));
  g_autoptr (LkTensor) by_scale = lk_mul (ctx, whole, p->r);
  LkTensor *through = times (p, through_hat (p, g), lk_tensor_ref (p->scale));
  dx[DY] = plus (p, plus (p, through, times (p, lk_tensor_ref (a), lk_tensor_ref (p->hat))), lk_tensor_ref (b));
  dx[GRAD_SCALE] = vector (p, by_scale, dtype);
  LkTensor *both = plus (p, lk_mul (ctx, g, hat_dy), lk_mul (ctx, dy, hat_g));
  g_autoptr (LkTensor) rate = times (p, lk_real_div (ctx, p->r, p->count), lk_tensor_ref (p->scale));
  g_autoptr (LkTensor) e = less (p, lk_mul (ctx, dy, a), times (p, both, lk_tensor_ref (rate)));
  LkTensor *tail = times (p, times (p, lk_tensor_ref (rate), times (p, lk_tensor_ref (whole), lk_tensor_ref (p->r))),
                          lk_tensor_ref (p->hat));
  dx[GRAD_X] = less (p, through_hat (p, e), tail);
}

/* With the moments given, dx = dy r scale; dscale = Σ dy x̂; doffset = Σ dy. */
static void
fixed_slope_gradient (const Parts *p, LkTensor *dy, LkTensor *g, LkTensor *a, LkTensor *b, LkDType dtype, LkTensor **dx)
{
  LkContext *ctx = p->ctx;
  g_autoptr (LkTensor) rate = lk_mul (ctx, p->r, p->scale);
  g_autoptr (LkTensor) by_scale = times (p, sum_of (p, g, dy), lk_tensor_ref (p->r));
  LkTensor *through = plus (p, lk_mul (ctx, g, rate), lk_mul (ctx, a, p->hat));
  dx[DY] = plus (p, through, lk_tensor_ref (b));
  dx[GRAD_SCALE] = vector (p, by_scale, dtype);
  dx[GRAD_X] = times (p, lk_mul (ctx, dy, a), lk_tensor_ref (p->r));
  /* by mean: −r Σ dy A; by variance: −½ r² (scale r Σ G dy + A Σ dy x̂) */
  g_autoptr (LkTensor) by_mean = times (p, sum_of (p, dy, a), lk_tensor_ref (p->r)), mean = lk_scaled (ctx, by_mean, -1);
  LkTensor *parts = plus (p, times (p, sum_of (p, g, dy), lk_tensor_ref (rate)),
                          times (p, sum_of (p, dy, p->hat), lk_tensor_ref (a)));
  g_autoptr (LkTensor) square = lk_mul (ctx, p->r, p->r);
  g_autoptr (LkTensor) by_variance = times (p, parts, lk_tensor_ref (square)), variance = lk_scaled (ctx, by_variance, -0.5);
  dx[GRAD_MEAN] = vector (p, mean, dtype);
  dx[GRAD_VARIANCE] = vector (p, variance, dtype);
}

void
lk_normalize_slope_gradient (const LkCall *call, LkTensor *const *dz, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const gboolean training = call->attrs[2].b;
  LkTensor *dy = call->inputs[DY], *scale = call->inputs[GRAD_SCALE];
  g_auto (Parts) p = parts_of (call, call->inputs[GRAD_X], scale, call->attrs[1].s, call->attrs[0].f,
                               training ? NULL : call->inputs[GRAD_MEAN], training ? NULL : call->inputs[GRAD_VARIANCE]);
  g_autoptr (LkTensor) g = dz[0] != NULL ? lk_tensor_ref (dz[0]) : lk_zeros_like (ctx, dy);
  g_autoptr (LkTensor) none = lk_zeros_like (ctx, scale);
  g_autoptr (LkTensor) a = column (&p, dz[1] != NULL ? dz[1] : none), b = column (&p, dz[2] != NULL ? dz[2] : none);
  if (a != NULL && b != NULL && p.hat != NULL)
    (training ? training_slope_gradient : fixed_slope_gradient) (&p, dy, g, a, b, scale->dtype, dx);
}
