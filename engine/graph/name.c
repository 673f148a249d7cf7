/* SPDX-License-Identifier: MIT */
/* Names of nodes, made as TensorFlow makes them: unique regardless of case, "_1", "_2" for those that come again. */
#include "engine/graph/build.h"
#include <string.h>

static const char *
graph_scope (const LkGraph *graph)
{
  return graph->scopes->len > 0 ? g_ptr_array_index (graph->scopes, graph->scopes->len - 1) : "";
}

static guint
names_count (const LkGraph *graph, const char *key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (graph->used, key));
}

static void
names_set (LkGraph *graph, const char *key, guint count)
{
  g_hash_table_insert (graph->used, g_strdup (key), GUINT_TO_POINTER (count));
}

/* name_1; printf takes as long as all else that makes a node. (transfer full) */
static char *
with_suffix (const char *name, guint suffix)
{
  char digits[12], *at = digits + sizeof digits - 1;
  *at = '\0';
  do
    *--at = '0' + suffix % 10;
  while ((suffix /= 10) > 0);
  *--at = '_';
  return g_strconcat (name, at, NULL);
}

/* (transfer full) */
static char *
lower (const char *name)
{
  return g_str_is_ascii (name) ? g_ascii_strdown (name, -1) : g_utf8_strdown (name, -1);
}

/* name is a whole path; mark: it is taken from now on. (transfer full) */
static char *
path_unique (LkGraph *graph, const char *name, gboolean mark)
{
  g_autofree char *base = lower (name), *key = g_strdup (base);
  guint i = names_count (graph, base), suffix = 0;
  if (mark)
    names_set (graph, base, i + 1);
  if (i == 0)
    return g_strdup (name);
  while (names_count (graph, key) > 0)
    {
      g_free (key);
      suffix = i++;
      key = with_suffix (base, suffix);
    }
  if (mark)
    names_set (graph, key, 1);
  return with_suffix (name, suffix);
}

char *
lk_graph_name_below (LkGraph *graph, const char *wanted, gboolean mark)
{
  const char *scope = graph_scope (graph);
  g_autofree char *path = *scope != '\0' ? g_strconcat (scope, "/", wanted, NULL) : g_strdup (wanted);
  return path_unique (graph, path, mark);
}

char *
lk_graph_unique_name (LkGraph *graph, const char *wanted)
{
  gsize length = strlen (wanted);
  /* As for scopes, a final slash means: exactly this. */
  if (length > 1 && wanted[length - 1] == '/')
    {
      g_autofree char *exact = g_strndup (wanted, length - 1);
      return g_hash_table_contains (graph->by_name, exact) ? path_unique (graph, exact, TRUE) : g_steal_pointer (&exact);
    }
  return lk_graph_name_below (graph, wanted, TRUE);
}

char *
lk_graph_take_name (LkGraph *graph, const char *op_name)
{
  g_autofree char *wanted = g_steal_pointer (&graph->next_name);
  return lk_graph_unique_name (graph, wanted != NULL ? wanted : op_name);
}

void
lk_graph_push_scope (LkGraph *graph, const char *scope)
{
  gsize length = scope != NULL ? strlen (scope) : 0;
  if (length == 0)
    g_ptr_array_add (graph->scopes, g_strdup (""));
  else if (scope[length - 1] == '/')
    g_ptr_array_add (graph->scopes, g_strndup (scope, length - 1));
  else
    g_ptr_array_add (graph->scopes, lk_graph_unique_name (graph, scope));
}

void
lk_graph_pop_scope (LkGraph *graph)
{
  g_assert (graph->scopes->len > 0);
  g_ptr_array_remove_index (graph->scopes, graph->scopes->len - 1);
}

void
lk_graph_name_next (LkGraph *graph, const char *name)
{
  g_free (graph->next_name);
  graph->next_name = g_strdup (name);
}

const char *
lk_graph_scope (const LkGraph *graph)
{
  return graph_scope (graph);
}
