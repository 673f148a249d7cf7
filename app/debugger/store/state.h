/* SPDX-License-Identifier: MIT */
/* Inside the store: what its files share. Nobody outside app/debugger includes this. */
#pragma once
#include "debugger/store.h"
#include "debugger/store/chunk.h"
#include "debugger/trace/file.h"

#define LK_ROWS_PER_PAGE 4096
#define LK_MAX_PAGES (1 << 16)      /* 268 million events */
#define LK_OWN_STRINGS 0x80000000u /* ids above this are the debugger's, not the program's */
#define LK_LOADED_BYTES (24 << 20)  /* of records that were read back, kept at most */

typedef struct
{
  guint64 ops, nodes;
} LkLineCounter;

typedef struct
{
  guint32 parent, line;
  const char *file, *function;
  LkLineCounter *counter;
} LkSiteEntry;

typedef struct
{
  LkGraphView view;
  GPtrArray *nodes;         /* LkGraphNode; view.nodes points to a published copy of it */
  guint capacity;
  GHashTable *makers;       /* symbolic tensor id → node place + 1 */
  GArray *runs;             /* call ids of RUN and SESSION calls of it, guint32 */
} LkGraphEntry;

typedef struct
{
  guint32 traced, working, final;
  guint64 copied, finished; /* the first and the last of its REWRITE events; finished 0 while it lasts */
  GArray *events;           /* guint64, the others */
} LkRewritingEntry;

typedef struct
{
  guint64 event, version, tensor;
} LkVersion;

typedef struct
{
  guint32 id;
  const char *name;
  gboolean trainable;
  GArray *versions;         /* LkVersion, by event */
} LkVariableEntry;

typedef struct
{
  char *tag;
  LkScalarKind kind;
  GArray *points;           /* LkPoint */
} LkSeries;

/* The program's memory of values, while it is mapped. */
typedef struct
{
  const guint8 *base;
  gsize size;
  const LkShared *shared;   /* (nullable) */
  GDestroyNotify unmap;
  gpointer owner;
} LkArena;

typedef struct
{
  guint32 call;
  guint number;             /* of its function's traces, from 1 */
} LkTraceEntry;

struct _LkStore
{
  gint refs;
  GMutex lock;              /* over all that follows, except that a row that was published never changes */
  GMutex seal;              /* one sealing at a time; taken before lock */
  guint64 n_events;         /* published last, with release */
  LkRow *pages[LK_MAX_PAGES];

  GPtrArray *chunks;        /* LkChunk; the last one is open */
  GQueue loaded;            /* of sealed chunks with records in memory, newest use first */
  gsize loaded_bytes;
  gboolean live;            /* a run that is being recorded, not a file that is read */
  gint64 opened;            /* monotonic time at which the open chunk got its first event, 0 when it is empty */
  LkTraceFile *file;        /* (nullable) */
  GError *failure;          /* (nullable) the first one of writing */
  LkArena arena;

  GArray *shown;            /* guint32 events, ascending */
  GArray *steps;            /* guint64 STEP events */
  GHashTable *strings;      /* id → char *, owned by texts */
  GStringChunk *texts;
  guint32 own_strings;      /* given out for OUTPUT and EXIT events */
  GHashTable *sites;        /* stack id → LkSiteEntry */
  GHashTable *lines;        /* file, line → LkLineCounter */
  GHashTable *graphs;       /* id → LkGraphEntry */
  GArray *graph_ids;        /* guint32 in order of appearance */
  GPtrArray *rewritings;    /* LkRewritingEntry */
  GHashTable *calls;        /* id → LkCallView */
  GArray *spans;            /* LkSpan */
  GArray *traces;           /* LkTraceEntry */
  GHashTable *functions;    /* names of those that were called; a gradient's graph is none */
  guint32 alerts[LK_ALERT_ERROR + 1], newest_alert;   /* their messages: newest of a kind, and of all */
  GPtrArray *variables;     /* LkVariableEntry */
  GHashTable *variable_ids; /* id → LkVariableEntry */
  GHashTable *variable_of;  /* guint64 tensor → LkVariableEntry */
  GPtrArray *series;        /* LkSeries */
  GHashTable *series_of;    /* tag and kind → LkSeries */
  GHashTable *sources;      /* path → text */
  GPtrArray *graveyard;     /* arrays that were outgrown but that somebody may still read */
  GString *output;

  char *program;
  char **argv;
  gint64 started;
  LkRunSummary counts;      /* its strings are unused */
  guint64 outputs;          /* of ops, that have a value */
  LkExitEvent exit;
  guint32 exit_message;
};

/* The row of an event that is known to exist. */
static inline const LkRow *
lk_row_at (const LkStore *store, guint64 event)
{
  return &store->pages[event / LK_ROWS_PER_PAGE][event % LK_ROWS_PER_PAGE];
}

/* Does stepping stop there? What never came to the gate going forward is no place to go back to. */
static inline gboolean
lk_row_is_item (const LkRow *row)
{
  return ((row->kind == LK_EVENT_OP || row->kind == LK_EVENT_NODE) && !(row->flags & (LK_FLAG_GIVEN | LK_FLAG_CALLED)))
         || row->kind == LK_EVENT_CALL;
}

/* These expect the lock to be held. */
void lk_store_index_trace (LkStore *store, const LkCallView *call);
guint lk_shown_position (const LkStore *store, guint64 event);
const char *lk_store_text (LkStore *store, guint32 id);             /* "" when unknown */
LkSiteEntry *lk_store_site (LkStore *store, guint32 stack);         /* (nullable) */
LkGraphEntry *lk_store_graph_entry (LkStore *store, guint32 graph); /* (nullable) */
gboolean lk_store_is_working (LkStore *store, guint32 graph);        /* one that only passes see */
LkChunk *lk_store_chunk_of (LkStore *store, guint64 event);         /* (nullable) */
/* The chunk's records, read back if need be; NULL when the file is damaged there. */
LkRecords *lk_store_load (LkStore *store, LkChunk *chunk);
/* The record within its chunk's memory, valid until the lock is released. (nullable) */
const LkEvent *lk_store_peek (LkStore *store, guint64 event);
/* The chunk's records, which the file has too, were used just now. */
void lk_store_loaded (LkStore *store, LkChunk *chunk);
/* Publishes the next row. FALSE when there is no room for more. */
gboolean lk_store_add_row (LkStore *store, const LkRow *row);
/* Copies a small tensor's elements from the arena into the chunk: LkMade.value. */
guint32 lk_store_keep_small (LkStore *store, LkChunk *chunk, const LkTensorEvent *tensor);
/* The elements, if the program's arena still has them. (transfer full) (nullable) */
GBytes *lk_store_arena_bytes (LkStore *store, const LkTensorEvent *tensor);
/* Which event made tensor; the chunk it is in. (nullable) */
const LkMade *lk_store_made (LkStore *store, guint64 tensor, LkChunk **chunk);
/* The tensor's own part of its maker's record, valid until the lock is released. (nullable) */
const LkTensorEvent *lk_store_peek_tensor (LkStore *store, guint64 tensor, guint64 *event, guint *output);

/* What is kept of an event beside its record. */
void lk_store_index_row (LkStore *store, guint64 event, const LkRow *row);
void lk_store_index_fact (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_string (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_site (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_graph_node (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_graph (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_rewrite (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_call (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_variable (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_scalar (LkStore *store, guint64 event, const LkEvent *record);
void lk_store_index_names_init (LkStore *store);
void lk_store_index_names_clear (LkStore *store);
void lk_store_index_graphs_init (LkStore *store);
void lk_store_index_graphs_clear (LkStore *store);
void lk_store_index_rewrites_init (LkStore *store);
void lk_store_index_rewrites_clear (LkStore *store);
void lk_store_index_variables_init (LkStore *store);
void lk_store_index_variables_clear (LkStore *store);
void lk_store_index_scalars_init (LkStore *store);
void lk_store_index_scalars_clear (LkStore *store);

/* The payload parts of an OP or NODE record that was checked. */
static inline const LkOpEvent *
lk_op_of (const LkEvent *record)
{
  return (const LkOpEvent *) (record + 1);
}

static inline const guint64 *
lk_op_inputs (const LkOpEvent *op)
{
  return (const guint64 *) (op + 1);
}

static inline const LkTensorEvent *
lk_op_outputs (const LkOpEvent *op)
{
  return (const LkTensorEvent *) (lk_op_inputs (op) + op->n_inputs);
}

static inline const guint32 *
lk_op_controls (const LkOpEvent *op)
{
  return (const guint32 *) (lk_op_outputs (op) + op->n_outputs);
}
