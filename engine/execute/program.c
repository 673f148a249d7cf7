/* SPDX-License-Identifier: MIT */
#include "engine/execute/program.h"

#include <string.h>

#include "engine/core/narrow.h"
#include "engine/eager/dispatch.h"
#include "engine/execute/frame.h"
#include "engine/ops/block.h"
#include "engine/ops/rule.h"

/* ---- what can be part of one ---- */

gboolean
lk_op_is_elementwise (const LkOp *op)
{
  const LkBlock *block = op->block;
  if (op->index == LK_OP_CAST || op->index == LK_OP_EQUAL || op->index == LK_OP_NOT_EQUAL || op->index == LK_OP_BIAS_ADD)
    return TRUE;
  return block->provenance == NULL && block->kernel != NULL && (op->flags & ~LK_OP_UNIFORM) == 0 && op->n_outputs == 1
         && !op->outputs[0].list && op->n_lists == 0 && op->n_inputs > 0 && op->n_inputs <= LK_STEP_MOST_INPUTS
         && (block->infer == lk_infer_same || block->infer == lk_infer_broadcast);
}

/* Integers are not divided by zero, nor raised to a negative power. */
static gboolean
may_fail (const LkNode *node)
{
  switch (node->op->index)
    {
    case LK_OP_FLOOR_DIV: case LK_OP_FLOOR_MOD: case LK_OP_DIV: case LK_OP_TRUNCATE_DIV: case LK_OP_MOD: case LK_OP_TRUNCATE_MOD:
    case LK_OP_POW:
      return lk_dtype_is_integer (node->outputs[0]->dtype);
    default:
      return FALSE;
    }
}

static gboolean
is_plain (LkDType dtype)
{
  return dtype != LK_STRING && dtype != LK_RESOURCE && dtype != LK_VARIANT && lk_dtype_size (dtype) > 0;
}

static gboolean
has_plain_dtypes (const LkNode *node)
{
  const gboolean widens = node->op->block->widens && node->op->index != LK_OP_BIAS_ADD;
  gboolean plain = is_plain (node->outputs[0]->dtype);
  for (guint i = 0; i < node->n_inputs; i++)
    plain &= is_plain (node->inputs[i]->dtype) && !(widens && lk_dtype_wide (node->inputs[i]->dtype) != node->inputs[i]->dtype);
  return plain;
}

/* The kernel of Pow looks at how many exponents there are, of which a tile must not have another number. */
static gboolean
has_one_exponent (const LkNode *node)
{
  return node->inputs[1]->size == 1;
}

static gboolean
has_channels_last (const LkNode *node)
{
  return g_strcmp0 (node->attrs[0].s, "NCHW") != 0;
}

gboolean
lk_node_is_elementwise (const LkNode *node)
{
  if (!lk_op_is_elementwise (node->op) || !has_plain_dtypes (node) || may_fail (node))
    return FALSE;
  if (node->op->index == LK_OP_POW)
    return has_one_exponent (node);
  return node->op->index != LK_OP_BIAS_ADD || has_channels_last (node);
}

gboolean
lk_op_is_head (const LkOp *op)
{
  return op->index == LK_OP_MAT_MUL || op->index == LK_OP_CONV2D;
}

gboolean
lk_op_is_fused (const LkOp *op)
{
  return op->index == LK_OP_FUSED_ELEMENTWISE || op->index == LK_OP_FUSED_MAT_MUL || op->index == LK_OP_FUSED_CONV2D;
}

gboolean
lk_op_is_tail (const LkOp *op)
{
  return op->block->reduction != NULL;
}

static gboolean
runs_in_tiles (const LkNode *node)
{
  return node->op->index != LK_OP_PLACEHOLDER_NODE && !lk_op_is_head (node->op) && !lk_op_is_tail (node->op);
}

const LkShape *
lk_node_element_shape (const LkNode *node)
{
  if (!lk_op_is_fused (node->op))
    return &node->outputs[0]->shape;
  const LkGraph *graph = node->attrs[0].func->graph;
  for (guint i = 0; i < graph->nodes->len; i++)
    if (runs_in_tiles (lk_graph_node (graph, i)))
      return &lk_graph_node (graph, i)->outputs[0]->shape;
  g_assert_not_reached ();
}

/* ---- making ---- */

#define NOWHERE G_MAXUINT16

typedef struct
{
  LkProgram *program;
  guint16 *faces;         /* by node of the body: of its output */
  guint *last_use;        /* by node: the last step that reads it */
  GArray *dtypes;         /* guint8 by face */
  GArray *free_faces;     /* guint16: registers whose values nobody needs any more */
} Builder;

static guint16
new_face (Builder *b, LkDType dtype)
{
  const guint8 number = dtype;
  g_array_append_val (b->dtypes, number);
  b->program->element_bytes += lk_dtype_size (dtype);
  return b->dtypes->len - 1;
}

static guint16
take_register (Builder *b, LkDType dtype)
{
  for (guint i = 0; i < b->free_faces->len; i++)
    {
      const guint16 face = g_array_index (b->free_faces, guint16, i);
      if (g_array_index (b->dtypes, guint8, face) == dtype)
        {
          g_array_remove_index_fast (b->free_faces, i);
          return face;
        }
    }
  return new_face (b, dtype);
}

/* A register is free for others only after the step that reads it last: no kernel writes what it reads. */
static void
free_registers (Builder *b, const LkNode *node, guint step, guint first_register)
{
  for (guint i = 0; i < node->n_inputs; i++)
    {
      const guint id = node->inputs[i]->node->id;
      const guint16 face = b->faces[id];
      if (face < first_register || b->last_use[id] != step)
        continue;
      g_array_append_val (b->free_faces, face);
      b->last_use[id] = G_MAXUINT;
    }
}

static LkTileStep
step_of (const Builder *b, const LkNode *node)
{
  const gboolean bias = node->op->index == LK_OP_BIAS_ADD;
  LkTileStep step = { node, bias ? &lk_ops[LK_OP_ADD] : node->op, node->attrs, node->n_inputs };
  for (guint i = 0; i < node->n_inputs; i++)
    step.inputs[i] = b->faces[node->inputs[i]->node->id];
  step.output = b->faces[node->id];
  return step;
}

static void
place_whole (Builder *b)
{
  LkProgram *p = b->program;
  const LkFunction *body = p->body;
  for (guint i = 0; i < body->n_all; i++)
    b->faces[body->inputs[i]->node->id] = new_face (b, body->inputs[i]->dtype);
  for (guint i = 0; i < body->graph->nodes->len && p->head == NULL; i++)
    if (lk_op_is_head (lk_graph_node (body->graph, i)->op))
      p->head = lk_graph_node (body->graph, i);
  if (p->head != NULL)
    b->faces[p->head->id] = new_face (b, p->head->outputs[0]->dtype);
  p->n_whole = b->dtypes->len;
}

static void
add_output (Builder *b, const LkTensor *value, gint output)
{
  LkProgram *p = b->program;
  b->faces[value->node->id] = new_face (b, value->dtype);
  p->outputs[p->n_outputs++] = output;
}

static void
add_tail (Builder *b, const LkNode *node, guint output)
{
  LkProgram *p = b->program;
  const LkTensor *value = node->inputs[0];
  if (b->faces[value->node->id] == NOWHERE)
    add_output (b, value, -1);
  p->tails[p->n_tails++] = (LkTileTail) { node, b->faces[value->node->id], b->faces[node->inputs[1]->node->id], output };
}

/* What is an output anyway need not be gathered. */
static void
place_outputs (Builder *b)
{
  LkProgram *p = b->program;
  const guint n = p->body->n_outputs;
  LkTensor *const *outputs = p->body->outputs;
  p->outputs = g_new (gint, n + 1);
  p->tails = g_new (LkTileTail, n + 1);
  for (guint i = 0; i < n; i++)
    if (!lk_op_is_tail (outputs[i]->node->op))
      add_output (b, outputs[i], i);
  for (guint i = 0; i < n; i++)
    if (lk_op_is_tail (outputs[i]->node->op))
      add_tail (b, outputs[i]->node, i);
}

static void
note_read (LkProgram *p, const LkTileStep *step)
{
  for (guint i = 0; i < step->n_inputs; i++)
    if (step->inputs[i] < p->n_whole)
      p->is_read[step->inputs[i]] = TRUE;
}

static void
place_steps (Builder *b)
{
  LkProgram *p = b->program;
  const LkGraph *graph = p->body->graph;
  const guint first_register = b->dtypes->len;
  p->steps = g_new (LkTileStep, graph->nodes->len);
  p->is_read = g_new0 (gboolean, p->n_whole + 1);
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LkNode *node = lk_graph_node (graph, i);
      for (guint k = 0; runs_in_tiles (node) && k < node->n_inputs; k++)
        b->last_use[node->inputs[k]->node->id] = i;
    }
  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const LkNode *node = lk_graph_node (graph, i);
      if (!runs_in_tiles (node))
        continue;
      if (b->faces[i] == NOWHERE)
        b->faces[i] = take_register (b, node->outputs[0]->dtype);
      p->steps[p->n_steps] = step_of (b, node);
      note_read (p, &p->steps[p->n_steps++]);
      free_registers (b, node, i, first_register);
    }
}

/* Nothing that is written before the last step that reads the head's output can be in its place. */
static gint
find_room (const LkProgram *p)
{
  const guint face = p->n_whole - 1;
  gint last = -1;
  for (guint i = 0; i < p->n_steps; i++)
    for (guint k = 0; k < p->steps[i].n_inputs; k++)
      if (p->steps[i].inputs[k] == face)
        last = i;
  for (guint i = MAX (last, 0); i < p->n_steps; i++)
    {
      const LkTileStep *step = &p->steps[i];
      const guint output = step->output - p->n_whole;
      const gboolean by_itself = step->op->block->unary != NULL || step->op->block->binary != NULL;
      if (output < p->n_outputs && p->outputs[output] >= 0 && p->dtypes[step->output] == p->dtypes[face] && ((gint) i > last || by_itself))
        return p->outputs[output];
    }
  return -1;
}

static LkProgram *
program_new (const LkFunction *body)
{
  LkProgram *program = g_new0 (LkProgram, 1);
  const guint n = body->graph->nodes->len;
  Builder b = { program, g_new (guint16, n + 1), g_new0 (guint, n + 1), g_array_new (FALSE, FALSE, 1),
                g_array_new (FALSE, FALSE, sizeof (guint16)) };
  memset (b.faces, 0xff, (n + 1) * sizeof *b.faces);
  program->body = body;
  place_whole (&b);
  place_outputs (&b);
  place_steps (&b);
  program->n_faces = b.dtypes->len;
  for (guint i = 0; i < program->n_whole; i++)
    if (!program->is_read[i])
      program->element_bytes -= lk_dtype_size (g_array_index (b.dtypes, guint8, i));
  program->dtypes = (guint8 *) g_array_free (b.dtypes, FALSE);
  program->room = program->head != NULL ? find_room (program) : -1;
  g_array_unref (b.free_faces);
  g_free (b.faces);
  g_free (b.last_use);
  return program;
}

void
lk_program_free (LkProgram *program)
{
  if (program == NULL)
    return;
  for (guint i = 0; i < LK_PROGRAM_FRAMES; i++)
    lk_frame_free (program->frames[i]);
  g_free (program->steps);
  g_free (program->is_read);
  g_free (program->outputs);
  g_free (program->tails);
  g_free (program->dtypes);
  g_free (program);
}

LkProgram *
lk_program_of (LkFunction *body)
{
  LkProgram *program = __atomic_load_n (&body->program, __ATOMIC_ACQUIRE), *none = NULL;
  if (G_LIKELY (program != NULL))
    return program;
  program = program_new (body);
  if (__atomic_compare_exchange_n (&body->program, &none, program, FALSE, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
    return program;
  lk_program_free (program);
  return none;
}
