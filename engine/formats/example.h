/* SPDX-License-Identifier: MIT */
/* tf.train.Example: named lists of bytes, floats or integers, as TFRecord files hold them. */
#pragma once
#include "engine/core/error.h"
#include "engine/core/tensor.h"

typedef struct
{
  const char *key;
  LkTensor *values;       /* a vector of string, float32 or int64; NULL for none (transfer none) */
} LkFeature;

/* (transfer full) */
GBytes *lk_example_pack (const LkFeature *features, guint n);
/* One feature alone; its key is not among the bytes. (transfer full) */
GBytes *lk_feature_pack (const LkFeature *feature);
/* Calls each (key, values, data) for every feature, values as above. FALSE with error. */
gboolean lk_example_unpack (const void *bytes, gsize size, void (*each) (const LkFeature *feature, gpointer data),
                            gpointer data, GError **error);
