/* SPDX-License-Identifier: MIT */
/* If, Case and While nodes of graphs that were traced in Python. */
#include "binding.h"

/* branch (predicate, then graph, then outputs, else graph, else outputs) → list of tensors */
static PyObject *
branch (PyObject *module, PyObject *args)
{
  PyObject *predicate, *then_graph, *then_list, *else_graph, *else_list;
  if (!PyArg_ParseTuple (args, "O!O!OO!O", tensor_type, &predicate, graph_type, &then_graph, &then_list, graph_type,
                         &else_graph, &else_list))
    return NULL;
  g_autoptr (GPtrArray) a = g_ptr_array_new (), b = g_ptr_array_new ();
  if (!tensors_collect (then_list, a) || !tensors_collect (else_list, b))
    return NULL;
  if (a->len != b->len)
    return PyErr_Format (PyExc_ValueError, "the branches give %u and %u tensors", a->len, b->len);
  LkContext *ctx = binding_context ();
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, a->len + 1);
  if (!lk_graph_branch (ctx, TENSOR (predicate), ((PyGraph *) then_graph)->graph, (LkTensor **) a->pdata,
                        ((PyGraph *) else_graph)->graph, (LkTensor **) b->pdata, a->len, outputs))
    return raise_engine (ctx, "If");
  return tensor_wrap_all (outputs, a->len);
}

/* case (index, graphs, for each its outputs) → list of tensors */
static PyObject *
case_of (PyObject *module, PyObject *args)
{
  PyObject *index, *graph_list, *output_lists;
  if (!PyArg_ParseTuple (args, "O!O!O!", tensor_type, &index, &PyList_Type, &graph_list, &PyList_Type, &output_lists))
    return NULL;
  const guint n = PyList_GET_SIZE (graph_list);
  g_autoptr (GPtrArray) graphs = g_ptr_array_new (), given = g_ptr_array_new ();
  for (guint i = 0; i < n; i++)
    {
      PyObject *graph = PyList_GET_ITEM (graph_list, i);
      if (!PyObject_TypeCheck (graph, graph_type) || i >= PyList_GET_SIZE (output_lists)
          || !tensors_collect (PyList_GET_ITEM (output_lists, i), given))
        return PyErr_Occurred () ? NULL : PyErr_Format (PyExc_TypeError, "a graph and its tensors are expected for each branch");
      g_ptr_array_add (graphs, ((PyGraph *) graph)->graph);
    }
  if (n == 0 || given->len % n != 0)
    return PyErr_Format (PyExc_ValueError, "the branches give different numbers of tensors");
  const guint n_outputs = given->len / n;
  g_autofree LkTensor *const **of_branch = g_new (LkTensor *const *, n);
  for (guint i = 0; i < n; i++)
    of_branch[i] = (LkTensor *const *) given->pdata + i * n_outputs;
  LkContext *ctx = binding_context ();
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, n_outputs + 1);
  if (!lk_graph_case (ctx, TENSOR (index), (LkGraph **) graphs->pdata, of_branch, n, n_outputs, outputs))
    return raise_engine (ctx, "Case");
  return tensor_wrap_all (outputs, n_outputs);
}

/* loop (cond graph, its inputs, its output, body graph, its inputs, its outputs, variables) → list of tensors */
static PyObject *
loop (PyObject *module, PyObject *args)
{
  PyObject *cond_graph, *cond_list, *cond, *body_graph, *body_list, *next_list, *variable_list;
  if (!PyArg_ParseTuple (args, "O!OO!O!OOO", graph_type, &cond_graph, &cond_list, tensor_type, &cond, graph_type,
                         &body_graph, &body_list, &next_list, &variable_list))
    return NULL;
  g_autoptr (GPtrArray) cond_inputs = g_ptr_array_new (), body_inputs = g_ptr_array_new (), next = g_ptr_array_new (),
    variables = g_ptr_array_new ();
  if (!tensors_collect (cond_list, cond_inputs) || !tensors_collect (body_list, body_inputs)
      || !tensors_collect (next_list, next) || !tensors_collect (variable_list, variables))
    return NULL;
  guint n = variables->len;
  if (cond_inputs->len != n || body_inputs->len != n || next->len != n)
    return PyErr_Format (PyExc_ValueError, "the loop has %u variables, but its body gives %u", n, next->len);
  LkContext *ctx = binding_context ();
  g_autofree LkTensor **outputs = g_new0 (LkTensor *, n + 1);
  if (!lk_graph_loop (ctx, ((PyGraph *) cond_graph)->graph, (LkTensor **) cond_inputs->pdata, TENSOR (cond),
                      ((PyGraph *) body_graph)->graph, (LkTensor **) body_inputs->pdata, (LkTensor **) next->pdata,
                      (LkTensor **) variables->pdata, n, outputs))
    return raise_engine (ctx, "While");
  return tensor_wrap_all (outputs, n);
}

PyMethodDef control_methods[] = {
  { "branch", branch, METH_VARARGS, NULL }, { "case", case_of, METH_VARARGS, NULL }, { "loop", loop, METH_VARARGS, NULL }, { NULL }
};
