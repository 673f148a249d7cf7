/* SPDX-License-Identifier: MIT */
/* Makes If, Case and While nodes. The functions of a node take the same captures in the same order. */
#include "engine/graph/control_flow.h"
#include "engine/events/stream.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"

#define CAPTURE(graph, i) g_array_index ((graph)->captures, LkCapture, i)

/* graph's tensors for these, some of which may be from around it. */
static gboolean
bring_outputs (LkContext *ctx, LkGraph *graph, LkTensor *const *tensors, guint n, LkTensor **inner)
{
  gboolean ok = ctx->error == NULL;
  lk_context_enter (ctx, graph);
  for (guint i = 0; ok && i < n; i++)
    ok = tensors[i] != NULL && (inner[i] = lk_graph_bring (ctx, tensors[i])) != NULL;
  lk_context_leave (ctx);
  return ok;
}

static gint
find_capture (const LkGraph *graph, const LkTensor *outer)
{
  for (guint i = 0; i < graph->captures->len; i++)
    if (CAPTURE (graph, i).outer->id == outer->id)
      return i;
  return -1;
}

static gboolean
capture_all (LkContext *ctx, LkGraph *graph, const LkGraph *like)
{
  for (guint i = 0; i < like->captures->len; i++)
    if (find_capture (graph, CAPTURE (like, i).outer) < 0 && !lk_graph_capture (ctx, graph, CAPTURE (like, i).outer))
      return FALSE;
  return TRUE;
}

/* Afterwards all capture the same, in the order of the first. */
static gboolean
align_captures (LkContext *ctx, LkGraph *const *graphs, guint n)
{
  const LkGraph *first = graphs[0];
  for (guint k = 1; k < n; k++)
    if (!capture_all (ctx, graphs[0], graphs[k]))
      return FALSE;
  for (guint k = 1; k < n; k++)
    if (!capture_all (ctx, graphs[k], first))
      return FALSE;
  for (guint k = 1; k < n; k++)
    for (guint i = 0; i < first->captures->len; i++)
      {
        gint j = find_capture (graphs[k], CAPTURE (first, i).outer);
        LkCapture moved = CAPTURE (graphs[k], j);
        CAPTURE (graphs[k], j) = CAPTURE (graphs[k], i);
        CAPTURE (graphs[k], i) = moved;
        CAPTURE (graphs[k], j).inner->node->capture = j;
        moved.inner->node->capture = i;
      }
  return TRUE;
}

/* name of the function that was traced in graph, for events and errors. */
static LkFunction *
function_of (LkContext *ctx, LkGraph *graph, LkTensor *const *inputs, guint n_inputs, LkTensor *const *outputs,
             guint n_outputs)
{
  return lk_function_new (ctx, graph->name, graph, inputs, n_inputs, outputs, n_outputs);
}

/* One function of each graph, with its outputs from wherever they are. (transfer full) elements; FALSE after an error. */
static gboolean
make_branches (LkContext *ctx, LkGraph *const *graphs, LkTensor *const *const *branch_outputs, LkFuncs *branches, guint n_outputs)
{
  const guint n = branches->n;
  g_autofree LkTensor **inner = g_new0 (LkTensor *, n * n_outputs + 1);
  for (guint k = 0; k < n; k++)
    if (!bring_outputs (ctx, graphs[k], branch_outputs[k], n_outputs, inner + k * n_outputs))
      return FALSE;
  if (!align_captures (ctx, graphs, n))
    return FALSE;
  for (guint k = 0; k < n; k++)
    if ((branches->v[k] = function_of (ctx, graphs[k], NULL, 0, inner + k * n_outputs, n_outputs)) == NULL)
      return FALSE;
  return TRUE;
}

/* which: the If's condition or the Case's index. */
static gboolean
apply_branches (LkContext *ctx, gboolean is_if, LkTensor *which, LkGraph *const *graphs, LkTensor *const *const *branch_outputs, guint n,
                guint n_outputs, LkTensor **outputs)
{
  LkFuncs *branches = g_malloc0 (sizeof (LkFuncs) + n * sizeof (LkFunction *));
  branches->n = n;
  for (guint i = 0; i < n_outputs; i++)
    outputs[i] = NULL;
  gboolean ok = make_branches (ctx, graphs, branch_outputs, branches, n_outputs);
  if (ok)
    {
      const guint n_inputs = graphs[0]->captures->len;
      g_autofree LkTensor **inputs = g_new (LkTensor *, n_inputs + 1);
      for (guint i = 0; i < n_inputs; i++)
        inputs[i] = CAPTURE (graphs[0], i).outer;
      ok = is_if ? lk_if_else (ctx, which, inputs, n_inputs, branches->v[0], branches->v[1], outputs)
                 : lk_case_of (ctx, which, inputs, n_inputs, branches, outputs);
    }
  for (guint k = 0; k < n; k++)
    lk_function_unref (branches->v[k]);
  g_free (branches);
  return ok && ctx->error == NULL;
}

gboolean
lk_graph_branch (LkContext *ctx, LkTensor *predicate, LkGraph *then_graph, LkTensor *const *then_outputs,
                 LkGraph *else_graph, LkTensor *const *else_outputs, guint n_outputs, LkTensor **outputs)
{
  LkGraph *const graphs[] = { then_graph, else_graph };
  LkTensor *const *const given[] = { then_outputs, else_outputs };
  return apply_branches (ctx, TRUE, predicate, graphs, given, 2, n_outputs, outputs);
}

gboolean
lk_graph_case (LkContext *ctx, LkTensor *index, LkGraph *const *graphs, LkTensor *const *const *branch_outputs, guint n,
               guint n_outputs, LkTensor **outputs)
{
  return apply_branches (ctx, FALSE, index, graphs, branch_outputs, n, n_outputs, outputs);
}

gboolean
lk_graph_loop (LkContext *ctx, LkGraph *cond_graph, LkTensor *const *cond_inputs, LkTensor *cond, LkGraph *body_graph,
               LkTensor *const *body_inputs, LkTensor *const *body_outputs, LkTensor *const *variables, guint n,
               LkTensor **outputs)
{
  g_autofree LkTensor **inner = g_new0 (LkTensor *, n + 1);
  LkTensor *holds = NULL;
  LkFunction *body = NULL, *condition = NULL;
  gboolean ok = bring_outputs (ctx, body_graph, body_outputs, n, inner)
                && bring_outputs (ctx, cond_graph, &cond, 1, &holds) && align_captures (ctx, (LkGraph *[]) { body_graph, cond_graph }, 2);
  for (guint i = 0; i < n; i++)
    outputs[i] = NULL;
  if (ok && (condition = function_of (ctx, cond_graph, cond_inputs, n, &holds, 1)) != NULL
      && (body = function_of (ctx, body_graph, body_inputs, n, inner, n)) != NULL)
    {
      guint n_captures = body_graph->captures->len;
      g_autofree LkTensor **inputs = g_new (LkTensor *, n + n_captures + 1);
      for (guint i = 0; i < n + n_captures; i++)
        inputs[i] = i < n ? variables[i] : CAPTURE (body_graph, i - n).outer;
      ok = lk_while_loop (ctx, inputs, n + n_captures, body, condition, outputs);
    }
  lk_function_unref (body);
  lk_function_unref (condition);
  return ok && ctx->error == NULL;
}
