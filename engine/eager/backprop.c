/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "engine/eager/backprop.h"
#include "engine/core/idmap.h"
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/ops/block.h"
#include "engine/ops/slices.h"

#define FEW 8       /* inputs whose gradients fit on the stack of a rule */

typedef struct
{
  LkContext *ctx;
  LkIdMap reached;        /* ids of tensors that depend on a source */
  LkIdMap gradients;      /* id → LkTensor, owned: what is known of d/d(tensor) so far */
  LkIdMap sources;        /* id → LkTensor, owned: the whole gradient of a source that is an op's output */
  LkIdMap stops;          /* ids of tensors through which nothing flows */
  gboolean slices;        /* results may be */
  LkIdMap slim;           /* ids of tensors whose gradients may: sources, and what is the same as one */
  const char *scope;      /* that gradients' nodes are named in; NULL when eager */
} Pass;

static void
map_clear_tensors (LkIdMap *map)
{
  for (guint i = 0; i < map->size; i++)
    lk_tensor_unref (map->entries[i].value);
  lk_id_map_clear (map);
}

static gboolean
can_have_gradient (const LkTensor *tensor)
{
  return lk_dtype_has_gradient (tensor->dtype) || tensor->dtype == LK_RESOURCE;
}

LkTensor *
lk_gradients_add (LkContext *ctx, LkTensor *a, LkTensor *b)
{
  if (lk_is_slices (a) && lk_is_slices (b))
    return lk_slices_add (a, b);
  g_autoptr (LkTensor) x = lk_is_slices (a) ? lk_slices_dense (ctx, a) : lk_tensor_ref (a);
  g_autoptr (LkTensor) y = lk_is_slices (b) ? lk_slices_dense (ctx, b) : lk_tensor_ref (b);
  if (x != NULL && x->dtype == LK_VARIANT)
    return lk_tensor_list_add (ctx, x, y, LK_FLOAT32);
  return lk_add (ctx, x, y);
}

static void
accumulate (Pass *pass, const LkTensor *tensor, LkTensor *gradient)
{
  LkIdEntry *entry = lk_id_map_add (&pass->gradients, tensor->id);
  LkTensor *before = entry->value;
  if (before == NULL)
    {
      entry->value = gradient;
      return;
    }
  LkTensor *sum = lk_gradients_add (pass->ctx, before, gradient);
  lk_tensor_unref (before);
  lk_tensor_unref (gradient);
  lk_id_map_add (&pass->gradients, tensor->id)->value = sum;
}

/* ---- before ---- */

/* Gives what it takes, so that a gradient goes through it as it is. */
static gboolean
is_same (const LkRecord *record)
{
  return record->op->index == LK_OP_IDENTITY || record->op->index == LK_OP_READ_VARIABLE;
}

static void
note_slim (Pass *pass, const LkRecord *record)
{
  if (pass->slices && is_same (record) && lk_id_map_has (&pass->slim, record->inputs[0]->id))
    lk_id_map_add (&pass->slim, record->outputs[0]->id);
}

static void
find_reached (Pass *pass, LkRecord *const *records, guint n, LkTensor *const *sources, guint n_sources)
{
  for (guint i = 0; i < n_sources; i++)
    {
      lk_id_map_add (&pass->reached, sources[i]->id);
      lk_id_map_add (&pass->sources, sources[i]->id);
      if (pass->slices)
        lk_id_map_add (&pass->slim, sources[i]->id);
    }
  for (guint i = 0; i < n; i++)
    {
      gboolean reached = FALSE;
      for (guint j = 0; j < records[i]->n_inputs && !reached; j++)
        reached = can_have_gradient (records[i]->inputs[j]) && lk_id_map_has (&pass->reached, records[i]->inputs[j]->id);
      for (guint j = 0; reached && j < records[i]->n_outputs; j++)
        lk_id_map_add (&pass->reached, records[i]->outputs[j]->id);
      note_slim (pass, records[i]);
    }
}

static void
seed_targets (Pass *pass, LkTensor *const *targets, LkTensor *const *seeds, guint n)
{
  for (guint i = 0; i < n; i++)
    if (lk_dtype_has_gradient (targets[i]->dtype) && lk_id_map_has (&pass->reached, targets[i]->id))
      {
        LkTensor *seed = seeds != NULL && seeds[i] != NULL ? lk_tensor_ref (seeds[i]) : lk_ones_like (pass->ctx, targets[i]);
        if (seed != NULL)
          accumulate (pass, targets[i], seed);
      }
}

/* ---- one record ---- */

/* Takes what is known of the outputs' gradients. FALSE when it is nothing. */
static gboolean
take_gradients (Pass *pass, const LkRecord *record, LkTensor **dy)
{
  gboolean some = FALSE;
  for (guint i = 0; i < record->n_outputs; i++)
    {
      guint64 id = record->outputs[i]->id;
      LkIdEntry *entry = lk_id_map_find (&pass->gradients, id), *source = lk_id_map_find (&pass->sources, id);
      dy[i] = entry != NULL ? g_steal_pointer (&entry->value) : NULL;
      if (source != NULL && dy[i] != NULL)
        {
          lk_tensor_unref (source->value);
          source->value = lk_tensor_ref (dy[i]);
        }
      if (dy[i] != NULL && lk_id_map_has (&pass->stops, id))
        g_clear_pointer (&dy[i], lk_tensor_unref);
      some |= dy[i] != NULL;
    }
  return some;
}

/* Gradients are named after what they are the gradients of, as TensorFlow's are: those of the nodes in "dense" are in
   "gradient_tape/dense", so that a picture can fold them. */
static void
push_scope (const Pass *pass, const LkRecord *record)
{
  const LkNode *node = record->n_outputs > 0 ? record->outputs[0]->node : NULL;
  const char *name = node != NULL ? node->name : "", *end = strrchr (name, '/');
  g_autofree char *scope = g_strdup_printf ("%s/%.*s", pass->scope, end != NULL ? (int) (end - name + 1) : 0, name);
  lk_graph_push_scope (pass->ctx->frame->graph, scope);
}

static void
apply_rule (Pass *pass, const LkRecord *record, LkTensor *const *dy)
{
  LkContext *ctx = pass->ctx;
  guint n = record->n_inputs;
  LkTensor *few[FEW] = { NULL }, **dx = n <= FEW ? few : g_new0 (LkTensor *, n);
  gboolean few_wanted[FEW], *wanted = n <= FEW ? few_wanted : g_new (gboolean, n);
  gboolean few_slim[FEW], *slim = n <= FEW ? few_slim : g_new (gboolean, n);
  const gboolean *outer = ctx->wanted, *outer_slim = ctx->slim;
  LkCall call = { ctx, record->op, n, record->inputs, record->attrs, record->n_outputs, record->outputs };
  for (guint i = 0; i < n; i++)
    wanted[i] = can_have_gradient (record->inputs[i]) && lk_id_map_has (&pass->reached, record->inputs[i]->id);
  for (guint i = 0; pass->slices && i < n; i++)
    slim[i] = lk_id_map_has (&pass->slim, record->inputs[i]->id);
  ctx->wanted = wanted;
  ctx->slim = pass->slices ? slim : NULL;
  if (pass->scope != NULL)
    push_scope (pass, record);
  lk_call_gradient (&call, dy, dx);
  if (pass->scope != NULL)
    lk_graph_pop_scope (ctx->frame->graph);
  ctx->wanted = outer;
  ctx->slim = outer_slim;
  for (guint i = 0; i < n; i++)
    if (wanted[i] && dx[i] != NULL)
      accumulate (pass, record->inputs[i], dx[i]);
    else
      lk_tensor_unref (dx[i]);
  if (n > FEW)
    {
      g_free (wanted);
      g_free (slim);
      g_free (dx);
    }
}

/* Hands slices on, or makes rows of zeros between them for a rule that knows none. TRUE when nothing is left to do. */
static gboolean
take_slices (Pass *pass, const LkRecord *record, LkTensor **dy)
{
  if (is_same (record) && lk_is_slices (dy[0]))
    {
      if (lk_id_map_has (&pass->reached, record->inputs[0]->id))
        accumulate (pass, record->inputs[0], g_steal_pointer (&dy[0]));
      return TRUE;
    }
  for (guint i = 0; i < record->n_outputs; i++)
    if (lk_is_slices (dy[i]))
      {
        g_autoptr (LkTensor) slices = dy[i];
        dy[i] = lk_slices_dense (pass->ctx, slices);
      }
  return pass->ctx->error != NULL;
}

static void
go_back (Pass *pass, const LkRecord *record)
{
  LkTensor **dy = g_newa (LkTensor *, record->n_outputs + 1);
  gboolean reached = FALSE;
  for (guint i = 0; i < record->n_outputs && !reached; i++)
    reached = lk_id_map_has (&pass->reached, record->outputs[i]->id);
  if (!reached || !take_gradients (pass, record, dy))
    return;
  const LkCall call = { .op = record->op, .n_outputs = record->n_outputs, .outputs = record->outputs };
  if (record->n_inputs > 0 && (!pass->slices || !take_slices (pass, record, dy)) && lk_call_has_gradient (&call))
    apply_rule (pass, record, dy);
  for (guint i = 0; i < record->n_outputs; i++)
    lk_tensor_unref (dy[i]);
}

/* ---- the pass ---- */

static LkTensor *
result_of (Pass *pass, const LkTensor *source)
{
  LkIdEntry *whole = lk_id_map_find (&pass->sources, source->id);
  LkIdEntry *rest = lk_id_map_find (&pass->gradients, source->id);
  if (rest != NULL && rest->value != NULL)
    return lk_tensor_ref (rest->value);
  return lk_tensor_ref (whole->value);
}

static gboolean
run_pass (LkContext *ctx, gboolean slices, LkRecord *const *records, guint n_records, LkTensor *const *targets,
          LkTensor *const *seeds, guint n_targets, LkTensor *const *sources, guint n_sources,
          LkTensor *const *stops, guint n_stops, LkTensor **results)
{
  Pass pass = { ctx, .slices = slices };
  g_autofree char *scope = ctx->frame->graph != NULL ? g_strdup (lk_graph_scope (ctx->frame->graph)) : NULL;
  pass.scope = scope != NULL && *scope == '\0' ? "gradient_tape" : scope;
  ctx->backward++;
  for (guint i = 0; i < n_stops; i++)
    lk_id_map_add (&pass.stops, stops[i]->id);
  find_reached (&pass, records, n_records, sources, n_sources);
  if (scope != NULL)
    {
      g_autofree char *exact = g_strconcat (pass.scope, "/", NULL);
      lk_graph_push_scope (ctx->frame->graph, exact);
    }
  seed_targets (&pass, targets, seeds, n_targets);
  if (scope != NULL)
    lk_graph_pop_scope (ctx->frame->graph);
  for (guint i = n_records; i-- > 0 && ctx->error == NULL;)
    go_back (&pass, records[i]);
  for (guint i = 0; i < n_sources; i++)
    results[i] = ctx->error == NULL ? result_of (&pass, sources[i]) : NULL;
  lk_id_map_clear (&pass.reached);
  lk_id_map_clear (&pass.stops);
  lk_id_map_clear (&pass.slim);
  map_clear_tensors (&pass.gradients);
  map_clear_tensors (&pass.sources);
  ctx->backward--;
  return ctx->error == NULL;
}

gboolean
lk_backprop (LkContext *ctx, LkRecord *const *records, guint n_records, LkTensor *const *targets,
             LkTensor *const *seeds, guint n_targets, LkTensor *const *sources, guint n_sources,
             LkTensor *const *stops, guint n_stops, LkTensor **results)
{
  return run_pass (ctx, FALSE, records, n_records, targets, seeds, n_targets, sources, n_sources, stops, n_stops, results);
}

gboolean
lk_backprop_slices (LkContext *ctx, LkRecord *const *records, guint n_records, LkTensor *const *targets,
                    LkTensor *const *seeds, guint n_targets, LkTensor *const *sources, guint n_sources,
                    LkTensor *const *stops, guint n_stops, LkTensor **results)
{
  return run_pass (ctx, TRUE, records, n_records, targets, seeds, n_targets, sources, n_sources, stops, n_stops, results);
}

static void
record_free (gpointer data)
{
  g_free (*(LkRecord **) data);
}

GArray *
lk_records_of_graph (LkGraph *graph)
{
  GArray *records = g_array_new (FALSE, FALSE, sizeof (LkRecord *));
  g_array_set_clear_func (records, record_free);
  for (guint i = 0; i < lk_graph_n_nodes (graph); i++)
    {
      const LkNode *node = lk_graph_node (graph, i);
      LkRecord record = { node->op, node->n_inputs, node->n_outputs, node->inputs, node->outputs, node->attrs };
      LkRecord *copy = g_memdup2 (&record, sizeof record);
      g_array_append_val (records, copy);
    }
  return records;
}

/* ---- losses ---- */

/* "loss" for the first place in the program that asks for gradients, "loss_1" for the next, … */
static const char *
loss_tag (LkContext *ctx)
{
  static GMutex lock;
  static GHashTable *tags;
  const char *file = NULL, *tag;
  g_autofree char *place = NULL;
  int line = 0;
  lk_stream_site_get (lk_context_stack (ctx), NULL, &file, NULL, &line);
  place = g_strdup_printf ("%s:%d", file != NULL ? file : "", line);
  g_mutex_lock (&lock);
  if (tags == NULL)
    tags = g_hash_table_new (g_str_hash, g_str_equal);
  tag = g_hash_table_lookup (tags, place);
  if (tag == NULL)
    {
      guint n = g_hash_table_size (tags);
      tag = n == 0 ? "loss" : g_strdup_printf ("loss_%u", n);
      g_hash_table_insert (tags, g_steal_pointer (&place), (gpointer) tag);
    }
  g_mutex_unlock (&lock);
  return tag;
}

void
lk_log_loss (LkContext *ctx, LkTensor *target)
{
  if (target->shape.rank != 0 || !lk_dtype_is_floating (target->dtype))
    return;
  if (target->node != NULL)
    {
      target->node->flags |= LK_NODE_LOSS;
      target->node->loss = loss_tag (ctx);
      return;
    }
  if (LK_WATCHED)
    lk_emit_scalar (ctx, LK_SCALAR_LOSS, loss_tag (ctx), -1, lk_tensor_double_at (target, 0), target->id);
}
