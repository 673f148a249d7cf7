/* SPDX-License-Identifier: MIT */
#include "ui/walk.h"
#include <string.h>
#include "ui/nodes.h"

typedef struct
{
  guint64 to;
  guint at;                 /* the rewrite that moved it, from 1 */
} Moved;

/* An edge that there is after `born` rewrites and before `died`. */
typedef struct
{
  guint src, dst, born, died;
} Life;

struct _UiWalk
{
  LkStore *store;
  guint rewriting, n;       /* n: nodes */
  LkRewritingView view;
  UiGraph *graph;
  guint *born, *died;       /* of nodes, as of edges */
  GArray *lives;            /* Life, of edges */
  GArray *steps;            /* UiWalkStep */
  GPtrArray *origins;       /* GArray of guint for each node; NULL: itself */
};

/* ---- what rewrites say ---- */

typedef struct
{
  GBytes *bytes;
  const LkRewriteEvent *event;
  const guint64 *moved;
  const guint32 *before, *after;
} Rewrite;

static gboolean
rewrite_read (LkStore *store, guint64 event, Rewrite *out)
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
add_origins (UiWalk *walk, GHashTable *set, guint node)
{
  const GArray *known = node < walk->n ? walk->origins->pdata[node] : NULL;
  for (guint i = 0; known && i < known->len; i++)
    g_hash_table_add (set, GUINT_TO_POINTER (g_array_index (known, guint, i)));
  if (!known)
    g_hash_table_add (set, GUINT_TO_POINTER (node));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  guint i = *(const guint *) a, j = *(const guint *) b;
  return i < j ? -1 : i > j;
}

/* (transfer full) */
static GArray *
sorted (GHashTable *set)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (guint));
  GHashTableIter iter;
  gpointer node;
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &node, NULL))
    {
      guint id = GPOINTER_TO_UINT (node);
      g_array_append_val (all, id);
    }
  g_array_sort (all, compare);
  return all;
}

/* What was there already stands for what it is read instead of, too. */
static void
share_origins (UiWalk *walk, const Rewrite *rewrite)
{
  for (guint i = 0; i < rewrite->event->n_moved; i++)
    {
      gint from = lk_store_graph_maker (walk->store, walk->view.working, rewrite->moved[2 * i]);
      gint to = lk_store_graph_maker (walk->store, walk->view.working, rewrite->moved[2 * i + 1]);
      gboolean made = from < 0 || to < 0;
      for (guint k = 0; k < rewrite->event->n_after && !made; k++)
        made = rewrite->after[k] == (guint) to;
      if (made || (guint) to >= walk->n)
        continue;
      g_autoptr (GHashTable) set = g_hash_table_new (NULL, NULL);
      add_origins (walk, set, (guint) to);
      add_origins (walk, set, (guint) from);
      if (walk->origins->pdata[to])
        g_array_unref (walk->origins->pdata[to]);
      walk->origins->pdata[to] = sorted (set);
    }
}

/* What is made stands for all that what it replaces stood for. */
static void
pass_origins (UiWalk *walk, const Rewrite *rewrite)
{
  g_autoptr (GHashTable) set = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < rewrite->event->n_before; i++)
    add_origins (walk, set, rewrite->before[i]);
  GArray *all = sorted (set);
  for (guint i = 0; all->len && i < rewrite->event->n_after; i++)
    if (rewrite->after[i] < walk->n && !walk->origins->pdata[rewrite->after[i]])
      walk->origins->pdata[rewrite->after[i]] = g_array_ref (all);
  g_array_unref (all);
  share_origins (walk, rewrite);
}

static void
take_rewrite (UiWalk *walk, guint i, GHashTable *moved, UiWalkStep *step)
{
  Rewrite rewrite;
  LkRewriteView view;
  if (!lk_store_rewrite (walk->store, walk->rewriting, i, &view) || !rewrite_read (walk->store, view.event, &rewrite))
    return;
  *step = (UiWalkStep) { view.pass, view.rule, i, i + 1, view.n_before, view.n_after };
  for (guint k = 0; k < view.n_before; k++)
    if (rewrite.before[k] < walk->n)
      walk->died[rewrite.before[k]] = i + 1;
  for (guint k = 0; k < view.n_after; k++)
    if (rewrite.after[k] < walk->n)
      walk->born[rewrite.after[k]] = i + 1, walk->died[rewrite.after[k]] = G_MAXUINT;
  pass_origins (walk, &rewrite);
  for (guint k = 0; k < rewrite.event->n_moved; k++)
    {
      Moved to = { rewrite.moved[2 * k + 1], i + 1 };
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

/* ---- the graph of all ---- */

/* Where an input comes from, from rewrite to rewrite. */
static void
add_lives (UiWalk *walk, guint dst, guint64 tensor, GHashTable *moved, GArray *edges, GStringChunk *strings,
           const LkGraphView *all)
{
  char shape[96];
  guint from = walk->born[dst];
  for (guint hops = 0; hops <= g_hash_table_size (moved); hops++)
    {
      const Moved *next = g_hash_table_lookup (moved, &tensor);
      guint until = next ? next->at : G_MAXUINT;
      gint src = lk_store_graph_maker (walk->store, walk->view.working, tensor);
      if (src >= 0 && until > from && (guint) src < walk->n)
        {
          Life life = { (guint) src, dst, from, until };
          const LkGraphNode *maker = all->nodes[src];
          const char *label = "";
          for (guint i = 0; i < maker->n_outputs; i++)
            if (maker->outputs[i].id == tensor)
              label = g_string_chunk_insert_const (strings, ui_nodes_shape (&maker->outputs[i], shape));
          UiGraphEdge edge = { life.src, dst, UI_LAYOUT_DATA, label };
          g_array_append_val (walk->lives, life);
          g_array_append_val (edges, edge);
        }
      if (!next)
        return;
      from = MAX (from, next->at);
      tensor = next->to;
    }
}

static UiGraph *
make_graph (UiWalk *walk, const LkGraphView *all, GHashTable *moved, double font)
{
  UiGraphNode *nodes = g_new0 (UiGraphNode, walk->n);
  GArray *edges = g_array_new (FALSE, FALSE, sizeof (UiGraphEdge));
  GStringChunk *strings = g_string_chunk_new (1024);
  for (guint i = 0; i < walk->n; i++)
    {
      const LkGraphNode *node = all->nodes[i];
      nodes[i] = (UiGraphNode) { lk_store_string (walk->store, node->name), lk_store_string (walk->store, node->op),
                                (node->flags & LK_FLAG_BACKWARD ? UI_NODE_BACKWARD : 0)
                                    | (node->flags & LK_FLAG_LOSS ? UI_NODE_LOSS : 0) };
      for (guint k = 0; k < node->n_inputs; k++)
        add_lives (walk, i, node->inputs[k], moved, edges, strings, all);
      for (guint k = 0; k < node->n_controls; k++)
        if (node->controls[k] < walk->n)
          {
            Life life = { node->controls[k], i, 0, G_MAXUINT };
            UiGraphEdge edge = { life.src, i, UI_LAYOUT_CONTROL, NULL };
            g_array_append_val (walk->lives, life);
            g_array_append_val (edges, edge);
          }
    }
  UiGraph *graph = ui_graph_new (nodes, walk->n, (UiGraphEdge *) edges->data, edges->len, font);
  g_array_unref (edges);
  g_free (nodes);
  g_string_chunk_free (strings);
  return graph;
}

/* Copies are there from the first; what rewrites make comes with them. */
static guint
n_copies (UiWalk *walk)
{
  Rewrite begun;
  if (!rewrite_read (walk->store, walk->view.begun, &begun))
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
  walk->lives = g_array_new (FALSE, FALSE, sizeof (Life));
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
  walk->graph = make_graph (walk, &all, moved, font);
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
edge_there (const UiWalk *walk, const Life *life, guint at)
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
      const Life *life = &g_array_index (walk->lives, Life, k);
      edges[k] = stage_of (edge_there (walk, life, step->from), edge_there (walk, life, step->to));
    }
  ui_graph_set_stage (walk->graph, nodes, edges);
  return changed;
}

/* ---- where nodes come from ---- */

GArray *
ui_walk_origins (UiWalk *walk, guint node)
{
  GArray *origins = node < walk->n ? walk->origins->pdata[node] : NULL;
  if (origins)
    return g_array_ref (origins);
  origins = g_array_new (FALSE, FALSE, sizeof (guint));
  if (node < walk->n)
    g_array_append_val (origins, node);
  return origins;
}

guint
ui_walk_working (UiWalk *walk, guint final_node)
{
  Rewrite finished;
  if (!walk->view.final || !rewrite_read (walk->store, walk->view.finished, &finished))
    return G_MAXUINT;
  guint node = final_node < finished.event->n_after ? finished.after[final_node] : G_MAXUINT;
  g_bytes_unref (finished.bytes);
  return node;
}

char *
ui_walk_names (UiWalk *walk, const GArray *nodes, guint most)
{
  GString *out = g_string_new (NULL);
  LkGraphView all;
  LkPlace place;
  for (guint i = 0; lk_store_graph (walk->store, walk->view.working, &all) && i < MIN (nodes->len, most); i++)
    {
      const LkGraphNode *node = all.nodes[g_array_index (nodes, guint, i)];
      g_autofree char *name = g_markup_escape_text (lk_store_string (walk->store, node->name), -1);
      g_string_append_printf (out, "%s%s", i ? ", " : "", name);
      if (!lk_store_place (walk->store, node->stack, &place))
        continue;
      g_autofree char *file = g_path_get_basename (place.file), *escaped = g_markup_escape_text (file, -1);
      g_string_append_printf (out, " (<a href=\"place:%u\">%s:%u</a>)", node->stack, escaped, place.line);
    }
  if (nodes->len > most)
    g_string_append_printf (out, ", %u more", nodes->len - most);
  return g_string_free (out, FALSE);
}
