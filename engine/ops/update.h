/* SPDX-License-Identifier: MIT */
/* What the updates of optimizers share. An update changes the first inputs, which are variables, by a gradient and
   scalars, element by element and in place: one pass over each array. A sparse one is given rows of a gradient, and where
   they belong: it changes these rows only, or goes over all with zeros between them. */
#pragma once
#include "engine/ops/elementwise.h"
#include "engine/ops/state.h"

#define LK_UPDATE_SLOTS 4

/* Of which rows the gradient is. */
typedef enum { LK_ALL_ROWS, LK_SOME_ROWS, LK_ROWS_AMONG_ZEROS } LkUpdateRows;

/* n elements of the variables at slots, which are written, and of the gradient. s: the scalar inputs in their order. */
typedef void (*LkUpdateLoop) (const double *s, const LkAttr *attrs, gint64 n, void *const *slots, const void *gradient);

typedef struct
{
  guint8 n_variables;     /* the first inputs */
  guint8 gradient;        /* which input it is; in a sparse update the next one is the rows' numbers */
  guint8 rows;            /* LkUpdateRows */
  LkUpdateLoop single, twice;       /* of float32 and float64 */
} LkUpdate;

gboolean lk_update_infer (const LkCall *call, const LkUpdate *update);
void lk_update_run (LkCall *call, const LkUpdate *update);

/* The values that the first n inputs, variables, will have. lk_update_finish() makes them so; NULL after an error. */
gboolean lk_update_begin (LkCall *call, guint n, LkTensor **next);
void lk_update_finish (LkCall *call, guint n, LkTensor **next);

/* A loop for both types: `setup`, in brackets, declares what all elements share; the rest changes var[i], a[i], b[i], c[i]
   (those that there are) by g = the element of the gradient. real is the type. */
#define LK_BARE(...) __VA_ARGS__
#define LK_UPDATE_LOOP(name, suffix, T, setup, ...) \
  LK_CLONES static void name##_##suffix (const double *s, const LkAttr *attrs, gint64 n, void *const *slots, \
                                         const void *gradient) \
  { \
    typedef T real; \
    const real *gradients = gradient; \
    real *var = slots[0], *a = slots[1], *b = slots[2], *c = slots[3]; \
    (void) a, (void) b, (void) c; \
    LK_BARE setup; \
    _Pragma ("GCC ivdep") \
    for (gint64 i = 0; i < n; i++) \
      { \
        const real g = gradients[i]; \
        __VA_ARGS__; \
      } \
  }
#define LK_UPDATE_LOOPS(name, setup, ...) \
  LK_UPDATE_LOOP (name, f32, float, setup, __VA_ARGS__) \
  LK_UPDATE_LOOP (name, f64, double, setup, __VA_ARGS__)

#define LK_UPDATE_BLOCK(c_name, loop, n, at, which_rows) \
  static const LkUpdate c_name##_update = { n, at, which_rows, loop##_f32, loop##_f64 }; \
  static gboolean c_name##_infer (const LkCall *call, LkSignature *out) \
  { \
    return lk_update_infer (call, &c_name##_update); \
  } \
  static void c_name##_kernel (LkCall *call) \
  { \
    lk_update_run (call, &c_name##_update); \
  } \
  LK_BLOCK (c_name, .infer = c_name##_infer, .kernel = c_name##_kernel, \
            .shape = (which_rows) != LK_ALL_ROWS ? "Nothing comes out; grad has a row, of the variables' shape, for each of indices." \
            : "Nothing comes out; the variables and grad have one shape, the rest are scalars.")
/* n variables first, the gradient as input number `at`. */
#define LK_UPDATE(c_name, loop, n, at) LK_UPDATE_BLOCK (c_name, loop, n, at, LK_ALL_ROWS)
#define LK_UPDATE_SPARSE(c_name, loop, n, at) LK_UPDATE_BLOCK (c_name, loop, n, at, LK_SOME_ROWS)
#define LK_UPDATE_ROWS(c_name, loop, n, at) LK_UPDATE_BLOCK (c_name, loop, n, at, LK_ROWS_AMONG_ZEROS)
