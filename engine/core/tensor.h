/* SPDX-License-Identifier: MIT */
/* A tensor: a value of one dtype and shape that never changes once it is made, or, with `node` set, the output of a
   graph node that has no value yet ("symbolic"). Elements are dense, row-major. Any thread may hold and read one. */
#pragma once
#include "engine/core/buffer.h"
#include "engine/core/dtype.h"
#include "engine/core/shape.h"

typedef struct _LkNode LkNode;
typedef struct _LkTensor LkTensor;

struct _LkTensor
{
  gint refs;              /* atomic */
  guint8 dtype;           /* LkDType */
  guint16 output;         /* symbolic: which output of the node */
  LkShape shape;          /* fully known unless symbolic */
  gint64 size;            /* elements; -1 when not known */
  guint64 id;             /* unique in the process, increasing, never 0 */
  void *data;             /* NULL when symbolic */
  LkBuffer *buffer;       /* holds data, which may begin inside it */
  LkNode *node;           /* NULL when it has a value */
};

/* An uninitialised tensor for its only holder to fill. NULL when memory is short. (transfer full) */
LkTensor *lk_tensor_new (LkDType dtype, const LkShape *shape);
/* A copy of size elements at data. (transfer full) */
LkTensor *lk_tensor_new_copy (LkDType dtype, const LkShape *shape, const void *data);
/* Uses buffer (transfer full) from byte offset on. (transfer full) */
LkTensor *lk_tensor_new_buffer (LkDType dtype, const LkShape *shape, LkBuffer *buffer, gsize offset);
/* The same elements in another shape of as many. (transfer full) */
LkTensor *lk_tensor_new_alias (LkTensor *tensor, const LkShape *shape);
/* Output number `output` of node; holds no reference on it. (transfer full) */
LkTensor *lk_tensor_new_symbolic (LkDType dtype, const LkShape *shape, LkNode *node, guint output);
/* A string tensor of the given elements; lengths NULL means NUL-terminated. (transfer full) */
LkTensor *lk_tensor_new_strings (const LkShape *shape, const char *const *strings, const gsize *lengths);
LkTensor *lk_tensor_new_float (float value);
LkTensor *lk_tensor_new_int32 (gint32 value);
LkTensor *lk_tensor_ref (LkTensor *tensor);         /* (nullable) */
void lk_tensor_unref (LkTensor *tensor);            /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LkTensor, lk_tensor_unref)

gsize lk_tensor_bytes (const LkTensor *tensor);
/* String tensors hold size + 1 offsets (guint64, from the start of data), then the bytes: they can be read from
   another process. The bytes of element i are not NUL-terminated. */
const char *lk_string_at (const LkTensor *tensor, gint64 i, gsize *length);
/* Element i, converted; for numbers and bool. Of complex numbers the real part; the imaginary part of others is 0. */
double lk_tensor_double_at (const LkTensor *tensor, gint64 i);
double lk_tensor_imaginary_at (const LkTensor *tensor, gint64 i);
gint64 lk_tensor_int_at (const LkTensor *tensor, gint64 i);
/* Fills in element i, converted, of a tensor that its only holder is making: floats are rounded, integers wrap, and what is no
   bool is compared with 0. */
void lk_tensor_set_double (LkTensor *tensor, gint64 i, double value);
void lk_tensor_set_complex (LkTensor *tensor, gint64 i, double real, double imaginary);
void lk_tensor_set_int (LkTensor *tensor, gint64 i, gint64 value);
/* NumPy's text of the value, as TensorFlow prints it: "[[1. 2.]\n [3. 4.]]", with "..." beyond 1,000 elements. (transfer full) */
char *lk_tensor_text (const LkTensor *tensor);
