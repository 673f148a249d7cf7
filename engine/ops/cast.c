/* SPDX-License-Identifier: MIT */
/* Conversion between dtypes, and the ops that pass their input on or take only its shape. */
#include <string.h>

#include "engine/core/narrow.h"
#include "engine/core/parallel.h"
#include "engine/eager/dispatch.h"
#include "engine/ops/elements.h"
#include "engine/ops/elementwise.h"
#include "engine/ops/gradient.h"
#include "engine/ops/list.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

/* ---- Cast ---- */

/* Between the wide dtypes there are loops; narrow ones go through the wide one of theirs, a piece at a time. That is what a
   processor does, too: a float becomes an int8 by way of an int32 whose upper bits are dropped. */
#define CAST_FROM(attribute, name, T) \
  LK_UNARY_LOOP (attribute, name##_to_f32, T, float, x) \
  LK_UNARY_LOOP (attribute, name##_to_f64, T, double, x) \
  LK_UNARY_LOOP (attribute, name##_to_i32, T, gint32, x) \
  LK_UNARY_LOOP (attribute, name##_to_i64, T, gint64, x) \
  LK_UNARY_LOOP (attribute, name##_to_bool, T, guint8, x != 0) \
  LK_UNARY_LOOP (, name##_to_u64, T, guint64, x) \
  LK_UNARY_LOOP (, name##_to_c64, T, LkComplex64, x) \
  LK_UNARY_LOOP (, name##_to_c128, T, LkComplex128, x)
CAST_FROM (LK_CLONES, f32, float)
CAST_FROM (LK_CLONES, f64, double)
CAST_FROM (LK_CLONES, i32, gint32)
CAST_FROM (LK_CLONES, i64, gint64)
CAST_FROM (LK_CLONES, bool, guint8)
CAST_FROM (, u64, guint64)
CAST_FROM (, c64, LkComplex64)
CAST_FROM (, c128, LkComplex128)

LK_UNARY_LOOP (LK_CLONES, u8_to_f32, guint8, float, x)      /* pictures */

#define CAST_ROW(from, name) \
  [from] = { [LK_FLOAT32] = name##_to_f32, [LK_FLOAT64] = name##_to_f64, [LK_INT32] = name##_to_i32, \
             [LK_INT64] = name##_to_i64, [LK_BOOL] = name##_to_bool, [LK_UINT64] = name##_to_u64, \
             [LK_COMPLEX64] = name##_to_c64, [LK_COMPLEX128] = name##_to_c128 }
static const LkUnaryLoop casts[LK_N_DTYPES][LK_N_DTYPES] = {
  CAST_ROW (LK_FLOAT32, f32), CAST_ROW (LK_FLOAT64, f64), CAST_ROW (LK_INT32, i32), CAST_ROW (LK_INT64, i64),
  CAST_ROW (LK_BOOL, bool), CAST_ROW (LK_UINT64, u64), CAST_ROW (LK_COMPLEX64, c64), CAST_ROW (LK_COMPLEX128, c128),
  [LK_UINT8] = { [LK_FLOAT32] = u8_to_f32 },
};

static inline LkUnaryLoop
cast_loop (LkDType from, LkDType to)
{
  return casts[lk_dtype_wide (from)][lk_dtype_wide (to)];
}

static gboolean
cast_infer (const LkCall *call, LkSignature *out)
{
  const LkDType from = call->inputs[0]->dtype, to = call->attrs[0].type;
  if (to >= LK_N_DTYPES || cast_loop (from, to) == NULL)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "Cast %s to %s is not supported", lk_dtype_name (from),
                         to < LK_N_DTYPES ? lk_dtype_name (to) : "invalid");
  return lk_infer_first (call, out);
}

/* A cast that begins or ends with a narrow dtype. */
typedef struct
{
  LkDType from, to;
  LkUnaryLoop loop;
  const char *in;
  char *out;
  gint64 size, part;
} Casting;

static void
cast_pieces (const Casting *c, const char *in, char *out, gint64 size)
{
  enum { PIECE = 1024 };
  const gboolean widen = lk_dtype_wide (c->from) != c->from, narrow = lk_dtype_wide (c->to) != c->to;
  const gsize in_size = lk_dtype_size (c->from), out_size = lk_dtype_size (c->to);
  _Alignas (64) char wide[PIECE * 8], result[PIECE * 8];
  for (gint64 i = 0; i < size; i += PIECE, in += PIECE * in_size, out += PIECE * out_size)
    {
      const gint64 n = MIN (PIECE, size - i);
      if (widen)
        lk_widen (c->from, in, wide, n);
      c->loop (widen ? wide : in, narrow ? result : out, n);
      if (narrow)
        lk_narrow (c->to, result, out, n);
    }
}

static void
cast_part (gpointer data, guint task)
{
  const Casting *c = data;
  const gint64 first = task * c->part, n = MIN (c->part, c->size - first);
  const char *in = c->in + first * lk_dtype_size (c->from);
  char *out = c->out + first * lk_dtype_size (c->to);
  if (lk_dtype_wide (c->from) == c->to)
    lk_widen (c->from, in, out, n);
  else if (lk_dtype_wide (c->to) == c->from)
    lk_narrow (c->to, in, out, n);
  else
    cast_pieces (c, in, out, n);
}

static void
cast_narrow (const LkTensor *x, LkTensor *y)
{
  Casting c = { x->dtype, y->dtype, cast_loop (x->dtype, y->dtype), x->data, y->data, x->size, MAX (x->size, 1) };
  if (x->size >= LK_SHARE_LEAST)
    c.part = MAX (LK_SHARE_LEAST / 4, x->size / G_MAXUINT16);
  lk_parallel ((x->size + c.part - 1) / c.part, cast_part, &c);
}

static void
cast_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  LkTensor *y = call->outputs[0];
  const LkUnaryLoop loop = casts[x->dtype][y->dtype];
  if (x->dtype == y->dtype)
    memcpy (y->data, x->data, lk_tensor_bytes (x));
  else if (loop != NULL)
    lk_share_unary (loop, lk_dtype_size (x->dtype), lk_dtype_size (y->dtype), x->data, y->data, x->size);
  else
    cast_narrow (x, y);
}

static void
cast_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkDType from = call->inputs[0]->dtype;
  if (lk_dtype_has_gradient (from) && lk_dtype_has_gradient (call->attrs[0].type))
    dx[0] = lk_cast (call->ctx, dy[0], from);
}

LK_BLOCK (cast, .infer = cast_infer, .shape = "The input's shape.", .kernel = cast_kernel, .gradient = cast_gradient,
          SAMPLES ({ "float64[2,3]", "DstT=float64" }, { "float64[]", "DstT=int32" },
                   { "int64[0,2]", "DstT=bool" },
                   { "bool[3]", "DstT=float32" }, { "float16[3]", "DstT=int8" }, { "float32[3]", "DstT=bfloat16" },
                   { "uint64[2]", "DstT=complex64" }, { "complex128[2]", "DstT=float16" }, { "int8[3] in -9..9", "DstT=uint64" },
                   { "uint32[2]", "DstT=uint32" }, { "bfloat16[2]", "DstT=float16" }));

/* ---- Bitcast ---- */

/* Elements that are smaller have a last axis of as many as make up a larger one. */
static gboolean
bitcast_infer (const LkCall *call, LkSignature *out)
{
  const LkDType from = call->inputs[0]->dtype, to = out[0].dtype;
  const gsize size = lk_dtype_size (from), wanted = lk_dtype_size (to);
  LkShape shape = *lk_rule_shape (call, 0);
  const gboolean fits = to != LK_RESOURCE && to != LK_BOOL && wanted > 0
    && (shape.rank == LK_RANK_UNKNOWN || size == wanted || (size > wanted && shape.rank < LK_MAX_RANK)
        || (size < wanted && shape.rank > 0
            && (shape.dims[shape.rank - 1] == LK_DIM_UNKNOWN || shape.dims[shape.rank - 1] == (gint64) (wanted / size))));
  if (!fits)
    {
      g_autofree char *text = lk_shape_text (&shape);
      return lk_call_fail (call, LK_INVALID_ARGUMENT, "Cannot bitcast from %s to %s: shape %s", lk_dtype_kernel_name (from),
                           lk_dtype_kernel_name (to), text);
    }
  if (shape.rank != LK_RANK_UNKNOWN && size > wanted)
    shape.dims[shape.rank++] = size / wanted;
  else if (shape.rank != LK_RANK_UNKNOWN && size < wanted)
    shape.rank--;
  out[0].shape = shape;
  return TRUE;
}

static void
bitcast_kernel (LkCall *call)
{
  if (call->inputs[0]->size > 0)
    memcpy (call->outputs[0]->data, call->inputs[0]->data, lk_tensor_bytes (call->inputs[0]));
}

static void
bitcast_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const gsize size = lk_dtype_size (call->inputs[0]->dtype), wanted = lk_dtype_size (call->attrs[0].type);
  if (size >= wanted)
    lk_provenance_add (into, 0, element / (size / wanted), 1, 1);
  else
    lk_provenance_add (into, 0, element * (wanted / size), wanted / size, 1);
}

LK_BLOCK (bitcast, .infer = bitcast_infer,
          .shape = "The input's shape; of smaller elements a last axis of as many as one makes is added, of larger ones it is "
                   "dropped.",
          .kernel = bitcast_kernel, .provenance = bitcast_provenance,
          SAMPLES ({ "float32[2]", "type=int32" }, { "int64[2]={1,-1}", "type=uint16" }, { "uint8[3,4]", "type=uint32" },
                   { "int32[0]", "type=float32" }, { "float16[]", "type=bfloat16" }));

/* ---- passed on ---- */

static void
identity_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  dx[0] = lk_tensor_ref (dy[0]);
}

LK_BLOCK (identity, .infer = lk_infer_same, .gradient = identity_gradient,
          SAMPLES ({ "float64[2,3]" }, { "float64[]" }, { "string[2]" }));
LK_BLOCK (stop_gradient, .infer = lk_infer_same, SAMPLES ({ "float64[2,3]" }, { "int32[]" }));

/* ---- only the shape ---- */

#define LIKE_SHAPE "The input's shape."

static gboolean
like_infer (const LkCall *call, LkSignature *out)
{
  const LkDType dtype = call->inputs[0]->dtype;
  if ((dtype == LK_VARIANT || dtype == LK_STRING) && call->op->index == LK_OP_ZEROS_LIKE)
    return lk_infer_first (call, out);
  if (lk_dtype_size (dtype) == 0 || dtype == LK_RESOURCE)
    return lk_call_fail (call, LK_UNIMPLEMENTED, "%s of a tensor of %s is not supported", call->op->name,
                         lk_dtype_name (dtype));
  return lk_infer_first (call, out);
}

static void
zeros_like_kernel (LkCall *call)
{
  LkTensor *y = call->outputs[0];
  if (y->dtype == LK_VARIANT)
    {
      call->outputs[0] = lk_list_new_zeros (lk_list_length (call->inputs[0]));
      lk_tensor_unref (y);
    }
  else if (y->dtype == LK_STRING)
    {
      g_autofree LkText *nothing = g_new0 (LkText, call->inputs[0]->size + 1);
      lk_texts_output (call, 0, lk_rule_shape (call, 0), nothing);
    }
  else if (y->size > 0)
    memset (y->data, 0, y->size * lk_dtype_size (y->dtype));
}

/* One 1, and copies of what is there until there are enough. */
static void
ones_like_kernel (LkCall *call)
{
  LkTensor *y = call->outputs[0];
  const gsize size = lk_dtype_size (y->dtype), bytes = y->size * size;
  if (bytes == 0)
    return;
  lk_tensor_set_double (y, 0, 1);
  for (gsize done = size; done < bytes;)
    {
      const gsize more = MIN (MIN (done, 4096), bytes - done);
      memcpy ((char *) y->data + done, y->data, more);
      done += more;
    }
}

LK_BLOCK (zeros_like, .infer = like_infer, .shape = LIKE_SHAPE, .kernel = zeros_like_kernel,
          SAMPLES ({ "float64[2,3]" }, { "int32[]" }, { "bool[0,2]" }, { "float16[2]" }, { "complex128[2]" },
                   { "string[2]" }));
LK_BLOCK (ones_like, .infer = like_infer, .shape = LIKE_SHAPE, .kernel = ones_like_kernel,
          SAMPLES ({ "float64[2,3]" }, { "int32[]" }, { "bool[0,2]" }, { "float16[2]" }, { "complex128[2]" },
                   { "uint8[5000]" }));
