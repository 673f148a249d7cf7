/* SPDX-License-Identifier: MIT */
/* The registry: what every op is. A row of ops.def declares it, in the terms of TensorFlow's OpDef; one block in
   ops/<family>.c gives its rules. Everything that lists ops (the C API, Python's names, labels, docs, gradient checks)
   iterates this table. */
#pragma once
#include "engine/core/error.h"
#include "engine/core/loop.h"
#include "engine/core/tensor.h"

typedef struct _LkContext LkContext;
typedef struct _LkFunction LkFunction;
typedef struct _LkOp LkOp;
typedef struct _LkCall LkCall;
typedef struct _LkClosure LkClosure;
typedef struct _LkReduction LkReduction;

typedef enum
{
  LK_ATTR_BOOL, LK_ATTR_INT, LK_ATTR_FLOAT, LK_ATTR_TYPE, LK_ATTR_STRING, LK_ATTR_INTS, LK_ATTR_SHAPE,
  LK_ATTR_TENSOR, LK_ATTR_FUNC, LK_ATTR_TYPES, LK_ATTR_FLOATS, LK_ATTR_CLOSURE, LK_ATTR_FUNCS
} LkAttrKind;

/* An array of integers as an attribute; immutable. */
typedef struct
{
  guint n;
  gint64 v[];
} LkInts;

/* The same of floats. */
typedef struct
{
  guint n;
  double v[];
} LkFloats;

/* The same of functions. */
typedef struct
{
  guint n;
  LkFunction *v[];
} LkFuncs;

/* The value of an attribute; which member holds it follows from the op's declaration. Borrowed for the length of a call;
   a node keeps copies of its own. */
typedef union
{
  gboolean b;
  gint64 i;
  double f;
  LkDType type;
  const char *s;
  const LkInts *ints;     /* (nullable) for "none given"; of types, LkDType numbers */
  const LkFloats *floats;
  const LkShape *shape;
  LkTensor *tensor;
  LkFunction *func;
  const LkFuncs *funcs;
  LkClosure *closure;     /* (nullable) */
} LkAttr;

typedef struct
{
  const char *name;
  LkAttrKind kind;
  gboolean inferred;      /* taken from the inputs' dtypes or their number; not an argument */
  const char *fallback;   /* default as written in ops.def, NULL when the argument is required */
  guint64 types;          /* LK_ATTR_TYPE: bit per allowed LkDType; 0 = any */
  const char *limits;     /* the same as written in ops.def, "floating bool"; NULL = any */
} LkAttrDef;

typedef struct
{
  const char *name;
  LkDType dtype;          /* LK_INVALID: that of attribute `type_attr` */
  gint8 type_attr;        /* index into attrs, -1 when dtype is fixed */
  gboolean list;          /* takes or gives several ("N * T"): inputs that are lists have the same N; so have outputs, which come first */
  gint8 count_attr;       /* list: index into attrs of its length, -1 when a function's signature says it */
} LkArg;

typedef enum
{
  LK_OP_STATEFUL = 1,     /* has an effect or depends on state: never pruned, folded or merged */
  LK_OP_ALIAS = 2,        /* output 0 is input 0's elements: it shares the buffer and has no kernel */
  LK_OP_ALLOCATES = 4,    /* the shape depends on values: the kernel makes its outputs (lk_call_output) */
  LK_OP_SCALARS_IN = 8,   /* reserved for ops that read their small inputs on the host */
  LK_OP_UNIFORM = 16      /* all inputs and outputs are of one dtype, that of the inputs; found by the generator */
} LkOpFlags;

/* What the shape rule says of one output. */
typedef struct
{
  LkDType dtype;          /* filled from the declaration before the rule runs */
  LkShape shape;
} LkSignature;

/* One application of an op: what shape rule, kernel and gradient receive. */
struct _LkCall
{
  LkContext *ctx;
  const LkOp *op;
  guint n_inputs;
  LkTensor *const *inputs;
  const LkAttr *attrs;    /* one for each non-inferred attribute, in order of declaration */
  guint n_outputs;
  LkTensor **outputs;     /* kernel: allocated by the shape rule's answer. gradient: the results */
};

/* One set of arguments on which the op is tested: text, in the grammar of ops/sample.h. */
typedef struct
{
  const char *inputs;     /* "float64[2,3]; float64[3,4]" */
  const char *attrs;      /* "transpose_a=true", or NULL */
} LkSample;

typedef struct _LkProvenance LkProvenance;

/* The block of an op. */
typedef struct
{
  /* Shape rule, and the only gate: FALSE after lk_call_fail(). out[i].dtype is set; out[i].shape is to be. Inputs may be
     symbolic (unknown dimensions, no data): use lk_call_constant() for values that shapes depend on. */
  gboolean (*infer) (const LkCall *call, LkSignature *out);
  /* Computes: reads inputs, writes outputs. The rule has let only good shapes through; what values alone can tell (an index
     out of range, an integer divided by zero) it reports by lk_call_fail(). */
  void (*kernel) (LkCall *call);
  /* Of elementwise ops, by dtype of input 0: the loop that the kernel runs over all elements, and does nothing else, so that
     whoever knows the shapes may run it in its stead. NULL where there is more to it. binary: broadcast, and what it writes may
     be where an input of the same size lies. */
  const LkUnaryLoop *unary;
  const LkBinaryLoop *binary;
  /* Of reductions over the axes that input 1 gives: how they go over input 0 (ops/axes.h). Else NULL. */
  const LkReduction *reduction;
  /* The kernel knows no narrow dtypes: dispatch gives it its typed inputs and outputs in wider ones (core/narrow.h). */
  gboolean widens;
  /* Given d(loss)/d(output) for each output (NULL where there is none), sets dx[i] (transfer full) for the inputs that
     have a gradient, by calls of ops on call->ctx. A list input has an entry for each of its tensors. */
  void (*gradient) (const LkCall *call, LkTensor *const *dy, LkTensor **dx);
  const LkSample *samples;    /* ends with { NULL } */
  /* Which input elements made output element `element` of output `output`. NULL: the same element of each input,
     broadcast. */
  void (*provenance) (const LkCall *call, guint output, gint64 element, LkProvenance *into);
  /* The shape rule in a sentence, for the docs; NULL for the shared rules (describe.c), which have theirs. */
  const char *shape;
} LkBlock;

struct _LkOp
{
  const char *name;       /* TensorFlow's: "MatMul" */
  const char *c_name;     /* "mat_mul", of lk_mat_mul() */
  guint16 index;          /* LK_OP_… : place in the registry */
  guint8 flags;           /* LkOpFlags */
  guint8 n_inputs, n_attrs, n_outputs;    /* of the declaration, inferred attributes included */
  guint8 n_lists;         /* how many of the inputs are lists */
  gboolean limits_given;  /* a type attribute that is an argument allows only some types */
  const LkArg *inputs;
  const LkAttrDef *attrs;
  const LkArg *outputs;
  const char *formula;    /* one line, plain text */
  const LkBlock *block;
};

/* How many tensors each of op's list inputs has in a call with n_inputs in all. */
static inline guint
lk_op_list_length (const LkOp *op, guint n_inputs)
{
  return op->n_lists > 0 ? (n_inputs - (op->n_inputs - op->n_lists)) / op->n_lists : 0;
}

/* The number of the op's outputs when its lists, if it has any, are of that length; the declaration of number i of so many. */
guint lk_op_count_outputs (const LkOp *op, guint length);
const LkArg *lk_op_list_output (const LkOp *op, guint i, guint n_outputs);
static inline const LkArg *
lk_op_output (const LkOp *op, guint i, guint n_outputs)
{
  return G_LIKELY (!op->outputs[0].list) ? &op->outputs[i] : lk_op_list_output (op, i, n_outputs);
}

const LkOp *lk_op_find (const char *name);          /* by TensorFlow's name; (nullable) */
const LkOp *lk_op_at (guint index);                 /* (nullable) past the end */
guint lk_op_count (void);

/* For rules. The first error of a context stays until it is taken. */
gboolean lk_call_fail (const LkCall *call, LkErrorCode code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* The value of input i if it is known now (it has one, or its node is a Const); (nullable) (transfer none) */
LkTensor *lk_call_constant (const LkCall *call, guint i);
/* For gradient rules: FALSE when nobody asks for dx[i], so that it may be left NULL. */
gboolean lk_call_wants_gradient (const LkCall *call, guint i);
/* ALLOCATES ops: makes output i. NULL after reporting ResourceExhaustedError. (transfer none) */
LkTensor *lk_call_output (LkCall *call, guint i, const LkShape *shape);

/* Provenance: one range of elements of input `input`. */
void lk_provenance_add (LkProvenance *into, guint input, gint64 first, gint64 count, gint64 stride);
