/* SPDX-License-Identifier: MIT */
#include "made.h"
#include <glib/gstdio.h>
#include <string.h>

LkTraceFile *
made_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  LkTraceFile *file = lk_trace_file_create (path, &error);
  g_assert_no_error (error);
  return file;
}

void
made_init (Made *made, LkTraceFile *file)
{
  const char *argv[] = { "python3", MADE_FILE, NULL };
  *made = (Made) { .store = lk_store_new (MADE_FILE, argv, file) };
  made->strings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  made->sites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  made->calls = g_array_new (FALSE, FALSE, sizeof (guint32));
}

void
made_clear (Made *made)
{
  lk_store_unref (made->store);
  g_hash_table_unref (made->strings);
  g_hash_table_unref (made->sites);
  g_array_unref (made->calls);
}

void
made_add_arena (Made *made, gsize size)
{
  made->arena = g_aligned_alloc0 (size / sizeof (LkArenaBlock), sizeof (LkArenaBlock), sizeof (LkArenaBlock));
  made->arena_size = size;
  lk_store_set_arena (made->store, made->arena, size, NULL, g_aligned_free, made->arena);
}

guint64
made_event (Made *made, LkEventKind kind, guint32 subject, guint32 stack, gconstpointer payload, gsize size)
{
  g_autoptr (GError) error = NULL;
  gsize whole = (sizeof (LkEvent) + size + 7) & ~(gsize) 7;
  g_autofree LkEvent *record = g_malloc0 (whole);
  guint depth = made->calls->len;
  *record = (LkEvent) {
    .size = (guint32) whole, .kind = kind, .depth = (guint16) depth, .time = made->time += 1000, .duration = 500,
    .stack = stack, .call = depth ? g_array_index (made->calls, guint32, depth - 1) : 0, .subject = subject
  };
  if (size)
    memcpy (record + 1, payload, size);
  guint64 event = lk_store_n_events (made->store);
  lk_store_append (made->store, record, whole, &error);
  g_assert_no_error (error);
  return event;
}

guint32
made_string (Made *made, const char *text)
{
  guint32 id = GPOINTER_TO_UINT (g_hash_table_lookup (made->strings, text));
  if (id)
    return id;
  id = ++made->last_string;
  g_hash_table_insert (made->strings, g_strdup (text), GUINT_TO_POINTER (id));
  made_event (made, LK_EVENT_STRING, id, 0, text, strlen (text) + 1);
  return id;
}

guint32
made_site (Made *made, guint32 parent, guint line, const char *function)
{
  g_autofree char *key = g_strdup_printf ("%u:%u", parent, line);
  guint32 id = GPOINTER_TO_UINT (g_hash_table_lookup (made->sites, key));
  if (id)
    return id;
  LkSiteEvent site = { parent, made_string (made, MADE_FILE), made_string (made, function), line };
  id = ++made->last_site;
  g_hash_table_insert (made->sites, g_steal_pointer (&key), GUINT_TO_POINTER (id));
  made_event (made, LK_EVENT_SITE, id, 0, &site, sizeof site);
  return id;
}

/* ---- tensors ---- */

static LkArenaBlock *
block_of (Made *made, guint32 block)
{
  return (LkArenaBlock *) (made->arena + (gsize) block * sizeof (LkArenaBlock));
}

static void
place (Made *made, LkTensorEvent *tensor)
{
  gsize size = sizeof (LkArenaBlock) + ((tensor->bytes + 63) & ~(guint64) 63);
  tensor->offset = LK_NO_OFFSET;
  if (!made->arena || made->arena_used + size > made->arena_size)
    return;
  tensor->block = (guint32) (made->arena_used / sizeof (LkArenaBlock));
  tensor->offset = made->arena_used + sizeof (LkArenaBlock);
  tensor->stamp = (guint32) tensor->id;
  *block_of (made, tensor->block) = (LkArenaBlock) { .stamp = tensor->stamp, .size = size - sizeof (LkArenaBlock) };
  float *elements = (float *) (gpointer) (made->arena + tensor->offset);
  for (gint64 i = 0; i < tensor->dims[0]; i++)
    elements[i] = (float) i;
  made->arena_used += size;
}

void
made_reuse (Made *made, guint64 tensor)
{
  LkTensorEvent event;
  g_assert_true (lk_store_tensor (made->store, tensor, &event, NULL, NULL));
  g_assert_cmpuint (event.offset, !=, LK_NO_OFFSET);
  block_of (made, event.block)->stamp++;
  memset (made->arena + event.offset, 0xff, event.bytes);
}

static guint64
append_op (Made *made, LkEventKind kind, guint32 subject, guint32 stack, LkOpEvent *op, const guint64 *inputs, gint64 n)
{
  guint8 payload[sizeof (LkOpEvent) + 16 * sizeof (guint64) + sizeof (LkTensorEvent)];
  LkTensorEvent output = { .id = ++made->last_tensor, .bytes = (guint64) n * 4, .dtype = LK_FLOAT32, .rank = 1, .dims = { n } };
  if (kind == LK_EVENT_OP)
    place (made, &output);
  else
    output.offset = LK_NO_OFFSET;
  op->n_outputs = 1;
  memcpy (payload, op, sizeof *op);
  if (op->n_inputs)
    memcpy (payload + sizeof *op, inputs, op->n_inputs * sizeof *inputs);
  memcpy (payload + sizeof *op + op->n_inputs * sizeof *inputs, &output, sizeof output);
  made_event (made, kind, subject, stack, payload, sizeof *op + op->n_inputs * sizeof *inputs + sizeof output);
  return output.id;
}

guint64
made_op (Made *made, const char *name, guint32 stack, const guint64 *inputs, guint n_inputs, gint64 n)
{
  LkOpEvent op = { .n_inputs = (guint16) n_inputs };
  return append_op (made, LK_EVENT_OP, made_string (made, name), stack, &op, inputs, n);
}

guint64
made_node (Made *made, guint32 graph, guint32 node, const char *name, guint32 stack)
{
  LkOpEvent op = { .graph = graph, .node = node, .name = made_string (made, name) };
  return append_op (made, LK_EVENT_NODE, made_string (made, "Relu"), stack, &op, NULL, 4);
}

/* ---- the other kinds ---- */

guint32
made_call (Made *made, LkCallKind kind, const char *name, guint32 graph, guint32 stack)
{
  return made_numbered_call (made, kind, name, 0, graph, stack);
}

guint32
made_numbered_call (Made *made, LkCallKind kind, const char *name, guint number, guint32 graph, guint32 stack)
{
  LkCallEvent call = { .id = ++made->last_call, .kind = kind, .graph = graph, .cause = number };
  made_event (made, LK_EVENT_CALL, made_string (made, name), stack, &call, sizeof call);
  g_array_append_val (made->calls, call.id);
  return call.id;
}

void
made_return (Made *made)
{
  made_loop_end (made, 0);
}

void
made_loop_end (Made *made, guint iterations)
{
  LkCallEvent call = { .id = g_array_index (made->calls, guint32, made->calls->len - 1), .cause = iterations };
  g_array_set_size (made->calls, made->calls->len - 1);
  made_event (made, LK_EVENT_RETURN, 0, 0, &call, sizeof call);
}

void
made_variable (Made *made, guint32 id, const char *name, guint64 tensor)
{
  LkVariableEvent variable = { .id = id, .trainable = 1, .version = ++made->last_version, .tensor = tensor };
  made_event (made, LK_EVENT_VARIABLE, made_string (made, name), 0, &variable, sizeof variable);
}

void
made_scalar (Made *made, const char *tag, gint64 step, double value)
{
  LkScalarEvent scalar = { .step = step, .value = value, .kind = LK_SCALAR_LOSS };
  made_event (made, LK_EVENT_SCALAR, made_string (made, tag), 0, &scalar, sizeof scalar);
}

void
made_step (Made *made)
{
  LkStepEvent step = { ++made->last_step };
  made_event (made, LK_EVENT_STEP, 0, 0, &step, sizeof step);
}

static void
call_function (Made *made, guint32 stack)
{
  made_call (made, LK_CALL_FUNCTION, "train_step", 0, stack);
  guint32 graph = 1;
  if (made->last_graph == 0)
    {
      made->last_graph = graph;
      made_call (made, LK_CALL_TRACE, "train_step", graph, stack);
      for (guint32 node = 0; node < 3; node++)
        made_node (made, graph, node, "block/Relu", made_site (made, stack, 30 + node, "train_step"));
      LkGraphEvent finished = { .id = graph, .n_nodes = 3, .function = made_string (made, "train_step") };
      made_event (made, LK_EVENT_GRAPH, made_string (made, "train_step"), 0, &finished, sizeof finished);
      made_return (made);
    }
  made_call (made, LK_CALL_RUN, "train_step", graph, stack);
  for (guint32 node = 0; node < 3; node++)
    {
      LkOpEvent op = { .graph = graph, .node = node, .name = made_string (made, "block/Relu") };
      append_op (made, LK_EVENT_OP, made_string (made, "Relu"), made_site (made, stack, 30 + node, "train_step"), &op, NULL, 4);
    }
  made_return (made);
  made_return (made);
}

void
made_everything (Made *made, guint rounds)
{
  guint32 stack = made_site (made, 0, 10, "<module>");
  guint64 weights = made_op (made, "Const", stack, NULL, 0, 100);
  made_variable (made, 1, "w:0", weights);
  for (guint i = 0; i < rounds; i++)
    {
      guint64 inputs[] = { weights, made_op (made, "Const", made_site (made, 0, 11, "<module>"), NULL, 0, 3) };
      guint64 product = made_op (made, "Mul", made_site (made, 0, 12, "<module>"), inputs, 2, 100);
      call_function (made, made_site (made, 0, 13, "<module>"));
      weights = made_op (made, "Sub", made_site (made, 0, 14, "<module>"), &product, 1, 100);
      made_variable (made, 1, "w:0", weights);
      made_scalar (made, "loss", -1, 1.0 / (i + 1));
      made_step (made);
    }
  LkAlertEvent alert = { .kind = LK_ALERT_NONFINITE, .tensor = weights };
  made_event (made, LK_EVENT_ALERT, made_string (made, "a NaN"), 0, &alert, sizeof alert);
  lk_store_append_output (made->store, 1, "printed\n", 8, made->time);
}

/* ---- folders ---- */

char *
made_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("lockstep-test-XXXXXX", &error);
  g_assert_no_error (error);
  return folder;
}

void
made_remove (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      if (g_file_test (path, G_FILE_TEST_IS_DIR) && !g_file_test (path, G_FILE_TEST_IS_SYMLINK))
        made_remove (path);
      else
        g_unlink (path);
    }
  g_rmdir (folder);
}
