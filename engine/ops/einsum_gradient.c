/* SPDX-License-Identifier: MIT */
/* The gradient of Einsum: Einstein sums of dy and of the other input. */
#include "engine/ops/einsum.h"

#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

/* labels as text, each once. */
static void
write_once (GString *text, const LkLabels *labels)
{
  const gsize start = text->len;
  for (guint i = 0; i < labels->n; i++)
    if (memchr (text->str + start, labels->label[i], text->len - start) == NULL)
      g_string_append_c (text, labels->label[i]);
}

static void
write_all (GString *text, const LkLabels *labels)
{
  g_string_append_len (text, (const char *) labels->label, labels->n);
}

/* The labels of input i that its gradient has at first: those that the output or the other input has, too. */
static LkLabels
shared_labels (const LkEquation *equation, guint i)
{
  const LkLabels *its = &equation->inputs[i];
  LkLabels shared = { 0 };
  for (guint k = 0; k < its->n; k++)
    if (!lk_labels_have (&shared, its->label[k])
        && (lk_labels_have (&equation->output, its->label[k])
            || (equation->n_inputs == 2 && lk_labels_have (&equation->inputs[1 - i], its->label[k]))))
      shared.label[shared.n++] = its->label[k];
  return shared;
}

/* The part of the shape of input i along the last n axes that broadcast, as a vector. */
static LkTensor *
broadcast_shape (const LkCall *call, const LkEquation *equation, guint i, guint n)
{
  guint first = 0;
  while (!lk_label_broadcasts (equation->inputs[i].label[first]) || equation->inputs[i].label[first] - '0' >= (int) n)
    first++;
  g_autoptr (LkTensor) shape = lk_shape_of_tensor (call->ctx, call->inputs[i]);
  g_autoptr (LkTensor) begin = lk_constant_ints (call->ctx, LK_INT32, (gint64[]) { first }, 1);
  g_autoptr (LkTensor) size = lk_constant_ints (call->ctx, LK_INT32, (gint64[]) { n }, 1);
  return lk_slice (call->ctx, shape, begin, size);
}

static guint
count_broadcast (const LkLabels *labels)
{
  guint n = 0;
  for (guint i = 0; i < labels->n; i++)
    n += lk_label_broadcasts (labels->label[i]);
  return n;
}

/* Where input i was repeated, as axes of its gradient, which has the labels `shared`. NULL when it was not. */
static LkTensor *
repeated_axes (const LkCall *call, const LkEquation *equation, guint i, const LkLabels *shared)
{
  const LkLabels *its = &equation->inputs[i];
  const guint n = equation->n_inputs == 2 ? MIN (count_broadcast (its), count_broadcast (&equation->inputs[1 - i])) : 0;
  gint64 axes[LK_MAX_RANK];
  guint n_axes = 0;
  gint first = -1;
  gboolean known = TRUE;
  for (guint k = 0; k < its->n; k++)
    {
      const guchar label = its->label[k];
      const gint64 dim = call->inputs[i]->shape.dims[k];
      if (!lk_label_broadcasts (label) || label - '0' >= (int) n)
        continue;
      known &= dim > 1 || equation->size[label] >= 0;
      for (guint axis = 0; axis < shared->n; axis++)
        if (shared->label[axis] == label)
          {
            first = first < 0 ? (gint) axis : first;
            if (dim == 1 && equation->size[label] != 1)
              axes[n_axes++] = axis;
          }
    }
  if (known)
    return n_axes > 0 ? lk_constant_ints (call->ctx, LK_INT32, axes, n_axes) : NULL;
  LkTensor *both[2] = { NULL, NULL };
  g_autoptr (LkTensor) mine = broadcast_shape (call, equation, i, n);
  g_autoptr (LkTensor) others = broadcast_shape (call, equation, 1 - i, n);
  g_autoptr (LkTensor) offset = lk_constant_scalar (call->ctx, LK_INT32, first);
  lk_broadcast_gradient_args (call->ctx, mine, others, both);
  LkTensor *moved = lk_add (call->ctx, both[0], offset);
  lk_tensor_unref (both[0]);
  lk_tensor_unref (both[1]);
  return moved;
}

static LkTensor *
sum_of (LkContext *ctx, GString *equation, LkTensor *a, LkTensor *b)
{
  LkTensor *inputs[2] = { a, b };
  LkTensor *sum = lk_einsum (ctx, inputs, b != NULL ? 2 : 1, equation->str);
  g_string_free (equation, TRUE);
  return sum;
}

/* g, with labels `shared`, repeated along the labels that only input i has. */
static LkTensor *
repeat_along_own (const LkCall *call, const LkEquation *equation, guint i, const LkLabels *shared, LkTensor *g)
{
  GString *text = g_string_new (NULL);
  g_autoptr (LkTensor) ones = lk_ones_like (call->ctx, call->inputs[i]);
  write_all (text, shared);
  g_string_append_c (text, ',');
  write_all (text, &equation->inputs[i]);
  g_string_append (text, "->");
  write_once (text, &equation->inputs[i]);
  return sum_of (call->ctx, text, g, ones);
}

/* The gradient by input i. */
static LkTensor *
gradient_by (const LkCall *call, const LkEquation *equation, guint i, LkTensor *dy)
{
  LkContext *ctx = call->ctx;
  const LkLabels *its = &equation->inputs[i], shared = shared_labels (equation, i);
  GString *text = g_string_new (NULL), *once = g_string_new (NULL);
  g_autoptr (LkTensor) other = equation->n_inputs == 2 ? lk_conjugate (ctx, call->inputs[1 - i]) : NULL;
  write_all (text, &equation->output);
  if (equation->n_inputs == 2)
    {
      g_string_append_c (text, ',');
      write_all (text, &equation->inputs[1 - i]);
    }
  g_string_append (text, "->");
  write_all (text, &shared);
  g_autoptr (LkTensor) g = sum_of (ctx, text, dy, other);
  g_autoptr (LkTensor) axes = repeated_axes (call, equation, i, &shared);
  if (axes != NULL)
    {
      g_autoptr (LkTensor) whole = g;
      g = lk_sum (ctx, whole, axes, TRUE);
    }
  write_once (once, its);
  const gboolean partly = once->len > shared.n, twice = its->n > once->len;
  if (partly)
    {
      g_autoptr (LkTensor) part = g;
      g = repeat_along_own (call, equation, i, &shared, part);
    }
  if (twice)
    {
      g_string_append (once, "->");
      write_all (once, its);
      return sum_of (ctx, once, g, NULL);
    }
  g_string_free (once, TRUE);
  return g_steal_pointer (&g);
}

void
lk_einsum_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkEquation equation;
  gboolean known;
  for (guint i = 0; i < call->n_inputs; i++)
    if (!lk_rule_rank_known (call, i))
      {
        lk_call_fail (call, LK_UNIMPLEMENTED, "the gradient of %s needs inputs of known rank", call->attrs[0].s);
        return;
      }
  if (!lk_equation_read (call, &equation, &known))
    return;
  for (guint i = 0; i < call->n_inputs; i++)
    if (lk_call_wants_gradient (call, i))
      dx[i] = gradient_by (call, &equation, i, dy[0]);
}
