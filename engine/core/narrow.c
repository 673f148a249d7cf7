/* SPDX-License-Identifier: MIT */
#include "engine/core/narrow.h"

#include "engine/core/half.h"
#include "engine/core/loop.h"

LkDType
lk_dtype_wide (LkDType dtype)
{
  switch (dtype)
    {
    case LK_FLOAT16: case LK_BFLOAT16: return LK_FLOAT32;
    case LK_INT8: case LK_INT16: case LK_UINT8: case LK_UINT16: return LK_INT32;
    case LK_UINT32: return LK_INT64;
    default: return dtype;
    }
}

/* Each narrow dtype: its C type, that of the wider one, and the conversions. */
#define NARROW \
  ROW (LK_FLOAT16, guint16, float, lk_half_to_float (x), lk_half_from_float (x)) \
  ROW (LK_BFLOAT16, guint16, float, lk_bfloat16_to_float (x), lk_bfloat16_from_float (x)) \
  ROW (LK_INT8, gint8, gint32, x, x) \
  ROW (LK_INT16, gint16, gint32, x, x) \
  ROW (LK_UINT8, guint8, gint32, x, x) \
  ROW (LK_UINT16, guint16, gint32, x, x) \
  ROW (LK_UINT32, guint32, gint64, x, x)

LK_CLONES static void
widen_any (LkDType dtype, const void *in, void *out, gint64 n)
{
  switch (dtype)
    {
#define ROW(dtype, N, W, wide, narrow) \
    case dtype: for (gint64 i = 0; i < n; i++) { const N x = ((const N *) in)[i]; ((W *) out)[i] = wide; } break;
    NARROW
#undef ROW
    default: g_assert_not_reached ();
    }
}

LK_CLONES static void
narrow_any (LkDType dtype, const void *in, void *out, gint64 n)
{
  switch (dtype)
    {
#define ROW(dtype, N, W, wide, narrow) \
    case dtype: for (gint64 i = 0; i < n; i++) { const W x = ((const W *) in)[i]; ((N *) out)[i] = (N) narrow; } break;
    NARROW
#undef ROW
    default: g_assert_not_reached ();
    }
}

void
lk_widen (LkDType dtype, const void *in, void *out, gint64 n)
{
  const gint64 done = dtype == LK_FLOAT16 ? lk_half_widen (in, out, n) : 0;
  if (done < n)
    widen_any (dtype, (const char *) in + done * lk_dtype_size (dtype), (float *) out + done, n - done);
}

void
lk_narrow (LkDType dtype, const void *in, void *out, gint64 n)
{
  const gint64 done = dtype == LK_FLOAT16 ? lk_half_narrow (in, out, n)
    : dtype == LK_BFLOAT16 ? lk_bfloat16_narrow (in, out, n) : 0;
  if (done < n)
    narrow_any (dtype, (const float *) in + done, (char *) out + done * lk_dtype_size (dtype), n - done);
}

LkTensor *
lk_tensor_widen (LkTensor *tensor)
{
  const LkDType wide = lk_dtype_wide (tensor->dtype);
  if (wide == tensor->dtype)
    return lk_tensor_ref (tensor);
  LkTensor *result = lk_tensor_new (wide, &tensor->shape);
  if (result != NULL)
    lk_widen (tensor->dtype, tensor->data, result->data, tensor->size);
  return result;
}

LkTensor *
lk_tensor_narrow (LkTensor *tensor, LkDType dtype)
{
  if (tensor->dtype == dtype)
    return lk_tensor_ref (tensor);
  LkTensor *result = lk_tensor_new (dtype, &tensor->shape);
  if (result != NULL)
    lk_narrow (dtype, tensor->data, result->data, result->size);
  return result;
}
