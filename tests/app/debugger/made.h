/* SPDX-License-Identifier: MIT */
/* Streams made by hand: what a program would say, without one. Ids begin at 1 and rise, as the engine's do. */
#pragma once
#include "debugger/store/feed.h"

#define MADE_FILE "/made/program.py"

typedef struct
{
  LkStore *store;
  GHashTable *strings, *sites;  /* text → id; "parent:line" → stack id */
  GArray *calls;                /* ids of those that last, guint32 */
  guint32 last_string, last_site, last_call, last_graph;
  guint64 last_tensor, last_version, last_step;
  gint64 time;
  guint8 *arena;                /* (nullable) where tensors' elements are */
  gsize arena_size, arena_used;
} Made;

void made_init (Made *made, LkTraceFile *file);
void made_clear (Made *made);                       /* lets go of the store, too */
LkTraceFile *made_file (const char *path);          /* (transfer full) a new trace file */
/* From now on, tensors have elements: in an arena of so many bytes. */
void made_add_arena (Made *made, gsize size);

guint32 made_string (Made *made, const char *text);
guint32 made_site (Made *made, guint32 parent, guint line, const char *function);
/* Any record. (transfer none) */
guint64 made_event (Made *made, LkEventKind kind, guint32 subject, guint32 stack, gconstpointer payload, gsize size);
/* An op of float32 (n,): its output's id. Elements are 0, 1, 2, … if there is an arena. */
guint64 made_op (Made *made, const char *name, guint32 stack, const guint64 *inputs, guint n_inputs, gint64 n);
guint64 made_node (Made *made, guint32 graph, guint32 node, const char *name, guint32 stack);
guint32 made_call (Made *made, LkCallKind kind, const char *name, guint32 graph, guint32 stack);
/* A CONDITION, ITERATION or BRANCH. */
guint32 made_numbered_call (Made *made, LkCallKind kind, const char *name, guint number, guint32 graph, guint32 stack);
void made_return (Made *made);
void made_loop_end (Made *made, guint iterations);
void made_variable (Made *made, guint32 id, const char *name, guint64 tensor);
void made_scalar (Made *made, const char *tag, gint64 step, double value);
void made_step (Made *made);
/* Some of everything, so many rounds of it. */
void made_everything (Made *made, guint rounds);
/* The program gives the tensor's memory to something else. */
void made_reuse (Made *made, guint64 tensor);

/* Reads all that can be asked of a store; fails when something is inconsistent. */
void made_tour (LkStore *store);
/* A folder of the test's own. (transfer full) */
char *made_folder (void);
void made_remove (const char *folder);              /* with what is in it */
