/* SPDX-License-Identifier: MIT */
/* Loop-invariant motion: what a loop's body or condition computes from values that stay the same in all iterations is computed once,
   before the loop. A loop that never runs must not fail for it, so only what cannot fail is moved. The body is rewritten here, and
   not when it first runs, since what it calls, and what loops in it move out, may go further; that it gave nodes away is a rewrite of
   its own, where placeholders stand for them. */
#include "engine/graph/call.h"
#include "engine/graph/inlined.h"
#include "engine/ops/block.h"
#include "engine/rewrite/copy.h"
#include "engine/rewrite/final.h"

/* The body, or the condition. */
typedef struct
{
  LkFunction *function;
  LkRewriting *r;         /* of the function; its frame is entered only while it is worked on */
  guint n_kept;           /* the body's lists for gradients, which the condition does not get */
  guint n_given;          /* inputs that it had */
  gboolean *same;         /* by node of r: its value is the same in each iteration, and may be computed before */
  gboolean *works;        /* and computing it once rather than often saves something */
  GPtrArray *moved;       /* LkTensor of r: what the loop is to be given; owned */
} Side;

typedef struct
{
  LkRewriting *r;
  LkNode *loop;
  guint n;                /* variables, the body's lists not counted */
  gboolean *stays;        /* by variable: the body hands it on as it is */
  Side body, cond;
} Motion;

/* ---- what stays the same ---- */

static LkTensor *
outer_input (const Motion *m, const Side *side, guint i)
{
  return m->loop->inputs[i < m->n ? i : i - side->n_kept];
}

/* Input i of the side is a capture, or a variable that nothing changes, and as it is known around the loop. */
static gboolean
input_stays (const Motion *m, const Side *side, guint i)
{
  if (i < m->n ? !m->stays[i] : i < m->n + side->n_kept)
    return FALSE;
  const LkTensor *inner = side->r->inputs[i], *outer = outer_input (m, side, i);
  return inner->dtype == outer->dtype && inner->shape.rank == outer->shape.rank
         && (inner->shape.rank == LK_RANK_UNKNOWN || lk_shape_equal (&inner->shape, &outer->shape));
}

static gboolean
inputs_are (const LkNode *node, const gboolean *what)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (!what[node->inputs[i]->node->id])
      return FALSE;
  return TRUE;
}

static gboolean
stays_same (const Side *side, const LkNode *node)
{
  return node->n_outputs == 1 && node->n_controls == 0 && lk_rewriting_fact (side->r, node)->waiters->len == 0
         && lk_node_is_pure (node) && (node->flags & (LK_NODE_LOSS | LK_NODE_STEP)) == 0
         && node->outputs[0]->dtype != LK_VARIANT && node->outputs[0]->dtype != LK_RESOURCE && inputs_are (node, side->same)
         && lk_node_cannot_fail (side->r->ctx, node);
}

/* Headers and shapes cost nothing. */
static gboolean
is_work (const Side *side, const LkNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (side->works[node->inputs[i]->node->id])
      return TRUE;
  return !(node->op->flags & LK_OP_ALIAS) && node->op->index != LK_OP_CONST && node->op->index != LK_OP_SHAPE
         && node->op->index != LK_OP_SIZE && node->op->index != LK_OP_RANK;
}

static gboolean
is_moved (const Side *side, const LkNode *node)
{
  return side->same[node->id] && side->works[node->id];
}

static gboolean
is_read_inside (const Side *side, const LkNode *node)
{
  const GPtrArray *users = lk_rewriting_fact (side->r, node)->users;
  for (guint i = 0; i < users->len; i++)
    if (!is_moved (side, g_ptr_array_index (users, i)))
      return TRUE;
  return lk_tensors_find (side->r->outputs, side->r->n_outputs, node->outputs[0]) >= 0;
}

static void
find_moved (const Motion *m, Side *side)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (side->r);
  side->same = g_new0 (gboolean, side->r->facts->len);
  side->works = g_new0 (gboolean, side->r->facts->len);
  side->moved = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  for (guint i = 0; i < side->r->n_inputs; i++)
    side->same[side->r->inputs[i]->node->id] = input_stays (m, side, i);
  for (guint i = 0; i < order->len; i++)
    {
      const LkNode *node = g_ptr_array_index (order, i);
      if (node->op->index == LK_OP_PLACEHOLDER_NODE || !stays_same (side, node))
        continue;
      side->same[node->id] = TRUE;
      side->works[node->id] = is_work (side, node);
    }
  for (guint i = 0; i < order->len; i++)
    {
      const LkNode *node = g_ptr_array_index (order, i);
      if (is_moved (side, node) && is_read_inside (side, node))
        g_ptr_array_add (side->moved, lk_tensor_ref (node->outputs[0]));
    }
}

/* ---- before the loop ---- */

/* node of the side, computed around the loop; made: by node, filled as they are needed. (transfer none) */
static LkTensor *
copy_out (const Motion *m, const Side *side, const LkNode *node, LkNode **made)
{
  const gint given = lk_tensors_find (side->r->inputs, side->r->n_inputs, node->outputs[0]);
  if (given >= 0)
    return outer_input (m, side, given);
  if (made[node->id] == NULL)
    {
      g_autofree LkTensor **inputs = g_new (LkTensor *, node->n_inputs + 1);
      g_autofree char *name = g_strconcat (lk_rewriting_name (m->r, m->loop), "/", lk_rewriting_name (side->r, node), NULL);
      for (guint i = 0; i < node->n_inputs; i++)
        inputs[i] = copy_out (m, side, node->inputs[i]->node, made);
      made[node->id] = lk_node_copy (m->r->ctx, m->r->graph, node, inputs, name);
      /* Whatever was inlined around it in the loop is not around it any more. */
      lk_inlined_unref (made[node->id]->inlined);
      made[node->id]->inlined = lk_inlined_ref (m->loop->inlined);
    }
  return made[node->id]->outputs[0];
}

static void
copy_moved (const Motion *m, const Side *side, GPtrArray *inputs)
{
  g_autofree LkNode **made = g_new0 (LkNode *, side->r->facts->len);
  for (guint i = 0; i < side->moved->len; i++)
    g_ptr_array_add (inputs, copy_out (m, side, ((LkTensor *) side->moved->pdata[i])->node, made));
}

/* ---- the sides ---- */

static void
side_begin (const Motion *m, Side *side, LkFunction *function)
{
  *side = (Side) { .function = function, .n_kept = function->n_all - m->loop->n_inputs, .n_given = function->n_all };
  side->r = lk_rewriting_new (m->r->ctx, function);
  lk_rewriting_run_first (side->r);
  side->r->pass = m->r->pass;
  lk_context_leave (m->r->ctx);
}

static LkTensor *
add_input (const Motion *m, Side *side, const LkTensor *like)
{
  LkRewriting *r = side->r;
  LkTensor *input = lk_placeholder (r->ctx, "invariant", like->dtype, &like->shape);
  r->inputs = g_renew (LkTensor *, r->inputs, r->n_inputs + 1);
  r->inputs[r->n_inputs++] = lk_tensor_ref (input);
  lk_rewriting_note_nodes (r);
  lk_rewriting_fact (r, input->node)->pinned = TRUE;
  input->node->stack = m->loop->stack;
  return input;
}

/* Inputs for what was moved out of this side, and for what was moved out of the other, in the order in which the loop gives them. */
static void
take_inputs (const Motion *m, Side *side, const GPtrArray *moved, gboolean own)
{
  for (guint i = 0; i < moved->len; i++)
    {
      LkTensor *was = moved->pdata[i];
      LkTensor *input = add_input (m, side, was);
      if (own)
        lk_rewriting_replace1 (side->r, "the same in each iteration → computed before the loop", was->node, input);
      else
        {
          side->r->made = side->r->facts->len;
          lk_tensor_unref (input);
        }
    }
}

/* What the side's function becomes. (transfer full) */
static LkFunction *
side_finish (const Motion *m, Side *side)
{
  LkFunction *function;
  lk_context_enter (m->r->ctx, side->r->graph);
  take_inputs (m, side, m->body.moved, side == &m->body);
  take_inputs (m, side, m->cond.moved, side == &m->cond);
  lk_rewriting_run_last (side->r);
  if (side->r->n_inputs > side->n_given)
    function = lk_final_function (m->r->ctx, side->function, side->r);
  else
    {
      lk_final_settle (m->r->ctx, side->function, side->r);
      function = lk_function_ref (side->function);
    }
  __atomic_store_n (&function->is_searched, TRUE, __ATOMIC_RELAXED);
  lk_rewriting_free (side->r);
  g_free (side->same);
  g_free (side->works);
  return function;
}

/* ---- the loop ---- */

static void
find_variables (Motion *m)
{
  m->n = m->body.function->n_outputs - m->body.n_kept;
  m->stays = g_new0 (gboolean, m->n + 1);
  for (guint i = 0; i < m->n; i++)
    m->stays[i] = m->body.r->outputs[i] == m->body.r->inputs[i];
}

/* Is replaced by one that gets more, and whose functions are these. */
static void
replace_loop (const Motion *m, const GPtrArray *inputs, LkFunction *body, LkFunction *cond)
{
  LkRewriting *r = m->r;
  LkAttr attrs[] = { { .func = body }, { .func = cond } };
  LkNode like = *m->loop;
  const char *name = lk_rewriting_name (r, m->loop);
  like.n_inputs = inputs->len;
  like.attrs = attrs;
  LkNode *made = lk_node_copy (r->ctx, r->graph, &like, (LkTensor **) inputs->pdata, name);
  lk_rewriting_take_order (r, m->loop, &made, 1);
  lk_rewriting_fact (r, made)->name = name;
  r->keeps_places = TRUE;
  lk_rewriting_replace (r, "the same in each iteration → once before the loop", m->loop, made->outputs);
  r->keeps_places = FALSE;
}

static void
search_loop (LkRewriting *r, LkNode *loop)
{
  Motion m = { .r = r, .loop = loop };
  g_autoptr (GPtrArray) inputs = g_ptr_array_new ();
  side_begin (&m, &m.body, loop->attrs[0].func);
  side_begin (&m, &m.cond, loop->attrs[1].func);
  find_variables (&m);
  find_moved (&m, &m.body);
  find_moved (&m, &m.cond);
  const gboolean moves = m.body.moved->len + m.cond.moved->len > 0;
  for (guint i = 0; i < loop->n_inputs; i++)
    g_ptr_array_add (inputs, loop->inputs[i]);
  copy_moved (&m, &m.body, inputs);
  copy_moved (&m, &m.cond, inputs);
  LkFunction *body = side_finish (&m, &m.body), *cond = side_finish (&m, &m.cond);
  if (moves)
    replace_loop (&m, inputs, body, cond);
  lk_function_unref (body);
  lk_function_unref (cond);
  g_ptr_array_unref (m.body.moved);
  g_ptr_array_unref (m.cond.moved);
  g_free (m.stays);
}

void
lk_pass_invariants (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (!lk_rewriting_fact (r, node)->gone && node->op->index == LK_OP_WHILE_LOOP
          && !__atomic_load_n (&node->attrs[0].func->is_searched, __ATOMIC_RELAXED))
        search_loop (r, node);
    }
}
