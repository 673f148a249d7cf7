/* SPDX-License-Identifier: MIT */
#include "engine/ops/share.h"

#include "engine/core/parallel.h"

#define PART 65536      /* elements of a task */

typedef struct
{
  LkUnaryLoop unary;
  LkBinaryLoop binary;
  gsize in_size, out_size;
  const char *a, *b;
  guint a_step, b_step;
  char *out;
  gint64 n, part;
} Elements;

static void
part_of (gpointer data, guint task)
{
  const Elements *e = data;
  const gint64 first = task * e->part, n = MIN (e->part, e->n - first);
  const char *a = e->a + first * e->a_step * e->in_size;
  char *out = e->out + first * e->out_size;
  if (e->unary != NULL)
    e->unary (a, out, n);
  else
    e->binary (a, e->a_step, e->b + first * e->b_step * e->in_size, e->b_step, out, n);
}

static void
share (Elements *e)
{
  e->part = MAX (PART, e->n / G_MAXUINT16);
  lk_parallel ((e->n + e->part - 1) / e->part, part_of, e);
}

void
lk_share_many_unary (LkUnaryLoop loop, gsize in_size, gsize out_size, const void *in, void *out, gint64 n)
{
  Elements e = { .unary = loop, .in_size = in_size, .out_size = out_size, .a = in, .a_step = 1, .out = out, .n = n };
  share (&e);
}

void
lk_share_many_binary (LkBinaryLoop loop, gsize in_size, gsize out_size, const void *a, guint a_step, const void *b,
                      guint b_step, void *out, gint64 n)
{
  Elements e = { NULL, loop, in_size, out_size, a, b, a_step, b_step, out, n, 0 };
  share (&e);
}
