/* SPDX-License-Identifier: MIT */
#include "ops_left.h"

#include <string.h>

char *
ops_left (const LkGraph *graph)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    {
      const char *name = lk_graph_node (graph, i)->op->name;
      if (strcmp (name, "Const") != 0 && strcmp (name, "Placeholder") != 0)
        g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", name);
    }
  return g_string_free (text, FALSE);
}
