/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "engine/ops/block.h"

static gpointer
registry_names (gpointer data)
{
  GHashTable *names = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < LK_N_OPS; i++)
    g_hash_table_insert (names, (gpointer) lk_ops[i].name, (gpointer) &lk_ops[i]);
  return names;
}

const LkOp *
lk_op_find (const char *name)
{
  static GOnce once = G_ONCE_INIT;
  g_once (&once, registry_names, NULL);
  return g_hash_table_lookup (once.retval, name);
}

const LkOp *
lk_op_at (guint index)
{
  return index < LK_N_OPS ? &lk_ops[index] : NULL;
}

guint
lk_op_count (void)
{
  return LK_N_OPS;
}

static guint
n_lists_out (const LkOp *op)
{
  guint n = 0;
  while (n < op->n_outputs && op->outputs[n].list)
    n++;
  return n;
}

guint
lk_op_count_outputs (const LkOp *op, guint length)
{
  const guint lists = n_lists_out (op);
  return lists * length + op->n_outputs - lists;
}

const LkArg *
lk_op_list_output (const LkOp *op, guint i, guint n_outputs)
{
  if (op->n_outputs == 1)
    return op->outputs;
  const guint lists = n_lists_out (op), length = (n_outputs - (op->n_outputs - lists)) / lists;
  return i < lists * length ? &op->outputs[i / length] : &op->outputs[lists + i - lists * length];
}
