/* SPDX-License-Identifier: MIT */
/* Loops over elements, of which elementwise kernels are made. They are plain, so the compiler makes vectors of them; with
   LK_CLONES it does so for several widths, and the widest that the processor has is taken when the program starts. No clone may
   contract or reorder, so all give the same bits. */
#pragma once
#include <glib.h>

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_ADDRESS__ \
  && !defined __SANITIZE_THREAD__
#define LK_CLONES __attribute__ ((target_clones ("avx512f", "avx2", "default")))
#else
#define LK_CLONES
#endif

typedef void (*LkUnaryLoop) (const void *in, void *out, gint64 n);
/* step: 1 to go along with the output, 0 to stay. */
typedef void (*LkBinaryLoop) (const void *a, guint a_step, const void *b, guint b_step, void *out, gint64 n);
