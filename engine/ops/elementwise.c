/* SPDX-License-Identifier: MIT */
#include "engine/ops/elementwise.h"

#include "engine/core/narrow.h"
#include "engine/ops/broadcast.h"

#define PIECE 1024      /* elements that are widened at once */
#define WIDEST 8        /* bytes of one of them */

typedef struct
{
  LkDType in, out;                /* as the tensors have them */
  gsize in_size, out_size;
  gboolean narrow;                /* the loop takes wider elements than the tensors have */
  LkBinaryLoop loop;
} Run;

void
lk_unary_run_narrow (LkCall *call, const LkUnaryLoop *loops)
{
  const LkTensor *x = call->inputs[0];
  const LkDType in = x->dtype, out = call->outputs[0]->dtype;
  const LkUnaryLoop loop = loops[lk_dtype_wide (in)];
  const gboolean narrows = lk_dtype_wide (out) != out && out == in;
  _Alignas (64) char wide[PIECE * WIDEST], result[PIECE * WIDEST];
  g_assert (loop != NULL && lk_dtype_wide (in) != in);
  for (gint64 i = 0; i < x->size; i += PIECE)
    {
      const gint64 n = MIN (PIECE, x->size - i);
      char *to = (char *) call->outputs[0]->data + i * lk_dtype_size (out);
      lk_widen (in, (const char *) x->data + i * lk_dtype_size (in), wide, n);
      loop (wide, narrows ? result : to, n);
      if (narrows)
        lk_narrow (out, result, to, n);
    }
}

static void
run_narrow (const Run *run, const char *x, guint x_step, const char *y, guint y_step, char *out, gint64 size)
{
  const gboolean narrows = lk_dtype_wide (run->out) != run->out && run->out == run->in;
  _Alignas (64) char wide_x[PIECE * WIDEST], wide_y[PIECE * WIDEST], result[PIECE * WIDEST];
  if (!x_step)
    lk_widen (run->in, x, wide_x, 1);
  if (!y_step)
    lk_widen (run->in, y, wide_y, 1);
  for (gint64 i = 0; i < size; i += PIECE)
    {
      const gint64 n = MIN (PIECE, size - i);
      char *to = out + i * run->out_size;
      if (x_step)
        lk_widen (run->in, x + i * run->in_size, wide_x, n);
      if (y_step)
        lk_widen (run->in, y + i * run->in_size, wide_y, n);
      run->loop (wide_x, x_step, wide_y, y_step, narrows ? result : to, n);
      if (narrows)
        lk_narrow (run->out, result, to, n);
    }
}

static inline void
run_once (const Run *run, const char *x, guint x_step, const char *y, guint y_step, char *out, gint64 size)
{
  if (G_LIKELY (!run->narrow))
    run->loop (x, x_step, y, y_step, out, size);
  else
    run_narrow (run, x, x_step, y, y_step, out, size);
}

static void
run_broadcast (const LkCall *call, const Run *run)
{
  LkBroadcast b;
  const char *x = call->inputs[0]->data, *y = call->inputs[1]->data;
  char *out = call->outputs[0]->data;
  lk_broadcast_init (&b, call->inputs, 2, &call->outputs[0]->shape);
  for (gint64 i = 0; i < b.runs; i++)
    {
      run_once (run, x + b.at[0] * run->in_size, lk_broadcast_step (&b, 0), y + b.at[1] * run->in_size,
                lk_broadcast_step (&b, 1), out, lk_broadcast_length (&b));
      out += lk_broadcast_length (&b) * run->out_size;
      lk_broadcast_next (&b);
    }
}

void
lk_binary_run (LkCall *call, const LkBinaryLoop *loops)
{
  const LkTensor *x = call->inputs[0], *y = call->inputs[1], *out = call->outputs[0];
  const LkDType dtype = x->dtype;
  Run run = { .in = dtype, .out = out->dtype, .loop = loops[dtype] };
  if (G_UNLIKELY (run.loop == NULL))
    {
      run.loop = loops[lk_dtype_wide (dtype)];
      run.narrow = TRUE;
      g_assert (run.loop != NULL && lk_dtype_wide (dtype) != dtype);
    }
  run.in_size = lk_dtype_size (dtype);
  run.out_size = lk_dtype_size (out->dtype);
  /* The commonest calls are a single run: no input is repeated, or one of a single element is. */
  if ((x->size == out->size || x->size == 1) && (y->size == out->size || y->size == 1))
    {
      const guint x_step = x->size == out->size, y_step = y->size == out->size;
      if (G_LIKELY (!run.narrow))
        lk_share_binary (run.loop, run.in_size, run.out_size, x->data, x_step, y->data, y_step, out->data, out->size);
      else
        run_narrow (&run, x->data, x_step, y->data, y_step, out->data, out->size);
    }
  else
    run_broadcast (call, &run);
}
