/* SPDX-License-Identifier: MIT */
/* What a debugger is told of a rewriting: enough to walk it again, forwards and back. A function that needs none is not
   spoken of twice. */
#include "engine/events/stream.h"
#include "engine/rewrite/rewriting.h"

static void
tell_nodes (LkRewriting *r)
{
  for (; r->told < r->facts->len; r->told++)
    lk_emit_node (r->ctx, lk_graph_node (r->graph, r->told));
}

static LkRewriteEvent
event_of (const LkRewriting *r)
{
  return (LkRewriteEvent) { .traced = lk_graph_id (r->traced), .working = lk_graph_id (r->graph) };
}

void
lk_rewriting_tell_copies (LkRewriting *r)
{
  if (!LK_WATCHED || r->tells)
    return;
  g_autoptr (GArray) traced = g_array_new (FALSE, FALSE, sizeof (guint32));
  LkRewriteEvent event = event_of (r);
  r->tells = TRUE;
  for (guint i = 0; i < r->made; i++)
    {
      const GArray *origins = g_array_index (r->facts, LkFact, i).origins;
      const guint32 of = origins->len > 0 ? g_array_index (origins, guint32, 0) : G_MAXUINT32;
      g_array_append_val (traced, of);
    }
  event.n_after = traced->len;
  lk_emit_rewrite (r->ctx, "copied", &event, NULL, NULL, (const guint32 *) traced->data);
  tell_nodes (r);
}

void
lk_rewriting_tell (LkRewriting *r, const LkRewrite *rewrite)
{
  LkRewriteEvent event = event_of (r);
  if (!r->tells)
    return;
  tell_nodes (r);
  event.pass = lk_stream_string (rewrite->pass->name);
  event.n_before = rewrite->before->len;
  event.n_after = rewrite->after->len;
  event.n_moved = rewrite->moved->len / 2;
  lk_emit_rewrite (r->ctx, rewrite->rule, &event, (const guint64 *) rewrite->moved->data, (const guint32 *) rewrite->before->data,
                   (const guint32 *) rewrite->after->data);
}

void
lk_rewriting_tell_final (LkRewriting *r, const LkGraph *graph, const GPtrArray *order)
{
  if (!r->tells)
    return;
  g_autoptr (GArray) working = g_array_new (FALSE, FALSE, sizeof (guint32));
  LkRewriteEvent event = event_of (r);
  for (guint i = 0; i < order->len; i++)
    g_array_append_val (working, ((const LkNode *) g_ptr_array_index (order, i))->id);
  event.final = lk_graph_id (graph);
  event.n_after = working->len;
  lk_emit_rewrite (r->ctx, "final", &event, NULL, NULL, (const guint32 *) working->data);
}
