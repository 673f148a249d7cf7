/* SPDX-License-Identifier: MIT */
/* Expressions of elements that have a cheaper form with the same bits, zeros' signs, infinities and NaNs included. What
   only holds for real numbers (x + 0 of x = −0, x · 0) has no place here. */
#include <math.h>

#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

typedef struct
{
  LkRewriting *r;
  LkContext *ctx;
  LkNode *node;
  LkTensor *x, *y;        /* inputs */
} Match;

/* ---- looking ---- */

static LkNode *
maker (const LkTensor *tensor, guint op)
{
  return tensor->node->op->index == op ? tensor->node : NULL;
}

/* Is tensor a constant of one element, which then is *value, that leaves other's shape as it is? */
static gboolean
is_number (const LkTensor *tensor, const LkTensor *other, double *value)
{
  const LkTensor *constant = lk_node_constant (tensor);
  if (constant == NULL || constant->size != 1 || lk_dtype_is_complex (constant->dtype) || constant->dtype == LK_STRING)
    return FALSE;
  if (constant->shape.rank > 0 && (other->shape.rank == LK_RANK_UNKNOWN || other->shape.rank < constant->shape.rank))
    return FALSE;
  *value = lk_tensor_double_at (constant, 0);
  return TRUE;
}

static gboolean
is_replaced (const Match *m, const char *rule, LkTensor *by)
{
  return lk_rewriting_replace1 (m->r, rule, m->node, by);
}

/* ---- rules, by op ---- */

static gboolean
try_mul (const Match *m)
{
  double value;
  if (is_number (m->y, m->x, &value) && value == 1)
    return is_replaced (m, "x · 1 → x", lk_tensor_ref (m->x));
  if (is_number (m->x, m->y, &value) && value == 1)
    return is_replaced (m, "1 · x → x", lk_tensor_ref (m->y));
  if (m->x == m->y && !lk_dtype_is_complex (m->x->dtype))
    return is_replaced (m, "x · x → square (x)", lk_square (m->ctx, m->x));
  return FALSE;
}

static gboolean
try_add (const Match *m)
{
  LkNode *neg;
  if ((neg = maker (m->y, LK_OP_NEG)) != NULL)
    return is_replaced (m, "x + (−y) → x − y", lk_sub (m->ctx, m->x, neg->inputs[0]));
  if ((neg = maker (m->x, LK_OP_NEG)) != NULL)
    return is_replaced (m, "(−x) + y → y − x", lk_sub (m->ctx, m->y, neg->inputs[0]));
  return FALSE;
}

static gboolean
try_sub (const Match *m)
{
  double value;
  LkNode *neg = maker (m->y, LK_OP_NEG);
  if (neg != NULL)
    return is_replaced (m, "x − (−y) → x + y", lk_add (m->ctx, m->x, neg->inputs[0]));
  if (is_number (m->y, m->x, &value) && value == 0 && !signbit (value))
    return is_replaced (m, "x − 0 → x", lk_tensor_ref (m->x));
  return FALSE;
}

static gboolean
try_div (const Match *m)
{
  double value;
  if (!is_number (m->y, m->x, &value))
    return is_number (m->x, m->y, &value) && value == 1 && m->x->shape.rank == 0
           && is_replaced (m, "1 / x → reciprocal (x)", lk_reciprocal (m->ctx, m->y));
  return value == 1 && is_replaced (m, "x / 1 → x", lk_tensor_ref (m->x));
}

static gboolean
try_pow (const Match *m)
{
  double value;
  if (is_number (m->y, m->x, &value) && value == 1)
    return is_replaced (m, "x¹ → x", lk_tensor_ref (m->x));
  return FALSE;
}

static gboolean
try_same (const Match *m)
{
  return m->x == m->y && is_replaced (m, "max or min (x, x) → x", lk_tensor_ref (m->x));
}

static gboolean
try_twice (const Match *m)
{
  LkNode *inner = maker (m->x, m->node->op->index);
  return inner != NULL && is_replaced (m, "f (f (x)) → x", lk_tensor_ref (inner->inputs[0]));
}

static gboolean
try_again (const Match *m)
{
  return maker (m->x, m->node->op->index) != NULL && is_replaced (m, "f (f (x)) → f (x)", lk_tensor_ref (m->x));
}

static gboolean
try_abs (const Match *m)
{
  LkNode *neg = maker (m->x, LK_OP_NEG);
  if (neg != NULL)
    return is_replaced (m, "|−x| → |x|", lk_abs (m->ctx, neg->inputs[0]));
  return try_again (m);
}

static gboolean
try_square (const Match *m)
{
  LkNode *sign = maker (m->x, LK_OP_NEG);
  if (sign == NULL && !lk_dtype_is_complex (m->x->dtype))
    sign = maker (m->x, LK_OP_ABS);
  return sign != NULL && is_replaced (m, "(±x)² → x²", lk_square (m->ctx, sign->inputs[0]));
}

static const struct { guint op; gboolean (*match) (const Match *m); } rules[] = {
  { LK_OP_MUL, try_mul }, { LK_OP_ADD, try_add }, { LK_OP_SUB, try_sub }, { LK_OP_REAL_DIV, try_div }, { LK_OP_POW, try_pow },
  { LK_OP_MAXIMUM, try_same }, { LK_OP_MINIMUM, try_same }, { LK_OP_NEG, try_twice }, { LK_OP_LOGICAL_NOT, try_twice },
  { LK_OP_INVERT, try_twice }, { LK_OP_RELU, try_again }, { LK_OP_FLOOR, try_again }, { LK_OP_CEIL, try_again },
  { LK_OP_RINT, try_again }, { LK_OP_SIGN, try_again }, { LK_OP_ABS, try_abs }, { LK_OP_SQUARE, try_square },
};

void
lk_pass_algebra (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (node->n_inputs == 0 || lk_rewriting_fact (r, node)->gone)
        continue;
      const Match match = { r, r->ctx, node, node->inputs[0], node->n_inputs > 1 ? node->inputs[1] : NULL };
      for (guint k = 0; k < G_N_ELEMENTS (rules); k++)
        if (rules[k].op == node->op->index && rules[k].match (&match))
          break;
    }
}
