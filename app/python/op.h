/* SPDX-License-Identifier: MIT */
/* What the calls of ops from Python share. */
#pragma once
#include "binding.h"

enum { MAX_ATTRS = 16, FEW_INPUTS = 8 };

typedef struct
{
  PyObject_HEAD
  vectorcallfunc vectorcall;
  const LkOp *op;
  guint n_args;           /* inputs and given attributes */
  PyObject *names;        /* of these, interned */
  LkAttr fallbacks[MAX_ATTRS];
  const LkAttrDef *given[MAX_ATTRS];    /* the attributes that are arguments, and how many */
  guint n_given;
  int list;               /* which input is a list, -1 none */
  gboolean plain;         /* one output, one tensor for each input, and no attribute that must be given */
  int count_attr;         /* which given attribute says how many outputs there are, -1 none */
  int types_attr;         /* which given attribute has a type for each output, -1 none */
  int func_attr;          /* which given attribute is the function whose outputs they are, -1 none */
  gboolean as_many;       /* as many outputs as inputs */
} PyOp;

/* Values for n inputs: of Tensors that have one, and of Variables, which are read; a bit of `owned` for each that is
   (transfer full). FALSE when there is anything else among them, or, with an exception, when a variable cannot be read. */
gboolean op_inputs (PyObject *const *args, guint n, LkTensor **inputs, guint *owned);

static inline void
op_inputs_clear (LkTensor **inputs, guint owned)
{
  for (guint i = 0; G_UNLIKELY (owned >> i); i++)
    if (owned >> i & 1)
      lk_tensor_unref (inputs[i]);
}

/* Runs the op on values. n_outputs as the op is declared; gives the first. */
PyObject *op_run (const PyOp *self, LkTensor *const *inputs, const LkAttr *attrs);

/* What one call needs besides its arguments; freed after it by op_scratch_clear(). */
typedef struct
{
  LkAttr attrs[MAX_ATTRS];
  LkShape shapes[MAX_ATTRS];
  gpointer arrays[MAX_ATTRS];   /* LkInts, LkFloats */
  LkTensor *tensors[MAX_ATTRS];
  LkClosure *closure;
  LkTensor **inputs;
  guint n_inputs;
} Scratch;

/* Attribute i, of an object; FALSE with an exception. */
gboolean op_attr_set (Scratch *scratch, guint i, const LkAttrDef *def, PyObject *object);
/* Makes it with these inputs. */
PyObject *op_apply_flat (PyOp *self, Scratch *scratch, PyObject *node_name);
void op_scratch_clear (PyOp *self, Scratch *scratch);
