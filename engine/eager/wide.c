/* SPDX-License-Identifier: MIT */
/* Runs kernels that know no narrow dtypes on copies in wider ones. */
#include "engine/core/narrow.h"
#include "engine/eager/dispatch.h"

static inline gboolean
is_narrow (LkDType dtype)
{
  return lk_dtype_wide (dtype) != dtype;
}

/* The declaration of input i. */
static const LkArg *
input_arg (const LkCall *call, guint i)
{
  const LkOp *op = call->op;
  for (guint k = 0; k < op->n_inputs; k++)
    {
      const guint n = op->inputs[k].list ? lk_op_list_length (op, call->n_inputs) : 1;
      if (i < n)
        return &op->inputs[k];
      i -= n;
    }
  return NULL;
}

static const LkArg *
output_arg (const LkCall *call, guint i)
{
  return lk_op_output (call->op, i, call->n_outputs);
}

gboolean
lk_call_is_narrow (const LkCall *call, const LkSignature *out)
{
  for (guint i = 0; i < call->n_inputs; i++)
    if (is_narrow (call->inputs[i]->dtype) && input_arg (call, i)->dtype == LK_INVALID)
      return TRUE;
  for (guint i = 0; i < call->n_outputs; i++)
    if (is_narrow (out[i].dtype) && output_arg (call, i)->dtype == LK_INVALID)
      return TRUE;
  return FALSE;
}

static gboolean
widen_inputs (LkCall *wide, LkTensor *const *inputs, LkTensor **into)
{
  for (guint i = 0; i < wide->n_inputs; i++)
    {
      const gboolean typed = input_arg (wide, i)->dtype == LK_INVALID;
      into[i] = typed ? lk_tensor_widen (inputs[i]) : lk_tensor_ref (inputs[i]);
      if (into[i] == NULL)
        return lk_call_fail_memory (wide, &(LkSignature) { lk_dtype_wide (inputs[i]->dtype), inputs[i]->shape });
    }
  return TRUE;
}

/* Type attributes that are arguments say what outputs are: these are wider, too. */
static void
widen_attrs (const LkCall *call, LkAttr *attrs)
{
  for (guint i = 0; i < call->op->n_attrs; i++)
    {
      const gint given = lk_op_given (call->op, i);
      if (given < 0)
        continue;
      attrs[given] = call->attrs[given];
      for (guint k = 0; k < call->op->n_outputs; k++)
        if (call->op->outputs[k].type_attr == (gint) i)
          attrs[given].type = lk_dtype_wide (call->attrs[given].type);
    }
}

static gboolean
make_wide_outputs (LkCall *wide, const LkSignature *out)
{
  for (guint i = 0; i < wide->n_outputs; i++)
    {
      LkSignature signature = out[i];
      if (output_arg (wide, i)->dtype == LK_INVALID)
        signature.dtype = lk_dtype_wide (signature.dtype);
      wide->outputs[i] = lk_tensor_new (signature.dtype, &signature.shape);
      if (wide->outputs[i] == NULL)
        return lk_call_fail_memory (wide, &signature);
    }
  return TRUE;
}

static void
take_outputs (LkCall *call, const LkSignature *out, LkCall *wide)
{
  for (guint i = 0; i < call->n_outputs; i++)
    {
      if (wide->outputs[i] == NULL)
        continue;
      call->outputs[i] = lk_tensor_narrow (wide->outputs[i], out[i].dtype);
      if (call->outputs[i] == NULL)
        lk_call_fail_memory (call, &out[i]);
      lk_tensor_unref (wide->outputs[i]);
    }
}

void
lk_call_run_wide (LkCall *call, const LkSignature *out)
{
  g_autofree LkTensor **inputs = g_new0 (LkTensor *, call->n_inputs + 1);
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, call->n_outputs + 1);
  g_autofree LkAttr *attrs = g_new0 (LkAttr, call->op->n_attrs + 1);
  LkCall wide = *call;
  wide.inputs = inputs;
  wide.outputs = outputs;
  wide.attrs = attrs;
  widen_attrs (call, attrs);
  if (widen_inputs (&wide, call->inputs, inputs)
      && (call->op->flags & LK_OP_ALLOCATES || make_wide_outputs (&wide, out)))
    call->op->block->kernel (&wide);
  take_outputs (call, out, &wide);
  for (guint i = 0; i < call->n_inputs; i++)
    lk_tensor_unref (inputs[i]);
}
