/* SPDX-License-Identifier: MIT */
/* Functions of the program as ops. What they give is checked against what was declared, as nothing else knows it. */
#include "engine/ops/callback.h"

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

enum { TOKEN, TYPES };

static LkCallback runner;

void
lk_callback_set (LkCallback callback)
{
  runner = callback;
}

#define CALLBACK_SHAPE "Unknown: as many outputs as Tout has types, of what the Python function returns."

static gboolean
callback_infer (const LkCall *call, LkSignature *out)
{
  const LkInts *types = call->attrs[TYPES].ints;
  if (types->n != call->n_outputs)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "%s gives %u tensors, but Tout has %u types", call->op->name,
                         call->n_outputs, types->n);
  for (guint i = 0; i < call->n_outputs; i++)
    {
      out[i].dtype = types->v[i];
      out[i].shape = LK_SHAPE_UNKNOWN;
    }
  return TRUE;
}

static void
check_results (LkCall *call)
{
  for (guint i = 0; i < call->n_outputs; i++)
    if (call->outputs[i] == NULL || call->outputs[i]->dtype != call->attrs[TYPES].ints->v[i])
      {
        lk_call_fail (call, LK_INVALID_ARGUMENT, "%u-th value returned by %s is %s, but expects %s", i,
                      call->attrs[TOKEN].s, call->outputs[i] == NULL ? "nothing" : lk_dtype_name (call->outputs[i]->dtype),
                      lk_dtype_name (call->attrs[TYPES].ints->v[i]));
        return;
      }
}

static void
callback_kernel (LkCall *call)
{
  g_autoptr (GError) error = NULL;
  if (runner == NULL)
    lk_call_fail (call, LK_FAILED_PRECONDITION, "No program runs here that could be called");
  else if (runner (call->ctx, call->attrs[TOKEN].s, call->inputs, call->n_inputs, call->outputs, call->n_outputs, &error))
    check_results (call);
  else
    lk_call_fail (call, error->code, "%s", error->message);
}

/* The host knows the gradient of what it runs, by the name "gradient TOKEN": inputs and dy in, dx out. */
static void
eager_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const guint n = call->n_inputs + call->n_outputs;
  g_autofree char *token = g_strconcat ("gradient ", call->attrs[TOKEN].s, NULL);
  g_autofree LkInts *types = g_malloc (sizeof (LkInts) + n * sizeof (gint64));
  g_autofree LkTensor **inputs = g_new (LkTensor *, n), **results = g_new0 (LkTensor *, n);
  guint k = 0;
  types->n = 0;
  for (guint i = 0; i < call->n_inputs; i++)
    {
      inputs[i] = lk_tensor_ref (call->inputs[i]);
      if (lk_dtype_is_floating (inputs[i]->dtype))
        types->v[types->n++] = inputs[i]->dtype;
    }
  for (guint i = 0; i < call->n_outputs; i++)
    inputs[call->n_inputs + i] = dy[i] != NULL ? lk_tensor_ref (dy[i]) : lk_zeros_like (call->ctx, call->outputs[i]);
  if (types->n > 0)
    lk_eager_py_func (call->ctx, inputs, n, token, types, FALSE, results);
  for (guint i = 0; i < call->n_inputs && types->n > 0; i++)
    if (lk_dtype_is_floating (call->inputs[i]->dtype))
      dx[i] = results[k++];
  for (guint i = 0; i < n; i++)
    lk_tensor_unref (inputs[i]);
}

LK_BLOCK (eager_py_func, .infer = callback_infer, .shape = CALLBACK_SHAPE, .kernel = callback_kernel, .gradient = eager_gradient);
LK_BLOCK (py_func, .infer = callback_infer, .shape = CALLBACK_SHAPE, .kernel = callback_kernel);
LK_BLOCK (py_func_stateless, .infer = callback_infer, .shape = CALLBACK_SHAPE, .kernel = callback_kernel);
