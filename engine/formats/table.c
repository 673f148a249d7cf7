/* SPDX-License-Identifier: MIT */
#include "engine/formats/table.h"

#include <string.h>

#include "engine/core/error.h"
#include "engine/formats/tfrecord.h"

enum
{
  RESTART_INTERVAL = 16,        /* so many keys may lean on one another */
  BLOCK_SIZE = 1 << 18,
  TRAILER = 5,                  /* compression (none), checksum */
  FOOTER = 48,                  /* two handles, padded, and the magic number */
  MAGIC_SIZE = 8
};

static const guint64 magic = 0xdb4775248b80fb57;

static void
put_varint (GByteArray *to, guint64 value)
{
  guint8 byte;
  for (; value >= 0x80; value >>= 7)
    {
      byte = (guint8) (value | 0x80);
      g_byte_array_append (to, &byte, 1);
    }
  byte = (guint8) value;
  g_byte_array_append (to, &byte, 1);
}

static void
put_fixed32 (GByteArray *to, guint32 value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (to, (const guint8 *) &value, sizeof value);
}

/* ---- writing ---- */

/* A block that is being filled. */
typedef struct
{
  GByteArray *bytes;
  GArray *restarts;     /* guint32 */
  guint n;
  const char *last;     /* key */
} Block;

static void
block_init (Block *block)
{
  *block = (Block) { g_byte_array_new (), g_array_new (FALSE, FALSE, sizeof (guint32)), 0, "" };
}

static void
block_add (Block *block, const char *key, gconstpointer value, gsize size)
{
  gsize shared = 0;
  if (block->n++ % RESTART_INTERVAL == 0)
    g_array_append_val (block->restarts, block->bytes->len);
  else
    while (key[shared] != '\0' && key[shared] == block->last[shared])
      shared++;
  put_varint (block->bytes, shared);
  put_varint (block->bytes, strlen (key) - shared);
  put_varint (block->bytes, size);
  g_byte_array_append (block->bytes, (const guint8 *) key + shared, strlen (key) - shared);
  g_byte_array_append (block->bytes, value, size);
  block->last = key;
}

/* Appends it to the file; handle: where it lies there. */
static void
block_finish (Block *block, GByteArray *file, GByteArray *handle)
{
  const guint8 uncompressed = 0;
  if (block->restarts->len == 0)
    {
      const guint32 start = 0;
      g_array_append_val (block->restarts, start);
    }
  for (guint i = 0; i < block->restarts->len; i++)
    put_fixed32 (block->bytes, g_array_index (block->restarts, guint32, i));
  put_fixed32 (block->bytes, block->restarts->len);
  put_varint (handle, file->len);
  put_varint (handle, block->bytes->len);
  g_byte_array_append (block->bytes, &uncompressed, 1);
  g_byte_array_append (file, block->bytes->data, block->bytes->len);
  put_fixed32 (file, lk_crc32c_masked (block->bytes->data, block->bytes->len));
  g_byte_array_unref (block->bytes);
  g_array_unref (block->restarts);
}

static void
put_footer (GByteArray *file, GByteArray *meta, GByteArray *index)
{
  guint8 footer[FOOTER] = { 0 };
  const guint64 number = GUINT64_TO_LE (magic);
  memcpy (footer, meta->data, meta->len);
  memcpy (footer + meta->len, index->data, index->len);
  memcpy (footer + FOOTER - MAGIC_SIZE, &number, MAGIC_SIZE);
  g_byte_array_append (file, footer, FOOTER);
}

GBytes *
lk_table_pack (const LkTableEntry *entries, guint n)
{
  GByteArray *file = g_byte_array_new ();
  g_autoptr (GByteArray) meta_handle = g_byte_array_new (), index_handle = g_byte_array_new ();
  Block index, meta;
  block_init (&index);
  block_init (&meta);
  for (guint i = 0; i < n;)
    {
      g_autoptr (GByteArray) handle = g_byte_array_new ();
      Block block;
      block_init (&block);
      do
        block_add (&block, entries[i].key, entries[i].value, entries[i].size);
      while (++i < n && block.bytes->len < BLOCK_SIZE);
      block_finish (&block, file, handle);
      block_add (&index, entries[i - 1].key, handle->data, handle->len);
    }
  block_finish (&meta, file, meta_handle);
  block_finish (&index, file, index_handle);
  put_footer (file, meta_handle, index_handle);
  return g_byte_array_free_to_bytes (file);
}

/* ---- reading ---- */

typedef struct { const guint8 *at, *end; } Cursor;

static gboolean
get_varint (Cursor *from, guint64 *value)
{
  *value = 0;
  for (guint shift = 0; shift < 64 && from->at < from->end; shift += 7)
    {
      const guint8 byte = *from->at++;
      *value |= (guint64) (byte & 0x7f) << shift;
      if (byte < 0x80)
        return TRUE;
    }
  return FALSE;
}

static guint32
fixed32_at (const guint8 *at)
{
  guint32 value;
  memcpy (&value, at, sizeof value);
  return GUINT32_FROM_LE (value);
}

/* The entries of the block that a handle speaks of. FALSE when there is none, or a damaged or compressed one. */
static gboolean
block_find (const guint8 *file, gsize file_size, Cursor *handle, Cursor *block)
{
  guint64 offset, size;
  gsize restarts;
  if (!get_varint (handle, &offset) || !get_varint (handle, &size) || size < 4 || file_size < TRAILER
      || size > file_size - TRAILER || offset > file_size - TRAILER - size)
    return FALSE;
  restarts = fixed32_at (file + offset + size - 4);
  if (file[offset + size] != 0 || lk_crc32c_masked (file + offset, size + 1) != fixed32_at (file + offset + size + 1)
      || restarts >= size / 4)
    return FALSE;
  *block = (Cursor) { file + offset, file + offset + size - 4 * (restarts + 1) };
  return TRUE;
}

/* The next entry; its key grows in `key`. FALSE when it is damaged. */
static gboolean
block_next (Cursor *block, GString *key, LkTableEntry *entry)
{
  guint64 shared, more, size;
  if (!get_varint (block, &shared) || !get_varint (block, &more) || !get_varint (block, &size) || shared > key->len
      || more > (guint64) (block->end - block->at) || size > (guint64) (block->end - block->at) - more)
    return FALSE;
  g_string_truncate (key, shared);
  g_string_append_len (key, (const char *) block->at, more);
  *entry = (LkTableEntry) { key->str, block->at + more, size };
  block->at += more + size;
  return TRUE;
}

typedef void (*Each) (const LkTableEntry *entry, gpointer data);

static gboolean
read_block (Cursor block, Each each, gpointer data)
{
  g_autoptr (GString) key = g_string_new (NULL);
  LkTableEntry entry;
  while (block.at < block.end)
    {
      if (!block_next (&block, key, &entry))
        return FALSE;
      each (&entry, data);
    }
  return TRUE;
}

static gboolean
read_blocks (const guint8 *file, gsize size, Each each, gpointer data)
{
  g_autoptr (GString) key = g_string_new (NULL);
  LkTableEntry entry;
  Cursor footer, index, block;
  guint64 skipped;
  if (size < FOOTER || fixed32_at (file + size - 8) != (guint32) magic || fixed32_at (file + size - 4) != magic >> 32)
    return FALSE;
  footer = (Cursor) { file + size - FOOTER, file + size - MAGIC_SIZE };
  if (!get_varint (&footer, &skipped) || !get_varint (&footer, &skipped) || !block_find (file, size, &footer, &index))
    return FALSE;
  while (index.at < index.end)
    {
      Cursor handle;
      if (!block_next (&index, key, &entry))
        return FALSE;
      handle = (Cursor) { entry.value, (const guint8 *) entry.value + entry.size };
      if (!block_find (file, size, &handle, &block) || !read_block (block, each, data))
        return FALSE;
    }
  return TRUE;
}

gboolean
lk_table_unpack (const void *bytes, gsize size, Each each, gpointer data, GError **error)
{
  if (read_blocks (bytes, size, each, data))
    return TRUE;
  g_set_error (error, LK_ERROR, LK_DATA_LOSS, "not a sorted string table, or a damaged or compressed one");
  return FALSE;
}
