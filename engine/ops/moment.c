/* SPDX-License-Identifier: MIT */
/* Optimizers that keep the gradients' means: Adam and its kin (Kingma and Ba, 2015, and those named below). */
#include "engine/ops/update.h"

#define ADAM \
  const real lr = s[2] * sqrt ((real) (1 - (real) s[1])) / (1 - (real) s[0]), beta1 = s[3], beta2 = s[4], epsilon = s[5]
#define MOMENTS \
  const real mean = a[i] + (g - a[i]) * (1 - beta1), square = b[i] + (g * g - b[i]) * (1 - beta2); \
  a[i] = mean; \
  b[i] = square

/* lr_t = lr √(1 − β2ᵗ) / (1 − β1ᵗ); m += (1 − β1)(g − m); v += (1 − β2)(g² − v); var −= lr_t m / (√v + ε) */
LK_UPDATE_LOOPS (adam, (ADAM), MOMENTS; var[i] -= lr * mean / (sqrt (square) + epsilon))
/* Nesterov's step ahead: of m β1 + (1 − β1) g */
LK_UPDATE_LOOPS (nesterov_adam, (ADAM),
                 MOMENTS; var[i] -= lr * (g * (1 - beta1) + beta1 * mean) / (sqrt (square) + epsilon))

static void
adam_either_f32 (const double *s, const LkAttr *attrs, gint64 n, void *const *slots, const void *gradient)
{
  (attrs[1].b ? nesterov_adam_f32 : adam_f32) (s, attrs, n, slots, gradient);
}

static void
adam_either_f64 (const double *s, const LkAttr *attrs, gint64 n, void *const *slots, const void *gradient)
{
  (attrs[1].b ? nesterov_adam_f64 : adam_f64) (s, attrs, n, slots, gradient);
}
LK_UPDATE (resource_apply_adam, adam_either, 3, 9);
LK_UPDATE_ROWS (resource_apply_adam_rows, adam_either, 3, 9);

/* Reddi et al., 2018: the largest v so far. */
LK_UPDATE_LOOPS (amsgrad, (ADAM),
                 MOMENTS;
                 const real top = c[i] > square ? c[i] : square;
                 c[i] = top;
                 var[i] -= lr * mean / (sqrt (top) + epsilon))
LK_UPDATE (resource_apply_adam_with_amsgrad, amsgrad, 4, 10);
LK_UPDATE_ROWS (resource_apply_adam_with_amsgrad_rows, amsgrad, 4, 10);

/* Loshchilov and Hutter, 2019: weights that decay by themselves. */
LK_UPDATE_LOOPS (adam_w, (ADAM; const real decay = (real) s[6] * (real) s[2]),
                 const real less = var[i] - var[i] * decay;
                 MOMENTS;
                 var[i] = less - lr * mean / (sqrt (square) + epsilon))
LK_UPDATE (resource_apply_adam_w, adam_w, 3, 10);
LK_UPDATE_ROWS (resource_apply_adam_w_rows, adam_w, 3, 10);

/* m as in Adam; v = max (β2 v, |g|); var −= lr / (1 − β1ᵗ) · m / (v + ε) */
LK_UPDATE_LOOPS (ada_max, (const real lr = s[1] / (1 - (real) s[0]), beta1 = s[2], beta2 = s[3], epsilon = s[4]),
                 const real mean = a[i] + (g - a[i]) * (1 - beta1), faded = b[i] * beta2, size = fabs (g);
                 const real top = faded > size ? faded : size;
                 a[i] = mean;
                 b[i] = top;
                 var[i] -= lr * (mean / (top + epsilon)))
LK_UPDATE (resource_apply_ada_max, ada_max, 3, 8);
LK_UPDATE_ROWS (resource_apply_ada_max_rows, ada_max, 3, 8);

/* Dozat, 2016: u, u′ are the momentums of this step and the next, U, U′ the products of all up to them. */
LK_UPDATE_LOOPS (nadam, (const real lr = s[5], beta1 = s[6], beta2 = s[7], epsilon = s[8], u = s[0], later = s[1],
                 product = s[2], longer = s[3], power = s[4]),
                 MOMENTS;
                 const real ahead = later * mean / (1 - longer) + (1 - u) * g / (1 - product);
                 var[i] -= ahead * lr / (sqrt (square / (1 - power)) + epsilon))
LK_UPDATE (resource_apply_nadam, nadam, 3, 12);
LK_UPDATE_ROWS (resource_apply_nadam_rows, nadam, 3, 12);
