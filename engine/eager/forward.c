/* SPDX-License-Identifier: MIT */
#include "engine/eager/forward.h"
#include "engine/core/idmap.h"
#include "engine/eager/dispatch.h"
#include "engine/graph/build.h"
#include "engine/ops/block.h"

struct _LkForward
{
  LkContext *ctx;
  LkTape *tape;           /* follows for it, and calls lk_forward_call() */
  LkIdMap tangents;       /* id → LkTensor, owned */
};

LkForward *
lk_forward_new (LkContext *ctx)
{
  LkForward *forward = g_new0 (LkForward, 1);
  forward->ctx = ctx;
  forward->tape = lk_tape_new_forward (ctx, forward);
  return forward;
}

void
lk_forward_free (LkForward *forward)
{
  if (forward == NULL)
    return;
  lk_tape_free (forward->tape);
  for (guint i = 0; i < forward->tangents.size; i++)
    lk_tensor_unref (forward->tangents.entries[i].value);
  lk_id_map_clear (&forward->tangents);
  g_free (forward);
}

void
lk_forward_start (LkForward *forward)
{
  lk_tape_start (forward->tape);
}

void
lk_forward_stop (LkForward *forward)
{
  lk_tape_stop (forward->tape);
}

/* ---- tangents ---- */

/* Takes the tangent; of what has one already, the new one counts. */
static void
set_tangent (LkForward *forward, LkTensor *tensor, LkTensor *tangent)
{
  LkIdEntry *entry = lk_id_map_add (&forward->tangents, tensor->id);
  lk_tensor_unref (entry->value);
  entry->value = tangent;
  lk_tape_watch (forward->tape, tensor);
}

static LkTensor *
find_tangent (const LkForward *forward, const LkTensor *tensor)
{
  const LkIdEntry *entry = lk_id_map_find (&forward->tangents, tensor->id);
  return entry != NULL ? entry->value : NULL;
}

void
lk_forward_watch (LkForward *forward, LkTensor *tensor, LkTensor *tangent)
{
  LkContext *ctx = forward->ctx;
  if (ctx->frame->graph != NULL)
    {
      tensor = lk_graph_bring (ctx, tensor);
      tangent = lk_graph_bring (ctx, tangent);
    }
  if (tensor != NULL && tangent != NULL)
    set_tangent (forward, tensor, lk_tensor_ref (tangent));
}

LkTensor *
lk_forward_tangent (LkForward *forward, LkTensor *tensor)
{
  const LkGraph *graph = forward->ctx->frame->graph;
  LkTensor *tangent = find_tangent (forward, graph != NULL ? lk_graph_brought (graph, tensor) : tensor);
  return tangent != NULL ? lk_tensor_ref (tangent) : NULL;
}

/* ---- one call ---- */

/* Jᵀ·u, by the op's own rule, for the inputs that have a tangent. */
static void
apply_rule (LkContext *ctx, const LkCall *call, LkTensor *const *u, const gboolean *wanted, LkTensor **dx)
{
  const gboolean *outer = ctx->wanted;
  LkCall again = *call;
  again.ctx = ctx;
  ctx->wanted = wanted;
  lk_call_gradient (&again, u, dx);
  ctx->wanted = outer;
}

/* The rule is linear in u, so any u will do; but not every rule is written so that its own rule bears a 0. */
static LkTensor *
make_cotangent (LkContext *ctx, LkTensor *output)
{
  if (!lk_dtype_has_gradient (output->dtype))
    return NULL;
  return output->dtype == LK_VARIANT ? lk_zeros_like (ctx, output) : lk_ones_like (ctx, output);
}

static void
make_cotangents (LkContext *ctx, LkTape *tape, const LkCall *call, LkTensor **u)
{
  for (guint i = 0; i < call->n_outputs; i++)
    {
      u[i] = make_cotangent (ctx, call->outputs[i]);
      if (u[i] != NULL)
        lk_tape_watch (tape, u[i]);
    }
}

/* The derivative by u of ⟨dx, v⟩: tangents (transfer full) of the outputs, NULL where there is none. */
static void
pull_back (LkTape *tape, const LkCall *call, LkTensor *const *dx, LkTensor *const *v, LkTensor *const *u,
           LkTensor **tangents)
{
  LkTensor **targets = g_newa (LkTensor *, 2 * call->n_inputs), **seeds = targets + call->n_inputs;
  LkTensor **sources = g_newa (LkTensor *, 2 * call->n_outputs), **found = sources + call->n_outputs;
  guint n = 0, n_sources = 0;
  for (guint i = 0; i < call->n_inputs; i++)
    if (dx[i] != NULL && v[i] != NULL)
      {
        targets[n] = dx[i];
        seeds[n++] = v[i];
      }
  for (guint i = 0; i < call->n_outputs; i++)
    if (u[i] != NULL)
      sources[n_sources++] = u[i];
  lk_tape_gradient (tape, targets, n, seeds, sources, n_sources, LK_UNCONNECTED_NONE, found);
  n_sources = 0;
  for (guint i = 0; i < call->n_outputs; i++)
    tangents[i] = u[i] != NULL ? found[n_sources++] : NULL;
}

static void
compute_tangents (LkContext *ctx, const LkCall *call, LkTensor *const *v, LkTensor **tangents)
{
  g_autofree LkTensor **dx = g_new0 (LkTensor *, call->n_inputs), **u = g_new0 (LkTensor *, call->n_outputs);
  g_autofree gboolean *wanted = g_new (gboolean, call->n_inputs);
  LkTape *tape = lk_tape_new (ctx, FALSE, FALSE);
  for (guint i = 0; i < call->n_inputs; i++)
    wanted[i] = v[i] != NULL;
  lk_tape_start (tape);
  make_cotangents (ctx, tape, call, u);
  apply_rule (ctx, call, u, wanted, dx);
  lk_tape_stop (tape);
  pull_back (tape, call, dx, v, u, tangents);
  lk_tape_free (tape);
  for (guint i = 0; i < call->n_inputs; i++)
    lk_tensor_unref (dx[i]);
  for (guint i = 0; i < call->n_outputs; i++)
    lk_tensor_unref (u[i]);
}

void
lk_forward_call (LkForward *forward, const LkCall *call)
{
  LkContext *ctx = forward->ctx;
  LkTensor **v = g_newa (LkTensor *, call->n_inputs), **tangents = g_newa (LkTensor *, call->n_outputs + 1);
  for (guint i = 0; i < call->n_inputs; i++)
    v[i] = find_tangent (forward, call->inputs[i]);
  ctx->backward++;
  compute_tangents (ctx, call, v, tangents);
  ctx->backward--;
  for (guint i = 0; i < call->n_outputs; i++)
    if (tangents[i] != NULL)
      set_tangent (forward, call->outputs[i], tangents[i]);
}
