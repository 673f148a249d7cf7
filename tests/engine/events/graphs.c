/* SPDX-License-Identifier: MIT */
/* Watched runs of rewritten graphs: calls that were inlined are told around their nodes, and each node inside of a fused one is
   an event and an item of its own, with the value that it has when nothing is rewritten. */
#include <string.h>
#include "graph_programs.h"

/* ---- reading a stream ---- */

typedef struct
{
  Program *program;
  GHashTable *strings;    /* id → text */
  GHashTable *lines;      /* stack id → line */
} Reader;

static void
reader_init (Reader *reader, Program *program)
{
  *reader = (Reader) { program, g_hash_table_new_full (NULL, NULL, NULL, g_free), g_hash_table_new (NULL, NULL) };
}

static void
reader_clear (Reader *reader)
{
  g_hash_table_unref (reader->strings);
  g_hash_table_unref (reader->lines);
}

static const char *
text_of (const Reader *reader, guint32 string)
{
  const char *text = g_hash_table_lookup (reader->strings, GUINT_TO_POINTER (string));
  return text != NULL ? text : "-";
}

static guint
line_of (const Reader *reader, guint32 stack)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (reader->lines, GUINT_TO_POINTER (stack)));
}

/* The next event that is no string or place; NULL at the end, which the program tells by a STEP. */
static const LkEvent *
read_event (Reader *reader)
{
  for (;;)
    {
      const LkEvent *event = program_read (reader->program, 10000);
      g_assert_nonnull (event);
      if (event->kind == LK_EVENT_STEP)
        return NULL;
      if (event->kind == LK_EVENT_STRING)
        g_hash_table_insert (reader->strings, GUINT_TO_POINTER (event->subject), g_strdup (program_payload (event)));
      else if (event->kind == LK_EVENT_SITE)
        g_hash_table_insert (reader->lines, GUINT_TO_POINTER (event->subject),
                             GUINT_TO_POINTER (((const LkSiteEvent *) program_payload (event))->line));
      else
        return event;
    }
}

static gboolean
ran (const LkEvent *event)
{
  return event->kind == LK_EVENT_OP && !(event->flags & LK_FLAG_GIVEN);
}

/* What runs, but for constants and what was fed: "Mul 2", "!" behind it if it failed, calls as "(name line" and ")", and a number behind the name when a call is
   come back to. */
static char *
read_run (Reader *reader)
{
  GString *text = g_string_new (NULL);
  const LkEvent *event;
  while ((event = read_event (reader)) != NULL)
    {
      const char *name = text_of (reader, event->subject);
      const LkCallEvent *call = program_payload (event);
      if (event->kind == LK_EVENT_CALL)
        g_string_append_printf (text, "(%s%s %u ", name, call->cause > 0 ? " again" : "", line_of (reader, event->stack));
      else if (event->kind == LK_EVENT_RETURN)
        g_string_append (text, ") ");
      else if (ran (event) && strcmp (name, "Const") != 0 && strcmp (name, "Placeholder") != 0)
        g_string_append_printf (text, "%s %u%s ", name, line_of (reader, event->stack), event->flags & LK_FLAG_FAILED ? "!" : "");
    }
  g_strchomp (text->str);
  return g_string_free (text, FALSE);
}

/* ---- what is told ---- */

static const struct { const char *program; gboolean passes; const char *run; } runs[] = {
  { "calls", FALSE, "(__inference_model_6 13 (__inference_scaled_7 10 Mul 2 Exp 3 AddV2 4 ) PartitionedCall 10 Cumsum 11 "
    "(__inference_scaled_7 12 Mul 2 Exp 3 AddV2 4 ) PartitionedCall 12 Neg 13 )" },
  { "calls", TRUE, "(__inference_model_6 13 (__inference_scaled_7 10 Mul 2 Exp 3 AddV2 4 _FusedElementwise 4 ) Cumsum 11 "
    "(__inference_scaled_7 12 Mul 2 Exp 3 AddV2 4 ) Neg 13 _FusedElementwise 13 )" },
  { "nested", TRUE, "(__inference_model_6 31 (__inference_outer_8 30 Cumsum 20 (__inference_scaled_7 21 Mul 2 Exp 3 AddV2 4 "
    "_FusedElementwise 4 ) Reshape 22 Sum 22 ) Mul 31 )" },
  { "apart", TRUE, "(__inference_model_6 52 (__inference_split_9 50 Reshape 40 Sum 40 ) AddV2 51 Cumsum 51 "
    "(__inference_split_9 again 50 Mul 41 ) AddV2 52 _FusedElementwise 52 )" },
  { "dense", TRUE, "(__inference_model_6 63 MatMul 60 BiasAdd 62 Relu 63 _FusedMatMul 63 )" },
  { "image", TRUE, "(__inference_model_6 72 Conv2D 70 Tanh 71 Mul 72 _FusedConv2D 72 )" },
  { "table", TRUE, "(__inference_model_6 82 AddV2 80 Mul 81 Square 82 Sub 82 _FusedElementwise 82 )" },
  { "wrong", FALSE, "(__inference_model_6 92 Tanh 90 AddV2 91! )" },
  { "wrong", TRUE, "(__inference_model_6 92 Tanh 90 AddV2 91! _FusedElementwise 92! )" },
};

static void
test_runs (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      Reader reader;
      reader_init (&reader, graph_program_start (runs[i].program, 1, runs[i].passes, FALSE));
      g_autofree char *run = read_run (&reader);
      g_assert_cmpint (program_end (reader.program), ==, 0);
      g_assert_cmpstr (run, ==, runs[i].run);
      reader_clear (&reader);
    }
}

/* ---- values ---- */

/* Of what ran, by op and line. (transfer full) */
static GHashTable *
values_of (const char *name, gboolean passes)
{
  GHashTable *values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
  Reader reader;
  const LkEvent *event;
  reader_init (&reader, graph_program_start (name, 1, passes, FALSE));
  while ((event = read_event (&reader)) != NULL)
    {
      const LkOpEvent *op = program_payload (event);
      const LkTensorEvent *out = (const LkTensorEvent *) ((const guint64 *) (op + 1) + op->n_inputs);
      if (event->kind != LK_EVENT_OP || op->n_outputs != 1 || out->bytes == 0)
        continue;
      g_assert_cmpuint (out->offset, !=, LK_NO_OFFSET);
      g_hash_table_insert (values, g_strdup_printf ("%s %u", text_of (&reader, event->subject), line_of (&reader, event->stack)),
                           g_bytes_new (reader.program->arena + out->offset, out->bytes));
    }
  g_assert_cmpint (program_end (reader.program), ==, 0);
  reader_clear (&reader);
  return values;
}

/* Rewritten or not, each node that runs has the same bits, inside of a fused one or not. */
static void
test_values (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    {
      g_autoptr (GHashTable) traced = values_of (runs[i].program, FALSE), rewritten = values_of (runs[i].program, TRUE);
      GHashTableIter iter;
      gpointer what, value;
      guint same = 0;
      g_hash_table_iter_init (&iter, rewritten);
      while (g_hash_table_iter_next (&iter, &what, &value))
        {
          const GBytes *expected = g_hash_table_lookup (traced, what);
          if (g_str_has_prefix (what, "_Fused") || g_str_has_prefix (what, "Const"))
            continue;
          if (expected == NULL)
            g_error ("%s: nothing to compare %s with", runs[i].program, (const char *) what);
          g_assert_true (g_bytes_equal (value, expected));
          same++;
        }
      g_assert_cmpuint (same, >=, strcmp (runs[i].program, "wrong") == 0 ? 2 : 4);
    }
}

/* ---- stops ---- */

/* What it stops before: "Mul 2"; "" when it ended. */
static char *
next_stop (Reader *reader)
{
  const LkEvent *event;
  while ((event = read_event (reader)) != NULL)
    if (event->kind == LK_EVENT_STOP)
      return g_strdup_printf ("%s %u", text_of (reader, event->subject), line_of (reader, event->stack));
  return g_strdup ("");
}

static void
set_breakpoint (Reader *reader, LkBreakKind kind, const char *text, guint line)
{
  LkBreakpointRow row = { .id = 9, .kind = kind, .line = line, .enabled = TRUE };
  g_strlcpy (row.text, text, sizeof row.text);
  program_send (reader->program, LK_CONTROL_BREAKPOINTS, 0, 1, &row, sizeof row);
}

#define MODEL "__inference_model_6"
#define SCALED "__inference_scaled_7"

/* From the second run of the model, where constants are seen no more; each way, and what comes next: all of it, "" at the end. */
static const struct
{
  const char *program;
  LkBreakKind kind;
  const char *breakpoint; /* NULL: none */
  guint line;
  struct { LkGoWhere where; guint count; const char *stop; } ways[9];
} stops[] = {
  /* Over, out and into calls that were inlined. */
  { "calls", 0, NULL, 0, { { LK_GO_INTO, 3, SCALED " 10" }, { LK_GO_OVER, 1, "Cumsum 11" }, { LK_GO_OVER, 1, SCALED " 12" },
                           { LK_GO_INTO, 1, "Mul 2" }, { LK_GO_OVER, 1, "Exp 3" }, { LK_GO_OUT, 1, "Neg 13" }, { LK_GO_OVER, 1, "" } } },
  { "calls", 0, NULL, 0, { { LK_GO_INTO, 3, SCALED " 10" }, { LK_GO_INTO_RUN, 1, "Mul 2" }, { LK_GO_OVER, 3, "Cumsum 11" },
                           { LK_GO_OUT, 1, "" } } },
  { "calls", 0, NULL, 0, { { LK_GO_OVER, 1, "" } } },
  { "nested", 0, NULL, 0, { { LK_GO_INTO, 3, "__inference_outer_8 30" }, { LK_GO_INTO, 2, SCALED " 21" }, { LK_GO_INTO, 2, "Exp 3" },
                            { LK_GO_OUT, 1, "Reshape 22" }, { LK_GO_OUT, 1, "Mul 31" }, { LK_GO_OUT, 1, "" } } },
  /* A call that is come back to is no new one. */
  { "apart", LK_BREAK_FUNCTION, "split", 0, { { LK_GO_CONTINUE, 1, "__inference_split_9 50" }, { LK_GO_CONTINUE, 1, "" } } },
  { "apart", LK_BREAK_LINE, GRAPH_FILE, 41, { { LK_GO_CONTINUE, 1, "Mul 41" }, { LK_GO_OUT, 1, "AddV2 52" }, { LK_GO_OVER, 1, "" } } },
  /* Breakpoints by the program's name of a function, by its own, on a line of it, on an op. */
  { "calls", LK_BREAK_FUNCTION, "scaled", 0, { { LK_GO_CONTINUE, 1, SCALED " 10" }, { LK_GO_CONTINUE, 1, SCALED " 12" }, { LK_GO_CONTINUE, 1, "" } } },
  { "calls", LK_BREAK_LINE, GRAPH_FILE, 3, { { LK_GO_CONTINUE, 1, "Exp 3" }, { LK_GO_CONTINUE, 1, "Exp 3" }, { LK_GO_OUT, 1, "Neg 13" }, { LK_GO_CONTINUE, 1, "" } } },
  { "nested", LK_BREAK_OP, "Exp", 0, { { LK_GO_CONTINUE, 1, "Exp 3" }, { LK_GO_OUT, 2, "Mul 31" }, { LK_GO_CONTINUE, 1, "" } } },
  /* Inside of fused nodes. */
  { "dense", LK_BREAK_LINE, GRAPH_FILE, 62, { { LK_GO_CONTINUE, 1, "BiasAdd 62" }, { LK_GO_OVER, 1, "Relu 63" }, { LK_GO_OVER, 1, "" } } },
  { "dense", LK_BREAK_OP, "MatMul", 0, { { LK_GO_CONTINUE, 1, "MatMul 60" }, { LK_GO_INTO, 1, "BiasAdd 62" }, { LK_GO_OUT, 1, "" } } },
  { "image", LK_BREAK_LINE, GRAPH_FILE, 71, { { LK_GO_CONTINUE, 1, "Tanh 71" }, { LK_GO_OVER, 1, "Mul 72" }, { LK_GO_OUT, 1, "" } } },
  { "table", LK_BREAK_LINE, GRAPH_FILE, 82, { { LK_GO_CONTINUE, 1, "Square 82" }, { LK_GO_OVER, 1, "Sub 82" }, { LK_GO_OVER, 1, "" } } },
};

static void
test_stops (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (stops); i++)
    {
      Reader reader;
      reader_init (&reader, graph_program_start (stops[i].program, 2, TRUE, TRUE));
      g_autofree char *entry = next_stop (&reader);
      program_go (reader.program, LK_GO_OVER, LK_UNIT_OP, 1);
      g_autofree char *second = next_stop (&reader);
      g_assert_true (g_str_has_prefix (second, MODEL));
      if (stops[i].breakpoint != NULL)
        set_breakpoint (&reader, stops[i].kind, stops[i].breakpoint, stops[i].line);
      for (guint k = 0; k < G_N_ELEMENTS (stops[i].ways) && stops[i].ways[k].stop != NULL; k++)
        {
          program_go (reader.program, stops[i].ways[k].where, LK_UNIT_OP, stops[i].ways[k].count);
          g_autofree char *stop = next_stop (&reader);
          if (strcmp (stop, stops[i].ways[k].stop) != 0)
            g_error ("%s, stop %u of row %u: %s, not %s", stops[i].program, k, i, stop, stops[i].ways[k].stop);
        }
      g_assert_cmpint (program_end (reader.program), ==, 0);
      reader_clear (&reader);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graphs/runs", test_runs);
  g_test_add_func ("/graphs/values", test_values);
  g_test_add_func ("/graphs/stops", test_stops);
  return g_test_run ();
}
