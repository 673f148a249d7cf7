/* SPDX-License-Identifier: MIT */
/* The labels that logits over time give, by connectionist temporal classification: a search for the best sequences (A. Graves,
   Supervised Sequence Labelling with Recurrent Neural Networks, section 7.5). Sequences of labels are paths from the root of a tree. Of those in the beam, the logarithm of the probability is kept apart: of
   ending in a blank, of ending in the label, and of both. */
#include <math.h>

#include "engine/ops/ctc.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

typedef struct { double total, blank, label; } Chance;

static const Chance never = { -INFINITY, -INFINITY, -INFINITY };

typedef struct _Node Node;
struct _Node
{
  Node *parent;               /* NULL: the root, the empty sequence */
  gint64 label;
  Chance now, before;         /* now is `never` out of the beam */
};

typedef struct
{
  gint64 width, classes;
  GHashTable *nodes;          /* all but the root */
  GPtrArray *beam;            /* a heap, the least likely first */
  Node root;
} Search;

static guint
node_hash (gconstpointer data)
{
  const Node *node = data;
  return GPOINTER_TO_UINT (node->parent) * 31 + (guint) node->label * 2654435761u;
}

static gboolean
node_equal (gconstpointer a, gconstpointer b)
{
  return ((const Node *) a)->parent == ((const Node *) b)->parent && ((const Node *) a)->label == ((const Node *) b)->label;
}

static double
total_at (const Search *s, guint i)
{
  return ((const Node *) s->beam->pdata[i])->now.total;
}

static void
swap (Search *s, guint i, guint k)
{
  gpointer node = s->beam->pdata[i];
  s->beam->pdata[i] = s->beam->pdata[k];
  s->beam->pdata[k] = node;
}

static void
beam_push (Search *s, Node *node)
{
  g_ptr_array_add (s->beam, node);
  for (guint i = s->beam->len - 1; i > 0 && total_at (s, i) < total_at (s, (i - 1) / 2); i = (i - 1) / 2)
    swap (s, i, (i - 1) / 2);
}

/* In place of the least likely. */
static void
beam_replace (Search *s, Node *node)
{
  guint i = 0;
  s->beam->pdata[0] = node;
  while (2 * i + 1 < s->beam->len)
    {
      guint child = 2 * i + 1;
      if (child + 1 < s->beam->len && total_at (s, child + 1) < total_at (s, child))
        child++;
      if (!(total_at (s, child) < total_at (s, i)))
        break;
      swap (s, i, child);
      i = child;
    }
}

static gint
by_chance (gconstpointer a, gconstpointer b)
{
  const double x = (*(const Node *const *) a)->now.total, y = (*(const Node *const *) b)->now.total;
  return (x < y) - (x > y);
}

static gboolean
is_candidate (const Search *s, double total)
{
  return total > -INFINITY && (s->beam->len < s->width || total > total_at (s, 0));
}

/* Of the same sequence, a step later: blank, the label again, or the label after the sequence without it. */
static void
stay (const Search *s, Node *node, const double *y)
{
  if (node->parent != NULL)
    {
      if (node->parent->now.total > -INFINITY)
        node->now.label = lk_ctc_add (node->now.label, node->label == node->parent->label ? node->parent->before.blank
                               : node->parent->before.total);
      node->now.label += y[node->label];
    }
  node->now.blank = node->before.total + y[s->classes - 1];
  node->now.total = lk_ctc_add (node->now.blank, node->now.label);
}

/* The node's sequence with another label. */
static void
grow (Search *s, Node *node, gint64 label, double y)
{
  Node wanted = { node, label, never, never }, *child = g_hash_table_lookup (s->nodes, &wanted);
  const double chance = y + (label == node->label ? node->before.blank : node->before.total);
  if ((child != NULL && child->now.total > -INFINITY) || !is_candidate (s, chance))
    return;
  if (child == NULL)
    {
      child = g_memdup2 (&wanted, sizeof wanted);
      g_hash_table_add (s->nodes, child);
    }
  child->now = (Chance) { chance, -INFINITY, chance };
  if (s->beam->len < s->width)
    {
      beam_push (s, child);
      return;
    }
  ((Node *) s->beam->pdata[0])->now = never;
  beam_replace (s, child);
}

/* y: logarithms of the classes' probabilities, the blank's last. */
static void
step (Search *s, const double *y)
{
  g_autoptr (GPtrArray) nodes = s->beam;
  g_ptr_array_sort (nodes, by_chance);
  s->beam = g_ptr_array_new ();
  for (guint i = 0; i < nodes->len; i++)
    ((Node *) nodes->pdata[i])->before = ((Node *) nodes->pdata[i])->now;
  for (guint i = 0; i < nodes->len; i++)
    {
      stay (s, nodes->pdata[i], y);
      beam_push (s, nodes->pdata[i]);
    }
  for (guint i = 0; i < nodes->len; i++)
    if (is_candidate (s, ((Node *) nodes->pdata[i])->before.total))
      for (gint64 label = 0; label < s->classes - 1; label++)
        grow (s, nodes->pdata[i], label, y[label]);
}

static void
search_init (Search *s, gint64 width, gint64 classes)
{
  *s = (Search) { width, classes, g_hash_table_new_full (node_hash, node_equal, g_free, NULL), g_ptr_array_new () };
  s->root = (Node) { NULL, -1, { 0, 0, -INFINITY }, never };
  g_ptr_array_add (s->beam, &s->root);
}

static void
search_clear (Search *s)
{
  g_hash_table_unref (s->nodes);
  g_ptr_array_unref (s->beam);
}

/* The labels from the root to the node. Returns how many. */
static gint64
append_labels (const Node *node, gboolean merge, GArray *labels)
{
  const guint before = labels->len;
  gint64 last = -1;
  for (; node->parent != NULL; node = node->parent)
    {
      if (!merge || node->label != last)
        g_array_append_val (labels, node->label);
      last = node->label;
    }
  const guint n = labels->len - before;
  for (guint i = 0; i < n / 2; i++)
    {
      gint64 *a = &g_array_index (labels, gint64, before + i), *b = &g_array_index (labels, gint64, labels->len - 1 - i), kept = *a;
      *a = *b;
      *b = kept;
    }
  return n;
}

enum { WIDTH, PATHS, MERGE };     /* attributes */

/* Sequence b's best paths: their labels, their numbers of labels (counts[path · batch + b]) and their scores. */
static gboolean
search_sequence (LkCall *call, gint64 b, double *y, GArray **labels, gint64 *counts, LkTensor *scores)
{
  Search search;
  const LkShape *shape = lk_rule_shape (call, 0);
  const gint64 paths = call->attrs[PATHS].i;
  search_init (&search, call->attrs[WIDTH].i, shape->dims[2]);
  for (gint64 t = 0; t < lk_int_at (call->inputs[1], b); t++)
    {
      lk_ctc_log_softmax (call->inputs[0], (t * shape->dims[1] + b) * shape->dims[2], shape->dims[2], y);
      step (&search, y);
    }
  const gboolean enough = paths <= search.beam->len
                          || lk_call_fail (call, LK_INVALID_ARGUMENT, "Less leaves in the beam search than requested.");
  g_ptr_array_sort (search.beam, by_chance);
  for (gint64 i = 0; enough && i < paths; i++)
    {
      const Node *node = search.beam->pdata[i];
      counts[i * shape->dims[1] + b] = append_labels (node, call->attrs[MERGE].b, labels[i]);
      lk_tensor_set_double (scores, b * paths + i, node->now.total);
    }
  search_clear (&search);
  return enough;
}

static gboolean
beam_infer (const LkCall *call, LkSignature *out)
{
  if (call->attrs[WIDTH].i < 1 || call->attrs[PATHS].i < 1)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "beam_width and top_paths must be at least 1, got %" G_GINT64_FORMAT " and %"
                         G_GINT64_FORMAT, call->attrs[WIDTH].i, call->attrs[PATHS].i);
  return call->attrs[PATHS].i <= call->attrs[WIDTH].i
         ? lk_decode_infer (call, out, call->attrs[PATHS].i)
         : lk_call_fail (call, LK_INVALID_ARGUMENT, "requested more paths than the beam width.");
}

static void
beam_kernel (LkCall *call)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  const guint paths = call->attrs[PATHS].i;
  const gint64 batch = shape->dims[1];
  g_autofree double *y = g_new (double, shape->dims[2]);
  g_autofree gint64 *counts = g_new (gint64, paths * batch);
  g_autoptr (GPtrArray) labels = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  LkTensor *scores = lk_decode_check_lengths (call) ? lk_call_output (call, 3 * paths, LK_SHAPE_REF (batch, paths)) : NULL;
  gboolean good = scores != NULL;
  for (guint i = 0; i < paths; i++)
    g_ptr_array_add (labels, g_array_new (FALSE, FALSE, sizeof (gint64)));
  for (gint64 b = 0; good && b < batch; b++)
    good = search_sequence (call, b, y, (GArray **) labels->pdata, counts, scores);
  for (guint i = 0; good && i < paths; i++)
    lk_decode_give (call, paths, i, labels->pdata[i], counts + i * batch);
}

LK_BLOCK (ctc_beam_search_decoder, .infer = beam_infer, .kernel = beam_kernel, .provenance = lk_decode_provenance,
          .shape = "Of each path a sparse tensor [batch, longest] as indices, values and shape; and [batch, paths].",
          SAMPLES ({ "float64[3,2,3]; int32[2]={3,2}", "beam_width=4, top_paths=2" },
                   { "float32[4,1,3]; int32[1]={4}", "beam_width=2, top_paths=1, merge_repeated=false" }));
