/* SPDX-License-Identifier: MIT */
/* The updates of optimizers: each reads and writes every array once. */
#include "engine/ops/elementwise.h"
#include "engine/ops/state.h"

/* The first `n_variables` inputs are variables like input `gradient`; the others are scalars. */
static gboolean
apply_infer (const LkCall *call, guint n_variables, guint gradient)
{
  for (guint i = 0; i < call->n_inputs; i++)
    {
      LkVariable *variable;
      LkShape shape = call->inputs[i]->shape;
      LkDType dtype = call->inputs[i]->dtype;
      const LkShape *wanted = i < n_variables ? &call->inputs[gradient]->shape : &LK_SCALAR;
      if (i == gradient)
        continue;
      if (i < n_variables && (!lk_state_describe (call, i, &dtype, &shape)
                              || !lk_state_check_dtype (call, dtype, call->inputs[gradient]->dtype)))
        return FALSE;
      if (i < n_variables && !lk_state_is_traced (call)
          && (!lk_state_find (call, i, &variable) || !lk_state_check_initialized (call, variable)))
        return FALSE;
      if (lk_shape_compatible (&shape, wanted))
        continue;
      g_autofree char *has = lk_shape_text (&shape), *needs = lk_shape_text (wanted);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, i < n_variables
                           ? "input #%u and the gradient do not have the same shape: %s %s"
                           : "input #%u is not a scalar: %s, expected %s", i, has, needs);
    }
  return TRUE;
}

/* next[k] are the new values of the first n inputs. */
static gboolean
next_values (LkCall *call, guint n, LkVariable **variables, LkTensor **next)
{
  for (guint i = 0; i < n; i++)
    {
      variables[i] = lk_variable_of (call->inputs[i]);
      next[i] = lk_state_next_value (call, variables[i]);
      if (next[i] == NULL)
        {
          while (i-- > 0)
            lk_tensor_unref (next[i]);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
descent_infer (const LkCall *call, LkSignature *out)
{
  return apply_infer (call, 1, 2);
}

#define SCALAR(type, i) (*(const type *) call->inputs[i]->data)
#define OLD(type, k) ((const type *) variables[k]->value->data)
#define NEW(type, k) ((type *) next[k]->data)
#define GRAD(type, i) ((const type *) call->inputs[i]->data)

/* New values may lie where the old ones do, element upon element, but never shifted: that is what ivdep says. */
#define DESCENT(type) \
  LK_CLONES static void \
  step_descent_##type (gint64 n, type alpha, const type *var, const type *delta, type *new_var) \
  { \
    _Pragma ("GCC ivdep") \
    for (gint64 i = 0; i < n; i++) \
      new_var[i] = var[i] - alpha * delta[i]; \
  } \
  static void \
  descent_##type (LkCall *call, LkVariable **variables, LkTensor **next) \
  { \
    step_descent_##type (next[0]->size, SCALAR (type, 1), OLD (type, 0), GRAD (type, 2), NEW (type, 0)); \
  }

#define MOMENTUM(type) \
  LK_CLONES static void \
  step_momentum_##type (gint64 n, type lr, type momentum, gboolean nesterov, const type *var, const type *accum, \
                        const type *grad, type *new_var, type *new_accum) \
  { \
    _Pragma ("GCC ivdep") \
    for (gint64 i = 0; i < n; i++) \
      { \
        const type step = momentum * accum[i] - lr * grad[i]; \
        new_var[i] = var[i] + (nesterov ? momentum * step - lr * grad[i] : step); \
        new_accum[i] = step; \
      } \
  } \
  static void \
  momentum_##type (LkCall *call, LkVariable **variables, LkTensor **next) \
  { \
    step_momentum_##type (next[0]->size, SCALAR (type, 2), SCALAR (type, 4), call->attrs[0].b, OLD (type, 0), \
                          OLD (type, 1), GRAD (type, 3), NEW (type, 0), NEW (type, 1)); \
  }

#define ADAM(type, root) \
  LK_CLONES static void \
  step_adam_##type (gint64 n, type lr, type beta1, type beta2, type epsilon, const type *var, const type *m, \
                    const type *v, const type *grad, type *new_var, type *new_m, type *new_v) \
  { \
    _Pragma ("GCC ivdep") \
    for (gint64 i = 0; i < n; i++) \
      { \
        const type mean = m[i] + (grad[i] - m[i]) * (1 - beta1); \
        const type square = v[i] + (grad[i] * grad[i] - v[i]) * (1 - beta2); \
        new_var[i] = var[i] - lr * mean / (root (square) + epsilon); \
        new_m[i] = mean; \
        new_v[i] = square; \
      } \
  } \
  static void \
  adam_##type (LkCall *call, LkVariable **variables, LkTensor **next) \
  { \
    const type lr = SCALAR (type, 5) * root (1 - SCALAR (type, 4)) / (1 - SCALAR (type, 3)); \
    step_adam_##type (next[0]->size, lr, SCALAR (type, 6), SCALAR (type, 7), SCALAR (type, 8), OLD (type, 0), \
                      OLD (type, 1), OLD (type, 2), GRAD (type, 9), NEW (type, 0), NEW (type, 1), NEW (type, 2)); \
  }

DESCENT (float) DESCENT (double)
MOMENTUM (float) MOMENTUM (double)
ADAM (float, sqrtf) ADAM (double, sqrt)

static void
apply (LkCall *call, guint n, void (*single) (LkCall *, LkVariable **, LkTensor **),
       void (*twice) (LkCall *, LkVariable **, LkTensor **))
{
  LkVariable *variables[3];
  LkTensor *next[3];
  if (!next_values (call, n, variables, next))
    return;
  if (next[0]->dtype == LK_FLOAT32)
    single (call, variables, next);
  else
    twice (call, variables, next);
  for (guint i = 0; i < n; i++)
    lk_state_set_value (call, variables[i], next[i]);
}

static void
descent_kernel (LkCall *call)
{
  apply (call, 1, descent_float, descent_double);
}

LK_BLOCK (resource_apply_gradient_descent, .infer = descent_infer, .kernel = descent_kernel);

static gboolean
momentum_infer (const LkCall *call, LkSignature *out)
{
  return apply_infer (call, 2, 3);
}

static void
momentum_kernel (LkCall *call)
{
  apply (call, 2, momentum_float, momentum_double);
}

LK_BLOCK (resource_apply_keras_momentum, .infer = momentum_infer, .kernel = momentum_kernel);

static gboolean
adam_infer (const LkCall *call, LkSignature *out)
{
  return apply_infer (call, 3, 9);
}

static void
adam_kernel (LkCall *call)
{
  apply (call, 3, adam_float, adam_double);
}

LK_BLOCK (resource_apply_adam, .infer = adam_infer, .kernel = adam_kernel);
