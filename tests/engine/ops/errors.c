/* SPDX-License-Identifier: MIT */
/* Wrong calls are refused with TensorFlow's class and words, and leave nothing behind: eagerly, and, when it
   does not take values to see it, while tracing. */
#include <string.h>

#include "checks.h"
#include "errors.h"

/* A terabyte is refused, also by the sanitizer's allocator. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "allocator_may_return_null=1";
}

static LkSampleCall *
call_of (guint row)
{
  g_autofree char *problem = NULL;
  const LkOp *op = lk_op_find (wrong[row].op);
  g_assert_nonnull (op);
  LkSampleCall *call = lk_sample_call_new (op, &(LkSample) { wrong[row].inputs, wrong[row].attrs }, 1,
                                           &problem);
  if (call == NULL)
    g_error ("%s: %s", wrong[row].op, problem);
  return call;
}

static void
check_row (guint row)
{
  LkTensor *outputs[MAX_OUTPUTS] = { NULL };
  LkContext *ctx = lk_context_new ();
  g_autoptr (LkSampleCall) call = call_of (row);
  const gboolean good = lk_sample_call_apply (call, ctx, NULL, outputs);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  g_autofree char *expected = g_strdup_printf ("%s [Op:%s]", wrong[row].message, wrong[row].op);
  if (good || error == NULL)
    g_error ("%s: %s {%s} was not refused: %s", wrong[row].op, wrong[row].inputs, wrong[row].attrs, expected);
  if (strcmp (error->message, expected) != 0 || error->code != (int) wrong[row].code)
    g_error ("%s: %s:\n%s: %s\ninstead of\n%s: %s", wrong[row].op, wrong[row].inputs,
             lk_error_class (error->code), error->message,
             lk_error_class (wrong[row].code), expected);
  for (guint i = 0; i < call->n_outputs; i++)
    g_assert_null (outputs[i]);
  lk_context_free (ctx);
}

static void
test_messages (void)
{
  for (guint row = 0; row < G_N_ELEMENTS (wrong); row++)
    check_row (row);
  g_test_message ("%u wrong calls are refused", (guint) G_N_ELEMENTS (wrong));
}

/* The same call again works after an error: the context is as it was. */
static void
test_recovers (void)
{
  LkContext *ctx = lk_context_new ();
  g_autofree char *problem = NULL;
  LkTensor *output = NULL;
  const LkOp *op = lk_op_find ("MatMul");
  g_autoptr (LkSampleCall) bad = lk_sample_call_new (op, &(LkSample) { "float64[2,3]; float64[2,3]", NULL },
                                                     1, &problem);
  g_autoptr (LkSampleCall) good = lk_sample_call_new (op, &(LkSample) { "float64[2,3]; float64[3,2]", NULL },
                                                      1, &problem);
  g_assert_false (lk_sample_call_apply (bad, ctx, NULL, &output));
  /* Until it is taken, the error stays and nothing runs. */
  g_assert_false (lk_sample_call_apply (good, ctx, NULL, &output));
  g_assert_null (output);
  g_autoptr (GError) error = lk_context_take_error (ctx);
  g_assert_nonnull (strstr (error->message, "In[0]: [2,3], In[1]: [2,3]"));
  checks_run (ctx, good, NULL, &output, "MatMul");
  lk_tensor_unref (output);
  lk_context_free (ctx);
}

/* Ops that take all that their declaration lets through. */
static void
test_complete (void)
{
  static const char *const without[] = { "Identity", "IdentityN", "StopGradient", "Rank", "RandomShuffle", "StatelessRandomGetAlg",
                                         "SerializeTensor", "ZerosLike", "DeepCopy", "PreventGradient", NULL };
  for (guint i = 0; i < lk_op_count (); i++)
    {
      gboolean found = FALSE;
      const LkOp *op = lk_op_at (i);
      if (!checks_is_written (op) || g_strv_contains (without, op->name))
        continue;
      for (guint row = 0; row < G_N_ELEMENTS (wrong) && !found; row++)
        found = strcmp (wrong[row].op, op->name) == 0;
      if (!found)
        g_error ("no wrong call of %s is known", op->name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/ops/errors/messages", test_messages);
  g_test_add_func ("/engine/ops/errors/recovers", test_recovers);
  g_test_add_func ("/engine/ops/errors/complete", test_complete);
  return g_test_run ();
}
