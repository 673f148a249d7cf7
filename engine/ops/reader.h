/* SPDX-License-Identifier: MIT */
/* Reads the text of samples, a token at a time; spaces before one are passed over. Private to sample.c and sample_tensor.c. */
#pragma once
#include "engine/core/tensor.h"

typedef struct
{
  const char *at;
  char **problem;         /* the first one stays */
} LkReader;

gboolean lk_reader_fail (LkReader *reader, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean lk_reader_take (LkReader *reader, const char *token);
gboolean lk_reader_need (LkReader *reader, const char *token);
/* Up to one of the stops, or the end; without spaces around. (transfer full) */
char *lk_reader_until (LkReader *reader, const char *stops);
gboolean lk_reader_number (LkReader *reader, double *value);
gboolean lk_reader_int (LkReader *reader, gint64 *value);
gboolean lk_reader_shape (LkReader *reader, LkShape *shape);
gboolean lk_reader_dtype (LkReader *reader, LkDType *dtype);
/* A tensor: dtype, shape, and its elements or a range to draw them from. NULL after a problem. (transfer full) */
LkTensor *lk_sample_read_tensor (LkReader *reader, guint64 seed);
