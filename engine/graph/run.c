/* SPDX-License-Identifier: MIT */
/* Sessions: running what is asked for, and the variables that a session holds. */
#include <string.h>
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/plan.h"

#define KEPT_PLANS 32

struct _LkContainer { GHashTable *variables; };       /* name → LkVariable */

LkContainer *
lk_container_new (void)
{
  LkContainer *container = g_new0 (LkContainer, 1);
  container->variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) lk_variable_unref);
  return container;
}

void
lk_container_free (LkContainer *container)
{
  if (container == NULL)
    return;
  g_hash_table_unref (container->variables);
  g_free (container);
}

LkVariable *
lk_container_variable (LkContext *ctx, LkContainer *container, const char *name, LkDType dtype, const LkShape *shape)
{
  LkVariable *variable = g_hash_table_lookup (container->variables, name);
  if (variable == NULL)
    {
      variable = lk_variable_new (ctx, name, dtype, shape, NULL, TRUE);
      g_hash_table_insert (container->variables, g_strdup (name), variable);
    }
  return variable;
}

/* ---- plans ---- */

static void
key_append (GArray *key, guint64 part)
{
  g_array_append_val (key, part);
}

/* Plans stay right while a graph grows, since nodes are only appended. */
static LkPlan *
find_plan (LkGraph *graph, LkTensor *const *fed, guint n_fed, LkTensor *const *fetches, guint n_fetches,
           LkNode *const *targets, guint n_targets)
{
  g_autoptr (GArray) key = g_array_new (FALSE, FALSE, sizeof (guint64));
  LkPlan *plan;
  key_append (key, n_fed);
  key_append (key, n_fetches);
  for (guint i = 0; i < n_fed; i++)
    key_append (key, fed[i]->id);
  for (guint i = 0; i < n_fetches; i++)
    key_append (key, fetches[i]->id);
  for (guint i = 0; i < n_targets; i++)
    key_append (key, targets[i]->id);
  for (guint i = 0; i < graph->plans->len; i++)
    {
      plan = g_ptr_array_index (graph->plans, i);
      if (plan->n_key == key->len && memcmp (plan->key, key->data, key->len * sizeof (guint64)) == 0)
        return plan;
    }
  plan = lk_plan_new (graph, fed, n_fed, fetches, n_fetches, targets, n_targets, FALSE);
  plan->n_key = key->len;
  plan->key = (guint64 *) g_array_free (g_steal_pointer (&key), FALSE);
  if (graph->plans->len == KEPT_PLANS)
    g_ptr_array_remove_index (graph->plans, 0);
  g_ptr_array_add (graph->plans, plan);
  return plan;
}

/* ---- runs ---- */

static gboolean
check_feed (LkContext *ctx, const LkTensor *to, const LkTensor *value)
{
  if (value == NULL || value->node != NULL)
    {
      lk_context_fail (ctx, LK_INVALID_ARGUMENT, "Only a value can be fed to '%s:%u'", to->node->name, to->output);
      return FALSE;
    }
  if (to->dtype != value->dtype)
    {
      lk_context_fail (ctx, LK_INVALID_ARGUMENT, "Cannot feed a %s value for Tensor '%s:%u', which is %s",
                       lk_dtype_name (value->dtype), to->node->name, to->output, lk_dtype_name (to->dtype));
      return FALSE;
    }
  if (!lk_shape_compatible (&to->shape, &value->shape))
    {
      g_autofree char *given = lk_shape_python (&value->shape), *wanted = lk_shape_python (&to->shape);
      lk_context_fail (ctx, LK_INVALID_ARGUMENT, "Cannot feed value of shape %s for Tensor '%s:%u', which has shape '%s'",
                       given, to->node->name, to->output, wanted);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_member (LkContext *ctx, const LkGraph *graph, const LkTensor *tensor)
{
  if (tensor != NULL && tensor->node != NULL && tensor->node->graph == graph)
    return TRUE;
  lk_context_fail (ctx, LK_INVALID_ARGUMENT, "%s is not an element of this graph",
                   tensor != NULL && tensor->node != NULL ? tensor->node->name : "A value");
  return FALSE;
}

static gboolean
check_run (LkContext *ctx, LkGraph *graph, LkTensor *const *feed_to, LkTensor *const *feeds, guint n_feeds,
           LkTensor *const *fetches, guint n_fetches)
{
  if (ctx->error != NULL)
    return FALSE;
  for (guint i = 0; i < n_feeds; i++)
    if (!check_member (ctx, graph, feed_to[i]) || !check_feed (ctx, feed_to[i], feeds[i]))
      return FALSE;
  for (guint i = 0; i < n_fetches; i++)
    if (!check_member (ctx, graph, fetches[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_fed (LkTensor *const *feed_to, guint n, const LkTensor *tensor)
{
  for (guint i = 0; i < n; i++)
    if (feed_to[i] == tensor)
      return TRUE;
  return FALSE;
}

/* What the program feeds and, unless it feeds that too, what the graph captured. */
static void
collect_feeds (const LkGraph *graph, LkTensor *const *feed_to, LkTensor *const *feeds, guint n_feeds, GPtrArray *to,
               GPtrArray *values)
{
  for (guint i = 0; i < n_feeds; i++)
    {
      g_ptr_array_add (to, feed_to[i]);
      g_ptr_array_add (values, feeds[i]);
    }
  for (guint i = 0; i < graph->captures->len; i++)
    {
      const LkCapture *capture = &g_array_index (graph->captures, LkCapture, i);
      if (is_fed (feed_to, n_feeds, capture->inner))
        continue;
      g_ptr_array_add (to, capture->inner);
      g_ptr_array_add (values, capture->outer);
    }
}

static void
tell_run (LkContext *ctx, LkGraph *graph)
{
  if (graph->told != graph->nodes->len)
    {
      graph->told = graph->nodes->len;
      lk_emit_graph (ctx, graph, graph->name, NULL, 0, NULL, 0);
    }
  lk_gate_call (ctx, LK_CALL_SESSION, "Session.run");
  lk_emit_call (ctx, LK_CALL_SESSION, "Session.run", graph, NULL);
}

gboolean
lk_graph_run (LkContext *ctx, LkGraph *graph, LkContainer *container, LkTensor *const *feed_to, LkTensor *const *feeds,
              guint n_feeds, LkTensor *const *fetches, guint n_fetches, LkNode *const *targets, guint n_targets,
              LkTensor **results)
{
  g_autoptr (GPtrArray) to = g_ptr_array_new (), values = g_ptr_array_new ();
  LkContainer *outer = ctx->container;
  LkPlan *plan;
  gboolean ok, watched = LK_WATCHED;
  for (guint i = 0; i < n_fetches; i++)
    results[i] = NULL;
  if (!check_run (ctx, graph, feed_to, feeds, n_feeds, fetches, n_fetches))
    return FALSE;
  if (container == NULL)
    container = graph->container != NULL ? graph->container : (graph->container = lk_container_new ());
  collect_feeds (graph, feed_to, feeds, n_feeds, to, values);
  plan = find_plan (graph, (LkTensor **) to->pdata, to->len, fetches, n_fetches, targets, n_targets);
  for (guint i = 0; i < n_feeds; i++)
    plan->surprising |= feed_to[i]->node->capture >= 0;
  /* The program may be inside of the graph, adding to it; the run is not. */
  lk_context_enter_eager (ctx);
  ctx->container = container;
  if (watched)
    tell_run (ctx, graph);
  ok = lk_plan_run (ctx, plan, (LkTensor **) values->pdata, results);
  if (watched)
    lk_emit_return (ctx);
  ctx->container = outer;
  lk_context_leave (ctx);
  return ok;
}
