/* SPDX-License-Identifier: MIT */
/* Products of matrices. */
#include <string.h>

#include "engine/core/narrow.h"
#include "engine/ops/blas.h"
#include "engine/ops/broadcast.h"
#include "engine/ops/gradient.h"
#include "engine/ops/multiply.h"
#include "engine/ops/rule.h"

#define SAMPLES(...) .samples = (const LkSample[]) { __VA_ARGS__, { NULL } }

typedef LkProduct Product;

/* The two flags of any product: whether to turn a, and b. */
static const LkAttr *
flags_of (const LkCall *call)
{
  return call->attrs + (call->op->index == LK_OP_BATCH_MAT_MUL_V3);
}

/* The last two axes of the inputs as a product. FALSE when the inner sizes differ. */
static gboolean
product_of (const LkCall *call, Product *p)
{
  const LkShape *a = lk_rule_shape (call, 0), *b = lk_rule_shape (call, 1);
  const gint64 *x = a->dims + a->rank - 2, *y = b->dims + b->rank - 2;
  p->transpose_a = flags_of (call)[0].b;
  p->transpose_b = flags_of (call)[1].b;
  p->conjugate = call->op->index != LK_OP_MAT_MUL;
  p->m = x[p->transpose_a];
  p->n = y[!p->transpose_b];
  return lk_rule_merge_dim (x[!p->transpose_a], y[p->transpose_b], &p->k);
}

static gboolean
fail_sizes (const LkCall *call)
{
  g_autofree char *a = lk_shape_text (lk_rule_shape (call, 0)), *b = lk_shape_text (lk_rule_shape (call, 1));
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "Matrix size-incompatible: In[0]: %s, In[1]: %s", a, b);
}

/* OpenBLAS counts in int. */
static gboolean
check_size (const LkCall *call, const Product *p)
{
  return (p->m <= G_MAXINT && p->k <= G_MAXINT && p->n <= G_MAXINT)
         || lk_call_fail (call, LK_INVALID_ARGUMENT,
                          "a matrix of more than %d rows or columns cannot be multiplied", G_MAXINT);
}

/* The gradients of z = op (a) · op (b), by the same kind of product; adjoints stand for what is turned, so complex
   inputs of a product that only transposes have to be conjugates. */
static void
product_gradient (const LkCall *call, LkTensor *dy, LkTensor **dx,
                  LkTensor *(*product) (LkContext *ctx, LkTensor *a, LkTensor *b, gboolean ta, gboolean tb))
{
  LkContext *ctx = call->ctx;
  const gboolean only_turns = call->op->index == LK_OP_MAT_MUL, ta = flags_of (call)[0].b, tb = flags_of (call)[1].b;
  g_autoptr (LkTensor) a = only_turns ? lk_conjugate (ctx, call->inputs[0]) : lk_tensor_ref (call->inputs[0]);
  g_autoptr (LkTensor) b = only_turns ? lk_conjugate (ctx, call->inputs[1]) : lk_tensor_ref (call->inputs[1]);
  if (lk_call_wants_gradient (call, 0))
    dx[0] = ta ? product (ctx, b, dy, tb, TRUE) : product (ctx, dy, b, FALSE, !tb);
  if (lk_call_wants_gradient (call, 1))
    dx[1] = tb ? product (ctx, dy, a, TRUE, ta) : product (ctx, a, dy, !ta, FALSE);
}

/* ---- MatMul ---- */

static gboolean
mat_mul_infer (const LkCall *call, LkSignature *out)
{
  Product p;
  out[0].shape = LK_SHAPE (LK_DIM_UNKNOWN, LK_DIM_UNKNOWN);
  if (!lk_rule_need_rank (call, 0, 2, "In[0] is not a matrix. Instead it has shape %s")
      || !lk_rule_need_rank (call, 1, 2, "In[1] is not a matrix. Instead it has shape %s"))
    return FALSE;
  if (!lk_rule_rank_known (call, 0) || !lk_rule_rank_known (call, 1))
    return TRUE;
  if (!product_of (call, &p))
    return fail_sizes (call);
  out[0].shape = LK_SHAPE (p.m, p.n);
  return check_size (call, &p);
}

static void
mat_mul_kernel (LkCall *call)
{
  Product p;
  lk_blas_prepare ();
  product_of (call, &p);
  lk_product_run (call->inputs[0]->dtype, &p, call->inputs[0]->data, call->inputs[1]->data, call->outputs[0]->data);
}

static void
mat_mul_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  product_gradient (call, dy[0], dx, lk_mat_mul);
}

/* Row i of op (a) and column j of op (b). */
static void
add_row_and_column (const Product *p, gint64 i, gint64 j, gint64 a, gint64 b, LkProvenance *into)
{
  lk_provenance_add (into, 0, a + (p->transpose_a ? i : i * p->k), p->k, p->transpose_a ? p->m : 1);
  lk_provenance_add (into, 1, b + (p->transpose_b ? j * p->k : j), p->k, p->transpose_b ? 1 : p->n);
}

static void
mat_mul_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Product p;
  product_of (call, &p);
  add_row_and_column (&p, element / p.n, element % p.n, 0, 0, into);
}

LK_BLOCK (mat_mul, .infer = mat_mul_infer, .shape = "[m, n] from [m, k] and [k, n], each turned if transposed.",
          .kernel = mat_mul_kernel, .gradient = mat_mul_gradient,
          .provenance = mat_mul_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,3]; float64[3,4]" }, { "float64[3,2]; float64[3,4]", "transpose_a=true" },
                   { "float64[2,3]; float64[4,3]", "transpose_b=true" },
                   { "float64[3,2]; float64[4,3]", "transpose_a=true, transpose_b=true" },
                   { "float64[0,3]; float64[3,2]" },
                   { "float64[2,0]; float64[0,2]" }, { "int32[2,2]; int32[2,2]" },
                   { "float16[2,2]; float16[2,3]" },
                   { "complex64[2,2]; complex64[3,2]", "transpose_b=true" }));

/* ---- BatchMatMul, and those that broadcast ---- */

/* The axes before the last two. */
static LkShape
batch_of (const LkShape *shape)
{
  LkShape batch = *shape;
  batch.rank -= 2;
  return batch;
}

static gboolean
fail_batches (const LkCall *call)
{
  g_autofree char *a = lk_shape_text (lk_rule_shape (call, 0)), *b = lk_shape_text (lk_rule_shape (call, 1));
  return lk_call_fail (call, LK_INVALID_ARGUMENT,
                       "In[0] and In[1] must have compatible batch dimensions: %s vs. %s", a, b);
}

static gboolean
batch_mat_mul_infer (const LkCall *call, LkSignature *out)
{
  Product p;
  LkShape *shape = &out[0].shape;
  *shape = LK_SHAPE_UNKNOWN;
  if (!lk_rule_need_min_rank (call, 0, 2, "In[0] ndims must be >= 2, got shape %s")
      || !lk_rule_need_min_rank (call, 1, 2, "In[1] ndims must be >= 2, got shape %s"))
    return FALSE;
  if (!lk_rule_rank_known (call, 0) || !lk_rule_rank_known (call, 1))
    return TRUE;
  const LkShape a = batch_of (lk_rule_shape (call, 0)), b = batch_of (lk_rule_shape (call, 1));
  if (!lk_shape_broadcast (&a, &b, shape))
    return fail_batches (call);
  if (!product_of (call, &p))
    return fail_sizes (call);
  shape->dims[shape->rank++] = p.m;
  shape->dims[shape->rank++] = p.n;
  return check_size (call, &p);
}

/* The walk over the batches, in matrices: a broadcast of tensors that have only the batch axes. */
static void
batch_walk (const LkCall *call, LkBroadcast *walk)
{
  LkTensor a = { .shape = batch_of (lk_rule_shape (call, 0)) },
           b = { .shape = batch_of (lk_rule_shape (call, 1)) };
  LkShape all;
  lk_shape_broadcast (&a.shape, &b.shape, &all);
  lk_broadcast_init (walk, (LkTensor *[]) { &a, &b }, 2, &all);
}

static void
multiply_batches (const LkCall *call, const LkTensor *a, const LkTensor *b, char *out)
{
  Product p;
  LkBroadcast walk;
  const gsize size = lk_dtype_size (a->dtype);
  lk_blas_prepare ();
  product_of (call, &p);
  batch_walk (call, &walk);
  for (gint64 run = 0; run < walk.runs; run++, lk_broadcast_next (&walk))
    for (gint64 i = 0; i < lk_broadcast_length (&walk); i++, out += p.m * p.n * size)
      lk_product_run (a->dtype, &p,
                      (const char *) a->data + (walk.at[0] + i * lk_broadcast_step (&walk, 0)) * p.m * p.k * size,
                      (const char *) b->data + (walk.at[1] + i * lk_broadcast_step (&walk, 1)) * p.k * p.n * size,
                      out);
}

static void
batch_mat_mul_kernel (LkCall *call)
{
  multiply_batches (call, call->inputs[0], call->inputs[1], call->outputs[0]->data);
}

static void
batch_mat_mul_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  product_gradient (call, dy[0], dx, lk_batch_mat_mul);
  lk_unbroadcast_batch (call, 0, 1, 2, dx);
}

static void
batch_mat_mul_provenance (const LkCall *call, guint output, gint64 element, LkProvenance *into)
{
  Product p;
  LkBroadcast walk;
  product_of (call, &p);
  batch_walk (call, &walk);
  const gint64 matrix = element / (p.m * p.n), inside = element % (p.m * p.n),
               length = lk_broadcast_length (&walk);
  for (gint64 run = 0; run < matrix / length; run++)
    lk_broadcast_next (&walk);
  const gint64 i = matrix % length;
  add_row_and_column (&p, inside / p.n, inside % p.n,
                      (walk.at[0] + i * lk_broadcast_step (&walk, 0)) * p.m * p.k,
                      (walk.at[1] + i * lk_broadcast_step (&walk, 1)) * p.k * p.n, into);
}

LK_BLOCK (batch_mat_mul, .infer = batch_mat_mul_infer,
          .shape = "[…, m, n] from […, m, k] and […, k, n], each turned if adjoint; leading axes are broadcast.",
          .kernel = batch_mat_mul_kernel,
          .gradient = batch_mat_mul_gradient, .provenance = batch_mat_mul_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2,3]; float64[2,3,2]" }, { "float64[2,1,2,3]; float64[3,3,2]" },
                   { "float64[2,3,2]; float64[3,2]", "adj_x=true" },
                   { "float64[2,3]; float64[2,4,3]", "adj_y=true" },
                   { "float64[2,3,2]; float64[2,2,3]", "adj_x=true, adj_y=true" },
                   { "float64[0,2,3]; float64[3,2]" },
                   { "int64[2,1,2]; int64[2,2,1]" }, { "bfloat16[2,1,2]; bfloat16[2,1]" },
                   { "complex128[2,1,2]; complex128[2,1]", "adj_y=true, adj_x=true" }));

/* The first version does not broadcast. */
static gboolean
batch_mat_mul_v1_infer (const LkCall *call, LkSignature *out)
{
  LkShape whole;
  if (!batch_mat_mul_infer (call, out))
    return FALSE;
  if (!lk_rule_rank_known (call, 0) || !lk_rule_rank_known (call, 1))
    return TRUE;
  const LkShape a = batch_of (lk_rule_shape (call, 0)), b = batch_of (lk_rule_shape (call, 1));
  return lk_rule_merge (&a, &b, &whole) || fail_batches (call);
}

LK_BLOCK (batch_mat_mul_v1, .infer = batch_mat_mul_v1_infer,
          .shape = "[…, m, n] from […, m, k] and […, k, n], each turned if adjoint; leading axes are the same.",
          .kernel = batch_mat_mul_kernel,
          .gradient = batch_mat_mul_gradient, .provenance = batch_mat_mul_provenance, .widens = TRUE,
          SAMPLES ({ "float64[2,2,3]; float64[2,3,2]" }, { "float64[2,3,2]; float64[2,2,3]", "adj_x=true, adj_y=true" },
                   { "float64[2,3]; float64[3,1]" }));

/* The third version says the dtype of its output: that of both inputs, or the wider one in which they are multiplied. */
static gboolean
batch_mat_mul_v3_infer (const LkCall *call, LkSignature *out)
{
  const LkDType a = call->inputs[0]->dtype, b = call->inputs[1]->dtype, wide = lk_dtype_wide (a);
  if (lk_dtype_wide (b) == wide && (out[0].dtype == wide || (a == b && out[0].dtype == a)))
    return batch_mat_mul_infer (call, out);
  return lk_call_fail (call, LK_INVALID_ARGUMENT, "cannot multiply %s and %s to give %s", lk_dtype_name (a),
                       lk_dtype_name (b), lk_dtype_name (out[0].dtype));
}

static void
batch_mat_mul_v3_kernel (LkCall *call)
{
  LkTensor *out = call->outputs[0];
  g_autoptr (LkTensor) a = lk_tensor_widen (call->inputs[0]), b = lk_tensor_widen (call->inputs[1]);
  g_autoptr (LkTensor) wide = a != NULL ? lk_tensor_new (a->dtype, &out->shape) : NULL;
  if (b == NULL || wide == NULL)
    {
      lk_call_fail (call, LK_RESOURCE_EXHAUSTED, "OOM when allocating memory for widened matrices");
      return;
    }
  multiply_batches (call, a, b, wide->data);
  if (out->dtype == wide->dtype)
    memcpy (out->data, wide->data, lk_tensor_bytes (out));
  else
    lk_narrow (out->dtype, wide->data, out->data, out->size);
}

/* In the dtype in which the matrices were multiplied; what goes back is as narrow as they are. */
static void
batch_mat_mul_v3_gradient (const LkCall *call, LkTensor *const *dy, LkTensor **dx)
{
  const LkDType wide = call->outputs[0]->dtype;
  g_autoptr (LkTensor) a = lk_cast (call->ctx, call->inputs[0], wide), b = lk_cast (call->ctx, call->inputs[1], wide);
  LkTensor *inputs[] = { a, b };
  LkCall widened = *call;
  if (a == NULL || b == NULL)
    return;
  widened.inputs = inputs;
  batch_mat_mul_gradient (&widened, dy, dx);
  for (guint i = 0; i < 2; i++)
    if (dx[i] != NULL && call->inputs[i]->dtype != wide)
      {
        g_autoptr (LkTensor) exact = dx[i];
        dx[i] = lk_cast (call->ctx, exact, call->inputs[i]->dtype);
      }
}

LK_BLOCK (batch_mat_mul_v3, .infer = batch_mat_mul_v3_infer,
          .shape = "[…, m, n] from […, m, k] and […, k, n], each turned if adjoint; leading axes are broadcast.",
          .kernel = batch_mat_mul_v3_kernel,
          .gradient = batch_mat_mul_v3_gradient, .provenance = batch_mat_mul_provenance,
          SAMPLES ({ "float64[2,2,3]; float64[3,2]", "Tout=float64" },
                   { "float64[3,2]; float64[2,4,3]", "Tout=float64, adj_x=true, adj_y=true" },
                   { "int8[2,1,2]; uint8[2,1]", "Tout=int32" }, { "float16[1,2]; float16[2,1]", "Tout=float16" },
                   { "float16[1,2]; float16[2,1]", "Tout=float32" }));
