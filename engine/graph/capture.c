/* SPDX-License-Identifier: MIT */
/* Tensors from outside in a graph. Small values become constants, as in TensorFlow, so that the graph can be read and its
   shapes known; the rest become placeholders that the caller fills. */
#include "engine/graph/build.h"
#include <string.h>
#include "engine/ops/block.h"

#define CONSTANT_LARGEST 128    /* elements */

/* Nodes made on behalf of a capture do not take the name or the controls that the program means for its own. */
static LkTensor *
make_aside (LkContext *ctx, const char *name, gboolean at_root, LkTensor *(*make) (LkContext *ctx, LkTensor *like),
            LkTensor *like)
{
  LkGraph *graph = ctx->frame->graph;
  g_autofree char *meant = g_steal_pointer (&graph->next_name);
  LkTensor *made;
  graph->next_name = g_strdup (name);
  lk_graph_push_controls (graph, NULL, 0);
  if (at_root)
    lk_graph_push_scope (graph, NULL);
  made = make (ctx, like);
  if (at_root)
    lk_graph_pop_scope (graph);
  lk_graph_pop_controls (graph);
  g_free (graph->next_name);
  graph->next_name = g_steal_pointer (&meant);
  return made;
}

static LkTensor *
make_constant (LkContext *ctx, LkTensor *value)
{
  return lk_const (ctx, value, value->dtype);
}

static LkTensor *
make_placeholder (LkContext *ctx, LkTensor *like)
{
  return lk_placeholder_node (ctx, like->dtype, &like->shape);
}

/* A variable's own name, without the ":0", or that of the outer node. */
static char *
capture_name (LkTensor *tensor)
{
  LkVariable *variable = tensor->dtype == LK_RESOURCE ? lk_variable_of (tensor) : NULL;
  if (variable == NULL)
    return g_strdup (tensor->node != NULL ? tensor->node->name : "captured");
  return g_strndup (variable->name, strcspn (variable->name, ":"));
}

static LkTensor *
capture (LkContext *ctx, LkTensor *tensor)
{
  LkGraph *graph = ctx->frame->graph;
  g_autofree char *name = capture_name (tensor);
  LkCapture entry = { lk_tensor_ref (tensor), make_aside (ctx, name, TRUE, make_placeholder, tensor) };
  if (entry.inner == NULL)
    {
      lk_tensor_unref (tensor);
      return NULL;
    }
  entry.inner->node->capture = graph->captures->len;
  g_array_append_val (graph->captures, entry);
  lk_id_map_add (&graph->inner, tensor->id)->value = entry.inner;
  return entry.inner;
}

gboolean
lk_graph_capture (LkContext *ctx, LkGraph *graph, LkTensor *tensor)
{
  LkTensor *inner;
  lk_context_enter (ctx, graph);
  inner = capture (ctx, tensor);
  lk_context_leave (ctx);
  return inner != NULL;
}

/* The graph's node owns the tensor, so the map need not. */
static LkTensor *
constant (LkContext *ctx, LkTensor *tensor, LkTensor *value)
{
  LkTensor *inner = make_aside (ctx, "Const", FALSE, make_constant, value);
  if (inner == NULL)
    return NULL;
  lk_id_map_add (&ctx->frame->graph->inner, tensor->id)->value = inner;
  lk_tensor_unref (inner);
  return inner;
}

static gboolean
is_enclosing (const LkFrame *frame, const LkGraph *graph)
{
  for (; frame != NULL; frame = frame->outer)
    if (frame->graph == graph)
      return TRUE;
  return FALSE;
}

/* In a version 1 graph gradients may be asked for later of whatever is in it, constants too. */
static gboolean
may_be_asked (const LkTensor *tensor)
{
  return !tensor->node->graph->ordered && lk_dtype_is_floating (tensor->dtype);
}

static LkTensor *
bring_symbolic (LkContext *ctx, LkTensor *tensor)
{
  const LkNode *node = tensor->node;
  if (node->graph == NULL || !is_enclosing (ctx->frame->outer, node->graph))
    {
      lk_context_fail (ctx, LK_INVALID_ARGUMENT,
                       "The tensor '%s:%u' is out of scope: it belongs to %s%s%s, not to '%s' or a graph around it. Return it from the function that made it",
                       node->name, tensor->output, node->graph != NULL ? "the graph '" : "a graph that is no more",
                       node->graph != NULL ? node->graph->name : "", node->graph != NULL ? "'" : "",
                       ctx->frame->graph->name);
      return NULL;
    }
  if (node->op->index == LK_OP_CONST && !lk_tapes_follow (ctx->frame->outer, tensor) && !may_be_asked (tensor))
    return constant (ctx, tensor, node->attrs[0].tensor);
  return capture (ctx, tensor);
}

LkTensor *
lk_graph_bring (LkContext *ctx, LkTensor *tensor)
{
  LkGraph *graph = ctx->frame->graph;
  LkIdEntry *known;
  if (tensor->node != NULL && tensor->node->graph == graph)
    return tensor;
  if ((known = lk_id_map_find (&graph->inner, tensor->id)) != NULL)
    return known->value;
  if (tensor->node != NULL)
    return bring_symbolic (ctx, tensor);
  if (tensor->dtype != LK_RESOURCE && tensor->dtype != LK_VARIANT && tensor->size <= CONSTANT_LARGEST
      && !lk_tapes_follow (ctx->frame->outer, tensor))
    return constant (ctx, tensor, tensor);
  return capture (ctx, tensor);
}

LkTensor *
lk_graph_brought (const LkGraph *graph, LkTensor *tensor)
{
  LkIdEntry *known = lk_id_map_find (&graph->inner, tensor->id);
  return known != NULL ? known->value : tensor;
}

gint
lk_graph_capture_index (const LkTensor *inner)
{
  return inner->node != NULL && inner->node->graph != NULL ? inner->node->capture : -1;
}

LkTensor *
lk_graph_root (LkTensor *tensor)
{
  gint capture;
  while ((capture = lk_graph_capture_index (tensor)) >= 0)
    tensor = g_array_index (tensor->node->graph->captures, LkCapture, capture).outer;
  return tensor;
}

LkTensor *
lk_call_constant (const LkCall *call, guint i)
{
  LkTensor *tensor = lk_graph_root (call->inputs[i]);
  while (tensor->node != NULL && tensor->node->op != NULL && tensor->node->op->index == LK_OP_IDENTITY)
    tensor = lk_graph_root (tensor->node->inputs[0]);
  if (tensor->node == NULL)
    return tensor->dtype != LK_RESOURCE ? tensor : NULL;
  if (tensor->node->op != NULL && tensor->node->op->index == LK_OP_CONST)
    return tensor->node->attrs[0].tensor;
  if (call->ctx != NULL)
    call->ctx->asked = TRUE;
  return NULL;
}
