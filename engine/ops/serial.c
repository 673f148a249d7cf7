/* SPDX-License-Identifier: MIT */
/* Tensors as bytes and back: SerializeTensor, ParseTensor. */
#include <string.h>

#include "engine/eager/dispatch.h"
#include "engine/formats/tensor.pb-c.h"
#include "engine/ops/rule.h"
#include "engine/ops/text.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
serialize_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SCALAR;
  return (call->inputs[0]->dtype != LK_RESOURCE && call->inputs[0]->dtype != LK_VARIANT)
         || lk_call_fail (call, LK_UNIMPLEMENTED, "a tensor of %s has no bytes", lk_dtype_name (call->inputs[0]->dtype));
}

static void
serialize_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  Lockstep__TensorProto proto = LOCKSTEP__TENSOR_PROTO__INIT;
  Lockstep__TensorShapeProto shape = LOCKSTEP__TENSOR_SHAPE_PROTO__INIT;
  Lockstep__TensorShapeProto__Dim dims[LK_MAX_RANK], *pointers[LK_MAX_RANK];
  g_autofree ProtobufCBinaryData *texts = x->dtype == LK_STRING ? g_new (ProtobufCBinaryData, x->size + 1) : NULL;
  for (guint i = 0; i < x->shape.rank; i++)
    {
      dims[i] = (Lockstep__TensorShapeProto__Dim) LOCKSTEP__TENSOR_SHAPE_PROTO__DIM__INIT;
      dims[i].size = x->shape.dims[i];
      pointers[i] = &dims[i];
    }
  shape.n_dim = x->shape.rank;
  shape.dim = pointers;
  proto.dtype = x->dtype;
  proto.tensor_shape = &shape;
  for (gint64 i = 0; texts != NULL && i < x->size; i++)
    {
      const LkText text = lk_text_at (x, i);
      texts[i] = (ProtobufCBinaryData) { text.length, (guint8 *) text.bytes };
    }
  if (texts != NULL)
    {
      proto.n_string_val = x->size;
      proto.string_val = texts;
    }
  else
    proto.tensor_content = (ProtobufCBinaryData) { lk_tensor_bytes (x), x->data };
  g_autofree guint8 *bytes = g_malloc (lockstep__tensor_proto__get_packed_size (&proto) + 1);
  const gsize n = lockstep__tensor_proto__pack (&proto, bytes);
  lk_texts_output (call, 0, &LK_SCALAR, &(LkText) { (const char *) bytes, n });
}

LK_BLOCK (serialize_tensor, .infer = serialize_infer, .shape = "A scalar.",
          .kernel = serialize_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "float32[2]={1,2}" }, { "string[2,1]={a,b}" }, { "int64[]" }, { "bool[0,3]" }));

/* ---- ParseTensor ---- */

static gboolean
parse_infer (const LkCall *call, LkSignature *out)
{
  out[0].shape = LK_SHAPE_UNKNOWN;
  return lk_rule_need_rank (call, 0, 0, "Expected `serialized` to be a scalar, got shape: %s");
}

static gboolean
proto_shape (const LkCall *call, const Lockstep__TensorShapeProto *proto, LkShape *shape)
{
  *shape = LK_SCALAR;
  if (proto != NULL && (proto->unknown_rank || proto->n_dim > LK_MAX_RANK))
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "a tensor's shape has to be known and of at most %d axes", LK_MAX_RANK);
  for (guint i = 0; proto != NULL && i < proto->n_dim; i++)
    shape->dims[shape->rank++] = proto->dim[i]->size;
  for (guint i = 0; i < shape->rank; i++)
    if (shape->dims[i] < 0)
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Dimension %" G_GINT64_FORMAT " must be >= 0", shape->dims[i]);
  return lk_shape_size (shape) >= 0
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Encountered overflow when multiplying the sizes of a shape");
}

/* A list's elements, the last of which stands for all that are left out. */
#define FILL(T, list, each) \
  if (proto->n_##list > 0 && (proto->n_##list) % (each) == 0) \
    { \
      for (gint64 i = 0; i < y->size * (each); i++) \
        ((T *) y->data)[i] = (T) proto->list[i < (gint64) proto->n_##list ? i \
                                             : (gint64) proto->n_##list - (each) + i % (each)]; \
      return TRUE; \
    } \
  break

static gboolean
fill_from_list (const Lockstep__TensorProto *proto, LkTensor *y)
{
  switch ((int) y->dtype)
    {
    case LK_FLOAT32: FILL (float, float_val, 1);
    case LK_FLOAT64: FILL (double, double_val, 1);
    case LK_INT8: FILL (gint8, int_val, 1);
    case LK_INT16: FILL (gint16, int_val, 1);
    case LK_INT32: FILL (gint32, int_val, 1);
    case LK_UINT8: FILL (guint8, int_val, 1);
    case LK_UINT16: FILL (guint16, int_val, 1);
    case LK_UINT32: FILL (guint32, uint32_val, 1);
    case LK_INT64: FILL (gint64, int64_val, 1);
    case LK_UINT64: FILL (guint64, uint64_val, 1);
    case LK_BOOL: FILL (guint8, bool_val, 1);
    case LK_FLOAT16: case LK_BFLOAT16: FILL (guint16, half_val, 1);
    case LK_COMPLEX64: FILL (float, scomplex_val, 2);
    case LK_COMPLEX128: FILL (double, dcomplex_val, 2);
    }
  return FALSE;
}

static gboolean
fill_numbers (const Lockstep__TensorProto *proto, LkTensor *y)
{
  const gsize bytes = lk_tensor_bytes (y);
  if (proto->tensor_content.len > 0 && proto->tensor_content.len != bytes)
    return FALSE;
  if (bytes == 0)
    return TRUE;
  if (proto->tensor_content.len == 0)
    {
      memset (y->data, 0, bytes);
      fill_from_list (proto, y);
      return TRUE;
    }
  memcpy (y->data, proto->tensor_content.data, bytes);
  return TRUE;
}

static gboolean
fill_texts (LkCall *call, const Lockstep__TensorProto *proto, const LkShape *shape)
{
  const gint64 n = lk_shape_size (shape);
  /* One text may stand for all, but not for more than can be meant. */
  if (proto->n_string_val != (gsize) n && (proto->n_string_val != 1 || n > 1 << 24))
    return FALSE;
  g_autofree LkText *texts = g_new (LkText, n + 1);
  for (gint64 i = 0; i < n; i++)
    {
      const ProtobufCBinaryData *text = &proto->string_val[MIN (i, (gint64) proto->n_string_val - 1)];
      texts[i] = (LkText) { (const char *) text->data, text->len };
    }
  lk_texts_output (call, 0, shape, texts);
  return TRUE;
}

static void
parse_kernel (LkCall *call)
{
  const LkText text = lk_text_at (call->inputs[0], 0);
  Lockstep__TensorProto *proto = lockstep__tensor_proto__unpack (NULL, text.length, (const guint8 *) text.bytes);
  const LkDType wanted = call->attrs[0].type;
  const int found = proto != NULL ? (int) proto->dtype : LK_INVALID;
  LkShape shape;
  gboolean good = proto != NULL;
  if (good && found != (int) wanted)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "Type mismatch between parsed tensor (%s) and dtype (%s)",
                  found > 0 && found < LK_N_DTYPES ? lk_dtype_kernel_name ((LkDType) found) : "?",
                  lk_dtype_kernel_name (wanted));
  else if (good && proto_shape (call, proto->tensor_shape, &shape))
    good = wanted == LK_STRING ? fill_texts (call, proto, &shape)
           : lk_dtype_size (wanted) > 0 && lk_call_output (call, 0, &shape) != NULL && fill_numbers (proto, call->outputs[0]);
  if (!good)
    lk_call_fail (call, LK_INVALID_ARGUMENT, "Could not parse `serialized` as TensorProto, it holds %" G_GSIZE_FORMAT
                  " bytes", text.length);
  if (proto != NULL)
    lockstep__tensor_proto__free_unpacked (proto, NULL);
}

LK_BLOCK (parse_tensor, .infer = parse_infer, .shape = "Unknown: that of the tensor in the text; serialized is a scalar.",
          .kernel = parse_kernel, .provenance = lk_all_elements,
          SAMPLES ({ "string[]={\x08\x03\x12\x04\x12\x02\x08\x01\x22\x04" "abcd}", "out_type=int32" }));
