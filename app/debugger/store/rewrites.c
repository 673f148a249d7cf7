/* SPDX-License-Identifier: MIT */
/* Rewritings are kept as the events that told of them; what the graph was at a moment is made again from these. */
#include "debugger/store/state.h"
#include <string.h>

static void
entry_free (gpointer data)
{
  LkRewritingEntry *entry = data;
  g_array_unref (entry->events);
  g_free (entry);
}

void
lk_store_index_rewrites_init (LkStore *store)
{
  store->rewritings = g_ptr_array_new_with_free_func (entry_free);
}

void
lk_store_index_rewrites_clear (LkStore *store)
{
  g_ptr_array_unref (store->rewritings);
}

/* ---- payloads ---- */

static const LkRewriteEvent *
rewrite_of (const LkEvent *record)
{
  return (const LkRewriteEvent *) (record + 1);
}

static const guint64 *
moved_of (const LkRewriteEvent *rewrite)
{
  return (const guint64 *) (rewrite + 1);
}

static const guint32 *
before_of (const LkRewriteEvent *rewrite)
{
  return (const guint32 *) (moved_of (rewrite) + 2 * (gsize) rewrite->n_moved);
}

static const guint32 *
after_of (const LkRewriteEvent *rewrite)
{
  return before_of (rewrite) + rewrite->n_before;
}

/* ---- indexing ---- */

static LkRewritingEntry *
find (LkStore *store, guint32 working)
{
  for (guint i = store->rewritings->len; i-- > 0;)
    {
      LkRewritingEntry *entry = g_ptr_array_index (store->rewritings, i);
      if (entry->working == working)
        return entry;
    }
  return NULL;
}

gboolean
lk_store_is_working (LkStore *store, guint32 graph)
{
  return find (store, graph) != NULL;
}

void
lk_store_index_rewrite (LkStore *store, guint64 event, const LkEvent *record)
{
  const LkRewriteEvent *rewrite = rewrite_of (record);
  LkRewritingEntry *entry = find (store, rewrite->working);
  if (entry == NULL)
    {
      entry = g_new0 (LkRewritingEntry, 1);
      entry->traced = rewrite->traced;
      entry->working = rewrite->working;
      entry->copied = event;
      entry->events = g_array_new (FALSE, FALSE, sizeof event);
      g_ptr_array_add (store->rewritings, entry);
    }
  else if (rewrite->final != 0)
    {
      entry->final = rewrite->final;
      entry->finished = event;
    }
  else
    g_array_append_val (entry->events, event);
}

/* ---- asking ---- */

guint
lk_store_n_rewritings (LkStore *store)
{
  g_mutex_lock (&store->lock);
  guint n = store->rewritings->len;
  g_mutex_unlock (&store->lock);
  return n;
}

gboolean
lk_store_rewriting (LkStore *store, guint i, LkRewritingView *out)
{
  g_mutex_lock (&store->lock);
  gboolean known = i < store->rewritings->len;
  if (known)
    {
      const LkRewritingEntry *entry = g_ptr_array_index (store->rewritings, i);
      *out = (LkRewritingView) { entry->traced, entry->working, entry->final, entry->events->len, entry->copied,
                                 entry->finished };
    }
  g_mutex_unlock (&store->lock);
  return known;
}

gint
lk_store_rewriting_of (LkStore *store, guint32 graph)
{
  gint found = -1;
  g_mutex_lock (&store->lock);
  for (guint i = 0; graph != 0 && i < store->rewritings->len && found < 0; i++)
    {
      const LkRewritingEntry *entry = g_ptr_array_index (store->rewritings, i);
      if (entry->working == graph || entry->final == graph)
        found = (gint) i;
    }
  g_mutex_unlock (&store->lock);
  return found;
}

gboolean
lk_store_rewrite (LkStore *store, guint rewriting, guint i, LkRewriteView *out)
{
  const LkEvent *record = NULL;
  g_mutex_lock (&store->lock);
  const LkRewritingEntry *entry = rewriting < store->rewritings->len ? g_ptr_array_index (store->rewritings, rewriting) : NULL;
  if (entry != NULL && i < entry->events->len)
    {
      const guint64 event = g_array_index (entry->events, guint64, i);
      record = lk_store_peek (store, event);
      if (record != NULL)
        *out = (LkRewriteView) { lk_store_text (store, rewrite_of (record)->pass), lk_store_text (store, record->subject), event,
                                 rewrite_of (record)->n_before, rewrite_of (record)->n_after };
    }
  g_mutex_unlock (&store->lock);
  return record != NULL;
}

/* ---- stages ---- */

typedef struct
{
  const LkGraphEntry *graph;
  guint8 *there;          /* by working node: 0 not, 1 a copy, 2 made */
  GHashTable *moved;      /* tensor id → tensor id that is read instead */
} Stage;

static void
set_there (const Stage *stage, const guint32 *nodes, guint n, guint8 there)
{
  for (guint i = 0; i < n; i++)
    if (nodes[i] < stage->graph->nodes->len)
      stage->there[nodes[i]] = there;
}

static void
apply (const Stage *stage, const LkRewriteEvent *rewrite)
{
  set_there (stage, before_of (rewrite), rewrite->n_before, 0);
  set_there (stage, after_of (rewrite), rewrite->n_after, 2);
  for (guint i = 0; i < rewrite->n_moved; i++)
    {
      guint64 *pair = g_memdup2 (moved_of (rewrite) + 2 * i, 2 * sizeof *pair);
      g_hash_table_insert (stage->moved, &pair[0], pair);
    }
}

/* A tensor may have been moved more than once. Ids never come again, but a damaged file may say so. */
static guint64
followed (const Stage *stage, guint64 tensor)
{
  for (guint steps = 0; steps <= g_hash_table_size (stage->moved); steps++)
    {
      const guint64 *pair = g_hash_table_lookup (stage->moved, &tensor);
      if (pair == NULL)
        return tensor;
      tensor = pair[1];
    }
  return tensor;
}

static void
stage_node_clear (gpointer data)
{
  g_free (((LkStageNode *) data)->inputs);
}

static GArray *
collect (const Stage *stage)
{
  GArray *nodes = g_array_new (FALSE, FALSE, sizeof (LkStageNode));
  g_array_set_clear_func (nodes, stage_node_clear);
  for (guint i = 0; i < stage->graph->nodes->len; i++)
    {
      const LkGraphNode *node = g_ptr_array_index (stage->graph->nodes, i);
      LkStageNode made = { node, g_new (guint64, node->n_inputs), stage->there[i] == 2 };
      for (guint k = 0; k < node->n_inputs; k++)
        made.inputs[k] = followed (stage, node->inputs[k]);
      if (stage->there[i] != 0)
        g_array_append_val (nodes, made);
      else
        g_free (made.inputs);
    }
  return nodes;
}

/* How many nodes of the working graph are copies. */
static guint
n_copies (LkStore *store, const LkRewritingEntry *entry)
{
  const LkEvent *record = lk_store_peek (store, entry->copied);
  return record != NULL ? rewrite_of (record)->n_after : 0;
}

GArray *
lk_store_stage (LkStore *store, guint rewriting, guint n)
{
  g_mutex_lock (&store->lock);
  const LkRewritingEntry *entry = rewriting < store->rewritings->len ? g_ptr_array_index (store->rewritings, rewriting) : NULL;
  const LkGraphEntry *graph = entry != NULL ? lk_store_graph_entry (store, entry->working) : NULL;
  GArray *nodes = NULL;
  if (graph != NULL)
    {
      Stage stage = { graph, g_new0 (guint8, graph->nodes->len + 1),
                      g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free) };
      memset (stage.there, 1, MIN (n_copies (store, entry), graph->nodes->len));
      for (guint i = 0; i < MIN (n, entry->events->len); i++)
        {
          const LkEvent *record = lk_store_peek (store, g_array_index (entry->events, guint64, i));
          if (record != NULL)
            apply (&stage, rewrite_of (record));
        }
      nodes = collect (&stage);
      g_free (stage.there);
      g_hash_table_unref (stage.moved);
    }
  g_mutex_unlock (&store->lock);
  return nodes != NULL ? nodes : g_array_new (FALSE, FALSE, sizeof (LkStageNode));
}

guint32
lk_store_find_graph (LkStore *store, const char *name, guint64 before)
{
  guint32 found = 0;
  LkGraphView view;
  for (guint i = 0; i < lk_store_n_graphs (store); i++)
    if (lk_store_graph (store, lk_store_graph_at (store, i), &view) && view.finished && view.event < before
        && strcmp (view.name, name) == 0 && lk_store_rewriting_of (store, view.id) < 0)
      found = view.id;
  return found;
}
