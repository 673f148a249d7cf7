/* SPDX-License-Identifier: MIT */
/* The Python binding, `_lockstep`: Python's face of engine.h. It holds what must be quick or needs the
   engine; all else of the TensorFlow API is Python, in tensorflow/. Everything here runs with the GIL held. A
   function that returns a PyObject gives a new reference, or NULL with a Python exception set; one that
   returns an LkTensor (transfer full) likewise. */
#pragma once
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include "engine/engine.h"

/* tf.Tensor; its subtypes EagerTensor and SymbolicTensor differ in name and in what they refuse. */
typedef struct
{
  PyObject_HEAD
  LkTensor *tensor;
  LkGraph *graph;         /* of a symbolic tensor: keeps its node */
  PyObject *weak;
} PyTensor;

/* The part of tf.Variable that is in C. */
typedef struct
{
  PyObject_HEAD
  LkTensor *handle;       /* NULL until it is created */
  LkVariable *variable;   /* NULL for one that lives in a version 1 graph */
  LkGraph *graph;         /* the graph of such a one */
  LkDType dtype;
  LkShape shape;
  PyObject *weak;
} PyVariable;

typedef struct
{
  PyObject_HEAD
  LkGraph *graph;
  gboolean of_function;   /* being traced for a function: TensorFlow 2's rules hold in it */
  PyObject *weak;
} PyGraph;

typedef struct
{
  PyObject_HEAD
  LkNode *node;
  LkGraph *graph;
} PyOperation;

/* tf.DType is a Python class over this. */
typedef struct
{
  PyObject_HEAD
  LkDType dtype;
} PyDType;

extern PyTypeObject *tensor_type, *eager_type, *symbolic_type, *variable_type, *graph_type, *operation_type,
  *dtype_type;

#define IS_TENSOR(object) PyObject_TypeCheck ((object), tensor_type)
#define IS_VARIABLE(object) PyObject_TypeCheck ((object), variable_type)
#define TENSOR(object) (((PyTensor *) (object))->tensor)

/* What the package lends the binding, by _lockstep.register (name=object). */
typedef struct
{
  PyObject *TensorShape;  /* called with a tuple or None */
  PyObject *as_dtype;     /* anything that names a dtype → DType */
  PyObject *dtypes;       /* {number: DType} */
  PyObject *errors;       /* {code: class} */
  PyObject *not_allowed;  /* OperatorNotAllowedInGraphError */
  PyObject *IndexedSlices;
  PyObject *numerics_message;     /* (op type, output, number of outputs, it, inputs) → text */
  PyObject *boolean_mask;
  PyObject *CompositeTensor, *composite_apply;  /* a class, and (op, arguments) → result of an op that has met one */
  PyObject *callback;     /* (token, tensors) → tensors: what EagerPyFunc and PyFunc run */
  PyObject *bfloat16_repr;    /* (array of float32) → str */
  PyObject *symbolic_apply;   /* (op name, arguments, keywords) → result, for ops on keras.Input() */
} Lent;
extern Lent lent;

LkContext *binding_context (void);     /* this thread's, with the locator set */

/* errors.c */
PyObject *raise_engine (LkContext *ctx,
                        const char *op);    /* the context's error as TensorFlow's; returns NULL */
PyObject *raise_gerror (GError *error);     /* (transfer full) */

/* tensor.c */
PyObject *tensor_wrap (LkTensor *tensor);     /* (transfer full); NULL gives NULL */
PyObject *tensor_wrap_all (LkTensor **tensors, guint n);    /* a list; NULL entries become None */
PyObject *gradient_wrap_all (LkContext *ctx, LkTensor **gradients, guint n);      /* the same of gradients, some IndexedSlices */
gboolean tensor_is_legacy (const PyTensor *self);     /* of a version 1 graph: == and hash are identity */
PyObject *shape_wrap (const LkShape *shape);
PyObject *dtype_wrap (LkDType dtype);

/* number.c, index.c: slots that Tensor and Variable share */
extern PyType_Slot number_slots[];                          /* ends with { 0 } */
PyObject *tensor_subscript (PyObject *self, PyObject *key);
PyObject *tensor_compare (PyObject *a, PyObject *b, int how);
PyObject *tensor_matmul (PyObject *a, PyObject *b);

/* convert.c */
LkDType dtype_of (PyObject *object);     /* LK_INVALID with an exception */
gboolean shape_of (PyObject *object,
                   LkShape *shape);       /* None, TensorShape, sequence; FALSE with an exception */
const char *dtype_c_name (LkDType dtype);     /* "float", "double", "int32": in TensorFlow's messages */
/* A value for an op: tensors as they are, variables read, all else by value_of(), as a Const node while
   tracing. */
LkTensor *input_of (PyObject *object, LkDType want);
/* A tensor with a value, of Python numbers, lists, arrays. want LK_INVALID: as TensorFlow infers it. */
LkTensor *value_of (PyObject *object, LkDType want);
LkTensor *constant_of (LkTensor *value);     /* (transfer full) value: a Const node while tracing */
gboolean is_plain (PyObject *object);     /* a value that value_of() is likely to take */
LkDType dtype_shown (PyObject *object);     /* of a Tensor or Variable; LK_INVALID for others */
gboolean dtype_converts (LkDType from,
                         LkDType to);         /* without loss of kind: int to float but not back */

/* array.c: the only file that knows NumPy */
PyObject *array_of (LkTensor *tensor);     /* a copy; a NumPy scalar when the rank is 0 */
LkTensor *array_value (PyObject *object, LkDType want);     /* of whatever numpy.asarray takes */
gboolean is_array (PyObject *object);     /* ndarray or NumPy scalar */

/* op.c */
extern PyTypeObject *op_type;
PyObject *op_table (void);     /* {name: Op} of the whole registry */
PyObject *op_apply (PyObject *module, PyObject *const *args, Py_ssize_t n, PyObject *names);

/* node.c */
PyObject *op_definition (PyObject *op, PyObject *unused);
PyObject *op_flat (PyObject *op, PyObject *args);

/* closure.c */
/* A gradient rule of (*output gradients) → a sequence, one for each input, with None. NULL for None, and with an
   exception. of_operation: the operation is its first argument. */
LkClosure *closure_of (PyObject *function, gboolean of_operation);

/* quick.c */
extern PyTypeObject *quick_type;
PyObject *quick_new (PyObject *module, PyObject *args);     /* a function that mostly is one op */

/* update.c */
PyObject *update_variables (PyObject *module, PyObject *const *args, Py_ssize_t n);     /* a step of an optimizer */
/* callback.c */
void callback_init (void);

/* variable.c */
LkTensor *variable_read (PyVariable *self);
PyObject *variable_find (LkVariable *variable);     /* its Python object; None when there is none */

/* function.c */
extern PyTypeObject *function_type;
PyObject *function_wrap (LkFunction *function); /* (transfer full) */
/* Tensors for the engine from a list of Tensors, Variables (their handles) and None, borrowed. FALSE with an
   exception. */
gboolean tensors_collect (PyObject *list, GPtrArray *into);
LkFunction *function_of (PyObject *object);     /* a Function's; NULL when it is none */

/* caller.c */
PyObject *caller_run_eagerly (PyObject *module, PyObject *yes);     /* functions run as plain Python, or no longer */

/* graph.c */
PyObject *graph_find (LkGraph *graph);     /* its Python object, made if need be; NULL gives None */
PyObject *operation_wrap (LkNode *node);
gboolean graph_is_function (const LkGraph *graph);

/* locate.c */
guint32 locate (LkContext *ctx, gpointer data);
guint32 locate_frames (guint *n_frames);     /* and how many frames of the program there are */
guint32 locate_traceback (PyObject *traceback);
gboolean code_is_ours (PyCodeObject *code);
const char *code_file (PyCodeObject *code);     /* absolute */
void locate_own (const char *folder);     /* code in this folder is not the program's */

/* gate.c */
extern gint gate_news;                                      /* the debugger changed its wish for lines */
void gate_catch_up (void);
extern PyMethodDef gate_methods[];

extern PyMethodDef graph_methods[], summary_methods[], control_methods[], records_methods[], message_methods[];
extern PyType_Spec tensor_spec, eager_spec, symbolic_spec, variable_spec, graph_spec, operation_spec,
  dtype_spec,
  op_spec, quick_spec, caller_spec, tape_spec, forward_spec, function_spec, container_spec, writer_spec;
