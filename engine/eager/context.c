/* SPDX-License-Identifier: MIT */
#include "engine/eager/state.h"
#include <sys/random.h>
#include "engine/events/stream.h"
#include "engine/graph/build.h"

LkContext *
lk_context_new (void)
{
  LkContext *ctx = g_new0 (LkContext, 1);
  ctx->frame = &ctx->base;
  return ctx;
}

void
lk_context_free (LkContext *ctx)
{
  if (ctx == NULL)
    return;
  while (ctx->frame != &ctx->base)
    lk_context_leave (ctx);
  lk_tapes_forget_frame (&ctx->base);
  if (ctx->watcher_free != NULL)
    ctx->watcher_free (ctx->watcher);
  lk_container_free (ctx->own_container);
  g_free (ctx->numerics);
  g_clear_error (&ctx->error);
  lk_id_map_clear (&ctx->streams);
  g_free (ctx);
}

LkContext *
lk_context_default (void)
{
  static GPrivate key = G_PRIVATE_INIT ((GDestroyNotify) lk_context_free);
  LkContext *ctx = g_private_get (&key);
  if (ctx == NULL)
    {
      ctx = lk_context_new ();
      g_private_set (&key, ctx);
    }
  return ctx;
}

/* ---- errors ---- */

GError *
lk_context_take_error (LkContext *ctx)
{
  return g_steal_pointer (&ctx->error);
}

gboolean
lk_context_failed (const LkContext *ctx)
{
  return ctx->error != NULL;
}

void
lk_context_fail (LkContext *ctx, LkErrorCode code, const char *format, ...)
{
  va_list args;
  if (ctx->error != NULL)
    return;
  va_start (args, format);
  ctx->error = g_error_new_valist (LK_ERROR, code, format, args);
  va_end (args);
}

/* ---- frames ---- */

static void
context_push (LkContext *ctx, LkGraph *graph)
{
  LkFrame *frame = g_new0 (LkFrame, 1);
  frame->outer = ctx->frame;
  frame->graph = graph != NULL ? lk_graph_ref (graph) : NULL;
  ctx->frame = frame;
}

void
lk_context_enter (LkContext *ctx, LkGraph *graph)
{
  g_assert (graph != NULL);
  context_push (ctx, graph);
}

void
lk_context_enter_eager (LkContext *ctx)
{
  context_push (ctx, NULL);
}

void
lk_context_leave (LkContext *ctx)
{
  LkFrame *frame = ctx->frame;
  g_assert (frame != &ctx->base);
  ctx->frame = frame->outer;
  lk_tapes_forget_frame (frame);
  lk_graph_unref (frame->graph);
  g_free (frame);
}

LkGraph *
lk_context_graph (const LkContext *ctx)
{
  return ctx->frame->graph;
}

/* ---- places ---- */

LkContext *
lk_context_at (LkContext *ctx, const LkSite *site)
{
  ctx->site = site;
  return ctx;
}

void
lk_context_set_locate (LkContext *ctx, LkLocate locate, gpointer data)
{
  ctx->locate = locate;
  ctx->locate_data = data;
}

guint32
lk_context_stack (LkContext *ctx)
{
  if (ctx->node != NULL)
    return ctx->node->stack;
  if (ctx->locate != NULL)
    return ctx->locate (ctx, ctx->locate_data);
  if (ctx->site != NULL)
    return lk_stream_site (0, ctx->site->file, ctx->site->function, ctx->site->line);
  return 0;
}

/* ---- random numbers ---- */

void
lk_context_set_seed (LkContext *ctx, gint64 seed)
{
  ctx->has_key = TRUE;
  ctx->key = seed;
  ctx->high = 0;
  lk_id_map_clear (&ctx->streams);
}

static void
context_draw_key (LkContext *ctx)
{
  guint64 noise[2];
  if (getrandom (noise, sizeof noise, 0) != sizeof noise)
    noise[0] = noise[1] = g_get_monotonic_time ();
  ctx->has_key = TRUE;
  ctx->key = noise[0];
  ctx->high = noise[1];
}

/* Whose count it is: in graphs each node has its own, and eager calls of one op and dtype with the same seeds share one.
   splitmix64 of all that: what collides would only share a count. Never 0, which the map cannot hold. */
static guint64
stream_key (const LkContext *ctx, guint64 kernel, guint64 seed, guint64 seed2)
{
  const LkNode *node = ctx->node;
  guint64 z = seed * 0x9e3779b97f4a7c15u + seed2 + 1;
  z += node != NULL ? ((guint64) lk_graph_id (node->graph) << 32 | node->id) * 0xd6e8feb86659fd93u : kernel << 48;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return (z ^ (z >> 31)) | 1;
}

void
lk_context_random (LkContext *ctx, guint64 kernel, gint64 seed, gint64 seed2, guint64 blocks, guint64 *key,
                   guint64 *counter_high, guint64 *counter)
{
  gboolean own = seed != 0 || seed2 != 0;
  LkIdEntry *stream = lk_id_map_add (&ctx->streams, own ? stream_key (ctx, kernel, seed, seed2) : 2);
  G_STATIC_ASSERT (sizeof (gpointer) == sizeof (guint64));
  if (!own && !ctx->has_key)
    context_draw_key (ctx);
  /* TensorFlow's two seeds are the key and the upper half of the counter. */
  *key = own ? (guint64) seed : ctx->key;
  *counter_high = own ? (guint64) seed2 : ctx->high;
  *counter = (gsize) stream->value;
  stream->value = (gpointer) (gsize) (*counter + blocks);
}
