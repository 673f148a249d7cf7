/* SPDX-License-Identifier: MIT */
/* The memory behind tensors: reference-counted, 64-byte aligned, from the heap or, while a debugger watches, from the
   shared arena. Freed buffers are recycled by size class. Any thread. */
#pragma once
#include <glib.h>

typedef struct _LkBuffer LkBuffer;
struct _LkBuffer
{
  gint refs;              /* atomic */
  guint8 home;            /* LkBufferHome */
  gsize size;             /* bytes asked for */
  void *data;
  void (*free_foreign) (void *owner);   /* for memory lent by somebody else, such as a NumPy array */
  void *owner;
};

/* NULL when there is not so much memory: the caller reports ResourceExhaustedError. (transfer full) */
LkBuffer *lk_buffer_new (gsize size);
/* Wraps memory that stays valid and unchanged until free_foreign (owner) is called. (transfer full) */
LkBuffer *lk_buffer_new_foreign (void *data, gsize size, void (*free_foreign) (void *owner), void *owner);
LkBuffer *lk_buffer_ref (LkBuffer *buffer);
void lk_buffer_unref (LkBuffer *buffer);            /* (nullable) */

/* Bytes asked for in this thread, of buffers of the heap, less those that were freed in it: now, and at most since the last reset. */
void lk_buffer_live (gssize *now, gssize *most);
void lk_buffer_reset_most (void);
