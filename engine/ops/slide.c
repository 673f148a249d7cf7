/* SPDX-License-Identifier: MIT */
#include "engine/ops/slide.h"

#include <string.h>

#include "engine/core/buffer.h"
#include "engine/core/parallel.h"
#include "engine/ops/tile.h"

#define TASK_ELEMENTS 200000        /* looks at elements that are worth a task */

typedef struct
{
  const LkWindow *w;
  const LkTileLoops *loops;
  gint64 channels;
  gsize size;                   /* bytes of an element */
  LkSlide slide;
  const char *x;
  char *y, *dx;
  gint64 begin, end;            /* windows along the last axis that lie inside along it */
  gint64 images;                /* of a task */
  gboolean apart, covers;       /* windows share no element; and leave none out */
  gint failed;                  /* atomic */
} Slide;

/* A window on its way. */
typedef struct
{
  gint64 image, out[LK_WINDOW_AXES];
} Place;

/* The taps of the window there that lie inside, as places in an image. Returns how many. */
static gint64
find_taps (const Slide *s, const Place *place, gint64 *taps)
{
  const LkWindowAxis *axes = s->w->axes;
  gint64 n = 0, first[LK_WINDOW_AXES], end[LK_WINDOW_AXES];
  for (guint i = 0; i < LK_WINDOW_AXES; i++)
    {
      const gint64 at = place->out[i] * axes[i].stride - axes[i].before, d = axes[i].dilation;
      first[i] = at < 0 ? at + (-at + d - 1) / d * d : at;
      end[i] = MIN (at + axes[i].size * d, axes[i].in);
    }
  for (gint64 z = first[0]; z < end[0]; z += axes[0].dilation)
    for (gint64 y = first[1]; y < end[1]; y += axes[1].dilation)
      for (gint64 x = first[2]; x < end[2]; x += axes[2].dilation)
        taps[n++] = ((z * axes[1].in + y) * axes[2].in + x) * s->channels;
  return n;
}

/* `count` windows from that one on that have the same taps, each further on. */
static void
pool_row (const Slide *s, const Place *place, gint64 count, gint64 *taps)
{
  const LkWindowAxis *axes = s->w->axes;
  const LkPoolRow row = { taps, find_taps (s, place, taps), s->channels, count, axes[2].stride * s->channels,
                          s->apart };
  const gsize in = place->image * lk_window_in_size (s->w) * s->channels * s->size,
              out = (((place->image * axes[0].out + place->out[0]) * axes[1].out + place->out[1]) * axes[2].out
                     + place->out[2]) * s->channels * s->size;
  if (row.n_taps == 0 && s->slide != LK_SLIDE_LARGEST_BACK && s->slide != LK_SLIDE_MEAN_BACK)
    memset (s->y + out, 0, count * s->channels * s->size);
  if (row.n_taps == 0)
    return;
  switch (s->slide)
    {
    case LK_SLIDE_LARGEST:
      s->loops->largest (&row, s->x + in, s->y + out);
      break;
    case LK_SLIDE_LARGEST_BACK:
      s->loops->largest_back (&row, s->x + in, s->y + out, s->dx + in);
      break;
    case LK_SLIDE_LARGEST_READ:
      s->loops->largest_read (&row, s->x + in, s->dx + in, s->y + out);
      break;
    case LK_SLIDE_MEAN:
      s->loops->mean (&row, s->x + in, s->y + out);
      break;
    case LK_SLIDE_MEAN_BACK:
      s->loops->mean_back (&row, s->y + out, s->dx + in);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
pool_image (const Slide *s, gint64 image, gint64 *taps)
{
  const LkWindowAxis *axes = s->w->axes;
  Place place = { image, { 0 } };
  const gsize bytes = lk_window_in_size (s->w) * s->channels * s->size;
  if ((s->slide == LK_SLIDE_LARGEST_BACK && !s->covers) || s->slide == LK_SLIDE_MEAN_BACK)
    memset (s->dx + image * bytes, 0, bytes);
  for (place.out[0] = 0; place.out[0] < axes[0].out; place.out[0]++)
    for (place.out[1] = 0; place.out[1] < axes[1].out; place.out[1]++)
      for (gint64 x = 0, count; x < axes[2].out; x += count)
        {
          count = x == s->begin && s->begin < s->end ? s->end - s->begin : 1;
          place.out[2] = x;
          pool_row (s, &place, count, taps);
        }
}

static void
slide_task (gpointer data, guint task)
{
  Slide *s = data;
  LkBuffer *taps = lk_buffer_new (lk_window_taps (s->w) * sizeof (gint64));
  const gint64 first = task * s->images, end = MIN (first + s->images, s->w->batch);
  if (taps == NULL)
    __atomic_store_n (&s->failed, 1, __ATOMIC_RELAXED);
  for (gint64 image = first; taps != NULL && image < end; image++)
    pool_image (s, image, taps->data);
  lk_buffer_unref (taps);
}

static void
compare_windows (Slide *s)
{
  s->apart = s->covers = TRUE;
  for (guint i = 0; i < LK_WINDOW_AXES; i++)
    {
      const LkWindowAxis *axis = &s->w->axes[i];
      s->apart &= (axis->size - 1) * axis->dilation < axis->stride;
      s->covers &= axis->size == axis->stride && axis->dilation == 1 && axis->out * axis->stride - axis->before >= axis->in;
    }
}

gboolean
lk_slide (const LkWindow *w, LkDType dtype, gint64 channels, LkSlide slide, const void *x, void *y, void *dx)
{
  const LkWindowAxis *last = &w->axes[2];
  Slide s = { w, lk_tile_loops (dtype), channels, lk_dtype_size (dtype), slide, x, y, dx };
  const gint64 room = last->in + last->before - (last->size - 1) * last->dilation,
               work = lk_window_out_size (w) * lk_window_taps (w) * channels;
  s.begin = (last->before + last->stride - 1) / last->stride;
  s.end = room > 0 ? MIN ((room - 1) / last->stride + 1, last->out) : 0;
  compare_windows (&s);
  s.images = CLAMP (TASK_ELEMENTS / MAX (work, 1), 1, MAX (w->batch, 1));
  lk_parallel ((w->batch + s.images - 1) / s.images, slide_task, &s);
  return !s.failed;
}
