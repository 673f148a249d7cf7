/* SPDX-License-Identifier: MIT */
/* The gradient of If and Case: one over the gradients of its branches. What these need of the branches' insides becomes further
   outputs of the node; the branches that do not have them give zeros in their place, which nobody reads. */
#include <string.h>
#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/graph/control_flow.h"
#include "engine/ops/block.h"

/* A tensor that branch `owner` has inside, and its place among the outputs of the widened node. */
static void
add_extras (const LkFunction *branch, const LkBackward *backward, GPtrArray *extras)
{
  const GArray *captures = backward->function->graph->captures;
  for (guint i = 0; i < captures->len; i++)
    {
      LkTensor *outer = g_array_index (captures, LkCapture, i).outer;
      if (lk_tensors_find (branch->inputs, branch->n_all, outer) < 0
          && lk_tensors_find (branch->outputs, branch->n_outputs, outer) < 0)
        g_ptr_array_add (extras, outer);
    }
}

/* Zeros of a shape that fits where `like` is wanted: loops keep them in lists, and functions look at what they are given. */
static LkTensor *
zeros_node (LkContext *ctx, const LkTensor *like)
{
  LkShape shape = like->shape.rank == LK_RANK_UNKNOWN ? LK_SCALAR : like->shape;
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = MAX (shape.dims[i], 0);
  return lk_zeros_node (ctx, like->dtype, &shape);
}

/* Stands in graph for what only the other branch has. (transfer none) */
static LkTensor *
stand_in (LkContext *ctx, LkGraph *graph, const LkTensor *like)
{
  LkTensor *made;
  lk_context_enter (ctx, graph);
  made = like->dtype == LK_VARIANT ? lk_empty_tensor_list (ctx, LK_FLOAT32, &LK_SHAPE_UNKNOWN) : zeros_node (ctx, like);
  lk_context_leave (ctx);
  lk_tensor_unref (made);       /* the node holds it */
  return made;
}

/* extras: of all branches. */
static LkFunction *
widen (LkContext *ctx, const LkFunction *branch, GPtrArray *const *extras, guint n, guint own)
{
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  for (guint i = 0; i < branch->n_outputs; i++)
    g_ptr_array_add (outputs, branch->outputs[i]);
  for (guint k = 0; k < n; k++)
    for (guint i = 0; i < extras[k]->len; i++)
      g_ptr_array_add (outputs, k == own ? extras[k]->pdata[i] : stand_in (ctx, branch->graph, extras[k]->pdata[i]));
  return lk_function_new_variant (branch, (LkTensor **) outputs->pdata, outputs->len);
}

/* The node's branches are these from now on, which give `all` besides what they gave. wide (transfer full) elements. */
static void
set_branches (LkContext *ctx, LkNode *node, LkFuncs *wide, const GPtrArray *all)
{
  LkAttr two[] = { { .func = wide->v[0] }, { .func = wide->v[wide->n - 1] } }, one = { .funcs = wide };
  lk_node_widen (ctx, node, (LkTensor **) all->pdata, all->len, node->op->index == LK_OP_IF_ELSE ? two : &one);
  for (guint k = 0; k < wide->n; k++)
    lk_function_unref (wide->v[k]);
}

/* Makes the node give what the gradients need. */
static gboolean
node_widen (LkContext *ctx, LkNode *node, LkBackward *const *backwards, guint n)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new (), lists = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  for (guint k = 0; k < n; k++)
    {
      GPtrArray *extras = g_ptr_array_new ();
      add_extras (lk_op_function (node->op, node->attrs, k), backwards[k], extras);
      g_ptr_array_extend (all, extras, NULL, NULL);
      g_ptr_array_add (lists, extras);
    }
  if (all->len == 0)
    return TRUE;
  g_autofree LkFuncs *wide = g_malloc0 (sizeof (LkFuncs) + n * sizeof (LkFunction *));
  wide->n = n;
  for (guint k = 0; k < n; k++)
    wide->v[k] = widen (ctx, lk_op_function (node->op, node->attrs, k), (GPtrArray **) lists->pdata, n, k);
  set_branches (ctx, node, wide, all);
  return ctx->error == NULL;
}

/* ---- the gradient's branches ---- */

/* The gradient of an output of branch. One that is a constant has no use for it, and may, as a stand-in for what has unknown
   dimensions, be of another shape: it is given zeros of its own, which `zeros` keeps. */
static LkTensor *
gradient_for (const LkTensor *output, LkTensor *dy, GPtrArray *zeros)
{
  LkTensor *zero;
  if (output->node->op->index != LK_OP_CONST || dy->dtype != output->dtype)
    return dy;
  zero = lk_zeros_new (output->dtype, &output->shape);
  g_ptr_array_add (zeros, zero);
  return zero;
}

/* What branch's gradient takes: gradients of outputs, then what it uses of the forward run. */
static LkTensor **
backward_inputs (const LkNode *node, const LkFunction *branch, const LkBackward *backward, LkTensor *const *dy, guint n_dy,
                 GPtrArray *zeros)
{
  const GArray *captures = backward->function->graph->captures;
  LkTensor **inputs = g_new (LkTensor *, backward->function->n_all + 1);
  guint n = 0;
  for (guint i = 0; i < n_dy; i++)
    if (backward->given[i])
      inputs[n++] = gradient_for (branch->outputs[i], dy[i], zeros);
  for (guint i = 0; i < captures->len; i++)
    {
      LkTensor *outer = g_array_index (captures, LkCapture, i).outer;
      gint input = lk_tensors_find (branch->inputs, branch->n_all, outer);
      inputs[n++] = input >= 0 ? node->inputs[1 + input]
                               : node->outputs[lk_tensors_find (branch->outputs, branch->n_outputs, outer)];
    }
  return inputs;
}

/* Traces one branch of the gradient: for each of the inputs that has a gradient by either branch, what it is by this one. */
static LkGraph *
trace_branch (LkContext *ctx, const LkNode *node, const LkFunction *branch, const LkBackward *backward,
              const gboolean *any, LkTensor *const *dy, guint n_dy, GPtrArray *results)
{
  g_autoptr (GPtrArray) zeros = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  g_autofree LkTensor **inputs = backward_inputs (node, branch, backward, dy, n_dy, zeros);
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, backward->function->n_outputs + 1);
  LkGraph *graph = lk_graph_new (backward->function->name);
  lk_graph_order_effects (graph);
  lk_context_enter (ctx, graph);
  lk_function_apply (ctx, backward->function, inputs, outputs);
  for (guint i = 0; i < branch->n_all; i++)
    if (any[i])
      g_ptr_array_add (results, backward->results[i] >= 0 ? lk_tensor_ref (outputs[backward->results[i]])
                                                          : lk_zeros_for (ctx, node->inputs[1 + i]));
  lk_context_leave (ctx);
  for (guint i = 0; i < backward->function->n_outputs; i++)
    lk_tensor_unref (outputs[i]);
  return graph;
}

/* any: by input of the branches, whether its gradient is asked for and one of them has it. How many there are. */
static guint
find_any (const LkCall *call, LkBackward *const *backwards, guint n, guint n_all, gboolean *any)
{
  guint found = 0;
  for (guint i = 0; i < n_all; i++)
    {
      for (guint k = 0; k < n; k++)
        any[i] |= backwards[k]->results[i] >= 0;
      any[i] &= lk_call_wants_gradient (call, 1 + i);
      found += any[i];
    }
  return found;
}

static void
apply_gradient (const LkCall *call, const LkNode *node, LkBackward *const *backwards, guint n, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  const guint n_all = lk_op_function (node->op, node->attrs, 0)->n_all;
  g_autofree gboolean *any = g_new0 (gboolean, n_all + 1);
  const guint n_any = find_any (call, backwards, n, n_all, any);
  if (n_any == 0)
    return;
  g_autoptr (GPtrArray) graphs = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_graph_unref);
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, n_any);
  g_autofree LkTensor *const **of_branch = g_new (LkTensor *const *, n);
  for (guint k = 0; k < n; k++)
    g_ptr_array_add (graphs, trace_branch (ctx, node, lk_op_function (node->op, node->attrs, k), backwards[k], any, dy,
                                           call->n_outputs, results));
  for (guint k = 0; k < n; k++)
    of_branch[k] = (LkTensor *const *) results->pdata + k * n_any;
  if (node->op->index == LK_OP_IF_ELSE)
    lk_graph_branch (ctx, node->inputs[0], graphs->pdata[0], of_branch[0], graphs->pdata[1], of_branch[1], n_any, outputs);
  else
    lk_graph_case (ctx, node->inputs[0], (LkGraph **) graphs->pdata, of_branch, n, n_any, outputs);
  for (guint i = 0, k = 0; i < n_all; i++)
    if (any[i])
      dx[1 + i] = outputs[k++];
}

/* The backward function of each branch, when the gradients of `given` outputs are known. (transfer full); NULL after an error. */
static GPtrArray *
find_backwards (LkContext *ctx, const LkNode *node, const gboolean *given)
{
  GPtrArray *backwards = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_backward_free);
  const guint n = lk_op_n_functions (node->op, node->attrs);
  for (guint k = 0; k < n; k++)
    {
      LkBackward *backward = lk_backward_new (ctx, lk_op_function (node->op, node->attrs, k), given, FALSE);
      if (backward == NULL)
        {
          g_ptr_array_unref (backwards);
          return NULL;
        }
      g_ptr_array_add (backwards, backward);
    }
  return backwards;
}

gboolean
lk_branch_open (LkContext *ctx, LkNode *node)
{
  g_autofree gboolean *given = g_new0 (gboolean, node->n_outputs + 1);
  for (guint i = 0; i < node->n_outputs; i++)
    given[i] = lk_dtype_has_gradient (node->outputs[i]->dtype);
  GPtrArray *backwards = find_backwards (ctx, node, given);
  if (backwards == NULL)
    return FALSE;
  const gboolean ok = node_widen (ctx, node, (LkBackward **) backwards->pdata, backwards->len);
  g_ptr_array_unref (backwards);
  return ok;
}

void
lk_branch_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkNode *node = call->n_outputs > 0 ? call->outputs[0]->node : NULL;
  if (node == NULL)
    return;
  g_autofree gboolean *given = g_new0 (gboolean, node->n_outputs + 1);
  for (guint i = 0; i < call->n_outputs; i++)
    given[i] = dy[i] != NULL;
  GPtrArray *backwards = find_backwards (ctx, node, given);
  if (backwards == NULL)
    return;
  if (node_widen (ctx, node, (LkBackward **) backwards->pdata, backwards->len))
    apply_gradient (call, node, (LkBackward **) backwards->pdata, backwards->len, dy, dx);
  g_ptr_array_unref (backwards);
}
