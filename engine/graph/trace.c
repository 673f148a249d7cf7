/* SPDX-License-Identifier: MIT */
/* Calls that become nodes. */
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/graph/build.h"
#include "engine/ops/block.h"

static gboolean
trace_inputs (LkContext *ctx, LkTensor *const *inputs, guint n, LkTensor **inner)
{
  for (guint i = 0; i < n; i++)
    if ((inner[i] = lk_graph_bring (ctx, inputs[i])) == NULL)
      return FALSE;
  return TRUE;
}

gboolean
lk_trace (LkCall *call, LkSignature *out)
{
  LkContext *ctx = call->ctx;
  LkTensor **inner = g_newa (LkTensor *, call->n_inputs + 1);
  LkNode *node;
  if (ctx->frame->graph->final)
    {
      lk_context_fail (ctx, LK_FAILED_PRECONDITION, "Graph is finalized and cannot be modified.");
      return FALSE;
    }
  if (!trace_inputs (ctx, call->inputs, call->n_inputs, inner))
    return FALSE;
  const gboolean watched = LK_WATCHED && !ctx->frame->graph->quiet;
  if (watched)
    lk_gate_op (ctx, call->op, inner, call->n_inputs, call->attrs, NULL);
  call->inputs = inner;
  if (!lk_call_check (call, out) || !call->op->block->infer (call, out))
    return FALSE;
  node = lk_graph_add (ctx, ctx->frame->graph, call, out);
  for (guint i = 0; i < call->n_outputs; i++)
    call->outputs[i] = lk_tensor_ref (node->outputs[i]);
  if (watched)
    lk_emit_node (ctx, node);
  if (ctx->frame->tapes != NULL)
    lk_tapes_record (ctx, call);
  return TRUE;
}

LkTensor *
lk_placeholder (LkContext *ctx, const char *name, LkDType dtype, const LkShape *shape)
{
  g_assert (ctx->frame->graph != NULL);
  if (name != NULL)
    lk_graph_name_next (ctx->frame->graph, name);
  return lk_placeholder_node (ctx, dtype, shape);
}

/* TensorFlow's: for '{{node MatMul}} = MatMul(a, b)' with input shapes: [2,3], [2,3]. */
static char *
where_traced (const LkCall *call)
{
  g_autoptr (GString) names = g_string_new (NULL), shapes = g_string_new (NULL);
  const char *wanted = call->ctx->frame->graph->next_name;
  for (guint i = 0; i < call->n_inputs; i++)
    {
      g_autofree char *shape = lk_shape_text (&call->inputs[i]->shape);
      const LkNode *maker = call->inputs[i]->node;
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", maker != NULL ? maker->name : "value");
      g_string_append_printf (shapes, "%s%s", i > 0 ? ", " : "", shape);
    }
  return g_strdup_printf (" for '{{node %s}} = %s(%s)' with input shapes: %s.", wanted != NULL ? wanted : call->op->name,
                          call->op->name, names->str, shapes->str);
}

char *
lk_call_where (const LkCall *call)
{
  if (call->ctx->node != NULL)
    return g_strdup_printf ("\n\t [[{{node %s}}]]", call->ctx->node->name);
  if (call->ctx->frame->graph != NULL)
    return where_traced (call);
  return g_strdup_printf (" [Op:%s]", call->op->name);
}
