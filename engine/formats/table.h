/* SPDX-License-Identifier: MIT */
/* Sorted string tables, LevelDB's .ldb format, as TensorFlow keeps the index of a tensor bundle: keys in order with their
   values, in blocks of which each shares the beginnings of its keys and has a checksum. Not compressed. */
#pragma once
#include <glib.h>

typedef struct
{
  const char *key;
  const void *value;
  gsize size;
} LkTableEntry;

/* Entries in the order of their keys (by bytes), none twice. (transfer full) */
GBytes *lk_table_pack (const LkTableEntry *entries, guint n);
/* Calls each for every entry, in order; what it is given lasts for the call. FALSE with error (LK_DATA_LOSS). */
gboolean lk_table_unpack (const void *bytes, gsize size, void (*each) (const LkTableEntry *entry, gpointer data),
                          gpointer data, GError **error);
