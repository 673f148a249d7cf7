/* SPDX-License-Identifier: MIT */
/* The layout of images: the kernels of convolutions and pools work with channels last, and turn what has them first on the way in and
   out. Here that becomes transposes around nodes with channels last, which then cancel one another between neighbours. Biases and
   normalisations, whose kernels take both, go along where they are next to one. All sums keep their order. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/ops/block.h"
#include "engine/ops/gradient.h"
#include "engine/rewrite/perm.h"

/* Which inputs are images (bit by input), which one spells out an image's shape, whether output 0 is an image, and whether the kernel
   takes both layouts alike. */
typedef struct
{
  guint16 op;
  guint8 images;
  gint8 sizes;
  gboolean gives_image, takes_both;
} Row;

static const Row rows[] = {
  { LK_OP_CONV2D, 1, -1, TRUE, FALSE }, { LK_OP_CONV2D_BACKPROP_INPUT, 4, 0, TRUE, FALSE },
  { LK_OP_CONV2D_BACKPROP_FILTER, 1 | 4, -1, FALSE, FALSE },
  { LK_OP_CONV3D, 1, -1, TRUE, FALSE }, { LK_OP_CONV3D_BACKPROP_INPUT, 4, 0, TRUE, FALSE },
  { LK_OP_CONV3D_BACKPROP_FILTER, 1 | 4, -1, FALSE, FALSE },
  { LK_OP_DEPTHWISE_CONV2D, 1, -1, TRUE, FALSE }, { LK_OP_DEPTHWISE_CONV2D_BACKPROP_INPUT, 4, 0, TRUE, FALSE },
  { LK_OP_DEPTHWISE_CONV2D_BACKPROP_FILTER, 1 | 4, -1, FALSE, FALSE },
  { LK_OP_MAX_POOL, 1, -1, TRUE, FALSE }, { LK_OP_MAX_POOL_GRAD, 7, -1, TRUE, FALSE }, { LK_OP_MAX_POOL_GRAD_GRAD, 7, -1, TRUE, FALSE },
  { LK_OP_MAX_POOL3D, 1, -1, TRUE, FALSE }, { LK_OP_MAX_POOL3D_GRAD, 7, -1, TRUE, FALSE },
  { LK_OP_MAX_POOL3D_GRAD_GRAD, 7, -1, TRUE, FALSE },
  { LK_OP_AVG_POOL, 1, -1, TRUE, FALSE }, { LK_OP_AVG_POOL_GRAD, 2, 0, TRUE, FALSE },
  { LK_OP_AVG_POOL3D, 1, -1, TRUE, FALSE }, { LK_OP_AVG_POOL3D_GRAD, 2, 0, TRUE, FALSE },
  { LK_OP_BIAS_ADD, 1, -1, TRUE, TRUE }, { LK_OP_BIAS_ADD_GRAD, 1, -1, FALSE, TRUE },
  { LK_OP_FUSED_BATCH_NORM, 1, -1, TRUE, TRUE }, { LK_OP_FUSED_BATCH_NORM_GRAD, 1 | 2, -1, TRUE, TRUE },
};

typedef struct
{
  LkRewriting *r;
  LkNode *node;
  const Row *row;
  LkPerm to_last, to_first;
} Match;

/* ---- looking ---- */

static const Row *
find_row (const LkNode *node)
{
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].op == node->op->index)
      return &rows[i];
  return NULL;
}

/* The place of an attribute among those of a node; -1 when there is none of that name. */
static gint
find_attr (const LkOp *op, const char *name)
{
  gint given = 0;
  for (guint i = 0; i < op->n_attrs; i++)
    {
      if (op->attrs[i].inferred)
        continue;
      if (strcmp (op->attrs[i].name, name) == 0)
        return given;
      given++;
    }
  return -1;
}

static gboolean
has_channels_first (const LkNode *node)
{
  const gint format = find_attr (node->op, "data_format");
  return format >= 0 && node->attrs[format].s != NULL && g_str_has_prefix (node->attrs[format].s, "NC");
}

static gboolean
is_image (const Match *m, guint i)
{
  return (m->row->images >> i & 1) != 0;
}

/* All images have one rank, which is known. */
static gboolean
find_rank (Match *m)
{
  guint rank = 0;
  for (guint i = 0; i < m->node->n_inputs; i++)
    {
      const LkShape *shape = &m->node->inputs[i]->shape;
      if (!is_image (m, i))
        continue;
      if (shape->rank == LK_RANK_UNKNOWN || shape->rank < 3 || (rank != 0 && shape->rank != rank))
        return FALSE;
      rank = shape->rank;
    }
  m->to_last = (LkPerm) { .rank = rank };
  for (guint i = 0; i < rank; i++)
    m->to_last.at[i] = i == 0 ? 0 : i + 1 < rank ? i + 1 : 1;
  m->to_first = lk_perm_inverse (&m->to_last);
  return TRUE;
}

/* An image is there with its channels last, too, or is wanted so. */
static gboolean
has_neighbour (const Match *m)
{
  LkPerm perm;
  for (guint i = 0; i < m->node->n_inputs; i++)
    if (is_image (m, i) && lk_perm_read (&perm, m->node->inputs[i]->node) && lk_perm_equal (&perm, &m->to_first))
      return TRUE;
  const GPtrArray *users = lk_rewriting_fact (m->r, m->node)->users;
  for (guint i = 0; m->row->gives_image && i < users->len; i++)
    if (lk_perm_read (&perm, g_ptr_array_index (users, i)) && lk_perm_equal (&perm, &m->to_last))
      return TRUE;
  return FALSE;
}

/* ---- turning ---- */

/* ints as they are for channels last: `each` numbers for each axis. (transfer full) (nullable) */
static LkInts *
turn_ints (const Match *m, const LkInts *ints, guint each)
{
  if (ints == NULL || ints->n != each * m->to_last.rank)
    return NULL;
  LkInts *turned = g_malloc (sizeof *turned + ints->n * sizeof (gint64));
  turned->n = ints->n;
  for (guint i = 0; i < m->to_last.rank; i++)
    for (guint k = 0; k < each; k++)
      turned->v[i * each + k] = ints->v[m->to_last.at[i] * each + k];
  return turned;
}

/* A vector that spells out an image's shape, turned; NULL when its value is not known. (transfer full) */
static LkTensor *
turn_sizes (const Match *m, LkTensor *sizes)
{
  LkContext *ctx = m->r->ctx;
  const LkTensor *constant = lk_node_constant (sizes);
  gint64 turned[LK_MAX_RANK];
  if (sizes->node->op->index == LK_OP_SHAPE && sizes->node->inputs[0]->shape.rank == m->to_last.rank)
    {
      g_autoptr (LkTensor) image = lk_perm_apply (ctx, &m->to_last, sizes->node->inputs[0]);
      return lk_shape (ctx, image, sizes->dtype);
    }
  if (constant == NULL || constant->size != m->to_last.rank)
    return NULL;
  for (guint i = 0; i < m->to_last.rank; i++)
    turned[i] = lk_tensor_int_at (constant, m->to_last.at[i]);
  return lk_constant_ints (ctx, sizes->dtype, turned, m->to_last.rank);
}

/* The node's inputs for channels last; entries are NULL where that cannot be said. (transfer full) */
static GPtrArray *
turn_inputs (const Match *m)
{
  GPtrArray *inputs = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_tensor_unref);
  for (guint i = 0; i < m->node->n_inputs; i++)
    {
      LkTensor *input = m->node->inputs[i];
      g_ptr_array_add (inputs, (gint) i == m->row->sizes ? turn_sizes (m, input)
                               : is_image (m, i) ? lk_perm_apply (m->r->ctx, &m->to_last, input) : lk_tensor_ref (input));
    }
  return inputs;
}

static gboolean
can_turn (const Match *m)
{
  const LkTensor *sizes = m->row->sizes >= 0 ? m->node->inputs[m->row->sizes] : NULL;
  if (m->row->takes_both && !has_neighbour (m))
    return FALSE;
  return sizes == NULL || lk_node_constant (sizes) != NULL || sizes->node->op->index == LK_OP_SHAPE;
}

/* Applies the node's op to inputs, with attributes for channels last. FALSE when a call failed. */
static gboolean
apply_turned (const Match *m, const GPtrArray *inputs, LkTensor **outputs)
{
  static const struct { const char *name; guint each; } lists[] = { { "strides", 1 }, { "ksize", 1 }, { "dilations", 1 },
                                                                    { "explicit_paddings", 2 } };
  LkAttr attrs[16];
  LkInts *turned[G_N_ELEMENTS (lists)] = { NULL };
  const gint format = find_attr (m->node->op, "data_format");
  g_assert (m->node->op->n_attrs <= G_N_ELEMENTS (attrs));
  memcpy (attrs, m->node->attrs, lk_op_n_given (m->node->op) * sizeof *attrs);
  attrs[format].s = m->node->attrs[format].s[2] == 'D' ? "NDHWC" : "NHWC";
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      const gint at = find_attr (m->node->op, lists[i].name);
      if (at >= 0 && (turned[i] = turn_ints (m, attrs[at].ints, lists[i].each)) != NULL)
        attrs[at].ints = turned[i];
    }
  const gboolean good = lk_apply (m->r->ctx, m->node->op, (LkTensor **) inputs->pdata, inputs->len, attrs, outputs, m->node->n_outputs);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    g_free (turned[i]);
  return good;
}

static void
turn (const Match *m)
{
  const char *name = lk_rewriting_name (m->r, m->node);
  g_autoptr (GPtrArray) inputs = turn_inputs (m);
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, m->node->n_outputs + 1);
  if (!apply_turned (m, inputs, outputs))
    {
      lk_rewriting_replace1 (m->r, "", m->node, NULL);
      return;
    }
  lk_rewriting_note_nodes (m->r);
  lk_rewriting_fact (m->r, outputs[0]->node)->name = name;
  if (m->row->gives_image)
    {
      LkTensor *image = outputs[0];
      outputs[0] = lk_perm_apply (m->r->ctx, &m->to_first, image);
      lk_tensor_unref (image);
    }
  lk_rewriting_replace (m->r, "channels first → transposes around channels last", m->node, outputs);
  for (guint i = 0; i < m->node->n_outputs; i++)
    lk_tensor_unref (outputs[i]);
}

void
lk_pass_layout (LkRewriting *r)
{
  g_autoptr (GPtrArray) order = lk_rewriting_order (r);
  for (guint i = 0; i < order->len; i++)
    {
      LkNode *node = g_ptr_array_index (order, i);
      Match m = { r, node, find_row (node) };
      if (m.row != NULL && !lk_rewriting_fact (r, node)->gone && has_channels_first (node) && find_rank (&m) && can_turn (&m))
        turn (&m);
    }
}
