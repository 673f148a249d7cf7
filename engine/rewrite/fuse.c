/* SPDX-License-Identifier: MIT */
/* Makes one node of several. */
#include "engine/eager/dispatch.h"
#include "engine/events/stream.h"
#include "engine/execute/program.h"
#include "engine/graph/call.h"
#include "engine/ops/block.h"
#include "engine/rewrite/copy.h"
#include "engine/rewrite/groups.h"

#define NAMED 6         /* ops in a body's name */

typedef struct
{
  LkRewriting *r;
  LkContext *ctx;
  LkNode *const *nodes;
  guint n;
  LkGraph *graph;         /* of the body */
  LkIdMap inside;         /* id of a tensor of the working graph, or of a body that is taken apart → its LkTensor in the new body */
  GPtrArray *outer, *inner;     /* LkTensor: inputs, and what stands for them in the body */
  GPtrArray *from, *given;      /* LkTensor: outputs that others read, and those in the body */
  GString *name;
} Fusing;

/* ---- the body ---- */

static LkTensor *
inside (Fusing *f, LkTensor *tensor)
{
  LkIdEntry *entry = lk_id_map_add (&f->inside, tensor->id);
  if (entry->value == NULL)
    {
      LkTensor *input = lk_placeholder (f->ctx, "input", tensor->dtype, &tensor->shape);
      g_ptr_array_add (f->outer, tensor);
      g_ptr_array_add (f->inner, input);
      entry = lk_id_map_add (&f->inside, tensor->id);
      entry->value = input;
    }
  return entry->value;
}

static void
set_inside (Fusing *f, const LkTensor *tensor, LkTensor *value)
{
  lk_id_map_add (&f->inside, tensor->id)->value = value;
}

static void
add_to_name (Fusing *f, const LkNode *node, guint place)
{
  if (place <= NAMED)
    g_string_append_printf (f->name, "%s%s", place > 0 ? "+" : "", place < NAMED ? node->op->name : "…");
}

static void
copy_in (Fusing *f, const LkNode *node, const char *name)
{
  g_autofree LkTensor **inputs = g_new (LkTensor *, node->n_inputs + 1);
  for (guint i = 0; i < node->n_inputs; i++)
    inputs[i] = inside (f, node->inputs[i]);
  add_to_name (f, node, f->graph->nodes->len - f->inner->len);
  const LkNode *copy = lk_node_copy (f->ctx, f->graph, node, inputs, name);
  for (guint i = 0; i < node->n_outputs; i++)
    set_inside (f, node->outputs[i], copy->outputs[i]);
}

/* A node that is fused already gives its nodes. */
static void
take_apart (Fusing *f, const LkNode *node)
{
  const LkFunction *body = node->attrs[0].func;
  for (guint i = 0; i < body->n_all; i++)
    set_inside (f, body->inputs[i], inside (f, node->inputs[i]));
  for (guint i = 0; i < body->graph->nodes->len; i++)
    {
      const LkNode *part = lk_graph_node (body->graph, i);
      if (part->op->index != LK_OP_PLACEHOLDER_NODE)
        copy_in (f, part, part->name);
    }
  for (guint i = 0; i < body->n_outputs; i++)
    set_inside (f, node->outputs[i], inside (f, body->outputs[i]));
}

static gboolean
is_read_outside (const Fusing *f, const LkTensor *tensor, GHashTable *members)
{
  const GPtrArray *users = lk_rewriting_fact (f->r, tensor->node)->users;
  for (guint i = 0; i < users->len; i++)
    {
      const LkNode *user = g_ptr_array_index (users, i);
      if (!g_hash_table_contains (members, user))
        for (guint k = 0; k < user->n_inputs; k++)
          if (user->inputs[k] == tensor)
            return TRUE;
    }
  return lk_tensors_find (f->r->outputs, f->r->n_outputs, tensor) >= 0;
}

/* What is told as the loss is the first output. */
static void
find_outputs (Fusing *f, gboolean is_loss, GHashTable *members)
{
  for (guint i = f->n; i-- > 0;)
    for (guint k = 0; k < f->nodes[i]->n_outputs; k++)
      {
        LkTensor *output = f->nodes[i]->outputs[k];
        if (((f->nodes[i]->flags & LK_NODE_LOSS) != 0) != is_loss || !is_read_outside (f, output, members))
          continue;
        g_ptr_array_add (f->from, output);
        g_ptr_array_add (f->given, inside (f, output));
      }
}

static void
tell_body (Fusing *f)
{
  for (guint i = 0; LK_WATCHED && i < f->graph->nodes->len; i++)
    lk_emit_node (f->ctx, lk_graph_node (f->graph, i));
}

/* (transfer full) */
static LkFunction *
make_body (Fusing *f)
{
  g_autoptr (GHashTable) members = g_hash_table_new (NULL, NULL);
  f->graph = lk_graph_new ("fused");
  f->graph->quiet = TRUE;
  lk_context_enter (f->ctx, f->graph);
  for (guint i = 0; i < f->n; i++)
    if (lk_op_is_fused (f->nodes[i]->op))
      take_apart (f, f->nodes[i]);
    else
      copy_in (f, f->nodes[i], lk_rewriting_name (f->r, f->nodes[i]));
  lk_context_leave (f->ctx);
  for (guint i = 0; i < f->n; i++)
    g_hash_table_add (members, f->nodes[i]);
  find_outputs (f, TRUE, members);
  find_outputs (f, FALSE, members);
  tell_body (f);
  return lk_function_new (f->ctx, f->name->str, f->graph, (LkTensor **) f->inner->pdata, f->inner->len,
                          (LkTensor **) f->given->pdata, f->given->len);
}

/* ---- its place ---- */

static void
put_in_place (Fusing *f, const char *rule, guint op, LkFunction *body)
{
  const guint n = f->from->len;
  const LkAttr attrs[] = { { .func = body } };
  g_autofree LkTensor **by = g_new0 (LkTensor *, n + 1);
  g_autoptr (GPtrArray) gone = g_ptr_array_new ();
  if (!lk_apply (f->ctx, &lk_ops[op], (LkTensor **) f->outer->pdata, f->outer->len, attrs, by, n))
    {
      lk_rewriting_replace1 (f->r, rule, f->nodes[f->n - 1], NULL);
      return;
    }
  /* Readers before what they read. */
  for (guint i = f->n; i-- > 0;)
    g_ptr_array_add (gone, f->nodes[i]);
  lk_rewriting_replace_group (f->r, rule, (LkNode **) gone->pdata, gone->len, (LkTensor **) f->from->pdata, by, n);
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (by[i]);
}

void
lk_rewriting_fuse (LkRewriting *r, const char *rule, guint op, LkNode *const *nodes, guint n)
{
  Fusing f = { r, r->ctx, nodes, n, NULL, { 0 }, g_ptr_array_new (),
               g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref), g_ptr_array_new (), g_ptr_array_new (),
               g_string_new (NULL) };
  LkFunction *body = make_body (&f);
  put_in_place (&f, rule, op, body);
  lk_function_unref (body);
  lk_graph_unref (f.graph);
  lk_id_map_clear (&f.inside);
  g_ptr_array_unref (f.outer);
  g_ptr_array_unref (f.inner);
  g_ptr_array_unref (f.from);
  g_ptr_array_unref (f.given);
  g_string_free (f.name, TRUE);
}
