/* SPDX-License-Identifier: MIT */
/* What the parts of Einsum share: the axes that its loops walk along, and those loops. Private to the engine. */
#pragma once
#include "engine/ops/equation.h"
#include "engine/ops/multiply.h"

#define LK_EINSUM_AXES (3 * LK_MAX_RANK)

/* Axes to walk along: their labels, sizes, and elements from one index to the next. */
typedef struct
{
  guint n;
  guchar label[LK_EINSUM_AXES];
  gint64 size[LK_EINSUM_AXES], stride[LK_EINSUM_AXES];
} LkEinsumAxes;

/* One more axis; of a label that is there already, the walk becomes that along the diagonal. */
void lk_einsum_axes_add (LkEinsumAxes *axes, guchar label, gint64 size, gint64 stride);
void lk_einsum_axes_append (LkEinsumAxes *to, const LkEinsumAxes *from);
/* The distinct labels of a dense tensor; a repeated label walks along a diagonal, one that broadcasts stands still. */
LkEinsumAxes lk_einsum_axes_of (const LkEquation *equation, const LkLabels *labels, const LkShape *shape);
gint64 lk_einsum_axes_count (const LkEinsumAxes *axes);         /* places along all of them */
/* Steps along the axes but the last `inner`. FALSE at the end. */
gboolean lk_einsum_axes_advance (const LkEinsumAxes *axes, guint inner, gint64 *index, gint64 *offset);

/* By dtype. gather: `out`, dense, becomes the sum along axes `gone` of what lies along axes `kept`. scatter: spreads dense `in`
   along axes. small: the product of small matrices, for which a call of the library costs more than the work. */
typedef struct
{
  void (*gather) (const LkEinsumAxes *kept, const LkEinsumAxes *gone, const void *in, void *out);
  void (*scatter) (const LkEinsumAxes *axes, const void *in, void *out);
  void (*small) (const LkProduct *p, const void *a, const void *b, void *out);
} LkEinsumLoops;
extern const LkEinsumLoops lk_einsum_loops[LK_N_DTYPES];

void lk_einsum_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx);
