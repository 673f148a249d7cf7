/* SPDX-License-Identifier: MIT */
/* Descent along the gradient, with momentum, and what makes weights small or zero on the way. */
#include "engine/ops/update.h"

/* var −= alpha · delta */
LK_UPDATE_LOOPS (descent, (const real alpha = s[0]), var[i] -= alpha * g)
LK_UPDATE (resource_apply_gradient_descent, descent, 1, 2);

/* accum = momentum · accum + grad; var −= lr · accum. Nesterov: var −= lr · grad + lr · momentum · accum */
LK_UPDATE_LOOPS (momentum, (const real lr = s[0], momentum = s[1]; const gboolean nesterov = attrs[1].b),
                 const real sum = a[i] * momentum + g;
                 a[i] = sum;
                 var[i] -= nesterov ? g * lr + sum * momentum * lr : lr * sum)
LK_UPDATE (resource_apply_momentum, momentum, 2, 3);
LK_UPDATE_SPARSE (resource_sparse_apply_momentum, momentum, 2, 3);

/* accum = momentum · accum − lr · grad; var += accum. Nesterov: var += momentum · accum − lr · grad */
LK_UPDATE_LOOPS (keras_momentum, (const real lr = s[0], momentum = s[1]; const gboolean nesterov = attrs[1].b),
                 const real change = momentum * a[i] - lr * g;
                 a[i] = change;
                 var[i] += nesterov ? momentum * change - lr * g : change)
LK_UPDATE (resource_apply_keras_momentum, keras_momentum, 2, 3);
LK_UPDATE_ROWS (resource_apply_keras_momentum_rows, keras_momentum, 2, 3);
LK_UPDATE_SPARSE (resource_sparse_apply_keras_momentum, keras_momentum, 2, 3);

#define SIGN(x) ((real) (((x) > 0) - ((x) < 0)))

/* What is left of x when its magnitude is made smaller by l1 · rate, and then divided by 1 + l2 · rate. */
#define SHRUNK(x, rate) \
  (l1 > 0 ? SIGN (x) * fmax (fabs (x) - (rate) * l1, (real) 0) / (1 + (rate) * l2) : (x) / (1 + (rate) * l2))

/* FOBOS (Duchi and Singer, 2009) */
LK_UPDATE_LOOPS (proximal, (const real alpha = s[0], l1 = s[1], l2 = s[2]),
                 const real next = var[i] - alpha * g;
                 var[i] = SHRUNK (next, alpha))
LK_UPDATE (resource_apply_proximal_gradient_descent, proximal, 1, 4);
LK_UPDATE_SPARSE (resource_sparse_apply_proximal_gradient_descent, proximal, 1, 4);

/* Adagrad with FOBOS */
LK_UPDATE_LOOPS (proximal_adagrad, (const real lr = s[0], l1 = s[1], l2 = s[2]),
                 a[i] += g * g;
                 const real rate = lr / sqrt (a[i]), next = var[i] - rate * g;
                 var[i] = SHRUNK (next, rate))
LK_UPDATE (resource_apply_proximal_adagrad, proximal_adagrad, 2, 5);
LK_UPDATE_SPARSE (resource_sparse_apply_proximal_adagrad, proximal_adagrad, 2, 5);

/* Bello et al., 2017: a gradient counts more where its sign is that of its mean. */
LK_UPDATE_LOOPS (add_sign, (const real lr = s[0], alpha = s[1], decay = s[2], beta = s[3]),
                 const real mean = a[i] * beta + g * (1 - beta);
                 a[i] = mean;
                 var[i] -= lr * (alpha + decay * SIGN (g) * SIGN (mean)) * g)
LK_UPDATE (resource_apply_add_sign, add_sign, 2, 6);

LK_UPDATE_LOOPS (power_sign, (const real lr = s[0], base = s[1], decay = s[2], beta = s[3]),
                 const real mean = a[i] * beta + g * (1 - beta);
                 a[i] = mean;
                 var[i] -= lr * exp (base * decay * SIGN (g) * SIGN (mean)) * g)
LK_UPDATE (resource_apply_power_sign, power_sign, 2, 6);

/* Chen et al., 2023: only the sign of a mean, one that is newer than the one that is kept. */
LK_UPDATE_LOOPS (lion, (const real lr = s[0], beta1 = s[1], beta2 = s[2], decay = s[3]),
                 const real mean = a[i] * beta1 + g * (1 - beta1), less = var[i] - var[i] * decay * lr;
                 a[i] = a[i] * beta2 + g * (1 - beta2);
                 var[i] = less - lr * SIGN (mean))
LK_UPDATE (resource_apply_lion, lion, 2, 6);

/* Follow the regularized leader (McMahan et al., 2013); the power is −½ as a rule. */
#define POWER(x) (root ? sqrt (x) : pow (x, -power))
#define FTRL(shrinkage) \
  const real accum = a[i] + g * g, before = POWER (a[i]), after = POWER (accum), seen = g + 2 * (shrinkage) * var[i]; \
  const real linear = b[i] + (by_rate ? seen * lr - (after - before) * var[i] : seen - (after - before) / lr * var[i]); \
  const real bound = by_rate ? l1 * lr : l1, square = by_rate ? after + 2 * l2 * lr : after / lr + 2 * l2; \
  var[i] = fabs (linear) > bound ? (bound * SIGN (linear) - linear) / square : 0; \
  a[i] = accum; \
  b[i] = linear
LK_UPDATE_LOOPS (ftrl, (const real lr = s[0], l1 = s[1], l2 = s[2], power = s[3];
                 const gboolean by_rate = attrs[1].b, root = power == (real) -0.5), FTRL (0))
LK_UPDATE_LOOPS (ftrl_v2, (const real lr = s[0], l1 = s[1], l2 = s[2], shrinkage = s[3], power = s[4];
                 const gboolean by_rate = attrs[1].b, root = power == (real) -0.5), FTRL (shrinkage))
LK_UPDATE (resource_apply_ftrl, ftrl, 3, 3);
LK_UPDATE (resource_apply_ftrl_v2, ftrl_v2, 3, 3);
LK_UPDATE_SPARSE (resource_sparse_apply_ftrl, ftrl, 3, 3);
LK_UPDATE_SPARSE (resource_sparse_apply_ftrl_v2, ftrl_v2, 3, 3);
