/* SPDX-License-Identifier: MIT */
#include "ui/walk_parts.h"

/* ---- what rewrites say ---- */

gboolean
ui_rewrite_read (LkStore *store, guint64 event, UiRewrite *out)
{
  out->bytes = lk_store_record (store, event);
  out->event = out->bytes ? lk_record_payload (out->bytes, LK_EVENT_REWRITE) : NULL;
  if (!out->event)
    {
      g_clear_pointer (&out->bytes, g_bytes_unref);
      return FALSE;
    }
  out->moved = (const guint64 *) (out->event + 1);
  out->before = (const guint32 *) (out->moved + 2 * (gsize) out->event->n_moved);
  out->after = out->before + out->event->n_before;
  return TRUE;
}

static void
take_rewrite (UiWalk *walk, guint i, GHashTable *moved, UiWalkStep *step)
{
  UiRewrite rewrite;
  LkRewriteView view;
  if (!lk_store_rewrite (walk->store, walk->rewriting, i, &view) || !ui_rewrite_read (walk->store, view.event, &rewrite))
    return;
  *step = (UiWalkStep) { view.pass, view.rule, i, i + 1, view.n_before, view.n_after };
  for (guint k = 0; k < view.n_before; k++)
    if (rewrite.before[k] < walk->n)
      walk->died[rewrite.before[k]] = i + 1;
  for (guint k = 0; k < view.n_after; k++)
    if (rewrite.after[k] < walk->n)
      walk->born[rewrite.after[k]] = i + 1, walk->died[rewrite.after[k]] = G_MAXUINT;
  ui_walk_take_origins (walk, &rewrite);
  for (guint k = 0; k < rewrite.event->n_moved; k++)
    {
      UiWalkMove to = { rewrite.moved[2 * k + 1], i + 1 };
      g_hash_table_insert (moved, g_memdup2 (&rewrite.moved[2 * k], sizeof (guint64)), g_memdup2 (&to, sizeof to));
    }
  g_bytes_unref (rewrite.bytes);
}

/* Each run of one pass's rewrites gets a step of its own before them. */
static void
list_steps (UiWalk *walk, const UiWalkStep *rewrites)
{
  UiWalkStep first = { "", "", 0, 0, 0, 0 }, last = { "", "", walk->view.n_rewrites, walk->view.n_rewrites, 0, 0 };
  g_array_append_val (walk->steps, first);
  for (guint i = 0, k; i < walk->view.n_rewrites; i = k)
    {
      UiWalkStep pass = { rewrites[i].pass, "", i, i, 0, 0 };
      for (k = i; k < walk->view.n_rewrites && g_strcmp0 (rewrites[k].pass, pass.pass) == 0; k++)
        pass.n_gone += rewrites[k].n_gone, pass.n_new += rewrites[k].n_new;
      pass.to = k;
      g_array_append_val (walk->steps, pass);
      g_array_append_vals (walk->steps, &rewrites[i], k - i);
    }
  g_array_append_val (walk->steps, last);
}

/* ---- the whole of it ---- */

/* Copies are there from the first; what rewrites make comes with them. */
static guint
n_copies (UiWalk *walk)
{
  UiRewrite begun;
  if (!ui_rewrite_read (walk->store, walk->view.begun, &begun))
    return 0;
  guint n = begun.event->n_after;
  g_bytes_unref (begun.bytes);
  return n;
}

static void
origins_free (gpointer data)
{
  if (data)
    g_array_unref (data);
}

UiWalk *
ui_walk_new (LkStore *store, guint rewriting, double font)
{
  LkRewritingView view;
  LkGraphView all;
  if (!lk_store_rewriting (store, rewriting, &view) || !lk_store_graph (store, view.working, &all) || !all.n_nodes)
    return NULL;
  UiWalk *walk = g_new0 (UiWalk, 1);
  walk->store = lk_store_ref (store);
  walk->rewriting = rewriting;
  walk->view = view;
  walk->n = all.n_nodes;
  walk->born = g_new0 (guint, walk->n);
  walk->died = g_new0 (guint, walk->n);
  walk->lives = g_array_new (FALSE, FALSE, sizeof (UiWalkLife));
  walk->steps = g_array_new (FALSE, FALSE, sizeof (UiWalkStep));
  walk->origins = g_ptr_array_new_with_free_func (origins_free);
  g_ptr_array_set_size (walk->origins, (gint) walk->n);
  for (guint i = 0, copies = MIN (n_copies (walk), walk->n); i < copies; i++)
    walk->died[i] = G_MAXUINT;
  g_autoptr (GHashTable) moved = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_autofree UiWalkStep *rewrites = g_new0 (UiWalkStep, view.n_rewrites + 1);
  for (guint i = 0; i < view.n_rewrites; i++)
    take_rewrite (walk, i, moved, &rewrites[i]);
  list_steps (walk, rewrites);
  walk->graph = ui_walk_make_graph (walk, &all, moved, font);
  return walk;
}

void
ui_walk_free (UiWalk *walk)
{
  if (!walk)
    return;
  lk_store_unref (walk->store);
  ui_graph_unref (walk->graph);
  g_array_unref (walk->lives);
  g_array_unref (walk->steps);
  g_ptr_array_unref (walk->origins);
  g_free (walk->born);
  g_free (walk->died);
  g_free (walk);
}

const LkRewritingView *
ui_walk_view (const UiWalk *walk)
{
  return &walk->view;
}

UiGraph *
ui_walk_graph (const UiWalk *walk)
{
  return walk->graph;
}

guint
ui_walk_n_steps (const UiWalk *walk)
{
  return walk->steps->len;
}

const UiWalkStep *
ui_walk_step (const UiWalk *walk, guint i)
{
  return &g_array_index (walk->steps, UiWalkStep, i);
}

/* ---- stages ---- */

static gboolean
node_there (const UiWalk *walk, guint node, guint at)
{
  return walk->born[node] <= at && at < walk->died[node];
}

static gboolean
edge_there (const UiWalk *walk, const UiWalkLife *life, guint at)
{
  return life->born <= at && at < life->died && node_there (walk, life->src, at) && node_there (walk, life->dst, at);
}

static guint8
stage_of (gboolean before, gboolean after)
{
  return before && after ? UI_STAGE_THERE : before ? UI_STAGE_GONE : after ? UI_STAGE_NEW : UI_STAGE_ABSENT;
}

guint
ui_walk_n_nodes (const UiWalk *walk, guint rewrites)
{
  guint n = 0;
  for (guint i = 0; i < walk->n; i++)
    n += node_there (walk, i, rewrites);
  return n;
}

GArray *
ui_walk_show (UiWalk *walk, guint i)
{
  const UiWalkStep *step = ui_walk_step (walk, i);
  GArray *changed = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree guint8 *nodes = g_new (guint8, walk->n), *edges = g_new (guint8, walk->lives->len + 1);
  for (guint k = 0; k < walk->n; k++)
    {
      nodes[k] = stage_of (node_there (walk, k, step->from), node_there (walk, k, step->to));
      if (nodes[k] > UI_STAGE_ABSENT)
        g_array_append_val (changed, k);
    }
  for (guint k = 0; k < walk->lives->len; k++)
    {
      const UiWalkLife *life = &g_array_index (walk->lives, UiWalkLife, k);
      edges[k] = stage_of (edge_there (walk, life, step->from), edge_there (walk, life, step->to));
    }
  ui_graph_set_stage (walk->graph, nodes, edges);
  return changed;
}
