/* SPDX-License-Identifier: MIT */
/* Operators of Tensor and Variable, straight into the engine: no Python runs between `a + b` and the kernel.
   */
#include "binding.h"

typedef enum
{
  ADD, SUB, MUL, DIV, FLOOR_DIV, MOD, POW, MATMUL, BATCH_MATMUL, AND, OR, XOR, LESS, LESS_EQUAL, GREATER,
    GREATER_EQUAL,
  EQUAL, NOT_EQUAL, NEG, ABS, COMPLEX_ABS, NOT, BIT_AND, BIT_OR, BIT_XOR, INVERT, CAST, JOIN, N_OPERATORS
} Operator;

/* TensorFlow's op, and the name that it gives the node of the operator. */
static struct { const char *op, *node; const LkOp *found; } operators[N_OPERATORS] = {
  [ADD] = { "AddV2", "add" }, [SUB] = { "Sub", "sub" }, [MUL] = { "Mul", "mul" }, [DIV] = { "RealDiv",
    "truediv" },
  [FLOOR_DIV] = { "FloorDiv", "floordiv" }, [MOD] = { "FloorMod", "mod" }, [POW] = { "Pow", "pow" },
  [MATMUL] = { "MatMul", "matmul" }, [BATCH_MATMUL] = { "BatchMatMulV2", "matmul" },
  [AND] = { "LogicalAnd", "and" }, [OR] = { "LogicalOr", "or" }, [XOR] = { "NotEqual", "xor" },
  [LESS] = { "Less", "Less" }, [LESS_EQUAL] = { "LessEqual", "LessEqual" }, [GREATER] = { "Greater",
    "Greater" },
  [GREATER_EQUAL] = { "GreaterEqual", "GreaterEqual" }, [EQUAL] = { "Equal", "Equal" },
  [NOT_EQUAL] = { "NotEqual", "NotEqual" }, [NEG] = { "Neg", "Neg" }, [ABS] = { "Abs", "Abs" }, [COMPLEX_ABS] = { "ComplexAbs", "ComplexAbs" },
  [NOT] = { "LogicalNot", "LogicalNot" }, [BIT_AND] = { "BitwiseAnd", "and" }, [BIT_OR] = { "BitwiseOr",
    "or" },
  [BIT_XOR] = { "BitwiseXor", "xor" }, [INVERT] = { "Invert", "invert" }, [CAST] = { "Cast", "Cast" },
  [JOIN] = { "StringJoin", "add" },
};

static LkTensor *
apply (Operator which, LkTensor **inputs, guint n, const LkAttr *attrs)
{
  LkContext *ctx = binding_context ();
  const LkOp *op = operators[which].found;
  if (G_UNLIKELY (op == NULL))
    op = operators[which].found = lk_op_find (operators[which].op);
  if (op == NULL)
    return PyErr_Format (PyExc_NotImplementedError, "this engine has no op %s", operators[which].op), NULL;
  LkGraph *graph = lk_context_graph (ctx);
  if (graph != NULL)
    lk_graph_name_next (graph, operators[which].node);
  LkTensor *result = lk_apply1 (ctx, op, inputs, n, attrs);
  if (G_UNLIKELY (result == NULL))
    raise_engine (ctx, op->name);
  else if (LK_WATCHED && g_atomic_int_get (&gate_news))
    gate_catch_up ();
  return result;
}

static LkTensor *
cast (LkTensor *tensor, LkDType to)
{
  if (tensor->dtype == to)
    return tensor;
  LkTensor *result = apply (CAST, &tensor, 1, (LkAttr[]) { { .type = to } });
  lk_tensor_unref (tensor);
  return result;
}

/* Both operands as tensors, the plain one in the other's dtype. FALSE with an exception, or without one when
   the other operand's own class should be asked (NotImplemented). (transfer full) inputs */
static gboolean
operands (PyObject *a, PyObject *b, LkTensor **inputs)
{
  LkDType left = dtype_shown (a), right = dtype_shown (b);
  inputs[0] = inputs[1] = NULL;
  if ((left == LK_INVALID && !is_plain (a)) || (right == LK_INVALID && !is_plain (b)))
    return FALSE;
  inputs[0] = input_of (a, left ? left : right);
  inputs[1] = inputs[0] ? input_of (b, right ? right : left) : NULL;
  if (inputs[1] != NULL)
    return TRUE;
  lk_tensor_unref (inputs[0]);
  return FALSE;
}

static PyObject *
finish (Operator which, LkTensor **inputs)
{
  LkAttr attrs[2] = { { .b = FALSE }, { .b = FALSE } };
  if (which == JOIN)
    attrs[0].s = "";
  LkTensor *result = apply (which, inputs, 2, attrs);
  lk_tensor_unref (inputs[0]);
  lk_tensor_unref (inputs[1]);
  return tensor_wrap (result);
}

static PyObject *
refuse (void)
{
  if (PyErr_Occurred ())
    return NULL;
  Py_RETURN_NOTIMPLEMENTED;
}

static PyObject *
binary (Operator which, PyObject *a, PyObject *b)
{
  if (G_LIKELY (IS_TENSOR (a) && IS_TENSOR (b)))
    return tensor_wrap (apply (which, (LkTensor *[]) { TENSOR (a), TENSOR (b) }, 2, &(LkAttr) { .s = "" }));
  LkTensor *inputs[2];
  return operands (a, b, inputs) ? finish (which, inputs) : refuse ();
}

/* Strings are joined. */
static PyObject *
add (PyObject *a, PyObject *b)
{
  gboolean text = (IS_TENSOR (a) && TENSOR (a)->dtype == LK_STRING) || (IS_TENSOR (b)
      && TENSOR (b)->dtype == LK_STRING);
  return binary (G_UNLIKELY (text) ? JOIN : ADD, a, b);
}

static PyObject *subtract (PyObject *a, PyObject *b) { return binary (SUB, a, b); }
static PyObject *multiply (PyObject *a, PyObject *b) { return binary (MUL, a, b); }
static PyObject *floor_divide (PyObject *a, PyObject *b) { return binary (FLOOR_DIV, a, b); }
static PyObject *modulo (PyObject *a, PyObject *b) { return binary (MOD, a, b); }
static PyObject *power (PyObject *a, PyObject *b, PyObject *modulus) { return binary (POW, a, b); }

/* Integers divide as float64, small ones as float32. */
static PyObject *
divide (PyObject *a, PyObject *b)
{
  LkTensor *inputs[2];
  if (!operands (a, b, inputs))
    return refuse ();
  if (lk_dtype_is_integer (inputs[0]->dtype) && inputs[0]->dtype == inputs[1]->dtype)
    {
      LkDType to = lk_dtype_size (inputs[0]->dtype) <= 2 ? LK_FLOAT32 : LK_FLOAT64;
      for (guint i = 0; i < 2; i++)
        inputs[i] = inputs[i] ? cast (inputs[i], to) : NULL;
      if (inputs[0] == NULL || inputs[1] == NULL)
        return lk_tensor_unref (inputs[0]), lk_tensor_unref (inputs[1]), NULL;
    }
  return finish (DIV, inputs);
}

PyObject *
tensor_matmul (PyObject *a, PyObject *b)
{
  LkTensor *inputs[2];
  if (!operands (a, b, inputs))
    return refuse ();
  gboolean plain = inputs[0]->shape.rank == 2 && inputs[1]->shape.rank == 2;
  gboolean batch = inputs[0]->shape.rank > 2 || inputs[1]->shape.rank > 2;
  return finish (plain || !batch ? MATMUL : BATCH_MATMUL, inputs);
}

static PyObject *
logical (Operator on_bool, Operator on_integers, PyObject *a, PyObject *b)
{
  LkDType dtype = dtype_shown (a) ? dtype_shown (a) : dtype_shown (b);
  return binary (dtype == LK_BOOL ? on_bool : on_integers, a, b);
}

static PyObject *and (PyObject *a, PyObject *b) { return logical (AND, BIT_AND, a, b); }
static PyObject *or (PyObject *a, PyObject *b) { return logical (OR, BIT_OR, a, b); }
static PyObject *xor (PyObject *a, PyObject *b) { return logical (XOR, BIT_XOR, a, b); }

static PyObject *
unary (Operator which, PyObject *a)
{
  LkTensor *input = input_of (a, LK_INVALID);
  LkTensor *result = input ? apply (which, &input, 1, NULL) : NULL;
  lk_tensor_unref (input);
  return tensor_wrap (result);
}

static PyObject *negative (PyObject *a) { return unary (NEG, a); }

static PyObject *
absolute (PyObject *a)
{
  const LkDType dtype = dtype_shown (a);
  if (!lk_dtype_is_complex (dtype))
    return unary (ABS, a);
  LkTensor *input = input_of (a, LK_INVALID);
  const LkAttr part = { .type = dtype == LK_COMPLEX64 ? LK_FLOAT32 : LK_FLOAT64 };
  LkTensor *result = input ? apply (COMPLEX_ABS, &input, 1, &part) : NULL;
  lk_tensor_unref (input);
  return tensor_wrap (result);
}

static PyObject *invert (PyObject *a) { return unary (dtype_shown (a) == LK_BOOL ? NOT : INVERT, a); }
static PyObject *positive (PyObject *a) { return Py_NewRef (a); }

/* Tensors of shapes that do not fit are not equal, which is no error. */
static PyObject *
equality (Operator which, PyObject *a, PyObject *b)
{
  LkTensor *inputs[2];
  LkShape joint;
  if (b == Py_None)
    return PyBool_FromLong (which == NOT_EQUAL);
  if (IS_TENSOR (a) && tensor_is_legacy ((PyTensor *) a))
    return PyBool_FromLong ((IS_TENSOR (b) && TENSOR (a) == TENSOR (b)) == (which == EQUAL));
  if (IS_VARIABLE (a) && ((PyVariable *) a)->graph != NULL)
    return PyBool_FromLong ((a == b) == (which == EQUAL));
  if (!operands (a, b, inputs))
    return refuse ();
  if (lk_shape_broadcast (&inputs[0]->shape, &inputs[1]->shape, &joint))
    return finish (which, inputs);
  lk_tensor_unref (inputs[0]);
  lk_tensor_unref (inputs[1]);
  gboolean answer = which == NOT_EQUAL;
  return tensor_wrap (constant_of (lk_tensor_new_copy (LK_BOOL, &LK_SCALAR, &(guint8) { (guint8) answer })));
}

PyObject *
tensor_compare (PyObject *a, PyObject *b, int how)
{
  switch (how)
    {
    case Py_EQ: return equality (EQUAL, a, b);
    case Py_NE: return equality (NOT_EQUAL, a, b);
    case Py_LT: return binary (LESS, a, b);
    case Py_LE: return binary (LESS_EQUAL, a, b);
    case Py_GT: return binary (GREATER, a, b);
    default: return binary (GREATER_EQUAL, a, b);
    }
}

PyType_Slot number_slots[] = {
  { Py_nb_add, add }, { Py_nb_subtract, subtract }, { Py_nb_multiply, multiply }, { Py_nb_true_divide,
    divide },
  { Py_nb_floor_divide, floor_divide }, { Py_nb_remainder, modulo }, { Py_nb_power, power },
  { Py_nb_matrix_multiply, tensor_matmul }, { Py_nb_and, and }, { Py_nb_or, or }, { Py_nb_xor, xor },
  { Py_nb_negative, negative }, { Py_nb_positive, positive }, { Py_nb_absolute, absolute }, { Py_nb_invert,
    invert },
  { 0 }
};
