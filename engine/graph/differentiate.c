/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "engine/eager/backprop.h"
#include "engine/events/stream.h"
#include "engine/eager/dispatch.h"
#include "engine/graph/call.h"
#include "engine/graph/control_flow.h"
#include "engine/ops/block.h"
#include "engine/ops/slices.h"

void
lk_backward_free (LkBackward *backward)
{
  lk_function_unref (backward->function);
  g_free (backward->given);
  g_free (backward->sources);
  g_free (backward->results);
  g_free (backward->slices);
  g_free (backward);
}

/* ---- the backward graph ---- */

/* Applies the gradient rules to function's graph inside of `graph`, which is entered. */
static gboolean
trace_gradients (LkContext *ctx, const LkFunction *function, const gboolean *given, gboolean slices, GPtrArray *dys,
                 LkTensor **dxs)
{
  g_autoptr (GPtrArray) targets = g_ptr_array_new ();
  g_autoptr (GArray) records = lk_records_of_graph (function->graph);
  for (guint i = 0; i < function->n_outputs; i++)
    if (given[i])
      {
        g_ptr_array_add (targets, function->outputs[i]);
        g_ptr_array_add (dys, lk_placeholder (ctx, "gradient", function->outputs[i]->dtype,
                                              &function->outputs[i]->shape));
      }
  return (slices ? lk_backprop_slices : lk_backprop) (
    ctx, (LkRecord **) records->data, records->len, (LkTensor **) targets->pdata, (LkTensor **) dys->pdata, targets->len,
    function->inputs, function->n_all, NULL, 0, dxs);
}

/* Adds dx to the backward function's outputs. */
static void
add_result (LkContext *ctx, LkBackward *backward, guint i, LkTensor *dx, GPtrArray *outputs)
{
  LkTensor *parts[3];
  backward->results[i] = dx != NULL ? (gint) outputs->len : -1;
  backward->slices[i] = lk_is_slices (dx);
  if (dx == NULL || (backward->slices[i] && !lk_slices_parts (ctx, dx, parts)))
    return;
  if (!backward->slices[i])
    g_ptr_array_add (outputs, lk_tensor_ref (dx));
  for (guint k = 0; backward->slices[i] && k < 3; k++)
    {
      g_autoptr (LkTensor) part = parts[k];       /* indices may be the function's own, or a value */
      g_ptr_array_add (outputs, lk_tensor_ref (lk_graph_bring (ctx, part)));
    }
}

/* The gradient of a variable's handle is that of its value, which has another dtype and shape than the placeholder. */
static LkBackward *
backward_finish (LkContext *ctx, const LkFunction *function, LkGraph *graph, const gboolean *given, GPtrArray *dys,
                 LkTensor **dxs)
{
  LkBackward *backward = g_new0 (LkBackward, 1);
  g_autoptr (GPtrArray) outputs = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  g_autofree char *name = g_strconcat (function->name, "_gradient", NULL);
  backward->given = g_memdup2 (given, function->n_outputs * sizeof *given);
  backward->results = g_new (gint, function->n_all);
  backward->slices = g_new (gboolean, function->n_all);
  for (guint i = 0; i < function->n_all; i++)
    add_result (ctx, backward, i, dxs[i], outputs);
  backward->function = lk_function_new (ctx, name, graph, (LkTensor **) dys->pdata, dys->len,
                                        (LkTensor **) outputs->pdata, outputs->len);
  if (backward->function != NULL)
    return backward;
  lk_backward_free (backward);
  return NULL;
}

LkBackward *
lk_backward_new (LkContext *ctx, const LkFunction *function, const gboolean *given, gboolean slices)
{
  g_autoptr (GPtrArray) dys = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  g_autofree LkTensor **dxs = g_new0 (LkTensor *, function->n_all);
  g_autofree char *name = g_strconcat (function->name, "_gradient", NULL);
  LkGraph *graph = lk_graph_new (name);
  LkBackward *backward = NULL;
  if (!lk_graph_open_calls (ctx, function->graph))
    {
      lk_graph_unref (graph);
      return NULL;
    }
  lk_graph_order_effects (graph);
  if (LK_WATCHED)
    {
      g_autofree char *cause = g_strconcat ("the gradient of ", function->name, NULL);
      lk_gate_call (ctx, LK_CALL_TRACE, name);
      lk_emit_call (ctx, LK_CALL_TRACE, name, graph, cause);
    }
  /* The rules use tensors of the function's graph: it must be around the new one for them to be in scope. */
  lk_context_enter (ctx, function->graph);
  lk_context_enter (ctx, graph);
  if (trace_gradients (ctx, function, given, slices, dys, dxs))
    backward = backward_finish (ctx, function, graph, given, dys, dxs);
  lk_context_leave (ctx);
  lk_context_leave (ctx);
  if (LK_WATCHED)
    lk_emit_return (ctx);
  for (guint i = 0; i < function->n_all; i++)
    lk_tensor_unref (dxs[i]);
  lk_graph_unref (graph);
  return backward;
}

gint
lk_tensors_find (LkTensor *const *tensors, guint n, const LkTensor *tensor)
{
  for (guint i = 0; i < n; i++)
    if (tensors[i]->id == tensor->id)
      return i;
  return -1;
}

/* Where the captures of the backward function come from in a call of forward. FALSE when forward does not give one. */
static gboolean
backward_find_sources (LkBackward *backward, const LkFunction *forward)
{
  const GArray *captures = backward->function->graph->captures;
  backward->n_sources = captures->len;
  backward->sources = g_new0 (LkSource, captures->len);
  for (guint i = 0; i < captures->len; i++)
    {
      LkTensor *outer = g_array_index (captures, LkCapture, i).outer;
      gint input = lk_tensors_find (forward->inputs, forward->n_all, outer), output = -1;
      if (input < 0 && (output = lk_tensors_find (forward->outputs, forward->n_outputs, outer)) < 0)
        {
          if (outer->node != NULL)
            return FALSE;
          backward->sources[i].value = outer;
          continue;
        }
      backward->sources[i] = (LkSource) { NULL, input < 0, input < 0 ? output : input };
    }
  return TRUE;
}

/* ---- the forward variant ---- */

#define SMALL 1024      /* elements that a graph may hold for good */

LkTensor *
lk_zeros_new (LkDType dtype, const LkShape *shape)
{
  LkTensor *zeros = lk_tensor_new (dtype, shape);
  memset (zeros->data, 0, lk_tensor_bytes (zeros));
  return zeros;
}

LkTensor *
lk_zeros_node (LkContext *ctx, LkDType dtype, const LkShape *shape)
{
  if (lk_shape_size (shape) > SMALL)
    {
      const LkShape vector = LK_SHAPE (shape->rank);
      g_autoptr (LkTensor) dims = lk_tensor_new_copy (LK_INT64, &vector, shape->dims);
      g_autoptr (LkTensor) zero = lk_zeros_new (dtype, &LK_SCALAR);
      return lk_fill (ctx, dims, zero);
    }
  g_autoptr (LkTensor) zeros = lk_zeros_new (dtype, shape);
  return lk_const (ctx, zeros, dtype);
}

/* Of the values of a variable: one of a function, or a node of a version 1 graph. LK_INVALID for other tensors. */
static LkDType
held_dtype (LkTensor *tensor)
{
  LkVariable *variable = tensor->dtype == LK_RESOURCE ? lk_variable_of (tensor) : NULL;
  const LkNode *node = tensor->dtype == LK_RESOURCE ? lk_graph_root (tensor)->node : NULL;
  if (variable != NULL)
    return variable->dtype;
  return node != NULL && node->op->index == LK_OP_VAR_HANDLE ? node->attrs[0].type : LK_INVALID;
}

LkTensor *
lk_zeros_for (LkContext *ctx, LkTensor *tensor)
{
  const LkDType held = held_dtype (tensor);
  g_autoptr (LkTensor) value = held != LK_INVALID ? lk_read_variable (ctx, tensor, held) : NULL;
  LkTensor *like = value != NULL ? value : tensor;
  if (ctx->frame->graph != NULL && like->size >= 0 && like->dtype != LK_VARIANT)
    return lk_zeros_node (ctx, like->dtype, &like->shape);
  return lk_zeros_like (ctx, like);
}

static gboolean *
floating_outputs (const LkFunction *function)
{
  gboolean *given = g_new0 (gboolean, function->n_outputs);
  for (guint i = 0; i < function->n_outputs; i++)
    given[i] = lk_dtype_is_floating (function->outputs[i]->dtype);
  return given;
}

static void
add_tensor (GPtrArray *outputs, const LkFunction *function, LkTensor *tensor)
{
  if (lk_tensors_find (function->inputs, function->n_all, tensor) < 0
      && lk_tensors_find ((LkTensor **) outputs->pdata, outputs->len, tensor) < 0)
    g_ptr_array_add (outputs, tensor);
}

/* What the first derivative needs, which tracing it tells. The backward function. (transfer full) */
static LkBackward *
add_needed (LkContext *ctx, const LkFunction *function, GPtrArray *outputs)
{
  g_autofree gboolean *given = floating_outputs (function);
  LkBackward *backward = lk_backward_new (ctx, function, given, TRUE);
  if (backward == NULL)
    return NULL;
  const GArray *captures = backward->function->graph->captures;
  for (guint i = 0; i < captures->len; i++)
    if (g_array_index (captures, LkCapture, i).outer->node != NULL)
      add_tensor (outputs, function, g_array_index (captures, LkCapture, i).outer);
  return backward;
}

/* Makes the backward function of the plain outputs one of the variant's. */
static void
forward_adopt (LkFunction *forward, guint n_plain, LkBackward *backward)
{
  backward->given = g_renew (gboolean, backward->given, forward->n_outputs);
  for (guint i = n_plain; i < forward->n_outputs; i++)
    backward->given[i] = FALSE;
  g_assert (backward_find_sources (backward, forward));
  g_ptr_array_add (forward->backwards, backward);
}

static void
add_all (const LkFunction *function, GPtrArray *outputs)
{
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < function->n_all; i++)
    g_hash_table_add (known, function->inputs[i]);
  for (guint i = 0; i < outputs->len; i++)
    g_hash_table_add (known, g_ptr_array_index (outputs, i));
  for (guint i = 0; i < function->graph->nodes->len; i++)
    {
      const LkNode *node = lk_graph_node (function->graph, i);
      for (guint j = 0; node->op->index != LK_OP_CONST && j < node->n_outputs; j++)
        if (g_hash_table_add (known, node->outputs[j]))
          g_ptr_array_add (outputs, node->outputs[j]);
    }
}

/* Twice: what ran can give its derivative and the derivative of that. */
static gboolean
open_flow (LkContext *ctx, LkGraph *graph)
{
  gboolean ok = TRUE;
  for (guint i = 0, n = graph->nodes->len; ok && i < n; i++)
    {
      LkNode *node = lk_graph_node (graph, i);
      if (lk_op_branches (node->op))
        ok = lk_branch_open (ctx, node) && lk_branch_open (ctx, node);
      else if (node->op->index == LK_OP_WHILE_LOOP)
        ok = lk_loop_open (ctx, node) && lk_loop_open (ctx, node);
    }
  return ok;
}

LkFunction *
lk_function_forward (LkContext *ctx, LkFunction *function, gboolean all)
{
  g_autoptr (GPtrArray) outputs = NULL;
  LkFunction *forward = function->forward[all];
  LkBackward *backward = NULL;
  if (forward != NULL || function->is_forward)
    return forward != NULL ? forward : function;
  if (!lk_graph_open_calls (ctx, function->graph) || (all && !open_flow (ctx, function->graph)))
    return NULL;
  outputs = g_ptr_array_new ();
  for (guint i = 0; i < function->n_outputs; i++)
    g_ptr_array_add (outputs, function->outputs[i]);
  if (all)
    add_all (function, outputs);
  else if ((backward = add_needed (ctx, function, outputs)) == NULL)
    return NULL;
  forward = lk_function_new_variant (function, (LkTensor **) outputs->pdata, outputs->len);
  forward->is_forward = TRUE;
  forward->backwards = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_backward_free);
  if (backward != NULL)
    forward_adopt (forward, function->n_outputs, backward);
  function->forward[all] = forward;
  return forward;
}

/* ---- the gradient rule ---- */

static gboolean
covers (const LkBackward *backward, const gboolean *given, guint n)
{
  for (guint i = 0; i < n; i++)
    if (given[i] && !backward->given[i])
      return FALSE;
  return TRUE;
}

/* For these gradients of outputs. Where the call did not keep what it needs for them alone, for all of them, some being zeros. */
static LkBackward *
find_backward (LkContext *ctx, LkFunction *forward, const gboolean *given)
{
  LkBackward *backward;
  for (guint i = 0; i < forward->backwards->len; i++)
    {
      backward = g_ptr_array_index (forward->backwards, i);
      if (memcmp (backward->given, given, forward->n_outputs * sizeof *given) == 0)
        return backward;
    }
  backward = lk_backward_new (ctx, forward, given, TRUE);
  if (backward == NULL)
    return NULL;
  if (backward_find_sources (backward, forward))
    {
      g_ptr_array_add (forward->backwards, backward);
      return backward;
    }
  lk_backward_free (backward);
  if (forward->backwards->len > 0 && covers (g_ptr_array_index (forward->backwards, 0), given, forward->n_outputs))
    return g_ptr_array_index (forward->backwards, 0);
  lk_context_fail (ctx, LK_UNIMPLEMENTED,
                   "The function '%s' was called under one tape that is not persistent, so only its first derivative is "
                   "known; a second one needs a tape around the call for each", forward->name);
  return NULL;
}

static LkTensor **
backward_inputs (const LkCall *call, const LkFunction *forward, const LkBackward *backward, LkTensor *const *dy, GPtrArray *zeros)
{
  LkTensor **inputs = g_new (LkTensor *, backward->function->n_all);
  guint n = 0;
  for (guint i = 0; i < forward->n_outputs; i++)
    if (backward->given[i])
      {
        inputs[n] = dy[i] != NULL ? dy[i] : lk_zeros_like (call->ctx, call->outputs[i]);
        if (dy[i] == NULL)
          g_ptr_array_add (zeros, inputs[n]);
        n++;
      }
  for (guint i = 0; i < backward->n_sources; i++)
    {
      const LkSource *source = &backward->sources[i];
      inputs[n++] = source->value != NULL ? source->value
                    : source->output ? call->outputs[source->index] : call->inputs[source->index];
    }
  return inputs;
}

/* The gradient of input i, which slices that are not wanted make whole. (transfer full) */
static LkTensor *
result_of (const LkCall *call, const LkBackward *backward, guint i, LkTensor *const *outputs)
{
  LkTensor *const *own = outputs + backward->results[i];
  if (!backward->slices[i])
    return lk_tensor_ref (own[0]);
  g_autoptr (LkTensor) slices = lk_slices_new (lk_tensor_ref (own[0]), lk_tensor_ref (own[1]), lk_tensor_ref (own[2]));
  if (slices == NULL || lk_call_wants_slices (call, i))
    return g_steal_pointer (&slices);
  return lk_slices_dense (call->ctx, slices);
}

void
lk_function_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkFunction *forward = call->attrs[0].func;
  g_autofree gboolean *given = g_new0 (gboolean, call->n_outputs);
  g_autofree LkTensor **inputs = NULL, **outputs = NULL;
  g_autoptr (GPtrArray) zeros = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  LkBackward *backward;
  g_assert (forward->is_forward);
  for (guint i = 0; i < call->n_outputs; i++)
    given[i] = dy[i] != NULL && lk_dtype_has_gradient (forward->outputs[i]->dtype);
  backward = find_backward (call->ctx, forward, given);
  if (backward == NULL || backward->function->n_outputs == 0)
    return;
  inputs = backward_inputs (call, forward, backward, dy, zeros);
  outputs = g_new (LkTensor *, backward->function->n_outputs);
  lk_function_apply (call->ctx, backward->function, inputs, outputs);
  for (guint i = 0; i < forward->n_all; i++)
    if (backward->results[i] >= 0)
      dx[i] = result_of (call, backward, i, outputs);
  for (guint i = 0; i < backward->function->n_outputs; i++)
    lk_tensor_unref (outputs[i]);
}

/* ---- calls in graphs that no tape recorded ---- */

void
lk_node_widen (LkContext *ctx, LkNode *node, LkTensor *const *like, guint n, const LkAttr *attrs)
{
  LkRetired *retired = g_new (LkRetired, 1);
  *retired = (LkRetired) { node->op, node->attrs };
  node->outputs = g_renew (LkTensor *, node->outputs, node->n_outputs + n);
  for (guint i = 0; i < n; i++)
    node->outputs[node->n_outputs + i] = lk_tensor_new_symbolic (like[i]->dtype, &like[i]->shape, node,
                                                                 node->n_outputs + i);
  node->n_outputs += n;
  g_ptr_array_add (node->graph->retired, retired);
  node->attrs = lk_attrs_copy (node->op, attrs);
  lk_tapes_note_widened (ctx, node, n);
}

gboolean
lk_graph_open_calls (LkContext *ctx, LkGraph *graph)
{
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      LkNode *node = lk_graph_node (graph, i);
      LkFunction *forward;
      if (node->op->index != LK_OP_PARTITIONED_CALL || node->attrs[0].func->is_forward)
        continue;
      if ((forward = lk_function_forward (ctx, node->attrs[0].func, TRUE)) == NULL)
        return FALSE;
      lk_node_widen (ctx, node, forward->outputs + node->n_outputs, forward->n_outputs - node->n_outputs,
                     &(LkAttr) { .func = forward });
    }
  return TRUE;
}
