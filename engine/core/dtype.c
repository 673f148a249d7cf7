/* SPDX-License-Identifier: MIT */
#include "engine/core/dtype.h"
#include <string.h>

enum { FLOATING = 1, INTEGER = 2, COMPLEX = 3 };

static const struct
{
  const char *name;
  guint8 size;
  guint8 class;
} dtypes[LK_N_DTYPES] = {
  [LK_INVALID] = { "invalid", 0, 0 },
  [LK_FLOAT32] = { "float32", 4, FLOATING },
  [LK_FLOAT64] = { "float64", 8, FLOATING },
  [LK_INT32] = { "int32", 4, INTEGER },
  [LK_UINT8] = { "uint8", 1, INTEGER },
  [LK_INT16] = { "int16", 2, INTEGER },
  [LK_INT8] = { "int8", 1, INTEGER },
  [LK_STRING] = { "string", 0, 0 },
  [LK_COMPLEX64] = { "complex64", 8, COMPLEX },
  [LK_INT64] = { "int64", 8, INTEGER },
  [LK_BOOL] = { "bool", 1, 0 },
  [LK_BFLOAT16] = { "bfloat16", 2, FLOATING },
  [LK_UINT16] = { "uint16", 2, INTEGER },
  [LK_COMPLEX128] = { "complex128", 16, COMPLEX },
  [LK_FLOAT16] = { "float16", 2, FLOATING },
  [LK_RESOURCE] = { "resource", sizeof (void *), 0 },
  [LK_VARIANT] = { "variant", 0, 0 },
  [LK_UINT32] = { "uint32", 4, INTEGER },
  [LK_UINT64] = { "uint64", 8, INTEGER },
};

const char *
lk_dtype_name (LkDType dtype)
{
  const char *name = (guint) dtype < LK_N_DTYPES ? dtypes[dtype].name : NULL;
  return name != NULL ? name : "invalid";
}

LkDType
lk_dtype_from_name (const char *name)
{
  if (strcmp (name, "float") == 0)
    return LK_FLOAT32;
  if (strcmp (name, "double") == 0)
    return LK_FLOAT64;
  for (guint i = 1; i < LK_N_DTYPES; i++)
    if (dtypes[i].name != NULL && strcmp (dtypes[i].name, name) == 0)
      return i;
  return LK_INVALID;
}

gsize
lk_dtype_size (LkDType dtype)
{
  return dtypes[dtype].size;
}

gboolean
lk_dtype_is_floating (LkDType dtype)
{
  return dtypes[dtype].class == FLOATING;
}

gboolean
lk_dtype_has_gradient (LkDType dtype)
{
  return lk_dtype_is_floating (dtype) || lk_dtype_is_complex (dtype) || dtype == LK_VARIANT;
}

gboolean
lk_dtype_is_complex (LkDType dtype)
{
  return dtypes[dtype].class == COMPLEX;
}

gboolean
lk_dtype_is_integer (LkDType dtype)
{
  return dtypes[dtype].class == INTEGER;
}
