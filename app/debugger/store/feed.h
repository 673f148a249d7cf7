/* SPDX-License-Identifier: MIT */
/* Filling a store: what the recorder and the reader of trace files do. One thread at a time feeds. */
#pragma once
#include "debugger/store.h"
#include "debugger/trace/file.h"

/* A store of a run that begins. file (nullable, transfer full): where chunks are written; without, all stays in memory. */
LkStore *lk_store_new (const char *program, const char *const *argv, LkTraceFile *file);
/* Opens what file holds. (transfer full) file */
LkStore *lk_store_new_from_file (LkTraceFile *file, GError **error);

/* Appends one record as it came from the ring; it is checked. FALSE with error when it is no record. */
gboolean lk_store_append (LkStore *store, const LkEvent *record, gsize available, GError **error);
/* What the debugger itself has to say: text with an id of its own, then the event. */
void lk_store_append_output (LkStore *store, guint stream, const char *text, gsize length, gint64 time);
void lk_store_append_exit (LkStore *store, LkExitKind kind, int status, const char *message, gint64 time);
void lk_store_add_source (LkStore *store, const char *path);

/* Seals what is open, if it is older than age µs, and writes it. */
void lk_store_flush (LkStore *store, gint64 age);
/* The run is over: values that are too big for chunks go from the arena to the file, the newest first and `budget` bytes at
   most, and the counts that are only known now. */
void lk_store_finish (LkStore *store, guint64 budget);
/* The first failure of writing since the beginning. (transfer none) (nullable) */
const GError *lk_store_failure (LkStore *store);
LkTraceFile *lk_store_file (LkStore *store);        /* (transfer none) (nullable) */

/* From now on values are read from here. unmap (owner) is called when the store is done with it. */
void lk_store_set_arena (LkStore *store, gconstpointer base, gsize size, const LkShared *shared,
                         GDestroyNotify unmap, gpointer owner);

/* Is there a whole, consistent record at data? why (nullable) says what is wrong. */
gboolean lk_record_check (const LkEvent *record, gsize available, const char **why);
/* lk_store_previous_item () from the end on, for an item that has no event yet, but a depth, a place and the call that it is in. */
gint64 lk_store_previous_from (LkStore *store, guint16 depth, guint32 stack, guint32 call, LkGoWhere where, LkUnit unit);
gint64 lk_store_item_from (LkStore *store, guint64 event);          /* the first item at or after event; -1 */
/* Writes all there is, big values included, as a trace file of its own. */
gboolean lk_store_save (LkStore *store, const char *path, GError **error);
/* The message of the newest alert of the kind, -1 for any. (transfer full) (nullable) */
char *lk_store_last_alert (LkStore *store, int kind);
/* How the program ended. FALSE while it has not, or when the trace was cut short. message (transfer none). */
gboolean lk_store_exit (LkStore *store, LkExitEvent *out, const char **message);
