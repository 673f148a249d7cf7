/* SPDX-License-Identifier: MIT */
/* Strength reduction: quotients, rests and powers by a constant become what a processor does at once, where that gives the same bits.
   A float's x³ as x · x · x does not, being rounded twice, and x · 2 as x + x would be no faster. Integers gain most: they are divided,
   and raised, one by one. */
#include <math.h>

#include "engine/ops/block.h"
#include "engine/ops/gradient.h"
#include "engine/rewrite/rewriting.h"

#define DEEPEST 8       /* nodes behind one another that are looked through for a sign */

typedef struct
{
  LkRewriting *r;
  LkContext *ctx;
  LkNode *node;
  LkTensor *x;
  LkDType dtype;
  double by;              /* the constant */
} Match;

/* The second input is a constant of one element that leaves the first one's shape as it is. */
static gboolean
match_init (Match *m, LkRewriting *r, LkNode *node)
{
  const LkTensor *constant = node->n_inputs == 2 ? lk_node_constant (node->inputs[1]) : NULL;
  if (constant == NULL || constant->size != 1 || (!lk_dtype_is_floating (constant->dtype) && !lk_dtype_is_integer (constant->dtype)))
    return FALSE;
  *m = (Match) { r, r->ctx, node, node->inputs[0], constant->dtype, lk_tensor_double_at (constant, 0) };
  return constant->shape.rank == 0 || (m->x->shape.rank != LK_RANK_UNKNOWN && m->x->shape.rank >= constant->shape.rank);
}

static void
replace (const Match *m, const char *rule, LkTensor *by)
{
  lk_rewriting_replace1 (m->r, rule, m->node, by);
}

/* Which power of two value is; -1 if it is none from 1 on. */
static gint
exponent_of (double value)
{
  int exponent;
  return value >= 1 && value <= G_MAXINT32 && frexp (value, &exponent) == 0.5 ? exponent - 1 : -1;
}

/* ---- signs ---- */

/* No element is less than 0, nor −0; NaNs may be among them. */
static gboolean
has_no_sign (const LkTensor *tensor, guint depth)
{
  const LkNode *node = tensor->node;
  const LkTensor *constant = lk_node_constant (tensor);
  if (depth == 0 || !lk_dtype_is_floating (tensor->dtype))
    return FALSE;
  if (constant != NULL)
    return constant->size == 1 && lk_tensor_double_at (constant, 0) >= 0 && !signbit (lk_tensor_double_at (constant, 0));
  switch (node->op->index)
    {
    case LK_OP_SQUARE: case LK_OP_SQUARED_DIFFERENCE: case LK_OP_ABS: case LK_OP_EXP: case LK_OP_SIGMOID: case LK_OP_SOFTMAX:
      return TRUE;
    case LK_OP_ADD: case LK_OP_MUL:
      return has_no_sign (node->inputs[0], depth - 1) && has_no_sign (node->inputs[1], depth - 1);
    case LK_OP_SUM: case LK_OP_MEAN: case LK_OP_IDENTITY: case LK_OP_RESHAPE: case LK_OP_EXPAND_DIMS: case LK_OP_SQUEEZE:
    case LK_OP_TRANSPOSE:
      return has_no_sign (node->inputs[0], depth - 1);
    default:
      return FALSE;
    }
}

/* ---- rules, by op ---- */

/* What the kernel of Pow does for these exponents, too; of integers that wrap, any grouping gives the same. */
static void
try_pow (const Match *m)
{
  const gboolean whole = lk_dtype_is_integer (m->dtype);
  if (m->by == 2)
    replace (m, "x² → square (x)", lk_square (m->ctx, m->x));
  else if (m->by == -1 && !whole)
    replace (m, "x⁻¹ → reciprocal (x)", lk_reciprocal (m->ctx, m->x));
  else if (m->by == 0.5 && has_no_sign (m->x, DEEPEST))
    replace (m, "x^½ → √x, x ≥ 0", lk_sqrt (m->ctx, m->x));
  else if (whole && (m->by == 3 || m->by == 4))
    {
      g_autoptr (LkTensor) square = lk_square (m->ctx, m->x);
      replace (m, m->by == 3 ? "x³ → square (x) · x" : "x⁴ → square (square (x))",
               m->by == 3 ? lk_mul (m->ctx, square, m->x) : lk_square (m->ctx, square));
    }
}

/* 2⁻ⁿ is exact in every float type while it is no subnormal. */
static void
try_real_div (const Match *m)
{
  int exponent;
  if (!lk_dtype_is_floating (m->dtype) || !isfinite (m->by) || m->by == 0 || m->by == 1
      || fabs (frexp (m->by, &exponent)) != 0.5 || abs (exponent) > 14)
    return;
  g_autoptr (LkTensor) inverse = lk_constant_scalar (m->ctx, m->dtype, 1 / m->by);
  replace (m, "x / 2ⁿ → x · 2⁻ⁿ", lk_mul (m->ctx, m->x, inverse));
}

static void
try_div_no_nan (const Match *m)
{
  if (lk_dtype_is_floating (m->dtype) && m->by != 0)
    replace (m, "x / c, c ≠ 0 → x / c", lk_real_div (m->ctx, m->x, m->node->inputs[1]));
}

/* A shift rounds down, as this quotient does, and also what is rounded towards 0 if there are no numbers below. */
static void
try_quotient (const Match *m)
{
  const gint n = exponent_of (m->by);
  if (!lk_dtype_is_integer (m->dtype) || n < 0)
    return;
  g_autoptr (LkTensor) places = lk_constant_scalar (m->ctx, m->dtype, n);
  replace (m, "⌊x / 2ⁿ⌋ → x >> n", lk_right_shift (m->ctx, m->x, places));
}

static void
try_rest (const Match *m)
{
  if (!lk_dtype_is_integer (m->dtype) || exponent_of (m->by) < 0)
    return;
  g_autoptr (LkTensor) bits = lk_constant_scalar (m->ctx, m->dtype, m->by - 1);
  replace (m, "x mod 2ⁿ → x & (2ⁿ − 1)", lk_bitwise_and (m->ctx, m->x, bits));
}

static gboolean
is_unsigned (LkDType dtype)
{
  return dtype == LK_UINT8 || dtype == LK_UINT16 || dtype == LK_UINT32 || dtype == LK_UINT64;
}

static void
try_node (const Match *m)
{
  switch (m->node->op->index)
    {
    case LK_OP_POW: try_pow (m); break;
    case LK_OP_REAL_DIV: try_real_div (m); break;
    case LK_OP_DIV_NO_NAN: try_div_no_nan (m); break;
    case LK_OP_FLOOR_DIV: try_quotient (m); break;
    case LK_OP_FLOOR_MOD: try_rest (m); break;
    case LK_OP_DIV: case LK_OP_TRUNCATE_DIV:
      if (is_unsigned (m->dtype))
        try_quotient (m);
      break;
    case LK_OP_MOD: case LK_OP_TRUNCATE_MOD:
      if (is_unsigned (m->dtype))
        try_rest (m);
      break;
    default: break;
    }
}

void
lk_pass_strength (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      Match match;
      if (!lk_rewriting_fact (r, node)->gone && match_init (&match, r, node))
        try_node (&match);
    }
}
