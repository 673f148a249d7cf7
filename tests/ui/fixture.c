/* SPDX-License-Identifier: MIT */
#include "fixture.h"
#include <glib/gstdio.h>
#include <string.h>
#include "debugger/store/feed.h"

enum { S_FILE = 1, S_MODULE, S_MAT_MUL, S_RELU, S_LOSS };

static void
append (LkStore *store, guint kind, guint32 subject, guint32 stack, gconstpointer payload, gsize size)
{
  union { LkEvent event; guint8 bytes[2048]; } record = { .event = { 0 } };
  g_autoptr (GError) error = NULL;
  record.event.size = (sizeof (LkEvent) + size + 7) & ~7u;
  record.event.kind = kind;
  record.event.subject = subject;
  record.event.stack = stack;
  record.event.seq = lk_store_n_events (store);
  record.event.time = (gint64) record.event.seq * 1000000;
  record.event.duration = 500;
  memcpy (record.bytes + sizeof (LkEvent), payload, size);
  lk_store_append (store, &record.event, record.event.size, &error);
  g_assert_no_error (error);
}

static void
append_string (LkStore *store, guint32 id, const char *text)
{
  append (store, LK_EVENT_STRING, id, 0, text, strlen (text) + 1);
}

static void
append_op (LkStore *store, guint32 name, guint32 stack)
{
  static guint64 tensor;
  struct { LkOpEvent op; LkTensorEvent output; } payload = { 0 };
  payload.op.n_outputs = 1;
  payload.output = (LkTensorEvent) { .id = ++tensor, .offset = LK_NO_OFFSET, .dtype = LK_FLOAT32, .rank = 2,
                                     .dims = { 2, 3 }, .bytes = 24 };
  append (store, LK_EVENT_OP, name, stack, &payload, sizeof payload);
}

void
fixture_grow (LkStore *store, guint rounds)
{
  for (guint i = 0; i < rounds; i++)
    {
      LkScalarEvent loss = { .step = i, .value = 1.0 / (i + 1), .kind = LK_SCALAR_LOSS };
      append_op (store, S_MAT_MUL, 1);
      append_op (store, S_RELU, 2);
      append (store, LK_EVENT_SCALAR, S_LOSS, 3, &loss, sizeof loss);
    }
}

static void
append_call (LkStore *store, LkEventKind kind, guint16 depth, LkCallEvent call)
{
  struct { LkEvent event; LkCallEvent call; } record = { .event = { .size = sizeof record, .kind = (guint8) kind, .depth = depth,
      .subject = S_MODULE, .stack = 1, .seq = lk_store_n_events (store) }, .call = call };
  record.event.time = (gint64) record.event.seq * 1000000;
  g_assert_true (lk_store_append (store, &record.event, sizeof record, NULL));
}

void
fixture_loop (LkStore *store, guint iterations, gboolean end)
{
  append_call (store, LK_EVENT_CALL, 0, (LkCallEvent) { .id = 1, .kind = LK_CALL_LOOP });
  for (guint i = 0; i < iterations; i++)
    {
      append_call (store, LK_EVENT_CALL, 1, (LkCallEvent) { .id = 2 + i, .kind = LK_CALL_ITERATION, .cause = i });
      append_op (store, S_MAT_MUL, 1);
      append_op (store, S_RELU, 2);
      append_call (store, LK_EVENT_RETURN, 1, (LkCallEvent) { .id = 2 + i, .kind = LK_CALL_ITERATION });
    }
  if (end)
    append_call (store, LK_EVENT_RETURN, 0, (LkCallEvent) { .id = 1, .kind = LK_CALL_LOOP, .cause = iterations });
}

static LkStore *
make (guint rounds, LkTraceFile *file)
{
  LkStore *store = lk_store_new (FIXTURE_FILE, NULL, file);
  append_string (store, S_FILE, FIXTURE_FILE);
  append_string (store, S_MODULE, "<module>");
  append_string (store, S_MAT_MUL, "MatMul");
  append_string (store, S_RELU, "Relu");
  append_string (store, S_LOSS, "loss");
  for (guint i = 0; i < 3; i++)
    {
      LkSiteEvent site = { .file = S_FILE, .function = S_MODULE, .line = FIXTURE_LINE + i };
      append (store, LK_EVENT_SITE, i + 1, 0, &site, sizeof site);
    }
  fixture_grow (store, rounds);
  return store;
}

LkStore *
fixture_store (guint rounds)
{
  return make (rounds, NULL);
}

char *
fixture_trace (guint rounds)
{
  g_autofree char *folder = g_dir_make_tmp ("lockstep-test-XXXXXX", NULL);
  char *path = g_build_filename (folder, "made.lockstep", NULL);
  g_autoptr (GError) error = NULL;
  LkTraceFile *file = lk_trace_file_create (path, &error);
  g_assert_no_error (error);
  LkStore *store = make (rounds, file);
  lk_store_append_output (store, 1, "printed\n", 8, 1);
  lk_store_append_exit (store, LK_EXIT_NORMAL, 0, "The program ended", 2);
  lk_store_finish (store, 0);
  lk_store_flush (store, 0);
  lk_store_unref (store);
  return path;
}

void
fixture_remove (char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
}
