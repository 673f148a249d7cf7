/* SPDX-License-Identifier: MIT */
/* Transposes go through elementwise nodes, pads and joins where that leaves fewer of them to do: relu between two convolutions whose
   layouts differ from the program's, say. A region is what hangs together between transposes to an order of axes and transposes back;
   the whole of it is computed in the other order if the elements that are turned then are fewer. */
#include "engine/execute/program.h"
#include "engine/ops/block.h"
#include "engine/ops/gradient.h"
#include "engine/rewrite/perm.h"

#define MOST 512        /* nodes of a region */
#define MOST_TRIED 64   /* of a region whose nodes are tried one by one */

typedef struct
{
  LkRewriting *r;
  LkPerm perm, back;      /* from the order inside to that outside, and back */
  GHashTable *members;    /* LkNode */
  GPtrArray *nodes;       /* the same, as they were found */
  GHashTable *turned;     /* LkTensor of what is around → what stands for it inside; owned */
} Region;

/* ---- what can be turned ---- */

static gboolean
is_single (const LkTensor *tensor)
{
  return tensor->size == 1;
}

/* Elements that stand at the same place, whatever the order of axes. */
static gboolean
input_can_turn (const Region *g, const LkTensor *input)
{
  if (input->shape.rank == LK_RANK_UNKNOWN || input->shape.rank > g->perm.rank)
    return FALSE;
  return input->shape.rank == g->perm.rank || is_single (input) || lk_node_constant (input) != NULL;
}

/* How many of the inputs are values rather than axes and widths, which are constants then. */
static guint
n_values (const LkNode *node)
{
  const guint n = node->n_inputs;
  if (node->op->index == LK_OP_CONCAT || node->op->index == LK_OP_PAD)
    return n > 1 && lk_node_constant (node->inputs[n - 1]) != NULL ? n - 1 : 0;
  return node->op->index == LK_OP_ADD_N || (lk_node_is_elementwise (node) && node->op->index != LK_OP_BIAS_ADD) ? n : 0;
}

static gboolean
can_turn (const Region *g, const LkNode *node)
{
  const guint n = n_values (node);
  gboolean whole = FALSE;
  if (n == 0 || node->n_outputs != 1 || node->outputs[0]->shape.rank != g->perm.rank || node->n_controls > 0
      || (node->flags & (LK_NODE_LOSS | LK_NODE_STEP)) != 0 || lk_rewriting_fact (g->r, node)->gone)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (!input_can_turn (g, node->inputs[i]))
        return FALSE;
      whole |= node->inputs[i]->shape.rank == g->perm.rank;
    }
  return whole;
}

static gboolean
turns (const LkPerm *perm, const LkNode *node)
{
  LkPerm other;
  return lk_perm_read (&other, node) && lk_perm_equal (perm, &other);
}

/* ---- growing ---- */

static void
region_add (Region *g, LkNode *node)
{
  if (g->nodes->len < MOST && !g_hash_table_contains (g->members, node) && can_turn (g, node))
    {
      g_hash_table_add (g->members, node);
      g_ptr_array_add (g->nodes, node);
    }
}

static void
add_readers (Region *g, const LkNode *node)
{
  const GPtrArray *users = lk_rewriting_fact (g->r, node)->users;
  for (guint i = 0; i < users->len; i++)
    region_add (g, g_ptr_array_index (users, i));
}

/* done: by node, transposes that need not be begun at any more. */
static void
region_grow (Region *g, LkNode *first, GHashTable *done)
{
  add_readers (g, first);
  for (guint at = 0; at < g->nodes->len; at++)
    {
      const LkNode *node = g_ptr_array_index (g->nodes, at);
      for (guint i = 0; i < n_values (node); i++)
        {
          LkNode *maker = node->inputs[i]->node;
          region_add (g, maker);
          if (turns (&g->perm, maker) && g_hash_table_add (done, maker))
            add_readers (g, maker);
        }
      add_readers (g, node);
    }
}

/* ---- what it costs ---- */

static double
weight (const LkTensor *tensor)
{
  double size = 1;
  for (guint i = 0; i < tensor->shape.rank; i++)
    size *= tensor->shape.dims[i] != LK_DIM_UNKNOWN ? tensor->shape.dims[i] : 1;
  return size;
}

static gboolean
only_members_read (const Region *g, const LkNode *node)
{
  const GPtrArray *users = lk_rewriting_fact (g->r, node)->users;
  for (guint i = 0; i < users->len; i++)
    if (!g_hash_table_contains (g->members, g_ptr_array_index (users, i)))
      return FALSE;
  return lk_rewriting_n_users (g->r, node) == users->len;
}

/* Transposes in front of a member: those that go, and those that come. counted: makers that were looked at. */
static double
cost_of_inputs (const Region *g, const LkNode *node, GHashTable *counted)
{
  double cost = 0;
  for (guint i = 0; i < n_values (node); i++)
    {
      const LkTensor *input = node->inputs[i];
      if (is_single (input) || lk_node_constant (input) != NULL || g_hash_table_contains (g->members, input->node)
          || !g_hash_table_add (counted, input->node))
        continue;
      if (!turns (&g->perm, input->node))
        cost += weight (input);
      else if (only_members_read (g, input->node))
        cost -= weight (input);
    }
  return cost;
}

static double
cost_of_output (const Region *g, const LkNode *node)
{
  const GPtrArray *users = lk_rewriting_fact (g->r, node)->users;
  const double size = weight (node->outputs[0]);
  gboolean others = lk_rewriting_n_users (g->r, node) > users->len;
  double cost = 0;
  for (guint i = 0; i < users->len; i++)
    if (turns (&g->back, g_ptr_array_index (users, i)))
      cost -= size;
    else
      others |= !g_hash_table_contains (g->members, g_ptr_array_index (users, i));
  return cost + (others ? size : 0);
}

/* How many more elements are turned if the region is; less than 0 is a gain. */
static double
region_cost (const Region *g)
{
  g_autoptr (GHashTable) counted = g_hash_table_new (NULL, NULL);
  double cost = 0;
  for (guint i = 0; i < g->nodes->len; i++)
    if (g_hash_table_contains (g->members, g->nodes->pdata[i]))
      cost += cost_of_inputs (g, g->nodes->pdata[i], counted) + cost_of_output (g, g->nodes->pdata[i]);
  return cost;
}

/* Leaves out what is better left as it is. */
static double
region_trim (Region *g)
{
  double cost = region_cost (g);
  for (gboolean again = g->nodes->len <= MOST_TRIED; again;)
    {
      again = FALSE;
      for (guint i = 0; i < g->nodes->len; i++)
        {
          if (!g_hash_table_remove (g->members, g->nodes->pdata[i]))
            continue;
          const double without = region_cost (g);
          if (without <= cost)
            again = TRUE;
          else
            g_hash_table_add (g->members, g->nodes->pdata[i]);
          cost = MIN (cost, without);
        }
    }
  return cost;
}

/* ---- turning ---- */

/* A constant of a lower rank gets axes of size 1 in front, as it broadcasts. (transfer full) */
static LkTensor *
turn_value (const Region *g, LkTensor *input)
{
  LkContext *ctx = g->r->ctx;
  gint64 dims[LK_MAX_RANK];
  const guint more = g->perm.rank - input->shape.rank;
  LkTensor *known = g_hash_table_lookup (g->turned, input);
  if (is_single (input))
    return lk_tensor_ref (input);
  if (known == NULL && more == 0)
    {
      known = lk_perm_apply (ctx, &g->back, input);
      g_hash_table_insert (g->turned, input, known);
    }
  if (more == 0)
    return lk_tensor_ref (known);
  for (guint i = 0; i < g->perm.rank; i++)
    dims[i] = i < more ? 1 : input->shape.dims[i - more];
  g_autoptr (LkTensor) shape = lk_constant_ints (ctx, LK_INT32, dims, g->perm.rank), whole = lk_reshape (ctx, input, shape);
  return lk_perm_apply (ctx, &g->back, whole);
}

/* The axis of a join, or the widths of a pad, in the other order. (transfer full) */
static LkTensor *
turn_argument (const Region *g, const LkNode *node)
{
  const LkTensor *constant = lk_node_constant (node->inputs[node->n_inputs - 1]);
  if (node->op->index == LK_OP_CONCAT)
    {
      const gint64 axis = lk_tensor_int_at (constant, 0);
      return lk_constant_scalar (g->r->ctx, constant->dtype, g->perm.at[axis < 0 ? axis + g->perm.rank : axis]);
    }
  LkTensor *widths = lk_tensor_new (constant->dtype, &constant->shape);
  for (guint i = 0; i < g->perm.rank; i++)
    for (guint k = 0; k < 2; k++)
      lk_tensor_set_int (widths, 2 * i + k, lk_tensor_int_at (constant, 2 * g->back.at[i] + k));
  return lk_constant (g->r->ctx, widths);
}

/* Who turned it back reads what is inside. */
static void
meet (const Region *g, const LkTensor *outside, LkTensor *inside)
{
  g_autoptr (GPtrArray) users = g_ptr_array_copy (lk_rewriting_fact (g->r, outside->node)->users, NULL, NULL);
  for (guint i = 0; i < users->len; i++)
    if (turns (&g->back, g_ptr_array_index (users, i)))
      lk_rewriting_replace1 (g->r, "transpose (transpose (x)) → x", g_ptr_array_index (users, i), lk_tensor_ref (inside));
}

static void
turn_node (const Region *g, LkNode *node)
{
  LkContext *ctx = g->r->ctx;
  const guint n = n_values (node);
  const char *name = lk_rewriting_name (g->r, node);
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  g_autoptr (LkTensor) inside = NULL;
  for (guint i = 0; i < node->n_inputs; i++)
    g_ptr_array_add (inputs, i < n ? turn_value (g, node->inputs[i]) : turn_argument (g, node));
  if (lk_apply (ctx, node->op, (LkTensor **) inputs->pdata, inputs->len, node->attrs, &inside, 1))
    {
      lk_rewriting_note_nodes (g->r);
      lk_rewriting_fact (g->r, inside->node)->name = name;
    }
  LkTensor *outside = inside != NULL ? lk_perm_apply (ctx, &g->perm, inside) : NULL;
  if (lk_rewriting_replace1 (g->r, "f (transpose (x)) → transpose (f (x))", node, outside))
    meet (g, outside, inside);
}

static void
try_transpose (LkRewriting *r, LkNode *node, const LkPerm *perm, GHashTable *done, const GPtrArray *order)
{
  Region g = { r, *perm, lk_perm_inverse (perm), g_hash_table_new (NULL, NULL), g_ptr_array_new (),
               g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) lk_tensor_unref) };
  region_grow (&g, node, done);
  if (g.nodes->len > 0 && region_trim (&g) < 0)
    for (guint i = 0; i < order->len; i++)
      if (g_hash_table_contains (g.members, order->pdata[i]))
        turn_node (&g, order->pdata[i]);
  g_hash_table_unref (g.turned);
  g_hash_table_unref (g.members);
  g_ptr_array_unref (g.nodes);
}

void
lk_pass_transposes (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  g_autoptr (GHashTable) done = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      LkPerm perm;
      if (!lk_rewriting_fact (r, node)->gone && lk_perm_read (&perm, node) && !lk_perm_is_plain (&perm)
          && g_hash_table_add (done, node))
        try_transpose (r, node, &perm, done, order);
    }
}
