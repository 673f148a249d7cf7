/* SPDX-License-Identifier: MIT */
#include "engine/graph/function.h"
#include "engine/events/stream.h"
#include "engine/execute/program.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"

static LkFunction *
function_alloc (const char *name, LkGraph *graph, guint n_inputs, guint n_all, guint n_outputs)
{
  LkFunction *function = g_new0 (LkFunction, 1);
  function->refs = 1;
  function->name = g_strdup (name);
  function->graph = lk_graph_ref (graph);
  function->n_inputs = n_inputs;
  function->n_all = n_all;
  function->n_outputs = n_outputs;
  function->inputs = g_new0 (LkTensor *, n_all);
  function->outputs = g_new0 (LkTensor *, n_outputs);
  return function;
}

static void
function_finish (LkFunction *function)
{
  function->plan = lk_plan_new (function->graph, function->inputs, function->n_all, function->outputs,
                                function->n_outputs, NULL, 0, TRUE);
}

/* Outputs from outside of the graph are brought in, too. */
static gboolean
function_take_outputs (LkContext *ctx, LkGraph *graph, LkTensor *const *outputs, guint n, LkTensor **inner)
{
  gboolean entered = ctx->frame->graph == graph, ok = ctx->error == NULL;
  if (!entered)
    lk_context_enter (ctx, graph);
  for (guint i = 0; ok && i < n; i++)
    ok = outputs[i] != NULL && (inner[i] = lk_graph_bring (ctx, outputs[i])) != NULL;
  if (!entered)
    lk_context_leave (ctx);
  return ok;
}

LkFunction *
lk_function_new (LkContext *ctx, const char *name, LkGraph *graph, LkTensor *const *inputs, guint n_inputs,
                 LkTensor *const *outputs, guint n_outputs)
{
  g_autofree LkTensor **inner = g_new (LkTensor *, n_outputs);
  guint n_captures;
  LkFunction *function;
  if (!function_take_outputs (ctx, graph, outputs, n_outputs, inner))
    return NULL;
  n_captures = graph->captures->len;
  function = function_alloc (name, graph, n_inputs, n_inputs + n_captures, n_outputs);
  for (guint i = 0; i < n_inputs; i++)
    function->inputs[i] = lk_tensor_ref (inputs[i]);
  for (guint i = 0; i < n_captures; i++)
    function->inputs[n_inputs + i] = lk_tensor_ref (g_array_index (graph->captures, LkCapture, i).inner);
  for (guint i = 0; i < n_outputs; i++)
    function->outputs[i] = lk_tensor_ref (inner[i]);
  function_finish (function);
  if (LK_WATCHED)
    lk_emit_graph (ctx, graph, name, function->inputs, function->n_all, function->outputs, n_outputs);
  return function;
}

LkFunction *
lk_function_new_variant (const LkFunction *function, LkTensor *const *outputs, guint n_outputs)
{
  LkFunction *variant = function_alloc (function->name, function->graph, function->n_inputs, function->n_all, n_outputs);
  for (guint i = 0; i < function->n_all; i++)
    variant->inputs[i] = lk_tensor_ref (function->inputs[i]);
  for (guint i = 0; i < n_outputs; i++)
    variant->outputs[i] = lk_tensor_ref (outputs[i]);
  function_finish (variant);
  return variant;
}

LkFunction *
lk_function_new_widened (const LkFunction *function, LkTensor *const *inputs, guint n_inputs, LkTensor *const *outputs,
                         guint n_outputs)
{
  guint n_captures = function->n_all - function->n_inputs;
  LkFunction *wide = function_alloc (function->name, function->graph, n_inputs - n_captures, n_inputs, n_outputs);
  for (guint i = 0; i < n_inputs; i++)
    wide->inputs[i] = lk_tensor_ref (inputs[i]);
  for (guint i = 0; i < n_outputs; i++)
    wide->outputs[i] = lk_tensor_ref (outputs[i]);
  function_finish (wide);
  return wide;
}

LkFunction *
lk_function_ref (LkFunction *function)
{
  g_atomic_int_inc (&function->refs);
  return function;
}

static void
tensors_free (LkTensor **tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (tensors[i]);
  g_free (tensors);
}

void
lk_function_unref (LkFunction *function)
{
  if (function == NULL || !g_atomic_int_dec_and_test (&function->refs))
    return;
  lk_function_unref (function->forward[0]);
  lk_function_unref (function->forward[1]);
  g_clear_pointer (&function->backwards, g_ptr_array_unref);
  lk_final_free (function->final);
  lk_program_free (function->program);
  lk_plan_free (function->plan);
  tensors_free (function->inputs, function->n_all);
  tensors_free (function->outputs, function->n_outputs);
  lk_graph_unref (function->graph);
  g_free (function->name);
  g_free (function);
}

const char *
lk_function_name (const LkFunction *function)
{
  return function->name;
}

LkGraph *
lk_function_graph (const LkFunction *function)
{
  return function->graph;
}

guint
lk_function_n_inputs (const LkFunction *function)
{
  return function->n_inputs;
}

guint
lk_function_n_outputs (const LkFunction *function)
{
  return function->n_outputs;
}

guint
lk_function_n_all (const LkFunction *function)
{
  return function->n_all;
}

LkTensor *
lk_function_input (const LkFunction *function, guint i)
{
  return function->inputs[i];
}

LkTensor *
lk_function_output (const LkFunction *function, guint i)
{
  return function->outputs[i];
}

/* ---- calls ---- */

/* Nobody is to be told of the call and its inputs are what the function wants: it is no more than the run of its graph. */
static gboolean
is_plain_call (const LkContext *ctx, const LkFunction *function, LkTensor *const *inputs)
{
  if (ctx->frame->graph != NULL || ctx->frame->tapes != NULL || ctx->error != NULL || ctx->numerics != NULL || LK_WATCHED)
    return FALSE;
  for (guint i = 0; i < function->n_all; i++)
    {
      const LkTensor *given = inputs[i], *wanted = function->inputs[i];
      if (given == NULL || given->node != NULL || given->dtype != wanted->dtype
          || !lk_shape_compatible (&given->shape, &wanted->shape))
        return FALSE;
    }
  return TRUE;
}

gboolean
lk_function_apply (LkContext *ctx, LkFunction *function, LkTensor *const *inputs, LkTensor **outputs)
{
  LkFunction *called = function;
  LkTensor **all;
  gboolean deep, ok;
  if (is_plain_call (ctx, function, inputs))
    return lk_function_run (ctx, function, inputs, outputs);
  for (guint i = 0; i < function->n_outputs; i++)
    outputs[i] = NULL;
  if (ctx->frame->tapes != NULL && lk_tapes_would_record (ctx, inputs, function->n_all, &deep))
    called = lk_function_forward (ctx, function, deep);
  if (called == NULL)
    return FALSE;
  all = g_new (LkTensor *, called->n_outputs);
  ok = lk_partitioned_call (ctx, inputs, called->n_all, called, all);
  for (guint i = 0; i < called->n_outputs; i++)
    if (i < function->n_outputs)
      outputs[i] = all[i];
    else
      lk_tensor_unref (all[i]);
  g_free (all);
  return ok;
}

gboolean
lk_function_call (LkContext *ctx, LkFunction *function, LkTensor *const *inputs, LkTensor **outputs)
{
  LkTensor **all = g_newa (LkTensor *, function->n_all + 1);
  for (guint i = 0; i < function->n_all; i++)
    all[i] = i < function->n_inputs
             ? inputs[i] : g_array_index (function->graph->captures, LkCapture, i - function->n_inputs).outer;
  return lk_function_apply (ctx, function, all, outputs);
}
