/* SPDX-License-Identifier: MIT */
/* Sessions: running what is asked for, and the variables that a session holds. */
#include <string.h>
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/ops/ops.h"
#include "engine/rewrite/pass.h"
#include "engine/rewrite/selection.h"

#define KEPT 32         /* selections */

struct _LkContainer
{
  GHashTable *variables;  /* name → LkVariable */
  guint off;              /* bit by pass */
};

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

gboolean
lk_container_switch_pass (LkContainer *container, const char *name, gboolean on)
{
  const guint bits = lk_pass_bits (name);
  container->off = on ? container->off & ~bits : container->off | bits;
  return bits != 0;
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

gboolean
lk_container_assign (LkContext *ctx, LkContainer *container, const char *name, const LkShape *shape, LkTensor *value)
{
  gboolean ok;
  lk_context_enter_eager (ctx);
  ok = lk_variable_assign (ctx, lk_container_variable (ctx, container, name, value->dtype, shape), value);
  lk_context_leave (ctx);
  return ok;
}

/* ---- what was run before ---- */

/* How a selection runs. */
struct _LkKept
{
  guint64 *key;
  guint n_key;
  LkPlan *plan;
  LkGraph *graph;         /* of plan: the session's, or what came of rewriting the selection */
  gboolean is_rewritten;  /* and then owned */
};

void
lk_kept_free (gpointer data)
{
  LkKept *kept = data;
  lk_plan_free (kept->plan);
  if (kept->is_rewritten)
    lk_graph_unref (kept->graph);
  g_free (kept->key);
  g_free (kept);
}

static void
key_append (GArray *key, guint64 part)
{
  g_array_append_val (key, part);
}

static GArray *
key_of (const LkSelection *s)
{
  GArray *key = g_array_new (FALSE, FALSE, sizeof (guint64));
  key_append (key, (guint64) s->off << 32 | s->surprising);
  key_append (key, (guint64) s->n_fed << 32 | s->n_fetches);
  for (guint i = 0; i < s->n_fed; i++)
    key_append (key, s->fed[i]->id);
  for (guint i = 0; i < s->n_fetches; i++)
    key_append (key, s->fetches[i]->id);
  for (guint i = 0; i < s->n_targets; i++)
    key_append (key, s->targets[i]->id);
  return key;
}

static LkKept *
kept_new (LkContext *ctx, const LkSelection *s, GArray *key)
{
  LkKept *kept = g_new0 (LkKept, 1);
  kept->n_key = key->len;
  kept->key = (guint64 *) g_array_free (key, FALSE);
  kept->graph = lk_selection_rewrite (ctx, s, &kept->plan);
  kept->is_rewritten = kept->graph != NULL;
  if (kept->is_rewritten)
    return kept;
  kept->graph = s->graph;
  kept->plan = lk_plan_new (s->graph, s->fed, s->n_fed, s->fetches, s->n_fetches, s->targets, s->n_targets, FALSE);
  kept->plan->surprising |= s->surprising;
  return kept;
}

/* It stays right while the graph grows, since nodes are only appended. */
static const LkKept *
find_kept (LkContext *ctx, const LkSelection *s)
{
  g_autoptr (GArray) key = key_of (s);
  GPtrArray *all = s->graph->kept;
  for (guint i = all->len; i-- > 0;)
    {
      const LkKept *kept = g_ptr_array_index (all, i);
      if (kept->n_key == key->len && memcmp (kept->key, key->data, key->len * sizeof (guint64)) == 0)
        return kept;
    }
  LkKept *made = kept_new (ctx, s, g_steal_pointer (&key));
  if (all->len == KEPT)
    g_ptr_array_remove_index (all, 0);
  g_ptr_array_add (all, made);
  return made;
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

/* What is fed is no placeholder, or stands for a tensor that the graph captured, whose value it knows. */
static gboolean
is_surprising (LkTensor *const *fed, guint n_given, guint n_fed)
{
  for (guint i = 0; i < n_fed; i++)
    if (fed[i]->node->op->index != LK_OP_PLACEHOLDER_NODE || (i < n_given && fed[i]->node->capture >= 0))
      return TRUE;
  return FALSE;
}

static void
tell_graph (LkContext *ctx, LkGraph *graph)
{
  if (graph->told == graph->nodes->len)
    return;
  graph->told = graph->nodes->len;
  lk_emit_graph (ctx, graph, graph->name, NULL, 0, NULL, 0);
}

/* Nobody is inside of the graph. */
static gboolean
run_selection (LkContext *ctx, const LkSelection *selection, LkTensor *const *values, LkTensor **results)
{
  const gboolean watched = LK_WATCHED;
  if (watched)
    tell_graph (ctx, selection->graph);
  const LkKept *kept = find_kept (ctx, selection);
  if (watched)
    {
      lk_gate_call (ctx, LK_CALL_SESSION, "Session.run");
      lk_emit_call (ctx, LK_CALL_SESSION, "Session.run", kept->graph, NULL);
    }
  const gboolean ok = lk_plan_run (ctx, kept->plan, values, results);
  if (watched)
    lk_emit_return (ctx);
  return ok;
}

gboolean
lk_graph_run (LkContext *ctx, LkGraph *graph, LkContainer *container, LkTensor *const *feed_to, LkTensor *const *feeds,
              guint n_feeds, LkTensor *const *fetches, guint n_fetches, LkNode *const *targets, guint n_targets,
              LkTensor **results)
{
  g_autoptr (GPtrArray) to = g_ptr_array_new (), values = g_ptr_array_new ();
  LkContainer *outer = ctx->container;
  for (guint i = 0; i < n_fetches; i++)
    results[i] = NULL;
  if (!check_run (ctx, graph, feed_to, feeds, n_feeds, fetches, n_fetches))
    return FALSE;
  if (container == NULL)
    container = graph->container != NULL ? graph->container : (graph->container = lk_container_new ());
  collect_feeds (graph, feed_to, feeds, n_feeds, to, values);
  const LkSelection selection = { graph, (LkTensor **) to->pdata, fetches, to->len, n_fetches, targets, n_targets,
                                  is_surprising ((LkTensor **) to->pdata, n_feeds, to->len), container->off };
  /* The program may be inside of the graph, adding to it; the run is not. */
  lk_context_enter_eager (ctx);
  ctx->container = container;
  const gboolean ok = run_selection (ctx, &selection, (LkTensor **) values->pdata, results);
  ctx->container = outer;
  lk_context_leave (ctx);
  return ok;
}
