/* SPDX-License-Identifier: MIT */
/* The steps of optimizers: one call for all variables. */
#include "op.h"

/* What one call of update() was given. */
typedef struct
{
  const LkOp *op;
  PyObject *variables;    /* of each variable that is changed: itself, then its slots */
  guint each;             /* how many that are */
  guint n_scalars;
  LkTensor *scalars[MAX_ATTRS];
  guint gradient;         /* which input it is */
} Update;

/* The inputs of the op are variables, then scalars; the gradient is among the scalars or behind them. */
static guint
gradient_place (const LkOp *op)
{
  for (guint i = 0; i < op->n_inputs; i++)
    if (strcmp (op->inputs[i].name, "grad") == 0 || strcmp (op->inputs[i].name, "delta") == 0)
      return i;
  return op->n_inputs;
}

static gboolean
apply_to (const Update *update, guint k, PyObject *gradient, const LkAttr *attrs)
{
  LkContext *ctx = binding_context ();
  LkTensor *inputs[MAX_ATTRS];
  guint scalar = 0;
  for (guint i = 0; i < update->op->n_inputs; i++)
    if (i < update->each)
      inputs[i] = ((PyVariable *) PyList_GET_ITEM (update->variables, k * update->each + i))->handle;
    else
      inputs[i] = i == update->gradient ? TENSOR (gradient) : update->scalars[scalar++];
  if (lk_apply (ctx, update->op, inputs, update->op->n_inputs, attrs, NULL, 0))
    return TRUE;
  raise_engine (ctx, update->op->name);
  return FALSE;
}

static gboolean
are_values (PyObject *gradients)
{
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE (gradients); i++)
    if (Py_TYPE (PyList_GET_ITEM (gradients, i)) != eager_type)
      return FALSE;
  return TRUE;
}

static gboolean
is_created (PyObject *object)
{
  return IS_VARIABLE (object) && ((PyVariable *) object)->handle != NULL;
}

static gboolean
check (const Update *update)
{
  if (update->each + update->n_scalars + 1 != update->op->n_inputs || update->op->n_inputs > MAX_ATTRS
      || update->gradient == update->op->n_inputs)
    return PyErr_Format (PyExc_ValueError, "%s takes %u inputs, not %u variables, %u scalars and a gradient",
                         update->op->name, update->op->n_inputs, update->each, update->n_scalars), FALSE;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE (update->variables); i++)
    if (!is_created (PyList_GET_ITEM (update->variables, i)))
      return PyErr_Format (PyExc_TypeError, "a variable is expected, not %R", PyList_GET_ITEM (update->variables, i)), FALSE;
  return TRUE;
}

static gboolean
run (Update *update, PyObject *scalars, PyObject *gradients, const LkAttr *attrs)
{
  gboolean good = check (update);
  guint made = 0;
  LkDType dtype = TENSOR (PyList_GET_ITEM (gradients, 0))->dtype;
  for (; good && made < update->n_scalars; made++)
    good = (update->scalars[made] = input_of (PyTuple_GET_ITEM (scalars, made), dtype)) != NULL;
  for (guint k = 0; good && k < PyList_GET_SIZE (gradients); k++)
    good = apply_to (update, k, PyList_GET_ITEM (gradients, k), attrs);
  for (guint i = 0; i < made; i++)
    lk_tensor_unref (update->scalars[i]);
  if (LK_WATCHED && g_atomic_int_get (&gate_news))
    gate_catch_up ();
  return good;
}

/* update (op, variables, scalars, gradients, *attributes): the op for each gradient. variables: for each the variable that is
   changed and its slots, one behind the other; scalars: the op's other inputs, tensors or numbers, the same for all.
   All variables are of one dtype. attributes: Boolean ones, the first of the op's. NotImplemented unless all gradients
   are plain tensors. */
PyObject *
update_variables (PyObject *module, PyObject *const *args, Py_ssize_t n)
{
  if (n < 4 || !PyObject_TypeCheck (args[0], op_type) || !PyList_Check (args[1]) || !PyTuple_Check (args[2])
      || !PyList_Check (args[3]))
    return PyErr_Format (PyExc_TypeError,
                         "update (op, list of variables, tuple of scalars, list of gradients, …) is expected");
  const PyOp *op = (PyOp *) args[0];
  Py_ssize_t n_gradients = PyList_GET_SIZE (args[3]), n_variables = PyList_GET_SIZE (args[1]);
  LkAttr attrs[MAX_ATTRS];
  if (n_gradients == 0 || n_variables % n_gradients != 0 || n - 4 > op->n_given)
    return PyErr_Format (PyExc_ValueError, "%zd variables for %zd gradients", n_variables, n_gradients);
  if (!are_values (args[3]))
    Py_RETURN_NOTIMPLEMENTED;
  Update self = { op->op, args[1], (guint) (n_variables / n_gradients), (guint) PyTuple_GET_SIZE (args[2]), { NULL },
    gradient_place (op->op) };
  memcpy (attrs, op->fallbacks, sizeof attrs);
  for (Py_ssize_t i = 4; i < n; i++)
    attrs[i - 4].b = PyObject_IsTrue (args[i]) == 1;
  if (!run (&self, args[2], args[3], attrs))
    return NULL;
  Py_RETURN_NONE;
}
