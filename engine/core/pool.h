/* SPDX-License-Identifier: MIT */
/* Memory of this thread that was freed and waits to be used again. Private to core. */
#pragma once
#include <glib.h>

/* The sanitizers see each use after a free only if nothing is kept. */
#if defined __SANITIZE_ADDRESS__
#define LK_POOL_KEEPS 0
#else
#define LK_POOL_KEEPS 1
#endif

#define LK_POOL_CLASSES 80
#define LK_POOL_IDS 64

typedef struct _LkPoolItem LkPoolItem;
struct _LkPoolItem { LkPoolItem *next; };

typedef struct
{
  LkPoolItem *tensors;                      /* headers */
  LkPoolItem *buffers[LK_POOL_CLASSES];     /* by size class */
  guint16 n_buffers[LK_POOL_CLASSES];
  gsize kept;                               /* bytes of the buffers */
  guint n_tensors;
  gssize live, most;                        /* bytes of buffers made here less those freed here: now, and at most since it was asked */
  guint64 next_id, end_id;                  /* tensor ids that this thread may give out */
} LkPool;

/* One pointer, in the first TLS block: the cheapest access that there is from a shared library. */
extern __thread LkPool *lk_pool_ __attribute__ ((tls_model ("initial-exec")));
LkPool *lk_pool_make (void);

static inline LkPool *
lk_pool (void)
{
  LkPool *pool = lk_pool_;
  return G_LIKELY (pool != NULL) ? pool : lk_pool_make ();
}
