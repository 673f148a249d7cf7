/* SPDX-License-Identifier: MIT */
/* Common subexpressions: of nodes with the same op, attributes and inputs the first is kept. Constants are the same when
   their bits are. */
#include <string.h>

#include "engine/ops/block.h"
#include "engine/rewrite/rewriting.h"

static guint
hash_bytes (guint hash, const void *bytes, gsize n)
{
  for (gsize i = 0; i < n; i++)
    hash = (hash ^ ((const guint8 *) bytes)[i]) * 16777619u;
  return hash;
}

/* Strings too: what differs outside of the first bytes is found by comparing. */
static guint
hash_tensor (guint hash, const LkTensor *tensor)
{
  hash = hash_bytes (hash, &tensor->dtype, sizeof tensor->dtype);
  hash = hash_bytes (hash, tensor->shape.dims, tensor->shape.rank * sizeof (gint64));
  return hash_bytes (hash, tensor->data, MIN (lk_tensor_bytes (tensor), 256));
}

static guint
hash_node (gconstpointer data)
{
  const LkNode *node = data;
  guint hash = hash_bytes (2166136261u, &node->op->index, sizeof node->op->index);
  for (guint i = 0; i < node->n_inputs; i++)
    hash = hash_bytes (hash, &node->inputs[i]->id, sizeof (guint64));
  return node->op->index == LK_OP_CONST ? hash_tensor (hash, node->attrs[0].tensor) : hash;
}

static gboolean
same_tensor (const LkTensor *a, const LkTensor *b)
{
  return a == b
         || (a->dtype == b->dtype && a->dtype != LK_RESOURCE && a->dtype != LK_VARIANT && lk_shape_equal (&a->shape, &b->shape)
             && lk_tensor_bytes (a) == lk_tensor_bytes (b) && memcmp (a->data, b->data, lk_tensor_bytes (a)) == 0);
}

static gboolean
same_array (const void *a, guint n, const void *b, guint m, gsize size)
{
  return n == m && memcmp (a, b, n * size) == 0;
}

static gboolean
same_attr (LkAttrKind kind, const LkAttr *a, const LkAttr *b)
{
  switch (kind)
    {
    case LK_ATTR_BOOL: return !a->b == !b->b;
    case LK_ATTR_INT: return a->i == b->i;
    case LK_ATTR_FLOAT: return memcmp (&a->f, &b->f, sizeof a->f) == 0;
    case LK_ATTR_TYPE: return a->type == b->type;
    case LK_ATTR_STRING: return g_strcmp0 (a->s, b->s) == 0;
    case LK_ATTR_INTS: case LK_ATTR_TYPES:
      return a->ints == b->ints
             || (a->ints != NULL && b->ints != NULL && same_array (a->ints->v, a->ints->n, b->ints->v, b->ints->n, sizeof (gint64)));
    case LK_ATTR_FLOATS:
      return a->floats == b->floats
             || (a->floats != NULL && b->floats != NULL
                 && same_array (a->floats->v, a->floats->n, b->floats->v, b->floats->n, sizeof (double)));
    case LK_ATTR_SHAPE: return a->shape == b->shape || (a->shape != NULL && b->shape != NULL && lk_shape_equal (a->shape, b->shape));
    case LK_ATTR_TENSOR: return same_tensor (a->tensor, b->tensor);
    default: return a->func == b->func;
    }
}

static gboolean
same_node (gconstpointer first, gconstpointer second)
{
  const LkNode *a = first, *b = second;
  guint given = 0;
  if (a->op != b->op || a->n_inputs != b->n_inputs || a->n_outputs != b->n_outputs)
    return FALSE;
  for (guint i = 0; i < a->n_inputs; i++)
    if (a->inputs[i] != b->inputs[i])
      return FALSE;
  for (guint i = 0; i < a->op->n_attrs; i++)
    {
      if (a->op->attrs[i].inferred)
        continue;
      if (!same_attr (a->op->attrs[i].kind, &a->attrs[given], &b->attrs[given]))
        return FALSE;
      given++;
    }
  return TRUE;
}

void
lk_pass_common (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  g_autoptr (GHashTable) known = g_hash_table_new (hash_node, same_node);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i), *first;
      if (lk_rewriting_fact (r, node)->gone || !lk_node_is_pure (node) || node->n_outputs == 0)
        continue;
      first = g_hash_table_lookup (known, node);
      if (first != NULL)
        lk_rewriting_replace (r, "the same again → once", node, first->outputs);
      else
        g_hash_table_add (known, node);
    }
}
