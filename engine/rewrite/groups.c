/* SPDX-License-Identifier: MIT */
/* Groups are found by running the graph in thought: first everything that is ready and cannot be part of a group, so that as much as
   can be is there; then a group is begun with one ready node, and every node joins that reads from it and has all else that it
   reads, or gets it by further nodes joining. What runs in one go needs nothing that comes after, so there are no cycles. Reductions of
   what is in it come last: nothing in the group reads them. */
#include "engine/rewrite/groups.h"

#include "engine/execute/program.h"

#define MOST_PULLED 64  /* nodes that join together */

typedef struct
{
  const LkRewriting *r;
  guint *places;          /* by node, as the rest: in the order */
  guint *classes;
  guint *waits;           /* for how many inputs and controls it still has to wait */
  gboolean *can_join;
  guint8 *is_done;
  guint *joined;          /* number of the group that it is in or about to join */
  GPtrArray *ready, *seeds;
  GPtrArray *group, *pulled;
  GPtrArray *inputs;      /* LkTensor: of the group, from outside */
  guint number;
} Search;

/* Smaller values are in the nearest cache from one node to the next, where the nodes' steps are no more than their loops in a plan:
   together they cost less than the call of a fused node. Measured for two to ten nodes, with and without a sum. */
#define LEAST 16384     /* bytes */

static gboolean fuses_small;

void
lk_fuse_small (gboolean small)
{
  fuses_small = small;
}

gboolean
lk_value_is_small (const LkTensor *value, gint64 least)
{
  return !fuses_small && value->size >= 0 && value->size < least / (gint64) lk_dtype_size (value->dtype);
}

/* A loop of single numbers runs the quicker (execute/cycle.h). */
static gboolean
can_join (const LkNode *node)
{
  return lk_node_is_elementwise (node) && node->outputs[0]->size != 1 && !lk_value_is_small (node->outputs[0], LEAST)
         && (node->flags & (LK_NODE_LOSS | LK_NODE_STEP)) == 0;
}

/* A reduction of node's values over axes that are known. */
static gboolean
is_tail_of (const LkNode *tail, const LkNode *node)
{
  return lk_op_is_tail (tail->op) && tail->inputs[0] == node->outputs[0] && lk_node_constant (tail->inputs[1]) != NULL
         && (tail->flags & LK_NODE_STEP) == 0;
}

/* Only who reads it could be in a group with a node that has all it needs. */
static gboolean
has_company (const Search *s, const LkNode *node)
{
  const GPtrArray *users = lk_rewriting_fact (s->r, node)->users;
  for (guint i = 0; s->can_join[node->id] && i < users->len; i++)
    {
      const LkNode *user = g_ptr_array_index (users, i);
      if ((s->can_join[user->id] && s->classes[user->id] == s->classes[node->id]) || is_tail_of (user, node))
        return TRUE;
    }
  return FALSE;
}

static void
add_ready (Search *s, LkNode *node)
{
  g_ptr_array_add (has_company (s, node) ? s->seeds : s->ready, node);
}

static void
release (Search *s, LkNode *node)
{
  if (--s->waits[node->id] == 0 && !s->is_done[node->id])
    add_ready (s, node);
}

static void
finish (Search *s, LkNode *node)
{
  const LkFact *fact = lk_rewriting_fact (s->r, node);
  s->is_done[node->id] = TRUE;
  for (guint i = 0; i < fact->users->len; i++)
    release (s, g_ptr_array_index (fact->users, i));
  for (guint i = 0; i < fact->waiters->len; i++)
    if (!lk_rewriting_fact (s->r, g_ptr_array_index (fact->waiters, i))->gone)
      release (s, g_ptr_array_index (fact->waiters, i));
}

/* ---- joining ---- */

/* Collects node and what has to join with it. FALSE: it cannot. */
static gboolean
pull (Search *s, LkNode *node, guint class)
{
  if (s->is_done[node->id] || s->joined[node->id] == s->number)
    return TRUE;
  if (!s->can_join[node->id] || s->classes[node->id] != class || s->pulled->len == MOST_PULLED)
    return FALSE;
  s->joined[node->id] = s->number;
  g_ptr_array_add (s->pulled, node);
  for (guint i = 0; i < node->n_inputs; i++)
    if (!pull (s, node->inputs[i]->node, class))
      return FALSE;
  for (guint i = 0; i < node->n_controls; i++)
    if (!pull (s, node->controls[i], class))
      return FALSE;
  return TRUE;
}

/* Inputs from outside that would come with what was pulled. */
static gboolean
has_room (Search *s)
{
  const guint before = s->inputs->len;
  for (guint i = 0; i < s->pulled->len; i++)
    {
      const LkNode *node = g_ptr_array_index (s->pulled, i);
      for (guint k = 0; k < node->n_inputs; k++)
        if (s->joined[node->inputs[k]->node->id] != s->number && !g_ptr_array_find (s->inputs, node->inputs[k], NULL))
          g_ptr_array_add (s->inputs, node->inputs[k]);
    }
  if (s->inputs->len <= LK_PROGRAM_MOST_INPUTS && s->group->len + s->pulled->len <= LK_GROUP_MOST)
    return TRUE;
  g_ptr_array_set_size (s->inputs, before);
  return FALSE;
}

static void
try_join (Search *s, LkNode *node, guint class)
{
  g_ptr_array_set_size (s->pulled, 0);
  if (s->is_done[node->id] || s->joined[node->id] == s->number)
    return;
  if (pull (s, node, class) && has_room (s))
    g_ptr_array_extend (s->group, s->pulled, NULL, NULL);
  else
    for (guint i = 0; i < s->pulled->len; i++)
      s->joined[((LkNode *) g_ptr_array_index (s->pulled, i))->id] = 0;
}

/* Everything that it needs is there already, or in the group. */
static gboolean
has_all (const Search *s, const LkNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (!s->is_done[node->inputs[i]->node->id] && s->joined[node->inputs[i]->node->id] != s->number)
      return FALSE;
  for (guint i = 0; i < node->n_controls; i++)
    if (!s->is_done[node->controls[i]->id] && s->joined[node->controls[i]->id] != s->number)
      return FALSE;
  return TRUE;
}

/* All go over the same axes, and one at most is told as the loss. */
static gboolean
fits_tails (const GPtrArray *tails, const LkNode *node)
{
  for (guint i = 0; i < tails->len; i++)
    {
      const LkNode *tail = g_ptr_array_index (tails, i);
      if (tail == node || tail->inputs[1] != node->inputs[1] || (tail->flags & node->flags & LK_NODE_LOSS))
        return FALSE;
    }
  return TRUE;
}

static void
add_tails (Search *s)
{
  g_autoptr (GPtrArray) tails = g_ptr_array_new ();
  for (guint i = 0; i < s->group->len && s->inputs->len < LK_PROGRAM_MOST_INPUTS; i++)
    {
      const LkNode *node = g_ptr_array_index (s->group, i);
      const GPtrArray *users = lk_rewriting_fact (s->r, node)->users;
      for (guint k = 0; k < users->len; k++)
        {
          LkNode *user = g_ptr_array_index (users, k);
          if (is_tail_of (user, node) && has_all (s, user) && fits_tails (tails, user))
            g_ptr_array_add (tails, user);
        }
    }
  for (guint i = 0; i < tails->len; i++)
    s->joined[((LkNode *) g_ptr_array_index (tails, i))->id] = s->number;
  g_ptr_array_extend (s->group, tails, NULL, NULL);
}

static gint
compare_places (gconstpointer a, gconstpointer b, gpointer data)
{
  const guint *places = data;
  const guint x = places[(*(LkNode *const *) a)->id], y = places[(*(LkNode *const *) b)->id];
  return (x > y) - (x < y);
}

/* (transfer full) */
static GPtrArray *
grow (Search *s, LkNode *seed)
{
  s->number++;
  s->group = g_ptr_array_new ();
  g_ptr_array_set_size (s->inputs, 0);
  try_join (s, seed, s->classes[seed->id]);
  for (guint i = 0; i < s->group->len; i++)
    {
      const LkFact *fact = lk_rewriting_fact (s->r, g_ptr_array_index (s->group, i));
      for (guint k = 0; k < fact->users->len; k++)
        try_join (s, g_ptr_array_index (fact->users, k), s->classes[seed->id]);
    }
  add_tails (s);
  g_ptr_array_sort_with_data (s->group, compare_places, s->places);
  return g_steal_pointer (&s->group);
}

/* ---- the search ---- */

static void
begin (Search *s, const GPtrArray *order)
{
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      s->places[node->id] = i;
      s->waits[node->id] = node->n_inputs + node->n_controls;
      s->can_join[node->id] = can_join (node);
    }
  for (guint i = 0; i < order->len; i++)
    if (s->waits[((LkNode *) g_ptr_array_index (order, i))->id] == 0)
      add_ready (s, g_ptr_array_index (order, i));
}

static void
finish_group (Search *s, GPtrArray *group)
{
  for (guint i = 0; i < group->len; i++)
    s->is_done[((LkNode *) g_ptr_array_index (group, i))->id] = TRUE;
  for (guint i = 0; i < group->len; i++)
    finish (s, g_ptr_array_index (group, i));
}

static void
forget_done (Search *s)
{
  for (guint i = s->seeds->len; i-- > 0;)
    if (s->is_done[((LkNode *) g_ptr_array_index (s->seeds, i))->id])
      g_ptr_array_remove_index_fast (s->seeds, i);
  g_ptr_array_sort_with_data (s->seeds, compare_places, s->places);
}

/* The first group that there is to be had now. Where nobody has company yet, the first seed goes alone, so that others can go on. */
static void
take_group (Search *s, GPtrArray *groups)
{
  forget_done (s);
  for (guint i = 0; i < s->seeds->len; i++)
    {
      g_autoptr (GPtrArray) group = grow (s, g_ptr_array_index (s->seeds, i));
      if (group->len < 2)
        continue;
      finish_group (s, group);
      g_ptr_array_add (groups, g_steal_pointer (&group));
      return;
    }
  if (s->seeds->len > 0)
    finish (s, g_ptr_array_index (s->seeds, 0));
}

static void
search (Search *s, GPtrArray *groups)
{
  for (guint next = 0;;)
    if (next < s->ready->len)
      finish (s, g_ptr_array_index (s->ready, next++));
    else if (s->seeds->len > 0)
      take_group (s, groups);
    else
      return;
}

GPtrArray *
lk_rewriting_groups (LkRewriting *r)
{
  const guint n = r->facts->len + 1;
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  GPtrArray *groups = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  Search s = { r, g_new0 (guint, n), lk_shape_classes (r, order), g_new0 (guint, n), g_new0 (gboolean, n), g_new0 (guint8, n),
               g_new0 (guint, n), g_ptr_array_new (), g_ptr_array_new (), NULL, g_ptr_array_new (), g_ptr_array_new () };
  begin (&s, order);
  search (&s, groups);
  g_free (s.places);
  g_free (s.classes);
  g_free (s.waits);
  g_free (s.can_join);
  g_free (s.is_done);
  g_free (s.joined);
  g_ptr_array_unref (s.ready);
  g_ptr_array_unref (s.seeds);
  g_ptr_array_unref (s.pulled);
  g_ptr_array_unref (s.inputs);
  return groups;
}
