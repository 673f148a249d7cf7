/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "engine/execute/program.h"
#include "engine/ops/block.h"
#include "engine/ops/rule.h"
#include "engine/rewrite/groups.h"

typedef struct
{
  guint *classes;         /* by node */
  GHashTable *known;      /* LkShape → class, of shapes that are known */
  LkIdMap others;         /* id of a tensor that is no first output → class */
  guint n;
} Classes;

static guint
hash_shape (gconstpointer data)
{
  const LkShape *shape = data;
  guint hash = shape->rank;
  for (guint i = 0; i < shape->rank; i++)
    hash = hash * 16777619u ^ (guint) shape->dims[i];
  return hash;
}

static gboolean
same_shape (gconstpointer a, gconstpointer b)
{
  return lk_shape_equal (a, b);
}

static guint
class_of_known (Classes *c, const LkShape *shape)
{
  gpointer class = g_hash_table_lookup (c->known, shape);
  if (class == NULL)
    g_hash_table_insert (c->known, (gpointer) shape, class = GUINT_TO_POINTER (++c->n));
  return GPOINTER_TO_UINT (class);
}

static guint
class_of (Classes *c, const LkTensor *tensor)
{
  if (lk_shape_known (&tensor->shape))
    return class_of_known (c, &tensor->shape);
  if (tensor->output == 0)
    return c->classes[tensor->node->id];
  LkIdEntry *entry = lk_id_map_add (&c->others, tensor->id);
  if (entry->value == NULL)
    entry->value = GUINT_TO_POINTER (++c->n);
  return GPOINTER_TO_UINT (entry->value);
}

/* Broadcasting y against x gives x's shape. */
static gboolean
fits_into (const LkShape *y, const LkShape *x)
{
  if (y->rank == LK_RANK_UNKNOWN || x->rank == LK_RANK_UNKNOWN || y->rank > x->rank)
    return y->rank == 0;
  for (guint back = 1; back <= y->rank; back++)
    {
      const gint64 dim = y->dims[y->rank - back];
      if (dim != 1 && (dim == LK_DIM_UNKNOWN || dim != x->dims[x->rank - back]))
        return FALSE;
    }
  return TRUE;
}

static gboolean
all_fit_into (Classes *c, const LkNode *node, guint i)
{
  const guint class = class_of (c, node->inputs[i]);
  for (guint k = 0; k < node->n_inputs; k++)
    if (k != i && class_of (c, node->inputs[k]) != class && !fits_into (&node->inputs[k]->shape, &node->inputs[i]->shape))
      return FALSE;
  return TRUE;
}

/* An elementwise node has the class of an input that all others fit into. */
static guint
class_of_node (Classes *c, const LkNode *node)
{
  if (lk_shape_known (&node->outputs[0]->shape))
    return class_of_known (c, &node->outputs[0]->shape);
  const gboolean elementwise = lk_node_is_elementwise (node);
  if (elementwise && node->op->block->infer == lk_infer_same)
    return class_of (c, node->inputs[0]);
  for (guint i = 0; elementwise && i < node->n_inputs; i++)
    if (all_fit_into (c, node, i))
      return class_of (c, node->inputs[i]);
  return ++c->n;
}

guint *
lk_shape_classes (const LkRewriting *r, const GPtrArray *order)
{
  Classes c = { g_new0 (guint, r->facts->len + 1), g_hash_table_new (hash_shape, same_shape) };
  for (guint i = 0; i < order->len; i++)
    {
      const LkNode *node = g_ptr_array_index (order, i);
      if (node->n_outputs > 0)
        c.classes[node->id] = class_of_node (&c, node);
    }
  g_hash_table_unref (c.known);
  lk_id_map_clear (&c.others);
  return c.classes;
}
