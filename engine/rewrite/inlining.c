/* SPDX-License-Identifier: MIT */
/* Calls of small functions become the functions' nodes, named call/node and on their own lines; they still know the call. What had to
   wait for the call waits for what the function does, and that for what the call waited for. */
#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/graph/inlined.h"
#include "engine/ops/block.h"
#include "engine/rewrite/copy.h"

#define LARGEST 256     /* nodes */

/* Whatever fits tensor fits like: the call refuses nothing that the nodes would not. */
static gboolean
is_as_known (const LkShape *shape, const LkShape *like)
{
  if (like->rank == LK_RANK_UNKNOWN)
    return TRUE;
  if (shape->rank != like->rank)
    return FALSE;
  for (guint i = 0; i < like->rank; i++)
    if (like->dims[i] != LK_DIM_UNKNOWN && shape->dims[i] != like->dims[i])
      return FALSE;
  return TRUE;
}

static gboolean
can_inline (const LkNode *call)
{
  const LkFunction *function = call->attrs[0].func;
  if (call->n_inputs != function->n_all || call->n_outputs != function->n_outputs || function->graph->nodes->len > LARGEST)
    return FALSE;
  for (guint i = 0; i < call->n_inputs; i++)
    if (!is_as_known (&call->inputs[i]->shape, &function->inputs[i]->shape))
      return FALSE;
  return TRUE;
}

/* Copies the function's nodes into the working graph. copies: by node of the function; of its inputs NULL. */
static void
copy_nodes (LkRewriting *r, const LkNode *call, const GPtrArray *nodes, LkNode **copies)
{
  const LkFunction *function = call->attrs[0].func;
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      g_autofree LkTensor **inputs = g_new (LkTensor *, node->n_inputs + 1);
      g_autofree char *name = g_strconcat (lk_rewriting_name (r, call), "/", node->name, NULL);
      if (node->n_outputs > 0 && lk_tensors_find (function->inputs, function->n_all, node->outputs[0]) >= 0)
        continue;
      for (guint k = 0; k < node->n_inputs; k++)
        {
          const gint given = lk_tensors_find (function->inputs, function->n_all, node->inputs[k]);
          inputs[k] = given >= 0 ? call->inputs[given] : copies[node->inputs[k]->node->id]->outputs[node->inputs[k]->output];
        }
      copies[node->id] = lk_node_copy (r->ctx, r->graph, node, inputs, name);
    }
}

/* Each is in the call, and stands there where it stood in the function. */
static void
place_copies (LkRewriting *r, const LkNode *call, const GPtrArray *nodes, LkNode *const *copies)
{
  LkInlined *inlined = lk_inlined_new (call, call->attrs[0].func->name, lk_rewriting_fact (r, call)->place);
  lk_rewriting_note_nodes (r);
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      LkNode *copy = copies[node->id];
      if (copy == NULL)
        continue;
      copy->inlined = lk_inlined_ref (inlined);
      lk_rewriting_fact (r, copy)->place = node->id;
    }
  lk_inlined_unref (inlined);
}

static void
order_copies (LkRewriting *r, LkNode *call, const GPtrArray *nodes, LkNode *const *copies)
{
  g_autoptr (GPtrArray) ordered = g_ptr_array_new ();
  for (guint i = 0; i < nodes->len; i++)
    {
      const LkNode *node = g_ptr_array_index (nodes, i);
      LkNode *copy = copies[node->id];
      for (guint k = 0; copy != NULL && k < node->n_controls; k++)
        if (copies[node->controls[k]->id] != NULL)
          lk_rewriting_add_control (r, copy, copies[node->controls[k]->id]);
      if (copy != NULL && (copy->op->flags & LK_OP_STATEFUL))
        g_ptr_array_add (ordered, copy);
    }
  lk_rewriting_take_order (r, call, (LkNode **) ordered->pdata, ordered->len);
}

static void
inline_call (LkRewriting *r, LkNode *call)
{
  const LkFunction *function = call->attrs[0].func;
  g_autoptr (GPtrArray) nodes = lk_function_needed_nodes (function);
  g_autofree LkNode **copies = g_new0 (LkNode *, function->graph->nodes->len + 1);
  g_autofree LkTensor **by = g_new0 (LkTensor *, call->n_outputs + 1);
  copy_nodes (r, call, nodes, copies);
  place_copies (r, call, nodes, copies);
  order_copies (r, call, nodes, copies);
  for (guint i = 0; i < call->n_outputs; i++)
    {
      const LkTensor *output = function->outputs[i];
      const gint given = lk_tensors_find (function->inputs, function->n_all, output);
      by[i] = given >= 0 ? call->inputs[given] : copies[output->node->id]->outputs[output->output];
    }
  r->keeps_places = TRUE;
  lk_rewriting_replace (r, "call of a small function → its nodes", call, by);
  r->keeps_places = FALSE;
}

void
lk_pass_inlining (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      if (!lk_rewriting_fact (r, node)->gone && node->op->index == LK_OP_PARTITIONED_CALL && can_inline (node))
        inline_call (r, node);
    }
}
