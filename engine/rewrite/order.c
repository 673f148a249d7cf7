/* SPDX-License-Identifier: MIT */
/* In which order the nodes of a working graph run. */
#include "engine/graph/inlined.h"
#include "engine/rewrite/rewriting.h"

/* Depth first, by a stack of its own: graphs are deep. state: 0 new, 1 begun, 2 done. */
static void
visit (const LkRewriting *r, LkNode *root, guint8 *state, GPtrArray *stack, GPtrArray *order)
{
  g_ptr_array_add (stack, root);
  while (stack->len > 0)
    {
      LkNode *node = g_ptr_array_index (stack, stack->len - 1);
      if (state[node->id] != 0)
        {
          g_ptr_array_set_size (stack, stack->len - 1);
          if (state[node->id] == 1)
            g_ptr_array_add (order, node);
          state[node->id] = 2;
          continue;
        }
      state[node->id] = 1;
      for (guint i = node->n_controls; i-- > 0;)
        if (state[node->controls[i]->id] == 0)
          g_ptr_array_add (stack, node->controls[i]);
      for (guint i = node->n_inputs; i-- > 0;)
        if (state[node->inputs[i]->node->id] == 0)
          g_ptr_array_add (stack, node->inputs[i]->node);
    }
}

/* Where it is at a depth of inlined calls: of the traced nodes that it stands for the first, then its place in that one's function, and so
   on. What is further out comes last, since it may have need of all that is further in. */
static guint32
place_at (const LkRewriting *r, const LkNode *node, guint depth)
{
  const LkFact *fact = lk_rewriting_fact (r, node);
  const guint own = node->inlined != NULL ? node->inlined->depth : 0;
  if (depth == 0)
    return fact->origins->len > 0 ? g_array_index (fact->origins, guint32, 0) : G_MAXUINT32;
  if (depth > own)
    return G_MAXUINT32;
  return depth == own ? fact->place : lk_inlined_at (node->inlined, depth + 1)->place;
}

/* The program's order, as far as there is a choice: who steps through it sees line after line. */
static gint
compare_places (gconstpointer first, gconstpointer second, gpointer data)
{
  const LkNode *a = *(LkNode *const *) first, *b = *(LkNode *const *) second;
  const guint depth = MAX (a->inlined != NULL ? a->inlined->depth : 0, b->inlined != NULL ? b->inlined->depth : 0);
  for (guint i = 0; i <= depth; i++)
    {
      const guint32 x = place_at (data, a, i), y = place_at (data, b, i);
      if (x != y)
        return x < y ? -1 : 1;
    }
  return (a->id > b->id) - (a->id < b->id);
}

static GPtrArray *
order_new (const LkRewriting *r)
{
  g_autofree guint8 *state = g_new0 (guint8, r->facts->len + 1);
  g_autoptr (GPtrArray) stack = g_ptr_array_new (), roots = g_ptr_array_new ();
  GPtrArray *order = g_ptr_array_new ();
  for (guint i = 0; i < r->facts->len; i++)
    if (!g_array_index (r->facts, LkFact, i).gone)
      g_ptr_array_add (roots, lk_graph_node (r->graph, i));
  g_ptr_array_sort_with_data (roots, compare_places, (gpointer) r);
  for (guint i = 0; i < roots->len; i++)
    if (state[((LkNode *) g_ptr_array_index (roots, i))->id] == 0)
      visit (r, g_ptr_array_index (roots, i), state, stack, order);
  return order;
}

/* Most passes find nothing most of the time. */
GPtrArray *
lk_rewriting_order (LkRewriting *r)
{
  if (r->order == NULL)
    r->order = order_new (r);
  return g_ptr_array_ref (r->order);
}
