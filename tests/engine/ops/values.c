/* SPDX-License-Identifier: MIT */
/* Values of ops against a table of recorded ones. */
#include <string.h>

#include "checks.h"
#include "values.h"

static char *
texts_of (LkTensor *const *outputs, guint n)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (texts, lk_tensor_text (outputs[i]));
  g_ptr_array_add (texts, NULL);
  return g_strjoinv (" | ", (char **) texts->pdata);
}

static void
check_row (guint row)
{
  LkTensor *outputs[MAX_OUTPUTS] = { NULL };
  LkContext *ctx = lk_context_new ();
  const LkOp *op = lk_op_find (known[row].op);
  g_assert_nonnull (op);
  g_autofree char *problem = NULL, *name = g_strdup_printf ("%s: %s {%s}", op->name, known[row].inputs,
                                                            known[row].attrs != NULL ? known[row].attrs : "");
  g_autoptr (LkSampleCall) call = lk_sample_call_new (op,
                                                      &(LkSample) { known[row].inputs, known[row].attrs }, 1,
                                                      &problem);
  if (call == NULL)
    g_error ("%s: %s", name, problem);
  checks_run (ctx, call, NULL, outputs, name);
  g_autofree char *text = texts_of (outputs, call->n_outputs);
  if (strcmp (text, known[row].text) != 0)
    g_error ("%s:\n%s\ninstead of\n%s", name, text, known[row].text);
  checks_release (outputs, call->n_outputs);
  lk_context_free (ctx);
}

static void
test_family (gconstpointer family)
{
  guint n = 0;
  for (guint row = 0; row < G_N_ELEMENTS (known); row++)
    if (strcmp (known[row].family, family) == 0)
      {
        check_row (row);
        n++;
      }
  g_assert_cmpuint (n, >, 0);
  g_test_message ("%u rows", n);
}

/* Every op that is not random and has something to compute is in the table. */
static void
test_complete (void)
{
  static const char *const without[] = { "Identity", "IdentityN", "StopGradient", "PrintV2", "Assert", "WriteFile", NULL };
  for (guint i = 0; i < lk_op_count (); i++)
    {
      gboolean found = FALSE;
      const LkOp *op = lk_op_at (i);
      if (!checks_is_written (op) || checks_is_random (op) || g_strv_contains (without, op->name))
        continue;
      for (guint row = 0; row < G_N_ELEMENTS (known) && !found; row++)
        found = strcmp (known[row].op, op->name) == 0;
      if (!found)
        g_error ("no value of %s is known", op->name);
    }
}

int
main (int argc, char **argv)
{
  const char *before = "";
  g_test_init (&argc, &argv, NULL);
  /* A family's rows stand together. */
  for (guint row = 0; row < G_N_ELEMENTS (known); row++)
    {
      const char *family = known[row].family;
      g_autofree char *path = g_strdup_printf ("/engine/ops/values/%s", family);
      if (strcmp (family, before) != 0)
        g_test_add_data_func (path, family, test_family);
      before = family;
    }
  g_test_add_func ("/engine/ops/values/complete", test_complete);
  return g_test_run ();
}
