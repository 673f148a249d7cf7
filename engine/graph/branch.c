/* SPDX-License-Identifier: MIT */
/* The gradient of If: an If over the gradients of its branches. What these need of the branches' insides becomes further
   outputs of the node; the branch that does not have them gives zeros in their place, which nobody reads. */
#include <string.h>
#include "engine/graph/call.h"
#include "engine/graph/control_flow.h"
#include "engine/ops/block.h"

enum { SMALL = 1024 };    /* elements that a graph may hold for good */

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

static LkTensor *
zeros_new (LkDType dtype, const LkShape *shape)
{
  LkTensor *zeros = lk_tensor_new (dtype, shape);
  memset (zeros->data, 0, zeros->size * lk_dtype_size (dtype));
  return zeros;
}

/* Zeros of a shape that fits where `like` is wanted: loops keep them in lists, and functions look at what they are given. */
static LkTensor *
zeros_node (LkContext *ctx, const LkTensor *like)
{
  LkShape shape = like->shape.rank == LK_RANK_UNKNOWN ? LK_SCALAR : like->shape;
  for (guint i = 0; i < shape.rank; i++)
    shape.dims[i] = MAX (shape.dims[i], 0);
  if (lk_shape_size (&shape) > SMALL)
    {
      const LkShape vector = LK_SHAPE (shape.rank);
      g_autoptr (LkTensor) dims = lk_tensor_new_copy (LK_INT64, &vector, shape.dims);
      g_autoptr (LkTensor) zero = zeros_new (like->dtype, &LK_SCALAR);
      return lk_fill (ctx, dims, zero);
    }
  g_autoptr (LkTensor) zeros = zeros_new (like->dtype, &shape);
  return lk_const (ctx, zeros, zeros->dtype);
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

static LkFunction *
widen (LkContext *ctx, const LkFunction *branch, GPtrArray *then_extras, GPtrArray *else_extras, gboolean is_then)
{
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  for (guint i = 0; i < branch->n_outputs; i++)
    g_ptr_array_add (outputs, branch->outputs[i]);
  for (guint i = 0; i < then_extras->len; i++)
    g_ptr_array_add (outputs, is_then ? then_extras->pdata[i] : stand_in (ctx, branch->graph, then_extras->pdata[i]));
  for (guint i = 0; i < else_extras->len; i++)
    g_ptr_array_add (outputs, is_then ? stand_in (ctx, branch->graph, else_extras->pdata[i]) : else_extras->pdata[i]);
  return lk_function_new_variant (branch, (LkTensor **) outputs->pdata, outputs->len);
}

/* Makes the node give what the gradients need. */
static gboolean
node_widen (LkContext *ctx, LkNode *node, LkBackward *const *backwards)
{
  LkFunction *branches[] = { node->attrs[0].func, node->attrs[1].func };
  g_autoptr (GPtrArray) then_extras = g_ptr_array_new (), else_extras = g_ptr_array_new (), all = g_ptr_array_new ();
  add_extras (branches[0], backwards[0], then_extras);
  add_extras (branches[1], backwards[1], else_extras);
  if (then_extras->len + else_extras->len == 0)
    return TRUE;
  g_ptr_array_extend (all, then_extras, NULL, NULL);
  g_ptr_array_extend (all, else_extras, NULL, NULL);
  LkFunction *wide[] = { widen (ctx, branches[0], then_extras, else_extras, TRUE),
                         widen (ctx, branches[1], then_extras, else_extras, FALSE) };
  LkAttr attrs[] = { { .func = wide[0] }, { .func = wide[1] } };
  lk_node_widen (ctx, node, (LkTensor **) all->pdata, all->len, attrs);
  lk_function_unref (wide[0]);
  lk_function_unref (wide[1]);
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
  zero = zeros_new (output->dtype, &output->shape);
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

static void
apply_gradient (const LkCall *call, const LkNode *node, LkBackward *const *backwards, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  guint n_all = node->attrs[0].func->n_all, n = 0;
  g_autofree gboolean *any = g_new0 (gboolean, n_all + 1);
  g_autoptr (GPtrArray) a = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  g_autoptr (GPtrArray) b = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  LkGraph *graphs[2];
  for (guint i = 0; i < n_all; i++)
    n += any[i] = (backwards[0]->results[i] >= 0 || backwards[1]->results[i] >= 0) && lk_call_wants_gradient (call, 1 + i);
  if (n == 0)
    return;
  graphs[0] = trace_branch (ctx, node, node->attrs[0].func, backwards[0], any, dy, call->n_outputs, a);
  graphs[1] = trace_branch (ctx, node, node->attrs[1].func, backwards[1], any, dy, call->n_outputs, b);
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, n);
  lk_graph_branch (ctx, node->inputs[0], graphs[0], (LkTensor **) a->pdata, graphs[1], (LkTensor **) b->pdata, n, outputs);
  for (guint i = 0, k = 0; i < n_all; i++)
    if (any[i])
      dx[1 + i] = outputs[k++];
  lk_graph_unref (graphs[0]);
  lk_graph_unref (graphs[1]);
}

gboolean
lk_branch_open (LkContext *ctx, LkNode *node)
{
  LkBackward *backwards[2] = { NULL };
  g_autofree gboolean *given = g_new0 (gboolean, node->n_outputs + 1);
  gboolean ok;
  for (guint i = 0; i < node->n_outputs; i++)
    given[i] = lk_dtype_has_gradient (node->outputs[i]->dtype);
  ok = (backwards[0] = lk_backward_new (ctx, node->attrs[0].func, given, FALSE)) != NULL
       && (backwards[1] = lk_backward_new (ctx, node->attrs[1].func, given, FALSE)) != NULL && node_widen (ctx, node, backwards);
  for (guint i = 0; i < 2; i++)
    if (backwards[i] != NULL)
      lk_backward_free (backwards[i]);
  return ok;
}

void
lk_branch_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  LkNode *node = call->n_outputs > 0 ? call->outputs[0]->node : NULL;
  LkBackward *backwards[2] = { NULL };
  g_autofree gboolean *given = NULL;
  if (node == NULL)
    return;
  given = g_new0 (gboolean, node->n_outputs + 1);
  for (guint i = 0; i < call->n_outputs; i++)
    given[i] = dy[i] != NULL;
  for (guint i = 0; i < 2; i++)
    if ((backwards[i] = lk_backward_new (ctx, node->attrs[i].func, given, FALSE)) == NULL)
      break;
  if (backwards[1] != NULL && node_widen (ctx, node, backwards))
    apply_gradient (call, node, backwards, dy, dx);
  for (guint i = 0; i < 2; i++)
    if (backwards[i] != NULL)
      lk_backward_free (backwards[i]);
}
