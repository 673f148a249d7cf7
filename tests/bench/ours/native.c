/* SPDX-License-Identifier: MIT */
/* The engine from C: small eager ops without and with a tape, products, and ops that memory bounds. */
#include <engine/engine.h>
#include <string.h>
#include "../sample.h"

#define BYTES (16L << 20)

typedef LkTensor *(*Op) (LkContext *ctx, LkTensor *const *inputs);

typedef struct
{
  LkContext *ctx;
  Op op;
  LkTensor *inputs[2];
} Work;

static LkTensor *add (LkContext *ctx, LkTensor *const *x) { return lk_add (ctx, x[0], x[1]); }
static LkTensor *relu (LkContext *ctx, LkTensor *const *x) { return lk_relu (ctx, x[0]); }
static LkTensor *multiply (LkContext *ctx, LkTensor *const *x) { return lk_mat_mul (ctx, x[0], x[1], FALSE, FALSE); }
static LkTensor *sum (LkContext *ctx, LkTensor *const *x) { return lk_sum (ctx, x[0], x[1], FALSE); }

static void
once (void *data)
{
  const Work *work = data;
  lk_tensor_unref (work->op (work->ctx, work->inputs));
}

static void
hundred_taped (void *data)
{
  const Work *work = data;
  LkTape *tape = lk_tape_new (work->ctx, FALSE, FALSE);
  lk_tape_start (tape);
  lk_tape_watch (tape, work->inputs[0]);
  for (int i = 0; i < 100; i++)
    once (data);
  lk_tape_free (tape);
}

static LkTensor *
filled (const LkShape *shape)
{
  LkTensor *tensor = lk_tensor_new (LK_FLOAT32, shape);
  for (gint64 i = 0; i < tensor->size; i++)
    ((float *) tensor->data)[i] = (float) (i % 7 - 3);
  return tensor;
}

static void
small_ops (LkContext *ctx)
{
  LkTensor *s = lk_tensor_new_float (1), *m = filled (&(LkShape) { 2, { 16, 16 } });
  static const struct { const char *plain, *taped; Op op; gboolean scalar; } works[] = {
    { "add [] from C", "100 × add [] on a tape, from C", add, TRUE },
    { "add 16² from C", "100 × add 16² on a tape, from C", add, FALSE },
    { "relu 16² from C", "100 × relu 16² on a tape, from C", relu, FALSE },
    { "matmul 16² from C", "100 × matmul 16² on a tape, from C", multiply, FALSE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (works); i++)
    {
      LkTensor *x = works[i].scalar ? s : m;
      Work work = { ctx, works[i].op, { x, x } };
      sample (works[i].plain, "ours", "ns", 1, 0, once, &work);
      sample (works[i].taped, "ours", "µs", 1e3, 0, hundred_taped, &work);
    }
  lk_tensor_unref (s);
  lk_tensor_unref (m);
}

static void
products (LkContext *ctx)
{
  static const gint64 sizes[] = { 256, 512, 1024, 2048 };
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      const double n = (double) sizes[i];
      g_autoptr (LkTensor) x = filled (&(LkShape) { 2, { sizes[i], sizes[i] } });
      Work work = { ctx, multiply, { x, x } };
      char name[64];
      g_snprintf (name, sizeof name, "MatMul n = %d", (int) sizes[i]);
      sample (name, "ours", "GFLOP/s", 1, 2 * n * n * n, once, &work);
    }
}

static void
large_ops (LkContext *ctx)
{
  g_autoptr (LkTensor) x = filled (&(LkShape) { 1, { BYTES / (long) sizeof (float) } });
  g_autoptr (LkTensor) y = filled (&x->shape), axes = lk_tensor_new_copy (LK_INT32, &(LkShape) { 1, { 1 } }, &(gint32) { 0 });
  Work work = { ctx, relu, { x, y } };
  sample ("Relu of 16 MiB", "ours", "GB/s", 1, 2.0 * BYTES, once, &work);
  work.op = add;
  sample ("AddV2 of 16 MiB", "ours", "GB/s", 1, 3.0 * BYTES, once, &work);
  work = (Work) { ctx, sum, { x, axes } };
  sample ("Sum of 16 MiB", "ours", "GB/s", 1, 1.0 * BYTES, once, &work);
}

int
main (int argc, char **argv)
{
  LkContext *ctx = lk_context_default ();
  const char *what = argc > 1 ? argv[1] : "all";
  if (strcmp (what, "all") == 0 || strcmp (what, "small") == 0)
    small_ops (ctx);
  if (strcmp (what, "all") == 0 || strcmp (what, "products") == 0)
    products (ctx);
  if (strcmp (what, "all") == 0 || strcmp (what, "large") == 0)
    large_ops (ctx);
  return 0;
}
