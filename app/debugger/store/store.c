/* SPDX-License-Identifier: MIT */
/* A store's life, and reading it back from a file. */
#include "debugger/store/state.h"
#include "debugger/store/feed.h"
#include <stdlib.h>

static LkStore *
store_new (LkTraceFile *file)
{
  LkStore *store = g_new0 (LkStore, 1);
  store->refs = 1;
  store->file = file;
  g_mutex_init (&store->lock);
  g_mutex_init (&store->seal);
  store->chunks = g_ptr_array_new_with_free_func ((GDestroyNotify) lk_chunk_free);
  g_queue_init (&store->loaded);
  store->shown = g_array_new (FALSE, FALSE, sizeof (guint32));
  store->steps = g_array_new (FALSE, FALSE, sizeof (guint64));
  store->output = g_string_new (NULL);
  store->own_strings = LK_OWN_STRINGS;
  lk_store_index_names_init (store);
  lk_store_index_graphs_init (store);
  lk_store_index_rewrites_init (store);
  lk_store_index_variables_init (store);
  lk_store_index_scalars_init (store);
  return store;
}

LkStore *
lk_store_ref (LkStore *store)
{
  g_atomic_int_inc (&store->refs);
  return store;
}

static void
store_free (LkStore *store)
{
  if (store->arena.unmap)
    store->arena.unmap (store->arena.owner);
  lk_trace_file_close (store->file);
  g_clear_error (&store->failure);
  lk_store_index_names_clear (store);
  lk_store_index_graphs_clear (store);
  lk_store_index_rewrites_clear (store);
  lk_store_index_variables_clear (store);
  lk_store_index_scalars_clear (store);
  g_ptr_array_unref (store->chunks);
  g_array_unref (store->shown);
  g_array_unref (store->steps);
  g_string_free (store->output, TRUE);
  for (guint i = 0; i < LK_MAX_PAGES && store->pages[i]; i++)
    free (store->pages[i]);
  g_free (store->program);
  g_strfreev (store->argv);
  g_mutex_clear (&store->lock);
  g_mutex_clear (&store->seal);
  g_free (store);
}

void
lk_store_unref (LkStore *store)
{
  if (store && g_atomic_int_dec_and_test (&store->refs))
    store_free (store);
}

static void
write_run (LkStore *store)
{
  g_autofree char *started = g_strdup_printf ("%" G_GINT64_FORMAT, store->started);
  g_autofree char *argc = g_strdup_printf ("%u", g_strv_length (store->argv));
  lk_trace_file_begin (store->file);
  lk_trace_file_set (store->file, "program", store->program, NULL);
  lk_trace_file_set (store->file, "started", started, NULL);
  lk_trace_file_set (store->file, "host", g_get_host_name (), NULL);
  lk_trace_file_set (store->file, "argc", argc, NULL);
  for (guint i = 0; store->argv[i]; i++)
    {
      g_autofree char *name = g_strdup_printf ("argv.%u", i);
      lk_trace_file_set (store->file, name, store->argv[i], NULL);
    }
  lk_trace_file_commit (store->file);
}

LkStore *
lk_store_new (const char *program, const char *const *argv, LkTraceFile *file)
{
  LkStore *store = store_new (file);
  const char *none[] = { program, NULL };
  store->live = TRUE;
  store->program = g_strdup (program);
  store->argv = g_strdupv ((char **) (argv ? argv : none));
  store->started = g_get_real_time ();
  if (file)
    write_run (store);
  return store;
}

static guint64
fact (LkStore *store, const char *name)
{
  g_autofree char *text = lk_trace_file_get (store->file, name);
  return text ? g_ascii_strtoull (text, NULL, 10) : 0;
}

static void
read_run (LkStore *store)
{
  g_autofree char *program = lk_trace_file_get (store->file, "program");
  store->program = g_utf8_make_valid (program ? program : "", -1);
  store->started = (gint64) fact (store, "started");
  store->counts.overhead = (gint64) fact (store, "overhead");
  store->counts.values_kept = fact (store, "values-kept");
  store->counts.values_dropped = fact (store, "values-dropped");
  GPtrArray *argv = g_ptr_array_new ();
  guint64 argc = MIN (fact (store, "argc"), 1 << 16);
  for (guint64 i = 0; i < argc; i++)
    {
      g_autofree char *name = g_strdup_printf ("argv.%" G_GUINT64_FORMAT, i);
      char *value = lk_trace_file_get (store->file, name);
      if (!value)
        break;
      g_ptr_array_add (argv, value);
    }
  g_ptr_array_add (argv, NULL);
  store->argv = (char **) g_ptr_array_free (argv, FALSE);
}

static void
take_source (const char *path, const char *text, gpointer data)
{
  LkStore *store = data;
  g_hash_table_insert (store->sources, g_strdup (path), g_strdup (text));
}

/* Indexes a chunk that was read: all its rows, and the facts, which come in the rows' order. */
static gboolean
take_chunk (LkStore *store, LkChunk *chunk, const GArray *rows, const GByteArray *facts)
{
  gsize place = 0;
  g_ptr_array_add (store->chunks, chunk);
  for (guint i = 0; i < rows->len; i++)
    {
      const LkRow *row = &g_array_index (rows, LkRow, i);
      guint64 event = chunk->first + i;
      const LkEvent *record = (const LkEvent *) (facts->data + place);
      if (row->kind != LK_EVENT_OP
          && (!lk_record_check (record, facts->len - place, NULL) || record->kind != row->kind))
        {
          /* What was not taken does not exist for anybody who looks later. */
          chunk->n = i;
          return FALSE;
        }
      if (!lk_store_add_row (store, row))
        return FALSE;
      lk_store_index_row (store, event, row);
      if (row->kind == LK_EVENT_OP)
        continue;
      lk_store_index_fact (store, event, record);
      place += record->size;
    }
  return TRUE;
}

static void
read_chunks (LkStore *store)
{
  gboolean sound = TRUE;
  for (guint id = 0; sound; id++)
    {
      LkChunk *chunk;
      GArray *rows;
      GByteArray *facts;
      if (!lk_trace_file_read (store->file, id, &chunk, &rows, &facts, &store->failure))
        break;
      chunk->first = store->n_events;
      sound = take_chunk (store, chunk, rows, facts);
      g_array_unref (rows);
      g_byte_array_unref (facts);
    }
  if (!sound)
    g_set_error (&store->failure, LK_TRACE_ERROR, LK_TRACE_ERROR_DAMAGED,
                 "%s: damaged after event %" G_GUINT64_FORMAT "; what comes before it is shown",
                 lk_trace_file_path (store->file), store->n_events);
}

LkStore *
lk_store_new_from_file (LkTraceFile *file, GError **error)
{
  LkStore *store = store_new (file);
  read_run (store);
  lk_trace_file_each_source (file, take_source, store);
  g_mutex_lock (&store->lock);
  read_chunks (store);
  g_mutex_unlock (&store->lock);
  if (store->n_events == 0 && store->failure)
    {
      g_propagate_error (error, g_steal_pointer (&store->failure));
      lk_store_unref (store);
      return NULL;
    }
  return store;
}

void
lk_store_set_arena (LkStore *store, gconstpointer base, gsize size, const LkShared *shared, GDestroyNotify unmap,
                    gpointer owner)
{
  g_mutex_lock (&store->lock);
  store->arena = (LkArena) { base, size, shared, unmap, owner };
  g_mutex_unlock (&store->lock);
}

LkTraceFile *
lk_store_file (LkStore *store)
{
  return store->file;
}

const GError *
lk_store_failure (LkStore *store)
{
  g_mutex_lock (&store->lock);
  const GError *failure = store->failure;
  g_mutex_unlock (&store->lock);
  return failure;
}
