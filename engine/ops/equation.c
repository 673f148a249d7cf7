/* SPDX-License-Identifier: MIT */
#include "engine/ops/equation.h"

#include <string.h>

#include "engine/ops/rule.h"

/* The text of an input or of the output: labels, and one ellipsis among them. */
typedef struct
{
  const char *text;
  guint length;
  guint named;            /* labels apart from the ellipsis */
  gboolean ellipsis;
} Term;

static gboolean
scan_term (const LkCall *call, Term *term)
{
  for (guint i = 0; i < term->length; i++)
    if (g_ascii_isalnum (term->text[i]))
      term->named++;
    else if (!term->ellipsis && i + 2 < term->length && memcmp (term->text + i, "...", 3) == 0)
      {
        term->ellipsis = TRUE;
        i += 2;
      }
    else
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Invalid character '%c' in einsum subscript '%.*s'",
                           term->text[i], (int) term->length, term->text);
  return TRUE;
}

/* Cuts the equation: the terms of the inputs, then that of the output. */
static gboolean
cut (const LkCall *call, const char *equation, Term *terms, guint *n_inputs)
{
  const char *arrow = strstr (equation, "->");
  if (arrow == NULL || strstr (arrow + 2, "->") != NULL)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expecting exactly one '->' in einsum equation: %s", equation);
  *n_inputs = 0;
  for (const char *at = equation; at <= arrow; (*n_inputs)++)
    {
      const char *comma = memchr (at, ',', arrow - at), *end = comma != NULL ? comma : arrow;
      if (*n_inputs < 2)
        terms[*n_inputs] = (Term) { at, end - at, 0, FALSE };
      at = end + 1;
    }
  if (*n_inputs > 2)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expecting 1 or 2 input subscripts in equation '%s' but got: %u",
                         equation, *n_inputs);
  if (*n_inputs != call->n_inputs)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected %u inputs but got: %u", *n_inputs, call->n_inputs);
  terms[2] = (Term) { arrow + 2, strlen (arrow + 2), 0, FALSE };
  for (guint i = 0; i < 3; i++)
    if ((i == 2 || i < *n_inputs) && !scan_term (call, &terms[i]))
      return FALSE;
  return TRUE;
}

/* Writes out the labels of a term whose ellipsis stands for `broadcast` axes. */
static void
spell (const Term *term, guint broadcast, LkLabels *labels)
{
  labels->n = 0;
  for (guint i = 0; i < term->length; i++)
    if (term->text[i] != '.')
      labels->label[labels->n++] = term->text[i];
    else
      {
        for (guint k = broadcast; k > 0; k--)
          labels->label[labels->n++] = '0' + k - 1;
        i += 2;
      }
}

/* The size of a label that broadcasts, from what is known of two. FALSE when they do not fit. */
static gboolean
broadcast_sizes (gint64 a, gint64 b, gint64 *size)
{
  const LkShape x = LK_SHAPE (a), y = LK_SHAPE (b);
  LkShape both;
  if (!lk_shape_broadcast (&x, &y, &both))
    return FALSE;
  *size = both.dims[0];
  return TRUE;
}

/* Notes the sizes of an input's axes. seen: labels that have a size already. */
static gboolean
measure (const LkCall *call, guint input, LkEquation *equation, gboolean *seen)
{
  const LkLabels *labels = &equation->inputs[input];
  const LkShape *shape = lk_rule_shape (call, input);
  for (guint i = 0; i < labels->n; i++)
    {
      const guchar label = labels->label[i];
      const gint64 dim = shape->dims[i], before = equation->size[label];
      if (!seen[label])
        equation->size[label] = dim;
      else if (!(lk_label_broadcasts (label) ? broadcast_sizes (before, dim, &equation->size[label])
                 : lk_rule_merge_dim (before, dim, &equation->size[label])))
        {
          g_autofree char *text = lk_shape_text (shape);
          return lk_call_fail (call, LK_INVALID_ARGUMENT,
                               "Expected dimension %" G_GINT64_FORMAT " at axis %u of the input shaped %s but got "
                               "dimension %" G_GINT64_FORMAT, before, i, text, dim);
        }
      seen[label] = TRUE;
    }
  return TRUE;
}

/* How many axes the ellipsis of an input stands for. */
static gboolean
count_broadcast (const LkCall *call, guint input, const Term *term, guint *broadcast)
{
  const guint rank = lk_rule_shape (call, input)->rank;
  *broadcast = 0;
  if (term->ellipsis ? rank < term->named : rank != term->named)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "Expected input %u to have rank %s%u but got: %u", input,
                         term->ellipsis ? "at least " : "", term->named, rank);
  *broadcast = rank - term->named;
  return TRUE;
}

static gboolean
check_output (const LkCall *call, const Term *term, guint broadcast, const gboolean *seen, const LkEquation *equation)
{
  if (broadcast > 0 && !term->ellipsis)
    return lk_call_fail (call, LK_INVALID_ARGUMENT,
                         "Output contains %u broadcasting dimension(s) but no ellipsis (...) was found in the output "
                         "subscripts.", broadcast);
  for (guint i = 0; i < equation->output.n; i++)
    if (!seen[equation->output.label[i]])
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Label '%c' of the output is not one of the inputs' in einsum "
                           "equation: %s", equation->output.label[i], call->attrs[0].s);
  return TRUE;
}

gboolean
lk_equation_read (const LkCall *call, LkEquation *equation, gboolean *known)
{
  Term terms[3];
  gboolean seen[LK_LABELS] = { FALSE };
  guint broadcast = 0;
  *known = TRUE;
  for (guint i = 0; i < LK_LABELS; i++)
    equation->size[i] = LK_DIM_UNKNOWN;
  if (!cut (call, call->attrs[0].s, terms, &equation->n_inputs))
    return FALSE;
  for (guint i = 0; i < equation->n_inputs; i++)
    {
      guint its = 0;
      const gboolean ranked = lk_rule_rank_known (call, i);
      if (ranked && !count_broadcast (call, i, &terms[i], &its))
        return FALSE;
      *known &= ranked || !terms[i].ellipsis;
      if (terms[i].named > LK_MAX_RANK)
        return lk_call_fail (call, LK_INVALID_ARGUMENT, "%u labels of one tensor are too many in einsum equation: %s",
                             terms[i].named, call->attrs[0].s);
      broadcast = MAX (broadcast, its);
      spell (&terms[i], its, &equation->inputs[i]);
      if (ranked && !measure (call, i, equation, seen))
        return FALSE;
      for (guint k = 0; k < equation->inputs[i].n; k++)
        seen[equation->inputs[i].label[k]] = TRUE;
    }
  if (!*known)
    return TRUE;
  if (terms[2].named + (terms[2].ellipsis ? broadcast : 0) > LK_MAX_RANK)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "the output of einsum equation %s has too many axes",
                         call->attrs[0].s);
  spell (&terms[2], broadcast, &equation->output);
  return check_output (call, &terms[2], broadcast, seen, equation);
}
