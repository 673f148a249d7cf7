/* SPDX-License-Identifier: MIT */
/* Optimizers whose rate follows from the gradients' squares: Adagrad, Adadelta, RMSProp. */
#include "engine/ops/update.h"

/* ---- Adagrad (Duchi et al., 2011) ---- */

#define SQUARES if (keep) a[i] += g * g

LK_UPDATE_LOOPS (adagrad, (const real lr = s[0]; const gboolean keep = attrs[1].b),
                 SQUARES; var[i] -= lr * g / sqrt (a[i]))
LK_UPDATE (resource_apply_adagrad, adagrad, 2, 3);
LK_UPDATE_SPARSE (resource_sparse_apply_adagrad, adagrad, 2, 3);

LK_UPDATE_LOOPS (adagrad_v2, (const real lr = s[0], epsilon = s[1]; const gboolean keep = attrs[1].b),
                 SQUARES; var[i] -= lr * g / (sqrt (a[i]) + epsilon))
LK_UPDATE (resource_apply_adagrad_v2, adagrad_v2, 2, 4);
LK_UPDATE_SPARSE (resource_sparse_apply_adagrad_v2, adagrad_v2, 2, 4);

LK_UPDATE_LOOPS (keras_adagrad, (const real lr = s[0], epsilon = s[1]),
                 a[i] += g * g; var[i] -= lr * g / sqrt (a[i] + epsilon))
LK_UPDATE (resource_apply_keras_adagrad, keras_adagrad, 2, 4);

/* With dual averaging: from the sums of gradients and of squares alone. */
LK_UPDATE_LOOPS (adagrad_da, (const real lr = s[0], l1 = s[1], l2 = s[2], t = s[3]),
                 a[i] += g;
                 b[i] += g * g;
                 const real size = fabs (a[i]) - l1 * t, sign = (real) ((a[i] > 0) - (a[i] < 0));
                 const real sum = l1 > 0 ? sign * (size > 0 ? size : 0) : a[i];
                 var[i] = -lr * sum / (l2 * t * lr + sqrt (b[i])))
LK_UPDATE (resource_apply_adagrad_da, adagrad_da, 3, 3);
LK_UPDATE_SPARSE (resource_sparse_apply_adagrad_da, adagrad_da, 3, 3);

/* ---- Adadelta (Zeiler, 2012) ---- */

LK_UPDATE_LOOPS (adadelta, (const real lr = s[0], rho = s[1], epsilon = s[2]),
                 const real square = a[i] * rho + g * g * (1 - rho);
                 const real change = sqrt (b[i] + epsilon) / sqrt (square + epsilon) * g;
                 a[i] = square;
                 b[i] = b[i] * rho + change * change * (1 - rho);
                 var[i] -= change * lr)
LK_UPDATE (resource_apply_adadelta, adadelta, 3, 6);
LK_UPDATE_ROWS (resource_apply_adadelta_rows, adadelta, 3, 6);
LK_UPDATE_SPARSE (resource_sparse_apply_adadelta, adadelta, 3, 6);

/* ---- RMSProp (Hinton, 2012) ---- */

LK_UPDATE_LOOPS (rms_prop, (const real lr = s[0], rho = s[1], momentum = s[2], epsilon = s[3]),
                 const real square = a[i] + (g * g - a[i]) * (1 - rho);
                 const real change = b[i] * momentum + g * lr / sqrt (square + epsilon);
                 a[i] = square;
                 b[i] = change;
                 var[i] -= change)
LK_UPDATE (resource_apply_rms_prop, rms_prop, 3, 7);
LK_UPDATE_ROWS (resource_apply_rms_prop_rows, rms_prop, 3, 7);
LK_UPDATE_SPARSE (resource_sparse_apply_rms_prop, rms_prop, 3, 7);

/* Of the squares' distance from the mean. */
LK_UPDATE_LOOPS (centered, (const real lr = s[0], rho = s[1], momentum = s[2], epsilon = s[3]),
                 const real square = b[i] + (g * g - b[i]) * (1 - rho), mean = a[i] + (g - a[i]) * (1 - rho);
                 const real change = c[i] * momentum + g * lr / sqrt (square - mean * mean + epsilon);
                 a[i] = mean;
                 b[i] = square;
                 c[i] = change;
                 var[i] -= change)
LK_UPDATE (resource_apply_centered_rms_prop, centered, 4, 8);
LK_UPDATE_ROWS (resource_apply_centered_rms_prop_rows, centered, 4, 8);
LK_UPDATE_SPARSE (resource_sparse_apply_centered_rms_prop, centered, 4, 8);

/* Without momentum; ε under the root, or beside it. */
#define SCALED(square) (g * lr / (inside ? sqrt ((square) + epsilon) : sqrt (square) + epsilon))
LK_UPDATE_LOOPS (keras_rms_prop, (const real lr = s[0], rho = s[1], epsilon = s[2]; const gboolean inside = attrs[1].b),
                 const real square = a[i] * rho + g * g * (1 - rho);
                 a[i] = square;
                 var[i] -= SCALED (square))
LK_UPDATE (resource_apply_keras_rms_prop, keras_rms_prop, 2, 5);
LK_UPDATE_ROWS (resource_apply_keras_rms_prop_rows, keras_rms_prop, 2, 5);

LK_UPDATE_LOOPS (keras_centered, (const real lr = s[0], rho = s[1], epsilon = s[2]; const gboolean inside = attrs[1].b),
                 const real mean = a[i] * rho + g * (1 - rho), square = b[i] * rho + g * g * (1 - rho);
                 a[i] = mean;
                 b[i] = square;
                 var[i] -= SCALED (square - mean * mean))
LK_UPDATE (resource_apply_keras_centered_rms_prop, keras_centered, 3, 6);
LK_UPDATE_ROWS (resource_apply_keras_centered_rms_prop_rows, keras_centered, 3, 6);
