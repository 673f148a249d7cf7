/* SPDX-License-Identifier: MIT */
#include "engine/eager/tape.h"
#include <stddef.h>
#include "engine/core/idmap.h"
#include "engine/eager/backprop.h"
#include "engine/eager/dispatch.h"
#include "engine/eager/forward.h"
#include "engine/graph/build.h"
#include "engine/ops/block.h"

#define CHUNK 4000

typedef struct _LkChunk LkChunk;

struct _LkTape
{
  LkContext *ctx;
  LkFrame *frame;         /* where it records; NULL while it does not */
  LkTape *outer;
  LkGraph *graph;         /* of what it recorded; NULL when that ran */
  gboolean persistent, watch_variables, first_only;
  LkForward *forward;     /* what it does instead of recording; NULL in a tape proper */
  guint paused;           /* > 0: sees nothing for the moment */
  gboolean used;          /* not persistent, and its gradients were taken */
  LkIdMap watched;        /* ids of what is watched and of what depends on it */
  GPtrArray *records;     /* LkRecord, in chunks */
  LkChunk *chunks;        /* the one that is being filled first */
  GPtrArray *variables;   /* handles, in order of first use */
};

static void
tensors_unref (LkTensor **tensors, guint n)
{
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (tensors[i]);
}

/* ---- memory ---- */

/* Records lie one behind the other in chunks, so that recording allocates nothing most of the time. */
struct _LkChunk
{
  LkChunk *next;
  gsize size, used;
  max_align_t data[];
};

static gpointer
tape_take (LkTape *tape, gsize size)
{
  LkChunk *chunk = tape->chunks;
  size = (size + sizeof (max_align_t) - 1) / sizeof (max_align_t) * sizeof (max_align_t);
  if (G_UNLIKELY (chunk == NULL || chunk->size - chunk->used < size))
    {
      gsize room = MAX (size, CHUNK);
      chunk = g_malloc (sizeof *chunk + room);
      *chunk = (LkChunk) { .next = tape->chunks, .size = room };
      tape->chunks = chunk;
    }
  gpointer taken = (char *) chunk->data + chunk->used;
  chunk->used += size;
  return taken;
}

/* One piece holds the record, its tensors and its attributes. */
static LkRecord *
record_new (LkTape *tape, const LkCall *call)
{
  const guint n = call->n_inputs + call->n_outputs, n_attrs = call->op->n_attrs;
  LkRecord *record = tape_take (tape, sizeof *record + n * sizeof (LkTensor *) + n_attrs * sizeof (LkAttr));
  record->op = call->op;
  record->grown = FALSE;
  record->n_inputs = call->n_inputs;
  record->n_outputs = call->n_outputs;
  record->inputs = (LkTensor **) (record + 1);
  record->outputs = record->inputs + call->n_inputs;
  for (guint i = 0; i < call->n_inputs; i++)
    record->inputs[i] = lk_tensor_ref (call->inputs[i]);
  for (guint i = 0; i < call->n_outputs; i++)
    record->outputs[i] = lk_tensor_ref (call->outputs[i]);
  record->attrs = (LkAttr *) (record->inputs + n);
  lk_attrs_init (call->op, record->attrs, call->attrs);
  return record;
}

static void
record_clear (LkRecord *record)
{
  tensors_unref (record->inputs, record->n_inputs);
  tensors_unref (record->outputs, record->n_outputs);
  lk_attrs_clear (record->op, record->attrs);
  if (record->grown)
    g_free (record->outputs);
}

static void
tape_drop_records (LkTape *tape)
{
  for (guint i = 0; i < tape->records->len; i++)
    record_clear (g_ptr_array_index (tape->records, i));
  g_ptr_array_set_size (tape->records, 0);
  while (tape->chunks != NULL)
    {
      LkChunk *next = tape->chunks->next;
      g_free (tape->chunks);
      tape->chunks = next;
    }
}

void
lk_tape_take_first_only (LkTape *tape)
{
  tape->first_only = TRUE;
}

LkTape *
lk_tape_new (LkContext *ctx, gboolean persistent, gboolean watch_variables)
{
  LkTape *tape = g_new0 (LkTape, 1);
  tape->ctx = ctx;
  tape->persistent = persistent;
  tape->watch_variables = watch_variables;
  tape->records = g_ptr_array_new ();
  tape->variables = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  return tape;
}

void
lk_tape_free (LkTape *tape)
{
  if (tape == NULL)
    return;
  lk_tape_stop (tape);
  lk_id_map_clear (&tape->watched);
  tape_drop_records (tape);
  g_ptr_array_unref (tape->records);
  g_ptr_array_unref (tape->variables);
  lk_graph_unref (tape->graph);
  g_free (tape);
}

LkTape *
lk_tape_new_forward (LkContext *ctx, LkForward *forward)
{
  LkTape *tape = lk_tape_new (ctx, TRUE, FALSE);
  tape->forward = forward;
  return tape;
}

LkContext *
lk_tape_context (LkTape *tape)
{
  return tape->ctx;
}

void
lk_tape_start (LkTape *tape)
{
  if (tape->frame != NULL)
    return;
  tape->frame = tape->ctx->frame;
  if (tape->frame->graph != tape->graph)
    {
      lk_graph_unref (tape->graph);
      tape->graph = tape->frame->graph != NULL ? lk_graph_ref (tape->frame->graph) : NULL;
    }
  tape->outer = tape->frame->tapes;
  tape->frame->tapes = tape;
}

void
lk_tape_stop (LkTape *tape)
{
  if (tape->frame == NULL)
    return;
  for (LkTape **place = &tape->frame->tapes; *place != NULL; place = &(*place)->outer)
    if (*place == tape)
      {
        *place = tape->outer;
        break;
      }
  tape->frame = NULL;
}

void
lk_tapes_forget_frame (LkFrame *frame)
{
  while (frame->tapes != NULL)
    lk_tape_stop (frame->tapes);
}

void
lk_tape_forget (LkTape *tape)
{
  lk_id_map_clear (&tape->watched);
  tape_drop_records (tape);
}

void
lk_tape_reset (LkTape *tape)
{
  lk_tape_forget (tape);
  g_ptr_array_set_size (tape->variables, 0);
  tape->used = FALSE;
}

/* ---- watching ---- */

static void
watch_variable (LkTape *tape, LkTensor *handle)
{
  LkTensor *root = lk_graph_root (handle);
  if (!lk_id_map_has (&tape->watched, handle->id))
    lk_id_map_add (&tape->watched, handle->id);
  for (guint i = 0; i < tape->variables->len; i++)
    if (g_ptr_array_index (tape->variables, i) == root)
      return;
  g_ptr_array_add (tape->variables, lk_tensor_ref (root));
}

void
lk_tape_watch (LkTape *tape, LkTensor *tensor)
{
  LkContext *ctx = tape->ctx;
  if (ctx->frame->graph != NULL && (tensor = lk_graph_bring (ctx, tensor)) == NULL)
    return;
  if (tensor->dtype == LK_RESOURCE)
    watch_variable (tape, tensor);
  else
    lk_id_map_add (&tape->watched, tensor->id);
}

gboolean
lk_tape_watches (LkTape *tape, const LkTensor *tensor)
{
  if (tape->ctx->frame->graph != NULL)
    tensor = lk_graph_brought (tape->ctx->frame->graph, (LkTensor *) tensor);
  return lk_id_map_has (&tape->watched, tensor->id);
}

GPtrArray *
lk_tape_watched_variables (LkTape *tape)
{
  GPtrArray *handles = g_ptr_array_new ();
  for (guint i = 0; i < tape->variables->len; i++)
    g_ptr_array_add (handles, g_ptr_array_index (tape->variables, i));
  return handles;
}

gboolean
lk_tapes_follow (const LkFrame *frame, const LkTensor *tensor)
{
  for (; frame != NULL; frame = frame->outer)
    for (LkTape *tape = frame->tapes; tape != NULL; tape = tape->outer)
      if (lk_id_map_has (&tape->watched, tensor->id))
        return TRUE;
  return FALSE;
}

/* ---- recording ---- */

static gboolean
is_new_variable (const LkTape *tape, LkTensor *tensor)
{
  LkVariable *variable;
  return tape->watch_variables && tensor->dtype == LK_RESOURCE && (variable = lk_variable_of (tensor)) != NULL
         && variable->trainable && lk_dtype_is_floating (variable->dtype);
}

/* An integer is never differentiated, even if it came from something that is. */
static gboolean
depends_on (const LkTape *tape, LkTensor *tensor)
{
  return (lk_dtype_has_gradient (tensor->dtype) || tensor->dtype == LK_RESOURCE)
         && lk_id_map_has (&tape->watched, tensor->id);
}

/* Reading a variable, or calling a function that may read it, makes it watched. */
static gboolean
call_is_followed (LkTape *tape, LkTensor *const *inputs, guint n, gboolean reads)
{
  gboolean followed = FALSE;
  if (tape->paused > 0)
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      if (depends_on (tape, inputs[i]))
        followed = TRUE;
      else if (reads && is_new_variable (tape, inputs[i]))
        {
          watch_variable (tape, inputs[i]);
          followed = TRUE;
        }
    }
  return followed;
}

/* Accumulators from the outermost on: what an inner one computes is seen by the outer ones, which have to know of this
   call by then. Meanwhile it and those inside of it see nothing. */
static void
go_forward (LkContext *ctx, const LkCall *call, LkTape *tape)
{
  if (tape == NULL)
    return;
  go_forward (ctx, call, tape->outer);
  if (tape->forward == NULL || !call_is_followed (tape, call->inputs, call->n_inputs, FALSE))
    return;
  for (LkTape *inner = ctx->frame->tapes; inner != tape->outer; inner = inner->outer)
    if (inner->forward != NULL)
      inner->paused++;
  lk_forward_call (tape->forward, call);
  for (LkTape *inner = ctx->frame->tapes; inner != tape->outer; inner = inner->outer)
    if (inner->forward != NULL)
      inner->paused--;
}

static gboolean
op_reads (const LkOp *op)
{
  return op->index == LK_OP_READ_VARIABLE || op->index == LK_OP_RESOURCE_GATHER || op->index == LK_OP_RESOURCE_GATHER_ND
         || lk_op_calls (op);
}

void
lk_tapes_record (LkContext *ctx, const LkCall *call)
{
  if (!lk_call_has_gradient (call))
    return;
  gboolean forward = FALSE;
  for (LkTape *tape = ctx->frame->tapes; tape != NULL; tape = tape->outer)
    {
      if (!call_is_followed (tape, call->inputs, call->n_inputs, op_reads (call->op)))
        continue;
      if (tape->forward != NULL)
        {
          forward = TRUE;
          continue;
        }
      g_ptr_array_add (tape->records, record_new (tape, call));
      for (guint i = 0; i < call->n_outputs; i++)
        if (lk_dtype_has_gradient (call->outputs[i]->dtype))
          lk_id_map_add (&tape->watched, call->outputs[i]->id);
    }
  if (forward)
    go_forward (ctx, call, ctx->frame->tapes);
}

void
lk_tapes_note_widened (LkContext *ctx, const LkNode *node, guint more)
{
  for (LkFrame *frame = ctx->frame; frame != NULL; frame = frame->outer)
    for (LkTape *tape = frame->tapes; tape != NULL; tape = tape->outer)
      {
        gboolean followed = FALSE;
        for (guint i = 0; i < node->n_inputs && !followed; i++)
          followed = depends_on (tape, node->inputs[i]);
        for (guint i = node->n_outputs - more; followed && i < node->n_outputs; i++)
          if (lk_dtype_has_gradient (node->outputs[i]->dtype))
            lk_id_map_add (&tape->watched, node->outputs[i]->id);
      }
}

/* A node may have got outputs since its call was recorded. */
static void
record_grow (LkRecord *record)
{
  const LkNode *node = record->n_outputs > 0 ? record->outputs[0]->node : NULL;
  LkTensor **outputs;
  if (node == NULL || node->n_outputs <= record->n_outputs || !lk_op_calls (record->op))
    return;
  outputs = g_new (LkTensor *, node->n_outputs);
  for (guint i = 0; i < node->n_outputs; i++)
    outputs[i] = lk_tensor_ref (node->outputs[i]);
  tensors_unref (record->outputs, record->n_outputs);
  if (record->grown)
    g_free (record->outputs);
  record->outputs = outputs;
  record->n_outputs = node->n_outputs;
  record->grown = TRUE;
}

gboolean
lk_tapes_would_record (LkContext *ctx, LkTensor *const *inputs, guint n, gboolean *deep)
{
  LkGraph *graph = ctx->frame->graph;
  LkTensor **inner = g_newa (LkTensor *, n + 1);
  guint followers = 0;
  *deep = graph != NULL;      /* the graph may itself be differentiated later */
  for (guint i = 0; i < n; i++)
    if ((inner[i] = inputs[i]) == NULL || (graph != NULL && (inner[i] = lk_graph_bring (ctx, inputs[i])) == NULL))
      return FALSE;
  for (LkTape *tape = ctx->frame->tapes; tape != NULL; tape = tape->outer)
    if (call_is_followed (tape, inner, n, TRUE))
      {
        *deep |= (tape->persistent && !tape->first_only) || tape->forward != NULL || followers > 0;
        followers++;
      }
  return followers > 0;
}

/* ---- gradients ---- */

/* The tensors as the tape knows them: what a graph inside of the tape's has captured is what it stands for, and what the
   tape's graph has captured is what stands for it. */
static LkTensor **
localize (const LkTape *tape, LkTensor *const *tensors, guint n)
{
  LkTensor **local = g_new (LkTensor *, n);
  for (guint i = 0; i < n; i++)
    {
      LkTensor *tensor = tensors[i];
      while (tensor->node != NULL && tensor->node->graph != tape->graph && lk_graph_capture_index (tensor) >= 0)
        lk_graph_capture_at (tensor->node->graph, lk_graph_capture_index (tensor), &tensor, &local[i]);
      local[i] = tape->graph != NULL ? lk_graph_brought (tape->graph, tensor) : tensor;
    }
  return local;
}

static void
fill_zeros (LkContext *ctx, LkTensor *const *sources, guint n, LkTensor **results)
{
  for (guint i = 0; i < n; i++)
    if (results[i] == NULL && sources[i]->dtype == LK_RESOURCE)
      {
        LkVariable *variable = lk_variable_of (sources[i]);
        g_autoptr (LkTensor) value = lk_read_variable (ctx, sources[i], variable->dtype);
        results[i] = lk_zeros_like (ctx, value);
      }
    else if (results[i] == NULL)
      results[i] = lk_zeros_like (ctx, sources[i]);
}

typedef typeof (lk_backprop) Backprop;

static gboolean
take_gradient (LkTape *tape, Backprop *backprop, LkTensor *const *targets, guint n_targets, LkTensor *const *seeds,
               LkTensor *const *sources, guint n_sources, LkUnconnected unconnected, LkTensor **results)
{
  LkContext *ctx = tape->ctx;
  g_autofree LkTensor **local_targets = localize (tape, targets, n_targets);
  g_autofree LkTensor **local_sources = localize (tape, sources, n_sources);
  /* A tape that still records grows while its gradients are computed. */
  guint n_records = tape->records->len;
  for (guint i = 0; i < n_records; i++)
    record_grow (g_ptr_array_index (tape->records, i));
  g_autofree LkRecord **records = g_memdup2 (tape->records->pdata, n_records * sizeof *records);
  for (guint i = 0; i < n_sources; i++)
    results[i] = NULL;
  if (ctx->error != NULL)
    return FALSE;
  if (tape->used)
    {
      lk_context_fail (ctx, LK_FAILED_PRECONDITION, "A tape that is not persistent can give one set of gradients only");
      return FALSE;
    }
  if (!tape->persistent)
    lk_tape_stop (tape);
  for (guint i = 0; i < n_targets && ctx->backward == 0; i++)
    lk_log_loss (ctx, local_targets[i]);
  backprop (ctx, records, n_records, local_targets, seeds, n_targets, local_sources, n_sources, NULL, 0, results);
  if (unconnected == LK_UNCONNECTED_ZERO && ctx->error == NULL)
    fill_zeros (ctx, local_sources, n_sources, results);
  if (!tape->persistent)
    {
      tape_drop_records (tape);
      tape->used = TRUE;
    }
  return ctx->error == NULL;
}

gboolean
lk_tape_gradient (LkTape *tape, LkTensor *const *targets, guint n_targets, LkTensor *const *seeds,
                  LkTensor *const *sources, guint n_sources, LkUnconnected unconnected, LkTensor **results)
{
  return take_gradient (tape, lk_backprop, targets, n_targets, seeds, sources, n_sources, unconnected, results);
}

gboolean
lk_tape_gradient_slices (LkTape *tape, LkTensor *const *targets, guint n_targets, LkTensor *const *seeds,
                         LkTensor *const *sources, guint n_sources, LkUnconnected unconnected, LkTensor **results)
{
  return take_gradient (tape, lk_backprop_slices, targets, n_targets, seeds, sources, n_sources, unconnected, results);
}
