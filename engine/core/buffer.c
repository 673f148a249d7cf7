/* SPDX-License-Identifier: MIT */
#include "engine/core/buffer.h"
#include "engine/core/arena.h"
#include "engine/core/pool.h"
#include <stdlib.h>
#include <sys/mman.h>

LkBuffer *(*lk_arena_new_buffer) (gsize size);
void (*lk_arena_free_buffer) (LkBuffer *buffer);

/* A buffer of the heap is its header, in 64 bytes, and its memory behind it. */
#define HEADER 64
#define KEEP_BYTES (128 << 20)      /* at most, per thread, in all classes */
#define KEEP_LARGEST (64 << 20)     /* larger ones go back to the system */
#define HUGE_PAGE (2 << 20)
G_STATIC_ASSERT (sizeof (LkBuffer) <= HEADER);

/* Size classes: multiples of 64 up to 256, then four for each doubling. class_size (class_of (n)) >= n. */
static inline guint
class_of (gsize size)
{
  gsize units = size == 0 ? 0 : (size - 1) / 64;
  if (units < 4)
    return units;
  guint top = 63 - __builtin_clzl (units);
  return (top - 1) * 4 + ((units >> (top - 2)) & 3);
}

static inline gsize
class_size (guint class)
{
  if (class < 4)
    return (class + 1) * 64;
  guint top = class / 4 + 1;
  return ((gsize) (4 + class % 4 + 1) << (top - 2)) * 64;
}

static LkBuffer *
heap_new (gsize size, guint class)
{
  gsize whole;
  if (__builtin_add_overflow (class_size (class), HEADER, &whole) || whole < size)
    return NULL;
  if (whole < 2 * HUGE_PAGE)
    return aligned_alloc (64, whole);
  /* The first touch of a page costs more than what is computed in it: large buffers are kept for longer than small ones, and
     lie in huge pages where the system has them to give. */
  LkBuffer *buffer = aligned_alloc (HUGE_PAGE, (whole + HUGE_PAGE - 1) & ~(gsize) (HUGE_PAGE - 1));
#ifdef MADV_HUGEPAGE
  if (buffer != NULL)
    madvise (buffer, whole, MADV_HUGEPAGE);
#endif
  return buffer;
}

static void
heap_free (LkBuffer *buffer)
{
  LkPool *pool = lk_pool ();
  guint class = class_of (buffer->size);
  gsize size = class_size (class);
  pool->live -= buffer->size;
  if (!LK_POOL_KEEPS || size > KEEP_LARGEST || pool->kept + size > KEEP_BYTES || pool->n_buffers[class] == G_MAXUINT16)
    {
      free (buffer);
      return;
    }
  LkPoolItem *item = (LkPoolItem *) buffer;
  item->next = pool->buffers[class];
  pool->buffers[class] = item;
  pool->n_buffers[class]++;
  pool->kept += size;
}

LkBuffer *
lk_buffer_new (gsize size)
{
  LkBuffer *buffer;
  if (G_UNLIKELY (lk_arena_new_buffer != NULL) && (buffer = lk_arena_new_buffer (size)) != NULL)
    return buffer;
  if (G_UNLIKELY (size > G_MAXSSIZE / 4))
    return NULL;
  LkPool *pool = lk_pool ();
  guint class = class_of (size);
  if (class < LK_POOL_CLASSES && pool->buffers[class] != NULL)
    {
      LkPoolItem *item = pool->buffers[class];
      pool->buffers[class] = item->next;
      pool->n_buffers[class]--;
      pool->kept -= class_size (class);
      buffer = (LkBuffer *) item;
    }
  else if ((buffer = heap_new (size, class)) == NULL)
    return NULL;
  pool->live += size;
  pool->most = MAX (pool->most, pool->live);
  buffer->refs = 1;
  buffer->home = LK_BUFFER_HEAP;
  buffer->size = size;
  buffer->data = (char *) buffer + HEADER;
  return buffer;
}

LkBuffer *
lk_buffer_new_foreign (void *data, gsize size, void (*free_foreign) (void *owner), void *owner)
{
  LkBuffer *buffer = g_new0 (LkBuffer, 1);
  buffer->refs = 1;
  buffer->home = LK_BUFFER_FOREIGN;
  buffer->size = size;
  buffer->data = data;
  buffer->free_foreign = free_foreign;
  buffer->owner = owner;
  return buffer;
}

LkBuffer *
lk_buffer_ref (LkBuffer *buffer)
{
  __atomic_fetch_add (&buffer->refs, 1, __ATOMIC_RELAXED);
  return buffer;
}

static void
buffer_free (LkBuffer *buffer)
{
  switch (buffer->home)
    {
    case LK_BUFFER_HEAP:
      heap_free (buffer);
      break;
    case LK_BUFFER_ARENA:
      lk_arena_free_buffer (buffer);
      break;
    case LK_BUFFER_FOREIGN:
      if (buffer->free_foreign != NULL)
        buffer->free_foreign (buffer->owner);
      g_free (buffer);
      break;
    default:
      g_assert_not_reached ();
    }
}

void
lk_buffer_unref (LkBuffer *buffer)
{
  if (buffer == NULL)
    return;
  /* The only holder needs no atomic subtraction: nobody else can take a reference meanwhile. */
  if (__atomic_load_n (&buffer->refs, __ATOMIC_ACQUIRE) == 1
      || __atomic_sub_fetch (&buffer->refs, 1, __ATOMIC_ACQ_REL) == 0)
    buffer_free (buffer);
}

void
lk_buffer_live (gssize *now, gssize *most)
{
  const LkPool *pool = lk_pool ();
  *now = pool->live;
  *most = pool->most;
}

void
lk_buffer_reset_most (void)
{
  lk_pool ()->most = lk_pool ()->live;
}
