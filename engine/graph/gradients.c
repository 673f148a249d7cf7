/* SPDX-License-Identifier: MIT */
/* Gradients of a graph, in the graph: tf.gradients. */
#include "engine/eager/backprop.h"
#include "engine/graph/call.h"

static gboolean
bring_all (LkContext *ctx, LkTensor *const *tensors, guint n, LkTensor **inner)
{
  for (guint i = 0; i < n; i++)
    if (tensors[i] == NULL || (inner[i] = lk_graph_bring (ctx, tensors[i])) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
take_gradients (LkContext *ctx, typeof (lk_backprop) *backprop, LkTensor *const *ys, guint n_ys, LkTensor *const *seeds,
                LkTensor *const *xs, guint n_xs, LkTensor *const *stops, guint n_stops, LkTensor **results)
{
  LkGraph *graph = ctx->frame->graph;
  g_autofree LkTensor **inner_ys = g_new0 (LkTensor *, n_ys), **inner_xs = g_new0 (LkTensor *, n_xs),
            **inner_stops = g_new0 (LkTensor *, n_stops);
  g_autoptr (GArray) records = NULL;
  gboolean ok;
  g_return_val_if_fail (graph != NULL, FALSE);
  for (guint i = 0; i < n_xs; i++)
    results[i] = NULL;
  if (ctx->error != NULL || !bring_all (ctx, ys, n_ys, inner_ys) || !bring_all (ctx, xs, n_xs, inner_xs)
      || !bring_all (ctx, stops, n_stops, inner_stops)
      || !lk_graph_open_calls (ctx, graph))
    return FALSE;
  for (guint i = 0; i < n_ys; i++)
    lk_log_loss (ctx, inner_ys[i]);
  records = lk_records_of_graph (graph);
  lk_graph_push_scope (graph, "gradients");
  ok = backprop (ctx, (LkRecord **) records->data, records->len, inner_ys, seeds, n_ys, inner_xs, n_xs, inner_stops, n_stops,
                 results);
  lk_graph_pop_scope (graph);
  return ok;
}

gboolean
lk_graph_gradients (LkContext *ctx, LkTensor *const *ys, guint n_ys, LkTensor *const *seeds, LkTensor *const *xs,
                    guint n_xs, LkTensor *const *stops, guint n_stops, LkTensor **results)
{
  return take_gradients (ctx, lk_backprop, ys, n_ys, seeds, xs, n_xs, stops, n_stops, results);
}

gboolean
lk_graph_gradients_slices (LkContext *ctx, LkTensor *const *ys, guint n_ys, LkTensor *const *seeds, LkTensor *const *xs,
                           guint n_xs, LkTensor *const *stops, guint n_stops, LkTensor **results)
{
  return take_gradients (ctx, lk_backprop_slices, ys, n_ys, seeds, xs, n_xs, stops, n_stops, results);
}
