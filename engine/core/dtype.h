/* SPDX-License-Identifier: MIT */
/* Element types, with TensorFlow's names and DataType numbers. */
#pragma once
#include <glib.h>

typedef enum
{
  LK_INVALID = 0,
  LK_FLOAT32 = 1, LK_FLOAT64 = 2, LK_INT32 = 3, LK_UINT8 = 4, LK_INT16 = 5, LK_INT8 = 6,
  LK_STRING = 7,        /* see lk_string_at() for the layout of string elements */
  LK_COMPLEX64 = 8, LK_INT64 = 9, LK_BOOL = 10, LK_BFLOAT16 = 14, LK_UINT16 = 17,
  LK_COMPLEX128 = 18, LK_FLOAT16 = 19,
  LK_RESOURCE = 20,     /* a handle: one pointer to an LkVariable, never shown by value */
  LK_VARIANT = 21, LK_UINT32 = 22, LK_UINT64 = 23,
  LK_N_DTYPES = 24
} LkDType;

const char *lk_dtype_name (LkDType dtype);          /* "float32", TensorFlow's Python name */
LkDType lk_dtype_from_name (const char *name);      /* also "float", "double"; LK_INVALID if there is none */
gsize lk_dtype_size (LkDType dtype);                /* bytes of an element; 0 for string and variant */
/* Floating and complex; lists of tensors may hold such. */
gboolean lk_dtype_has_gradient (LkDType dtype);
gboolean lk_dtype_is_floating (LkDType dtype);
gboolean lk_dtype_is_complex (LkDType dtype);
gboolean lk_dtype_is_integer (LkDType dtype);       /* signed and unsigned; not bool */
