/* SPDX-License-Identifier: MIT */
/* What is told of the nodes inside of a fused one. */
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/program.h"
#include "engine/graph/inlined.h"
#include "engine/ops/block.h"

typedef struct
{
  const LkCall *call;
  const LkFunction *body;
  LkTensor **values;      /* by node of the body, owned */
} Inside;

/* The call's, if node's value is among its outputs. (transfer none) (nullable) */
static LkTensor *
given_out (const Inside *inside, const LkNode *node)
{
  const gint output = lk_tensors_find (inside->body->outputs, inside->body->n_outputs, node->outputs[0]);
  return output >= 0 ? inside->call->outputs[output] : NULL;
}

/* As it would run alone, with nobody watching: it is told afterwards. */
static gboolean
compute (LkContext *ctx, LkCall *alone, const LkNode *node)
{
  LkSignature out = { .dtype = node->outputs[0]->dtype };
  ctx->unseen++;
  const gboolean good = lk_call_run (alone, &out, node);
  ctx->unseen--;
  return good;
}

static gboolean
tell_node (Inside *inside, const LkNode *node)
{
  LkContext *ctx = inside->call->ctx;
  g_autofree LkTensor **inputs = g_new (LkTensor *, node->n_inputs + 1);
  LkTensor **value = &inside->values[node->id];
  LkCall alone = { ctx, node->op, node->n_inputs, inputs, node->attrs, 1, value };
  for (guint i = 0; i < node->n_inputs; i++)
    inputs[i] = inside->values[node->inputs[i]->node->id];
  ctx->node = node;
  lk_calls_go (ctx, node->inlined);
  lk_gate_op (ctx, node->op, inputs, node->n_inputs, node->attrs, node);
  const gint64 began = lk_stream_now ();
  *value = lk_tensor_ref (given_out (inside, node));
  const gboolean good = *value != NULL || compute (ctx, &alone, node);
  if (!good)
    alone.outputs = NULL;
  lk_emit_op (ctx, &alone, node, began);
  return good;
}

/* What is wrong is seen again at the node where it is. */
static void
tell_nodes (Inside *inside)
{
  LkContext *ctx = inside->call->ctx;
  const LkGraph *graph = inside->body->graph;
  GError *error = g_steal_pointer (&ctx->error);
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LkNode *inner = lk_graph_node (graph, i);
      if (inner->op->index != LK_OP_PLACEHOLDER_NODE && !tell_node (inside, inner))
        break;
    }
  if (ctx->error == NULL)
    ctx->error = error;
  else
    g_clear_error (&error);
}

void
lk_program_tell (const LkCall *call, const LkNode *node)
{
  const LkFunction *body = call->attrs[0].func;
  const guint n = body->graph->nodes->len;
  Inside inside = { call, body, g_new0 (LkTensor *, n + 1) };
  for (guint i = 0; i < body->n_all; i++)
    inside.values[body->inputs[i]->node->id] = lk_tensor_ref (call->inputs[i]);
  tell_nodes (&inside);
  call->ctx->node = node;
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (inside.values[i]);
  g_free (inside.values);
}
