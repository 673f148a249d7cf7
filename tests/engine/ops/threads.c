/* SPDX-License-Identifier: MIT */
/* The same bits for any number of threads, of ops large enough to be shared; and what the crew itself promises. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "engine/core/parallel.h"

static const struct { const char *op; LkSample sample; } calls[] = {
  { "MatMul", { "float32[64,784]; float32[784,512]" } },
  { "MatMul", { "float32[300,129]; float32[300,511]", "transpose_a=true" } },
  { "MatMul", { "float32[611,200]; float32[97,200]", "transpose_b=true" } },
  { "MatMul", { "float64[333,401]; float64[401,257]" } },
  { "MatMul", { "float64[401,333]; float64[257,401]", "transpose_a=true, transpose_b=true" } },
  { "MatMul", { "float32[1,3000]; float32[3000,3001]" } },
  { "MatMul", { "int32[203,129]; int32[129,211]", "transpose_a=false" } },
  { "MatMul", { "int64[129,203]; int64[211,129]", "transpose_a=true, transpose_b=true" } },
  { "Conv2D", { "float32[64,28,28,1]; float32[5,5,1,6]", "strides=[1,1,1,1], padding=\"VALID\"" } },
  { "Conv2D", { "float32[3,30,31,20]; float32[3,3,20,50]", "strides=[1,2,1,1], padding=\"SAME\"" } },
  { "Conv2D", { "float64[2,24,24,8]; float64[3,3,4,34]", "strides=[1,1,1,1], padding=\"SAME\", dilations=[1,2,2,1]" } },
  { "Conv2D", { "float32[8,20,20,64]; float32[1,1,64,96]", "strides=[1,1,1,1], padding=\"VALID\"" } },
  { "Conv2DBackpropInput",
    { "int32[4]={64,12,12,6}; float32[5,5,6,16]; float32[64,8,8,16]", "strides=[1,1,1,1], padding=\"VALID\"" } },
  { "Conv2DBackpropInput",
    { "int32[4]={9,21,20,40}; float32[3,3,40,24]; float32[9,11,10,24]", "strides=[1,2,2,1], padding=\"SAME\"" } },
  { "Conv2DBackpropFilter",
    { "float32[64,12,12,6]; int32[4]={5,5,6,16}; float32[64,8,8,16]", "strides=[1,1,1,1], padding=\"VALID\"" } },
  { "Conv2DBackpropFilter",
    { "float32[9,21,20,64]; int32[4]={3,3,64,72}; float32[9,11,10,72]", "strides=[1,2,2,1], padding=\"SAME\"" } },
  { "Exp", { "float32[1000,1001]" } },
  { "Mul", { "float32[1001,1000]; float32[]" } },
  { "Tanh", { "float16[700,701]" } },
  { "AddV2", { "bfloat16[700,701]; bfloat16[700,701]" } },
  { "Mul", { "uint32[700,701]; uint32[]" } },
  { "Cast", { "float32[700,701]", "DstT=float16" } },
  { "Cast", { "float16[700,701]", "DstT=int64" } },
  { "Cast", { "int32[700,701]", "DstT=float64" } },
  { "Softmax", { "float32[3000,101]" } },
  { "LogSoftmax", { "float64[7,50000]" } },
  { "FloorMod", { "float32[700,701]; float32[]={3.3}" } },
  { "FloorDiv", { "int8[700,701]; int8[]={3}" } },
  { "Cumsum", { "float32[300,1001]; int32[]={1}" } },
  { "Cumprod", { "float64[7,300,201] in 0.99..1.01; int32[]={1}", "reverse=true, exclusive=true" } },
  { "ReluGrad", { "float64[700,701]; float64[700,701]" } },
  { "Sum", { "float32[1100,1001]; int32[2]={0,1}" } },
  { "Sum", { "float32[1100,1001]; int32[1]={1}" } },
  { "Mean", { "float32[700,1501]; int32[1]={0}" } },
  { "Sum", { "float32[150001,7]; int32[1]={1}" } },
  { "Prod", { "float64[11,500,200]; int32[2]={0,2}" } },
  { "Max", { "float64[11,500,200]; int32[1]={1}" } },
  { "TopKV2", { "float32[400001]; int32[]={400001}" } },
  { "TopKV2", { "float64[700,501]; int32[]={30}" } },
  { "MaxPool", { "float32[64,24,24,6]", "ksize=[1,3,3,1], strides=[1,2,2,1], padding=\"SAME\"" } },
  { "MaxPoolGrad", { "float32[64,24,24,6]; float32[64,12,12,6]; float32[64,12,12,6]",
                     "ksize=[1,3,3,1], strides=[1,2,2,1], padding=\"SAME\"" } },
  { "AvgPool", { "float64[64,24,24,6]", "ksize=[1,3,3,1], strides=[1,2,2,1], padding=\"SAME\"" } },
};

static void
run_with (guint n_threads, const LkSampleCall *call, LkContext *ctx, LkTensor **outputs, const char *name)
{
  lk_threads_set (n_threads);
  checks_run (ctx, call, NULL, outputs, name);
  lk_threads_set (0);
}

static void
test_bits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *problem = NULL;
      LkTensor *alone[MAX_OUTPUTS], *shared[MAX_OUTPUTS];
      LkContext *ctx = lk_context_new ();
      const LkOp *op = lk_op_find (calls[i].op);
      g_autoptr (LkSampleCall) call = lk_sample_call_new (op, &calls[i].sample, i, &problem);
      if (call == NULL)
        g_error ("%s: %s", calls[i].sample.inputs, problem);
      run_with (1, call, ctx, alone, op->name);
      for (guint n = 2; n <= 5; n++)
        {
          run_with (n, call, ctx, shared, op->name);
          if (memcmp (alone[0]->data, shared[0]->data, lk_tensor_bytes (alone[0])) != 0)
            g_error ("%s: %s: other bits with %u threads than with one", op->name, calls[i].sample.inputs, n);
          checks_release (shared, call->n_outputs);
        }
      checks_release (alone, call->n_outputs);
      lk_context_free (ctx);
    }
}

/* ---- the crew ---- */

#define TASKS 1000

typedef struct
{
  guint done[TASKS];            /* atomic: how often each was */
  gboolean nests;
} Count;

static void
count (gpointer data, guint task)
{
  Count *counts = data;
  Count inner = { { 0 } };
  __atomic_add_fetch (&counts->done[task], 1, __ATOMIC_RELAXED);
  if (!counts->nests || task % 100 != 0)
    return;
  lk_parallel (10, count, &inner);
  for (guint i = 0; i < 10; i++)
    g_assert_cmpuint (inner.done[i], ==, 1);
}

static void
count_all (gboolean nests)
{
  Count counts = { { 0 }, nests };
  lk_parallel (TASKS, count, &counts);
  for (guint i = 0; i < TASKS; i++)
    g_assert_cmpuint (counts.done[i], ==, 1);
}

static void
test_each_task_once (void)
{
  lk_threads_set (4);
  for (guint round = 0; round < 200; round++)
    count_all (round % 2);
  lk_threads_set (0);
}

static gpointer
count_often (gpointer data)
{
  for (guint round = 0; round < 100; round++)
    count_all (FALSE);
  return NULL;
}

static void
test_several_callers (void)
{
  GThread *threads[3];
  lk_threads_set (3);
  for (guint i = 0; i < 3; i++)
    threads[i] = g_thread_new ("caller", count_often, NULL);
  for (guint i = 0; i < 3; i++)
    g_thread_join (threads[i]);
  lk_threads_set (0);
}

/* A child has no workers, and gets its own. */
static void
test_fork (void)
{
  int status = -1;
  lk_threads_set (2);
  count_all (FALSE);
  const pid_t child = fork ();
  if (child == 0)
    {
      count_all (FALSE);
      _exit (7);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (WEXITSTATUS (status), ==, 7);
  count_all (FALSE);
  lk_threads_set (0);
}

static void
test_number (void)
{
  g_setenv ("LOCKSTEP_THREADS", "3", TRUE);
  lk_threads_set (0);
  g_assert_cmpuint (lk_threads (), ==, 3);
  lk_threads_set (2);
  g_assert_cmpuint (lk_threads (), ==, 2);
  g_unsetenv ("LOCKSTEP_THREADS");
  lk_threads_set (0);
  g_assert_cmpuint (lk_threads (), >=, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/threads/bits", test_bits);
  g_test_add_func ("/threads/each-task-once", test_each_task_once);
  g_test_add_func ("/threads/several-callers", test_several_callers);
  g_test_add_func ("/threads/fork", test_fork);
  g_test_add_func ("/threads/number", test_number);
  return g_test_run ();
}
