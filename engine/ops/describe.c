/* SPDX-License-Identifier: MIT */
#include "engine/ops/describe.h"
#include <string.h>
#include "engine/graph/graph.h"
#include "engine/ops/axes.h"
#include "engine/ops/gradient.h"
#include "engine/ops/matrix.h"
#include "engine/ops/rule.h"
#include "engine/ops/sample.h"

char *
lk_op_arguments_text (const LkOp *op, gboolean inputs)
{
  GString *text = g_string_new (NULL);
  const LkArg *args = inputs ? op->inputs : op->outputs;
  for (guint i = 0, n = inputs ? op->n_inputs : op->n_outputs; i < n; i++)
    {
      const LkArg *arg = &args[i];
      g_string_append_printf (text, "%s%s: ", i > 0 ? ", " : "", arg->name);
      if (arg->list)
        g_string_append_printf (text, "%s * ", arg->count_attr >= 0 ? op->attrs[arg->count_attr].name : "N");
      g_string_append (text, arg->type_attr >= 0 ? op->attrs[arg->type_attr].name
                       : arg->dtype == LK_INVALID ? "any" : lk_dtype_name (arg->dtype));
    }
  return g_string_free (text, FALSE);
}

char *
lk_attr_dtypes_text (const LkAttrDef *attr)
{
  GString *text = g_string_new (attr->types == 0 ? "any" : NULL);
  for (guint i = 0; i < LK_N_DTYPES; i++)
    if (attr->types >> i & 1)
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", lk_dtype_name (i));
  return g_string_free (text, FALSE);
}

/* ---- shapes ---- */

const char *
lk_op_shape_words (const LkOp *op)
{
  static const struct { gboolean (*rule) (const LkCall *, LkSignature *); const char *words; } shared[] = {
    { lk_infer_same, "The inputs have one shape, and so has each output." },
    { lk_infer_first, "Each output has the shape of the first input." },
    { lk_infer_broadcast, "The inputs are broadcast, and the outputs have the shape of that." },
    { lk_infer_scalar, "Each output is a scalar." },
    { lk_matrix_infer_like, "The input's shape, […, m, m]." },
    { lk_axes_infer, "The input's shape without the axes that are reduced, or with 1 in their place if keep_dims." },
  };
  if (op->block->shape != NULL)
    return op->block->shape;
  for (guint i = 0; i < G_N_ELEMENTS (shared); i++)
    if (shared[i].rule == op->block->infer)
      return shared[i].words;
  return NULL;
}

/* Traces the call, so that the rule alone runs. outputs: symbolic. */
static gboolean
trace (LkContext *ctx, const LkSampleCall *call, LkTensor **outputs)
{
  g_autofree LkTensor **inputs = g_new0 (LkTensor *, call->n_inputs + 1);
  gboolean good = TRUE;
  for (guint i = 0; i < call->n_inputs && good; i++)
    good = (inputs[i] = lk_const (ctx, call->inputs[i], call->inputs[i]->dtype)) != NULL;
  good = good && lk_sample_call_apply (call, ctx, inputs, outputs);
  for (guint i = 0; i < call->n_inputs; i++)
    lk_tensor_unref (inputs[i]);
  return good;
}

static char *
example (const LkSampleCall *call, const LkSample *sample, LkTensor *const *outputs)
{
  GString *text = g_string_new (sample->inputs);
  if (sample->attrs != NULL)
    g_string_append_printf (text, " {%s}", sample->attrs);
  for (guint i = 0; i < call->n_outputs; i++)
    {
      g_autofree char *shape = lk_shape_text (&outputs[i]->shape);
      g_string_append_printf (text, "%s%s%s", i == 0 ? " → " : "; ", lk_dtype_name (outputs[i]->dtype), shape);
    }
  return g_string_free (text, FALSE);
}

static void
add_example (GPtrArray *examples, const LkOp *op, const LkSample *sample)
{
  g_autofree char *problem = NULL;
  g_autoptr (LkSampleCall) call = lk_sample_call_new (op, sample, 1, &problem);
  if (call == NULL)
    return;
  LkContext *ctx = lk_context_new ();
  LkGraph *graph = lk_graph_new ("example");
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, call->n_outputs + 1);
  lk_context_enter (ctx, graph);
  if (trace (ctx, call, outputs))
    g_ptr_array_add (examples, example (call, sample, outputs));
  for (guint i = 0; i < call->n_outputs; i++)
    lk_tensor_unref (outputs[i]);
  lk_context_free (ctx);
  lk_graph_unref (graph);
}

char **
lk_op_examples (const LkOp *op)
{
  GPtrArray *examples = g_ptr_array_new ();
  for (const LkSample *sample = op->block->samples; sample != NULL && sample->inputs != NULL; sample++)
    add_example (examples, op, sample);
  g_ptr_array_add (examples, NULL);
  return (char **) g_ptr_array_free (examples, FALSE);
}

gboolean
lk_op_has_gradient (const LkOp *op)
{
  return op->block->gradient != NULL && op->block->gradient != lk_gradient_missing;
}

/* The gradient's test takes the samples with numbers of double precision among their inputs. */
static gboolean
is_checked (const LkSample *sample)
{
  return strstr (sample->inputs, "float64[") != NULL || strstr (sample->inputs, "complex128[") != NULL;
}

guint
lk_op_n_samples (const LkOp *op, guint *n_gradients)
{
  guint n = 0;
  *n_gradients = 0;
  for (const LkSample *sample = op->block->samples; sample != NULL && sample->inputs != NULL; sample++, n++)
    *n_gradients += lk_op_has_gradient (op) && is_checked (sample);
  return n;
}
