/* SPDX-License-Identifier: MIT */
/* Where elements are true, or not 0. */
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
where_infer (const LkCall *call, LkSignature *out)
{
  const LkShape *in = lk_rule_shape (call, 0);
  const gint64 rank = in->rank == LK_RANK_UNKNOWN ? LK_DIM_UNKNOWN : in->rank;
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, rank);
  return TRUE;
}

/* What bits of an element are not those of 0, which of floats may have a sign. */
#define TRUTH(name, T, bits) \
  static gint64 count_##name (const void *data, gint64 n) \
  { \
    gint64 count = 0; \
    for (gint64 i = 0; i < n; i++) \
      count += (((const T *) data)[i] & (bits)) != 0; \
    return count; \
  } \
  /* The places of the true ones of n, behind `index`, whose last number they are. */ \
  static gint64 *list_##name (const void *data, gint64 n, gint64 *index, guint rank, gint64 *to) \
  { \
    for (gint64 i = 0; i < n; i++) \
      if ((((const T *) data)[i] & (bits)) != 0) \
        { \
          index[rank - 1] = i; \
          for (guint k = 0; k < rank; k++) \
            *to++ = index[k]; \
        } \
    return to; \
  }
#define HALF_BITS 0x7fff
#define FLOAT_BITS 0x7fffffffu
#define DOUBLE_BITS G_GUINT64_CONSTANT (0x7fffffffffffffff)
TRUTH (8, guint8, 0xff)
TRUTH (16, guint16, 0xffff)
TRUTH (32, guint32, 0xffffffffu)
TRUTH (64, guint64, G_MAXUINT64)
TRUTH (half, guint16, HALF_BITS)
TRUTH (float, guint32, FLOAT_BITS)
TRUTH (double, guint64, DOUBLE_BITS)
TRUTH (complex, guint64, G_GUINT64_CONSTANT (0x7fffffff7fffffff))
typedef unsigned __int128 Bits128;
TRUTH (complex128, Bits128, (Bits128) DOUBLE_BITS << 64 | DOUBLE_BITS)

typedef struct
{
  gint64 (*count) (const void *data, gint64 n);
  gint64 *(*list) (const void *data, gint64 n, gint64 *index, guint rank, gint64 *to);
} Truth;

#define OF(name) { count_##name, list_##name }
static const Truth truths[LK_N_DTYPES] = {
  [LK_BOOL] = OF (8), [LK_INT8] = OF (8), [LK_UINT8] = OF (8), [LK_INT16] = OF (16), [LK_UINT16] = OF (16),
  [LK_INT32] = OF (32), [LK_UINT32] = OF (32), [LK_INT64] = OF (64), [LK_UINT64] = OF (64), [LK_FLOAT16] = OF (half),
  [LK_BFLOAT16] = OF (half), [LK_FLOAT32] = OF (float), [LK_FLOAT64] = OF (double), [LK_COMPLEX64] = OF (complex),
  [LK_COMPLEX128] = OF (complex128),
};

/* Row by row of the last axis. */
static void
where_kernel (LkCall *call)
{
  const LkTensor *in = call->inputs[0];
  const Truth *truth = &truths[in->dtype];
  const guint rank = in->shape.rank;
  const gint64 row = rank > 0 ? in->shape.dims[rank - 1] : 1;
  const LkShape shape = LK_SHAPE (truth->count (in->data, in->size), rank);
  LkTensor *out = lk_call_output (call, 0, &shape);
  if (out == NULL || out->size == 0)
    return;
  gint64 *to = out->data;
  for (gint64 i = 0; i < in->size; i += row)
    {
      gint64 index[LK_MAX_RANK];
      lk_shape_unravel (&in->shape, i, index);
      to = truth->list ((const char *) in->data + i * (gint64) lk_dtype_size (in->dtype), row, index, rank, to);
    }
}

/* A row is about the element it names, and about how many before it are true. */
static void
where_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *in = lk_rule_shape (call, 0);
  const gint64 *row = (const gint64 *) call->outputs[0]->data + element / in->rank * in->rank;
  lk_provenance_add (into, 0, 0, lk_shape_ravel (in, row) + 1, 1);
}

LK_BLOCK (where, .infer = where_infer, .shape = "[as many as are true, rank of the input].",
          .kernel = where_kernel, .provenance = where_provenance,
          SAMPLES ({ "bool[2,3]={1,0,1,0,0,1}" }, { "float64[4]={1,0,2,0}" }, { "int64[2]={0,5}" },
                   { "complex64[3]={0,1+2j,0-1j}" }, { "float16[2]={0,-2}" }, { "bool[]={true}" }, { "bool[0,2]" }));
