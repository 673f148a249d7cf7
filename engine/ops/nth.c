/* SPDX-License-Identifier: MIT */
/* The n-th smallest or largest element of each row, found without sorting the rest: C. A. R. Hoare, 1961. */
#include <string.h>

#include "engine/ops/gradient.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

static gboolean
nth_infer (const LkCall *call, LkSignature *out)
{
  const LkTensor *n = lk_call_constant (call, 1);
  LkShape *shape = &out[0].shape;
  *shape = *lk_rule_shape (call, 0);
  if (!lk_rule_need_min_rank (call, 0, 1, "Input must be >= 1-D, got shape %s")
      || !lk_rule_need_rank (call, 1, 0, "N must be scalar but has shape %s"))
    return FALSE;
  if (n != NULL && lk_int_at (n, 0) < 0)
    return lk_call_fail (call, LK_INVALID_ARGUMENT, "n must be non-negative but is %" G_GINT64_FORMAT, lk_int_at (n, 0));
  if (shape->rank == LK_RANK_UNKNOWN)
    return TRUE;
  const gint64 columns = shape->dims[--shape->rank];
  return n == NULL || columns < 0 || lk_int_at (n, 0) < columns
         || lk_call_fail (call, LK_INVALID_ARGUMENT, "Input must have last dimension > n = %" G_GINT64_FORMAT " but is %"
                          G_GINT64_FORMAT, lk_int_at (n, 0), columns);
}

/* In a row of `columns`, which is put into another order: all before place n are not larger than what is there, all behind it
   not smaller. A NaN counts as larger than all numbers. */
#define SELECT(suffix, T) \
  static gboolean less_##suffix (T a, T b) { return a < b || (a == a && b != b); } \
  static T select_##suffix (T *row, gint64 columns, gint64 n) \
  { \
    gint64 low = 0, high = columns - 1; \
    while (low < high) \
      { \
        const T pivot = row[low + (high - low) / 2]; \
        gint64 i = low, k = high; \
        while (i <= k) \
          { \
            while (less_##suffix (row[i], pivot)) \
              i++; \
            while (less_##suffix (pivot, row[k])) \
              k--; \
            if (i <= k) \
              { \
                const T kept = row[i]; \
                row[i++] = row[k]; \
                row[k--] = kept; \
              } \
          } \
        if (n <= k) \
          high = k; \
        else if (n >= i) \
          low = i; \
        else \
          break; \
      } \
    return row[n]; \
  } \
  static void rows_##suffix (const T *x, gint64 rows, gint64 columns, gint64 n, T *row, T *y) \
  { \
    for (gint64 i = 0; i < rows; i++) \
      { \
        memcpy (row, x + i * columns, columns * sizeof *row); \
        y[i] = select_##suffix (row, columns, n); \
      } \
  }
SELECT (f32, float)
SELECT (f64, double)
SELECT (i32, gint32)
SELECT (i64, gint64)
SELECT (u64, guint64)

static void
nth_kernel (LkCall *call)
{
  const LkTensor *x = call->inputs[0];
  const gint64 columns = x->shape.dims[x->shape.rank - 1], rows = call->outputs[0]->size, n = lk_int_at (call->inputs[1], 0),
               place = call->attrs[0].b ? columns - 1 - n : n;
  g_autofree gpointer row = g_try_malloc_n (columns, lk_dtype_size (x->dtype));
  void *y = call->outputs[0]->data;
  if (row == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for a row of %" G_GINT64_FORMAT, columns);
      return;
    }
  switch ((LkDType) x->dtype)
    {
    case LK_FLOAT32: rows_f32 (x->data, rows, columns, place, row, y); break;
    case LK_FLOAT64: rows_f64 (x->data, rows, columns, place, row, y); break;
    case LK_INT32: rows_i32 (x->data, rows, columns, place, row, y); break;
    case LK_INT64: rows_i64 (x->data, rows, columns, place, row, y); break;
    default: rows_u64 (x->data, rows, columns, place, row, y); break;
    }
}

/* Shared by those that are equal to it. */
static void
nth_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  LkContext *ctx = call->ctx;
  g_autoptr (LkTensor) last = lk_constant_scalar (ctx, LK_INT32, -1), column = lk_expand_dims (ctx, call->outputs[0], last),
                       same = lk_equal (ctx, call->inputs[0], column), ones = lk_cast (ctx, same, dy[0]->dtype),
                       n = lk_sum (ctx, ones, last, TRUE), grad = lk_expand_dims (ctx, dy[0], last),
                       share = lk_real_div (ctx, grad, n);
  dx[0] = lk_mul (ctx, share, ones);
}

static void
nth_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  const LkShape *shape = lk_rule_shape (call, 0);
  const gint64 columns = shape->dims[shape->rank - 1];
  lk_provenance_add (into, 0, element * columns, columns, 1);
  lk_provenance_add (into, 1, 0, 1, 1);
}

LK_BLOCK (nth_element, .infer = nth_infer, .kernel = nth_kernel, .gradient = nth_gradient, .provenance = nth_provenance,
          .widens = TRUE, .shape = "The input's, without its last axis.",
          SAMPLES ({ "float64[2,5]; int32[]={1}" }, { "float64[4]; int32[]={0}", "reverse=true" }, { "float64[2,2,3]; int32[]={2}" },
                   { "uint8[3,4]; int32[]={2}", "reverse=true" }, { "float16[0,3]; int32[]={1}" }));
