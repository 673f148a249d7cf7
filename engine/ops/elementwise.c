/* SPDX-License-Identifier: MIT */
#include "engine/ops/elementwise.h"

#include "engine/core/narrow.h"
#include "engine/core/parallel.h"
#include "engine/ops/broadcast.h"

#define PIECE 1024      /* elements that are widened at once */
#define WIDEST 8        /* bytes of one of them */

typedef struct
{
  LkDType in, out;                /* as the tensors have them */
  gsize in_size, out_size;
  gboolean narrow, narrows;       /* the loop takes wider elements than the tensors have, and gives such */
  LkUnaryLoop unary;              /* one or the other */
  LkBinaryLoop loop;
} Run;

/* Narrow elements, a piece at a time. */
static void
run_unary_pieces (const Run *run, const char *x, char *out, gint64 size)
{
  _Alignas (64) char wide[PIECE * WIDEST], result[PIECE * WIDEST];
  for (gint64 i = 0; i < size; i += PIECE)
    {
      const gint64 n = MIN (PIECE, size - i);
      char *to = out + i * run->out_size;
      lk_widen (run->in, x + i * run->in_size, wide, n);
      run->unary (wide, run->narrows ? result : to, n);
      if (run->narrows)
        lk_narrow (run->out, result, to, n);
    }
}

static void
run_pieces (const Run *run, const char *x, guint x_step, const char *y, guint y_step, char *out, gint64 size)
{
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
      run->loop (wide_x, x_step, wide_y, y_step, run->narrows ? result : to, n);
      if (run->narrows)
        lk_narrow (run->out, result, to, n);
    }
}

/* The same in parts that threads share. */
typedef struct
{
  const Run *run;
  const char *x, *y;
  guint x_step, y_step;
  char *out;
  gint64 size, part;
} Parts;

static void
run_part (gpointer data, guint task)
{
  const Parts *p = data;
  const Run *run = p->run;
  const gint64 first = task * p->part, n = MIN (p->part, p->size - first);
  const char *x = p->x + first * p->x_step * run->in_size;
  char *out = p->out + first * run->out_size;
  if (run->unary != NULL)
    run_unary_pieces (run, x, out, n);
  else
    run_pieces (run, x, p->x_step, p->y + first * p->y_step * run->in_size, p->y_step, out, n);
}

static void
run_narrow (const Run *run, const char *x, guint x_step, const char *y, guint y_step, char *out, gint64 size)
{
  Parts p = { run, x, y, x_step, y_step, out, size, size };
  if (size >= LK_SHARE_LEAST)
    p.part = MAX (LK_SHARE_LEAST / 4, size / G_MAXUINT16);
  lk_parallel (size > 0 ? (size + p.part - 1) / p.part : 0, run_part, &p);
}

/* What a run is that has a loop of the wider dtype only. */
static Run
narrow_run (LkDType in, LkDType out)
{
  g_assert (lk_dtype_wide (in) != in);
  return (Run) { .in = in, .out = out, .in_size = lk_dtype_size (in), .out_size = lk_dtype_size (out), .narrow = TRUE,
                 .narrows = lk_dtype_wide (out) != out && out == in };
}

void
lk_unary_run_narrow (LkCall *call, const LkUnaryLoop *loops)
{
  const LkTensor *x = call->inputs[0];
  Run run = narrow_run (x->dtype, call->outputs[0]->dtype);
  run.unary = loops[lk_dtype_wide (x->dtype)];
  g_assert (run.unary != NULL);
  run_narrow (&run, x->data, 1, NULL, 0, call->outputs[0]->data, x->size);
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
  Run run = { .in = dtype, .out = out->dtype, .in_size = lk_dtype_size (dtype), .out_size = lk_dtype_size (out->dtype) };
  if (G_UNLIKELY (loops[dtype] == NULL))
    run = narrow_run (dtype, out->dtype);
  run.loop = loops[run.narrow ? lk_dtype_wide (dtype) : dtype];
  g_assert (run.loop != NULL);
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
