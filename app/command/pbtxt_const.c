/* SPDX-License-Identifier: MIT */
/* Events tell the elements of short constants only; of the others a trace has the values that were there when they ran. */
#include "pbtxt_const.h"
#include <string.h>

#define MOST (1 << 24)          /* elements */

/* The newest rewriting of a traced graph. FALSE when it ran as it was. */
static gboolean
rewriting_of (LkStore *store, guint32 traced, LkRewritingView *out)
{
  LkRewritingView view;
  gboolean found = FALSE;
  for (guint i = 0; lk_store_rewriting (store, i, &view); i++)
    if (view.traced == traced && view.final)
      *out = view, found = TRUE;
  return found;
}

guint32
pbtxt_run_as (LkStore *store, guint32 traced)
{
  LkRewritingView view;
  return rewriting_of (store, traced, &view) ? view.final : traced;
}

/* The place in the graph that ran, of a node of the working graph; -1 when it is none, or was not to run. */
static gint
place_final (LkStore *store, const LkRewritingView *rewriting, const LkGraphNode *node)
{
  LkGraphView working;
  if (!lk_store_graph (store, rewriting->working, &working) || node->id >= working.n_nodes || working.nodes[node->id] != node)
    return -1;
  g_autoptr (GBytes) record = lk_store_record (store, rewriting->finished);
  const LkRewriteEvent *finished = record ? lk_record_payload (record, LK_EVENT_REWRITE) : NULL;
  if (!finished)
    return -1;
  const guint32 *before = (const guint32 *) ((const guint64 *) (finished + 1) + 2 * (gsize) finished->n_moved);
  const guint32 *after = before + finished->n_before;
  for (guint i = 0; i < finished->n_after; i++)
    if (after[i] == node->id)
      return (gint) i;
  return -1;
}

gint
pbtxt_place_named (LkStore *store, guint32 graph, const LkGraphNode *node)
{
  LkGraphView view;
  for (guint i = 0; lk_store_graph (store, graph, &view) && i < view.n_nodes; i++)
    if (view.nodes[i]->name == node->name && view.nodes[i]->op == node->op)
      return (gint) i;
  return -1;
}

/* What the node gave when it ran last. 0 when it never did. */
static guint64
tensor_run (LkStore *store, guint32 traced, const LkGraphNode *node)
{
  LkRewritingView rewriting = { 0 };
  gboolean rewritten = rewriting_of (store, traced, &rewriting);
  guint32 graph = rewritten ? rewriting.final : traced;
  gint place = rewritten ? place_final (store, &rewriting, node) : -1;
  place = place < 0 ? pbtxt_place_named (store, graph, node) : place;
  gint64 run = place < 0 ? -1 : lk_store_node_run (store, graph, (guint32) place, G_MAXUINT64);
  g_autoptr (GBytes) record = run >= 0 ? lk_store_record (store, (guint64) run) : NULL;
  const LkOpEvent *op = record ? lk_record_payload (record, LK_EVENT_OP) : NULL;
  return op && op->n_outputs ? ((const LkTensorEvent *) ((const guint64 *) (op + 1) + op->n_inputs))->id : 0;
}

static void
add_number (GString *out, guint8 dtype, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  if (dtype == LK_BOOL)
    g_string_append (out, value != 0 ? "true" : "false");
  else
    g_string_append (out, g_ascii_formatd (digits, sizeof digits, dtype == LK_FLOAT64 ? "%.17g" : dtype == LK_FLOAT32 ? "%.9g" : "%.0f",
                                           value));
}

/* Beyond 2⁵³ a double has not every integer: those are asked for one by one. */
static gboolean
is_exact (guint8 dtype, double value)
{
  return (dtype != LK_INT64 && dtype != LK_UINT64) || (value < 9007199254740992.0 && value > -9007199254740992.0);
}

char *
pbtxt_const_text (LkStore *store, guint32 traced, const LkGraphNode *node, const char *field)
{
  LkTensorEvent tensor;
  guint64 id = node->n_outputs ? tensor_run (store, traced, node) : 0;
  gint64 n = 1;
  if (!id || !lk_store_tensor (store, id, &tensor, NULL, NULL))
    return NULL;
  for (guint i = 0; i < tensor.rank; i++)
    n *= tensor.dims[i];
  g_autofree double *values = n >= 0 && n <= MOST ? g_new (double, n + 1) : NULL;
  if (!values || !lk_store_read (store, id, 0, n, values, NULL))
    return NULL;
  GString *out = g_string_new (NULL);
  for (gint64 i = 0; i < n; i++)
    {
      g_autofree char *text = is_exact (tensor.dtype, values[i]) ? NULL : lk_store_element_text (store, id, i, NULL);
      g_string_append_printf (out, " %s: %s", field, text ? text : "");
      if (!text)
        add_number (out, tensor.dtype, values[i]);
    }
  return g_string_free (out, FALSE);
}
