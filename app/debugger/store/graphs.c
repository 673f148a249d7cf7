/* SPDX-License-Identifier: MIT */
/* Graphs grow node by node while a function is traced; what was handed out stays readable while they do. */
#include "debugger/store/feed.h"
#include "debugger/store/state.h"
#include <string.h>

static void
node_free (gpointer data)
{
  LkGraphNode *node = data;
  g_free ((gpointer) node->inputs);
  g_free ((gpointer) node->outputs);
  g_free ((gpointer) node->controls);
  g_free (node);
}

static void
graph_free (gpointer data)
{
  LkGraphEntry *graph = data;
  g_ptr_array_unref (graph->nodes);
  g_hash_table_unref (graph->makers);
  g_array_unref (graph->runs);
  g_free ((gpointer) graph->view.nodes);
  g_free (graph);
}

void
lk_store_index_graphs_init (LkStore *store)
{
  store->graphs = g_hash_table_new_full (NULL, NULL, NULL, graph_free);
  store->calls = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  store->spans = g_array_new (FALSE, FALSE, sizeof (LkSpan));
  store->traces = g_array_new (FALSE, FALSE, sizeof (LkTraceEntry));
  store->functions = g_hash_table_new (g_str_hash, g_str_equal);
  store->graph_ids = g_array_new (FALSE, FALSE, sizeof (guint32));
  store->graveyard = g_ptr_array_new_with_free_func (g_free);
}

void
lk_store_index_graphs_clear (LkStore *store)
{
  g_hash_table_unref (store->graphs);
  g_hash_table_unref (store->calls);
  g_array_unref (store->spans);
  g_array_unref (store->traces);
  g_hash_table_unref (store->functions);
  g_array_unref (store->graph_ids);
  g_ptr_array_unref (store->graveyard);
}

LkGraphEntry *
lk_store_graph_entry (LkStore *store, guint32 graph)
{
  return graph ? g_hash_table_lookup (store->graphs, GUINT_TO_POINTER (graph)) : NULL;
}

/* Graph id of an event; made when it is met for the first time. */
static LkGraphEntry *
meet (LkStore *store, guint32 id)
{
  LkGraphEntry *graph = lk_store_graph_entry (store, id);
  if (graph || id == 0)
    return graph;
  graph = g_new0 (LkGraphEntry, 1);
  graph->view.id = id;
  graph->view.name = "";
  graph->nodes = g_ptr_array_new_with_free_func (node_free);
  graph->makers = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, NULL);
  graph->runs = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_hash_table_insert (store->graphs, GUINT_TO_POINTER (id), graph);
  if (!lk_store_is_working (store, id))
    g_array_append_val (store->graph_ids, id);
  return graph;
}

static LkGraphNode *
node_of (guint64 event, const LkEvent *record)
{
  const LkOpEvent *op = lk_op_of (record);
  LkGraphNode *node = g_new0 (LkGraphNode, 1);
  node->id = op->node;
  node->name = op->name;
  node->op = record->subject;
  node->attrs = op->attrs;
  node->stack = record->stack;
  node->flags = record->flags;
  node->n_inputs = op->n_inputs;
  node->n_outputs = op->n_outputs;
  node->n_controls = op->n_controls;
  node->inputs = g_memdup2 (lk_op_inputs (op), op->n_inputs * sizeof (guint64));
  node->outputs = g_memdup2 (lk_op_outputs (op), op->n_outputs * sizeof (LkTensorEvent));
  node->controls = g_memdup2 (lk_op_controls (op), (gsize) op->n_controls * sizeof (guint32));
  node->event = event;
  return node;
}

/* Readers hold view.nodes without the lock: a full array is replaced by a bigger one and kept. */
static void
publish (LkStore *store, LkGraphEntry *graph)
{
  guint n = graph->nodes->len;
  if (n > graph->capacity)
    {
      graph->capacity = MAX (16, 2 * graph->capacity);
      gpointer *bigger = g_new0 (gpointer, graph->capacity);
      memcpy (bigger, graph->nodes->pdata, (n - 1) * sizeof (gpointer));
      if (graph->view.nodes)
        g_ptr_array_add (store->graveyard, (gpointer) graph->view.nodes);
      graph->view.nodes = (const LkGraphNode *const *) bigger;
    }
  ((gpointer *) graph->view.nodes)[n - 1] = graph->nodes->pdata[n - 1];
  graph->view.n_nodes = n;
}

void
lk_store_index_graph_node (LkStore *store, guint64 event, const LkEvent *record)
{
  LkGraphEntry *graph = meet (store, lk_op_of (record)->graph);
  /* Nodes come in the order of their ids; one that does not has no place in the graph. */
  if (!graph || lk_op_of (record)->node != graph->nodes->len)
    return;
  LkGraphNode *node = node_of (event, record);
  g_ptr_array_add (graph->nodes, node);
  for (guint i = 0; i < node->n_outputs; i++)
    g_hash_table_insert (graph->makers, (gpointer) &node->outputs[i].id, GUINT_TO_POINTER (node->id + 1));
  publish (store, graph);
}

void
lk_store_index_graph (LkStore *store, guint64 event, const LkEvent *record)
{
  const LkGraphEvent *payload = (const LkGraphEvent *) (record + 1);
  LkGraphEntry *graph = meet (store, payload->id);
  if (!graph)
    return;
  guint32 name = payload->function ? payload->function : record->subject;
  graph->view.name = lk_store_text (store, name);
  graph->view.finished = TRUE;
  graph->view.event = event;
}

guint
lk_store_n_graphs (LkStore *store)
{
  g_mutex_lock (&store->lock);
  guint n = store->graph_ids->len;
  g_mutex_unlock (&store->lock);
  return n;
}

guint32
lk_store_graph_at (LkStore *store, guint index)
{
  g_mutex_lock (&store->lock);
  guint32 id = index < store->graph_ids->len ? g_array_index (store->graph_ids, guint32, index) : 0;
  g_mutex_unlock (&store->lock);
  return id;
}

gboolean
lk_graph_view_is_fused (const LkGraphView *view)
{
  return strchr (view->name, '+') != NULL;
}

gboolean
lk_store_graph (LkStore *store, guint32 graph, LkGraphView *out)
{
  g_mutex_lock (&store->lock);
  LkGraphEntry *entry = lk_store_graph_entry (store, graph);
  if (entry)
    *out = entry->view;
  g_mutex_unlock (&store->lock);
  return entry != NULL;
}

gint
lk_store_graph_maker (LkStore *store, guint32 graph, guint64 tensor)
{
  g_mutex_lock (&store->lock);
  LkGraphEntry *entry = lk_store_graph_entry (store, graph);
  gint place = entry ? GPOINTER_TO_INT (g_hash_table_lookup (entry->makers, &tensor)) - 1 : -1;
  g_mutex_unlock (&store->lock);
  return place;
}

/* Did this event run the node? The row says no in most cases without a look at the record. */
static gboolean
ran_node (LkStore *store, guint64 event, guint32 call, const LkGraphNode *node, guint32 graph)
{
  const LkRow *row = lk_row_at (store, event);
  if (row->kind != LK_EVENT_OP || row->call != call || row->subject != node->op)
    return FALSE;
  const LkEvent *record = lk_store_peek (store, event);
  return record && lk_op_of (record)->graph == graph && lk_op_of (record)->node == node->id;
}

static gint64
last_run (LkStore *store, LkGraphEntry *graph, const LkGraphNode *node, guint64 at)
{
  for (guint i = graph->runs->len; i-- > 0;)
    {
      guint32 id = g_array_index (graph->runs, guint32, i);
      const LkCallView *call = g_hash_table_lookup (store->calls, GUINT_TO_POINTER (id));
      if (!call || call->begin >= at)
        continue;
      guint64 end = MIN (MIN (call->end, at), store->n_events);
      for (guint64 event = end; event-- > call->begin + 1;)
        if (ran_node (store, event, id, node, graph->view.id))
          return event;
    }
  return -1;
}

gint64
lk_store_node_run (LkStore *store, guint32 graph, guint32 node, guint64 at)
{
  gint64 event = -1;
  g_mutex_lock (&store->lock);
  LkGraphEntry *entry = lk_store_graph_entry (store, graph);
  if (entry && node < entry->nodes->len)
    event = last_run (store, entry, entry->nodes->pdata[node], at);
  g_mutex_unlock (&store->lock);
  return event;
}

/* ---- calls ---- */

static void
begin_call (LkStore *store, guint64 event, const LkEvent *record, const LkCallEvent *payload)
{
  if (payload->id == 0 || g_hash_table_contains (store->calls, GUINT_TO_POINTER (payload->id)))
    return;
  LkCallView *call = g_new0 (LkCallView, 1);
  call->id = payload->id;
  call->kind = payload->kind;
  call->graph = payload->graph;
  call->name = lk_store_text (store, record->subject);
  call->cause = call->kind == LK_CALL_TRACE ? lk_store_text (store, payload->cause) : "";
  call->number = call->kind == LK_CALL_TRACE ? 0 : payload->cause;
  call->begin = event;
  call->end = G_MAXUINT64;
  g_hash_table_insert (store->calls, GUINT_TO_POINTER (call->id), call);
  if (call->kind == LK_CALL_FUNCTION)
    g_hash_table_add (store->functions, (gpointer) call->name);
  if (call->kind == LK_CALL_TRACE)
    {
      store->counts.traces++;
      lk_store_index_trace (store, call);
    }
  LkGraphEntry *graph = meet (store, call->graph);
  if (!graph)
    return;
  if (!*graph->view.name)
    graph->view.name = call->name;
  if (lk_call_kind_runs (call->kind))
    g_array_append_val (graph->runs, call->id);
}

void
lk_store_index_call (LkStore *store, guint64 event, const LkEvent *record)
{
  const LkCallEvent *payload = (const LkCallEvent *) (record + 1);
  if (record->kind == LK_EVENT_CALL)
    {
      begin_call (store, event, record, payload);
      return;
    }
  LkCallView *call = g_hash_table_lookup (store->calls, GUINT_TO_POINTER (payload->id));
  if (!call || call->end != G_MAXUINT64)
    return;
  call->end = event;
  if (call->kind == LK_CALL_LOOP)
    call->number = payload->cause;
  LkSpan span = { call->begin, lk_shown_position (store, call->begin), store->shown->len, call->kind };
  g_array_append_val (store->spans, span);
}

guint
lk_store_n_spans (LkStore *store)
{
  g_mutex_lock (&store->lock);
  guint n = store->spans->len;
  g_mutex_unlock (&store->lock);
  return n;
}

guint
lk_store_spans (LkStore *store, guint first, guint count, LkSpan *out)
{
  g_mutex_lock (&store->lock);
  guint n = first < store->spans->len ? MIN (count, store->spans->len - first) : 0;
  if (n > 0)
    memcpy (out, &g_array_index (store->spans, LkSpan, first), n * sizeof *out);
  g_mutex_unlock (&store->lock);
  return n;
}

gboolean
lk_store_call (LkStore *store, guint32 call, LkCallView *out)
{
  g_mutex_lock (&store->lock);
  const LkCallView *view = g_hash_table_lookup (store->calls, GUINT_TO_POINTER (call));
  if (view)
    *out = *view;
  g_mutex_unlock (&store->lock);
  return view != NULL;
}
