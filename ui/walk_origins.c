/* SPDX-License-Identifier: MIT */
/* Where nodes come from: the traced nodes that each stands for. */
#include "ui/nodes.h"
#include "ui/walk_parts.h"

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
share_origins (UiWalk *walk, const UiRewrite *rewrite)
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
void
ui_walk_take_origins (UiWalk *walk, const UiRewrite *rewrite)
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
  UiRewrite finished;
  if (!walk->view.final || !ui_rewrite_read (walk->store, walk->view.finished, &finished))
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
